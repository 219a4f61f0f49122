"""Who took part in what: units that had a part in activities of some forms, and how regularly.

    sure, perhaps = months_taking_part(q, ["seminar", "quiz"])
    sure["bureau-education"]          {"2021-03", "2021-05"}
    did, maybe = regularly_taking_part(q, ["seminar", "quiz"], Fraction(1, 2))

A unit has a part in what it hosts, and in what somebody of it attended. It stays open where nobody
told the forms of an activity, or how many of the unit came; what stays open is not what is not.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from fractions import Fraction

from lianjian.core.indicator import Query
from lianjian.core.kit import open_months

Months = dict[str, set[str]]

TOOK_PART = """
    WITH told AS MATERIALIZED (
        SELECT event, max(CASE WHEN format IN ({}) THEN 1 ELSE 0 END) AS fits
        FROM activity_formats GROUP BY event
    )
    SELECT p.seen_as, substr(z.day, 1, 7), max(z.sure * coalesce(t.fits, 0)) FROM (
        SELECT event, day, unit, 1 AS sure FROM activity_hosts UNION ALL
        SELECT event, day, unit, CASE WHEN attended > 0 THEN 1 ELSE 0 END FROM attendances
        WHERE coalesce(attended, 1) > 0
    ) z JOIN projections p ON p.unit = z.unit LEFT JOIN told t ON t.event = z.event
    WHERE coalesce(t.fits, 1) = 1 GROUP BY p.seen_as, substr(z.day, 1, 7)
"""


def months_taking_part(q: Query, formats: Collection[str]) -> tuple[Months, Months]:
    """Return the months ("2021-05") in which each unit of the tree took part, by unit.

    The first are those of which it is certain, the second those of which it is certain or may be.
    """
    sure: Months = defaultdict(set)
    perhaps: Months = defaultdict(set)
    sql = TOOK_PART.format(", ".join("?" * len(formats)))
    for unit, month, certain in q.rows(sql, list(formats)):
        perhaps[unit].add(month)
        if certain:
            sure[unit].add(month)
    return dict(sure), dict(perhaps)


def regularly_taking_part(
    q: Query, formats: Collection[str], share: Fraction
) -> tuple[set[str], set[str]]:
    """Return the units that took part in `share` of their months or more, and those that may have.

    A unit's months are those of the period in which it was open.
    """
    opened = open_months(q)

    def enough(found: Mapping[str, set[str]]) -> set[str]:
        return {
            u for u, was in opened.items() if len(found.get(u, set()) & was) >= share * len(was)
        }

    sure, perhaps = map(enough, months_taking_part(q, formats))
    return sure, perhaps - sure
