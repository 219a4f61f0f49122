"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

from lianjian.core.demo_cast import YEAR, Data, Told, dice, on, one_of


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


def cases(_seed: str) -> Iterator[Told]:
    """Tell of cases, lessons and loopholes."""
    yield from ()


def keyposts(_seed: str) -> Iterator[Told]:
    """Tell of key posts and who holds them."""
    yield from ()


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


def oversight(_seed: str) -> Iterator[Told]:
    """Tell of recommendations and deliberations."""
    yield from ()


MATTER: tuple[Callable[[str], Iterator[Told]], ...] = (
    content,
    loop,
    cases,
    keyposts,
    brands,
    linkage,
    channels,
    perception,
    oversight,
)


def of_families(seed: str) -> Iterator[Told]:
    """Tell what all families add, one after the other."""
    for told in MATTER:
        yield from told(seed)
