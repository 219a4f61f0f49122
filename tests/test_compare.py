"""Comparing: known answers by hand, and over random histories that the events told explain it all."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    HeadcountDeclared,
    Row,
    UnitRegistered,
    UnitReorganized,
    event,
    facts,
    frozen,
    indicator,
)
from lianjian.core.activities import Attendance, Successor
from lianjian.core.compare import Side, Wanted, _Between, _says, compare
from lianjian.core.errors import NoSuchReading
from lianjian.core.event import Draft, event_type
from lianjian.core.figures import Figures
from lianjian.core.histories import EXAMPLES, history
from lianjian.core.indicator import Moment, Period
from lianjian.core.messages import cells
from lianjian.core.methods import Criterion, MethodAdopted, ScoreReviewed
from lianjian.core.registry import load
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial
from lianjian.core.tree import root
from lianjian.core.units import PREPARED, RESTS
from lianjian.plugins.bases import BaseOpened, VisitHeld

DAY = date(2021, 1, 1)


@event("thing.done", 1)
@frozen
class ThingDone:
    day: date


@facts(key="day", sums="things")
def things(e: ThingDone) -> Iterator[Row]:
    yield e.day, 1


def opened(name, **more):
    return BaseOpened(base=name, name=f"园{name}", kind="garden", day=DAY, **more)


def visit(name, persons, day=date(2021, 5, 1), **more):
    return VisitHeld(base=name, day=day, persons=persons, **more)


class Moments:
    """Comparisons within one trial; every figure that was opened is closed with it."""

    def __init__(self, trial):
        self.trial, self.opened = trial, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for figures in self.opened:
            figures.close()

    def side(self, at, period="2021", tree="then", views=None):
        t = self.trial
        catch_up(t.records.views, t.log.store, t.registry.families)
        moment = Moment(at, root(at, t.log.store))
        views = views or t.records.views
        self.opened.append(Figures(views, t.registry.families, moment, tree))
        return Side(self.opened[-1], Period.parse(period))

    def changes(self, name, before, after, *periods, tree="then", **wanted):
        one, two = periods or ("2021", "2021")
        sides = self.side(before, one, tree), self.side(after, two, tree)
        return compare(*sides, name, self.trial.log.store, Wanted(**wanted))


@pytest.fixture
def moments(tmp_path):
    with Trial(tmp_path) as t, Moments(t) as m:
        yield m


def told(change):
    """Return (position, counts after, evidence, recorded, superseded by) of each cause."""
    return [(c.position, c.after, c.evidence, c.recorded, c.superseded_by) for c in change.causes]


def values(change):
    return tuple(r.value if r else None for r in (change.before, change.after))


# Known answers.


def test_a_correction_a_void_and_a_new_visit(moments):
    t = moments.trial
    ids = t.record(opened("a"), opened("b"), visit("a", 30), visit("a", 5), visit("b", 1))
    t.correct(ids[2], visit("a", 28))  # 5
    t.void(ids[3])  # 6
    t.record(visit("a", 8))  # 7
    changes = moments.changes("bases.persons", 5, 8)
    assert [c.reading.subject for c in changes] == ["all", "base:a"]
    change = changes[1]
    assert (*values(change), change.difference) == (35, 36, 1)
    assert change.behind == ((2, 3), (5, 7))
    assert told(change) == [
        (2, False, True, False, 5),
        (3, False, True, False, 6),
        (5, True, True, True, None),
        (7, True, True, True, None),
    ]
    assert change.others == 0


def test_what_was_recorded_and_taken_back_in_between_moved_nothing(moments):
    t = moments.trial
    t.record(opened("a"), visit("a", 30))
    t.void(*t.record(visit("a", 7)))
    assert moments.changes("bases.persons", 2, 4) == ()
    (change, _) = moments.changes("bases.persons", 2, 3)
    assert told(change) == [(2, True, True, True, None)]
    (change, _) = moments.changes("bases.persons", 3, 4)
    assert told(change) == [(2, False, True, False, 3)]


def test_events_of_another_year_and_of_others_are_not_told(moments):
    t = moments.trial
    t.record(opened("a"), opened("b"), visit("a", 1))
    t.record(visit("a", 2, date(2022, 1, 1)), visit("b", 3), visit("a", 4))
    change = moments.changes("bases.persons", 3, 6, subject="base:a")[0]
    assert told(change) == [(5, True, True, True, None)]
    assert change.others == 1  # that of b; that of 2022 was not read


def test_a_subject_that_is_there_on_one_side_only(moments):
    t = moments.trial
    t.record(opened("a"), visit("a", 1))
    t.record(opened("b"))
    (change,) = moments.changes("bases.persons", 2, 3)
    assert (change.before, change.after.subject, change.difference) == (None, "base:b", None)
    assert told(change) == [(2, True, False, True, None)]
    (mirrored,) = moments.changes("bases.persons", 3, 2)
    assert (mirrored.before.subject, mirrored.after) == ("base:b", None)
    assert told(mirrored) == [(2, False, False, True, None)]
    t.void(t.log.store.row(2).id)
    (gone,) = moments.changes("bases.persons", 3, 4)
    assert told(gone) == [(2, False, False, False, 3)]


def test_a_correction_of_what_is_not_about_days_is_told_of_its_subject_alone(moments):
    t = moments.trial
    ids = t.record(opened("a", capacity=10, slots=1), visit("a", 30), opened("b"))
    t.correct(ids[0], opened("a", capacity=20, slots=1))  # 3
    changes = {c.reading.subject: c for c in moments.changes("bases.utilisation", 3, 4)}
    assert told(changes["base:a"]) == [
        (0, False, True, False, 3),
        (3, True, True, True, None),
    ]
    assert changes["base:a"].difference < 0
    assert "base:b" not in changes


def test_two_periods_have_readings_and_counts(moments):
    t = moments.trial
    t.record(opened("a"), visit("a", 30), visit("a", 5, date(2022, 3, 1)))
    t.record(visit("a", 2, date(2022, 3, 2)))
    found = {c.reading.subject: c for c in moments.changes("bases.persons", 4, 4, "2021", "2022")}
    assert (*values(found["base:a"]), found["base:a"].behind) == (30, 7, ((1,), (2, 3)))
    assert found["base:a"].causes == ()
    found = moments.changes("bases.persons", 4, 3, "2021", "2022", subject="base:a")
    assert [values(c) for c in found] == [(30, 5)]


def unit(name):
    return UnitRegistered(unit=name, name=name, kind="town", tier="town", day=date(2020, 1, 1))


def attended(name):
    return ActivityHeld(
        activity="a1", day=date(2021, 3, 1), host=name, minutes=60,
        attendance=(Attendance(unit=name, category="general", attended=5),),
    )  # fmt: skip


def test_a_merged_unit_takes_its_events_along(moments):
    t = moments.trial
    t.record(unit("x"), unit("y"), attended("x"))
    t.record(UnitReorganized(change="merge", units=("x",), into=(Successor("y", 10_000),), day=DAY))
    changes = {
        c.reading.subject: c
        for c in moments.changes("coverage.unit_reach", 3, 4, tree="now")
    }  # fmt: skip
    gone, heir = changes["unit:x"], changes["unit:y"]
    assert (values(gone), values(heir)) == ((1, None), (0, 1))
    # The activity was neither recorded nor superseded in between: it counts for the heir now.
    assert told(gone)[0] == (2, False, True, False, None)
    assert told(heir)[0] == (2, True, True, False, None)
    # And the reorganisation that did it is told with it.
    assert (3, True, False, True, None) in told(gone)
    assert (3, True, False, True, None) in told(heir)


def test_what_tells_more_of_the_events_of_others_is_not_told(moments):
    t = moments.trial
    t.record(unit("x"), unit("y"))
    t.record(
        evolve(attended("x"), themes={"warning": 10_000}, entry="organ"),
        evolve(attended("y"), activity="a2", themes={"warning": 10_000}, entry="organ"),
    )
    changes = moments.changes("coverage.map", 2, 4, subject="unit:x")
    assert changes
    assert {x[0] for c in changes for x in told(c)} == {2}
    assert {c.others for c in changes} == {1}


def test_what_became_of_an_event_after_both_moments_is_not_told(moments):
    t = moments.trial
    ids = t.record(unit("x"), unit("y"), attended("x"))
    day = date(2022, 2, 1)  # after the period: under the tree of now it counts all the same
    t.record(UnitReorganized(change="merge", units=("x",), into=(Successor("y", 10_000),), day=day))
    t.void(ids[2])
    found = moments.changes("coverage.unit_reach", 3, 4, subject="unit:y", tree="now")
    assert [told(c) for c in found] == [
        [(2, True, True, False, None), (3, True, False, True, None)]
    ]
    assert moments.changes("coverage.unit_reach", 3, 4, subject="unit:y") == ()


def method(weight=6000):
    return MethodAdopted(
        method="m", name="M", scheme="s", day=DAY,
        criteria=(
            Criterion(criterion="held", weight_bp=weight, missing="renormalise"),
            Criterion(criterion="soft", weight_bp=10_000 - weight, missing="renormalise"),
        ),
    )  # fmt: skip


def review(name, score, criterion="held"):
    return ScoreReviewed(
        unit=name, method="m", criterion=criterion, period="2021", score=score, why="w"
    )


def test_a_score_that_rests_on_reviews_and_a_rank_that_rests_on_others(moments):
    t = moments.trial
    t.record(unit("x"), unit("y"), method())  # 0, 1, 2
    for name, score in (("x", 8000), ("y", 7000)):
        t.record(review(name, score), review(name, score, "soft"))  # 3..6
    t.record(review("y", 10_000))  # 7
    (change,) = moments.changes("evaluation.score", 7, 8)
    assert (change.reading.subject, *values(change)) == ("unit:y", 70, 88)
    assert told(change) == [(7, True, True, True, None)]
    changes = {c.reading.subject: c for c in moments.changes("evaluation.rank", 7, 8)}
    assert {s: values(c) for s, c in changes.items()} == {"unit:x": (1, 2), "unit:y": (2, 1)}
    # Nothing about x changed: its rank fell because of what was said of y.
    assert told(changes["unit:x"]) == [(7, True, False, True, None)]
    assert told(changes["unit:y"]) == [(7, True, True, True, None)]


def test_new_weights_are_told_of_every_unit(moments):
    t = moments.trial
    ids = t.record(unit("x"), method(), review("x", 8000), review("x", 4000, "soft"))
    t.correct(ids[1], method(5000))
    (change,) = moments.changes("evaluation.score", 4, 5)
    assert values(change) == (64, 60)
    assert {(c.position, c.superseded_by) for c in change.causes} == {(1, 4), (4, None)}


def test_a_name_is_not_told_where_it_moved_nothing(moments):
    t = moments.trial
    t.record(
        unit("x"), unit("y"), HeadcountDeclared(unit="x", category="general", persons=50, day=DAY)
    )
    t.record(UnitReorganized(change="rename", units=("x",), name="z", day=DAY))
    assert moments.changes("coverage.unit_reach", 3, 4) == ()


def test_a_subject_that_neither_side_has(moments):
    moments.trial.record(opened("lianyuan"))
    with pytest.raises(NoSuchReading) as caught:
        moments.changes("bases.persons", 0, 1, subject="base:lianyaun")
    assert "base:lianyuan" in caught.value.message()


# What an indicator reads.


def test_each_indicator_is_told_apart_in_what_it_reads(moments):
    moments.trial.record(opened("a"), unit("x"))
    figures = moments.side(2).figures
    year = Period.year(2021)
    once = {n: figures.reads(n, year) for n in figures.indicators}
    other = moments.side(2).figures
    # In another order, where statements are prepared already that others had.
    assert once == {n: other.reads(n, year) for n in reversed(other.indicators)}
    assert {v for v, _ in once["evaluation.hardness"]} == {
        "method_bands_to_date", "method_criteria_to_date", "methods_to_date",
    }  # fmt: skip
    assert ("units", year) in once["coverage.unit_reach"]
    assert ("units", year) not in once["bases.persons"]


def test_a_statement_that_is_being_read_is_not_cut_short_by_another_reading(tmp_path):
    @indicator("things.count", of=things, unit="events", better="higher", zh="数", en="Things")
    def counted(q):
        yield q.reading(ALL, q.one("SELECT count(*) FROM things"))

    @indicator("things.slow", of=things, unit="events", better="higher", zh="慢", en="Slow")
    def slow(q):
        days = q.db.execute("SELECT day FROM things ORDER BY day")
        yield q.reading(ALL, sum(q.readings("things.count")[0].value for _ in days))

    family = Family(
        "things", version=1, zh="事", en="Things", events=[ThingDone], facts=[things],
        indicators=[counted, slow],
    )  # fmt: skip
    with Trial(tmp_path, [family]) as t, Moments(t) as m:
        t.record(*(ThingDone(date(2021, 1, n)) for n in range(1, 8)))
        assert t.reading("things.slow", "2021").value == 49
        (change,) = m.changes("things.slow", 6, 7)
        assert (values(change), told(change)) == ((36, 49), [(6, True, True, True, None)])


def test_prepared_tables_are_made_from_what_is_said(moments):
    from lianjian.core import units

    moments.trial.record(unit("x"))
    seen = set()
    side = moments.side(1)
    db = side.figures.query("core", side.period).db
    for name in PREPARED:
        db.execute(f"DROP TABLE temp.{name}")

    def note(action, table, column, schema, view):
        if action == sqlite3.SQLITE_READ and schema == "main" and view:
            seen.add(table)
        return sqlite3.SQLITE_OK

    db.set_authorizer(note)
    units.prepare(db, side.period.end, now=True)
    assert seen == set().union(*RESTS.values())


# Random histories.

FAMILIES = load().families
TYPES = [event_type(e) for f in FAMILIES for e in f.events]
NAMES = {k: sorted(v) for k, v in load().installed.items()}


def reverted(views, target, families, first, last, keep):
    """Copy views, with what happened between two moments undone but for the events in `keep`."""
    with closing(sqlite3.connect(views)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(views, target)
    marks = ",".join(map(str, keep)) or "-1"
    with closing(sqlite3.connect(target)) as db, db:
        for table in {t for f in families for t in f.facts}:
            for span in (f"since >= {first} AND since < {last}",):
                db.execute(f"DELETE FROM {table.name} WHERE {span} AND since NOT IN ({marks})")
            db.execute(
                f"UPDATE {table.name} SET until = NULL WHERE until >= {first} AND until < {last} "
                f"AND since NOT IN ({marks})"
            )


@settings(
    max_examples=8, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.data())
def test_the_events_told_explain_every_difference(tmp_path_factory, data):
    own = [event_type(c) for c in (VisitHeld, ActivityHeld, ScoreReviewed, UnitReorganized)]
    drafts = history(data.draw, TYPES, own, NAMES, EXAMPLES, 60)
    folder = tmp_path_factory.mktemp("history")
    tree = data.draw(st.sampled_from(["then", "now"]))
    with Trial(folder) as t, Moments(t) as m:
        t.record(*drafts)
        first = data.draw(st.integers(0, t.size))
        last = data.draw(st.integers(first, t.size))
        store, families = t.log.store, t.registry.families
        before, after = m.side(first, tree=tree), m.side(last, tree=tree)
        for name in before.figures.indicators:
            one, two = (
                {r.order: r for r in s.figures.readings(name, s.period)} for s in (before, after)
            )
            differing = {
                o for o in one.keys() | two.keys() if _says(one.get(o)) != _says(two.get(o))
            }
            changes = compare(before, after, name, store)
            assert {c.reading.order for c in changes} == differing
            for c in changes:
                assert c.causes, (name, c)
                assert all(first <= x.position < last for x in c.causes if x.recorded)
                assert all(x.position < first for x in c.causes if not x.recorded)
            # Swapped sides are the mirror image.
            mirrored = compare(after, before, name, store)
            for c, back in zip(changes, mirrored, strict=True):
                assert (c.before, c.after, c.behind) == (back.after, back.before, back.behind[::-1])
                assert [(p, not a, *r) for p, a, *r in told(c)] == told(back)
                assert (back.difference or 0) == -(c.difference or 0)
            assert compare(after, after, name, store) == ()
            # What was not told, told of others included, changes nothing: with all of it undone the
            # readings are the same.
            if changes or data.draw(st.booleans()):
                every = _Between(before, after, name, store).every
                evidence = {x.position for c in changes for x in c.causes}
                copy = folder / f"{name}.db"
                reverted(t.records.views, copy, families, first, last, every | evidence)
                again = m.side(last, tree=tree, views=copy)
                found = {r.order: r for r in again.figures.readings(name, again.period)}
                assert {o: _says(r) for o, r in found.items()} == {
                    o: _says(r) for o, r in two.items()
                }, name


# The command.


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("LIANJIAN_RECORDS", raising=False)
    with Trial(tmp_path) as t:
        ids = t.record(opened("a"), opened("b"), visit("a", 30), visit("a", 5))
        correction = Draft(
            event=visit("a", 28), recorder="科员", replaces=ids[2], why="counted again"
        )
        t.record(correction)
        t.void(ids[3])
        folder = t.records.path

    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main(["-C", str(folder), "--lang", lang, "compare", *args])
        return code, *capsys.readouterr()

    return run


def test_people_see_the_readings_and_what_became_of_the_events(run):
    code, out, err = run("bases.persons", "2021@4", "2021", "--subject", "a")
    assert (code, err) == (0, "")
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "base:a 园a  35  →  28  -7" in out
    assert "by 科员, position 4: counted again" in out
    assert "by trial, position 5: trial" in out
    assert "recorded 20" in out
    code, out, _ = run("bases.persons", "2021@4", "2021", "--subject", "a", lang="zh")
    assert code == 0
    assert all(cells(line) <= 80 for line in out.splitlines())
    assert "科员 以第 4 条取代：counted again" in out
    assert "trial 以第 5 条作废：trial" in out


def test_nothing_differs(run):
    code, out, _ = run("bases.persons", "2021@6", "2021")
    assert (code, out.splitlines()[-1]) == (0, "nothing differs")
    assert run("bases.persons", "2021@6", "2021", lang="zh")[1].endswith("两边没有不同\n")
    code, out, _ = run("bases.persons", "2021@6", "2021", "--json")
    assert json.loads(out)["changes"] == []


def test_programs_get_every_event_with_its_bytes(run):
    code, out, _ = run("bases.persons", "2021@4", "2021", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["before"]["moment"]["position"], found["after"]["moment"]["position"]) == (4, 6)
    (change,) = (c for c in found["changes"] if c["subject"] == "base:a")
    assert (change["before"]["value"], change["after"]["value"], change["difference"]) == (
        35,
        28,
        -7,
    )
    assert [
        (e["position"], e["counts"], e["superseded_by"], e["why"]) for e in change["events"]
    ] == [
        (2, "before", 4, "counted again"),
        (3, "before", 5, "trial"),
        (4, "after", None, "counted again"),
    ]
    assert change["events"][2]["event"]["data"]["persons"] == 28
    code, out, _ = run("bases.persons", "2021@4", "2022", "--json")
    assert [c["evidence"] for c in json.loads(out)["changes"]][1] == {"before": 2, "after": 0}


def test_limits(run):
    _, out, _ = run("bases.persons", "2021@4", "2021", "--subject", "a", "--limit", "1")
    assert "… 2 more: --limit 0" in out
    _, out, _ = run("bases.persons", "2021", "2022", "--subject", "a")
    assert "events: 1 → 0" in out
    assert "visit.held" not in out
    _, out, _ = run("bases.persons", "2021", "2022", "--subject", "a", "--limit", "0")
    assert "visit.held" in out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("bases.persons", "2021@7", "2021"), 2, "the first of the two, 2021@7: '7' is not a moment"),
        (("bases.persons", "2021", "20x1@3"), 2, "the second of the two, 20x1@3: '20x1' is not a per"),
        (("bases.persons", "2021@", "2021"), 2, "is not a moment"),
        (("bases.persons", "2021@-1", "2021"), 2, "'-1' is not a moment"),
        (("bases.persons", "@3", "2021"), 2, "'' is not a period"),
        (("bases.persons", "2021"), 2, "missing argument"),
        (("bases", "2021@3", "2021"), 2, "name one of its indicators"),
        (("bases.person", "2021@3", "2021"), 1, "near or possible: bases.persons"),
        (("bases.persons", "2021@3", "2021", "--subject", "c"), 1, "no reading for base:c"),
        (("bases.persons", "2021@3", "2021", "--dimension", "x"), 2, "NAME=VALUE"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_told_with_its_place(run, args, code, said):
    found, out, err = run(*args)
    assert (found, out) == (code, "")
    assert said in err
    assert "hint: " in err
    assert "Traceback" not in err
    assert run(*args, lang="zh")[0] == code
