"""Cycles: what a sealed evaluation said, says today, and led to (阶段评估、年终考核奖惩).

A cycle is sealed by publication: `publish evaluation.score`, then `cycle.sealed` (core/methods.py)
with the digest of what was published. So nobody types scores, and later corrections move today's
view alone:

    FiguresPublished ──▶ score_publications, sealed_figures ──┐
    CycleSealed      ──▶ cycles, cycle_results ───────────────┴──▶  Cycle ──▶ Readings

Where a publication was too large to hold its figures they are computed anew for its moment, and used
if its digest fits. The cycles of a period are those of which all days lie in it; over several years
their scores are the trend. What was sealed of a unit does not pass to a successor.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lianjian.core import (
    ALL,
    Family,
    Period,
    Query,
    Reading,
    Row,
    Words,
    declared,
    facts,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.indicator import words
from lianjian.core.kit import DAY, Finding, counted, listed, terms
from lianjian.core.methods import cycle_results, cycles
from lianjian.core.notices import FiguresPublished
from lianjian.core.publish import digest, figure
from lianjian.core.score_sheets import grades
from lianjian.core.scoring import place_of

NO_CYCLE = Words("没有封存的周期", "no cycle of the period was sealed")
NO_PUBLICATION = Words(
    "没有该期间、该摘要的得分公布件", "no publication of scores for its period has its digest"
)
ONLY_DIGEST = Words(
    "公布件仅存摘要，重算与之不符",
    "the publication holds a digest alone, and what is computed for its moment does not fit it",
)
OTHER_METHOD = Words("公布件中没有该办法的得分", "the publication has no score by its method")
NOT_SCORED_THEN = Words("公布时没有得分", "there was no score when it was published")
NOT_SCORED_NOW = Words("现在没有得分", "there is no score today")
NO_PAIR = Words("没有前后均有得分的单位", "no unit has a score both then and today")
NO_RESULTS = Words("该周期没有结果", "the cycle has no results")
NO_SCORE = Words("有结果而无封存的得分", "a result without a sealed score")

# 1. Facts: what was published of scores. Scores are in millionths of a point, which is as fine as a
#    reading is: whole numbers compare exactly.

SCORE = "evaluation.score"
MILLION = 10**6


@facts(key="day digest", text="ends tree", sums="known readings held")
def score_publications(e: FiguresPublished) -> Iterator[Row]:
    """State a publication of scores: what was known, how many readings it seals, how many it holds."""
    if e.indicator == SCORE:
        ends, tree = e.period.end.isoformat(), e.parameters.get("tree")
        yield e.period.start, e.digest, ends, tree, e.moment.position, e.count, len(e.figures)


@facts(key="day method unit", text="ends digest", sums="millionths")
def sealed_figures(e: FiguresPublished) -> Iterator[Row]:
    """State the scores of units that a publication holds."""
    if e.indicator == SCORE:
        ends = e.period.end.isoformat()
        for f in e.figures:
            kind, _, unit = f.subject.partition(":")
            if kind == "unit":
                value = None if f.value is None else int(Decimal(f.value) * MILLION)
                method = f.dimensions.get("method")
                yield e.period.start, method, unit, ends, e.digest, value


# 2. Sealed cycles.

Scores = dict[str, int | None]  # of units, in millionths; None where there was none


@frozen
class Cycle:
    """A sealed cycle, and what was published of it; where that is nothing, `why` says why."""

    cycle: str
    method: str
    period: Period
    sealed_on: date
    event: int
    scores: Scores
    why: Words

    @property
    def about(self) -> dict[str, str]:
        """Return the dimension of its readings."""
        return {"cycle": self.cycle}


def sealed_cycles(q: Query) -> list[Cycle]:
    """Return the cycles whose days lie in the period, by day."""
    held = (
        "SELECT unit, millionths FROM sealed_figures "
        "WHERE digest = ? AND method = ? AND day = ? AND ends = ? ORDER BY event, unit"
    )
    made = []
    for cycle, method, sealed_on, event, published, *days in q.rows(
        "SELECT cycle, method, sealed_on, event, published, day, ends FROM cycles "
        "WHERE ends <= ? ORDER BY day, event",
        [q.end],
    ):
        period = Period(*map(date.fromisoformat, days))
        scores, why = dict(q.rows(held, [published, method, *days])), OTHER_METHOD
        if not scores:
            scores, why = behind_digest(q, published, method, period)
        day = date.fromisoformat(sealed_on)
        made.append(Cycle(cycle, method, period, day, event, scores, why))
    return made


def behind_digest(q: Query, published: str, method: str, period: Period) -> tuple[Scores, Words]:
    """Return the scores of a publication that holds a digest alone, or why there are none.

    They are computed anew for the moment of the publication; if they fit its digest, they are what
    it sealed.
    """
    why = NO_PUBLICATION
    for position, tree, readings, held in q.rows(
        "SELECT known, tree, readings, held FROM score_publications "
        "WHERE digest = ? AND day = ? AND ends = ? ORDER BY event",
        [published, period.start.isoformat(), period.end.isoformat()],
    ):
        made = q.known(SCORE, period, position, tree) if readings > held else []
        if made and digest(map(figure, made)) == published:
            return scores_of(made, method), OTHER_METHOD
        why = ONLY_DIGEST if readings > held else OTHER_METHOD
    return {}, why


def scores_of(scores: Iterable[Reading], method: str) -> Scores:
    """Return the scores of units under a method in millionths, of which a double is the nearest."""
    return {
        r.subject.removeprefix("unit:"): None if r.value is None else round(r.value * MILLION)
        for r in scores
        if r.dimensions.get("method") == method
    }


# 3. Indicators, with the dimension `cycle`.


@indicator(
    "cycles.sealed_score",
    of=(cycles, sealed_figures, cycle_results),
    unit="points",
    better="higher",
    per="unit",
    zh="封存周期的得分 s_0（封存时公布的数）",
    en="Score s_0 of a sealed cycle, as published then",
    formula="s_0",
)
def sealed_score(q: Query) -> Iterator[Reading]:
    """Give each unit's score as it was published, flagged with its grade and what followed."""
    found = sealed_cycles(q)
    if not found:
        yield q.none(ALL, NO_CYCLE)
    came_out: dict[tuple[str, str], list[Words]] = defaultdict(list)
    names = {scheme: terms(q, scheme) for scheme in ("grade", "award")}
    sql = "SELECT cycle, unit, grade, award FROM cycle_results ORDER BY event"
    for cycle, unit, *given in q.rows(sql):
        for scheme, code in zip(names, given, strict=True):
            if code is not None:
                came_out[cycle, unit].append(names[scheme].get(code, words(code)))
    for c in found:
        if not c.scores:
            yield q.none(ALL, c.why, dimensions=c.about)
        for unit, then in c.scores.items():
            about, flags = c.about, came_out[c.cycle, unit]
            if then is None:
                yield q.none(f"unit:{unit}", NOT_SCORED_THEN, dimensions=about, flags=flags)
            else:
                value = Fraction(then, MILLION)
                yield q.reading(f"unit:{unit}", value, dimensions=about, flags=flags)


