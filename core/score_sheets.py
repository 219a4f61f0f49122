"""Score sheets: what the methods in force give each unit, of what was judged and what was measured.

    methods, method_criteria, method_bands ──┐
    score_reviews, bonuses ──────────────────┼──▶  sheets(q)["m1"]: a Sheet a unit, one Line a criterion
    q.readings(other families' indicators) ──┘

In force is, of each scheme, the newest method adopted by the period's end. Scored are the units that
were open in the period, but for social groups and units outside the district, over which the district
has no say. A judgement belongs to the unit that was judged and does not pass to a successor.

Bonuses and reviews are those for the query's very period. What a line gives, and what it means that
one is missing, is in core/scoring.py.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lianjian.core.indicator import Query
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
