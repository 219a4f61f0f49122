"""Planned: what plans want done and how far it came, and what it rests on.

    items(q)           the items of the plans whose days touch the period, each with when it was closed
    of_each(q)         those of all, then those of each responsible unit
    reached(q)         which of them reached which of the four stages (规划—推进—监督—评估)
    open_roles(q)      which of the five roles nobody has, of each of them
    norms_followed(q)  the norms issued in the period, each with when it was first acted on
    own_norms(q)       the units that have a norm of their own in force
    mechanisms(q)      the units that have a norm, an owner, a plan, an evaluation (机制四有)
    odd_plans(q)       what contradicts itself of items, norms and plans, for `kit.listed`

A plan across New Year belongs to both years. What counts is what is known by the period's end: an
item that is evaluated in January stands open in the year before; ask for a longer period to see it
closed.
"""

from collections.abc import Iterable, Iterator

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import (
    DAY,
    RUNNING,
    Finding,
    by_unit,
    counted,
    days_from,
    in_the_tree,
    odd,
)
from lianjian.core.vocabulary import VocabularyTerm, installed

# Items, and the four stages.

ITEMS = f"""
    SELECT i.plan_item, i.obligation, i.pillar, i.unit, i.due_on, i.norm, i.owner_post, i.target_n,
        p.ends, c.closed
    FROM plan_items_to_date i JOIN plans_adopted_to_date p ON p.plan = i.plan
    LEFT JOIN (
        SELECT plan_item, min(day) AS closed FROM plan_item_evaluations_to_date
        WHERE outcome = 'met' GROUP BY plan_item
    ) c ON c.plan_item = i.plan_item
    WHERE i.plan IN ({RUNNING}) ORDER BY i.plan_item
"""


@frozen
class Item:
    """One thing that a plan wants done; `ends` is the plan's last day.

    `closed` is the first day on which it was found to be met, None while it never was.
    """

    id: str
    obligation: str
    pillar: str | None
    unit: str | None
    due_on: str | None
    norm: str | None
    owner_post: str | None
    target: int | None
    ends: str
    closed: str | None

    @property
    def in_time(self) -> bool:
        """Return whether it was closed by its day; on that day is in time."""
        return bool(self.due_on and self.closed and self.closed <= self.due_on)

    def days_late(self, q: Query) -> int:
        """Return by how many days it is past its day, and open, on the period's last day; or 0."""
        if not self.due_on or self.closed:
            return 0
        last = q.period.end - DAY
        return max(days_from(self.due_on, last.isoformat()), 0)


def items(q: Query) -> list[Item]:
    """Return the items, set by the period's end, of the plans whose days touch the period."""
    return [Item(*row) for row in q.rows(ITEMS, (q.end, q.start))]


def of_each(q: Query) -> Iterator[tuple[str, list[Item], list[Words]]]:
    """Yield the items of all, with a flag for those without a unit, then those of each unit.

    An item is a duty and no amount: it goes whole to each heir of its unit.
    """
    for subject, own in by_unit(q, [(item.unit, item) for item in items(q)]).items():
        nobody = sum(item.unit is None for item in own)
        yield subject, own, counted(nobody, "项未定责任单位", "items without a responsible unit")


def without_day(some: Iterable[Item]) -> list[Words]:
    """Return a flag that says how many items have no due day."""
    return counted(sum(i.due_on is None for i in some), "项未定期限", "items without a due day")


def activities_held(q: Query) -> dict[str, int]:
    """Return, by item, how many activities served it by the period's end; none is left out."""
    sql = "SELECT plan_item, count(DISTINCT activity) FROM plan_item_activities_to_date "
    return dict(q.rows(sql + "GROUP BY plan_item"))


STAGES = {
    "advance": "SELECT plan_item FROM plan_item_activities_to_date UNION "
    "SELECT target FROM evidence_to_date WHERE kind_of_target = 'plan_item'",
    "supervise": "SELECT DISTINCT plan_item FROM check_plan_items_to_date",
    "evaluate": "SELECT DISTINCT plan_item FROM plan_item_evaluations_to_date",
}


def reached(q: Query) -> dict[str, set[str]]:
    """Return, by stage, the items that reached it; each was planned.

    An activity or a file of evidence advances an item, a check supervises it, and any evaluation
    evaluates it, whatever it found. Every item that an activity serves is advanced by it.
    """
    ids = {item.id for item in items(q)}
    return {"plan": ids} | {stage: ids.intersection(q.column(sql)) for stage, sql in STAGES.items()}


def open_roles(q: Query) -> dict[str, list[VocabularyTerm]]:
    """Return, by item, which of the five roles no unit has."""
    roles = installed()["role"].values()
    taken = set(q.rows("SELECT DISTINCT plan_item, role FROM plan_item_roles_to_date"))
    return {i.id: [r for r in roles if (i.id, r.code) not in taken] for i in items(q)}


