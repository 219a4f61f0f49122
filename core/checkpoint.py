"""Signed notes, checkpoints and cosignatures: what an auditor holds on to.

A checkpoint says in three lines whose log it is, how many entries it has and what its root is. It
is signed as a note, readable by people and by every C2SP tool; witnesses put their lines under it:

    example.com/behind-the-sofa                                        origin: which log
    20852163                                                           size: how many entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=                       root: the whole history
                                                                       (an empty line)
    — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniM…   the log's signature
    — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/z…   a witness, with its time

Making one, and reading one:

    key = SigningKey.generate("example.com/log")
    note = sign_note(Checkpoint("example.com/log", size, root).text(), key)
    checkpoint = open_checkpoint(note, "example.com/log", key.verifier)

A signature line is an em dash, the key's name and base64(key id || signature). The key id, four
bytes, says which of somebody's keys it was; it is no proof of anything. **Text that no trusted key
signed is nobody's word**: the functions that open a note return it only after a signature has been
verified. Signatures of strangers are passed over, that is how a log gets witnesses it never heard
of; but a bad signature under a name and id that we know condemns the note.

Two kinds of keys, both Ed25519, told apart by one byte in the key id and the key's text. 0x01 signs
the text itself and belongs to a log. 0x04 belongs to a witness and signs the text behind a line
with the time: "as of then this was the longest history I had seen, and consistent with all before".

Reading is strict on purpose. One meaning must have one spelling, or two people compare bytes and
disagree about the same history: base64 in its canonical form only (CPython takes others), no
leading zeros, no control characters. The texts of keys are those of Go's golang.org/x/mod, so that
its tools take ours.

Sources: https://c2sp.org/signed-note@v1.0.0, https://c2sp.org/tlog-checkpoint@v1.0.0,
https://c2sp.org/tlog-cosignature@v1.0.1. Pure: whoever calls brings text, keys and the time.
"""

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import ClassVar, NoReturn, Self

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from lianjian.core.errors import BadCheckpoint, BadKey, BadNote, Words

ED25519 = 0x01
COSIGNATURE = 0x04
KEY_SIZE = 32
HASH_SIZE = 32
MOST_SIGNATURES = 100
"""A reader must take 16 and may stop somewhere (signed-note); x/mod stops here too."""
LARGEST = 2**63 - 1
"""The largest size and time: what every implementation, and SQLite, can hold."""


# Shared spelling


def decoded(text: str) -> bytes | None:
    """Return the bytes of canonical base64 (RFC 4648 section 4), None for anything else."""
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        return None
    # Stray bits before the padding decode to the same bytes: a second spelling of one value.
    return raw if b64encode(raw).decode() == text else None


def _is_plain(text: str) -> bool:
    """Say whether `text` is valid Unicode without control characters other than the newline."""
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return all(character >= " " or character == "\n" for character in text)


def _is_name(name: str) -> bool:
    """Say whether `name` may name a key: it must come apart again in a line and in a vkey."""
    return bool(name) and _is_plain(name) and "+" not in name and not any(map(str.isspace, name))


def _refuse(error: type[BadCheckpoint | BadKey | BadNote], zh: str, en: str) -> NoReturn:
    """Raise `error` with its reason."""
    raise error(why=Words(zh, en))


# Keys


@frozen
class Signature:
    """A signature that has been verified: by which key and, for a cosignature, when.

    `time` is in POSIX seconds; None for a signature that states no time.
    """

    key: "VerifierKey"
    time: int | None

    @property
    def when(self) -> str:
        """Return the time for people, UTC; as a number where no calendar reaches it."""
        try:
            return f"{datetime.fromtimestamp(self.time or 0, UTC):%Y-%m-%dT%H:%M:%SZ}"
        except (ValueError, OverflowError, OSError):
            return str(self.time)


