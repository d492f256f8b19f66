"""Pages for people: tables and sentences, made of the JSON values that ``--json`` prints; nothing is decided here."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..sync.tally import KINDS, OUTCOMES

Report: TypeAlias = Mapping[str, Any]
LONGEST_CELL = 60
MOST_NOTES = 20
"""Notes shown to a person; ``--json`` has them all."""
MOST_IDS = 5
"""Incidents that are named beside the cause that they share."""


# -- parts of a page


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None, *, header: bool = True
) -> RenderableType:
    """Give a table; None shows as a dash, no cell's text is read as markup, and nothing is cut."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_header=header)
    for name in columns:
        made.add_column(name, min_width=max(map(len, name.split()), default=1))
    for row in rows:
        made.add_row(*(Text(_cell(value), overflow="fold") for value in row))
    return made if title is None else Group(Text(title), made)


def _cell(value: Any) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(_cell(item) for item in value) or "-"  # pyright: ignore[reportUnknownVariableType]
        case dict():
            pairs = (f"{name}={_cell(item)}" for name, item in value.items())  # pyright: ignore[reportUnknownVariableType]
            return ", ".join(pairs) or "-"
        case _:
            return str(value)


def _short(value: Any) -> str:
    text = _cell(value).replace("\n", " ")
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def lines(words: Sequence[str], most: int = MOST_NOTES) -> RenderableType:
    """Give sentences, one a line, and how many were left out; nothing at all where there are none."""
    if not words:
        return Group()
    shown = [f"- {each}" for each in words[:most]]
    if len(words) > most:
        shown.append(f"- and {len(words) - most} more; --json has them all")
    return Text("\n".join(shown))


def facts(pairs: Mapping[str, Any], title: str | None = None) -> RenderableType:
    """Give names and values below each other."""
    return table(("", ""), pairs.items(), title, header=False)


def moment(time: str | None) -> str | None:
    """Give a moment, RFC 3339, to the second and with a blank at which a narrow column may break it."""
    return time and f"{time[:10]} {time[11:19]}Z"


def duration(seconds: float | None) -> str | None:
    """Give a length of time as people say it."""
    if seconds is None:
        return None
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


# -- the commands' pages


def tally(report: Report, title: str | None = None) -> RenderableType:
    """Show the equation of a run."""
    columns = ("", "seen", *OUTCOMES, "unexplained")
    rows = [(kind, *(report[kind][name] for name in columns[1:])) for kind in KINDS]
    return Group(table(columns, rows, title), lines(report["notes"]))


def cycle(report: Report) -> RenderableType:
    """Show one cycle of a link."""
    title = f"{report['link']}, {moment(report['at'])}: {report['outcome']}"
    if "message" in report:
        return Text(f"{title}: {report['message']}")
    parts = [tally(report, title)]
    if report["settle_at"]:
        parts.append(Text(f"Writes of unknown fate are settled by a run after {report['settle_at']}."))
    return Group(*parts)


def cycles(report: Report) -> RenderableType:
    """Show one cycle of each of some links."""
    return Group(*(cycle(each) for each in report["cycles"]))


def plan(report: Report) -> RenderableType:
    """Show what a run would do."""
    rows: list[tuple[str, str, str]] = []
    messages: list[str] = []
    for bond in report["plans"]:
        anchor = "/".join(bond["anchor"])
        rows += [(anchor, action, what) for action, what in _actions(bond)]
        messages += [f"{each['connection']} mails {each['recipient']}: {each['why']}" for each in bond["messages"]]
    head = f"{report['link']}: {report['incidents']['seen']} incidents looked at"
    parts: list[RenderableType] = [table(("incident", "action", "what"), rows, head)]
    if messages:
        parts += [Text(f"{len(messages)} messages will be sent:"), lines(messages)]
    return Group(*parts, *([Text(f"Saved; apply it with: isthmus apply {report['file']}")] if report["file"] else []))


