"""Credentials: signing, OAuth with rotation, and the token store that loses nothing."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from filelock import FileLock
from isthmus.core.errors import AuthenticationError, CredentialError, RateLimitedError, UnavailableError
from isthmus.core.net.auth import ApiTokenAuth, HeaderSigner, OAuth, OAuthSigner, TokenEndpoint, TokenStore, basic_signer
from isthmus.core.net.secrets import SecretText
from isthmus.core.net.token_endpoint import request_token
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv("OPS_SECRET", "client-secret-of-ops")
    monkeypatch.setenv("OPS_FIRST", "first-refresh-token")
    monkeypatch.setenv("OPS_PASSWORD", "password-of-ops")


@pytest.fixture
def store(tmp_path) -> TokenStore:
    return TokenStore(tmp_path / "state", "ops")


@pytest.fixture
def token_path(tmp_path) -> Path:
    return tmp_path / "state" / "ops.token"


@pytest.fixture
def clock() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
def make(wire, store, clock):
    def signer(encoding="form", **settings) -> OAuthSigner:
        oauth = OAuth.model_validate({"client_id": "isthmus", "client_secret": "env:OPS_SECRET", **settings})
        return OAuthSigner(
            oauth, TokenEndpoint(wire.url + "/token", encoding), store, connection="ops", now=lambda: clock[0]
        )

    return signer


def rotating(make, **settings) -> OAuthSigner:
    return make(grant="refresh_token", refresh_token="env:OPS_FIRST", **settings)


def form(request: bytes) -> dict[str, str]:
    return {key: value for key, (value,) in parse_qs(request.partition(b"\r\n\r\n")[2].decode()).items()}


def grant(wire, access: str, refresh: str | None = None, lifetime: object = 1800) -> None:
    body = {"access_token": access, "expires_in": lifetime, "scope": "x", **({"refresh_token": refresh} if refresh else {})}
    wire.json(json.dumps(body).encode())


# -- signers that never change


def test_basic_is_masked_whole_and_in_part():
    signer = basic_signer("\u00e4dmin", SecretText("p\u00e4ss-word"))
    assert signer.headers() == {"Authorization": "Basic w6RkbWluOnDDpHNzLXdvcmQ="}
    assert not signer.renew()
    assert str(CredentialError(signer.headers()["Authorization"])) == "***"
    assert "w6Rk" not in repr(signer)


@pytest.mark.parametrize("value", ["key\nX-Admin: 1", "k\u20acy-long", "key\r", "ke\x7fy", "\x00key"])
def test_a_secret_that_no_header_carries_is_refused_without_being_shown(value: str):
    with pytest.raises(CredentialError, match="cannot carry") as caught:
        HeaderSigner("x-api-key", SecretText(value))
    assert value not in str(caught.value)


def test_settings_hold_references_only():
    with pytest.raises(ValidationError, match="reference"):
        ApiTokenAuth.model_validate({"user": "a", "token": "hunter2"})
    with pytest.raises(ValidationError, match="needs user and password"):
        OAuth.model_validate({"client_id": "a", "client_secret": "env:X", "grant": "password"})


# -- fetching


@pytest.mark.parametrize("encoding", ["form", "json"])
def test_client_credentials(wire, make, encoding):
    grant(wire, "access-1")
    signer = make(encoding, scope="read write")
    assert [signer.headers() for _ in range(2)] == [{"Authorization": "Bearer access-1"}] * 2
    (request,) = wire.heard
    sent = form(request) if encoding == "form" else json.loads(request.partition(b"\r\n\r\n")[2])
    assert sent == {
        "grant_type": "client_credentials",
        "client_id": "isthmus",
        "client_secret": "client-secret-of-ops",
        "scope": "read write",
    }


def test_password_grant(wire, make):
    grant(wire, "access-1")
    make(grant="password", user="sync", password="env:OPS_PASSWORD").headers()
    assert form(wire.heard[0])["username"] == "sync"
    assert form(wire.heard[0])["password"] == "password-of-ops"


def test_a_token_is_renewed_before_it_expires(wire, make, clock):
    grant(wire, "access-1", lifetime="1800")
    grant(wire, "access-2")
    signer = make()
    signer.headers()
    clock[0] += 1700
    assert signer.headers() == {"Authorization": "Bearer access-1"}
    clock[0] += 60
    assert signer.headers() == {"Authorization": "Bearer access-2"}


@pytest.mark.parametrize("lifetime", [None, "soon", 0, -5, float("inf"), [1]])
def test_a_lifetime_that_makes_no_sense_means_until_refused(wire, make, clock, lifetime):
    grant(wire, "access-1", lifetime=lifetime)
    signer = make()
    signer.headers()
    clock[0] += 10**9
    assert signer.headers() == {"Authorization": "Bearer access-1"}


def test_the_token_endpoint_sees_neither_proxy_nor_netrc(wire, make, monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password netrc-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    grant(wire, "access-1")
    make().headers()
    assert b"Authorization" not in wire.heard[0]


# -- refusals


@pytest.mark.parametrize(
    ("body", "status", "raised"),
    [
        (b'{"error": "invalid_client"}', 401, AuthenticationError),
        (b'{"error": "invalid_grant"}', 200, AuthenticationError),
        (b"[]", 200, AuthenticationError),
        (b"null", 200, AuthenticationError),
        (b'{"access_token": 7}', 200, AuthenticationError),
        (b'{"access_token": ""}', 200, AuthenticationError),
        (b'{"access_token": "a-b-c-d"}', 302, AuthenticationError),
        (b"<html>Log in</html>", 200, AuthenticationError),
        (b"{}", 503, UnavailableError),
        (b"{}", 429, RateLimitedError),
    ],
)
def test_refusals_are_errors_of_the_tree(wire, make, body, status, raised):
    wire.json(body, status, "Retry-After: 9", "Location: https://elsewhere.example/")
    with pytest.raises(raised) as caught:
        make().headers()
    assert len(wire.heard) == 1
    assert "client-secret" not in str(caught.value)
    assert "<html" not in str(caught.value)
    if raised is RateLimitedError:
        assert caught.value.retry_after == 9


@pytest.mark.parametrize(
    ("status", "header", "wait"), [(200, "X: 1", 30.0), (400, "X: 1", 30.0), (200, "Retry-After: 9", 9.0)]
)
def test_a_refusal_that_passes_may_come_under_any_status(wire, status, header, wait):
    endpoint = TokenEndpoint(wire.url + "/token", "form", busy=("too many requests",), pause=30.0)
    asked = {"grant_type": "refresh_token", "refresh_token": "first-refresh-token"}
    wire.json(b'{"error": "Access Denied", "error_description": "You have made too many requests."}', status, header)
    with pytest.raises(RateLimitedError, match="too many requests") as caught:
        request_token(endpoint, asked, connection="ops", now=lambda: 0.0)
    assert caught.value.retry_after == wait
    wire.json(b'{"error": "Access Denied"}', status, header)
    with pytest.raises(AuthenticationError):
        request_token(endpoint, asked, connection="ops", now=lambda: 0.0)


def test_an_endpoint_that_does_not_answer(wire, make):
    wire.says(b"")
    with pytest.raises(UnavailableError, match="does not answer") as caught:
        make().headers()
    assert caught.value.__suppress_context__


def test_an_endpoint_that_echoes_the_secret_is_masked(wire, make):
    wire.json(b'{"error": "bad client-secret-of-ops"}', 400)
    with pytest.raises(AuthenticationError) as caught:
        make().headers()
    assert "client-secret-of-ops" not in str(caught.value)


def test_an_access_token_that_no_header_carries_is_refused_and_not_stored(wire, make, token_path):
    grant(wire, "access\n1")
    with pytest.raises(CredentialError, match="cannot carry"):
        make().headers()
    assert not token_path.exists()


# -- rotation


def test_the_newest_refresh_token_is_used(wire, make, store):
    grant(wire, "access-1", "rotated-1")
    grant(wire, "access-2", "rotated-2")
    signer = rotating(make)
    signer.headers()
    assert signer.renew()
    assert signer.headers() == {"Authorization": "Bearer access-2"}
    assert [form(each)["refresh_token"] for each in wire.heard] == ["first-refresh-token", "rotated-1"]
    assert store.load()["refresh_token"] == "rotated-2"


def test_a_refresh_token_that_is_not_rotated_is_kept(wire, make, store):
    grant(wire, "access-1")
    grant(wire, "access-2", "rotated-1")
    grant(wire, "access-3")
    signer = rotating(make)
    signer.headers()
    assert store.load()["refresh_token"] == "first-refresh-token"
    signer.renew()
    signer.headers()
    signer.renew()
    assert store.load()["refresh_token"] == "rotated-1"


def test_a_dead_chain_begins_anew_from_the_configured_token(wire, make, store):
    with store.locked():
        store.save({"access_token": "stale", "refresh_token": "dead", "expires_at": 5.0})
    wire.json(b'{"error": "invalid_grant"}', 400)
    grant(wire, "access-1", "rotated-1")
    assert rotating(make).headers() == {"Authorization": "Bearer access-1"}
    assert [form(each)["refresh_token"] for each in wire.heard] == ["dead", "first-refresh-token"]


def test_a_refusal_of_the_only_refresh_token_is_told(wire, make, store):
    with store.locked():
        store.save({"access_token": "stale", "refresh_token": "dead", "expires_at": 5.0})
    wire.json(b'{"error": "invalid_grant"}', 400)
    with pytest.raises(AuthenticationError):
        make(grant="refresh_token").headers()
    assert len(wire.heard) == 1


def test_without_any_token_the_user_is_told_the_command(make):
    with pytest.raises(AuthenticationError, match="isthmus auth ops"):
        make(grant="refresh_token").headers()


def test_an_authorization_code_is_exchanged_and_stored(wire, make, store):
    grant(wire, "access-1", "rotated-1")
    signer = make(grant="refresh_token")
    given = {"grant_type": "authorization_code", "code": "one-time-code"}
    signer.adopt(given)
    assert given == {"grant_type": "authorization_code", "code": "one-time-code"}
    assert form(wire.heard[0])["code"] == "one-time-code"
    assert signer.headers() == {"Authorization": "Bearer access-1"}
    assert store.load()["refresh_token"] == "rotated-1"


def test_of_two_threads_that_were_refused_one_renews(wire, make):
    grant(wire, "access-1", "rotated-1")
    grant(wire, "access-2", "rotated-2")
    signer = rotating(make)
    signer.headers()
    used, refused = threading.Event(), threading.Event()

    def other() -> None:
        signer.headers()
        used.set()
        refused.wait(10)
        signer.renew()

    thread = threading.Thread(target=other)
    thread.start()
    used.wait(10)
    signer.renew()
    refused.set()
    thread.join()
    assert len(wire.heard) == 2


def test_a_token_that_another_process_fetched_is_taken(wire, make, store):
    grant(wire, "access-1", "rotated-1")
    signer = rotating(make)
    signer.headers()
    with store.locked():
        store.save({"access_token": "theirs", "refresh_token": "rotated-2", "expires_at": 9e9})
    assert signer.renew()
    assert signer.headers() == {"Authorization": "Bearer theirs"}
    assert len(wire.heard) == 1


def test_two_processes_that_renew_at_once_ask_once(wire, store, tmp_path):
    """Both start with the same expired token; the endpoint has one answer, and would refuse a second asking."""
    with store.locked():
        store.save({"access_token": "stale", "refresh_token": "rotated-0", "expires_at": 5.0})
    grant(wire, "access-1", "rotated-1", lifetime=10**9)
    code = (
        "import sys, pathlib\n"
        "from isthmus.core.net.auth import *\n"
        "settings = OAuth(client_id='isthmus', client_secret='env:OPS_SECRET', grant='refresh_token')\n"
        "store = TokenStore(pathlib.Path(sys.argv[2]), 'ops')\n"
        "signer = OAuthSigner(settings, TokenEndpoint(sys.argv[1], 'form'), store, connection='ops')\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(signer.headers()['Authorization'])\n"
    )
    command = [sys.executable, "-c", code, wire.url + "/token", str(tmp_path / "state")]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for each in both:
        assert each.stdout.readline() == "ready\n"
    for each in both:
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.communicate(timeout=60)[0] for each in both] == ["Bearer access-1\n"] * 2
    assert len(wire.heard) == 1


# -- the store


def test_the_file_is_for_its_owner_alone(store, token_path):
    with store.locked():
        store.save({"access_token": "access-1"})
    assert stat.S_IMODE(token_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(token_path.parent.stat().st_mode) == 0o700
    assert store.load() == {"access_token": "access-1"}


def test_file_and_folder_are_on_disk_before_a_token_is_used(store, token_path, monkeypatch):
    synced: list[tuple[bool, bool]] = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append((stat.S_ISDIR(os.fstat(fd).st_mode), token_path.exists())))
    with store.locked():
        store.save({"access_token": "access-1"})
    assert synced == [(False, False), (True, True)]


def test_a_crash_while_saving_keeps_the_old_token(store, token_path, monkeypatch):
    with store.locked():
        store.save({"access_token": "old-token"})

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, store.locked():
        patch.setattr(Path, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            store.save({"access_token": "new-token"})
    assert store.load() == {"access_token": "old-token"}
    left = token_path.with_name("ops.token.new")
    left.chmod(0o644)
    with store.locked():
        store.save({"access_token": "new-token"})
    assert store.load() == {"access_token": "new-token"}
    assert stat.S_IMODE(token_path.stat().st_mode) == 0o600


def test_a_crash_between_saving_and_using_loses_nothing(wire, make, store, monkeypatch):
    grant(wire, "access-1", "rotated-1")
    signer = rotating(make)
    save = store.save

    def save_and_die(token):
        save(token)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        signer.headers()
    assert rotating(make).headers() == {"Authorization": "Bearer access-1"}
    assert len(wire.heard) == 1


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"access_token": 7}', b"\xff\xfe", b'{"access_token": "a", "expires_at": "x"}']
)
def test_a_damaged_file_is_told_and_replaced(wire, make, store, token_path, content, caplog):
    token_path.parent.mkdir()
    token_path.write_bytes(content)
    grant(wire, "access-1", "rotated-1")
    with caplog.at_level(logging.WARNING, "isthmus.tokens"):
        assert rotating(make).headers() == {"Authorization": "Bearer access-1"}
    assert "damaged" in caplog.text
    assert store.load()["access_token"] == "access-1"


def test_a_stored_token_is_masked(store):
    with store.locked():
        store.save({"access_token": "stored-access", "refresh_token": "stored-refresh"})
    TokenStore(store._path.parent, "ops").load()
    assert str(CredentialError("stored-access stored-refresh")) == "*** ***"


def test_a_lock_that_another_process_keeps_is_a_passing_fault(store, token_path):
    token_path.parent.mkdir()
    with FileLock(f"{token_path}.lock"), pytest.raises(UnavailableError, match="another process"), store.locked(0.01):
        pytest.fail("the lock was held")


def test_a_folder_that_cannot_be_used_is_named(tmp_path, token_path):
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(CredentialError, match="cannot be used"), TokenStore(tmp_path / "blocked", "ops").locked():
        pytest.fail("there is no folder")
    token_path.mkdir(parents=True)
    with pytest.raises(CredentialError, match="cannot be read"):
        TokenStore(token_path.parent, "ops").load()
    with pytest.raises(CredentialError, match="cannot be written"):
        TokenStore(token_path.parent, "ops").save({"access_token": "access-1"})
