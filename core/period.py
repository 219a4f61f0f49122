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

        `2021`, `2021Q3`, `2021-05`, `2021-05-01`, or two days with two dots between them, both
        included: `2021-05-01..2021-08-31`. Raises BadPeriod.
        """
        found = _PERIOD.fullmatch(text.strip())
        try:
            if found and found["first"]:
                first, last = (date.fromisoformat(found[n]) for n in ("first", "last"))
                if last < first:
                    raise BadPeriod(text=text)
                return cls(first, last + timedelta(days=1))
            if found:
                return cls._named(found)
        except (ValueError, OverflowError):
            pass
        raise BadPeriod(text=text)

    @classmethod
    def _named(cls, found: re.Match[str]) -> Self:
        year = int(found["year"])
        if found["quarter"]:
            month, months = 3 * int(found["quarter"]) - 2, 3
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


_PERIOD = re.compile(
    r"(?P<year>\d{4})(Q(?P<quarter>[1-4])|-(?P<month>\d\d)(-(?P<day>\d\d))?)?"
    r"|(?P<first>\d{4}-\d\d-\d\d)\.\.(?P<last>\d{4}-\d\d-\d\d)",
    re.ASCII,
)
