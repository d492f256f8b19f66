from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from isthmus.connectors.request_tracker import RequestTracker
from isthmus.core.connector import Scope
from isthmus.core.errors import AuthenticationError, ConfigError, UnexpectedReplyError
from pydantic import ValidationError

API = "https://rt.example/REST/2.0"


def test_check_says_who_and_where_we_are(tracker: RequestTracker, site: Any) -> None:
    health = tracker.check()
    assert (health.account, health.account_id, health.zone) == ("isthmus@example.com", "isthmus", "UTC")
    assert health.warnings == ()
    assert site.mock.calls[0].request.headers["Authorization"] == "token 1-29-secret-of-isthmus"
    assert tracker.calls()["GET /rt"] == 1
    assert tracker.skew_seconds == 0


def test_a_password_signs_as_well(make: Callable[..., RequestTracker], site: Any) -> None:
    site.stand()
    assert make({"kind": "basic", "user": "isthmus", "password": "env:RT_PASSWORD"}).identify().account_id == "isthmus"
    assert site.mock.calls[0].request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"user": {"id": 30, "Name": "isthmus"}}, "the token is not that of 'isthmus'"),
        ({"user": {"id": 29, "Name": "isthmus"}}, "the time zone UTC"),
        ({"user": {"id": 29, "Name": "isthmus", "Timezone": "Mars/Olympus"}}, "'Mars/Olympus' is no time zone"),
        ({"ticket_fields": []}, "no custom field 'Isthmus Marker'"),
        ({"transaction_fields": []}, "no custom field 'Isthmus Origin'"),
    ],
)
def test_what_is_missing_is_named(
    make: Callable[..., RequestTracker], site: Any, change: dict[str, Any], words: str
) -> None:
    for name, value in change.items():
        setattr(site, name, value)
    site.stand()
    with pytest.raises(ConfigError, match=words):
        make().check()


def test_strange_addresses_users_and_queues_are_told(make: Callable[..., RequestTracker], site: Any) -> None:
    site.mock.get(f"{API}/rt", status=404, body="no such page")
    with pytest.raises(UnexpectedReplyError, match="check 'url'"):
        make().check()
    site.mock.reset()
    site.stand()
    site.mock.get(f"{API}/user/ann", status=404, json={"message": "Resource does not exist"})
    with pytest.raises(ConfigError, match="knows no user 'ann'"):
        make({"kind": "api_token", "user": "ann", "token": "env:RT_TOKEN"}).check()
    site.mock.get(f"{API}/queue/Sales", status=404, json={"message": "Resource does not exist"})
    with pytest.raises(ConfigError, match="no queue 'Sales'"):
        make(queue="Sales").check()


def test_a_queue_without_our_field_is_a_warning(make: Callable[..., RequestTracker], site: Any) -> None:
    site.queues = {"3": "Support", "9": "Unmarked"}
    site.stand()
    site.mock.replace("GET", f"{API}/queue/9", json={"id": 9, "Name": "Unmarked", "TicketCustomFields": []})
    assert "Unmarked" in make().check().warnings[0]


def test_the_zone_of_the_settings_comes_first(make: Callable[..., RequestTracker], site: Any) -> None:
    site.user = {"id": 29, "Name": "isthmus"}
    site.stand()
    site.search([])
    tracker = make(zone="Asia/Tokyo")
    assert tracker.identify().zone == "Asia/Tokyo"
    list(tracker.changes("2026-05-02T08:01:00Z", Scope()))
    assert site.queries() == ["LastUpdated >= '2026-05-02 17:00:00'"]


def test_a_refusal_is_told_once(make: Callable[..., RequestTracker], site: Any) -> None:
    site.mock.get(f"{API}/rt", status=401, body="Authorization required")
    with pytest.raises(AuthenticationError):
        make().check()
    assert len(site.mock.calls) == 1


def test_other_credentials_and_names_are_refused_by_the_settings(make: Callable[..., RequestTracker]) -> None:
    with pytest.raises(ValidationError, match="api_token or kind: basic"):
        make({"kind": "api_key", "key": "env:RT_TOKEN"})
    with pytest.raises(ValidationError, match="marker_field"):
        make(marker_field="x}' OR id > 0 OR 'CF.{y")


def test_fields_have_their_choices(tracker: RequestTracker) -> None:
    found = {info.name: info for info in tracker.fields()}
    assert found["Subject"].max_length == 200
    assert found["Building"].options == (("North", "North"), ("South", "South"))
    assert found["Tags"].options is None
    assert "Isthmus Marker" not in found
    assert tracker.groups()[0].name == "Support"
    assert tracker.default_group() == "3"


def test_a_reply_of_another_shape_is_told(make: Callable[..., RequestTracker], site: Any) -> None:
    site.mock.get(f"{API}/rt", json=["no", "object"])
    with pytest.raises(UnexpectedReplyError, match="holds no 'Version'"):
        make().check()
