"""Erasures: the text is gone from every file, the log says so, and everything still verifies."""

import json
import os
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from datetime import date

import msgspec
import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core import scrub as scrub_module
from lianjian.core.audit import Evidence
from lianjian.core.contents import Contents
from lianjian.core.correct import correction
from lianjian.core.erase import cleanse, erase
from lianjian.core.errors import (
    BytesInWal,
    BytesLeft,
    NeverReplaced,
    NoSuchEvent,
    NotByHand,
    NotSealed,
    Refused,
    TextGone,
    TextInGrounds,
)
from lianjian.core.event import (
    Draft,
    Envelope,
    disclosure_digest,
    event,
    event_type,
    open_disclosure,
    seal,
)
from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.layout import DISCLOSURES, PART, PENDING
from lianjian.core.ledger import import_csv, import_ndjson
from lianjian.core.log import Log, voids
from lianjian.core.notices import Erased
from lianjian.core.records import Records
from lianjian.core.recover import backup, recover
from lianjian.core.replay import catch_up
from lianjian.core.scrub import Wanted, logs_aside
from lianjian.core.shapes import Sealed
from lianjian.core.store import Store, connect, transaction
from lianjian.core.testing import Trial, registry_of
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify
from lianjian.plugins import lecturers
from lianjian.plugins.lecturers import LecturerEnrolled

DAY = date(2021, 5, 1)
FAMILIES = [lecturers.lianjian_family()]
REGISTRY = registry_of(FAMILIES)
GROUNDS = {"basis": "个人信息保护法第四十七条", "authority": "区纪委", "recorder": "trial"}
KILLS = 24


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, FAMILIES) as trial:
        yield trial


def enrolled(lecturer, text, **attributes):
    """Return the draft of a lecturer whose name is sealed, and the disclosure."""
    name, disclosure = seal("name", text)
    made = LecturerEnrolled(lecturer, "town", external=False, day=DAY, name=name)
    return Draft(made, "trial", disclosures=(disclosure,), **attributes), disclosure


def add(trial, *texts):
    """Record a lecturer for each text, and return what lies behind the names."""
    made = [enrolled(f"L{trial.size + i}", text) for i, text in enumerate(texts)]
    trial.log.append([draft for draft, _ in made])
    return [disclosure for _, disclosure in made]


def gone(trial, position, path="name", **more):
    done = erase(trial.log, str(position), path, **GROUNDS | more)
    cleanse(trial.log, done)
    return done


def holding(folder, disclosure):
    """Return the files in which any 24 characters of the salt, or of each 2,000 behind it, stand."""
    pieces = [
        disclosure[n : n + 24].encode() for n in (2, *range(2000, len(disclosure) - 24, 2000))
    ]
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(piece in path.read_bytes() for piece in pieces)
    }


def findings(trial):
    return [(str(f.place), str(f.what)) for f in verify(trial.records, REGISTRY.families).findings]


def sealed_rows(trial):
    return trial.log.store.db.execute("SELECT count(*) FROM disclosures").fetchone()[0]


# The bytes


@pytest.mark.parametrize("written_back", [True, False])
@pytest.mark.parametrize("length", [2, 40, 3_000, 20_000, 200_000])
def test_the_bytes_are_in_no_file(t, tmp_path, length, written_back):
    rng = random.Random(length)
    text = "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(length))
    first, kept, last = add(t, text, "李四", "王五")
    if written_back:
        assert t.log.store.checkpointed()
    name = "log.db" if written_back else "log.db-wal"
    assert f"records/{name}" in holding(tmp_path, first), "the search finds what is there"
    done = gone(t, 0)
    assert holding(tmp_path, first) == set()
    assert holding(tmp_path, kept)
    assert holding(tmp_path, last)
    assert (done.position, done.event.position, done.also) == (0, 3, ())
    assert (t.records.path / "log.db-wal").stat().st_size == 0
    assert findings(t) == []


def test_no_copy_is_left_by_pages_that_were_split(t):
    # A plain DELETE, with secure_delete, leaves some ten of these in the middle of split pages.
    rng = random.Random(3)
    made = {}
    while len(made) < 2_500:
        names = ["张" * rng.choice((2, 3, 40, 600)) for _ in range(rng.choice((1, 5, 50, 500)))]
        made |= {digest_of(d).decode(): d for d in add(t, *names)}
    chosen = rng.sample(sorted(made), 1_500)
    with transaction(t.log.store.db):
        t.log.store.destroy(chosen)
    assert t.log.store.checkpointed()
    content = t.records.log.read_bytes()
    assert [d for d in chosen if made[d][2:26].encode() in content] == []
    kept = dict(t.log.store.db.execute("SELECT digest, disclosure FROM disclosures"))
    assert kept == {d: made[d] for d in made if d not in chosen}


