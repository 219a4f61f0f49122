"""Proofs as files: every one of small logs, the formats to the byte, and checkers that are not ours.

`walk` is written from RFC 9162 alone; `proofbundle` is somebody else's whole checker.
"""

import json
import re
import shutil
from base64 import b64decode, b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from proofbundle.checkpoint import verify_checkpoint
from proofbundle.merkle import verify_consistency as their_consistency
from proofbundle.tlogproof import parse_tlog_proof, verify_tlog_proof

from lianjian import cli
from lianjian.core import auditor, handout
from lianjian.core.checkpoint import Checkpoint, SigningKey, parse_checkpoint, sign_note
from lianjian.core.errors import (
    BadCheckpoint,
    BadNote,
    BadProof,
    BadShortForm,
    HistoryRewritten,
    NoSuchPosition,
    OtherLog,
    RolledBack,
)
from lianjian.core.guard import Held
from lianjian.core.proofs import Consistency, Inclusion, parse_proof
from lianjian.core.records import Records
from lianjian.core.testing import Trial
from lianjian.core.tree import consistency_proof, extend, frontier_root, inclusion_proof, leaf_hash
from lianjian.core.trusted import Short
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened

KEY = SigningKey.generate("example.org/log")
MOST = 40
ENTRIES = [b"entry %d" % n for n in range(MOST)]


class Tiles:
    def __init__(self, size):
        self.tiles, frontier = extend(0, {}, [leaf_hash(e) for e in ENTRIES[:size]])
        self.note = sign_note(Checkpoint(KEY.name, size, frontier_root(frontier)).text(), KEY)

    def tile(self, level, index, width):
        return self.tiles[level, index][: 32 * width]


TREES = [Tiles(n) for n in range(MOST + 1)]


def signed(size):
    text = TREES[size].note
    return parse_checkpoint(text[: text.rfind("\n\n") + 1])


