"""Content against answers worked by hand."""

from datetime import date
from math import exp, log

import pytest

from lianjian.core import (
    EvidenceAttached,
    Period,
    PlanAdopted,
    PlanItemSet,
    ResourcePublished,
    TermDefined,
)
from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.errors import NoSuchReading
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.content import activity_aims, activity_topics, lianjian_family

NAMES = [i.name.removeprefix("content.") for i in lianjian_family().indicators]
OF_UNITS = [i.name.removeprefix("content.") for i in lianjian_family().indicators if i.per]
COUNTS = {"theme_minutes", "formats", "topics", "renewal"}  # that have 0 where there is nothing
WARNING, FAMILY = {"warning": 10_000}, {"family": 10_000}
ALL_AIMS = ("dare_not", "cannot", "want_not")


@pytest.fixture
def t(tmp_path):
    """The towns U, X and Y, open since 2020."""
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(*map(unit, "UXY"))
        yield trial


def unit(id_, kind="town", day="2020-01-01"):
    return UnitRegistered(id_, id_, kind, "town", date.fromisoformat(day))


def held(id_, host="U", day="2021-05-01", came=(), **more):
    """An activity to which people of some categories came; (category, n) for n persons."""
    pairs = [(c, 1) if isinstance(c, str) else c for c in came]
    lines = tuple(Attendance("U", category, None, n) for category, n in pairs)
    return ActivityHeld(id_, date.fromisoformat(day), host, attendance=lines, **more)


def proof(target, day="2021-05-02", kind="activity", digit="a"):
    return EvidenceAttached(date.fromisoformat(day), 64 * digit, **{kind: target})


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"content.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def subjects(t, name, **more):
    return {r.subject for r in t.readings(f"content.{name}", "2021", **more)}


def nonzero(t, name, subject="all", **more):
    """The values by code that are not 0."""
    found = t.readings(f"content.{name}", "2021", **more)
    return {
        code: r.value
        for r in found
        if r.subject == subject and r.value
        for code in r.dimensions.values()
    }


def said(reading):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    return reading.reason and reading.reason.en, [f.en for f in reading.flags]


# The worked example: 114 minutes of warning, 36 of discipline, 30 of family; A4 has no length.


def example():
    return (
        held("A1", minutes=60, themes=WARNING, formats={"lecture": 60}, aims=("dare_not",)),
        held(
            "A2",
            minutes=90,
            themes={"warning": 6_000, "discipline": 4_000},
            formats={"lecture": 60, "film": 30},
            aims=("dare_not", "cannot"),
        ),
        held("A3", minutes=30, themes=FAMILY, formats={"seminar": 30}, aims=("want_not",)),
        held("A4", themes=WARNING),
    )


EXAMPLE = {
    "theme_diversity": 0.467542,
    "effective_themes": 2.483812,
    "warning_share": 0.633333,  # 114 / 180
    "lecture_only": 0.333333,  # A1's 60 of 180: A2 was a film, too
    "theory_share": 0.666667,  # 120 / 180
    "practice_share": 0,
    "aim_balance": 0.5,  # 60 + 45, 45 and 30 of 180: 3 × 30 / 180
    "aims_together": 1,
    "median_minutes": 60,
    "evidenced": 0,
}


@pytest.mark.parametrize("name", EXAMPLE)
def test_the_worked_example(t, name):
    t.record(*example())
    assert value(t, name) == EXAMPLE[name]
    assert value(t, name, "unit:U") == EXAMPLE[name]


def test_theme_minutes_split_by_shares_and_show_the_themes_that_are_never_taught(t):
    t.record(*example())
    for subject in ("all", "unit:U"):
        found = [r for r in t.readings("content.theme_minutes", "2021") if r.subject == subject]
        assert {r.dimensions["theme"]: r.value for r in found} == {
            "warning": 114,
            "discipline": 36,
            "family": 30,
            "party_spirit": 0,
            "exemplar": 0,
            "clean_culture": 0,
            "tradition": 0,
        }
        assert {f.en for r in found for f in r.flags} == {"1 activities lack themes or minutes"}
    # Entropy by hand: shares 114, 36 and 30 of 180.
    h = -sum(n / 180 * log(n / 180) for n in (114, 36, 30))
    assert value(t, "theme_diversity") == round(h / log(7), 6)
    assert value(t, "effective_themes") == round(exp(h), 6)


