"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`; key posts by their own function, on the same day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from random import Random

from attrs import evolve

from lianjian.core.demo_cast import TOWNS, YEAR, Data, Told, dice, on, one_of


def bases(_seed: str) -> Iterator[Told]:
    """Tell of two routes, by which bases are joined, and of a base that was refitted."""
    for number, joined in enumerate((ROUTE_TOWNS, ROUTE_DISTRICT), start=1):
        route = f"demo-route-{number}"
        said = {"route": route, "name": f"示例线路{number}", "bases": joined, "day": on(1, 10)}
        yield Told("route.defined", said, route)
    refitted = {"base": "demo-base-anting", "day": on(7, 1), "why": "示例：改陈布展"}
    yield Told("base.upgraded", refitted, "demo-base-anting-upgraded")


ROUTE_TOWNS = ["demo-base-anting", "demo-base-nanxiang", "demo-base-malu"]
ROUTE_DISTRICT = ["district-base", "chenjiashan"]


def content(_seed: str) -> Iterator[Told]:
    """Tell nothing: content reads what is told of activities, resources and evidence."""
    yield from ()


def loop(_seed: str) -> Iterator[Told]:
    """Tell of a town's own plan: adopted ahead of its first day, where the district's was late."""
    said = {
        "plan": "demo-plan-anting",
        "name": f"示例安亭镇年度宣教计划（{YEAR}）",
        "unit": "anting",
    }
    days = {"starts": on(3, 1), "ends": on(12, 31), "day": on(2, 22)}
    within = {"within": f"demo-plan-{YEAR}", "norm_ref": "demo-norm-opinions-1"}
    yield Told("plan.adopted", {**said, **days, **within}, "demo-plan-anting")


# Cases, by month and day decided: form, domain, usable, when announced, how many of the three checks
# were made, and when it was taught from. The fifth was announced late; the fourth in time, by approval.
CASES = (
    ((2, 21), "1", "funds", True, (3, 4), 3, (3, 16)),
    ((3, 28), "2", "procurement", True, (4, 15), 3, (2, 15)),  # taught from before it was decided
    ((4, 18), "1", "livelihood", True, (5, 10), 2, (6, 22)),
    ((5, 23), "3", "funds", True, (8, 10), 2, (7, 5)),
    ((6, 20), "2", "collective", True, (8, 29), 0, None),
    ((8, 15), "1", None, None, (9, 8), 0, None),
    ((9, 19), "1", "livelihood", True, (10, 11), 0, (10, 20)),
    ((12, 5), "4", "procurement", False, None, 0, None),
    ((12, 19), "2", "funds", None, None, 0, None),
)
EXTENDED, MISDATED, FIRST_TOLD = 4, 2, (1, 10)
LESSONS = ((1, (4, 12), True), (2, (5, 18), True), (3, (7, 8), False), (4, (9, 2), True))
# By case: the step, when it was identified, who must mend it and by when it was verified.
LOOPHOLES = (
    (1, "报销审核", (3, 8), "demo-inst-1", (5, 20)),
    (3, "补贴发放", (5, 5), "demo-inst-2", (8, 30)),
    (4, "资金拨付", (6, 15), "demo-soe-1", None),
    (5, "资产出租", (7, 20), None, None),
)


def cases(_seed: str) -> Iterator[Told]:
    """Tell of nine cases, four lessons of them and one exemplar, and four loopholes."""
    for number, (decided_on, form, domain, usable, *_) in enumerate(CASES, start=1):
        id_ = f"demo-case-{number}"
        said = {"case": id_, "form": form, "domain": domain, "usable": usable}
        first = FIRST_TOLD if number == MISDATED else decided_on
        yield Told("case.disposed", {**said, "day": on(*first)}, f"{id_}-disposed")
        if number == MISDATED:
            better, why = {**said, "day": on(*decided_on)}, "示例：误记决定日期"
            replaced = f"{id_}-disposed"
            yield Told("case.disposed", better, f"{replaced}-again", replaces=replaced, why=why)
    for number, (*_, announced, checks, taught) in enumerate(CASES, start=1):
        of = {"case": f"demo-case-{number}"}
        if announced:
            told = {**of, "day": on(*announced), "extended": number == EXTENDED}
            yield Told("case.announced", told, f"{of['case']}-announced")
        for slot in ("concerned", "principal", "supervisory")[:checks]:
            told = {**of, "slot": slot, "day": on(6, 9 + number)}
            yield Told("case.check_done", told, f"{of['case']}-{slot}")
        if taught:
            yield _taught_from(number, on(*taught))
    for number, day, local in LESSONS:
        lesson = {"lesson": f"demo-lesson-{number}", "case": f"demo-case-{number}", "local": local}
        told = {**lesson, "polarity": "negative", "day": on(*day)}
        yield Told("case.lesson_published", told, f"demo-lesson-{number}")
    exemplar = {"lesson": "demo-lesson-5", "polarity": "positive", "day": on(10, 28)}
    yield Told("case.lesson_published", exemplar, "demo-lesson-5")
    yield from _loopholes()


