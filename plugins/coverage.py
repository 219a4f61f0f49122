"""Coverage: who is reached, with what, and where the gaps are (全员覆盖、四进、分层分类).

A family without events of its own: it reads the tables that core keeps of activities and units.

    attendances, activity_hosts ──▶ units reached, the map and its gaps
    attendances × headcounts    ──▶ persons, minutes per head, the tier gap

Five rules hold throughout.

**人次 are not 人数.** Sign-in sheets count heads, not faces. If 30, 20 and 10 of a cell of 40 came
to three activities, at least 30 persons were reached (perhaps the same ones came again) and at most
40 (all of them, not 60). That interval is all that can be said, so both ends are reported.

**Blank is not zero.** A line without a number reaches nobody for certain, and might have reached
the whole cell: it fills nothing, lifts the upper end to the headcount, and is flagged.

**Whose people count.** Units outside the district (`external`) are not its to reach: they have no
reading. Social groups are: they count for reach, though no cell of the grid is required of them.
Of the `public` nobody declares a headcount: its attendances count for reach, the grid and the map,
and are left out of persons and minutes per head, declared or not, so that units stay comparable.

**Part of the period.** Reach and grid fill average over units, so a unit weighs by its days: open
for half of the period, it counts one half. Persons and minutes are sums over people: no weights.

**The tree.** What happened to a unit that is gone counts, under the tree of now, for its successors
by their shares; an activity that two merged units both came to is still one activity.
"""

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
from lianjian.core.kit import Unit, counted, district_units, listed, named, weight, weighted_share
from lianjian.core.vocabulary import installed, term

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
    zh="单位覆盖率：有人到场的单位 ÷ 期间在册的区内单位，按在册天数加权",
    en="Unit reach: units of which somebody came / units active in the district, by days active",
    formula="Σ w_i [attended_i > 0] / Σ w_i, w = days active / days",
)
def unit_reach(q: Query) -> Iterator[Reading]:
    """Tell which units anybody came from, of whatever category; the share is over all of them."""
    came, blank = presence(q)
    reached = {unit for unit, _ in came}
    unknown = {unit for unit, _ in blank} - reached
    units = district_units(q)
    unsure = [u.id for u in units if u.id in unknown]
    flags = named("到场人数空白，不计为覆盖", "attendance blank, not counted as reached", unsure)
    yield weighted_share(q, units, reached, NO_UNITS, flags=flags)
    for u in units:
        if u.id in unknown:
            yield q.none(u.subject, Words("到场人数空白", "attendance is blank"))
        else:
            yield q.reading(u.subject, int(u.id in reached))


def grid(q: Query) -> tuple[Cells, Cells]:
    """Return the filled (unit, entry) cells, and those with only a line without a number.

    An activity with that entry fills it, if the unit hosted or co-hosted it or somebody came.
    """
    came, blank = presence(q)
    hosted = q.rows(
        "SELECT DISTINCT p.seen_as, h.entry FROM activity_hosts h "
        "JOIN projections p ON p.unit = h.unit"
    )
    filled = {*came, *hosted}
    return filled, blank - filled


@indicator(
    "coverage.grid_fill",
    of=(attendances, activity_hosts),
    unit="share",
    better="higher",
    per="unit",
    zh="四进网格填充率：已填格 ÷ 应填格，每单位按类别应填一格，按在册天数加权",
    en="Grid fill: filled / required cells, one per unit by its kind, weighted by days active",
    formula="Σ w_i [cell filled] / Σ w_i [cell required]",
)
def grid_fill(q: Query) -> Iterator[Reading]:
    """Tell what part of the required cells is filled, by entry and by unit, and list the gaps."""
    filled, blank = grid(q)
    units = district_units(q)

    def fill(subject: str, chosen: Sequence[Unit], **dimensions: str) -> Reading:
        cells = {u: (u.id, REQUIRED[u.kind]) for u in chosen if u.kind in REQUIRED}
        flags = list[Words]()
        for entry in ENTRIES:
            said, gaps = term("entry", entry), {*cells.values()} - filled
            missing = [unit for unit, of in gaps if of == entry]
            flags += named(f"空缺（{said.zh}）", f"gap ({said.en})", missing)
        unsure = [unit for unit, entry in cells.values() if (unit, entry) in blank]
        flags += named("到场人数空白，不计为已填", "attendance blank, does not fill", unsure)
        done = weight(u for u, cell in cells.items() if cell in filled)
        return q.ratio(subject, done, weight(cells), NO_CELL, dimensions=dimensions, flags=flags)

    yield fill(ALL, units)
    for entry in ENTRIES:
        yield fill(ALL, [u for u in units if REQUIRED.get(u.kind) == entry], entry=entry)
    for u in units:
        yield fill(u.subject, [u])


