"""Whatever an auditor is handed: a foreseen error or a value, never another exception."""

import json
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianjian.core import auditor
from lianjian.core.audit import Evidence
from lianjian.core.checkpoint import Checkpoint, SigningKey, VerifierKey, sign_note
from lianjian.core.contents import Contents
from lianjian.core.errors import LianjianError
from lianjian.core.exported import claimed_size, key_in, verify_export
from lianjian.core.keys import read_statement, statement
from lianjian.core.layout import pack, parse_tile_path, unpack
from lianjian.core.proofs import Inclusion, parse_proof
from lianjian.core.tree import leaf_hash, tile_path
from lianjian.core.trusted import Short, Trusted

KEY = SigningKey("example.org/log", sha256(b"a key for tests").digest())
ENTRY = b'{"specversion":"1.0","id":"a","source":"example.org/log","type":"t","time":"x","data":{"n":{"sealed":"d"}},"dataversion":1,"recordedat":"2021-01-01T00:00:00.000000Z","recorder":"r"}'
NOTE = sign_note(Checkpoint(KEY.name, 1, leaf_hash(ENTRY)).text(), KEY)
NEW = SigningKey("example.org/log", sha256(b"another key").digest())
STATEMENT = statement(0, KEY, NEW)
SAID = {"key": NEW.verifier.key_id.hex(), "statement": STATEMENT}
ROTATED = ENTRY.replace(b'"type":"t"', b'"type":"key.rotated"').replace(
    b'{"n":{"sealed":"d"}}', json.dumps(SAID).encode()
)
ERASED = ENTRY.replace(b'"type":"t"', b'"type":"erased"').replace(
    b'{"n":{"sealed":"d"}}',
    b'{"position":0,"path":"n","basis":"b","authority":"a","digest":"d"}',
)
ROTATION = Inclusion(0, (), NOTE, ROTATED).text().encode()
PROOF = Inclusion(0, (), NOTE, ENTRY).text().encode()
GROWTH = f"old 0\n\n{NOTE}".encode()
SHORT = Short(1, "2021-01-01T00:00:00Z", leaf_hash(ENTRY)[:16]).text()
LINE = b'{"position":0,"digest":"d","disclosure":"e"}\n'
FILES = {
    "checkpoint": NOTE.encode(),
    "checkpoint.new": NOTE.encode(),
    "tile/0/000.p/1": leaf_hash(ENTRY),
    "tile/entries/000.p/1": pack([ENTRY]),
    "log.vkey": KEY.verifier.to_text().encode() + b"\n",
    "disclosures.jsonl": LINE,
}
TOKENS = [b"\n", b"\n\n", b"0", b"9" * 30, b"\xff", b"\0", b"=", b"+", "— ".encode(), b"[" * 3000,
          b'"', b"\\ud800", b"old 1\n", b"extra ", b"index ", b"{", b"}", b"null", b"1e999",
          "\u2028".encode(), b" ", "１".encode(), b"\r"]  # fmt: skip


@st.composite
def spoilt(draw, content):
    """Bytes that were right until somebody cut, doubled, or put something into them."""
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


def checked(function, *arguments):
    """Call; what is foreseen is fine."""
    with suppress(LianjianError):
        return function(*arguments)
    return None


@given(hostile(PROOF) | hostile(GROWTH))
def test_proofs(content):
    proof = checked(parse_proof, content)
    if isinstance(proof, Inclusion):
        assert parse_proof(proof.text().encode()) == proof
        checked(proof.verify, ENTRY, KEY.verifier)
    elif proof is not None:
        assert proof.text().encode() == content
        checked(proof.verify, Checkpoint(KEY.name, 0, sha256().digest()), KEY.verifier)


@given(hostile(KEY.verifier.to_text().encode()))
def test_keys(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        path.write_bytes(content)
        found = checked(auditor.key_of, str(path))
    if found is not None:
        assert found.to_text().encode() == content.strip()
    text = content.decode(errors="replace")
    found = checked(VerifierKey.parse, text)
    assert found is None or found.to_text() == text


@given(hostile(NOTE.encode()))
def test_checkpoints_that_somebody_held_on_to(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "note"
        path.write_bytes(content)
        found = checked(lambda: KEY.verifier.open(auditor.note_in(path)))
    assert found is None or found.text() == NOTE.split("\n\n")[0] + "\n"


@given(hostile(SHORT.encode()).map(lambda b: b.decode(errors="replace")) | st.text())
def test_short_forms(text):
    found = checked(Short.parse, text)
    assert found is None or Short.parse(found.text()) == found


@given(
    st.text(max_size=40)
    | hostile(b"tile/0/x001/234.p/17").map(lambda b: b.decode(errors="replace"))
)
def test_paths(text):
    found = parse_tile_path(text)
    assert found is None or tile_path(*found) == text


@given(hostile(pack([ENTRY, b"", b"x"])))
def test_bundles(content):
    entries = unpack(content)
    assert entries is None or pack(entries) == content


@given(hostile(ROTATION))
def test_rotations(content):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rotation"
        path.write_bytes(content)
        found = checked(auditor.rotations_in, [path])
    assert found in (None, (read_statement(STATEMENT),))


@given(hostile(STATEMENT.encode()))
def test_statements_of_rotations(content):
    found = checked(read_statement, content.decode(errors="surrogateescape"))
    assert found is None or found == read_statement(STATEMENT)


@given(st.lists(hostile(ENTRY) | hostile(ROTATED) | hostile(ERASED), max_size=4), hostile(LINE * 2))
def test_contents(entries, lines):
    evidence = Evidence()
    with TemporaryDirectory() as folder, Contents(KEY.name, evidence) as contents:
        for position, entry in enumerate(entries):
            contents.take(position, entry)
        path = Path(folder) / "lines"
        path.write_bytes(lines)
        with path.open("rb") as file:
            contents.disclosed(file)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whole_folders(data):
    changed = data.draw(st.sets(st.sampled_from(sorted(FILES)), max_size=3))
    with TemporaryDirectory() as folder:
        out = Path(folder)
        for name, content in FILES.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(data.draw(hostile(content)) if name in changed else content)
        report = verify_export(out, KEY.verifier, Trusted())
        assert report.findings, "the text behind the sealed field is not right"
        checked(key_in, out)
        claimed_size(out)


def test_folders_of_folders_and_pipes(tmp_path):
    for name in FILES:
        (tmp_path / name).mkdir(parents=True)
    assert verify_export(tmp_path, KEY.verifier, Trusted()).findings
    shutil.rmtree(tmp_path / "checkpoint")
    (tmp_path / "checkpoint").write_bytes(b"x" * 100_000)
    assert verify_export(tmp_path, KEY.verifier, Trusted()).findings
    deep = tmp_path / "tile"
    for _ in range(200):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"")
    assert verify_export(tmp_path, KEY.verifier, Trusted()).findings


@pytest.mark.parametrize("size", [2**63 - 1, 10**12])
def test_a_log_that_claims_to_be_endless_is_read_as_far_as_it_goes(tmp_path, size):
    note = sign_note(Checkpoint(KEY.name, size, b"x" * 32).text(), KEY)
    (tmp_path / "checkpoint").write_text(note)
    report = verify_export(tmp_path, KEY.verifier, Trusted())
    assert "missing" in report.findings[0].what.en
