"""The language of qualifications: what it selects, what it refuses, and that indexes change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox.bmc_helix.evaluate import Moment, bounds, compile_expression, equals
from isthmus.sandbox.bmc_helix.forms import HELP_DESK, INTERFACE_FORM, all_forms
from isthmus.sandbox.bmc_helix.indexes import Range
from isthmus.sandbox.bmc_helix.parameters import read_query, read_shown
from isthmus.sandbox.bmc_helix.qualification import QualificationError, parse
from isthmus.sandbox.bmc_helix.search import Query, run
from isthmus.sandbox.bmc_helix.store import Store
from isthmus.sandbox.vendor import RefusedError
from werkzeug.datastructures import MultiDict

FORM = all_forms()[INTERFACE_FORM]
NOW = 1_700_000_000
MOMENT = Moment("isthmus", NOW)
ROWS = [
    {"Entry ID": "INC000000000098", "Incident Number": "INC000000000001", "Status": "New", "Description": "VPN down",
     "Last Modified Date": NOW - 100, "Submit Date": NOW - 200, "Priority Weight": 25, "Submitter": "isthmus",
     "Status-History": {"New": ("eva", NOW - 200)}},
    {"Entry ID": "INC000000000099", "Incident Number": "INC000000000002", "Status": "Resolved", "Description": 'say "hi" 50%',
     "Last Modified Date": NOW - 100, "Submit Date": NOW - 300, "Priority Weight": 10, "Assignee": "Fiona Fulfiller",
     "Status-History": {"Resolved": ("fiona", NOW - 100)}, "Resolution": "done"},
    {"Entry ID": "INC000000000100", "Incident Number": "INC000000000003", "Status": "Closed", "Description": "printer's jam",
     "Last Modified Date": NOW - 50, "Submit Date": NOW - 400, "Priority Weight": 0, "Assignee": "Otto Admin"},
]  # fmt: skip


def store_of(rows):
    store = Store()
    for row in rows:
        store[HELP_DESK].put(row)
    return store


STORE = store_of(ROWS)


def selected(text, store=STORE, **rest):
    page = run(store[HELP_DESK], FORM, Query(parse(text), **rest), None, MOMENT)
    return [int(row["Incident Number"][3:]) for row in page.rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'Status' = \"New\"", [1]),
        ("'Status' = \"new\"", [1]),
        ("'Status' != \"New\"", [2, 3]),
        ("'Status' < 4", [1]),
        ("'Status' >= \"Resolved\"", [2, 3]),
        ("4 <= 'Status'", [2, 3]),
        ("'7' = 5", [3]),
        ("'1000000161' = \"INC000000000002\"", [2]),
        ("'Incident Number' = \"inc000000000002\"", [2]),
        ("'Request ID' = \"INC000000000099|INC000000000099\"", [2]),
        ("'Request ID' = \"INC000000000099\"", []),
        ("'Request ID' > \"INC000000000098|INC000000000098\"", [2, 3]),
        ("'Entry ID' = \"INC000000000100\"", [3]),
        ("'Assignee' = $NULL$", [1]),
        ("'Priority Weight' > $NULL$ + 1", []),
        ("'Assignee' != $NULL$", [2, 3]),
        ("$NULL$ = 'Assignee'", [1]),
        ("'Assignee' > $NULL$", []),
        ("'Assignee' != \"Otto Admin\"", [2]),
        ("NOT 'Assignee' = \"Otto Admin\"", [2]),
        ("! ('Assignee' = \"Otto Admin\")", [2]),
        ("'Assignee' = \"otto admin\" || 'Status' = 0", [1, 3]),
        ("'Status' = 0 OR 'Assignee' = \"x\" OR 'Status' = 5 AND 'Priority Weight' = 0", [1, 3]),
        ("('Status' = 0 OR 'Status' = 5) && 'Priority Weight' = 0", [3]),
        ("NOT ('Status' = 0 AND 'Assignee' = \"x\")", [2, 3]),
        ("NOT ('Status' = 5 OR 'Assignee' = \"x\")", [2]),
        ("'Description' LIKE \"%vpn%\"", [1]),
        ("'Description' like \"VPN_down\"", [1]),
        ("'Description' LIKE \"vpn\"", []),
        ("'Assignee' LIKE \"%\"", [2, 3]),
        ("'Description' = \"say \"\"hi\"\" 50%\"", [2]),
        ("'Description' = \"printer's jam\"", [3]),
        ("'Priority Weight' > 5", [1, 2]),
        ("'Priority Weight' = \"10\"", [2]),
        ("'Priority Weight' + 5 = 15", [2]),
        ("('Priority Weight' - 5) * 2 = 10", [2]),
        ("'Priority Weight' / 0 = 1", []),
        ("'Priority Weight' = -1 + 11", [2]),
        ("'Assignee' = 'Assignee'", [2, 3]),
        ("'Submit Date' + 100 = 'Last Modified Date'", [1]),
        ("'Re-Opened Date' + 100 = 'Last Modified Date'", []),
        (f"'Last Modified Date' >= {NOW - 60}", [3]),
        ("'Last Modified Date' = \"2023-11-14T22:11:40.000+0000\"", [1, 2]),
        ("'Last Modified Date' = \"2023-11-14T22:11:40\"", [1, 2]),
        ("'Last Modified Date' = \"2023-11-14 22:11:40\"", [1, 2]),
        ("'Last Modified Date' = \"11/14/2023 10:11:40 PM\"", [1, 2]),
        ("'Last Modified Date' > \"2023-11-15\"", []),
        ("'Last Modified Date' > $TIMESTAMP$ - 60", [3]),
        ("$TIMESTAMP$ - 60 < 'Last Modified Date'", [3]),
        ("'Submitter' = $USER$", [1]),
        ("'Status-History.Resolved.TIME' = 1699999900", [2]),
        ("'Status History.New.USER' = \"eva\"", [1]),
        ("1 = 1", [1, 2, 3]),
        ('"a" = "b"', []),
        ("$NULL$ + 1 = 1", []),
        ("1 = $NULL$", []),
        ("'SRInstanceID' = \"NA\"", [1, 2, 3]),
        ("'Incident Number' = \"INC000000000001\" OR 'Incident Number' = \"INC000000000003\"", [1, 3]),
    ],
)  # fmt: skip
def test_what_a_qualification_selects(text, found):
    assert selected(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "'Status'", "'Status' =", '= "New"', "'Status' = \"New\" AND", "'Status' = \"New", "'Status = 1", "(1 = 1",
        "1 = 1)", "'Status' ~ 1", "'Status' = 1 2", "Status = 1", "'Status' IS NULL", "NOT", "()", "1 = (2", "1 + ", "1 = $",
        "'Status' = \"Nonsense\"", "'Status' = \"4\"", "'Last Modified Date' = \"soon\"", "'Last Modified Date' = \"Tx\"",
        "'Priority Weight' = \"many\"", "'Status' LIKE \"N%\"", "'Description' LIKE 'Resolution'", "'Description' LIKE 5",
        "'Description' + 1 = 2", '"a" + 1 = 2', '1 = "a"', "'Description' = 'Status'", "'Status-History' = \"x\"",
        "'Status' = $WEEKDAY$", "(" * 200 + "1 = 1" + ")" * 200, "NOT " * 200 + "1 = 1", "1 = " + "-" * 200 + "1",
        "1 = " + "(" * 200 + "1", "1 = " + " + ".join(["1"] * 5000), "1 = " + " * ".join(["1"] * 5000), "1 = " + "9" * 400,
    ],
)  # fmt: skip
def test_what_is_no_qualification(text):
    with pytest.raises(QualificationError):
        selected(text)


def test_long_chains_are_no_trouble():
    assert selected(" OR ".join(["'Status' = 0"] * 5000)) == [1]
    assert selected("'Priority Weight' = " + " + ".join(["1"] * 10)) == [2]


@given(st.text(alphabet="'\"()=<>!&|+-*/$ %_AND OR NOT LIKE NULL0123Status", max_size=60))
def test_whatever_is_sent_is_selected_or_refused(text):
    try:
        found = selected(text) if text.strip() else []
    except QualificationError:
        return
    assert set(found) <= {1, 2, 3}


@given(st.text(max_size=40).filter(lambda text: text.strip()), st.text(max_size=20))
def test_a_quoted_text_finds_itself_and_nothing_else(value, other):
    rows = [{**ROWS[0], "Vendor Ticket Number": value}, {**ROWS[1], "Vendor Ticket Number": other or "x"}]
    quoted = value.replace('"', '""')
    same = [1, 2] if value.casefold() == (other or "x").casefold() else [1]
    assert selected(f"'Vendor Ticket Number' = \"{quoted}\"", store_of(rows)) == same


COMPARISONS = st.builds(
    "{} {} {}".format,
    st.sampled_from(["'Last Modified Date'", "'Submit Date'"]),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    st.sampled_from([str(NOW - each) for each in (400, 300, 200, 100, 50)]),
)
OTHERS = st.sampled_from(
    [
        "'Status' = \"New\"",
        "'Incident Number' = \"INC000000000002\"",
        "'Assignee' = $NULL$",
        "'Entry ID' = \"INC000000000100\"",
    ]
)
TREES = st.recursive(
    COMPARISONS | OTHERS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR"]), inner) | st.builds("NOT {}".format, inner)
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(TREES, st.sampled_from(["", "Last Modified Date.desc", "Last Modified Date.asc,Request ID.asc", "Description"]))
def test_indexes_find_what_reading_all_rows_finds(text, sort):
    query = read_query(FORM, MultiDict({"q": text, "sort": sort}))
    test = compile_expression(query.expression, FORM, MOMENT)
    found = run(STORE[HELP_DESK], FORM, query, None, MOMENT).rows
    assert sorted(map(str, found)) == sorted(str(row) for row in ROWS if test(row))
    if sort.startswith("Last Modified Date"):
        times = [row["Last Modified Date"] for row in found]
        assert times == sorted(times, reverse=sort.endswith("desc"))


def test_ranges_and_equal_values_are_told_to_indexes():
    text = "('Last Modified Date' > 5) OR ('Last Modified Date' = 5 AND 'Request ID' > \"a\")"
    assert bounds(parse(text), FORM, "Last Modified Date", MOMENT) == Range(5)
    assert bounds(parse("'Submit Date' > 5"), FORM, "Last Modified Date", MOMENT) == Range()
    assert bounds(parse("'Submit Date' > 'Last Modified Date'"), FORM, "Submit Date", MOMENT) == Range()
    assert bounds(parse("'Submit Date' > 5 AND 'Submit Date' <= 9"), FORM, "Submit Date", MOMENT) == Range(5, 9)
    assert bounds(parse("'Submit Date' < 5 OR 'Submit Date' < 9"), FORM, "Submit Date", MOMENT) == Range(None, 9)
    assert equals(parse("'Status' = \"New\" OR 1 = 1"), FORM, frozenset({"Status"})) is None
    assert equals(parse("'nowhere' = \"New\""), FORM, frozenset({"Status"})) is None
    assert equals(parse("'Status' = \"\""), FORM, frozenset({"Status"})) is None


def test_a_range_on_an_index_that_does_not_give_the_order():
    text = f"'Submit Date' <= {NOW - 300}"
    query = read_query(FORM, MultiDict({"q": text, "sort": "Status.desc,Description"}))
    found = run(STORE[HELP_DESK], FORM, query, None, MOMENT).rows
    assert [row["Status"] for row in found] == ["Closed", "Resolved"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", [1, 2, 3]),
        ("Request ID.desc", [3, 2, 1]),
        ("Description", [3, 2, 1]),
        ("Status.DESC", [3, 2, 1]),
        ("Assignee.asc", [1, 2, 3]),
        ("Assignee.desc", [3, 2, 1]),
        ("Last Modified Date.asc", [1, 2, 3]),
        ("Last Modified Date.desc,Request ID.asc", [3, 1, 2]),
        ("Last Modified Date.desc, Request ID.desc", [3, 2, 1]),
        ("Last Modified Date.asc,Description.asc", [2, 1, 3]),
        ("Submit Date", [3, 2, 1]),
        ("7.desc", [3, 2, 1]),
    ],
)
def test_sorting(sort, order):
    query = read_query(FORM, MultiDict({"sort": sort}))
    found = run(STORE[HELP_DESK], FORM, query, None, MOMENT).rows
    assert [int(row["Incident Number"][3:]) for row in found] == order


@pytest.mark.parametrize("args", [{"sort": "Mood.asc"}, {"limit": "-1"}, {"offset": "x"}, {"q": "x"}, {"limit": "²"}])
def test_parameters_that_cannot_be_read(args):
    with pytest.raises(RefusedError) as refused:
        read_query(FORM, MultiDict(args))
    assert refused.value.response.status_code == 400


def test_what_is_shown():
    assert [field.name for field in read_shown(FORM, "values(Status, 1000000161)").fields] == ["Status", "Incident Number"]
    both = read_shown(FORM, "values(Request ID),assoc(HPD:INC:Worklog)")
    assert (len(both.fields), both.associations) == (1, ("HPD:INC:Worklog",))
    assert len(read_shown(FORM, "assoc(HPD:INC:Worklog)").fields) == len(FORM.fields) == len(read_shown(FORM, None).fields)
    for wrong in ("values(Mood)", "assoc(Mood)", "Status", "values(Status", "values(Status) assoc(HPD:INC:Worklog)"):
        with pytest.raises(RefusedError):
            read_shown(FORM, wrong)
