"""What the auditor's commands share: keys and files from outside, and telling what was verified.

    key = key_of("auditor/log.vkey")                       a file, or the text itself
    compared(records, trusted, report)                     what that says of a records folder
    print_export(terminal, folder, key, trusted)           an exported log
    check_proof(path, key, entry, old)                     a proof of either form

What comes from outside is read up to the size that it may have, and no further.
"""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
from attrs import evolve, frozen

from lianjian.core.audit import Evidence
from lianjian.core.checkpoint import Checkpoint, VerifierKey, open_checkpoint
from lianjian.core.errors import BadNote, BadProof, LianjianError, Words
from lianjian.core.event import read_envelope
from lianjian.core.exported import claimed_size, key_in, verify_export
from lianjian.core.guard import Held
from lianjian.core.handout import cosigned, newest
from lianjian.core.layout import LARGEST_ENTRY, LARGEST_NOTE
from lianjian.core.messages import clean
from lianjian.core.proofs import LARGEST_PROOF, Consistency, parse_proof
from lianjian.core.records import Records
from lianjian.core.session import print_report
from lianjian.core.store import UNREADABLE, Store
from lianjian.core.terminal import Terminal
from lianjian.core.tree import root
from lianjian.core.trusted import FROM, Short, Trusted
from lianjian.core.verify import Report

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


def trusted_note(path: Path, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint that somebody held on to, of the log of `key`; BadNote, BadCheckpoint."""
    note = read_up_to(path, LARGEST_NOTE)
    if len(note) > LARGEST_NOTE:
        raise BadNote(why=Words("文件过大", "the file is too large"))
    return open_checkpoint(note, key.name, key)


def trusted(key: VerifierKey, old: Path | None, short: str) -> Trusted:
    """Return what a history must extend, from the options `--from` and `--against`."""
    return Trusted(
        trusted_note(old, key) if old else None, Short.parse(short) if short.strip() else None
    )


# Verifying.


def compared(records: Records, held: Trusted, report: Report) -> Report:
    """Return a records folder's report with what came of comparing it with what was held."""
    evidence, compared = Evidence(), list[Words]()
    try:
        with Store.open(records.log) as store:
            size = store.size()
            roots = {n: root(n, store) for n in held.sizes if n <= size}
            rows = {n: store.row(n - 1) for n in roots}
            times = {n: row.recordedat for n, row in rows.items() if row}
        compared = held.compare(size, roots, times, evidence.find)
    except (LianjianError, *UNREADABLE) as error:
        what = Words("无法比对", "it could not be compared")
        evidence.find(FROM, what, found=error)
    return evolve(
        report,
        findings=(*report.findings, *evidence.findings),
        checked=(*report.checked, *compared),
    )


def print_export(
    terminal: Terminal, folder: Path, given: str, old: Path | None, short: str, *, as_json: bool
) -> bool:
    """Verify an exported log and print the report; tells whether everything follows."""
    key = key_of(given) if given else key_in(folder)
    held = trusted(key, old, short)
    with terminal.progress("核验", "verifying", claimed_size(folder)) as tick:
        report = verify_export(folder, key, held, tick, given=bool(given))
    return print_report(terminal, key.name, report, as_json=as_json)


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

    checkpoint: Checkpoint
    old: int | None = None
    position: int = 0
    id: str = ""
    type: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        signed = self.checkpoint
        named = {"origin": signed.origin, "size": signed.size}
        checkpoint = {**named, "root": b64encode(signed.root).decode()}
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
        return [clean(said), *(clean(f"  {line}") for line in self.checkpoint.text().splitlines())]


def check_proof(path: Path, key: VerifierKey, entry: Path | None, old: Path | None) -> Proved:
    """Verify a proof in a file, of either form.

    An inclusion is of the bytes in the file `entry`, or of those that the proof brings along; a
    consistency proof starts from the checkpoint in the file `old`. Raises BadProof, BadNote or
    BadCheckpoint.
    """
    proof = parse_proof(read_up_to(path, LARGEST_PROOF))
    if isinstance(proof, Consistency):
        if old is None:
            raise BadProof(
                why=Words(
                    "一致性证明须用 --from 给出所持的旧检查点",
                    "a consistency proof needs the checkpoint that you hold: --from CHECKPOINT",
                )
            )
        return Proved(proof.verify(trusted_note(old, key), key), proof.old)
    content = read_up_to(entry, LARGEST_ENTRY) if entry else proof.extra
    if not content and not entry:
        raise BadProof(
            why=Words(
                "其中没有条目字节，请用 --entry 给出", "it has no entry; give it with --entry"
            )
        )
    signed = proof.verify(content, key)
    id_, type_ = _named(content)
    return Proved(signed, None, proof.index, id_, type_)


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
