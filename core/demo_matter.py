"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`.
"""

from collections.abc import Callable, Iterator

from lianjian.core.demo_cast import YEAR, Told, on


def content(_seed: str) -> Iterator[Told]:
    """Tell what content alone needs."""
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
