"""Witnesses: one line of history, whatever a log shows; and the log takes back what they signed.

`proofbundle` is somebody else's checker of cosignatures. Most logs here are trees and a key, so that
they can do what our own log never would: fork, roll back, and sign it all with the real key.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from base64 import b64decode, b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from proofbundle.checkpoint import (
    cosign_checkpoint,
    verify_cosignature,
    verify_witnessed_checkpoint,
)

from lianjian import cli
from lianjian.core import files as files_module
from lianjian.core import handout, recover
from lianjian.core import witness as witness_module
from lianjian.core.checkpoint import (
    Checkpoint,
    CosigningKey,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    sign_note,
    verified_note,
    with_signatures,
)
from lianjian.core.errors import (
    BadCheckpoint,
    BadKey,
    BadNote,
    BadProof,
    BadWitnessName,
    BrokenTile,
    CheckpointBehind,
    CosignedBehind,
    CosignedDamaged,
    DoesNotExtend,
    ExportAhead,
    HistoryRewritten,
    LianjianError,
    NoCosignature,
    NotAnExport,
    NotCosigned,
    NoWitness,
    OtherKeyPinned,
    OtherLog,
    RecordsExist,
    RolledBack,
    StaleProof,
    TilesDisagree,
    TwoHistories,
    UnknownLog,
    WitnessDamaged,
    WitnessKeyUnsafe,
)
from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.files import read_plain, write_whole
from lianjian.core.layout import LARGEST_NOTE
from lianjian.core.proofs import Consistency, parse_proof
from lianjian.core.records import Records
from lianjian.core.requests import parse_request, read_request
from lianjian.core.store import EntryRow, Store, transaction
from lianjian.core.tree import (
    all_tiles,
    consistency_proof,
    extend,
    frontier_root,
    leaf_hash,
    tile_path,
)
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify
from lianjian.core.witness import EVIDENCE, STATE, Witness

ORIGIN = "example.org/log"
LOG = SigningKey(ORIGIN, sha256(b"the key of a log").digest())
NAME = "example.org/jijian"
NOW = 1_700_000_000


class Tree:
    """A history: its entries, its tiles, and its checkpoint under the log's real key."""

    def __init__(self, entries):
        self.entries = tuple(entries)
        self.tiles, frontier = extend(0, {}, [leaf_hash(e) for e in self.entries])
        self.root = frontier_root(frontier)
        self.size = len(self.entries)

    def tile(self, level, index, width):
        return self.tiles[level, index][: 32 * width]

    def note(self, key=LOG):
        return sign_note(Checkpoint(key.name, self.size, self.root).text(), key)

    def request(self, old, key=LOG):
        """Return what `prove --from` writes."""
        hashes = tuple(consistency_proof(old, self.size, self))
        return Consistency(old, hashes, self.note(key)).text().encode()

    def write(self, folder):
        """Write an export: its checkpoint and its hash tiles."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for level, index, width in all_tiles(self.size):
            path = folder / tile_path(level, index, width)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.tile(level, index, width))
        (folder / "checkpoint").write_text(self.note())
        return folder


def history(size, word="entry", start=0):
    return [f"{word} {n}".encode() for n in range(start, size)]


def tree(size):
    return Tree(history(size))


def forked(size, at):
    """Return a history that leaves the right one after `at` entries."""
    return Tree(history(at) + history(size, "other", at))


@pytest.fixture
def witness(tmp_path):
    return Witness.create(tmp_path / "witness", NAME)


def ask(witness, given, key=None, now=NOW):
    request = parse_request(given) if isinstance(given, bytes) else read_request(given)
    return witness.cosign(request, key, now)


def first(witness, size):
    return ask(witness, tree(size).note().encode(), LOG.verifier)


def memory(witness):
    return (witness.path / STATE).read_bytes()


# Known answers


def test_a_cosignature_of_a_known_key_and_time_is_known_to_the_byte(tmp_path):
    seed = sha256(b"the key of a witness").digest()
    witness = Witness.create(tmp_path / "w", NAME)
    key = CosigningKey(NAME, seed)
    (tmp_path / "w/witness.key").write_text(key.to_text() + "\n")
    (tmp_path / "w" / STATE).write_bytes(witness_module._encoded(key.verifier, {}))
    witness = Witness.open(tmp_path / "w")
    request = parse_request(tree(5).note().encode())
    done = witness.cosign(request, LOG.verifier, NOW)

    # Written from tlog-cosignature and signed-note alone.
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    text = f"{ORIGIN}\n5\n{b64encode(tree(5).root).decode()}\n"
    signature = private.sign(f"cosignature/v1\ntime 1700000000\n{text}".encode())
    key_id = sha256(NAME.encode() + b"\n\x04" + public).digest()[:4]
    body = b64encode(key_id + (1_700_000_000).to_bytes(8, "big") + signature).decode()
    assert done.line == f"— {NAME} {body}\n"
    assert done.line == KNOWN
    note = request.with_line(done.line)
    assert note == tree(5).note() + done.line

    theirs = verify_cosignature(note, key.verifier.to_text())
    assert theirs["ok"], theirs
    assert theirs["timestamp"] == NOW
    both = verify_witnessed_checkpoint(
        note, LOG.verifier.to_text(), [key.verifier.to_text()], expected_origin=ORIGIN
    )
    assert both["ok"], both
    assert not verify_cosignature(note.replace("\n5\n", "\n6\n"), key.verifier.to_text())["ok"]
    assert cosign_checkpoint(tree(5).note(), private, NAME, NOW).endswith(done.line)


KNOWN = (
    "— example.org/jijian i7kTjQAAAABlU/EAkIDjqEQHd2/PszMhFUuA4rVQpEsXxBq/0FyAJNRy2djss3I2t8imeaBR"
    "epbX+tQVg0LPGLOrSTAIXqEJpyEGAA==\n"
)


# What a witness does


def test_it_follows_a_log_that_grows(witness, tmp_path):
    text = (witness.path / "witness.vkey").read_text()
    assert VerifierKey.parse(text.strip()) == witness.verifier
    for old, new in [(0, 0), (0, 1), (1, 2), (2, 255), (255, 256), (256, 300), (300, 66_000)]:
        key = None if old or new else LOG.verifier
        done = ask(witness, tree(new).request(old), key, NOW + new)
        assert (done.checkpoint.size, done.time) == (new, NOW + new)
        _, (seen,) = verified_note(f"{tree(new).note()}{done.line}", witness.verifier)
        assert seen.time == NOW + new
        known = Witness.open(witness.path).logs()[ORIGIN]
        assert (known.checkpoint, known.key) == (done.checkpoint, LOG.verifier)
        assert open_checkpoint(known.note, ORIGIN, LOG.verifier) == done.checkpoint


def test_it_takes_the_proof_from_an_export(witness, tmp_path):
    for size in (0, 3, 255, 256, 257, 600, 600, 70_000):
        done = ask(witness, tree(size).write(tmp_path / "out"), LOG.verifier)
        assert done.checkpoint.size == size
        assert done.first == (size == 0)


def test_it_answers_again_and_never_before_the_last_time(witness):
    first(witness, 5)
    again = tree(5).note().encode()
    assert ask(witness, again, now=NOW + 9).time == NOW + 9
    assert ask(witness, again, now=NOW + 3).time == NOW + 9
    # As after a crash between memory and answer: the request is the same as before.
    ask(witness, tree(8).request(5))
    assert ask(witness, tree(8).request(5)).checkpoint.size == 8
    assert ask(witness, tree(8).request(0)).checkpoint.size == 8


def test_logs_are_kept_apart(witness):
    other = SigningKey("example.org/other", sha256(b"other").digest())
    first(witness, 5)
    ask(witness, tree(3).note(other).encode(), other.verifier)
    ask(witness, tree(7).request(5))
    ask(witness, tree(4).request(3, other))
    assert {o: k.checkpoint.size for o, k in witness.logs().items()} == {
        ORIGIN: 7,
        "example.org/other": 4,
    }
    with pytest.raises(BadKey):
        ask(witness, tree(5).note(SigningKey.generate("example.org/x")).encode(), other.verifier)


def test_lines_of_others_are_passed_over_and_kept_in_the_answer(witness):
    stranger = CosigningKey.generate("example.org/stranger")
    note = tree(5).note() + stranger.cosign(Checkpoint(ORIGIN, 5, tree(5).root).text(), NOW)
    done = ask(witness, note.encode(), LOG.verifier)
    request = parse_request(note.encode())
    answered = request.with_line(done.line)
    assert answered == note + done.line
    assert "stranger" not in witness.logs()[ORIGIN].note
    # A line of its own that is there already gives way.
    later = ask(witness, answered.encode(), now=NOW + 5)
    both = parse_request(answered.encode()).with_line(later.line)
    assert both == note + later.line


# What it refuses, and says


def refused(witness, error, given, key=None):
    before = memory(witness)
    with pytest.raises(error) as caught:
        ask(witness, given, key)
    assert memory(witness) == before, "a refusal changes nothing"
    for lang in ("zh", "en"):
        assert caught.value.message(lang)
        assert caught.value.hint(lang)
    return caught.value


def test_an_unknown_log_needs_its_key(witness):
    error = refused(witness, UnknownLog, tree(5).note().encode())
    assert ORIGIN in error.message()
    assert "--key" in error.hint()
    refused(witness, BadKey, tree(5).note().encode(), witness.verifier)
    refused(witness, BadKey, tree(5).note().encode(), CosigningKey.generate(ORIGIN).verifier)


def test_another_key_for_a_known_log_is_refused(witness):
    other = SigningKey.generate(ORIGIN)
    first(witness, 5)
    error = refused(witness, OtherKeyPinned, tree(8).request(5, other), other.verifier)
    assert LOG.verifier.to_text() in error.message()
    assert error.exit_code == 3
    refused(witness, BadNote, tree(8).request(5, other))
    ask(witness, tree(8).request(5), LOG.verifier)


def test_a_checkpoint_that_the_log_did_not_sign_is_refused(witness):
    refused(witness, BadNote, tree(5).note(SigningKey.generate(ORIGIN)).encode(), LOG.verifier)
    first(witness, 5)
    text = Checkpoint(ORIGIN, 8, tree(8).root).text()
    refused(witness, BadNote, f"{text}\n{witness_line(text)}".encode())
    bad = tree(8).note().replace("\n8\n", "\n9\n")
    refused(witness, BadNote, bad.encode())


def witness_line(text):
    return CosigningKey.generate("example.org/w").cosign(text, NOW)


def test_an_old_size_beyond_the_checkpoint_is_refused(witness):
    first(witness, 5)
    request = Consistency(9, (), tree(8).note()).text().encode()
    error = refused(witness, BadProof, request)
    assert "9" in error.message()
    assert "8" in error.message()


def test_a_proof_from_elsewhere_says_where_it_should_start(witness):
    first(witness, 5)
    for request in (tree(8).request(3), tree(8).request(0), tree(8).note().encode()):
        error = refused(witness, StaleProof, request)
        assert "last cosigned 5" in error.message()
        assert "checkpoint of 5" in error.hint()
        assert "5 条" in error.hint("zh")


def test_a_first_request_must_start_from_nothing(witness):
    error = refused(witness, StaleProof, tree(8).request(5), LOG.verifier)
    assert "last cosigned 0" in error.message()
    ask(witness, tree(8).request(0), LOG.verifier)


def test_a_smaller_checkpoint_is_refused(witness, tmp_path):
    first(witness, 5)
    for asked in (tree(4).request(0), tree(4).note().encode(), tree(4).write(tmp_path / "out")):
        error = refused(witness, CheckpointBehind, asked)
        assert error.exit_code == 3
        assert {"4", "5"} <= set(error.message().split())


def test_a_wrong_proof_is_refused_and_both_checkpoints_are_kept(witness):
    first(witness, 5)
    proof = parse_proof(tree(8).request(5))
    spoilt = Consistency(5, (b"x" * 32, *proof.hashes[1:]), proof.note)
    for wrong in (
        spoilt,
        Consistency(5, proof.hashes[1:], proof.note),
        Consistency(5, (), proof.note),
    ):
        refused(witness, DoesNotExtend, wrong.text().encode())
    kept = {path.read_text() for path in (witness.path / EVIDENCE).iterdir()}
    assert kept == {tree(5).note(), tree(8).note()}
    ask(witness, tree(8).request(5))


def test_an_empty_tree_has_one_root(witness):
    note = sign_note(Checkpoint(ORIGIN, 0, b"x" * 32).text(), LOG)
    refused(witness, DoesNotExtend, note.encode(), LOG.verifier)
    first(witness, 0)
    refused(witness, TwoHistories, note.encode())


def evidence(witness):
    """Return the checkpoints that were kept, each verified under the log's key."""
    notes = [path.read_bytes() for path in (witness.path / EVIDENCE).iterdir()]
    return {(c.size, c.root) for c in (open_checkpoint(n, ORIGIN, LOG.verifier) for n in notes)}


