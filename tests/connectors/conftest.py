from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from isthmus.core.connector import Connector, Context
from isthmus.core.net.auth import TokenStore

C = TypeVar("C", bound=Connector)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def connect(tmp_path: Path, slept: list[float]) -> Iterator[Callable[..., Any]]:
    """Makes connectors on a clock that only sleeping moves; they are closed at the end."""
    made: list[Connector] = []

    def build(connector: type[C], name: str, now: datetime, **settings: Any) -> C:
        context = Context(
            connection=name,
            tokens=TokenStore(tmp_path, name),
            sleep=slept.append,
            clock=lambda: now + timedelta(seconds=sum(slept)),
        )
        new = connector(connector.Settings.model_validate(settings), context)
        made.append(new)
        return new

    yield build
    for connector in made:
        connector.close()
