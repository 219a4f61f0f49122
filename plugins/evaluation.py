"""Evaluation: how well each unit does under the adopted method (指标量化，软性多、硬性少).

A method is adopted once and never changed: criteria with weights, each either read out of the log
(an indicator, mapped to a score by bands) or judged by people (a soft one, `score.reviewed`). This
family computes no figure of its own about education; it asks the query for other families' readings:

    MethodAdopted ──▶ methods, method_criteria, method_bands ──┐
    ScoreReviewed ──▶ score_reviews ───────────────────────────┼──▶  a Sheet per unit and method  ──▶  Readings
    q.readings("coverage.unit_reach"), … ──────────────────────┘     one Line a criterion

    score        = Σ w·s / Σ w     over the criteria that count
    completeness = Σ w of those that count / Σ w of those that apply

A criterion without a score is missing, and its own policy says what that means:

                     in the score       in completeness
    renormalise      left out           applies, does not count
    zero             counts, as 0       counts
    not_applicable   left out           does not apply

In force is, of each scheme, the newest method adopted by the period's end; methods of different
schemes stand side by side, so an old and a new one can score the same log. Scored are the units that
were open in the period, but for social groups and units outside the district, over which the district
has no say. A review belongs to the unit that was reviewed: a judgement does not pass to a successor.
Bands begin at basis points where the indicator is a share or a ratio, at whole units of it otherwise.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from typing import Annotated, Any, Literal

from attrs import astuple
from attrs.validators import and_, ge, le, min_len, optional

from lianjian.core import (
    ALL,
    Family,
    New,
    Period,
    Query,
    Reading,
    Ref,
    Row,
    Words,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.activities import WHOLE, each_once
from lianjian.core.errors import BadPeriod, NotAPeriod, NotTenThousand, OutOfBounds, PartWrong
from lianjian.core.kit import Finding, listed

# 1. Events. Scores are hundredths of a point: a full score is 10,000.

UnitId = Annotated[str, Ref("unit")]
SCORE = and_(ge(0), le(10_000))


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
        if indicator is not None and indicator.startswith("evaluation."):
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
        starts = [astuple(band)[0] for band in bands]
        for i, (before, start) in enumerate(pairwise(starts), start=1):
            if start <= before:
                fault = OutOfBounds(value=start, comparison=f"> {before}")
                fault.path = f"bands.{i}.from"
                raise fault


@event("method.adopted", 1)
@frozen
class MethodAdopted:
    """A method of evaluation is adopted; `scheme` names the evaluation that it is a version of.

    Weights are basis points and add to 10,000. A band's `from` is in basis points where the
    indicator is a share or a ratio (6,000 is 60%), in whole units of it otherwise (30 minutes);
    scores are hundredths of a point, 10,000 the full score. A criterion with an indicator has
    bands, a soft one has none.
    """

    method: Annotated[str, New("method")]
    name: str = field(validator=min_len(1))
    scheme: str = field(validator=min_len(1))
    day: date
    criteria: tuple[Criterion, ...] = field(validator=each_once("criterion"))

    @criteria.validator
    def _weights_add(self, _: Any, criteria: tuple[Criterion, ...]) -> None:
        total = sum(c.weight_bp for c in criteria)
        if total != WHOLE:
            raise NotTenThousand(total=total).at("criteria")


@event("score.reviewed", 1)
@frozen
class ScoreReviewed:
    """Somebody judged a unit by a soft criterion for a period (`2021`, `2021Q3`, `2021-05`, …).

    Scores are hundredths of a point: 8,500 are 85 points, 10,000 the full score.
    """

    unit: UnitId
    method: Annotated[str, Ref("method")]
    criterion: str = field(validator=min_len(1))
    period: str = field()
    score: int = field(validator=SCORE)
    why: str = field(validator=min_len(1))
    self_score: int | None = field(default=None, validator=optional(SCORE))

    @period.validator
    def _is_period(self, _: Any, period: str) -> None:
        try:
            Period.parse(period)
        except BadPeriod:
            raise NotAPeriod(value=period).at("period") from None


# 2. Facts.


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


@facts(key="day unit method criterion", text="ends", sums="self_score score")
def score_reviews(e: ScoreReviewed) -> Iterator[Row]:
    """State a review, on the first day of its period; `ends` is the day after the last."""
    period = Period.parse(e.period)
    ends = period.end.isoformat()
    yield period.start, e.unit, e.method, e.criterion, ends, e.self_score, e.score


# 3. Score sheets: what stands between the facts and the figures. All in Python: the values come from
#    other families as readings, and there are some hundred units and ten criteria.


@frozen
class Rule:
    """A criterion as it was adopted; `bands` are (from, score), ascending."""

    criterion: str
    bands: tuple[tuple[int, int], ...]
    indicator: str | None
    missing: str
    weight: int
    cap: int | None


@frozen
class Line:
    """What one criterion gives one unit.

    `counts` and `applies` are its weight, or 0 where it is left out; `earned` is weight times score;
    `why` says that it is missing.
    """

    criterion: str
    counts: int
    applies: int
    earned: int
    why: Words | None = None


@frozen
class Sheet:
    """The score sheet of one unit under one method: what its readings are about, and its lines."""

    subject: str
    about: dict[str, str]
    days: int
    lines: tuple[Line, ...]

    @property
    def counted(self) -> int:
        """Return the weight that counts."""
        return sum(line.counts for line in self.lines)


def sheets(q: Query) -> list[Sheet]:
    """Return a sheet for each unit that is scored, under each method in force."""
    units = q.rows(f"SELECT u.unit, u.days FROM units u WHERE {SCORED} ORDER BY u.unit")
    rules, made = adopted_rules(q), []
    for method in in_force(q, q.period.end.isoformat()):
        columns = [lines(q, method, rule, [u for u, _ in units]) for rule in rules[method]]
        for (unit, days), row in zip(units, zip(*columns, strict=True), strict=True):
            made.append(Sheet(f"unit:{unit}", {"method": method}, days, row))
    return made


SCORED = "u.kind NOT IN ('social', 'external')"


def in_force(q: Query, end: str) -> list[str]:
    """Return the newest method of each scheme, by day and then position, adopted before a day."""
    sql = "SELECT scheme, method FROM methods_to_date WHERE day < ? ORDER BY day, event"
    return sorted(dict(q.rows(sql, [end])).values())


def adopted_rules(q: Query) -> dict[str, list[Rule]]:
    """Return the criteria of every method adopted by the period's end, in order of name."""
    bands: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for method, criterion, *band in q.rows(
        "SELECT method, criterion, at_least, score FROM method_bands_to_date ORDER BY at_least"
    ):
        bands.setdefault((method, criterion), []).append((band[0], band[1]))
    rules: dict[str, list[Rule]] = {}
    for method, criterion, *rest in q.rows(
        "SELECT method, criterion, indicator, missing, weight_bp, cap "
        "FROM method_criteria_to_date ORDER BY method, criterion"
    ):
        rule = Rule(criterion, tuple(bands.get((method, criterion), ())), *rest)
        rules.setdefault(method, []).append(rule)
    return rules


