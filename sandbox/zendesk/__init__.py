"""The Zendesk sandbox."""

from __future__ import annotations

from .vendor import Zendesk

__all__ = ["Zendesk"]
