"""The catalogue of a fresh instance: what ``sys_dictionary`` and ``sys_choice`` say, and its system properties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .choices import base_choices
from .schema import TableSpec
from .store import Row


def dictionary_rows(specs: Iterable[TableSpec]) -> Iterator[Row]:
    """Give the ``sys_dictionary`` rows of tables; each column once, under the table that declares it."""
    seen: set[tuple[str, str]] = set()
    for spec in specs:
        for column in spec.columns.values():
            key = column.owner, column.element
            if key in seen:
                continue
            seen.add(key)
            yield {
                "name": column.owner,
                "element": column.element,
                "column_label": column.label,
                "internal_type": column.kind,
                "max_length": str(column.max_length),
                "mandatory": _flag(column.mandatory),
                "read_only": _flag(column.read_only),
                "reference": column.reference,
                "default_value": column.default,
                "choice": "3" if column.choice else "",
                "dependent": column.dependent,
                "display": _flag(column.element == spec.display),
                "unique": _flag(column.kind == "GUID" and column.element == "sys_id"),
                "audit": _flag(spec.audited),
                "active": "true",
            }


def choice_rows() -> Iterator[Row]:
    """Give the ``sys_choice`` rows of the base product."""
    for choice in base_choices():
        yield {
            "name": choice.table,
            "element": choice.element,
            "value": choice.value,
            "label": choice.label,
            "language": "en",
            "dependent_value": choice.dependent_value,
            "sequence": str(choice.sequence),
            "inactive": "false",
        }


def _flag(condition: bool) -> str:
    return "true" if condition else "false"
