"""Bonds, receipts, parts and intents: every method, seen by a second process after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from isthmus.core.errors import LedgerError
from isthmus.core.ledger.state import Bond, Intent, IntentKind, Member, Park, Part, PartKind, Receipt

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def bond(ledger) -> str:
    made = ledger.add_bond("pair")
    ledger.join(made, "pair", "ops", "1", marker="isthmus:support:9", digest="d1", version="v1")
    ledger.join(made, "pair", "support", "9")
    return made


def test_a_bond_comes_back_whole(ledger, open_ledger, bond):
    ledger.save_values(bond, {"status": {"status": "new"}, "title": {"title": "\u00e4\u0000"}})
    ledger.save_receipts(
        [
            (bond, "ops", "status", Receipt({"status": "new"}, {"state": "1"}, "m1", verified=False)),
            (bond, "support", "status", Receipt({"status": "new"})),
        ]
    )
    ledger.park(bond, Park("ops", "title", "f1", "closed\x00 \ud800"))
    ledger.note_write(Bond(bond, "pair"), "ops", "status", 3, frozen=True)
    ledger.add_conflict("pair", bond, "labels", {"ops": 1}, "both changed")
    part = ledger.add_part(bond, PartKind.COMMENT, "ops", "c1", public=True, digest="d")
    ledger.add_copy(part, "support", "s1")
    (loaded,) = open_ledger().bonds([bond, "none"]).values()
    assert loaded == Bond(
        bond,
        "pair",
        {
            "ops": Member("ops", "1", "isthmus:support:9", "d1", "v1"),
            "support": Member("support", "9"),
        },
        {"status": {"status": "new"}, "title": {"title": "\u00e4\u0000"}},
        {
            ("ops", "status"): Receipt({"status": "new"}, {"state": "1"}, "m1", verified=False),
            ("support", "status"): Receipt({"status": "new"}),
        },
        {("ops", "title"): Park("ops", "title", "f1", "closed\ufffd ?")},
        frozenset({("ops", "status")}),
        {("ops", "status"): (3,)},
        frozenset({"labels"}),
        {},
        (Part(part, PartKind.COMMENT, "ops", "c1", True, "d", {"support": "s1"}),),
    )


def test_bonds_are_found_by_records(ledger, bond):
    other = ledger.add_bond("other")
    ledger.join(other, "other", "ops", "1")
    assert ledger.find_bonds("pair", "ops", ["1", "2"]) == {"1": bond}
    assert ledger.find_bonds("pair", "support", ["1"]) == {}
    assert ledger.find_bonds("other", "ops", ["1"]) == {"1": other}
    assert ledger.bond_ids("pair") == [bond]
    assert ledger.record_ids("pair", "ops") == {"1"}
    assert ledger.known_ids("pair", "ops") == {"1"}


def test_many_are_loaded_at_once(ledger):
    with ledger.transaction():
        made = [ledger.add_bond("many") for _ in range(601)]
        for number, each in enumerate(made):
            ledger.join(each, "many", "ops", str(number))
    assert len(ledger.bonds(made)) == 601
    assert len(ledger.find_bonds("many", "ops", [str(number) for number in range(601)])) == 601
    assert ledger.digests("many", "ops", [str(number) for number in range(601)])["600"] is None


def test_a_record_belongs_to_one_bond_of_a_link(ledger, bond):
    second = ledger.add_bond("pair")
    with pytest.raises(LedgerError, match="fails") as caught:
        ledger.join(second, "pair", "ops", "1")
    assert "isthmus:support:9" not in str(caught.value)
    assert ledger.find_bonds("pair", "ops", ["1"]) == {"1": bond}


def test_records_that_are_missing_and_gone(ledger, bond):
    ledger.miss(bond, "ops", gone=False)
    ledger.miss(bond, "ops", gone=False)
    assert ledger.bonds([bond])[bond].members["ops"].missing == 2
    ledger.see(bond, "ops", digest="d2")
    member = ledger.bonds([bond])[bond].members["ops"]
    assert (member.missing, member.digest) == (0, "d2")
    ledger.miss(bond, "ops", gone=True)
    assert ledger.bonds([bond])[bond].members["ops"].gone
    assert ledger.record_ids("pair", "ops") == set()
    assert ledger.known_ids("pair", "ops") == {"1"}


def test_receipts_and_values_are_replaced(ledger, bond):
    for verified in (False, True):
        ledger.save_receipts([(bond, "ops", "status", Receipt({"status": str(verified)}, verified=verified))])
        ledger.save_values(bond, {"status": {"status": str(verified)}})
    loaded = ledger.bonds([bond])[bond]
    assert loaded.receipts == {("ops", "status"): Receipt({"status": "True"})}
    assert loaded.values == {"status": {"status": "True"}}
    ledger.save_receipts([])
    ledger.save_values(bond, {})


def test_parks_are_taken_back(ledger, bond):
    ledger.park(bond, Park("ops", "status", "f1", "no"))
    ledger.park(bond, Park("ops", "status", "f2", "still no"))
    assert ledger.bonds([bond])[bond].parks == {("ops", "status"): Park("ops", "status", "f2", "still no")}
    ledger.unpark(bond, "ops", "status")
    assert ledger.bonds([bond])[bond].parks == {}


def test_writes_are_counted_over_twelve_cycles_and_released(ledger, bond):
    for cycle in (1, 5, 13, 14):
        ledger.note_write(ledger.bonds([bond])[bond], "ops", "status", cycle, frozen=cycle == 14)
    loaded = ledger.bonds([bond])[bond]
    assert loaded.writes == {("ops", "status"): (5, 13, 14)}
    assert loaded.frozen == {("ops", "status")}
    assert ledger.held_groups("another link") == []
    for held in ledger.held_groups():
        ledger.release(held)
    assert ledger.held_groups() == []
    assert ledger.bonds([bond])[bond].frozen == frozenset()


def test_a_part_is_known_once_for_its_origin(ledger, bond):
    first = ledger.add_part(bond, PartKind.FILE, "ops", "f1", public=False, digest=None)
    assert ledger.add_part(bond, PartKind.FILE, "ops", "f1", public=True, digest="x") == first
    assert ledger.add_part(bond, PartKind.COMMENT, "ops", "f1", public=True, digest=None) != first
    ledger.redigest(first, "d9")
    ledger.add_copy(first, "support", "1")
    ledger.add_copy(first, "support", "2")
    part = next(each for each in ledger.bonds([bond])[bond].parts if each.id == first)
    assert (part.public, part.digest, part.copies) == (False, "d9", {"support": "2"})


def intent(number: int, **facts) -> Intent:
    return Intent(
        id=f"i{number}",
        run="r",
        link="pair",
        kind=IntentKind.UPDATE,
        connection="ops",
        bond="b",
        at=NOW.replace(microsecond=number),
        **facts,
    )


def test_intents_come_back_in_order_until_they_are_closed(ledger, open_ledger):
    made = [
        intent(2, predicted={"status": {"status": "new"}}, path=({"status": {"status": "x"}},), details={"parts": [1]}),
        intent(10, record_id="7", marker="m"),
        intent(0),
    ]
    ledger.open_intents(made)
    ledger.open_intents([])
    assert open_ledger().unsettled("pair") == [made[2], made[0], made[1]]
    assert ledger.unsettled("other") == []
    ledger.close_intent("i2", "failed", "the vendor says \x00")
    ledger.close_intent("i0", "done")
    assert open_ledger().unsettled("pair") == [made[1]]


def test_an_intent_moves_to_the_time_of_its_call(ledger, open_ledger):
    first, second = intent(1, details={"parts": [1]}), intent(2)
    ledger.open_intents([first, second])
    later = NOW.replace(microsecond=3)
    ledger.date_intent("i1", later)
    assert open_ledger().unsettled("pair") == [second, replace(first, at=later)]


def test_the_counts_of_a_link(ledger, bond):
    ledger.remember("pair", "ops", ["1", "2"], "c")
    ledger.open_intents([intent(1)])
    ledger.add_conflict("pair", bond, "labels", {}, "x")
    ledger.quarantine("pair", "ops", "3", ValueError("x"))
    ledger.park(bond, Park("ops", "title", "f", "no"))
    ledger.note_write(Bond(bond, "pair"), "ops", "status", 1, frozen=True)
    assert ledger.summary("pair") == {
        "bonds": 1,
        "dirty": 2,
        "open_intents": 1,
        "conflicts": 1,
        "quarantine": 1,
        "parked": 1,
        "frozen": 1,
    }
    assert set(ledger.summary("other").values()) == {0}
