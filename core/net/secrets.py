"""Secrets are references: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/USER``. Their values reach no file and no log.

:class:`SecretText` masks itself everywhere but in :meth:`SecretText.reveal`; its value is also masked in log records and
error messages (:mod:`core.redaction`).
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BeforeValidator

from ..errors import CredentialError
from ..redaction import MASK, redact, remember

__all__ = ["SecretReference", "SecretText", "is_reference", "redact", "resolve_secret"]

KINDS = ("env:", "file:", "keyring:")
HOW = "a secret is written as a reference, env:NAME, file:PATH or keyring:SERVICE/USER, never as its value"


class SecretText:
    """A secret's value; shows as ``***``."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap a value, and mask it in logs and errors from now on."""
        self._value = value
        remember(value)

    def reveal(self) -> str:
        """Give the value, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is neither pickled nor copied")


def is_reference(value: object) -> bool:
    """Tell whether a setting is written as a reference to a secret."""
    return isinstance(value, str) and value.startswith(KINDS) and value not in KINDS


def _check_reference(value: Any) -> Any:
    if not is_reference(value):
        raise ValueError(HOW)
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
                raise CredentialError(f"{reference} cannot be read: the environment variable {place} is not set")
        case "file":
            value = _read_file(reference, Path(place).expanduser())
        case "keyring":
            value = _read_keyring(reference, place)
        case _:
            raise CredentialError(HOW)
    return SecretText(value)


def read_private(what: str, path: Path) -> bytes:
    """Read a file that nobody else may read; what is checked is what is read, since the file is opened once.

    Args:
        what: the file, as an error names it.
        path: where it lies.

    Raises:
        CredentialError: it cannot be read, or others may read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except OSError as error:
        raise CredentialError(f"{what} cannot be read: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CredentialError(f"{what} can be read by others; run: chmod 600 {path}")
    return content


def _read_file(reference: str, path: Path) -> str:
    content = read_private(reference, path)
    try:
        text = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:  # carries the file's content: it must not be chained
        raise CredentialError(f"{reference} is not UTF-8 text") from None
    if not text:
        raise CredentialError(f"{reference} is empty")
    return text


def _read_keyring(reference: str, place: str) -> str:
    service, _, user = place.rpartition("/")
    if not (service and user):
        raise CredentialError(f"{reference}: a keyring's entry is written keyring:SERVICE/USER")
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