def test_seven_themes_alike_are_full_diversity(t):
    themes = [
        "party_spirit", "discipline", "exemplar", "warning", "clean_culture", "tradition", "family",
    ]  # fmt: skip
    t.record(*(held(theme, minutes=50, themes={theme: 10_000}) for theme in themes))
    assert (value(t, "theme_diversity"), value(t, "effective_themes")) == (1, 7)
    assert value(t, "warning_share") == round(1 / 7, 6)


def test_a_theme_that_the_log_defines_counts_beside_the_seven(t):
    art = {"art": 10_000}
    t.record(
        TermDefined("theme", "art", "廉政艺术", "Art", date(2021, 1, 1)),
        held("a", minutes=50, themes=art),
        held("b", minutes=50, themes=WARNING),
        held("c", day="2022-05-01", minutes=50, themes={"warning": 5_000, "family": 5_000}),
        held("early", day="2019-05-01", minutes=30, themes=art),
    )
    assert nonzero(t, "theme_minutes") == {"art": 50, "warning": 50}
    assert value(t, "theme_diversity") == round(log(2) / log(8), 6)
    # Defined and not taught, it is missing; taught before it was defined, it counts.
    assert value(t, "theme_minutes", period="2022", theme="art") == 0
    assert value(t, "theme_diversity", period="2022") == round(log(2) / log(8), 6)
    assert value(t, "theme_minutes", period="2019", theme="art") == 30
    with pytest.raises(NoSuchReading):  # in 2020 it was not yet there
        reading(t, "theme_minutes", period="2020", theme="art")


# No activity at all, and activities that say nothing.

REASONS = {
    "theme_diversity": "no activity of known themes and length",
    "effective_themes": "no activity of known themes and length",
    "warning_share": "no activity of known themes and length",
    "lecture_only": "no activity of known format",
    "theory_share": "no activity of known format",
    "practice_share": "no activity of known format",
    "aim_balance": "no activity of known aims and length",
    "aims_together": "no activity states an aim",
    "tailoring": "fewer than 30 activities",
    "untargeted": "no activity of known audience",
    "homogeneity": "fewer than two mixes with weight",
    "median_minutes": "no activity in the period",
    "evidenced": "no activity in the period",
}


@pytest.mark.parametrize("name", NAMES)
def test_without_activities_counts_are_zero_and_the_rest_has_a_reason(t, name):
    t.record(held("before", day="2020-12-31", minutes=60, themes=WARNING, formats={"film": 60}))
    t.record(held("after", day="2022-01-01", minutes=60, themes=WARNING, formats={"film": 60}))
    found = t.readings(f"content.{name}", "2021")
    assert {r.subject for r in found} == {"all"}
    if name in COUNTS:
        assert {r.value for r in found} == {0}
    else:
        (r,) = found
        assert (r.value, *said(r)) == (None, REASONS[name], [])
        assert r.reason.zh != r.reason.en


BLANK = {
    "theme_minutes": ("no activity of known themes and length", "lack themes or minutes"),
    "theme_diversity": ("no activity of known themes and length", "lack themes or minutes"),
    "effective_themes": ("no activity of known themes and length", "lack themes or minutes"),
    "warning_share": ("no activity of known themes and length", "lack themes or minutes"),
    "lecture_only": ("no activity of known format", "lack formats"),
    "theory_share": ("no activity of known format", "lack formats"),
    "practice_share": ("no activity of known format", "lack formats"),
    "formats": ("no activity of known format", "lack formats"),
    "topics": ("no activity states a topic", "do not state a topic"),
    "aim_balance": ("no activity of known aims and length", "lack aims or minutes"),
    "aims_together": ("no activity states an aim", "do not state an aim"),
    "tailoring": ("fewer than 30 activities", "lack themes or attendance"),
    "untargeted": ("no activity of known audience", "of unknown audience"),
    "median_minutes": ("the length of every activity is blank", "lack minutes"),
}


@pytest.mark.parametrize("name", BLANK)
def test_blank_is_not_zero(t, name):
    reason, flag = BLANK[name]
    blanks = ("one", "two") if name == "formats" else ("one",)
    t.record(*(held(id_) for id_ in blanks))
    for r in t.readings(f"content.{name}", "2021"):
        assert (r.value, *said(r)) == (None, reason, [f"{len(blanks)} activities {flag}"])
        assert r.flags[0].zh.startswith(f"{len(blanks)} 场")
    assert ("unit:U" in subjects(t, name)) == (name in OF_UNITS)
    # Beside one that says all of it, it is left out of both sides.
    t.record(
        held(
            "known",
            minutes=60,
            themes=WARNING,
            formats={"lecture": 60},
            topics=("ideals",),
            aims=ALL_AIMS,
            came=("leader",),
        )
    )
    for r in t.readings(f"content.{name}", "2021"):
        if name == "tailoring":
            assert (r.denominator, r.value) == (1, None)
        else:
            assert r.value is not None
            assert r.denominator in (None, 1, 3, 60)
        assert said(r)[1] == [f"{len(blanks)} activities {flag}"]


