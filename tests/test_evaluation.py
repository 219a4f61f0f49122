"""The family of evaluation, against answers worked by hand.

Other families' figures are played by one of the test's own, `gauge`: an event states what an
indicator will read for a unit, so that a score can be reckoned on paper.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
import pytest
from attrs import evolve
from hypothesis import strategies as st

from lianjian.core import (
    ActivityHeld,
    CheckConducted,
    EvidenceAttached,
    Family,
    Period,
    PlanAdopted,
    PlanItemEvaluated,
    PlanItemSet,
    Query,
    Reading,
    Ref,
    Row,
    UnitRegistered,
    UnitReorganized,
    event,
    facts,
    frozen,
    indicator,
)
from lianjian.core.activities import Attendance, Successor
from lianjian.core.errors import IndicatorCircle, NoSuchReading, Refused
from lianjian.core.event import data_faults, event_type, read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.methods import (
    Band,
    BonusGranted,
    Criterion,
    CycleSealed,
    Grade,
    MethodAdopted,
    Result,
    ScoreReviewed,
)
from lianjian.core.shapes import plain
from lianjian.core.testing import Trial, check_family
from lianjian.plugins.evaluation import lianjian_family

Y2021 = date(2021, 1, 1)


# A family with two figures of units: a share (basis points) and a count (whole units).


@event("gauge.read", 1)
@frozen
class GaugeRead:
    unit: Annotated[str, Ref("unit")]
    day: date
    name: str
    low: int | None = None
    high: int | None = None


@facts(key="day unit name", sums="low high")
def gauges(e: GaugeRead) -> Iterator[Row]:
    yield e.day, e.unit, e.name, e.low, e.high


def read_gauges(q: Query, name: str, of: int) -> Iterator[Reading]:
    sql = (
        "SELECT p.seen_as, sum(g.low), sum(g.high) FROM gauges g JOIN projections p "
        "ON p.unit = g.unit WHERE g.name = ? GROUP BY p.seen_as"
    )
    for unit, low, high in q.rows(sql, [name]):
        if low is None:
            yield q.none(f"unit:{unit}", "the gauge is blank")
        else:
            yield q.interval(f"unit:{unit}", low / of, high / of)


@indicator("gauge.share", of=gauges, unit="share", better="higher", per="unit", zh="份额", en="s")
def share(q):
    yield q.none("unit:parts", "a reading with dimensions is not the plain one")
    yield q.reading("unit:parts", 1, dimensions={"theme": "warning"})
    yield from read_gauges(q, "share", 10_000)


@indicator("gauge.count", of=gauges, unit="sessions", better="higher", per="unit", zh="数", en="c")
def count(q):
    yield from read_gauges(q, "count", 1)


@indicator("gauge.parts", of=gauges, unit="sessions", better="higher", per="unit", zh="分", en="p")
def parts(q):
    yield q.reading("unit:a", 7, dimensions={"theme": "warning"})


@indicator("gauge.circle", of=gauges, unit="points", better="higher", per="unit", zh="环", en="o")
def circle(q):
    yield from q.readings("evaluation.score")


@indicator("gauge.total", of=gauges, unit="sessions", better="higher", zh="总", en="for all alone")
def total(q):
    yield q.reading("all", 1)


GAUGE = Family(
    "gauge",
    version=1,
    zh="仪表",
    en="Gauges",
    events=[GaugeRead],
    facts=[gauges],
    indicators=[share, count, parts, circle, total],
)


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family(), GAUGE]) as trial:
        yield trial


def unit(id_, kind="town", day=Y2021, tier="town"):
    return UnitRegistered(unit=id_, name=id_, kind=kind, tier=tier, day=day)


def gauge(unit_, name, low=None, high=None, day=date(2021, 6, 1)):
    return GaugeRead(unit=unit_, day=day, name=name, low=low, high=low if high is None else high)


def bands(*steps):
    return tuple(Band(from_=start, score=score) for start, score in steps)


def hard(name, weight, ind="gauge.share", steps=((0, 0), (5000, 6000), (8000, 10_000)), **more):
    more = {"missing": "renormalise", **more}
    return Criterion(criterion=name, weight_bp=weight, indicator=ind, bands=bands(*steps), **more)


def soft(name, weight, **more):
    return Criterion(criterion=name, weight_bp=weight, **{"missing": "renormalise", **more})


def method(*criteria, id_="m1", scheme="annual", day=Y2021):
    return MethodAdopted(method=id_, name=id_, scheme=scheme, day=day, criteria=criteria)


def review(unit_, criterion, score, *, method_="m1", period="2021", own=None):
    return ScoreReviewed(
        unit=unit_,
        method=method_,
        criterion=criterion,
        period=period,
        self_score=own,
        score=score,
        why="read the file",
    )


def texts(reading):
    return [flag.en for flag in reading.flags]


# The score.


def test_the_score_is_the_weighted_mean_of_what_bands_and_reviews_give(t):
    # reach    60%: 0.5  reaches the band from 5,000 -> 60 points
    # sessions 10%: 12   reaches the band from 10    -> 80 points, capped at 70
    # mood     30%: reviewed                         -> 85.50 points
    # (6000·60 + 1000·70 + 3000·85.5) / 10000 = (360000 + 70000 + 256500) / 10000 = 68.65
    t.record(
        unit("a"),
        method(
            hard("reach", 6000),
            hard("sessions", 1000, "gauge.count", ((1, 4000), (10, 8000)), cap=7000),
            soft("mood", 3000),
        ),
        gauge("a", "share", 5000),
        gauge("a", "count", 12),
        review("a", "mood", 8550, own=10_000),
    )
    r = t.reading("evaluation.score", "2021", "unit:a", method="m1")
    assert (r.value, r.numerator, r.denominator, r.flags) == (68.65, 686_500, 10_000, ())
    assert t.reading("evaluation.completeness", "2021", "unit:a", method="m1").value == 1
    assert t.reading("evaluation.rank", "2021", "unit:a", method="m1").value == 1
    # the log computes 60% + 10% of the weight
    r = t.reading("evaluation.hardness", "2021", method="m1")
    assert (r.value, r.numerator, r.denominator) == (0.7, 7000, 10_000)


def test_contributions_add_to_the_score(t):
    # of the example above: 36 + 7 + 25.65 = 68.65
    t.record(
        unit("a"),
        method(hard("reach", 6000), hard("sessions", 1000, steps=((0, 7000),)), soft("mood", 3000)),
        gauge("a", "share", 5000),
        review("a", "mood", 8550),
    )
    found = t.readings("evaluation.contributions", "2021")
    points = {r.dimensions["criterion"]: r.value for r in found}
    assert points == {"mood": 25.65, "reach": 36, "sessions": 7}
    assert (
        sum(points.values())
        == t.reading("evaluation.score", "2021", "unit:a", method="m1").value
        == pytest.approx(68.65)
    )


@pytest.mark.parametrize(
    ("value", "points"),
    [(0, 0), (4999, 0), (5000, 60), (5700, 70), (7999, 70), (8000, 100), (10_000, 100)],
)
def test_a_share_reaches_a_band_given_in_basis_points(t, value, points):
    # 0.57 is not 0.57 in binary; it reaches the band from 5,700 all the same
    steps = ((5000, 6000), (5700, 7000), (8000, 10_000))
    t.record(unit("a"), method(hard("reach", 10_000, steps=steps)), gauge("a", "share", value))
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == points


@pytest.mark.parametrize(("value", "points"), [(0, 100), (2, 100), (3, 50), (9, 50), (10, 0)])
def test_a_count_reaches_a_band_given_in_whole_units_and_fewer_may_be_better(t, value, points):
    steps = ((0, 10_000), (3, 5000), (10, 0))
    only = hard("delays", 10_000, "gauge.count", steps)
    t.record(unit("a"), method(only), gauge("a", "count", value))
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == points


def test_below_the_first_band_the_score_is_0_and_not_missing(t):
    only = hard("sessions", 10_000, "gauge.count", ((5, 10_000),))
    t.record(unit("a"), method(only), gauge("a", "count", 4))
    r = t.reading("evaluation.score", "2021", "unit:a", method="m1")
    assert (r.value, r.denominator) == (0, 10_000)


def test_an_interval_counts_only_within_one_band(t):
    # a: 0.55 to 0.75 lies in the band from 5,000; b: 0.55 to 0.85 reaches the one from 8,000
    t.record(
        unit("a"),
        unit("b"),
        method(hard("reach", 10_000)),
        gauge("a", "share", 5500, 7500),
        gauge("b", "share", 5500, 8500),
    )
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == 60
    r = t.reading("evaluation.score", "2021", "unit:b", method="m1")
    assert (r.value, r.reason.en) == (None, "no criterion has a score")
    assert "reaches over more than one band" in texts(r)[0]


# Missing.


@pytest.mark.parametrize(
    ("missing", "score", "complete"),
    [
        # the other criterion has 50 points and weight 4,000; the missing one weighs 6,000
        ("renormalise", 50, 0.4),  # 4000·50 / 4000; 4000 / 10000
        ("zero", 20, 1),  # 4000·50 / 10000; 10000 / 10000
        ("not_applicable", 50, 1),  # 4000·50 / 4000; 4000 / 4000
    ],
)
@pytest.mark.parametrize("how", ["no reading", "blank", "only by theme", "not reviewed"])
def test_a_missing_criterion_goes_by_its_policy(t, missing, score, complete, how):
    absent = {
        "no reading": hard("x", 6000, missing=missing),
        "blank": hard("x", 6000, missing=missing),
        "only by theme": hard("x", 6000, "gauge.parts", ((0, 9000),), missing=missing),
        "not reviewed": soft("x", 6000, missing=missing),
    }[how]
    t.record(unit("a"), method(absent, soft("y", 4000)), review("a", "y", 5000))
    if how == "blank":
        t.record(gauge("a", "share"))
    r = t.reading("evaluation.score", "2021", "unit:a", method="m1")
    assert r.value == score
    why = {"blank": "the gauge is blank", "not reviewed": "not reviewed for the period"}
    assert why.get(how, "the indicator has no reading for the unit") in texts(r)[0]
    r = t.reading("evaluation.completeness", "2021", "unit:a", method="m1")
    assert (r.value, r.flags) == (complete, ())
    r = t.reading("evaluation.contributions", "2021", "unit:a", method="m1", criterion="x")
    assert r.value == (0 if missing == "zero" else None)
    assert "x: " in (texts(r)[0] if missing == "zero" else r.reason.en)


def test_where_nothing_counts_there_is_no_score_and_where_nothing_applies_no_completeness(t):
    t.record(
        unit("a"),
        method(soft("x", 10_000)),
        method(soft("x", 10_000, missing="not_applicable"), id_="m2", scheme="trial"),
    )
    r = t.reading("evaluation.score", "2021", "unit:a", method="m1")
    assert (r.value, r.denominator, r.reason.en) == (None, 0, "no criterion has a score")
    r = t.reading("evaluation.completeness", "2021", "unit:a", method="m1")
    assert (r.value, r.denominator) == (0, 10_000)
    r = t.reading("evaluation.completeness", "2021", "unit:a", method="m2")
    assert (r.value, r.denominator, r.reason.en) == (None, 0, "no criterion applies")
    for m in ("m1", "m2"):
        r = t.reading("evaluation.rank", "2021", "unit:a", method=m)
        assert (r.value, r.reason.en) == (None, "no criterion has a score")


@pytest.mark.parametrize("name", ["score", "completeness", "contributions", "rank", "hardness"])
def test_without_a_method_there_is_a_reason(t, name):
    t.record(unit("a"), method(soft("x", 10_000), day=date(2022, 1, 1)))
    [r] = t.readings(f"evaluation.{name}", "2021")
    assert (r.subject, r.value, r.dimensions) == ("all", None, {})
    assert r.reason.en == "no method was adopted by the period's end"


def test_without_units_there_is_a_reason(t):
    t.record(method(soft("x", 10_000)))
    [r] = t.readings("evaluation.rank", "2021")
    assert r.reason.en == "no unit that could be scored was open in the period"


# The rank.


def test_ties_share_the_smaller_rank_and_the_incomplete_are_not_ranked(t):
    # x weighs 8,000 and y 2,000. b has no y: 8000/10000 complete, just enough. e has no x: 20%.
    # a 90, b 90, c 70, d 95  ->  d 1, a and b 2, c 4
    t.record(*map(unit, "abcde"), method(soft("x", 8000), soft("y", 2000)))
    t.record(*(review(u, "x", s) for u, s in (("a", 9000), ("b", 9000), ("c", 7000), ("d", 9500))))
    t.record(*(review(u, "y", s) for u, s in (("a", 9000), ("c", 7000), ("d", 9500), ("e", 9900))))
    found = {r.subject: r for r in t.readings("evaluation.rank", "2021")}
    assert {u: r.value for u, r in found.items()} == {
        "unit:a": 2,
        "unit:b": 2,
        "unit:c": 4,
        "unit:d": 1,
        "unit:e": None,
    }
    assert found["unit:a"].denominator == 4
    assert found["unit:e"].reason.en == "not ranked: completeness 20%, below 80%"
    assert t.reading("evaluation.score", "2021", "unit:e", method="m1").value == 99


def test_a_score_that_rests_on_made_up_figures_is_made_up(t):
    t.record(unit("a"), method(hard("reach", 10_000)))
    t.record(gauge("a", "share", 5000), recorder="synthetic demo")
    for name in ("score", "completeness", "rank", "contributions"):
        assert all(r.synthetic for r in t.readings(f"evaluation.{name}", "2021"))
    assert not any(r.synthetic for r in t.readings("evaluation.score", "2022"))
    assert not t.reading("evaluation.hardness", "2021", method="m1").synthetic


# Which method, which units, which review.


def test_the_newest_method_of_each_scheme_is_in_force(t):
    t.record(
        method(soft("x", 10_000), id_="old", day=date(2020, 1, 1)),
        method(soft("x", 10_000), id_="late", day=date(2021, 9, 1)),
        method(
            soft("x", 10_000), id_="later", day=date(2021, 9, 1)
        ),  # the same day, recorded after
        method(soft("x", 10_000), id_="next", day=date(2022, 1, 1)),
        method(soft("x", 10_000), id_="other", scheme="party", day=date(2019, 1, 1)),
        method(soft("x", 10_000), id_="older", day=date(2019, 6, 1)),  # recorded last
    )

    def found(period):
        return [r.dimensions["method"] for r in t.readings("evaluation.hardness", period)]

    assert found("2020") == ["old", "other"]
    assert found("2021Q3") == ["later", "other"]
    assert found("2021Q2") == ["old", "other"]
    assert found("2021") == ["later", "other"]
    assert found("2022-01-01") == ["next", "other"]


def test_social_groups_and_units_outside_are_not_scored(t):
    t.record(
        unit("a", "organ"),
        unit("s", "social"),
        unit("x", "external"),
        unit("young", day=date(2022, 1, 1)),
        method(soft("x", 10_000)),
    )
    assert [r.subject for r in t.readings("evaluation.score", "2021")] == ["unit:a"]


def test_a_unit_that_was_open_in_part_is_scored_and_flagged(t):
    # open from 1 September: 30 + 31 + 30 + 31 = 122 days
    t.record(unit("a", day=date(2021, 9, 1)), method(soft("x", 10_000)), review("a", "x", 8000))
    r = t.reading("evaluation.score", "2021", "unit:a", method="m1")
    assert (r.value, texts(r)) == (80, ["open for 122/365 days of the period"])


def test_the_newest_review_for_the_same_period_counts(t):
    t.record(
        unit("a"),
        method(soft("x", 10_000)),
        review("a", "x", 9000),
        review("a", "x", 7000, period="2021-01-01..2021-12-31"),  # the same period
        review("a", "x", 1000, period="2021Q1"),
        review("a", "x", 2000, period="2022"),
    )
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == 70
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1", at=3).value == 90
    assert t.reading("evaluation.score", "2021Q1", "unit:a", method="m1").value == 10
    assert t.reading("evaluation.score", "2021-01", "unit:a", method="m1").value is None


def test_voided_and_corrected_events_are_gone(t):
    first, *_ = t.record(method(soft("x", 10_000)), unit("a"))
    [id_] = t.record(review("a", "x", 9000))
    id_ = t.correct(id_, review("a", "x", 6000))
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == 60
    t.void(id_)
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value is None
    # a corrected method: 5000·60 / 10000, the other half counted as 0
    t.record(review("a", "x", 6000))
    t.correct(first, method(soft("x", 5000), soft("y", 5000, missing="zero")))
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1").value == 30
    assert t.reading("evaluation.score", "2021", "unit:a", method="m1", at=3).value == 90


def test_a_merged_unit_under_both_trees(t):
    # a went into b on 1 July. Then: both are scored. Now: b alone, with the 3 + 9 sessions of both
    # (12 reach the band from 10), but with its own review: a judgement does not pass on.
    t.record(
        unit("a"),
        unit("b"),
        UnitReorganized(
            change="merge",
            units=("a",),
            day=date(2021, 7, 1),
            into=(Successor(unit="b", share_bp=10_000),),
        ),
        method(hard("n", 5000, "gauge.count", ((0, 4000), (10, 8000))), soft("x", 5000)),
        gauge("a", "count", 3),
        gauge("b", "count", 9),
        review("a", "x", 10_000),
        review("b", "x", 6000),
    )
    scores = {r.subject: r.value for r in t.readings("evaluation.score", "2021")}
    assert scores == {"unit:a": 70, "unit:b": 50}  # (40 + 100) / 2, (40 + 60) / 2
    scores = {r.subject: r.value for r in t.readings("evaluation.score", "2021", tree="now")}
    assert scores == {"unit:b": 70}  # (80 + 60) / 2
    for tree in ("then", "now"):
        assert t.reading("evaluation.contradictions", "2021", tree=tree).value == 0


# What cannot be.


def test_reviews_that_no_score_can_use_are_listed(t):
    t.record(
        unit("a"),
        unit("s", "social"),
        method(hard("reach", 5000), soft("x", 5000), id_="m0", day=date(2020, 1, 1)),
        method(hard("reach", 5000), soft("x", 5000), day=date(2021, 7, 1)),
    )
    at = t.size
    t.record(
        review("a", "nonsense", 5000),
        review("a", "reach", 5000),
        review("a", "x", 5000, method_="m0"),  # m1 is in force at the year's end
        review("a", "x", 5000, method_="m0", period="2021Q2"),  # but was not yet then
        review("s", "x", 5000),
        review("a", "x", 5000),
        review("a", "x", 5000, period="2021-12-01..2022-01-31"),  # a longer query's business
    )
    r = t.reading("evaluation.contradictions", "2021", "unit:a")
    assert r.value == 3
    assert texts(r) == [
        f"position {at}: m1 has no nonsense",
        f"position {at + 1}: reach is computed by the log",
        f"position {at + 2}: m0 was not in force for its period",
    ]
    r = t.reading("evaluation.contradictions", "2021", "unit:s")
    assert texts(r) == [f"position {at + 4}: the unit is not scored"]
    assert t.reading("evaluation.contradictions", "2021").value == 4
    with pytest.raises(NoSuchReading):
        t.reading("evaluation.contradictions", "2022", "unit:a")


def test_a_circle_by_way_of_another_family_is_refused(t):
    only = hard("o", 10_000, "gauge.circle", ((0, 0),))
    t.record(unit("a"), method(only))
    with pytest.raises(IndicatorCircle):
        t.readings("evaluation.score", "2021")


# The door.


def faults_of(cls, data):
    with pytest.raises(Refused) as refused:
        read_data(event_type(cls), data)
    return [f.line() for f in refused.value.faults]


ADOPTED = {"method": "m", "name": "n", "scheme": "s", "day": "2021-01-01"}
SOFT = {"criterion": "x", "weight_bp": 5000, "missing": "zero"}
HARD = {
    "criterion": "y",
    "weight_bp": 5000,
    "missing": "zero",
    "indicator": "gauge.share",
    "bands": [{"from": -5, "score": 0}, {"from": 8000, "score": 10_000}],
}


def test_a_band_is_written_with_from(t):
    data = {**ADOPTED, "criteria": [SOFT, HARD]}
    made, _ = read_data(event_type(MethodAdopted), data)
    assert made.criteria[1].bands == bands((-5, 0), (8000, 10_000))
    assert plain(made) == {**data, "day": Y2021}
    assert msgspec.json.decode(msgspec.json.encode(plain(made)), type=MethodAdopted) == made
    assert {made} == {made}
    assert repr(made.criteria[1].bands[0]) == "Band(-5, 0)"
    assert made.criteria[1].bands[0] != (-5, 0)
    assert data_faults(made) == []
    t.record(made)


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ([], "criteria: shares must be positive and add to 10,000 basis points; they add to 0"),
        ([SOFT], "they add to 5000"),
        ([SOFT, SOFT], "criteria.1: x stands twice"),
        (
            [SOFT, {**HARD, "bands": []}],
            "criteria.1.bands: a criterion with an indicator needs bands",
        ),
        (
            [SOFT, {**SOFT, "criterion": "z", "bands": HARD["bands"]}],
            "criteria.1.bands: a criterion",
        ),
        ([SOFT, {**HARD, "indicator": "evaluation.rank"}], "criteria.1.indicator: an evaluation"),
        ([SOFT, {**HARD, "indicator": "cycles.sealed_score"}], "criteria.1.indicator: an eval"),
        ([SOFT, {**HARD, "cap": 10_001}], "criteria.1.cap: "),
        ([SOFT, {**HARD, "missing": "skip"}], "criteria.1.missing: 'skip' is not one of"),
        ([SOFT, {**HARD, "weight_bp": 0}], "criteria.1.weight_bp: "),
        (
            [SOFT, {**HARD, "bands": [{"from": 5, "score": 1}, {"from": 5, "score": 2}]}],
            "criteria.1.bands.1.from: 5 is out of bounds: it must be > 5",
        ),
        ([SOFT, {**HARD, "bands": [{"from": 5, "score": -1}]}], "criteria.1.bands.0.score: "),
        ([SOFT, {**HARD, "bands": [{"form": 5, "score": 1}]}], "criteria.1.bands.0.form: there is"),
        ([SOFT, {**HARD, "bands": [{"from": 0.5, "score": 1}]}], "criteria.1.bands.0.from: expect"),
    ],
)
def test_a_method_that_does_not_hold_together_is_refused(criteria, said):
    found = faults_of(MethodAdopted, {**ADOPTED, "criteria": criteria})
    assert any(said in line for line in found), found


@pytest.mark.parametrize("name", ["gauge.total", "gauge.none", "bases.gini"])
def test_an_indicator_that_gives_no_reading_for_units_is_refused(t, name):
    with pytest.raises(Refused) as refused:
        t.record(method(hard("x", 10_000, name)))
    assert refused.value.faults[0].path == "criteria.0.indicator"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("period", "20021", "period: '20021' is not a period; write 2021"),
        ("period", "9999", "period: '9999' is not a period"),
        ("score", 10_001, "score: "),
        ("self_score", -1, "self_score: "),
        ("why", "", "why: "),
    ],
)
def test_a_review_that_does_not_hold_together_is_refused(field, value, said):
    data = {"unit": "a", "method": "m", "criterion": "x", "period": "2021", "score": 1, "why": "w"}
    found = faults_of(ScoreReviewed, {**data, field: value})
    assert len(found) == 1
    assert found[0].startswith(said)


def test_a_review_of_an_unknown_unit_or_method_is_refused(t):
    t.record(unit("a"))
    with pytest.raises(Refused) as refused:
        t.record(review("b", "x", 1))
    assert {f.path for f in refused.value.faults} == {"unit", "method"}


def test_a_score_opens_to_its_method_and_its_reviews(t):
    t.record(
        method(soft("x", 4000), soft("y", 6000)),  # 0
        unit("a"),
        unit("b"),
        review("a", "x", 1),  # 3
        review("a", "y", 1),  # 4
        review("b", "x", 1),
        method(soft("x", 10_000), id_="m2", scheme="other"),
    )
    t.readings("evaluation.score", "2021")  # catches up
    moment = Moment(t.size, b"")
    with Figures(t.records.views, t.registry.families, moment) as figures:

        def evidence(name, subject="all", **dimensions):
            return figures.evidence(f"evaluation.{name}", Period.year(2021), subject, dimensions)

        assert evidence("score", "unit:a", method="m1") == [0, 3, 4]
        assert evidence("contributions", "unit:a", method="m1", criterion="y") == [0, 4]
        assert evidence("hardness", method="m2") == [6]


# The laws.


def a_method(m):
    """Draw criteria that hold together: hard ones with bands, soft ones without."""
    choices = [None, "gauge.share", "gauge.count", "gauge.parts"]
    criteria = []
    for name, weight in m.shares(["x", "y", "z"]).items():
        found = {
            "criterion": name,
            "weight_bp": weight,
            "missing": m.draw(st.sampled_from(["renormalise", "zero", "not_applicable"])),
        }
        chosen = m.draw(st.sampled_from(choices))
        if chosen:
            found |= {
                "indicator": chosen,
                "bands": [{"from": 0, "score": 1}, {"from": 9, "score": 2}],
            }
        criteria.append(found)
    return {"criteria": criteria, "day": m.draw(st.sampled_from(["2021-01-01", "2021-08-01"]))}


def a_review(m):
    """Draw a review for a period that queries ask about."""
    return {
        "criterion": m.draw(st.sampled_from("xyz")),
        "period": m.draw(st.sampled_from(["2021", "2021Q3", "2021-06"])),
        "score": m.draw(st.integers(0, 10_000)),
        "self_score": None,
    }


EXAMPLES = {MethodAdopted: a_method, ScoreReviewed: a_review}


def test_the_family_keeps_the_laws():
    check_family(lianjian_family(), GAUGE, examples=EXAMPLES | LATER)


def a_graded_method(m):
    """Draw a method with grades, from the best one down."""
    steps = sorted(m.draw(st.sets(st.integers(0, 10_000), max_size=3)), reverse=True)
    of = zip(("excellent", "good", "passed"), steps, strict=False)
    return a_method(m) | {"grades": [{"grade": g, "at_least": at} for g, at in of]}


def a_bonus(m):
    """Draw a bonus for a period that queries ask about."""
    return {
        "criterion": m.draw(st.sampled_from("xyz")),
        "period": m.draw(st.sampled_from(["2021", "2021Q2"])),
        "points": m.draw(st.integers(1, 3000)),
    }


def a_cycle(m):
    """Draw a cycle; nothing that was drawn is published, so its digest is nobody's."""
    return {"period": m.draw(st.sampled_from(["2021", "2021Q2"])), "published": "0" * 64}


