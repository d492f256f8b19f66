"""A signed trail, in the ledger and in a file: each attack on it is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isthmus.core.errors import LedgerError, UserError
from isthmus.core.evidence.signing import export_trail, sign_trail, trail_lines
from isthmus.core.evidence.verify import Broken, canonical, check, check_trail, follow
from isthmus.core.ledger import schema as db
from isthmus.core.ledger.chain import START, entry_hash
from sqlalchemy import delete, insert, literal_column, select, update


def rechained(entries):
    """Give entries whose numbers and hashes somebody without a key has made fit."""
    previous, made = START, []
    for number, entry in enumerate(entries, 1):
        previous = entry_hash(previous, number, entry["at"], entry["body"])
        made.append({**entry, "seq": number, "hash": previous})
    return made


def lines(entries):
    return [canonical(entry) + b"\n" for entry in entries]


@pytest.fixture
def exported(told, signer, tmp_path):
    """A signed trail of eleven entries, the last one a checkpoint."""
    path = tmp_path / "trail.jsonl"
    export_trail(told, path, signer)
    return path


def test_a_signed_trail_holds(told, signer, exported):
    number, digest = told.trail_head()
    found = check(exported, signer.public_key, (number, digest))
    assert found == {"entries": 11, "hash": digest, "signed": 11}
    assert exported.stat().st_mode & 0o777 == 0o600
    told.record("run", "pair", [{"kind": "later"}])
    assert follow(told.trail_entries(), signer.public_key)["signed"] == 11


def test_what_is_written_meanwhile_is_left_out(told):
    assert len(list(trail_lines(told, 4))) == 4


def test_a_second_signature_covers_the_first(told, signer, other):
    sign_trail(told, signer)
    sign_trail(told, other)
    told.record("run", "pair", [{"kind": "later"}])
    assert sign_trail(told, signer)[0] == 14
    assert follow(told.trail_entries(), signer.public_key)["signed"] == 14
    assert follow(told.trail_entries(), other.public_key)["signed"] == 12


@pytest.mark.parametrize(
    "body", ["'{}'", "cast(x'7bff7d' as text)", "x'7b7d'", "7"], ids=["text", "no UTF-8", "bytes", "number"]
)
def test_a_broken_trail_is_not_signed(told, signer, body):
    with told.transaction() as session:
        session.execute(update(db.trail).where(db.trail.c.seq == 3).values(body=literal_column(body)))
    with pytest.raises(LedgerError, match="entry 3 was altered"):
        sign_trail(told, signer)
    assert told.trail_head()[0] == 10


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_is_named_with_its_entry(exported, signer, data):
    content = bytearray(exported.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    entry = exported.read_bytes()[:place].count(b"\n") + 1
    attacked = exported.with_name("attacked.jsonl")
    attacked.write_bytes(content)
    with pytest.raises(Broken) as caught:
        check(attacked, signer.public_key)
    assert caught.value.entry == entry
    assert f"entry {entry}" in str(caught.value)


@pytest.mark.parametrize("attack", ["altered", "dropped", "reordered", "added"])
def test_a_trail_that_somebody_chained_anew_without_the_key_fails(exported, signer, attack):
    entries = [json.loads(line) for line in exported.read_bytes().splitlines()]
    match attack:
        case "altered":
            entries[3]["body"] = '{"kind":"update","number":9}'
        case "dropped":
            del entries[3]
        case "reordered":
            entries[3], entries[4] = entries[4], entries[3]
        case "added":
            entries.insert(3, entries[3])
    with pytest.raises(Broken, match="signature does not cover"):
        check_trail(lines(rechained(entries)), signer.public_key)
    with pytest.raises(Broken, match="nothing is signed by this key"):
        check_trail(lines(rechained(entries[:-1])), signer.public_key)


def test_a_dropped_or_reordered_entry_is_named(exported, signer):
    content = exported.read_bytes().splitlines(keepends=True)
    for attacked in (content[:3] + content[4:], [*content[:3], content[4], content[3], *content[5:]]):
        with pytest.raises(Broken, match="entry 4 was dropped or reordered"):
            check_trail(attacked, signer.public_key)


def test_a_cut_end_fails_without_signature_and_against_its_head(told, signer, tmp_path, exported):
    content = exported.read_bytes().splitlines(keepends=True)
    with pytest.raises(Broken, match="from trail entry 1 on"):
        check_trail(content[:7], signer.public_key)
    told.record("run", "pair", [{"kind": "later"}])
    export_trail(told, tmp_path / "later.jsonl", signer)
    head = told.trail_head()
    with pytest.raises(Broken, match="from trail entry 12 on"):
        check_trail((tmp_path / "later.jsonl").read_bytes().splitlines(keepends=True)[:12], signer.public_key)
    assert check(exported, signer.public_key)["entries"] == 11  # an older trail is whole: only a noted head shows its age
    with pytest.raises(Broken, match="its end was cut off") as caught:
        check(exported, signer.public_key, head)
    assert caught.value.entry == 12
    with pytest.raises(Broken, match="from trail entry 1 on"):
        check_trail([], signer.public_key)


def test_a_trail_signed_by_another_key_fails(told, signer, other, tmp_path):
    with told.transaction() as session:
        session.execute(delete(db.trail).where(db.trail.c.seq > 4))
    export_trail(told, tmp_path / "forged.jsonl", other)
    with pytest.raises(Broken, match="nothing is signed by this key"):
        check(tmp_path / "forged.jsonl", signer.public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": "theirs"},
        {"seq": 9},
        {"at": "2026-01-01T00:00:00.000000Z"},
        {"signature": "00" * 64},
        {"signature": "no"},
        {"hash": START},
        {"more": "words"},
    ],
)
def test_a_checkpoint_says_what_is_signed_and_nothing_else(exported, signer, other, change):
    entries = [json.loads(line) for line in exported.read_bytes().splitlines()]
    told = json.loads(entries[-1]["body"])
    mine = {name: other.public_hex if value == "theirs" else value for name, value in change.items()}
    entries[-1]["body"] = canonical({**told, **mine}).decode()
    with pytest.raises(Broken, match=r"signature does not cover|nothing is signed by this key"):
        check_trail(lines(rechained(entries)), signer.public_key)


@pytest.mark.parametrize(
    "line",
    [
        b"{}\n",
        b"[]\n",
        b"no json\n",
        b'"x"\n',
        b"[" * 100_000,
        b'{"seq":1,"at":1,"body":"","hash":""}\n',
        b'{"at":"","body":"\\ud800","hash":"","seq":3}\n',
        b'{"at":"","body":"\xed\xa0\x80","hash":"","seq":3}\n',
    ],
)
def test_what_is_no_entry_is_named(exported, signer, line):
    content = exported.read_bytes().splitlines(keepends=True)
    with pytest.raises(Broken, match="entry 3"):
        check_trail([*content[:2], line, *content[2:]], signer.public_key)


def test_a_ledger_that_was_rewritten_shows_against_signature_and_head(told, signer):
    sign_trail(told, signer)
    head = told.trail_head()
    with told.transaction() as session:
        rows = [dict(row) for row in session.execute(select(db.trail).order_by(db.trail.c.seq)).mappings()]
        rows[2]["body"] = '{"kind":"nothing"}'
        session.execute(delete(db.trail))
        session.execute(insert(db.trail), rechained(rows))
    assert follow(told.trail_entries())["entries"] == 11
    with pytest.raises(Broken, match="trail entry 11: its signature"):
        follow(told.trail_entries(), signer.public_key)
    with pytest.raises(Broken, match="not the one of the known head"):
        follow(told.trail_entries(), head=head)


def test_a_file_that_cannot_be_written_is_told(told, signer, tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        export_trail(told, tmp_path / "nowhere" / "trail.jsonl", signer)
