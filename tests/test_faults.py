"""Each change that a command makes to a file, made to fail: nothing half done, a way out of each.

`faults.c` is loaded into one process. Again and again a child of it runs a command, each time in a
copy of the same folder and with another of its calls failing, SQLite's own included. Afterwards the
process itself looks, in which nothing fails: what is there is whole, verifies, has what was reported
done, and does not contradict what was signed and handed out; and the same command once more does
what it should.

A scenario is a function of the folder that runs one command, with three lines around it:

    @scenario(least=20, touches="guard checkpoint", on="records")
    def record(at):
        return lianjian(at, "record", …)

Run as a program, this file is the process with the library loaded.
"""

import ctypes
import errno
import gc
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import typer.main
from attrs import frozen

from lianjian import cli
from lianjian.core import session
from lianjian.core.errors import LianjianError
from lianjian.core.event import Draft
from lianjian.core.exported import verify_export
from lianjian.core.log import Log
from lianjian.core.messages import foreseen
from lianjian.core.records import Records
from lianjian.core.registry import load
from lianjian.core.store import Store
from lianjian.core.tree import root
from lianjian.core.trusted import Trusted
from lianjian.core.witness import Witness
from lianjian.plugins.bases import VisitHeld

HERE = Path(__file__)
DAY = date(2021, 5, 1)
ROWS = 30
TYPES = load().types
WAYS = {
    # kind of call: (way, error number), as faults.c has them
    "w": [("e", errno.EIO), ("p", errno.EIO), ("s", 0), ("f", errno.ENOSPC)],
}
OTHERS = [("e", errno.EIO), ("p", errno.EIO)]


@frozen
class Scenario:
    """A command to break.

    It makes at `least` so many calls, `touches` these files, begins in a copy of the template `on`,
    and where it has succeeded the same again may be refused as `done`. Of several `appends` each is
    whole for itself. Where ids are `random`, events are counted.
    """

    run: Callable[[Path], "Outcome"]
    least: int
    touches: tuple[str, ...]
    on: str
    done: str
    appends: int
    random: bool


@frozen
class Outcome:
    """What a command came to: its exit code, and what it printed."""

    code: int
    out: str = ""
    err: str = ""


SCENARIOS: dict[str, Scenario] = {}


def scenario(*, least, touches, on="records", done="", appends=1, random=False):
    def named(function):
        touched = tuple(touches.split())
        SCENARIOS[function.__name__] = Scenario(function, least, touched, on, done, appends, random)
        return function

    return named


def lianjian(at, *args):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        command = ["--lang", "en", "-C", str(at / "records"), *map(str, args)]
        code = cli.main(command)
    return Outcome(code, out.getvalue(), err.getvalue())


VISIT = ("visit.held", "base=b", "day=2021-05-01", "persons=3", "--recorder", "x")


@scenario(least=30, touches="log.db log.db-wal guard checkpoint state/lianjian", on="crashed")
def record_after_a_crash(at):
    return lianjian(at, "record", *VISIT, "--id", "new")


@scenario(least=30, touches="log.db log.db-wal guard checkpoint", on="unguarded")
def record_without_a_guard(at):
    return lianjian(at, "record", *VISIT, "--id", "new")


@scenario(least=30, touches="log.db log.db-wal guard checkpoint")
def import_a_ledger(at):
    return lianjian(at, "import", at / "ledger.csv", "--type", "visit.held", "--recorder", "x")


@scenario(least=30, touches="log.db-wal guard checkpoint", appends=2)
def append_and_append_again(at):
    """A program that keeps the log open and tries again."""
    said = Outcome(0)
    drafts = [Draft(VisitHeld(base="b", day=DAY, persons=1), "x", id=f"new-{n}") for n in (1, 2)]

    def failed(error):
        known = foreseen(error)
        assert known, repr(error)
        return Outcome(known.exit_code, "", f"error: {known}\nhint: {known.hint('en')}")

    try:
        records = Records.open(at / "records")
        with Log.open(records, TYPES) as log:
            for draft in drafts:
                try:
                    note = log.append([draft]).note
                except Exception as error:  # noqa: BLE001  whatever it is must be foreseen
                    said = failed(error)
                    note = log.append([draft]).note
                assert records.guard.read().note == note, "handed out, and not in the guard"
    except Exception as error:  # noqa: BLE001
        said = failed(error)
    return said


