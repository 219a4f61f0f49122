"""Perception against answers worked by hand."""

from collections import Counter
from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import ALL, Family, Period, activity_themes, indicator
from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    Successor,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.demo_cast import YEAR
from lianjian.core.demo_matter import perception
from lianjian.core.errors import Refused, Words
from lianjian.core.event import event_type, read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.core.vocabulary import installed
from lianjian.plugins.perception import (
    YES_NO,
    FeedbackCollected,
    QuizScored,
    Tally,
    lianjian_family,
)

NAMES = [i.name for i in lianjian_family().indicators]
FEW = "fewer than 5 answers, withheld"
NOT_ASKED = "no questionnaire of the period asked it"
LOW = "response below 30%: the silent may differ"
PRE, POST = (5, 350, 24_700), (5, 425, 36_225)  # 60 70 80 70 70, then 80 90 90 80 85


@indicator("content.theme_minutes", of=activity_themes, unit="minutes", better="neither",
           zh="各主题时长", en="Minutes by theme")  # fmt: skip
def theme_minutes(q):
    sql = "SELECT theme, sum(minute_bp), count(*) FROM activity_themes GROUP BY theme"
    for theme, minutes, held in q.rows(sql):
        said, dimensions = [Words(f"{held} 场", f"{held} held")], {"theme": theme}
        yield q.reading(ALL, Fraction(minutes or 0, 10_000), dimensions=dimensions, flags=said)


CONTENT = Family("content", version=1, zh="内容形式", en="Content", indicators=[theme_minutes])


@pytest.fixture
def t(tmp_path):
    """The units A, B and C, open since 2020."""
    with Trial(tmp_path, [lianjian_family(), CONTENT]) as trial:
        trial.record(*(unit(id_) for id_ in "ABC"))
        yield trial


def unit(id_, kind="town"):
    return UnitRegistered(id_, id_, kind, "town", date(2020, 1, 1))


def survey(id_, invited=60, returned=40, day="2021-05-01", items=None, **more):
    tallies = {code: Tally(*sums) for code, sums in (items or {}).items()}
    return FeedbackCollected(id_, date.fromisoformat(day), invited, returned, items=tallies, **more)


def quiz(phase, sums, day="2021-05-01", id_="q", **more):
    return QuizScored(id_, phase, date.fromisoformat(day), *sums, **more)


def held(id_, *attended, day="2021-04-01", host="A", **more):
    lines = tuple(Attendance(u, "general", None, n) for u, n in zip("ABC", attended, strict=False))
    return ActivityHeld(id_, date.fromisoformat(day), host, attendance=lines, **more)


def merged(one, into, day="2021-07-01"):
    return UnitReorganized("merge", (one,), date.fromisoformat(day), (Successor(into, 10_000),))


def split(one, day="2021-07-01", **shares):
    into = tuple(Successor(u, share) for u, share in shares.items())
    return UnitReorganized("split", (one,), date.fromisoformat(day), into)


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"perception.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def parts(r):
    return r.numerator, r.denominator


def why(r):
    """Why a reading has no value; it must have none, and nothing to guess it from."""
    assert (r.value, r.low, r.high, r.numerator, r.denominator) == (None,) * 5
    return r.reason.en


def flags(r):
    return [f.en for f in r.flags]


# The worked example.


def test_a_year_of_surveys_and_quizzes(t):
    items = {"misconception": (40, 12), "identification": (40, 150)}
    t.record(
        held("a", 50, 30),
        survey("s", items=items, activity="a", unit="A"),
        quiz("pre", PRE, unit="A"),
        quiz("post", PRE, id_="funnel", activity="a"),
        quiz("post", POST, day="2021-06-01", unit="A"),
        survey("little", 6, 4, items={"identification": (4, 20)}, unit="B"),
    )
    r = reading(t, "response", "unit:A")
    assert (r.value, parts(r), flags(r)) == (0.666667, (40, 60), [])
    r = reading(t, "misconception")
    assert (r.value, r.low, r.high, parts(r)) == (0.3, 0.180748, 0.4543, (12, 40))
    # (150 - 40) / (5 - 1) = 27.5 of 40.
    r = reading(t, "identification", "unit:A")
    assert (r.value, parts(r)) == (0.6875, (27.5, 40))
    # Means 70 and 85; squared deviations 200 and 100 over 8: √37.5 = 6.123724.
    assert value(t, "quiz_gain") == round(15 / 37.5**0.5, 6) == 2.44949
    r = reading(t, "funnel", step="feedback")
    assert (r.value, parts(r)) == (0.5, (40, 80))
    assert why(reading(t, "response", "unit:B")) == FEW
    assert why(reading(t, "identification", "unit:B")) == FEW