def test_one_of_many_fields_of_a_type_that_nobody_has_installed(tmp_path):
    with Trial(tmp_path / "lists", FAMILIES) as whole:
        sealed = [seal("name", f"人{n}") for n in range(3)]
        entry = foreign(whole, sealed)
        with pytest.raises(NotSealed) as found:
            erase(whole.log, entry, "name", **GROUNDS)
        assert "people.0.name, people.1.name, people.2.name" in found.value.message("en")
        gone(whole, 0, "people.1.name")
        words = [str(c) for c in verify(whole.records, REGISTRY.families).checked]
        assert "2 sealed field(s) disclosed, 1 erased" in words
        left = [bool(holding(tmp_path / "lists", d)) for _, d in sealed]
        assert left == [True, False, True]
        assert verify(whole.records, whole.registry.families).findings == ()
        export(whole.records, tmp_path / "out")
        report = verify_export(tmp_path / "out", whole.records.verifier_key(), Trusted())
        assert report.findings == ()
        assert "2 sealed field(s) disclosed, 1 erased" in [str(c) for c in report.checked]
        whole.log.store.db.execute("DELETE FROM disclosures")
        assert findings(whole) == [("position 0", MISSING)] * 2


@frozen
class Person:
    """Somebody with a sealed name."""

    name: Sealed


@event("x.people", 1)
@frozen
class People:
    """Several people in one event."""

    people: tuple[Person, ...]


def foreign(trial, sealed):
    """Record an event of a type that is installed only just now, and return its id."""
    made = People(tuple(Person(name) for name, _ in sealed))
    types, trial.log.types = trial.log.types, {**trial.log.types, "x.people": event_type(People)}
    try:
        return trial.log.append(
            [Draft(made, "trial", disclosures=tuple(d for _, d in sealed))]
        ).ids[0]
    finally:
        trial.log.types = types


def test_a_reader_keeps_the_bytes_in_the_wal_until_it_ends(t, tmp_path):
    (first,) = add(t, "张三丰")
    with Store.open(t.records.log) as reader:
        reader.db.execute("BEGIN")
        reader.size()
        done = erase(t.log, "0", "name", **GROUNDS)
        with pytest.raises(BytesInWal) as refused:
            cleanse(t.log, done, patience=0.05)
        assert "position 1" in refused.value.message("en")
        assert refused.value.exit_code == 1
        assert holding(tmp_path, first)
        assert reader.disclosure(done.digest) == first, "its moment of the log is as it was"
    again = gone(t, 0)
    assert again.appended is None
    assert holding(tmp_path, first) == set()
    assert t.size == 2
    assert findings(t) == []


def test_a_disk_without_room_is_no_other_reader(t, monkeypatch):
    add(t, "张三")

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Store, "checkpointed", full)
    done = erase(t.log, "0", "name", **GROUNDS)
    with pytest.raises(BytesInWal) as found:
        cleanse(t.log, done)
    assert "log.db-wal: database or disk is full" in found.value.message("en")


def test_what_was_erased_is_destroyed_again_with_any_erasure(t, tmp_path):
    first, _ = add(t, "张三", "李四")
    done = gone(t, 0)
    sql = "INSERT INTO disclosures VALUES (?, 0, ?)"
    t.log.store.db.execute(sql, (done.digest, first))
    copy = aside(t, backup(t.records, tmp_path / "b").joinpath("log.db").read_bytes())
    shutil.rmtree(tmp_path / "b")
    assert holding(tmp_path, first) == {"records/log.db-wal", f"records/{copy.name}"}
    gone(t, 1)
    assert holding(tmp_path, first) == set()
    assert findings(t) == []


def test_again_is_fine_and_records_nothing(t, tmp_path):
    add(t, "张三", "李四")
    one, two = gone(t, 0), gone(t, 0, basis="其他", authority="其他人")
    assert (one.event, t.size) == (two.event, 3)
    assert (one.appended.added, two.appended) == (1, None)
    assert two.event.recordedat == one.event.recordedat
    note = t.records.guard.read().note
    assert t.log.store.checkpoint() == note