def test_an_aim_without_minutes_counts_where_aims_are_counted_and_weighs_nothing(t):
    t.record(held("a", aims=("dare_not",)), held("b", minutes=30, aims=("cannot", "want_not")))
    assert (value(t, "aims_together"), value(t, "aims_together", "unit:U")) == (1, 1)
    r = reading(t, "aim_balance")
    assert (r.value, r.denominator, said(r)[1]) == (0, 30, ["1 activities lack aims or minutes"])


# Forms, topics, aims.


def test_an_activity_counts_in_each_of_its_forms_and_once_among_all(t):
    t.record(
        held("a", minutes=60, formats={"lecture": 40, "film": 20}),
        held("b", minutes=60, formats={"lecture": 60}),
        held("c", "X", minutes=60),
    )
    assert nonzero(t, "formats") == {"lecture": 2, "film": 1}
    r = reading(t, "formats")
    assert (r.value, said(r)[1]) == (2, ["1 activities lack formats"])
    assert value(t, "formats", format="handbook") == 0
    assert subjects(t, "formats") == {"all"}


def test_lecture_only_is_of_whole_activities_and_theory_of_minutes(t):
    t.record(
        held("a", minutes=60, formats={"lecture": 40, "film": 20}),
        held("b", minutes=20, formats={"lecture": 20}),
        held("c", minutes=70, formats={"centre_group": 30, "standing": 40}),
        held(
            "d", minutes=50, formats={"practice": 10, "handbook": 10, "case_law": 10, "visit": 20}
        ),
        held("e", "X", minutes=100, formats={"case_discipline": 100}),
    )
    found = {n: reading(t, n) for n in ("lecture_only", "theory_share", "practice_share")}
    assert {n: (r.numerator, r.denominator) for n, r in found.items()} == {
        "lecture_only": (20, 300),
        "theory_share": (130, 300),
        "practice_share": (130, 300),
    }
    assert value(t, "practice_share", "unit:U") == 0.15  # 30 / 200
    assert value(t, "practice_share", "unit:X") == 1


def test_topics_are_counted_under_each_and_a_blank_is_no_topic(t):
    t.record(
        held("a", topics=("ideals", "micro")),
        held("b", topics=("ideals",)),
        held("c"),
        held("d", "X"),
    )
    assert nonzero(t, "topics", "unit:U") == {"ideals": 2, "micro": 1}
    assert value(t, "topics", "unit:U", topic="three_major") == 0
    assert reading(t, "topics", "unit:X", topic="ideals").reason.zh == "均未注明专题"
    assert said(reading(t, "topics", topic="micro"))[1] == ["2 activities do not state a topic"]


def test_facts_of_an_activity():
    e = held("a", minutes=60, aims=("cannot", "want_not"), topics=("micro",))
    day = date(2021, 5, 1)
    assert list(activity_aims(e)) == [
        (day, "a", "cannot", "U", 2, 60),
        (day, "a", "want_not", "U", 2, 60),
    ]
    assert list(activity_topics(e)) == [(day, "a", "micro", "U", 60)]
    assert [*activity_aims(held("b")), *activity_topics(held("b"))] == []


def test_three_aims_alike_are_in_balance(t):
    t.record(held("a", minutes=90, aims=ALL_AIMS), held("b", "X", minutes=30, aims=("cannot",)))
    assert value(t, "aim_balance", "unit:U") == 1
    assert value(t, "aim_balance", "unit:X") == 0
    r = reading(t, "aim_balance")  # 30, 60, 30 of 120
    assert (r.value, r.numerator, r.denominator) == (0.75, 90, 120)


def test_three_nots_as_one_may_be_over_several_activities(t):
    t.record(
        held("a", aims=("dare_not", "cannot")),
        held("b", aims=("want_not",)),
        held("c", "X", aims=("dare_not",)),
        held("d", "X", aims=("dare_not", "cannot")),
        held("e", "Y"),
    )
    r = reading(t, "aims_together")  # U of U and X: Y states none
    assert (r.value, r.numerator, r.denominator) == (0.5, 1, 2)
    assert said(r)[1] == ["1 activities do not state an aim"]
    assert value(t, "aims_together", "unit:U") == 1
    assert value(t, "aims_together", "unit:X") == 0.666667
    assert said(reading(t, "aims_together", "unit:Y"))[0] == "no activity states an aim"


