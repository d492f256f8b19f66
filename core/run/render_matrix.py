"""The pages of ``isthmus demo --all``: the matrix of moves, what each loses, and the links; see :mod:`.render`."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from .render import Report, duration, lines, table

RED = "bold red"
FIGURES = ("tickets", "comments", "files", "equal", "lossy", "wrong")


def matrix(report: Report) -> RenderableType:
    """Show what became of every move and every link."""
    words = [*_losses(report["moves"])]
    rows = [
        (" = ".join(map(_name, each["members"])), *(each.get(name) for name in (*FIGURES, "cycles", "quiet")))
        for each in report["links"]
    ]
    wrong = report["wrong"]
    end = (
        f"{wrong} of {len(report['moves']) + len(report['links'])} are wrong; see above." if wrong else "Nothing is wrong."
    )
    return Group(
        Text(f"{report['tickets']} tickets moved from each tool to each other, as the judge found them"),
        _moves(report),
        table(("from", "to", "lossy as declared"), words, "Facts that the target holds as the nearest it has, or in text"),
        table(("link", *FIGURES, "cycles", "quiet"), rows, "Links of several: every member's tickets at every other"),
        *_faults(report),
        Text(f"{end} It took {duration(report['seconds'])}."),
    )


def _name(vendor: str) -> str:
    return vendor.replace("_", " ")


def _moves(report: Report) -> RenderableType:
    """Give a column for each target and, for each source, its name and the figures below it."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    made.add_column("from / to")
    for vendor in report["vendors"]:
        made.add_column(_name(vendor), justify="right", min_width=len(vendor))
    found = {(move["source"], move["target"]): move for move in report["moves"]}
    for source in report["vendors"]:
        cells = [_cell(found.get((source, target))) for target in report["vendors"]]
        made.add_row(Text("\n  ".join((_name(source), *FIGURES, "certified"))), *cells, end_section=True)
    return made


def _cell(move: Report | None) -> Text:
    if move is None:
        return Text("\n-")
    if move["error"]:
        return Text("\nfailed", style=RED)
    made = Text("".join(f"\n{move[name]}" for name in FIGURES[:-1]))
    made.append(f"\n{move['wrong']}", style=RED if move["wrong"] else "")
    return made.append("\nyes" if move["certified"] else "\nno", style="" if move["certified"] else RED)


def _losses(moves: Sequence[Report]) -> Generator[tuple[str, str, str]]:
    for move in moves:
        yield _name(move["source"]), _name(move["target"]), ", ".join(move.get("lossy_fields", ()))


def _faults(report: Report) -> Generator[RenderableType]:
    """Tell what is wrong, and of moves and links that did not come to their end, why."""
    for each in (*report["moves"], *report["links"]):
        if not each["right"]:
            name = " = ".join(each["members"]) if "members" in each else f"{each['source']} -> {each['target']}"
            yield Text(f"{name} is wrong:")
            words = [each["error"]] if each["error"] else each["examples"]
            yield lines(list(dict.fromkeys(words)) or ["it did not come to rest"])
