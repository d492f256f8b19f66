"""What the commands share: the global options, and the options that several of them take."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from .core.config.config import Config
    from .core.ledger.ledger import Ledger
    from .core.run.terminal import Terminal
    from .core.run.working import Work

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class State:
    """What the global options say, and what commands share."""

    def __init__(self) -> None:
        """Start with the defaults."""
        self.path = Path("isthmus.yaml")
        self.json = False

    @cached_property
    def config(self) -> Config:
        """The configuration, read when first asked for."""
        from .core.config.config import load_config

        return load_config(self.path)

    @cached_property
    def terminal(self) -> Terminal:
        """Standard output and error."""
        from .core.run.terminal import Terminal

        return Terminal(json=self.json)

    def working(self, *, lifted: tuple[str, ...] = ()) -> AbstractContextManager[Work]:
        """Hear signals and show progress while a command works."""
        from .core.run.working import working

        return working(self.terminal, lifted=lifted)

    def ask(self, question: Callable[[Ledger], T], page: Callable[[T], Any]) -> T:
        """Ask the ledger something and show the answer."""
        from .core.run.assemble import open_ledger

        with open_ledger(self.config) as ledger:
            answer = question(ledger)
        self.terminal.show(answer, page)
        return answer


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(State).json = value


def reporting(command: F) -> F:
    """Give a command the option ``--json``."""
    words = "Print one JSON document on standard output."
    return click.option("--json", is_flag=True, expose_value=False, is_eager=True, callback=_set_json, help=words)(command)


def parsed(kind: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Give the callback that reads a ``length`` of time or a ``moment``."""

    def read(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Any:
        from .core import units

        try:
            return getattr(units, f"parse_{kind}")(value) if value else None
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return read


FILE = click.Path(dir_okay=False, path_type=Path)
lift = click.option("--lift", "lifted", multiple=True, metavar="BRAKE", help="Lift a brake for this run, or the proof.")
