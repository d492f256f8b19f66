"""The BMC Helix ITSM sandbox: an AR System server with the forms of Incident Management behind its REST API."""

from __future__ import annotations

from .vendor import BmcHelix

__all__ = ["BmcHelix"]