LATER = {MethodAdopted: a_graded_method, BonusGranted: a_bonus, CycleSealed: a_cycle}


def test_a_long_history_keeps_the_laws():
    check_family(lianjian_family(), GAUGE, examples=EXAMPLES | LATER, size=200, histories=2)


# The worked example: A weighs 60%, B 40%. Before it stood a method of A alone.
#
#   u  A 80  B 60   .6·80 + .4·60 = 72      v  A 70  B 76   42 + 30.4 = 72.4      w  A 50  B 50   50
#   ranks: v 1, u 2, w 3; under the old method u 80, v 70, w 50: u 1, v 2, w 3

GRADES = tuple(
    Grade(grade=code, at_least=at)
    for code, at in (("excellent", 9000), ("good", 7000), ("passed", 6000), ("failed", 0))
)
OLD = method(soft("A", 10_000), id_="m0", day=date(2020, 1, 1))
NEW = evolve(
    method(soft("A", 6000, group="warning"), soft("B", 4000, cap=8000)),
    grades=GRADES,
)
SCORES = {"u": (8000, 6000), "v": (7000, 7600), "w": (5000, 5000)}
REVIEWS = (
    *(review(u, name, s) for u, both in SCORES.items() for name, s in zip("AB", both, strict=True)),
)


@pytest.fixture
def worked(t):
    """Return the ids of the events of the example, the reviews from 5 on; u's of A is the first."""
    return t, t.record(*map(unit, "uvw"), OLD, NEW, *REVIEWS)


