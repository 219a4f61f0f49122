"""The roll of posts, tenures, and hours against a norm, against answers worked by hand."""

from datetime import date
from fractions import Fraction

import pytest

from lianjian.core.activities import ActivityHeld, Speaker, UnitRegistered
from lianjian.core.figures import Figures
from lianjian.core.hours import Account, HourNorm, account, accounts, norms_by_rank
from lianjian.core.indicator import Moment, Period
from lianjian.core.mending import mended
from lianjian.core.planning import Hours, NormIssued, hour_norms
from lianjian.core.posts import (
    EVENTS,
    PostAbolished,
    PostAssessed,
    PostDesignated,
    PostHolderChanged,
    post_holders,
    post_presences,
    post_risks,
    post_status,
    post_topics,
    posts_designated,
)
from lianjian.core.replay import catch_up
from lianjian.core.supervision import RectificationAssigned, RectificationVerified
from lianjian.core.tenures import (
    Presence,
    Tenure,
    absences_of_holders,
    by_holder,
    longest_absence,
    minutes_of,
    odd_posts,
    risks,
    standing,
    standing_last,
    talks,
    tenures,
    topics_at,
)
from lianjian.core.testing import Trial
from lianjian.core.tree import root


def day(text):
    return date.fromisoformat(text if len(text) > 5 else f"2022-{text}")


def post(name, since="01-01", category="top_leader", **more):
    return PostDesignated(post=name, unit="u", category=category, day=day(since), **more)


def takes(name, holder, since="01-01"):
    return PostHolderChanged(post=name, day=day(since), holder=holder)


def held(name, on, *posts, minutes=60, **more):
    made = {"host": "u", "minutes": minutes, "posts": posts, **more}
    return ActivityHeld(activity=name, day=day(on), **made)


@pytest.fixture
def t(tmp_path):
    """A log with one unit and no family but core."""
    with Trial(tmp_path, []) as trial:
        trial.record(UnitRegistered("u", "u", "town", "town", day("2019-01-01")))
        yield trial


def ask(t, function, period="2022"):
    """What a function makes of a query; the query lives no longer."""
    store = t.log.store
    catch_up(t.records.views, store, t.registry.families)
    moment = Moment(store.size(), root(store.size(), store))
    with Figures(t.records.views, t.registry.families, moment) as figures:
        return function(figures.query("core", Period.parse(period)))


# What events state


def test_posts_state_themselves_their_status_their_risk_and_their_holders():
    made = post("a", rank="county", domain="funds", risk=3)
    on = day("01-01")
    assert list(posts_designated(made)) == [(on, "a", "u", "top_leader", "county", "funds")]
    assert list(post_status(made)) == [(on, "a", "standing")]
    assert list(post_status(PostAbolished("a", on))) == [(on, "a", "abolished")]
    assert list(post_risks(made)) == [(on, "a", 3, None)]
    assert list(post_risks(post("a"))) == []
    assert list(post_risks(PostAssessed("a", 2, on, links=4))) == [(on, "a", 2, 4)]
    assert list(post_holders(PostHolderChanged("a", on, "T", "L"))) == [(on, "a", "T", "L")]
    assert {e.__name__ for e in EVENTS} == {
        "PostDesignated", "PostAssessed", "PostHolderChanged", "PostAbolished",
    }  # fmt: skip


def test_an_activity_states_who_was_present_and_on_what():
    made, on = held("x", "05-01", "a", "b", topics=("ideals", "micro")), day("05-01")
    assert list(post_presences(made)) == [(on, "x", "a", 60), (on, "x", "b", 60)]
    assert list(post_topics(made)) == [
        (on, "x", "a", "ideals"), (on, "x", "a", "micro"), (on, "x", "b", "ideals"), (on, "x", "b", "micro"),
    ]  # fmt: skip
    assert list(post_presences(held("x", "05-01"))) == []


def test_a_norm_states_its_hours_from_the_day_on_which_it_is_in_force():
    asked = (Hours("county", 550, 5), Hours("section", 90, 1))
    made = NormIssued("n", "s", "1", "n", "central", day("01-01"), day("03-01"), hours=asked)
    assert list(hour_norms(made)) == [
        (day("03-01"), "s", "county", "n", 550, 5), (day("03-01"), "s", "section", "n", 90, 1),
    ]  # fmt: skip


# Posts and tenures


def test_a_post_stands_from_its_designation_to_its_first_abolition(t):
    t.record(post("a", "2021-04-01"), post("b", "12-01"), post("early", "05-01"), post("none"))
    t.record(
        *(PostAbolished(p, day(on)) for p, on in
          (("a", "10-01"), ("a", "11-01"), ("early", "04-01"), ("none", "01-01"), ("b", "2023-01-01"))),
    )  # fmt: skip
    found = {p.id: (p.start, p.end, p.weight) for p in ask(t, standing)}
    assert found == {
        "a": ("2022-01-01", "2022-10-01", Fraction(273, 365)),
        "b": ("2022-12-01", "2023-01-01", Fraction(31, 365)),
        "early": ("2022-05-01", "2023-01-01", Fraction(245, 365)),
    }
    assert [p.id for p in ask(t, standing_last)] == ["b", "early"]
    assert [p.id for p in ask(t, standing_last, "2021")] == ["a"]
    assert ask(t, standing, "2020") == []


