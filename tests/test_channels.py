"""Channels against answers worked by hand."""

from datetime import date
from math import exp, log

import pytest

from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    HeadcountDeclared,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Period
from lianjian.core.resources import ResourcePublished, ResourceUsed
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.channels import lianjian_family

NAMES = [i.name for i in lianjian_family().indicators]
CHANNELS = ("offline", "online_live", "online_async", "media", "blended")


def on(text):
    return date.fromisoformat(text)


def unit(id_, kind="town", tier="town", day="2020-01-01"):
    return UnitRegistered(id_, id_, kind, tier, on(day))


def held(id_, channel=None, host="D", came=(), day="2021-05-01", **more):
    lines = tuple(Attendance(u, "general", None, n) for u, n in came)
    return ActivityHeld(id_, on(day), host, channel=channel, attendance=lines, **more)


def resource(id_, of="D", kind="film", day="2020-05-01", **more):
    return ResourcePublished(id_, id_, kind, on(day), of, **more)


def used(id_, reach=None, day="2021-05-01", **more):
    return ResourceUsed(id_, on(day), reach=reach, **more)


def heads(id_, persons, category="general"):
    return HeadcountDeclared(id_, category, persons, on("2020-01-01"))


def merged(units, into, day="2022-01-01"):
    return UnitReorganized("merge", units, on(day), (Successor(into, 10_000),))


def split(id_, day="2022-01-01", **into):
    successors = tuple(Successor(u, share) for u, share in into.items())
    return UnitReorganized("split", (id_,), on(day), successors)


@pytest.fixture
def t(tmp_path):
    """The district's own organ D, the town T and its village V, all open since 2020."""
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(unit("D", "organ", "district"), unit("T"), unit("V", "village", "village"))
        yield trial


def reading(t, name, subject="all", period="2021", **more):
    return t.reading(f"channels.{name}", period, subject, **more)


def value(t, name, subject="all", period="2021", **more):
    return reading(t, name, subject, period, **more).value


def values(t, name, period="2021", **more):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"channels.{name}", period, **more)
    }


def some(found):
    """The readings that are neither blank nor zero."""
    return {key: n for key, n in found.items() if n}


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


# Activities


def ten(t):
    """Six offline, two blended, two live, and one that does not say; another year is another."""
    channels = ["offline"] * 6 + ["blended"] * 2 + ["online_live"] * 2 + [None]
    t.record(*(held(f"a{i}", channel) for i, channel in enumerate(channels)))
    t.record(held("old", "media", day="2020-12-31"), held("new", "media", day="2022-01-01"))


def test_the_mix_and_the_share_online(t):
    ten(t)
    assert values(t, "mix") == {
        (subject, channel): n
        for subject, counts in {
            "all": (6, 2, 0, 0, 2),
            "unit:D": (6, 2, 0, 0, 2),
            "unit:T": (0, 0, 0, 0, 0),
            "unit:V": (0, 0, 0, 0, 0),
        }.items()
        for channel, n in zip(CHANNELS, counts, strict=True)
    }
    r = reading(t, "mix", channel="offline")
    assert (r.flags[0].zh, said(r)[1]) == (
        "1 场未注明渠道", ["1 activities do not say their channel"],
    )  # fmt: skip
    r = reading(t, "online_share")
    assert parts(r) == (0.4, 4, 10)
    assert said(r)[1] == ["1 activities do not say their channel"]
    assert value(t, "online_share", "unit:D") == 0.4
    assert value(t, "online_share", period="2022") == 1
    # e to the entropy of 6, 2, 2 in ten: H = 0.306495 + 0.643775 = 0.950271.
    due = exp(-0.6 * log(0.6) - 2 * 0.2 * log(0.2))
    assert value(t, "diversity") == round(due, 6) == 2.586409
    assert value(t, "diversity", period="2022") == 1