# How many answered.


def test_nobody_asked_is_no_figure(t):
    r = reading(t, "response")
    assert (why(r), r.reason.zh) == ("no questionnaire in the period", "期间内没有问卷")
    t.record(survey("s", 0, 0, unit="A"))
    assert why(reading(t, "response")) == why(reading(t, "response", "unit:A")) == why(r)
    for name in ("identification", "misconception"):
        r = reading(t, name)
        assert (why(r), r.reason.zh) == (NOT_ASKED, "期间内没有问卷问到此项")
        assert why(reading(t, name, "unit:A")) == NOT_ASKED
    for item in ("voluntary", "repeat"):
        assert why(reading(t, "willing", item=item)) == NOT_ASKED
    marked = [r.dimensions["item"] for r in t.readings("perception.index", "2021")]
    assert set(marked) == installed()["survey_item"].keys() - YES_NO
    assert all(why(r) == NOT_ASKED for r in t.readings("perception.index", "2021"))


def test_fewer_than_five_answers_are_withheld(t):
    items = {"misconception": (4, 1), "voluntary": (4, 1), "identification": (4, 9)}
    t.record(survey("s", 30, 4, items=items, unit="A", needs={"family": 2}))
    r = reading(t, "response")
    assert (why(r), r.reason.zh) == (FEW, "答卷不足 5 份，不予公布")
    for name in ("identification", "misconception"):
        assert why(reading(t, name)) == why(reading(t, name, "unit:A")) == FEW
    assert why(reading(t, "index", item="identification")) == FEW
    assert why(reading(t, "index", "unit:A", item="identification")) == FEW
    assert why(reading(t, "willing", "unit:A", item="voluntary")) == FEW
    assert why(reading(t, "needs", theme="family")) == FEW
    assert why(reading(t, "needs_match")) == FEW
    # Two surveys together are enough; of none of it may be told what the first one said.
    t.record(survey("more", 30, 1, items=dict.fromkeys(items, (1, 1)), unit="B"))
    assert (value(t, "response"), parts(reading(t, "misconception"))) == (0.083333, (2, 5))
    assert why(reading(t, "response", "unit:A")) == why(reading(t, "response", "unit:B")) == FEW


def test_an_item_that_few_answered_is_withheld_though_many_sent_the_sheet_back(t):
    t.record(survey("s", items={"identification": (4, 12), "appeal": (0, 0)}))
    assert why(reading(t, "identification")) == why(reading(t, "index", item="appeal")) == FEW
    assert value(t, "response") == 0.666667


def test_a_low_response_is_flagged_where_it_counts(t):
    t.record(
        survey("low", 150, 33, items={"misconception": (30, 3)}, unit="A"),
        survey("high", 100, 90, items={"voluntary": (90, 30)}, unit="A"),
        survey("just", 100, 30, items={"misconception": (30, 3)}, unit="B"),
    )
    # 33/150 is 22 %; with the other survey, 123/250.
    r = reading(t, "misconception", "unit:A")
    assert (r.value, flags(r)) == (0.1, [LOW])
    assert r.flags[0].zh == "回收率不足 30%，未答者可能另有看法"
    assert flags(reading(t, "response", "unit:A")) == []
    assert flags(reading(t, "willing", "unit:A", item="voluntary")) == []
    assert flags(reading(t, "misconception", "unit:B")) == [], "30 % are enough"
    assert flags(reading(t, "misconception")) == [LOW], "63 of 250 asked"
    t.void(t.record(survey("more", 9, 2, unit="A"))[0])
    t.record(survey("lower", 300, 6, unit="A"))
    assert flags(reading(t, "response", "unit:A")) == [LOW], "129 of 550"