def test_presences_are_those_while_the_post_stands_or_is_held(t):
    t.record(post("a", "02-01"), takes("a", "T", "03-01"))
    t.record(
        held("x", "01-31", "a"), held("y", "02-01", "a"), held("z", "03-01", "a", minutes=None)
    )
    (a,) = ask(t, standing)
    assert [(c.day, c.minutes) for c in a.came] == [("2022-02-01", 60), ("2022-03-01", None)]
    (tenure,) = ask(t, tenures)
    assert [c.day for c in tenure.came] == ["2022-03-01"]
    (since,) = ask(t, lambda q: tenures(q, since="2022-03-02"))
    assert since.came == ()
    # 28 days to 1 March, and 306 to the end.
    assert (a.absence, tenure.lag) == (306, (0, True))


def test_tenures_run_from_change_to_change_while_the_post_stands(t):
    t.record(post("a", "2021-03-01"), PostAbolished("a", day("12-01")))
    t.record(
        takes("a", "T", "2021-01-01"), takes("a", "T", "2021-06-01"),  # goes on holding it
        takes("a", "X", "02-01"), takes("a", "S", "02-01"),  # of two on a day the later recorded
        takes("a", None, "08-01"), takes("a", "T", "12-15"),  # after its abolition
    )  # fmt: skip
    found = [(x.holder, x.taken, x.start, x.end) for x in ask(t, tenures)]
    assert found == [
        ("T", "2021-01-01", "2021-03-01", "2022-02-01"),
        ("S", "2022-02-01", "2022-02-01", "2022-08-01"),
        (None, "2022-08-01", "2022-08-01", "2022-12-01"),
    ]
    assert {h: len(x) for h, x in by_holder(ask(t, tenures)).items()} == {"T": 1, "S": 1}
    assert [x.end for x in ask(t, tenures, "2021")] == ["2022-01-01"]
    # T to 1 February, S from then on to August; nobody was ever present.
    assert sorted(ask(t, absences_of_holders)) == [31, 181]


def test_the_longest_absence_has_an_open_head_and_tail():
    came = [Presence(f"2022-01-{n}", 1, None) for n in ("10", "12")]
    assert longest_absence(came, "2022-01-01", "2022-01-15") == 9
    assert longest_absence(came, "2022-01-09", "2022-01-20") == 8
    assert longest_absence([], "2022-01-01", "2022-01-15") == 14


def test_who_is_still_waiting_was_last_seen_so_the_day_before():
    waiting = Tenure("a", "T", "2022-01-01", "2022-01-01", "2022-01-11", ())
    assert waiting.lag == (9, False)


def test_blank_minutes_are_told_apart():
    def came(*minutes):
        return [Presence("2022-01-01", n, m) for n, m in enumerate(minutes)]

    assert minutes_of(came(30, None, 60)) == (90, 1)
    assert minutes_of(came(None, None)) == (None, 2)
    assert minutes_of(came(0, None)) == (0, 1)
    assert minutes_of([]) == (0, 0)


def test_topics_are_told_by_post_and_activity(t):
    t.record(post("a"), post("b"))
    x, y = t.size, t.size + 1
    t.record(held("x", "05-01", "a", "b", topics=("ideals", "micro")), held("y", "06-01", "b"))
    assert ask(t, lambda q: topics_at(q, standing(q))) == {
        "a": {x: {"ideals", "micro"}}, "b": {x: {"ideals", "micro"}, y: set()},
    }  # fmt: skip


def test_talks_are_those_during_a_tenure_of_whoever_is_known_as_a_lecturer(t):
    t.record(post("a"), post("b"), post("c"))
    by = {"lecturers": (Speaker("L", minutes=None),)}
    t.record(
        PostHolderChanged("a", day("02-01"), "T", "L"), takes("b", "T", "06-01"), takes("c", "S")
    )
    t.record(takes("a", None, "06-01"))
    first = t.size
    t.record(held("x", "01-31", **by), held("y", "02-01", **by), held("z", "06-01", **by))
    # On 31 January T holds nothing yet; c's holder is known as no lecturer.
    assert ask(t, talks) == {"a": {first + 1}, "b": {first + 2}}
    assert ask(t, talks, "2022Q2") == {"a": set(), "b": {first + 2}}
    assert ask(t, talks, "2021") == {}


