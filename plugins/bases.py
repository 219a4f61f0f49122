"""Bases: how much, and how evenly, the education bases are used (阵地冷热不均).

This file is a whole family: what can happen (events), what each event states (facts), and what is
read out of the facts (indicators). Nothing else has to be written or registered but one line in
`pyproject.toml`, under `[project.entry-points.lianjian]`. Read it from top to bottom:

    VisitHeld  ── base_visits ──▶  day, base, visits, persons, …  ── q.rows(SQL) ──▶  Reading
     an event    a fact function        rows in views.db             an indicator

A base's figures are over the visits in the period. Blank persons are not zero: a base whose visits
all came without a number is named in the flags of the figures that need one, and left out.

To try things out, `Trial` in core/testing.py keeps a log in a folder of your choice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Annotated

from attrs.validators import and_, deep_iterable, ge, le, min_len, optional

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
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.activities import at_least_two, unique
from lianjian.core.kit import counted, listed, named, odd, weekdays_in
from lianjian.core.measures import components, gini, theil, theil_between_within, theil_shares
from lianjian.core.units import covered_days

# 1. Events: what can happen. A frozen attrs class, a name and a version. `Ref` must be known when
#    the event is recorded, `New` makes an id known, `Term` is a code of a vocabulary (core/data). A
#    field with the default None may be unknown, and unknown is never zero. What has `happened` is
#    refused if its day is still to come.

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
    weekdays: tuple[int, ...] = field(default=(), validator=deep_iterable(and_(ge(1), le(7))))


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
    """A group visited a base. Guided, or part of an activity, it was an education visit."""

    base: BaseId
    day: date
    visit: Annotated[str, New("visit")] | None = None
    unit: UnitId | None = None
    persons: int | None = field(default=None, validator=optional(ge(0)))
    guided: bool | None = None
    activity: Annotated[str, Ref("activity")] | None = None


@event("base.upgraded", 1)
@frozen
class BaseUpgraded:
    """A base is better from this day on: rebuilt, refitted, or raised to another tier."""

    base: BaseId
    day: date
    tier: Annotated[str, Term("tier")] | None = None
    why: str | None = None


@event("route.defined", 1)
@frozen
class RouteDefined:
    """Bases are joined to one route, in the order in which it is walked (点线相连)."""

    route: Annotated[str, New("route")]
    name: str = field(validator=min_len(1))
    bases: tuple[BaseId, ...] = field(validator=[at_least_two, unique])
    day: date


# 2. Facts: what one event states, as rows. A pure function of that one event: no clock, no other
#    event, no database. `key` is what a row is about, its day first; `text` and `sums` are what it
#    says, `sums` in whole numbers that may be added up. A `state` is a column whose value holds
#    until the next row about the same keys. Days are stored as ISO text, None as null.


@facts(key="day base", text="name kind unit tier weekdays", sums="capacity slots")
def base_openings(e: BaseOpened) -> Iterator[Row]:
    """State what a base is; its weekdays become digits, "23456" for Tuesday to Saturday."""
    weekdays = "".join(map(str, sorted(set(e.weekdays)))) or None
    yield e.day, e.base, e.name, e.kind, e.unit, e.tier, weekdays, e.capacity, e.slots


@facts(key="day base", text="status", state="status")
def base_status(e: BaseOpened | BaseClosed | BaseReopened) -> Iterator[Row]:
    """State whether a base is open from a day on."""
    yield e.day, e.base, "closed" if isinstance(e, BaseClosed) else "open"


@facts(key="day base unit", sums="visits persons educational")
def base_visits(e: VisitHeld) -> Iterator[Row]:
    """State one visit: educational 1 or 0, None where nobody said whether it was guided."""
    educational = True if e.activity else e.guided
    yield e.day, e.base, e.unit, 1, e.persons, None if educational is None else int(educational)


@facts(key="day base", text="tier")
def base_upgrades(e: BaseUpgraded) -> Iterator[Row]:
    """State that a base was upgraded, and to which tier, where to another one."""
    yield e.day, e.base, e.tier


@facts(key="day route base")
def base_routes(e: RouteDefined) -> Iterator[Row]:
    """State which bases a route joins."""
    for base in e.bases:
        yield e.day, e.route, base


# 3. Indicators: figures, read with ordinary SQL out of views. A fact function NAME gives NAME, the
#    rows of the period; NAME_to_date, those up to its end; NAME_spells, the spells of a state in it.
#    A row also has `event`, its position in the log; what was corrected or voided is gone. Every
#    family sees `units` (name, kind, tier, …), `headcounts`, and `projections`, through which a unit
#    counts for its successor; none sees another family's facts (core/indicator.py). `q.period` may
#    be a year or a week; its `end`, like that of a spell, is the first day after it.
#
#    A reading is about ALL, or about KIND:ID with the KIND of `per`. `of` is the evidence, which
#    `lianjian why` opens: name the tables that a figure rests on. `indicator` lists what `unit` and
#    `better` may be; `Words` are Chinese first. Where there is no figure, say why: `q.none`, or the
#    reason given to `q.ratio` for a denominator of 0; `q.measured` passes on that of a measure.

NO_VISITS = Words("期间内没有参观", "no visits in the period")
BLANK = Words("参观人数全部空白", "the figures of all visits are blank")
NOBODY = Words("没有已知的接待人次", "nobody is known to have come")
NO_CAPACITY = Words("未登记容量或场次", "capacity or slots not known")
NO_PLACES = Words("没有可计算的阵地", "no base for which it can be computed")

OPEN_BASES = """
    SELECT b.base, coalesce((
        SELECT u.tier FROM base_upgrades_to_date u WHERE u.base = b.base AND u.tier IS NOT NULL
        ORDER BY u.day DESC, u.event DESC LIMIT 1
    ), b.tier)
    FROM base_openings_to_date b
    WHERE b.base IN (SELECT base FROM base_status_spells WHERE status = 'open') ORDER BY b.base