def test_other_files_of_the_folder_are_searched_and_named(t, tmp_path):
    first, *_ = add(t, "张三", "李四")
    export(t.records, t.records.path / "out")
    (t.records.path / "notes").mkdir()
    copy = t.records.path / "notes/copy.txt"
    # At the border of two pieces in which a file is read.
    copy.write_bytes(b"x" * (scrub_module.CHUNK - 10) + first.encode())
    done = erase(t.log, "0", "name", **GROUNDS)
    with pytest.raises(BytesLeft) as found:
        cleanse(t.log, done)
    said = found.value.message("en")
    assert "notes/copy.txt" in said
    assert "out/disclosures.jsonl" in said
    assert said.count("/") == said.count(str(t.records.path)) * str(t.records.path).count("/") + 4
    copy.unlink()
    export(t.records, t.records.path / "out")
    assert list((t.records.path / "out").glob(f"{PART}*")) == []
    gone(t, 0)
    assert holding(tmp_path, first) == set()


def test_what_is_searched_for_is_found_wherever_a_chunk_ends(monkeypatch, tmp_path):
    sealed, disclosure = seal("name", "张三")
    digest = sealed.sealed.encode()
    row = digest + b"\x07" + disclosure.encode()
    monkeypatch.setattr(scrub_module, "CHUNK", 64)
    behind, text = Wanted(frozenset([digest])), Wanted(frozenset(), (disclosure[:32].encode(),))
    for at in range(200):
        (tmp_path / "f").write_bytes(b"x" * at + row + b"Wy" * 40)
        assert scrub_module._holds(tmp_path / "f", behind)
        assert scrub_module._holds(tmp_path / "f", text)
        entry = b'{"sealed":"' + digest + b'"},"name":"Wyman"}' + b"y" * 40
        (tmp_path / "f").write_bytes(b"x" * at + entry + disclosure.encode())
        assert not scrub_module._holds(tmp_path / "f", behind), "a digest may stay"


def test_a_long_text_that_another_field_holds_too_is_no_remainder(t, tmp_path):
    text = "同样的一段长文。" * 4_000
    first, second = add(t, text, text)
    gone(t, 0)
    assert first[:32].encode() not in t.records.log.read_bytes()
    assert t.log.store.disclosure(digest_at(t, 1)) == second


def digest_at(trial, position):
    row = trial.log.store.row(position)
    return json.loads(row.entry)["data"]["name"]["sealed"]


# What cannot be erased


def test_a_field_that_is_not_there(t):
    add(t, "张三")
    before = t.size
    for name, error in (("7", NoSuchEvent), ("none", NoSuchEvent)):
        with pytest.raises(error):
            erase(t.log, name, "name", **GROUNDS)
    for path in ("lecturer", "nam", "", "name.sealed"):
        with pytest.raises(NotSealed) as found:
            erase(t.log, "0", path, **GROUNDS)
        assert "it has: name" in found.value.message("en")
        assert "封存字段有：name" in found.value.message("zh")
    assert (t.size, sealed_rows(t)) == (before, 1)


@pytest.mark.parametrize("name", ["basis", "authority", "recorder"])
@pytest.mark.parametrize("said", ["", " ", "\u200b"])
def test_grounds_are_not_blank(t, name, said):
    add(t, "张三")
    with pytest.raises(Refused) as found:
        erase(t.log, "0", "name", **GROUNDS | {name: said})
    assert [f.path for f in found.value.faults] == [name]
    assert (t.size, sealed_rows(t)) == (1, 1)


@pytest.mark.parametrize("name", ["basis", "authority", "recorder"])
@pytest.mark.parametrize("said", ["应Zhang San本人申请", "zhangsan", "ＺＨＡＮＧ　ＳＡＮ"])
def test_grounds_do_not_keep_the_text(t, name, said):
    add(t, "Zhang San")
    with pytest.raises(TextInGrounds) as found:
        erase(t.log, "0", "name", **GROUNDS | {name: said})
    assert found.value.message("en").startswith(f"--{name} ")
    assert "San" not in found.value.message("en")
    assert (t.size, sealed_rows(t)) == (1, 1)