def values(t, name, period="2021", **how):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"evaluation.{name}", period, **how)
    }


def bonus(id_, unit_, criterion, points, *, method_="m1", period="2021", **basis):
    return BonusGranted(
        bonus=id_,
        unit=unit_,
        method=method_,
        criterion=criterion,
        period=period,
        points=points,
        why="w",
        **basis,
    )


def held(id_, host, day=date(2021, 3, 1), *, minutes=60, came=None, **more):
    attendance = [
        Attendance(unit=who, category="general", attended=n) for who, n in (came or {}).items()
    ]
    return ActivityHeld(
        activity=id_, day=day, host=host, minutes=minutes, attendance=tuple(attendance), **more
    )


def test_a_rank_has_an_interval_under_weights_a_tenth_more_and_less(worked):
    # A x 1.1 is 66/34: u 52.8 + 20.4 = 73.2, v 46.2 + 25.84 = 72.04. A x 0.9 is 54/46: u 70.8,
    # v 72.76. B x 1.1 is 56/44: u 71.2, v 72.64. B x 0.9 is 64/36: u 72.8, v 72.16.
    t, _ = worked
    assert values(t, "score") == {
        ("unit:u", "m1"): 72,
        ("unit:v", "m1"): 72.4,
        ("unit:w", "m1"): 50,
    }
    found = {r.subject[-1]: r for r in t.readings("evaluation.rank_range", "2021")}
    assert {u: (r.value, r.low, r.high, r.denominator) for u, r in found.items()} == {
        "u": (2, 1, 2, 3),
        "v": (1, 1, 2, 3),
        "w": (3, 3, 3, 3),
    }
    assert {r.subject[-1]: r.value for r in t.readings("evaluation.rank", "2021")} == {
        u: r.value for u, r in found.items()
    }


