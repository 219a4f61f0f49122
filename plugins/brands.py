"""Brands: one brand and one feature to each town, and what others copy of it (一街镇一品牌一特色).

    BrandLaunched ──▶ brand_launches, brand_themes ─┐
    BrandUpgraded ──▶ brand_tiers                   ├─▶ presence, adopters, curve, reuse, …
    BrandAdopted  ──▶ brand_adoptions               │
    BrandEnded    ──▶ brand_status ─────────────────┘

What is decided here:

**Launching is not spreading.** How many brands there are says little: anybody can launch one. So
adopters, and the reuse of resources, stand beside the count.

**An adopter is another unit.** The originator is none, nor is a unit that has since become one with
it; a unit that adopts twice is one. Both are contradictions, taken as they are told and listed.

**In use.** A brand counts for a period if it was in use at some time in it, and a town that was open
for half of the period counts one half. A brand belongs under the unit of the tree to which its
originator has come: to each of the heirs, whole.

**How long it took** is counted in brands that are still waiting, too (Kaplan and Meier).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated

from attrs.validators import min_len

from lianjian.core import (
    ALL,
    Family,
    New,
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
from lianjian.core.kit import (
    counted,
    days_from,
    district_units,
    heirs,
    listed,
    months,
    named,
    open_months,
    span,
    survival,
    weighted_share,
)
from lianjian.core.vocabulary import installed, term

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


@facts(key="day brand theme")
def brand_themes(e: BrandLaunched) -> Iterator[Row]:
    """State what a brand is about."""
    for theme in e.themes:
        yield e.day, e.brand, theme


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


# 3. What there is by the period's end, under the tree.

NO_TOWNS = Words("期间内没有街镇", "no town was open in the period")
NO_BRANDS = Words("没有品牌", "there is no brand")
NO_RESOURCES = Words("没有已知归属的资源", "of no resource is the owner known")
NOBODY_ELSE = Words("没有可推广的其他单位", "no other unit could adopt it")
NOT_EXPECTED = Words("该类单位没有预期要求", "nothing is expected of this kind of unit")
NO_EXPECTED = Words(
    "期间内没有预期要求所及的单位", "no unit was open of which anything is expected"
)
MAYBE_MET = Words("活动形式或到场人数空白", "the forms or the attendance of activities are blank")


@frozen
class Brand:
    """A brand launched by the period's end; `homes` are the units of the tree whose own it is.

    `ended` is the day of its end, where that lies before the period's; `active` tells whether it
    was in use at some time in the period.
    """

    id: str
    kind: str
    tier: str | None
    launched: str
    ended: str | None
    homes: frozenset[str]
    active: bool

    @property
    def subject(self) -> str:
        """Return the subject of its readings."""
        return f"brand:{self.id}"


LAUNCHES = """
    SELECT l.brand, l.kind, l.unit, l.day, min(s.day) FROM brand_launches_to_date l
    LEFT JOIN brand_status_to_date s
    ON s.brand = l.brand AND s.status = 'ended' AND s.day >= l.day
    GROUP BY l.brand, l.kind, l.unit, l.day ORDER BY l.brand
"""


def brands_of(q: Query) -> list[Brand]:
    """Return the brands that were launched by the period's end, ended ones among them."""
    tiers = dict(q.rows("SELECT brand, tier FROM brand_tiers_to_date ORDER BY day, event"))
    active = set(q.column("SELECT brand FROM brand_status_spells WHERE status = 'active'"))
    home = homes(q)
    return [
        Brand(id_, kind, tiers.get(id_), day, ended, home(unit), id_ in active)
        for id_, kind, unit, day, ended in q.rows(LAUNCHES)
    ]


def homes(q: Query) -> Callable[[str], frozenset[str]]:
    """Return a function that tells which units of the tree a unit is, or has become."""
    seen_as = {unit: frozenset(u for u, _ in onward) for unit, onward in heirs(q).items()}
    return lambda unit: seen_as.get(unit, frozenset({unit}))


def owners(brands: Iterable[Brand], *kinds: str) -> set[str]:
    """Return the units with a brand of some kinds of their own in use."""
    return {unit for b in brands if b.active and b.kind in kinds for unit in b.homes}


Adopted = dict[str, dict[str, tuple[str, str]]]  # brand → adopter → first day, and how


