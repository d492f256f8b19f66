"""The transforms that only Request Tracker's mapping needs; ``mappings/request_tracker.yaml`` names them.

Vendor facts:

- Agents open ``/Ticket/Display.html?id=7``.
- People are known by user name. An address that nobody has becomes an unprivileged user when a ticket names it. [measured]
- No ticket is without a queue. [measured]
"""

from __future__ import annotations

from typing import Any, Final, cast

from ...core.mapping.transforms import UNRESOLVED, Names, Transform, find_transform, plain_text
from ...core.model import Person

_PERSON: Final = find_transform("person")
_GROUP: Final = find_transform("group")


def _read_url(value: Any, names: Names) -> Any:
    return f"{names.base_url}/Ticket/Display.html?id={plain_text(value)}" if value else None


def _write_nothing(value: Any, names: Names) -> Any:
    return UNRESOLVED


def _write_queue(value: Any, names: Names) -> Any:
    """Give the number of a queue, that of the default one where no group is told or no queue bears its name."""
    known = UNRESOLVED if value is None else _GROUP.write(value, names)
    return names.default_group or UNRESOLVED if known is UNRESOLVED else known


def _name_or_address(person: Any, names: Names) -> Any:
    """Give a person's user name; for one whom RT does not know yet, the address, of which RT makes a user."""
    known = _PERSON.write(person, names)
    if known is not UNRESOLVED:
        return known
    return Person.model_validate(person).email or UNRESOLVED


def _read_one(value: Any, names: Names) -> Any:
    return _person(value, names) if value else None


def _person(value: Any, names: Names) -> Any:
    """Read a user name; that of a user made of an address is the address."""
    person = _PERSON.read(value, names)
    return {**person, "email": value.lower()} if "@" in value and not person.get("email") else person


def _write_one(value: Any, names: Names) -> Any:
    return None if value is None else _name_or_address(value, names)


def _read_many(value: Any, names: Names) -> Any:
    return [_person(each, names) for each in cast("list[str]", value or ())]


def _write_many(value: Any, names: Names) -> Any:
    known = (_name_or_address(each, names) for each in value or ())
    return [each for each in known if each is not UNRESOLVED]


URL: Final = Transform(_read_url, _write_nothing, loss="the address of a ticket is Request Tracker's own")
"""Number of a ticket -> where an agent opens it."""
QUEUE: Final = Transform(
    _GROUP.read, _write_queue, loss="groups are matched with queues by name; without one, a ticket is in the default queue"
)
"""Number of a queue -> group."""
REQUESTER: Final = Transform(_read_one, _write_one, loss="whoever has no e-mail address is left out")
"""The first requestor."""
PEOPLE: Final = Transform(_read_many, _write_many, loss="whoever has no e-mail address is left out")
"""A list of people."""