def test_the_old_method_scores_the_same_log_and_ranks_move(worked):
    t, _ = worked
    assert values(t, "dual_score") == {
        ("unit:u", "m0"): 80,
        ("unit:v", "m0"): 70,
        ("unit:w", "m0"): 50,
    }
    about = {"method": "m1", "before": "m0"}
    moves = {r.subject[-1]: r for r in t.readings("evaluation.rank_move", "2021")}
    assert all(r.dimensions == about for r in moves.values())
    assert {u: r.value for u, r in moves.items()} == {"u": -1, "v": 1, "w": 0}
    for name in ("dual_score", "rank_move"):
        [r] = t.readings(f"evaluation.{name}", "2020")  # the old method was the first
        assert (r.subject, r.reason.en) == ("all", "no method was superseded")


def test_a_review_by_the_old_method_itself_goes_before_one_by_the_new(worked):
    # it is listed as a contradiction, for the old method was not in force; dual scoring reads it
    t, _ = worked
    t.record(review("u", "A", 6000, method_="m0"), review("u", "A", 9000))
    assert t.reading("evaluation.dual_score", "2021", "unit:u", method="m0").value == 60
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 78


def test_without_a_rank_under_both_methods_there_is_no_move(worked):
    t, _ = worked
    t.record(unit("x"), review("x", "A", 6000))  # m1 alone has B, so 60% are complete
    assert t.reading("evaluation.dual_score", "2021", "unit:x", method="m0").value == 60
    r = t.reading("evaluation.rank_move", "2021", "unit:x", method="m1", before="m0")
    assert (r.value, r.reason.en) == (None, "not ranked under one of the two methods")


