"""Reading of a ticket that is to be created or changed: every value is checked, and all faults are told at once.

* An unknown or read-only key fails the whole request. ``cc_emails``, ``email_config_id`` and ``workspace_id`` can be sent
  on creation only, ``resolution_notes`` on an update only.
* Subject, description, status, priority and a requester (``requester_id``, ``email``, or ``phone`` with ``name``) are
  mandatory, whatever the document calls optional (alexlarner/Larner.FreshService, New-FSTicket).
* Creating knows the type Incident only; a category must be a path of the dependent field.
* Resolving and closing check the fields required for closure, and the account's closure rules;
  ``bypass_mandatory=true`` by an admin skips what is mandatory, but for requester and source.

Source: api.freshservice.com, "Tickets" and "Errors"; support.freshservice.com, "Closure rules".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import account, closure, custom_values, text
from .bodies import FILES, Body, Upload
from .records import DONE, PRIMARY_WORKSPACE, Choice, Json, Person, Ticket
from .values import Values

if TYPE_CHECKING:
    from .vendor import Freshservice

COMMON = frozenset(
    [
        *("subject", "description", "type", "status", "priority", "urgency", "impact", "source", "requester_id"),
        *("email", "phone", "name", "responder_id", "group_id", "department_id", "category", "sub_category"),
        *("item_category", "custom_fields", "tags", "due_by", "fr_due_by", "assets", "problem"),
        *("change_initiating_ticket", "change_initiated_by_ticket", "planned_start_date", "planned_end_date"),
        *("planned_effort",),
    ]
)
CREATE = COMMON | {"cc_emails", "email_config_id", "workspace_id"}
UPDATE = COMMON | {"resolution_notes", "resolution_notes_html", "requested_for_id"}
LONGEST_SUBJECT = 255
LONGEST_TAG = 32
LARGEST = 40 * 1024 * 1024
"""Bytes of all files of a ticket."""
LINKS = (("problem", "problems"), ("change_initiating_ticket", "changes"), ("change_initiated_by_ticket", "changes"))


@dataclass(slots=True)
class Draft:
    """A checked request: the attributes to set, whom to add, and the files to attach."""

    values: Json = field(default_factory=dict[str, Any])
    """By attribute of :class:`Ticket`."""
    newcomer: tuple[str, str | None, str | None] | None = None
    """Name, e-mail address and phone of a requester to add."""
    files: list[Upload] = field(default_factory=list[Upload])


def read(vendor: Freshservice, body: Body, ticket: Ticket | None, actor: Person, *, bypass: bool = False) -> Draft:
    """Check a request.

    Args:
        vendor: the account.
        body: of the request.
        ticket: the one to change; None for a new one.
        actor: who asks.
        bypass: what is mandatory may be missing; of effect for admins.

    Raises:
        RefusedError: 400 with every fault.
    """
    reader = _Reader(vendor, body, ticket, lenient=bypass and actor.role in account.ADMINS)
    reader.read()
    reader.values.problems.check()
    return reader.draft


class _Reader:
    def __init__(self, vendor: Freshservice, body: Body, ticket: Ticket | None, *, lenient: bool) -> None:
        self.vendor = vendor
        self.state = vendor.state
        self.ticket = ticket
        self.lenient = lenient
        self.values = Values({key: value for key, value in body.data.items() if key != FILES}, is_form=body.is_form)
        self.problems = self.values.problems
        self.draft = Draft(files=body.files)
        if FILES in body.data:
            message = "It should contain elements of type valid file format only"
            self.problems.add(FILES, message, "datatype_mismatch")

    def read(self) -> None:
        creating = self.ticket is None
        self.values.only(CREATE if creating else UPDATE)
        self.workspace_id = self._workspace()
        self._texts(creating)
        self._codes(creating)
        self._people(creating)
        self._category()
        self._lists()
        self._times()
        self._associations()
        self.sent = custom_values.read(self.state, self.values, self.workspace_id)
        before = {} if self.ticket is None else self.ticket.custom_fields
        self.draft.values["custom_fields"] = {**before, **self.sent}
        self._mandatory(creating)
        self._closure()
        self._sizes()

    def _set(self, key: str, value: Any) -> None:
        """Take a value over where its key was sent."""
        if key in self.values.data:
            self.draft.values[key] = value

    def _next(self, key: str) -> Any:
        """Give what an attribute will be."""
        return self.draft.values.get(key, None if self.ticket is None else getattr(self.ticket, key))

    def _workspace(self) -> int:
        if self.ticket is not None:
            return self.ticket.workspace_id
        ids = [row["id"] for row in account.WORKSPACES]
        asked = self.values.choice("workspace_id", ids) if self.values.has("workspace_id") else None
        self.draft.values["workspace_id"] = asked or PRIMARY_WORKSPACE
        return asked or PRIMARY_WORKSPACE

    def _texts(self, creating: bool) -> None:
        for key, most in (("subject", LONGEST_SUBJECT), ("description", None)):
            if creating or key in self.values.data:
                value = self.values.text(key, most=most, required=True)
                self._set(key, value if key == "subject" or value is None else text.stored(value))
        for key in ("resolution_notes", "resolution_notes_html"):
            if key in self.values.data:
                value = self.values.text(key)
                self.draft.values["resolution_notes"] = text.stored(value) if value else None
        for key in ("planned_start_date", "planned_end_date"):
            self.values.moment(key)
            self._set(key, self.values.data.get(key))
        self._set("planned_effort", self.values.text("planned_effort"))

    def _codes(self, creating: bool) -> None:
        for key, choices in (("status", self.state.statuses), ("priority", account.PRIORITIES)):
            if creating or key in self.values.data:
                self._set(key, self.values.choice(key, choices, required=True))
        for key in ("urgency", "impact"):
            self._set(key, self.values.choice(key, account.LEVELS))
        self._set("source", self.values.choice("source", self.state.source_names()))
        types = account.CREATED_TYPES if self.ticket is None else (self.ticket.type, *account.CREATED_TYPES)
        found = self.values.word("type", dict.fromkeys(types))
        if found is not None:
            self.draft.values["type"] = found

    # -- people

    def _people(self, creating: bool) -> None:
        self._requester(creating)
        values = self.values
        for key, found, record in (
            ("responder_id", self.state.agent, "agent"),
            ("group_id", self._group, "group"),
            ("department_id", self.state.departments.get, "department"),
        ):
            number = values.number(key)
            if number is not None and found(number) is None:
                self.problems.unmatched(key, record)
            self._set(key, number)
        if values.has("requested_for_id") and self.ticket is not None:
            if self.ticket.type != "Service Request":
                self.problems.add("requested_for_id", "It can be set for service requests only", "incompatible_field")
            elif values.number("requested_for_id") not in self.state.people:
                self.problems.unmatched("requested_for_id", "requester")
            self._set("requested_for_id", values.data["requested_for_id"])

    def _group(self, group_id: int) -> object:
        group = self.state.groups.get(group_id)
        return group if group is not None and group.workspace_id == self.workspace_id else None

    def _requester(self, creating: bool) -> None:
        values, name = self.values, self.values.text("name")
        if values.has("requester_id"):
            number = values.number("requester_id")
            if number is not None and (number not in self.state.people or not self.state.people[number].active):
                self.problems.unmatched("requester_id", "requester")
            self._set("requester_id", number)
        elif values.has("email"):
            email = values.email("email")
            if email:
                self._named(self.state.with_email(email), name or email.partition("@")[0], email, None)
        elif values.has("phone"):
            phone = values.text("phone", required=True)
            person = self.state.with_phone(phone or "")
            if person is None and not name:
                self.problems.blank("name")
            self._named(person, name or "", None, phone)
        elif creating or "requester_id" in values.data:
            self.problems.blank("requester_id")

    def _named(self, person: Person | None, name: str, email: str | None, phone: str | None) -> None:
        if person is None:
            self.draft.newcomer = (name, email, phone)
        else:
            self.draft.values["requester_id"] = person.id

    # -- the rest

    def _category(self) -> None:
        """Read the path of category, sub-category and item; what depends on a changed value is emptied."""
        choices: tuple[Choice, ...] = self.state.categories
        changed = False
        for key in ("category", "sub_category", "item_category"):
            sent = key in self.values.data
            value = (self.values.text(key) or None) if sent else None if changed else self._next(key)
            found = next((choice for choice in choices if choice.value == value), None)
            if sent and value is not None and found is None:
                self.problems.not_a_choice(key, [choice.value for choice in choices])
            changed = changed or value != self._next(key)
            if sent or changed:
                self.draft.values[key] = value
            choices = found.choices if found else ()

    def _lists(self) -> None:
        tags = self.values.texts("tags", most=LONGEST_TAG)
        if tags is not None:
            self.draft.values["tags"] = list(dict.fromkeys(tags))
        if self.ticket is not None:
            return
        copied = self.values.emails("cc_emails")
        if copied is not None:
            self.draft.values |= {"cc_emails": copied, "reply_cc_emails": list(copied)}
        number = self.values.number("email_config_id")
        if number is not None and number != self.state.email_config_id:
            self.problems.unmatched("email_config_id", "email config")
        self._set("email_config_id", number)

    def _times(self) -> None:
        """Read the due times, which can be set by hand, both together."""
        keys = {"due_by", "fr_due_by"} & self.values.data.keys()
        if not keys:
            return
        due, first = self.values.moment("due_by"), self.values.moment("fr_due_by")
        if len(keys) == 1:
            self.problems.blank(({"due_by", "fr_due_by"} - keys).pop())
        elif due is not None and first is not None:
            if due <= first:
                self.problems.add("due_by", "It should be greater than fr_due_by", "invalid_value")
            self.draft.values |= {"due": due, "fr_due": first, "due_fixed": True}

    def _associations(self) -> None:
        for key, kind in LINKS:
            given = self.values.object(key)
            if given is not None:
                number = self.values.as_number(key, given.get("display_id"))
                if number not in getattr(self.state, kind):
                    self.problems.unmatched(key, kind.removesuffix("s"))
                self.draft.values[key] = number
        listed = self.values.objects("assets")
        if listed is None:
            return
        numbers = [self.values.as_number("assets", item.get("display_id")) for item in listed]
        if any(number not in self.state.assets for number in numbers):
            self.problems.unmatched("assets", "asset")
        self.draft.values["assets"] = list(dict.fromkeys(numbers))

    def _mandatory(self, creating: bool) -> None:
        if self.lenient:
            self._forgive()
            return
        custom = self.draft.values["custom_fields"]
        for own in self.state.fields_of(self.workspace_id):
            touched = creating or own.name in self.sent
            if own.required and touched and is_blank(custom.get(own.name)):
                self.problems.blank(own.name)

    def _forgive(self) -> None:
        """Let an admin leave out what is mandatory, but for requester and source: the value stays what it was."""
        for error in list(self.problems.errors):
            if error["code"] == "missing_field" and error["field"] not in {"requester_id", "source", "name"}:
                self.problems.errors.remove(error)
                self.draft.values.pop(error["field"], None)

    def _closure(self) -> None:
        """Check what must be there to resolve or close."""
        before = None if self.ticket is None else self.ticket.status
        if self._next("status") in DONE and before not in DONE and not self.lenient:
            for key in self.vendor.required_for_closure(self.workspace_id):
                custom = self.draft.values["custom_fields"]
                if is_blank(custom.get(key) if key in self.state.fields else self._next(key)):
                    self.problems.blank(key)
            if self.ticket is not None:
                closure.check(self.vendor, self.ticket, self.problems)

    def _sizes(self) -> None:
        kept = [] if self.ticket is None else self.state.attachments_of(self.ticket.attachment_ids)
        if sum(file.size for file in kept) + sum(len(file.content) for file in self.draft.files) > LARGEST:
            self.problems.add(FILES, "The total size of all attachments should be less than 40 MB", "invalid_size")


def is_blank(value: object) -> bool:
    """Tell whether a value counts as none."""
    return value is None or value in ("", [])
