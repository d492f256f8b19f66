"""The evidence pack: a report with everything that it is made of, in one signed file that is checked without a network."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import orjson

from ..config.config import Config
from ..errors import InterruptedRunError
from ..export import masking
from ..kpi.definitions import KPIS
from ..kpi.figures import Report, Ticket
from ..ledger.chain import Head
from ..ledger.ledger import Ledger
from ..mapping.mapping import Mapping
from ..model import Frozen, format_time
from ..redaction import redact
from ..report.html import html
from ..report.json import json
from ..store.people import People
from . import derivations, verify
from .container import Container
from .keys import Signer
from .signing import private, sign_trail, trail_lines

if TYPE_CHECKING:
    from ..store.store import Store

SPOOLED = (*derivations.TABLE_NAMES.values(), "facts.jsonl", "collections.jsonl", "calendar_hours.jsonl")
README = """\
Evidence for: {title}, {label}

How to check it, on any machine with Python 3.11 and the library `cryptography`, without a network:

    python3 verify.py PUBLIC_KEY THIS_FILE.zip

PUBLIC_KEY is your own copy of the auditor's public key. Take verify.py from where you trust it: from an installed Isthmus,
or a copy that you have kept. Nothing needs to be unpacked.

report.html, report.json   the report, for people and for machines
definitions.json           every KPI: in words, and as SQL over the facts
facts.jsonl                each incident with its times, its pauses, and every figure that counts it, with what value
calendar_hours.jsonl       the open hours of each calendar, from which business time is computed
incidents.jsonl, comments.jsonl, timeline.jsonl, sla_clocks.jsonl   what the tools told, as it was known at {as_of}
completeness.json          what was asked, and for each tool the sum that shows that nothing was left out
collections.jsonl          every reading of the tools, with their own counts
configuration.json         what the report and the readings were configured with; secrets are references, not values
mappings/                  how the records of each tool were read, with the version that the readings name
trail.jsonl                the chain of everything that was written and decided, signed
manifest.json              size and SHA-256 of all these files
"""


def write_pack(
    store: Store,
    ledger: Ledger,
    config: Config,
    report: Report,
    path: Path,
    signer: Signer,
    *,
    mask: bool = False,
    progress: Callable[[str, int, int | None], None] = lambda words, done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Write the pack of a report that was just computed from a store; give its digest, counts and the trail's head.

    Args:
        store: the store, with the temp tables of the report.
        ledger: whose trail is signed and packed.
        config: what the report was computed with.
        report: the report.
        path: where to; the file appears when it is whole.
        signer: the auditor's key.
        mask: hide personal data, as an export does; the report shows no titles and no recurring issues.
        progress: told what is done, how much of it, and of how many.
        stop: asked from time to time whether to give up.

    Raises:
        UserError: the file cannot be written.
        LedgerError: the trail is not whole; nothing is signed.
        InterruptedRunError: asked to stop; no file is left.
    """
    people = masking.start(store, None) if mask else None
    shown = report if people is None else _untitled(report.model_copy(update={"recurring": ()}))
    try:
        with private(path) as file, TemporaryDirectory(prefix=".isthmus-pack-", dir=path.absolute().parent) as name:
            total = _spool(store, Path(name), mask=mask, progress=progress, stop=stop)
            derivations.spool_rest(store, report, Path(name), mask=mask)
            head = _record(ledger, shown, signer)
            container = Container(file)
            _add_all(container, store, ledger, config, shown, Path(name), head, people)
            facts = {"kind": "pack", "format": 1, "title": report.title, "period": report.label, "trail": head}
            container.seal({**facts, "masked": mask}, signer)
    finally:
        if people:
            masking.stop(store)
    with path.open("rb") as made:
        digest = hashlib.file_digest(made, "sha256").hexdigest()
    return {"path": str(path), "sha256": digest, "incidents": total, "head": f"{head[0]}:{head[1]}"}


def _spool(
    store: Store, folder: Path, *, mask: bool, progress: Callable[[str, int, int | None], None], stop: Callable[[], bool]
) -> int:
    """Write what is as long as the incidents are many to files, and give the number of incidents."""
    total = derivations.choose(store)
    tables = derivations.spool_tables(store, total, folder, mask=mask)
    for place in chain(tables, derivations.spool_facts(store, total, folder / "facts.jsonl")):
        progress("packing", place, total)
        if stop():
            raise InterruptedRunError("asked to stop; the pack is not whole, no file was written")
    return total


def _record(ledger: Ledger, report: Report, signer: Signer) -> Head:
    """Let the trail say what the pack says, and sign the trail."""
    facts = {"period": report.label, "as_of": format_time(report.as_of), "report": hashlib.sha256(json(report)).hexdigest()}
    ledger.note({"kind": "pack", **facts})
    return sign_trail(ledger, signer)


def _add_all(
    container: Container,
    store: Store,
    ledger: Ledger,
    config: Config,
    report: Report,
    folder: Path,
    head: Head,
    people: People | None,
) -> None:
    words = {"title": report.title, "label": report.label, "as_of": format_time(report.as_of)}
    container.add("README.txt", README.format(**words).encode())
    container.add("verify.py", Path(verify.__file__).read_bytes())
    container.add("report.html", html(report).encode())
    container.add("report.json", json(report))
    container.add("definitions.json", _json([{**kpi.info.model_dump(mode="json"), **_sql(kpi)} for kpi in KPIS]))
    container.add("completeness.json", _json(derivations.completeness(store, report)))
    container.add("configuration.json", _json(_redacted(config.model_dump(mode="json", exclude={"folder"}), people)))
    for source in report.sources:
        if source.connection in config.connections:
            spec = config.mapping(source.connection)
            told = {"version": Mapping(spec).version, "mapping": spec.model_dump(mode="json", by_alias=True)}
            container.add(f"mappings/{source.connection}.json", _json(_redacted(told, people) if people else told))
    for name in SPOOLED:
        with (folder / name).open("rb") as file:
            container.add_file(name, file)
    container.add("trail.jsonl", trail_lines(ledger, head[0]))


def _sql(kpi: Any) -> dict[str, str]:
    parts = {"population": kpi.population, "measure": kpi.measure, "moment": kpi.moment, "aggregate": kpi.aggregate.value}
    return {name: " ".join(part.split()) for name, part in parts.items()}


def _redacted(value: Any, people: People | None) -> Any:
    """Mask secrets in a configuration, should one stand where a reference belongs, and people where they are hidden."""
    match value:
        case str():
            return redact(value if people is None else people.redact_text(value))
        case dict():
            fields = cast("dict[str, Any]", value)
            return {_redacted(name, people): _redacted(each, people) for name, each in fields.items()}
        case list():
            return [_redacted(each, people) for each in cast("list[Any]", value)]
        case _:
            return value


def _untitled(value: Any) -> Any:
    """Give a report, or a part of one, without the titles of incidents."""
    match value:
        case Ticket():
            return value.model_copy(update={"title": ""})
        case Frozen():
            return value.model_copy(update={name: _untitled(each) for name, each in value})
        case tuple():
            return tuple(map(_untitled, cast("tuple[Any, ...]", value)))
        case dict():
            return {name: _untitled(each) for name, each in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
