"""What the author of a plug-in easily gets wrong is told in words by the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from isthmus.core.connector import Connector, Context, Outcome
from isthmus.core.errors import DefectError, UnavailableError
from isthmus.core.mapping.mapping import Mapping
from isthmus.testing import Conformance, MemoryConnector
from isthmus.testing.deeds import Deeds
from isthmus.testing.memory_bench import MemoryBench


class Authored(MemoryBench):
    """A bench whose connector has some methods of its own."""

    methods: dict[str, Any]

    def connect(self, context: Context, *, wrong: bool) -> Connector:
        connector = super().connect(context, wrong=wrong)
        connector.__class__ = type("Authored", (type(connector),), self.methods)
        return connector


@pytest.fixture
def bench() -> Iterator[Authored]:
    made = Authored()
    made.methods = {}
    yield made
    made.close()


def test_a_mapping_that_does_not_read_the_marker(bench: Authored) -> None:
    spec = bench.mapping.spec
    fields = {name: rule for name, rule in spec.fields.items() if name != "marker"}
    bench.mapping = Mapping(spec.model_copy(update={"fields": fields}))
    with pytest.raises(AssertionError, match="the mapping reads the marker"):
        Conformance().test_a_record_is_found_by_its_marker(bench, Deeds(bench))


def test_a_crowd_that_fits_on_one_page(bench: Authored) -> None:
    bench.crowd = 3
    with pytest.raises(AssertionError, match="raise 'crowd' of the bench"):
        Conformance().test_the_feed_gives_everything_once(bench, Deeds(bench))


def test_a_value_of_another_type_with_the_method_that_gave_it(bench: Authored) -> None:
    bench.methods = {"fetch": lambda self, ids: dict.fromkeys(ids)}
    with pytest.raises(DefectError, match=r"it gives dict instead of list.*\(fetch\)"):
        Conformance().test_many_records_are_fetched_at_once(bench)


def test_a_wrong_number_of_skips_with_the_right_one(bench: Authored) -> None:
    with pytest.raises(AssertionError, match="where each reason is right, write 'skips = "):
        Conformance().test_the_number_of_skips_is_pinned(bench)


def test_an_update_of_nothing_that_gets_lost_on_the_way_is_no_mistake(bench: Authored) -> None:
    lost = [True]

    def update(self: Any, write: Any) -> Outcome:
        if lost:
            lost.pop()
            raise UnavailableError("lost", maybe_applied=True)
        return MemoryConnector.update(self, write)

    bench.methods = {"update": update}
    Conformance().test_an_update_of_nothing_is_not_found(bench, Deeds(bench))
    assert lost == []
