"""Lists as the commands show them: events, names, plugins, and what was verified or rebuilt.

    events_text(newest(store, 20), reader)     a line an event, the newest last
    named(store, types, "安亭")                 which ids are called so, or nearly so
    report_text(report, origin, reader)        what an auditor reads, with the evidence

All of it is pure: it returns texts and JSON, and `cli.py` prints them.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from attrs import evolve, frozen

from lianjian.core.errors import NothingFound, Words
from lianjian.core.event import EventType, event_type, read_envelope
from lianjian.core.indicator import Family, words
from lianjian.core.messages import SYNTHETIC, Reader, columns, shorten
from lianjian.core.names import known_names
from lianjian.core.notices import ERASURE
from lianjian.core.period import Period
from lianjian.core.publish import Publication
from lianjian.core.registry import Plugin
from lianjian.core.replay import Replayed
from lianjian.core.shapes import (
    Leaf,
    Many,
    Mapped,
    Maybe,
    Record,
    Ref,
    Shape,
    Term,
    digests,
    dotted,
    nearest,
)
from lianjian.core.store import EntryRow, Store
from lianjian.core.verify import Report
from lianjian.core.wording import code_text

UNREADABLE = "(unreadable)"
SUMMARY = 100  # cells
FINDINGS = 20  # of a verification, for people

# Events.


@frozen
class Seen:
    """An entry of the log as a list shows it; `erased` are those of its digests without a text."""

    position: int
    id: str
    type: str
    entry: bytes
    replaces: int | None
    superseded_by: int | None
    day: str = "?"
    recorder: str = "?"
    data: Any = None
    erased: frozenset[str] = frozenset()
    readable: bool = False

    @classmethod
    def of(cls, row: EntryRow, store: Store | None) -> "Seen":
        """Return what is shown of an entry; one that cannot be read is shown as such.

        Without its log, nothing is known of what superseded or erased it.
        """
        by = store.superseded_by(row.position) if store else None
        seen = cls(row.position, row.id, row.type, row.entry, row.replaces, by)
        try:
            envelope = read_envelope(row.entry)
            data = msgspec.json.decode(envelope.data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return seen
        gone = (d for d in digests(data) if store and store.known(ERASURE, d) is not None)
        erased = frozenset(gone)
        day, recorder = envelope.time[:10], envelope.recorder
        return evolve(seen, day=day, recorder=recorder, data=data, erased=erased, readable=True)

    def says(self, reader: Reader) -> str:
        """Return what it says, after what sets it apart: it replaces or was replaced, is made up."""
        found = []
        if self.replaces is not None:
            found.append(reader.say(f"取代 {self.replaces}", f"replaces {self.replaces}"))
        if self.superseded_by is not None:
            by = self.superseded_by
            found.append(reader.say(f"被 {by} 取代", f"replaced by {by}"))
        marks = f"({reader.say('，', ', ').join(found)})" if found else ""
        label = SYNTHETIC.text(reader.lang) if self.recorder.startswith("synthetic") else ""
        said = summary(self, reader) if self.readable else UNREADABLE
        return " ".join(filter(None, [label, marks, said]))

    def as_json(self) -> str:
        """Return one line of JSON: where it stands, and the stored bytes as they are."""
        by = "null" if self.superseded_by is None else self.superseded_by
        stored = self.entry.decode() if self.readable else "null"
        return f'{{"position":{self.position},"superseded_by":{by},"event":{stored}}}'


def summary(event: Seen, reader: Reader) -> str:
    """Return what an event says, cut to what a line can hold: ids and codes by what they are called.

    The notation is that of `record`. A sealed field says of itself whether its text was erased.
    """
    gone = reader.say("（已依规删除）", "(erased)")

    def single(value: Any, shape: Shape | None) -> str:
        match value:
            case {"sealed": str(digest)}:
                return gone if digest in event.erased else "(sealed)"
            case bool():
                return str(value).lower()
            case str():
                return _called(value, shape, reader)
        return str(value)

    pairs = _pairs(event.data, reader.shapes.get(event.type), reader, single)
    parts = (f"{place}={text}" for place, text in pairs if place != "day")
    return shorten(" ".join(parts), SUMMARY)


def _pairs(
    data: Any,
    shape: Shape | None,
    reader: Reader,
    single: Callable[[Any, Shape | None], str],
    path: str = "",
) -> Iterator[tuple[str, str]]:
    for name, value in data.items() if isinstance(data, dict) else ():
        inner = _inner(shape, name)
        word = _called(name, shape.key, reader) if isinstance(shape, Mapped) else name
        place = dotted(path, word)
        match value:
            case dict() if set(value) != {"sealed"}:
                yield from _pairs(value, inner, reader, single, place)
            case list() if all(isinstance(v, str | int) for v in value):
                of = inner.of if isinstance(inner, Many) else None
                yield place, ",".join(single(v, of) for v in value)
            case list():
                yield place, f"[{len(value)}]"
            case _:
                yield place, single(value, inner)


def _inner(shape: Shape | None, name: str) -> Shape | None:
    """Return the shape of what stands under a name, None where nobody knows."""
    found: Shape | None = None
    match shape:
        case Record(_, fields) if name in fields:
            found = fields[name].shape
        case Mapped(_, of):
            found = of
    return found.of if isinstance(found, Maybe) else found


def _called(text: str, shape: Shape | None, reader: Reader) -> str:
    """Return a code by its term, an id with its name, and any other text as it is."""
    for mark in shape.marks if isinstance(shape, Leaf) else ():
        if isinstance(mark, Term):
            return code_text(mark.scheme, text, reader.names, reader.lang) or text
        if isinstance(mark, Ref):
            name = reader.names.get(f"{mark.kind}:{text}", "")
            return f"{text} {name}" if name else text
    return text


def seen(store: Store, positions: Iterable[int]) -> Iterator[Seen]:
    """Yield the entries at positions as a list shows them."""
    for position in positions:
        row = store.row(position)
        if row:
            yield Seen.of(row, store)


def newest(store: Store, limit: int, type_: str = "", batch: str = "") -> Iterator[Seen]:
    """Yield the last `limit` entries (0: all), of one type or import, the newest last."""
    where, values = ["1"], list[Any]()
    for column, value in (("type", type_), ("batch", batch)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    sql = f"SELECT position FROM entries WHERE {' AND '.join(where)} ORDER BY position DESC LIMIT ?"
    found = [p for (p,) in store.db.execute(sql, (*values, limit or -1))]
    return seen(store, reversed(found))


def events_text(events: Sequence[Seen], reader: Reader) -> list[str]:
    """Return a line for each event: position, day, type, who recorded it, marks and what it says."""
    say = reader.say
    rows = [
        (
            say("序号", "position"),
            say("日期", "day"),
            say("类型", "type"),
            say("录入", "recorder"),
            say("内容", "what it says"),
        )
    ]
    rows += [(str(e.position), e.day, e.type, e.recorder, e.says(reader)) for e in events]
    return columns(rows, width=reader.width, right=frozenset({0}), keep=frozenset({0, 1, 2}))


def evidence_text(events: Sequence[Seen], count: int, reader: Reader) -> Iterator[str]:
    """Yield the last of `count` events behind a reading: position, day, type, who, id; its words."""
    yield ""
    yield reader.say(f"依据 {count} 条记录：", f"{count} event{'s' * (count != 1)} behind it:")
    yield from event_lines(events, reader)


def event_lines(
    events: Sequence[Seen], reader: Reader, indent: int = 2, became: Sequence[str] = ()
) -> Iterator[str]:
    """Yield for each event position, day, type, who, id, and its words.

    Where it is told what `became` of each, that stands below, and says who.
    """
    rows = [
        (str(e.position), e.day, e.type, *([] if became else [e.recorder]), e.id) for e in events
    ]
    keep = frozenset({0, 1, 3 if became else 4})
    laid = columns(rows, width=reader.width, indent=indent, right=frozenset({0}), keep=keep)
    for i, (event, line) in enumerate(zip(events, laid, strict=True)):
        yield line
        if became:
            yield reader.below(became[i], indent + 4)
        yield reader.below(event.says(reader), indent + 4)


# Names.


def named(
    store: Store, types: Mapping[str, EventType], text: str
) -> list[tuple[str, str, list[str]]]:
    """Return (kind, id, names) of every id with `text` in it or in one of its names.

    Raises NothingFound with what comes nearest.
    """
    called: dict[tuple[str, str], list[str]] = {}
    for kind, id_, name in known_names(store, types):
        known = called.setdefault((kind, id_), [])
        if name and name not in known:
            known.append(name)
    wanted = text.casefold()
    # A digest has nearly any two letters in it, and nobody asks for one.
    called = {key: known for key, known in called.items() if key[0] != ERASURE}
    found = [
        (kind, id_, known)
        for (kind, id_), known in called.items()
        if any(wanted in part.casefold() for part in (id_, *known))
    ]
    if not found:
        close = nearest(text, [part for (_, i), known in called.items() for part in (i, *known)])
        near = Words(f"；相近的有：{'、'.join(close)}", f"; near ones: {', '.join(close)}")
        raise NothingFound(text=text, close=near if close else "")
    return found


# What was published.


def published_text(found: Sequence[Publication], reader: Reader) -> list[str]:
    """Return a line for each publication: where it stands, when, what it is about, if it stands."""
    say = reader.say
    rows = [
        (
            say("序号", "position"),
            say("时间（+08:00）", "when (+08:00)"),  # as `time` has it in every entry
            say("指标", "indicator"),
            say("期间", "period"),
            say("时点", "moment"),
            say("状态", "state"),
        )
    ]
    for p in found:
        state = say("有效", "stands")
        if p.withdrawn is not None:
            state = say(f"已撤回（{p.withdrawn}）", f"withdrawn ({p.withdrawn})")
        about = ("?", "?", "?")
        if p.said:
            period = Period(p.said.period.start, p.said.period.end)
            about = (p.said.indicator, str(period), str(p.said.moment.position))
        rows.append((str(p.position), p.time[:16].replace("T", " "), *about, state))
    keep = frozenset({0, 2, 3, 4})
    return columns(rows, width=reader.width, right=frozenset({0, 4}), keep=keep) if found else []


# Plugins.


def plugins_json(plugins: Iterable[Plugin]) -> list[dict[str, Any]]:
    """Return what is installed, with every name and definition."""
    return [
        {
            "family": p.family.name,
            "version": p.family.version,
            "zh": p.family.zh,
            "en": p.family.en,
            "origin": p.origin,
            "module": p.module,
            "code": p.code,
            "events": [event_type(e).name for e in p.family.events],
            "facts": [t.name for t in p.family.facts],
            "indicators": [
                {"name": i.name, "unit": i.unit, "better": i.better, "zh": i.zh, "en": i.en}
                for i in p.family.indicators
            ],
        }
        for p in plugins
    ]


def plugins_text(plugins: Sequence[Plugin], reader: Reader) -> Iterator[str]:
    """Yield a line for each family, and below it its event types and indicators."""
    rows = [
        (
            p.family.name,
            p.family.title.text(reader.lang),
            reader.say(f"第 {p.family.version} 版", f"version {p.family.version}"),
            p.origin,
            p.code[:8],
        )
        for p in plugins
    ]
    for plugin, line in zip(plugins, columns(rows, width=reader.width), strict=True):
        yield line
        types = " ".join(event_type(e).name for e in plugin.family.events)
        indicators = " ".join(i.name for i in plugin.family.indicators)
        if types:
            yield reader.below(reader.say("事件：", "events: ") + types)
        if indicators:
            yield reader.below(reader.say("指标：", "indicators: ") + indicators)


# What was checked.


def report_json(report: Report, origin: str, lang: str) -> dict[str, Any]:
    """Return a verification for programs."""
    return {
        "origin": origin,
        "size": report.size,
        "root": base64.b64encode(report.root).decode(),
        "sound": not report.findings,
        "findings": [
            {
                "place": f.place.text(lang),
                "what": f.what.text(lang),
                "expected": words(f.expected).text(lang),
                "found": words(f.found).text(lang),
            }
            for f in report.findings
        ],
        "checked": [c.text(lang) for c in report.checked],
        "notes": [n.text(lang) for n in report.notes],
    }


def report_text(report: Report, origin: str, reader: Reader) -> Iterator[str]:
    """Yield what was checked, what deserves attention, and the evidence of what does not follow."""
    say, lang = reader.say, reader.lang
    root = base64.b64encode(report.root).decode()
    yield reader.below(say(f"核验日志 {origin}", f"verification of {origin}"), 0)
    yield say(f"{report.size} 条，根 {root}", f"{report.size} events, root {root}")
    yield from (reader.below(text, 2) for text in _checked(report, reader))
    for note in report.notes:
        yield reader.below(say("说明：", "note: ") + note.text(lang), 2)
    for f in report.findings[:FINDINGS]:
        rows = [
            (say("位置", "place"), f.place.text(lang)),
            (say("问题", "what"), f.what.text(lang)),
            (say("应为", "expected"), words(f.expected).text(lang)),
            (say("实为", "found"), words(f.found).text(lang)),
        ]
        yield ""
        yield from columns([r for r in rows if r[1]], width=reader.width, indent=2, keep={0})
    yield ""
    count = len(report.findings)
    more = count - FINDINGS
    if more > 0:
        yield say(f"…… 另有 {more} 处：verify --json", f"… {more} more: verify --json")
    if count:
        yield say(f"核验未通过：{count} 处不符", f"verification failed: {count} finding(s)")
    else:
        yield say("核验通过", "verified")


def _checked(report: Report, reader: Reader) -> Iterator[str]:
    """Yield what was checked; where something was found, which of the checks did, and which not."""
    wrong = Counter(f.check for f in report.findings)
    for check in report.checked:
        name, said = getattr(check, "name", ""), check.text(reader.lang)
        if not (wrong and name):
            yield reader.say("已核：", "checked: ") + said
        elif wrong[name]:
            count = wrong[name]
            yield reader.say(f"已核，{count} 处不符：", f"checked, {count} finding(s): ") + said
        else:
            yield reader.say("已核，无误：", "checked, sound: ") + said


def replayed_json(done: Replayed, families: Sequence[Family]) -> dict[str, Any]:
    """Return what a replay did for programs; rows are arrays, null where there is no such row."""
    return {
        "events": done.events,
        "families": [f.name for f in families],
        "differences": [
            {"table": d.table, "position": d.position, "expected": d.expected, "found": d.found}
            for d in done.differences
        ],
        "stopped": [
            {"family": s.family, "position": s.position, "why": s.why}
            for s in done.stopped.values()
        ],
    }


def replayed_text(done: Replayed, families: Sequence[Family], reader: Reader) -> Iterator[str]:
    """Yield a line for each family that was rebuilt, and the evidence of what differed."""
    say = reader.say
    differing = {d.table for d in done.differences}
    rows = []
    for family in families:
        tables = [t.name for t in family.facts if t.name in differing]
        if family.name in done.stopped:
            state = say("停止", "stopped")
        elif tables:
            state = say("与原有视图不符：", "differs from what stood: ") + ", ".join(tables)
        else:
            state = say("已重建", "rebuilt")
        rows.append((family.name, say(f"{done.events} 条", f"{done.events} events"), state))
    yield from columns(rows, width=reader.width)
    for d in done.differences:
        yield ""
        yield say(f"{d.table}，第 {d.position} 条", f"{d.table}, position {d.position}")
        for label, row in (
            (say("应为：", "expected: "), d.expected),
            (say("实为：", "found: "), d.found),
        ):
            shown = say("没有这一行", "no such row") if row is None else d.text(row)
            yield reader.below(label + shown)