def lines(q: Query, method: str, rule: Rule, units: list[str]) -> list[Line]:
    """Return what a criterion gives each unit; of reviews, the newest for the query's very period."""
    if rule.indicator is not None:
        readings = {r.subject: r for r in q.readings(rule.indicator) if not r.dimensions}
        return [computed(rule, readings.get(f"unit:{u}")) for u in units]
    sql = (
        "SELECT unit, score FROM score_reviews "
        "WHERE method = ? AND criterion = ? AND day = ? AND ends = ? ORDER BY event"
    )
    period = q.period.start.isoformat(), q.period.end.isoformat()
    scores = dict(q.rows(sql, [method, rule.criterion, *period]))
    return [scored(rule, scores[u]) if u in scores else missing(rule, UNREVIEWED) for u in units]


def computed(rule: Rule, found: Reading | None) -> Line:
    """Score a reading by bands; an interval only where both ends lie in the same one."""
    if found is None:
        return missing(rule, UNREAD)
    low, high = (found.low, found.high) if found.value is None else (found.value, found.value)
    if low is None or high is None:
        return missing(rule, found.reason or UNREAD)
    fraction = found.indicator is not None and found.indicator.unit in ("share", "ratio")
    # Value and start are both the double nearest to a decimal, so 0.57 does reach 5,700 of 10,000.
    starts = [start / (WHOLE if fraction else 1) for start, _ in rule.bands]
    reached = bisect_right(starts, low)
    if reached != bisect_right(starts, high):
        return missing(rule, SPANS)
    return scored(rule, rule.bands[reached - 1][1] if reached else 0)