def test_a_unit_weighs_in_aims_together_by_the_days_it_was_open(t):
    t.record(
        unit("Z", day="2021-07-01"),  # 184 of 365 days
        held("a", aims=("dare_not",)),
        held("z", "Z", "2021-08-01", aims=ALL_AIMS),
    )
    r = reading(t, "aims_together")
    assert r.value == round(184 / (365 + 184), 6)
    assert r.denominator == round(1 + 184 / 365, 6)
    assert value(t, "aims_together", "unit:Z") == 1


def test_sums_and_medians_do_not_weigh_by_days(t):
    t.record(
        *(
            held(id_, host, minutes=n, themes=theme, formats={form: n}, aims=(aim,), came=came)
            for id_, host, n, theme, form, aim, came in (
                ("a", "U", 60, WARNING, "lecture", "dare_not", ("leader",)),
                ("b", "X", 20, FAMILY, "practice", "cannot", ("leader", "young", "general")),
            )
        ),
        proof("b"),
        UnitReorganized("close", ("X",), date(2021, 5, 2)),  # open for a third of the year
    )
    assert value(t, "warning_share") == 0.75
    assert value(t, "theme_minutes", "unit:X", theme="family") == 20
    assert value(t, "lecture_only") == value(t, "theory_share") == 0.75
    assert value(t, "practice_share") == 0.25
    assert value(t, "effective_themes") == round(exp(-0.75 * log(0.75) - 0.25 * log(0.25)), 6)
    assert value(t, "theme_diversity") == round((-0.75 * log(0.75) - 0.25 * log(0.25)) / log(7), 6)
    assert value(t, "aim_balance") == 0
    assert value(t, "median_minutes") == 40
    assert value(t, "untargeted") == value(t, "evidenced") == 0.5
    assert value(t, "median_minutes", "unit:X") == 20


# To whom.


def audiences(n, themes, came, first=0):
    return [held(f"t{i}", themes=themes, came=came) for i in range(first, first + n)]


def test_tailoring_is_none_below_thirty_activities(t):
    t.record(*audiences(15, WARNING, ["leader"]), *audiences(14, FAMILY, ["young"], 15))
    r = reading(t, "tailoring")
    assert (r.value, r.denominator, said(r)[0]) == (None, 29, "fewer than 30 activities")
    t.record(held("more", themes=FAMILY, came=["young"]))
    r = reading(t, "tailoring")  # each its own: one follows from the other
    assert (r.value, r.denominator, said(r)) == (1, 30, (None, []))


def test_tailoring_by_hand(t):
    # leader × warning 20, leader × family 5, young × warning 5, young × family 10.
    t.record(
        *audiences(20, WARNING, ["leader"]),
        *audiences(5, FAMILY, ["leader"], 20),
        *audiences(5, WARNING, ["young"], 25),
        *audiences(10, FAMILY, ["young"], 30),
    )
    assert value(t, "tailoring") == 0.166453


def test_an_activity_weighs_one_however_many_came_and_whatever_it_was_about(t):
    # 28 of leader × warning; two are halves of leader and young, and of warning and family: 28.5,
    # 0.5, 0.5 and 0.5 of 30. Somebody of 0 is nobody, and of two lines of a category it is one.
    both = [("leader", 500), ("young", 3), ("general", 0)]
    halves = {"warning": 5_000, "family": 5_000}
    t.record(*audiences(28, WARNING, ["leader"]), *audiences(2, halves, both, 28))
    cells = {(0, 0): 28.5, (0, 1): 0.5, (1, 0): 0.5, (1, 1): 0.5}
    side = [29 / 30, 1 / 30]
    mutual = sum(n / 30 * log(n / 30 / (side[r] * side[c])) for (r, c), n in cells.items())
    expected = mutual / -sum(p * log(p) for p in side)
    assert value(t, "tailoring") == pytest.approx(expected, abs=1e-6)


def test_activities_without_themes_or_known_attendance_do_not_count_for_tailoring(t):
    t.record(
        *audiences(30, WARNING, ["leader"]),
        held("blank", themes=WARNING, came=[("young", None)]),
        held("nobody", themes=WARNING, came=[("young", 0)]),
        held("themeless", came=["young"]),
    )
    r = reading(t, "tailoring")
    assert (r.value, r.denominator) == (None, 30)
    reason = "all weight is in one row or in one column"
    assert said(r) == (reason, ["3 activities lack themes or attendance"])


