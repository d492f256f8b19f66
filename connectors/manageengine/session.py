"""Proof of who we are: a technician's key on-premises, Zoho OAuth in Cloud.

Vendor facts (zoho.com/accounts, OAuth 2.0; manageengine.com, getting started of both products):

- On-premises the key travels in the header ``authtoken``; ``PORTALID`` picks an instance where a server has several.
- Cloud tokens come from the accounts host of the account's own data centre, as a form; a wrong data centre answers
  ``invalid_client``. A refusal is HTTP 200 with ``error``. A refresh token stays until it is revoked, and about five access
  tokens a minute are given, so each is kept for its hour.
- The page gives a code for a refresh token only with ``access_type=offline``, and where access was granted before only with
  ``prompt=consent``.
- Calls carry ``Authorization: Zoho-oauthtoken``; without an ``Accept`` of version 3 the answer is 415.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ...core.net.auth import AuthorizationEndpoint, OAuthSigner, TokenEndpoint
from .replies import PAUSE

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
LASTING: Final = {"access_type": "offline", "prompt": "consent"}
BUSY: Final = ("too many requests", "maximum access limit")
"""Words of a refusal that passes."""


def authorization_endpoint(accounts: str) -> AuthorizationEndpoint:
    """Say where a person of a data centre grants access, and where the code is exchanged."""
    token = TokenEndpoint(f"{accounts}/oauth/v2/token", "form", busy=BUSY, pause=PAUSE)
    return AuthorizationEndpoint(f"{accounts}/oauth/v2/auth", token, SCOPE, LASTING)


@dataclass(frozen=True, slots=True)
class ZohoSigner:
    """Signs with Zoho's own word for a bearer token."""

    inner: OAuthSigner

    def headers(self) -> dict[str, str]:
        """Give the header that proves who we are.

        Raises:
            ConnectorError: as :meth:`isthmus.core.net.auth.OAuthSigner.headers`.
        """
        bearer = self.inner.headers()["Authorization"]
        return {"Authorization": f"Zoho-oauthtoken {bearer.removeprefix('Bearer ')}"}

    def renew(self) -> bool:
        """Get a new token after a 401."""
        return self.inner.renew()
