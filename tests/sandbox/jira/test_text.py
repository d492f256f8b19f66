"""Rich text: what is valid, and how documents and wiki markup become each other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.sandbox.jira.adf import InvalidDocumentError, media_ids, mentions, validate
from isthmus.sandbox.jira.adf_text import plain, to_html
from isthmus.sandbox.jira.richtext import RichText, literal
from isthmus.sandbox.jira.wiki_read import to_document
from isthmus.sandbox.jira.wiki_write import escape, to_wiki

OPEN = "todo".upper()


def doc(*blocks):
    return {"type": "doc", "version": 1, "content": list(blocks)}


def node(kind, *content, **attrs):
    return {"type": kind, **({"attrs": attrs} if attrs else {}), **({"content": list(content)} if content else {})}


def text(words, *marks):
    found = [mark if isinstance(mark, dict) else {"type": mark} for mark in marks]
    return {"type": "text", "text": words, **({"marks": found} if found else {})}


def mark(kind, **attrs):
    return {"type": kind, "attrs": attrs}


P = node("paragraph", text("x"))
GOOD = [
    doc(),
    doc(node("paragraph")),
    doc(node("heading", text("h"), level=3)),
    doc(node("bulletList", node("listItem", P, node("orderedList", node("listItem", P), order=3)))),
    doc(node("codeBlock", text("a"), language="python"), node("codeBlock")),
    doc(node("blockquote", P), node("rule"), node("panel", P, panelType="custom")),
    doc(node("table", node("tableRow", node("tableHeader", P), node("tableCell", node("nestedExpand", P, title="t"))))),
    doc(node("expand", P, title="t"), node("expand", node("table", node("tableRow", node("tableCell", P))))),
    doc(node("taskList", node("taskItem", text("do"), localId="1", state=OPEN), localId="l")),
    doc(node("decisionList", node("decisionItem", text("yes"), localId="1", state="DECIDED"), localId="l")),
    doc(
        node("mediaSingle", node("media", type="file", id="u", collection=""), node("caption", text("c")), layout="center")
    ),
    doc(node("mediaGroup", node("media", type="external", url="https://x.example/a.png"))),
    doc(node("blockCard", url="https://x.example"), node("embedCard", url="https://x.example", layout="wide")),
    doc(node("layoutSection", node("layoutColumn", P, width=50), node("layoutColumn", P, width=50))),
    doc(
        node("extension", extensionKey="k", extensionType="t"),
        node("bodiedExtension", P, extensionKey="k", extensionType="t"),
    ),
    doc(
        node(
            "paragraph",
            text(
                "b", "strong", "em", "underline", "strike", mark("subsup", type="sub"), mark("textColor", color="#ff0000")
            ),
            text("c", "code", mark("link", href="https://x.example")),
            node("hardBreak"),
            node("mention", id="a", text="@Ana"),
            node("emoji", shortName=":smile:"),
            node("inlineCard", url="https://x.example"),
            node("date", timestamp="1777334400000"),
            node("status", text="OK", color="green"),
            node("status", text="OK", color="#aabbcc"),
            node("placeholder", text="p"),
            node("mediaInline", id="u", collection="c"),
        )
    ),
]
BAD = [
    None,
    "text",
    [],
    {"type": "doc", "content": []},
    {"type": "doc", "version": 2, "content": []},
    {"type": "doc", "version": 1},
    doc(text("x")),
    doc(node("marquee")),
    doc("text"),
    doc({"attrs": {}}),
    doc(node("paragraph", text(""))),
    doc(node("paragraph", node("text"))),
    doc(node("paragraph", P)),
    doc({"type": "paragraph", "content": "x"}),
    doc(node("heading", text("h"))),
    doc(node("heading", text("h"), level=7)),
    doc(node("bulletList")),
    doc(node("bulletList", node("listItem"))),
    doc(node("bulletList", node("listItem", text("x")))),
    doc(node("orderedList", node("listItem", P), order=-1)),
    doc(node("codeBlock", text("a", "strong"))),
    doc(node("panel", P)),
    doc(node("panel", P, panelType="loud")),
    doc(node("panel", node("table", node("tableRow", node("tableCell", P))), panelType="info")),
    doc(node("panel", node("panel", P, panelType="info"), panelType="info")),
    doc(node("table", node("tableRow", node("tableCell", node("table", node("tableRow", node("tableCell", P))))))),
    doc(node("table", node("tableRow", node("tableCell", text("x"))))),
    doc(node("taskList", node("taskItem", P, localId="1", state=OPEN), localId="l")),
    doc(node("taskList", node("taskItem", text("x"), localId="1", state="MAYBE"), localId="l")),
    doc(node("mediaSingle", node("media", type="file", id="", collection=""), layout="center")),
    doc(node("mediaSingle", node("media", type="file", id="u", collection=""), layout="left")),
    doc(node("mediaGroup", node("media", type="external"))),
    doc(node("mediaGroup", node("media", type="link", id="u"))),
    doc(node("blockCard")),
    doc({"type": "rule", "content": [P]}),
    doc(node("paragraph", node("date", timestamp=1777334400000))),
    doc(node("paragraph", node("status", text="", color="green"))),
    doc(node("paragraph", node("status", text="x", color="pink"))),
    doc(node("paragraph", text("x", "blink"))),
    doc(node("paragraph", text("x", {"attrs": {}}))),
    doc(node("paragraph", text("x", "link"))),
    doc(node("paragraph", text("x", mark("textColor", color="red")))),
    doc(node("paragraph", text("x", mark("subsup", type="mid")))),
    doc(node("paragraph", text("x", "code", "strong"))),
]


@pytest.mark.parametrize("document", GOOD, ids=range(len(GOOD)))
def test_valid_documents(document):
    assert validate(document) == document


@pytest.mark.parametrize("document", BAD, ids=range(len(BAD)))
def test_invalid_documents(document):
    with pytest.raises(InvalidDocumentError):
        validate(document)


def test_an_empty_document_is_no_comment():
    with pytest.raises(InvalidDocumentError):
        validate(doc(), empty=False)


@pytest.mark.parametrize("document", GOOD, ids=range(len(GOOD)))
def test_every_valid_document_is_shown_in_each_form(document):
    for shown in (to_html(document), to_wiki(document), plain(document)):
        assert isinstance(shown, str)
    validate(to_document(to_wiki(document)))


def test_what_a_document_names():
    document = doc(
        node("mediaGroup", node("media", type="file", id="u1", collection=""), node("media", type="external", url="u")),
        node("paragraph", node("mention", id="a"), node("mediaInline", id="u2", collection="")),
    )
    assert media_ids(document) == {"u1", "u2"}
    assert mentions(document) == ["a"]


def test_plain_text():
    document = doc(
        node("heading", text("Title"), level=1),
        node(
            "bulletList", node("listItem", node("paragraph", text("one"))), node("listItem", node("paragraph", text("two")))
        ),
        node(
            "paragraph",
            node("date", timestamp="1777334400000"),
            node("date", timestamp="soon"),
            node("hardBreak"),
            text("end"),
        ),
        node("expand", node("paragraph", text("inside")), title="More"),
        node("mediaSingle", node("media", type="file", id="u", collection="", alt="a.png"), layout="center"),
        node("mediaSingle", node("media", type="file", id="u", collection=""), layout="center"),
        node("blockCard", url="https://x.example"),
        node("paragraph", node("mention", id="a"), node("emoji", shortName=":x:"), node("status", text="OK", color="red")),
    )
    assert plain(document) == "Title\none\ntwo\n2026-04-28soon\nend\nMore\ninside\na.png\nhttps://x.example\n@a:x:OK"


def test_html():
    marks = (
        "strong",
        "em",
        "code",
        mark("subsup", type="sup"),
        mark("textColor", color="#ff0000"),
        mark("link", href="https://x.example?a=1&b"),
    )
    assert to_html(doc(node("paragraph", text("<b>", *marks)))) == (
        '<p><a href="https://x.example?a=1&amp;b" class="external-link"><font color="#ff0000"><sup><tt><em><b>&lt;b&gt;</b></em></tt>'
        "</sup></font></a></p>"
    )
    blocks = doc(
        node("rule"), node("panel", P, panelType="info"), node("expand", P, title="T"), node("codeBlock", text("a<b"))
    )
    assert to_html(blocks) == (
        '<hr/><div class="panel"><p>x</p></div><div class="panel"><b>T</b><p>x</p></div>'
        '<div class="code panel"><pre>a&lt;b</pre></div>'
    )
    inline = doc(node("paragraph", node("hardBreak"), node("inlineCard", url="https://x.example"), node("mention", id="a")))
    assert to_html(inline) == '<p><br/><a href="https://x.example">https://x.example</a>@a</p>'
    assert to_html(doc(node("table", node("tableRow", node("tableCell", P))))).startswith('<table class="confluenceTable">')


MARKUP = [
    ("h2. Title", node("heading", text("Title"), level=2)),
    ("*bold* and _it_", node("paragraph", text("bold", "strong"), text(" and "), text("it", "em"))),
    ("+u+ -s- ^a^ ~b~", node("paragraph", text("u", "underline"), text(" "), text("s", "strike"), text(" "), text("a", mark("subsup", type="sup")), text(" "), text("b", mark("subsup", type="sub")))),
    ("{{mono}}", node("paragraph", text("mono", "code"))),
    ("{color:#ff0000}red{color}", node("paragraph", text("red", mark("textColor", color="#ff0000")))),
    ("[site|https://x.example]", node("paragraph", text("site", mark("link", href="https://x.example")))),
    ("[~accountid:a:b]", node("paragraph", node("mention", id="a:b"))),
    ("----", {"type": "rule"}),
    ("{code:java}\nint a;\n{code}", node("codeBlock", text("int a;"), language="java")),
    ("{quote}\nsaid\n{quote}", node("blockquote", node("paragraph", text("said")))),
    ("{info}\nlook\n{info}", node("panel", node("paragraph", text("look")), panelType="info")),
    (
        "* a\n** b\n* c",
        node("bulletList", node("listItem", node("paragraph", text("a")), node("bulletList", node("listItem", node("paragraph", text("b"))))), node("listItem", node("paragraph", text("c")))),
    ),
    ("# a\n# b", node("orderedList", node("listItem", node("paragraph", text("a"))), node("listItem", node("paragraph", text("b"))))),
    ("||H||\n|c|", node("table", node("tableRow", node("tableHeader", node("paragraph", text("H")))), node("tableRow", node("tableCell", node("paragraph", text("c")))))),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "block"), MARKUP, ids=range(len(MARKUP)))
def test_markup_and_documents_become_each_other(markup, block):
    document = to_document(markup)
    assert document == doc(block)
    validate(document)
    assert to_wiki(document) == markup


def test_markup_without_a_twin():
    assert to_document("bq. said") == doc(node("blockquote", node("paragraph", text("said"))))
    assert to_document("{noformat}{noformat}")["content"] == [{"type": "codeBlock", "attrs": {}, "content": []}]
    assert to_document("{code:title=x}a{code}")["content"][0]["attrs"] == {}
    assert to_document("{panel:title=x}{panel}")["content"][0]["attrs"] == {"panelType": "info"}
    assert to_document("a\\\\b\nc")["content"][0]["content"][1] == {"type": "hardBreak"}
    assert to_document("[https://x.example]")["content"][0]["content"][0]["text"] == "https://x.example"
    assert to_document("a\r\n\r\n----\r\nb")["content"][1] == {"type": "rule"}
    assert plain(to_document("C:\\temp\\new and 2*3*4")) == "C:\\temp\\new and 2*3*4"
    assert [cell["type"] for cell in to_document("|a||")["content"][0]["content"][0]["content"]] == ["tableCell"]


def test_documents_without_a_twin():
    task = node("taskList", node("taskItem", text("do"), localId="1", state=OPEN), node("taskList", node("taskItem", text("sub"), localId="2", state="DONE"), localId="m"), localId="l")  # fmt: skip
    assert to_wiki(doc(task)) == "* do\n** sub"
    assert to_wiki(doc(node("expand", P, title="T"), node("expand", P))) == "*T*\nx\n\nx"
    assert (
        to_wiki(doc(node("mediaSingle", node("media", type="file", id="u", collection="", alt="a.png"), layout="center")))
        == "a.png"
    )
    assert (
        to_wiki(doc(node("mediaGroup", node("media", type="external", url="https://x.example/a.png"))))
        == "!https://x.example/a.png!"
    )
    assert to_wiki(doc(node("paragraph", node("date", timestamp="0"), node("status", text="ok", color="red"), node("mediaInline", id="u", collection="")))) == "1970-01-01*[ OK ]*!u!"  # fmt: skip
    assert to_wiki(doc(node("paragraph", node("inlineCard", url="https://x.example"), node("hardBreak"), node("emoji", shortName=":x:")))) == "[https://x.example]\n:x:"  # fmt: skip
    assert to_wiki(doc(node("bulletList", node("listItem", node("codeBlock", text("a")))))) == "{code}\na\n{code}"
    assert to_wiki(doc(node("blockCard"))) == ""


@settings(max_examples=200, deadline=None)
@given(words=st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_escaped_text_is_shown_as_it_is(words):
    document = to_document(escape(words))
    validate(document)
    shown = plain(document)
    assert shown.split() == words.split()


def test_what_was_written_is_kept():
    wiki = RichText(markup="*bold*")
    assert (wiki.wiki, wiki.adf["content"][0]["content"][0]["marks"]) == ("*bold*", [{"type": "strong"}])
    assert wiki.adf is wiki.adf
    assert wiki.plain == "bold"
    assert wiki.html == "<p><b>bold</b></p>"
    document = RichText(document=doc(P))
    assert (document.adf, document.wiki, document.wiki) == (doc(P), "x", "x")
    assert (document.shown(3), document.shown(2)) == (doc(P), "x")
    assert literal("*a*").plain == "*a*"
    assert RichText().adf == doc()
    assert RichText().wiki == ""
