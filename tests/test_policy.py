"""Policies: whose signatures an auditor wants; the format of https://c2sp.org/tlog-policy."""

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core.checkpoint import Checkpoint, CosigningKey, SigningKey, VerifierKey, sign_note
from lianjian.core.errors import BadCheckpoint, BadNote, BadPolicy, LianjianError, PolicyNotMet
from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.keys import read_statement, statement
from lianjian.core.policy import Group, Policy
from lianjian.core.testing import Trial
from lianjian.core.trusted import Trusted
from lianjian.plugins import bases

LOG = "example.org/log"


def seed(name):
    return sha256(name.encode()).digest()


KEY = SigningKey(LOG, seed("log"))
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
WITNESSES = {n: CosigningKey(f"{n.lower()}.example", seed(n)) for n in NAMES}
VKEYS = {n: w.verifier.to_text() for n, w in WITNESSES.items()}
TEXT = Checkpoint(LOG, 7, bytes(32)).text()

# The example of the specification, with keys and with all that may stand in a file.
EXAMPLE = f"""\
# 策略
 log  {KEY.verifier.to_text()}\thttps://example.org/log\x20

witness X1 {VKEYS["X1"]}
witness X2 {VKEYS["X2"]} https://x2.example
witness X3 {VKEYS["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {VKEYS["Y1"]}
witness Y2 {VKEYS["Y2"]}
witness Y3 {VKEYS["Y3"]}
\tgroup Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def cosigned(*names, text=TEXT, time=1_600_000_000):
    lines = "".join(WITNESSES[n].cosign(text, time) for n in names)
    return sign_note(text, KEY) + lines


def test_the_example_of_the_specification():
    policy = Policy.parse(EXAMPLE.encode())
    assert policy.logs == (KEY.verifier,)
    assert policy.witnesses == {n: w.verifier for n, w in WITNESSES.items()}
    assert policy.groups["X-witnesses"] == Group(2, ("X1", "X2", "X3"))
    assert policy.groups["X-and-Y"] == Group(2, ("X-witnesses", "Y-witnesses"))
    assert policy.wanted() == "2 of (2 of (X1, X2, X3), 1 of (Y1, Y2, Y3))"
    opened = policy.open(cosigned("X3", "Y2", "X1"))
    assert opened.checkpoint.size == 7
    assert {n: s.when for n, s in opened.witnesses.items()} == dict.fromkeys(
        ["X3", "Y2", "X1"], "2020-09-13T12:26:40Z"
    )
    for few in ((), ("X1", "Y1"), ("X1", "X2"), ("Y1", "Y2", "Y3"), ("X1", "X1", "Y1")):
        with pytest.raises(PolicyNotMet, match=r"wanted 2 of"):
            policy.open(cosigned(*few))


@given(st.sets(st.sampled_from(NAMES)))
def test_who_is_enough(names):
    x, y = (sum(n[0] == c for n in names) for c in "XY")
    policy = Policy.parse(EXAMPLE.encode())
    assert policy.met(dict.fromkeys(names)) == (x >= 2 and y >= 1)
    one = EXAMPLE.replace("quorum X-and-Y", "quorum Y2").encode()
    assert Policy.parse(one).met(dict.fromkeys(names)) == ("Y2" in names)
    none = EXAMPLE.replace("quorum X-and-Y", "quorum none").encode()
    assert Policy.parse(none).met(dict.fromkeys(names))


def test_strangers_are_passed_over_and_a_wrong_cosignature_condemns():
    policy = Policy.parse(EXAMPLE.encode())
    stranger = CosigningKey("x1.example", seed("stranger"))
    note = cosigned("X1", "X2", "Y1")
    assert policy.open(note + stranger.cosign(TEXT, 5)).witnesses.keys() == {"X1", "X2", "Y1"}
    with pytest.raises(PolicyNotMet):
        policy.open(cosigned("X1", "Y1") + stranger.cosign(TEXT, 5))
    other = Checkpoint(LOG, 7, bytes([1] * 32)).text()
    with pytest.raises(BadNote, match=r"the signature of x3\.example is wrong"):
        policy.open(note + WITNESSES["X3"].cosign(other, 5))
    with pytest.raises(BadNote):
        policy.open(TEXT + "\n" + "".join(w.cosign(TEXT, 1) for w in WITNESSES.values()))
    text = Checkpoint("example.org/other", 7, bytes(32)).text()
    note = sign_note(text, SigningKey("example.org/other", seed("log")))
    with pytest.raises(BadCheckpoint, match="its origin"):
        policy.open(note)


def test_of_several_cosignatures_each_must_be_right():
    policy = Policy.parse(EXAMPLE.replace("quorum X-and-Y", "quorum X1").encode())
    note = cosigned("X1") + WITNESSES["X1"].cosign(TEXT, 1_700_000_000)
    assert policy.open(note).witnesses["X1"].time in (1_600_000_000, 1_700_000_000)


def test_a_policy_follows_a_rotation_of_the_log():
    new = SigningKey(LOG, seed("new"))
    rotations = [read_statement(statement(3, KEY, new))]
    policy = Policy.parse(EXAMPLE.encode())
    note = sign_note(TEXT, new) + "".join(WITNESSES[n].cosign(TEXT, 1) for n in ("X1", "X2", "Y1"))
    assert policy.open(note, rotations).checkpoint.size == 7
    with pytest.raises(BadNote):
        policy.open(note)
    both = EXAMPLE.replace("\nwitness X1", f"\nlog {new.verifier.to_text()}\nwitness X1").encode()
    assert Policy.parse(both).open(note, rotations).checkpoint.size == 7


AGAIN = VerifierKey("other.example", 4, WITNESSES["X1"].verifier.public).to_text()


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("witness X3 " + VKEYS["X3"], f"witness X3 {AGAIN}"), 6, "same public key"),
        (("quorum", f"log {KEY.verifier.to_text()}\nquorum"), 15, "same public key"),
        (("witness X2 ", "witness X1 "), 5, "the name X1 is taken"),
        (("group Y-witnesses", "group X2"), 12, "the name X2 is taken"),
        (("group Y-witnesses", "group none"), 12, "the name none is taken"),
        (("2 X1 X2 X3", "4 X1 X2 X3"), 7, "all, any, or 1 to 3"),
        (("2 X1 X2 X3", "0 X1 X2 X3"), 7, "all, any, or 1 to 3"),
        (("2 X1 X2 X3", "02 X1 X2 X3"), 7, "all, any, or 1 to 3"),
        (("2 X1 X2 X3", "some X1 X2 X3"), 7, "all, any, or 1 to 3"),
        (("2 X1 X2 X3", "2 X1 X2 Y3"), 7, "there is no Y3 above"),
        (("2 X1 X2 X3", "2 X1 X2 none"), 7, "there is no none above"),
        (("2 X1 X2 X3", "2 X1 X2 X2"), 7, "a member of a group already"),
        (("any Y1 Y2 Y3", "any Y1 Y2 X3"), 12, "a member of a group already"),
        (("2 X1 X2 X3", "2"), 7, "cannot be understood"),
        (("quorum X-and-Y", "quorum Z"), 15, "there is no Z above"),
        (("quorum X-and-Y", "quorum X-and-Y\nquorum none"), 16, "a second"),
        (("quorum X-and-Y\n", ""), 15, "no line “quorum”"),
        (("witness X1 ", "witnes X1 "), 4, "cannot be understood"),
        (("witness X1 " + VKEYS["X1"], f"witness X1 {KEY.verifier.to_text()}"), 4, "type 0x01"),
        ((" log  " + KEY.verifier.to_text(), "log " + VKEYS["X1"]), 2, "type 0x04"),
        ((VKEYS["X1"], VKEYS["X1"][:-2] + "A="), 4, "key"),
        (("witness X1 ", "witness X1\r "), 4, "control"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(change, line, said):
    changed = EXAMPLE.replace(*change)
    assert changed != EXAMPLE
    with pytest.raises(BadPolicy, match=said) as refused:
        Policy.parse(changed.encode())
    assert refused.value.details["line"] == line
    assert refused.value.message("zh") != refused.value.message("en")


def test_names_are_octets():
    text = "witness \udcff\udcfe %s\nwitness K %s\ngroup 组 any \udcff\udcfe K\nquorum 组\n"
    text %= VKEYS["X1"], VKEYS["X2"]
    policy = Policy.parse(text.encode("utf-8", "surrogateescape"))
    assert len(policy.witnesses) == 2
    assert not policy.logs
    with pytest.raises(BadPolicy, match="taken"):
        Policy.parse(
            text.replace("witness K ", "witness \udcff\udcfe ").encode("utf-8", "surrogateescape")
        )


def test_large_policies():
    made = [CosigningKey(f"w{n}", seed(f"w{n}")).verifier.to_text() for n in range(64)]
    logs = [SigningKey(f"l{n}", seed(f"l{n}")).verifier.to_text() for n in range(64)]
    lines = [f"log {vkey}" for vkey in logs]
    lines += [f"witness w{n} {vkey}" for n, vkey in enumerate(made)]
    lines += [f"group g{n} any w{n}" for n in range(64)]
    lines += ["group all all " + " ".join(f"g{n}" for n in range(64)), "quorum all"]
    policy = Policy.parse("\n".join(lines).encode())
    assert policy.met({f"w{n}": None for n in range(64)})
    assert not policy.met({f"w{n}": None for n in range(63)})
    with pytest.raises(BadPolicy, match="too large"):
        Policy.parse(b"#" * (1 << 21))


WORDS = ["log", "witness", "group", "quorum", "none", "any", "2", "X1", "\n", " ", "#", "\t", "\0"]


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from([*WORDS, "é", VKEYS["X1"], VKEYS["X2"], KEY.verifier.to_text()]),
        max_size=40,
    ).map(lambda items: " ".join(items).encode())
)
def test_hostile_policies_are_refused_in_our_words(content):
    with suppress(LianjianError):
        policy = Policy.parse(content)
        assert policy.quorum == "none" or policy.wanted()
        policy.open(cosigned("X1"))


def test_groups_are_nested_so_deep_and_no_deeper():
    lines = [f"witness w {VKEYS['X1']}", "group g0 any w"]
    lines += [f"group g{n} any g{n - 1}" for n in range(1, 3000)]
    with pytest.raises(BadPolicy, match="more than 50 deep") as refused:
        Policy.parse("\n".join([*lines, "quorum g2999"]).encode())
    assert refused.value.details["line"] == 52
    fine = Policy.parse("\n".join([*lines[:50], "quorum g48"]).encode())
    assert fine.met({"w": None})


def test_names_that_are_no_text_can_be_told():
    text = f"log {KEY.verifier.to_text()}\nwitness \udcff {VKEYS['X1']}\nquorum \udcff\n"
    policy = Policy.parse(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PolicyNotMet) as refused:
        policy.open(cosigned())
    refused.value.message("zh").encode()
    "".join(policy.open(cosigned("X1")).witnesses).encode()


# The commands


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*args, code=0, lang="en"):
        assert cli.main(["--lang", lang, *map(str, args)]) == code
        return capsys.readouterr()

    return call


def test_an_export_is_verified_by_a_policy(run, tmp_path):
    with Trial(tmp_path / "records", [bases.lianjian_family()]) as trial:
        records = trial.records
        run(
            "-C",
            records.path,
            "record",
            "base.opened",
            "base=z",
            "name=z",
            "kind=other",
            "day=2021-02-02",
        )
        vkey = records.verifier_key().to_text()
        export(records, tmp_path / "out")
    path, policy = tmp_path / "out/checkpoint", tmp_path / "policy"
    policy.write_text(
        f"log {vkey}\nwitness city {VKEYS['X1']}\nwitness audit {VKEYS['X2']}\n"
        "group two all city audit\nquorum two\n"
    )
    lacking = run("verify", "out", "--policy", policy, code=3).out
    assert "wanted 2 of (city, audit), found none" in lacking
    note = path.read_text()
    text = note.split("\n\n")[0] + "\n"
    path.write_text(note + "".join(WITNESSES[n].cosign(text, 1_600_000_000) for n in ("X1", "X2")))
    said = run("verify", "out", "--policy", policy).out
    assert "cosigned by city at 2020-09-13T12:26:40Z" in said
    assert run("verify", "out", "--key", vkey).out.endswith("verified\n"), "strangers' lines"
    assert "见证人 audit 于" in run("verify", "out", "--policy", policy, lang="zh").out
    without = tmp_path / "without"
    without.write_text("\n".join(policy.read_text().splitlines()[1:]))
    assert "--key" in run("verify", "out", "--policy", without, code=2).err
    assert "cosigned by city" in run("verify", "out", "--policy", without, "--key", vkey).out
    run("-C", records.path, "prove", "0", "--out", "proof")
    assert "not witnessed" in run("check", "proof", "--policy", policy, code=3).err
    (tmp_path / "proof").write_text(
        (tmp_path / "proof").read_text().split("\n\n")[0] + "\n\n" + path.read_text()
    )
    assert "cosigned by city at" in run("check", "proof", "--policy", policy).out
    assert '"audit": "2020-' in run("check", "proof", "--policy", policy, "--json").out
    assert "--policy" in run("check", "proof", code=2).err
    assert "--policy" in run("-C", records.path, "verify", "--policy", policy, code=2).err
    policy.write_text("log x\n")
    assert "line 1" in run("verify", "out", "--policy", policy, code=1).err
    assert verify_export(tmp_path / "out", records.verifier_key(), Trusted()).findings == ()
