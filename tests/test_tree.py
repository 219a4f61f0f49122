"""The tree against known answers, and against the definition written out as RFC 6962 has it."""

from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core.errors import BrokenTile, NoSuchPosition
from lianjian.core.tree import (
    EMPTY_ROOT,
    all_tiles,
    consistency_proof,
    extend,
    frontier_root,
    frontier_tiles,
    inclusion_proof,
    leaf_hash,
    root,
    tile_path,
    tile_root,
    verify_consistency,
    verify_inclusion,
)

# The reference tree of Certificate Transparency (its C++ and Go tests have the same).
CT_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


# The definition, of leaf hashes, as slow and as plain as the RFC writes it


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return d[0]
    k = split(len(d))
    return sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


class Shelf(dict):
    """Tiles in a dict; counts what is read, and has only the tiles of `size`, by exact width."""

    def __init__(self, leaves):
        super().__init__()
        self.update(extend(0, {}, leaves)[0])
        self.reads = []

    def tile(self, level, index, width):
        self.reads.append((level, index))
        hashes = self[level, index]
        assert width * 32 <= len(hashes)
        return hashes[: width * 32]


def leaves_of(count, salt=b""):
    return [leaf_hash(salt + b"%d" % number) for number in range(count)]


LEAVES = leaves_of(70_000)
SHELF = Shelf(LEAVES)
SIZES = [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 69_999, 70_000]


# Known answers


def test_ct_reference_roots():
    leaves = [leaf_hash(entry) for entry in CT_ENTRIES]
    shelf = Shelf(leaves)
    assert [root(size, shelf).hex() for size in range(1, 9)] == CT_ROOTS
    assert [tile_root(b"".join(leaves[:size])).hex() for size in range(1, 9)] == CT_ROOTS


def test_the_empty_tree():
    assert b64encode(EMPTY_ROOT) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert root(0, SHELF) == frontier_root({}) == tile_root(b"") == EMPTY_ROOT
    assert list(all_tiles(0)) == frontier_tiles(0) == []
    assert extend(0, {}, []) == ({}, {})


def test_tile_paths():
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(1, 0, 1) == "tile/1/000.p/1"
    assert tile_path(0, 273, 112) == "tile/0/273.p/112"
    assert tile_path("entries", 1000) == "tile/entries/x001/000"


def test_the_tiles_of_seventy_thousand_leaves():
    assert frontier_tiles(70_000) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    tiles = list(all_tiles(70_000))
    assert len(tiles) == 273 + 1 + 1 + 1 + 1
    assert [tile for tile in tiles if tile[2] < 256] == frontier_tiles(70_000)
    assert list(all_tiles(256)) == [(0, 0, 256), (1, 0, 1)]
    assert frontier_tiles(256) == [(1, 0, 1)]
    assert {(level, index): width * 32 for level, index, width in tiles} == {
        key: len(hashes) for key, hashes in SHELF.items()
    }


def test_a_tile_holds_the_roots_of_its_subtrees():
    assert SHELF[0, 3] == b"".join(LEAVES[768:1024])
    assert SHELF[1, 0][:32] == mth(LEAVES[:256])
    assert SHELF[1, 1][-32:] == mth(LEAVES[272 * 256 : 273 * 256])
    assert SHELF[2, 0] == mth(LEAVES[:65_536])


# Growing


