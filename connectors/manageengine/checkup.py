"""What an account can do, and what will hurt: probes that write nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import ForbiddenError, RecordError
from ...core.records import clock_warnings
from .calls import Calls
from .catalogue import LISTS, Catalogue
from .people import People


@dataclass(frozen=True, slots=True)
class Checkup:
    """Probes one account."""

    calls: Calls
    catalogue: Catalogue
    people: People
    fields: tuple[tuple[str, str], ...]
    """(custom field that has to be there, the setting that names it)."""
    account: str | None

    def warnings(self, skew: float) -> list[str]:
        """Give what works but will hurt, each with its fix.

        Args:
            skew: the vendor's clock minus ours, in seconds.

        Raises:
            ForbiddenError: the account may not read requests.
        """
        self.calls.page("/requests", "requests", {"row_count": 1})
        found = [
            f"there is no custom field {key}: make a text field of that key, or name another one in '{setting}'"
            for key, setting in self.fields
            if self.catalogue.lacks(key)
        ]
        hidden = [kind for kind in LISTS.values() if self.catalogue.options(kind) is None]
        if hidden:
            found.append(f"the account may not read {', '.join(hidden)}: give it the right to read the setup")
        found += self._people()
        found += clock_warnings("the server", skew)
        return found

    def _people(self) -> list[str]:
        try:
            if self.people.myself() is not None:
                return []
            self.people.groups()
        except (ForbiddenError, RecordError):
            return ["the account may not read users or groups: people are not matched; give it that right"]
        if self.account:
            return [f"nobody has the address {self.account}: correct 'account'"]
        return ["whose key it is the server does not tell: name the technician's e-mail address in 'account'"]
