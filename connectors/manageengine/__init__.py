"""ManageEngine ServiceDesk Plus requests, over the v3 API of the Cloud or of a server on-premises."""

from .connector import ManageEngine, ManageEngineSettings

__all__ = ["ManageEngine", "ManageEngineSettings"]