def _actions(bond: Report) -> Generator[tuple[str, str]]:
    if bond["failed"]:
        yield "quarantine", bond["failed"]
    for create in bond["creates"]:
        yield f"create at {create['connection']}", _short(create["document"].get("title"))
    for name, group in bond["groups"].items():
        for connection, value in group["writes"].items():
            yield f"update {connection}", f"{name}: {_short(group['before'].get(connection))} -> {_short(value)}"
        if group["conflict"]:
            yield "conflict", f"{name}: {group['conflict']}"
    for part in bond["parts"]:
        audience = "public" if part["public"] else "internal"
        yield f"{part['kind']} to {part['connection']}", f"{audience}, from {part['origin_connection']}/{part['origin_id']}"
    for connection, action in bond["deletes"].items():
        yield f"{action} at {connection}", "the record was deleted elsewhere"
    for skip in bond["skips"]:
        yield f"skip {skip['kind']}", f"{skip['id']}: {skip['reason']}"


def forecast(report: Report) -> RenderableType:
    """Show what a migration is going to do."""
    names = ("incidents", "comments", "files", "bytes", "excluded", "messages", "calls")
    pairs = {name: report[name] for name in names} | {"time at the vendor's limits": duration(report["seconds"])}
    parts: list[RenderableType] = [facts(pairs, "Forecast")]
    for title, words in (("cannot be migrated as they are", report["problems"]), ("left out", report["skips"])):
        if words:
            parts += [Text(f"{len(words)} {title}:"), lines(words)]
    return Group(*parts)


def passage(report: Report) -> RenderableType:
    """Show what became of a migration; its forecast was shown before the question."""
    parts: list[RenderableType] = []
    if report["run"]:
        parts.append(tally(report["run"], f"{report['link']}: {report['run']['outcome']}"))
    certificate = report["certificate"]
    if certificate:
        names = ("incidents", "fields", "comments", "files", "bytes", "census", "clean", "digest")
        parts.append(facts({name: certificate[name] for name in names}, "Read back and compared"))
        lists = (("differences", "differences"), ("never read", "unread"), ("changed there since", "explained"))
        for title, name in lists:
            words = certificate[name]
            if words:
                parts += [Text(f"{len(words)} {title}:"), lines(words)]
    if not parts:
        parts.append(Text("Nothing was written."))
    return Group(*parts)


def check(report: Report) -> RenderableType:
    """Show how connections and the mapping between them stand."""
    names = ("connection", "connector", "ok", "account", "zone", "skew_seconds", "fields", "writable")
    rows = [[row.get(name) for name in names] for row in report["connections"]]
    parts: list[RenderableType] = [table([name.replace("_", " ") for name in names], rows)]
    for row in report["connections"]:
        words = [row["error"]] if row["error"] else [*row["limits"], *row["warnings"]]
        if words:
            parts.append(lines([f"{row['connection']}: {each}" for each in words]))
    for proof in report["proofs"]:
        rows = [(each["field"], each["label"], each["how"]) for each in proof["fields"]]
        head = f"{proof['link']}: {proof['source']} -> {proof['target']}, {proof['values']} values tried"
        parts.append(table(("field", "is", "how"), rows, head))
        for title in ("problems", "notices"):
            if proof[title]:
                found = [f"{each['field']}: {each['value']}; {each['fix']}" for each in proof[title]]
                parts += [Text(f"{len(found)} {title}:"), lines(found)]
    return Group(*parts, lines(report["report"]))


def connectors(report: Sequence[Report]) -> RenderableType:
    """Show what each connector can do."""
    able = [row for row in report if row["error"] is None]
    columns = ("operation", *(row["name"] for row in able))
    operations = list(able[0]["operations"]) if able else []
    rows = [(name, *(row["operations"][name] for row in able)) for name in operations]
    traits = [(name, *(row["traits"][name] for row in able)) for name in (able[0]["traits"] if able else ())]
    broken = [row["error"] for row in report if row["error"] is not None]
    return Group(table(columns, rows), table(("trait", *columns[1:]), traits), lines(broken))


