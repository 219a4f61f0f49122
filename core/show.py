"""What the commands show: readings and events as lines for people, JSON and CSV for programs.

    moment(store, "2021-12-31")        how much of the log was known then
    usual_period(views, …)             the year that people mean when they name none
    as_text(indicator, readings, …)    the lines of `lianjian show`
    readings_json, readings_csv        the same for programs; CSV has the keys of JSON as its header

All of it is pure: it returns texts, and `cli.py` prints them.
"""

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen

from lianjian.core import replay
from lianjian.core.errors import BadMoment, Words
from lianjian.core.event import SHANGHAI, read_envelope, today, utc_text
from lianjian.core.figures import as_json
from lianjian.core.indicator import ALL, UNITS, Family, Indicator, Moment, Period, Reading
from lianjian.core.messages import below, columns, shorten
from lianjian.core.store import EntryRow, Store, connect
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
SYNTHETIC = Words("【合成数据】", "[synthetic]")
NO_VALUE = "-"
UNREADABLE = "(unreadable)"
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
    if text.isascii() and text.isdigit() and len(text) < 8:
        if int(text) > size:
            raise BadMoment(text=text, size=size)
        return int(text)
    try:
        if len(text) == 10:
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time.min)
            instant = midnight.replace(tzinfo=SHANGHAI) - timedelta(microseconds=1)
        else:
            instant = datetime.fromisoformat(text)
            instant = instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
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


# Figures for people.


@frozen
class Reader:
    """Who reads: the language, the width of the terminal, and what ids are called, by subject."""

    lang: str = "en"
    width: int = 80
    names: Mapping[str, str] = field(factory=dict)

    def say(self, zh: str, en: str) -> str:
        """Return the text in the reader's language."""
        return zh if self.lang == "zh" else en

    def subject(self, subject: str) -> str:
        """Return a subject with its name: `unit:anting 安亭镇`."""
        if subject == ALL:
            return self.say("all 全部", "all")
        name = self.names.get(subject, "")
        return f"{subject} {name}" if name else subject


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


def heading(period: Period, moment_: Moment, tree: str, synthetic: bool, lang: str) -> str:
    """Return the line above all figures: what they are about, and how much is known."""
    trees = Words("当时", "then") if tree == "then" else Words("现在", "now")
    last = period.end - timedelta(days=1)
    known = Words(f"前 {moment_.position} 条", f"the first {moment_.position} events")
    text = Words(
        f"期间 {period}（{period.start} 至 {last}）；时点 {known.zh}，"
        f"根 {moment_.root.hex()[:8]}；单位树 {trees.zh}",
        f"period {period} ({period.start} to {last}); moment {known.en}, "
        f"root {moment_.root.hex()[:8]}; units as {trees.en}",
    ).text(lang)
    return f"{SYNTHETIC.text(lang)} {text}" if synthetic else text


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
    yield below(indicator.definition.text(reader.lang), width=reader.width, indent=2)


