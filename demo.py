"""``isthmus demo``: the main job from end to end, between two sandboxes, with nothing to configure and nothing left behind.

A history moves from Zendesk to ServiceNow and is read back. Then a link mirrors both while people work in both tools,
through the vendors' own APIs and with accounts of their own. Two of them change the same title: the conflict is shown and
decided. At the end everything must balance, or the demo fails; what was handled over both tools stands in a report.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from .core.config.config import Config, load_config
from .core.config.written import to_yaml
from .core.errors import UserError
from .core.extras import extra
from .core.run import collect, cycles, decisions, passage, render, report
from .core.run.assemble import Surroundings, open_ledger, open_migration
from .core.run.exits import Exit
from .core.run.stop import Stop
from .core.run.working import Work
from .sandbox import Running, start

TICKETS = 60
SEED = 7
SUPPORT, OPS, LINK = "support", "ops", "support-ops"
PAGE = Path("isthmus-demo-report.html")
"""Where the report goes, unless somebody says otherwise; nothing else is left."""
HISTORY = timedelta(days=730)
"""What the report covers: as much as the sandboxes tell."""
LATER = 90.0
"""Seconds that pass between what people do and the next cycle: Zendesk's export does not show the last minute."""

Say = Callable[[Any], None]


@dataclass(slots=True)
class Time:
    """The time of the demo: the real one, and whatever was skipped. Nobody waits in it."""

    sandboxes: dict[str, Running]
    stop: Stop
    skipped: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Give the time, UTC."""
        return datetime.now(UTC) + self.skipped

    def skip(self, seconds: float) -> None:
        """Let time pass, here and at both vendors.

        Raises:
            InterruptedRunError: asked to stop.
        """
        self.stop.sleep(0)
        self.skipped += timedelta(seconds=seconds)
        for running in self.sandboxes.values():
            _control(running, "clock", {"advance": seconds})


class People:
    """Somebody who works in each tool, through its own API and under a name of their own."""

    def __init__(self, sandboxes: dict[str, Running]) -> None:
        """Pick an agent of each tool."""
        self._urls = {name: running.base_url for name, running in sandboxes.items()}
        zendesk = _somebody(sandboxes[SUPPORT], "agent")
        servicenow = _somebody(sandboxes[OPS], "itil")
        self._auth = {
            SUPPORT: (f"{zendesk['user']}/token", zendesk["token"]),
            OPS: (servicenow["user"], servicenow["password"]),
        }

    def _call(self, connection: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        url = self._urls[connection] + path
        reply = requests.request(method, url, json=body, params=query, auth=self._auth[connection], timeout=30)
        reply.raise_for_status()
        return reply.json()

    def ticket(self, ticket_id: str) -> dict[str, Any]:
        """Look at a Zendesk ticket."""
        return self._call(SUPPORT, "GET", f"/api/v2/tickets/{ticket_id}.json")["ticket"]

    def save_ticket(self, ticket_id: str, **fields: Any) -> None:
        """Change a Zendesk ticket."""
        self._call(SUPPORT, "PUT", f"/api/v2/tickets/{ticket_id}.json", {"ticket": fields})

    def open_ticket(self, **fields: Any) -> str:
        """Open a Zendesk ticket, and give its id."""
        return str(self._call(SUPPORT, "POST", "/api/v2/tickets.json", {"ticket": fields})["ticket"]["id"])

    def incident(self, sys_id: str) -> dict[str, Any]:
        """Look at a ServiceNow incident."""
        return self._call(OPS, "GET", f"/api/now/table/incident/{sys_id}")["result"]

    def save_incident(self, sys_id: str, **fields: Any) -> None:
        """Change a ServiceNow incident."""
        self._call(OPS, "PATCH", f"/api/now/table/incident/{sys_id}", fields)

    def open_incident(self, **fields: Any) -> str:
        """Open a ServiceNow incident, and give its sys_id."""
        return self._call(OPS, "POST", "/api/now/table/incident", fields)["result"]["sys_id"]

    def journal(self, sys_id: str) -> str:
        """Read the comments and work notes of a ServiceNow incident, as its form shows them."""
        shown = {"sysparm_display_value": "true", "sysparm_fields": "comments,work_notes"}
        held = self._call(OPS, "GET", f"/api/now/table/incident/{sys_id}", **shown)["result"]
        return f"{held['comments']}\n{held['work_notes']}"


def _somebody(running: Running, role: str) -> dict[str, str]:
    return next(person for person in running.credentials["people"] if person["role"] == role)


def _control(running: Running, order: str, body: dict[str, Any]) -> Any:
    reply = requests.post(f"{running.base_url}/_sandbox/{order}", json=body, timeout=30)
    reply.raise_for_status()
    return reply.json()


@dataclass(slots=True)
class Demo:
    """One performance."""

    config: Config
    sandboxes: dict[str, Running]
    people: People
    time: Time
    work: Work
    say: Say
    checks: list[dict[str, Any]] = field(default_factory=list)
    cycles: list[dict[str, Any]] = field(default_factory=list)

    @property
    def around(self) -> Surroundings:
        """What the program lends to its parts: the demo's time."""
        return Surroundings(sleep=self.time.skip, clock=self.time)

    @property
    def exit(self) -> Exit:
        """The code with which the demo ends."""
        return Exit.OK if all(check["holds"] for check in self.checks) else Exit.RED

    def expect(self, what: str, holds: bool) -> None:
        """Check something that must be so."""
        self.checks.append({"what": what, "holds": holds})
        self.say(f"  {'ok' if holds else 'NOT SO'}: {what}")

    def expect_outbox(self, what: str, forecast: int) -> None:
        """Check that the vendors sent as many messages as were forecast, and empty their outboxes."""
        sent = sum(len(running.vendor.outbox.messages) for running in self.sandboxes.values())
        self.expect(f"{what}: {sent} messages were sent, {forecast} were forecast", sent == forecast)
        self.forget_mail()

    def forget_mail(self) -> None:
        """Empty both outboxes, as what people do sends mail as well."""
        for running in self.sandboxes.values():
            _control(running, "outbox/clear", {})

    def migrate(self) -> dict[str, Any]:
        """Move the history, and read it back."""
        self.say(f"\nMigrating {TICKETS} tickets with their threads and files from Zendesk to ServiceNow.")
        self.forget_mail()
        with open_migration(self.config, SUPPORT, OPS, self.around) as migration:
            done = passage.migrate(migration, self.work.options, lambda forecast: True, resume=False)
        self.work.pause()
        report = done.report()
        self.say(render.forecast(report["forecast"]))
        self.say(render.passage(report))
        self.expect("every incident, comment and file of the migration is explained", report["run"]["outcome"] == "ok")
        self.expect("read back, nothing differs", bool(report["certificate"]["clean"]))
        self.expect_outbox("the migration", report["run"]["messages"])
        return report

    def cycle(self, words: str, *, outcome: str = "ok") -> dict[str, Any]:
        """Run the link once."""
        self.time.skip(LATER)
        self.forget_mail()
        links = [self.config.link(LINK)]
        made = cycles.make(self.config, links, self.work.options, self.around, self.work.stop)
        (done,) = list(made.once())
        self.work.pause()
        if done.error is not None:
            raise done.error
        report = done.report()
        self.cycles.append(report)
        self.say(f"\n{words}")
        self.say(render.cycle(report))
        self.expect(f"the cycle ends {outcome}, with nothing unexplained", report["outcome"] == outcome)
        self.expect_outbox("the cycle", report["messages"])
        return report

    def twin(self, connection: str, record_id: str) -> str:
        """Give the record that is the same incident at the other tool."""
        with open_ledger(self.config) as ledger:
            bond = ledger.find_bonds(LINK, connection, [record_id])[record_id]
            other = OPS if connection == SUPPORT else SUPPORT
            return ledger.bonds([bond])[bond].members[other].record_id

    def open_tickets(self, number: int) -> list[str]:
        """Give Zendesk tickets that people still work on."""
        snapshot = requests.get(f"{self.sandboxes[SUPPORT].base_url}/_sandbox/snapshot", timeout=30).json()
        found = [str(each["id"]) for each in snapshot["tickets"] if each["record"]["status"] in ("open", "pending")]
        return found[:number]

    def mirror(self) -> None:
        """Let people work in both tools, and carry what they do."""
        self.cycle("The link's first cycle pairs what was migrated.")
        first, second, third = self.open_tickets(3)
        people = self.people
        people.save_ticket(first, subject="Printer in room 12 on fire", comment={"body": "Send help!", "public": True})
        people.save_ticket(second, comment={"body": "The vendor is on it.", "public": False})
        people.save_incident(self.twin(SUPPORT, third), urgency="1", impact="1", work_notes="It is the whole floor.")
        incident = people.open_incident(short_description="VPN down in Rome", description="Nobody gets in.")
        ticket = people.open_ticket(subject="Mouse gone", comment={"body": "My mouse is gone."})
        self.cycle("People worked in both tools; their edits, comments and new tickets are carried.")
        twin = self.twin(SUPPORT, first)
        self.expect(
            "a title edited in Zendesk stands in ServiceNow",
            people.incident(twin)["short_description"] == "Printer in room 12 on fire",
        )
        self.expect("so does the comment", "Send help!" in people.journal(twin))
        self.expect("a priority raised in ServiceNow stands in Zendesk", people.ticket(third)["priority"] == "urgent")
        self.expect(
            "an incident opened in ServiceNow is a ticket",
            people.ticket(self.twin(OPS, incident))["subject"] == "VPN down in Rome",
        )
        self.expect(
            "a ticket opened in Zendesk is an incident",
            people.incident(self.twin(SUPPORT, ticket))["short_description"] == "Mouse gone",
        )

    def dispute(self) -> dict[str, Any]:
        """Let two people change the same title, show the conflict, and decide it."""
        ticket = self.open_tickets(1)[0]
        twin = self.twin(SUPPORT, ticket)
        self.people.save_ticket(ticket, subject="Printer in room 12 smokes")
        self.people.save_incident(twin, short_description="Printer in room 12 replaced")
        self.cycle("Two people changed the same title: a person must decide.", outcome="partial")
        with open_ledger(self.config) as ledger:
            (conflict,) = ledger.conflicts(LINK)
            shown = decisions.describe_conflict(conflict)
            self.say(render.conflict(shown))
            decisions.resolve(ledger, conflict.id, OPS)
        self.say(f"Resolved as by: isthmus conflicts resolve {conflict.id} --take {OPS}")
        self.cycle("The choice is carried out.")
        held = self.people.ticket(ticket)["subject"]
        self.expect("the chosen title stands in Zendesk", held == "Printer in room 12 replaced")
        with open_ledger(self.config) as ledger:
            self.expect("no conflict is left", not ledger.conflicts(LINK))
        return shown

    def rest(self) -> None:
        """Run once more: there is nothing left to do."""
        before = self._stored()
        self.cycle("Nobody did anything: nothing is written.")
        self.expect("the tools agree, no write was attempted", self._stored() == before)

    def report(self, page: Path) -> dict[str, Any] | None:
        """Collect both tools, and write a report over both; None where the libraries for reports are not installed."""
        try:
            extra("duckdb", "report")
        except UserError as error:
            self.say(f"\nNo report is written: {error}")
            return None
        self.time.skip(LATER)
        collected = collect.collect(self.config, (), self.work.options, self.around, census=True)
        today = self.time().date()
        period = f"{today - HISTORY}..{today}"
        done = report.report(self.config, period, [page], now=self.time(), progress=self.work.options.progress)
        self.work.pause()
        held = [each.held for each in collected.connections]
        self.say(f"\nCollected {' and '.join(map(str, held))} incidents of the two tools.")
        self.expect("the vendors count as many, by two ways", not done.incomplete)
        self.expect("what stands in both tools counts once", [done.figures["volume"]] * 2 == held)
        return done.report()

    def _stored(self) -> int:
        urls = [running.base_url for running in self.sandboxes.values()]
        return sum(requests.get(f"{url}/_sandbox/inspect", timeout=30).json()["writes_seen"] for url in urls)