def status(report: Sequence[Report]) -> RenderableType:
    """Show how links and migrations stand."""
    columns = ("name", "last good run", "lag", "last run", "incidents", "conflicts", "quarantine")
    rows = [
        (
            row["name"],
            _good(row["last_good_run"]),
            duration(row["lag_seconds"]),
            _told(row["last_run"], "outcome"),
            row["bonds"],
            row["conflicts"],
            row["quarantine"],
        )
        for row in report
    ]
    waiting = [
        f"{row['name']}: {row[name]} {words}"
        for row in report
        for name, words in (
            ("dirty", "incidents for the next run to look at"),
            ("open_intents", "writes of unknown fate"),
            ("parked", "groups that a vendor refused"),
            ("frozen", "groups frozen because they swing"),
        )
        if row[name]
    ]
    return Group(table(columns, rows), lines(waiting))


def _good(run: Report | None) -> str | None:
    return f"{moment(run['started_at'])} {run['outcome']}" if run else None


def _told(run: Report | None, name: str) -> Any:
    return run[name] if run else None


def conflicts(report: Sequence[Report]) -> RenderableType:
    """Show the conflict inbox."""
    rows = [
        (row["id"], row["link"], row["group"], [_held(name, held) for name, held in row["values"].items()], row["state"])
        for row in report
    ]
    return table(("id", "link", "group", "records", "state"), rows)


def _held(name: str, held: Any) -> str:
    return f"{name}/{held.get('record_id')}"


def conflict(report: Report) -> RenderableType:
    """Show one conflict with all its values."""
    head = f"{report['link']}, {report['group']}, since {moment(report['at'])}: {report['reason']} ({report['state']})"
    rows = [
        (name, held.get("record_id"), held.get("value"), moment(held.get("changed_at")), held.get("changed_by"))
        for name, held in report["values"].items()
    ]
    page = table(("member", "record", "value", "changed", "by"), rows, head)
    if report["state"] != "chosen":
        return page
    return Group(page, Text(f"Chosen: {report['choice']}; the next run carries it out."))


def failures(report: Sequence[Report]) -> RenderableType:
    """Show the quarantine, and below it each cause once, in the vendor's own words, with the ids that it holds back."""
    columns = ("id", "link", "connection", "record_id", "state", "tries")
    causes: dict[str, list[str]] = {}
    for row in report:
        causes.setdefault(row["message"], []).append(row["id"])
    words = [f"{_some(ids)}: {message}" for message, ids in causes.items()]
    return Group(table(columns, [[row[name] for name in columns] for row in report]), lines(words))


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:MOST_IDS]) + (f" and {len(ids) - MOST_IDS} more" if len(ids) > MOST_IDS else "")


def sandbox(report: Report) -> RenderableType:
    """Show where a sandbox serves, and the credentials that it takes."""
    found = {kind: held for kind, held in report["credentials"].items() if kind != "people"}
    return Group(Text(f"{report['vendor']} serves at {report['base_url']}"), facts(found))


def demo(report: Report) -> RenderableType:
    """Show how the demo ended."""
    rows = [(check["what"], check["holds"]) for check in report["checks"]]
    end = "Everything balances." if report["exit"] == 0 else "Something does not balance; see above."
    files: Report = report["report"]["files"] if report["report"] else {}
    where = [Text(f"The report over both tools: {path}") for path in files]
    return Group(table(("check", "holds"), rows, "Summary"), Text(f"{end} It took {report['seconds']} seconds."), *where)


def pairs(report: Report) -> RenderableType:
    """Show names and values; the exit code is the shell's to tell."""
    return facts({name: value for name, value in report.items() if name != "exit"})
