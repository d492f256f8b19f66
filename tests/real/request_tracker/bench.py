"""The bench of the Request Tracker connector: Alex works in a real server through REST, under his own name.

What is there is read from the server's database, which no connector sees.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import requests
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.core.connector import Connector, Context
from isthmus.core.model import Person
from isthmus.testing import Bench, Seen

from .proxy import Proxy
from .server import Server

MAILED = {"Create": "create", "Correspond": "public_comment", "Status": "resolve", "Comment": "internal_comment"}
"""Type of a transaction -> the kind of the mail that followed it."""
TAG = re.compile(r"<[^>]*>")
TO = re.compile(r"^(?:To|CC): (.*)$", re.MULTILINE)


class RequestTrackerBench(Bench):
    """A running server, which is emptied first, behind an address that can fail."""

    crowd = 6
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Support"
    unknown_id = "987654321"
    unknown_person = "nobody-of-that-name"

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.secrets = (server.token,)
        self._session = requests.Session()
        self._session.trust_env = False
        self.proxy = Proxy(server.port, self.told)
        server.forget()

    def settings(self, auth: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Give what a user writes for the connection."""
        return {"url": self.proxy.url, "auth": auth, "timeout": 30, "queue": "Support", **options}

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        token = self.server.token[:-4] + "0000" if wrong else self.server.token
        auth = {"kind": "api_token", "user": "isthmus", "token": self.secret(token)}
        return RequestTracker(RequestTracker.Settings.model_validate(self.settings(auth)), context)

    def now(self) -> datetime:
        return self.server.now()

    def advance(self, seconds: float) -> None:
        self.server.advance(seconds)

    def put_in_force(self, profile: str | None, seed: int) -> None:
        self.proxy.profile(profile, seed)

    # -- hands

    def call(self, method: str, path: str, body: Any = None, user: str = "alex") -> Any:
        reply = self._session.request(
            method, f"{self.server.url}/REST/2.0{path}", json=body, auth=(user, f"{user}-pass"), timeout=60
        )
        assert reply.ok, reply.text
        return reply.json() if reply.content else None

    def open(self, title: str) -> str:
        ticket = {
            "Queue": self.group,
            "Subject": title,
            "Content": f"Description of {title}",
            "Requestor": [self.requester.email],
        }
        return str(self.call("POST", "/ticket", ticket)["id"])

    def at_once(self, count: int) -> list[str]:
        with self.server.standing_still():
            return self.crowded(count)

    def retitle(self, record_id: str, title: str) -> None:
        (sentence,) = self.call("PUT", f"/ticket/{record_id}", {"Subject": title})
        assert "changed" in sentence

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        message = {"Content": text, "ContentType": "text/plain"}
        self.call("POST", f"/ticket/{record_id}/{'correspond' if public else 'comment'}", message)

    def remove(self, record_id: str) -> None:
        self.call("DELETE", f"/ticket/{record_id}")

    def close_ticket(self, record_id: str) -> None:
        self.call("PUT", f"/ticket/{record_id}", {"Status": "resolved"})

    # -- eyes

    def ids(self) -> set[str]:
        return {str(row[0]) for row in self.server.query("SELECT id FROM Tickets WHERE Status != 'deleted'")}

    def comments(self, record_id: str) -> list[Seen]:
        rows = self.server.query(
            "SELECT t.Type, a.ContentType, a.Content FROM Transactions t JOIN Attachments a ON a.TransactionId = t.id "
            "WHERE t.ObjectType = 'RT::Ticket' AND t.ObjectId = ? AND t.Type IN ('Correspond', 'Comment') "
            "AND COALESCE(a.Filename, '') = '' AND a.ContentType LIKE 'text/%' ORDER BY t.id",
            int(record_id),
        )
        return [Seen(_text(str(kind), str(content)).strip(), public=said == "Correspond") for said, kind, content in rows]

    def outbox(self) -> list[tuple[str, str]]:
        rows = self.server.query(
            "SELECT t.Type, t.ObjectId, a.Headers FROM Transactions t LEFT JOIN Attachments a "
            "ON a.TransactionId = t.id AND COALESCE(a.Parent, 0) = 0 JOIN Tickets k ON k.id = t.ObjectId "
            "WHERE t.ObjectType = 'RT::Ticket' AND k.Status != 'deleted' ORDER BY t.id"
        )
        sent: list[tuple[str, str]] = []
        cause: dict[object, str] = {}
        for kind, ticket, headers in rows:
            if kind in MAILED:
                cause[ticket] = MAILED[str(kind)]
            elif kind in ("EmailRecord", "CommentEmailRecord"):
                for addresses in TO.findall(str(headers)):
                    sent += [(address.strip().lower(), cause[ticket]) for address in addresses.split(",")]
        return sent

    def close(self) -> None:
        super().close()
        self._session.close()
        self.proxy.close()


def _text(kind: str, content: str) -> str:
    return html.unescape(TAG.sub("", content)) if kind == "text/html" else content
