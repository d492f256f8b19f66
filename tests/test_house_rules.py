"""The rules of the house that no linter checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "connectors", "sandbox", "testing", "mappings", "examples/isthmus-roundup/src")
FOLDERS = (*PACKAGES, "examples/isthmus-roundup", "tests", "benchmarks", "docs", ".ci")
KINDS = {".py", ".yaml", ".md", ".toml", ".cfg", ".html"}
NAMES = {"Makefile", "run", ".gitignore"}

SLASH = "/"
FORBIDDEN = {
    "an unfinished place": re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"),
    "a path of one machine": re.compile(rf"(?<![\w./-]){SLASH}(?:work|tmp|root|home{SLASH}\w+){SLASH}"),
    "the host of a package registry": re.compile(r"(?i)\b(py" r"pi\.org|pythonhosted\.org|npm" r"js\.(?:org|com))\b"),
    "a word about how the text was made": re.compile(
        r"(?i)\b(chat" r"gpt|large language mo" r"del|cla" r"ude|copi" r"lot)\b"
    ),
}


def all_files() -> Iterator[Path]:
    for path in (*ROOT.iterdir(), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))):
        if path.is_file() and (path.suffix in KINDS or path.name in NAMES):
            yield path


@cache
def product() -> list[tuple[Path, list[ast.AST]]]:
    files = [*ROOT.glob("*.py"), *(path for folder in PACKAGES for path in (ROOT / folder).rglob("*.py"))]
    return [(path, list(ast.walk(ast.parse(path.read_text("utf-8"))))) for path in files]


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_the_walk_sees_the_repository():
    names = {str(path.relative_to(ROOT)) for path in all_files()}
    assert {"Makefile", "pyproject.toml", ".ci/run", "core/ledger/ledger.py", "tests/test_house_rules.py"} <= names
    assert len(names) > 100


def test_no_file_is_longer_than_500_lines():
    long = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in all_files()
        if path.suffix == ".py"
    }
    assert {name: lines for name, lines in long.items() if lines > 500} == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{where(path, node.lineno)} {node.name}: {length} lines"
        for path, nodes in product()
        for node in nodes
        if isinstance(node, ast.FunctionDef) and (length := (node.end_lineno or 0) - node.lineno + 1) > 60
    ]
    assert long == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_forbidden_stands_in_any_file(what: str):
    found = [
        where(path, number)
        for path in all_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


def is_empty(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(each, ast.Pass) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)) for each in body
    )


def catches_everything(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in kinds)


def tells(handler: ast.ExceptHandler) -> bool:
    return any(
        isinstance(node, ast.Raise)
        or (isinstance(node, ast.Attribute) and node.attr == "exception")
        or (isinstance(node, ast.Name) and node.id == handler.name)
        for statement in handler.body
        for node in ast.walk(statement)
    )


def test_no_exception_is_swallowed():
    """A handler does something, and one that catches everything raises, logs the traceback, or hands the error on."""
    swallowed = [
        where(path, handler.lineno)
        for path, nodes in product()
        for handler in nodes
        if isinstance(handler, ast.ExceptHandler)
        and (is_empty(handler.body) or (catches_everything(handler) and not tells(handler)))
    ]
    assert swallowed == []


def test_every_rule_can_fail():
    samples = {
        "an unfinished place": "# TO" + "DO later",
        "a path of one machine": 'open("' + SLASH + "tmp" + SLASH + 'x")',
        "the host of a package registry": "https://py" + "pi.org/simple",
        "a word about how the text was made": "asked Chat" + "GPT",
    }
    assert samples.keys() == FORBIDDEN.keys()
    assert all(FORBIDDEN[what].search(line) for what, line in samples.items())
    (handler,) = [
        node for node in ast.walk(ast.parse("try: f()\nexcept OSError: pass")) if isinstance(node, ast.ExceptHandler)
    ]
    assert is_empty(handler.body)
    (handler,) = [node for node in ast.walk(ast.parse("try: f()\nexcept: g()")) if isinstance(node, ast.ExceptHandler)]
    assert catches_everything(handler)
    assert not tells(handler)
