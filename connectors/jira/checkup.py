"""What an account can do, and what will hurt: probes that write nothing.

Vendor facts:

- ``/mypermissions`` tells which of the permissions that one names the caller has in a project.
  [developer.atlassian.com, permissions]
- Who has no licence of an agent gets 403 from the service desk API. [developer.atlassian.com, service desk]
- API tokens live for a year at most. [support.atlassian.com, API tokens]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...core.errors import ForbiddenError
from ...core.records import clock_warnings
from ...core.shapes import as_list, as_object
from .api import Api
from .site import Site

NEEDED: Final = {
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "edit issues",
    "TRANSITION_ISSUES": "move issues through the workflow",
    "ADD_COMMENTS": "add comments",
    "CREATE_ATTACHMENTS": "attach files",
    "MODIFY_REPORTER": "set the reporter",
    "ASSIGN_ISSUES": "assign issues",
}
"""Permission -> what cannot be done without it."""
AGENTS: Final = 100


def warnings(api: Api, site: Site, skew: float) -> Iterator[str]:
    """Give what works but will hurt, each with its fix.

    Raises:
        ConfigError: a type, field or request type of the configuration does not exist.
        ForbiddenError: the account may not see the project.
    """
    key = api.settings.project
    project, _ = site.project, site.issue_type
    asked = {"projectKey": str(project["key"]), "permissions": ",".join(NEEDED)}
    held = as_object(as_object(api.read("mypermissions", asked)).get("permissions"))
    for name, deed in NEEDED.items():
        if not as_object(held.get(name)).get("havePermission"):
            yield f"the account may not {deed} in {key}: give it the permission {name}"
    if site.zone is None:
        yield f"the account's time zone {site.account.get('timeZone')} is unknown here: set a common one in its profile"
    if not site.serves_customers:
        yield f"{key} is no service project: its comments cannot be internal, and internal ones are refused"
    elif site.desk_id is None:
        yield "the service desk API is closed to the account: give it the licence of a Jira Service Management agent"
    if site.marker_field is None and "labels" not in site.screen:
        yield "Labels is not on the create screen, so creates are refused: put it there, or name a marker_field"
    _ = site.request_type_id, site.columns
    yield from _hidden(api)
    yield from clock_warnings("Jira", skew)


def _hidden(api: Api) -> Iterator[str]:
    """Tell how many of those who can be assigned hide their address, and are not listed in the configuration."""
    try:
        rows = as_list(api.read("user/assignable/search", {"project": api.settings.project, "maxResults": AGENTS}))
    except ForbiddenError:
        yield "the account may not browse users, so nobody is matched: give it the permission to browse users and groups"
        return
    stated = set(api.settings.addresses.values())
    users = [as_object(each) for each in rows]
    hidden = [user for user in users if not user.get("emailAddress") and user.get("accountId") not in stated]
    if hidden:
        names = ", ".join(str(user.get("displayName")) for user in hidden[:5])
        yield (
            f"{len(hidden)} of {len(users)} agents hide their e-mail address ({names}), so they are not matched: list them "
            "under 'addresses' of this connection"
        )
