"""What one family alone adds to the demo's year. All made up.

One function a family, each given the year's seed; whoever writes a family fills its own. What is set
up stands first, days lie in the year, ids begin with `demo-`, and what is still going on at its end is
ended by `ended`.
"""

from collections.abc import Callable, Iterator

from lianjian.core.demo_cast import Told, on


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
