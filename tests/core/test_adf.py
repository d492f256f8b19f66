"""ADF documents: read whatever stands in them, write valid ones, and keep what both forms can express."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.text.adf import compact_adf, read_adf, write_adf
from isthmus.core.text.flavours import FLAVOURS
from isthmus.core.text.markup import canonical
from isthmus.core.text.richtext import comparable, from_text, to_text
from isthmus.sandbox.jira.adf import validate
from jsonschema import Draft4Validator

SCHEMA = "adf_v1_full.schema.json"


def text(words: str, *marks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def mark(kind: str, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, **({"attrs": attrs} if attrs else {})}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


def p(*content: Any) -> dict[str, Any]:
    return node("paragraph", *(text(each) if isinstance(each, str) else each for each in content))


def read(*blocks: Any) -> str:
    return read_adf(json.dumps({"type": "doc", "version": 1, "content": list(blocks)}))


BOTH_WAYS = [
    "<p>a</p>",
    "<p>a<br>b</p><p>&nbsp;c&nbsp; d</p>",
    "<p>one <strong>two</strong> <em>three</em> <u>four</u> <s>five</s> <code>six</code></p>",
    "<p><strong>a<em>b</em></strong>c<em>d</em></p>",
    "<p>x<sub>1</sub> y<sup>2</sup></p>",
    '<p><a href="https://acme.example/?a=1&amp;b=2">here</a></p>',
    "<h1>a</h1><h2>b</h2><h6>c</h6>",
    "<ul><li>a<br>b</li><li><p>c</p><ol><li>d</li></ol></li></ul>",
    "<ol><li>a</li><li>b</li></ol>",
    "<pre>x  =  1\ny &lt; z</pre>",
    "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>",
    "<hr>",
    "<table><tr><th>a</th><th></th></tr><tr><td>b</td><td><p>c</p><ul><li>d</li></ul></td></tr></table>",
    "<p>&lt;b&gt; &amp; \"quoted\" 'single' {{x}}</p>",
]


@pytest.mark.parametrize("markup", BOTH_WAYS)
def test_what_both_can_express_goes_there_and_back(markup: str) -> None:
    assert canonical(markup) == markup
    assert read_adf(write_adf(markup)) == markup


@pytest.mark.parametrize(
    ("markup", "image"),
    [
        ("<blockquote><h2>a</h2></blockquote>", "<blockquote><p><strong>a</strong></p></blockquote>"),
        (
            "<blockquote><blockquote><p>a</p></blockquote><hr></blockquote>",
            "<blockquote><p>a</p><p>----</p></blockquote>",
        ),
        ("<p><strong><code>a</code></strong></p>", "<p><code>a</code></p>"),
        (
            '<p><code><a href="https://x.example">a</a></code></p>',
            '<p><code><a href="https://x.example">a</a></code></p>',
        ),
        ("<p><sub><sup>a</sup></sub></p>", "<p><sup>a</sup></p>"),
        (
            "<table><tr><td><table><tr><td>a</td><td><p>b</p><p>c</p></td></tr></table></td></tr></table>",
            "<table><tr><td>a | b c</td></tr></table>",
        ),
        ("<ul><li><table><tr><td></td><td>b</td></tr></table></li></ul>", "<ul><li>| b</li></ul>"),
        (
            '<p><img src="https://x.example/a.png" alt="shot"></p>',
            '<p><a href="https://x.example/a.png">[image: shot]</a></p>',
        ),
    ],
)
def test_what_a_document_cannot_hold_becomes_readable_text(markup: str, image: str) -> None:
    assert read_adf(write_adf(markup)) == image
    assert read_adf(write_adf(image)) == image


@pytest.mark.parametrize(
    ("block", "markup"),
    [
        (node("paragraph"), ""),
        (node("panel", p("careful"), panelType="warning"), "<blockquote><p><strong>Warning</strong></p><p>careful</p></blockquote>"),
        (node("panel", p("mine"), panelType="custom"), "<blockquote><p>mine</p></blockquote>"),
        (node("expand", p("inner"), title="More"), "<p><strong>More</strong></p><p>inner</p>"),
        (node("nestedExpand", p("inner")), "<p>inner</p>"),
        (
            node(
                "taskList",
                node("taskItem", text("done"), localId="1", state="DONE"),
                node("taskItem", text("open"), localId="2", state="todo".upper()),
                localId="0",
            ),
            "<ul><li>[x] done</li><li>[&nbsp;] open</li></ul>",
        ),
        (
            node("taskList", node("blockTaskItem", p("a"), localId="1", state="DONE"), localId="0"),
            "<ul><li><p>[x]</p><p>a</p></li></ul>",
        ),
        (
            node("decisionList", node("decisionItem", text("go"), localId="1", state="DECIDED"), localId="0"),
            "<ul><li>Decision: go</li></ul>",
        ),
        (
            node(
                "mediaSingle",
                {"type": "media", "attrs": {"type": "external", "url": "https://x.example/a.png", "alt": "shot"}},
                node("caption", text("below")),
            ),
            '<p><img src="https://x.example/a.png" alt="shot"></p><p>below</p>',
        ),
        (
            node(
                "mediaGroup",
                {"type": "media", "attrs": {"type": "file", "id": "u-1", "collection": "", "alt": "log.txt"}},
                {"type": "media", "attrs": {"type": "file", "id": "u-2", "collection": ""}},
                {"type": "media"},
            ),
            "<p>[file: log.txt]</p><p>[file: u-2]</p><p>[file: unnamed]</p>",
        ),
        (node("blockCard", url="https://x.example"), '<p><a href="https://x.example">https://x.example</a></p>'),
        (node("embedCard", url="https://x.example", layout="wide"), '<p><a href="https://x.example">https://x.example</a></p>'),
        (
            p(node("inlineCard", data={"name": "Page", "url": "https://x.example"}), " and ", node("inlineCard", data={"name": "P"})),
            '<p><a href="https://x.example">Page</a> and P</p>',
        ),
        (
            p(
                node("mention", id="712020:1", text="@Ana"),
                " ",
                node("mention", id="712020:2"),
                " ",
                node("emoji", shortName=":smile:", text="😄"),
                node("emoji", shortName=":x:"),
                " ",
                node("date", timestamp="1777383326678"),
                " ",
                node("date", timestamp="soon"),
                " ",
                node("status", text="DONE", color="green"),
                " ",
                node("placeholder", text="type here"),
                " ",
                node("mediaInline", id="u-1", collection="", alt="a.txt"),
            ),
            "<p>@Ana @712020:2 😄:x: 2026-04-28 soon DONE type here [file: a.txt]</p>",
        ),
        (node("layoutSection", node("layoutColumn", p("left"), width=50), node("layoutColumn", p("right"), width=50)), "<p>left</p><p>right</p>"),
        (node("extension", extensionKey="toc", extensionType="x"), "<p>[toc]</p>"),
        (node("bodiedExtension", p("body"), extensionKey="toc", extensionType="x"), "<p>body</p>"),
        (p(node("inlineExtension", extensionKey="k", extensionType="x", text="words")), "<p>words</p>"),
        (node("syncBlock", resourceId="1", localId="2"), ""),
        (node("zz_unknown", p("kept"), text(" and this")), "<p>kept</p><p>and this</p>"),
        (p(node("zz_inline", text="words")), "<p>words</p>"),
        ({"type": "zz", "text": "bare"}, "<p>bare</p>"),
        ({"content": [7, None, {"type": "text", "text": 5}], "type": 3}, "<p>5</p>"),
        (node("heading", text("odd"), level="big"), "<h6>odd</h6>"),
        (p(text("a\nb  c")), "<p>a<br>b&nbsp; c</p>"),
        (
            p(
                text("a", mark("strong"), mark("textColor", color="#ff0000")),
                text("b", mark("strong"), mark("link", href="https://x.example")),
                text("c", mark("backgroundColor", color="#ff0000"), mark("annotation", id="1"), mark("link")),
                text("d", mark("alignment"), mark("zz"), 7),  # type: ignore[arg-type]
            ),
            '<p><strong>a<a href="https://x.example">b</a></strong>cd</p>',
        ),
    ],
)  # fmt: skip
def test_every_node_is_read(block: dict[str, Any], markup: str) -> None:
    assert read(block) == markup
    written = write_adf(markup)
    assert comparable(read_adf(written)) == comparable(written_image(markup))


def written_image(markup: str) -> str:
    """Images are written as links to them."""
    return re.sub(r'<img src="([^"]*)" alt="([^"]*)">', r'<a href="\1">[image: \2]</a>', markup)


@pytest.mark.parametrize("words", ["", "no document", "[1]", "7", '{"type": "page"}', "{broken"])
def test_what_is_no_document_is_plain_text(words: str) -> None:
    assert read_adf(words) == from_text(words)


def test_nothing_is_no_document() -> None:
    assert write_adf("") == write_adf("<p> </p>") == ""
    assert (
        FLAVOURS["adf"].write("<p>a</p>")
        == '{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]}'
    )


def test_a_text_without_its_formatting_takes_less_room() -> None:
    markup = "".join(f"<p><strong>{number}</strong></p>" for number in range(100))
    assert compact_adf("") == ""
    whole = compact_adf(markup)
    assert len(whole) < len(write_adf(markup)) / 5
    assert comparable(read_adf(whole)) == comparable(markup)


TAGS = st.sampled_from(
    [
        "p",
        "div",
        "h1",
        "h3",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "td",
        "th",
        "pre",
        "strong",
        "em",
        "u",
        "s",
        "code",
        "sub",
        "sup",
    ]
)
MARKUP = st.recursive(
    st.text(st.characters(codec="utf-8"), max_size=8).map(lambda words: words.replace("<", "&lt;"))
    | st.sampled_from(["<br>", "<hr>", "&nbsp;"]),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
    max_leaves=14,
)


@given(MARKUP)
def test_every_document_is_valid_and_no_word_is_lost(markup: str) -> None:
    written = write_adf(markup)
    if not written:
        assert comparable(markup) is None or not to_text(markup).strip()
        return
    document = json.loads(written)
    validate(document)
    image = read_adf(written)
    assert image == canonical(image)
    assert read_adf(write_adf(image)) == image
    assert sorted(_words(image)) == sorted(_words(canonical(markup)))


def _words(markup: str) -> str:
    bare = to_text(re.sub("<hr>|[|]", "", markup).replace("<ol>", "<ul>").replace("</ol>", "</ul>"))  # numbers are no words
    return "".join(each for each in bare if each.isalnum())


@pytest.fixture(scope="module")
def schema() -> Draft4Validator | None:
    folder = os.environ.get("ISTHMUS_SPECS")
    return Draft4Validator(json.loads((Path(folder) / SCHEMA).read_text("utf-8"))) if folder else None


def test_the_published_schema_takes_what_is_written(schema: Draft4Validator | None) -> None:
    if schema is None:
        pytest.skip("ISTHMUS_SPECS names no folder with the published schema")

    @given(MARKUP)
    def judged(markup: str) -> None:
        written = write_adf(markup)
        assert not written or list(schema.iter_errors(json.loads(written))) == []

    judged()
    for markup in BOTH_WAYS:
        assert schema.is_valid(json.loads(write_adf(markup)))
    assert not schema.is_valid({"type": "doc", "version": 1, "content": [text("bare")]})