@pytest.mark.parametrize("how", ["request", "stale", "alone", "folder"])
def test_two_roots_of_one_size_are_two_histories(witness, tmp_path, how):
    first(witness, 300)
    other = forked(300, 7)
    error = refused(
        witness,
        TwoHistories,
        {
            "request": Consistency(300, (), other.note()).text().encode(),
            "stale": other.request(7),
            "alone": other.note().encode(),
            "folder": other.write(tmp_path / "out"),
        }[how],
    )
    assert error.exit_code == 3
    assert "two histories" in error.message()
    assert "两个不同的历史" in error.message("zh")
    for one in (tree(300), other):
        assert b64encode(one.root).decode() in error.message()
    assert str(witness.path / EVIDENCE) in error.hint()
    assert evidence(witness) == {(300, tree(300).root), (300, other.root)}


@pytest.mark.parametrize("at", [0, 7, 299])
def test_a_rewritten_history_signed_with_the_real_key_is_refused(witness, tmp_path, at):
    first(witness, 300)
    other = forked(700, at)
    error = refused(witness, DoesNotExtend, other.request(300))
    assert evidence(witness) == {(300, tree(300).root), (700, other.root)}
    assert "history was rewritten" in error.hint()
    error = refused(witness, TwoHistories, other.write(tmp_path / "out"))
    assert b64encode(forked(300, at).root).decode() in error.message()
    # Its own tree by the same ways is fine.
    ask(witness, tree(700).write(tmp_path / "out"))


