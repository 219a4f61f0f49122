"""Kaplan-Meier against published curves, another definition of it, and other libraries."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lianjian.core.errors import Undefined
from lianjian.core.survival import Survival, kaplan_meier

durations = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)
DAYS = range(-1, 33)

# Weeks of remission under 6-mercaptopurine and under placebo: E. J. Freireich et al., Blood 21,
# 1963; the textbooks' example.
TREATED = [
    *[(weeks, True) for weeks in (6, 6, 6, 7, 10, 13, 16, 22, 23)],
    *[(weeks, False) for weeks in (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)],
]
PLACEBO = [
    (weeks, True)
    for weeks in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
]


def test_published_curves():
    treated = kaplan_meier(TREATED)
    shares = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {day: pytest.approx(share, abs=5e-4) for day, share in shares.items()} == dict(
        treated.curve
    )
    assert treated.curve[1] == (7, Fraction(6, 7) * Fraction(16, 17))
    assert (treated.median, treated.observed, treated.censored) == (23, 9, 12)
    placebo = kaplan_meier(PLACEBO)
    assert (placebo.median, placebo.observed, placebo.censored) == (8, 21, 0)
    assert (placebo.at(8), placebo.at(11)) == (Fraction(8, 21), Fraction(6, 21))


def test_known_answers():
    assert kaplan_meier([(3, True)]) == Survival(((3, Fraction(0)),), 1, 0)
    assert kaplan_meier([(3, False)]) == Survival((), 0, 1)
    # What was censored on a day was there on it: 3/4, then 1/2 of that.
    both = kaplan_meier([(5, True), (5, False), (8, True), (9, False)])
    assert both.curve == ((5, Fraction(3, 4)), (8, Fraction(3, 8)))
    # All on the first day.
    assert kaplan_meier([(0, True), (0, True)]).median == 0


def test_half_is_reached_exactly_or_not_at_all():
    assert kaplan_meier([(1, True), (2, True)]).median == 1
    # 23/24 · 22/23 · … · 12/13, which in floats comes out as 0.5000000000000001
    two_dozen = kaplan_meier([(day, True) for day in range(1, 25)])
    assert (two_dozen.at(12), two_dozen.median) == (Fraction(1, 2), 12)
    assert kaplan_meier([(1, True), (2, False), (3, False)]).median is None
    assert kaplan_meier([(4, False)]).median is None
    hair_more = Fraction(1, 2) + Fraction(1, 10**30)
    assert Survival(((4, hair_more), (9, Fraction(0))), 2, 0).median == 9


def test_a_share_at_a_day():
    survival = kaplan_meier([(10, True), (20, True), (20, False), (30, True), (45, False)])
    shares = {-1: 1, 0: 1, 9: 1, 10: "4/5", 19: "4/5", 20: "3/5", 30: "3/10", 99: "3/10"}
    assert {day: survival.at(day) for day in shares} == {
        day: Fraction(share) for day, share in shares.items()
    }


@given(durations)
def test_the_censored_hand_their_weight_to_those_who_last_longer(several):
    """B. Efron, The two sample problem with censored data, 1967: redistribution to the right."""
    # Sorted so that what ended on a day comes before what was censored on it.
    ordered = sorted(several, key=lambda one: (one[0], not one[1]))
    weights = [Fraction(1, len(ordered))] * len(ordered)
    for place, (_, observed) in enumerate(ordered):
        later = len(ordered) - place - 1
        if not observed and later:
            for after in range(place + 1, len(ordered)):
                weights[after] += weights[place] / later
            weights[place] = Fraction(0)
    survival = kaplan_meier(several)
    for day in DAYS:
        gone = (
            weight
            for (end, observed), weight in zip(ordered, weights, strict=True)
            if observed and end <= day
        )
        assert survival.at(day) == 1 - sum(gone)


@given(st.lists(st.integers(0, 30), min_size=1))
def test_without_censoring_it_is_the_share_that_lasts_longer(days):
    survival = kaplan_meier([(day, True) for day in days])
    for day in DAYS:
        assert survival.at(day) == Fraction(sum(1 for end in days if end > day), len(days))


@given(durations, st.randoms(), st.integers(1, 400))
def test_order_number_and_unit_change_nothing(several, random, factor):
    survival = kaplan_meier(several)
    shuffled = list(several)
    random.shuffle(shuffled)
    assert kaplan_meier(iter(shuffled)) == survival
    assert kaplan_meier(several * 2).curve == survival.curve
    scaled = kaplan_meier([(days * factor, observed) for days, observed in several])
    assert scaled.curve == tuple((days * factor, share) for days, share in survival.curve)


@given(durations)
def test_the_curve_falls_and_the_median_is_where_it_comes_to_half(several):
    survival = kaplan_meier(several)
    assert survival.observed == sum(observed for _, observed in several)
    assert survival.observed + survival.censored == len(several)
    assert [day for day, _ in survival.curve] == sorted({day for day, ended in several if ended})
    shares = [Fraction(1), *(share for _, share in survival.curve)]
    assert all(later < earlier for earlier, later in pairwise(shares))
    assert shares[-1] >= 0
    below = [day for day in DAYS if survival.at(day) <= Fraction(1, 2)]
    assert survival.median == (below[0] if below else None)


@given(durations, st.integers(0, 30))
def test_what_is_still_open_makes_nothing_quicker(several, day):
    before, after = kaplan_meier(several), kaplan_meier([*several, (day, False)])
    assert all(after.at(each) >= before.at(each) for each in DAYS)


def test_no_durations_and_negative_ones_are_no_figure():
    with pytest.raises(Undefined, match="no durations"):
        kaplan_meier([])
    with pytest.raises(Undefined, match="negative") as raised:
        kaplan_meier([(3, True), (-1, False)])
    assert raised.value.why.zh == "有时长为负"


# Other libraries; they reckon in floats.


LATER = list(range(33))  # before day 0 there is nothing, of which lifelines has NaN


def floats(survival):
    return [pytest.approx(float(survival.at(day)), abs=1e-9) for day in LATER]


@given(durations)
def test_it_is_that_of_scipy(several):
    sample = stats.CensoredData.right_censored(
        [days for days, _ in several], [not observed for _, observed in several]
    )
    assert list(stats.ecdf(sample).sf.evaluate(LATER)) == floats(kaplan_meier(several))


@settings(max_examples=30)
@given(durations)
def test_it_is_that_of_lifelines(several):
    from lifelines import KaplanMeierFitter

    days, observed = zip(*several, strict=True)
    survival = kaplan_meier(several)
    fitted = KaplanMeierFitter().fit(days, observed)
    assert list(fitted.survival_function_at_times(LATER)) == floats(survival)
    if all(share != Fraction(1, 2) for _, share in survival.curve):
        assert fitted.median_survival_time_ == (
            float("inf") if survival.median is None else survival.median
        )


@given(durations)
def test_it_is_that_of_statsmodels(several):
    from statsmodels.duration.survfunc import SurvfuncRight

    days, observed = zip(*several, strict=True)
    survival = kaplan_meier(several)
    theirs = SurvfuncRight(days, [int(one) for one in observed])
    expected = [(day, pytest.approx(float(share), abs=1e-9)) for day, share in survival.curve]
    assert list(zip(theirs.surv_times, theirs.surv_prob, strict=True)) == expected
