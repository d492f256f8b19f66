"""Decide one group of one bond: values and receipts in, a decision out. Pure: no I/O, no clock.

The rule (DESIGN, section 6). A member has *changed* when its value differs from its own receipt: by value, never by clock
or author. If one member changed it wins; if the changed values are all images of one of them, that one wins; otherwise the
policy decides, or a person does. The *value of record* X is the most detailed value known: that of another member whose
image at the winner is the winner's value, else the winner's own. Every member is to hold ``image(X)``; what already holds
it is left alone. So a coarse member never pulls detail out of a finer one, and nothing can swing between two coarse ideas
of the same state. A field that an image leaves out is not written, and stays as it is at the member: somebody whom the
member does not know, a code that the other tools do not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from ..ledger.state import Value
from ..mapping.values import FREE_FIELDS, elements, is_set, same, set_value
from ..text.flavours import CUT

Policy: TypeAlias = str
"""A member's name, ``newest``, ``highest``, ``union`` or ``ask``."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one member shows of a group."""

    connection: str
    value: Value
    receipt: Value | None
    """What it held when the bond last agreed; None at a first meeting."""
    image: Callable[[Value], Value]
    """What it will hold after a value is written to it."""
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """How a link treats a group."""

    policy: Policy = "newest"
    source: str | None = None
    """The only member whose value counts (``from``)."""
    on_drift: Literal["keep", "restore"] = "keep"
    """What a change at a receiving member means."""
    accept_shorter: bool = False
    """Whether an edit of a shortened text counts as an edit of the whole text."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one group."""

    record: Value | None = None
    """The new value of record, or None where it stays."""
    writes: dict[str, Value] = field(default_factory=dict)
    """Connection -> value that the member will hold."""
    receipts: dict[str, Value] = field(default_factory=dict)
    """Connection -> receipt to store at once: the member already holds what it should."""
    conflict: str | None = None
    """Why a person must decide, or None."""
    changed: tuple[str, ...] = ()
    """The members whose value differs from their receipt."""
    drift: tuple[str, ...] = ()
    """Receiving members of a one-way group that keep a value of their own."""
    reason: str = ""
    """Why it was decided so, in words."""


Times: TypeAlias = Callable[[Sequence[str]], dict[str, datetime]]
"""Gives when the group last changed at some members by the vendor's history, our own writes left out."""


def reconcile(
    group: str,
    members: Sequence[Seen],
    record: Value | None,
    rule: Rule,
    times: Times,
    *,
    skew: timedelta = timedelta(0),
    chosen: str | None = None,
) -> Decision:
    """Decide one group.

    Args:
        group: name of the group.
        members: what the members show, in the link's order; a member whose value is unknown is left out.
        record: the value of record so far, or None at a first meeting.
        rule: how the link treats the group.
        times: asked only where the policy ``newest`` needs it.
        skew: measured difference between the vendors' clocks; closer changes count as simultaneous.
        chosen: the member that a person chose in the conflict inbox.
    """
    changed = [seen for seen in members if seen.receipt is None or not same(seen.value, seen.receipt)]
    names = tuple(seen.connection for seen in changed)
    if rule.source is not None:
        return _one_way(members, record, rule, names)
    if chosen is not None:
        winner = next((seen for seen in members if seen.connection == chosen), None)
        if winner is not None:
            return _settle(members, winner, names, f"a person chose {chosen}", record)
    if not changed:
        return _agree(members, record)
    if is_set(group):
        return _merge_sets(group, members, record, names)
    winner, reason = _winner(group, changed, members, record, rule, times, skew)
    if winner is None:
        return Decision(conflict=reason, changed=names)
    return _settle(members, winner, names, reason, record)


def _agree(members: Sequence[Seen], record: Value | None) -> Decision:
    """Nobody changed: bring along members that still lack the value of record, such as one whose write failed."""
    if record is None:
        return Decision()
    writes: dict[str, Value] = {}
    for seen in members:
        after = _after(seen, record)
        if seen.writable and not same(seen.value, after):
            writes[seen.connection] = after
    return Decision(writes=writes, reason="the member lacks the agreed value" if writes else "")


def _after(seen: Seen, record: Value) -> Value:
    """Give what a member will hold after a value was written to it; what its image leaves out stays."""
    image = seen.image(record)
    (field, *_) = record or ("",)
    if is_set(field):
        kept = {name: item for name, item in elements(seen.value).items() if name in elements(record)}
        return set_value(field, {**kept, **elements(image)})
    return {**seen.value, **_beside(seen, image)}


def _beside(seen: Seen, image: Value) -> Value:
    """Give an image with the custom fields that the member has and the image does not mention."""
    return {
        field: {**seen.value[field], **item} if field in FREE_FIELDS and seen.value.get(field) else item
        for field, item in image.items()
    }