def test_a_text_that_somebody_took_away_cannot_be_excused(t):
    add(t, "张三")
    t.log.store.db.execute("DELETE FROM disclosures")
    with pytest.raises(TextGone) as found:
        erase(t.log, "0", "name", **GROUNDS)
    assert found.value.exit_code == 3
    assert t.size == 1


def test_only_the_command_records_an_erasure(t, tmp_path):
    add(t, "张三")
    made = Erased(0, "name", "b", "a", digest_at(t, 0))
    with pytest.raises(Refused) as refused:
        t.record(made)
    assert isinstance(refused.value.faults[0], NotByHand)
    said = {"position": 0, "path": "name", "digest": made.digest, "basis": "b", "authority": "a"}
    line = {"specversion": "1.0", "id": "e", "source": "x", "type": "erased", "data": said}
    (tmp_path / "f.ndjson").write_text(json.dumps(line), encoding="utf-8")
    read = import_ndjson(tmp_path / "f.ndjson", t.log.types, "trial")
    with pytest.raises(Refused) as refused:
        t.log.append(read.drafts)
    assert isinstance(refused.value.faults[0], NotByHand)
    assert t.size == 1


def test_an_erasure_is_never_taken_back(t):
    add(t, "张三")
    done = gone(t, 0)
    other = Erased(0, "name", "x", "y", done.digest)
    for draft in (
        *voids(t.log.store, "trial", "why", id_=done.event.id),
        Draft(other, "trial", replaces=done.event.id),
    ):
        with pytest.raises(Refused) as refused:
            t.log.append([draft], command="erase")
        assert any(isinstance(f, NeverReplaced) for f in refused.value.faults)
    assert t.size == 2


# One digest in several entries, and texts that do not come back


def corrected(trial, of, **pairs):
    row = trial.log.store.by_id(of) or trial.log.store.row(int(of))
    draft = correction(trial.log.types, row, list(pairs.items()), "trial", "why")
    return trial.log.append([draft]).positions[0]


def test_a_digest_that_a_correction_carried_over_goes_everywhere(t, tmp_path):
    (first,) = add(t, "张三")
    corrected(t, "0", tier="district")
    anew = corrected(t, "1", name="张三丰")
    corrected(t, str(anew), tier="town")
    done = gone(t, 1)
    assert (done.also, done.anew) == ((0,), (2, 3))
    assert holding(tmp_path, first) == set()
    assert sealed_rows(t) == 1
    assert findings(t) == []
    second = gone(t, 3)
    assert (second.also, second.anew) == ((2,), ())
    assert findings(t) == []
    words = [str(c) for c in verify(t.records, REGISTRY.families).checked]
    assert "0 sealed field(s) disclosed, 4 erased" in words


def test_an_erased_text_does_not_come_back(t, tmp_path):
    draft, disclosure = enrolled("L1", "张三", id="a")
    t.log.append([draft])
    gone(t, 0)
    # The same record again; a correction; one by somebody who kept the text.
    assert t.log.append([enrolled("L1", "张三", id="a")[0]]).added == 0
    assert t.log.append([draft]).added == 0
    corrected(t, "a", tier="district")
    kept = LecturerEnrolled("L1", "town", external=True, day=DAY, name=draft.event.name)
    t.log.append([Draft(kept, "trial", replaces=t.log.store.row(2).id, disclosures=(disclosure,))])
    another = LecturerEnrolled("L2", "town", external=True, day=DAY, name=draft.event.name)
    with pytest.raises(Refused):
        t.log.append([Draft(another, "trial", disclosures=(disclosure,))])
    assert t.size == 4
    assert sealed_rows(t) == 0
    assert holding(tmp_path, disclosure) == set()
    assert findings(t) == []


def test_the_same_ledger_again_does_not_bring_it_back(t, tmp_path):
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("lecturer,name,tier,external,day\n"
                      "L1,张三,town,否,2021-05-01\nL2,李四,town,否,2021-05-01\n", "utf-8")  # fmt: skip

    def read():
        return import_csv(ledger, event_type(LecturerEnrolled), [], [], "", "trial").drafts

    assert t.log.append(read()).added == 2
    done = gone(t, 0)
    assert open_disclosure(done.disclosure)[1] == "张三"
    assert t.log.append(read()).added == 0
    assert sealed_rows(t) == 1
    assert holding(t.records.path, done.disclosure) == set()
    assert findings(t) == []


# Figures


