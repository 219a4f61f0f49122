"""Coverage: who is reached, with what, and where the gaps are (全员覆盖、四进、分层分类).

A family without events of its own: it reads the tables that core keeps of activities and units.

**人次 are not 人数.** Sign-in sheets count heads, not faces. If 30, 20 and 10 of a cell of 40 came
to three activities, at least 30 persons were reached (perhaps the same ones came again) and at most
40 (all of them, not 60). That interval is all that can be said, so both ends are reported.

**Blank is not zero.** A line without a number reaches nobody for certain, and might have reached
the whole cell: it fills nothing, lifts the upper end to the headcount, and is flagged.

**Whose people count.** Units outside the district (`external`) have no reading. Social groups count
for reach, though no cell of the grid is required of them. Of the `public` nobody declares a
headcount: its attendances count for reach, the grid and the map, but not for persons and minutes.

**Part of the period.** Reach and grid fill average over units, so a unit weighs by its days: open
for half of the period, it counts one half. Persons and minutes are sums over people: no weights.

**The tree.** What happened to a unit that is gone counts, under the tree of now, for its successors
by their shares; an activity that two merged units both came to is still one activity.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil

from attrs import evolve

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activity_hosts,
    activity_themes,
    attendances,
    declared,
    frozen,
    headcount_declarations,
    hookimpl,
    indicator,
    unit_status,
)
from lianjian.core.activities import WHOLE
from lianjian.core.indicator import Remarks
from lianjian.core.kit import (
    Unit,
    codes,
    counted,
    district_units,
    listed,
    named,
    odd,
    weight,
    weighted_share,
)
from lianjian.core.vocabulary import term

# 1. The cells of the grid.

REQUIRED = {  # 四进: which entry each kind of unit has a right to; a kind not named has none
    "organ": "organ",
    "public_inst": "organ",
    "town": "town",
    "zone": "town",
    "village": "village",
    "soe": "enterprise",
}
ENTRIES = sorted(set(REQUIRED.values()))
PUBLIC = "public"
NOUGHT = Fraction(0)

NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")
NO_CELL = Words("没有应填的格", "no cell is required")


# 2. Reach and the grid: was anybody of a unit there, and was its own required cell filled?

Cells = set[tuple[str, str | None]]


def presence(q: Query) -> tuple[Cells, Cells]:
    """Return the (unit, entry) pairs somebody came to, and those with a line without a number."""
    rows = q.rows(
        "SELECT DISTINCT p.seen_as, a.entry, CASE WHEN a.attended > 0 THEN 1 "
        "WHEN a.attended = 0 THEN 0 END FROM attendances a JOIN projections p ON p.unit = a.unit"
    )
    came = {(unit, entry) for unit, entry, some in rows if some}
    return came, {(unit, entry) for unit, entry, some in rows if some is None}


@indicator(
    "coverage.unit_reach",
    of=attendances,
    unit="share",
    better="higher",
    per="unit",
    zh="单位覆盖率：有人到场（a > 0）的单位 ÷ 期间在册的区内单位，按在册天数 w 加权",
    en="Unit reach: units of which somebody came (a > 0) / units active in the district, by days w",
    formula="Σ w_i [a_i > 0] / Σ w_i",
)
def unit_reach(q: Query) -> Iterator[Reading]:
    """Tell which units anybody came from, of whatever category; the share is over all of them."""
    (came, blank), units = presence(q), district_units(q)
    reached = {unit for unit, _ in came}
    unknown = {unit for unit, _ in blank} - reached
    unsure = [u.id for u in units if u.id in unknown]
    flags = named("到场人数空白，不计为覆盖", "attendance blank, not counted as reached", unsure)
    yield weighted_share(q, units, reached, NO_UNITS, flags=flags)
    for u in units:
        if u.id in unknown:
            yield q.none(u.subject, Words("到场人数空白", "attendance is blank"))
        else:
            yield q.reading(u.subject, int(u.id in reached))


HOSTED = (
    "SELECT p.seen_as, h.entry FROM activity_hosts h JOIN projections p ON p.unit = h.unit "
    "GROUP BY p.seen_as, h.entry"
)


@indicator(
    "coverage.grid_fill",
    of=(attendances, activity_hosts),
    unit="share",
    better="higher",
    per="unit",
    zh="四进网格填充率：已填格 f ÷ 应填格 r，每单位按类别应填一格，按在册天数 w 加权",
    en="Grid fill: filled f / required cells r, one per unit by its kind, weighted by days active w",
    formula="Σ w_i f_i / Σ w_i r_i",
)
def grid_fill(q: Query) -> Iterator[Reading]:
    """Tell what part of the required cells is filled, by entry and by unit, and list the gaps.

    An activity with that entry fills it, if the unit hosted or co-hosted it or somebody came.
    """
    (came, blank), units = presence(q), district_units(q)
    filled = {*came, *q.rows(HOSTED)}

    def fill(subject: str, chosen: Sequence[Unit], **dimensions: str) -> Reading:
        cells = {u: (u.id, REQUIRED[u.kind]) for u in chosen if u.kind in REQUIRED}
        flags = list[Words]()
        for entry in ENTRIES:
            said, gaps = term("entry", entry), {*cells.values()} - filled
            missing = [unit for unit, of in gaps if of == entry]
            flags += named(f"空缺（{said.zh}）", f"gap ({said.en})", missing)
        unsure = [unit for unit, _ in {*cells.values()} & blank - filled]
        flags += named("到场人数空白，不计为已填", "attendance blank, does not fill", unsure)
        done = weight(u for u, cell in cells.items() if cell in filled)
        return q.ratio(subject, done, weight(cells), NO_CELL, dimensions=dimensions, flags=flags)

    yield fill(ALL, units)
    for entry in ENTRIES:
        yield fill(ALL, [u for u in units if REQUIRED.get(u.kind) == entry], entry=entry)
    for u in units:
        yield fill(u.subject, [u])


# 3. The map: how many activities of which theme and entry, by unit and by kind of unit. Themes
#    split an activity by their shares, so a row of the map adds up to the unit's activities.

BY_UNIT = "SELECT unit, seen_as AS what, share_bp FROM projections"
BY_KIND = (
    "SELECT p.unit, u.kind AS what, sum(p.share_bp) AS share_bp FROM projections p "
    "JOIN units u ON u.unit = p.seen_as WHERE u.kind <> 'external' GROUP BY p.unit, u.kind"
)
TOUCHED = (  # what hosted an activity or came to it, each once; CROSS JOIN keeps SQLite's scan first
    "SELECT z.event, z.entry, p.what, max(p.share_bp) AS share_bp FROM "
    "(SELECT event, entry, unit FROM activity_hosts "
    "UNION ALL SELECT event, entry, unit FROM attendances WHERE attended > 0) z "
    "CROSS JOIN ({what}) p WHERE p.unit = z.unit GROUP BY z.event, z.entry, p.what"
)

# By name, then code; in basis points of basis points: shares of themes, by the tree.
Counts = Mapping[str, Counter[str | None]]


def activities(q: Query, what: str) -> Mapping[str, Counts]:
    """Return how many activities had each "theme" and "entry", by unit or kind of unit (`what`).

    Those that do not say their theme or entry stand under None.
    """
    found = {dimension: defaultdict[str, Counter[str | None]](Counter) for dimension in UNSAID}
    for name, entry, theme, shares in q.rows(
        "SELECT z.what, z.entry, t.theme, sum(z.share_bp * coalesce(t.share_bp, 10000)) "
        f"FROM ({TOUCHED.format(what=what)}) z LEFT JOIN activity_themes t ON t.event = z.event "
        "GROUP BY z.what, z.entry, t.theme"
    ):
        found["theme"][name][theme] += shares
        found["entry"][name][entry] += shares
    return found


def rows(
    q: Query, dimension: str, counts: Counts, subjects: Mapping[str, tuple[str, Mapping[str, str]]]
) -> Iterator[Reading]:
    """Yield rows of the map: of each subject, by the name it is counted under, every code."""
    known = codes(q, dimension, *(code for own in counts.values() for code in own))
    for name, (subject, further) in subjects.items():
        own = counts.get(name, Counter())
        flags = counted(ceil(Fraction(own[None], WHOLE * WHOLE)), *UNSAID[dimension])
        for code in known:
            value, marks = Fraction(own[code], WHOLE * WHOLE), {**further, dimension: code}
            yield q.reading(subject, value, dimensions=marks, flags=flags)


UNSAID = {
    "theme": ("场未注明主题", "activities do not say their theme"),
    "entry": ("场未注明四进", "activities do not say their entry"),
}


@indicator(
    "coverage.map",
    of=(activity_hosts, attendances, activity_themes),
    unit="activities",
    better="neither",
    per="unit",
    zh="覆盖图：单位主办、协办或有人到场的活动场次，按主题（多主题按比例 s 分摊）和按四进",
    en="The map: activities a unit hosted or came to, by theme (split by shares s) and by entry",
    formula="Σ s",
)
def coverage_map(q: Query) -> Iterator[Reading]:
    """Count each unit's activities by theme and by entry; a cell without any is a gap, and has 0."""
    units = {u.id: (u.subject, dict[str, str]()) for u in district_units(q)}
    for dimension, counts in activities(q, BY_UNIT).items():
        yield from rows(q, dimension, counts, units)


