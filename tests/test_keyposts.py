"""Key posts against answers worked by hand."""

from datetime import date

import pytest

from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    NormIssued,
    PlanAdopted,
    PlanItemSet,
    RectificationAssigned,
    RectificationVerified,
    UnitRegistered,
    UnitReorganized,
    indicator,
    plans_adopted,
)
from lianjian.core.activities import Speaker, Successor
from lianjian.core.errors import OutOfBounds, PartWrong
from lianjian.core.event import event_type
from lianjian.core.planning import Hours
from lianjian.core.posts import PostAbolished, PostAssessed, PostDesignated, PostHolderChanged
from lianjian.core.shapes import faults
from lianjian.core.testing import Trial, check_family
from lianjian.plugins.keyposts import lianjian_family
from lianjian.plugins.lecturers import LecturerEnrolled
from lianjian.plugins.lecturers import lianjian_family as lecturers_family

TOPICS = {"responsibility", "dem_centralism", "three_major", "ideals", "law_rules", "micro"}
PART = "integrity hours are only part of it"
TOP, LEADER, KEY = "top_leader", "leader", "key_post"


@pytest.fixture
def t(tmp_path):
    with Trial(tmp_path, [lianjian_family(), lecturers_family()]) as trial:
        trial.record(*(unit(u) for u in ("u", "v", "w")))
        yield trial


def day(text):
    return date.fromisoformat(text if len(text) > 5 else f"2022-{text}")


def unit(name):
    return UnitRegistered(unit=name, name=name, kind="town", tier="town", day=day("2019-01-01"))


def post(name, category=TOP, since="2022-01-01", unit="u", **more):
    return PostDesignated(post=name, unit=unit, category=category, day=day(since), **more)


def takes(name, holder, since="2022-01-01", lecturer=None):
    return PostHolderChanged(post=name, day=day(since), holder=holder, lecturer=lecturer)


def abolished(name, on):
    return PostAbolished(post=name, day=day(on))


def held(name, on, *posts, minutes=60, **more):
    made = {"host": "u", "minutes": minutes, "posts": posts, **more}
    return ActivityHeld(activity=name, day=day(on), **made)


def lecturer(name):
    return LecturerEnrolled(lecturer=name, tier="town", external=False, day=day("2019-01-01"))


def norm(name, rank="county", hours=550, years=5, series="s", since="2021-01-01"):
    return NormIssued(
        norm=name,
        series=series,
        version=name,
        name=name,
        issuer="central",
        day=day(since),
        hours=(Hours(rank=rank, hours=hours, years=years),) if rank else (),
    )


def gone(t, share=10_000):
    """Unit u goes into v, by a share, and the rest into w, when the year is over."""
    into = [Successor(unit="v", share_bp=share)]
    into += [Successor(unit="w", share_bp=10_000 - share)] if share < 10_000 else []
    change = "merge" if share == 10_000 else "split"
    t.record(UnitReorganized(change=change, units=("u",), into=tuple(into), day=day("2023-02-01")))


def reading(t, name, subject=ALL, period="2022", **more):
    return t.reading(f"keyposts.{name}", period, subject, **more)


def value(t, name, subject=ALL, period="2022", **more):
    return reading(t, name, subject, period, **more).value


def values(t, name, period="2022", **more):
    return {
        (r.subject, *r.dimensions.values()): r.value
        for r in t.readings(f"keyposts.{name}", period, **more)
    }


def said(reading):
    """What stands beside a reading, in English: why it has no value, and its flags."""
    return reading.reason and reading.reason.en, [f.en for f in reading.flags]


def year(t):
    """The example of the design: P1 all year, P2 from October, P3 from July; T moves to P3 in July."""
    ids = t.record(
        post("P1", rank="county"),
        post("P2", LEADER, "10-01", unit="v"),
        takes("P1", "T"),
        held("a1", "03-01", "P1", topics=("responsibility",)),
    )
    return dict(zip(("P1", "P2", "T", "a1"), ids, strict=True))


def more_of_the_year(t):
    return t.record(held("a2", "09-01", "P1", minutes=90, topics=("responsibility", "ideals")))


# Posts


def test_posts_are_counted_on_the_last_day(t):
    t.record(
        post("a"),
        post("b", LEADER, "10-01", unit="v"),
        post("gone", KEY, "2021-01-01"),
        abolished("gone", "12-31"),
        post("new", KEY, "2023-01-01"),
    )
    assert values(t, "posts") == {
        ("all",): 2, ("all", TOP): 1, ("all", LEADER): 1, ("unit:u",): 1, ("unit:v",): 1,
    }  # fmt: skip
    # One that is abolished from the day after the period stands on its last day.
    assert value(t, "posts", period="2022-12-30") == 3
    assert value(t, "posts", "unit:u", "2022-12-30") == 2


def test_without_posts_there_are_none_and_that_is_a_figure(t):
    assert values(t, "posts") == {("all",): 0}


def test_posts_of_a_unit_that_is_gone_go_to_its_heirs_by_share(t):
    t.record(post("a"), post("b"))
    gone(t, 7_500)
    assert value(t, "posts", "unit:u") == 2
    assert values(t, "posts", tree="now") == {
        ("all",): 2, ("all", TOP): 2, ("unit:v",): 1.5, ("unit:w",): 0.5,
    }  # fmt: skip


def test_a_corrected_designation_and_a_voided_one_move_the_posts(t):
    first, second = t.record(post("a"), post("b"))
    before = t.size
    t.correct(first, post("a", since="2023-03-01"))
    assert value(t, "posts") == 1
    t.void(second)
    assert (value(t, "posts"), value(t, "posts", at=before)) == (0, 2)


def test_a_post_abolished_before_it_was_designated_stands_from_then_on(t):
    t.record(post("a", since="05-01"), abolished("a", "04-01"))
    assert value(t, "posts") == 1


