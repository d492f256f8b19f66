"""Saving: how a row is created, changed and deleted, with the rules before it and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..outbox import Outbox
from . import audit, errors, foundation_rules, incident_rules, measurements, notify, work_log_rules
from . import forms as names
from .change import Change
from .errors import refuse
from .fields_work_log import FILES
from .jobs import Jobs
from .schema import Form
from .session import UNSHOWN, Session
from .store import Row, Store, instance_id

_LOG_COMMANDS = {
    "z1D_Activity_Type": "Work Log Type",
    "z1D_View_Access": "View Access",
    "z1D_Secure_Log": "Secure Work Log",
    "z1D_CommunicationSource": "Communication Source",
    "z2AF_Act_Attachment_1": FILES[0],
}
_MODIFY = "MODIFY"


@dataclass(frozen=True, slots=True)
class Deleted:
    """An incident that is gone, with the work logs that went with it."""

    row: Row
    work_logs: list[Row]


@dataclass(slots=True)
class Records:
    """Writes to the tables."""

    store: Store
    outbox: Outbox
    jobs: Jobs
    stamp: Callable[[int], int]
    """Gives the moment with which a save of this moment is stamped."""
    strict: Callable[[], bool]
    """Tells whether companies' own mandatory fields are in force."""
    deleted: list[Deleted] = field(default_factory=list[Deleted])

    def create(self, session: Session, form: Form, values: Row) -> Row:
        """Make a row and give it as stored.

        Raises:
            RefusedError: 400 for missing fields, 403 by permission, 500 by workflow.
        """
        if form.table == names.CREATE_FORM:
            return self._stage(session, form, values)
        table = self.store[form.table]
        at = self.stamp(session.now)
        new = {
            each.column: each.default
            for each in form.fields.values()
            if each.default is not None and (each.kind == "enum" or each.option == "REQUIRED")
        }
        new |= values
        change = Change(self.store, session, form, {}, new, frozenset(values), at, _commands(form, values))
        foundation_rules.check_access(change)
        new[table.id_column] = table.next_id()
        new |= {"Submitter": session.login, "Submit Date": at}
        new["InstanceId"] = new.get("InstanceId") or instance_id(form.table, new[table.id_column])
        return self._save(change)

    def update(self, session: Session, form: Form, row: Row, values: Row) -> Row:
        """Change a row and give it as stored.

        Raises:
            RefusedError: 400 where a required field is cleared, 403 by permission, 500 by workflow.
        """
        at = max(self.stamp(session.now), row.get("Last Modified Date", 0))
        change = Change(self.store, session, form, row, {**row, **values}, frozenset(values), at, _commands(form, values))
        foundation_rules.check_access(change)
        return self._save(change)

    def delete(self, session: Session, form: Form, row: Row, *, cascade: bool = True) -> None:
        """Delete a row; an incident with its work logs, unless it is not to cascade.

        Raises:
            RefusedError: 403: the account is no administrator.
        """
        if not session.is_admin:
            raise refuse(403, errors.NO_RECORD_WRITE, form.name)
        table = self.store[form.table]
        table.remove(row[table.id_column])
        if form.table == names.HELP_DESK:
            logs = list(self.store.work_logs(row["Incident Number"]))
            for log in logs if cascade else ():
                self.store[names.WORK_LOG_FORM].remove(log["Work Log ID"])
            self.deleted.append(Deleted(row, logs))

    def _save(self, change: Change) -> Row:
        form, new = change.form, change.new
        if form.table == names.HELP_DESK:
            incident_rules.before_save(change, strict=self.strict())
        else:
            check_required(form, new, errors.REQUIRED if change.creates else errors.NO_NULL)
            rule = (
                work_log_rules.before_save if form.table == names.WORK_LOG_FORM else foundation_rules.BEFORE.get(form.table)
            )
            if rule is not None:
                rule(change)
        new |= {"Last Modified By": change.session.login, "Last Modified Date": change.at}
        change.new = {column: value for column, value in new.items() if value is not None and column not in change.commands}
        self.store[form.table].put(change.new)
        self._after(change)
        return change.new

    def _after(self, change: Change) -> None:
        if change.form.table == names.WORK_LOG_FORM:
            notify.of_work_log(change, self.outbox)
        elif change.form.table == names.ASSOCIATIONS and change.creates:
            self._mirror(change)
        elif change.form.table == names.HELP_DESK:
            audit.write(self.store, change)
            self._measure(change)
            notify.of_incident(change, self.outbox)
            self._relate_items(change)
            self._log_with(change)
            if change.creates and change.session.role != "service":
                self.jobs.after_create(change.new["Entry ID"], change.at)

    # -- incidents

    def _stage(self, session: Session, form: Form, values: Row) -> Row:
        """Make an incident through the create form: the row of the form is a staging row with an id of its own."""
        incident = self.create(session, self.store.creation, values)
        known = {each.column for each in form.fields.values()}
        staged = {column: value for column, value in incident.items() if column in known and column != "Assignee Groups"}
        table = self.store[form.table]
        staged |= {"Request ID": table.next_id(), "Record ID": incident["InstanceId"]}
        staged[UNSHOWN] = f"{incident['Assignee Groups']}'{session.login}';"
        table.put(staged)
        return staged

    def _log_with(self, change: Change) -> None:
        """Write the work log that a save brings along; an update has to say ``MODIFY``."""
        commands = change.commands
        first, second = commands.get("z1D_Details"), commands.get("z1D_WorklogDetails")
        wanted = first or second or commands.get("z2AF_Act_Attachment_1")
        if not wanted or not (change.creates or commands.get("z1D Action") == _MODIFY):
            return
        values: Row = {column: commands[name] for name, column in _LOG_COMMANDS.items() if commands.get(name)}
        values["Incident Number"] = change.new["Incident Number"]
        values["Detailed Description"] = first or second
        values["Description"] = str(commands.get("z1D_Summary") or (second if first else "") or "")[:100] or None
        self.create(change.session, self.store.forms[names.WORK_LOG_FORM], values)

    def _measure(self, change: Change) -> None:
        table = self.store[names.MEASUREMENTS]
        clocks = table.where("ApplicationUserFriendlyID", change.new["Incident Number"])
        if change.creates:
            goals = measurements.RESPONSE, measurements.RESOLUTION
            clocks = [measurements.begun(change.new, goal, table.next_id()) for goal in goals]
        for clock in clocks:
            measured = measurements.measured(clock, change.new, change.at)
            table.put(measured)
            self.jobs.watch(measured)

    def _relate_items(self, change: Change) -> None:
        """Relate the configuration items that an incident names."""
        table = self.store[names.ASSOCIATIONS]
        number = change.new["Incident Number"]
        known = {row["Request ID01"] for row in table.where("Request ID02", number)}
        for name, column in (("ServiceCI", "ServiceCI_ReconID"), ("HPD_CI", "HPD_CI_ReconID")):
            wanted = change.new.get(column)
            if wanted and change.changes(column) and wanted not in known:
                self._put_relation(change, {
                    "Form Name01": names.ITEMS, "Request ID01": wanted, "Request ID02": number,
                    "Request Type01": "Configuration Item", "Association Type01": "Related to",
                    "Request Description01": change.new[name], "Assignee Groups": change.new.get("Assignee Groups"),
                })  # fmt: skip

    def _mirror(self, change: Change) -> None:
        """Write the relationship between two incidents a second time, from the other one."""
        other = foundation_rules.mirrored(change.new)
        if other is None:
            return
        seen = self.store.incident(other["Request ID02"])
        first = self.store.incident(other["Request ID01"])
        assert seen is not None
        assert first is not None
        other |= {"Request Description01": first.get("Description"), "Assignee Groups": seen.get("Assignee Groups")}
        self._put_relation(change, other)

    def _put_relation(self, change: Change, values: Row) -> None:
        table = self.store[names.ASSOCIATIONS]
        row_id, stamp = table.next_id(), {"Submit Date": change.at, "Last Modified Date": change.at}
        by = {"Submitter": change.session.login, "Last Modified By": change.session.login}
        table.put({"Associations ID": row_id, "Form Name02": names.HELP_DESK, **stamp, **by, **values})


def _commands(form: Form, values: Row) -> Row:
    """Give what display-only fields hold; they are carried out and never stored."""
    columns = {field.column for field in form.fields.values() if field.option == "DISPLAY"}
    return {column: value for column, value in values.items() if column in columns}


def check_required(form: Form, row: Row, message: errors.Message) -> None:
    """Refuse a row that lacks a required field of its form.

    Raises:
        RefusedError: 400 with the missing names.
    """
    required = (field for field in form.fields.values() if field.option == "REQUIRED")
    missing = [field.name for field in required if row.get(field.column) is None]
    if missing:
        raise refuse(400, message, f"{form.name} : {', '.join(missing)}")
