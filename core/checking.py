"""Checks of the period, as the tables of `supervision` have them: each, and all together.

    heard(q)["npc-2021"]            (17, 7): units heard, and how many of them are named
    each(q, {"npc-2021": 118}, …)   a reading of each
    tallied(q, SESSIONS)            sessions by method, of all checks and of each
    missing_steps(q)                which steps of the procedure each check has not on record
    odd_checks(q)                   what contradicts itself of them, for `kit.listed`

A check is of the period in which it began.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.indicator import ALL, Query, Reading
from lianjian.core.kit import Finding, counted, named, odd, terms

NO_CHECK = Words("期间内没有监督检查", "no check began in the period")
STEPS = (
    Words("列入计划", "in a plan"),
    Words("受托", "delegated"),
    Words("事前批准", "approved before it began"),
    Words("启动会", "a kick-off"),
    Words("审议", "deliberated"),
)


def subject_of(inspection: str) -> str:
    """Return the subject of a check's readings."""
    return f"inspection:{inspection}"


def heard(q: Query) -> dict[str, tuple[int, int] | None]:
    """Return how many units each check heard and how many it names; None where it says neither."""
    sql = """
        SELECT c.inspection, c.units_total, count(u.unit) FROM checks c
        LEFT JOIN check_units u ON u.event = c.event GROUP BY c.inspection, c.units_total
    """
    return {
        inspection: None if total is None and not names else (max(total or 0, names), names)
        for inspection, total, names in q.rows(sql)
    }


def each(
    q: Query,
    amounts: Mapping[str, int | None],
    none: Words,
    flags: Mapping[str, Sequence[Words]] = MappingProxyType({}),
) -> Iterator[Reading]:
    """Yield an amount of each check, by id, with its flags; `none` says why one has none."""
    if not amounts:
        yield q.none(ALL, NO_CHECK)
    for inspection, amount in amounts.items():
        subject, said = subject_of(inspection), flags.get(inspection, ())
        if amount is None:
            yield q.none(subject, none, flags=said)
        else:
            yield q.reading(subject, amount, flags=said)


def of_each(q: Query, columns: str, source: str, group: str = "1") -> list[tuple[Any, ...]]:
    """Return rows of columns that SQL sums up: those of all checks (`all`), then of each by subject."""
    return [
        row
        for subject in (f"'{ALL}'", "'inspection:' || inspection")
        for row in q.rows(f"SELECT {subject}, {columns} FROM {source} GROUP BY {group}")
    ]


@frozen
class Tally:
    """What is counted of checks by code: SQL for the code (the `dimension`), the `amount`, from where.

    Rows whose code is "" have none, and `uncoded` says how many they are. With a `total` the amounts
    add up, these included; without a `scheme` only codes that occur are told. `none` says why a check
    has no value.
    """

    dimension: str
    source: str
    none: Words
    scheme: str = ""
    amount: str = "count(*)"
    total: bool = False
    uncoded: tuple[str, str] = ("", "")


SESSIONS = Tally(
    "method",
    "check_sessions",
    Words("未登记场次", "sessions are not recorded"),
    scheme="method",
    total=True,
)
TOPICS = Tally(  # a session on two topics counts for both, so there is no sum
    "topic",
    """(
        SELECT inspection, topic FROM check_topics
        UNION ALL SELECT inspection, '' AS topic FROM check_sessions WHERE topics = 0
    ) z""",
    Words("未登记专题", "topics are not recorded"),
    scheme="check_topic",
    uncoded=("场未注明专题", "sessions do not say on what"),
)
TEAM = Tally(  # of a role that is not told, nobody knows the number
    "role",
    "check_team",
    Words("未登记调研组", "the team is not recorded"),
    amount="sum(persons)",
)
NORMS = Tally(  # for all checks a norm counts once
    "issuer",
    """(
        SELECT c.inspection, c.norm, coalesce(i.issuer, '') AS issuer FROM check_norms c
        LEFT JOIN norms_issued_to_date i ON i.norm = c.norm
    ) z""",
    Words("未登记依据", "norms are not recorded"),
    scheme="issuer",
    amount="count(DISTINCT norm)",
    total=True,
    uncoded=("项期末尚未制定", "not issued by the period's end"),
)