def adoptions(q: Query, brands: Iterable[Brand]) -> Adopted:
    """Return who adopted each brand by the period's end, when first and how.

    Whoever stands under the originator's unit is none of them.
    """
    own = {b.id: b.homes for b in brands}
    found: Adopted = {id_: {} for id_ in own}
    for brand, unit, day, mode in q.rows(
        "SELECT a.brand, p.seen_as, a.day, a.mode FROM brand_adoptions_to_date a "
        "JOIN projections p ON p.unit = a.unit ORDER BY a.day, a.event"
    ):
        if brand in own and unit not in own[brand]:
            found[brand].setdefault(unit, (day, mode))
    return found


def by_code(
    q: Query, scheme: str, dimension: str, codes: Sequence[str | None]
) -> Iterator[Reading]:
    """Yield how many have each code of a vocabulary, or another that a log defined beyond it."""
    flags = counted(codes.count(None), "项未注明", "do not say it")
    for code in sorted({*installed()[scheme], *(code for code in codes if code)}):
        yield q.reading(ALL, codes.count(code), dimensions={dimension: code}, flags=flags)


# 4. Indicators: what there is.


@indicator(
    "brands.presence",
    of=(brand_launches, brand_status),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w [brand ≥ 1 ∧ feature ≥ 1] / Σ w; w = days open / days",
    zh="一街镇一品牌一特色：既有品牌又有特色的街镇 ÷ 街镇，按在册天数加权",
    en="Towns with a brand and a feature of their own / towns, by days open",
)
def presence(q: Query) -> Iterator[Reading]:
    """Tell which towns have both in use, and what the others lack; a zone has a town's rank."""
    brands, towns = brands_of(q), district_units(q, "town", "zone")
    have = {kind: owners(brands, kind) for kind in ("brand", "feature")}
    lacking = []
    for kind, having in have.items():
        said = term("brand_kind", kind)
        without = [u.id for u in towns if u.id not in having]
        flags = named(f"没有{said.zh}", f"no {said.en.lower()}", without)
        lacking += flags
        yield weighted_share(q, towns, having, NO_TOWNS, dimensions={"kind": kind}, flags=flags)
    both = set.intersection(*have.values())
    yield weighted_share(q, towns, both, NO_TOWNS, flags=lacking)
    for u in towns:
        lacks = [term("brand_kind", kind) for kind, having in have.items() if u.id not in having]
        flags = [Words(f"没有{said.zh}", f"no {said.en.lower()}") for said in lacks]
        yield q.reading(u.subject, int(u.id in both), flags=flags)


@indicator(
    "brands.active",
    of=(brand_launches, brand_status, brand_tiers),
    unit="items",
    better="neither",
    per="unit",
    formula="#{brands in use}",
    zh="在用的品牌、特色与项目数",
    en="Brands, features and projects in use",
)
def active(q: Query) -> Iterator[Reading]:
    """Count what was in use at some time in the period, by tier at its end, by kind, by unit."""
    in_use = [b for b in brands_of(q) if b.active]
    yield q.reading(ALL, len(in_use))
    yield from by_code(q, "tier", "tier", [b.tier for b in in_use])
    yield from by_code(q, "brand_kind", "kind", [b.kind for b in in_use])
    for u in district_units(q):
        yield q.reading(u.subject, sum(u.id in b.homes for b in in_use))


@indicator(
    "brands.launched",
    of=brand_launches,
    unit="items",
    better="higher",
    formula="#{brands launched}",
    zh="新推出的品牌、特色与项目数",
    en="Brands, features and projects launched",
)
def launched(q: Query) -> Iterator[Reading]:
    """Count what was launched in the period."""
    yield q.reading(ALL, q.one("SELECT count(*) FROM brand_launches"))


UPGRADES = """
    SELECT count(*) FROM brand_tiers t
    WHERE NOT EXISTS (SELECT 1 FROM brand_launches l WHERE l.event = t.event)
"""


@indicator(
    "brands.upgraded",
    of=brand_tiers,
    unit="items",
    better="neither",
    formula="#{upgrades}",
    zh="提档升级次数",
    en="Upgrades of brands",
)
def upgraded(q: Query) -> Iterator[Reading]:
    """Count the upgrades of the period; the tier with which a brand is launched is none."""
    yield q.reading(ALL, q.one(UPGRADES))


# 5. Who copies it.


