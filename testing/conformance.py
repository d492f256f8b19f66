"""The conformance suite: what every connector passes against its vendor's sandbox, over real sockets.

A connector's own test file is a few lines::

    class TestAcme(Conformance):
        skips = 3

        @pytest.fixture
        def bench(self) -> Iterator[Bench]:
            with start_acme() as vendor:
                yield AcmeBench(vendor)


    class TestAcmeFlaky(TestAcme):
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


class Conformance(Reading, Writing, Threads, People, Faults, TraitProbes):
    """The whole suite."""

    def test_the_number_of_skips_is_pinned(self, bench: Bench) -> None:
        found = skipped(type(self), type(bench.connector))
        assert len(found) == self.skips, "\n".join(f"{name}: {reason}" for name, reason in sorted(found.items()))
