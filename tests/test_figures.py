"""Figures: readings, their moments, their evidence, and what happens when a family fails."""

import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    Period,
    Reading,
    Row,
    UnitRegistered,
    event,
    facts,
    frozen,
    indicator,
)
from lianjian.core.errors import IndicatorCircle, IndicatorFailed, UnknownIndicator
from lianjian.core.event import Draft
from lianjian.core.figures import Figures, as_json, iterate
from lianjian.core.indicator import Moment
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial
from lianjian.core.tree import root
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseClosed, BaseOpened, VisitHeld


@event("thing.done", 1)
@frozen
class ThingDone:
    day: date


@facts(key="day", sums="things")
def things(e: ThingDone) -> Iterator[Row]:
    yield e.day, 1


def plain(name, function, per=""):
    return indicator(
        name, of=things, unit="events", better="higher", zh="事", en="Things", per=per
    )(function)


def trial(tmp_path, *indicators):
    family = Family(
        "things", version=1, zh="事", en="Things", events=[ThingDone], facts=[things],
        indicators=indicators,
    )  # fmt: skip
    return Trial(tmp_path, [family])


def count(q):
    yield q.reading(ALL, q.one("SELECT count(*) FROM things"))


def test_an_indicator_may_ask_for_another_ones_readings(tmp_path):
    def double(q):
        yield q.reading(ALL, 2 * q.readings("things.count")[0].value)

    with trial(tmp_path, plain("things.count", count), plain("things.double", double)) as t:
        t.record(ThingDone(date(2021, 1, 1)), ThingDone(date(2021, 2, 1)))
        assert t.reading("things.double", "2021").value == 4


def test_an_indicator_may_ask_for_another_period_and_for_evidence(tmp_path):
    def growth(q):
        before = q.readings("things.count", Period.parse("2020"))[0].value
        seen = q.evidence("things.count")
        yield q.reading(ALL, q.readings("things.count")[0].value - before, numerator=len(seen))

    with trial(tmp_path, plain("things.count", count), plain("things.growth", growth)) as t:
        t.record(*(ThingDone(date(2019 + y, 1, 1)) for y in (1, 2, 2, 2)))
        assert t.registry.installed["figure"] == {"things.count", "things.growth"}
        assert t.registry.installed["indicator"] == frozenset()
        got = t.reading("things.growth", "2021")
        assert (got.value, got.numerator) == (2, 3)
        # It rests on both years, and says so.
        catch_up(t.records.views, t.log.store, t.registry.families)
        with Figures(
            t.records.views, t.registry.families, Moment(4, root(4, t.log.store))
        ) as figures:
            assert figures.evidence("things.growth", Period.parse("2021")) == [0, 1, 2, 3]


def test_evidence_opens_the_readings_that_a_reading_was_computed_from(tmp_path):
    def double(q):
        yield q.reading(ALL, 2 * q.readings("bases.visits")[0].value)

    other = Family(
        "things", version=1, zh="", en="", events=[ThingDone], facts=[things],
        indicators=[plain("things.double", double)],
    )  # fmt: skip
    with Trial(tmp_path, [bases.lianjian_family(), other]) as t:
        t.record(
            BaseOpened(base="a", name="a", kind="garden", day=date(2021, 1, 1)),
            VisitHeld(base="a", day=date(2021, 5, 1), persons=3),
            ThingDone(date(2021, 5, 1)),
        )
        assert t.reading("things.double", "2021").value == 2
        with Figures(t.records.views, t.registry.families, Moment(3, b"")) as figures:
            assert figures.evidence("things.double", Period.year(2021)) == [1, 2]


def test_a_circle_is_refused_by_name(tmp_path):
    one = plain("things.one", lambda q: q.readings("things.two"))
    two = plain("things.two", lambda q: q.readings("things.one"))
    with trial(tmp_path, one, two) as t, pytest.raises(IndicatorCircle) as caught:
        t.readings("things.one", "2021")
    assert "things.one → things.two → things.one" in caught.value.message("zh")


