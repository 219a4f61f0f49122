"""A witness: somebody outside who remembers what a log showed, and cosigns only what goes on from it.

A log's own signature shows who signed, not that there is one history: whoever has the key can show
each auditor another. A witness signs the log's checkpoint a second time, and its word is: as of
this time, this is consistent with everything that I ever cosigned of this log.

    witness = Witness.create(Path("witness"), "example.org/jijian")
    request = read_request(Path("5-8.add-checkpoint"))       what `prove --from` writes, or an export
    done = witness.cosign(request, key, now)
    done.line                                                — example.org/jijian 3HcVYl…

A witness's folder has its key (`witness.key`, a secret; `witness.vkey`, for everybody) and its
memory, `witness.state`: of each log the key that was given the first time, and the last checkpoint
that was cosigned, as the log signed it. **The memory is the witness**: it is on the disk before an
answer is made, two runs take turns, and one that cannot be read is refused, never begun anew.

The rules are those of https://c2sp.org/tlog-witness@v1.0.0 in their order, carried by file instead
of HTTP. In one thing we do not follow it: a checkpoint of the very tree that was cosigned last is
answered whatever size its proof starts from. Nothing is left to prove, and who carries a file and
loses the answer should not have to carry twice.
"""

import re
import stat
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, NoReturn, Self

import msgspec
from attrs import field, frozen
from filelock import FileLock

from lianjian.core.checkpoint import (
    ED25519,
    LARGEST,
    Checkpoint,
    CosigningKey,
    VerifierKey,
    open_checkpoint,
    signature_lines,
)
from lianjian.core.errors import (
    BadKey,
    BadProof,
    BadWitnessName,
    CheckpointBehind,
    DoesNotExtend,
    LianjianError,
    NoWitness,
    OtherKeyPinned,
    RecordsExist,
    StaleProof,
    TilesDisagree,
    TwoHistories,
    UnknownLog,
    WitnessDamaged,
    WitnessKeyUnsafe,
    Words,
)
from lianjian.core.files import read_plain, write_whole
from lianjian.core.keys import KeyHistory, Rotation
from lianjian.core.messages import clean
from lianjian.core.requests import Request, TileFiles
from lianjian.core.tree import (
    EMPTY_ROOT,
    consistency_proof,
    root,
    verify_consistency,
)

KEY = "witness.key"
VKEY = "witness.vkey"
STATE = "witness.state"
LOCK = "witness.lock"
EVIDENCE = "evidence"
LARGEST_STATE = 1 << 26
_HEADER = re.compile(rb"lianjian witness ([1-9][0-9]{0,8}) ([0-9a-f]{64})\n")
_VERSION = b"1"


# What a witness remembers


@frozen
class Known:
    """What a witness knows of a log: the key that is its own, and the last note it cosigned.

    `note` is as the log signed it, without the lines of others; `time` is when, in POSIX seconds.
    """

    key: VerifierKey
    note: str
    time: int
    checkpoint: Checkpoint = field(init=False)

    @checkpoint.default
    def _checkpoint(self) -> Checkpoint:
        return open_checkpoint(self.note, self.key.name, self.key)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        held = self.checkpoint
        named = {"origin": held.origin, "key": self.key.to_text(), "size": held.size}
        return {**named, "root": b64encode(held.root).decode(), "time": self.time}