"""


def open_bases(q: Query) -> dict[str, str | None]:
    """Return the bases that were open at some time in the period, with their tier by its end."""
    return dict(q.rows(OPEN_BASES))


def counts(q: Query, column: str) -> dict[str, tuple[int, int, int]]:
    """Return, by subject, how many visits there were, how many have a value in a column, and its sum.

    The subjects are all, the open bases, with 0 where nobody came, and any other base with visits.
    """
    found = {f"base:{base}": (0, 0, 0) for base in open_bases(q)}
    for base, held, known, total in q.rows(
        f"SELECT base, count(*), count({column}), coalesce(sum({column}), 0) "
        "FROM base_visits GROUP BY base"
    ):
        found[f"base:{base}"] = held, known, total
    held, known, total = map(sum, zip((0, 0, 0), *found.values(), strict=True))
    return {ALL: (held, known, total), **found}


@indicator(
    "bases.visits",
    of=base_visits,
    unit="visits",
    better="higher",
    per="base",
    zh="阵地接待的参观批次",
    en="Group visits received, by base",
    formula="Σ v",
)
def visits(q: Query) -> Iterator[Reading]:
    """Count the visits of each base that was open; a base nobody came to has 0."""
    for subject, (held, _, _) in counts(q, "visits").items():
        yield q.reading(subject, held)


@indicator(
    "bases.persons",
    of=base_visits,
    unit="attendances",
    better="higher",
    per="base",
    zh="阵地接待人次",
    en="Persons received (person-times), by base",
    formula="x = Σ p",
)
def persons(q: Query) -> Iterator[Reading]:
    """Add the persons of each base's visits; visits without a number are counted in the flags."""
    for subject, (held, known, total) in counts(q, "persons").items():
        flags = counted(held - known, "批人数空白", "visits without a number")
        if held and not known:
            yield q.none(subject, BLANK, flags=flags)
        else:
            yield q.reading(subject, total, flags=flags)


def known_persons(q: Query) -> tuple[dict[str, int], list[Words]]:
    """Return the persons of each open base with a known figure, and flags about what is blank."""
    came = {r.subject: r for r in q.readings("bases.persons")}
    figures = {base: came[f"base:{base}"].value for base in open_bases(q)}
    known = {base: int(value) for base, value in figures.items() if value is not None}
    blank = named(BLANK.zh, BLANK.en, figures.keys() - known.keys())
    return known, [*blank, *came[ALL].flags]


