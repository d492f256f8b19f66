"""The evidence pack: it holds, it is the same each time, and every attack on it is named."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import warnings
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isthmus.core.config.config import Config
from isthmus.core.errors import InterruptedRunError, LedgerError, UserError
from isthmus.core.evidence import pack as packing
from isthmus.core.evidence.container import Container
from isthmus.core.evidence.derivations import PART
from isthmus.core.evidence.keys import Signer, generate
from isthmus.core.evidence.verify import SEAL, Broken, canonical, check
from isthmus.core.kpi.compute import compute
from isthmus.core.kpi.figures import Report
from isthmus.core.kpi.periods import Period
from isthmus.core.ledger.ledger import Ledger
from isthmus.core.net.secrets import SecretText
from isthmus.core.store.store import Store
from isthmus.testing.generated_store import CONNECTIONS, CONNECTORS, fill

NOW = datetime(2026, 7, 2, tzinfo=UTC)
CONFIG = Config.model_validate(
    {
        "connections": {
            name: {"connector": connector, "auth": {"password": "env:SECRET"}}
            for name, connector in zip(CONNECTIONS, CONNECTORS, strict=True)
        },
        "report": {
            "zone": "Europe/Berlin",
            "calendar": "office",
            "calendars": {"office": {"zone": "Europe/Berlin", "hours": {"mon-fri": ["09:00-17:30"]}}},
            "targets": {"first_response": {1: "15m", 2: "1h"}, "resolve": {1: "4h", 2: "8h", 3: "27h"}},
            "tiers": {"Service Desk": "L1", "Network": "L2"},
        },
    }
)


def write(made: tuple[Store, Report], folder: Path, signer: Signer, **options) -> Path:
    """Write a pack as the program does, but for the page's charts."""
    path = folder / "pack.zip"
    ledger = Ledger(f"sqlite:///{folder}/isthmus.db", clock=lambda: NOW)
    ledger.record("run", "pair", [{"kind": "update", "number": 1}])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "html", lambda report: f"<title>{report.title}</title>")
        try:
            packing.write_pack(made[0], ledger, CONFIG, made[1], path, signer, **options)
        finally:
            ledger.close()
    return path


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Store, Report]]:
    """The report of the first quarter, and the store that it is made of."""
    with Store(None) as store:
        fill(store, 240)
        store.sql.execute("update collections set vendor_count = 0 where connection = 'plus'")
        yield store, compute(store, CONFIG.report, Period.parse("2026-Q1", "Europe/Berlin"), NOW)


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> Signer:
    return generate(tmp_path_factory.mktemp("key") / "auditor.key")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, made, key) -> Path:
    return write(made, tmp_path_factory.mktemp("pack"), key)


@pytest.fixture
def pack(whole, tmp_path) -> Path:
    """A copy to be attacked."""
    return Path(shutil.copy(whole, tmp_path / "attacked.zip"))


def refused(path: Path, key: Signer) -> str:
    with pytest.raises(Broken) as caught:
        check(path, key.public_key)
    return str(caught.value)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


# -- what holds


@pytest.mark.unmeasured
@pytest.mark.parametrize("count", [PART + 1000, pytest.param(100_000, marks=pytest.mark.acceptance)])
def test_a_pack_of_many_incidents_is_made_in_the_memory_of_a_store(key, tmp_path, count):
    with Store(tmp_path / "isthmus.duckdb") as store:
        fill(store, count)
        report = compute(store, CONFIG.report, Period.parse("2024-07-01..2026-06-30", "Europe/Berlin"), NOW)
        found = check(write((store, report), tmp_path, key), key.public_key)
    assert found["incidents"] > count * 0.9


def test_a_pack_holds(whole, key):
    found = check(whole, key.public_key)
    assert whole.stat().st_mode & 0o777 == 0o600
    assert found["entries"] == found["signed"] == 3
    assert found["figures"] > 300
    assert found["incidents"] > 20
    assert found["not_proven_complete"] == ["plus"]
    assert check(whole, key.public_key, (3, found["hash"])) == found
    with pytest.raises(Broken, match="its end was cut off"):
        check(whole, key.public_key, (4, found["hash"]))


