"""The records folder: where a log's files stand, how it is made and how it is found.

log.db          the truth
views.db        derived from it; delete it any time
lianjian.toml   origin, time zone, language
keys/log.key    the signing key, mode 0600;  keys/log.vkey  what anybody verifies with
                (log.key.next: the one to come, while a rotation is under way)
checkpoint      the last signed checkpoint, a C2SP signed note to hand out
guard           the same, written so that a crash cannot tear it; what the log signs against
"""

import os
import re
import secrets
import shutil
import stat
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Self
from urllib.parse import quote

import msgspec
from attrs import field, frozen

from lianjian.core.checkpoint import (
    Checkpoint,
    SigningKey,
    VerifierKey,
    parse_checkpoint,
    sign_note,
)
from lianjian.core.errors import (
    BadRotation,
    BadSettings,
    GuardNotWritten,
    KeyMissing,
    KeyUnsafe,
    LianjianError,
    NoRecords,
    RecordsExist,
    Words,
)
from lianjian.core.event import read_envelope
from lianjian.core.files import sync_folder, write_whole
from lianjian.core.guard import Guard, Held, copy_of, opened, state_folder, write_all
from lianjian.core.keys import KeyHistory, rotation_at
from lianjian.core.messages import naming, why
from lianjian.core.store import Store, transaction
from lianjian.core.tree import EMPTY_ROOT

SETTINGS = "lianjian.toml"
ENVIRONMENT = "LIANJIAN_RECORDS"
LOG_KEY = "log_key"
"""The kind of id that a rotation of the log's key introduces."""


