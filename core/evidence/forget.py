"""Forget a person: erase what ledger and store hold, keep them out of what is read later, and leave the trail whole.

What is about to be erased is committed first. An erasure that is interrupted at any instant is finished by the next call,
which needs no name: store, then ledger, then the files are written anew, since a database leaves what it deletes in its
blocks.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ..errors import ConfigError
from ..ledger.ledger import Ledger
from ..store import erasing
from ..store.forgotten import ERASED, Erasure, normal
from ..store.store import Store
from ..sync.lease import owner_name

LEASE_SECONDS = 3600
UNREACHED = (
    "the vendors' own records: erase the person there first, or a mirror reads them into the ledger again",
    "exports, reports, saved plans, logs and evidence packs that were written or given away, and backups",
    "ids that vendors give to people, where a record holds no more of the person than that",
)
"""What an erasure cannot reach."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What an erasure did."""

    names: int
    """Full names that were erased beside the address."""
    ledger: dict[str, int] = field(default_factory=dict[str, int])
    """Table -> rows that were changed."""
    store: dict[str, int] = field(default_factory=dict[str, int])
    """Table -> texts that were changed."""
    trail: int = 0
    """Entries of the trail that spell the person all the same; the chain does not let them be changed."""


def forget(ledger: Ledger, store: Path, address: str | None, names: Iterable[str] = ()) -> Forgotten:
    """Forget a person, or finish what was begun.

    Args:
        ledger: the ledger.
        store: the store's file; there need not be one.
        address: the person's e-mail address; None to finish an erasure that was interrupted.
        names: further names of the person, beside those that ledger and store know.

    Raises:
        ConfigError: no such erasure can be done: no address, another one is unfinished, or a write that names the person
            is of unknown fate.
        LeaseHeldError: another process works on a link.
        LedgerError: ledger or store are in use or cannot be written.
    """
    done = Forgotten(0)
    with _alone(ledger):
        begun = ledger.begun_forgetting()
        if begun is None:
            begun = _begin(ledger, store, address, names)
        elif address is not None and begun.get("address") != normal(address):
            raise ConfigError("another erasure was interrupted; finish it first: isthmus audit forget")
        if begun["state"] == "erasing":
            done = _erase(ledger, store, begun)
    ledger.compact()
    ledger.end_forgetting()
    return done


def _begin(ledger: Ledger, store: Path, address: str | None, names: Iterable[str]) -> dict[str, Any]:
    if address is None or "@" not in address.strip("@"):
        raise ConfigError("a person is named by the e-mail address, such as anna.bloom@acme.example")
    known = {" ".join(name.split()) for name in names}
    for text in ledger.personal_texts([normal(address)]):
        if text[:1] in ("{", "["):
            known |= erasing.names_in(orjson.loads(text), address)
    if store.exists():
        with Store(store) as held:
            known |= erasing.names_of(held, address)
    begun = {"state": "erasing", "address": normal(address), "names": sorted(known - {"", ERASED})}
    _check_settled(ledger, _erasure(begun))
    with ledger.transaction():
        begun["person"] = ledger.person_digest(address)
        ledger.begin_forgetting(begun)
        ledger.note({"kind": "forget", "person": begun["person"]})
    return begun


def _erase(ledger: Ledger, store: Path, begun: dict[str, Any]) -> Forgotten:
    erasure = _erasure(begun)
    _check_settled(ledger, erasure)
    in_store: dict[str, int] = {}
    if store.exists():
        with Store(store) as held:
            in_store = erasing.erase(held, erasure)
        erasing.rewrite(store)
    spelled = sum(erasure.text(entry["body"]) != entry["body"] for entry in ledger.trail_entries())
    with ledger.transaction():
        in_ledger = ledger.erase(erasure.hints, erasure.stored)
        ledger.forget_person(begun["address"])
        ledger.note({"kind": "forgotten", "person": begun["person"], "ledger": in_ledger, "store": in_store})
        ledger.begin_forgetting({"state": "compacting"})
    return Forgotten(len(begun["names"]), in_ledger, in_store, spelled)


def _erasure(begun: dict[str, Any]) -> Erasure:
    return Erasure([begun["address"]], begun["names"])


def _check_settled(ledger: Ledger, erasure: Erasure) -> None:
    waiting = ledger.links_that_wait(lambda body: erasure.stored(body) != body)
    if waiting:
        raise ConfigError(f"a write that names the person is of unknown fate; run first: isthmus sync {waiting[0]}")


@contextmanager
def _alone(ledger: Ledger) -> Generator[None]:
    """Keep every run from its link: it would write down again whom it has read."""
    owner, held = owner_name(), list[str]()
    try:
        for link in ledger.known_links():
            ledger.acquire(link, owner, LEASE_SECONDS)
            held.append(link)
        yield
    finally:
        for link in held:
            ledger.give_back(link, owner)
