"""One cycle after another: what is carried, what is left alone, what waits for a person."""

from __future__ import annotations

from isthmus.core.connector import FilePlace
from isthmus.core.model import Status
from isthmus.core.sync.engine import RunOptions
from isthmus.testing.dialect import Dialect
from isthmus.testing.hostility import Answer, Fault


def test_a_new_record_gets_a_twin_with_its_thread(make_world):
    world = make_world()
    record = world.a.create(title="Printer on fire", severity=2, text="<p>It burns</p>")
    world.a.comment(record, text="<p>hello</p>")
    world.a.comment(record, text="<p>for staff</p>", public=False)
    world.a.attach(record, name="log.txt", data=b"smoke")
    result = world.cycle()
    assert result.outcome == "ok"
    report = result.report()
    assert report["incidents"]["written"] == 1
    assert report["comments"]["written"] == 2
    assert report["files"]["written"] == 1
    twin = world.twin()
    assert (twin["title"], twin["severity"], twin["text"]) == ("Printer on fire", 2, "<p>It burns</p>")
    readers = {comment["text"].split("</p>")[1]: comment["readers"] for comment in world.b.comments[twin["id"]][1:]}
    assert readers == {"<p>hello": "everyone", "<p>for staff": "staff"}
    (file,) = world.b.files[twin["id"]]
    assert world.b.bytes[file["id"]] == b"smoke"


def test_a_quiet_link_attempts_nothing(make_world):
    world = make_world()
    world.a.create(title="x")
    world.cycle()
    world.cycle()
    attempts = world.attempts()
    report = world.cycle().report()
    assert world.attempts() == attempts
    assert report["incidents"]["seen"] == 0


