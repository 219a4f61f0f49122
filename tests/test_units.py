"""The unit tree in a query: then and now."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core import HeadcountDeclared, Period, UnitRegistered, UnitReorganized
from lianjian.core.activities import Successor
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial
from lianjian.core.tree import root
from lianjian.core.units import Tree, _heirs, covered_days


def unit(name, day="2018-01-01", parent=None, code=None):
    return UnitRegistered(
        unit=name, name=name.upper(), kind="village", tier="village",
        day=date.fromisoformat(day), parent=parent, code=code,
    )  # fmt: skip


def change(what, day, *units, **rest):
    return UnitReorganized(change=what, units=units, day=date.fromisoformat(day), **rest)


def into(**shares):
    return tuple(Successor(unit=u, share_bp=s) for u, s in shares.items())


def ask(t, sql, period="2021", tree="then", at=None):
    catch_up(t.records.views, t.log.store, t.registry.families)
    moment = Moment(t.size if at is None else at, root(t.size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment, tree) as figures:
        return figures.query("core", Period.parse(period)).rows(sql)


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, []) as trial:
        yield trial


def test_a_unit_is_what_it_was_at_the_periods_end(t):
    t.record(
        unit("town"), unit("other"), unit("v", parent="town", code="310114003001"),
        change("rename", "2020-06-30", "v", name="New"),
        change("recode", "2020-06-30", "v", code="310114401001"),
        change("reparent", "2022-01-01", "v", parent="other"),
    )  # fmt: skip
    sql = "SELECT name, parent, code FROM units WHERE unit = 'v'"
    assert ask(t, sql, "2019") == [("V", "town", "310114003001")]
    assert ask(t, sql, "2021") == [("New", "town", "310114401001")]
    assert ask(t, sql, "2019", tree="now") == [("New", "other", "310114401001")]
    assert ask(t, sql, "2021", tree="now", at=3) == [("V", "town", "310114003001")]


def test_units_count_for_the_days_that_they_were_open(t):
    t.record(unit("a"), unit("b", "2021-12-01"), unit("c"), unit("d", "2022-06-01"))
    t.record(change("close", "2021-02-01", "c"))
    assert ask(t, "SELECT unit, days FROM units ORDER BY unit") == [
        ("a", 365), ("b", 31), ("c", 31),
    ]  # fmt: skip


def test_a_merged_unit_counts_for_its_successor_now_and_for_itself_then(t):
    t.record(unit("a"), unit("b"), unit("c", "2021-07-01"))
    t.record(change("merge", "2021-07-01", "a", "b", into=into(c=10_000)))
    t.record(
        HeadcountDeclared(unit="a", category="general", persons=10, day=date(2021, 1, 1)),
        HeadcountDeclared(unit="b", category="general", persons=5, day=date(2021, 1, 1)),
    )
    projections = "SELECT unit, seen_as, share_bp FROM projections ORDER BY unit"
    assert ask(t, projections) == [(u, u, 10_000) for u in "abc"]
    assert ask(t, projections, tree="now") == [(u, "c", 10_000) for u in "abc"]
    days = "SELECT unit, days FROM units ORDER BY unit"
    assert ask(t, days) == [("a", 181), ("b", 181), ("c", 184)]
    assert ask(t, days, tree="now") == [("c", 365)]
    heads = "SELECT unit, persons FROM headcounts ORDER BY unit"
    assert ask(t, heads) == [("a", 10), ("b", 5)]
    assert ask(t, heads, tree="now") == [("c", 15)]


def test_people_of_a_merged_unit_are_counted_once(t):
    t.record(unit("a"), unit("b"), unit("c", "2021-07-01"), unit("d", "2021-10-01"))
    heads = [
        HeadcountDeclared(unit=u, category="general", persons=n, day=date(2021, 1, 1))
        for u, n in (("a", 10), ("b", 5))
    ]
    t.record(*heads, change("merge", "2021-07-01", "a", "b", into=into(c=10_000)))
    sql = "SELECT unit, persons FROM headcounts ORDER BY unit"
    assert ask(t, sql, tree="now") == [("c", 15)]
    # A headcount that c declares from then on has the people of a and b in it.
    t.record(HeadcountDeclared(unit="c", category="general", persons=14, day=date(2021, 8, 1)))
    assert ask(t, sql, tree="now") == [("c", 14)]
    t.record(change("merge", "2021-10-01", "c", into=into(d=10_000)))
    assert ask(t, sql, tree="now") == [("d", 14)]


def test_a_split_divides_by_shares_and_the_old_id_may_go_on(t):
    t.record(unit("a"), unit("b", "2021-07-01"))
    t.record(HeadcountDeclared(unit="a", category="general", persons=10, day=date(2021, 1, 1)))
    t.record(change("split", "2021-07-01", "a", into=into(a=7_000, b=3_000)))
    # The old id is still open: what is recorded under it stays there.
    assert ask(t, "SELECT seen_as, share_bp FROM projections WHERE unit = 'a'", tree="now") == [
        ("a", 10_000)
    ]
    t.record(unit("c", "2021-09-01"), unit("d", "2021-09-01"))
    t.record(change("split", "2021-09-01", "b", into=into(c=6_000, d=4_000)))
    assert ask(t, "SELECT seen_as, share_bp FROM projections WHERE unit = 'b'", tree="now") == [
        ("c", 6_000), ("d", 4_000),
    ]  # fmt: skip


def test_the_latest_headcount_by_the_periods_end_counts(t):
    for day, persons in (("2020-01-01", 8), ("2021-06-01", 9), ("2022-01-01", 10)):
        t.record(unit("a")) if persons == 8 else None
        t.record(
            HeadcountDeclared(
                unit="a", category="leader", persons=persons, day=date.fromisoformat(day)
            )
        )
    assert ask(t, "SELECT persons FROM headcounts") == [(9,)]
    assert ask(t, "SELECT persons FROM headcounts", tree="now") == [(9,)]


def tree(successors):
    units = set("abcdef")
    return Tree(dict.fromkeys(units, ("village", "village")), {}, {}, {}, frozenset(successors), {
        u: tuple(s.items()) for u, s in successors.items()
    }, dict.fromkeys(successors, "2021-01-01"))  # fmt: skip


def test_successions_are_followed_with_their_shares():
    t = tree({"a": {"b": 6_000, "c": 4_000}, "b": {"d": 5_000, "e": 5_000}})
    assert _heirs(t, "a") == (("c", 4_000), ("d", 3_000), ("e", 3_000))


def test_records_that_go_round_in_a_circle_end_where_they_are_met_again():
    assert _heirs(tree({"a": {"b": 10_000}, "b": {"a": 10_000}}), "a") == (("a", 10_000),)


shares = st.dictionaries(st.sampled_from("bcdef"), st.integers(1, 99), min_size=1)


@given(st.dictionaries(st.sampled_from("abc"), shares, max_size=3))
def test_no_share_is_lost_on_the_way(successors):
    whole = {}
    for unit_, parts in successors.items():
        total = sum(parts.values())
        exact = {u: n * 10_000 // total for u, n in parts.items()}
        exact[min(exact)] += 10_000 - sum(exact.values())
        whole[unit_] = exact
    for unit_ in "abcdef":
        assert sum(s for _, s in _heirs(tree(whole), unit_)) == 10_000


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_covered_days_are_those_in_any_spell(pairs):
    base = date(2021, 1, 1).toordinal()
    spells = [tuple(date.fromordinal(base + n).isoformat() for n in sorted(p)) for p in pairs]
    assert covered_days(spells) == len({n for a, b in map(sorted, pairs) for n in range(a, b)})
