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
