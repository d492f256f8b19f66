"""Threads as rows and as text, and the timeline of the audit."""

from __future__ import annotations


def journal(client, sys_id):
    query = f"element_id={sys_id}^elementINcomments,work_notes^ORDERBYsys_created_on"
    return client.rows("sys_journal_field", query)


def test_each_write_appends_an_entry(hub, agent):
    made = hub.create(comments="first")
    hub.advance(seconds=10)
    agent.change(made["sys_id"], comments="public", work_notes="internal", urgency="1")
    hub.advance(seconds=10)
    changed = agent.change(made["sys_id"], comments="public")
    assert (changed["sys_mod_count"], changed["comments"]) == ("2", "")
    rows = journal(hub, made["sys_id"])
    assert [rows[0][name] for name in ("element", "value", "sys_created_by")] == ["comments", "first", "isthmus"]
    assert sorted((row["element"], row["value"]) for row in rows[1:]) == [
        ("comments", "public"),
        ("comments", "public"),
        ("work_notes", "internal"),
    ]
    assert set(rows[0]) == {
        "sys_id", "name", "element_id", "element", "value", "sys_created_on", "sys_created_by", "sys_tags",
    }  # fmt: skip
    assert rows[-1]["sys_created_on"] == changed["sys_updated_on"]


def test_entries_of_the_whole_instance_since_a_moment(hub):
    first = hub.create(comments="old")
    since = hub.advance(seconds=30)["now"][:19].replace("T", " ")
    second = hub.create(comments="new")
    hub.change(first["sys_id"], work_notes="newer")
    query = f"sys_created_on>={since}^name=incident^elementINcomments,work_notes^ORDERBYsys_created_on^ORDERBYsys_id"
    found = hub.rows("sys_journal_field", query)
    assert {(row["element_id"], row["value"]) for row in found} == {(second["sys_id"], "new"), (first["sys_id"], "newer")}


def test_the_thread_as_text_in_the_readers_zone(hub, agent):
    made = hub.create(comments="one")
    hub.advance(seconds=61)
    agent.change(made["sys_id"], work_notes="two\nlines")
    shown = agent.row(made["sys_id"], sysparm_display_value="true")
    first = agent.row(made["sys_id"], sysparm_display_value="true")["sys_created_on"]
    second = shown["sys_updated_on"]
    assert first.startswith("2026-07-14 01:00:")
    assert shown["comments"] == f"{first} - Isthmus Integration (Comments)\none\n\n"
    assert shown["work_notes"] == f"{second} - Fiona Fulfiller (Work notes)\ntwo\nlines\n\n"
    assert shown["comments_and_work_notes"] == shown["work_notes"] + shown["comments"]
    assert hub.row(made["sys_id"])["comments_and_work_notes"] == ""
    child = hub.create(parent=made["sys_id"])
    walked = agent.row(child["sys_id"], sysparm_display_value="true", sysparm_fields="parent.comments,parent.number")
    assert walked == {"parent.comments": shown["comments"], "parent.number": made["number"]}
    assert agent.row(made["sys_id"], sysparm_display_value="true", sysparm_fields="parent.comments") == {
        "parent.comments": ""
    }


def test_a_thread_whose_author_is_gone_shows_the_user_name(hub, agent):
    made = agent.create(comments="x")
    hub("DELETE", f"/api/now/table/sys_user/{hub.user_id('fiona.fulfiller')}")
    text = hub.row(made["sys_id"], sysparm_display_value="true")["comments"]
    assert " - fiona.fulfiller (Comments)\n" in text


def test_the_audit_tells_the_timeline(hub, agent):
    made = hub.create(comments="at birth")
    agent.change(made["sys_id"], state="2", urgency="1", work_notes="note")
    agent.change(made["sys_id"], state="6", close_code="Duplicate", close_notes="d")
    rows = hub.rows("sys_audit", f"tablename=incident^documentkey={made['sys_id']}^ORDERBYrecord_checkpoint")
    seen = {(row["record_checkpoint"], row["fieldname"], row["oldvalue"], row["newvalue"]) for row in rows}
    assert {
        ("0", "comments", "JOURNAL FIELD ADDITION", "at birth"),
        ("1", "state", "1", "2"),
        ("1", "incident_state", "1", "2"),
        ("1", "urgency", "3", "1"),
        ("1", "priority", "5", "3"),
        ("1", "work_notes", "JOURNAL FIELD ADDITION", "note"),
        ("2", "state", "2", "6"),
        ("2", "close_code", "", "Duplicate"),
    } <= seen
    assert {row["user"] for row in rows} == {"isthmus", "fiona.fulfiller"}
    assert not [row for row in rows if row["fieldname"].startswith(("sys_", "calendar", "business"))]


def test_a_delete_leaves_marks(hub):
    made = hub.create(short_description="gone", comments="x")
    hub("POST", f"/api/now/attachment/file?table_name=incident&table_sys_id={made['sys_id']}&file_name=a.txt",
        data=b"x", headers={"Content-Type": "text/plain"})  # fmt: skip
    hub("DELETE", f"/api/now/table/incident/{made['sys_id']}")
    marks = hub.rows("sys_audit_delete", f"tablename=incident^documentkey={made['sys_id']}")
    assert [(row["display_value"], row["sys_created_by"]) for row in marks] == [(made["number"], "isthmus")]
    last = hub.rows("sys_audit", f"documentkey={made['sys_id']}^newvalue=DELETED")
    assert (last[0]["fieldname"], last[0]["oldvalue"]) == ("DELETED", "DELETED")
    ticket = hub.control("snapshot")["tickets"][0]
    assert (ticket["id"], ticket["deleted"]) == (made["sys_id"], True)
    assert (ticket["comments"][0]["text"], ticket["files"][0]["name"]) == ("x", "a.txt")
    group = hub.create("sys_user_group", name="short-lived")
    hub("DELETE", f"/api/now/table/sys_user_group/{group['sys_id']}")
    assert len(hub.rows("sys_audit_delete")) == 1
