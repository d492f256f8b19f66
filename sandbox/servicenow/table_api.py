"""Table API: list, read, insert, update, delete, for every table of the store.

Source: product documentation, Table API; recorded exchanges. ``v1`` answers an empty list with 404. ``PUT`` does what
``PATCH`` does. ``X-HTTP-Method-Override`` on POST and ``X-no-response-body`` are honoured. Only JSON is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from werkzeug.wrappers import Request, Response

from ..vendor import Call, Routes
from .access import SECRET, can_read
from .parameters import Page, flag, shape
from .paths import find
from .query import parse
from .replies import empty, error, no_record, refuse, result
from .session import Session
from .shapes import Shape, render
from .store import Row
from .values import Input, read_body

if TYPE_CHECKING:
    from .instance import ServiceNow

routes = Routes()
_ALL = ("/api/now/table/<table>", "/api/now/<any('v1','v2'):version>/table/<table>")
_ONE = ("/api/now/table/<table>/<sys_id>", "/api/now/<any('v1','v2'):version>/table/<table>/<sys_id>")
_READ_ONLY = frozenset({"sys_audit", "sys_audit_delete", "sys_journal_field", "sys_attachment"})
_FORBIDDEN_THOUGH_INSERTED = 0.03
_CUT_SHORT = 0.02
_QUOTA = "Transaction cancelled: maximum execution time exceeded"


@routes.get(*_ALL)
def list_rows(vendor: ServiceNow, call: Call, table: str, version: str = "") -> Response:
    """List rows: the limit first, then the access rules, so that a page may be short."""
    session = opened(vendor, call, table)
    request = call.request
    page = Page.of(request)
    ids = vendor.search.find(table, encoded_query(vendor, request, table), session)
    rows = vendor.store[table].rows
    window = [rows[sys_id] for sys_id in ids[page.offset : page.offset + page.limit]]
    visible = [row for row in window if can_read(vendor.store, session, table, row)]
    if version == "v1" and not visible:
        raise refuse(404, "No Record found", "No record found that matches the query")
    call.headers.update(page.headers(request, len(ids), vendor.base_url))
    rendered = render(vendor.store, session, table, visible, shape(request))
    if len(rendered) > 1 and vendor.misbehaviour.strikes("flaky", "quota", request.full_path.encode(), _CUT_SHORT):
        body = {"result": rendered[: len(rendered) // 2], "error": {"message": _QUOTA, "detail": _QUOTA}}
        return vendor.json({**body, "status": "failure"})
    return result(rendered)


@routes.get(*_ONE)
def read_row(vendor: ServiceNow, call: Call, table: str, sys_id: str, version: str = "") -> Response:
    """Read one row."""
    session = opened(vendor, call, table)
    row = visible_row(vendor, session, table, sys_id)
    return result(rendered_row(vendor, session, table, row, shape(call.request)))


@routes.post(*_ALL)
def insert_row(vendor: ServiceNow, call: Call, table: str, version: str = "") -> Response:
    """Insert a row; the reply shows it after the rules have run."""
    if call.request.headers.get("X-HTTP-Method-Override", "").upper() == "GET":
        return list_rows(vendor, call, table, version)
    session = opened(vendor, call, table)
    given = _given(vendor, call, session, table)
    _writable(table)
    row = vendor.records.insert(session, table, given)
    request = call.request
    if table == "incident" and vendor.misbehaviour.strikes(
        "flaky", "forbidden although inserted", request.get_data(), _FORBIDDEN_THOUGH_INSERTED
    ):
        return error(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")
    call.headers["Location"] = f"{vendor.base_url}{request.path}/{row['sys_id']}"
    return _written(vendor, call, session, table, row, 201)


@routes.patch(*_ONE)
@routes.put(*_ONE)
def update_row(vendor: ServiceNow, call: Call, table: str, sys_id: str, version: str = "") -> Response:
    """Change some columns of a row."""
    session = opened(vendor, call, table)
    row = visible_row(vendor, session, table, sys_id)
    given = _given(vendor, call, session, table)
    _writable(table)
    return _written(vendor, call, session, table, vendor.records.update(session, table, row, given), 200)


@routes.delete(*_ONE)
def delete_row(vendor: ServiceNow, call: Call, table: str, sys_id: str, version: str = "") -> Response:
    """Delete a row."""
    session = opened(vendor, call, table)
    vendor.records.delete(session, table, visible_row(vendor, session, table, sys_id))
    return empty()


@routes.post(*_ONE)
def override(vendor: ServiceNow, call: Call, table: str, sys_id: str, version: str = "") -> Response:
    """Do what ``X-HTTP-Method-Override`` says."""
    match call.request.headers.get("X-HTTP-Method-Override", "").upper():
        case "PATCH" | "PUT":
            return update_row(vendor, call, table, sys_id, version)
        case "DELETE":
            return delete_row(vendor, call, table, sys_id, version)
        case "GET":
            return read_row(vendor, call, table, sys_id, version)
        case _:
            return vendor.unknown(call.request, method=True)


def opened(vendor: ServiceNow, call: Call, table: str) -> Session:
    """Check table and ``Accept``, and give the caller's session.

    Raises:
        RefusedError: 400 for an unknown table, 406 for a format that is not served.
    """
    accepted = call.request.accept_mimetypes
    if accepted and not accepted.best_match(["application/json", "text/json"]):
        raise refuse(406, "Not acceptable", f"No response format for: {accepted}")
    if table not in vendor.store.tables:
        raise refuse(400, f"Invalid table {table}")
    return vendor.session(call)


def visible_row(vendor: ServiceNow, session: Session, table: str, sys_id: str) -> Row:
    """Give a row that the session may read.

    Raises:
        RefusedError: 404 where it does not exist or is hidden.
    """
    row = vendor.store[table].rows.get(sys_id)
    if row is None or not can_read(vendor.store, session, table, row):
        raise no_record()
    return row


def rendered_row(vendor: ServiceNow, session: Session, table: str, row: Row, wanted: Shape) -> dict[str, Any]:
    """Give one row as a reply shows it."""
    return render(vendor.store, session, table, [row], wanted)[0]


def encoded_query(vendor: ServiceNow, request: Request, table: str) -> str:
    """Give the query of a request: ``sysparm_query``, or the conditions ``element=value`` of its other parameters.

    Raises:
        RefusedError: 403 for a condition on a column that nobody may read.
    """
    text = request.args.get("sysparm_query")
    if text is None:
        pairs = [(name, value) for name, value in request.args.items() if not name.startswith("sysparm_")]
        text = "^".join(f"{name}={_by_label(vendor, table, name, value)}" for name, value in pairs)
    groups = [group for groups in parse(text).alternatives for group in groups]
    if any(condition.element.rpartition(".")[2] in SECRET for group in groups for condition in group):
        detail = "Field(s) present in the query do not have permission to be read"
        raise refuse(403, "Insufficient rights to query records", detail)
    return text


def _by_label(vendor: ServiceNow, table: str, element: str, value: str) -> str:
    """Give the stored value where a simple parameter names a choice by its label."""
    path = find(vendor.store, table, element)
    if path is None or not path.column.choice:
        return value
    choices = vendor.store.choices(path.table, path.column.element)
    return next((stored for stored, label in choices.items() if label == value and value not in choices), value)


def _given(vendor: ServiceNow, call: Call, session: Session, table: str) -> Input:
    """Read the body.

    Raises:
        RefusedError: 415 for another format than JSON, 400 for a body that is no JSON object.
    """
    request = call.request
    if request.mimetype and not request.mimetype.endswith("json"):
        raise refuse(415, "Unsupported media type", request.mimetype)
    body = json_object(call)
    display_input = flag(request, "sysparm_input_display_value")
    return read_body(vendor.store, session, table, body, display_input=display_input)


def json_object(call: Call) -> Mapping[str, Any]:
    """Give the JSON object of a body; the first of an array, nothing for an empty body.

    Raises:
        RefusedError: 400.
    """
    try:
        body: Any = call.json()
    except ValueError as problem:
        raise refuse(400, "Exception while reading request", str(problem)) from None
    if isinstance(body, list):
        body = cast("list[Any]", body)[0] if body else None
    if body is not None and not isinstance(body, dict):
        raise refuse(400, "Exception while reading request", "Expected a JSON object")
    return cast("dict[str, Any]", body or {})


def _writable(table: str) -> None:
    if table in _READ_ONLY:
        raise refuse(403, "Operation Failed", "ACL Exception Insert Failed due to security constraints")


def _written(vendor: ServiceNow, call: Call, session: Session, table: str, row: Row, status: int) -> Response:
    if call.request.headers.get("X-no-response-body", "").lower() == "true":
        return Response(status=status, content_type="application/json;charset=UTF-8")
    return result(rendered_row(vendor, session, table, row, shape(call.request)), status)
