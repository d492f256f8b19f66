"""Parts that are tested best without a server: ids, tables, forms, stories with more than usual."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from isthmus.sandbox.bmc_helix import forms as names
from isthmus.sandbox.bmc_helix.forms import all_forms
from isthmus.sandbox.bmc_helix.fresh import furnish
from isthmus.sandbox.bmc_helix.jobs import Jobs
from isthmus.sandbox.bmc_helix.seed import Seeder
from isthmus.sandbox.bmc_helix.store import Store, instance_id
from isthmus.sandbox.bmc_helix.times import parsed, shown
from isthmus.sandbox.stories import Change, File, story

NOW = datetime(2026, 7, 14, 8, 0, 0, tzinfo=UTC)


@pytest.fixture
def store():
    made = Store()
    furnish(made)
    return made


def test_ids_of_fields_are_unique_within_a_form():
    for form in all_forms().values():
        assert len(form.by_id) == len(form.fields), form.name
        assert form.fields[form.id_field].id == 1


def test_instance_ids_are_of_the_recorded_length():
    assert len(instance_id("a")) == 30
    assert instance_id("a") == instance_id("a") != instance_id("b")


def test_drawn_ids_and_numbers_are_free(store):
    table = store[names.HELP_DESK]
    table.put({"Entry ID": "INC000000000098", "Incident Number": "INC000000000001"})
    assert table.next_id() == "INC000000000099"
    assert store.next_number() == "INC000000000002"


def test_indexes_follow_changes(store):
    table = store[names.HELP_DESK]
    assert table.ordered("Last Modified Date").keys == []
    assert table.where("Vendor Ticket Number", "x") == []
    for number, at in ((1, 30), (2, 10), (3, 20)):
        table.put({"Entry ID": f"INC{number}", "Last Modified Date": at, "Vendor Ticket Number": "X"})
    table.put({"Entry ID": "INC1", "Last Modified Date": 15})
    assert [key[1] for key in table.ordered("Last Modified Date").keys] == ["INC2", "INC1", "INC3"]
    assert table.ids_where("Vendor Ticket Number", "x") == ["INC2", "INC3"]
    assert table.remove("INC2")["Last Modified Date"] == 10
    assert table.ids_where("Vendor Ticket Number", "x") == ["INC3"]


@pytest.mark.parametrize(
    "text", ["2022-12-23T08:47:49.000+0000", "2022-12-23T08:47:49Z", "2022-12-23T09:47:49+01:00", "12/23/2022 8:47:49 AM"]
)
def test_moments(text):
    assert shown(parsed(text)) == "2022-12-23T08:47:49.000+0000"


def seeded(store, told):
    Seeder(store, 1, Jobs(0), int(NOW.timestamp())).add([told])
    (row,) = store[names.HELP_DESK].rows.values()
    return row


def test_a_story_with_more_files_than_a_work_log_holds(store):
    told = story(1, 1, NOW)
    told.files = tuple(File(f"{number}.txt", "text/plain", inline=False, key=number) for number in range(7))
    row = seeded(store, told)
    logs = [log for log in store.work_logs(row["Incident Number"]) if log["Submitter"] != "Remedy Application Service"]
    assert [log.get("Number of Attachments") for log in logs[:3]] == [3, 3, 1]


def test_a_priority_never_changes_alone(store):
    told = story(1, 1, NOW)
    told.changes.append(Change(NOW, told.requester, "priority", "3", "1"))
    before = seeded(store, dataclasses.replace(told, changes=told.changes[:-1]))
    other = Store()
    furnish(other)
    after = seeded(other, told)
    assert (after["Priority"], after["Impact"]) == (before["Priority"], before["Impact"])


def test_a_long_title_is_cut_to_what_the_field_holds(store):
    told = story(1, 1, NOW)
    told.title = "ü" * 80
    assert seeded(store, told)["Description"] == "ü" * 50
