"""Verifying an exported log, from nothing but its folder and a key.

    bundles ──▶ leaf hashes ──▶ tiles ──▶ root ──▶ the signed checkpoint
       └─▶ contents.py: recording times, ids, replacements, sealed fields

No tile is trusted: each is derived from the bundles again, and compared with the file. What is
missing and what is too many is reported, and so is what does not extend a checkpoint that the
auditor held on to. The folder comes from a stranger: files are read up to the size that they may
have, links are not followed, and whatever is wrong is a finding with its place, no exception.
"""

import stat
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from lianjian.core.audit import MOST, Evidence
from lianjian.core.checkpoint import Checkpoint, VerifierKey, open_checkpoint, parse_checkpoint
from lianjian.core.contents import Contents
from lianjian.core.errors import KeyWanted, LianjianError, NotAnExport, Words
from lianjian.core.layout import (
    CHECKPOINT,
    DISCLOSURES,
    KEY,
    LARGEST_BUNDLE,
    LARGEST_NOTE,
    PENDING,
    TILES,
    parse_tile_path,
    unpack,
    width_in,
    within,
)
from lianjian.core.records import SETTINGS
from lianjian.core.tree import (
    HASH_SIZE,
    TILE_WIDTH,
    Frontier,
    extend,
    frontier_root,
    frontier_tiles,
    leaf_hash,
    tile_path,
)
from lianjian.core.trusted import Trusted
from lianjian.core.verify import Report

Progress = Callable[[int], None]


def verify_export(
    folder: Path,
    key: VerifierKey,
    trusted: Trusted,
    progress: Progress | None = None,
    *,
    given: bool = True,
) -> Report:
    """Verify an exported log with `key`; not `given`, it is the folder's own, and that is said.

    Raises NotAnExport where there is nothing of an export.
    """
    _check_folder(folder)
    return _Verification(folder, key, trusted, given=given).run(progress)


def _check_folder(folder: Path) -> None:
    """Refuse what is no export, a records folder above all: that has a checkpoint, too."""
    some = any((folder / name).exists() for name in (CHECKPOINT, PENDING, TILES))
    if not some or (folder / SETTINGS).exists():
        raise NotAnExport(path=folder, whose="")


def key_in(folder: Path) -> VerifierKey:
    """Return the key that stands in an export; NotAnExport, KeyWanted, or BadKey."""
    _check_folder(folder)
    content = _content(folder / KEY, LARGEST_NOTE)
    if content is None:
        raise KeyWanted(path=folder / KEY)
    return VerifierKey.parse(content.decode(errors="replace").removesuffix("\n"))


def claimed_size(folder: Path) -> int | None:
    """Return how many entries the checkpoint of an export says there are; nothing is verified."""
    with suppress(LianjianError, OSError):
        note = (_content(folder / CHECKPOINT, LARGEST_NOTE) or b"").decode(errors="replace")
        return _claimed(note).size
    return None


def _claimed(note: str) -> Checkpoint:
    return parse_checkpoint(note[: note.rfind("\n\n") + 1])


