"""Files that must not lie: read no further than they may be long, written whole or not at all.

    read_plain(folder / "checkpoint", LARGEST_NOTE)       None for what is no plain file
    write_whole(folder / "checkpoint", content)           a new file, synced, under the old name

What an auditor is handed comes from a stranger: a link may lead out of the folder, a pipe never
ends, a file may be larger than the memory. And what somebody relies on must be on the disk before
anybody is told: a crash leaves the old file or the new one, never a part of either.
"""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lianjian.core.layout import PART
from lianjian.core.messages import naming


def read_plain(path: Path, most: int) -> bytes | None:
    """Return up to `most` + 1 bytes of a plain file; None where there is none, a link or a pipe.

    Raises OSError where there is one that cannot be read.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # not every system has each
        flags |= getattr(os, name, 0)
    try:
        if path.is_symlink():  # where there is no O_NOFOLLOW
            return None
        handle = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return None
        raise
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        # As many as there are: Python makes room for all that it is asked to read.
        return file.read(min(found.st_size, most) + 1)


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that it is on the disk, whole, when this returns; an old one gives way.

    Raises OSError; what stood there then stands there still.
    """
    write_chunks(path, [content], path.parent, mode)
    sync_folder(path.parent)


def write_chunks(path: Path, chunks: Iterable[bytes], parts: Path, mode: int) -> int:
    """Write a file piece by piece, under another name in the folder `parts`, and then rename it.

    Returns how many pieces there were. The content is on the disk then; its name is, too, after
    `sync_folder`. Raises OSError; what stood there then stands there still.
    """
    part, count = parts / f"{PART}{secrets.token_hex(8)}", 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with naming(path), os.fdopen(os.open(part, flags, mode), "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    return count


def sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk; Windows has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder):
            os.fsync(handle)
    finally:
        os.close(handle)