def test_a_query_can_look_at_another_period_at_the_same_moment(tmp_path):
    def before(q):
        year = Period.year(q.period.start.year - 1)
        yield q.reading(ALL, q.over(year).one("SELECT count(*) FROM things"))

    with trial(tmp_path, plain("things.before", before)) as t:
        t.record(ThingDone(date(2020, 1, 1)))
        assert t.reading("things.before", "2021").value == 1


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda q: [q.reading("unit:a", 1)], "not about"),
        (lambda q: [q.reading(ALL, 1), q.reading(ALL, 2)], "two readings"),
        (lambda q: [Reading(ALL)], "no value and no reason"),
        (lambda q: [q.reading(ALL, q.one("SELECT x FROM things"))], "no such column"),
        (lambda q: [q.reading(ALL, float("nan"))], "finite"),
        (lambda q: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_an_indicator_that_breaks_its_promises_fails_by_name(tmp_path, function, why):
    with trial(tmp_path, plain("things.bad", function), plain("things.count", count)) as t:
        t.record(ThingDone(date(2021, 1, 1)))
        with pytest.raises((IndicatorFailed, Exception)) as caught:
            t.readings("things.bad", "2021")
        assert why in str(caught.value)
        assert t.reading("things.count", "2021").value == 1


def test_one_failure_leaves_the_others_standing(tmp_path):
    bad = plain("things.bad", lambda q: 1 / 0)
    with trial(tmp_path, bad, plain("things.count", count)) as t:
        t.record(ThingDone(date(2021, 1, 1)))
        t.readings("things.count", "2021")
        moment = Moment(1, root(1, t.log.store))
        with Figures(t.records.views, t.registry.families, moment) as figures:
            found = dict(iterate(figures, "things", Period.year(2021)))
    assert {i.name: type(r).__name__ for i, r in found.items()} == {
        "things.bad": "IndicatorFailed", "things.count": "tuple",
    }  # fmt: skip


def test_a_family_sees_its_own_tables_and_cores_only(tmp_path):
    def peek(q):
        yield q.reading(ALL, q.one("SELECT count(*) FROM base_visits"))

    with Trial(tmp_path) as t:
        other = Family("peek", version=1, zh="", en="", indicators=[
            indicator("peek.at", of=(), unit="events", better="higher", zh="", en="")(peek)
        ])  # fmt: skip
        catch_up(t.records.views, t.log.store, [*t.registry.families, other])
        moment = Moment(0, root(0, t.log.store))
        with Figures(t.records.views, [*t.registry.families, other], moment) as figures:
            with pytest.raises(IndicatorFailed, match="not authorized"):
                figures.readings("peek.at", Period.year(2021))
            # Nor is there a way round the views of one's own.
            query = figures.query("bases", Period.year(2021))
            assert query.one("SELECT count(*) FROM base_visits") == 0
            with pytest.raises(sqlite3.DatabaseError, match="prohibited"):
                query.one("SELECT day FROM main.base_visits")


def test_an_unknown_name_comes_with_the_nearest(tmp_path):
    with Trial(tmp_path) as t, pytest.raises(UnknownIndicator) as caught:
        t.readings("bases.gin", "2021")
    assert "bases.gini" in str(caught.value)


def test_readings_that_rest_on_made_up_events_say_so(tmp_path):
    with Trial(tmp_path) as t:
        t.record(
            BaseOpened(base="a", name="a", kind="garden", day=date(2021, 1, 1)),
            VisitHeld(base="a", day=date(2021, 5, 1), persons=3),
        )
        t.record(VisitHeld(base="a", day=date(2022, 5, 1), persons=3), recorder="synthetic demo")
        assert not t.reading("bases.persons", "2021").synthetic
        assert t.reading("bases.persons", "2022").synthetic
        assert as_json(t.reading("bases.persons", "2022"))["synthetic"] is True


def test_evidence_is_what_a_reading_rests_on(tmp_path):
    with Trial(tmp_path) as t:
        t.record(
            BaseOpened(base="a", name="a", kind="garden", day=date(2021, 1, 1)),
            BaseOpened(base="b", name="b", kind="garden", day=date(2021, 1, 1)),
            VisitHeld(base="a", day=date(2021, 5, 1), persons=3),
            VisitHeld(base="b", day=date(2021, 5, 1), persons=3),
            VisitHeld(base="a", day=date(2020, 5, 1), persons=3),
        )
        third = t.record(VisitHeld(base="a", day=date(2021, 6, 1), persons=4))[0]
        t.void(third)
        t.readings("bases.persons", "2021")
        for at, expected in ((6, [2, 5]), (7, [2])):
            moment = Moment(at, root(at, t.log.store))
            with Figures(t.records.views, t.registry.families, moment) as figures:
                year = Period.year(2021)
                assert figures.evidence("bases.persons", year, "base:a") == expected
                assert figures.evidence("bases.persons", year) == sorted([3, *expected])


def test_evidence_of_a_dimension_is_of_the_events_that_have_it(tmp_path):
    with Trial(tmp_path) as t:
        day = date(2021, 5, 1)
        t.record(
            UnitRegistered(unit="u", name="u", kind="town", tier="town", day=day),
            UnitRegistered(unit="v", name="v", kind="town", tier="town", day=day),
            ActivityHeld(activity="a", day=day, host="u", themes={"warning": 10_000}),
            ActivityHeld(activity="b", day=day, host="u", themes={"family": 10_000}),
            ActivityHeld(activity="c", day=day, host="v", themes={"warning": 10_000}),
        )
        t.readings("coverage.map", "2021")
        with Figures(t.records.views, t.registry.families, Moment(5, b"")) as figures:
            asked = "coverage.map", Period.year(2021), "unit:u"
            assert figures.evidence(*asked) == [2, 3]
            assert figures.evidence(*asked, {"theme": "warning"}) == [2]
            assert figures.evidence(*asked, {"theme": "tradition"}) == []


def shown(t, at=None):
    """Return every reading of every installed family, as the text that a program gets."""
    store = t.log.store
    catch_up(t.records.views, store, t.registry.families)
    at = t.size if at is None else at
    with Figures(t.records.views, t.registry.families, Moment(at, root(at, store))) as figures:
        periods = Period.parse("2021"), Period.parse("2021Q2")
        return json.dumps(
            [
                as_json(r)
                for i in figures.find()
                for p in periods
                for r in figures.readings(i.name, p)
            ]
        )


def test_what_is_shown_at_n_is_what_was_shown_when_there_were_n_events(tmp_path):
    """For every N of a history with corrections and voids."""
    rng = random.Random(7)
    with Trial(tmp_path) as t:
        live, then = [], []
        for n in range(30):
            then.append(shown(t))
            day = date(2021, 1, 1) + timedelta(days=rng.randrange(300))
            visit = VisitHeld(
                base=f"b{rng.randrange(2)}", day=day, persons=rng.choice([None, 0, 7])
            )
            if n < 2:
                t.record(BaseOpened(base=f"b{n}", name=f"b{n}", kind="base", day=date(2021, 1, 1)))
            elif live and rng.random() < 0.2:
                t.void(live.pop(rng.randrange(len(live))))
            elif live and rng.random() < 0.3:
                i = rng.randrange(len(live))
                live[i] = t.correct(live[i], visit)
            elif rng.random() < 0.1:
                t.record(BaseClosed(base="b0", day=day))
            else:
                live += t.record(visit)
        assert len(set(then)) > 15
        for n, text in enumerate(then):
            assert shown(t, n) == text, n
        t.records.views.unlink()
        assert shown(t, 17) == then[17]


def test_draft_and_event_are_the_same_to_a_trial(tmp_path):
    with trial(tmp_path, plain("things.count", count)) as t:
        t.record(Draft(event=ThingDone(date(2021, 1, 1)), recorder="x", id="one"))
        assert t.log.store.by_id("one").position == 0