NO_CELL = Words("没有应填的格", "no cell is required")


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

Counts = dict[str | None, int]  # in basis points of basis points: shares of themes, by tree


def activities(q: Query, what: str) -> dict[str, dict[str, Counts]]:
    """Return how many activities each unit or kind (`what`) had, by "theme" and by "entry".

    Those that do not say their theme or entry stand under None.
    """
    found: dict[str, dict[str, Counts]] = {}
    for name, entry, theme, shares in q.rows(
        "SELECT z.what, z.entry, t.theme, sum(z.share_bp * coalesce(t.share_bp, 10000)) "
        f"FROM ({TOUCHED.format(what=what)}) z LEFT JOIN activity_themes t ON t.event = z.event "
        "GROUP BY z.what, z.entry, t.theme"
    ):
        counts = found.setdefault(name, {"theme": {}, "entry": {}})
        for dimension, code in (("theme", theme), ("entry", entry)):
            counts[dimension][code] = counts[dimension].get(code, 0) + shares
    return found


def _row(
    q: Query, subject: str, dimension: str, counts: Mapping[str, Counts], **further: str
) -> Iterator[Reading]:
    """Yield a row of the map: each code of the vocabulary, and any that a log defined beyond it."""
    found = {c: Fraction(n, WHOLE * WHOLE) for c, n in counts.get(dimension, {}).items()}
    flags = counted(ceil(found.get(None, NOUGHT)), *UNSAID[dimension])
    for code in {*installed()[dimension], *(code for code in found if code is not None)}:
        value, marks = found.get(code, NOUGHT), {**further, dimension: code}
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
    zh="覆盖图：单位主办、协办或有人到场的活动场次，按主题（多主题按比例分摊）和按四进",
    en="The map: activities a unit hosted or came to, by theme (split by shares) and by entry",
    formula="Σ activities × share",
)
def coverage_map(q: Query) -> Iterator[Reading]:
    """Count each unit's activities by theme and by entry; a cell without any is a gap, and has 0."""
    found = activities(q, BY_UNIT)
    for u in district_units(q):
        for dimension in ("theme", "entry"):
            yield from _row(q, u.subject, dimension, found.get(u.id, {}))


@indicator(
    "coverage.kind_map",
    of=activity_themes,
    unit="activities",
    better="neither",
    zh="覆盖图：各类单位主办或参加的活动场次，按单位类别和主题（多主题按比例分摊）",
    en="The map by kind: activities that a kind of unit hosted or came to, by theme (split by shares)",
    formula="Σ activities × share",
)
def kind_map(q: Query) -> Iterator[Reading]:
    """Count activities by kind of unit and theme: whether each field gets its own (分层分类)."""
    found = activities(q, BY_KIND)
    for kind in sorted({u.kind for u in district_units(q)}):
        yield from _row(q, ALL, "theme", found.get(kind, {}), kind=kind)


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
    def lacks_heads(self) -> bool:
        """Tell whether people came, or may have come, of whom no headcount was declared."""
        return self.heads is None and bool(self.total or self.blank)

    @property
    def low(self) -> Fraction:
        """Return how many persons came at the least; more than there are is a contradiction."""
        return min(self.largest, self.heads or NOUGHT)

    @property
    def high(self) -> Fraction:
        """Return how many persons came at the most: a blank may have been everybody."""
        heads = self.heads or NOUGHT
        return heads if self.blank else min(self.total, heads)


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
    for key in sorted({*stated, *heads}):
        if u := units.get(key[0]):
            found[u].append(Cell(u.id, u.tier, key[1], heads.get(key), *stated.get(key, ())))
    return found