def walk(leaf, index, size, proof):
    """Return the root that an inclusion proof leads to: RFC 9162 section 2.1.3.2, word for word."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        assert sn
        if fn % 2 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn % 2 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


def test_every_inclusion_proof_of_small_logs_is_accepted_by_us_and_by_others():
    vkey = KEY.verifier.to_text()
    for size in range(1, MOST + 1):
        note = TREES[size].note
        for index in range(size):
            hashes = tuple(inclusion_proof(index, size, TREES[size]))
            made = Inclusion(index, hashes, note, ENTRIES[index])
            text = made.text()
            assert parse_proof(text.encode()) == made
            assert made.verify(ENTRIES[index], KEY.verifier).size == size
            head, _, rest = text.partition("\n\n")
            assert rest == note
            lines = head.split("\n")
            assert lines[:3] == [
                "c2sp.org/tlog-proof@v1",
                f"extra {b64encode(ENTRIES[index]).decode()}",
                f"index {index}",
            ]
            leaf = sha256(b"\x00" + ENTRIES[index]).digest()
            root = b64decode(note.split("\n")[2])
            assert walk(leaf, index, size, [b64decode(line) for line in lines[3:]]) == root
            with pytest.raises(BadProof):
                made.verify(b"another", KEY.verifier)
            with pytest.raises(BadProof):
                Inclusion((index + 1) % (size + 1), hashes, note).verify(
                    ENTRIES[index], KEY.verifier
                )
            if size in (1, 2, 7, MOST):
                theirs = verify_tlog_proof(text, ENTRIES[index], vkey, expected_origin=KEY.name)
                assert theirs["ok"], theirs
                assert parse_tlog_proof(text)["extra"] == ENTRIES[index]
                assert not verify_tlog_proof(text, b"another", vkey)["ok"]


def test_every_consistency_proof_of_small_logs_is_accepted_by_us_and_by_others():
    for new in range(MOST + 1):
        assert verify_checkpoint(TREES[new].note, KEY.verifier.to_text())["ok"]
        for old in range(new + 1):
            hashes = tuple(consistency_proof(old, new, TREES[new]))
            made = Consistency(old, hashes, TREES[new].note)
            text = made.text()
            assert parse_proof(text.encode()) == made
            assert text.startswith(f"old {old}\n")
            assert text.count("\n\n") == 2
            assert made.verify(signed(old), KEY.verifier) == signed(new)
            if old:
                assert their_consistency(old, new, list(hashes), signed(old).root, signed(new).root)
            other = Checkpoint(KEY.name, old, b"x" * 32)
            with pytest.raises(BadProof):
                made.verify(other, KEY.verifier)
            if old:
                with pytest.raises(BadProof):
                    made.verify(signed(old - 1), KEY.verifier)


def proof_text(**changed):
    lines = {
        "header": "c2sp.org/tlog-proof@v1",
        "extra": f"extra {b64encode(ENTRIES[2]).decode()}",
        "index": "index 2",
        "hashes": "\n".join(b64encode(h).decode() for h in inclusion_proof(2, 7, TREES[7])),
        "border": "",
    } | changed
    return "\n".join(v for v in lines.values() if v is not None) + "\n" + TREES[7].note


def check(text):
    raw = text if isinstance(text, bytes) else text.encode()
    proof = parse_proof(raw)
    return proof.verify(ENTRIES[2], KEY.verifier)


ZERO = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"header": "c2sp.org/tlog-proof@v2"},
        {"header": "c2sp.org/tlog-proof@v1 "},
        {"header": None},
        {"extra": "extra "},
        {"extra": "extra ZQ"},
        {"extra": "extra ZR=="},  # stray bits before the padding
        {"extra": "extra ZQ==\nextra ZQ=="},
        {"extra": "Extra ZQ=="},
        {"index": None},
        {"index": "index 02"},
        {"index": "index +2"},
        {"index": "index -1"},
        {"index": "index 2 "},
        {"index": "index ２"},
        {"index": "index 99999999999999999999"},
        {"index": f"index {2**63}"},
        {"index": "index 3"},
        {"hashes": ""},
        {"hashes": ZERO},
        {"hashes": "\n".join([ZERO] * 64)},
        {"hashes": ZERO[:-2] + "B="},
        {"hashes": ZERO.replace("=", "")},
        {"hashes": b64encode(bytes(31)).decode()},
        {"hashes": "é"},
        {"border": None},
        {"border": "\n"},
    ],
    ids=str,
)
def test_a_proof_that_is_not_to_the_letter_is_refused(changed):
    assert check(proof_text()).size == 7
    with pytest.raises((BadProof, BadNote, BadCheckpoint)):
        check(proof_text(**changed))


def test_every_single_bit_of_a_proof_counts():
    text = proof_text().encode()
    start, stop = text.index(b"extra"), text.index(b"index")
    for at in range(len(text)):
        if start + len(b"extra ") <= at < stop - 1:
            continue  # nobody's word: it is the entry that is hashed
        for bit in range(8):
            changed = bytearray(text)
            changed[at] ^= 1 << bit
            with pytest.raises((BadProof, BadNote, BadCheckpoint)):
                check(bytes(changed))


def test_a_proof_is_of_one_log_only():
    other = SigningKey.generate(KEY.name)
    with pytest.raises(BadNote):
        parse_proof(proof_text().encode()).verify(ENTRIES[2], other.verifier)
    note = sign_note(Checkpoint("example.org/b", 7, signed(7).root).text(), KEY)
    text = proof_text().replace(TREES[7].note, note)
    with pytest.raises(BadCheckpoint):
        check(text)


def test_a_proof_that_is_too_large_is_refused_unread():
    with pytest.raises(BadProof, match="too large"):
        parse_proof(b"c2sp.org/tlog-proof@v1\n" + b"x" * (1 << 18))


# The short form


def test_the_short_form_is_read_as_people_type_it():
    made = Short.of(signed(7), "2021-05-02T01:02:03.000004Z")
    text = made.text()
    groups = text.split()[2:]
    assert text.startswith("7 2021-05-02T01:02:03Z ")
    assert [len(g) for g in groups] == [4] * 8
    assert "".join(groups) == signed(7).root.hex()[:32]
    full = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    for typed in (
        text, text.upper(), text.replace(" ", ""), f"  {text}\n", text.replace(" ", "\u3000"),
        full, text.replace(" ", "\n"),
    ):  # fmt: skip
        assert Short.parse(typed) == made
    empty = Short.of(signed(0), "")
    assert empty.text().startswith("0 - e3b0 c442")
    assert Short.parse(empty.text()) == empty
    for wrong in ("", "7", text[:-1], text + "0", text.replace("7 ", "07 "), "x" * 10_000,
                  text.replace("Z", ""), f"{2**63} - {'00' * 16}"):  # fmt: skip
        with pytest.raises(BadShortForm):
            Short.parse(wrong)


# Out of a real log


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path, [bases.lianjian_family()]) as t:
        add(t, 0, 9)
        yield t


def add(trial, start, stop):
    trial.record(
        *(BaseOpened(base=f"b{n}", name="园", kind="garden", day=date(2021, 1, 1))
          for n in range(start, stop))
    )  # fmt: skip


def test_proofs_come_out_of_the_guard_and_hold(trial):
    key, store = trial.records.verifier_key(), trial.log.store
    old = handout.newest(trial.records, store)
    add(trial, 9, 300)
    held = handout.newest(trial.records, store)
    assert held.checkpoint.size == 300
    for position in (0, 8, 255, 256, 299):
        proof = handout.inclusion(store, held, position)
        assert proof.verify(store.row(position).entry, key) == held.checkpoint
    proof = handout.consistency(store, held, old.checkpoint, Path("old"))
    assert proof.verify(old.checkpoint, key) == held.checkpoint
    with pytest.raises(NoSuchPosition):
        handout.inclusion(store, old, 9)
    with pytest.raises(RolledBack):
        handout.consistency(store, old, held.checkpoint, Path("new"))
    wrong = Checkpoint(key.name, 5, b"x" * 32)
    with pytest.raises(HistoryRewritten):
        handout.consistency(store, held, wrong, Path("old"))
    with pytest.raises(OtherLog):
        handout.consistency(store, held, Checkpoint("b", 5, b"x" * 32), Path("old"))


def test_a_checkpoint_that_is_not_in_the_guard_is_not_handed_out(trial, monkeypatch):
    before = trial.records.guard.read().note
    monkeypatch.setattr(Records, "remember", lambda *_: None)  # killed after the commit
    add(trial, 9, 10)
    held = handout.newest(trial.records, trial.log.store)
    assert isinstance(held, Held)
    assert (held.note, held.checkpoint.size) == (before, 9)
    assert auditor.newest_checkpoint(trial.records, short=False) + "\n" == before
    with pytest.raises(NoSuchPosition):
        handout.inclusion(trial.log.store, held, 9)


# The commands


@pytest.fixture
def run(capsys, monkeypatch, trial):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    folder = trial.records.path
    monkeypatch.setenv("LIANJIAN_RECORDS", str(folder))
    (folder.parent / "cwd").mkdir()
    monkeypatch.chdir(folder.parent / "cwd")

    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main(["--lang", lang, *map(str, args)])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return run


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_commands_prove_and_check_an_entry(run, trial, lang):
    vkey = trial.records.path / "keys/log.vkey"
    row = trial.log.store.row(4)
    code, said, _ = run("prove", row.id)
    name = f"{row.id}.tlog-proof"
    assert (code, said) == (0, f"{name}\n")
    code, printed, _ = run("prove", 4, "--out", "-")
    assert (code, printed.encode()) == (0, Path(name).read_bytes())
    code, said, err = run("check", name, "--key", vkey, lang=lang)
    assert (code, err) == (0, "")
    for word in ("4", row.id, "base.opened", trial.records.origin):
        assert word in said
    assert bool(re.search("[\u4e00-\u9fff]", said)) == (lang == "zh")
    code, said, _ = run("check", name, "--key", vkey.read_text().strip(), "--json")
    assert code == 0
    assert json.loads(said)["position"] == 4
    Path("entry").write_bytes(row.entry)
    assert run("check", name, "--entry", "entry", "--key", vkey)[0] == 0
    Path("entry").write_bytes(row.entry + b" ")
    code, said, err = run("check", name, "--entry", "entry", "--key", vkey, lang=lang)
    assert (code, said) == (3, "")
    assert ("证明不成立" if lang == "zh" else "does not hold") in err
    text = re.sub(b"extra .*\n", b"", Path(name).read_bytes())
    Path(name).write_bytes(text)
    assert run("check", name, "--key", vkey)[0] == 3
    Path("entry").write_bytes(row.entry)
    assert run("check", name, "--entry", "entry", "--key", vkey)[0] == 0


def test_the_commands_prove_and_check_growth(run, trial):
    vkey = trial.records.path / "keys/log.vkey"
    shutil.copy(trial.records.checkpoint, "old")
    add(trial, 9, 30)
    assert run("prove", "--from", "old")[:2] == (0, "9-30.add-checkpoint\n")
    code, said, _ = run("check", "9-30.add-checkpoint", "--key", vkey, "--from", "old")
    assert code == 0
    assert "the first 9 entries are unchanged" in said
    code, said, _ = run("check", "9-30.add-checkpoint", "--key", vkey, "--from", "old", "--json")
    assert json.loads(said)["checkpoint"]["size"] == 30
    assert run("check", "9-30.add-checkpoint", "--key", vkey)[0] == 3
    new = trial.records.checkpoint
    assert run("check", "9-30.add-checkpoint", "--key", vkey, "--from", new)[0] == 3
    forged = Checkpoint(trial.records.origin, 9, b"x" * 32).text()
    Path("old").write_text(sign_note(forged, trial.records.signing_key()))
    assert run("prove", "--from", "old")[0] == 3
    Path("old").write_text("nonsense")
    assert run("prove", "--from", "old")[0] == 3
    assert run("prove")[0] == 2
    assert run("prove", "4", "--from", "old")[0] == 2
    assert run("prove", "nobody")[0] == 1


def test_an_id_becomes_a_name_that_every_system_takes():
    assert auditor.file_name("../a:b/c") == "_._a_b_c"
    assert auditor.file_name("廉园-1.") == "廉园-1_"