@indicator(
    "coverage.kind_map",
    of=activity_themes,
    unit="activities",
    better="neither",
    zh="覆盖图：各类单位主办或参加的活动场次，按单位类别和主题（多主题按比例 s 分摊）",
    en="The map by kind: activities a kind of unit hosted or came to, by theme (split by shares s)",
    formula="Σ s",
)
def kind_map(q: Query) -> Iterator[Reading]:
    """Count activities by kind of unit and theme: whether each field gets its own (分层分类)."""
    kinds = {u.kind: (ALL, {"kind": u.kind}) for u in district_units(q)}
    yield from rows(q, "theme", activities(q, BY_KIND)["theme"], kinds)


# 4. Cells of unit × category. A person stands in one category only, so headcounts add, and the ends
#    of a unit, a tier and the district are the sums of the cells' ends.


@frozen
class Cell:
    """What is known of one category of one unit.

    `heads` were declared. `total` attendances came, `largest` to one activity; `spent` are minutes
    × persons. Of the `lines` on sign-in sheets, `blank` have no number of persons, and `timed` have
    both a number and minutes.
    """

    unit: str
    tier: str
    category: str
    heads: Fraction | None
    largest: Fraction = NOUGHT
    total: Fraction = NOUGHT
    spent: Fraction = NOUGHT
    lines: int = 0
    blank: int = 0
    timed: int = 0

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Return how many persons came at the least and at the most: a blank may be everybody."""
        heads = self.heads or NOUGHT  # of whom more cannot have come
        return min(self.largest, heads), heads if self.blank else min(self.total, heads)


LINES = (
    "SELECT a.event, p.seen_as AS unit, a.category, a.attended * p.share_bp AS came, "
    "a.attended * CASE WHEN a.attended = 0 THEN 0 ELSE a.minutes END * p.share_bp AS spent "
    "FROM attendances a CROSS JOIN projections p WHERE p.unit = a.unit"
)
BY_CELL = (
    "SELECT unit, category, max(came), sum(came), sum(spent), count(*), "
    f"count(*) - count(came), count(spent) FROM ({LINES}) z GROUP BY unit, category"
)
TOGETHER = (
    "SELECT unit, category, max(came) FROM (SELECT unit, category, sum(came) AS came "
    f"FROM ({LINES} AND p.seen_as IN (SELECT seen_as FROM projections GROUP BY seen_as "
    "HAVING count(*) > 1)) z GROUP BY event, unit, category) z GROUP BY unit, category"
)


def cells(q: Query) -> dict[Unit, list[Cell]]:
    """Return the cells of each unit: those that have a headcount or attendance."""
    stated = {
        (unit, category): [*(Fraction(n or 0, WHOLE) for n in row[:3]), *row[3:]]
        for unit, category, *row in q.rows(BY_CELL)
    }
    if q.tree == "now":  # what units that merged sent to one activity were different people
        for unit, category, largest in q.rows(TOGETHER):
            stated[unit, category][0] = Fraction(largest or 0, WHOLE)
    declared = q.rows("SELECT unit, category, persons FROM headcounts")
    heads = {(unit, category): Fraction(n) for unit, category, n in declared}
    found: dict[Unit, list[Cell]] = {u: [] for u in district_units(q)}
    units = {u.id: u for u in found}
    for key in sorted(key for key in {*stated, *heads} if key[0] in units):
        u = units[key[0]]
        found[u].append(Cell(u.id, u.tier, key[1], heads.get(key), *stated.get(key, ())))
    return found


Measure = Callable[[Query, str, Sequence[Cell]], Reading]


def measured(q: Query, dimension: str, measure: Measure) -> Iterator[Reading]:
    """Yield a measure of the cells of all units, of each category or tier, and of each unit.

    A unit with a cell that lacks a headcount has no reading, and the others go on without it; the
    readings it would have been part of, and no others, name it.
    """
    found = cells(q)
    public = sum(round(c.total) for own in found.values() for c in own if c.category == PUBLIC)
    found = {u: [c for c in own if c.category != PUBLIC] for u, own in found.items()}
    reasons = {u: lacking(own) for u, own in found.items()}

    def over(chosen: Mapping[Unit, Sequence[Cell]], *said: Words, **dimensions: str) -> Reading:
        left_out = [u.id for u in chosen if reasons[u]]
        flags = [*named("缺申报人数，未计入", "left out for want of a headcount", left_out), *said]
        if len(left_out) == len(chosen):
            none = NOTHING if chosen else NO_UNITS
            return q.none(ALL, none, dimensions=dimensions, flags=flags)
        made = measure(q, ALL, [c for u, own in chosen.items() if not reasons[u] for c in own])
        return evolve(made, flags=(*flags, *made.flags), dimensions=dimensions)

    yield over(
        found, *counted(public, "人次为社会公众，未计入", "attendances of the public left out")
    )
    for code in sorted({getattr(c, dimension) for own in found.values() for c in own}):
        of_code = {u: [c for c in own if getattr(c, dimension) == code] for u, own in found.items()}
        yield over({u: own for u, own in of_code.items() if own}, **{dimension: code})
    for u, own in found.items():
        reason = reasons[u]
        yield q.none(u.subject, reason) if reason else measure(q, u.subject, own)


NOTHING = Words("没有可计算的单位", "no unit for which it can be computed")
NO_HEADCOUNT = Words("未申报人数", "no headcount was declared")
ALL_BLANK = Words("到场人数或时长全部空白", "persons or minutes are blank in all lines")
NONE_IN_DISTRICT = Words("区级人均时长为零", "minutes per head of district units are zero")


def lacking(own: Iterable[Cell]) -> Words | None:
    """Return why a unit cannot be computed: of whom people came, or may have, without a headcount."""
    lack = [c.category for c in own if c.heads is None and (c.total or c.blank)]
    return next(iter(named("有人到场而未申报人数", "attendance without a headcount", lack)), None)


# 5. Persons reached, an interval; and minutes per head.


def interval(q: Query, subject: str, chosen: Sequence[Cell]) -> Reading:
    """Return how many different persons came, at the least and at the most."""
    low, high = (sum(c.ends[end] for c in chosen) for end in (0, 1))
    over = {c.unit for c in chosen if c.heads is not None and c.largest > c.heads}
    flags = counted(sum(c.blank for c in chosen), "行到场人数空白", "lines without a number")
    flags += named("到场多于申报人数", "more came than were declared", over)
    heads = sum(c.heads or 0 for c in chosen)
    return q.interval(subject, low, high, denominator=heads, flags=flags)


@indicator(
    "coverage.persons",
    of=(attendances, headcount_declarations),
    unit="persons",
    better="higher",
    per="unit",
    zh="覆盖人数区间：每单位每类人员，从最大单场人次 a 到申报人数 h 与总人次之较小者，各格相加",
    en="Persons reached: per unit and category between the largest attendance a and the smaller of "
    "headcount h and sum, added up",
    formula="[Σ max_k a_k, Σ min(h, Σ_k a_k)]",
)
def persons(q: Query) -> Iterator[Reading]:
    """Give both ends of how many different persons came, and the headcount as the denominator."""
    yield from measured(q, "category", interval)


@indicator(
    "coverage.person_share",
    of=(attendances, headcount_declarations),
    unit="share",
    better="higher",
    per="unit",
    zh="人员覆盖率区间：覆盖人数区间的两端 l、u ÷ 申报人数 h",
    en="Share of persons reached: both ends l and u of coverage.persons / headcount h",
    formula="[l, u] / h",
)
def person_share(q: Query) -> Iterator[Reading]:
    """Give the same interval as a share of the headcount, so that units can be compared."""
    for r in q.readings("coverage.persons"):
        rest = Remarks(flags=r.flags, dimensions=r.dimensions)
        if r.reason or not r.denominator:
            yield q.none(r.subject, r.reason or NO_HEADCOUNT, **rest)
        else:
            low, high = (Fraction(end or 0) / Fraction(r.denominator) for end in (r.low, r.high))
            yield q.interval(r.subject, low, high, denominator=r.denominator, **rest)


def per_head(q: Query, subject: str, chosen: Sequence[Cell]) -> Reading:
    """Return minutes × persons / heads."""
    lines, timed = sum(c.lines for c in chosen), sum(c.timed for c in chosen)
    flags = counted(lines - timed, "行缺人数或时长，未计入", "lines lack persons or minutes")
    if lines and not timed:
        return q.none(subject, ALL_BLANK, flags=flags)
    spent, heads = sum(c.spent for c in chosen), sum(c.heads or 0 for c in chosen)
    return q.ratio(subject, spent, heads, NO_HEADCOUNT, flags=flags)


@indicator(
    "coverage.minutes_per_head",
    of=(attendances, headcount_declarations),
    unit="minutes",
    better="higher",
    per="unit",
    zh="人均受教育时长：Σ（时长 m × 到场人数 a）÷ 申报人数 h，分层级、分单位",
    en="Minutes per head: sum of minutes m × attended a / headcount h, by tier and by unit",
    formula="Σ (m × a) / Σ h",
)
def minutes_per_head(q: Query) -> Iterator[Reading]:
    """Divide the minutes that people spent by how many people there are."""
    yield from measured(q, "tier", per_head)


@indicator(
    "coverage.tier_gap",
    of=(attendances, headcount_declarations),
    unit="ratio",
    better="1..1",
    zh="层级差距：村居人均时长 v ÷ 区级人均时长 d，1 为相同",
    en="Tier gap: minutes per head of village units v / of district units d; 1 where they are alike",
    formula="v / d",
)
def tier_gap(q: Query) -> Iterator[Reading]:
    """Compare the grassroots with the district's own bodies (基层一线教育力度较弱)."""
    tiers = {r.dimensions.get("tier"): r for r in q.readings("coverage.minutes_per_head")}
    sides = {tier: tiers.get(tier, q.none(ALL, NO_HEADCOUNT)) for tier in ("village", "district")}
    flags = list(dict.fromkeys(flag for side in sides.values() for flag in side.flags))
    for tier, side in sides.items():
        if side.reason:
            said = term("tier", tier)
            why = Words(f"{said.zh}：{side.reason.zh}", f"{said.en}: {side.reason.en}")
            yield q.none(ALL, why, flags=flags)
            return
    parts = ((r.numerator or 0, r.denominator or 0) for r in sides.values())
    village, district = (Fraction(spent) / Fraction(heads) for spent, heads in parts)
    yield q.ratio(ALL, village, district, NONE_IN_DISTRICT, flags=flags)


