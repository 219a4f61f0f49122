"""Score sheets: what the methods in force give each unit, of what was judged and what was measured.

    methods, method_criteria, method_bands ──┐
    score_reviews, bonuses ──────────────────┼──▶  sheets(q)["m1"]: a Sheet a unit, one Line a criterion
    q.readings(other families' indicators) ──┘

In force is, of each scheme, the newest method adopted by the period's end. Scored are the units that
were open in the period, but for social groups and units outside the district, over which the district
has no say. A judgement belongs to the unit that was judged and does not pass to a successor.

Bonuses and reviews are those for the query's very period. What a line gives, and what it means that
one is missing, is in core/scoring.py. What was judged and fits no sheet is `odd_judgements`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import Finding, odd
from lianjian.core.scoring import (
    UNREVIEWED,
    Bonus,
    Line,
    Rule,
    Sheet,
    computed,
    missing,
    scored,
    with_bonus,
)

SCORED = "u.kind NOT IN ('social', 'external')"  # of the view `units`, as `u`


def in_force(q: Query) -> dict[str, str | None]:
    """Return the methods in force, in order, each with the one that it superseded, if any."""
    newest = {
        scheme: (method, before)
        for scheme, method, before in q.rows(
            "SELECT scheme, method, lag(method) OVER (PARTITION BY scheme ORDER BY day, event) "
            "FROM methods_to_date ORDER BY day, event"
        )
    }
    return dict(sorted(newest.values()))


def superseded(q: Query) -> dict[str, str]:
    """Return the methods that one in force superseded, each with that one."""
    return {before: method for method, before in in_force(q).items() if before is not None}


def adopted_rules(q: Query) -> dict[str, list[Rule]]:
    """Return the criteria of every method adopted by the period's end, in order of name."""
    bands: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    sql = "SELECT method, criterion, at_least, score FROM method_bands_to_date ORDER BY at_least"
    for method, criterion, at_least, score in q.rows(sql):
        bands[method, criterion].append((at_least, score))
    rules: dict[str, list[Rule]] = defaultdict(list)
    for method, criterion, *rest in q.rows(
        "SELECT method, criterion, indicator, section, missing, weight_bp, cap "
        "FROM method_criteria_to_date ORDER BY method, criterion"
    ):
        rules[method].append(Rule(criterion, tuple(bands[method, criterion]), *rest))
    return rules


def grades(q: Query) -> dict[str, list[tuple[int, str]]]:
    """Return the grades of each method that has any, the best first, as (score from which on, grade)."""
    found: dict[str, list[tuple[int, str]]] = {}
    sql = "SELECT method, at_least, grade FROM method_grades_to_date ORDER BY at_least DESC"
    for method, at_least, grade in q.rows(sql):
        found.setdefault(method, []).append((at_least, grade))
    return found


def sheets(q: Query, older: Mapping[str, str] | None = None) -> dict[str, list[Sheet]]:
    """Return a sheet for each unit that is scored, by method in force; {} where there is none.

    `older` are superseded methods to score by in their stead, each with the one in force: what was
    judged by that one counts for a criterion of the same name.
    """
    units = q.rows(f"SELECT u.unit, u.days FROM units u WHERE {SCORED} ORDER BY u.unit")
    of = {method: method for method in in_force(q)} if older is None else older
    if not units:
        return {}
    rules, ids = adopted_rules(q), [unit for unit, _ in units]
    made = {}
    for method, judged in of.items():
        rows = zip(*(lines(q, (method, judged), rule, ids) for rule in rules[method]), strict=True)
        made[method] = [
            Sheet(f"unit:{unit}", {"method": method}, days, row)
            for (unit, days), row in zip(units, rows, strict=True)
        ]
    return made


