"""Put the parts together: connectors, sides, engines and migrations from a configuration.

Everything that is opened here is closed by the context manager that gave it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..config.config import Config
from ..config.links import LinkConfig
from ..connector import Connector, Context
from ..errors import ConfigError
from ..ledger.ledger import Ledger
from ..mapping.directory import Directory
from ..mapping.mapping import Mapping as CompiledMapping
from ..net.auth import TokenStore
from ..net.http import Exchange
from ..registry import connector_class
from ..sync.engine import Engine
from ..sync.migrate import Migration
from ..sync.side import Side


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the program lends to everything that it puts together."""

    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    recorder: Callable[[Exchange], None] | None = None


PLAIN = Surroundings()


def make_connector(config: Config, name: str, around: Surroundings = PLAIN) -> Connector:
    """Make a connection's connector; no call is made yet.

    Raises:
        ConfigError: the connection does not exist or a setting is wrong.
        CredentialError: a secret reference cannot be resolved.
    """
    context = Context(
        connection=name,
        tokens=TokenStore(config.state_folder, name),
        sleep=around.sleep,
        clock=around.clock,
        recorder=around.recorder,
    )
    return connector_class(config.connection(name).connector)(config.settings(name), context)


def make_side(config: Config, name: str, link: LinkConfig | None = None, around: Surroundings = PLAIN) -> Side:
    """Make one member of a link, or a connection by itself.

    Raises:
        ConfigError: the connection does not exist or a setting is wrong.
        CredentialError: a secret reference cannot be resolved.
        MappingError: the connection's mapping is wrong.
    """
    mapping = CompiledMapping(config.mapping(name, link))
    connector = make_connector(config, name, around)
    return Side(
        name=name,
        connector=connector,
        mapping=mapping,
        directory=Directory(
            connector,
            base_url=connector.settings.base_url,
            people=both_ways(link.people) if link else None,
            groups=both_ways(link.groups) if link else None,
            fallback=link.fallback.get(name) if link else None,
        ),
        writable=not config.connection(name).read_only,
    )


def both_ways(table: Mapping[str, str]) -> dict[str, str]:
    """Give a table of names that is read from either side; where several names meet in one, the first is its inverse."""
    inverse: dict[str, str] = {}
    for one, other in table.items():
        inverse.setdefault(other, one)
    return {**inverse, **table}


@contextmanager
def open_side(config: Config, name: str, link: LinkConfig | None = None, around: Surroundings = PLAIN) -> Generator[Side]:
    """Make a side, and close its connector afterwards."""
    side = make_side(config, name, link, around)
    try:
        yield side
    finally:
        side.connector.close()


@contextmanager
def open_ledger(config: Config, around: Surroundings = PLAIN) -> Generator[Ledger]:
    """Open the configuration's ledger.

    Raises:
        ConfigError: it cannot be opened.
        LedgerError: it is no ledger, or a newer Isthmus wrote it.
    """
    ledger = Ledger(config.ledger_url, clock=around.clock)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def open_engine(
    config: Config, link: LinkConfig, *, history: bool = False, around: Surroundings = PLAIN
) -> Generator[Engine]:
    """Make a link's engine with all its members.

    Each member is asked who we are there: it proves the credentials before anything is read, measures the clocks'
    difference and tells which changes of the vendor's history are our own.

    Raises:
        UserError: the configuration, a mapping or a secret reference is wrong.
        ConnectorError: a member does not let us in.
    """
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(config, around))
        sides = {name: stack.enter_context(open_side(config, name, link, around)) for name in link.members}
        for side in sides.values():
            side.identify(side.connector.identify().account_id)
        yield Engine(link, sides, ledger, history=history, clock=around.clock)


@contextmanager
def open_migration(config: Config, source: str, target: str, around: Surroundings = PLAIN) -> Generator[Migration]:
    """Make a migration between two connections.

    Raises:
        UserError: the configuration, a mapping or a secret reference is wrong.
        ConnectorError: one of the two does not let us in.
    """
    link = config.migration(source, target)
    if config.connection(target).read_only:
        raise ConfigError(f"connections.{target}.read_only: nothing can be migrated to a connection that is read only")
    with open_engine(config, link, history=True, around=around) as engine:
        yield Migration(engine, source=source, target=target, clock=around.clock, sleep=around.sleep)
