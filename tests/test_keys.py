"""Rotating a log's key: who has to sign when, what an old key leads to, and what a crash leaves."""

import json
import shutil
from datetime import date
from hashlib import sha256

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core.checkpoint import Checkpoint, SigningKey, sign_note
from lianjian.core.errors import (
    BadKey,
    BadNote,
    BadRotation,
    NotByHand,
    Refused,
    RolledBack,
)
from lianjian.core.event import Draft
from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.keys import KeyHistory, Rotation, read_statement, rotation_at, statement
from lianjian.core.log import Log, voids
from lianjian.core.notices import KeyRotated
from lianjian.core.records import Records
from lianjian.core.testing import Trial
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened

LOG = "example.org/log"
ONE, TWO, THREE = (SigningKey(LOG, sha256(bytes([n])).digest()) for n in range(3))
FIRST = Rotation(5, ONE.verifier, TWO.verifier)
SECOND = Rotation(9, TWO.verifier, THREE.verifier)


def note(size, *keys):
    return sign_note(Checkpoint(LOG, size, bytes(32)).text(), *keys)


# The statement


def test_a_statement_is_a_signed_note_by_both_keys():
    text = statement(5, ONE, TWO)
    assert text.split("\n")[:6] == [
        "lianjian/key-rotation/v1",
        LOG,
        "5",
        ONE.verifier.to_text(),
        TWO.verifier.to_text(),
        "",
    ]
    assert text.count("— ") == 2
    assert read_statement(text) == FIRST


@pytest.mark.parametrize(
    "changed",
    [
        lambda t: t.replace("\n5\n", "\n05\n"),
        lambda t: t.replace("\n5\n", "\n6\n"),
        lambda t: t.replace("rotation/v1", "rotation/v2"),
        lambda t: "".join(t.splitlines(keepends=True)[:-1]),  # by the old key alone
        lambda t: t.replace(ONE.verifier.to_text(), THREE.verifier.to_text()),
        lambda t: statement(5, ONE, ONE),
        lambda t: "",
        lambda t: t.split("\n\n")[0],
    ],
)
def test_a_statement_that_is_not_to_the_letter_is_refused(changed):
    with pytest.raises(BadRotation):
        read_statement(changed(statement(5, ONE, TWO)))


@given(st.integers(0, len(statement(5, ONE, TWO).encode()) * 8 - 1))
def test_every_bit_of_a_statement_counts(bit):
    changed = bytearray(statement(5, ONE, TWO).encode())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadRotation):
        read_statement(changed.decode(errors="surrogateescape"))


def test_a_statement_holds_at_its_own_place_only():
    said = {"key": TWO.verifier.key_id.hex(), "statement": statement(5, ONE, TWO)}
    assert rotation_at(5, LOG, said) == FIRST
    for place in ((6, LOG, said), (5, "example.org/other", said), (5, LOG, {**said, "key": "0"})):
        with pytest.raises(BadRotation):
            rotation_at(*place)
    for data in ({}, {"statement": 7}):
        with pytest.raises(BadRotation):
            rotation_at(5, LOG, data)


# The history of keys


def test_each_key_signs_in_its_time():
    keys = KeyHistory.of(TWO.verifier, [SECOND, FIRST])
    signed = [keys.at(size) for size in (0, 5, 6, 9, 10, 10**6)]
    one, two, three = ONE.verifier, TWO.verifier, THREE.verifier
    assert signed == [one, one, two, two, three, three]
    assert keys.newest == three
    assert [keys.open(note(n, k)).size for n, k in ((5, ONE), (6, TWO), (10, THREE))] == [5, 6, 10]
    assert keys.open(note(6, ONE, TWO)).size == 6, "the one that records it is signed by both"


@pytest.mark.parametrize(("size", "key"), [(6, ONE), (10, ONE), (10, TWO), (5, TWO), (9, THREE)])
def test_a_key_out_of_its_time_is_refused(size, key):
    with pytest.raises(BadNote) as refused:
        KeyHistory.of(ONE.verifier, [FIRST, SECOND]).open(note(size, key))
    late = (size > 5 and key is ONE) or (size > 9 and key is TWO)
    assert ("signs no more from position" in str(refused.value)) == late


def test_rotations_must_follow_upon_each_other():
    for wrong in (
        [SECOND],  # not about the key that is known
        [FIRST, evolve(SECOND, old=ONE.verifier)],
        [FIRST, Rotation(9, TWO.verifier, ONE.verifier)],  # taken up again
    ):
        with pytest.raises(BadRotation):
            KeyHistory.of(ONE.verifier, wrong)


# The log


def opened(n):
    event = BaseOpened(base=f"b{n}", name="x", kind="other", day=date(2021, 1, 1))
    return Draft(event=event, recorder="test", id=f"e{n}")


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path / "records", [bases.lianjian_family()]) as made:
        made.record(*(opened(n) for n in range(3)))
        yield made


def findings(trial):
    return verify(trial.records, trial.registry.families).findings


def reopened(trial):
    records = Records.open(trial.records.path)
    return Log.open(records, trial.registry.types, trial.registry.installed)


