"""Evaluation: how well each unit does under the adopted method (指标量化，软性多、硬性少).

A method is adopted once and never changed: criteria with weights, each either read out of the log
(an indicator, mapped to a score by bands) or judged by people (a soft one, `score.reviewed`). This
family computes no figure of its own about education; it asks the query for other families' readings.

    core/methods.py        the events, and the facts that they state
    core/score_sheets.py   a sheet per unit and method in force, one line a criterion
    core/scoring.py        points, places, and what small changes of the weights do to them
    this file              the readings

A criterion without a score is missing, and its own policy says what that means:

                     in the score       in completeness
    renormalise      left out           applies, does not count
    zero             counts, as 0       counts
    not_applicable   left out           does not apply

Methods of different schemes stand side by side, so an old and a new one can score the same log. Bands
begin at basis points where the indicator is a share or a ratio, at whole units of it otherwise. A
bonus adds to one criterion, up to the criterion's cap; one basis counts once in a criterion. Signs of
gaming (core/signs.py) are flags of the score and take nothing from it. Whoever is scored on less than
80% of what applies is neither ranked nor graded. How a cycle is sealed is told in `cycles.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activities_held,
    activity_formats,
    attendances,
    check_units,
    declared,
    hookimpl,
    indicator,
    plan_item_evaluations,
)
from lianjian.core.indicator import words
from lianjian.core.kit import counted, district_units, listed, terms, weight
from lianjian.core.methods import (
    bonuses,
    cycle_results,
    method_criteria,
    method_grades,
    methods,
    score_reviews,
)
from lianjian.core.score_sheets import (
    adopted_rules,
    grades,
    in_force,
    odd_judgements,
    sheets,
    superseded,
)
from lianjian.core.scoring import NONE_COUNTS, Line, Sheet, place_of, places, rank_range
from lianjian.core.signs import NOT_A_YEAR, SIGNS, is_year, signs

NO_METHOD = Words("截至期末没有通过的评估办法", "no method was adopted by the period's end")
NO_UNIT = Words("期间内没有可评估的单位", "no unit that could be scored was open in the period")
NO_OLDER = Words("没有被取代的办法", "no method was superseded")
NO_GROUPS = Words("办法未将标准分组", "the method has no groups of criteria")
NO_GRADES = Words("办法未定等次", "the method has no grades")
NO_GRADE = Words("未达任何等次", "below all grades")
NONE_APPLIES = Words("没有一项标准适用", "no criterion applies")
NOT_BOTH = Words("新旧办法之一未排名", "not ranked under one of the two methods")

JUDGED = methods, score_reviews, bonuses


# 1. Scores, and what they are made of. Most figures have the dimension `method`.


def in_order(made: Mapping[str, Sequence[Sheet]]) -> list[Sheet]:
    """Return the sheets of all methods."""
    return [sheet for of in made.values() for sheet in of]


def nothing(q: Query, made: object) -> Iterator[Reading]:
    """Yield the one reading of a period in which nothing was `made` of the methods in force."""
    if not made:
        yield q.none(ALL, NO_UNIT if in_force(q) else NO_METHOD)


def together(
    q: Query, sheet: Sheet, of: Sequence[Line], flags: Sequence[Words] = (), **about: str
) -> Reading:
    """Return the points of some lines of a sheet; the flags say what is missing, and why."""
    points = Fraction(sum(line.earned for line in of), 100)
    said = [*(flag for line in of for flag in line.flags), *flags]
    if sheet.days < q.period.days:
        part = f"{sheet.days}/{q.period.days}"
        said.append(Words(f"期间存续 {part} 天", f"open for {part} days of the period"))
    counts = sum(line.counts for line in of)
    marks = {**sheet.about, **about}
    return q.ratio(sheet.subject, points, counts, NONE_COUNTS, dimensions=marks, flags=said)


@indicator(
    "evaluation.score",
    of=JUDGED,
    unit="points",
    better="higher",
    per="unit",
    zh="评估得分：Σ 权重×得分 ÷ Σ 权重，缺失的标准按其自身规定处理，加分 b 以标准的上限 c 为限",
    en="Score: sum of weight x score / sum of weight, missing criteria by their own policy, "
    "bonuses b up to the cap c of their criterion",
    formula="Σ w·min(s + Σ b, c) / Σ w",
)
def score(q: Query) -> Iterator[Reading]:
    """Score each unit; the flags say what is missing and why, who was open in part, and signs."""
    made = sheets(q)
    yield from nothing(q, made)
    seen: dict[str, list[Words]] = defaultdict(list)
    if made:
        for r in q.readings("evaluation.warnings"):
            seen[r.subject] += r.flags
    for sheet in in_order(made):
        yield together(q, sheet, sheet.lines, seen[sheet.subject])


@indicator(
    "evaluation.completeness",
    of=JUDGED,
    unit="share",
    better="higher",
    per="unit",
    zh="完整度：计入得分的权重 w ÷ 适用的权重 a",
    en="Completeness: weight w that counts in the score / weight a that applies",
    formula="Σ w / Σ a",
)
def completeness(q: Query) -> Iterator[Reading]:
    """Tell on how much of the method a unit's score rests."""
    made = sheets(q)
    yield from nothing(q, made)
    for s in in_order(made):
        yield q.ratio(s.subject, s.counted, s.applies, NONE_APPLIES, dimensions=s.about)


