"""Measures of how much, how evenly, how alike and how regularly: pure functions of numbers.

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
measurement of diversity, J. Theor. Biol. 13, 1966; M. O. Hill, Diversity and evenness, Ecology 54,
1973; J. Lin, Divergence measures based on the Shannon entropy, IEEE Trans. Inf. Theory 37, 1991;
N. X. Vinh, J. Epps, J. Bailey, Information theoretic measures for clusterings comparison, JMLR 11,
2010; C. Spearman, The proof and measurement of association between two things, Am. J. Psychol. 15,
1904; E. B. Wilson, Probable inference, J. Am. Stat. Assoc. 22, 1927; K.-I. Goh, A.-L. Barabási,
Burstiness and memory in complex systems, EPL 81, 2008; formulas as in docs/reference/indicators.md.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import exp, fsum, isfinite, lcm, log, sqrt

from lianjian.core.errors import Undefined, Words

Number = int | float | Fraction

HALF = Fraction(1, 2)


# What all have in common


def _sum(values: Iterable[Number]) -> Number:
    """Add exactly; with a float among them, as if exactly and then rounded once."""
    values = list(values)
    return fsum(values) if any(isinstance(value, float) for value in values) else sum(values)


def _finite(values: Iterable[Number], least: int) -> list[Number]:
    """Return the values, if they are at least `least` numbers."""
    values = list(values)
    if len(values) < least:
        raise Undefined(why=Words(f"数值少于 {least} 个", f"fewer than {least} value(s)"))
    if not all(isfinite(value) for value in values):
        raise Undefined(why=Words("有数值不是有限数", "a value is not finite"))
    return values


def _checked(values: Iterable[Number], least: int) -> tuple[list[Number], Number]:
    """Return the values and their sum, if they are a distribution of something over `least` things."""
    values = _finite(values, least)
    if any(value < 0 for value in values):
        raise Undefined(why=Words("有负数", "a value is negative"))
    total = _sum(values)
    if not total:
        raise Undefined(why=Words("合计为零", "the sum is zero"))
    return values, total


def _whole(values: Iterable[Number]) -> list[int]:
    """Return whole numbers in exactly the proportions of the values: 0.5 and 1/3 become 3 and 2.

    Products and sums of them are exact, so that shares that are equal come out as equal floats.
    """
    exact = [Fraction(value) for value in values]
    scale = lcm(*(value.denominator for value in exact))
    return [value.numerator * (scale // value.denominator) for value in exact]


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


def effective_number(weights: Iterable[Number]) -> float:
    """Return how many kinds, equally strong, would be as diverse: 1 one kind only, n all n alike.

        N = exp H     H the entropy in nats

    Hill 1973, the number of order 1; not the plain count of kinds (order 0), which one session
    of each would already fill. Undefined as `entropy` is.
    """
    weights = list(weights)
    # All alike may come out a hair above their number.
    return min(exp(entropy(weights)), float(sum(1 for weight in weights if weight)))


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


# Likeness


def jensen_shannon(p_weights: Mapping[str, Number], q_weights: Mapping[str, Number]) -> float:
    """Return the Jensen-Shannon divergence of two mixes: 0 the same mix, 1 nothing in common.

        D = (Σ p ln(p/m) + Σ q ln(q/m)) / (2 ln 2)     m = (p + q)/2; 0·ln 0 = 0

    Lin 1991. p and q are shares of each mix's own sum, over the kinds of either: amounts will do,
    and a kind that is missing has none. It is the divergence, not its root (the distance). Undefined
    for a negative weight, and where one mix has no weight at all.
    """
    return _apart(_mix(p_weights), _mix(q_weights))


def similarity(mixes: Sequence[Mapping[str, Number]]) -> float:
    """Return how alike mixes are: 1 all the same, 0 no two have anything in common.

        S = mean over all pairs of 1 - D     D as in `jensen_shannon`

    A mix without weight (a unit that held nothing) is like nobody and unlike nobody, and is left
    out. Undefined for a negative weight, and below two mixes with weight.
    """
    weighty = [_mix(mix) for mix in mixes if any(mix.values())]
    if len(weighty) < 2:
        raise Undefined(why=Words("有内容的构成少于两个", "fewer than two mixes with weight"))
    alike = [1 - _apart(one, other) for one, other in combinations(weighty, 2)]
    return fsum(alike) / len(alike)


def _mix(weights: Mapping[str, Number]) -> dict[str, float]:
    """Return the share of each kind that has one; the same mix gives the same floats."""
    _, total = _checked(weights.values(), least=1)
    return {kind: float(weight / total) for kind, weight in weights.items() if weight}


def _apart(p: Mapping[str, float], q: Mapping[str, float]) -> float:
    """Return the Jensen-Shannon divergence of two mixes in shares."""
    terms = []
    for kind in p.keys() | q.keys():
        one, other = p.get(kind, 0.0), q.get(kind, 0.0)
        if one:
            terms.append(one * log(2 * one / (one + other)))
        if other:
            terms.append(other * log(2 * other / (one + other)))
    # Rounding may leave a hair below 0 or above 1.
    return min(max(fsum(terms), 0.0) / (2 * log(2)), 1.0)


# Association


def normalised_mutual_information(cells: Mapping[tuple[str, str], Number]) -> float:
    """Return how far one side of a table tells the other: 0 not at all, 1 one follows from the other.

        NMI = I / min(H(rows), H(columns))     I = Σ p(r,c) ln(p(r,c) / (p(r) p(c)))

    `cells` gives (row, column) its weight: audience and theme, say, where 0 is one talk for all.
    Divided by the smaller entropy, which I cannot exceed (Vinh et al. 2010, table 2, "min"): three
    audiences that each get themes of their own are 1, however many themes that are. A few
    observations over many cells come out well above 0 by chance. Undefined for a negative weight,
    no weight at all, and where all weight is in one row or in one column.
    """
    weights = _whole(_checked(cells.values(), least=1)[0])
    rows, columns = Counter[str](), Counter[str]()
    for (row, column), weight in zip(cells, weights, strict=True):
        rows[row] += weight
        columns[column] += weight
    if any(sum(1 for weight in side.values() if weight) < 2 for side in (rows, columns)):
        raise Undefined(
            why=Words("只有一行或一列有数值", "all weight is in one row or in one column")
        )
    total = sum(weights)
    unrelated = [rows[row] * columns[column] for row, column in cells]
    information = _divergence(weights, total, unrelated, total**2)
    return min(information / min(entropy(rows.values()), entropy(columns.values())), 1.0)


def spearman(xs: Iterable[Number], ys: Iterable[Number]) -> float:
    """Return Spearman's rank correlation of pairs: 1 the same order, -1 the reverse.

        ρ = Σ d(x) d(y) / √(Σ d(x)² · Σ d(y)²)     d = rank - (n + 1)/2

    Spearman 1904; equal values share the mean of the ranks that they take up. (The shorter formula
    with 6 Σ d² is wrong where there are ties.) Undefined below five pairs, and where one side is all
    alike. Lists of different lengths are a mistake of the caller: ValueError.
    """
    pairs = list(zip(xs, ys, strict=True))
    x_ranks, y_ranks = (_centred_ranks(pair[side] for pair in pairs) for side in (0, 1))
    both = sum(x * y for x, y in zip(x_ranks, y_ranks, strict=True))
    spread = sum(x * x for x in x_ranks) * sum(y * y for y in y_ranks)
    if not spread:
        raise Undefined(why=Words("有一方数值全部相同", "one side is all alike"))
    return both / sqrt(spread)


def _centred_ranks(values: Iterable[Number]) -> list[int]:
    """Return twice each value's rank, less the mean: whole numbers with the sum 0."""
    values = _finite(values, least=5)
    ranked = sorted(values)
    return [
        bisect_left(ranked, value) + bisect_right(ranked, value) - len(ranked) for value in values
    ]


