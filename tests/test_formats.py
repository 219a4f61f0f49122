"""Every proof in every tree of up to a hundred leaves, as files, against RFC 6962 word for word.

`mth`, `path` and `proof` are section 2.1 of RFC 6962 as it is written, recursion and all; nothing of
ours is in them. What our files say must be exactly that, must be accepted, and nothing else must be.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from itertools import cycle

import pytest
from proofbundle.merkle import verify_consistency as their_consistency
from proofbundle.merkle import verify_inclusion as their_inclusion

from lianjian.core.checkpoint import Checkpoint, SigningKey, sign_note
from lianjian.core.errors import BadProof
from lianjian.core.proofs import Consistency, Inclusion, parse_proof
from lianjian.core.tree import (
    consistency_proof,
    extend,
    frontier_root,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

MOST = 100
ENTRIES = [b"entry %d" % n for n in range(MOST)]
KEY = SigningKey.generate("example.org/log")


# RFC 6962, section 2.1; a list D[a:b] is (a, b)


def largest_power_below(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@cache
def mth(a, b):
    if a == b:
        return sha256().digest()
    if b - a == 1:
        return sha256(b"\x00" + ENTRIES[a]).digest()
    k = largest_power_below(b - a)
    return sha256(b"\x01" + mth(a, a + k) + mth(a + k, b)).digest()


def path(m, a, b):
    """PATH(m, D[a:b]), section 2.1.1."""
    if b - a == 1:
        return []
    k = largest_power_below(b - a)
    if m < k:
        return [*path(m, a, a + k), mth(a + k, b)]
    return [*path(m - k, a + k, b), mth(a, a + k)]


def proof(m, n):
    """PROOF(m, D[n]), section 2.1.2; of an empty tree there is nothing to prove."""
    return subproof(m, 0, n, known=True) if m else []


def subproof(m, a, b, *, known):
    if m == b - a:
        return [] if known else [mth(a, b)]
    k = largest_power_below(b - a)
    if m <= k:
        return [*subproof(m, a, a + k, known=known), mth(a + k, b)]
    return [*subproof(m - k, a + k, b, known=False), mth(a, a + k)]


# Our trees and files


class Tree:
    def __init__(self, size):
        self.size = size
        self.tiles, frontier = extend(0, {}, [leaf_hash(e) for e in ENTRIES[:size]])
        self.root = frontier_root(frontier)
        self.signed = Checkpoint(KEY.name, size, self.root)
        self.note = sign_note(self.signed.text(), KEY)

    def tile(self, level, index, width):
        return self.tiles[level, index][: 32 * width]


TREES = [Tree(n) for n in range(MOST + 1)]


def spoilt(hashes):
    """Yield the hashes with one dropped, one doubled, or two that stand together swapped."""
    for i, hash_ in enumerate(hashes):
        yield [*hashes[:i], *hashes[i + 1 :]]
        yield [*hashes[:i], hash_, *hashes[i:]]
        if i:
            yield [*hashes[: i - 1], hash_, hashes[i - 1], *hashes[i + 1 :]]
    yield [*hashes, sha256(b"one more").digest()]


def lines(hashes):
    return "".join(b64encode(h).decode() + "\n" for h in hashes)


def test_the_root_of_every_tree():
    for tree in TREES:
        assert tree.root == mth(0, tree.size)
    assert TREES[0].root.hex().startswith("e3b0c44298fc1c14")


def test_every_inclusion_proof():
    count = 0
    for tree in TREES[1:]:
        size, root = tree.size, tree.root
        for index in range(size):
            leaf = sha256(b"\x00" + ENTRIES[index]).digest()
            expected = path(index, 0, size)
            assert inclusion_proof(index, size, tree) == expected
            made = Inclusion(index, tuple(expected), tree.note, ENTRIES[index])
            text = (
                f"c2sp.org/tlog-proof@v1\nextra {b64encode(ENTRIES[index]).decode()}\n"
                f"index {index}\n{lines(expected)}\n{tree.note}"
            )
            assert made.text() == text
            read = parse_proof(text.encode())
            assert read == made
            assert read.verify(ENTRIES[index], KEY.verifier) == tree.signed
            assert their_inclusion(ENTRIES[index], index, size, expected, root)
            for other in (index - 1, index + 1, size, size + index):
                assert not verify_inclusion(leaf, other, size, expected, root)
            for other in TREES[size - 1 : size] + TREES[size + 1 : size + 2]:
                assert not verify_inclusion(leaf, index, other.size, expected, other.root)
            for wrong in spoilt(expected):
                assert not verify_inclusion(leaf, index, size, wrong, root)
            count += 1
    assert count == MOST * (MOST + 1) // 2


def test_every_consistency_proof():
    count = 0
    for new in TREES:
        for old in TREES[: new.size + 1]:
            expected = proof(old.size, new.size)
            assert consistency_proof(old.size, new.size, new) == expected
            made = Consistency(old.size, tuple(expected), new.note)
            text = f"old {old.size}\n{lines(expected)}\n{new.note}"
            assert made.text() == text
            read = parse_proof(text.encode())
            assert read == made
            assert read.verify(old.signed, KEY.verifier) == new.signed
            sizes = (old.size, old.root, new.size, new.root)
            if old.size:  # they, like RFC 6962, have no proof from nothing
                assert their_consistency(old.size, new.size, expected, old.root, new.root)
            for a, b in neighbours(old.size, new.size):
                claim = (a, mth(0, a), b, mth(0, b))
                right = a <= b and proof(a, b) == expected  # none at all may be right of both
                assert verify_consistency(*claim, expected) == right, claim[::2]
            for wrong in spoilt(expected):
                assert not verify_consistency(*sizes, wrong)
            for root in (b"x" * 32, new.root if old.size != new.size else b"y" * 32):
                assert not verify_consistency(old.size, root, new.size, new.root, expected)
            count += 1
    assert count == (MOST + 1) * (MOST + 2) // 2


def neighbours(old, new):
    pairs = {(old - 1, new), (old + 1, new), (old, new - 1), (old, new + 1)}
    return [(a, b) for a, b in pairs if 0 <= a <= MOST and 0 <= b <= MOST]


def test_files_with_another_claim_are_refused():
    """Every proof once more as a file, with one thing changed, each kind of change in its turn."""
    kinds = cycle(("claim", "size", "hashes"))
    refused = 0
    for new in TREES[2:]:
        for index in range(1, new.size):
            kind = next(kinds)
            hashes, note, at = path(index, 0, new.size), new.note, index
            if kind == "claim":
                at = index - 1
            elif kind == "size":
                note = TREES[new.size - 1].note
            else:
                hashes = list(spoilt(hashes))[index % 3]
            text = f"c2sp.org/tlog-proof@v1\nindex {at}\n{lines(hashes)}\n{note}"
            with pytest.raises(BadProof):
                parse_proof(text.encode()).verify(ENTRIES[index], KEY.verifier)
            hashes, note, at = proof(index, new.size), new.note, index
            if kind == "claim":
                at = index + 1
            elif kind == "size":
                note = TREES[new.size - 1].note
            else:
                hashes = next(spoilt(hashes))
            text = f"old {at}\n{lines(hashes)}\n{note}"
            with pytest.raises(BadProof):
                parse_proof(text.encode()).verify(TREES[index].signed, KEY.verifier)
            refused += 2
    assert refused == MOST * (MOST - 1)
