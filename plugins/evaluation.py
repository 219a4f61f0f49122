"""Evaluation: how well each unit does under the adopted method (指标量化，软性多、硬性少).

A method is adopted once and never changed: criteria with weights, each either read out of the log
(an indicator, mapped to a score by bands) or judged by people (a soft one, `score.reviewed`). This
family computes no figure of its own about education; it asks the query for other families' readings:

    MethodAdopted ──▶ methods, method_criteria, … ──┐
    ScoreReviewed ──▶ score_reviews ────────────────┤   a Sheet per unit and method,
    BonusGranted  ──▶ bonuses ──────────────────────┼──▶  one Line a criterion        ──▶  Readings
    q.readings("coverage.unit_reach"), … ───────────┘   (core/scoring.py)
    FiguresPublished ──▶ sealed_figures ──┬──────────▶  what a sealed cycle said, and says today
    CycleSealed      ──▶ cycles, … ───────┘

A criterion without a score is missing, and its own policy says what that means:

                     in the score       in completeness
    renormalise      left out           applies, does not count
    zero             counts, as 0       counts
    not_applicable   left out           does not apply

In force is, of each scheme, the newest method adopted by the period's end; methods of different
schemes stand side by side, so an old and a new one can score the same log. Scored are the units that
were open in the period, but for social groups and units outside the district, over which the district
has no say. A judgement belongs to the unit that was judged and does not pass to a successor.
Bands begin at basis points where the indicator is a share or a ratio, at whole units of it otherwise.

A bonus adds to one criterion, up to the criterion's cap; one basis counts once in a criterion. A cycle
is sealed by publication: `publish evaluation.score`, then `cycle.sealed` with the digest; so nobody
types scores, and later corrections move today's view alone. Where a publication was too large to hold
its figures they are computed anew for its moment, and used if its digest fits. Signs of gaming (core/signs.py) are flags
of the score and take nothing from it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
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
    Term,
    Words,
    activities_held,
    activity_formats,
    attendances,
    check_units,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
    plan_item_evaluations,
)
from lianjian.core.activities import WHOLE, each_once
from lianjian.core.errors import BadPeriod, NotAPeriod, NotTenThousand, OutOfBounds, PartWrong
from lianjian.core.kit import DAY, Finding, counted, district_units, heirs, listed, weight
from lianjian.core.notices import FiguresPublished
from lianjian.core.publish import digest, figure
from lianjian.core.scoring import (
    UNREVIEWED,
    Bonus,
    Line,
    Rule,
    Sheet,
    computed,
    missing,
    places,
    rank_range,
    scored,
    with_bonus,
)
from lianjian.core.signs import NOT_A_YEAR, SIGNS, is_year, signs
from lianjian.core.vocabulary import installed

# 1. Events. Scores are hundredths of a point: a full score is 10,000.

UnitId = Annotated[str, Ref("unit")]
SCORE = and_(ge(0), le(10_000))


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


# 2. Facts. What is about a period stands on its first day; `ends` is the day after the last.


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


@facts(key="day digest", text="ends tree", sums="known readings held")
def score_publications(e: FiguresPublished) -> Iterator[Row]:
    """State a publication of scores: what was known, how many readings it seals, how many it holds."""
    if e.indicator == "evaluation.score":
        ends, tree = e.period.end.isoformat(), e.parameters.get("tree")
        yield e.period.start, e.digest, ends, tree, e.moment.position, e.count, len(e.figures)


@facts(key="day method unit", text="ends digest", sums="millionths")
def sealed_figures(e: FiguresPublished) -> Iterator[Row]:
    """State the scores of units that a publication holds."""
    if e.indicator == "evaluation.score":
        ends = e.period.end.isoformat()
        for f in e.figures:
            kind, _, unit = f.subject.partition(":")
            if kind == "unit":
                value = None if f.value is None else int(Decimal(f.value) * 10**6)
                method = f.dimensions.get("method")
                yield e.period.start, method, unit, ends, e.digest, value


def _days(text: str) -> tuple[date, str]:
    period = Period.parse(text)
    return period.start, period.end.isoformat()


# 3. Score sheets: what stands between the facts and the figures. All in Python: the values come from
#    other families as readings, and there are some hundred units and ten criteria.

SCORED = "u.kind NOT IN ('social', 'external')"


def sheets(q: Query, older: Mapping[str, str] | None = None) -> list[Sheet]:
    """Return a sheet for each unit that is scored, under each method in force.

    `older` are superseded methods to score by in their stead, each with the one in force: what was
    judged by that one counts for a criterion of the same name.
    """
    methods = {m: m for m in in_force(q, q.end)} if older is None else older
    units = q.rows(f"SELECT u.unit, u.days FROM units u WHERE {SCORED} ORDER BY u.unit")
    rules, made = adopted_rules(q), []
    for method, judged in methods.items():
        given = bonuses_given(q, method, judged)
        columns = [
            [
                with_bonus(rule, line, given[unit, rule.criterion])
                for line, (unit, _) in zip(
                    lines(q, (method, judged), rule, [u for u, _ in units]), units, strict=True
                )
            ]
            for rule in rules[method]
        ]
        for (unit, days), row in zip(units, zip(*columns, strict=True), strict=True):
            made.append(Sheet(f"unit:{unit}", {"method": method}, days, row))
    return made


def adopted(q: Query, end: str) -> dict[str, list[str]]:
    """Return the methods of each scheme adopted before a day, by day and then position."""
    found: dict[str, list[str]] = defaultdict(list)
    sql = "SELECT scheme, method FROM methods_to_date WHERE day < ? ORDER BY day, event"
    for scheme, method in q.rows(sql, [end]):
        found[scheme].append(method)
    return found


def in_force(q: Query, end: str) -> list[str]:
    """Return the newest method of each scheme adopted before a day."""
    return sorted(of_scheme[-1] for of_scheme in adopted(q, end).values())


def superseded(q: Query) -> dict[str, str]:
    """Return, by method in force at the period's end, the one that it superseded, if any."""
    of_schemes = adopted(q, q.end).values()
    return dict(sorted((each[-1], each[-2]) for each in of_schemes if len(each) > 1))


