"""What the demo uses of ``isthmus.testing`` does without the extra ``testing``."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires

import pytest
from isthmus import testing
from isthmus.testing import conformance
from packaging.requirements import Requirement

SCRIPT = """
import sys
from importlib import import_module
for name in {blocked}:
    sys.modules[name] = None
from isthmus.testing import Bench, MemoryTool, matrix, oracle
from isthmus.testing.benches import BENCHES, bench_class
from isthmus import demo_all
for vendor in BENCHES:
    bench_class(vendor)
    oracle.tool(vendor)
try:
    from isthmus.testing import Conformance
except ImportError as error:
    print(error.name)
"""


def extra(name: str) -> set[str]:
    found = [Requirement(each) for each in requires("isthmus") or ()]
    return {
        each.name.replace("-", "_")
        for each in found
        if each.marker and each.marker.evaluate({"extra": name}) and not each.marker.evaluate({"extra": ""})
    }


def test_moves_mirrors_and_their_judge_need_nothing_of_the_extra():
    blocked = sorted(extra("testing"))
    assert {"pytest", "hypothesis", "openapi_core"} <= set(blocked)
    script = SCRIPT.format(blocked=blocked)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("pytest\n", "", 0)


def test_the_suite_is_given_when_it_is_asked_for_and_its_asserts_explain_themselves():
    assert testing.Conformance is conformance.Conformance
    assert testing.UnderFaults is conformance.UnderFaults
    assert "@pytest_ar" in vars(sys.modules[conformance.Writing.__module__])
    with pytest.raises(AttributeError, match="no attribute 'Conformity'"):
        _ = testing.Conformity
