"""Forms with files: what is sent is what other software reads, and its length is known beforehand."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isthmus.core.net.multipart import FilePart, Multipart, TextPart, bare_name
from werkzeug.formparser import parse_form_data
from werkzeug.test import EnvironBuilder

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


def file_part(name: str, file_name: str, data: bytes) -> FilePart:
    @contextlib.contextmanager
    def opened() -> Generator[BinaryIO]:
        yield io.BytesIO(data)

    return FilePart(name, file_name, "application/octet-stream", len(data), opened)


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8"), max_size=50), st.integers(1, 70))
def test_what_is_sent_can_be_read(data: bytes, text: str, size: int) -> None:
    form = Multipart(
        [TextPart("entry", text, "application/json"), file_part("file", "Übersicht 😀.txt", data), TextPart("last", "")]
    )
    with form.open() as stream:
        length, body = len(stream), b"".join(iter(lambda: stream.read(size), b""))
        assert stream.read() == b""
    assert len(body) == length
    environ = EnvironBuilder(
        method="POST", input_stream=io.BytesIO(body), content_type=form.content_type, content_length=length
    ).get_environ()
    _, fields, files = parse_form_data(environ)
    assert (fields["entry"], fields["last"]) == (text, "")
    assert (files["file"].filename, files["file"].read()) == ("Übersicht 😀.txt", data)
    files["file"].close()


@given(NAMES, NAMES)
def test_no_name_breaks_out_of_its_header(name: str, file_name: str) -> None:
    head = file_part(name, file_name, b"").head().decode()
    assert head.count("\r\n") == 2
    assert head.count('"') == 4


def test_a_whole_body_in_one_read() -> None:
    form = Multipart([file_part("f", "x", b"abc")], boundary="b")
    with form.open() as stream:
        body = stream.read()
    assert body.startswith(b"--b\r\nContent-Disposition: form-data;")
    assert body.endswith(b"abc\r\n--b--\r\n")
    with form.open() as stream:
        assert stream.read() == body, "it can be sent again"


def test_boundaries_differ() -> None:
    assert Multipart([]).boundary != Multipart([]).boundary
    with pytest.raises(AttributeError):
        Multipart([]).boundary = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("a.txt", "a.txt"),
        ("../a/b.txt", ".._a_b.txt"),
        ("C:\\x.txt", "C:_x.txt"),
        ("..", "file.."),
        ("", "file"),
        (" a ", "a"),
    ],
)
def test_a_name_is_no_path(name: str, bare: str) -> None:
    assert bare_name(name) == bare
