"""Bases: how much, and how evenly, the education bases are used (阵地冷热不均).

This file is a whole family: what can happen (events), what each event states (facts), and what is
read out of the facts (indicators). Nothing else has to be written or registered but one line in
`pyproject.toml`, under `[project.entry-points.lianjian]`. Read it from top to bottom:

    VisitHeld  ── base_visits ──▶  day, base, visits, persons, …  ── q.rows(SQL) ──▶  Reading
     an event    a fact function        rows in views.db             an indicator

A base's figures are over the visits in the period. Blank persons are not zero: a base whose visits
all came without a number is named in the flags of the figures that need one, and left out.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated

from attrs.validators import deep_iterable, ge, in_, min_len, optional

from lianjian.core import (
    ALL,
    Family,
    New,
    Period,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.measures import gini, theil, theil_between_within, theil_shares

# 1. Events: what can happen. A frozen attrs class, a name and a version. `Ref` must be known when
#    the event is recorded, `New` makes an id known, `Term` is a code of a vocabulary. A field with
#    the default None may be unknown, and unknown is never zero.

BaseId = Annotated[str, Ref("base")]
UnitId = Annotated[str, Ref("unit")]


@event("base.opened", 1)
@frozen
class BaseOpened:
    """An education base opens.

    `capacity` is in persons a slot, `slots` are those of an open day, `weekdays` the days of the
    week on which it is open, Monday = 1; where they are left out every day counts as open.
    """

    base: Annotated[str, New("base")]
    name: str = field(validator=min_len(1))
    kind: Annotated[str, Term("base_kind")]
    day: date
    unit: UnitId | None = None
    tier: Annotated[str, Term("tier")] | None = None
    capacity: int | None = field(default=None, validator=optional(ge(1)))
    slots: int | None = field(default=None, validator=optional(ge(1)))
    weekdays: tuple[int, ...] = field(default=(), validator=deep_iterable(in_(range(1, 8))))


@event("base.closed", 1)
@frozen
class BaseClosed:
    """A base receives nobody from this day on."""

    base: BaseId
    day: date
    why: str | None = None


@event("base.reopened", 1)
@frozen
class BaseReopened:
    """A closed base receives visitors again from this day on."""

    base: BaseId
    day: date
    why: str | None = None


@event("visit.held", 1, happened=True)
@frozen
class VisitHeld:
    """A group visited a base; `guided`, or linked to an `activity`, it was an education visit."""

    base: BaseId
    day: date
    visit: Annotated[str, New("visit")] | None = None
    unit: UnitId | None = None
    persons: int | None = field(default=None, validator=optional(ge(0)))
    guided: bool | None = None
    activity: Annotated[str, Ref("activity")] | None = None


# 2. Facts: what one event states, as rows. A pure function of that one event: no clock, no other
#    event, no database. The first key is the day; `sums` may be added up; a `state` holds until
#    the next row about the same keys, and can be read as spells.


@facts(key="day base", text="name kind unit tier weekdays", sums="capacity slots")
def base_openings(e: BaseOpened) -> Iterator[Row]:
    """State what a base is."""
    weekdays = "".join(map(str, sorted(e.weekdays))) or None
    yield e.day, e.base, e.name, e.kind, e.unit, e.tier, weekdays, e.capacity, e.slots


@facts(key="day base", text="status", state="status")
def base_status(e: BaseOpened | BaseClosed | BaseReopened) -> Iterator[Row]:
    """State whether a base is open from a day on."""
    yield e.day, e.base, "closed" if isinstance(e, BaseClosed) else "open"


@facts(key="day base unit", sums="visits persons educational guided_known")
def base_visits(e: VisitHeld) -> Iterator[Row]:
    """State one visit; it is educational if guided, or part of an activity."""
    educational = True if e.activity else e.guided
    guided = None if educational is None else int(educational)
    yield e.day, e.base, e.unit, 1, e.persons, guided, int(guided is not None)


# 3. Indicators: figures, read with ordinary SQL. NAME has the rows of the period, NAME_to_date
#    those up to its end, NAME_spells the spells of a state within it. Corrected and voided events
#    are gone already. Where there is no figure, say why: `q.none`, or the reason given to `q.ratio`.


def open_bases(q: Query) -> dict[str, str | None]:
    """Return the bases that were open at some time in the period, with their tier."""
    return dict(
        q.rows(
            "SELECT b.base, b.tier FROM base_openings_to_date b WHERE b.base IN "
            "(SELECT base FROM base_status_spells WHERE status = 'open') ORDER BY b.base"
        )
    )


def persons_by_base(q: Query) -> dict[str, int | None]:
    """Return the persons received by each open base: 0 without visits, None where all are blank."""
    found = dict(
        q.rows(
            "SELECT base, CASE WHEN count(persons) > 0 THEN sum(persons) END "
            "FROM base_visits GROUP BY base"
        )
    )
    return {base: found.get(base, 0) for base in open_bases(q)}


def known_persons(q: Query) -> tuple[dict[str, int], list[Words]]:
    """Return the persons of the bases with a known figure, and flags that name the others."""
    persons = persons_by_base(q)
    known = {base: n for base, n in persons.items() if n is not None}
    blank = [base for base, n in persons.items() if n is None]
    return known, [Words(f"人数全部空白：{base}", f"all figures blank: {base}") for base in blank]


NO_VISITS = Words("期间内没有参观", "no visits in the period")
BLANK = Words("参观人数全部空白", "the figures of all visits are blank")


@indicator(
    "bases.visits",
    of=base_visits,
    unit="visits",
    better="higher",
    per="base",
    zh="阵地接待的参观批次",
    en="Group visits received, by base",
)
def visits(q: Query) -> Iterator[Reading]:
    """Count the visits of each base that was open; a base nobody came to has 0."""
    found = dict(q.rows("SELECT base, sum(visits) FROM base_visits GROUP BY base"))
    yield q.reading(ALL, sum(found.values()))
    for base in sorted({*found, *open_bases(q)}):
        yield q.reading(f"base:{base}", found.get(base, 0))


@indicator(
    "bases.persons",
    of=base_visits,
    unit="attendances",
    better="higher",
    per="base",
    zh="阵地接待人次",
    en="Persons received (person-times), by base",
)
def persons(q: Query) -> Iterator[Reading]:
    """Add the persons of each base's visits; visits without a number are counted in the flags."""
    total, missing = 0, 0
    sql = "SELECT base, sum(persons), count(*) - count(persons), count(*) FROM base_visits GROUP BY base"
    found = {base: row for base, *row in q.rows(sql)}
    for base in sorted({*found, *open_bases(q)}):
        known, blank, visits_held = found.get(base, (0, 0, 0))
        total, missing = total + (known or 0), missing + blank
        subject, flags = f"base:{base}", _blank_visits(blank)
        if visits_held and blank == visits_held:
            yield q.none(subject, BLANK, flags=flags)
        else:
            yield q.reading(subject, known, flags=flags)
    if found and not q.one("SELECT count(persons) FROM base_visits"):
        yield q.none(ALL, BLANK, flags=_blank_visits(missing))
    else:
        yield q.reading(ALL, total, flags=_blank_visits(missing))


