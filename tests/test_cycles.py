"""The family of cycles, against the worked example of evaluation."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import strategies as st

from lianjian.core import Period, TermDefined, UnitRegistered, UnitReorganized
from lianjian.core import publish as publishing
from lianjian.core.activities import Successor
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.methods import (
    Criterion,
    CycleSealed,
    Grade,
    MethodAdopted,
    Result,
    ScoreReviewed,
)
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins import evaluation
from lianjian.plugins.cycles import lianjian_family

# A weighs 60%, B 40%: u .6·80 + .4·60 = 72, v 42 + 30.4 = 72.4, w 50. A method of A alone is older.

GRADES = tuple(
    Grade(grade=code, at_least=at)
    for code, at in (("excellent", 9000), ("good", 7000), ("passed", 6000), ("failed", 0))
)
SCORES = {"u": (8000, 6000), "v": (7000, 7600), "w": (5000, 5000)}


def unit(id_, day=date(2021, 1, 1)):
    return UnitRegistered(unit=id_, name=id_, kind="town", tier="town", day=day)


def method(id_, day, *criteria, grades=()):
    """Return a method of criteria that are (name, weight, cap)."""
    return MethodAdopted(
        method=id_,
        name=id_,
        scheme="annual",
        day=day,
        criteria=tuple(
            Criterion(criterion=name, weight_bp=weight, missing="renormalise", cap=cap)
            for name, weight, cap in criteria
        ),
        grades=grades,
    )


OLD = method("m0", date(2020, 1, 1), ("A", 10_000, None))
NEW = method("m1", date(2021, 1, 1), ("A", 6000, None), ("B", 4000, 8000), grades=GRADES)


def review(unit_, criterion, score, *, period="2021"):
    return ScoreReviewed(
        unit=unit_, method="m1", criterion=criterion, period=period, score=score, why="w"
    )


REVIEWS = (
    *(review(u, name, s) for u, both in SCORES.items() for name, s in zip("AB", both, strict=True)),
)


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family(), evaluation.lianjian_family()]) as trial:
        yield trial


@pytest.fixture
def worked(t):
    """Return the ids of the events of the example, the reviews from 5 on; u's of A is the first."""
    return t, t.record(*map(unit, "uvw"), OLD, NEW, *REVIEWS)


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


def texts(reading):
    return [flag.en for flag in reading.flags]


def values(t, name, period="2021", **how):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"cycles.{name}", period, **how)
    }


