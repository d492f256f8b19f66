"""No text becomes a formula, whoever wrote it, and every text comes back as it was."""

from __future__ import annotations

import csv
import unicodedata

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from isthmus.core.export.cells import safe, safe_sql
from isthmus.core.export.sheets import Sheets, fitting, new_book
from isthmus.core.store import quoting
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
HOSTILE = st.builds(
    "{}{}{}".format,
    st.text(st.sampled_from(" \t\r\n\x00\x0b\x1f\u00a0\u200b\u2028\u3000\ufeff\x85"), max_size=3),
    st.sampled_from(SIGNS + "a'\","),
    TEXTS,
)


@pytest.fixture(scope="module")
def sql():
    with duckdb.connect() as made:
        yield made


def begins_a_formula(text: str) -> bool:
    """Tell, in another way than the rule does, whether a spreadsheet program may take a text for a formula."""
    if text[:1] in set("\t\r\n\x0b\x0c\x85\u2028\u2029"):
        return True
    for sign in text:
        if unicodedata.category(sign)[0] in "ZC":
            continue
        return unicodedata.normalize("NFKC", sign) in set(SIGNS)
    return False


@given(TEXTS | HOSTILE)
@example("=cmd|'/c calc'!A0")
@example("\u200b\u3000\uff1d1+1")
@example("+49 30 123456")
@example("-5")
@example("'=1")
def test_what_could_be_a_formula_is_plain_text(text):
    shown = safe(text)
    assert shown in (text, "'" + text)
    assert not begins_a_formula(shown)
    if shown != text:
        assert begins_a_formula(text)


@pytest.mark.parametrize("value", [-5, 0, -1.5, True, None])
def test_what_has_a_type_keeps_it(value):
    assert safe(value) is value


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXTS | HOSTILE, TEXTS | HOSTILE), min_size=1, max_size=20))
def test_csv_has_the_same_rule_and_is_read_back(sql, tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("cells") / 'it\'s "one".csv'
    rows = ", ".join(f"({quoting.string(one)}, {quoting.string(other)})" for one, other in pairs if "\0" not in one + other)
    expected = [[safe(one), safe(other)] for one, other in pairs if "\0" not in one + other]
    if not rows:
        return
    query = f"select {safe_sql('a')} as a, {safe_sql('b')} as b from (values {rows}) as t(a, b)"
    sql.execute(f"copy ({query}) to {quoting.string(str(path))} (format csv, header true)")
    with path.open(newline="", encoding="utf-8") as source:
        assert list(csv.reader(source)) == [["a", "b"], *expected]


@settings(max_examples=20)
@given(st.lists(TEXTS | HOSTILE, min_size=1, max_size=20))
def test_a_workbook_gives_every_text_back(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("cells") / "cells.xlsx"
    book = new_book(path)
    sheets = Sheets(book, "Texts", [("text", 20)], book.add_format({"bold": True}), limit=6)
    for text in texts:
        sheet, line = sheets.next()
        sheet.write_string(line, 0, fitting(safe(text)))
    sheets.close()
    book.close()
    read = load_workbook(path)
    cells = [row[0] for sheet in read for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type in "sn" for cell in cells)  # s: text; n: nothing
    assert [unescape(cell.value or "") for cell in cells] == [safe(text) for text in texts]


@pytest.mark.parametrize("quote", [quoting.string, quoting.name])
def test_a_nul_is_refused(quote):
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")


@given(TEXTS.filter(lambda text: "\0" not in text), TEXTS.filter(lambda text: text and "\0" not in text))
def test_what_is_quoted_is_one_text_and_one_name(sql, text, name):
    found = sql.execute(f"select {quoting.string(text)} as {quoting.name(name)}")
    assert [found.description[0][0], found.fetchall()] == [name, [(text,)]]
