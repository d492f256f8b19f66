"""Recurring issues: incidents of a period whose titles resemble each other, whatever tool they are in.

Titles are reduced to their words first: addresses, ids, numbers and punctuation go, since they differ from incident to
incident of one issue. What is left is counted, and the most frequent titles are compared (TF-IDF of their words, and of
parts of words, so that a plural or a typing error does not part two of them) and joined from the most similar pair on, as
long as the groups that are joined are similar on average. Each less frequent title then goes to the group that it resembles
most, if it does. So memory does not grow with the number of titles; an issue none of whose titles is frequent may be
overlooked.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from ..extras import extra
from ..store.store import literal
from .figures import Quality, Recurring, Ticket
from .periods import Period

if TYPE_CHECKING:
    from ..store.store import Store

COMPARED = 2000
"""Titles that are compared with each other: the most frequent."""
BATCH = 5000
"""Titles that are assigned to groups at once."""
APART = 0.65
"""Cosine distance, on average, from which on two groups are different issues."""
NEAR = 0.45
"""Cosine similarity to a group's centre from which on a title belongs to it."""
LEAST = 3
"""Incidents in the period that make an issue a recurring one."""
MOST = 20
"""Issues that are told, those with the most incidents."""
WORDS = 5
"""Of a group that are told."""
RARITY = 0.5
"""Power of a word's rarity in its weight. In full (1), the very words of a frequent issue would hardly count."""
WEAK = 0.5
"""A word that weighs less than this, beside the strongest of a group, is not told."""
SOME = 0.1
"""Share of a group's incidents that makes a word one of the group's."""
SHOWN = 5
"""Incidents of a group that are shown: those that took longest to resolve."""
LONGEST_PARTICLE = 3
"""Letters of a word of everyday language that is never told, such as ``for``; longer ones can be the very issue."""
PARTS = 0.5
"""How much parts of words weigh against whole words."""

_STEPS = (
    r"'(?i)\bre:|\bfwd?:|\baw:|\bwg:|\btr:', ' '",
    r"'[a-z+]+://\S+|\S+@\S+', ' '",
    r"'\S*\d\S*', ' '",
    r"'[^\pL\pM]+', ' '",
    r"'(^| )\pL( |$)', ' '",
)
_PLAIN = reduce(
    lambda sql, step: f"regexp_replace({sql}, {step}, 'g')", _STEPS, "lower(nfc_normalize(coalesce(title, '')))"
)
_TITLES = """
create or replace temp table titles as
select connection, incident, opened_at >= {first} as now, trim({plain}) as words
from facts where opened_at >= {before} and opened_at < {last}
"""
_ASKED = (
    "select words, count(*) as times from titles where words <> '' group by words order by times desc, md5(words), words"
)
_ISSUES = f"""
with found as (
    select issue, now, f.* from titles join issues using (words) join facts f using (connection, incident)
)
select issue, count(*) filter (now) as times, count(*) filter (not now),
    list(distinct connection order by connection) filter (now), median(resolve) filter (now),
    min({{'weight': -coalesce(resolve, 0), 'connection': connection, 'incident': incident, 'key': key, 'url': url,
        'title': title, 'resolve': resolve}}, {SHOWN}) filter (now)
from found group by issue having times >= {LEAST} order by times desc, issue limit {MOST}
"""  # noqa: S608 - of constants


class Found(NamedTuple):
    """The issues of a period."""

    issues: tuple[Recurring, ...]
    quality: tuple[Quality, ...]
    """How many incidents are in no group, since their titles are not among those that were compared."""


def recurring(store: Store, period: Period) -> Found:
    """Find the issues that recur in a period, after :func:`.facts.build`.

    Leaves the temp tables ``titles`` (each incident's words) and ``issues`` (words -> number of the issue) behind.

    Raises:
        UserError: the library is not installed.
    """
    sql = store.sql
    moments = {"first": literal(period.first), "last": literal(period.last), "before": literal(period.before.first)}
    sql.execute(_TITLES.format(plain=_PLAIN, **moments))
    sql.execute("create or replace temp table issues (words varchar, issue integer)")
    compared = sql.execute(f"{_ASKED} limit {COMPARED}").fetchall()
    words: dict[int, tuple[str, ...]] = {}
    if len(compared) > 1:
        groups = _Groups([title for title, _ in compared], [times for _, times in compared])
        words = groups.words
        for batch in _batches(store):
            _assign(store, batch, groups.nearest(batch))
    elif compared:
        title = compared[0][0].split()
        words = {0: tuple([word for word in title if not _is_particle(word)] or title)[:WORDS]}
        _assign(store, [compared[0][0]], [0])
    issues = tuple(_issue(words[row[0]], row) for row in sql.execute(_ISSUES).fetchall())
    return Found(issues, _left_out(store))


def _left_out(store: Store) -> tuple[Quality, ...]:
    found = store.sql.execute(
        "select count(*) from titles anti join issues using (words) where now and words <> ''"
    ).fetchone()
    if not found or not found[0]:
        return ()
    words = (
        f"Recurring issues are looked for among the {COMPARED:,} most frequent titles. The titles of these incidents are "
        "rarer, and resemble no group of those."
    )
    return (Quality(id="titles_not_compared", title="Titles too rare to compare", words=words, count=found[0]),)


