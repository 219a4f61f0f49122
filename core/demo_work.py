"""What several families share of the demo's year: plans, checks, resources, evidence. All made up.

    planning()              norms, two plans, fourteen items, and how they were evaluated
    supervision()           two checks, what they found, and what was mended
    resources(seed)         twelve resources and their use
    evidence(seed, told)    what proves the activities that were told
    linked(told, seed)      the activities again, with the topics, items and resources that they name

Activities are drawn first and linked afterwards, with dice of their own for each link, so that what
was known of the year stays as it was. An activity names only what was there on its day.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random

from attrs import evolve

from lianjian.core.demo_cast import OFFICES, TOWNS, YEAR, Data, Told, dice, on, one_of, some_day

# Norms. None of them exists; the names say so.

HOURS, LIMITS, OPINIONS = "demo-norm-hours", "demo-norm-limits", "demo-norm-opinions"
OWN_NORMS = {"anting": on(3, 10), "nanxiang": on(4, 12), "malu": on(5, 9)}

FIVE_YEARS, OF_THE_YEAR = "demo-plan-2021-2025", f"demo-plan-{YEAR}"

# Items: obligation, pillar, responsible unit, month due, norm, target, whether each role has a unit,
# and the (month, outcome) of evaluations. Three are overdue when the year is over.
Item = tuple[
    str, str, str, str | None, int | None, str | None, int | None, bool, tuple[tuple[int, str], ...]
]
REQUIRED, ELECTIVE, MET = "required", "elective", "met"
ITEMS: tuple[Item, ...] = (
    ("党委会专题学习", REQUIRED, "leadership", "jiading", 3, HOURS, 4, True, ((3, MET),)),
    ("主体责任清单", REQUIRED, "leadership", "dept-organisation", 3, None, None, True, ((4, MET),)),
    ("学时登记", REQUIRED, "system", "dept-organisation", 6, HOURS, None, True, ((6, MET),)),
    ("处分决定宣布", REQUIRED, "system", "bureau-justice", 6, LIMITS, 6, True, ((7, MET),)),
    ("警示教育月", REQUIRED, "innovation", "jiading", 6, OPINIONS, 20, True, ((6, MET),)),
    ("家风建设", ELECTIVE, "innovation", "anting", 9, None, 6, False, ((9, MET),)),
    ("年轻干部教育", REQUIRED, "leadership", "dept-culture", 9, HOURS, 8, True,
     ((9, "unmet"), (12, MET))),
    ("法规宣传", ELECTIVE, "innovation", "bureau-justice", 9, LIMITS, None, False, ((9, MET),)),
    ("基层微课堂", REQUIRED, "innovation", "nanxiang", 9, OPINIONS, 12, True, ((10, "partly"),)),
    ("品牌展示", ELECTIVE, "innovation", "malu", 12, None, None, False, ()),
    ("年终测评", REQUIRED, "evaluation", "jiading", 12, OPINIONS, None, True, ()),
    ("民主集中制专题", REQUIRED, "leadership", "bureau-education", 12, HOURS, 5, False,
     ((12, MET),)),
    ("经验汇编", ELECTIVE, "evaluation", "dept-culture", None, None, None, False, ()),
    ("讲师回访", ELECTIVE, "evaluation", "chengfa", None, None, None, False, ()),
)  # fmt: skip
ROLES = {
    "lead": "jiading",
    "comanage": "dept-culture",
    "coordinate": "dept-organisation",
    "participate": "bureau-education",
}
THEMES_OF = {"警示教育月": ["warning"], "家风建设": ["family"], "法规宣传": ["discipline"]}
TOPICS_OF = {"主体责任清单": ["responsibility"], "民主集中制专题": ["dem_centralism"]}
# Which key post answers for an item; for five nobody does.
OWNERS = {1: 6, 2: 11, 3: 11, 4: 14, 5: 6, 6: 4, 7: 6, 9: 3, 12: 1}
LAST_DAYS = {3: 31, 6: 30, 9: 30, 12: 31}


def _item(number: int) -> str:
    return f"demo-item-{number:02}"


def _set_on(item: Item) -> str:
    """Return when an item was set: with the plan, or with the norm that it follows."""
    return on(2, 21) if item[5] == OPINIONS else on(1, 18)


def planning() -> Iterator[Told]:
    """Tell what was laid down and planned, and how far it was done."""
    yield from norms()
    plan = {"unit": "jiading", "starts": "2021-01-01", "ends": "2025-12-31", "day": on(1, 4)}
    five = {"plan": FIVE_YEARS, "name": "示例宣教规划（2021—2025）", **plan}
    yield Told("plan.adopted", five, FIVE_YEARS)
    year = {"starts": on(1, 1), "ends": on(12, 31), "day": on(1, 18), "within": FIVE_YEARS}
    name = f"示例年度宣教计划（{YEAR}）"
    yield Told("plan.adopted", {**plan, "plan": OF_THE_YEAR, "name": name, **year}, OF_THE_YEAR)
    for number, item in enumerate(ITEMS, start=1):
        yield Told("plan_item.set", _said_of(number, item), f"{_item(number)}-set")
        for month, outcome in item[-1]:
            looked = {"plan_item": _item(number), "outcome": outcome, "day": on(month, 20)}
            id_ = f"{_item(number)}-evaluated-{month}"
            yield Told("plan_item.evaluated", {**looked, "evaluator": "dept-organisation"}, id_)


def _said_of(number: int, item: Item) -> Data:
    name, obligation, pillar, unit, due, norm, target, complete, _ = item
    roles = {**ROLES, "own": unit} if complete else {"lead": "jiading", "own": unit}
    return {
        "plan_item": _item(number),
        "plan": OF_THE_YEAR,
        "name": f"示例：{name}",
        "obligation": obligation,
        "pillar": pillar,
        "unit": unit,
        "due_on": on(due, LAST_DAYS[due]) if due else None,
        "norm_ref": f"{OPINIONS}-1" if norm == OPINIONS else norm,
        "target_n": target,
        "themes": THEMES_OF.get(name, []),
        "topics": TOPICS_OF.get(name, []),
        "audience": ["young"] if name == "年轻干部教育" else [],
        "goals": ["lianzhu"] if name == "品牌展示" else [],
        "roles": [{"unit": u, "role": r} for r, u in roles.items()],
        "owner_post": f"demo-post-{OWNERS[number]:02}" if number in OWNERS else None,
        "day": _set_on(item),
    }


def norms() -> Iterator[Told]:
    """Tell the rules: two of others, two versions of the district's, three of towns."""
    hours = [
        {"rank": "county", "hours": 550, "years": 5},
        {"rank": "section", "hours": 90, "years": 1},
    ]
    limits = [{"duty": "announce", "months": 1, "extended": 6}]
    yield _norm(HOURS, "学时规定", "municipal", on(1, 5), hours=hours)
    yield _norm(LIMITS, "处分决定宣布时限规定", "central", on(1, 5), limits=limits)
    yield _norm(f"{OPINIONS}-1", "廉洁文化建设意见", "district", on(2, 15))
    yield _norm(f"{OPINIONS}-2", "廉洁文化建设意见", "district", on(9, 1), version="2")
    for town, day in OWN_NORMS.items():
        yield _norm(f"demo-norm-{town}", "宣教工作细则", "unit", day, unit=town)