def test_activities_that_all_lack_a_channel_or_are_not_there(t):
    for name in ("online_share", "diversity"):
        assert said(reading(t, name)) == ("there is no activity", [])
    t.record(held("a"))
    for name in ("online_share", "diversity"):
        r = reading(t, name)
        assert (r.value, r.reason.zh) == (None, "均未注明渠道")
        assert said(r)[1] == ["1 activities do not say their channel"]
    assert parts(reading(t, "online_share", "unit:T")) == (None, 0, 0)
    assert said(reading(t, "online_share", "unit:T"))[0] == "there is no activity"
    assert value(t, "mix", channel="offline") == 0


def test_a_mix_of_a_part_of_the_year_has_what_was_held_in_it(t):
    t.record(
        held("a", "offline", day="2021-01-31"),
        held("b", "media", day="2021-02-01"),
        unit("N", day="2021-02-01"),
    )
    assert some(values(t, "mix", "2021-01")) == {("all", "offline"): 1, ("unit:D", "offline"): 1}
    assert ("unit:N", "media") not in values(t, "mix", "2021-01")
    assert values(t, "mix", "2021-02")["unit:N", "media"] == 0
    assert value(t, "online_share", period="2021-02") == 1
    assert value(t, "diversity", period="2021-01") == 1
    assert value(t, "diversity") == 2


def test_what_a_unit_that_was_split_held_is_split(t):
    t.record(held("a", "offline", "T"), held("b", "media", "T"), unit("U"), unit("W"))
    t.record(split("T", U=7_500, W=2_500))
    assert value(t, "mix", "unit:T", channel="media") == 1
    now = values(t, "mix", tree="now")
    assert (now["unit:U", "media"], now["unit:W", "media"], now["all", "media"]) == (0.75, 0.25, 1)
    assert ("unit:T", "media") not in now
    assert value(t, "online_share", "unit:W", tree="now") == 0.5
    assert value(t, "diversity", tree="now") == value(t, "diversity") == 2


def test_activities_follow_corrections(t):
    first, second = t.record(held("a", "offline"), held("b", "media"))
    before, after = moves(t, "mix", lambda: t.correct(first, held("a", "blended")))
    assert some(before).keys() == {
        ("all", "offline"), ("all", "media"), ("unit:D", "offline"), ("unit:D", "media"),
    }  # fmt: skip
    assert after["all", "offline"] == 0
    before, after = moves(t, "diversity", lambda: t.void(second))
    assert (before["all",], after["all",]) == (2, 1)
    before, after = moves(t, "online_share", lambda: t.record(held("c", "offline")))
    assert (before["all",], after["all",]) == (1, 0.5)


# Attendance and reach


def test_attendance_is_added_by_the_channel_of_the_activity(t):
    t.record(
        held("a", "offline", came=(("D", 10), ("T", None))),
        held("b", "offline", came=(("T", 5),), day="2021-12-31"),
        held("c", "blended", came=(("V", None),)),
        held("d", None, came=(("V", 4),)),
        held("e", "media"),
        held("f", "online_live", came=(("V", 0),)),
        held("g", "offline", came=(("V", 100),), day="2022-01-01"),
    )
    assert values(t, "attendance") == {
        ("all",): 19,
        ("all", "offline"): 15,
        ("all", "blended"): None,
        ("all", "online_live"): 0,
        ("all", "online_async"): None,
        ("all", "media"): None,
    }
    assert said(reading(t, "attendance"))[1] == [
        "2 lines without a number", "1 lines of activities without a channel",
    ]  # fmt: skip
    assert said(reading(t, "attendance", channel="offline"))[1] == ["1 lines without a number"]
    r = reading(t, "attendance", channel="blended")
    assert (r.reason.zh, r.flags[0].zh) == ("人数全部空白", "1 行到场人数空白")
    # An item in a paper has no sign-in sheet: no blank line, and no zero.
    assert said(reading(t, "attendance", channel="media")) == ("there is no sign-in sheet", [])
    assert value(t, "attendance", period="2021-12") == 5


