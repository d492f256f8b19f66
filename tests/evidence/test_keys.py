"""The auditor's key: its files, what refuses to open, and that nothing shows it."""

from __future__ import annotations

import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from isthmus.core.errors import ConfigError, CredentialError
from isthmus.core.evidence.keys import generate, load_public, load_signer, public_path
from isthmus.core.evidence.verify import signed
from isthmus.core.net.secrets import SecretText


@pytest.fixture
def path(tmp_path):
    return tmp_path / "auditor.key"


def test_a_key_is_made_and_read_again(path):
    made = generate(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read, public = load_signer(path), load_public(public_path(path))
    told = read.state({"words": "yes"})
    assert told == made.state({"words": "yes"})
    assert signed(public, told)
    for wrong in ({"words": "no"}, {"signature": told["signature"].upper()}, {"public_key": "00"}, {"signature": None}):
        assert not signed(public, {**told, **wrong})
    assert public.public_bytes_raw().hex() == made.public_hex


def test_a_passphrase_closes_the_key(path):
    secret = SecretText("correct horse battery")
    generate(path, secret)
    assert b"ENCRYPTED" in path.read_bytes()
    assert load_signer(path, secret).sign(b"x")
    with pytest.raises(CredentialError, match="name it with --passphrase"):
        load_signer(path)
    with pytest.raises(CredentialError, match="passphrase is wrong"):
        load_signer(path, SecretText("wrong horse battery"))


def test_a_passphrase_that_no_key_has_is_told(path):
    generate(path)
    with pytest.raises(CredentialError, match="leave --passphrase out"):
        load_signer(path, SecretText("correct horse battery"))


@pytest.mark.parametrize("name", ["auditor.key", "auditor.key.pub"])
def test_nothing_is_overwritten(tmp_path, path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        generate(path)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["mine"]


def test_a_place_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        generate(tmp_path / "nowhere" / "auditor.key")


def test_neither_text_nor_representation_shows_the_key(path):
    signer = generate(path)
    private = serialization.load_pem_private_key(path.read_bytes(), None)
    raw = private.private_bytes_raw().hex()
    assert raw not in f"{signer!r} {signer}"
    assert signer.public_hex in repr(signer)


def test_what_is_no_key_of_ours_is_refused(tmp_path, path):
    generate(path)
    path.chmod(0o640)
    with pytest.raises(CredentialError, match="chmod 600"):
        load_signer(path)
    with pytest.raises(CredentialError, match="cannot be read"):
        load_signer(tmp_path / "none.key")
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    foreign = tmp_path / "foreign.key"
    foreign.touch(0o600)
    foreign.write_bytes(pem)
    with pytest.raises(CredentialError, match="no Ed25519 key"):
        load_signer(foreign)
    public = other.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for content in (public, b"-----BEGIN PUBLIC KEY-----\nnothing\n-----END PUBLIC KEY-----\n", b"SECRET-WORDS"):
        foreign.write_bytes(content)
        with pytest.raises(ConfigError, match="no Ed25519 public key") as caught:
            load_public(foreign)
        assert "SECRET-WORDS" not in str(caught.value)
    with pytest.raises(CredentialError, match="no private key"):
        load_signer(foreign)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_public(tmp_path / "none.pub")


def test_a_passphrase_that_is_too_long_is_told_and_makes_no_key(path):
    with pytest.raises(ConfigError, match="at most 1023 bytes"):
        generate(path, SecretText("x" * 1024))
    assert not path.exists()
