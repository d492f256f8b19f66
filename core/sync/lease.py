"""Who holds a lease: a name for this process, and whether the process behind a name is surely dead."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import uuid
from functools import cache
from pathlib import Path

LEASE_SECONDS = 600.0
"""How long a lease holds from each call on: it outlasts a call with all its waits, and a bulk job that is polled."""
GRACE_SECONDS = 75.0
"""How long a lease that ran out is still respected: one time-out of a call (to connect and to wait for the reply). A call
that its holder began in time is over by then, and the clocks of two machines may differ a little."""

_issued: set[str] = set()


def owner_name() -> str:
    """Give a new name for a holder in this process: ``host/process/place/token``."""
    token = secrets.token_hex(4)
    _issued.add(token)
    return f"{socket.gethostname()}/{os.getpid()}/{_place()}/{token}"


def is_gone(owner: str) -> bool:
    """Tell whether a holder is surely dead: it ran here, and its process is no more.

    A dead process begins no call, so that nobody needs to wait until its lease runs out.
    """
    parts = owner.split("/")
    if len(parts) != 4 or parts[2] != _place() or not parts[1].isdigit():
        return False
    if int(parts[1]) == os.getpid():
        return parts[3] not in _issued
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


@cache
def _place() -> str:
    """Name where process numbers mean what they mean to us: this boot of this machine, this container."""
    facts = [socket.gethostname(), str(uuid.getnode())]
    namespace, boot = Path("/proc/self/ns/pid"), Path("/proc/sys/kernel/random/boot_id")
    if namespace.is_symlink() and boot.is_file():
        facts += [str(namespace.readlink()), boot.read_text("ascii").strip()]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]