def scored(rule: Rule, score: int) -> Line:
    """Return the line of a criterion with a score, which the criterion may cap."""
    most = score if rule.cap is None else min(score, rule.cap)
    return Line(rule.criterion, rule.weight, rule.weight, rule.weight * most)


def missing(rule: Rule, why: Words) -> Line:
    """Return the line of a criterion without a score, by its policy."""
    counts, applies, policy = POLICIES[rule.missing]
    said = Words(
        f"{rule.criterion}：{policy.zh}（{why.zh}）", f"{rule.criterion}: {policy.en} ({why.en})"
    )
    return Line(rule.criterion, rule.weight * counts, rule.weight * applies, 0, said)


POLICIES = {
    "renormalise": (0, 1, Words("缺失，其余按权重折算", "missing, the others take its weight")),
    "zero": (1, 1, Words("缺失，计 0 分", "missing, counted as 0")),
    "not_applicable": (0, 0, Words("不适用", "not applicable")),
}
UNREAD = Words("指标没有该单位的读数", "the indicator has no reading for the unit")
UNREVIEWED = Words("本期未评分", "not reviewed for the period")
SPANS = Words("区间跨越不止一档", "the interval reaches over more than one band")


def nothing_to_score(q: Query) -> Reading:
    """Return the one reading of a period in which there is nothing to score."""
    return q.none(ALL, NO_UNIT if in_force(q, q.period.end.isoformat()) else NO_METHOD)


NO_METHOD = Words("截至期末没有通过的评估办法", "no method was adopted by the period's end")
NO_UNIT = Words("期间内没有可评估的单位", "no unit that could be scored was open in the period")
NONE_COUNTS = Words("没有一项标准有得分", "no criterion has a score")
NONE_APPLIES = Words("没有一项标准适用", "no criterion applies")


# 4. Indicators. All but the last have the dimension `method`.


@indicator(
    "evaluation.score",
    of=(methods, score_reviews),
    unit="points",
    better="higher",
    per="unit",
    zh="评估得分：Σ 权重×得分 ÷ Σ 权重，缺失的标准按其自身规定处理",
    en="Score: sum of weight x score / sum of weight, missing criteria by their own policy",
)
def score(q: Query) -> Iterator[Reading]:
    """Score each unit; the flags say what is missing and why, and who was open in part."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    for sheet in made:
        points = Fraction(sum(line.earned for line in sheet.lines), 100)
        flags = [line.why for line in sheet.lines if line.why]
        if sheet.days < q.period.days:
            part = f"{sheet.days}/{q.period.days}"
            flags.append(Words(f"期间存续 {part} 天", f"open for {part} days of the period"))
        yield q.ratio(
            sheet.subject, points, sheet.counted, NONE_COUNTS, dimensions=sheet.about, flags=flags
        )


@indicator(
    "evaluation.completeness",
    of=(methods, score_reviews),
    unit="share",
    better="higher",
    per="unit",
    zh="完整度：计入得分的权重 ÷ 适用的权重",
    en="Completeness: weight that counts in the score / weight that applies",
)
def completeness(q: Query) -> Iterator[Reading]:
    """Tell on how much of the method a unit's score rests."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    for sheet in made:
        applies = sum(line.applies for line in sheet.lines)
        yield q.ratio(sheet.subject, sheet.counted, applies, NONE_APPLIES, dimensions=sheet.about)


