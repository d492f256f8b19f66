"""Records that are one incident: one of them counts, over any number of links and whatever the store holds."""

from __future__ import annotations

from itertools import pairwise, product
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.core.ledger.ledger import Ledger, utc_now
from isthmus.core.store.bonds import learn_bonds
from isthmus.core.store.learning import Learner
from isthmus.core.store.rows import rows_of
from isthmus.core.store.store import Store

BONDS = "select connection, counted from then_bonds"


def moved(collecting: Any) -> None:
    for name in ("zen", "snow", "end"):
        collecting.tool(name)
    collecting.tools["zen"].create(title="Moved twice", severity=2)
    for one, other in pairwise(("zen", "snow", "end")):
        collecting.move(one, other)


def test_the_record_that_we_did_not_create_counts(collecting):
    moved(collecting)
    for name in ("end", "snow", "zen"):
        collecting.collect(name)
    assert collecting.ask(BONDS) == [("end", False), ("snow", False), ("zen", True)]
    assert len(set(collecting.ask("select bond from then_bonds"))) == 1
    before = collecting.rows("bonds")
    collecting.collect("end")
    assert collecting.rows("bonds") == before


def test_without_the_origin_the_last_home_counts(collecting):
    moved(collecting)
    collecting.collect("end")
    assert collecting.ask(BONDS) == []  # it is alone, and counts itself
    collecting.collect("snow")
    assert collecting.ask(BONDS) == [("end", True), ("snow", False)]
    collecting.collect("zen")
    assert collecting.ask(BONDS) == [("end", False), ("snow", False), ("zen", True)]


def test_a_deleted_origin_does_not_count(collecting):
    moved(collecting)
    for name in ("zen", "snow", "end"):
        collecting.collect(name)
    collecting.tools["zen"].delete(next(iter(collecting.tools["zen"].records)))
    collecting.collect("zen")
    assert collecting.ask(BONDS) == [("end", True), ("snow", False), ("zen", False)]


def test_what_was_believed_of_bonds_stays_known(collecting):
    moved(collecting)
    collecting.collect("end")
    collecting.collect("snow")
    then = collecting.store.last_learned()
    collecting.collect("zen")
    collecting.store.believe(then)
    assert sorted(collecting.store.sql.execute(BONDS).fetchall()) == [("end", True), ("snow", False)]


def test_as_many_records_as_you_like_come_to_one_incident_at_once():
    members = ("1 a", "1 b", "2 b", "2 c", "2 d", "3 c", "3 e", "3 f")  # c, d and e, f take another label in pairs
    rows = [(bond, name, "1", False) for bond, name in map(str.split, members)]
    ledger: Any = SimpleNamespace(all_members=lambda: [rows])
    with Store(None) as store:
        with store.transaction():
            for name in "abcdef":
                made = rows_of({"connection": name, "id": "1", "title": "x"}, ())
                Learner(store).learn(name, made, store.tick(utc_now()))
        learn_bonds(store, ledger, utc_now())
        assert store.sql.execute("select count(*), count(distinct bond) from bonds").fetchall() == [(6, 1)]


NAMES = ("a", "b", "c")
RECORDS = st.sampled_from(sorted(product(NAMES, "123")))


@settings(max_examples=8)
@given(pairs=st.lists(st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0][0] != pair[1][0]), max_size=6))
def test_bonds_are_walked_to_their_end(pairs):
    ledger, groups = Ledger("sqlite://"), [{each} for each in product(NAMES, "123")]
    for number, (one, other) in enumerate(pairs):
        bond = ledger.add_bond(str(number))
        ledger.join(bond, str(number), *one)
        ledger.join(bond, str(number), *other, marker="ours")
        merged = set().union(*(group for group in groups if {one, other} & group))
        groups = [group for group in groups if not {one, other} & group] + [merged]
    with Store(None) as store:
        learner, now = Learner(store), utc_now()
        with store.transaction():
            for name in NAMES:
                rows = [rows_of({"connection": name, "id": each, "title": "x"}, ()) for each in "123"]
                learner.learn(
                    name, {table: [row for made in rows for row in made[table]] for table in rows[0]}, store.tick(now)
                )
        learn_bonds(store, ledger, now)
        found: dict[str, set[tuple[str, str]]] = {}
        for bond, connection, incident in store.sql.execute("select bond, connection, incident from bonds").fetchall():
            found.setdefault(bond, set()).add((connection, incident))
        assert sorted(map(sorted, found.values())) == sorted(sorted(group) for group in groups if len(group) > 1)
        counted = store.sql.execute("select count(*) from bonds where counted").fetchone()
        assert counted == (len(found),)
    ledger.close()
