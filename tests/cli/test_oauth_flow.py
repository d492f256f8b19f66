"""The code flow on loopback: a browser comes back with a code, or with something else."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import stat
import threading
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
import responses
from isthmus.connectors.servicenow import ServiceNow
from isthmus.core.connector import ConnectionSettings, Connector, Context
from isthmus.core.errors import AuthenticationError, ConfigError, InterruptedRunError
from isthmus.core.net.auth import ApiKeyAuth, AuthorizationEndpoint, OAuth, TokenEndpoint, TokenStore
from isthmus.core.net.oauth_flow import grant
from isthmus.core.run.terminal import Terminal

TOKEN_URL = "https://vendor.example.com/oauth/tokens"
PAGE_URL = "https://vendor.example.com/oauth/authorizations/new"


class Vendor(Connector):
    name = "vendor"
    title = "Vendor"
    traits = ServiceNow.traits
    page = AuthorizationEndpoint(PAGE_URL, TokenEndpoint(TOKEN_URL, "json"), scope="read write")

    def check(self):
        raise NotImplementedError

    def changes(self, cursor, scope):
        raise NotImplementedError

    def fetch(self, ids):
        raise NotImplementedError

    def authorization(self):
        return self.page


@pytest.fixture
def make(tmp_path, monkeypatch):
    monkeypatch.setenv("VENDOR_SECRET", "a-client-secret")

    def connector(**auth):
        given = {"grant": "refresh_token", "client_id": "isthmus", "client_secret": "env:VENDOR_SECRET", **auth}
        settings = ConnectionSettings(url="https://vendor.example.com", auth=OAuth(**given))
        return Vendor(settings, Context(connection="support", tokens=TokenStore(tmp_path, "support")))

    return connector


class Browser:
    """Opens the page that it is shown, and follows the vendor's redirect."""

    def __init__(self, **answer):
        self.answer = answer
        self.asked = {}
        self.said = []
        self.thread = None

    def __call__(self, url):
        self.url = url
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        home = self.asked["redirect_uri"]
        state = self.asked["state"]
        for query in ("favicon", "?code=forged&state=other", "?" + "&".join(f"{k}={v}" for k, v in self.reply(state))):
            address = home.rsplit("/", 1)[0] + "/favicon.ico" if query == "favicon" else home + query
            try:
                with urlopen(address, timeout=10) as page:
                    self.said.append((page.status, page.read().decode()))
            except HTTPError as error:
                with error:
                    self.said.append((error.code, error.read().decode()))

    def reply(self, state):
        return {**self.answer, "state": state}.items()


@responses.activate
def test_a_code_becomes_stored_tokens(make, tmp_path):
    responses.post(TOKEN_URL, json={"access_token": "an-access-token", "refresh_token": "a-refresh-token"})
    browser = Browser(code="the-code")
    grant(make(), port=0, show=browser)
    browser.thread.join()
    assert browser.url.startswith(PAGE_URL + "?")
    assert browser.asked["client_id"] == "isthmus"
    assert browser.asked["scope"] == "read write"
    assert browser.asked["response_type"] == "code"
    assert [status for status, _ in browser.said] == [404, 400, 200]
    assert "Isthmus has access." in browser.said[-1][1]
    sent = json.loads(responses.calls[0].request.body)
    assert sent["grant_type"] == "authorization_code"
    assert sent["code"] == "the-code"
    assert sent["redirect_uri"] == browser.asked["redirect_uri"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert browser.asked["code_challenge"] == challenge
    assert browser.asked["code_challenge_method"] == "S256"
    path = tmp_path / "support.token"
    assert json.loads(path.read_text())["refresh_token"] == "a-refresh-token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@responses.activate
def test_the_configured_scope_is_asked_for(make):
    responses.post(TOKEN_URL, json={"access_token": "an-access-token"})
    browser = Browser(code="the-code")
    grant(make(scope="read"), port=0, show=browser)
    browser.thread.join()
    assert browser.asked["scope"] == "read"


def test_a_refusal_is_told_in_the_vendors_words(make):
    browser = Browser(error="access_denied", error_description="not+you")
    with pytest.raises(AuthenticationError, match="support: access was not granted: not you"):
        grant(make(), port=0, show=browser)
    browser.thread.join()
    assert "was not given access" in browser.said[-1][1]


def test_nobody_answers(make):
    moments = iter([0.0, 0.0, 301.0])
    with pytest.raises(AuthenticationError, match="nobody granted access within 300 seconds"):
        grant(make(), port=0, show=lambda url: None, clock=lambda: next(moments))


def test_the_wish_to_stop_ends_the_wait(make):
    with pytest.raises(InterruptedRunError):
        grant(make(), port=0, show=lambda url: None, stop=lambda: True)


def test_a_taken_port_is_named(make):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} cannot be listened on.*--port"):
            grant(make(), port=port, show=lambda url: None)


