"""The Freshservice connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.freshservice_bench import FreshserviceBench, Kind


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("freshservice") as running:
        yield running


class Freshservice:
    skips = 8

    @pytest.fixture
    def bench(self, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> FreshserviceBench:
        monkeypatch.setattr("isthmus.connectors.freshservice.api.PAGE", 20)
        return FreshserviceBench(sandbox)


class TestFreshservice(Freshservice, Conformance):
    """While the vendor behaves."""


class TestFreshserviceInAStorm(Freshservice, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestFreshserviceFlaky(Freshservice, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestFreshserviceThrottled(Freshservice, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestFreshserviceLaggy(Freshservice, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestFreshserviceStrict(Freshservice, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestFreshserviceWithRules(Freshservice, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", ["api_key", "refresh_token"])
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = FreshserviceBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account == "isthmus@example.com"
    finally:
        bench.close()