def test_it_holds_what_the_report_is_made_of_and_no_secret(whole):
    SecretText("hunter2-hunter2")
    held = contents(whole)
    assert {*packing.SPOOLED, "README.txt", "verify.py", "report.html", "report.json", "trail.jsonl"} <= held.keys()
    assert {f"mappings/{name}.json" for name in CONNECTIONS} <= held.keys()
    facts = [json.loads(line) for line in held["facts.jsonl"].splitlines()]
    incidents = [json.loads(line) for line in held["incidents.jsonl"].splitlines()]
    assert [(each["connection"], each["incident"]) for each in facts] == [
        (each["connection"], each["incident"]) for each in incidents
    ]
    report = json.loads(held["report.json"])
    volume = next(each for each in report["figures"] if each["kpi"] == "volume")
    assert volume["count"] == sum(
        any(one["kpi"] == "volume" and not one["period"] for one in each["counted"]) for each in facts
    )
    assert json.loads(held["configuration.json"])["connections"]["ops"]["auth"] == {"password": "env:SECRET"}
    assert json.loads(held["trail.jsonl"].splitlines()[1])["body"].startswith('{"as_of":')


def test_the_same_report_gives_the_same_pack(whole, made, key, tmp_path):
    assert write(made, tmp_path, key).read_bytes() == whole.read_bytes()


def test_a_secret_in_a_configuration_is_masked():
    SecretText("correct horse battery")
    value = {"a": ["x correct horse battery", 1], "b": None}
    assert packing._redacted(value, None) == {"a": ["x ***", 1], "b": None}


def test_people_can_be_hidden(made, key, tmp_path):
    path = write(made, tmp_path, key, mask=True)
    assert check(path, key.public_key)["figures"] > 300
    held = contents(path)
    for name, content in held.items():
        assert b"@example.com" not in content, name
        assert not re.search(rb"Agent \d|User \d", content), name
    assert b"people.invalid" in held["incidents.jsonl"]
    assert {ticket["title"] for each in json.loads(held["report.json"])["figures"] for ticket in each["tickets"]} == {""}
    assert write(made, tmp_path, key).stat().st_size > 0


def test_a_wish_to_stop_leaves_nothing(made, key, tmp_path):
    with pytest.raises(InterruptedRunError):
        write(made, tmp_path, key, stop=lambda: True)
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith("isthmus.db")] == []


def test_a_place_that_does_not_exist_is_told(made, key, tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path}/isthmus.db", clock=lambda: NOW)
    with pytest.raises(UserError, match="cannot be written: No such file"):
        packing.write_pack(made[0], ledger, CONFIG, made[1], tmp_path / "nowhere" / "pack.zip", key)
    assert ledger.trail_head()[0] == 0
    ledger.close()


