"""What a witness is asked: a checkpoint to cosign, and the proof that it goes on from the last.

    read_request(Path("5-8.add-checkpoint"))      what `prove --from` writes (tlog-witness)
    read_request(Path("checkpoint"))              a checkpoint that comes alone: the first, or again
    read_request(Path("export"))                  an exported log: the proof is in its tiles

Everything here comes from a stranger: it is read up to the size that it may have, links are not
followed, and nothing of it is believed before `witness.py` has verified it.
"""

from contextlib import suppress
from pathlib import Path

from attrs import frozen

from lianjian.core.checkpoint import (
    Checkpoint,
    note_text,
    parse_checkpoint,
    signature_lines,
    with_signatures,
)
from lianjian.core.errors import BadNote, NotAnExport, Words
from lianjian.core.files import read_plain
from lianjian.core.layout import CHECKPOINT, LARGEST_NOTE, width_in
from lianjian.core.proofs import LARGEST_PROOF, Consistency, parse_proof
from lianjian.core.records import SETTINGS
from lianjian.core.tree import HASH_SIZE, tile_path


@frozen
class Request:
    """A checkpoint to be cosigned, with the proof that it goes on from one of `old` entries.

    `old` is None for a checkpoint that comes alone; with `folder` the proof is taken from the tiles
    of the export there.
    """

    note: str
    old: int | None = None
    hashes: tuple[bytes, ...] = ()
    folder: Path | None = None

    @property
    def text(self) -> str:
        """Return the checkpoint's text, which is what gets signed."""
        return note_text(self.note)

    @property
    def claimed(self) -> Checkpoint:
        """Return what the checkpoint claims; nothing is verified. Raises BadCheckpoint."""
        return parse_checkpoint(self.text)

    def with_line(self, line: str) -> str:
        """Return the whole note with a signature line under it; one of the same key gives way."""
        return with_signatures(self.note, f"{self.text}\n{line}")


def parse_request(content: bytes) -> Request:
    """Read an add-checkpoint request (tlog-witness), or a checkpoint alone; nothing is verified.

    Raises BadProof, BadNote or BadCheckpoint.
    """
    proof = parse_proof(content) if content.startswith(b"old ") else None
    if isinstance(proof, Consistency):
        return _well_formed(Request(proof.note, proof.old, proof.hashes))
    return _well_formed(Request(_note(content)))


def read_request(source: Path) -> Request:
    """Read what stands in a file, or the checkpoint of an export in a folder; likewise.

    From an export the proof will be taken from its tiles. Raises NotAnExport also, and OSError.
    """
    if source.is_dir():
        return _of_export(source)
    with source.open("rb") as file:
        return parse_request(file.read(LARGEST_PROOF + 1))


def _of_export(folder: Path) -> Request:
    content = read_plain(folder / CHECKPOINT, LARGEST_NOTE)
    if content is None or (folder / SETTINGS).exists():
        raise NotAnExport(path=folder, whose="")
    return _well_formed(Request(_note(content), folder=folder))


def _note(content: bytes) -> str:
    if len(content) > LARGEST_NOTE:
        raise BadNote(why=Words("文件过大", "the file is too large"))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadNote(why=Words("不是 UTF-8", "it is not UTF-8")) from None


def _well_formed(request: Request) -> Request:
    """Return the request if its note, its lines and its checkpoint can be read."""
    signature_lines(request.note)
    _ = request.claimed
    return request


@frozen
class TileFiles:
    """The tiles of an export of `size`: read as far as they may be long, links not followed."""

    folder: Path
    size: int

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return a tile as `tree.TileReader` wants it; what is missing is empty, and so refused.

        Only tiles as wide as they are at this size need be there.
        """
        wide = width_in(level, index, self.size)
        with suppress(OSError):
            path = self.folder / tile_path(level, index, wide)
            return (read_plain(path, wide * HASH_SIZE) or b"")[: width * HASH_SIZE]
        return b""
