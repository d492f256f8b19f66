"""A fresh server: companies, groups, items, the catalogue, templates, and the people who can log in.

The integration account is ``isthmus``, an administrator with unrestricted access. The other people act as humans: an
administrator, two agents with access to one company each, and two customers. ``Example Subsidiary`` is the company
whose incidents the first agent does not see.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..stories import groups
from ..story_texts import CATEGORIES, SERVICES
from . import forms as names
from .session import Role, permission
from .store import Row, Store, instance_id

INTEGRATION = "isthmus"
COMPANY, SUBSIDIARY = "Example", "Example Subsidiary"
ORGANIZATION, SUPPORT = "Information Technology", "IT Support"
BORN = 1554498552
"""When a fresh server's own rows were made."""
_BY = "Demo"


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can log in."""

    login: str
    role: Role
    first_name: str
    last_name: str
    company: str = COMPANY
    groups: tuple[str, ...] = ()
    unrestricted: bool = False


LOGINS = (
    Login(INTEGRATION, "admin", "Isthmus", "Integration", unrestricted=True),
    Login("appadmin", "admin", "App", "Admin", unrestricted=True),
    Login("otto.admin", "admin", "Otto", "Admin", unrestricted=True, groups=("Service Desk",)),
    Login("fiona.fulfiller", "agent", "Fiona", "Fulfiller", groups=("Service Desk", "Network")),
    Login("sam.support", "agent", "Sam", "Support", company=SUBSIDIARY),
    Login("eva.employee", "requester", "Eva", "Employee"),
    Login("sven.sub", "requester", "Sven", "Sub", company=SUBSIDIARY),
)


def furnish(store: Store) -> None:
    """Fill an empty store with what a fresh server holds."""
    for name in (COMPANY, SUBSIDIARY):
        add_company(store, name)
    for name in groups():
        add_group(store, COMPANY, SUPPORT, name)
    add_group(store, SUBSIDIARY, SUPPORT, "Service Desk")
    for name in SERVICES:
        add_item(store, name, "BMC_BUSINESSSERVICE")
        add_item(store, f"{name} server", "BMC_COMPUTERSYSTEM")
    for tier, (_, seconds) in CATEGORIES.items():
        for second in (None, *seconds):
            values = {"Categorization Tier 1": tier, "Categorization Tier 2": second, "Company": "- Global -"}
            add(store, names.CATEGORIES, values)
    add_template(store)
    for login in LOGINS:
        _add_login(store, login)
    for number in (1, 2):
        _add_numbered(store, names.PROBLEMS, "Problem Investigation ID", "PBI", "Investigation Status", number)
        _add_numbered(store, names.CHANGES, "Infrastructure Change ID", "CRQ", "Change Request Status", number)


def add(store: Store, table: str, values: Row, *, at: int = BORN, by: str = _BY) -> Row:
    """Store a row of a form other than an incident's, and give it."""
    place = store[table]
    row_id = place.next_id()
    row = {place.id_column: row_id, "Submitter": by, "Submit Date": at, "Last Modified By": by, "Last Modified Date": at}
    row |= {"InstanceId": instance_id(table, row_id), "Record ID": instance_id(table, row_id)}
    row |= {column: value for column, value in values.items() if value is not None}
    place.put(row)
    return row


def add_company(store: Store, name: str) -> Row:
    """Store a company, with the permission group of its rows."""
    number = 1000000001 + len(store[names.COMPANIES].rows)
    return add(store, names.COMPANIES, {"Company": name, "Status": "Enabled", "Permission Group ID": number})


def add_group(store: Store, company: str, organization: str, name: str) -> Row:
    """Store a support group."""
    values = {"Company": company, "Support Organization": organization, "Support Group Name": name, "Status": "Enabled"}
    values |= {
        "Support Group Role": "Help Desk",
        "Navigation Menu01": company,
        "Assignee Groups": permission(store, company),
    }
    return add(store, names.GROUPS, values)


def add_item(store: Store, name: str, class_id: str) -> Row:
    """Store a configuration item."""
    key = "RE" + instance_id("item", name)[2:]
    return add(store, names.ITEMS, {"Name": name, "ClassId": class_id, "ReconciliationIdentity": key, "Company": COMPANY})


def add_person(store: Store, first: str, last: str, **values: str | None) -> Row:
    """Store a person; ``values`` are columns, written with underscores for blanks and ``__`` for a hyphen."""
    row: Row = {"First Name": first, "Last Name": last, "Full Name": f"{first} {last}".strip(), "Company": COMPANY}
    row |= {"Profile Status": "Enabled", "Client Type": "Office-Based Employee", "Client Sensitivity": "Standard"}
    row |= {"Organization": ORGANIZATION, "Support Staff": "No", "VIP": "No", "Unrestricted Access": "No"}
    row |= {column.replace("__", "-").replace("_", " "): value for column, value in values.items()}
    return add(store, names.PEOPLE, row)


def add_member(store: Store, person: Row, group: Row) -> None:
    """Put a person into a support group."""
    values = {"Support Group ID": group["Support Group ID"], "Person ID": person["Person ID"]}
    values |= {"Login ID": person.get("Remedy Login ID"), "Full Name": person["Full Name"]}
    add(store, names.MEMBERS, {**values, "Support Group Association Role": "Member", "Assignment Availability": "Yes"})


def group_named(store: Store, name: str) -> Row:
    """Give the group of the first company with a name."""
    found = store[names.GROUPS].first("Support Group Name", name)
    assert found is not None
    return found


def add_template(store: Store) -> None:
    """Store an incident template."""
    values: Row = {"Template Name": "Password reset", "Description": "Reset a password", "Impact": "4-Minor/Localized"}
    values |= {"Urgency": "3-Medium", "Service Type": "User Service Request", "Reported Source": "Direct Input"}
    add(store, names.TEMPLATES, values)


def _add_login(store: Store, login: Login) -> None:
    person = add_person(
        store,
        login.first_name,
        login.last_name,
        Company=login.company,
        Remedy_Login_ID=login.login,
        Internet_E__mail=f"{login.login}@example.com",
        Support_Staff="No" if login.role == "requester" else "Yes",
        Unrestricted_Access="Yes" if login.unrestricted else "No",
    )
    for name in login.groups:
        add_member(store, person, group_named(store, name))


def _add_numbered(store: Store, table: str, column: str, prefix: str, status: str, number: int) -> None:
    values = {"Description": f"Recurring outage {number}", "Company": COMPANY, status: "Draft", "Status": "Draft"}
    values |= {"Assignee Groups": permission(store, COMPANY), column: f"{prefix}{number:012}"}
    add(store, table, values)
