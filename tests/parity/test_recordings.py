"""The sandboxes answer as recorded: same status, envelope, keys, types, and headers of paging and limits.

Where ISTHMUS_SAMPLES names a folder of recordings (``zendesk/`` and ``servicenow/`` in it), every recorded exchange on an
endpoint that a sandbox serves is sent to it again; ``parity.listed`` holds what is outside and what differs for a reason.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from parity.replay import check

VARIABLE = "ISTHMUS_SAMPLES"
FOLDER = os.environ.get(VARIABLE, "")
SAMPLES = Path(FOLDER).resolve()


@pytest.mark.skipif(not FOLDER, reason=f"{VARIABLE} names no folder of recordings")
@pytest.mark.parametrize(
    "vendor", ["bmc_helix", "freshservice", "jira", "jira_documented", "manageengine", "servicenow", "zendesk"]
)
def test_the_sandbox_answers_as_recorded(vendor: str, record_property: Callable[[str, object], None]) -> None:
    verdict = check(SAMPLES, vendor)
    record_property("summary", f"parity with the recordings of {vendor}: {verdict}")
    assert verdict.compared > 0, f"{SAMPLES / vendor} holds no exchange that the sandbox serves"
    assert verdict.wrong == [], "not as recorded, and not listed"
    assert verdict.stale == [], "listed, and needed no more"
