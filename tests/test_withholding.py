"""Few answers, and scores before and after: by hand, and in a real log."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import ALL, Family, Words, indicator, unit_status
from lianjian.core.activities import Successor, UnitRegistered, UnitReorganized
from lianjian.core.pairing import Pairs, paired
from lianjian.core.testing import Trial
from lianjian.core.withholding import FEW, LOW_RESPONSE, low_response, mean, proportion, withheld

NOBODY = Words("没有", "none")
PRE, POST = (5, 350, 24_700), (5, 425, 36_225)


@pytest.fixture
def ask(tmp_path):
    """Return a function that asks a query of units a and b, merged into b in 2022, something."""
    asked = []

    @indicator("probe.asked", of=unit_status, unit="share", better="neither", zh="试", en="Asked")
    def probe(q):
        asked.append(question(q))
        yield from ()

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            *(UnitRegistered(u, u, "organ", "district", date(2020, 1, 1)) for u in "ab"),
            UnitReorganized("merge", ("a",), date(2022, 1, 1), (Successor("b", 10_000),)),
        )

        def put(function, tree="then"):
            nonlocal question
            question = function
            trial.readings("probe.asked", "2021", tree=tree)
            return asked[-1]

        yield put


def test_below_five_nothing_is_said():
    assert withheld(None, NOBODY) == NOBODY
    assert withheld(0, NOBODY) == withheld(Fraction(49, 10), NOBODY) == FEW
    assert withheld(5, NOBODY) is None


def test_a_low_response_is_below_three_in_ten():
    assert low_response(100, 29) == [LOW_RESPONSE]
    assert low_response(100, 30) == low_response(0, 0) == []


@pytest.mark.parametrize("said", [mean, proportion])
def test_what_is_withheld_has_no_parts_and_no_flags(ask, said):
    few, none, enough = ask(
        lambda q: [
            said(q, ALL, 2, n, NOBODY, flags=["said"], dimensions={"of": "it"})
            for n in (4, None, 5)
        ]
    )
    for r, reason in ((few, FEW), (none, NOBODY)):
        assert (r.value, r.low, r.numerator, r.denominator, r.flags) == (None, None, None, None, ())
        assert (r.reason, r.dimensions) == (reason, {"of": "it"})
    assert (enough.value, enough.numerator, enough.denominator) == (0.4, 2, 5)
    assert enough.flags == (Words("said", "said"),)


def test_a_proportion_is_of_whole_answers_with_its_interval(ask):
    r = ask(lambda q: proportion(q, ALL, Fraction(121, 10), Fraction(399, 10), NOBODY))
    assert (r.value, r.low, r.high, r.numerator, r.denominator) == (0.3, 0.180748, 0.4543, 12, 40)


def test_pairs_are_of_one_test_and_of_the_same_units_of_the_tree(ask):
    rows = [
        ("q", "a", "pre", *PRE),
        ("q", "b", "post", *POST),
        ("r", None, "pre", *PRE),
        ("r", None, "post", *POST),
    ]
    then = ask(lambda q: paired(q, rows))
    assert then == {
        "all": Pairs(PRE, POST, 1, 2),
        "unit:a": Pairs(unpaired=1),
        "unit:b": Pairs(unpaired=1),
    }
    now = ask(lambda q: paired(q, rows), tree="now")
    assert now == {
        "all": Pairs((10, 700, 49_400), (10, 850, 72_450), 2),
        "unit:b": Pairs(PRE, POST, 1),
    }
