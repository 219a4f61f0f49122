"""What indicators do alike, against answers worked by hand, and in a real log."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core import ALL, Family, Period, Reading, Words, indicator, unit_status
from lianjian.core.activities import (
    HeadcountDeclared,
    Successor,
    TermDefined,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.kit import (
    RUNNING,
    Unit,
    by_code,
    by_dimension,
    by_subject,
    by_unit,
    codes,
    counted,
    days_from,
    district_units,
    heirs,
    lacking,
    listed,
    middle,
    month_later,
    months,
    named,
    norm_on,
    odd,
    open_months,
    persons_by_tier,
    span,
    spread,
    survival,
    survivals,
    under,
    weekdays_in,
    weight,
    weighted_interval,
    weighted_share,
    whole_years,
)
from lianjian.core.planning import PlanAdopted
from lianjian.core.testing import Trial

NOBODY = Words("没有", "none")


def day(text):
    return date.fromisoformat(text)


# Flags


def test_names_are_listed_in_order_and_none_is_no_flag():
    assert named("缺", "lack", iter("ba")) == [Words("缺：a、b", "lack: a, b")]
    assert named("缺", "lack", []) == []


def test_a_count_is_said_and_none_is_no_flag():
    assert counted(3, "场空白", "activities blank") == [Words("3 场空白", "3 activities blank")]
    assert counted(0, "场空白", "activities blank") == []


def test_what_is_missing_is_named_in_order_in_both_languages():
    missing = [Words("乙", "second"), Words("甲", "first")]
    assert lacking("缺", "lacks", missing) == [Words("缺：乙、甲", "lacks: second, first")]
    assert lacking("缺", "lacks", []) == []


# Days and months


@pytest.mark.parametrize(
    ("period", "years"),
    [
        ("2021", [2021]),
        ("2021-01-01..2022-12-30", [2021]),
        ("2020-12-31..2022-12-31", [2021, 2022]),
        ("2021-01-02..2022-12-30", []),
    ],
)
def test_years_are_whole_or_none(period, years):
    assert whole_years(Period.parse(period)) == years


def test_months_are_cut_to_the_period():
    found = [str(m) for m in months(Period.parse("2021-01-30..2021-03-02"))]
    assert found == ["2021-01-30..2021-01-31", "2021-02", "2021-03-01..2021-03-02"]
    assert [str(m) for m in months(Period.parse("2021-05-07"))] == ["2021-05-07"]
    assert len(months(Period.parse("2021"))) == 12
    assert months(Period(date(9999, 11, 30), date.max)) == [
        Period(date(9999, 11, 30), date(9999, 12, 1)),
        Period(date(9999, 12, 1), date.max),
    ]


@given(st.dates(max_value=date(9998, 1, 1)), st.integers(1, 800))
def test_months_are_the_period_in_parts(start, days):
    whole = Period(start, date.fromordinal(start.toordinal() + days))
    parts = months(whole)
    assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
    assert all(a.end == b.start and b.start.day == 1 for a, b in pairwise(parts))
    assert len({(p.start.year, p.start.month) for p in parts}) == len(parts)


@pytest.mark.parametrize(
    ("start", "count", "then"),
    [
        ("2021-01-31", 1, "2021-02-28"),
        ("2020-01-31", 1, "2020-02-29"),
        ("2021-01-31", 2, "2021-03-31"),
        ("2021-12-15", 1, "2022-01-15"),
        ("2021-03-31", -1, "2021-02-28"),
        ("2022-06-01", -60, "2017-06-01"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2021-05-05", 0, "2021-05-05"),
    ],
)
def test_months_later(start, count, then):
    assert month_later(day(start), count) == day(then)


def test_no_month_beyond_the_calendar():
    assert month_later(date(9999, 11, 30), 1) == date(9999, 12, 30)
    with pytest.raises(ValueError, match="year"):
        month_later(date(9999, 12, 1), 1)


@pytest.mark.parametrize("first", range(1, 8))
@pytest.mark.parametrize("length", [0, 1, 6, 7, 8, 20])
def test_weekdays_in_a_period_are_what_counting_gives(first, length):
    days = [date(2021, 2, first + i) for i in range(length)]
    spell = Period(date(2021, 2, first), date(2021, 2, first) + timedelta(days=length))
    for weekdays in ("1", "67", "1234567"):
        assert weekdays_in(spell, weekdays) == sum(str(d.isoweekday()) in weekdays for d in days)


def test_days_from_one_day_to_another():
    assert days_from("2020-02-28", "2020-03-01") == 2
    assert days_from("2021-03-01", "2021-02-28") == -1


def test_the_norm_in_force_is_the_newest_and_of_one_day_the_later_recorded():
    versions = [("2012-01-01", "a"), ("2021-05-01", "b"), ("2021-05-01", "c")]
    assert norm_on(versions, "2011-12-31") is None
    assert norm_on(versions, "2012-01-01") == "a"
    assert norm_on(versions, "2021-04-30") == "a"
    assert norm_on(iter(versions), "2021-05-01") == "c"
    assert norm_on([], "2021-05-01") is None


def test_the_district_counts_part_periods_in_part():
    units = [Unit("a", "town", "town", Fraction(1)), Unit("b", "town", "town", Fraction(1, 4))]
    assert weight(units) == Fraction(5, 4)
    assert weight([]) == 0
    assert units[0].subject == "unit:a"


# In a query. An indicator hands its query to the test, and yields what the test makes of it.


@pytest.fixture
def ask(tmp_path):
    """Return a function that runs another with a query over a log of four units.

    Through 2021 town a (code 310114) and village v; town b to the end of June, when its people go
    to a (7,000 of 10,000) and v; organ o from 1 October; x from outside the district.
    """
    asked = []

    @indicator("probe.asked", of=unit_status, unit="share", better="neither", per="unit",
               zh="试", en="Asked")  # fmt: skip
    def probe(q):
        asked.append(question(q))
        yield from (found for found in asked[-1] if isinstance(found, Reading))

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            UnitRegistered("a", "a", "town", "town", day("2020-01-01"), code="310114000000"),
            UnitRegistered("v", "v", "village", "village", day("2020-01-01")),
            UnitRegistered("b", "b", "town", "town", day("2020-01-01")),
            UnitRegistered("o", "o", "organ", "district", day("2021-10-01")),
            UnitRegistered("x", "x", "external", "municipal", day("2020-01-01")),
            UnitReorganized(
                change="split",
                units=("b",),
                day=day("2021-07-01"),
                into=(Successor("a", 7000), Successor("v", 3000)),
            ),
        )

        trial.record(TermDefined("tier", "local", "本地", "local", day("2020-01-01")))

        def put(function, period="2021", tree="then"):
            nonlocal question
            question = lambda q: list(function(q))  # noqa: E731  set anew for each question
            readings = trial.readings("probe.asked", period, tree=tree)
            return readings or asked[-1]

        yield put


def test_units_weigh_by_their_days(ask):
    units = {u.id: u for u in ask(district_units)}
    assert {i: u.weight for i, u in units.items()} == {
        "a": 1,
        "b": Fraction(181, 365),
        "o": Fraction(92, 365),
        "v": 1,
    }
    assert (units["a"].kind, units["a"].tier, units["a"].code) == ("town", "town", "310114000000")
    assert [u.id for u in ask(lambda q: district_units(q, "town", "external"))] == ["a", "b"]
    assert [u.id for u in ask(district_units, tree="now")] == ["a", "o", "v"]
    assert ask(district_units, "2019") == []


def test_the_share_of_units_weighs_by_days(ask):
    def share(q):
        return [weighted_share(q, district_units(q), {"b", "v", "x"}, NOBODY, flags=["said"])]

    (r,) = ask(share)
    # (181/365 + 1) / (1 + 181/365 + 92/365 + 1) = 546 / 1003
    assert r.subject == ALL
    assert r.value == pytest.approx(546 / 1003, abs=5e-7)
    assert r.denominator == pytest.approx(1003 / 365, abs=5e-7)
    assert r.flags == (Words("said", "said"),)
    (r,) = ask(share, "2019")
    assert (r.value, r.reason) == (None, NOBODY)


def test_where_more_units_may_be_met_the_share_is_an_interval(ask):
    def share(unknown):
        units = lambda q: district_units(q, "town", "village")  # noqa: E731  a, b and v
        return lambda q: [weighted_interval(q, units(q), {"a"}, unknown, NOBODY, flags=["said"])]

    every = 2 + 181 / 365
    (r,) = ask(share(1))
    assert (r.value, r.denominator, r.flags) == (None, round(every, 6), (Words("said", "said"),))
    assert (r.low, r.high) == (round(1 / every, 6), round(2 / every, 6))
    (r,) = ask(share(9))  # more than there are cannot be met
    assert (r.low, r.high) == (round(1 / every, 6), 1)
    (r,) = ask(share(0))
    assert (r.value, r.low, r.numerator) == (round(1 / every, 6), None, 1)
    (r,) = ask(share(1), "2019")
    assert (r.value, r.reason) == (None, NOBODY)


def test_a_unit_that_is_gone_counts_for_its_heirs_now_and_for_itself_then(ask):
    def found(tree):
        return dict(ask(lambda q: heirs(q).items(), tree=tree))

    assert found("then")["a"] == [("a", 10_000)]
    assert found("now")["b"] == [("a", 7000), ("v", 3000)]
    # Under the tree of the end of 2021Q1, before the split, b stands for itself.
    assert dict(ask(lambda q: heirs(q).items(), "2021Q1"))["b"] == [("b", 10_000)]


def test_amounts_go_to_heirs_and_none_is_lost(ask):
    amounts = {"a": 1, "b": 11, "stranger": Fraction(1, 3)}

    def sums(tree, period="2021"):
        return dict(ask(lambda q: spread(q, amounts).items(), period, tree))

    assert sums("then", "2021Q1") == amounts
    assert sums("now") == {
        "a": 1 + Fraction(77, 10),
        "v": Fraction(33, 10),
        "stranger": Fraction(1, 3),
    }


def test_things_go_whole_to_every_heir_and_those_of_nobody_to_all(ask):
    things = [("b", "one"), (None, "two"), ("stranger", "three"), ("a", "four")]
    together = ["one", "two", "three", "four"]
    assert dict(ask(lambda q: by_unit(q, things).items(), tree="now")) == {
        ALL: together,
        "unit:a": ["one", "four"],
        "unit:v": ["one"],
        "unit:stranger": ["three"],
    }
    assert dict(ask(lambda q: by_unit(q, things).items()))["unit:b"] == ["one"]
    assert dict(ask(lambda q: by_unit(q, []).items())) == {ALL: []}


def test_persons_by_tier_are_those_declared_without_the_public(tmp_path):
    asked = []

    @indicator("probe.heads", of=unit_status, unit="persons", better="neither", zh="问", en="H")
    def probe(q):
        asked.append(persons_by_tier(q))
        yield q.reading(ALL, 0)

    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            UnitRegistered("a", "a", "town", "town", day("2020-01-01")),
            UnitRegistered("b", "b", "town", "town", day("2020-01-01")),
            UnitRegistered("v", "v", "village", "village", day("2020-01-01")),
            UnitRegistered("x", "x", "external", "town", day("2020-01-01")),
            HeadcountDeclared("a", "general", 300, day("2020-01-01")),
            HeadcountDeclared("a", "leader", 20, day("2020-01-01")),
            HeadcountDeclared("a", "public", 9999, day("2020-01-01")),
            HeadcountDeclared("v", "general", 50, day("2020-01-01")),
            HeadcountDeclared("x", "general", 7000, day("2020-01-01")),
        )
        trial.readings("probe.heads", "2021")
    assert asked == [{"": (370, 1), "town": (320, 1), "village": (50, 0)}]


def test_the_middle_of_some_values(ask):
    (r,) = ask(lambda q: [middle(q, "unit:a", [1, 9, 2, 4], NOBODY, [NOBODY])])
    assert (r.subject, r.value, r.denominator, r.flags) == ("unit:a", 3, 4, (NOBODY,))
    (r,) = ask(lambda q: [middle(q, ALL, [7], NOBODY, dimensions={"part": "x"})])
    assert (r.value, r.dimensions) == (7, {"part": "x"})
    (r,) = ask(lambda q: [middle(q, ALL, [], NOBODY)])
    assert (r.value, r.reason) == (None, NOBODY)


def test_sums_are_of_all_and_of_each_unit_under_the_tree(ask):
    rows = [("a", "x", (1, 2)), ("b", "x", (10, 0)), (None, "x", (5, 5)), ("b", "y", (1, 1))]

    def sums(tree):
        return dict(ask(lambda q: by_subject(q, rows).items(), tree=tree))

    assert sums("then") == {
        ("all", "x"): (16, 7),
        ("all", "y"): (1, 1),
        ("unit:a", "x"): (1, 2),
        ("unit:b", "x"): (10, 0),
        ("unit:b", "y"): (1, 1),
    }
    assert sums("now") == {
        ("all", "x"): (16, 7),
        ("all", "y"): (1, 1),
        ("unit:a", "x"): (8, 2),
        ("unit:v", "x"): (3, 0),
        ("unit:a", "y"): (Fraction(7, 10), Fraction(7, 10)),
        ("unit:v", "y"): (Fraction(3, 10), Fraction(3, 10)),
    }


def test_months_in_which_a_unit_was_open(ask):
    then = dict(ask(lambda q: open_months(q).items(), "2021-06-30..2021-10-01"))
    assert then["a"] == {"2021-06", "2021-07", "2021-08", "2021-09", "2021-10"}
    assert then["b"] == {"2021-06"}  # one day of it is enough
    assert then["o"] == {"2021-10"}
    now = dict(ask(lambda q: open_months(q).items(), "2021Q1", "now"))
    assert "b" not in now
    assert now["v"] == {"2021-01", "2021-02", "2021-03"}


def test_a_span_that_has_not_ended_runs_to_the_last_day(ask):
    def spans(q):
        return [
            span(q, "2021-12-01", "2022-03-01"),
            span(q, "2021-12-01", None),
            span(q, "2021-12-31", None),
            span(q, "2022-01-05", None),
            span(q, "2021-12-01", "2021-12-01"),
        ]

    assert ask(spans) == [(90, True), (30, False), (0, False), (0, False), (0, True)]


def test_a_span_of_what_ceased_to_wait_runs_to_that_day(ask):
    def spans(q):
        return [
            span(q, "2021-12-01", None, "2021-12-11"),
            span(q, "2021-12-01", "2021-12-05", "2021-12-11"),
            span(q, "2021-12-01", None, None),
        ]

    assert ask(spans) == [(10, False), (4, True), (30, False)]


# Contradictions

ODD = [
    ("v", 9, Words("怪", "odd")),
    ("b", 4, Words("怪", "odd")),
    ("b", 4, Words("更怪", "odder")),
    ("", 4, Words("谁的", "whose")),
]


def said(readings):
    return {r.subject: (r.value, [f.en for f in r.flags]) for r in readings}


def test_contradictions_count_events_and_say_why(ask):
    assert said(ask(lambda q: listed(q, "unit", ODD), "2021Q1")) == {
        "all": (2, ["position 4: whose"]),
        "unit:b": (1, ["position 4: odd", "position 4: odder"]),
        "unit:v": (1, ["position 9: odd"]),
    }
    assert said(ask(lambda q: listed(q, "unit", []))) == {"all": (0, [])}
    (r,) = [r for r in ask(lambda q: listed(q, "unit", ODD)) if r.subject == "unit:v"]
    assert r.flags[-1].zh == "第 9 条：怪"


def test_contradictions_of_a_unit_that_is_gone_stand_under_each_heir(ask):
    found = said(ask(lambda q: listed(q, "unit", ODD), tree="now"))
    assert found == {
        "all": (2, ["position 4: whose"]),
        "unit:a": (1, ["position 4: odd", "position 4: odder"]),
        "unit:v": (2, ["position 4: odd", "position 4: odder", "position 9: odd"]),
    }
    own = said(ask(lambda q: listed(q, "unit", ODD, inherited=False), tree="now"))
    assert own["unit:b"] == (1, ["position 4: odd", "position 4: odder"])


def test_what_a_query_finds_odd_says_what_it_saw(ask):
    sql = "SELECT unit, event, day, kind FROM unit_registrations_to_date WHERE kind = ?"
    found = ask(lambda q: odd(q, sql, "{0} 有 {1}", "{1} on {0}", ["village"]))
    assert found == [("v", 1, Words("2020-01-01 有 village", "village on 2020-01-01"))]
    sql = "SELECT NULL, event FROM unit_registrations_to_date WHERE unit = 'x'"
    assert ask(lambda q: odd(q, sql, "怪", "odd")) == [("", 4, Words("怪", "odd"))]


def test_a_unit_counts_under_its_heirs_and_an_unknown_one_as_itself(ask):
    found = ask(lambda q: under(heirs(q), "b") + under(heirs(q), "nobody"), tree="now")
    assert found == ["a", "v", "nobody"]


# Terms


def test_codes_are_the_schemes_those_the_log_defined_and_those_in_use(ask):
    found = ask(lambda q: codes(q, "tier", "zz", None, "aa", "district"))
    assert found == ["municipal", "district", "town", "village", "local", "aa", "zz"]


def test_each_code_has_its_amount_and_what_has_none_has_no_reading(ask):
    of = {"district": 2, None: 5, "zz": 1}
    made = ask(lambda q: by_code(q, "tier", of, dimension="of", subject="unit:a", flags=[NOBODY]))
    found = {r.dimensions["of"]: r.value for r in made}
    assert found == {"municipal": 0, "district": 2, "town": 0, "village": 0, "local": 0, "zz": 1}
    assert {r.subject for r in made} == {"unit:a"}
    assert {f.en for r in made for f in r.flags} == {"none"}


def test_another_figure_is_told_by_one_of_its_dimensions(tmp_path):
    told = []

    @indicator("others.seen", of=unit_status, unit="cases", better="neither", per="unit",
               zh="见", en="Seen")  # fmt: skip
    def seen(q):
        yield q.reading(ALL, 9)
        yield q.reading(ALL, 4, dimensions={"domain": "funds"})
        yield q.none(ALL, "unknown", dimensions={"domain": "approval"})
        yield q.reading(ALL, 3, dimensions={"domain": "funds", "form": "f"})
        yield q.reading("unit:a", 2, dimensions={"domain": "collective"})

    @indicator("probe.asks", of=unit_status, unit="cases", better="neither", zh="问", en="Asks")
    def asks(q):
        told.extend(by_dimension(q, f"{name}.seen", "domain") for name in ("others", "nobodys"))
        yield q.reading(ALL, 0)

    families = [
        Family("others", version=1, zh="他", en="Others", indicators=[seen]),
        Family("probe", version=1, zh="试", en="Probe", indicators=[asks]),
    ]
    with Trial(tmp_path, families) as trial:
        trial.readings("probe.asks", "2021")
    assert told == [{"funds": 4}, {}]


def test_plans_run_in_a_period_whose_days_they_touch(tmp_path):
    found = []

    @indicator("probe.runs", of=unit_status, unit="items", better="neither", zh="问", en="Runs")
    def runs(q):
        found.append(sorted(q.column(RUNNING, [q.end, q.start])))
        yield q.reading(ALL, 0)

    def plan(name, starts, ends):
        return PlanAdopted(name, name, "a", day(starts), day(ends), day("2020-01-01"))

    family = Family("probe", version=1, zh="试", en="Probe", indicators=[runs])
    with Trial(tmp_path, [family]) as trial:
        trial.record(
            UnitRegistered("a", "a", "town", "town", day("2020-01-01")),
            plan("before", "2020-01-01", "2020-12-31"),
            plan("into", "2020-01-01", "2021-01-01"),
            plan("from", "2021-12-31", "2022-12-31"),
            plan("after", "2022-01-01", "2022-12-31"),
        )
        trial.readings("probe.runs", "2021")
    assert found == [["from", "into"]]


def test_only_units_have_heirs(ask):
    def subjects(q):
        return [(r.subject, r.value) for r in listed(q, "base", ODD)]

    assert ask(subjects, tree="now") == [("all", 2), ("base:b", 1), ("base:v", 1)]


def test_a_survival_reading_says_how_many_are_still_open(ask):
    spans = [(5, True), (12, True), (20, False), (30, True), (40, False)]
    (made,) = ask(lambda q: [survival(q, ALL, spans, NOBODY)])
    assert (made.value, made.numerator, made.denominator) == (30, 3, 5)
    assert [f.en for f in made.flags] == ["2 not over by the period's end"]
    (still,) = ask(lambda q: [survival(q, ALL, [(5, False), (6, False)], NOBODY)])
    assert still.value is None
    assert "median is not reached" in still.reason.en
    (nothing,) = ask(lambda q: [survival(q, ALL, [], NOBODY)])
    assert nothing.reason == NOBODY


def test_what_ended_before_it_began_has_no_span(ask):
    spans = [(-1, True), (4, True), (9, False)]
    (made,) = ask(lambda q: [survival(q, ALL, spans, NOBODY, early=("项早", "early"))])
    assert (made.value, made.numerator, made.denominator) == (4, 1, 2)
    assert [f.en for f in made.flags] == ["1 early", "1 not over by the period's end"]
    (none,) = ask(lambda q: [survival(q, ALL, spans[:1], NOBODY)])
    assert (none.reason, none.denominator) == (NOBODY, 0)
    assert [f.en for f in none.flags] == ["1 over before they began, left out"]


def test_survivals_are_of_all_and_of_each(ask):
    spans = {"a": [(5, True), (7, True)], "b": [(20, True), (30, False)]}
    made = {
        r.dimensions.get("of"): (r.value, r.denominator)
        for r in ask(lambda q: survivals(q, spans, NOBODY, "of"))
    }
    assert made == {None: (7, 4), "a": (5, 2), "b": (20, 2)}
    (r,) = ask(lambda q: survivals(q, {}, NOBODY, "of"))
    assert (r.subject, r.reason) == (ALL, NOBODY)