def test_a_broken_trail_is_not_packed(made, key, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isthmus.core.ledger.chain.entry_hash", lambda *parts: "0" * 64)
        with pytest.raises(LedgerError, match="not signed"):
            write(made, tmp_path, key)
    assert not (tmp_path / "pack.zip").exists()


# -- somebody without the key


def place(path: Path, at: int) -> str:
    """Give the file of a pack in whose content a byte stands, or an empty name."""
    with zipfile.ZipFile(path) as pack, path.open("rb") as file:
        for info in pack.infolist():
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            first = info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            if first <= at < first + info.compress_size:
                return info.filename
    return ""


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_byte_is_named(whole, pack, key, data):
    content = bytearray(whole.read_bytes())
    parts = st.integers(0, len(content) - 1) | st.integers(len(content) - 4000, len(content) - 1)
    at = data.draw(parts)
    content[at] ^= data.draw(st.integers(1, 255))
    pack.write_bytes(content)
    words = refused(pack, key)
    name = place(whole, at)
    if at >= len(content) - SEAL:
        assert "the seal" in words
    elif name:
        assert name in words or "between the files" in words
    else:
        assert (
            "between the files" in words
            or "directory" in words
            or "cannot be read" in words
            or "to the pack" in words
            or "missing" in words
        )


@pytest.mark.acceptance
def test_each_changed_byte_is_named(whole, pack, key):
    content = whole.read_bytes()
    for at in range(0, len(content), 97):
        pack.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        words, name = refused(pack, key), place(whole, at)
        assert name in words or "between the files" in words or "the seal" in words, (at, name, words)


@pytest.mark.parametrize("cut", [1, SEAL, SEAL + 1, 5000])
def test_a_cut_end_fails(whole, pack, key, cut):
    pack.write_bytes(whole.read_bytes()[:-cut])
    assert "the seal" in refused(pack, key)


def test_what_stands_before_or_within_is_named(whole, pack, key):
    content = whole.read_bytes()
    pack.write_bytes(b"PK" + content)
    assert "between the files" in refused(pack, key)
    pack.write_bytes(content[:-SEAL] + b" " + content[-SEAL:])
    assert "between the files" in refused(pack, key) or "directory" in refused(pack, key)


def test_a_pack_signed_by_another_key_fails(pack, key, other):
    assert "the seal" in refused(pack, other)
    repack(pack, other, {})
    assert "the seal" in refused(pack, key)
    assert "from trail entry 1 on, nothing is signed by this key" in refused(pack, other)


@pytest.mark.parametrize("name", ["more.txt", "../../up.txt", "/etc/passwd", "facts.jsonl", "manifest.json", "C:\\x"])
def test_an_added_file_is_named(whole, pack, key, name):
    with warnings.catch_warnings(), zipfile.ZipFile(pack, "a") as target:
        warnings.simplefilter("ignore")  # of a name that stands twice
        target.writestr(name, "more")
    with pack.open("ab") as file:
        file.write(whole.read_bytes()[-SEAL:])
    assert ("manifest.json was altered" if name == "manifest.json" else f"{name} was added to the pack") in refused(
        pack, key
    )


def test_a_bomb_is_named_and_not_unpacked(whole, pack, key):
    with zipfile.ZipFile(pack, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr("bomb.txt", bytes(30_000_000))
    with pack.open("ab") as file:
        file.write(whole.read_bytes()[-SEAL:])
    assert "bomb.txt was added" in refused(pack, key)


def foreign(path: Path, files: dict[str, bytes], seal: bytes) -> None:
    """Write a zip with somebody's files and the seal of another pack."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
        target.comment = b" " * SEAL
    path.write_bytes(path.read_bytes()[:-SEAL] + seal)


def fewer(files: dict[str, bytes]) -> dict[str, bytes]:
    manifest = json.loads(files["manifest.json"])
    del manifest["files"]["facts.jsonl"], files["facts.jsonl"]
    return {**files, "manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda files: files, "between the files"),
        (lambda files: {name: files[name] for name in files if name != "timeline.jsonl"}, "timeline.jsonl is missing"),
        (lambda files: {**files, "verify.py": b"print('Everything holds.')"}, "verify.py was altered"),
        (lambda files: {**files, "report.json": files["report.json"].replace(b"0", b"1", 1)}, "report.json was altered"),
        (lambda files: {**files, "facts.jsonl": bytes(len(files["facts.jsonl"]) * 3)}, "facts.jsonl was altered"),
        (fewer, "manifest.json was altered"),
        (lambda files: {name: files[name] for name in files if name != "manifest.json"}, "manifest.json cannot be read"),
    ],
)
def test_files_that_were_exchanged_are_named(whole, pack, key, change, words):
    foreign(pack, change(contents(whole)), whole.read_bytes()[-SEAL:])
    assert words in refused(pack, key)


def test_a_file_of_another_pack_is_named(whole, pack, key, tmp_path):
    other = Path(shutil.copy(whole, tmp_path / "other.zip"))
    repack(other, key, {"incidents.jsonl": drop_line})
    foreign(pack, {**contents(whole), "incidents.jsonl": contents(other)["incidents.jsonl"]}, whole.read_bytes()[-SEAL:])
    assert "incidents.jsonl was altered" in refused(pack, key)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\3\4" + bytes(2000), b"words"])
def test_what_is_no_pack_is_told(pack, key, content):
    pack.write_bytes(content)
    assert "seal" in refused(pack, key) or "trail entry 1" in refused(pack, key)


def test_a_seal_on_something_that_is_no_zip_is_told(pack, key):
    body = b"PK" + bytes(5000)
    checkpoint = {"kind": "checkpoint", "manifest": "0" * 58, "pack": hashlib.sha256(body).hexdigest()}
    pack.write_bytes(body + canonical(key.state(checkpoint)))
    assert "the seal" in refused(pack, key)
    seal = {"kind": "pack", "manifest": "0" * 64, "pack": hashlib.sha256(body).hexdigest()}
    pack.write_bytes(body + canonical(key.state(seal)))
    assert "directory of the zip" in refused(pack, key)


# -- somebody with the key: what the pack says of itself must hold


def repack(path: Path, signer: Signer, changes: dict[str, Callable[[bytes], bytes]], told: dict | None = None) -> None:
    """Sign a pack in which some files say something else."""
    files = contents(path)
    facts = json.loads(files.pop("manifest.json"))
    del facts["files"]
    with path.open("w+b") as file:
        container = Container(file)
        for name, content in files.items():
            container.add(name, changes.get(name, lambda same: same)(content))
        container.seal({**facts, **(told or {})}, signer)


def first_line(**changes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        line, rest = content.split(b"\n", 1)
        return json.dumps({**json.loads(line), **changes}).encode() + b"\n" + rest

    return change


def untold(content: bytes) -> bytes:
    told = json.loads(content)
    del told["connections"][0]
    return json.dumps(told).encode()


def drop_line(content: bytes) -> bytes:
    return content.split(b"\n", 1)[1]


def figure(name: str) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        report = json.loads(content)
        found = next(each for each in report["figures"] if each["kpi"] == "mttr" and each["dimension"] == "priority")
        found[name] = (found[name] or 0) + 1
        return json.dumps(report).encode()

    return change


def miscount(content: bytes) -> bytes:
    told = json.loads(content)
    told["connections"][0]["copies"] += 1
    return json.dumps(told).encode()


def resolved(content: bytes) -> bytes:
    """Let an incident be resolved five seconds earlier."""
    lines = [json.loads(line) for line in content.splitlines()]
    fact = next(each for each in lines if each["resolve"])
    fact["resolve"] -= 5
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def unmeasured(content: bytes) -> bytes:
    lines = [json.loads(line) for line in content.splitlines()]
    fact = next(each for each in lines if each["resolve"] and any(one["kpi"] == "mttr" for one in each["counted"]))
    next(one for one in fact["counted"] if one["kpi"] == "mttr")["value"] -= 5
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("report.json", figure("value"), "report.json: value of mttr priority"),
        ("report.json", figure("count"), "report.json: count of mttr priority"),
        ("report.json", figure("median"), "report.json: median of mttr priority"),
        ("report.json", figure("p90"), "report.json: p90 of mttr priority"),
        ("facts.jsonl", drop_line, "report.json: "),
        ("facts.jsonl", resolved, "facts.jsonl: resolve of "),
        ("facts.jsonl", unmeasured, "facts.jsonl: mttr of "),
        ("calendar_hours.jsonl", lambda content: content.replace(b"T16:30:00Z", b"T16:31:00Z"), "facts.jsonl: "),
        ("incidents.jsonl", drop_line, "completeness.json: the incidents of "),
        ("incidents.jsonl", first_line(connection="nowhere"), "completeness.json: the incidents of "),
        ("completeness.json", miscount, "completeness.json: the incidents of "),
        ("completeness.json", untold, "completeness.json: it does not tell of "),
        ("completeness.json", lambda content: b'{"connections": {"a": 1}}', "is not what Isthmus writes (TypeError"),
        ("completeness.json", lambda content: b"[" * 100_000, "is not what Isthmus writes (RecursionError"),
        ("trail.jsonl", drop_line, "trail entry 1 "),
        ("report.json", lambda content: b"{}", "is not what Isthmus writes (KeyError"),
        ("definitions.json", lambda content: b"[]", "is not what Isthmus writes (KeyError"),
        ("facts.jsonl", lambda content: b"words\n", "is not what Isthmus writes (JSONDecodeError"),
        ("trail.jsonl", lambda content: content.rsplit(b"\n", 2)[0] + b"\n", "nothing is signed by this key"),
    ],
)
def test_a_pack_that_contradicts_itself_is_told(pack, key, name, change, words):
    repack(pack, key, {name: change})
    assert words in refused(pack, key)


def test_a_pack_of_which_nothing_was_changed_holds_when_it_is_signed_again(pack, key):
    repack(pack, key, {})
    assert check(pack, key.public_key)["figures"] > 300


def test_a_manifest_that_counts_lines_or_names_a_head_wrongly_is_told(pack, key):
    repack(pack, key, {"comments.jsonl": lambda content: content + b"{}"})
    assert "comments.jsonl holds" in refused(pack, key)
    repack(pack, key, {}, {"trail": [2, "0" * 64]})
    assert "the head that the manifest names" in refused(pack, key)