# What they said.


def test_the_index_takes_scales_as_they_are_and_each_answer_once(t):
    t.record(
        survey("five", items={"appeal": (10, 50)}, audience="leader", unit="A"),
        survey("ten", items={"appeal": (30, 30)}, audience="young", scale=10, unit="B"),
        survey("nobodys", items={"appeal": (10, 55)}, scale=10),
    )
    # 10 answers at the top, 30 at the bottom; (55 - 10) / 9 = 5 of 10: 15/50.
    assert value(t, "index", item="appeal") == 0.3
    assert parts(reading(t, "index", item="appeal")) == (15, 50)
    assert value(t, "index", item="appeal", audience="leader") == 1
    assert value(t, "index", item="appeal", audience="young") == 0
    assert value(t, "index", "unit:A", item="appeal") == 1
    assert value(t, "index", "unit:B", item="appeal") == 0
    found = t.readings("perception.index", "2021")
    assert len([r for r in found if r.subject != ALL]) == 2
    assert len([r for r in found if "audience" in r.dimensions]) == 2
    assert why(reading(t, "index", item="satisfaction")) == NOT_ASKED


def test_an_item_defined_later_is_marked(t):
    term = TermDefined("survey_item", "clarity", "清楚", "Clarity", date(2021, 1, 1))
    t.record(term, survey("s", items={"clarity": (10, 30)}))
    assert value(t, "index", item="clarity") == 0.5


def test_shares_of_yes_have_an_interval(t):
    items = {"voluntary": (40, 12), "repeat": (30, 30), "misconception": (40, 0)}
    t.record(survey("s", items=items, unit="A"))
    r = reading(t, "willing", "unit:A", item="voluntary")
    assert (r.value, r.low, r.high, parts(r)) == (0.3, 0.180748, 0.4543, (12, 40))
    r = reading(t, "willing", item="repeat")
    # All of 30: the lower end is n / (n + z²) = 30 / 33.841459.
    assert (r.value, r.low, r.high) == (1, round(30 / 33.841459, 6), 1)
    r = reading(t, "misconception")
    assert (r.value, r.low, r.high) == (0, 0, round(3.841459 / 43.841459, 6))
    assert {r.subject for r in t.readings("perception.willing", "2021")} == {ALL, "unit:A"}


def test_only_what_came_back_in_the_period_counts(t):
    t.record(
        survey("s", items={"identification": (40, 200)}),
        survey("later", 60, 60, day="2022-01-01", items={"identification": (60, 60)}),
        quiz("post", PRE, day="2022-01-01"),
    )
    assert (value(t, "identification"), value(t, "identification", period="2022")) == (1, 0)
    assert value(t, "response", period="2021Q1") is None
    assert value(t, "response", period="2021-05") == 0.666667
    assert (value(t, "pass_mean"), value(t, "pass_mean", period="2022")) == (None, 70)


def test_what_has_no_unit_counts_for_all_alone_and_others_have_no_reading(t):
    t.record(unit("X", "external"))
    t.record(survey("s", items={"identification": (40, 200)}), survey("x", 10, 5, unit="X"))
    assert (value(t, "response"), value(t, "identification")) == (round(45 / 70, 6), 1)
    for name in ("response", "identification", "quiz_gain", "pass_mean"):
        found = t.readings(f"perception.{name}", "2021")
        assert {r.subject for r in found} == {ALL, "unit:A", "unit:B", "unit:C"}
        assert all(r.reason for r in found if r.subject != ALL)


# What they know.


