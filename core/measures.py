"""Measures of how much and how evenly: pure functions of numbers.

An indicator reads numbers out of fact tables and hands them to a function of this module; nothing
here knows of events, units or periods.

    >>> gini([10, 10, 10, 10])          # every base equally used
    0.0
    >>> gini([0, 0, 0, 40])             # one base has it all: 1 - 1/n
    0.75
    >>> fewest_giving([50, 30, 15, 5])  # one lecturer gives half of the minutes
    1

Three rules hold for all of them.

**What is undefined is not zero.** No visits at all, a single base, a negative count: there is no
figure, and `Undefined` says why in both languages, for an indicator to pass on as its reason.
A 0 there would read "perfectly even".

**Two machines agree to the last digit.** Integers and fractions are added exactly, floats by
`math.fsum`, whose result does not hang on the order. What is published is then rounded by
`round_half_even`.

**Natural logarithms** throughout (nats), so exp(H) is a number of "effective kinds".

Sources: C. Gini, Variabilità e mutabilità, 1912; H. Theil, Economics and Information Theory, 1967,
chapter 4; C. E. Shannon, A Mathematical Theory of Communication, 1948, section 6; E. C. Pielou, The
measurement of diversity, J. Theor. Biol. 13, 1966; formulas as in docs/reference/indicators.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import fsum, isfinite, log

from lianjian.core.errors import Undefined, Words

Number = int | float | Fraction

HALF = Fraction(1, 2)


# What all have in common


def _sum(values: Iterable[Number]) -> Number:
    """Add exactly; with a float among them, as if exactly and then rounded once."""
    values = list(values)
    return fsum(values) if any(isinstance(value, float) for value in values) else sum(values)


def _checked(values: Iterable[Number], least: int) -> tuple[list[Number], Number]:
    """Return the values and their sum, if they are a distribution of something over `least` things."""
    values = list(values)
    if len(values) < least:
        raise Undefined(why=Words(f"数值少于 {least} 个", f"fewer than {least} value(s)"))
    if not all(isfinite(value) for value in values):
        raise Undefined(why=Words("有数值不是有限数", "a value is not finite"))
    if any(value < 0 for value in values):
        raise Undefined(why=Words("有负数", "a value is negative"))
    total = _sum(values)
    if not total:
        raise Undefined(why=Words("合计为零", "the sum is zero"))
    return values, total


def round_half_even(value: Number, digits: int = 6) -> float:
    """Round to `digits` decimals, a tie to the even neighbour (IEEE 754, GB/T 8170 "四舍六入五成双").

    A float is rounded by the value that it really holds, which is hardly ever a tie; a `Fraction`
    can be one: 25/10,000,000 becomes 0.000002. By way of a fraction, so that -0.0, which equals 0.0
    but is written differently, never comes out. Undefined for infinities and NaN.
    """
    if not isfinite(value):
        raise Undefined(why=Words("不是有限数", "the value is not finite"))
    return float(round(Fraction(value), digits))


# Inequality


def gini(values: Iterable[Number]) -> float:
    """Return the Gini coefficient: 0 all alike, 1 - 1/n one has everything.

        G = Σ (2i - n - 1) x(i) / (n Σ x)     x sorted ascending, i = 1 … n

    It is half the mean absolute difference of all pairs, divided by the mean (Gini 1912). Zeros
    count: a base that nobody visited is the point of the figure, so the caller puts it in. There is
    no small-sample correction n/(n-1). Undefined for fewer than two values, a negative one or a
    sum of zero.
    """
    values, total = _checked(values, least=2)
    count = len(values)
    ranked = enumerate(sorted(values), start=1)
    weighted = _sum((2 * rank - count - 1) * value for rank, value in ranked)
    return float(weighted / (count * total))


def theil(values: Iterable[Number]) -> float:
    """Return Theil's T: 0 all alike, ln n one has everything.

        T = (1/n) Σ (x/μ) ln(x/μ)     μ the mean; 0·ln 0 = 0

    It is `theil_shares` with equal reference shares of 1/n (Theil 1967). Undefined for fewer than
    two values, a negative one or a sum of zero.
    """
    values = list(values)
    return theil_shares(values, [1] * len(values))


def theil_shares(shares: Iterable[Number], reference_shares: Iterable[Number]) -> float:
    """Return Theil's T of shares against reference shares: visits against capacity, say.

        T = Σ s ln(s/c)     0·ln 0 = 0

    0 where each has its due, without an upper bound where one with little capacity has much (Theil
    1967: the information of the message that turns c into s, never negative). Both may be given as
    amounts; each is divided by its own sum. Undefined for fewer than two pairs, a negative amount,
    a sum of zero, or an amount where the reference has none (the divergence is infinite). Lists of
    different lengths are a mistake of the caller: ValueError.
    """
    amounts, amount = _checked(shares, least=2)
    references, reference = _checked(reference_shares, least=2)
    return _divergence(amounts, amount, references, reference)


def _divergence(
    amounts: Sequence[Number], amount: Number, references: Sequence[Number], reference: Number
) -> float:
    """Return Σ s ln(s/c), s and c being the parts of two sums that are not zero.

    Equal shares become equal floats, whatever the sums, so that what is even comes out as 0.0.
    """
    terms = []
    for part, due in zip(amounts, references, strict=True):
        share, fair = float(part / amount), float(due / reference)
        if share and not fair:
            raise Undefined(
                why=Words("参照份额为零处有数值", "an amount whose reference share is zero")
            )
        if share:
            terms.append(share * log(share / fair))
    # Rounding may leave something like -1e-17 where the truth is nought.
    return max(fsum(terms), 0.0)


def theil_between_within(
    groups: Mapping[str, Sequence[Number]], references: Mapping[str, Sequence[Number]] | None = None
) -> tuple[float, float]:
    """Split Theil's T into what lies between groups and what lies within them: their sum is T.

        between = Σ S ln(S/C)     within = Σ S T     over groups

    S is a group's share of the amount and C its share of the reference, T the index inside it
    (Theil 1967). Without `references` every value has the same, so that C is a group's share of the
    heads. A group of one thing has T = 0; a group without any things, or whose things have
    nothing, adds nothing within. Undefined as `theil_shares` is, for all values taken together.
    """
    if references is None:
        references = {name: [1] * len(values) for name, values in groups.items()}
    pairs = {
        name: list(zip(values, references[name], strict=True)) for name, values in groups.items()
    }
    _, amount = _checked([part for group in pairs.values() for part, _ in group], least=2)
    _, reference = _checked([due for group in pairs.values() for _, due in group], least=2)
    sums = {name: (_sum(values), _sum(references[name])) for name, values in groups.items()}
    parts, part_dues = [part for part, _ in sums.values()], [due for _, due in sums.values()]
    between = _divergence(parts, amount, part_dues, reference)
    within = fsum(
        part / amount * _divergence(groups[name], part, references[name], due)
        for name, (part, due) in sums.items()
        if part
    )
    return between, within


# Diversity


def entropy(weights: Iterable[Number]) -> float:
    """Return Shannon's entropy of weights, in nats: 0 one kind only, ln n all n kinds alike.

        H = -Σ p ln p     p = weight / Σ weight; 0·ln 0 = 0

    Shannon 1948, section 6. exp(H) is the number of kinds that, equally strong, would be as
    diverse. Defined for a single weight (0: no diversity is a finding); undefined for none, a
    negative one or a sum of zero.
    """
    weights, total = _checked(weights, least=1)
    shares = (float(weight / total) for weight in weights)
    return 0.0 - fsum(share * log(share) for share in shares if share)


def pielou(weights: Iterable[Number], kinds: int) -> float:
    """Return Pielou's evenness: 0 one kind only, 1 all kinds of the vocabulary alike.

        J = H / ln kinds

    Pielou 1966. `kinds` is the size of the vocabulary, not the number that was observed: two themes
    out of seven, equally often, are not full diversity. Undefined as `entropy` is, for fewer than
    two kinds (ln 1 = 0), and where more kinds were observed than the vocabulary has.
    """
    weights = list(weights)
    if kinds < 2:
        raise Undefined(why=Words("类别少于两个", "fewer than two kinds"))
    if sum(1 for weight in weights if weight) > kinds:
        raise Undefined(why=Words("出现的类别多于词表", "more kinds were observed than there are"))
    # All alike may come out a hair above 1.
    return min(entropy(weights) / log(kinds), 1.0)


# Concentration


def fewest_giving(values: Iterable[Number], share: Number = HALF) -> int:
    """Return the fewest things that together have at least `share` of the sum: 1 … n.

        k = min k: x(1) + … + x(k) >= share · Σ x     x sorted descending

    With lecturers' minutes and a half this is k₅₀: if two lecturers give half the minutes, the
    rest is thin. Reckoned exactly, so a tie at the share counts as reached; a share such as 0.1 is
    better given as Fraction(1, 10), which it is not. Undefined for no value, a negative one, a sum
    of zero, or a share outside (0, 1].
    """
    values, _ = _checked(values, least=1)
    if not 0 < share <= 1:
        raise Undefined(why=Words("份额不在 (0, 1] 之内", "the share is not in (0, 1]"))
    exact = sorted((Fraction(value) for value in values), reverse=True)
    target = Fraction(share) * sum(exact)
    reached = Fraction(0)
    for count, value in enumerate(exact, start=1):
        reached += value
        if reached >= target:
            return count
    return len(exact)