def adopted_rules(q: Query) -> dict[str, list[Rule]]:
    """Return the criteria of every method adopted by the period's end, in order of name."""
    bands: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for method, criterion, *band in q.rows(
        "SELECT method, criterion, at_least, score FROM method_bands_to_date ORDER BY at_least"
    ):
        bands.setdefault((method, criterion), []).append((band[0], band[1]))
    rules: dict[str, list[Rule]] = {}
    for method, criterion, *rest in q.rows(
        "SELECT method, criterion, indicator, section, missing, weight_bp, cap "
        "FROM method_criteria_to_date ORDER BY method, criterion"
    ):
        rule = Rule(criterion, tuple(bands.get((method, criterion), ())), *rest)
        rules.setdefault(method, []).append(rule)
    return rules


def lines(q: Query, of: tuple[str, str], rule: Rule, units: list[str]) -> list[Line]:
    """Return what a criterion gives each unit; of reviews, the newest for the query's very period.

    Reviews are by the methods `of`, and where there are some by both, by the first.
    """
    if rule.indicator is not None:
        readings = {r.subject: r for r in q.readings(rule.indicator) if not r.dimensions}
        return [computed(rule, readings.get(f"unit:{u}")) for u in units]
    sql = (
        "SELECT unit, score FROM score_reviews WHERE method IN (?, ?) AND criterion = ? "
        "AND day = ? AND ends = ? ORDER BY CASE WHEN method = ? THEN 1 ELSE 0 END, event"
    )
    scores = dict(q.rows(sql, [*of, rule.criterion, *_bounds(q), of[0]]))
    return [scored(rule, scores[u]) if u in scores else missing(rule, UNREVIEWED) for u in units]


def bonuses_given(q: Query, *of: str) -> dict[tuple[str, str], list[Bonus]]:
    """Return the bonuses by two methods for the query's very period, by unit and criterion."""
    found: dict[tuple[str, str], list[Bonus]] = defaultdict(list)
    sql = (
        "SELECT unit, criterion, basis, points FROM bonuses "
        "WHERE method IN (?, ?) AND day = ? AND ends = ? ORDER BY event"
    )
    for unit, criterion, basis, points in q.rows(sql, [*of, *_bounds(q)]):
        found[unit, criterion].append((basis, points))
    return found


def _bounds(q: Query) -> tuple[str, str]:
    return q.start, q.end


def nothing_to_score(q: Query) -> Reading:
    """Return the one reading of a period in which there is nothing to score."""
    return q.none(ALL, NO_UNIT if in_force(q, q.end) else NO_METHOD)


def together(
    q: Query, sheet: Sheet, of: Sequence[Line], about: dict[str, str], flags: Sequence[Words] = ()
) -> Reading:
    """Return the points of some lines of a sheet; the flags say what is missing, and why."""
    points = Fraction(sum(line.earned for line in of), 100)
    said = [*(flag for line in of for flag in line.flags), *flags]
    if sheet.days < q.period.days:
        part = f"{sheet.days}/{q.period.days}"
        said.append(Words(f"期间存续 {part} 天", f"open for {part} days of the period"))
    counts = sum(line.counts for line in of)
    return q.ratio(sheet.subject, points, counts, NONE_COUNTS, dimensions=about, flags=said)


