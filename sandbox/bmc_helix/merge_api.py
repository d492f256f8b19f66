"""``POST /api/arsys/v1/mergeEntry/{form}``: writes one entry past the usual ways, for administrators.

``mergeType`` says what happens where the entry exists, ``qualification`` finds it by any field, ``multimatchOption``
1 takes the first of several. With ``workflowEnabled`` false no rule runs and nothing follows: no work log of the
system, no mail, no clock, no audit; fields of the system can be written then. Required fields bind a merge unless
``ignoreRequired`` is true. Rows other than incidents and work logs keep their rules even then, a simplification.
Reply 201 with ``Location`` for a new entry, else 204 (docs.bmc.com, merge entry; which case gives which is
unconfirmed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from . import errors
from . import forms as names
from .entry_api import find_form
from .errors import empty, invalid, refuse
from .multipart import read_body
from .parameters import wrong
from .qualification import QualificationError, parse
from .records import check_required
from .schema import Form
from .search import Query, run
from .session import UNSHOWN, Session
from .store import Row, instance_id
from .values import entry_url, read_values, value_id

if TYPE_CHECKING:
    from .vendor import BmcHelix

routes = Routes()
Options: TypeAlias = dict[str, Any]
_TYPES = frozenset({"DUP_ERROR", "DUP_NEW_ID", "DUP_OVERWRITE", "DUP_MERGE", "GEN_NEW_ID"})


@routes.post("/api/arsys/v1/mergeEntry/<form_name>")
def merge(vendor: BmcHelix, call: Call, form_name: str) -> Response:
    """Merge an entry."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    body, files = read_body(call.request)
    given: Any = body.get("mergeOptions") or {}
    qualification: Any = body.get("qualification") or ""
    if not isinstance(given, dict) or not isinstance(qualification, str):
        raise refuse(400, errors.BAD_REQUEST, "mergeOptions")
    options = cast("Options", given)
    kind = str(options.get("mergeType", "DUP_ERROR"))
    if kind not in _TYPES:
        raise refuse(400, errors.BAD_REQUEST, f"mergeType={kind}")
    if not session.is_admin:
        raise refuse(403, errors.NOT_ADMINISTRATOR)
    workflow = bool(options.get("workflowEnabled", True)) or form.table not in {names.HELP_DESK, names.WORK_LOG_FORM}
    values = read_values(form, body.get("values"), files, system=not workflow)
    old = _existing(vendor, session, form, values, qualification, first=options.get("multimatchOption") == 1)
    if old is not None and kind == "DUP_ERROR":
        raise invalid(errors.NOT_UNIQUE, form.name)
    if old is not None and kind in {"DUP_NEW_ID", "GEN_NEW_ID"}:
        old = None
        values.pop(vendor.store[form.table].id_column, None)
    if workflow:
        row = _with_workflow(vendor, session, form, old, values)
    else:
        row = _plain(vendor, session, form, old, values, options)
    if old is not None:
        return empty()
    return empty(201, {"Location": entry_url(vendor.entries_url, form, value_id(form, row))})


def _existing(
    vendor: BmcHelix, session: Session, form: Form, values: Row, qualification: str, *, first: bool
) -> Row | None:
    table = vendor.store[form.table]
    if not qualification:
        row_id = values.get(table.id_column)
        return table.rows.get(form.row_id(row_id)) if row_id else None
    try:
        rows = run(table, form, Query(parse(qualification)), session.visible, session.moment).rows
    except QualificationError as error:
        raise wrong(form, error) from None
    if len(rows) > 1 and not first:
        raise invalid(errors.MANY_MATCHES, form.name)
    return rows[0] if rows else None


def _with_workflow(vendor: BmcHelix, session: Session, form: Form, old: Row | None, values: Row) -> Row:
    if old is None:
        return vendor.records.create(session, form, values)
    return vendor.records.update(session, form, old, values)


def _plain(vendor: BmcHelix, session: Session, form: Form, old: Row | None, values: Row, options: Options) -> Row:
    """Store a row as it is given; what no row can be without is filled in.

    Raises:
        RefusedError: 400 where a required field is missing, 500 for a number that another incident has.
    """
    table, now = vendor.store[form.table], vendor.seconds
    base: Row = old if old is not None and options.get("mergeType") == "DUP_MERGE" else {}
    row = {**base, **values}
    row_id = old[table.id_column] if old is not None else row.get(table.id_column)
    row[table.id_column] = form.row_id(row_id) if row_id else table.next_id()
    if not options.get("ignoreRequired"):
        check_required(form, row, errors.REQUIRED)
    stamps = {"Last Modified By": session.login, "Last Modified Date": now}
    row |= {column: value for column, value in stamps.items() if values.get(column) is None}
    stamps = {"Submitter": session.login, "Submit Date": now, "InstanceId": instance_id(form.table, row[table.id_column])}
    row |= {column: value for column, value in stamps.items() if row.get(column) is None}
    if form.table == names.HELP_DESK:
        _number(vendor, row)
    stored = {column: value for column, value in row.items() if value is not None}
    stored.setdefault(UNSHOWN, "")
    table.put(stored)
    return stored


def _number(vendor: BmcHelix, row: Row) -> None:
    number = row.get("Incident Number") or vendor.store.next_number()
    holder = vendor.store.incident(number)
    if holder is not None and holder["Entry ID"] != row["Entry ID"]:
        raise invalid(errors.NOT_UNIQUE, f"{names.HELP_DESK} : Incident Number")
    row["Incident Number"] = number
