"""What a query sees of fact rows: the moment, the period, spells."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lianjian.core import Family, Row, event, facts, frozen
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.notices import Voided
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial
from lianjian.core.tree import root


@event("door.set", 1)
@frozen
class DoorSet:
    door: str
    state: str
    day: date


@facts(key="day door", text="state", state="state")
def doors(e: DoorSet) -> Iterator[Row]:
    yield e.day, e.door, e.state


@facts(key="day", text="type")
def either(e: DoorSet | Voided) -> Iterator[Row]:
    yield (e.day if isinstance(e, DoorSet) else date(2021, 1, 1)), type(e).__name__


FAMILY = Family("doors", version=1, zh="门", en="Doors", events=[DoorSet], facts=[doors])


def query(t, sql, period="2021", at=None):
    store = t.log.store
    catch_up(t.records.views, store, t.registry.families)
    moment = Moment(t.size if at is None else at, root(t.size, store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        return figures.query("doors", Period.parse(period)).rows(sql)


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [FAMILY]) as trial:
        yield trial


def test_a_table_is_cut_to_the_period_and_its_twin_to_the_periods_end(t):
    for day in ("2020-12-31", "2021-01-01", "2021-12-31", "2022-01-01"):
        t.record(DoorSet("a", "open", date.fromisoformat(day)))
    assert query(t, "SELECT day FROM doors ORDER BY day") == [("2021-01-01",), ("2021-12-31",)]
    assert query(t, "SELECT count(*) FROM doors_to_date") == [(3,)]


def test_a_correction_takes_the_place_of_rows_and_the_past_keeps_them(t):
    (first,) = t.record(DoorSet("a", "open", date(2021, 1, 1)))
    second = t.correct(first, DoorSet("b", "open", date(2021, 1, 1)))
    t.void(second)
    doors_at = [query(t, "SELECT door FROM doors", at=n) for n in range(4)]
    assert doors_at == [[], [("a",)], [("b",)], []]


def test_rows_know_their_event(t):
    t.record(DoorSet("a", "open", date(2021, 1, 1)), DoorSet("b", "shut", date(2021, 1, 2)))
    assert query(t, "SELECT event, door FROM doors ORDER BY event") == [(0, "a"), (1, "b")]


def test_spells_hold_from_change_to_change_within_the_period(t):
    t.record(
        DoorSet("a", "open", date(2020, 6, 1)),
        DoorSet("a", "shut", date(2021, 3, 1)),
        DoorSet("a", "open", date(2021, 3, 11)),
        DoorSet("b", "open", date(2021, 7, 1)),
        DoorSet("b", "shut", date(2022, 7, 1)),
        DoorSet("c", "open", date(2022, 7, 1)),
    )
    assert query(t, 'SELECT door, state, start, "end" FROM doors_spells ORDER BY door, start') == [
        ("a", "open", "2021-01-01", "2021-03-01"),
        ("a", "shut", "2021-03-01", "2021-03-11"),
        ("a", "open", "2021-03-11", "2022-01-01"),
        ("b", "open", "2021-07-01", "2022-01-01"),
    ]


def test_of_two_states_on_one_day_the_last_recorded_holds(t):
    t.record(
        DoorSet("a", "open", date(2021, 3, 1)),
        DoorSet("a", "shut", date(2021, 3, 1)),
    )
    assert query(t, "SELECT state, start FROM doors_spells") == [("shut", "2021-03-01")]


def test_a_late_record_is_sorted_in_by_its_day(t):
    t.record(
        DoorSet("a", "open", date(2021, 1, 1)),
        DoorSet("a", "open", date(2021, 9, 1)),
        DoorSet("a", "shut", date(2021, 6, 1)),
    )
    assert query(t, "SELECT state, start FROM doors_spells ORDER BY start") == [
        ("open", "2021-01-01"), ("shut", "2021-06-01"), ("open", "2021-09-01"),
    ]  # fmt: skip
    assert query(t, "SELECT state FROM doors_spells ORDER BY start", at=2) == [("open",), ("open",)]


changes = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["open", "shut"]), st.integers(-40, 400)),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(changes)
def test_spells_are_a_fold_over_days(tmp_path_factory, made):
    """Against the simplest thing: what each door is on each day, from a dict."""
    start = date(2021, 1, 1)
    events = [DoorSet(d, s, date.fromordinal(start.toordinal() + n)) for d, s, n in made]
    with Trial(tmp_path_factory.mktemp("t"), [FAMILY]) as t:
        t.record(*events)
        spells = query(t, 'SELECT door, state, start, "end" FROM doors_spells')
    found = {}
    for door, state, first, last in spells:
        day = date.fromisoformat(first)
        while day < date.fromisoformat(last):
            assert (door, day) not in found
            found[door, day] = state
            day = date.fromordinal(day.toordinal() + 1)
    expected = {}
    for n in range(365):
        day = date.fromordinal(start.toordinal() + n)
        for e in sorted(events, key=lambda e: e.day):
            if e.day <= day:
                expected[e.door, day] = e.state
    assert found == expected


@pytest.mark.parametrize(
    ("key", "rest"),
    [
        ("door day", {}),
        ("day door", {"text": "door"}),
        ("day since", {}),
        ("day door", {"state": "state"}),
        ("day state", {"state": "state"}),
    ],
)
def test_a_table_that_does_not_fit_together_is_refused(key, rest):
    with pytest.raises(TypeError):

        @facts(key=key, **rest)
        def wrong(e: DoorSet) -> Iterator[Row]:
            yield ()


def test_a_fact_function_sees_one_event_and_nothing_else():
    with pytest.raises(TypeError, match="one event"):

        @facts(key="day")
        def wrong(e: DoorSet, clock: int) -> Iterator[Row]:
            yield ()

    with pytest.raises(TypeError, match="not declared"):

        @facts(key="day")
        def wrong_too(e: date) -> Iterator[Row]:
            yield ()


def test_a_table_may_be_stated_by_several_events():
    assert {t.name for t in either.events} == {"door.set", "voided"}
