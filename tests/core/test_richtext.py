"""Rich text: canonical HTML is safe, stable and complete; plain text and every tool's flavour come back as they went."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from isthmus.core.text import richtext
from isthmus.core.text.flavours import CUT, FLAVOURS, cut
from isthmus.core.text.markup import (
    ALIASES,
    BLOCKS,
    CELLS,
    CONTAINERS,
    INLINE,
    MAX_NESTED,
    TRANSPARENT,
    VOID,
    parse,
    serialize,
)
from isthmus.core.text.richtext import canonical, comparable, from_text, normal_text, to_text

# -- strategies

WORDS = st.sampled_from(
    ["alpha", "beta", "gamma", "Müller", "日本", "🔥", "a&b", "1<2", "{{", "}}", "{%", "[code]", "x=1;"]
)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "&nbsp;", "\u00a0", "\r\n", "\x0b", ""])
KNOWN_TAGS = sorted(BLOCKS | CELLS | VOID | INLINE | CONTAINERS | TRANSPARENT | set(ALIASES) | {"span", "font", "blink"})
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' href="https://example.com/?a=1&amp;b=2"',
        ' href="javascript:alert(1)"',
        ' src="https://example.com/i.png" alt="chart"',
        ' src="data:image/png;base64,AAAA"',
        ' alt="only words"',
        ' onclick="alert(1)"',
        ' style="color:red"',
        ' class="x" id="y"',
    ]
)


@st.composite
def markups(draw: st.DrawFn) -> str:
    """HTML as tools and mail programs make it: nested at random, not always closed."""
    parts: list[str] = []
    for _ in range(draw(st.integers(0, 14))):
        kind = draw(st.integers(0, 4))
        tag = draw(st.sampled_from(KNOWN_TAGS))
        if kind == 0:
            parts.append(f"<{tag}{draw(ATTRIBUTES)}>")
        elif kind == 1:
            parts.append(f"</{tag}>")
        elif kind == 2:
            parts.append(draw(SPACES))
        elif kind == 3:
            parts.append(draw(WORDS).replace("&", "&amp;").replace("<", "&lt;"))
        else:
            parts.append(f"<{tag}{draw(ATTRIBUTES)}>{draw(SPACES)}{draw(WORDS).replace('<', '&lt;')}{draw(SPACES)}</{tag}>")
    return "".join(parts)


ANY_MARKUP = st.one_of(markups(), st.text(max_size=60), st.text(alphabet="<>/&;abpli =\"'\n\t{}%[]code", max_size=80))
PLAIN = st.text(
    alphabet=st.one_of(st.characters(codec="utf-8"), st.sampled_from("ab \n\t{}%[]/code<>&\u200b\u00a0")), max_size=60
)


class _Shown(HTMLParser):
    """What a person sees of HTML, by a second way: words, parted by every element that stands on lines of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._part(tag)
        self._hidden += tag in {"script", "style", "template"}

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        self._hidden -= tag in {"script", "style", "template"}

    def _part(self, tag: str) -> None:
        if tag not in INLINE and tag not in ALIASES and tag not in {"span", "font", "blink"}:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def shown_words(markup: str) -> list[str]:
    shown = _Shown()
    shown.feed(markup)
    shown.close()
    return re.sub(r"[\x0b\x0c\x1c-\x1f]", " ", shown.text).split()


# -- laws


@given(ANY_MARKUP)
@example("a\u00a0b")
@example("<p>&nbsp;</p>")
@example("foo<b> bar</b>")
@example("<img>")
@example("<pre>\n\n x\n</pre>")
@example("&#1;x&#13;y")
@example("<pre>a&#13;b</pre>")
def test_canonical_is_idempotent(markup: str) -> None:
    once = canonical(markup)
    assert canonical(once) == once


SIMPLE = st.sampled_from(
    [
        "</p><p>",
        "<br>",
        "a",
        "b c",
        " ",
        "  ",
        "&amp;",
        "&lt;",
        "&nbsp;",
        "&quot;",
        "&",
        ">",
        "\u00a0",
        "\u2003",
        "'",
        '"',
        "\n",
        "\x7f",
    ]
)


@given(st.lists(SIMPLE, max_size=12).map("".join))
@example("a<br>b &amp; c</p><p>d")
@example("a ")
def test_what_is_recognised_without_a_parser_is_what_the_parser_gives(inner: str) -> None:
    markup = f"<p>{inner}</p>"
    assert canonical(markup) == serialize(parse(markup))