# Location, regularity, uncertainty


def median(values: Iterable[Number]) -> Fraction:
    """Return the middle value, exactly; of an even number, the mean of the two in the middle.

    Negative values are as good as others. Undefined for none.
    """
    ranked = sorted(_finite(values, least=1))
    upper = len(ranked) // 2
    lower = upper if len(ranked) % 2 else upper - 1
    return (Fraction(ranked[lower]) + Fraction(ranked[upper])) / 2


def burstiness(gaps: Iterable[Number]) -> float:
    """Return how bursty events are, by the gaps between them: -1 like a clock, 0 at random, up to 1.

        B = (σ - μ) / (σ + μ)     μ the mean of the gaps, σ their population standard deviation

    Goh and Barabási 2008. Random means gaps of an exponential distribution, where σ = μ. Of n gaps
    at most (√(n-1) - 1) / (√(n-1) + 1) can be reached: 1 only in the limit. Undefined below three
    gaps, for a negative one, and where all are 0.
    """
    exact = _whole(_checked(gaps, least=3)[0])
    total = sum(exact)
    # σ/μ from whole numbers: equal gaps are exactly -1.
    variation = sqrt((len(exact) * sum(gap * gap for gap in exact) - total**2) / total**2)
    return (variation - 1) / (variation + 1)


