"""Figures in sentences: values as people write them, and whether they are what was wanted."""

import pytest

from lianjian.core.errors import PartWrong, Words
from lianjian.core.facts import yes_or_no
from lianjian.core.indicator import Indicator
from lianjian.core.told import FigureTest, Told

REACH = Words("单位覆盖率", "Unit reach")


@pytest.mark.parametrize(
    ("told", "zh", "en"),
    [
        (Told(REACH, "share", 0.537801, 0.537801), "53.8%", "53.8%"),
        (Told(REACH, "share", 0.4, 0.7), "40% 至 70%", "40% to 70%"),
        (Told(REACH, "ratio", 0.3, 0.3), "0.3", "0.3"),
        (Told(REACH, "sessions", 310.0, 310.0), "310 场", "310 sessions"),
        (Told(REACH, "units", 7, 17), "7 至 17 家", "7 to 17 units"),
        (
            Told(REACH, "share", why=Words("没有", "nothing")),
            "无数值（没有）",
            "no value (nothing)",
        ),
    ],
)
def test_an_amount_has_its_unit_where_that_does_not_go_without_saying(told, zh, en):
    assert told.amount == Words(zh, en)


@pytest.mark.parametrize(
    ("unit", "ends", "bounds", "met", "zh"),
    [
        ("share", (0.5378, 0.5378), (8000, None), False, "≥ 80%：53.8%，未达到"),
        ("share", (0.6, 0.6), (6000, 6000), True, "≥ 60% ≤ 60%：60%，达到"),
        ("share", (0.4, 0.7), (5000, None), None, "≥ 50%：40% 至 70%，区间跨越界限"),
        ("ratio", (0.4, 0.4), (None, 3555), False, "≤ 0.3555：0.4，未达到"),
        ("events", (2, 2), (None, 2), True, "≤ 2：2，达到"),
    ],
)
def test_bounds_are_basis_points_of_shares_and_ratios(unit, ends, bounds, met, zh):
    assert Told(REACH, unit, *ends).within(*bounds)[0] is met
    assert Told(REACH, unit, *ends).within(*bounds)[1].zh == f"单位覆盖率 {zh}"


def test_where_nothing_is_known_nobody_knows_whether_it_is_met():
    why = Words("没有", "nothing")
    met, said = Told(REACH, "share", why=why).within(6000, None)
    assert (met, said.en) == (None, "Unit reach ≥ 60%: no value (nothing)")
    # Of a figure that is not installed nobody knows either what its bounds are.
    met, said = Told(REACH, why=why).within(6000, None)
    assert (met, said.en) == (None, "Unit reach: nothing")


def test_a_test_of_a_figure_has_bounds():
    with pytest.raises(PartWrong):
        FigureTest("gauge.share")
    with pytest.raises(PartWrong):
        FigureTest("gauge.share", 2, 1)
    assert FigureTest("gauge.share", 2, 2).at_most == 2


def test_an_indicator_is_called_what_stands_before_the_colon():
    def titled(zh, en):
        return Indicator("a.b", lambda _: iter(()), (), "share", "higher", zh, en).title

    assert titled("覆盖率：甲 ÷ 乙：丙", "Reach: a / b") == Words("覆盖率", "Reach")
    assert titled("场次", "Sessions") == Words("场次", "Sessions")


def test_a_row_says_yes_no_or_nothing():
    assert [yes_or_no(told) for told in (True, False, None)] == ["yes", "no", None]
