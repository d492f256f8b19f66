"""The ServiceDesk Plus connector passes the conformance suite against its sandbox, on-premises and in Cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.manageengine_bench import Kind, ManageEngineBench


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("manageengine") as running:
        yield running


class OnPremises:
    skips = 12

    @pytest.fixture
    def bench(self, sandbox: Running) -> ManageEngineBench:
        return ManageEngineBench(sandbox)


class Cloud:
    skips = 9

    @pytest.fixture
    def bench(self, sandbox: Running) -> ManageEngineBench:
        return ManageEngineBench(sandbox, kind="oauth")


class TestOnPremises(OnPremises, Conformance):
    """While the vendor behaves."""


@pytest.mark.acceptance
class TestCloud(Cloud, Conformance):
    """While the vendor behaves."""


class TestOnPremisesInAStorm(OnPremises, UnderFaults):
    """All profiles at once, among them lists that refuse what some builds refuse."""

    profile = "flaky+throttled+laggy+strict+rules+narrow"


class TestCloudInAStorm(Cloud, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestOnPremisesFlaky(OnPremises, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestOnPremisesThrottled(OnPremises, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestOnPremisesLaggy(OnPremises, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestOnPremisesStrict(OnPremises, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestOnPremisesWithRules(OnPremises, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", ["authtoken", "oauth"])
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = ManageEngineBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account
    finally:
        bench.close()
