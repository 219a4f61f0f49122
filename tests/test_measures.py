"""Measures against known answers, other definitions of the same figure, and other libraries.

Those that take a second to import are imported by the tests that ask them.
"""

from collections import Counter
from fractions import Fraction
from itertools import accumulate, combinations, pairwise, permutations
from math import exp, inf, log, log2, nan, sqrt
from statistics import median as median_of_statistics

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import distance

from lianjian.core.errors import LianjianError, Undefined
from lianjian.core.measures import (
    burstiness,
    components,
    effective_number,
    entropy,
    fewest_giving,
    gini,
    jensen_shannon,
    longest_gap,
    median,
    normalised_mutual_information,
    part_of,
    pielou,
    pooled,
    round_half_even,
    similarity,
    spearman,
    standardised_gain,
    theil,
    theil_between_within,
    theil_shares,
    wilson,
)

counts = st.lists(st.integers(0, 10**6), min_size=2, max_size=30).filter(any)
positive = st.lists(st.integers(1, 10**6), min_size=2, max_size=30)
# Small numbers: of mixes that differ by 1e-8, scipy takes the root of something below 0.
mixes = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 50)).filter(
    lambda mix: any(mix.values())
)
tables = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("wxyz")), st.integers(0, 30)
)
close = pytest.approx


# Gini


def test_gini_known_answers():
    assert gini([7, 7, 7]) == 0
    assert gini([0, 0, 0, 1]) == 0.75
    assert gini([1, 2, 3, 4]) == 0.25
    assert gini([4, 1, 3, 2]) == 0.25
    assert gini([Fraction(1, 3), Fraction(2, 3)]) == close(1 / 6)


@given(counts)
def test_gini_is_half_the_relative_mean_absolute_difference(values):
    n = len(values)
    differences = sum(abs(one - other) for one in values for other in values)
    assert gini(values) == float(Fraction(differences, 2 * n * sum(values)))


@given(counts)
def test_gini_is_what_the_lorenz_curve_of_scikit_learn_leaves_out(values):
    from sklearn.metrics import auc

    heads = [head / len(values) for head in range(len(values) + 1)]
    lorenz = [amount / sum(values) for amount in accumulate(sorted(values), initial=0)]
    assert gini(values) == close(1 - 2 * auc(heads, lorenz), abs=1e-9)


@given(counts, st.integers(1, 1000))
def test_gini_knows_no_unit_and_stays_in_range(values, factor):
    assert gini([value * factor for value in values]) == gini(values)
    assert 0 <= gini(values) <= 1 - 1 / len(values)
    assert gini([float(value) for value in values]) == close(gini(values), abs=1e-12)


def test_integers_beyond_floats_are_exact():
    big = 2**60
    assert gini([big, big + 1]) == float(Fraction(1, 2 * (2 * big + 1)))


# Theil


def test_theil_known_answers():
    assert theil([5, 5, 5]) == 0
    assert theil([0, 0, 0, 9]) == close(log(4))
    assert theil([1, 3]) == close((0.5 * log(0.5) + 1.5 * log(1.5)) / 2)
    assert theil_shares([1, 1], [1, 3]) == close(0.5 * log(2) + 0.5 * log(2 / 3))
    assert theil_shares([0, 1], [0, 1]) == 0


@given(counts)
def test_theil_is_its_mean_normalised_formula(values):
    mean = sum(values) / len(values)
    expected = sum(x / mean * log(x / mean) for x in values if x) / len(values)
    assert theil(values) == close(expected, abs=1e-9)
    assert 0 <= theil(values) <= log(len(values)) + 1e-12


@given(counts)
def test_theil_is_the_relative_entropy_of_scipy_against_all_alike(values):
    assert theil(values) == close(stats.entropy(values, [1] * len(values)), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)), min_size=2, max_size=20))
def test_theil_shares_is_the_relative_entropy_of_scipy(pairs):
    assume(any(amount for amount, _ in pairs))
    amounts, capacity = zip(*pairs, strict=True)
    assert theil_shares(amounts, capacity) == close(stats.entropy(amounts, capacity), abs=1e-9)
    assert theil_shares(capacity, capacity) == 0