def places_offered(q: Query) -> dict[str, int]:
    """Return capacity x slots x open days of each open base that registered both."""
    places: Counter[str] = Counter()
    for base, start, end, weekdays, each_day in q.rows(
        'SELECT s.base, s.start, s."end", b.weekdays, b.capacity * b.slots '
        "FROM base_status_spells s JOIN base_openings_to_date b ON b.base = s.base "
        "WHERE s.status = 'open' AND b.capacity > 0 AND b.slots > 0"
    ):
        spell = Period(date.fromisoformat(start), date.fromisoformat(end))
        places[base] += each_day * weekdays_in(spell, weekdays or "1234567")
    return places


@indicator(
    "bases.utilisation",
    of=(base_visits, base_status),
    unit="share",
    better="0.3..0.85",
    per="base",
    zh="阵地使用率：接待人次 x ÷（每场容量 c × 每日场次 s × 开放天数 d）；关闭日不计入分母",
    en="Utilisation: persons received x / (capacity c × slots s × open days d); closed days leave "
    "the denominator",
    formula="Σ x / Σ (c × s × d)",
)
def utilisation(q: Query) -> Iterator[Reading]:
    """Divide persons by places offered, for each open base and for all that can be computed."""
    (known, flags), places = known_persons(q), places_offered(q)
    for base in open_bases(q):
        if base not in places:
            yield q.none(f"base:{base}", NO_CAPACITY)
        elif base not in known:
            yield q.none(f"base:{base}", BLANK)
        else:
            yield q.ratio(f"base:{base}", known[base], places[base], NO_OPEN_DAY)
    judged = [base for base in known if places.get(base)]
    all_came, all_places = sum(known[b] for b in judged), sum(places[b] for b in judged)
    flags += named(NO_CAPACITY.zh, NO_CAPACITY.en, known.keys() - places.keys())
    yield q.ratio(ALL, all_came, all_places, NO_PLACES, flags=flags)


NO_OPEN_DAY = Words("没有开放日", "no open day")


@indicator(
    "bases.gini",
    of=(base_visits, base_status),
    unit="ratio",
    better="lower",
    zh="阵地接待人次的基尼系数（0 为各阵地相同）",
    en="Gini coefficient of persons received by base (0: all alike)",
    formula="G = Σ (2i - n - 1) x_i / (n Σ x_i), x_1 ≤ … ≤ x_n",
)
def uneven_use(q: Query) -> Iterator[Reading]:
    """Measure inequality over the open bases with a known figure; one that nobody visited has 0."""
    known, flags = known_persons(q)
    yield q.measured(ALL, lambda: gini(known.values()), denominator=len(known), flags=flags)


@indicator(
    "bases.theil",
    of=(base_visits, base_status, base_upgrades),
    unit="nats",
    better="lower",
    zh="阵地接待人次的泰尔指数；各阵地均登记层级时，分解为层级之间 B 与层级之内 W",
    en="Theil T of persons received by base; where all have a tier, between (B) and within tiers (W)",
    formula="T = (1/n) Σ (x_i / μ) ln(x_i / μ) = B + W, 0 ln 0 = 0",
)
def theil_index(q: Query) -> Iterator[Reading]:
    """Measure inequality by Theil's T, which splits into what lies between tiers and within them."""
    known, flags = known_persons(q)
    yield q.measured(ALL, lambda: theil(known.values()), denominator=len(known), flags=flags)
    tiers, groups = open_bases(q), defaultdict[str, list[int]](list)
    for base, count in known.items():
        groups[tiers[base] or ""].append(count)
    if "" not in groups:
        between, within = {"part": "between_tiers"}, {"part": "within_tiers"}
        yield q.measured(ALL, lambda: theil_between_within(groups)[0], dimensions=between)
        yield q.measured(ALL, lambda: theil_between_within(groups)[1], dimensions=within)


