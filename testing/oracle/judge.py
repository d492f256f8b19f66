"""Compare what two tools hold of the same tickets, fact by fact: equal, lossy as this tool is known to be, or wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from . import tool
from .facts import EVER, FIELDS, Facts, Said, Snapshot, Tool, plain_words, words

NOTE = "Carried by Isthmus from"
FILE = "Attached file"
"""What a comment says that is there only because files hang on comments."""
CUT = "…"


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
    text = plain_words(other.everything)
    for name in FIELDS:
        if name in one.values:
            found = _field(name, one.values[name], other.values.get(name, ""), there, text)
            _note(verdict, name, found, f"{one.id}: {name}: {one.values[name]!r} became {other.values.get(name)!r}")
    _note(verdict, "description", *_description(one, other, there))
    note = f"{NOTE} {connection} {one.id}"
    copies = [said for said in other.comments if note not in said.text.replace("&nbsp;", " ")]
    if len(other.comments) - len(copies) > 1:
        verdict.wrong.append(f"{one.id}: {len(other.comments) - len(copies)} notes of origin")
    if any(said.public for said in other.comments if said not in copies):
        verdict.wrong.append(f"{one.id}: the note of origin is public")
    verdict.wrong += (f"{one.id}: {words_}" for words_ in _comments(one, copies, verdict))
    verdict.wrong += (f"{one.id}: {words_}" for words_ in _files(one, other, there, verdict))


def _note(verdict: Verdict, name: str, found: str, words_: str) -> None:
    if found == "wrong":
        verdict.wrong.append(words_)
    else:
        (verdict.equal if found == "equal" else verdict.lossy)[name] += 1


def _field(name: str, before: str, after: str, there: Tool, text: str) -> str:
    if before == after:
        return "equal"
    if not before:
        return "lossy" if name in there.fills else "wrong"
    if name == "title" and there.title_length and after == before[: there.title_length - 1].rstrip() + CUT:
        return "lossy"
    nearest = {"status": there.statuses, "priority": there.priorities}.get(name, {})
    if after in nearest.get(before, ()):
        return "lossy"
    if name in EVER:
        return "wrong"
    if name in ("impact", "urgency"):
        before = f"{name}: {before}"
    carried = all(_stands(piece, text) for piece in (before.split() if name == "labels" else [before]))
    return "lossy" if carried else "wrong"


def _stands(value: str, text: str) -> bool:
    """Tell whether a value stands in a text; a time as RFC 3339, to the second or, at least, to the minute."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value):
        return plain_words(value) in text or plain_words(value.replace(" ", "T")) in text
    return plain_words(value) in text


def _description(one: Facts, other: Facts, there: Tool) -> tuple[str, str]:
    before, after = words(one.description), words(other.description)
    if before == after:
        return "equal", ""
    if not before and "description" in there.fills:
        return "lossy", ""
    shown = re.sub(r"\s*\d*…$", "", after)  # the cut may have left the number of a list without its point
    if there.description_length and after.endswith(CUT) and before.startswith(re.sub(r"\s*\d*\.?$", "", shown)):
        return "lossy", ""
    place = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    shown, held = (text[max(place - 20, 0) : place + 40] for text in (before, after))
    return "wrong", f"{one.id}: description: {shown!r} became {held!r}"


def _comments(one: Facts, copies: list[Said], verdict: Verdict) -> Iterator[str]:
    """Everything said once, in order, as public or internal as it was, with author and time."""
    told = [said for said in one.comments if said.words or not said.files]
    shown = [said for said in copies if said.words and not _only_a_file(said) and not _only_a_header(said)]
    if len(told) != len(shown):
        yield f"{len(told)} comments became {len(shown)}"
        return
    for before, after in zip(told, shown, strict=True):
        verdict.comments += 1
        if before.words not in after.words:
            yield f"comment {before.words!r} became {after.words!r}"
        if before.public is not after.public:
            yield f"comment {before.words[:40]!r} changed its visibility"
        text = after.words
        for name, fact, held in (("author", before.who, after.who), ("time", before.when, after.when)):
            if fact == held:
                verdict.equal[f"comment {name}"] += 1
            elif _stands(fact, text):
                verdict.lossy[f"comment {name}"] += 1
            else:
                yield f"comment {before.words[:40]!r}: {name} {fact} is nowhere"


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
