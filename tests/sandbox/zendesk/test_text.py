"""Comment texts: sanitising, deriving, redacting."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.sandbox.sanitizer import VOID
from isthmus.sandbox.zendesk import text


@pytest.mark.parametrize(
    ("markup", "kept"),
    [
        ("<p>a</p>", '<p dir="auto">a</p>'),
        ("<ul><li>a<li>b</ul>", '<ul dir="auto"><li>a<li>b</li></li></ul>'),
        ("a<br/>b<hr>", "a<br>b<hr>"),
        ('<a href="https://x/?a=1&b=2" onclick="y">z</a>', '<a href="https://x/?a=1&amp;b=2" rel="noreferrer">z</a>'),
        ('<a href="javascript:x()">z</a>', "<a>z</a>"),
        ('<a href="mailto:a@b.c">z</a>', '<a href="mailto:a@b.c" rel="noreferrer">z</a>'),
        ('<img src="data:image/png;base64,x" alt="A">', '<img alt="A">'),
        ('<img src="http://h/i.png">', '<img src="http://h/i.png">'),
        ("<style>p{}</style><script>x<b>y</b></script>z", "z"),
        ("<script/>a<b/>c", "a<b></b>c"),
        ("</p></script>a", "a"),
        ("<font>a</font> &lt;b&gt;", "a &lt;b&gt;"),
        ("<div><b>a</div>", "<div><b>a</b></div>"),
        ("<!-- no -->a < b", "a &lt; b"),
    ],
)
def test_sanitize(markup, kept):
    assert text.sanitize(markup) == kept


@pytest.mark.parametrize(
    ("inner", "body", "plain"),
    [
        ("<p>a <strong>b</strong> <em>c</em> <code>d</code></p>", "a **b** *c* `d`", "a b c d"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b", "- a\n- b"),
        ("<ol><li>a</li><li>b</li></ol><p>c</p>", "1. a\n2. b\n\nc", "1. a\n2. b\n\nc"),
        ("<li>loose</li>", "* loose", "- loose"),
        ("<blockquote>q</blockquote><hr>", "> q\n\n* * *", "q\n\n* * *"),
        ("<pre>a\n  b</pre>", "a\n  b", "a\n b"),
        ('<a href="http://x">y</a> <a>z</a>', "[y](http://x) z", "y z"),
        ('<p><img src="http://x" alt="A"></p>', "![A](http://x)", ""),
        ("<p>a\n<br>b</p>\n\n<p>c   d</p>", "a\nb\n\nc   d", "a\nb\n\nc d"),
        ("a\nb", "a b", "a b"),
        ("</a></ul>x", "x", "x"),
    ],
)
def test_bodies(inner, body, plain):
    assert (text.body(inner), text.plain_body(inner)) == (body, plain)


def test_plain_text_becomes_paragraphs():
    assert text.from_plain("a\r\n\r\n<i>b</i> < c\nd\n") == '<p dir="auto">a</p>\n\n<p dir="auto">b &lt; c\n<br>d</p>'
    assert text.from_literal("<i>b</i>") == '<p dir="auto">&lt;i&gt;b&lt;/i&gt;</p>'


class Reader(HTMLParser):
    """Reads sanitised HTML the way a browser would, and complains."""

    def __init__(self):
        super().__init__()
        self.open, self.bad = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in text.ALLOWED:
            self.bad.append(tag)
        self.bad += [
            name for name, value in attrs if name.startswith("on") or re.match(r"\s*(javascript|data):", value or "")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag}")


PIECES = [
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<script>",
    "</script>",
    "<img src=x onerror=y>",
    '<a href="javascript:x">',
    "</a>",
    "<br>",
    "&lt;",
    "<ul>",
    "<li>",
]


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12).map("".join))
def test_sanitised_html_is_harmless_balanced_and_stable(markup):
    kept = text.sanitize(markup)
    reader = Reader()
    reader.feed(kept)
    reader.close()
    assert (reader.bad, reader.open) == ([], [])
    assert text.sanitize(kept) == kept


@given(st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=["Cs", "Cc"]), max_size=60))
def test_a_literal_text_comes_back(words):
    assert text.body(text.from_literal(words)) == words


def test_placeholders():
    values = {"ticket.id": "7"}
    assert text.evaluate("{{ticket.id}} {{ ticket.id | plus: 1 }}{{x}}{% if a %}{{", values) == "7 7{{"


def test_redaction_covers_escaped_text():
    assert text.redact("<p>a &amp; b</p>", "a & b") == "<p>▇▇▇▇▇</p>"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a, B c", ["a", "b", "c"]), (["Two Words", " x ", "x", ""], ["two_words", "x"]), (None, []), ([], [])],
)
def test_tags(given, kept):
    assert text.normalize_tags(given) == kept
