"""Draw a Vega-Lite specification as SVG that stands in a page: no script, no font, no id, colours from the page.

Vega-Lite's own compiler draws (``vl-convert-python`` carries it), without a browser and without the network. Colours in a
specification are CSS variables, ``var(--series-1)``: the page decides what they are in light, dark and print.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

from ..extras import extra

VERSION = "6.1"
"""Of Vega-Lite."""

_SIZE = re.compile(r'^<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="([-\d. ]+)">')
_EMPTY = re.compile(r'<path class="(?:background|foreground)"[^>]*/>')
_NOISE = re.compile(r' (?:class|role|aria-[a-z]+|pointer-events|font-family)="[^"]*"| opacity="1"')
_LONG = re.compile(r"(\d+\.\d)\d{2,}")
_TAG = re.compile(r"<[^>]*>")

THEME: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--quiet)",
        "titleColor": "var(--quiet)",
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": "var(--grid)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "labelPadding": 5,
    },
    "axisY": {"domain": False, "ticks": False, "tickCount": 4, "title": None},
    "axisX": {"grid": False, "labelAngle": 0, "tickSize": 4, "title": None},
    "text": {"color": "var(--ink)", "fontSize": 11},
}


def draw(specification: dict[str, Any], *, width: int, height: int) -> str:
    """Draw a specification.

    Args:
        specification: layers, data and encodings, as Vega-Lite wants them.
        width: of the whole drawing, axes included, in px.
        height: likewise.

    Raises:
        UserError: the library is not installed.
    """
    size = {"width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}, "padding": 2}
    return _draw(orjson.dumps({**specification, **size, "config": THEME}).decode())


@lru_cache(maxsize=256)
def _draw(specification: str) -> str:
    drawn: str = extra("vl_convert", "report").vegalite_to_svg(specification, vl_version=VERSION)
    found = _SIZE.match(drawn)
    assert found is not None, "Vega draws an svg element with a size"
    body = _TAG.sub(_slim, _EMPTY.sub("", drawn[found.end() :]))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{found[3]}" aria-hidden="true" focusable="false">{body}'


def _slim(tag: re.Match[str]) -> str:
    """Take out of a tag what a still picture does not need."""
    return _LONG.sub(r"\1", _NOISE.sub("", tag[0]))