def test_a_damaged_export_makes_no_liar_of_the_log(witness, tmp_path):
    first(witness, 5)
    out = tree(700).write(tmp_path / "out")
    good = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != "checkpoint"}
    seen = set()
    for path, content in good.items():
        for changed in (content[:-1] + b"\0", b"\xff" + content[1:], content[:-1], b"", None):
            if changed is None:
                path.unlink()
            else:
                path.write_bytes(changed)
            try:
                ask(witness, out)
            except (TilesDisagree, BrokenTile) as error:
                seen.add((type(error), error.exit_code))
            else:  # a tile that no proof needs, its parts being in the one above
                assert path == out / "tile/0/001"
                ask(witness, tree(700).note().encode())
                (witness.path / STATE).unlink()
                fresh = Witness.open(witness.path)
                (witness.path / STATE).write_bytes(witness_module._encoded(fresh.verifier, {}))
                first(witness, 5)
            path.write_bytes(content)
    assert seen == {(TilesDisagree, 3), (BrokenTile, 3)}
    assert not (witness.path / EVIDENCE).exists()
    ask(witness, out)


def test_an_export_is_read_as_far_as_it_may_be_long_and_links_are_not_followed(witness, tmp_path):
    first(witness, 5)  # so that the proof needs the first tile
    out = tree(300).write(tmp_path / "out")
    with (out / "tile/0/000").open("ab") as file:
        file.truncate(1 << 33)  # a hole: nobody could read it whole
    (out / "checkpoint").rename(tmp_path / "elsewhere")
    (out / "checkpoint").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotAnExport):
        read_request(out)
    (out / "checkpoint").unlink()
    os.mkfifo(out / "checkpoint")
    with pytest.raises(NotAnExport):
        read_request(out)
    (out / "checkpoint").unlink()
    (out / "checkpoint").write_bytes(b"x" * (LARGEST_NOTE + 1))
    with pytest.raises(BadNote):
        read_request(out)
    (out / "checkpoint").write_text(tree(300).note())
    edge = out / "tile/0/001.p/44"
    edge.rename(tmp_path / "edge")
    edge.symlink_to(tmp_path / "edge")
    refused(witness, BrokenTile, out)
    edge.unlink()
    (tmp_path / "edge").rename(edge)
    ask(witness, out)


def test_a_large_file_is_read_no_further_than_a_request_may_be(tmp_path):
    with (tmp_path / "hole").open("wb") as file:
        file.write(b"old 1\n")
        file.truncate(1 << 33)
    with pytest.raises(BadProof):
        read_request(tmp_path / "hole")
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(BadNote):
        read_request(tmp_path / "hole")


def test_what_is_no_export_is_said_to_be_none(tmp_path):
    records = Records.create(tmp_path / "records", ORIGIN)
    for folder in (records.path, tmp_path):
        with pytest.raises(NotAnExport):
            read_request(folder)


# Its folder


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "https://a", "a\nb", "\u3000", "a\u2028b", '"', "x" * 201, "\ud800"]
)
def test_a_name_must_come_apart_again(tmp_path, name):
    with pytest.raises(BadWitnessName):
        Witness.create(tmp_path / "w", name)
    assert not (tmp_path / "w").exists()


def test_a_witness_is_made_once_and_its_key_is_nobody_elses(witness):
    with pytest.raises(RecordsExist):
        Witness.create(witness.path, NAME)
    assert stat.S_IMODE((witness.path / "witness.key").stat().st_mode) == 0o600
    assert Witness.create(witness.path.parent / "b", NAME).verifier != witness.verifier


def test_a_key_that_others_can_read_is_refused(witness):
    (witness.path / "witness.key").chmod(0o640)
    with pytest.raises(WitnessKeyUnsafe):
        Witness.open(witness.path)
    with pytest.raises(WitnessKeyUnsafe):
        first(witness, 5)
    assert witness.logs() == {}


