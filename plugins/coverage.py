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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activity_hosts,
    activity_themes,
    attendances,
    field,
    frozen,
    headcount_declarations,
    hookimpl,
    indicator,
    unit_status,
)
from lianjian.core.vocabulary import installed, term

# 1. The units, and how strongly each weighs.

REQUIRED = {  # 四进: which entry each kind of unit has a right to; a kind not named has none
    "organ": "organ",
    "public_inst": "organ",
    "town": "town",
    "zone": "town",
    "village": "village",
    "soe": "enterprise",
}
PUBLIC = "public"
WHOLE = 10_000  # basis points
NOUGHT = Fraction(0)

NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")


@frozen
class Unit:
    """A unit of the district; `weight` is the part of the period for which it was open."""

    id: str
    kind: str
    tier: str
    weight: Fraction

    @property
    def subject(self) -> str:
        """Return the subject of its readings."""
        return f"unit:{self.id}"


def district_units(q: Query) -> list[Unit]:
    """Return the units that were active in the period and are the district's to reach."""
    sql = "SELECT unit, kind, tier, days FROM units WHERE kind <> 'external' ORDER BY unit"
    return [Unit(u, kind, tier, Fraction(d, q.period.days)) for u, kind, tier, d in q.rows(sql)]


def weight(units: Iterable[Unit]) -> Fraction:
    """Return how many units these are, one that was open for half of the period being a half."""
    return sum((u.weight for u in units), NOUGHT)


def named(zh: str, en: str, names: Iterable[str]) -> list[Words]:
    """Return a flag that lists names, or none where there are no names."""
    listed = sorted(names)
    return [Words(f"{zh}：{'、'.join(listed)}", f"{en}: {', '.join(listed)}")] if listed else []


# 2. Reach and the grid: was anybody of a unit there, and was its own required cell filled?

Cells = set[tuple[str, str | None]]


def presence(q: Query) -> tuple[Cells, Cells]:
    """Return the (unit, entry) pairs somebody came to, and those with a line without a number."""
    rows = q.rows(
        "SELECT DISTINCT p.seen_as, a.entry, CASE WHEN a.attended > 0 THEN 1 "
        "WHEN a.attended = 0 THEN 0 END FROM attendances a JOIN projections p ON p.unit = a.unit"
    )
    came = {(unit, entry) for unit, entry, some in rows if some}
    return came, {(unit, entry) for unit, entry, some in rows if some is None} - came


@indicator(
    "coverage.unit_reach",
    of=attendances,
    unit="share",
    better="higher",
    per="unit",
    zh="单位覆盖率：有人到场的单位 ÷ 期间在册的区内单位，按在册天数加权",
    en="Unit reach: units of which somebody came / units active in the district, by days active",
)
def unit_reach(q: Query) -> Iterator[Reading]:
    """Tell which units anybody came from, of whatever category; the share is over all of them."""
    came, blank = presence(q)
    reached = {unit for unit, _ in came}
    unknown = {unit for unit, _ in blank} - reached
    units = district_units(q)
    yield q.ratio(
        ALL,
        weight(u for u in units if u.id in reached),
        weight(units),
        NO_UNITS,
        flags=named(
            "到场人数空白，不计为覆盖",
            "attendance blank, not counted as reached",
            (u.id for u in units if u.id in unknown),
        ),
    )
    for u in units:
        if u.id in unknown:
            yield q.none(u.subject, Words("到场人数空白", "attendance is blank"))
        else:
            yield q.reading(u.subject, int(u.id in reached))


@frozen
class Required:
    """The one cell of the grid that is required of a unit, and whether it is filled."""

    unit: Unit
    entry: str
    filled: bool
    blank: bool