@frozen
class Records:
    """A records folder and its settings.

    `origin` names the log in checkpoints, a URL without a scheme; `language` is "zh" or "en";
    `state` is the user's state folder, where the guard has its copy.
    """

    path: Path
    origin: str
    language: str = "zh"
    state: Path = field(factory=state_folder, kw_only=True)
    log: Path = field(init=False)
    views: Path = field(init=False)
    checkpoint: Path = field(init=False)
    guard: Guard = field(init=False)

    @log.default
    def _log(self) -> Path:
        return self.path / "log.db"

    @views.default
    def _views(self) -> Path:
        return self.path / "views.db"

    @checkpoint.default
    def _checkpoint(self) -> Path:
        return self.path / "checkpoint"

    @guard.default
    def _guard(self) -> Guard:
        return Guard(self.path / "guard")

    @classmethod
    def create(
        cls, path: Path, origin: str = "", language: str = "zh", *, state: Path | None = None
    ) -> Self:
        """Make a records folder with an empty, signed log and return it.

        `origin` is made up where it is empty. Raises RecordsExist where `path` is a folder with
        something in it, or a file.
        """
        path = path.absolute()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RecordsExist(path=path)
        origin = origin or f"lianjian.local/{_slug(path.name)}-{secrets.token_hex(4)}"
        if not re.fullmatch(r"[^\s+\x00-\x1f\x7f\"\\]{1,200}", origin):
            raise BadSettings(path=path / SETTINGS, reason=f"origin {origin!r}")
        records = cls(path, origin, language, state=state or state_folder())
        key = SigningKey.generate(origin)
        note = sign_note(Checkpoint(origin, 0, EMPTY_ROOT).text(), key)
        settings = f'origin = "{origin}"\ntime_zone = "Asia/Shanghai"\nlanguage = "{language}"\n'
        with whole_or_not_at_all(path):
            (path / "keys").mkdir(mode=0o700)
            _write_private(path / "keys/log.key", key.to_text() + "\n")
            write_text(path / "keys/log.vkey", key.verifier.to_text() + "\n")
            with Store.create(records.log) as store, transaction(store.db):
                store.put_checkpoint(0, note)
            records.remember(note)
            # Last: it is what makes the folder one of records.
            write_text(path / SETTINGS, settings)
        return records

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the records folder at `path`; NoRecords, or BadSettings where it is unusable."""
        path = path.absolute()
        settings = path / SETTINGS
        if not settings.is_file():
            raise NoRecords(path=path)
        try:
            found = tomllib.loads(settings.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadSettings(path=settings, reason=error) from error
        origin, language = found.get("origin"), found.get("language", "zh")
        if not isinstance(origin, str) or not origin:
            raise BadSettings(path=settings, reason="origin")
        if language not in ("zh", "en"):
            raise BadSettings(path=settings, reason=f"language {language!r}")
        if found.get("time_zone", "Asia/Shanghai") != "Asia/Shanghai":
            raise BadSettings(path=settings, reason="time_zone; Asia/Shanghai")
        return cls(path, origin, language)

    @classmethod
    def find(cls, given: Path | None = None) -> Self:
        """Find the records folder like git: `given`, then $LIANJIAN_RECORDS, then upward from here."""
        named = given or (os.environ.get(ENVIRONMENT) and Path(os.environ[ENVIRONMENT]))
        if named:
            return cls.open(named)
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / SETTINGS).is_file():
                return cls.open(folder)
        raise NoRecords(path=here)

    def signing_key(self) -> SigningKey:
        """Return the log's signing key; KeyMissing, or KeyUnsafe where others can read it."""
        return _key_in(self.path / "keys/log.key")

    def verifier_key(self) -> VerifierKey:
        """Return the key that the log's checkpoints are verified with; KeyMissing."""
        path = self.path / "keys/log.vkey"
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyMissing(path=path) from error
        return VerifierKey.parse(text)

    def keys(self, store: Store) -> KeyHistory:
        """Return all keys that the log ever had, as its own entries tell them.

        Raises KeyMissing, and BadRotation where the entries do not lead to keys/log.vkey.
        """
        rotations = []
        for row in store.introductions(LOG_KEY):
            entry = store.row(row.position)
            try:
                data = msgspec.json.decode(read_envelope(entry.entry).data if entry else b"")
            except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
                why = Words(f"第 {row.position} 条无法读取", f"position {row.position} is damaged")
                raise BadRotation(why=why) from error
            rotations.append(rotation_at(row.position, self.origin, data))
        return KeyHistory.of(self.verifier_key(), rotations)

    @property
    def next_key(self) -> Path:
        """Return where the new key stands while a rotation is under way."""
        return self.path / "keys/log.key.next"

    def prepare_key(self) -> SigningKey:
        """Make the key that a rotation will put in the place of the present one, on the disk."""
        key = SigningKey.generate(self.origin)
        self.next_key.unlink(missing_ok=True)
        _write_private(self.next_key, key.to_text() + "\n")
        sync_folder(self.next_key.parent)
        return key

    def settle_key(self, newest: VerifierKey) -> None:
        """Finish a rotation, or drop one that never came into the log, whose last key is `newest`.

        First the verifier key, then the signing key: as long as there is a next key, it is known
        that this must be done. The old signing key is gone afterwards.
        """
        if not self.next_key.exists():
            return
        found = None
        with suppress(LianjianError):  # half a key, which nothing was signed with
            found = _key_in(self.next_key).verifier
        if found != newest:
            self.next_key.unlink()
            return
        write_whole(self.path / "keys/log.vkey", (newest.to_text() + "\n").encode())
        self.next_key.replace(self.path / "keys/log.key")
        sync_folder(self.next_key.parent)

    def guard_copy(self) -> Guard:
        """Return the guard's copy in the user's state folder; KeyMissing."""
        return self._guard_copy

    @cached_property
    def _guard_copy(self) -> Guard:
        # Cached, since every append asks for it twice.
        return copy_of(self.guard, self.verifier_key().to_text(), self.state)

    def remembered(self) -> dict[Path, Held]:
        """Return what was signed before, as the guard and its copy hold it, by file, newest first.

        Both count: whoever could rewrite the folder, its guard included, may have left the copy.
        A copy that cannot be read is passed over, for it is a second chance and not a second
        truth. Raises GuardDamaged where the guard cannot be read.
        """
        found = {self.guard.path: self.guard.read()}
        with suppress(OSError, LianjianError):
            copy = self.guard_copy()
            found[copy.path] = copy.read()
        held = [(path, held) for path, held in found.items() if held]
        return dict(sorted(held, key=lambda pair: -pair[1].checkpoint.size))

    def remember(self, note: str) -> None:
        """Write a newly signed checkpoint to the guard, then to its copy and to `checkpoint`.

        Only the guard must not fail: a machine whose home cannot be written still keeps records,
        and `checkpoint` is written again at the next append. Raises GuardNotWritten.
        """
        try:
            self.guard.write(note)
        except OSError as error:
            size = parse_checkpoint(note[: note.rindex("\n\n") + 1]).size
            path = self.guard.path
            raise GuardNotWritten(size=size, path=path, why=why(error)) from error
        with suppress(OSError, LianjianError):
            copy = self.guard_copy()
            if not copy.path.exists():
                copy.path.parent.mkdir(parents=True, exist_ok=True)
            copy.write(note)
        with suppress(OSError):
            _overwrite(self.checkpoint, note)


@contextmanager
def whole_or_not_at_all(folder: Path) -> Iterator[None]:
    """Fill a folder that is new or empty, made here; where the block fails, empty it again."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """Write a small file of a new folder, and wait until it is on the disk."""
    with naming(path), path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _key_in(path: Path) -> SigningKey:
    """Return the signing key in a file; KeyMissing, or KeyUnsafe where others can read it."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissing(path=path) from error
    if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
        raise KeyUnsafe(path=path)
    return SigningKey.from_text(text)


def _overwrite(path: Path, text: str) -> None:
    """Write a small file in place.

    It fits in one sector, so it is never seen in halves. To rename a new file over the old one
    would make every append wait for the disk once more.
    """
    content = text.encode()
    with opened(path, os.O_WRONLY, 0o644) as handle:
        write_all(handle, content)
        os.truncate(handle, len(content))


def _slug(name: str) -> str:
    return quote(re.sub(r"[\s+%\"\\]+", "-", name) or "records")


def _write_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with naming(path), os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
