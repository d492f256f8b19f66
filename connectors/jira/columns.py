"""The columns of a record, and the site's fields behind them.

A record is flat: a column holds a plain value, and what is known of a person stands beside the id
(``reporter.displayName``). Most columns bear the id of the system field. Those for which Jira has no system field are kept
in custom fields, which are found by their type, or by the name that the ITSM template gives them.

Vendor facts:

- Ids of custom fields differ from site to site; names can be changed and are translated, ``untranslatedName`` is not; the
  type stands in ``schema.custom``. [developer.atlassian.com, issue fields]
- Names and types of the template's fields. [Atlassian support, ITSM template; recorded fields]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from ...core.connector import Json
from ...core.shapes import as_object

Column: TypeAlias = Literal[
    "impact",
    "urgency",
    "pending_reason",
    "source",
    "group",
    "category",
    "services",
    "major",
    "cause",
    "workaround",
    "resolution_notes",
    "tier",
    "request_type",
    "participants",
    "satisfaction",
]
"""A column that is kept in a custom field."""
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "impact": ("impact",),
    "urgency": ("urgency",),
    "pending_reason": ("pending reason",),
    "source": ("source",),
    "group": ("assignment group", "support group"),
    "category": ("operational categorization", "category"),
    "services": ("affected services", "affected service"),
    "major": ("major incident",),
    "cause": ("root cause",),
    "workaround": ("workaround",),
    "resolution_notes": ("resolution notes",),
    "tier": ("support tier", "tier", "support level"),
}
"""Column -> names of its field, best first."""
TYPES: Final = {
    "request_type": ":vp-origin",
    "participants": ":sd-request-participants",
    "satisfaction": ":sd-request-feedback",
}
"""Column -> end of the type of its field."""
SLA: Final = ":sd-sla-field"
SINGLE: Final = frozenset({"option", "string"})
FITTING: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("impact", "urgency", "pending_reason", "source", "tier"), frozenset({"option"})),
    "group": frozenset({"group"}),
    "category": frozenset({"option-with-child", "option"}),
    "services": frozenset({"array", "option"}),
    "major": frozenset({"array", "option"}),
    **dict.fromkeys(("cause", "workaround", "resolution_notes"), frozenset({"string"})),
}
"""Column -> types of fields that can hold it."""
NOISE: Final = (
    "com.pyxis.greenhopper.jira:",
    "com.atlassian.jira.plugins.jira-development-integration-plugin:",
    ":sd-request-feedback-date",
    ":sd-approvals",
    ":rm-teams-custom-field-",
)
"""Parts of the types of fields that say nothing about a ticket."""
COLUMNS: Final[tuple[str, ...]] = get_args(Column)


@dataclass(frozen=True, slots=True)
class SiteField:
    """A field as the site lists it."""

    id: str
    name: str
    type: str
    custom: str
    """The type of a custom field, such as ``com.atlassian...:select``; empty for a system field."""
    items: str = ""
    """Type of the items of an array."""
    aliases: tuple[str, ...] = ()
    """Names by which it is found, in lower case."""


def site_field(row: Json) -> SiteField:
    """Give a field from a list of fields or of create metadata."""
    schema = as_object(row.get("schema"))
    names = [str(row[key]) for key in ("untranslatedName", "name") if row.get(key)]
    return SiteField(
        id=str(row.get("id") or row.get("fieldId") or row.get("key")),
        name=str(row.get("name") or ""),
        type=str(schema.get("type") or ""),
        custom=str(schema.get("custom") or ""),
        items=str(schema.get("items") or ""),
        aliases=tuple(dict.fromkeys(name.casefold() for name in names)),
    )


@dataclass(frozen=True, slots=True)
class Columns:
    """Which field of a site stands behind each column."""

    fields: Mapping[str, SiteField] = field(default_factory=dict[str, SiteField])
    """All fields by id."""
    by_column: Mapping[str, str] = field(default_factory=dict[str, str])
    """Column -> id of its field."""

    @property
    def column_of(self) -> dict[str, str]:
        """Give the columns by the ids of their fields."""
        return {field_id: column for column, field_id in self.by_column.items()}

    @property
    def sla(self) -> list[str]:
        """Give the ids of the service-level clocks."""
        return [each.id for each in self.fields.values() if each.custom.endswith(SLA)]

    def is_noise(self, field_id: str) -> bool:
        """Tell whether a field says nothing about a ticket."""
        known = self.fields.get(field_id)
        return known is not None and any(part in known.custom for part in NOISE)


def find_columns(rows: Iterable[Json], chosen: Mapping[Any, str], *, missing: list[str] | None = None) -> Columns:
    """Find the fields behind the columns.

    Args:
        rows: the site's fields.
        chosen: column -> name or id of its field, as the configuration says.
        missing: takes the columns whose chosen field does not exist.
    """
    fields = {each.id: each for each in map(site_field, rows)}
    found: dict[str, str] = {}
    for column in COLUMNS:
        if column in chosen:
            wanted = chosen[column]
            fitting = (each for each in fields.values() if wanted == each.id or wanted.casefold() in each.aliases)
            match = next((each.id for each in fitting), None)
            if match is None and missing is not None:
                missing.append(column)
        else:
            match = _of_template(column, fields.values())
        if match is not None:
            found[column] = match
    return Columns(fields, found)


def _of_template(column: str, fields: Iterable[SiteField]) -> str | None:
    if column in TYPES:
        return next((each.id for each in fields if each.custom.endswith(TYPES[column])), None)
    known = [each for each in fields if each.custom and each.type in FITTING[column]]
    return next((each.id for name in NAMES[column] for each in known if name in each.aliases), None)
