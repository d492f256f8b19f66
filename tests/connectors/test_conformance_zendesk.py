"""The Zendesk connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.core.model import Visibility
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.bench import EVERYTHING
from isthmus.testing.deeds import Deeds
from isthmus.testing.spec_check import VARIABLE, SpecCheck, zendesk_check
from isthmus.testing.zendesk_bench import Kind, ZendeskBench


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("zendesk") as running:
        yield running


@pytest.fixture(scope="module")
def spec() -> SpecCheck | None:
    folder = os.environ.get(VARIABLE)
    return zendesk_check(Path(folder)) if folder else None


class Zendesk:
    skips = 2

    @pytest.fixture
    def bench(self, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> ZendeskBench:
        monkeypatch.setattr("isthmus.connectors.zendesk.reading.EXPORT_PAGE", 20)
        return ZendeskBench(sandbox)


class TestZendesk(Zendesk, Conformance):
    """All exchanges are judged by the vendor's own specification as well, where its files are at hand."""

    @pytest.fixture
    def bench(  # type: ignore[override]
        self, sandbox: Running, spec: SpecCheck | None, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[ZendeskBench]:
        monkeypatch.setattr("isthmus.connectors.zendesk.reading.EXPORT_PAGE", 20)
        yield ZendeskBench(sandbox, recorder=spec)
        assert spec is None or spec.take() == []


class TestZendeskInAStorm(Zendesk, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestZendeskFlaky(Zendesk, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestZendeskThrottled(Zendesk, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestZendeskLaggy(Zendesk, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestZendeskStrict(Zendesk, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestZendeskWithRules(Zendesk, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", ["api_token", "client_credentials", "refresh_token"])
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = ZendeskBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account == "isthmus@example.com"
    finally:
        bench.close()


def test_the_vendors_specification_judges_what_matters(sandbox: Running, spec: SpecCheck | None) -> None:
    if spec is None:
        pytest.skip(f"{VARIABLE} names no folder with the vendor's specification")
    bench = ZendeskBench(sandbox, recorder=spec)
    deeds = Deeds(bench)
    record_id = deeds.create(deeds.document("judged"))
    deeds.create(deeds.document("judged as well"), history=True)
    deeds.attach(record_id, "judged.txt", b"judged", Visibility.PUBLIC)
    deeds.update(record_id, {"title": "judged again"})
    bench.connector.check()
    deeds.fetch(record_id)
    list(bench.connector.changes(None, EVERYTHING))
    bench.close()
    assert spec.take() == []
    assert not spec.silent
    assert spec.checked.keys() >= {
        "GET /api/v2/incremental/tickets/cursor",
        "GET /api/v2/tickets/show_many",
        "GET /api/v2/users/me",
        "POST /api/v2/imports/tickets",
        "POST /api/v2/tickets",
        "POST /api/v2/uploads",
        "PUT /api/v2/tickets/{ticket_id}",
    }
