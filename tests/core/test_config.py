"""The configuration: each mistake is told with its place and the fix, and no secret is ever repeated."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.core.config.config import Config, config_schema, load_config, mapping_schema, write_template
from isthmus.core.config.links import LinkConfig, migration_link
from isthmus.core.config.rings import find_ring
from isthmus.core.errors import ConfigError, CredentialError
from isthmus.core.model import GROUPS

CONNECTIONS = """\
connections:
  support: {connector: zendesk, url: https://acme.zendesk.com, auth: {kind: api_token, user: a@b.c, token: env:T}}
  ops: {connector: servicenow, url: https://acme.service-now.com, auth: {kind: basic, user: a, password: env:P}}
"""


@pytest.fixture
def load(tmp_path):
    def loaded(text: str, *, plain: bool = False) -> Config:
        path = tmp_path / "isthmus.yaml"
        path.write_text(dedent(text) if plain else CONNECTIONS + dedent(text), "utf-8")
        return load_config(path)

    return loaded


def refusal(load, text: str, *, plain: bool = False) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text, plain=plain)
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, OSError)
    return str(caught.value)


def test_the_example_is_a_configuration(tmp_path: Path):
    path = tmp_path / "isthmus.yaml"
    write_template(path)
    config = load_config(path)
    assert list(config.links) == ["support-ops"]
    assert config.link("support-ops").name == "support-ops"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.ledger_url == f"sqlite:///{tmp_path.resolve()}/isthmus.db"
    assert config.state_folder == tmp_path.resolve() / ".isthmus"
    with pytest.raises(ConfigError, match="exists already"):
        write_template(path)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_template(tmp_path / "none" / "isthmus.yaml")


def test_a_missing_empty_or_binary_file(tmp_path: Path, load):
    with pytest.raises(ConfigError, match="isthmus init"):
        load_config(tmp_path / "none.yaml")
    assert "holds no settings" in refusal(load, "", plain=True)
    assert "holds no settings" in refusal(load, "- a\n", plain=True)
    (tmp_path / "isthmus.yaml").write_bytes(b"\xff\xfe\x00hunter2")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config(tmp_path / "isthmus.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("connections: {}\n", "connections: the key stands twice"),
        ("links:\n  a: {members: [support, ops]}\n  a: {members: [ops, support]}\n", "stands twice"),
        ("links: {? [a, b] : c}\n", "a key is not a word"),
        ("links: [\n", "not YAML: line"),
        ("link: {}\n", "link: unknown setting; did you mean 'links'?"),
        ("folder: x\n", "folder: unknown setting"),
        ("links: [a]\n", "links: Input should be a valid dictionary"),
        ("links: {a: 7}\n", "links.a: "),
        ("links: {a: {members: [support]}}\n", "links.a.members: "),
        ("links: {a: {}}\n", "links.a.members: is missing"),
        ("links: {a: {name: b, members: [support, ops]}}\n", "links.a.name: unknown setting"),
        ("links: {a: {members: [support, opps]}}\n", "unknown connection 'opps'; did you mean 'ops'?"),
        ("links: {a: {members: [ops, ops]}}\n", "each connection once"),
        ("links: {a: {members: [support, ops], back_fill: all}}\n", "links.a.back_fill: unknown setting; did you mean 'backfill'?"),
        ("links: {a: {members: [support, ops], scope: {ops: {statsu: [new]}}}}\n", "did you mean 'status'?"),
        ("links: {a: {members: [support, ops], brakes: {max_delete: 3}}}\n", "did you mean 'max_deletes'?"),
        ("links: {a: {members: [support, ops], create: [opps]}}\n", "create: 'opps' is not a member"),
        ("links: {a: {members: [support, ops], brakes: {canary: {opps: '1'}}}}\n", "brakes.canary: 'opps'"),
        ("links: {a: {members: [support, ops], initial: oldest}}\n", "initial: 'oldest'"),
        ("links: {a: {members: [support, ops], fields: {statu: {policy: ask}}}}\n", "did you mean 'status'?"),
        ("links: {a: {members: [support, ops], fields: {status: {policy: oldest}}}}\n", "fields.status: 'oldest'"),
        ("links: {a: {members: [support, ops], fields: {status: {policy: highest}}}}\n", "'highest' compares priorities"),
        ("links: {a: {members: [support, ops], fields: {status: {from: newest}}}}\n", "from: 'newest' is not a member"),
        ("links: {a: {members: [support, ops], fields: {status: {from: ops, policy: ask}}}}\n", "write one of them"),
        ("links: {a: {members: [support, ops], visibility: {ops: {declassify: comments and files, because: yes}}}}\n", "because"),
        ("links: {a>b: {members: [support, ops]}}\n", "a name is made of"),
        ("ledger: 'http://[x'\n", "ledger: not a URL"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_place(load, text: str, words: str):
    message = refusal(load, text)
    assert words.replace("connections: the key", "the key") in message
    assert "isthmus.yaml" in message


@pytest.mark.parametrize(
    ("connection", "words"),
    [
        ("{connector: zendsk, url: https://x.example}", "unknown connector 'zendsk'; did you mean 'zendesk'?"),
        ("{connector: zendesk, auth: {kind: basic, user: a, password: env:P}}", "connections.x.url: is missing"),
        ("{connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, pasword: env:P}}", "auth.pasword: unknown setting; did you mean 'password'?"),
        ("{connector: servicenow, url: https://x.example, auth: {kind: basik}}", "connections.x.auth"),
        ("{connector: servicenow, url: https://x.example, timeot: 5, auth: {kind: basic, user: a, password: env:P}}", "timeot: unknown setting; did you mean 'timeout'?"),
        ("{connector: servicenow, url: 'https://a:hunter2secret@x.example', auth: {kind: basic, user: a, password: env:P}}", "credentials stand in it"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_connection_is_told(load, connection: str, words: str):
    message = refusal(load, f"connections:\n  x: {connection}\n", plain=True)
    assert words in message
    assert "hunter2secret" not in message


@pytest.mark.parametrize("name", ["../../etc", "a:b", "a/b", "", "x" * 41, "ask", "newest"])
def test_a_name_that_would_break_markers_and_files_is_refused(load, name: str):
    text = f"connections:\n  '{name}': {{connector: servicenow, url: https://x.example, auth: {{kind: basic, user: a, password: env:P}}}}\n"
    assert "connections" in refusal(load, text, plain=True)


SECRET = "hunter2-hunter2"
PLACES = (
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password: SECRET}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password:SECRET}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password=SECRET}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password: *SECRET}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password: !SECRET x}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password: [SECRET]}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: {kind: basic, user: a, password: 'SECRET}}}",
    "connections: {x: {connector: servicenow, url: https://x.example, auth: SECRET}}",
    "connections: {x: {connector: servicenow, url: https://x.example, password: SECRET}}",
    "connections: {x: {connector: servicenow, url: SECRET, auth: {kind: basic, user: a, password: env:P}}}",
    "connections: SECRET",
    "SECRET",
    "password: SECRET: x",
    "ledger: postgresql://isthmus:SECRET@db.example/isthmus",
    "ledger: postgresql://db.example/isthmus?user=a&password=SECRET",
    "ledger: postgresql://isthmus:SECRET@[db.example/isthmus",
)


@pytest.mark.parametrize("place", PLACES)
def test_no_message_repeats_a_secret(load, place: str):
    text = place.replace("SECRET", SECRET) + "\n"
    message = refusal(load, CONNECTIONS + text if place.startswith("ledger") else text, plain=True)
    assert SECRET not in message
    assert "hunter2" not in message


@settings(max_examples=150)
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(tmp_path_factory, text: str):
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(text.encode("utf-8", "replace"))
    with pytest.raises(ConfigError):
        load_config(path)


# -- ledger


def test_ledger_paths_are_taken_from_the_files_folder(load, tmp_path: Path):
    here = tmp_path.resolve()
    assert load("ledger: sqlite:///sub/x.db\n").ledger_url == f"sqlite:///{here}/sub/x.db"
    assert load("ledger: sqlite:///../x.db?timeout=5\n").ledger_url == f"sqlite:///{here.parent}/x.db?timeout=5"
    for url in ("sqlite:////var/x.db", "sqlite://", "sqlite:///:memory:", "postgresql://isthmus@db/x"):
        assert load(f"ledger: '{url}'\n").ledger_url == url


def test_a_ledger_with_a_password_is_a_reference(load, monkeypatch):
    config = load("ledger: env:ISTHMUS_TEST_LEDGER\n")
    with pytest.raises(CredentialError, match="ISTHMUS_TEST_LEDGER"):
        assert config.ledger_url
    monkeypatch.setenv("ISTHMUS_TEST_LEDGER", "postgresql://isthmus:ledger-password@db/x")
    assert config.ledger_url.endswith("@db/x")


# -- links


def link(*members: str, **rest) -> LinkConfig:
    return LinkConfig.model_validate({"members": members, **rest})


def test_a_ring_of_links_is_refused_and_told_why(load):
    message = refusal(load, "links:\n  one: {members: [support, ops]}\n  two: {members: [ops, support]}\n")
    assert "links: one and two form a ring, in which two values can chase each other" in message


def test_a_forest_of_links_is_fine():
    assert find_ring({"1": link("a", "b"), "2": link("b", "c", "d"), "3": link("x", "y"), "4": link("d", "e")}) == []
    assert find_ring({}) == []


def test_a_ring_is_found_wherever_it_closes():
    assert find_ring({"1": link("a", "b"), "2": link("b", "c"), "3": link("x", "y"), "4": link("c", "a")}) == [
        "1",
        "2",
        "4",
    ]
    assert find_ring({"1": link("a", "b", "c"), "2": link("c", "d", "a")}) == ["1", "2"]


def test_one_way_flows_are_no_exception():
    flows = {
        "1": link("a", "b", fields={group: {"from": "a"} for group in GROUPS}),
        "2": link("b", "c", fields={group: {"from": "b"} for group in GROUPS}),
        "3": link("c", "a", fields={group: {"from": "c"} for group in GROUPS}),
    }
    assert find_ring(flows) == ["1", "2", "3"]


def test_rules_of_a_link():
    made = link("a", "b", initial="a", fields={"status": {"policy": "ask"}, "title": {"from": "b", "on_drift": "restore"}})
    assert made.rule("status", first=True).policy == "a"
    assert made.rule("status", first=False).policy == "ask"
    assert made.rule("labels", first=False).policy == "newest"
    rule = made.rule("title", first=False)
    assert (rule.source, rule.on_drift) == ("b", "restore")
    assert made.flows("a", "b")
    assert not made.declassifies("a")


def test_a_migration_takes_people_and_mapping_of_the_link_and_flows_one_way(load):
    config = load(
        """\
        links:
          pair:
            members: [ops, support]
            people: {"a@b.c": "d@e.f"}
            scope: {support: {label: [x]}, ops: {group: [y]}}
            fields: {status: {policy: ask}}
        """
    )
    made = config.migration("support", "ops")
    assert (made.name, made.members, made.create) == ("support>ops", ("support", "ops"), ("ops",))
    assert made.people == {"a@b.c": "d@e.f"}
    assert list(made.scope) == ["support"]
    assert {policy.source for policy in made.fields.values()} == {"support"}
    plain = load("").migration("support", "ops")
    assert plain == migration_link("support", "ops")


def test_names_that_do_not_exist(load):
    config = load("")
    for asked in (config.connection, config.settings):
        with pytest.raises(ConfigError, match="did you mean 'support'"):
            asked("suport")
    with pytest.raises(ConfigError, match="unknown link 'x'"):
        config.link("x")
    with pytest.raises(ConfigError, match="unknown connection"):
        config.migration("support", "x")


def test_mappings_may_be_replaced_and_overlaid(load, tmp_path: Path):
    shipped = load("").mapping("ops")
    assert shipped.connector == "servicenow"
    config = load("links: {pair: {members: [ops, support], mapping: {ops: {fields: {cause: null}}}}}\n")
    overlaid = config.mapping("ops", config.link("pair"))
    assert "cause" not in overlaid.fields
    assert config.mapping("support", config.link("pair")) == config.mapping("support")
    text = Path(os.fspath(tmp_path)) / "mine.yaml"
    text.write_text(yaml.safe_dump({**shipped.model_dump(mode="json", exclude_unset=True, by_alias=True), "version": 99}))
    assert (
        load(CONNECTIONS.replace("connector: servicenow,", "connector: servicenow, mapping: mine.yaml,"), plain=True)
        .mapping("ops")
        .version
        == 99
    )


# -- schemas


def test_the_schemas_describe_what_is_accepted():
    schema = config_schema()
    assert "folder" not in schema["properties"]
    assert "name" not in schema["$defs"]["LinkConfig"]["properties"]
    connection = schema["$defs"]["ConnectionConfig"]
    assert {"servicenow", "zendesk"} <= set(connection["properties"]["connector"]["enum"])
    assert {variant["if"]["properties"]["connector"]["const"] for variant in connection["allOf"]} >= {
        "servicenow",
        "zendesk",
    }
    assert all("url" in variant["then"]["properties"] for variant in connection["allOf"])
    assert connection["unevaluatedProperties"] is False
    assert "fields" in mapping_schema()["properties"]