def test_a_rotated_log_goes_on_and_verifies(trial, tmp_path):
    old = trial.records.verifier_key()
    before = trial.records.guard.read()
    done = trial.log.rotate("admin")
    assert done.positions == (3,)
    assert "— " in done.note
    assert done.note.count("— ") == 2
    trial.record(opened(5))
    new = Records.open(trial.records.path).verifier_key()
    assert old != new
    assert trial.log.rotate("admin").positions == (5,)
    trial.record(opened(6))
    assert findings(trial) == ()
    export(trial.log.records, tmp_path / "out")
    newest = trial.log.records.verifier_key()
    for key in (old, new, newest):
        held = Trusted(note=before.note.encode())
        report = verify_export(tmp_path / "out", key, held)
        assert report.findings == ()
        assert any("rotated" in n.en for n in report.notes)
    assert verify_export(tmp_path / "out", ONE.verifier, Trusted()).findings
    assert (trial.records.path / "keys/log.key").stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in (trial.records.path / "keys").iterdir()) == [
        "log.key",
        "log.vkey",
    ]


def test_an_export_goes_on_over_a_rotation(trial, tmp_path):
    export(trial.records, tmp_path / "out")
    old = trial.records.verifier_key()
    trial.log.rotate("admin")
    trial.record(opened(5))
    export(trial.log.records, tmp_path / "out")
    assert verify_export(tmp_path / "out", old, Trusted()).findings == ()
    assert (tmp_path / "out/log.vkey").read_text().strip() != old.to_text()


def test_another_open_log_takes_the_new_key_up(trial):
    with reopened(trial) as other:
        trial.log.rotate("admin")
        other.append([opened(7)])
        other.rotate("admin")
    trial.record(opened(8))
    assert findings(trial) == ()


def test_what_the_old_key_signs_later_is_refused(trial, tmp_path):
    stolen = trial.records.signing_key()
    trial.log.rotate("admin")
    trial.record(opened(5))
    export(trial.log.records, tmp_path / "out")
    path = tmp_path / "out/checkpoint"
    text = path.read_text().split("\n\n")[0] + "\n"
    path.write_text(sign_note(text, stolen))
    found = verify_export(tmp_path / "out", stolen.verifier, Trusted()).findings
    assert ["signs no more from position 3" in f.found for f in found] == [True]


def test_a_folder_put_back_from_before_the_rotation_is_refused(trial, tmp_path):
    trial.log.close()
    shutil.copytree(trial.records.path, tmp_path / "copy")
    with reopened(trial) as log:
        log.rotate("admin")
    shutil.rmtree(trial.records.path)
    shutil.copytree(tmp_path / "copy", trial.records.path)
    with reopened(trial) as log, pytest.raises(RolledBack):
        log.append([opened(9)])


def test_keys_put_back_from_before_the_rotation_are_refused(trial, tmp_path):
    shutil.copytree(trial.records.path / "keys", tmp_path / "keys")
    trial.log.rotate("admin")
    shutil.copytree(tmp_path / "keys", trial.records.path / "keys", dirs_exist_ok=True)
    with pytest.raises(BadKey, match="another key since"):
        reopened(trial)
    assert "keys/log.vkey is not the key" in findings(trial)[0].what.en


def test_a_rotation_is_recorded_by_its_command_alone_and_stays(trial):
    said = statement(3, trial.records.signing_key(), TWO)
    event = KeyRotated(key=TWO.verifier.key_id.hex(), statement=said)
    with pytest.raises(Refused) as refused:
        trial.record(Draft(event=event, recorder="x"))
    assert isinstance(refused.value.faults[0], NotByHand)
    id_ = trial.log.rotate("admin").ids[0]
    with pytest.raises(Refused, match="neither corrected nor voided"):
        trial.log.append(voids(trial.log.store, "x", "regret", id_=id_))
    assert findings(trial) == ()


def test_a_made_up_rotation_is_found(trial, tmp_path):
    """Whoever writes past the command, with the log's own key, must still have both signatures."""
    mine = evolve(TWO, name=trial.records.origin)
    said = statement(3, mine, evolve(THREE, name=trial.records.origin))
    event = KeyRotated(key=THREE.verifier.key_id.hex(), statement=said)
    trial.log.append([Draft(event=event, recorder="x")], command="key rotate")
    assert "keys do not verify" in findings(trial)[0].what.en


@pytest.mark.parametrize("step", range(6))
def test_a_rotation_that_is_cut_short_is_finished_or_never_was(trial, monkeypatch, step):
    """Each step on the way raises once; afterwards all goes on under one key or the other."""
    before = trial.records.verifier_key()
    steps = 0

    def failing(real):
        def call(*arguments, **named):
            nonlocal steps
            steps += 1
            if steps == step + 1:
                raise KeyboardInterrupt
            return real(*arguments, **named)

        return call

    for where, name in (
        (Records, "prepare_key"),
        (Log, "_append"),
        (Records, "remember"),
        (Records, "settle_key"),
    ):
        monkeypatch.setattr(where, name, failing(getattr(where, name)))
    real = type(trial.records.path).replace
    monkeypatch.setattr(type(trial.records.path), "replace", failing(real))
    with pytest.raises(KeyboardInterrupt):
        trial.log.rotate("admin")
    monkeypatch.undo()
    trial.log.close()
    assert findings(trial) == (), "also before anybody has put it right"
    with reopened(trial) as log:
        assert not log.records.next_key.exists()
        assert (log.records.verifier_key() == before) == (step < 2)
        log.append([opened(9)])
        log.rotate("admin")
    assert findings(trial) == ()