def test_a_folder_without_a_key_is_no_witness(witness, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "witness" / "witness.key"):
        with pytest.raises(NoWitness):
            Witness.open(folder)
    (witness.path / "witness.key").write_text("PRIVATE+KEY+x")
    with pytest.raises(BadKey):
        Witness.open(witness.path)
    (witness.path / "witness.key").write_bytes(b"\xff")
    with pytest.raises(BadKey):
        Witness.open(witness.path)


def damaged(content):
    _, _, body = content.partition(b"\n")
    other = body.replace(NAME.encode(), b"example.org/others")
    redone = b"lianjian witness 1 " + sha256(other).hexdigest().encode() + b"\n" + other
    empty = b'{"witness":"","logs":[{}]}'
    forgotten = json.dumps({**json.loads(body), "logs": []}).encode()
    return {
        "missing": None,
        "empty": b"",
        "cut": content[:-5],
        "a changed size": content.replace(b"\\n5\\n", b"\\n4\\n"),
        "of another version": content.replace(b"witness 1", b"witness 2"),
        "of another witness": redone,
        "a log forgotten": content.partition(b"\n")[0] + b"\n" + forgotten,
        "no JSON that we know": b"lianjian witness 1 " + sha256(empty).hexdigest().encode() + b"\n" + empty,
        "something else": b"\xff" * 100,
    }  # fmt: skip


@pytest.mark.parametrize("what", damaged(b"\n{}"))
def test_a_memory_that_cannot_be_read_is_never_taken_for_a_new_one(witness, what):
    first(witness, 5)
    path = witness.path / STATE
    content = damaged(path.read_bytes())[what]
    path.unlink()
    if content is not None:
        assert content != memory_of_five(witness)
        path.write_bytes(content)
    for request, key in ((tree(5).note().encode(), None), (tree(9).note().encode(), LOG.verifier)):
        with pytest.raises(WitnessDamaged) as caught:
            ask(witness, request, key)
        assert caught.value.exit_code == 3
        assert "new one" in caught.value.hint()
    assert path.exists() == (content is not None)


def memory_of_five(witness):
    known = witness_module.Known(LOG.verifier, tree(5).note(), NOW)
    return witness_module._encoded(witness.verifier, {ORIGIN: known})


def test_a_memory_with_a_note_that_the_log_did_not_sign_is_refused(witness):
    first(witness, 5)
    body = memory_of_five(witness).partition(b"\n")[2].replace(b"\\n5\\n", b"\\n4\\n")
    digest = sha256(body).hexdigest().encode()
    (witness.path / STATE).write_bytes(b"lianjian witness 1 " + digest + b"\n" + body)
    refused(witness, WitnessDamaged, tree(9).request(5))


class Fault(OSError):
    pass


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize(
    ("call", "nth"), [("open", 1), ("open", 2), ("fsync", 1), ("fsync", 2), ("replace", 1)]
)
def test_nothing_is_answered_before_it_is_on_the_disk(witness, monkeypatch, persisted, call, nth):
    """Let each opening, syncing and renaming of the memory fail, before or after it was done."""
    first(witness, 5)
    at = [0]
    with monkeypatch.context() as patch:
        owner = Path if call == "replace" else files_module.os
        plain = getattr(owner, call)

        def failing(*args, **kwargs):
            # Not those of the lock, nor of what is only read.
            writes = call != "open" or ".part-" in str(args[0]) or args[0] == witness.path
            at[0] += writes
            if not writes or at[0] != nth:
                return plain(*args, **kwargs)
            if persisted:
                made = plain(*args, **kwargs)
                if isinstance(made, int):
                    os.close(made)
            raise Fault(28, "no space left")

        patch.setattr(owner, call, failing)
        patch.setattr(CosigningKey, "cosign", lambda *_: pytest.fail("answered too early"))
        with pytest.raises(Fault):
            ask(witness, tree(8).request(5))
    assert witness.logs()[ORIGIN].checkpoint.size in (5, 8)
    size = witness.logs()[ORIGIN].checkpoint.size
    assert not list(witness.path.glob(".part-*"))
    if size == 8:
        refused(witness, TwoHistories, forked(8, 5).request(5))
    assert ask(witness, tree(8).request(5)).checkpoint.size == 8


def test_a_crash_after_the_memory_was_written_loses_the_answer_alone(witness, monkeypatch):
    first(witness, 5)

    class Crash(BaseException):
        pass

    def crash(*_):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(CosigningKey, "cosign", crash)
        with pytest.raises(Crash):
            ask(witness, tree(8).request(5))
    assert witness.logs()[ORIGIN].checkpoint.size == 8
    refused(witness, TwoHistories, forked(8, 5).request(5))
    assert ask(Witness.open(witness.path), tree(8).request(5)).checkpoint.size == 8


def test_a_refusal_stands_where_the_evidence_cannot_be_written(witness):
    first(witness, 5)
    (witness.path / EVIDENCE).write_text("in the way")
    error = refused(witness, TwoHistories, forked(5, 2).note().encode())
    assert "could not be written" in error.hint()


def test_two_runs_at_once_cannot_cosign_two_branches(witness, tmp_path):
    first(witness, 5)
    (tmp_path / "a").write_bytes(tree(8).request(5))
    (tmp_path / "b").write_bytes(forked(8, 5).request(5))
    code = (
        "import sys; from pathlib import Path; from lianjian.core.witness import Witness\n"
        "from lianjian.core.requests import read_request\n"
        "w = Witness.open(Path(sys.argv[1])); print('ready', flush=True); sys.stdin.readline()\n"
        "sys.stdout.write(w.cosign(read_request(Path(sys.argv[2])), None, 1).line)"
    )
    for _ in range(3):
        running = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(witness.path), str(tmp_path / name)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for name in "ab"
        ]  # fmt: skip
        for process in running:
            assert process.stdout.readline() == b"ready\n"
        for process in running:
            process.stdin.write(b"\n")
            process.stdin.flush()
        done = [(*process.communicate(timeout=60), process.returncode) for process in running]
        assert sorted(code for _, _, code in done) == [0, 1]
        assert {bool(out) for out, _, _ in done} == {True, False}
        assert any(b"TwoHistories" in err for _, err, _ in done)