@given(markups())
@example("foo<b> bar</b>")
@example("a<b> </b>b")
@example("<pre>a<p>b</p>c</pre>")
@example("<ul>loose <li>item</ul>")
@example('<a href="https://example.com/"> alpha</a>alpha')
@example("<table><caption>c</caption><tr><td>1<td>2</table>")
def test_no_visible_word_is_dropped(markup: str) -> None:
    shown = " ".join(shown_words(canonical(markup)))
    assert all(word in shown for word in shown_words(markup))
    text = " ".join(to_text(markup).split())
    assert all(word in text for word in shown_words(re.sub(r"(</?a\b[^>]*>)", r" \1 ", markup)))


@given(ANY_MARKUP)
@example("<script>alert(1)</script><p onclick='x()'>t</p>")
@example('<a href="javascript:alert(1)">t</a><img src="data:text/html,x"><a href=" JaVaScRiPt:x">u</a>')
@example('<svg><style><img src=x onerror="alert(1)"></style></svg><math><mtext><script>x</script>')
def test_nothing_unsafe_survives(markup: str) -> None:
    class Guard(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in BLOCKS | CELLS | VOID | INLINE
            for name, value in attrs:
                assert (tag, name) in {("a", "href"), ("img", "src"), ("img", "alt")}
                scheme = re.match(r"\s*([a-z][a-z0-9+.-]*)\s*:", value or "", re.IGNORECASE)
                assert name == "alt" or scheme is None or scheme.group(1).lower() in {"http", "https", "mailto"}

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

    guard = Guard()
    guard.feed(canonical(markup))
    guard.close()


@given(PLAIN)
def test_plain_text_comes_back_as_it_went(text: str) -> None:
    normal = normal_text(text)
    assert to_text(from_text(normal)) == normal
    assert normal_text(normal) == normal
    assert canonical(from_text(normal)) == from_text(normal)


@given(ANY_MARKUP)
def test_readable_text_is_stable(markup: str) -> None:
    text = to_text(markup)
    assert to_text(from_text(text)) == text
    assert to_text(canonical(markup)) == text


@given(ANY_MARKUP, st.sampled_from(["html", "liquid_html"]))
@example("{\u200b{ {{x}} {%y%} {{{", "liquid_html")
def test_html_flavours_keep_everything(markup: str, name: str) -> None:
    flavour = FLAVOURS[name]
    assert flavour.read(flavour.write(markup)) == canonical(markup)


@given(ANY_MARKUP)
@example("<p><br>a</p><p>b</p>")
@example("<b>[code]x[/code]</b>")
@example("[CODE][\u200bcode]")
def test_code_text_reads_back_equal(markup: str) -> None:
    flavour = FLAVOURS["code_text"]
    assert flavour.read(flavour.write(markup)).replace("&nbsp;", " ") == canonical(markup).replace("&nbsp;", " ")


@given(ANY_MARKUP, st.sampled_from(sorted(FLAVOURS)))
def test_what_a_flavour_makes_of_a_text_is_stable(markup: str, name: str) -> None:
    flavour = FLAVOURS[name]

    def image(text: str) -> str:
        raw = flavour.write(text)
        return flavour.read(flavour.echo(raw) if flavour.echo else raw)

    once = image(markup)
    assert image(once) == once
    assert comparable(once) == comparable(markup) or flavour.loss is not None


@given(ANY_MARKUP, st.sampled_from(["liquid_html", "liquid_text"]))
@example("{{ticket.requester.email}}{% if x %}", "liquid_html")
def test_nothing_reaches_the_placeholder_engine(markup: str, name: str) -> None:
    written = FLAVOURS[name].write(markup)
    assert "{{" not in written
    assert "{%" not in written


@given(ANY_MARKUP)
@example("[code]<b>x</b>[/code]")
@example("<em>[/code][code]</em>")
def test_no_foreign_code_mark_gets_through(markup: str) -> None:
    written = FLAVOURS["code_text"].write(markup)
    inner = written.removeprefix("[code]").removesuffix("[/code]") if written.startswith("[code]<") else written
    assert not re.search(r"\[/?code\]", inner, re.IGNORECASE)


@given(ANY_MARKUP, st.sampled_from(sorted(FLAVOURS)), st.integers(4, 60))
def test_a_shortened_text_fits_and_stays(markup: str, name: str, limit: int) -> None:
    flavour = FLAVOURS[name]
    limit += len(flavour.write("<p>x</p>"))
    short = flavour.shorten(markup, limit)
    assert len(short) <= limit
    told = flavour.read(flavour.echo(short) if flavour.echo else short)
    assert to_text(told).endswith(CUT)
    assert to_text(told).removesuffix(CUT).strip() in to_text(markup)
    assert flavour.write(told) == short


@given(st.text(max_size=40), st.integers(1, 20))
def test_a_cut_text_fits_and_says_so(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    assert short == text or (short.endswith(CUT) and text.startswith(short[:-1]))
    assert cut(short, limit) == short


# -- examples


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("plain  words\n here", "<p>plain words here</p>"),
        ("<div>one</div><div>two <b>bold</b></div>", "<p>one</p><p>two <strong>bold</strong></p>"),
        ("foo<b> bar</b> baz", "<p>foo<strong> bar</strong> baz</p>"),
        ("<b>bold<p>para</p></b>", "<p>bold</p><p>para</p>"),
        ("<p>line<br><br></p>", "<p>line</p>"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "<ul><li><p>a</p><ul><li>b</li></ul></li></ul>"),
        ("<ul>loose</ul>", "<ul><li>loose</li></ul>"),
        (
            "<table><thead><tr><th>h</th></tr></thead><tr><td></td></tr></table>",
            "<table><tr><th>h</th></tr><tr><td></td></tr></table>",
        ),
        ("<a>nowhere</a> <a href='https://x.example'>there</a>", '<p>nowhere <a href="https://x.example">there</a></p>'),
        ("<img alt='chart'><img>", "<p>[image: chart][image]</p>"),
        ("<pre>  two\n    lines </pre>", "<pre>  two\n    lines </pre>"),
        ("<pre>a<br>b<img src='https://x.example/i.png'></pre>", "<pre>a\nb[image: https://x.example/i.png]</pre>"),
        ("<h1>Head</h1><hr>tail", "<h1>Head</h1><hr><p>tail</p>"),
        ("<blockquote> </blockquote><p>&nbsp;</p>", ""),
        ("<dl><dt>term<dd>meaning</dl>", "<p>term</p><p>meaning</p>"),
        ("</p></b>", ""),
    ],
)
def test_canonical_examples(markup: str, expected: str) -> None:
    assert canonical(markup) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>bare words</p>", "bare words"),
        ("<p>cut <b", "cut"),
        ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
        ("<ul><li>one<li>two<br>lines</ul>", "- one\n- two\n  lines"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        ("<blockquote>said<p>and more</p></blockquote>", "> said\n>\n> and more"),
        ("<a href='https://x.example/a'>here</a>", "here <https://x.example/a>"),
        ("<a href='https://x.example'>https://x.example</a>", "https://x.example"),
        ("<a href='mailto:a@x.example'>a@x.example</a>", "a@x.example"),
        ("<table><tr><td>1<td>2<tr><td>3<td><p>4</p><p>5</p></table>", "1 | 2\n3 | 4  5"),
        ("<img src='https://x.example/i.png' alt='chart'>", "[image: chart]"),
        ("<pre>a\tb</pre><hr>", "a   b\n\n----"),
        ("", ""),
    ],
)
def test_readable_text_examples(markup: str, expected: str) -> None:
    assert to_text(markup) == expected


