"""Writing incidents: created through the create form, changed through the read form, with work logs beside them.

Vendor facts (docs.bmc.com, incident interface forms; recorded creates of public clients):

- A create answers 201 with the address of a staging row, whose id is not the incident's; ``Incident Number`` on it, asked
  for by ``fields`` or read afterwards, leads to the incident. Repeating a create makes a second incident.
- An update is partial, null clears a field, and repeating it does no harm: the same values again.
- ``Priority`` follows from impact and urgency and cannot be written. A support group is written as company, organization
  and name; a customer by person id or login; setting an assignee's login sets the name.
- An unknown field refuses the whole write. A work log's ``Location`` ends in its id.
"""

from __future__ import annotations

from typing import Final

from ...core.connector import AddComment, Create, Delete, Json, Outcome, Record, Update
from ...core.errors import NotFoundError, RecordError, RejectedError, RetryableError, UnavailableError
from ...core.net.http import Reply, quote_segment
from ...core.net.multipart import bare_name
from ...core.shapes import as_object
from .calls import Calls, entry_values, form_path, located
from .columns import BASE, CREATE, CREATE_NAMES, CUSTOM, INCIDENT, MARKER, NUMBER, Columns
from .comments import (
    ACCESS,
    FILES,
    SUMMARY,
    TEXT,
    TYPE,
    Comments,
    access_of,
    batches,
    split_key,
    split_summary,
    summary_of,
)
from .files import add_log
from .items import ITEM_ID, SERVICE, Items
from .people import PERSON_ID, People, StandIn, SupportGroup
from .reading import Reading
from .shapes import ASSIGNEE, CUSTOM_FIELDS, CUSTOMER, GROUP, joined_id
from .statuses import needs_assignee, path, steps

CREATES: Final = form_path(CREATE)
CHANGES: Final = f"{form_path(INCIDENT)}/{{id}}"
DELETES: Final = f"{form_path(BASE)}/{{id}}"
COMPUTED: Final = frozenset({"Priority"})
OBJECTS: Final = frozenset({CUSTOMER, ASSIGNEE, GROUP, CUSTOM_FIELDS, SERVICE, ITEM_ID})
LOGIN: Final = "Assignee Login ID"
GROUP_ID: Final = "Assigned Group ID"
NOTE_TYPE: Final = "General Information"


