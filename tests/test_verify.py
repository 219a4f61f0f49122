"""The auditor: whatever is changed anywhere is found, and said where."""

import os
import random
import re
import shutil
import sqlite3
import tracemalloc
import warnings
from contextlib import closing, suppress
from datetime import date

import pytest

from lianjian.core import log as log_module
from lianjian.core.activities import TermDefined, UnitRegistered
from lianjian.core.checkpoint import Checkpoint, SigningKey, sign_note
from lianjian.core.errors import LogMissing, LogNewer
from lianjian.core.event import Draft, seal
from lianjian.core.log import Log, voids
from lianjian.core.records import Records
from lianjian.core.replay import catch_up
from lianjian.core.store import Store
from lianjian.core.testing import Trial, registry_of
from lianjian.core.tree import all_tiles, extend, frontier_root, leaf_hash
from lianjian.core.verify import verify
from lianjian.plugins import bases, lecturers
from lianjian.plugins.bases import BaseOpened, VisitHeld
from lianjian.plugins.lecturers import LecturerEnrolled

DAY = date(2021, 5, 1)
FAMILIES = [bases.lianjian_family(), lecturers.lianjian_family()]
REGISTRY = registry_of(FAMILIES)
SIZE = 660  # two full tiles and a part of a third, and a tile above them
BYTES_CHANGED_BY_SQL = 400
BYTES_CHANGED_IN_THE_FILE = 250

TRIGGERS = ("entries_no_update", "entries_no_delete", "entries_in_order")


def fill(trial):
    """A log with everything in it: corrections, voids, sealed fields, batches, terms."""
    log = trial.log
    trial.record(
        UnitRegistered(unit="u", name="街道", kind="town", tier="town", day=DAY),
        TermDefined(scheme="theme", code="drones", zh="无人机", en="Drones", day=DAY),
        *(BaseOpened(base=f"b{i}", name=f"园{i}", kind="garden", day=DAY) for i in range(20)),
    )
    for i in range(8):
        name, disclosure = seal("name", f"讲师{i}")
        made = LecturerEnrolled(f"L{i}", "town", external=False, day=DAY, name=name)
        log.append([Draft(made, "trial", disclosures=(disclosure,), subject=f"lecturer:L{i}")])
    carried = LecturerEnrolled("L7", "town", external=True, day=DAY, name=name)
    trial.correct(log.store.row(29).id, carried)
    for batch in ("one", "two"):
        visits = (VisitHeld(base=f"b{n % 20}", day=DAY, persons=n) for n in range(290))
        trial.record(*visits, batch=batch)
    for position in range(40, 60):
        trial.correct(log.store.row(position).id, VisitHeld(base="b1", day=DAY, persons=position))
    trial.void(*(log.store.row(p).id for p in range(60, 70)))
    trial.record(Draft(VisitHeld(base="b3", day=DAY, visit="v1"), "trial", why="late"))
    while trial.size < SIZE:
        trial.record(VisitHeld(base="b2", day=DAY))


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template")
    with Trial(path, FAMILIES) as t:
        fill(t)
    return path


@pytest.fixture
def records(template, tmp_path):
    return copy_of(template, tmp_path)


def copy_of(template, path):
    shutil.copytree(template, path / "copy")
    return reopened(path / "copy")


def reopened(folder):
    opened = Records.open(folder / "records")
    return Records(opened.path, opened.origin, opened.language, state=folder / "state")


def findings(records, registry=REGISTRY):
    return verify(records, registry.families).findings


def places(found):
    return " | ".join(f"{f.place.en}: {f.what.en}" for f in found)


class Edited:
    """log.db opened by somebody who drops the triggers, and puts them back when done."""

    def __init__(self, records):
        self.db = sqlite3.connect(records.log, isolation_level=None)

    def __enter__(self):
        self.db.execute("PRAGMA ignore_check_constraints = ON")
        self.db.execute("PRAGMA synchronous = OFF")
        sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        self.triggers = [s for (s,) in self.db.execute(sql)]
        self.db.execute("BEGIN")
        for name in TRIGGERS:
            self.db.execute(f"DROP TRIGGER {name}")
        return self.db

    def __exit__(self, kind, *_):
        with closing(self.db):
            if kind is None:
                for sql in self.triggers:
                    self.db.execute(sql)
                self.db.execute("COMMIT")


