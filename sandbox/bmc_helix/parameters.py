"""Query parameters: ``fields=values(...),assoc(...)``, ``q``, ``sort``, ``offset``, ``limit``.

Names in ``values()`` are separated by commas. ``sort`` is ``Field.asc,Field.desc``, ascending by default. A server
caps lists without a word at its setting "Max Entries Returned" (docs.bmc.com, AR System REST API, common parameters);
2,000 here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from . import errors
from .errors import refuse
from .evaluate import UnknownFieldError
from .qualification import QualificationError, parse
from .schema import Field, Form
from .search import Order, Query

MAX_ENTRIES = 2000
_PART = re.compile(r"(values|assoc)\(((?:[^()]|\([^()]*\))*)\)(?:,|$)")


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an entry a reply shows."""

    fields: tuple[Field, ...]
    associations: tuple[str, ...] = ()


def read_shown(form: Form, text: str | None) -> Shown:
    """Read ``fields``; without it, every field.

    Raises:
        RefusedError: 400.
    """
    everything = tuple(form.fields.values())
    if not text:
        return Shown(everything)
    parts = {match[1]: [name.strip() for name in match[2].split(",")] for match in _PART.finditer(text)}
    if "".join(match[0] for match in _PART.finditer(text)) != text:
        raise refuse(400, errors.BAD_REQUEST, f"fields={text}")
    unknown = [name for name in parts.get("assoc", ()) if name not in form.associations]
    if unknown:
        raise refuse(400, errors.BAD_REQUEST, f"{form.name} : {unknown[0]}")
    fields = tuple(_field(form, name) for name in parts["values"]) if "values" in parts else everything
    return Shown(fields, tuple(parts.get("assoc", ())))


def _field(form: Form, name: str) -> Field:
    found = form.find(name)
    if found is None:
        raise refuse(400, errors.NO_FIELD, f"{form.name} : <{name}>")
    return found


def read_query(form: Form, args: MultiDict[str, str]) -> Query:
    """Read what a list asks for.

    Raises:
        RefusedError: 400.
    """
    text = args.get("q", "").strip()
    try:
        expression = parse(text) if text else None
    except QualificationError as error:
        raise refuse(400, errors.BAD_QUALIFICATION, str(error)) from None
    limit = _whole(args, "limit")
    return Query(expression, tuple(_orders(form, args.get("sort", ""))), _whole(args, "offset"), limit)


def wrong(form: Form, error: QualificationError) -> errors.RefusedError:
    """Give the refusal of a qualification that does not fit the form."""
    if isinstance(error, UnknownFieldError):
        return refuse(400, errors.NO_FIELD, f"{form.name} : <{error}>")
    return refuse(400, errors.BAD_QUALIFICATION, str(error))


def _orders(form: Form, text: str) -> list[Order]:
    orders: list[Order] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, dot, direction = part.rpartition(".")
        if not dot or direction.lower() not in {"asc", "desc"}:
            name, direction = part, "asc"
        orders.append(Order(_field(form, name), descending=direction.lower() == "desc"))
    return orders


def _whole(args: MultiDict[str, str], name: str) -> int:
    text = args.get(name, "0")
    if not text.isascii() or not text.isdigit():
        raise refuse(400, errors.BAD_REQUEST, f"{name}={text}")
    return int(text)
