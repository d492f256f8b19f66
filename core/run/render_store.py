"""The pages of the commands that keep the store; see :mod:`.render`."""

from __future__ import annotations

from collections.abc import Generator

from rich.console import Group, RenderableType
from rich.text import Text

from .render import Report, lines, table

COLUMNS = ("connection", "outcome", "read", "changed", "deleted", "held", "vendor's count", "census", "missing")


def collection(report: Report) -> RenderableType:
    """Show what was read of each connection, and what is wrong with it."""
    rows = [
        (
            each["connection"],
            each["outcome"],
            *(each[name] for name in ("read", "changed", "deleted", "held", "vendor_count", "census")),
            len(each["missing"]),
        )
        for each in report["connections"]
    ]
    return Group(table(COLUMNS, rows, f"Collected into {report['store']}"), *_faults(report))


def _faults(report: Report) -> Generator[RenderableType]:
    for each in report["connections"]:
        if each["error"]:
            yield Text(f"{each['connection']}: {each['error']}", style="red")
        words = [f"{each['connection']}/{incident}: {problem}" for incident, problem in each["problems"].items()]
        yield lines(
            [
                *words,
                *(f"{each['connection']}: {notice}" for notice in each["notices"]),
                *(f"{each['connection']}/{missing} is named by the vendor and not held" for missing in each["missing"]),
            ]
        )


def reported(report: Report) -> RenderableType:
    """Show a report's figures over everything, and where it lies."""
    words = [f"{path} (SHA-256 {digest})" for path, digest in report["files"].items()]
    shown = [(name, value if value is None else round(value, 4)) for name, value in report["figures"].items()]
    end = (
        f"not proven to be complete: {', '.join(report['incomplete'])}"
        if report["incomplete"]
        else "every source is complete"
    )
    return Group(
        table(
            ("KPI", "figure"), shown, f"{report['period']}, as known at {report['as_of']}: {report['incidents']} incidents"
        ),
        Text(f"Seconds, shares or counts; {end}."),
        lines(words),
    )


def tickets(report: Report) -> RenderableType:
    """Show the incidents that a figure counts."""
    rows = [(each["key"], each["connection"], each["value"], each["title"], each["url"]) for each in report["tickets"]]
    by = f" by {report['by']}" if report["by"] else ""
    title = f"{report['title']}{by}, {report['period']}: {report['count']} incidents"
    return table(("incident", "connection", report["unit"], "title", "URL"), rows, title)
