"""Rate budgets, waits and quoted paths."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.errors import RateLimitedError, RejectedError
from isthmus.core.net.budget import LONGEST_WAIT, Budget, Limit
from isthmus.core.net.retry import http_date, retry_after
from isthmus.core.net.urls import fill_path, origin_of, quote_segment

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def make(**options) -> tuple[Budget, list[float]]:
    slept: list[float] = []
    return Budget(now=lambda: 100.0, sleep=slept.append, **options), slept


def test_a_call_waits_for_the_limits_that_it_counts_against():
    budget, slept = make()
    budget.learn([Limit("account", 100, 0, 30), Limit("search", 10, 0, 60), Limit("files", 5, 3, 90)])
    budget.before("GET /a", ("account",))
    budget.before("GET /b", ("account", "search"))
    budget.before("GET /c", ("files",))
    budget.before("GET /d", ())
    assert slept == [30, 60]
    assert sum(budget.calls.values()) == 4


def test_a_share_is_left_to_others():
    budget, slept = make(share=0.8)
    budget.learn([Limit("account", 100, 21, 30)])
    budget.before("GET", ("account",))
    budget.learn([Limit("account", 100, 20, 30)])
    budget.before("GET", ("account",))
    budget.learn([Limit("account", 100, 99, 30)])
    budget.before("GET", ("account",))
    assert slept == [30]


def test_a_window_in_the_past_is_over():
    budget, slept = make()
    budget.learn([Limit("account", 100, 0, -5)])
    budget.before("GET", ("account",))
    assert slept == []


def test_a_wait_that_would_cost_the_lease_is_reported():
    budget, slept = make()
    budget.learn([Limit("account", 100, 0, LONGEST_WAIT + 1)])
    with pytest.raises(RateLimitedError, match="121 s") as caught:
        budget.before("GET", ("account",))
    assert caught.value.retry_after == LONGEST_WAIT + 1
    assert (slept, budget.calls) == ([], {})


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("7", 7.0),
        (" 7.5 ", 7.5),
        ("0", 0.0),
        ("Mon, 04 May 2026 12:00:30 GMT", 30.0),
        ("Mon, 04 May 2026 12:00:30 -0000", 30.0),
        ("Mon, 04 May 2026 14:00:30 +0200", 30.0),
        ("Mon, 04 May 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("-7", None),
        ("nan", None),
        ("inf", None),
        ("1_000", None),
        ("soon", None),
        ("Mon, 99 May 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after(stated: str, seconds: float | None):
    assert retry_after({"Retry-After": stated}, NOW) == seconds


def test_retry_after_may_be_absent():
    assert retry_after({}, NOW) is None


@given(st.text())
def test_no_header_breaks_the_reading_of_dates(text: str):
    moment = http_date(text)
    assert moment is None or moment.tzinfo is not None
    wait = retry_after({"Retry-After": text}, NOW)
    assert wait is None or wait >= 0


def test_dates_are_read_to_the_second():
    assert http_date("Mon, 04 May 2026 12:00:01 GMT") == NOW + timedelta(seconds=1)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_no_value_changes_the_shape_of_a_path(first: str, second: str):
    if {first, second} & {"", ".", ".."}:
        with pytest.raises(RejectedError):
            fill_path("/api/{first}/x/{second}", first=first, second=second)
        return
    path = fill_path("/api/{first}/x/{second}", first=first, second=second)
    sent = urlsplit(requests.Request("GET", f"https://ops.example{path}").prepare().url or "")
    assert (sent.netloc, sent.query, sent.fragment) == ("ops.example", "", "")
    assert [unquote(part) for part in sent.path.split("/")] == ["", "api", first, "x", second]


def test_numbers_and_half_characters_are_quoted():
    assert fill_path("/t/{id}", id=7) == "/t/7"
    assert quote_segment("\ud800") == "%3F"


def test_origins():
    assert origin_of("https://ops.example/x") == origin_of("https://OPS.example:443/y")
    assert (
        len(
            {
                origin_of(url)
                for url in ("https://a.example", "http://a.example", "https://a.example:8443", "https://b.example")
            }
        )
        == 4
    )