def grid(q: Query) -> list[Required]:
    """Return the required cells of the units that have one.

    An activity with that entry fills it, if the unit hosted or co-hosted it or somebody came.
    """
    came, blank = presence(q)
    hosted = q.rows(
        "SELECT DISTINCT p.seen_as, h.entry FROM activity_hosts h "
        "JOIN projections p ON p.unit = h.unit"
    )
    filled = {*came, *hosted}
    return [
        Required(u, entry, (u.id, entry) in filled, (u.id, entry) in blank)
        for u in district_units(q)
        if (entry := REQUIRED.get(u.kind))
    ]


@indicator(
    "coverage.grid_fill",
    of=(attendances, activity_hosts),
    unit="share",
    better="higher",
    per="unit",
    zh="四进网格填充率：已填格 ÷ 应填格，每单位按类别应填一格，按在册天数加权",
    en="Grid fill: filled / required cells, one per unit by its kind, weighted by days active",
)
def grid_fill(q: Query) -> Iterator[Reading]:
    """Tell what part of the required cells is filled, by entry and by unit, and list the gaps."""
    required = grid(q)
    yield _fill(q, ALL, required)
    for entry in sorted(set(REQUIRED.values())):
        yield _fill(q, ALL, [c for c in required if c.entry == entry], {"entry": entry})
    own = {c.unit.id: [c] for c in required}
    for u in district_units(q):
        yield _fill(q, u.subject, own.get(u.id, []))


def _fill(
    q: Query, subject: str, chosen: Sequence[Required], dimensions: Mapping[str, str] | None = None
) -> Reading:
    gaps, flags = [c for c in chosen if not c.filled], list[Words]()
    for entry in sorted({c.entry for c in gaps}):
        said, missing = term("entry", entry), [c.unit.id for c in gaps if c.entry == entry]
        flags += named(f"空缺（{said.zh}）", f"gap ({said.en})", missing)
    blank = [c.unit.id for c in gaps if c.blank]
    flags += named("到场人数空白，不计为已填", "attendance blank, does not fill", blank)
    done, all_ = weight(c.unit for c in chosen if c.filled), weight(c.unit for c in chosen)
    return q.ratio(subject, done, all_, NO_CELL, dimensions=dimensions, flags=flags)


NO_CELL = Words("没有应填的格", "no cell is required")


# 3. The map: how many activities of which theme and entry, by unit and by kind of unit. Themes
#    split an activity by their shares, so a row of the map adds up to the unit's activities.


def touched(of: str) -> str:
    """Return SQL for the activities that each unit, or kind (`of`), hosted or came to, each once."""
    return (
        f"SELECT z.event, z.entry, {of} AS what, max(p.share_bp) AS share FROM "
        "(SELECT event, entry, unit FROM activity_hosts "
        "UNION ALL SELECT event, entry, unit FROM attendances WHERE attended > 0) z "
        "JOIN projections p ON p.unit = z.unit JOIN units u ON u.unit = p.seen_as "
        f"WHERE u.kind <> 'external' GROUP BY z.event, z.entry, {of}"
    )


def activities_by(q: Query, dimension: str, of: str) -> dict[str, dict[str | None, Fraction]]:
    """Return how many activities each unit or kind (`of`) has had by theme or entry.

    Under None stand those that do not say: of the activities, what the themes do not add up to.
    """
    found: dict[str, dict[str | None, Fraction]] = {}
    by_entry = f"SELECT what, entry, sum(share) FROM ({touched(of)}) z GROUP BY what, entry"
    for what, entry, share in q.rows(by_entry):
        found.setdefault(what, {})[entry] = Fraction(share, WHOLE)
    if dimension == "entry":
        return found
    themes = {what: {None: sum(row.values())} for what, row in found.items()}
    for what, theme, share in q.rows(
        f"SELECT z.what, t.theme, sum(z.share * t.share_bp) FROM ({touched(of)}) z "
        "JOIN activity_themes t ON t.event = z.event GROUP BY z.what, t.theme"
    ):
        themes[what][theme] = Fraction(share, WHOLE * WHOLE)
        themes[what][None] -= themes[what][theme]
    return themes


