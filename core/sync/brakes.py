"""The brakes: what stops a run before its first write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..config.links import LinkConfig
from ..connector import Record, Scope
from ..errors import BrakeError
from ..ledger.ledger import Ledger
from .pairing import Anchor
from .planner import Planner
from .side import Side

SMALL = 20
"""Below this many incidents a percentage says nothing."""
PAGE = 50


def check_canaries(link: LinkConfig, sides: Mapping[str, Side], lifted: frozenset[str]) -> None:
    """Read the canary record of each member.

    Raises:
        BrakeError: a canary cannot be read, so absence elsewhere proves nothing either.
    """
    for name, record_id in link.brakes.canary.items():
        if name in sides and "canary" not in lifted and not sides[name].fetch([record_id]):
            raise BrakeError(
                f"{name} does not show its canary record {record_id}: wrong account, wrong tenant or lost permission",
                brake="canary",
                flag="--lift canary",
            )


def check_members(link: LinkConfig, sides: Mapping[str, Side], ledger: Ledger, lifted: frozenset[str]) -> None:
    """Compare the vendor's own count of each member with what the link holds there.

    Raises:
        BrakeError: a member came back empty, or under half of what it held: a wrong account looks like that.
    """
    if "empty-member" in lifted:
        return
    for name, side in sides.items():
        held = len(ledger.record_ids(link.name, name))
        if held < SMALL or not side.can("count"):
            continue
        there = side.connector.count(Scope())
        if there * 2 < held:
            raise BrakeError(
                f"{name} says that it holds {there} records, and the link holds {held} of it",
                brake="empty-member",
                flag="--lift empty-member",
            )


def check_changes(
    link: LinkConfig,
    ledger: Ledger,
    planner: Planner,
    anchors: Sequence[Anchor],
    fresh: Mapping[Anchor, Record],
    lifted: frozenset[str],
) -> None:
    """Compare what a run would touch with what the link holds.

    Raises:
        BrakeError: more incidents would change or be deleted than the link's brakes allow.
    """
    deleted = ledger.stated_deletions(link.name).intersection(anchors)
    if len(deleted) > link.brakes.max_deletes and "max-deletes" not in lifted:
        raise BrakeError(
            f"{len(deleted)} incidents were deleted; at most {link.brakes.max_deletes} are handled in one run",
            brake="max-deletes",
            flag="--lift max-deletes",
        )
    held = {name: ledger.record_ids(link.name, name) for name in planner.sides}
    total = max((len(ids) for ids in held.values()), default=0)
    bonded = [anchor for anchor in anchors if anchor[1] in held.get(anchor[0], ())]
    if "max-changes" in lifted or not _too_many(link, len(bonded), total):
        return
    changing = _count_changes(planner, bonded, fresh)
    check_number(link, changing, total)


def check_number(link: LinkConfig, changing: int, total: int) -> None:
    """Compare a number of incidents that would change with what the link allows.

    Raises:
        BrakeError: there are too many.
    """
    if _too_many(link, changing, total):
        raise BrakeError(
            f"{changing} of {total} incidents would change; at most {link.brakes.max_changes} and "
            f"{link.brakes.max_changes_percent:g} % do in one run",
            brake="max-changes",
            flag="--lift max-changes",
        )


def _too_many(link: LinkConfig, changing: int, total: int) -> bool:
    share = 100 * changing / total if total else 0
    return changing > link.brakes.max_changes or (total >= SMALL and share > link.brakes.max_changes_percent)


def _count_changes(planner: Planner, anchors: Sequence[Anchor], fresh: Mapping[Anchor, Record]) -> int:
    """Plan everything once, since many records that moved (our own last writes among them) need no write."""
    changing: set[Anchor] = set()
    counted = 0
    for start in range(0, len(anchors), PAGE):
        batch = anchors[start : start + PAGE]
        plans = planner.plan(batch, {key: fresh[key] for key in batch if key in fresh})
        for plan in plans:
            if plan.groups and plan.writes and plan.anchor not in changing:
                counted += 1
                changing.update(plan.records.items())
    return counted
