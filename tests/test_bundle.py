"""Figures in one file: what is proved of them, and that nothing else passes.

Whoever changes a byte must be refused, or have changed only what is claimed and not proved.
"""

import json
import random
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core import claims
from lianjian.core.bundle import (
    LARGEST_FILE,
    Bundle,
    Claim,
    Days,
    Event,
    Known,
    Text,
    hash_text,
    is_bundle,
    parse_bundle,
)
from lianjian.core.checkpoint import Checkpoint, SigningKey, sign_note
from lianjian.core.errors import (
    BadCheckpoint,
    BadNote,
    BadProof,
    LianjianError,
    MomentNotSigned,
    TooManyEvents,
)
from lianjian.core.event import disclosure_digest, seal
from lianjian.core.guard import Held
from lianjian.core.testing import Trial
from lianjian.core.tree import (
    consistency_proof,
    extend,
    frontier_root,
    inclusion_proofs,
    leaf_hash,
    root,
)
from lianjian.plugins.bases import BaseOpened, VisitHeld
from lianjian.plugins.lecturers import LecturerEnrolled

# The same bytes in every run.
KEY, OTHER = (SigningKey("example.org/log", bytes([n]) * 32) for n in (1, 2))
DAY = date(2021, 1, 1)


class Tiles:
    """A log of made-up entries as a tree."""

    def __init__(self, entries, key=KEY):
        self.entries = entries
        self.tiles, frontier = extend(0, {}, [leaf_hash(e) for e in entries])
        self.root = frontier_root(frontier)
        self.note = sign_note(Checkpoint(key.name, len(entries), self.root).text(), key)

    def tile(self, level, index, width):
        return self.tiles[level, index][: 32 * width]


def entry(n, data="{}"):
    return (
        f'{{"specversion":"1.0","id":"é{n}","source":"example.org/log","type":"t","time":"'
        f'2021-01-01T00:00:00+08:00","data":{data},"dataversion":1,"recordedat":"x",'
        f'"recorder":"r{n}"}}'
    ).encode()


DISCLOSURE = (
    urlsafe_b64encode('["c2FsdHNhbHRzYWx0c2FsdA","name","张三"]'.encode()).decode().rstrip("=")
)
SEALED = disclosure_digest(DISCLOSURE)
LOG = Tiles(
    [entry(n) for n in range(12)]
    + [entry(12, f'{{"name":{{"sealed":"{SEALED}"}}}}')]
    + [entry(n) for n in range(13, 20)]
)
MOMENT = 17


def claim(**more):
    fields = {
        "indicator": "bases.persons",
        "definition": Text("阵地接待人次", "Persons received"),
        "subject": "base:a",
        "dimensions": {"theme": "warning"},
        "value": 35,
        "low": None,
        "high": None,
        "numerator": 1.5,
        "denominator": None,
        "unit": "attendances",
        "better": "higher",
        "reason": None,
        "flags": (Text("注", "note"),),
        "period": Days("2021-01-01", "2022-01-01"),
        "moment": Known(MOMENT, hash_text(root(MOMENT, LOG))),
        "tree": "then",
        "synthetic": False,
    }
    return Claim(**fields | more)


def event(n, log=LOG, **more):
    (hashes,) = inclusion_proofs([n], len(log.entries), log)
    fields = {
        "position": n,
        "entry": log.entries[n].decode(),
        "hashes": tuple(map(hash_text, hashes)),
    }
    return Event(**fields | more)


def bundle(*positions, **more):
    fields = {
        "format": "lianjian-figure/v1",
        "key": KEY.verifier.to_text(),
        "checkpoint": LOG.note,
        "reading": claim(),
        "consistency": tuple(map(hash_text, consistency_proof(MOMENT, len(LOG.entries), LOG))),
        "events": tuple(event(n) for n in positions or (2, 12, 16)),
        "disclosures": (DISCLOSURE,) if 12 in (positions or (12,)) else (),
    }
    return Bundle(**fields | more)


def check(content, key=KEY.verifier):
    found = parse_bundle(content if isinstance(content, bytes) else content.content())
    return found, found.verify(key.open)


def refused(made, *said, error=BadProof):
    with pytest.raises(error) as caught:
        check(made)
    assert all(s in caught.value.message() for s in said), caught.value.message()
    assert caught.value.exit_code == 3 or error is not BadProof


# What is proved.