@given(st.lists(st.lists(st.integers(0, 1000), max_size=6), min_size=1, max_size=6), st.data())
def test_between_and_within_add_up_to_the_whole(lists, data):
    groups = {str(number): values for number, values in enumerate(lists)}
    everything = [value for values in lists for value in values]
    assume(len(everything) > 1 and any(everything))
    between, within = theil_between_within(groups)
    assert between >= 0
    assert within >= 0
    assert between + within == close(theil(everything), abs=1e-9)

    dues = {
        name: data.draw(st.lists(st.integers(1, 99), min_size=len(values), max_size=len(values)))
        for name, values in groups.items()
    }
    every_due = [due for name in groups for due in dues[name]]
    parts = theil_between_within(groups, dues)
    assert sum(parts) == close(theil_shares(everything, every_due), abs=1e-9)


def test_between_and_within_known_answers():
    # Towns alike inside, unlike each other; then the reverse.
    between, within = theil_between_within({"a": [1, 1], "b": [3, 3]})
    assert (between, within) == (close(theil([1, 3])), 0)
    between, within = theil_between_within({"a": [1, 3], "b": [3, 1]})
    assert (between, within) == (0, close(theil([1, 3])))
    assert theil_between_within({"a": [2], "b": [2], "none": []}) == (0, 0)
    with pytest.raises(ValueError, match="zip"):
        theil_between_within({"a": [1, 2], "b": [3]}, {"a": [1], "b": [1, 2]})


def test_an_amount_without_capacity_is_no_figure():
    with pytest.raises(Undefined, match="reference share is zero"):
        theil_shares([1, 1], [0, 1])
    with pytest.raises(ValueError, match="zip"):
        theil_shares([1, 1], [1, 1, 1])


# Diversity


def test_entropy_known_answers():
    assert entropy([1]) == 0
    assert str(entropy([5, 0, 0])) == "0.0"
    assert entropy([1, 1, 1, 1]) == close(log(4))
    assert exp(entropy([30, 30, 0])) == close(2)


@given(counts)
def test_entropy_is_that_of_scipy(values):
    assert entropy(values) == close(stats.entropy(values), abs=1e-9)


@given(positive)
def test_theil_is_what_entropy_lacks(values):
    assert theil(values) == close(log(len(values)) - entropy(values), abs=1e-9)


def test_pielou_divides_by_the_vocabulary():
    assert pielou([1] * 7, 7) == 1
    assert pielou([4, 4], 7) == close(log(2) / log(7))
    assert pielou([9], 7) == 0
    with pytest.raises(Undefined, match="fewer than two kinds"):
        pielou([9], 1)
    with pytest.raises(Undefined, match="more kinds"):
        pielou([1] * 8, 7)


@given(counts)
def test_pielou_is_the_entropy_of_scipy_to_the_base_of_the_vocabulary(values):
    assert pielou(values, len(values)) == close(stats.entropy(values, base=len(values)), abs=1e-9)


def test_effective_number_known_answers():
    assert effective_number([1, 1, 1, 1]) == close(4)
    assert effective_number([9]) == 1
    assert effective_number([30, 30, 0]) == close(2)
    assert effective_number([2, 1, 1]) == close(2**1.5)
    assert effective_number([Fraction(1, 2), 0.25, 0.25]) == close(2**1.5)


@given(counts, st.integers(1, 1000))
def test_effective_number_is_that_of_scipy_and_stays_in_range(values, factor):
    assert effective_number(values) == close(exp(stats.entropy(values)), rel=1e-9)
    assert 1 <= effective_number(values) <= sum(1 for value in values if value)
    assert effective_number([value * factor for value in values]) == effective_number(values)


@given(counts)
def test_twice_the_kinds_is_twice_the_effective_number_and_merging_lowers_it(values):
    assert effective_number(values * 2) == close(2 * effective_number(values), rel=1e-9)
    merged = [values[0] + values[1], *values[2:]]
    assert effective_number(merged) <= effective_number(values) * (1 + 1e-12)


# Likeness


