"""Secrets: references are resolved, values are never shown."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import pickle
import sys
import types
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isthmus.core import errors
from isthmus.core.errors import ConnectorError, CredentialError, IsthmusError, RateLimitedError, UnavailableError
from isthmus.core.net.secrets import SecretText, is_reference, resolve_secret
from isthmus.core.redaction import RedactingFilter, get_logger, redact, remember

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_characters="*"), min_size=12, max_size=40)


def every_error(words: str) -> list[IsthmusError]:
    made: list[IsthmusError] = []
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.BrakeError):
            made.append(kind(words, brake="max-changes", flag="--lift"))
        elif isinstance(kind, type) and issubclass(kind, ConnectorError):
            made.append(kind(words, connection="ops", operation="GET /x", key="7", vendor_words=words, status=400))
        elif isinstance(kind, type) and issubclass(kind, IsthmusError):
            made.append(kind(words))
    return made


@settings(max_examples=20)
@given(SECRETS, st.text(max_size=20), st.text(max_size=20))
def test_no_error_shows_a_secret_in_text_representation_or_log(secret: str, before: str, after: str):
    SecretText(secret)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = get_logger("test-secrets")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        for error in every_error(before + secret + after):
            shown = [
                str(error),
                repr(error),
                repr(error.args),
                getattr(error, "vendor_words", ""),
                getattr(error, "message", ""),
            ]
            assert not any(secret in each for each in shown)
            try:
                raise error
            except IsthmusError:
                logger.exception("failed with %s", secret)
            logger.warning("%s", {"password": secret}, stack_info=True)
    finally:
        logger.removeHandler(handler)
    assert secret not in stream.getvalue()
    assert repr(secret)[1:-1] not in stream.getvalue()


@settings(max_examples=40)
@given(SECRETS)
def test_a_secret_is_masked_in_every_spelling(secret: str):
    remember(secret)
    for spelled in (
        secret,
        quote(secret, safe=""),
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
    ):
        assert secret not in redact(f"before {spelled} after")
        assert spelled.strip("\"'") not in redact(f"before {spelled} after")


def test_a_secret_within_a_longer_one_leaves_no_tail():
    remember("tail-abcdef")
    remember("tail-abcdef-ghijkl")
    assert redact("x tail-abcdef-ghijkl y") == "x *** y"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("{'Authorization': 'Bearer abc.def'}", "abc.def"),
        ('{"password": "two words", "x": 1}', "two words"),
        ('{"refresh_token":"r-1\\"2"}', "r-1"),
        ("client_secret=s3cr3t&x=1", "s3cr3t"),
        ("https://x.example/cb?code=onetime&state=1", "onetime"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, gone: str):
    assert gone not in redact(text)
    assert redact(redact(text)) == redact(text)


def test_a_vendors_error_code_is_no_secret():
    words = '{"code": "RecordInvalid", "close_code": "mandatory"}'
    assert redact(words) == words


def test_a_secret_is_never_cut_in_two_before_it_is_masked():
    remember("straddles-the-cut")
    error = ConnectorError("no", vendor_words="x" * 1990 + "straddles-the-cut")
    assert "straddles" not in error.vendor_words


def test_short_texts_are_left_alone():
    remember("abc")
    assert redact("abcdef") == "abcdef"


def test_the_filter_masks_other_loggers_too():
    remember("other-loggers-secret")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("test-other")
    logger.propagate = False
    logger.addHandler(handler)
    logger.error("%s!", "other-loggers-secret")
    logger.removeHandler(handler)
    assert stream.getvalue() == "***!\n"
    assert get_logger("test-twice").filters == get_logger("test-twice").filters
    assert len(get_logger("test-twice").filters) == 1


def test_secret_text_shows_nothing_and_is_neither_pickled_nor_copied():
    secret = SecretText("hunter2-hunter2")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert secret.reveal() == "hunter2-hunter2"
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            attempt(secret)


def test_errors_carry_their_facts():
    error = RateLimitedError("slow", retry_after=3.0, connection="ops", operation="GET /x", vendor_words="later")
    assert (error.retry_after, str(error)) == (3.0, "ops: slow (GET /x): later")
    lost = UnavailableError("gone", maybe_applied=True, retry_after=1.0)
    assert (lost.maybe_applied, lost.retry_after, str(lost)) == (True, 1.0, "gone")
    assert repr(errors.ConfigError("wrong")) == "ConfigError('wrong')"


# -- references


def test_references_are_told_from_values():
    assert all(is_reference(each) for each in ("env:X", "file:x", "keyring:a/b"))
    assert not any(is_reference(each) for each in ("hunter2", "env:", "", None, 7))


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ISTHMUS_TEST_SECRET", "from-the-environment")
    assert resolve_secret("env:ISTHMUS_TEST_SECRET").reveal() == "from-the-environment"
    monkeypatch.delenv("ISTHMUS_TEST_SECRET")
    with pytest.raises(CredentialError, match="ISTHMUS_TEST_SECRET is not set"):
        resolve_secret("env:ISTHMUS_TEST_SECRET")


def test_a_value_in_place_of_a_reference_is_refused_and_not_repeated():
    with pytest.raises(CredentialError) as caught:
        resolve_secret("hunter2-as-value")
    assert "hunter2" not in str(caught.value)


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return f"file:{path}"


@pytest.mark.parametrize("content", [b"s3cret-in-file", b"s3cret-in-file\n", b"s3cret-in-file\r\n"])
def test_a_file(tmp_path: Path, content: bytes):
    assert resolve_secret(secret_file(tmp_path, content)).reveal() == "s3cret-in-file"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int):
    with pytest.raises(CredentialError, match="chmod 600"):
        resolve_secret(secret_file(tmp_path, b"s3cret-in-file", mode))


def test_a_file_that_is_missing_empty_or_no_text(tmp_path: Path):
    with pytest.raises(CredentialError, match="cannot be read"):
        resolve_secret(f"file:{tmp_path / 'none'}")
    with pytest.raises(CredentialError, match="is empty"):
        resolve_secret(secret_file(tmp_path, b"\n"))
    with pytest.raises(CredentialError, match="not UTF-8") as caught:
        resolve_secret(secret_file(tmp_path, b"binary-secret\xff"))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


class KeyringError(Exception):
    pass


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    held: dict[tuple[str, str], str] = {}

    def get_password(service: str, user: str) -> str | None:
        if service == "locked":
            raise KeyringError("secret detail")
        return held.get((service, user))

    inner = types.ModuleType("keyring.errors")
    inner.KeyringError = KeyringError  # type: ignore[attr-defined]
    outer = types.ModuleType("keyring")
    outer.get_password, outer.errors = get_password, inner  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", outer)
    monkeypatch.setitem(sys.modules, "keyring.errors", inner)
    return held


def test_a_keyring(keyring: dict[tuple[str, str], str]):
    keyring["isthmus/eu", "ops"] = "from-the-keyring"
    assert resolve_secret("keyring:isthmus/eu/ops").reveal() == "from-the-keyring"
    for reference, words in (
        ("keyring:isthmus/none", "keyring set isthmus none"),
        ("keyring:locked/x", "cannot be opened: KeyringError"),
        ("keyring:nobody", "SERVICE/USER"),
    ):
        with pytest.raises(CredentialError, match=words):
            resolve_secret(reference)


def test_without_the_extra_the_keyring_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CredentialError, match=r"isthmus\[keyring\]"):
        resolve_secret("keyring:isthmus/ops")


def test_home_folders_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    secret_file(tmp_path, b"at-home-secret")
    assert resolve_secret("file:~/secret").reveal() == "at-home-secret"