# Any log, and any witness that is started again and again


class Witnessing(RuleBasedStateMachine):
    """A log that forks and rolls back under one key, and a witness that forgets nothing.

    `seen` are the histories that were cosigned: all must lie on one line.
    """

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name)
        Witness.create(self.path / "w", NAME)
        self.branches = [()]
        self.entries = ()
        self.seen = []

    def teardown(self):
        self.folder.cleanup()

    @rule(n=st.integers(1, 6), word=st.sampled_from("ab"))
    def grow(self, n, word):
        self.entries += tuple(f"{word}{len(self.entries) + i}".encode() for i in range(n))
        self.branches.append(self.entries)

    @rule(keep=st.floats(0, 1))
    def roll_back(self, keep):
        self.entries = self.entries[: int(len(self.entries) * keep)]

    @rule(data=st.data())
    def change_sides(self, data):
        self.entries = data.draw(st.sampled_from(self.branches))

    def cosign(self, given):
        made = Tree(self.entries)
        witness = Witness.open(self.path / "w")
        fair = not self.seen or self.entries[: len(self.seen[-1])] == self.seen[-1]
        try:
            done = ask(witness, given, None if self.seen else LOG.verifier)
        except LianjianError as error:
            return fair, error
        assert (done.checkpoint.size, done.checkpoint.root) == (made.size, made.root)
        verified_note(made.note() + done.line, witness.verifier)
        self.seen.append(self.entries)
        return fair, None

    @rule()
    def by_request(self):
        old = len(self.seen[-1]) if self.seen else 0
        if old > len(self.entries):
            return
        fair, error = self.cosign(Tree(self.entries).request(old))
        assert (error is None) == fair, error

    @rule(old=st.integers(0, 40), spoil=st.booleans())
    def by_a_request_of_any_size(self, old, spoil):
        old = min(old, len(self.entries))
        proof = parse_proof(Tree(self.entries).request(old))
        if spoil:
            proof = Consistency(proof.old, proof.hashes[::-1][:-1], proof.note)
        self.cosign(proof.text().encode())

    @rule()
    def alone(self):
        self.cosign(Tree(self.entries).note().encode())

    @rule()
    def by_folder(self):
        fair, error = self.cosign(Tree(self.entries).write(self.path / "out"))
        assert (error is None) == fair, error

    @invariant()
    def one_line(self):
        for earlier, later in zip(self.seen, self.seen[1:], strict=False):
            assert later[: len(earlier)] == earlier

    @invariant()
    def remembered(self):
        logs = Witness.open(self.path / "w").logs()
        held = [(k.checkpoint.size, k.checkpoint.root) for k in logs.values()]
        last = [Tree(entries) for entries in self.seen[-1:]]
        assert held == [(made.size, made.root) for made in last]


TestWitnessing = Witnessing.TestCase
TestWitnessing.settings = settings(
    max_examples=25, stateful_step_count=20, suppress_health_check=list(HealthCheck)
)


# Hostile bytes


TOKENS = [b"\n", b"\n\n", b"0", b"9" * 30, b"\xff", b"\0", b"=", b"+", "— ".encode(), b"old 1\n",
          b"old ", "\u2028".encode(), b" ", "１".encode(), b"\r", b"example.org/log\n"]  # fmt: skip


@st.composite
def spoilt(draw, content):
    made = content
    for _ in range(draw(st.integers(0, 4))):
        a = draw(st.integers(0, len(made)))
        b = draw(st.integers(a, min(len(made), a + 20)))
        middle = draw(
            st.sampled_from([*TOKENS, made[a:b] * 2]) | st.binary(max_size=8) | st.just(b"")
        )
        made = made[:a] + middle + made[b:]
    return made


def hostile(content):
    return spoilt(content) | st.binary(max_size=300)


@pytest.fixture(scope="module")
def seasoned(tmp_path_factory):
    """A witness that has seen five entries."""
    witness = Witness.create(tmp_path_factory.mktemp("seasoned") / "w", NAME)
    first(witness, 5)
    return witness


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(hostile(tree(8).request(5)) | hostile(tree(5).note().encode()))
def test_a_request_of_any_bytes_is_answered_or_refused(seasoned, content):
    (seasoned.path / STATE).write_bytes(memory_of_five(seasoned))
    with suppress(LianjianError):
        request = parse_request(content)
        done = seasoned.cosign(request, None, NOW)
        assert (done.checkpoint.size, done.checkpoint.root) in {
            (5, tree(5).root),
            (8, tree(8).root),
        }
        answered = request.with_line(done.line)
        verified_note(answered, seasoned.verifier, LOG.verifier)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_memory_of_any_bytes_is_read_as_it_was_or_refused(seasoned, data):
    content = memory_of_five(seasoned)
    (seasoned.path / STATE).write_bytes(data.draw(hostile(content)))
    with suppress(LianjianError):
        assert seasoned.logs()[ORIGIN].checkpoint.root == tree(5).root


# The log's side


def grow(records, entries):
    """Append bytes to a log of which nothing is asked but that the tree is right."""
    with Store.open(records.log, read_only=False) as store:
        size = store.size()
        rows = [
            EntryRow(size + i, f"row{size + i}", "t", 1, "-", None, None, e)
            for i, e in enumerate(entries)
        ]
        before = [leaf_hash(r.entry) for r in store.rows(0, size)]
        tiles, frontier = extend(0, {}, before + [leaf_hash(e) for e in entries])
        signed = Checkpoint(records.origin, size + len(rows), frontier_root(frontier))
        note = sign_note(signed.text(), records.signing_key())
        with transaction(store.db):
            store.insert(rows, [], [], tiles)
            store.put_checkpoint(signed.size, note)
    records.remember(note)