def _taught_from(number: int, day: str) -> Told:
    """Return an hour of warning education about a case; nobody says who came."""
    activity = f"demo-activity-case-{number}"
    said = {
        "activity": activity,
        "day": day,
        "host": "demo-inst-1" if number % 2 else "demo-inst-2",
        "minutes": 60,
        "themes": {"warning": 10_000},
        "formats": {"case_discipline": 40, "announce": 20} if number % 2 else {"film": 60},
        "channel": "offline",
        "entry": "organ",
        "aims": ["dare_not"],
        "cases": [f"demo-case-{number}"],
    }
    return Told("activity.held", said, activity)


def _loopholes() -> Iterator[Told]:
    for number, step, found_on, unit, mended_on in LOOPHOLES:
        loophole, of = f"demo-loophole-{number}", {"rectification": f"demo-mending-{number}"}
        found = {"loophole": loophole, "case": f"demo-case-{number}", "step": f"示例：{step}"}
        yield Told("loophole.identified", {**found, "unit": unit, "day": on(*found_on)}, loophole)
        if unit:
            asked = {**of, "loophole": loophole, "unit": unit, "assigner": "dept-organisation"}
            day = on(found_on[0] + 1, found_on[1])
            due = on(found_on[0] + 4, found_on[1])
            told = {**asked, "day": day, "due_on": due}
            yield Told("rectification.assigned", told, of["rectification"])
        if mended_on:
            done = {**of, "day": on(mended_on[0], mended_on[1] - 7)}
            yield Told("rectification.done", done, f"{of['rectification']}-done")
            looked = {**of, "outcome": "met", "verifier": "dept-organisation"}
            told = {**looked, "day": on(*mended_on)}
            yield Told("rectification.verified", told, f"{of['rectification']}-verified")


# Key posts: unit, category, rank, domain, risk, links; the last is designated in May. Their holders
# are tokens, T01 for the first post; five are on the roll of lecturers, one of whom never speaks.
Post = tuple[str, str, str, str | None, int | None, int | None]
POSTS: tuple[Post, ...] = (
    ("bureau-education", "top_leader", "county", None, None, None),
    ("malu", "top_leader", "county", None, None, None),
    ("nanxiang", "top_leader", "county", None, None, None),
    ("anting", "top_leader", "county", None, None, None),
    ("chengfa", "top_leader", "county", None, None, None),
    ("dept-culture", "top_leader", "county", None, None, None),
    ("jiangqiao", "leader", "section", None, None, None),
    ("juyuan", "leader", "section", None, None, None),
    ("waigang", "leader", "section", "livelihood", 1, 3),
    ("anting", "leader", "section", "engineering", 3, 5),
    ("dept-organisation", "leader", "section", "personnel", 2, 4),
    ("chengfa", "leader", "section", "state_assets", 2, None),
    ("chengfa", "key_post", "staff", "procurement", 3, 6),
    ("bureau-justice", "key_post", "section", "enforcement", 2, 4),
    ("malu", "key_post", "staff", "collective", 1, 2),
    ("jiangqiao", "key_post", "staff", "funds", 3, None),
)
LECTURERS = {"T01": "L32", "T02": "L49", "T03": "L47", "T06": "L15", "T11": "L13"}
# Two posts change hands, one falls vacant, and T05 moves from the fifth post to the fourth.
CHANGES = (
    (8, on(3, 14), "T17"),
    (4, on(7, 1), "T05"),
    (5, on(7, 1), "T18"),
    (12, on(9, 5), "T19"),
    (11, on(10, 10), None),
)
NEW_POST, DESIGNATED, ENDED = len(POSTS), on(5, 10), f"{YEAR + 1}-01-01"


