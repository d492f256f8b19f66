"""Regenerate the tables in README.md and docs/ that are made of the code: ``python docs/generate.py``.

A table stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``. A test compares each with what this file makes.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from isthmus.core import registry, traits
from isthmus.core.connector import Connector
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.mapping.transforms import find_transform, known_transforms
from isthmus.core.model import GROUPS
from isthmus.core.proof.labels import label_pair, label_thread
from isthmus.core.run import exits

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"<!-- generated: (?P<name>[a-z_]+) -->\n.*?<!-- end -->", re.DOTALL)
ROLE = re.compile(r":\w+:`~?(?:\w+\.)*(\w+)`")


def capabilities() -> str:
    """Give what each connector can do, and what it declares of its vendor."""
    found = registry.capabilities()
    names = [each["name"] for each in found]
    meanings = attribute_meanings(traits.Traits)
    operations = [
        (f"`{name}`", first_sentence(getattr(Connector, name)), *(each["operations"][name] for each in found))
        for name in found[0]["operations"]
    ]
    declared = [(f"`{name}`", meanings[name], *(each["traits"][name] for each in found)) for name in found[0]["traits"]]
    return "\n\n".join(
        (table(("operation", "what it does", *names), operations), table(("trait", "what it means", *names), declared))
    )


def losses() -> str:
    """Give for each ordered pair of connectors what becomes of each field."""
    parts: list[str] = []
    for source, target in permutations(registry.connector_names(), 2):
        one, other = (registry.connector_class(name).traits for name in (source, target))
        labels = [
            *label_pair(Mapping(shipped_mapping(source)), Mapping(shipped_mapping(target))),
            *label_thread(one, other),
        ]
        rows = [(f"`{each.field}`", str(each.label), each.how) for each in labels]
        parts.append(f"## {title(source)} to {title(target)}\n\n{table(('field', 'is', 'how'), rows)}")
    return "\n\n".join(parts)


def exit_codes() -> str:
    """Give the exit codes."""
    meanings = attribute_meanings(exits.Exit) | {"OK": "Done; everything is explained."}
    return table(("code", "name", "meaning"), [(code.value, code.name.lower(), meanings[code.name]) for code in exits.Exit])


def transforms() -> str:
    """Give the transforms that a mapping may name."""
    names = [name for name in known_transforms() if not name.startswith("python:")]
    return table(("transform", "what the target cannot keep"), [(f"`{name}`", find_transform(name).loss) for name in names])


def groups() -> str:
    """Give the groups of fields that are decided as one value."""
    rows = [(f"`{name}`", ", ".join(f"`{field}`" for field in fields)) for name, fields in GROUPS.items()]
    return table(("group", "fields"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "capabilities": capabilities,
    "exit_codes": exit_codes,
    "groups": groups,
    "losses": losses,
    "transforms": transforms,
}


# -- the parts of a table


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Give a Markdown table."""
    lines = [columns, ["---"] * len(columns), *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: Any) -> str:
    """Give a value as a table's cell."""
    match value:
        case None | "" | []:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g} s"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value).replace("|", "\\|")


def title(connector: str) -> str:
    """Give a connector's name for people."""
    return registry.connector_class(connector).title


def first_sentence(described: object) -> str:
    """Give the first sentence of a docstring, as Markdown."""
    return sentence(inspect.getdoc(described) or "")


def sentence(text: str) -> str:
    """Give the first sentence of a text in reStructuredText as Markdown."""
    first = re.split(r"(?<=\.)\s", " ".join(text.split()))[0]
    return ROLE.sub(r"`\1`", first).replace("``", "`")


def attribute_meanings(described: type) -> dict[str, str]:
    """Give the first sentence that stands below each attribute of a class."""
    (made,) = ast.parse(inspect.getsource(described)).body
    assert isinstance(made, ast.ClassDef)
    found: dict[str, str] = {}
    names: list[str] = []
    for node in made.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = ""
                names = [name]
            case ast.Expr(value=ast.Constant(value=str(text))) if names:
                found[names.pop()] = sentence(text)
            case _:
                names = []
    return found


# -- the pages


def pages() -> list[Path]:
    """Give the pages of the documentation."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def rendered(text: str) -> str:
    """Give a page with each of its tables made anew.

    Raises:
        KeyError: a marker names a table that nobody makes.
    """
    return BLOCK.sub(lambda found: f"<!-- generated: {found['name']} -->\n{BLOCKS[found['name']]()}\n<!-- end -->", text)


def main() -> None:
    """Rewrite every page."""
    for page in pages():
        page.write_text(rendered(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
