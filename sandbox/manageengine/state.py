"""The state of a server: what it holds, and the indexes by which it is found."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import catalogue
from .records import File, Json, Lookup, Request, User

ISTHMUS_EMAIL = "isthmus@example.com"
FIRST_USERS: tuple[tuple[str, str, bool], ...] = (
    ("isthmus", ISTHMUS_EMAIL, True),
    ("Alex Agent", "alex.agent@example.com", True),
    ("Robin Requester", "robin.requester@example.com", False),
)
FIRST_USER = 4
"""The first people of recorded servers have small numbers, the administrator 4."""
SUPPORT = "Support"
ITEMS: tuple[tuple[str, str, str], ...] = (
    ("gw-vpn-01", "Router", "SN-1001"),
    ("srv-mail-01", "Server", "SN-1002"),
    ("srv-erp-01", "Server", "SN-1003"),
    ("prn-lyon-07", "Printer", "SN-1004"),
    ("ws-4711", "Workstation", "SN-1005"),
)


def token(*parts: object) -> str:
    """Give 32 hexadecimal digits that look random and are always the same."""
    return hashlib.blake2b("/".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def api_key(number: int) -> str:
    """Give the API key of a person: 36 characters, as a GUID is written."""
    text = token("key", number).upper()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class State:
    """Everything that a server holds."""

    def __init__(self) -> None:
        self.users: dict[int, User] = {}
        self.by_email: dict[str, int] = {}
        self.by_key: dict[str, int] = {}
        self.options = catalogue.fresh()
        self.items: dict[int, Json] = {}
        """Assets and configuration items: name, type, serial number."""
        self.modules: dict[str, dict[int, Json]] = {"problems": {}, "changes": {}}
        self.requests: dict[int, Request] = {}
        self.purged: list[Request] = []
        self.files: dict[int, tuple[Request, File]] = {}
        self._last: dict[str, int] = {"users": FIRST_USER - 1}
        self._names: dict[tuple[str, str], int] = {}
        self._orders: dict[str, Order] = {}
        for kind, rows in self.options.items():
            self._last[kind] = max(rows, default=0)
            for option in rows.values():
                self._index(kind, option)
        support = self.add_option("groups", SUPPORT)
        for name, email, technician in FIRST_USERS:
            user = self.add_user(name, email, technician=technician)
            if technician:
                self.join(user, support)
        for name, kind, serial in ITEMS:
            self.add_item(name, kind, serial)

    @property
    def isthmus(self) -> User:
        """The integration's own technician, an administrator."""
        return self.users[FIRST_USER]

    def next(self, kind: str) -> int:
        """Give the next number of a kind of record."""
        self._last[kind] = self._last.get(kind, 0) + 1
        return self._last[kind]

    def reserve(self, kind: str, number: int) -> None:
        """Let new numbers of a kind come after one that was loaded."""
        self._last[kind] = max(self._last.get(kind, 0), number)

    # -- people

    def add_user(self, name: str, email: str | None, *, technician: bool, number: int | None = None) -> User:
        """Add somebody."""
        number = number or self.next("users")
        self.reserve("users", number)
        user = User(number, name, email or None, technician, api_key(number))
        self.users[number] = user
        self.by_key[user.key] = number
        if email:
            self.by_email.setdefault(email.casefold(), number)
        return user

    def set_email(self, user: User, email: str | None) -> None:
        """Give somebody another address."""
        if user.email and self.by_email.get(user.email.casefold()) == user.number:
            del self.by_email[user.email.casefold()]
        user.email = email or None
        if email:
            self.by_email.setdefault(email.casefold(), user.number)

    def with_email(self, email: str) -> User | None:
        """Find somebody by address."""
        number = self.by_email.get(email.casefold())
        return None if number is None else self.users[number]

    def named_user(self, name: str) -> User | None:
        """Find somebody by name: the first of that name, as the server does."""
        wanted = name.casefold()
        return next((user for user in self.users.values() if user.name.casefold() == wanted), None)

    def join(self, user: User, group: Lookup) -> None:
        """Put a technician into a support group."""
        user.groups.add(group.number)

    # -- options

    def _index(self, kind: str, option: Lookup) -> None:
        for name in {option.name, option.cloud_name} - {""}:
            self._names.setdefault((f"{kind}/{option.parent or ''}", name.casefold()), option.number)

    def add_option(self, kind: str, name: str, *, parent: int | None = None, number: int | None = None) -> Lookup:
        """Add an option to a list."""
        number = number or self.next(kind)
        self.reserve(kind, number)
        option = Lookup(number, name, parent=parent)
        self.options[kind][number] = option
        self._index(kind, option)
        return option

    def option(self, kind: str, number: int | None) -> Lookup | None:
        """Give an option by number."""
        return None if number is None else self.options[kind].get(number)

    def named(self, kind: str, name: str, parent: int | None = None) -> Lookup | None:
        """Find an option by name, whatever its case; a subcategory or item within its parent."""
        number = self._names.get((f"{kind}/{parent or ''}", name.casefold()))
        return None if number is None else self.options[kind][number]

    def add_item(self, name: str, kind: str, serial: str | None = None, number: int | None = None) -> int:
        """Add a configuration item, and give its number."""
        number = number or self.next("assets")
        self.reserve("assets", number)
        self.items[number] = {"name": name, "type": kind, "serial_number": serial}
        return number

    # -- requests

    def add_request(self, request: Request) -> None:
        """Keep a request."""
        self.requests[request.number] = request
        self.reserve("requests", request.number)
        for file in request.files.values():
            self.files[file.number] = (request, file)
        self.saved(request)

    def saved(self, request: Request) -> None:
        """Bring the orders up to date, after a request came or changed."""
        for order in self._orders.values():
            order.put(request)

    def purge(self, request: Request) -> None:
        """Take a request away for good."""
        del self.requests[request.number]
        for number in request.files:
            self.files.pop(number, None)
        self.purged.append(request)
        for order in self._orders.values():
            order.drop(request.number)

    def add_file(self, request: Request, file: File) -> File:
        """Keep a file of a request."""
        request.files[file.number] = file
        self.files[file.number] = (request, file)
        return file

    def ordered(self, name: str, key: Callable[[Request], Any]) -> Order:
        """Give the requests in an order, which is made once and kept up to date."""
        if name not in self._orders:
            self._orders[name] = Order(self.requests.values(), key)
        return self._orders[name]

    def plant(self, requests: Iterable[Request]) -> None:
        """Keep many requests at once."""
        self._orders.clear()
        for request in requests:
            self.add_request(request)


class Order:
    """The numbers of all requests, sorted by a key."""

    def __init__(self, requests: Iterable[Request], key: Callable[[Request], Any]) -> None:
        self._key = key
        self._keys = {request.number: key(request) for request in requests}
        self._pairs: list[tuple[Any, int]] = sorted((value, number) for number, value in self._keys.items())

    def put(self, request: Request) -> None:
        """Put a request where it belongs now."""
        value = self._key(request)
        if self._keys.get(request.number) == value:
            return
        self.drop(request.number)
        self._keys[request.number] = value
        insort(self._pairs, (value, request.number))

    def drop(self, number: int) -> None:
        """Take a request out."""
        if number in self._keys:
            del self._pairs[bisect_left(self._pairs, (self._keys.pop(number), number))]

    def numbers(self, least: Any = None, *, descending: bool = False) -> Iterator[int]:
        """Give the numbers in order, those with a key below ``least`` left out."""
        start = 0 if least is None else bisect_left(self._pairs, (least, 0))
        places = range(start, len(self._pairs))
        return (self._pairs[place][1] for place in (reversed(places) if descending else places))
