"""The conformance suite is sharp: each flaw of a connector, and each lie of its traits, fails the test that is meant for it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from isthmus.core.connector import MarkerKind, Outcome, Page, Thread
from isthmus.core.errors import AuthenticationError, ConnectorError, RateLimitedError, UnavailableError
from isthmus.core.model import Visibility, format_time
from isthmus.testing import Conformance, Dialect
from isthmus.testing.deeds import Deeds
from isthmus.testing.memory_bench import MemoryBench
from isthmus.testing.memory_connector import MemoryConnector

Honest = MemoryConnector
FOUND = (AssertionError, pytest.fail.Exception, ConnectorError, KeyError, ValueError)
"""How a test of the suite fails: an assertion, an error that should not be raised, one that was not, a missing value."""
LOUD = frozenset({"create", "public_comment", "resolve"})


class MutantBench(MemoryBench):
    """A bench whose connector has some methods, traits or dialect of its own."""

    def __init__(self, dialect: Dialect, methods: dict[str, Any], traits: dict[str, Any]) -> None:
        super().__init__(dialect)
        self._methods, self._lies = methods, traits

    def connect(self, context: Any, *, wrong: bool) -> Any:
        connector = super().connect(context, wrong=wrong)
        made = type(connector)
        lies = {"traits": dataclasses.replace(made.traits, **self._lies)}
        connector.__class__ = type("Mutant", (made,), {**self._methods, **lies})
        return connector


def run(test: str, bench: MutantBench, **arguments: Any) -> None:
    """Run one test of the suite on a bench, without pytest's fixtures."""
    bench.faults(None)
    method = getattr(Conformance(), test)
    given = {"bench": bench, "deeds": Deeds(bench), **arguments}
    try:
        method(**{name: given[name] for name in inspect.signature(method).parameters})
    finally:
        bench.close()


# -- flawed methods


def pages_short(self: Any, cursor: Any, scope: Any) -> Any:
    for page in Honest.changes(self, cursor, scope):
        yield Page(page.records[:-1], page.cursor)


def cursor_ahead(self: Any, cursor: Any, scope: Any) -> Any:
    for page in Honest.changes(self, cursor, scope):
        yield Page(page.records, format_time(self.tool.now + timedelta(hours=4)))


def no_overlap(self: Any, cursor: Any, scope: Any) -> Any:
    for page in Honest.changes(self, cursor, scope):
        late = [record for record in page.records if cursor is None or format_time(record.changed_at) > cursor]
        yield Page(tuple(late), page.cursor)


def last_cursor_everywhere(self: Any, cursor: Any, scope: Any) -> Any:
    pages = list(Honest.changes(self, cursor, scope))
    yield from (Page(page.records, pages[-1].cursor) for page in pages)


def always_from_the_start(self: Any, cursor: Any, scope: Any) -> Any:
    yield from Honest.changes(self, None, scope)


def nothing_when_empty(self: Any, cursor: Any, scope: Any) -> Any:
    yield from (page for page in Honest.changes(self, cursor, scope) if page.records)


def twice_on_every_page(self: Any, cursor: Any, scope: Any) -> Any:
    for page in Honest.changes(self, cursor, scope):
        yield Page((*page.records, *page.records[:1]), page.cursor)


def equal_times_as_one(self: Any, cursor: Any, scope: Any) -> Any:
    seen: set[Any] = set()
    for page in Honest.changes(self, cursor, scope):
        yield Page(tuple(record for record in page.records if record.changed_at not in seen), page.cursor)
        seen.update(record.changed_at for record in page.records)


def tombstones_alive(self: Any, cursor: Any, scope: Any) -> Any:
    for page in Honest.changes(self, cursor, scope):
        yield Page(tuple(dataclasses.replace(record, deleted=False) for record in page.records), page.cursor)


def fetch_the_first(self: Any, ids: Any) -> Any:
    return Honest.fetch(self, list(ids)[:10])


def fetch_deleted_too(self: Any, ids: Any) -> Any:
    gone = [self._feed(each, deleted=True) for each in ids if each in self.tool.trash]
    return [*Honest.fetch(self, ids), *(dataclasses.replace(record, deleted=False) for record in gone)]


def fetch_everything_for_nothing(self: Any, ids: Any) -> Any:
    return Honest.fetch(self, ids or list(self.tool.records) or ["x"]) or [dataclasses.replace]


