"""Incidents out of files: entries of both forms, envelopes, webhooks, and what only mentions an incident."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.core.run.translate import Unread, translate
from isthmus.core.shapes import DEEPEST

READ = {
    "Request ID": "INC000000000527|INC000000000527",
    "Incident Number": "INC000000000430",
    "Description": "Updated summary",
    "Status": "Resolved",
    "Status_Reason": "Monitoring Incident",
    "Last Name": "Mann",
    "First Name": "Mary",
    "Customer Login ID": "Mary",
    "Internet E-mail": "M.Mann@example.com",
    "Invented Field": 7,
}
CREATED = {
    "Request ID": "000000000000606",
    "Incident Number": "INC00002",
    "Create Date": "2023-01-02T09:35:02.000+0000",
    "Modified Date": "2023-01-02T09:35:02.000+0000",
    "Status": "Assigned",
    "First_Name": "007",
    "Last_Name": "Agent",
    "Login_ID": "007 Agent",
    "Detailed_Decription": "text",
    "Description": "Unit test",
}


def documents(payload: Any) -> list[dict[str, Any]]:
    found = list(translate(io.BytesIO(json.dumps(payload).encode()), "bmc_helix"))
    assert not [each for each in found if isinstance(each, Unread)]
    return found  # type: ignore[return-value]


@pytest.mark.parametrize(
    "payload",
    [
        {"values": READ, "_links": {"self": [{"href": "x"}]}},
        {"entries": [{"values": READ}], "_links": {"next": []}},
        READ,
        [READ],
        {"event": "incident.updated", "incident": READ, "old": CREATED},
        {"body": json.dumps({"values": READ})},
    ],
)
def test_whatever_holds_an_incident(payload: Any) -> None:
    (doc,) = documents(payload)
    assert (doc["id"], doc["key"], doc["title"]) == ("INC000000000527", "INC000000000430", "Updated summary")
    assert (doc["status"], doc["resolution_code"], doc["connection"]) == ("resolved", "Monitoring Incident", "bmc_helix")
    assert doc["requester"] == {"id": "Mary", "name": "Mary Mann", "email": "m.mann@example.com"}
    assert doc["extra"]["Invented Field"] == 7


def test_an_entry_of_the_create_form() -> None:
    (doc,) = documents({"values": CREATED})
    assert (doc["id"], doc["title"], doc["status"]) == ("INC00002", "Unit test", "new")
    assert doc["requester"] == {"id": "007 Agent", "name": "007 Agent"}
    assert (doc["description"], doc["updated_at"]) == ("<p>text</p>", "2023-01-02T09:35:02Z")
    (doc,) = documents({"values": {**CREATED, "Incident_Entry_ID": "INC000000000009"}})
    assert doc["id"] == "INC000000000009"
    (doc,) = documents({"values": {"Incident Number": "INC7"}})
    assert (doc["id"], doc["title"], doc["status"]) == ("INC7", None, None)


def test_what_only_mentions_an_incident() -> None:
    log = {"Work Log ID": "WLG1", "Incident Number": "INC7", "Description": "of the log", "Status": "Enabled"}
    (doc,) = documents({"entries": [{"values": log}]})
    assert (doc["id"], doc["key"], doc["title"], doc["status"]) == ("INC7", "INC7", None, None)
    assert doc["extra"]["entry"] == log


@pytest.mark.parametrize(
    "payload",
    [{}, [], {"a": [1, None, "x", "{no json"]}, {"values": {"Task ID": "T1", "Status": "Closed"}}, {"Status": "New"}],
)
def test_what_holds_none(payload: Any) -> None:
    assert documents(payload) == []


def test_a_payload_that_is_too_deep() -> None:
    payload: Any = READ
    for _ in range(DEEPEST + 1):
        payload = {"inner": payload}
    assert list(BmcHelix.unwrap(payload)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["values", "entries", "Incident Number", "Entry ID", "Status", "Last Name", "x__c"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_nothing_stops_the_unwrapping(payload: Any) -> None:
    for record in BmcHelix.unwrap(payload):
        assert isinstance(record, dict)


def test_the_body_of_a_create() -> None:
    body = {
        "Description": "x",
        "Detailed Decription": "y",
        "Priority": "High",
        "customer": {"id": "ann"},
        "assignee": {"id": None},
        "ServiceCI": "Mail",
        "custom": {"Site__c": "LYS"},
    }
    assert BmcHelix.wrap(body) == {
        "values": {"Description": "x", "Detailed_Decription": "y", "Login_ID": "ann", "ServiceCI": "Mail", "Site__c": "LYS"}
    }


def test_every_recorded_record() -> None:
    """With ISTHMUS_SAMPLES, the recorded replies: each record, bare and in envelopes."""
    folder = os.environ.get("ISTHMUS_SAMPLES")
    if not folder:
        assert documents([{"values": READ}, {"values": CREATED}])
        return
    tool = Path(folder).parent.parent / "tools" / "sample_tickets.py"
    printed = subprocess.run(
        [sys.executable, str(tool), f"{folder}/bmc_helix", "bmc_helix"], capture_output=True, text=True, check=True
    ).stdout
    lines = printed.splitlines()
    assert lines
    for line in lines:
        record = json.loads(line)["record"]
        for wrapped in (record, {"entries": [record]}, [record], {"event": "updated", "entry": record}):
            (doc,) = documents(wrapped)
            assert doc["id"]
            assert {"title", "status", "connection"} <= doc.keys()
