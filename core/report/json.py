"""Render a report for machines."""

from __future__ import annotations

import orjson

from ..kpi.figures import Report


def json(report: Report) -> bytes:
    """Give the report as JSON: the fields of :class:`Report`, indented, times in UTC."""
    return orjson.dumps(report.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
