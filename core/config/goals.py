"""Goals of KPIs, as a configuration writes them: in the unit of the KPI."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, WithJsonSchema

from ..kpi.definitions import BY_ID
from ..kpi.figures import Unit
from ..suggest import did_you_mean
from ..units import parse_length

HIGHEST = 1e12
"""Of a count: more than any store holds."""


def _goals(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _goal(str(name), goal) for name, goal in cast("dict[Any, Any]", value).items()}


def _goal(name: str, value: Any) -> float:
    kpi = BY_ID.get(name)
    if kpi is None:
        raise ValueError(f"unknown KPI '{name}'{did_you_mean(name, BY_ID)}; there are {', '.join(BY_ID)}")
    if kpi.info.better is None:
        raise ValueError(f"{name}: neither more nor less of it is better, so it has no goal")
    try:
        goal = parse_length(str(value)) if kpi.info.unit is Unit.SECONDS else _number(str(value), kpi.info.unit)
    except ValueError:
        how = {Unit.SECONDS: "a length of time, such as 8h", Unit.SHARE: "a share, such as 95%"}
        raise ValueError(f"{name}: '{value}' is no goal; write {how.get(kpi.info.unit, 'a number, such as 40')}") from None
    return goal


def _number(text: str, unit: Unit) -> float:
    share = unit is Unit.SHARE
    goal = float(text.removesuffix("%")) / 100 if share and text.endswith("%") else float(text)
    if not 0 <= goal <= (1 if share else HIGHEST):
        raise ValueError(text)
    return goal


Goals: TypeAlias = Annotated[
    dict[str, float],
    BeforeValidator(_goals),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["string", "number"]}}),
]
"""KPI -> the overall figure that is aimed at: seconds (written ``8h``), a share (written ``95%``), or a number."""