def test_a_grade_is_the_first_that_the_score_reaches(worked):
    # 72.4 reaches 70 (good, the second); 50 reaches nothing above 0 (failed, the fourth)
    t, ids = worked
    found = {r.subject[-1]: (r.value, texts(r)) for r in t.readings("evaluation.grade", "2021")}
    assert found == {"u": (2, ["Good"]), "v": (2, ["Good"]), "w": (4, ["Failed"])}
    t.correct(ids[5], review("u", "A", 10_000))  # 60 + 24 = 84
    t.correct(ids[6], review("u", "B", 7500))  # 60 + 30 = 90, the very start of the first
    assert t.reading("evaluation.grade", "2021", "unit:u", method="m1").value == 1
    t.correct(ids[4], evolve(NEW, grades=GRADES[:3]))
    r = t.reading("evaluation.grade", "2021", "unit:w", method="m1")
    assert (r.value, texts(r)) == (4, ["below all grades"])
    t.correct(t.log.store.row(t.size - 1).id, evolve(NEW, grades=()))
    [r] = t.readings("evaluation.grade", "2021")
    assert (r.subject, r.reason.en) == ("all", "the method has no grades")


def test_a_score_that_rests_on_too_little_gets_no_grade_for_the_reason_of_its_rank(worked):
    # A alone is 60% of the method; of x's 95 points nobody knows what B would make
    t, _ = worked
    t.record(unit("x"), review("x", "A", 9500))
    assert t.reading("evaluation.score", "2021", "unit:x", method="m1").value == 95
    r = t.reading("evaluation.grade", "2021", "unit:x", method="m1")
    assert (r.value, r.flags) == (None, ())
    assert r.reason.en == "not ranked: completeness 60%, below 80%"
    assert r.reason == t.reading("evaluation.rank", "2021", "unit:x", method="m1").reason
    t.record(review("x", "B", 8000))  # 57 + 32
    assert t.reading("evaluation.grade", "2021", "unit:x", method="m1").value == 2


def test_a_group_has_a_score_of_its_own(worked):
    t, _ = worked
    assert values(t, "group_score") == {
        ("unit:u", "m1", "warning"): 80,
        ("unit:v", "m1", "warning"): 70,
        ("unit:w", "m1", "warning"): 50,
    }
    t.record(unit("x", day=date(2020, 5, 1)))
    [r] = t.readings("evaluation.group_score", "2020")
    assert r.reason.en == "the method has no groups of criteria"


# Bonuses.


