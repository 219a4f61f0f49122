"""Figures as the commands show them: lines for people, JSON and CSV for programs.

    moment(store, "2021-12-31")        how much of the log was known then
    usual_period(views, …)             the year that people mean when they name none
    figures_text(figures, …)           the lines of `lianjian show`
    readings_json, readings_csv        the same for programs; CSV has the keys of JSON as its header

All of it is pure: it returns texts, and `cli.py` prints them.
"""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from lianjian.core import replay
from lianjian.core.errors import BadMoment, NoSuchReading, UnknownIndicator, Words
from lianjian.core.event import SHANGHAI, today, utc_text
from lianjian.core.figures import Figures, as_json
from lianjian.core.indicator import ALL, UNITS, Family, Indicator, Moment, Period, Reading, Tree
from lianjian.core.messages import SYNTHETIC, Reader, columns
from lianjian.core.shapes import nearest
from lianjian.core.store import Store, connect
from lianjian.core.tree import root

KEYS = (
    "indicator",
    "subject",
    "dimensions",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "unit",
    "better",
    "reason",
    "flags",
    "period",
    "moment",
    "synthetic",
)
NO_VALUE = "-"
FEW = 3  # readings at each end, where there are too many to show


# Which moment, which period.


def moment(store: Store, text: str = "") -> Moment:
    """Return the moment that a text names: a number of events, a day (its end), or a time.

    Empty is now. A time without an offset is Shanghai's. Raises BadMoment, also for the future.
    """
    size = store.size()
    position = _position(store, text, size) if text else size
    return Moment(position, root(position, store))


def _position(store: Store, text: str, size: int) -> int:
    if re.fullmatch(r"[0-9]{1,15}", text):
        if int(text) > size:
            raise BadMoment(text=text, size=size)
        return int(text)
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min)
            instant = midnight.replace(tzinfo=SHANGHAI) - timedelta(microseconds=1)
        elif ":" in text:
            instant = datetime.fromisoformat(text)
            instant = instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
        else:
            raise BadMoment(text=text, size=size)
        said = utc_text(instant)
    except (ValueError, OverflowError):
        raise BadMoment(text=text, size=size) from None
    if instant > datetime.now(SHANGHAI):
        raise BadMoment(text=text, size=size)
    return store.recorded_before(said)


def usual_period(views: Path, families: Sequence[Family], position: int) -> Period:
    """Return the calendar year of the newest activity, or else of the newest day of anything.

    Days in the future are plans, not news. Where nothing is known it is the present year.
    """
    now = today()
    with closing(connect(views, read_only=True)) as db:
        built = replay.positions(db)
        others = [t.name for f in families if f.name in built for t in f.facts]
        for tables in (["activities_held"], others):
            days = [d for d in (_newest_day(db, t, position, now) for t in tables) if d]
            if days:
                return Period.year(int(max(days)[:4]))
    return Period.year(now.year)


def _newest_day(db: sqlite3.Connection, table: str, position: int, now: date) -> str | None:
    sql = (
        f"SELECT max(day) FROM {table} WHERE day <= ? AND since < ? "
        "AND (until IS NULL OR until >= ?)"
    )
    found: str | None = db.execute(sql, (now.isoformat(), position, position)).fetchone()[0]
    return found


def pick(
    figures: Figures, name: str, period: Period, subject: str, dimensions: Mapping[str, str]
) -> Reading:
    """Return the one reading of a subject; its kind may be left out: `anting` for `unit:anting`.

    Raises UnknownIndicator, or NoSuchReading with the readings that come nearest.
    """
    if name not in figures.indicators:
        own = [i.name for i in figures.find(name)]
        raise UnknownIndicator(name=name, close=", ".join(own))
    kind = figures.indicators[name][1].per
    if kind and subject != ALL and ":" not in subject:
        subject = f"{kind}:{subject}"
    readings = figures.readings(name, period)
    for reading in readings:
        if reading.subject == subject and dict(reading.dimensions) == dimensions:
            return reading
    asked = " ".join([subject, *(f"{k}={v}" for k, v in dimensions.items())])
    close = [dimensions_text(r) for r in readings if r.subject == subject]
    if close:
        close = [f"{subject} {d}".rstrip() for d in close[:5]]
    else:
        subjects = list(dict.fromkeys(r.subject for r in readings))
        close = nearest(subject, subjects) or subjects[:5]
    raise NoSuchReading(name=name, subject=asked, close=", ".join(close) or NO_VALUE)