def _blank_visits(count: int) -> list[Words]:
    return [Words(f"{count} 批人数空白", f"{count} visits without a number")] if count else []


@indicator(
    "bases.utilisation",
    of=(base_visits, base_status),
    unit="share",
    better="0.3..0.85",
    per="base",
    zh="阵地使用率：接待人次 ÷（每场容量 × 开放场次）；关闭日不计入分母",
    en="Utilisation: persons received / (capacity x open slots); closed days leave the denominator",
)
def utilisation(q: Query) -> Iterator[Reading]:
    """Divide persons by places offered, for each open base and for all that can be computed."""
    received, all_came, all_places = persons_by_base(q), 0, 0
    for base, places in places_offered(q).items():
        came = received[base]
        if places is None:
            yield q.none(f"base:{base}", Words("未登记容量或场次", "capacity or slots not known"))
        elif came is None:
            yield q.none(f"base:{base}", BLANK)
        else:
            all_came, all_places = all_came + came, all_places + places
            yield q.ratio(f"base:{base}", came, places, Words("没有开放日", "no open day"))
    none = Words("没有可计算的阵地", "no base for which it can be computed")
    yield q.ratio(ALL, all_came, all_places, none)


def places_offered(q: Query) -> dict[str, int | None]:
    """Return capacity x slots x open days of each open base, None where it is not registered."""
    days: dict[str, int] = {}
    registered: dict[str, tuple[int | None, int | None]] = {}
    for base, start, end, weekdays, capacity, slots in q.rows(
        'SELECT s.base, s.start, s."end", b.weekdays, b.capacity, b.slots '
        "FROM base_status_spells s JOIN base_openings_to_date b ON b.base = s.base "
        "WHERE s.status = 'open' ORDER BY s.base"
    ):
        spell = Period(date.fromisoformat(start), date.fromisoformat(end))
        days[base] = days.get(base, 0) + _days_on(spell, weekdays or "1234567")
        registered[base] = capacity, slots
    return {
        base: capacity * slots * days[base] if capacity and slots else None
        for base, (capacity, slots) in registered.items()
    }


