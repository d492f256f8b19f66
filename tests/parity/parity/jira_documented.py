"""Atlassian's documented samples of the service desk API: its reads.

A sample has a path with variables and no state, so a small state of our own stands for it. Samples of writes, and those of
the platform, whose recordings are better, are left to the check by the specifications.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .account import TIMEOUT
from .compare import Rules
from .exchanges import Exchange
from .jira import Jira

VARIABLE = re.compile(r"\{(\w+)\}")
DESK = "/rest/servicedeskapi"


class JiraDocumented(Jira):
    """A Jira sandbox with one request that has everything."""

    rules = Rules(
        kinds={
            **dict.fromkeys(("author", "updateAuthor", "approver", "reporter"), "user"),
            "avatarUrls": "avatars",
            "iconUrls": "avatars",
            **dict.fromkeys(("createdDate", "completedDate", "statusDate", "created", "startTime"), "date"),
            **dict.fromkeys(("stopTime", "breachTime", "buildDate"), "date"),
        },
    )

    @classmethod
    def _read(cls, path: Path, name: str) -> list[Exchange]:
        match json.loads(path.read_text("utf-8")) if name.startswith("documented_jsm/") else None:
            case {"method": "GET", "path": target, "responses": {"200": reply}}:
                query = (("includeCount", "true"),) if target.endswith("/queue") else ()
                return [Exchange("jira_documented", name, 1, "GET", target, query, None, 200, None, reply)]
        return []

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the endpoint."""
        return f"{exchange.method} {exchange.path}"

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Leave out the links of a page: the documented one lies in the middle of its list."""
        return {key: value for key, value in reply.items() if key != "_links"} if "isLastPage" in reply else reply

    @property
    def login(self) -> tuple[str, str]:
        """The integration's account."""
        token = self.running.credentials["api_token"]
        return token["user"], token["token"]

    def path(self, exchange: Exchange) -> str:
        """Give the path with what stands for its variables."""
        return VARIABLE.sub(lambda found: str(self.values[found[1]]), exchange.path)

    def fit(self, exchange: Exchange) -> None:
        """Make the state: a change with an approver, comments and an organization, and an incident that was rated."""
        state = self.running.vendor.state
        alex, robin = (
            state.user_with_email(f"{name}@example.com").account_id for name in ("alex.agent", "robin.requester")
        )
        made = [self._request(form, alex, robin) for form in ("33", "31")]
        comment = self.ask("POST", f"{DESK}/request/{made[0]}/comment", json={"body": "Hello there", "public": True})["id"]
        organization = self.ask("POST", f"{DESK}/organization", json={"name": "Charlie Cakes"})["id"]
        self.ask(
            "PUT",
            f"{DESK}/organization/{organization}/property/organization.attributes",
            json={"phone": "0800", "mail": "charlie@example.com"},
        )
        self.ask("POST", f"{DESK}/servicedesk/1/organization", json={"organizationId": int(organization)})
        self.ask("POST", f"/rest/api/3/issue/{made[1]}/transitions", json={"transition": {"id": "41"}})
        state.issues[int(made[1])].feedback = {"rating": 4, "comment": "Great work!", "created": 0}
        self._approve(made[0])
        self.ask("POST", "/_sandbox/clock", json={"advance": 3600})
        running = exchange.path.endswith(("/approval", "/comment", "/participant", "/status", "/{commentId}"))
        self.values = {
            "issueIdOrKey": made[0] if running else self._open(alex, robin),
            "requestIdOrKey": made[1],
            "commentId": comment,
            "organizationId": organization,
            "propertyKey": "organization.attributes",
            "serviceDeskId": 1,
            "requestTypeId": 31,
            "slaMetricId": 2,
            "queueId": 1,
        }

    def _request(self, form: str, participant: str, reporter: str) -> str:
        sent: dict[str, Any] = {"summary": "x"}
        if form == "33":
            sent["customfield_10203"] = [{"accountId": participant}]
        body = {"serviceDeskId": "1", "requestTypeId": form, "requestFieldValues": sent, "raiseOnBehalfOf": reporter}
        return self.ask("POST", f"{DESK}/request", json={**body, "requestParticipants": [participant]})["issueId"]

    def _approve(self, request: str) -> None:
        """Let Alex approve."""
        alex = next(each for each in self.running.credentials["people"] if each["user"] == "alex.agent@example.com")
        asked = self.ask("GET", f"{DESK}/request/{request}/approval")["values"][0]
        answer = {"json": {"decision": "approve"}, "auth": (alex["user"], alex["token"]), "timeout": TIMEOUT}
        self.http.post(f"{self.running.base_url}{DESK}/request/{request}/approval/{asked['id']}", **answer)

    def _open(self, participant: str, reporter: str) -> str:
        """Give an incident that was canceled, opened again, and is being worked on."""
        number = self._request("31", participant, reporter)
        for way in ("41", "61"):
            self.ask("POST", f"/rest/api/3/issue/{number}/transitions", json={"transition": {"id": way}})
        return number
