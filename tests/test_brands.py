"""Brands against answers worked by hand."""

from collections import Counter, defaultdict
from datetime import date

import pytest

from lianjian.core import demo_matter
from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.demo_cast import TOWNS
from lianjian.core.errors import Refused
from lianjian.core.event import Draft, event_type, read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.resources import ResourcePublished, ResourceUsed
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.brands import (
    BrandAdopted,
    BrandEnded,
    BrandLaunched,
    BrandUpgraded,
    lianjian_family,
)

NAMES = [i.name for i in lianjian_family().indicators]


def on(text):
    return date.fromisoformat(text)


def unit(id_, kind="town", tier="town", day="2020-01-01"):
    return UnitRegistered(id_, id_, kind, tier, on(day))


def launched(brand, of, day="2020-03-01", kind="brand", **more):
    return BrandLaunched(brand, brand, kind, of, on(day), **more)


def adopted(brand, by, day, mode="copy"):
    return BrandAdopted(brand, by, mode, on(day))


def ended(brand, day):
    return BrandEnded(brand, on(day))


def merged(units, into, day="2022-01-01"):
    return UnitReorganized("merge", units, on(day), (Successor(into, 10_000),))


@pytest.fixture
def t(tmp_path):
    """The towns T1 and T2, open since 2020."""
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(unit("T1"), unit("T2"))
        yield trial


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"brands.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def values(t, name, period="2021", **more):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"brands.{name}", period, **more)
    }


def said(r):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    return r.reason and r.reason.en, [f.en for f in r.flags]


def parts(r):
    return r.value, r.numerator, r.denominator


def moves(t, name, act, period="2021", **how):
    """What an indicator was before something was recorded, now, and what `at` says it was."""
    before, size = values(t, name, period, **how), t.size
    act()
    assert values(t, name, period, at=size, **how) == before
    return before, values(t, name, period, **how)


# Presence


def three_towns(t):
    """T1 has both, T2 a brand alone; T3 is open on 184 days of 365, and has both."""
    t.record(
        unit("T3", "zone", day="2021-07-01"),
        *(launched(f"b{i}", f"T{i}", "2021-08-01") for i in (1, 2, 3)),
        *(launched(f"f{i}", f"T{i}", "2021-08-01", "feature") for i in (1, 3)),
    )


def test_presence_is_towns_with_both_by_days_open(t):
    three_towns(t)
    # (1 + 184/365) / (2 + 184/365) = 549 / 914.
    assert parts(reading(t, "presence")) == (
        round(549 / 914, 6),
        round(549 / 365, 6),
        round(914 / 365, 6),
    )
    assert values(t, "presence") == {
        ("all",): 0.600656,
        ("all", "brand"): 1,
        ("all", "feature"): 0.600656,
        ("unit:T1",): 1,
        ("unit:T2",): 0,
        ("unit:T3",): 1,
    }
    assert said(reading(t, "presence")) == (None, ["no feature: T2"])
    r = reading(t, "presence", "unit:T2")
    assert [f.zh for f in r.flags] == ["没有特色"]
    assert said(r)[1] == ["no feature"]


def test_without_towns_there_is_no_presence(t):
    t.record(unit("organ", "organ", "district"))
    for kind in ({}, {"kind": "brand"}):
        r = reading(t, "presence", period="2019", **kind)
        assert (r.value, r.denominator, r.reason.zh) == (None, 0, "期间内没有街镇")
    assert {r.subject for r in t.readings("brands.presence", "2021")} == {
        "all", "unit:T1", "unit:T2",
    }  # fmt: skip


def test_a_brand_that_ended_was_there_until_then_and_a_project_is_neither(t):
    t.record(
        launched("b", "T1"),
        launched("f", "T1", kind="feature"),
        launched("p", "T2", kind="project"),
        ended("f", "2021-03-01"),
    )
    assert value(t, "presence", "unit:T1") == 1
    assert value(t, "presence", "unit:T1", "2021Q1") == 1
    assert value(t, "presence", "unit:T1", "2021Q2") == 0
    assert said(reading(t, "presence", "unit:T2"))[1] == ["no brand", "no feature"]


