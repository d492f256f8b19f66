"""Issues that recur are found, told by their words, and counted; what is alone is left alone."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from isthmus.core.kpi import recurring as module
from isthmus.core.kpi.periods import Period
from isthmus.core.kpi.recurring import recurring
from isthmus.core.store.store import Store, naive
from isthmus.sandbox import story_texts

MARCH = Period.parse("2026-03", "UTC")


@pytest.fixture
def store():
    with Store(None) as made:
        made.sql.execute(
            "create temp table facts (connection varchar, incident varchar, key varchar, url varchar, title varchar, "
            "opened_at timestamp, resolve double)"
        )
        yield made


def tell(store, titles, *, day=5, connection="support", resolve=60.0):
    """Put an incident for each title into the facts; gives their ids."""
    known = store.sql.execute("select count(*) from facts").fetchone()[0]
    opened = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
    ids = [str(known + number) for number in range(len(titles))]
    rows = [
        (connection, each, f"K{each}", None, title, naive(opened), resolve) for each, title in zip(ids, titles, strict=True)
    ]
    for row in rows:
        store.sql.execute("insert into facts values (?, ?, ?, ?, ?, ?, ?)", row)
    return ids


def groups(store):
    """Give which group each incident is in."""
    return dict(store.sql.execute("select incident, issue from titles join issues using (words)").fetchall())


def test_an_issue_is_told_by_its_words_and_counted(store):
    tell(store, ["VPN down in Lyon", "vpn down in Kraków #4711", "RE: VPN down (ticket 99, ana@example.com)"])
    tell(store, ["VPN is down, München"], connection="ops", resolve=3600.0)
    tell(store, ["VPN down in Lyon"] * 2, day=-5, connection="desk")
    tell(
        store,
        ["Drucker druckt leere Seiten", "Drucker 12 druckt leere Seiten!", "Drucker druckt nur leere Seiten"],
        resolve=None,
    )
    tell(store, ["VPN down in Lyon"] * 9, day=-40)
    tell(store, ["VPN down in Lyon"] * 9, day=35)
    tell(store, ["Coffee machine broken", "12345", None, ""])
    vpn, printer = recurring(store, MARCH).issues
    assert (vpn.words[:2], vpn.count, vpn.before, vpn.connections, vpn.seconds) == (
        ("vpn", "down"),
        4,
        2,
        ("ops", "support"),
        60.0,
    )
    assert next((ticket.connection, ticket.key, ticket.value) for ticket in vpn.tickets) == ("ops", "K3", 3600.0)
    assert len(vpn.tickets) == 4
    assert (set(printer.words), printer.count, printer.seconds) == ({"drucker", "druckt", "leere", "seiten"}, 3, None)


@pytest.mark.parametrize(("titles", "count"), [([], 0), (["Printer on fire"], 0), (["Printer on fire"] * 4, 1)])
def test_one_title_or_none_is_enough(store, titles, count):
    tell(store, titles)
    found = recurring(store, MARCH)
    assert [each.words for each in found.issues] == [("printer", "fire")] * count
    assert found.quality == ()


def worn(title, chance):
    """Give a title as somebody else may have written it: other words around it, a typing error, another order."""
    words = title.split()
    if chance.random() < 0.3:
        place = chance.randrange(len(words))
        word = words[place]
        words[place] = word[:-2] + word[-1] + word[-2] if len(word) > 5 else word
    if chance.random() < 0.3:
        words.insert(0, chance.choice(["urgent:", "[EXT]", "help!", "Problem:"]))
    if chance.random() < 0.2:
        words.append(chance.choice(["please", "again", "since today", "asap"]))
    return " ".join(words)


def test_the_problems_of_the_stories_are_told_apart(store, record_property):
    chance = random.Random(7)
    problems = [problem for each in story_texts.PROBLEMS.values() for problem in each]
    truth = [chance.choice(problems) for _ in range(1500)]
    titles = [
        worn(problem.format(site=chance.choice(story_texts.SITES), n=chance.randrange(1000)), chance) for problem in truth
    ]
    ids = tell(store, titles)
    recurring(store, MARCH)
    found = groups(store)
    members: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for each, problem in zip(ids, truth, strict=True):
        if each in found:
            members[found[each]][problem] += 1
    pure = sum(kinds.most_common(1)[0][1] for kinds in members.values()) / len(found)
    largest = {problem: max(kinds[problem] for kinds in members.values()) for problem in problems}
    whole = sum(largest.values()) / len(titles)
    record_property("summary", f"recurring issues: purity {pure:.3f}, completeness {whole:.3f}")
    assert pure > 0.97
    assert whole > 0.9


def test_rare_titles_join_frequent_ones_and_those_that_do_not_are_told(store, monkeypatch):
    tell(store, ["VPN down"] * 5 + ["Printer jams"] * 4)
    rare = tell(store, ["VPN seems down", "printers jam: printer jams", "Canteen is closed", "Keyboard lacks a key"])
    monkeypatch.setattr(module, "COMPARED", 2)
    monkeypatch.setattr(module, "BATCH", 3)
    found = recurring(store, MARCH)
    assert [each.count for each in found.issues] == [6, 5]
    assert {each for each in rare if each in groups(store)} == set(rare[:2])
    assert [(each.id, each.count) for each in found.quality] == [("titles_not_compared", 2)]


def test_the_order_of_incidents_changes_nothing(store):
    titles = [f"{what} fails in {where}" for what in ("Mail", "Login", "Backup") for where in story_texts.SITES] * 3
    tell(store, titles)
    first = recurring(store, MARCH)
    store.sql.execute("create or replace temp table facts as select * from facts order by hash(incident)")
    assert recurring(store, MARCH) == first
