"""The commands of an auditor: keys, the signed trail, and what proves a report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .cli_state import FILE, State, parsed, reporting

if TYPE_CHECKING:
    from datetime import datetime

    from .core.evidence.keys import Signer

F = TypeVar("F", bound=Callable[..., Any])


def _read_head(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, str] | None:
    from .core.evidence.verify import read_head

    try:
        return None if value is None else read_head(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _signing(command: F) -> F:
    """Give a command the private key that it signs with, as ``signer``: a function, so that help needs no library."""
    for option in (
        click.option("--passphrase", metavar="env:NAME", help="Reference to the passphrase of the key."),
        click.option("--key", type=FILE, required=True, help="The auditor's private key."),
    ):
        command = option(command)
    return command


def _signer(key: Path, passphrase: str | None) -> Signer:
    from .core.evidence.keys import load_signer
    from .core.net.secrets import resolve_secret

    return load_signer(key, resolve_secret(passphrase) if passphrase else None)


@click.group()
def audit() -> None:
    """Prove what was done and what is reported, to somebody who trusts neither."""


@audit.command(epilog="Example: isthmus audit keygen -o auditor.key")
@click.option("-o", "--output", type=FILE, required=True, help="Where the private key goes; beside it, the public one.")
@click.option("--passphrase", metavar="env:NAME", help="Reference to a passphrase that closes the private key.")
@reporting
@click.pass_obj
def keygen(state: State, output: Path, passphrase: str | None) -> None:
    """Make the key (Ed25519) that signs trails and packs; keep it apart from the ledger."""
    from .core.run import audit as auditing
    from .core.run import render

    state.terminal.show(auditing.keygen(output, passphrase), render.pairs)


@audit.command(epilog="Example: isthmus audit head")
@reporting
@click.pass_obj
def head(state: State) -> None:
    """Print the number and hash of the trail's last entry, to be noted elsewhere."""
    from .core.run import audit as auditing
    from .core.run import render

    state.ask(lambda ledger: auditing.shown(ledger.trail_head()), render.pairs)


@audit.command(epilog="Example: isthmus audit sign --key auditor.key")
@_signing
@reporting
@click.pass_obj
def sign(state: State, key: Path, passphrase: str | None) -> None:
    """Follow the trail in the ledger, and sign all of it by an entry at its end."""
    from .core.run import audit as auditing
    from .core.run import render

    state.terminal.show(auditing.sign(state.config, _signer(key, passphrase)), render.pairs)


@audit.command(epilog="Example: isthmus audit trail -o trail.jsonl --key auditor.key")
@click.option("-o", "--output", type=FILE, required=True, help="File of JSON lines; it appears when it is whole.")
@_signing
@reporting
@click.pass_obj
def trail(state: State, output: Path, key: Path, passphrase: str | None) -> None:
    """Sign the trail, and write all of it to a file that can be verified offline."""
    from .core.run import audit as auditing
    from .core.run import render

    state.terminal.show(auditing.export_trail(state.config, output, _signer(key, passphrase)), render.pairs)


@audit.command(epilog="Example: isthmus audit pack --period 2026-Q1 -o pack.zip --key auditor.key")
@click.option(
    "--period", required=True, metavar="2026-Q1", help="2026, 2026-Q1, 2026-03, 2026-W07 or 2026-03-01..2026-03-31."
)
@click.option("-o", "--output", type=FILE, required=True, help="The pack, a zip; it appears when it is whole.")
@click.option("--as-of", callback=parsed("moment"), metavar="MOMENT", help="Leave out what was learned later.")
@click.option(
    "--mask", type=click.Choice(["people"]), help="Hide personal data: names, addresses, ids; titles in the report."
)
@_signing
@reporting
@click.pass_obj
def pack(
    state: State, period: str, output: Path, as_of: datetime | None, mask: str | None, key: Path, passphrase: str | None
) -> int:
    """Write a period's report with all that proves it to one signed file, which is verified offline."""
    from .core.run import audit as auditing
    from .core.run import render

    signer = _signer(key, passphrase)
    with state.working() as work:
        done = auditing.pack(
            state.config, period, output, signer, work.options, work.around, as_of=as_of, mask=mask is not None
        )
    state.terminal.show(done, render.pairs)
    return done["exit"]


@audit.command(epilog="Example: isthmus audit verify --public-key auditor.key.pub pack.zip")
@click.option("--public-key", type=FILE, help="Your own copy of the auditor's public key; a file is verified with it only.")
@click.option("--head", callback=_read_head, metavar="NUMBER:HASH", help="A head of the trail that was noted elsewhere.")
@click.argument("file", type=FILE, metavar="[PACK|TRAIL]", required=False)
@reporting
@click.pass_obj
def verify(state: State, public_key: Path | None, head: tuple[int, str] | None, file: Path | None) -> int:
    """Verify a pack or an exported trail, or else the trail in the ledger; name what is the first to be wrong."""
    from .core.run import audit as auditing
    from .core.run import render

    config = state.config if file is None else None
    done = auditing.verify(config, file, public_key, head)
    state.terminal.show(done.report(), render.pairs)
    return done.exit


@audit.command(epilog="Example: isthmus audit forget anna.bloom@acme.example --yes")
@click.argument("person", required=False, metavar="[PERSON]")
@click.option("--name", "names", multiple=True, metavar="NAME", help="A further name of the person, to be erased as well.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@reporting
@click.pass_obj
def forget(state: State, person: str | None, names: tuple[str, ...], yes: bool) -> int:
    """Erase PERSON (an e-mail address) from ledger and store; without PERSON, finish what was interrupted."""
    from .core.run import audit as auditing
    from .core.run import render

    if person and not yes:
        click.confirm(f"Erase {person} from the ledger and the store, for ever?", err=True, abort=True)
    report = auditing.forget(state.config, person, names)
    state.terminal.show(report, render.pairs)
    return report["exit"]
