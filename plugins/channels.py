"""Channels: by what ways education reaches people, and what there is to share (线上线下、资源共享).

A family without events of its own: it reads the tables that core keeps of activities and resources.

    activities_held                     ──▶ the mix, the share that is online
    attendances                         ──▶ attendance  ┐ never added to each other,
    resource_uses                       ──▶ reach       ┘ nor divided by each other
    resources_published × headcounts    ──▶ who shares, and how evenly it is spread over tiers

**Reach is not attendance.** Attendance is who stands on a sign-in sheet; reach is how often something
was read or played, by whoever it was. To have much reach is neither good nor bad: clicks are cheap.

**Whose it is.** An activity counts for its host, by shares where that has been split since; a resource
for its owner, whole, under each of the heirs. Both count for all, whoever hosted or owns them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activities_held,
    attendances,
    declared,
    frozen,
    headcount_declarations,
    hookimpl,
    indicator,
    resource_uses,
    resources_published,
)
from lianjian.core.holdings import Resource, resources_of
from lianjian.core.kit import (
    by_subject,
    codes,
    counted,
    district_units,
    months,
    named,
    spread,
    subjects,
    weighted_share,
)
from lianjian.core.measures import effective_number, theil_between_within, theil_shares

NO_ACTIVITY = Words("没有活动", "there is no activity")
NO_CHANNEL = Words("均未注明渠道", "of no activity is the channel known")
NO_LINE = Words("没有签到记录", "there is no sign-in sheet")
BLANK = Words("人数全部空白", "all numbers are blank")
NO_REACH = Words("没有使用记录", "no use is recorded")
NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")
NO_PUBLISHED = Words("没有已发布的资源", "no resource was published")
NO_SHARING = Words("均未注明共享范围", "of no resource is the sharing known")
NO_HEADCOUNT = Words("未申报人数", "no headcount was declared")


# 1. Activities: by which channel.

ONLINE = {"online_live", "online_async", "media", "blended"}  # that the last two count: ours

Counts = dict[str | None, Fraction]  # by channel; None where nobody says


def channels_of(q: Query) -> dict[str, Counts]:
    """Return how many activities there were by channel, of all and of each host under the tree."""
    rows = q.rows("SELECT host, channel, count(*) FROM activities_held GROUP BY host, channel")
    found: dict[str, Counts] = {subject: {} for subject in subjects(q)}
    sums = by_subject(q, [(host, channel, [count]) for host, channel, count in rows])
    for (subject, channel), (count,) in sums.items():
        if subject in found:
            found[subject][channel] = count
    return found


def unsaid(counts: Counts) -> list[Words]:
    """Return the flag that says how many activities do not name their channel."""
    blank = counts.get(None, Fraction(0))
    return counted(-(-blank // 1), "场未注明渠道", "activities do not say their channel")


@indicator(
    "channels.mix",
    of=activities_held,
    unit="activities",
    better="neither",
    per="unit",
    formula="n(c)",
    zh="各渠道（c）的活动场次（n）",
    en="Activities (n) by channel (c)",
)
def mix(q: Query) -> Iterator[Reading]:
    """Count activities by channel, of all and of each host; a channel without any has 0."""
    found = channels_of(q)
    channels = codes(q, "channel", *found[ALL])
    for subject, counts in found.items():
        for code in channels:
            count, channel = counts.get(code, 0), {"channel": code}
            yield q.reading(subject, count, dimensions=channel, flags=unsaid(counts))


@indicator(
    "channels.online_share",
    of=activities_held,
    unit="share",
    better="0.1..0.6",
    per="unit",
    formula="o / n",
    zh="线上占比：线上、媒体及线上线下结合的活动（o）÷ 已知渠道的活动（n）",
    en="Online, media and blended activities (o) / activities of known channel (n)",
)
def online_share(q: Query) -> Iterator[Reading]:
    """Tell what part is not held in one room alone; the band is our convention."""
    for subject, counts in channels_of(q).items():
        known = {channel: n for channel, n in counts.items() if channel is not None}
        online = sum(n for channel, n in known.items() if channel in ONLINE)
        none = NO_CHANNEL if counts else NO_ACTIVITY
        yield q.ratio(subject, online, sum(known.values()), none, flags=unsaid(counts))


@indicator(
    "channels.diversity",
    of=activities_held,
    unit="kinds",
    better="higher",
    formula="N = exp H; H = -Σ p ln p; p = n(c) / Σ n(c)",
    zh="有效渠道数（N）：e 的香农熵（H）次方，n(c) 为各渠道的活动场次",
    en="Effective number of channels (N): e to the Shannon entropy (H) of activities n by channel c",
)
def diversity(q: Query) -> Iterator[Reading]:
    """Tell how many channels, equally often used, would be as diverse (Hill 1973, order 1)."""
    counts = channels_of(q)[ALL]
    known = [n for channel, n in counts.items() if channel is not None]
    flags = unsaid(counts)
    if known:
        yield q.measured(ALL, lambda: effective_number(known), flags=flags)
    else:
        yield q.none(ALL, NO_CHANNEL if counts else NO_ACTIVITY, flags=flags)


# 2. Attendance and reach: two sums that are alike in form, and in nothing else.


@frozen
class Sum:
    """Numbers that were told: how many `lines` there are, how many are `known`, and their `total`."""

    lines: int = 0
    known: int = 0
    total: int = 0


def summed(rows: Iterable[tuple[Any, ...]]) -> Sum:
    """Add up the last three columns of rows."""
    lines, known, total = map(sum, zip((0, 0, 0), *(row[-3:] for row in rows), strict=True))
    return Sum(lines, known, total)


def told(
    q: Query, of: Sum, none: Words, flags: tuple[str, str], *more: Words, **dimensions: str
) -> Reading:
    """Return a sum; where there are no lines, or none with a number, there is no value."""
    said = [*counted(of.lines - of.known, *flags), *more]
    if of.known:
        return q.reading(ALL, of.total, dimensions=dimensions, flags=said)
    return q.none(ALL, BLANK if of.lines else none, dimensions=dimensions, flags=said)


CAME = """
    SELECT h.channel, count(*), count(a.attended), coalesce(sum(a.attended), 0)
    FROM attendances a JOIN activities_held h ON h.event = a.event GROUP BY h.channel