@frozen
class VerifierKey:
    """The public half of a key. As text ("vkey"): `example.com/foo+530d903a+AekyeRrm56hApGFk…`."""

    name: str
    kind: int
    public: bytes

    def __attrs_post_init__(self) -> None:
        """Refuse a name, kind or length that no note could carry."""
        if not _is_name(self.name):
            _refuse(BadKey, "名称为空，或含空白、加号", "its name is empty or has a space or plus")
        if self.kind not in (ED25519, COSIGNATURE):
            _refuse(BadKey, f"不支持类型 {self.kind}", f"type {self.kind} is not supported")
        if len(self.public) != KEY_SIZE:
            _refuse(BadKey, "密钥长度不是 32 字节", "it is not 32 bytes long")

    @property
    def key_id(self) -> bytes:
        """Return SHA-256(name || 0x0A || kind || public key)[:4] (signed-note, "Signatures")."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """Read `<name>+<key id, 8 lowercase hex digits>+<base64(kind || public key)>`."""
        name, key_id, material = _key_parts(vkey)
        key = cls(name, material[0], material[1:])
        _check_id(key, key_id)
        return key

    def to_text(self) -> str:
        """Return the vkey."""
        material = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    def open(self, note: str | bytes) -> "Checkpoint":
        """Return the checkpoint in a note that this key's log has signed; BadNote, BadCheckpoint."""
        return open_checkpoint(note, self.name, self)

    def verify(self, text: str, signature: bytes) -> Signature:
        """Verify `signature` over the note text, or raise `BadNote`."""
        message, time = text.encode(), None
        if self.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8]), signature[8:]
            message = cosigned_message(text, time)
        try:
            # Lengths need no check of their own: no other than 64 bytes verifies.
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            _refuse(BadNote, f"{self.name} 的签名不符", f"the signature of {self.name} is wrong")
        if time is not None and time > LARGEST:
            _refuse(BadNote, f"{self.name} 的时间过大", f"the time of {self.name} is too large")
        return Signature(self, time)


def _key_parts(text: str) -> tuple[str, str, bytes]:
    """Take `name+id+base64` apart; base64 may itself contain a plus."""
    parts = text.split("+", 2)
    material = decoded(parts[2]) if len(parts) == 3 else None
    if not material:
        _refuse(BadKey, "格式应为 名称+编号+base64", "it is not of the form name+id+base64")
    return parts[0], parts[1], material


def _check_id(key: VerifierKey, key_id: str) -> None:
    """Refuse a key whose id does not follow from it: it was mistyped or put together."""
    if key_id != key.key_id.hex():
        _refuse(BadKey, "编号与密钥不符", "its id does not follow from it")


