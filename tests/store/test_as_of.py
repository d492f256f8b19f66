"""A question as of a moment has the same answer whatever is learned later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.core.store.later import learned_later
from isthmus.core.store.learning import Learner
from isthmus.core.store.rows import Rows, rows_of
from isthmus.core.store.schema import BITEMPORAL
from isthmus.core.store.store import Store, aware

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
VALUES = st.sampled_from(["a", "b", None])
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "at": st.sampled_from(["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]),
            "after": st.sampled_from(["new", "resolved"]),
        }
    ),
    max_size=3,
)
COMMENTS = st.lists(st.sampled_from(["one", "two", "three"]), unique=True, max_size=3)
VERSIONS = st.tuples(VALUES, EVENTS, COMMENTS)
"""Title, events and comments of one incident; None for all: deleted."""
PAGES = st.dictionaries(st.sampled_from(["1", "2", "3"]), st.none() | VERSIONS, max_size=3)


def read(name: str, version: tuple) -> Rows:
    title, events, comments = version
    document: dict[str, Any] = {
        "connection": "desk",
        "id": name,
        "title": title,
        "opened_at": "2026-03-01T00:00:00Z",
        "comments": [{"id": each, "visibility": "public", "body": each} for each in comments],
    }
    whole = {"field": "status", "before": None, "by": None, "source": "a test"}
    return rows_of(document, [{**whole, **event} for event in events])


class Model:
    """What was believed after each page, kept naively."""

    def __init__(self) -> None:
        self.held: dict[str, tuple | None] = {}
        self.deleted: set[str] = set()

    def learn(self, page: dict[str, tuple | None]) -> None:
        for name, version in page.items():
            if version is not None:
                self.held[name] = version
                self.deleted.discard(name)
            elif name in self.held:
                self.deleted.add(name)

    def answer(self) -> tuple:
        return (
            sorted((name, version[0] or "", name in self.deleted) for name, version in self.held.items()),
            sorted({(n, e["at"], e["after"]) for n, version in self.held.items() for e in version[1]}),
            sorted((n, at, each) for n, version in self.held.items() for at, each in enumerate(version[2])),
        )


def answer(store: Store, as_of: datetime) -> tuple:
    store.believe(as_of)

    def ask(query: str) -> list[tuple]:
        return sorted(store.sql.execute(query).fetchall())

    events = ask("select incident, happened_at, after from then_events")
    return (
        ask("select incident, coalesce(title, ''), deleted from then_incidents"),
        sorted((name, aware(at).isoformat().replace("+00:00", "Z"), after) for name, at, after in events),
        ask("select incident, position, comment from then_comments"),
    )


def learn(store: Store, page: dict[str, tuple | None], now: datetime) -> None:
    rows: Rows = {"incidents": []}
    for name, version in page.items():
        for table, made in (read(name, version) if version is not None else {}).items():
            rows.setdefault(table, []).extend(made)
    with store.transaction():
        learner, moment = Learner(store), store.tick(now)
        learner.learn("desk", rows, moment)
        gone = {name: None for name, version in page.items() if version is None}
        learner.delete("desk", gone, moment)


FEW = settings(max_examples=12)


@FEW
@given(pages=st.lists(PAGES, min_size=1, max_size=5), pauses=st.lists(st.sampled_from([0, 1, 60]), min_size=5, max_size=5))
def test_what_was_believed_at_any_moment_never_changes(pages, pauses):
    model, now = Model(), BEGAN
    answers: dict[datetime, tuple] = {}
    with Store(None) as store:
        for page, pause in zip(pages, pauses, strict=False):
            now += timedelta(seconds=pause)
            learn(store, page, now)
            model.learn(page)
            answers[store.last_learned() or BEGAN] = model.answer()
        for moment, then in answers.items():
            assert answer(store, moment) == then
        for table in BITEMPORAL:
            query = f"select count(*) from {table} where superseded_at <= learned_at"
            assert store.sql.execute(query).fetchone() == (0,)


def test_what_was_learned_later_is_listed_by_incident_with_what_differs():
    first, last = BEGAN, BEGAN + timedelta(days=31)
    with Store(None) as store:
        version = ("a", [{"at": "2026-03-01T00:00:00Z", "after": "new"}], ["one"])
        learn(store, {"1": version, "2": version, "3": version, "4": version}, BEGAN)
        then = store.last_learned() or BEGAN
        assert learned_later(store, then, first, last).report() == {"count": 0, "by_what": {}, "rows": []}
        learn(store, {"1": ("b", version[1], ["one", "two"]), "2": version, "3": ("c", *version[1:])}, BEGAN)
        learn(store, {"3": version, "4": None, "5": version}, BEGAN + timedelta(hours=1))
        later = learned_later(store, then, first, last)
        assert {row.incident: row.what for row in later.rows} == {
            "1": ("title", "comments"),
            "4": ("deleted",),
            "5": ("incident",),
        }
        assert (later.count, later.by_what) == (3, {"title": 1, "comments": 1, "deleted": 1, "incident": 1})
        assert max(row.learned_at for row in later.rows) == store.last_learned()
        assert len(learned_later(store, then, first, last, limit=1).rows) == 1
        assert learned_later(store, then, last, last + timedelta(days=1)).count == 3
        assert learned_later(store, then, first - timedelta(days=31), first).count == 0
        assert learned_later(store, store.last_learned() or BEGAN, first, last).count == 0