# Figures for people.


def number(value: float | None) -> str:
    """Return a number as people write it: no trailing zeros, six decimals at most."""
    if value is None:
        return NO_VALUE
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def value_text(reading: Reading, lang: str) -> str:
    """Return a reading's value, or its interval, labelled where the data were made up."""
    text = number(reading.value)
    if reading.value is None and reading.low is not None and reading.high is not None:
        text = f"{number(reading.low)}..{number(reading.high)}"
    return f"{text} {SYNTHETIC.text(lang)}" if reading.synthetic else text


def dimensions_text(reading: Reading) -> str:
    """Return a reading's dimensions as `name=value`."""
    return ";".join(f"{k}={v}" for k, v in sorted(reading.dimensions.items()))


def heading(
    period: Period, moment_: Moment, tree: Tree, readings: Iterable[Reading], reader: Reader
) -> str:
    """Return the line above all figures: what they are about, and how much is known."""
    last, root_ = period.end - timedelta(days=1), moment_.root.hex()[:8]
    text = reader.say(
        f"期间 {period}（{period.start} 至 {last}）；时点 前 {moment_.position} 条，根 {root_}；"
        f"单位树 {'当时' if tree == 'then' else '现在'}",
        f"period {period} ({period.start} to {last}); moment: the first {moment_.position} events, "
        f"root {root_}; units as {'they were' if tree == 'then' else 'they are now'}",
    )
    made_up = any(r.synthetic for r in readings)
    return reader.below(f"{SYNTHETIC.text(reader.lang)} {text}" if made_up else text, 0)


def figures_text(
    figures: Figures,
    period: Period,
    made: Mapping[Indicator, Sequence[Reading]],
    reader: Reader,
    *,
    whole: str,
) -> Iterator[str]:
    """Yield the lines of `lianjian show`: a heading, and the indicators family by family.

    `whole` names the indicator of which every reading is wanted.
    """
    readings = [r for found in made.values() for r in found]
    yield heading(period, figures.moment, figures.tree, readings, reader)
    last = None
    for indicator, found in made.items():
        family = figures.indicators[indicator.name][0]
        if family is not last:
            last = family
            yield ""
            yield f"== {family.title.text(reader.lang)} ({family.name}) =="
        yield ""
        yield from indicator_text(indicator, found, reader, whole=whole == indicator.name)


def definition(indicator: Indicator, reader: Reader) -> Iterator[str]:
    """Yield the lines above an indicator's readings: name, definition, unit, which way is better."""
    unit = UNITS[indicator.unit].text(reader.lang)
    ways = {
        "higher": reader.say("越高越好", "higher is better"),
        "lower": reader.say("越低越好", "lower is better"),
        "neither": "",
    }
    band = reader.say(f"适宜 {indicator.better}", f"best {indicator.better}")
    better = ways.get(indicator.better, band)
    said = [reader.say(f"单位：{unit}", f"unit: {unit}"), *([better] if better else [])]
    yield f"{indicator.name}  ({reader.say('；', '; ').join(said)})"
    yield reader.below(indicator.definition.text(reader.lang), 2)