def test_a_town_that_is_gone_keeps_its_brand_then_and_leaves_it_to_its_heir_now(t):
    t.record(
        launched("b1", "T1"),
        launched("f2", "T2", kind="feature"),
        launched("b2", "T2"),
        merged(("T1",), "T2", "2022-07-01"),
    )
    # In 2022 T1 stood for 181 days: (0 + 1) / (181/365 + 1). Under the tree of now T2 is one town.
    assert value(t, "presence", period="2022") == round(365 / 546, 6)
    assert value(t, "presence", "unit:T1", "2022") == 0
    assert values(t, "presence", "2022", tree="now") == {
        ("all",): 1,
        ("all", "brand"): 1,
        ("all", "feature"): 1,
        ("unit:T2",): 1,
    }


def test_presence_follows_corrections(t):
    three_towns(t)
    (id_,) = t.record(launched("f2", "T2", "2021-09-01", "feature"))
    assert value(t, "presence") == 1
    before, after = moves(t, "presence", lambda: t.void(id_))
    assert (before["all",], after["all",]) == (1, 0.600656)


# What there is


def test_brands_in_use_by_tier_kind_and_unit(t):
    t.record(
        launched("a", "T1", "2021-12-31", tier="town"),
        launched("b", "T1", kind="feature"),
        launched("c", "T2", kind="project", tier="district"),
        launched("gone", "T2", tier="town"),
        ended("gone", "2021-01-01"),
        launched("later", "T2", "2022-01-01"),
        BrandUpgraded("a", "district", on("2022-01-01")),
        BrandUpgraded("c", "municipal", on("2021-12-31")),
    )
    found = values(t, "active")
    assert {key: n for key, n in found.items() if n} == {
        ("all",): 3,
        ("all", "town"): 1,
        ("all", "municipal"): 1,
        ("all", "brand"): 1,
        ("all", "feature"): 1,
        ("all", "project"): 1,
        ("unit:T1",): 2,
        ("unit:T2",): 1,
    }
    assert found["all", "village"] == 0
    r = reading(t, "active", tier="town")
    assert (r.flags[0].zh, r.flags[0].en) == ("1 项未注明层级", "1 of unknown tier")
    assert said(reading(t, "active"))[1] == []


def test_brands_of_merged_towns_are_the_heirs(t):
    (id_, *_) = t.record(launched("a", "T1"), launched("b", "T2"))
    t.record(merged(("T1",), "T2"))
    assert value(t, "active", "unit:T1") == 1
    assert value(t, "active", "unit:T2", tree="now") == 2
    assert value(t, "active", tree="now") == 2
    before, after = moves(t, "active", lambda: t.void(id_), tree="now")
    assert (before["all",], after["all",], after["unit:T2",]) == (2, 1, 1)


def test_launches_and_upgrades_of_the_period(t):
    assert (value(t, "launched"), value(t, "upgraded")) == (0, 0)
    first, second = t.record(
        launched("a", "T1", "2021-01-01", tier="town"),
        BrandUpgraded("a", "district", on("2021-12-31")),
    )
    t.record(
        launched("b", "T1", "2020-12-31"),
        launched("c", "T1", "2022-01-01"),
        BrandUpgraded("b", "town", on("2022-01-01")),
    )
    assert (value(t, "launched"), value(t, "upgraded")) == (1, 1)
    before, after = moves(t, "upgraded", lambda: t.void(second))
    assert (before["all",], after["all",]) == (1, 0)
    moved = launched("a", "T1", "2020-06-01", tier="town")
    before, after = moves(t, "launched", lambda: t.correct(first, moved))
    assert (before["all",], after["all",]) == (1, 0)
    assert value(t, "launched", period="2020") == 2


# Who copies it


def copied(t):
    """Launched by T1 on 1 March 2022, adopted by T2, T1 itself, T3, and T2 again."""
    t.record(unit("T3"), unit("T4"), launched("b", "T1", "2022-03-01"))  # positions 2, 3, 4
    return t.record(
        adopted("b", "T2", "2022-03-31"),
        adopted("b", "T1", "2022-04-01"),
        adopted("b", "T3", "2022-08-01", "adapt"),
        adopted("b", "T2", "2022-09-01", "adapt"),
    )


