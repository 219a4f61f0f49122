"""Lecturers against answers worked by hand."""

from datetime import date

import pytest
from attrs import evolve

from lianjian.core.activities import (
    ActivityHeld,
    HeadcountDeclared,
    Speaker,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.errors import Refused
from lianjian.core.event import Draft, seal
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.period import Period
from lianjian.core.replay import catch_up
from lianjian.core.testing import Trial, check_family
from lianjian.core.tree import root
from lianjian.plugins.lecturers import (
    LecturerEnrolled,
    LecturerJoined,
    LecturerReleased,
    TeamFormed,
    lianjian_family,
)

UNITS = ("anting", "waigang", "juyuan")

NAMES = [i.name for i in lianjian_family().indicators]


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family()]) as trial:
        trial.record(
            *(UnitRegistered(u, u, "town", "town", date(2020, 1, 1)) for u in UNITS),
            TeamFormed("integrity", "integrity", "廉政教育讲师团", date(2020, 1, 1)),
            TeamFormed("youth", "youth_story", "百名纪检青年故事团", date(2020, 1, 1), target=100),
        )
        yield trial


def enrolled(lecturer, day="2020-01-01", *, tier="district", external=False, **more):
    return LecturerEnrolled(lecturer, tier, external, date.fromisoformat(day), **more)


def joined(lecturer, day, team=None):
    return LecturerJoined(lecturer, date.fromisoformat(day), team)


def released(lecturer, day, team=None):
    return LecturerReleased(lecturer, date.fromisoformat(day), team)


def session(activity, day, *speakers, host="anting", minutes=None):
    """An activity whose speakers are (lecturer, minutes)."""
    held = tuple(Speaker(*speaker) for speaker in speakers)
    return ActivityHeld(activity, date.fromisoformat(day), host, minutes=minutes, lecturers=held)


def value(t, name, period="2021", subject="all", **more):
    return t.reading(f"lecturers.{name}", period, subject, **more).value


# What was given


def test_sessions_and_minutes_by_lecturer_team_tier_and_externals(t):
    t.record(
        enrolled("L1", team="integrity"),
        enrolled("L2", team="youth", tier="town"),
        enrolled("L3", team="youth", tier="town"),
        enrolled("P", external=True),
        session("A1", "2021-03-01", ("L1", 60)),
        session("A2", "2021-04-01", ("L1", 30), ("L2", 45)),
        session("A3", "2021-05-01", ("P", 90)),
        session("A4", "2022-01-01", ("L1", 60)),  # the first day after the period
    )
    # L1: 2 sessions, 60 + 30; L2: 1, 45; L3: none; the professor: 1, 90. In all 4 and 225.
    assert value(t, "sessions") == 4
    assert value(t, "minutes") == 225
    assert value(t, "sessions", subject="lecturer:L1") == 2
    assert value(t, "minutes", subject="lecturer:L1") == 90
    assert value(t, "sessions", subject="lecturer:L3") == 0  # on the roll, and nothing given
    assert value(t, "minutes", subject="lecturer:L3") == 0
    assert value(t, "minutes", team="integrity") == 90
    assert value(t, "minutes", team="youth") == 45
    assert value(t, "sessions", tier="town") == 1
    assert value(t, "minutes", tier="district") == 90 + 90  # L1 and the professor
    assert value(t, "minutes", external="yes") == 90
    assert value(t, "minutes", external="no") == 135