def test_a_log_with_everything_in_it_is_clean(records):
    report = verify(records, REGISTRY.families)
    assert report.findings == ()
    assert report.size == SIZE
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        assert log.append([]).added == 0
    with Edited(records):
        pass  # dropping the triggers and putting them back is no change
    assert findings(records) == ()


# Through SQL


TABLES = {
    "entries": ("position",),
    "tiles": ("level", "tile"),
    "checkpoint": ("one",),
    "register": ("kind", "id", "position"),
    "disclosures": ("digest",),
}


def one_byte_off(value, rng):
    """Return a value with one byte changed, as SQL that makes it: (expression, parameter)."""
    if value is None:
        return rng.choice([("?", 0), ("?", 5), ("CAST(? AS TEXT)", b"x")])
    if isinstance(value, int):
        changed = int.from_bytes(value.to_bytes(8, signed=True))
        changed ^= rng.randrange(1, 256) << 8 * rng.randrange(8)
        return "?", int.from_bytes(changed.to_bytes(8), signed=True)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    if not data:
        return "CAST(? AS TEXT)", b"x"
    at = rng.randrange(len(data))
    data[at] ^= rng.randrange(1, 256)
    return "CAST(? AS TEXT)" if isinstance(value, str) else "?", bytes(data)


def change_one_byte(records, table, column, rng):
    """Change one byte of a column in a random row; return what was changed."""
    keys = TABLES[table]
    while True:
        try:
            with Edited(records) as db:
                count = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                row = db.execute(
                    f"SELECT {column}, {', '.join(keys)} FROM {table} "
                    f"ORDER BY {', '.join(keys)} LIMIT 1 OFFSET ?",
                    (rng.randrange(count),),
                ).fetchone()
                expression, value = one_byte_off(row[0], rng)
                where = " AND ".join(f"{k} = ?" for k in keys)
                sql = f"UPDATE {table} SET {column} = {expression} WHERE {where}"
                db.execute(sql, (value, *row[1:]))
        except sqlite3.IntegrityError:
            continue  # not unique, or null: the database refused it, so it did not happen
        return f"{table}.{column} of {row[1:]}: {row[0]!r:.60} -> {value!r:.60}"


def columns():
    with closing(sqlite3.connect(":memory:")) as db:
        from lianjian.core.store import SCHEMA

        db.executescript(SCHEMA)
        return [(t, c[1]) for t in TABLES for c in db.execute(f"PRAGMA table_info({t})")]


NAMED = re.compile(r"position -?\d+|tile -?\d+/-?\d+|checkpoint|CHECK constraint failed")


@pytest.mark.parametrize("part", range(4))
def test_any_byte_of_any_column_is_found_and_named(template, tmp_path, part):
    rng = random.Random(20_211_203 + part)
    every = columns()
    assert len(every) == 21
    each = BYTES_CHANGED_BY_SQL // 4
    chosen = [every[(part * each + i) % len(every)] for i in range(each)]
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    for table, column in chosen:
        records = reopened(folder)
        shutil.copy(template / "records/log.db", records.log)
        what = change_one_byte(records, table, column, rng)
        found = findings(records)
        assert found, what
        named = [f for f in found if NAMED.search(f"{f.place.en} {f.found}")]
        assert named, f"{what}: {places(found)}"