def test_edits_travel_both_ways(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    world.a.edit(record, severity=1)
    world.cycle()
    assert world.twin()["severity"] == 1
    world.b.edit(world.twin()["id"], title="y")
    world.cycle()
    assert world.a.records[record]["title"] == "y"


def test_a_coarse_member_never_pulls_detail_out_of_a_finer_one(make_world):
    world = make_world(Dialect(), Dialect(statuses=frozenset(Status) - {Status.CANCELED}))
    record = world.a.create(title="x")
    world.cycle()
    world.a.edit(record, state="void")
    world.cycle()
    world.cycle()
    assert (world.a.records[record]["state"], world.twin()["state"]) == ("void", "closed")


def test_simultaneous_edits_of_one_group_wait_for_a_person(make_world):
    world = make_world(fields={"title": {"policy": "ask"}})
    record = world.a.create(title="x")
    world.cycle()
    world.a.edit(record, title="from a")
    world.b.edit(world.twin()["id"], title="from b", severity=3)
    result = world.cycle()
    assert result.outcome == "partial"
    assert (world.a.records[record]["title"], world.twin()["title"]) == ("from a", "from b")
    assert world.a.records[record]["severity"] == 3, "other groups of the incident flow"
    (conflict,) = world.ledger.conflicts("ab")
    assert conflict.group == "title"
    assert {name: seen["value"]["title"] for name, seen in conflict.values.items()} == {"a": "from a", "b": "from b"}
    assert {seen["changed_by"] for seen in conflict.values.values()} == {"Ann Agent"}
    assert all(seen["changed_at"] for seen in conflict.values.values())
    world.ledger.choose(conflict.id, "b")
    world.a.edit(record, severity=4)
    assert world.cycle().outcome == "ok"
    assert world.a.records[record]["title"] == "from b"
    assert world.ledger.conflicts("ab") == []


def test_a_choice_is_carried_out_without_a_further_edit(make_world):
    world = make_world(fields={"title": {"policy": "ask"}})
    record = world.a.create(title="x")
    world.cycle()
    world.a.edit(record, title="from a")
    world.b.edit(world.twin()["id"], title="from b")
    world.cycle()
    world.cycle()
    (conflict,) = world.ledger.conflicts("ab")
    world.ledger.choose(conflict.id, "a")
    world.clock.advance(10_000)
    world.cycle()
    assert world.twin()["title"] == "from a"


def test_the_newer_edit_wins_and_its_time_comes_from_the_history(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    world.b.edit(world.twin()["id"], title="older")
    world.clock.advance(30)
    world.a.edit(record, title="newer")
    world.cycle()
    assert world.twin()["title"] == "newer"


def test_labels_join_and_an_element_added_here_and_removed_there_stays(make_world):
    world = make_world()
    record = world.a.create(title="x", tags=["one", "two"])
    world.cycle()
    world.a.edit(record, tags=["two", "three"])
    world.b.edit(world.twin()["id"], tags=["one", "two", "four"])
    world.cycle()
    assert world.a.records[record]["tags"] == world.twin()["tags"] == ["four", "three", "two"]


def test_a_one_way_group_keeps_drift_or_restores_it(make_world):
    world = make_world(fields={"title": {"from": "a"}, "priority": {"from": "a", "on_drift": "restore"}})
    record = world.a.create(title="x", severity=2)
    world.cycle()
    world.b.edit(world.twin()["id"], title="drifted", severity=5)
    world.cycle()
    assert (world.twin()["title"], world.twin()["severity"]) == ("drifted", 2)
    attempts = world.attempts()
    world.cycle()
    world.cycle()
    assert world.attempts() == attempts
    world.a.edit(record, title="renamed")
    world.cycle()
    assert world.twin()["title"] == "renamed"


def test_a_record_that_gets_no_twin_is_excluded_once(make_world):
    world = make_world(create=("a",))
    world.a.create(title="not ours")
    assert world.cycle().report()["incidents"]["excluded"] == 1
    assert world.cycle().report()["incidents"]["seen"] == 0
    assert world.b.records == {}


def test_a_new_link_takes_only_what_is_open(make_world):
    world = make_world(backfill="open")
    world.a.create(title="open")
    world.a.create(title="over", state="closed")
    report = world.cycle().report()
    assert (report["incidents"]["written"], report["incidents"]["excluded"]) == (1, 1)
    assert world.twin()["title"] == "open"


def test_a_refused_group_is_parked_and_the_others_flow(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    world.cycle()
    world.a.edit(record, title="y", severity=1)
    world.b.hostility.script.extend([Fault.REFUSED, Fault.NONE, Fault.REFUSED])
    result = world.cycle()
    assert result.outcome == "partial"
    assert sorted([world.twin()["title"], world.twin()["severity"]], key=str) in ([1, "x"], [None, "y"])
    assert world.ledger.summary("ab")["parked"] == 1
    attempts = world.attempts()
    world.cycle()
    world.cycle()
    assert world.attempts() == attempts, "a refused value is not sent again"
    (held,) = world.ledger.held_groups()
    assert (held.state, held.record_id) == ("parked", world.twin()["id"])
    world.a.edit(record, title="z", severity=2)
    world.cycle()
    assert (world.twin()["title"], world.twin()["severity"]) == ("z", 2)
    assert world.ledger.summary("ab")["parked"] == 0


def test_a_refused_create_goes_to_quarantine_and_comes_back_when_asked(make_world):
    world = make_world()
    world.a.create(title="bad")
    world.b.hostility.script.append(Fault.REFUSED)
    world.a.create(title="good")
    result = world.cycle()
    assert result.outcome == "partial"
    assert [record["title"] for record in world.b.records.values()] == ["good"]
    (failure,) = world.ledger.failures("ab")
    assert "forbid" in failure.vendor_words
    world.cycle()
    assert len(world.b.records) == 1
    world.ledger.set_failure(failure.id, "retry")
    world.cycle()
    assert len(world.b.records) == 2
    assert world.ledger.failures("ab") == []


def test_a_quarantined_record_is_tried_again_when_it_changes(make_world):
    world = make_world()
    record = world.a.create(title="bad")
    world.b.hostility.script.append(Fault.REFUSED)
    world.cycle()
    world.a.edit(record, title="mended")
    world.cycle()
    assert world.twin()["title"] == "mended"


def test_a_passing_fault_is_made_up_for(make_world):
    world = make_world()
    world.a.create(title="x")
    world.b.hostility.script.extend([Fault.BUSY] * 4)
    assert world.cycle().outcome == "partial"
    assert world.cycle().outcome == "ok"
    assert len(world.b.records) == 1


def test_a_lost_reply_leads_to_no_second_record(make_world):
    for fault in (Fault.LOST, Fault.LOST_REPLY, Fault.LATE):
        world = make_world()
        world.a.create(title="x")
        world.b.hostility.script.append(fault)
        world.cycle()
        for _ in range(4):
            world.cycle()
        assert len(world.b.records) == 1, fault
        assert world.cycle().outcome == "ok"


def test_an_incident_with_an_open_write_waits(make_world):
    world = make_world(Dialect(), Dialect())
    record = world.a.create(title="x")
    world.b.hostility.script.append(Fault.LOST)
    first = world.cycle()
    world.a.edit(record, title="y")
    world.clock.advance(1)
    second = world.engine().sync(RunOptions())
    assert first.outcome == second.outcome == "partial"
    assert second.settle_at is None or second.settle_at > world.clock()
    world.cycle()
    world.cycle()
    assert world.twin()["title"] == "y"


def test_somebody_edits_between_our_read_and_our_write(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.cycle()
    world.a.edit(record, severity=1)

    def interfere(write):
        world.b.before_write = None
        world.b.edit(world.twin()["id"], title="human")

    world.b.before_write = interfere
    assert world.cycle().outcome == "ok"
    assert world.twin()["severity"] == 1
    assert world.a.records[record]["title"] == "human"


def test_a_slow_batch_overwrites_nothing_that_came_meanwhile(make_world):
    """The tool cannot refuse an outdated write: what was read a while ago is compared once more before it is overwritten."""
    world = make_world(Dialect(), Dialect(conditional_write=False))
    records = [world.a.create(title=f"x{number}") for number in range(2)]
    world.cycle()
    for record in records:
        world.a.edit(record, title="from a")
    twins = [world.partner(record) for record in records]

    def interfere(write):
        world.b.before_write = None
        (other,) = set(twins) - {write.record_id}
        world.clock.advance(5)
        world.b.edit(other, title="human")

    world.b.before_write = interfere
    world.cycle()
    world.cycle()
    assert sorted(world.b.records[twin]["title"] for twin in twins) == ["from a", "human"]
    assert sorted(world.a.records[record]["title"] for record in records) == ["from a", "human"]


def test_a_rule_that_answers_every_write_is_frozen(make_world):
    world = make_world(fields={"priority": {"from": "a", "on_drift": "restore"}})
    record = world.a.create(title="x", severity=2)
    world.cycle()
    world.b.hostility.answers = (Answer(when={"severity": 2}, set={"severity": 1}, times=99),)
    world.b.edit(world.twin()["id"], severity=1)
    for _ in range(10):
        world.cycle()
    assert world.ledger.summary("ab")["frozen"] == 1
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts
    world.b.hostility.answers = ()
    (held,) = world.ledger.held_groups("ab")
    assert (held.state, held.connection, held.group) == ("frozen", "b", "priority")
    world.ledger.release(held)
    world.cycle()
    assert world.twin()["severity"] == 2
    assert world.a.records[record]["severity"] == 2


def test_a_shortened_text_that_is_edited_is_a_conflict(make_world):
    world = make_world(Dialect(), Dialect(title_length=20))
    record = world.a.create(title="a title that is far longer than twenty")
    world.cycle()
    world.b.edit(world.twin()["id"], title="something short")
    assert world.cycle().outcome == "partial"
    assert world.a.records[record]["title"] == "a title that is far longer than twenty"


def test_a_file_on_a_record_travels_in_a_comment_where_files_hang_on_comments(make_world):
    world = make_world(Dialect(), Dialect(files_on=FilePlace.COMMENT))
    record = world.a.create(title="x")
    world.a.attach(record, name="secret.txt", data=b"1", public=False)
    report = world.cycle().report()
    assert report["files"] == {**report["files"], "seen": 1, "written": 1}
    (holder,) = [comment for comment in world.b.comments[world.twin()["id"]] if comment["files"]]
    assert holder["readers"] == "staff"
    world.cycle()
    assert world.cycle().report()["files"]["seen"] == 0
    assert world.a.files[record][0]["name"] == "secret.txt"
    assert len(world.a.files[record]) == 1


def test_an_internal_file_stays_away_from_a_tool_that_cannot_hide_it(make_world):
    world = make_world(Dialect(), Dialect(internal_files=False))
    record = world.a.create(title="x")
    world.a.attach(record, name="secret.txt", data=b"1", public=False)
    report = world.cycle().report()
    assert report["files"]["excluded"] == 1
    assert world.b.files[world.twin()["id"]] == []
    assert any("cannot hide a file" in words for words in report["notes"])


def test_a_file_that_cannot_be_hidden_goes_to_a_tool_that_cannot_hide_it(make_world):
    world = make_world(Dialect(internal_files=False), Dialect(internal_files=False))
    record = world.a.create(title="x")
    world.a.attach(record, name="log.txt", data=b"1", public=False)
    world.cycle()
    (file,) = world.b.files[world.twin()["id"]]
    assert file["name"] == "log.txt"


def test_declassified_comments_become_public_and_only_those(make_world):
    rule = {"declassify": "comments and files", "because": "the two teams share one customer portal"}
    world = make_world(visibility={"a": rule})
    record = world.a.create(title="x")
    world.a.comment(record, text="<p>note a</p>", public=False)
    world.cycle()
    twin = world.twin()["id"]
    world.b.comment(twin, text="<p>note b</p>", public=False)
    world.cycle()
    at_b = {comment["text"]: comment["readers"] for comment in world.b.comments[twin]}
    assert [readers for text, readers in at_b.items() if "note a" in text] == ["everyone"]
    at_a = {comment["text"]: comment["readers"] for comment in world.a.comments[record]}
    assert [readers for text, readers in at_a.items() if "note b" in text] == ["staff"]


def test_an_edited_comment_is_reported_once(make_world):
    world = make_world()
    record = world.a.create(title="x")
    world.a.comment(record, text="<p>password is 1234</p>")
    world.cycle()
    world.a.comments[record][0]["text"] = "<p>redacted</p>"
    world.a.edit(record, severity=1)
    notes = world.cycle().report()["notes"]
    assert any("edited or hidden after it had been carried" in words for words in notes)
    world.a.edit(record, severity=2)
    assert world.cycle().report()["notes"] == []


def test_a_closed_record_that_is_final_is_left_alone_and_reported(make_world):
    world = make_world(Dialect(), Dialect(closed_is_final=True))
    record = world.a.create(title="x")
    world.cycle()
    world.b.edit(world.twin()["id"], state="closed")
    world.cycle()
    assert world.a.records[record]["state"] == "closed"
    attempts = world.b.attempts.copy()
    world.a.edit(record, state="open")
    world.a.comment(record, text="<p>still broken</p>")
    report = world.cycle().report()
    assert world.b.attempts == attempts
    assert report["comments"]["excluded"] == 1
    assert any("closed is final" in words for words in report["notes"])


def test_a_changed_mapping_is_no_edit_of_every_ticket(make_world):
    world = make_world()
    record = world.a.create(title="x", severity=2)
    world.cycle()
    world.cycle()
    world.b.dialect = Dialect(priorities=5, title_length=30)
    world.__post_init__()
    world.a.edit(record, tags=["touched"])
    attempts = world.b.attempts["update"]
    world.cycle()
    assert world.b.attempts["update"] == attempts + 1
    assert world.ledger.conflicts("ab") == []
    assert world.twin()["title"] == "x"


def test_three_members_agree_after_one_writing_cycle(make_world):
    world = make_world(Dialect(), Dialect(priorities=3), Dialect(statuses=frozenset(Status) - {Status.NEW}))
    record = world.a.create(title="x", severity=5)
    world.cycle()
    world.tools["c"].edit(world.twin("c")["id"], state="waiting", waiting_for="vendor")
    world.cycle()
    attempts = world.attempts()
    world.cycle()
    assert world.attempts() == attempts
    assert world.a.records[record]["state"] == world.twin("b")["state"] == "waiting"
    assert world.a.records[record]["severity"] == 5


def test_two_equal_comments_are_two(make_world):
    for origin in (True, False):
        world = make_world(Dialect(), Dialect(comment_origin=origin, tells_ids=origin))
        record = world.a.create(title="x")
        for _ in range(2):
            world.a.comment(record, text="<p>any update?</p>")
        world.cycle()
        world.cycle()
        texts = [comment["text"] for comment in world.b.comments[world.twin()["id"]]]
        assert sum("any update?" in text for text in texts) == 2
        assert len(world.a.comments[record]) == 2


def test_comments_and_files_can_flow_from_one_member_only(make_world):
    world = make_world(fields={"comments": {"from": "a"}})
    record = world.a.create(title="x")
    world.a.comment(record, text="<p>from a</p>")
    world.cycle()
    world.b.comment(world.twin()["id"], text="<p>from b</p>")
    world.b.edit(world.twin()["id"], severity=1)
    world.cycle()
    assert [comment["text"] for comment in world.a.comments[record]] == ["<p>from a</p>"]
    assert any("from a" in comment["text"] for comment in world.b.comments[world.twin()["id"]])
    assert world.a.records[record]["severity"] == 1


def test_a_census_is_taken_once_a_day_and_finds_what_the_feed_missed(make_world):
    world = make_world()
    world.a.create(title="x")
    world.cycle()
    missed = world.a.create(title="missed")
    world.a.records[missed]["updated"] = "2020-01-01T00:00:00Z"
    world.cycle()
    assert len(world.b.records) == 1
    world.clock.advance(86_400)
    notes = world.cycle().report()["notes"]
    assert any("1 never read" in words for words in notes)
    assert len(world.b.records) == 2
    assert world.cycle().report()["notes"] == []