def test_tailoring_moves_when_an_activity_is_corrected_and_not_with_the_tree(t):
    (*_, last) = t.record(
        *audiences(15, WARNING, ["leader"]), *audiences(15, FAMILY, ["young"], 15)
    )
    before = t.size
    newest = t.correct(last, held("t29", themes=WARNING, came=["young"]))
    assert value(t, "tailoring") < 0.9
    assert value(t, "tailoring", at=before) == 1
    t.void(newest)
    assert said(reading(t, "tailoring"))[0] == "fewer than 30 activities"
    t.record(UnitReorganized("merge", ("U",), date(2022, 1, 1), (Successor("X", 10_000),)))
    assert value(t, "tailoring", at=before, tree="now") == 1


def test_untargeted_is_three_categories_or_more(t):
    t.record(
        held("three", came=["leader", "young", "general"]),
        held("two", came=["leader", "young", ("general", 0)]),
        held("nobody", came=[("leader", 0)]),
        held("one-blank", came=[("leader", None)]),
        held("no-sheet"),
    )
    r = reading(t, "untargeted")
    assert (r.value, r.numerator, r.denominator) == (0.25, 1, 4)
    assert said(r)[1] == ["1 activities of unknown audience"]


def test_where_a_blank_decides_whether_it_was_untargeted_nothing_is_known(t):
    t.record(held("unsure", came=["leader", "young", ("general", None)]))
    r = reading(t, "untargeted")
    assert (r.value, r.denominator) == (None, 0)
    assert said(r) == ("no activity of known audience", ["1 activities of unknown audience"])
    t.record(held("sure", came=["leader", "young", "general", ("public", None)]))
    assert value(t, "untargeted", "unit:U") == 1


def test_one_category_of_several_units_is_one_category(t):
    lines = tuple(Attendance(u, "leader", None, 5) for u in "UXY")
    t.record(ActivityHeld("a", date(2021, 5, 1), "U", attendance=lines))
    assert value(t, "untargeted") == 0


# How alike hosts are.


def thrice(host, themes, minutes=60):
    return [held(f"{host}{i}", host, minutes=minutes, themes=themes) for i in range(3)]


def test_homogeneity_is_the_mean_similarity_of_pairs(t):
    t.record(*thrice("U", WARNING))
    r = reading(t, "homogeneity")
    assert (r.value, r.denominator) == (None, 1)
    t.record(*thrice("X", {"warning": 5_000, "family": 5_000}, 40))
    r = reading(t, "homogeneity")
    assert (r.value, r.denominator) == (0.688722, 2)
    t.record(*thrice("Y", WARNING, 10))
    # U and Y are alike, whatever their minutes: (1 + 2 × 0.688722) / 3.
    assert value(t, "homogeneity") == pytest.approx((1 + 2 * 0.688722) / 3, abs=1e-6)


def test_hosts_with_fewer_than_three_activities_are_left_out_of_homogeneity(t):
    t.record(*thrice("U", WARNING), *thrice("X", FAMILY))
    t.record(held("y1", "Y", minutes=9, themes=WARNING), held("y2", "Y", minutes=9, themes=WARNING))
    t.record(held("y3", "Y", themes=WARNING))
    r = reading(t, "homogeneity")
    assert (r.value, r.denominator) == (0, 2)
    assert said(r)[1] == [
        "1 hosts with fewer than 3 activities of known themes, left out",
        "1 activities lack themes or minutes",
    ]


def test_homogeneity_moves_with_a_correction_and_with_the_tree(t):
    (first, *_) = t.record(*thrice("U", WARNING, 100), *thrice("X", FAMILY, 30))
    before = t.size
    newest = t.correct(first, held("U0", minutes=100, themes=FAMILY))
    assert value(t, "homogeneity") > 0
    assert value(t, "homogeneity", at=before) == 0
    t.void(newest)
    assert said(reading(t, "homogeneity"))[0] == "fewer than two mixes with weight"
    t.record(held("U0", minutes=100, themes=WARNING), split())
    assert value(t, "homogeneity") == 0
    # Of 300 minutes of warning X has 210 beside its own 90 of family, and Y has 90.
    js = (0.7 * log(0.7 / 0.85) + 0.3 * log(2) + log(1 / 0.85)) / 2
    assert value(t, "homogeneity", tree="now") == pytest.approx(1 - js / log(2), abs=1e-6)


# Substance.


