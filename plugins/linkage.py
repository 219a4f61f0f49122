"""Linkage: who works with whom, and who has which duty (联动机制、责任分工).

A family without events of its own: it reads the tables that core keeps of activities and plans.

    activity_hosts × projections ──▶ pairs of hosts: partners, isolated units, density
    plan_items, plan_item_roles  ──▶ leading and responsible units, whether they take part
    units.code                   ──▶ activities with neighbours (嘉昆太、长三角)

Four decisions hold throughout.

**Who joins whom.** An activity joins each two of its hosts and co-hosts. Attendance joins nobody:
who came is not who held it.

**The tree.** Units that have become one are no partners of each other, nor is a unit of what it was
split into; an activity counts once for an heir, however many of its hosts the heir has taken up.

**Which items.** Those of plans whose days touch the period, set by its end.

**Outside is outside.** Units outside the district (`external`) are partners, and neither isolated
nor part of the network. Where they lie is told by the division code, never by a name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activities_held,
    activity_hosts,
    attendances,
    declared,
    frozen,
    hookimpl,
    indicator,
    plan_item_roles,
    plan_items,
    plans_adopted,
    unit_codes,
)
from lianjian.core.kit import (
    RUNNING,
    counted,
    district_units,
    in_the_tree,
    named,
    weight,
    weighted_share,
)

NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")
NO_ACTIVITIES = Words("期间内没有活动", "no activity in the period")
NO_COHOSTED = Words("没有联合主办的活动", "no activity was co-hosted")
NO_DUTY = Words("没有明确责任单位", "no unit is named as responsible")
NO_LEAD = Words("没有牵头单位", "no unit leads or coordinates")
NOT_SAID = Words("均未注明来源", "of no activity is it known where it came from")
TOO_FEW = Words("主办单位不足两家", "fewer than two units hosted")
BLANK = Words("到场人数空白", "attendance is blank")

# 1. The network.

JOINED = """
    WITH joint AS MATERIALIZED (  -- few activities have a co-host: the others are not looked at
        SELECT DISTINCT event FROM activity_hosts WHERE role = 'cohost'
    )
    SELECT DISTINCT a.seen_as, b.seen_as, x.event FROM joint
    JOIN activity_hosts x ON x.event = joint.event
    JOIN activity_hosts y ON y.event = x.event AND y.unit <> x.unit
    JOIN projections a ON a.unit = x.unit JOIN projections b ON b.unit = y.unit
    WHERE a.seen_as <> b.seen_as
