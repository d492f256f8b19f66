"""The trail: altered, dropped, reordered and cut off entries show; a forgotten person leaves the chain whole."""

from __future__ import annotations

import subprocess
import sys

import orjson
import pytest
from isthmus.core.evidence.verify import Broken, follow
from isthmus.core.ledger import chain as trail
from isthmus.core.ledger.schema import person_keys
from isthmus.core.ledger.schema import trail as table
from sqlalchemy import delete, update


def broken(ledger, known=None):
    """Give the first entry at which somebody who follows the trail stops, or None."""
    try:
        follow(ledger.trail_entries(), head=known)
    except Broken as error:
        return error.entry
    return None


@pytest.fixture
def told(ledger, clock):
    for number in range(5):
        clock.tick(0.5)
        ledger.record("run", "pair", [{"kind": "update", "number": number}, {"kind": "outcome", "number": number}])
    return ledger


def test_a_trail_that_nobody_touched_is_whole(told, open_ledger):
    entries = list(open_ledger().trail_entries())
    assert [entry["seq"] for entry in entries] == list(range(1, 11))
    assert entries[0]["body"] == '{"kind":"update","link":"pair","number":0,"run":"run"}'
    assert broken(told) is None
    assert told.trail_head() == (10, entries[-1]["hash"])
    assert broken(told, told.trail_head()) is None
    assert broken(told, (4, entries[3]["hash"])) is None


def test_an_empty_trail(ledger):
    ledger.record("run", "pair", [])
    assert (ledger.trail_head(), broken(ledger), broken(ledger, (0, trail.START))) == (
        (0, trail.START),
        None,
        None,
    )
    assert broken(ledger, (1, "x")) == 1


@pytest.mark.parametrize("column", ["at", "body", "hash"])
def test_an_altered_entry_shows(told, column):
    with told.transaction() as session:
        session.execute(update(table).where(table.c.seq == 4).values({column: "2026-01-01T00:00:00Z"}))
    assert broken(told) == 4


def test_a_dropped_entry_shows(told):
    with told.transaction() as session:
        session.execute(delete(table).where(table.c.seq == 4))
    assert broken(told) == 4


def test_reordered_entries_show(told):
    with told.transaction() as session:
        for before, after in ((4, 99), (5, 4), (99, 5)):
            session.execute(update(table).where(table.c.seq == before).values(seq=after))
    assert broken(told) == 4


def test_an_end_that_was_cut_off_shows_against_a_known_head(told):
    head = told.trail_head()
    with told.transaction() as session:
        session.execute(delete(table).where(table.c.seq > 7))
    assert broken(told) is None
    assert broken(told, head) == 8


def test_an_end_that_was_written_anew_shows_against_a_known_head(told):
    head = told.trail_head()
    with told.transaction() as session:
        session.execute(delete(table).where(table.c.seq > 7))
    told.record("run", "pair", [{"kind": "forged"}] * 5)
    assert broken(told) is None
    assert broken(told, head) == 10


def test_an_entry_belongs_to_the_transaction_of_what_it_records(told):
    def crash() -> None:
        with told.transaction():
            told.record("run", "pair", [{"kind": "lost"}])
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        crash()
    assert told.trail_head()[0] == 10
    told.record("run", "pair", [{"kind": "next"}])
    assert broken(told) is None


def test_people_are_digests_with_a_key_of_their_own(ledger):
    first = ledger.person_digest("Bob@Acme.example ")
    assert ledger.person_digest("bob@acme.example") == first
    assert ledger.person_digest("eve@acme.example") != first
    ledger.record("run", "pair", [{"by": first}])
    assert ledger.forget_person("BOB@acme.example")
    assert not ledger.forget_person("bob@acme.example")
    assert broken(ledger) is None
    assert ledger.person_digest("bob@acme.example") != first
    with ledger.transaction() as session:
        keys = [len(row.key) for row in session.execute(person_keys.select())]
    assert keys == [64, 64]


def test_processes_that_append_at_once_keep_one_chain(ledger, url):
    code = (
        "import sys\n"
        "from isthmus.core.ledger.ledger import Ledger\n"
        "ledger = Ledger(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "for number in range(25):\n"
        "    with ledger.transaction():\n"
        "        ledger.person_digest('bob@acme.example')\n"
        "        ledger.record('run', sys.argv[2], [{'number': number}])\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 2
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert ledger.trail_head()[0] == 50
    assert broken(ledger) is None


def test_no_address_of_a_person_gets_into_the_trail(ledger):
    words = "left\nanna.bloom@acme.example is unknown"
    ledger.record("run", "pair", [{"kind": "skip", "reason": words, "whom": ("Anna.Bloom@acme.example", 7)}])
    (entry,) = ledger.trail_entries()
    digest = ledger.person_digest("anna.bloom@acme.example")
    told = orjson.loads(entry["body"])
    assert told["reason"] == f"left\nperson:{digest} is unknown"
    assert told["whom"] == [f"person:{digest}", 7]