def test_jensen_shannon_known_answers():
    assert jensen_shannon({"law": 1}, {"law": 700}) == 0
    assert jensen_shannon({"law": 1, "family": 2}, {"law": 10, "family": 20, "culture": 0}) == 0
    assert jensen_shannon({"law": 3}, {"family": 1}) == 1
    assert jensen_shannon({"law": 1, "culture": 2}, {"family": 1, "case": 6}) == close(1)
    # p = (1, 0), q = (1/2, 1/2), m = (3/4, 1/4)
    assert jensen_shannon({"law": 1}, {"law": 1, "family": 1}) == close(1.5 - 0.75 * log2(3))
    assert jensen_shannon({"a": 0.1, "b": 0.2}, {"a": 0.1, "b": 0.2}) == 0


def test_rounding_leaves_no_mix_beside_the_range():
    # As shares in floats these come out as 1.0000000000000002 and -3.3e-17.
    assert jensen_shannon({"a": 8, "b": 5}, {"c": 5, "d": 8}) == 1
    nearly = {"a": 10_000_000, "b": 20_000_001}
    assert jensen_shannon(nearly, {"a": 10_000_000, "b": 20_000_000}) == 0


@given(mixes, mixes)
def test_jensen_shannon_is_the_squared_distance_of_scipy(p, q):
    weights = [[mix.get(kind, 0) for kind in "abcdefg"] for mix in (p, q)]
    expected = distance.jensenshannon(*weights, base=2) ** 2
    assert jensen_shannon(p, q) == close(expected, abs=1e-9)


@given(mixes, mixes, st.integers(1, 1000))
def test_jensen_shannon_is_symmetric_knows_no_unit_and_stays_in_range(p, q, factor):
    apart = jensen_shannon(p, q)
    assert 0 <= apart <= 1
    assert jensen_shannon(q, p) == apart
    assert jensen_shannon({kind: p[kind] * factor for kind in p}, q) == apart
    assert jensen_shannon(dict(reversed(p.items())), {**q, "none": 0}) == apart
    assert jensen_shannon(p, {kind: p[kind] * factor for kind in p}) == 0
    if not {kind for kind in p if p[kind]} & {kind for kind in q if q[kind]}:
        assert apart == close(1)


@given(mixes, mixes)
def test_merging_kinds_hides_differences_and_makes_none(p, q):
    def merged(mix):
        return Counter({"ab": mix.get("a", 0) + mix.get("b", 0)}) + Counter(
            {kind: mix[kind] for kind in mix if kind not in "ab"}
        )

    assert jensen_shannon(merged(p), merged(q)) <= jensen_shannon(p, q) + 1e-12


def test_similarity_known_answers():
    assert similarity([{"law": 1}, {"law": 5}]) == 1
    assert similarity([{"law": 1}, {"family": 1}]) == 0
    assert similarity([{"law": 1}, {"law": 1}, {"family": 1}]) == close(1 / 3)
    assert similarity([{"law": 1}, {}, {"law": 2}, {"family": 0}]) == 1
    half = {"law": 1, "family": 1}
    assert similarity([{"law": 1}, half]) == close(0.75 * log2(3) - 0.5)


@given(st.lists(mixes, min_size=2, max_size=6), st.randoms())
def test_similarity_is_the_mean_over_pairs_in_any_order(several, random):
    alike = [1 - jensen_shannon(one, other) for one, other in combinations(several, 2)]
    assert similarity(several) == close(sum(alike) / len(alike))
    assert 0 <= similarity(several) <= 1
    shuffled = list(several)
    random.shuffle(shuffled)
    assert similarity([{}, *shuffled]) == similarity(several)
    assert similarity([several[0]] * 3) == 1


def test_what_has_no_weight_is_like_nothing():
    for p, q in (({}, {"a": 1}), ({"a": 1}, {"a": 0}), ({"a": -1, "b": 2}, {"a": 1})):
        with pytest.raises(Undefined):
            jensen_shannon(p, q)
        with pytest.raises(Undefined):
            similarity([p, q])
    for several in ([], [{"a": 1}], [{"a": 1}, {}, {"b": 0}]):
        with pytest.raises(Undefined, match="fewer than two mixes"):
            similarity(several)
    with pytest.raises(Undefined, match="not finite"):
        similarity([{"a": nan}, {"a": 1}])


# Association


def table(*rows):
    return {
        (str(row), str(column)): weight
        for row, weights in enumerate(rows)
        for column, weight in enumerate(weights)
    }