def test_gains_are_pooled_over_pairs_and_the_others_are_flagged(t):
    t.record(
        quiz("pre", PRE, unit="A"),
        quiz("post", POST, unit="A"),
        quiz("pre", PRE, unit="B"),
        quiz("post", (5, 450, 40_500), id_="other", unit="B"),
        quiz("pre", (5, 250, 12_600), id_="third"),
        quiz("post", (5, 250, 12_600), id_="third"),
    )
    # q of B and `other` of B are no pair. Pooled: 10 before, Σ 600, Σ² 37,300; after 675, 48,825.
    spread = (37_300 - 600**2 / 10) + (48_825 - 675**2 / 10)
    r = reading(t, "quiz_gain")
    assert r.value == round(7.5 / (spread / 18) ** 0.5, 6)
    assert (r.denominator, flags(r)) == (10, ["2 quizzes lack pre or post"])
    assert r.flags[0].zh == "2 个测试缺前测或后测"
    assert value(t, "quiz_gain", "unit:A") == 2.44949
    r = reading(t, "quiz_gain", "unit:B")
    assert (why(r), flags(r)) == (
        "no quiz was taken both before and after",
        ["2 quizzes lack pre or post"],
    )
    assert value(t, "pass_mean") == round((425 + 450 + 250) / 15, 6)
    assert (value(t, "pass_mean", "unit:A"), value(t, "pass_mean", "unit:B")) == (85, 90)


def test_gains_that_cannot_be_told_say_why(t):
    assert why(reading(t, "quiz_gain")) == "no quiz was taken both before and after"
    assert why(reading(t, "pass_mean")) == "no quiz after education in the period"
    t.record(quiz("pre", (4, 40, 400)), quiz("post", (9, 90, 900)))
    assert why(reading(t, "quiz_gain")) == FEW
    t.record(quiz("pre", (1, 10, 100)))
    r = reading(t, "quiz_gain")
    assert (r.value, r.reason.en, r.reason.zh) == (None, "the scores do not vary", "分数没有差异")
    assert value(t, "pass_mean") == 10
    t.record(quiz("post", (4, 40, 400), unit="A", id_="few"))
    assert why(reading(t, "pass_mean", "unit:A")) == FEW
    t.record(quiz("post", (0, 0, 0), unit="B", id_="none"))
    assert why(reading(t, "pass_mean", "unit:B")) == FEW


# From those who came to those who know.


def test_the_funnel_is_over_activities_of_which_both_are_known(t):
    t.record(
        held("a", 50, 30),
        held("blank", 50, None),
        held("silent", 9),
        held("unsheeted"),
        survey("s1", 60, 20, activity="a", audience="leader"),
        survey("s2", 60, 20, activity="a", audience="young"),
        survey("s3", activity="blank"),
        survey("s4", activity="unsheeted"),
        survey("s5"),
        quiz("post", (30, 2_100, 147_000), activity="a"),
        quiz("pre", (50, 2_500, 125_000), activity="a"),
        quiz("post", (9, 90, 900), activity="silent"),
    )
    r = reading(t, "funnel", step="feedback")
    assert (r.value, parts(r)) == (0.5, (40, 80))
    # Of `blank` and `unsheeted` nobody knows who came, `silent` was not asked.
    assert flags(r) == ["3 activities of which only one of the two is known"]
    r = reading(t, "funnel", step="quiz")
    assert (r.value, parts(r)) == (0.75, (30, 40))
    assert flags(r) == ["3 activities of which only one of the two is known"]
    assert r.flags[0].zh == "3 场活动两者只知其一"


def test_a_funnel_of_nothing_in_common_is_none(t):
    t.record(held("blank", None), survey("s", activity="blank"))
    for step in ("feedback", "quiz"):
        r = reading(t, "funnel", step=step)
        assert (r.value, r.reason.zh) == (None, "没有同时有到场与回收的活动")
    t.record(held("nobody", 0), survey("odd", activity="nobody"))
    r = reading(t, "funnel", step="feedback")
    assert (r.value, parts(r)) == (None, (40, 0))


def test_a_funnel_withholds_few_answers(t):
    t.record(held("a", 50), survey("s", 60, 4, activity="a"))
    t.record(quiz("post", (30, 2_100, 147_000), activity="a"))
    assert why(reading(t, "funnel", step="feedback")) == FEW
    assert why(reading(t, "funnel", step="quiz")) == FEW, "30 of 4 would tell the 4"


# What they need.


