"""Proof of who we are: a technician's key on-premises, Zoho OAuth in Cloud.

Vendor facts (zoho.com/accounts, OAuth 2.0; manageengine.com, getting started of both products):

- On-premises the key travels in the header ``authtoken``; ``PORTALID`` picks an instance where a server has several.
- Cloud tokens come from the accounts host of the account's own data centre, as a form; a wrong data centre answers
  ``invalid_client``. A refusal is HTTP 200 with ``error``. A refresh token stays until it is revoked, and about five access
  tokens a minute are given, so each is kept for its hour.
- Calls carry ``Authorization: Zoho-oauthtoken``; without an ``Accept`` of version 3 the answer is 415.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ...core.errors import AuthenticationError, RateLimitedError
from ...core.net.auth import AuthorizationEndpoint, OAuthSigner, TokenEndpoint
from .replies import PAUSE

Given = TypeVar("Given")
ACCEPT: Final = {"Accept": "application/vnd.manageengine.sdp.v3+json"}
SCOPE: Final = ",".join(
    f"SDPOnDemand.{each}"
    for each in ("requests.ALL", "setup.READ", "users.READ", "problems.READ", "changes.READ", "cmdb.READ", "assets.READ")
)
"""What OAuth asks for where the configuration does not say."""
ACCOUNTS: Final = {
    "us": "https://accounts.zoho.com",
    "eu": "https://accounts.zoho.eu",
    "in": "https://accounts.zoho.in",
    "au": "https://accounts.zoho.com.au",
    "cn": "https://accounts.zoho.com.cn",
    "jp": "https://accounts.zoho.jp",
    "ca": "https://accounts.zohocloud.ca",
    "uk": "https://accounts.zoho.uk",
    "sa": "https://accounts.zoho.sa",
}
"""Data centre -> its accounts host; sources differ about ca and jp, so the host can be set."""
TOO_MANY: Final = ("too many requests", "maximum access limit")
"""Words of a refusal that passes."""


def authorization_endpoint(accounts: str) -> AuthorizationEndpoint:
    """Say where a person of a data centre grants access, and where the code is exchanged."""
    return AuthorizationEndpoint(f"{accounts}/oauth/v2/auth", TokenEndpoint(f"{accounts}/oauth/v2/token", "form"), SCOPE)


@dataclass(frozen=True, slots=True)
class ZohoSigner:
    """Signs with Zoho's own word for a bearer token."""

    inner: OAuthSigner
    connection: str

    def headers(self) -> dict[str, str]:
        """Give the header that proves who we are.

        Raises:
            ConnectorError: as :meth:`isthmus.core.net.auth.OAuthSigner.headers`.
        """
        bearer = self._patiently(self.inner.headers)["Authorization"]
        return {"Authorization": f"Zoho-oauthtoken {bearer.removeprefix('Bearer ')}"}

    def renew(self) -> bool:
        """Get a new token after a 401."""
        return self._patiently(self.inner.renew)

    def _patiently(self, ask: Callable[[], Given]) -> Given:
        """Ask for a token; one that is not given for the number of requests is given after a while."""
        try:
            return ask()
        except AuthenticationError as error:
            if any(words in error.vendor_words for words in TOO_MANY):
                raise RateLimitedError(
                    "Zoho gives no more access tokens for a while",
                    retry_after=PAUSE,
                    connection=self.connection,
                    operation=error.operation,
                    vendor_words=error.vendor_words,
                ) from None
            raise