@given(st.lists(st.integers(0, 700), max_size=8))
def test_any_split_gives_the_same_tiles_and_the_defined_root(steps):
    kept, frontier, size = {}, {}, 0
    for step in steps:
        tiles, frontier = extend(size, frontier, LEAVES[size : size + step])
        kept |= tiles
        size += step
        assert [(level, len(run) // 32) for level, run in sorted(frontier.items())] == [
            (level, width) for level, _, width in frontier_tiles(size)
        ]
    assert kept == extend(0, {}, LEAVES[:size])[0]
    assert frontier_root(frontier) == mth(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_large_trees_have_the_defined_root(size):
    assert root(size, SHELF) == mth(LEAVES[:size])


def test_an_append_returns_only_what_changed():
    _, frontier = extend(0, {}, LEAVES[:1000])
    tiles, after = extend(1000, frontier, LEAVES[1000:1001])
    assert set(tiles) == {(0, 3)}
    assert after[1] == frontier[1]
    assert extend(1000, frontier, []) == ({}, frontier)


def test_extend_leaves_its_arguments_alone():
    _, frontier = extend(0, {}, LEAVES[:1000])
    before, leaves = dict(frontier), LEAVES[1000:1100]
    extend(1000, frontier, leaves)
    assert (frontier, leaves) == (before, LEAVES[1000:1100])


def test_extend_refuses_a_frontier_of_another_size():
    _, frontier = extend(0, {}, LEAVES[:1000])
    with pytest.raises(BrokenTile, match=r"tile/0/003\.p/233 should have 7456 bytes and has 7424"):
        extend(1001, frontier, LEAVES[:1])
    with pytest.raises(BrokenTile):
        extend(1000, {}, LEAVES[:1])


def test_extend_refuses_entries():
    with pytest.raises(ValueError, match="leaf hashes"):
        extend(0, {}, [b"an entry"])


# Proving


def test_every_inclusion_proof_up_to_a_hundred_leaves():
    for size in range(1, 101):
        top = mth(LEAVES[:size])
        for position in range(size):
            proof = inclusion_proof(position, size, SHELF)
            assert proof == path(position, LEAVES[:size])
            assert verify_inclusion(LEAVES[position], position, size, proof, top)


def test_every_consistency_proof_up_to_a_hundred_leaves():
    roots = [mth(LEAVES[:size]) for size in range(101)]
    for new in range(101):
        for old in range(new + 1):
            proof = consistency_proof(old, new, SHELF)
            if old:
                assert proof == subproof(old, LEAVES[:new], True)
            assert verify_consistency(old, roots[old], new, roots[new], proof)


@pytest.mark.parametrize(("old", "new"), [*pairwise(SIZES), (3, 70_000), (65_536, 70_000)])
def test_proofs_across_tiles(old, new):
    old_root, new_root = root(old, SHELF), root(new, SHELF)
    proof = consistency_proof(old, new, SHELF)
    assert proof == subproof(old, LEAVES[:new], True)
    assert verify_consistency(old, old_root, new, new_root, proof)
    for position in (0, old - 1, old, new - 1):
        proof = inclusion_proof(position, new, SHELF)
        assert proof == path(position, LEAVES[:new])
        assert verify_inclusion(LEAVES[position], position, new, proof, new_root)


def test_a_proof_reads_few_tiles_and_none_twice():
    for job in (
        lambda shelf: root(70_000, shelf),
        lambda shelf: inclusion_proof(12_345, 70_000, shelf),
        lambda shelf: consistency_proof(12_345, 70_000, shelf),
    ):
        SHELF.reads.clear()
        job(SHELF)
        assert len(SHELF.reads) == len(set(SHELF.reads)) <= 2 * 3


def test_a_short_tile_proves_nothing():
    class Torn(Shelf):
        def tile(self, level, index, width):
            return super().tile(level, index, width)[:-32]

    with pytest.raises(BrokenTile) as raised:
        root(300, Torn(LEAVES[:300]))
    assert raised.value.exit_code == 3


def test_there_is_no_proof_beyond_the_tree():
    for position in (-1, 8):
        with pytest.raises(NoSuchPosition):
            inclusion_proof(position, 8, SHELF)
    for old in (-1, 9):
        with pytest.raises(NoSuchPosition):
            consistency_proof(old, 8, SHELF)


# Checking what strangers send


def flipped(value, bit):
    number = int.from_bytes(value) ^ 1 << bit % (len(value) * 8)
    return number.to_bytes(len(value))


def tamperings(proof, bit):
    """Yield every simple way in which a proof may be wrong."""
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]
    for at, value in enumerate(proof):
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], flipped(value, bit), *proof[at + 1 :]]
        yield [*proof[:at], value[:-1], *proof[at + 1 :]]
        yield [*proof[:at], value + b"\0", *proof[at + 1 :]]
        yield [*proof[:at], value, *proof[at:]]
    if len(set(proof)) > 1:
        yield proof[::-1]


