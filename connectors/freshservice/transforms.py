"""The transforms that only Freshservice's mapping needs; ``mappings/freshservice.yaml`` names them.

Vendor facts (api.freshservice.com, tickets; recorded tickets):

- Agents open a ticket at ``/a/tickets/{id}``.
- A description may be empty where a mail brought the ticket; none can be written empty.
- ``resolution_notes_html`` is HTML, ``resolution_notes`` its text with white space squeezed.
- Elements of ``cc_emails`` are bare addresses or ``"Name <address>"``.
- A ticket names its assets as ``[{display_id}]``, and a write replaces them all.
- A tag has at most 32 characters. (unconfirmed)
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any, Final

from ...core.connector import Json
from ...core.mapping.transforms import UNRESOLVED, Names, Transform, plain_text
from ...core.model import ConfigurationItem, Person
from ...core.shapes import as_list, as_object
from ...core.text.flavours import cut
from ...core.text.richtext import canonical, from_text, to_text

LONGEST_TAG: Final = 32
NO_DESCRIPTION: Final = "<p>(no description)</p>"
ATTRIBUTES: Final = {"name": "name", "serial": "serial_number", "external_id": "asset_tag"}
"""Attribute of a configuration item -> that of an asset."""


def _read_url(value: Any, names: Names) -> Any:
    return f"{names.base_url}/a/tickets/{plain_text(value)}" if value and names.base_url else None


def _write_nothing(value: Any, names: Names) -> Any:
    return UNRESOLVED


TICKET_URL: Final = Transform(_read_url, _write_nothing, loss="the address of a ticket is Freshservice's own")
"""Number of a ticket -> where an agent opens it."""


def _read_description(value: Any, names: Names) -> Any:
    markup = canonical(plain_text(value)) if value else ""
    return None if markup == NO_DESCRIPTION else markup or None


def _write_description(value: Any, names: Names) -> Any:
    return (canonical(value) if value else "") or NO_DESCRIPTION


DESCRIPTION: Final = Transform(_read_description, _write_description)
"""HTML <-> rich text, where a stated emptiness stands for none: Freshservice takes no empty one."""


def _read_notes(value: Any, names: Names) -> Any:
    return to_text(canonical(plain_text(value))) or None if value else None


def _write_notes(value: Any, names: Names) -> Any:
    return from_text(value) if value else ""


NOTES: Final = Transform(_read_notes, _write_notes)
"""HTML <-> plain text."""


def _read_emails(value: Any, names: Names) -> Any:
    people: list[dict[str, str]] = []
    for item in as_list(value):
        name, address = parseaddr(plain_text(item))
        if "@" in address:
            people.append({"email": address.lower(), **({"name": name} if name else {})})
    return people


def _write_emails(value: Any, names: Names) -> Any:
    found: list[str] = []
    for stated in value or ():
        person_id = names.person_id(Person.model_validate(stated))
        known = names.person(person_id) if person_id is not None else None
        email = known.email if known is not None else stated.get("email")
        if person_id is not None and email:
            found.append(email)
    return found


EMAILS: Final = Transform(
    _read_emails, _write_emails, loss="people are matched by e-mail; whom the target does not know is left out"
)
"""``["Name <address>"]`` <-> people. Nobody is copied, and so mailed, whom the account does not know."""


def _read_assets(value: Any, names: Names) -> Any:
    return [_read_asset(as_object(each), names) for each in as_list(value)]


def _read_asset(asset: Json, names: Names) -> Any:
    """Give one asset: as it describes itself, else as it is known."""
    number = plain_text(asset["display_id"])
    known = None if asset.get("name") else names.item(number)
    told = {key: plain_text(asset[field]) for key, field in ATTRIBUTES.items() if asset.get(field) not in (None, "")}
    return {"id": number, **(known.model_dump(mode="json", exclude_none=True) if known else {}), **told}


def _write_assets(value: Any, names: Names) -> Any:
    ids = (names.item_id(ConfigurationItem.model_validate(item)) for item in value or ())
    found = [{"display_id": int(each)} for each in ids if each is not None and each.isdigit()]
    return found if found or not value else UNRESOLVED


ASSETS: Final = Transform(
    _read_assets, _write_assets, loss="items are matched by external id, serial or exact name; others are left out"
)
"""``[{display_id, name, serial_number, asset_tag}]`` <-> configuration items."""


def _read_tags(value: Any, names: Names) -> Any:
    return sorted({plain_text(tag) for tag in as_list(value)})


def _write_tags(value: Any, names: Names) -> Any:
    plain = (" ".join(label.replace(",", " ").split()) for label in value or ())
    return sorted({cut(tag, LONGEST_TAG) for tag in plain if tag})


TAGS: Final = Transform(
    _read_tags, _write_tags, loss=f"commas in a label become blanks, and it is cut at {LONGEST_TAG} characters"
)
"""Tags <-> labels."""
