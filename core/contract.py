"""Hold a plug-in to the contract: what its class must be, and what its methods may give and raise.

A plug-in is code that nobody here has seen. Its class is looked at when it is loaded (:func:`flaws`), and its methods are
called through a guard (:func:`guarded`): an exception that the contract does not know, or a value that is not what
:class:`Connector` says, becomes a :class:`DefectError`. That names the plug-in and the operation, and ends only what its
connection takes part in.
"""

from __future__ import annotations

import errno
import inspect
import logging
import types
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache, wraps
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from .connector import OPERATIONS, ConnectionSettings, Connector, Context
from .errors import ConnectorError, DefectError, IsthmusError
from .traits import Traits

log = logging.getLogger("isthmus.plugins")

COLLECTIONS: Final[dict[Any, tuple[type[Any], ...]]] = {
    dict: (Mapping,),
    Mapping: (Mapping,),
    list: (list, tuple),
    tuple: (list, tuple),
    Sequence: (list, tuple),
    frozenset: (frozenset,),
}
"""What may be given where a type is due."""
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
WORDS: Final = 300
"""Characters of a foreign exception's text that are told."""


# -- the class


def flaws(made: type[Connector]) -> list[str]:
    """Say what is wrong with a connector's class; nothing where it can be used."""
    found = [f"it has no {name}()" for name in sorted(made.__abstractmethods__)]
    found += [f"its '{name}' is no text" for name in ("name", "title") if not isinstance(getattr(made, name, None), str)]
    settings: Any = made.Settings
    if not (isinstance(settings, type) and issubclass(settings, ConnectionSettings)):
        found.append("its 'Settings' is no subclass of ConnectionSettings")
    traits = problem(getattr(made, "traits", None), Traits)
    if traits:
        found.append(f"its 'traits' is not right: {traits}")
    return found + [f"its '{name}' is no method" for name in OPERATIONS if not callable(getattr(made, name))]


# -- values


def problem(value: Any, due: Any) -> str | None:
    """Say what is wrong with a value, or give None where it is what a type says; never tells the value itself.

    A list may be a tuple, and the other way round. The fields of dataclasses are looked at, what JSON objects hold is not.
    """
    kind, inner = get_origin(due), get_args(due)
    if kind in (Union, types.UnionType):
        found = [problem(value, each) for each in inner]
        return None if None in found else found[0]
    if kind in COLLECTIONS:
        if not isinstance(value, COLLECTIONS[kind]):
            return f"{type(value).__name__} instead of {kind.__name__}"
        if inner[-1] is Any:
            return None
        parts: list[Any] = [value, value.values()] if COLLECTIONS[kind] == (Mapping,) else [value]
        return _first(problem(each, type_) for part, type_ in zip(parts, inner, strict=False) for each in part)
    if due is Any or not isinstance(due, type):
        return None
    if not isinstance(value, int | float if due is float else due):
        return f"{type(value).__name__} instead of {due.__name__}"
    if isinstance(value, datetime) and value.tzinfo is None:
        return "a time without its zone"
    if is_dataclass(due):
        told = ((name, problem(getattr(value, name), hint)) for name, hint in _hints(due).items())
        return _first(f"{name}: {words}" for name, words in told if words)
    return None


def _first(problems: Iterable[str | None]) -> str | None:
    return next((words for words in problems if words), None)


@cache
def _hints(made: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(made)
    return {field.name: hints[field.name] for field in fields(made)}


# -- calls


def guarded(made: type[Connector], culprit: str) -> type[Connector]:
    """Give a connector's class whose own methods give and raise what the contract says, or a :class:`DefectError`.

    Its operations are those of the class itself.

    Args:
        made: the class.
        culprit: how messages name it.
    """
    members: dict[str, Any] = {"__module__": made.__module__, "__doc__": made.__doc__}
    for name in ("__init__", *(name for name in dir(Connector) if not name.startswith("_"))):
        own, contract = (inspect.getattr_static(each, name) for each in (made, Connector))
        if own is contract:
            continue
        due = _given_by(name)
        if isinstance(own, property):
            members[name] = property(_method(name, own.fget, due, culprit))
        elif isinstance(own, classmethod):
            members[name] = classmethod(_method(name, cast("Any", own).__func__, due, culprit))
        elif inspect.isfunction(own):
            members[name] = _method(name, own, due, culprit)
    metaclass: Any = type(made)
    return metaclass(made.__name__, (made,), members)


@cache
def _given_by(name: str) -> Any:
    """Give the type of what a member of the contract gives."""
    member = inspect.getattr_static(Connector, name)
    function = getattr(member, "__func__", None) or getattr(member, "fget", member)
    return get_type_hints(function).get("return") if inspect.isfunction(function) else None


def _method(name: str, plain: Any, due: Any, culprit: str) -> Callable[..., Any]:
    @wraps(plain)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        with _blamed(culprit, name, self, args):
            given = plain(self, *args, **options)
            if name == "__init__" and not isinstance(getattr(self, "context", None), Context):
                raise TypeError("it does not call super().__init__(settings, context)")
            return _fitting(given, due)

    @wraps(plain)
    def stream(self: Any, *args: Any, **options: Any) -> Iterator[Any]:
        (item,) = get_args(due)
        with _blamed(culprit, name, self, args):
            for given in plain(self, *args, **options):
                yield _fitting(given, item)

    @wraps(plain)
    def close(self: Any) -> None:
        try:
            method(self)
        except DefectError as error:  # what was done is done, and what went wrong before is more worth telling
            log.warning("%s", error)

    return {"close": close}.get(name, stream if get_origin(due) is Iterator else method)


def _fitting(given: Any, due: Any) -> Any:
    """Give a value that is as it should be.

    Raises:
        TypeError: it is not.
    """
    words = None if due in (None, type(None)) else problem(given, due)
    if words:
        raise TypeError(f"it gives {words}")
    return given


@contextmanager
def _blamed(culprit: str, operation: str, connector: Any, args: Sequence[Any]) -> Generator[None]:
    """Let errors of the tree through, with the connection's name, and make any other one a defect of the plug-in."""
    contexts = (each for each in (getattr(connector, "context", None), *args) if isinstance(each, Context))
    connection = next((each.connection for each in contexts), "")
    try:
        yield
    except ConnectorError as error:
        error.connection = error.connection or connection
        raise
    except IsthmusError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # of the disk, on which we let it write
        log.debug("%s, %s", culprit, operation, exc_info=error)
        words = " ".join(f"{type(error).__name__}: {error}".split())[:WORDS]
        message = f"{culprit} breaks the contract: {words}; tell its author (--log-level debug shows where)"
        raise DefectError(message, connection=connection, operation=operation) from error
