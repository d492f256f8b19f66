"""The tables of an export as SQL: one row for each incident, comment, change or SLA clock, and typed columns."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..store.quoting import name
from .request import Part


class Kind(StrEnum):
    """What a column holds, as far as that matters to files and to hiding people."""

    TEXT = "text"
    """The words of people: a title, a body."""
    TERM = "term"
    """One of a list that people keep, who may be named in it: a category, a group, a label."""
    CODE = "code"
    """A text in which there is nobody: an id, a status, an address of a page."""
    NAME = "name"
    """Of a person."""
    EMAIL = "email"
    VALUE = "value"
    """What a field of the timeline changed from or to: a person, or a code."""
    TIME = "time"
    """UTC."""
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"
    """Of terms."""


class Column(NamedTuple):
    """One column."""

    name: str
    sql: str
    """An expression over ``t``, the rows of a chunk."""
    kind: Kind
    of: str = "null"
    """SQL of what tells more of a person: the address of a name, the name of an address, the field of a value."""


class Table(NamedTuple):
    """One table."""

    part: Part
    rows: str
    """Table of the store."""
    order: str
    """Of the rows of one incident."""
    columns: tuple[Column, ...]


def _plain(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(each, f"t.{name(each)}", kind) for each in names)


def _person(role: str, shown: str | None = None) -> tuple[Column, Column]:
    shown, email = shown or role, f"{role}_email"
    return (
        Column(shown, f"t.{name(role)}", Kind.NAME, f"t.{name(email)}"),
        Column(f"{shown}_email", f"t.{name(email)}", Kind.EMAIL, f"t.{name(role)}"),
    )


_INCIDENT = _plain(Kind.CODE, "connection", "incident")
_GROUP = Column("group", "t.team", Kind.TERM)

TABLES = {
    table.part: table
    for table in (
        Table(
            Part.INCIDENTS,
            "incidents",
            "t.incident",
            (
                *_INCIDENT,
                *_plain(Kind.CODE, "key", "url"),
                *_plain(Kind.TEXT, "title"),
                *_plain(Kind.CODE, "status", "status_reason"),
                *_plain(Kind.TERM, "status_name", "resolution_code"),
                *_plain(Kind.NUMBER, "impact", "urgency", "priority"),
                *_plain(Kind.TERM, "category", "subcategory", "service"),
                _GROUP,
                *_plain(Kind.TERM, "tier"),
                *_plain(Kind.FLAG, "major"),
                *_plain(Kind.CODE, "channel"),
                *_plain(Kind.LIST, "labels"),
                *_person("requester"),
                *_person("assignee"),
                *_plain(Kind.TIME, "opened_at", "acknowledged_at", "first_response_at", "resolved_at", "closed_at"),
                *_plain(Kind.TIME, "due_at", "updated_at"),
                *_plain(Kind.NUMBER, "reopen_count"),
                *_plain(Kind.TERM, "review_url"),
            ),
        ),
        Table(
            Part.COMMENTS,
            "comments",
            "t.position, t.comment",
            (
                *_INCIDENT,
                *_plain(Kind.CODE, "comment"),
                *_plain(Kind.TIME, "created_at"),
                *_plain(Kind.CODE, "visibility"),
                *_person("author"),
                *_plain(Kind.TEXT, "body"),
                *_plain(Kind.CODE, "origin"),
            ),
        ),
        Table(
            Part.TIMELINE,
            "events",
            "t.happened_at, t.field, t.before, t.after",
            (
                *_INCIDENT,
                Column("at", "t.happened_at", Kind.TIME),
                Column("field", "case t.field when 'team' then 'group' else t.field end", Kind.CODE),
                Column("before", "t.before", Kind.VALUE, "t.field"),
                Column("after", "t.after", Kind.VALUE, "t.field"),
                *_person("person", "by"),
                *_plain(Kind.CODE, "source"),
            ),
        ),
        Table(
            Part.SLA,
            "sla_clocks",
            "t.name, t.due_at",
            (
                *_INCIDENT,
                *_plain(Kind.TERM, "name"),
                *_plain(Kind.NUMBER, "target_seconds"),
                *_plain(Kind.TIME, "due_at"),
                *_plain(Kind.FLAG, "paused", "breached"),
            ),
        ),
    )
}
"""Table -> its columns."""
