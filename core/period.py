"""Periods: the days that a figure is about, and the short texts that name them.

Period.parse("2021Q3")          from 1 July 2021 up to, not including, 1 October
str(Period.year(2021))          "2021"
"""

import calendar
import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Self

from attrs import frozen

from lianjian.core.errors import BadPeriod


@frozen(order=True)
class Period:
    """The days that a figure is about: half-open, `start` ≤ day < `end`, Shanghai dates."""

    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the period that a text names.

        `2021`, `2021Q3`, `2021-05`, `2021-05-01`, in Chinese 2021年, 2021年第三季度, 2021年5月,
        2021年5月1日; or two days with two dots between them, both included:
        `2021-05-01..2021-08-31`. Raises BadPeriod.
        """
        first, dots, last = text.strip().partition("..")
        try:
            if dots:
                ends = cls._one(first, day=True), cls._one(last, day=True)
                if ends[0].start <= ends[1].start:
                    return cls(ends[0].start, ends[1].end)
            else:
                return cls._one(first)
        except (ValueError, OverflowError):
            pass
        raise BadPeriod(text=text)

    @classmethod
    def _one(cls, text: str, *, day: bool = False) -> Self:
        """Return the year, quarter, month or day that a text names, ValueError for any other."""
        found = next(filter(None, (form.fullmatch(text) for form in _PERIODS)), None)
        if found is None or (day and not found["day"]):
            raise ValueError(text)
        return cls._named(found)

    @classmethod
    def _named(cls, found: re.Match[str]) -> Self:
        year = int(found["year"])
        if found["quarter"]:
            quarter = "一二三四".find(found["quarter"]) + 1 or int(found["quarter"])
            month, months = 3 * quarter - 2, 3
        elif found["month"]:
            month, months = int(found["month"]), 1
        else:
            month, months = 1, 12
        if found["day"]:
            day = date(year, month, int(found["day"]))
            return cls(day, day + timedelta(days=1))
        last = month + months - 1
        days = calendar.monthrange(year, last)[1]
        return cls(date(year, month, 1), date(year, last, days) + timedelta(days=1))

    @classmethod
    def year(cls, year: int) -> Self:
        """Return a calendar year."""
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.end - self.start).days

    def __str__(self) -> str:
        """Return the shortest text that `parse` takes for it."""
        first = self.start.isoformat()  # %Y has no leading zeros everywhere
        year = first[:4]
        for name in (year, f"{year}Q{(self.start.month + 2) // 3}", first[:7], first):
            with suppress(BadPeriod):  # a year or quarter that ends after the last date there is
                if Period.parse(name) == self:
                    return name
        return f"{first}..{self.end - timedelta(days=1)}"


_PERIODS = [
    re.compile(r"(?P<year>\d{4})" + rest, re.ASCII)
    for rest in (
        r"(-?[Qq](?P<quarter>[1-4])|-(?P<month>\d\d)(-(?P<day>\d\d))?)?",
        r"年(第?(?P<quarter>[1-4一二三四])季度?|(?P<month>\d\d?)月((?P<day>\d\d?)日)?)?",
    )
]
