"""Configuration items and services: found by what other tools know of them, and written as references.

Vendor facts (ServiceNow documentation, CMDB): items live in ``cmdb_ci`` and its child tables, business services in
``cmdb_ci_service``; ``correlation_id`` holds an external id. Neither a serial number nor a name is unique, so several that
fit are nobody's.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from ...core.connector import FieldInfo, Json
from ...core.errors import ForbiddenError
from ...core.model import ConfigurationItem
from ...core.shapes import as_object
from .query import Query, UnsafeValueError, equals
from .table import TableApi

FIELDS = ("sys_id", "name", "serial_number", "correlation_id")
SERVICE: Final = "business_service"
SERVICE_NAME: Final = f"{SERVICE}.name"
"""The column under which a service's name is read and written."""


class Items:
    """The configuration items of one instance."""

    def __init__(self, table: TableApi) -> None:
        """Make a finder."""
        self._table = table

    def find(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find an item by external id, by serial, then by exact name; None where none or several fit."""
        for column, value in (
            ("correlation_id", item.external_id),
            ("serial_number", item.serial),
            ("name", item.name),
        ):
            rows = self._rows(column, value) if value else []
            if len(rows) == 1:
                return _item(rows[0])
        return None

    def _rows(self, column: str, value: str) -> list[Json]:
        try:
            query = Query().where(equals(column, value)).ordered("sys_id")
            return self._table.page("cmdb_ci", query, FIELDS, limit=2).rows
        except (UnsafeValueError, ForbiddenError):
            return []

    @cached_property
    def services(self) -> dict[str, str]:
        """The business services: name -> id, for names that only one has."""
        ids: dict[str, str | None] = {}
        try:
            for row in self._table.rows("cmdb_ci_service", Query().ordered("sys_id"), ("sys_id", "name")):
                ids[row["name"]] = None if row["name"] in ids else row["sys_id"]
        except ForbiddenError:
            return {}
        return {name: service for name, service in ids.items() if name and service}

    def service_field(self) -> FieldInfo:
        """Give the service as a choice field, so that a name that is unknown here is not written."""
        return FieldInfo(SERVICE_NAME, "Service", options=tuple((name, name) for name in sorted(self.services)))

    def resolved(self, body: Json) -> Json:
        """Give a body in which the service's name is its reference."""
        told = as_object(body.get(SERVICE))
        if "name" not in told:
            return body
        name = told["name"]
        return {**body, SERVICE: self.services.get(name, "") if name else ""}


def _item(row: Json) -> ConfigurationItem:
    def told(column: str) -> Any:
        return row.get(column) or None

    return ConfigurationItem(
        id=row["sys_id"],
        name=told("name"),
        serial=told("serial_number"),
        external_id=told("correlation_id"),
    )