def test_needs_are_over_those_who_were_asked_for_them(t):
    t.record(
        survey("a", 50, 40, needs={"family": 20, "warning": 10}),
        survey("b", 50, 10, needs={"family": 10}),
        survey("c", 50, 50),
    )
    found = {r.dimensions["theme"]: r for r in t.readings("perception.needs", "2021")}
    assert found.keys() == installed()["theme"].keys()
    assert (found["family"].value, parts(found["family"])) == (0.6, (30, 50))
    assert (found["warning"].value, found["tradition"].value) == (0.2, 0)


def test_needs_meet_what_is_taught(t):
    assert why(reading(t, "needs", theme="family")) == why(reading(t, "needs_match")) == NOT_ASKED
    t.record(survey("s", needs={"family": 20, "warning": 20}))
    assert why(reading(t, "needs_match")) == "fewer than two mixes with weight"
    t.record(held("a", themes={"warning": 10_000}, minutes=60))
    # One half each against one only: 1 - 0.215762 / ln 2.
    r = reading(t, "needs_match")
    assert (r.value, flags(r)) == (0.688722, ["1 held"])
    t.record(held("b", themes={"family": 10_000}, minutes=60))
    assert value(t, "needs_match") == 1
    t.record(held("c", themes={"tradition": 10_000}, minutes=None))
    assert value(t, "needs_match") == 1, "a theme without minutes has no weight"


# Contradictions.


def test_contradictions_are_listed(t):
    t.record(
        held("a", 10, 5),
        held("blank", None),
        held("later", 90, day="2021-09-01"),
        survey("more", 60, 16, activity="a", unit="A"),
        survey("all", 60, 15, activity="a", unit="A"),
        survey("unsure", 60, 16, activity="blank", unit="A"),
        survey("early", 60, 16, activity="later", day="2021-08-31"),
        quiz("post", POST, unit="B"),
        quiz("pre", PRE, unit="C", day="2021-05-02"),
        quiz("post", POST, unit="C"),
        quiz("pre", PRE, id_="same"),
        quiz("post", POST, id_="same"),
    )
    r = reading(t, "contradictions")
    assert (r.value, flags(r)) == (4, ["position 9: answered 2021-08-31, held 2021-09-01"])
    assert r.flags[0].zh == "第 9 条：2021-08-31 答卷，2021-09-01 才开展"
    said = {u: reading(t, "contradictions", f"unit:{u}").flags for u in "ABC"}
    assert {u: [f.en for f in some] for u, some in said.items()} == {
        "A": ["position 6: 16 back, 15 came"],
        "B": ["position 10: quiz q has no pre"],
        "C": ["position 12: quiz q: its post is before its pre"],
    }
    assert [some[0].zh for some in said.values()] == [
        "第 6 条：回收 16 份，到场 15 人",
        "第 10 条：测试 q 只有后测",
        "第 12 条：测试 q 后测早于前测",
    ]
    assert value(t, "contradictions", period="2021Q2") == 3, "the activity is not held before Q3"


def test_a_contradiction_tells_nothing_of_few_answers(t):
    t.record(held("a", 3), survey("s", 9, 4, activity="a", unit="A"))
    r = reading(t, "contradictions", "unit:A")
    assert (r.value, flags(r)) == (1, ["position 4: more back than came"])
    assert r.flags[0].zh == "第 4 条：回收多于到场"
    t.void(t.log.store.row(t.size - 1).id)
    t.record(survey("more", 9, 5, activity="a", unit="A"))
    assert flags(reading(t, "contradictions", "unit:A"))[0].endswith("5 back, 3 came")


def test_what_lies_in_two_periods_is_a_contradiction_of_the_later(t):
    t.record(
        held("a", 10, day="2020-12-30"),
        held("b", 90, day="2022-01-02"),
        survey("s", 60, 11, activity="a"),
        survey("early", 60, 11, activity="b", day="2021-12-31"),
        quiz("pre", PRE, day="2020-12-01"),
        quiz("post", POST),
    )
    assert (value(t, "contradictions"), value(t, "contradictions", period="2022")) == (1, 1)


# Reorganised units.


