"""The ServiceNow sandbox: an instance with the Table, Aggregate, Attachment and Batch API, and OAuth."""

from __future__ import annotations

from .instance import ServiceNow

__all__ = ["ServiceNow"]
