"""The sandboxes answer as recorded: same status, envelope, keys, types, and headers of paging and limits.

Where ISTHMUS_SAMPLES names a folder of recordings (``zendesk/`` and ``servicenow/`` in it), every recorded exchange on an
endpoint that a sandbox serves is sent to it again; ``parity.listed`` holds what is outside and what differs for a reason.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from parity.replay import Verdict, check

VARIABLE = "ISTHMUS_SAMPLES"
FOLDER = os.environ.get(VARIABLE, "")
SAMPLES = Path(FOLDER).resolve()

pytestmark = [
    pytest.mark.skipif(not FOLDER, reason=f"{VARIABLE} names no folder of recordings"),
    pytest.mark.xdist_group("recordings"),
]


@pytest.fixture(scope="module", params=["servicenow", "zendesk"])
def vendor(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def verdict(vendor: str) -> Verdict:
    return check(SAMPLES, vendor)


def test_there_are_recordings(vendor: str, verdict: Verdict, record_property) -> None:
    record_property("summary", f"parity with the recordings of {vendor}: {verdict}")
    assert verdict.compared > 0, f"{SAMPLES / vendor} holds no exchange that the sandbox serves"


def test_every_difference_is_listed(verdict: Verdict) -> None:
    assert verdict.wrong == []


def test_every_entry_of_the_lists_is_needed(verdict: Verdict) -> None:
    assert verdict.stale == []
