"""What workflow does to a work log: who may write it, who sees it, what its helper fields say.

``View Access`` tells whether the customer sees it; ``Secure Work Log`` locks it against editing and says nothing
about privacy (recorded: Public and locked). Its author and its moment are ordinary fields, which administrators may
set. A new work log does not save the incident (unconfirmed: it depends on workflow).
"""

from __future__ import annotations

from . import errors
from . import forms as names
from .change import Change
from .errors import invalid, refuse
from .fields_work_log import FILE_NAMES, FILES
from .session import permission
from .store import instance_id

PUBLIC, INTERNAL = "Public", "Internal"
_DATED = ("Work Log Submitter", "Work Log Submit Date", "Work Log Date")


def before_save(change: Change) -> None:
    """Complete and check a work log.

    Raises:
        RefusedError: 500: no such incident, or locked; 403: another's, or a field that is not for the account.
    """
    session, new, old = change.session, change.new, change.old
    incident = change.store.incident(change.text("Incident Number"))
    if incident is None or not session.sees(incident):
        raise invalid(errors.WRONG_INCIDENT, change.text("Incident Number"))
    if old.get("Secure Work Log") == "Yes":
        raise invalid(errors.LOCKED_LOG, old["Work Log ID"])
    if not session.is_admin and not change.creates and old.get("Work Log Submitter") != session.login:
        raise refuse(403, errors.NO_RECORD_WRITE, names.WORK_LOG_FORM)
    if not session.is_admin and change.gives(*_DATED):
        raise refuse(403, errors.NO_FIELD_WRITE, f"{names.WORK_LOG_FORM} : {_DATED[0]}")
    if not session.is_support and change.text("View Access") != PUBLIC:
        if change.gives("View Access"):
            raise refuse(403, errors.NO_FIELD_WRITE, f"{names.WORK_LOG_FORM} : View Access")
        new["View Access"] = PUBLIC
    if change.creates:
        new["InstanceId"] = instance_id("work log", new["Work Log ID"], change.at)
        new["SV_TicketSummary"] = f"@[{incident.get('Description')}]|{incident['InstanceId']}|(incident)"[:254]
    for column, value in zip(_DATED, (session.login, change.at, new.get("Work Log Submit Date") or change.at), strict=True):
        if not new.get(column):
            new[column] = value
    files = [new.get(column) for column in FILES]
    for column, file in zip(FILE_NAMES, files, strict=True):
        new[column] = file.name if file else None
    new["Number of Attachments"] = sum(file is not None for file in files) or None
    customer = incident.get("Customer Login ID") or "" if new.get("View Access") == PUBLIC else ""
    new["Assignee Groups"] = permission(change.store, incident.get("Company") or "", customer)
