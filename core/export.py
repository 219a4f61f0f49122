"""Export: the log as static files that anybody can verify, with tools that we did not write.

    done = export(records, Path("to-the-auditor"))

What stands in such a folder says `layout.py`. Exporting again adds what is new; a file that stands
there already is compared, and never changed. An export that is cut short leaves a folder that still
verifies: each file is written under another name, synced and renamed; the checkpoint that covers
the new tiles stands there as `checkpoint.new` from the beginning, and takes its name at the end.

Nothing is written before every entry has been hashed and has come to the root in the guard.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import define, field, frozen

from lianjian.core.checkpoint import (
    Checkpoint,
    note_text,
    signature_lines,
    with_signatures,
)
from lianjian.core.errors import (
    ExportAhead,
    ExportDiffers,
    LianjianError,
    LogDamaged,
    NotAnExport,
    Words,
)
from lianjian.core.files import sync_folder, write_chunks
from lianjian.core.handout import cosigned as newest_cosigned
from lianjian.core.handout import newest
from lianjian.core.keys import KeyHistory
from lianjian.core.layout import (
    CHECKPOINT,
    DISCLOSURES,
    KEY,
    LARGEST_ENTRY,
    PART,
    PENDING,
    README,
    pack,
)
from lianjian.core.notices import ERASURE
from lianjian.core.records import Records
from lianjian.core.store import Store
from lianjian.core.tree import (
    HASH_SIZE,
    TILE_WIDTH,
    Frontier,
    extend,
    frontier_root,
    frontier_tiles,
    leaf_hash,
    root,
    tile_path,
)

Progress = Callable[[int], None]


@frozen
class Exported:
    """What an export did: how many entries its checkpoint has, and how many tiles were new.

    `replaced` are the witnesses whose lines were under the folder's older checkpoint and are not
    under this one.
    """

    size: int
    written: int
    disclosures: int
    replaced: tuple[str, ...] = ()


def export(
    records: Records,
    target: Path,
    progress: Progress | None = None,
    *,
    cosigned: bool = False,
) -> Exported:
    """Export a log into `target`, a folder that is new, empty or an earlier export of this log.

    With `cosigned` it is exported as of the checkpoint that witnesses cosigned. `progress` is
    called with the number of entries done, of twice the size: each is read twice.
    Raises what `handout.newest` and `handout.cosigned` raise; LogDamaged; NotAnExport;
    ExportDiffers where a file that was exported before is not what the log says now, ExportAhead
    where it is more.
    """
    with Store.open(records.log) as store:
        store.db.execute("BEGIN")
        held = newest_cosigned(records, store) if cosigned else newest(records, store)
        size, signed = held.checkpoint.size, held.checkpoint
        _check(store, signed, progress)
        folder = _Folder(target)
        folder.begin(records.keys(store), store, signed)
        folder.put(README, _readme(records.origin).encode(), grows=True)
        folder.put(PENDING, folder.with_signatures(held.note).encode(), grows=True)
        frontier = Frontier()
        for start, entries in _bundles(store, size):
            width = len(entries)
            index = start // TILE_WIDTH
            folder.put(tile_path("entries", index, width), pack(entries))
            tiles, frontier = extend(start, frontier, [leaf_hash(e) for e in entries])
            for (level, number), hashes in tiles.items():
                if len(hashes) == TILE_WIDTH * HASH_SIZE:
                    folder.put(tile_path(level, number), hashes)
            if progress:
                progress(size + start + width)
        for level, number, width in frontier_tiles(size):
            folder.put(tile_path(level, number, width), frontier[level])
        written = folder.written
        disclosures = folder.stream(DISCLOSURES, _disclosures(store, size))
        folder.finish()
    return Exported(size, written, disclosures, folder.replaced)


def _bundles(store: Store, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """Yield (first position, entries) of every bundle, or raise LogDamaged."""
    for start in range(0, size, TILE_WIDTH):
        stop = min(start + TILE_WIDTH, size)
        rows = list(store.rows(start, stop))
        if [r.position for r in rows] != list(range(start, stop)) or not all(
            isinstance(r.entry, bytes) and len(r.entry) <= LARGEST_ENTRY for r in rows
        ):
            reason = Words(
                f"第 {start} 至 {stop - 1} 条不完整",
                f"positions {start} to {stop - 1} are not complete",
            )
            raise LogDamaged(path=store.path, reason=reason)
        yield start, [r.entry for r in rows]


def _check(store: Store, signed: Checkpoint, progress: Progress | None) -> None:
    """Raise LogDamaged where the entries' bytes do not come to the signed root."""
    frontier = Frontier()
    for start, entries in _bundles(store, signed.size):
        _, frontier = extend(start, frontier, [leaf_hash(e) for e in entries])
        if progress:
            progress(start + len(entries))
    if frontier_root(frontier) != signed.root:
        reason = Words("其中的记录不是当初签署的", "its entries are not those that were signed")
        raise LogDamaged(path=store.path, reason=reason)


def _disclosures(store: Store, size: int) -> Iterator[bytes]:
    sql = (
        "SELECT position, digest, disclosure FROM disclosures WHERE position < ? AND digest NOT IN "
        "(SELECT id FROM register WHERE kind = ?) ORDER BY position, digest"
    )
    for row in store.db.execute(sql, (size, ERASURE)):
        named = dict(zip(("position", "digest", "disclosure"), row, strict=True))
        yield json.dumps(named, separators=(",", ":")).encode() + b"\n"