@indicator(
    "cycles.sealed_change",
    of=(cycles, sealed_figures),
    unit="points",
    better="neither",
    per="unit",
    zh="封存后的变化：现在计算的得分 s - 封存的得分 s_0；全部为变化最大者的分数",
    en="Today's score s - the sealed one s_0; of all, the greatest change there is",
    formula="s - s_0; max |s - s_0|",
)
def sealed_change(q: Query) -> Iterator[Reading]:
    """Compare each sealed score with today's; which events made it, `lianjian compare` tells.

    Of all, the numerator says of how many units the score has changed, the denominator of how many.
    """
    found = sealed_cycles(q)
    if not found:
        yield q.none(ALL, NO_CYCLE)
    for c in found:
        if not c.scores:
            yield q.none(ALL, c.why, dimensions=c.about)
            continue
        today = scores_of(q.readings(SCORE, c.period), c.method)
        changes: list[Fraction] = []
        gone = 0
        for unit, then in c.scores.items():
            now = today.get(unit)
            if then is not None and now is not None:
                changes.append(Fraction(now - then, MILLION))
                yield q.reading(f"unit:{unit}", changes[-1], dimensions=c.about)
            else:
                gone += then != now
                why = NOT_SCORED_THEN if then is None else NOT_SCORED_NOW
                yield q.none(f"unit:{unit}", why, dimensions=c.about)
        flags = counted(gone, "个单位只有其一", "units have one of the two alone")
        if changes:
            parts = {"numerator": sum(map(bool, changes)), "denominator": len(changes)}
            yield q.reading(ALL, max(map(abs, changes)), **parts, dimensions=c.about, flags=flags)
        else:
            yield q.none(ALL, NO_PAIR, dimensions=c.about, flags=flags)


