"""Build search queries, with every value quoted.

Vendor facts:

- ``property:value`` and ``property>value``; a value in double quotes is taken as it is, and there is no way to write a
  double quote inside. The same property twice means "or". [developer.zendesk.com, search; support.zendesk.com, search
  reference]
"""

from __future__ import annotations

import re
from datetime import datetime

from ...core.connector import Scope
from ...core.model import format_time

_UNQUOTABLE = re.compile(r'["\\\x00-\x1f\x7f]+')


def quoted(value: str) -> str:
    """Give a value as one quoted term, from which nothing can break out."""
    return f'"{_UNQUOTABLE.sub(" ", value)}"'


def moment(value: datetime) -> str:
    """Give a moment as a search writes it: UTC, whole seconds."""
    return format_time(value.replace(microsecond=0))


def ticket_terms(scope: Scope) -> list[str]:
    """Give the terms that narrow a search of tickets to a scope, as far as Zendesk can tell; ``native`` as it is."""
    terms = [f"tags:{quoted(label)}" for label in scope.label]
    terms += [f"group:{quoted(group)}" for group in scope.group]
    if scope.opened_after:
        terms.append(f"created>{moment(scope.opened_after)}")
    if scope.updated_after:
        terms.append(f"updated>{moment(scope.updated_after)}")
    if scope.native:
        terms.append(scope.native)
    return terms