def test_mutual_information_known_answers():
    information = normalised_mutual_information
    assert information(table([1, 1], [1, 1])) == 0
    assert information(table([1, 2, 3], [7, 14, 21])) == 0
    assert information(table([0.5, 0.25], [1, 0.5])) == 0
    assert information(table([3, 0], [0, 9])) == close(1)
    # Each audience has themes of its own: 1, though there are more themes than audiences.
    assert information(table([1, 1, 0], [0, 0, 5])) == close(1)
    # Both sides one bit, of which 1 - h(1/4) is shared.
    assert information(table([3, 1], [1, 3])) == close(1 - (2 - 0.75 * log2(3)))


@given(tables)
def test_mutual_information_is_that_of_scikit_learn(cells):
    from sklearn.metrics import normalized_mutual_info_score

    audiences = [row for (row, _), weight in cells.items() for _ in range(weight)]
    themes = [column for (_, column), weight in cells.items() for _ in range(weight)]
    if len(set(audiences)) < 2 or len(set(themes)) < 2:
        with pytest.raises(Undefined):
            normalised_mutual_information(cells)
        return
    expected = normalized_mutual_info_score(audiences, themes, average_method="min")
    assert normalised_mutual_information(cells) == close(expected, abs=1e-9)


@given(tables, st.integers(1, 1000), st.randoms())
def test_mutual_information_has_no_sides_no_unit_and_no_order(cells, factor, random):
    assume(all(len({cell[side] for cell in cells if cells[cell]}) > 1 for side in (0, 1)))
    shared = normalised_mutual_information(cells)
    assert 0 <= shared <= 1
    assert normalised_mutual_information({(c, r): w for (r, c), w in cells.items()}) == shared
    shuffled = list(cells)
    random.shuffle(shuffled)
    times = {cell: Fraction(cells[cell] * factor, 7) for cell in shuffled}
    assert normalised_mutual_information(times) == shared


def test_rounding_leaves_no_table_beside_the_range_and_floats_have_no_order():
    diagonal = table([3, 0, 0, 0], [0, 6, 0, 0], [0, 0, 4, 0], [0, 0, 0, 5])
    assert normalised_mutual_information(diagonal) == 1
    hours = table([0.5, 0.3, 0.3], [0.5, 0.4, 0.1], [0.6, 0.6, 0.5])
    expected = normalised_mutual_information(hours)
    for order in permutations(list(hours)[:6]):
        shuffled = {cell: hours[cell] for cell in [*order, *hours]}
        assert normalised_mutual_information(shuffled) == expected


@given(positive, positive)
def test_what_is_independent_shares_nothing(rows, columns):
    product = table(*([row * column for column in columns] for row in rows))
    assert normalised_mutual_information(product) == 0


def test_one_row_or_one_column_tells_nothing():
    for cells in (table([1, 2]), table([1], [2]), table([1, 2], [0, 0]), table([5])):
        with pytest.raises(Undefined, match="one row or in one column"):
            normalised_mutual_information(cells)
    for cells in ({}, table([0, 0], [0, 0]), table([1, -1], [2, 2]), table([nan, 1], [1, 1])):
        with pytest.raises(Undefined):
            normalised_mutual_information(cells)


pairs = st.lists(
    st.tuples(st.integers(-4, 4), st.one_of(st.integers(-4, 4), st.floats(-9, 9))), min_size=5
).filter(lambda several: all(len(set(side)) > 1 for side in zip(*several, strict=True)))


def test_spearman_known_answers():
    assert spearman([1, 2, 3, 4, 5], [1, 4, 9, 16, 25]) == 1
    assert spearman([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]) == -1
    assert spearman([1, 2, 3, 4, 5], [1, 3, 9, 3, 1]) == 0
    assert spearman(range(10_001), [n**3 for n in range(10_001)]) == 1
    # Ranks less 3: (-1.5, -1.5, 0.5, 0.5, 2) and (-2, -1, 0, 1, 2).
    assert spearman([1, 1, 2, 2, 3], [10, 20, 30, 40, 50]) == close(9 / sqrt(9 * 10))


@given(pairs)
def test_spearman_is_that_of_scipy(several):
    xs, ys = zip(*several, strict=True)
    assert spearman(xs, ys) == close(stats.spearmanr(xs, ys).statistic, abs=1e-9)