EDITS = {
    "the last entry dropped": (
        ["DELETE FROM entries WHERE position = 659"],
        "checkpoint: the log does not have as many entries as were signed",
    ),
    "the last entry dropped, with its leaf and the checkpoint's column": (
        [
            "DELETE FROM entries WHERE position = 659",
            (
                "UPDATE tiles SET hashes = substr(hashes, 1, length(hashes) - 32) "
                "WHERE level = 0 AND tile = 2"
            ),
            "UPDATE checkpoint SET size = 659",
        ],
        "checkpoint: ",
    ),
    "an entry dropped in the middle": (
        ["DELETE FROM entries WHERE position = 300"],
        "position 301: there is a gap",
    ),
    "two entries swapped": (
        [
            "UPDATE entries SET position = -1 WHERE position = 100",
            "UPDATE entries SET position = 100 WHERE position = 101",
            "UPDATE entries SET position = 101 WHERE position = -1",
        ],
        "position 100: the bytes are not those that were recorded",
    ),
    "the bytes of two entries swapped": (
        [
            "CREATE TEMP TABLE kept AS SELECT position, entry FROM entries WHERE position IN (7, 9)",
            (
                "UPDATE entries SET entry = (SELECT entry FROM temp.kept k "
                "WHERE k.position = 16 - entries.position) WHERE position IN (7, 9)"
            ),
        ],
        "position 7: ",
    ),
    "replaces edited": (
        ["UPDATE entries SET replaces = 100 WHERE position = 615"],
        "position 615: the column replaces",
    ),
    "replaces taken away": (
        ["UPDATE entries SET replaces = NULL WHERE position = 640"],
        "position 640: the column replaces",
    ),
    "replaces given": (
        ["UPDATE entries SET replaces = 3 WHERE position = 120"],
        "position 120: the column replaces",
    ),
    "an entry added": (
        [
            (
                "INSERT INTO entries SELECT 660, 'new', type, version, recordedat, NULL, NULL, entry "
                "FROM entries WHERE position = 659"
            )
        ],
        "position 660: the column id",
    ),
    "an entry added before the first": (
        [
            (
                "INSERT INTO entries SELECT -1, 'new', type, version, recordedat, NULL, NULL, entry "
                "FROM entries WHERE position = 0"
            )
        ],
        "position -1: there is a gap",
    ),
    "an id registered by nobody": (
        ["INSERT INTO register VALUES ('base', 'ghost', 100, NULL)"],
        "position 100: the register is wrong about base ghost",
    ),
    "an id of a kind that no family introduces": (
        ["INSERT INTO register VALUES ('ufo', 'x', 3, NULL)"],
        "position 3: the register is wrong about ufo x",
    ),
    "an id registered beyond the log": (
        ["INSERT INTO register VALUES ('base', 'ghost', 4711, NULL)"],
        "position 4711: the register is wrong about base ghost",
    ),
    "an id registered before the log": (
        ["INSERT INTO register VALUES ('base', 'ghost', -1, NULL)"],
        "position -1: the register is wrong about base ghost",
    ),
    "a register row moved": (
        ["UPDATE register SET position = 5 WHERE kind = 'base' AND id = 'b7'"],
        "the register is wrong about base b7",
    ),
    "an id struck off": (
        ["DELETE FROM register WHERE kind = 'unit'"],
        "position 0: the register is wrong about unit u",
    ),
    "an id that is said to stand no more": (
        ["UPDATE register SET until = 99 WHERE id = 'b3'"],
        "position 5: the register is wrong about base b3",
    ),
    "the register emptied": (["DELETE FROM register"], "position 0: the register"),
    "a disclosure destroyed": (
        ["DELETE FROM disclosures WHERE position = 22"],
        "position 22: the text behind a sealed field is missing",
    ),
    "a disclosure added": (
        ["INSERT INTO disclosures VALUES ('abc', 22, 'def')"],
        "position 22: a text that this entry does not seal",
    ),
    "a disclosure added beyond the log": (
        ["INSERT INTO disclosures VALUES ('abc', 4711, 'def')"],
        "position 4711: a text that this entry does not seal",
    ),
    "disclosures exchanged": (
        [
            "CREATE TEMP TABLE kept AS SELECT position, disclosure FROM disclosures",
            (
                "UPDATE disclosures SET disclosure = (SELECT disclosure FROM temp.kept k "
                "WHERE k.position = 45 - disclosures.position) WHERE position IN (22, 23)"
            ),
        ],
        "position 22: a sealed field's text does not open its digest",
    ),
    "a tile added beyond the tree": (
        ["INSERT INTO tiles VALUES (0, 3, zeroblob(32))"],
        "tile 0/3: the tree has no such tile",
    ),
    "a tile added above the tree": (
        ["INSERT INTO tiles VALUES (2, 0, zeroblob(32))"],
        "tile 2/0: the tree has no such tile",
    ),
    "tiles added far away": (
        ["INSERT INTO tiles VALUES (9223372036854775807, -5, zeroblob(32)), (-3, 0, zeroblob(1))"],
        "tile -3/0: the tree has no such tile",
    ),
    "a tile dropped": (["DELETE FROM tiles WHERE level = 1"], "tile 1/0: the tile does not follow"),
    "a full tile cut": (
        ["UPDATE tiles SET hashes = substr(hashes, 1, 8000) WHERE level = 0 AND tile = 0"],
        "tile 0/0: ",
    ),
    "a tile made longer": (
        ["UPDATE tiles SET hashes = CAST(hashes || x'00' AS BLOB) WHERE level = 0 AND tile = 2"],
        "tile 0/2: ",
    ),
    "a tile emptied": (["UPDATE tiles SET hashes = x'' WHERE level = 1"], "tile 1/0: "),
    "the checkpoint dropped": (["DELETE FROM checkpoint"], "checkpoint: there is not one"),
    "the checkpoint's size": (
        ["UPDATE checkpoint SET size = 1"],
        "checkpoint: the checkpoint's size",
    ),
    "the checkpoint's text": (
        ["UPDATE checkpoint SET note = replace(note, '660', '661')"],
        "checkpoint: the checkpoint does not verify",
    ),
    "a second checkpoint": (
        ["INSERT INTO checkpoint SELECT 2, size, note FROM checkpoint"],
        "checkpoint: there is not one",
    ),
    "a type renamed to nothing": (
        ["UPDATE entries SET type = '' WHERE position = 200"],
        "position 200: the column type",
    ),
    "a type renamed with a quote": (
        ["UPDATE entries SET type = 'x'' OR 1=1 --' WHERE position = 200"],
        "position 200: the column type",
    ),
    "a table added": (["CREATE TABLE more (x)"], "schema more: "),
    "a trigger added": (
        ["CREATE TRIGGER sqliteX AFTER INSERT ON entries BEGIN DELETE FROM register; END"],
        "schema sqliteX: ",
    ),
    "an index dropped": (["DROP INDEX entries_replaces"], "schema entries_replaces: "),
    "a view in the way": (["CREATE VIEW v AS SELECT 1"], "it has views in it"),
}


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_an_edit_is_found_and_named(records, edit):
    statements, expected = EDITS[edit]
    with Edited(records) as db:
        for sql in statements:
            db.execute(sql)
    assert expected in places(findings(records))


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_missing_trigger_is_found(records, trigger):
    with closing(sqlite3.connect(records.log)) as db:
        db.execute(f"DROP TRIGGER {trigger}")
    assert f"schema {trigger}: " in places(findings(records))


