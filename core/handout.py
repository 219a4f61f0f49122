"""What is handed out of a log: its newest checkpoint, and proofs under it.

    held = newest(records, store)               the note, and what it says
    held = cosigned(records, store)             the one that witnesses cosigned
    inclusion(store, held, position)            that an entry is under it
    consistency(store, held, old)               that it grew out of an older one

Only a checkpoint that is in the guard is ever handed out: after a crash or a restored backup the
log can lack whatever is not in the guard, and an auditor would hold proof of a history that nobody
has. And nothing is handed out that does not follow: each proof is verified before it leaves.

What witnesses gave back is in the file `cosigned` of the records folder: one note, the largest that
was cosigned, with the lines of all who did. It is no part of what the log signs against, but it is
signed by the log: one that the log does not have is a sign of a rollback like any other.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import tee
from pathlib import Path

from attrs import frozen
from filelock import FileLock

from lianjian.core.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    Signature,
    VerifierKey,
    note_text,
    signature_lines,
    verified_note,
    with_signatures,
)
from lianjian.core.errors import (
    BadCheckpoint,
    BadKey,
    BadNote,
    BeyondCosigned,
    CosignedBehind,
    CosignedDamaged,
    GuardMissing,
    HistoryRewritten,
    LianjianError,
    LogDamaged,
    NoCosignature,
    NoSuchPosition,
    NotCosigned,
    OtherLog,
    RolledBack,
    Words,
)
from lianjian.core.files import write_whole
from lianjian.core.guard import Held
from lianjian.core.keys import KeyHistory
from lianjian.core.layout import LARGEST_NOTE
from lianjian.core.proofs import Consistency, Inclusion
from lianjian.core.records import Records
from lianjian.core.store import Store
from lianjian.core.tree import (
    consistency_proof,
    inclusion_proofs,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

COSIGNED = "cosigned"


def newest(records: Records, store: Store) -> Held:
    """Return the newest checkpoint that is in the guard, its signature verified.

    Where witnesses cosigned it, their lines are under it. Raises GuardMissing, GuardDamaged,
    BadNote, CosignedDamaged; RolledBack or HistoryRewritten where the log does not have what the
    guard, its copy or the cosigned checkpoint say was signed.
    """
    held, kept = _held(records, store)
    if kept and kept.checkpoint == held.checkpoint:
        return Held(with_signatures(held.note, kept.note), held.checkpoint)
    return held


def cosigned(records: Records, store: Store) -> Held:
    """Return the checkpoint that witnesses cosigned; NotCosigned, and what `newest` raises."""
    kept = _held(records, store)[1]
    if kept is None:
        raise NotCosigned(path=records.path / COSIGNED)
    return kept


def reaching(records: Records, store: Store, size: int, *, witnessed: bool) -> Held:
    """Return the checkpoint for a proof about the first `size` entries: the newest.

    With `witnessed` it is the cosigned one, and BeyondCosigned is raised where that is smaller:
    the log itself may well reach so far. Raises also what `newest` and `cosigned` raise.
    """
    if not witnessed:
        return newest(records, store)
    held = cosigned(records, store)
    if held.checkpoint.size < size:
        raise BeyondCosigned(size=held.checkpoint.size, reach=size)
    return held


def _held(records: Records, store: Store) -> tuple[Held, Held | None]:
    """Return the newest checkpoint of the guard, and the cosigned one, if there is any."""
    # First the guard: the log may grow while we look.
    remembered = records.remembered()
    held = remembered.get(records.guard.path)
    if held is None:
        raise GuardMissing(path=records.guard.path)
    keys = records.keys(store)
    signed = keys.open(held.note)
    size = store.size()
    for path, other in remembered.items():
        _compare(store, size, other.checkpoint, path)
    kept = _kept(records, keys)
    if kept:
        _compare(store, signed.size, kept.checkpoint, records.path / COSIGNED)
    return Held(held.note, signed), kept


def _kept(records: Records, keys: KeyHistory) -> Held | None:
    """Return the cosigned checkpoint, the log's signature verified; CosignedDamaged."""
    path = records.path / COSIGNED
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_NOTE + 1)
    except FileNotFoundError:
        return None
    try:
        signed = keys.open(content)
    except (BadNote, BadCheckpoint) as error:
        raise CosignedDamaged(path=path, why=_why(error)) from error
    return Held(content.decode(), signed)


