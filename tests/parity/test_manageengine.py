"""Recordings of ServiceDesk Plus: bodies of replies, with the call that gave each of them."""

from __future__ import annotations

import json

import pytest
from parity.replay import check

STATUS = {"status_code": 2000, "status": "success"}
PERSON = {
    "id": "4",
    "name": "administrator",
    "email_id": None,
    "phone": None,
    "mobile": None,
    "is_vipuser": False,
    "department": None,
}
NOT_FOUND = {
    "status_code": 4000,
    "messages": [{"status_code": 4007, "type": "failed", "message": "Invalid URL"}],
    "status": "failed",
}
NOTE = {
    "id": "332", "request": {"id": "42", "subject": "x"}, "show_to_requester": True, "attachments": [],
    "added_by": {**PERSON, "profile_pic": {"content-url": "/x.svg"}}, "added_time": {"display_value": "x", "value": "1659513323917"},
    "last_updated_by": PERSON, "last_updated_time": {"display_value": "x", "value": "1659513323917"},
}  # fmt: skip
INFO = {"has_more_rows": False, "sort_field": "last_updated_time", "start_index": 1, "sort_order": "asc", "row_count": 1}
FILES = {
    "onprem_recorded_2022/request_not_found.json": {"response_status": NOT_FOUND},
    "onprem_recorded_2022/assign_request.json": {
        "response_status": {**STATUS, "messages": [{"status_code": 2000, "type": "success", "message": "Assigned successfully."}]}
    },
    "onprem_recorded_2022/get_list_request_notes.json": {"notes": [NOTE], "response_status": [STATUS], "list_info": INFO},
    "onprem_demo_2026/get-empty-resolution.json": {
        "request": {"method": "GET", "path": "/api/v3/requests/860/resolutions"},
        "response": {
            "status": 200,
            "body": {"response_status": STATUS, "resolution": {"resolution_attachments": [], "content": None}},
        },
    },
    "cloud_demisto/oauth_token.json": {
        "access_token": "1", "refresh_token": "2", "api_domain": "https://x", "token_type": "Bearer", "expires_in": 3600,
    },
    "cloud_demisto/list_link_requests.json": {
        "response_status": [STATUS],
        "link_requests": [
            {
                "comments": None,
                "linked_request": {"subject": "x", "id": "123640000000240013", "udf_fields": {"udf_char1": None}, "display_id": "102"},
            }
        ],
    },
    "documented_requests/cloud_bodies.json": [],
}  # fmt: skip


@pytest.fixture
def verdict(tmp_path):
    """Checks bodies as if they were all the recordings."""

    def judged(files):
        for name, body in files.items():
            path = tmp_path / "manageengine_sdp" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(body), "utf-8")
        return check(tmp_path, "manageengine", (), ())

    return judged


def test_what_the_sandbox_answers_as_recorded_passes(verdict):
    found = verdict(FILES)
    assert (found.compared, found.wrong) == (6, [])


@pytest.mark.parametrize(
    ("name", "alter", "difference"),
    [
        ("cloud_demisto/oauth_token.json", {"expires_in": "3600"}, "expires_in: number, recorded is string"),
        ("cloud_demisto/oauth_token.json", {"scope": "x"}, "scope: missing"),
        ("onprem_recorded_2022/get_list_request_notes.json", {"page": 1}, "page: missing"),
    ],
)
def test_a_difference_is_told(verdict, name, alter, difference):
    found = verdict({**FILES, name: {**FILES[name], **alter}})
    assert len(found.wrong) == 1
    assert found.wrong[0].endswith(difference)