def test_the_median_hides_neither_many_short_ones_nor_a_blank(t):
    t.record(*(held(str(n), minutes=n) for n in (10, 15, 20, 240)), held("blank"))
    r = reading(t, "median_minutes", "unit:U")
    assert (r.value, said(r)[1]) == (17.5, ["1 activities lack minutes"])
    t.record(held("x", "X", minutes=30), held("y", "Y"))
    assert value(t, "median_minutes") == 20
    assert (
        said(reading(t, "median_minutes", "unit:Y"))[0] == "the length of every activity is blank"
    )


def test_evidence_counts_once_for_its_activity_by_the_periods_end(t):
    t.record(
        PlanAdopted("p", "p", "U", date(2021, 1, 1), date(2021, 12, 31), date(2021, 1, 1)),
        PlanItemSet("b", "p", "b", "required", date(2021, 1, 1)),
    )
    (*_, first, second, _) = t.record(
        *(held(id_) for id_ in "abcd"),
        proof("a"),
        proof("a", digit="b"),
        proof("b", kind="plan_item"),  # of an item that is called as the activity is
    )
    t.record(proof("c", "2022-01-01"), held("x", "X"), proof("x"))
    r = reading(t, "evidenced")
    assert (r.value, r.numerator, r.denominator) == (0.4, 2, 5)
    assert (value(t, "evidenced", "unit:U"), value(t, "evidenced", "unit:X")) == (0.25, 1)
    before = t.size
    t.void(first)
    assert value(t, "evidenced", "unit:U") == 0.25  # by the second piece
    newest = t.correct(second, proof("d", digit="b"))
    assert value(t, "evidenced", "unit:U") == 0.25  # d, and no longer a
    t.void(newest)
    assert value(t, "evidenced", "unit:U") == 0
    assert value(t, "evidenced", "unit:U", at=before) == 0.25


def test_voided_evidence_proves_nothing(t):
    (_, piece) = t.record(held("a"), proof("a"))
    before = t.size
    t.void(piece)
    assert (value(t, "evidenced"), value(t, "evidenced", at=before)) == (0, 1)


def published(id_, day="2021-03-01"):
    return ResourcePublished(id_, id_, "film", date.fromisoformat(day))


def test_renewal_counts_what_is_new(t):
    (_, new, _, story, _) = t.record(
        published("old", "2020-12-31"),
        published("new"),
        held("before", day="2020-12-31", minutes=30, formats={"lecture": 30}),
        held("now", day="2021-01-01", minutes=60, formats={"lecture": 30, "story": 30}),
        held("again", day="2021-12-31", minutes=30, formats={"story": 30}),
    )
    assert nonzero(t, "renewal") == {"resources": 1, "formats": 1}
    assert said(reading(t, "renewal", what="formats"))[1] == []
    # In the first year of records there is no before.
    r = reading(t, "renewal", period="2020", what="formats")
    assert (r.value, said(r)[1]) == (1, ["no earlier format is known: all count as new"])
    assert value(t, "renewal", period="2022", what="formats") == 0
    r = reading(t, "renewal", period="2019", what="formats")
    assert (r.value, said(r)) == (0, (None, []))
    before = t.size
    t.correct(new, published("new", "2022-01-01"))
    t.correct(story, held("now", minutes=30, formats={"lecture": 30}))
    assert nonzero(t, "renewal") == {"formats": 1}  # "again" is left
    assert nonzero(t, "renewal", at=before) == {"resources": 1, "formats": 1}


def test_resources_and_formats_are_counted_in_a_unit_that_fits_both():
    (renewal,) = [i for i in lianjian_family().indicators if i.name == "content.renewal"]
    assert renewal.unit == "items"


def test_an_activity_of_unknown_format_may_have_had_a_new_one(t):
    t.record(held("blank"))
    assert value(t, "renewal", what="resources") == 0
    r = reading(t, "renewal", what="formats")
    assert (r.value, *said(r)) == (
        None,
        "no activity of known format",
        ["1 activities lack formats"],
    )
    t.record(held("a", day="2020-05-01", minutes=9, formats={"visit": 9}))
    t.record(held("b", minutes=9, formats={"visit": 9}))
    r = reading(t, "renewal", what="formats")
    assert (r.value, *said(r)) == (0, None, ["1 activities lack formats"])


# Whose it is.


def test_hosting_counts_for_the_host_alone_and_not_for_a_cohost_or_who_came(t):
    t.record(unit("E", "external"))
    t.record(
        held("a", minutes=60, themes=WARNING, cohosts=("X",), formats={"film": 60}, aims=ALL_AIMS),
        held("e", "E", minutes=20, themes=FAMILY, formats={"story": 20}, aims=("cannot",)),
        proof("a"),
    )
    for name in OF_UNITS:
        assert subjects(t, name) == {"all", "unit:U"}, name
    # What an outside unit hosted is among all: it has no reading of its own.
    assert nonzero(t, "theme_minutes") == {"warning": 60, "family": 20}
    assert value(t, "warning_share") == 0.75
    assert value(t, "aims_together") == 1