@given(pairs, st.randoms())
def test_spearman_knows_ranks_alone(several, random):
    xs, ys = zip(*several, strict=True)
    expected = spearman(xs, ys)
    assert -1 <= expected <= 1
    assert spearman(ys, xs) == expected
    assert spearman([x**3 - 7 for x in xs], ys) == expected
    assert spearman([-x for x in xs], ys) == -expected
    assert spearman(xs, xs) == 1
    random.shuffle(several)
    assert spearman(*zip(*several, strict=True)) == expected


def test_few_pairs_or_all_alike_have_no_order():
    with pytest.raises(Undefined, match="fewer than 5"):
        spearman([1, 2, 3, 4], [1, 2, 3, 4])
    for xs, ys in (([1] * 5, range(5)), (range(5), [2.5] * 5)):
        with pytest.raises(Undefined, match="all alike"):
            spearman(xs, ys)
    with pytest.raises(Undefined, match="not finite"):
        spearman([1, 2, 3, 4, nan], range(5))
    with pytest.raises(ValueError, match="zip"):
        spearman(range(5), range(6))


# Concentration


def test_fewest_giving_known_answers():
    assert fewest_giving([50, 30, 15, 5]) == 1
    assert fewest_giving([49, 30, 15, 6]) == 2
    assert fewest_giving([1, 1, 1, 1]) == 2
    assert fewest_giving([1, 1, 1, 1], 1) == 4
    assert fewest_giving([8, 0, 0], 1) == 1
    assert fewest_giving([3]) == 1
    assert fewest_giving([0.1] * 10, Fraction(3, 10)) == 3


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8).filter(any), st.fractions(0, 1))
def test_no_fewer_would_do(values, share):
    assume(share)
    fewest = fewest_giving(values, share)

    def enough(count):
        return any(sum(some) >= share * sum(values) for some in combinations(values, count))

    assert enough(fewest)
    assert not enough(fewest - 1)


def test_a_share_is_a_share():
    for share in (0, -1, Fraction(3, 2), nan):
        with pytest.raises(Undefined, match="share"):
            fewest_giving([1, 2], share)


# Location, regularity, uncertainty


def test_median_known_answers():
    assert median([3, 1, 2]) == 2
    assert median([4, 1]) == Fraction(5, 2)
    assert median([-5, 10, 2, 3]) == Fraction(5, 2)
    assert median([2**70, 2**70 + 1]) == 2**70 + Fraction(1, 2)
    assert median([0.1]) == Fraction(0.1)


@given(st.lists(st.one_of(st.integers(), st.fractions()), min_size=1), st.randoms())
def test_median_is_that_of_statistics_and_of_any_order(values, random):
    expected = median_of_statistics([Fraction(value) for value in values])
    assert median(values) == expected
    random.shuffle(values)
    assert median(values) == expected
    assert median([-value for value in values]) == -expected
    assert sum(1 for value in values if value <= expected) * 2 >= len(values)
    assert sum(1 for value in values if value >= expected) * 2 >= len(values)


def test_nothing_has_no_median():
    with pytest.raises(Undefined, match="fewer than 1"):
        median([])
    for value in (nan, inf):
        with pytest.raises(Undefined, match="not finite"):
            median([1, value])


def test_burstiness_known_answers():
    assert burstiness([7, 7, 7]) == -1
    for days in (0.1, 0.3, 0.7, 1.1, 2.3):  # of which squares in floats are not quite squares
        assert burstiness([days] * 3) == burstiness([days] * 7) == -1
    # The mean 3/2 and the standard deviation 3/2; then 3 and 3 √3.
    assert burstiness([0, 0, 3, 3]) == 0
    assert burstiness([0, 12, 0, 0]) == close(2 - sqrt(3))


gaps = st.lists(st.integers(0, 1000), min_size=3, max_size=30).filter(any)


@given(gaps)
def test_burstiness_is_made_of_the_variation_of_scipy(values):
    variation = stats.variation(values)
    assert burstiness(values) == close((variation - 1) / (variation + 1), abs=1e-9)


