"""The auditor's key: Ed25519. The private half stays in its file, outside of ledger, pack, log and representation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..errors import ConfigError, CredentialError
from ..extras import extra
from ..net.secrets import SecretText, read_private
from .verify import canonical, read_key

EXTRA = "report"
"""The extra of the package that brings `cryptography`."""
LONGEST = 1023
"""Bytes of a passphrase: the limit of `cryptography`."""


class Signer:
    """The private key at work; it signs, and tells its public half."""

    __slots__ = ("_key",)

    def __init__(self, key: Any) -> None:
        """Wrap an Ed25519PrivateKey."""
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """Give the signature over some bytes: 64 bytes, the same each time."""
        return self._key.sign(data)

    def state(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Give a signed statement: some facts, the key, and the signature over both."""
        told = {**facts, "public_key": self.public_hex}
        return {**told, "signature": self.sign(canonical(told)).hex()}

    @property
    def public_key(self) -> Any:
        """The Ed25519PublicKey."""
        return self._key.public_key()

    @property
    def public_hex(self) -> str:
        """The public key's 32 bytes, as hex digits."""
        return self.public_key.public_bytes_raw().hex()

    def __repr__(self) -> str:
        return f"Signer({self.public_hex})"


def public_path(path: Path) -> Path:
    """Give where the public half of a private key's file stands."""
    return path.with_name(path.name + ".pub")


def generate(path: Path, passphrase: SecretText | None = None) -> Signer:
    """Make a key: the private half in a file for its owner alone, the public half beside it as ``NAME.pub``.

    Raises:
        UserError: `cryptography` is not installed.
        ConfigError: one of the two files exists already or cannot be written, or the passphrase is too long.
    """
    serialization = _primitive("serialization")
    if passphrase and len(passphrase.reveal().encode()) > LONGEST:
        raise ConfigError(f"a passphrase has at most {LONGEST} bytes")
    key = _primitive("asymmetric.ed25519").Ed25519PrivateKey.generate()
    closed = (
        serialization.BestAvailableEncryption(passphrase.reveal().encode()) if passphrase else serialization.NoEncryption()
    )
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    halves = (
        (path, 0o600, key.private_bytes(pem, pkcs8, closed)),
        (public_path(path), 0o644, key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)),
    )
    for place, _, _ in halves:
        if os.path.lexists(place):
            raise ConfigError(f"{place} exists already; it is left as it is")
    for place, mode, content in halves:
        _write(place, mode, content)
    return Signer(key)


def _write(path: Path, mode: int, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error


def load_signer(path: Path, passphrase: SecretText | None = None) -> Signer:
    """Read a private key.

    Raises:
        UserError: `cryptography` is not installed.
        CredentialError: the file cannot be read, others may read it, or the passphrase does not open it.
    """
    load, kind = _primitive("serialization").load_pem_private_key, _primitive("asymmetric.ed25519").Ed25519PrivateKey
    content = read_private(f"the key {path}", path)
    try:
        key = load(content, passphrase.reveal().encode() if passphrase else None)
    except TypeError:
        what = "has no passphrase; leave --passphrase out" if passphrase else "has a passphrase; name it with --passphrase"
        raise CredentialError(f"the key {path} {what}") from None
    except (ValueError, extra("cryptography.exceptions", EXTRA).UnsupportedAlgorithm):  # its words may quote the content
        raise CredentialError(f"the key {path} is no private key in PEM, or the passphrase is wrong") from None
    if not isinstance(key, kind):
        raise CredentialError(f"the key {path} is no Ed25519 key; 'isthmus audit keygen' makes one")
    return Signer(key)


def load_public(path: Path) -> Any:
    """Read a public key.

    Raises:
        UserError: `cryptography` is not installed.
        ConfigError: the file holds no Ed25519 public key.
    """
    unsupported = extra("cryptography.exceptions", EXTRA).UnsupportedAlgorithm
    try:
        return read_key(path)
    except OSError as error:
        raise ConfigError(f"the public key {path} cannot be read: {error.strerror}") from error
    except (ValueError, unsupported):  # its words may quote the content
        raise ConfigError(f"{path} is no Ed25519 public key in PEM") from None


def _primitive(name: str) -> Any:
    extra("cryptography", EXTRA)
    return extra(f"cryptography.hazmat.primitives.{name}", EXTRA)