def test_blank_minutes_are_not_zero(t):
    t.record(
        enrolled("L1", capacity_minutes=100),
        enrolled("L2", capacity_minutes=100),
        enrolled("L3"),
        enrolled("L4"),
        session("A1", "2021-03-01", ("L1", None)),
        session("A2", "2021-04-01", ("L2", None), ("L3", 30)),
        session("A3", "2021-05-01", ("L2", 10)),
    )
    r = t.reading("lecturers.minutes", "2021", "lecturer:L1")
    assert r.value is None
    assert "blank" in r.reason.en
    assert "空白" in r.reason.zh
    r = t.reading("lecturers.minutes", "2021", "lecturer:L2")
    assert r.value == 10
    assert r.flags[0].en == "1 session(s) without minutes"
    assert value(t, "minutes") == 40  # 10 + 30, two sessions missing
    assert t.reading("lecturers.minutes", "2021").flags[0].zh == "2 场分钟数空白"
    # The Gini is over L2 (10), L3 (30), L4 (0): L1 is named and left out. By hand, ascending
    # 0 10 30: (-2*0 + 0*10 + 2*30) / (3 * 40) = 1/2.
    r = t.reading("lecturers.gini", "2021")
    assert (r.value, r.denominator) == (0.5, 3)
    assert [f.en for f in r.flags] == [
        "the minutes of all sessions are blank: L1",
        "2 session(s) without minutes",
    ]
    # Whether L1 and L2 were above their capacity cannot be told: the blank ones might be long.
    r = t.reading("lecturers.overloaded", "2021")
    assert r.value is None
    assert r.reason.en == "there is no lecturer who can be judged"
    assert r.flags[0].en == "4 lecturer(s) cannot be judged"
    r = t.reading("lecturers.overloaded", "2021", "lecturer:L2")
    assert (r.value, r.reason.zh, r.numerator, r.denominator) == (None, "有场次分钟数空白", 10, 100)


def test_a_session_counts_for_each_team_of_the_day(t):
    t.record(
        enrolled("L1", team="integrity"),
        joined("L1", "2021-04-01", "youth"),
        released("L1", "2021-07-01", "integrity"),
        session("A1", "2021-03-31", ("L1", 1)),  # integrity
        session("A2", "2021-04-01", ("L1", 10)),  # both
        session("A3", "2021-06-30", ("L1", 100)),  # both
        session("A4", "2021-07-01", ("L1", 1000)),  # youth
    )
    assert value(t, "minutes", team="integrity") == 111
    assert value(t, "minutes", team="youth") == 1110
    assert value(t, "minutes") == 1111
    quarter = [dict(r.dimensions) for r in t.readings("lecturers.minutes", "2021Q1")]
    assert {"team": "integrity"} in quarter
    assert {"team": "youth"} not in quarter  # nobody was in it yet
    assert value(t, "contradictions") == 0


def test_the_day_of_a_move_belongs_to_the_new_team(t):
    t.record(
        enrolled("L1", team="integrity"),
        session("A1", "2021-03-01", ("L1", None)),
        session("A2", "2021-04-01", ("L1", 10)),  # the last session, on the day of the move
        # Told late, and in the wrong order.
        joined("L1", "2021-04-01", "youth"),
        released("L1", "2021-04-01", "integrity"),
        released("L1", "2020-06-01"),
        joined("L1", "2020-09-01", "integrity"),
    )
    assert value(t, "minutes", team="youth") == 10
    r = t.reading("lecturers.minutes", "2021", team="integrity")
    assert (r.value, r.flags[0].en) == (None, "1 session(s) without minutes")
    assert value(t, "contradictions", "2020-01-01..2021-12-31") == 0


def test_who_left_before_the_period_is_not_on_the_roll(t):
    t.record(enrolled("L1"), released("L1", "2021-01-01"), enrolled("L2"))
    for name in ("sessions", "minutes", "idle"):
        subjects = {r.subject for r in t.readings(f"lecturers.{name}", "2021")}
        assert subjects == {"all", "lecturer:L2"}


def test_speakers_who_are_not_enrolled_by_then_stand_apart(t):
    t.record(enrolled("L1", "2022-01-01"), session("A1", "2021-03-31", ("L1", 20)))
    assert value(t, "sessions") == 1
    assert value(t, "sessions", enrolled="no") == 1
    assert value(t, "sessions", subject="lecturer:L1") == 1
    assert not [r for r in t.readings("lecturers.sessions", "2021") if "tier" in r.dimensions]


# Idle and overloaded


