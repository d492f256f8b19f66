"""Compare what two tools hold of the same tickets, fact by fact: equal, lossy as this tool is known to be, or wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from . import tool
from .carried import Carried, is_note
from .facts import EVER, FIELDS, Facts, Said, Snapshot, Tool, plain_words, words

FILE = "Attached file"
"""What a comment says that is there only because files hang on comments."""
NO_DESCRIPTION = "(no description)"
"""What stands, unless it is the title, where a tool demands a description."""
CUT = "…"
"""Ends a text that was too long."""
ADDRESS = re.compile(r"\s?&lt;https?://\S*?&gt;")
"""Where a link leads, which a plain text says after the link's words."""
SLACK = 8
"""What a cut text may be shorter than the limit: a cut never splits a character, nor leaves a space before its mark."""


@dataclass(slots=True)
class Verdict:
    """What the judge found in one move."""

    tickets: int = 0
    comments: int = 0
    files: int = 0
    equal: Counter[str] = field(default_factory=Counter[str])
    lossy: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    @property
    def lost(self) -> tuple[str, ...]:
        """The facts that are lossy somewhere."""
        return tuple(sorted(self.lossy))


def judge(
    source: str, before: Snapshot, target: str, after: Snapshot, connection: str, *, among: Sequence[str] = ()
) -> Verdict:
    """Compare every ticket of a tool with the one that was made of it elsewhere.

    Args:
        source: the vendor that was read.
        before: its raw state.
        target: the vendor that was written.
        after: its raw state.
        connection: the name under which the first one is known.
        among: the members of a link; what came from one of them is no ticket of the first one's own.
    """
    verdict = Verdict()
    there = tool(target)
    tickets = {
        key: facts for key, facts in tool(source).read(before).items() if not any(facts.marker(member) for member in among)
    }
    made = by_marker(there.read(after), connection, verdict)
    verdict.wrong += [f"{each}: nothing was made of it" for each in tickets.keys() - made.keys()]
    verdict.wrong += [f"{each}: made of nothing" for each in made.keys() - tickets.keys()]
    for key in sorted(tickets.keys() & made.keys()):
        verdict.tickets += 1
        compare(tickets[key], made[key], there, connection, verdict)
    return verdict


def by_marker(found: Mapping[str, Facts], connection: str, verdict: Verdict) -> dict[str, Facts]:
    """Give the tickets that were made of a connection's, by the id there."""
    made: dict[str, Facts] = {}
    for facts in found.values():
        origin = facts.marker(connection)
        if origin is not None and made.setdefault(origin, facts) is not facts:
            verdict.wrong.append(f"{origin}: made twice")
    return made


def compare(one: Facts, other: Facts, there: Tool, connection: str, verdict: Verdict) -> None:
    """Compare one ticket with what was made of it, and add to the verdict."""
    notes = [said for said in other.comments if is_note(said, connection, one.id)]
    carried = Carried(notes)
    for name in FIELDS:
        if name in one.values:
            before, after = one.values[name], other.values.get(name, "")
            itself = _dated(name, one, after, there) or _closed_itself(name, one, other, there)
            found = "lossy" if itself else _field(name, before, after, there, other, carried)
            _note(verdict, name, found, f"{one.id}: {name}: {before!r} became {after!r}")
    _note(verdict, "description", *_description(one, other, there, carried))
    for value in one.custom:
        held = value in other.custom or value in other.values.values()
        found = "equal" if held else "lossy" if carried.says(value) else "wrong"
        _note(verdict, "custom", found, f"{one.id}: custom: {value!r} is nowhere")
    copies = [said for said in other.comments if said not in notes]
    if len(notes) != 1:
        verdict.wrong.append(f"{one.id}: {len(notes)} notes of origin")
    if any(said.public for said in notes):
        verdict.wrong.append(f"{one.id}: the note of origin is public")
    verdict.wrong += (f"{one.id}: {words_}" for words_ in _comments(one, copies, verdict))
    verdict.wrong += (f"{one.id}: {words_}" for words_ in _files(one, other, there, verdict))


def _note(verdict: Verdict, name: str, found: str, words_: str) -> None:
    if found == "wrong":
        verdict.wrong.append(words_)
    else:
        (verdict.equal if found == "equal" else verdict.lossy)[name] += 1


def _dated(name: str, one: Facts, after: str, there: Tool) -> bool:
    """Tell whether the tool says by itself when a ticket ended, of one that elsewhere has no such time: it was canceled."""
    return bool(after) and not one.values[name] and name in there.dates and one.values["status"] == "canceled"


def _closed_itself(name: str, one: Facts, other: Facts, there: Tool) -> bool:
    """Tell whether the tool closed a ticket by itself, since it ended long before."""
    if name != "status" or there.closes_after is None or one.values[name] not in ("resolved", "canceled"):
        return False
    ended = one.values.get("resolved") or one.values.get("closed") or one.values["opened"]
    if other.values[name] != "closed" or not ended:
        return False
    return datetime.fromisoformat(other.values["updated"]) - datetime.fromisoformat(ended) >= there.closes_after


