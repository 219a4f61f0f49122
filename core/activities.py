"""The events that every family builds on, and the facts they state: units, headcounts, activities.

A unit keeps its id through every rename and recode; an id is not a code. An activity is one event
with everything that was reported about it: who hosted, what about, in which forms, who spoke, who
came. A blank is None and stays None: it is never read as zero. 人次 (attendances) are not 人数
(persons): what can be said about persons is an interval, and the coverage family says it.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from attrs import Attribute, Factory, field, frozen
from attrs.validators import and_, ge, le, min_len, optional

from lianjian.core.errors import (
    BadTime,
    MinutesDoNotAdd,
    NotTenThousand,
    PartWrong,
    RegisteredTwice,
    Words,
)
from lianjian.core.event import event
from lianjian.core.facts import Row, facts
from lianjian.core.identifiers import valid_division_code, valid_uscc
from lianjian.core.notices import NOTICES
from lianjian.core.shapes import New, Ref, Term

WHOLE = 10_000  # basis points (万分比)

UnitId = Annotated[str, Ref("unit")]
Theme = Annotated[str, Term("theme")]
Topic = Annotated[str, Term("topic")]
Format = Annotated[str, Term("format")]
Category = Annotated[str, Term("post_category")]


def adds_to_whole(_: Any, attribute: "Attribute[Any]", shares: dict[str, int]) -> None:
    """Validate that shares in basis points, where there are any, are positive and add to 10,000."""
    if shares and (sum(shares.values()) != WHOLE or min(shares.values()) <= 0):
        raise NotTenThousand(total=sum(shares.values())).at(attribute.name)


def each_once(name: str) -> Any:
    """Return a validator of a sequence of records: no two have the same `name` (columns by space)."""

    def check(_: Any, attribute: "Attribute[Any]", items: tuple[Any, ...]) -> None:
        seen = set()
        for i, item in enumerate(items):
            key = tuple(getattr(item, n) for n in name.split())
            if key in seen:
                shown = " ".join(map(str, key))
                raise RegisteredTwice(value=shown).at(f"{attribute.name}.{i}")
            seen.add(key)

    return check


def unique(_: Any, attribute: "Attribute[Any]", items: tuple[str, ...]) -> None:
    """Validate that a sequence of texts has none twice."""
    for i, item in enumerate(items):
        if item in items[:i]:
            raise RegisteredTwice(value=item).at(f"{attribute.name}.{i}")


def at_least_two(_: Any, attribute: "Attribute[Any]", items: tuple[str, ...]) -> None:
    """Check, as an attrs validator, that there are two items or more: what joins needs two."""
    if len(items) < 2:
        why = Words("须有两个以上", "there must be two or more")
        raise PartWrong(why=why).at(attribute.name)


def exactly_one(*names: str) -> Any:
    """Return a validator that sees that just one of the fields `names` is given.

    It stands on the first of them, and speaks of the whole record.
    """
    zh, en = "、".join(names), ", ".join(names)

    def check(record: Any, _: Any, __: Any) -> None:
        given = [name for name in names if getattr(record, name) is not None]
        if len(given) != 1:
            said = Words(f"须且只须有一个对象：{zh} 之一", f"exactly one of {en} must be given")
            raise PartWrong(why=said).at(given[1] if given else names[0])

    return check


# Units.


@event("unit.registered", 1)
@frozen
class UnitRegistered:
    """A unit takes part: an organ, a town, a village, a company, a school."""

    unit: Annotated[str, New("unit")]
    name: str = field(validator=min_len(1))
    kind: Annotated[str, Term("unit_kind")]
    tier: Annotated[str, Term("tier")]
    day: date
    parent: UnitId | None = field(default=None)
    code: str | None = field(default=None, validator=optional(valid_division_code))
    uscc: str | None = field(default=None, validator=optional(valid_uscc))

    @parent.validator
    def _not_itself(self, _: Any, parent: str | None) -> None:
        if parent is not None and parent == self.unit:
            raise PartWrong(
                why=Words("上级单位不能是本单位", "a unit cannot be its own parent")
            ).at("parent")


@frozen
class Successor:
    """Where units go in a merge or a split, and with what share (basis points)."""

    unit: UnitId
    share_bp: int = field(validator=and_(ge(1), le(WHOLE)))


NEEDS = {
    "rename": {"name"},
    "recode": {"code"},
    "reparent": {"parent"},
    "merge": {"into"},
    "split": {"into"},
    "close": set[str](),
}


@event("unit.reorganized", 1)
@frozen
class UnitReorganized:
    """A change of the unit tree on a day.

    A merge sends each of `units` into the one successor; a split sends the one unit into several,
    by shares. `parent` of a reparent is left out where the units come to stand at the top.
    """

    change: Literal["rename", "recode", "reparent", "merge", "split", "close"] = field()
    units: tuple[UnitId, ...] = field(validator=[min_len(1), unique])
    day: date
    into: tuple[Successor, ...] = field(default=(), validator=each_once("unit"))
    name: str | None = field(default=None, validator=optional(min_len(1)))
    code: str | None = field(default=None, validator=optional(valid_division_code))
    parent: UnitId | None = field(default=None)

    @change.validator
    def _has_its_parts(self, _: Any, change: str) -> None:
        given = {n for n in ("into", "name", "code", "parent") if getattr(self, n)}
        for name in sorted(given - NEEDS[change]):
            raise PartWrong(why=Words(f"{change} 不应有 {name}", f"a {change} has no {name}")).at(
                name
            )
        for name in sorted(NEEDS[change] - given - {"parent"}):
            raise PartWrong(why=Words(f"{change} 须有 {name}", f"a {change} needs {name}")).at(name)
        if change in ("rename", "recode", "split") and len(self.units or ()) != 1:
            raise PartWrong(
                why=Words(f"{change} 一次只涉及一个单位", f"a {change} is about one unit")
            ).at("units")

    @into.validator
    def _shares_add(self, _: Any, into: tuple[Successor, ...]) -> None:
        if into and sum(s.share_bp for s in into) != WHOLE:
            raise NotTenThousand(total=sum(s.share_bp for s in into)).at("into")
        # A unit may go on under its old id, but nothing happens where it alone goes into itself.
        if into and {s.unit for s in into} == set(self.units or ()):
            raise PartWrong(why=Words("去向不能只是自身", "a unit cannot go into itself")).at(
                "into"
            )

    @parent.validator
    def _not_itself(self, _: Any, parent: str | None) -> None:
        if parent is not None and parent in (self.units or ()):
            raise PartWrong(
                why=Words("上级单位不能是本单位", "a unit cannot be its own parent")
            ).at("parent")


@event("headcount.declared", 1)
@frozen
class HeadcountDeclared:
    """How many persons of a category a unit has, from a day on.

    A person stands in one category only, the first that fits in the vocabulary's order, so that
    headcounts add.
    """

    unit: UnitId
    category: Category
    persons: int = field(validator=ge(0))
    day: date


@event("term.defined", 1)
@frozen
class TermDefined:
    """A new code of a vocabulary; a code is never used again for something else."""

    scheme: str = field(validator=min_len(1))
    code: Annotated[str, New("term:{scheme}")]
    zh: str = field(validator=min_len(1))
    en: str = field(validator=min_len(1))
    day: date


# Activities.


@frozen
class Speaker:
    """A lecturer and for how long they spoke (minutes)."""

    lecturer: Annotated[str, Ref("lecturer")]
    minutes: int | None = field(default=None, validator=optional(ge(0)))


@frozen
class Attendance:
    """How many people of a unit and category were expected and came; None where nobody knows."""

    unit: UnitId
    category: Category
    expected: int | None = field(default=None, validator=optional(ge(0)))
    attended: int | None = field(default=None, validator=optional(ge(0)))


@event("activity.held", 1, happened=True)
@frozen
class ActivityHeld:
    """An educational activity took place.

    `themes` are shares in basis points that add to 10,000; `formats` are minutes that add to
    `minutes`; `topics` are what it dealt with, as far as anybody said. Attendance belongs to the units of those who came, hosting to the hosts.
    """

    activity: Annotated[str, New("activity")]
    day: date
    host: UnitId
    start: str | None = field(default=None)
    minutes: int | None = field(default=None, validator=optional(ge(1)))
    cohosts: tuple[UnitId, ...] = field(default=(), validator=unique)
    themes: dict[Theme, int] = field(default=Factory(dict), validator=adds_to_whole)
    formats: dict[Format, int] = field(default=Factory(dict))
    channel: Annotated[str, Term("channel")] | None = None
    lecturers: tuple[Speaker, ...] = field(default=(), validator=each_once("lecturer"))
    base: Annotated[str, Ref("base")] | None = None
    entry: Annotated[str, Term("entry")] | None = None
    aims: tuple[Annotated[str, Term("aim")], ...] = field(default=(), validator=unique)
    plan_items: tuple[Annotated[str, Ref("plan_item")], ...] = field(default=(), validator=unique)
    cases: tuple[Annotated[str, Ref("case")], ...] = field(default=(), validator=unique)
    resources: tuple[Annotated[str, Ref("resource")], ...] = field(default=(), validator=unique)
    attendance: tuple[Attendance, ...] = field(default=(), validator=each_once("unit category"))
    posts: tuple[Annotated[str, Ref("post")], ...] = field(default=(), validator=unique)
    origin: Literal["district", "local"] | None = None
    topics: tuple[Topic, ...] = field(default=(), validator=unique)

    @start.validator
    def _is_time(self, _: Any, start: str | None) -> None:
        if start is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", start, re.ASCII):
            raise BadTime(value=start).at("start")

    @cohosts.validator
    def _host_once(self, _: Any, cohosts: tuple[str, ...]) -> None:
        if self.host in cohosts:
            raise RegisteredTwice(value=self.host).at("cohosts")

    @formats.validator
    def _minutes_add(self, _: Any, formats: dict[str, int]) -> None:
        if not formats:
            return
        total = sum(formats.values())
        if min(formats.values()) <= 0 or total != self.minutes:
            raise MinutesDoNotAdd(total=total, minutes=self.minutes).at("formats")


# What they state.


@facts(key="day unit", text="kind tier uscc")
def unit_registrations(e: UnitRegistered) -> Iterator[Row]:
    """State that a unit takes part."""
    yield e.day, e.unit, e.kind, e.tier, e.uscc


@facts(key="day unit", text="name", state="name")
def unit_names(e: UnitRegistered | UnitReorganized) -> Iterator[Row]:
    """State what a unit is called from a day on."""
    if isinstance(e, UnitRegistered):
        yield e.day, e.unit, e.name
    elif e.change == "rename":
        yield e.day, e.units[0], e.name


@facts(key="day unit", text="code", state="code")
def unit_codes(e: UnitRegistered | UnitReorganized) -> Iterator[Row]:
    """State which division code a unit has from a day on."""
    if isinstance(e, UnitRegistered):
        yield e.day, e.unit, e.code
    elif e.change == "recode":
        yield e.day, e.units[0], e.code


@facts(key="day unit", text="parent", state="parent")
def unit_parents(e: UnitRegistered | UnitReorganized) -> Iterator[Row]:
    """State below which unit a unit stands from a day on."""
    if isinstance(e, UnitRegistered):
        yield e.day, e.unit, e.parent
    elif e.change == "reparent":
        for unit in e.units:
            yield e.day, unit, e.parent


@facts(key="day unit", text="status", state="status")
def unit_status(e: UnitRegistered | UnitReorganized) -> Iterator[Row]:
    """State whether a unit is open or closed from a day on."""
    if isinstance(e, UnitRegistered):
        yield e.day, e.unit, "open"
    elif e.change in ("merge", "split", "close"):
        heirs = {s.unit for s in e.into}
        for unit in e.units:
            if unit not in heirs:
                yield e.day, unit, "closed"


@facts(key="day unit successor", sums="share_bp")
def unit_successions(e: UnitReorganized) -> Iterator[Row]:
    """State where a unit that ends goes, and with what share."""
    if e.change in ("merge", "split"):
        heirs = {s.unit for s in e.into}
        for unit in e.units:
            if unit not in heirs:
                for successor in e.into:
                    yield e.day, unit, successor.unit, successor.share_bp


@facts(key="day unit category", sums="persons", state="persons")
def headcount_declarations(e: HeadcountDeclared) -> Iterator[Row]:
    """State how many persons of a category a unit has from a day on."""
    yield e.day, e.unit, e.category, e.persons


@facts(key="day scheme code", text="zh en")
def term_definitions(e: TermDefined) -> Iterator[Row]:
    """State what a new code means."""
    yield e.day, e.scheme, e.code, e.zh, e.en


@facts(key="day activity host", text="channel base entry origin", sums="activities minutes")
def activities_held(e: ActivityHeld) -> Iterator[Row]:
    """State one activity."""
    yield e.day, e.activity, e.host, e.channel, e.base, e.entry, e.origin, 1, e.minutes


@facts(key="day activity unit role", text="entry")
def activity_hosts(e: ActivityHeld) -> Iterator[Row]:
    """State who hosted: the host, and each co-host."""
    yield e.day, e.activity, e.host, "host", e.entry
    for unit in e.cohosts:
        yield e.day, e.activity, unit, "cohost", e.entry


@facts(key="day activity theme", sums="share_bp minute_bp")
def activity_themes(e: ActivityHeld) -> Iterator[Row]:
    """State the themes; `minute_bp` is minutes times the share, so 600,000 are an hour."""
    for theme, share in e.themes.items():
        yield e.day, e.activity, theme, share, None if e.minutes is None else e.minutes * share


@facts(key="day activity format", sums="minutes")
def activity_formats(e: ActivityHeld) -> Iterator[Row]:
    """State for how long which form was used."""
    for form, minutes in e.formats.items():
        yield e.day, e.activity, form, minutes


@facts(key="day activity lecturer", text="host", sums="sessions minutes")
def activity_lecturers(e: ActivityHeld) -> Iterator[Row]:
    """State who spoke for how long, and at whose house."""
    for speaker in e.lecturers:
        yield e.day, e.activity, speaker.lecturer, e.host, 1, speaker.minutes


@facts(key="day activity unit category", text="entry", sums="expected attended minutes")
def attendances(e: ActivityHeld) -> Iterator[Row]:
    """State who came to what, and how long it was."""
    for line in e.attendance:
        yield (
            e.day,
            e.activity,
            line.unit,
            line.category,
            e.entry,
            line.expected,
            line.attended,
            e.minutes,
        )


EVENTS = (
    UnitRegistered,
    UnitReorganized,
    HeadcountDeclared,
    TermDefined,
    ActivityHeld,
    *NOTICES,
)
FACTS = (
    unit_registrations,
    unit_names,
    unit_codes,
    unit_parents,
    unit_status,
    unit_successions,
    headcount_declarations,
    term_definitions,
    activities_held,
    activity_hosts,
    activity_themes,
    activity_formats,
    activity_lecturers,
    attendances,
)
