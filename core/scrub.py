"""Scrubbing: texts that were erased in the log are looked for in its whole folder, and destroyed.

What was deleted from log.db may still lie beside it:

    in log.db-wal          until that is written back and cut, by `Store.checkpointed`
    in logs set aside      by `recover`: they are opened, and deleted from
    in any other file      an export, a copy: it is named, for somebody to delete

No claim is made that was not looked into: at the end every file is searched for the bytes. What
the disk itself, its snapshots or a backup elsewhere keep is beyond the folder, and beyond us.
"""

import os
import re
import sqlite3
import stat
from base64 import urlsafe_b64decode
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from attrs import frozen

from lianjian.core.errors import LianjianError
from lianjian.core.notices import ERASURE
from lianjian.core.store import PATIENCE, Store, transaction

CHUNK = 1 << 20  # bytes read in one go
PIECE = 32  # bytes of a disclosure; the first 32 hold its random salt
STRIDE = 4096  # a piece is looked for in each page that a long text may spread over
MOST = 32  # pieces of one disclosure

# A disclosure is the base64url of `["`, 22 letters of salt, and so on (RFC 9901 section 4.2.1). The
# digest stands before it: in a row of SQLite with up to 8 bytes between, in an export with 16.
_BEGINS = re.compile(rb"Wy[IJ](?=[A-Za-z0-9_-]{33})")
_SALTED = re.compile(rb'\["[A-Za-z0-9_-]{22}"')
HEAD = 36  # letters that hold the salt, and are whole bytes
DIGEST = 43  # base64url of 32 bytes
BETWEEN = 24
_OVERLAP = DIGEST + BETWEEN + HEAD  # of two chunks, so that nothing is missed at their border


@frozen
class Wanted:
    """What is looked for: any disclosure that stands behind one of the digests; and the pieces."""

    digests: frozenset[bytes]
    pieces: tuple[bytes, ...] = ()

    def within(self, content: bytes) -> bool:
        """Tell whether a piece of a file has any of it."""
        if any(piece in content for piece in self.pieces):
            return True
        return any(self._behind(content, m.start()) for m in _BEGINS.finditer(content))

    def _behind(self, content: bytes, start: int) -> bool:
        """Tell whether one of the digests stands before the disclosure that begins at `start`."""
        ends = range(start, max(start - BETWEEN, DIGEST) - 1, -1)
        if all(content[end - DIGEST : end] not in self.digests for end in ends):
            return False
        return bool(_SALTED.match(urlsafe_b64decode(content[start : start + HEAD])))


@frozen
class Left:
    """Files that still have what was erased (`holding`), or could not be looked into."""

    holding: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.holding or self.unread)


def scrub(store: Store, disclosures: Iterable[str] = (), patience: float = PATIENCE) -> Left:
    """Destroy in the logs set aside what the log in `store` says was erased; search all files.

    `disclosures` are as many of the erased texts as are still known. The caller holds the log's
    lock. Nothing is destroyed in `store` itself. `patience` is how many seconds to wait for others.
    """
    folder, known, unread = store.path.parent, set(disclosures), []
    digests = [row.id for row in store.introductions(ERASURE)]
    if not digests:
        return Left()
    for path in logs_aside(folder):
        try:
            known |= _destroyed(path, digests, patience)
        except (LianjianError, sqlite3.Error, OSError, UnicodeDecodeError):
            unread.append(path)
    pieces = [piece for disclosure in known for piece in _pieces(store, disclosure)]
    wanted = Wanted(frozenset(d.encode() for d in digests), tuple(pieces))
    holding = []
    for path in _files(folder):
        try:
            if _holds(path, wanted):
                holding.append(path)
        except FileNotFoundError:
            continue
        except OSError:
            unread.append(path)
    return Left(tuple(holding), tuple(p for p in dict.fromkeys(unread) if p not in holding))


def logs_aside(folder: Path) -> list[Path]:
    """Return the logs that `recover` set aside in a folder, and one that it did not finish."""
    return [*sorted(folder.glob("log-*.db")), *folder.glob("log.db.recovered")]


def _destroyed(path: Path, digests: Collection[str], patience: float) -> set[str]:
    """Delete disclosures from a log set aside, if it has any of them, and return these."""
    with Store.open(path, read_only=False) as store:
        found = {text for digest in digests if (text := store.disclosure(digest))}
        if found:
            with transaction(store.db):
                store.destroy(digests)
        if not store.checkpointed(patience):
            raise BlockingIOError
    return found


def _pieces(store: Store, disclosure: str) -> Iterator[bytes]:
    """Yield the pieces of a disclosure to look for: its salt, and further ones of a long text.

    What a text that stays says in the same words is not looked for.
    """
    if len(disclosure) >= PIECE:  # a shorter one was never sealed, and would be found anywhere
        yield disclosure[:PIECE].encode()
    sql = "SELECT 1 FROM disclosures WHERE instr(disclosure, ?) LIMIT 1"
    for start in range(STRIDE, len(disclosure) - PIECE, max(STRIDE, len(disclosure) // MOST)):
        piece = disclosure[start : start + PIECE]
        if store.db.execute(sql, (piece,)).fetchone() is None:
            yield piece.encode()


def _files(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except FileNotFoundError:
                continue


def _holds(path: Path, wanted: Wanted) -> bool:
    """Tell whether a file has what is looked for; it is read piece by piece."""
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(CHUNK):
            content = before + chunk
            if wanted.within(content):
                return True
            before = content[-_OVERLAP:]
    return False
