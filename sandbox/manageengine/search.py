"""The list of requests: which fields can be searched, and the requests that a ``list_info`` finds, in its order.

``last_updated_time`` is null on-premises until the first edit: a search on it alone finds no new request. Trashed requests
are in no list. The profile ``narrow`` makes a server of those builds that refuse an array of one criterion (seen in one
Cloud account) and a criterion on a time beside others (seen on one server).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .catalogue import attribute
from .criteria import Column, Getter, Predicate, Resolve
from .errors import invalid, refused
from .fields import CUSTOM, FIELDS
from .flavour import ON_PREMISES, Flavour
from .list_info import ListInfo
from .records import Request, User
from .render import Render, updated

if TYPE_CHECKING:
    from .vendor import ManageEngine

VIEWS: dict[str, Callable[[Render, Request], bool]] = {
    "Open_System": lambda render, request: render.in_progress(request),
    "Completed_System": lambda render, request: not render.in_progress(request),
    "Overdue_System": lambda render, request: render.value(request, "is_overdue", ON_PREMISES),
    "Onhold_System": lambda render, request: request.held_since is not None,
    "Unassigned_System": lambda render, request: request.values.get("technician") is None,
}
"""Saved views that every account has, for ``filter_by``."""


class Search:
    """Finds requests of one server."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor
        self.column = lru_cache(maxsize=512)(self._column)

    # -- fields

    def resolver(self, flavour: Flavour) -> Resolve:
        """Give the function that finds the column of a field."""

        def resolve(path: str) -> Column | None:
            return self.column(path, flavour)

        return resolve

    def _column(self, path: str, flavour: Flavour) -> Column | None:
        head, _, tail = path.partition(".")
        if head == "udf_fields":
            return self._custom(tail)
        field = FIELDS.get(head)
        if field is None:
            return None
        match field.kind:
            case "lookup":
                parts = self._lookup_parts(head, field.options, flavour)
                return parts.get(tail) if tail else Column("text", parts["name"].get, parts)
            case "user":
                parts = self._user_parts(head, flavour)
                return parts.get(tail) if tail else Column("text", parts["name"].get, parts)
            case "time" | "flag" | "text" | "html" | "number" if not tail:
                return self._plain(head, field.kind, flavour)
            case _:
                return None

    def _custom(self, key: str) -> Column | None:
        custom = CUSTOM.get(key)
        if custom is None:
            return None
        kinds: dict[str, Any] = {"integer": "number", "datetime": "time", "boolean": "flag"}
        return Column(kinds.get(custom.type, "text"), lambda request: request.udf.get(key))

    def _plain(self, name: str, kind: str, flavour: Flavour) -> Column:
        if name == "last_updated_time":
            return Column("time", lambda request: updated(request, flavour))
        if name == "id":
            return Column("number", lambda request: flavour.offset + request.number)
        if name == "display_id":
            return Column("number", lambda request: request.number)
        if kind == "flag":
            render = self.vendor.render
            return Column("flag", lambda request: render.value(request, name, flavour))
        types: dict[str, Any] = {"time": "time", "number": "number"}
        return Column(types.get(kind, "text"), lambda request: request.values.get(name))

    def _lookup_parts(self, name: str, kind: str, flavour: Flavour) -> dict[str, Column]:
        options, parts = self.vendor.state.options[kind], self.vendor.render.parts

        def shown(request: Request) -> str | None:
            option = options.get(request.values.get(name, 0))
            return None if option is None else parts.name(option, flavour)

        def more(key: str) -> Getter:
            def get(request: Request) -> Any:
                return attribute(options.get(request.values.get(name, 0)), key)

            return get

        columns = {"name": Column("text", shown), "id": _id_column(name, flavour)}
        if name == "status":
            columns |= {key: Column("flag", more(key)) for key in ("in_progress", "stop_timer")}
            if flavour.cloud:
                columns["internal_name"] = Column("text", more("internal_name"))
        return columns

    def _user_parts(self, name: str, flavour: Flavour) -> dict[str, Column]:
        users = self.vendor.state.users

        def person(request: Request) -> User | None:
            return users.get(request.values.get(name, 0))

        def part(attribute_name: str) -> Any:
            def get(request: Request) -> Any:
                user = person(request)
                return None if user is None else getattr(user, attribute_name)

            return get

        return {
            "name": Column("text", part("name")),
            "email_id": Column("text", part("email")),
            "id": _id_column(name, flavour),
        }

    # -- requests

    def found(self, info: ListInfo, flavour: Flavour, account: User) -> Iterator[Request]:
        """Give the requests that fit, in the order asked for; by default the newest first."""
        self._check(info)
        known_until = self.vendor.now() - int(self.vendor.faults.index_lag * 1000)
        holds = None if info.criteria is None else info.criteria.holds
        view = self._view(info.filter_by)
        for request in self._in_order(info, flavour):
            if request.trashed or request.stored > known_until or request.merged_into is not None:
                continue
            if not account.technician and request.values["requester"] != account.number:
                continue
            if (holds is None or holds(request)) and (view is None or view(request)):
                yield request

    def _in_order(self, info: ListInfo, flavour: Flavour) -> Iterable[Request]:
        name = info.sort_field or "id"
        column = self.column(name, flavour)
        assert column is not None
        get, time = column.get, column.type in {"time", "number"}

        def key(request: Request) -> Any:
            value = get(request)
            return (value or 0) if time else str(value or "").casefold()

        state = self.vendor.state
        floor = info.criteria.floors.get(name) if info.criteria else None
        numbers = state.ordered(f"{flavour.name} {name}", key).numbers(
            floor, descending=info.descending or info.sort_field is None
        )
        return (state.requests[number] for number in numbers)

    def _check(self, info: ListInfo) -> None:
        if info.criteria is None or not self.vendor.manners.narrow:
            return
        asked: Any = info.echo.get("search_criteria")
        if isinstance(asked, list) and info.criteria.count == 1:
            raise refused(400, 4001, "Invalid Input", field="search_criteria")
        if info.criteria.dates and info.criteria.count > 1:
            raise refused(400, 4001, "Invalid Input", field="search_criteria")

    def _view(self, name: str | None) -> Predicate | None:
        if name is None or name == "All_Requests":
            return None
        if name not in VIEWS:
            raise invalid("filter_by")
        view, render = VIEWS[name], self.vendor.render
        return lambda request: view(render, request)


def _id_column(name: str, flavour: Flavour) -> Column:
    def get(request: Request) -> int | None:
        number = request.values.get(name)
        return None if number is None else flavour.offset + number

    return Column("number", get)
