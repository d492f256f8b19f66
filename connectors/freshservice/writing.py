"""Write tickets: create, update, delete, and what takes a call of its own.

Vendor facts (api.freshservice.com, tickets):

- There is no idempotency key, no version and no external id: a repeated create makes a second ticket, the last write wins.
  So a create bears a tag of ours, and is found again by it.
- A create is of type Incident; ``promote`` and ``demote`` make a major incident of it and undo that, and set the priority.
- Subject, description, status, priority and a requester are mandatory, whatever the document calls optional.
- A ticket's group belongs to its workspace; only ``move_workspace`` changes that.
- Any status may follow any other, and closed tickets can be changed. Resolving may be refused for a field that the form
  requires, or for open tasks and children: 400, the words name it.
- A deleted ticket goes to the trash, from which ``restore`` takes it; writing to it is 404.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ...core.connector import AddComment, Create, Delete, Json, Outcome, Record, Update
from ...core.errors import ConnectorError, FatalError, NotFoundError, RejectedError, UnavailableError
from .api import Api
from .bodies import AFTERWARDS, changed, created, fitted, written
from .comments import add_note
from .metadata import PRIMARY, Metadata
from .payloads import STATUSES, is_ours, tag_of
from .people import People
from .reading import TICKETS, VIEW, Reader

MAJOR: Final = "Major Incident"
INCIDENT: Final = "Incident"
URGENT: Final = 4
"""The priority of what has just become a major incident."""
DEPENDENT: Final = ("tags", "due_by", "type", "group_id")
"""Keys that cannot be written without knowing the ticket as it stands."""


class Writer:
    """Writes the tickets of one account."""

    def __init__(
        self,
        api: Api,
        metadata: Metadata,
        people: People,
        reader: Reader,
        *,
        workspace: int | None,
        marker_field: str | None,
    ) -> None:
        """Make it.

        Args:
            api: the connection's session.
            metadata: statuses, departments and the form.
            people: who we are, and which workspace a group is in.
            reader: reads a ticket that is about to be changed.
            workspace: where new tickets go whose group does not say.
            marker_field: name of the account's own field that keeps markers in full.
        """
        self._api = api
        self._metadata = metadata
        self._people = people
        self._reader = reader
        self._workspace = workspace
        self._marker_field = marker_field

    # -- tickets

    def create(self, write: Create) -> Outcome:
        """Create one ticket."""
        if write.comments:
            raise RejectedError("a create carries no comments: add them after it", connection=self._api.connection)
        values = self.values(write.body)
        ticket = created(values)
        ticket["tags"] = [*ticket.get("tags", ()), tag_of(write.marker)]
        ticket.setdefault("requester_id", self._people.myself["id"])
        workspace = self._people.workspace_of(str(ticket["group_id"])) if "group_id" in ticket else self._workspace
        if workspace not in (None, PRIMARY):
            ticket["workspace_id"] = workspace
        if self._marker_field is not None:
            ticket["custom_fields"] = {**ticket.get("custom_fields", {}), self._marker_field: write.marker}
        reply = self._api.call("POST", TICKETS, json=ticket, repeatable=False)
        made = self._api.whole(reply, "ticket", f"POST {TICKETS}")
        self._complete(made, values, write.body)
        return Outcome(write.key, str(made["id"]))

    def _complete(self, made: Json, values: Json, body: Json) -> None:
        """Write what a create does not take.

        Raises:
            UnavailableError: the ticket is there, and not whole.
        """
        rest = {key: value for key, value in values.items() if key in AFTERWARDS and value}
        try:
            if body.get("type") == MAJOR:
                self._promote(str(made["id"]), made, MAJOR)
                rest |= {key: values[key] for key in ("priority",) if key in values}
            if rest:
                self._put(str(made["id"]), rest)
        except FatalError:
            raise
        except ConnectorError as error:
            raise UnavailableError(
                f"the ticket was created, but not all of it: {error.message}",
                maybe_applied=True,
                connection=self._api.connection,
                operation=error.operation,
                key=str(made["id"]),
                vendor_words=error.vendor_words,
            ) from error

    def update(self, write: Update) -> Outcome:
        """Change fields of one ticket; repeating it is harmless: the same values again."""
        body, record_id = write.body, write.record_id
        values = self.values(body)
        held = self._reader.held(record_id) if any(body.get(key) is not None for key in DEPENDENT) else {}
        if "tags" in values:
            values["tags"] = [*values["tags"], *(tag for tag in held.get("tags") or () if is_ours(tag))]
        if body.get("type") and self._promote(record_id, held, body["type"]):
            values.setdefault("priority", held.get("priority"))
        self._move(record_id, values, held)
        self._put(record_id, changed(values, held))
        return Outcome(write.key, record_id)

    def path(self, record: Record | None, body: Json) -> list[Json]:
        """Give what a ticket holds between the calls that a body takes: after the create, and once it is promoted."""
        steps: list[Json] = []
        if record is None and body.get("type") == MAJOR:
            steps.append({"type": INCIDENT})
        if record is None and any(body.get(key) for key in AFTERWARDS):
            steps.append({"status": body.get("status"), **dict.fromkeys(AFTERWARDS)})
        kind = INCIDENT if record is None else record.body.get("type")
        if kind == INCIDENT and body.get("type") == MAJOR:
            held = {} if record is None else record.body
            steps.append({key: body.get(key, held.get(key)) for key in ("impact", "urgency")} | {"priority": URGENT})
        return steps

    def delete(self, write: Delete) -> Outcome:
        """Put one ticket into the trash; one that is gone already counts as deleted."""
        with suppress(NotFoundError):
            self._api.call("DELETE", VIEW, repeatable=True, number=write.record_id)
        return Outcome(write.key, write.record_id)

    def _put(self, record_id: str, values: Json) -> None:
        if not values:
            return
        self._reader.forget_files(record_id)
        try:
            self._api.call("PUT", VIEW, json=values, repeatable=True, number=record_id)
        except RejectedError as error:
            error.key = record_id
            raise

    def _promote(self, record_id: str, held: Json, wanted: str) -> bool:
        """Make an incident a major one, or undo that, where it is not so yet; tell whether that was done.

        Raises:
            RejectedError: the ticket is of a type that cannot become one.
        """
        kind = held.get("type")
        if (kind == MAJOR) == (wanted == MAJOR):
            return False
        if kind not in (INCIDENT, MAJOR):
            raise RejectedError(
                f"only an incident can become a major incident, not a {kind}",
                connection=self._api.connection,
                key=record_id,
            )
        way = "promote" if wanted == MAJOR else "demote"
        self._api.call("PUT", f"{VIEW}/{way}", json={"type": wanted}, repeatable=False, number=record_id)
        return True

    def _move(self, record_id: str, values: Json, held: Json) -> None:
        """Move a ticket to the workspace of its new group."""
        group, stands = values.get("group_id"), held.get("workspace_id")
        if group is None or stands is None or len(self._metadata.workspaces) < 2:
            return
        workspace = self._people.workspace_of(str(group))
        if workspace is not None and workspace != stands:
            responder = values["responder_id"] if "responder_id" in values else held.get("responder_id")
            target = {"workspace_id": workspace, "group_id": group, "responder_id": responder}
            self._api.call("PUT", f"{VIEW}/move_workspace", json=target, repeatable=True, number=record_id)

    # -- values

    def values(self, body: Json) -> Json:
        """Give the values of a body as the API takes them.

        Raises:
            RejectedError: it names a status or a field that the account does not have.
        """
        values = written(body, self._metadata.status_code, self._metadata.departments)
        if values.get("custom_fields"):
            own = None if self._metadata.form is None else self._metadata.own_fields()
            values["custom_fields"] = fitted(values["custom_fields"], own, self._api.connection)
        return values

    # -- comments

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one note with its files."""
        self._reader.forget_files(write.record_id)
        return Outcome(write.key, write.record_id, child_id=add_note(self._api, write))


def plain_values(body: Json) -> Json:
    """Give the body of a create as far as it can be told without asking the account; its own statuses stay names."""
    codes = {name: code for code, name in STATUSES.items()}
    return created(written(body, lambda name: codes.get(name, name), {}))
