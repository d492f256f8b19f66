"""Recordings of ServiceNow: kinds, places, and a state that fits."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid5

from .account import Account
from .compare import Rules
from .exchanges import Exchange

TABLE = re.compile(r"/api/now/(?:v\d/)?table/(?P<table>\w+)(?:/(?P<sys_id>[0-9a-f]{32}))?$")
FILE = re.compile(r"/api/now/(?:v\d/)?attachment/(?P<sys_id>[0-9a-f]{32})")
SYS_ID = re.compile(r"\b[0-9a-f]{32}\b")
TABLES = ("incident", "problem", "change_request", "sys_user", "sys_user_group")
SHAPES = ("", " as display values", " as both")
COPIES = UUID("00000000-0000-0000-0000-000000000000")


def _kind(exchange: Exchange) -> str:
    """Give the kind of what a reply holds: its table and, where asked for, its shape."""
    found = TABLE.match(exchange.path)
    if found is None:
        return "attachment" if "/attachment" in exchange.path else "result"
    shape = dict(exchange.query).get("sysparm_display_value", "false")
    return found["table"] + {"true": SHAPES[1], "all": SHAPES[2]}.get(shape, "")


class ServiceNow(Account):
    """A ServiceNow sandbox."""

    vendor = "servicenow"
    named = frozenset({"sys_id"})
    rules = Rules(kinds={kind: kind for kind in ("attachment", *(table + shape for table in TABLES for shape in SHAPES))})

    @classmethod
    def place(cls, exchange: Exchange) -> str:
        """Give the endpoint."""
        return f"{exchange.method} {SYS_ID.sub('{sys_id}', exchange.path)}"

    @classmethod
    def envelope(cls, exchange: Exchange, reply: Any) -> Any:
        """Put what stands under ``result`` under the name of its kind."""
        if not isinstance(reply, dict) or "result" not in reply:
            return reply
        return {_kind(exchange) if key == "result" else key: value for key, value in reply.items()}

    def refers(self, key: str) -> bool:
        """Tell whether a member holds ids: any may be a reference."""
        return True

    @property
    def login(self) -> tuple[str, str]:
        """The integration's account."""
        basic = self.running.credentials["basic"]
        return basic["user"], basic["password"]

    def payload(self, exchange: Exchange) -> dict[str, Any]:
        """Give the body; the bytes of a file were not recorded, so others stand for them."""
        if exchange.path.endswith("/attachment/file"):
            return {"data": b"-" * 100, "headers": {"Content-Type": exchange.reply["result"]["content_type"]}}
        if exchange.path.endswith("/attachment/upload"):
            row = exchange.reply["result"]
            form = {"table_name": row["table_name"], "table_sys_id": row["table_sys_id"]}
            return {"data": form, "files": {"uploadFile": (row["file_name"], b"-" * 100, row["content_type"])}}
        return super().payload(exchange)

    def fit(self, exchange: Exchange) -> None:
        """Put in the records that a reply shows, and more where it is one page of many."""
        reply = exchange.reply if isinstance(exchange.reply, dict) else {}
        shown = reply.get("result", [])
        rows = shown if isinstance(shown, list) else [shown]
        if "/attachment" in exchange.path:
            self._files(exchange, rows)
            return
        if "/stats/" in exchange.path:
            self._groups(rows)
        found = TABLE.match(exchange.path)
        if found is None or exchange.method == "POST":
            return
        if found["sys_id"]:
            self._put(found["table"], rows[0] if rows else {"sys_id": found["sys_id"]})
            return
        for row in rows:
            self._put(found["table"], row)
        total = int((exchange.headers or {}).get("x-total-count", 0))
        for number in range(min(total, len(rows) + 1) - len(rows)):
            self._put(found["table"], {**rows[number], "sys_id": uuid5(COPIES, str(number)).hex})

    def _put(self, table: str, row: dict[str, Any]) -> None:
        """Put in a record under its own sys_id, once."""
        sys_id = row["sys_id"] if isinstance(row.get("sys_id"), str) else ""
        if not sys_id or self.ask("GET", f"/api/now/table/{table}/{sys_id}"):
            return
        if table == "incident":
            self.load(row)
        else:
            plain = {key: value for key, value in row.items() if isinstance(value, str)}
            self.ask("POST", f"/api/now/table/{table}", json=plain)

    def _groups(self, rows: list[dict[str, Any]]) -> None:
        """Put in an incident for each group of a statistic."""
        for number, row in enumerate(rows):
            values = {pair["field"]: pair["value"] for pair in row["groupby_fields"]}
            self.load({"sys_id": uuid5(COPIES, f"group {number}").hex, **values})

    def _files(self, exchange: Exchange, rows: list[dict[str, Any]]) -> None:
        """Attach a file for each that a reply shows, to an incident of the id that it names."""
        asked = FILE.match(exchange.path)
        for row in (row for row in rows if "table_sys_id" in row):
            self._put("incident", {"sys_id": row["table_sys_id"]})
            if exchange.method == "GET":
                query = {"table_name": "incident", "table_sys_id": row["table_sys_id"], "file_name": row["file_name"]}
                headers = {"Content-Type": row["content_type"]}
                made = self.ask("POST", "/api/now/attachment/file", params=query, data=b"-" * 100, headers=headers)
                self.names[asked["sys_id"] if asked else row["sys_id"]] = made["result"]["sys_id"]
