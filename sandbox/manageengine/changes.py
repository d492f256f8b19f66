"""Creating and changing requests: what follows from a written value, the history, the mails, the server's own rules.

* A new request is Open, of type Incident, of the default template; without a requester it is the API user's own.
* The SLA follows the priority and sets the due times; while the clock is stopped they move on.
* ``assigned_time`` follows the technician, ``resolved_time`` and ``completed_time`` the status. A request that goes on
  after its end is reopened, and loses those times.
* A technician who does not work in a new group is taken off.
* Every save after the creation sets ``last_updated_time``; notes, files and links are saves too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..vendor import RefusedError
from . import catalogue
from .errors import mandatory
from .records import Entry, Json, Request, User
from .values import Written

if TYPE_CHECKING:
    from .vendor import ManageEngine

HOUR = 3_600_000
STRICT_NEW = ("requester", "category")
"""Fields that the template of a strict account demands of a new request."""
STRICT_DONE = ("category", "resolution")
"""What a strict account's closing rule demands of a request that is resolved or closed."""


class Changes:
    """Changes requests of one server."""

    def __init__(self, vendor: ManageEngine) -> None:
        self.vendor = vendor

    @property
    def _now(self) -> int:
        return self.vendor.now()

    # -- whole requests

    def create(self, written: Written, by: User) -> Request:
        """Create a request.

        Raises:
            RefusedError: 4012, mandatory fields are missing.
        """
        state, now, values = self.vendor.state, self._now, written.values
        needed = ("subject", *STRICT_NEW) if self.vendor.faults.strict else ("subject",)
        missing = [name for name in needed if values.get(name) is None]
        if missing:
            raise mandatory(missing)
        defaults: Json = {
            "status": catalogue.OPEN,
            "request_type": catalogue.INCIDENT,
            "template": catalogue.DEFAULT_TEMPLATE,
            "requester": by.number,
        }
        kept = {**defaults, **{key: value for key, value in values.items() if value is not None}}
        status = kept.pop("status")
        kept |= {"created_by": by.number, "created_time": now, "status": catalogue.OPEN}
        kept.setdefault("department", state.users[kept["requester"]].department)
        request = Request(state.next("requests"), kept, now, dict(written.udf))
        self._resolve(request, written, by)
        self._check_done(request, status)
        if kept.get("technician") is not None:
            kept["assigned_time"] = now
        self._service_level(request, values)
        self._status(request, status, now)
        if kept.get("onhold_scheduler"):
            self._hold(request, by.number)
        self._note(request, by.number, "CREATE", {})
        state.add_request(request)
        self.vendor.mailer.created(request, by)
        if status == catalogue.RESOLVED:
            self.vendor.mailer.resolved(request, by)
        self.vendor.rules.after_write(request)
        return request

    def update(self, request: Request, written: Written, by: User) -> None:
        """Change a request as a body asks.

        Raises:
            RefusedError: 4012, a closing rule demands a field.
        """
        before = self._copy(request)
        self._resolve(request, written, by)
        values = dict(written.values)
        try:
            self._check_done(request, values.get("status", request.values["status"]), values)
        except RefusedError:
            request.values = before
            raise
        self.set(request, values, by.number, udf=written.udf, before=before)

    def set(
        self,
        request: Request,
        values: Json,
        by: int | None,
        *,
        operation: str = "UPDATE",
        udf: Json | None = None,
        before: Json | None = None,
        quiet: bool = False,
    ) -> None:
        """Set fields and all that follows from them, and save.

        Args:
            request: what changes.
            values: the new values.
            by: who does it; None for the server.
            operation: its name in the history.
            udf: new values of custom fields.
            before: the values before, where some have changed already.
            quiet: this is no edit, so ``last_updated_time`` stays.
        """
        earlier = self._copy(request) if before is None else before
        custom = {f"udf_fields.{key}": request.udf.get(key) for key in udf or {}}
        request.udf.update(udf or {})
        status, now = values.pop("status", None), self._now
        request.values.update(values)
        self._technician(request, earlier, values)
        if "priority" in values and values["priority"] != earlier.get("priority"):
            self._service_level(request, values)
        if values.get("onhold_scheduler"):
            self._hold(request, by)
        if status is not None and status != earlier["status"]:
            self._status(request, status, now)
        self.save(request, now, quiet=quiet)
        self._note(request, by, operation, earlier, custom)
        if status == catalogue.RESOLVED != earlier["status"]:
            self.vendor.mailer.resolved(request, None if by is None else self.vendor.state.users[by])
        if by is not None:
            self.vendor.rules.after_write(request)

    def save(self, request: Request, now: int | None = None, *, quiet: bool = False) -> None:
        """Stamp a save, of this moment or of the one at which what is saved happened; a quiet one is no edit."""
        request.stored = self._now if now is None else now
        if not quiet:
            request.values["last_updated_time"] = request.stored
        self.vendor.state.saved(request)

    def touch(self, request: Request, by: User, operation: str) -> None:
        """Save after something that hangs on the request came or went."""
        self.save(request)
        self._note(request, by.number, operation, None)

    # -- what follows

    def _copy(self, request: Request) -> Json:
        return dict(request.values)

    def _hold(self, request: Request, by: int | None) -> None:
        request.values["onhold_scheduler"] = {**request.values["onhold_scheduler"], "held_by": by}
        self.vendor.rules.schedule(request)

    def _resolve(self, request: Request, written: Written, by: User) -> None:
        if written.resolution is not None:
            request.values["resolution"] = {"content": written.resolution or None, "by": by.number, "at": self._now}

    def _check_done(self, request: Request, status: int, values: Mapping[str, Any] | None = None) -> None:
        option = self.vendor.state.option("statuses", status)
        if not self.vendor.faults.strict or catalogue.attribute(option, "in_progress") or status == catalogue.CANCELLED:
            return
        held: Json = {**request.values, **(values or {})}
        resolution: Json = held.get("resolution") or {}
        held["resolution"] = resolution.get("content")
        missing = [name for name in STRICT_DONE if not held.get(name)]
        if missing:
            raise mandatory(missing)

    def _technician(self, request: Request, before: Json, values: Json) -> None:
        number, group = request.values.get("technician"), request.values.get("group")
        moved = "group" in values and group != before.get("group") and "technician" not in values
        if moved and number is not None and group is not None and group not in self.vendor.state.users[number].groups:
            request.values["technician"] = number = None
        if number != before.get("technician"):
            request.values["assigned_time"] = None if number is None else self._now

    def _service_level(self, request: Request, written: Mapping[str, Any]) -> None:
        priority = request.values.get("priority")
        hours = catalogue.HOURS.get(priority) if priority is not None else None
        request.values["sla"] = priority if hours else None
        due = (None, None) if hours is None else tuple(request.created + number * HOUR for number in hours)
        for name, moment in zip(("first_response_due_by_time", "due_by_time"), due, strict=True):
            if written.get(name) is None:
                request.values[name] = moment

    def _status(self, request: Request, status: int, now: int) -> None:
        state, values = self.vendor.state, request.values
        before, after = state.option("statuses", values["status"]), state.option("statuses", status)
        values["status"] = status
        went_on, goes_on = catalogue.attribute(before, "in_progress"), catalogue.attribute(after, "in_progress")
        if request.held_since is not None:
            for name in ("due_by_time", "first_response_due_by_time"):
                if values.get(name) is not None:
                    values[name] += now - request.held_since
            request.held_since = None
            values["onhold_scheduler"] = None
        if goes_on and catalogue.attribute(after, "stop_timer"):
            request.held_since = values["onhold_time"] = now
        elif goes_on and not went_on:
            values |= {"is_reopened": True, "resolved_time": None, "completed_time": None}
        elif not goes_on:
            values["resolved_time" if status == catalogue.RESOLVED else "completed_time"] = now

    # -- history

    def _note(
        self, request: Request, by: int | None, operation: str, before: Json | None, custom: Json | None = None
    ) -> None:
        """Write what changed into the history; ``before`` None: nothing of the request's own."""
        quiet = {"last_updated_time", "created_time", "created_by"}
        diff: list[tuple[str, Any, Any]] = []
        if before is not None:
            names = dict.fromkeys((*before, *request.values))
            pairs = [(name, before.get(name), request.values.get(name)) for name in names if name not in quiet]
            pairs += [(name, old, request.udf.get(name.partition(".")[2])) for name, old in (custom or {}).items()]
            diff = [pair for pair in pairs if pair[1] != pair[2]]
        request.history.append(Entry(self.vendor.state.next("history"), self._now, by, operation, diff))
