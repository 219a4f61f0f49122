"""Brands: one brand and one feature to each town, and what others copy of it (一街镇一品牌一特色).

    BrandLaunched ──▶ brand_launches ──┐
    BrandUpgraded ──▶ brand_tiers      ├─▶ presence, adopters, curve, reuse, …
    BrandAdopted  ──▶ brand_adoptions  │
    BrandEnded    ──▶ brand_status ────┘

**Launching is not spreading.** Anybody can launch a brand: adopters and reuse stand beside the count.

**An adopter is another unit.** The originator is none, nor is a unit that has since become one with
it; a unit that adopts twice is one. Both are contradictions, taken as they are told and listed.

**In use** is what was so at some time in the period. It belongs under the unit of the tree to which
its originator has come: to each of the heirs, whole.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Annotated

from attrs.validators import min_len

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
    activity_formats,
    activity_hosts,
    attendances,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
    resource_uses,
    resources_published,
)
from lianjian.core.activities import Theme, UnitId, unique
from lianjian.core.holdings import resources_of, used_by_others
from lianjian.core.indicator import Rest
from lianjian.core.kit import (
    DAY,
    by_code,
    codes,
    counted,
    district_units,
    listed,
    months,
    named,
    odd,
    span,
    survival,
    weighted_share,
)
from lianjian.core.participation import regularly_taking_part

# 1. Events.

BrandId = Annotated[str, Ref("brand")]


@event("brand.launched", 1)
@frozen
class BrandLaunched:
    """A unit comes out with a brand, a feature or a project of its own; it is the originator."""

    brand: Annotated[str, New("brand")]
    name: str = field(validator=min_len(1))
    kind: Annotated[str, Term("brand_kind")]
    unit: UnitId
    day: date
    tier: Annotated[str, Term("tier")] | None = None
    themes: tuple[Theme, ...] = field(default=(), validator=unique)


@event("brand.upgraded", 1)
@frozen
class BrandUpgraded:
    """A brand is raised to a tier, and better from this day on (提档升级)."""

    brand: BrandId
    tier: Annotated[str, Term("tier")]
    day: date
    why: str | None = None


@event("brand.adopted", 1, happened=True)
@frozen
class BrandAdopted:
    """Another unit takes a brand over: as it is, or adapted to its own needs (复制推广)."""

    brand: BrandId
    unit: UnitId
    mode: Annotated[str, Term("adoption_mode")]
    day: date
    why: str | None = None


@event("brand.ended", 1)
@frozen
class BrandEnded:
    """A brand is no longer in use from this day on."""

    brand: BrandId
    day: date
    why: str | None = None


# 2. Facts.


@facts(key="day brand", text="name kind unit tier")
def brand_launches(e: BrandLaunched) -> Iterator[Row]:
    """State what a brand is, and whose."""
    yield e.day, e.brand, e.name, e.kind, e.unit, e.tier


@facts(key="day brand", text="status", state="status")
def brand_status(e: BrandLaunched | BrandEnded) -> Iterator[Row]:
    """State whether a brand is in use from a day on: active or ended."""
    yield e.day, e.brand, "ended" if isinstance(e, BrandEnded) else "active"


@facts(key="day brand", text="tier", state="tier")
def brand_tiers(e: BrandLaunched | BrandUpgraded) -> Iterator[Row]:
    """State the tier of a brand from a day on, where it is said."""
    if e.tier:
        yield e.day, e.brand, e.tier


@facts(key="day brand unit", text="mode", state="mode")
def brand_adoptions(e: BrandAdopted) -> Iterator[Row]:
    """State who has adopted a brand, and how, from a day on."""
    yield e.day, e.brand, e.unit, e.mode


# 3. What there is: in use at some time in the period, and under the tree.

NO_TOWNS = Words("期间内没有街镇", "no town was open in the period")
LACKING = {"brand": Words("没有品牌", "no brand"), "feature": Words("没有特色", "no feature")}

IN_USE = "SELECT brand FROM brand_status_spells WHERE status = 'active'"
KINDS = f"SELECT brand, kind FROM brand_launches_to_date WHERE brand IN ({IN_USE}) ORDER BY brand"
OWN = f"""
    SELECT p.seen_as, l.kind, l.brand FROM brand_launches_to_date l
    JOIN projections p ON p.unit = l.unit WHERE l.brand IN ({IN_USE})