def test_a_connection_without_such_a_grant_says_so(make):
    connector = make(grant="client_credentials")
    with pytest.raises(ConfigError, match=r"connections.support.auth: grant 'client_credentials' needs no browser"):
        grant(connector, port=0, show=print)
    connector.settings = connector.settings.model_copy(update={"auth": ApiKeyAuth(key="env:VENDOR_SECRET")})
    with pytest.raises(ConfigError, match="kind 'api_key' needs no browser"):
        grant(connector, port=0, show=print)
    connector.page = None
    with pytest.raises(ConfigError, match="Vendor knows no grant in a browser"):
        grant(connector, port=0, show=print)


@responses.activate
def test_the_command_shows_the_page_and_stores_the_tokens(desk, monkeypatch):
    monkeypatch.setenv("VENDOR_SECRET", "a-client-secret")
    responses.post(TOKEN_URL, json={"access_token": "an-access-token", "refresh_token": "a-refresh-token"})
    browser = Browser(code="the-code")
    monkeypatch.setattr("webbrowser.open", browser)
    desk.entries["vendor"] = type(desk.entries["left"])("tests:vendor", Vendor)
    auth = {"kind": "oauth", "grant": "refresh_token", "client_id": "isthmus", "client_secret": "env:VENDOR_SECRET"}
    desk.write(
        connections={"support": {"connector": "vendor", "url": "https://vendor.example.com", "auth": auth}}, links={}
    )
    said = desk.run("auth", "support", "--port", "0")
    browser.thread.join()
    assert said.code == 0, said
    assert browser.url in said.err
    assert "isthmus check support" in said.err
    assert (desk.folder / ".isthmus" / "support.token").exists()
    everything = said.out + said.err + "".join(page for _, page in browser.said)
    for secret in ("a-client-secret", "an-access-token", "a-refresh-token", "the-code"):
        assert secret not in everything


def test_the_command_can_leave_the_browser_alone(desk, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    said = desk.run("auth", "left", "--no-browser")
    assert said.code == 2
    assert "knows no grant in a browser" in said.err
    assert not opened


@responses.activate
def test_no_scope_is_asked_for_where_nobody_names_one(make, monkeypatch):
    monkeypatch.setattr(Vendor, "page", AuthorizationEndpoint(PAGE_URL, TokenEndpoint(TOKEN_URL, "form")))
    responses.post(TOKEN_URL, json={"access_token": "an-access-token"})
    browser = Browser(code="the-code")
    grant(make(), port=0, show=browser)
    browser.thread.join()
    assert "scope" not in browser.asked


def test_the_page_is_shown_and_opened_only_where_that_is_wished(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    terminal = Terminal(json=False)
    terminal.opener(browser=False)("https://vendor.example.com/?state=x")
    assert not opened
    terminal.opener(browser=True)("https://vendor.example.com/?state=x")
    assert opened == ["https://vendor.example.com/?state=x"]
    assert capsys.readouterr().err == "Grant access at:\nhttps://vendor.example.com/?state=x\n" * 2