def test_a_bundle_is_what_was_written_and_proves_its_events():
    made = bundle()
    found, proved = check(made)
    assert found == made
    assert is_bundle(made.content())
    assert proved.checkpoint == Checkpoint(KEY.name, 20, LOG.root)
    assert proved.opened == ((12, "name", "张三"),)
    assert proved.sealed == 1
    assert check(bundle(disclosures=()))[1].opened == ()
    assert check(bundle(disclosures=()))[1].sealed == 1


def test_the_format_is_the_documented_one():
    plain = json.loads(bundle().content())
    assert list(plain) == [
        "format", "key", "checkpoint", "reading", "consistency", "events", "disclosures",
    ]  # fmt: skip
    assert plain["format"] == "lianjian-figure/v1"
    assert list(plain["events"][0]) == ["position", "entry", "hashes"]
    assert plain["events"][0]["entry"].encode() == LOG.entries[2]
    # Each proof by RFC 9162 section 2.1.3.2, word for word.
    for found in plain["events"]:
        fn, sn = found["position"], 19
        reached = sha256(b"\x00" + found["entry"].encode()).digest()
        for p in map(b64decode, found["hashes"]):
            if fn % 2 or fn == sn:
                reached = sha256(b"\x01" + p + reached).digest()
                while not fn % 2 and fn:
                    fn, sn = fn >> 1, sn >> 1
            else:
                reached = sha256(b"\x01" + reached + p).digest()
            fn, sn = fn >> 1, sn >> 1
        assert (sn, b64encode(reached).decode()) == (0, plain["checkpoint"].split("\n")[2])


def test_every_position_and_moment_of_a_small_log():
    for moment in range(21):
        made = bundle(
            *range(moment), disclosures=(), events=tuple(event(n) for n in range(moment)),
            reading=claim(moment=Known(moment, hash_text(root(moment, LOG)))),
            consistency=tuple(map(hash_text, consistency_proof(moment, 20, LOG))),
        )  # fmt: skip
        assert check(made)[1].checkpoint.size == 20


def test_a_reading_with_no_events_is_a_claim_alone():
    assert check(bundle(events=(), disclosures=()))[1].sealed == 0


# What is not.


def test_another_logs_key_and_another_logs_events():
    refused_by = [(OTHER.verifier, BadNote), (SigningKey.generate("x").verifier, BadNote)]
    for key, error in refused_by:
        with pytest.raises(error):
            check(bundle(), key)
    foreign = Tiles([entry(n, '{"a":1}') for n in range(20)])
    made = bundle(events=(event(2), event(3, foreign)), disclosures=())
    refused(made, "1 event(s)", "position 3")
    elsewhere = sign_note(Checkpoint("example.org/other", 20, LOG.root).text(), KEY)
    refused(bundle(checkpoint=elsewhere), error=BadCheckpoint)


def test_events_that_were_changed_moved_doubled_or_come_too_late():
    at_2 = event(2)
    changed = at_2.entry.replace("r2", "r3")
    refused(bundle(events=(event(2, entry=changed), event(16)), disclosures=()), "position 2")
    refused(bundle(events=(event(2, position=3),), disclosures=()), "position 3")
    refused(bundle(events=(at_2, at_2), disclosures=()), "position 2 stands twice")
    refused(bundle(events=(event(3), at_2), disclosures=()), "position 2 stands twice or out of")
    refused(bundle(events=(event(17),), disclosures=()), "position 17 lies after")
    refused(bundle(events=(event(2, hashes=at_2.hashes[1:]),), disclosures=()), "position 2")
    refused(bundle(events=(event(2, hashes=(*at_2.hashes, at_2.hashes[0])),), disclosures=()))
    many = tuple(event(n, entry="x") for n in range(12))
    refused(bundle(events=many, disclosures=()), "12 event(s)", "0, 1, 2, 3, 4 …")
    # Fewer events than it had is another claim, of which what is left is still proved.
    check(bundle(events=(at_2,), disclosures=()))


def test_a_moment_that_is_not_the_beginning_of_the_log():
    text = hash_text(root(MOMENT, LOG))
    refused(bundle(reading=claim(moment=Known(MOMENT - 1, text)), events=()), "the first 16 events")
    refused(bundle(reading=claim(moment=Known(MOMENT, hash_text(b"x" * 32)))), "not the beginning")
    refused(bundle(reading=claim(moment=Known(21, text))), "not the beginning")
    refused(bundle(consistency=()), "not the beginning")