def find_by_beginning(self: Any, marker: Any) -> Any:
    everything = Honest.fetch(self, list(self.tool.records))
    return [record for record in everything if (record.body["external_key"] or "").startswith(marker)]


def find_nothing(self: Any, marker: Any) -> Any:
    return []


def census_with_deleted(self: Any, scope: Any) -> Any:
    yield from [*Honest.census(self, scope), *self.tool.trash]


def census_without_scope(self: Any, scope: Any) -> Any:
    yield from list(self.tool.records)


def count_one_less(self: Any, scope: Any) -> Any:
    return Honest.count(self, scope) - 1


def deleted_ever(self: Any, since: Any) -> Any:
    yield from list(self.tool.trash)


def check_without_looking(self: Any) -> Any:
    object.__setattr__(self, "_key", type(self._key)(self.tool.key))
    return Honest.check(self)


def check_again_and_again(self: Any) -> Any:
    for _ in range(3):
        try:
            return Honest.check(self)
        except AuthenticationError:
            self.context.sleep(1.0)
    return Honest.check(self)


def history_without_names(self: Any, ids: Any) -> Any:
    found = Honest.history(self, ids)
    return {key: [dataclasses.replace(change, by=None) for change in changes] for key, changes in found.items()}


def history_in_local_time(self: Any, ids: Any) -> Any:
    found = Honest.history(self, ids)
    ahead = timedelta(hours=2)
    return {key: [dataclasses.replace(change, at=change.at + ahead) for change in each] for key, each in found.items()}


def create_again_on_trouble(self: Any, write: Any) -> Any:
    for _ in range(5):
        try:
            return Honest.create(self, write)
        except UnavailableError:
            continue
    return Honest.create(self, write)


def create_surely_failed(self: Any, write: Any) -> Any:
    try:
        return Honest.create(self, write)
    except UnavailableError as error:
        error.maybe_applied = False
        return Outcome(write.key, error=error)


def create_for_show(self: Any, write: Any) -> Any:
    return Outcome(write.key, "memory-r1")


def create_without_title(self: Any, write: Any) -> Any:
    body = {name: value for name, value in write.body.items() if name != "title"}
    return Honest.create(self, dataclasses.replace(write, body=body))


def create_without_times(self: Any, write: Any) -> Any:
    return Honest.create(self, dataclasses.replace(write, history=False))


def update_that_wipes(self: Any, write: Any) -> Any:
    wiped = {"tags": [], "severity": None, **write.body}
    return Honest.update(self, dataclasses.replace(write, body=wiped))


def update_for_show(self: Any, write: Any) -> Any:
    return Outcome(write.key, write.record_id)


def update_whatever_the_version(self: Any, write: Any) -> Any:
    return Honest.update(self, dataclasses.replace(write, version=None))


def update_without_priority(self: Any, write: Any) -> Any:
    body = {name: value for name, value in write.body.items() if name != "severity"}
    return Honest.update(self, dataclasses.replace(write, body=body))


def update_to_waiting(self: Any, write: Any) -> Any:
    body = {**write.body, "state": "waiting"} if "state" in write.body else write.body
    return Honest.update(self, dataclasses.replace(write, body=body))


def submit_until_the_first_failure(self: Any, writes: Any) -> Any:
    for outcome in Honest.submit(self, writes):
        yield outcome
        if outcome.error is not None:
            return


def submit_in_other_order(self: Any, writes: Any) -> Any:
    keys = [write.key for write in writes]
    for key, outcome in zip(reversed(keys), Honest.submit(self, writes), strict=True):
        yield dataclasses.replace(outcome, key=key)


def delete_for_show(self: Any, write: Any) -> Any:
    return Outcome(write.key, write.record_id)


def say_to_everyone(self: Any, write: Any) -> Any:
    comment = dataclasses.replace(write.comment, visibility=Visibility.PUBLIC)
    return Honest.add_comment(self, dataclasses.replace(write, comment=comment))