@frozen
class _PrivateKey:
    """What the two kinds of private keys share; the seed never shows in a repr or an error."""

    name: str
    seed: bytes = field(repr=False)

    kind: ClassVar[int]
    prefix: ClassVar[str] = "PRIVATE+KEY+"

    def __attrs_post_init__(self) -> None:
        """Refuse now what would fail at the first signature."""
        if len(self.seed) != KEY_SIZE:
            _refuse(BadKey, "密钥长度不是 32 字节", "it is not 32 bytes long")
        _ = self.verifier

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `PRIVATE+KEY+<name>+<key id>+<base64(kind || seed)>`."""
        if not text.startswith(cls.prefix):
            _refuse(BadKey, "私钥应以 PRIVATE+KEY+ 开头", "a private key starts with PRIVATE+KEY+")
        name, key_id, material = _key_parts(text.removeprefix(cls.prefix))
        if material[0] != cls.kind:
            _refuse(BadKey, f"类型不是 {cls.kind:#04x}", f"it is not of type {cls.kind:#04x}")
        key = cls(name, material[1:])
        _check_id(key.verifier, key_id)
        return key

    def to_text(self) -> str:
        """Return the private key as text: a secret."""
        material = b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{self.prefix}{self.name}+{self.verifier.key_id.hex()}+{material}"

    @cached_property
    def verifier(self) -> VerifierKey:
        """Return the public half."""
        return VerifierKey(self.name, self.kind, self._ed25519.public_key().public_bytes_raw())

    @cached_property
    def _ed25519(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _line(self, signature: bytes) -> str:
        """Return the signature line (signed-note, "Format")."""
        return f"— {self.name} {b64encode(self.verifier.key_id + signature).decode()}\n"


@frozen
class SigningKey(_PrivateKey):
    """The private key of a log (type 0x01)."""

    kind: ClassVar[int] = ED25519

    def sign(self, text: str) -> str:
        """Return the signature line for a note text."""
        _check_text(text)
        return self._line(self._ed25519.sign(text.encode()))


@frozen
class CosigningKey(_PrivateKey):
    """The private key of a witness (type 0x04).

    The signed message does not name the witness, so a key must never serve two (tlog-cosignature).
    """

    kind: ClassVar[int] = COSIGNATURE

    def cosign(self, text: str, time: int) -> str:
        """Return the cosignature line for a checkpoint's text at `time` (POSIX seconds).

        To be put under the note as it is. Whoever calls has checked that this checkpoint is
        consistent with every earlier one of its log: that is what the line states.
        """
        parse_checkpoint(text)
        signature = self._ed25519.sign(cosigned_message(text, time))
        return self._line(time.to_bytes(8) + signature)


def cosigned_message(text: str, time: int) -> bytes:
    """Return what a witness signs: header line, time, then the whole note text (tlog-cosignature)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


# Notes


def _check_text(text: str) -> None:
    """Refuse to sign what could not be read again."""
    if not text.endswith("\n") or not _is_plain(text):
        _refuse(BadNote, "正文末尾缺换行或含控制字符", "no newline at its end, or controls")


def sign_note(text: str, *keys: SigningKey) -> str:
    """Return `text` as a note signed by `keys`; further lines may be put under it later."""
    _check_text(text)
    return text + "\n" + "".join(key.sign(text) for key in keys)


def verified_note(note: str | bytes, *keys: VerifierKey) -> tuple[str, tuple[Signature, ...]]:
    """Open a note: its text, and those of its signatures that `keys` verify.

    Raises `BadNote` if it is malformed, if a signature under the name and id of one of `keys` is
    wrong, or if there is none by them.
    """
    text, lines = _taken_apart(note)
    signatures = tuple(
        key.verify(text, signature)
        for name, key_id, signature in lines
        for key in keys
        if (key.name, key.key_id) == (name, key_id)
    )
    if not signatures:
        names = ", ".join(key.name for key in keys)
        _refuse(BadNote, f"没有 {names} 的签名", f"it is not signed by any of: {names}")
    return text, signatures


def open_note(note: str | bytes, *keys: VerifierKey) -> str:
    """Return the text of a note that at least one of `keys` has signed, or raise `BadNote`."""
    return verified_note(note, *keys)[0]


def note_text(note: str | bytes) -> str:
    """Return a note's text, which is what gets signed; nothing is verified. Raises BadNote."""
    return _taken_apart(note)[0]


def signature_lines(note: str | bytes) -> dict[tuple[str, bytes], str]:
    """Return a note's signature lines by (name, key id), in their order; nothing is verified.

    Of two lines of one key the last counts. Raises BadNote.
    """
    return {
        (name, key_id): f"— {name} {b64encode(key_id + signature).decode()}\n"
        for name, key_id, signature in _taken_apart(note)[1]
    }


def with_signatures(note: str | bytes, *others: str | bytes) -> str:
    """Return a note with the signature lines of other notes of the same text under it.

    A line gives way to a later one of the same key, so that no key ever stands there twice.
    Nothing is verified. Raises BadNote where one is malformed or of another text, and where the
    lines would be too many.
    """
    text, lines = note_text(note), signature_lines(note)
    for other in others:
        if note_text(other) != text:
            _refuse(BadNote, "各份签名文本的正文不同", "the notes are not of the same text")
        lines |= signature_lines(other)
    made = text + "\n" + "".join(lines.values())
    _taken_apart(made)
    return made


