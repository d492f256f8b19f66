"""The Request Tracker connector."""

from .connector import RequestTracker as RequestTracker
from .connector import RequestTrackerSettings as RequestTrackerSettings
