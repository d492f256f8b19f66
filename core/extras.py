"""Libraries that only some commands need; they come with an extra of the package."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .errors import UserError


def extra(module: str, name: str) -> ModuleType:
    """Give a module of an extra.

    Args:
        module: the module's name.
        name: the extra that brings it.

    Raises:
        UserError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(f"this needs the library '{module}': pip install 'isthmus[{name}]'") from error