def test_rows_and_figures_stay_as_they_were(t):
    add(t, "张三", "李四")
    corrected(t, "1", tier="district")

    def seen(at):
        catch_up(t.records.views, t.log.store, REGISTRY.families)
        with closing(connect(t.records.views, read_only=True)) as db:
            tables = [x.name for f in REGISTRY.families for x in f.facts]
            rows = {
                n: db.execute(f"SELECT * FROM {n} ORDER BY since, n").fetchall() for n in tables
            }
        return rows, t.readings("lecturers.idle", "2021", at=at)

    before = seen(3)
    gone(t, 0)
    gone(t, 2)
    assert seen(3) == before
    assert len(seen(5)[1]) == len(before[1])
    assert findings(t) == []


# Verifying


def forged(trial, *statements, drafts=(), command="erase"):
    """Do to the log what nobody should, and return what is found in it and in an export of it."""
    if drafts:
        trial.log.append(drafts, command=command)
    for sql in statements:
        trial.log.store.db.execute(sql)
    out = trial.records.path.parent / f"out-{trial.size}-{len(statements)}"
    export(trial.records, out)
    report = verify_export(out, trial.records.verifier_key(), Trusted())
    exported = [(str(f.place), str(f.what)) for f in report.findings]
    return findings(trial), exported


MISSING = "the text behind a sealed field is missing, and no event says that it was erased"
NEVER = "it erases a field that was never sealed there"
THERE = "the text is there, though it says that it was erased: run `lianjian erase` again"


def test_a_text_that_is_missing_without_an_event(t):
    add(t, "张三", "李四")
    gone(t, 1)
    found = [("position 0", MISSING)]
    assert forged(t, "DELETE FROM disclosures") == (found, found)


def test_an_event_of_which_the_text_is_still_there(t):
    (first,) = add(t, "张三")
    made = Erased(0, "name", "b", "a", digest_at(t, 0))
    row = f"INSERT INTO disclosures VALUES ('{made.digest}', 0, '{first}')"
    in_log, exported = forged(t, row, drafts=[Draft(made, "trial")])
    assert in_log == [("position 1", THERE)]
    assert exported == [], "what is said to be erased is not handed out"
    out = t.records.path.parent / "out-2-1"
    line = {"position": 0, "digest": made.digest, "disclosure": first}
    (out / DISCLOSURES).write_text(json.dumps(line) + "\n", encoding="utf-8")
    report = verify_export(out, t.records.verifier_key(), Trusted())
    assert [(str(f.place), str(f.what)) for f in report.findings] == [("position 1", THERE)]
    done = gone(t, 0)
    assert done.appended is None
    assert findings(t) == []


@pytest.mark.parametrize(
    ("position", "path", "digest"),
    [(1, "name", 0), (0, "nam", 0), (0, "name", 1), (2, "name", 0), (9, "name", 0), (5, "name", 0)],
)
def test_an_event_of_what_was_never_sealed_there(t, position, path, digest):
    add(t, "张三", "李四", "王五")
    made = Erased(position, path, "b", "a", digest_at(t, digest))
    in_log, exported = forged(t, drafts=[Draft(made, "trial")])
    assert ("position 3", NEVER) in in_log
    assert ("position 3", NEVER) in exported


def test_a_text_exchanged_is_no_erasure(t):
    add(t, "张三", "李四")
    gone(t, 1)
    other = seal("name", "x")[1]
    in_log, exported = forged(t, f"UPDATE disclosures SET disclosure = '{other}'")
    assert in_log == [("position 0", "a sealed field's text does not open its digest")]
    assert ("position 0", MISSING) in exported


def test_a_register_that_was_edited_excuses_nothing(t):
    add(t, "张三")
    digest = digest_at(t, 0)
    found = forged(
        t,
        "DELETE FROM disclosures",
        f"INSERT INTO register VALUES ('erasure', '{digest}', 0, NULL)",
    )
    assert any("the register is wrong about erasure" in what for _, what in found[0])
    assert found[1] == [("position 0", MISSING)]


