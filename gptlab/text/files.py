"""Files: written so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gptlab.errors import LabError


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` only when the block ends without an error.

    The bytes go to a temporary file in the same folder, reach the disk (fsync), and then take the
    name. Missing folders are made. Raises LabError when the disk is full or the place cannot be
    written; what was at `path` before is then unchanged and the temporary file is gone.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp lets only the owner read
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise LabError(
            f"could not write {path}: {error.strerror or error}; free some space or choose another "
            f"place (a file that was there before is unchanged)"
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)  # the only way to ask is to set it
    os.umask(mask)
    return mask


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a UTF-8 file. Raises LabError when it is missing, unreadable or not UTF-8."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LabError(f"{path} is not there; check the path, or make the file first") from None
    except UnicodeDecodeError as error:
        raise LabError(
            f"{path} is not UTF-8 text (first at byte {error.start}); it is damaged, or was "
            f"written in another encoding: save it as UTF-8"
        ) from None
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror}); give a file's path") from None
