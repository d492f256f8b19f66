"""BMC Helix ITSM (Remedy) incidents, over the REST API of one AR System server."""

from .connector import BmcHelix, BmcHelixSettings

__all__ = ["BmcHelix", "BmcHelixSettings"]