def test_heirs_share_the_answers(t):
    items = {"identification": (40, 200), "misconception": (40, 12), "voluntary": (40, 12)}
    t.record(
        survey("a", 60, 40, items=items, unit="A"),
        survey("b", 40, 10, items={"identification": (10, 10)}, unit="B"),
        quiz("post", POST, unit="A"),
        merged("A", "B"),
    )
    assert value(t, "response", "unit:B") == 0.25
    r = reading(t, "response", "unit:B", tree="now")
    assert (r.value, parts(r)) == (0.5, (50, 100))
    assert value(t, "identification", "unit:B", tree="now") == 0.8
    assert value(t, "index", "unit:B", item="identification", tree="now") == 0.8
    assert value(t, "misconception", "unit:B", tree="now") == 0.3
    assert value(t, "willing", "unit:B", item="voluntary", tree="now") == 0.3
    assert value(t, "pass_mean", "unit:B", tree="now") == 85
    for name in ("response", "identification", "misconception"):
        assert value(t, name, tree="now") == value(t, name)
    assert value(t, "contradictions", "unit:B", tree="now") == 1


def test_a_share_of_few_is_withheld(t):
    items = {"misconception": (19, 9), "identification": (19, 95)}
    t.record(survey("a", 30, 20, items=items, unit="A"), split("A", B=8_000, C=2_000))
    r = reading(t, "response", "unit:B", tree="now")
    assert (r.value, parts(r)) == (0.666667, (16, 24))
    # 80 % of 9 of 19 are 7.2 of 15.2: 7 of 15 whole answers. Of C 1.8 of 3.8.
    assert parts(reading(t, "misconception", "unit:B", tree="now")) == (7, 15)
    assert parts(reading(t, "identification", "unit:B", tree="now")) == (15.2, 15.2)
    for name in ("response", "misconception", "identification"):
        assert why(reading(t, name, "unit:C", tree="now")) == FEW
    assert why(reading(t, "index", "unit:C", item="identification", tree="now")) == FEW


def test_quizzes_before_and_after_a_merger_are_a_pair(t):
    t.record(quiz("pre", PRE, unit="A"), merged("A", "B"), quiz("post", POST, unit="B"))
    assert why(reading(t, "quiz_gain")) == "no quiz was taken both before and after"
    assert value(t, "quiz_gain", tree="now") == 2.44949
    assert value(t, "quiz_gain", "unit:B", tree="now") == 2.44949


def test_a_quiz_of_a_unit_that_was_split_keeps_its_mean_and_spread(t):
    pre, post = ((20, *(4 * x for x in sums[1:])) for sums in (PRE, POST))
    t.record(quiz("pre", pre, unit="A"), quiz("post", post, unit="A"), split("A", B=7_500, C=2_500))
    # 15 and 5 takers; of five the spread is that of the example by hand.
    assert value(t, "quiz_gain", "unit:C", tree="now") == 2.44949
    assert value(t, "quiz_gain", "unit:B", tree="now") == round(15 / (900 / 28) ** 0.5, 6)
    assert value(t, "quiz_gain", tree="now") == value(t, "quiz_gain")


# Corrected, voided, at a past moment.


def a_bit_of_all(t):
    """Record what every indicator has a reading from, and return the ids to be corrected."""
    t.record(held("a", 50, 30, themes={"warning": 10_000}, minutes=60))
    t.record(quiz("pre", PRE, unit="A"))
    return t.record(said(), quiz("post", POST, unit="A", activity="a"))


def said(returned=40, yes=12, total=150, family=20):
    items = {"identification": (40, total), "misconception": (40, yes), "repeat": (40, yes)}
    more = {"activity": "a", "unit": "A", "needs": {"family": family, "warning": 20}}
    return survey("s", 100, returned, items=items, **more)


CORRECTED = {
    "response": (0.4, 0.9, {}),
    "index": (0.6875, 1, {"item": "identification"}),
    "identification": (0.6875, 1, {}),
    "misconception": (0.3, 0.5, {}),
    "willing": (0.3, 0.5, {"item": "repeat"}),
    "quiz_gain": (2.44949, 0, {}),
    "pass_mean": (85, 70, {}),
    "funnel": (0.5, 1.125, {"step": "feedback"}),
    "needs": (0.5, 0, {"theme": "family"}),
    "needs_match": (0.688722, 1, {}),
    "contradictions": (0, 1, {}),
}


