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

from lianjian.core.audit import (
    ENTRIES,
    MOST,
    REGISTER,
    SIGNATURE,
    SIGNED,
    TREE,
    VIEWS,
    Audit,
    Check,
    Evidence,
    Finding,
    Progress,
    disclosed,
)
from lianjian.core.checkpoint import Checkpoint
from lianjian.core.errors import BadCheckpoint, FamilyStopped, LianjianError, LogDamaged, Words
from lianjian.core.event import event_type
from lianjian.core.guard import Guard
from lianjian.core.handout import COSIGNED
from lianjian.core.indicator import Family
from lianjian.core.keys import KeyHistory
from lianjian.core.records import Records
from lianjian.core.replay import differences, positions
from lianjian.core.store import SCHEMA, UNREADABLE, Store, connect, passing
from lianjian.core.tree import EMPTY_ROOT, root


@frozen
class Report:
    """What a verification saw.

    `size` and `root` are those of the tree over the entries' bytes. `checked` says what was
    compared, `notes` what could not be or deserves attention; with no `findings` all is well.
    `published` counts the publications whose figures were not computed again.
    """

    size: int
    root: bytes
    findings: tuple[Finding, ...]
    checked: tuple[Words, ...]
    notes: tuple[Words, ...]
    published: int = 0


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
FOREIGN = Words("不属于本程序", "not made by this program")
DAMAGED = Words("数据库文件损坏", "the database file is damaged")
_GUARD = Words("守护文件无法核验", "the guard does not verify")
_CHECKPOINT = Words("检查点文件无法核验", "the file checkpoint does not verify")
_COSIGNED = Words("经联署的检查点无法核验", "the cosigned checkpoint does not verify")