@scenario(least=30, touches="keys/log.key lianjian.toml log.db guard", on="empty", done="not empty")
def init(at):
    return lianjian(at, "init", at / "records")


@scenario(least=40, touches="out/tile/0/000 out/checkpoint.new out/checkpoint", on="records")
def export(at):
    return lianjian(at, "export", at / "out")


@scenario(least=40, touches="out/tile/0/000 out/checkpoint.new out/checkpoint", on="exported")
def export_again(at):
    return lianjian(at, "export", at / "out")


@scenario(least=40, touches="backup/log.db backup/keys/log.key backup/guard", done="not empty")
def backup(at):
    return lianjian(at, "backup", at / "backup")


@scenario(least=40, touches="log.db.recovered log.db guard", on="older", done="is sound")
def recover(at):
    return lianjian(at, "recover", at / "source")


@scenario(least=40, touches="views.db views.db-wal", on="grown")
def show(at):
    return lianjian(at, "show", "bases.persons", "--period", "2021")


@scenario(least=40, touches="views.db views.db-wal", on="grown")
def replay(at):
    return lianjian(at, "replay", "bases")


@scenario(least=40, touches="log.db-wal keys/log.key.next keys/log.vkey guard", random=True)
def rotate_the_key(at):
    return lianjian(at, "key", "rotate", "--recorder", "x")


@scenario(least=30, touches="log.db-wal guard checkpoint", on="sealed", random=True)
def erase(at):
    grounds = ("--basis", "rule", "--authority", "office", "--recorder", "x")
    return lianjian(at, "erase", "enrolled", "name", *grounds)


@scenario(least=4, touches="witness/witness.state", on="witnessed")
def cosign(at):
    return lianjian(at, "witness", "cosign", at / "request", "-w", at / "witness")


# Looking afterwards, in another process, with nothing failing


def examine(at, scenario, outcome, before):
    """Return what is wrong with a folder in which a scenario was run."""
    wrong = []

    def see(fine, what):
        if not fine:
            wrong.append(str(what))

    if outcome.code:
        see(outcome.code == 1, outcome)
        see(re.search(r"^error: .+", outcome.err, re.MULTILINE), outcome)
        see(re.search(r"^hint: .+", outcome.err, re.MULTILINE), outcome)
        see(not re.search("unexpected|use -:|not sound|Traceback", outcome.err), outcome)
    held = handed_out(at)
    # A log that is to be recovered does not verify before it is; one that was not made is not there.
    if scenario.on != "empty" and (outcome.code == 0 or scenario.on != "older"):
        done = lianjian(at, "verify")
        see(done.code == 0, ("verify", done))
        see(ids(at) >= before["ids"], "what was recorded before is gone")
        added = {i for i in ids(at) if i not in before["ids"]}
        expected = (
            added if scenario.random and len(added) == len(before["adds"]) else before["adds"]
        )
        see(outcome.code or not expected or added == expected, ("added", added))
        whole = not added or added == expected
        see(whole or scenario.appends > 1, ("in part", added))
    again = scenario.run(at)
    refused = outcome.code == 0 and scenario.done and scenario.done in again.err
    see(again.code == 0 or refused or "is sound" in again.err, ("again", again))
    more = lianjian(at, "record", *VISIT) if scenario.on != "empty" else lianjian(at, "log")
    see(more.code == 0, ("record", more))
    done = lianjian(at, "verify")
    see(done.code == 0, ("verify at last", done))
    if not scenario.random:
        see(ids(at) >= before["ids"] | before["adds"], "what was to be recorded is not there")
    with Store.open(at / "records/log.db") as store:
        for path, signed in held.items():
            fits = signed.size <= store.size() and root(signed.size, store) == signed.root
            see(fits, f"{path} is contradicted")
        see(store.size() == len(ids(at)), "positions and ids do not agree")
    look(at, scenario, see)
    return list(dict.fromkeys(wrong))