def threads_reversed(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    return {key: Thread(thread.comments[::-1], thread.files) for key, thread in found.items()}


def threads_by_text(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    return {
        key: Thread(list({comment["text"]: comment for comment in thread.comments}.values()), thread.files)
        for key, thread in found.items()
    }


def threads_all_public(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    for thread in found.values():
        for each in (*thread.comments, *thread.files):
            each["readers"] = "everyone"
    return found


def threads_with_the_description(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    for key, thread in found.items():
        body = {"id": "c0", "text": self.tool.records[key]["text"], "readers": "everyone", "files": []}
        thread.comments.insert(0, {**body, "at": "2026-03-02T09:00:00Z", "author": self.tool.account})
    return found


def threads_by_ourselves(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    for thread in found.values():
        for each in thread.comments:
            each["author"] = self.tool.account
    return found


def threads_mixed_up(self: Any, ids: Any) -> Any:
    found = Honest.threads(self, ids)
    everything = [comment for thread in found.values() for comment in thread.comments]
    return {key: Thread(everything, thread.files) for key, thread in found.items()}


def download_as_text(self: Any, file: Any, target: Any) -> Any:
    data = self.tool.bytes[file["id"]].decode("utf-8", "replace").encode()
    target.write(data)
    return __import__("hashlib").sha256(data).hexdigest()


def download_with_wrong_digest(self: Any, file: Any, target: Any) -> Any:
    Honest.download(self, file, target)
    return "0" * 64


def download_by_name(self: Any, file: Any, target: Any) -> Any:
    named = next(each for files in self.tool.files.values() for each in files if each["name"] == file["name"])
    return Honest.download(self, named, target)


def people_by_guess(self: Any, emails: Any) -> Any:
    people = self.tool.people.values()
    pairs = {email: [person for person in people if email and email in person.email] for email in emails}
    return {email: found[0] for email, found in pairs.items() if found}


def people_first_of_two(self: Any, emails: Any) -> Any:
    found = {person.email: person for person in self.tool.people.values()}
    return {email: found[email] for email in emails if email in found}


def people_up_to_a_hundred(self: Any, emails: Any) -> Any:
    return Honest.find_people(self, list(emails)[:100])


def people_made_up(self: Any, ids: Any) -> Any:
    anybody = next(iter(self.tool.people.values()))
    return {key: self.tool.people.get(key, anybody) for key in ids}


def groups_none(self: Any) -> Any:
    return []


def fields_too_short(self: Any) -> Any:
    return [dataclasses.replace(info, max_length=10) for info in Honest.fields(self)]


def call_without_waiting(self: Any, operation: str) -> None:
    if self.tool.hostility.read_failures:
        self.context.sleep(0.1)


def call_without_retrying(self: Any, operation: str) -> None:
    if self.tool.hostility.read_failures:
        raise RateLimitedError("busy")


def shows_its_key(self: Any) -> str:
    return f"<connector with {self._key.reveal()}>"


FLAWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("test_the_feed_gives_everything_once", {"changes": pages_short}, {}),
    ("test_the_feed_gives_everything_once", {"changes": twice_on_every_page}, {}),
    ("test_the_feed_is_resumable_after_each_page", {"changes": last_cursor_everywhere}, {}),
    ("test_a_change_shows_after_the_cursor", {"changes": cursor_ahead}, {}),
    ("test_late_commits_within_the_overlap_are_found", {"changes": no_overlap}, {}),
    ("test_nothing_old_is_repeated", {"changes": always_from_the_start}, {}),
    ("test_an_empty_vendor_gives_a_cursor", {"changes": nothing_when_empty}, {}),
    ("test_equal_times_at_the_edge_of_a_page_lose_nothing", {"changes": equal_times_as_one}, {}),
    ("test_a_deleted_record_never_looks_alive", {"changes": tombstones_alive}, {}),
    ("test_the_feed_leaves_out_nothing_in_scope", {"changes": pages_short}, {}),
    ("test_a_fetched_record_is_the_one_of_the_feed", {"fetch": fetch_everything_for_nothing, "changes": pages_short}, {}),
    ("test_many_records_are_fetched_at_once", {"fetch": fetch_the_first}, {}),
    ("test_unknown_and_deleted_ids_are_left_out", {"fetch": fetch_deleted_too}, {}),
    ("test_fetching_nothing_gives_nothing", {"fetch": fetch_everything_for_nothing}, {}),
    ("test_a_marker_finds_nothing_else", {"find": find_by_beginning}, {"stranger": "isthmus:other:1"}),
    ("test_a_record_is_found_by_its_marker", {"find": find_nothing}, {}),
    ("test_creating_twice_is_recognisable", {"find": find_nothing}, {}),
    ("test_the_census_is_what_is_there", {"census": census_with_deleted}, {}),
    ("test_census_and_count_heed_the_scope", {"census": census_without_scope}, {}),
    ("test_the_count_is_what_is_there", {"count": count_one_less}, {}),
    ("test_deletions_are_reported", {"deleted": deleted_ever}, {}),
    ("test_wrong_credentials_are_refused_at_once", {"check": check_without_looking}, {}),
    ("test_wrong_credentials_are_refused_at_once", {"check": check_again_and_again}, {}),
    ("test_the_history_tells_what_a_person_changed", {"history": history_without_names}, {}),
    ("test_the_history_tells_what_a_person_changed", {"history": history_in_local_time}, {}),
    ("test_the_history_knows_our_own_hand", {"history": history_without_names}, {}),
    ("test_a_create_is_never_doubled", {"create": create_again_on_trouble}, {}),
    ("test_a_create_is_never_doubled", {"create": create_surely_failed}, {}),
    ("test_a_created_record_holds_what_the_mapping_foresees", {"create": create_for_show}, {}),
    ("test_a_created_record_holds_what_the_mapping_foresees", {"create": create_without_title}, {}),
    ("test_a_migrated_record_keeps_its_times", {"create": create_without_times}, {}),
    ("test_an_update_changes_what_it_names_and_nothing_else", {"update": update_that_wipes}, {}),
    ("test_every_group_can_be_updated", {"update": update_for_show}, {}),
    ("test_every_priority_lands_as_foreseen", {"update": update_without_priority}, {"priority": 2}),
    ("test_every_status_lands_as_foreseen", {"update": update_to_waiting}, {"status": "resolved", "reason": None}),
    ("test_fields_can_be_emptied", {"update": update_for_show}, {}),
    ("test_a_write_moves_the_version", {"update": update_for_show}, {}),
    ("test_a_stale_version_is_refused", {"update": update_whatever_the_version}, {}),
    ("test_an_update_of_nothing_is_not_found", {"update": update_for_show}, {}),
    ("test_a_failed_write_stops_only_its_own_record", {"submit": submit_until_the_first_failure}, {}),
    ("test_many_creates_come_back_each_under_its_key", {"submit": submit_in_other_order}, {}),
    ("test_a_deleted_record_is_gone", {"delete": delete_for_show}, {}),
    ("test_comments_come_oldest_first", {"threads": threads_reversed}, {}),
    ("test_our_comments_keep_their_order", {"threads": threads_reversed}, {}),
    ("test_two_equal_comments_stay_two", {"threads": threads_by_text}, {}),
    ("test_a_persons_internal_comment_is_read", {"threads": threads_all_public}, {}),
    ("test_a_persons_comment_is_read", {"threads": threads_by_ourselves}, {}),
    ("test_the_description_is_no_comment", {"threads": threads_with_the_description}, {}),
    ("test_threads_of_many_records_are_kept_apart", {"threads": threads_mixed_up}, {}),
    ("test_a_comment_keeps_its_visibility", {"add_comment": say_to_everyone}, {"visibility": Visibility.INTERNAL}),
    ("test_a_file_keeps_its_visibility", {"threads": threads_all_public}, {"visibility": Visibility.INTERNAL}),
    ("test_a_file_survives_byte_for_byte", {"download": download_as_text}, {"name": "x", "data": b"\xff\xfe"}),
    ("test_a_file_survives_byte_for_byte", {"download": download_with_wrong_digest}, {"name": "x", "data": b"x"}),
    ("test_equal_names_are_two_files", {"download": download_by_name}, {}),
    ("test_people_are_read_by_id", {"people": people_made_up}, {}),
    ("test_part_of_an_address_is_no_address", {"find_people": people_by_guess}, {}),
    ("test_unknown_addresses_are_left_out", {"find_people": people_by_guess}, {}),
    ("test_an_address_of_two_people_is_nobodys", {"find_people": people_first_of_two}, {}),
    ("test_nobody_is_found_among_many_strangers", {"find_people": people_up_to_a_hundred}, {}),
    ("test_groups_are_those_of_the_vendor", {"groups": groups_none}, {}),
    ("test_a_throttled_read_waits_as_told", {"_call": call_without_waiting}, {}),
    ("test_a_throttled_read_waits_as_told", {"_call": call_without_retrying}, {}),
    ("test_reads_get_through", {"_call": call_without_retrying}, {}),
    ("test_no_secret_is_shown", {"__repr__": shows_its_key}, {"caplog": None}),
]


def flaw_names(value: Any) -> str | None:
    if isinstance(value, dict) and value and callable(next(iter(value.values()))):
        return "+".join(method.__name__ for method in value.values())
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("test", "methods", "arguments"), FLAWS, ids=flaw_names)
def test_a_flaw_is_found(
    test: str, methods: dict[str, Callable[..., Any]], arguments: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    given = {name: caplog if name == "caplog" else value for name, value in arguments.items()}
    run(test, MutantBench(Dialect(), {}, {}), **given)
    with pytest.raises(FOUND):
        run(test, MutantBench(Dialect(), methods, {}), **given)


LIES: list[tuple[str, Dialect, dict[str, Any]]] = [
    ("test_the_version_moves_even_within_one_tick", Dialect(version_moves_always=False), {"version_moves_always": True}),
    ("test_times_have_the_declared_precision", Dialect(), {"precision": timedelta(minutes=1)}),
    ("test_what_the_export_lag_hides_is_not_lost", Dialect(export_lag=timedelta(minutes=5)), {"export_lag": timedelta(0)}),
    ("test_a_record_is_found_by_its_marker", Dialect(search_lag=timedelta(minutes=5)), {"search_lag": timedelta(0)}),
    ("test_a_stale_version_is_refused", Dialect(conditional_write=False), {"conditional_write": True}),
    ("test_creating_twice_is_recognisable", Dialect(), {"marker": MarkerKind.CHOSEN_ID}),
    ("test_closed_is_final_as_declared", Dialect(), {"closed_is_final": True}),
    ("test_closed_is_final_as_declared", Dialect(closed_is_final=True), {"closed_is_final": False}),
    ("test_resolving_demands_what_is_declared", Dialect(), {"required_on_resolve": ("code",)}),
    ("test_a_migrated_record_keeps_its_times", Dialect(keeps_history=False), {"keeps_history": True}),
    ("test_a_migrated_thread_is_whole", Dialect(keeps_history=False), {"keeps_history": True}),
    ("test_the_origin_is_kept_out_of_sight", Dialect(comment_origin=False), {"comment_origin": True}),
    ("test_a_live_comment_bears_its_authors_name", Dialect(), {"comment_author": True}),
    ("test_the_vendor_sends_what_is_declared", Dialect(notifies=LOUD), {"notifies": frozenset()}),
    ("test_the_vendor_sends_what_is_declared", Dialect(), {"notifies": LOUD}),
    ("test_the_vendor_sends_what_is_declared", Dialect(notifies=LOUD), {"notifies_watchers": LOUD}),
    (
        "test_the_vendor_sends_what_is_declared",
        Dialect(notifies=LOUD, notifies_watchers=True),
        {"notifies_watchers": frozenset()},
    ),
    ("test_the_lags_are_sane", Dialect(), {"overlap": timedelta(-1)}),
]


@pytest.mark.parametrize(("test", "dialect", "traits"), LIES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_lie_is_found(test: str, dialect: Dialect, traits: dict[str, Any]) -> None:
    with pytest.raises(FOUND):
        run(test, MutantBench(dialect, {}, traits))


def test_the_mail_of_a_migration_is_found() -> None:
    bench = MutantBench(Dialect(notifies=LOUD), {"create": create_without_times}, {})
    with pytest.raises(AssertionError):
        run("test_a_migration_is_silent", bench)


def test_an_internal_comment_in_the_mail_is_found() -> None:
    bench = MutantBench(Dialect(notifies=LOUD), {"add_comment": say_to_everyone}, {})
    with pytest.raises(AssertionError):
        run("test_an_internal_comment_is_never_mailed", bench)


def test_a_changed_number_of_skips_is_found() -> None:
    suite = Conformance()
    bench = MutantBench(Dialect(lacks=frozenset({"history"})), {}, {})
    with pytest.raises(AssertionError, match="no operation history"):
        suite.test_the_number_of_skips_is_pinned(bench)
    bench.close()


def test_a_suite_without_a_bench_says_what_is_missing() -> None:
    bench = inspect.unwrap(Conformance.bench)
    function = getattr(bench, "_get_wrapped_function", lambda: bench)()
    with pytest.raises(NotImplementedError, match="gives the fixture 'bench'"):
        function(Conformance())
