"""The bench of the Roundup connector: people work in a real tracker by its own Python interface, as its web pages do."""

from __future__ import annotations

import random
from datetime import datetime
from email import message_from_string
from typing import Any

from isthmus.plugin import Connector, Context, Person
from isthmus.testing import Bench, Seen
from isthmus_roundup import Roundup
from tracker import LOST, Tracker


class RoundupBench(Bench):
    """A running tracker, which is emptied first and behaves until it is told otherwise."""

    crowd = 6
    agent = Person(name="Alex Agent", email="alex.agent@example.com")
    requester = Person(name="Robin Requester", email="robin.requester@example.com")
    group = "Roundup has no groups"
    unknown_id = "987654"
    unknown_person = "987654"
    secrets = ("isthmus-pass",)

    def __init__(self, tracker: Tracker) -> None:
        super().__init__()
        self.tracker = tracker
        tracker.empty()
        self.put_in_force(None, 0)

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        password = self.secret("not-the-right-one" if wrong else "isthmus-pass")
        auth = {"kind": "basic", "user": "isthmus", "password": password}
        return Roundup(Roundup.Settings.model_validate({"url": self.tracker.url, "auth": auth}), context)

    # -- time, and trouble

    def now(self) -> datetime:
        return self.tracker.now()

    def advance(self, seconds: float) -> None:
        self.tracker.advance(seconds)

    def put_in_force(self, profile: str | None, seed: int) -> None:
        self.tracker.dice = random.Random(seed)
        self.tracker.flaky = LOST if profile == "flaky" else 0.0
        self.tracker.settings["WEB_API_CALLS_PER_INTERVAL"] = 4 if profile == "throttled" else 0
        self.tracker.settings["WEB_API_INTERVAL_IN_SEC"] = 4 * int(self.told)

    # -- hands

    def open(self, title: str) -> str:
        with self.tracker.opened("robin") as database:
            text = database.msg.create(content=f"Description of {title}", author=database.getuid())
            return database.issue.create(title=title, messages=[text])

    def at_once(self, count: int) -> list[str]:
        with self.tracker.standing_still():
            return self.crowded(count)

    def retitle(self, record_id: str, title: str) -> None:
        self.set(record_id, title=title)

    def say(self, record_id: str, text: str, *, public: bool) -> None:
        assert public, "Roundup hides nothing"
        with self.tracker.opened("alex") as database:
            message = database.msg.create(content=text, author=database.getuid())
            database.issue.set(record_id, messages=[*database.issue.get(record_id, "messages"), message])

    def close_ticket(self, record_id: str) -> None:
        self.set(record_id, status="8")

    def set(self, record_id: str, **properties: Any) -> None:
        with self.tracker.opened("alex") as database:
            database.issue.set(record_id, **properties)

    def remove(self, record_id: str) -> None:
        with self.tracker.opened("alex") as database:
            database.issue.retire(record_id)

    # -- eyes

    def ids(self) -> set[str]:
        with self.tracker.opened() as database:
            return set(database.issue.list())

    def comments(self, record_id: str) -> list[Seen]:
        with self.tracker.opened() as database:
            messages = sorted(database.issue.get(record_id, "messages"), key=int)
            return [Seen(database.msg.get(each, "content"), public=True) for each in messages[1:]]

    def outbox(self) -> list[tuple[str, str]]:
        sent: list[tuple[str, str]] = []
        for addresses, text in self.tracker.mail:
            kind = "create" if "New submission" in str(message_from_string(text).get_payload()) else "public_comment"
            sent += [(address.lower(), kind) for address in addresses]
        return sent