Measure = Callable[[Query, str, Sequence[Cell]], Reading]


def measured(q: Query, dimension: str, measure: Measure) -> Iterator[Reading]:
    """Yield a measure of the cells of all units, of each category or tier, and of each unit.

    A unit with a cell that lacks a headcount has no reading, and the others go on without it.
    """
    found = cells(q)
    public = sum(round(c.total) for own in found.values() for c in own if c.category == PUBLIC)
    found = {u: [c for c in own if c.category != PUBLIC] for u, own in found.items()}
    reasons = {u: lacking(own) for u, own in found.items()}
    known = [c for u, own in found.items() if not reasons[u] for c in own]
    left_out = [u.id for u in found if reasons[u]]
    flags = named("缺申报人数，未计入", "left out for want of a headcount", left_out)
    if len(left_out) == len(found):
        yield q.none(ALL, NOTHING if found else NO_UNITS, flags=flags)
    else:
        said = counted(public, "人次为社会公众，未计入", "attendances of the public left out")
        yield _flagged(measure(q, ALL, known), [*flags, *said])
    for code in sorted({getattr(c, dimension) for c in known}):
        chosen = [c for c in known if getattr(c, dimension) == code]
        yield _flagged(measure(q, ALL, chosen), flags, {dimension: code})
    for u, own in found.items():
        reason = reasons[u]
        yield q.none(u.subject, reason) if reason else measure(q, u.subject, own)


def _flagged(
    made: Reading, flags: Sequence[Words], dimensions: Mapping[str, str] | None = None
) -> Reading:
    return evolve(made, flags=(*flags, *made.flags), dimensions=dimensions or {})


NOTHING = Words("没有可计算的单位", "no unit for which it can be computed")
NO_HEADCOUNT = Words("未申报人数", "no headcount was declared")


def lacking(own: Iterable[Cell]) -> Words | None:
    """Return why a unit cannot be computed: which of its categories lack a headcount."""
    lack = [c.category for c in own if c.lacks_heads]
    return next(iter(named("有人到场而未申报人数", "attendance without a headcount", lack)), None)


def heads_of(chosen: Iterable[Cell]) -> Fraction:
    """Return how many persons were declared."""
    return sum((c.heads or NOUGHT for c in chosen), NOUGHT)


# 5. Persons reached, an interval; and minutes per head.


def interval(q: Query, subject: str, chosen: Sequence[Cell]) -> Reading:
    """Return how many different persons came, at the least and at the most."""
    over = {c.unit for c in chosen if c.heads is not None and c.largest > c.heads}
    return q.interval(
        subject,
        sum(c.low for c in chosen),
        sum(c.high for c in chosen),
        denominator=heads_of(chosen),
        flags=[
            *counted(sum(c.blank for c in chosen), "行到场人数空白", "lines without a number"),
            *named("到场多于申报人数", "more came than were declared", over),
        ],
    )


@indicator(
    "coverage.persons",
    of=(attendances, headcount_declarations),
    unit="persons",
    better="higher",
    per="unit",
    zh="覆盖人数区间：每单位每类人员，从最大单场人次到申报人数与总人次之较小者，各格相加",
    en="Persons reached: per unit and category between the largest attendance and the smaller of headcount and sum, added up",
    formula="Σ [max_a attended_a, min(headcount, Σ_a attended_a)]",
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
    zh="人员覆盖率区间：覆盖人数区间的两端 ÷ 申报人数",
    en="Share of persons reached: both ends of coverage.persons / headcount",
    formula="[Σ low, Σ high] / Σ headcount",
)
def person_share(q: Query) -> Iterator[Reading]:
    """Give the same interval as a share of the headcount, so that units can be compared."""
    for r in q.readings("coverage.persons"):
        if r.reason or not r.denominator:
            made = q.none(r.subject, r.reason or NO_HEADCOUNT)
        else:
            low, high = (Fraction(end or 0) / Fraction(r.denominator) for end in (r.low, r.high))
            made = q.interval(r.subject, low, high, denominator=r.denominator)
        yield _flagged(made, r.flags, r.dimensions)