@indicator(
    "brands.adopters",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="units",
    better="higher",
    per="brand",
    formula="#{units that adopted} \\ {originator}",
    zh="推广单位数，不含首创单位",
    en="Units that adopted it, the originator not counted",
)
def adopters(q: Query) -> Iterator[Reading]:
    """Count who adopted each brand in use by the period's end, each once.

    In all it is the pairs of both, those of brands that have ended since among them.
    """
    brands = brands_of(q)
    found = adoptions(q, brands)
    modes: list[str | None] = [mode for of in found.values() for _, mode in of.values()]
    yield q.reading(ALL, len(modes))
    yield from by_code(q, "adoption_mode", "mode", modes)
    for b in brands:
        if b.active:
            yield q.reading(b.subject, len(found[b.id]))


ABLE = ("town", "zone", "village", "organ", "public_inst", "soe")
OPEN_LAST = """
    SELECT p.seen_as FROM unit_status_spells s JOIN projections p ON p.unit = s.unit
    WHERE s.status = 'open' AND s."end" = ?
"""


@indicator(
    "brands.adopter_share",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="share",
    better="higher",
    per="brand",
    formula="mean over brands of #{adopters} / #{units that could adopt}",
    zh="推广率：推广单位 ÷ 可推广的区内单位",
    en="Adopters / units of the district that could adopt",
)
def adopter_share(q: Query) -> Iterator[Reading]:
    """Compare the adopters of each brand in use with the units open on the period's last day."""
    in_use = [b for b in brands_of(q) if b.active]
    found = adoptions(q, in_use)
    open_last = set(q.column(OPEN_LAST, (q.end,)))
    able = open_last & {u.id for u in district_units(q, *ABLE)}
    shares = []
    for b in in_use:
        could = able - b.homes
        did = could & found[b.id].keys()
        shares += [Fraction(len(did), len(could))] if could else []
        yield q.ratio(b.subject, len(did), len(could), NOBODY_ELSE)
    yield q.ratio(ALL, sum(shares), len(shares), NOBODY_ELSE if in_use else NO_BRANDS)


KTH = (1, 3, 5)


@indicator(
    "brands.time_to_adopter",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="days",
    better="lower",
    per="brand",
    formula="min t: S(t) ≤ 1/2; S by Kaplan-Meier over t = day of adopter k - day of launch",
    zh="推出到第 k 家推广的天数",
    en="Days from launch to the k-th adopter",
)
def time_to_adopter(q: Query) -> Iterator[Reading]:
    """Tell how long it took to the first, third and fifth adopter, and the median of all brands.

    Brands that have not got so far count as long as they were waiting: to the period's end, or to
    their own. What is said to have been adopted before the launch took no time, and is left out.
    """
    brands = brands_of(q)
    found = adoptions(q, brands)
    after = {b: sorted(d for d, _ in found[b.id].values() if d >= b.launched) for b in brands}
    early = {b: len(found[b.id]) - len(days) for b, days in after.items()}
    for k in KTH:
        kth = {"kth": str(k)}
        spans = {b: waited(q, b, days, k) for b, days in after.items()}
        yield survival(
            q, ALL, [*spans.values()], NO_BRANDS, counted(sum(early.values()), *EARLY), kth
        )
        for b, (took, reached) in spans.items():
            flags = counted(early[b], *EARLY)
            if b.active and reached:
                yield q.reading(b.subject, took, dimensions=kth, flags=flags)
            elif b.active:
                none = Words(f"尚无第 {k} 家", f"no adopter number {k} so far")
                yield q.none(b.subject, none, dimensions=kth, flags=flags)


def waited(q: Query, b: Brand, days: Sequence[str], k: int) -> tuple[int, bool]:
    """Return how long a brand waited for its k-th adopter, and whether that one came."""
    if len(days) < k and b.ended:
        return days_from(b.launched, b.ended), False
    return span(q, b.launched, days[k - 1] if len(days) >= k else None)


EARLY = "家推广早于推出，未计入", "adopters left out, being earlier than the launch"


@indicator(
    "brands.curve",
    of=(brand_adoptions, brand_launches, brand_status),
    unit="units",
    better="higher",
    formula="A(m) = #{(brand, adopter): first day ≤ end of m}",
    zh="推广曲线：截至各月末的累计推广数",
    en="Adoption curve: adoptions by the end of each month",
)
def curve(q: Query) -> Iterator[Reading]:
    """Add up who had adopted what by the end of each month of the period."""
    days = [day for of in adoptions(q, brands_of(q)).values() for day, _ in of.values()]
    for month in months(q.period):
        end = month.end.isoformat()
        name = {"month": month.start.isoformat()[:7]}
        yield q.reading(ALL, sum(day < end for day in days), dimensions=name)


