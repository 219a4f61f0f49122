"""Scores taken before and after: which of them are pairs, under the unit tree.

    rows = [("q", "bureau", "pre", 5, 350, 24_700), ("q", "bureau", "post", 5, 425, 36_225)]
    paired(q, rows)["unit:bureau"]            Pairs(before=(5, 350, 24700), after=(5, 425, 36225), …)

A test is one, before and after, where its units count for the same units of the tree: so what was
taken before a merger is paired with what was taken after it.
"""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from attrs import frozen

from lianjian.core.activities import WHOLE
from lianjian.core.indicator import ALL, Query
from lianjian.core.kit import heirs
from lianjian.core.measures import Moments, part_of, pooled


@frozen
class Pairs:
    """The scores of all pairs of a subject pooled, how many pairs there are, how many lack one."""

    before: Moments = (0, 0, 0)
    after: Moments = (0, 0, 0)
    pairs: int = 0
    unpaired: int = 0


def paired(q: Query, rows: Iterable[tuple[Any, ...]]) -> dict[str, Pairs]:
    """Return by subject the pairs of rows (test, unit, "pre" or "post", and three `Moments`)."""
    seen_as = heirs(q)
    scored: dict[str, dict[tuple[str, ...], dict[str, list[Moments]]]] = defaultdict(dict)
    for test, unit, phase, count, total, squares in rows:
        whole: Moments = (count, total, squares)
        onward = seen_as.get(unit or "", [])
        parts = [(f"unit:{u}", (test,), part_of(whole, Fraction(bp, WHOLE))) for u, bp in onward]
        for subject, key, moments in [(ALL, (test, *(u for u, _ in onward)), whole), *parts]:
            scored[subject].setdefault(key, {}).setdefault(phase, []).append(moments)
    return {subject: _of(tests.values()) for subject, tests in scored.items()}


def _of(tests: Iterable[dict[str, list[Moments]]]) -> Pairs:
    tests = list(tests)
    pairs = [phases for phases in tests if len(phases) == 2]
    before, after = (pooled(m for phases in pairs for m in phases[at]) for at in ("pre", "post"))
    return Pairs(before, after, len(pairs), len(tests) - len(pairs))