def look(at, scenario, see):
    """Look at what only some scenarios leave behind."""
    records = Records.open(at / "records")
    if (at / "out").exists():
        report = verify_export(at / "out", records.verifier_key(), Trusted())
        see(report.findings == (), report.findings)
        left = [p.name for p in (at / "out").rglob(".part-*")]
        see(not left and not (at / "out/checkpoint.new").exists(), ("left behind", left))
    see(not records.next_key.exists(), "a rotation is still under way")
    if scenario.on == "sealed":
        raw = b"".join(p.read_bytes() for p in (at / "records").rglob("*") if p.is_file())
        with Store.open(records.log) as store:
            count = store.db.execute("SELECT count(*) FROM disclosures").fetchone()[0]
        see(count == 0 and "张三丰".encode() not in raw, "the erased text is still there")
    if (at / "witness").exists():
        (known,) = Witness.open(at / "witness").logs().values()
        see(known.checkpoint.size == ROWS + 1, "what was cosigned at last is not remembered")
    if (at / "backup").exists():
        copied = Records.open(at / "backup")
        held = copied.guard.read()
        with Store.open(copied.log) as store:
            fits = (store.checkpoint(), store.size()) == (held.note, held.checkpoint.size)
            see(fits and root(store.size(), store) == held.checkpoint.root, "the backup")
        see(copied.verifier_key() == records.verifier_key(), "the backup's key")
        see(oct((at / "backup/keys/log.key").stat().st_mode)[-3:] == "600", "the key's mode")
    if scenario.on == "older":
        kept = list((at / "records").glob("log-*.db"))
        see(len(kept) == 1, ("kept", kept))
        for path in kept:
            with Store.open(path) as store:  # its WAL, with the last of them, went along
                see(store.size() == 5, f"{path} has {store.size()}")
        see(not list((at / "records").glob("*.recovered*")), "left behind")


def ids(at):
    with Store.open(at / "records/log.db") as store:
        return {row.id for row in store.rows(0, store.size())}


def handed_out(at):
    """Return every checkpoint that somebody may hold, by file; all must be signed."""
    held = {}
    with suppress(LianjianError):
        records = Records.open(at / "records")
        with Store.open(records.log) as store:
            keys = records.keys(store)
        for path in (at / "out/checkpoint", at / "records/checkpoint", at / "before"):
            if path.exists():
                held[path] = keys.open(path.read_bytes())
        for path, found in records.remembered().items():
            held[path] = keys.open(found.note)
    if (at / "witness").exists():
        (known,) = Witness.open(at / "witness").logs().values()
        held[at / "witness"] = known.checkpoint
    return held


# The process with the library: prepares templates, and forks a child for each run


