"""The customer of an incident: exactly one enabled person, found by what the request gives.

By person id, login or corporate id, else by first and last name, with the company where it is given. No hit, or
several, is a 500 whose text says how many records were found (public client of the vendor's API). The person fills
the customer block.
"""

from __future__ import annotations

from . import errors
from . import forms as names
from .change import Change
from .errors import invalid, refuse
from .store import Row, Store

_KEYS = {
    "Person ID": "Person ID",
    "Customer Login ID": "Remedy Login ID",
    "Corporate ID": "Corporate ID",
    "First Name": "First Name",
    "Last Name": "Last Name",
}
"""Column of the incident -> column of the person."""
_BLOCK = {
    **_KEYS,
    "Middle Initial": "Middle Initial",
    "Internet E-mail": "Internet E-mail",
    "Phone Number": "Phone Number Business",
    "Contact Company": "Company",
    "Organization": "Organization",
    "Department": "Department",
    "Site": "Site",
    "Site Group": "Site Group",
    "Site ID": "Site ID",
    "Region": "Region",
    "Street": "Street",
    "City": "City",
    "Country": "Country",
    "Person Instance ID": "InstanceId",
    "Contact Client Type": "Client Type",
    "Contact Sensitivity": "Client Sensitivity",
    "VIP": "VIP",
}
_UNSET_PHONE = "###"


def choose_customer(change: Change) -> None:
    """Find the customer where the request names one, and fill the block.

    Raises:
        RefusedError: 500: no person or several; 403: a customer asks in another's name.
    """
    given = {column: change.new[column] for column in _KEYS if column in change.given and change.new.get(column)}
    if not given and not change.creates:
        return
    found = matching(change.store, given, change.text("Contact Company") if change.gives("Contact Company") else "")
    if len(found) != 1:
        raise invalid((errors.WRONG_CUSTOMER[0], f"{len(found)} {errors.WRONG_CUSTOMER[1]}"), names.CREATE_FORM)
    person = found[0]
    if not change.session.is_support and person.get("Remedy Login ID") != change.session.login:
        raise refuse(403, errors.NO_RECORD_WRITE, names.CREATE_FORM)
    fill(change.new, person)
    if not change.gives("Company"):
        change.new["Company"] = person["Company"]


def fill(incident: Row, person: Row) -> None:
    """Copy a person into the customer block of an incident."""
    for column, source in _BLOCK.items():
        incident[column] = person.get(source)
    incident["Phone Number"] = person.get("Phone Number Business") or _UNSET_PHONE
    incident["VIP"] = person.get("VIP", "No")
    incident["Contact Client Type"] = person.get("Client Type", "Office-Based Employee")
    incident["Contact Sensitivity"] = person.get("Client Sensitivity", "Standard")


def matching(store: Store, given: Row, company: str) -> list[Row]:
    """Give the enabled people that fit; none where neither an id nor a whole name is given."""
    people = store[names.PEOPLE]
    if "Person ID" in given:
        rows = [people.rows[given["Person ID"]]] if given["Person ID"] in people.rows else []
    elif "Customer Login ID" in given:
        rows = people.where("Remedy Login ID", given["Customer Login ID"])
    elif "Corporate ID" in given:
        rows = people.where("Corporate ID", given["Corporate ID"])
    elif {"First Name", "Last Name"} <= given.keys():
        rows = people.where("Last Name", given["Last Name"])
    else:
        rows = []
    return [row for row in rows if row.get("Profile Status") == "Enabled" and _fits(row, given, company)]


def _fits(row: Row, given: Row, company: str) -> bool:
    same = all(str(row.get(_KEYS[column]) or "").casefold() == str(value).casefold() for column, value in given.items())
    return same and (not company or row.get("Company") == company)
