"""Score sheets: which methods are in force, and what they give each unit."""

from contextlib import contextmanager
from datetime import date

import pytest

from lianjian.core import Family, Period, UnitRegistered
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.methods import BonusGranted, Criterion, Grade, MethodAdopted, ScoreReviewed
from lianjian.core.replay import catch_up
from lianjian.core.score_sheets import adopted_rules, grades, in_force, sheets, superseded
from lianjian.core.testing import Trial

NOBODY = Family("nobody", version=1, zh="无", en="A family without anything of its own")


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [NOBODY]) as trial:
        yield trial


@contextmanager
def query(t, period="2021"):
    catch_up(t.records.views, t.log.store, t.registry.families)
    with Figures(t.records.views, t.registry.families, Moment(t.size, b"")) as figures:
        yield figures.query("nobody", Period.parse(period))


def unit(id_, kind="town"):
    return UnitRegistered(unit=id_, name=id_, kind=kind, tier="town", day=date(2019, 1, 1))


def method(id_, year, scheme="annual", *, names="A", starts=()):
    share, first = divmod(10_000, len(names))
    criteria = [
        Criterion(criterion=n, weight_bp=share + (first if n == names[0] else 0), missing="zero")
        for n in names
    ]
    given = zip(("excellent", "good", "passed"), starts, strict=False)
    return MethodAdopted(
        method=id_,
        name=id_,
        scheme=scheme,
        day=date(year, 1, 1),
        criteria=tuple(criteria),
        grades=tuple(Grade(grade=code, at_least=at) for code, at in given),
    )


def review(unit_, score, method_, criterion="A", period="2021"):
    return ScoreReviewed(
        unit=unit_, method=method_, criterion=criterion, period=period, score=score, why="w"
    )


def test_the_newest_method_of_each_scheme_is_in_force_and_knows_the_one_before(t):
    t.record(method("z", 2019), method("y", 2020), method("x", 2021), method("o", 2021, "other"))
    t.record(method("later", 2022), method("same-day", 2021, "other"))
    for period, now, before in (
        ("2018", {}, {}),
        ("2019", {"z": None}, {}),
        ("2020", {"y": "z"}, {"z": "y"}),
        ("2021", {"same-day": "o", "x": "y"}, {"o": "same-day", "y": "x"}),
    ):
        with query(t, period) as q:
            assert in_force(q) == now
            assert superseded(q) == before


def test_rules_are_by_name_and_grades_the_best_first(t):
    t.record(method("m", 2020, names="CAB", starts=(9000, 7000)), method("n", 2021, "other"))
    with query(t) as q:
        rules = adopted_rules(q)
        assert [(r.criterion, r.weight) for r in rules["m"]] == [
            ("A", 3333), ("B", 3333), ("C", 3334),
        ]  # fmt: skip
        assert grades(q) == {"m": [(9000, "excellent"), (7000, "good")]}


def test_a_sheet_has_what_was_judged_for_the_very_period(t):
    t.record(unit("a"), unit("b"), unit("s", "social"), unit("e", "external"))
    t.record(method("old", 2020), method("m", 2021, names="AB"))
    t.record(
        review("a", 4000, "m"), review("a", 5000, "m"), review("a", 9000, "m", period="2021Q1")
    )
    t.record(review("b", 7000, "old"), review("b", 8000, "m"))
    given = {"unit": "a", "method": "m", "criterion": "A", "period": "2021", "why": "w"}
    t.record(BonusGranted(bonus="x", points=250, **given))
    with query(t) as q:
        made = sheets(q)
        assert list(made) == ["m"]
        assert [(s.subject, s.about, s.score) for s in made["m"]] == [
            ("unit:a", {"method": "m"}, 26.25),  # 52.50 and nothing, half each
            ("unit:b", {"method": "m"}, 40),
        ]
        # the older one goes before its successor for what it was judged by itself
        older = sheets(q, superseded(q))
        assert [(s.subject, s.score) for s in older["old"]] == [("unit:a", 52.5), ("unit:b", 70)]
        assert sheets(q, {}) == {}


def test_without_units_or_methods_there_are_no_sheets(t):
    t.record(unit("s", "social"), method("m", 2020))
    with query(t) as q:
        assert in_force(q)
        assert sheets(q) == {}