def test_adopters_are_others_each_once(t):
    copied(t)
    t.record(launched("nobody", "T2", "2022-01-01"))
    assert values(t, "adopters", "2022") == {
        ("all",): 2,
        ("all", "copy"): 1,
        ("all", "adapt"): 1,
        ("brand:b",): 2,
        ("brand:nobody",): 0,
    }
    assert value(t, "adopters", "brand:b", "2022Q2") == 1
    assert values(t, "adopters", "2021") == {("all",): 0, ("all", "copy"): 0, ("all", "adapt"): 0}


def test_a_brand_that_has_ended_counts_in_all_alone(t):
    copied(t)
    t.record(ended("b", "2023-01-01"))
    assert value(t, "adopters", "brand:b", "2022") == 2
    assert values(t, "adopters", "2023") == {("all",): 2, ("all", "copy"): 1, ("all", "adapt"): 1}
    assert values(t, "time_to_adopter", "2023") == {
        ("all", "1"): 30, ("all", "3"): None, ("all", "5"): None,
    }  # fmt: skip
    # Two adopters came until the end, 306 days on, and no third one any more.
    assert parts(reading(t, "time_to_adopter", period="2023", kth="3")) == (None, 0, 1)


def test_an_adopter_that_became_one_with_the_originator_is_none(t):
    copied(t)
    t.record(merged(("T2",), "T1", "2022-12-01"))
    assert value(t, "adopters", "brand:b", "2022") == 2
    assert value(t, "adopters", "brand:b", "2022", tree="now") == 1
    assert value(t, "adopters", period="2022", tree="now") == 1


def test_adopters_that_merged_are_one(t):
    copied(t)
    t.record(merged(("T2", "T3"), "T4", "2022-12-01"))
    assert value(t, "adopters", "brand:b", "2022", tree="now") == 1
    assert value(t, "curve", period="2022", tree="now", month="2022-12") == 1
    # T4 and T1 are left, and T4 has it by way of its parts; in time, since 31 March.
    assert parts(reading(t, "adopter_share", "brand:b", "2022", tree="now")) == (1, 1, 1)
    assert value(t, "time_to_adopter", "brand:b", "2022", tree="now", kth="1") == 30


def test_a_voided_adoption_leaves_adopters_curve_and_share(t):
    _, _, third, _ = copied(t)
    size = t.size
    t.void(third)
    for name, was, now in (("adopters", 2, 1), ("adopter_share", round(2 / 3, 6), round(1 / 3, 6))):
        assert value(t, name, "brand:b", "2022", at=size) == was
        assert value(t, name, "brand:b", "2022") == now
    december = {"month": "2022-12"}
    assert value(t, "curve", period="2022", at=size, **december) == 2
    assert value(t, "curve", period="2022", **december) == 1


def test_adopter_share_is_of_units_open_on_the_last_day(t):
    copied(t)
    t.record(
        unit("S", "social", "district"),
        unit("X", "external", "district"),
        unit("new", "organ", "district", "2023-01-01"),
        unit("last", "soe", "district", "2022-12-31"),
        adopted("b", "X", "2022-09-02"),
        UnitReorganized("close", ("T3",), on("2022-12-31")),
    )
    # T2, T4 and `last` could have; T2 has. T3 has and is gone, X is outside: an adopter all the same.
    assert parts(reading(t, "adopter_share", "brand:b", "2022")) == (round(1 / 3, 6), 1, 3)
    assert value(t, "adopters", "brand:b", "2022") == 3
    t.record(launched("c", "T2", "2022-01-01"))
    # The mean of 1/3 and 0/3.
    assert parts(reading(t, "adopter_share", period="2022")) == (
        round(1 / 6, 6), round(1 / 3, 6), 2,
    )  # fmt: skip