@indicator(
    "evaluation.contributions",
    of=(methods, score_reviews),
    unit="points",
    better="higher",
    per="unit",
    zh="得分构成：每项标准对得分贡献的分数，合计等于得分",
    en="Waterfall: the points that each criterion contributes to the score, which they add to",
)
def contributions(q: Query) -> Iterator[Reading]:
    """Split each score by criterion; what was left out of it has no points, not 0."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    for sheet in made:
        counted = sheet.counted
        for line in sheet.lines:
            of = {**sheet.about, "criterion": line.criterion}
            flags = [line.why] if line.why else []
            if line.counts:
                points = Fraction(line.earned, 100)
                yield q.ratio(
                    sheet.subject, points, counted, NONE_COUNTS, dimensions=of, flags=flags
                )
            else:
                yield q.none(sheet.subject, line.why or NONE_COUNTS, dimensions=of)


ENOUGH = 0.8  # below this completeness a unit is not ranked


@indicator(
    "evaluation.rank",
    of=(methods, score_reviews),
    unit="rank",
    better="lower",
    per="unit",
    zh="名次：1 为最高，同分取较小名次；完整度不足 80% 不排名",
    en="Rank: 1 is best, ties share the smaller rank; not ranked below 80 percent completeness",
)
def rank(q: Query) -> Iterator[Reading]:
    """Rank by the scores as they are published, so that whoever reads those can check it."""
    complete = {r.order: r.value for r in q.readings("evaluation.completeness")}
    places: dict[str, list[float]] = {}
    ranked: list[tuple[Reading, float]] = []
    for r in q.readings("evaluation.score"):
        share = complete[r.order] or 0
        if r.value is None:
            yield q.none(r.subject, r.reason or NONE_COUNTS, dimensions=r.dimensions)
        elif share < ENOUGH:
            yield q.none(r.subject, _too_little(share), dimensions=r.dimensions)
        else:
            ranked.append((r, r.value))
            places.setdefault(r.dimensions["method"], []).append(r.value)
    for scores in places.values():
        scores.sort()
    for r, value in ranked:
        scores = places[r.dimensions["method"]]
        place = 1 + len(scores) - bisect_right(scores, value)
        yield q.reading(r.subject, place, denominator=len(scores), dimensions=r.dimensions)


def _too_little(share: float) -> Words:
    said = f"{100 * share:g}%"
    return Words(f"不排名：完整度 {said}，不足 80%", f"not ranked: completeness {said}, below 80%")


@indicator(
    "evaluation.hardness",
    of=methods,
    unit="share",
    better="higher",
    zh="硬度：由日志自动计算的标准所占权重（针对软性指标多、硬性指标少）",
    en="Hardness: the share of a method's weight that the log itself computes",
)
def hardness(q: Query) -> Iterator[Reading]:
    """Divide the weight of criteria with an indicator by all weight, for each method in force."""
    rules, found = adopted_rules(q), in_force(q, q.period.end.isoformat())
    if not found:
        yield q.none(ALL, NO_METHOD)
    for method in found:
        hard = sum(rule.weight for rule in rules[method] if rule.indicator)
        weight = sum(rule.weight for rule in rules[method])
        yield q.ratio(ALL, hard, weight, NONE_APPLIES, dimensions={"method": method})


@indicator(
    "evaluation.contradictions",
    of=(methods, score_reviews),
    unit="events",
    better="lower",
    per="unit",
    zh="评分中的矛盾：标准不存在或由日志计算、办法未施行、单位不参评",
    en="Contradictory reviews: no such criterion, or one the log computes; method or unit not in play",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List reviews that no score can use; they are of periods that lie within the query's."""
    newest = cache(partial(in_force, q))
    sql = f"SELECT p.unit FROM projections p JOIN units u ON u.unit = p.seen_as WHERE {SCORED}"
    in_play = set(q.column(sql))
    found: list[Finding] = []
    for event_, unit, method, criterion, ends, known, computes in q.rows(
        "SELECT r.event, r.unit, r.method, r.criterion, r.ends, c.criterion, c.indicator "
        "FROM score_reviews r LEFT JOIN method_criteria_to_date c ON c.method = r.method "
        "AND c.criterion = r.criterion WHERE r.ends <= ? ORDER BY r.event",
        [q.period.end.isoformat()],
    ):
        if method not in newest(ends):
            why = Words(f"办法 {method} 未在该期施行", f"{method} was not in force for its period")
        elif not known:
            why = Words(f"办法 {method} 没有标准 {criterion}", f"{method} has no {criterion}")
        elif computes:
            why = Words(f"标准 {criterion} 由日志计算", f"{criterion} is computed by the log")
        elif unit not in in_play:
            why = Words("该单位不参评", "the unit is not scored")
        else:
            continue
        found.append((unit, event_, why))
    yield from listed(q, "unit", found, inherited=False)


# 5. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of evaluation."""
    return Family(
        "evaluation",
        version=1,
        zh="评估",
        en="Evaluation",
        events=[MethodAdopted, ScoreReviewed],
        facts=[methods, method_criteria, method_bands, score_reviews],
        indicators=[score, completeness, contributions, rank, hardness, contradictions],
    )
