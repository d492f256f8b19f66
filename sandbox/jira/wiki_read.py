"""Wiki markup as documents, as API version 3 shows what was written as wiki markup.

Source: the text formatting notation of Jira. What the notation has and this reader does not know stays as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .jsons import Json

_MACRO = re.compile(r"\{(code|noformat|quote|panel|info|note|tip|warning)(?::([^}\n]*))?\}(.*?)\{\1\}", re.DOTALL)
_HEADING = re.compile(r"h([1-6])\. +(.*)")
_ITEM = re.compile(r"([*#-]+) +(.*)")
_RULE = re.compile(r"-{4,}\s*")
_PANELS = {"info": "info", "note": "note", "tip": "success", "warning": "warning", "panel": "info"}
_INLINE = re.compile(
    r"\\(?P<escaped>[\\{}\[\]*_+^~|!#-])"
    r"|\{\{(?P<mono>[^}\n]+)\}\}"
    r"|\{color:(?P<colour>#[0-9a-fA-F]{6})\}(?P<coloured>.+?)\{color\}"
    r"|\[~accountid:(?P<mention>[^\]\n]+)\]"
    r"|\[(?:(?P<label>[^\]|\n]+)\|)?(?P<url>(?:https?://|mailto:)[^\]\n|]+)\]"
    r"|(?<![\w\\])(?P<sign>[*_+^~-])(?=\S)(?P<marked>[^\n]*?\S)(?P=sign)(?!\w)"
    r"|(?P<break>\\\\|\n)"
)
_SIGNS = {"*": ("strong", None), "_": ("em", None), "+": ("underline", None), "-": ("strike", None)}
_SUBSUP = {"^": "sup", "~": "sub"}


def to_document(text: str) -> Json:
    """Give wiki markup as a document."""
    return {"type": "doc", "version": 1, "content": list(_blocks(text.replace("\r\n", "\n")))}


def _blocks(text: str) -> Iterator[Json]:
    at = 0
    for macro in _MACRO.finditer(text):
        yield from _plain_blocks(text[at : macro.start()])
        yield from _macro(macro[1], macro[2] or "", macro[3].strip("\n"))
        at = macro.end()
    yield from _plain_blocks(text[at:])


def _macro(name: str, parameter: str, body: str) -> Iterator[Json]:
    if name in ("code", "noformat"):
        language = parameter.partition("|")[0]
        node: Json = {"type": "codeBlock", "attrs": {"language": language} if language and "=" not in language else {}}
        node["content"] = [{"type": "text", "text": body}] if body else []
        yield node
        return
    inner = [block for block in _plain_blocks(body) if block["type"] not in ("rule", "table", "heading")]
    inner = inner or [{"type": "paragraph", "content": []}]
    if name == "quote":
        yield {"type": "blockquote", "content": inner}
    else:
        yield {"type": "panel", "attrs": {"panelType": _PANELS[name]}, "content": inner}


def _plain_blocks(text: str) -> Iterator[Json]:
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if not line.strip():
            at += 1
        elif heading:
            yield {"type": "heading", "attrs": {"level": int(heading[1])}, "content": inline(heading[2])}
            at += 1
        elif _RULE.fullmatch(line):
            yield {"type": "rule"}
            at += 1
        elif item:
            count = _run(lines, at, _ITEM.fullmatch)
            yield from _lists([pair for each in lines[at : at + count] if (pair := _ITEM.fullmatch(each))])
            at += count
        elif line.startswith("|"):
            count = _run(lines, at, lambda each: each.startswith("|"))
            yield {"type": "table", "content": [_row(each) for each in lines[at : at + count]]}
            at += count
        elif line.startswith("bq. "):
            yield {"type": "blockquote", "content": [_paragraph(line[4:])]}
            at += 1
        else:
            count = _run(lines, at, lambda each: bool(each.strip()) and not _starts(each))
            yield _paragraph("\n".join(lines[at : at + max(count, 1)]))
            at += max(count, 1)


def _starts(line: str) -> bool:
    """Tell whether a line begins another block than a paragraph."""
    return bool(_HEADING.fullmatch(line) or _ITEM.fullmatch(line) or _RULE.fullmatch(line)) or line.startswith(
        ("|", "bq. ")
    )


def _run(lines: list[str], at: int, fits: Callable[[str], object]) -> int:
    count = 0
    while at + count < len(lines) and fits(lines[at + count]):
        count += 1
    return count


def _paragraph(text: str) -> Json:
    return {"type": "paragraph", "content": inline(text)}


def _lists(items: list[re.Match[str]], depth: int = 1) -> Iterator[Json]:
    at = 0
    while at < len(items):
        sign = items[at][1][:depth][-1]
        kind = "orderedList" if sign == "#" else "bulletList"
        entries: list[Json] = []
        while at < len(items) and items[at][1][:depth][-1] == sign:
            deeper = at + 1
            while deeper < len(items) and len(items[deeper][1]) > depth:
                deeper += 1
            content: list[Json] = [_paragraph(items[at][2])]
            content.extend(_lists(items[at + 1 : deeper], depth + 1))
            entries.append({"type": "listItem", "content": content})
            at = deeper
        yield {"type": kind, "content": entries}


def _row(line: str) -> Json:
    cells: list[Json] = []
    for sign, text in re.findall(r"(\|\|?)((?:\\.|\[[^\]]*\]|[^|\\])*)", line.rstrip()):
        if text:
            kind = "tableHeader" if sign == "||" else "tableCell"
            cells.append({"type": kind, "content": [_paragraph(text.strip())]})
    return {"type": "tableRow", "content": cells}


def inline(text: str, marks: tuple[Json, ...] = ()) -> list[Json]:
    """Give a line of wiki markup as inline nodes."""
    nodes: list[Json] = []
    at = 0
    for found in _INLINE.finditer(text):
        _add(nodes, text[at : found.start()], marks)
        at = found.end()
        nodes.extend(_found(found, marks))
    _add(nodes, text[at:], marks)
    return _joined(nodes)


def _found(found: re.Match[str], marks: tuple[Json, ...]) -> list[Json]:
    if found["escaped"]:
        return [_text(found["escaped"], marks)]
    if found["break"]:
        return [{"type": "hardBreak"}]
    if found["mono"]:
        links = tuple(mark for mark in marks if mark["type"] == "link")
        return [_text(found["mono"], (*links, {"type": "code"}))]
    if found["mention"]:
        return [{"type": "mention", "attrs": {"id": found["mention"]}}]
    if found["coloured"]:
        return inline(found["coloured"], (*marks, {"type": "textColor", "attrs": {"color": found["colour"]}}))
    if found["url"]:
        return inline(found["label"] or found["url"], (*marks, {"type": "link", "attrs": {"href": found["url"]}}))
    sign = found["sign"]
    if sign in _SUBSUP:
        mark: Json = {"type": "subsup", "attrs": {"type": _SUBSUP[sign]}}
    else:
        mark = {"type": _SIGNS[sign][0]}
    return inline(found["marked"], (*marks, mark))


def _text(text: str, marks: tuple[Json, ...]) -> Json:
    kinds = {mark["type"]: mark for mark in marks}
    return {"type": "text", "text": text, **({"marks": list(kinds.values())} if kinds else {})}


def _add(nodes: list[Json], text: str, marks: tuple[Json, ...]) -> None:
    if text:
        nodes.append(_text(text, marks))


def _joined(nodes: list[Json]) -> list[Json]:
    """Join neighbours of the same marks."""
    joined: list[Json] = []
    for node in nodes:
        last = joined[-1] if joined else None
        if last is not None and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            joined[-1] = {**last, "text": last["text"] + node["text"]}
        else:
            joined.append(node)
    return joined
