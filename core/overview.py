"""The overview: every family at a glance, one line an indicator.

    overview_text(figures, period, made, reader)

It is what `lianjian show` prints where nothing is asked for by name: some hundred figures, each with
the value of all, and beside it the range over its subjects (where it has none, over its parts), with
how many of them have a value. `lianjian show NAME` has the rest: definitions, remarks, every reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from attrs import evolve

from lianjian.core.figures import Figures
from lianjian.core.indicator import ALL, UNITS, Indicator, Reading
from lianjian.core.messages import SYNTHETIC, Reader, cells, columns, shorten
from lianjian.core.period import Period
from lianjian.core.show import NO_VALUE, between, heading, value_text

INDENT = 2
LAST = 4  # the column of the definition
LEAST = 10  # cells of a definition or a reason; else the columns are folded


def overview_text(
    figures: Figures,
    period: Period,
    made: Mapping[Indicator, Sequence[Reading]],
    reader: Reader,
) -> Iterator[str]:
    """Yield a heading, and a table for each family: name, figure, unit, and what it is."""
    readings = [r for found in made.values() for r in found]
    yield heading(period, figures.moment, figures.tree, readings, reader)
    for family, own in groupby(made, key=lambda i: figures.indicators[i.name][0]):
        yield ""
        indicators = list(own)
        label = any(r.synthetic for i in indicators for r in made[i])
        mark = f" {SYNTHETIC.text(reader.lang)}" if label else ""
        yield f"== {family.title.text(reader.lang)} ({family.name}){mark} =="
        rows = [_row(i, made[i], reader) for i in indicators]
        left = (
            reader.width
            - INDENT
            - 2 * LAST
            - sum(max(cells(row[column]) for row in rows) for column in range(LAST))
        )
        short = [(*row[:LAST], shorten(row[LAST], max(left, LEAST))) for row in rows]
        yield from columns(short, width=reader.width, indent=INDENT, right=frozenset({1}))


def _row(indicator: Indicator, readings: Sequence[Reading], reader: Reader) -> tuple[str, ...]:
    """Return name, figure of all, unit, range, and why there is no figure, else the definition."""
    name = indicator.name.partition(".")[2]
    whole = next((r for r in readings if r.subject == ALL and not r.dimensions), None)
    value, spread = _whole(whole), _spread(indicator, readings, reader)
    said = indicator.definition.text(reader.lang)
    if not spread and value == NO_VALUE and readings:
        reason = (whole or readings[0]).reason
        text = reason.text(reader.lang) if reason else ""
        said = reader.say(f"无数值：{text}", f"none: {text}") if text else said
    return name, value, UNITS[indicator.unit].text(reader.lang), spread, said


def _whole(reading: Reading | None) -> str:
    """Return the value of all; of a value with its interval the value is enough here."""
    if reading is None:
        return NO_VALUE
    return value_text(reading if reading.value is None else evolve(reading, low=None, high=None))


def _spread(indicator: Indicator, readings: Sequence[Reading], reader: Reader) -> str:
    """Return the range over the subjects, or else over the parts, and how many have a value."""
    groups = (
        [r for r in readings if r.subject != ALL and not r.dimensions],
        [r for r in readings if r.subject != ALL],
        [r for r in readings if r.dimensions],
    )
    found = ([r.value for r in group if r.value is not None] for group in groups)
    known = next(filter(None, found), [])
    if not known:
        return ""
    ends = between(min(known), max(known), indicator.unit)
    return ends + reader.say(f"（{len(known)}）", f" ({len(known)})")