def test_adopter_share_without_brands_or_without_others(t):
    r = reading(t, "adopter_share")
    assert (parts(r), r.reason.zh) == ((None, 0, 0), "没有品牌")
    t.record(launched("b", "T1"), UnitReorganized("close", ("T2",), on("2020-06-01")))
    for subject in ("all", "brand:b"):
        assert said(reading(t, "adopter_share", subject))[0] == "no other unit could adopt it"
    t.record(ended("b", "2020-12-01"))
    assert values(t, "adopter_share") == {("all",): None}
    assert said(reading(t, "adopter_share"))[0] == "there is no brand"


def test_time_to_the_kth_adopter(t):
    copied(t)
    assert value(t, "time_to_adopter", "brand:b", "2022", kth="1") == 30
    r = reading(t, "time_to_adopter", "brand:b", "2022", kth="3")
    assert (r.value, r.reason.zh, r.reason.en) == (
        None,
        "尚无第 3 家",
        "no adopter number 3 so far",
    )
    # As of the end of March the first is there: the 30th day is its last.
    assert value(t, "time_to_adopter", "brand:b", "2022-03", kth="1") == 30
    assert value(t, "time_to_adopter", "brand:b", "2022-03-01..2022-03-30", kth="1") is None


def test_the_median_time_counts_brands_that_still_wait(t):
    copied(t)
    t.record(
        launched("c", "T1", "2022-01-01"),
        adopted("c", "T2", "2022-02-10"),  # after 40 days
        launched("d", "T1", "2022-12-12"),  # 19 days until 31 December
        launched("e", "T1", "2022-01-01"),
        ended("e", "2022-02-05"),  # after 35 days, and nobody any more
        launched("f", "T1", "2022-01-01"),
        ended("f", "2022-02-06"),  # after 36
    )
    # 19, 35 and 36 censored, 30, 40: S(30) = 3/4, S(40) = 0, so the median is 40.
    r = reading(t, "time_to_adopter", period="2022", kth="1")
    assert parts(r) == (40, 2, 5)
    assert said(r)[1] == ["3 not over by the period's end"]
    r = reading(t, "time_to_adopter", period="2022", kth="5")
    assert (r.value, r.numerator, r.denominator) == (None, 0, 5)
    assert said(r)[0] == "more than half are not over: the median is not reached"
    # A year on d has waited for 384 days: S(30) = 4/5, S(40) = 4/5 x 1/2.
    assert parts(reading(t, "time_to_adopter", period="2023", kth="1")) == (40, 2, 5)


def test_an_end_before_the_launch_ends_nothing(t):
    t.record(launched("b", "T1", "2020-03-01"), ended("b", "2019-12-01"))
    t.record(adopted("b", "T2", "2020-03-11"))
    assert value(t, "active") == 1
    # Waiting for the third from 1 March until 31 December 2020: 305 days, not below none.
    assert parts(reading(t, "time_to_adopter", period="2020", kth="3")) == (None, 0, 1)
    assert value(t, "time_to_adopter", period="2020", kth="1") == 10


def test_time_without_brands_and_with_an_adopter_before_the_launch(t):
    r = reading(t, "time_to_adopter", kth="1")
    assert (r.value, r.denominator, r.reason.zh) == (None, 0, "没有品牌")
    t.record(
        launched("b", "T1", "2021-03-01"),
        adopted("b", "T2", "2021-02-01"),
    )
    r = reading(t, "time_to_adopter", "brand:b", kth="1")
    assert said(r) == (
        "no adopter number 1 so far", ["1 adopters left out, being earlier than the launch"],
    )  # fmt: skip
    assert r.flags[0].zh == "1 家推广早于推出，未计入"
    assert said(reading(t, "time_to_adopter", kth="1"))[1][0].startswith("1 adopters left out")
    assert value(t, "adopters", "brand:b") == 1


def test_time_follows_corrections(t):
    first, *_ = copied(t)
    before, after = moves(
        t, "time_to_adopter", lambda: t.correct(first, adopted("b", "T4", "2022-03-11")), "2022"
    )
    assert (before["brand:b", "1"], after["brand:b", "1"]) == (30, 10)
    assert (before["brand:b", "3"], after["brand:b", "3"]) == (None, 184)  # T2, on 1 September


