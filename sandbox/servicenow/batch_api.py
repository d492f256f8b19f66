"""Batch API: several requests in one, served one after another in one session.

Bodies are base64 both ways; the outer status is 200 even where every item failed. Limits (product documentation, Batch
API): 5 MB for an item's request (``glide.rest.batch.max.inputSize``), 10 MB for an item's reply, or less by the header
``X-BATCHREQUEST-MAX-OUTPUT-SIZE``, 30 s for the whole. What does not fit is listed in ``unserviced_requests``. The property
``sandbox.batch.items`` (default none) stands for the time limit: only so many items are served.
"""

from __future__ import annotations

import base64
import binascii
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from ..vendor import Call, RefusedError, Route, Routes
from .replies import plain, refuse
from .table_api import json_object

if TYPE_CHECKING:
    from .instance import ServiceNow

routes = Routes()
_MEGABYTE = 1024 * 1024
_OUTPUT_HEADER = "X-BATCHREQUEST-MAX-OUTPUT-SIZE"


@routes.post("/api/now/batch", "/api/now/<any('v1'):version>/batch")
def batch(vendor: ServiceNow, call: Call, version: str = "") -> Response:
    """Serve the items in order."""
    body = json_object(call)
    items = body.get("rest_requests")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast("list[Any]", items)):
        raise refuse(400, "Exception while reading request", "rest_requests is no list of requests")
    serviced: list[dict[str, Any]] = []
    unserviced: list[str] = []
    most = vendor.store.property("sandbox.batch.items")
    for item in cast("list[dict[str, Any]]", items):
        fits = not most.isdecimal() or len(serviced) < int(most)
        answer = _serve(vendor, call, item) if fits else None
        if answer is None:
            unserviced.append(str(item.get("id", "")))
        else:
            serviced.append(answer)
    return plain(
        {
            "batch_request_id": str(body.get("batch_request_id", "")),
            "serviced_requests": serviced,
            "unserviced_requests": unserviced,
        }
    )


def writes(call: Call) -> bool:
    """Tell whether a batch holds an item that may store something."""
    try:
        items = cast("list[Any]", json_object(call).get("rest_requests") or [])
    except RefusedError:
        return False
    return any(
        str(cast("dict[str, Any]", item).get("method", "GET")).upper() != "GET" for item in items if isinstance(item, dict)
    )


def _serve(vendor: ServiceNow, call: Call, item: dict[str, Any]) -> dict[str, Any] | None:
    """Serve one item; None where it is too large, or its reply is."""
    try:
        data = base64.b64decode(str(item.get("body") or ""), validate=True)
    except binascii.Error:
        return _answer(item, Response("Bad Request", 400, content_type="text/plain"))
    if len(data) > _limit(vendor, "glide.rest.batch.max.inputSize", 5):
        return None
    response = _run(vendor, call, item, data)
    given = call.request.headers.get(_OUTPUT_HEADER, "")
    most = _limit(vendor, "glide.rest.batch.max.outputSize", 10)
    if len(response.get_data()) > (min(most, int(given)) if given.isdecimal() else most):
        return None
    return _answer(item, response)


def _limit(vendor: ServiceNow, name: str, default: int) -> int:
    text = vendor.store.property(name)
    return (int(text) if text.isdecimal() else default) * _MEGABYTE


def _run(vendor: ServiceNow, call: Call, item: dict[str, Any], data: bytes) -> Response:
    request = _request(vendor, item, data)
    try:
        route, args = vendor.map.bind("sandbox").match(request.path, request.method)
    except HTTPException as problem:
        return vendor.unknown(request, method=problem.code == 405)
    assert isinstance(route, Route)
    inner = Call(request, route, dict(args), call.account)
    try:
        response = route.handler(vendor, inner, **inner.args)
    except RefusedError as refused:
        response = refused.response
    return vendor.finish(inner, response)


def _request(vendor: ServiceNow, item: dict[str, Any], data: bytes) -> Request:
    headers = [(str(pair.get("name", "")), str(pair.get("value", ""))) for pair in item.get("headers") or ()]
    path, _, query = str(item.get("url", "")).partition("?")
    method = str(item.get("method", "GET")).upper()
    builder = EnvironBuilder(
        path=path or "/", method=method, query_string=query, headers=headers, data=data, base_url=vendor.base_url
    )
    try:
        return Request(builder.get_environ())
    finally:
        builder.close()


def _answer(item: dict[str, Any], response: Response) -> dict[str, Any]:
    bare = item.get("exclude_response_headers") is True
    status = HTTPStatus(response.status_code)
    return {
        "id": str(item.get("id", "")),
        "body": base64.b64encode(response.get_data()).decode(),
        "status_code": response.status_code,
        "status_text": status.phrase,
        "headers": [] if bare else [{"name": name, "value": value} for name, value in response.headers.items()],
        "execution_time": 1,
    }
