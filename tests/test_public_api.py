"""What plug-ins may import stands: no name vanishes or changes unnoticed, each is described, and the example needs no more."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import resolve_name
from itertools import pairwise
from pathlib import Path

import pytest
from isthmus.core import registry
from isthmus.core.connector import operations
from isthmus.core.errors import ConfigError
from isthmus.core.mapping.spec import shipped_mapping
from isthmus.testing.public_api import MODULES, described

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "isthmus-roundup"
HOW = (
    "where only something with a default was added, run: make docs. Anything else breaks plug-ins; where it must be, "
    "say so in CHANGELOG.md, raise the minor version, and run: make docs"
)


def lists() -> dict[str, list[str]]:
    page = (ROOT / "docs" / "public_api.md").read_text("utf-8")
    found = re.findall(r"^## (\S+)\n\n```text\n(.*?)\n```$", page, re.DOTALL | re.MULTILINE)
    return {name: text.splitlines() for name, text in found}


@pytest.mark.parametrize("module", MODULES)
def test_no_public_name_vanishes_or_changes(module: str) -> None:
    stands = set(described(module))
    gone = [line.strip() for line in lists()[module] if line not in stands]
    assert not gone, f"vanished from {module}, or changed: {'; '.join(gone)}; {HOW}"


@pytest.mark.parametrize("module", MODULES)
def test_a_new_public_name_is_written_down(module: str) -> None:
    new = [line.strip() for line in described(module) if line not in lists()[module]]
    assert not new, f"not in docs/public_api.md: {'; '.join(new)}; run: make docs"


def test_a_change_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = import_module("isthmus.plugin")
    before = described("isthmus.plugin")
    monkeypatch.setattr(plugin.Connector, "fetch", lambda self, ids, more: [])
    monkeypatch.setattr(plugin, "__all__", [name for name in plugin.__all__ if name != "Thread"])
    gone = set(before) - set(described("isthmus.plugin"))
    assert "    Connector.fetch(self, ids: Sequence[str]) -> list[Record]" in gone
    assert "class Thread" in gone


def told_below(module: str, name: str) -> bool:
    """Tell whether a text stands below the assignment of a name, in the module that it comes from."""
    body = ast.parse(inspect.getsource(sys.modules[module])).body
    for node, after in pairwise(body):
        match node:
            case ast.ImportFrom(level=level, module=home, names=names) if name in {alias.name for alias in names}:
                return told_below(resolve_name(f"{'.' * level}{home}", sys.modules[module].__package__), name)
            case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                return isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    return False


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_described(module: str) -> None:
    public = import_module(module)
    bare = []
    for name in public.__all__:
        value = getattr(public, name)
        if inspect.isclass(value) or inspect.isroutine(value):
            told = bool(vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__)
        else:
            told = told_below(module, name)
        if not told:
            bare.append(name)
    assert bare == []


# -- the example


def imported(folder: Path) -> set[str]:
    """Give the modules of Isthmus that the files of a folder import."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module or "")
    return {name for name in found if name.partition(".")[0] == "isthmus"}


def test_the_example_imports_nothing_that_is_not_public() -> None:
    assert imported(EXAMPLE / "src") == {"isthmus.plugin"}
    assert imported(EXAMPLE / "tests") == set(MODULES)
    mapping = (EXAMPLE / "src" / "isthmus_roundup" / "roundup.yaml").read_text("utf-8")
    assert re.findall(r"python:([\w.]+):", mapping) == ["isthmus_roundup.transforms"]


def test_the_example_is_found_with_its_mapping() -> None:
    (entry,) = entry_points(group=registry.ENTRY_POINTS, name="roundup")
    assert entry.value == "isthmus_roundup:Roundup"
    connector = registry.connector_class("roundup")
    assert connector.__mro__[1].__module__ == "isthmus_roundup.connector", "a plug-in's class is guarded"
    assert {"census", "create", "find", "threads"} <= operations(connector)
    assert not connector.traits.internal_comments
    assert shipped_mapping("roundup").connector == connector.name == "roundup"


def test_a_package_that_cannot_be_found_ships_no_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = entry_points(group=registry.ENTRY_POINTS, name="roundup")
    lost = type(entry)("roundup", "no_such_package.inner:Roundup", registry.ENTRY_POINTS)
    monkeypatch.setattr(registry, "_found", lambda: {"roundup": lost})
    with pytest.raises(ConfigError, match="connector 'roundup' cannot be loaded"):
        registry.connector_package("roundup")
    assert registry.connector_package("nobody") is None
