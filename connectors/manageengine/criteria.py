"""``input_data``: the one parameter of the API, and the small language of ``search_criteria`` in it.

Vendor facts (manageengine.com, input data and search criteria):

- A criterion is ``{field, condition, value or values, logical_operator, children}``. Several in an array are joined from
  left to right, each by its own ``logical_operator``; ``children`` are joined to their parent and bind closer.
- Some builds refuse an array of one criterion, and a criterion on a time beside any other: so ours are one criterion
  wherever that is possible, and the rest is filtered here.
- Times are epoch milliseconds, as digits. Texts are compared whatever their case.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, cast

import orjson

from ...core.connector import Json
from ...core.errors import ConfigError

NAME: Final = "input_data"


def input_data(data: Json) -> str:
    """Give the parameter's text; half of a character, which no JSON may hold, becomes a replacement character."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def since(field: str, moment: int) -> Json:
    """Give the criterion that a time is at least a moment, in epoch milliseconds."""
    return {"field": field, "condition": "greater or equal", "value": str(moment)}


def beyond(field: str, number: str) -> Json:
    """Give the criterion that a number is greater."""
    return {"field": field, "condition": "greater than", "value": number}


def equals(field: str, value: str) -> Json:
    """Give the criterion that a field has a value."""
    return {"field": field, "condition": "is", "value": value}


def one_of(field: str, values: Sequence[str]) -> Json:
    """Give the criterion that a field has one of some values."""
    return {"field": field, "condition": "is", "values": list(values)}


def both(first: Json | None, second: Json | None) -> Json | list[Json] | None:
    """Join two criteria by AND; a single one stays an object."""
    if first is None or second is None:
        return first or second
    return [first, {**second, "logical_operator": "AND"}]


def native(text: str | None, connection: str) -> Json | None:
    """Give the criterion that a user's own ``search_criteria`` stand for: one, with the others of an array below it.

    Raises:
        ConfigError: the text is none.
    """
    if text is None:
        return None
    try:
        stated: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        stated = None
    rows = cast("list[Any]", stated) if isinstance(stated, list) else [stated]
    if not rows or not all(isinstance(row, dict) and "field" in row for row in rows):
        raise ConfigError(
            f"connection {connection}: scope 'native' is no search_criteria; write JSON such as "
            '{"field": "site.name", "condition": "is", "value": "Head Office"}'
        )
    first, *rest = cast("list[Json]", rows)
    return {**first, "children": [*first.get("children", ()), *rest]} if rest else first