def _row(
    q: Query,
    subject: str,
    dimension: str,
    found: Mapping[str | None, Fraction],
    **further: str,
) -> Iterator[Reading]:
    """Yield a row of the map: each code of the vocabulary, and any that a log defined beyond it."""
    silent = found.get(None, NOUGHT)
    flags = [UNSAID[dimension](float(silent))] if silent else []
    for code in {*installed()[dimension], *(c for c in found if c is not None)}:
        value = found.get(code, NOUGHT)
        yield q.reading(subject, value, dimensions={**further, dimension: code}, flags=flags)


UNSAID = {
    "theme": lambda n: Words(f"{n:g} 场未注明主题", f"{n:g} activities do not say their theme"),
    "entry": lambda n: Words(f"{n:g} 场未注明四进", f"{n:g} activities do not say their entry"),
}


@indicator(
    "coverage.map",
    of=(activity_hosts, attendances),
    unit="activities",
    better="neither",
    per="unit",
    zh="覆盖图：单位主办、协办或有人到场的活动场次，按主题（多主题按比例分摊）和按四进",
    en="The map: activities a unit hosted or came to, by theme (split by shares) and by entry",
)
def coverage_map(q: Query) -> Iterator[Reading]:
    """Count each unit's activities by theme and by entry; a cell without any is a gap, and has 0."""
    for dimension in ("theme", "entry"):
        found = activities_by(q, dimension, "u.unit")
        for u in district_units(q):
            yield from _row(q, u.subject, dimension, found.get(u.id, {}))


@indicator(
    "coverage.kind_map",
    of=activity_themes,
    unit="activities",
    better="neither",
    zh="覆盖图：各类单位参加的活动场次，按单位类别和主题（多主题按比例分摊）",
    en="The map by kind: activities that reached a kind of unit, by theme (split by shares)",
)
def kind_map(q: Query) -> Iterator[Reading]:
    """Count activities by kind of unit and theme: does each field get what it needs (分层分类)?"""
    found = activities_by(q, "theme", "u.kind")
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
    "FROM attendances a JOIN projections p ON p.unit = a.unit WHERE a.category <> 'public'"
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
    """Return the cells of each unit that have a headcount or attendance, without the public."""
    stated = {
        (unit, category): [*(Fraction(n or 0, WHOLE) for n in row[:3]), *row[3:]]
        for unit, category, *row in q.rows(BY_CELL)
    }
    if q.tree == "now":  # what units that merged sent to one activity were different people
        for unit, category, largest in q.rows(TOGETHER):
            stated[unit, category][0] = Fraction(largest or 0, WHOLE)
    declared = "SELECT unit, category, persons FROM headcounts WHERE category <> 'public'"
    heads = {(unit, category): Fraction(n) for unit, category, n in q.rows(declared)}
    found: dict[Unit, list[Cell]] = {u: [] for u in district_units(q)}
    units = {u.id: u for u in found}
    for key in sorted({*stated, *heads}):
        if u := units.get(key[0]):
            found[u].append(Cell(u.id, u.tier, key[1], heads.get(key), *stated.get(key, ())))
    return found


@frozen
class Group:
    """Cells that are read together, or the reason why they cannot be."""

    subject: str
    cells: Sequence[Cell]
    reason: Words | None = None
    flags: Sequence[Words] = ()
    dimensions: Mapping[str, str] = field(factory=dict)

    @property
    def heads(self) -> Fraction:
        """Return how many persons there are."""
        return sum((c.heads or NOUGHT for c in self.cells), NOUGHT)


