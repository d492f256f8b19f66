"""Entries as replies show them: ``{"values": {...}, "_links": {...}}`` (recorded)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from .parameters import Shown
from .schema import Form
from .search import Page
from .session import Session
from .store import Row, Store
from .values import entry_url, show, value_id


def entry(store: Store, session: Session, form: Form, row: Row, shown: Shown, base: str) -> dict[str, Any]:
    """Give an entry with its links."""
    links = {"self": [{"href": entry_url(base, form, value_id(form, row))}]}
    for name in shown.associations:
        target = store.forms[form.associations[name][0]]
        rows = associated(store, session, form, row, name)
        links[f"assoc-{name}"] = [{"href": entry_url(base, target, value_id(target, each))} for each in rows]
    return {"values": {field.name: show(form, field, row, base) for field in shown.fields}, "_links": links}


def associated(store: Store, session: Session, form: Form, row: Row, name: str) -> list[Row]:
    """Give the rows at the other end of an association that the account may see."""
    target, theirs, ours = form.associations[name]
    return [each for each in store[target].where(theirs, row.get(ours) or "") if session.sees(each)]


def listed(
    entries: list[dict[str, Any]], page: Page, url: str, args: dict[str, str], offset: int, limit: int
) -> dict[str, Any]:
    """Give a list; ``next`` is there while more rows follow.

    Args:
        entries: the entries of the page.
        page: the page.
        url: the address of the list.
        args: the parameters of the request.
        offset: where the page began.
        limit: how many rows it may hold.
    """
    links = {"self": [{"href": _with(url, args)}]}
    if page.more:
        rest = {name: value for name, value in args.items() if name not in {"offset", "limit"}}
        links = {"next": [{"href": _with(url, {**rest, "offset": str(offset + limit), "limit": str(limit)})}]} | links
    return {"entries": entries, "numMatches": None, "_links": links}


def _with(url: str, args: dict[str, str]) -> str:
    return f"{url}?{urlencode(args)}" if args else url