"""
HOSTED = (
    "SELECT p.seen_as, count(DISTINCT h.event) FROM activity_hosts h "
    "JOIN projections p ON p.unit = h.unit GROUP BY p.seen_as"
)


@frozen
class Network:
    """Who held something with whom: partners by unit, co-hosted activities by unit, and hosts."""

    partners: dict[str, set[str]]
    joint: dict[str, set[int]]
    hosts: dict[int, set[str]]


def network(q: Query) -> Network:
    """Return who held something with whom in the period, units outside the district among them."""
    partners: dict[str, set[str]] = defaultdict(set)
    joint: dict[str, set[int]] = defaultdict(set)
    hosts: dict[int, set[str]] = defaultdict(set)
    for one, other, position in q.rows(JOINED):
        partners[one].add(other)
        joint[one].add(position)
        hosts[position].add(one)
    return Network(partners, joint, hosts)


@indicator(
    "linkage.cohost_rate",
    of=activity_hosts,
    unit="share",
    better="higher",
    per="unit",
    formula="c / n",
    zh="联办率：有协办单位的活动 c ÷ 活动 n",
    en="Activities with a co-host c / activities n",
)
def cohost_rate(q: Query) -> Iterator[Reading]:
    """Tell how many activities were held together; of a unit, of those it hosted or co-hosted."""
    joint, hosted = network(q), dict(q.rows(HOSTED))
    held = q.one("SELECT count(DISTINCT event) FROM activity_hosts")
    yield q.ratio(ALL, len(joint.hosts), held, NO_ACTIVITIES)
    for u in district_units(q):
        own = joint.joint.get(u.id, ())
        yield q.ratio(u.subject, len(own), hosted.get(u.id, 0), NO_ACTIVITIES)


@indicator(
    "linkage.partners",
    of=activity_hosts,
    unit="units",
    better="higher",
    per="unit",
    formula="k; Σ w k / Σ w",
    zh="联办伙伴数 k；全部为各单位平均，按在册天数 w 加权",
    en="Units co-hosted with, k; of all, the mean by the part of the period w that each was open",
)
def partners(q: Query) -> Iterator[Reading]:
    """Count with whom each unit held something, those outside the district too."""
    found, units = network(q).partners, district_units(q)
    outside = {*q.column("SELECT unit FROM units WHERE kind = 'external'")}
    own = {u: found.get(u.id, set()) for u in units}

    def flags(some: set[str]) -> list[Words]:
        return counted(len(some & outside), "家在区外", "of them outside the district")

    total = sum(u.weight * len(some) for u, some in own.items())
    yield q.ratio(ALL, total, weight(units), NO_UNITS, flags=flags(set().union(*own.values())))
    for u, some in own.items():
        yield q.reading(u.subject, len(some), flags=flags(some))


@indicator(
    "linkage.isolated",
    of=activity_hosts,
    unit="units",
    better="lower",
    per="unit",
    formula="Σ w, k = 0",
    zh="孤立单位：期间内未与任何单位联办（伙伴数 k 为 0）；全部按在册天数 w 折算",
    en="Units that co-hosted with nobody (k partners); of all, by the part of the period w they were open",
)
def isolated(q: Query) -> Iterator[Reading]:
    """Count the units without any partner, by the part of the period they were open, and name them."""
    found, units = network(q).partners, district_units(q)
    if not units:
        yield q.none(ALL, NO_UNITS)
        return
    alone = {u.id for u in units if not found.get(u.id)}
    yield q.reading(
        ALL,
        weight(u for u in units if u.id in alone),
        denominator=weight(units),
        flags=named("孤立单位", "isolated", alone),
    )
    for u in units:
        yield q.reading(u.subject, int(u.id in alone))


@indicator(
    "linkage.density",
    of=activity_hosts,
    unit="share",
    better="higher",
    formula="m / (n (n - 1) / 2)",
    zh="联动网络密度：主办过活动的 n 家单位中，有联办的单位对 m ÷ 全部单位对",
    en="Of the n units that hosted anything: pairs that co-hosted m / all pairs",
)
def density(q: Query) -> Iterator[Reading]:
    """Tell how many of all pairs of the district's hosts held something together."""
    found, hosted = network(q).partners, dict(q.rows(HOSTED))
    hosts = {u.id for u in district_units(q) if hosted.get(u.id)}
    ends = sum(len(found.get(unit, set()) & hosts) for unit in hosts)  # each pair has two
    pairs = len(hosts) * (len(hosts) - 1) // 2
    yield q.ratio(ALL, ends // 2, pairs, TOO_FEW)


# 2. Duties: who leads, who is responsible, and whether they take part.

WITH_DUTY = f"""
    WITH items AS (SELECT event, unit FROM plan_items_to_date WHERE plan IN ({RUNNING})),
    duties AS (
        SELECT unit, 'own' AS role FROM items WHERE unit IS NOT NULL
        UNION ALL SELECT r.unit, r.role FROM items i
        JOIN plan_item_roles_to_date r ON r.event = i.event
    )
    SELECT DISTINCT unit FROM duties WHERE role IN (?, ?)
"""
LEADING = "lead", "coordinate"
RESPONSIBLE = "own", "participate"  # the unit of an item owns it, too

# What a unit had to do with an activity: nobody came, somebody may have, it held it or somebody came.
MAYBE, HERE = 1, 2
TOUCHED = f"""
    SELECT event, unit, {HERE} AS here FROM activity_hosts UNION ALL
    SELECT event, unit, CASE WHEN attended > 0 THEN {HERE} WHEN attended IS NULL THEN {MAYBE}
        ELSE 0 END FROM attendances
"""
PRESENT = f"""
    SELECT p.seen_as, max(y.here) FROM (
        SELECT unit, max(here) AS here FROM ({TOUCHED}) z GROUP BY unit
    ) y JOIN projections p ON p.unit = y.unit GROUP BY p.seen_as
"""


def with_duty(q: Query, roles: tuple[str, str]) -> set[str]:
    """Return the units that have one of two roles in the period's items, under the tree."""
    return in_the_tree(q, q.column(WITH_DUTY, [q.end, q.start, *roles]))


@indicator(
    "linkage.with_lead",
    of=(activity_hosts, plan_item_roles, plans_adopted),
    unit="share",
    better="higher",
    per="unit",
    formula="m / c; Σ w(m > 0) / Σ w",
    zh="与牵头单位联办率：与牵头单位联办的活动 m ÷ 联办活动 c；全部为有 m 的单位 ÷ 单位，按在册天数 w 加权",
    en="Activities co-hosted with a leading unit m / co-hosted activities c; of all, units that have any, by days open w",
)
def with_lead(q: Query) -> Iterator[Reading]:
    """Tell how many of a unit's co-hosted activities had a unit among the hosts that leads.

    One that leads or coordinates an item of the period, that is; for a leading unit itself each of
    them counts. All: the units that held something with one / the district's units, by days.
    """
    leads, found, units = with_duty(q, LEADING), network(q), district_units(q)
    if not leads:
        yield q.none(ALL, NO_LEAD)
        return
    led = {position for position, hosts in found.hosts.items() if hosts & leads}
    met = [u.id for u in units if found.joint.get(u.id, set()) & led]
    yield weighted_share(q, units, met, NO_UNITS)
    for u in units:
        own = found.joint.get(u.id, set())
        yield q.ratio(u.subject, len(own & led), len(own), NO_COHOSTED)


@indicator(
    "linkage.participation",
    of=(plan_items, plan_item_roles, activity_hosts, attendances),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w(a > 0) / Σ w",
    zh="责任单位参与率：主办、协办或到场（a 场）的责任单位 ÷ 责任单位，按在册天数 w 加权",
    en="Responsible units that hosted or came to any of a activities / responsible units, by days open w",
)
def participation(q: Query) -> Iterator[Reading]:
    """Tell which of the units that an item makes responsible took part in anything, and name the rest.

    A unit that is known only by lines without a number is left out: it may have come.
    """
    duty = with_duty(q, RESPONSIBLE)
    responsible = [u for u in district_units(q) if u.id in duty]
    present = dict(q.rows(PRESENT))
    blank = {u.id for u in responsible if present.get(u.id) == MAYBE}
    known = [u for u in responsible if u.id not in blank]
    met = {u.id for u in known if present.get(u.id) == HERE}
    flags = [
        *named("未参与的责任单位", "took no part", {u.id for u in known} - met),
        *named("到场人数空白，不计", "attendance blank, left out", blank),
    ]
    yield weighted_share(q, known, met, BLANK if blank else NO_DUTY, flags=flags)
    for u in responsible:
        if u.id in blank:
            yield q.none(u.subject, BLANK)
        else:
            yield q.reading(u.subject, int(u.id in met))


@indicator(
    "linkage.duty_matrix",
    of=plan_item_roles,
    unit="share",
    better="higher",
    formula="1 - m / (5 n)",
    zh="职责矩阵完整度：n 个事项 × 五方职责，已明确的格 ÷ 全部格；m 为空格",
    en="Cells of n items x five roles filled / all cells; m are empty",
)
def duty_matrix(q: Query) -> Iterator[Reading]:
    """Tell what part of the cells of item and role has a unit; those without are loop's to name."""
    for r in q.readings("loop.missing_roles"):
        if r.subject == ALL and not r.dimensions:
            cells = r.denominator or 0
            if r.value is None:
                yield q.none(ALL, r.reason or NO_DUTY, flags=r.flags)
            else:
                yield q.ratio(ALL, cells - r.value, cells, NO_DUTY, flags=r.flags)


# 3. Where activities come from, and who joins from outside.


@indicator(
    "linkage.origin_share",
    of=activities_held,
    unit="share",
    better="0.3..0.8",
    per="unit",
    formula="l / n",
    zh="自主开展占比：本地发起 l ÷ 已知来源的活动 n（上统下分、补充拓展）",
    en="Activities of local origin l / activities of known origin n",
)
def origin_share(q: Query) -> Iterator[Reading]:
    """Tell how many of the activities that a unit hosts are its own idea; the band is our convention."""
    sql = (
        "SELECT p.seen_as, a.origin, count(*) FROM activities_held a "
        "JOIN projections p ON p.unit = a.host GROUP BY p.seen_as, a.origin"
    )
    found: dict[str, dict[str | None, int]] = defaultdict(dict)
    for unit, origin, count in q.rows(sql):
        found[unit][origin] = count
    whole = dict(q.rows("SELECT origin, count(*) FROM activities_held GROUP BY origin"))
    of_units = [(u.subject, found.get(u.id, {})) for u in district_units(q)]
    for subject, counts in [(ALL, whole), *of_units]:
        local, blank = counts.get("local", 0), counts.get(None, 0)
        flags = counted(blank, "场未注明来源", "activities do not say where they came from")
        none = NOT_SAID if blank else NO_ACTIVITIES
        yield q.ratio(subject, local, sum(counts.values()) - blank, none, flags=flags)


HOME = "310114"  # 嘉定区
REGIONS = {
    "kunshan": ("320583",),
    "taicang": ("320585",),
    "delta": ("31", "32", "33", "34"),  # 上海、江苏、浙江、安徽
}
ABROAD = f"""
    WITH outside AS MATERIALIZED (  -- few units are: the others' rows are not looked at
        SELECT p.unit, u.unit AS seen_as, u.code FROM projections p JOIN units u
        ON u.unit = p.seen_as
        WHERE u.kind = 'external' AND coalesce(u.code, '') NOT LIKE '{HOME}%'
    )
    SELECT z.event, o.seen_as, o.code, max(z.here) FROM ({TOUCHED}) z
    JOIN outside o ON o.unit = z.unit GROUP BY z.event, o.seen_as, o.code
"""
HOSTS = (
    "SELECT DISTINCT h.event, p.seen_as FROM activity_hosts h JOIN projections p ON p.unit = h.unit"
)


@indicator(
    "linkage.cross_district",
    of=(activity_hosts, attendances, unit_codes),
    unit="activities",
    better="higher",
    per="unit",
    formula="n",
    zh="嘉昆太与长三角联动活动场次，按区划代码",
    en="Activities with partners outside the district, by division code",
)
def cross_district(q: Query) -> Iterator[Reading]:
    """Count the activities that a unit from elsewhere held or came to; `delta` includes the two.

    A unit without a division code lies nowhere that is known: it is named and not counted.
    """
    came: dict[str, set[int]] = defaultdict(set)  # activities by code
    unsure, nowhere = set[int](), set[str]()
    for position, unit, code, here in q.rows(ABROAD):
        if code is None:
            nowhere |= {unit} if here else set()
        elif here == HERE:
            came[code].add(position)
        elif here == MAYBE:
            unsure.add(position)
    found = set[int]().union(*came.values())
    flags = [
        *named("区外单位无区划代码，不计", "outside, without a division code, left out", nowhere),
        *counted(
            len(unsure - found),
            "场区外单位到场人数空白，不计",
            "activities left out: of those from outside the attendance is blank",
        ),
    ]
    yield q.reading(ALL, len(found), flags=flags)
    for region, prefixes in REGIONS.items():
        there = set[int]().union(*(came[code] for code in came if code.startswith(prefixes)))
        yield q.reading(ALL, len(there), dimensions={"region": region}, flags=flags)
    own = Counter(unit for position, unit in q.rows(HOSTS) if position in found)
    for u in district_units(q):
        yield q.reading(u.subject, own[u.id])


@hookimpl
def lianjian_family() -> Family:
    """Return the family of linkage."""
    return Family("linkage", version=1, zh="联动", en="Linkage", **declared(__name__))