def test_the_first_of_two_abolitions_counts(t):
    t.record(post("a"), abolished("a", "06-01"), abolished("a", "09-01"), held("x", "07-01", "a"))
    assert (value(t, "coverage", "post:a"), value(t, "posts", period="2022Q2")) == (0, 0)


# Coverage


def test_coverage_weighs_by_days_standing(t):
    year(t)
    more_of_the_year(t)
    # P1 365 of 365 days, P2 92: 1 / (1 + 92/365) = 365/457 = 0.798687.
    r = reading(t, "coverage")
    assert (r.value, r.numerator, r.denominator) == (0.798687, 1, 1.252055)
    assert values(t, "coverage") == {
        ("all",): 0.798687, ("all", TOP): 1, ("all", LEADER): 0, ("post:P1",): 1, ("post:P2",): 0,
    }  # fmt: skip
    assert values(t, "unit_coverage") == {("all",): 0.798687, ("unit:u",): 1, ("unit:v",): 0}
    assert value(t, "coverage", period="2022Q2") == 0


def test_without_posts_no_share_has_a_value(t):
    for name in ("coverage", "unit_coverage", "max_gap", "topics", "led"):
        assert values(t, name) == {("all",): None}
        r = reading(t, name)
        assert said(r) == ("no post stands in the period", [])
        assert r.reason.zh == "期间内没有在册岗位"


def test_presence_counts_only_while_the_post_stands(t):
    t.record(
        post("a", since="04-01"),
        abolished("a", "10-01"),
        held("early", "03-31", "a"),
        held("late", "10-01", "a"),
    )
    assert (value(t, "coverage", "post:a"), value(t, "contradictions", "post:a")) == (0, 2)
    t.record(held("last", "09-30", "a"))
    assert (value(t, "coverage", "post:a"), value(t, "contradictions", "post:a")) == (1, 2)
    # 183 days, the last of which was used: 04-01 to 09-30 are 182, and one is left.
    assert value(t, "max_gap", "post:a") == 182


def test_coverage_of_a_unit_that_is_gone_goes_to_its_heirs_weighted(t):
    year(t)
    t.record(post("c", KEY))  # u: one of two taught; v: none, for 92 days
    gone(t)
    assert values(t, "unit_coverage") == {("all",): 0.444039, ("unit:u",): 0.5, ("unit:v",): 0}
    # Under v 365 of 365 + 365 + 92 days: 365/822.
    now = values(t, "unit_coverage", tree="now")
    assert now == {("all",): 0.444039, ("unit:v",): 0.444039}


def test_a_corrected_and_a_voided_activity_move_coverage(t):
    ids = year(t)
    before = t.size
    t.correct(ids["a1"], held("a1", "03-01"))
    assert (value(t, "coverage", "post:P1"), value(t, "unit_coverage", "unit:u")) == (0, 0)
    assert value(t, "coverage", "post:P1", at=before) == 1
    assert value(t, "unit_coverage", "unit:u", at=before) == 1
    (other,) = more_of_the_year(t)
    assert value(t, "coverage", "post:P1") == 1
    t.void(other)
    assert (value(t, "coverage", "post:P1"), value(t, "coverage", "post:P1", at=before)) == (0, 1)


# Gaps


def test_the_longest_gap_by_post_has_its_open_tail(t):
    year(t)
    more_of_the_year(t)
    # P1: 01-01 to 03-01 59 days, to 09-01 184, to 2023-01-01 122. P2: from 10-01, 92, never.
    assert values(t, "max_gap") == {
        ("all",): 184, ("all", TOP): 184, ("all", LEADER): 92, ("post:P1",): 184,
        ("post:P2",): 92, ("all", "holder"): 184,
    }  # fmt: skip
    assert said(reading(t, "max_gap")) == (None, ["1 posts were never present"])
    # A quarter without a presence is one gap: 92 days from October on; in the third 62 and 30.
    assert value(t, "max_gap", "post:P1", "2022Q4") == 92
    assert value(t, "max_gap", "post:P1", "2022Q3") == 62


def test_a_transfer_has_one_gap_by_post_and_another_by_token(t):
    year(t)
    t.record(
        post("P3", TOP, "05-01"),
        takes("P1", "S", "07-01"),
        takes("P3", "T", "07-01"),
        held("a2", "09-01", "P3", minutes=90),
    )
    # P1: 03-01 to the end 306; P3: 05-01 to 09-01 123.
    assert (value(t, "max_gap", "post:P1"), value(t, "max_gap", "post:P3")) == (306, 123)
    # T: 59, 184, 122; S: from 07-01 to the end 184 without any.
    r = reading(t, "max_gap", held_by="holder")
    assert (r.value, r.denominator) == (184, 2)
    t.record(held("s", "10-01", "P1"))  # S: 92 and 92; T keeps 184
    assert value(t, "max_gap", held_by="holder") == 184
    t.record(held("t", "06-01", "P1"))  # T: 59, 92, 92, 122
    assert value(t, "max_gap", held_by="holder") == 122


def test_a_corrected_holder_change_moves_gaps_by_token_and_not_by_post(t):
    year(t)
    (change,) = t.record(takes("P1", "S", "07-01"))
    before = t.size
    # T: 59, then 122 to 07-01. S: 184.
    assert value(t, "max_gap", held_by="holder") == 184
    t.correct(change, takes("P1", "S", "12-01"))
    # T: 59, then 275 to 12-01. S: 31.
    assert value(t, "max_gap", held_by="holder") == 275
    assert value(t, "max_gap", held_by="holder", at=before) == 184
    assert value(t, "max_gap", "post:P1") == value(t, "max_gap", "post:P1", at=before) == 306