def wilson(successes: int, trials: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion, within [0, 1]; by default at 95 %.

        (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)     p = successes / trials, n = trials

    Wilson 1927. `z` is the quantile of the normal distribution at half the confidence above 1/2.
    Unlike p ± z √(p(1-p)/n) it says something where all or none were successes. It speaks for a
    random sample; who answers a survey seldom is one. Undefined for no trials, a negative number,
    more successes than trials, and a `z` that is not positive.
    """
    if trials == 0:
        raise Undefined(why=Words("总次数为零", "there are no trials"))
    if successes < 0 or trials < 0:
        raise Undefined(why=Words("有负数", "a value is negative"))
    if successes > trials:
        raise Undefined(why=Words("次数多于总次数", "more successes than trials"))
    if not z > 0:
        raise Undefined(why=Words("z 不是正数", "z is not positive"))
    # By symmetry, so that all of n is exactly 1.0 above, as none of n is 0.0 below.
    return _wilson_low(successes, trials, z), 1 - _wilson_low(trials - successes, trials, z)


def _wilson_low(successes: int, trials: int, z: float) -> float:
    """Return the lower end of Wilson's interval.

    The two ends are the roots of a quadratic whose product is successes² / (n (n + z²)): from the
    upper one, which is a sum, the lower comes without taking nearly equal numbers from each other.
    """
    if successes == 0:
        return 0.0
    root = sqrt(z * z + 4 * successes * (trials - successes) / trials)
    return 2 * successes * successes / (trials * (2 * successes + z * z + z * root))


def longest_gap(days: Iterable[int], start: int, end: int) -> int:
    """Return the longest stretch between neighbours among `start`, the days and `end`.

    Days are numbers, as `date.toordinal` gives them; those before `start` or from `end` on are
    passed over. The stretch up to the end counts: it is the one that still goes on.
    """
    within = sorted(day for day in days if start <= day < end)
    return max(b - a for a, b in pairwise([start, *within, end]))


def components(groups: Iterable[Collection[str]]) -> list[set[str]]:
    """Return the connected components of what groups join: those with a member in common are one.

    Each member stands in exactly one of them; groups without members join nothing.
    """
    found: list[set[str]] = []
    for group in groups:
        touching = [known for known in found if not known.isdisjoint(group)]
        found = [known for known in found if known.isdisjoint(group)]
        if group:
            found.append({*group}.union(*touching))
    return found


Moments = tuple[int, Number, Number]
"""Of scores: how many, their sum, the sum of their squares."""


def pooled(groups: Iterable[Moments]) -> Moments:
    """Return the moments of groups of scores taken together; of no group, nought of all."""
    counts, sums, squares = zip((0, 0, 0), *groups, strict=True)
    return sum(counts), _sum(sums), _sum(squares)


def part_of(moments: Moments, share: Fraction) -> Moments:
    """Return the moments of a share of scores, in whole scores, with the same mean and spread."""
    count, total, squares = moments
    some = round(count * share)
    part = Fraction(some, count) if count else Fraction(0)
    return some, total * part, squares * part


def standardised_gain(before: Moments, after: Moments) -> float:
    """Return the difference of two means in pooled standard deviations (Cohen's d).

        d = (m2 - m1) / sqrt(((n1 - 1) s1² + (n2 - 1) s2²) / (n1 + n2 - 2))

    with sample variances (J. Cohen, Statistical Power Analysis, 1988, section 2.2). Undefined with
    fewer than two scores on a side, where a sum of squares does not fit its sum, or where all scores
    of each side are the same.
    """
    sides = []
    for count, total, squares in (before, after):
        if count < 2:
            raise Undefined(why=Words("一方不足 2 个分数", "fewer than two scores on a side"))
        left = Fraction(squares) - Fraction(total) ** 2 / count  # (n - 1) s²
        if left < 0:
            raise Undefined(why=Words("平方和与总和不符", "the squares do not fit the sum"))
        sides.append((count, Fraction(total) / count, left))
    (n1, mean1, left1), (n2, mean2, left2) = sides
    if not left1 + left2:
        raise Undefined(why=Words("分数没有差异", "the scores do not vary"))
    return float(mean2 - mean1) / sqrt((left1 + left2) / (n1 + n2 - 2))
