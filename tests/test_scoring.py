"""Scoring by itself: bonuses, weights that move, places."""

from fractions import Fraction

import pytest

from lianjian.core.errors import Words
from lianjian.core.scoring import (
    Line,
    Rule,
    Sheet,
    missing,
    moved,
    place_of,
    places,
    points,
    rank_range,
    ranks,
    scored,
    with_bonus,
)


def rule(name="A", weight=6000, cap=None, policy="renormalise"):
    return Rule(name, (), None, None, policy, weight, cap)


def sheet(subject, scores, weights):
    """Return a sheet with a score, or None, for each of the weights, by name."""
    lines = [
        missing(rule(name, weight), Words("无", "none"))
        if scores[name] is None
        else scored(rule(name, weight), scores[name])
        for name, weight in weights.items()
    ]
    return Sheet(subject, {"method": "m"}, 365, tuple(lines))


@pytest.mark.parametrize(
    ("cap", "given", "score"),
    [
        (None, [], 6000),
        (None, [("a", 500)], 6500),
        (None, [("a", 500), ("a", 700), ("b", 100)], 6800),  # the larger of a's
        (None, [(None, 500), (None, 500)], 7000),
        (None, [("a", 5000)], 10_000),
        (8000, [("a", 3000)], 8000),
        (6000, [("a", 3000)], 6000),
        (0, [("a", 3000)], 0),
    ],
)
def test_a_bonus_adds_up_to_the_cap(cap, given, score):
    of = rule(cap=cap)
    line = with_bonus(of, scored(of, 6000), given)
    assert line.earned == 6000 * score
    assert (line.counts, line.applies, line.why) == (6000, 6000, None)


@pytest.mark.parametrize("policy", ["renormalise", "zero", "not_applicable"])
def test_a_bonus_of_what_is_missing_changes_nothing(policy):
    of = rule(policy=policy)
    line = missing(of, Words("无", "none"))
    found = with_bonus(of, line, [("a", 3000)])
    assert (found.earned, found.counts, found.applies) == (0, line.counts, line.applies)
    assert [flag.en for flag in found.flags][1:] == ["A: missing, its bonus counts nothing"]


def test_points_are_by_the_weights_that_are_given():
    lines = sheet("u", {"A": 8000, "B": 6000}, {"A": 6000, "B": 4000}).lines
    assert points(lines) == 72
    assert points(lines, {"A": Fraction(6600), "B": Fraction(3400)}) == Fraction(732, 10)
    assert points([]) is None
    assert points([Line("A", 0, 6000, 0)]) is None


def test_equal_scores_share_the_smaller_place():
    assert ranks({"a": 90, "b": 95, "c": 90, "d": 70}) == {"b": 1, "a": 2, "c": 2, "d": 4}
    assert ranks({}) == {}


def test_a_weight_moves_and_the_others_keep_their_proportion():
    weights = {"A": 5000, "B": 3000, "C": 2000}
    found = moved(weights, "A", Fraction(11, 10))
    assert found == {"A": 5500, "B": 2700, "C": 1800}
    assert moved({"A": 10_000}, "A", Fraction(9, 10)) == {"A": 10_000}
    # 9,500 x 1.1 would leave the other less than nothing: it keeps a basis point
    assert moved({"A": 9500, "B": 500}, "A", Fraction(11, 10)) == {"A": 9999, "B": 1}


def test_ranges_hold_the_own_place_and_only_the_ranked_have_one():
    weights = {"A": 6000, "B": 4000}
    made = [
        sheet("u", {"A": 8000, "B": 6000}, weights),
        sheet("v", {"A": 7000, "B": 7600}, weights),
        sheet("w", {"A": 9900, "B": None}, weights),  # 60% complete
        sheet("x", {"A": None, "B": None}, weights),
    ]
    assert rank_range(made, weights) == {"u": (2, 1, 2), "v": (1, 1, 2)}
    assert places(made) == {"u": 2, "v": 1}
    assert [s.completeness for s in made] == [1, 1, 0.6, 0]
    assert rank_range([], weights) == {}


def test_alone_in_its_method_a_criterion_gives_firm_ranks():
    weights = {"A": 10_000}
    made = [sheet(u, {"A": s}, weights) for u, s in (("u", 8000), ("v", 8000), ("w", 1))]
    assert rank_range(made, weights) == {"u": (1, 1, 1), "v": (1, 1, 1), "w": (3, 3, 3)}


@pytest.mark.parametrize(
    ("score", "place"), [(100, 0), (90, 0), (89.999999, 1), (70.5, 1), (70.49, 2), (0, 2)]
)
def test_a_grade_is_the_first_whose_start_the_score_reaches(score, place):
    assert place_of(score, [(9000, "good"), (7050, "passed")]) == place
    assert place_of(score, []) == 0


def test_who_is_scored_on_less_than_four_fifths_is_not_ranked_and_says_why():
    def unranked(**scores):
        why = sheet("u", scores, {"A": 8000, "B": 2000}).unranked
        return why and why.en

    assert unranked(A=5000, B=0) is None
    assert unranked(A=5000, B=None) is None  # 80%, just enough
    assert unranked(A=None, B=5000) == "not ranked: completeness 20%, below 80%"
    assert unranked(A=None, B=None) == "no criterion has a score"