def test_a_voided_presence_leaves_a_gap_by_post_and_by_token(t):
    ids = year(t)
    before = t.size
    t.void(ids["a1"])
    assert (value(t, "max_gap", "post:P1"), value(t, "max_gap", held_by="holder")) == (365, 365)
    assert value(t, "max_gap", "post:P1", at=before) == 306
    assert value(t, "max_gap", held_by="holder", at=before) == 306


def test_without_a_known_holder_there_is_no_gap_by_token(t):
    t.record(post("a"))
    assert said(reading(t, "max_gap", held_by="holder")) == (
        "nobody is on record as a holder in the period",
        [],
    )
    t.record(takes("a", None))  # vacant is not held
    assert value(t, "max_gap", held_by="holder") is None


def test_who_is_recorded_anew_on_a_post_goes_on_holding_it(t):
    year(t)
    t.record(takes("P1", "T", "06-01"))
    assert value(t, "max_gap", held_by="holder") == 306
    assert reading(t, "induction_lag").denominator == 1


def test_of_two_changes_on_a_day_the_later_recorded_one_counts(t):
    year(t)
    t.record(takes("P1", "X", "07-01"), takes("P1", "S", "07-01"))
    assert reading(t, "max_gap", held_by="holder").denominator == 2
    assert value(t, "contradictions", "post:P1") == 1


# Topics


def test_topics_are_counted_by_post_with_all_codes(t):
    year(t)
    more_of_the_year(t)
    t.record(held("both", "11-01", "P1", "P2", topics=("ideals",)))
    found = values(t, "topics")
    assert {k[1] for k in found if k[0] == "all"} == TOPICS
    assert {k[1]: v for k, v in found.items() if k[0] == "post:P1" and v} == {
        "responsibility": 2, "ideals": 2,
    }  # fmt: skip
    assert (found["post:P2", "ideals"], found["post:P2", "micro"]) == (1, 0)
    # An activity counts once, however many posts were there.
    assert (found["all", "ideals"], found["all", "responsibility"]) == (2, 2)


def test_activities_that_tell_no_topic_are_left_out_and_counted(t):
    year(t)
    t.record(held("blank", "05-01", "P1"), held("blank2", "11-01", "P2"))
    r = reading(t, "topics", "post:P1", topic="responsibility")
    assert (r.value, said(r)[1]) == (1, ["1 activities do not say their topic"])
    r = reading(t, "topics", "post:P2")
    assert said(r) == (
        "of no activity attended is the topic known",
        ["1 activities do not say their topic"],
    )
    assert r.reason.zh == "所到场次均未注明专题"
    # P2 is a leader of whom nothing is known, so the cells are P1's alone.
    assert values(t, "topic_fill") == {
        ("all",): 0.333333, ("all", "responsibility"): 1, ("all", "dem_centralism"): 0,
        ("all", "three_major"): 0, ("post:P1",): 0.333333, ("post:P2",): None,
    }  # fmt: skip
    assert said(reading(t, "topic_fill"))[1] == ["1 posts of whose topics none is known"]


def test_topics_count_while_the_post_stands_in_the_period(t):
    t.record(
        post("a", since="04-01"), abolished("a", "10-01"),
        held("x", "03-31", "a", topics=("micro",)), held("y", "04-01", "a", topics=("micro",)),
        held("z", "10-01", "a", topics=("micro", "three_major")),
    )  # fmt: skip
    assert value(t, "topics", "post:a", topic="micro") == value(t, "topics", topic="micro") == 1
    assert value(t, "topics", "post:a", "2022Q3", topic="micro") == 0
    assert said(reading(t, "topics", period="2022Q4"))[0] == "no post stands in the period"
    assert value(t, "topic_fill") == 0


def test_topic_fill_is_of_leaders_by_days_standing(t):
    year(t)
    t.record(
        post("k", KEY),  # no leader
        held("a3", "11-01", "P2", "k", topics=("three_major", "dem_centralism", "micro")),
    )
    # P1 one cell of 3 with weight 365, P2 two of 3 with weight 92: (365 + 184) / (3 * 457).
    assert values(t, "topic_fill") == {
        ("all",): 0.400438, ("all", "responsibility"): 0.798687, ("all", "dem_centralism"): 0.201313,
        ("all", "three_major"): 0.201313, ("post:P1",): 0.333333, ("post:P2",): 0.666667,
    }  # fmt: skip


def test_without_leaders_there_are_no_cells(t):
    t.record(post("k", KEY))
    assert said(reading(t, "topic_fill")) == ("no leading post stands in the period", [])


def test_a_corrected_topic_and_a_voided_activity_move_the_topics(t):
    ids = year(t)
    before = t.size
    t.correct(ids["a1"], held("a1", "03-01", "P1", topics=("three_major",)))
    assert value(t, "topics", "post:P1", topic="responsibility") == 0
    assert value(t, "topics", "post:P1", topic="three_major") == 1
    assert value(t, "topics", "post:P1", topic="responsibility", at=before) == 1
    assert value(t, "topic_fill", topic="responsibility") == 0
    assert value(t, "topic_fill", topic="responsibility", at=before) == 0.798687
    t.void(more_of_the_year(t)[0])
    assert value(t, "topics", "post:P1", topic="ideals") == 0
    assert value(t, "topics", "post:P1", topic="responsibility", at=before) == 1


# Induction


def test_induction_is_from_taking_a_post_to_the_first_presence(t):
    year(t)
    t.record(
        post("P3", TOP, "05-01"),
        takes("P1", "S", "07-01"),
        takes("P3", "T", "07-01"),
        held("a2", "09-01", "P3", minutes=90),
    )
    # T on P1 59 days, T on P3 62, S on P1 not seen until 12-31, 183 days later: S(62) = 1/3.
    r = reading(t, "induction_lag")
    assert (r.value, r.numerator, r.denominator) == (62, 2, 3)
    assert said(r)[1] == ["1 not over by the period's end"]
    assert value(t, "induction_lag", category=TOP) == 62
    # In the second half T takes P3 and S takes P1: one of two, at 62 days.
    assert value(t, "induction_lag", period="2022-07-01..2022-12-31") == 62
    assert (
        said(reading(t, "induction_lag", period="2022Q2"))[0] == "nobody took a post in the period"
    )


