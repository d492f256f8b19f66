"""``input_data``: one parameter that holds JSON, in the query, or as a form field of the body.

On GET the parameter may be a form body too, as the vendor's own Ansible collection sends it. An unknown key is refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import orjson

from ..vendor import Call, Json
from .errors import extra_key, invalid, mandatory, mismatch

NAME = "input_data"


def given(call: Call) -> bool:
    """Tell whether a request has the parameter."""
    return NAME in call.request.args or NAME in call.request.form


def input_data(call: Call) -> Json:
    """Give the parsed parameter; empty where there is none.

    Raises:
        RefusedError: it is no JSON object.
    """
    text = call.request.args.get(NAME) or call.request.form.get(NAME)
    if not text:
        return {}
    try:
        value: Any = orjson.loads(text)
    except ValueError:
        raise invalid(NAME, "Unable to parse the given data for input_data") from None
    if not isinstance(value, dict):
        raise mismatch(NAME)
    return cast("Json", value)


def envelope(call: Call, name: str, keys: Collection[str] | None = None) -> Json:
    """Give what ``input_data`` holds under its only key.

    Args:
        call: the request.
        name: the key: ``request``, ``note``.
        keys: the keys that may stand in it; None where somebody else looks.

    Raises:
        RefusedError: the key is missing, another stands beside it, or it holds no object of known keys.
    """
    data = input_data(call)
    check_keys(data, (name,))
    if name not in data:
        raise mandatory([name])
    inner = data[name]
    if not isinstance(inner, dict):
        raise mismatch(name)
    body = cast("Json", inner)
    if keys is not None:
        check_keys(body, keys)
    return body


def check_keys(data: Json, known: Collection[str]) -> None:
    """Refuse keys that are not known."""
    for key in data:
        if key not in known:
            raise extra_key(key)


def boolean(data: Json, key: str, *, default: bool = False) -> bool:
    """Give a real boolean: a string is refused.

    Raises:
        RefusedError: the value is no boolean.
    """
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise mismatch(key)
    return value


def text(data: Json, key: str) -> str | None:
    """Give a string, or None.

    Raises:
        RefusedError: the value is neither.
    """
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise mismatch(key)
    return value
