"""The encoded query language: from text to conditions, without a look at any table.

Grammar (product documentation, encoded query strings)::

    condition ( ^condition | ^ORcondition | ^NQconditions )* ( ^ORDERBYfield | ^ORDERBYDESCfield )*

``a=1^b=2^ORb=3`` is ``a=1 AND (b=2 OR b=3)``; ``^NQ`` starts an alternative that inherits nothing. Operators are written in
capitals and names of columns are not, so the first capital or symbol ends the name. A piece that is not a condition is
kept as invalid: what happens to it is the platform's decision, not the parser's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

OPERATORS = (
    "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "GT_FIELD", "LT_FIELD", "NSAMEAS", "SAMEAS", "RELATIVEGT", "RELATIVEGE",
    "RELATIVELT", "RELATIVELE", "RELATIVEEE", "ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "STARTSWITH", "ENDSWITH",
    "NOT LIKE", "NOT IN", "INSTANCEOF", "BETWEEN", "DYNAMIC", "NOTON", "LIKE", "IN", "ON", "!=", "!*", "<=", ">=", "=", "<",
    ">", "*", "%",
)  # fmt: skip
"""Longer ones before those that they begin with."""

_CONDITION = re.compile(
    rf"(?P<element>[a-z_][a-z0-9_.]*)(?P<operator>{'|'.join(map(re.escape, OPERATORS))})(?P<value>.*)\Z", re.DOTALL
)
_FULL_TEXT = re.compile(r"123TEXTQUERY321=(?P<value>.*)\Z", re.DOTALL)
_ORDER = re.compile(r"ORDERBY(?P<descending>DESC)?(?P<element>[a-z_][a-z0-9_.]*)\Z")
_IGNORED = ("EQ", "GROUPBY", "TRENDBY")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition."""

    element: str
    """A column, or a path through references: ``caller_id.email``; ``""`` for full text."""
    operator: str
    """``""`` marks text that is no condition."""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key."""

    element: str
    descending: bool = False


@dataclass(slots=True)
class Query:
    """A parsed query: any of its alternatives, which are all of their groups, which are any of their conditions."""

    alternatives: list[list[list[Condition]]] = field(default_factory=lambda: [[]])
    orders: list[Order] = field(default_factory=list[Order])


def parse(text: str) -> Query:
    """Read an encoded query; never fails."""
    query = Query()
    for number, piece in enumerate(text.split("^")):
        order = _ORDER.match(piece)
        if order:
            query.orders.append(Order(order["element"], descending=order["descending"] is not None))
        elif number and piece.startswith("OR"):
            _alternative(query.alternatives[-1], piece[2:])
        elif number and piece.startswith("NQ"):
            query.alternatives.append([[_condition(piece[2:])]])
        elif piece and not piece.startswith(_IGNORED):
            query.alternatives[-1].append([_condition(piece)])
    return query


def _alternative(groups: list[list[Condition]], text: str) -> None:
    if groups:
        groups[-1].append(_condition(text))
    else:
        groups.append([_condition(text)])


def _condition(text: str) -> Condition:
    match = _CONDITION.match(text)
    if match:
        return Condition(match["element"], match["operator"], match["value"])
    words = _FULL_TEXT.match(text)
    return Condition("", "TEXTQUERY", words["value"]) if words else Condition("", "", text)