def _taken_apart(note: str | bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Split a note into its text and (name, key id, signature) of every line; nothing is verified."""
    if isinstance(note, bytes):
        try:
            note = note.decode()
        except UnicodeDecodeError:
            _refuse(BadNote, "不是 UTF-8", "it is not UTF-8")
    if not _is_plain(note):
        _refuse(BadNote, "含控制字符或无效字符", "it has control characters or half characters")
    # The text may have empty lines, signatures have none: the last one is the border.
    text, border, below = note.rpartition("\n\n")
    if not border or not below.endswith("\n"):
        _refuse(BadNote, "没有完整的签名行", "it has no complete signature lines")
    lines = below.removesuffix("\n").split("\n")  # splitlines() would split at U+2028 as well
    if len(lines) > MOST_SIGNATURES:
        _refuse(BadNote, "签名行过多", "it has too many signature lines")
    return text + "\n", [_signature_line(line) for line in lines]


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    """Take one signature line apart: em dash, space, name, space, base64(key id || signature)."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = decoded(encoded)
    if dash != "—" or not _is_name(name) or raw is None or len(raw) < 5:
        _refuse(BadNote, "签名行格式有误", "a signature line is malformed")
    return name, raw[:4], raw[4:]


# Checkpoints


@frozen
class Checkpoint:
    """A log's size and root at one moment; the auditor's handle on history.

    `extensions` are further lines that some logs add. We keep them, because they are signed, and
    never write any (tlog-checkpoint: NOT RECOMMENDED).
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be written as lines and read again."""
        lines = (self.origin, *self.extensions)
        if not all(line and "\n" not in line and _is_plain(line) for line in lines):
            _refuse(BadCheckpoint, "有空行或控制字符", "it has empty lines or control characters")
        if not 0 <= self.size <= LARGEST:
            _refuse(BadCheckpoint, f"条数 {self.size} 过大", f"size {self.size} out of range")
        if len(self.root) != HASH_SIZE:
            _refuse(BadCheckpoint, "根不是 32 字节", "the root is not 32 bytes long")

    def text(self) -> str:
        """Return the note text: origin, size, root, extensions, each on its line."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text, of which `text()` gives back every byte. Signatures: see below."""
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < 3:
        _refuse(BadCheckpoint, "不足三行", "it has fewer than three lines")
    origin, size, encoded, *extensions = lines
    # No leading zeros, no sign, no other script's digits; 19 digits hold LARGEST.
    if not re.fullmatch("0|[1-9][0-9]{0,18}", size):
        _refuse(BadCheckpoint, "条数不是规范的十进制数", "the size is not a plain decimal")
    root = decoded(encoded)
    if root is None:
        _refuse(BadCheckpoint, "根不是规范的 base64", "the root is not canonical base64")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def checkpoint_in(note: str | bytes) -> Checkpoint:
    """Return what the checkpoint in a note claims; nothing is verified. BadNote, BadCheckpoint."""
    return parse_checkpoint(_taken_apart(note)[0])


def open_checkpoint(note: str | bytes, origin: str, *keys: VerifierKey) -> Checkpoint:
    """Return the checkpoint of the log `origin` out of a note that the log itself has signed.

    `keys` may hold witnesses' keys too: where they have signed they must be right, but they cannot
    stand in for the log. A witness says that a history is consistent, not whose it is
    (tlog-tiles: a log must sign its checkpoints with an Ed25519 key).
    """
    text, signatures = verified_note(note, *keys)
    if all(signature.key.kind == COSIGNATURE for signature in signatures):
        _refuse(BadNote, "只有见证人签名，日志未签名", "only witnesses have signed it")
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        _refuse(BadCheckpoint, f"来源不是 {origin}", f"its origin is not {origin}")
    return checkpoint
