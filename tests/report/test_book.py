"""The workbook: what its cells hold, and that it is the same at every call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.export.sheets import LONGEST
from isthmus.core.kpi.figures import Unit
from isthmus.core.report import book
from isthmus.core.report.book import Book, Column, Kind, Measured, text

COLUMNS = (
    Column("Text"),
    Column("Time", Kind.TIME),
    Column("Span", Kind.SPAN),
    Column("Flag", Kind.FLAG),
    Column("URL", Kind.LINK),
)
MOMENT = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)


def written(tmp_path, *rows):
    made = Book(tmp_path / "book.xlsx")
    made.table("Things", COLUMNS, rows)
    made.close()
    return openpyxl.load_workbook(tmp_path / "book.xlsx")["Things"]


def test_a_cell_holds_its_kind(tmp_path):
    sheet = written(tmp_path, ("=1+1", MOMENT, 5400, True, "https://a.example/1"), (None, None, None, False, ""))
    cells = sheet[2]
    assert [cell.value for cell in cells[:4]] == ["'=1+1", MOMENT.replace(tzinfo=None), timedelta(minutes=90), "yes"]
    assert cells[0].data_type == "s"
    assert cells[2].number_format == "[h]:mm"
    assert cells[4].hyperlink.target == "https://a.example/1"
    assert [cell.value for cell in sheet[3]] == [None, None, None, "no", None]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/" + "x" * 3000])
def test_an_address_that_excel_should_not_open_is_text(tmp_path, url):
    cell = written(tmp_path, ("", None, None, None, url)).cell(2, 5)
    assert cell.hyperlink is None
    assert cell.value == url


def test_links_beyond_what_excel_opens_are_text(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "LINKS", 1)
    sheet = written(tmp_path, *(("", None, None, None, f"https://a.example/{n}") for n in range(2)))
    assert [sheet.cell(line, 5).hyperlink is None for line in (2, 3)] == [False, True]


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        (Unit.SECONDS, 90.0, timedelta(seconds=90)),
        (Unit.SHARE, 0.5, 0.5),
        (Unit.MEAN, 1.25, 1.25),
        (Unit.COUNT, None, None),
    ],
)
def test_a_value_brings_its_unit(tmp_path, unit, value, shown):
    assert written(tmp_path, (Measured(unit, value), None, None, None, None)).cell(2, 1).value == shown


def test_a_sheet_without_rows_is_a_table(tmp_path):
    assert written(tmp_path).tables["things"].ref == "A1:E2"


@given(st.text())
def test_no_cell_is_a_formula(words):
    assert not text(words).lstrip().startswith(("=", "+", "-", "@"))
    assert len(text(words).encode("utf-16-le")) // 2 <= LONGEST


def test_a_text_that_is_too_long_is_cut():
    assert text("\N{FIRE}" * LONGEST).endswith("\N{FIRE}…")
    assert len(text("x" * 40_000)) == LONGEST
