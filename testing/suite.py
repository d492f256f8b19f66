"""What the areas of the conformance suite share: fixtures, and the comparison of what is held with what was foreseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar

import pytest

from ..core.connector import operations
from ..core.ledger.state import Value
from ..core.mapping.values import same
from .bench import Bench
from .deeds import Deeds
from .requirements import reason_to_skip

Said = TypeVar("Said")


class Suite:
    """Base of the areas. A connector's test file gives the fixture ``bench``."""

    skips: ClassVar[int] = 0
    """How many tests the connector's operations and traits exempt it from."""
    profile: ClassVar[str | None] = None
    """The fault profile under which the suite runs; several are joined by ``+``."""

    @pytest.fixture
    def bench(self) -> Bench:
        """Give a bench with an empty vendor; the connector's test file overrides this."""
        raise NotImplementedError("a subclass of Conformance gives the fixture 'bench'")

    @pytest.fixture(autouse=True)
    def tried(self, request: pytest.FixtureRequest, bench: Bench) -> Iterator[None]:
        """Skip what the connector does not claim, put the profile into force, and clean up."""
        try:
            reason = reason_to_skip(request.function, type(bench.connector))
            if reason is not None:
                pytest.skip(reason)
            bench.faults(self.profile)
            yield
        finally:
            bench.close()

    @pytest.fixture
    def deeds(self, bench: Bench) -> Deeds:
        """Give a hand that writes through the connector until it is done."""
        return Deeds(bench)

    def meets(self, profile: str) -> bool:
        """Tell whether a fault profile is in force."""
        return profile in (self.profile or "").split("+")

    def agree(self, deeds: Deeds, record_id: str, foreseen: Mapping[str, Value]) -> None:
        """Assert that a record holds what was foreseen; what the vendor's own rules changed is accounted for."""
        held = deeds.values(record_id)
        wrong = {group for group, value in foreseen.items() if not same(held.get(group, {}), value)}
        if wrong and self.meets("rules"):
            wrong -= self.changed_by_others(deeds, record_id, wrong)
        assert not wrong, "\n".join(
            f"{group}: foreseen {foreseen[group]}, held {held.get(group)}" for group in sorted(wrong)
        )

    def ours(self, found: Sequence[Said], said: Sequence[Said]) -> list[Said]:
        """Give what was found of a thread, without what the vendor's own rules said there."""
        return [each for each in found if each in said] if self.meets("rules") else list(found)

    def changed_by_others(self, deeds: Deeds, record_id: str, groups: set[str]) -> set[str]:
        """Give the groups that somebody else changed, by the vendor's history; all where it keeps none."""
        side = deeds.bench.side
        if "history" not in operations(type(side.connector)):
            return groups
        ours = side.connector.check().account_id
        fields = {change.field for change in side.connector.history([record_id])[record_id] if change.by != ours}
        return {group for group in groups if fields & side.mapping.fields_of(group)}
