"""Bodies of ``multipart/form-data`` (RFC 7578), streamed: a file is read while it is sent, never held."""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final

_LINE = b"\r\n"
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""How browsers write what cannot stand in a quoted name (HTML standard, multipart/form-data encoding)."""
_SLASHES: Final = str.maketrans({"/": "_", "\\": "_"})


def bare_name(name: str) -> str:
    """Give a name under which a file can be sent: without a folder, and not of dots alone."""
    plain = name.translate(_SLASHES).strip()
    return plain if plain.strip(".") else f"file{plain}"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A field of a form."""

    name: str
    value: str
    media_type: str = ""

    def head(self) -> bytes:
        """Give the part's headers."""
        return _head(self.name, None, self.media_type)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form: its facts, and how to open its bytes."""

    name: str
    file_name: str
    media_type: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]

    def head(self) -> bytes:
        """Give the part's headers."""
        return _head(self.name, self.file_name, self.media_type)


@dataclass(frozen=True, slots=True)
class Multipart:
    """A form, ready to be sent any number of times."""

    parts: Sequence[TextPart | FilePart]
    boundary: str = field(default_factory=lambda: f"isthmus-{secrets.token_hex(16)}")

    @property
    def content_type(self) -> str:
        """The value of the header ``Content-Type``."""
        return f"multipart/form-data; boundary={self.boundary}"

    @contextmanager
    def open(self) -> Generator[MultipartStream]:
        """Open the body for one sending."""
        with ExitStack() as opened:
            pieces: list[BinaryIO] = []
            length = 0
            for part in self.parts:
                opening = b"--" + self.boundary.encode() + _LINE + part.head() + _LINE
                if isinstance(part, TextPart):
                    content = part.value.encode()
                    pieces.append(io.BytesIO(opening + content + _LINE))
                    length += len(opening) + len(content) + len(_LINE)
                else:
                    pieces += [io.BytesIO(opening), opened.enter_context(part.open()), io.BytesIO(_LINE)]
                    length += len(opening) + part.size + len(_LINE)
            closing = b"--" + self.boundary.encode() + b"--" + _LINE
            yield MultipartStream([*pieces, io.BytesIO(closing)], length + len(closing))


class MultipartStream:
    """A body of known length that reads its files as it is read."""

    def __init__(self, pieces: Sequence[BinaryIO], length: int) -> None:
        """Make a body of some pieces, whose bytes number ``length``."""
        self._pieces = list(pieces)
        self._length = length

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes; none at the end."""
        found = bytearray()
        while self._pieces and (size < 0 or len(found) < size):
            more = self._pieces[0].read(-1 if size < 0 else size - len(found))
            if more:
                found += more
            else:
                self._pieces.pop(0)
        return bytes(found)


def _head(name: str, file_name: str | None, media_type: str) -> bytes:
    named = f'form-data; name="{_quoted(name)}"'
    if file_name is not None:
        named += f'; filename="{_quoted(file_name)}"'
    lines = [f"Content-Disposition: {named}"]
    if media_type:
        lines.append(f"Content-Type: {_quoted(media_type)}")
    return "".join(f"{line}\r\n" for line in lines).encode(errors="replace")


def _quoted(text: str) -> str:
    return text.translate(_ESCAPES)
