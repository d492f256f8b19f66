"""The commented example that ``isthmus init`` writes."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import ConfigError

TEMPLATE = """\
# Isthmus configuration. `isthmus check` tells what is still missing.
# Secrets are references: env:NAME, file:PATH or keyring:SERVICE/USER.

connections:
  support:
    connector: zendesk
    url: https://example.zendesk.com
    auth: {kind: oauth, client_id: isthmus, client_secret: env:ZENDESK_SECRET}
    # or: {kind: api_token, user: sync@example.com, token: env:ZENDESK_TOKEN}
  ops:
    connector: servicenow
    url: https://example.service-now.com
    auth: {kind: basic, user: isthmus, password: env:SERVICENOW_PASSWORD}

links:
  support-ops:
    members: [support, ops]
    create: [support, ops]        # members at which a missing twin is created
    scope:
      support: {label: [escalated]}
      ops: {group: [Service Desk]}
    backfill: open                # none | open | all: what a new link takes from the past
    initial: newest               # how records that existed before first agree: a member | newest | ask
    fields:
      status: {policy: newest}
      priority: {policy: highest}
      assignment: {from: ops, on_drift: keep}
    people: {}                    # "bob@acme.example": "robert@ops.example"
    on_delete: note               # ignore | note | close | delete

ledger: sqlite:///isthmus.db   # or postgresql://isthmus@host/isthmus; with a password in it: env:ISTHMUS_LEDGER
"""


def write_template(path: Path) -> None:
    """Write a commented example.

    Raises:
        ConfigError: the file exists already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already; it is left as it is") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEMPLATE)