NO_METHOD = Words("截至期末没有通过的评估办法", "no method was adopted by the period's end")
NO_UNIT = Words("期间内没有可评估的单位", "no unit that could be scored was open in the period")
NO_OLDER = Words("没有被取代的办法", "no method was superseded")
NO_GROUPS = Words("办法未将标准分组", "the method has no groups of criteria")
NO_GRADES = Words("办法未定等次", "the method has no grades")
NO_CYCLE = Words("没有封存的周期", "no cycle of the period was sealed")
NONE_COUNTS = Words("没有一项标准有得分", "no criterion has a score")
NONE_APPLIES = Words("没有一项标准适用", "no criterion applies")


# 4. Indicators. Most have the dimension `method`.

JUDGED = methods, score_reviews, bonuses


@indicator(
    "evaluation.score",
    of=JUDGED,
    unit="points",
    better="higher",
    per="unit",
    zh="评估得分：Σ 权重×得分 ÷ Σ 权重，缺失的标准按其自身规定处理，加分以标准的上限为限",
    en="Score: sum of weight x score / sum of weight, missing criteria by their own policy, bonuses capped",
    formula="Σ w·min(s + Σ b, cap) / Σ w",
)
def score(q: Query) -> Iterator[Reading]:
    """Score each unit; the flags say what is missing and why, who was open in part, and signs."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
        return
    seen: dict[str, list[Words]] = defaultdict(list)
    for r in q.readings("evaluation.warnings"):
        seen[r.subject] += r.flags
    for sheet in made:
        yield together(q, sheet, sheet.lines, sheet.about, seen[sheet.subject])


@indicator(
    "evaluation.completeness",
    of=JUDGED,
    unit="share",
    better="higher",
    per="unit",
    zh="完整度：计入得分的权重 ÷ 适用的权重",
    en="Completeness: weight that counts in the score / weight that applies",
    formula="Σ w(counts) / Σ w(applies)",
)
def completeness(q: Query) -> Iterator[Reading]:
    """Tell on how much of the method a unit's score rests."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    for sheet in made:
        about = sheet.about
        yield q.ratio(sheet.subject, sheet.counted, sheet.applies, NONE_APPLIES, dimensions=about)


