"""The auditor's commands: make a key, sign and export the trail, verify what the ledger holds or a file tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..config.config import Config
from ..errors import ConfigError
from ..evidence import forget as forgetting
from ..evidence import pack as packing
from ..evidence import signing
from ..evidence.keys import Signer, generate, load_public, public_path
from ..evidence.verify import Broken, Head, check, follow
from ..kpi.compute import compute
from ..kpi.periods import Period
from ..ledger.ledger import Ledger
from ..net.secrets import resolve_secret
from ..sync.engine import RunOptions
from .assemble import PLAIN, Surroundings, open_ledger
from .exits import Exit
from .report import lacking, opened


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found."""

    what: str
    """The ledger, or the file."""
    whole: bool
    found: dict[str, Any] = field(default_factory=dict)
    """What holds: entries, hash of the last one, the last one that is signed; counts of a pack."""
    first_broken: int | None = None
    """The entry of the trail that is the first to be wrong, where it is one."""
    problem: str | None = None

    @property
    def exit(self) -> Exit:
        """The code with which the command ends."""
        return Exit.OK if self.whole else Exit.RED

    def report(self) -> dict[str, Any]:
        """Give the result as JSON values."""
        facts = asdict(self)
        found = facts.pop("found")
        return {**facts, **found, "exit": int(self.exit)}


def keygen(path: Path, passphrase: str | None) -> dict[str, Any]:
    """Make the auditor's key, and tell where its halves stand.

    Raises:
        ConfigError: a file exists already, or cannot be written.
    """
    signer = generate(path, resolve_secret(passphrase) if passphrase else None)
    return {"private_key": str(path), "public_key": str(public_path(path)), "key": signer.public_hex}


def shown(head: Head) -> dict[str, Any]:
    """Give a head as JSON values, in the words of ``--head`` too."""
    return {"entries": head[0], "hash": head[1], "head": f"{head[0]}:{head[1]}"}


def sign(config: Config, signer: Signer, around: Surroundings = PLAIN) -> dict[str, Any]:
    """Sign the trail where it stands, and give its new head.

    Raises:
        LedgerError: the trail is not whole.
    """
    with open_ledger(config, around) as ledger:
        return shown(signing.sign_trail(ledger, signer))


def export_trail(config: Config, path: Path, signer: Signer, around: Surroundings = PLAIN) -> dict[str, Any]:
    """Sign the trail, write it to a file, and give its head.

    Raises:
        LedgerError: the trail is not whole.
        ConfigError: the file cannot be written.
    """
    with open_ledger(config, around) as ledger:
        return {"path": str(path), **shown(signing.export_trail(ledger, path, signer))}


def pack(
    config: Config,
    period: str,
    path: Path,
    signer: Signer,
    options: RunOptions,
    around: Surroundings = PLAIN,
    *,
    as_of: datetime | None = None,
    mask: bool = False,
) -> dict[str, Any]:
    """Make the report of a period, and write it with all its evidence to one signed file; give what is in it.

    As of a report, the code is 3 where a connection's copy is not proven to be complete.

    Args:
        config: the configuration.
        period: as for a report.
        path: where to.
        signer: the auditor's key.
        options: progress, and the wish to stop.
        around: the clock.
        as_of: what was learned later does not count; by default everything counts.
        mask: hide personal data.

    Raises:
        UserError: the period is wrong, nothing has been collected, or the file cannot be written.
        LedgerError: store or ledger cannot be used, or the trail is not whole.
        InterruptedRunError: asked to stop; no file is left.
    """
    chosen = Period.parse(period, config.report.zone)
    with opened(config, as_of) as (store, moment), open_ledger(config, around) as ledger:
        made = compute(store, config.report, chosen, moment)
        done = packing.write_pack(
            store, ledger, config, made, path, signer, mask=mask, progress=options.progress, stop=options.stop
        )
    incomplete = list(lacking(config, made.sources))
    return {**done, "incomplete": incomplete, "exit": int(Exit.PARTIAL if incomplete else Exit.OK)}


def verify(config: Config | None, path: Path | None, public: Path | None, head: Head | None) -> Verified:
    """Verify a file, or the trail in the ledger.

    Args:
        config: whose ledger; not asked for where a file is given.
        path: an exported trail or a pack.
        public: the auditor's public key; without it, the ledger's chain is followed and no signature is looked at.
        head: what the trail held when somebody noted it.

    Raises:
        ConfigError: a file is given and no key, or one of the two cannot be read.
    """
    if path is None:
        assert config is not None, "without a file the ledger is verified"
        with open_ledger(config) as ledger:
            return _verify_ledger(ledger, public, head)
    if public is None:
        raise ConfigError("a file proves nothing without the key that signed it: name it with --public-key")
    key = load_public(public)
    try:
        return Verified(str(path), True, check(path, key, head))
    except Broken as error:
        return Verified(str(path), False, {}, error.entry, str(error))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error


def _verify_ledger(ledger: Ledger, public: Path | None, head: Head | None) -> Verified:
    key = load_public(public) if public else None
    try:
        found = follow(ledger.trail_entries(), key, head)
    except Broken as error:
        return Verified("ledger", False, {}, error.entry, str(error))
    if key and not found["signed"]:
        return Verified("ledger", False, found, 1, "no entry of the trail is signed by this key")
    return Verified("ledger", True, found)


def forget(config: Config, address: str | None, names: Sequence[str], around: Surroundings = PLAIN) -> dict[str, Any]:
    """Forget a person, or finish what was begun; give what was changed, and what could not be reached, as JSON values.

    Raises:
        ConfigError: it cannot be done now; says why.
        LeaseHeldError: another process works on a link.
        LedgerError: ledger or store are in use or cannot be written.
    """
    with open_ledger(config, around) as ledger:
        done = forgetting.forget(ledger, config.store_path, address, names)
    code = Exit.PARTIAL if done.trail else Exit.OK
    return {**asdict(done), "unreached": list(forgetting.UNREACHED), "exit": int(code)}
