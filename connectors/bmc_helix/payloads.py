"""Incidents out of whatever the vendor returns that holds them, as records.

Vendor facts (recorded replies of public clients; docs.bmc.com, AR System webhooks): an entry is ``{"values", "_links"}``,
in a list ``entries`` or bare, and some clients keep the values alone. An entry of the create form has names of its own and
the id of a staging row; its incident goes by its number. What a webhook or a filter sends is made by hand: its fields are
those of the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...core.connector import Json
from ...core.shapes import as_object, records_in
from .columns import CREATE_NAMES, ID, MODIFIED, NUMBER
from .shapes import entry_id, shaped

READ_NAMES: Final = {
    **{theirs: ours for ours, theirs in CREATE_NAMES.items()},
    "Create Date": "Submit Date",
    "Modified Date": MODIFIED,
    "Status History": "Status-History",
    "z1D_Action": "z1D Action",
}
"""Field of the create form -> its name on the read form."""
MARKS: Final = frozenset({"Status", "Impact", "Urgency", "Priority", "Description", "Detailed Decription", "Submitter"})
"""Fields of which an incident shows at least one, where its values stand alone."""
OTHER_FORMS: Final = frozenset({"Work Log ID", "Task ID", "Associations ID", "Infrastructure Change ID"})
"""Fields of entries of other forms that name an incident by its number."""
NOT_INCIDENTS: Final = frozenset({"_links", "Worknotes", "old", "oldValues"})
"""Keys under which links, work logs or an older state of the same incident travel."""


def unwrap(payload: Any) -> Iterator[Json]:
    """Give each incident of a payload as a record."""
    return records_in(payload, _taken, apart=NOT_INCIDENTS)


def _taken(body: Json) -> Json | None:
    values = as_object(body.get("values"))
    if _is_entry(values):
        return record_body(values)
    if NUMBER in values:
        return mentioned(values)
    return record_body(body) if _is_alone(body) else None


def record_body(values: Mapping[str, Any]) -> Json:
    """Give the record of an incident's values, from either form."""
    renamed = {READ_NAMES.get(name, name): value for name, value in values.items() if name not in NOT_INCIDENTS}
    return shaped({**renamed, ID: entry_id(renamed) or renamed.get(NUMBER)})


def mentioned(values: Json) -> Json:
    """Give the incident that an entry of another form names, such as a work log's: its number, and that entry untouched."""
    return {ID: values[NUMBER], NUMBER: values[NUMBER], "entry": values}


def _is_entry(values: Mapping[str, Any]) -> bool:
    return (NUMBER in values or ID in values) and OTHER_FORMS.isdisjoint(values)


def _is_alone(body: Mapping[str, Any]) -> bool:
    names = {READ_NAMES.get(name, name) for name in body}
    return _is_entry(body) and not MARKS.isdisjoint(names)
