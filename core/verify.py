"""The auditor: re-derives everything from the stored bytes and reports what does not follow.

    audit.py   entries ──▶ columns, register, sealed fields, tiles ──▶ root
    here       root ──▶ the signed checkpoint, the guard and its copy;  schema;  log ──▶ views

It never imports the writer, and trusts no column, tile or view. It reports evidence, not a verdict
alone: where, what was expected, what was found. Everything streams; memory does not grow with the
log.
"""

import base64
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path
from time import sleep

from attrs import field, frozen, mutable

from lianjian.core.audit import MOST, Audit, Evidence, Finding, Progress
from lianjian.core.checkpoint import Checkpoint, open_checkpoint
from lianjian.core.errors import FamilyStopped, LianjianError, LogDamaged, Words
from lianjian.core.event import event_type
from lianjian.core.guard import Guard
from lianjian.core.indicator import Family
from lianjian.core.records import Records
from lianjian.core.replay import differences, positions
from lianjian.core.store import SCHEMA, UNREADABLE, Store, connect, passing
from lianjian.core.tree import EMPTY_ROOT, root


@frozen
class Report:
    """What a verification saw.

    `size` and `root` are those of the tree over the entries' bytes. `checked` says what was
    compared, `notes` what could not be or deserves attention; with no `findings` all is well.
    """

    size: int
    root: bytes
    findings: tuple[Finding, ...]
    checked: tuple[Words, ...]
    notes: tuple[Words, ...]


def verify(
    records: Records, families: Sequence[Family], progress: Progress | None = None
) -> Report:
    """Verify a records folder: the log, its signatures and guard, and its views.

    A damaged file is a finding, not an exception. Raises LogMissing where there is no log, and
    sqlite3.OperationalError where the disk or another program does not let us read.
    """
    run = _Verification(records, families)
    with ExitStack() as stack:
        # The log last: by then it has whatever was signed, or views were built from, before.
        run.remember()
        views = run.open_views(stack)
        try:
            store = stack.enter_context(Store.open(records.log))
            run.log(store, progress)
            if views:
                run.views(views, store)
        except LogDamaged as error:
            run.find(LOG, Words(error.message("zh"), error.message("en")))
        except UNREADABLE as error:
            # What cannot be opened is a finding: what is in it cannot be told.
            if passing(error) and "unable to open" not in str(error):
                raise
            run.find(LOG, DAMAGED, found=error)
    return run.report()


LOG = Words("log.db", "log.db")
DAMAGED = Words("数据库文件损坏", "the database file is damaged")
_GUARD = Words("守护文件无法核验", "the guard does not verify")
_CHECKPOINT = Words("检查点文件无法核验", "the file checkpoint does not verify")