def publish(t, period="2021", **other):
    """Publish the scores, as the command does, and return (id, digest)."""
    catch_up(t.records.views, t.log.store, t.registry.families)
    moment = Moment(t.size, root(t.size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        drafts = publishing.publications(
            figures, t.registry, "evaluation.score", Period.parse(period), "trial"
        )
    drafts = [evolve(d, event=evolve(d.event, **other)) for d in drafts]
    [id_] = t.log.append(drafts, command="publish").ids
    return id_, drafts[0].event.digest


RESULTS = [("u", "good", "commended"), ("v", "good", None), ("w", "failed", "talked_to")]


@pytest.fixture
def sealed(worked):
    t, ids = worked
    publication, digest = publish(t)
    [id_] = t.record(cycle(digest=digest, results=RESULTS))
    return t, ids, publication, id_


def test_a_sealed_score_is_what_was_published(sealed):
    t, _, _, _ = sealed
    found = {r.subject: (r.value, texts(r)) for r in t.readings("cycles.sealed_score", "2021")}
    assert found == {
        "unit:u": (72, ["Good", "Commended"]),
        "unit:v": (72.4, ["Good"]),
        "unit:w": (50, ["Failed", "Talked to"]),
    }
    assert t.reading("cycles.contradictions", "2021").value == 0
    r = t.reading("cycles.sealed_change", "2021", cycle="c21")
    assert (r.value, r.numerator, r.denominator) == (0, 0, 3)


def test_a_correction_after_sealing_changes_today_alone(sealed):
    # u's A is 90 and not 80: today .6·90 + .4·60 = 78, sealed were 72
    t, ids, _, _ = sealed
    before = t.size
    t.correct(ids[5], review("u", "A", 9000))
    assert t.reading("evaluation.score", "2021", "unit:u", method="m1").value == 78
    assert t.reading("cycles.sealed_score", "2021", "unit:u", cycle="c21").value == 72
    assert values(t, "sealed_change") == {
        ("all", "c21"): 6,
        ("unit:u", "c21"): 6,
        ("unit:v", "c21"): 0,
        ("unit:w", "c21"): 0,
    }
    r = t.reading("cycles.sealed_change", "2021", cycle="c21")
    assert (r.numerator, r.denominator) == (1, 3)
    assert t.reading("cycles.sealed_change", "2021", cycle="c21", at=before).value == 0
    # where today there is no score there is no change to tell, and a flag counts the unit
    t.void(ids[7], ids[8])  # v's
    r = t.reading("cycles.sealed_change", "2021", "unit:v", cycle="c21")
    assert (r.value, r.reason.en) == (None, "there is no score today")
    assert texts(t.reading("cycles.sealed_change", "2021", cycle="c21")) == [
        "1 units have one of the two alone"
    ]


def test_cycles_of_several_years_stand_side_by_side_and_only_whole_ones(sealed):
    t, _, _, _ = sealed
    t.record(*(review(u, name, 9000, period="2022") for u in "uvw" for name in "AB"))
    _, digest = publish(t, "2022")
    t.record(evolve(cycle("c22", digest, period="2022"), day=date(2023, 1, 20)))
    assert values(t, "sealed_score", "2021-01-01..2025-12-31") == {
        ("unit:u", "c21"): 72,
        ("unit:v", "c21"): 72.4,
        ("unit:w", "c21"): 50,
        **{(f"unit:{u}", "c22"): 86 for u in "uvw"},  # .6·90 + .4·80, the cap of B
    }
    changes = values(t, "sealed_change", "2021-01-01..2025-12-31")
    assert len(changes) == 8
    assert set(changes.values()) == {0}
    for name in ("sealed_score", "sealed_change", "results"):
        for period in ("2021Q1", "2020"):
            [r] = t.readings(f"cycles.{name}", period)
            assert (r.subject, r.reason.en) == ("all", "no cycle of the period was sealed")


def test_a_score_that_was_none_when_it_was_published_stays_none(worked):
    t, ids = worked
    t.void(ids[9], ids[10])  # w's
    _, digest = publish(t)
    t.record(cycle(digest=digest), review("w", "A", 5000))
    r = t.reading("cycles.sealed_score", "2021", "unit:w", cycle="c21")
    assert (r.value, r.reason.en) == (None, "there was no score when it was published")
    r = t.reading("cycles.sealed_change", "2021", "unit:w", cycle="c21")
    assert (r.value, r.reason.en) == (None, "there was no score when it was published")


def test_where_nothing_sealed_can_be_compared_there_is_no_greatest_change(t):
    t.record(unit("u"), NEW)
    _, digest = publish(t)
    t.record(cycle(digest=digest))
    r = t.reading("cycles.sealed_change", "2021", cycle="c21")
    assert (r.value, r.reason.en) == (None, "no unit has a score both then and today")


def test_a_publication_that_is_withdrawn_leaves_nothing_sealed(sealed):
    t, _, publication, _ = sealed
    at = t.size
    t.void(publication)
    for name in ("sealed_score", "sealed_change"):
        [r] = t.readings(f"cycles.{name}", "2021")
        assert (r.subject, r.dimensions, r.value) == ("all", {"cycle": "c21"}, None)
        assert r.reason.en == "no publication of scores for its period has its digest"
        assert len(t.readings(f"cycles.{name}", "2021", at=at)) >= 3
    r = t.reading("cycles.contradictions", "2021")
    assert texts(r) == [
        f"position {at - 1}: c21: no publication of scores for its period has its digest"
    ]
    assert t.reading("cycles.results", "2021", cycle="c21", grade="good").value == 2


def test_a_publication_of_a_digest_alone_is_computed_anew_and_fits(worked, monkeypatch):
    t, ids = worked
    monkeypatch.setattr(publishing, "MOST_BYTES", 0)
    _, digest = publish(t)
    t.record(cycle(digest=digest, results=RESULTS))
    t.correct(ids[5], review("u", "A", 9000))
    assert values(t, "sealed_score") == {
        ("unit:u", "c21"): 72,
        ("unit:v", "c21"): 72.4,
        ("unit:w", "c21"): 50,
    }
    assert t.reading("cycles.sealed_change", "2021", "unit:u", cycle="c21").value == 6
    assert t.reading("cycles.contradictions", "2021").value == 0


def test_a_digest_alone_that_nothing_fits_leaves_no_scores_and_is_no_contradiction(
    worked, monkeypatch
):
    # as where the code has changed since: `verify --figures` says what differs
    t, _ = worked
    monkeypatch.setattr(publishing, "MOST_BYTES", 0)
    publish(t, digest="f" * 64)
    t.record(cycle(digest="f" * 64, results=RESULTS))
    for name in ("sealed_score", "sealed_change"):
        [r] = t.readings(f"cycles.{name}", "2021")
        assert r.reason.zh == "公布件仅存摘要，重算与之不符"
        assert "a digest alone" in r.reason.en
    assert t.reading("cycles.contradictions", "2021").value == 0


def test_a_digest_alone_that_fits_but_lacks_the_method_is_the_cycle_s_fault(worked, monkeypatch):
    t, _ = worked
    monkeypatch.setattr(publishing, "MOST_BYTES", 0)
    _, digest = publish(t)
    t.record(cycle(digest=digest, method_="m0"))
    why = "the publication has no score by its method"
    [r] = t.readings("cycles.sealed_score", "2021")
    assert r.reason.en == why
    assert texts(t.reading("cycles.contradictions", "2021")) == [
        f"position {t.size - 1}: c21: {why}"
    ]


def test_a_grade_that_the_log_defined_goes_by_its_name(worked):
    t, _ = worked
    _, digest = publish(t)
    day = date(2021, 1, 1)
    t.record(TermDefined(scheme="grade", code="superb", zh="卓越", en="Superb", day=day))
    t.record(cycle(digest=digest, results=[("u", "superb", None)]))
    r = t.reading("cycles.sealed_score", "2021", "unit:u", cycle="c21")
    assert [(f.zh, f.en) for f in r.flags] == [("卓越", "Superb")]


def test_sealed_scores_stay_with_the_unit_that_was_scored(sealed):
    t, _, _, _ = sealed
    into = (Successor(unit="v", share_bp=10_000),)
    t.record(UnitReorganized(change="merge", units=("u",), day=date(2022, 2, 1), into=into))
    for tree in ("then", "now"):
        r = t.reading("cycles.sealed_score", "2021", "unit:u", tree=tree, cycle="c21")
        assert r.value == 72
    assert t.reading("cycles.sealed_change", "2021", "unit:u", cycle="c21").value == 0
    r = t.reading("cycles.sealed_change", "2021", "unit:u", tree="now", cycle="c21")
    assert (r.value, r.reason.en) == (None, "there is no score today")


def test_results_are_counted_by_grade_and_by_award(sealed):
    t, _, _, id_ = sealed
    before = t.size
    assert values(t, "results") == {
        ("all", "c21", "good"): 2,
        ("all", "c21", "failed"): 1,
        ("all", "c21", "commended"): 1,
        ("all", "c21", "talked_to"): 1,
    }
    r = t.reading("cycles.results", "2021", cycle="c21", award="commended")
    assert texts(r) == ["1 units without a word on awards"]
    _, digest = publish(t)
    t.correct(id_, cycle(digest=digest))
    [r] = t.readings("cycles.results", "2021")
    assert (r.value, r.reason.en) == (None, "the cycle has no results")
    assert t.reading("cycles.results", "2021", at=before, cycle="c21", grade="good").value == 2


def test_cycles_that_are_not_what_was_published_are_listed(worked):
    t, _ = worked
    t.record(unit("young", day=date(2022, 1, 1)))
    _, digest = publish(t)
    at = t.size
    t.record(
        cycle("other-period", digest, period="2021Q1"),
        cycle("other-method", digest, method_="m0"),
        evolve(cycle("early", digest), day=date(2021, 12, 1)),
        cycle("wrong", digest, results=[("u", "passed", None), ("young", "good", None)]),
        evolve(cycle("in-time", digest), day=date(2021, 12, 31)),
    )
    assert texts(t.reading("cycles.contradictions", "2021")) == [
        f"position {at}: other-period: no publication of scores for its period has its digest",
        f"position {at + 1}: other-method: the publication has no score by its method",
        f"position {at + 2}: early was sealed before its end",
    ]
    assert texts(t.reading("cycles.contradictions", "2021", "unit:u")) == [
        f"position {at + 3}: Passed is not the grade of 72 points"
    ]
    assert texts(t.reading("cycles.contradictions", "2021", "unit:young")) == [
        f"position {at + 3}: a result without a sealed score"
    ]
    t.void(t.log.store.row(at + 3).id)
    assert t.reading("cycles.contradictions", "2021").value == 3
    assert t.reading("cycles.contradictions", "2021", at=t.size - 1).value == 4


def a_cycle(m):
    """Draw a cycle; nothing that was drawn is published, so its digest is nobody's."""
    return {"period": m.draw(st.sampled_from(["2021", "2021Q2"])), "published": "0" * 64}


def test_the_family_keeps_the_laws():
    check_family(lianjian_family(), evaluation.lianjian_family(), examples={CycleSealed: a_cycle})


def test_the_family_keeps_the_laws_in_long_histories():
    others, examples = evaluation.lianjian_family(), {CycleSealed: a_cycle}
    check_family(lianjian_family(), others, examples=examples, size=200, histories=2)
