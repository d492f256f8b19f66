"""The ManageEngine ServiceDesk Plus sandbox."""

from __future__ import annotations

from .vendor import ManageEngine

__all__ = ["ManageEngine"]