@given(gaps, st.fractions(Fraction(1, 1000), 1000), st.randoms())
def test_burstiness_knows_no_unit_and_no_order_and_stays_in_range(values, factor, random):
    expected = burstiness(values)
    most = sqrt(len(values) - 1)
    assert -1 <= expected <= (most - 1) / (most + 1) + 1e-12
    scaled = [value * factor for value in values]
    random.shuffle(scaled)
    assert burstiness(scaled) == expected
    assert burstiness(values * 2) == close(expected, abs=1e-12)


def test_few_gaps_are_no_rhythm():
    with pytest.raises(Undefined, match="fewer than 3"):
        burstiness([1, 2])
    for values in ([0, 0, 0], [1, -1, 3], [1, 2, nan]):
        with pytest.raises(Undefined):
            burstiness(values)


def test_wilson_known_answers():
    # None of n: 0 to z² / (n + z²).
    assert wilson(0, 12, z=2) == (0, close(4 / 16))
    assert wilson(12, 12, z=2) == (close(12 / 16), 1)
    assert wilson(2, 4, z=2) == (close(0.5 - sqrt(1 / 8)), close(0.5 + sqrt(1 / 8)))
    # Wilson's method in R. G. Newcombe, Two-sided confidence intervals for the single proportion,
    # Stat. Med. 17, 1998, table I.
    for successes, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(successes, trials) == (close(low, abs=5e-5), close(high, abs=5e-5))


trials = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(trials)
def test_wilson_is_that_of_scipy_and_statsmodels(some):
    from statsmodels.stats.proportion import proportion_confint

    assert wilson(*some) == close(proportion_confint(*some, method="wilson"), abs=1e-9)
    theirs = stats.binomtest(*some).proportion_ci(method="wilson")
    assert wilson(*some) == close((theirs.low, theirs.high), abs=1e-9)


@given(trials, st.floats(0.1, 10))
def test_the_ends_of_wilson_lie_z_standard_errors_from_the_share(some, z):
    successes, n = some
    share = successes / n
    low, high = wilson(successes, n, z)
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        assert (share - end) ** 2 == close(z * z * end * (1 - end) / n, rel=1e-6, abs=1e-12)


@given(trials, st.floats(0.1, 10))
def test_wilson_is_symmetric_and_narrows_with_more_trials(some, z):
    successes, n = some
    low, high = wilson(successes, n, z)
    assert wilson(n - successes, n, z) == (close(1 - high, abs=1e-12), close(1 - low, abs=1e-12))
    widths = [top - bottom for bottom, top in (wilson(successes * m, n * m, z) for m in (1, 2, 9))]
    assert all(narrower < wider for wider, narrower in pairwise(widths))
    assert (low == 0, high == 1) == (successes == 0, successes == n)


def test_wilson_at_the_edges():
    assert wilson(0, 3, z=1e-300) == (0, close(0, abs=1e-9))
    assert wilson(1, 3, z=inf) == (0, 1)
    assert wilson(2**60, 2**61)[0] == close(0.5)
    for successes, n, reason in (
        (0, 0, "no trials"),
        (3, 2, "more successes"),
        (-1, 5, "negative"),
        (0, -5, "negative"),
    ):
        with pytest.raises(Undefined, match=reason):
            wilson(successes, n)
    for z in (0, -1.96, nan):
        with pytest.raises(Undefined, match="not positive"):
            wilson(1, 2, z)


# Rounding


def test_rounding_known_answers():
    assert round_half_even(Fraction(25, 10_000_000)) == 0.000002
    assert round_half_even(Fraction(35, 10_000_000)) == 0.000004
    assert round_half_even(0.5, 0) == 0
    assert round_half_even(1.5, 0) == 2
    assert round_half_even(2 / 3) == 0.666667
    assert round_half_even(10**30) == 1e30
    assert str(round_half_even(-1e-9)) == "0.0"
    assert type(round_half_even(3)) is float


@given(st.floats(-1e9, 1e9))
def test_rounding_is_python_s_and_settles(value):
    assert round_half_even(value) == round(value, 6)
    assert round_half_even(round_half_even(value)) == round_half_even(value)


def test_infinities_are_no_figures():
    for value in (inf, -inf, nan):
        with pytest.raises(Undefined):
            round_half_even(value)


# What is undefined


