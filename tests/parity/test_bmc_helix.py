"""Recordings of BMC Helix ITSM: bodies of replies, with the call that gave each of them."""

from __future__ import annotations

import copy
import json

import pytest
from parity.replay import check

LINK = {"self": [{"href": "https://host.example/x"}]}
GROUP = {"Support Group ID": "SGP000000000110", "Status": "Enabled", "Description": None, "Company_SortOrder": 100}
FILES = {
    "demisto/incident_create.json": {
        "values": {"Incident Number": "INC000000000430", "Create Date": "2022-03-30T08:51:45.000+0000"},
        "_links": LINK,
    },
    "rapid7/create_incident_headers.json": {"Location": "https://example.com/INC00002"},
    "rapid7/incident_query_not_found.json": {},
}


@pytest.fixture
def verdict(tmp_path):
    """Checks bodies as if they were all the recordings."""

    def judged(files):
        for name, body in files.items():
            path = tmp_path / "bmc_helix" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(body), "utf-8")
        return check(tmp_path, "bmc_helix", (), ())

    return judged


def test_what_the_sandbox_answers_as_recorded_passes(verdict):
    found = verdict({name: body for name, body in FILES.items() if "not_found" not in name})
    assert (found.compared, found.wrong) == (2, [])


def test_differences_are_told(verdict):
    files = copy.deepcopy(FILES)
    files["demisto/incident_create.json"]["values"] = {"Incident Number": 430, "Mood": "x"}
    found = verdict(files)
    assert found.compared == 3
    assert {line.partition(": ")[2].partition(": ")[2] for line in found.wrong} == {
        "created.Mood: missing",
        "created.Create Date: not recorded",
        "created.Incident Number: string, recorded is number",
        "list.entries: not recorded",
        "list.numMatches: not recorded",
        "list._links: not recorded",
    }


def test_a_page_of_groups(verdict):
    link = [{"href": "https://host.example/x?offset=2&limit=2"}]
    found = verdict(
        {"demisto/list_support_group.json": {"entries": [{"values": GROUP, "_links": LINK}], "_links": {"next": link}}}
    )
    assert [line for line in found.wrong if "missing" in line or "recorded is" in line] == []


def test_what_a_recording_takes_for_granted_is_made(verdict):
    log = {"Work Log ID": "WLG00002", "Incident Number": "INC00002", "View Access": "Internal", "Description": "x"}
    row = {"Request ID": "000000000000606", "First_Name": "007", "Last_Name": "Agent", "Incident Number": "INC00002"}
    task = {"Task ID": "TAS000002", "Status": "Staged"}
    bodies = {
        "rapid7/incident_worklog.json": {"values": log, "_links": LINK},
        "rapid7/incident.json": {"values": row, "_links": {**LINK, "assoc-HPD:INC:Worklog": LINK["self"]}},
        "rapid7/task.json": {"values": task, "_links": LINK},
        "rapid7/help_add_incident_work_note.json": {
            "incident": {
                "values": {"Entry ID": "INC000000000026", "Incident Number": "INC_CAL_1000024", "Status": "Assigned"},
                "_links": LINK,
            }
        },
    }
    found = verdict(bodies)
    assert found.compared == 4
    assert [line for line in found.wrong if "not recorded" not in line] == []