"""


def owners(q: Query, *kinds: str) -> set[str]:
    """Return the units with something of some kinds of their own in use."""
    return {unit for unit, kind, _ in q.rows(OWN) if kind in kinds}


@indicator(
    "brands.presence",
    of=(brand_launches, brand_status),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w [b ≥ 1 ∧ f ≥ 1] / Σ w",
    zh="一街镇一品牌一特色：既有品牌（b）又有特色（f）的街镇 ÷ 街镇，按在册天数加权（w）",
    en="Towns with a brand (b) and a feature (f) of their own / towns, by days open (w)",
)
def presence(q: Query) -> Iterator[Reading]:
    """Tell which towns have both in use, and what the others lack; a zone has a town's rank."""
    towns = district_units(q, "town", "zone")
    have = {kind: owners(q, kind) for kind in LACKING}
    both = set.intersection(*have.values())
    lacking = {
        kind: named(lack.zh, lack.en, [u.id for u in towns if u.id not in have[kind]])
        for kind, lack in LACKING.items()
    }
    yield weighted_share(q, towns, both, NO_TOWNS, flags=[*lacking["brand"], *lacking["feature"]])
    for kind, flags in lacking.items():
        yield weighted_share(q, towns, have[kind], NO_TOWNS, dimensions={"kind": kind}, flags=flags)
    for u in towns:
        lacks = [lack for kind, lack in LACKING.items() if u.id not in have[kind]]
        yield q.reading(u.subject, int(u.id in both), flags=lacks)


@indicator(
    "brands.active",
    of=(brand_launches, brand_status, brand_tiers),
    unit="items",
    better="neither",
    per="unit",
    formula="n",
    zh="在用的品牌、特色与项目数（n）",
    en="Brands, features and projects in use (n)",
)
def active(q: Query) -> Iterator[Reading]:
    """Count what was in use at some time in the period, by tier at its end, by kind, by unit."""
    kinds = dict(q.rows(KINDS))
    tiers = dict(q.rows("SELECT brand, tier FROM brand_tiers_to_date ORDER BY day, event"))
    by_tier = Counter(tiers.get(brand) for brand in kinds)
    flags = counted(by_tier[None], "项未注明层级", "of unknown tier")
    yield q.reading(ALL, len(kinds))
    yield from by_code(q, "tier", by_tier, flags)
    yield from by_code(q, "brand_kind", Counter(kinds.values()), dimension="kind")
    own = Counter(unit for unit, _, _ in q.rows(OWN))
    for u in district_units(q):
        yield q.reading(u.subject, own[u.id])


@indicator(
    "brands.launched",
    of=brand_launches,
    unit="items",
    better="higher",
    formula="n",
    zh="新推出的品牌、特色与项目数（n）",
    en="Brands, features and projects launched (n)",
)
def launched(q: Query) -> Iterator[Reading]:
    """Count what was launched in the period, whether or not it is still in use."""
    yield q.reading(ALL, q.one("SELECT count(*) FROM brand_launches"))


@indicator(
    "brands.upgraded",
    of=brand_tiers,
    unit="items",
    better="neither",
    formula="n",
    zh="提档升级次数（n）",
    en="Upgrades of brands (n)",
)
def upgraded(q: Query) -> Iterator[Reading]:
    """Count the upgrades of the period; the tier with which a brand is launched is none."""
    sql = "SELECT count(*) FROM brand_tiers WHERE event NOT IN (SELECT event FROM brand_launches)"
    yield q.reading(ALL, q.one(sql))


# 4. Who copies it.

NO_BRANDS = Words("没有品牌", "there is no brand")
NOBODY_ELSE = Words("没有可推广的其他单位", "no other unit could adopt it")
ABLE = ("town", "zone", "village", "organ", "public_inst", "soe")

