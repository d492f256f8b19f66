"""The history of a ticket: prose, the newest first, twenty at a time (api.freshservice.com, "Get ticket activity").

``next_page_url`` carries a token for the next twenty, while there are more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from . import paging
from .errors import invalid
from .records import Activity, Json
from .tickets import find
from .times import iso

if TYPE_CHECKING:
    from .vendor import Freshservice

routes = Routes()

SHOWN = 20


def body(activity: Activity) -> Json:
    """Give an entry of the history as JSON."""
    return {
        "actor": {"id": activity.actor_id, "name": activity.actor},
        "content": activity.content,
        "sub_contents": list(activity.details),
        "created_at": iso(activity.at),
    }


@routes.get("/api/v2/tickets/<int:ticket_id>/activities")
def list_activities(vendor: Freshservice, call: Call, ticket_id: int) -> Response:
    """Give a part of a ticket's history."""
    token = paging.parameters(call, ("start_token",)).data.get("start_token", "0")
    if not token.isdecimal():
        raise invalid("start_token", "It should be a valid token")
    rows = find(vendor, ticket_id).activities[::-1]
    start = int(token)
    answer: Json = {"activities": [body(row) for row in rows[start : start + SHOWN]]}
    if start + SHOWN < len(rows):
        answer["next_page_url"] = f"{vendor.base_url}{call.request.path}?start_token={start + SHOWN}"
    return reply(answer)