# 6. Contradictions: what makes no sense, and was reported all the same. More people than expected
#    make sense; more than there are do not, by the headcount that stood on the day.

NOT_OPEN = (
    "SELECT DISTINCT v.unit, v.event, v.day, v.unit AS who FROM (SELECT event, day, unit FROM activity_hosts "
    "UNION ALL SELECT event, day, unit FROM attendances WHERE coalesce(attended, 1) > 0) v "
    "WHERE v.unit NOT IN (SELECT unit FROM unit_status_spells WHERE status = 'open' "
    'AND start = ? AND "end" = ?) AND NOT EXISTS (SELECT 1 FROM unit_status_spells s '
    "WHERE s.unit = v.unit AND s.status = 'open' AND s.start <= v.day AND v.day < s.\"end\")"
)
TOO_MANY = (
    "SELECT a.unit, a.event, a.unit, a.category, a.attended, h.persons FROM attendances a "
    "JOIN headcount_declarations_spells h ON h.unit = a.unit AND h.category = a.category "
    'AND h.start <= a.day AND a.day < h."end" '
    "WHERE a.attended > h.persons AND a.category <> 'public'"
)


@indicator(
    "coverage.contradictions",
    of=(attendances, activity_hosts, headcount_declarations, unit_status),
    unit="events",
    better="lower",
    per="unit",
    zh="覆盖记录中的矛盾：未在册的单位主办或到场，到场多于当日申报人数",
    en="Contradictions: units hosting or coming while not open, more people than declared that day",
    formula="#E",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List the events that contradict what is known of their units, under whom they count."""
    shut = odd(q, NOT_OPEN, "{0} {1} 未在册", "{1} was not open on {0}", (q.start, q.end))
    zh, en = "{0} {1} 到场 {2} 人，申报 {3} 人", "{2} of {0} {1} came, {3} declared"
    yield from listed(q, "unit", [*shut, *odd(q, TOO_MANY, zh, en)])


@hookimpl
def lianjian_family() -> Family:
    """Return the family of coverage."""
    return Family("coverage", version=1, zh="覆盖", en="Coverage", **declared(__name__))