def run(say: Say, work: Work, page: Path = PAGE) -> dict[str, Any]:
    """Perform the demo, and give what happened as JSON values; ``exit`` is red where anything does not balance.

    Args:
        say: tells a person what happens.
        work: progress and the wish to stop.
        page: where the report goes.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isthmus-demo-")))
        sandboxes = {
            SUPPORT: stack.enter_context(start("zendesk", tickets=TICKETS, seed=SEED)),
            OPS: stack.enter_context(start("servicenow", seed=SEED)),
        }
        for name, running in sandboxes.items():
            say(f"{name}: a sandbox of {running.vendor.name} serves at {running.base_url}")
        demo = Demo(configure(folder, sandboxes), sandboxes, People(sandboxes), Time(sandboxes, work.stop), work, say)
        migration = demo.migrate()
        demo.mirror()
        conflict = demo.dispute()
        demo.rest()
        written = demo.report(page)
    return {
        "migration": migration,
        "cycles": demo.cycles,
        "conflict": conflict,
        "report": written,
        "checks": demo.checks,
        "seconds": round(time.monotonic() - began, 1),
        "exit": int(demo.exit),
    }


def configure(folder: Path, sandboxes: dict[str, Running]) -> Config:
    """Write the configuration of the demo, secrets in files of their own, and load it."""
    support, ops = sandboxes[SUPPORT], sandboxes[OPS]
    zendesk, servicenow = support.credentials["api_token"], ops.credentials["basic"]
    token, password = _secret(folder / "token", zendesk["token"]), _secret(folder / "password", servicenow["password"])
    content = {
        "connections": {
            SUPPORT: {
                "connector": "zendesk",
                "url": support.base_url,
                "auth": {"kind": "api_token", "user": zendesk["user"], "token": token},
            },
            OPS: {
                "connector": "servicenow",
                "url": ops.base_url,
                "auth": {"kind": "basic", "user": servicenow["user"], "password": password},
            },
        },
        "report": {
            "title": "Support and operations",
            "targets": {
                "first_response": {1: "8h", 2: "12h", 3: "1d", 4: "2d", 5: "3d"},
                "resolve": {1: "1d", 2: "2d", 3: "3d", 4: "5d", 5: "7d"},
            },
            "tiers": {"Service Desk": "L1"} | dict.fromkeys(("Applications", "Database", "Network", "Workplace"), "L2"),
        },
        "links": {
            LINK: {
                "members": [SUPPORT, OPS],
                "create": [SUPPORT, OPS],
                "backfill": "all",
                "initial": SUPPORT,
                "fields": {"title": {"policy": "ask"}},
                "brakes": {"max_changes_percent": 100},
            }
        },
    }
    path = folder / "isthmus.yaml"
    path.write_text(to_yaml(content), "utf-8")
    return load_config(path)


def _secret(path: Path, value: str) -> str:
    path.touch(mode=0o600)
    path.write_text(value, "utf-8")
    return f"file:{path}"
