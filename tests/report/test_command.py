"""The command's work: from a store to files, the same at every call, and to the tickets of a figure."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import orjson
import pytest
from isthmus.core.config.config import Config, ConnectionConfig
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.errors import UserError
from isthmus.core.kpi.compute import compute
from isthmus.core.kpi.figures import Report
from isthmus.core.kpi.periods import Period
from isthmus.core.report import xlsx
from isthmus.core.report.xlsx import write_xlsx
from isthmus.core.run.exits import Exit
from isthmus.core.run.report import list_tickets, report
from isthmus.core.store.store import Store
from isthmus.testing.generated_store import fill

COLLECTED = datetime(2026, 7, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
SETTINGS = {
    "title": "Incidents at Acme",
    "zone": "Europe/Berlin",
    "targets": {"first_response": {1: "15m", 2: "1h"}, "resolve": {1: "4h", 2: "8h", 3: "3d"}},
    "tiers": {"Service Desk": "L1", "Network": "L2"},
}
FILES = ("report.html", "report.xlsx", "report.json")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("acme")
    with Store(folder / "isthmus.duckdb") as store:
        fill(store, 300)
    connections = {"ops": ConnectionConfig(connector="servicenow")}
    return Config(connections=connections, report=ReportConfig.model_validate(SETTINGS), folder=folder)


@pytest.fixture(scope="module")
def made(config, tmp_path_factory):
    """A report as it was made on the day of the collection, and its files."""
    folder = tmp_path_factory.mktemp("made")
    return report(config, "2026-Q1", [folder / name for name in FILES], now=NOW)


def contents(made):
    return {Path(path).name: Path(path).read_bytes() for path in made.files}


def learn_later(config):
    """Let the store learn, a month later, another title and priority of an incident of the period."""
    with Store(config.store_path) as store, store.transaction():
        learned = store.tick(COLLECTED + timedelta(days=30)).replace(tzinfo=None)
        store.sql.execute(
            "create temp table old as select * from incidents where superseded_at = 'infinity' "
            "and resolved_at between timestamp '2026-02-01' and timestamp '2026-03-01' and priority > 1 order by incident limit 1"
        )
        store.sql.execute(
            "update incidents set superseded_at = ? from old where incidents.incident = old.incident", [learned]
        )
        store.sql.execute("update old set learned_at = ?, title = 'Learned later', priority = 1", [learned])
        store.sql.execute("insert into incidents select * from old")


def test_the_files_agree(made):
    files = contents(made)
    values = Report.model_validate_json(files["report.json"])
    overall = {figure.kpi: figure.value for figure in values.figures if figure.dimension is None}
    assert overall == made.figures
    assert overall["volume"] > 20
    assert f">{overall['volume']:.0f}<".encode() in files["report.html"]
    assert made.exit is Exit.OK
    assert orjson.loads(orjson.dumps(made.report()))["incidents"] == values.incidents


def test_the_report_is_recorded(config, made):
    with Store(config.store_path, read_only=True) as store:
        rows = store.sql.execute("select made_at, as_of, first, last, settings, digests from reports limit 1").fetchall()
    made_at, as_of, first, last, settings, digests = rows[0]
    assert (made_at, as_of) == (NOW.replace(tzinfo=None), COLLECTED.replace(tzinfo=None))
    assert (first, last) == ("2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z")
    assert orjson.loads(settings)["zone"] == "Europe/Berlin"
    assert sorted(orjson.loads(digests).values()) == sorted(made.files.values())


def test_an_earlier_moment_gives_the_same_bytes_and_what_was_learned_since(config, made, tmp_path):
    learn_later(config)
    again = report(config, "2026-Q1", [tmp_path / name for name in FILES], now=NOW + timedelta(days=9), as_of=COLLECTED)
    assert contents(again) == contents(made)
    since = orjson.loads(again.later.read_bytes())
    assert again.later.name == "report.later.json"
    assert [row["title"] for row in since["incidents"]["rows"]] == ["Learned later"]
    assert "priority" in since["incidents"]["rows"][0]["what"]
    assert any(each["dimension"] == "priority" and each["then"] != each["now"] for each in since["figures"])
    now = report(config, "2026-Q1", [tmp_path / "now.html"], now=NOW)
    assert now.later is None
    assert "Learned later" not in (tmp_path / "report.html").read_text()
    report(config, "2026-Q1", [tmp_path / name for name in FILES], now=NOW)
    assert not again.later.exists()


def test_a_figure_of_the_page_is_the_tickets_that_its_command_lists(config, made):
    values = Report.model_validate_json(contents(made)["report.json"])
    figure = next(each for each in values.figures if each.kpi == "mttr" and each.dimension == "priority" and each.count > 1)
    listed = list_tickets(config, "2026-Q1", "mttr", by=f"priority={figure.value_of}", as_of=COLLECTED)
    assert len(listed.tickets) == figure.count
    assert sum(ticket.value for ticket in listed.tickets) / figure.count == pytest.approx(figure.value)
    assert listed.tickets[: len(figure.tickets)] == figure.tickets
    assert listed.report()["count"] == figure.count
    command = f"isthmus report --period 2026-Q1 --as-of 2026-07-01T00:00:00Z --tickets mttr --by priority={figure.value_of}"
    assert command in contents(made)["report.html"].decode()
    assert shlex.split(command)


def test_the_workbook_has_tables_numbers_and_moments(made):
    book = openpyxl.load_workbook(next(path for path in made.files if path.endswith("xlsx")))
    values = Report.model_validate_json(contents(made)["report.json"])
    assert book.sheetnames[:3] == ["Summary", "Trends", "Figures"]
    assert all(len(sheet.tables) == 1 for sheet in book)
    figures, tickets = book["Figures"], book["Tickets"]
    assert figures.max_row == len(values.figures) + 1
    assert tickets.max_row == values.incidents + 1
    row = dict(zip([cell.value for cell in tickets[1]], [cell.value for cell in tickets[2]], strict=True))
    assert isinstance(row["Opened (UTC)"], datetime)
    assert isinstance(row["Time to resolve"], timedelta | type(None))
    assert tickets.cell(2, tickets.max_column).hyperlink.target.startswith("https://")
    assert len(book["Trends"]._charts) == len(values.kpis)
    breached = {row[1] for row in book["Breaches"].iter_rows(min_row=2, values_only=True)}
    assert {ticket.key for ticket in values.breaches} <= breached


def test_a_full_sheet_goes_on_in_a_further_one(config, tmp_path, monkeypatch):
    """However many rows are sorted at once."""
    with Store(config.store_path) as store:
        made = compute(store, config.report, Period.parse("2026-Q1", "Europe/Berlin"), COLLECTED)
        write_xlsx(store, made, tmp_path / "report.xlsx", limit=20)
        monkeypatch.setattr(xlsx, "SORTED", 7)
        write_xlsx(store, made, tmp_path / "again.xlsx", limit=20)
    assert (tmp_path / "report.xlsx").read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book["Tickets"].max_row == 20
    assert list(book["Tickets 2"].tables) == ["tickets_2"]
    told = [row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0] == "Sheet Tickets"]
    assert "a sheet was full, the rest is on Tickets 2 to" in told[0]


@pytest.mark.parametrize(
    ("period", "files", "words"),
    [("2026-Q5", ("a.html",), "is no period"), ("2026", ("a.pdf",), "is written as .html, .xlsx, .json")],
)
def test_what_cannot_be_made_is_refused(config, tmp_path, period, files, words):
    with pytest.raises(UserError, match=words):
        report(config, period, [tmp_path / name for name in files], now=NOW)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kpi", "by", "words"),
    [
        ("mtr", None, "unknown KPI 'mtr'"),
        ("mttr", "priorty=1", "did you mean 'priority'"),
        ("mttr", "priority", "DIMENSION=VALUE"),
    ],
)
def test_what_names_no_figure_is_refused(config, kpi, by, words):
    with pytest.raises(UserError, match=words):
        list_tickets(config, "2026-Q1", kpi, by=by)


def test_without_a_store_there_is_no_report(tmp_path):
    config = Config(connections={"ops": ConnectionConfig(connector="servicenow")}, folder=tmp_path)
    with pytest.raises(UserError, match="isthmus collect"):
        report(config, "2026", [], now=NOW)
    Store(config.store_path).close()
    with pytest.raises(UserError, match="nothing is in the store"):
        report(config, "2026", [], now=NOW)


def test_a_source_that_is_not_complete_needs_a_person(config):
    with Store(config.store_path) as store:
        store.sql.execute("update collections set held = held - 1, missing = '[\"7\"]' where connection = 'ops'")
    made = report(config, "2026-03", [], now=NOW)
    assert made.incomplete == ("ops",)
    assert made.exit is list_tickets(config, "2026-03", "mttr").exit is Exit.PARTIAL


def test_a_connection_that_was_never_collected_is_lacking(config):
    more = {**config.connections, "new": ConnectionConfig(connector="jira")}
    wider = config.model_copy(update={"connections": more})
    made = report(wider, "2025-03", [], now=NOW, as_of=COLLECTED)
    assert ("new" in made.incomplete, made.exit) == (True, Exit.PARTIAL)


def test_a_value_that_no_incident_has_is_told(config):
    with pytest.raises(UserError, match="no incident of 2026-Q1 has group=Netwrk; did you mean 'Network'"):
        list_tickets(config, "2026-Q1", "mttr", by="group=Netwrk")
    with pytest.raises(UserError, match="has period=2026-02-30"):
        list_tickets(config, "2026-Q1", "mttr", by="period=2026-02-30")


def test_before_anything_was_known_there_is_no_report(config):
    with pytest.raises(
        UserError, match="nothing had been collected by 2020-01-01T00:00:00Z; what the store knows begins at"
    ):
        report(config, "2026-03", [], now=NOW, as_of=datetime(2020, 1, 1, tzinfo=UTC))