def test_a_tenure_that_ends_first_is_censored(t):
    t.record(
        post("a", KEY), post("b", LEADER), post("c", LEADER),
        takes("a", "A"), takes("a", None, "02-01"), held("x", "03-01", "a"),
        takes("b", "B"), held("y", "01-11", "b"),
        takes("c", "C"), abolished("c", "01-06"),
    )  # fmt: skip
    # C unseen after 4 days (01-05), B after 10, A unseen after 30 (01-31): S(10) = 1/2.
    assert values(t, "induction_lag") == {("all",): 10, ("all", KEY): None, ("all", LEADER): 10}
    assert said(reading(t, "induction_lag", category=KEY)) == (
        "more than half are not over: the median is not reached",
        ["1 not over by the period's end"],
    )


def test_who_left_was_last_waiting_on_the_day_before(t):
    t.record(
        *(post(p, KEY) for p in "abcd"), *(takes(p, p) for p in "abcd"),
        held("x", "01-11", "a"), held("y", "01-21", "b"),
        takes("c", None, "01-11"), takes("d", None, "01-11"),
    )  # fmt: skip
    # c and d unseen after 9 days, so that at 10 days a is one of two: S(10) = 1/2.
    assert value(t, "induction_lag") == 10


def test_without_anybody_who_takes_a_post_there_is_no_induction(t):
    t.record(post("a"), takes("a", "T", "2021-06-01"), takes("a", None, "05-01"))
    r = reading(t, "induction_lag")
    assert said(r) == ("nobody took a post in the period", [])
    assert r.reason.zh == "期间内没有新任职"
    # Nor does it begin with the designation of a post that somebody held long before.
    t.record(post("b", since="03-01"), takes("b", "U", "2020-01-01"))
    assert value(t, "induction_lag") is None


def test_a_corrected_start_and_a_voided_presence_move_the_induction(t):
    ids = year(t)
    before = t.size
    t.correct(ids["T"], takes("P1", "T", "02-01"))
    assert (value(t, "induction_lag"), value(t, "induction_lag", at=before)) == (28, 59)
    t.void(ids["a1"])
    assert (value(t, "induction_lag"), value(t, "induction_lag", at=before)) == (None, 59)


# To stand in front


def leading(t):
    """P1's holder T is lecturer L and speaks in May and August, P2's holder U is no known one."""
    year(t)
    t.record(lecturer("L"))
    t.record(takes("P1", "T", "02-01", "L"), takes("P2", "U", "10-01"))
    by = {"lecturers": (Speaker(lecturer="L", minutes=None),)}
    return t.record(held("l1", "05-01", **by), held("l2", "08-01", "P1", **by))


def test_holders_who_speak_are_counted_by_session(t):
    leading(t)
    assert values(t, "led") == {
        ("all",): 2, ("all", TOP): 2, ("all", LEADER): None, ("post:P1",): 2, ("post:P2",): None,
    }  # fmt: skip
    assert said(reading(t, "led"))[1] == ["1 posts without a lecturer id"]
    r = reading(t, "led", "post:P2")
    assert (r.reason.zh, r.reason.en) == ("未登记讲师编号", "the holder's lecturer id is not known")
    assert value(t, "led", period="2022Q1") == 0


def test_a_session_counts_for_the_post_that_was_held_on_the_day(t):
    leading(t)
    t.record(post("P3", TOP, "05-01"), takes("P1", "S", "07-01"), takes("P3", "T", "07-01"))
    # May at P1, August at P3: the token is known as a lecturer on both.
    assert (value(t, "led", "post:P1"), value(t, "led", "post:P3"), value(t, "led")) == (1, 1, 2)


def test_who_held_a_post_before_the_period_does_not_make_it_known(t):
    t.record(lecturer("L"), post("a", since="2021-01-01"))
    t.record(takes("a", "T", "2021-01-01", "L"), takes("a", "S", "2022-01-01"))
    assert value(t, "led", "post:a") is None
    assert value(t, "led", "post:a", "2021") == 0


def test_top_leaders_who_speak_and_attend_are_a_share_of_those_known(t):
    leading(t)
    assert value(t, "led_and_attended") == 1
    t.record(lecturer("M"), post("P4", TOP, "07-02"), post("P5", TOP))
    t.record(takes("P4", "W", "07-02", "M"))
    # P4 stands 183 days and neither speaks nor comes; of P5 nothing is known: 365 / 548.
    r = reading(t, "led_and_attended")
    assert (r.value, said(r)[1]) == (0.666058, ["1 posts without a lecturer id"])
    by = {"lecturers": (Speaker(lecturer="M", minutes=30),)}
    t.record(held("m", "09-01", **by))
    assert value(t, "led_and_attended") == 0.666058, "speaking is not yet being there"
    t.record(held("n", "09-02", "P4"))
    assert value(t, "led_and_attended") == 1


def test_without_a_known_lecturer_there_is_no_share(t):
    year(t)
    assert said(reading(t, "led_and_attended")) == (
        "of no top post is the lecturer id known",
        ["1 posts without a lecturer id"],
    )


def test_a_corrected_speaker_and_a_voided_session_move_who_led(t):
    first, second = leading(t)
    before = t.size
    t.correct(first, held("l1", "05-01"))
    assert (value(t, "led"), value(t, "led", at=before)) == (1, 2)
    t.void(second)
    assert (value(t, "led"), value(t, "led", at=before)) == (0, 2)
    assert (value(t, "led_and_attended"), value(t, "led_and_attended", at=before)) == (0, 1)


