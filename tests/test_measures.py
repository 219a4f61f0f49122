"""Measures against known answers, other definitions of the same figure, and scipy."""

from fractions import Fraction
from itertools import combinations
from math import exp, inf, log, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from lianjian.core.errors import LianjianError, Undefined
from lianjian.core.measures import (
    entropy,
    fewest_giving,
    gini,
    pielou,
    round_half_even,
    theil,
    theil_between_within,
    theil_shares,
)

counts = st.lists(st.integers(0, 10**6), min_size=2, max_size=30).filter(any)
positive = st.lists(st.integers(1, 10**6), min_size=2, max_size=30)
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


MEASURES = [gini, theil, entropy, fewest_giving, lambda values: pielou(values, 7)]


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
    for measure in (gini, theil, entropy, fewest_giving):
        assert measure(shuffled) == measure(values)
