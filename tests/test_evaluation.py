"""The family of evaluation, against answers worked by hand.

Other families' figures are played by one of the test's own, `gauge`: an event states what an
indicator will read for a unit, so that a score can be reckoned on paper.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
import pytest
from hypothesis import strategies as st

from lianjian.core import (
    Family,
    Period,
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
from lianjian.core.activities import Successor
from lianjian.core.errors import IndicatorCircle, NoSuchReading, Refused
from lianjian.core.event import data_faults, event_type, read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.shapes import plain
from lianjian.core.testing import Trial, check_family
from lianjian.plugins.evaluation import (
    Band,
    Criterion,
    MethodAdopted,
    ScoreReviewed,
    lianjian_family,
)

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


def test_the_family_keeps_the_laws():
    examples = {MethodAdopted: a_method, ScoreReviewed: a_review}
    check_family(lianjian_family(), GAUGE, examples=examples)
