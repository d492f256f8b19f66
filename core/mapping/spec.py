"""What a mapping file may say: the shape of ``mappings/*.yaml`` and of the overlays in a link's configuration.

A mapping has field rules (one record field <-> one incident field), tables (values of several fields that belong
together, such as status and reason), rules for what a vendor demands or makes of a write, and the same for comments,
files and people. It is data: no expressions, no code, except a transform that names a Python function.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from ..errors import MappingError
from ..model import Frozen, Incident, accepts
from ..registry import connector_package


class Direction(StrEnum):
    """When a field rule applies."""

    BOTH = "both"
    READ = "read"
    CREATE = "create"
    """Read always, written only when a record is created."""


class FieldRule(Frozen):
    """One record field <-> one incident field."""

    field: str
    """The record's field. A dot goes into an object (``via.channel``) unless the record has a field of that whole name;
    ``custom_fields[77]`` is the ``value`` of the entry whose ``id`` is 77."""
    transform: str = Field("text", alias="as")
    """Name of the transform (see ``core.mapping.transforms``)."""
    direction: Direction = Direction.BOTH
    values: dict[str, Any] | None = None
    """Raw value -> incident value, in place of the transform. On writing the first raw value with that image is used;
    a raw value that is not listed is taken as it is, or as ``unknown``."""
    unknown: str | None = None
    """What a raw value means that ``values`` does not list."""
    otherwise: str | None = None
    """What is written for a value that the target does not have; a declared loss."""
    carried: bool = False
    """Declares that a value that the target does not have is left out, and carried in text."""
    max: int | None = None
    """Longest text that the vendor stores; longer text is cut with an ellipsis and carried in full in a note."""
    max_bytes: int | None = None
    """As ``max``, for a plain text that the vendor measures in bytes of UTF-8."""
    besides: tuple[str, ...] = ()
    """Record fields whose people this list leaves out on reading: the tool puts them on it by itself."""
    companions: dict[str, str] = Field(default_factory=dict)
    """Attributes of a person, group or item that the record carries itself: ``{name: caller_id.name}``."""


class TableRow(Frozen):
    """One row of a table: these incident values are those record values."""

    incident: dict[str, Any]
    record: dict[str, Any]
    loss: str | None = Field(None, min_length=1)
    """Set for a row that is only written: what gets lost, in words. Its incident pattern may leave fields open."""
    read_only: bool = False
    """Set for a row that is only read: a combination that the tool may hold but does not keep when it is written."""


class Table(Frozen):
    """Values of several fields that belong together."""

    incident: tuple[str, ...]
    record: tuple[str, ...]
    rows: tuple[TableRow, ...]
    unlisted: str | None = None
    """Name of the transform by which a combination that no row lists is read: each record field into the incident field at
    the same place. Without it a record with such values is set aside."""

    @model_validator(mode="after")
    def _check_rows(self) -> Self:
        if self.unlisted is not None and len(self.incident) != len(self.record):
            raise ValueError("unlisted: the table needs as many incident fields as record fields")
        for row in self.rows:
            strangers = (set(row.incident) - set(self.incident)) | (set(row.record) - set(self.record))
            if strangers:
                raise ValueError(f"row names fields that its table does not: {', '.join(sorted(strangers))}")
        return self


class WhenRule(Frozen):
    """When the record's fields hold one of these values, those fields are set."""

    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    set: dict[str, Any]
    """Record field, or a path as in :attr:`FieldRule.field`, -> its value."""


class PartRules(Frozen):
    """The rules of a comment or a file: field rules only."""

    fields: dict[str, FieldRule]


