"""Policies: whose signatures an auditor wants under a checkpoint.

A log's own signature shows whose history it is, not that there is only one. Witnesses saw to that
it never forked. How many of them, and which, says a text file (https://c2sp.org/tlog-policy):

    log example.org/jiading+6f1e8c02+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k

    witness city city.example+2fbd3a11+BBfV…
    witness audit audit.example+c01b88e5+BAt0…
    witness school school.example+71a4d9f0+BDq3…
    group outsiders 2 city audit school
    quorum outsiders

`group NAME all|any|K MEMBER…` wants all, one or K of its members, each a witness or a group that
stands above it. There is exactly one `quorum`; `none` wants no witness. A public key twice is
refused, whatever names it has: one witness must not count for two. Pure.

    policy = Policy.parse(content)                  or Policy.of(key): that log, and no witness
    opened = policy.open(note, rotations)
    opened.checkpoint, opened.witnesses
"""

import re
from collections.abc import Mapping, Sequence
from typing import NoReturn, Self

from attrs import Factory, frozen

from lianjian.core.checkpoint import (
    COSIGNATURE,
    ED25519,
    Checkpoint,
    Signature,
    VerifierKey,
    checkpoint_in,
    verified_note,
)
from lianjian.core.errors import (
    BadCheckpoint,
    BadPolicy,
    LianjianError,
    PolicyNotMet,
    Words,
)
from lianjian.core.keys import KeyHistory, Rotation

NONE = "none"
LARGEST_POLICY = 1 << 20  # bytes
DEEPEST = 50  # groups in groups


@frozen
class Group:
    """A group: at least `least` of `members` (witnesses, or groups) must have cosigned."""

    least: int
    members: tuple[str, ...]


@frozen
class Opened:
    """A checkpoint that a policy accepts, and by which of its witnesses it is cosigned, when."""

    checkpoint: Checkpoint
    witnesses: Mapping[str, Signature] = Factory(dict)


