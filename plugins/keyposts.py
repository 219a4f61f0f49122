"""Key posts: whether the few who matter most are taught, how often, and about what (关键少数).

A family without events of its own: the roll of posts is core's, and is read by core/tenures.py.

    posts_designated, post_status, post_presences ──▶ standing: posts, and at what they were present
    post_holders, activity_lecturers ──▶ tenures, talks: who holds them, and where they spoke
    norm_versions, hour_norms        ──▶ account: the hours that are asked of a holder (core/hours.py)

**Posts, not persons.** A post has one holder, so its figures tell of that person to whoever knows
the district: they are small cells, for those who may see them.

**A post counts for the part of the period in which it stood**, and so does its presence.

**By post and by token.** After a transfer gaps are told of both, and hours follow the token.

**The open tail counts**: who was last taught in March has a gap until the period's end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from math import prod

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activity_lecturers,
    declared,
    hookimpl,
    hour_norms,
    indicator,
    plan_items,
    plans_adopted,
    post_holders,
    post_presences,
    post_risks,
    post_status,
    post_topics,
    posts_designated,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.hours import NO_HOLDER, Account, accounts
from lianjian.core.indicator import Number, Remarks
from lianjian.core.kit import (
    RUNNING,
    by_dimension,
    codes,
    counted,
    listed,
    spread,
    survival,
    weight,
    weighted_share,
)
from lianjian.core.measures import spearman
from lianjian.core.mending import mended
from lianjian.core.tenures import (
    Post,
    absences_of_holders,
    minutes_of,
    odd_posts,
    risks,
    standing,
    standing_last,
    talks,
    tenures,
    topics_at,
)

NO_POSTS = Words("期间内没有在册岗位", "no post stands in the period")

# 1. What the indicators share.


def by_category(posts: list[Post]) -> Iterator[tuple[list[Post], dict[str, str]]]:
    """Yield all posts, and those of each category, with the dimensions of their reading."""
    yield posts, {}
    for category in sorted({p.category for p in posts}):
        yield [p for p in posts if p.category == category], {"category": category}


def shared_out(q: Query, amounts: Iterable[tuple[str | None, Number]]) -> dict[str, Fraction]:
    """Return sums by the unit's subject, under the tree; what is of no known unit is left out."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for unit, amount in amounts:
        if unit is not None:
            found[unit] += Fraction(amount)
    return {f"unit:{unit}": total for unit, total in sorted(spread(q, found).items())}


# 2. Indicators: are they there, and how often.


@indicator(
    "keyposts.posts",
    of=(posts_designated, post_status),
    unit="posts",
    better="neither",
    per="unit",
    zh="期末在册关键岗位数，按类别",
    en="Key posts at the period's end, by category",
    formula="n",
)
def posts_standing(q: Query) -> Iterator[Reading]:
    """Count the posts that stand on the period's last day."""
    posts = standing_last(q)
    for group, dimensions in by_category(posts):
        yield q.reading(ALL, len(group), dimensions=dimensions)
    for unit, count in shared_out(q, ((p.unit, 1) for p in posts)).items():
        yield q.reading(unit, count)


@indicator(
    "keyposts.coverage",
    of=(post_status, post_presences),
    unit="share",
    better="higher",
    per="post",
    zh="关键岗位受教育覆盖率：到场次数 c 至少一次的岗位 ÷ 岗位，按在册天数 w 加权",
    en="Key posts present at least once (c times) / key posts, by days standing w",
    formula="Σ w(c ≥ 1) / Σ w",
)
def coverage(q: Query) -> Iterator[Reading]:
    """Tell which part of the posts was taught at all, the 一把手 as a category of their own."""
    posts = standing(q)
    taught = {p.id for p in posts if p.came}
    for group, dimensions in by_category(posts):
        yield weighted_share(q, group, taught, NO_POSTS, dimensions=dimensions)
    for p in posts:
        yield q.ratio(p.subject, int(p.id in taught), 1, NO_POSTS)


