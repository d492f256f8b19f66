"""Markers: how a record that Isthmus created is recognised, and which incident a marked record belongs to.

A record that bears our marker is paired with the record that it was created for, never created from, even where the ledger
was lost. A second record with the same marker at the same tool is a clone that somebody made there: it is reported, and is
an incident of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable
from typing import TypeAlias

from ..connector import Record
from ..ledger.ledger import Ledger
from .side import Side

Anchor: TypeAlias = tuple[str, str]
"""(connection, record id)"""

MARKER = "isthmus:"
LONGEST = 100
"""Characters that every tool stores in the field that holds a marker."""


def marker_for(connection: str, record_id: str) -> str:
    """Give the marker of the record that is created for a source record: stable, and at most 100 characters."""
    marker = f"{MARKER}{connection}:{record_id}"
    if len(marker) <= LONGEST:
        return marker
    return f"{MARKER}{hashlib.sha256(marker.encode()).hexdigest()}"


def marked_source(marker: str | None, members: Container[str]) -> Anchor | None:
    """Give the source record that a marker names, if it is one of this link's."""
    if not marker or not marker.startswith(MARKER):
        return None
    connection, _, record_id = marker.removeprefix(MARKER).partition(":")
    return (connection, record_id) if connection in members and record_id else None


def pair_marked(ledger: Ledger, link: str, side: Side, records: Iterable[Record], members: Container[str]) -> None:
    """Make bonds of records that bear our marker and that the ledger does not know, before anything is created."""
    sources = {
        record.id: source
        for record in records
        if not record.deleted
        and (source := marked_source(side.marker(record), members)) is not None
        and source != (side.name, record.id)
    }
    known = ledger.find_bonds(link, side.name, list(sources))
    for record_id, (name, source_id) in sources.items():
        if record_id in known or name == side.name:
            continue
        bond = ledger.find_bonds(link, name, [source_id]).get(source_id)
        with ledger.transaction():
            if bond is None:
                bond = ledger.add_bond(link)
                ledger.join(bond, link, name, source_id)
            elif side.name in ledger.bonds([bond])[bond].members:
                continue
            ledger.join(bond, link, side.name, record_id, marker=marker_for(name, source_id))