# Each brand's adopters under the tree, by their first day, and how; none is its own originator.
ADOPTERS = """
    SELECT brand, unit, day, mode FROM (
        SELECT a.brand, p.seen_as AS unit, a.day, a.mode,
        row_number() OVER (PARTITION BY a.brand, p.seen_as ORDER BY a.day, a.event) AS time
        FROM brand_adoptions_to_date a JOIN brand_launches_to_date l ON l.brand = a.brand
        JOIN projections p ON p.unit = a.unit
        LEFT JOIN projections o ON o.unit = l.unit AND o.seen_as = p.seen_as
        WHERE o.unit IS NULL
    ) z WHERE time = 1 ORDER BY day
"""


@indicator(
    "brands.adopters",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="units",
    better="higher",
    per="brand",
    formula="a; Σ a",
    zh="推广单位数（a），不含首创单位；全部为各品牌之和，含已终止的品牌",
    en="Units that adopted it, the originator not counted (a); in all, of every brand, ended or not",
)
def adopters(q: Query) -> Iterator[Reading]:
    """Count who adopted each brand in use by the period's end, each once."""
    found = q.rows(ADOPTERS)
    yield q.reading(ALL, len(found))
    modes = Counter[str | None](mode for *_, mode in found)
    yield from by_code(q, "adoption_mode", modes, dimension="mode")
    by_brand = Counter(brand for brand, *_ in found)
    for brand in q.column(KINDS):
        yield q.reading(f"brand:{brand}", by_brand[brand])


@indicator(
    "brands.adopter_share",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="share",
    better="higher",
    per="brand",
    formula="a / n; (1/m) Σ (a / n)",
    zh="推广率：推广单位（a）÷ 期末可推广的区内其他单位（n）；全部为 m 个在用品牌的平均",
    en="Adopters (a) / other units that could adopt at the end (n); in all, the mean of m brands",
)
def adopter_share(q: Query) -> Iterator[Reading]:
    """Compare the adopters of each brand in use with the units open on the period's last day."""
    last_day = q.over(Period(q.period.end - DAY, q.period.end))
    able = [u.id for u in district_units(last_day, *ABLE)]
    own = {(brand, unit) for unit, _, brand in q.rows(OWN)}
    adopted = {(brand, unit) for brand, unit, *_ in q.rows(ADOPTERS)}
    in_use, shares = q.column(KINDS), []
    for brand in in_use:
        could = {(brand, unit) for unit in able} - own
        did = could & adopted
        shares += [Fraction(len(did), len(could))] if could else []
        yield q.ratio(f"brand:{brand}", len(did), len(could), NOBODY_ELSE)
    yield q.ratio(ALL, sum(shares), len(shares), NOBODY_ELSE if in_use else NO_BRANDS)


KTH = (1, 3, 5)
EARLY = "家推广早于推出，未计入", "adopters left out, being earlier than the launch"
LAUNCHES = """
    SELECT l.brand, l.day, (SELECT min(s.day) FROM brand_status_to_date s
        WHERE s.brand = l.brand AND s.status = 'ended' AND s.day >= l.day)
    FROM brand_launches_to_date l ORDER BY l.brand
"""


@indicator(
    "brands.time_to_adopter",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="days",
    better="lower",
    per="brand",
    formula="t = a - l; min t: S(t) ≤ 1/2",
    zh="推出（l）到第 k 家推广（a）的天数（t）；全部为中位数（S 为 Kaplan-Meier 估计）",
    en="Days (t) from launch (l) to the k-th adopter (a); in all, the median (S by Kaplan-Meier)",
)
def time_to_adopter(q: Query) -> Iterator[Reading]:
    """Tell how long it took to the first, third and fifth adopter, and the median of all brands.

    Brands that have not got so far count as long as they were waiting: to the period's end, or to
    their own. What is said to have been adopted before the launch took no time, and is left out.
    """
    days: dict[str, list[str]] = defaultdict(list)
    for brand, _, day, _ in q.rows(ADOPTERS):
        days[brand].append(day)
    launches = q.rows(LAUNCHES)
    early = {brand: sum(day < launch for day in days[brand]) for brand, launch, _ in launches}
    in_use = q.column(KINDS)
    for k in KTH:
        kth, flags = {"kth": str(k)}, counted(sum(early.values()), *EARLY)
        spans = {
            brand: span(q, launch, next(iter(days[brand][early[brand] + k - 1 :]), None), ended)
            for brand, launch, ended in launches
        }
        yield survival(q, ALL, [*spans.values()], NO_BRANDS, flags, kth)
        none = Words(f"尚无第 {k} 家", f"no adopter number {k} so far")
        for brand in in_use:
            subject, (took, came) = f"brand:{brand}", spans[brand]
            rest = Rest(dimensions=kth, flags=counted(early[brand], *EARLY))
            yield q.reading(subject, took, **rest) if came else q.none(subject, none, **rest)