def event(n):
    said = {
        "specversion": "1.0", "id": f"e{n}", "source": ORIGIN, "type": "visit.held",
        "time": "2021-05-01T00:00:00+08:00", "data": {"base": "b", "day": "2021-05-01"},
        "dataversion": 1, "recordedat": f"2021-05-02T00:00:00.{n:06}Z", "recorder": "x",
    }  # fmt: skip
    return json.dumps(said, separators=(",", ":")).encode()


class Kept:
    """A log under way, and two witnesses of it."""

    def __init__(self, path):
        self.path = path
        self.records = Records.create(path / "records", ORIGIN)
        self.keys = [CosigningKey(f"example.org/w{n}", bytes([n] * 32)) for n in range(3)]
        self.grow(5)

    def grow(self, count):
        with Store.open(self.records.log) as store:
            size = store.size()
        grow(self.records, [event(size + n) for n in range(count)])

    def newest(self):
        with Store.open(self.records.log) as store:
            return handout.newest(self.records, store)

    def cosigned(self):
        with Store.open(self.records.log) as store:
            return handout.cosigned(self.records, store)

    def line(self, n, note=None, time=NOW):
        text = (note or self.newest().note).rpartition("\n\n")[0] + "\n"
        return self.keys[n].cosign(text, time)

    def file(self, content):
        path = self.path / "given"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add(self, content, *witnesses):
        with Store.open(self.records.log) as store:
            return handout.add_cosignatures(
                self.records, store, self.file(content), [self.keys[n].verifier for n in witnesses]
            )

    def signers(self, note):
        _, found = verified_note(
            note, self.records.verifier_key(), *(k.verifier for k in self.keys)
        )
        return [(s.key.name, s.time) for s in found]


@pytest.fixture
def log(tmp_path):
    return Kept(tmp_path)


def test_what_witnesses_give_back_is_handed_out(log):
    plain = log.newest().note
    with pytest.raises(NotCosigned):
        log.cosigned()
    done = log.add(plain + log.line(0), 0)
    assert [s.key.name for s in done.verified] == ["example.org/w0"]
    assert (done.unverified, done.lost) == ((), ())
    assert log.newest().note == log.cosigned().note == plain + log.line(0)
    done = log.add(plain + log.line(1))
    assert (done.verified, done.unverified) == ((), ("example.org/w1",))
    both = [(ORIGIN, None), ("example.org/w0", NOW), ("example.org/w1", NOW)]
    assert sorted(log.signers(log.newest().note)) == sorted(both)
    with Store.open(log.records.log) as store:
        made = handout.inclusion(store, handout.newest(log.records, store), 2)
        assert sorted(log.signers(made.note)) == sorted(both)
    log.grow(3)
    assert log.signers(log.newest().note) == [(ORIGIN, None)]
    assert sorted(log.signers(log.cosigned().note)) == sorted(both)
    assert log.cosigned().checkpoint.size == 5
    assert (log.records.path / "cosigned").read_text() == log.cosigned().note


def test_lines_alone_need_the_key_of_the_witness(log):
    with pytest.raises(NoCosignature) as caught:
        log.add(log.line(0))
    assert "alone" in caught.value.message()
    assert "--witness" in caught.value.hint()
    log.add(log.line(0) + log.line(1), 0)
    assert len(log.signers(log.cosigned().note)) == 3
    # To the checkpoint that is kept, though the log has grown since.
    kept = log.cosigned().note
    log.grow(2)
    log.add(log.line(2, kept), 2)
    assert log.cosigned().checkpoint.size == 5
    assert len(log.signers(log.cosigned().note)) == 4
    log.grow(2)
    elsewhere = Tree([event(n) for n in range(7)]).note(log.records.signing_key())
    with pytest.raises(NoCosignature) as caught:
        log.add(log.line(0, elsewhere), 0)
    assert "neither" in caught.value.message()
    for content, n in ((log.line(0), 1), (log.line(0), 2), ("— x\n" + log.line(0), 0)):
        with pytest.raises(NoCosignature):
            log.add(content, n)
    with pytest.raises(NoCosignature):
        log.add(log.line(0) + "\n" + log.line(0), 0)


def test_a_line_gives_way_only_to_one_that_was_verified(log):
    plain = log.newest().note
    log.add(plain + log.line(0), 0)
    bad = bytearray(b64decode(log.line(0).split(" ")[2]))
    bad[-1] ^= 1
    forged = f"— example.org/w0 {b64encode(bad).decode()}\n"
    log.add(plain + forged)
    assert log.signers(log.cosigned().note) == [(ORIGIN, None), ("example.org/w0", NOW)]
    with pytest.raises(BadNote):
        log.add(plain + forged, 0)
    log.add(plain + log.line(0, time=NOW + 9), 0)
    assert ("example.org/w0", NOW + 9) in log.signers(log.cosigned().note)
    assert log.cosigned().note.count("example.org/w0") == 1


def test_larger_replaces_and_smaller_is_refused(log):
    old = log.newest().note
    log.add(old + log.line(0) + log.line(1), 0, 1)
    log.grow(3)
    new = log.newest().note
    done = log.add(new + log.line(0), 0)
    assert done.held.checkpoint.size == 8
    assert done.lost == ("example.org/w1",)
    with pytest.raises(CosignedBehind) as caught:
        log.add(old + log.line(1, old), 1)
    assert {"5", "8"} <= set(caught.value.message().replace(";", "").split())
    assert "--cosigned" in caught.value.hint()
    # Nothing is lost where the same witness has cosigned the larger one.
    kept = log.cosigned().note
    assert log.add(old + log.line(0, old), 0).held.note == kept
    assert log.cosigned().note == kept


