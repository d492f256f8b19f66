"""Regenerate the tables in README.md and docs/ that are made of the code: ``python docs/generate.py``.

A table stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``, code between ``<!-- include: FILE -->``, or
``<!-- include: FILE#NAME -->`` for one class or function, and ``<!-- end -->``. A test compares each with what this file
makes.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from pathlib import Path
from textwrap import dedent, fill
from typing import Any

from isthmus.core import registry, traits
from isthmus.core.connector import Connector
from isthmus.core.kpi.agreement import Reason
from isthmus.core.kpi.definitions import KPIS
from isthmus.core.kpi.quality import CHECKS
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.core.mapping.transforms import find_transform, known_transforms
from isthmus.core.model import GROUPS
from isthmus.core.proof.labels import label_pair, label_thread
from isthmus.core.run import exits
from isthmus.testing.public_api import MODULES, described

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SHIPPED = sorted(PROJECT["entry-points"]["isthmus.connectors"])
"""The connectors of this package; plug-ins may be installed beside them."""
BLOCK = re.compile(r"<!-- generated: (?P<name>[a-z_]+) -->\n.*?<!-- end -->", re.DOTALL)
INCLUDE = re.compile(r"(?P<head><!-- include: (?P<path>[\w./-]+)(?:#(?P<name>\w+))? -->)\n.*?<!-- end -->", re.DOTALL)
KINDS = {".py": "python", ".toml": "toml", ".yaml": "yaml"}
ROLE = re.compile(r":\w+:`~?(?:\w+\.)*(\w+)`")


def capabilities() -> str:
    """Give what each connector can do, and what it declares of its vendor."""
    found = [each for each in registry.capabilities() if each["name"] in SHIPPED]
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
    for source, target in permutations(SHIPPED, 2):
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


def kpis() -> str:
    """Give the definition of each KPI, as the report prints it."""
    units = {"seconds": "business time", "share": "share", "count": "number", "mean": "mean number"}
    return "\n\n".join(
        f"### `{kpi.id}`: {kpi.info.title}\n\n{fill(kpi.info.definition, 120)}\n\nUnit: {units[kpi.info.unit]}."
        + (f" Better: {kpi.info.better}." if kpi.info.better else "")
        for kpi in KPIS
    )


def findings() -> str:
    """Give what the report looks for in the data."""
    return table(("finding", "what it means"), [(check.title, check.words) for check in CHECKS])


def reasons() -> str:
    """Give why a vendor's figure may differ from ours."""
    return "\n".join(f"{place}. {reason}" for place, reason in enumerate(Reason, start=1))


def public_api() -> str:
    """Give every name that a plug-in may import."""
    lists = ((name, "\n".join(described(name))) for name in MODULES)
    return "\n\n".join(f"## {name}\n\n```text\n{text}\n```" for name, text in lists)


BLOCKS: dict[str, Callable[[], str]] = {
    "capabilities": capabilities,
    "exit_codes": exit_codes,
    "findings": findings,
    "groups": groups,
    "kpis": kpis,
    "losses": losses,
    "public_api": public_api,
    "reasons": reasons,
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


# -- code that is told


def included(path: str, name: str | None) -> str:
    """Give a file, or one class or function of it, as a block of code."""
    file = ROOT / path
    text = file.read_text("utf-8")
    if name is not None:
        found = next(node for node in ast.walk(ast.parse(text)) if getattr(node, "name", None) == name)
        assert isinstance(found, ast.ClassDef | ast.FunctionDef)
        first = min([found.lineno, *(each.lineno for each in found.decorator_list)])
        text = dedent("\n".join(text.splitlines()[first - 1 : found.end_lineno]))
    return f"```{KINDS[file.suffix]}\n{text.strip()}\n```"


# -- the pages


def pages() -> list[Path]:
    """Give the pages of the documentation."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def rendered(text: str) -> str:
    """Give a page with each of its tables and pieces of code made anew.

    Raises:
        KeyError: a marker names a table that nobody makes.
    """
    text = BLOCK.sub(lambda found: f"<!-- generated: {found['name']} -->\n{BLOCKS[found['name']]()}\n<!-- end -->", text)
    return INCLUDE.sub(lambda found: f"{found['head']}\n{included(found['path'], found['name'])}\n<!-- end -->", text)


def main() -> None:
    """Rewrite every page."""
    for page in pages():
        page.write_text(rendered(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
