"""The auditor's commands."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from isthmus.core.evidence import verify
from isthmus.testing.memory_store import START
from sqlalchemy import create_engine, text


@pytest.fixture
def audited(desk):
    """Give a desk with a trail and an auditor's key."""
    desk.left.create(title="Printer on fire")
    desk.run("sync", "pair")
    assert desk.run("audit", "keygen", "-o", str(desk.folder / "auditor.key")).code == 0
    return desk


def change(desk, statement: str) -> None:
    engine = create_engine(f"sqlite:///{desk.folder / 'isthmus.db'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_trail_is_whole_until_somebody_touches_it(desk):
    desk.left.create(title="Printer on fire")
    desk.run("sync", "pair")
    said = desk.run("audit", "verify", "--json")
    assert said.code == 0
    assert said.json["whole"]
    assert said.json["entries"] > 0
    change(desk, "update trail set body = '{}' where seq = 1")
    broken = desk.run("audit", "verify", "--json")
    assert broken.code == 4
    assert broken.json["first_broken"] == 1


def test_a_trail_is_signed_exported_and_verified(audited):
    key, trail = audited.folder / "auditor.key", audited.folder / "trail.jsonl"
    unsigned = audited.run("audit", "verify", "--public-key", f"{key}.pub", "--json")
    assert (unsigned.code, unsigned.json["problem"]) == (4, "no entry of the trail is signed by this key")
    assert audited.run("audit", "sign", "--key", str(key)).code == 0
    head = audited.run("audit", "head", "--json").json["head"]
    said = audited.run("audit", "verify", "--public-key", f"{key}.pub", "--head", head, "--json")
    assert (said.code, said.json["what"], said.json["signed"]) == (0, "ledger", int(head.split(":")[0]))
    assert audited.run("audit", "trail", "-o", str(trail), "--key", str(key)).code == 0
    assert audited.run("audit", "verify", "--public-key", f"{key}.pub", "--head", head, str(trail)).code == 0
    trail.write_bytes(trail.read_bytes().replace(b"outcome", b"outcast", 1))
    broken = audited.run("audit", "verify", "--public-key", f"{key}.pub", str(trail), "--json")
    assert broken.code == 4
    assert "was altered" in broken.json["problem"]


def test_the_program_in_the_pack_says_the_same(audited):
    key, trail = audited.folder / "auditor.key", audited.folder / "trail.jsonl"
    audited.run("audit", "trail", "-o", str(trail), "--key", str(key))
    head = audited.run("audit", "head", "--json").json["head"]

    def run(*arguments: str):
        return subprocess.run([sys.executable, verify.__file__, *arguments], capture_output=True, text=True, check=False)

    said = run(f"{key}.pub", str(trail), head)
    assert (said.returncode, "Everything holds." in said.stdout) == (0, True), said.stderr
    trail.write_bytes(trail.read_bytes()[:-100])
    said = run(f"{key}.pub", str(trail))
    assert (said.returncode, said.stdout.startswith("BROKEN: trail entry")) == (1, True)
    assert run().returncode == 2
    for words in ((str(trail), str(trail)), (f"{key}.pub", "nowhere.zip"), (f"{key}.pub", str(trail), "seven")):
        said = run(*words)
        assert (said.returncode, said.stderr.startswith("cannot check: ")) == (2, True), said.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "--public-key", "auditor.key.pub", "nowhere.zip"), "cannot be read"),
        (("verify", "--head", "seven"), "is no head"),
        (("verify", "--head", f"0:{'a' * 64}"), "is no head"),
        (("verify", "trail.jsonl"), "--public-key"),
        (("verify", "--public-key", "isthmus.yaml", "trail.jsonl"), "public key"),
        (("sign", "--key", "none.key"), "cannot be read"),
        (("keygen", "-o", "other.key", "--passphrase", "hunter2"), "reference"),
    ],
)
def test_a_wrong_command_line_is_told(desk, words, told, monkeypatch):
    monkeypatch.chdir(desk.folder)
    desk.run("audit", "keygen", "-o", "auditor.key")
    said = desk.run("audit", *words)
    assert said.code == 2
    assert told in said.err


def test_a_person_is_forgotten_and_collected_no_more(audited, monkeypatch):
    address = "rita@acme.example"
    audited.left.create(title=f"Mail of {address}")
    audited.run("sync", "pair")
    audited.run("collect")

    def holding() -> set[str]:
        return {each.name for each in audited.folder.glob("isthmus.d*") if address.encode() in each.read_bytes()}

    assert {"isthmus.db", "isthmus.duckdb"} <= holding()
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    assert audited.run("audit", "forget", address).code == 8
    said = audited.run("audit", "forget", address, "--yes", "--json")
    assert said.code == 0
    assert said.json["ledger"]["values_of_record"] >= 1
    assert said.json["store"]["incidents"] >= 2
    assert len(said.json["unreached"]) == 3
    assert holding() == set()
    audited.left.edit(next(iter(audited.left.records)), title=f"Mail of {address}, again")
    assert audited.run("collect").code == 0
    assert holding() == set()
    assert audited.run("audit", "verify").code == 0
    assert audited.run("audit", "forget").code == 2


def test_a_pack_is_written_and_verified(audited):
    key, pack = audited.folder / "auditor.key", audited.folder / "pack.zip"
    assert audited.run("audit", "pack", "--period", "2026", "-o", str(pack), "--key", str(key)).code == 2  # no store yet
    audited.left.create(title="Mail is slow")
    assert audited.run("collect").code == 0
    year = f"{START:%Y}"
    made = audited.run("audit", "pack", "--period", year, "-o", str(pack), "--key", str(key), "--json")
    assert made.code == 0, made.err
    assert made.json["incidents"] > 0
    public = f"{key}.pub"
    said = audited.run("audit", "verify", "--public-key", public, "--head", made.json["head"], str(pack), "--json")
    assert (said.code, said.json["incidents"]) == (0, made.json["incidents"])
    done = subprocess.run([sys.executable, verify.__file__, public, str(pack)], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("Everything holds.\n"), done.stdout
    assert audited.run("audit", "verify", "--public-key", public).code == 0
