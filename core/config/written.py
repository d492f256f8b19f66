"""Settings as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import yaml


def to_yaml(settings: Mapping[str, Any]) -> str:
    """Give settings as YAML, in their own order."""
    dump = cast("Any", yaml).safe_dump  # its types are incomplete
    return cast("str", dump(dict(settings), sort_keys=False, allow_unicode=True, width=100))
