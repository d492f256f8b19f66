from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from isthmus.connectors.zendesk.queries import quoted, ticket_terms
from isthmus.core.connector import Scope


@given(st.text())
def test_nothing_breaks_out_of_a_quoted_term(value: str) -> None:
    term = quoted(value)
    assert term.startswith('"')
    assert term.endswith('"')
    assert term.count('"') == 2
    assert "\\" not in term
    assert not any(ord(letter) < 32 for letter in term)


@given(st.text(alphabet=st.characters(exclude_characters='"\\', exclude_categories=["Cc", "Cs"])))
def test_harmless_text_is_quoted_as_it_is(value: str) -> None:
    assert quoted(value) == f'"{value}"'


def test_a_scope_becomes_terms() -> None:
    scope = Scope(
        label=("a b", 'x"y'),
        group=("Service Desk",),
        opened_after=datetime(2026, 5, 1, 10, 0, 0, 5, tzinfo=UTC),
        updated_after=datetime(2026, 5, 2, tzinfo=UTC),
        native="priority>normal",
        status=("new",),
    )
    assert ticket_terms(scope) == [
        'tags:"a b"',
        'tags:"x y"',
        'group:"Service Desk"',
        "created>2026-05-01T10:00:00Z",
        "updated>2026-05-02T00:00:00Z",
        "priority>normal",
    ]
    assert ticket_terms(Scope()) == []
