"""The forms of incidents and their fields, and what the server says of them.

Vendor facts (docs.bmc.com, AR System REST API, field metadata; incident forms of BMC Helix ITSM; recorded entries):

- Incidents are created on ``HPD:IncidentInterface_Create``, whose entry is a staging row with an id of its own; they are
  read and changed on ``HPD:IncidentInterface``, a join, and deleted on ``HPD:Help Desk``.
- The create form writes some names with underscores that the read form writes with blanks (``First_Name``). The
  misspelling ``Detailed Decription`` is the vendor's.
- ``/api/arsys/v1.0/fields/FORM`` lists the fields: ``name``, ``datatype``, ``field_option``, ``limit`` with ``max_length``
  or ``selection_values`` (``enum_values`` of some servers). Names of a customer's own fields end in ``__c`` (best practice
  customization mode).
- Without ``fields`` an entry comes with all of its hundreds of columns, most of them empty.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final
from urllib.parse import quote

from ...core.connector import FieldInfo, Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from ...core.shapes import as_list, as_object
from .calls import Calls
from .query import Keyset

CREATE: Final = "HPD:IncidentInterface_Create"
INCIDENT: Final = "HPD:IncidentInterface"
BASE: Final = "HPD:Help Desk"
WORK_LOG: Final = "HPD:WorkLog"

ID: Final = "Entry ID"
NUMBER: Final = "Incident Number"
MODIFIED: Final = "Last Modified Date"
MARKER: Final = "Vendor Ticket Number"
"""The field that bears our marker: the other tool's number, which people may search for."""
CUSTOM: Final = "__c"
BY_ID: Final = Keyset(ID)
BY_TIME: Final = Keyset(ID, MODIFIED)

_NAMES: Final = """
    Request ID; Entry ID; Incident Number; InstanceId; Submitter; Submit Date; Last Modified By;
    Last Modified Date; Status; Status_Reason; Status-History; Description; Detailed Decription; Resolution;
    Impact; Urgency; Priority; Priority Weight; Service Type; Reported Source; Company; Organization; Department;
    Site; Region; Site Group; First Name; Last Name; Internet E-mail; Phone Number; Person ID; Customer Login ID;
    Corporate ID; VIP; Contact Company; Assigned Support Company; Assigned Support Organization; Assigned Group;
    Assigned Group ID; Assignee; Assignee Login ID; Owner Group; Categorization Tier 1; Categorization Tier 2;
    Categorization Tier 3; Product Categorization Tier 1; Product Categorization Tier 2;
    Product Categorization Tier 3; Product Name; Manufacturer; Product Model/Version; Resolution Category;
    Resolution Category Tier 2; Resolution Category Tier 3; Resolution Method; Closure Product Name; Reported Date;
    Responded Date; Last Acknowledged Date; Last Resolved Date; Closed Date; Estimated Resolution Date;
    Required Resolution DateTime; Vendor Name; Vendor Group; Vendor Ticket Number; SRID; ServiceCI;
    ServiceCI_ReconID; HPD_CI; HPD_CI_ReconID; Total Transfers
"""
NEEDED: Final = tuple(name.strip() for name in _NAMES.split(";"))
"""Fields that are asked for, as far as the form has them."""

CREATE_NAMES: Final = {
    "First Name": "First_Name",
    "Last Name": "Last_Name",
    "Customer Login ID": "Login_ID",
    "Detailed Decription": "Detailed_Decription",
    "Service Type": "Service_Type",
    "Contact Company": "Contact_Company",
    "Phone Number": "Phone_Number",
}
"""Field of the read form -> its name on the create form, where that is another."""


class Columns:
    """The fields of incidents at one server, read once."""

    def __init__(self, calls: Calls) -> None:
        """Make an empty catalogue."""
        self._calls = calls

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The fields to ask for: what a hub needs and the form has, and the customer's own."""
        known = self.known
        needed = tuple(name for name in NEEDED if not known or name in known)
        return (*needed, *(name for name in known if name.endswith(CUSTOM) and not set(name) & set(",()")))

    @cached_property
    def known(self) -> dict[str, Json]:
        """What the server says of each field of incidents, by name; nothing where the account may not ask."""
        path = f"/api/arsys/v1.0/fields/{quote(INCIDENT, safe=':')}"
        params = {"field_criteria": "NAME,DATATYPE,LIMIT,OPTIONS", "field_type": "DATA"}
        try:
            told = as_list(self._calls.read(path, params).data)
        except (RecordError, ForbiddenError, UnexpectedReplyError):
            return {}
        fields = (as_object(each) for each in told)
        return {str(each["name"]): each for each in fields if each.get("name")}

    def fields(self) -> list[FieldInfo]:
        """Give what the server says of each field."""
        return [_info(name, told) for name, told in self.known.items()]


def _info(name: str, told: Json) -> FieldInfo:
    limit = as_object(told.get("limit"))
    choices = limit.get("selection_values") or limit.get("enum_values")
    options = [as_object(each).get("name") for each in as_list(choices)]
    length = limit.get("max_length")
    return FieldInfo(
        id=name,
        name=name.removesuffix(CUSTOM),
        custom=name.endswith(CUSTOM),
        max_length=length if isinstance(length, int) and length > 0 else None,
        options=tuple((str(option), str(option)) for option in options if option) or None,
        required=told.get("field_option") == "REQUIRED",
        writable=told.get("field_option") not in ("SYSTEM", "DISPLAY"),
    )