def test_what_this_log_did_not_sign_or_does_not_have_is_refused(log):
    key = log.records.signing_key()
    note = log.newest().note
    text = note.rpartition("\n\n")[0] + "\n"
    other = SigningKey.generate("example.org/other")
    for error, content in [
        (OtherLog, Tree([event(0)]).note(other)),
        (BadNote, sign_note(text, SigningKey.generate(ORIGIN)) + log.line(0)),
        (BadNote, f"{text}\n{log.line(0)}"),
        (NoCosignature, note),
        (NoCosignature, note + "— example.org/w0 AAAA\n"),
        (NoCosignature, note + "x\n"),
        (NoCosignature, b"\xff" * 10),
        (NoCosignature, b""),
        (NoCosignature, b"x" * (LARGEST_NOTE + 1)),
        (
            NoCosignature,
            note + "".join(witness_line(text).replace("/w", f"/w{n}") for n in range(100)),
        ),
        (HistoryRewritten, cosigned_by(log, Tree([event(n + 1) for n in range(5)]).note(key))),
        (RolledBack, cosigned_by(log, Tree([event(n) for n in range(6)]).note(key))),
        (BadCheckpoint, cosigned_by(log, sign_note(f"{ORIGIN}\n05\nx\n", key), bare=True)),
    ]:
        with pytest.raises(error) as caught:
            log.add(content)
        assert caught.value.hint("zh")
        assert not (log.records.path / "cosigned").exists()
    log.keys[0] = log.records.signing_key()
    with pytest.raises(BadKey):
        log.add(note, 0)


def cosigned_by(log, note, *, bare=False):
    return note + (log.line(0) if bare else log.line(0, note))


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_are_taken_or_refused_and_what_is_kept_is_right(data, tmp_path_factory):
    log = _shared(tmp_path_factory)
    (log.records.path / "cosigned").unlink(missing_ok=True)
    note = log.newest().note
    lines = log.line(0) + log.line(1)
    content = data.draw(hostile((note + lines).encode()) | hostile(lines.encode()))
    with suppress(LianjianError):
        log.add(content, *data.draw(st.sets(st.integers(0, 2))))
        assert log.cosigned().checkpoint.size == 5
    assert log.newest().checkpoint.size == 5


_SHARED = []


def _shared(factory):
    if not _SHARED:
        _SHARED.append(Kept(factory.mktemp("shared")))
    return _SHARED[0]


def test_a_kept_checkpoint_that_was_changed_is_not_handed_out(log):
    log.add(log.newest().note + log.line(0), 0)
    path = log.records.path / "cosigned"
    good = path.read_bytes()
    sound = found_by_verify(log)
    assert not any("cosigned" in place for place, _ in sound)
    for content in (b"", good[:-9], good.replace(b"\n5\n", b"\n4\n"), b"\xff", b"x" * 100_000):
        path.write_bytes(content)
        for look in (log.newest, log.cosigned, lambda: log.add(good)):
            with pytest.raises(CosignedDamaged):
                look()
        assert (str(path), "the cosigned checkpoint does not verify") in found_by_verify(log)
    key = log.records.signing_key()
    for size, word, error in ((9, "e", RolledBack), (4, "x", HistoryRewritten)):
        path.write_text(Tree(f"{word}{n}".encode() for n in range(size)).note(key))
        with pytest.raises(error):
            log.newest()
        assert str(path) in {place for place, _ in found_by_verify(log)}


def found_by_verify(log):
    return {(f.place.en, f.what.en) for f in verify(log.records, ()).findings}


def test_a_backup_takes_the_cosigned_checkpoint_along(log, tmp_path):
    recover.backup(log.records, tmp_path / "without")
    assert not (tmp_path / "without/cosigned").exists()
    log.add(log.newest().note + log.line(0), 0)
    log.grow(2)
    recover.backup(log.records, tmp_path / "backup")
    copy = Records.open(tmp_path / "backup")
    with Store.open(copy.log) as store:
        assert handout.cosigned(copy, store) == log.cosigned()


# Exports


def sound(log, folder):
    report = verify_export(folder, log.records.verifier_key(), Trusted())
    return not report.findings


def test_exporting_again_keeps_the_lines_of_witnesses(log, tmp_path):
    witness = Witness.create(tmp_path / "w", NAME)
    out = tmp_path / "out"
    export(log.records, out)
    note = (out / "checkpoint").read_text()
    request = read_request(out)
    done = witness.cosign(request, log.records.verifier_key(), NOW)
    write_whole(out / "checkpoint", request.with_line(done.line).encode())
    export(log.records, out)
    assert (out / "checkpoint").read_text() == note + done.line
    log.add(note + log.line(0), 0)
    export(log.records, out)
    assert sorted((out / "checkpoint").read_text().splitlines()) == sorted(
        (note + done.line + log.line(0)).splitlines()
    )
    assert sound(log, out)
    log.grow(300)
    assert export(log.records, out).replaced == (NAME, "example.org/w0")
    assert (out / "checkpoint").read_text() == log.newest().note
    assert export(log.records, out).replaced == ()
    assert ask(witness, out).checkpoint.size == 305
    assert sound(log, out)