def split():
    return UnitReorganized(
        "split", ("U",), date(2022, 1, 1), (Successor("X", 7_000), Successor("Y", 3_000))
    )


NOW = {  # of X and of Y, to which 70 and 30 in 100 of U go
    "theme_diversity": (0.313922, 0),  # H(0.7, 0.3) = 0.610864
    "effective_themes": (1.842023, 1),
    "warning_share": (0.7, 1),
    "lecture_only": (0.7, 1),
    "theory_share": (0.7, 1),
    "practice_share": (0.3, 0),
    "aim_balance": (0.7, 1),  # X: 70/3, 70/3 and 70/3 + 30 of 100
    "aims_together": (1, 1),
    "untargeted": (0.411765, 1),  # 0.7 of 1.7 activities
    "median_minutes": (65, 100),  # of 100 and 30
    "evidenced": (0.411765, 1),
}
THEN = {  # of U and of X
    "theme_diversity": (0, 0),
    "effective_themes": (1, 1),
    "warning_share": (1, 0),
    "lecture_only": (1, 0),
    "theory_share": (1, 0),
    "practice_share": (0, 1),
    "aim_balance": (1, 0),
    "aims_together": (1, 0.333333),
    "untargeted": (1, 0),
    "median_minutes": (100, 30),
    "evidenced": (1, 0),
}


@pytest.fixture
def gone(t):
    """U and X each held something; then U was split between X and Y."""
    t.record(
        held(
            "a",
            minutes=100,
            themes=WARNING,
            formats={"lecture": 100},
            aims=ALL_AIMS,
            topics=("ideals",),
            came=["leader", "young", "general"],
        ),
        held(
            "b",
            "X",
            minutes=30,
            themes=FAMILY,
            formats={"practice": 30},
            aims=("want_not",),
            topics=("micro",),
            came=["leader"],
        ),
        proof("a"),
        split(),
    )
    return t


@pytest.mark.parametrize("name", NOW)
def test_a_unit_that_is_gone_counts_for_its_heirs(gone, name):
    assert tuple(value(gone, name, f"unit:{u}") for u in "UX") == THEN[name]
    assert subjects(gone, name) == {"all", "unit:U", "unit:X"}
    assert tuple(value(gone, name, f"unit:{u}", tree="now") for u in "XY") == NOW[name]
    assert subjects(gone, name, tree="now") == {"all", "unit:X", "unit:Y"}
    if name != "aims_together":
        assert value(gone, name) == value(gone, name, tree="now")


def test_amounts_of_a_unit_that_is_gone_are_split_among_its_heirs(gone):
    minutes = {u: nonzero(gone, "theme_minutes", f"unit:{u}", tree="now") for u in "XY"}
    assert minutes == {"X": {"warning": 70, "family": 30}, "Y": {"warning": 30}}
    spoken = {u: nonzero(gone, "topics", f"unit:{u}", tree="now") for u in "XY"}
    assert spoken == {"X": {"ideals": 0.7, "micro": 1}, "Y": {"ideals": 0.3}}
    assert nonzero(gone, "theme_minutes", "unit:U") == {"warning": 100}
    assert nonzero(gone, "topics", "unit:U") == {"ideals": 1}
    for name in ("theme_minutes", "topics", "formats", "renewal"):
        assert nonzero(gone, name) == nonzero(gone, name, tree="now") != {}


def test_aims_of_units_are_yes_or_no_for_every_heir(gone):
    assert value(gone, "aims_together") == 0.5  # U of U and X
    assert value(gone, "aims_together", tree="now") == 1


def test_hosts_count_whole_in_topics_and_homogeneity_however_long_they_were_open(t):
    t.record(*thrice("U", WARNING), *thrice("X", FAMILY), held("t", "X", topics=("micro",)))
    t.record(UnitReorganized("close", ("X",), date(2021, 5, 2)))
    assert nonzero(t, "topics", "unit:X") == nonzero(t, "topics") == {"micro": 1}
    r = reading(t, "homogeneity")
    assert (r.value, r.denominator) == (0, 2)


def test_a_host_that_was_not_yet_registered_counts_among_all(t):
    t.record(unit("late", day="2022-03-01"), held("a", "late", minutes=60, themes=WARNING))
    assert nonzero(t, "theme_minutes") == {"warning": 60}
    assert subjects(t, "theme_minutes") == {"all"}


