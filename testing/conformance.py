"""The conformance suite: what every connector passes against its vendor's sandbox, over real sockets.

A connector's own test file is a few lines::

    class Acme:
        skips = 3

        @pytest.fixture
        def bench(self) -> AcmeBench:
            return AcmeBench()


    class TestAcme(Acme, Conformance):
        profile = None


    class TestAcmeFlaky(Acme, UnderFaults):
        profile = "flaky"

A test is skipped only where the connector's operations and traits say that it does not apply, and the number of such
tests is pinned by ``skips``, so that a lost operation does not pass as one that never was.
"""

from __future__ import annotations

from .bench import Bench
from .conformance_faults import Faults
from .conformance_people import People
from .conformance_reading import Reading
from .conformance_threads import Threads
from .conformance_traits import TraitProbes
from .conformance_writing import Writing
from .requirements import skipped


class UnderFaults(Reading, Writing, Threads, People, TraitProbes):
    """What holds under every fault profile."""

    def test_the_number_of_skips_is_pinned(self, bench: Bench) -> None:
        found = skipped(type(self), type(bench.connector))
        lines = "\n".join(f"{name}: {reason}" for name, reason in sorted(found.items()))
        assert len(found) == self.skips, f"where each reason is right, write 'skips = {len(found)}':\n{lines}"


class Conformance(UnderFaults, Faults):
    """The whole suite."""
