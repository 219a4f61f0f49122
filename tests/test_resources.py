"""Resources, their use, and evidence: what each event states, and what is refused."""

import hashlib
from datetime import date

import pytest

from lianjian.core.activities import ActivityHeld, UnitRegistered
from lianjian.core.errors import BadFileDigest, OutOfBounds, PartWrong
from lianjian.core.event import event_type
from lianjian.core.figures import Figures
from lianjian.core.indicator import CORE, Moment
from lianjian.core.period import Period
from lianjian.core.replay import catch_up
from lianjian.core.resources import (
    TARGETS,
    EvidenceAttached,
    ResourcePublished,
    ResourceUsed,
    evidence,
    resource_themes,
    resource_uses,
    resources_published,
)
from lianjian.core.shapes import faults
from lianjian.core.testing import Trial
from lianjian.core.tree import root

DAY = date(2022, 3, 1)
DIGEST = hashlib.sha256(b"a sign-in sheet").hexdigest()


def rows(table, event):
    return list(table(event))


def told(cls, **data):
    """Return (path, class, zh, en) of each fault of data."""
    found = faults(event_type(cls).shape, data)
    return {(f.path, type(f), f.message("zh"), f.message("en")) for f in found}


def test_a_resource_states_itself_and_its_themes():
    film = ResourcePublished(
        "r", "警示片", "film", DAY, "u", "district", ("warning", "discipline"),
        sharing="open", channel="media", brand="b",
    )  # fmt: skip
    assert rows(resources_published, film) == [
        (DAY, "r", "film", "u", "district", "open", "media", "b")
    ]
    assert rows(resource_themes, film) == [(DAY, "r", "warning"), (DAY, "r", "discipline")]


def test_a_use_is_told_by_itself_or_by_an_activity():
    used = ResourceUsed("r", DAY, "u", "media", reach=120)
    assert rows(resource_uses, used) == [(DAY, "r", "u", "used", "media", None, 1, 120)]
    blank = ResourceUsed("r", DAY, activity="a")
    assert rows(resource_uses, blank) == [(DAY, "r", None, "used", None, "a", 1, None)]
    held = ActivityHeld("a", DAY, "h", channel="offline", resources=("r", "s"))
    assert rows(resource_uses, held) == [
        (DAY, "r", "h", "activity", "offline", "a", 1, None),
        (DAY, "s", "h", "activity", "offline", "a", 1, None),
    ]
    assert rows(resource_uses, ActivityHeld("a", DAY, "h")) == []


@pytest.mark.parametrize("kind", TARGETS)
def test_evidence_states_its_one_target(kind):
    piece = EvidenceAttached(DAY, DIGEST, 5, "10y", **{kind: "x"})
    assert rows(evidence, piece) == [(DAY, kind, "x", DIGEST, "10y", 1, 5)]


@pytest.mark.parametrize(
    "digest", ["", DIGEST[1:], DIGEST.upper(), f"{DIGEST}0", "g" * 64, "１" * 64]
)
def test_what_is_no_digest_of_a_file_is_refused(digest):
    (found,) = told(EvidenceAttached, day="2022-03-01", digest=digest, activity="a")
    assert found[:2] == ("digest", BadFileDigest)
    assert "SHA-256" in found[2]
    assert "64 lower-case hex digits" in found[3]


def test_evidence_proves_exactly_one_thing():
    given = {"day": "2022-03-01", "digest": DIGEST}
    (none,) = told(EvidenceAttached, **given, bytes=0) - told(EvidenceAttached, **given)
    assert none[:2] == ("bytes", OutOfBounds)
    (none,) = told(EvidenceAttached, **given)
    (two,) = told(EvidenceAttached, **given, activity="a", brand="b")
    assert [x[:2] for x in (none, two)] == [("activity", PartWrong), ("brand", PartWrong)]
    assert "须且只须有一个对象" in two[2]
    assert "exactly one of activity, plan_item" in two[3]


def test_a_reach_is_not_below_zero():
    (found,) = told(ResourceUsed, resource="r", day="2022-03-01", reach=-1)
    assert found[:2] == ("reach", OutOfBounds)


def test_a_use_that_an_activity_tells_as_well_counts_once(tmp_path):
    with Trial(tmp_path, []) as t:
        t.record(
            ResourcePublished("r", "片", "film", DAY),
            ResourcePublished("s", "册", "handbook", DAY),
        )
        t.record(UnitRegistered("h", "甲", "town", "town", date(2021, 1, 1)))
        t.record(ActivityHeld("a", DAY, "h", resources=("r",)))
        t.record(ResourceUsed("r", DAY, "h", activity="a", reach=40))
        t.record(ResourceUsed("s", DAY, "h", reach=7))
        catch_up(t.records.views, t.log.store, t.registry.families)
        moment = Moment(t.size, root(t.size, t.log.store))
        with Figures(t.records.views, t.registry.families, moment) as figures:
            q = figures.query(CORE.name, Period.parse("2022"))
            counted = (
                "SELECT sum(uses) FROM resource_uses WHERE how = 'activity' OR activity IS NULL"
            )
            assert q.one(counted) == 2
            assert q.one("SELECT sum(reach) FROM resource_uses WHERE how = 'used'") == 47