@indicator(
    "evaluation.contributions",
    of=JUDGED,
    unit="points",
    better="higher",
    per="unit",
    zh="得分构成：每项标准对得分贡献的分数，合计等于得分",
    en="Waterfall: the points that each criterion contributes to the score, which they add to",
    formula="w_i·s_i / Σ w",
)
def contributions(q: Query) -> Iterator[Reading]:
    """Split each score by criterion; what was left out of it has no points, not 0."""
    made = sheets(q)
    yield from nothing(q, made)
    for s in in_order(made):
        for line in s.lines:
            of, points = {**s.about, "criterion": line.criterion}, Fraction(line.earned, 100)
            if line.counts:
                said = line.flags
                yield q.ratio(s.subject, points, s.counted, NONE_COUNTS, dimensions=of, flags=said)
            else:
                why = line.why or NONE_COUNTS
                yield q.none(s.subject, why, dimensions=of, flags=line.remarks)


@indicator(
    "evaluation.group_score",
    of=(method_criteria, score_reviews, bonuses),
    unit="points",
    better="higher",
    per="unit",
    zh="分组得分：组 G 内 Σ 权重×得分 ÷ Σ 权重",
    en="Score within a group G of criteria",
    formula="Σ w_i·s_i / Σ w_i, i ∈ G",
)
def group_score(q: Query) -> Iterator[Reading]:
    """Score each group (`section`) of criteria by itself; a criterion outside all is in none."""
    made = sheets(q)
    yield from nothing(q, made)
    if made and not any(line.section for sheet in in_order(made) for line in sheet.lines):
        yield q.none(ALL, NO_GROUPS)
    for sheet in in_order(made):
        for section in sorted({line.section for line in sheet.lines if line.section}):
            of = [line for line in sheet.lines if line.section == section]
            yield together(q, sheet, of, section=section)


# 2. Ranks and grades.


@indicator(
    "evaluation.rank",
    of=JUDGED,
    unit="rank",
    better="lower",
    per="unit",
    zh="名次：1 为最高，同分取较小名次；完整度不足 80% 不排名",
    en="Rank: 1 is best, ties share the smaller rank; not ranked below 80 percent completeness",
    formula="1 + #{v: s_v > s_u}",
)
def rank(q: Query) -> Iterator[Reading]:
    """Rank by the scores as they are published, so that whoever reads those can check it."""
    made = sheets(q)
    yield from nothing(q, made)
    for of in made.values():
        found = places(of)
        for s in of:
            if s.unranked:
                yield q.none(s.subject, s.unranked, dimensions=s.about)
            else:
                place, ranked = found[s.subject], len(found)
                yield q.reading(s.subject, place, denominator=ranked, dimensions=s.about)