@pytest.mark.parametrize("name", [n.removeprefix("perception.") for n in NAMES])
def test_a_correction_moves_the_figure_and_at_shows_the_old(t, name):
    before, after, dimensions = CORRECTED[name]
    first, second = a_bit_of_all(t)
    size = t.size
    assert value(t, name, **dimensions) == before
    t.correct(first, said(returned=90, yes=20, total=200, family=0))
    t.correct(second, quiz("post", PRE, unit="A", activity="a"))
    assert value(t, name, **dimensions) == after
    assert value(t, name, at=size, **dimensions) == before
    t.void(t.log.store.row(t.size - 2).id, t.log.store.row(t.size - 1).id)
    gone = 0 if name == "contradictions" else None
    assert value(t, name, **dimensions) == gone
    assert value(t, name, at=size, **dimensions) == before


def test_a_void_can_bring_answers_below_five(t):
    t.record(survey("a", 9, 4, items={"identification": (4, 20)}, unit="A"))
    (other,) = t.record(survey("b", 9, 4, items={"identification": (4, 20)}, unit="A"))
    assert value(t, "identification", "unit:A") == 1
    t.void(other)
    assert why(reading(t, "identification", "unit:A")) == FEW


# What is refused.


@pytest.mark.parametrize(
    ("wrong", "path", "zh", "en"),
    [
        ({"returned": 61}, "returned", "61 超出范围，须 <= 60", "must be <= 60"),
        ({"invited": -1, "returned": -1}, "invited", "-1 超出范围，须 >= 0", "must be >= 0"),
        ({"scale": 1}, "scale", "1 超出范围，须 >= 2", "must be >= 2"),
        ({"items": {"appeal": (41, 50)}}, "items.appeal.n", "须 <= 40", "must be <= 40"),
        ({"items": {"appeal": (4, 21)}}, "items.appeal.sum", "须 4..20", "must be 4..20"),
        ({"items": {"appeal": (4, 3)}}, "items.appeal.sum", "须 4..20", "must be 4..20"),
        ({"items": {"repeat": (4, 5)}}, "items.repeat.sum", "须 0..4", "must be 0..4"),
        ({"needs": {"family": 41}}, "needs.family", "须 0..40", "must be 0..40"),
        ({"needs": {"family": -1}}, "needs.family", "须 0..40", "must be 0..40"),
    ],
)
def test_sums_that_cannot_be_are_refused(wrong, path, zh, en):
    sums = {c: {"n": n, "sum": total} for c, (n, total) in wrong.get("items", {}).items()}
    data = {"survey": "s", "day": "2021-05-01", "invited": 60, "returned": 40}
    with pytest.raises(Refused) as refused:
        read_data(event_type(FeedbackCollected), data | wrong | {"items": sums})
    faults = {f.path: f for f in refused.value.faults}
    assert zh in faults[path].message("zh")
    assert en in faults[path].message("en")


@pytest.mark.parametrize(
    ("id_", "sums", "path", "zh", "en"),
    [
        ("q", (2, 10, 49), "sumsq", "49 超出范围，须 >= 50", "must be >= 50"),
        ("q", (3, 10, 33), "sumsq", "33 超出范围，须 >= 34", "must be >= 34"),
        ("q", (0, 1, 1), "n", "0 超出范围，须 >= 1", "must be >= 1"),
        ("q", (0, 0, 1), "n", "0 超出范围，须 >= 1", "must be >= 1"),
        ("q", (-1, 0, 0), "n", "须 >= 0", "must be >= 0"),
        ("测", (2, 10, 50), "quiz", "字母、数字", "A-Z a-z 0-9"),
        ("q" * 65, (2, 10, 50), "quiz", "1 至 64 位", "1 to 64"),
    ],
)
def test_marks_that_cannot_be_are_refused(id_, sums, path, zh, en):
    data = {"quiz": id_, "phase": "pre", "day": "2021-05-01"}
    with pytest.raises(Refused) as refused:
        read_data(
            event_type(QuizScored), data | dict(zip(("n", "sum", "sumsq"), sums, strict=True))
        )
    faults = {f.path: f for f in refused.value.faults}
    assert zh in faults[path].message("zh")
    assert en in faults[path].message("en")


