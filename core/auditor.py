"""What the auditor's commands share: keys and files from outside, and telling what was verified.

    by = believed("auditor/log.vkey", None)                a key (a file, or its text), a policy
    compared(records, trusted, report)                     what that says of a records folder
    print_export(terminal, folder, by, trusted)            an exported log
    recomputed(terminal, records, registry, report)        its published figures, once more
    check_proof(path, by, entry, old)                      a proof of either form
    check_figure(path, by)                                 a figure in a file, with its events

What comes from outside is read up to the size that it may have, and no further.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from sqlite3 import OperationalError
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from attrs import evolve, frozen

from lianjian.core.audit import Evidence, Finding
from lianjian.core.bundle import LARGEST_FILE, is_bundle
from lianjian.core.checkpoint import Checkpoint, VerifierKey, checkpoint_in
from lianjian.core.claims import Checked, verified
from lianjian.core.contents import ROTATED
from lianjian.core.errors import (
    BadNote,
    BadProof,
    BadRotation,
    LianjianError,
    LogDamaged,
    NoLogInPolicy,
    Words,
)
from lianjian.core.event import read_envelope
from lianjian.core.exported import bundles, claimed_size, key_in, verify_export
from lianjian.core.guard import Held
from lianjian.core.handout import cosigned, newest
from lianjian.core.keys import MOST_ROTATIONS, Rotation, rotation_at
from lianjian.core.layout import LARGEST_ENTRY, LARGEST_NOTE
from lianjian.core.messages import clean
from lianjian.core.policy import LARGEST_POLICY, Opened, Policy
from lianjian.core.proofs import LARGEST_PROOF, Consistency, Inclusion, parse_proof
from lianjian.core.published import recompute
from lianjian.core.records import Records
from lianjian.core.registry import Registry
from lianjian.core.restore import restore
from lianjian.core.session import load_registry, print_report
from lianjian.core.store import UNREADABLE, Store, transaction
from lianjian.core.terminal import Terminal
from lianjian.core.tree import root
from lianjian.core.trusted import FROM, Short, Trusted
from lianjian.core.verify import Report

FIGURES = Words("公布的数字", "published figures")

# What comes from outside.


def read_up_to(path: Path, most: int) -> bytes:
    """Return the content of a file: as far as one byte beyond what it may have."""
    with path.open("rb") as file:
        return file.read(most + 1)


def key_of(text: str) -> VerifierKey:
    """Return a verifier key: given as its text, or as a file that has it on its one line."""
    if re.fullmatch(r"[^+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", text):
        return VerifierKey.parse(text)
    content = read_up_to(Path(text), LARGEST_NOTE).decode(errors="replace")
    return VerifierKey.parse(content.strip())


def believed(key: str, policy: Path | None) -> Policy:
    """Return whom an auditor believes, from the options `--key` and `--policy`.

    With both, the policy's witnesses must have cosigned the checkpoints of the key's log.
    """
    if policy is None:
        return Policy.of(key_of(key))
    read = Policy.parse(read_up_to(policy, LARGEST_POLICY))
    if not key and not read.logs:
        raise NoLogInPolicy(path=policy)
    return evolve(read, logs=(key_of(key),)) if key else read


def note_in(path: Path) -> bytes:
    """Return the note of a checkpoint that somebody held on to; BadNote where it is none."""
    note = read_up_to(path, LARGEST_NOTE)
    if len(note) > LARGEST_NOTE:
        raise BadNote(why=Words("文件过大", "the file is too large"))
    checkpoint_in(note)
    return note


def trusted(old: Path | None, short: str) -> Trusted:
    """Return what a history must extend, from the options `--from` and `--against`."""
    return Trusted(note_in(old) if old else None, Short.parse(short) if short.strip() else None)


def rotations_in(paths: Sequence[Path]) -> tuple[Rotation, ...]:
    """Return the rotations of a log's key whose entries are in the proofs of some files."""
    found: list[Rotation] = []
    for path in paths:
        proof = parse_proof(read_up_to(path, LARGEST_PROOF))
        stated = list(_rotation(proof.index, proof.extra) if isinstance(proof, Inclusion) else ())
        if not stated:
            why = Words(f"{path} 不是轮换条目的证明", f"{path} is no proof of a rotation")
            raise BadRotation(why=why)
        found += stated
    return tuple(found)


def rotations_of(folder: Path) -> tuple[Rotation, ...]:
    """Return the rotations of the log's key in an export, as far as its bundles are whole.

    Nothing else of it is verified. Raises BadRotation where one of them does not verify.
    """
    found: list[Rotation] = []
    with suppress(LogDamaged):
        entries = (e for bundle in bundles(folder, claimed_size(folder) or 0) for e in bundle)
        for position, entry in enumerate(entries):
            if ROTATED.encode() in entry and len(found) < MOST_ROTATIONS:
                found += _rotation(position, entry)
    return tuple(found)