def test_a_bonus_stops_at_the_cap_and_counts_once_for_a_basis(worked):
    # 60 + 30 are 90, capped at 80: .6·80 + .4·80 = 80
    t, _ = worked
    t.record(held("h", "u"))
    at = t.size
    t.record(bonus("b1", "u", "B", 3000, activity="h"))
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 80
    t.record(bonus("b2", "u", "B", 500, activity="h"))
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 80
    r = t.reading("evaluation.contradictions", "2021", "unit:u")
    assert texts(r) == [f"position {at + 1}: activity:h is credited twice"]
    # the same basis under another criterion counts: .6·85 + .4·80 = 83
    t.record(bonus("b3", "u", "A", 500, activity="h"))
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 83
    assert t.reading("evaluation.contradictions", "2021").value == 1


def test_of_one_basis_the_larger_bonus_counts_whichever_was_first(worked):
    # 60 + 5 = 65: 48 + 26 = 74
    t, _ = worked
    t.record(held("h", "u"), bonus("b1", "u", "B", 200, activity="h"))
    t.record(bonus("b2", "u", "B", 500, activity="h"))
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 74


def test_a_bonus_without_a_basis_counts_and_is_flagged_and_none_lifts_a_score_above_full(worked):
    # A 80 + 2 x 15 is 110, of which 100 count: .6·100 + .4·60 = 84
    t, _ = worked
    t.record(bonus("b1", "u", "A", 1500), bonus("b2", "u", "A", 1500))
    r = t.reading("evaluation.score", "2021", "unit:u", method="m1")
    assert (r.value, texts(r)) == (84, ["A: bonuses without a basis: 2"])
    assert r.flags[0].zh == "A：2 笔加分无依据"
    assert t.reading("evaluation.contradictions", "2021").value == 0
    assert t.reading("evaluation.score", "2021", "unit:v", method="m1").value == 72.4


def test_a_bonus_for_what_is_missing_counts_nothing_nor_does_one_of_another_period(worked):
    t, ids = worked
    t.void(ids[5])  # u's A
    t.record(bonus("b1", "u", "A", 1500), bonus("b2", "u", "B", 1500, period="2021Q1"))
    r = t.reading("evaluation.score", "2021", "unit:u", method="m1")
    assert r.value == 60  # B alone
    assert "A: missing, its bonus counts nothing" in texts(r)
    r = t.reading("evaluation.contributions", "2021", "unit:u", method="m1", criterion="A")
    assert (r.value, texts(r)) == (None, ["A: missing, its bonus counts nothing"])


def test_a_bonus_that_no_score_can_use_is_listed(worked):
    t, _ = worked
    t.record(unit("s", "social"))
    at = t.size
    t.record(
        bonus("b1", "u", "C", 1), bonus("b2", "u", "A", 1, method_="m0"), bonus("b3", "s", "A", 1)
    )
    assert texts(t.reading("evaluation.contradictions", "2021", "unit:u")) == [
        f"position {at}: m1 has no C",
        f"position {at + 1}: m0 was not in force for its period",
    ]
    r = t.reading("evaluation.contradictions", "2021", "unit:s")
    assert texts(r) == [f"position {at + 2}: the unit is not scored"]
    t.void(t.log.store.row(at).id)
    assert t.reading("evaluation.contradictions", "2021").value == 2
    assert t.reading("evaluation.contradictions", "2021", at=t.size - 1).value == 3


# Edges that the figures of a method share.

OF_UNITS = ("score", "completeness", "contributions", "group_score", "rank", "rank_range",
            "dual_score", "rank_move", "grade")  # fmt: skip


@pytest.mark.parametrize("name", [*OF_UNITS, "hardness"])
def test_without_any_method_or_unit_every_figure_has_its_reason(t, name):
    t.record(unit("s", "social"))
    [r] = t.readings(f"evaluation.{name}", "2021")
    assert (r.subject, r.value) == ("all", None)
    older = name in ("dual_score", "rank_move")
    assert r.reason.en == (
        "no method was superseded" if older else "no method was adopted by the period's end"
    )
    assert r.reason.zh
    t.record(OLD, NEW)
    if name != "hardness":
        [r] = t.readings(f"evaluation.{name}", "2021")
        assert r.reason.en == "no unit that could be scored was open in the period"


@pytest.mark.parametrize("name", OF_UNITS)
def test_a_unit_without_any_review_has_a_reason_and_no_figure(worked, name):
    t, _ = worked
    t.record(unit("x"))
    found = [r for r in t.readings(f"evaluation.{name}", "2021") if r.subject == "unit:x"]
    assert found
    if name == "completeness":
        assert [r.value for r in found] == [0]  # 0 of 10,000 that apply
    else:
        assert all(r.value is None and r.reason for r in found)


@pytest.mark.parametrize("name", OF_UNITS)
def test_a_unit_that_was_open_in_part_has_its_figures(t, name):
    # open for 122 days: it is judged like the others; where there are points, a flag says so
    t.record(unit("u", day=date(2021, 9, 1)), OLD, NEW)
    t.record(*(r for r in REVIEWS if r.unit == "u"))
    found = [r for r in t.readings(f"evaluation.{name}", "2021") if r.subject == "unit:u"]
    assert all(r.value is not None for r in found)
    said = "open for 122/365 days of the period"
    pointed = name in ("score", "group_score", "dual_score")
    assert [said in texts(r) for r in found] == [pointed] * len(found)


@pytest.mark.parametrize("name", OF_UNITS)
def test_a_unit_that_went_into_another_is_judged_for_itself(worked, name):
    t, _ = worked
    into = (Successor(unit="v", share_bp=10_000),)
    t.record(UnitReorganized(change="merge", units=("u",), day=date(2021, 7, 1), into=into))
    then = {r.subject: r.value for r in t.readings(f"evaluation.{name}", "2021")}
    now = {r.subject: r.value for r in t.readings(f"evaluation.{name}", "2021", tree="now")}
    assert then.keys() == {"unit:u", "unit:v", "unit:w"}
    assert now.keys() == {"unit:v", "unit:w"}
    if "rank" not in name:  # a judgement does not pass on; places close up
        assert now["unit:v"] == then["unit:v"]
    if name == "rank_move":
        assert now["unit:v"] == 0  # the first of both


@pytest.mark.parametrize("name", OF_UNITS)
def test_a_corrected_review_moves_the_figure_and_the_past_stays(worked, name):
    t, ids = worked
    old, before = values(t, name), t.size
    if name == "completeness":
        t.void(ids[5])
    else:
        t.correct(ids[5], review("u", "A", 1000))
        t.correct(ids[3], evolve(OLD, name="the same"))
    moved = values(t, name)
    if name == "rank_range":
        assert [r.high for r in t.readings("evaluation.rank_range", "2021")] == [3, 1, 2]
    assert moved.keys() == old.keys()
    if name == "rank_move":  # u is the last of both now, v the first of both
        assert set(moved.values()) == {0}
    assert moved != old
    assert values(t, name, at=before) == old


