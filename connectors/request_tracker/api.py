"""Speak with REST 2.0 of Request Tracker: sign, page through lists, and understand its errors.

Vendor facts (measured on 5.0.3; ``perldoc RT::REST2``):

- ``Authorization: token 1-29-...``, in which 29 is the number of the token's user, or basic authentication. RT hashes
  either with bcrypt on every request, a quarter of a second with the default cost: many tickets are asked for at once.
- A cookie of a web session works as well, but RT's manual advises programs against it.
- Errors are ``{"message": ...}``; an outdated ``If-Match`` answers 412.
- ``per_page`` is cut to 100 in silence. ``total``, ``pages`` and ``next_page`` are missing in lists of transactions and
  attachments unless the account is a superuser, and entries that the account may not see are taken out of a page after it
  was cut: only an empty page is surely the last.
- There is no rate limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ...core.connector import ConnectionSettings, Context, Json
from ...core.errors import ConfigError, StaleVersionError, UnexpectedReplyError
from ...core.net.auth import ApiTokenAuth, BasicAuth, HeaderSigner, Signer, basic_signer
from ...core.net.http import ErrorRule, Reply
from ...core.net.secrets import SecretText, resolve_secret
from ...core.shapes import as_list, as_object

PAGE: Final = 100
"""Most rows of a page."""
RULES: Final = (ErrorRule(412, StaleVersionError, "", "the ticket has changed since it was read"),)
_TOKEN_USER = re.compile(r"\d+-(\d+)-")


def vendor_words(data: Any) -> str:
    """Give RT's own explanation in an error body."""
    return str(as_object(data).get("message") or "")


def signer_for(settings: ConnectionSettings, context: Context) -> tuple[Signer, str | None]:
    """Give the signer for a connection, and the number of the user whose token it shows, where the token tells.

    Raises:
        CredentialError: a secret reference cannot be resolved.
        ConfigError: RT does not take this kind of credentials.
    """
    match settings.auth:
        case ApiTokenAuth(token=reference):
            token = resolve_secret(reference).reveal()
            told = _TOKEN_USER.match(token)
            return HeaderSigner("Authorization", SecretText(f"token {token}")), told[1] if told else None
        case BasicAuth(user=user, password=reference):
            return basic_signer(user, resolve_secret(reference)), None
        case _:
            raise ConfigError(f"connections.{context.connection}.auth: kind is api_token or basic with Request Tracker")


class Api:
    """The HTTP session of one connection."""

    def __init__(self, settings: ConnectionSettings, context: Context) -> None:
        """Make a session; no call is made yet."""
        self.connection = context.connection
        signer, self.token_user = signer_for(settings, context)
        self.session = context.session(
            settings, signer, error_rules=RULES, words=vendor_words, base_url=f"{settings.base_url}/REST/2.0"
        )

    def get(self, template: str, key: str, params: Mapping[str, Any] | None = None, number: str | int = "") -> Json:
        """Read one JSON object, in which ``key`` must stand.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        return self.whole(self.session.call("GET", template, params=params, number=number), key, f"GET {template}")

    def whole(self, reply: Reply, key: str, operation: str) -> Json:
        """Give a reply's JSON object, in which ``key`` must stand.

        Raises:
            UnexpectedReplyError: the reply is no such object.
        """
        data = as_object(reply.data)
        if key not in data:
            raise UnexpectedReplyError(f"the reply holds no '{key}'", connection=self.connection, operation=operation)
        return data

    def pages(
        self,
        template: str,
        params: Mapping[str, Any],
        number: str | int = "",
        terms: Sequence[Json] | None = None,
        *,
        all_seen: bool = False,
    ) -> Iterator[list[Json]]:
        """Read a list page by page: to its total where the reply tells one, else until a page is empty.

        Args:
            template: path template.
            params: query parameters.
            number: value for the template.
            terms: what rows must fit, any of it, such as ``{"field": "Name", "value": "ann"}``.
            all_seen: the account may see all that is asked for, so a short page is the last.
        """
        page = 1
        while True:
            asked = {**params, "per_page": PAGE, "page": page}
            if terms is None:
                data = self.get(template, "items", asked, number)
            else:
                reply = self.session.call("POST", template, params=asked, json=list(terms), repeatable=True)
                data = self.whole(reply, "items", f"POST {template}")
            rows = [as_object(each) for each in as_list(data["items"])]
            if rows:
                yield rows
            total = data.get("total")
            if not rows or (all_seen and len(rows) < PAGE) or (total is not None and page * PAGE >= total):
                return
            page += 1

    def rows(
        self, template: str, params: Mapping[str, Any], number: str | int = "", terms: Sequence[Json] | None = None
    ) -> Iterator[Json]:
        """Read a list row by row; see :meth:`pages`."""
        for page in self.pages(template, params, number, terms):
            yield from page