def _norm(norm: str, name: str, issuer: str, day: str, version: str = "1", **more: object) -> Told:
    series = OPINIONS if norm.startswith(OPINIONS) else norm
    said = {"norm": norm, "series": series, "version": version, "name": f"示例：{name}"}
    return Told("norm.issued", {**said, "issuer": issuer, "day": day, **more}, norm)


# Supervision.

# By check: first day, last day, units, items. What each found: kind, problem, unit, and how the
# rectification stands.
CHECKS = (
    ("demo-check-06", on(6, 6), on(6, 17), TOWNS[:5], (1, 3, 5)),
    ("demo-check-11", on(11, 7), on(11, 18), TOWNS[5:11], (7, 9, 11)),
)
FOUND = (
    ("P1", "资源未共享", (MET,), "dept-organisation"),
    ("P2", "村居活动偏少", (MET,), "dept-organisation"),
    ("P4", "形式单一", (MET,), None),  # verified by the very unit that had to mend it
    ("P2", "讲师未下村居", ("unmet",), "dept-culture"),
    ("P3", "认识不足", (), None),
    ("P4", "以讲授为主", None, None),
)


def supervision() -> Iterator[Told]:
    """Tell of two checks, six problems, and six rectifications: one came back, one is still open."""
    for check, day, ends, units, items in CHECKS:
        said = {
            "inspection": check,
            "name": f"示例检查（{day[:7]}）",
            "kind": "routine" if check.endswith("06") else "special",
            "day": day,
            "ends": ends,
            "checker": "dept-organisation",
            "units": units,
            "units_total": len(units),
            "sessions": [
                {"method": "report", "day": day, "topics": ["mechanism"], "kickoff": True},
                {"method": "field", "day": ends, "topics": ["base"]},
            ],
            "team": {"head": 1, "deputy": 1, "member": 4},
            "plan_items": [_item(i) for i in items],
            "norms": [f"{OPINIONS}-1"],
        }
        yield Told("check.conducted", said, check)
    for number, (problem, text, outcomes, verifier) in enumerate(FOUND, start=1):
        check, _, ends, units, _ = CHECKS[(number - 1) // 3]
        yield from _mended(number, check, ends, units[number % 3], problem, text)
        if outcomes is not None:
            yield from _looked_at(number, units[number % 3], ends, outcomes, verifier)


def _mended(
    number: int, check: str, ends: str, unit: str, problem: str, text: str
) -> Iterator[Told]:
    finding, rectification = f"demo-finding-{number}", f"demo-rectification-{number}"
    found = {"kind": "problem", "problem": problem, "text": f"示例：{text}", "inspection": check}
    yield Told("finding.raised", {"finding": finding, **found, "unit": unit, "day": ends}, finding)
    due = on(12, 20) if ends > on(7, 1) else on(9, 20)
    asked = {"unit": unit, "assigner": "dept-organisation", "due_on": due, "finding": finding}
    said = {"rectification": rectification, **asked, "day": f"{ends[:8]}25"}
    yield Told("rectification.assigned", said, rectification)


def _looked_at(
    number: int, unit: str, ends: str, outcomes: Sequence[str], verifier: str | None
) -> Iterator[Told]:
    of = {"rectification": f"demo-rectification-{number}"}
    month = int(ends[5:7]) + 1
    yield Told("rectification.done", {**of, "day": on(month, 10)}, f"demo-mended-{number}")
    for outcome in outcomes:
        said = {**of, "outcome": outcome, "verifier": verifier or unit, "day": on(month, 18)}
        yield Told("rectification.verified", said, f"demo-verified-{number}")


# Resources.

KINDS = ("column", "case_notice", "law_promo", "film", "handbook", "good_practice")
NAMES = ("专栏", "警示案例通报", "法规宣传", "警示教育片", "手册", "好做法")
RESOURCES = {f"demo-resource-{k}-{i}": (k, i) for k in KINDS for i in (1, 2)}
USES, WITHOUT_REACH = 40, 6


def _published_on(resource: str) -> str:
    kind, number = RESOURCES[resource]
    return on(1 + KINDS.index(kind), 8 if number == 1 else 24)


def resources(seed: str) -> Iterator[Told]:
    """Tell what there is to teach from, and how often it was read and played."""
    for resource, (kind, number) in RESOURCES.items():
        said = {
            "resource": resource,
            "name": f"示例{NAMES[KINDS.index(kind)]}{'一二'[number - 1]}",
            "kind": kind,
            "unit": "dept-culture" if number == 1 else TOWNS[KINDS.index(kind)],
            "tier": "district" if number == 1 else "town",
            "themes": ["warning"] if kind in ("case_notice", "film") else ["discipline"],
            "sharing": ("district", "own")[number - 1] if kind != "column" else "open",
            "channel": "media" if kind in ("column", "film") else "online_async",
            "day": _published_on(resource),
        }
        yield Told("resource.published", said, f"{resource}-published")
    rng = dice(seed, "resources")
    for number in range(1, USES + 1):
        resource = rng.choice(list(RESOURCES))
        day = max(some_day(rng), _published_on(resource))
        reach = None if number <= WITHOUT_REACH else rng.randint(20, 900)
        user = rng.choice([*OFFICES, *TOWNS])
        use = {"resource": resource, "day": day, "unit": user, "reach": reach}
        yield Told("resource.used", use, f"demo-use-{number:02}")


# Evidence.

COPIED = (11, 12, 13)  # activities that are proved by one and the same file


def evidence(seed: str, told: Iterable[Told]) -> Iterator[Told]:
    """Tell what proves two activities in three; three of them are proved by the same file."""
    rng = dice(seed, "evidence")
    proved = [t for t in told if t.type == "activity.held" and rng.random() < 2 / 3]
    for number, t in enumerate(proved, start=1):
        activity = t.data["activity"]
        file = proved[COPIED[0] - 1].data["activity"] if number in COPIED else activity
        said = {
            "day": t.data["day"],
            "digest": hashlib.sha256(f"{seed}/{file}".encode()).hexdigest(),
            "bytes": rng.randint(20_000, 900_000),
            "retention": one_of(rng, {"10y": 6, "30y": 3, "permanent": 1}),
            "activity": activity,
        }
        yield Told("evidence.attached", said, f"demo-evidence-{activity}")


# What activities say of all that.

TOPICS = {"responsibility": 5, "dem_centralism": 2, "three_major": 2, "ideals": 4, "law_rules": 4}


def topics(rng: Random, _: Mapping[str, object]) -> list[str]:
    """Draw what a third of the activities dealt with."""
    return [one_of(rng, TOPICS)] if rng.random() < 1 / 3 else []


def items_served(rng: Random, activity: Mapping[str, object]) -> list[str]:
    """Draw the item that an activity serves: one of its host's, or now and then the district's."""
    day, host = str(activity["day"]), activity["host"]
    chance = rng.random()
    among = [
        _item(number)
        for number, item in enumerate(ITEMS, start=1)
        if _set_on(item) <= day and (item[3] == host or (item[3] == "jiading" and chance < 0.2))
    ]
    return [rng.choice(among)] if among and chance < 0.7 else []


def resources_shown(rng: Random, activity: Mapping[str, object]) -> list[str]:
    """Draw what an activity in eight was taught from."""
    there = [r for r in RESOURCES if _published_on(r) <= str(activity["day"])]
    return [rng.choice(there)] if there and rng.random() < 1 / 8 else []


Link = Callable[[Random, Mapping[str, object]], list[str]]
LINKS: Mapping[str, Link] = {
    "topics": topics,
    "plan_items": items_served,
    "resources": resources_shown,
}


def linked(told: Iterable[Told], seed: str, links: Mapping[str, Link] = LINKS) -> Iterator[Told]:
    """Yield what was told; activities name what `links` draws for them, by field."""
    rngs = {name: dice(seed, f"links/{name}") for name in links}
    for t in told:
        if t.type == "activity.held":
            named = {name: draw(rngs[name], t.data) for name, draw in links.items()}
            yield evolve(t, data={**t.data, **{name: ids for name, ids in named.items() if ids}})
        else:
            yield t