def test_the_latest_risk_counts_and_links_stay_until_told_anew(t):
    t.record(post("a", risk=3, links=4), post("b", links=2), post("c"), post("d", risk=1))
    assert ask(t, risks) == {"a": (3, 4), "d": (1, 1)}
    t.record(PostAssessed("a", 1, day("05-01")), PostAssessed("b", 2, day("06-01"), links=5))
    assert ask(t, risks) == {"a": (1, 4), "b": (2, 5), "d": (1, 1)}
    assert ask(t, risks, "2022Q1") == {"a": (3, 4), "d": (1, 1)}


def test_what_is_odd_of_posts_is_told_in_its_period(t):
    t.record(post("a"), post("b"), takes("a", "T"), takes("b", "T", "03-01"))
    t.record(held("x", "2021-05-01", "a"))
    assert [(id_, at, said.en) for id_, at, said in ask(t, lambda q: list(odd_posts(q)))] == [
        ("b", 4, "one token in two top posts from 2022-03-01")
    ]
    assert [
        (id_, at, said.zh) for id_, at, said in ask(t, lambda q: list(odd_posts(q)), "2021")
    ] == [("a", 5, "2021-05-01 到场时不在册")]


# Rectifications


def test_what_is_mended_has_a_rectification_that_is_closed(t):
    t.record(*(post(p) for p in "abc"))
    asked = [RectificationAssigned(f"r{p}", "u", day("02-01"), post=p) for p in "abc"]
    t.record(*asked, RectificationVerified("ra", day("03-01"), "met"))
    t.record(
        *(
            RectificationVerified("rb", day(on), o)
            for on, o in (("03-01", "met"), ("04-01", "unmet"))
        )
    )
    assert ask(t, lambda q: mended(q, "post")) == {"a"}
    assert ask(t, lambda q: mended(q, "post"), "2022-03") == {"a", "b"}
    assert ask(t, lambda q: mended(q, "finding")) == set()


# Hours


def norm(name, since, *hours, series="s"):
    return NormIssued(
        norm=name, series=series, version=name, name=name, issuer="central", day=day(since), hours=hours,
    )  # fmt: skip


def test_norms_in_force_replace_those_of_their_series(t):
    t.record(
        norm("old", "2021-01-01", Hours("county", 550, 5), Hours("section", 90, 1)),
        norm("new", "07-01", Hours("county", 500, 5)),
        norm("own", "2021-06-01", Hours("county", 10, 1), Hours("staff", 5, 1), series="z"),
    )
    old, own = HourNorm("old", 90, 1), HourNorm("own", 5, 1)
    assert ask(t, norms_by_rank) == {"county": HourNorm("new", 500, 5), "staff": own}
    then = {"county": HourNorm("own", 10, 1), "section": old, "staff": own}
    assert ask(t, norms_by_rank, "2021") == then
    assert ask(t, norms_by_rank, "2020") == {}


def test_who_is_known_for_a_part_of_the_years_owes_that_part():
    # 1 July to the end are 184 of 365 days; 270 minutes are 4.5 hours.
    came = (Presence("2022-08-01", 3, 270), Presence("2022-08-02", 4, None))
    held_ = Tenure("a", "T", "2022-07-01", "2022-07-01", "2023-01-01", came)
    again = Tenure("b", "T", "2022-08-01", "2022-08-01", "2023-01-01", came)
    found = account("T", [held_, again], HourNorm("n", 90, 1), date(2023, 1, 1))
    assert found == Account("T", "n", Fraction(90 * 184, 365), Fraction(9, 2), 1)


def test_what_lies_before_the_years_is_no_hour_of_them_and_who_was_there_owes_all():
    came = (Presence("2021-12-31", 3, 600), Presence("2022-01-01", 4, None))
    held_ = Tenure("a", "T", "2020-07-01", "2020-07-01", "2023-01-01", came)
    found = account("T", [held_], HourNorm("n", 90, 1), date(2023, 1, 1))
    assert found == Account("T", "n", Fraction(90), None, 1)
    found = account("T", [held_], HourNorm("n", 90, 2), date(2023, 1, 1))
    assert (found.asked, found.credited, found.blank) == (90, 10, 1)


def test_there_is_an_account_for_each_post_or_a_reason(t):
    t.record(
        norm("n", "2021-01-01", Hours("county", 100, 1)),
        post("a", rank="county"), post("b", rank="county"), post("c"), post("d", rank="staff"),
        post("e", rank="county"), takes("a", "T"), takes("c", "C"), takes("d", "D"),
        takes("e", "E"), takes("e", None, "12-31"), held("x", "05-01", "a"),
    )  # fmt: skip
    found = {p.id: account_ for p, account_ in ask(t, lambda q: list(accounts(q)))}
    assert found.pop("a") == Account("T", "n", Fraction(100), Fraction(1), 0)
    assert {id_: why.en for id_, why in found.items()} == {
        "b": "nobody is on record as a holder in the period",
        "c": "the rank is not known",
        "d": "no norm of hours applies",
        "e": "vacant at the period's end",
    }