# Hours


def test_hours_follow_the_token_and_its_known_time(t):
    year(t)
    t.record(
        norm("n1"),
        post("P3", TOP, "05-01", rank="county"),
        takes("P1", "S", "07-01"),
        takes("P3", "T", "07-01"),
        held("a2", "09-01", "P3", minutes=90),
    )
    # T: an hour on P1 and one and a half on P3, of 550 * 365/1826 = 109.939759.
    r = reading(t, "hours", "post:P3", norm="n1")
    assert (r.value, r.numerator, r.denominator, said(r)) == (
        0.02274, 2.5, 109.939759, (None, [PART]),
    )  # fmt: skip
    # S: known for 184 of 1,826 days, taught for none: 0 of 550 * 184/1826.
    r = reading(t, "hours", "post:P1", norm="n1")
    assert (r.value, r.denominator) == (0, 55.421687)
    r = reading(t, "hours")
    assert (r.value, r.numerator, r.denominator) == (0.015118, 2.5, 165.361446)
    assert value(t, "hours", rank="county", norm="n1") == 0.015118
    # Nobody is on record for P2, which is not to say that it is vacant.
    assert reading(t, "hours", "post:P2").reason.zh == "期间内没有任职者记录"
    for r in t.readings("keyposts.hours", "2022"):
        assert r.flags[0].zh == "仅为廉政学时，不能单独说明是否达标"


def test_hours_of_one_who_was_there_before_the_window_owe_all_of_it(t):
    t.record(
        norm("n", "section", 90, 1),
        post("a", since="2020-01-01", rank="section"),
        takes("a", "T", "2020-01-01"),
        held("old", "2021-12-31", "a", minutes=1000),
        held("in", "2022-01-01", "a", minutes=270),
        held("more", "2022-12-31", "a", minutes=270),
        held("after", "2023-01-01", "a", minutes=1000),
    )
    r = reading(t, "hours", "post:a", norm="n")
    assert (r.value, r.numerator, r.denominator) == (0.1, 9, 90)
    # The year that ends with June: 1,000 + 270 minutes of 90 hours.
    assert value(t, "hours", "post:a", "2022-06", norm="n") == 0.235185


def test_a_token_with_two_posts_is_credited_an_activity_once_and_owes_once(t):
    t.record(norm("n", "section", 90, 1), post("a", rank="section"), post("b", KEY, rank="section"))
    t.record(takes("a", "T"), takes("b", "T"), held("x", "05-01", "a", "b", minutes=54))
    for subject in ("post:a", "post:b"):
        assert value(t, "hours", subject, norm="n") == 0.01
    r = reading(t, "hours")
    assert (r.numerator, r.denominator) == (0.9, 90)


def test_hours_need_a_holder_a_rank_and_a_norm(t):
    t.record(
        post("unknown", rank="county"), post("vacant", rank="county"), post("rankless"), post("normless", rank="bureau"),
        post("early", rank="county"), abolished("early", "06-01"),
        takes("rankless", "R"), takes("normless", "N"), takes("early", "E"),
        takes("vacant", "V"), takes("vacant", None, "12-31"), norm("n"),
    )  # fmt: skip
    reasons = {r.subject: said(r) for r in t.readings("keyposts.hours", "2022")}
    assert reasons == {
        "all": ("no holder for whom it can be computed", [PART]),
        "post:vacant": ("vacant at the period's end", [PART]),
        "post:unknown": ("nobody is on record as a holder in the period", [PART]),
        "post:rankless": ("the rank is not known", [PART]),
        "post:normless": ("no norm of hours applies", [PART]),
    }
    t.record(norm("zero", "bureau", 0, 1, series="z"))
    r = reading(t, "hours", "post:normless", norm="zero")
    assert (r.reason.zh, r.denominator) == ("规定学时为零", 0)


def test_the_newest_version_in_force_is_asked_for(t):
    t.record(
        norm("n1", "section", 90, 1),
        norm("n2", "section", 45, 1, since="2022-07-01"),
        norm("n3", "section", 10, 1, since="2023-01-01"),
        post("a", rank="section"),
        takes("a", "T"),
        held("x", "02-01", "a", minutes=54),
    )
    assert value(t, "hours", "post:a", norm="n2") == 0.02
    # By the end of June n1 is in force; 181 of 365 days are known.
    r = reading(t, "hours", "post:a", "2022-06", norm="n1")
    assert (r.numerator, r.denominator) == (0.9, 44.630137)
    # Of two series the newest version counts, whichever series began later.
    t.record(norm("z", "section", 450, 1, series="z", since="2022-06-01"))
    assert value(t, "hours", "post:a", norm="n2") == 0.02
    t.record(norm("z2", None, series="z", since="2022-06-02"))
    # A version that no longer asks anything of the rank leaves none in force.
    t.record(norm("n4", None, since="2022-08-01"))
    assert said(reading(t, "hours", "post:a"))[0] == "no norm of hours applies"


def test_blank_minutes_are_no_hours_and_not_zero(t):
    t.record(
        norm("n", "section", 90, 1), post("a", rank="section"), post("b", rank="section"),
        takes("a", "A"), takes("b", "B"), held("x", "02-01", "a", "b", minutes=None),
    )  # fmt: skip
    flags = [PART, "1 presences without minutes"]
    r = reading(t, "hours", "post:a", norm="n")
    assert (r.value, r.reason.zh, said(r)[1]) == (None, "时长全部空白", flags)
    assert said(reading(t, "hours")) == (
        "the minutes of all are blank",
        [PART, "2 presences without minutes"],
    )
    t.record(held("y", "03-01", "a", minutes=54))
    r = reading(t, "hours", "post:a", norm="n")
    assert (r.value, said(r)) == (0.01, (None, flags))
    # B is left out of both sides.
    r = reading(t, "hours")
    assert (r.numerator, r.denominator) == (0.9, 90)
    # Blank counts as presence all the same.
    assert value(t, "coverage") == 1


