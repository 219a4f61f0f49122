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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from lianjian.core import replay
from lianjian.core.errors import BadMoment, NoSuchReading, Words, WrongUsage
from lianjian.core.event import SHANGHAI, today, utc_text
from lianjian.core.figures import Figures, as_json
from lianjian.core.indicator import ALL, UNITS, Family, Indicator, Moment, Reading, Tree
from lianjian.core.messages import SYNTHETIC, Reader, columns
from lianjian.core.names import near_subjects
from lianjian.core.period import Period
from lianjian.core.store import Store, connect
from lianjian.core.tree import root
from lianjian.core.wording import label, meaning, number

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
NUMBERS = ("value", "low", "high", "numerator", "denominator")
EXACT = 2**53  # below it a whole float is the integer that it looks like
NO_VALUE = "-"

# Where a family is shown whole: of more readings than MANY only the lowest and the highest, of a
# list in a remark only the first NAMES, of remarks only the first REMARKS.
MANY, NAMES, REMARKS = 5, 5, 2


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


def one_indicator(figures: Figures, name: str, command: str) -> Indicator:
    """Return the indicator of a name; UnknownIndicator, or WrongUsage for the name of a family."""
    if name not in figures.indicators:
        own = [i.name for i in figures.find(name)]
        raise WrongUsage(
            why=Words(
                f"{name} 是指标族，请写其中一个指标：{'、'.join(own) or NO_VALUE}",
                f"{name} is a family; name one of its indicators: {', '.join(own) or NO_VALUE}",
            ),
            command=f"lianjian {command}",
        )
    return figures.indicators[name][1]


def full_subject(indicator: Indicator, subject: str) -> str:
    """Return a subject with its kind, which people may leave out: `anting` for `unit:anting`."""
    short = indicator.per and subject not in ("", ALL) and ":" not in subject
    return f"{indicator.per}:{subject}" if short else subject