def test_the_least_square_there_can_be_is_taken(t):
    t.record(quiz("pre", (3, 10, 34)), quiz("post", (0, 0, 0)))


# Evidence, and the demo's year.


def test_a_reading_opens_to_the_surveys_behind_it(t):
    t.record(
        survey("a", items={"appeal": (9, 30)}, audience="leader", unit="A"),
        survey("b", items={"appeal": (9, 30), "relevance": (9, 30)}, unit="B"),
    )
    catch_up(t.records.views, t.log.store, t.registry.families)
    moment, period = Moment(t.size, root(t.size, t.log.store)), Period.parse("2021")
    with Figures(t.records.views, t.registry.families, moment) as figures:
        name = "perception.index"
        assert figures.evidence(name, period, ALL, {"item": "appeal"}) == [3, 4]
        assert figures.evidence(name, period, ALL, {"item": "appeal", "audience": "leader"}) == [3]
        assert figures.evidence(name, period, ALL, {"item": "relevance"}) == [4]
        assert figures.evidence("perception.response", period, "unit:A") == [3]


@pytest.mark.parametrize("seed", ["lianjian-demo-1", "another"])
def test_the_demos_surveys_are_taken_and_have_their_faults(seed):
    types = {"feedback.collected": FeedbackCollected, "quiz.scored": QuizScored}
    told = [read_data(event_type(types[d.type]), d.data)[0] for d in perception(seed)]
    surveys = [e for e in told if isinstance(e, FeedbackCollected)]
    assert (len(surveys), min(e.returned for e in surveys)) == (8, 4)
    low = [e for e in surveys if e.returned >= 5 and e.returned / e.invited < 0.3]
    assert [e.returned / e.invited for e in low] == [0.22]
    assert sum("misconception" in e.items for e in surveys) == 5
    assert sum(bool(e.needs) for e in surveys) == 2
    phases = Counter(e.quiz for e in told if isinstance(e, QuizScored))
    assert sorted(phases.values()) == [1, 2, 2, 2]
    # Activities are held by 28 December: what speaks of one comes later.
    assert all(e.day > date(YEAR, 12, 28) for e in told if e.activity)


# The laws.


def a_survey(m):
    """Draw sums that fit each other."""
    returned = m.draw(m_integers(0, 60))
    items = {}
    for code in sorted(installed()["survey_item"]):
        n = m.draw(m_integers(0, returned))
        items[code] = {
            "n": n,
            "sum": m.draw(m_integers(*((0, n) if code in YES_NO else (n, 5 * n)))),
        }
    needs = {theme: m.draw(m_integers(0, returned)) for theme in ("warning", "family")}
    sizes = {"invited": returned + m.draw(m_integers(0, 60)), "returned": returned, "scale": 5}
    return sizes | {"items": items, "needs": m.draw(m_sampled([needs, {}]))}


def a_quiz(m):
    """Draw marks, of few quizzes, so that some come to pairs."""
    n, total, squares = m.draw(m_sampled([PRE, POST, (3, 10, 34), (0, 0, 0)]))
    return {"quiz": m.draw(m_sampled(["q-1", "q.2"])), "n": n, "sum": total, "sumsq": squares}


def m_integers(least, most):
    from hypothesis import strategies as st

    return st.integers(least, most)


def m_sampled(values):
    from hypothesis import strategies as st

    return st.sampled_from(values)


EXAMPLES = {FeedbackCollected: a_survey, QuizScored: a_quiz}


def test_laws():
    check_family(lianjian_family(), CONTENT, examples=EXAMPLES, histories=5)


def test_laws_of_long_histories():
    check_family(lianjian_family(), CONTENT, examples=EXAMPLES, size=200, histories=2)