def test_a_corrected_activity_and_a_voided_one_move_the_hours(t):
    t.record(norm("n", "section", 90, 1), post("a", rank="section"), takes("a", "T"))
    first, second = t.record(
        held("x", "02-01", "a", minutes=54), held("y", "03-01", "a", minutes=54)
    )
    before = t.size
    t.correct(first, held("x", "02-01", "a", minutes=108))
    assert value(t, "hours", "post:a", norm="n") == 0.03
    t.void(second)
    assert value(t, "hours", "post:a", norm="n") == 0.02
    assert value(t, "hours", "post:a", norm="n", at=before) == 0.02
    assert reading(t, "hours", at=before).numerator == 1.8


# Risk


def five(t):
    """Risk scores 9, 3, 3, 1, 6 and minutes 120, 60, 0, 30, 90."""
    scores = {"a": (3, 3), "b": (3, None), "c": (1, 3), "d": (1, 1), "e": (2, 3)}
    t.record(*(post(p, KEY, risk=r, links=n) for p, (r, n) in scores.items()))
    minutes = {"a": 120, "b": 60, "d": 30, "e": 90}
    return t.record(*(held(f"x{p}", "05-01", p, minutes=m) for p, m in minutes.items()))


def test_risk_match_is_the_rank_correlation_of_score_and_minutes(t):
    five(t)
    # Ranks 5, 2.5, 2.5, 1, 4 and 5, 3, 1, 2, 4: 8 / sqrt(9.5 * 10).
    r = reading(t, "risk_match")
    assert (r.value, r.denominator, said(r)) == (0.820783, 5, (None, []))
    t.record(post("unknown", KEY), held("much", "06-01", "unknown", minutes=500))
    assert reading(t, "risk_match").denominator == 5, "a post without a risk has no rank"


def test_an_assessment_moves_the_risk_and_leaves_links_that_it_does_not_tell(t):
    five(t)
    t.record(PostAssessed(post="a", risk=1, day=day("06-01")))
    # Scores 3, 3, 3, 1, 6: ranks 3, 3, 3, 1, 5 and 5, 3, 1, 2, 4: 4 / sqrt(8 * 10).
    assert value(t, "risk_match") == 0.447214
    assert value(t, "risk_match", period="2022-05") == 0.820783


def test_minutes_count_while_the_post_stands(t):
    five(t)
    t.record(post("f", KEY, "06-01", risk=3, links=4), held("early", "05-31", "f", minutes=500))
    # Scores 9, 3, 3, 1, 6, 12 and minutes 120, 60, 0, 30, 90, 0:
    # ranks 5, 2.5, 2.5, 1, 4, 6 and 6, 4, 1.5, 3, 5, 1.5: 2.25 / sqrt(17 * 17).
    assert value(t, "risk_match") == 0.132353
    t.record(held("late", "06-01", "f", minutes=500))
    assert value(t, "risk_match") > 0.8


def test_the_cases_of_a_domain_multiply_its_risk(tmp_path):
    @indicator("cases.disposed", of=plans_adopted, unit="cases", better="neither", zh="案", en="c")
    def disposed(q):
        yield q.reading(ALL, 5)
        yield q.reading(ALL, 4, dimensions={"domain": "funds"})
        yield q.reading(ALL, 4, dimensions={"form": "form1"})
        yield q.reading(ALL, 1, dimensions={"domain": "funds", "form": "form1"})

    cases = Family("cases", version=1, zh="案", en="Cases", indicators=[disposed])
    with Trial(tmp_path, [lianjian_family(), cases]) as t:
        t.record(unit("u"))
        domains = {"a": "funds", "b": "funds", "c": "approval", "d": None, "e": None}
        risk = {"a": 1, "b": 1, "c": 3, "d": 2, "e": 1}
        t.record(*(post(p, KEY, risk=risk[p], domain=d) for p, d in domains.items()))
        minutes = {"a": 50, "b": 40, "c": 30, "d": 20, "e": 10}
        t.record(*(held(f"x{p}", "05-01", p, minutes=m) for p, m in minutes.items()))
        # Scores 4, 4, 3 (no case: its level), 2, 1: ranks 4.5, 4.5, 3, 2, 1 and 5, 4, 3, 2, 1.
        assert value(t, "risk_match") == 0.974679


def test_fewer_than_five_posts_and_posts_all_alike_have_no_rank(t):
    t.record(*(post(p, KEY, risk=2) for p in "abcd"))
    assert reading(t, "risk_match").value is None
    assert reading(t, "risk_match").denominator == 4
    t.record(post("e", KEY, risk=2))
    assert said(reading(t, "risk_match"))[0] == "one side is all alike"


def test_posts_with_blank_minutes_alone_have_no_rank(t):
    five(t)
    t.record(post("f", KEY, risk=3), held("blank", "07-01", "a", "f", minutes=None))
    r = reading(t, "risk_match")
    assert (r.value, r.denominator) == (0.820783, 5)
    assert said(r)[1] == ["1 posts with blank minutes alone", "2 presences without minutes"]


def test_a_corrected_activity_and_a_voided_one_move_the_match(t):
    first, second, *_ = five(t)
    before = t.size
    t.correct(first, held("xa", "05-01", "a", minutes=10))
    # Ranks 5, 2.5, 2.5, 1, 4 and 2, 4, 1, 3, 5: (-2 - 1/2 + 1 + 0 + 2) / sqrt(9.5 * 10).
    assert value(t, "risk_match") == 0.051299
    t.void(second)
    # Then 10, 0, 0, 30, 90: ranks 3, 1.5, 1.5, 4, 5: 1.5 / sqrt(9.5 * 9.5).
    assert value(t, "risk_match") == 0.157895
    assert value(t, "risk_match", at=before) == 0.820783