def test_the_curve_adds_up_month_by_month(t):
    copied(t)
    t.record(launched("c", "T2", "2022-08-01"), adopted("c", "T1", "2022-08-31"))
    found = values(t, "curve", "2022")
    assert [found["all", f"2022-{m:02}"] for m in range(1, 13)] == [
        0, 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3,
    ]  # fmt: skip
    # A month of which the period has only a part is counted to the period's end.
    assert values(t, "curve", "2022-08-01..2022-08-30") == {("all", "2022-08"): 2}


# Reuse


def resource(id_, of, kind="film", day="2020-05-01"):
    return ResourcePublished(id_, id_, kind, on(day), of)


def used(id_, by, day="2021-05-01", **more):
    return ResourceUsed(id_, on(day), by, **more)


def test_reuse_is_what_others_than_the_owner_used(t):
    t.record(
        resource("own", "T1"),
        resource("shared", "T1", "good_practice"),
        resource("unused", "T2", "good_practice"),
        resource("blank", "T2"),
        resource("nobodys", None),
        resource("later", "T1", day="2022-01-01"),
        used("own", "T1"),
        used("shared", "T1"),
        used("shared", "T2"),
        used("shared", "T2"),
        used("unused", "T1", "2020-12-31"),
        used("blank", None),
        used("nobodys", "T1"),
    )
    r = reading(t, "reuse")
    assert parts(r) == (0.25, 1, 4)
    assert said(r)[1] == [
        "1 resources left out: no owner is said",
        "1 resources whose users are not said, not counted as reused",
    ]
    assert value(t, "reuse", kind="good_practice") == 0.5
    assert value(t, "reuse", kind="film") == 0
    r = reading(t, "reuse", kind="handbook")
    assert (parts(r), r.reason.zh) == ((None, 0, 0), "没有已知归属的资源")
    # An activity that was taught from it is a use by its host.
    (id_,) = t.record(ActivityHeld("A", on("2021-06-01"), "T2", resources=("own",)))
    assert value(t, "reuse") == 0.5
    before, after = moves(t, "reuse", lambda: t.void(id_))
    assert (before["all",], after["all",]) == (0.5, 0.25)


def test_reuse_without_an_owner_is_no_figure(t):
    assert said(reading(t, "reuse")) == ("of no resource is the owner known", [])
    t.record(resource("r", None), used("r", "T1"))
    assert said(reading(t, "reuse")) == (
        "of no resource is the owner known",
        ["1 resources left out: no owner is said"],
    )


def test_a_user_that_became_one_with_the_owner_is_no_other(t):
    t.record(resource("r", "T1"), used("r", "T2"), merged(("T1",), "T2"))
    assert value(t, "reuse") == 1
    assert value(t, "reuse", tree="now") == 0


# Expectations


def held(id_, host="O", day="2021-03-01", forms=("seminar",), came=()):
    formats = dict.fromkeys(forms, 30)
    return ActivityHeld(
        id_,
        on(day),
        host,
        minutes=30 * len(forms) or None,
        formats=formats,
        attendance=tuple(Attendance(u, "general", None, n) for u, n in came),
    )


def test_organs_interact_in_half_of_their_months(t):
    t.record(
        unit("O", "organ", "district"),
        unit("P", "public_inst", "district", "2021-07-15"),  # six months of 2021
        *(held(f"O{m}", day=f"2021-{m:02}-01") for m in range(1, 6)),
        held("again", day="2021-05-09", forms=("lecture", "quiz")),
        held("lecture", day="2021-06-01", forms=("lecture",)),
        held("P7", "P", "2021-07-31"),
        held("P8", "T1", "2021-08-01", came=(("P", 3),)),
        held("P9", "T1", "2021-09-01", came=(("P", 0),)),
    )
    assert value(t, "expectation", "unit:O") == 0  # 5 months of 12
    assert value(t, "expectation", "unit:P") == 0  # 2 of 6
    t.record(held("O7", day="2021-07-01"), held("P10", "P", "2021-10-01"))
    assert value(t, "expectation", "unit:O") == 1
    assert value(t, "expectation", "unit:P") == 1
    assert value(t, "expectation", unit_kind="public_inst") == 1
    # Of O, P (170 days of 365) and two towns without a feature.
    r = reading(t, "expectation")
    assert parts(r) == (
        round((365 + 170) / (3 * 365 + 170), 6), round(535 / 365, 6), round(1265 / 365, 6),
    )  # fmt: skip


