"""Exports: the standard's files, never changed, never inconsistent; and whatever is wrong is found.

`independent` is a checker written from https://c2sp.org/tlog-tiles alone: none of our code is in it.
"""

import json
import os
import random
import shutil
import sqlite3
import tracemalloc
import zipfile
from base64 import b64decode
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lianjian import cli
from lianjian.core import export as export_module
from lianjian.core.checkpoint import Checkpoint, SigningKey, VerifierKey, sign_note
from lianjian.core.errors import (
    BadArchive,
    BadNote,
    ExportDiffers,
    GuardMissing,
    KeyWanted,
    LogDamaged,
    NotAnExport,
    RolledBack,
)
from lianjian.core.event import Draft, seal
from lianjian.core.export import export
from lianjian.core.exported import key_in, verify_export
from lianjian.core.layout import parse_tile_path
from lianjian.core.records import Records
from lianjian.core.store import EntryRow, Store, transaction
from lianjian.core.testing import Trial
from lianjian.core.tree import all_tiles, extend, frontier_root, leaf_hash, tile_path
from lianjian.core.trusted import Short, Trusted
from lianjian.plugins import lecturers
from lianjian.plugins.lecturers import LecturerEnrolled

ORIGIN = "example.org/log"
BITS = 400


# Logs of any size, written straight into the store


def event(n, **attributes):
    said = {
        "specversion": "1.0",
        "id": f"e{n}",
        "source": ORIGIN,
        "type": "visit.held",
        "time": "2021-05-01T00:00:00+08:00",
        "data": {"base": "b", "day": "2021-05-01", "persons": n},
        "dataversion": 1,
        "recordedat": f"2021-05-02T00:00:00.{n:06}Z",
        "recorder": "x",
        **attributes,
    }
    return json.dumps(said, separators=(",", ":")).encode()


def grow(records, entries, *, guarded=True):
    """Append bytes to a log of which nothing is asked but that the tree is right."""
    with Store.open(records.log, read_only=False) as store:
        size = store.size()
        rows = [
            EntryRow(size + i, f"row{size + i}", "t", 1, "-", None, None, e)
            for i, e in enumerate(entries)
        ]
        leaves = [leaf_hash(e) for e in entries]
        # From the beginning: these logs are small.
        before = [leaf_hash(r.entry) for r in store.rows(0, size)]
        tiles, frontier = extend(0, {}, before + leaves)
        note = sign_note(
            Checkpoint(records.origin, size + len(rows), frontier_root(frontier)).text(),
            records.signing_key(),
        )
        with transaction(store.db):
            store.insert(rows, [], [], tiles)
            store.put_checkpoint(size + len(rows), note)
    if guarded:
        records.remember(note)
    return note


def built(path, entries):
    records = Records.create(path, ORIGIN)
    grow(records, entries)
    return records


def log_of(path, size):
    return built(path, [event(n) for n in range(size)])


def found_in(folder, key, **trusted):
    return verify_export(folder, key, Trusted(**trusted)).findings


def places(findings):
    return " | ".join(f"{f.place.en}: {f.what.en}: {f.expected} / {f.found}" for f in findings)


