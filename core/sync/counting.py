"""Count what became of each incident, comment and file, so that the equation of a run closes."""

from __future__ import annotations

from ..ledger.state import PartKind
from .jobs import Progress
from .plan import BondPlan, PartPlan
from .tally import Tally
from .threads import NOTE, WRAPPER


def count_plan(tally: Tally, plan: BondPlan, progress: Progress | None) -> None:
    """Count what became of one incident, and of its comments and files.

    That the incident was seen is counted where it is taken from the list, before anything is planned for it.
    """
    tally.count("incidents", _outcome(plan, progress))
    written = {id(part) for part in progress.parts_written} if progress else set[int]()
    if progress is None and not plan.failed:
        written = {id(part) for part in plan.parts}
    _count_comments(tally, plan, written)
    _count_files(tally, plan, written)
    name = "/".join(plan.anchor)
    for skip in plan.skips:
        tally.note(f"{name}: {skip.kind} {skip.id} at {skip.connection}: {skip.reason}")
    if plan.failed:
        tally.note(f"{name}: {plan.failed}")
    for words in progress.parked if progress else ():
        tally.note(f"{name}: {words}")
    for error in progress.errors if progress else ():
        tally.note(f"{name}: {error}")


def count_messages(progress: Progress) -> int:
    """Count the messages that the vendors send because of what was really written of an incident."""
    plan = progress.plan
    written = {(part.connection, part.origin) for part in progress.parts_written}
    written |= {(name, "create") for name in plan.records}
    written |= {(name, "status") for name in plan.records if (name, "status") not in progress.refused}
    return sum((message.connection, message.write) in written for message in plan.messages)


def is_said(part: PartPlan) -> bool:
    """Tell whether a part is a comment that somebody wrote: neither a note of ours nor what only holds a file."""
    return part.kind is PartKind.COMMENT and not part.origin_id.startswith((NOTE, WRAPPER))


def count_later(tally: Tally, plan: BondPlan, words: str) -> None:
    """Count an incident that could not be handled in this run and stays on the list."""
    tally.count("incidents", "failed")
    tally.note(f"{'/'.join(plan.anchor)}: {words}")


def _count_comments(tally: Tally, plan: BondPlan, written: set[int]) -> None:
    comments = [part for part in plan.parts if is_said(part)]
    held = sum(skip.kind == "comment" for skip in plan.skips)
    tally.see("comments", plan.known_parts + len(comments) + held)
    tally.count("comments", "unchanged", plan.known_parts)
    tally.count("comments", "excluded", held)
    for part in comments:
        tally.count("comments", "written" if id(part) in written else "failed")


def _count_files(tally: Tally, plan: BondPlan, written: set[int]) -> None:
    skipped = sum(skip.kind == "file" for skip in plan.skips)
    tally.see("files", plan.known_files + skipped)
    tally.count("files", "unchanged", plan.known_files)
    tally.count("files", "excluded", skipped)
    separate = {(part.connection, part.origin_id) for part in plan.parts if part.kind is PartKind.FILE}
    for part in plan.parts:
        files = [part.body] if part.kind is PartKind.FILE else part.body.get("attachments") or []
        for file in files:
            alone = part.kind is PartKind.FILE or part.origin_id == WRAPPER + file["id"]
            if not alone and (part.connection, file["id"]) in separate:
                continue
            tally.see("files")
            tally.count("files", "written" if id(part) in written else "failed")


def _outcome(plan: BondPlan, progress: Progress | None) -> str:
    if plan.failed or (progress and (progress.errors or progress.parked)):
        return "failed"
    if plan.conflicts:
        return "conflicts"
    if plan.writes:
        return "written"
    return "excluded" if plan.excluded else "unchanged"
