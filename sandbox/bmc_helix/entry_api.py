"""The entry API: ``/api/arsys/v1/entry/{form}`` and what is below it, the same for every form.

A create is 201 with ``Location`` and no body, or, with ``fields``, the entry; a join form has no id to give and
answers 204. An update is 204 and changes what it names; so is a delete (docs.bmc.com, operations on entry objects).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes
from . import errors
from .errors import as_json, empty, listed, no_entry, refuse
from .multipart import read_body
from .parameters import MAX_ENTRIES, read_query, read_shown, wrong
from .qualification import QualificationError
from .replies import associated, entry
from .replies import listed as listing
from .schema import Form
from .search import Page, Query, run
from .session import Session
from .store import Row
from .values import entry_url, read_values, value_id

if TYPE_CHECKING:
    from .vendor import BmcHelix

routes = Routes()
ENTRY = "/api/arsys/v1/entry"
_FORM = f"{ENTRY}/<form_name>"
_ID = f"{_FORM}/<entry_id>"
_LONGEST_ID = 15
_DELETE_OPTIONS = frozenset({"NONE", "FORCE", "NOCASCADE"})


@routes.get(_FORM)
def show_list(vendor: BmcHelix, call: Call, form_name: str) -> Response:
    """List the entries of a form."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    if vendor.misbehaviour.lies(call.request.full_path.encode()):
        return listed(200, errors.RPC_TIMEOUT, form.name)
    query = read_query(form, call.request.args)
    shown = read_shown(form, call.request.args.get("fields"))
    asked = min(query.limit or MAX_ENTRIES, MAX_ENTRIES)
    try:
        page = run(
            vendor.store[form.table],
            form,
            Query(query.expression, query.orders, query.offset, asked),
            session.visible,
            session.moment,
        )
    except QualificationError as error:
        raise wrong(form, error) from None
    page = page if query.limit else Page(page.rows, more=False)
    entries = [entry(vendor.store, session, form, row, shown, vendor.entries_url) for row in page.rows]
    url = entry_url(vendor.entries_url, form, "").rstrip("/")
    return as_json(listing(entries, page, url, call.request.args.to_dict(), query.offset, asked))


@routes.get(_ID)
def show(vendor: BmcHelix, call: Call, form_name: str, entry_id: str) -> Response:
    """Show one entry."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    row = find_row(vendor, session, form, entry_id)
    shown = read_shown(form, call.request.args.get("fields"))
    return as_json(entry(vendor.store, session, form, row, shown, vendor.entries_url))


@routes.get(f"{_ID}/assoc/<association>")
def show_associated(vendor: BmcHelix, call: Call, form_name: str, entry_id: str, association: str) -> Response:
    """List the entries at the other end of an association."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    row = find_row(vendor, session, form, entry_id)
    if association not in form.associations:
        raise refuse(400, errors.BAD_REQUEST, f"{form.name} : {association}")
    target = vendor.store.forms[form.associations[association][0]]
    shown = read_shown(target, call.request.args.get("fields"))
    rows = associated(vendor.store, session, form, row, association)
    entries = [entry(vendor.store, session, target, each, shown, vendor.entries_url) for each in rows]
    url = f"{entry_url(vendor.entries_url, form, value_id(form, row))}/assoc/{association}"
    return as_json(listing(entries, Page(rows, more=False), url, call.request.args.to_dict(), 0, 0))


@routes.get(f"{_ID}/attach/<field_name>")
def download(vendor: BmcHelix, call: Call, form_name: str, entry_id: str, field_name: str) -> Response:
    """Give the bytes of an attachment."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    row = find_row(vendor, session, form, entry_id)
    field = form.find(field_name)
    if field is None or field.kind != "attachment":
        raise refuse(400, errors.NO_FIELD, f"{form.name} : <{field_name}>")
    file = row.get(field.column)
    if file is None:
        raise no_entry(form.name)
    return Response(file.content, 200, content_type="application/octet-stream")


@routes.post(_FORM)
def create(vendor: BmcHelix, call: Call, form_name: str) -> Response:
    """Create an entry."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    body, files = read_body(call.request)
    values = read_values(form, body.get("values"), files)
    fields = call.request.args.get("fields")
    shown = read_shown(form, fields) if fields else None
    row = vendor.records.create(session, form, values)
    if vendor.misbehaviour.times_out(call.request.full_path.encode() + call.request.get_data()):
        return listed(500, errors.RPC_TIMEOUT, form.name)
    if form.join:
        return empty()
    headers = {"Location": entry_url(vendor.entries_url, form, value_id(form, row))}
    if shown is None or vendor.misbehaviour.silent_create:
        return empty(201, headers)
    made = entry(vendor.store, session, form, row, shown, vendor.entries_url)
    made["_links"]["self"] = [{"href": entry_url(vendor.entries_url, form, "").rstrip("/")}]  # without the id (recorded)
    return as_json(made, 201, headers)


@routes.put(_ID)
def update(vendor: BmcHelix, call: Call, form_name: str, entry_id: str) -> Response:
    """Change an entry."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    body, files = read_body(call.request)
    row = find_row(vendor, session, form, entry_id)
    vendor.records.update(session, form, row, read_values(form, body.get("values"), files))
    return empty()


@routes.delete(_ID)
def delete(vendor: BmcHelix, call: Call, form_name: str, entry_id: str) -> Response:
    """Delete an entry."""
    form, session = find_form(vendor, form_name), vendor.session(call)
    option = call.request.args.get("options", "NONE")
    if option not in _DELETE_OPTIONS:
        raise refuse(400, errors.BAD_REQUEST, f"options={option}")
    row = find_row(vendor, session, form, entry_id)
    vendor.records.delete(session, form, row, cascade=option != "NOCASCADE")
    return empty()


def find_form(vendor: BmcHelix, name: str) -> Form:
    """Give a form.

    Raises:
        RefusedError: 404.
    """
    form = vendor.store.forms.get(name)
    if form is None:
        raise refuse(404, errors.NO_FORM, name)
    return form


def find_row(vendor: BmcHelix, session: Session, form: Form, entry_id: str) -> Row:
    """Give the row of an entry that the account may see.

    Raises:
        RefusedError: 400 for an id that is too long, 404.
    """
    if any(len(part) > _LONGEST_ID for part in entry_id.split("|")):
        raise refuse(400, errors.ENTRY_ID_TOO_LONG, entry_id)
    row = vendor.store[form.table].rows.get(form.row_id(entry_id))
    if row is None or not session.sees(row):
        raise no_entry(form.name)
    return row