def tiles_in(folder):
    return {p.relative_to(folder).as_posix() for p in (folder / "tile").rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An export of 300 entries, its key, and the records."""
    path = tmp_path_factory.mktemp("template")
    records = log_of(path / "records", 300)
    export(records, path / "out")
    return path


@pytest.fixture
def out(template, tmp_path):
    shutil.copytree(template / "out", tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def key(template):
    return Records.open(template / "records").verifier_key()


# The standard


def mth(hashes):
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def number(n):
    parts = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        parts.insert(0, f"x{n % 1000:03}")
    return "/".join(parts)


def independent(folder, vkey):
    """Return the entries of a tlog-tiles folder, everything in it checked."""
    name, _, material = vkey.split("+", 2)
    public = b64decode(material)[1:]
    text, signatures = (folder / "checkpoint").read_bytes().rsplit(b"\n\n", 1)
    text += b"\n"
    dash, signer, signature = signatures.decode().removesuffix("\n").split(" ")
    assert (dash, signer) == ("—", name)
    key_id = sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    assert b64decode(signature)[:4] == key_id
    Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature)[4:], text)
    origin, size, root = text.decode().splitlines()
    assert origin == name
    size = int(size)
    expected, entries = {}, []
    for start in range(0, size, 256):
        width = min(256, size - start)
        path = f"tile/entries/{number(start // 256)}" + (f".p/{width}" if width < 256 else "")
        bundle = (folder / path).read_bytes()
        expected[path] = bundle
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            entries.append(bundle[2 : 2 + length])
            assert len(entries[-1]) == length
            bundle = bundle[2 + length :]
        assert len(entries) == start + width
    leaves = [sha256(b"\x00" + e).digest() for e in entries]
    assert mth(leaves) == b64decode(root)
    level, row = 0, leaves
    while row:
        for start in range(0, len(row), 256):
            tile = row[start : start + 256]
            path = f"tile/{level}/{number(start // 256)}"
            path += f".p/{len(tile)}" if len(tile) < 256 else ""
            expected[path] = b"".join(tile)
        row = [mth(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    assert tiles_in(folder) == set(expected)
    for path, content in expected.items():
        assert (folder / path).read_bytes() == content, path
    return entries


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 1000, 70_000])
def test_a_log_of_any_size_is_exported_and_verified(tmp_path, size):
    entries = [event(n) for n in range(size)]
    records = built(tmp_path / "records", entries)
    done = export(records, tmp_path / "out")
    key = records.verifier_key()
    report = verify_export(tmp_path / "out", key, Trusted())
    assert (report.findings, report.notes, report.size) == ((), (), size)
    assert independent(tmp_path / "out", key.to_text()) == entries
    paths = {tile_path(*t) for t in all_tiles(size)}
    bundles = {tile_path("entries", i, w) for level, i, w in all_tiles(size) if level == 0}
    assert tiles_in(tmp_path / "out") == paths | bundles
    assert done.written == len(paths | bundles)
    beside = {p.name for p in (tmp_path / "out").iterdir()} - {"tile"}
    assert beside == {"checkpoint", "log.vkey", "disclosures.jsonl", "README.md"}
    assert (tmp_path / "out/checkpoint").read_text() == records.guard.read().note


@pytest.mark.parametrize("size", [1, 300])
def test_every_path_is_read_back_and_has_one_spelling(size):
    for index in (0, 999, 1000, 1234067, 10**9):
        for level in (0, 5, 63, "entries"):
            for width in (1, 112, 256):
                path = tile_path(level, index, width)
                assert parse_tile_path(path) == (level, index, width)
    for wrong in ("tile/00/000", "tile/64/000", "tile/0/x000/001", "tile/0/000.p/256", "tile/0/1",
                  "tile/0/000.p/0", "tile/0/000.p/01", "tile/0/000.p", "tile/x/000", "tile/0/００１",
                  "checkpoint", "tile/0/000/", "tile/0/000\n"):  # fmt: skip
        assert parse_tile_path(wrong) is None, wrong


# Exporting again


def stamps(folder):
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns)
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("checkpoint", "disclosures.jsonl", "log.db-shm")
    }


def test_exporting_again_adds_only_what_is_new(tmp_path):
    records = log_of(tmp_path / "records", 300)
    key, out = records.verifier_key(), tmp_path / "out"
    export(records, out)
    before = stamps(out)
    assert export(records, out).written == 0
    assert stamps(out) == before
    grow(records, [event(n) for n in range(300, 900)])
    export(records, out)
    after = stamps(out)
    assert {name: after[name] for name in before} == before
    assert found_in(out, key) == ()
    assert "tile/0/001.p/44" in tiles_in(out), "older partial tiles may stay"
    assert not list(out.glob(".part-*"))
    (out / "tile/0/001.p/44").unlink()
    assert found_in(out, key) == (), "and they may go"
    for path, extra in (("tile/entries/001.p/44", b""), ("tile/0/001.p/44", b"x" * 32)):
        content = (out / path).read_bytes() if (out / path).exists() else b"x" * 43 * 32
        (out / path).write_bytes(content[:-1] + b"?" + extra if not extra else content + extra)
        assert path in places(found_in(out, key))


@pytest.mark.parametrize(
    "name", ["tile/0/000", "tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"]
)
def test_what_was_exported_and_differs_is_named(tmp_path, name):
    records = log_of(tmp_path / "records", 300)
    out = tmp_path / "out"
    export(records, out)
    content = bytearray((out / name).read_bytes())
    content[5] ^= 1
    (out / name).write_bytes(content)
    with pytest.raises(ExportDiffers) as refused:
        export(records, out)
    assert refused.value.details["path"] == out / name
    assert refused.value.exit_code == 3
    assert (out / name).read_bytes() == content


def test_an_export_that_is_ahead_of_the_log_is_kept(tmp_path):
    records = log_of(tmp_path / "records", 3)
    shutil.copytree(tmp_path / "records", tmp_path / "older")
    grow(records, [event(3)])
    export(records, tmp_path / "out")
    records.guard_copy().path.unlink()
    with pytest.raises(ExportDiffers):
        export(Records.open(tmp_path / "older"), tmp_path / "out")
    assert found_in(tmp_path / "out", records.verifier_key()) == ()


def test_a_folder_that_is_in_use_is_refused_and_left_alone(tmp_path):
    records = log_of(tmp_path / "records", 3)
    other = log_of(tmp_path / "other", 3)
    export(other, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/.part-mine").write_text("x")
    (tmp_path / "full/letter.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("out", "full", "file", "records"):
        before = stamps(tmp_path / name)
        with pytest.raises(NotAnExport):
            export(records, tmp_path / name)
        assert stamps(tmp_path / name) == before


# Cut short


class Fault(OSError):
    pass


def faults(monkeypatch, at, *, persisted):
    """Let the nth opening, syncing or renaming of a file fail, before or after it was done."""
    count = [0]

    def failing(function):
        def call(*args, **kwargs):
            count[0] += 1
            if count[0] != at:
                return function(*args, **kwargs)
            if persisted:
                made = function(*args, **kwargs)
                if isinstance(made, int):
                    os.close(made)
            raise Fault(28, "no space left")

        return call

    monkeypatch.setattr(os, "open", failing(os.open))
    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(export_module.Path, "replace", failing(Path.replace))
    return count


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("first", [0, 300])
def test_an_export_that_is_cut_short_anywhere_is_never_inconsistent(
    tmp_path, monkeypatch, first, persisted
):
    records = log_of(tmp_path / "records", first) if first else Records.create(
        tmp_path / "records", ORIGIN
    )  # fmt: skip
    key, start, out = records.verifier_key(), tmp_path / "start", tmp_path / "out"
    if first:
        export(records, start)
    grow(records, [event(n) for n in range(first, 600)])
    step, failed = 0, True
    while failed:
        step += 1
        shutil.rmtree(out, ignore_errors=True)
        if first:
            shutil.copytree(start, out)
        with monkeypatch.context() as patch:
            faults(patch, step, persisted=persisted)
            try:
                export(records, out)
                failed = False
            except Fault:
                failed = True
        if (out / "checkpoint").exists():
            report = verify_export(out, key, Trusted())
            assert report.findings == (), (step, places(report.findings))
            assert report.size in (first, 600)
            assert bool(report.notes) == (out / "checkpoint.new").exists()
        else:
            assert not first
        assert all(map(parse_tile_path, tiles_in(out) if (out / "tile").exists() else ()))
        export(records, out)
        assert found_in(out, key) == ()
        assert not list(out.glob(".part-*"))
        assert not (out / "checkpoint.new").exists()
    assert step > 20


def test_what_stands_beyond_the_checkpoint_is_only_passed_over_while_the_next_is_signed(
    tmp_path, monkeypatch
):
    records = log_of(tmp_path / "records", 300)
    key, out = records.verifier_key(), tmp_path / "out"
    export(records, out)
    note = grow(records, [event(n) for n in range(300, 600)])
    with monkeypatch.context() as patch:
        patch.setattr(export_module._Folder, "finish", lambda _: None)
        export(records, out)
    assert found_in(out, key) == ()
    (out / "checkpoint.new").write_text(note.replace("600", "900"))
    assert "checkpoint.new" in places(found_in(out, key))
    (out / "checkpoint.new").unlink()
    assert "tile/0/002.p/88: the tree has no such tile" in places(found_in(out, key))


# Whatever is changed is found, and said where


def test_a_changed_bit_is_refused_with_its_place(out, key):
    rng = random.Random(20261123)
    files = sorted([*tiles_in(out), "checkpoint"])
    seen = dict.fromkeys(files, 0)
    for turn in range(BITS):
        name = files[turn % len(files)]
        content = (out / name).read_bytes()
        at, bit = rng.randrange(len(content)), rng.randrange(8)
        changed = bytearray(content)
        changed[at] ^= 1 << bit
        (out / name).write_bytes(changed)
        findings = found_in(out, key)
        (out / name).write_bytes(content)
        assert findings, (name, at, bit)
        assert name in places(findings), (name, at, bit, places(findings))
        seen[name] += 1
    assert found_in(out, key) == ()
    assert min(seen.values()) > 10


def test_truncation_and_missing_files_are_found(out, key):
    for name in sorted([*tiles_in(out), "checkpoint"]):
        content = (out / name).read_bytes()
        for changed in (b"", content[:-1], content[: len(content) // 2], content + b"\0"):
            (out / name).write_bytes(changed)
            assert name in places(found_in(out, key)), name
        (out / name).unlink()
        assert f"{name}: the file is missing" in places(found_in(out, key))
        (out / name).symlink_to("/dev/zero")
        assert name in places(found_in(out, key))
        (out / name).unlink()
        (out / name).mkdir()
        assert name in places(found_in(out, key))
        (out / name).rmdir()
        (out / name).write_bytes(content)
    assert found_in(out, key) == ()


@pytest.mark.parametrize(
    "name",
    ["tile/0/002", "tile/0/001", "tile/0/001.p/45", "tile/entries/001.p/45", "tile/1/000", "tile/2/000.p/1",
     "tile/0/000.tmp", "tile/foo", "tile/0/x000/000", "tile/0/000.p/256", "tile/9/x/y/z", "tile/廉",
     "tile/0/001.p/043"],
)  # fmt: skip
def test_a_file_too_many_is_found(out, key, name):
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_bytes(b"x")
    assert name in places(found_in(out, key))


def test_a_name_that_is_no_text_is_found(out, key):
    try:
        Path(os.fsdecode(os.fsencode(out / "tile") + b"/\xff")).write_bytes(b"")
    except OSError:
        pytest.skip("this file system has only names that are text")
    assert "no such file belongs here" in places(found_in(out, key))


def test_another_key_another_name_and_another_origin_are_refused(template, out, key):
    assert "checkpoint" in places(found_in(out, SigningKey.generate(ORIGIN).verifier))
    renamed = VerifierKey("example.org/other", key.kind, key.public)
    findings = places(found_in(out, renamed))
    assert "checkpoint: the checkpoint does not verify" in findings
    assert "log.vkey: it is not the key that was given" in findings
    signing = Records.open(template / "records").signing_key()
    _, size, root = (out / "checkpoint").read_text().splitlines()[:3]
    other = Checkpoint("example.org/other", int(size), b64decode(root))
    (out / "checkpoint").write_text(sign_note(other.text(), signing))
    assert "its origin example.org/other is not" in places(found_in(out, key))


def test_a_second_spelling_of_base64_is_refused(out, key):
    text = (out / "checkpoint").read_text()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for line in (text.splitlines()[2], text.splitlines()[-1].split()[-1]):
        last = line.rstrip("=")[-1]
        tail = alphabet[alphabet.index(last) + 1] + line[len(line.rstrip("=")) :]
        again = line.rstrip("=")[:-1] + tail
        assert b64decode(again) == b64decode(line)
        (out / "checkpoint").write_text(text.replace(line, again))
        assert "checkpoint" in places(found_in(out, key))


def test_a_rewritten_history_signed_with_the_real_key_is_caught(tmp_path):
    records = log_of(tmp_path / "records", 300)
    old = records.guard.read()
    key = records.verifier_key()
    short = Short.of(old.checkpoint, "2021-05-02T00:00:00.000299Z")
    rewritten = Records.create(tmp_path / "again", ORIGIN)
    for name in ("log.key", "log.vkey"):
        shutil.copy(tmp_path / "records/keys" / name, tmp_path / "again/keys" / name)
    records.guard_copy().path.unlink()
    grow(rewritten, [event(n, recorder="y") if n == 7 else event(n) for n in range(700)])
    export(rewritten, tmp_path / "out")
    assert found_in(tmp_path / "out", key) == (), "by itself it is sound"
    for held in ({"note": old.note.encode()}, {"short": short}):
        assert "history was rewritten" in places(found_in(tmp_path / "out", key, **held))
    grow(records, [event(n) for n in range(300, 700)])
    records.guard_copy().path.unlink()
    export(records, tmp_path / "right")
    assert found_in(tmp_path / "right", key, note=old.note.encode(), short=short) == ()
    late = Short(short.size, "2021-05-02T00:00:01Z", short.root)
    assert found_in(tmp_path / "right", key, short=late)
    shorter = log_of(tmp_path / "short", 2)
    export(shorter, tmp_path / "shorter")
    assert "shorter than what you hold" in places(
        found_in(tmp_path / "shorter", shorter.verifier_key(), short=short)
    )


# Contents, as far as they can be judged from bytes


WRONG = {
    "stands there twice": [event(0), event(1), event(0, recordedat="2021-05-02T00:00:00.000002Z")],
    "time goes back": [event(5), event(1)],
    "not properly written": [event(0, recordedat="2021-05-02 00:00")],
    "not this log": [event(0, source="example.org/other")],
    "no earlier entry has": [event(0), event(1, replaces="e2"), event(2)],
    "an id that no earlier": [event(0, replaces="e0")],
    "more than once": [event(0), event(1, replaces="e0"), event(2, replaces="e0")],
    "cannot replace": [event(0), event(1, type="voided", replaces="e0"), event(2, replaces="e1")],
    "it cannot replace": [event(0), event(1, type="base.opened", replaces="e0")],
    "no proper CloudEvents": [b"{}", b"", b"\xff", b"[" * 60_000, b'{"id":' + b"[" * 60_000,
                              event(0).replace(b'"e0"', b'"\\ud800"'), event(0, specversion=1),
                              event(0, data={"sealed": "\ud800"}),
                              event(0, id="e9", data=0).replace(b":0,", b':{"sealed":' + b"[" * 30_000 + b"]" * 30_000 + b"},")],
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_contents_say_is_checked_from_bytes_alone(tmp_path, what):
    records = built(tmp_path / "records", WRONG[what])
    export(records, tmp_path / "out")
    findings = found_in(tmp_path / "out", records.verifier_key())
    assert {f.place.en.split()[0] for f in findings} == {"position"}, places(findings)
    count = sum(what in f.what.en for f in findings)
    assert count == (len(WRONG[what]) if what == "no proper CloudEvents" else 1), places(findings)


def test_corrections_and_voids_are_fine(tmp_path):
    entries = [event(0), event(1, replaces="e0"), event(2, type="voided", replaces="e1")]
    records = built(tmp_path / "records", entries)
    export(records, tmp_path / "out")
    assert found_in(tmp_path / "out", records.verifier_key()) == ()


@pytest.fixture
def sealed(tmp_path):
    """An export with sealed names, one carried over by a correction, and its key."""
    with Trial(tmp_path, [lecturers.lianjian_family()]) as t:
        for i in range(3):
            name, disclosure = seal("name", f"讲师{i}")
            made = LecturerEnrolled(
                f"L{i}", "town", external=False, day=date(2021, 1, 1), name=name
            )
            (id_,) = t.log.append([Draft(made, "x", disclosures=(disclosure,))]).ids
        t.correct(
            id_, LecturerEnrolled("L2", "town", external=True, day=date(2021, 1, 1), name=name)
        )
        export(t.records, tmp_path / "out")
        return tmp_path / "out", t.records.verifier_key()


def test_disclosures_open_what_was_sealed(sealed):
    out, key = sealed
    path = out / "disclosures.jsonl"
    assert verify_export(out, key, Trusted()).findings == ()
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    assert path.stat().st_mode & 0o077 == 0, "personal data are nobody else's"
    opened = json.loads(lines[0])["disclosure"].encode()
    other = json.loads(lines[1])["disclosure"].encode()
    rng = random.Random(7)
    cases = {
        "missing": b"".join(lines[1:]),
        "does not open": lines[0].replace(opened, other),
        "does not seal": b"".join([*lines, lines[1]]),
        "is not proper": b"".join(lines) + b"{}\n",
        "line 1": b"[" * 100_000,
        "is too long": b"".join(lines) + b"x" * (1 << 21),
    }
    for what, content in cases.items():
        path.write_bytes(content)
        findings = places(found_in(out, key)).replace("it is not a proper", "is not proper")
        assert what in findings, (what, findings)
    whole = b"".join(lines)
    for _ in range(BITS):
        changed = bytearray(whole)
        changed[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        if found_in(out, key) == ():  # another spelling of the same JSON
            assert list(map(json.loads, bytes(changed).splitlines())) == list(
                map(json.loads, lines)
            )
    path.unlink()
    report = verify_export(out, key, Trusted())
    assert report.findings == ()
    assert "3 sealed fields were not checked" in report.notes[0].en


# What may be handed out


def test_only_what_is_in_the_guard_is_handed_out(tmp_path):
    records = log_of(tmp_path / "records", 5)
    grow(records, [event(5)], guarded=False)  # a crash after the commit
    done = export(records, tmp_path / "out")
    assert done.size == 5
    assert found_in(tmp_path / "out", records.verifier_key()) == ()
    note = records.guard.read().note
    records.guard.path.unlink()
    with pytest.raises(GuardMissing):
        export(records, tmp_path / "none")
    grow(records, [event(6)])
    shutil.copytree(tmp_path / "records", tmp_path / "older")
    grow(records, [event(7)])
    with pytest.raises(RolledBack):  # the copy of the guard remembers
        export(Records.open(tmp_path / "older"), tmp_path / "none")
    records.guard.path.unlink()
    records.guard.write(note.replace("\n5\n", "\n4\n"))
    with pytest.raises(BadNote):
        export(records, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_log_whose_bytes_were_changed_is_not_exported(tmp_path):
    records = log_of(tmp_path / "records", 300)
    db = sqlite3.connect(records.log)
    db.executescript("DROP TRIGGER entries_no_update")
    db.execute("UPDATE entries SET entry = ? WHERE position = 100", (event(100, recorder="y"),))
    db.commit()
    db.close()
    with pytest.raises(LogDamaged):
        export(records, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_export_is_said_to_be_none(tmp_path, out, key):
    records = log_of(tmp_path / "records", 3)
    (tmp_path / "empty").mkdir()
    for name in ("empty", "missing", "records"):
        with pytest.raises(NotAnExport):
            verify_export(tmp_path / name, key, Trusted())
        with pytest.raises(NotAnExport):
            key_in(tmp_path / name)
    assert records.log.exists()
    (out / "log.vkey").unlink()
    with pytest.raises(KeyWanted):
        key_in(out)


# The commands


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LIANJIAN_RECORDS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main(["--lang", lang, *map(str, args)])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return run


def test_the_commands_export_and_verify(run, tmp_path):
    log_of(tmp_path / "r", 300)
    vkey = tmp_path / "r/keys/log.vkey"
    code, said, err = run("-C", "r", "export", "out")
    assert (code, said) == (0, "out\n")
    assert "exported 300 events; 5 new" in err
    code, said, _ = run("verify", "out", "--key", vkey)
    assert code == 0
    assert said.endswith("verified\n")
    assert "by another way" not in said
    code, said, _ = run("verify", "out", lang="zh")
    assert (code, "另经其他途径" in said) == (0, True)
    code, said, _ = run("verify", "out", "--key", vkey.read_text().strip(), "--json")
    assert json.loads(said)["sound"] is True
    assert json.loads(said)["origin"] == ORIGIN
    (tmp_path / "out/tile/0/000").unlink()
    code, said, _ = run("verify", "out", "--key", vkey)
    assert code == 3
    assert "tile/0/000" in said
    assert run("-C", "r", "verify", "--key", vkey)[0] == 2
    assert run("verify", "out", "--key", "nowhere")[0] == 1
    assert run("verify", "out", "--key", "a+00000000+AAAA")[0] == 1


def test_the_records_are_compared_with_what_the_auditor_holds(run, tmp_path):
    path = tmp_path / "r"
    assert run("init", path, "--origin", ORIGIN)[0] == 0
    unit = ["unit.registered", "name=x", "kind=town", "tier=town", "day=2021-01-01"]
    assert run("-C", path, "record", *unit, "unit=a", "--recorder", "x")[0] == 0
    shutil.copy(path / "checkpoint", tmp_path / "old")
    short = run("-C", path, "checkpoint", "--short")[1].strip()
    assert run("-C", path, "record", *unit, "unit=b", "--recorder", "x")[0] == 0
    assert run("-C", path, "checkpoint")[1] == (path / "checkpoint").read_text()
    code, said, _ = run("-C", path, "verify", "--from", "old", "--against", short.upper())
    assert code == 0
    assert "the checkpoint you hold (1)" in said
    assert run("-C", path, "verify", "--against", "nonsense")[0] == 2
    key = Records.open(path).signing_key()
    (tmp_path / "old").write_text(sign_note(Checkpoint(ORIGIN, 1, b"x" * 32).text(), key))
    code, said, _ = run("-C", path, "verify", "--from", "old", lang="zh")
    assert code == 3
    assert "历史被改写" in said
    wrong = short[:-1] + ("0" if short[-1] != "0" else "1")
    assert run("-C", path, "verify", "--against", wrong)[0] == 3


# Carried as a zip file


def zipped(out, path, below=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(out.rglob("*")):
            archive.write(file, below + file.relative_to(out).as_posix())
    return path


@pytest.mark.parametrize("below", ["", "handed-over/"])
def test_a_zip_file_is_verified_like_its_folder(out, key, tmp_path, run, below):
    path = zipped(out, tmp_path / "out.zip", below)
    assert verify_export(path, key, Trusted()) == verify_export(out, key, Trusted())
    assert key_in(path) == key
    assert run("verify", path, "--key", key.to_text())[0] == 0
    bundle = next((out / "tile/entries").rglob("[0-9]*"))
    bundle.write_bytes(bundle.read_bytes()[:-1])
    (out / "tile/x").write_bytes(b"")
    again = zipped(out, tmp_path / "again.zip", below)
    assert verify_export(again, key, Trusted()) == verify_export(out, key, Trusted())
    assert verify_export(again, key, Trusted()).findings


def test_a_zip_file_of_something_else_is_refused(out, key, tmp_path):
    for content in (b"", b"PK", b"checkpoint"):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(BadArchive, match="no zip file"):
            verify_export(tmp_path / "x", key, Trusted())
    with zipfile.ZipFile(tmp_path / "y", "w") as archive:
        archive.writestr("a/b", "c")
    with pytest.raises(NotAnExport):
        verify_export(tmp_path / "y", key, Trusted())
    path = zipped(out, tmp_path / "twice.zip")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("checkpoint", (out / "checkpoint").read_bytes())
    with pytest.raises(BadArchive, match="checkpoint stands in it twice"):
        verify_export(path, key, Trusted())


def test_a_damaged_zip_file_is_never_a_traceback_nor_verified(out, key, tmp_path):
    content = zipped(out, tmp_path / "out.zip").read_bytes()
    sound = verify_export(tmp_path / "out.zip", key, Trusted())
    path, rng, refused = tmp_path / "changed.zip", random.Random(7), 0
    for _ in range(BITS):
        changed = bytearray(content)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        try:
            report = verify_export(path, key, Trusted())
        except (BadArchive, NotAnExport):
            refused += 1
            continue
        # What nothing reads may change: dates, README, the key that was given another way.
        assert report.findings or (report.size, report.root) == (sound.size, sound.root)
        refused += bool(report.findings)
    assert refused > BITS // 2


def test_a_zip_bomb_is_read_no_further_than_a_file_may_reach(out, key, tmp_path):
    (out / "checkpoint").unlink()
    path = zipped(out, tmp_path / "out.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("checkpoint", bytes(50_000_000))
    tracemalloc.start()
    assert verify_export(path, key, Trusted()).findings
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "name", ["./checkpoint", "tile/../checkpoint", "/checkpoint", "tile\\x", "C:x", "Checkpoint"]
)
def test_a_zip_file_with_names_that_programs_read_differently_is_refused(out, key, tmp_path, name):
    path = zipped(out, tmp_path / "out.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"evil")
    with pytest.raises(BadArchive):
        verify_export(path, key, Trusted())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_file_that_cannot_be_read_piece_by_piece_is_refused(out, key, tmp_path, method):
    path = zipped(out, tmp_path / "out.zip")
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("more", bytes(1_000_000))
    with pytest.raises(BadArchive, match="compressed in another way"):
        verify_export(path, key, Trusted())