def test_towns_need_a_feature_enterprises_a_brand(t):
    t.record(
        unit("Z", "zone"),
        unit("C", "soe", "district"),
        unit("V", "village", "village"),
        unit("X", "external", "district"),
        launched("b", "T1"),
        launched("f", "C", kind="feature"),
        launched("p", "Z", kind="project"),
        launched("v", "V"),
    )
    assert values(t, "expectation") == {
        ("all",): 0.25,
        ("all", "organ"): None,
        ("all", "public_inst"): None,
        ("all", "soe"): 0,
        ("all", "town"): 0,
        ("all", "zone"): 1,
        ("unit:C",): 0,
        ("unit:T1",): 0,
        ("unit:T2",): 0,
        ("unit:V",): None,
        ("unit:Z",): 1,
    }
    assert reading(t, "expectation", "unit:V").reason.zh == "该类单位没有预期要求"
    assert reading(t, "expectation", unit_kind="organ").denominator == 0
    before, after = moves(
        t, "expectation", lambda: t.record(launched("f1", "T1", kind="feature"), launched("c", "C"))
    )
    assert (before["all",], after["all",]) == (0.25, 0.75)


def test_forms_or_attendance_that_are_blank_may_have_met_it(t):
    t.record(
        unit("O", "organ", "district"),
        unit("Q", "organ", "district"),
        unit("R", "organ", "district"),
        held("form", forms=()),
        held("came", "T1", came=(("Q", None), ("T2", None))),
        held("lecture", "T1", forms=("lecture",), came=(("R", None),)),
    )
    # What is blank in one month of three could not have made it half of them.
    assert values(t, "expectation", "2021Q1")["unit:O",] == 0
    march = values(t, "expectation", "2021-03")
    assert (march["unit:O",], march["unit:Q",], march["unit:R",]) == (None, None, 0)
    assert march["unit:T2",] == 0  # of which this is not expected
    r = reading(t, "expectation", "unit:O", "2021-03")
    assert r.reason.zh == "活动形式或到场人数空白"
    r = reading(t, "expectation", period="2021-03", unit_kind="organ")
    assert parts(r) == (0, 0, 3)
    assert said(r)[1] == [
        "not counted as met, the forms or the attendance of activities are blank: O, Q"
    ]


def test_an_organ_that_is_gone_interacts_for_its_heir(t):
    t.record(
        unit("O", "organ", "district"),
        unit("Q", "organ", "district"),
        *(held(f"O{m}", "O", f"2021-{m:02}-01") for m in (1, 2, 3)),
        *(held(f"Q{m}", "Q", f"2021-{m:02}-01") for m in (3, 4, 5)),
        merged(("O",), "Q"),
    )
    (id_,) = t.record(held("Q6", "Q", "2021-06-01"))
    assert value(t, "expectation", "unit:Q") == 0  # 4 months of 12
    assert value(t, "expectation", "unit:Q", tree="now") == 1  # 6 of 12
    before, after = moves(t, "expectation", lambda: t.void(id_), tree="now")
    assert (before["unit:Q",], after["unit:Q",]) == (1, 0)


def test_expectations_of_no_unit_are_no_figure(t):
    r = reading(t, "expectation", period="2019")
    assert (parts(r), r.reason.en) == (
        (None, 0, 0),
        "no unit was open of which anything is expected",
    )


# Contradictions


