"""Every move between two tools and every mirror of them, judged on raw states; what each move may lose is pinned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path

import pytest
from isthmus.testing.benches import BENCHES
from isthmus.testing.floor import Floor
from isthmus.testing.matrix import Cell, mirror, move

VENDORS = tuple(sorted(BENCHES))
SMALL, FULL = 8, 200
"""Eight seeded tickets have every status but canceled, a long thread and a file, and no trait that is rare."""
FULL_LINK = 10
LONG = [pytest.mark.acceptance, pytest.mark.timeout(3600)]

THREAD = "comment author, comment time"
"""Only Zendesk imports a comment in another's name and with its time; elsewhere both stand in its text."""

# Target -> source -> what the target holds as the nearest that it has, or in text. A fact that a source never holds is not
# lost from there: Zendesk's tickets have no category, resolution and service; ServiceNow's no labels; Jira's no second
# level of a category and no time of closure.
PINS = {
    # A small priority is demanded, and follows from four impacts and urgencies, so these need not come out as they were.
    # What is at work has an assignee, and so a group: the stand-in's, where there is none. A resolution is a status reason,
    # which has values of its own. Labels have no field. Times of resolving and closing are its own.
    "bmc_helix": {
        "freshservice": f"assignee, closed, {THREAD}, group, impact, labels, resolution_code, resolved, service, urgency",
        "jira": f"assignee, category, {THREAD}, group, impact, labels, priority, resolution_code, resolved, urgency",
        "manageengine": f"assignee, closed, {THREAD}, group, labels, priority, resolution_code, resolved, urgency",
        "servicenow": f"assignee, closed, {THREAD}, group, impact, priority, resolution_code, resolved, urgency, who sees a file",
        "zendesk": f"assignee, {THREAD}, group, impact, labels, priority, urgency",
    },
    # Its statuses know nothing that is canceled, its four priorities no planning. It demands a priority and a description.
    # It keeps no code of a resolution. All times but the due one are its own, and where nothing is due its SLA says when.
    "freshservice": {
        "bmc_helix": f"closed, {THREAD}, description, due, opened, resolved, service, status",
        "jira": f"category, {THREAD}, description, opened, priority, resolution_code, resolved, service, status",
        "manageengine": f"closed, {THREAD}, description, due, opened, priority, resolution_code, resolved, service, status",
        "servicenow": (
            f"closed, {THREAD}, description, due, opened, priority, resolution_code, resolved, service, status, who sees a file"
        ),
        "zendesk": f"{THREAD}, due, impact, opened, priority, urgency",
    },
    # It always has a priority, Medium where nobody chose. A resolution is one of the site's own. Of when something is due it
    # keeps the day; all other times are its own. Its categories are one level.
    "jira": {
        "bmc_helix": f"category, closed, {THREAD}, opened, resolved, subcategory",
        "freshservice": f"category, closed, {THREAD}, due, opened, resolution_code, resolved, service, subcategory",
        "manageengine": f"category, closed, {THREAD}, due, opened, priority, resolution_code, resolved, subcategory",
        "servicenow": f"category, closed, {THREAD}, opened, resolution_code, resolved, subcategory, who sees a file",
        "zendesk": f"{THREAD}, opened, priority",
    },
    # Four priorities, no planning. A closure code is one of the account's own. All times but the due one are its own, and
    # where nothing is due its SLA says when. On premises no file can be hidden from the requester.
    "manageengine": {
        "bmc_helix": f"closed, {THREAD}, due, internal files, opened, resolved",
        "freshservice": f"closed, {THREAD}, internal files, opened, resolution_code, resolved, service",
        "jira": f"category, {THREAD}, internal files, opened, priority, resolution_code, resolved",
        "servicenow": f"closed, {THREAD}, due, opened, priority, resolution_code, resolved",
        "zendesk": f"{THREAD}, due, internal files, opened",
    },
    # Impact, urgency and priority follow from each other, and one is always there. A description ends at 4000 characters. No
    # file can be hidden from the requester, so internal ones are left out. Labels have no field. Close codes are its own.
    "servicenow": {
        "bmc_helix": f"{THREAD}, description, impact, internal files",
        "freshservice": f"{THREAD}, description, impact, internal files, labels, resolution_code, service, urgency",
        "jira": f"category, {THREAD}, description, impact, internal files, labels, resolution_code, urgency",
        "manageengine": f"{THREAD}, description, impact, internal files, labels, priority, resolution_code, urgency",
        "zendesk": f"{THREAD}, description, internal files, labels",
    },
    # Four priorities, no planning, and nothing that is canceled: that is solved. No field for impact, urgency, category,
    # service and resolution unless an admin makes one, and none that says when an incident is due. It demands a description.
    # An import tells when a ticket was solved, but whether that can be read again is unknown.
    "zendesk": {
        "bmc_helix": (
            "category, closed, description, impact, resolution_notes, resolved, service, status, subcategory, urgency"
        ),
        "freshservice": (
            "category, closed, description, due, impact, resolution_code, resolution_notes, resolved, service, subcategory, urgency"
        ),
        "jira": (
            "category, description, impact, priority, resolution_code, resolution_notes, resolved, service, status, urgency"
        ),
        "manageengine": (
            "category, closed, description, due, impact, resolution_code, resolution_notes, resolved, service, status, subcategory,"
            " urgency"
        ),
        "servicenow": (
            "category, closed, description, impact, priority, resolution_code, resolution_notes, resolved, service, status,"
            " subcategory, urgency, who sees a file"
        ),
    },
}
NOWHERE = {
    "freshservice": "acknowledged, custom, first_response",
    "manageengine": "acknowledged, first_response, tier",
    "zendesk": "custom",
}
"""Source -> what stands in text at every other tool, which has no place for it: some times, a tier, fields of one's own."""
CELLS = [pytest.param(*pair, id="-".join(pair)) for pair in permutations(VENDORS, 2)]
SOME = [("bmc_helix", "zendesk"), ("jira", "manageengine"), ("freshservice", "servicenow")]