def post_id(number: int) -> str:
    """Return the id of a key post."""
    return f"demo-post-{number:02}"


def keyposts(_seed: str) -> Iterator[Told]:
    """Tell of key posts, who holds them, and what is done about two of those at risk."""
    for number, (unit, category, rank, domain, risk, links) in enumerate(POSTS, start=1):
        post, day = post_id(number), DESIGNATED if number == NEW_POST else on(1, 1)
        said: Data = {"post": post, "unit": unit, "category": category, "rank": rank, "day": day}
        said |= {"domain": domain, "risk": risk, "links": links}
        yield Told("post.designated", said, f"{post}-designated")
        yield _taken(number, day, f"T{number:02}")
        yield Told("post.abolished", {"post": post, "day": ENDED}, f"{post}-ended")
    for change in CHANGES:
        yield _taken(*change)
    raised = {"post": post_id(14), "risk": 3, "day": on(8, 15), "why": "示例：事项增多"}
    yield Told("post.assessed", raised, "demo-post-14-assessed")
    for number, outcome in ((13, "met"), (10, "partly")):
        mends = {"rectification": f"demo-rectification-post-{number}"}
        asked = {**mends, "post": post_id(number), "unit": POSTS[number - 1][0]}
        id_ = mends["rectification"]
        yield Told("rectification.assigned", {**asked, "day": on(4, 11)}, id_)
        yield Told("rectification.done", {**mends, "day": on(6, 20)}, f"{id_}-done")
        looked = {**mends, "outcome": outcome, "verifier": "dept-culture", "day": on(7, 5)}
        yield Told("rectification.verified", looked, f"{id_}-verified")


def _taken(number: int, day: str, holder: str | None) -> Told:
    post = post_id(number)
    said = {"post": post, "day": day, "holder": holder, "lecturer": LECTURERS.get(holder or "")}
    return Told("post.holder_changed", said, f"{post}-{holder or 'vacant'}")


def posts_present(rng: Random, activity: Mapping[str, object]) -> list[str]:
    """Draw which posts were present at half of the district's sessions, two to five of them."""
    if activity["host"] != "jiading" or rng.random() < 1 / 2:
        return []
    there = [
        n for n in range(1, NEW_POST + 1) if n < NEW_POST or str(activity["day"]) >= DESIGNATED
    ]
    return [post_id(n) for n in sorted(rng.sample(there, rng.randint(2, 5)))]


LINKS: Mapping[str, Callable[[Random, Mapping[str, object]], list[str]]] = {"posts": posts_present}
"""What activities say of all that, drawn as `demo_work.linked` draws its own."""


# Five towns of twelve have a brand and a feature, three a brand alone, one enterprise a brand.
LAUNCHED = {
    "brand": ("nanxiang", "anting", "malu", "juyuan", "jiadingzhen", "xuhang", "waigang", "huating",
              "chengfa"),
    "feature": ("nanxiang", "anting", "malu", "juyuan", "jiadingzhen"),
}  # fmt: skip
# Who took over whose brand: one of all, anting, its own.
ADOPTED = {
    "nanxiang": ("xuhang", "dept-culture", "waigang", "demo-inst-1", "zhenxin"),
    "anting": ("huating", "anting", "waigang"),
    "juyuan": ("demo-soe-1",),
}
UPGRADED, GIVEN_UP = "demo-brand-nanxiang", "demo-feature-malu"