def test_adoptions_that_cannot_be_are_listed(t):
    copied(t)
    t.record(
        adopted("b", "T4", "2022-02-28"),  # position 9, before the launch
        ended("b", "2022-10-01"),
        adopted("b", "T4", "2022-10-01"),  # 11, after the end, and again
        BrandUpgraded("b", "town", on("2022-10-02")),  # 12
        BrandUpgraded("b", "district", on("2022-09-30")),
        launched("late", "T1", "2023-05-01", tier="town"),
        adopted("late", "T2", "2022-05-01"),  # 15: of a brand that was launched a year later
    )
    assert values(t, "contradictions", "2022") == {
        ("all",): 6,
        ("brand:b",): 5,
        ("brand:late",): 1,
    }
    assert said(reading(t, "contradictions", "brand:b", "2022"))[1] == [
        "position 6: adopted by its originator on 2022-04-01",
        "position 8: adopted by T2 again on 2022-09-01",
        "position 9: adopted on 2022-02-28, before the launch",
        "position 11: adopted by T4 again on 2022-10-01",
        "position 11: adopted on 2022-10-01, after the end",
        "position 12: upgraded on 2022-10-02, after the end",
    ]
    assert [f.zh for f in reading(t, "contradictions", "brand:b", "2022").flags] == [
        "第 6 条：2022-04-01 首创单位自我推广",
        "第 8 条：2022-09-01 T2 重复推广",
        "第 9 条：2022-02-28 推出前推广",
        "第 11 条：2022-10-01 T4 重复推广",
        "第 11 条：2022-10-01 终止后推广",
        "第 12 条：2022-10-02 终止后升级",
    ]
    assert values(t, "contradictions", "2022Q2") == {
        ("all",): 2, ("brand:b",): 1, ("brand:late",): 1,
    }  # fmt: skip
    assert said(reading(t, "contradictions", "brand:late", "2022"))[1] == [
        "position 15: adopted on 2022-05-01, before the launch"
    ]
    again = reading(t, "contradictions", "brand:b", "2022-09-01")
    assert said(again)[1] == ["position 8: adopted by T2 again on 2022-09-01"]
    assert values(t, "contradictions") == {("all",): 0}


def test_an_end_before_the_launch_is_listed(t):
    t.record(launched("b", "T1", "2021-03-01"), ended("b", "2021-02-28"))
    r = reading(t, "contradictions", "brand:b")
    assert (r.value, said(r)[1]) == (1, ["position 3: ended on 2021-02-28, before the launch"])
    assert r.flags[0].zh == "第 3 条：2021-02-28 推出前终止"


def test_a_third_adoption_is_listed_once(t):
    t.record(launched("b", "T1", "2021-01-01"))
    t.record(*(adopted("b", "T2", f"2021-0{m}-01") for m in (2, 3, 4)))
    assert said(reading(t, "contradictions", "brand:b"))[1] == [
        "position 4: adopted by T2 again on 2021-03-01",
        "position 5: adopted by T2 again on 2021-04-01",
    ]


def test_a_contradiction_that_was_taken_back_is_none(t):
    _, own, _, _ = copied(t)
    t.record(merged(("T1",), "T4", "2022-12-01"))
    before, after = moves(t, "contradictions", lambda: t.void(own), "2022")
    assert (before["all",], after["all",]) == (2, 1)
    assert values(t, "contradictions", "2022", tree="now") == after


# What holds for all


BAD = [
    ("brand.launched", {"name": ""}, "name"),
    ("brand.launched", {"kind": "slogan"}, "kind"),
    ("brand.launched", {"unit": "nowhere"}, "unit"),
    ("brand.launched", {"themes": ["warning", "warning"]}, "themes.1"),
    ("brand.launched", {"tier": "province"}, "tier"),
    ("brand.upgraded", {"tier": None}, "tier"),
    ("brand.adopted", {"mode": "steal"}, "mode"),
    ("brand.adopted", {"brand": "unknown"}, "brand"),
    ("brand.adopted", {"day": "2999-01-01"}, "day"),
    ("brand.ended", {"brand": "unknown"}, "brand"),
]
GOOD = {
    "brand.launched": {
        "brand": "c", "name": "c", "kind": "brand", "unit": "T1", "day": "2021-01-01",
    },
    "brand.upgraded": {"brand": "b", "tier": "town", "day": "2021-01-01"},
    "brand.adopted": {"brand": "b", "unit": "T2", "mode": "copy", "day": "2021-01-01"},
    "brand.ended": {"brand": "b", "day": "2021-01-01"},
}  # fmt: skip


