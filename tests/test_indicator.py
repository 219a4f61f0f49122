"""Periods, and what a query makes of numbers."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core.errors import BadPeriod, Undefined, Words
from lianjian.core.indicator import Moment, Period, Query, indicator
from lianjian.core.measures import gini
from lianjian.core.show import NO_VALUE, value_text


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2021", "2021-01-01", "2022-01-01"),
        ("2021Q1", "2021-01-01", "2021-04-01"),
        ("2021Q4", "2021-10-01", "2022-01-01"),
        ("2021-05", "2021-05-01", "2021-06-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2020-02", "2020-02-01", "2020-03-01"),
        ("2021-05-01", "2021-05-01", "2021-05-02"),
        ("2021-05-01..2021-08-31", "2021-05-01", "2021-09-01"),
        ("2021-05-01..2021-05-01", "2021-05-01", "2021-05-02"),
        (" 2021 ", "2021-01-01", "2022-01-01"),
    ],
)
def test_a_text_names_a_period(text, start, end):
    assert Period.parse(text) == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    ["", "21", "2021Q5", "2021-13", "2021-02-30", "2021-05-02..2021-05-01", "2021..2022",
     "20210501", "２０２１", "2021-05-01..", "0000", "2021 Q1"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text):
    with pytest.raises(BadPeriod) as caught:
        Period.parse(text)
    assert caught.value.exit_code == 2
    assert "2021Q3" in caught.value.hint("zh")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 800))
def test_a_period_is_written_as_it_is_read(start, days):
    period = Period(start, date.fromordinal(start.toordinal() + days))
    assert Period.parse(str(period)) == period
    assert period.days == days


def test_the_shortest_name_is_written():
    assert str(Period.year(2021)) == "2021"
    assert str(Period.year(999)) == "0999"
    assert str(Period.parse("9999-12-01..9999-12-30")) == "9999-12-01..9999-12-30"
    assert str(Period.parse("2021-04-01..2021-06-30")) == "2021Q2"
    assert str(Period.parse("2021-04-01..2021-04-30")) == "2021-04"


@pytest.fixture
def q():
    return Query(Period.year(2021), Moment(0, b""), "then", None, None, None, None, None)


def test_a_zero_denominator_is_none_with_a_reason(q):
    r = q.ratio("all", 3, 0, Words("无", "nothing"))
    assert (r.value, r.numerator, r.denominator, r.reason.zh) == (None, 3, 0, "无")


def test_a_ratio_is_rounded_half_even_to_six_decimals(q):
    assert q.ratio("all", 1, 3, "").value == 0.333333
    assert q.ratio("all", 25, 10_000_000, "").value == 0.000002
    assert q.reading("all", Fraction(35, 10_000_000)).value == 0.000004


def test_an_undefined_measure_is_none_with_its_reason(q):
    r = q.measured("all", lambda: gini([0, 0]), denominator=2)
    assert r.value is None
    assert r.reason.en == "the sum is zero"
    with pytest.raises(Undefined):
        gini([0, 0])


def test_an_interval_has_a_value_only_where_its_ends_meet(q):
    assert q.interval("all", 1, 2).value is None
    assert q.interval("all", 1, 2).high == 2
    assert q.interval("all", 2, 2).value == 2


def test_an_estimate_has_a_value_and_its_interval(q):
    got = q.estimate("unit:u", Fraction(3, 10), 0.180748, 0.454300, numerator=12, denominator=40)
    assert (got.value, got.low, got.high) == (0.3, 0.180748, 0.4543)
    assert (got.numerator, got.denominator, got.reason) == (12, 40, None)
    assert value_text(got) == "0.3 (0.181..0.454)"
    assert value_text(q.interval("all", 1, 2)) == "1..2"
    assert value_text(q.interval("all", 2, 2)) == value_text(q.estimate("all", 2, 2, 2)) == "2"
    assert value_text(q.none("all", "why")) == NO_VALUE
    with pytest.raises(ValueError, match="unit:u: 5"):
        q.estimate("unit:u", 5, 1, 2)


@pytest.mark.parametrize(
    "wrong",
    [{"unit": "furlongs"}, {"better": "up"}, {"name": "gini"}, {"name": "Bases.gini"}],
)
def test_a_declaration_that_does_not_fit_is_refused(wrong):
    right = {"name": "bases.x", "unit": "ratio", "better": "lower", "zh": "", "en": ""}
    given = right | wrong
    with pytest.raises(TypeError):
        indicator(given.pop("name"), of=(), **given)