def _settle(members: Sequence[Seen], winner: Seen, changed: tuple[str, ...], reason: str, before: Value | None) -> Decision:
    """Give the winner's value, in as much detail as is known of it: as another member holds it, or as it was agreed.

    A coarse member that changes one field of a group changes no more than that field. Where the fields that it left alone
    would undo the change at another member, as an impact that decides the priority there, its whole value counts.
    """
    others = [seen for seen in members if seen is not winner]
    known = [other.value for other in others]
    if before is not None and winner.receipt is not None:
        receipt = winner.receipt
        moved = {name: item for name, item in winner.value.items() if not same({name: item}, {name: receipt.get(name)})}
        joined = {**before, **moved}
        if all(_alike(other.image(joined), other.image(winner.value), moved) for other in others):
            known.append(joined)
    record = next((value for value in known if same(winner.image(value), winner.value)), winner.value)
    return _spread(members, record, changed, reason)


def _alike(one: Value, other: Value, fields: Iterable[str]) -> bool:
    return all(same({name: one.get(name)}, {name: other.get(name)}) for name in fields)


def _spread(members: Sequence[Seen], record: Value, changed: tuple[str, ...], reason: str) -> Decision:
    writes: dict[str, Value] = {}
    receipts: dict[str, Value] = {}
    for seen in members:
        after = _after(seen, record)
        if same(seen.value, after) or not seen.writable:
            receipts[seen.connection] = seen.value
        else:
            writes[seen.connection] = after
    return Decision(record=record, writes=writes, receipts=receipts, changed=changed, reason=reason)


def _winner(
    group: str,
    changed: Sequence[Seen],
    members: Sequence[Seen],
    record: Value | None,
    rule: Rule,
    times: Times,
    skew: timedelta,
) -> tuple[Seen | None, str]:
    if len(changed) == 1:
        if _edits_a_shortened_text(changed[0], record, rule):
            return None, f"{changed[0].connection} edited a text that it holds shortened"
        return changed[0], f"only {changed[0].connection} changed"
    for seen in (*changed, *members):  # what all of them changed to may be what another shows already
        if all(other is seen or same(other.value, _beside(other, other.image(seen.value))) for other in changed):
            return seen, "the changes agree"
    if rule.policy == "highest":
        return _highest(changed)
    if rule.policy == "newest":
        return _newest(changed, times, skew)
    named = next((seen for seen in members if seen.connection == rule.policy), None)
    if named is not None and named in changed:
        return named, f"the policy names {named.connection}"
    return None, f"{group} changed at {' and '.join(seen.connection for seen in changed)}"


def _edits_a_shortened_text(seen: Seen, record: Value | None, rule: Rule) -> bool:
    if rule.accept_shorter or seen.receipt is None or record is None:
        return False
    return any(
        isinstance(text, str)
        and text.rstrip().removesuffix("</p>").endswith(CUT)
        and text != record.get(name)
        and seen.value.get(name) != text
        for name, text in seen.receipt.items()
    )


def _highest(changed: Sequence[Seen]) -> tuple[Seen | None, str]:
    ranked = [seen for seen in changed if seen.value.get("priority") is not None]
    if not ranked:
        return None, "no side states a priority"
    return min(ranked, key=lambda seen: seen.value["priority"]), "the highest priority wins"


def _newest(changed: Sequence[Seen], times: Times, skew: timedelta) -> tuple[Seen | None, str]:
    known = times([seen.connection for seen in changed])
    if len(known) < len(changed):
        silent = ", ".join(seen.connection for seen in changed if seen.connection not in known)
        return None, f"the history does not tell when {silent} changed"
    ordered = sorted(changed, key=lambda seen: known[seen.connection], reverse=True)
    lead = known[ordered[0].connection] - known[ordered[1].connection]
    if lead <= max(skew, timedelta(seconds=1)):
        return None, "the changes are too close in time to tell which is newer"
    return ordered[0], f"{ordered[0].connection} changed last"


def _merge_sets(group: str, members: Sequence[Seen], record: Value | None, changed: tuple[str, ...]) -> Decision:
    """Join additions and removals; an element added at one member and removed at another stays."""
    merged = dict(elements(record))
    added: dict[str, object] = {}
    removed: set[str] = set()
    for seen in members:
        held, before = elements(seen.value), elements(seen.receipt)
        added.update({element: item for element, item in held.items() if element not in before})
        removed.update(element for element in before if element not in held)
    for element in removed - added.keys():
        merged.pop(element, None)
    merged.update(added)
    return _spread(members, set_value(group, merged), changed, "additions and removals joined")


def _one_way(members: Sequence[Seen], record: Value | None, rule: Rule, changed: tuple[str, ...]) -> Decision:
    source = next((seen for seen in members if seen.connection == rule.source), None)
    if source is None:
        return Decision()
    if record is None or source.connection in changed:
        return _spread(members, source.value, changed, f"{source.connection} is the source")
    receipts: dict[str, Value] = {}
    writes: dict[str, Value] = {}
    drift: list[str] = []
    for seen in members:
        after = _after(seen, record)
        if seen is source or not seen.writable or same(seen.value, after):
            if seen.connection in changed:
                receipts[seen.connection] = seen.value
        elif seen.connection in changed and rule.on_drift == "keep":
            receipts[seen.connection] = seen.value
            drift.append(seen.connection)
        else:
            writes[seen.connection] = after
    reason = "drift kept" if drift else "the member lacks the source's value" if writes else ""
    return Decision(writes=writes, receipts=receipts, changed=changed, drift=tuple(drift), reason=reason)
