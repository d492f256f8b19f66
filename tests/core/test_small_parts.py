"""The registry, the spool, the tally, close matches."""

from __future__ import annotations

import errno
import hashlib
import tempfile
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from isthmus.core import registry
from isthmus.core.errors import ConfigError, ForbiddenError, NotFoundError, PluginError, RejectedError, UserError
from isthmus.core.shapes import as_list, as_object
from isthmus.core.suggest import did_you_mean
from isthmus.core.sync.spool import Spool
from isthmus.core.sync.tally import Tally

# -- registry


@pytest.fixture
def installed(monkeypatch):
    points = [
        EntryPoint("servicenow", "isthmus.connectors.servicenow:ServiceNow", registry.ENTRY_POINTS),
        EntryPoint("broken", "isthmus.no_such_module:Thing", registry.ENTRY_POINTS),
        EntryPoint("empty", "isthmus.core.sync.tally:NoSuchName", registry.ENTRY_POINTS),
        EntryPoint("other", "isthmus.core.sync.tally:Tally", registry.ENTRY_POINTS),
        EntryPoint("function", "isthmus.core.suggest:did_you_mean", registry.ENTRY_POINTS),
    ]
    monkeypatch.setattr(registry, "_found", lambda: {point.name: point for point in points})
    registry.connector_class.cache_clear()
    yield
    registry.connector_class.cache_clear()


def test_connectors_are_found_by_name(installed):
    assert registry.connector_names() == ["broken", "empty", "function", "other", "servicenow"]
    assert registry.connector_class("servicenow").name == "servicenow"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("servicenw", "did you mean 'servicenow'"),
        ("broken", "cannot be loaded from isthmus.no_such_module:Thing"),
        ("empty", "cannot be loaded from isthmus.core.sync.tally:NoSuchName"),
        ("other", "is not a Connector"),
        ("function", "is not a Connector"),
    ],
)
def test_what_is_no_connector_is_told(installed, name, words):
    with pytest.raises(ConfigError, match=words):
        registry.connector_class(name)


def test_capabilities_are_json_values():
    table = {row["name"]: row for row in registry.capabilities()}
    assert {"servicenow", "zendesk"} <= set(table)
    for row in table.values():
        assert row["title"]
        assert all(isinstance(able, bool) for able in row["operations"].values())
        assert isinstance(row["traits"]["commit_bound"], float)
    assert registry._plain(timedelta(minutes=1)) == 60
    assert registry._plain(frozenset("ba")) == ["a", "b"]
    assert registry._plain(("b", "a")) == ["b", "a"]


def test_a_package_that_does_not_load_keeps_no_other_connector_from_being_listed(installed):
    table = {row["name"]: row for row in registry.capabilities()}
    assert table["servicenow"]["error"] is None
    assert table["servicenow"]["operations"]["census"]
    assert "cannot be loaded from isthmus.no_such_module:Thing" in table["broken"]["error"]


def test_a_package_that_raises_when_its_mapping_is_looked_for_is_named(installed, monkeypatch):
    def broken(name):
        raise RuntimeError("out of order")

    monkeypatch.setattr(registry, "find_spec", broken)
    with pytest.raises(PluginError, match="connector 'broken' cannot be loaded: RuntimeError: out of order"):
        registry.connector_package("broken")


def test_a_plug_in_takes_no_name_that_is_taken(monkeypatch, caplog):
    offered = {"zendesk": ["acme:Zendesk", "isthmus.connectors.zendesk:Zendesk"], "acme": ["b:Acme", "a:Acme", "a:Acme"]}
    points = [EntryPoint(name, value, registry.ENTRY_POINTS) for name, values in offered.items() for value in values]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    found = registry._found.__wrapped__()
    assert {name: point.value for name, point in found.items()} == {
        "zendesk": "isthmus.connectors.zendesk:Zendesk",
        "acme": "a:Acme",
    }
    assert [record.getMessage() for record in caplog.records] == [
        "the plug-in acme:Zendesk is left out: its name 'zendesk' is taken by isthmus.connectors.zendesk:Zendesk",
        "the plug-in b:Acme is left out: its name 'acme' is taken by a:Acme",
    ]


# -- spool