"""


@indicator(
    "channels.attendance",
    of=(attendances, activities_held),
    unit="attendances",
    better="neither",
    formula="Σ a",
    zh="到场人次（a），按渠道",
    en="Attendances (a) by channel",
)
def attendance(q: Query) -> Iterator[Reading]:
    """Add up who came, by the channel of the activity; what has no sign-in sheet has no number."""
    rows = q.rows(CAME)
    lines = "行到场人数空白", "lines without a number"
    nowhere = summed(r for r in rows if r[0] is None).lines
    flags = counted(nowhere, "行所属活动未注明渠道", "lines of activities without a channel")
    yield told(q, summed(rows), NO_LINE, lines, *flags)
    for code in codes(q, "channel", *(channel for channel, *_ in rows)):
        of = summed(r for r in rows if r[0] == code)
        yield told(q, of, NO_LINE, lines, channel=code)


REACHED = """
    SELECT coalesce(u.channel, r.channel), r.kind, count(*), count(u.reach), coalesce(sum(u.reach), 0)
    FROM resource_uses u LEFT JOIN resources_published_to_date r ON r.resource = u.resource
    WHERE u.how = 'used' GROUP BY coalesce(u.channel, r.channel), r.kind
"""


@indicator(
    "channels.reach",
    of=(resource_uses, resources_published),
    unit="reads",
    better="neither",
    formula="Σ r",
    zh="触达人次：资源的浏览、收看次数（r），不与到场相加",
    en="Reach: reads and plays of resources (r), never added to attendance",
)
def reach(q: Query) -> Iterator[Reading]:
    """Add up what uses reached, by channel (the use's, or else the resource's) and by kind.

    What an activity says that it used has no reach: who was there is attendance.
    """
    rows = q.rows(REACHED)
    uses = "次使用未注明触达", "uses without a number"
    nowhere = summed(r for r in rows if r[0] is None).lines
    flags = counted(nowhere, "次使用未注明渠道", "uses without a channel")
    yield told(q, summed(rows), NO_REACH, uses, *flags)
    for column, scheme, name in ((0, "channel", "channel"), (1, "resource_kind", "kind")):
        for code in codes(q, scheme, *(row[column] for row in rows)):
            of = summed(r for r in rows if r[column] == code)
            yield told(q, of, NO_REACH, uses, **{name: code})


# 3. Resources: what there is, and for whom.

SHARED = {"district", "open"}


def by_owner(q: Query, found: Iterable[Resource]) -> dict[str, list[Resource]]:
    """Return the resources of all, and of each unit of the district, by subject."""
    own: dict[str, list[Resource]] = {ALL: [*found], **{u.subject: [] for u in district_units(q)}}
    for resource in own[ALL]:
        for subject in own.keys() & {f"unit:{unit}" for unit in resource.owners}:
            own[subject].append(resource)
    return own


def unowned(found: Iterable[Resource]) -> list[Words]:
    """Return the flag that says how many resources do not name their owner."""
    return counted(sum(not r.owners for r in found), *NO_OWNER)


NO_OWNER = "件资源未注明归属", "resources without an owner"
UNSAID = "件资源未注明共享范围", "resources do not say who may use them"


@indicator(
    "channels.published",
    of=resources_published,
    unit="resources",
    better="neither",
    per="unit",
    formula="n",
    zh="发布的资源数（n），按种类",
    en="Resources published (n), by kind",
)
def published(q: Query) -> Iterator[Reading]:
    """Count what was published in the period, of all and by owner."""
    new = resources_of(q, "")
    known = codes(q, "resource_kind", *(r.kind for r in new))
    for subject, found in by_owner(q, new).items():
        kinds = Counter(r.kind for r in found)
        yield q.reading(subject, len(found), flags=unowned(found))
        for code in known:
            yield q.reading(subject, kinds[code], dimensions={"kind": code})


@indicator(
    "channels.functions",
    of=(resources_published, resource_uses),
    unit="share",
    better="higher",
    formula="m / M; (m1 + m2 + m3) / 3M",
    zh="三项功能持续率：有资源共享、警示案例通报、线上法规宣传的月份（m）÷ 月份（M）；全部为三项平均",
    en="Months (m) with shared resources, case notices, law promotion / months (M); in all, the mean",
)
def functions(q: Query) -> Iterator[Reading]:
    """Tell in how many months each of the three functions of the columns was alive (B32).

    Shared: a shared resource was published or used. Notices and law promotion: one was published.
    """
    uses = q.rows("SELECT DISTINCT resource, substr(day, 1, 7) FROM resource_uses")
    known = {r.id: r for r in resources_of(q)}
    new = resources_of(q, "")
    about = {(r.id, r.month) for r in new} | {(id_, month) for id_, month in uses if id_ in known}
    found = {
        kind: {r.month for r in new if r.kind == kind} for kind in ("case_notice", "law_promo")
    }
    found["shared"] = {month for id_, month in about if known[id_].sharing in SHARED}
    blank = len({id_ for id_, _ in about if known[id_].sharing is None})
    flags = counted(blank, *UNSAID)
    count = len(months(q.period))
    yield q.ratio(ALL, sum(map(len, found.values())), 3 * count, NO_PUBLISHED, flags=flags)
    for name, alive in found.items():
        said = flags if name == "shared" else []
        yield q.ratio(
            ALL, len(alive), count, NO_PUBLISHED, dimensions={"function": name}, flags=said
        )


@indicator(
    "channels.columns",
    of=resources_published,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w [c ≥ 1] / Σ w",
    zh="期末已开设专栏（c）的单位 ÷ 单位，按在册天数加权（w）",
    en="Units with an online column (c) by the period's end / units, by days open (w)",
)
def columns(q: Query) -> Iterator[Reading]:
    """Tell which units had a column of their own by the period's end."""
    found = [r for r in resources_of(q) if r.kind == "column"]
    having = {unit for r in found for unit in r.owners}
    units = district_units(q)
    yield weighted_share(q, units, having, NO_UNITS, flags=unowned(found))
    for u in units:
        yield q.reading(u.subject, int(u.id in having))