def mends(name, target, **verified):
    """A rectification of a post, and what was found of it by day."""
    asked = RectificationAssigned(rectification=name, unit="u", day=day("02-01"), post=target)
    return asked, *(
        RectificationVerified(
            rectification=name, day=day(on.strip("_").replace("_", "-")), outcome=o
        )
        for on, o in verified.items()
    )


def test_risk_is_mitigated_by_a_rectification_that_is_met(t):
    t.record(
        post("a", KEY, risk=2, domain="funds"), post("b", KEY, risk=3, domain="funds"),
        post("c", KEY, risk=3, domain="approval"), post("low", KEY, risk=1),
        post("fell", KEY, risk=3), post("rose", KEY, risk=1), post("unknown", KEY),
        post("gone", KEY, risk=3), abolished("gone", "06-01"),
        PostAssessed(post="fell", risk=1, day=day("03-01")),
        PostAssessed(post="rose", risk=2, day=day("03-01")),
        PostAssessed(post="rose", risk=1, day=day("2023-01-01")),
    )  # fmt: skip
    t.record(
        *mends("ra", "a", _05_01="unmet", _06_01="met"),
        *mends("rb", "b", _05_01="met", _06_01="partly"),  # returned: it is open again
        *mends("rc", "c"),
        *mends("low", "low", _05_01="met"),
    )
    # a, b, c and rose have risk 2 or more; a alone is mended.
    r = reading(t, "mitigated")
    assert (r.value, r.numerator, r.denominator) == (0.25, 1, 4)
    assert said(r)[1] == ["1 posts not assessed"]
    assert values(t, "mitigated") == {
        ("all",): 0.25, ("all", "funds"): 0.5, ("all", "approval"): 0,
    }  # fmt: skip
    # By the end of May a is not mended and b still is; the post that goes in June is there as well.
    assert value(t, "mitigated", period="2022-05") == 0.2


def test_without_risk_there_is_nothing_to_mitigate(t):
    t.record(post("a", KEY, risk=1))
    r = reading(t, "mitigated")
    assert said(r) == ("no post of risk 2 or 3 at the period's end", [])
    assert r.reason.zh == "期末没有较高风险岗位"


def test_a_corrected_and_a_voided_verification_move_what_is_mitigated(t):
    t.record(post("a", KEY, risk=2))
    *_, met = t.record(*mends("r", "a", _05_01="met"))
    before = t.size
    (_, unmet) = mends("r", "a", _05_01="unmet")
    again = t.correct(met, unmet)
    assert (value(t, "mitigated"), value(t, "mitigated", at=before)) == (0, 1)
    t.void(again)
    assert (value(t, "mitigated"), value(t, "mitigated", at=before)) == (0, 1)


# Plan items


def plan(name="p", starts="2022-01-01", ends="2022-12-31", on="2022-01-01"):
    return PlanAdopted(
        plan=name, name=name, unit="u", starts=day(starts), ends=day(ends), day=day(on)
    )


def item(name, unit="u", owner=None, of="p", on="2022-01-02"):
    return PlanItemSet(
        plan_item=name, plan=of, name=name, obligation="required", day=day(on), unit=unit,
        owner_post=owner,
    )  # fmt: skip


def test_items_without_an_owner_are_counted_of_all(t):
    t.record(
        post("a"), plan(), plan("old", ends="2022-01-31"), plan("next", "2023-01-01", "2023-12-31")
    )
    t.record(
        item("i1", owner="a"), item("i2"), item("i3", "v"), item("i4", None), item("i5", of="old"),
        item("i6", of="next"), item("i7", on="2023-01-01"),
    )  # fmt: skip
    r = reading(t, "missing_owner")
    assert (r.value, r.numerator, r.denominator) == (4, 4, 5)
    assert said(r)[1] == ["1 items of no known unit"]
    assert values(t, "missing_owner") == {("all",): 4, ("unit:u",): 2, ("unit:v",): 1}
    r = reading(t, "missing_owner", "unit:u")
    assert (r.numerator, r.denominator) == (2, 3)
    # The old plan ended in January; one that starts with the next year is none of this one's.
    assert reading(t, "missing_owner", period="2022-02").denominator == 4
    assert reading(t, "missing_owner", period="2022-01").denominator == 5
    assert reading(t, "missing_owner", period="2022-01-31").denominator == 5


def test_without_items_nothing_is_missing(t):
    t.record(plan())
    r = reading(t, "missing_owner")
    assert said(r) == ("no plan of the period has items", [])
    assert r.reason.zh == "期间内没有计划事项"


def test_items_of_a_unit_that_is_gone_go_to_its_heirs_by_share(t):
    t.record(plan())
    t.record(item("i1"), item("i2"), item("i3", "v"))
    gone(t, 7_500)
    assert values(t, "missing_owner") == {("all",): 3, ("unit:u",): 2, ("unit:v",): 1}
    now = values(t, "missing_owner", tree="now")
    assert now == {("all",): 3, ("unit:v",): 2.5, ("unit:w",): 0.5}


def test_a_corrected_and_a_voided_item_move_what_is_missing(t):
    t.record(post("a"), plan())
    first, second = t.record(item("i1"), item("i2"))
    before = t.size
    t.correct(first, item("i1", owner="a"))
    assert value(t, "missing_owner") == 1
    t.void(second)
    assert (value(t, "missing_owner"), value(t, "missing_owner", at=before)) == (0, 2)


# Contradictions


