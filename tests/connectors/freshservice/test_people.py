from __future__ import annotations

from typing import Any

import pytest
from isthmus.connectors.freshservice import Freshservice
from isthmus.connectors.freshservice.people import is_address
from isthmus.core.model import ConfigurationItem, Person

FORBIDDEN = (403, {}, {"code": "access_denied", "message": "no"})
ANA = {
    "id": 21,
    "first_name": "Ana",
    "last_name": "Roux",
    "primary_email": "Ana@example.com",
    "secondary_emails": ["A2@x.org"],
}


def test_agents_are_read_at_once_and_requesters_one_by_one(plain: Freshservice, desk: Any) -> None:
    desk.get("requesters/21", {"requester": ANA})
    desk.get("agents/32", {"agent": {"id": 32, "first_name": "New", "last_name": None, "email": "new@example.com"}})
    found = plain.people(["31", "21", "21", "32", "99", "", "x"])
    assert found == {
        "31": Person(id="31", name="Alex Agent", email="alex@example.com"),
        "21": Person(id="21", name="Ana Roux", email="ana@example.com"),
        "32": Person(id="32", name="New", email="new@example.com"),
    }
    assert plain.people(["21"]) == {"21": found["21"]}
    assert desk.paths().count("requesters/21") == 1


def test_people_without_a_name_or_address(plain: Freshservice, desk: Any) -> None:
    desk.get("requesters/21", {"requester": {"id": 21, "first_name": "", "primary_email": None}})
    assert plain.people(["21"])["21"] == Person(id="21")


def test_people_are_found_by_any_of_their_addresses(plain: Freshservice, desk: Any) -> None:
    desk.get(
        "requesters",
        lambda params, body: {"requesters": [ANA] if params["email"] in ("ana@example.com", "a2@x.org") else []},
    )
    found = plain.find_people(["alex@example.com", "ana@example.com", "a2@x.org", "nobody@example.com", "not an address"])
    assert {email: person.id for email, person in found.items()} == {
        "alex@example.com": "31",
        "ana@example.com": "21",
        "a2@x.org": "21",
    }
    assert found["a2@x.org"].email == "a2@x.org"
    asked = desk.params("requesters")
    assert {params["email"] for params in asked} == {"ana@example.com", "a2@x.org", "nobody@example.com"}
    assert {params["include_agents"] for params in asked} == {"true"}
    assert plain.find_people([]) == {}


@pytest.mark.parametrize(
    "rows",
    [
        [{**ANA, "active": False}],
        [ANA, {**ANA, "id": 22}],
        [{**ANA, "primary_email": "ana@example.com.evil", "secondary_emails": []}],
    ],
)
def test_the_inactive_the_ambiguous_and_the_merely_similar_are_nobody(plain: Freshservice, desk: Any, rows: Any) -> None:
    desk.get("requesters", {"requesters": rows})
    assert plain.find_people(["ana@example.com"]) == {}


def test_an_account_that_may_not_read_agents_asks_for_requesters(plain: Freshservice, desk: Any) -> None:
    desk.get("agents", FORBIDDEN)
    desk.get("agents/31", FORBIDDEN)
    desk.get("requesters", {"requesters": [ANA]})
    assert plain.find_people(["ana@example.com"])["ana@example.com"].id == "21"
    assert "include_agents" not in desk.params("requesters")[0]
    assert plain.people(["31"]) == {}


def test_the_memory_of_people_is_bounded(plain: Freshservice, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isthmus.connectors.freshservice.people.KEPT", 1)
    for number in (21, 22):
        desk.get(f"requesters/{number}", {"requester": {**ANA, "id": number}})
    plain.people(["21", "22"])
    plain.people(["21"])
    assert desk.paths().count("requesters/21") == 2


@pytest.mark.parametrize("text", ["", "*", "@", "a@", "@b", "a@b@c", "a b@c", "a\n@c", "%"])
def test_what_can_be_no_address_is_not_asked_for(text: str) -> None:
    assert not is_address(text)
    assert is_address("x'y%@example.com")


# -- groups


def test_groups_are_read_workspace_by_workspace(plain: Freshservice, desk: Any) -> None:
    desk.get("workspaces", {"workspaces": [{"id": 2, "primary": True}, {"id": 3}]})
    desk.get(
        "groups",
        lambda params, body: {"groups": [{"id": int(params["workspace_id"]) * 10, "name": f"G{params['workspace_id']}"}]},
    )
    assert [(group.id, group.name) for group in plain.groups()] == [("20", "G2"), ("30", "G3")]
    assert plain._people.workspace_of("30") == 3
    assert plain._people.workspace_of("99") is None
    plain.groups()
    assert len(desk.params("groups")) == 2


# -- configuration items


def test_an_asset_is_found_by_tag_then_serial_then_name(plain: Freshservice, desk: Any) -> None:
    rows = [
        {"display_id": 5, "id": 500, "name": "web-01", "serial_number": "S1", "asset_tag": "T1"},
        {"display_id": 6, "id": 600, "name": "web-01-old", "serial_number": "", "asset_tag": None},
    ]
    desk.get("assets", {"assets": rows})
    found = plain.find_item(ConfigurationItem(name="web-01", external_id="T9", serial="S1"))
    assert found == ConfigurationItem(id="5", name="web-01", serial="S1", external_id="T1")
    assert [params["search"] for params in desk.params("assets")] == ["\"asset_tag:'T9'\"", "\"serial_number:'S1'\""]
    assert plain.find_item(ConfigurationItem(name="web-01-old")) == ConfigurationItem(id="6", name="web-01-old")
    assert plain.find_item(ConfigurationItem(name="web")) is None
    assert plain.find_item(ConfigurationItem(name="it's")) is None
    assert plain.find_item(ConfigurationItem()) is None


def test_several_assets_of_one_name_are_nobodys(plain: Freshservice, desk: Any) -> None:
    desk.get("assets", {"assets": [{"display_id": 5, "id": 1, "name": "x"}, {"display_id": 6, "id": 2, "name": "x"}]})
    assert plain.find_item(ConfigurationItem(name="x")) is None
    desk.get("assets", FORBIDDEN)
    assert plain.find_item(ConfigurationItem(name="x")) is None
