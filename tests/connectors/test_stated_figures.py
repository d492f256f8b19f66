"""What a tool states of an incident itself comes with it, to be set beside our own figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from isthmus.core.connector import Scope
from isthmus.core.run.assemble import open_side
from isthmus.core.sync.reading import read_documents
from isthmus.testing.floor import Floor

EXPECTED = {
    "bmc_helix": {("first_response", True), ("resolve", True)},
    "freshservice": {("first_response", False), ("resolve", False)},
    "jira": {("first_response", True), ("resolve", True)},
    "manageengine": {("resolve", True)},
    "servicenow": {("resolve", False), ("resolve", True)},
    "zendesk": {("first_response", False), ("first_response", True), ("resolve", False), ("resolve", True)},
}
"""Connector -> figures that it states, and whether in business time."""


@pytest.mark.parametrize("vendor", EXPECTED)
def test_a_tool_states_figures_of_what_it_closed(tmp_path: Path, vendor: str):
    floor = Floor(tmp_path)
    with floor.tool("tool", vendor, 12), open_side(floor.config(), "tool", around=floor.around) as side:
        records = [record for page in side.connector.changes(None, Scope()) for record in page.records]
        documents, problems = read_documents(side, records)
    assert not problems
    incidents = [side.incident(document) for document in documents.values()]
    stated = [(incident, figure) for incident in incidents for figure in incident.figures]
    assert {(figure.figure, figure.business) for _, figure in stated} == EXPECTED[vendor]
    assert all(figure.seconds >= 0 and figure.source for _, figure in stated)
    for incident, figure in stated:
        if figure.figure == "resolve" and not figure.business and incident.resolved_at and incident.opened_at:
            ours = (incident.resolved_at - incident.opened_at).total_seconds()
            assert figure.seconds <= ours + 1
            assert incident.reopen_count or ours - figure.seconds < 60  # whole minutes, at worst
