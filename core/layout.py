"""What an exported log looks like: names of files, and how entries are bundled. Pure.

    checkpoint                      the signed note
    tile/<L>/<N>[.p/<W>]            256 hashes of level L, or W of them at the right edge
    tile/entries/<N>[.p/<W>]        the entries under tile/0/<N>, each behind its length
    log.vkey                        what the checkpoint is verified with
    disclosures.jsonl               the texts behind sealed fields: position, digest, disclosure
    README.md                       for the auditor
    checkpoint.new                  only while an export is under way: the checkpoint to come

This is https://c2sp.org/tlog-tiles as static files, so that any of its tools can read it. A bundle
is `uint16 length || entry`, 256 times; the leaf of an entry is SHA-256(00 || entry). A tile of a
certain width never changes: when the log grows, a wider one stands beside it.
"""

import re
from collections.abc import Iterable
from typing import Literal

from lianjian.core.tree import TILE_HEIGHT, TILE_WIDTH, tile_path

CHECKPOINT = "checkpoint"
PENDING = "checkpoint.new"
KEY = "log.vkey"
DISCLOSURES = "disclosures.jsonl"
README = "README.md"
TILES = "tile"
PART = ".part-"
"""What the names of files that are being written begin with; they stand outside of `tile`."""

LARGEST_ENTRY = 65_535
LARGEST_BUNDLE = TILE_WIDTH * (2 + LARGEST_ENTRY)
LARGEST_NOTE = 1 << 16
"""A note of 100 signatures is about 20 KB; a longer file is none."""

Level = int | Literal["entries"]

_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def parse_tile_path(path: str) -> tuple[Level, int, int] | None:
    """Return (level, index, width) of a tile's or bundle's path, None where it is not one.

    The opposite of `tile_path`: each tile has one spelling.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level: Level = "entries" if found[1] == "entries" else int(found[1])
    index = int(re.sub("[x/]", "", found[2]))
    width = int(found[3] or TILE_WIDTH)
    return (level, index, width) if tile_path(level, index, width) == path else None


def within(level: Level, index: int, width: int, size: int) -> bool:
    """Tell whether a tile or bundle lies within a tree of `size`, at this width or a greater one."""
    hashes = size >> (TILE_HEIGHT * (0 if level == "entries" else level))
    return index * TILE_WIDTH + width <= hashes


def width_in(level: Level, index: int, size: int) -> int:
    """Return the width of a tile or bundle in a tree of `size`."""
    hashes = size >> (TILE_HEIGHT * (0 if level == "entries" else level))
    return max(0, min(TILE_WIDTH, hashes - index * TILE_WIDTH))


def pack(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unpack(bundle: bytes) -> list[bytes] | None:
    """Return the entries of a bundle, None where it ends amid one."""
    entries, at = [], 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start])
        if start > len(bundle) or at > len(bundle):
            return None
        entries.append(bundle[start:at])
    return entries
