"""The ServiceNow connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from isthmus.core.errors import AuthenticationError
from isthmus.sandbox import Running, start
from isthmus.testing import Conformance, UnderFaults
from isthmus.testing.servicenow_bench import Kind, ServiceNowBench


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start("servicenow") as running:
        yield running


class ServiceNow:
    skips = 8

    @pytest.fixture
    def bench(self, sandbox: Running) -> ServiceNowBench:
        return ServiceNowBench(sandbox)


class TestServiceNow(ServiceNow, Conformance):
    """While the vendor behaves."""


class TestServiceNowInAStorm(ServiceNow, UnderFaults):
    """All profiles at once."""

    profile = "flaky+throttled+laggy+strict+rules"


@pytest.mark.acceptance
class TestServiceNowFlaky(ServiceNow, UnderFaults):
    profile = "flaky"


@pytest.mark.acceptance
class TestServiceNowThrottled(ServiceNow, UnderFaults):
    profile = "throttled"


@pytest.mark.acceptance
class TestServiceNowLaggy(ServiceNow, UnderFaults):
    profile = "laggy"


@pytest.mark.acceptance
class TestServiceNowStrict(ServiceNow, UnderFaults):
    profile = "strict"


@pytest.mark.acceptance
class TestServiceNowWithRules(ServiceNow, UnderFaults):
    profile = "rules"


@pytest.mark.parametrize("kind", ["basic", "api_key", "password", "client_credentials", "refresh_token"])
def test_every_kind_of_credentials_works(sandbox: Running, kind: Kind) -> None:
    bench = ServiceNowBench(sandbox, kind=kind)
    try:
        with pytest.raises(AuthenticationError):
            bench.fresh(wrong=True).check()
        assert bench.connector.check().account
    finally:
        bench.close()