@mutable
class _Verification:
    """One verification under way."""

    records: Records
    families: Sequence[Family]
    evidence: Evidence = field(factory=Evidence)
    size: int = 0
    root: bytes = EMPTY_ROOT
    published: int = 0
    checked: list[Words] = field(factory=list)
    held: dict[Path, Checkpoint] = field(factory=dict)
    signed: Checkpoint | None = None
    keys: KeyHistory | None = None
    sealed: tuple[int, int] = (0, 0)

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
            self.published,
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
            Check(
                f"{self.size} 条记录的字节与各列",
                f"bytes and columns of {self.size} entries",
                ENTRIES,
            ),
            Check("哈希树的全部瓦片与树根", "every tile of the hash tree, and its root", TREE),
            *self._compared_with(),
            Check(
                "编号登记、更正与作废、封存字段",
                "the register of ids, corrections, sealed fields",
                REGISTER,
            ),
            *disclosed(*self.sealed),
        ]

    def _compared_with(self) -> list[Words]:
        """Say which signed checkpoints the log was compared with."""
        said: list[Words] = []
        if self.signed:
            said.append(Check("检查点签名", "the checkpoint's signature", SIGNATURE))
        if self.held:
            said.append(Check("先前签署的内容", "what was signed before", SIGNED))
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
        self.size, self.root, self.published = audit.size, audit.root, audit.published
        self.sealed = audit.open, audit.erased
        self._compare_root(signed)
        for path, held in self.held.items():
            self._extends(store, held, _file(path))

    def _schema(self, store: Store) -> bool:
        """Check the schema and SQLite's own structures; tell whether the latter are sound."""
        self.evidence.check = ENTRIES
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.executescript(SCHEMA)
            expected = _schema_of(fresh)
        found = _schema_of(store.db)
        for name in sorted(expected.keys() | found.keys(), key=str):
            if expected.get(name) != found.get(name):
                what = Words("数据库结构被改动", "the database's schema was changed")
                called = name.partition(" ")[2]
                place = Words(f"结构 {called}", f"schema {called}")
                as_made = Words("与本程序所建一致", "as this program makes it")
                changed = Words("与之不同", "different") if name in expected else FOREIGN
                there = changed if name in found else Words("缺失", "missing")
                self.find(place, what, as_made if name in expected else "-", there)
        lines = [line for (line,) in store.db.execute("PRAGMA integrity_check(5)")]
        for line in lines:
            if line != "ok":
                self.find(LOG, DAMAGED, "ok", line)
        return lines == ["ok"]

    def _signed(self, store: Store) -> Checkpoint | None:
        self.evidence.check = SIGNATURE
        place = Words("检查点", "checkpoint")
        rows = store.db.execute("SELECT one, size, note FROM checkpoint").fetchall()
        if [one for one, _, _ in rows] != [1]:
            what = Words("没有已签署的检查点", "there is not one signed checkpoint")
            self.find(place, what, 1, ", ".join(str(one) for one, _, _ in rows) or "-")
            return None
        _, size, note = rows[0]
        self._find_keys(store)
        try:
            signed = self._open(note)
        except (LianjianError, TypeError, AttributeError) as error:
            what = Words("检查点无法核验", "the checkpoint does not verify")
            self.find(place, what, found=error)
            return None
        if signed.size != size:
            what = Words("检查点的条数列不符", "the checkpoint's size column is wrong")
            self.find(place, what, signed.size, size)
        return signed

    def _find_keys(self, store: Store) -> None:
        """Follow the rotations of the log's key: the last one must be the one in the folder."""
        self.evidence.check = SIGNATURE
        place = Words("密钥", "keys")
        try:
            self.keys = keys = self.records.keys(store)
            known = self.records.verifier_key()
        except LianjianError as error:
            what = Words("签名密钥无法核验", "the log's keys do not verify")
            self.find(place, what, found=error)
            return
        if self.records.next_key.exists():
            self.evidence.note(
                "有一次密钥轮换未完成，下次录入时自动完成",
                "a rotation of the key was cut short; the next command that records finishes it",
            )
        elif known != keys.newest:
            what = Words(
                "keys/log.vkey 不是现用密钥", "keys/log.vkey is not the key that signs now"
            )
            self.find(place, what, keys.newest.to_text(), known.to_text())

    def _open(self, note: str | bytes) -> Checkpoint:
        """Return the checkpoint in a note that the key of its time has signed."""
        keys = self.keys or KeyHistory((self.records.verifier_key(),))
        signed = keys.open(note)
        if signed.origin != self.records.origin:
            why = Words(f"来源不是 {self.records.origin}", f"not of {self.records.origin}")
            raise BadCheckpoint(why=why)
        return signed

    def _compare_root(self, signed: Checkpoint | None) -> None:
        self.evidence.check = TREE
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

    def _read_keys(self) -> None:
        """Read which keys the log has had; what is wrong with them is reported with the log."""
        with suppress(LianjianError, *UNREADABLE), Store.open(self.records.log) as store:
            self.keys = self.records.keys(store)

    def remember(self) -> None:
        """Read what guard, copy and checkpoints hold, before the log: it may grow meanwhile."""
        self._read_keys()
        guards = [self.records.guard]
        with suppress(LianjianError):
            guards.append(self.records.guard_copy())
        for guard in guards:
            self._held(guard.path, partial(_note_in, guard), _GUARD)
        for path, wrong in (
            (self.records.checkpoint, _CHECKPOINT),
            (self.records.path / COSIGNED, _COSIGNED),
        ):
            self._held(path, partial(_content, path), wrong)
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
        self.evidence.check = SIGNED
        for attempt in range(3):
            try:
                note = read()
                if note is not None:
                    self.held[path] = self._open(note)
            except (OSError, LianjianError) as error:
                if attempt == 2:
                    self.find(_file(path), wrong, found=error)
                sleep(0.01)
                self._read_keys()  # the key may just have been rotated
            else:
                return

    def _extends(self, store: Store, held: Checkpoint, place: Words) -> None:
        self.evidence.check = SIGNED
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
        self.evidence.check = VIEWS
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
                self.find(place, what, d.text(d.expected), d.text(d.found))
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
            Check(f"{whole} 个指标族的事实行", f"the fact rows of {whole} families", VIEWS)
        )

    def _unreadable(self, error: object) -> None:
        self.evidence.check = VIEWS
        what = Words(
            "无法读取；删除即可，会自动重建", "cannot be read; delete it, it is made again"
        )
        self.find(_file(self.records.views), what, found=error)


def _schema_of(db: sqlite3.Connection) -> dict[str, str]:
    """Return what the schema has by type and name: a trigger may be called as a table is."""
    sql = "SELECT type, name, tbl_name, sql FROM sqlite_master"
    return {f"{type_} {name}": f"{table} {sql}" for type_, name, table, sql in db.execute(sql)}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _note_in(guard: Guard) -> bytes | None:
    held = guard.read()
    return held.note.encode() if held else None


def _b64(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()


def _file(path: Path) -> Words:
    return Words(str(path), str(path))