# 6. What others take of it, and what is expected of whom.


@indicator(
    "brands.reuse",
    of=(resources_published, resource_uses),
    unit="share",
    better="higher",
    formula="#{resources used by others than their owner} / #{resources with an owner}",
    zh="资源复用率：被归属单位以外使用的资源 ÷ 有归属的资源",
    en="Resources used outside their owner / resources with an owner",
)
def reuse(q: Query) -> Iterator[Reading]:
    """Tell what part of what there is to teach from went beyond its owner's house (共建共享).

    Published by the period's end, used in the period. A use of which nobody says whose it was is no
    reuse, and flagged.
    """
    home = homes(q)
    users: dict[str, set[str | None]] = {}
    for resource, unit in q.rows("SELECT DISTINCT resource, unit FROM resource_uses"):
        users.setdefault(resource, set()).add(unit)
    owned: list[tuple[str, bool | None]] = []  # its kind, and whether others used it: None perhaps
    unowned = 0
    for resource, kind, owner in q.rows(
        "SELECT resource, kind, unit FROM resources_published_to_date"
    ):
        by = users.get(resource, set())
        if owner is None:
            unowned += 1
        elif any(unit and not home(unit) <= home(owner) for unit in by):
            owned.append((kind, True))
        else:
            owned.append((kind, None if None in by else False))
    for code in ("", *sorted({*installed()["resource_kind"], *(kind for kind, _ in owned)})):
        used = [by_others for kind, by_others in owned if code in ("", kind)]
        flags = counted(used.count(None), *UNSAID_USER)
        if code:
            kind_of = {"kind": code}
        else:
            kind_of, flags = {}, [*counted(unowned, *NO_OWNER), *flags]
        done = used.count(True)
        yield q.ratio(ALL, done, len(used), NO_RESOURCES, dimensions=kind_of, flags=flags)


NO_OWNER = "件资源未注明归属，未计入", "resources left out: no owner is said"
UNSAID_USER = (
    "件资源的使用未注明单位，不计为复用",
    "resources whose users are not said, not counted as reused",
)

# B27 of the report of 2021: organs interact day by day, towns have features of their own, enterprises
# build brands. That "day by day" means half of the months, and which forms interact, is our reading.
INTERACTIVE = ("seminar", "practice", "case_law", "case_discipline", "quiz", "visit")
OWN = {"town": ("feature", "project"), "zone": ("feature", "project"), "soe": ("brand",)}
INTERACTING = ("organ", "public_inst")

# Who took part in which month in something interactive: for certain, or perhaps, since the forms
# are not told or the number of those who came is blank.
TOOK_PART = f"""
    WITH told AS MATERIALIZED (
        SELECT event, max(CASE WHEN format IN ({", ".join(f"'{f}'" for f in INTERACTIVE)})
                          THEN 1 ELSE 0 END) AS interactive
        FROM activity_formats GROUP BY event
    )
    SELECT p.seen_as, substr(z.day, 1, 7), max(z.sure * coalesce(t.interactive, 0)) FROM (
        SELECT event, day, unit, 1 AS sure FROM activity_hosts UNION ALL
        SELECT event, day, unit, CASE WHEN attended > 0 THEN 1 ELSE 0 END FROM attendances
        WHERE coalesce(attended, 1) > 0
    ) z JOIN projections p ON p.unit = z.unit LEFT JOIN told t ON t.event = z.event
    WHERE coalesce(t.interactive, 1) = 1 GROUP BY p.seen_as, substr(z.day, 1, 7)
"""


def interacting(q: Query) -> tuple[set[str], set[str]]:
    """Return the units that interacted in half of their months, and those that perhaps did."""
    sure: dict[str, set[str]] = {}
    perhaps: dict[str, set[str]] = {}
    for unit, month, certain in q.rows(TOOK_PART):
        perhaps.setdefault(unit, set()).add(month)
        if certain:
            sure.setdefault(unit, set()).add(month)

    def half(found: Mapping[str, set[str]]) -> set[str]:
        return {u for u, was in opened.items() if 2 * len(found.get(u, set()) & was) >= len(was)}

    opened = open_months(q)
    return half(sure), half(perhaps) - half(sure)


