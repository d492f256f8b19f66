"""What the recordings show and the sandboxes do not, each with its reason.

An entry that nothing needs any more fails the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .compare import Difference
from .exchanges import Exchange


@dataclass(frozen=True)
class Outside:
    """An endpoint outside the scope of a sandbox."""

    vendor: str
    endpoint: str
    """Expression for the whole of ``METHOD /path``; one thing for each entry, so that none outlives its need."""
    reason: str

    def covers(self, exchange: Exchange) -> bool:
        """Tell whether an exchange uses the endpoint."""
        return self.vendor == exchange.vendor and bool(re.fullmatch(self.endpoint, f"{exchange.method} {exchange.path}"))


@dataclass(frozen=True)
class Listed:
    """A difference that is to be."""

    vendor: str
    file: str
    """Expression for the whole name of the recording's file."""
    difference: str
    """Expression for the whole of the difference's text, ``place: what``."""
    reason: str

    def covers(self, exchange: Exchange, difference: Difference) -> bool:
        """Tell whether this is the difference."""
        return (
            self.vendor == exchange.vendor
            and bool(re.fullmatch(self.file, exchange.file))
            and bool(re.fullmatch(self.difference, str(difference)))
        )


def _outside(vendor: str, reason: str, *endpoints: str) -> Iterator[Outside]:
    return (Outside(vendor, endpoint, reason) for endpoint in endpoints)


def _listed(vendor: str, file: str, reason: str, *differences: str) -> Iterator[Listed]:
    return (Listed(vendor, file, difference, reason) for difference in differences)


OUTSIDE: tuple[Outside, ...] = (
    *_outside(
        "zendesk",
        "settings of the account: no data of tickets, people or groups",
        r"GET /api/v2/account",
    ),
    *_outside(
        "zendesk",
        "custom roles: rights of agents, which the sandbox tells apart by role only",
        r"GET /api/v2/custom_roles/\d+\.json",
    ),
    *_outside(
        "zendesk",
        "webhooks: no client of tickets, people and groups needs them",
        r"POST /api/v2/webhooks",
        r"GET /api/v2/webhooks/\w+",
        r"DELETE /api/v2/webhooks/\w+",
        r"POST /api/v2/webhooks/test",
    ),
    *_outside(
        "servicenow",
        "attributes of attachments: keys and values of their own, of no meaning for incidents",
        r"GET /api/now/attachment/\w+/attributes",
        r"POST /api/now/attachment/\w+/attributes",
        r"GET /api/now/attachment/\w+/attributes/\w+",
        r"PUT /api/now/attachment/\w+/attributes/\w+",
    ),
    *_outside(
        "servicenow",
        "import sets: loading through staging tables and transform maps of the instance",
        r"GET /api/now/import/\w+/\w+",
        r"POST /api/now/import/\w+",
        r"POST /api/now/import/\w+/insertMultiple",
    ),
    *_outside(
        "servicenow",
        "service requests and approvals: the sandbox has the tables of incidents and what hangs on them",
        r"GET /api/now/table/sysapproval_approver",
        r"GET /api/now/table/sc_request",
    ),
    *_outside(
        "jira_documented",
        "assets, knowledge base and properties of forms: no data of tickets, people or groups",
        r"GET /rest/servicedeskapi/assets/workspace",
        r"GET /rest/servicedeskapi/servicedesk/\{serviceDeskId\}/knowledgebase/article",
        r"GET /rest/servicedeskapi/servicedesk/\{serviceDeskId\}/requesttype/\{requestTypeId\}/property/\{propertyKey\}",
    ),
)

