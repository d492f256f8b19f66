"""Incidents out of whatever the vendor returns that holds them, as records.

Vendor facts (recorded replies of public clients; docs.bmc.com, AR System webhooks): an entry is ``{"values", "_links"}``,
in a list ``entries`` or bare, and some clients keep the values alone. An entry of the create form has names of its own and
the id of a staging row; its incident goes by its number. What a webhook or a filter sends is made by hand: its fields are
those of the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from ...core.connector import Json
from ...core.shapes import json_in
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
DEEPEST: Final = 20


def unwrap(payload: Any, depth: int = 0) -> Iterator[Json]:
    """Give each incident of a payload as a record."""
    if depth > DEEPEST:
        return
    if isinstance(payload, list):
        for item in cast("list[Any]", payload):
            yield from unwrap(item, depth + 1)
    elif isinstance(payload, str):
        yield from unwrap(json_in(payload), depth + 1)
    elif isinstance(payload, dict):
        body = cast("Json", payload)
        values = body.get("values")
        if isinstance(values, dict) and _is_entry(cast("Json", values)):
            yield record_body(cast("Json", values))
        elif isinstance(values, dict) and NUMBER in values:
            yield mentioned(cast("Json", values))
        elif _is_alone(body):
            yield record_body(body)
        else:
            for key, item in body.items():
                if key not in NOT_INCIDENTS:
                    yield from unwrap(item, depth + 1)


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
