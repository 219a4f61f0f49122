"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`.
"""

import hashlib
from collections.abc import Callable, Iterator

from lianjian.core.demo_cast import TOWNS, YEAR, Data, Told, dice, on


def content(_seed: str) -> Iterator[Told]:
    """Tell what content alone needs."""
    yield from ()


def loop(_seed: str) -> Iterator[Told]:
    """Tell what the loop alone needs."""
    yield from ()


def cases(_seed: str) -> Iterator[Told]:
    """Tell of cases, lessons and loopholes."""
    yield from ()


def keyposts(_seed: str) -> Iterator[Told]:
    """Tell of key posts and who holds them."""
    yield from ()


def brands(_seed: str) -> Iterator[Told]:
    """Tell of brands and who took them over."""
    yield from ()


def linkage(_seed: str) -> Iterator[Told]:
    """Tell what linkage alone needs."""
    yield from ()


def channels(_seed: str) -> Iterator[Told]:
    """Tell what channels alone need."""
    yield from ()


def perception(_seed: str) -> Iterator[Told]:
    """Tell of surveys and quizzes."""
    yield from ()


def oversight(_seed: str) -> Iterator[Told]:
    """Tell of recommendations and deliberations."""
    yield from ()


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
RESULTS = (
    ("anting", "good", "commended"),
    ("nanxiang", "good", None),
    ("malu", "passed", "none"),
    ("chengfa", "failed", "talked_to"),
)


def evaluation(seed: str) -> Iterator[Told]:
    """Tell of methods, bonuses, and a cycle that was sealed though nothing had been published."""
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
    sealed: Data = {
        "cycle": f"demo-cycle-{YEAR}",
        "name": f"示例年度评估（{YEAR}）",
        "method": YEARS_METHOD,
        "period": str(YEAR),
        "day": f"{YEAR + 1}-01-20",
        "published": hashlib.sha256(f"{seed}/nothing was published".encode()).hexdigest(),
        "results": [{"unit": u, "grade": g, "award": a} for u, g, a in RESULTS],
    }
    yield Told("cycle.sealed", sealed, f"demo-cycle-{YEAR}")


def _judged(type_: str, said: Data, id_: str) -> Told:
    return Told(type_, {**said, "period": str(YEAR)}, id_, time=f"{YEAR + 1}-01-12T10:00:00+08:00")


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
    evaluation,
)


def of_families(seed: str) -> Iterator[Told]:
    """Tell what all families add, one after the other."""
    for told in MATTER:
        yield from told(seed)