def groups(q: Query, dimension: str) -> Iterator[Group]:
    """Yield the cells of all units, of each category or tier (`dimension`), and of each unit.

    A unit with a cell that lacks a headcount cannot be computed; all others go on without it.
    """
    found = cells(q)
    reasons = {u: lacking(own) for u, own in found.items()}
    known = [c for u, own in found.items() if not reasons[u] for c in own]
    left_out = [u.id for u in found if reasons[u]]
    flags = named("缺申报人数，未计入", "left out for want of a headcount", left_out)
    nothing = (NOTHING if found else NO_UNITS) if len(left_out) == len(found) else None
    yield Group(ALL, known, nothing, [*flags, *_public(q)])
    for code in sorted({getattr(c, dimension) for c in known}):
        chosen = [c for c in known if getattr(c, dimension) == code]
        yield Group(ALL, chosen, None, flags, {dimension: code})
    for u, own in found.items():
        yield Group(u.subject, own, reasons[u])


NOTHING = Words("没有可计算的单位", "no unit for which it can be computed")
NO_HEADCOUNT = Words("未申报人数", "no headcount was declared")


def lacking(own: Iterable[Cell]) -> Words | None:
    """Return why a unit cannot be computed: which of its categories lack a headcount."""
    lack = [c.category for c in own if c.lacks_heads]
    return next(iter(named("有人到场而未申报人数", "attendance without a headcount", lack)), None)


def _public(q: Query) -> list[Words]:
    count = q.one("SELECT sum(attended) FROM attendances WHERE category = 'public'")
    said = Words(f"社会公众 {count} 人次未计入", f"{count} attendances of the public left out")
    return [said] if count else []


# 5. Persons reached, an interval; and minutes per head.


def interval(q: Query, group: Group, *, share: bool) -> Reading:
    """Return the interval of persons reached, or of their share of the headcount."""
    blank = sum(c.blank for c in group.cells)
    over = {c.unit for c in group.cells if c.heads is not None and c.largest > c.heads}
    flags = [
        *group.flags,
        *([Words(f"{blank} 行到场人数空白", f"{blank} lines without a number")] if blank else []),
        *named("到场多于申报人数", "more came than were declared", over),
    ]
    reason = group.reason or (NO_HEADCOUNT if share and not group.heads else None)
    if reason:
        return q.none(group.subject, reason, dimensions=group.dimensions, flags=flags)
    whole = group.heads if share else 1
    return q.interval(
        group.subject,
        sum(c.low for c in group.cells) / whole,
        sum(c.high for c in group.cells) / whole,
        denominator=group.heads,
        dimensions=group.dimensions,
        flags=flags,
    )


@indicator(
    "coverage.persons",
    of=(attendances, headcount_declarations),
    unit="persons",
    better="higher",
    per="unit",
    zh="覆盖人数区间：每单位每类人员，从最大单场人次到申报人数与总人次之较小者，各格相加",
    en="Persons reached: per unit and category between the largest attendance and the smaller of headcount and sum, added up",
)
def persons(q: Query) -> Iterator[Reading]:
    """Give both ends of how many different persons came, and the headcount as the denominator."""
    yield from (interval(q, group, share=False) for group in groups(q, "category"))


@indicator(
    "coverage.person_share",
    of=(attendances, headcount_declarations),
    unit="share",
    better="higher",
    per="unit",
    zh="人员覆盖率区间：覆盖人数区间的两端 ÷ 申报人数",
    en="Share of persons reached: both ends of coverage.persons / headcount",
)
def person_share(q: Query) -> Iterator[Reading]:
    """Give the same interval as a share of the headcount, so that units can be compared."""
    yield from (interval(q, group, share=True) for group in groups(q, "category"))


def per_head(q: Query, group: Group) -> Reading:
    """Return minutes × persons / heads, or why one cannot be divided by the other."""
    lines, timed = sum(c.lines for c in group.cells), sum(c.timed for c in group.cells)
    rest = lines - timed
    said = Words(f"{rest} 行缺人数或时长，未计入", f"{rest} lines lack persons or minutes")
    flags = [*group.flags, said] if rest else group.flags
    reason = group.reason or (ALL_BLANK if lines and not timed else None)
    if reason:
        return q.none(group.subject, reason, dimensions=group.dimensions, flags=flags)
    return q.ratio(
        group.subject,
        sum(c.spent for c in group.cells),
        group.heads,
        NO_HEADCOUNT,
        dimensions=group.dimensions,
        flags=flags,
    )


