"""What a user writes for a Jira connection."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, HttpUrl, field_validator, model_validator

from ...core.connector import ConnectionSettings
from ...core.net.auth import ApiKeyAuth, ApiTokenAuth, AuthSettings, BasicAuth, OAuth
from .columns import Column
from .vocabulary import State


class JiraSettings(ConnectionSettings):
    """One service project of one site."""

    deployment: Literal["cloud", "data_center"] = "cloud"
    project: str = Field(min_length=1)
    """Key of the project in which issues are created and read, such as ``ITSM``."""
    also: tuple[str, ...] = ()
    """Keys of further projects that are read; ``"*"`` for all that the account sees."""
    issue_type: str = "[System] Incident"
    """Name or id of the type of the issues that are created."""
    issue_types: tuple[str, ...] = ()
    """Names of the types that are read; empty for all but sub-tasks, problems and changes, ``"*"`` for all."""
    request_type: str | None = None
    """Name or id of the request type of what is created. Without one an issue stays hidden from the portal, and its
    requester is sent no mail."""
    marker_field: str | None = None
    """Name or id of a text field that takes the marker of what we create; a label does otherwise."""
    fields: dict[Column, str] = Field(default_factory=dict[Column, str])
    """Column -> name or id of the site's field for it, where its name is not the template's: ``{group: Support group}``."""
    statuses: dict[str, State] = Field(default_factory=dict[str, State])
    """Name of a status of the site -> the template's status that it stands for, where name and category do not tell."""
    addresses: dict[str, str] = Field(default_factory=dict[str, str])
    """E-mail address -> account id, for people whose address Jira hides."""
    cloud_id: str | None = None
    """Id of the site, for calls through Atlassian's gateway: with a scoped API token, or to save OAuth a look-up."""
    gateway: HttpUrl = HttpUrl("https://api.atlassian.com")
    login: HttpUrl = HttpUrl("https://auth.atlassian.com")
    """Where OAuth tokens come from."""
    page: int = Field(100, ge=1, le=1000)
    """Issues read in one call; a site gives fewer where it likes."""

    @field_validator("addresses")
    @classmethod
    def _lower(cls, addresses: dict[str, str]) -> dict[str, str]:
        return {email.lower(): account for email, account in addresses.items()}

    @model_validator(mode="after")
    def _offered(self) -> Self:
        if self.deployment == "cloud" and not _is_cloud(self.auth):
            raise ValueError("Jira Cloud takes kind: api_token or kind: oauth (refresh_token or client_credentials)")
        if self.deployment == "data_center" and not isinstance(self.auth, ApiKeyAuth | BasicAuth):
            raise ValueError("Jira Data Center takes kind: api_key with a personal access token, or kind: basic")
        return self

    @property
    def is_cloud(self) -> bool:
        """Tell whether this is Jira Cloud."""
        return self.deployment == "cloud"

    @property
    def through_gateway(self) -> bool:
        """Tell whether calls go to Atlassian's gateway instead of the site."""
        return isinstance(self.auth, OAuth) or self.cloud_id is not None


def _is_cloud(auth: AuthSettings) -> bool:
    return isinstance(auth, ApiTokenAuth) or (isinstance(auth, OAuth) and auth.grant != "password")
