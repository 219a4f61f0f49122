"""Notes, checkpoints and cosignatures: known answers, round trips, and everything that is refused."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    CosigningKey,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    sign_note,
    verified_note,
)
from lianjian.core.errors import BadCheckpoint, BadKey, BadNote

# c2sp.org/signed-note
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_TEXT = "This is an example message.\n"
FOO_SIGNATURE = (
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
)
FOO_NOTE = f"{FOO_TEXT}\n— example.com/foo {FOO_SIGNATURE}\n"

# golang.org/x/mod/sumdb/note, its documentation; a text for every log's first test
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "example.com/behind-the-sofa"
ROOT = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
TEXT = f"{ORIGIN}\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

KEY = SigningKey(ORIGIN, bytes(range(32)))
OTHER = SigningKey(ORIGIN, bytes(range(1, 33)))
WITNESS = CosigningKey("witness.example.com/w1", bytes(range(2, 34)))
NOTE = sign_note(TEXT, KEY)

texts = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]) | st.just("\n")).map(
    lambda text: text + "\n"
)


# Known answers


def test_the_example_of_the_specification_verifies():
    assert open_note(FOO_NOTE, VerifierKey.parse(FOO)) == FOO_TEXT
    assert open_note(FOO_NOTE.encode(), VerifierKey.parse(FOO)) == FOO_TEXT
    assert VerifierKey.parse(FOO).to_text() == FOO


def test_go_reads_our_keys_and_signatures_and_we_read_theirs():
    key = SigningKey.from_text(GO_PRIVATE)
    assert key.to_text() == GO_PRIVATE
    assert key.verifier.to_text() == GO_VKEY
    text = GO_NOTE.partition("\n\n")[0] + "\n"
    assert sign_note(text, key) == GO_NOTE  # Ed25519 is deterministic
    assert open_note(GO_NOTE, VerifierKey.parse(GO_VKEY)) == text


def test_the_checkpoint_of_the_specification():
    checkpoint = Checkpoint(ORIGIN, 20852163, ROOT)
    assert checkpoint.text() == TEXT
    assert parse_checkpoint(TEXT) == checkpoint


def test_a_cosignature_is_made_as_the_specification_says():
    # Put together by hand: header, time, text; key id, eight bytes of time, signature.
    line = WITNESS.cosign(TEXT, 1679315147)
    dash, name, encoded = line.rstrip("\n").split(" ")
    raw = b64decode(encoded)
    assert (dash, name, len(raw)) == ("—", "witness.example.com/w1", 4 + 8 + 64)
    assert raw[:4] == WITNESS.verifier.key_id
    assert raw[4:12] == (1679315147).to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(WITNESS.verifier.public).verify(
        raw[12:], b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    )


# Keys


@pytest.mark.parametrize("kind", [SigningKey, CosigningKey])
def test_a_new_key_survives_its_text(kind):
    key = kind.generate("鼓楼区/log")
    assert kind.from_text(key.to_text()) == key
    assert VerifierKey.parse(key.verifier.to_text()) == key.verifier
    assert kind.generate("鼓楼区/log") != key


def test_one_key_has_another_id_as_a_witness():
    as_witness = CosigningKey(KEY.name, KEY.seed).verifier
    assert (KEY.verifier.kind, as_witness.kind) == (ED25519, COSIGNATURE)
    assert as_witness.public == KEY.verifier.public
    assert as_witness.key_id != KEY.verifier.key_id


def test_the_seed_shows_nowhere():
    assert "seed" not in repr(KEY)
    with pytest.raises(BadKey) as raised:
        SigningKey.from_text(GO_PRIVATE[:-1])
    assert "AYEKFALV" not in raised.value.message("zh") + raised.value.message("en")


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("example.com/foo", "example.com/bar"),
        FOO.replace("example.com/foo", "example.com foo"),
        FOO.replace("example.com/foo", ""),
        FOO.replace("AekyeRrm", "AukyeRrm"),  # type 0x02
        FOO[:-4],
        FOO + "\n",
        "example.com/foo+530d903a+",
        GO_PRIVATE,
    ],
)
def test_bad_verifier_keys_are_refused(vkey):
    with pytest.raises(BadKey):
        VerifierKey.parse(vkey)


def test_bad_private_keys_are_refused():
    for text in (GO_VKEY, GO_PRIVATE + "=", GO_PRIVATE.replace("c74f20a3", "c74f20a4"), ""):
        with pytest.raises(BadKey):
            SigningKey.from_text(text)
    with pytest.raises(BadKey, match="not of type 0x01"):
        SigningKey.from_text(WITNESS.to_text())
    for name in ("", "a b", "a+b", "a\u3000b", "a\nb", "a\x01b", "\ud800"):
        with pytest.raises(BadKey):
            SigningKey(name, bytes(32))
    with pytest.raises(BadKey):
        SigningKey("name", bytes(31))


# Notes


@given(texts)
def test_whatever_can_be_signed_can_be_opened(text):
    note = sign_note(text, OTHER, KEY)
    assert open_note(note, KEY.verifier) == text
    assert open_note(note.encode(), KEY.verifier, OTHER.verifier) == text


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(at, change):
    raw = bytearray(NOTE.encode())
    raw[at % len(raw)] ^= change
    with pytest.raises(BadNote):
        open_note(bytes(raw), KEY.verifier)


def test_the_text_ends_at_the_last_empty_line():
    text = "one\n\n— two AAAAAAAA\n\nthree\n"
    assert open_note(sign_note(text, KEY), KEY.verifier) == text


def test_strangers_signatures_are_passed_over():
    note = NOTE + f"— stranger {b64encode(bytes(9)).decode()}\n"
    assert open_note(note, KEY.verifier) == TEXT
    # The same name with another id, and the same id under another name, are strangers too.
    assert open_note(sign_note(TEXT, OTHER, KEY), KEY.verifier) == TEXT
    renamed = KEY.sign(TEXT).replace(ORIGIN, "example.com/other")
    assert open_note(NOTE + renamed, KEY.verifier) == TEXT
    with pytest.raises(BadNote):
        open_note(TEXT + "\n" + renamed, KEY.verifier)


def test_one_wrong_signature_of_a_known_key_condemns_the_note():
    wrong = KEY.sign("something else\n")
    for note in (NOTE + wrong, TEXT + "\n" + wrong + KEY.sign(TEXT)):
        with pytest.raises(BadNote, match="the signature of"):
            open_note(note, KEY.verifier)
    cut = f"— {ORIGIN} {b64encode(KEY.verifier.key_id + bytes(10)).decode()}\n"
    with pytest.raises(BadNote):
        open_note(NOTE + cut, KEY.verifier)


def test_nobody_we_know_is_not_enough():
    with pytest.raises(BadNote, match="not signed by any of"):
        open_note(NOTE, OTHER.verifier)
    with pytest.raises(BadNote):
        open_note(NOTE)


def test_sixteen_signatures_are_taken_and_thousands_are_not():
    strangers = "".join(SigningKey.generate(f"s{number}").sign(TEXT) for number in range(16))
    assert open_note(TEXT + "\n" + strangers + KEY.sign(TEXT), KEY.verifier) == TEXT
    with pytest.raises(BadNote, match="too many"):
        open_note(NOTE + "— s AAAAAAAA\n" * 1000, KEY.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "not a signature\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE.replace("— ", "—\u00a0"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("20852163", "2085\t2163"),
        NOTE.replace("20852163", "2085\x002163"),
        NOTE.replace("20852163", "2085\x1f2163"),
        NOTE.replace("20852163", "2085\ud8002163"),
        NOTE.encode().replace(b"20852163", b"2085\xff2163"),
        NOTE.encode("utf-16"),
        NOTE + "— a+b AAAAAAAA\n",
        NOTE + "— a AAAAAAA\n",
        NOTE + "— a AAAAAA==\n",  # four bytes: an id and no signature
        NOTE + "— a \n",
        NOTE + "— a AAAAAAAA \n",
        NOTE + "— a AAAA\u2028AAAA\n",
        NOTE + "— a AAAAAAAA\u2028— b AAAAAAAA\n",  # U+2028 ends no line
    ],
)
def test_malformed_notes_are_refused(note):
    with pytest.raises(BadNote):
        open_note(note, KEY.verifier)


def test_base64_has_one_spelling():
    # 76 bytes less one: the last character before "=" carries two bits that mean nothing.
    assert FOO_SIGNATURE.endswith("QM=")
    for other in ("QN=", "QO=", "QP="):
        spelled = FOO_SIGNATURE[:-3] + other
        assert b64decode(spelled) == b64decode(FOO_SIGNATURE)  # CPython takes it
        with pytest.raises(BadNote, match="malformed"):
            open_note(FOO_NOTE.replace(FOO_SIGNATURE, spelled), VerifierKey.parse(FOO))
    loose = FOO_SIGNATURE[:-1]
    with pytest.raises(BadNote, match="malformed"):
        open_note(FOO_NOTE.replace(FOO_SIGNATURE, loose), VerifierKey.parse(FOO))


def test_what_cannot_be_read_again_is_not_signed():
    for text in ("", "no newline", "tab\there\n", "\x1f\n", "half \ud800\n"):
        with pytest.raises(BadNote):
            sign_note(text, KEY)


# Checkpoints


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_what_was_signed(size, root):
    checkpoint = Checkpoint(ORIGIN, size, root)
    note = sign_note(checkpoint.text(), KEY)
    assert open_checkpoint(note, ORIGIN, KEY.verifier) == checkpoint


def test_extension_lines_are_kept():
    checkpoint = parse_checkpoint(TEXT + "one\ntwo words\n")
    assert checkpoint.extensions == ("one", "two words")
    assert checkpoint.text() == TEXT + "one\ntwo words\n"


ROOT_LINE = TEXT.split("\n")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n5\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "one\n\ntwo\n",
        "\n" + TEXT,
        f"\n5\n{ROOT_LINE}\n",
        *(
            f"{ORIGIN}\n{size}\n{ROOT_LINE}\n"
            for size in (
                "",
                "-1",
                "+1",
                "01",
                "00",
                "1 ",
                " 1",
                "1_0",
                "0x1",
                "1.0",
                "٣",
                "²",
                2**63,
            )
        ),
        f"{ORIGIN}\n{'9' * 5000}\n{ROOT_LINE}\n",
        *(
            f"{ORIGIN}\n5\n{root}\n"
            for root in (
                "",
                ROOT_LINE[:-1],
                ROOT_LINE.replace("q2I=", "q2J="),
                ROOT_LINE.replace("+", "-").replace("/", "_"),
                ROOT_LINE + " ",
                b64encode(bytes(31)).decode(),
                b64encode(bytes(33)).decode(),
                bytes(32).hex(),
            )
        ),
        TEXT.replace("sofa", "so\x01fa"),
        TEXT.replace("sofa", "so\ud800fa"),
    ],
)
def test_bad_checkpoints_are_refused(text):
    with pytest.raises(BadCheckpoint):
        parse_checkpoint(text)


def test_a_checkpoint_that_could_not_be_read_again_is_not_made():
    for wrong in (
        ("", 1, ROOT),
        ("a\nb", 1, ROOT),
        ("a", -1, ROOT),
        ("a", 2**63, ROOT),
        ("a", 1, b""),
    ):
        with pytest.raises(BadCheckpoint):
            Checkpoint(*wrong)
    with pytest.raises(BadCheckpoint):
        Checkpoint("a", 1, ROOT, ("",))


def test_a_checkpoint_of_another_log_is_refused():
    with pytest.raises(BadCheckpoint, match=r"is not example\.com/other"):
        open_checkpoint(NOTE, "example.com/other", KEY.verifier)


# Witnesses


def test_a_cosignature_tells_its_time():
    note = NOTE + WITNESS.cosign(TEXT, 1679315147)
    text, signatures = verified_note(note, KEY.verifier, WITNESS.verifier)
    assert text == TEXT
    assert [(signature.key, signature.time) for signature in signatures] == [
        (KEY.verifier, None),
        (WITNESS.verifier, 1679315147),
    ]
    assert open_checkpoint(note, ORIGIN, KEY.verifier, WITNESS.verifier).size == 20852163
    assert open_note(note, WITNESS.verifier) == TEXT


def test_another_time_is_another_statement():
    line = WITNESS.cosign(TEXT, 1679315147)
    raw = bytearray(b64decode(line.split(" ")[2]))
    raw[11] ^= 1
    moved = f"— {WITNESS.name} {b64encode(raw).decode()}\n"
    with pytest.raises(BadNote, match=r"w1 is wrong"):
        open_note(NOTE + moved, KEY.verifier, WITNESS.verifier)


def test_times_have_a_last():
    assert open_note(NOTE + WITNESS.cosign(TEXT, 2**63 - 1), WITNESS.verifier)
    with pytest.raises(BadNote, match="too large"):
        open_note(NOTE + WITNESS.cosign(TEXT, 2**63), WITNESS.verifier)


def test_a_witness_cannot_stand_in_for_the_log():
    alone = TEXT + "\n" + WITNESS.cosign(TEXT, 1)
    with pytest.raises(BadNote, match="only witnesses"):
        open_checkpoint(alone, ORIGIN, KEY.verifier, WITNESS.verifier)


def test_a_witness_signs_checkpoints_only():
    with pytest.raises(BadCheckpoint):
        WITNESS.cosign("anything\n", 1)


def test_a_log_signature_is_no_cosignature_nor_the_other_way_round():
    as_witness = CosigningKey(KEY.name, KEY.seed)
    with pytest.raises(BadNote):
        as_witness.verifier.verify(TEXT, b64decode(KEY.sign(TEXT).split(" ")[2])[4:])
    with pytest.raises(BadNote):
        KEY.verifier.verify(TEXT, b64decode(as_witness.cosign(TEXT, 1).split(" ")[2])[12:])
    for length in (0, 7, 8, 64, 71, 73):
        with pytest.raises(BadNote):
            as_witness.verifier.verify(TEXT, bytes(length))


def test_errors_speak_both_languages():
    with pytest.raises(BadNote) as raised:
        open_note(NOTE, OTHER.verifier)
    assert ORIGIN in raised.value.message("zh")
    assert raised.value.hint("zh")
    assert raised.value.message("zh") != raised.value.message("en")
    assert raised.value.exit_code == 3
