"""Build the bodies of Jira's write calls from flat records as the mapping makes them.

Vendor facts:

- ``fields`` sets values, ``update`` lists operations, and a field may not stand in both; null clears. A field that is not
  on the screen is refused. [developer.atlassian.com, edit issue]
- People are ``{"accountId"}``, on Data Center ``{"name"}``; options ``{"value"}`` or ``{"id"}``; the request type is its id
  as a text. [developer.atlassian.com, issue fields; service desk]
"""

from __future__ import annotations

from typing import Any, Final

from ...core.connector import Json
from ...core.errors import RejectedError
from ...core.shapes import as_list, as_object
from .columns import COLUMNS, SiteField
from .markers import is_marker_label, label_of
from .site import Site
from .values import UNDER, RichText, wire
from .vocabulary import PRIORITIES, Choice, choose, priority_of

OF_STATUS: Final = frozenset({"state", "resolution", "pending_reason", "resolution_notes"})
"""Columns that transitions write."""
APART: Final = OF_STATUS | {"labels", "marker", "custom_fields", "subcategory"}
_SYSTEM: Final = frozenset({"summary", "description", "reporter", "assignee", "priority", "duedate"})
_BEHIND: Final = {"service": "services"}
"""Columns that bear another name than their field's."""
_CUSTOM: Final = frozenset({*COLUMNS, *_BEHIND})


class Bodies:
    """Builds bodies for one site."""

    def __init__(self, site: Site, *, cloud: bool, connection: str) -> None:
        """Make a builder."""
        self._site = site
        self._cloud = cloud
        self._connection = connection
        self.text = RichText(documents=cloud)

    # -- whole bodies

    def created(self, body: Json, marker: str) -> Json:
        """Give the issue of a create; what only transitions set is left out."""
        fields = {name: value for name, value in self.fields(body).items() if value is not None}
        own = self.status_fields(body)
        fields |= {name: value for name, value in own.items() if value is not None and name in self._site.screen}
        fields |= {
            "project": {"key": str(self._site.project["key"])},
            "issuetype": {"id": str(self._site.issue_type["id"])},
        }
        request = self._site.field_of("request_type")
        if self._site.request_type_id is not None and request is not None:
            fields[request.id] = self._site.request_type_id
        labels = [str(each) for each in as_list(body.get("labels"))]
        if self._site.marker_field:
            fields[self._site.marker_field] = marker
        else:
            labels.append(label_of(marker))
        return {"fields": {**fields, **({"labels": sorted(set(labels))} if labels else {})}}

    def edited(self, body: Json, held: Json) -> Json:
        """Give the edit that a body asks for, without what transitions write; empty where there is nothing to edit.

        Args:
            body: the record's columns to change.
            held: the fields of the issue as they stand; needed where the labels change.
        """
        edit: Json = {}
        fields = self.fields(body)
        if fields:
            edit["fields"] = fields
        if "labels" in body:
            present = {str(each) for each in as_list(held.get("labels")) if not is_marker_label(str(each))}
            wanted = {str(each) for each in as_list(body["labels"])}
            steps = [{"remove": label} for label in sorted(present - wanted)]
            steps += [{"add": label} for label in sorted(wanted - present)]
            if steps:
                edit["update"] = {"labels": steps}
        return edit

    def status_fields(self, body: Json) -> Json:
        """Give what goes with a status and stands in fields of its own, by field id."""
        found: Json = {}
        for column in ("pending_reason", "resolution_notes"):
            if column in body:
                found.update(self._custom_column(column, body[column], body))
        return found

    def resolution(self, name: str) -> Json:
        """Give a resolution as Jira takes it."""
        known = choose(name, self._site.resolutions)
        return {"id": known.id} if known else {"name": name}

    # -- fields

    def fields(self, body: Json) -> Json:
        """Give the fields that a body's columns set, by field id.

        Raises:
            RejectedError: the site has no place for a value.
        """
        found: Json = {}
        for column, value in body.items():
            if column in APART:
                continue
            if column in _SYSTEM:
                found.update(self._of_system(column, value))
            elif column in _CUSTOM:
                found.update(self._custom_column(column, value, body))
            else:
                found[column] = value
        for entry in map(as_object, as_list(body.get("custom_fields"))):
            found.update(self._custom_field(str(entry.get("id")), entry.get("value")))
        return found

    def _of_system(self, column: str, value: Any) -> Json:
        if column not in self._site.screen and (value is None or column == "priority"):
            return {}
        match column:
            case "description":
                return {column: self.text.sent(value)}
            case "reporter" | "assignee":
                return {column: self._person(value)}
            case "priority":
                return {column: self._priority(value)}
            case _:
                return {column: value or None}

    def _person(self, value: Any) -> Json | None:
        return None if not value else {"accountId" if self._cloud else "name": str(value)}

    def _priority(self, value: Any) -> Json | None:
        if not value:
            return None
        listed = self._site.priorities
        names = [each.name for each in listed]
        known = choose(str(value), listed, PRIORITIES)
        ranked = next((each for each in listed if priority_of(each.name, names) == value), None)
        chosen = known or ranked
        return {"id": chosen.id} if chosen else {"name": str(value)}

    def _custom_column(self, column: str, value: Any, body: Json) -> Json:
        field = self._site.field_of(_BEHIND.get(column, column))
        empty = value in (None, "", [])
        if field is None:
            if empty:
                return {}
            raise RejectedError(f"Jira has no field for '{column}'", connection=self._connection)
        if empty:
            return {field.id: None} if field.id in self._site.screen else {}
        return {field.id: self._custom_value(column, field, value, body)}

    def _custom_value(self, column: str, field: SiteField, value: Any, body: Json) -> Any:
        options = self._site.options(field.id)
        match column:
            case "cause" | "workaround" | "resolution_notes":
                return wire(field, value, self.text)
            case "group":
                return {"name": str(value)}
            case "participants":
                return [self._person(each) for each in as_list(value)]
            case "category":
                return self._category(field, str(value), body.get("subcategory"))
            case "major":
                option = {"id": options[0].id} if options else {"value": "Yes"}
            case _:
                option = _option(options, str(value))
        return [option] if field.type == "array" else option

    def _category(self, field: SiteField, value: str, child: Any) -> Json:
        """Give a category with its subcategory.

        Raises:
            RejectedError: the subcategory is none of that category's.
        """
        option = _option(self._site.options(field.id), value)
        if not child or field.type != "option-with-child":
            return option
        children = self._site.children(field.id).get(value, [])
        if children and choose(str(child), children) is None:
            raise RejectedError(
                f"'{value}{UNDER}{child}' is no category of Jira; it offers: {', '.join(each.name for each in children)}",
                connection=self._connection,
            )
        return {**option, "child": _option(children, str(child))}

    def _custom_field(self, field_id: str, value: Any) -> Json:
        field = self._site.columns.fields.get(field_id)
        if field is None or (value in (None, "", []) and field_id not in self._site.screen):
            return {}
        return {field_id: wire(field, value, self.text)}


def _option(choices: list[Choice], name: str) -> Json:
    known = choose(name, choices)
    return {"id": known.id} if known else {"value": name}