DIFFERENCES: tuple[Listed, ...] = (
    *_listed(
        "bmc_helix",
        r"demisto/get_incident\.json|rapid7/help_(add_incident_work_note|search_incident)\.json",
        "about 110 fields that were null were left out of the bodies; null stands for every empty value (documented)",
        r"incident\.[^:]+: not recorded",
        r"incident\.[^:]+: null, recorded is string",
    ),
    *_listed(
        "bmc_helix",
        r"demisto/list_worklogs\.json",
        "about 70 helper fields that were null were left out; the other recording is a log of the system, which has these two",
        r"work_log\.ActivityValueChar_0: null, recorded is string",
        r"work_log\.ActivityValueSelection_1: null, recorded is string",
    ),
    *_listed(
        "bmc_helix",
        r"rapid7/task\.json",
        "a task has 677 fields; the sandbox has those with which tasks hold an incident open",
        r"task\.[^:]+: missing",
        r"task\.[^:]+: null, recorded is string",
    ),
    *_listed(
        "zendesk",
        r"captured_das/wiremock_Get_ticket_fields\.json",
        "written by hand for a client's tests: the envelope was left out, and no recording has visible_to",
        r"GET /api/v2/ticket_fields\.count: not recorded",
        r"GET /api/v2/ticket_fields\.next_page: not recorded",
        r"GET /api/v2/ticket_fields\.previous_page: not recorded",
        r"ticket_field\.visible_to: missing",
    ),
    *_listed(
        "zendesk",
        r"captured_das/wiremock_Create\.json",
        "a score of predicted satisfaction, of 2019 and of some plans; later recordings have none",
        r"ticket\.satisfaction_probability: missing",
    ),
    *_listed(
        "zendesk",
        r"recorded_node_zendesk/authentication_test_no_creds\.json",
        "the recording was cut down to the name; the anonymous user has no values, and all other recordings are of people",
        r"user\.\w+: null, recorded is \w+",
    ),
    *_listed(
        "zendesk",
        r"recorded_(node_zendesk|zenpy)/.*",
        "in the documents of job statuses, and younger than the recordings of 2023",
        r"job_status\.job_type: not recorded",
    ),
    *_listed(
        "zendesk",
        r"recorded_zenpy/.*",
        "in the documents of rate limits, and younger than the recordings of 2023, which spell the second rate-limit",
        r"header zendesk-ratelimit-inflight-jobs: not recorded",
        r"header zendesk-ratelimit-tickets-update: not recorded",
    ),
    *_listed(
        "servicenow",
        r"docs/table_api_samples\.json",
        "columns of older releases; the instance recorded in 2026 has none of them",
        r"(incident|problem)\.rejection_goto: missing",
        r"(incident|problem)\.wf_activity: missing",
    ),
    *_listed(
        "servicenow",
        r"docs/attachment_api_samples\.json",
        "columns younger than the printed samples of 2009 and 2016; recorded bodies of attachments have them",
        r"attachment\.hash: not recorded",
        r"attachment\.state: not recorded",
        r"attachment\.chunk_size_bytes: not recorded",
    ),
    *_listed(
        "freshservice",
        r"recorded_jupiterone/fetch-agent-groups\.json",
        "attributes of 2022; the document of groups has neither",
        r"group\.agent_ids: missing",
        r"group\.ocs_schedule_id: missing",
    ),
    *_listed(
        "freshservice",
        r"mocks_rapid7/list_all_agents2\.json",
        "removed from agents in May 2023, or of the plan of the client that wrote down the reply; no document has them",
        r"agent\.(group_ids|role_ids|scopes): missing",
        r"agent\.(auto_assign_status_changed_at|scoreboard_points): missing",
        r"agent\.(department_names|location_name): missing",
    ),
    *_listed(
        "freshservice",
        r"(docs_samples/people_groups|mocks_rapid7/list_all_agents2)\.json",
        "in the document of agents and requesters, and younger than the samples printed beside it",
        r"agent\.workspace_ids: not recorded",
        r"requester\.(external_id|created_at|updated_at): not recorded",
    ),
    *_listed(
        "freshservice",
        r"docs_samples/tickets\.json",
        "in the document of ticket fields, of fields of a type that the printed sample has none of",
        r"field\.date_only: not recorded",
    ),
    *_listed(
        "freshservice",
        r"docs_samples/conversations\.json",
        "a slip of the printed sample: all others spell attachment_url",
        r"attachment\.Attachment_url: missing",
    ),
    *_listed(
        "freshservice",
        r"docs_samples/tasks_time_misc\.json",
        "the printed sample says 200 without a body, of the download of a file",
        r"GET /api/v2/attachments/\{id\}: string, recorded is null",
    ),
    *_listed(
        "jira",
        r"recorded_cloud_v3/create-issue-link\.json",
        "recorded through a proxy that answered itself: its headers are not the vendor's, and the document says 201",
        r"status: 201, recorded is 200",
    ),
    *_listed(
        "jira",
        r"recorded_cloud_v3/.*",
        "of a team-managed project; the sandbox's projects are company-managed, as the template makes them",
        r"(issuetype|status|GET /rest/api/3/status/\{id\}|GET /rest/api/3/issuetype\[\])\.scope: missing",
        r"issue\.fields\.issuetype\.entityId: missing",
        r"GET /rest/api/3/project/search\.values\[\]\.(entityId|uuid): missing",
    ),
    *_listed(
        "jira_documented",
        r"documented_jsm/.*",
        "Cloud took the usernames out of its replies in 2019; the samples were not changed",
        r"(user|GET .*\.values\[\])\.(name|key): missing",
    ),
    *_listed(
        "jira_documented",
        r"documented_jsm/.*",
        "in the schema beside the sample, which is of 2015 and shorter",
        r"GET .*/sla/\{slaMetricId\}\.(id|ongoingCycle\.breachTime): not recorded",
        r"GET .*/status\.values\[\]\.statusCategory: not recorded",
        r"GET .*/requesttype\.values\[\]\._expands\[\]: string, recorded is nothing",
        r"GET .*/field\.requestTypeFields\[\]\.(description|defaultValues|presetValues|jiraSchema\.items): not recorded",
    ),
    *_listed(
        "jira_documented",
        r"documented_jsm/get_servicedesk_serviceDeskId_queue_queueId_issue\.json",
        "the schema of issues is the platform's: people have its form, and issues no due date unless somebody set one",
        r"GET .*\.values\[\]\.(expand|fields\.issuetype\.hierarchyLevel): not recorded",
        r"GET .*\.values\[\]\.fields\.duedate: null, recorded is string",
        r"user\.(self|avatarUrls|accountType): not recorded",
        r"user\._links: missing",
    ),
)
