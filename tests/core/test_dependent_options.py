"""Options that a tool offers under some values of another field only, such as subcategories."""

from __future__ import annotations

from typing import ClassVar

import pytest
import yaml
from isthmus.core.mapping.directory import Unlisted
from isthmus.core.mapping.mapping import Mapping
from isthmus.core.mapping.spec import parse_mapping
from isthmus.core.model import Document
from isthmus.core.records import Dependency, Json


class Family(Unlisted):
    """A tool that offers a subcategory under some categories, and without one where that is said."""

    offered: ClassVar = {"sub": Dependency("cat", frozenset({("Network", "VPN"), ("Disk", "Full"), ("", "Other")}))}

    def options(self, field: str) -> frozenset[str] | None:
        return frozenset({"Network", "Disk"}) if field == "cat" else None

    def dependency(self, field: str) -> Dependency | None:
        return self.offered.get(field)


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ({"category": "Network", "subcategory": "VPN"}, {"cat": "Network", "sub": "VPN"}),
        ({"category": "Network", "subcategory": "Full"}, {"cat": "Network", "sub": None}),
        ({"category": "Network", "subcategory": None}, {"cat": "Network", "sub": None}),
        ({"category": None, "subcategory": "VPN"}, {"cat": None, "sub": None}),
        ({"category": None, "subcategory": "Other"}, {"cat": None, "sub": "Other"}),
        ({"category": "Unknown", "subcategory": "VPN"}, {"sub": None}),
        ({"category": "Unknown", "subcategory": "Other"}, {"sub": "Other"}),
        ({"subcategory": "VPN"}, {"sub": "VPN"}),
    ],
)
def test_a_value_is_written_only_under_a_value_that_offers_it(value: Document, body: Json) -> None:
    fields = {
        "category": {"field": "cat", "as": "nullable_text", "carried": True},
        "subcategory": {"field": "sub", "as": "nullable_text", "carried": True},
    }
    part = {"fields": {"id": {"field": "id"}}}
    spec = {"connector": "toy", "version": 1, "fields": fields, "comment": part, "attachment": part}
    toy = Mapping(parse_mapping(yaml.safe_dump(spec, sort_keys=False), "toy.yaml"))
    assert toy.write(value, Family()) == body
    assert toy.write(value, Unlisted()) == {
        {"category": "cat", "subcategory": "sub"}[name]: item for name, item in value.items()
    }