def test_a_corrected_method_has_another_hardness(t):
    [id_] = t.record(method(hard("x", 6000), soft("y", 4000)))
    assert t.reading("evaluation.hardness", "2021", method="m1").value == 0.6
    t.correct(id_, method(hard("x", 3000), soft("y", 7000)))
    assert t.reading("evaluation.hardness", "2021", method="m1").value == 0.3
    assert t.reading("evaluation.hardness", "2021", method="m1", at=1).value == 0.6


# Signs of gaming.


def signs_of(t, unit_="u", period="2021", **how):
    return {
        r.dimensions["sign"]: r.value
        for r in t.readings("evaluation.warnings", period, **how)
        if r.subject == f"unit:{unit_}"
    }


THEMES = {"warning": 10_000}


def test_activities_of_a_day_that_differ_in_nothing_are_duplicates(t):
    day = date(2021, 3, 2)
    t.record(unit("u"), unit("v"))
    alike = [held(f"h{i}", "u", came={"u": 12}, themes=THEMES) for i in range(3)]
    *_, last = t.record(
        *alike,  # two beyond the first
        held("other-day", "u", day, came={"u": 12}, themes=THEMES),
        held("other-host", "v", came={"u": 12}, themes=THEMES),
        held("other-theme", "u", came={"u": 12}, themes={"family": 10_000}),
        held("other-number", "u", came={"u": 13}, themes=THEMES),
        held("blank", "u", came={"u": None, "v": 12}, themes=THEMES),
        held("no-themes", "u", came={"u": 12}),
        held("no-minutes", "u", came={"u": 12}, themes=THEMES, minutes=None),
        held("nobody-said", "u", themes=THEMES),
        held("last", "u", came={"v": 12}, themes=THEMES),  # who came is not asked, how many is
    )
    assert signs_of(t) == {"duplicates": 3}
    assert signs_of(t, "v") == {}
    assert t.reading("evaluation.warnings", "2021", sign="duplicates").value == 3
    t.void(last)
    assert signs_of(t) == {"duplicates": 2}
    assert signs_of(t, at=t.size - 1) == {"duplicates": 3}
    r = t.reading("evaluation.warnings", "2021", "unit:u", sign="duplicates")
    assert (r.flags[0].zh, r.flags[0].en) == ("同日重复：2 场", "same-day duplicates: 2 activities")


@pytest.mark.parametrize(("tens", "others", "sign"), [(6, 4, {"round": 6}), (5, 5, {}), (9, 0, {})])
def test_round_headcounts_are_more_than_half_of_ten_lines(t, tens, others, sign):
    t.record(unit("u"), unit("v"))
    days = [date(2021, 1, 1 + i) for i in range(20)]
    t.record(*(held(f"t{i}", "v", days[i], came={"u": 20}) for i in range(tens)))
    t.record(*(held(f"o{i}", "v", days[i], came={"u": 23}) for i in range(others)))
    t.record(*(held(f"few{i}", "v", days[i], came={"u": 9}) for i in range(5)))  # too few to ask
    t.record(held("blank", "v", came={"u": None}))
    assert signs_of(t) == sign
    assert signs_of(t, "v") == {}


def test_one_file_that_proves_two_things_is_a_sign(t):
    t.record(unit("u"), unit("v"), held("h1", "u"), held("h2", "v"), held("h3", "v"))

    def proof(digest, activity):
        return EvidenceAttached(day=date(2021, 3, 2), digest=digest * 64, activity=activity)

    t.record(proof("a", "h1"), proof("a", "h1"), proof("b", "h2"), proof("c", "h3"))
    assert signs_of(t) == signs_of(t, "v") == {}  # the same file twice for the same
    t.record(proof("b", "h1"), proof("c", "h1"))
    assert signs_of(t) == signs_of(t, "v") == {"same_evidence": 2}


@pytest.mark.parametrize(("minutes", "sign"), [(60, {"november": 1}), (59, {})])
def test_a_november_of_three_times_the_months_before_is_a_sign(t, minutes, sign):
    # 60 minutes in each of ten months; 3 x 60 in November are three times their mean
    t.record(unit("u"), *(held(f"m{m}", "u", date(2021, m, 5)) for m in range(1, 11)))
    late = [held(f"n{i}", "u", date(2021, 11, 1 + i), minutes=minutes) for i in range(3)]
    t.record(*late, held("december", "u", date(2021, 12, 1), minutes=999))
    assert signs_of(t) == sign
    assert t.reading("evaluation.warnings", "2021", sign="november").value == len(sign)
    r = t.reading("evaluation.warnings", "2021Q4", sign="november")
    assert (r.value, r.reason.en) == (None, "the period is not a whole calendar year")
    assert signs_of(t, period="2021Q4") == {}


def test_two_activities_are_no_burst_and_months_before_a_unit_was_open_are_none_of_the_mean(t):
    # v opened in October, with 100 minutes in it: 270 in November are less than three times that
    t.record(unit("u"), unit("v", day=date(2021, 10, 1)))
    t.record(*(held(f"u{i}", "u", date(2021, 11, 1 + i), minutes=500) for i in range(2)))
    t.record(held("v", "v", date(2021, 10, 9), minutes=100))
    t.record(*(held(f"v{i}", "v", date(2021, 11, 1 + i), minutes=90) for i in range(3)))
    assert signs_of(t) == signs_of(t, "v") == {}
    t.record(held("v4", "v", date(2021, 11, 9), minutes=30))
    assert signs_of(t, "v") == {"november": 1}


def test_a_lecture_of_more_than_three_hours_is_padded(t):
    t.record(
        unit("u"),
        held("long", "u", minutes=181, formats={"lecture": 181}),
        held("enough", "u", minutes=180, formats={"lecture": 180}),
        held("mixed", "u", minutes=240, formats={"lecture": 200, "film": 40}),
        held("unknown", "u", minutes=240),
    )
    assert signs_of(t) == {"padding": 1}


def test_signs_of_a_unit_that_is_gone_stand_under_its_heirs(t):
    t.record(unit("u"), unit("v"), held("long", "u", minutes=181, formats={"lecture": 181}))
    t.record(*(held(f"h{i}", "u", came={"u": 12}, themes=THEMES) for i in range(2)))
    into = (Successor(unit="v", share_bp=10_000),)
    t.record(UnitReorganized(change="merge", units=("u",), day=date(2022, 1, 1), into=into))
    assert signs_of(t) == {"duplicates": 1, "padding": 1}
    assert signs_of(t, "v", tree="now") == {"duplicates": 1, "padding": 1}
    assert signs_of(t, "u", tree="now") == {}
    assert t.reading("evaluation.warnings", "2021", tree="now", sign="padding").value == 1


def test_signs_are_flags_of_the_score_and_take_nothing_from_it(worked):
    t, _ = worked
    t.record(held("long", "u", minutes=181, formats={"lecture": 181}))
    r = t.reading("evaluation.score", "2021", "unit:u", method="m1")
    assert (r.value, texts(r)) == (72, ["padded lectures: 1 activities"])
    assert texts(t.reading("evaluation.score", "2021", "unit:v", method="m1")) == []


# The four measures.


