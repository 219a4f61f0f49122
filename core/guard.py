"""The guard: the last signed checkpoint, kept outside the database.

A Merkle tree proves that a log grew out of an older one, but only to somebody who remembers the
older one. The guard is our own memory: whoever puts an older copy of log.db back, or rewrites
history and re-derives every hash, meets a guard that says what was signed before, and the log
refuses to sign.

The file has two slots of 4,096 bytes; a write overwrites the slot that does not hold the newest
checkpoint, so that a torn write costs nothing. A slot is text, to be read with any pager:

    lianjian guard 1 <length of the note in bytes> <SHA-256 of the note, hex>
    <the signed note>
    <line feeds up to the end of the slot>

A copy in the user's state folder is for the day when the whole records folder is put back.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from attrs import frozen

from lianjian.core.checkpoint import Checkpoint, parse_checkpoint
from lianjian.core.errors import GuardDamaged, LianjianError

SLOT = 4096  # bytes
_HEADER = re.compile(rb"lianjian guard 1 ([1-9][0-9]{0,3}) ([0-9a-f]{64})\n")
# Windows has no fdatasync; fsync does more than is needed, never less.
_sync = getattr(os, "fdatasync", os.fsync)


@frozen
class Held:
    """What a guard holds: the note as it was signed, and what it says."""

    note: str
    checkpoint: Checkpoint


@frozen
class Guard:
    """A guard file at `path`; with `durable` each write is on disk before it returns."""

    path: Path
    durable: bool = True

    def read(self) -> Held | None:
        """Return the newest checkpoint held, None where there is no file.

        Raises GuardDamaged where there is a file and neither slot can be read.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        slots = _slots(data)
        for size, note in sorted(slots, reverse=True):
            if size >= 0:
                return Held(note, _checkpoint_of(note))
        raise GuardDamaged(path=self.path)

    def write(self, note: str) -> None:
        """Put `note` into the slot that does not hold the newest checkpoint. Raises OSError."""
        content = _slot(note)
        with opened(self.path, os.O_RDWR, 0o600) as handle:
            (first, _), (second, _) = _slots(os.read(handle, 2 * SLOT))
            os.lseek(handle, SLOT if first > second else 0, os.SEEK_SET)
            write_all(handle, content)
            if self.durable:
                _sync(handle)


@contextmanager
def opened(path: Path, flags: int, mode: int) -> Iterator[int]:
    """Open a file to write into it in place, made where there is none.

    Where the block fails, one that was made goes again: an empty file would be taken for a damaged
    one. Yields the descriptor; raises OSError.
    """
    made = not path.exists()
    try:
        handle = os.open(path, flags | os.O_CREAT | getattr(os, "O_BINARY", 0), mode)
        try:
            yield handle
        finally:
            os.close(handle)
    except OSError:
        if made:
            with suppress(OSError):
                path.unlink()
        raise


def write_all(handle: int, content: bytes) -> None:
    """Write every byte: a write may take a part only.

    Not through a buffer of Python's: one whose write failed writes once more when it is closed.
    """
    while content:
        content = content[os.write(handle, content) :]


def _slot(note: str) -> bytes:
    body = note.encode()
    header = f"lianjian guard 1 {len(body)} {hashlib.sha256(body).hexdigest()}\n".encode()
    return (header + body).ljust(SLOT, b"\n")


def _slots(data: bytes) -> list[tuple[int, str]]:
    """Return (size of the tree, note) of both slots; -1 where a slot holds nothing."""
    return [_read_slot(data[:SLOT]), _read_slot(data[SLOT:])]


def _read_slot(slot: bytes) -> tuple[int, str]:
    found = _HEADER.match(slot)
    body = slot[found.end() : found.end() + int(found[1])] if found else b""
    if not found or hashlib.sha256(body).hexdigest().encode() != found[2]:
        return -1, ""
    try:
        note = body.decode()
        return _checkpoint_of(note).size, note
    except (ValueError, LianjianError):
        return -1, ""


@lru_cache(maxsize=8)  # each note is read again at the next append
def _checkpoint_of(note: str) -> Checkpoint:
    return parse_checkpoint(note[: note.rindex("\n\n") + 1])


def state_folder() -> Path:
    """Return the folder for what this user's programs remember between runs."""
    windows = sys.platform == "win32"
    named = os.environ.get("LOCALAPPDATA" if windows else "XDG_STATE_HOME")
    try:
        home = Path.home()
    except RuntimeError:  # a user without one, in a container: no copy can be kept
        home = Path(os.devnull)
    return Path(named or home / ("AppData/Local" if windows else ".local/state")) / "lianjian"


def copy_of(guard: Guard, verifier: str, state: Path) -> Guard:
    """Return the copy of a log's guard in the user's state folder, `state`.

    It is found by the log's verifier key, so that it does not matter where the folder stands.
    """
    name = hashlib.sha256(verifier.encode()).hexdigest()[:32]
    return Guard(state / name / guard.path.name, durable=False)