def handed_in(t, type_, data):
    event, disclosures = read_data(t.registry.types[type_], data)
    t.record(Draft(event=event, recorder="trial", disclosures=disclosures))


@pytest.mark.parametrize(("type_", "wrong", "path"), BAD, ids=str)
def test_bad_input_is_refused_at_its_place_in_both_languages(t, type_, wrong, path):
    t.record(launched("b", "T1"))
    size = t.size
    with pytest.raises(Refused) as refused:
        handed_in(t, type_, GOOD[type_] | wrong)
    (fault,) = refused.value.faults
    assert fault.path == path
    assert any("\u4e00" <= c <= "\u9fff" for c in fault.message("zh"))
    assert fault.message("zh") != fault.message("en")
    assert t.size == size


@pytest.mark.parametrize("type_", GOOD)
def test_good_input_is_taken(t, type_):
    t.record(launched("b", "T1"))
    handed_in(t, type_, GOOD[type_])
    assert t.size == 4


def test_an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest(t):
    found = {name: t.readings(name, "2019") for name in NAMES}
    zero = {n for n, rs in found.items() if any(r.value == 0 for r in rs)}
    assert zero == {
        f"brands.{n}"
        for n in ("active", "launched", "upgraded", "adopters", "curve", "contradictions")
    }
    for name in set(NAMES) - zero:
        assert all(r.value is None and r.reason.zh and r.reason.en for r in found[name])


def test_every_indicator_says_its_formula_and_has_evidence():
    for i in lianjian_family().indicators:
        assert i.formula
        assert i.of
        assert not any("\u4e00" <= c <= "\u9fff" for c in i.formula), "needs no language"


def test_evidence_of_adopters_are_the_launch_and_the_adoptions_by_then(t):
    copied(t)
    t.record(launched("other", "T2"))
    t.readings("brands.adopters", "2023")
    size = t.size
    moment = Moment(size, root(size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        found = figures.evidence("brands.adopters", Period.parse("2023"), "brand:b")
        assert found == [4, 5, 6, 7, 8]
        assert figures.evidence("brands.launched", Period.parse("2022")) == [4]


def test_what_rests_on_made_up_adoptions_is_made_up(t):
    copied(t)
    assert not reading(t, "adopters", period="2023").synthetic
    t.record(adopted("b", "T4", "2022-05-05"), recorder="synthetic demo")
    for name in ("adopters", "adopter_share", "curve", "contradictions"):
        assert all(r.synthetic for r in t.readings(f"brands.{name}", "2023")), name
    assert not reading(t, "launched", period="2022").synthetic


def test_laws():
    check_family(lianjian_family(), histories=5)


def test_laws_over_long_histories():
    check_family(lianjian_family(), size=200, histories=2)


def test_event_types_are_those_that_were_agreed():
    assert [event_type(e).name for e in lianjian_family().events] == list(GOOD)


def test_the_demos_brands_are_those_that_were_meant():
    told = defaultdict(list)
    for one in demo_matter.brands("a seed"):
        assert one.id.startswith("demo-")
        told[one.type].append(one.data)
    own = defaultdict(set)
    for brand in told["brand.launched"]:
        own[brand["unit"]].add(brand["kind"])
        assert brand["name"].startswith("示例")
    towns = Counter(len(own[town]) for town in TOWNS)
    assert towns == {2: 5, 1: 3, 0: 4}
    launches = {b["brand"]: b for b in told["brand.launched"]}
    adoptions = told["brand.adopted"]
    assert len(adoptions) == 9
    assert sum(launches[a["brand"]]["unit"] == a["unit"] for a in adoptions) == 1
    assert all(launches[a["brand"]]["day"] < a["day"] for a in adoptions)
    assert len(told["brand.upgraded"]) == 1
    ends = {e["brand"]: e["day"] for e in told["brand.ended"]}
    assert ends.keys() == launches.keys(), "none of it stands in a later year"
    assert Counter(day[:4] for day in ends.values()) == {"2023": 13, "2022": 1}