def test_reach_is_added_by_the_channel_of_the_use_or_else_of_the_resource(t):
    t.record(
        resource("r", kind="column", channel="media"),
        resource("s"),
        used("r", 500),
        used("r", None),
        used("r", 300, channel="online_async"),
        used("s", 7),
        used("s", 1000, "2022-01-01"),
    )
    assert some(values(t, "reach")) == {
        ("all",): 807,
        ("all", "media"): 500,
        ("all", "online_async"): 300,
        ("all", "column"): 800,
        ("all", "film"): 7,
    }
    assert said(reading(t, "reach"))[1] == ["1 uses without a number", "1 uses without a channel"]
    assert said(reading(t, "reach", channel="media"))[1] == ["1 uses without a number"]
    assert said(reading(t, "reach", channel="online_async"))[1] == []
    assert said(reading(t, "reach", kind="handbook")) == ("no use is recorded", [])


def test_the_worked_sum_of_reach(t):
    t.record(resource("r"), used("r", 500), used("r", None), used("r", 300))
    r = reading(t, "reach")
    assert (r.value, r.flags[0].zh) == (800, "1 次使用未注明触达")


def test_where_all_is_blank_or_nothing_is_recorded_there_is_no_sum(t):
    assert said(reading(t, "reach")) == ("no use is recorded", [])
    assert said(reading(t, "attendance")) == ("there is no sign-in sheet", [])
    t.record(resource("r", channel="media"), used("r"), held("a", "media", came=(("T", None),)))
    for name, flag in (
        ("reach", "1 uses without a number"),
        ("attendance", "1 lines without a number"),
    ):
        assert said(reading(t, name)) == ("all numbers are blank", [flag])
        assert said(reading(t, name, channel="media")) == ("all numbers are blank", [flag])


def test_reach_and_attendance_are_never_added(t):
    t.record(
        resource("r", channel="media"),
        held("a", "media", came=(("T", 30),), resources=("r",)),
        used("r", 200, activity="a"),
    )
    assert (value(t, "reach"), value(t, "attendance")) == (200, 30)
    assert value(t, "reach", channel="media") == 200
    # What the activity used says nothing of reach, and is no use without a number.
    assert said(reading(t, "reach"))[1] == []


def test_a_voided_use_leaves_reach_and_a_corrected_sheet_attendance(t):
    _, use, sheet = t.record(resource("r"), used("r", 9), held("a", "media", came=(("T", 30),)))
    before, after = moves(t, "reach", lambda: t.void(use))
    assert (before["all",], after["all",]) == (9, None)
    mended = held("a", "offline", came=(("T", 3),))
    before, after = moves(t, "attendance", lambda: t.correct(sheet, mended))
    assert (before["all", "media"], after["all", "media"], after["all", "offline"]) == (30, None, 3)


def test_sums_stay_what_they_were_when_units_merge(t):
    t.record(
        resource("r"),
        used("r", 9, unit="T"),
        held("a", "media", "T", came=(("T", 30), ("V", 2))),
        merged(("T",), "V"),
    )
    assert value(t, "reach", tree="now") == 9
    assert value(t, "attendance", tree="now") == 32


# Resources


def test_what_was_published_by_kind_and_owner(t):
    a, *_ = t.record(
        resource("a", day="2021-01-01"),
        resource("b", "T", "case_notice", "2021-12-31"),
        resource("c", None, "film", "2021-06-01"),
        resource("d", "T", day="2020-12-31"),
        resource("e", "T", day="2022-01-01"),
    )
    assert some(values(t, "published")) == {
        ("all",): 3,
        ("all", "film"): 2,
        ("all", "case_notice"): 1,
        ("unit:D",): 1,
        ("unit:D", "film"): 1,
        ("unit:T",): 1,
        ("unit:T", "case_notice"): 1,
    }
    assert value(t, "published", "unit:V", kind="column") == 0
    assert reading(t, "published").flags[0].zh == "1 件资源未注明归属"
    assert said(reading(t, "published"))[1] == ["1 resources without an owner"]
    before, after = moves(t, "published", lambda: t.correct(a, resource("a", "V", "film")))
    assert (before["unit:D",], after["unit:D",], after["unit:V",]) == (1, 0, 0)
    assert (before["all",], after["all",]) == (3, 2)