def _why(error: LianjianError) -> Words:
    return Words(error.message("zh"), error.message("en"))


def _compare(store: Store, size: int, held: Checkpoint, path: Path) -> None:
    if held.size > size:
        raise RolledBack(size=size, signed=held.size, guard=path)
    if root(held.size, store) != held.root:
        raise HistoryRewritten(signed=held.size, guard=path)


def inclusion(store: Store, held: Held, position: int) -> Inclusion:
    """Return the proof that the entry at a position is under a checkpoint, with its bytes.

    Raises NoSuchPosition where the checkpoint does not reach it, LogDamaged where the bytes are
    not those that were signed.
    """
    return next(inclusions(store, held, [position]))


def inclusions(store: Store, held: Held, positions: Iterable[int]) -> Iterator[Inclusion]:
    """Yield the proofs of many entries, as `inclusion` does; quicker than one by one."""
    signed, ahead, asked = held.checkpoint, *tee(positions)
    for position, found in zip(asked, inclusion_proofs(ahead, signed.size, store), strict=True):
        row, hashes = store.row(position), tuple(found)
        if row is None:
            raise NoSuchPosition(position=position, size=signed.size)
        if not verify_inclusion(leaf_hash(row.entry), position, signed.size, hashes, signed.root):
            reason = Words(
                f"第 {position} 条不是当初签署的", f"position {position} is not what was signed"
            )
            raise LogDamaged(path=store.path, reason=reason)
        yield Inclusion(position, hashes, held.note, row.entry)


def consistency(store: Store, held: Held, old: Checkpoint, path: Path) -> Consistency:
    """Return the proof that a checkpoint grew out of an older one, `old`, from the file `path`.

    Raises OtherLog, RolledBack where the old one is larger, HistoryRewritten where there is no
    such proof.
    """
    signed = held.checkpoint
    if old.origin != signed.origin:
        raise OtherLog(path=path, found=old.origin, expected=signed.origin)
    if old.size > signed.size:
        raise RolledBack(size=signed.size, signed=old.size, guard=path)
    hashes = tuple(consistency_proof(old.size, signed.size, store))
    if not verify_consistency(old.size, old.root, signed.size, signed.root, hashes):
        raise HistoryRewritten(signed=old.size, guard=path)
    return Consistency(old.size, hashes, held.note)


# What witnesses give back.


@frozen
class Added:
    """What became of cosignatures that were added to a log's.

    `held` is the cosigned checkpoint that is kept now; `verified` are the signatures that the given
    keys verified, `unverified` the names of others that were added; `lost` are the names under an
    older checkpoint that gave way, and that have not cosigned this one.
    """

    held: Held
    verified: tuple[Signature, ...]
    unverified: tuple[str, ...]
    lost: tuple[str, ...]