def lines(q: Query, of: tuple[str, str], rule: Rule, units: Sequence[str]) -> list[Line]:
    """Return what a criterion gives each unit, judged by either of two methods."""
    given = bonuses_given(q, of, rule.criterion)
    if rule.indicator is not None:
        readings = {r.subject: r for r in q.readings(rule.indicator) if not r.dimensions}
        found = [computed(rule, readings.get(f"unit:{u}")) for u in units]
    else:
        reviews = reviewed(q, of, rule.criterion)
        found = [
            scored(rule, reviews[u]) if u in reviews else missing(rule, UNREVIEWED) for u in units
        ]
    return [with_bonus(rule, line, given[u]) for u, line in zip(units, found, strict=True)]


def reviewed(q: Query, of: tuple[str, str], criterion: str) -> dict[str, int]:
    """Return the newest review of each unit; where there are some by both methods, by the first."""
    sql = (
        "SELECT unit, score FROM score_reviews WHERE method IN (?, ?) AND criterion = ? "
        "AND day = ? AND ends = ? ORDER BY CASE WHEN method = ? THEN 1 ELSE 0 END, event"
    )
    return dict(q.rows(sql, [*of, criterion, q.start, q.end, of[0]]))


def bonuses_given(q: Query, of: tuple[str, str], criterion: str) -> dict[str, list[Bonus]]:
    """Return the bonuses of each unit, by both methods."""
    found: dict[str, list[Bonus]] = defaultdict(list)
    sql = (
        "SELECT unit, basis, points FROM bonuses WHERE method IN (?, ?) AND criterion = ? "
        "AND day = ? AND ends = ? ORDER BY event"
    )
    for unit, basis, points in q.rows(sql, [*of, criterion, q.start, q.end]):
        found[unit].append((basis, points))
    return found


# What no sheet can use.


def odd_judgements(q: Query) -> list[Finding]:
    """Return reviews and bonuses of periods within the query's that no score can use."""
    return [*misjudged(q, "score_reviews"), *misjudged(q, "bonuses"), *credited_twice(q)]


MISJUDGED = {
    "method": ("办法 {0} 未在该期施行", "{0} was not in force for its period"),
    "criterion": ("办法 {0} 没有标准 {1}", "{0} has no {1}"),
    "computed": ("标准 {1} 由日志计算", "{1} is computed by the log"),
    "unit": ("该单位不参评", "the unit is not scored"),
}


def misjudged(q: Query, table: str) -> Iterator[Finding]:
    """Yield reviews, or bonuses, that are about nothing that is scored; of reasons, the first.

    A method is in force for a period that ends after its day and not after that of the next one.
    """
    sql = f"""
        SELECT r.unit, r.event, r.method, r.criterion, CASE
            WHEN m.method IS NULL OR m.day >= r.ends OR m.next_day < r.ends THEN 'method'
            WHEN c.criterion IS NULL THEN 'criterion'
            WHEN c.indicator IS NOT NULL AND '{table}' = 'score_reviews' THEN 'computed'
            WHEN r.unit NOT IN (
                SELECT p.unit FROM projections p JOIN units u ON u.unit = p.seen_as WHERE {SCORED}
            ) THEN 'unit' END AS why
        FROM {table} r
        LEFT JOIN (
            SELECT method, day, lead(day) OVER (PARTITION BY scheme ORDER BY day, event) AS next_day
            FROM methods_to_date
        ) m ON m.method = r.method
        LEFT JOIN method_criteria_to_date c ON c.method = r.method AND c.criterion = r.criterion
        WHERE r.ends <= ?
    """
    for unit, event, method, criterion, why in q.rows(sql, [q.end]):
        if why is not None:
            zh, en = (text.format(method, criterion) for text in MISJUDGED[why])
            yield unit, event, Words(zh, en)


def credited_twice(q: Query) -> Iterator[Finding]:
    """Yield bonuses whose basis an earlier one has for the same unit, criterion and period."""
    sql = """
        SELECT unit, event, basis FROM (
            SELECT unit, event, basis, min(event) OVER (
                PARTITION BY unit, method, criterion, day, ends, basis
            ) AS earliest FROM bonuses WHERE ends <= ? AND basis IS NOT NULL
        ) b WHERE event > earliest
    """
    yield from odd(q, sql, "依据 {0} 重复加分", "{0} is credited twice", [q.end])