def prepare(base):
    """Make the folders that scenarios begin in."""

    def copy(name, of):
        shutil.copytree(base / of, base / name)
        os.environ["XDG_STATE_HOME"] = str(base / name / "state")
        return base / name

    def fine(outcome):
        assert outcome.code == 0, outcome
        return outcome

    at = base / "empty"
    (at / "state").mkdir(parents=True)
    at = copy("records", "empty")
    fine(lianjian(at, "init", at / "records"))
    opened = ("name=园", "kind=garden", "day=2021-01-01", "--recorder", "x", "--id", "opened")
    fine(lianjian(at, "record", "base.opened", "base=b", *opened))
    rows = "".join(f"b,2021-05-01,{n}\n" for n in range(ROWS))
    (at / "ledger.csv").write_text("base,day,persons\n" + rows, encoding="utf-8")
    shutil.copy(at / "records/checkpoint", at / "before")
    at = copy("exported", "records")
    fine(lianjian(at, "export", at / "out"))
    fine(import_a_ledger(at))
    at = copy("grown", "records")
    fine(show(at))
    fine(import_a_ledger(at))
    # The guard is one append behind: what a crash right after the commit leaves.
    at = copy("crashed", "records")
    kept = {p: p.read_bytes() for p in at.rglob("*") if p.name in ("guard", "checkpoint")}
    fine(lianjian(at, "record", *VISIT, "--id", "crashed"))
    for path, content in kept.items():
        path.write_bytes(content)
    at = copy("unguarded", "records")
    for path in list(at.rglob("guard")):
        path.unlink()
    # An older copy of the log is in place, the last of it in its WAL, and a backup is at hand.
    at = copy("older", "records")
    log = at / "records/log.db"
    with Log.open(Records.open(at / "records"), TYPES) as writer:
        for n in range(4):
            visit = VisitHeld(base="b", day=DAY, persons=n)
            writer.append([Draft(visit, "x", id=f"older-{n}")])
        old = {p: p.read_bytes() for p in (log, log.with_name("log.db-wal"))}
    fine(import_a_ledger(at))
    fine(lianjian(at, "backup", at / "source"))
    for path, content in old.items():
        path.write_bytes(content)

    at = copy("sealed", "records")
    enrolled = (
        "lecturer.enrolled",
        "lecturer=L1",
        "tier=district",
        "external=false",
        "name=张三丰",
    )
    day = ("day=2021-01-01", "--recorder", "x", "--id", "enrolled")
    fine(lianjian(at, "record", *enrolled, *day))
    at = copy("witnessed", "records")
    fine(lianjian(at, "witness", "init", at / "witness", "--name", "w.example"))
    known = ("-w", at / "witness", "--key", at / "records/keys/log.vkey")
    fine(lianjian(at, "witness", "cosign", at / "before", *known))
    fine(import_a_ledger(at))
    fine(lianjian(at, "prove", "--from", at / "before", "--out", at / "request"))


class Library:
    """faults.c, loaded into this very process."""

    def __init__(self):
        self.library = ctypes.CDLL(None)
        self.library.faults_arm.argtypes = [ctypes.c_char_p, ctypes.c_long, *[ctypes.c_int] * 2]
        self.library.faults_count.restype = ctypes.c_long
        self.library.faults_kind.argtypes = self.library.faults_path.argtypes = [ctypes.c_long]
        self.library.faults_path.restype = ctypes.c_char_p

    def arm(self, below, n, way, number):
        self.library.faults_arm(os.fsencode(below), n, ord(way), number)

    def disarm(self):
        """Let nothing fail any more, and return what was counted: (kind, path)."""
        self.library.faults_disarm()
        numbers = range(1, self.library.faults_count() + 1)
        return [
            (chr(self.library.faults_kind(n)), os.fsdecode(self.library.faults_path(n)))
            for n in numbers
        ]


