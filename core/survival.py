"""How long things take, those that are not over yet included: Kaplan-Meier.

Of ten problems to be put right seven were, after so many days, and three are still open. The mean of
the seven says nothing of the three, and gets better when the slow ones are left open. The estimate
of Kaplan and Meier counts what is open for as long as it was seen to be (it is "censored"), and no
longer.

    >>> mended = kaplan_meier([(10, True), (20, True), (20, False), (30, True), (45, False)])
    >>> mended.curve            # the share that is still open after so many days
    ((10, Fraction(4, 5)), (20, Fraction(3, 5)), (30, Fraction(3, 10)))
    >>> mended.median           # half were done within
    30
    >>> mended.at(25)
    Fraction(3, 5)

Exact: whole days in, fractions out, so that "half" is half on every machine.

Source: E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, J. Am. Stat.
Assoc. 53, 1958.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from attrs import frozen

from lianjian.core.errors import Undefined, Words

HALF = Fraction(1, 2)


@frozen
class Survival:
    """A survival curve: what share lasts longer than so many days.

    `curve` is its steps: each day on which something ended, and the share that lasts longer; before
    the first step all do. `observed` is how many ended, `censored` how many were left when they
    were last seen.
    """

    curve: tuple[tuple[int, Fraction], ...]
    observed: int
    censored: int

    @property
    def median(self) -> int | None:
        """The smallest number of days at which at most half are left; None where more are to the last."""
        return next((day for day, share in self.curve if share <= HALF), None)

    def at(self, days: int) -> Fraction:
        """Return the share that lasts longer than `days`.

        After the last day that was seen it stays what it was there: nothing is known of later.
        """
        steps = bisect_right(self.curve, days, key=lambda step: step[0])
        return self.curve[steps - 1][1] if steps else Fraction(1)


def kaplan_meier(durations: Iterable[tuple[int, bool]]) -> Survival:
    """Return the Kaplan-Meier estimate of how long things last.

        S(t) = Π (1 - d/n)     over days ≤ t; d ended on that day, n were there until then

    Each duration is whole days and whether the end was observed (True) or the thing was still there
    when last seen (False: censored). What was censored on a day was there on that day, so it counts
    in n for what ended on the same (Kaplan and Meier 1958, section 2). Undefined for no durations,
    or a negative one.
    """
    durations = list(durations)
    if not durations:
        raise Undefined(why=Words("没有时长", "there are no durations"))
    if any(days < 0 for days, _ in durations):
        raise Undefined(why=Words("有时长为负", "a duration is negative"))
    ended = Counter(days for days, observed in durations if observed)
    left = Counter(days for days, _ in durations)
    curve, share, there = [], Fraction(1), len(durations)
    for day in sorted(left):
        if day in ended:
            share *= Fraction(there - ended[day], there)
            curve.append((day, share))
        there -= left[day]
    observed = ended.total()
    return Survival(tuple(curve), observed, len(durations) - observed)
