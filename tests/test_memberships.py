"""Memberships against answers worked by hand."""

from fractions import Fraction

from lianjian.core.memberships import NOT_IN, TWICE, Memberships, follow, misfits
from lianjian.core.period import Period


def told(*changes):
    return [(n, "L", group, day, joined) for n, (group, day, joined) in enumerate(changes)]


def test_joining_and_leaving_make_spells():
    found, odd = follow(
        told(
            ("a", "2021-01-01", True),
            ("b", "2021-02-01", True),
            ("a", "2021-03-01", False),
            ("a", "2021-05-01", True),
        ),
        "2022-01-01",
    )
    assert odd == []
    assert set(found["L"].spells) == {
        ("a", "2021-01-01", "2021-03-01"),
        ("b", "2021-02-01", "2022-01-01"),
        ("a", "2021-05-01", "2022-01-01"),
    }
    assert found["L"].on("2021-02-28") == {"a", "b"}
    assert found["L"].on("2021-03-01") == {"b"}
    assert found["nobody"].spells == ()


def test_leaving_without_a_group_ends_all():
    changes = told(
        ("a", "2021-01-01", True), (None, "2021-01-01", True), (None, "2021-06-01", False)
    )
    found, odd = follow(changes, "2022-01-01")
    assert {end for *_, end in found["L"].spells} == {"2021-06-01"}
    assert (len(found["L"].spells), odd) == (2, [])


def test_what_does_not_fit_is_handed_back_and_changes_nothing():
    changes = told(
        ("b", "2020-12-01", False),
        ("a", "2021-01-01", True),
        ("a", "2021-02-01", True),
        ("b", "2021-03-01", False),
    )
    found, odd = follow(changes, "2022-01-01")
    assert found["L"].spells == (("a", "2021-01-01", "2022-01-01"),)
    assert [position for position, *_ in odd] == [0, 2, 3]
    assert list(misfits(odd, "2021-02-01")) == [("L", 2, TWICE), ("L", 3, NOT_IN)]


def test_days_in_two_groups_are_not_added():
    both = Memberships((("a", "2021-01-01", "2021-03-01"), ("b", "2021-02-01", "2021-04-01")))
    assert both.days(Period.parse("2021")) == 31 + 28 + 31
    assert both.days(Period.parse("2021-03")) == 31
    assert both.days(Period.parse("2022")) == 0


def test_an_amount_over_several_years_goes_year_by_year():
    who = Memberships(((None, "2020-07-01", "2021-04-01"),))
    # 184 days of 366, and 90 days of 365.
    due = Fraction(1000 * 184, 366) + Fraction(1000 * 90, 365)
    assert who.pro_rata(1000, Period.parse("2020-01-01..2021-12-31")) == due
    assert who.pro_rata(1000, Period.parse("2020-07-01..2021-03-31")) == due
    assert who.pro_rata(1000, Period.parse("2021")) == Fraction(1000 * 90, 365)
    assert who.pro_rata(1000, Period.parse("2022")) == 0
