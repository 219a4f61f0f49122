"""The overview: every family at a glance, one line an indicator.

    overview_text(figures, period, made, reader)

It is what `lianjian show` prints where nothing is asked for by name: some hundred figures, each with
the value of all, or where it has none the range of what it is about. `lianjian show NAME` has the
rest: definitions, remarks, every reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from attrs import evolve

from lianjian.core.figures import Figures
from lianjian.core.indicator import ALL, UNITS, Indicator, Reading
from lianjian.core.messages import SYNTHETIC, Reader, cells, columns, shorten
from lianjian.core.period import Period
from lianjian.core.show import NO_VALUE, heading, value_text

INDENT = 2
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
            - 2 * 3
            - sum(max(cells(row[column]) for row in rows) for column in range(3))
        )
        short = [(*row[:3], shorten(row[3], max(left, LEAST))) for row in rows]
        yield from columns(short, width=reader.width, indent=INDENT, right=frozenset({1}))


def _row(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader
) -> tuple[str, str, str, str]:
    """Return name, figure, unit, and the reason where there is no figure, else the definition."""
    name = indicator.name.partition(".")[2]
    value, reason = _figure(readings, reader)
    said = reason or indicator.definition.text(reader.lang)
    return name, value, UNITS[indicator.unit].text(reader.lang), said


def _figure(readings: Sequence[Reading], reader: Reader) -> tuple[str, str]:
    """Return the value of all, or the range over subjects and dimensions; and why there is none.

    Of a value with its interval the value is enough here.
    """
    whole = next((r for r in readings if r.subject == ALL and not r.dimensions), None)
    if whole is not None and whole.value is not None:
        return value_text(evolve(whole, low=None, high=None)), ""
    if whole is not None and whole.low is not None:
        return value_text(whole), ""
    known = [r.value for r in readings if r.value is not None]
    if known:
        low, high = min(known), max(known)
        of = reader.say(f"（{len(known)}）", f" ({len(known)})")
        return f"{low:.6g}" if low == high else f"{low:.6g}..{high:.6g}{of}", ""
    reason = (whole or next(iter(readings), None)) if readings else None
    text = reason.reason.text(reader.lang) if reason and reason.reason else ""
    return NO_VALUE, reader.say(f"无数值：{text}", f"none: {text}") if text else ""