@indicator(
    "brands.curve",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="units",
    better="higher",
    formula="A(m) = #{a ≤ m}",
    zh="推广曲线：截至各月末（m）的累计推广数（a 为推广日）",
    en="Adoption curve: adoptions (on day a) by the end of each month (m)",
)
def curve(q: Query) -> Iterator[Reading]:
    """Add up who had adopted what by the end of each month of the period."""
    days = [day for _, _, day, _ in q.rows(ADOPTERS)]
    for month in months(q.period):
        so_far = sum(day < month.end.isoformat() for day in days)
        yield q.reading(ALL, so_far, dimensions={"month": month.start.isoformat()[:7]})


# 5. What others take of it, and what is expected of whom.

NO_RESOURCES = Words("没有已知归属的资源", "of no resource is the owner known")
NO_OWNER = "件资源未注明归属，未计入", "resources left out: no owner is said"
UNSAID_USER = (
    "件资源的使用未注明单位，不计为复用",
    "resources whose users are not said, not counted as reused",
)


@indicator(
    "brands.reuse",
    of=(resources_published, resource_uses),
    unit="share",
    better="higher",
    formula="u / n",
    zh="资源复用率：期间内被归属单位以外使用的资源（u）÷ 期末有归属的资源（n）",
    en="Resources used in the period outside their owner (u) / resources with an owner (n)",
)
def reuse(q: Query) -> Iterator[Reading]:
    """Tell what went beyond its owner's house (共建共享); a use of nobody knows whom is flagged."""
    found, used = resources_of(q), used_by_others(q)
    unowned = counted(sum(not r.owners for r in found), *NO_OWNER)
    for kind in ("", *codes(q, "resource_kind", *(r.kind for r in found))):
        others = [used.get(r.id, False) for r in found if r.owners and kind in ("", r.kind)]
        flags = [*([] if kind else unowned), *counted(others.count(None), *UNSAID_USER)]
        of = {"kind": kind} if kind else {}
        yield q.ratio(
            ALL, others.count(True), len(others), NO_RESOURCES, dimensions=of, flags=flags
        )


# B27 of the report of 2021: organs interact day by day, towns have features of their own, enterprises
# build brands. That "day by day" means half of the months, and which forms interact, is our reading.
INTERACTIVE = ("seminar", "practice", "case_law", "case_discipline", "quiz", "visit")
INTERACTING = ("organ", "public_inst")
HAVING = {"town": ("feature", "project"), "zone": ("feature", "project"), "soe": ("brand",)}
NOT_EXPECTED = Words("该类单位没有预期要求", "nothing is expected of this kind of unit")
NO_EXPECTED = Words(
    "期间内没有预期要求所及的单位", "no unit was open of which anything is expected"
)
MAYBE_MET = Words("活动形式或到场人数空白", "the forms or the attendance of activities are blank")


