"""The Jira connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from isthmus.core.connector import AddComment
from isthmus.core.errors import AuthenticationError
from isthmus.core.model import Visibility
from isthmus.core.net.http import Exchange
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.bench import EVERYTHING
from isthmus.testing.deeds import Deeds
from isthmus.testing.jira_bench import JiraBench, Kind
from isthmus.testing.jira_spec_check import jira_check
from isthmus.testing.spec_check import VARIABLE, SpecCheck
from jsonschema import Draft4Validator

KINDS: tuple[Kind, ...] = ("api_token", "scoped_api_token", "refresh_token", "client_credentials", "pat", "basic")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("jira") as running:
        yield running


class Judge:
    """Judges requests and replies by Atlassian's OpenAPI files, and each document that is sent by the schema of ADF."""

    def __init__(self, folder: Path) -> None:
        self.spec: SpecCheck = jira_check(folder)
        self._schema = Draft4Validator(json.loads((folder / "adf_v1_full.schema.json").read_text("utf-8")))
        self.documents = 0
        self._wrong: list[str] = []

    def __call__(self, exchange: Exchange) -> None:
        self.spec(exchange)
        if exchange.request_body.startswith(b"{"):
            self._find(json.loads(exchange.request_body))

    def _find(self, value: object) -> None:
        if isinstance(value, dict) and value.get("type") == "doc":
            self.documents += 1
            self._wrong += [error.message[-200:] for error in self._schema.iter_errors(value)]
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                self._find(each)

    def take(self) -> list[str]:
        wrong, self._wrong = self._wrong, []
        return [*self.spec.take(), *wrong]


@pytest.fixture(scope="module")
def judge() -> Judge | None:
    folder = os.environ.get(VARIABLE)
    return Judge(Path(folder)) if folder else None


class Jira:
    skips = 7

    @pytest.fixture
    def bench(self, sandbox: Running) -> JiraBench:
        return JiraBench(sandbox)


class TestJira(Jira, Conformance):
    """All exchanges are judged by the vendor's own specifications as well, where their files are at hand."""

    @pytest.fixture
    def bench(self, sandbox: Running, judge: Judge | None) -> Iterator[JiraBench]:  # type: ignore[override]
        yield JiraBench(sandbox, recorder=judge)
        assert judge is None or judge.take() == []


class TestJiraInAStorm(Jira, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestJiraFlaky(Jira, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestJiraThrottled(Jira, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestJiraLaggy(Jira, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestJiraStrict(Jira, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestJiraWithRules(Jira, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = JiraBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account == "isthmus@example.com"
    finally:
        bench.close()


@pytest.mark.parametrize("kind", ["api_token", "refresh_token", "pat"])
def test_the_way_of_a_ticket_through_every_door(sandbox: Running, kind: Kind) -> None:
    """Cloud at the site, Cloud through the gateway, Data Center: written, moved, talked about, read back."""
    bench = JiraBench(sandbox, kind=kind)
    deeds = Deeds(bench)
    try:
        markup = "<p>one <strong>two</strong></p><ul><li>three</li></ul>"
        record_id = deeds.create(deeds.document("Any door", description=markup, labels=["alpha"], priority=2))
        deeds.comment(record_id, deeds.new_comment("<p>for <em>you</em></p>", Visibility.PUBLIC))
        said = deeds.comment(record_id, deeds.new_comment("<p>for us</p>", Visibility.INTERNAL, origin="o/1/2"))
        assert (said["visibility"], said["origin"]) == ("internal", "o/1/2")
        for visibility in Visibility:
            file = deeds.attach(record_id, f"{visibility}.txt", b"bytes", visibility)
            assert (file["visibility"], deeds.download(file)) == (visibility, b"bytes")
        deeds.update(record_id, {"status": "closed", "resolution_notes": "Done", "labels": ["beta"]})
        document = bench.side.document(deeds.fetch(record_id))
        assert (document["description"], document["status"], document["labels"]) == (markup, "closed", ["beta"])
        deeds.settle()
        assert bench.read_all()[0] == [record_id] == list(bench.connector.census(EVERYTHING))
        assert bench.connector.count(EVERYTHING) == 1
        steps = [change.after for change in bench.connector.history([record_id])[record_id] if change.field == "state"]
        assert steps == ["Work in progress", "Completed", "Closed"]
        deeds.delete(record_id)
        assert bench.ids() == set()
    finally:
        bench.close()


def test_the_real_limits_are_never_met() -> None:
    """Of one issue as well, on which Jira takes 20 writes in two seconds and 100 in half a minute."""
    statuses: Counter[int] = Counter()

    def watch(exchange: Exchange) -> None:
        statuses[exchange.status] += 1

    with start("jira", limits="real") as running:
        bench = JiraBench(running, recorder=watch)
        deeds = Deeds(bench)
        record_id = deeds.create(deeds.document("busy"))
        for number in range(110):
            write = deeds.new_comment(f"<p>word {number}</p>", Visibility.INTERNAL, origin=f"o/1/{number}")
            assert deeds.send(AddComment(key=str(number), record_id=record_id, comment=write)).error is None
        assert len(deeds.thread(record_id)["comments"]) == 110
        bench.close()
    assert statuses[429] == 0


def test_the_vendors_specifications_judge_what_matters(sandbox: Running, judge: Judge | None) -> None:
    if judge is None:
        pytest.skip(f"{VARIABLE} names no folder with the vendor's specifications")
    bench = JiraBench(sandbox, recorder=judge)
    deeds = Deeds(bench)
    record_id = deeds.create(deeds.document("judged"))
    deeds.comment(record_id, deeds.new_comment("<p>judged</p>", Visibility.PUBLIC))
    deeds.attach(record_id, "judged.txt", b"judged", Visibility.PUBLIC)
    deeds.update(record_id, {"title": "judged again", "status": "resolved", "resolution_notes": "done"})
    bench.connector.check()
    list(bench.connector.changes(None, EVERYTHING))
    bench.connector.history([record_id])
    bench.close()
    assert judge.take() == []
    assert judge.documents >= 2
    assert judge.spec.checked.keys() >= {
        "GET /rest/api/3/myself",
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/issue",
        "PUT /rest/api/3/issue/{issueIdOrKey}",
        "POST /rest/api/3/issue/bulkfetch",
        "POST /rest/api/3/issue/{issueIdOrKey}/transitions",
        "POST /rest/api/3/issue/{issueIdOrKey}/comment",
        "POST /rest/api/3/comment/list",
        "POST /rest/api/3/changelog/bulkfetch",
        "POST /rest/servicedeskapi/request/{issueIdOrKey}/attachment",
    }
