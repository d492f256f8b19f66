"""Whatever stands in a ticket: it stays text, in the page and in the workbook."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from isthmus.core.kpi.figures import Report
from isthmus.core.report.html import html
from isthmus.core.report.words import clean, link

FOREIGN = {
    *(
        "title",
        "key",
        "url",
        "review_url",
        "connection",
        "connections",
        "words",
        "reason",
        "reasons",
        "source",
        "connector",
    ),
    *("status", "review", "definition", "verify"),
}
"""Fields in which texts of vendors and people stand."""
NASTY = (
    "</title></style></script><script>alert(1)</script>",
    '"\'><img src=x onerror=alert(1)> onmouseover=alert(1) x="',
    "<!-- --> <![CDATA[ ]]> <svg/onload=alert(1)> &lt;b&gt; {{ 7*7 }} {% raw %}",
    "'] || alert(1) || ['\\u0027\\",
    "word" * 2500,
    "\u202eright to left\u202c \u2066 שלום كلمة \U0001f525\U0001f1e9\U0001f1ea",
    "\x00\x01\x1f\x7f\x85\ufffe\U0001ffff\u2028\u2029\ttab\nline",
)


class _Elements(HTMLParser):
    """The page as a row of elements, each with the names of its attributes."""

    def __init__(self):
        super().__init__()
        self.found, self.links, self.depth = [], [], 0

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, tuple(name for name, _ in attributes)))
        self.links += [value for name, value in attributes if name in {"href", "src", "action"}]


def elements(page):
    parser = _Elements()
    parser.feed(page)
    parser.close()
    return parser


def spoiled(value, foreign):
    """Put a text in every place where a vendor's or a person's text stands."""
    if isinstance(value, dict):
        own = value.get("dimension") in {None, "period"}
        return {
            name: foreign(name, each)
            if (name in FOREIGN or (name == "value_of" and not own)) and each
            else spoiled(each, foreign)
            for name, each in value.items()
        }
    return [spoiled(each, foreign) for each in value] if isinstance(value, list) else value


def report_with(report, words):
    def foreign(name, old):
        if isinstance(old, str):
            return words
        if name == "reasons":
            return [[words, count] for _, count in old]
        return [words for _ in old]

    return Report.model_validate(spoiled(report.model_dump(mode="json"), foreign))


@pytest.fixture(scope="module")
def plain(tiny_report):
    """The elements of a page in which nothing is hostile; its URLs are no links."""
    return elements(html(report_with(tiny_report, "plain"))).found


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1))
@example(NASTY[0])
@example(NASTY[1])
@example(NASTY[2])
@example(NASTY[3])
@example(NASTY[4])
@example(NASTY[5])
@example(NASTY[6])
def test_no_text_breaks_out_of_its_element(tiny_report, plain, words):
    page = html(report_with(tiny_report, words))
    parsed = elements(page)
    assert parsed.found == plain
    assert all(address.startswith(("#", "data:,")) for address in parsed.links)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


@given(st.text() | st.from_regex(r"(https?|javascript|data|vbscript|HTTPS?):(//)?[a-z./?#\\\s\x00]*", fullmatch=True))
def test_only_addresses_of_the_web_are_links(url):
    found = link(url)
    if found is not None:
        assert found == url
        assert urlsplit(found).scheme in {"http", "https"}
        assert urlsplit(found).hostname
        assert not re.search(r"[\s\x00-\x20\\]", found)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " https://a.example",
        "data:text/html,x",
        "//a.example",
        "https://",
        "http://[",
        "file:///etc/passwd",
    ],
)
def test_no_other_address_is_a_link(url):
    assert link(url) is None


@given(st.text())
def test_a_clean_text_keeps_what_people_read(words):
    kept = clean(words)
    assert clean(kept) == kept
    assert kept.isprintable() or all(not each.isprintable() or each in words for each in kept)
    assert clean("Zoë 漢字 🔥\tx\ny") == "Zoë 漢字 🔥\tx\ny"
