"""The two products of one name: Cloud and on-premises, here over the same state.

* Cloud serves ``/app/{portal}/api/v3`` and has ids of 18 digits; on-premises serves ``/api/v3`` and has short ids.
* A note is a ``request_note`` with ``created_by`` in Cloud, and a ``note`` with ``added_by`` on-premises.
* Some actions are spelled with an underscore in Cloud (``_close``), without it on-premises (``close``).

Here one record has the same number in both; the Cloud's id is the number above a fixed one.

Source: manageengine.com, sdpod-v3-api and sdpop-v3-api; recorded bodies of both.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..vendor import Call

PORTAL = "itdesk"
FIRST_CLOUD_ID = 123_640_000_000_000_000
LONGEST_ID = 19


@dataclass(frozen=True, slots=True)
class Flavour:
    """One of the two products."""

    name: str
    base: str
    """What stands before every path of the API."""
    offset: int
    """What is added to a record's number to make its id."""
    zone: int
    """Hours east of UTC of the API user's personal settings, by which ``display_value`` is written."""
    note: str
    """The envelope of a note."""
    note_author: str
    note_time: str

    @property
    def cloud(self) -> bool:
        """Whether this is the Cloud."""
        return self.offset > 0

    def id(self, number: int) -> str:
        """Write a record's number as an id."""
        return str(self.offset + number)

    def number(self, text: str) -> int | None:
        """Read an id; None where it is none, or of the other product."""
        if not text.isascii() or not text.isdigit() or len(text) > LONGEST_ID:
            return None
        number = int(text) - self.offset
        return number if 0 < number < FIRST_CLOUD_ID else None


CLOUD = Flavour("Cloud", f"/app/{PORTAL}/api/v3", FIRST_CLOUD_ID, 3, "request_note", "created_by", "created_time")
ON_PREMISES = Flavour("on-premises", "/api/v3", 0, -7, "note", "added_by", "added_time")


def both(rule: str) -> tuple[str, str]:
    """Give the rules of a path that both products serve."""
    return CLOUD.base + rule, ON_PREMISES.base + rule


def cloud(rule: str) -> str:
    """Give the rule of a path of the Cloud."""
    return CLOUD.base + rule


def on_premises(rule: str) -> str:
    """Give the rule of a path of the product on-premises."""
    return ON_PREMISES.base + rule


def flavour_of(call: Call) -> Flavour:
    """Tell which product a request is for."""
    return flavour_of_path(call.route.rule)


def flavour_of_path(path: str) -> Flavour:
    """Tell which product a path belongs to."""
    return CLOUD if path.startswith("/app/") else ON_PREMISES
