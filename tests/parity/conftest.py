"""Makes the package ``parity`` beside this file importable, whatever the way in which tests are imported."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NAME = "parity"


def _import() -> None:
    folder = Path(__file__).parent / NAME
    spec = importlib.util.spec_from_file_location(NAME, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)


if NAME not in sys.modules:
    _import()
