"""Real divisions through the log: registered in 2018, reorganized since, asked for at each cut-off."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    HeadcountDeclared,
    Successor,
    UnitReorganized,
)
from lianjian.core.demo import DIVISIONS, divisions, drafts
from lianjian.core.divisions import CUTOFFS, known_at
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial
from lianjian.core.tree import root
from lianjian.plugins import coverage

HERE = Path(__file__).parent / "data" / "divisions"
STEPS = list(zip((None, *CUTOFFS), CUTOFFS, strict=False))
GONE = "v310114114402"  # 雅苑社区居委会 of 外冈镇: in the list of 2021, not in that of 2022
MOVED = "v310114109220"  # 娄塘村: of 徐行镇 in the list of 2022, of 嘉定工业区 in that of 2023


def record(trial, before, after):
    trial.log.append(drafts(trial.registry.types, DIVISIONS, divisions(before, after)))


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """The divisions of 2018, then the changes; and what two villages did before they changed."""
    with Trial(tmp_path_factory.mktemp("divisions"), [coverage.lianjian_family()]) as t:
        t.sizes = {}
        for before, after in STEPS:
            record(t, before, after)
            t.sizes[after] = t.size
        t.record(
            *(HeadcountDeclared(u, "general", 20, date(2022, 1, 1)) for u in (GONE, MOVED)),
            *(
                ActivityHeld(
                    activity=f"at-{unit}",
                    day=date(2022, 3, 1),
                    host=unit,
                    minutes=60,
                    entry="village",
                    attendance=(Attendance(unit, "general", attended=10),),
                )
                for unit in (GONE, MOVED)
            ),
        )
        yield t


def query(trial, period, *, at=None, tree="then", sql="SELECT code, name, parent, unit FROM units"):
    store = trial.log.store
    catch_up(trial.records.views, store, trial.registry.families)
    position = at or store.size()
    moment = Moment(position, root(position, store))
    with Figures(trial.records.views, trial.registry.families, moment, tree) as figures:
        return figures.query("coverage", period).rows(sql)


def on(day):
    return Period(day, day + timedelta(days=1))


def listed(cutoff):
    """Return {(code, name, parent's code)} of that year's files, with an independent reader."""
    found = set()
    for kind in ("streets", "villages"):
        text = (HERE / f"jiading_{kind}_{cutoff}.csv").read_text("utf-8")
        rows = list(csv.reader(text.splitlines()))
        found |= {tuple(row) for row in rows[1:]}
    return found


def by_codes(rows):
    code = {unit: code for code, _, _, unit in rows}
    return {(c, name, code[parent]) for c, name, parent, _ in rows if parent}


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=str)
def test_the_tree_at_each_cutoff_is_that_years_file(trial, cutoff):
    rows = query(trial, on(cutoff))
    assert by_codes(rows) == listed(cutoff)
    assert {r[3] for r in rows if r[2] is None} == {"jiading", "kunshan", "taicang"}


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=str)
def test_it_was_so_as_well_when_no_more_was_known(trial, cutoff):
    assert by_codes(query(trial, on(cutoff), at=trial.sizes[cutoff])) == listed(cutoff)


def test_the_day_before_a_cutoff_it_is_still_the_tree_before(trial):
    for before, after in STEPS[1:]:
        rows = query(trial, on(after - timedelta(days=1)))
        assert by_codes(rows) == listed(before)
    assert query(trial, on(CUTOFFS[0] - timedelta(days=1))) == []


def test_in_a_log_the_changes_are_what_they_are_called(trial):
    types = "SELECT type, count(*) FROM entries WHERE position < ? GROUP BY type"
    first = dict(trial.log.store.db.execute(types, [trial.sizes[CUTOFFS[0]]]))
    assert first == {"unit.registered": len(known_at(CUTOFFS[0]))}
    whole = dict(trial.log.store.db.execute(types, [trial.sizes[CUTOFFS[-1]]]))
    assert whole["unit.reorganized"] == 132
    assert whole.keys() == {"unit.registered", "unit.reorganized"}


def test_reading_it_twice_adds_nothing(trial):
    size = trial.size
    for before, after in STEPS:
        record(trial, before, after)
    assert trial.size == size


def test_juyuan_is_one_unit_through_its_recode(trial):
    sql = "SELECT unit, code, name FROM units WHERE unit = 'juyuan' OR parent = 'juyuan'"
    before = query(trial, on(CUTOFFS[0]), sql=sql)
    after = query(trial, on(CUTOFFS[1]), sql=sql)
    assert ("juyuan", "310114003", "菊园新区管委会") in before
    assert ("juyuan", "310114401", "菊园新区") in after
    committees = {unit for unit, *_ in before} - {"juyuan"}
    assert len(committees) > 15
    now = {unit: code for unit, code, _ in after}
    assert committees <= now.keys(), "its residents' committees came with it"
    assert all(now[unit].startswith("310114401") for unit in committees)
    # Over a period in which it was recoded it is one unit, open all the time.
    both = Period(CUTOFFS[0], CUTOFFS[1] + timedelta(days=1))
    rows = query(trial, both, sql="SELECT unit, code, days FROM units WHERE name LIKE '菊园%'")
    assert rows == [("juyuan", "310114401", both.days)]


def parent(trial, period, unit, tree):
    sql = f"SELECT parent FROM units WHERE unit = '{unit}'"
    return [p for (p,) in query(trial, period, tree=tree, sql=sql)]


def test_a_village_that_moved_counts_under_its_town_of_then_or_of_now(trial):
    year = Period.year(2022)
    assert parent(trial, year, MOVED, "then") == ["xuhang"]
    assert parent(trial, year, MOVED, "now") == ["industrial-zone"]
    assert parent(trial, Period.year(2023), MOVED, "then") == ["industrial-zone"]
    # At a moment when the move was not known yet, it stood where it had stood.
    sql = f"SELECT parent FROM units WHERE unit = '{MOVED}'"
    known = trial.sizes[CUTOFFS[3]]
    assert query(trial, year, at=known, tree="now", sql=sql) == [("xuhang",)]
    sql = (
        "SELECT u.parent, sum(a.attended) FROM attendances a JOIN projections p ON p.unit = a.unit "
        "JOIN units u ON u.unit = p.seen_as GROUP BY u.parent ORDER BY u.parent"
    )
    assert query(trial, year, sql=sql) == [("waigang", 10), ("xuhang", 10)]
    assert query(trial, year, tree="now", sql=sql) == [("industrial-zone", 10), ("waigang", 10)]


@pytest.mark.parametrize("tree", ["then", "now"])
def test_coverage_of_a_village_that_closed_stays_its_own(trial, tree):
    """No list says where a village went that is gone; so nobody inherits what it did."""
    subject = f"unit:{GONE}"
    assert trial.reading("coverage.unit_reach", "2022", subject, tree=tree).value == 1
    assert trial.reading("coverage.minutes_per_head", "2022", subject, tree=tree).value == 30
    open_days = (CUTOFFS[3] - date(2022, 1, 1)).days
    fill = trial.reading("coverage.grid_fill", "2022", subject, tree=tree)
    assert (fill.value, round(fill.denominator, 6)) == (1, round(open_days / 365, 6))
    later = {r.subject for r in trial.readings("coverage.unit_reach", "2023", tree=tree)}
    assert subject not in later
    assert f"unit:{MOVED}" in later


def test_a_village_that_merges_counts_then_for_itself_and_now_for_its_heir(tmp_path):
    """石冈村 is closed in the list of 2021; had somebody recorded a merger, this would follow."""
    old, heir = "v310114106207", "v310114106202"
    with Trial(tmp_path, [coverage.lianjian_family()]) as t:
        record(t, None, CUTOFFS[0])
        assert {old, heir} <= known_at(CUTOFFS[0]).keys()
        held = ActivityHeld(
            activity="a",
            day=date(2021, 3, 1),
            host=old,
            minutes=60,
            entry="village",
            attendance=(Attendance(old, "general", attended=10),),
        )
        into = (Successor(heir, 10_000),)
        t.record(held, UnitReorganized("merge", (old,), date(2021, 10, 31), into))

        def reach(unit, tree):
            found = {
                r.subject: r.value for r in t.readings("coverage.unit_reach", "2021", tree=tree)
            }
            return found.get(f"unit:{unit}")

        assert (reach(old, "then"), reach(heir, "then")) == (1, 0)
        assert (reach(old, "now"), reach(heir, "now")) == (None, 1)
