"""The columns of the incident table, and what the instance says of them.

Vendor facts (ServiceNow documentation, data dictionary and choice lists; recorded replies of July 2026): a row tells the
columns that the account may read; ``sys_dictionary`` and ``sys_choice`` describe them, inherited columns under ``task``;
custom columns begin with ``u_``. Both tables may be hidden from an account: then they give an empty list.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Final

from ...core.connector import FieldInfo, Json
from .query import Query, differs, equals, one_of
from .table import TableApi


def listed(text: str) -> tuple[str, ...]:
    """Give the words of a text, for long lists of names."""
    return tuple(text.split())


TABLE: Final = "incident"
CUSTOM: Final = "u_"

COMPANIONS: Final = (
    "caller_id.name",
    "caller_id.email",
    "assigned_to.name",
    "assigned_to.email",
    "assignment_group.name",
    "business_service.name",
    "cmdb_ci.name",
    "cmdb_ci.serial_number",
    "cmdb_ci.correlation_id",
    "problem_id.number",
    "rfc.number",
    "caused_by.number",
    "parent_incident.number",
)
"""Dot-walked columns that come with every row, so that people and names cost no call."""

NEEDED: Final = listed(
    """sys_id number short_description description state hold_reason impact urgency priority severity category subcategory
    contact_type caller_id opened_by assigned_to assignment_group company location cmdb_ci business_service
    service_offering opened_at resolved_at resolved_by closed_at closed_by reopened_time reopened_by reopen_count close_code
    close_notes watch_list work_notes_list correlation_id correlation_display parent parent_incident problem_id rfc
    caused_by cause due_date sla_due activity_due follow_up made_sla knowledge reassignment_count child_incidents
    business_duration calendar_duration business_stc calendar_stc sys_created_on sys_created_by sys_updated_on
    sys_updated_by sys_mod_count"""
)
"""Columns that are asked for in any case; one that an instance does not have is ignored by it."""

SILENT: Final = frozenset(
    listed(
        """comments work_notes comments_and_work_notes active incident_state task_effective_number sys_class_name sys_domain
    sys_domain_path sys_tags approval_set approval_history upon_approval upon_reject user_input group_list delivery_plan
    delivery_task order route_reason wf_activity notify"""
    )
)
"""Columns that are not asked for: journals read as rows, and what says nothing that another column does not say."""


class Columns:
    """The columns of incidents at one instance, read once."""

    def __init__(self, table: TableApi) -> None:
        """Make an empty catalogue."""
        self._table = table

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns to ask for: those that a row shows, or the dictionary names, or else those that a hub needs."""
        rows = self._table.page(TABLE, Query(), (), limit=1).rows
        told = set(rows[0]) if rows else {row["element"] for row in self._dictionary}
        return (*NEEDED, *sorted(told - SILENT - set(NEEDED)))

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns to ask for, with their companions."""
        return (*self.names, *COMPANIONS)

    def knows(self, column: str) -> bool:
        """Tell whether incidents have this column."""
        return column in self.names or column in SILENT or any(row["element"] == column for row in self._dictionary)

    @cached_property
    def _dictionary(self) -> list[Json]:
        query = Query().where(one_of("name", (TABLE, "task")), differs("element", "sys_id")).ordered("sys_id")
        fields = ("name", "element", "column_label", "max_length", "mandatory", "read_only", "choice")
        rows = [row for row in self._table.rows("sys_dictionary", query, fields) if row.get("element")]
        rows.sort(key=lambda row: row["name"] == TABLE)
        return list({row["element"]: row for row in rows}.values())

    def fields(self) -> list[FieldInfo]:
        """Give what the dictionary says of each column; nothing where the account may not read it."""
        options = self._choices() if self._dictionary else {}
        return [
            FieldInfo(
                id=row["element"],
                name=row.get("column_label") or row["element"],
                custom=row["element"].startswith(CUSTOM),
                max_length=int(row["max_length"]) if str(row.get("max_length") or "").isdigit() else None,
                options=options.get(row["element"]) if row.get("choice") not in (None, "", "0") else None,
                required=row.get("mandatory") == "true",
                writable=row.get("read_only") != "true",
            )
            for row in self._dictionary
        ]

    def _choices(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Give the options by column; those that incident has of its own hide those of task."""
        query = (
            Query()
            .where(one_of("name", (TABLE, "task")), equals("inactive", "false"), equals("language", "en"))
            .ordered("sys_id")
        )
        found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        rows = sorted(
            self._table.rows("sys_choice", query, ("name", "element", "value", "label", "sequence")),
            key=lambda row: int(row.get("sequence") or 0),
        )
        for row in rows:
            found[row["element"], row["name"]].setdefault(row["value"], row.get("label") or row["value"])
        return {
            element: tuple(found.get((element, TABLE), found.get((element, "task"), {})).items()) for element, _ in found
        }
