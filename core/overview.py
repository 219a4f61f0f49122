"""The overview: every family at a glance, one line an indicator.

    overview_text(figures, period, made, reader)

It is what `lianjian show` prints where nothing is asked for by name: some hundred figures, each with
the value of all, or where it has none the range of what it is about. `lianjian show NAME` has the
rest: definitions, remarks, every reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from lianjian.core.figures import Figures
from lianjian.core.indicator import ALL, UNITS, Indicator, Period, Reading
from lianjian.core.messages import SYNTHETIC, Reader, columns, shorten
from lianjian.core.show import NO_VALUE, heading, value_text

REASON = 34  # cells of a reason, or of a definition


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
        yield from columns(rows, width=reader.width, indent=2, right=frozenset({1}))


def _row(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader
) -> tuple[str, str, str, str]:
    """Return name, figure, unit, and the reason where there is no figure, else the definition."""
    name = indicator.name.partition(".")[2]
    value, reason = _figure(readings, reader)
    said = reason or indicator.definition.text(reader.lang)
    return name, value, UNITS[indicator.unit].text(reader.lang), shorten(said, REASON)


def _figure(readings: Sequence[Reading], reader: Reader) -> tuple[str, str]:
    """Return the value of all, or the range over subjects and dimensions; and why there is none."""
    whole = next((r for r in readings if r.subject == ALL and not r.dimensions), None)
    if whole is not None and (whole.value is not None or whole.low is not None):
        return value_text(whole), ""
    known = [r.value for r in readings if r.value is not None]
    if known:
        low, high = min(known), max(known)
        of = reader.say(f"（{len(known)}）", f" ({len(known)})")
        return f"{low:.6g}" if low == high else f"{low:.6g}..{high:.6g}{of}", ""
    reason = (whole or next(iter(readings), None)) if readings else None
    text = reason.reason.text(reader.lang) if reason and reason.reason else ""
    return NO_VALUE, reader.say(f"无数值：{text}", f"none: {text}") if text else ""
