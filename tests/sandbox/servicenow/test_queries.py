"""Encoded queries: the grammar, each operator, the silent dropping, and the indexes against a plain reading."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox.servicenow.fresh import furnish
from isthmus.sandbox.servicenow.query import OPERATORS, Condition, Order, parse
from isthmus.sandbox.servicenow.search import Search
from isthmus.sandbox.servicenow.session import open_session
from isthmus.sandbox.servicenow.store import Store
from isthmus.sandbox.servicenow.zones import stored

NOW = datetime(2026, 7, 14, 8, 0, tzinfo=UTC)


def conditions(text):
    return [[[(c.element, c.operator, c.value) for c in group] for group in groups] for groups in parse(text).alternatives]


def test_and_binds_looser_than_or():
    assert conditions("a=1^b=2^ORb=3") == [[[("a", "=", "1")], [("b", "=", "2"), ("b", "=", "3")]]]


def test_a_new_query_inherits_nothing():
    assert conditions("a=1^NQb=2^c=3") == [[[("a", "=", "1")]], [[("b", "=", "2")], [("c", "=", "3")]]]


def test_orders_stand_anywhere_and_repeat():
    query = parse("ORDERBYa^b=1^ORDERBYDESCc.d")
    assert query.orders == [Order("a"), Order("c.d", descending=True)]
    assert conditions("^a=1^EQ^GROUPBYb^^") == [[[("a", "=", "1")]]]
    assert conditions("ORa=1^ORb=1") == [[[("", "", "ORa=1"), ("b", "=", "1")]]]
    assert conditions("ORDERBYa^ORb=1") == [[[("b", "=", "1")]]]


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_are_found_whole(operator):
    assert conditions(f"caller_id.name{operator}Some ^") == [[[("caller_id.name", operator, "Some ")]]]


SCRAPS = st.sampled_from([*"^=<>!*%@., aOR_1", "IN", "LIKE", "NQ", "ORDERBY", "DESC", "EQ", "\n"])


@given(st.lists(SCRAPS, max_size=40).map("".join))
def test_parsing_never_fails_and_loses_no_condition(text):
    query = parse(text)
    pieces = [piece for piece in text.split("^") if piece]
    kept = sum(len(group) for groups in query.alternatives for group in groups) + len(query.orders)
    ignored = sum(piece.startswith(("EQ", "GROUPBY", "TRENDBY")) for piece in pieces)
    assert len(pieces) - ignored <= kept <= len(text.split("^"))


def build(count, seed=1):
    store, dice = Store(), random.Random(seed)
    furnish(store)
    users = [store["sys_user"].first("user_name", name) for name in ("eva.employee", "otto.admin", "isthmus")]
    for number in range(count):
        at = stored(NOW - timedelta(seconds=dice.randrange(600)))
        row = {
            "sys_id": f"{dice.getrandbits(128):032x}",
            "number": f"INC{number:07}",
            "short_description": dice.choice(("VPN down", "vpn slow", "Printer", "Mail")),
            "state": dice.choice("1236"),
            "priority": dice.choice(("1", "2", "10", "")),
            "caller_id": dice.choice([*(user["sys_id"] for user in users), ""]),
            "active": dice.choice(("true", "false")),
            "opened_at": stored(NOW - timedelta(hours=dice.randrange(72))),
            "follow_up": dice.choice(("", stored(NOW - timedelta(hours=dice.randrange(72))))),
            "correlation_id": dice.choice(("", "A1", "b2")),
            "sys_updated_on": at,
            "sys_created_on": at,
        }
        store["incident"].put({name: value for name, value in row.items() if value}, bulk=number % 2 == 0)
    return store


STORE = build(300)
SEARCH = Search(STORE)
SESSION = open_session(STORE, STORE["sys_user"].first("user_name", "fiona.fulfiller"), NOW, "http://x")
ROWS = list(STORE["incident"].rows.values())
EVA, OTTO = (STORE["sys_user"].first("user_name", name)["sys_id"] for name in ("eva.employee", "otto.admin"))


def found(text):
    return set(SEARCH.find("incident", text, SESSION))


def expected(test):
    return {row["sys_id"] for row in ROWS if test(row)}


def number(row, name="priority"):
    return float(row.get(name) or "nan")


CASES = {
    "state=2": lambda r: r["state"] == "2",
    "state!=2": lambda r: r["state"] != "2",
    "priority!=2": lambda r: r.get("priority") != "2",
    "priority=": lambda r: not r.get("priority"),
    "priority=NULL": lambda r: not r.get("priority"),
    "priority>2": lambda r: number(r) > 2,
    "priority<=2": lambda r: number(r) <= 2,
    "priorityBETWEEN2@10": lambda r: 2 <= number(r) <= 10,
    "short_descriptionLIKEVPN": lambda r: "vpn" in r["short_description"].lower(),
    "short_description*vpn": lambda r: "vpn" in r["short_description"].lower(),
    "short_descriptionNOT LIKEvpn": lambda r: "vpn" not in r["short_description"].lower(),
    "short_description!*vpn": lambda r: "vpn" not in r["short_description"].lower(),
    "short_descriptionSTARTSWITHvpn s": lambda r: r["short_description"] == "vpn slow",
    "short_descriptionENDSWITHDOWN": lambda r: r["short_description"] == "VPN down",
    "short_description%down": lambda r: r["short_description"] == "VPN down",
    "short_description=mail": lambda r: r["short_description"] == "Mail",
    "short_description>m": lambda r: r["short_description"].lower() > "m",
    "stateIN1,3": lambda r: r["state"] in "13",
    "stateNOT IN1,3": lambda r: r["state"] not in "13",
    "priorityIN1,x": lambda r: r.get("priority") == "1",
    "priorityISEMPTY": lambda r: not r.get("priority"),
    "priorityEMPTYSTRING": lambda r: not r.get("priority"),
    "priorityISNOTEMPTY": lambda r: bool(r.get("priority")),
    "priorityANYTHING": lambda r: True,
    "correlation_id=a1": lambda r: r.get("correlation_id") == "A1",
    "correlation_idINA1,B2": lambda r: bool(r.get("correlation_id")),
    "correlation_id=a1^state=1": lambda r: r.get("correlation_id") == "A1" and r["state"] == "1",
    f"caller_id={EVA}": lambda r: r.get("caller_id") == EVA,
    "caller_idLIKEeva": lambda r: r.get("caller_id") == EVA,
    "caller_id.user_name=OTTO.admin": lambda r: r.get("caller_id") == OTTO,
    "caller_id.emailENDSWITHexample.com": lambda r: bool(r.get("caller_id")),
    "caller_id=javascript:gs.getUserID()": lambda r: False,
    "caller_idDYNAMIC90d1921e5f510100a9ad2572f2b477fe": lambda r: False,
    "caller_id.user_name=javascript:gs.getUserName()": lambda r: False,
    "active=true^state=1^ORstate=3": lambda r: r["active"] == "true" and r["state"] in "13",
    "active=true^NQstate=1": lambda r: r["active"] == "true" or r["state"] == "1",
    "opened_atSAMEASfollow_up": lambda r: r["opened_at"] == r.get("follow_up", ""),
    "opened_atNSAMEASfollow_up": lambda r: r["opened_at"] != r.get("follow_up", ""),
    "opened_atGT_FIELDfollow_up": lambda r: r["opened_at"] > r.get("follow_up", ""),
    "opened_atGT_OR_EQUALS_FIELDfollow_up": lambda r: r["opened_at"] >= r.get("follow_up", ""),
    "opened_atLT_FIELDfollow_up": lambda r: r["opened_at"] < r.get("follow_up", ""),
    "opened_atLT_OR_EQUALS_FIELDfollow_up": lambda r: r["opened_at"] <= r.get("follow_up", ""),
    "opened_at>2026-07-13": lambda r: r["opened_at"] > "2026-07-13 00:00:00",
    "opened_at<=2026-07-13 08:00:00": lambda r: r["opened_at"] <= "2026-07-13 08:00:00",
    "opened_at>javascript:gs.dateGenerate('2026-07-13','00:00:00')": lambda r: r["opened_at"] > "2026-07-13 07:00:00",
    "opened_at<javascript:gs.dateGenerate('2026-07-13','end')": lambda r: r["opened_at"] < "2026-07-14 06:59:59",
    "opened_at>=javascript:gs.beginningOfYesterday()": lambda r: r["opened_at"] >= "2026-07-13 07:00:00",
    "opened_at<=javascript:gs.endOfYesterday()": lambda r: r["opened_at"] <= "2026-07-14 06:59:59",
    "opened_at>javascript:gs.hoursAgo(3)": lambda r: r["opened_at"] > "2026-07-14 05:00:00",
    "opened_at>javascript:gs.minutesAgoStart(90);": lambda r: r["opened_at"] > "2026-07-14 06:30:00",
    "opened_at>javascript:gs.daysAgo(1)": lambda r: r["opened_at"] > "2026-07-13 08:00:00",
    "opened_at>javascript:gs.daysAgoStart(1)": lambda r: r["opened_at"] > "2026-07-13 07:00:00",
    "opened_at<javascript:gs.daysAgoEnd(1)": lambda r: r["opened_at"] < "2026-07-14 06:59:59",
    "opened_at<javascript:gs.nowDateTime()": lambda r: r["opened_at"] < "2026-07-14 08:00:00",
    "opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()": lambda r: (
        "2026-07-14 07:00:00" <= r["opened_at"] <= "2026-07-15 06:59:59"
    ),
    "opened_atON2026-07-13": lambda r: r["opened_at"].startswith("2026-07-13"),
    "opened_atNOTON2026-07-13": lambda r: not r["opened_at"].startswith("2026-07-13"),
    "opened_atRELATIVEGT@hour@ago@5": lambda r: r["opened_at"] > "2026-07-14 03:00:00",
    "opened_atRELATIVEGE@hour@ago@5": lambda r: r["opened_at"] >= "2026-07-14 03:00:00",
    "opened_atRELATIVELT@hour@ago@5": lambda r: r["opened_at"] < "2026-07-14 03:00:00",
    "opened_atRELATIVELE@hour@ahead@5": lambda r: r["opened_at"] <= "2026-07-14 13:00:00",
    "opened_atRELATIVEEE@hour@ago@5": lambda r: "2026-07-14 03:00:00" <= r["opened_at"] <= "2026-07-14 04:00:00",
    "sys_updated_on>=2026-07-14 07:55:00": lambda r: r["sys_updated_on"] >= "2026-07-14 07:55:00",
    "sys_updated_on>2026-07-14 07:55:00^sys_updated_on<2026-07-14 07:57:00^state=1": lambda r: (
        "2026-07-14 07:55:00" < r["sys_updated_on"] < "2026-07-14 07:57:00" and r["state"] == "1"
    ),
    "sys_updated_on<=2026-07-14 07:57:00^sys_updated_on<2026-07-14 07:57:00": lambda r: (
        r["sys_updated_on"] < "2026-07-14 07:57:00"
    ),
    "sys_updated_onBETWEEN2026-07-14 07:55:00@2026-07-14 07:57:00": lambda r: (
        "2026-07-14 07:55:00" <= r["sys_updated_on"] <= "2026-07-14 07:57:00"
    ),
    "sys_id>8": lambda r: r["sys_id"] > "8",
    "number=INC0000007": lambda r: r["number"] == "INC0000007",
    "123TEXTQUERY321=slow VPN": lambda r: r["short_description"] == "vpn slow",
    "sys_class_nameINSTANCEOFincident": lambda r: False,
}


@pytest.mark.parametrize("text", CASES)
def test_operators(text):
    assert found(text) == expected(CASES[text])


INVALID = (
    "nosuch=1",
    "nosuch.name=1",
    "state.name=1",
    "caller_id.nosuch=1",
    "stateWITHIN1",
    "state",
    "comments=hello",
    "opened_at>yesterday",
    "opened_at>javascript:steal()",
    "opened_at>javascript:gs.dateGenerate('x')",
    "opened_at>javascript:gs.dateGenerate('x','y')",
    "priority>high",
    "priority>",
    "priorityBETWEEN1",
    "opened_atRELATIVEGT@hour@since@5",
    "opened_atRELATIVEGT@year@ago@999999",
    "opened_atRELATIVEGT@hour@ago@²",
    "opened_at>javascript:gs.daysAgo(99999999999)",
    "stateRELATIVEGT@hour@ago@5",
    "caller_idDYNAMICffff",
    "opened_atSAMEASnosuch",
    "priorityINx,y",
    "123TEXTQUERY321=",
    "!!",
)


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_condition_is_dropped_and_everything_comes_back(text):
    assert found(text) == expected(lambda r: True)
    assert found(f"state=1^{text}") == expected(lambda r: r["state"] == "1")
    assert found(f"state=1^ORstate=2^{text}^NQ{text}") == expected(lambda r: True)


def test_an_invalid_part_of_an_or_leaves_the_rest():
    assert found("state=1^ORnosuch=1") == expected(lambda r: r["state"] == "1")


def test_invalid_queries_can_return_nothing_instead():
    store = build(5)
    row = store["sys_properties"].first("name", "glide.invalid_query.returns_no_rows")
    store["sys_properties"].put({**row, "value": "true"})
    search = Search(store)
    assert search.find("incident", "nosuch=1", SESSION) == []
    assert len(search.find("incident", "sys_idISNOTEMPTY", SESSION)) == 5


def ordered(text):
    return [STORE["incident"].rows[sys_id] for sys_id in SEARCH.find("incident", text, SESSION)]


def test_orders():
    def by(*keys):
        return sorted(ROWS, key=lambda row: tuple(key(row) for key in keys))

    def updated(row):
        return row["sys_updated_on"]

    def key(row):
        return row["sys_id"]

    assert ordered("ORDERBYsys_updated_on^ORDERBYsys_id") == by(updated, key)
    assert [updated(row) for row in ordered("ORDERBYsys_updated_on")] == sorted(map(updated, ROWS))
    assert ordered("ORDERBYDESCsys_updated_on") == by(updated, key)[::-1]
    assert ordered("ORDERBYsys_id") == by(key)
    assert ordered("ORDERBYnosuch^ORDERBYsys_id") == by(key)
    priorities = [row.get("priority", "") for row in ordered("ORDERBYpriority")]
    assert priorities == sorted(priorities, key=lambda text: float(text or "-inf"))
    names = [STORE["sys_user"].rows.get(row.get("caller_id"), {}).get("name", "") for row in ordered("ORDERBYcaller_id")]
    assert names == sorted(names, key=str.lower)
    assert ordered("state=1^ORDERBYnumber") == [row for row in ROWS if row["state"] == "1"]
    mixed = ordered("ORDERBYDESCactive^ORDERBYnumber")
    assert mixed == sorted(sorted(ROWS, key=lambda r: r["number"]), key=lambda r: r["active"], reverse=True)


def test_a_keyset_walk_visits_every_row_once():
    at, last, seen = "2000-01-01 00:00:00", "0", []
    while True:
        page = ordered(f"sys_updated_on={at}^sys_id>{last}^NQsys_updated_on>{at}^ORDERBYsys_updated_on^ORDERBYsys_id")[:7]
        if not page:
            break
        seen += [row["sys_id"] for row in page]
        at, last = page[-1]["sys_updated_on"], page[-1]["sys_id"]
    assert len(seen) == len(set(seen)) == 300


ATOMS = st.sampled_from(
    [text for text in CASES if "^" not in text and "TEXTQUERY" not in text]
    + ["nosuch=1", "state=9", "sys_updated_on<2026-07-14 07:54:00"]
)
PIECES = st.lists(st.tuples(st.sampled_from(["^", "^OR", "^NQ"]), ATOMS), min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.sampled_from(["", "^ORDERBYsys_updated_on", "^ORDERBYnumber", "^ORDERBYDESCsys_created_on"]))
def test_indexes_agree_with_a_plain_reading(pieces, order):
    text = "".join(joint + atom for joint, atom in pieces)[1 if pieces[0][0] == "^" else 3 :] + order
    alternatives = [[[pieces[0][1]]]]
    for joint, atom in pieces[1:]:
        if joint == "^NQ":
            alternatives.append([[atom]])
        elif joint == "^OR":
            alternatives[-1][-1].append(atom)
        else:
            alternatives[-1].append([atom])

    def holds(row):
        return any(all(_any(group, row) for group in groups) for groups in alternatives)

    assert found(text) == expected(holds)


def _any(group, row):
    known = {
        **CASES,
        "state=9": lambda r: False,
        "sys_updated_on<2026-07-14 07:54:00": lambda r: r["sys_updated_on"] < "2026-07-14 07:54:00",
    }
    valid = [known[atom] for atom in group if atom in known]
    return not valid or any(test(row) for test in valid)


WORDS = st.sampled_from(
    [*OPERATORS, *"^@.,'()²-0179", "^OR", "^NQ", "^ORDERBY", "opened_at", "priority", "caller_id", "name", "sys_updated_on", "javascript:",
     "gs.daysAgo(", "gs.dateGenerate(", "hour", "year", "@ago@", "9" * 12, "2026-07-14", " 08:00:00", "NULL", "nan", "\n"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=12).map("".join))
def test_no_query_fails(text):
    assert found(text) <= {row["sys_id"] for row in ROWS}


def test_filters_of_large_ranges_are_remembered_until_something_changes():
    store = build(2600)
    search = Search(store)
    text = "sys_updated_on>2026-07-01^active=true^ORDERBYsys_updated_on^ORDERBYsys_id"
    first = search.find("incident", text, SESSION)
    assert search.find("incident", text, SESSION) is first
    wanted = {row["sys_id"] for row in store["incident"].rows.values() if row["active"] == "true"}
    assert set(first) == wanted
    later = "sys_updated_on>2026-07-14 07:52:00^active=true^ORDERBYsys_updated_on^ORDERBYsys_id"
    at = {sys_id: store["incident"].rows[sys_id]["sys_updated_on"] for sys_id in first}
    assert search.find("incident", later, SESSION) == [key for key in first if at[key] > "2026-07-14 07:52:00"]
    gone = first[0]
    store["incident"].put({**store["incident"].rows[gone], "active": "false"})
    assert search.find("incident", text, SESSION) == first[1:]
    moment = "sys_updated_on>2026-07-01^opened_at>javascript:gs.hoursAgo(30)^ORDERBYsys_updated_on"
    assert search.find("incident", moment, SESSION) == search.find("incident", moment, SESSION)
    for number in range(20):
        search.find("incident", f"state={number}", SESSION)


def test_conditions_are_values():
    assert Condition("a", "=", "1") == Condition("a", "=", "1")


def test_queries_over_http(hub, agent):
    hub.create(short_description="größer & <besser>^")
    hub.create(short_description="b")
    assert len(hub.rows("incident", "short_descriptionLIKEgrößer & <")) == 1
    assert len(hub.rows("incident", "nosuch=1")) == 2
    answer = agent.get("table/sys_user", sysparm_query="user_passwordISNOTEMPTY")
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Insufficient rights to query records"
    assert hub.get("table/incident", sysparm_query="caller_id.user_passwordSTARTSWITHa").status_code == 403