def test_idle_is_nothing_given_in_ninety_active_days(t):
    t.record(
        enrolled("worked"),
        enrolled("idle"),
        enrolled("in89", "2021-10-04"),  # 28 October days, 30, 31: 89
        enrolled("in90", "2021-10-03"),
        enrolled("prof", external=True),
        session("A1", "2021-03-01", ("worked", None)),
    )
    r = t.reading("lecturers.idle", "2021")
    assert (r.value, r.denominator) == (2, 3)  # idle and in90, of those and worked
    assert r.flags[0].en == "1 lecturer(s) cannot be judged"
    assert value(t, "idle", subject="lecturer:idle") == 1
    assert value(t, "idle", subject="lecturer:worked") == 0
    assert value(t, "idle", subject="lecturer:in90") == 1
    r = t.reading("lecturers.idle", "2021", "lecturer:in89")
    assert (r.value, r.reason.zh) == (None, "在册不足 90 天")
    assert r.flags[0].zh == "89 天在册"
    for r in t.readings("lecturers.idle", "2021"):  # sessions and days do not divide to a verdict
        if r.subject != "all":
            assert (r.numerator, r.denominator) == (None, None)
    assert value(t, "idle", external="yes") == 1
    assert value(t, "idle", subject="lecturer:prof", external="yes") == 1
    # A month has no ninety days, so that there is no figure: not "nobody is idle".
    assert value(t, "idle", "2021-03") is None


def test_active_days_of_two_teams_are_not_added(t):
    t.record(
        enrolled("L1", "2021-01-01", team="integrity"),
        joined("L1", "2021-01-01", "youth"),
        released("L1", "2021-03-02"),  # from both: 31 January days, 28, 1
        joined("L1", "2021-12-03"),  # and back: 29 more, 89 in all
    )
    r = t.reading("lecturers.idle", "2021", "lecturer:L1")
    assert [f.en for f in r.flags] == [f"{31 + 28 + 1 + 29} day(s) on the roll"]


def test_overload_is_against_capacity_pro_rata(t):
    t.record(
        enrolled("even", capacity_minutes=365),
        enrolled("over", capacity_minutes=365),
        enrolled("part", "2021-07-02", capacity_minutes=365),  # 183 days
        enrolled("undeclared"),
        session("A1", "2021-08-01", ("even", 365)),
        session("A2", "2021-08-01", ("over", 366)),
        session("A3", "2021-08-01", ("part", 184)),
        session("A4", "2021-08-01", ("undeclared", 9999)),
        session("A5", "2021-08-01", ("over", None)),  # above it already without this one
    )
    assert value(t, "overloaded", subject="lecturer:even") == 0  # all of it is not above it
    assert value(t, "overloaded", subject="lecturer:over") == 1
    r = t.reading("lecturers.overloaded", "2021", "lecturer:part")
    assert (r.value, r.numerator, r.denominator) == (1, 184, 183)
    r = t.reading("lecturers.overloaded", "2021", "lecturer:undeclared")
    assert (r.value, r.reason.en) == (None, "no capacity is declared")
    r = t.reading("lecturers.overloaded", "2021")
    assert (r.value, r.denominator) == (2, 3)
    # A quarter: 92 days of 365, so that 366 and 365 and 184 are all too many.
    assert value(t, "overloaded", "2021Q3") == 3
    assert t.reading("lecturers.overloaded", "2021Q3", "lecturer:even").denominator == 92


# How evenly


def test_gini_and_half_load_include_the_idle(t):
    t.record(
        *(enrolled(f"L{i}") for i in range(4)),
        enrolled("P", external=True),
        enrolled("later", "2022-01-01"),
        session("A1", "2021-03-01", ("L0", 50)),
        session("A2", "2021-03-02", ("L1", 30), ("L2", 20)),
        session("A3", "2021-03-03", ("P", 1000)),
    )
    # Ascending 0 20 30 50, n = 4, sum 100: (-3*0 - 1*20 + 1*30 + 3*50) / (4 * 100) = 160/400.
    r = t.reading("lecturers.gini", "2021")
    assert (r.value, r.denominator) == (0.4, 4)
    assert value(t, "half_load") == 1  # 50 of 100 is half
    # One external lecturer: a Gini of one is not a figure, half of it rests on that one.
    r = t.reading("lecturers.gini", "2021", external="yes")
    assert (r.value, r.reason.en) == (None, "fewer than 2 value(s)")
    assert value(t, "half_load", external="yes") == 1