@indicator(
    "channels.shared_share",
    of=resources_published,
    unit="share",
    better="higher",
    per="unit",
    formula="s / n",
    zh="资源共享率：区内共享或公开的资源（s）÷ 已知共享范围的资源（n）",
    en="Resources shared or open (s) / resources of known sharing (n)",
)
def shared_share(q: Query) -> Iterator[Reading]:
    """Tell what part of the resources, of all and of each owner, others may use."""
    for subject, found in by_owner(q, resources_of(q)).items():
        known = [r for r in found if r.sharing]
        flags = counted(len(found) - len(known), *UNSAID)
        shared = sum(r.sharing in SHARED for r in found)
        none = NO_SHARING if found else NO_PUBLISHED
        yield q.ratio(subject, shared, len(known), none, flags=flags)


# 4. How evenly: resources against the people that they are for.

TIERS = ("district", "town", "village")
Heads = dict[str, tuple[str, Fraction]]  # unit → its tier and persons

HEADS = """
    SELECT h.unit, u.tier, h.persons FROM headcounts h JOIN units u ON u.unit = h.unit
    WHERE h.category <> 'public' AND u.kind <> 'external'
"""


def heads_of(q: Query) -> Heads:
    """Return how many persons each unit of the three tiers declared; of the public nobody knows."""
    found: Heads = {}
    for unit, tier, persons in q.rows(HEADS):
        if tier in TIERS:
            found[unit] = tier, found.get(unit, (tier, Fraction(0)))[1] + Fraction(persons)
    return found


