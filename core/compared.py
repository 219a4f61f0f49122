"""Comparisons as `lianjian compare` shows them: tables for people, JSON for programs.

    with comparison(figures, store, "bases.persons", ["2021@800", "2021"], Wanted()) as found:
        compared_text(found, reader)     the readings before and after, and the events between them
        compared_json(found)

Texts are returned, and `cli.py` prints them.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from attrs import evolve, frozen

from lianjian.core.compare import Cause, Change, Side, Wanted, compare
from lianjian.core.errors import BadMoment, BadPeriod, Words, WrongUsage
from lianjian.core.event import SHANGHAI, Envelope, read_envelope
from lianjian.core.figures import Figures
from lianjian.core.indicator import Indicator, Moment, Reading
from lianjian.core.listing import event_lines, seen
from lianjian.core.messages import Reader, columns
from lianjian.core.period import Period
from lianjian.core.quoting import shown
from lianjian.core.show import (
    NO_VALUE,
    about_text,
    definition,
    full_subject,
    one_indicator,
    parts_text,
    reading_object,
    remarks,
    value_text,
)
from lianjian.core.show import moment as moment_of
from lianjian.core.store import Store
from lianjian.core.wording import number

FEW = 5  # events below a reading, for people


PLACES = Words("前一项", "the first of the two"), Words("后一项", "the second of the two")


def parse_side(text: str, place: Words, store: Store, now: Moment) -> tuple[Period, Moment]:
    """Return the period and the moment that P@N names; without @N it is `now`.

    Raises WrongUsage that says at which place the command line is wrong.
    """
    period, at, known = text.partition("@")
    try:
        # A blank moment is none: " " is refused where "" would be now.
        return Period.parse(period), moment_of(store, known.strip() or " ") if at else now
    except (BadPeriod, BadMoment) as error:
        zh = f"{place.zh} {shown(text)}：{error.message('zh')}；{error.hint('zh')}"
        en = f"{place.en}, {shown(text)}: {error.message('en')}; {error.hint('en')}"
        raise WrongUsage(why=Words(zh, en), command="lianjian compare") from None


@frozen
class Compared:
    """A comparison that was made: of which indicator, its two sides, and what came of it."""

    indicator: Indicator
    before: Side
    after: Side
    changes: Sequence[Change]
    store: Store

    @property
    def one_period(self) -> bool:
        """Tell whether it is of one period at two moments, so that events explain what differs."""
        return self.before.period == self.after.period


@contextmanager
def comparison(
    figures: Figures, store: Store, name: str, texts: Sequence[str], wanted: Wanted
) -> Iterator[Compared]:
    """Compare what two texts P@N name; figures are those of now, from views that are caught up.

    Raises UnknownIndicator, WrongUsage, and what `compare` raises.
    """
    indicator = one_indicator(figures, name, "compare")
    wanted = evolve(wanted, subject=full_subject(indicator, wanted.subject))
    (p1, n1), (p2, n2) = (
        parse_side(text, place, store, figures.moment)
        for text, place in zip(texts, PLACES, strict=True)
    )
    families = list(figures.families.values())
    with (
        Figures(figures.path, families, n1, figures.tree) as one,
        Figures(figures.path, families, n2, figures.tree) as two,
    ):
        before, after = Side(one, p1), Side(two, p2)
        changes = compare(before, after, name, store, wanted)
        yield Compared(indicator, before, after, changes, store)


# For people.


def compared_text(found: Compared, reader: Reader, limit: int | None = None) -> Iterator[str]:
    """Yield what is compared, the definition, and the readings with the events between them.

    Of each reading `limit` events are listed (0: all); left out, it is FEW of those that moved it,
    and none of two periods.
    """
    say = reader.say
    for label, side in ((say("之前", "before"), found.before), (say("之后", "after"), found.after)):
        yield reader.below(_side_text(label, side, reader), 0)
    tree = found.before.figures.tree
    yield say(
        f"单位树：{'当时' if tree == 'then' else '现在'}",
        f"units as {'they were' if tree == 'then' else 'they are now'}",
    )
    yield ""
    made_up = any(r.synthetic for c in found.changes for r in (c.before, c.after) if r)
    yield from definition(found.indicator, reader, made_up=made_up)
    if not found.changes:
        yield ""
        yield say("两边没有不同", "nothing differs")
        return
    most = limit if limit is not None else FEW if found.one_period else -1
    rows = [_row(c, reader) for c in found.changes]
    laid = columns(rows, width=reader.width, indent=4, right=frozenset({1, 3, 4}))
    for change, line in zip(found.changes, laid, strict=True):
        yield line
        yield from _remarks(change, reader)
        yield from _causes(change, found, reader, most)


def _side_text(label: str, side: Side, reader: Reader) -> str:
    moment = side.figures.moment
    root = moment.root.hex()[:8]
    return reader.say(
        f"{label}：期间 {side.period}，时点 前 {moment.position} 条，根 {root}",
        f"{label}: period {side.period}, moment: the first {moment.position} events, root {root}",
    )


def _row(change: Change, reader: Reader) -> tuple[str, ...]:
    """Return subject and dimensions, value before and after, their difference, their parts."""
    about = about_text(change.reading, reader)
    values, parts = [], []
    for reading in (change.before, change.after):
        values.append(value_text(reading) if reading else reader.say("（无此项）", "(not there)"))
        parts.append(parts_text(reading, reader) if reading else "")
    difference = change.difference
    signed = "" if difference is None else _signed(change.reading, difference, reader)
    shown = f"{parts[0] or NO_VALUE} → {parts[1] or NO_VALUE}" if any(parts) else ""
    return about, values[0], "→", values[1], signed, shown


def _signed(reading: Reading, difference: float, reader: Reader) -> str:
    """Return a difference with its sign; that of two shares is in percentage points."""
    sign = "+" if difference > 0 else ""
    if reading.indicator and reading.indicator.unit == "share":
        points = reader.say(" 个百分点", " pp")
        return f"{sign}{number(difference, 'share').removesuffix('%')}{points}"
    return f"{sign}{number(difference)}"


def _remarks(change: Change, reader: Reader) -> Iterator[str]:
    """Yield the remarks that one side has and the other has not."""
    told = [list(remarks(r, reader)) if r else [] for r in (change.before, change.after)]
    for own, other, label in (
        (told[0], told[1], reader.say("之前", "before")),
        (told[1], told[0], reader.say("之后", "after")),
    ):
        for text in own:
            if text not in other:
                yield reader.below(f"{label} {text}", 6)


def _causes(change: Change, found: Compared, reader: Reader, most: int) -> Iterator[str]:
    """Yield the events that made a difference, those of the evidence first."""
    if not found.one_period:
        yield from _behind(change, found.store, reader, most)
        return
    for evidence, zh, en in (
        (True, "依据中的变动", "of its evidence"),
        (False, "它还读取的记录中的变动", "of what it reads besides"),
    ):
        causes = [c for c in change.causes if c.evidence == evidence]
        if causes:
            shown = causes[-most:] if most else causes
            became = [_became(c, found.store, reader) for c in shown]
            yield _heading(len(causes), zh, en, reader)
            events = list(seen(found.store, [c.position for c in shown]))
            yield from event_lines(events, reader, 8, became)
            yield from _more(len(causes) - len(shown), reader)
    if change.others:
        zh = f"该指标读取的、关于其他对象的变动另有 {change.others} 条"
        en = f"{change.others} more of what it reads changed, about other subjects"
        yield reader.below(reader.say(zh, en), 6)


def _behind(change: Change, store: Store, reader: Reader, most: int) -> Iterator[str]:
    """Yield how many events stand behind each of two periods, and up to `most` of them."""
    one, two = change.behind
    zh, en = f"依据：之前 {len(one)} 条，之后 {len(two)} 条", f"events: {len(one)} → {len(two)}"
    yield reader.below(reader.say(zh, en), 6)
    for positions, before, after in ((one, "之前", "before"), (two, "之后", "after")):
        if most >= 0 and positions:
            shown = positions[-most:] if most else positions
            yield _heading(len(positions), before, after, reader)
            yield from event_lines(list(seen(store, shown)), reader, 8)
            yield from _more(len(positions) - len(shown), reader)


def _heading(count: int, zh: str, en: str, reader: Reader) -> str:
    said = f"{zh}，{count} 条：", f"{en}, {count} event{'s' * (count != 1)}:"
    return reader.below(reader.say(*said), 6)


def _more(count: int, reader: Reader) -> Iterator[str]:
    if count:
        text = f"…… 另有 {count} 条：--limit 0", f"… {count} more: --limit 0"
        yield reader.below(reader.say(*text), 8)


def _became(cause: Cause, store: Store, reader: Reader) -> str:
    """Return what sets an event apart: it was recorded, superseded, or counts elsewhere."""
    say = reader.say
    if cause.superseded_by is not None:
        by = _told(store, cause.superseded_by)
        done = say("作废", "voided") if by.type == "voided" else say("取代", "replaced")
        zh = f"{by.at} {by.recorder} 以第 {cause.superseded_by} 条{done}"
        en = f"{done} {by.at} by {by.recorder}, position {cause.superseded_by}"
        return say(zh, en) + by.because(reader)
    if cause.recorded:
        own = _told(store, cause.position)
        return say(f"{own.at} {own.recorder} 录入", f"recorded {own.at} by {own.recorder}") + (
            own.because(reader)
        )
    if cause.after:
        return say("先前计在别处，之后计在此处", "counted elsewhere before, counts here after")
    return say("先前计在此处，之后计在别处", "counted here before, counts elsewhere after")


@frozen
class _Told:
    """When an event was recorded (Shanghai time), by whom, and the reason given, if any."""

    at: str
    recorder: str
    type: str
    why: str

    def because(self, reader: Reader) -> str:
        return reader.say(f"：{self.why}", f": {self.why}") if self.why else ""


def _told(store: Store, position: int) -> _Told:
    row = store.row(position)
    if row is None:
        return _Told("?", "?", "", "")
    at = datetime.fromisoformat(row.recordedat).astimezone(SHANGHAI)
    try:
        envelope = read_envelope(row.entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Told(f"{at:%Y-%m-%d %H:%M}", "?", row.type, "")
    return _Told(f"{at:%Y-%m-%d %H:%M}", envelope.recorder, row.type, _why(envelope))


def _why(envelope: Envelope) -> str:
    """Return the reason of a correction, which the envelope has, or of a void, which is its data."""
    if envelope.why or envelope.type != "voided":
        return envelope.why
    data = msgspec.json.decode(envelope.data)
    return str(data.get("why", "")) if isinstance(data, dict) else ""


# For programs.


def compared_json(found: Compared, lang: str = "en") -> dict[str, Any]:
    """Return a comparison as an object, its texts in `lang`."""
    indicator = found.indicator
    sides = {"before": found.before, "after": found.after}
    return {
        "indicator": indicator.name,
        "definition": {"zh": indicator.zh, "en": indicator.en},
        "tree": found.before.figures.tree,
        **{label: _side_json(side) for label, side in sides.items()},
        "changes": [_change_json(c, found, lang) for c in found.changes],
    }


def _side_json(side: Side) -> dict[str, Any]:
    period, moment = side.period, side.figures.moment
    root = b64encode(moment.root).decode()
    return {
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        "moment": {"position": moment.position, "root": root},
    }


def _change_json(change: Change, found: Compared, lang: str) -> dict[str, Any]:
    before, after = (reading_object(r, lang) if r else None for r in (change.before, change.after))
    one, two = map(len, change.behind)
    made: dict[str, Any] = {
        "subject": change.reading.subject,
        "dimensions": dict(sorted(change.reading.dimensions.items())),
        "before": before,
        "after": after,
        "difference": change.difference,
        "evidence": {"before": one, "after": two},
    }
    if found.one_period:
        made["events"] = [_cause_json(c, found.store) for c in change.causes]
        made["others"] = change.others
    return made


def _cause_json(cause: Cause, store: Store) -> dict[str, Any]:
    by = cause.superseded_by
    (event,) = (json.loads(e.as_json())["event"] for e in seen(store, [cause.position]))
    return {
        "position": cause.position,
        "counts": "after" if cause.after else "before",
        "evidence": cause.evidence,
        "recorded": cause.recorded,
        "superseded_by": by,
        "why": _told(store, cause.position if by is None else by).why or None,
        "event": event,
    }