def test_no_minutes_at_all_are_no_figure(t):
    t.record(enrolled("L1"), enrolled("L2"))
    for name in ("gini", "half_load"):
        r = t.reading(f"lecturers.{name}", "2021")
        assert (r.value, r.reason.en, r.denominator) == (None, "the sum is zero", 2)
    assert value(t, "sharing") is None
    assert value(t, "minutes") == 0


# How widely


def test_sharing_is_over_sessions_with_a_home_unit_known(t):
    t.record(
        enrolled("L1", unit="anting"),
        enrolled("L2", unit="waigang"),
        enrolled("L3"),
        enrolled("P", unit="juyuan", external=True),
        session("A1", "2021-03-01", ("L1", 60), ("P", 30)),  # L1 at home
        session("A2", "2021-03-02", ("L1", 60), ("L3", 60), host="waigang"),
        session("A3", "2021-03-03", ("L1", 60), host="juyuan"),
    )
    r = t.reading("lecturers.sharing", "2021")
    assert (r.numerator, r.denominator, r.value) == (2, 3, 0.666667)
    assert r.flags[0].zh == "1 场所属单位未知"
    assert value(t, "sharing", subject="lecturer:L1") == 0.666667
    r = t.reading("lecturers.sharing", "2021", "lecturer:L2")
    assert (r.value, r.reason.en) == (None, "no sessions in the period")
    r = t.reading("lecturers.sharing", "2021", "lecturer:L3")
    assert (r.value, r.reason.en) == (None, "no home unit is known")
    assert value(t, "sharing", external="yes") == 1


def test_sharing_after_a_merger_and_a_split(t):
    t.record(
        enrolled("L1", unit="anting"),
        enrolled("L2", unit="juyuan"),
        session("A1", "2021-03-01", ("L1", 60), host="waigang"),
        session("A2", "2021-03-02", ("L1", 60), host="juyuan"),
        session("A3", "2021-03-02", ("L2", 60), host="juyuan"),
        UnitReorganized(
            "merge", ("waigang",), date(2022, 1, 1), into=(Successor("anting", 10_000),)
        ),
        UnitRegistered("north", "north", "town", "town", date(2022, 1, 1)),
        UnitReorganized(
            "split",
            ("juyuan",),
            date(2022, 1, 1),
            into=(Successor("anting", 6_000), Successor("north", 4_000)),
        ),
    )
    # Then: L1 was away twice, L2 at home.
    assert value(t, "sharing") == 0.666667
    # Now: waigang is anting, so A1 was at home; of juyuan six tenths are, so A2 was away by four;
    # L2's home and host were split alike. Away 0.4 of 3.
    assert value(t, "sharing", tree="now") == 0.133333
    assert value(t, "sharing", subject="lecturer:L1", tree="now") == 0.2
    assert value(t, "sharing", subject="lecturer:L2", tree="now") == 0


def test_a_home_that_was_registered_late_is_home_all_the_same(t):
    t.record(
        UnitRegistered("late", "late", "town", "town", date(2022, 1, 1)),
        enrolled("L1", unit="late"),
        session("A1", "2021-03-01", ("L1", 60), host="late"),
    )
    assert value(t, "sharing") == 0


# Teams


def test_team_size_against_its_target(t):
    t.record(
        *(enrolled(f"L{i}", team="youth") for i in range(4)),
        enrolled("both", team="integrity"),
        joined("both", "2021-12-31", "youth"),  # the last day counts
        released("L0", "2021-12-31"),  # and on this one L0 is not there any more
        released("L1", "2022-01-01"),
    )
    r = t.reading("lecturers.team_size", "2021", "team:youth")
    assert (r.value, r.numerator, r.denominator) == (0.04, 4, 100)
    r = t.reading("lecturers.team_size", "2021", "team:integrity")
    assert (r.value, r.numerator, r.reason.zh) == (None, 1, "未登记目标人数")
    assert value(t, "team_size") == 0.04  # of the teams that have a target
    assert value(t, "team_size", "2021Q1") == 0.04
    assert value(t, "team_size", "2022") == 0.03