def test_findings_are_cut_short_and_counted(records):
    with Edited(records) as db:
        db.execute("UPDATE entries SET recordedat = 'x', batch = 'x'")
    report = verify(records, REGISTRY.families)
    assert len(report.findings) == 100
    assert any(re.fullmatch(r"\d{4} more not listed", n.en) for n in report.notes)


# The bytes of the file


def dump(path):
    """Return everything that is in the tables, and the schema."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        parts = [db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()]
        parts += [db.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall() for t in TABLES]
        parts += [db.execute(f"PRAGMA {p}").fetchall() for p in ("application_id", "user_version")]
    return parts


@pytest.mark.parametrize("part", range(2))
def test_a_byte_of_the_file_is_found_or_changes_nothing(template, tmp_path, part):
    rng = random.Random(31_415 + part)
    folder = tmp_path / "copy"
    shutil.copytree(template, folder)
    records = reopened(folder)
    whole = (template / "records/log.db").read_bytes()
    before = dump(template / "records/log.db")
    unchanged = 0
    # The pages' own headers and cell pointers are where parsers go astray: half of the trials.
    for i in range(BYTES_CHANGED_IN_THE_FILE // 2):
        offset = rng.randrange(len(whole))
        if i % 2:
            offset = offset // 16_384 * 16_384 + rng.randrange(108)
        changed = bytearray(whole)
        changed[offset] ^= rng.randrange(1, 256)
        records.log.write_bytes(changed)
        for rest in ("-wal", "-shm"):
            records.log.with_name("log.db" + rest).unlink(missing_ok=True)
        try:
            found = findings(records)
        except LogNewer:
            assert 60 <= offset < 64  # the format's version
            continue
        if not found:
            assert dump(records.log) == before, f"byte {offset}"
            unchanged += 1
    assert unchanged > 0  # there is slack in the file, which says nothing


@pytest.mark.parametrize("column", ["level", "tile", "hashes"])
def test_values_that_no_column_could_hold_are_found_and_never_a_traceback(records, column):
    def run(*statements):
        with closing(sqlite3.connect(records.log)) as db, db:
            return [db.execute(*s).fetchall() for s in statements]

    def declare(sql):
        change = ("UPDATE sqlite_master SET sql = ? WHERE name = 'tiles'", (sql,))
        run(("PRAGMA writable_schema = ON",), change)

    (((sql,),),) = run(("SELECT sql FROM sqlite_master WHERE name = 'tiles'",))
    declare(sql.replace(") STRICT", ")").replace(" NOT NULL", ""))
    run(
        (f"UPDATE tiles SET {column} = 'text' WHERE level = 1",),
        ("INSERT INTO tiles VALUES (NULL, NULL, NULL)",),
    )
    declare(sql)
    found = places(findings(records))
    assert "log.db: the database file is damaged" in found
    assert "log.db: it could not be read to its end" in found


@pytest.mark.parametrize("size", [0, 1, 100, 5_000, 16_384, 40_000])
def test_a_file_that_was_cut_is_found(records, size):
    with records.log.open("r+b") as file:
        file.truncate(size)
    assert findings(records)


def test_a_log_that_is_not_there(records):
    records.log.unlink()
    with pytest.raises(LogMissing):
        findings(records)


# What was signed before


def resigned(records, key):
    """Re-derive tiles and checkpoint from whatever stands in entries, and sign it."""
    with Edited(records) as db:
        rows = db.execute("SELECT entry FROM entries ORDER BY position").fetchall()
        tiles, frontier = extend(0, {}, [leaf_hash(e) for (e,) in rows])
        assert len(tiles) == len(list(all_tiles(len(rows))))
        db.execute("DELETE FROM tiles")
        db.executemany(
            "INSERT INTO tiles VALUES (?, ?, ?)", [(*where, h) for where, h in tiles.items()]
        )
        tree = Checkpoint(records.origin, len(rows), frontier_root(frontier))
        note = sign_note(tree.text(), key)
        db.execute("UPDATE checkpoint SET size = ?, note = ?", (len(rows), note))
    return note


def rewrite(records, position=100):
    with Edited(records) as db:
        (entry,) = db.execute(
            "SELECT entry FROM entries WHERE position = ?", (position,)
        ).fetchone()
        changed = entry.replace(b'"persons":', b'"persons":9')
        assert changed != entry
        db.execute("UPDATE entries SET entry = ? WHERE position = ?", (changed, position))


def test_history_rewritten_and_re_derived_without_the_key(records):
    rewrite(records)
    resigned(records, SigningKey.generate(records.origin))
    assert "checkpoint: the checkpoint does not verify" in places(findings(records))


def test_history_rewritten_and_signed_with_the_real_key(records):
    assert resigned(records, records.signing_key()) == records.guard.read().note
    rewrite(records)
    note = resigned(records, records.signing_key())
    assert "the first 660 are not what was signed" in places(findings(records))
    # Whoever rewrites the folder's own guard and checkpoint too has forgotten the copy.
    records.guard.path.unlink()
    records.guard.write(note)
    records.checkpoint.write_text(note, "utf-8")
    (finding,) = findings(records)
    assert finding.place.en == str(records.guard_copy().path)


def test_guard_and_checkpoint_that_do_not_verify(records):
    guard, checkpoint, copy = records.guard.path, records.checkpoint, records.guard_copy().path
    for path in (guard, checkpoint, copy):
        kept = path.read_bytes()
        path.write_bytes(bytes(len(kept)))
        assert str(path) in places(findings(records))
        path.write_bytes(kept)
    stranger = SigningKey.generate(records.origin)
    forged = sign_note(Checkpoint(records.origin, 9, bytes(32)).text(), stranger)
    guard.unlink()
    records.guard.write(forged)
    assert str(guard) in places(findings(records))
    guard.unlink()
    report = verify(records, REGISTRY.families)
    assert report.findings == ()
    assert any("no guard" in n.en for n in report.notes)


def test_an_older_log_in_a_newer_folder(template, tmp_path):
    records = copy_of(template, tmp_path)
    old = records.log.read_bytes()
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        log.append([Draft(VisitHeld(base="b2", day=DAY), "trial")])
    records.log.write_bytes(old)
    found = places(findings(records))
    assert f"{records.guard.path}: the log is shorter than what was signed" in found
    assert f"{records.checkpoint}: the log is shorter" in found


# What the auditor cannot read


def test_types_that_are_not_installed_are_named_and_the_rest_is_checked(records):
    core = registry_of([])
    report = verify(records, core.families)
    assert report.findings == ()
    assert any("base.opened" in n.en and "lecturer.enrolled" in n.en for n in report.notes)
    with Edited(records) as db:
        db.execute("DELETE FROM register WHERE kind IN ('unit', 'base')")
    assert places(findings(records, core)) == "position 0: the register is wrong about unit u"


def test_one_version_of_a_type_may_be_known_and_another_not(tmp_path):
    from typing import Annotated

    from attrs import frozen

    from lianjian.core import Family, New, event

    def family(version, name):
        @event("thing.made", version)
        @frozen
        class ThingMade:
            thing: Annotated[str, New("thing")]
            day: date

        things = Family("things", version=1, zh="物", en="Things", events=[ThingMade])
        return things, ThingMade

    (old, first), (new, second) = family(1, "old"), family(2, "new")
    with Trial(tmp_path, [old]) as t:
        t.record(first("a", DAY))
        with Log.open(t.records, registry_of([new]).types) as log:
            log.append([Draft(second("b", DAY), "trial")])
        for registry in (registry_of([old]), registry_of([new])):
            report = verify(t.records, registry.families)
            assert report.findings == ()
            assert any("thing.made" in n.en for n in report.notes)


def test_entries_that_their_type_cannot_read_are_named(records):
    from typing import Annotated

    from attrs import field, frozen
    from attrs.validators import ge

    from lianjian.core import Family, New, event

    @event("visit.held", 1)
    @frozen
    class Stricter:
        base: str
        day: date
        visit: Annotated[str, New("visit")] | None = None
        persons: int = field(default=200, validator=ge(200))

    others = Family("bases", version=1, zh="阵地", en="Bases", events=[BaseOpened, Stricter])
    report = verify(records, registry_of([others]).families)
    assert report.findings == ()
    assert any("cannot read" in n.en for n in report.notes)


# The views


def test_views_that_do_not_follow_are_found(records):
    with Store.open(records.log) as store:
        catch_up(records.views, store, REGISTRY.families)
    assert findings(records) == ()
    with closing(sqlite3.connect(records.views)) as db, db:
        db.execute("UPDATE base_visits SET persons = 7 WHERE since = 100")
        db.execute("INSERT INTO base_visits (since, n, day) VALUES (9999, 0, '2021-01-01')")
    found = places(findings(records))
    assert "base_visits position 100: a fact row does not follow" in found
    assert "base_visits position 9999: a fact row does not follow" in found


def test_views_that_were_only_begun_are_not_there_yet(records):
    with closing(sqlite3.connect(records.views)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    report = verify(records, REGISTRY.families)
    assert report.findings == ()
    assert any("no views.db" in n.en for n in report.notes)


def test_views_that_are_damaged_are_found_and_never_a_traceback(records):
    with Store.open(records.log) as store:
        catch_up(records.views, store, REGISTRY.families)
    with closing(sqlite3.connect(records.views)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = records.views.read_bytes()
    rng = random.Random(2718)
    for _ in range(40):
        changed = bytearray(whole)
        for _ in range(3):
            changed[rng.randrange(len(whole) // 16_384) * 16_384 + rng.randrange(200)] ^= 0x55
        records.views.write_bytes(changed)
        for finding in findings(records):
            assert "log.db" not in finding.place.en
    records.views.write_bytes(b"nothing of the kind")
    assert str(records.views) in places(findings(records))


# Where and how it reads


def test_beside_a_writer_and_after_one_that_was_killed(records):
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        log.append([Draft(VisitHeld(base="b2", day=DAY), "trial")])
        assert verify(records, REGISTRY.families).size == SIZE + 1
        parts = [records.log.with_name(f"log.db{s}") for s in ("", "-wal", "-shm")]
        kept = [p.read_bytes() for p in parts]
    for path, content in zip(parts, kept, strict=True):
        path.write_bytes(content)
    assert verify(records, REGISTRY.families).size == SIZE + 1
    parts[2].unlink(missing_ok=True)
    assert (verify(records, REGISTRY.families).size, findings(records)) == (SIZE + 1, ())


@pytest.mark.skipif(not hasattr(os, "fork") or os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("wal", [None, b"", b"x"])
def test_in_a_folder_that_the_auditor_cannot_write(template, tmp_path_factory, wal):
    folder = tmp_path_factory.mktemp("readonly")
    records = copy_of(template, folder)
    with suppress(FileNotFoundError):
        records.log.with_name("log.db-shm").unlink()
    if wal is not None:
        records.log.with_name("log.db-wal").write_bytes(wal)
    for path in [folder, *folder.parents]:
        if path.stat().st_uid == os.geteuid() and str(path) != "/":
            path.chmod(path.stat().st_mode | 0o055)
    for path in folder.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    found = as_nobody(lambda: findings(records))
    if wal == b"x":
        assert "log.db" in found  # what is in that WAL cannot be told, and is not passed over
    else:
        assert found == ""


def as_nobody(run):
    """Return the places of findings, as a user finds them who may write nothing."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that pytest-xdist has threads is of no matter here
        child = os.fork()
    if child == 0:
        try:
            os.setuid(65_534)
            answer = places(run())
        except BaseException as error:  # noqa: BLE001  the parent is told
            answer = repr(error)
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


