"""Where an export goes: a file or a folder appears under its name only when it is whole."""

from __future__ import annotations

import fcntl
import os
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
        UserError: the target cannot be written, is a folder that holds something, or another process is writing it.
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
    held: int | None = None
    try:
        held = _claim(part, folder=folder)
        yield part
        if folder and path.exists():
            path.rmdir()
        part.replace(path)
    except BlockingIOError as error:
        raise UserError(f"{path} is being written by another process; let it finish, or name another place") from error
    except Exception as error:
        _remove(part, held)
        # a library may put the error of the system into one of its own
        reason = next((each for each in (error, *error.args) if isinstance(each, OSError)), None)
        if reason is None:
            raise
        raise UserError(f"{path} cannot be written: {reason.strerror or reason}") from error
    except BaseException:
        _remove(part, held)
        raise
    finally:
        if held is not None:
            os.close(held)


def _claim(part: Path, *, folder: bool) -> int:
    """Make the place where nobody else writes, and give what holds it; what a killed process left there is gone.

    Raises:
        BlockingIOError: another process holds it.
        OSError: nothing can be written.
    """
    if part.exists() and part.is_dir() != folder:
        _remove_all(part)
    if folder:
        part.mkdir(exist_ok=True)
    held = os.open(part, os.O_RDONLY if folder else os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(held)
        raise
    if not _is(part, held):
        os.close(held)
        raise BlockingIOError(part)  # it landed while we asked
    for each in part.iterdir() if folder else ():
        _remove_all(each)
    return held


def _is(part: Path, held: int) -> bool:
    return part.exists() and part.stat().st_ino == os.fstat(held).st_ino


def _remove(part: Path, held: int | None) -> None:
    """Remove what we hold, and nothing else."""
    if held is not None and _is(part, held):
        _remove_all(part)


def _remove_all(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
