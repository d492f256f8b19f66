"""Recordings of ServiceDesk Plus: what was asked where only the reply was kept, kinds, places, and a state that fits.

All but one of the files hold bodies of replies; ``ASKED`` says which call of which client gave each of them. On-premises and
Cloud are two sets of kinds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from requests.auth import AuthBase

from .account import Account
from .compare import Rules
from .exchanges import Exchange

CLOUD = "/app/itdesk/api/v3"
SERVER = "/api/v3"
ID = re.compile(r"/\d+(?=/|$)")
CLOUD_ID = "123640000000240099"
NAMED = (
    "mode",
    "level",
    "impact",
    "urgency",
    "priority",
    "request_type",
    "category",
    "subcategory",
    "site",
    "service_category",
)
PLAIN = ("subject", "description", "impact_details", "email_ids_to_notify")
TIMES = (
    "created_time",
    "due_by_time",
    "first_response_due_by_time",
    "responded_time",
    "assigned_time",
    "last_updated_time",
)
PEOPLE = ("requester", "technician", "created_by", "deleted_by", "added_by", "last_updated_by", "submitted_by")
PERSON = {"id": "4", "name": "administrator", "email_id": None}
Asked = tuple[str, str, Any, int | None]


def _creation(base: str) -> Callable[[Any], Asked]:
    """Give the creation of the recorded request: its own fields, by name."""

    def asked(reply: Any) -> Asked:
        shown = reply["request"]
        body = {key: shown[key] for key in PLAIN if shown[key]}
        body |= {key: {"name": shown[key]["name"]} for key in NAMED if shown.get(key)}
        body |= {key: {"name": shown[key]["name"]} for key in ("requester", "technician") if shown[key]}
        body |= {"status": {"name": shown["status"]["name"]}}
        if shown.get("assets"):
            body["assets"] = [{"name": item["name"]} for item in shown["assets"]]
        return "POST", f"{base}/requests", {"request": body}, None

    return asked


def _asked(method: str, path: str, data: Any = None, status: int | None = None) -> Callable[[Any], Asked]:
    return lambda reply: (method, path, data, status)


SORTED = {"row_count": 10, "start_index": 1, "sort_field": "created_time", "sort_order": "desc"}
ASKED: dict[str, Callable[[Any], Asked]] = {
    "onprem_recorded_2022/add_request.json": _creation(SERVER),
    "onprem_recorded_2022/add_request_incorrect_level.json": _asked(
        "POST", f"{SERVER}/requests", {"request": {"subject": "x", "level": {"name": "Tier 9"}}}, 400
    ),
    "onprem_recorded_2022/add_request_note.json": _asked(
        "POST", f"{SERVER}/requests/200/notes", {"note": {"description": "<p>x</p>", "show_to_requester": True}}
    ),
    "onprem_recorded_2022/assign_request.json": _asked(
        "PUT", f"{SERVER}/requests/200/assign", {"request": {"technician": {"name": "administrator"}}}
    ),
    "onprem_recorded_2022/close_request.json": _asked(
        "PUT", f"{SERVER}/requests/200/close", {"request": {"closure_info": {"closure_comments": "done"}}}
    ),
    "onprem_recorded_2022/delete_request.json": _asked("DELETE", f"{SERVER}/requests/200/move_to_trash"),
    "onprem_recorded_2022/get_list_request.json": _asked("GET", f"{SERVER}/requests", {"list_info": SORTED}),
    "onprem_recorded_2022/get_list_request_notes.json": _asked("GET", f"{SERVER}/requests/42/notes"),
    "onprem_recorded_2022/get_resolution.json": _asked("GET", f"{SERVER}/requests/200/resolutions"),
    "onprem_recorded_2022/request_not_found.json": _asked("GET", f"{SERVER}/requests/999999", status=404),
    "cloud_demisto/create_request.json": _creation(CLOUD),
    "cloud_demisto/get_resolution.json": _asked("GET", f"{CLOUD}/requests/{CLOUD_ID}/resolutions"),
    "cloud_demisto/link_request.json": _asked(
        "POST",
        f"{CLOUD}/requests/{CLOUD_ID}/link_requests",
        {"link_requests": [{"linked_request": {"id": "123640000000240013"}}]},
    ),
    "cloud_demisto/list_link_requests.json": _asked("GET", f"{CLOUD}/requests/{CLOUD_ID}/link_requests"),
    "cloud_demisto/list_requests.json": _asked(
        "GET", f"{CLOUD}/requests", {"list_info": {"row_count": 3, "start_index": 1}}
    ),
    "cloud_demisto/oauth_token.json": _asked("POST", "/oauth/v2/token", {"grant_type": "authorization_code"}),
}


class Login(AuthBase):
    """The integration's key on-premises, a token of it in Cloud."""

    def __init__(self, base_url: str, credentials: dict[str, Any]) -> None:
        self.key = credentials["authtoken"]["key"]
        oauth = credentials["oauth"]
        form = {key: oauth[key] for key in ("client_id", "client_secret", "refresh_token")}
        form["grant_type"] = "refresh_token"
        reply = requests.post(f"{base_url}/oauth/v2/token", data=form, timeout=30)
        self.token = reply.json()["access_token"]

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "/app/" in str(request.url):
            request.headers["Authorization"] = f"Zoho-oauthtoken {self.token}"
            request.headers["Accept"] = "application/vnd.manageengine.sdp.v3+json"
        else:
            request.headers["authtoken"] = self.key
        return request