def pinned(source: str, target: str) -> frozenset[str]:
    nowhere = NOWHERE.get(source)
    return frozenset(PINS[target][source].split(", ")) | frozenset(nowhere.split(", ") if nowhere else ())


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    return Floor(tmp_path)


def moved(floor: Floor, source: str, target: str, tickets: int) -> Cell:
    with floor.tool("source", source, tickets), floor.tool("target", target):
        cell = move(floor, "source", "target", (source, target))
    assert cell.verdict.wrong == []
    assert cell.notes == []
    assert cell.certified
    assert cell.verdict.tickets == tickets
    return cell


@pytest.mark.parametrize(("source", "target"), CELLS)
def test_a_few_tickets_move(floor: Floor, source: str, target: str):
    cell = moved(floor, source, target, SMALL)
    assert cell.verdict.comments > 20
    assert cell.verdict.files
    assert set(cell.verdict.lost) <= pinned(source, target)


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("source", "target"), CELLS)
def test_many_tickets_move_and_lose_what_is_pinned(floor: Floor, source: str, target: str):
    assert set(moved(floor, source, target, FULL).verdict.lost) == pinned(source, target)


@pytest.mark.parametrize(
    ("members", "tickets"),
    [
        *(pytest.param(pair, 1, id="-".join(pair)) for pair in SOME),
        pytest.param(VENDORS, 1, id="all"),
        *(pytest.param(pair, FULL_LINK, id=f"full-{'-'.join(pair)}", marks=LONG) for pair in combinations(VENDORS, 2)),
        pytest.param(VENDORS, FULL_LINK, id="full-all", marks=LONG),
    ],
)
def test_a_link_comes_to_rest_and_its_members_agree(floor: Floor, members: tuple[str, ...], tickets: int):
    made = mirror(floor, members, tickets)
    assert made.verdict.wrong == []
    assert made.quiet
    assert made.verdict.tickets == (tickets + 1) * len(members) * (len(members) - 1)


def losers(fact: str) -> set[str]:
    return {target for target, sources in PINS.items() for source in sources if fact in pinned(source, target)}


def facts() -> Iterator[str]:
    for target, sources in PINS.items():
        for source in sources:
            yield from pinned(source, target)


def test_what_may_never_be_lost_is_not_pinned():
    """A status or priority is lost only to a tool that does not have it, and everything else stands at least in text."""
    assert not set(facts()) & {"title", "comment", "comments", "files", "requester"}
    assert losers("status") == {"freshservice", "zendesk"}
    assert "priority" not in pinned("bmc_helix", "zendesk") | pinned("zendesk", "servicenow") | pinned("jira", "servicenow")
    assert losers("comment author") == set(VENDORS) - {"zendesk"}
    assert losers("internal files") == {"manageengine", "servicenow"}