def test_disclosures_of_other_events_or_twice():
    other = seal("name", "李四")[1]
    refused(bundle(disclosures=(other,)), "belongs to none")
    refused(bundle(disclosures=(DISCLOSURE, DISCLOSURE)), "twice")
    refused(bundle(2, 16, disclosures=(DISCLOSURE,)), "belongs to none")
    refused(bundle(disclosures=("é" * 20,)), "malformed")
    refused(bundle(disclosures=("",)), "disclosures[0]")


def test_the_reading_is_nobodys_word_and_is_told_as_a_claim():
    """A changed reading passes: that it is a claim is what every line about it says."""
    made = bundle(reading=claim(value=36))
    found = claims.verified(made.content(), KEY.verifier.open)
    for lang, claimed, proved, not_proved in (
        ("en", "the reading as claimed, which is not proved:", "proved: 3 events are in the log", "not proved by this file:"),
        ("zh", "所称读数（未经证明）：", "已证明：3 条记录在下列检查点的日志中", "本文件不能证明："),
    ):  # fmt: skip
        text = "\n".join(claims.claim_text(found, claims.Reader(lang, 80)))
        assert text.index(claimed) < text.index("36") < text.index(proved) < text.index(not_proved)
        assert "--figures" in text
    made = claims.claim_json(found, "en")
    assert (made["proved"], made["events"]) == ("events", [2, 12, 16])
    assert made["claimed"]["value"] == 36
    assert len(made["not_proved"]) == 3


# Reading what strangers wrote.


def changed(**more):
    return json.dumps(json.loads(bundle().content()) | more).encode()


def nested(name, **more):
    plain = json.loads(bundle().content())
    plain[name] |= more
    return json.dumps(plain).encode()


def in_event(**more):
    plain = json.loads(bundle().content())
    plain["events"][0] |= more
    return json.dumps(plain).encode()


def without(name):
    plain = json.loads(bundle().content())
    del plain[name]
    return json.dumps(plain).encode()


NOT_CANONICAL = "A" * 42 + "B="  # stray bits before the padding
DEEP = b'{"format":' + b"[" * 100_000


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"{}", b"[]", b"null", b"\xff", b"\xef\xbb\xbf" + bundle().content(), DEEP,
        bundle().content() + b"x", bundle().content() * 2,
        bundle().content().replace("阵".encode(), b"\xff"), bundle().content()[:-3],
        changed(more=1), changed(format="lianjian-figure/v2"), changed(format=None),
        changed(events=None), changed(events={}), changed(key=1), changed(checkpoint=[]),
        changed(disclosures=[1]), changed(consistency=[NOT_CANONICAL]), changed(consistency=["A"]),
        changed(consistency=["A" * 43 + "="] * 64), changed(key="k" * 70_000),
        changed(checkpoint="c" * 70_000),
        *(without(name) for name in json.loads(bundle().content())),
        in_event(more=1), in_event(position=-1), in_event(position=2**63), in_event(position="2"),
        in_event(position=2.0), in_event(position=True), in_event(hashes=[NOT_CANONICAL]),
        in_event(hashes=["A" * 43 + "="] * 64), in_event(entry="x" * 65_536),
        in_event(entry="é" * 40_000), in_event(hashes=["=" * 44]),
        in_event(hashes=["A" * 44]), in_event(hashes=["A" * 42 + "=="]), changed(consistency=["A" * 44]), in_event(entry=None),
        nested("reading", more=1), nested("reading", value="1"), nested("reading", value=10**400),
        nested("reading", value=[1]), nested("reading", tree="later"), nested("reading", flags=["x"]),
        nested("reading", period={"start": "2022-01-01", "end": "2021-01-01"}),
        nested("reading", period={"start": "2021-13-01", "end": "2022-01-01"}),
        nested("reading", period={"start": "2021-01-01\n", "end": "2022-01-01"}),
        nested("reading", dimensions={str(n): "" for n in range(101)}),
        nested("reading", moment={"position": 17, "root": NOT_CANONICAL}),
        bundle().content().replace(b'"value":35', b'"value":NaN'),
        bundle().content().replace(b'"value":35', b'"value":1e999'),
        bundle().content().replace(b'"value":35', b'"value":35,"value":36'),
        bundle().content().replace(b'"theme"', b'"theme":"x","theme"'),
        bundle().content().replace(b'{\n"format"', b'{"format":"lianjian-figure/v1",\n"format"'),
        in_event(entry="\ud800"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused(content):
    with pytest.raises(BadProof) as caught:
        parse_bundle(content)
    assert len(caught.value.message()) < 400
    assert caught.value.message("zh") != caught.value.message("en")


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    with pytest.raises(BadProof, match="too large"):
        parse_bundle(b"{" + b" " * LARGEST_FILE)


def test_every_changed_byte_is_refused_or_changes_nothing_that_was_proved():
    made = bundle(2, 12)
    content = made.content()
    expected = made.verify(KEY.verifier.open)
    rng, claimed = random.Random(20210507), 0
    for at in range(len(content)):
        for byte in {content[at] ^ 1, content[at] ^ 0x20, rng.randrange(256)} - {content[at]}:
            other = content[:at] + bytes([byte]) + content[at + 1 :]
            try:
                found, proved = check(other)
            except LianjianError:
                continue
            claimed += 1
            # What is left is the claim, and the key, which nobody asked.
            assert proved == expected
            assert found.events == made.events
            assert found.reading.moment == made.reading.moment
            assert found.disclosures == made.disclosures
    assert 100 < claimed < 2_000


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_nothing_that_a_stranger_writes_breaks_the_reader(data):
    content = bytearray(bundle(2, 12).content())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        stop = data.draw(st.integers(start, min(len(content), start + 300)))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b"null", b"1e99", b"\\ud800"]),
                st.just(bytes(content[start:stop]) * 2),
            )
        )
        content[start:stop] = piece
    try:
        found, proved = check(bytes(content))
    except (BadProof, BadNote, BadCheckpoint):
        return
    assert proved.checkpoint.root == LOG.root
    assert all(e.entry.encode() == LOG.entries[e.position] for e in found.events)


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["format", "key", "checkpoint", "reading", "consistency", "events", "disclosures"]),
)  # fmt: skip
def test_any_json_in_any_place_is_refused(value, name):
    plain = json.loads(bundle().content())
    plain[name] = value
    try:
        found, _ = check(json.dumps(plain).encode())
    except (BadProof, BadNote, BadCheckpoint):
        return
    assert found.events == () or name in ("key", "disclosures")