def tallied(q: Query, of: Tally) -> Iterator[Reading]:
    """Yield amounts by code, of all checks and of each; who says nothing is named beside all."""
    begun = q.column("SELECT inspection FROM checks ORDER BY inspection")
    found: dict[str, Counter[str]] = {ALL: Counter()}
    found |= {subject_of(inspection): Counter() for inspection in begun}
    for subject, code, count in of_each(q, f"{of.dimension}, {of.amount}", of.source, "1, 2"):
        found[subject][code] = count
    remarks = {subject: counted(amounts[""], *of.uncoded) for subject, amounts in found.items()}
    if not of.total:
        for amounts in found.values():
            del amounts[""]
    silent = [inspection for inspection in begun if not found[subject_of(inspection)]]
    remarks[ALL] = [*named(of.none.zh, of.none.en, silent), *remarks[ALL]]
    known = terms(q, of.scheme) if of.scheme else {}
    for subject, amounts in found.items():
        flags = remarks[subject]
        if not amounts:
            yield q.none(subject, of.none if begun else NO_CHECK, flags=flags)
            continue
        if of.total:
            yield q.reading(subject, amounts.total(), flags=flags)
        for code in filter(None, dict.fromkeys([*known, *amounts])):
            marks, said = {of.dimension: code}, () if of.total else flags
            yield q.reading(subject, amounts[code], dimensions=marks, flags=said)


def missing_steps(q: Query) -> dict[str, list[Words]]:
    """Return which of STEPS each check, by id, has not on record by the period's end."""
    sql = """
        SELECT c.inspection,
            c.event IN (SELECT event FROM check_plan_items),
            c.delegated_by IS NOT NULL,
            c.approved_by IS NOT NULL AND c.approved_on <= c.day,
            c.event IN (SELECT event FROM check_sessions WHERE kickoff = 'yes'),
            c.inspection IN (SELECT inspection FROM deliberations_to_date)
        FROM checks c
    """
    return {
        inspection: [step for step, there in zip(STEPS, taken, strict=True) if not there]
        for inspection, *taken in q.rows(sql)
    }


_ODD = (  # the check, the position, and what was seen; and how it is said
    (
        """
        SELECT c.inspection, c.event, c.units_total, count(*) FROM checks c
        JOIN check_units u ON u.event = c.event
        GROUP BY c.inspection, c.event, c.units_total HAVING count(*) > c.units_total
        """,
        "受检 {0} 家，列名 {1} 家",
        "{0} units heard, {1} named",
    ),
    (
        "SELECT inspection, event, approved_on FROM checks WHERE approved_on > day",
        "{0} 批准，已经开始",
        "approved on {0}, when it had begun",
    ),
    (
        """
        SELECT DISTINCT c.inspection, c.event, s.held_on FROM checks c
        JOIN check_sessions s ON s.event = c.event WHERE s.held_on < c.day OR s.held_on > c.ends
        """,
        "{0} 的场次不在检查期间",
        "a session on {0}, outside the check",
    ),
    (
        """
        SELECT d.inspection, d.event, d.day FROM deliberations d
        JOIN checks_to_date c ON c.inspection = d.inspection WHERE d.day < coalesce(c.ends, c.day)
        """,
        "{0} 审议时尚未结束",
        "deliberated on {0}, before it ended",
    ),
)


def odd_checks(q: Query) -> Iterator[Finding]:
    """Yield what contradicts itself of checks, their sessions, and the deliberation of their reports."""
    for sql, zh, en in _ODD:
        yield from odd(q, sql, zh, en)
