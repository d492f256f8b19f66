"""The BMC Helix connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.bmc_helix_bench import BmcHelixBench, Kind


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("bmc_helix") as running:
        yield running


class BmcHelix:
    skips = 10

    @pytest.fixture
    def bench(self, sandbox: Running) -> BmcHelixBench:
        return BmcHelixBench(sandbox)


class TestBmcHelix(BmcHelix, Conformance):
    """While the vendor behaves."""


class TestBmcHelixInAStorm(BmcHelix, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestBmcHelixFlaky(BmcHelix, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestBmcHelixThrottled(BmcHelix, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestBmcHelixLaggy(BmcHelix, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestBmcHelixStrict(BmcHelix, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestBmcHelixWithRules(BmcHelix, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", ["ar_jwt", "refresh_token"])
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = BmcHelixBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account
    finally:
        bench.close()
