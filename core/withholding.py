"""What may be said of few answers: nothing, below five; and of a low response, with a warning.

    withheld(4, NOT_ASKED)                    "fewer than 5 answers, withheld"
    mean(q, ALL, 27.5, 40, NOT_ASKED)         0.6875, of 40
    proportion(q, ALL, 12, 40, NOT_ASKED)     0.3, between 0.18 and 0.45

A figure of few people tells of each of them, so a reading that rests on fewer than LEAST answers has
no value, no parts that it could be divided from, and no flags. What follows from a total by taking
others from it is not hidden. (A threshold rule of statistical disclosure control; A. Hundepool et
al., Statistical Disclosure Control, 2012, chapter 4.)
"""

from fractions import Fraction
from typing import Unpack

from lianjian.core.errors import Words
from lianjian.core.indicator import Number, Query, Reading, Remarks, Rest
from lianjian.core.measures import wilson

LEAST = 5  # answers, below which nothing is said
FEW = Words("答卷不足 5 份，不予公布", "fewer than 5 answers, withheld")

LOW = Fraction(3, 10)
LOW_RESPONSE = Words(
    "回收率不足 30%，未答者可能另有看法", "response below 30%: the silent may differ"
)


def withheld(answered: Number | None, none: Words) -> Words | None:
    """Return why nothing is said: `none` where nobody was asked (None), or that few answered."""
    if answered is None:
        return none
    return FEW if answered < LEAST else None


def low_response(invited: Number, returned: Number) -> list[Words]:
    """Return the flag that too few of those who were asked have answered."""
    return [LOW_RESPONSE] if returned < LOW * invited else []


def mean(
    q: Query,
    subject: str,
    amount: Number,
    answered: Number | None,
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return an amount by the answer; `none` where nobody was asked, withheld where few answered."""
    why = withheld(answered, none)
    if answered is None or why:
        return q.none(subject, why or none, dimensions=remarks.get("dimensions", {}))
    return q.ratio(subject, amount, answered, none, **remarks)


def proportion(
    q: Query,
    subject: str,
    yes: Number,
    answered: Number | None,
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return how many said yes, by the answer, with Wilson's interval; withheld as `mean` is.

    Both are rounded to whole answers (shares of heirs need not be), of which alone an interval can
    speak. It speaks of chance, and not of those who stayed silent.
    """
    if answered is None or withheld(answered, none):
        return mean(q, subject, yes, answered, none, **remarks)
    some, count = round(yes), round(answered)
    rest = Rest(numerator=some, denominator=count, **remarks)
    return q.estimate(subject, Fraction(some, count), *wilson(some, count), **rest)