MEASURES = [
    gini,
    theil,
    entropy,
    effective_number,
    fewest_giving,
    burstiness,
    lambda values: pielou(values, 7),
]


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_gives_no_figure(measure):
    for values in ([], [0, 0, 0], [1, -1, 2], [1, nan], [1, inf], [0.0, 0.0]):
        with pytest.raises(Undefined):
            measure(values)


def test_one_value_says_nothing_about_evenness():
    for measure in (gini, theil, lambda values: theil_shares(values, [1])):
        with pytest.raises(Undefined, match="fewer than 2"):
            measure([5])
    with pytest.raises(Undefined):
        theil_between_within({"a": [5]})
    with pytest.raises(Undefined):
        theil_between_within({"a": [0], "b": [0]})


def test_the_reason_speaks_both_languages():
    with pytest.raises(LianjianError) as raised:
        gini([0, 0])
    assert raised.value.why.zh == "合计为零"
    assert raised.value.why.en == "the sum is zero"
    assert "合计为零" in raised.value.message("zh")


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20), st.randoms())
def test_the_order_of_the_values_changes_nothing(values, random):
    assume(sum(values) > 1e-6)
    shuffled = list(values)
    random.shuffle(shuffled)
    for measure in (gini, theil, entropy, effective_number, fewest_giving):
        assert measure(shuffled) == measure(values)


# Gaps, and gains


def test_the_longest_gap_counts_the_one_that_goes_on():
    assert longest_gap([], 10, 40) == 30
    assert longest_gap([12, 30, 20], 10, 40) == 10
    assert longest_gap([12, 15], 10, 40) == 25, "since the last"
    assert longest_gap([35, 39], 10, 40) == 25, "until the first"
    assert longest_gap([5, 40, 41], 10, 40) == 30, "what lies outside is passed over"


def moments(scores):
    return len(scores), sum(scores), sum(s * s for s in scores)


def test_a_gain_in_standard_deviations_by_hand():
    before, after = [60, 70, 80, 70, 70], [80, 90, 90, 80, 85]
    assert moments(before) == (5, 350, 24700)
    assert standardised_gain(moments(before), moments(after)) == pytest.approx(2.449490, abs=1e-6)
    assert standardised_gain(moments(after), moments(before)) == pytest.approx(-2.449490, abs=1e-6)
    for one, other in (([1], [1, 2]), ([3, 3], [4, 4]), ([], [1, 2])):
        with pytest.raises(Undefined):
            standardised_gain(moments(one), moments(other))
    with pytest.raises(Undefined, match="do not fit"):
        standardised_gain((2, 10, 3), (2, 3, 5))


@given(st.lists(st.integers(0, 100), min_size=2), st.lists(st.integers(0, 100), min_size=2))
def test_a_gain_is_the_t_statistic_without_the_sizes(before, after):
    assume(len(set(before)) > 1 and len(set(after)) > 1)  # else scipy warns of precision lost
    found = standardised_gain(moments(before), moments(after))
    t = stats.ttest_ind(after, before, equal_var=True).statistic
    assert found == pytest.approx(t * sqrt(1 / len(before) + 1 / len(after)), abs=1e-9)


def test_moments_of_groups_and_of_parts():
    one, other = moments([60, 70, 80]), moments([50, 90])
    assert pooled([one, other]) == moments([60, 70, 80, 50, 90])
    assert pooled([]) == (0, 0, 0)
    four = moments([60, 80, 60, 80])
    assert part_of(four, Fraction(1, 2)) == moments([60, 80])
    assert part_of(four, Fraction(3, 10)) == (1, 70, 5000), "1.2 of them are one, of the same mean"
    assert part_of((0, 0, 0), Fraction(1, 2)) == (0, 0, 0)


# Connected components


def test_groups_with_a_member_in_common_are_one_component():
    assert components(["ab", "cd", "bc", "ef", "", "e"]) == [{*"abcd"}, {*"ef"}]
    assert components(iter(["ab", "ab"])) == [{*"ab"}]
    assert components([]) == []


@given(st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=3), max_size=8))
def test_components_are_what_can_be_reached(groups):
    found = components(groups)
    assert sorted(m for part in found for m in part) == sorted(set().union(*groups))
    for part in found:
        reached = {min(part)}
        for _ in groups:
            reached |= {m for g in groups if g & reached for m in g}
        assert reached == part