def add_cosignatures(
    records: Records, store: Store, path: Path, witnesses: Sequence[VerifierKey] = ()
) -> Added:
    """Keep the cosignatures in the file at `path`, for a checkpoint that this log had.

    The file is a whole note, or signature lines alone: for which checkpoint those are can only be
    told with the key of a witness. Each of `witnesses` must have signed; lines of others are kept
    as they are. Raises NoCosignature, BadNote, BadCheckpoint, OtherLog; RolledBack or
    HistoryRewritten where the log signed it and does not have it; CosignedBehind where a larger one
    is kept; and what `newest` raises.
    """
    with path.open("rb") as file:
        content = file.read(LARGEST_NOTE + 1)
    if len(content) > LARGEST_NOTE:
        raise _none(path, "文件过大", "the file is too large")
    # Two who add at once would each lose the other's line.
    with FileLock(records.path / "log.lock"):
        newest_, kept = _held(records, store)
        keys = records.keys(store)
        note, signatures = _opened(keys, path, content, (newest_, kept), witnesses)
        signed = keys.open(note)
        _compare(store, newest_.checkpoint.size, signed, path)
        own, given = _own_and_others(note, keys)
        if not given:
            raise _none(path, "只有日志自己的签名", "only the log itself has signed it")
        before = _own_and_others(kept.note, keys)[1] if kept else {}
        if kept and signed.size < kept.checkpoint.size:
            if given.keys() - before.keys():
                raise CosignedBehind(size=signed.size, kept=kept.checkpoint.size)
            return Added(kept, signatures, (), ())
        same = kept is not None and kept.checkpoint == signed
        known = {(s.key.name, s.key.key_id) for s in signatures}
        # What stands there gives way only to what was verified.
        sure = {signer: line for signer, line in given.items() if signer in known}
        lines = {**given, **before, **sure} if same else given
        note = with_signatures(f"{signed.text()}\n{own}{''.join(lines.values())}")
        write_whole(records.path / COSIGNED, note.encode())
    unverified = tuple(name for name, id_ in given if (name, id_) not in known)
    lost = () if same else tuple(name for name, id_ in before if (name, id_) not in given)
    return Added(Held(note, signed), signatures, unverified, lost)


def _own_and_others(note: str, keys: KeyHistory) -> tuple[str, dict[tuple[str, bytes], str]]:
    """Return the log's own signature lines, and those of others by name and key id."""
    lines = signature_lines(note)
    own = [lines.pop((key.name, key.key_id), "") for key in keys.keys]
    return "".join(own), lines


def _opened(
    keys: KeyHistory,
    path: Path,
    content: bytes,
    candidates: Sequence[Held | None],
    witnesses: Sequence[VerifierKey],
) -> tuple[str, tuple[Signature, ...]]:
    """Return the note in a file, and what the keys of witnesses verify in it."""
    if content.startswith("— ".encode()):
        return _completed(keys, path, content, candidates, witnesses)
    try:
        found = note_text(content).split("\n", 1)[0]
    except BadNote as error:
        why = _why(error)
        raise _none(path, why.zh, why.en) from error
    if found != keys.newest.name:
        raise OtherLog(path=path, found=found, expected=keys.newest.name)
    return content.decode(), _verified(path, content, witnesses)


def _completed(
    keys: KeyHistory,
    path: Path,
    lines: bytes,
    candidates: Sequence[Held | None],
    witnesses: Sequence[VerifierKey],
) -> tuple[str, tuple[Signature, ...]]:
    """Return the note that signature lines belong to: the newest checkpoint or the cosigned one."""
    if not witnesses:
        why = "只有签名行，无从得知属于哪个检查点"
        raise _none(path, why, "signature lines alone do not say of which checkpoint they are")
    for held in filter(None, candidates):
        text, own = note_text(held.note), _own_and_others(held.note, keys)[0]
        note = f"{text}\n{own}".encode() + lines
        with suppress(BadNote):
            if note_text(note) == text:
                return note.decode(), _verified(path, note, witnesses)
    why = "签名行不属于最新的、也不属于已存的检查点"
    raise _none(path, why, "its lines sign neither the newest checkpoint nor the one that is kept")


def _verified(
    path: Path, note: str | bytes, witnesses: Sequence[VerifierKey]
) -> tuple[Signature, ...]:
    """Return the signatures of all of `witnesses`; NoCosignature where one has not signed."""
    signatures = list[Signature]()
    for key in witnesses:
        if key.kind != COSIGNATURE:
            raise BadKey(why=Words(f"{key.name} 不是见证公钥", f"{key.name} is no witness's key"))
        if (key.name, key.key_id) not in signature_lines(note):
            raise _none(path, f"{key.name} 没有联署", f"{key.name} has not cosigned it")
        signatures += verified_note(note, key)[1]
    return tuple(signatures)


def _none(path: Path, zh: str, en: str) -> NoCosignature:
    return NoCosignature(path=path, why=Words(zh, en))
