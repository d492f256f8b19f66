"""Rules of the forms around incidents: names that are put together, keys that are unique, references that must exist.

Companies, people, groups and items are written by administrators; relationships, tasks, problems and changes by
support staff.
"""

from __future__ import annotations

from collections.abc import Callable

from . import errors
from . import forms as names
from .change import Change
from .enums import MIRRORED
from .errors import invalid, refuse
from .session import permission
from .store import Row, Store, instance_id

FOR_SUPPORT = frozenset({names.ASSOCIATIONS, names.TASKS, names.PROBLEMS, names.CHANGES, names.WORK_LOG_FORM})
BY_SYSTEM = frozenset({names.AUDIT, names.MEASUREMENTS})


def check_access(change: Change) -> None:
    """Refuse writes that are not for the account.

    Raises:
        RefusedError: 403.
    """
    table, session = change.form.table, change.session
    if table in BY_SYSTEM:
        raise refuse(403, errors.NO_FORM_ACCESS, change.form.name)
    if session.is_admin or table in {names.HELP_DESK, names.CREATE_FORM, names.WORK_LOG_FORM}:
        return
    if table not in FOR_SUPPORT or not session.is_support:
        raise refuse(403, errors.NO_FORM_ACCESS, change.form.name)


def _person(change: Change) -> None:
    new = change.new
    _company(change)
    new["Full Name"] = " ".join(filter(None, (new.get("First Name"), new.get("Middle Initial"), new.get("Last Name"))))
    _unique(change, "Remedy Login ID")


def _company(change: Change) -> None:
    if change.store[names.COMPANIES].first("Company", change.text("Company")) is None:
        raise invalid(errors.WRONG_GROUP, change.text("Company"))


def _unique(change: Change, column: str) -> None:
    table, value = change.store[change.form.table], change.text(column)
    row_id = change.new[table.id_column]
    if value and any(other != row_id for other in table.ids_where(column, value)):
        raise invalid(errors.NOT_UNIQUE, f"{change.form.name} : {column}")


def _group(change: Change) -> None:
    new = change.new
    _company(change)
    for row in change.store[names.GROUPS].where("Support Group Name", change.text("Support Group Name")):
        same = all(row[column] == new[column] for column in ("Company", "Support Organization"))
        if same and row["Support Group ID"] != new["Support Group ID"]:
            raise invalid(errors.NOT_UNIQUE, f"{names.GROUPS} : Support Group Name")
    new["Assignee Groups"] = permission(change.store, change.text("Company"))


def _member(change: Change) -> None:
    new, store = change.new, change.store
    person = store[names.PEOPLE].rows.get(change.text("Person ID"))
    group = store[names.GROUPS].rows.get(change.text("Support Group ID"))
    if person is None or group is None:
        raise invalid(errors.WRONG_GROUP, change.text("Support Group ID"))
    new["Login ID"], new["Full Name"] = person.get("Remedy Login ID"), person["Full Name"]
    for row in store[names.MEMBERS].where("Support Group ID", group["Support Group ID"]):
        same = row["Person ID"] == person["Person ID"]
        if same and row["Support Group Association ID"] != new["Support Group Association ID"]:
            raise invalid(errors.NOT_UNIQUE, f"{names.MEMBERS} : Person ID")


def _new_company(change: Change) -> None:
    _unique(change, "Company")
    if change.creates:
        change.new["Permission Group ID"] = 1000000000 + int(change.new["Company Entry ID"][3:])


def _item(change: Change) -> None:
    new = change.new
    key = instance_id("item", new["Request ID"])
    new["InstanceId"] = new.get("InstanceId") or key
    new["ReconciliationIdentity"] = new.get("ReconciliationIdentity") or "RE" + key[2:]


def _numbered(column: str, id_column: str, prefix: str) -> Callable[[Change], None]:
    def number(change: Change) -> None:
        if change.creates:
            change.new[column] = prefix + change.new[id_column][3:]
        change.new["Assignee Groups"] = permission(change.store, change.text("Company")) if change.text("Company") else None

    return number


def _relation(change: Change) -> None:
    """Check both ends of a relationship; the first end may lie in a form that the sandbox does not hold."""
    new, store = change.new, change.store
    incident = store.incident(change.text("Request ID02"))
    if incident is None or not change.session.sees(incident):
        raise invalid(errors.WRONG_REQUEST, change.text("Request ID02"))
    other = end_of(change.store, change.text("Form Name01"), change.text("Request ID01"))
    if other is None:
        raise invalid(errors.WRONG_REQUEST, change.text("Request ID01"))
    new["Request Description01"] = new.get("Request Description01") or other
    new["Assignee Groups"] = incident.get("Assignee Groups")


def end_of(store: Store, form: str, request_id: str) -> str | None:
    """Give what the request or item at one end of a relationship is called; None where there is none."""
    places = {
        names.HELP_DESK: (names.HELP_DESK, "Incident Number", "Description"),
        names.PROBLEMS: (names.PROBLEMS, "Problem Investigation ID", "Description"),
        names.CHANGES: (names.CHANGES, "Infrastructure Change ID", "Description"),
        names.ITEMS: (names.ITEMS, "ReconciliationIdentity", "Name"),
    }
    table, column, name = places.get(form, (names.ITEMS, "ReconciliationIdentity", "Name"))
    row = store[table].first(column, request_id)
    return None if row is None else str(row[name])


def mirrored(row: Row) -> Row | None:
    """Give the relationship between two incidents as the other one sees it."""
    if row["Form Name01"] != names.HELP_DESK:
        return None
    return {
        "Form Name01": names.HELP_DESK,
        "Request ID01": row["Request ID02"],
        "Request ID02": row["Request ID01"],
        "Request Type01": "Incident",
        "Association Type01": MIRRORED[row["Association Type01"]],
    }


BEFORE: dict[str, Callable[[Change], None]] = {
    names.PEOPLE: _person,
    names.GROUPS: _group,
    names.MEMBERS: _member,
    names.COMPANIES: _new_company,
    names.ITEMS: _item,
    names.PROBLEMS: _numbered("Problem Investigation ID", "Entry ID", "PBI"),
    names.CHANGES: _numbered("Infrastructure Change ID", "Request ID", "CRQ"),
    names.ASSOCIATIONS: _relation,
}