def in_a_child(job):
    """Run a function in a process of its own, and return what it returns, as JSON has it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = json.dumps(job())
        except BaseException as error:  # noqa: BLE001  the parent is told
            said = json.dumps({"raised": f"{type(error).__name__}: {error}"})
        with os.fdopen(writing, "w") as pipe:
            pipe.write(said)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said)


def serve(base):
    library, at, adds = Library(), base / "run", {}
    # What is loaded and built once saves most of the time, and is not what is broken here.
    session.load = cache(session.load)
    typer.main.get_command = cache(typer.main.get_command)
    prepare(base)
    gc.freeze()
    gc.disable()
    os.environ["XDG_STATE_HOME"] = str(at / "state")
    say({"ready": sorted(SCENARIOS)})
    while line := sys.stdin.readline():
        name, n, way, number = json.loads(line)
        scenario = SCENARIOS[name]
        shutil.rmtree(at, ignore_errors=True)
        shutil.copytree(base / scenario.on, at)

        def broken(scenario=scenario, n=n, way=way, number=number):
            before = ids(at) if scenario.on not in ("empty", "older") else set()
            library.arm(at, n, way, number)
            try:
                outcome = scenario.run(at)
            finally:
                calls = library.disarm()
            return {"before": sorted(before), "outcome": [outcome.code, outcome.out, outcome.err],
                    "calls": calls}  # fmt: skip

        seen = in_a_child(broken)
        if "raised" not in seen:
            outcome, before = Outcome(*seen["outcome"]), set(seen["before"])
            if not n:
                adds[name] = ids(at) - before
            before = {"ids": before, "adds": adds[name]}
            try:
                seen["wrong"] = examine(at, scenario, outcome, before)
            except Exception as error:  # noqa: BLE001  it is told, and the next run goes on
                seen["wrong"] = [repr(error)]
        say(seen)


def say(value):
    sys.__stdout__.write(json.dumps(value) + "\n")
    sys.__stdout__.flush()


# The tests


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Return a function that runs a scenario with its n-th call failing, and says what was seen."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if sys.platform != "linux":
        pytest.skip("calls are made to fail with LD_PRELOAD and /proc, which is Linux")
    if compiler is None:
        pytest.skip("there is no C compiler to make the library with")
    library, source = tmp_path_factory.mktemp("faults") / "faults.so", HERE.with_name("faults.c")
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"the C compiler does not make the library: {made.stderr[:200]}")
    keep = ("PATH", "HOME", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {k: os.environ[k] for k in keep if k in os.environ}
    environment |= {"LD_PRELOAD": str(library), "LC_ALL": "C.UTF-8"}
    memory = Path("/dev/shm")  # it is not the disk that is tried here, and memory is quicker
    where = memory if os.access(memory, os.W_OK) else None
    with (
        TemporaryDirectory(prefix="lianjian-faults-", dir=where) as base,
        subprocess.Popen(
            [sys.executable, HERE, f"{base}/folders"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process,
    ):  # fmt: skip
        assert json.loads(process.stdout.readline() or "{}").get("ready") == sorted(SCENARIOS)

        def run(name, n=0, way="e", number=0):
            process.stdin.write(json.dumps([name, n, way, number]) + "\n")
            process.stdin.flush()
            seen = json.loads(process.stdout.readline())
            assert "raised" not in seen, (name, n, way, number, seen)
            return seen

        yield run
        process.stdin.close()
        process.wait()


@pytest.mark.parametrize("name", SCENARIOS)
def test_whatever_fails_nothing_is_half_done(broken, name):
    scenario, dry = SCENARIOS[name], broken(name)
    calls = dry["calls"]
    assert (dry["outcome"][0], dry["wrong"]) == (0, [])
    assert len(calls) >= scenario.least
    for path in scenario.touches:
        assert any(path in found for _, found in calls), path
    failed, wrong = 0, []
    for n in chosen(calls):
        for way, number in WAYS.get(calls[n - 1][0], OTHERS):
            seen = broken(name, n, way, number)
            assert seen["calls"][n - 1][0] == calls[n - 1][0], "not the call that was meant"
            failed += seen["outcome"][0] != 0
            if seen["wrong"]:
                wrong.append((n, *calls[n - 1], way, number, seen["wrong"]))
    assert wrong == []
    assert failed > len(calls) // 4, "hardly anything failed"


def chosen(calls):
    """Return the numbers of the calls to break: all, but of long runs alike both ends and the middle.

    A page goes into a WAL, or into a file, like the one before; the last two make a commit.
    """
    numbers = []
    for _, alike in groupby(enumerate(calls, 1), key=lambda numbered: numbered[1]):
        run = [n for n, _ in alike]
        few = run if len(run) <= 5 else [*run[:2], run[len(run) // 2], *run[-2:]]
        index = calls[run[0] - 1][1].endswith("-shm")  # made anew by whoever opens the database
        numbers += [run[0], run[-1]] if index and len(run) > 2 else few
    return numbers


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