# From a records folder.


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path) as t:
        t.record(BaseOpened(base="a", name="园", kind="garden", day=DAY))
        t.record(*(VisitHeld(base="a", day=date(2021, 5, n), persons=n) for n in range(1, 10)))
        yield t


def made_from(t, name="bases.persons", subject="base:a", at=None, **more):
    from lianjian.core.figures import Figures
    from lianjian.core.indicator import Moment, Period
    from lianjian.core.replay import catch_up
    from lianjian.core.show import pick

    store, year = t.log.store, Period.year(2021)
    catch_up(t.records.views, store, t.registry.families)
    moment = Moment(t.size if at is None else at, root(t.size if at is None else at, store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        reading = pick(figures, name, year, subject, {})
        positions = figures.evidence(name, year, reading.subject)
        return claims.make(t.records, store, reading, positions, "then", **more)


def test_a_reading_with_its_events(trial):
    made = made_from(trial)
    found = claims.verified(made.content(), trial.records.verifier_key().open)
    assert [e.position for e in found.bundle.events] == list(range(1, 10))
    assert found.bundle.reading.value == 45
    assert found.proved.checkpoint.size == 10
    earlier = made_from(trial, at=4)
    found = claims.verified(earlier.content(), trial.records.verifier_key().open)
    assert (found.bundle.reading.value, found.proved.checkpoint.size) == (6, 10)
    assert found.bundle.reading.moment.position == 4
    assert found.bundle.consistency


def test_sealed_fields_stay_closed_unless_asked_for(trial):
    from lianjian.core.event import Draft

    sealed, disclosure = seal("name", "张三")
    person = LecturerEnrolled(lecturer="L1", tier="town", external=False, name=sealed, day=DAY)
    trial.record(Draft(event=person, recorder="r", disclosures=(disclosure,)))
    closed = made_from(trial, "lecturers.idle", "all")
    assert "张三" not in closed.content().decode()
    assert closed.disclosures == ()
    assert "1 sealed field(s) are left out" in claims.contents(closed)[1]
    found = claims.verified(closed.content())
    assert (found.own, found.withheld) == (True, 1)
    opened = made_from(trial, "lecturers.idle", "all", disclose=True)
    found = claims.verified(opened.content())
    assert found.proved.opened == ((10, "name", "张三"),)
    assert "personal data" in claims.contents(opened)[1]


def test_a_moment_beyond_the_newest_checkpoint_is_refused(trial, monkeypatch):
    held = claims.newest(trial.records, trial.log.store)
    trial.record(VisitHeld(base="a", day=DAY, persons=1))
    monkeypatch.setattr(claims, "newest", lambda *_: Held(held.note, held.checkpoint))
    with pytest.raises(MomentNotSigned) as caught:
        made_from(trial)
    assert "--at 10" in caught.value.hint()
    assert made_from(trial, at=10).reading.value == 45


def test_a_file_that_check_would_refuse_is_not_written(trial, monkeypatch, tmp_path):
    monkeypatch.setattr(claims, "LARGEST_FILE", 3_000)
    with pytest.raises(TooManyEvents):
        made_from(trial)
    monkeypatch.setattr(claims, "LARGEST_FILE", 8_500)
    made = made_from(trial)
    monkeypatch.setattr(claims, "LARGEST_FILE", len(made.content()) - 1)
    with pytest.raises(TooManyEvents):
        claims.write(made, tmp_path / "f.json")
    assert list(tmp_path.glob("*.json")) + list(tmp_path.glob(".part*")) == []


def test_thousands_of_events_take_no_more_than_a_few_seconds():
    log = Tiles([entry(n) for n in range(3_000)])
    hashes = inclusion_proofs(range(3_000), 3_000, log)
    events = tuple(
        Event(n, log.entries[n].decode(), tuple(map(hash_text, h))) for n, h in enumerate(hashes)
    )
    made = bundle(
        events=events, checkpoint=log.note, disclosures=(), consistency=(),
        reading=claim(moment=Known(3_000, hash_text(log.root))),
    )  # fmt: skip
    assert check(made)[1].checkpoint.size == 3_000
    # Within a tile of 256 each subtree is hashed from its leaves once, whoever asks for it.
    asked = hashes_asked(lambda: list(inclusion_proofs(range(3_000), 3_000, log)))
    assert 3_000 < asked < 10 * 3_000


def hashes_asked(work):
    """Return how many hashes the subtrees were made from that a work asked for."""
    from lianjian.core import tree

    asked, plain = [], tree.tile_root

    def counting(hashes):
        asked.append(len(hashes) // 32)
        return plain(hashes)

    patch = pytest.MonkeyPatch()
    patch.setattr(tree, "tile_root", counting)
    try:
        work()
    finally:
        patch.undo()
    return sum(asked)


# The commands.


@pytest.fixture
def run(trial, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main(["-C", str(trial.records.path), "--lang", lang, *map(str, args)])
        return code, *capsys.readouterr()

    return run


WHY = ("why", "bases.persons", "--subject", "a", "--period", "2021")


def test_why_writes_a_file_that_check_verifies_without_the_records(run, trial, capsys):
    key = trial.records.path / "keys/log.vkey"
    assert run(*WHY, "--bundle", "f.json")[:2] == (0, "f.json\n")
    code, out, err = run("-C", "nowhere", "check", "f.json", "--key", key)
    assert (code, err) == (0, "")
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "base:a  45" in out
    assert "proved: 9 events are in the log under\n  example.org/trial\n  10\n" in out
    code, out, err = run("check", "f.json", lang="zh")
    assert code == 0
    assert "未给 --key" in err
    code, out, _ = run("check", "f.json", "--key", key, "--json")
    found = json.loads(out)
    assert (found["events"], found["own_key"]) == (list(range(1, 10)), False)
    assert run(*WHY, "--bundle", "-")[1].encode() == Path("f.json").read_bytes()


def test_what_check_refuses(run, tmp_path):
    run(*WHY, "--bundle", "f.json")
    Path("g.json").write_bytes(
        Path("f.json").read_bytes().replace(b'persons\\":5', b'persons\\":6')
    )
    for lang, said in (
        ("en", "error: the proof does not hold: 1 event(s)"),
        ("zh", "错误：证明不成立：1 条"),
    ):
        code, out, err = run("check", "g.json", lang=lang)
        assert (code, out) == (3, "")
        assert said in err
        assert "5\n" in err
    other = SigningKey.generate("example.org/trial").verifier.to_text()
    assert run("check", "f.json", "--key", other)[0] == 3
    Path("h.json").write_bytes(Path("f.json").read_bytes().replace(b'"key": "e', b'"key": "f'))
    assert run("check", "h.json")[0] == 3
    assert run("check", "f.json", "--entry", "f.json")[0] == 2
    assert run(*WHY, "--disclose")[0] == 2
    assert run(*WHY, "--bundle", "x", "--json")[0] == 2
    assert run(*WHY, "--bundle", "no/such.json")[0] == 1
    run("prove", "1", "--out", "p")
    code, _, err = run("check", "p")
    assert code == 2
    assert "--key" in err