def test_contradictions_are_found_and_reported_all_the_same(t):
    t.record(post("a"), post("b"), post("k", KEY))
    found = t.size
    t.record(
        takes("a", "T"), takes("a", None, "03-01"), held("x", "03-02", "a"),  # vacant
        takes("b", "T", "02-01"),  # until March T is at the head of two
        takes("k", "K"), takes("k", "L"),  # two on one day
        abolished("k", "06-01"), takes("k", "M", "07-01"),  # after abolition
        PostAssessed(post="k", risk=2, day=day("06-01")),
        held("y", "06-01", "k", "b"),
    )  # fmt: skip
    assert values(t, "contradictions") == {
        ("all",): 6, ("post:a",): 1, ("post:b",): 1, ("post:k",): 4,
    }  # fmt: skip
    r = reading(t, "contradictions", "post:a")
    assert said(r)[1] == [f"position {found + 2}: present on 2022-03-02, but vacant"]
    r = reading(t, "contradictions", "post:b")
    assert said(r)[1] == [f"position {found + 3}: one token in two top posts from 2022-02-01"]
    r = reading(t, "contradictions", "post:k")
    assert [f.zh for f in r.flags] == [
        f"第 {found + 5} 条：2022-01-01 两人同日任职",
        f"第 {found + 7} 条：2022-07-01 变动时已撤销",
        f"第 {found + 8} 条：2022-06-01 变动时已撤销",
        f"第 {found + 9} 条：2022-06-01 到场时不在册",
    ]
    # What was said of 2022 is no contradiction of 2023.
    assert values(t, "contradictions", "2023") == {("all",): 0}
    assert value(t, "coverage", "post:a") == 1, "it counts all the same"


def test_what_comes_after_an_abolition_that_came_too_early_is_no_contradiction(t):
    t.record(post("a", since="05-01"), abolished("a", "04-01"), takes("a", "T", "06-01"))
    t.record(PostAssessed(post="a", risk=2, day=day("07-01")), held("x", "07-01", "a"))
    assert values(t, "contradictions") == {("all",): 0}
    # Nor is a post that is designated after the period's end known in it.
    t.record(post("b", since="2023-05-01"), takes("b", "S", "02-01"))
    assert values(t, "contradictions") == {("all",): 0}


def test_a_handover_on_the_day_a_post_next_door_and_vacancy_are_no_contradiction(t):
    t.record(
        post("a"), post("b"), post("k", KEY),
        takes("a", "T"), takes("a", "S", "07-01"), takes("b", "T", "07-01"),  # transfer
        takes("k", "T", "07-01"),  # a key post beside the top one
        takes("a", None, "09-01"), takes("a", "R", "09-01"),  # left and followed on one day
        abolished("k", "10-01"), takes("k", None, "10-01"),
        held("x", "06-30", "a", "b"),  # b has no holder on record yet: unknown, not vacant
    )  # fmt: skip
    assert values(t, "contradictions") == {("all",): 0}


def test_a_correction_and_a_void_mend_contradictions(t):
    t.record(post("a", since="02-01"))
    first, second = t.record(held("x", "01-05", "a"), held("y", "01-06", "a"))
    before = t.size
    t.correct(first, held("x", "02-05", "a"))
    assert value(t, "contradictions") == 1
    t.void(second)
    assert (value(t, "contradictions"), value(t, "contradictions", at=before)) == (0, 2)


# Where posts are not of units: reorganisation


def test_figures_of_posts_are_the_same_under_every_tree(t):
    leading(t)
    five(t)
    t.record(norm("n1"), *mends("r", "a", _05_01="met"), takes("c", "C"), takes("c", "D"))
    names = ("coverage", "max_gap", "topics", "topic_fill", "induction_lag", "led",
             "led_and_attended", "hours", "risk_match", "mitigated", "contradictions")  # fmt: skip
    gone(t, 6_000)
    for name in names:
        found = values(t, name)
        assert any(found.values()), f"{name} has something to compare"
        assert values(t, name, tree="now") == found, name


# What is refused


def refused(cls, **data):
    """The one fault of an event as it is handed in, its place, and what it says."""
    (fault,) = faults(event_type(cls).shape, {"post": "a", "day": "2022-01-01"} | data)
    return type(fault), fault.path, fault.message("zh"), fault.message("en")


@pytest.mark.parametrize("holder", ["", "张三", "a b", "x" * 65, "令T1", "T１", "a\n"])
def test_a_holder_is_a_token(holder):
    kind, path, zh, en = refused(PostHolderChanged, holder=holder)
    assert (kind, path) == (PartWrong, "holder")
    assert zh == "任职者只用代号：字母、数字、点、横线和下划线，1 至 64 个"
    assert en == "a holder is a token of 1 to 64 letters, digits, dots, dashes and underscores"


def test_a_token_may_be_as_long_as_it_may(t):
    t.record(post("a"), takes("a", "T_1.x-" + "y" * 58))
    assert reading(t, "max_gap", held_by="holder").denominator == 1


def test_a_vacant_post_has_no_lecturer():
    assert refused(PostHolderChanged, lecturer="L") == (
        PartWrong, "lecturer", "岗位空缺时没有讲师编号", "a vacant post has no lecturer",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["risk", "links"])
@pytest.mark.parametrize("cls", [PostDesignated, PostAssessed])
def test_risk_and_links_are_bounded(cls, name):
    whole = {"unit": "u", "category": KEY} if cls is PostDesignated else {"risk": 1}
    for bad in (0, 4) if name == "risk" else (0,):
        kind, path, zh, en = refused(cls, **whole | {name: bad})
        assert (kind, path) == (OutOfBounds, name)
        assert "超出范围" in zh
        assert "out of bounds" in en


# Laws


def test_laws():
    check_family(lianjian_family(), lecturers_family())


def test_laws_over_longer_histories():
    check_family(lianjian_family(), lecturers_family(), size=200, histories=2)


def test_laws_without_any_other_family():
    check_family(lianjian_family(), histories=4)