def pick(
    figures: Figures,
    name: str,
    period: Period,
    subject: str,
    dimensions: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> Reading:
    """Return the one reading of a subject; its kind may be left out: `anting` for `unit:anting`.

    Raises UnknownIndicator, WrongUsage where the name is that of a family, or NoSuchReading with
    the readings that come nearest, by id or by one of the `names`.
    """
    subject = full_subject(one_indicator(figures, name, "why"), subject)
    readings = figures.readings(name, period)
    for reading in readings:
        if reading.subject == subject and dict(reading.dimensions) == dimensions:
            return reading
    asked = " ".join([subject, *(f"{k}={v}" for k, v in dimensions.items())])
    close = [dimensions_text(r) for r in readings if r.subject == subject]
    if close:
        close = [f"{subject} {d}".rstrip() for d in close[:5]]
    else:
        close = near_subjects(
            subject, (r.subject for r in readings), {} if names is None else names
        )
    raise NoSuchReading(name=name, subject=asked, close=", ".join(close) or NO_VALUE)


# Figures for people.


def between(low: float | None, high: float | None, unit: str) -> str:
    """Return an interval, or the one number that it is: `18.1%..45.4%`."""
    ends = [NO_VALUE if end is None else number(end, unit) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else "..".join(ends)


def value_text(reading: Reading) -> str:
    """Return a reading's value, its interval, or of an estimate both: `0.3 (0.181..0.454)`."""
    unit = reading.indicator.unit if reading.indicator else ""
    if reading.low is None or reading.high is None or reading.low == reading.high:
        return NO_VALUE if reading.value is None else number(reading.value, unit)
    ends = between(reading.low, reading.high, unit)
    return ends if reading.value is None else f"{number(reading.value, unit)} ({ends})"


def best(band: str, unit: str) -> str:
    """Return the band that a figure had best lie in: `30%..85%`, or one number."""
    low, high = map(float, band.split(".."))
    return between(low, high, unit)


def parts_text(reading: Reading, reader: Reader) -> str:
    """Return what a value was divided from: `30/70`, or `of 70` where that is all there is."""
    above, below = (_part(x) for x in (reading.numerator, reading.denominator))
    if reading.numerator is not None:
        return f"{above}/{below}"
    return "" if reading.denominator is None else reader.say(f"共 {below}", f"of {below}")


def _part(value: float | None) -> str:
    """Return a numerator or denominator; weights make long fractions, of which two digits do."""
    return NO_VALUE if value is None else number(value if abs(value) < 1 else round(value, 2))


def dimensions_text(reading: Reading) -> str:
    """Return a reading's dimensions as `name=value`, for programs."""
    return ";".join(f"{k}={v}" for k, v in sorted(reading.dimensions.items()))


def about_text(reading: Reading, reader: Reader, without: Collection[str] = ()) -> str:
    """Return a reading's subject, with its name, and its dimensions in words."""
    said = dimensions_words(reading, reader, without)
    return "  ".join(filter(None, [reader.subject(reading.subject), said]))


def dimensions_words(reading: Reading, reader: Reader, without: Collection[str] = ()) -> str:
    """Return a reading's dimensions as people say them: `主题=警示教育`."""
    say, found = reader.say, sorted(reading.dimensions.items())
    return say("；", "; ").join(
        f"{label(k, reader.lang)}={meaning(k, v, reader.names, reader.lang)}"
        for k, v in found
        if k not in without
    )


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


def definition(indicator: Indicator, reader: Reader, *, made_up: bool) -> Iterator[str]:
    """Yield the lines above an indicator's readings: name, label, unit, way, and definition."""
    say, unit = reader.say, UNITS[indicator.unit].text(reader.lang)
    ways = {
        "higher": say("越高越好", "higher is better"),
        "lower": say("越低越好", "lower is better"),
        "neither": "",
    }
    better = ways.get(indicator.better)
    if better is None:
        better = say("适宜 ", "best ") + best(indicator.better, indicator.unit)
    said = [say(f"单位：{unit}", f"unit: {unit}"), *([better] if better else [])]
    label = f" {SYNTHETIC.text(reader.lang)}" if made_up else ""
    yield f"{indicator.name}{label}  ({say('；', '; ').join(said)})"
    yield reader.below(indicator.definition.text(reader.lang), 2)


def indicator_text(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader, *, whole: bool
) -> Iterator[str]:
    """Yield the lines of one indicator: its definition, and its readings with their remarks.

    The label of made-up figures stands beside the name: it is always true of all readings at once.
    """
    yield from definition(indicator, reader, made_up=any(r.synthetic for r in readings))
    if not readings:
        yield reader.below(reader.say("期间内没有读数", "no readings in the period"))
        return
    common = _common(readings)
    if common:
        said = dimensions_words(readings[0], reader, readings[0].dimensions.keys() - common)
        yield reader.below(f"{said}{reader.say('：', ':')}", 2)
    groups = [list(readings)] if whole else _groups(readings)
    shown = [r for group in groups for r in (group if whole else _ends(indicator, group, reader))]
    rows = [
        (
            about_text(r, reader, common),
            value_text(r),
            parts_text(r, reader),
        )
        for r in shown
        if isinstance(r, Reading)
    ]
    laid = iter(columns(rows, width=reader.width, indent=4, right=frozenset({1})))
    told = set[str]()
    for reading in shown:
        if isinstance(reading, str):
            yield reader.below(reading)
            continue
        yield next(laid)
        told_of = remarks(reading, reader) if whole else _brief(reading, reader, told)
        for remark in told_of:
            yield reader.below(remark, 6)


def _common(readings: Sequence[Reading]) -> set[str]:
    """Return the dimensions that are the same in all of many readings, and so are said once."""
    first = readings[0].dimensions if len(readings) > 1 else {}
    return {
        name
        for name, value in first.items()
        if all(r.dimensions.get(name) == value for r in readings)
    }


def remarks(reading: Reading, reader: Reader) -> Iterator[str]:
    """Yield why a reading has no value, and its flags."""
    if reading.reason:
        yield reader.say("无数值：", "no value: ") + reading.reason.text(reader.lang)
    kind = reading.indicator.per if reading.indicator else ""
    for flag in reading.flags:
        yield reader.say("注：", "note: ") + reader.listed(flag.text(reader.lang), kind)


def _brief(reading: Reading, reader: Reader, told: set[str]) -> Iterator[str]:
    """Yield a reading's remarks cut short, in one text, without those that were told before."""
    found = [text for text in dict.fromkeys(remarks(reading, reader)) if text not in told]
    told.update(found)
    if reading.reason and found[:1] == [next(remarks(reading, reader))]:
        yield found.pop(0)
    mark = reader.say("注：", "note: ")
    said = [_cut(text.removeprefix(mark), reader) for text in found[:REMARKS]]
    more = len(found) - len(said)
    if more:
        said.append(reader.say(f"另有 {more} 条注", f"{more} more"))
    if said:
        yield mark + reader.say("；", "; ").join(said)


def _cut(text: str, reader: Reader) -> str:
    """Return a remark with no more than the first names of a long list in it."""
    head, colon, listed = text.partition(reader.say("：", ": "))
    comma = reader.say("、", ", ")
    found = listed.split(comma)
    more = len(found) - NAMES
    if more <= 1:  # a name takes no more room than to say that it is left out
        return text
    first = comma.join(found[:NAMES])
    return head + colon + first + reader.say(f"…… 还有 {more} 个", f", … and {more} more")


def _groups(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Return what is about all apart from what is about its parts, and that from the subjects."""
    groups: list[list[Reading]] = [[], [], []]
    for reading in readings:
        kind = 2 if reading.subject != ALL else 1 if reading.dimensions else 0
        groups[kind].append(reading)
    return groups


def _ends(indicator: Indicator, readings: Sequence[Reading], reader: Reader) -> list[Reading | str]:
    """Return, of many readings, the lowest, a line that says what is left out, and the highest."""
    if len(readings) <= MANY:
        return list(readings)
    known = sorted(
        (r for r in readings if r.value is not None or r.low is not None),
        key=lambda r: (r.low if r.value is None else r.value, r.order),
    )
    ends = [evolve(r, flags=()) for r in [*known[:1], *known[1:][-1:]]]
    left, blank = len(readings) - len(ends), len(readings) - len(known)
    of_them = reader.say(f"（{blank} 项无数值）", f" ({blank} without a value)") if blank else ""
    said = reader.say(f"…… 另有 {left} 项{of_them}：", f"… {left} more{of_them}: ")
    # The same days: another period's figures are not the rest of these.
    days = next((f" --period {r.period}" for r in readings if r.period), "")
    return [*ends[:1], f"{said}lianjian show {indicator.name}{days}", *ends[1:]]


# Figures for programs.


def readings_json(readings: Iterable[Reading], lang: str = "en") -> str:
    """Return a JSON array of reading objects, one a line, sorted by indicator."""
    lines = [json.dumps(reading_object(r, lang), ensure_ascii=False) for r in _sorted(readings)]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def reading_object(reading: Reading, lang: str) -> dict[str, Any]:
    """Return a reading as an object, its whole numbers as integers: 104, not 104.0."""
    made = as_json(reading, lang)
    for key in NUMBERS:
        value = made[key]
        if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
            made[key] = int(value)
    return made


def readings_csv(readings: Iterable[Reading], lang: str = "en") -> str:
    """Return CSV whose header is the keys of JSON.

    Dimensions are `name=value;…`, flags are joined by `; `, the period is `start/end` (half-open)
    and the moment its position; what is not known is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(KEYS)
    for reading in _sorted(readings):
        made = reading_object(reading, lang)
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
        "reading": reading_object(reading, lang),
        "definition": {"zh": indicator.zh, "en": indicator.en} if indicator else None,
        "evidence": [json.loads(event) for event in events],
    }
