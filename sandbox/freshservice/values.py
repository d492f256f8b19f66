"""Reading of single values: each gives the value, or notes what is wrong with it.

A JSON value must have the right type; a value of a form is a text that spells it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from .errors import Problems
from .records import Json
from .times import parse, parse_day

EMAIL = re.compile(r"(?:[^<>]*<)?([^@\s<>]+@[^@\s<>]+\.[^@\s<>]+)>?")


class Values:
    """The values of one request."""

    def __init__(self, data: Mapping[str, Any], *, is_form: bool = False) -> None:
        self.data = data
        self.is_form = is_form
        self.problems = Problems()

    def only(self, allowed: Collection[str]) -> None:
        """Note every key that the call does not know."""
        for key in self.data:
            if key not in allowed:
                self.problems.unexpected(key)

    def has(self, key: str) -> bool:
        """Tell whether a key was sent and is no null."""
        return self.data.get(key) is not None

    def text(self, key: str, *, most: int | None = None, required: bool = False) -> str | None:
        """Read a text; blank is an error where it is required."""
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.problems.blank(key)
            return None if value is None else ""
        if not isinstance(value, str):
            self.problems.mistyped(key, "String")
            return None
        if most is not None and len(value) > most:
            self.problems.add(key, f"It should be {most} characters or less", "invalid_value")
        return value

    def number(self, key: str, *, least: int = 1) -> int | None:
        """Read a whole number."""
        return self.as_number(key, self.data.get(key), least=least)

    def as_number(self, key: str, value: Any, *, least: int = 1) -> int | None:
        """Read a whole number that is already at hand."""
        if value is None or (self.is_form and value == ""):
            return None
        if self.is_form and isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.problems.mistyped(key, "Positive Integer" if least > 0 else "Integer")
            return None
        return value

    def choice(self, key: str, choices: Collection[int], *, required: bool = False) -> int | None:
        """Read a number that must be one of some."""
        if not self.has(key):
            if required:
                self.problems.blank(key)
            elif key in self.data:
                self.problems.not_a_choice(key, sorted(choices))
            return None
        value = self.number(key)
        if value is not None and value not in choices:
            self.problems.not_a_choice(key, sorted(choices))
            return None
        return value

    def word(self, key: str, choices: Collection[str]) -> str | None:
        """Read a text that must be one of some."""
        value = self.data.get(key)
        if value is None or (isinstance(value, str) and value in choices):
            return value
        self.problems.not_a_choice(key, list(choices))
        return None

    def boolean(self, key: str, default: bool) -> bool:
        """Read a boolean."""
        value = self.data.get(key, default)
        if self.is_form and isinstance(value, str) and value in {"true", "false"}:
            value = value == "true"
        if not isinstance(value, bool):
            self.problems.mistyped(key, "Boolean")
            return default
        return value

    def moment(self, key: str) -> int | None:
        """Read a time."""
        value = self.data.get(key)
        found = parse(value)
        if value is not None and found is None:
            self.problems.add(key, "It should be a valid date time in the ISO8601 format", "invalid_value")
        return found

    def texts(self, key: str, *, most: int | None = None) -> list[str] | None:
        """Read a list of texts; None where it was not sent."""
        value = self.data.get(key)
        if value is None:
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else None
        if items is None or not all(isinstance(item, str) for item in items):
            self.problems.mistyped(key, "Array of String")
            return None
        if most is not None and any(len(item) > most for item in items):
            self.problems.add(key, f"It should only contain elements of {most} characters or less", "invalid_value")
        return list(items)

    def emails(self, key: str) -> list[str] | None:
        """Read a list of e-mail addresses; None where it was not sent."""
        found = self.texts(key)
        if found and not all(EMAIL.fullmatch(address) for address in found):
            self.problems.add(key, "It should contain elements in the 'valid email address' format", "invalid_value")
        return found

    def email(self, key: str) -> str | None:
        """Read an e-mail address."""
        found = self.text(key)
        if found is not None and not EMAIL.fullmatch(found):
            self.problems.add(key, "It should be in the 'valid email address' format", "invalid_value")
            return None
        return found

    def numbers(self, key: str) -> list[int] | None:
        """Read a list of whole numbers; None where it was not sent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self.problems.mistyped(key, "Array of Positive Integer")
            return None
        found = [self.as_number(key, item) for item in cast("list[Any]", value)]
        return [number for number in found if number is not None]

    def object(self, key: str) -> Json | None:
        """Read an object; None where it was not sent."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problems.mistyped(key, "key/value pair")
            return None
        return cast("Json", value)

    def objects(self, key: str) -> list[Json] | None:
        """Read a list of objects; None where it was not sent."""
        value = self.data.get(key)
        if value is None:
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else [None]
        found = [cast("Json", item) for item in items if isinstance(item, dict)]
        if len(found) < len(items):
            self.problems.mistyped(key, "Array of key/value pair")
            return None
        return found

    def day(self, key: str, value: Any) -> str | None:
        """Read a day."""
        if not isinstance(value, str) or parse_day(value) is None:
            self.problems.add(key, "It should be a valid date in the 'yyyy-mm-dd' format", "invalid_value")
            return None
        return value