def test_resources_go_whole_to_every_heir(t):
    t.record(
        unit("U"),
        unit("W"),
        resource("a", "T", "column", "2021-05-01", sharing="open"),
        resource("b", "V", "column", "2021-05-01", sharing="own"),
        split("T", U=7_500, W=2_500),
        merged(("V",), "W"),
    )
    for name, then, now in (
        ("published", {"T": 1, "V": 1, "U": 0, "W": 0}, {"U": 1, "W": 2}),
        ("columns", {"T": 1, "V": 1, "U": 0, "W": 0}, {"U": 1, "W": 1}),
        ("shared_share", {"T": 1, "V": 0, "U": None, "W": None}, {"U": 1, "W": 0.5}),
    ):
        assert {u: value(t, name, f"unit:{u}") for u in then} == then
        assert {u: value(t, name, f"unit:{u}", tree="now") for u in now} == now
    assert value(t, "published", tree="now") == 2
    assert value(t, "shared_share", tree="now") == 0.5
    assert parts(reading(t, "columns", tree="now")) == (round(2 / 3, 6), 2, 3)


def test_the_three_functions_in_how_many_months(t):
    t.record(
        resource("s", sharing="district", day="2020-01-01"),
        resource("own", sharing="own", day="2020-01-01"),
        resource("blank", day="2021-01-05"),
        resource("o", sharing="open", day="2021-02-05"),
        used("s", day="2021-03-01"),
        used("s", day="2021-03-31"),
        used("own", day="2021-04-01"),
        held("a", resources=("s",), day="2021-05-01"),
        *(
            resource(f"n{m}", kind="case_notice", sharing="own", day=f"2021-{m:02}-28")
            for m in range(1, 7)
        ),
        resource("n0", kind="case_notice", sharing="own", day="2021-06-01"),
        resource("l", kind="law_promo", sharing="own", day="2020-12-31"),
    )
    # Shared in February, March and May; notices in six months; law promotion in none.
    assert values(t, "functions") == {
        ("all",): 0.25,
        ("all", "shared"): 0.25,
        ("all", "case_notice"): 0.5,
        ("all", "law_promo"): 0,
    }
    assert parts(reading(t, "functions")) == (0.25, 9, 36)
    flag = ["1 resources do not say who may use them"]
    assert said(reading(t, "functions"))[1] == flag
    assert said(reading(t, "functions", function="shared"))[1] == flag
    assert said(reading(t, "functions", function="law_promo"))[1] == []
    # A quarter has three months, and a period that begins within one has that month, too.
    assert parts(reading(t, "functions", period="2021Q1", function="shared")) == (
        round(2 / 3, 6), 2, 3,
    )  # fmt: skip
    assert parts(
        reading(t, "functions", period="2021-03-31..2021-04-01", function="shared")
    ) == (0.5, 1, 2)  # fmt: skip


def test_functions_follow_corrections_and_an_empty_year_has_none(t):
    assert set(values(t, "functions").values()) == {0}
    (id_,) = t.record(resource("n", kind="case_notice", day="2021-04-01"))
    before, after = moves(t, "functions", lambda: t.void(id_))
    assert (before["all", "case_notice"], after["all", "case_notice"]) == (round(1 / 12, 6), 0)


def test_columns_weigh_a_unit_by_its_days(t):
    t.record(
        unit("N", day="2021-07-01"),
        resource("c", "T", "column"),
        resource("n", "N", "column", "2021-12-31"),
        resource("film", "V"),
        resource("x", None, "column"),
        resource("late", "V", "column", "2022-01-01"),
    )
    # (1 + 184/365) of D, T, V and N: 549 / 1279.
    r = reading(t, "columns")
    assert r.value == round(549 / 1279, 6)
    assert said(r)[1] == ["1 resources without an owner"]
    assert values(t, "columns")["unit:V",] == 0
    assert value(t, "columns", "unit:N") == 1
    assert value(t, "columns", "unit:V", "2022") == 1


