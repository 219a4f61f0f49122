"""Figures told in sentences: what one is called, its value as people write it, and what was wanted.

found = told(q, "coverage.unit_reach")     of all, in the query's period
found.title                                单位覆盖率
found.amount                               53.8%, or why there is no value
found.within(6000, None)                   False, and 单位覆盖率 ≥ 60%：53.8%，未达到
"""

from decimal import Decimal
from typing import Annotated, Any

from attrs import field, frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import PartWrong, Words
from lianjian.core.indicator import UNITS, Query, words
from lianjian.core.kit import NO_FIGURE, about_all
from lianjian.core.shapes import Ref
from lianjian.core.wording import number

PARTS = ("share", "ratio")  # units that go without saying; their bounds are basis points
MET, UNMET = Words("达到", "met"), Words("未达到", "not met")
STRADDLES = Words("区间跨越界限", "the interval lies across the bound")


@frozen
class FigureTest:
    """What is wanted of a figure, in its reading about all: from this, up to that.

    Bounds are basis points where the figure is a share or a ratio (6,000 is 60%), whole units of it
    otherwise, as the bands of a method are.
    """

    figure: Annotated[str, Ref("figure")]
    at_least: int | None = field(default=None)
    at_most: int | None = None

    @at_least.validator
    def _has_bounds(self, _: Any, at_least: int | None) -> None:
        if at_least is None and self.at_most is None:
            why = Words("at_least 与 at_most 至少写一项", "at_least or at_most must be given")
            raise PartWrong(why=why).at("at_least")
        if at_least is not None and self.at_most is not None and self.at_most < at_least:
            why = Words("at_most 不得小于 at_least", "at_most is below at_least")
            raise PartWrong(why=why).at("at_most")


@frozen
class Told:
    """A figure about all: what it is called, and from where to where its value lies.

    Where there is no value, `why` says so; where there is not even a reading, `unit` is empty.
    """

    title: Words
    unit: str = ""
    low: float = 0
    high: float = 0
    why: Words | None = None

    @property
    def value(self) -> Words:
        """Return the value, or both ends of its interval, without the unit."""
        low, high = number(self.low, self.unit), number(self.high, self.unit)
        if self.why:
            return Words(f"无数值（{self.why.zh}）", f"no value ({self.why.en})")
        return (
            words(low) if self.low == self.high else Words(f"{low} 至 {high}", f"{low} to {high}")
        )

    @property
    def amount(self) -> Words:
        """Return the value with its unit, where that does not go without saying."""
        if self.why or self.unit in PARTS:
            return self.value
        unit = UNITS[self.unit]
        return Words(f"{self.value.zh} {unit.zh}", f"{self.value.en} {unit.en}")

    def within(self, at_least: int | None, at_most: int | None) -> tuple[bool | None, Words]:
        """Return whether it lies within the bounds of a FigureTest, None where nobody knows, and why.

        An interval lies within them if all of it does, and does not if none of it does.
        """
        bounds = [("≥", at_least), ("≤", at_most)]
        wanted = " ".join(f"{sign} {self._bound(b)}" for sign, b in bounds if b is not None)
        of = Words(f"{self.title.zh} {wanted}：", f"{self.title.en} {wanted}: ")
        if self.why and not self.unit:  # in which unit the bounds are nobody knows
            zh, en = f"{self.title.zh}：{self.why.zh}", f"{self.title.en}: {self.why.en}"
            return None, Words(zh, en)
        if self.why:
            return None, Words(of.zh + self.value.zh, of.en + self.value.en)
        scale = WHOLE if self.unit in PARTS else 1
        low = float("-inf") if at_least is None else at_least / scale
        high = float("inf") if at_most is None else at_most / scale
        inside = low <= self.low and self.high <= high
        outside = self.high < low or self.low > high
        met, said = (True, MET) if inside else (False, UNMET) if outside else (None, STRADDLES)
        zh, en = f"{of.zh}{self.value.zh}，{said.zh}", f"{of.en}{self.value.en}, {said.en}"
        return met, Words(zh, en)

    def _bound(self, bound: int) -> str:
        if self.unit == "share":
            return f"{Decimal(bound) / 100:f}%"
        return f"{Decimal(bound) / WHOLE:f}" if self.unit in PARTS else str(bound)


def told(q: Query, figure: str) -> Told:
    """Return a figure about all, of any family that is installed, for the query's period."""
    found = about_all(q, figure)
    if isinstance(found, Words) or found.indicator is None:
        return Told(words(figure), why=found if isinstance(found, Words) else NO_FIGURE)
    low = found.low if found.value is None else found.value
    high = found.high if found.value is None else found.value
    of = found.indicator
    if low is None or high is None:
        return Told(of.title, of.unit, why=found.reason or NO_FIGURE)
    return Told(of.title, of.unit, low, high)
