"""Wiki markup of Jira: read as people write it, written so that no word means more than it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.text.markup import canonical
from isthmus.core.text.richtext import comparable, from_text
from isthmus.core.text.wiki import read_wiki, write_wiki


@pytest.mark.parametrize(
    "markup",
    [
        "<p>a</p><p>b<br>c</p>",
        "<p>one <strong>two</strong> <em>three</em> <u>four</u> <s>five</s> <code>a{b}|c</code></p>",
        "<p>x <sup>2</sup> y <sub>3</sub></p>",
        "<p>C:\\temp \\\\srv a*b e-mail -x- {x} [y] !z! | &amp;amp; &amp;#65; ?? q ??</p>",
        "<ul><li><p>a</p><ol><li>b</li><li>c</li></ol></li><li>d<br>e</li></ul>",
        "<ol><li>a</li></ol>",
        "<table><tr><th>a</th><th>b|c</th></tr><tr><td>d</td><td></td></tr></table>",
        "<pre>x {a}\n  *y*</pre>",
        "<blockquote><p>q</p><ul><li>r</li></ul></blockquote>",
        "<p>h1. no</p><p># no</p><p>- no</p><p>bq. no</p>",
        "<h2>t</h2><hr><h6>u</h6>",
        '<p><a href="https://x.example/?a=1&amp;b">l <strong>m</strong></a></p>',
        "<p>{code}x{code}</p>",
    ],
)
def test_what_wiki_markup_can_express_goes_there_and_back(markup: str) -> None:
    assert canonical(markup) == markup
    assert read_wiki(write_wiki(markup)) == markup


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("", ""),
        ("h1. Title\ntext *bold*, _em_ {{x}}", "<h1>Title</h1><p>text <strong>bold</strong>, <em>em</em> <code>x</code></p>"),
        ("* a\n** b\n# c", "<ul><li><p>a</p><ul><li>b</li></ul></li></ul><ol><li>c</li></ol>"),
        ("*** deep", "<ul><li><ul><li><ul><li>deep</li></ul></li></ul></li></ul>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("||h||\n|a|[x|https://x.example]|", '<table><tr><th>h</th></tr><tr><td>a</td><td><a href="https://x.example">x</a></td></tr></table>'),
        ("{code:java}\nint a = 1;\n{code}", "<pre>int a = 1;</pre>"),
        ("{noformat}x *y*{noformat}", "<pre>x *y*</pre>"),
        ("{panel:title=Mind|borderColor=red}\ntext\n{panel}", "<blockquote><p><strong>Mind</strong></p><p>text</p></blockquote>"),
        ("{quote}a{quote}after", "<blockquote><p>a</p></blockquote><p>after</p>"),
        ("bq. said", "<blockquote><p>said</p></blockquote>"),
        ("a{color:red}b{color}c", "<p>abc</p>"),
        ("[https://x.example] [~accountid:5b10] [~ana] [^log.txt]", '<p><a href="https://x.example">https://x.example</a> @5b10 @ana [file: log.txt]</p>'),
        ("!shot.png|thumbnail! !https://x.example/a.png!", '<p>[file: shot.png] <img src="https://x.example/a.png"></p>'),
        ("a\\\\b", "<p>a<br>b</p>"),
        ("\\*not bold\\*", "<p>*not bold*</p>"),
        ("----", "<hr>"),
        ("a * b * c 2*3*4 snake_case_name", "<p>a * b * c 2*3*4 snake_case_name</p>"),
        ("[|https://x.example]", '<p><a href="https://x.example">https://x.example</a></p>'),
        ("|a", "<table><tr><td>a</td></tr></table>"),
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str, markup: str) -> None:
    assert read_wiki(text) == markup


@pytest.mark.parametrize(
    ("markup", "image"),
    [
        ("<ul><li><p>a</p><p>b</p><pre>c</pre></li></ul>", "<ul><li>a<br>b<br>c</li></ul>"),
        ("<p>in<strong>side</strong></p>", "<p>inside</p>"),
        ("<p><strong>a<br>b</strong></p>", "<p>a<br>b</p>"),
        ("<blockquote><blockquote><p>a</p></blockquote></blockquote>", "<blockquote><p>a</p></blockquote>"),
        ('<p><img src="https://x.example/a" alt="shot"></p>', "<p>[image: shot]</p>"),
        ("<pre>{noformat}</pre>", "<pre>{ noformat}</pre>"),
    ],
)
def test_what_wiki_markup_cannot_hold_becomes_readable(markup: str, image: str) -> None:
    assert read_wiki(write_wiki(markup)) == image


@given(st.text(st.characters(codec="utf-8", exclude_characters="\u200b"), max_size=60))
def test_no_text_means_more_than_it_says(words: str) -> None:
    markup = from_text(words)
    assert comparable(read_wiki(write_wiki(markup))) == comparable(markup)
    assert read_wiki(write_wiki(markup)).count("<strong>") == 0


@given(st.text(st.characters(codec="utf-8"), max_size=80) | st.text("*#|-_+^~{}[]!\\hbq1. \nab", max_size=40))
def test_any_text_can_be_read(text: str) -> None:
    markup = read_wiki(text)
    assert markup == canonical(markup)
