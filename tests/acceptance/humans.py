"""People who work in the tools, through the vendors' own APIs and under names of their own.

What they say and bring is noted, so that a judge can ask whether it stands at every member exactly once. The same two
people, by e-mail address, work everywhere: Fiona, who serves, and Eva, who asks.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

import requests

FIONA, EVA = "fiona.fulfiller@example.com", "eva.employee@example.com"
GROUPS = ("Service Desk", "Network")
"""In which Fiona works, at every tool."""


@dataclass(frozen=True)
class Said:
    """A comment as somebody wrote it."""

    connection: str
    record_id: str
    text: str
    public: bool
    email: str


@dataclass(frozen=True)
class Brought:
    """A file as somebody attached it."""

    connection: str
    record_id: str
    name: str
    sha256: str
    public: bool


@dataclass
class Diary:
    """What everybody said and brought."""

    said: list[Said] = field(default_factory=list)
    brought: list[Brought] = field(default_factory=list)


class Zendesk:
    """People at a Zendesk."""

    vendor = "zendesk"

    def __init__(self, name: str, running: Any, diary: Diary) -> None:
        self.name, self.diary = name, diary
        self._url = running.base_url
        self._token = running.credentials["api_token"]["token"]
        self._admin = running.credentials["api_token"]["user"]
        self.groups = {group["name"]: group["id"] for group in self._call("GET", "groups", who=self._admin)["groups"]}
        self._join(FIONA, "Fiona Fulfiller", "agent")
        self.people = {FIONA: self._find(FIONA), EVA: self._join(EVA, "Eva Employee", "end-user")}

    def _call(self, method: str, path: str, body: Any = None, *, who: str = FIONA, data: bytes | None = None) -> Any:
        kind = {"Content-Type": "text/plain"} if data is not None else {}
        reply = requests.request(
            method,
            f"{self._url}/api/v2/{path}",
            json=body,
            data=data,
            headers=kind,
            auth=(f"{who}/token", self._token),
            timeout=30,
        )
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()

    def _join(self, email: str, name: str, role: str) -> int:
        person = {"email": email, "name": name, "role": role, "skip_verify_email": True}
        number = self._call("POST", "users", {"user": person}, who=self._admin)["user"]["id"]
        for group in GROUPS if role == "agent" else ():
            membership = {"user_id": number, "group_id": self.groups[group]}
            self._call("POST", "group_memberships", {"group_membership": membership}, who=self._admin)
        return number

    def _find(self, email: str) -> int:
        return self._call("GET", f"users/search?query=email:{email}", who=self._admin)["users"][0]["id"]

    def look(self, key: str) -> dict[str, Any]:
        return self._call("GET", f"tickets/{key}")["ticket"]

    def is_over(self, key: str) -> bool:
        """Tell whether people can no longer change a ticket."""
        return self.look(key)["status"] == "closed"

    def save(self, key: str, **fields: Any) -> None:
        self._call("PUT", f"tickets/{key}", {"ticket": fields})

    def open(self, title: str, text: str, **fields: Any) -> str:
        ticket = {
            "subject": title,
            "comment": {"body": text},
            "requester_id": self.people[EVA],
            "type": "incident",
            **fields,
        }
        return str(self._call("POST", "tickets", {"ticket": ticket})["ticket"]["id"])

    def open_hidden(self, title: str, text: str, files: dict[str, bytes]) -> str:
        """Open a ticket whose first comment is private."""
        comment = {"body": text, "public": False, "uploads": self._upload(files, FIONA)}
        key = self.open(title, text, comment=comment)
        self._note(key, text, False, FIONA, files)
        return key

    def show(self, key: str, text: str, name: str, data: bytes) -> None:
        """Write an internal note that shows an image between its lines."""
        upload = self._call("POST", f"uploads?filename={name}", data=data)["upload"]
        markup = f'<p>{text}</p><p><img src="{upload["attachment"]["content_url"]}" alt="{name}"></p>'
        self.save(key, comment={"html_body": markup, "public": False, "uploads": [upload["token"]]})
        self._note(key, text, False, FIONA, {name: data})

    def seen_by_eva(self) -> list[str]:
        """Give everything that Eva, who asks, can read."""
        seen: list[str] = []
        for request in self._call("GET", "requests", who=EVA)["requests"]:
            comments = self._call("GET", f"requests/{request['id']}/comments", who=EVA)["comments"]
            seen += [json.dumps(request), json.dumps(comments)]
            for file in (file for comment in comments for file in comment["attachments"]):
                seen.append(requests.get(file["content_url"], auth=(f"{EVA}/token", self._token), timeout=30).text)
        return seen

    def say(self, key: str, text: str, *, public: bool, files: dict[str, bytes] | None = None) -> None:
        comment: dict[str, Any] = {"body": text, "public": public, "uploads": self._upload(files, FIONA)}
        self.save(key, comment=comment)
        self._note(key, text, public, FIONA, files)

    def reply(self, key: str, text: str, files: dict[str, bytes] | None = None) -> None:
        comment = {"body": text, "uploads": self._upload(files, EVA)}
        self._call("PUT", f"requests/{key}", {"request": {"comment": comment}}, who=EVA)
        self._note(key, text, True, EVA, files)

    def bring(self, key: str, name: str, data: bytes, *, public: bool) -> None:
        """Attach a file; here it needs a comment."""
        self.say(key, f"See {name}", public=public, files={name: data})

    def _upload(self, files: dict[str, bytes] | None, who: str) -> list[str]:
        return [
            self._call("POST", f"uploads?filename={name}", data=data, who=who)["upload"]["token"]
            for name, data in (files or {}).items()
        ]

    def _note(self, key: str, text: str, public: bool, email: str, files: dict[str, bytes] | None) -> None:
        self.diary.said.append(Said(self.name, key, text, public, email))
        for name, data in (files or {}).items():
            self.diary.brought.append(Brought(self.name, key, name, hashlib.sha256(data).hexdigest(), public))

    def hide(self, key: str, text: str) -> None:
        """Make a comment private after it was public."""
        comments = self._call("GET", f"tickets/{key}/comments")["comments"]
        comment = next(each for each in comments if text in each["body"])
        reply = requests.put(
            f"{self._url}/api/v2/tickets/{key}/comments/{comment['id']}/make_private",
            auth=(f"{FIONA}/token", self._token),
            timeout=30,
        )
        assert reply.ok, reply.text

    # -- what a crowd does

    def set_status(self, key: str, chance: random.Random) -> None:
        status = chance.choice(("open", "pending", "hold", "solved"))
        self.save(key, status=status, **({"assignee_id": self.people[FIONA]} if status == "solved" else {}))

    def set_priority(self, key: str, chance: random.Random) -> None:
        self.save(key, priority=chance.choice(("low", "normal", "high", "urgent")))

    def set_title(self, key: str, text: str) -> None:
        self.save(key, subject=text)

    def assign(self, key: str, chance: random.Random) -> None:
        self.save(key, group_id=self.groups[chance.choice(GROUPS)], assignee_id=self.people[FIONA])

    def mark(self, key: str, text: str) -> None:
        """Add a label, which only this vendor has."""
        self._call("PUT", f"tickets/{key}/tags", {"tags": [text]})

    def copy_to(self, key: str) -> None:
        """Let somebody else be told."""
        self.save(key, email_ccs=[{"user_email": "lena.nguyen@example.com", "action": "put"}])


class ServiceNow:
    """People at a ServiceNow."""

    vendor = "servicenow"

    def __init__(self, name: str, running: Any, diary: Diary) -> None:
        self.name, self.diary = name, diary
        self._url = running.base_url
        self._passwords = {person["user"]: person["password"] for person in running.credentials["people"]}
        self.people = {email: self._id("sys_user", "email", email) for email in (FIONA, EVA)}
        self.groups = {name: self._id("sys_user_group", "name", name) for name in GROUPS}

    def _call(
        self, method: str, path: str, body: Any = None, *, who: str = FIONA, data: bytes | None = None, **query: str
    ) -> Any:
        user = who.partition("@")[0]
        kind = {"Content-Type": "text/plain"} if data is not None else {}
        reply = requests.request(
            method,
            f"{self._url}/api/now/{path}",
            json=body,
            data=data,
            params=query,
            headers=kind,
            auth=(user, self._passwords[user]),
            timeout=30,
        )
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()["result"]

    def _id(self, table: str, field: str, value: str) -> str:
        (row,) = self._call("GET", f"table/{table}", sysparm_query=f"{field}={value}", sysparm_fields="sys_id")
        return row["sys_id"]

    def look(self, key: str) -> dict[str, Any]:
        return self._call("GET", f"table/incident/{key}", sysparm_exclude_reference_link="true")

    def is_over(self, key: str) -> bool:
        """Tell whether people can no longer change an incident."""
        return self.look(key)["state"] in ("7", "8")

    def save(self, key: str, *, who: str = FIONA, **fields: Any) -> None:
        self._call("PATCH", f"table/incident/{key}", fields, who=who)

    def open(self, title: str, text: str, **fields: Any) -> str:
        incident = {"short_description": title, "description": text, "caller_id": self.people[EVA], **fields}
        return self._call("POST", "table/incident", incident)["sys_id"]

    def show(self, key: str, text: str, name: str, data: bytes) -> None:
        """Write an internal note that shows an image between its lines."""
        where = {"table_name": "incident", "table_sys_id": key, "file_name": name}
        file = self._call("POST", "attachment/file", data=data, **where)["sys_id"]
        self.save(
            key, work_notes=f'[code]<p>{text}</p><p><img src="/sys_attachment.do?sys_id={file}" alt="{name}"></p>[/code]'
        )

    def seen_by_eva(self) -> list[str]:
        """Give everything that Eva, who asks, can read."""
        query = {"sysparm_query": f"caller_id={self.people[EVA]}", "sysparm_display_value": "all"}
        seen = [json.dumps(self._call("GET", "table/incident", who=EVA, **query))]
        for file in self._call("GET", "attachment", who=EVA):
            seen.append(file["file_name"])
            reply = requests.get(
                f"{self._url}/api/now/attachment/{file['sys_id']}/file",
                auth=(EVA.partition("@")[0], self._passwords[EVA.partition("@")[0]]),
                timeout=30,
            )
            seen.append(reply.text)
        return seen

    def say(self, key: str, text: str, *, public: bool) -> None:
        self.save(key, **{"comments" if public else "work_notes": text})
        self.diary.said.append(Said(self.name, key, text, public, FIONA))

    def reply(self, key: str, text: str) -> None:
        self.save(key, who=EVA, comments=text)
        self.diary.said.append(Said(self.name, key, text, True, EVA))

    def bring(self, key: str, name: str, data: bytes, *, public: bool) -> None:
        """Attach a file; what the caller brings the caller may see."""
        where = {"table_name": "incident", "table_sys_id": key, "file_name": name}
        self._call("POST", "attachment/file", data=data, who=EVA if public else FIONA, **where)
        self.diary.brought.append(Brought(self.name, key, name, hashlib.sha256(data).hexdigest(), public))

    # -- what a crowd does

    def set_status(self, key: str, chance: random.Random) -> None:
        solved = {"close_code": "Workaround provided", "close_notes": "Solved by hand."}
        steps: tuple[dict[str, str], ...] = (
            {"state": "2"},
            {"state": "3", "hold_reason": "1"},
            {"state": "3", "hold_reason": chance.choice("345")},
            {"state": "6", "assigned_to": self.people[FIONA], **solved},
            {"state": "8"},
        )
        self.save(key, **chance.choice(steps))

    def set_priority(self, key: str, chance: random.Random) -> None:
        self.save(key, impact=chance.choice("123"), urgency=chance.choice("123"))

    def set_title(self, key: str, text: str) -> None:
        self.save(key, short_description=text)

    def assign(self, key: str, chance: random.Random) -> None:
        self.save(key, assignment_group=self.groups[chance.choice(GROUPS)], assigned_to=self.people[FIONA])

    def mark(self, key: str, text: str) -> None:
        """Set a category, which only this vendor has."""
        self.save(key, category=random.Random(text).choice(("hardware", "software", "network")))

    def copy_to(self, key: str) -> None:
        """Let somebody else be told."""
        self.save(key, watch_list=self._id("sys_user", "email", "lena.nguyen@example.com"))


KINDS = (
    "status",
    "status",
    "priority",
    "title",
    "assign",
    "public",
    "internal",
    "twice",
    "file",
    "open",
    "reply",
    "mark",
    "copy",
)


class Crowd:
    """Everybody, doing something at random."""

    def __init__(self, members: dict[str, Zendesk | ServiceNow], seed: int) -> None:
        self.members = members
        self.chance = random.Random(seed)
        self.done = 0
        self.last: dict[str, str] | None = None

    def act(self, incidents: list[dict[str, str]]) -> str:
        """Let one person do one thing with one of some incidents, given as connection -> id, and say what.

        Every third time it is the incident of the last time, so that people meet.
        """
        self.done += 1
        if self.last is None or self.chance.random() < 2 / 3:
            self.last = self.chance.choice(incidents)
        name = self.chance.choice(sorted(self.last))
        person, kind, text, key = self.members[name], self.chance.choice(KINDS), f"W{self.done:04d}", self.last[name]
        if person.is_over(key):
            kind = "open"
        match kind:
            case "status" | "priority" | "assign":
                {"status": person.set_status, "priority": person.set_priority, "assign": person.assign}[kind](
                    key, self.chance
                )
            case "title":
                person.set_title(key, f"Title {text}")
            case "public" | "internal":
                person.say(key, f"{text} says it & more: 1 < 2", public=kind == "public")
            case "twice":
                person.say(key, f"{text} any update?", public=True)
                person.say(key, f"{text} any update?", public=True)
            case "file":
                person.bring(key, f"{text}.txt", f"bytes of {text}".encode(), public=self.chance.random() < 0.5)
            case "open":
                person.open(f"New {text}", f"{text} is broken")
            case "reply":
                self._reply(person, key, f"{text} replies")
            case "mark":
                person.mark(key, f"label_{text.lower()}")
            case _:
                person.copy_to(key)
        return f"{name} {key} {kind} {text}"

    def _reply(self, person: Zendesk | ServiceNow, key: str, text: str) -> None:
        """Let Eva reply where she is the requester; elsewhere Fiona speaks."""
        record = person.look(key)
        if str(record.get("requester_id") or record.get("caller_id")) == str(person.people[EVA]):
            person.reply(key, text)
        else:
            person.say(key, text, public=True)
