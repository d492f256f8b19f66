"""What workflow does to an incident before it is stored: the order is that of the refusals a client meets."""

from __future__ import annotations

from . import errors
from . import forms as names
from .assignment import GROUP_ID, assign
from .change import Change
from .customer import choose_customer
from .enums import NEW
from .errors import invalid, refuse
from .priority import prioritized
from .session import permission
from .status_rules import check_status, stamp_status
from .store import instance_id

_REQUIRED = ("Status", "Description", "Impact", "Urgency", "Service Type", "Reported Source")
_TEMPLATE = ("Description", "Impact", "Urgency", "Service Type", "Reported Source")
_TIERS = ("Categorization Tier 1", "Categorization Tier 2", "Categorization Tier 3")
_ITEMS = (("ServiceCI", "ServiceCI_ReconID"), ("HPD_CI", "HPD_CI_ReconID"))


def before_save(change: Change, *, strict: bool) -> None:
    """Complete and check an incident.

    Raises:
        RefusedError: 400 for missing fields, 500 by workflow, 403 by permission.
    """
    new = change.new
    if change.creates:
        _begin(change)
    missing = [name for name in _REQUIRED if not new.get(name)]
    if missing and change.session.role != "service":
        number = errors.REQUIRED if change.creates else errors.NO_NULL
        raise refuse(400, number, f"{change.form.name} : {', '.join(_called(change, name) for name in missing)}")
    choose_customer(change)
    new.setdefault("Company", None)
    assign(change)
    _check_category(change, strict=strict)
    _check_items(change)
    check_status(change, strict=strict)
    if not missing:
        new["Priority"], new["Priority Weight"] = prioritized(new["Impact"], new["Urgency"])
    if not change.creates and change.changes(GROUP_ID) and change.old.get(GROUP_ID):
        new["Total Transfers"] = change.old.get("Total Transfers", 0) + 1
    new["Assignee Groups"] = permission(change.store, change.text("Company"), change.text("Customer Login ID"))
    stamp_status(change)


def _called(change: Change, column: str) -> str:
    return next(field.name for field in change.form.fields.values() if field.column == column)


def _begin(change: Change) -> None:
    new, store = change.new, change.store
    template = store[names.TEMPLATES].first("InstanceId", change.text("TemplateID")) or {}
    for column in _TEMPLATE:
        if template.get(column) and not new.get(column):
            new[column] = template[column]
    new["Status"] = new.get("Status") or NEW
    new["Incident Number"] = store.next_number()
    new["InstanceId"] = instance_id("incident", new["Incident Number"], change.at)
    new["SRMS Registry Instance ID"] = None
    new["Total Transfers"] = 0
    new["Reported Date"] = new.get("Reported Date") or change.at


def _check_category(change: Change, *, strict: bool) -> None:
    wanted = [change.text(column) for column in _TIERS]
    if strict and change.creates and not wanted[0]:
        raise invalid(errors.MISSING_BY_RULE, _TIERS[0])
    if not change.gives(*_TIERS) or not any(wanted):
        return
    rows = change.store[names.CATEGORIES].where(_TIERS[0], wanted[0])
    fits = any(
        all(not text or row.get(column) == text for column, text in zip(_TIERS, wanted, strict=True)) for row in rows
    )
    if not fits:
        raise invalid(errors.WRONG_CATEGORY, " > ".join(filter(None, wanted)))


def _check_items(change: Change) -> None:
    """Complete the name of a configuration item by its reconciliation id, or the other way round."""
    items = change.store[names.ITEMS]
    for name, recon in _ITEMS:
        if not change.gives(name, recon):
            continue
        by_id = recon in change.given and change.new.get(recon)
        wanted = change.new[recon] if by_id else change.text(name) if name in change.given else ""
        found = items.first("ReconciliationIdentity" if by_id else "Name", wanted) if wanted else None
        if wanted and found is None:
            raise invalid(errors.WRONG_ITEM, wanted)
        change.new[name] = found["Name"] if found else None
        change.new[recon] = found["ReconciliationIdentity"] if found else None