class ManageEngine(Account):
    """A ServiceDesk Plus sandbox."""

    vendor = "manageengine"
    named = frozenset({"id"})
    rules = Rules(
        kinds={
            "request": "request",
            "requests": "request",
            "cloud request": "cloud request",
            "cloud requests": "cloud request",
            "note": "note",
            "notes": "note",
            **dict.fromkeys(TIMES, "time"),
            **dict.fromkeys(PEOPLE, "user"),
            "sla": "named",
            "category": "named",
            "subcategory": "named",
        },
        open=frozenset({"request.udf_fields", "cloud request.udf_fields"}),
    )

    @classmethod
    def recordings(cls, folder: Path) -> list[list[Exchange]]:
        """Give one exchange for each file, with what was asked beside the reply."""
        files = sorted((folder / "manageengine_sdp").rglob("*.json"))
        return [cls._read(path, path.relative_to(folder / "manageengine_sdp").as_posix()) for path in files]

    @classmethod
    def _read(cls, path: Path, name: str) -> list[Exchange]:
        document = json.loads(path.read_text("utf-8"))
        if name in ASKED:
            method, target, data, status = ASKED[name](document)
            return [Exchange(cls.vendor, name, 1, method, target, (), data, status, None, document)]
        match document:
            case {"request": {"method": method, "path": target, **more}, "response": {"status": status, "body": body}}:
                data = more.get("query", {}).get("input_data")
                return [Exchange(cls.vendor, name, 1, method, target, (), data, status, None, body)]
        return []

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the endpoint, and whether it refused."""
        refused = exchange.status is not None and exchange.status >= 400
        return f"{exchange.method} {ID.sub('/{id}', exchange.path)}{' refused' if refused else ''}"

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Put the Cloud's requests under a kind of their own."""
        if not exchange.path.startswith("/app/") or not isinstance(reply, dict):
            return reply
        return {f"cloud {key}" if key in {"request", "requests"} else key: value for key, value in reply.items()}

    def refers(self, key: str) -> bool:
        """Tell whether a member holds ids: all here are of loaded records, which keep theirs."""
        return False

    @property
    def login(self) -> Any:
        """The integration's account."""
        if not hasattr(self, "_login"):
            self._login = Login(self.running.base_url, self.running.credentials)
        return self._login

    def payload(self, exchange: Exchange) -> dict[str, Any]:
        """Give ``input_data``; for a token, the form with a code that works."""
        if exchange.path == "/oauth/v2/token":
            return {"data": {**exchange.body, **self._code()}}
        if exchange.body is None:
            return {}
        return {"params" if exchange.method == "GET" else "data": {"input_data": json.dumps(exchange.body)}}

    def send(self, exchange: Exchange) -> requests.Response:
        """Send a recorded request to the sandbox."""
        url = self.running.base_url + exchange.path
        return self.http.request(exchange.method, url, auth=self.login, timeout=30, **self.payload(exchange))

    def _code(self) -> dict[str, str]:
        oauth = self.running.credentials["oauth"]
        target = "https://hub.example/cb"
        lasting = {"access_type": "offline", "prompt": "consent"}
        query = {"client_id": oauth["client_id"], "redirect_uri": target, "response_type": "code", **lasting}
        reply = self.http.get(f"{self.running.base_url}/oauth/v2/auth", params=query, allow_redirects=False, timeout=30)
        code = re.search(r"code=([^&]+)", reply.headers["Location"])
        assert code is not None
        return {**{key: oauth[key] for key in ("client_id", "client_secret")}, "redirect_uri": target, "code": code[1]}

    def fit(self, exchange: Exchange) -> None:
        """Load the requests that a reply shows, and the one that the path names with what hangs on it."""
        reply, path = exchange.reply, exchange.path
        if exchange.status is not None and exchange.status >= 400:
            return
        listed = [*reply.get("requests", ()), *([reply["request"]] if isinstance(reply.get("request"), dict) else ())]
        linked = [row["linked_request"] for row in reply.get("link_requests", ())]
        named = ID.search(path.removeprefix(CLOUD))
        if named is not None and not listed:
            listed = [self._holder(named[0].strip("/"), reply)]
        if path.endswith("/link_requests"):
            linked = linked or [{"id": "123640000000240013", "display_id": "1", "subject": "x"}]
        self.load(*(self._living(record) for record in listed), *linked)
        if exchange.method == "GET" and linked:
            rows = [{"linked_request": {"id": row["id"]}} for row in linked]
            self.ask("POST", path, data={"input_data": json.dumps({"link_requests": rows})})

    def _holder(self, number: str, reply: Any) -> dict[str, Any]:
        """Give a request of the id in the path, with the reply's notes and resolution."""
        record: dict[str, Any] = {"id": number, "subject": "x", "requester": PERSON, "technician": PERSON}
        if len(number) > 15:
            record["display_id"] = "1"
        if "resolution" in reply:
            record["resolution"] = reply["resolution"]
        record["notes"] = [{**note, "description": "<p>x</p>"} for note in reply.get("notes", ())]
        return record

    @staticmethod
    def _living(record: dict[str, Any]) -> dict[str, Any]:
        """Give a record before it was trashed."""
        return {**record, "is_trashed": False, "deleted_on": None, "deleted_by": None}