def test_columns_without_units_and_after_a_void(t):
    r = reading(t, "columns", period="2019")
    assert (parts(r), r.reason.zh) == ((None, 0, 0), "期间内没有在册单位")
    (id_,) = t.record(resource("c", "T", "column"))
    before, after = moves(t, "columns", lambda: t.void(id_))
    assert (before["unit:T",], after["unit:T",]) == (1, 0)


def test_what_is_shared_of_what_says_so(t):
    t.record(
        resource("a", sharing="own"),
        resource("b", sharing="district"),
        resource("c", sharing="open", day="2021-12-31"),
        resource("d", "T"),
        resource("e", None, sharing="own"),
        resource("f", sharing="own", day="2022-01-01"),
    )
    r = reading(t, "shared_share")
    assert parts(r) == (0.5, 2, 4)
    assert said(r)[1] == ["1 resources do not say who may use them"]
    assert value(t, "shared_share", "unit:D") == round(2 / 3, 6)
    r = reading(t, "shared_share", "unit:T")
    assert (parts(r), r.reason.zh) == ((None, 0, 0), "均未注明共享范围")
    assert said(reading(t, "shared_share", "unit:V"))[0] == "no resource was published"
    assert said(reading(t, "shared_share", period="2019"))[0] == "no resource was published"
    assert value(t, "shared_share", period="2020") == round(1 / 3, 6)


def test_sharing_follows_corrections(t):
    first, _ = t.record(resource("a", sharing="own"), resource("b", sharing="open"))
    before, after = moves(
        t, "shared_share", lambda: t.correct(first, resource("a", sharing="district"))
    )
    assert (before["all",], after["all",]) == (0.5, 1)


# How evenly


def twenty(t):
    """Twelve resources of the district, six of the town, two of the village."""
    of = ["D"] * 12 + ["T"] * 6 + ["V"] * 2
    t.record(*(resource(f"r{i}", owner) for i, owner in enumerate(of)))
    return t.record(heads("D", 300), heads("T", 600), heads("V", 1100), heads("V", 999, "public"))


def test_the_gap_is_theils_index_of_resources_against_heads(t):
    *_, village, _ = twenty(t)
    due = 0.6 * log(4) + 0.3 * log(1) + 0.1 * log(0.1 / 0.55)
    assert value(t, "resource_gap") == round(due, 6) == 0.661302
    # One unit a tier: all of it lies between them.
    assert values(t, "resource_gap") == {
        ("all",): 0.661302,
        ("all", "between_tiers"): 0.661302,
        ("all", "within_tiers"): 0,
    }
    assert values(t, "per_thousand") == {
        ("all", "district"): 40,
        ("all", "town"): 10,
        ("all", "village"): round(20 / 11, 6),
    }
    assert parts(reading(t, "per_thousand", tier="village")) == (round(20 / 11, 6), 2, 1.1)
    for name in ("resource_gap", "per_thousand"):
        size, before = t.size, values(t, name)
        village = t.correct(village, heads("V", 2200 if name == "resource_gap" else 1000))
        assert values(t, name) != before
        assert values(t, name, at=size) == before
    assert value(t, "per_thousand", tier="village") == 2


def test_a_tier_without_resources_counts(t):
    t.record(resource("a"), resource("b", "T"), heads("D", 10), heads("T", 10), heads("V", 20))
    # A half and a half where a quarter and a quarter are due.
    assert value(t, "resource_gap") == round(log(2), 6)
    assert value(t, "per_thousand", tier="village") == 0
    assert value(t, "per_thousand", tier="town") == 100