@indicator(
    "evaluation.rank_range",
    of=(*JUDGED, method_criteria),
    unit="rank",
    better="lower",
    per="unit",
    zh="名次区间：各权重 w_j 单独增减一成、其余折算后的最好与最差名次",
    en="Rank, and the best and worst rank where each weight w_j alone moves by a tenth",
    formula="min, max rank: w_j′ = w_j·(1 ± 0.1), w_i′ = w_i·(1 - w_j′) / (1 - w_j)",
)
def rank_intervals(q: Query) -> Iterator[Reading]:
    """Tell how firm a rank is: its own, and the best and the worst that small changes give."""
    made, rules = sheets(q), adopted_rules(q)
    yield from nothing(q, made)
    for method, of in made.items():
        found = rank_range(of, {rule.criterion: rule.weight for rule in rules[method]})
        for s in of:
            if s.unranked:
                yield q.none(s.subject, s.unranked, dimensions=s.about)
            else:
                ends, ranked = found[s.subject], len(found)
                yield q.estimate(s.subject, *ends, denominator=ranked, dimensions=s.about)


@indicator(
    "evaluation.dual_score",
    of=JUDGED,
    unit="points",
    better="neither",
    per="unit",
    zh="按被取代的旧办法（权重 v）计算的得分",
    en="Score under the method that was superseded, of weights v",
    formula="Σ v·s / Σ v",
)
def dual_score(q: Query) -> Iterator[Reading]:
    """Score the same log by the older method of each scheme.

    What was judged by the method in force counts for a criterion of the same name; what nobody
    judged is missing.
    """
    older = superseded(q)
    made = sheets(q, older)
    if not made:
        yield q.none(ALL, NO_UNIT if older else NO_OLDER)
    for sheet in in_order(made):
        yield together(q, sheet, sheet.lines)


@indicator(
    "evaluation.rank_move",
    of=JUDGED,
    unit="rank",
    better="neither",
    per="unit",
    zh="新旧办法名次变化：旧名次 r_0 - 新名次 r_1",
    en="Move of rank: r_0 under the old method - r_1 under the new",
    formula="r_0 - r_1",
)
def rank_move(q: Query) -> Iterator[Reading]:
    """Subtract the new place from the old one: above 0 a unit rises under the new method."""
    older = superseded(q)
    new_sheets, old_sheets = sheets(q), sheets(q, older)
    if not old_sheets:
        yield q.none(ALL, NO_UNIT if older else NO_OLDER)
    for old, of in old_sheets.items():
        new = older[old]
        before, after = places(of), places(new_sheets[new])
        about = {"method": new, "before": old}
        for subject in (s.subject for s in of):
            if subject in before and subject in after:
                yield q.reading(subject, before[subject] - after[subject], dimensions=about)
            else:
                yield q.none(subject, NOT_BOTH, dimensions=about)


@indicator(
    "evaluation.grade",
    of=(*JUDGED, method_grades),
    unit="grade",
    better="lower",
    per="unit",
    zh="等次：第几等，1 为最高一等，未达任何等次为等数加 1；g 为各等的起点分；完整度不足 80% 不定等次",
    en="Grade, by its number: 1 is the first and best, one more than there are is below all; g are "
    "the points from which on each is given; no grade below 80 percent completeness",
    formula="1 + #{g: g > s}",
)
def grade(q: Query) -> Iterator[Reading]:
    """Give each score the first grade that it reaches, named by the flag; none to who is not ranked."""
    made, of_methods, names = sheets(q), grades(q), terms(q, "grade")
    yield from nothing(q, made)
    for method, of in made.items():
        steps = of_methods.get(method, [])
        if not steps:
            yield q.none(ALL, NO_GRADES, dimensions={"method": method})
            continue
        called = [names.get(code, words(code)) for _, code in steps] + [NO_GRADE]
        for s in of:
            if s.unranked or s.score is None:
                yield q.none(s.subject, s.unranked or NONE_COUNTS, dimensions=s.about)
            else:
                at = place_of(s.score, steps)
                yield q.reading(
                    s.subject,
                    at + 1,
                    denominator=len(steps),
                    dimensions=s.about,
                    flags=[called[at]],
                )