@indicator(
    "evaluation.contributions",
    of=JUDGED,
    unit="points",
    better="higher",
    per="unit",
    zh="得分构成：每项标准对得分贡献的分数，合计等于得分",
    en="Waterfall: the points that each criterion contributes to the score, which they add to",
    formula="w·s / Σ w",
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
            if line.counts:
                points = Fraction(line.earned, 100)
                yield q.ratio(
                    sheet.subject, points, counted, NONE_COUNTS, dimensions=of, flags=line.flags
                )
            else:
                none = line.why or NONE_COUNTS
                yield q.none(sheet.subject, none, dimensions=of, flags=line.remarks)


@indicator(
    "evaluation.group_score",
    of=(method_criteria, score_reviews, bonuses),
    unit="points",
    better="higher",
    per="unit",
    zh="分组得分：组内 Σ 权重×得分 ÷ Σ 权重",
    en="Score within a group of criteria",
    formula="Σ w·s / Σ w, over the criteria of a group",
)
def group_score(q: Query) -> Iterator[Reading]:
    """Score each group (`section`) of criteria by itself; a criterion outside all is in none."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    elif not any(line.section for sheet in made for line in sheet.lines):
        yield q.none(ALL, NO_GROUPS)
    for sheet in made:
        for section in sorted({line.section for line in sheet.lines if line.section}):
            of = [line for line in sheet.lines if line.section == section]
            yield together(q, sheet, of, {**sheet.about, "section": section})


# Ranks.


def by_method(made: Sequence[Sheet]) -> dict[str, list[Sheet]]:
    """Return sheets by their method."""
    found: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in made:
        found[sheet.about["method"]].append(sheet)
    return found


def not_ranked(q: Query, sheet: Sheet) -> Reading:
    """Return the reading of a unit without a rank: it has no score, or one that rests on too little."""
    if not sheet.counted:
        return q.none(sheet.subject, NONE_COUNTS, dimensions=sheet.about)
    said = f"{100 * sheet.completeness:g}%"
    why = Words(f"不排名：完整度 {said}，不足 80%", f"not ranked: completeness {said}, below 80%")
    return q.none(sheet.subject, why, dimensions=sheet.about)


@indicator(
    "evaluation.rank",
    of=JUDGED,
    unit="rank",
    better="lower",
    per="unit",
    zh="名次：1 为最高，同分取较小名次；完整度不足 80% 不排名",
    en="Rank: 1 is best, ties share the smaller rank; not ranked below 80 percent completeness",
    formula="1 + #{units with a higher score}",
)
def rank(q: Query) -> Iterator[Reading]:
    """Rank by the scores as they are published, so that whoever reads those can check it."""
    made = sheets(q)
    if not made:
        yield nothing_to_score(q)
    for of in by_method(made).values():
        found = places(of)
        for s in of:
            if s.subject in found:
                place, ranked = found[s.subject], len(found)
                yield q.reading(s.subject, place, denominator=ranked, dimensions=s.about)
            else:
                yield not_ranked(q, s)


@indicator(
    "evaluation.rank_range",
    of=(*JUDGED, method_criteria),
    unit="rank",
    better="lower",
    per="unit",
    zh="名次区间：各权重单独增减一成、其余折算后的最好与最差名次",
    en="Rank, and the best and worst rank where each weight alone moves by a tenth",
    formula="min, max of rank over w_j·1.1, w_j·0.9, the others ·(1 - w_j′) / (1 - w_j)",
)
def rank_intervals(q: Query) -> Iterator[Reading]:
    """Tell how firm a rank is: its own, and the best and the worst that small changes give."""
    made, rules = sheets(q), adopted_rules(q)
    if not made:
        yield nothing_to_score(q)
    for method, of in by_method(made).items():
        found = rank_range(of, {rule.criterion: rule.weight for rule in rules[method]})
        for s in of:
            if s.subject in found:
                ranked = len(found)
                yield q.estimate(
                    s.subject, *found[s.subject], denominator=ranked, dimensions=s.about
                )
            else:
                yield not_ranked(q, s)


@indicator(
    "evaluation.dual_score",
    of=JUDGED,
    unit="points",
    better="neither",
    per="unit",
    zh="按被取代的旧办法计算的得分",
    en="Score under the method that was superseded",
    formula="Σ w·s / Σ w, under the older method",
)
def dual_score(q: Query) -> Iterator[Reading]:
    """Score the same log by the older method of each scheme.

    What was judged by the method in force counts for a criterion of the same name; what nobody
    judged is missing.
    """
    older = {old: new for new, old in superseded(q).items()}
    made = sheets(q, older)
    if not made:
        yield q.none(ALL, NO_UNIT if older else NO_OLDER)
    for sheet in made:
        yield together(q, sheet, sheet.lines, sheet.about)


@indicator(
    "evaluation.rank_move",
    of=JUDGED,
    unit="rank",
    better="neither",
    per="unit",
    zh="新旧办法名次变化：旧名次 - 新名次",
    en="Move of rank: under the old method - under the new",
    formula="rank(old) - rank(new)",
)
def rank_move(q: Query) -> Iterator[Reading]:
    """Subtract the new place from the old one: above 0 a unit rises under the new method."""
    older = superseded(q)
    of = by_method([*sheets(q), *sheets(q, {old: new for new, old in older.items()})])
    if not older or not of:
        yield q.none(ALL, NO_UNIT if older else NO_OLDER)
    for new, old in older.items():
        before, after = places(of[old]), places(of[new])
        about = {"method": new, "before": old}
        for sheet in of[new]:
            if sheet.subject in before and sheet.subject in after:
                move = before[sheet.subject] - after[sheet.subject]
                yield q.reading(sheet.subject, move, dimensions=about)
            else:
                yield q.none(sheet.subject, NOT_BOTH, dimensions=about)


NOT_BOTH = Words("新旧办法之一未排名", "not ranked under one of the two methods")


# Grades.


def grades(q: Query) -> dict[str, list[tuple[int, str]]]:
    """Return the grades of each method, the best first, with the score from which on it is given."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    sql = "SELECT method, at_least, grade FROM method_grades_to_date ORDER BY at_least DESC"
    for method, at_least, grade in q.rows(sql):
        found[method].append((at_least, grade))
    return found


def place_of(score: float, of: Sequence[tuple[int, str]]) -> int:
    """Return which of the grades a score gets, 0 the first; how many there are where it gets none."""
    # As with bands: both are the double nearest to a decimal.
    reached = (i for i, (at_least, _) in enumerate(of) if score >= at_least / 100)
    return next(reached, len(of))


def called(scheme: str, code: str) -> Words:
    """Return what a term is called, its code where a log alone defines it."""
    term = installed()[scheme].get(code)
    return Words(term.zh, term.en) if term else Words(code, code)


@indicator(
    "evaluation.grade",
    of=(*JUDGED, method_grades),
    unit="rank",
    better="lower",
    per="unit",
    zh="等次：1 为最高一等",
    en="Grade: 1 is the first",
    formula="1 + #{grades with at_least > score}",
)
def grade(q: Query) -> Iterator[Reading]:
    """Give each score the first grade that it reaches; below all it is one more than there are."""
    of_methods = grades(q)
    told: set[str] = set()
    for r in q.readings("evaluation.score"):
        method = r.dimensions.get("method", "")
        of = of_methods[method]
        if r.value is None:
            yield q.none(r.subject, r.reason or NONE_COUNTS, dimensions=r.dimensions)
        elif of:
            at = place_of(r.value, of)
            name = called("grade", of[at][1]) if at < len(of) else NO_GRADE
            about, ranked = r.dimensions, len(of)
            yield q.reading(r.subject, at + 1, denominator=ranked, dimensions=about, flags=[name])
        elif method not in told:
            told.add(method)
            yield q.none(ALL, NO_GRADES, dimensions=r.dimensions)


NO_GRADE = Words("未达任何等次", "below all grades")


@indicator(
    "evaluation.hardness",
    of=methods,
    unit="share",
    better="higher",
    zh="硬度：由日志自动计算的标准所占权重（针对软性指标多、硬性指标少）",
    en="Hardness: the share of a method's weight that the log itself computes",
    formula="Σ w(with an indicator) / Σ w",
)
def hardness(q: Query) -> Iterator[Reading]:
    """Divide the weight of criteria with an indicator by all weight, for each method in force."""
    rules, found = adopted_rules(q), in_force(q, q.end)
    if not found:
        yield q.none(ALL, NO_METHOD)
    for method in found:
        hard = sum(rule.weight for rule in rules[method] if rule.indicator)
        whole = sum(rule.weight for rule in rules[method])
        yield q.ratio(ALL, hard, whole, NONE_APPLIES, dimensions={"method": method})


# What is looked at beside the score: signs of gaming, and the four measures.


@indicator(
    "evaluation.warnings",
    of=(activities_held, attendances),
    unit="items",
    better="lower",
    per="unit",
    zh="防注水提示：同日重复、人数取整、佐证雷同、年末突击、讲授拉长",
    en="Signs of gaming: same-day duplicates, round headcounts, identical evidence, November burst, padded lectures",
    formula="#{signs}",
)
def warnings(q: Query) -> Iterator[Reading]:
    """Count the signs at each unit that shows any, by `sign`; each is a question, not a verdict."""
    total: Counter[str] = Counter()
    for s in signs(q):
        total[s.sign] += s.count
        yield q.reading(f"unit:{s.unit}", s.count, dimensions={"sign": s.sign}, flags=[s.said])
    for sign in SIGNS:
        if sign == "november" and not is_year(q.period):
            yield q.none(ALL, NOT_A_YEAR, dimensions={"sign": sign})
        else:
            yield q.reading(ALL, total[sign], dimensions={"sign": sign})


MEASURES = {
    "training": Words("集中培训", "training"),
    "supervision": Words("精准监督", "checks"),
    "interim": Words("阶段评估", "interim evaluation"),
    "year_end": Words("年终考核", "year-end result"),
}


@indicator(
    "evaluation.measures",
    of=(attendances, activity_formats, check_units, plan_item_evaluations, cycle_results),
    unit="share",
    better="higher",
    per="unit",
    zh="四项措施落实率：集中培训、精准监督、阶段评估、年终考核 ÷ 4",
    en="Four measures: training, checks, interim evaluation, year-end result / 4",
    formula="#{measures met} / 4",
)
def four_measures(q: Query) -> Iterator[Reading]:
    """Count which of the four a unit has seen; all are the mean, by days open."""
    met = measures_met(q)
    units = [u for u in district_units(q) if u.kind != "social"]
    for u in units:
        not_met = [name for name in MEASURES if u.id not in met[name]]
        zh, en = ([getattr(MEASURES[name], lang) for name in not_met] for lang in ("zh", "en"))
        flags = [Words(f"缺：{'、'.join(zh)}", f"missing: {', '.join(en)}")] if not_met else []
        yield q.ratio(u.subject, len(MEASURES) - len(not_met), len(MEASURES), NO_UNIT, flags=flags)
    done = sum((weight(u for u in units if u.id in met[m]) for m in MEASURES), Fraction(0))
    blank = q.one(f"SELECT count(*) FROM attendances a WHERE a.attended IS NULL AND {TRAINED}")
    flags = counted(blank, "行培训到场人数空白", "lines of training without a number")
    yield q.ratio(ALL, done, len(MEASURES) * weight(units), NO_UNIT, flags=flags)


TRAINED = (
    "a.event IN (SELECT event FROM activity_formats "
    "WHERE format IN ('class', 'special', 'centre_group'))"
)


def measures_met(q: Query) -> dict[str, set[str]]:
    """Return which units have seen which measure; judgements alone do not pass to heirs."""
    seen_as = heirs(q)

    def passed_on(sql: str) -> set[str]:
        return {heir for unit in q.column(sql) for heir, _ in seen_as.get(unit, ())}

    start, end = _bounds(q)
    whole = [start, end]
    shorter = (
        "SELECT DISTINCT unit FROM score_reviews WHERE ends <= ? AND NOT (day = ? AND ends = ?)"
    )
    of_items = (
        "SELECT DISTINCT i.unit FROM plan_item_evaluations e "
        "JOIN plan_items_to_date i ON i.plan_item = e.plan_item"
    )
    came = f"SELECT DISTINCT a.unit FROM attendances a WHERE a.attended > 0 AND {TRAINED}"
    results = "SELECT DISTINCT unit FROM cycle_results WHERE day = ? AND ends = ?"
    return {
        "training": passed_on(came),
        "supervision": passed_on("SELECT DISTINCT unit FROM check_units"),
        "interim": passed_on(of_items) | set(q.column(shorter, [end, *whole])),
        "year_end": set(q.column(results, whole)),
    }


# Sealed cycles: those of which all days lie in the period.


@frozen
class Cycle:
    """A sealed cycle: its method, its period, when it was sealed, and by which publication."""

    cycle: str
    method: str
    period: Period
    sealed_on: str
    published: str
    event: int


def sealed_cycles(q: Query) -> list[Cycle]:
    """Return the cycles whose days lie in the period, by day."""
    sql = (
        "SELECT cycle, method, day, ends, sealed_on, published, event FROM cycles "
        "WHERE ends <= ? ORDER BY day, event"
    )
    return [
        Cycle(cycle, method, Period(date.fromisoformat(day), date.fromisoformat(ends)), *rest)
        for cycle, method, day, ends, *rest in q.rows(sql, [q.end])
    ]


def sealed_values(q: Query) -> dict[str, dict[str, Fraction | None]]:
    """Return what was published of each unit, by cycle."""
    found: dict[str, dict[str, Fraction | None]] = defaultdict(dict)
    for cycle, unit, value in q.rows(
        "SELECT c.cycle, f.unit, f.millionths FROM cycles c JOIN sealed_figures f "
        "ON f.digest = c.published AND f.method = c.method AND f.day = c.day AND f.ends = c.ends "
        "ORDER BY f.event, f.unit"
    ):
        found[cycle][unit] = None if value is None else Fraction(value, 10**6)
    for c in sealed_cycles(q):
        if c.cycle not in found:
            found[c.cycle] = behind_digest(q, c)
    return found


def behind_digest(q: Query, c: Cycle) -> dict[str, Fraction | None]:
    """Return the scores of a publication that holds a digest alone, where they fit that digest.

    They are computed anew for the moment of the publication; if they fit, they are what it sealed.
    """
    for position, tree in q.rows(
        "SELECT known, tree FROM score_publications "
        "WHERE digest = ? AND day = ? AND ends = ? AND readings > held ORDER BY event",
        [c.published, c.period.start.isoformat(), c.period.end.isoformat()],
    ):
        made = q.known("evaluation.score", c.period, position, tree)
        if digest(map(figure, made)) == c.published:
            return {
                r.subject.removeprefix("unit:"): None if r.value is None else millionths(r.value)
                for r in made
                if r.dimensions.get("method") == c.method
            }
    return {}


def millionths(value: float) -> Fraction:
    """Return the decimal of six places that a score is, of which a double is the nearest."""
    return Fraction(round(Fraction(value) * 10**6), 10**6)


def not_published(q: Query, cycle: Cycle) -> Words:
    """Say why nothing that was published stands behind a cycle."""
    sql = "SELECT min(readings), max(held) FROM score_publications WHERE digest = ? AND day = ? AND ends = ?"
    period = cycle.period.start.isoformat(), cycle.period.end.isoformat()
    ((readings, held),) = q.rows(sql, [cycle.published, *period])
    if readings is None:
        return NO_PUBLICATION
    return ONLY_DIGEST if readings > held else OTHER_METHOD


NO_PUBLICATION = Words(
    "没有该期间、该摘要的得分公布件", "no publication of scores for its period has its digest"
)
ONLY_DIGEST = Words(
    "公布件仅存摘要，重算与之不符",
    "the publication holds a digest alone, and what is computed for its moment does not fit it",
)
OTHER_METHOD = Words("公布件中没有该办法的得分", "the publication has no score by its method")
NOT_SCORED_THEN = Words("公布时没有得分", "there was no score when it was published")
NO_PAIR = Words("没有前后均有得分的单位", "no unit has a score both then and today")
NOT_SCORED_NOW = Words("现在没有得分", "there is no score today")


@indicator(
    "evaluation.sealed_score",
    of=(cycles, sealed_figures, cycle_results),
    unit="points",
    better="higher",
    per="unit",
    zh="封存周期的得分（封存时公布的数）",
    en="Score of a sealed cycle, as published then",
    formula="the published score",
)
def sealed_score(q: Query) -> Iterator[Reading]:
    """Give each unit's score as it was published; over several years this is the trend."""
    values, found = sealed_values(q), sealed_cycles(q)
    came_out: dict[tuple[str, str], list[Words]] = defaultdict(list)
    sql = "SELECT cycle, unit, grade, award FROM cycle_results ORDER BY event"
    for cycle, unit, given, award in q.rows(sql):
        came_out[cycle, unit].append(called("grade", given))
        came_out[cycle, unit] += [called("award", award)] if award else []
    if not found:
        yield q.none(ALL, NO_CYCLE)
    for c in found:
        about = {"cycle": c.cycle}
        if not values[c.cycle]:
            yield q.none(ALL, not_published(q, c), dimensions=about)
        for unit, value in values[c.cycle].items():
            flags = came_out[c.cycle, unit]
            if value is None:
                yield q.none(f"unit:{unit}", NOT_SCORED_THEN, dimensions=about, flags=flags)
            else:
                yield q.reading(f"unit:{unit}", value, dimensions=about, flags=flags)


@indicator(
    "evaluation.sealed_change",
    of=(cycles, sealed_figures),
    unit="points",
    better="neither",
    per="unit",
    zh="封存后的变化：现在计算的得分 - 封存的得分；全部为变化最大者的分数",
    en="Today's score - the sealed one; of all, the greatest change there is",
    formula="score(today) - score(sealed); max |Δ|",
)
def sealed_change(q: Query) -> Iterator[Reading]:
    """Compare each sealed score with today's; which events made it, `lianjian compare` tells.

    Of all, the numerator says of how many units the score has changed, the denominator of how many.
    """
    values, found = sealed_values(q), sealed_cycles(q)
    if not found:
        yield q.none(ALL, NO_CYCLE)
    for c in found:
        about = {"cycle": c.cycle}
        if not values[c.cycle]:
            yield q.none(ALL, not_published(q, c), dimensions=about)
            continue
        today = {
            r.subject.removeprefix("unit:"): r.value
            for r in q.readings("evaluation.score", c.period)
            if r.dimensions.get("method") == c.method
        }
        changes: list[Fraction] = []
        gone = 0
        for unit, then in values[c.cycle].items():
            now = today.get(unit)
            if then is None or now is None:
                gone += (then is None) != (now is None)
                why = NOT_SCORED_THEN if then is None else NOT_SCORED_NOW
                yield q.none(f"unit:{unit}", why, dimensions=about)
            else:
                changes.append(millionths(now) - then)
                yield q.reading(f"unit:{unit}", changes[-1], dimensions=about)
        flags = counted(gone, "个单位只有其一", "units have one of the two alone")
        moved, most = sum(map(bool, changes)), max(map(abs, changes), default=None)
        parts = {"numerator": moved, "denominator": len(changes)}
        if most is None:
            yield q.none(ALL, NO_PAIR, dimensions=about, flags=flags)
        else:
            yield q.reading(ALL, most, **parts, dimensions=about, flags=flags)


@indicator(
    "evaluation.results",
    of=cycle_results,
    unit="units",
    better="neither",
    zh="年终结果：各等次、各奖惩的单位数",
    en="Year-end results: units by grade and award",
    formula="#{units with a grade}; #{units with an award}",
)
def results(q: Query) -> Iterator[Reading]:
    """Count units by grade and by award, for each cycle; of how many no award is told."""
    found = sealed_cycles(q)
    if not found:
        yield q.none(ALL, NO_CYCLE)
    for c in found:
        given = q.rows("SELECT grade, award FROM cycle_results WHERE cycle = ?", [c.cycle])
        if not given:
            yield q.none(ALL, NO_RESULTS, dimensions={"cycle": c.cycle})
        untold = sum(award is None for _, award in given)
        flags = counted(untold, "个单位未注明奖惩", "units without a word on awards")
        for column, name in enumerate(("grade", "award")):
            number = Counter(row[column] for row in given if row[column] is not None)
            for code, units in sorted(number.items()):
                about = {"cycle": c.cycle, name: code}
                told = flags if name == "award" else []
                yield q.reading(ALL, units, denominator=len(given), dimensions=about, flags=told)


NO_RESULTS = Words("该周期没有结果", "the cycle has no results")


# What cannot be.


@indicator(
    "evaluation.contradictions",
    of=(methods, score_reviews, bonuses, cycles, cycle_results),
    unit="events",
    better="lower",
    per="unit",
    zh="评估中的矛盾：标准不存在或由日志计算、办法未施行、单位不参评、依据重复加分、封存与公布不符",
    en="Contradictions: no such criterion, or one the log computes; method or unit not in play; "
    "a basis credited twice; a cycle that is not what was published",
    formula="#{events}",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what no score can use and what no cycle can be; of periods within the query's."""
    found = [*misjudged(q, "score_reviews"), *misjudged(q, "bonuses"), *credited_twice(q)]
    yield from listed(q, "unit", [*found, *missealed(q)], inherited=False)


def misjudged(q: Query, table: str) -> Iterator[Finding]:
    """Yield reviews, or bonuses, that are about nothing that is scored."""
    newest = cache(partial(in_force, q))
    sql = f"SELECT p.unit FROM projections p JOIN units u ON u.unit = p.seen_as WHERE {SCORED}"
    in_play = set(q.column(sql))
    for event_, unit, method, criterion, ends, known, computes in q.rows(
        f"SELECT r.event, r.unit, r.method, r.criterion, r.ends, c.criterion, c.indicator "
        f"FROM {table} r LEFT JOIN method_criteria_to_date c ON c.method = r.method "
        "AND c.criterion = r.criterion WHERE r.ends <= ? ORDER BY r.event",
        [q.end],
    ):
        if method not in newest(ends):
            why = Words(f"办法 {method} 未在该期施行", f"{method} was not in force for its period")
        elif not known:
            why = Words(f"办法 {method} 没有标准 {criterion}", f"{method} has no {criterion}")
        elif computes and table == "score_reviews":
            why = Words(f"标准 {criterion} 由日志计算", f"{criterion} is computed by the log")
        elif unit not in in_play:
            why = Words("该单位不参评", "the unit is not scored")
        else:
            continue
        yield unit, event_, why


def credited_twice(q: Query) -> Iterator[Finding]:
    """Yield bonuses whose basis an earlier one has for the same unit, criterion and period."""
    before: set[tuple[str, ...]] = set()
    for event_, *about, basis in q.rows(
        "SELECT event, unit, method, criterion, day, ends, basis FROM bonuses "
        "WHERE ends <= ? AND basis IS NOT NULL ORDER BY event",
        [q.end],
    ):
        if (*about, basis) in before:
            why = Words(f"依据 {basis} 重复加分", f"{basis} is credited twice")
            yield about[0], event_, why
        before.add((*about, basis))


def missealed(q: Query) -> Iterator[Finding]:
    """Yield cycles that are not what was published, or were sealed before they were over."""
    values, of_methods = sealed_values(q), grades(q)
    for c in sealed_cycles(q):
        if date.fromisoformat(c.sealed_on) < c.period.end - DAY:
            yield (
                "",
                c.event,
                Words(f"{c.cycle} 在期末前封存", f"{c.cycle} was sealed before its end"),
            )
        if not values[c.cycle]:
            why = not_published(q, c)
            if why is not ONLY_DIGEST:
                yield "", c.event, Words(f"{c.cycle}：{why.zh}", f"{c.cycle}: {why.en}")
            continue
        sql = "SELECT unit, grade FROM cycle_results WHERE cycle = ? ORDER BY unit"
        for unit, given in q.rows(sql, [c.cycle]):
            value = values[c.cycle].get(unit)
            if value is None:
                yield (
                    unit,
                    c.event,
                    Words("有结果而无封存的得分", "a result without a sealed score"),
                )
                continue
            of = of_methods[c.method]
            at = place_of(float(value), of)
            if of and (at == len(of) or of[at][1] != given):
                name, points = called("grade", given), f"{float(value):g}"
                why = Words(
                    f"等次{name.zh}与得分 {points} 不符",
                    f"{name.en} is not the grade of {points} points",
                )
                yield unit, c.event, why


# 5. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of evaluation."""
    return Family("evaluation", version=2, zh="评估", en="Evaluation", **declared(__name__))
