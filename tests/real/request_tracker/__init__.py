"""A real Request Tracker 5 to try the connector on: ``server`` starts one in a folder, ``bench`` gives the suite hands there."""

from __future__ import annotations

from .bench import RequestTrackerBench as RequestTrackerBench
from .floor import RealFloor as RealFloor
from .server import Server as Server
from .server import why_not as why_not