@mutable
class _Verification:
    """One verification under way."""

    records: Records
    families: Sequence[Family]
    evidence: Evidence = field(factory=Evidence)
    size: int = 0
    root: bytes = EMPTY_ROOT
    checked: list[Words] = field(factory=list)
    held: dict[Path, Checkpoint] = field(factory=dict)
    signed: Checkpoint | None = None

    def find(self, place: Words, what: Words, expected: object = "", found: object = "") -> None:
        """Add a finding."""
        self.evidence.find(place, what, expected, found)

    def report(self) -> Report:
        """Return what was seen."""
        more = self.evidence.more
        if more:
            self.evidence.note(f"另有 {more} 处未列出", f"{more} more not listed")
        return Report(
            self.size,
            self.root,
            tuple(self.evidence.findings),
            tuple(self.checked),
            tuple(self.evidence.notes),
        )

    # The log.

    def log(self, store: Store, progress: Progress | None) -> None:
        """Check everything in log.db, in one snapshot."""
        store.db.execute("BEGIN")
        mark = self.evidence.mark()
        try:
            self._log(store, progress)
        except (sqlite3.OperationalError, UnicodeDecodeError):
            # A text that is not UTF-8, most likely: once more, so that we can say where it stands.
            self.evidence.back_to(mark)
            store.db.text_factory = partial(str, encoding="utf-8", errors="replace")
            self._log(store, progress)
        self.checked += [
            Words(f"{self.size} 条记录的字节与各列", f"bytes and columns of {self.size} entries"),
            Words("哈希树的全部瓦片与树根", "every tile of the hash tree, and its root"),
            *self._compared_with(),
            Words(
                "编号登记、更正与作废、封存字段", "the register of ids, corrections, sealed fields"
            ),
        ]

    def _compared_with(self) -> list[Words]:
        """Say which signed checkpoints the log was compared with."""
        said = [Words("检查点签名", "the checkpoint's signature")] if self.signed else []
        if self.held:
            said.append(Words("先前签署的内容", "what was signed before"))
        return said

    def _log(self, store: Store, progress: Progress | None) -> None:
        sound = self._schema(store)
        signed = self.signed = self._signed(store)
        types = {event_type(e).name: event_type(e) for f in self.families for e in f.events}
        audit = Audit(store, self.records.origin, types, self.evidence)
        try:
            audit.read(progress)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            if sound:
                raise
            # A damaged page may hold values of types that no column could have.
            self.find(LOG, Words("无法继续读取", "it could not be read to its end"), found=error)
        audit.blame(signed)
        self.size, self.root = audit.size, audit.root
        self._compare_root(signed)
        for path, held in self.held.items():
            self._extends(store, held, _file(path))

    def _schema(self, store: Store) -> bool:
        """Check the schema and SQLite's own structures; tell whether the latter are sound."""
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(SCHEMA)
            expected = _schema_of(fresh)
        found = _schema_of(store.db)
        for name in sorted(expected.keys() | found.keys(), key=str):
            if expected.get(name) != found.get(name):
                what = Words("数据库结构被改动", "the database's schema was changed")
                place = Words(f"结构 {name}", f"schema {name}")
                self.find(place, what, expected.get(name, "-"), found.get(name, "-"))
        lines = [line for (line,) in store.db.execute("PRAGMA integrity_check(5)")]
        for line in lines:
            if line != "ok":
                self.find(LOG, DAMAGED, "ok", line)
        return lines == ["ok"]

    def _signed(self, store: Store) -> Checkpoint | None:
        place = Words("检查点", "checkpoint")
        rows = store.db.execute("SELECT one, size, note FROM checkpoint").fetchall()
        if [one for one, _, _ in rows] != [1]:
            what = Words("没有已签署的检查点", "there is not one signed checkpoint")
            self.find(place, what, [1], [one for one, _, _ in rows])
            return None
        _, size, note = rows[0]
        try:
            key = self.records.verifier_key()
            signed = open_checkpoint(note, self.records.origin, key)
        except (LianjianError, TypeError, AttributeError) as error:
            what = Words("检查点无法核验", "the checkpoint does not verify")
            self.find(place, what, found=error)
            return None
        if signed.size != size:
            what = Words("检查点的条数列不符", "the checkpoint's size column is wrong")
            self.find(place, what, signed.size, size)
        return signed

    def _compare_root(self, signed: Checkpoint | None) -> None:
        place = Words("检查点", "checkpoint")
        if signed is None:
            return
        if signed.size != self.size:
            what = Words(
                "条数与已签署的不符", "the log does not have as many entries as were signed"
            )
            self.find(place, what, signed.size, self.size)
        elif signed.root != self.root:
            what = Words("树根与已签署的不符", "the root is not the one that was signed")
            self.find(place, what, _b64(signed.root), _b64(self.root))

    # What was signed before.

    def remember(self) -> None:
        """Read what guard, copy and checkpoint hold, before the log: it may grow meanwhile."""
        guards = [self.records.guard]
        with suppress(LianjianError):
            guards.append(self.records.guard_copy())
        for guard in guards:
            self._held(guard.path, partial(_note_in, guard), _GUARD)
        path = self.records.checkpoint
        self._held(path, lambda: path.read_bytes() if path.exists() else None, _CHECKPOINT)
        if self.records.guard.path.exists():
            return
        if self.held:
            self.evidence.note(
                "没有守护文件；已与其副本或检查点文件比对",
                "there is no guard; its copy or the checkpoint file was compared instead",
            )
        else:
            self.evidence.note(
                "没有守护文件，无从比对先前签署的内容", "there is no guard to compare with"
            )

    def _held(self, path: Path, read: Callable[[], bytes | None], wrong: Words) -> None:
        """Note what a file holds; it may just be being written, so it is read more than once."""
        for attempt in range(3):
            try:
                note = read()
                if note is not None:
                    key = self.records.verifier_key()
                    self.held[path] = open_checkpoint(note, self.records.origin, key)
            except (OSError, LianjianError) as error:
                if attempt == 2:
                    self.find(_file(path), wrong, found=error)
                sleep(0.01)
            else:
                return

    def _extends(self, store: Store, held: Checkpoint, place: Words) -> None:
        if held.size > self.size:
            what = Words("日志比已签署的短", "the log is shorter than what was signed")
            self.find(place, what, held.size, self.size)
            return
        try:
            found = root(held.size, store) if held.size < self.size else self.root
        except LianjianError:
            return  # a broken tile, which is a finding already
        if found != held.root:
            what = Words(
                f"前 {held.size} 条不是当时签署的", f"the first {held.size} are not what was signed"
            )
            self.find(place, what, _b64(held.root), _b64(found))

    # The views.

    def open_views(self, stack: ExitStack) -> sqlite3.Connection | None:
        """Return views.db as it is at this moment, None where there is none or it is damaged."""
        path, tables = self.records.views, 0
        if path.exists():
            try:
                db = stack.enter_context(closing(connect(path, read_only=True)))
                db.execute("BEGIN")
                (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except UNREADABLE as error:
                self._unreadable(error)
                return None
        if not tables:  # nor where somebody was killed as they began to make it
            self.evidence.note("没有 views.db，读取时自动重建", "no views.db: it is made when read")
            return None
        return db

    def views(self, db: sqlite3.Connection, store: Store) -> None:
        """Check that every fact row follows from the log; views that are not there are fine."""
        count = 0
        try:
            (line,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if line != "ok":
                self._unreadable(line)
                return
            known = positions(db)
            for name, (position, why) in known.items():
                if why is not None:
                    self.evidence.note(
                        f"指标族 {name} 停在第 {position} 条：{why}",
                        f"the family {name} stopped at position {position}: {why}",
                    )
            for d in differences(db, store, self.families):
                count += 1
                place = Words(f"{d.table} 第 {d.position} 条", f"{d.table} position {d.position}")
                what = Words("事实行与日志不符", "a fact row does not follow from the log")
                self.find(place, what, d.expected, d.found)
                if count >= MOST:
                    break
        except FamilyStopped as error:
            what = Words(error.message("zh"), error.message("en"))
            self.find(_file(self.records.views), what)
            return
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            self._unreadable(error)
            return
        whole = sum(known.get(f.name, (0, ""))[1] is None for f in self.families)
        self.checked.append(
            Words(f"{whole} 个指标族的事实行", f"the fact rows of {whole} families")
        )

    def _unreadable(self, error: object) -> None:
        what = Words(
            "无法读取；删除即可，会自动重建", "cannot be read; delete it, it is made again"
        )
        self.find(_file(self.records.views), what, found=error)


def _schema_of(db: sqlite3.Connection) -> dict[str, str]:
    sql = "SELECT type, name, tbl_name, sql FROM sqlite_master"
    return {name: f"{type_} {table} {sql}" for type_, name, table, sql in db.execute(sql)}


def _note_in(guard: Guard) -> bytes | None:
    held = guard.read()
    return held.note.encode() if held else None


def _b64(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()


def _file(path: Path) -> Words:
    return Words(str(path), str(path))
