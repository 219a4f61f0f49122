r"""Proofs as files: that an entry is in a log, that one checkpoint grew out of another. Pure.

**Inclusion** is a `.tlog-proof` (https://c2sp.org/tlog-proof): where the entry stands, the hashes
from its sibling up to the root, an empty line, and the checkpoint as it was signed:

    c2sp.org/tlog-proof@v1
    extra eyJzcGVjdmVyc2lvbiI6…          what is needed to make the leaf: here the entry's bytes
    index 42
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    …

    example.org/log
    1000
    …

`extra` is nobody's word: it is the hashes that show whether those bytes are the entry.

**Consistency** has the form of a request to a witness (https://c2sp.org/tlog-witness): `old 42`,
the hashes, an empty line, the new checkpoint. The old one is not in it: whoever checks has it.

Both come from a stranger. Reading them is strict, and bounded before anything is decoded.
"""

import re
from base64 import b64encode
from typing import NoReturn, Protocol

from attrs import frozen

from lianjian.core.checkpoint import LARGEST, Checkpoint, decoded
from lianjian.core.errors import BadProof, Words
from lianjian.core.tree import (
    HASH_SIZE,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

HEADER = "c2sp.org/tlog-proof@v1"
LARGEST_PROOF = 1 << 18
"""Bytes: an entry of 65,535 in base64, 63 hashes and a checkpoint of 100 signatures are less."""
MOST_HASHES = 63


class Opener(Protocol):
    """Whoever can say whose a checkpoint is: a verifier key, a log's key history, a policy."""

    def open(self, note: str) -> Checkpoint:
        """Return the checkpoint in a note that may be believed, or raise BadNote, BadCheckpoint."""


def _refuse(zh: str, en: str) -> NoReturn:
    raise BadProof(why=Words(zh, en))


@frozen
class Inclusion:
    """That the entry at `index` is in the log of the checkpoint in `note`.

    `extra` is not authenticated; in the proofs that we write it is the entry.
    """

    index: int
    hashes: tuple[bytes, ...]
    note: str
    extra: bytes = b""

    def text(self) -> str:
        """Return the `.tlog-proof`."""
        extra = f"extra {b64encode(self.extra).decode()}\n" if self.extra else ""
        return f"{HEADER}\n{extra}index {self.index}\n{_lines(self.hashes)}\n{self.note}"

    def verify(self, entry: bytes, by: Opener) -> Checkpoint:
        """Return the checkpoint that has `entry` at this index, or refuse.

        Raises BadProof, and what `by` raises where it does not believe the checkpoint.
        """
        signed = by.open(self.note)
        leaf = leaf_hash(entry)
        if not verify_inclusion(leaf, self.index, signed.size, self.hashes, signed.root):
            root = b64encode(signed.root).decode()
            _refuse(
                f"由这些字节（叶哈希 {leaf.hex()}）在第 {self.index} 条得不出根 {root}",
                f"these bytes (leaf hash {leaf.hex()}) at position {self.index} do not lead to "
                f"the root {root}",
            )
        return signed


@frozen
class Consistency:
    """That the first `old` entries under the checkpoint in `note` are those of an older one."""

    old: int
    hashes: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return the body of a tlog-witness add-checkpoint request."""
        return f"old {self.old}\n{_lines(self.hashes)}\n{self.note}"

    def verify(self, trusted: Checkpoint, by: Opener) -> Checkpoint:
        """Return the checkpoint that grew out of `trusted`, or refuse as `Inclusion.verify` does."""
        signed = by.open(self.note)
        if trusted.origin != signed.origin or trusted.size != self.old:
            _refuse(
                f"它从 {self.old} 条起证，而所持检查点为 {trusted.origin} 的 {trusted.size} 条",
                f"it starts from {self.old} entries, and the checkpoint that you hold is of "
                f"{trusted.origin} with {trusted.size}",
            )
        sizes = (trusted.size, trusted.root, signed.size, signed.root)
        if not verify_consistency(*sizes, self.hashes):
            old, new = (b64encode(root).decode() for root in (trusted.root, signed.root))
            _refuse(
                f"前 {self.old} 条的根 {old} 与 {signed.size} 条的根 {new} 不相承",
                f"the root {new} of {signed.size} entries does not follow from the root {old} of "
                f"the first {self.old}",
            )
        return signed


def _lines(hashes: tuple[bytes, ...]) -> str:
    return "".join(b64encode(hash_).decode() + "\n" for hash_ in hashes)


def parse_proof(content: bytes) -> Inclusion | Consistency:
    """Read a proof of either form; nothing of it is verified yet. Raises BadProof."""
    if len(content) > LARGEST_PROOF:
        _refuse("文件过大", "the file is too large")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        _refuse("不是 UTF-8", "it is not UTF-8")
    # At the first empty line: the checkpoint has one of its own.
    head, border, note = text.partition("\n\n")
    if not border:
        _refuse("没有检查点", "there is no checkpoint in it")
    lines = head.split("\n")
    if lines[0] != HEADER:
        if not lines[0].startswith("old "):
            _refuse("不是 prove 写出的证明", "it is no proof of either form")
        return Consistency(_number("old", lines[0]), _hashes(lines[1:]), note)
    extra = b""
    if lines[1:] and lines[1].startswith("extra "):
        found = decoded(lines.pop(1).removeprefix("extra "))
        extra = found or _refuse("extra 不是规范的 base64", "extra is not canonical base64")
    index = _number("index", lines[1] if lines[1:] else "")
    return Inclusion(index, _hashes(lines[2:]), note, extra)


def _number(name: str, line: str) -> int:
    found = re.fullmatch(f"{name} (0|[1-9][0-9]{{0,18}})", line)
    if found is None or int(found[1]) > LARGEST:
        _refuse(f"缺少 {name} 行或其数字不规范", f"there is no proper line “{name} NUMBER”")
    return int(found[1])


def _hashes(lines: list[str]) -> tuple[bytes, ...]:
    if len(lines) > MOST_HASHES:
        _refuse(f"哈希多于 {MOST_HASHES} 个", f"it has more than {MOST_HASHES} hashes")
    hashes = tuple(decoded(line) or b"" for line in lines)
    if any(len(hash_) != HASH_SIZE for hash_ in hashes):
        _refuse("有一行不是 32 字节的规范 base64", "a line is not canonical base64 of 32 bytes")
    return hashes