@given(st.integers(1, 2000), st.data(), st.integers(0, 255))
def test_tampered_inclusion_is_refused(size, data, bit):
    position = data.draw(st.integers(0, size - 1))
    leaf, top = LEAVES[position], root(size, SHELF)
    proof = inclusion_proof(position, size, SHELF)
    assert verify_inclusion(leaf, position, size, proof, top)
    for wrong in tamperings(proof, bit):
        assert not verify_inclusion(leaf, position, size, wrong, top)
    assert not verify_inclusion(flipped(leaf, bit), position, size, proof, top)
    assert not verify_inclusion(leaf, position, size, proof, flipped(top, bit))
    assert not verify_inclusion(leaf, position, size, proof, top[:31])
    for elsewhere in {-1, 0, position - 1, position + 1, position ^ 1, size} - {position}:
        assert not verify_inclusion(leaf, elsewhere, size, proof, top)
    assert not verify_inclusion(leaf, position, 0, proof, top)


@given(st.integers(1, 2000), st.data(), st.integers(0, 255))
def test_tampered_consistency_is_refused(new, data, bit):
    old = data.draw(st.integers(1, new))
    old_root, new_root = root(old, SHELF), root(new, SHELF)
    proof = consistency_proof(old, new, SHELF)
    assert verify_consistency(old, old_root, new, new_root, proof)
    for wrong in tamperings(proof, bit):
        assert not verify_consistency(old, old_root, new, new_root, wrong)
    assert not verify_consistency(old, flipped(old_root, bit), new, new_root, proof)
    assert not verify_consistency(old, old_root, new, flipped(new_root, bit), proof)
    assert not verify_consistency(old, old_root[:31], new, new_root, proof)
    for elsewhere in {-1, 0, old - 1, old + 1, new + 1} - {old}:
        assert not verify_consistency(elsewhere, old_root, new, new_root, proof)
    assert not verify_consistency(new, new_root, old, old_root, proof) or old == new


def test_a_rewritten_history_has_no_proof():
    other = leaves_of(60, salt=b"rewritten ")
    forged = Shelf([*LEAVES[:20], *other[20:]])
    old_root = root(40, SHELF)
    for size in range(41, 61):
        proof = consistency_proof(40, size, forged)
        assert not verify_consistency(40, old_root, size, root(size, forged), proof)


def test_a_proof_holds_for_its_own_sizes_only():
    # Each of these hashes up to the given roots; only the sizes are wrong.
    assert not verify_inclusion(LEAVES[1], 0, 1, [LEAVES[0]], root(2, SHELF))
    assert not verify_inclusion(LEAVES[0], 0, 4, [LEAVES[1]], root(2, SHELF))
    proof = consistency_proof(7, 8, SHELF)
    assert verify_consistency(7, root(7, SHELF), 8, root(8, SHELF), proof)
    assert not verify_consistency(3, root(7, SHELF), 4, root(8, SHELF), proof)


def test_the_border_between_two_hashes_cannot_be_moved():
    left, right = LEAVES[:2]
    top = root(2, SHELF)
    assert verify_inclusion(left, 0, 2, [right], top)
    assert not verify_inclusion(left[:31], 0, 2, [left[31:] + right], top)
    assert not verify_inclusion(left + right[:1], 0, 2, [right[1:]], top)


def test_the_empty_tree_begins_every_tree_but_has_one_root():
    top = root(5, SHELF)
    assert verify_consistency(0, EMPTY_ROOT, 5, top, [])
    assert verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not verify_consistency(0, top, 5, top, [])
    assert not verify_consistency(0, EMPTY_ROOT, 5, top, [top])
    assert not verify_consistency(4, root(4, SHELF), 5, top, [])


@given(
    st.integers(-5, 2**70),
    st.integers(-5, 2**70),
    st.binary(max_size=40),
    st.lists(st.binary(max_size=40) | st.binary(min_size=32, max_size=32), max_size=80),
)
def test_rubbish_is_false_and_never_raises(one, other, value, proof):
    # A root that is drawn by nobody: a tree of one leaf does prove that its leaf is its root.
    top = LEAVES[0]
    assert verify_inclusion(value, one, other, proof, top) is False
    assert verify_consistency(one, value, other, top, proof) is False
