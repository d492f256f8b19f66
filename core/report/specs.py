"""The forms of chart, as Vega-Lite specifications: a course over time, bars with names, hours of the day, a heat map.

Each is 360 px wide and is read at that size on a phone, on paper and, several in a row, on a wide screen. Texts arrive
formatted; nothing here knows what they mean. Bars are never stacked: a stack is clipped, and clips need ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from .draw import draw

Spec: TypeAlias = dict[str, Any]
WIDTH = 360
LABELS = 6
"""At most so many labels on an axis of time."""
VALUE_COLUMN = 1.35
"""The longest bar ends at 1; values stand in a column that ends here."""
STEPS = 5
"""Of a heat map, above none."""

_BAR: Spec = {"type": "bar", "color": "var(--series-1-soft)", "cornerRadiusEnd": 1.5}
_POINT: Spec = {"color": "var(--series-1)", "size": 22, "filled": True, "opacity": 1}
_LINE: Spec = {"type": "line", "color": "var(--series-1)", "strokeWidth": 2, "point": _POINT}
_BEFORE: Spec = {"type": "line", "color": "var(--series-2)", "strokeWidth": 1.5, "strokeDash": [4, 3]}
_BEFORE_TICK: Spec = {"type": "tick", "color": "var(--series-2)", "thickness": 2, "size": 14}
_GOAL: Spec = {"type": "rule", "color": "var(--goal)", "strokeWidth": 1.5}


def course(
    names: Sequence[str],
    values: Sequence[float | None],
    before: Sequence[float | None],
    *,
    goal: float | None,
    axis: Spec,
    as_bars: bool,
    from_zero: bool,
) -> str:
    """Draw values over time, the period before as a dashed line, and the goal as a level.

    Args:
        names: of the points in time.
        values: theirs; None leaves a gap.
        before: the same of the period before.
        goal: the level, if there is one.
        axis: how the axis of values is labelled.
        as_bars: bars, not a line.
        from_zero: the axis begins at zero.
    """
    rows = [{"x": n, "y": y, "before": b} for n, (y, b) in enumerate(zip(values, before, strict=True))]
    told = list(range(0, len(names), -(-len(names) // LABELS) or 1))
    x = {"field": "x", "type": "ordinal", "axis": {"values": told, "labelExpr": _one_of(names)}}
    nothing = not any((*values, *before, goal))
    y = {
        "type": "quantitative",
        "axis": axis,
        "stack": None,
        "scale": {"domain": [0, 1]} if nothing else {"zero": from_zero},
    }
    layers: list[Spec] = [
        {"mark": _BAR if as_bars else _LINE, "encoding": {"x": x, "y": {"field": "y", **y}}},
        {"mark": _BEFORE, "encoding": {"x": x, "y": {"field": "before", **y}}},
    ]
    if goal is not None:
        layers.append({"data": {"values": [{"y": goal}]}, "mark": _GOAL, "encoding": {"y": {"field": "y", **y}}})
    return draw({"data": {"values": rows}, "layer": layers}, width=WIDTH, height=170)


def spark(values: Sequence[float]) -> str:
    """Draw values as a line without axes, its end marked."""
    rows = [{"x": n, "y": y} for n, y in enumerate(values)]
    encoding = {
        name: {"field": name, "type": "quantitative", "axis": None, "scale": {"zero": False, "nice": False}}
        for name in "xy"
    }
    end = {"type": "circle", "color": "var(--series-1)", "size": 26, "opacity": 1}
    layers: list[Spec] = [
        {"mark": {"type": "line", "color": "var(--series-1)", "strokeWidth": 1.5}, "encoding": encoding},
        {"data": {"values": rows[-1:]}, "mark": end, "encoding": encoding},
    ]
    return draw({"data": {"values": rows}, "layer": layers}, width=180, height=30)


def ranked(
    names: Sequence[str], values: Sequence[float | None], told: Sequence[str], before: Sequence[float | None] = ()
) -> str:
    """Draw a bar for each name, with its value in a column at the end; a stroke marks the period before."""
    was = before or [None] * len(names)
    most = max((value for value in (*values, *was) if value is not None), default=0) or 1
    rows = [
        {"n": n, "value": value, "told": text, "before": earlier}
        for n, (value, text, earlier) in enumerate(zip(values, told, was, strict=True))
    ]
    labels = {"labelExpr": _one_of(names), "labelLimit": 130, "labelColor": "var(--ink)"}
    y = {"field": "n", "type": "ordinal", "axis": labels, "scale": {"paddingInner": 0.28, "paddingOuter": 0.1}}
    x = {"type": "quantitative", "axis": None, "stack": None, "scale": {"domain": [0, most * VALUE_COLUMN], "nice": False}}
    layers: list[Spec] = [
        {"mark": _BAR, "encoding": {"x": {"field": "value", **x}, "y": y}},
        {
            "mark": {"type": "text", "align": "right"},
            "encoding": {"x": {"datum": most * VALUE_COLUMN, **x}, "y": y, "text": {"field": "told"}},
        },
    ]
    if before:
        layers.append({"mark": _BEFORE_TICK, "encoding": {"x": {"field": "before", **x}, "y": y}})
    return draw({"data": {"values": rows}, "layer": layers}, width=WIDTH, height=12 + 22 * max(len(names), 1))


def hours(counts: Sequence[int]) -> str:
    """Draw a bar for each hour of the day."""
    rows = [{"hour": hour, "count": count} for hour, count in enumerate(counts)]
    y = {"field": "count", "type": "quantitative", "stack": None, "axis": {"format": "~s", "tickMinStep": 1}}
    return draw({"data": {"values": rows}, "mark": _BAR, "encoding": {"x": _hour_axis(), "y": y}}, width=WIDTH, height=190)


def heat_map(counts: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Draw hours of the day as cells, one row for each name, the darker the more."""
    most = max(map(max, counts), default=0) or 1
    rows = [
        {"row": row, "hour": hour, "step": -(-count * STEPS // most)}
        for row, each in enumerate(counts)
        for hour, count in enumerate(each)
    ]
    steps = list(range(STEPS + 1))
    encoding: Spec = {
        "x": _hour_axis(),
        "y": {"field": "row", "type": "ordinal", "axis": {"labelExpr": _one_of(names)}},
        "color": {
            "field": "step",
            "type": "ordinal",
            "legend": None,
            "scale": {"domain": steps, "range": [f"var(--heat-{step})" for step in steps]},
        },
    }
    mark = {"type": "rect", "stroke": "var(--surface)", "strokeWidth": 1.5}
    return draw({"data": {"values": rows}, "mark": mark, "encoding": encoding}, width=WIDTH, height=190)


def _one_of(names: Sequence[str]) -> str:
    """Give the expression that names a row by its number; a JSON array is one of Vega's literals, whatever it holds."""
    return f"{orjson.dumps(list(names)).decode()}[datum.value]"


def _hour_axis() -> Spec:
    axis = {"values": list(range(0, 24, 3)), "labelExpr": "datum.value + ':00'"}
    return {"field": "hour", "type": "ordinal", "axis": axis, "scale": {"paddingInner": 0.15}}