def test_nests_of_any_depth_are_read_in_good_time() -> None:
    inline = "<b><i>" * 2000 + "word" + "</i></b>" * 2000
    assert to_text(inline) == "word"
    for tag in ("div", "blockquote", "ul", "pre", "table"):
        deep = f"<{tag}>first" * 2000 + f"last</{tag}>" * 2000
        once = canonical(deep)
        assert canonical(once) == once
        assert "last" in to_text(deep)
    quotes = canonical("<blockquote>" * 500 + "<p>one</p><p>two</p>" + "</blockquote>" * 500)
    assert quotes.count("<blockquote>") == MAX_NESTED
    assert comparable(quotes) is not None
    assert to_text(quotes).endswith("one two")


def test_comparable_folds_what_tools_change() -> None:
    assert comparable("<p>a  b</p><p>c</p>") == comparable("a b\n\nc") == "a b c"
    assert comparable("<p> </p>") is None


def test_images_are_found_and_named() -> None:
    markup = (
        "<p>see <img src='https://x.example/a.png?k=1&amp;l=2' alt='A &lt;1&gt;'><img src='https://x.example/b.png'></p>"
    )
    assert richtext.image_sources(markup) == ["https://x.example/a.png?k=1&l=2", "https://x.example/b.png"]
    named = richtext.replace_images(markup, {"https://x.example/a.png?k=1&l=2": "a<b>.png"})
    assert named == "<p>see [image: a&lt;b&gt;.png][image: image]</p>"
    assert "[image: A &lt;1&gt;]" in richtext.replace_images(markup, {})


def test_a_first_line_break_of_verbatim_text_is_layout() -> None:
    assert parse("<pre>\n  x</pre>") == parse("<pre>  x</pre>")