def trained(id_, unit_, attended=5, form="special"):
    return held(id_, "x", came={unit_: attended}, formats={form: 60})


def checked(id_, *units):
    day = date(2021, 6, 1)
    return CheckConducted(inspection=id_, name=id_, day=day, kind="routine", units=units)


def an_item(t, unit_):
    day = Y2021
    plan = PlanAdopted(plan="p", name="p", unit="x", starts=day, ends=date(2021, 12, 31), day=day)
    item = PlanItemSet(
        plan_item="i", plan="p", name="i", obligation="required", day=day, unit=unit_
    )
    return t.record(
        plan, item, PlanItemEvaluated(plan_item="i", outcome="unmet", day=date(2021, 7, 1))
    )


def cycle(id_="c21", digest="0" * 64, *, period="2021", method_="m1", results=()):
    return CycleSealed(
        cycle=id_,
        name=id_,
        method=method_,
        period=period,
        day=date(2022, 1, 20),
        published=digest,
        results=tuple(Result(unit=u, grade=g, award=a) for u, g, a in results),
    )


def measures(t, **how):
    return {
        r.subject: (r.value, texts(r)) for r in t.readings("evaluation.measures", "2021", **how)
    }


def test_each_of_the_four_measures_counts_a_quarter(worked):
    t, _ = worked
    t.record(unit("s", "social"), unit("x", "organ"))
    assert measures(t)["all"] == (0, [])
    t.record(trained("h1", "u"), trained("h2", "v", None), trained("h3", "w", 5, "lecture"))
    t.record(trained("h4", "w", 0))
    t.record(checked("k", "u", "v"))
    an_item(t, "u")
    t.record(review("w", "A", 5000, period="2021Q2"), cycle(results=[("u", "good", None)]))
    nothing = "missing: training, checks, interim evaluation, year-end result"
    found = measures(t)
    assert found == {
        "unit:u": (1, []),
        "unit:v": (0.25, ["missing: training, interim evaluation, year-end result"]),
        "unit:w": (0.25, ["missing: training, checks, year-end result"]),
        "unit:x": (0, [nothing]),
        "all": (0.375, ["1 lines of training without a number"]),  # 6 of 16
    }
    assert measures(t, at=t.size - 1)["unit:u"] == (0.75, ["missing: year-end result"])


def test_a_result_for_another_period_and_a_review_of_the_whole_one_are_no_measures(worked):
    t, _ = worked
    t.record(cycle(period="2021Q4", results=[("u", "good", None)]))
    assert measures(t)["unit:u"][0] == 0


def test_measures_weigh_units_by_the_days_they_were_open(t):
    # v is open for 73 of 365 days, a fifth: (1/4·1 + 0·1/5) / (6/5) = 5/24
    t.record(unit("u"), unit("v", day=date(2021, 10, 20)), checked("k", "u"))
    assert measures(t)["all"][0] == 0.208333
    t.void(t.log.store.row(2).id)
    assert measures(t)["all"][0] == 0


def test_without_units_the_measures_have_a_reason(t):
    [r] = t.readings("evaluation.measures", "2021")
    assert (r.value, r.reason.en) == (None, "no unit that could be scored was open in the period")


def test_measures_of_a_unit_that_is_gone_count_for_its_heir_but_for_its_result(worked):
    t, _ = worked
    t.record(unit("x", "organ"), trained("h1", "u"), checked("k", "u"))
    an_item(t, "u")
    t.record(cycle(results=[("u", "good", None)]))
    into = (Successor(unit="v", share_bp=10_000),)
    t.record(UnitReorganized(change="merge", units=("u",), day=date(2022, 2, 1), into=into))
    assert measures(t)["unit:v"][0] == 0
    found = measures(t, tree="now")
    assert found["unit:v"] == (0.75, ["missing: year-end result"])
    assert "unit:u" not in found


def test_nobody_asks_for_what_is_not_known_yet(worked):
    t, _ = worked
    t.readings("evaluation.score", "2021")
    with Figures(t.records.views, t.registry.families, Moment(t.size, b"")) as figures:
        q = figures.query("evaluation", Period.year(2021))
        early = q.known("evaluation.score", Period.year(2021), 6)
        assert {r.subject: r.value for r in early}["unit:u"] == 80  # A alone was reviewed
        with pytest.raises(ValueError, match="beyond"):
            q.known("evaluation.score", Period.year(2021), t.size + 1)


# The door, once more.

GRANTED = {
    "bonus": "b", "unit": "u", "method": "m", "criterion": "A", "period": "2021", "points": 5, "why": "w",
}  # fmt: skip
SEALED = {
    "cycle": "c", "name": "n", "method": "m", "period": "2021", "day": "2022-01-20",
    "published": "0" * 64,
}  # fmt: skip
GOOD = {"grade": "good", "at_least": 7000}


@pytest.mark.parametrize(
    ("cls", "data", "changed", "en", "zh"),
    [
        (BonusGranted, GRANTED, {"activity": "a", "resource": "r"},
         "resource: a bonus has one basis at most", "加分只能有一个依据"),
        (BonusGranted, GRANTED, {"points": 0}, "points: 0 is out of bounds", "0"),
        (BonusGranted, GRANTED, {"period": "21"}, "period: '21' is not a period", "不是期间"),
        (BonusGranted, GRANTED, {"why": ""}, "why: ", "why"),
        (CycleSealed, SEALED, {"published": "abc"},
         "published: `published` is the digest of a publication", "须为公布件的 digest"),
        (CycleSealed, SEALED, {"published": "A" * 64}, "published: `published` is", "小写"),
        (CycleSealed, SEALED, {"period": "2021-13"}, "period: '2021-13' is not a period", "期间"),
        (CycleSealed, SEALED, {"results": [{"unit": "u", "grade": "good"}] * 2},
         "results.1: u stands twice", "u"),
        (MethodAdopted, {**ADOPTED, "criteria": [SOFT, HARD]},
         {"grades": [GOOD, {"grade": "passed", "at_least": 7000}]},
         "grades.1.at_least: 7000 is out of bounds: it must be < 7000", "< 7000"),
        (MethodAdopted, {**ADOPTED, "criteria": [SOFT, HARD]}, {"grades": [GOOD, GOOD]},
         "grades.1: good stands twice", "good"),
        (MethodAdopted, {**ADOPTED, "criteria": [SOFT, HARD]},
         {"grades": [{"grade": "good", "at_least": 10_001}]}, "grades.0.at_least: ", "10001"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused_in_both_languages(cls, data, changed, en, zh):
    with pytest.raises(Refused) as refused:
        read_data(event_type(cls), {**data, **changed})
    [fault] = refused.value.faults
    assert fault.line().startswith(en)
    assert zh in fault.line("zh")


def test_a_method_of_before_there_were_grades_still_reads():
    made, _ = read_data(event_type(MethodAdopted), {**ADOPTED, "criteria": [SOFT, HARD]})
    assert made.grades == ()
    assert "grades" not in plain(made)
