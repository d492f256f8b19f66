"""The parts of the engine on their own: clock, limits, faults, stories, loading, starting."""

from __future__ import annotations

import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from isthmus import sandbox
from isthmus.sandbox import load, stories
from isthmus.sandbox.clock import Clock
from isthmus.sandbox.faults import CARRIED_OUT, MOST_IN_A_ROW, PROFILES, Faults
from isthmus.sandbox.limits import Limits

NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


def test_the_clock_starts_now_and_takes_any_zone():
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    clock = Clock(datetime(2026, 1, 1))  # noqa: DTZ001
    assert clock.now() - datetime(2026, 1, 1, tzinfo=UTC) < timedelta(seconds=5)
    clock.set(datetime.fromisoformat("2026-01-01T02:00:00+02:00"))
    assert clock.now().isoformat().startswith("2026-01-01T00:00:00")
    before = clock.timestamp()
    assert clock.advance(-60).timestamp() < before


def test_windows_begin_anew():
    clock = Clock(NOW)
    limits = Limits(clock, "real")
    quotas = [limits.take("a", 2) for _ in range(4)]
    assert [(quota.remaining, quota.exceeded) for quota in quotas] == [(1, False), (0, False), (0, True), (0, True)]
    assert limits.take("b", 2).remaining == 1
    clock.advance(quotas[0].reset)
    assert limits.take("a", 2).remaining == 1
    limits.clear()
    assert limits.take("a", 2).remaining == 1


def draws(faults, count, **options):
    method = "POST" if options["write"] else "GET"
    return [faults.draw(method, f"/t/{number}", b"x", **options) for number in range(count)]


@pytest.mark.parametrize("write", [True, False])
def test_faults_depend_on_seed_and_request_only(write):
    first = draws(Faults("flaky+throttled", 5), 400, write=write)
    assert first == draws(Faults("flaky+throttled", 5), 400, write=write)
    assert first != draws(Faults("flaky+throttled", 6), 400, write=write)
    counts = Counter(fault for fault in first if fault)
    assert sum(counts.values()) > 40
    assert any(fault in CARRIED_OUT for fault in counts)
    assert draws(Faults("laggy"), 400, write=write) == [None] * 400


def test_the_reply_to_a_post_that_stores_nothing_is_never_lost():
    faults = Faults("flaky", 5)
    drawn = {faults.draw("POST", f"/token/{number}", b"", write=False) for number in range(500)}
    assert drawn - {None}
    assert not drawn & CARRIED_OUT


def test_a_request_never_fails_too_often_in_a_row():
    faults, worst, row = Faults("flaky+throttled", 1), 0, 0
    for _ in range(20_000):
        row = row + 1 if faults.draw("GET", "/", b"", write=False) else 0
        worst = max(worst, row)
    assert worst == MOST_IN_A_ROW


def test_profiles():
    assert [Faults(name).profile for name in PROFILES] == list(PROFILES)
    laggy = Faults("laggy+strict+rules")
    assert (laggy.index_lag, laggy.export_lag, laggy.strict, laggy.rules) == (30.0, 30.0, True, True)
    plain = Faults()
    assert (plain.index_lag, plain.export_lag, plain.strict, plain.rules) == (0.0, 0.0, False, False)
    with pytest.raises(ValueError, match="unknown fault profile 'x'; known are: flaky"):
        Faults("flaky+x")


def test_a_story_is_a_function_of_seed_number_and_now():
    assert stories.story(1, 7, NOW) == stories.story(1, 7, NOW)
    assert stories.story(1, 7, NOW) != stories.story(2, 7, NOW)
    listed = list(stories.stories(1, 300, NOW))
    assert [one.opened for one in listed] == sorted(one.opened for one in listed)
    assert sorted(one.number for one in listed) == list(range(1, 301))
    assert listed[5] == stories.story(1, listed[5].number, NOW)


def test_stories_hold_together():
    emails = {person.email: person for person in stories.people(1)}
    assert len(emails) == len(stories.people(1)) == 264
    assert {person.group for person in emails.values()} == {None, *stories.groups()}
    for story in stories.stories(1, 600, NOW):
        moments = [story.opened, *(change.at for change in story.changes)]
        assert moments == sorted(moments)
        assert story.updated < NOW
        assert len(story.comments) <= 8
        assert emails[story.requester].role == "requester"
        assert story.assignee is None or emails[story.assignee].group == story.group
        assert all(said.author in emails and said.at <= story.updated for said in story.comments)
        assert all(change.by is None or change.by in emails for change in story.changes)
        assert (story.closed is not None) == (story.status == "closed")
        held = {"status": "new", "group": None, "assignee": None}
        for change in story.changes:
            assert held[change.field] == change.before
            held[change.field] = change.after
        assert held == {"status": story.status, "group": story.group, "assignee": story.assignee}


def test_stories_are_of_many_kinds():
    told = list(stories.stories(1, 1500, NOW))
    assert {story.status for story in told} == {"new", "in_progress", "pending", "resolved", "closed", "canceled"}
    assert any(story.reopened for story in told)
    assert any(len({change.after for change in story.changes if change.field == "group"}) > 1 for story in told)
    by_number = {story.number: story for story in told}
    assert (by_number[3].text, by_number[3].files == () and by_number[3].html) == ("", by_number[3].files == () and "")
    assert len(by_number[5].text) > 5000
    files = [file for story in told for file in (*story.files, *(file for said in story.comments for file in said.files))]
    assert {file.media_type for file in files} == {"image/png", "text/plain"}
    for file in files:
        assert file.content == file.content
        assert file.media_type != "image/png" or zlib.crc32(file.content[12:29]).to_bytes(4, "big") == file.content[29:33]


def test_lines_of_a_load_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n\n{"file": "f", "where": "$", "record": {"id": 2}}\n{"record": {"id": 3}}\n')
    assert load.read(path) == [{"id": 1}, {"id": 2}, {"record": {"id": 3}}]
    for text, message in (("{", "a.jsonl:1: "), ("[]", "a.jsonl:1: not a JSON object")):
        path.write_text(text)
        with pytest.raises(load.LoadError, match=message):
            load.read(path)


def test_starting_and_stopping(tmp_path):
    assert sandbox.vendors() == ["bmc_helix", "freshservice", "jira", "manageengine", "servicenow", "zendesk"]
    with sandbox.start("zendesk", now=NOW) as running:
        assert running.base_url.startswith("http://127.0.0.1:")
        assert running.vendor.base_url == running.base_url
        assert running.credentials["api_token"]["user"] == "isthmus@example.com"
    with pytest.raises(ValueError, match=r"unknown vendor 'x'; known are: bmc_helix, .*, zendesk"):
        sandbox.start("x")
    with pytest.raises(OSError, match="missing"):
        sandbox.start("zendesk", load=tmp_path / "missing")