@indicator(
    "keyposts.unit_coverage",
    of=(posts_designated, post_presences),
    unit="share",
    better="higher",
    per="unit",
    zh="本单位关键岗位受教育覆盖率：到场次数 c 至少一次的岗位 ÷ 岗位，按在册天数 w 加权",
    en="A unit's key posts present at least once (c times) / its key posts, by days standing w",
    formula="Σ w(c ≥ 1) / Σ w",
)
def unit_coverage(q: Query) -> Iterator[Reading]:
    """Tell the same as coverage of each unit that has posts."""
    posts = standing(q)
    yield weighted_share(q, posts, {p.id for p in posts if p.came}, NO_POSTS)
    taught = shared_out(q, ((p.unit, p.weight) for p in posts if p.came))
    for unit, all_posts in shared_out(q, ((p.unit, p.weight) for p in posts)).items():
        yield q.ratio(unit, taught.get(unit, 0), all_posts, NO_POSTS)


BY_TOKEN = {"held_by": "holder"}


@indicator(
    "keyposts.max_gap",
    of=(post_presences, post_holders, post_status),
    unit="days",
    better="lower",
    per="post",
    zh="最长教育空档天数，含至期末的一段；d 为起日、各到场日、止日",
    en="Longest interval without education in days, open tail included; d: start, days present, end",
    formula="max(d[i+1] - d[i])",
)
def max_gap(q: Query) -> Iterator[Reading]:
    """Tell the longest gap of each post, the longest of all, and that of the holders by token.

    A holder's gap runs from the first day on a post to the last one; between two posts it goes on.
    """
    posts = standing(q)
    if not posts:
        yield q.none(ALL, NO_POSTS)
        return
    for group, dimensions in by_category(posts):
        longest, never = max(p.absence for p in group), sum(not p.came for p in group)
        flags = counted(never, "个岗位一次未到场", "posts were never present")
        yield q.reading(ALL, longest, dimensions=dimensions, flags=flags)
    for p in posts:
        yield q.reading(p.subject, p.absence)
    of_holders = absences_of_holders(q)
    if of_holders:
        longest, count = max(of_holders), len(of_holders)
        yield q.reading(ALL, longest, dimensions=BY_TOKEN, denominator=count)
    else:
        yield q.none(ALL, NO_HOLDER, dimensions=BY_TOKEN)


# 3. Indicators: about what, how soon, and whether they stand in front themselves.

SYSTEMS = ("responsibility", "dem_centralism", "three_major")
LEADING = ("top_leader", "leader")
NO_LEADERS = Words("期间内没有领导岗位", "no leading post stands in the period")
NO_TOPICS = Words("所到场次均未注明专题", "of no activity attended is the topic known")
UNTOLD = "个岗位所到场次均未注明专题", "posts of whose topics none is known"


def unsaid(attended: Mapping[int, set[str]]) -> list[Words]:
    """Return a flag that says how many activities do not tell their topics."""
    blank = sum(not topics for topics in attended.values())
    return counted(blank, "场未注明专题", "activities do not say their topic")