@indicator(
    "bases.theil_capacity",
    of=(base_visits, base_status),
    unit="nats",
    better="lower",
    zh="按容量份额的泰尔指数：各阵地人次份额 s 对所提供容量的份额 c",
    en="Theil T of shares s of persons against shares c of places offered",
    formula="T = Σ s_i ln(s_i / c_i)",
)
def theil_by_capacity(q: Query) -> Iterator[Reading]:
    """Compare shares of persons with shares of places: 0 where use follows capacity."""
    (known, flags), places = known_persons(q), places_offered(q)
    if lacking := named(NO_CAPACITY.zh, NO_CAPACITY.en, known.keys() - places.keys()):
        yield q.none(ALL, NOT_EVERY_CAPACITY, flags=[*flags, *lacking])
        return
    due = [places[base] for base in known]
    measure = partial(theil_shares, known.values(), due)
    yield q.measured(ALL, measure, denominator=len(known), flags=flags)


NOT_EVERY_CAPACITY = Words("有阵地未登记容量或场次", "not every base has a capacity")
HOT, COLD = Words("热", "hot"), Words("冷", "cold")


@indicator(
    "bases.relative_use",
    of=(base_visits, base_status),
    unit="ratio",
    better="0.5..2",
    per="base",
    zh="冷热：阵地接待人次 ÷ 各阵地平均；达 2 为热，不足 0.5 为冷",
    en="Hot and cold: a base's persons / the mean of all bases; hot from 2, cold below 0.5",
    formula="x_i / μ",
)
def relative_use(q: Query) -> Iterator[Reading]:
    """Compare each base with the mean of those with a figure; the flags say what is hot or cold."""
    known, _ = known_persons(q)
    mean = Fraction(sum(known.values()), len(known) or 1)
    for base in open_bases(q):
        if base not in known:
            yield q.none(f"base:{base}", BLANK)
            continue
        came = known[base]
        heat = [HOT] if came >= 2 * mean > 0 else [COLD] if came < mean / 2 else []
        yield q.ratio(f"base:{base}", came, mean, NOBODY, flags=heat)


@indicator(
    "bases.hot_or_cold",
    of=(base_visits, base_status),
    unit="share",
    better="lower",
    zh="冷热阵地占比：接待人次达平均 2 倍（热）或不足一半（冷）的阵地 ÷ 各阵地",
    en="Hot or cold bases: with twice the mean or more, or less than half of it / all bases",
    formula="#{x_i ≥ 2μ ∨ x_i < μ / 2} / n",
)
def hot_or_cold(q: Query) -> Iterator[Reading]:
    """Tell how many bases are hot or cold, and name them."""
    judged = {r.subject: r.flags for r in q.readings("bases.relative_use") if r.value is not None}
    either, said = 0, list[Words]()
    for heat in (HOT, COLD):
        some = [base.removeprefix("base:") for base, flags in judged.items() if heat in flags]
        either += len(some)
        said += named(heat.zh, heat.en, some)
    yield q.ratio(ALL, either, len(judged), NOBODY, flags=[*said, *known_persons(q)[1]])


@indicator(
    "bases.guided_share",
    of=base_visits,
    unit="share",
    better="higher",
    per="base",
    zh="教育参观占比：有讲解或属于某次活动的批次 e ÷ 已知是否有讲解的批次 n",
    en="Education visits: guided or part of an activity (e) / visits of which that is known (n)",
    formula="e / n",
)
def guided_share(q: Query) -> Iterator[Reading]:
    """Tell how many visits were more than a walk (一次参观就是一次教育)."""
    for subject, (held, known, educational) in counts(q, "educational").items():
        flags = counted(held - known, "批未注明有无讲解", "visits do not say whether guided")
        yield q.ratio(subject, educational, known, NOT_SAID if held else NO_VISITS, flags=flags)


NOT_SAID = Words("均未注明有无讲解", "of no visit is it known whether it was guided")
NO_ROUTE = Words("没有线路", "no route is defined")


