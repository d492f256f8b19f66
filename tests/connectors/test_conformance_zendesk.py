"""The Zendesk connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.zendesk_bench import ZendeskBench


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("zendesk") as running:
        yield running


class Zendesk:
    skips = 2

    @pytest.fixture
    def bench(self, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> ZendeskBench:
        monkeypatch.setattr("isthmus.connectors.zendesk.reading.EXPORT_PAGE", 20)
        return ZendeskBench(sandbox)


class TestZendesk(Zendesk, Conformance):
    profile = None


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