def _rotation(position: int, entry: bytes) -> Iterator[Rotation]:
    """Yield the rotation that an entry states; none where it is no such entry, or no entry at all."""
    try:
        envelope = read_envelope(entry)
        data = msgspec.json.decode(envelope.data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return
    if envelope.type == ROTATED and isinstance(data, dict):
        yield rotation_at(position, envelope.source, data)


# Verifying.


def compared(records: Records, held: Trusted, report: Report) -> Report:
    """Return a records folder's report with what came of comparing it with what was held."""
    evidence, compared = Evidence(), list[Words]()
    try:
        with Store.open(records.log) as store:
            keys = records.keys(store)
            size = store.size()
            roots = {n: root(n, store) for n in held.sizes if n <= size}
            rows = {n: store.row(n - 1) for n in roots}
            times = {n: row.recordedat for n, row in rows.items() if row}
        compared = held.compare(size, roots, times, keys, evidence.find)
    except (LianjianError, *UNREADABLE) as error:
        what = Words("无法比对", "it could not be compared")
        evidence.find(FROM, what, found=error)
    return evolve(
        report,
        findings=(*report.findings, *evidence.findings),
        checked=(*report.checked, *compared),
    )


def print_export(
    terminal: Terminal,
    folder: Path,
    given: Policy | None,
    held: Trusted,
    *,
    figures: bool,
    as_json: bool,
) -> bool:
    """Verify an exported log and print the report; tells whether everything follows.

    Nobody `given`, the folder's own key is taken.
    """
    by = given or Policy.of(key_in(folder))
    with terminal.progress("核验", "verifying", claimed_size(folder)) as tick:
        report = verify_export(folder, by, held, tick, given=given is not None)
    report = recomputed_export(terminal, folder, report) if figures else not_recomputed(report)
    origins = ", ".join(key.name for key in by.logs)
    return print_report(terminal, origins, report, as_json=as_json)


# Published figures.


def not_recomputed(report: Report) -> Report:
    """Return a report that says how many published figures were not computed again."""
    count = report.published
    note = Words(
        f"{count} 项公布的数字未重算；重算请加 --figures",
        f"not recomputed: {count} published figure(s); add --figures to do so",
    )
    return evolve(report, notes=(*report.notes, note)) if count else report


def recomputed(terminal: Terminal, records: Records, registry: Registry, report: Report) -> Report:
    """Return a records folder's report with what came of computing its published figures again."""
    return _recomputed(terminal, registry, report, partial(Store.open, records.log))


def recomputed_export(terminal: Terminal, folder: Path, report: Report) -> Report:
    """Return an export's report likewise: over a log that is made of its entries' bytes."""
    with TemporaryDirectory(prefix="lianjian-") as temporary:

        def rebuilt() -> Store:
            store = Store.create(Path(temporary) / "log.db")
            with terminal.progress("重建日志", "rebuilding the log", report.size) as tick:
                restore(store, bundles(folder, report.size), folder, tick)
            return store

        return _recomputed(terminal, load_registry(terminal), report, rebuilt)


def _recomputed(
    terminal: Terminal, registry: Registry, report: Report, opened: Callable[[], Store]
) -> Report:
    """Compute a log's published figures again; one that cannot be read is a finding."""
    try:
        with opened() as store, transaction(store.db, "DEFERRED"):
            count = report.published
            with terminal.progress("重算", "recomputing", count) as tick:
                return recompute(report, store, registry, tick)
    except (LianjianError, *UNREADABLE) as error:
        if isinstance(error, OperationalError) and not report.findings:
            raise  # the disk is full, or such: nothing is wrong with the log
        what = Words("公布的数字无法重算", "the published figures cannot be recomputed")
        found = Finding(FIGURES, what, found=str(error))
        return evolve(report, findings=(*report.findings, found))


# Checkpoints.


def short_form(store: Store, held: Held) -> str:
    """Return a checkpoint's short form."""
    row = store.row(held.checkpoint.size - 1)
    return Short.of(held.checkpoint, row.recordedat if row else "").text()


def newest_checkpoint(records: Records, *, short: bool, witnessed: bool = False) -> str:
    """Return the newest checkpoint that may be handed out, as a note or in its short form.

    With `witnessed` it is the one that witnesses cosigned.
    """
    with Store.open(records.log) as store:
        held = cosigned(records, store) if witnessed else newest(records, store)
        return short_form(store, held) if short else held.note.removesuffix("\n")


# Proofs.


@frozen
class Proved:
    """What a proof showed: under which checkpoint; of an inclusion, which entry.

    `old` is the size that a consistency proof starts from, None for an inclusion.
    """

    opened: Opened
    old: int | None = None
    position: int = 0
    id: str = ""
    type: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        signed = self.opened.checkpoint
        named = {"origin": signed.origin, "size": signed.size}
        witnesses = {name: s.when for name, s in sorted(self.opened.witnesses.items())}
        checkpoint = {
            **named,
            "root": b64encode(signed.root).decode(),
            **({"witnesses": witnesses} if witnesses else {}),
        }
        if self.old is not None:
            return {"proved": "consistency", "old": self.old, "checkpoint": checkpoint}
        entry = {"position": self.position, "id": self.id, "type": self.type}
        return {"proved": "inclusion", **entry, "checkpoint": checkpoint}

    def lines(self, terminal: Terminal) -> list[str]:
        """Return it for people: what was shown, and below it the checkpoint's three lines."""
        if self.old is not None:
            said = terminal.say(
                f"证明成立：前 {self.old} 条未变，日志由此延续至下列检查点",
                f"verified: the first {self.old} entries are unchanged, and go on to",
            )
        else:
            said = terminal.say(
                f"证明成立：第 {self.position} 条，编号 {self.id}，类型 {self.type}，在下列检查点之内",
                f"verified: position {self.position}, id {self.id}, type {self.type}, is under",
            )
        lines = self.opened.checkpoint.text().splitlines()
        cosigned = (
            terminal.say(f"见证人 {name} 于 {s.when} 签署", f"cosigned by {name} at {s.when}")
            for name, s in sorted(self.opened.witnesses.items())
        )
        return [clean(said), *(clean(f"  {line}") for line in (*lines, *cosigned))]


@frozen
class _Believed:
    """A policy, and the rotations that were handed in beside a proof: whoever opens its note."""

    policy: Policy
    rotations: tuple[Rotation, ...]

    def open(self, note: str) -> Checkpoint:
        return self.policy.open(note, self.rotations).checkpoint


def check_proof(
    path: Path,
    policy: Policy,
    entry: Path | None,
    old: Path | None,
    rotations: Sequence[Path] = (),
) -> Proved:
    """Verify a proof in a file, of either form.

    An inclusion is of the bytes in the file `entry`, or of those that the proof brings along; a
    consistency proof starts from the checkpoint in the file `old`. `rotations` are proofs of the
    entries that lead from the known key to the one that signed. Raises BadProof, BadNote,
    BadCheckpoint, BadRotation or PolicyNotMet.
    """
    by = _Believed(policy, rotations_in(rotations))
    proof = parse_proof(read_up_to(path, LARGEST_PROOF))
    if isinstance(proof, Consistency):
        if old is None:
            raise BadProof(
                why=Words(
                    "一致性证明须用 --from 给出所持的旧检查点",
                    "a consistency proof needs the checkpoint that you hold: --from CHECKPOINT",
                )
            )
        held = note_in(old)
        keys = policy.keys(checkpoint_in(held).origin, by.rotations)
        proof.verify(keys.open(held), by)
        return Proved(policy.open(proof.note, by.rotations), proof.old)
    content = read_up_to(entry, LARGEST_ENTRY) if entry else proof.extra
    if not content and not entry:
        raise BadProof(
            why=Words(
                "其中没有条目字节，请用 --entry 给出", "it has no entry; give it with --entry"
            )
        )
    proof.verify(content, by)
    id_, type_ = _named(content)
    return Proved(policy.open(proof.note, by.rotations), None, proof.index, id_, type_)


def check_figure(
    path: Path, policy: Policy | None, rotations: Sequence[Path] = ()
) -> Checked | None:
    """Verify a figure in a file, as `why --bundle` writes it; None where it is a proof of a log.

    Without a policy its own key is used. Raises what `check_proof` raises.
    """
    if not is_bundle(read_up_to(path, LARGEST_PROOF)):
        return None
    by = _Believed(policy, rotations_in(rotations)).open if policy else None
    return verified(read_up_to(path, LARGEST_FILE), by)


def _named(entry: bytes) -> tuple[str, str]:
    """Return id and type of an entry; the log of somebody else may hold anything."""
    try:
        envelope = read_envelope(entry)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "-", "-"
    return envelope.id, envelope.type


def file_name(id_: str) -> str:
    """Return an event's id as a part of a file's name that every system takes."""
    return re.sub(r'[\x00-\x1f\\/:*?"<>|]|^\.|\.$', "_", id_)[:80]
