"""The ServiceNow connector passes the conformance suite against its sandbox, plain and under each fault profile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isthmus.sandbox import Running, start
from isthmus.testing import Conformance
from isthmus.testing.servicenow_bench import ServiceNowBench


class TestServiceNow(Conformance):
    skips = 0

    @pytest.fixture(scope="class")
    def sandbox(self) -> Iterator[Running]:
        with start("servicenow") as running:
            yield running

    @pytest.fixture
    def bench(self, sandbox: Running) -> ServiceNowBench:
        return ServiceNowBench(sandbox)


class TestServiceNowFlaky(TestServiceNow):
    profile = "flaky"


class TestServiceNowThrottled(TestServiceNow):
    profile = "throttled"


class TestServiceNowLaggy(TestServiceNow):
    profile = "laggy"


class TestServiceNowStrict(TestServiceNow):
    profile = "strict"


class TestServiceNowWithRules(TestServiceNow):
    profile = "rules"
