"""Tables and columns: what ``sys_dictionary`` knows, declared once and served from there.

A column is written as one line ``element | type flags | label``. The type is the dictionary's ``internal_type``, with its
length or the referenced table in brackets. Flags are ``choice``, ``read_only``, ``mandatory``, ``=default``, and
``<element`` for the column on which a choice list depends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

_TYPE = re.compile(r"(?P<kind>\w+)(?:\((?P<argument>\w+)\))?$")
_LENGTHS = {"GUID": 32, "reference": 32, "journal_input": 4000, "journal_list": 4000, "glide_list": 4000, "script": 8000}
DATE_TIMES = frozenset({"glide_date_time", "due_date"})
NUMBERS = frozenset({"integer", "longint", "float", "order_index"})
JOURNALS = frozenset({"journal_input", "journal_list"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    element: str
    kind: str
    """The dictionary's ``internal_type``."""
    label: str
    owner: str
    """The table that declares it; a table that extends another has the other's columns too."""
    max_length: int = 40
    reference: str = ""
    """The referenced table, for references and lists of references."""
    default: str = ""
    choice: bool = False
    dependent: str = ""
    read_only: bool = False
    mandatory: bool = False

    @property
    def is_date_time(self) -> bool:
        """Holds a moment: ``YYYY-MM-DD HH:MM:SS`` in UTC."""
        return self.kind in DATE_TIMES

    @property
    def is_number(self) -> bool:
        """Compares as a number."""
        return self.kind in NUMBERS

    @property
    def is_journal(self) -> bool:
        """Holds a thread and not a value."""
        return self.kind in JOURNALS


@dataclass(slots=True)
class TableSpec:
    """One table: its columns in the order of delivery, and how it numbers and names its rows."""

    name: str
    label: str
    columns: dict[str, Column]
    display: str = "name"
    """The column that stands for a row where it is referenced."""
    extends: str = ""
    number_prefix: str = ""
    first_number: int = 0
    audited: bool = False
    """Changes of its fields are written to ``sys_audit``, deletes to ``sys_audit_delete``."""
    defaults: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.defaults = {column.element: column.default for column in self.columns.values() if column.default}

    def add(self, column: Column) -> None:
        """Add a column to a live table, as an administrator does through the dictionary."""
        self.columns[column.element] = column
        if column.default:
            self.defaults[column.element] = column.default


def parse_columns(owner: str, text: str) -> list[Column]:
    """Read column lines; see the module's description.

    Raises:
        ValueError: a line is not in the form.
    """
    return [_parse_line(owner, line) for line in text.strip().splitlines()]


def _parse_line(owner: str, line: str) -> Column:
    element, description, label = (part.strip() for part in line.split("|"))
    kind, *flags = description.split()
    match = _TYPE.match(kind)
    if match is None:
        raise ValueError(f"not a column type: {kind!r}")
    name, argument = match["kind"], match["argument"] or ""
    column = Column(element, name, label, owner, max_length=_LENGTHS.get(name, 40))
    if argument.isdecimal():
        column = replace(column, max_length=int(argument))
    elif argument:
        column = replace(column, reference=argument)
    for flag in flags:
        column = _with_flag(column, flag)
    return column


def _with_flag(column: Column, flag: str) -> Column:
    if flag.startswith("="):
        return replace(column, default=flag[1:].replace("_", " "))
    if flag.startswith("<"):
        return replace(column, choice=True, dependent=flag[1:])
    if flag == "choice":
        return replace(column, choice=True)
    if flag == "read_only":
        return replace(column, read_only=True)
    if flag == "mandatory":
        return replace(column, mandatory=True)
    raise ValueError(f"not a column flag: {flag!r}")


SYSTEM = """
sys_id | GUID read_only | Sys ID
sys_created_on | glide_date_time read_only | Created
sys_created_by | string read_only | Created by
sys_updated_on | glide_date_time read_only | Updated
sys_updated_by | string read_only | Updated by
sys_mod_count | integer read_only | Updates
sys_tags | related_tags read_only | Tags
"""
"""Columns that nearly every table has."""

DOMAIN = """
sys_domain | reference(sys_user_group) read_only =global | Domain
sys_domain_path | domain_path(255) read_only =/ | Domain Path
"""


def table(
    name: str,
    label: str,
    *texts: str | Iterable[Column],
    display: str = "name",
    extends: str = "",
    audited: bool = False,
    number: tuple[str, int] = ("", 0),
) -> TableSpec:
    """Declare a table.

    Args:
        name: as in the address.
        label: for people.
        texts: columns: inherited ones as columns, own ones as text.
        display: the column that stands for a row.
        extends: the table whose columns come first.
        audited: changes are audited.
        number: prefix and first number of the number generator.
    """
    columns: dict[str, Column] = {}
    for text in texts:
        parsed = parse_columns(name, text) if isinstance(text, str) else text
        columns.update({column.element: column for column in parsed})
    return TableSpec(name, label, columns, display, extends, number[0], number[1], audited)
