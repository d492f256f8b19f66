"""OAuth tokens that rotate, at rest: one file of mode 0600 for each connection.

A new token is on disk before it is used, so that a crash cannot lose a refresh token which the vendor accepts only once;
and it is fetched under a lock, so that two processes do not renew at the same moment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock, Timeout

from ..errors import CredentialError, UnavailableError
from ..redaction import get_logger, remember

log = get_logger("tokens")

Token: TypeAlias = dict[str, Any]
"""``access_token``, and ``refresh_token`` and ``expires_at`` (seconds since 1970, our clock) where the vendor gave them."""

LOCK_SECONDS = 60.0


class TokenStore:
    """The stored token of one connection."""

    def __init__(self, folder: Path, connection: str) -> None:
        """Name the file; nothing is created before the first token."""
        self._path = folder / f"{connection}.token"
        self._connection = connection

    @contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Generator[None]:
        """Hold the lock under which a token is renewed.

        Raises:
            CredentialError: the folder cannot be used.
            UnavailableError: another process holds the lock for longer than ``seconds``.
        """
        lock = FileLock(f"{self._path}.lock", timeout=seconds)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise UnavailableError("another process is renewing the token", connection=self._connection) from None
        except OSError as error:
            raise self._unusable("used", error) from error
        try:
            yield
        finally:
            lock.release()

    def load(self) -> Token | None:
        """Give the stored token, or None where there is none or what is there is no token.

        Raises:
            CredentialError: the file exists and cannot be read.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable("read", error) from error
        token = _parse(content)
        if token is None:
            log.warning("%s: the stored token is damaged; a new one is fetched", self._connection)
        return token

    def save(self, token: Token) -> None:
        """Replace the stored token atomically; it is on disk when this returns.

        Raises:
            CredentialError: the file cannot be written.
        """
        fresh = self._path.with_name(f"{self._path.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        try:
            fresh.unlink(missing_ok=True)  # what a crash left: the lock is held, so nobody is writing it
            with os.fdopen(os.open(fresh, flags, 0o600), "w", encoding="utf-8") as file:
                json.dump(token, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            self._sync_folder()
        except OSError as error:
            raise self._unusable("written", error) from error

    def _sync_folder(self) -> None:
        """Put the renaming itself on disk."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unusable(self, verb: str, error: OSError) -> CredentialError:
        return CredentialError(f"{self._connection}: the token file {self._path} cannot be {verb}: {error.strerror}")


def _parse(content: bytes) -> Token | None:
    try:
        token: Any = json.loads(content)
        if not isinstance(token["access_token"], str):
            return None
        for name in ("access_token", "refresh_token"):
            if name in token:
                remember(str(token[name]))
        if "expires_at" in token:
            token["expires_at"] = float(token["expires_at"])
    except (ValueError, KeyError, TypeError):
        return None
    return token
