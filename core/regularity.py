"""Regularity: how evenly over time units hold activities, by the activities' own days.

    months_hosted(q)      in how many of its months each unit hosted
    gaps(q)               the days between the days on which each unit hosted
    year_end_minutes(q)   how many of each host's minutes fall into November and December

Months and gaps are those of the units of the district, which host and co-host alike; a day counts
for every heir. Minutes are the host's alone, and go to its heirs by their shares.
"""

from itertools import pairwise
from typing import Any

from attrs import frozen

from lianjian.core.indicator import ALL, Number, Query
from lianjian.core.kit import by_unit, days_from, district_units, open_months, spread, whole_years


def _hosting_days(q: Query) -> dict[str, set[str]]:
    rows: list[Any] = q.rows("SELECT DISTINCT unit, day FROM activity_hosts")
    return {subject: set(days) for subject, days in by_unit(q, rows).items()}


def months_hosted(q: Query) -> dict[str, tuple[int, int]]:
    """Return, by subject, in how many months there was an activity, and in how many it was open.

    A part of a month is one. All have the sums of the units.
    """
    hosted, there = _hosting_days(q), open_months(q)
    found = {ALL: (0, 0)}
    for u in district_units(q):
        active = there[u.id] & {day[:7] for day in hosted.get(u.subject, ())}
        found[u.subject] = len(active), len(there[u.id])
    months, open_ = zip(*found.values(), strict=True)
    return found | {ALL: (sum(months), sum(open_))}


def gaps(q: Query) -> dict[str, list[int]]:
    """Return, by subject, the days from each day of hosting to the next, of the units that hosted."""
    hosted = _hosting_days(q)
    return {
        u.subject: [days_from(a, b) for a, b in pairwise(sorted(hosted[u.subject]))]
        for u in district_units(q)
        if u.subject in hosted
    }


MINUTES = """
    SELECT host, coalesce(sum(minutes), 0),
        coalesce(sum(CASE WHEN substr(day, 6, 2) IN ('11', '12') THEN minutes END), 0),
        count(*) - count(minutes)
    FROM activities_held WHERE day BETWEEN ? AND ? GROUP BY host
"""


@frozen
class YearEnd:
    """Minutes in November and December, in the whole year, and how many activities have none known."""

    late: Number
    minutes: Number
    blank: int


def year_end_minutes(q: Query) -> dict[str, YearEnd]:
    """Return the minutes, by subject, over the whole calendar years of the period.

    Of parts of a year no two months would be a sixth, so that without a whole year there is nothing.
    """
    years = whole_years(q.period)
    if not years:
        return {}
    rows = q.rows(MINUTES, (f"{years[0]}-01-01", f"{years[-1]}-12-31"))
    minutes, late, blank = ({row[0]: row[i] for row in rows} for i in (1, 2, 3))
    blanks = {subject: sum(some) for subject, some in by_unit(q, blank.items()).items()}
    late_of = spread(q, late)
    found = {
        f"unit:{unit}": YearEnd(late_of[unit], amount, blanks[f"unit:{unit}"])
        for unit, amount in spread(q, minutes).items()
    }
    return {ALL: YearEnd(sum(late.values()), sum(minutes.values()), blanks[ALL]), **found}