@indicator(
    "brands.expectation",
    of=(brand_launches, brand_status, activity_formats, activity_hosts, attendances),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w [x ≥ 1/2 ∨ y ≥ 1] / Σ w",
    zh="分类要求落实率（w 为在册天数）：机关半数月份有互动（x）、街镇有特色或项目、国企有品牌（y）",
    en="Units, by days open (w), of which organs interact in half of their months (x), towns have a "
    "feature or project, enterprises a brand (y)",
)
def expectation(q: Query) -> Iterator[Reading]:
    """Tell which units do what the report of 2021 expects of their kind (B27); of some it is nothing."""
    did, perhaps = regularly_taking_part(q, INTERACTIVE, Fraction(1, 2))
    met_by = dict.fromkeys(INTERACTING, did) | {k: owners(q, *own) for k, own in HAVING.items()}
    units = district_units(q)
    expected = [u for u in units if u.kind in met_by]
    met = {u.id for u in expected if u.id in met_by[u.kind]}
    unsure = {u.id for u in expected if u.kind in INTERACTING and u.id in perhaps}
    for kind in ("", *sorted(met_by)):
        chosen = [u for u in expected if kind in ("", u.kind)]
        blank = [u.id for u in chosen if u.id in unsure]
        flags = named(f"{MAYBE_MET.zh}，不计为落实", f"not counted as met, {MAYBE_MET.en}", blank)
        of = {"unit_kind": kind} if kind else {}
        yield weighted_share(q, chosen, met, NO_EXPECTED, dimensions=of, flags=flags)
    for u in units:
        if u.kind not in met_by or u.id in unsure:
            yield q.none(u.subject, MAYBE_MET if u.id in unsure else NOT_EXPECTED)
        else:
            yield q.reading(u.subject, int(u.id in met))


# 6. Contradictions.

BEFORE = """
    SELECT x.brand, x.event, x.day FROM {table} x
    LEFT JOIN brand_launches_to_date l ON l.brand = x.brand WHERE l.day IS NULL OR x.day < l.day
"""
AFTER = """
    SELECT x.brand, x.event, x.day FROM {table} x JOIN brand_launches_to_date l ON l.brand = x.brand
    LEFT JOIN brand_status_spells s ON s.brand = x.brand AND s.status = 'active'
    AND s.start <= x.day AND x.day < s."end"
    WHERE s.brand IS NULL AND x.day >= l.day AND x.event <> l.event
"""
BY_THE_ORIGINATOR = """
    SELECT a.brand, a.event, a.day FROM brand_adoptions a
    JOIN brand_launches_to_date l ON l.brand = a.brand AND l.unit = a.unit
"""
AGAIN = """
    SELECT DISTINCT a.brand, a.event, a.day, a.unit FROM brand_adoptions a
    JOIN brand_adoptions_to_date b ON b.brand = a.brand AND b.unit = a.unit
    WHERE b.day < a.day OR (b.day = a.day AND b.event < a.event)
"""
ODD = (
    (BY_THE_ORIGINATOR, "", "{0} 首创单位自我推广", "adopted by its originator on {0}"),
    (AGAIN, "", "{0} {1} 重复推广", "adopted by {1} again on {0}"),
    (BEFORE, "brand_adoptions", "{0} 推出前推广", "adopted on {0}, before the launch"),
    (BEFORE, "brand_tiers", "{0} 推出前升级", "upgraded on {0}, before the launch"),
    (BEFORE, "brand_status", "{0} 推出前终止", "ended on {0}, before the launch"),
    (AFTER, "brand_adoptions", "{0} 终止后推广", "adopted on {0}, after the end"),
    (AFTER, "brand_tiers", "{0} 终止后升级", "upgraded on {0}, after the end"),
)


@indicator(
    "brands.contradictions",
    of=(brand_launches, brand_status, brand_tiers, brand_adoptions),
    unit="events",
    better="lower",
    per="brand",
    formula="n",
    zh="品牌记录中的矛盾（n）：首创单位自我推广，重复推广，推出前或终止后推广、升级，推出前终止",
    en="Contradictions of brands (n): adopted by the originator, twice, before launch, after the end",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be; it was reported, and counts, all the same."""
    found = [f for sql, table, zh, en in ODD for f in odd(q, sql.format(table=table), zh, en)]
    yield from listed(q, "brand", found)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of brands."""
    return Family("brands", version=2, zh="品牌", en="Brands", **declared(__name__))
