"""What is handed out of a log: its newest checkpoint, and proofs under it.

    held = newest(records, store)               the note, and what it says
    inclusion(store, held, position)            that an entry is under it
    consistency(store, held, old)               that it grew out of an older one

Only a checkpoint that is in the guard is ever handed out: after a crash or a restored backup the
log can lack whatever is not in the guard, and an auditor would hold proof of a history that nobody
has. And nothing is handed out that does not follow: each proof is verified before it leaves.
"""

from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import Path

from lianjian.core.checkpoint import Checkpoint
from lianjian.core.errors import (
    GuardMissing,
    HistoryRewritten,
    LogDamaged,
    NoSuchPosition,
    OtherLog,
    RolledBack,
    Words,
)
from lianjian.core.guard import Held
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


def newest(records: Records, store: Store) -> Held:
    """Return the newest checkpoint that is in the guard, its signature verified.

    Raises GuardMissing, GuardDamaged, BadNote; RolledBack or HistoryRewritten where the log does
    not have what the guard, or its copy, says was signed.
    """
    # First the guard: the log may grow while we look.
    remembered = records.remembered()
    held = remembered.get(records.guard.path)
    if held is None:
        raise GuardMissing(path=records.guard.path)
    signed = records.keys(store).open(held.note)
    size = store.size()
    for path, other in remembered.items():
        _compare(store, size, other.checkpoint, path)
    return Held(held.note, signed)


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