ALL_BLANK = Words("到场人数或时长全部空白", "persons or minutes are blank in all lines")


@indicator(
    "coverage.minutes_per_head",
    of=(attendances, headcount_declarations),
    unit="minutes",
    better="higher",
    per="unit",
    zh="人均受教育时长：Σ（时长 × 到场人数）÷ 申报人数，分层级、分单位",
    en="Minutes per head: sum of minutes x attended / headcount, by tier and by unit",
)
def minutes_per_head(q: Query) -> Iterator[Reading]:
    """Divide the minutes that people spent by how many people there are."""
    yield from (per_head(q, group) for group in groups(q, "tier"))


@indicator(
    "coverage.tier_gap",
    of=(attendances, headcount_declarations),
    unit="ratio",
    better="1..1",
    zh="层级差距：村居人均时长 ÷ 区级人均时长，1 为相同",
    en="Tier gap: minutes per head of village units / of district units; 1 where they are alike",
)
def tier_gap(q: Query) -> Iterator[Reading]:
    """Compare the grassroots with the district's own bodies (基层一线教育力度较弱)."""
    tiers = {r.dimensions.get("tier"): r for r in q.readings("coverage.minutes_per_head")}
    means = []
    for tier in ("village", "district"):
        mean = tiers.get(tier, q.none(ALL, NO_HEADCOUNT))
        if mean.reason:
            said = term("tier", tier)
            why = Words(f"{said.zh}：{mean.reason.zh}", f"{said.en}: {mean.reason.en}")
            yield q.none(ALL, why, flags=mean.flags)
            return
        means.append(Fraction(mean.numerator or 0) / Fraction(mean.denominator or 0))
    none = Words("区级人均时长为零", "minutes per head of district units are zero")
    yield q.ratio(ALL, means[0], means[1], none, flags=tiers["village"].flags)


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
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List the events that contradict what is known of their units, under whom they count."""
    period = q.period.start.isoformat(), q.period.end.isoformat()
    found = [
        (unit, event, Words(f"{day} {unit} 未在册", f"{unit} was not open on {day}"))
        for event, day, unit in q.rows(NOT_OPEN, period)
    ]
    for event, unit, category, came, heads in q.rows(TOO_MANY):
        zh = f"{unit} {category} 到场 {came} 人，申报 {heads} 人"
        found.append(
            (unit, event, Words(zh, f"{came} of {unit} {category} came, {heads} declared"))
        )
    yield q.reading(ALL, len({event for _, event, _ in found}))
    seen_as: dict[str, list[str]] = {}
    for unit, seen in q.rows("SELECT unit, seen_as FROM projections"):
        seen_as.setdefault(unit, []).append(seen)
    by_unit: dict[str, list[tuple[int, Words]]] = {}
    for unit, event, said in sorted(found, key=lambda f: (f[1], f[2].en)):
        for seen in seen_as.get(unit, [unit]):
            by_unit.setdefault(seen, []).append((event, said))
    for unit, remarks in by_unit.items():
        flags = [Words(f"第 {n} 条：{w.zh}", f"position {n}: {w.en}") for n, w in remarks]
        yield q.reading(f"unit:{unit}", len({n for n, _ in remarks}), flags=flags)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of coverage."""
    return Family(
        "coverage",
        version=1,
        zh="覆盖",
        en="Coverage",
        indicators=[
            unit_reach,
            grid_fill,
            coverage_map,
            kind_map,
            persons,
            person_share,
            minutes_per_head,
            tier_gap,
            contradictions,
        ],
    )