def test_an_erasure_that_was_voided_by_force_is_found():

    def entry(position, type_, data, **more):
        at = f"2021-01-01T00:00:0{position}.000000Z"
        made = Envelope("1.0", f"e{position}", "o", type_, "x", data, 1, at, "r", **more)
        return msgspec.json.encode(made)

    evidence = Evidence()
    with Contents("o", evidence) as contents:
        contents.take(0, entry(0, "t", {"n": {"sealed": "d"}}))
        said = {"position": 0, "path": "n", "digest": "d", "basis": "b", "authority": "a"}
        contents.take(1, entry(1, "erased", said))
        contents.take(2, entry(2, "voided", {"why": "x"}, replaces="e1"))
        contents.take(3, entry(3, "erased", {**said, "position": 3}))
        contents.take(4, entry(4, "erased", {**said, "position": -1}))
        contents.take(5, entry(5, "erased", {**said, "position": 2**70}))
        contents.disclosed(None)
        assert contents.counted() == (0, 1)
    assert [(str(f.place), str(f.what)) for f in evidence.findings] == [
        ("position 2", "it replaces what it cannot replace"),
        ("position 3", NEVER),
        ("position 4", "the bytes are no proper CloudEvents object"),
        ("position 5", NEVER),
    ]
    assert evidence.notes == []


# Exports


def test_an_earlier_export_loses_the_text_when_it_is_made_again(t, tmp_path):
    first, kept = add(t, "张三", "李四")
    out = tmp_path / "out"
    export(t.records, out)
    assert holding(out, first) == {DISCLOSURES}
    gone(t, 0)
    key = t.records.verifier_key()
    export(t.records, out)
    assert holding(out, first) == set()
    assert holding(out, kept) == {DISCLOSURES}
    assert list(out.glob(f"{PART}*")) == []
    report = verify_export(out, key, Trusted())
    assert report.findings == ()
    assert "1 sealed field(s) disclosed, 1 erased" in [str(c) for c in report.checked]
    (out / DISCLOSURES).unlink()
    report = verify_export(out, key, Trusted())
    assert report.findings == ()
    assert "1 sealed fields were not checked" in report.notes[0].en
    gone(t, 1)
    export(t.records, out)
    (out / DISCLOSURES).unlink()
    report = verify_export(out, key, Trusted())
    assert (report.findings, report.notes) == ((), ())


def test_an_export_that_is_cut_short_after_an_erasure_verifies(t, tmp_path):
    add(t, "张三", "李四")
    export(t.records, tmp_path / "out")
    old = (tmp_path / "out/checkpoint").read_bytes()
    gone(t, 0)
    export(t.records, tmp_path / "out")
    # All but the last step: the new checkpoint has not taken its name yet.
    (tmp_path / "out/checkpoint").rename(tmp_path / "out" / PENDING)
    (tmp_path / "out/checkpoint").write_bytes(old)
    report = verify_export(tmp_path / "out", t.records.verifier_key(), Trusted())
    assert report.findings == ()
    assert any("1 sealed fields have no text" in note.en for note in report.notes)


# Backups, and logs that were set aside


def test_a_backup_made_later_has_no_trace(t, tmp_path):
    first, kept = add(t, "张三", "李四")
    gone(t, 0)
    made = backup(t.records, tmp_path / "backup")
    assert holding(made, first) == set()
    assert holding(made, kept) == {"log.db"}
    assert verify(Records.open(made), REGISTRY.families).findings == ()


def aside(trial, content, name="log-20210501T000000000000.db"):
    path = trial.records.path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["log-20210501T000000000000.db", "log.db.recovered"])
def test_logs_that_were_set_aside_are_scrubbed(t, tmp_path, name):
    first, kept = add(t, "张三", "李四" * 9_000)
    copied = backup(t.records, tmp_path / "backup") / "log.db"
    path = aside(t, copied.read_bytes(), name)
    shutil.rmtree(tmp_path / "backup")
    # One with a WAL, as of a process that was killed.
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE checkpoint SET size = size")
        db.commit()
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            shutil.copy(source, path.with_name(f"log-other.db{suffix}"))
    assert len(logs_aside(t.records.path)) == 2
    assert len(holding(t.records.path, first)) > 2
    gone(t, 0)
    assert holding(t.records.path, first) == set()
    assert holding(t.records.path, kept) >= {"log.db", name, "log-other.db"}
    with Store.open(path) as store:
        assert store.size() == 2


def test_a_log_set_aside_that_cannot_be_opened_is_named(t):
    (first,) = add(t, "张三")
    spoiled = aside(t, b"not a database at all" * 1000)
    torn = aside(t, b"\xff" * 5_000 + first.encode(), "log-20220101T000000000000.db")
    orphan = t.records.path / "log-20230101T000000000000.db-wal"
    orphan.write_bytes(first.encode())
    done = erase(t.log, "0", "name", **GROUNDS)
    with pytest.raises(BytesLeft) as found:
        cleanse(t.log, done)
    for path in (spoiled, torn, orphan):
        assert str(path) in found.value.message("en")
        path.unlink()
    gone(t, 0)