def test_memory_does_not_grow_with_the_log(tmp_path):
    peaks = []
    for size in (3_000, 12_000):
        with Trial(tmp_path / str(size), FAMILIES) as t:
            t.record(
                BaseOpened(base="b", name="园", kind="garden", day=DAY),
                *(VisitHeld(base="b", day=DAY, persons=n) for n in range(size)),
            )
            tracemalloc.start()
            assert findings(t.records, t.registry) == ()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] - peaks[0] < 500_000, peaks


def test_a_void_of_a_batch_verifies(records):
    with Log.open(records, REGISTRY.types, REGISTRY.installed) as log:
        log.append(voids(log.store, "trial", "wrong", batch="two"))
    assert findings(records) == ()


def test_tiles_doctored_to_satisfy_the_guard_are_found(template, tmp_path):
    """At 200 entries the guard; 660 later; history before 200 rewritten under a real signature.

    The level-0 tile keeps the old hashes, so that the root at 200 comes out as it was signed; the
    tile above it has the new ones.
    """
    records = copy_of(template, tmp_path)
    with Store.open(records.log) as store:
        old = store.tile(0, 0, 256)
        first = [leaf_hash(r.entry) for r in store.rows(0, 200)]
    then = sign_note(
        Checkpoint(records.origin, 200, frontier_root(extend(0, {}, first)[1])).text(),
        records.signing_key(),
    )
    for guard in (records.guard, records.guard_copy()):
        guard.path.unlink()
        guard.write(then)
    assert findings(records) == ()
    rewrite(records)
    resigned(records, records.signing_key())
    with Edited(records) as db:
        db.execute("UPDATE tiles SET hashes = ? WHERE level = 0 AND tile = 0", (old,))
    assert "tile 0/0: the hash of position 100" in places(findings(records))
    with (
        Log.open(records, REGISTRY.types, REGISTRY.installed) as log,
        pytest.raises(log_module.HistoryRewritten),
    ):
        log.append([])


