"""Run the tables of a mapping: values of several fields that belong together, looked up both ways.

Reading uses the exact rows only. Where a record tells only some of a table's fields, the incident fields on which all
matching rows agree are known, and the others stay unknown. Writing takes an exact row before a lossy one,
none that is only read, and, while there are others, none with a value that the tool does not offer.
"""

from __future__ import annotations

from typing import Any, Final

from ..connector import Json
from ..errors import MappingError
from ..model import Document, accepts
from .directory import Unlisted
from .fields import MISSING, UNREADABLE, getter, is_option, option_key, setter
from .spec import Table, TableRow
from .transforms import Names, find_transform

_NOBODY: Final = Unlisted()


class TableRunner:
    """One table, ready to run; what was looked up once is remembered."""

    _MEMORY: Final = 10_000

    def __init__(self, name: str, table: Table, aliases: dict[str, dict[str, str]]) -> None:
        """Compile a table.

        Args:
            name: its name in the mapping.
            table: the table.
            aliases: record field -> other spellings of its values -> the value.
        """
        self.name = name
        self.table = table
        self.exact = tuple(row for row in table.rows if row.loss is None)
        self._written = tuple(row for row in self.exact if not row.read_only)
        self._lossy = tuple(row for row in table.rows if row.loss is not None)
        self._unlisted = find_transform(table.unlisted) if table.unlisted else None
        self._aliases = [aliases.get(field, {}) for field in table.record]
        self._getters = [getter(field) for field in table.record]
        self._option_keys = [option_key(field) for field in table.record]
        self._setters = {field: setter(field) for field in table.record}
        self._read_memory: dict[tuple[Any, ...], dict[str, Any] | None] = {}
        self._write_memory: dict[tuple[tuple[Any, ...], ...], TableRow | None] = {}

    # -- record -> document

    def read(self, body: Json, doc: Document) -> None:
        """Put into a document what the record's values mean; values without a row land in ``extra``."""
        raws = self._raws(body)
        found = self._look_up(raws)
        if found is not None:
            doc.update(found)
            return
        extra = doc.setdefault("extra", {})
        pairs = zip(self.table.record, raws, strict=True)
        extra.update({field: raw for field, raw in pairs if raw is not None and raw is not MISSING})

    def lacks_row(self, body: Json) -> str | None:
        """Give the record's values for which there is no row, in words, or None."""
        raws = self._raws(body)
        if self._look_up(raws) is not None:
            return None
        pairs = zip(self.table.record, raws, strict=True)
        return ", ".join(f"{field}={raw!r}" for field, raw in pairs if raw is not MISSING)

    def reads_apart(self, field: str, value: str) -> bool:
        """Tell whether a value of a record field that no row lists is read all the same."""
        return self._read_apart({field: value}) is not None

    def _raws(self, body: Json) -> tuple[Any, ...]:
        raws: list[Any] = []
        for get, aliases in zip(self._getters, self._aliases, strict=True):
            raw = get(body)
            raws.append(aliases.get(raw, raw) if aliases and isinstance(raw, str) else raw)
        return tuple(raws)

    def _look_up(self, raws: tuple[Any, ...]) -> dict[str, Any] | None:
        """Give the incident fields that the record's values tell, or None where no row knows the values."""
        try:
            if raws in self._read_memory:
                return self._read_memory[raws]
        except TypeError:  # an object where a single value belongs: no row can know it
            return None
        if len(self._read_memory) >= self._MEMORY:
            self._read_memory.clear()
        found = self._read_memory[raws] = self._find(dict(zip(self.table.record, raws, strict=True)))
        return found

    def _find(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        told = {field: value for field, value in raw.items() if value is not MISSING}
        if not told:
            return {}
        rows = [row for row in self.exact if _fits(row, told)]
        if not rows:
            return self._read_apart(told)
        if len(told) == len(raw):
            return {field: rows[0].incident.get(field) for field in self.table.incident}
        meanings = [{field: row.incident.get(field) for field in self.table.incident} for row in rows]
        return {
            field: value for field, value in meanings[0].items() if all(meaning[field] == value for meaning in meanings)
        }

    def _read_apart(self, told: dict[str, Any]) -> dict[str, Any] | None:
        """Read values field by field where no row lists their combination, if the table says so and they can be read."""
        if self._unlisted is None:
            return None
        found: dict[str, Any] = {}
        for field, name in zip(self.table.record, self.table.incident, strict=True):
            if field not in told:
                continue
            try:
                found[name] = self._unlisted.read(told[field], _NOBODY)
            except UNREADABLE:
                return None
            if not accepts(name, found[name]):
                return None
        return found

    # -- document -> record

    def row_for(self, doc: Document, names: Names | None = None) -> TableRow | None:
        """Give the row that writes these incident values, an exact one before a lossy one.

        Args:
            doc: the document.
            names: tells which values the tool offers; without it, or where it offers none of them, all count.
        """
        values = tuple(doc.get(field) for field in self.table.incident)
        offered = tuple(names.options(key) for key in self._option_keys) if names is not None else ()
        key = (values, offered)
        if key not in self._write_memory:
            if len(self._write_memory) >= self._MEMORY:
                self._write_memory.clear()
            self._write_memory[key] = self._find_incident(
                dict(zip(self.table.incident, values, strict=True)), dict(zip(self.table.record, offered, strict=False))
            )
        return self._write_memory[key]

    def _find_incident(self, values: dict[str, Any], offered: dict[str, frozenset[str] | None]) -> TableRow | None:
        exact = [row for row in self._written if all(values[each] == row.incident.get(each) for each in values)]
        lossy = [row for row in self._lossy if all(values[each] == value for each, value in row.incident.items())]
        fitting = [*exact, *lossy]
        for row in fitting:
            if all(is_option(raw, offered.get(field)) for field, raw in row.record.items()):
                return row
        return fitting[0] if fitting else None

    def concerns(self, doc: Document) -> bool:
        """Tell whether a document knows any field of this table."""
        return any(field in doc for field in self.table.incident)

    def write(self, doc: Document, body: Json, names: Names | None = None) -> None:
        """Put the record's values of a document into a body; ``names`` as in :meth:`row_for`.

        Raises:
            MappingError: no row has the document's values.
        """
        if not self.concerns(doc):
            return
        row = self.row_for(doc, names)
        if row is None:
            values = ", ".join(f"{field}={doc.get(field)!r}" for field in self.table.incident)
            raise MappingError(f"table '{self.name}' has no row for {values}; add one, with a 'loss' if need be")
        for field, value in row.record.items():
            self._setters[field](body, value)


def _fits(row: TableRow, told: dict[str, Any]) -> bool:
    return all(_same(told[field], value) for field, value in row.record.items() if field in told)


def _same(raw: Any, wanted: Any) -> bool:
    return raw == wanted or (raw in (None, "") and wanted in (None, ""))
