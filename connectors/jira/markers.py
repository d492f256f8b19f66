"""Our marker as a label: it finds a record again that we created, and is no label of the ticket's own.

Vendor facts:

- A label holds no white space, has 255 characters at most, and is found exactly by JQL. [developer.atlassian.com, labels]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote

PREFIX: Final = "isthmus:"
"""With this begins every marker that Isthmus makes, and no label of a person."""
SAFE: Final = ":/.,;=+@!"


def label_of(marker: str) -> str:
    """Give the label that stands for a marker."""
    return quote(marker, safe=SAFE, errors="replace")


def is_marker_label(label: str) -> bool:
    """Tell whether a label is a marker of ours."""
    return label.startswith(PREFIX)


def marker_in(labels: Iterable[str]) -> str | None:
    """Give the marker among some labels."""
    return next((unquote(label) for label in sorted(labels) if is_marker_label(label)), None)