def _days_on(spell: Period, weekdays: str) -> int:
    weeks, rest = divmod(spell.days, 7)
    first = spell.start.isoweekday()
    extra = sum(str((first - 1 + i) % 7 + 1) in weekdays for i in range(rest))
    return weeks * len(weekdays) + extra


@indicator(
    "bases.gini",
    of=base_visits,
    unit="ratio",
    better="lower",
    zh="阵地接待人次的基尼系数（0 为各阵地相同）",
    en="Gini coefficient of persons received by base (0: all alike)",
)
def uneven_use(q: Query) -> Iterator[Reading]:
    """Measure inequality over the open bases with a known figure; one that nobody visited has 0."""
    known, flags = known_persons(q)
    yield q.measured(ALL, lambda: gini(known.values()), denominator=len(known), flags=flags)


@indicator(
    "bases.theil",
    of=base_visits,
    unit="nats",
    better="lower",
    zh="阵地接待人次的泰尔指数；各阵地均登记层级时，分解为层级之间与层级之内",
    en="Theil T of persons received by base; where all have a tier, between and within tiers",
)
def theil_index(q: Query) -> Iterator[Reading]:
    """Measure inequality by Theil's T, which splits into what lies between tiers and within them."""
    known, flags = known_persons(q)
    yield q.measured(ALL, lambda: theil(known.values()), denominator=len(known), flags=flags)
    tiers = open_bases(q)
    groups: dict[str, list[int]] = {}
    for base, count in known.items():
        groups.setdefault(tiers[base] or "", []).append(count)
    if "" not in groups:
        parts = partial(theil_between_within, groups)
        yield q.measured(ALL, lambda: parts()[0], dimensions={"part": "between_tiers"})
        yield q.measured(ALL, lambda: parts()[1], dimensions={"part": "within_tiers"})


@indicator(
    "bases.theil_capacity",
    of=base_visits,
    unit="nats",
    better="lower",
    zh="按容量份额的泰尔指数：各阵地人次份额对所提供容量的份额",
    en="Theil T of shares of persons against shares of places offered",
)
def theil_by_capacity(q: Query) -> Iterator[Reading]:
    """Compare shares of persons with shares of places: 0 where use follows capacity."""
    known, flags = known_persons(q)
    places = {base: n for base, n in places_offered(q).items() if base in known and n is not None}
    if len(places) < len(known):
        yield q.none(
            ALL, Words("有阵地未登记容量或场次", "not every base has a capacity"), flags=flags
        )
    else:
        yield q.measured(
            ALL,
            lambda: theil_shares(known.values(), [places[base] for base in known]),
            denominator=len(known),
            flags=flags,
        )


