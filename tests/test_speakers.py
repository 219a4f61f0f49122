"""What speakers gave, in a real log, against answers worked by hand."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core import Family, activity_lecturers, indicator
from lianjian.core.activities import (
    ActivityHeld,
    Speaker,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.memberships import Memberships
from lianjian.core.speakers import (
    Given,
    given,
    given_by_day,
    minutes_by_theme,
    overlong,
    sessions_away,
    strangers,
)
from lianjian.core.testing import Trial


def held(id_, day, host, minutes, themes, **spoken):
    by = tuple(Speaker(speaker, count) for speaker, count in spoken.items())
    day = date.fromisoformat(day)
    return ActivityHeld(id_, day, host, minutes=minutes, themes=themes, lecturers=by)


@pytest.fixture
def ask(tmp_path):
    """Return a function that runs another with a query over a log; L and M speak, b goes to a."""
    asked = []

    @indicator(
        "probe.asked", of=activity_lecturers, unit="items", better="neither", zh="试", en="A"
    )
    def probe(q):
        asked.append(question(q))
        yield q.reading("all", 0)

    question = None
    family = Family("probe", version=1, zh="试", en="Probe", indicators=[probe])
    with Trial(tmp_path, [family]) as trial:
        known_already = [
            UnitRegistered(u, u, "town", "town", date(2020, 1, 1)) for u in ("a", "b", "c")
        ]
        trial.record(
            *known_already,
            held("A1", "2021-03-01", "a", 60, {"warning": 10_000}, L=20, M=None),
            held("A2", "2021-03-01", "b", 60, {"warning": 5000, "discipline": 5000}, L=10),
            held("A3", "2021-05-01", "c", None, {"warning": 10_000}, L=None),
            held("A4", "2021-06-01", "a", 30, {}, M=20, L=11),
            UnitReorganized(
                "split",
                ("b",),
                date(2022, 1, 1),
                into=(Successor("a", 7000), Successor("c", 3000)),
            ),
        )

        def put(function, period="2021", tree="then"):
            nonlocal question
            question = function
            trial.readings("probe.asked", period, tree=tree)
            return asked[-1]

        yield put


def test_blank_minutes_are_counted_beside_those_that_are_known(ask):
    assert ask(given) == {"L": Given(4, 41, 1), "M": Given(2, 20, 1)}
    assert ask(given, "2021-05") == {"L": Given(1, 0, 1)}
    assert not Given(1, 0, 1).known
    assert Given(2, 20, 1).known
    assert Given().known
    assert [f.en for f in Given(2, 20, 1).flags] == ["1 session(s) without minutes"]
    assert Given(1, 20, 0) + Given(2, 5, 1) == Given(3, 25, 1)


def test_the_day_is_told_of_those_for_whom_it_matters(ask):
    assert sorted(ask(lambda q: given_by_day(q, ["L"])), key=lambda row: row[:2]) == [
        ("L", "2021-03-01", Given(2, 30, 0)),
        ("L", "2021-05-01", Given(1, 0, 1)),
        ("L", "2021-06-01", Given(1, 11, 0)),
        ("M", "2021-01-01", Given(2, 20, 1)),
    ]


def test_themes_share_the_minutes_of_the_activity(ask):
    themes, silent = ask(minutes_by_theme)
    assert sorted(themes["L"]) == [30, 90]  # discipline: half of A2; warning: A1 and the other half
    assert themes["M"] == [60]
    assert silent == {"L": 2, "M": 1}


def test_away_is_what_the_home_has_no_part_in(ask):
    homes = {"L": "a", "M": None, "N": "a"}
    found = ask(lambda q: sessions_away(q, homes))
    assert found == {"L": (4, Fraction(2)), "M": (2, Fraction(0)), "N": (0, Fraction(0))}
    # Seven tenths of b are a now, so that only three tenths of A2 were away, and all of A3.
    assert ask(lambda q: sessions_away(q, homes), tree="now")["L"] == (4, Fraction(13, 10))
    # Home and host that were split alike are the same.
    assert ask(lambda q: sessions_away(q, {"L": "b"}), tree="now")["L"][1] == Fraction(
        3 + 3 + 0 + 7, 10
    )


def test_more_minutes_than_there_were(ask):
    found = ask(lambda q: sorted(overlong(q)))
    assert [(who, why.en) for who, _, why in found] == [
        ("L", "31 minutes spoken in an activity of 30"),
        ("M", "31 minutes spoken in an activity of 30"),
    ]


def test_strangers_spoke_on_a_day_on_which_they_belonged_to_nothing(ask):
    terms = {
        "L": Memberships(((None, "2020-01-01", "2022-01-01"),)),
        "M": Memberships((("t", "2020-01-01", "2021-06-01"),)),
    }
    found = ask(lambda q: list(strangers(q, terms)))
    assert [(who, why.zh) for who, _, why in found] == [("M", "2021-06-01 不在册")]
    assert len(ask(lambda q: list(strangers(q, {})))) == 6
