"""What an account can do, and what will hurt: probes that write nothing.

Vendor facts (docs.bmc.com, ITSM permissions): reading and changing incidents takes Incident User or Incident Master and
access to the incidents' companies (``Unrestricted Access`` for all of them); a form that is hidden answers 403 or 404.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...core.connector import Json
from ...core.errors import ForbiddenError, RecordError, UnexpectedReplyError
from .calls import Calls
from .columns import BY_ID, ID, INCIDENT, WORK_LOG, Columns
from .comments import BY_LOG
from .history import AUDIT, BY_AUDIT
from .people import BY_GROUP, GROUPS
from .query import Keyset
from .related import ASSOCIATIONS, MEASUREMENTS

FORMS: Final = (
    (WORK_LOG, BY_LOG, "comments and files are not carried"),
    (GROUPS, BY_GROUP, "groups are not matched"),
    (AUDIT, BY_AUDIT, "history tells statuses only"),
    (ASSOCIATIONS, Keyset("Associations ID"), "links to problems, changes and incidents are not carried"),
    (MEASUREMENTS, Keyset("Request ID"), "service-level clocks are not carried"),
)
"""Form, its order, and what is missing where it is hidden."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """Probes one account."""

    calls: Calls
    columns: Columns
    myself: Json | None

    def warnings(self) -> list[str]:
        """Give what works but will hurt, each with its fix.

        Raises:
            ForbiddenError: the account may not read incidents.
            UnexpectedReplyError: there is no incident form.
        """
        self.calls.entries(INCIDENT, "", (ID,), keys=BY_ID, limit=1)
        found = [
            f"{missing}: let the account read {form}" for form, keys, missing in FORMS if not self._readable(form, keys)
        ]
        if not self.columns.known:
            found.append("lengths and options of fields are unknown: let the account read the metadata of the forms")
        if self.myself is None:
            found.append(
                "the account has no entry in CTM:People: it cannot stand in for an unknown customer or a missing assignee"
            )
        return found

    def _readable(self, form: str, keys: Keyset) -> bool:
        try:
            self.calls.entries(form, "", (keys.id,), keys=keys, limit=1)
        except (ForbiddenError, RecordError, UnexpectedReplyError):
            return False
        return True