# What an attacker tried


def rewritten(records, *statements):
    """Change log.db as whoever holds the file can, its schema as it was."""
    with closing(sqlite3.connect(records.log)) as db, db:
        (trigger,) = db.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'entries_no_update'"
        ).fetchone()
        db.execute("DROP TRIGGER entries_no_update")
        for statement, *values in statements:
            db.execute(statement, values)
        db.execute(trigger)


def test_an_entry_nested_without_end_is_named(records):
    hostile = b'{"data":' + b"[" * 30_000
    rewritten(records, ("UPDATE entries SET entry = ? WHERE position = 7", hostile))
    assert "position 7" in places(findings(records))


def test_a_trigger_cannot_hide_behind_the_name_of_a_table(records):
    with closing(sqlite3.connect(records.log)) as db, db:
        db.execute(
            "CREATE TRIGGER disclosures AFTER INSERT ON entries BEGIN DELETE FROM disclosures; END"
        )
    assert "schema disclosures: the database's schema was changed" in places(findings(records))


def test_a_view_in_the_place_of_a_table_is_refused_unread(records):
    with closing(sqlite3.connect(records.log)) as db, db:
        db.execute("CREATE VIEW endless AS SELECT 1")
    assert "it has views in it" in places(findings(records))


def test_an_erasure_is_not_excused_by_a_type_that_is_not_installed(records):
    with closing(sqlite3.connect(records.log)) as db, db:
        db.execute("INSERT INTO register VALUES ('erasure', 'digest', 7, NULL)")
    found = places(verify(records, registry_of([]).families).findings)
    assert "position 7: the register is wrong about erasure digest" in found