@indicator(
    "evaluation.hardness",
    of=methods,
    unit="share",
    better="higher",
    zh="硬度：由日志自动计算的标准所占权重（针对软性指标多、硬性指标少），h 为其权重",
    en="Hardness: the share of a method's weight that the log itself computes, h",
    formula="Σ h / Σ w",
)
def hardness(q: Query) -> Iterator[Reading]:
    """Divide the weight of criteria with an indicator by all weight, for each method in force."""
    rules, found = adopted_rules(q), in_force(q)
    if not found:
        yield q.none(ALL, NO_METHOD)
    for method in found:
        hard = sum(rule.weight for rule in rules[method] if rule.indicator)
        whole = sum(rule.weight for rule in rules[method])
        yield q.ratio(ALL, hard, whole, NONE_APPLIES, dimensions={"method": method})


# 3. What is looked at beside the score: signs of gaming, and the four measures.


@indicator(
    "evaluation.warnings",
    of=(activities_held, attendances),
    unit="items",
    better="lower",
    per="unit",
    zh="防注水提示 z 的个数：同日重复、人数取整、佐证雷同、年末突击、讲授拉长",
    en="Signs of gaming z: same-day duplicates, round headcounts, identical evidence, November "
    "burst, padded lectures",
    formula="#{z}",
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
TRAINED = (
    "a.event IN (SELECT event FROM activity_formats "
    "WHERE format IN ('class', 'special', 'centre_group'))"
)
# Judgements alone do not pass to heirs: those rows have their unit itself.
MET = f"""
    SELECT 'training', p.seen_as FROM attendances a JOIN projections p ON p.unit = a.unit
    WHERE a.attended > 0 AND {TRAINED}
    UNION SELECT 'supervision', p.seen_as FROM check_units c JOIN projections p ON p.unit = c.unit
    UNION SELECT 'interim', p.seen_as FROM plan_item_evaluations e
    JOIN plan_items_to_date i ON i.plan_item = e.plan_item JOIN projections p ON p.unit = i.unit
    UNION SELECT 'interim', unit FROM score_reviews WHERE ends <= ? AND NOT (day = ? AND ends = ?)
    UNION SELECT 'year_end', unit FROM cycle_results WHERE day = ? AND ends = ?
"""


@indicator(
    "evaluation.measures",
    of=(attendances, activity_formats, check_units, plan_item_evaluations, cycle_results),
    unit="share",
    better="higher",
    per="unit",
    zh="四项措施落实率：集中培训、精准监督、阶段评估、年终考核中落实的项数 m ÷ 4",
    en="Four measures: m of training, checks, interim evaluation, year-end result that a unit saw / 4",
    formula="m / 4",
)
def four_measures(q: Query) -> Iterator[Reading]:
    """Count which of the four a unit has seen; all are the mean, by days open.

    An interim evaluation is that of a plan item, or a review for less than the whole period.
    """
    met = set(q.rows(MET, [q.end, q.start, q.end, q.start, q.end]))
    units = [u for u in district_units(q) if u.kind != "social"]
    done = Fraction(0)
    for u in units:
        lacking = [said for name, said in MEASURES.items() if (name, u.id) not in met]
        zh, en = "、".join(w.zh for w in lacking), ", ".join(w.en for w in lacking)
        flags = [Words(f"缺：{zh}", f"missing: {en}")] if lacking else []
        seen = len(MEASURES) - len(lacking)
        done += seen * u.weight
        yield q.ratio(u.subject, seen, len(MEASURES), NO_UNIT, flags=flags)
    blank = q.one(f"SELECT count(*) FROM attendances a WHERE a.attended IS NULL AND {TRAINED}")
    flags = counted(blank, "行培训到场人数空白", "lines of training without a number")
    yield q.ratio(ALL, done, len(MEASURES) * weight(units), NO_UNIT, flags=flags)


# 4. What cannot be.


@indicator(
    "evaluation.contradictions",
    of=(methods, score_reviews, bonuses),
    unit="events",
    better="lower",
    per="unit",
    zh="评估中的矛盾事件 e：标准不存在或由日志计算、办法未施行、单位不参评、依据重复加分",
    en="Contradictory events e: no such criterion, or one the log computes; method or unit not in "
    "play; a basis credited twice",
    formula="#{e}",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what no score can use; of periods within the query's."""
    yield from listed(q, "unit", odd_judgements(q), inherited=False)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of evaluation."""
    return Family("evaluation", version=3, zh="评估", en="Evaluation", **declared(__name__))
