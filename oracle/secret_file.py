"""Files that hold secrets: read only if nobody but their owner can, written so that nobody else ever could."""

import os
import stat
from pathlib import Path

from escrow.errors import KeystoreProblem

OWNER_ONLY = 0o600
OTHERS = 0o077


def read_secret(path: Path) -> str:
    """The text without the space around it; KeystoreProblem where others may read the file, or nobody can."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & OTHERS:
                raise KeystoreProblem(str(path), f"has mode {mode:04o}, which lets others in; chmod 600 it")
            return file.read().strip()
    except OSError as error:
        raise KeystoreProblem(str(path), f"can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise KeystoreProblem(str(path), "is not UTF-8") from error


def write_secret(path: Path, text: str) -> None:
    """A new file; KeystoreProblem where there is one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise KeystoreProblem(str(path), f"can't be written: {error.strerror}") from error
