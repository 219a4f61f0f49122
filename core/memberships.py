"""Memberships: who belonged to which groups, from when to when, told by joining and leaving.

Records say that somebody joined a group, or belongs to no group in particular (None), and that
somebody left one, or all of them at once:

    >>> told = [(0, "a", "team", "2021-01-01", True), (1, "a", None, "2021-05-01", False)]
    >>> found, odd = follow(told, "2022-01-01")
    >>> found["a"].spells, odd
    ((('team', '2021-01-01', '2021-05-01'),), [])

Days are ISO text, as in fact tables, and spells half-open. What does not fit together is handed
back, and the rest goes on without it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.period import Period
from lianjian.core.units import covered_days

Change = tuple[int, str, str | None, str, bool]
"""A position of the log, who, the group, the day, and whether they joined."""


@frozen
class Memberships:
    """Of one member: (group, first day in it, day after the last) of each time that they joined."""

    spells: tuple[tuple[str | None, str, str], ...] = ()

    def on(self, day: str) -> set[str | None]:
        """Return the groups belonged to on a day; None among them is belonging to none of them."""
        return {group for group, start, end in self.spells if start <= day < end}

    def days(self, period: Period) -> int:
        """Return on how many days of a period they were a member, of one group or several."""
        first, last = period.start.isoformat(), period.end.isoformat()
        return covered_days([(max(start, first), min(end, last)) for _, start, end in self.spells])

    def pro_rata(self, amount: int, period: Period) -> Fraction:
        """Return what an amount a year comes to: amount × days / days of the year, by years."""
        found = Fraction(0)
        for year in map(Period.year, range(period.start.year, period.end.year + 1)):
            part = Period(max(period.start, year.start), min(period.end, year.end))
            found += Fraction(amount * self.days(part), year.days)
        return found


def follow(
    changes: Iterable[Change], end: str
) -> tuple[defaultdict[str, Memberships], list[Change]]:
    """Return everybody's memberships before the day `end`, and the changes that do not fit.

    `changes` are in order of day and then of recording. To leave None is to leave every group. To
    join a group while in it, and to leave one while not in it, do not fit, and change nothing.
    """
    spells: dict[str, list[tuple[str | None, str, str]]] = defaultdict(list)
    running: dict[str, dict[str | None, str]] = defaultdict(dict)
    odd = []
    for change in changes:
        _, member, group, day, joined = change
        now = running[member]
        ended = [] if joined else [g for g in now if group in (None, g)]
        if (group in now) if joined else not ended:
            odd.append(change)
        elif joined:
            now[group] = day
        spells[member] += [(g, now.pop(g), day) for g in ended]
    found: defaultdict[str, Memberships] = defaultdict(Memberships)
    for member, now in running.items():
        going_on = [(group, start, end) for group, start in now.items()]
        found[member] = Memberships((*spells[member], *going_on))
    return found, odd


TWICE = Words("加入时已在该团队", "joins a team while in it already")
NOT_IN = Words("离开时不在该团队", "is released from a team while not in it")


def misfits(odd: Iterable[Change], start: str) -> Iterator[tuple[str, int, Words]]:
    """Yield who, the position and what is odd of the changes that do not fit, from a day on."""
    for position, member, _, day, joined in odd:
        if day >= start:
            yield member, position, TWICE if joined else NOT_IN