def test_a_team_without_recorded_members_is_not_known_to_be_empty(t):
    r = t.reading("lecturers.team_size", "2021", "team:youth")
    assert (r.value, r.denominator, r.reason.zh) == (None, 100, "未登记任何成员")
    r = t.reading("lecturers.team_size", "2021")
    assert (r.value, r.reason.en) == (None, "no team has both a target and recorded members")
    assert not [r for r in t.readings("lecturers.sessions", "2021") if "team" in r.dimensions]
    t.record(enrolled("L1", team="youth"), released("L1", "2021-12-31"))
    assert value(t, "team_size") == 0  # this one is
    assert value(t, "sessions", team="youth") == 0
    assert not [r for r in t.readings("lecturers.sessions", "2022") if "team" in r.dimensions]


# Contradictions


def test_contradictions_are_listed_not_refused(t):
    t.record(
        enrolled("L1", "2021-03-01"),
        released("L1", "2021-06-01"),
        enrolled("L2"),
        session("A1", "2021-02-28", ("L1", 60), minutes=60),
        session("A2", "2021-03-01", ("L1", 60), minutes=60),
        session("A3", "2021-06-01", ("L1", None), minutes=60),
        session("A4", "2021-04-01", ("L1", 30), ("L2", 31), minutes=60),
        session("A5", "2021-04-02", ("L2", 999)),  # how long it was is not known
        released("L2", "2021-05-01", "youth"),
        joined("L2", "2021-05-02"),
    )
    first = t.size - 7
    found = {r.subject: r for r in t.readings("lecturers.contradictions", "2021")}
    assert {s: r.value for s, r in found.items()} == {"all": 5, "lecturer:L1": 3, "lecturer:L2": 3}
    assert [f.en for f in found["lecturer:L1"].flags] == [
        f"position {first}: not enrolled on 2021-02-28",
        f"position {first + 2}: not enrolled on 2021-06-01",
        f"position {first + 3}: 61 minutes spoken in an activity of 60",
    ]
    assert [f.zh for f in found["lecturer:L2"].flags] == [
        f"第 {first + 3} 条：宣讲合计 61 分钟，活动仅 60 分钟",
        f"第 {first + 5} 条：离开时不在该团队",
        f"第 {first + 6} 条：加入时已在该团队",
    ]
    assert value(t, "contradictions", "2022") == 0  # they are those of the period
    assert value(t, "contradictions", "2021-03") == 0
    assert value(t, "contradictions", "2021-03-01..2021-06-01") == 4  # without A1
    assert value(t, "contradictions", "2021-05-01") == 1  # the release, on the first day


def test_who_comes_back_is_the_same_person(t):
    t.record(
        enrolled("L1", capacity_minutes=365),
        released("L1", "2021-02-01"),
        session("A1", "2021-02-01", ("L1", 10)),
        joined("L1", "2021-03-01"),
        session("A2", "2021-03-01", ("L1", 10)),
    )
    assert value(t, "contradictions") == 1
    r = t.reading("lecturers.overloaded", "2021", "lecturer:L1")
    assert (r.value, r.numerator, r.denominator) == (0, 20, 365 - 28)
    # To say it by enrolling the same id again is refused, or one person would be two.
    with pytest.raises(Refused, match="already known"):
        t.record(enrolled("L1", "2021-03-01", team="youth"))


# History