def per_head(q: Query, subject: str, chosen: Sequence[Cell]) -> Reading:
    """Return minutes × persons / heads."""
    lines, timed = sum(c.lines for c in chosen), sum(c.timed for c in chosen)
    flags = counted(lines - timed, "行缺人数或时长，未计入", "lines lack persons or minutes")
    if lines and not timed:
        return q.none(subject, ALL_BLANK, flags=flags)
    spent = sum(c.spent for c in chosen)
    return q.ratio(subject, spent, heads_of(chosen), NO_HEADCOUNT, flags=flags)


ALL_BLANK = Words("到场人数或时长全部空白", "persons or minutes are blank in all lines")


@indicator(
    "coverage.minutes_per_head",
    of=(attendances, headcount_declarations),
    unit="minutes",
    better="higher",
    per="unit",
    zh="人均受教育时长：Σ（时长 × 到场人数）÷ 申报人数，分层级、分单位",
    en="Minutes per head: sum of minutes x attended / headcount, by tier and by unit",
    formula="Σ minutes × attended / Σ headcount",
)
def minutes_per_head(q: Query) -> Iterator[Reading]:
    """Divide the minutes that people spent by how many people there are."""
    yield from measured(q, "tier", per_head)


@indicator(
    "coverage.tier_gap",
    of=(attendances, headcount_declarations),
    unit="ratio",
    better="1..1",
    zh="层级差距：村居人均时长 ÷ 区级人均时长，1 为相同",
    en="Tier gap: minutes per head of village units / of district units; 1 where they are alike",
    formula="(minutes per head, village) / (minutes per head, district)",
)
def tier_gap(q: Query) -> Iterator[Reading]:
    """Compare the grassroots with the district's own bodies (基层一线教育力度较弱)."""
    tiers = {r.dimensions.get("tier"): r for r in q.readings("coverage.minutes_per_head")}
    means, flags = [], list[Words]()
    for tier in ("village", "district"):
        mean = tiers.get(tier, q.none(ALL, NO_HEADCOUNT))
        flags += [f for f in mean.flags if f not in flags]
        if mean.reason:
            said = term("tier", tier)
            why = Words(f"{said.zh}：{mean.reason.zh}", f"{said.en}: {mean.reason.en}")
            yield q.none(ALL, why, flags=flags)
            return
        means.append(Fraction(mean.numerator or 0) / Fraction(mean.denominator or 0))
    none = Words("区级人均时长为零", "minutes per head of district units are zero")
    yield q.ratio(ALL, means[0], means[1], none, flags=flags)


# 6. Contradictions: what makes no sense, and was reported all the same. More people than expected
#    make sense; more than there are do not, by the headcount that stood on the day.

NOT_OPEN = (
    "SELECT DISTINCT v.event, v.day, v.unit FROM (SELECT event, day, unit FROM activity_hosts "
    "UNION ALL SELECT event, day, unit FROM attendances WHERE coalesce(attended, 1) > 0) v "
    "WHERE v.unit NOT IN (SELECT unit FROM unit_status_spells WHERE status = 'open' "
    'AND start = ? AND "end" = ?) AND NOT EXISTS (SELECT 1 FROM unit_status_spells s '
    "WHERE s.unit = v.unit AND s.status = 'open' AND s.start <= v.day AND v.day < s.\"end\")"
)
TOO_MANY = (
    "SELECT a.event, a.unit, a.category, a.attended, h.persons FROM attendances a "
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
    formula="#{events}",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List the events that contradict what is known of their units, under whom they count."""
    period = q.start, q.end
    found = [
        (unit, event, Words(f"{day} {unit} 未在册", f"{unit} was not open on {day}"))
        for event, day, unit in q.rows(NOT_OPEN, period)
    ]
    for event, unit, category, came, heads in q.rows(TOO_MANY):
        zh = f"{unit} {category} 到场 {came} 人，申报 {heads} 人"
        found.append(
            (unit, event, Words(zh, f"{came} of {unit} {category} came, {heads} declared"))
        )
    yield from listed(q, "unit", found)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of coverage."""
    return Family("coverage", version=1, zh="覆盖", en="Coverage", **declared(__name__))
