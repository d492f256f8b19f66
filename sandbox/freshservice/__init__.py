"""The Freshservice sandbox."""

from __future__ import annotations

from .vendor import Freshservice

__all__ = ["Freshservice"]