def test_the_parts_are_what_lies_between_and_within_tiers(t):
    t.record(unit("U"), heads("D", 10), heads("T", 10), heads("U", 10))
    t.record(*(resource(f"r{i}", owner) for i, owner in enumerate("DDTTTU")))
    # The district 2 of 6 with a third of the heads, towns 4 with two thirds; inside 3/4 and 1/4.
    within = (0.75 * log(1.5) + 0.25 * log(0.5)) * 4 / 6
    assert value(t, "resource_gap", part="between_tiers") == 0
    assert value(t, "resource_gap", part="within_tiers") == round(within, 6) == 0.087208
    # As of one that has declared nobody, of one whose owner nobody says, and of the neighbours'.
    t.record(
        unit("X", "external", "town"),
        resource("v", "V"),
        resource("n", None, tier="town"),
        resource("x", "X"),
    )
    r = reading(t, "resource_gap", part="within_tiers")
    assert r.value == round(within, 6)
    assert said(r)[1] == ["1 resources without an owner", "no headcount, left out: V"]
    r = reading(t, "resource_gap")
    assert (r.value, said(r)) == (
        None,
        (
            "an amount whose reference share is zero",
            ["1 resources of no tier of the district left out"],
        ),
    )
    assert said(reading(t, "per_thousand", tier="village"))[0] == "no headcount was declared"


def test_the_tier_of_a_resource_is_its_own_or_its_owners(t):
    t.record(
        heads("D", 10), heads("T", 10),
        resource("a", "D", tier="town"), resource("b", "T"), resource("c", None, tier="district"),
        resource("d", None), resource("e", "D", tier="municipal"),
        resource("f", "D", day="2022-01-01"),
    )  # fmt: skip
    assert some(values(t, "per_thousand")) == {("all", "district"): 100, ("all", "town"): 200}
    r = reading(t, "per_thousand", tier="town")
    assert r.flags[0].zh == "2 件资源不属区内三个层级，未计入"


def test_without_headcounts_or_resources_there_is_no_gap(t):
    t.record(resource("a"))
    assert values(t, "resource_gap") == {("all",): None}
    assert reading(t, "resource_gap").reason.zh == "未申报人数"
    assert set(values(t, "per_thousand").values()) == {None}
    t.record(heads("D", 10), heads("T", 10))
    assert value(t, "resource_gap") == round(log(2), 6)
    for r in t.readings("channels.resource_gap", "2020-04"):  # before there was a resource
        assert (r.value, r.reason.en) == (None, "the sum is zero")
    assert value(t, "per_thousand", period="2020-04", tier="town") == 0


def test_heads_and_resources_of_a_unit_that_is_gone_are_its_heirs(t):
    t.record(unit("U"), heads("D", 30), heads("T", 10), heads("U", 20))
    t.record(*(resource(f"r{i}", owner) for i, owner in enumerate("DDDTUU")))
    before = values(t, "resource_gap")
    assert before["all", "within_tiers"] == 0
    t.record(merged(("T",), "D"))
    assert values(t, "resource_gap") == before
    # Now 40 heads and 4 resources are the district's; by tier a resource stays what it was made as.
    now = values(t, "resource_gap", tree="now")
    assert (now["all", "between_tiers"], now["all", "within_tiers"]) == (0, 0)
    assert value(t, "per_thousand", tier="district", tree="now") == 75


# What holds for all


def test_an_empty_log_gives_counts_of_zero_and_reasons_for_the_rest(t):
    found = {name: t.readings(name, "2019") for name in NAMES}
    zero = {n for n, rs in found.items() if any(r.value == 0 for r in rs)}
    assert zero == {"channels.mix", "channels.published", "channels.functions"}
    for name in set(NAMES) - zero:
        assert all(r.value is None and r.reason.zh and r.reason.en for r in found[name])


def test_every_indicator_says_its_formula():
    for i in lianjian_family().indicators:
        assert i.formula
        assert not any("\u4e00" <= c <= "\u9fff" for c in i.formula), "needs no language"


def test_evidence_of_a_channel_are_its_activities(t):
    t.record(held("a", "offline"), held("b", "media"), held("c", "media", "T"))
    t.readings("channels.mix", "2021")
    size = t.size
    moment = Moment(size, root(size, t.log.store))
    year = Period.parse("2021")
    with Figures(t.records.views, t.registry.families, moment) as figures:
        assert figures.evidence("channels.mix", year, "all", {"channel": "media"}) == [4, 5]
        assert figures.evidence("channels.mix", year, "unit:T", {"channel": "media"}) == [5]


def test_laws():
    check_family(lianjian_family(), histories=5)


def test_laws_over_long_histories():
    check_family(lianjian_family(), size=200, histories=2)