def test_what_was_voided_or_corrected_is_gone_and_what_stood_can_be_asked(t):
    t.record(enrolled("L1"), enrolled("L2"))
    first, second = t.record(
        session("A1", "2021-03-01", ("L1", 60)), session("A2", "2021-03-01", ("L2", 60))
    )
    before = t.size
    then = {name: t.readings(name, "2021") for name in NAMES}
    t.correct(first, session("A1", "2021-03-01", ("L1", 20)))
    assert value(t, "minutes") == 80
    # Ascending 20 60: (-20 + 60) / (2 * 80) = 1/4.
    assert value(t, "gini") == 0.25
    t.void(second)
    assert value(t, "sessions") == 1
    assert value(t, "idle") == 1
    assert value(t, "minutes", at=before) == 120
    assert value(t, "gini", at=before) == 0
    assert value(t, "idle", at=before) == 0
    for name in NAMES:
        now = [evolve(r, moment=None) for r in t.readings(name, "2021", at=before)]
        assert now == [evolve(r, moment=None) for r in then[name]], name


def test_a_voided_release_was_none(t):
    (enrolment,) = t.record(enrolled("L1", team="youth"))
    (release,) = t.record(released("L1", "2021-02-01"))
    assert value(t, "idle") is None  # 31 days
    t.void(release)
    assert value(t, "idle") == 1
    t.correct(enrolment, enrolled("L1", "2021-12-01", team="youth"))
    assert value(t, "idle") is None
    assert value(t, "team_size") == 0.01


def test_names_are_sealed(t):
    name, disclosure = seal("name", "张三")
    t.record(
        Draft(enrolled("L1", name=name), "trial", disclosures=(disclosure,)),
        session("A1", "2021-03-01", ("L1", 20)),
    )
    assert value(t, "sessions", subject="lecturer:L1") == 1
    for path in t.records.path.glob("*.db*"):
        assert "张三".encode() not in path.read_bytes()