@indicator(
    "bases.connected",
    of=(base_routes, base_status),
    unit="share",
    better="higher",
    zh="点线相连：由线路连成的最大一组阵地 C ÷ 开放阵地 B",
    en="Bases in the largest group C joined by routes / open bases B",
    formula="max_k #C_k / #B",
)
def connected(q: Query) -> Iterator[Reading]:
    """Tell how far routes join the open bases; a base on no route, and a closed one, joins none."""
    places, routes = open_bases(q).keys(), defaultdict[str, set[str]](set)
    for route, base in q.rows("SELECT route, base FROM base_routes_to_date"):
        routes[route].add(base)
    if places and not routes:
        yield q.none(ALL, NO_ROUTE, denominator=len(places))
        return
    groups = components(bases & places for bases in routes.values())
    largest = max((len(group) for group in groups if len(group) > 1), default=0)
    yield q.ratio(ALL, largest, len(places), NO_PLACES)


OF_A_UNIT = "CASE WHEN unit IS NOT NULL THEN 1 END"
COMBINED = """
    WITH stops AS (
        SELECT day, unit, base, sum(visits) AS held FROM base_visits WHERE unit IS NOT NULL
        GROUP BY day, unit, base
    ), trips AS (
        SELECT day, unit FROM stops GROUP BY day, unit HAVING count(*) > 1
    )
    SELECT coalesce(sum(held), 0) FROM (
        SELECT DISTINCT one.day, one.unit, one.base, one.held FROM trips t
        JOIN stops one ON one.day = t.day AND one.unit = t.unit
        JOIN stops other ON other.day = t.day AND other.unit = t.unit AND other.base <> one.base
        JOIN base_routes_to_date a ON a.base = one.base
        JOIN base_routes_to_date b ON b.base = other.base AND b.route = a.route
    ) z
"""


@indicator(
    "bases.combined_visits",
    of=(base_visits, base_routes),
    unit="share",
    better="higher",
    zh="联程参观占比：同日参观同一线路另一阵地的批次 c ÷ 单位已知的批次 n",
    en="Visits combined with another base of a route on the same day (c) / visits of known units (n)",
    formula="c / n",
)
def combined_visits(q: Query) -> Iterator[Reading]:
    """Tell how many visits were a stop of a route; a later merger makes two trips no single one."""
    held, known, _ = counts(q, OF_A_UNIT)[ALL]
    flags = counted(held - known, "批来访单位空白", "visits do not say which unit came")
    if known and not q.one("SELECT count(*) FROM base_routes_to_date"):
        yield q.none(ALL, NO_ROUTE, denominator=known, flags=flags)
    else:
        yield q.ratio(ALL, q.one(COMBINED), known, NO_UNIT if held else NO_VISITS, flags=flags)


NO_UNIT = Words("来访单位均未登记", "of no visit is the unit known")
VISITORS = """
    WITH came AS (
        SELECT 'base:' || v.base AS subject, p.seen_as AS unit, count(DISTINCT v.event) AS times
        FROM base_visits v JOIN projections p ON p.unit = v.unit GROUP BY v.base, p.seen_as
    ), visitors AS (
        SELECT subject, unit, times FROM came
        UNION ALL SELECT 'all', unit, sum(times) FROM came GROUP BY unit
    )
    SELECT v.subject, count(*), sum(CASE WHEN times > 1 THEN 1 ELSE 0 END), count(r.unit)
    FROM visitors v LEFT JOIN unit_registrations_to_date r
    ON r.unit = v.unit AND r.kind = 'external' GROUP BY v.subject
"""
PARTS: tuple[dict[str, str], ...] = {}, {"visitors": "repeat"}, {"visitors": "outside"}


@indicator(
    "bases.origins",
    of=base_visits,
    unit="units",
    better="higher",
    per="base",
    zh="来访单位数",
    en="Units that visited",
    formula="#U",
)
def origins(q: Query) -> Iterator[Reading]:
    """Count the units that came; `repeat` those with two visits or more, `outside` the external.

    For all bases a unit counts once, and is a repeated visitor with two visits to whichever of them.
    """
    came, found = {subject: row for subject, *row in q.rows(VISITORS)}, counts(q, OF_A_UNIT)
    for subject, (held, known, _) in found.items():
        flags = counted(held - known, "批来访单位空白", "visits do not say which unit came")
        if len(found) == 1 or (held and not known):
            yield q.none(subject, NO_UNIT if held else NO_PLACES, flags=flags)
            continue
        for part, units in zip(PARTS, came.get(subject, (0, 0, 0)), strict=True):
            yield q.reading(subject, units, dimensions=part, flags=flags)


