"""Tell a user what is wrong in the configuration: the place, the mistake, the nearest setting that exists.

A message never repeats a value, since a value in the wrong place may be a password. An unknown key is shown up to the first
``:``, ``=`` or space only: in ``{password:hunter2}`` YAML takes the secret for a part of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from ..suggest import did_you_mean

_KEY = re.compile(r"[^\s:=]{0,40}")
_QUOTED = re.compile(r"'[^']{2,}'")

Node = dict[str, Any]


def explain_settings(error: ValidationError, model: type[BaseModel], *within: str) -> str:
    """Give the wrong places of a validation, with a close match for each unknown key.

    Args:
        error: what pydantic found.
        model: what was validated.
        within: the place of what was validated.
    """
    schema = model.model_json_schema()
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(_explain(within, problem["type"], problem["loc"], problem["msg"], schema) for problem in problems)


def explain_yaml(error: yaml.YAMLError) -> str:
    """Give the place and kind of a YAML mistake, without the text around it."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return "it holds a character that YAML does not allow"
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return place + _QUOTED.sub("'...'", error.problem or error.context or "malformed")


def shown_key(key: object) -> str:
    """Give as much of a key as may be shown."""
    found = _KEY.match(str(key))
    return found.group() if found else ""


def _explain(within: Sequence[str], kind: str, place: Sequence[int | str], words: str, schema: Node) -> str:
    if kind == "extra_forbidden":
        shown, nodes = _walk(schema, place[:-1])
        key = shown_key(place[-1])
        return f"{_dotted([*within, *shown, key])}: unknown setting{did_you_mean(key, _keys(schema, nodes))}"
    shown, _ = _walk(schema, place)
    return f"{_dotted([*within, *shown])}: {'is missing' if kind == 'missing' else words.removeprefix('Value error, ')}"


def _dotted(shown: Sequence[str]) -> str:
    return ".".join(shown) or "top"


def _walk(schema: Node, place: Sequence[int | str]) -> tuple[list[str], list[Node]]:
    """Follow a place into a schema: give it as the user wrote it (tags of unions left out), and what may stand there."""
    shown: list[str] = []
    nodes = [schema]
    for part in place:
        options = [option for node in nodes for option in _options(schema, node)]
        named = [option["properties"][part] for option in options if part in option.get("properties", {})]
        tagged: list[Node] = [
            {"$ref": node["discriminator"]["mapping"][part]}
            for node in nodes
            if part in node.get("discriminator", {}).get("mapping", {})
        ]
        if tagged and not named:
            nodes = tagged
            continue
        shown.append(shown_key(part))
        inner = "items" if isinstance(part, int) else "additionalProperties"
        nodes = named or [option[inner] for option in options if isinstance(option.get(inner), dict)]
    return shown, nodes


def _options(schema: Node, node: Node) -> Iterator[Node]:
    """Give a node and whatever it refers to or offers as alternatives."""
    yield node
    if "$ref" in node:
        yield from _options(schema, schema.get("$defs", {}).get(str(node["$ref"]).rpartition("/")[2], {}))
    for word in ("anyOf", "oneOf", "allOf"):
        for each in node.get(word, ()):
            yield from _options(schema, each)


def _keys(schema: Node, nodes: Sequence[Node]) -> list[str]:
    return sorted({key for node in nodes for each in _options(schema, node) for key in each.get("properties", {})})
