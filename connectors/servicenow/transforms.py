"""What the mapping names beyond the common transforms."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, plain_text


def _read_url(value: Any, names: Names) -> str | None:
    """Give the page on which people open a ticket; None where the instance's address is unknown."""
    if not value or not names.base_url:
        return None
    return f"{names.base_url}/nav_to.do?uri={quote(f'incident.do?sys_id={plain_text(value)}', safe='')}"


def _unwritten(value: Any, names: Names) -> Any:
    return UNRESOLVED


RECORD_URL: Final = Transform(_read_url, _unwritten)
"""A sys_id -> the address of the ticket's page (ServiceNow documentation, navigating by URL)."""


def _read_task(value: Any, names: Names) -> dict[str, str] | None:
    """Give the link to a problem, change or incident."""
    if not value:
        return None
    task_id = plain_text(value)
    page = f"{names.base_url}/nav_to.do?uri={quote(f'task.do?sys_id={task_id}', safe='')}"
    return {"id": task_id, **({"url": page} if names.base_url else {})}


TASK_LINK: Final = Transform(_read_task, _unwritten)
"""A reference to a task -> a link to it; ``task.do`` leads to the record's own table."""