def by_tier(q: Query, heads: Heads) -> tuple[dict[str, tuple[int, Fraction]], list[Words]]:
    """Return the resources and the persons of each tier that has either, and flags."""
    count = Counter(r.tier for r in resources_of(q))
    persons: dict[str, Fraction] = defaultdict(Fraction)
    for tier, n in heads.values():
        persons[tier] += n
    left = sum(n for tier, n in count.items() if tier not in TIERS)
    found = {t: (count[t], persons[t]) for t in TIERS if count[t] or t in persons}
    return found, counted(left, *NO_TIER)


NO_TIER = "件资源不属区内三个层级，未计入", "resources of no tier of the district left out"


@indicator(
    "channels.resource_gap",
    of=(resources_published, headcount_declarations),
    unit="nats",
    better="lower",
    formula="T = Σ s ln(s/c)",
    zh="层级间资源不均：资源份额（s）对人数份额（c）的泰尔指数；另列按归属单位计算的层级间与层级内部分",
    en="Theil T of tiers' shares of resources (s) against those of headcount (c); apart from it, the "
    "index of owners, split between tiers and within them",
)
def resource_gap(q: Query) -> Iterator[Reading]:
    """Measure how far resources go by tier where people do not (Theil 1967); 0 where they go alike.

    A tier with people and without resources counts: that is the point. The parts are over units, by
    owner: what lies between tiers and what lies within them; a unit that has resources and has
    declared nobody is left out of them.
    """
    heads = heads_of(q)
    tiers, flags = by_tier(q, heads)
    if not heads:
        yield q.none(ALL, NO_HEADCOUNT, flags=flags)
        return
    amounts, persons = zip(*tiers.values(), strict=True)
    yield q.measured(ALL, lambda: theil_shares(amounts, persons), flags=flags)
    yield from parts(q, heads)


OWNED = "SELECT unit, count(*) FROM resources_published_to_date GROUP BY unit"


def parts(q: Query, heads: Heads) -> Iterator[Reading]:
    """Yield what of the inequality of units lies between tiers, and what within them."""
    counts = dict(q.rows(OWNED))
    flags = counted(counts.pop(None, 0), *NO_OWNER)
    own = spread(q, counts)
    lacking = [
        u.id for u in district_units(q) if u.tier in TIERS and u.id in own.keys() - heads.keys()
    ]
    flags += named("未申报人数，未计入", "no headcount, left out", lacking)
    amounts: Mapping[str, list[Fraction]] = {tier: [] for tier, _ in heads.values()}
    persons: Mapping[str, list[Fraction]] = {tier: [] for tier in amounts}
    for unit, (tier, count) in heads.items():
        amounts[tier].append(own.get(unit, Fraction(0)))
        persons[tier].append(count)
    both, between, within = (amounts, persons), {"part": "between_tiers"}, {"part": "within_tiers"}
    yield q.measured(ALL, lambda: theil_between_within(*both)[0], dimensions=between, flags=flags)
    yield q.measured(ALL, lambda: theil_between_within(*both)[1], dimensions=within, flags=flags)


@indicator(
    "channels.per_thousand",
    of=(resources_published, headcount_declarations),
    unit="ratio",
    better="higher",
    formula="1000 · r / p",
    zh="每千人（p）资源数（r），按层级",
    en="Resources (r) per 1,000 persons (p), by tier",
)
def per_thousand(q: Query) -> Iterator[Reading]:
    """Divide the resources of each tier by how many thousand persons it has."""
    tiers, flags = by_tier(q, heads_of(q))
    for tier in TIERS:
        count, persons = tiers.get(tier, (0, Fraction(0)))
        yield q.ratio(
            ALL, count, persons / 1000, NO_HEADCOUNT, dimensions={"tier": tier}, flags=flags
        )


@hookimpl
def lianjian_family() -> Family:
    """Return the family of channels."""
    return Family("channels", version=1, zh="渠道", en="Channels", **declared(__name__))
