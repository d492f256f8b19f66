"""A chain of moves through all six tools and back to one like the first: what returns, and that every loss was foreseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from isthmus.core.connector import Scope
from isthmus.core.mapping.values import same
from isthmus.core.proof.labels import Label
from isthmus.core.proof.proof import prove
from isthmus.core.proof.used import collect_values
from isthmus.core.run.assemble import open_side
from isthmus.core.run.checkup import check
from isthmus.core.run.exits import Exit
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.benches import BENCHES
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import LATER, move
from isthmus.testing.oracle import facts
from isthmus.testing.oracle.carried import NOTE, Carried
from isthmus.testing.oracle.facts import SOMEHOW, TIMES, Facts, Said, plain_words, words

VENDORS = tuple(sorted(BENCHES))
SMALL, FULL = 4, 40
NAMES = tuple(f"stop{number}" for number in range(len(VENDORS) + 1))


@dataclass
class Hop:
    """What the proof says of one move before it is made."""

    labels: dict[str, Label]
    """Field -> what becomes of it, as `isthmus check` says."""
    kept: dict[str, set[str]] = field(default_factory=dict)
    """Ticket -> fields whose value the target will hold as it is."""


@dataclass
class Journey:
    """One ticket at every stop."""

    stops: list[Facts]
    hops: list[Hop]

    @property
    def start(self) -> Facts:
        return self.stops[0]

    @property
    def end(self) -> Facts:
        return self.stops[-1]

    def kept(self, name: str) -> bool:
        """Tell whether every tool on the way holds a field as it is."""
        return all(name in hop.kept[stop.id] for hop, stop in zip(self.hops, self.stops, strict=False))

    def may_lose(self, name: str) -> bool:
        """Tell whether the proof of some move says that this field may change."""
        return any(hop.labels.get(name) is not Label.LOSSLESS for hop in self.hops)


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path)


def foreseen(floor: Floor, source: str, target: str) -> Hop:
    """Prove a move on the values that are really in use, and predict every ticket of it."""
    floor.skip(LATER)
    config = floor.config()
    with open_side(config, source, None, floor.around) as one, open_side(config, target, None, floor.around) as other:
        documents = {}
        for page in one.connector.changes(None, Scope()):
            documents |= one.documents(record for record in page.records if not record.deleted)
        proof = prove(one, other, collect_values(iter(documents.values()), one.mapping.readable))
        assert proof.complete, proof.problems
        hop = Hop({each.field: each.label for each in proof.fields})
        for key, document in documents.items():
            image = other.mapping.predict(document, other.directory, creating=True)
            hop.kept[key] = {name for name in document if same({name: document[name]}, {name: image.get(name)})}
    return hop


def travel(floor: Floor, route: tuple[str, ...], tickets: int, faults: str | None = None) -> list[Journey]:
    """Move tickets from stop to stop; each move must be clean for the judge and for the certificate."""
    with ExitStack() as stack:
        for number, (name, vendor) in enumerate(zip(NAMES, route, strict=True)):
            bench = stack.enter_context(floor.tool(name, vendor, 0 if number else tickets))
            bench.faults(faults)
        hops = []
        for (one, other), vendors in zip(pairwise(NAMES), pairwise(route), strict=True):
            hops.append(foreseen(floor, one, other))
            cell = move(floor, one, other, vendors)
            assert (cell.verdict.wrong, cell.notes, cell.certified) == ([], [], True), vendors
        held = [facts(vendor, floor.snapshot(name)) for name, vendor in zip(NAMES, route, strict=True)]
    return [Journey(list(stops(each, held)), hops) for each in held[0].values()]


def stops(ticket: Facts, held: list[dict[str, Facts]]) -> Iterator[Facts]:
    """Follow a ticket by the marks that it gets on the way."""
    yield ticket
    for name, found in zip(NAMES, held[1:], strict=False):
        (ticket,) = (each for each in found.values() if each.marker(name) == ticket.id)
        yield ticket


# -- what returns


def changed_fields(journey: Journey) -> Iterator[str]:
    """Give what is wrong with the fields of a ticket that came back."""
    start, end = journey.start, journey.end
    text = Carried(end.comments)
    before, after = dict(start.values), dict(end.values)
    before["description"], after["description"] = words(start.description), words(end.description)
    for name, value in before.items():
        now, incident_field = after.get(name, ""), f"{name}_at" if name in TIMES else name
        if now == value:
            continue
        told = f"{start.id}: {name}: {[stop.values.get(name) for stop in journey.stops]}"
        if value and journey.kept(incident_field):
            yield f"{told} changed, though every tool on the way holds it"
        if not journey.may_lose(incident_field) and (value or name not in TIMES):  # a time of its own may stand for none
            yield f"{told} changed, though the proof says lossless"
        if name in ("title", "description", *SOMEHOW) and value and not text.has(name, value):
            yield f"{told} stands nowhere"


def thread(journey: Journey) -> Iterator[str]:
    """Give what is wrong with what was said: all of it comes back in order, as public as it was, with author and time."""
    copies = [said for said in journey.end.comments if NOTE not in said.text]
    notes = len(journey.end.comments) - len(copies)
    if notes != len(journey.hops):
        yield f"{journey.start.id}: {notes} notes of origin"
    rest = iter(copies)
    for said in journey.start.comments:
        copy = next((each for each in rest if says(each, said)), None)
        if copy is None:
            yield f"{journey.start.id}: {said.words[:40]!r} is missing or out of order"
        elif copy.public is not said.public:
            yield f"{journey.start.id}: {said.words[:40]!r} changed its visibility"
    twice = [said.words for said in copies if sum(says(said, each) for each in journey.start.comments) > 1]
    if len(copies) < len(journey.start.comments):
        yield f"{journey.start.id}: {len(copies)} of {len(journey.start.comments)} comments, {twice}"


def says(copy: Said, said: Said) -> bool:
    """Tell whether a comment says, below the lines of its carrying, what another said, who said it, and when."""
    head = copy.words.removesuffix(said.words).rstrip()
    native = (copy.who, copy.when) == (said.who, said.when)
    return copy.words.endswith(said.words) and (native or (said.who in head and plain_words(said.when) in head))


def files(journey: Journey) -> Iterator[str]:
    """Give what is wrong with the files: each comes back, save an internal one that the proof says a tool cannot hide."""
    public = set(journey.start.public_files)
    for before, after, hop in zip(journey.stops, journey.stops[1:], journey.hops, strict=False):
        gone = held(before) - held(after)
        foreseen = set(before.internal_files) if hop.labels["attachments"] is Label.LOSSY else set()
        yield from (f"{before.id}: the file {name} is missing" for name, _ in gone - foreseen)
        if gone and after.internal_files:
            yield f"{before.id}: some internal files are left out, and others are not"
        public &= set(after.public_files) | gone
    if set(journey.end.public_files) - public:
        yield f"{journey.start.id}: internal files became public"


def held(ticket: Facts) -> set[tuple[str, str]]:
    return {*ticket.public_files, *ticket.internal_files}


def complaints(journeys: list[Journey]) -> list[str]:
    return [told for each in journeys for look in (changed_fields, thread, files) for told in look(each)]


def route_from(vendor: str) -> tuple[str, ...]:
    at = VENDORS.index(vendor)
    return (*VENDORS[at:], *VENDORS[:at], vendor)


def test_a_few_tickets_go_through_all_and_come_back(floor: Floor):
    journeys = travel(floor, route_from("zendesk"), SMALL)
    assert complaints(journeys) == []
    assert len(journeys) == SMALL
    assert sum(len(each.start.comments) for each in journeys) > 10
    assert all(each.start.values["title"] == each.end.values["title"] for each in journeys)
    assert any(not each.kept("requester") or not each.kept("opened_at") for each in journeys)


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("start", "faults"),
    [*(pytest.param(each, None, id=each) for each in VENDORS), pytest.param("jira", "flaky", id="flaky")],
)
def test_many_tickets_go_through_all_and_come_back(floor: Floor, start: str, faults: str | None):
    journeys = travel(floor, route_from(start), FULL, faults)
    assert complaints(journeys) == []
    assert len(journeys) == FULL


def test_the_check_proves_every_pair(floor: Floor):
    with ExitStack() as stack:
        for vendor in VENDORS:
            stack.enter_context(floor.tool(vendor.replace("_", ""), vendor))
        names = list(floor.benches)
        config = floor.config({"all": {"members": names, "create": names}})
        told = check(config, "all", RunOptions(), floor.around, quick=True)
    assert told["exit"] == Exit.OK
    proofs = {(proof["source"], proof["target"]): proof for proof in told["proofs"]}
    assert proofs.keys() == set(permutations(names, 2))
    for pair, proof in proofs.items():
        assert proof["problems"] == [], pair
        assert proof["values"], pair
        assert {"title", "status", "priority", "requester", "comments", "attachments"} <= {
            each["field"] for each in proof["fields"]
        }
