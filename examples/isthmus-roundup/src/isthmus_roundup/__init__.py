"""A connector for the Roundup Issue Tracker: its issues are incidents.

What stands where: calls in :mod:`.api`, the form of records in :mod:`.records`, reading in :mod:`.reading`, writing in
:mod:`.writing`, and what Isthmus asks for in :mod:`.connector`. The mapping is ``roundup.yaml``.
"""

from .connector import Roundup as Roundup