# What is known later.

CORRECTED = {  # as reported, as corrected, when the correction is voided
    "theme_diversity": (0.34586, 0, 0),  # H(0.6, 0.4) = 0.673012
    "effective_themes": (1.960132, 1, 1),
    "warning_share": (0.6, 0, 0),
    "lecture_only": (0.6, 0, 0),
    "theory_share": (0.6, 0, 0),
    "practice_share": (0.4, 0.666667, 1),
    "aim_balance": (0.6, 0, 0),  # 60, 20 and 20 of 100
    "aims_together": (1, 0.666667, 0.666667),  # of U; of all units 1, 0, 0
    "untargeted": (0.5, 0, 0),
    "median_minutes": (50, 30, 40),
    "theme_minutes": ({"warning": 60, "family": 40}, {"family": 60}, {"family": 40}),
    "formats": ({"lecture": 1, "practice": 1}, {"film": 1, "practice": 1}, {"practice": 1}),
    "topics": ({"ideals": 1, "micro": 1}, {"micro": 2}, {"micro": 1}),
}


@pytest.mark.parametrize("name", CORRECTED)
def test_a_correction_moves_the_figure_and_the_past_stays(t, name):
    (id_, _) = t.record(
        held(
            "a",
            minutes=60,
            themes=WARNING,
            formats={"lecture": 60},
            aims=("dare_not",),
            topics=("ideals",),
            came=["leader", "young", "general"],
        ),
        held(
            "b",
            minutes=40,
            themes=FAMILY,
            formats={"practice": 40},
            aims=("cannot", "want_not"),
            topics=("micro",),
            came=["general"],
        ),
    )
    right = held(
        "a",
        minutes=20,
        themes=FAMILY,
        formats={"film": 20},
        aims=("cannot",),
        topics=("micro",),
        came=["general"],
    )
    read = nonzero if name in COUNTS else value
    reported = t.size
    newest = t.correct(id_, right)
    corrected = t.size
    t.void(newest)
    expected = CORRECTED[name]
    if name in OF_UNITS:
        moments = [read(t, name, "unit:U", at=n) for n in (reported, corrected, None)]
        assert tuple(moments) == expected
    if name == "aims_together":
        expected = (1, 0, 0)
    moments = [read(t, name, at=n) for n in (reported, corrected, None)]
    assert tuple(moments) == expected


# What holds for all of them.


def test_why_opens_what_the_unit_hosted(t):
    t.record(
        held("a", minutes=60, themes=WARNING, formats={"film": 60}, topics=("micro",)),
        held(
            "b", "X", minutes=60, themes=FAMILY, cohosts=("U",), aims=("cannot",), came=["leader"]
        ),
        proof("b"),
    )
    t.readings("content.theme_minutes", "2021")
    moment = Moment(t.size, root(t.size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment) as figures:

        def why(name, subject="all", **dimensions):
            year = Period.parse("2021")
            return figures.evidence(f"content.{name}", year, subject, dimensions)

        assert why("theme_minutes", "unit:U") == [3]
        assert why("theme_minutes", "unit:X", theme="family") == [4]
        assert why("theme_minutes", "unit:U", theme="family") == []
        assert why("untargeted", "unit:U") == [3]  # not b, to which people of U came
        assert why("topics", "unit:U", topic="micro") == [3]
        assert why("aim_balance", "unit:X") == [4]
        assert why("evidenced") == [3, 4, 5]


@pytest.mark.parametrize("name", NAMES)
def test_figures_over_made_up_activities_are_made_up(t, name):
    t.record(*example(), published("r"))
    assert not any(r.synthetic for r in t.readings(f"content.{name}", "2021"))
    made_up = held("m", minutes=9, themes=WARNING, formats={"film": 9}, aims=ALL_AIMS,
                   topics=("micro",))  # fmt: skip
    t.record(made_up, recorder="synthetic demo")
    assert all(r.synthetic for r in t.readings(f"content.{name}", "2021"))


def test_every_indicator_says_its_formula_and_has_a_value_or_a_reason(gone):
    for i in lianjian_family().indicators:
        assert i.formula
        for period in ("2020", "2021", "2021-05-01", "2022"):
            for r in gone.readings(i.name, period):
                assert (r.value is None) == (r.reason is not None), (i.name, period, r.subject)


def test_the_laws_hold():
    check_family(lianjian_family())


def test_the_laws_hold_over_long_histories():
    check_family(lianjian_family(), size=200, histories=2)
