r"""Jira's wiki markup <-> canonical HTML: what version 2 of its API speaks, and its web hooks.

Vendor facts (Atlassian, text formatting notation):

- ``h1.`` to ``h6.``, ``*strong*``, ``_em_``, ``+underline+``, ``-strike-``, ``^sup^``, ``~sub~``, ``{{code}}``,
  ``[words|address]``, ``!image!``, ``[^file]``, ``[~user]``, ``----``; lists by ``*`` and ``#`` at the start of a line, as
  many as the list is deep; ``||head||``, ``|cell|``; ``{code}``, ``{noformat}``, ``{quote}``, ``{panel}``; ``\\`` breaks a
  line; a backslash takes the meaning from the character that follows, and is itself written ``&#92;``.
- A list item, a heading and a cell hold one paragraph; quotes do not nest.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from typing import Final

from .markup import Child, Node, canonical, escape_text, image_text, is_block, parse, serialize
from .richtext import normal_text, to_text

_SHIELD: Final = "\u200b"
"""Stands before words that would begin a block; taken out again on reading."""
_SIGNS: Final = {"strong": "*", "em": "_", "u": "+", "s": "-", "sup": "^", "sub": "~"}
_SPECIAL = re.compile(r"[{}\[\]!|]|[*_+\-^~](?!(?<=\w.)\w)|\?(?=\?)")
"""What means something: brackets anywhere, signs where they do not stand within a word."""
_ENTITY = re.compile(r"&(?=#?\w+;)")
_REFERENCE = re.compile(r"&#(\d{1,6});")
_BLOCK_WORDS = re.compile(r"(h[1-6]|bq)\. |#")
_MACRO = re.compile(r"\{(code|noformat|quote|panel)(?::([^}]*))?\}\n?(.*?)\n?\{\1\}", re.DOTALL)
_HEADING = re.compile(r"h([1-6])\.\s+(.*)")
_ITEM = re.compile(r"([*#]+|-)\s+(.*)")
_RULE = re.compile(r"-{4,5}\s*")
_INLINE = re.compile(
    r"\\(?P<escaped>[^\w\s]|_)"
    r"|(?P<break>\\\\)"
    r"|\{\{(?P<code>(?:\\.|[^\\\n])+?)\}\}"
    r"|\{color(?::[^}]*)?\}"
    r"|\[\^(?P<file>[^\]\n]+)\]"
    r"|\[~(?:accountid:)?(?P<person>[^\]\n]+)\]"
    r"|\[(?P<words>(?:\\.|[^\\\]|\n])*)\|(?P<address>[^\]\s|]+)(?:\|[^\]\n]*)?\]"
    r"|\[(?P<bare>(?:https?://|mailto:)[^\]\s|]+)\]"
    r"|!(?P<image>[^!\s|\\][^!\n|]*)(?:\|[^!\n]*)?!"
    r"|(?<![\w\\])(?P<sign>[*_+\-^~])(?=\S)(?P<inner>(?:\\.|[^\\\n])+?)(?<=[^\s\\])(?P=sign)(?!\w)"
)
_ELEMENTS: Final = {sign: tag for tag, sign in _SIGNS.items()}


# -- reading


def read_wiki(text: str) -> str:
    """Give canonical HTML of wiki markup."""
    return canonical(_blocks(normal_text(text)))


def _blocks(text: str) -> str:
    parts: list[str] = []
    end = 0
    for macro in _MACRO.finditer(text):
        parts += [_lines(text[end : macro.start()]), _macro(macro[1], macro[2] or "", macro[3])]
        end = macro.end()
    return "".join([*parts, _lines(text[end:])])


def _macro(name: str, parameters: str, body: str) -> str:
    if name in ("code", "noformat"):
        return f"<pre>{escape_text(body)}</pre>"
    titles = [part.removeprefix("title=") for part in parameters.split("|") if part.startswith("title=")]
    title = "".join(f"<p><strong>{escape_text(each)}</strong></p>" for each in titles)
    return f"<blockquote>{title}{_blocks(body)}</blockquote>"


def _lines(text: str) -> str:
    parts: list[str] = []
    lines = text.split("\n")
    while lines:
        line = lines[0]
        heading = _HEADING.fullmatch(line)
        if not line.strip():
            lines.pop(0)
        elif heading:
            lines.pop(0)
            parts.append(f"<h{heading[1]}>{_inline(heading[2])}</h{heading[1]}>")
        elif _RULE.fullmatch(line):
            lines.pop(0)
            parts.append("<hr>")
        elif line.startswith("bq. "):
            parts.append(f"<blockquote><p>{_inline(lines.pop(0)[4:])}</p></blockquote>")
        elif _ITEM.fullmatch(line):
            parts.append(_list(_taken(lines, lambda each: _ITEM.fullmatch(each) is not None)))
        elif line.startswith("|"):
            rows = _taken(lines, lambda each: each.startswith("|"))
            parts.append(f"<table>{''.join(map(_row, rows))}</table>")
        else:
            words = _taken(lines, _is_prose)
            parts.append(f"<p>{'<br>'.join(map(_inline, words))}</p>")
    return "".join(parts)


def _is_prose(line: str) -> bool:
    blocks = (_HEADING, _ITEM, _RULE)
    return bool(line.strip()) and not line.startswith(("|", "bq. ")) and not any(each.fullmatch(line) for each in blocks)


def _taken(lines: list[str], fits: Callable[[str], bool]) -> list[str]:
    """Take the first lines that fit; the first one is taken in any case."""
    count = 1
    while count < len(lines) and fits(lines[count]):
        count += 1
    taken = lines[:count]
    del lines[:count]
    return taken


def _list(lines: list[str]) -> str:
    parts: list[str] = []
    opened: list[str] = []
    for line in lines:
        item = _ITEM.fullmatch(line)
        assert item is not None
        marks = item[1]
        while len(opened) > len(marks) or (len(opened) == len(marks) and opened[-1] != _tag(marks)):
            parts.append(f"</li></{opened.pop()}>")
        if len(opened) == len(marks):
            parts.append("</li>")
        while len(opened) < len(marks):
            opened.append(_tag(marks[: len(opened) + 1]))
            parts.append(f"<{opened[-1]}>" + ("<li>" if len(opened) < len(marks) else ""))
        parts.append(f"<li>{_inline(item[2])}")
    parts += [f"</li></{tag}>" for tag in reversed(opened)]
    return "".join(parts)


def _tag(marks: str) -> str:
    return "ol" if marks[-1] == "#" else "ul"


def _row(line: str) -> str:
    cells: list[str] = []
    for found in re.finditer(r"(\|\|?)((?:\\.|\[[^\]\n]*\]|[^|\\\n])*)", line):
        if found[2].strip() or found.end() < len(line.rstrip()):
            tag = "th" if found[1] == "||" else "td"
            cells.append(f"<{tag}>{_inline(found[2].strip())}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _INLINE.finditer(text):
        parts += [_bare(text[end : found.start()]), _token(found)]
        end = found.end()
    return "".join([*parts, _bare(text[end:])])


def _bare(text: str) -> str:
    return escape_text(re.sub(r" (?= )", "\u00a0", _referred(text.replace(_SHIELD, ""))))


def _referred(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _token(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if groups["escaped"] == "\\":
        return "<br>"
    if groups["escaped"]:
        return escape_text(groups["escaped"])
    if groups["code"]:
        return f"<code>{escape_text(_unescaped(groups['code']))}</code>"
    if groups["file"]:
        return escape_text(f"[file: {groups['file']}]")
    if groups["person"]:
        return escape_text(f"@{groups['person']}")
    if groups["address"]:
        address = html.escape(groups["address"])
        return f'<a href="{address}">{_inline(groups["words"]) or address}</a>'
    if groups["bare"]:
        return f'<a href="{html.escape(groups["bare"])}">{escape_text(groups["bare"])}</a>'
    if groups["image"]:
        return _image(groups["image"])
    if groups["sign"]:
        tag = _ELEMENTS[groups["sign"]]
        return f"<{tag}>{_inline(groups['inner'])}</{tag}>"
    return ""


def _image(name: str) -> str:
    if name.startswith(("http://", "https://")):
        return f'<img src="{html.escape(name)}">'
    return escape_text(f"[file: {name}]")


def _unescaped(text: str) -> str:
    return _referred(re.sub(r"\\([^\w\s]|_)", r"\1", text))


# -- writing


def write_wiki(markup: str) -> str:
    """Give wiki markup that shows some HTML."""
    return "\n\n".join(_block(node) for node in parse(markup) if is_block(node))


def _block(node: Node) -> str:
    match node.tag:
        case "pre":
            text = "".join(map(str, node.children))
            return f"{{noformat}}\n{text.replace('{noformat}', '{ noformat}')}\n{{noformat}}"
        case "hr":
            return "----"
        case "ul" | "ol":
            return "\n".join(_items(node, ""))
        case "blockquote":
            inner = "\n\n".join(_block(each) for each in node.children if is_block(each))
            return f"{{quote}}\n{inner.replace('{quote}', '').strip()}\n{{quote}}"
        case "table":
            return "\n".join(_cells(row) for row in _nodes(node))
        case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
            return f"{node.tag}. {_one_line(_written(node.children))}"
        case _:
            return "\n".join(_shielded(line) for line in _written(node.children).split("\n"))


def _nodes(node: Node) -> list[Node]:
    return [child for child in node.children if isinstance(child, Node)]


def _items(node: Node, above: str) -> Iterable[str]:
    marks = above + ("#" if node.tag == "ol" else "*")
    for item in _nodes(node):
        text = [child for child in item.children if not (isinstance(child, Node) and child.tag in ("ul", "ol"))]
        yield f"{marks} {_one_line(_held(text))}"
        for child in _nodes(item):
            if child.tag in ("ul", "ol"):
                yield from _items(child, marks)


def _cells(row: Node) -> str:
    cells = [("||" if cell.tag == "th" else "|", _one_line(_held(cell.children)) or " ") for cell in _nodes(row)]
    return "".join(mark + text for mark, text in cells) + cells[-1][0]


def _held(children: list[Child]) -> str:
    """Give the text of what may hold one paragraph only."""
    if not any(is_block(child) for child in children):
        return _written(children)
    blocks = [child for child in children if is_block(child)]
    parts = (_written(each.children) if each.tag == "p" else _escaped(to_text(serialize([each]))) for each in blocks)
    return "\n".join(parts)


def _one_line(text: str) -> str:
    return re.sub(r"\n+", r"\\\\", text)


def _shielded(line: str) -> str:
    return _SHIELD + line if _BLOCK_WORDS.match(line) or _ITEM.fullmatch(line) else line


def _written(children: Iterable[Child]) -> str:
    parts: list[str] = []
    for child in children:
        if isinstance(child, str):
            parts.append(_escaped(child))
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(_escaped(image_text(child)))
        elif child.tag == "code":
            parts.append("{{" + _escaped(to_text(serialize([Node("p", {}, child.children)]))).replace("\n", " ") + "}}")
        elif child.tag == "a":
            address = child.attributes["href"].replace("|", "%7C").replace("]", "%5D").replace(" ", "%20")
            parts.append(f"[{_one_line(_written(child.children))}|{address}]")
        else:
            inner = _written(child.children)
            sign = _SIGNS[child.tag]
            parts.append(f"{sign}{inner}{sign}" if _fits(inner, parts) else inner)
    return "".join(parts)


def _fits(inner: str, before: list[str]) -> bool:
    """Tell whether a sign can stand around some words: it works at the edges of words only, within one line."""
    return bool(inner.strip()) and inner == inner.strip() and "\n" not in inner and not re.search(r"\w$", "".join(before))


def _escaped(text: str) -> str:
    whole = _ENTITY.sub("&#38;", text)
    return "&#92;".join(_SPECIAL.sub(lambda found: f"\\{found[0]}", part) for part in whole.split("\\"))