# The commands


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*args, code=0):
        assert cli.main(["--lang", "en", *map(str, args)]) == code
        return capsys.readouterr()

    return call


def test_the_commands_key_and_check(run, trial, tmp_path):
    folder = trial.records.path
    trial.log.close()
    old = tmp_path / "old.vkey"
    shutil.copy(folder / "keys/log.vkey", old)
    (tmp_path / "held").write_text(run("-C", folder, "checkpoint").out)
    vkey = run("-C", folder, "key", "rotate", "--recorder", "admin").out.strip()
    assert vkey == (folder / "keys/log.vkey").read_text().strip()
    listed = run("-C", folder, "key", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["0", "3"]
    assert listed[1].endswith(vkey)
    run("-C", folder, "prove", "3", "--out", "rotation")
    run("-C", folder, "record", "base.opened", "base=z", "name=z", "kind=other", "day=2021-02-02")
    run("-C", folder, "prove", "e1", "--out", "proof")
    run("-C", folder, "prove", "--from", "held", "--out", "growth")
    assert "e1" in run("check", "proof", "--key", vkey).out
    assert "not signed by" in run("check", "proof", "--key", old, code=3).err
    assert "e1" in run("check", "proof", "--key", old, "--rotation", "rotation").out
    led = ("--key", old, "--rotation", "rotation")
    assert "the first 3" in run("check", "growth", "--from", "held", *led).out
    assert (
        "no proof of a rotation"
        in run("check", "proof", "--key", old, "--rotation", "proof", code=3).err
    )
    assert run("-C", folder, "verify", "--from", "held").out.endswith("verified\n")
    assert '"since": 3' in run("-C", folder, "key", "list", "--json").out
    assert "Usage" in run("key", code=2).err


# Witnesses


def cosign(run, given, *more, code=0):
    return run("witness", "cosign", given, "-w", "w", *more, code=code)


@pytest.mark.parametrize("carried", ["file", "folder"])
def test_a_witness_follows_a_rotation(run, trial, tmp_path, carried):
    folder, old = trial.records.path, trial.records.verifier_key().to_text()
    vkey = run("witness", "init", "w", "--name", "witness.example").out.strip()
    (tmp_path / "note").write_text(run("-C", folder, "checkpoint").out)
    cosign(run, "note", "--key", old, "--out", "cosigned")
    run("-C", folder, "checkpoint", "--add", "cosigned", "--witness", vkey)
    trial.log.rotate("admin")
    trial.record(opened(5))
    run("-C", folder, "verify")
    assert run("-C", folder, "checkpoint", "--cosigned").out == (tmp_path / "cosigned").read_text()
    run("-C", folder, "prove", "3", "--out", "rotation")
    if carried == "file":
        run("-C", folder, "prove", "--from", "note", "--out", "request")
        assert "not signed by" in cosign(run, "request", code=3).err
        cosign(run, "request", "--rotation", "rotation", "--out", "again")
    else:
        run("-C", folder, "export", "out")
        cosign(run, "out")
        shutil.copy("out/checkpoint", "again")
    (log,) = json.loads(run("witness", "status", "-w", "w", "--json").out)["logs"]
    assert (log["size"], log["key"]) == (5, trial.log.records.verifier_key().to_text())
    run("-C", folder, "checkpoint", "--add", "again", "--witness", vkey)
    policy = tmp_path / "policy"
    policy.write_text(f"log {old}\nwitness w {vkey}\nquorum w\n")
    run("-C", folder, "export", "out")
    assert "cosigned by w at" in run("verify", "out", "--policy", policy).out
    trial.record(opened(6))
    run("-C", folder, "prove", "--from", "again", "--out", "next")
    cosign(run, "next")


def test_a_witness_refuses_what_a_retired_key_signs(run, trial, tmp_path):
    folder, stolen = trial.records.path, trial.records.signing_key()
    run("witness", "init", "w", "--name", "witness.example")
    trial.log.rotate("admin")
    run("-C", folder, "prove", "3", "--out", "rotation")
    (tmp_path / "note").write_text(run("-C", folder, "checkpoint").out)
    cosign(run, "note", "--key", stolen.verifier.to_text(), "--rotation", "rotation")
    trial.record(opened(5))
    (tmp_path / "note").write_text(run("-C", folder, "checkpoint").out)
    text = (tmp_path / "note").read_text().split("\n\n")[0] + "\n"
    (tmp_path / "stolen").write_text(sign_note(text, stolen))
    assert "signs no more" in cosign(run, "stolen", "--rotation", "rotation", code=3).err
    assert "not signed by" in cosign(run, "stolen", code=3).err
