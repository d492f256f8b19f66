"""Sign the trail, and give it away.

A checkpoint is an entry of the trail that holds the signature over the entry before it: its number, its hash and the time.
So a signed trail needs nothing but its entries, and whoever rewrites one before a checkpoint would have to sign anew.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import LedgerError
from ..export.landing import landing
from ..ledger.chain import START, Head
from ..ledger.ledger import Ledger
from .keys import Signer
from .verify import Broken, canonical, follow


def sign_trail(ledger: Ledger, signer: Signer) -> Head:
    """Follow the trail, put a checkpoint at its end, and give the new head.

    Raises:
        LedgerError: the trail is not whole; nothing is signed.
    """
    seen = _followed(ledger)
    with ledger.closed_trail():
        seq, digest = _followed(ledger, seen)
        at = ledger.now()
        ledger.note(signer.state({"kind": "checkpoint", "at": at, "seq": seq, "hash": digest}), at=at)
        return ledger.trail_head()


def _followed(ledger: Ledger, after: Head = (0, START)) -> Head:
    try:
        found = follow(ledger.trail_entries(after[0]), after=after)
    except Broken as error:
        raise LedgerError(f"the trail is not whole, and is not signed: {error}") from error
    return found["entries"], found["hash"]


def trail_lines(ledger: Ledger, last: int) -> Iterator[bytes]:
    """Give the trail up to an entry as lines of JSON, each spelled in the one way that the verifier takes."""
    for entry in ledger.trail_entries():
        if entry["seq"] > last:
            return
        yield canonical(entry) + b"\n"


def export_trail(ledger: Ledger, path: Path, signer: Signer) -> Head:
    """Sign the trail and write all of it to a file, which appears when it is whole.

    Raises:
        LedgerError: the trail is not whole.
        UserError: the file cannot be written.
    """
    head = sign_trail(ledger, signer)
    with private(path) as file:
        file.writelines(trail_lines(ledger, head[0]))
    return head


@contextmanager
def private(path: Path) -> Generator[IO[bytes]]:
    """Write a file that appears under its name only when it is whole, for its owner alone: it may hold personal data.

    Raises:
        UserError: it cannot be written.
    """
    with landing(path) as part:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            os.fchmod(descriptor, 0o600)
            yield file
