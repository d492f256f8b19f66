"""Configuration items and services: found by what other tools know of them, written by their reconciliation id.

Vendor facts (docs.bmc.com, CMDB; public clients of the AR REST API): items are read from ``BMC.CORE:BMC_BaseElement``, in
production those of the data set ``BMC.ASSET``; ``ReconciliationIdentity`` is an item's id across data sets, and an incident
names its item by ``HPD_CI_ReconID`` and its service by ``ServiceCI_ReconID``. Business services are items of the class
``BMC_BUSINESSSERVICE``. Neither serial numbers nor names are unique, so several that fit are nobody's; some databases
compare them whatever their case, and an item that is not reconciled yet has no id, or "0".
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from ...core.connector import FieldInfo, Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from ...core.model import ConfigurationItem
from .calls import Calls
from .query import Keyset, both, equals, is_askable

ELEMENTS: Final = "BMC.CORE:BMC_BaseElement"
DATA_SET: Final = "BMC.ASSET"
SERVICE_CLASS: Final = "BMC_BUSINESSSERVICE"
RECON: Final = "ReconciliationIdentity"
SERIAL: Final = "SerialNumber"
BY_RECON: Final = Keyset(RECON)
SERVICE: Final = "ServiceCI"
SERVICE_ID: Final = "ServiceCI_ReconID"
ITEM: Final = "HPD_CI"
ITEM_ID: Final = "HPD_CI_ReconID"
MOST: Final = 50
"""Items of one look-up, among which those that do not count may come first."""


class Items:
    """The configuration items of one server."""

    def __init__(self, calls: Calls) -> None:
        """Make a finder."""
        self._calls = calls
        self._names: dict[str, str] = {}

    def find(self, item: ConfigurationItem) -> ConfigurationItem | None:
        """Find an item by external id, by serial, then by exact name; None where none or several fit."""
        for column, value in ((RECON, item.external_id), (SERIAL, item.serial), ("Name", item.name)):
            rows = self._rows(column, value) if value else []
            if len(rows) == 1:
                row = rows[0]
                self._names[row[RECON]] = row.get("Name") or ""
                return ConfigurationItem(
                    id=row[RECON],
                    name=row.get("Name") or None,
                    serial=item.serial if column == SERIAL else None,
                    external_id=row[RECON],
                )
        return None

    def _rows(self, column: str, value: str) -> list[Json]:
        if not is_askable(value):
            return []
        q = both(equals(column, value), equals("DatasetId", DATA_SET))
        try:
            rows = self._calls.entries(ELEMENTS, q, (RECON, "Name", column), keys=BY_RECON, limit=MOST)
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            return []
        return [row for row in rows if row.get(column) == value and row.get(RECON) not in (None, "", "0")]

    @cached_property
    def services(self) -> dict[str, str]:
        """The business services: name -> id, for names that only one has."""
        ids: dict[str, str | None] = {}
        q = both(equals("ClassId", SERVICE_CLASS), equals("DatasetId", DATA_SET))
        try:
            for row in self._calls.rows(ELEMENTS, q, (RECON, "Name"), keys=BY_RECON):
                name = str(row.get("Name") or "")
                ids[name] = None if name in ids else row.get(RECON)
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            return {}
        return {name: service for name, service in ids.items() if name and service}

    def service_field(self) -> FieldInfo:
        """Give the service as a choice field, so that a name that is unknown here is not written."""
        return FieldInfo(SERVICE, "Service", options=tuple((name, name) for name in sorted(self.services)))

    def resolved(self, body: Json) -> Json:
        """Give what a body says of items in the vendor's fields: the id beside the name, the name beside the id."""
        found: Json = {}
        if SERVICE in body:
            found[SERVICE] = body[SERVICE] or None
            found[SERVICE_ID] = self.services.get(body[SERVICE]) if body[SERVICE] else None
        if ITEM_ID in body:
            found[ITEM_ID] = body[ITEM_ID] or None
            name = self._names.get(body[ITEM_ID] or "")
            found |= {ITEM: name} if name else {} if body[ITEM_ID] else {ITEM: None}
        return found
