"""The section ``report`` of the configuration: what is understood, and what is told of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from isthmus.core.config.config import config_schema, load_config
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.errors import ConfigError

CONNECTIONS = """
connections:
  ops: {connector: servicenow, url: "https://ops.example.com", auth: {kind: basic, user: u, password: env:P}}
"""


def load(tmp_path: Path, report: str, rest: str = "") -> ReportConfig:
    path = tmp_path / "isthmus.yaml"
    path.write_text(f"{CONNECTIONS}{rest}\nreport: {report}\n", "utf-8")
    return load_config(path).report


def test_a_report_needs_no_settings(tmp_path):
    path = tmp_path / "isthmus.yaml"
    path.write_text(CONNECTIONS, "utf-8")
    config = load_config(path)
    assert config.store_path == tmp_path / "isthmus.duckdb"
    assert config.report.rules("ops").calendar == "always"


def test_a_connection_may_differ(tmp_path):
    found = load(
        tmp_path,
        """{zone: Europe/Berlin, calendar: office, targets: {resolve: {1: 4h, 2: 1d}},
        calendars: {office: {zone: Europe/Berlin, hours: {sat-mon: ["09:00-12:00", "13:00-24:00"]}, closed: [2026-12-24]}},
        connections: {ops: {calendar: always, pauses: {status: [], reason: []}, reopen: {within: 2h}}}}""",
    )
    assert found.rules("other").calendar == "office"
    own = found.rules("ops")
    assert (own.calendar, own.pauses.status, own.reopen.within) == ("always", (), 7200)
    assert own.targets.resolve == {1: 14400, 2: 86400}
    day = ((540, 720), (780, 1440))
    assert found.calendars["office"].week() == (day, (), (), (), (), day, day)
    assert ReportConfig.model_validate(found.model_dump(mode="json")) == found


def test_goals_are_written_in_the_unit_of_their_kpi(tmp_path):
    found = load(tmp_path, "{goals: {mttr: 8h, sla_resolve: 95%, reopen_rate: 0.05, hops: 1.5, backlog: 40}}")
    assert found.goals == {"mttr": 28800, "sla_resolve": 0.95, "reopen_rate": 0.05, "hops": 1.5, "backlog": 40}
    assert ReportConfig.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("{zone: Mars/Base}", "report.zone: no time zone; write a name of the IANA database, such as Europe/Berlin"),
        (
            "{calendar: offic, calendars: {office: {zone: UTC, hours: {mon: []}}}}",
            "calendar: unknown calendar 'offic'.*'office'",
        ),
        ("{calendars: {always: {zone: UTC, hours: {mon: []}}}}", "'always' is the calendar that is always open"),
        ("{calendars: {o: {zone: UTC, hours: {}}}}", "report.calendars.o.hours"),
        ("{calendars: {o: {zone: UTC, hours: {monday: []}}}}", "hours: 'monday' is no day; write mon, tue"),
        ("{calendars: {o: {zone: UTC, hours: {mon: ['9-17']}}}}", "hours.mon: '9-17' is no span of hours within a day"),
        ("{calendars: {o: {zone: UTC, hours: {mon: ['22:00-06:00']}}}}", "a night as 22:00-24:00"),
        ("{calendars: {o: {zone: UTC, hours: {mon: ['09:00-12:00', '11:00-13:00']}}}}", "hours.mon: two spans overlap"),
        ("{calendars: {o: {zone: UTC, hours: {mon-wed: ['09:00-12:00'], tue: ['09:00-12:00']}}}}", "tue stands twice"),
        (
            "{calendars: {o: {zone: UTC, hours: {mon: []}, holidays: Berlin}}}",
            "calendars.o.holidays: no place with holidays",
        ),
        ("{reopen: {within: soon}}", "report.reopen.within: no length of time; write 15m, 4h or 3d"),
        ("{targets: {resolve: {6: 4h}}}", "report.targets.resolve"),
        ("{pauses: {status: [resolved]}}", "report.pauses.status"),
        ("{connections: {obs: {}}}", "report.connections: unknown connection 'obs'.*'ops'"),
        ("{connections: {ops: {calendar: office}}}", "connections.ops.calendar: unknown calendar 'office'"),
        ("{goals: {mtr: 4h}}", "report.goals: unknown KPI 'mtr'.*'mttr'"),
        ("{goals: {volume: 4}}", "goals: volume: neither more nor less of it is better"),
        ("{goals: {mttr: 95%}}", "goals: mttr: '95%' is no goal; write a length of time, such as 8h"),
        ("{goals: {sla_resolve: 95}}", "goals: sla_resolve: '95' is no goal; write a share, such as 95%"),
        ("{goals: {backlog: 5%}}", "goals: backlog: '5%' is no goal; write a number, such as 40"),
        ("{goals: {hops: few}}", "goals: hops: 'few' is no goal"),
        ("{goals: [mttr]}", "report.goals"),
        ("{tirs: 3}", "report.tirs: unknown setting.*'tiers'"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_fix(tmp_path, report, words):
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, report)


def test_the_schema_describes_what_may_be_written():
    schema = config_schema()
    defined = schema["$defs"]["TargetsConfig"]["properties"]["resolve"]["additionalProperties"]
    assert defined["type"] == ["string", "number"]
    assert schema["properties"]["store"]["default"] == "isthmus.duckdb"
    assert yaml.safe_dump(schema)
