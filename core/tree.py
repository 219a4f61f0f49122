r"""The hash tree over the log: RFC 6962 maths on C2SP tiles; no files, no clock, no keys.

Every entry of the log is a leaf. Two leaves are hashed into a node, two nodes into the node above,
up to one root of 32 bytes that stands for every byte of the history below it:

    leaf = SHA-256(00 || entry)          node = SHA-256(01 || left || right)

                 root of 5                    A tree of n > 1 leaves splits at the largest power
                /         \                   of two below n. A last odd leaf rises alone; it is
          0..3             4                  never doubled, as home-made trees like to do
         /     \                              (RFC 6962 section 2.1).
      0..1     2..3

Change one entry and the root changes. That makes two short proofs possible, both of about log2(n)
hashes: **inclusion** (this entry is at this position under that root) and **consistency** (the old
tree is the beginning of the new one, so nothing was rewritten).

    top = root(size, reader)
    proof = inclusion_proof(position, size, reader)
    assert verify_inclusion(leaf_hash(entry), position, size, proof, top)

**Tiles** (https://c2sp.org/tlog-tiles). Only every eighth row of nodes is kept, in runs of 256
hashes: the tile at (level, index) holds the roots of the complete subtrees of 256**level leaves
numbered index·256 … index·256+255. A full tile is 8,192 bytes and never changes again; at the right
edge of each level stands at most one partial tile, which is what an append goes on from. The rows
between are hashed out of a tile when somebody asks. Seventy thousand leaves are

    level 0: 273 full tiles and one of 112     level 1: one full, one of 17     level 2: one of 1

Who stores tiles, and where, is no matter of this module: proofs read through `TileReader`, and an
append (`extend`) is a function from the partial tiles to the tiles that are new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Literal, Protocol

from lianjian.core.errors import BrokenTile, NoSuchPosition

HASH_SIZE = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT: bytes = sha256().digest()
"""The root of no leaves at all: MTH({}) = SHA-256(), RFC 6962 section 2.1."""

Proof = list[bytes]
Tiles = dict[tuple[int, int], bytes]
"""Tiles by (level, index), each as its hashes one after another."""
Frontier = dict[int, bytes]
"""The partial tile of each level that has one: all that an append must know of a tree."""


class TileReader(Protocol):
    """Where tiles come from: a table, a folder, a web server, a dict in a test."""

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Return the first `width` hashes of the tile at (level, index), one after another.

        `width` is always that of the tile in the tree that was asked about, so that a folder of
        static files may look for exactly `tile_path(level, index, width)`; the full tile or a
        wider partial one will do as well when cut.
        """
        ...


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry; the 00 keeps leaves and nodes apart (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into the node above them (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


# Which tiles a tree has


def all_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, index, width) of every tile of a tree of `size`, partial ones included.

    At level l there are floor(size / 256**l) hashes, cut into runs of 256 (tlog-tiles, "Merkle
    Tree"); an empty tile does not exist.
    """
    level = 0
    while hashes := size >> (TILE_HEIGHT * level):
        for index in range((hashes + TILE_WIDTH - 1) // TILE_WIDTH):
            yield level, index, min(TILE_WIDTH, hashes - index * TILE_WIDTH)
        level += 1


def frontier_tiles(size: int) -> list[tuple[int, int, int]]:
    """Return (level, index, width) of the partial tile of each level that has one.

    The width at level l is floor(size / 256**l) mod 256: the digits of `size` in base 256.
    """
    tiles = []
    level = 0
    while hashes := size >> (TILE_HEIGHT * level):
        index, width = divmod(hashes, TILE_WIDTH)
        if width:
            tiles.append((level, index, width))
        level += 1
    return tiles


def tile_path(level: int | Literal["entries"], index: int, width: int = TILE_WIDTH) -> str:
    """Return where a tile is published: `tile/0/x001/x234/067`, and `.p/112` if it is partial.

    The index is written in groups of three digits, all but the last marked x, so that no folder
    holds more than a thousand names and none is both a file and a folder (tlog-tiles).
    """
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


# Comparing


def unlike_leaves(
    first: int, leaves: Sequence[bytes], tile: Callable[[int], bytes]
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (position, hash in the tile, hash given) for each leaf that is not what its tile says.

    `leaves` are the hashes from position `first` on, `tile(index)` a level-0 tile, as far as it is
    there. Whole runs are compared first, for hardly ever does one differ.
    """
    stop = first + len(leaves)
    for index in range(first // TILE_WIDTH, -(-stop // TILE_WIDTH)):
        begin = index * TILE_WIDTH
        low, high = max(begin, first), min(begin + TILE_WIDTH, stop)
        given = leaves[low - first : high - first]
        kept = tile(index)[(low - begin) * HASH_SIZE : (high - begin) * HASH_SIZE]
        if b"".join(given) == kept:
            continue
        for i, hash_ in enumerate(given):
            other = kept[i * HASH_SIZE : (i + 1) * HASH_SIZE]
            if hash_ != other:
                yield low + i, other, hash_


# Growing


def extend(
    size: int, partial: Mapping[int, bytes], leaves: Sequence[bytes]
) -> tuple[Tiles, Frontier]:
    """Append leaf hashes to a tree of `size` of which only the partial tiles are at hand.

    Returns the tiles that are new or have grown, and the frontier afterwards (from which
    `frontier_root` is the new root, with nothing read back). A tree of n leaves is grown with n - 1
    hashings at most, however it is split into appends.

    Level by level: what arrives goes behind the partial tile; of each 256 that stand together a
    tile is made, and its root arrives one level up.
    """
    if set(map(len, leaves)) - {HASH_SIZE}:
        message = "extend takes leaf hashes of 32 bytes, not entries"
        raise ValueError(message)
    frontier = {
        level: _checked(level, index, width, partial.get(level, b""))
        for level, index, width in frontier_tiles(size)
    }
    tiles: Tiles = {}
    arriving = list(leaves)
    level = 0
    while arriving:
        index = size >> (TILE_HEIGHT * (level + 1))
        run = _hashes(frontier.pop(level, b"")) + arriving
        whole = len(run) - len(run) % TILE_WIDTH
        for start in range(0, whole, TILE_WIDTH):
            tiles[level, index] = b"".join(run[start : start + TILE_WIDTH])
            index += 1
        if whole < len(run):
            tiles[level, index] = frontier[level] = b"".join(run[whole:])
        # Nothing is hashed upward before its tile is full: a partial tile still changes.
        arriving = run[:whole]
        for _ in range(TILE_HEIGHT):
            arriving = _row_above(arriving)
        level += 1
    return tiles, frontier


def _row_above(row: list[bytes]) -> list[bytes]:
    """Hash neighbours together; an odd last one rises as it is.

    Nearly all the time of an append is spent in this comprehension, so `node_hash` is written out:
    a call for each hash would add a tenth.
    """
    pairs = iter(row)
    hasher, mark = sha256, b"\x01"
    above = [
        hasher(mark + left + right).digest() for left, right in zip(pairs, pairs, strict=False)
    ]
    if len(row) % 2:
        above.append(row[-1])
    return above


def _hashes(run: bytes) -> list[bytes]:
    """Cut a run into its hashes."""
    return [run[start : start + HASH_SIZE] for start in range(0, len(run), HASH_SIZE)]


def tile_root(hashes: bytes) -> bytes:
    """Return the root over a run of hashes: MTH with those hashes in the place of leaves.

    Over a full tile this is the hash that stands for it one level up. Raising an odd last hash
    unchanged, row by row, gives the tree that RFC 6962 defines by splitting from the top.
    """
    row = _hashes(hashes)
    while len(row) > 1:
        row = _row_above(row)
    return row[0] if row else EMPTY_ROOT


def frontier_root(frontier: Mapping[int, bytes]) -> bytes:
    """Return the root of the tree that has these partial tiles.

    From below: the root of a partial tile stands for a subtree that is not complete, and what is
    not complete is always the last child of the level above.
    """
    edge = b""
    for level in range(max(frontier, default=-1) + 1):
        run = frontier.get(level, b"") + edge
        edge = tile_root(run) if run else b""
    return edge or EMPTY_ROOT


# Reading


def root(size: int, reader: TileReader) -> bytes:
    """Return the root of the first `size` leaves: one tile is read for each level."""
    tile = _tiles_of(size, reader)
    return frontier_root({level: tile(level, index) for level, index, _ in frontier_tiles(size)})


class _Tile(Protocol):
    """A tile of one known tree, at its full width in that tree."""

    def __call__(self, level: int, index: int, /) -> bytes: ...


def _tiles_of(size: int, reader: TileReader) -> _Tile:
    """Return a function that reads the tiles of a tree of `size`, each only once."""

    @cache
    def tile(level: int, index: int, /) -> bytes:
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH)
        return _checked(level, index, width, reader.tile(level, index, width))

    return tile


def _checked(level: int, index: int, width: int, hashes: bytes) -> bytes:
    """Return `hashes` if they are as many as the tile must have; a short tile proves nothing."""
    if len(hashes) != width * HASH_SIZE:
        path = tile_path(level, index, width)
        raise BrokenTile(tile=path, expected=width * HASH_SIZE, found=len(hashes))
    return hashes


def _split(count: int) -> int:
    """Return the largest power of two below `count` (RFC 6962's k)."""
    return 1 << (count - 1).bit_length() - 1


def _subtree_hash(start: int, stop: int, tile: _Tile) -> bytes:
    """Return MTH(D[start:stop]) of a subtree that RFC 6962's splitting makes.

    A complete subtree lies within one tile. One that is not can only be at the right edge, and
    falls into complete ones.
    """
    count = stop - start
    if count & (count - 1):
        middle = start + _split(count)
        return node_hash(_subtree_hash(start, middle, tile), _subtree_hash(middle, stop, tile))
    level, height = divmod(count.bit_length() - 1, TILE_HEIGHT)
    index, first = divmod(start >> (TILE_HEIGHT * level), TILE_WIDTH)
    last = first + (1 << height)
    return tile_root(tile(level, index)[first * HASH_SIZE : last * HASH_SIZE])


# Proving


def inclusion_proof(position: int, size: int, reader: TileReader) -> Proof:
    """Return PATH(position, D[size]): the sibling at every step from the leaf up to the root.

    RFC 6962 section 2.1.1. Raises `NoSuchPosition` where there is no such leaf.
    """
    return next(inclusion_proofs([position], size, reader))


def inclusion_proofs(positions: Iterable[int], size: int, reader: TileReader) -> Iterator[Proof]:
    """Yield the inclusion proof of each position; what they share is read and hashed only once."""
    tile = _tiles_of(size, reader)

    @cache
    def subtree(start: int, stop: int) -> bytes:
        return _subtree_hash(start, stop, tile)

    for position in positions:
        if not 0 <= position < size:
            raise NoSuchPosition(position=position, size=size)
        yield _path(position, size, subtree)


def _path(position: int, size: int, subtree: Callable[[int, int], bytes]) -> Proof:
    """Return the siblings of a leaf, from below, given the hash of any subtree."""
    siblings: Proof = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if position < middle:
            siblings.append(subtree(middle, stop))
            stop = middle
        else:
            siblings.append(subtree(start, middle))
            start = middle
    return siblings[::-1]


def consistency_proof(old_size: int, new_size: int, reader: TileReader) -> Proof:
    """Return PROOF(old_size, D[new_size]): that the old tree is the beginning of the new one.

    RFC 6962 section 2.1.2. Nothing needs proving (an empty proof) where the sizes are equal or the
    old tree had no leaf. Raises `NoSuchPosition` where the old tree would be the larger.
    """
    if not 0 <= old_size <= new_size:
        raise NoSuchPosition(position=old_size, size=new_size)
    if old_size in (0, new_size):
        return []
    tile = _tiles_of(new_size, reader)
    hashes: Proof = []
    start, stop = 0, new_size
    while stop != old_size:
        middle = start + _split(stop - start)
        if old_size <= middle:
            hashes.append(_subtree_hash(middle, stop, tile))
            stop = middle
        else:
            hashes.append(_subtree_hash(start, middle, tile))
            start = middle
    # What is left is a subtree of both trees. If it is the whole old tree (b = true in the RFC),
    # the verifier has its hash already: it is the old root.
    if start:
        hashes.append(_subtree_hash(start, stop, tile))
    return hashes[::-1]


# Checking: everything here comes from a stranger; a wrong shape is a False like any other


def verify_inclusion(
    leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Say whether the leaf hash `leaf` stands at `position` of the `size` leaves under `root`.

    RFC 9162 section 2.1.3.2, with its names: `fn` and `sn` are the path's and the last node's
    numbers in the row that has been reached.
    """
    if not 0 <= position < size or not _are_hashes([leaf, root, *proof]):
        return False
    fn, sn, reached = position, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            reached = node_hash(sibling, reached)
            # A last node without a right neighbour rises until it has a left one.
            rise = 0 if fn & 1 else _trailing_zeros(fn)
        else:
            reached = node_hash(reached, sibling)
            rise = 0
        fn, sn = fn >> rise + 1, sn >> rise + 1
    return sn == 0 and reached == root


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether the tree under `old_root` is the beginning of the tree under `new_root`.

    RFC 9162 section 2.1.4.2: one walk rebuilds both roots from the same hashes. An old tree of no
    leaves begins every tree, and has only one root.
    """
    if not 0 <= old_size <= new_size or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    # The old tree is one complete subtree: the proof leaves its hash out.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    rise = _trailing_zeros(old_size)
    fn, sn = old_size - 1 >> rise, new_size - 1 >> rise
    old_reached = new_reached = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        rise = 0
        if fn & 1 or fn == sn:
            old_reached = node_hash(sibling, old_reached)
            new_reached = node_hash(sibling, new_reached)
            rise = 0 if fn & 1 else _trailing_zeros(fn)
        else:
            new_reached = node_hash(new_reached, sibling)
        fn, sn = fn >> rise + 1, sn >> rise + 1
    return sn == 0 and old_reached == old_root and new_reached == new_root


def _are_hashes(values: Sequence[bytes]) -> bool:
    """Say whether every value has the length of a hash."""
    return all(len(value) == HASH_SIZE for value in values)


def _trailing_zeros(number: int) -> int:
    """Return how many zero bits `number` ends in; none for 0, which has no end to rise from."""
    return (number & -number).bit_length() - 1 if number else 0
