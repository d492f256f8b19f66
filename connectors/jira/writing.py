"""Write issues: create one or fifty, edit, move through the workflow, delete.

Vendor facts:

- ``/issue/bulk`` creates up to 50: 201 where at least one worked, with ``failedElementNumber`` for each that did not, and
  400 where none did. A first transition that failed is told beside its issue, which exists all the same.
  [developer.atlassian.com, bulk create issue]
- There is no idempotency key, so a create of unknown fate is looked for by its marker. A transition that is sent twice may
  be taken twice, where the workflow leads in a circle. ``transition`` in an edit is ignored. [developer.atlassian.com]
- A resolution is set by the screen of a transition or by the workflow; the edit screen seldom has it.
  [Atlassian support, resolutions]
- An issue with sub-tasks is not deleted unless these are as well. [developer.atlassian.com, delete issue]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from ...core.connector import Create, Delete, Json, Outcome, Record, Update
from ...core.errors import ConnectorError, FatalError, NotFoundError, RejectedError, UnavailableError
from ...core.shapes import as_list, as_object
from .api import Api
from .bodies import Bodies
from .site import Site
from .vocabulary import DONE, PENDING
from .workflow import MOST_STEPS, STEPS, USUAL, Place, UnknownWayError, Way, Workflow

BULK: Final = 50
MOST_TRIES: Final = 2 * MOST_STEPS
"""Transitions that are tried to bring one issue to its status."""
HELD: Final = ("status", "issuetype", "labels", "resolution")
"""Fields of an issue that decide how it is changed."""


class Writing:
    """Writes the issues of one site."""

    def __init__(
        self,
        api: Api,
        site: Site,
        bodies: Bodies,
        workflow: Workflow,
        read: Callable[[str, Sequence[str]], Json],
        wrote: Callable[[str], None],
    ) -> None:
        """Make a writer.

        Args:
            api: the connection's session.
            site: what the site is set up to hold.
            bodies: who builds bodies.
            workflow: what is known of the workflows.
            read: reads some fields of one issue.
            wrote: told the id of each issue that was written.
        """
        self._api = api
        self._site = site
        self._bodies = bodies
        self._workflow = workflow
        self._read = read
        self._wrote = wrote

    # -- creating

    def create(self, writes: Sequence[Create]) -> Iterator[Outcome]:
        """Create issues, several in one call, and bring each to its status."""
        for start in range(0, len(writes), BULK):
            some = writes[start : start + BULK]
            if len(some) > 1:
                yield from self._create_many(some)
            else:
                yield self._create_one(some[0])

    def _create_one(self, write: Create) -> Outcome:
        try:
            body, taken = self._issue(write)
            made = as_object(self._api.call("POST", "issue", json=body, repeatable=False).data)
            self._api.whole(made, "id", "POST issue")
        except FatalError:
            raise
        except ConnectorError as error:
            return Outcome(write.key, error=error)
        return self._finish(write, made, taken)

    def _create_many(self, writes: Sequence[Create]) -> Iterator[Outcome]:
        ready: list[tuple[Create, Json, list[Way]]] = []
        for write in writes:
            try:
                ready.append((write, *self._issue(write)))
            except RejectedError as error:
                yield Outcome(write.key, error=error)
        if not ready:
            return
        try:
            sent = {"issueUpdates": [body for _, body, _ in ready]}
            reply = as_object(self._api.call("POST", "issue/bulk", json=sent, repeatable=False).data)
        except RejectedError:  # not one of them was created: each by itself, so that each is told why
            for write, _, _ in ready:
                yield self._create_one(write)
            return
        except FatalError:
            raise
        except ConnectorError as error:
            for write, _, _ in ready:
                yield Outcome(write.key, error=error)
            return
        yield from self._sorted_out(ready, reply)

    def _sorted_out(self, ready: list[tuple[Create, Json, list[Way]]], reply: Json) -> Iterator[Outcome]:
        """Give each issue of a bulk create to its write: those that worked stand in order."""
        failed = {int(each["failedElementNumber"]): each for each in map(as_object, as_list(reply.get("errors")))}
        made = [as_object(each) for each in as_list(reply.get("issues"))]
        if len(made) + len(failed) != len(ready):
            for write, _, _ in ready:
                yield Outcome(
                    write.key,
                    error=UnavailableError(
                        "the reply does not tell which issues were created",
                        maybe_applied=True,
                        connection=self._api.connection,
                    ),
                )
            return
        issues = iter(made)
        for place, (write, _, taken) in enumerate(ready):
            if place in failed:
                yield Outcome(write.key, error=self._refused(failed[place]))
            else:
                yield self._finish(write, next(issues), taken)

    def _refused(self, told: Json) -> RejectedError:
        errors = as_object(told.get("elementErrors"))
        words = [str(each) for each in as_list(errors.get("errorMessages"))]
        words += [f"{field}: {said}" for field, said in as_object(errors.get("errors")).items()]
        return RejectedError(
            "Jira refuses the issue",
            connection=self._api.connection,
            operation="POST issue/bulk",
            status=int(told.get("status") or 400),
            vendor_words="; ".join(words),
        )

    def _issue(self, write: Create) -> tuple[Json, list[Way]]:
        """Give the body of a create, and the way that its status takes, as far as the workflow is known."""
        if write.comments:
            raise RejectedError("a create carries no comments: add them after it", connection=self._api.connection)
        body = self._bodies.created(write.body, write.marker)
        type_id = str(self._site.issue_type["id"])
        begun, goal = self._workflow.initial.get(type_id), write.body.get("state")
        if begun is None or not goal or self._workflow.state(begun) == goal:
            return body, []
        with suppress(RejectedError):
            route = self._workflow.route(Place(type_id, begun), str(goal), write.body.get("pending_reason"))
            if not route[0].demands:
                body["transition"] = {"id": route[0].id}
                return body, route[:1]
        return body, []

    def _finish(self, write: Create, made: Json, taken: list[Way]) -> Outcome:
        """Bring a created issue to its status, and give the outcome: it exists, whatever happens now."""
        record_id = str(made["id"])
        self._wrote(record_id)
        try:
            self._bring(record_id, made, taken, write.body)
        except FatalError:
            raise
        except UnavailableError as error:
            error.maybe_applied = True
            return Outcome(write.key, record_id, error=error)
        except ConnectorError as error:
            return Outcome(write.key, record_id, error=error)
        return Outcome(write.key, record_id)

    def _bring(self, record_id: str, made: Json, taken: list[Way], body: Json) -> None:
        goal, type_id = body.get("state"), str(self._site.issue_type["id"])
        told = as_object(made.get("transition")).get("status")
        begun = self._workflow.initial.get(type_id)
        if taken:
            begun = None if told is None else taken[-1].to if int(told) < 300 else begun
        if not goal or (begun is not None and self._workflow.state(begun) == goal and not _has_more(body)):
            return
        if begun is None:
            held = as_object(self._read(record_id, HELD).get("fields"))
            begun = as_object(held.get("status"))
            if not taken:
                self._workflow.initial[type_id] = begun
        self._move(record_id, Place(type_id, begun), body, {})

    # -- changing

    def update(self, write: Update) -> Outcome:
        """Change fields of one issue, then its status; safe to repeat from any step on the way."""
        body = write.body
        held: Json = {}
        if body.keys() & {"state", "labels", "resolution", "pending_reason", "resolution_notes"}:
            own = [field.id for name in ("pending_reason", "resolution_notes") if (field := self._site.field_of(name))]
            held = as_object(self._read(write.record_id, (*HELD, *own)).get("fields"))
        edit = self._bodies.edited(body, held)
        cleared = {
            name: None for name, value in self._bodies.status_fields(body).items() if value is None and held.get(name)
        }
        if cleared:
            edit["fields"] = {**edit.get("fields", {}), **cleared}
        if edit:
            self._edit(write.record_id, edit)
        elif not held:
            self._read(write.record_id, ("status",))
        if held:
            self._move(write.record_id, _place(held), body, held)
        self._wrote(write.record_id)
        return Outcome(write.key, write.record_id)

    def _edit(self, record_id: str, edit: Json) -> None:
        if not record_id.isdigit():
            raise NotFoundError("no such issue", connection=self._api.connection, key=record_id)
        self._api.call("PUT", "issue/{issue}", json=edit, repeatable=True, issue=record_id)

    def delete(self, write: Delete) -> Outcome:
        """Delete one issue; one that is gone already counts as deleted."""
        with suppress(NotFoundError):
            self._api.call("DELETE", "issue/{issue}", repeatable=True, issue=write.record_id)
        return Outcome(write.key, write.record_id)

    # -- moving

    def path(self, record: Record | None, body: Json) -> list[Json]:
        """Give the columns of the status on the way to a body's state, the last step left out.

        Raises:
            RejectedError: no way leads there.
        """
        goal = body.get("state")
        if record is None:
            return self._path_of_new(body) if goal else []
        if not goal or record.body.get("state") == goal:
            return []
        status = {
            "id": record.body.get("status.id"),
            "name": record.body.get("status"),
            "statusCategory": {"key": record.body.get("status.category")},
        }
        start = Place(str(record.body.get("issuetype.id")), status)
        if start.key not in self._workflow.known:
            self._workflow.learn(record.id, start)
        return self._between(start, body)

    def _path_of_new(self, body: Json) -> list[Json]:
        """Give what an issue passes that is to be created; in which status it begins is told by none before the first."""
        type_id = str(self._site.issue_type["id"])
        begun = self._workflow.initial.get(type_id)
        unmoved = [each for each in self._site.own_statuses if as_object(each.get("statusCategory")).get("key") == "new"]
        steps: list[Json] = []
        for status in unmoved if begun is None else [begun]:
            state = self._workflow.state(status)
            if state == body["state"]:
                continue
            steps.append(_passed(state))
            with suppress(RejectedError):
                steps += self._between(Place(type_id, status), body)
        return steps

    def _between(self, start: Place, body: Json) -> list[Json]:
        """Give what lies between a place and the state of a body; where no whole way is known, what may."""
        resolution = body.get("resolution")
        try:
            route = self._workflow.route(start, str(body["state"]), body.get("pending_reason"))
        except UnknownWayError:
            tried = [_passed(state) for state in STEPS.get(str(body["state"]), USUAL)]
            return tried + [{**each, "resolution": resolution} for each in tried if each["state"] in DONE and resolution]
        return [
            _passed(state, resolution if state in DONE and "resolution" in way.screen else None)
            for way in route[:-1]
            for state in [self._workflow.state(way.to)]
        ]

    def _move(self, record_id: str, place: Place, body: Json, held: Json) -> None:
        """Take a record to the state of a body, each step with the fields that it asks for, and write what is left.

        Raises:
            RejectedError: no way leads there, or the vendor refuses a step.
        """
        left = {name: value for name, value in self._bodies.status_fields(body).items() if value is not None}
        goal = body.get("state")
        visited: set[str] = set()
        tries = 0
        while goal and self._workflow.state(place.status) != goal:
            tries += 1
            if tries > MOST_TRIES:
                raise RejectedError(f"the workflow does not reach '{goal}'", connection=self._api.connection)
            way = self._next(record_id, place, str(goal), body, visited)
            visited.add(str(place.status.get("id")))
            fields = self._step_fields(way, body, left)
            if self._transition(record_id, way, fields):
                left = {name: value for name, value in left.items() if name not in fields}
                place = Place(place.type_id, way.to)
            else:
                self._workflow.learn(record_id, place)
        unmoved = not visited
        rest = {name: value for name, value in left.items() if not _same(held.get(name), value)} if unmoved else left
        code = body.get("resolution")
        if unmoved and code and "resolution" in held and as_object(held.get("resolution")).get("name") != code:
            rest["resolution"] = self._bodies.resolution(str(code))
        if rest:
            self._edit(record_id, {"fields": rest})

    def _next(self, record_id: str, place: Place, goal: str, body: Json, visited: set[str]) -> Way:
        if place.key not in self._workflow.known:
            self._workflow.learn(record_id, place)
        try:
            return self._workflow.route(place, goal, body.get("pending_reason"), avoid=visited)[0]
        except UnknownWayError:
            return self._workflow.step(place, goal, visited)

    def _step_fields(self, way: Way, body: Json, left: Json) -> Json:
        """Give what a transition's screen takes of the status's own fields."""
        state = self._workflow.state(way.to)
        reason = self._site.field_of("pending_reason")
        fields = {
            name: value
            for name, value in left.items()
            if name in way.screen and (reason is None or name != reason.id or state == PENDING)
        }
        if body.get("resolution") and "resolution" in way.screen and state in DONE:
            fields["resolution"] = self._bodies.resolution(str(body["resolution"]))
        return fields

    def _transition(self, record_id: str, way: Way, fields: Json) -> bool:
        """Take one transition, and tell whether it was; one that was remembered and is not offered any more is not.

        Raises:
            RejectedError: the vendor refuses it although it offers it.
            UnavailableError: its fate is unknown, and the issue has not moved yet.
        """
        sent: Json = {"transition": {"id": way.id}, **({"fields": fields} if fields else {})}
        try:
            self._api.call("POST", "issue/{issue}/transitions", json=sent, repeatable=False, issue=record_id)
        except UnavailableError as error:
            if not error.maybe_applied or self._status_of(record_id) != str(way.to.get("id")):
                raise
        except RejectedError:
            place = _place(as_object(self._read(record_id, HELD).get("fields")))
            if str(place.status.get("id")) == str(way.to.get("id")):
                return True
            if any(each.id == way.id for each in self._workflow.learn(record_id, place)):
                raise
            return False
        return True

    def _status_of(self, record_id: str) -> str:
        fields = as_object(self._read(record_id, ("status",)).get("fields"))
        return str(as_object(fields.get("status")).get("id"))


def _passed(state: str, resolution: Any = None) -> Json:
    return {"state": state, "pending_reason": None, "resolution": resolution}


def _place(fields: Json) -> Place:
    return Place(str(as_object(fields.get("issuetype")).get("id")), as_object(fields.get("status")))


def _has_more(body: Json) -> bool:
    return bool(body.get("resolution_notes") or body.get("pending_reason"))


def _same(held: Any, sent: Any) -> bool:
    """Tell whether a field holds what would be sent; options are compared by id."""
    one, other = as_object(held), as_object(sent)
    return held == sent or bool(one.get("id") and one.get("id") == other.get("id"))
