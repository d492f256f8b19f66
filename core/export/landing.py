"""Where an export goes: a file or a folder appears under its name only when it is whole."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import UserError

STANDARD_OUTPUT = Path("-")


@contextmanager
def landing(path: Path, *, folder: bool = False) -> Generator[Path]:
    """Give a place to write to, which becomes the target when the block ends well and vanishes when it does not.

    Args:
        path: the target: a file, which is replaced; a folder, which must be new or empty; or ``-``, standard output.
        folder: whether it is a folder.

    Raises:
        UserError: the target cannot be written, or is a folder that holds something.
    """
    if path == STANDARD_OUTPUT:
        with TemporaryDirectory(prefix="isthmus-") as name:
            part = Path(name) / "part"
            yield part
            with part.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return
    if folder and path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UserError(f"{path} is there already; an export to a folder needs a new one")
    part = path.with_name(path.name + ".part")
    try:
        if folder:
            _remove(part)
            part.mkdir()
        yield part
        if folder and path.exists():
            path.rmdir()
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