@define
class _Folder:
    """The folder that is being written."""

    path: Path
    written: int = 0
    replaced: tuple[str, ...] = ()
    touched: set[Path] = field(factory=set)

    def begin(self, keys: KeyHistory, store: Store, signed: Checkpoint) -> None:
        """Make the folder ours, or refuse one that is in use or contradicts the log."""
        if self.path.exists() and not self.path.is_dir():
            raise NotAnExport(path=self.path, whose=Words("本日志的", " of this log"))
        self.path.mkdir(parents=True, exist_ok=True)
        known = [(key.to_text() + "\n").encode() for key in keys.keys]
        found = self.path / KEY
        parts = set(self.path.glob(f"{PART}*"))  # of an export that was killed
        in_use = any(path not in parts for path in self.path.iterdir())
        if in_use and not (found.is_file() and found.read_bytes() in known):
            raise NotAnExport(path=self.path, whose=Words("本日志的", " of this log"))
        for part in parts:
            part.unlink()
        self.put(KEY, (keys.at(signed.size).to_text() + "\n").encode(), grows=True)
        for name in (CHECKPOINT, PENDING):
            if (self.path / name).exists():
                self._extends(self.path / name, keys, store, signed)

    def _extends(self, path: Path, keys: KeyHistory, store: Store, signed: Checkpoint) -> None:
        """Refuse where the log does not go on from what was exported."""
        try:
            old = keys.open(path.read_bytes())
            follows = old.size <= store.size() and root(old.size, store) == old.root
        except LianjianError as error:
            raise ExportDiffers(path=path) from error
        if not follows:
            raise ExportDiffers(path=path)
        if old.size > signed.size:
            raise ExportAhead(path=path.parent, found=old.size, size=signed.size)

    def with_signatures(self, note: str) -> str:
        """Return a note with the lines that witnesses put under the same text in the folder.

        Who signed one of another text, which gives way, is noted down.
        """
        path = self.path / CHECKPOINT
        if not path.exists():
            return note
        there = path.read_bytes()
        if note_text(there) == note_text(note):
            return with_signatures(there, note)
        own = signature_lines(note)
        self.replaced = tuple(
            name for name, id_ in signature_lines(there) if (name, id_) not in own
        )
        return note

    def put(self, name: str, content: bytes, *, grows: bool = False) -> None:
        """Write a file, if it does not stand there; only one that `grows` may be replaced.

        Raises ExportDiffers.
        """
        path = self.path / name
        if path.exists():
            if _holds(path, content):
                return
            if not grows:
                raise ExportDiffers(path=path)
        self.stream(name, [content], mode=0o644)
        self.written += name.startswith("tile/")

    def stream(self, name: str, chunks: Iterable[bytes], mode: int = 0o600) -> int:
        """Write a file piece by piece under another name, rename it, and return how many pieces."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        count = write_chunks(path, chunks, self.path, mode)
        self.touched |= {path.parent, path.parent.parent}
        return count

    def finish(self) -> None:
        """Give the new checkpoint its name, when everything under it is on the disk."""
        for folder in self.touched:
            sync_folder(folder)
        (self.path / PENDING).replace(self.path / CHECKPOINT)
        sync_folder(self.path)


def _holds(path: Path, content: bytes) -> bool:
    return path.stat().st_size == len(content) and path.read_bytes() == content


def _readme(origin: str) -> str:
    return f"""\
# {origin}

本目录是廉政教育记录日志的导出，供核验。格式为公开标准 C2SP tlog-tiles，可用任何支持它的工具核验，
无须信任导出者的程序。

- `checkpoint`：已签名的检查点：日志名称、条数、哈希树根
- `tile/entries/…`：每 256 条一个文件，每条为两字节长度（大端）与一个 CloudEvents 1.0 JSON
- `tile/0/…` 起：哈希树（RFC 6962，SHA-256）；叶 = SHA-256(00 || 条目字节)
- `log.vkey`：验证公钥。**请另经其他途径核对它**：能改动本目录的人也能改动它
- `disclosures.jsonl`：封存字段（如姓名）的原文，含个人信息，已依规删除的不在其中；对外提供时可将此文件整体移除

核验：`lianjian verify 本目录 --key 公钥文件`。请保存每次取得的 `checkpoint`，下次核验时加
`--from 旧检查点`：历史若被改写，即使重新签名也会被发现。`lianjian checkpoint --short` 给出可印在
报告上或电话核对的短式，用 `--against` 核对。核验所证明的是记录未被改动，不是所录属实。

---

This folder is an export of a log of integrity education, to be verified. It has the form of the
public standard C2SP tlog-tiles: any tool for that can verify it, and the exporter's program need
not be trusted.

- `checkpoint`: the signed checkpoint: the log's name, size and root hash
- `tile/entries/…`: 256 entries a file, each a two-byte length (big-endian) and a CloudEvents 1.0
  JSON object
- `tile/0/…` and up: the hash tree (RFC 6962, SHA-256); leaf = SHA-256(00 || entry)
- `log.vkey`: the verifier key. **Compare it with one that you got by another way**: whoever could
  change this folder could change it, too
- `disclosures.jsonl`: the texts behind sealed fields (names of people), but for those that were
  erased: personal data. The file may be left out as a whole when the folder is passed on

To verify: `lianjian verify DIR --key FILE`. Keep the `checkpoint` that you got, and add
`--from OLD-CHECKPOINT` the next time: a history that was rewritten is found out even if it was
signed again. `lianjian checkpoint --short` gives a form that fits into a report or a telephone
call; `--against` compares with it. What this shows is that the records were not changed, not that
what was recorded is true.
"""
