"""Secrets are references: ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/USER``. Their values never reach a file or a log.

:class:`SecretText` masks itself everywhere but in :meth:`SecretText.reveal`; whatever was revealed is also masked in log
records and error messages (:func:`redact`).
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from .errors import CredentialError

MASK = "***"
_known: set[str] = set()
_PATTERNS = (
    re.compile(r"(?i)(authorization['\"]?\s*[:=]\s*['\"]?)(?:basic|bearer)?\s*[^\s'\",}]+"),
    re.compile(
        r"(?i)((?:access_token|refresh_token|client_secret|password|api_key|apikey|code|code_verifier)"
        r"['\"]?\s*[:=]\s*['\"]?)[^\s'\"&,}]+"
    ),
)


class SecretText:
    """A secret's value; shows as ``***``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap a value, and mask it in logs and errors from now on."""
        self._value = value
        if len(value) >= 4:
            _known.add(value)

    def reveal(self) -> str:
        """Give the value, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is never pickled")


def redact(text: str) -> str:
    """Mask every known secret and everything that looks like one."""
    for secret in _known:
        if secret in text:
            text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASK}", text)
    return text


def _check_reference(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("env:", "file:", "keyring:")):
        raise ValueError(
            "a secret is written as a reference, env:NAME, file:PATH or keyring:SERVICE/USER, never as its value"
        )
    return value


SecretReference = Annotated[str, BeforeValidator(_check_reference), AfterValidator(str)]
"""A reference to a secret, as a configuration holds it."""


def resolve_secret(reference: str) -> SecretText:
    """Give the value behind a reference.

    Raises:
        CredentialError: it cannot be resolved; names the reference and the fix.
    """
    kind, _, place = reference.partition(":")
    match kind:
        case "env":
            value = os.environ.get(place)
            if not value:
                raise CredentialError(f"{reference}: the environment variable {place} is not set")
            return SecretText(value)
        case "file":
            return SecretText(_read_file(reference, Path(place).expanduser()))
        case "keyring":
            return SecretText(_read_keyring(reference, place))
        case _:
            raise CredentialError("a secret must be a reference: env:NAME, file:PATH or keyring:SERVICE/USER")


def _read_file(reference: str, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except OSError as error:
        raise CredentialError(f"{reference} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CredentialError(f"{reference} can be read by others; run: chmod 600 {path}")
    return text.removesuffix("\n")


def _read_keyring(reference: str, place: str) -> str:
    service, _, user = place.rpartition("/")
    try:
        import keyring  # noqa: PLC0415 - an optional extra
        import keyring.errors  # noqa: PLC0415
    except ImportError as error:
        raise CredentialError(f"{reference} needs the extra: pip install 'isthmus[keyring]'") from error
    try:
        value = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise CredentialError(f"{reference}: the keyring cannot be opened: {type(error).__name__}") from error
    if not value:
        raise CredentialError(f"{reference}: the keyring holds no such entry; run: keyring set {service} {user}")
    return value