def test_an_export_as_of_the_cosigned_checkpoint(log, tmp_path):
    log.grow(295)
    log.add(log.newest().note + log.line(0), 0)
    export(log.records, tmp_path / "before")
    log.grow(400)
    done = export(log.records, tmp_path / "out", cosigned=True)
    assert done.size == 300
    assert sound(log, tmp_path / "out")
    files = {p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*")}
    assert files == {p.relative_to(tmp_path / "before") for p in (tmp_path / "before").rglob("*")}
    assert log.signers((tmp_path / "out/checkpoint").read_text())[1:] == [("example.org/w0", NOW)]
    export(log.records, tmp_path / "out", cosigned=True)
    export(log.records, tmp_path / "out")
    with pytest.raises(ExportAhead) as caught:
        export(log.records, tmp_path / "out", cosigned=True)
    assert {"700", "300"} <= set(caught.value.message().split())
    assert sound(log, tmp_path / "out")


# Files


def test_plain_files_are_read_and_nothing_else_is(tmp_path):
    (tmp_path / "f").write_bytes(b"12345")
    assert read_plain(tmp_path / "f", 10) == b"12345"
    assert read_plain(tmp_path / "f", 2) == b"123"
    (tmp_path / "l").symlink_to(tmp_path / "f")
    os.mkfifo(tmp_path / "p")
    for name in ("l", "p", "nothing", "f/below", "."):
        assert read_plain(tmp_path / name, 10) is None
    if os.geteuid():
        (tmp_path / "f").chmod(0)
        with pytest.raises(PermissionError):
            read_plain(tmp_path / "f", 10)


def test_signature_lines_are_put_together_for_one_text_alone():
    a, b = tree(5).note(), tree(6).note()
    assert with_signatures(a) == a
    assert with_signatures(a, a) == a
    with pytest.raises(BadNote):
        with_signatures(a, b)


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


def test_the_commands(run, log, tmp_path):
    key = tmp_path / "records/keys/log.vkey"
    code, out, err = run("witness", "init", "w", "--name", NAME)
    assert (code, out.strip()) == (0, (tmp_path / "w/witness.vkey").read_text().strip())
    assert "only one" in err
    plain = run("-C", "records", "checkpoint")[1]
    Path("cp").write_text(plain)
    code, out, err = run("witness", "cosign", "cp", "-w", "w")
    assert (code, out) == (1, "")
    assert "hint" in err
    code, out, err = run("witness", "cosign", "cp", "-w", "w", "--key", key)
    assert code == 0
    assert out.startswith(f"— {NAME} ")
    assert "cosigned 5 entries" in err
    verifier = VerifierKey.parse(Path("w/witness.vkey").read_text().strip())
    verified_note(plain + out, verifier)
    code, out, err = run("-C", "w", "witness", "cosign", "cp", "--out", "-")
    verified_note(out, verifier)
    assert run("-C", "w", "witness", "cosign", "cp", "--out", "back")[:2] == (0, "back\n")
    code, out, err = run("-C", "records", "checkpoint", "--add", "back")
    assert (code, out.strip()) == (0, str(tmp_path / "records/cosigned"))
    assert "not verified" in err
    code, out, err = run(
        "-C", "records", "checkpoint", "--add", "back", "--witness", "w/witness.vkey"
    )
    assert f"verified: cosigned by {NAME}" in err
    code, back, err = run("-C", "records", "checkpoint")
    verified_note(back, verifier)
    log.grow(3)
    assert run("-C", "records", "checkpoint", "--cosigned")[1] == back
    assert run("-C", "records", "checkpoint")[1].count("—") == 1
    assert run("-C", "records", "checkpoint", "--cosigned", "--short")[1].startswith("5 ")
    code, out, err = run("-C", "records", "prove", "1", "--cosigned", "--out", "-")
    assert back in out
    assert run("-C", "records", "prove", "row1", "--cosigned")[0] == 0
    assert run("check", "row1.tlog-proof", "--key", key)[0] == 0
    code, out, err = run("-C", "records", "prove", "row5", "--cosigned")
    assert (code, out) == (1, "")
    assert "takes 6" in err
    assert "leave --cosigned out" in err
    Path("now").write_text(run("-C", "records", "checkpoint")[1])
    code, out, err = run("-C", "records", "prove", "--from", "now", "--cosigned")
    assert (code, out) == (1, "")
    assert "takes 8" in err
    assert run("-C", "records", "prove", "--from", "records/cosigned")[1] == "5-8.add-checkpoint\n"
    code, out, err = run("-w", "w")
    assert code == 2
    code, out, err = run("witness", "cosign", "5-8.add-checkpoint", "-w", "w")
    assert code == 0
    assert run("-C", "records", "export", "out")[0] == 0
    code, out, err = run("witness", "cosign", "out", "-w", "w", lang="zh")
    assert (code, out) == (0, "out/checkpoint\n")
    assert "已为 example.org/log 的 8 条联署" in err
    verified_note(Path("out/checkpoint").read_text(), verifier)
    assert run("verify", "out", "--key", key)[0] == 0
    code, out, err = run("witness", "status", "-w", "w")
    assert {"example.org/jijian", "example.org/log", "8"} <= set(out.split())
    code, out, err = run("witness", "status", "-w", "w", "--json")
    seen = json.loads(out)
    assert (seen["name"], seen["vkey"]) == (NAME, verifier.to_text())
    assert [(x["origin"], x["size"], x["key"]) for x in seen["logs"]] == [
        (ORIGIN, 8, key.read_text().strip())
    ]
    code, out, err = run("witness", "status", "-w", "w", "--note", ORIGIN)
    assert out == log.newest().note
    assert run("witness", "status", "-w", "w", "--note", "x")[0] == 1


def test_wrong_command_lines_and_two_histories_have_their_exit_codes(run, log, tmp_path):
    records = tmp_path / "records"
    assert run("-C", records, "checkpoint", "--witness", "x")[0] == 2
    assert run("-C", records, "checkpoint", "--add", "x", "--short")[0] == 2
    assert run("-C", records, "checkpoint", "--add", "nowhere")[0] == 1
    assert run("-C", records, "checkpoint", "--cosigned")[0] == 1
    assert run("witness", "init", "w", "--name", "a b")[0] == 2
    assert run("witness", "init", "w")[0] == 2
    assert run("witness", "cosign", "x", "-w", records)[0] == 1
    assert run("witness", "init", "w", "--name", NAME)[0] == 0
    assert run("witness", "cosign", "nowhere", "-w", "w")[0] == 1
    key = log.records.signing_key()
    Path("a").write_text(tree(5).note(key))
    Path("b").write_text(forked(5, 2).note(key))
    assert run("witness", "cosign", "a", "-w", "w", "--key", key.verifier.to_text())[0] == 0
    code, out, err = run("witness", "cosign", "b", "-w", "w", lang="zh")
    assert (code, out) == (3, "")
    assert err.startswith("错误：")
    assert "提示：" in err
    Path("w/witness.key").chmod(0o644)
    code, out, err = run("witness", "cosign", "a", "-w", "w")
    assert (code, out) == (1, "")
    assert "chmod 600" in err


def test_help_of_the_group_and_its_commands_is_in_the_language(run):
    for lang, usage, word in (("zh", "用法：", "见证人"), ("en", "Usage:", "witness")):
        for args in ((), ("init",), ("cosign",), ("status",)):
            code, out, err = run("witness", *args, "--help", lang=lang)
            assert code == 0
            assert out.startswith(usage)
            assert word in out
            assert "\f" not in out
            assert ("Show this" in out) == (lang == "en")
    code, out, err = run("witness", lang="zh")
    assert code == 2
    assert "cosign" in err
    assert "见证人" in run("--help", lang="zh")[1]