def _batches(store: Store) -> Generator[list[str]]:
    """Give all titles, the most frequent first."""
    store.sql.execute(f"create or replace temp table asked as select *, row_number() over () as place from ({_ASKED})")  # noqa: S608
    first = 0
    while rows := store.sql.execute(
        "select words from asked where place > ? and place <= ? order by place", [first, first + BATCH]
    ).fetchall():
        yield [row[0] for row in rows]
        first += BATCH
    store.sql.execute("drop table asked")


def _assign(store: Store, titles: Sequence[str], issues: Sequence[int]) -> None:
    pairs = [[title, issue] for title, issue in zip(titles, issues, strict=True) if issue >= 0]
    store.sql.execute(
        "insert into issues select p ->> 0, cast(p ->> 1 as integer) from (select unnest(cast(? as json[])) as p)",
        [orjson.dumps(pairs).decode()],
    )


def _issue(words: tuple[str, ...], row: tuple[Any, ...]) -> Recurring:
    _, count, before, connections, seconds, shown = row
    tickets = tuple(
        Ticket(
            connection=each["connection"],
            id=each["incident"],
            key=each["key"],
            url=each["url"],
            title=each["title"] or "",
            value=each["resolve"],
        )
        for each in shown
    )
    return Recurring(
        words=words, count=count, before=before, connections=tuple(connections), seconds=seconds, tickets=tickets
    )


def _is_particle(word: str) -> bool:
    everyday: frozenset[str] = extra("sklearn.feature_extraction.text", "report").ENGLISH_STOP_WORDS
    return len(word) <= LONGEST_PARTICLE and word in everyday


class _Groups:
    """Groups of similar titles. Types of the library are incomplete, so what comes from it is ``Any``."""

    def __init__(self, titles: Sequence[str], times: Sequence[int]) -> None:
        """Group some titles.

        Args:
            titles: at least two, each once.
            times: how often there is each.
        """
        text = extra("sklearn.feature_extraction.text", "report")
        cluster = extra("sklearn.cluster", "report")
        numpy = extra("numpy", "report")
        self._words: Any = text.TfidfVectorizer(analyzer=str.split, sublinear_tf=True)
        self._parts: Any = text.TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True)
        self._normalize: Any = extra("sklearn.preprocessing", "report").normalize
        self._stack: Any = extra("scipy.sparse", "report").hstack
        for each in (self._words, self._parts):
            each.fit(titles)
            each.idf_ = each.idf_**RARITY
        vectors = self._vectors(titles)
        joined: Any = cluster.AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=APART
        ).fit(numpy.clip(1 - (vectors @ vectors.T).toarray(), 0, 1))
        labels: Any = joined.labels_
        weights = numpy.asarray(times, dtype=float)
        members: Any = extra("scipy.sparse", "report").csr_matrix(
            (weights, (labels, numpy.arange(len(titles)))), shape=(labels.max() + 1, len(titles))
        )
        self._centres = self._normalize(members @ vectors)
        self.words = self._telling(members, titles)

    def _vectors(self, titles: Sequence[str]) -> Any:
        whole, parts = self._words.transform(titles), self._parts.transform(titles)
        return self._normalize(self._stack([whole, parts * PARTS]).tocsr())

    def _telling(self, members: Any, titles: Sequence[str]) -> dict[int, tuple[str, ...]]:
        """Give the words that made each group, the strongest first: its own, that other groups do not have."""
        known: Sequence[str] = self._words.get_feature_names_out().tolist()
        shares: Any = (self._normalize(members, norm="l1") @ (self._words.transform(titles) > 0).astype(float)).tocsr()
        groups = (shares >= SOME).sum(axis=0)
        found: dict[int, tuple[str, ...]] = {}
        for group in range(members.shape[0]):
            row, whose = shares[group], members[group]
            frequent = titles[int(whose.indices[whose.data.argmax()])].split()
            ranked: list[tuple[float, int, str]] = []
            pairs: list[tuple[int, float]] = list(zip(row.indices.tolist(), row.data.tolist(), strict=True))
            for place, share in pairs:
                word, strength = known[place], share * math.log1p(members.shape[0] / max(groups[0, place], 1))
                ranked.append((-round(strength, 6), frequent.index(word) if word in frequent else len(frequent), word))
            ranked.sort()
            told = [each for each in ranked if not _is_particle(each[2])] or ranked
            found[group] = tuple(word for strength, _, word in told[:WORDS] if strength <= WEAK * told[0][0])
        return found

    def nearest(self, titles: Sequence[str]) -> list[int]:
        """Give the group of each title, or -1 where it resembles none."""
        similar: Any = (self._vectors(titles) @ self._centres.T).tocsr()
        found: list[int] = []
        for number in range(len(titles)):
            row: Any = similar[number]
            best = row.data.argmax() if row.nnz else -1
            found.append(int(row.indices[best]) if row.nnz and row.data[best] >= NEAR else -1)
        return found
