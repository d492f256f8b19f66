"""Recordings of Jira Cloud: kinds, places, and a state that fits.

The recorded exchanges went through the gateway of OAuth; the sandbox's scoped token stands for theirs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .account import Account
from .compare import Rules
from .exchanges import Exchange

FOLDER = "jira_service_management"
CLOUD = re.compile(r"^/ex/jira/([0-9a-f-]+)")
NUMBER = re.compile(r"(?<!/api)/(\d+|[A-Z]+-\d+)(?=/|$)")
KEY = re.compile(r"/issue/(\w+-\d+|\d+)")
PROJECT = {"id": "10000", "key": "KAN", "name": "My Kanban Project", "projectTypeKey": "software"}
STUB = {
    "summary": "Parity",
    "project": PROJECT,
    "status": {"id": "10000", "name": "To Do", "statusCategory": {"key": "new"}},
    "issuetype": {"id": "10003", "name": "Task", "subtask": False},
    "created": "2026-04-28T15:31:13.533+0200",
    "updated": "2026-04-28T15:31:13.533+0200",
}


class Jira(Account):
    """A Jira sandbox."""

    vendor = "jira"
    named = frozenset({"accountId"})
    rules = Rules(
        kinds={
            **dict.fromkeys(("author", "updateAuthor", "creator", "reporter", "assignee", "lead"), "user"),
            "watchers": "user",
            "issue": "issue",
            "issues": "issue",
            "comments": "comment",
            "worklogs": "worklog",
            "statusCategory": "category",
            "status": "status",
            "to": "status",
            "issuetypes": "issuetype",
            "avatarUrls": "avatars",
        },
    )

    @classmethod
    def recordings(cls, folder: Path) -> list[list[Exchange]]:
        """Give the exchanges of each file: they name method, path and query within the request."""
        files = sorted((folder / FOLDER).rglob("*.json"))
        return [cls._read(path, path.relative_to(folder / FOLDER).as_posix()) for path in files]

    @classmethod
    def _read(cls, path: Path, name: str) -> list[Exchange]:
        found: list[Exchange] = []
        match json.loads(path.read_text("utf-8")):
            case {"exchanges": list(items)}:
                for number, item in enumerate(items, 1):
                    sent, got = item["request"], item["response"]
                    query = tuple((key, str(value)) for key, value in (sent["query"] or {}).items())
                    headers = {key.lower(): str(value) for key, value in got["headers"].items()}
                    body = None if got["body"] == "" else got["body"]
                    found.append(
                        Exchange(
                            cls.vendor,
                            name,
                            number,
                            sent["method"],
                            sent["path"],
                            query,
                            sent["body"],
                            got["status"],
                            headers,
                            body,
                        )
                    )
        return found

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the endpoint."""
        return f"{exchange.method} {NUMBER.sub('/{id}', CLOUD.sub('', exchange.path))}"

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Put single issues under the name of their kind, and leave out custom fields, which sites have of their own."""
        if isinstance(reply, list):
            return [
                cls.envelope(exchange, item) for item in reply if not str(item.get("id", "")).startswith("customfield_")
            ]
        if not isinstance(reply, dict):
            return reply
        if "fields" in reply and "key" in reply:
            return {"issue": _plain(reply)}
        return {key: [_plain(item) for item in value] if key == "issues" else value for key, value in reply.items()}

    def refers(self, key: str) -> bool:
        """Tell whether a member holds ids: loaded records keep theirs."""
        return False

    @property
    def login(self) -> tuple[str, str]:
        """The integration's account, by a token for the gateway."""
        token = self.running.credentials["scoped_api_token"]
        return token["user"], token["token"]

    def path(self, exchange: Exchange) -> str:
        """Give the path behind the gateway of the sandbox's site."""
        return CLOUD.sub(self.running.credentials["scoped_api_token"]["path"], super().path(exchange))

    def fit(self, exchange: Exchange) -> None:
        """Load the issues that a reply shows or a path names."""
        reply = exchange.reply if isinstance(exchange.reply, dict) else {}
        shown = [*reply.get("issues", ()), *([reply] if "fields" in reply and "key" in reply else ())]
        named = KEY.search(exchange.path)
        if named and not shown:
            shown = [self._stub(named[1], reply)]
        for end in ("inwardIssue", "outwardIssue"):
            if isinstance(exchange.body, dict) and end in exchange.body:
                shown.append(self._stub(exchange.body[end]["key"], {}))
        if "/attachment/" in exchange.path:
            file = {"id": exchange.path.rpartition("/")[2], "filename": "a.txt", "size": 1}
            shown.append({"id": "9000", "key": "KAN-9000", "fields": {**STUB, "attachment": [file]}})
        if "/project/" in exchange.path or exchange.path.endswith("/issue"):
            shown.append(
                {"id": "9000", "key": "KAN-9000", "fields": {**STUB, "issuetype": {"id": "10001", "name": "Epic"}}}
            )
        if exchange.path.endswith("/status/10000"):
            shown.append({"id": "9001", "key": "KAN-9001", "fields": STUB})
        if shown:
            self.load(*shown)

    def _stub(self, name: str, reply: dict[str, Any]) -> dict[str, Any]:
        """Give an issue that a path names, with the changelog or the watchers that its reply shows."""
        number = name if name.isdecimal() else name.rpartition("-")[2]
        fields = {**STUB, "watches": {"watchCount": 1}}
        key = f"KAN-{number}" if name.isdecimal() else name
        return {"id": number, "key": key, "fields": fields, "changelog": {"histories": reply.get("values", [])}}


def _plain(issue: dict[str, Any]) -> dict[str, Any]:
    fields = {key: value for key, value in issue["fields"].items() if not key.startswith("customfield_")}
    return {**issue, "fields": fields}