def brands(seed: str) -> Iterator[Told]:
    """Tell of brands and who took them over: one was raised, one given up, the others end."""
    rng = dice(seed, "brands")
    for kind, units in LAUNCHED.items():
        for number, unit in enumerate(units):
            brand = f"demo-{kind}-{unit}"
            name = f"示例{'品牌' if kind == 'brand' else '特色'}{'一二三四五六七八九'[number]}"
            said = {"brand": brand, "name": name, "kind": kind, "unit": unit, "themes": []}
            tier = "district" if unit == "chengfa" else "town"
            day = on(1 + number // 2, rng.randint(3, 28))
            yield Told("brand.launched", {**said, "tier": tier, "day": day}, f"{brand}-launched")
            end = on(10, 8) if brand == GIVEN_UP else f"{YEAR + 1}-01-01"
            gone = {"brand": brand, "day": end, "why": "示例结束"}
            yield Told("brand.ended", gone, f"{brand}-ended")
    raised = {"brand": UPGRADED, "tier": "district", "day": on(7, 15), "why": "示例：提档升级"}
    yield Told("brand.upgraded", raised, f"{UPGRADED}-upgraded")
    for origin, units in ADOPTED.items():
        brand = f"demo-brand-{origin}"
        for number, unit in enumerate(units, start=1):
            mode = one_of(rng, {"copy": 3, "adapt": 2})
            day = on(3 + number, rng.randint(1, 28))
            said = {"brand": brand, "unit": unit, "mode": mode, "day": day}
            yield Told("brand.adopted", said, f"{brand}-adopted-{unit}")


def linkage(_seed: str) -> Iterator[Told]:
    """Tell what linkage alone needs."""
    yield from ()


def channels(_seed: str) -> Iterator[Told]:
    """Tell what channels alone need."""
    yield from ()


# Surveys: unit, day, activity, audience, how many were asked and answered, what was asked beside the
# marked items. Those about an activity come when all have been held. One has too few answers to be
# shown, one a response of 22 %, and of one more came back than had come.
MISTAKEN, WILLING, NEEDS = ("misconception",), ("voluntary", "repeat"), "needs"
SURVEYS: tuple[tuple[str | None, str, str | None, str | None, int, int, tuple[str, ...]], ...] = (
    ("dept-organisation", on(12, 29), "0031", None, 23, 20, MISTAKEN),
    ("dept-culture", on(12, 29), "0035", None, 31, 24, WILLING),
    ("chengfa", on(12, 29), "0057", None, 30, 19, ()),
    ("anting", on(6, 20), None, "general", 120, 84, (*MISTAKEN, NEEDS)),
    ("nanxiang", on(9, 15), None, "leader", 40, 31, (*MISTAKEN, *WILLING, NEEDS)),
    ("malu", on(11, 10), None, "general", 150, 33, MISTAKEN),
    ("xuhang", on(10, 12), None, "young", 12, 4, MISTAKEN),
    (None, on(11, 22), None, "public", 200, 141, WILLING),
)
MARKED = ("satisfaction", "appeal", "identification", "self_discipline", "relevance", "usefulness")
WANTED = {"warning": 0.2, "family": 0.55, "clean_culture": 0.5, "tradition": 0.4, "discipline": 0.3}
# Quizzes: unit, how many took it, and the days before and after. The last has none before it.
QUIZZES: tuple[tuple[str, int, str | None, str, str | None], ...] = (
    ("dept-culture", 18, on(3, 10), on(12, 29), "0035"),
    ("anting", 40, on(4, 6), on(5, 20), None),
    ("nanxiang", 26, on(9, 2), on(9, 23), None),
    ("xuhang", 12, None, on(10, 12), None),
)


def perception(seed: str) -> Iterator[Told]:
    """Tell of surveys and quizzes."""
    rng = dice(seed, "perception")
    for number, (unit, day, activity, audience, invited, returned, more) in enumerate(SURVEYS, 1):
        survey = f"demo-survey-{number}"
        marked = {item: _tally(rng, returned, range(2, 6)) for item in MARKED}
        yes_no = {item: _tally(rng, returned, (0, 0, 1)) for item in more if item != NEEDS}
        said: Data = {
            "survey": survey,
            "day": day,
            "invited": invited,
            "returned": returned,
            "unit": unit,
            "activity": activity and f"a{YEAR}-{activity}",
            "audience": audience,
            "items": marked | yes_no,
            "needs": {t: round(p * returned) for t, p in WANTED.items()} if NEEDS in more else {},
        }
        yield Told("feedback.collected", said, survey)
    for number, (unit, takers, before, after, activity) in enumerate(QUIZZES, 1):
        for phase, taken, marks in (("pre", before, (45, 80)), ("post", after, (60, 98))):
            scored = [rng.randint(*marks) for _ in range(takers)]
            sums = {"n": takers, "sum": sum(scored), "sumsq": sum(mark**2 for mark in scored)}
            of = f"a{YEAR}-{activity}" if activity and phase == "post" else None
            quiz = f"demo-quiz-{number}"
            data = {"quiz": quiz, "phase": phase, "day": taken, **sums}
            if taken:
                said = {**data, "unit": unit, "activity": of}
                yield Told("quiz.scored", said, f"{quiz}-{phase}")


def _tally(rng: Random, returned: int, marks: Sequence[int]) -> Data:
    """Return how many answered an item, and what their marks come to."""
    count = returned - rng.randint(0, 2) if returned > 5 else returned
    return {"n": count, "sum": sum(rng.choice(marks) for _ in range(count))}


# What the two checks of the year recommended: the tests are ours, and as made up as the rest.
RECOMMENDED: tuple[tuple[str, str, str, dict[str, int]], ...] = (
    ("R1", "demo-check-06", "按季排定应进网格，定期核对",
     {"coverage.grid_fill": 6_000, "coverage.unit_reach": 8_000}),
    ("R2", "demo-check-06", "师资、阵地跨单位共享",
     {"lecturers.sharing": 5_000, "bases.guided_share": 5_000}),
    ("R3", "demo-check-11", "教育资源向村居倾斜",
     {"coverage.tier_gap": 8_000, "bases.utilisation": 3_000}),
)  # fmt: skip


def oversight(_seed: str) -> Iterator[Told]:
    """Tell of recommendations, how they were carried out, and of a deliberation."""
    report = {"inspection": "demo-check-06", "body": "jiading", "day": on(6, 28)}
    for number, (code, check, text, tests) in enumerate(RECOMMENDED, start=1):
        month, id_ = int(check[-2:]), f"demo-r{number}"
        said = {
            "recommendation": id_,
            "code": code,
            "text": f"示例：{text}",
            "inspection": check,
            "tests": [{"figure": figure, "at_least": bound} for figure, bound in tests.items()],
            "day": on(month, 28),
        }
        yield Told("recommendation.made", said, id_)
    yield Told("report.deliberated", report, "demo-check-06-deliberated")
    # The first was carried out by both offices, the second by one of two, the third not yet.
    for recommendation, unit, verified in (
        ("demo-r1", "dept-organisation", True),
        ("demo-r1", "dept-culture", True),
        ("demo-r2", "bureau-education", True),
        ("demo-r2", "bureau-justice", False),
    ):
        id_ = f"{recommendation}-{unit}"
        asked = {"rectification": id_, "unit": unit, "recommendation": recommendation}
        due = {"assigner": "jiading", "due_on": on(10, 31), "day": on(7, 4)}
        yield Told("rectification.assigned", {**asked, **due}, f"{id_}-assigned")
        yield Told("rectification.done", {"rectification": id_, "day": on(9, 26)}, f"{id_}-done")
        if verified:
            looked = {"rectification": id_, "outcome": "met", "verifier": "jiading"}
            yield Told("rectification.verified", {**looked, "day": on(10, 12)}, f"{id_}-verified")
    praise = "示例：网格活动按月报送，台账完整"
    good = {"finding": "demo-finding-good", "kind": "achievement", "text": praise}
    yield Told(
        "finding.raised",
        {**good, "inspection": "demo-check-06", "day": on(6, 17)},
        "demo-finding-good",
    )


# Evaluation: beside the year's method (`demo_year.py`) the one that it superseded, and another scheme.

OLDER, POLITICAL = "demo-method-older", "demo-method-political"
YEARS_METHOD = f"demo-method-{YEAR}"
MINUTES: Data = {
    "indicator": "coverage.minutes_per_head",
    "bands": [{"from": 1, "score": 4_000}, {"from": 60, "score": 10_000}],
    "missing": "renormalise",
}
OLDER_CRITERIA: tuple[Data, ...] = (
    {"criterion": "人均时长", "weight_bp": 2_000, **MINUTES},
    {"criterion": "组织领导", "weight_bp": 5_000, "missing": "zero"},
    {"criterion": "思想认识", "weight_bp": 3_000, "missing": "renormalise"},
)
POLITICAL_CRITERIA: tuple[Data, ...] = (
    {"criterion": "纪律学习时长", "group": "纪律教育", "weight_bp": 3_000, **MINUTES},
    {
        "criterion": "警示教育实效",
        "group": "警示教育",
        "weight_bp": 4_000,
        "missing": "renormalise",
    },
    {
        "criterion": "文化载体",
        "group": "廉洁文化建设",
        "weight_bp": 3_000,
        "missing": "renormalise",
    },
)
# Unit, criterion, points, resource; the second is for what the first is for.
BONUSES = (
    ("anting", "组织领导", 600, "demo-resource-good_practice-1"),
    ("anting", "组织领导", 400, "demo-resource-good_practice-1"),
    ("malu", "思想认识", 1_500, None),
)
# As the published scores have it, but for the last: `failed` with 85 points is a contradiction.
RESULTS = (
    ("anting", "excellent", "commended"),
    ("nanxiang", "good", None),
    ("malu", "excellent", "none"),
    ("chengfa", "failed", "talked_to"),
)


def evaluation(seed: str) -> Iterator[Told]:
    """Tell of methods and bonuses, and of reviews by another method."""
    for method, name, scheme, criteria in (
        (OLDER, "示例评估办法（修订前）", "demo-evaluation", OLDER_CRITERIA),
        (POLITICAL, "示例政治建设监督评价", "demo-political", POLITICAL_CRITERIA),
    ):
        adopted: Data = {"method": method, "name": name, "scheme": scheme, "criteria": criteria}
        yield Told("method.adopted", {**adopted, "day": on(1, 5)}, method)
    rng = dice(seed, "reviews/political")
    for town in TOWNS:
        for number, soft in enumerate(POLITICAL_CRITERIA[1:], start=1):
            said: Data = {
                "unit": town,
                "method": POLITICAL,
                "criterion": soft["criterion"],
                "score": 100 * rng.randint(60, 95),
                "why": "示例：依据现场查看评定",
            }
            yield _judged("score.reviewed", said, f"demo-political-{town}-{number}")
    for number, (unit, criterion, points, resource) in enumerate(BONUSES, start=1):
        given: Data = {"bonus": f"demo-bonus-{number}", "unit": unit, "method": YEARS_METHOD}
        said = {**given, "criterion": criterion, "points": points, "resource": resource}
        yield _judged("bonus.granted", {**said, "why": "示例：好做法"}, f"demo-bonus-{number}")


# The cycle is sealed after its scores were published (`demo.py`), and a review is corrected after that: then
# what was sealed and what would be given today differ.
CYCLE, REVIEW = f"demo-cycle-{YEAR}", "demo-review-malu-3"


def sealed(published: str) -> Told:
    """Return the sealing of the year's cycle, by the digest of what was published."""
    said: Data = {
        "cycle": CYCLE,
        "name": f"示例年度评估（{YEAR}）",
        "method": YEARS_METHOD,
        "period": str(YEAR),
        "day": f"{YEAR + 1}-01-20",
        "published": published,
        "results": [{"unit": u, "grade": g, "award": a} for u, g, a in RESULTS],
    }
    return Told("cycle.sealed", said, CYCLE)


def reviewed_again(year: Iterable[Told]) -> Told:
    """Return the correction of a review that came too late for the cycle."""
    review = next(t for t in year if t.id == REVIEW)
    lower = {**review.data, "score": review.data["score"] - 2_000}
    return evolve(
        review, id=f"{REVIEW}-again", replaces=REVIEW, why="示例：封存后复核改判", data=lower
    )


def _judged(type_: str, said: Data, id_: str) -> Told:
    return Told(type_, {**said, "period": str(YEAR)}, id_, time=f"{YEAR + 1}-01-12T10:00:00+08:00")


MATTER: tuple[Callable[[str], Iterator[Told]], ...] = (
    bases,
    content,
    loop,
    cases,
    keyposts,
    brands,
    linkage,
    channels,
    perception,
    oversight,
    evaluation,
)


def of_families(seed: str) -> Iterator[Told]:
    """Tell what all families add, one after the other."""
    for told in MATTER:
        yield from told(seed)