def indicator_text(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader, *, whole: bool
) -> Iterator[str]:
    """Yield the lines of one indicator: its definition, and its readings with their remarks.

    Without `whole`, where there are many subjects, only all and the lowest and highest few.
    """
    yield from definition(indicator, reader)
    if not readings:
        yield reader.below(reader.say("期间内没有读数", "no readings in the period"))
        return
    shown, left_out = (list(readings), "") if whole else _few(indicator, readings, reader)
    rows = [
        (
            reader.subject(r.subject),
            dimensions_text(r),
            value_text(r, reader.lang),
            _parts(r),
        )
        for r in shown
    ]
    laid = columns(rows, width=reader.width, indent=4, right=frozenset({2}))
    for reading, line in zip(shown, laid, strict=True):
        yield line
        for remark in _remarks(reading, reader):
            yield reader.below(remark, 6)
    if left_out:
        yield reader.below(left_out)


def _parts(reading: Reading) -> str:
    """Return what a value was divided from: `30/70`, or `/70` where that is all there is."""
    known = [number(x) if x is not None else "" for x in (reading.numerator, reading.denominator)]
    return "/".join(known) if any(known) else ""


def _remarks(reading: Reading, reader: Reader) -> Iterator[str]:
    if reading.reason:
        yield reader.say("无数值：", "no value: ") + reading.reason.text(reader.lang)
    for flag in reading.flags:
        yield reader.say("注：", "note: ") + flag.text(reader.lang)


def _few(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader
) -> tuple[list[Reading], str]:
    """Return the readings to show of many, and a line that says what was left out."""
    of_all = [r for r in readings if r.subject == ALL]
    others = [r for r in readings if r.subject != ALL]
    if len(others) <= 2 * FEW:
        return list(readings), ""
    known = sorted(
        (r for r in others if r.value is not None or r.low is not None),
        key=lambda r: (r.low if r.value is None else r.value, r.order),
    )
    ends = known if len(known) <= 2 * FEW else [*known[:FEW], *known[-FEW:]]
    blank = len(others) - len(known)
    subjects = len({r.subject for r in others})
    said = Words(
        f"共 {subjects} 个 {indicator.per}，{len(others)} 项读数（{blank} 项无数值）；"
        f"上列最低与最高各 {FEW} 项，全部见 lianjian show {indicator.name}",
        f"{len(others)} readings of {subjects} {indicator.per}s ({blank} without a value); "
        f"shown are the {FEW} lowest and the {FEW} highest, "
        f"`lianjian show {indicator.name}` lists all",
    )
    return [*of_all, *ends], said.text(reader.lang)


# Figures for programs.


def readings_json(readings: Iterable[Reading], lang: str = "en") -> str:
    """Return a JSON array of reading objects, one a line, sorted by indicator."""
    lines = [json.dumps(as_json(r, lang), ensure_ascii=False) for r in _sorted(readings)]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def readings_csv(readings: Iterable[Reading], lang: str = "en") -> str:
    """Return CSV whose header is the keys of JSON.

    Dimensions are `name=value;…`, flags are joined by `; `, the period is `start/end` (half-open)
    and the moment its position; what is not known is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(KEYS)
    for reading in _sorted(readings):
        made = as_json(reading, lang)
        made["dimensions"] = dimensions_text(reading)
        made["flags"] = "; ".join(made["flags"])
        made["period"] = "{start}/{end}".format(**made["period"])
        made["moment"] = made["moment"]["position"]
        made["synthetic"] = "true" if reading.synthetic else "false"
        writer.writerow([made[key] for key in KEYS])
    return out.getvalue().removesuffix("\n")


def _sorted(readings: Iterable[Reading]) -> list[Reading]:
    """Return readings by the name of their indicator; those of one are sorted already."""
    return sorted(readings, key=lambda r: r.indicator.name if r.indicator else "")


def why_json(reading: Reading, events: Iterable[str], lang: str) -> dict[str, Any]:
    """Return a reading with its definition and the events behind it, which are given as JSON."""
    indicator = reading.indicator
    return {
        "reading": as_json(reading, lang),
        "definition": {"zh": indicator.zh, "en": indicator.en} if indicator else None,
        "evidence": [json.loads(event) for event in events],
    }
