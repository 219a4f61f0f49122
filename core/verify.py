"""The auditor: re-derives everything from the stored bytes and reports what does not follow.

    audit.py   entries ──▶ columns, register, sealed fields, tiles ──▶ root
    here       root ──▶ the signed checkpoint, the guard and its copy;  schema;  log ──▶ views

It never imports the writer, and trusts no column, tile or view. It reports evidence, not a verdict
alone: where, what was expected, what was found. Everything streams; memory does not grow with the
log.
"""

import base64
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from attrs import field, frozen, mutable

from lianjian.core.audit import MOST, Audit, Evidence, Finding, Progress
from lianjian.core.checkpoint import Checkpoint, open_checkpoint
from lianjian.core.errors import LianjianError, LogDamaged, Words
from lianjian.core.event import event_type
from lianjian.core.guard import Guard
from lianjian.core.indicator import Family
from lianjian.core.records import Records
from lianjian.core.replay import differences
from lianjian.core.store import SCHEMA, Store, connect
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

    A damaged file is a finding, not an exception. Raises LogMissing where there is no log.
    """
    run = _Verification(records, families)
    damaged = Words("数据库文件损坏", "the database file is damaged")
    with ExitStack() as stack:
        # The views first: whatever they were built from is in the log by then, which may grow.
        views = run.open_views(stack)
        try:
            store = stack.enter_context(Store.open(records.log))
            run.log(store, progress)
            if views:
                run.views(views, store)
        except LogDamaged as error:
            run.find(LOG, Words(error.message("zh"), error.message("en")))
        except sqlite3.DatabaseError as error:
            run.find(LOG, damaged, found=error)
    return run.report()


LOG = Words("log.db", "log.db")


@mutable
class _Verification:
    """One verification under way."""

    records: Records
    families: Sequence[Family]
    evidence: Evidence = field(factory=Evidence)
    size: int = 0
    root: bytes = EMPTY_ROOT
    checked: list[Words] = field(factory=list)

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
        self._schema(store)
        signed = self._signed(store)
        types = {event_type(e).name: event_type(e) for f in self.families for e in f.events}
        audit = Audit(store, self.records.origin, types, self.evidence)
        audit.read(progress)
        audit.blame(signed)
        self.size, self.root = audit.size, audit.root
        self._compare_root(signed)
        self._guards(store)
        self.checked += [
            Words(f"{self.size} 条记录的字节与各列", f"bytes and columns of {self.size} entries"),
            Words("哈希树的全部瓦片与树根", "every tile of the hash tree, and its root"),
            Words("检查点签名、守护文件", "the checkpoint's signature, and the guard"),
            Words(
                "编号登记、更正与作废、封存字段", "the register of ids, corrections, sealed fields"
            ),
        ]

    def _schema(self, store: Store) -> None:
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(SCHEMA)
            expected = _schema_of(fresh)
        found = _schema_of(store.db)
        for name in sorted(expected.keys() | found.keys(), key=str):
            if expected.get(name) != found.get(name):
                what = Words("数据库结构被改动", "the database's schema was changed")
                place = Words(f"结构 {name}", f"schema {name}")
                self.find(place, what, expected.get(name, "-"), found.get(name, "-"))
        for (line,) in store.db.execute("PRAGMA integrity_check(5)"):
            if line != "ok":
                self.find(LOG, Words("数据库文件损坏", "the database file is damaged"), "ok", line)

    def _signed(self, store: Store) -> Checkpoint | None:
        place = Words("检查点", "checkpoint")
        rows = store.db.execute("SELECT one, size, note FROM checkpoint").fetchall()
        if len(rows) != 1:
            what = Words("没有已签署的检查点", "there is not one signed checkpoint")
            self.find(place, what, 1, len(rows))
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

    def _guards(self, store: Store) -> None:
        """Compare the log with what was signed earlier, as the files beside it remember."""
        guards = [(self.records.guard, True)]
        with suppress(LianjianError):
            guards.append((self.records.guard_copy(), False))
        for guard, own in guards:
            self._guard(store, guard, own=own)
        path = self.records.checkpoint
        if path.exists():
            try:
                note = path.read_bytes()
                held = open_checkpoint(note, self.records.origin, self.records.verifier_key())
            except (OSError, LianjianError) as error:
                what = Words("检查点文件无法核验", "the file checkpoint does not verify")
                self.find(_file(path), what, found=error)
            else:
                self._extends(store, held, _file(path))

    def _guard(self, store: Store, guard: Guard, *, own: bool) -> None:
        place = _file(guard.path)
        try:
            held = guard.read()
            if held:
                open_checkpoint(held.note, self.records.origin, self.records.verifier_key())
        except (OSError, LianjianError) as error:
            self.find(place, Words("守护文件无法核验", "the guard does not verify"), found=error)
            return
        if held:
            self._extends(store, held.checkpoint, place)
        elif own:
            self.evidence.note(
                "没有守护文件，无从比对先前签署的内容", "there is no guard to compare with"
            )

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
        path = self.records.views
        if not path.exists():
            self.evidence.note("没有 views.db，读取时自动重建", "no views.db: it is made when read")
            return None
        try:
            db = stack.enter_context(closing(connect(path, read_only=True)))
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM families").fetchone()
        except sqlite3.DatabaseError as error:
            self._unreadable(error)
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
            for d in differences(db, store, self.families):
                count += 1
                place = Words(f"{d.table} 第 {d.position} 条", f"{d.table} position {d.position}")
                what = Words("事实行与日志不符", "a fact row does not follow from the log")
                self.find(place, what, d.expected, d.found)
                if count >= MOST:
                    break
        except (sqlite3.DatabaseError, TypeError, ValueError) as error:
            self._unreadable(error)
            return
        self.checked.append(
            Words(
                f"{len(self.families)} 个指标族的事实行",
                f"the fact rows of {len(self.families)} families",
            )
        )

    def _unreadable(self, error: object) -> None:
        what = Words(
            "无法读取；删除即可，会自动重建", "cannot be read; delete it, it is made again"
        )
        self.find(_file(self.records.views), what, found=error)


def _schema_of(db: sqlite3.Connection) -> dict[str, str]:
    sql = "SELECT type, name, tbl_name, sql FROM sqlite_master"
    return {name: f"{type_} {table} {sql}" for type_, name, table, sql in db.execute(sql)}


def _b64(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()


def _file(path: Path) -> Words:
    return Words(str(path), str(path))
