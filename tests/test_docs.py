"""The documentation is true: its tables, commands, settings, mappings, code and links."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shlex
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml
from isthmus import cli
from isthmus.core.config.config import config_schema, load_config
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import parse_mapping

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BARE = {"version": 1, "connector": "acme", "fields": {}, "comment": {"fields": {}}, "attachment": {"fields": {}}}


def blocks(kind: str) -> list:
    return [
        pytest.param(re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE), id=f"{page.name}-{number}")
        for page in PAGES
        for number, found in enumerate(FENCE.finditer(page.read_text("utf-8")), 1)
        if found["kind"] == kind
    ]


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text("utf-8"))


# -- tables


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_generated_tables_are_those_of_the_code(generator: ModuleType, page: Path):
    text = page.read_text("utf-8")
    assert generator.rendered(text) == text, "run: make docs"


def test_every_table_stands_on_some_page_and_a_stale_one_is_noticed(generator: ModuleType):
    everything = "".join(page.read_text("utf-8") for page in PAGES)
    assert sorted(found["name"] for found in generator.BLOCK.finditer(everything)) == sorted(generator.BLOCKS)
    stale = "before\n<!-- generated: exit_codes -->\n| 4 | green |\n<!-- end -->\nafter\n"
    fresh = generator.rendered(stale)
    assert fresh.startswith("before\n")
    assert fresh.endswith("\nafter\n")
    assert "green" not in fresh
    assert "| 4 | red |" in fresh
    with pytest.raises(KeyError):
        generator.rendered("<!-- generated: nothing -->\n<!-- end -->")


# -- commands


def command_lines() -> list:
    """Give each command line, and whether it is whole: prose may name a command without its arguments."""
    found: dict[str, tuple[str, bool]] = {}
    for page in PAGES:
        text = page.read_text("utf-8")
        shown = [line.strip()[2:] for line in text.splitlines() if line.strip().startswith("$ ")]
        indented = re.findall(r"^    ((?:make|isthmus|pip) .+)$", prose(page), re.MULTILINE)
        inline = re.findall(r"`((?:isthmus|make|pip) [^`]+)`", prose(page))
        found = {**dict.fromkeys(inline, (page.name, False)), **found}
        found.update(dict.fromkeys((*shown, *indented), (page.name, True)))
    return [pytest.param(line, whole, id=f"{page}: {line}") for line, (page, whole) in found.items()]


def words_of(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    end = next((number for number, word in enumerate(words) if word in (">", "|", "&&")), len(words))
    return words[:end]


def parse(words: list[str]) -> None:
    """Parse a command line of Isthmus as click does, without running it."""
    command: click.Command = cli.entrance
    context = command.make_context("isthmus", words, obj=cli.State(), resilient_parsing=False)
    with context:
        rest = [*context._protected_args, *context.args]
        while isinstance(command, click.Group):
            name, command, rest = command.resolve_command(context, rest)
            if isinstance(command, click.Group):
                if not rest:
                    return
                context = command.make_context(name, rest, parent=context)
                rest = [*context._protected_args, *context.args]
        rest = ["-" if word.endswith("tickets.json") else word for word in rest]
        command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("line", "whole"), command_lines())
def test_every_command_exists_with_these_options(line: str, whole: bool):
    words = words_of(line)
    match words:
        case ["isthmus", *rest]:
            with contextlib.suppress(*([] if whole else [click.MissingParameter])):
                parse(rest)
        case ["make", target]:
            assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        case ["pip", "install", "."] | ["python3", "-m", "venv", ".venv"] | ["pip", "install"]:
            pass
        case ["pip", "install", wanted] if wanted.startswith("./"):
            assert (ROOT / wanted / "pyproject.toml").is_file()
        case ["pip", "install", wanted]:
            extra = re.fullmatch(r"(?:isthmus|\.)\[(\w+)\]", wanted)
            assert extra
            assert extra[1] in PROJECT["project"]["optional-dependencies"]
        case _:
            pytest.fail(f"nobody can check: {line}")


@pytest.mark.parametrize(
    "line", ["sync", "sync pair --fast", "conflicts solve x", "migrate support", "sync pair --every soon"]
)
def test_a_command_that_does_not_exist_is_noticed(line: str):
    if line == "sync":
        parse([line])  # what it lacks is told when it runs
        return
    with pytest.raises(click.UsageError):
        parse(shlex.split(line))


# -- settings, mappings, code, links


def as_mapping(text: str, held: dict) -> Mapping:
    whole = text if "connector" in held else yaml.safe_dump({**BARE, **held}, sort_keys=False)
    return Mapping(parse_mapping(whole, "the page"))


@pytest.mark.parametrize("text", blocks("yaml"))
def test_every_yaml_block_is_what_the_program_reads(text: str, tmp_path: Path):
    held = yaml.safe_load(text)
    if "connector" in held or not {"connections", "links", "report"} & held.keys():
        assert as_mapping(text, held)
        return
    accounts = {
        "support": {
            "connector": "zendesk",
            "url": "https://a.example",
            "auth": {"kind": "api_token", "user": "a", "token": "env:A"},
        },
        "ops": {
            "connector": "servicenow",
            "url": "https://b.example",
            "auth": {"kind": "basic", "user": "b", "password": "env:B"},
        },
    }
    path = tmp_path / "isthmus.yaml"
    path.write_text(text if "connections" in held else yaml.safe_dump({"connections": accounts}) + text, "utf-8")
    config = load_config(path)
    for link in config.links.values():
        for member in link.mapping:
            assert Mapping(config.mapping(member, link))


def test_a_setting_that_does_not_exist_is_noticed(tmp_path: Path):
    with pytest.raises(Exception, match="directon"):
        as_mapping("", {"fields": {"title": {"field": "subject", "directon": "read"}}})


def test_all_code_of_the_guide_is_that_of_the_example(generator: ModuleType):
    page = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    told = {found["path"] for found in generator.INCLUDE.finditer(page)}
    beside = generator.INCLUDE.sub("", page)
    assert {found["kind"] for found in FENCE.finditer(beside)} == {"yaml"}, "code by itself would not be checked"
    assert {Path(path).name for path in told} >= {"pyproject.toml", "connector.py", "roundup.yaml", "bench.py"}
    assert all(path.startswith("examples/isthmus-roundup/") for path in told)


def test_code_that_changed_is_noticed(generator: ModuleType):
    stale = "<!-- include: examples/isthmus-roundup/src/isthmus_roundup/records.py#name_of -->\nold\n<!-- end -->"
    fresh = generator.rendered(stale)
    assert "old" not in fresh
    assert "```python\ndef name_of(value: Any)" in fresh
    assert generator.rendered(fresh) == fresh
    with pytest.raises(StopIteration):
        generator.included("examples/isthmus-roundup/src/isthmus_roundup/records.py", "no_such_name")


def test_the_guide_tells_how_long_the_example_is():
    package = ROOT / "examples" / "isthmus-roundup" / "src" / "isthmus_roundup"
    python = sum(len(path.read_text("utf-8").splitlines()) for path in package.glob("*.py"))
    mapping = len((package / "roundup.yaml").read_text("utf-8").splitlines())
    told = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    assert f"{round(python, -1)} lines of Python" in told
    assert f"{round(mapping, -1)} lines of mapping" in told


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.is_file(), target
        assert not anchor or anchor in anchors(place), target


def test_every_page_is_reached_from_the_readme():
    reached = set(re.findall(r"\]\((?:docs/)?([\w]+\.md)[#)]", "".join(page.read_text("utf-8") for page in PAGES)))
    assert {page.name for page in PAGES} <= reached | {"README.md"}


def test_every_setting_of_a_link_is_explained():
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    schema = config_schema()
    for place in ("LinkConfig", "FieldPolicy", "Brakes"):
        for name in schema["$defs"][place]["properties"]:
            assert name in page, f"{place}.{name} is not explained"