def _content(path: Path, most: int) -> bytes | None:
    """Return up to `most` + 1 bytes of a file; None where there is none, a link or a pipe."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return None
        with path.open("rb") as file:
            # As many as there are: Python makes room for all that it is asked to read.
            return file.read(min(found.st_size, most) + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _place(path: str) -> Words:
    return Words(path, path)


_MISSING = Words("文件缺失", "the file is missing")


class _Verification:
    """One verification under way."""

    def __init__(self, folder: Path, key: VerifierKey, trusted: Trusted, *, given: bool) -> None:
        self.folder = folder
        self.key = key
        self.given = given
        self.trusted = trusted
        self.evidence = Evidence()
        self.find = self.evidence.find
        self.size = 0
        self.frontier = Frontier()
        self.roots = {0: frontier_root({})}
        self.times: dict[int, str] = {}
        self.unlike: list[tuple[int, bytes, bytes]] = []

    def run(self, progress: Progress | None) -> Report:
        """Check everything, and return what was seen."""
        self._key()
        signed, claimed = self._checkpoint()
        pending = self._pending()
        compared, said = [], Evidence()
        if claimed is not None:
            with Contents(self.key.name, said) as contents:
                self._entries(claimed.size, contents, progress)
                self._disclosures(contents, pending)
            if self.size == claimed.size:
                self._edge()
            self._root(signed, claimed)
            self._strays(claimed.size, max(pending, claimed.size))
            compared = self.trusted.compare(claimed.size, self.roots, self.times, self.find)
        # Last: one changed byte may make many contents look wrong, and it is the byte that counts.
        findings = [*self.evidence.findings, *said.findings]
        more = self.evidence.more + said.more + len(findings[MOST:])
        self.evidence.notes += said.notes
        if more:
            self.evidence.note(f"另有 {more} 处未列出", f"{more} more not listed")
        checked = [
            Words(f"{self.size} 条记录的字节与次序", f"bytes and order of {self.size} entries"),
            Words("编号、更正与作废、封存字段", "ids, corrections, sealed fields"),
            Words("哈希树的全部瓦片与树根", "every tile of the hash tree, and its root"),
            Words("检查点签名", "the checkpoint's signature"),
            *compared,
        ]
        return Report(
            self.size,
            frontier_root(self.frontier),
            tuple(findings[:MOST]),
            tuple(checked) if claimed is not None else (),
            tuple(self.evidence.notes),
        )

    def _read(self, path: str, most: int) -> bytes | None:
        """Return a file's content, or report that it is missing or cannot be read."""
        try:
            content = _content(self.folder / path, most)
        except OSError as error:
            self.find(_place(path), Words("无法读取", "it cannot be read"), found=error)
            return None
        if content is None:
            self.find(_place(path), _MISSING)
        return content

    # What was signed.

    def _key(self) -> None:
        vkey = self.key.to_text()
        if not self.given:
            self.evidence.note(
                "公钥取自本目录，只能说明目录自相一致；请将 log.vkey 与另经其他途径取得的核对",
                "the key comes from the folder itself, so no more is shown than that the folder "
                "agrees with itself; compare log.vkey with one that you got by another way",
            )
            return
        with suppress(OSError):
            found = _content(self.folder / KEY, LARGEST_NOTE)
            if found is not None and found != f"{vkey}\n".encode():
                what = Words("不是所给的公钥", "it is not the key that was given")
                self.find(_place(KEY), what, vkey, found[:200].decode(errors="replace"))

    def _checkpoint(self) -> tuple[Checkpoint | None, Checkpoint | None]:
        """Return the checkpoint twice: if its signature is right, and what it claims anyway."""
        note = self._read(CHECKPOINT, LARGEST_NOTE)
        if note is None:
            return None, None
        try:
            signed = open_checkpoint(note, self.key.name, self.key)
        except LianjianError as error:
            what = Words("检查点无法核验", "the checkpoint does not verify")
            self.find(_place(CHECKPOINT), what, found=error)
            with suppress(LianjianError):
                return None, _claimed(note.decode(errors="replace"))
            return None, None
        return signed, signed

    def _pending(self) -> int:
        """Return how far an export that was cut short may have come; 0 where there is none."""
        try:
            note = _content(self.folder / PENDING, LARGEST_NOTE)
            if note is None:
                return 0
            size = open_checkpoint(note, self.key.name, self.key).size
        except (OSError, LianjianError) as error:
            what = Words("检查点无法核验", "the checkpoint does not verify")
            self.find(_place(PENDING), what, found=error)
            return 0
        self.evidence.note(
            f"有一次导出（至 {size} 条）未完成，其新增部分未核；请再次导出",
            f"an export up to {size} entries was cut short, and what it added was not checked; "
            "export again",
        )
        return size

    # Entries, tiles, root.

    def _entries(self, size: int, contents: Contents, progress: Progress | None) -> None:
        """Read the bundles one after another, as far as they can be read."""
        marks = self.trusted.sizes
        while self.size < size:
            entries = self._bundle(size)
            if entries is None:
                self.evidence.note(
                    f"第 {self.size} 条起未核", f"not checked from position {self.size} on"
                )
                return
            leaves = [leaf_hash(entry) for entry in entries]
            for i, entry in enumerate(entries):
                contents.take(self.size + i, entry)
                if self.size + i + 1 in marks:
                    self.times[self.size + i + 1] = contents.last
            for mark in marks:
                if 0 < mark - self.size <= len(leaves):
                    _, part = extend(self.size, self.frontier, leaves[: mark - self.size])
                    self.roots[mark] = frontier_root(part)
            self._leaves(leaves)
            tiles, self.frontier = extend(self.size, self.frontier, leaves)
            for (level, index), hashes in tiles.items():
                if level and len(hashes) == TILE_WIDTH * HASH_SIZE:
                    self._tile(level, index, hashes)
            self.size += len(leaves)
            if progress:
                progress(self.size)

    def _bundle(self, size: int) -> list[bytes] | None:
        index = self.size // TILE_WIDTH
        width = width_in("entries", index, size)
        path = tile_path("entries", index, width)
        content = self._read(path, LARGEST_BUNDLE)
        if content is None:
            return None
        entries = unpack(content)
        if entries is None or len(entries) != width:
            what = Words("条目包的长度不符", "the bundle does not hold what it should")
            found = "-" if entries is None else len(entries)
            self.find(_place(path), what, width, f"{found} ({len(content)} bytes)")
            return None
        return entries

    def _leaves(self, leaves: list[bytes]) -> None:
        """Compare a level-0 tile; which of tile and entry is wrong is seen at the end."""
        index = self.size // TILE_WIDTH
        path = tile_path(0, index, len(leaves))
        stored = self._read(path, len(leaves) * HASH_SIZE)
        if stored is None or not self._long_enough(path, stored, len(leaves)):
            return
        for i, leaf in enumerate(leaves):
            found = stored[i * HASH_SIZE : (i + 1) * HASH_SIZE]
            if found != leaf and len(self.unlike) <= MOST:
                self.unlike.append((self.size + i, found, leaf))

    def _long_enough(self, path: str, stored: bytes, width: int) -> bool:
        if len(stored) == width * HASH_SIZE:
            return True
        what = Words("瓦片的长度不符", "the tile has not as many bytes as it must")
        more = ">= " if len(stored) > width * HASH_SIZE else ""
        self.find(_place(path), what, width * HASH_SIZE, f"{more}{len(stored)}")
        return False

    def _tile(self, level: int, index: int, hashes: bytes) -> None:
        """Compare a tile with what is below it."""
        width = len(hashes) // HASH_SIZE
        path = tile_path(level, index, width)
        stored = self._read(path, len(hashes))
        if stored is None or not self._long_enough(path, stored, width):
            return
        for start in range(0, len(hashes), HASH_SIZE):
            expected, found = (run[start : start + HASH_SIZE] for run in (hashes, stored))
            if expected != found:
                what = Words(
                    f"第 {start // HASH_SIZE} 个哈希与其下的不符",
                    f"hash {start // HASH_SIZE} does not follow from what is below it",
                )
                self.find(_place(path), what, expected.hex(), found.hex())
                return

    def _edge(self) -> None:
        """Compare the partial tiles at the right edge; the one of level 0 was compared before."""
        for level, index, _ in frontier_tiles(self.size):
            if level:
                self._tile(level, index, self.frontier[level])

    def _root(self, signed: Checkpoint | None, claimed: Checkpoint) -> None:
        found = frontier_root(self.frontier)
        sound = signed is not None and (signed.size, signed.root) == (self.size, found)
        for position, stored, computed in self.unlike:
            index, at = divmod(position, TILE_WIDTH)
            width = width_in(0, index, claimed.size)
            if sound:
                what = Words(f"第 {at} 个哈希不符", f"hash {at} is wrong")
                path = tile_path(0, index, width)
                self.find(_place(path), what, computed.hex(), stored.hex())
            else:
                path = tile_path("entries", index, width)
                place = Words(f"第 {position} 条（{path}）", f"position {position} ({path})")
                what = Words(
                    "记录的字节不是当初写入的", "the bytes are not those that were recorded"
                )
                self.find(place, what, stored.hex(), computed.hex())
        if self.size == claimed.size and claimed.root != found:
            what = Words("树根与检查点所载不符", "the root is not the one in the checkpoint")
            roots = (b64encode(root).decode() for root in (claimed.root, found))
            self.find(_place(CHECKPOINT), what, *roots)

    # What stands beside.

    def _disclosures(self, contents: Contents, pending: int) -> None:
        path = self.folder / DISCLOSURES
        beyond = self.size if pending > self.size else None
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                what = Words("不是普通文件", "it is not a plain file")
                self.find(_place(DISCLOSURES), what)
                return
            with path.open("rb") as file:
                contents.disclosed(file, beyond)
        except FileNotFoundError:
            contents.disclosed(None)
        except OSError as error:
            self.find(_place(DISCLOSURES), Words("无法读取", "it cannot be read"), found=error)

    def _strays(self, size: int, limit: int) -> None:
        """Report what does not belong among the tiles; check narrower ones of earlier exports."""
        for path in _files(self.folder):
            parsed = parse_tile_path(path)
            if parsed is None:
                shown = path.encode("utf-8", "replace").decode()
                what = Words("不应有此文件", "no such file belongs here")
                self.find(_place(shown), what)
                continue
            level, index, width = parsed
            if not within(level, index, width, limit):
                what = Words("树中没有这一瓦片", "the tree has no such tile")
                self.find(_place(path), what)
            elif within(level, index, width, size) and width != width_in(level, index, size):
                self._narrower(path, tile_path(level, index, width_in(level, index, size)), width)

    def _narrower(self, path: str, now: str, width: int) -> None:
        """Check that a tile or bundle of an earlier export is how the present one begins."""
        most = LARGEST_BUNDLE if now.startswith("tile/entries/") else TILE_WIDTH * HASH_SIZE
        earlier = self._read(path, most)
        with suppress(OSError):
            present = _content(self.folder / now, most)
            if earlier is None or present is None:
                return  # reported where it is missing
            count = len(earlier) / HASH_SIZE
            if most == LARGEST_BUNDLE:
                count = len(unpack(earlier) or ())
            if count != width or not present.startswith(earlier):
                what = Words(
                    "早先导出的部分与现在的不符",
                    "what was exported before is not how it begins now",
                )
                self.find(_place(path), what, now)


def _files(folder: Path) -> Iterator[str]:
    """Yield what stands in the folder of tiles and is no folder, links included, in any order."""
    waiting = [TILES]
    while waiting:
        name = waiting.pop()
        try:
            children = list((folder / name).iterdir())
        except FileNotFoundError:
            return
        except OSError:
            yield name
            continue
        for child in children:
            path = f"{name}/{child.name}"
            if child.is_dir() and not child.is_symlink():
                waiting.append(path)
            else:
                yield path
