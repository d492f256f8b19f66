"""The lists behind a request's fields, read once: statuses, priorities, categories; and the fields themselves.

Vendor facts (manageengine.com, setup and metadata; public clients):

- Every list can be edited, and its names are in the account's language; ids differ from server to server.
- Impacts have other names in Cloud (Affects Business, Affects Department, Affects User) than on-premises.
- ``/requests/_metainfo`` tells fields, those of ``udf_fields`` with ``display_name``, ``type`` and ``allowed_values``.
- A subcategory belongs to one category. Only a technician is assigned, and only one who works in the group.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from ...core.connector import Dependency, FieldInfo, Json
from ...core.errors import ForbiddenError, RecordError
from ...core.shapes import as_list, as_object
from .calls import Calls
from .shapes import LABELS, MARKER, STATE, state_of

LISTS: Final = {
    "status": "statuses",
    "priority": "priorities",
    "urgency": "urgencies",
    "impact": "impacts",
    "level": "levels",
    "mode": "modes",
    "category": "categories",
    "subcategory": "subcategories",
    "service_category": "service_categories",
}
"""Field -> its list."""
CODES: Final = "closure_codes"
SYNONYMS: Final = {
    "impact": (
        {"High", "Affects Business"},
        {"Medium", "Affects Department", "Affects Group"},
        {"Low", "Affects User"},
    ),
    "urgency": ({"Urgent", "High"},),
}
"""Field -> names that stand for each other where an account has only one of them."""
FREE: Final = frozenset({"status", "category", "subcategory"})
"""Lists whose names mean no more than themselves, or are chosen in another way."""


class Catalogue:
    """The lists and fields of one account."""

    def __init__(self, calls: Calls, *, marker: str, labels: str) -> None:
        """Make an empty catalogue.

        Args:
            calls: the connection's calls.
            marker: the custom field that holds the marker.
            labels: the custom field that holds the labels.
        """
        self._calls = calls
        self._ours = {marker: MARKER, labels: LABELS}
        self._lists: dict[str, list[Json] | None] = {}

    def options(self, kind: str) -> list[Json] | None:
        """Give the rows of a list; None where the account may not read it."""
        if kind not in self._lists:
            try:
                rows = list(self._calls.rows(f"/{kind}", kind))
                self._lists[kind] = [row for row in rows if row.get("name") and row.get("deleted") is not True]
            except (RecordError, ForbiddenError):
                self._lists[kind] = None
        return self._lists[kind]

    # -- statuses

    @cached_property
    def _states(self) -> dict[str, str]:
        """Name of a status -> its usual name."""
        return {str(row["name"]): state_of(row) or str(row["name"]) for row in self.options("statuses") or ()}

    def state(self, status: Any) -> str | None:
        """Give the usual name of a status inside a request; None where it can tell by itself or nobody can."""
        return self._states.get(str(as_object(status).get("name") or ""))

    def status_named(self, state: str) -> str:
        """Give an account's name of the status with a usual name: one that bears it, else the first that means it."""
        names = [name for name, usual in self._states.items() if usual == state]
        return state if state in names or not names else names[0]

    # -- writing

    def name_here(self, field: str, name: str) -> str:
        """Give the name that an option has in this account: itself, or one that stands for it here."""
        rows = self.options(LISTS[field]) if field in LISTS else None
        known = {str(row["name"]) for row in rows or ()}
        if name in known:
            return name
        same = next((group for group in SYNONYMS.get(field, ()) if name in group), set[str]())
        return min(same & known, default=name)

    def custom_type(self, key: str) -> str | None:
        """Give the type of a custom field, or None where there is no such field."""
        known = self._custom.get(key)
        return None if known is None else str(known.get("type") or "string")

    # -- metadata

    @cached_property
    def _metainfo(self) -> Json:
        try:
            reply = as_object(self._calls.read("/requests/_metainfo"))
        except (RecordError, ForbiddenError):
            return {}
        return as_object(as_object(reply.get("metainfo")).get("fields"))

    @cached_property
    def _custom(self) -> dict[str, Json]:
        told = as_object(as_object(self._metainfo.get("udf_fields")).get("fields"))
        return {key: as_object(value) for key, value in told.items()}

    def lacks(self, key: str) -> bool:
        """Tell whether the account surely has no custom field of this key."""
        return bool(self._metainfo) and key not in self._custom

    def fields(self) -> list[FieldInfo]:
        """Give what the account says of its fields."""
        found = [_info(key, as_object(told)) for key, told in self._metainfo.items() if key not in (*LISTS, "udf_fields")]
        found += [self._custom_info(key, told) for key, told in self._custom.items()]
        for field, kind in LISTS.items():
            rows = self.options(kind)
            if rows is not None and field != "status":
                found.append(self._choice(field, [str(row["name"]) for row in rows]))
        states = sorted(set(self._states.values()))
        if states:
            found.append(FieldInfo(STATE, "Status", options=tuple((state, state) for state in states), required=True))
        codes = self.options(CODES)
        if codes is not None:
            names = tuple((str(row["name"]), str(row["name"])) for row in codes)
            found.append(FieldInfo("closure_code.name", "Closure Code", options=names))
        technicians = self.options("technicians")
        if technicians is not None:
            found.append(_technician(technicians))
        return found

    def _choice(self, field: str, names: list[str]) -> FieldInfo:
        told = as_object(self._metainfo.get(field))
        known = {name: name for name in names}
        for group in SYNONYMS.get(field, ()):
            if group & known.keys():
                known |= {name: name for name in group}
        return FieldInfo(
            f"{field}.name",
            str(told.get("display_name") or field),
            options=tuple(known.items()),
            required=told.get("mandatory") is True,
            dependency=self._families if field == "subcategory" else None,
        )

    @property
    def _families(self) -> Dependency:
        """Which subcategory belongs to which category."""
        rows = self.options("subcategories") or []
        families = ((as_object(row.get("category")).get("name"), row["name"]) for row in rows)
        return Dependency("category.name", frozenset((str(above), str(name)) for above, name in families))

    def _custom_info(self, key: str, told: Json) -> FieldInfo:
        info = _info(self._ours.get(key, key), told)
        if key in self._ours:
            return info
        allowed = tuple((str(each), str(each)) for each in as_list(told.get("allowed_values"))) or None
        return FieldInfo(key, info.name, custom=True, max_length=info.max_length, options=allowed, writable=info.writable)


def _technician(rows: list[Json]) -> FieldInfo:
    """Give who can be assigned: anyone of them while there is no group, else those who work in it, if the rows tell."""
    works = {(str(group.get("id")), str(row["id"])) for row in rows for group in map(as_object, as_list(row.get("groups")))}
    anyone = {("", str(row["id"])) for row in rows}
    return FieldInfo(
        "technician.id",
        "Technician",
        options=tuple((str(row["id"]), str(row["name"])) for row in rows),
        dependency=Dependency("group.id", frozenset(works | anyone)) if works else None,
    )


def _info(key: str, told: Json) -> FieldInfo:
    longest = as_object(told.get("constraints")).get("max_length")
    return FieldInfo(
        key,
        str(told.get("display_name") or key),
        max_length=longest if isinstance(longest, int) else None,
        required=told.get("mandatory") is True,
        writable=told.get("read_only") is not True,
    )