class MappingSpec(Frozen):
    """A whole mapping file."""

    connector: str
    version: int
    empty: str | None = None
    """What the vendor writes for "none"."""
    custom_prefix: str | None = None
    """Record fields that begin so are custom fields of that name."""
    fields: dict[str, FieldRule]
    tables: dict[str, Table] = Field(default_factory=dict)
    aliases: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Record field -> other spellings of its values (labels, old codes) -> the value."""
    required: tuple[WhenRule, ...] = ()
    """What the vendor demands: sent where nothing else fills the field."""
    effects: tuple[WhenRule, ...] = ()
    """What the vendor's own rules make of a write: predicted, never sent."""
    ignored: tuple[str, ...] = ()
    """Record fields that say nothing which another field does not say: kept out of ``extra``."""
    comment: PartRules
    attachment: PartRules

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        known = set(Incident.model_fields)
        for name in (*self.fields, *(field for table in self.tables.values() for field in table.incident)):
            if name.split(".")[0] not in known:
                raise ValueError(f"'{name}' is not a field of an incident")
        for place, name, value in self._incident_values():
            if value is not None and not accepts(name, value):
                raise ValueError(f"{place}: {value!r} is not a value of the incident's {name}")
        return self

    def _incident_values(self) -> Iterator[tuple[str, str, Any]]:
        """Give each incident value that this mapping names, with its place and its field."""
        for name, rule in self.fields.items():
            if name in Incident.model_fields:
                for value in (*(rule.values or {}).values(), rule.unknown):
                    yield f"fields.{name}", name, value
        for table_name, table in self.tables.items():
            for number, row in enumerate(table.rows, 1):
                for name, value in row.incident.items():
                    yield f"tables.{table_name}, row {number}", name, value


class Overlay(Frozen):
    """What a link's configuration changes in a shipped mapping, field by field."""

    fields: dict[str, FieldRule | None] = Field(default_factory=dict)
    """A rule replaces the shipped one; null takes the field out."""
    tables: dict[str, Table] = Field(default_factory=dict)
    required: tuple[WhenRule, ...] = ()
    """Added before the shipped ones."""
    effects: tuple[WhenRule, ...] = ()

    def apply(self, spec: MappingSpec) -> MappingSpec:
        """Give the mapping with this overlay laid over it."""
        fields = {name: rule for name, rule in {**spec.fields, **self.fields}.items() if rule is not None}
        return spec.model_copy(
            update={
                "fields": fields,
                "tables": {**spec.tables, **self.tables},
                "required": (*self.required, *spec.required),
                "effects": (*spec.effects, *self.effects),
            }
        )


_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where PyYAML was built with it."""


def parse_mapping(text: str, origin: str) -> MappingSpec:
    """Read a mapping from YAML.

    Raises:
        MappingError: the text is not a mapping; names the origin and each wrong place.
    """
    try:
        return MappingSpec.model_validate(yaml.load(text, Loader=_Loader))  # noqa: S506 - one of the safe loaders
    except yaml.YAMLError as error:
        raise MappingError(f"{origin} is not YAML: {error}") from error
    except ValidationError as error:
        raise MappingError(f"{origin}: {explain(error)}") from error


def explain(error: ValidationError) -> str:
    """Give the wrong places of a validation in one line each: ``fields.title.max: must be an integer``."""
    lines = (
        f"{'.'.join(str(part) for part in problem['loc']) or 'top'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    )
    return "; ".join(lines)


@lru_cache
def shipped_mapping(connector: str) -> MappingSpec:
    """Give the mapping that ships with a connector: ``NAME.yaml`` in the package of its entry point, or one of ours.

    Raises:
        MappingError: there is none.
        ConfigError: the connector's package does not load.
    """
    own = connector_package(connector)
    for package in (own, "isthmus.mappings"):
        place = resources.files(package) / f"{connector}.yaml" if package else None
        if place is not None and place.is_file():
            return parse_mapping(place.read_text("utf-8"), f"{package}/{connector}.yaml")
    raise MappingError(
        f"connector '{connector}' ships no mapping (no {connector}.yaml among the data of {own or 'its package'}): "
        "name a file as 'mapping' of the connection"
    )


def load_mapping(path: Path) -> MappingSpec:
    """Read a mapping file of the user's own.

    Raises:
        MappingError: the file is missing or is not a mapping.
    """
    try:
        return parse_mapping(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise MappingError(f"mapping {path} cannot be read: {error.strerror}") from error
