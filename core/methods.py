"""Methods of evaluation: by what units are judged, how they were, and what was sealed of it.

    method.adopted    a method: criteria with weights, bands and grades; adopted once, never changed
    score.reviewed    somebody judged a unit by a soft criterion, for a period
    bonus.granted     a unit gets something on top of a criterion, for a period
    cycle.sealed      an evaluation is over: which publication stands, and how units came out of it

Scores are hundredths of a point: a full score is 10,000. What is about a period stands on its first
day; `ends` is the day after the last, as text. A newer method of the same `scheme` supersedes the
older one, and methods of different schemes stand side by side.

What contradicts itself across events (a review by a criterion that its method lacks, a cycle that
nothing was published for) is taken as it is told, and is a finding of the families that read these
tables.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from attrs import astuple, field, frozen
from attrs.validators import and_, ge, le, min_len, optional

from lianjian.core.activities import WHOLE, UnitId, each_once
from lianjian.core.errors import (
    BadPeriod,
    NotAPeriod,
    NotTenThousand,
    OutOfBounds,
    PartWrong,
    Words,
)
from lianjian.core.event import event
from lianjian.core.facts import Row, facts
from lianjian.core.period import Period
from lianjian.core.shapes import New, Ref, Term

SCORE = and_(ge(0), le(10_000))
FROM_SCORES = ("evaluation", "cycles")  # families whose figures rest on scores by a method


def ascending(name: str, starts: Sequence[int], sign: int = 1) -> None:
    """Refuse records that do not begin higher than the one before, or lower with a `sign` of -1.

    `name` is the path of such a start, `#` in it the number of the record.
    """
    for i, (before, start) in enumerate(pairwise(starts), start=1):
        if sign * start <= sign * before:
            fault = OutOfBounds(value=start, comparison=f"{'>' if sign > 0 else '<'} {before}")
            fault.path = name.replace("#", str(i))
            raise fault


def a_period(_: Any, attribute: Any, text: str) -> None:
    """Validate that a text names a period (`2021`, `2021Q3`, `2021-05`, …)."""
    try:
        Period.parse(text)
    except BadPeriod:
        raise NotAPeriod(value=text).at(attribute.name) from None


@frozen(these={"from": field(alias="from_"), "score": field(validator=SCORE)}, eq=False, repr=False)
class Band:
    """A band of a criterion: what it scores from a value on, up to the next band.

    `from` is a keyword of Python, so the fields are given by name, without what attrs would write
    with them; read a band as a pair by `astuple`, make one with `Band(from_=…, score=…)`.
    """

    __annotations__ = {"from": int, "score": int}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Band) and astuple(self) == astuple(other)

    def __hash__(self) -> int:
        return hash(astuple(self))

    def __repr__(self) -> str:
        return f"Band{astuple(self)}"


@frozen
class Criterion:
    """A criterion of a method: with an `indicator` the log computes it, without one it is soft.

    `cap` is the most that it may score, `missing` what happens where there is nothing to score.
    """

    criterion: str = field(validator=min_len(1))
    weight_bp: int = field(validator=and_(ge(1), le(WHOLE)))
    missing: Literal["renormalise", "zero", "not_applicable"]
    indicator: Annotated[str, Ref("indicator")] | None = field(default=None)
    group: str | None = field(default=None, validator=optional(min_len(1)))
    bands: tuple[Band, ...] = field(default=())
    cap: int | None = field(default=None, validator=optional(SCORE))

    @indicator.validator
    def _no_circle(self, _: Any, indicator: str | None) -> None:
        if (indicator or "").partition(".")[0] in FROM_SCORES:
            why = Words("评估不能以评估自身的指标为依据", "an evaluation cannot rest on itself")
            raise PartWrong(why=why).at("indicator")

    @bands.validator
    def _bands_fit(self, _: Any, bands: tuple[Band, ...]) -> None:
        if bool(self.indicator) != bool(bands):
            why = Words(
                "有 indicator 的须有 bands，没有的不得有",
                "a criterion with an indicator needs bands, a soft one has none",
            )
            raise PartWrong(why=why).at("bands")
        ascending("bands.#.from", [astuple(band)[0] for band in bands])


@frozen
class Grade:
    """A grade and the score from which on it is given, in hundredths of a point."""

    grade: Annotated[str, Term("grade")]
    at_least: int = field(validator=SCORE)


@event("method.adopted", 1)
@frozen
class MethodAdopted:
    """A method of evaluation is adopted; `scheme` names the evaluation that it is a version of.

    Weights are basis points and add to 10,000. A band's `from` is in basis points where the
    indicator is a share or a ratio (6,000 is 60%), in whole units of it otherwise (30 minutes);
    scores are hundredths of a point, 10,000 the full score. A criterion with an indicator has
    bands, a soft one has none. `grades` are from the best one down.
    """

    method: Annotated[str, New("method")]
    name: str = field(validator=min_len(1))
    scheme: str = field(validator=min_len(1))
    day: date
    criteria: tuple[Criterion, ...] = field(validator=each_once("criterion"))
    grades: tuple[Grade, ...] = field(default=(), validator=each_once("grade"))

    @criteria.validator
    def _weights_add(self, _: Any, criteria: tuple[Criterion, ...]) -> None:
        total = sum(c.weight_bp for c in criteria)
        if total != WHOLE:
            raise NotTenThousand(total=total).at("criteria")

    @grades.validator
    def _best_first(self, _: Any, grades: tuple[Grade, ...]) -> None:
        ascending("grades.#.at_least", [g.at_least for g in grades], sign=-1)


@event("score.reviewed", 1)
@frozen
class ScoreReviewed:
    """Somebody judged a unit by a soft criterion for a period (`2021`, `2021Q3`, `2021-05`, …).

    Scores are hundredths of a point: 8,500 are 85 points, 10,000 the full score.
    """

    unit: UnitId
    method: Annotated[str, Ref("method")]
    criterion: str = field(validator=min_len(1))
    period: str = field(validator=a_period)
    score: int = field(validator=SCORE)
    why: str = field(validator=min_len(1))
    self_score: int | None = field(default=None, validator=optional(SCORE))


@event("bonus.granted", 1)
@frozen
class BonusGranted:
    """A unit gets something on top of a criterion for a period, in hundredths of a point.

    It never lifts the criterion above its cap. The activity or the resource is its basis.
    """

    bonus: Annotated[str, New("bonus")]
    unit: UnitId
    method: Annotated[str, Ref("method")]
    criterion: str = field(validator=min_len(1))
    period: str = field(validator=a_period)
    points: int = field(validator=and_(ge(1), le(10_000)))
    why: str = field(validator=min_len(1))
    activity: Annotated[str, Ref("activity")] | None = field(default=None)
    resource: Annotated[str, Ref("resource")] | None = None

    @activity.validator
    def _one_basis(self, _: Any, activity: str | None) -> None:
        if activity is not None and self.resource is not None:
            why = Words("加分只能有一个依据", "a bonus has one basis at most")
            raise PartWrong(why=why).at("resource")


@frozen
class Result:
    """How a unit came out of a cycle: its grade, and what follows from it (年终考核奖惩)."""

    unit: UnitId
    grade: Annotated[str, Term("grade")]
    award: Annotated[str, Term("award")] | None = None
    why: str | None = None


@event("cycle.sealed", 1)
@frozen
class CycleSealed:
    """An evaluation is over: what was published stands for good, whatever is corrected later.

    `published` is the `digest` of the publication (`figures.published`) of `evaluation.score` for
    the period. `plan` is the plan of several years that the cycle belongs to.
    """

    cycle: Annotated[str, New("cycle")]
    name: str = field(validator=min_len(1))
    method: Annotated[str, Ref("method")]
    period: str = field(validator=a_period)
    day: date
    published: str = field()
    plan: Annotated[str, Ref("plan")] | None = None
    results: tuple[Result, ...] = field(default=(), validator=each_once("unit"))

    @published.validator
    def _is_digest(self, _: Any, published: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", published, re.ASCII):
            why = Words(
                "published 须为公布件的 digest（64 位小写十六进制）",
                "`published` is the digest of a publication: 64 lower-case hex digits",
            )
            raise PartWrong(why=why).at("published")


# What they state.


@facts(key="day scheme", text="method name", state="method")
def methods(e: MethodAdopted) -> Iterator[Row]:
    """State which method a scheme has from a day on."""
    yield e.day, e.scheme, e.method, e.name


@facts(key="day method criterion", text="indicator section missing", sums="weight_bp cap")
def method_criteria(e: MethodAdopted) -> Iterator[Row]:
    """State the criteria of a method; `section` is their group."""
    for c in e.criteria:
        yield e.day, e.method, c.criterion, c.indicator, c.group, c.missing, c.weight_bp, c.cap


@facts(key="day method criterion at_least", sums="score")
def method_bands(e: MethodAdopted) -> Iterator[Row]:
    """State what a criterion scores from a value on."""
    for c in e.criteria:
        for band in c.bands:
            yield e.day, e.method, c.criterion, *astuple(band)


@facts(key="day method grade", sums="at_least")
def method_grades(e: MethodAdopted) -> Iterator[Row]:
    """State from which score on a method gives a grade."""
    for g in e.grades:
        yield e.day, e.method, g.grade, g.at_least


@facts(key="day unit method criterion", text="ends", sums="self_score score")
def score_reviews(e: ScoreReviewed) -> Iterator[Row]:
    """State a review."""
    first, ends = _days(e.period)
    yield first, e.unit, e.method, e.criterion, ends, e.self_score, e.score


@facts(key="day unit method criterion bonus", text="ends basis", sums="points")
def bonuses(e: BonusGranted) -> Iterator[Row]:
    """State a bonus; `basis` is "activity:ID" or "resource:ID"."""
    first, ends = _days(e.period)
    given = {"activity": e.activity, "resource": e.resource}
    basis = next((f"{kind}:{id_}" for kind, id_ in given.items() if id_ is not None), None)
    yield first, e.unit, e.method, e.criterion, e.bonus, ends, basis, e.points


@facts(key="day cycle", text="name method ends sealed_on published plan")
def cycles(e: CycleSealed) -> Iterator[Row]:
    """State a cycle, in the period that it is about, so that it is seen there."""
    first, ends = _days(e.period)
    yield first, e.cycle, e.name, e.method, ends, e.day, e.published, e.plan


@facts(key="day cycle unit", text="ends grade award")
def cycle_results(e: CycleSealed) -> Iterator[Row]:
    """State how units came out of a cycle."""
    first, ends = _days(e.period)
    for r in e.results:
        yield first, e.cycle, r.unit, ends, r.grade, r.award


def _days(text: str) -> tuple[date, str]:
    period = Period.parse(text)
    return period.start, period.end.isoformat()


EVENTS = (MethodAdopted, ScoreReviewed, BonusGranted, CycleSealed)
FACTS = (
    methods,
    method_criteria,
    method_bands,
    method_grades,
    score_reviews,
    bonuses,
    cycles,
    cycle_results,
)