AROUND = timedelta(180)  # before an upgrade, and from it on, that are compared
ENOUGH = 30  # open days, of the one and of the other, without which nothing can be said
NO_UPGRADE = Words("期间内没有升级", "no base was upgraded in the period")
TOO_SHORT = Words(
    f"升级前或升级后开放不足 {ENOUGH} 天", f"open for fewer than {ENOUGH} days before or after"
)
NOBODY_BEFORE = Words("升级前没有已知的接待人次", "nobody is known to have come before it")


def use(q: Query, base: str, first: date, end: date) -> tuple[int, int, int, int]:
    """Return a base's open days, its visits, how many have a number, and the persons, of some days."""
    there = q.over(Period(first, end))  # the same moment, other days
    sql = "SELECT start, \"end\" FROM base_status_spells WHERE status = 'open' AND base = ?"
    visits = counts(there, "persons").get(f"base:{base}", (0, 0, 0))
    return covered_days(there.rows(sql, [base])), *visits


@indicator(
    "bases.upgrade_effect",
    of=(base_upgrades, base_visits, base_status),
    unit="ratio",
    better="higher",
    per="base",
    zh="升级效应：升级后日均人次 ÷ 升级前日均人次；x 人次，d 开放天数，前后至多各 180 天",
    en="Persons per day after an upgrade / before it: persons x on d open days, up to 180 each",
    formula="(x_1 / d_1) / (x_0 / d_0)",
)
def upgrade_effect(q: Query) -> Iterator[Reading]:
    """Compare the open days from a base's newest upgrade with those before it.

    An upgrade often follows a closure, whose empty days would make any upgrade look good.
    """
    upgrades = dict(q.rows("SELECT base, day FROM base_upgrades ORDER BY day, event"))
    if not upgrades:
        yield q.none(ALL, NO_UPGRADE)
    for base, text in upgrades.items():
        day = date.fromisoformat(text)
        both = use(q, base, day - AROUND, day), use(q, base, day, min(day + AROUND, q.period.end))
        blank = sum(held - known for _, held, known, _ in both)
        flags = counted(blank, "批人数空白", "visits without a number")
        if min(days for days, *_ in both) < ENOUGH:
            yield q.none(f"base:{base}", TOO_SHORT, flags=flags)
        elif any(held and not known for _, held, known, _ in both):
            yield q.none(f"base:{base}", BLANK, flags=flags)
        else:
            then, since = (Fraction(came, days) for days, _, _, came in both)
            yield q.ratio(f"base:{base}", since, then, NOBODY_BEFORE, flags=flags)


NOT_OPEN = """
    SELECT v.base, v.event, v.day FROM base_visits v LEFT JOIN base_status_spells s
    ON s.base = v.base AND s.status = 'open' AND s.start <= v.day AND v.day < s."end"
    WHERE s.base IS NULL
"""
TOO_EARLY = """
    SELECT u.base, u.event, u.day FROM base_upgrades u JOIN base_openings_to_date b
    ON b.base = u.base WHERE u.day < b.day
"""


@indicator(
    "bases.contradictions",
    of=(base_visits, base_status, base_upgrades),
    unit="events",
    better="lower",
    per="base",
    zh="阵地记录中的矛盾：未开放时仍有参观，开放之前升级",
    en="Contradictions in the records of bases: visits while not open, upgrades before opening",
    formula="#E",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List the events that cannot be right, with position and reason; they count all the same."""
    shut = odd(q, NOT_OPEN, "{0} 未开放", "not open on {0}")
    early = odd(q, TOO_EARLY, "{0} 升级时尚未开放", "upgraded on {0}, before it opened")
    yield from listed(q, "base", [*shut, *early])


# 4. The family: a value that lists what the file declares, handed over by the one hook. Raise
#    `version` when a fact function changes its meaning, and the views are built anew; a further
#    indicator, or a column, needs no new version.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of bases."""
    return Family("bases", version=1, zh="阵地", en="Bases", **declared(__name__))