class Vendor:
    def __init__(self) -> None:
        self.downloads = 0

    def download(self, file, target) -> str:
        self.downloads += 1
        if file["id"] == "gone":
            target.write(b"half of")
            raise NotFoundError("not found")
        if file["id"] == "huge":
            raise OSError(errno.ENOSPC, "No space left on device")
        content = f"bytes of {file['id']}".encode()
        target.write(content)
        return hashlib.sha256(content).hexdigest()


def test_a_file_is_downloaded_once_for_a_batch():
    spool, vendor = Spool(), Vendor()
    with spool.batch() as batch:
        for _ in range(2):
            with batch.fetch(vendor, "ops", {"id": 1}) as opened:
                assert opened.read() == b"bytes of 1"
                folder = Path(opened.name).parent
        assert batch.digest(vendor, "ops", {"id": "1"}) == hashlib.sha256(b"bytes of 1").hexdigest()
        assert vendor.downloads == 1
        with batch.fetch(vendor, "support", {"id": 1}) as opened:
            assert vendor.downloads == 2
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(RuntimeError, match="within a batch"):
        spool.digest(vendor, "ops", {"id": 1})
    with spool.batch():
        spool.digest(vendor, "ops", {"id": 1})
    assert vendor.downloads == 3


def test_a_file_that_could_not_be_read_is_asked_for_again_and_leaves_nothing():
    spool, vendor = Spool(), Vendor()
    with spool.batch():
        for _ in range(2):
            with pytest.raises(NotFoundError):
                spool.digest(vendor, "ops", {"id": "gone"})
        with spool.fetch(vendor, "ops", {"id": 2}) as opened:
            assert opened.read() == b"bytes of 2"
    assert vendor.downloads == 3


def test_a_disk_that_is_full_or_has_no_place_for_files_is_told(monkeypatch, tmp_path):
    with Spool().batch() as spool, pytest.raises(UserError, match="No space left on device; TMPDIR names another"):
        spool.digest(Vendor(), "ops", {"id": "huge"})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="No such file or directory; TMPDIR"), Spool().batch():
        pass


# -- tally


def test_the_equation_closes():
    tally = Tally()
    tally.see("incidents", 3)
    tally.count("incidents", "written", 2)
    assert (tally.remainder("incidents"), tally.balanced, tally.outcome) == (1, False, "red")
    tally.count("incidents", "unchanged")
    assert (tally.balanced, tally.outcome) == (True, "ok")
    tally.see("files")
    tally.count("files", "failed")
    assert (tally.balanced, tally.outcome) == (True, "partial")
    report = tally.report()
    assert report["incidents"] == {
        "seen": 3,
        "written": 2,
        "unchanged": 1,
        "excluded": 0,
        "conflicts": 0,
        "failed": 0,
        "unexplained": 0,
    }
    assert report["outcome"] == "partial"


def test_more_outcomes_than_seen_is_red_too():
    tally = Tally()
    tally.count("comments", "conflicts")
    assert (tally.remainder("comments"), tally.outcome) == (-1, "red")


def test_notes_are_bounded():
    tally = Tally()
    for number in range(1100):
        tally.note(str(number))
    assert len(tally.notes) == 1000


# -- close matches


def test_close_matches():
    assert did_you_mean("statsu", ["status", "title"]) == "; did you mean 'status'?"
    assert did_you_mean("xyz", ["status", "title"]) == "; known: status, title"
    assert did_you_mean("xyz", []) == ""


def test_an_error_of_one_record_keeps_what_the_vendor_said() -> None:
    error = ForbiddenError("no", connection="ops", operation="PUT /x", status=403, vendor_words="words")
    refused = error.refusal("hidden", "7")
    assert isinstance(refused, RejectedError)
    assert (refused.message, refused.key, refused.connection, refused.operation) == ("hidden", "7", "ops", "PUT /x")
    assert (refused.status, refused.vendor_words) == (403, "words")


def test_json_of_another_shape_counts_as_empty() -> None:
    assert (as_object({"a": 1}), as_object([1]), as_object(None)) == ({"a": 1}, {}, {})
    assert (as_list([1]), as_list({"a": 1}), as_list("x")) == ([1], [], [])