@indicator(
    "brands.expectation",
    of=(brand_launches, brand_status, activity_formats, activity_hosts, attendances),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w [met] / Σ w; organ: months interacting / months open ≥ 1/2; w = days open / days",
    zh="分类要求落实率：机关重日常互动、街镇重区域特色、国企重教育品牌",
    en="Expectation by kind of unit met: organs interact, towns have a feature, enterprises a brand",
)
def expectation(q: Query) -> Iterator[Reading]:
    """Tell which units do what the report of 2021 expects of their kind (B27); of some it is nothing."""
    brands = brands_of(q)
    did, perhaps = interacting(q)
    met_by: dict[str, Collection[str]] = {kind: owners(brands, *own) for kind, own in OWN.items()}
    met_by |= dict.fromkeys(INTERACTING, did)
    units = district_units(q)
    met = {u.id for u in units if u.id in met_by.get(u.kind, ())}
    unsure = {u.id for u in units if u.kind in INTERACTING and u.id in perhaps}
    for kind in ("", *sorted(met_by)):
        chosen = [u for u in units if (u.kind == kind if kind else u.kind in met_by)]
        blank = [u.id for u in chosen if u.id in unsure]
        flags = named(f"{MAYBE_MET.zh}，不计为落实", f"not counted as met, {MAYBE_MET.en}", blank)
        dimensions = {"unit_kind": kind} if kind else {}
        yield weighted_share(q, chosen, met, NO_EXPECTED, dimensions=dimensions, flags=flags)
    for u in units:
        if u.kind not in met_by:
            yield q.none(u.subject, NOT_EXPECTED)
        elif u.id in unsure:
            yield q.none(u.subject, MAYBE_MET)
        else:
            yield q.reading(u.subject, int(u.id in met))


# 7. Contradictions.

WHILE_NOT_IN_USE = """
    SELECT x.brand, x.event, x.day, l.day FROM {table} x
    LEFT JOIN brand_launches_to_date l ON l.brand = x.brand
    WHERE (l.event IS NULL OR l.event <> x.event) AND NOT EXISTS (
        SELECT 1 FROM brand_status_spells s WHERE s.brand = x.brand AND s.status = 'active'
        AND s.start <= x.day AND x.day < s."end"
    )
"""
BY_THE_ORIGINATOR = """
    SELECT a.brand, a.event, a.day FROM brand_adoptions a
    JOIN brand_launches_to_date l ON l.brand = a.brand AND l.unit = a.unit
"""
AGAIN = """
    SELECT brand, event, day, unit FROM (
        SELECT brand, event, day, unit,
        row_number() OVER (PARTITION BY brand, unit ORDER BY day, event) AS time
        FROM brand_adoptions_to_date
    ) z WHERE time > 1 AND day >= ?
"""


@indicator(
    "brands.contradictions",
    of=(brand_launches, brand_status, brand_tiers, brand_adoptions),
    unit="events",
    better="lower",
    per="brand",
    formula="#{contradicting events}",
    zh="品牌记录中的矛盾：首创单位自我推广、推出前或终止后推广、重复推广",
    en="Contradictions of brands: adopted by the originator, before launch or after the end, or twice",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be of adoptions and upgrades; it was reported, and counts, all the same."""
    found = [
        (brand, position, Words(f"{day} 首创单位自我推广", f"adopted by its originator on {day}"))
        for brand, position, day in q.rows(BY_THE_ORIGINATOR)
    ]
    for brand, position, day, unit in q.rows(AGAIN, (q.start,)):
        again = Words(f"{day} {unit} 重复推广", f"adopted by {unit} again on {day}")
        found.append((brand, position, again))
    for table, done in {
        "brand_adoptions": Words("推广", "adopted"),
        "brand_tiers": Words("升级", "upgraded"),
    }.items():
        for brand, position, day, launch in q.rows(WHILE_NOT_IN_USE.format(table=table)):
            early = launch is None or day < launch
            when = (
                Words("推出前", "before the launch") if early else Words("终止后", "after the end")
            )
            said = Words(f"{day} {when.zh}{done.zh}", f"{done.en} on {day}, {when.en}")
            found.append((brand, position, said))
    yield from listed(q, "brand", found)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of brands."""
    return Family("brands", version=1, zh="品牌", en="Brands", **declared(__name__))