@indicator(
    "keyposts.topics",
    of=(post_topics, post_presences, post_status),
    unit="activities",
    better="neither",
    per="post",
    zh="岗位参加各专题教育的场次",
    en="Activities on each topic at which the post was present",
    formula="n",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count by topic; for all posts an activity counts once, however many posts were present."""
    posts = standing(q)
    attended = topics_at(q, posts)
    everything = {at: said for found in attended.values() for at, said in found.items()}
    every = codes(q, "topic", *set().union(*everything.values()))
    for subject, found in {ALL: everything, **{p.subject: attended[p.id] for p in posts}}.items():
        flags, count = unsaid(found), Counter(code for said in found.values() for code in said)
        if not posts or (found and not count):
            yield q.none(subject, NO_TOPICS if posts else NO_POSTS, flags=flags)
            continue
        for code in every:
            yield q.reading(subject, count[code], dimensions={"topic": code}, flags=flags)


@indicator(
    "keyposts.topic_fill",
    of=(post_topics, post_presences, post_status),
    unit="share",
    better="higher",
    per="post",
    zh="三项制度教育到位率：领导岗位 × 三项制度已有教育的格 k ÷ 全部格，按在册天数 w 加权",
    en="Cells of leading post x three systems filled (k of 3) / all cells, by days standing w",
    formula="Σ w k / (3 Σ w)",
)
def topic_fill(q: Query) -> Iterator[Reading]:
    """Tell how far leaders were taught the three systems (一把手 × 三项制度).

    A leader of whose activities no topic is known is left out.
    """
    leading = [p for p in standing(q) if p.category in LEADING]
    attended = topics_at(q, leading)
    taught = {post: set().union(*found.values()) for post, found in attended.items()}
    known = [p for p in leading if taught[p.id] or not p.came]
    flags = counted(len(leading) - len(known), *UNTOLD)
    none, cells = NO_TOPICS if leading else NO_LEADERS, len(SYSTEMS)
    filled = {s: weight(p for p in known if s in taught[p.id]) for s in SYSTEMS}
    yield q.ratio(ALL, sum(filled.values()), cells * weight(known), none, flags=flags)
    for system, part in filled.items():
        yield q.ratio(ALL, part, weight(known), none, dimensions={"topic": system}, flags=flags)
    for p in leading:
        done, of = len(taught[p.id] & {*SYSTEMS}), cells if p in known else 0
        yield q.ratio(p.subject, done, of, NO_TOPICS, flags=unsaid(attended[p.id]))


NO_START = Words("期间内没有新任职", "nobody took a post in the period")


@indicator(
    "keyposts.induction_lag",
    of=(post_holders, post_presences),
    unit="days",
    better="lower",
    zh="任职到首次受教育的中位天数（Kaplan-Meier），未受教育者截尾；n 人中 d 人在第 t 天首次受教育",
    en="Median days from taking a post to the first education (Kaplan-Meier): d of n on day t",
    formula="min t: S(t) ≤ 1/2; S(t) = ∏ (1 - d/n)",
)
def induction_lag(q: Query) -> Iterator[Reading]:
    """Follow whoever took a post in the period, until they were taught, left, or the period ends."""
    category = dict(q.rows("SELECT post, category FROM posts_designated_to_date"))
    spans: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for t in tenures(q):
        if t.holder is not None and t.taken >= q.start:
            for group in ("", category[t.post]):
                spans[group].append(t.lag)
    yield survival(q, ALL, spans.pop("", []), NO_START)
    for group, found in sorted(spans.items()):
        yield survival(q, ALL, found, NO_START, dimensions={"category": group})


NO_LECTURER = Words("未登记讲师编号", "the holder's lecturer id is not known")
NO_TOP = Words("没有已登记讲师编号的一把手岗位", "of no top post is the lecturer id known")
UNKNOWN = "个岗位未登记讲师编号", "posts without a lecturer id"


@indicator(
    "keyposts.led",
    of=(post_holders, activity_lecturers),
    unit="sessions",
    better="higher",
    per="post",
    zh="带头讲：任职者本人在任期内宣讲的场次",
    en="Sessions given by the holders themselves during their tenure",
    formula="n",
)
def led(q: Query) -> Iterator[Reading]:
    """Count what holders taught; for all posts a session counts once."""
    posts, given = standing(q), talks(q)
    for group, dimensions in by_category(posts):
        known = [given[p.id] for p in group if p.id in given]
        said = Remarks(dimensions=dimensions, flags=counted(len(group) - len(known), *UNKNOWN))
        if known:
            yield q.reading(ALL, len(set().union(*known)), **said)
        else:
            yield q.none(ALL, NO_LECTURER if group else NO_POSTS, **said)
    for p in posts:
        if p.id in given:
            yield q.reading(p.subject, len(given[p.id]))
        else:
            yield q.none(p.subject, NO_LECTURER)


@indicator(
    "keyposts.led_and_attended",
    of=(post_holders, activity_lecturers, post_presences),
    unit="share",
    better="higher",
    zh="带头率：既讲（s 场）又到（c 场）的一把手岗位 ÷ 已登记讲师编号的一把手岗位，按在册天数 w 加权",
    en="Top posts that lectured (s times) and attended (c) / those of known lecturer id, by days w",
    formula="Σ w(s ≥ 1, c ≥ 1) / Σ w",
)
def led_and_attended(q: Query) -> Iterator[Reading]:
    """Tell how many 一把手 go in front (以上率下): they teach, and they are there themselves."""
    given = talks(q)
    tops = [p for p in standing(q) if p.category == "top_leader"]
    known = [p for p in tops if p.id in given]
    flags = counted(len(tops) - len(known), *UNKNOWN)
    both = {p.id for p in known if given[p.id] and p.came}
    yield weighted_share(q, known, both, NO_TOP, flags=flags)


# 4. Hours: what a norm asks of the holder's rank, and what of it is integrity education.

ONLY_PART = Words("仅为廉政学时，不能单独说明是否达标", "integrity hours are only part of it")
NO_HOURS = Words("规定学时为零", "the norm asks for no hours")
BLANKS = "次到场时长空白", "presences without minutes"
BLANK = Words("时长全部空白", "the minutes of all are blank")
NOBODY = Words("没有可计算的任职者", "no holder for whom it can be computed")


@indicator(
    "keyposts.hours",
    of=(post_presences, hour_norms, post_holders),
    unit="share",
    better="higher",
    per="post",
    zh="学时完成率：任职者累计学时 h ÷ 按规定版本与职级应有学时；规定 D 天内 H 学时，在册 d 天",
    en="Hours h credited to the holder / asked by norm version and rank: H in D days, d of them known",
    formula="Σ h / Σ (H × d / D)",
)
def hours_done(q: Query) -> Iterator[Reading]:
    """Divide the hours of each holder on the last day by what the norm of the rank asks so far.

    The norm's years end with the period, and hours go with the token: what was earned on another
    post counts. A holder of two posts counts once in the readings of all.
    """
    judged: dict[tuple[str, str], dict[str, Account]] = defaultdict(dict)
    for p, found in accounts(q):
        if isinstance(found, Words):
            yield q.none(p.subject, found, flags=[ONLY_PART])
        else:
            judged[p.rank or "", found.norm][found.holder] = found
            yield hours_of(q, p.subject, [found], {"norm": found.norm})
    every = {(a.holder, a.norm): a for who in judged.values() for a in who.values()}
    yield hours_of(q, ALL, every.values(), {})
    for (rank, norm), who in judged.items():
        yield hours_of(q, ALL, who.values(), {"rank": rank, "norm": norm})


def hours_of(
    q: Query, subject: str, accounts: Iterable[Account], dimensions: Mapping[str, str]
) -> Reading:
    """Return the reading of accounts; one whose minutes are all blank is left out."""
    accounts = list(accounts)
    known = [(a.credited, a.asked) for a in accounts if a.credited is not None]
    flags = [ONLY_PART, *counted(sum(a.blank for a in accounts), *BLANKS)]
    none = NO_HOURS if known else BLANK if accounts else NOBODY
    credited, asked = (sum(part) for part in zip((0, 0), *known, strict=True))
    return q.ratio(subject, credited, asked, none, dimensions=dimensions, flags=flags)


# 5. Indicators: risk, what is done about it, and who answers for the plan.


@indicator(
    "keyposts.risk_match",
    of=(post_risks, post_presences),
    unit="ratio",
    better="higher",
    zh="风险与教育的匹配：岗位风险分（等级 r × 环节 l × 领域案件 c）与受教育时长 m 的斯皮尔曼相关",
    en="Spearman correlation of posts' risk (level r, links l, cases c of the domain) and minutes m",
    formula="ρ(r × l × max(1, c), m)",
)
def risk_match(q: Query) -> Iterator[Reading]:
    """Tell whether those at risk are taught most: 1 where the order is the same, -1 the reverse.

    A domain without a case leaves its posts at level times links, where a product would make all 0.
    """
    level, cases = risks(q), by_dimension(q, "cases.disposed", "domain")
    spent = [(p, *minutes_of(p.came)) for p in standing(q) if p.id in level]
    pairs = [
        (prod(level[p.id]) * max(1, cases.get(p.domain or "", 0)), minutes)
        for p, minutes, _ in spent
        if minutes is not None
    ]
    left_out, blank = len(spent) - len(pairs), sum(blank for *_, blank in spent)
    flags = counted(left_out, "个岗位时长全部空白", "posts with blank minutes alone")
    flags += counted(blank, *BLANKS)
    match = partial(spearman, [score for score, _ in pairs], [minutes for _, minutes in pairs])
    yield q.measured(ALL, match, denominator=len(pairs), flags=flags)


HIGH = 2
NO_RISK = Words("期末没有较高风险岗位", "no post of risk 2 or 3 at the period's end")


@indicator(
    "keyposts.mitigated",
    of=(post_risks, rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    zh="岗位风险化解率：整改验收到位的较高风险岗位 m ÷ 较高风险岗位 n",
    en="Posts of risk 2 or 3 with a verified rectification (m) / such posts (n)",
    formula="m / n",
)
def mitigated(q: Query) -> Iterator[Reading]:
    """Tell of what part of the posts at risk a rectification is verified, by its last verification."""
    level, there, met = risks(q), standing_last(q), mended(q, "post")
    posts = [p for p in there if level.get(p.id, (0, 0))[0] >= HIGH]
    unknown = counted(sum(p.id not in level for p in there), "个岗位未评风险", "posts not assessed")
    yield q.ratio(ALL, sum(p.id in met for p in posts), len(posts), NO_RISK, flags=unknown)
    for domain in sorted({p.domain for p in posts if p.domain}):
        of_it = [p for p in posts if p.domain == domain]
        done, marks = sum(p.id in met for p in of_it), {"domain": domain}
        yield q.ratio(ALL, done, len(of_it), NO_RISK, dimensions=marks)


NO_ITEMS = Words("期间内没有计划事项", "no plan of the period has items")


@indicator(
    "keyposts.missing_owner",
    of=(plan_items, plans_adopted),
    unit="items",
    better="lower",
    per="unit",
    zh="未明确责任岗位的计划事项数",
    en="Plan items without an owner post",
    formula="n",
)
def missing_owner(q: Query) -> Iterator[Reading]:
    """Count the items of plans that run in the period for which no post answers, of all items."""
    sql = f"SELECT unit, owner_post FROM plan_items_to_date WHERE plan IN ({RUNNING})"
    items = [(unit, int(owner is None)) for unit, owner in q.rows(sql, [q.end, q.start])]
    if not items:
        yield q.none(ALL, NO_ITEMS)
        return
    flags = counted(sum(u is None for u, _ in items), "项未注明责任单位", "items of no known unit")
    missing = sum(lacks for _, lacks in items)
    yield q.reading(ALL, missing, numerator=missing, denominator=len(items), flags=flags)
    lacking = shared_out(q, items)
    for unit, count in shared_out(q, ((unit, 1) for unit, _ in items)).items():
        yield q.reading(unit, lacking[unit], numerator=lacking[unit], denominator=count)


@indicator(
    "keyposts.contradictions",
    of=(post_presences, post_holders, post_status, post_risks),
    unit="events",
    better="lower",
    per="post",
    zh="岗位记录中的矛盾：不在册或空缺时到场、同日两次变动、一人两任一把手、撤销后变动",
    en="Contradictions of posts: present while not standing or vacant, two changes in a day, one token in two top posts, changes after abolition",
    formula="n",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what contradicts itself of posts; it is reported all the same."""
    yield from listed(q, "post", odd_posts(q))


@hookimpl
def lianjian_family() -> Family:
    """Return the family of key posts."""
    return Family("keyposts", version=2, zh="关键少数", en="Key posts", **declared(__name__))
