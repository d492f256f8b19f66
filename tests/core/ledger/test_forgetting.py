"""Erasing texts from the ledger: page by page, in one transaction, in either database."""

from __future__ import annotations

import pytest
from isthmus.core.ledger import forgetting
from isthmus.core.ledger import schema as db
from isthmus.core.ledger.state import Intent, IntentKind, Receipt
from sqlalchemy import select


def spell(text: str) -> str:
    return text.replace("anna@acme.example", "[gone]")


@pytest.fixture
def naming(ledger, clock, monkeypatch):
    """A ledger that names a person in some receipts, more of them than a page holds, and in an open intent."""
    monkeypatch.setattr(forgetting, "PAGE", 3)
    who = {"email": "anna@acme.example"}
    rows = [
        (f"b{number}", side, "requester", Receipt({"requester": who}, {"who": number}))
        for number in range(4)
        for side in "ab"
    ]
    ledger.save_receipts(rows)
    ledger.save_values("b0", {"title": {"title": "nobody"}, "requester": {"requester": who}})
    intent = Intent(
        id="i",
        run="r",
        link="pair",
        kind=IntentKind.UPDATE,
        connection="a",
        bond="b0",
        at=clock(),
        predicted={"requester": who},
    )
    ledger.open_intents([intent])
    return ledger


def test_texts_are_erased_wherever_they_stand(naming):
    assert len(list(naming.personal_texts(["anna@"]))) == 10
    assert naming.erase(["anna@"], spell) == {"values_of_record": 1, "receipts": 8, "intents": 1}
    assert list(naming.personal_texts(["anna@"])) == []
    naming.compact()
    with naming.transaction() as session:
        values = session.execute(select(db.receipts.c.value)).scalars().all()
        assert values == ['{"requester":{"email":"[gone]"}}'] * 8
        assert len(session.execute(select(db.receipts.c.raw).distinct()).all()) == 4
    assert naming.erase(["anna@"], spell) == {}


def test_an_erasure_that_fails_changes_nothing(naming):
    def fail(text: str) -> str:
        if "predicted" in text:
            raise RuntimeError("crash")
        return spell(text)

    with pytest.raises(RuntimeError, match="crash"):
        naming.erase(["anna@"], fail)
    assert len(list(naming.personal_texts(["anna@"]))) == 10


def test_what_was_begun_is_known_until_it_ends(naming):
    assert naming.begun_forgetting() is None
    naming.begin_forgetting({"address": "anna@acme.example"})
    assert naming.begun_forgetting() == {"address": "anna@acme.example"}
    assert naming.links_that_wait(lambda body: "anna@" in body) == ["pair"]
    assert [intent.id for intent in naming.unsettled("pair")] == ["i"]
    naming.begin_forgetting({"state": "compacting"})
    assert naming.begun_forgetting() == {"state": "compacting"}
    naming.end_forgetting()
    assert naming.begun_forgetting() is None


def test_every_link_that_ran_is_known(ledger):
    ledger.start_run("sync", "pair")
    ledger.start_run("migrate", "a>b")
    ledger.start_run("sync", "pair")
    assert ledger.known_links() == ["a>b", "pair"]