@indicator(
    "cycles.results",
    of=cycle_results,
    unit="units",
    better="neither",
    zh="年终结果：各等次 g、各奖惩 a 的单位 u 数",
    en="Year-end results: units u by grade g and by award a",
    formula="#{u: g_u = g}; #{u: a_u = a}",
)
def results(q: Query) -> Iterator[Reading]:
    """Count units by grade and by award, for each cycle; of how many no award is told."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for cycle, grade, award in q.rows(
        "SELECT c.cycle, r.grade, r.award FROM cycles c "
        "LEFT JOIN cycle_results r ON r.cycle = c.cycle WHERE c.ends <= ?",
        [q.end],
    ):
        given = found.setdefault(cycle, [])
        if grade is not None:
            given.append((grade, award))
    if not found:
        yield q.none(ALL, NO_CYCLE)
    for cycle, given in found.items():
        about, units = {"cycle": cycle}, len(given)
        if not given:
            yield q.none(ALL, NO_RESULTS, dimensions=about)
        untold = sum(award is None for _, award in given)
        told = counted(untold, "个单位未注明奖惩", "units without a word on awards")
        for code, number in Counter(grade for grade, _ in given).items():
            yield q.reading(ALL, number, denominator=units, dimensions={**about, "grade": code})
        for award, number in Counter(award for _, award in given if award is not None).items():
            of = {**about, "award": award}
            yield q.reading(ALL, number, denominator=units, dimensions=of, flags=told)


@indicator(
    "cycles.contradictions",
    of=(cycles, cycle_results),
    unit="events",
    better="lower",
    per="unit",
    zh="周期中的矛盾事件 e：期末前封存、没有相应的公布件、有结果而无封存的得分、等次与得分不符",
    en="Contradictory events e: a cycle sealed before its end, or without the publication that it "
    "names; a result without a sealed score, or of another grade than its points give",
    formula="#{e}",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List cycles that are not what was published, or were sealed before they were over."""
    found = sealed_cycles(q)
    yield from listed(q, "unit", [*missealed(found), *misgraded(q, found)], inherited=False)


def missealed(found: Iterable[Cycle]) -> Iterator[Finding]:
    """Yield cycles that nothing was published for, or that were sealed before they were over.

    A digest alone that nothing fits is none: the code may have changed, and `verify --figures` says
    what differs.
    """
    for c in found:
        if c.sealed_on < c.period.end - DAY:
            yield (
                "",
                c.event,
                Words(f"{c.cycle} 在期末前封存", f"{c.cycle} was sealed before its end"),
            )
        if not c.scores and c.why is not ONLY_DIGEST:
            yield "", c.event, Words(f"{c.cycle}：{c.why.zh}", f"{c.cycle}: {c.why.en}")


def misgraded(q: Query, found: Iterable[Cycle]) -> Iterator[Finding]:
    """Yield results of units without a sealed score, and of a grade that their points do not give."""
    of_methods, names = grades(q), terms(q, "grade")
    for c in found:
        sql = "SELECT unit, grade FROM cycle_results WHERE cycle = ? ORDER BY unit"
        for unit, given in q.rows(sql, [c.cycle]) if c.scores else []:
            sealed, steps = c.scores.get(unit), of_methods.get(c.method, [])
            if sealed is None:
                yield unit, c.event, NO_SCORE
                continue
            points = sealed / MILLION
            at = place_of(points, steps)
            if steps and (at == len(steps) or steps[at][1] != given):
                name = names.get(given, words(given))
                zh, en = (
                    f"等次{name.zh}与得分 {points:g} 不符",
                    f"{name.en} is not the grade of {points:g} points",
                )
                yield unit, c.event, Words(zh, en)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of sealed cycles."""
    return Family("cycles", version=1, zh="周期", en="Cycles", **declared(__name__))