@frozen
class Policy:
    """The logs whose checkpoints are accepted, and the witnesses that must have cosigned them."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey] = Factory(dict)
    groups: Mapping[str, Group] = Factory(dict)
    quorum: str = NONE

    @classmethod
    def of(cls, by: "VerifierKey | Policy") -> "Policy":
        """Return a policy as it is, or the one that accepts a log's checkpoints by its key alone."""
        return by if isinstance(by, Policy) else Policy((by,))

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a policy file. Raises BadPolicy with the first line that is wrong."""
        reading = _Reading()
        if len(content) > LARGEST_POLICY:
            reading.refuse("文件过大", "the file is too large")
        for reading.line, line in enumerate(content.split(b"\n"), 1):
            if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line):
                reading.refuse("含控制字符", "it has control characters")
            # Names are octets (tlog-policy, "Character set"); this keeps them apart as such.
            items = re.findall("[^ \t]+", line.decode("utf-8", "surrogateescape"))
            if items and not items[0].startswith("#"):
                reading.take(items[0], items[1:])
        if reading.quorum is None:
            reading.refuse("没有 quorum 行", "there is no line “quorum”")
        return cls(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)

    def keys(self, origin: str, rotations: Sequence[Rotation] = ()) -> KeyHistory:
        """Return the keys of the log called `origin`, as far as rotations lead from a known one.

        Raises BadCheckpoint where the policy does not have that log; BadRotation.
        """
        known = [key for key in self.logs if key.name == origin]
        if not known:
            names = ", ".join(k.name for k in self.logs)
            why = Words(f"来源 {origin} 不是 {names}", f"its origin {origin} is not {names}")
            raise BadCheckpoint(why=why)
        led = {key for r in rotations for key in (r.old, r.new)}
        return KeyHistory.of(next((k for k in known if k in led), known[0]), rotations)

    def open(self, note: str | bytes, rotations: Sequence[Rotation] = ()) -> Opened:
        """Return the checkpoint in a note that the policy accepts.

        `rotations` lead from the policy's key of the log to the one that signed. Raises BadNote,
        BadCheckpoint, BadRotation; PolicyNotMet where cosignatures are missing.
        """
        keys = self.keys(checkpoint_in(note).origin, rotations)
        checkpoint = keys.open(note)
        names = {witness: name for name, witness in self.witnesses.items()}
        # All at once: a wrong signature by any key that we know condemns the note.
        signatures = verified_note(note, keys.at(checkpoint.size), *names)[1]
        witnesses = {names[s.key]: s for s in signatures if s.key in names}
        if not self.met(witnesses):
            found = _readable(", ".join(sorted(witnesses))) or Words("无", "none")
            raise PolicyNotMet(wanted=_readable(self.wanted()), found=found)
        return Opened(checkpoint, {_readable(name): s for name, s in witnesses.items()})

    def met(self, witnesses: Mapping[str, object]) -> bool:
        """Tell whether the cosignatures of these witnesses are enough."""
        return self.quorum == NONE or self._has(self.quorum, witnesses)

    def _has(self, name: str, witnesses: Mapping[str, object]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnesses
        return sum(self._has(member, witnesses) for member in group.members) >= group.least

    def wanted(self, name: str = "") -> str:
        """Return the quorum as a text: `2 of (city, audit, school)`."""
        name = name or self.quorum
        group = self.groups.get(name)
        if group is None:
            return name
        return f"{group.least} of ({', '.join(map(self.wanted, group.members))})"


def _readable(name: str) -> str:
    """Return a name that may be any octets as a text that can be printed."""
    return name.encode(errors="replace").decode()


class _Reading:
    """A policy file being read."""

    def __init__(self) -> None:
        self.line = 0
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.used: set[str] = set()
        self.depth: dict[str, int] = {}

    def refuse(self, zh: str, en: str) -> NoReturn:
        """Raise BadPolicy at the present line."""
        raise BadPolicy(line=self.line, why=Words(zh, en))

    def take(self, word: str, items: list[str]) -> None:
        """Take one line: its first word, and what follows."""
        match word, items:
            case "log", [vkey] | [vkey, _]:
                self.logs.append(self._key(vkey, ED25519, self.logs))
            case "witness", [name, vkey] | [name, vkey, _]:
                self._name(name)
                known = list(self.witnesses.values())
                self.witnesses[name] = self._key(vkey, COSIGNATURE, known)
            case "group", [name, least, *members] if members:
                self._name(name)
                self.groups[name] = self._group(name, least, members)
            case "quorum", [name]:
                if self.quorum is not None:
                    self.refuse("quorum 重复", "there is a second “quorum”")
                if name != NONE:
                    self._defined(name)
                self.quorum = name
            case _:
                shown = " ".join((word, *items))[:80].encode(errors="replace").decode()
                self.refuse(f"无法理解 {shown!r}", f"it cannot be understood: {shown!r}")

    def _key(self, vkey: str, kind: int, known: list[VerifierKey]) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except LianjianError as error:
            self.refuse(error.message("zh"), error.message("en"))
        if key.kind != kind:
            self.refuse(
                f"密钥类型 {key.kind:#04x} 应为 {kind:#04x}",
                f"the key is of type {key.kind:#04x}, not {kind:#04x}",
            )
        if any(key.public == other.public for other in known):
            self.refuse("同一公钥出现两次", "the same public key stands there twice")
        return key

    def _name(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            shown = name.encode(errors="replace").decode()
            self.refuse(f"名称 {shown} 已被占用", f"the name {shown} is taken")

    def _defined(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            shown = name.encode(errors="replace").decode()
            self.refuse(f"上文没有 {shown}", f"there is no {shown} above")

    def _group(self, name: str, least: str, members: list[str]) -> Group:
        for member in members:
            self._defined(member)
            if member in self.used or members.count(member) > 1:
                self.refuse(f"{member} 已属于一个组", f"{member} is a member of a group already")
        self.used.update(members)
        self.depth[name] = 1 + max(self.depth.get(member, 0) for member in members)
        if self.depth[name] > DEEPEST:
            self.refuse(f"组的嵌套超过 {DEEPEST} 层", f"groups are nested more than {DEEPEST} deep")
        count = {"all": len(members), "any": 1}.get(least)
        if count is None and re.fullmatch("[1-9][0-9]{0,5}", least):
            count = int(least)
        if count is None or count > len(members):
            self.refuse(
                f"数目应为 all、any 或 1 至 {len(members)}",
                f"how many must be all, any, or 1 to {len(members)}",
            )
        return Group(count, tuple(members))
