"""Zendesk -> ServiceNow -> another Zendesk, judged on the raw states of the sandboxes."""

from __future__ import annotations

import pytest

PROFILES = (None, "flaky", "throttled", "laggy", "strict", "rules")
SMALL, FULL = 24, 2000
DESK = "Service Desk"


def sizes() -> list[object]:
    small = [pytest.param(SMALL, profile, id=f"small-{profile}") for profile in PROFILES]
    full = [
        pytest.param(FULL, profile, id=f"full-{profile}", marks=[pytest.mark.acceptance, pytest.mark.timeout(3600)])
        for profile in PROFILES
    ]
    return [*small, *full]


def demanded(bench):
    """Give what an admin configures where the instance lets nobody resolve without a category and a group."""
    desk = next(group["sys_id"] for group in bench.snapshot("ops")["groups"] if group["name"] == DESK)
    filled = {"when": {"state": ["6", "7"]}, "set": {"category": "inquiry", "assignment_group": desk}}
    return {"move": {"members": ["support", "ops"], "mapping": {"ops": {"required": [filled]}}}}


@pytest.mark.parametrize(("tickets", "profile"), sizes())
def test_a_history_moves_there_and_back(bench, oracle, tickets, profile):
    bench.open("support", "zendesk", tickets=tickets, seed=11)
    bench.open("ops", "servicenow", seed=11)
    bench.open("again", "zendesk", seed=11)
    for name in bench.sandboxes:
        if profile is not None:
            bench.control(name, "faults", {"profile": profile, "seed": 5})
    desk = DESK if profile == "strict" else ""
    forecast, result, certificate = bench.migrate("support", "ops", demanded(bench) if profile == "strict" else None)
    assert certificate.report()["differences"] == []
    assert certificate.clean, certificate.report()
    assert result.tally.balanced
    assert forecast.incidents == tickets
    support, ops = bench.snapshot("support"), bench.snapshot("ops")
    differences = list(oracle.zendesk_to_servicenow(support, ops, "support", desk))
    assert not differences, "\n".join(differences[:20])
    _, back, certificate = bench.migrate("ops", "again")
    assert certificate.report()["differences"] == []
    assert certificate.clean, certificate.report()
    assert back.tally.balanced
    differences = list(oracle.servicenow_to_zendesk(bench.snapshot("ops"), bench.snapshot("again"), "ops", support, desk))
    assert not differences, "\n".join(differences[:20])


@pytest.mark.parametrize(
    "tickets",
    [40, pytest.param(FULL, marks=[pytest.mark.acceptance, pytest.mark.timeout(3600)])],
    ids=["small", "full"],
)
def test_incidents_become_tickets(bench, oracle, tickets):
    bench.open("ops", "servicenow", tickets=tickets, seed=3)
    bench.open("support", "zendesk", seed=3)
    forecast, result, certificate = bench.migrate("ops", "support")
    assert certificate.report()["differences"] == []
    assert certificate.clean, certificate.report()
    assert result.tally.balanced
    assert (forecast.incidents, forecast.messages) == (tickets, 0)
    assert bench.control("support", "outbox") in ([], {"messages": []})
    differences = list(oracle.incidents_to_tickets(bench.snapshot("ops"), bench.snapshot("support"), "ops"))
    assert not differences, "\n".join(differences[:20])
