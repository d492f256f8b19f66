"""What a request wants to set: ``fields`` and ``update`` read against a screen, with an error for each field that fails.

Source: developer.atlassian.com, "Edit issue", operations of ``update``; recorded errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import bad_fields, platform
from .jsons import Json, as_dict, as_list
from .values import LISTS, InvalidValueError, Reader

OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
EXTRAS = ("comment", "issuelinks", "worklog")
"""Fields of ``update`` that add something beside the issue's values."""
CREATE_ONLY = ("issuetype", "project")


@dataclass(slots=True)
class Draft:
    """What a request wants, read."""

    values: Json = field(default_factory=Json)
    """Stored value by field."""
    extras: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    """What to add: comments, links and worklogs, as they were sent."""
    errors: dict[str, str] = field(default_factory=dict[str, str])

    def check(self) -> None:
        """Refuse what does not fit.

        Raises:
            RefusedError: 400.
        """
        if self.errors:
            raise bad_fields(self.errors)


def read(
    reader: Reader,
    sent: Json,
    screen: Mapping[str, bool],
    current: Callable[[str], Any],
    *,
    ignored: tuple[str, ...] = (),
) -> Draft:
    """Read ``fields`` and ``update``.

    Args:
        reader: of the caller.
        sent: the body.
        screen: the fields that can be set, and whether each is required.
        current: gives the present stored value of a field, for operations on lists.
        ignored: fields that the caller of this function reads itself.

    Raises:
        RefusedError: 400, where the body has no shape at all.
    """
    fields, update = sent.get("fields"), sent.get("update")
    if not isinstance(fields, dict | None) or not isinstance(update, dict | None):
        raise platform(400, "Can not deserialize the request body.")
    given, operations = as_dict(fields), as_dict(update)
    draft = Draft()
    for name in given.keys() & operations.keys():
        draft.errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
    for name, value in given.items():
        if name not in ignored and name not in draft.errors:
            _take(draft, reader, name, screen, lambda name=name, value=value: _set(reader, name, value))
    for name, steps in operations.items():
        if name in EXTRAS:
            draft.extras[name] = [as_dict(as_dict(step).get("add")) for step in as_list(steps)]
        elif name not in draft.errors:
            _take(draft, reader, name, screen, lambda name=name, steps=steps: _steps(reader, name, steps, current(name)))
    for name, required in screen.items():
        if required and name in draft.values and draft.values[name] in (None, "", []) and name not in draft.errors:
            draft.errors[name] = f"{reader.state.fields[name].name} is required."
    return draft


def _take(draft: Draft, reader: Reader, name: str, screen: Mapping[str, bool], value: Callable[[], Any]) -> None:
    field = reader.state.fields.get(name)
    if name not in screen or field is None or not field.kind:
        draft.errors[name] = OFF_SCREEN.format(name)
        return
    try:
        draft.values[name] = value()
    except InvalidValueError as error:
        draft.errors[name] = str(error)


def _set(reader: Reader, name: str, value: Any) -> Any:
    return reader.read(reader.state.fields[name], value)


def _steps(reader: Reader, name: str, steps: Any, value: Any) -> Any:
    field = reader.state.fields[name]
    for step in map(as_dict, as_list(steps)):
        for operation, given in step.items():
            if operation == "set":
                value = reader.read(field, given)
            elif operation in ("add", "remove") and field.kind in LISTS:
                items = as_list(reader.read(field, [given]))
                kept = [item for item in as_list(value) if item not in items]
                value = kept + items if operation == "add" else kept
                value = sorted(value) if field.kind == "labels" else value
            else:
                raise InvalidValueError(f"Field '{name}' does not support update '{operation}'")
    return value
