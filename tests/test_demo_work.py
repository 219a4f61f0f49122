"""What families share of the demo's year: as many as were meant, and nothing before it was there."""

from collections import Counter, defaultdict

import pytest

from lianjian.core import demo_matter
from lianjian.core.demo_cast import YEAR
from lianjian.core.demo_work import LINKS, MET, linked
from lianjian.core.demo_year import SEED, activities, headcounts, synthetic_year
from lianjian.core.vocabulary import installed


@pytest.fixture(scope="module")
def year():
    found = defaultdict(list)
    for part in synthetic_year():
        for t in part:
            if not t.replaces:
                found[t.type].append(t.data)
    return found


def test_the_plan_is_done_in_part(year):
    items = {i["plan_item"]: i for i in year["plan_item.set"]}
    assert Counter(i["obligation"] for i in items.values()) == {"required": 9, "elective": 5}
    assert {i["pillar"] for i in items.values()} == set(installed()["pillar"])
    assert {i["due_on"][5:7] for i in items.values() if i["due_on"]} == {"03", "06", "09", "12"}
    roles = Counter(len({r["role"] for r in i["roles"]}) == 5 for i in items.values())
    assert roles[True] == 8
    outcomes = defaultdict(list)
    for e in sorted(year["plan_item.evaluated"], key=lambda e: e["day"]):
        outcomes[e["plan_item"]].append(e["outcome"])
    assert Counter(map(tuple, outcomes.values())) == {(MET,): 8, ("partly",): 1, ("unmet", MET): 1}
    open_ = [i for i in items.values() if i["due_on"] and MET not in outcomes[i["plan_item"]]]
    assert len(open_) == 3, "overdue at the end of the year"


def test_rectifications_stand_in_every_way(year):
    assert [len(c["units"]) for c in year["check.conducted"]] == [5, 6]
    # Of problems: what families add of other things is their own.
    assert sum(f["kind"] == "problem" for f in year["finding.raised"]) == 6
    mends = {
        r["rectification"]: r["unit"] for r in year["rectification.assigned"] if "finding" in r
    }
    assert len(mends) == 6
    looked = [v for v in year["rectification.verified"] if v["rectification"] in mends]
    assert Counter(v["outcome"] for v in looked) == {MET: 3, "unmet": 1}
    assert sum(d["rectification"] in mends for d in year["rectification.done"]) == 5
    assert sum(mends[v["rectification"]] == v["verifier"] for v in looked) == 1


def test_resources_and_evidence_have_their_faults(year):
    assert len(year["resource.published"]) == 12
    assert len(year["resource.used"]) == 40
    assert sum(u["reach"] is None for u in year["resource.used"]) == 6
    digests = Counter(e["digest"] for e in year["evidence.attached"])
    assert Counter(digests.values()) == {1: len(digests) - 1, 3: 1}
    share = len(year["evidence.attached"]) / len(year["activity.held"])
    assert 0.6 < share < 0.75


def test_activities_are_linked_and_otherwise_as_they_were_drawn(year):
    heads = {(t.data["unit"], t.data["category"]): t.data["persons"] for t in headcounts(SEED)}
    drawn = list(activities(SEED, heads))
    for t, told in zip(drawn, linked(drawn, SEED), strict=True):
        assert {k: v for k, v in told.data.items() if k not in LINKS} == t.data
    held = year["activity.held"]
    for name in LINKS:
        assert any(a.get(name) for a in held), name
    assert 0.25 < sum("topics" in a for a in held) / len(held) < 0.4


def test_nothing_is_named_before_it_is_there(year):
    there = {i["plan_item"]: i["day"] for i in year["plan_item.set"]}
    there |= {r["resource"]: r["day"] for r in year["resource.published"]}
    for a in year["activity.held"]:
        for id_ in (*a.get("plan_items", ()), *a.get("resources", ())):
            assert there[id_] <= a["day"]
    for use in year["resource.used"]:
        assert there[use["resource"]] <= use["day"]


def test_all_of_it_lies_in_the_year_and_says_that_it_is_made_up(year):
    for type_, told in year.items():
        for data in told:
            if type_.split(".")[0] in {"norm", "plan", "plan_item", "check", "resource"}:
                assert data["day"].startswith(str(YEAR))
                assert "示例" in data.get("name", "示例")


def test_key_posts_are_there_before_they_answer_or_come(year):
    there = {p["post"]: p["day"] for p in year["post.designated"]}
    assert Counter(p["category"] for p in year["post.designated"]) == {
        "top_leader": 6, "leader": 6, "key_post": 4,
    }  # fmt: skip
    owned = [i for i in year["plan_item.set"] if i["owner_post"]]
    assert len(owned) == 9
    assert all(there[i["owner_post"]] <= i["day"] for i in owned)
    came = {a["activity"]: (a["day"], a["posts"]) for a in year["activity.held"] if a.get("posts")}
    of_the_district = sum(a["host"] == "jiading" for a in year["activity.held"])
    assert 0.3 < len(came) / of_the_district < 0.7
    assert all(2 <= len(posts) <= 5 for _, posts in came.values())
    assert all(there[post] <= day for day, posts in came.values() for post in posts)
    assert {p["post"] for p in year["post.abolished"]} == there.keys()


def test_every_family_has_its_place():
    assert [f.__name__ for f in demo_matter.MATTER] == [
        "bases",
        "content", "loop", "cases", "keyposts", "brands", "linkage", "channels", "perception",
        "oversight", "evaluation",
    ]  # fmt: skip
