"""The keys of a log over its life: which one signs at which size, and how an old one leads on.

A log's key can be rotated. The entry that says so (`key.rotated`) holds a statement, a signed note
by both keys: the old one gives its place away, the new one takes it.

    lianjian/key-rotation/v1
    example.org/log                                    the log
    42                                                 the position of the entry
    example.org/log+6f1e8c02+AekyeRrm56hApGFkyQR4…     the key up to here
    example.org/log+90ab13d7+AX1oS3b0pTDfWQ2a9kQm…     the key from here on

    — example.org/log bx6MAv…                          signed by the old key
    — example.org/log kKsT1z…                          and by the new

So whoever holds any one key of the log can find all the others:

    keys = KeyHistory.of(key, rotations)
    checkpoint = keys.open(note)        signed by the key in force at the size that it states

A checkpoint that covers the rotation and is signed by the old key alone is refused: that key may be
in other hands by then. The statement names its position, so that it holds nowhere else. Pure.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn, Self

from attrs import frozen

from lianjian.core.checkpoint import (
    ED25519,
    LARGEST,
    Checkpoint,
    SigningKey,
    VerifierKey,
    checkpoint_in,
    open_checkpoint,
    sign_note,
    verified_note,
)
from lianjian.core.errors import BadNote, BadRotation, LianjianError, Words

HEADER = "lianjian/key-rotation/v1"
MOST_ROTATIONS = 1000
"""A reader of a stranger's log stops here."""


@frozen
class Rotation:
    """That `new` signs in the place of `old` from the entry at `position` on."""

    position: int
    old: VerifierKey
    new: VerifierKey

    @property
    def origin(self) -> str:
        """Return whose keys they are."""
        return self.new.name


def statement(position: int, old: SigningKey, new: SigningKey) -> str:
    """Return the statement that a rotation at `position` records, signed by both keys."""
    keys = old.verifier.to_text(), new.verifier.to_text()
    lines = (HEADER, new.name, str(position), *keys)
    return sign_note("".join(f"{line}\n" for line in lines), old, new)


def read_statement(note: str) -> Rotation:
    """Return what a statement says, both of its signatures verified; BadRotation."""
    lines = note[: note.rfind("\n\n") + 1].split("\n")
    if len(lines) != 6 or lines[0] != HEADER or lines[5]:
        _refuse("不是密钥轮换声明", "it is no statement of a rotation")
    if not re.fullmatch("0|[1-9][0-9]{0,18}", lines[2]) or int(lines[2]) > LARGEST:
        _refuse("位置不是规范的十进制数", "its position is no plain decimal")
    try:
        old, new = (VerifierKey.parse(line) for line in lines[3:5])
        for key in (old, new):
            verified_note(note, key)
    except LianjianError as error:
        _refuse(error.message("zh"), error.message("en"))
    if {old.name, new.name} != {lines[1]} or {old.kind, new.kind} != {ED25519}:
        _refuse("密钥不属于本日志", "its keys are not this log's")
    if old == new:
        _refuse("新旧密钥相同", "the old key and the new are the same")
    return Rotation(int(lines[2]), old, new)


def rotation_at(position: int, origin: str, data: Mapping[str, Any]) -> Rotation:
    """Return the rotation that an entry's `data` states, of this log and at this position."""
    note, key = data.get("statement"), data.get("key")
    if not isinstance(note, str):
        _refuse("没有密钥轮换声明", "there is no statement of a rotation in it")
    stated = read_statement(note)
    if (stated.position, stated.origin, stated.new.key_id.hex()) != (position, origin, key):
        _refuse(
            f"声明属于 {stated.origin} 第 {stated.position} 条",
            f"the statement belongs to position {stated.position} of {stated.origin}",
        )
    return stated


def _refuse(zh: str, en: str) -> NoReturn:
    raise BadRotation(why=Words(zh, en))


@frozen
class KeyHistory:
    """The keys of a log, oldest first; `since[i]` is the position from which `keys[i + 1]` signs."""

    keys: tuple[VerifierKey, ...]
    since: tuple[int, ...] = ()

    @classmethod
    def of(cls, known: VerifierKey, rotations: Sequence[Rotation] = ()) -> Self:
        """Return the history that a known key belongs to, as far as rotations lead from it.

        `rotations` may stand in any order. Raises BadRotation where they do not follow upon each
        other, or where none of them is about the known key.
        """
        ordered = sorted(rotations, key=lambda r: r.position)
        keys = [r.old for r in ordered[:1]] + [r.new for r in ordered]
        for before, after in pairwise(ordered):
            if before.new != after.old:
                at = after.position
                _refuse(f"第 {at} 条不接续前一次", f"position {at} does not follow the one before")
        if len(set(keys)) < len(keys):
            _refuse("停用的密钥再次启用", "a key that was given up is taken up again")
        if keys and known not in keys:
            id_ = known.key_id.hex()
            _refuse(f"均与密钥 {id_} 无关", f"none of them is about the key {id_}")
        return cls(tuple(keys) or (known,), tuple(r.position for r in ordered))

    @property
    def newest(self) -> VerifierKey:
        """Return the key that signs now."""
        return self.keys[-1]

    def at(self, size: int) -> VerifierKey:
        """Return the key that a checkpoint of `size` must be signed by."""
        return self.keys[bisect_left(self.since, size)]

    def open(self, note: str | bytes) -> Checkpoint:
        """Return the checkpoint in a note that the key in force has signed.

        Raises BadNote or BadCheckpoint.
        """
        size = checkpoint_in(note).size
        key = self.at(size)
        try:
            return open_checkpoint(note, key.name, key)
        except BadNote as error:
            for position, old in zip(self.since, self.keys, strict=False):
                if position < size and _signed_by(note, old):
                    raise BadNote(
                        why=Words(
                            f"签名密钥 {old.key_id.hex()} 自第 {position} 条起已停用",
                            f"it is signed by the key {old.key_id.hex()}, which signs no more from "
                            f"position {position} on",
                        )
                    ) from error
            raise


def _signed_by(note: str | bytes, key: VerifierKey) -> bool:
    try:
        verified_note(note, key)
    except LianjianError:
        return False
    return True