def test_what_recover_sets_aside_is_scrubbed(t, tmp_path):
    first, kept = add(t, "张三", "李四")
    old = backup(t.records, tmp_path / "old") / "log.db"
    gone(t, 0)
    new = backup(t.records, tmp_path / "new")
    t.log.close()
    for suffix in ("-wal", "-shm"):
        t.records.log.with_name(f"log.db{suffix}").unlink(missing_ok=True)
    shutil.copy(old, t.records.log)  # somebody put an older copy back
    done = recover(t.records, new)
    assert done.kept is not None
    assert not done.left
    assert holding(t.records.path, first) == set()
    assert holding(t.records.path, kept) == {"log.db", done.kept.name}
    assert findings(t) == []


def test_what_recover_cannot_scrub_is_named(t, tmp_path):
    (first,) = add(t, "张三")
    gone(t, 0)
    new = backup(t.records, tmp_path / "new")
    t.log.close()
    t.records.log.write_bytes(b"\xff" * 50_000 + digest_of(first) + b"\x00" + first.encode())
    done = recover(t.records, new)
    assert done.left.holding == (done.kept,)
    assert findings(t) == []


def digest_of(disclosure):
    return disclosure_digest(disclosure).encode()


# Any sequence


STEPS = st.lists(
    st.tuples(st.sampled_from(["record", "record", "carry", "anew", "void", "erase", "erase"]), st.integers(0, 99)),
    max_size=24,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_any_sequence_verifies_and_keeps_no_erased_text(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("any")
    with Trial(folder, FAMILIES) as t:
        add(t, "张" * 2)
        known, erased = {}, set()
        for what, number in steps:
            run(t, what, number % t.size, known, erased)
        note_texts(t, known)
        assert verify(t.records, REGISTRY.families).findings == ()
        export(t.records, folder / "out")
        assert verify_export(folder / "out", t.records.verifier_key(), Trusted()).findings == ()
        for digest, disclosure in known.items():
            assert bool(holding(folder, disclosure)) == (digest not in erased)
    shutil.rmtree(folder)


def note_texts(t, known):
    known |= t.log.store.db.execute("SELECT digest, disclosure FROM disclosures").fetchall()


def run(t, what, position, known, erased):
    row = t.log.store.row(position)
    lecturer = row.type == "lecturer.enrolled"
    live = lecturer and t.log.store.superseded_by(position) is None
    if what == "record":
        # No two long texts are alike in parts: `holding` looks for parts.
        some = random.Random(t.size).choices("甲乙丙丁戊己庚辛壬癸", k=5_000)
        add(t, "李" * 2 + "".join(some) * (position % 7 == 3))
    elif what == "carry" and live:
        tier = json.loads(row.entry)["data"]["tier"]
        corrected(t, row.id, tier="town" if tier == "district" else "district")
    elif what == "anew" and live:
        corrected(t, row.id, name="王" * (2 + position))
    elif what == "void" and live:
        t.void(row.id)
    elif what == "erase" and lecturer:
        note_texts(t, known)
        erased.add(gone(t, position).digest)


# Killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes to be forked")
def test_killed_at_any_moment(tmp_path):
    rng = random.Random(5)
    with Trial(tmp_path, FAMILIES) as t:
        made = []
        for _ in range(10):
            made += add(t, *("张" * rng.choice((2, 900, 9_000)) for _ in range(20)))
    waiting = list(range(len(made)))
    rng.shuffle(waiting)
    digests = {digest_of(d).decode(): n for n, d in enumerate(made)}
    half = 0
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:
            try:
                with Log.open(t.records, REGISTRY.types, REGISTRY.installed) as log:
                    for position in waiting:
                        cleanse(log, erase(log, str(position), "name", **GROUNDS))
            finally:
                os._exit(1)
        time.sleep(rng.uniform(0.03, 0.3))
        os.kill(child, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        with Store.open(t.records.log) as store:
            events = {row.id for row in store.introductions("erasure")}
            left = {d for (d,) in store.db.execute("SELECT digest FROM disclosures")}
            types = store.db.execute("SELECT count(*) FROM entries WHERE type = 'erased'")
            assert types.fetchone() == (len(events),)
        assert left == digests.keys() - events, "both, or neither"
        done = {digests[digest] for digest in events}
        half += bool(done & set(waiting))
        waiting = [n for n in waiting if n not in done]
        assert verify(t.records, REGISTRY.families).findings == ()
    assert half > KILLS // 4, "most of them got something done"
    assert waiting, "and none got all of it done"
    with Log.open(t.records, REGISTRY.types, REGISTRY.installed) as log:
        again = next(n for n in range(len(made)) if n not in waiting)
        cleanse(log, erase(log, str(again), "name", **GROUNDS))
        content = t.records.log.read_bytes() + (t.records.path / "log.db-wal").read_bytes()
        assert [n for n in range(len(made)) if n not in waiting
                and made[n][2:26].encode() in content] == []  # fmt: skip
    assert verify(t.records, REGISTRY.families).findings == ()


# The command


@pytest.fixture
def here(tmp_path, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LIANJIAN_RECORDS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LIANJIAN_RECORDER", "xuanjiao")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "r", "--origin", "example.org/x"]) == 0
    monkeypatch.chdir(tmp_path / "r")
    record = "record lecturer.enrolled lecturer=L1 tier=town external=false day=2021-01-01 --id a"
    assert cli.main([*record.split(), "name=张三丰"]) == 0
    return tmp_path


ERASE = ["erase", "a", "name", "--basis", "个保法第47条", "--authority", "区纪委"]


def test_the_command_says_what_it_did(here, capsys):
    assert cli.main(["correct", "a", "tier=district", "--why", "x"]) == 0
    capsys.readouterr()
    assert cli.main(["--lang", "en", *ERASE]) == 0
    out, err = capsys.readouterr()
    assert len(out.split()) == 1
    assert "erased: name of position 0" in err
    assert "stands at position 1" in err
    assert "backups" in err
    assert cli.main(ERASE) == 0
    again, err = capsys.readouterr()
    assert again == out
    assert "先前已删除：第 2 条" in err
    assert cli.main(["log"]) == 0
    assert capsys.readouterr().out.replace("\n", "").replace(" ", "").count("已依规删除") == 2
    assert cli.main(["--lang", "en", "log", "--limit", "3"]) == 0
    assert capsys.readouterr().out.count("name=(erased)") == 2
    assert cli.main(["verify"]) == 0
    assert "0 个封存字段有原文，2 个已依规删除" in capsys.readouterr().out
    assert cli.main(["--lang", "en", "find", "8"]) == 1, "a digest is no name"


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["erase", "b", *ERASE[2:]], 1, "没有事件 'b'"),
        (["erase", "9", *ERASE[2:]], 1, "没有事件 '9'"),
        ([*ERASE[:2], "nam", *ERASE[3:]], 1, "封存字段有：name"),
        ([*ERASE[:4], " ", *ERASE[5:]], 2, "--basis 不能为空"),
        ([*ERASE[:-1], ""], 2, "--authority 不能为空"),
        (ERASE[:-2], 2, "缺少选项"),
        (ERASE[:2], 2, "缺少参数"),
        ([*ERASE[:4], "张三丰本人要求", *ERASE[5:]], 1, "--basis 中有要删除的原文"),
        ([*ERASE, "--recorder", "张三丰"], 1, "--recorder 中有要删除的原文"),
        (
            ["record", "erased", "position=0", "path=name", "basis=b", "authority=a", "digest=x"],
            1,
            "erased 由 lianjian erase 录入",
        ),
    ],
)
def test_wrong_input_does_nothing(here, capsys, args, code, said):
    capsys.readouterr()
    assert cli.main(args) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "提示：" in err
    with Store.open(here / "r/log.db") as store:
        assert store.size() == 1
        assert store.db.execute("SELECT count(*) FROM disclosures").fetchone() == (1,)


def test_what_is_left_makes_the_exit_code_1(here, capsys):
    assert cli.main(["export", "out"]) == 0
    capsys.readouterr()
    assert cli.main(["--lang", "en", *ERASE]) == 1
    out, err = capsys.readouterr()
    assert out.strip(), "the event is recorded, and its id is told"
    assert "out/disclosures.jsonl" in err
    assert "hint: delete them" in err
    assert cli.main(["export", "out"]) == 0
    assert cli.main(ERASE) == 0
    assert cli.main(["verify", "out"]) == 0