@indicator(
    "bases.relative_use",
    of=base_visits,
    unit="ratio",
    better="0.5..2",
    per="base",
    zh="冷热：阵地接待人次 ÷ 各阵地平均；达 2 为热，不足 0.5 为冷",
    en="Hot and cold: a base's persons / the mean of all bases; hot from 2, cold below 0.5",
)
def hot_and_cold(q: Query) -> Iterator[Reading]:
    """Compare each base with the mean of those that have a figure, and name the hot and the cold."""
    known, flags = known_persons(q)
    mean = Fraction(sum(known.values()), len(known)) if known else 0
    heat = {base: count / mean for base, count in known.items()} if mean else {}
    hot = [base for base, ratio in heat.items() if ratio >= 2]
    cold = [base for base, ratio in heat.items() if ratio < Fraction(1, 2)]
    lists = [
        Words(f"热：{'、'.join(hot) or '无'}", f"hot: {', '.join(hot) or 'none'}"),
        Words(f"冷：{'、'.join(cold) or '无'}", f"cold: {', '.join(cold) or 'none'}"),
    ]
    yield q.ratio(ALL, len(hot) + len(cold), len(heat), NO_VISITS, flags=[*lists, *flags])
    for base, ratio in heat.items():
        mark = [HOT] if base in hot else [COLD] if base in cold else []
        yield q.reading(f"base:{base}", ratio, numerator=known[base], denominator=mean, flags=mark)


HOT, COLD = Words("热", "hot"), Words("冷", "cold")


@indicator(
    "bases.guided_share",
    of=base_visits,
    unit="share",
    better="higher",
    per="base",
    zh="教育参观占比：有讲解或属于某次活动的批次 ÷ 已知是否有讲解的批次",
    en="Education visits: guided or part of an activity / visits of which that is known",
)
def guided_share(q: Query) -> Iterator[Reading]:
    """Tell how many visits were more than a walk (一次参观就是一次教育)."""
    sums = [0, 0, 0]
    for base, guided, known, held in q.rows(
        "SELECT base, coalesce(sum(educational), 0), sum(guided_known), count(*) "
        "FROM base_visits GROUP BY base ORDER BY base"
    ):
        sums = [a + b for a, b in zip(sums, (guided, known, held), strict=True)]
        yield q.ratio(f"base:{base}", guided, known, UNSAID, flags=_unsaid(held - known))
    yield q.ratio(
        ALL, sums[0], sums[1], UNSAID if sums[2] else NO_VISITS, flags=_unsaid(sums[2] - sums[1])
    )


UNSAID = Words("均未注明有无讲解", "of no visit is it known whether it was guided")


def _unsaid(count: int) -> list[Words]:
    said = Words(f"{count} 批未注明有无讲解", f"{count} visits do not say whether guided")
    return [said] if count else []


@indicator(
    "bases.contradictions",
    of=(base_visits, base_status),
    unit="events",
    better="lower",
    per="base",
    zh="阵地记录中的矛盾：关闭期间仍有参观",
    en="Contradictions in the records of bases: visits while closed",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List visits on days when the base was closed or not yet open; they were reported all the same."""
    found: dict[str, list[Words]] = {}
    for base, event_, day in q.rows(
        "SELECT v.base, v.event, v.day FROM base_visits v WHERE NOT EXISTS (SELECT 1 FROM "
        "base_status_spells s WHERE s.base = v.base AND s.status = 'open' AND s.start <= v.day "
        'AND v.day < s."end") ORDER BY v.event'
    ):
        said = Words(f"第 {event_} 条：{day} 未开放", f"position {event_}: not open on {day}")
        found.setdefault(base, []).append(said)
    yield q.reading(ALL, sum(map(len, found.values())))
    for base, flags in sorted(found.items()):
        yield q.reading(f"base:{base}", len(flags), flags=flags)


# 4. The family: a value that lists what the file declares, handed over by the one hook. Raise
#    `version` when a fact function changes its meaning; the views are then built anew.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of bases."""
    return Family(
        "bases",
        version=1,
        zh="阵地",
        en="Bases",
        events=[BaseOpened, BaseClosed, BaseReopened, VisitHeld],
        facts=[base_openings, base_status, base_visits],
        indicators=[
            visits,
            persons,
            utilisation,
            uneven_use,
            theil_index,
            theil_by_capacity,
            hot_and_cold,
            guided_share,
            contradictions,
        ],
    )
