"""Loading of real records: rows of the interface, of the create form or of work logs, as the API gives them.

The record is ``{"values": {...}}`` or the values alone. People, groups, companies and items that it names become
stubs, and so does the incident of a work log. The same incident twice keeps what the later record holds, and of the
earlier one what the later does not name: the create form shows less than the interface. Absent required fields get
defaults, and every default is told. A field that no form here has is left out. The bytes of an attachment are not
part of a record: as many others stand for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from . import errors
from . import forms as names
from .assignment import GROUP_ID, TRIPLE, find_group
from .customer import fill
from .fresh import COMPANY, SUPPORT, add, add_company, add_group, add_person
from .schema import Field, Form
from .session import SERVICE_LOGIN, permission
from .store import File, Row, Store, instance_id
from .times import parsed

_UNKNOWN = "unknown.user"
"""The login of the customer where a record names none."""
_ENTRY_ID = re.compile(r"INC\d{12}")
_DEFAULTS: Row = {
    "Description": "(no description)",
    "Status": "New",
    "Impact": "4-Minor/Localized",
    "Urgency": "4-Low",
    "Priority": "Low",
    "Priority Weight": 0,
    "Service Type": "User Service Restoration",
    "Reported Source": "Direct Input",
    "Company": COMPANY,
    "Total Transfers": 0,
}


@dataclass(slots=True)
class Loader:
    """Loads records into a store."""

    store: Store
    now: int
    tell: Callable[[str], None]
    """Takes a sentence about each default."""

    def load(self, record: Mapping[str, Any]) -> None:
        """Load one record; one with a known id takes the place of the earlier one."""
        given: Any = record.get("values", record)
        values = cast("Mapping[str, Any]", given)
        if "Work Log ID" in values:
            self._work_log(self._read(self.store.forms[names.WORK_LOG_FORM], values))
        else:
            created = "Create Date" in values
            self._incident(self._read(self.store.forms[names.CREATE_FORM if created else names.INTERFACE_FORM], values))

    def _read(self, form: Form, values: Mapping[str, Any]) -> Row:
        row: Row = {}
        for name, value in values.items():
            field = form.find(name) or self.store.forms[names.HELP_DESK].find(name)
            if field is None:
                if value is not None:
                    self.tell(f"{name} is no field of {form.name}: left out")
            elif field.option != "DISPLAY":
                row[field.column] = self._value(field, value) if value is not None else None
        return row

    def _value(self, field: Field, value: Any) -> Any:
        match field.kind:
            case "time":
                return parsed(str(value))
            case "history":
                return {status: (each["user"], parsed(each["timestamp"])) for status, each in value.items()}
            case "attachment":
                self.tell(f"{field.name}: {value['sizeBytes']} bytes of our own for {value['name']}")
                return File(value["name"], b"-" * value["sizeBytes"])
            case "enum" if value not in field.codes:
                self.tell(f"{field.name}: {value} is no selection: left out")
                return None
            case _:
                return value

    def _incident(self, row: Row) -> None:
        table = self.store[names.HELP_DESK]
        number = row.get("Incident Number") or self.store.next_number()
        known = self.store.incident(number)
        entry_id = str(row.pop("Entry ID", None) or "").partition("|")[0]
        if known is not None:
            table.remove(known["Entry ID"])
        if not _ENTRY_ID.fullmatch(entry_id):
            entry_id = known["Entry ID"] if known else table.next_id()
        row = {**(known or {}), **row, "Entry ID": entry_id, "Incident Number": number}
        row = {column: value for column, value in row.items() if value is not None and column != "Request ID"}
        self._complete(row)
        self._customer(row)
        self._assignment(row)
        self._items(row)
        row["Assignee Groups"] = permission(self.store, row["Company"], row.get("Customer Login ID") or "")
        table.put(row)

    def _complete(self, row: Row) -> None:
        """Give absent required fields their defaults."""
        at = row.get("Submit Date") or self.now
        required = {
            **_DEFAULTS,
            "Submitter": SERVICE_LOGIN,
            "Submit Date": at,
            "Last Modified By": row.get("Submitter") or SERVICE_LOGIN,
            "Last Modified Date": row.get("Last Modified Date") or at,
            "Reported Date": at,
            "InstanceId": instance_id("loaded", row["Incident Number"]),
            "Status-History": {row.get("Status", "New"): (row.get("Submitter") or SERVICE_LOGIN, at)},
        }
        absent = [column for column in required if row.get(column) is None]
        for column in absent:
            row[column] = required[column]
        if absent:
            told = ", ".join(f"{column}={required[column]!r}" for column in absent)
            self.tell(f"incident {row['Incident Number']}: absent, so set: {told}")

    def _customer(self, row: Row) -> None:
        people = self.store[names.PEOPLE]
        self._company(row["Company"])
        person_id, login, last = row.get("Person ID"), row.get("Customer Login ID"), row.get("Last Name")
        holder = people.rows.get(person_id or "")
        if login and people.first("Remedy Login ID", login):
            return
        if holder and (holder.get("First Name"), holder["Last Name"]) == (row.get("First Name"), last):
            return
        if not last:
            person = people.first("Remedy Login ID", _UNKNOWN) or self._person("Unknown", "User", _UNKNOWN, row)
            self.tell(f"incident {row['Incident Number']}: no customer, so {person['Full Name']}")
            fill(row, person)
            return
        person = self._person(row.get("First Name") or "", last, login, row)
        if person_id and holder is None:
            people.remove(person["Person ID"])
            people.put({**person, "Person ID": person_id})
        elif person_id:
            self.tell(f"person {person_id} is somebody else here: {person['Full Name']} is {person['Person ID']}")
            row["Person ID"] = person["Person ID"]

    def _person(self, first: str, last: str, login: str | None, row: Row) -> Row:
        email = (
            row.get("Internet E-mail") or f"{re.sub(r'[^a-z0-9]+', '.', f'{first} {last}'.lower()).strip('.')}@example.com"
        )
        person = add_person(
            self.store, first, last, Company=row["Company"], Remedy_Login_ID=login, Internet_E__mail=email,
            Phone_Number_Business=row.get("Phone Number"),
        )  # fmt: skip
        self.tell(f"{names.PEOPLE} {first} {last} added as a stub")
        return person

    def _company(self, name: str) -> None:
        if self.store[names.COMPANIES].first("Company", name) is None:
            add_company(self.store, name)
            self.tell(f"{names.COMPANIES} {name} added as a stub")

    def _assignment(self, row: Row) -> None:
        name = row.get("Assigned Group")
        if name:
            company, organization = row.get(TRIPLE[0]) or row["Company"], row.get(TRIPLE[1]) or SUPPORT
            self._company(company)
            group = find_group(self.store, company, organization, name)
            if group is None:
                group = add_group(self.store, company, organization, name)
                self.tell(f"{names.GROUPS} {company} / {organization} / {name} added as a stub")
            row |= dict(zip(TRIPLE, (company, organization, name), strict=True)) | {GROUP_ID: group["Support Group ID"]}
        login, full = row.get("Assignee Login ID"), row.get("Assignee")
        if login and full and self.store[names.PEOPLE].first("Remedy Login ID", login) is None:
            first, _, last = full.partition(" ")
            person = self._person(first, last or first, login, {"Company": row["Company"]})
            if name:
                values = {"Support Group ID": row[GROUP_ID], "Person ID": person["Person ID"], "Login ID": login}
                add(self.store, names.MEMBERS, {**values, "Full Name": person["Full Name"]})

    def _items(self, row: Row) -> None:
        for column in ("ServiceCI", "HPD_CI"):
            name, key = row.get(column), row.get(f"{column}_ReconID")
            if name and self.store[names.ITEMS].first("Name", name) is None:
                add(self.store, names.ITEMS, {"Name": name, "ReconciliationIdentity": key, "ClassId": "BMC_BASEELEMENT"})
                self.tell(f"{names.ITEMS} {name} added as a stub")

    def _work_log(self, values: Row) -> None:
        row = {column: value for column, value in values.items() if value is not None}
        number = row.get("Incident Number")
        if not number:
            raise ValueError(f"{errors.WRONG_INCIDENT[1]}: {row['Work Log ID']}")
        if self.store.incident(number) is None:
            self.tell(f"incident {number} added as a stub, for work log {row['Work Log ID']}")
            self._incident({"Incident Number": number, "Submit Date": row.get("Submit Date")})
        incident = self.store.incident(number)
        assert incident is not None
        public = row.setdefault("View Access", "Internal") == "Public"
        row.setdefault("Submitter", SERVICE_LOGIN)
        at = row.setdefault("Submit Date", self.now)
        row.setdefault("Last Modified By", row["Submitter"])
        row.setdefault("Last Modified Date", at)
        customer = incident.get("Customer Login ID") or "" if public else ""
        row["Assignee Groups"] = permission(self.store, incident["Company"], customer)
        self.store[names.WORK_LOG_FORM].put(row)