Logs = Mapping[str, Known]
"""What is known of logs, by origin."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    vkey: str
    note: str
    time: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]


class _State(msgspec.Struct, forbid_unknown_fields=True):
    witness: str
    logs: list[_Line]


def _encoded(own: VerifierKey, logs: Logs) -> bytes:
    """Return the memory as a file: a line with version and digest, then JSON.

    The digest is against a disk that forgets, not against an enemy: who can write the file can
    write it anew, and has the key as well.
    """
    lines = [_Line(known.key.to_text(), known.note, known.time) for known in logs.values()]
    body = msgspec.json.format(msgspec.json.encode(_State(own.to_text(), lines)), indent=1)
    digest = sha256(body).hexdigest().encode()
    return b"lianjian witness %s %s\n" % (_VERSION, digest) + body


def _decoded(content: bytes, own: VerifierKey, path: Path) -> dict[str, Known]:
    """Return the memory that a file holds, or raise WitnessDamaged."""
    found = _HEADER.match(content)
    if found is None:
        _damaged(path, "首行不对", "its first line is not one of a witness")
    if found[1] != _VERSION:
        version = found[1].decode()
        _damaged(path, f"格式版本 {version} 未知", f"its version {version} is not known")
    body = content[found.end() :]
    if sha256(body).hexdigest().encode() != found[2]:
        _damaged(path, "内容与其摘要不符", "its content does not have the digest that it states")
    try:
        state = msgspec.json.decode(body, type=_State)
        known = [Known(VerifierKey.parse(x.vkey), x.note, x.time) for x in state.logs]
    except (ValueError, RecursionError, LianjianError) as error:
        _damaged(path, str(error), str(error))
    if state.witness != own.to_text():
        _damaged(path, "属于另一见证人", "it is another witness's")
    return {one.checkpoint.origin: one for one in known}


def _damaged(path: Path, zh: str, en: str) -> NoReturn:
    raise WitnessDamaged(path=path, why=Words(zh, en))


# The witness


@frozen
class Cosigned:
    """An answer: the checkpoint, the signature line, its time, and the key that is the log's.

    `first` says that the log had not been known before.
    """

    checkpoint: Checkpoint
    line: str
    time: int
    key: VerifierKey
    first: bool


@frozen
class Witness:
    """A witness's folder and its public key."""

    path: Path
    verifier: VerifierKey

    @classmethod
    def create(cls, path: Path, name: str) -> Self:
        """Make a witness with a key of its own in `path`, a folder that is new or empty.

        Raises BadWitnessName, RecordsExist.
        """
        if not re.fullmatch(r"[^\s+\x00-\x1f\x7f\"\\]{1,200}", name) or "://" in name:
            raise BadWitnessName(name=name)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RecordsExist(path=path)
        try:
            key = CosigningKey.generate(name)
        except BadKey as error:  # blanks that only Unicode knows of, half a character
            raise BadWitnessName(name=name) from error
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path / VKEY, f"{key.verifier.to_text()}\n".encode())
        write_whole(path / STATE, _encoded(key.verifier, {}))
        write_whole(path / KEY, f"{key.to_text()}\n".encode(), mode=0o600)
        return cls(path, key.verifier)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the witness in a folder; NoWitness, WitnessKeyUnsafe, BadKey."""
        return cls(path, _signing_key(path).verifier)

    def logs(self) -> dict[str, Known]:
        """Return what the witness knows of logs, by origin; WitnessDamaged."""
        path = self.path / STATE
        content = read_plain(path, LARGEST_STATE)
        if content is None:
            _damaged(path, "文件缺失", "it is missing")
        return _decoded(content, self.verifier, path)

    def cosign(
        self,
        request: Request,
        key: VerifierKey | None,
        now: int,
        rotations: Sequence[Rotation] = (),
    ) -> Cosigned:
        """Cosign a checkpoint, if it goes on from all that this witness cosigned of its log.

        `key` is the log's, and must be given the first time; `now` is in POSIX seconds, and the
        answer's time is never before the last one. `rotations` of the log's key are followed from
        the one that is known, and the one that signed is known from then on. When this returns, what was cosigned is on the
        disk. Raises, as the HTTP statuses of tlog-witness say: UnknownLog (404), OtherKeyPinned,
        BadNote (403), BadRotation, BadProof (400), CheckpointBehind, StaleProof or TwoHistories (409),
        DoesNotExtend (422); for an export also TilesDisagree and BrokenTile.
        """
        own = _signing_key(self.path)
        with FileLock(self.path / LOCK):
            logs = self.logs()
            origin = request.claimed.origin
            known = logs.get(origin)
            keys = KeyHistory.of(_pinned(origin, known, key), rotations)
            signed = keys.open(request.note)
            pinned = keys.at(signed.size)
            self._examine(request, signed, known)
            time = max(now, known.time) if known else now
            line = signature_lines(request.note)[pinned.name, pinned.key_id]
            logs[origin] = Known(pinned, f"{request.text}\n{line}", time)
            # Before there is an answer: one that nobody remembers could be followed by another.
            write_whole(self.path / STATE, _encoded(self.verifier, logs))
        answer = own.cosign(request.text, time)
        return Cosigned(signed, answer, time, pinned, known is None)

    def as_json(self, logs: Logs) -> dict[str, Any]:
        """Return the witness and what it knows of logs, for programs."""
        own = {"name": self.verifier.name, "vkey": self.verifier.to_text()}
        return {**own, "logs": [known.as_json() for known in logs.values()]}

    def _examine(self, request: Request, signed: Checkpoint, known: Known | None) -> None:
        """Refuse what does not go on from what is known, in the order of tlog-witness."""
        held = known.checkpoint if known else Checkpoint(signed.origin, 0, EMPTY_ROOT)
        old = request.old
        if old is not None and old > signed.size:
            why = Words(
                f"它从 {old} 条起证，多于检查点的 {signed.size} 条",
                f"it proves from {old} entries, and the checkpoint has {signed.size}",
            )
            raise BadProof(why=why)
        same = known is not None and signed.size == held.size
        if known and same and signed.root != held.root:
            self._two_histories(request, known, signed.root)
        if signed.size < held.size:
            raise CheckpointBehind(size=signed.size, last=held.size)
        if request.folder:
            self._examine_tiles(request, request.folder, signed, known)
        elif not same and (old or 0) != held.size:
            raise StaleProof(old=old or 0, last=held.size, origin=signed.origin)
        elif not same and not verify_consistency(
            held.size, held.root, signed.size, signed.root, request.hashes
        ):
            kept = self._keep(request, signed, known)
            raise DoesNotExtend(origin=signed.origin, size=signed.size, last=held.size, kept=kept)

    def _examine_tiles(
        self, request: Request, folder: Path, signed: Checkpoint, known: Known | None
    ) -> None:
        """Prove from an export's tiles that its checkpoint goes on from what is known."""
        tiles = TileFiles(folder, signed.size)
        if root(signed.size, tiles) != signed.root:
            raise TilesDisagree(path=folder)
        if known is None:
            return
        size = known.checkpoint.size
        hashes = consistency_proof(size, signed.size, tiles)
        there = root(size, tiles)
        # A damaged tile must not make a liar of the log: the proof has to hold in itself.
        if not verify_consistency(size, there, signed.size, signed.root, hashes):
            raise TilesDisagree(path=folder)
        if there != known.checkpoint.root:
            self._two_histories(request, known, there)

    def _two_histories(self, request: Request, known: Known, found: bytes) -> NoReturn:
        held = known.checkpoint
        roots = (b64encode(one).decode() for one in (held.root, found))
        kept = self._keep(request, request.claimed, known)
        raise TwoHistories(
            **dict(zip(("held", "found"), roots, strict=True)),
            origin=held.origin,
            size=held.size,
            kept=kept,
        )

    def _keep(self, request: Request, signed: Checkpoint, known: Known | None) -> Path | Words:
        """Keep both checkpoints, each signed by the log, and return where.

        A refusal stands even where nothing can be written.
        """
        folder = self.path / EVIDENCE
        notes = [(signed, request.note)]
        if known:
            notes.append((known.checkpoint, known.note))
        try:
            folder.mkdir(exist_ok=True)
            for checkpoint, note in notes:
                log = sha256(checkpoint.origin.encode()).hexdigest()[:8]
                path = folder / f"{log}-{checkpoint.size}-{checkpoint.root.hex()[:16]}.checkpoint"
                if not path.exists():
                    write_whole(path, note.encode())
        except OSError:
            return Words("（未能写入）", "(it could not be written)")
        return folder


