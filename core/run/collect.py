"""Collect connections into the store: one after the other, and what one of them is short of stops no other."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from ..config.config import Config
from ..errors import ConnectorError, MappingError, PluginError
from ..ledger.ledger import Ledger
from ..store.collect import Collected, Collector
from ..store.store import Store
from ..sync.engine import RunOptions
from .assemble import PLAIN, Surroundings, open_ledger, open_side
from .exits import Exit, worst

_EXITS = {"ok": Exit.OK, "red": Exit.RED, "failed": Exit.VENDOR}


@dataclass(frozen=True, slots=True)
class Collection:
    """What became of each connection."""

    store: str
    """The store's file."""
    connections: tuple[Collected, ...]

    @property
    def exit(self) -> Exit:
        """The code with which the command ends: that of the connection that needs a person most."""
        return worst([_EXITS[each.outcome] for each in self.connections])

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        connections = [each.report() for each in self.connections]
        return {"store": self.store, "connections": connections, "exit": int(self.exit)}


def collect(
    config: Config, names: Sequence[str], options: RunOptions, around: Surroundings = PLAIN, *, census: bool = False
) -> Collection:
    """Bring the store up to date with some connections, or with all of them where none is named.

    Args:
        config: the configuration.
        names: the connections.
        options: progress, and the wish to stop.
        around: clock and waits.
        census: compare with what each vendor names by a second way.

    Raises:
        UserError: a connection does not exist, or its settings or secret references are wrong.
        LedgerError: the store cannot be used.
        InterruptedRunError: asked to stop; the next collect goes on from here.
    """
    wanted = list(dict.fromkeys(names or config.connections))
    for name in wanted:
        config.connection(name)
    with Store(config.store_path) as store, _known_ledger(config, around) as ledger:
        done = [_collect(config, name, store, ledger, options, around, census=census) for name in wanted]
    return Collection(str(config.store_path), tuple(done))


@contextmanager
def _known_ledger(config: Config, around: Surroundings) -> Generator[Ledger | None]:
    """Open the ledger where there is one; collecting makes none."""
    address = make_url(config.ledger_url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        yield None
        return
    with open_ledger(config, around) as ledger:
        yield ledger


def _collect(
    config: Config,
    name: str,
    store: Store,
    ledger: Ledger | None,
    options: RunOptions,
    around: Surroundings,
    *,
    census: bool,
) -> Collected:
    try:
        with open_side(config, name, None, around) as side:
            collector = Collector(
                store, side, ledger=ledger, clock=around.clock, stop=options.stop, progress=options.progress
            )
            return collector.collect(census=census)
    except (ConnectorError, MappingError, PluginError) as error:
        return Collected(name, error=str(error))