def as_text(
    indicator: Indicator, readings: Sequence[Reading], reader: Reader, *, whole: bool
) -> Iterator[str]:
    """Yield the lines of one indicator: its definition, and its readings with their remarks.

    Without `whole`, where there are many subjects, only all and the lowest and highest few.
    """
    yield from definition(indicator, reader)
    if not readings:
        yield below(reader.say("期间内没有读数", "no readings in the period"), width=reader.width)
        return
    shown, left_out = (list(readings), "") if whole else _few(indicator, readings, reader)
    rows = [
        (
            reader.subject(r.subject),
            dimensions_text(r),
            value_text(r, reader.lang),
            f"{number(r.numerator)}/{number(r.denominator)}"
            if r.numerator is not None or r.denominator is not None
            else "",
        )
        for r in shown
    ]
    laid = columns(rows, width=reader.width, indent=4, right=frozenset({2}))
    for reading, line in zip(shown, laid, strict=True):
        yield line
        for remark in _remarks(reading, reader):
            yield below(remark, width=reader.width, indent=6)
    if left_out:
        yield below(left_out, width=reader.width)


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
    known = sorted((r for r in others if r.value is not None), key=lambda r: (r.value, r.order))
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
    """Return a JSON array of reading objects, one a line, in the order given."""
    lines = [json.dumps(as_json(r, lang), ensure_ascii=False) for r in readings]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def readings_csv(readings: Iterable[Reading], lang: str = "en") -> str:
    """Return CSV whose header is the keys of JSON.

    Dimensions are `name=value;…`, flags are joined by `; `, the period is `start/end` (half-open)
    and the moment its position; what is not known is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(KEYS)
    for reading in readings:
        made = as_json(reading, lang)
        made["dimensions"] = dimensions_text(reading)
        made["flags"] = "; ".join(made["flags"])
        made["period"] = "{start}/{end}".format(**made["period"])
        made["moment"] = made["moment"]["position"]
        made["synthetic"] = "true" if reading.synthetic else "false"
        writer.writerow([made[key] for key in KEYS])
    return out.getvalue().removesuffix("\n")


# Events.


@frozen
class Seen:
    """An entry of the log as a list shows it."""

    position: int
    id: str
    type: str
    day: str
    recorder: str
    summary: str
    entry: bytes
    superseded_by: int | None = None
    synthetic: bool = False
    batch: str = ""
    replaces: str = ""
    why: str = ""

    @classmethod
    def of(cls, row: EntryRow, superseded_by: int | None = None) -> "Seen":
        """Return what is shown of an entry; one that cannot be read is shown as such."""
        try:
            e = read_envelope(row.entry)
            said = summary(msgspec.json.decode(e.data))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return cls(
                row.position, row.id, row.type, "?", "?", UNREADABLE, row.entry, superseded_by
            )
        return cls(
            row.position,
            row.id,
            row.type,
            e.time[:10],
            e.recorder,
            said,
            row.entry,
            superseded_by,
            e.recorder.startswith("synthetic"),
            e.batch,
            e.replaces,
            e.why,
        )

    def marks(self, reader: Reader) -> str:
        """Return what sets it apart: superseded, a correction of another, made up."""
        found = []
        if self.superseded_by is not None:
            by = self.superseded_by
            found.append(reader.say(f"已被第 {by} 条取代", f"superseded by {by}"))
        if self.synthetic:
            found.append(SYNTHETIC.text(reader.lang))
        return " ".join(found)

    def as_json(self) -> str:
        """Return one line of JSON: where it stands, and the stored bytes as they are."""
        by = "null" if self.superseded_by is None else self.superseded_by
        stored = "null" if self.summary == UNREADABLE else self.entry.decode()
        return f'{{"position":{self.position},"superseded_by":{by},"event":{stored}}}'


def summary(data: Any, width: int = 60) -> str:
    """Return what an event says, in the notation of `record`, cut to `width` cells."""
    parts = (f"{name}={value}" for name, value in _pairs(data) if name != "day")
    return shorten(" ".join(parts), width)


def _pairs(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        place = f"{path}.{name}" if path else name
        match value:
            case {"sealed": _}:
                yield place, "(sealed)"
            case dict():
                yield from _pairs(value, place)
            case list() if all(isinstance(v, str | int) for v in value):
                yield place, ",".join(map(str, value))
            case list():
                yield place, f"[{len(value)}]"
            case bool():
                yield place, str(value).lower()
            case _:
                yield place, str(value)


def events_text(events: Sequence[Seen], reader: Reader) -> Iterator[str]:
    """Yield a line for each event: position, day, type, what it says, who recorded it, marks."""
    header = (
        reader.say("序号", "position"),
        reader.say("日期", "day"),
        reader.say("类型", "type"),
        reader.say("内容", "what it says"),
        reader.say("录入", "recorder"),
        reader.say("标记", "marks"),
    )
    marks = [e.marks(reader) for e in events]
    rows = [
        header,
        *(
            (str(e.position), e.day, e.type, e.summary, e.recorder, mark)
            for e, mark in zip(events, marks, strict=True)
        ),
    ]
    if not any(marks):
        rows = [row[:-1] for row in rows]
    yield from columns(rows, width=reader.width, right=frozenset({0}), keep=frozenset({0, 1, 2}))


def evidence_text(events: Sequence[Seen], reader: Reader) -> Iterator[str]:
    """Yield the events behind a reading: position, day, type, recorder and id, what each says."""
    rows = [(str(e.position), e.day, e.type, e.recorder, e.id, e.marks(reader)) for e in events]
    laid = columns(
        rows, width=reader.width, indent=2, right=frozenset({0}), keep=frozenset({0, 1, 4})
    )
    for event, line in zip(events, laid, strict=True):
        yield line
        yield below(event.summary, width=reader.width, indent=6)


def seen(store: Store, positions: Iterable[int]) -> list[Seen]:
    """Return the entries at positions as a list shows them."""
    rows = (store.row(p) for p in positions)
    return [Seen.of(row, store.superseded_by(row.position)) for row in rows if row]


def newest(store: Store, limit: int, type_: str = "", batch: str = "") -> list[Seen]:
    """Return the last `limit` entries (0: all), of one type or import, the newest last."""
    where, values = ["1"], list[Any]()
    for column, value in (("type", type_), ("batch", batch)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    sql = (
        f"SELECT position FROM entries WHERE {' AND '.join(where)} ORDER BY position DESC LIMIT ?"
    )
    found = [p for (p,) in store.db.execute(sql, (*values, limit or -1))]
    return seen(store, reversed(found))