def _field(name: str, before: str, after: str, there: Tool, other: Facts, carried: Carried) -> str:
    if before.strip() == after.strip():
        return "equal"
    if not before:
        return "lossy" if name in there.fills else "wrong"
    if name == "title":
        return "lossy" if _is_cut(before, after, there.title_length) and carried.has(name, before) else "wrong"
    nearest = {"status": there.statuses, "priority": there.priorities}.get(name, {})
    if after in nearest.get(before, ()):
        return "lossy"
    if name in EVER:
        return "wrong"
    return "lossy" if carried.has(name, before) or before in other.custom else "wrong"


def _is_cut(before: str, after: str, limit: int | None) -> bool:
    """Tell whether a text is the longest beginning of another that fits, in characters or in bytes."""
    shown = after.removesuffix(CUT).rstrip()
    full = limit is not None and len(after) <= limit <= len(after.encode()) + SLACK
    return full and after != shown and before.startswith(shown)


def _description(one: Facts, other: Facts, there: Tool, carried: Carried) -> tuple[str, str]:
    before, after = words(one.description), words(other.description)
    if before == NO_DESCRIPTION and not after:
        return "equal", ""
    if before in (after, words(ADDRESS.sub("", other.description))):
        return "equal", ""
    if not before and "description" in there.fills and after in (words(one.values["title"]), NO_DESCRIPTION):
        return "lossy", ""
    shown = re.sub(r"\s*\d*\.?…$", "", after)  # the cut may have left the number of a list without its point
    cut = there.description_length and after.endswith(CUT) and len(other.description) >= there.description_length - SLACK
    if cut and before.startswith(shown) and carried.has("description", before):
        return "lossy", ""
    place = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    shown, held = (text[max(place - 20, 0) : place + 40] for text in (before, after))
    return "wrong", f"{one.id}: description: {shown!r} became {held!r}"


def _comments(one: Facts, copies: list[Said], verdict: Verdict) -> Iterator[str]:
    """Everything said once, in order, as public or internal as it was, with author and time."""
    told = [said for said in one.comments if said.words or not said.files]
    bare = any(_only_a_file(said) for said in told)  # what said so there says so here; no more is added to hang files on
    headers = [said.words for said in told if _only_a_header(said)]  # of an earlier move: to this one they are words
    shown = [
        said
        for said in copies
        if said.words
        and (bare or not _only_a_file(said))
        and (not _only_a_header(said) or any(said.words.endswith(each) for each in headers))
    ]
    if len(told) != len(shown):
        yield f"{len(told)} comments became {len(shown)}"
        return
    for before, after in zip(_as_shown(told, shown), shown, strict=True):
        verdict.comments += 1
        header = _header(before.words, after.words)
        if header is None:
            yield f"comment {before.words!r} became {after.words!r}"
            continue
        if before.public is not after.public:
            yield f"comment {before.words[:40]!r} changed its visibility"
        for name, fact, held in (("author", before.who, after.who), ("time", before.when, after.when)):
            if fact == held:
                verdict.equal[f"comment {name}"] += 1
            elif plain_words(fact) in header:
                verdict.lossy[f"comment {name}"] += 1
            else:
                yield f"comment {before.words[:40]!r}: {name} {fact} is nowhere"


def _as_shown(told: list[Said], shown: list[Said]) -> list[Said]:
    """Order what was said in the same second as it is shown: its tool may not tell what came first."""
    ordered: list[Said] = []
    for _, run in groupby(told, key=lambda said: said.when):
        same = list(run)
        block = [said.words for said in shown[len(ordered) : len(ordered) + len(same)]]
        place: dict[int, int] = {}
        for each in sorted(range(len(same)), key=lambda at: -len(same[at].words)):  # a short one may end a long one's words
            ends = (at for at, words_ in enumerate(block) if at not in place.values() and words_.endswith(same[each].words))
            place[each] = next(ends, len(block) + each)
        ordered += [same[each] for each in sorted(place, key=place.__getitem__)]
    return ordered


def _header(before: str, after: str) -> str | None:
    """Give what a copy says above the words of a comment, all else being equal; None where it is not."""
    if before == after:
        return ""
    header = after.removesuffix(before).rstrip()
    return header if after.endswith(before) and header.endswith(":") else None


def _only_a_file(said: Said) -> bool:
    """Tell whether a comment is there only because the tool hangs files on comments."""
    return bool(said.files) and said.words.endswith(FILE)


def _only_a_header(said: Said) -> bool:
    """Tell whether a comment says no more than who said nothing, and when: it was there for its files."""
    return re.search(r"(?: UTC|/[^\s/\[\]]+\]):$", said.words) is not None


def _files(one: Facts, other: Facts, there: Tool, verdict: Verdict) -> Iterator[str]:
    """Every file arrives byte for byte where it may; an internal one never where the requester reads."""
    verdict.files += one.public_files.total() + one.internal_files.total()
    held = other.public_files + other.internal_files
    wanted = one.public_files + (one.internal_files if there.hides_files else Counter[tuple[str, str]]())
    if held != wanted:
        yield f"files {dict(wanted)} became {dict(held)}"
    leaked = other.public_files - one.public_files
    if leaked:
        yield f"internal files {dict(leaked)} became public"
    if one.internal_files and not there.hides_files:
        verdict.lossy["internal files"] += 1
    elif one.public_files != other.public_files:
        verdict.lossy["who sees a file"] += 1
