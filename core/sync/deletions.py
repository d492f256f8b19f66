"""Plan what follows from a deleted record: nothing, a note, a closed twin, or a deleted one.

Absence is not deletion. Where the vendor itself does not say that a record was deleted, absence counts only after two
direct reads in two runs, and then leads to no more than a note, since hidden and deleted look alike. A deletion that meets
an edit on the other side is a person's to decide.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from ..config.links import LinkConfig
from ..ledger.state import Bond, PartKind
from ..model import Document, Visibility
from .pairing import Anchor
from .plan import DELETION, BondPlan, PartPlan, Skip
from .side import Side
from .threads import NOTE


def plan_deletions(
    plan: BondPlan,
    bond: Bond,
    link: LinkConfig,
    sides: Mapping[str, Side],
    stated: Container[Anchor],
    edited: Sequence[str],
) -> None:
    """Add to a plan what follows from the members of its bond that are gone.

    Args:
        plan: the plan so far.
        bond: its bond.
        link: the link's configuration.
        sides: the members at work.
        stated: the records of which the vendor itself says that they were deleted.
        edited: the groups that changed at the members that are left.
    """
    for name, member in bond.members.items():
        if name not in sides or member.gone or name in plan.records:
            continue
        told = (name, member.record_id) in stated
        if not told and member.missing < 1:
            plan.missed.append(name)
            plan.skips.append(Skip("incident", name, member.record_id, "not found once; the next run looks again"))
            continue
        _follow(plan, bond, link, sides, name, edited if told else None)


def _follow(
    plan: BondPlan, bond: Bond, link: LinkConfig, sides: Mapping[str, Side], name: str, edited: Sequence[str] | None
) -> None:
    """Plan what a deletion leads to; ``edited`` is None where the vendor did not state it."""
    action = link.on_delete
    if edited is None and action in ("close", "delete"):
        action = "note"
    choice = bond.choices.get(DELETION)
    if choice is None and (DELETION in bond.open_conflicts or (action in ("close", "delete") and edited)):
        changed = f" while {', '.join(edited)} changed elsewhere" if edited else " while others had changed"
        plan.deletion_conflict = f"{name} deleted the record{changed}"
        return
    if choice is not None and choice != name:
        action = "ignore"
    plan.gone.append(name)
    for other in plan.records:
        if not sides[other].writable or action == "ignore":
            continue
        if sides[other].takes_notes and not _is_noted(bond, name, other):
            plan.parts.append(_note(bond, name, other))
        if action != "note":
            plan.deletes[other] = action if action == "close" or sides[other].can("delete") else "close"


def _is_noted(bond: Bond, gone: str, target: str) -> bool:
    return any(part.origin_id == f"{NOTE}deleted:{gone}" and target in part.copies for part in bond.parts)


def _note(bond: Bond, gone: str, target: str) -> PartPlan:
    record_id = bond.members[gone].record_id
    body: Document = {
        "id": f"{NOTE}deleted:{gone}",
        "body": f"<p>{gone} {record_id} was deleted.</p>",
        "author": None,
        "created_at": None,
        "visibility": Visibility.INTERNAL.value,
        "attachments": [],
    }
    return PartPlan(PartKind.COMMENT, target, gone, record_id, body["id"], body, public=False)
