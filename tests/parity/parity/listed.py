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
)

DIFFERENCES: tuple[Listed, ...] = (
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
)
