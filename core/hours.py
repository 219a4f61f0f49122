"""Hours of training: what a norm asks for within some years, and what is credited (学时).

    norms_by_rank(q)["county"]     what is asked of a rank, by the version in force
    accounts(q)                    what the holder of each post owes of it, and has attended

    asked = H × d / D      H hours in the D days of the norm's years, d of which the holder is known

The years end with the period. Who is known for half of them owes half of the hours; whoever was
there before owes all. Hours go with the holder, on whatever post they were earned. Where an
activity does not say how long it was, the hours are blank, not zero.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import days_from, month_later
from lianjian.core.tenures import Post, Tenure, by_holder, minutes_of, standing_last, tenures

NO_HOLDER = Words("期间内没有任职者记录", "nobody is on record as a holder in the period")
VACANT = Words("期末空缺", "vacant at the period's end")
NO_RANK = Words("未登记职级", "the rank is not known")
NO_NORM = Words("没有适用的学时规定", "no norm of hours applies")


@frozen
class HourNorm:
    """How many hours the version of a rule asks for, within how many years; `norm` is its id."""

    norm: str
    hours: int
    years: int


@frozen
class Account:
    """The hours that a holder owes by a norm, those credited (None: all are blank), and the blanks.

    `blank` is how many activities attended do not say how long they were.
    """

    holder: str
    norm: str
    asked: Fraction
    credited: Fraction | None
    blank: int


def norms_by_rank(q: Query) -> dict[str, HourNorm]:
    """Return what is asked of each rank: by the newest version in force that has hours for it.

    A version takes the place of the older ones of its series, for ranks that it leaves out as well.
    """
    sql = """
        SELECT h.rank, h.norm, h.hours, h.years FROM norm_versions_spells v
        JOIN hour_norms_to_date h ON h.event = v.event WHERE v."end" = ? ORDER BY h.day, h.event
    """
    return {rank: HourNorm(*norm) for rank, *norm in q.rows(sql, [q.end])}


def accounts(q: Query) -> Iterator[tuple[Post, Account | Words]]:
    """Yield the account of the holder of each post on the period's last day, or why there is none."""
    norms, held = norms_by_rank(q), tenures(q, since="")
    theirs, now = by_holder(held), {t.post: t.holder for t in held if t.end == q.end}
    for p in standing_last(q):
        holder, norm = now.get(p.id), norms.get(p.rank or "")
        if holder is None:
            yield p, VACANT if p.id in now else NO_HOLDER
        elif norm is None:
            yield p, NO_NORM if p.rank else NO_RANK
        else:
            yield p, account(holder, theirs[holder], norm, q.period.end)


def account(holder: str, theirs: Sequence[Tenure], norm: HourNorm, end: date) -> Account:
    """Return the account of one holder before a day, by all of their tenures up to it.

    An activity at which two of their posts were present counts once. Raises ValueError where the
    norm's years begin before the calendar.
    """
    opens, last = month_later(end, -12 * norm.years).isoformat(), end.isoformat()
    known = days_from(max(opens, min(t.start for t in theirs)), last)
    asked = Fraction(norm.hours * known, days_from(opens, last))
    came = {c.event: c for t in theirs for c in t.came if c.day >= opens}
    minutes, blank = minutes_of(came.values())
    credited = None if minutes is None else Fraction(minutes, 60)
    return Account(holder, norm.norm, asked, credited, blank)
