"""Values of fields: how each kind is read from a request, shown in a reply, and told in the changelog.

The stored form is plain: the id of an option, an account id, a number, a :class:`RichText`. Messages are those that Jira
gives in English; it translates them to the caller's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from . import times
from .adf import LONGEST, InvalidDocumentError, validate
from .auth import Session
from .jsons import Json, as_dict, as_list
from .records import Field, Issue, Option, User
from .richtext import RichText

if TYPE_CHECKING:
    from .render import Render
    from .state import State

Parse: TypeAlias = "Callable[[Reader, Field, Any], Any]"
Show: TypeAlias = "Callable[[Render, Session, Field, Any, Issue], Any]"
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
NO_TEXT = "Operation value must be a string"


class InvalidValueError(Exception):
    """A value does not fit its field; the message is for the client."""


class Reader:
    """Reads values for one caller."""

    def __init__(self, state: State, session: Session, *, markup: bool | None = None) -> None:
        """Take the state and the caller.

        Args:
            state: of the site.
            session: of the caller.
            markup: rich text comes as wiki markup; by default with API version 2.
        """
        self.state = state
        self.session = session
        self.markup = session.version == 2 if markup is None else markup

    def read(self, field: Field, value: Any) -> Any:
        """Give the stored form of a value; None clears the field.

        Raises:
            InvalidValueError: it does not fit.
        """
        return None if value is None else _PARSERS[field.kind](self, field, value)

    def rich_text(self, value: Any, *, empty: bool = True) -> RichText | None:
        """Read a rich text.

        Raises:
            InvalidValueError: it is not of the form that the API version takes, not valid, or too long.
        """
        if self.markup:
            if not isinstance(value, str):
                raise InvalidValueError(NO_TEXT)
            if len(value) > LONGEST:
                raise InvalidValueError(TOO_LONG)
            return RichText(markup=value) if value else None
        if not isinstance(value, dict):
            raise InvalidValueError(NO_DOCUMENT)
        try:
            text = RichText(document=validate(value, empty=empty))
        except InvalidDocumentError as error:
            raise InvalidValueError("INVALID_INPUT") from error
        if len(text.plain) > LONGEST:
            raise InvalidValueError(TOO_LONG)
        return text

    def user(self, value: Any) -> User | None:
        """Find the person whom a value names; None for nobody.

        Raises:
            InvalidValueError: there is no such account.
        """
        given = as_dict(value)
        name: Any
        if self.session.data_center:
            name = given.get("name") or given.get("key")
            found = None if name is None else self.state.user_named(str(name))
        else:
            name = given.get("accountId") or given.get("id")
            found = None if name is None else self.state.users.get(str(name))
        if not given and not isinstance(value, dict):
            raise InvalidValueError("data was not an object")
        if name is None:
            return None
        if found is None or not found.active:
            raise InvalidValueError(f"User '{name}' does not exist.")
        return found


# -- reading


def _string(reader: Reader, field: Field, value: Any) -> str | None:
    if not isinstance(value, str):
        raise InvalidValueError(NO_TEXT)
    if len(value) > 255:
        raise InvalidValueError("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return value or None


def _summary(reader: Reader, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValueError(NO_TEXT)
    if not value.strip():
        raise InvalidValueError("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise InvalidValueError("The summary is invalid because it contains newline characters.")
    if len(value) > 255:
        raise InvalidValueError("Summary can't exceed 255 characters.")
    return value.strip()


def _text(reader: Reader, field: Field, value: Any) -> RichText | None:
    if value == "":
        return None
    return reader.rich_text(value)


def _url(reader: Reader, field: Field, value: Any) -> str | None:
    text = _string(reader, field, value)
    if text is not None and not re.match(r"[a-z][a-z0-9+.-]*:", text):
        raise InvalidValueError("Not a valid URL")
    return text


def _number(reader: Reader, field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError("Operation value must be a number")
    return value


def _date(reader: Reader, field: Field, value: Any) -> str | None:
    if value == "":
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise InvalidValueError(f"Error parsing date string: {value}") from None


def _datetime(reader: Reader, field: Field, value: Any) -> int:
    moment = times.parse(value) if isinstance(value, str) and "T" in value else None
    if moment is None:
        raise InvalidValueError("Operation value must be of format yyyy-MM-dd'T'HH:mm:ss.SSSZ")
    return moment


def _choice(options: tuple[Option, ...], value: Any) -> Option:
    given = as_dict(value)
    if not given:
        raise InvalidValueError("Specify a valid 'id' or 'name' for the option")
    for option in options:
        if ("id" in given and option.id == str(given["id"])) or ("id" not in given and option.value == given.get("value")):
            return option
    wrong = given.get("id", given.get("value"))
    raise InvalidValueError(f"Option {'id' if 'id' in given else 'value'} '{wrong}' is not valid")


def _option(reader: Reader, field: Field, value: Any) -> str:
    return _choice(field.options, value).id


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidValueError("data was not an array")
    return as_list(value)


def _option_list(reader: Reader, field: Field, value: Any) -> list[str] | None:
    return list(dict.fromkeys(_choice(field.options, item).id for item in _items(value))) or None


def _cascade(reader: Reader, field: Field, value: Any) -> list[str]:
    parent = _choice(field.options, value)
    child = as_dict(value).get("child")
    return [parent.id] if child is None else [parent.id, _choice(parent.children, child).id]


def _user(reader: Reader, field: Field, value: Any) -> str | None:
    given = as_dict(value)
    if field.id == "assignee" and "-1" in (given.get("accountId"), given.get("id"), given.get("name")):
        return None
    user = reader.user(value)
    if user is not None and field.id == "assignee" and not user.is_agent:
        raise InvalidValueError(f"User '{user.account_id}' cannot be assigned issues.")
    return None if user is None else user.account_id


def _user_list(reader: Reader, field: Field, value: Any) -> list[str] | None:
    people = [reader.user(item) for item in _items(value)]
    return list(dict.fromkeys(person.account_id for person in people if person is not None)) or None


def _group(reader: Reader, field: Field, value: Any) -> str:
    given = as_dict(value)
    by_id = {number: name for name, number in reader.state.groups.items()}
    name = by_id.get(str(given["groupId"])) if "groupId" in given else given.get("name")
    if name not in reader.state.groups:
        raise InvalidValueError(f"Could not find group with name '{given.get('name', given.get('groupId'))}'")
    return str(name)


def _group_list(reader: Reader, field: Field, value: Any) -> list[str] | None:
    return list(dict.fromkeys(_group(reader, field, item) for item in _items(value))) or None


def _labels(reader: Reader, field: Field, value: Any) -> list[str]:
    found: list[str] = []
    for item in _items(value):
        if not isinstance(item, str):
            raise InvalidValueError("string expected at index 0")
        if re.search(r"\s", item):
            raise InvalidValueError(f"The label '{item}' contains spaces which is invalid.")
        if len(item) > 255:
            raise InvalidValueError(
                f"The label '{item[:20]}' exceeds the maximum length for a single label of 255 characters."
            )
        found.append(item)
    return sorted(set(found))


def _named(name: str, known: Json, value: Any) -> str:
    given = as_dict(value)
    if "id" in given and str(given["id"]) in known:
        return str(given["id"])
    for item in known.values():
        if "id" not in given and "name" in given and item.name.casefold() == str(given["name"]).casefold():
            return item.id
    raise InvalidValueError(f"The {name} selected is invalid.")


def _priority(reader: Reader, field: Field, value: Any) -> str:
    return _named("priority", dict(reader.state.priorities), value)


def _resolution(reader: Reader, field: Field, value: Any) -> str:
    return _named("resolution", dict(reader.state.resolutions), value)


def _components(reader: Reader, field: Field, value: Any) -> list[str]:
    known: Json = {item.id: item for project in reader.state.projects.values() for item in project.components}
    found: list[str] = []
    for item in _items(value):
        try:
            found.append(_named("component", known, item))
        except InvalidValueError:
            named = as_dict(item)
            raise InvalidValueError(f"Component name '{named.get('name', named.get('id'))}' is not valid") from None
    return list(dict.fromkeys(found))


def _parent(reader: Reader, field: Field, value: Any) -> int:
    given = as_dict(value)
    issue = reader.state.issue_named(given.get("id") or given.get("key") or "")
    if issue is None:
        raise InvalidValueError("Could not find issue by id or key.")
    return issue.id


def _request_type(reader: Reader, field: Field, value: Any) -> str:
    given = as_dict(value).get("id", value)
    if str(given) not in reader.state.request_types:
        raise InvalidValueError(f"The request type with id '{given}' is not valid for this project.")
    return str(given)


def _organizations(reader: Reader, field: Field, value: Any) -> list[int] | None:
    found: list[int] = []
    for item in _items(value):
        given = as_dict(item).get("id", item)
        if not str(given).isdecimal() or int(given) not in reader.state.organizations:
            raise InvalidValueError(f"Organization '{given}' does not exist.")
        found.append(int(given))
    return list(dict.fromkeys(found)) or None


def _refused(reader: Reader, field: Field, value: Any) -> Any:
    raise InvalidValueError(f"Field '{field.id}' cannot be set. It is not on the appropriate screen, or unknown.")


_PARSERS: dict[str, Parse] = {
    "string": _string,
    "summary": _summary,
    "text": _text,
    "url": _url,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "option": _option,
    "options": _option_list,
    "cascade": _cascade,
    "user": _user,
    "users": _user_list,
    "group": _group,
    "groups": _group_list,
    "labels": _labels,
    "priority": _priority,
    "resolution": _resolution,
    "components": _components,
    "parent": _parent,
    "request_type": _request_type,
    "organizations": _organizations,
    "raw": _refused,
}
LISTS = frozenset({"options", "users", "groups", "labels", "components", "organizations"})
"""Kinds whose values are lists, to which single items can be added."""


def operations(field: Field) -> list[str]:
    """Give the operations that a field takes."""
    return ["add", "set", "remove"] if field.kind in LISTS else ["set"]


# -- telling


def option_named(field: Field, number: str) -> Option | None:
    """Find an option, also among the children."""
    return next((found for item in field.options for found in (item, *item.children) if found.id == number), None)


def told(state: State, field: Field, value: Any) -> tuple[str | None, str | None]:
    """Give a value as the changelog tells it: its id, and its text."""
    if value is None or value == []:
        return (None, None) if field.kind != "labels" else (None, "")
    match field.kind:
        case "text":
            return None, value.wiki
        case "user":
            person = state.users.get(value)
            return value, person.name if person else value
        case "users":
            names = [state.users[item].name for item in value if item in state.users]
            return f"[{', '.join(value)}]", ", ".join(names)
        case "option" | "options" | "cascade":
            numbers = [value] if isinstance(value, str) else [str(item) for item in value]
            shown = [found.value for item in numbers if (found := option_named(field, item))]
            return ",".join(numbers), ", ".join(shown)
        case "priority" | "resolution":
            known = state.priorities if field.kind == "priority" else state.resolutions
            return value, known[value].name if value in known else value
        case "components":
            parts = [found.name for item in value if (found := state.component(item))]
            return ",".join(value), ", ".join(parts)
        case "parent":
            issue = state.issues.get(value)
            return str(value), issue.key if issue else str(value)
        case "labels":
            return None, " ".join(value)
        case "datetime":
            return None, times.iso(value, times.zone("Etc/UTC"))
        case _:
            return None, str(value)
