"""A fresh instance: its catalogue, properties, roles, groups, services, and the people who can log in.

The integration account is ``isthmus``, an admin whose zone is GMT, as integration guides advise; the instance's default
zone is US/Pacific. The other people act as humans: one fulfiller, one more admin, one employee without a role.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..stories import groups
from ..story_texts import SERVICES, SITES
from .catalogue import choice_rows, dictionary_rows
from .store import Row, Store

INTEGRATION = "isthmus"
SYSTEM_USER = "system"
BORN = "2019-04-05 21:09:12"
"""When a fresh instance's own rows were made."""


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who can log in."""

    user_name: str
    role: str
    """``admin``, ``itil``, or ``ess`` for no role."""
    first_name: str
    last_name: str
    time_zone: str = ""
    groups: tuple[str, ...] = ()


LOGINS = (
    Login(INTEGRATION, "admin", "Isthmus", "Integration", "GMT"),
    Login("admin", "admin", "System", "Administrator"),
    Login("otto.admin", "admin", "Otto", "Admin", "Europe/Berlin"),
    Login("fiona.fulfiller", "itil", "Fiona", "Fulfiller", "US/Pacific", ("Service Desk", "Network")),
    Login("eva.employee", "ess", "Eva", "Employee", "Asia/Tokyo"),
)

_PROPERTIES = {
    "glide.sys.default.tz": "US/Pacific",
    "glide.sys.date_format": "yyyy-MM-dd",
    "glide.sys.time_format": "HH:mm:ss",
    "glide.invalid_query.returns_no_rows": "false",
    "glide.rest.choice.allow_non_existing_value": "false",
    "glide.ui.autoclose.time": "7",
    "com.snc.incident.autoclose.basedon.resolved_at": "true",
    "glide.ui.security.allow_codetag": "true",
    "com.glide.attachment.max_size": "1024",
    "glide.attachment.extensions": "",
    "glide.rest.batch.max.inputSize": "5",
    "glide.rest.batch.max.outputSize": "10",
    "glide.oauth.inbound.client.credential.grant_type.enabled": "true",
    "sandbox.acl.journal": "true",
    "sandbox.acl.audit": "true",
    "sandbox.acl.hidden_rows": "false",
    "sandbox.data_policy.resolution": "true",
    "sandbox.rule.abort": "",
    "sandbox.batch.items": "",
}
"""The platform's properties that matter here, and, under ``sandbox.``, what a customer would configure elsewhere."""

_USER_DEFAULTS = {
    "active": "true",
    "vip": "false",
    **dict.fromkeys(("locked_out", "web_service_access_only", "internal_integration_user"), "false"),
    **dict.fromkeys(("password_needs_reset", "enable_multifactor_authn"), "false"),
    "identity_type": "unclassified",
    "notification": "2",
    "calendar_integration": "1",
    "sys_class_name": "sys_user",
    "sys_domain": "global",
    "sys_domain_path": "/",
}

RATE_LIMIT_RULE = "REST Table API requests for all users"
_REQUESTS_PER_HOUR = 36000


def made_id(*parts: object) -> str:
    """Give the sys_id of a row that is made from known parts: always the same."""
    return hashlib.md5(":".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def base_row(table: str, key: str, at: str = BORN, by: str = "admin", **values: str) -> Row:
    """Give a row with its system columns; empty values are left out."""
    row = {"sys_id": made_id(table, key), "sys_created_on": at, "sys_created_by": by}
    row |= {"sys_updated_on": at, "sys_updated_by": by, "sys_mod_count": "0"}
    return {**row, **{element: value for element, value in values.items() if value}}


def furnish(store: Store) -> None:
    """Fill an empty store with what a fresh instance holds."""
    specs = [table.spec for table in store.tables.values()]
    for row in list(dictionary_rows(specs)):
        key = f"{row['name']}.{row['element']}"
        store["sys_dictionary"].put(base_row("sys_dictionary", key, **row), bulk=True)
    for row in choice_rows():
        key = ".".join(row[name] for name in ("name", "element", "dependent_value", "value"))
        store["sys_choice"].put(base_row("sys_choice", key, **row), bulk=True)
    for name, value in _PROPERTIES.items():
        store["sys_properties"].put(base_row("sys_properties", name, name=name, value=value, type="string"))
    rule = {"name": RATE_LIMIT_RULE, "active": "true", "type": "all", "request_limit": str(_REQUESTS_PER_HOUR)}
    store["sys_rate_limit_rules"].put(base_row("sys_rate_limit_rules", RATE_LIMIT_RULE, **rule))
    for role in ("admin", "itil"):
        store["sys_user_role"].put(base_row("sys_user_role", role, name=role))
    for name in groups():
        add_group(store, name)
    for name in SERVICES:
        add_item(store, "cmdb_ci_service", name)
        add_item(store, "cmdb_ci", f"{name} server")
    for name in SITES:
        store["cmn_location"].put(base_row("cmn_location", name, name=name, full_name=name))
    company = base_row("core_company", "Example", name="Example", customer="true")
    store["core_company"].put(company)
    store["sys_user"].put(user_row(SYSTEM_USER, "System", "", email=""))
    for login in LOGINS:
        _add_login(store, login)


def user_row(user_name: str, first_name: str, last_name: str, *, email: str, at: str = BORN, **values: str) -> Row:
    """Give the row of a user."""
    values = {**_USER_DEFAULTS, **values, "user_name": user_name, "first_name": first_name, "last_name": last_name}
    values |= {"name": f"{first_name} {last_name}".strip(), "email": email}
    return base_row("sys_user", user_name, at, federated_id=made_id("federated", user_name), **values)  # fmt: skip


def add_group(store: Store, name: str, sys_id: str = "") -> Row:
    """Store a group and give it."""
    slug = name.lower().replace(" ", ".")
    row = base_row("sys_user_group", name, name=name, email=f"{slug}@example.com", active="true")
    row |= {"exclude_manager": "false", "include_members": "false", "sys_id": sys_id or row["sys_id"]}
    store["sys_user_group"].put(row)
    return row


def add_item(store: Store, table: str, name: str) -> Row:
    """Store a configuration item and give it."""
    values = {"operational_status": "1", "install_status": "1", "sys_class_name": table}
    row = base_row(table, name, name=name, **values)
    store[table].put(row)
    return row


def add_member(store: Store, user: Row, group: Row) -> None:
    """Put a user into a group."""
    key = f"{user['sys_id']}.{group['sys_id']}"
    store["sys_user_grmember"].put(base_row("sys_user_grmember", key, user=user["sys_id"], group=group["sys_id"]))


def give_role(store: Store, user: Row, role: str) -> None:
    """Give a user a role."""
    key, role_id = f"{user['sys_id']}.{role}", made_id("sys_user_role", role)
    row = base_row("sys_user_has_role", key, user=user["sys_id"], role=role_id, state="active", inherited="false")
    store["sys_user_has_role"].put(row)


def _add_login(store: Store, login: Login) -> None:
    user = user_row(
        login.user_name, login.first_name, login.last_name, email=f"{login.user_name}@example.com",
        time_zone=login.time_zone,
    )  # fmt: skip
    store["sys_user"].put(user)
    if login.role != "ess":
        give_role(store, user, login.role)
    for name in login.groups:
        group = store["sys_user_group"].first("name", name)
        assert group is not None
        add_member(store, user, group)