# Norms, and what else a unit's work rests on.

FOLLOWED = """
    SELECT n.norm, n.issuer, n.day, min(a.day) FROM norms_issued n
    LEFT JOIN plan_items_to_date i ON i.norm = n.norm
    LEFT JOIN plan_item_activities_to_date a ON a.plan_item = i.plan_item AND a.day >= n.day
    GROUP BY n.norm, n.issuer, n.day ORDER BY n.norm
"""


def norms_followed(q: Query) -> list[tuple[str, str, str, str | None]]:
    """Return (id, issuer, day of issue, day) of the norms that were issued in the period.

    The last is that of the first activity, on or after the issue, which serves an item that cites
    this very version; None where there is none by the period's end.
    """
    return [(norm, issuer, issued, first) for norm, issuer, issued, first in q.rows(FOLLOWED)]


def own_norms(q: Query) -> set[str]:
    """Return the units of the tree that have a norm of their own in force at the period's end.

    Of the versions of a rule the latest is in force, whoever it belongs to.
    """
    latest = q.rows(
        "SELECT v.series, n.unit FROM norm_versions_to_date v "
        "JOIN norms_issued_to_date n ON n.event = v.event ORDER BY v.day, v.event"
    )
    return in_the_tree(q, dict(latest).values())


OWNED = "SELECT plan_item FROM plan_item_roles_to_date WHERE role = 'own'"
PLANNING = f"SELECT DISTINCT unit FROM plans_adopted_to_date WHERE plan IN ({RUNNING})"
EVALUATED = """
    SELECT DISTINCT i.unit FROM plan_item_evaluations e
    JOIN plan_items_to_date i ON i.plan_item = e.plan_item
"""


def mechanisms(q: Query) -> dict[Words, set[str]]:
    """Return, by mechanism, the units of the tree that have it.

    A norm of its own, in force at the period's end; an owner of one of its items, be it a post or
    whoever has the role; a plan whose days touch the period; an item evaluated in the period.
    """
    owned = set(q.column(OWNED))
    owners = {i.unit for i in items(q) if i.owner_post or i.id in owned}
    return {
        Words("制度", "a norm"): own_norms(q),
        Words("责任人", "an owner"): in_the_tree(q, owners),
        Words("计划", "a plan"): in_the_tree(q, q.column(PLANNING, (q.end, q.start))),
        Words("评估", "an evaluation"): in_the_tree(q, q.column(EVALUATED)),
    }


# What contradicts itself. What was set after the period's end is not there at all; and that nothing
# was done is no contradiction where that is what was found.

ODD = (
    (
        "期限 {} 在计划起止之外",
        "due on {}, outside the plan",
        """
        SELECT i.plan_item, i.event, i.due_on FROM plan_items i
        JOIN plans_adopted_to_date p ON p.plan = i.plan
        WHERE i.due_on < p.starts OR i.due_on > p.ends
        """,
    ),
    (
        "{} 评估时尚未设立",
        "evaluated on {}, before it was set",
        """
        SELECT e.plan_item, e.event, e.day FROM plan_item_evaluations e
        LEFT JOIN plan_items_to_date i ON i.plan_item = e.plan_item
        WHERE i.day IS NULL OR i.day > e.day
        """,
    ),
    (
        "{} 未推进即评估",
        "evaluated on {}, before it was advanced",
        """
        WITH advanced AS MATERIALIZED (
            SELECT plan_item, min(day) AS first FROM (
                SELECT plan_item, day FROM plan_item_activities_to_date UNION ALL
                SELECT target, day FROM evidence_to_date WHERE kind_of_target = 'plan_item'
            ) z GROUP BY plan_item
        )
        SELECT e.plan_item, e.event, e.day FROM plan_item_evaluations e
        LEFT JOIN advanced a ON a.plan_item = e.plan_item
        WHERE e.outcome <> 'unmet' AND (a.first IS NULL OR a.first > e.day)
        """,
    ),
    (
        "{} 同日有另一版生效",
        "{} has another version in force from the same day",
        """
        SELECT NULL, v.event, v.series FROM norm_versions v WHERE EXISTS (
            SELECT 1 FROM norm_versions w
            WHERE w.series = v.series AND w.day = v.day AND w.event < v.event
        )
        """,
    ),
    (
        "计划 {} 超出上位计划起止",
        "plan {} reaches beyond the plan it is within",
        """
        SELECT NULL, p.event, p.plan FROM plans_adopted p JOIN plans_adopted_to_date w
        ON w.plan = p.within WHERE p.starts < w.starts OR p.ends > w.ends
        """,
    ),
)


def odd_plans(q: Query) -> Iterator[Finding]:
    """Yield what contradicts itself: of items under these, of norms and plans under nobody."""
    for zh, en, sql in ODD:
        yield from odd(q, sql, zh, en)