def _signing_key(path: Path) -> CosigningKey:
    """Return the key of the witness in a folder; NoWitness, WitnessKeyUnsafe, BadKey."""
    file = path / KEY
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise NoWitness(path=path) from error
    except UnicodeDecodeError as error:
        raise BadKey(why=Words("不是文本", "it is no text")) from error
    if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
        raise WitnessKeyUnsafe(path=file)
    return CosigningKey.from_text(text)


def _pinned(origin: str, known: Known | None, key: VerifierKey | None) -> VerifierKey:
    """Return the key that is the log's: the one it had the first time."""
    if known:
        if key and key != known.key:
            raise OtherKeyPinned(origin=origin, pinned=known.key.to_text())
        return known.key
    if key is None:
        raise UnknownLog(origin=origin)
    if key.kind != ED25519 or key.name != origin:
        why = Words(
            f"不是日志 {origin} 的公钥，而是 {key.name} 的",
            f"it is no log's key of {origin}, but one of {key.name}",
        )
        raise BadKey(why=why)
    return key


def status_text(witness: Witness, logs: Logs, lang: str) -> Iterator[str]:
    """Yield the lines of a witness and what it knows of logs, in `lang`."""
    yield Words("见证人", "witness").text(lang) + f" {witness.verifier.name}"
    yield f"  {witness.verifier.to_text()}"
    for origin, known in logs.items():
        held = known.checkpoint
        when = datetime.fromtimestamp(known.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        seen = Words(
            f"{when} 为 {held.size} 条联署，树根", f"cosigned {held.size} entries at {when}, root"
        )
        yield ""
        yield clean(Words("日志", "log").text(lang) + f" {origin}")
        yield clean(f"  {known.key.to_text()}")
        yield f"  {seen.text(lang)}"
        yield f"  {b64encode(held.root).decode()}"