class Writing:
    """Writes incidents of one server."""

    def __init__(
        self,
        calls: Calls,
        columns: Columns,
        people: People,
        items: Items,
        reading: Reading,
        comments: Comments,
        *,
        company: str | None,
        stand_in: StandIn,
    ) -> None:
        """Make a writer.

        Args:
            calls: the connection's calls.
            columns: the fields of incidents.
            people: who knows customers and groups.
            items: who knows services and configuration items.
            reading: reads an incident back.
            comments: reads work logs.
            company: the company of new incidents, where not the customer's.
            stand_in: the assignee where the status needs one and there is none.
        """
        self._calls = calls
        self._columns = columns
        self._people = people
        self._items = items
        self._reading = reading
        self._comments = comments
        self._company = company
        self._stand_in = stand_in

    # -- incidents

    def create(self, write: Create) -> Outcome:
        """Create one incident."""
        if write.comments:
            raise RejectedError("a create carries no comments: add them after it", connection=self._calls.connection)
        values = self.values(write.body)
        values = self._assigned(values, {})
        myself = self._people.myself
        if not values.get(PERSON_ID) and myself:
            values[PERSON_ID] = myself[PERSON_ID]
        if self._company and not values.get("Company"):
            values["Company"] = self._company
        values |= {MARKER: write.marker, "z1D_Action": "CREATE"}
        reply = self._calls.write(
            "POST",
            CREATES,
            repeatable=False,
            json={"values": creatable(values)},
            params={"fields": f"values({NUMBER})"},
        )
        record = self._created(reply, write.marker)
        return Outcome(write.key, record.id, record)

    def _created(self, reply: Reply, marker: str) -> Record:
        """Give the incident that a create made: by its number, which the reply or the staging row tells, or its marker.

        Raises:
            RejectedError: the staging row was stored, and no incident came of it.
            UnavailableError: the incident cannot be looked up now.
        """
        operation = f"POST {CREATES}"
        try:
            number = entry_values(reply.data).get(NUMBER) or self._number_of(located(reply.headers))
            record = self._reading.numbered(str(number)) if number else None
            found = [record] if record else self._reading.find(marker)
        except RetryableError as error:
            raise UnavailableError(
                "the create form took it, but what came of it cannot be read now",
                maybe_applied=True,
                connection=self._calls.connection,
                operation=operation,
                vendor_words=error.vendor_words,
            ) from None
        if not found:
            raise RejectedError(
                "the create form took it, but no incident came of it; see the server's filters, and whether the account "
                "may read what it creates",
                connection=self._calls.connection,
                operation=operation,
            )
        return found[0]

    def _number_of(self, staged: str | None) -> str | None:
        """Give the incident number on a staging row; None where it has none."""
        if staged is None:
            return None
        try:
            reply = self._calls.read(f"{CREATES}/{quote_segment(staged)}", {"fields": f"values({NUMBER})"})
        except RecordError:
            return None
        return entry_values(reply.data).get(NUMBER)

    def update(self, write: Update) -> Outcome:
        """Change fields of one incident, step by step where its status asks for it; safe to repeat from any step."""
        values = self.values(write.body)
        held = self._held(write.record_id) if {"Status", LOGIN} & values.keys() else {}
        for step in self._legal(held, values, write.record_id):
            sent = self._assigned(step, held)
            self._change(write.record_id, sent)
            held |= sent
        return Outcome(write.key, write.record_id)

    def path(self, record: Record | None, body: Json) -> list[Json]:
        """Give what an incident will hold of its status on the way to a body; a new one is made in its status."""
        return [] if record is None else list(path(record.body, body))

    def delete(self, write: Delete) -> Outcome:
        """Delete one incident; one that is gone already counts as deleted."""
        try:
            self._calls.write("DELETE", DELETES, repeatable=True, id=write.record_id)
        except NotFoundError:
            if self._reading.fetch([write.record_id]):
                raise
        return Outcome(write.key, write.record_id)

    def _held(self, record_id: str) -> Json:
        found = self._reading.standing(record_id)
        if found is None:
            raise NotFoundError("the incident is gone or hidden", connection=self._calls.connection, key=record_id)
        return found

    def _legal(self, held: Json, values: Json, record_id: str) -> list[Json]:
        try:
            return steps(held, values)
        except RejectedError as error:
            raise RejectedError(
                error.message,
                connection=self._calls.connection,
                operation=f"PUT {CHANGES}",
                key=record_id,
                vendor_words=f"status {held.get('Status')}",
            ) from None

    def _change(self, record_id: str, values: Json) -> None:
        if not values:
            return
        try:
            self._calls.write("PUT", CHANGES, repeatable=True, json={"values": values}, id=joined_id(record_id))
        except RejectedError as error:
            error.key = record_id
            raise

    def _assigned(self, step: Json, held: Json) -> Json:
        """Give a step with an assignee, and with their group, where its status needs one and there is none."""
        status = step.get("Status") or held.get("Status")
        taken = step[LOGIN] if LOGIN in step else held.get(LOGIN) or held.get("Assignee")
        if taken or self._stand_in.login is None or not needs_assignee(status):
            return step
        grouped = step[GROUP_ID] if GROUP_ID in step else held.get(GROUP_ID)
        home = None if grouped else self._people.home_group(self._stand_in)
        return {**step, LOGIN: self._stand_in.login, **(_group_values(home) if home else {})}

    # -- values

    def values(self, body: Json) -> Json:
        """Give the vendor's fields of a body: objects taken apart, computed fields left out.

        Raises:
            RejectedError: it names a person, a group or a field that does not exist here.
        """
        values = {name: value for name, value in body.items() if name not in OBJECTS | COMPUTED}
        if CUSTOMER in body:
            values |= self._customer(body[CUSTOMER].get("id"))
        if GROUP in body:
            values |= self._group(body[GROUP].get("id"))
        if ASSIGNEE in body:
            login = body[ASSIGNEE].get("id") or None
            row = self._people.row(login) if login else None
            values |= {LOGIN: login, "Assignee": row.get("Full Name") if row else None}
        return {**values, **self._items.resolved(body), **self._custom(body.get(CUSTOM_FIELDS) or {})}

    def _customer(self, person_id: str | None) -> Json:
        row = self._people.row(person_id) if person_id else None
        if row is None:
            raise self._refused(f"there is no person '{person_id}' here, and no incident without a customer")
        return {PERSON_ID: row[PERSON_ID]}

    def _group(self, group_id: str | None) -> Json:
        if not group_id:
            return _group_values(None)
        group = self._people.group(group_id)
        if group is None:
            raise self._refused(f"there is no enabled support group '{group_id}'")
        return _group_values(group)

    def _custom(self, fields: Json) -> Json:
        """Refuse custom fields that do not exist here, before the vendor refuses the whole write for them."""
        known = self._columns.known
        strange = sorted(name for name in fields if not name.endswith(CUSTOM) or (known and name not in known))
        if strange:
            raise self._refused(f"incidents have no field {', '.join(strange)}; take it out of the mapping")
        return fields

    def _refused(self, message: str) -> RejectedError:
        return RejectedError(message, connection=self._calls.connection, operation=f"PUT {CHANGES}")

    # -- comments

    def add_comment(self, write: AddComment) -> Outcome:
        """Append one comment; one with more than three files becomes several work logs, the one with its text last.

        Work logs that an earlier attempt wrote are not written again: each says which comment its files belong to.
        """
        number = self._reading.numbers([write.record_id]).get(write.record_id)
        if number is None:
            raise NotFoundError("the incident is gone or hidden", connection=self._calls.connection, key=write.record_id)
        comment = write.comment
        text = str(comment.body.get("text") or "")
        base: Json = {
            NUMBER: number,
            TYPE: NOTE_TYPE,
            ACCESS: access_of(comment.visibility),
            "Secure Work Log": "No",
        }
        *before, last = batches(comment.files)
        summary = summary_of(text)
        if before:
            key = split_key(comment.origin)
            there = self._there(number, key)
            summary = split_summary(key, last=True)
            for files in before:
                named = tuple(bare_name(file.name) for file in files)
                if named in there:
                    there.remove(named)
                    continue
                add_log(self._calls, {**base, SUMMARY: split_summary(key, last=False)}, files)
        reply = add_log(self._calls, {**base, SUMMARY: summary or None, TEXT: text or None}, last)
        return Outcome(write.key, write.record_id, child_id=located(reply.headers))

    def _there(self, number: str, key: str) -> list[tuple[str, ...]]:
        """Give the names of the files that stand already on work logs of one comment."""
        found: list[tuple[str, ...]] = []
        for row in self._comments.parts(number, key):
            files = [as_object(row.get(field)) for field in FILES]
            found.append(tuple(str(file.get("name")) for file in files if file))
        return found


def _group_values(group: SupportGroup | None) -> Json:
    """Give the fields that name a group, together."""
    return {
        "Assigned Support Company": group.company if group else None,
        "Assigned Support Organization": group.organization if group else None,
        "Assigned Group": group.name if group else None,
        GROUP_ID: group.id if group else None,
    }


def creatable(values: Json) -> Json:
    """Give values under the names of the create form, the empty ones left out."""
    return {CREATE_NAMES.get(name, name): value for name, value in values.items() if value is not None}


def plain_values(body: Json) -> Json:
    """Give what of a body can be told without asking the server: the values of a create, objects by their ids."""
    values: Json = {name: value for name, value in body.items() if name not in OBJECTS | COMPUTED}
    for key, name in ((CUSTOMER, "Customer Login ID"), (ASSIGNEE, LOGIN), (GROUP, GROUP_ID)):
        values[name] = as_object(body.get(key)).get("id")
    values |= {name: body.get(name) for name in (SERVICE, ITEM_ID)}
    return creatable({**values, **as_object(body.get(CUSTOM_FIELDS))})