def test_every_reading_opens_to_its_events(t):
    t.record(
        enrolled("L1"),
        enrolled("L2"),
        session("A1", "2021-03-01", ("L1", 20)),
        session("A2", "2021-03-01", ("L2", 20)),
    )
    catch_up(t.records.views, t.log.store, t.registry.families)
    moment = Moment(t.size, root(t.size, t.log.store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        year, size = Period.parse("2021"), t.size
        found = figures.evidence("lecturers.sessions", year, "lecturer:L1")
        assert found == [size - 2]
        # The enrolment was a year before; it is why L2 could be idle.
        assert figures.evidence("lecturers.idle", year, "lecturer:L2") == [size - 3, size - 1]


# Breadth


def talk(activity, day, minutes, themes, *lecturers):
    return ActivityHeld(
        activity,
        date.fromisoformat(day),
        "anting",
        minutes=minutes,
        themes=themes,
        lecturers=tuple(Speaker(i, 10) for i in lecturers),
    )


def test_breadth_is_the_effective_number_of_themes_by_minutes(t):
    t.record(
        *(enrolled(i) for i in ("one", "two", "many", "unknown", "silent")),
        enrolled("P", external=True),
        talk("A1", "2021-03-01", 60, {"warning": 10_000}, "one", "two", "many"),
        talk("A2", "2021-04-01", 60, {"discipline": 10_000}, "two"),
        talk("A3", "2021-05-01", 120, {"discipline": 5000, "clean_culture": 5000}, "many", "P"),
        talk("A4", "2021-06-01", None, {"clean_culture": 10_000}, "unknown", "one"),
        talk("A5", "2021-06-01", 45, {}, "unknown"),
        talk("A6", "2022-01-01", 60, {"discipline": 10_000}, "one"),
    )
    # one: 60 of one theme; two: 60 and 60; many: 60, 60 and 60, A3 being split by its shares.
    name = "lecturers.breadth"
    assert value(t, "breadth", subject="lecturer:one") == 1
    assert value(t, "breadth", subject="lecturer:two") == 2
    assert value(t, "breadth", subject="lecturer:many") == 3
    assert t.reading(name, "2021", "lecturer:one").flags[0].en == (
        "1 session(s) without theme or length"
    )
    r = t.reading(name, "2021", "lecturer:unknown")
    assert r.reason.en == "theme or length is not known of any session"
    assert r.flags[0].zh == "2 场主题或时长未登记"
    assert t.reading(name, "2021", "lecturer:silent").reason.en == "no sessions in the period"
    r = t.reading(name, "2021")
    assert (r.value, r.denominator) == (2, 3)  # the median of 1, 2 and 3
    assert t.reading(name, "2021", external="yes").value == 2
    assert t.reading(name, "2020").reason.en == "of no lecturer are the themes known"


def test_breadth_of_unequal_themes_and_after_a_correction(t):
    t.record(enrolled("L1"))
    (_, one) = t.record(
        talk("A1", "2021-03-01", 90, {"warning": 10_000}, "L1"),
        talk("A2", "2021-04-01", 30, {"discipline": 10_000}, "L1"),
    )
    # H = -(3/4 ln 3/4 + 1/4 ln 1/4) = 0.562335; e^H = 1.754765
    assert value(t, "breadth", subject="lecturer:L1") == pytest.approx(1.754765, abs=1e-6)
    before = t.size
    newest = t.correct(one, talk("A2", "2021-04-01", 90, {"discipline": 10_000}, "L1"))
    assert value(t, "breadth") == 2
    assert value(t, "breadth", at=before) == pytest.approx(1.754765, abs=1e-6)
    t.void(newest)
    assert value(t, "breadth") == 1


# Lecturers per thousand persons


def heads(unit, persons, day="2020-01-01", category="general"):
    return HeadcountDeclared(unit, category, persons, date.fromisoformat(day))


def test_lecturers_per_thousand_persons_of_their_tier(t):
    name = "lecturers.per_thousand"
    t.record(enrolled("L1", tier="town"))
    assert t.reading(name, "2021").reason.zh == "未申报人数"
    assert t.reading(name, "2021", tier="town").flags[0].en == "3 unit(s) without a headcount"
    t.record(
        UnitRegistered("village", "v", "village", "village", date(2020, 1, 1)),
        UnitRegistered("bureau", "b", "organ", "district", date(2020, 1, 1)),
        UnitRegistered("outside", "o", "external", "municipal", date(2020, 1, 1)),
        heads("anting", 300),
        heads("anting", 100, category="leader"),
        heads("anting", 99_999, category="public"),
        heads("waigang", 100),
        heads("village", 250),
        heads("outside", 7000),
        enrolled("L2", tier="town", team="youth"),
        enrolled("L3", tier="village"),
        enrolled("gone", tier="town"),
        released("gone", "2021-12-31"),
        enrolled("late", "2022-01-01", tier="town"),
        enrolled("P", tier="town", external=True),
        enrolled("D", tier="district"),
    )
    r = t.reading(name, "2021", tier="town")
    assert (r.value, r.numerator, r.denominator) == (4, 2, 0.5)  # thousand: 300 + 100 + 100
    assert [f.en for f in r.flags] == ["1 unit(s) without a headcount"]  # juyuan
    assert t.reading(name, "2021", tier="village").value == 4
    r = t.reading(name, "2021", tier="district")
    assert (r.value, r.numerator, r.reason.en) == (None, 1, "no headcount was declared")
    r = t.reading(name, "2021")
    assert (r.value, r.numerator, r.denominator) == (pytest.approx(16 / 3, abs=1e-6), 4, 0.75)
    assert t.reading(name, "2021-12-30", tier="town").value == 6  # the day before one left
    assert {tuple(r.dimensions.values()) for r in t.readings(name, "2021")} == {
        (), ("town",), ("village",), ("district",),
    }  # fmt: skip


def test_persons_of_a_unit_that_merged_stay_with_its_heir(t):
    name = "lecturers.per_thousand"
    t.record(
        enrolled("L1", tier="town"),
        heads("anting", 300),
        heads("waigang", 200),
        heads("juyuan", 500),
        UnitReorganized(
            change="merge",
            units=("waigang",),
            day=date(2022, 3, 1),
            into=(Successor("anting", 10_000),),
        ),
    )
    assert t.reading(name, "2021", tier="town").value == 1
    assert t.reading(name, "2023", tier="town", tree="now").denominator == 1


def test_laws():
    check_family(lianjian_family(), histories=5)


def test_laws_of_long_histories():
    check_family(lianjian_family(), size=200, histories=2)
