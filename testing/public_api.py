"""Describe the public API: each name that a plug-in may import, with its signature, in a form that no Python changes.

Defaults are told as ``...`` and the fields of settings by their names, so that only a change that an author would notice
shows.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from pydantic import BaseModel

MODULES = ("isthmus.plugin", "isthmus.testing")
"""What the authors of plug-ins may import from."""


def described(module_name: str) -> list[str]:
    """Give a line for each public name of a module, and one for each public member of its classes."""
    module = import_module(module_name)
    return [line for name in sorted(module.__all__) for line in _lines(name, getattr(module, name))]


def _lines(name: str, value: Any) -> Iterator[str]:
    if not inspect.isclass(value):
        yield f"{name}{_signature(value)}" if inspect.isroutine(value) else name
        return
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    yield f"class {name}({bases})" if bases else f"class {name}"
    for member in sorted(_members(value)):
        yield f"    {name}.{member}"


def _members(made: type[Any]) -> Iterator[str]:
    """Give the public members that a class adds to what it is built on, its constructor first of all."""
    if issubclass(made, Enum):
        yield from (f"{each.name} = {each.value!r}" for each in made)
        return
    if issubclass(made, BaseModel):
        yield from (
            name if field.is_required() else f"{name} = ..."
            for name, field in made.model_fields.items()
            if name in made.__annotations__
        )
    elif "__init__" in vars(made) and not getattr(made, "_is_protocol", False):
        yield f"__init__{_signature(made.__init__)}"
    named = {field.name for field in fields(made)} if is_dataclass(made) else set[str]()
    for name, value in vars(made).items():
        if name.startswith(("_", "test_")) or name == "model_config" or name in named:
            continue
        plain: Any = getattr(value, "__func__", value)
        yield f"{name}{_signature(plain)}" if inspect.isfunction(plain) else name
    if not issubclass(made, BaseModel):
        yield from (name for name in vars(made).get("__annotations__", ()) if name not in {*vars(made), *named})


def _signature(value: Any) -> str:
    """Give a signature as it is written, without the defaults."""
    found = inspect.signature(value)
    plain = [each.replace(default=each.empty if each.default is each.empty else ...) for each in found.parameters.values()]
    text = str(found.replace(parameters=plain))
    return text.replace("Ellipsis", "...").replace("'", "").replace('"', "")
