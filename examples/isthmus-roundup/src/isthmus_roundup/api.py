"""Speak with Roundup's REST interface: sign, search, and change one item safely.

Vendor facts (REST API for Roundup, and measured on 2.6):

- Basic authentication. Anything but a GET needs the headers ``X-Requested-With`` and ``Origin``, the tracker's own.
- A search gives its rows whole with ``@fields``, references as ids with ``@verbose=0`` and with names from 2 on. It leaves
  retired items out. The ids of a search are given one by one: ``id=1&id=2``.
- A change demands the item's ETag as ``If-Match``, else 412. An item that does not exist answers 404 to a GET and 409 to a
  PUT; a retired one takes no change: 409. JSON null is no value and is passed over; an empty text clears a reference.
- Where the rate is limited, 429 with ``Retry-After``. ``X-RateLimit-Reset`` is the time until *all* calls are back, not the
  next one, so it is not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from isthmus.plugin import (
    BasicAuth,
    ConnectionSettings,
    Context,
    ErrorRule,
    Json,
    NotFoundError,
    StaleVersionError,
    UnexpectedReplyError,
    as_list,
    as_object,
    basic_signer,
    resolve_secret,
)

ITEM: Final = "/issue/{id}"
AT_ONCE: Final = 50
"""Ids of one search: an address has its limits."""
TRIES: Final = 5
"""How often a change is tried that others come before."""
RULES: Final = (
    ErrorRule(412, StaleVersionError, message="it has changed since it was read"),
    ErrorRule(409, NotFoundError, "item is retired", "it is gone"),
)


def explanation(data: Any) -> str:
    """Give Roundup's own words in the body of an error."""
    return str(as_object(as_object(data).get("error")).get("msg") or "")


class Api:
    """The session of one connection."""

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a session; no call is made yet.

        Raises:
            CredentialError: the secret reference cannot be resolved.
        """
        assert isinstance(settings.auth, BasicAuth)
        self.connection = context.connection
        self.user = settings.auth.user
        self._account = ""
        place = urlsplit(settings.base_url)
        self.session = context.session(
            settings,
            basic_signer(self.user, resolve_secret(settings.auth.password)),
            error_rules=RULES,
            words=explanation,
            base_url=f"{settings.base_url}/rest/data",
            headers={"X-Requested-With": "isthmus", "Origin": f"{place.scheme}://{place.netloc}"},
        )

    @property
    def account(self) -> str:
        """The id of our own user, which is asked for once."""
        if not self._account:
            self._account = str(self.data("GET", "/user/{id}", id=f"username={self.user}")["id"])
        return self._account

    def data(self, method: str, template: str, **options: Any) -> Json:
        """Make a call and give what its reply holds.

        Raises:
            UnexpectedReplyError: the reply is not what Roundup gives.
        """
        found = as_object(as_object(self.session.call(method, template, **options).data).get("data"))
        if not found:
            raise UnexpectedReplyError("the reply holds no data", connection=self.connection, operation=template)
        return found

    def search(self, kind: str, fields: str, terms: Json, *, verbose: int = 0) -> list[Json]:
        """Give the items of a class that fit all terms.

        Args:
            kind: name of the class, such as ``issue``.
            fields: names of the properties that are wanted, joined with commas.
            terms: property -> value, and parameters such as ``@sort``.
            verbose: how much is told of each, as ``@verbose`` means it.
        """
        params = {**terms, "@fields": fields, "@verbose": verbose, "@pretty": "false"}
        return [as_object(each) for each in as_list(self.data("GET", "/{kind}", params=params, kind=kind)["collection"])]

    def by_id(self, kind: str, ids: Iterable[str], fields: str, *, verbose: int = 0) -> Iterator[Json]:
        """Give the items of a class by their ids, in order of ids; the unknown and the retired are left out."""
        wanted = sorted({int(each) for each in ids if each.isascii() and each.isdigit()})
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            yield from sorted(self.search(kind, fields, {"id": some}, verbose=verbose), key=lambda row: int(row["id"]))

    def create(self, kind: str, body: Json) -> str:
        """Create an item and give its id."""
        return str(self.data("POST", "/{kind}", kind=kind, json=body, repeatable=False)["id"])

    def change(self, issue: str, make: Callable[[Json], Json], tries: int = TRIES) -> None:
        """Change an issue as it stands; where somebody comes before us, as it stands then.

        Args:
            issue: its id.
            make: gives the properties to set, from those that it has.
            tries: how often at most.

        Raises:
            NotFoundError: there is no such issue, or it is retired.
            StaleVersionError: others keep coming before us.
        """
        while True:
            held = self.data("GET", ITEM, id=issue, params={"@verbose": 0, "@protected": "true"})
            body = make(as_object(held["attributes"]))
            tries -= 1
            try:
                return self._send("PUT", issue, held["@etag"], json=body) if body else None
            except StaleVersionError:
                if not tries:
                    raise

    def retire(self, issue: str) -> None:
        """Retire an issue."""
        self._send("DELETE", issue, self.data("GET", ITEM, id=issue)["@etag"])

    def _send(self, method: str, issue: str, etag: str, json: Json | None = None) -> None:
        headers = {"If-Match": etag, "Content-Type": "application/json"}
        self.session.call(method, ITEM, id=issue, json=json, headers=headers, repeatable=False)
