"""Forms and their fields: what a row may hold, under which names and ids, and who may write it.

A form shows the rows of a table. Several forms may show the same table under other names: ``HPD:IncidentInterface`` and
``HPD:Help Desk`` show the incidents, and the interface, a join form, calls a row ``A|A``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .enums import Choices

Kind: TypeAlias = Literal["char", "enum", "integer", "time", "attachment", "history"]
Option: TypeAlias = Literal["REQUIRED", "OPTIONAL", "SYSTEM", "DISPLAY"]

DATATYPES: dict[Kind, str] = {
    "char": "CHAR",
    "enum": "ENUM",
    "integer": "INTEGER",
    "time": "TIME",
    "attachment": "ATTACH",
    "history": "CHAR",
}
LONGEST = 254
"""Bytes of a character field without a limit of its own; 0 stands for unlimited."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    name: str
    id: int
    kind: Kind = "char"
    option: Option = "OPTIONAL"
    """SYSTEM fields are never written by clients; DISPLAY fields are commands that read back as null."""
    limit: int = LONGEST
    """The most bytes of a character field; 0 for no limit."""
    choices: Choices = ()
    default: Any = None
    key: str = ""
    """The name in the table's rows, where it is another."""
    codes: Mapping[str, int] = field(default_factory=dict[str, int], compare=False)
    """Label -> code of a selection field."""

    @property
    def column(self) -> str:
        """The name in the table's rows."""
        return self.key or self.name


@dataclass(slots=True)
class Form:
    """One form."""

    name: str
    table: str
    id_field: str
    """The field that holds the id of an entry."""
    fields: dict[str, Field]
    join: bool = False
    """Ids are those of the two joined rows, ``A|A``."""
    associations: dict[str, tuple[str, str, str]] = field(default_factory=dict[str, tuple[str, str, str]])
    """Association -> (form, its field, our field): the rows there whose field equals ours."""
    by_id: dict[str, Field] = field(init=False)
    lower: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {str(each.id): each for each in self.fields.values()}
        self.lower = {each.name.lower(): each for each in self.fields.values()}

    def find(self, name: str) -> Field | None:
        """Give the field of a name or of an id."""
        return self.fields.get(name) or self.by_id.get(name)

    def entry_id(self, row_id: str) -> str:
        """Give what this form calls a row."""
        return f"{row_id}|{row_id}" if self.join else row_id

    def row_id(self, entry_id: str) -> str:
        """Give the id of the row that an entry id means; a single id means the same, as in recorded links."""
        first, bar, second = entry_id.partition("|")
        return first if not bar or first == second else entry_id


def fields(*groups: Iterable[Field]) -> dict[str, Field]:
    """Join fields by name; a later one takes the place of an earlier one."""
    return {each.name: each for group in groups for each in group}


def enum(name: str, number: int, choices: Choices, **rest: Any) -> Field:
    """Give a selection field."""
    return Field(name, number, "enum", choices=choices, codes={label: code for code, label in choices}, **rest)


def plain(names: str, first_id: int, **rest: Any) -> list[Field]:
    """Give fields that differ by nothing but name and id.

    Args:
        names: separated by ``;``, in as many lines as needed.
        first_id: the ids count up from here. They are the sandbox's own, as the vendor's are not known.
        rest: what they have in common.
    """
    return [Field(" ".join(name.split()), first_id + number, **rest) for number, name in enumerate(names.split(";"))]
