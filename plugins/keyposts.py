"""Key posts: whether the few who matter most are taught, how often, and about what (关键少数).

The roll of posts is this family's own; who was present is said by the activities:

    PostDesignated, PostAbolished ── post_status ──▶ a post stands      ┐
    PostHolderChanged ── post_holders ──▶ who holds it, by token        ├─▶ Reading
    ActivityHeld.posts ── post_presences, post_topics ──▶ was present   ┘

Five things were decided, and every figure below keeps to them.

**Posts, not persons.** A holder is an opaque token, and who it is stands outside the log. A post has
one holder, so its figures tell of that person to whoever knows the district: they are small cells,
for those who may see them. A holder's lecturer id links two pseudonyms; giving it is optional.

**A post stands from its designation to its abolition**, and counts for the part of the period in
which it stood. Presence outside that is a contradiction and no education of the post. Whoever holds
a post is taken to hold it while it stands.

**By post and by token.** A transfer gives a post a new holder and a holder a new post: gaps are told
of both, and hours follow the token.

**Integrity hours are only a part** of the hours that a norm asks for; this log knows no others.

**The open tail counts**: who was last taught in March has a gap until the period's end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import chain, combinations, groupby
from typing import Annotated, Any, Unpack

from attrs.validators import and_, ge, le, optional

from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    New,
    NormIssued,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    activity_lecturers,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
    plan_items,
    plans_adopted,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.activities import Category, UnitId
from lianjian.core.errors import PartWrong, UnknownIndicator
from lianjian.core.indicator import Remarks
from lianjian.core.kit import Finding, counted, days_from, listed, month_later, spread, survival
from lianjian.core.measures import longest_gap, spearman
from lianjian.core.vocabulary import installed

# 1. Events: a post is designated and abolished, its risk assessed, its holder changed.

PostId = Annotated[str, Ref("post")]
RISK = and_(ge(1), le(3))
LINKS = optional(ge(1))


@event("post.designated", 1)
@frozen
class PostDesignated:
    """A post is one of the key ones from this day on.

    `name` is the post's, never a person's. `risk` is from 1 (low) to 3, `links` how many links of a
    process go through the post (环节数).
    """

    post: Annotated[str, New("post")]
    unit: UnitId
    category: Category
    day: date
    name: str | None = None
    rank: Annotated[str, Term("rank")] | None = None
    domain: Annotated[str, Term("domain")] | None = None
    risk: int | None = field(default=None, validator=optional(RISK))
    links: int | None = field(default=None, validator=LINKS)


@event("post.assessed", 1)
@frozen
class PostAssessed:
    """The risk of a post is assessed anew; links that are left out stay what they were."""

    post: PostId
    risk: int = field(validator=RISK)
    day: date
    links: int | None = field(default=None, validator=LINKS)
    why: str | None = None


@event("post.holder_changed", 1)
@frozen
class PostHolderChanged:
    """Somebody takes a post on this day, told by a token; without one it is vacant from then on.

    `lecturer` is the id under which the holder is on the roll of lecturers.
    """

    post: PostId
    day: date
    holder: str | None = field(default=None)
    lecturer: Annotated[str, Ref("lecturer")] | None = field(default=None)

    @holder.validator
    def _is_a_token(self, _: Any, holder: str | None) -> None:
        if holder is not None and not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", holder):
            why = Words(
                "任职者只用代号：字母、数字、点、横线和下划线，1 至 64 个",
                "a holder is a token of 1 to 64 letters, digits, dots, dashes and underscores",
            )
            raise PartWrong(why=why).at("holder")

    @lecturer.validator
    def _is_somebodys(self, _: Any, lecturer: str | None) -> None:
        if lecturer is not None and self.holder is None:
            why = Words("岗位空缺时没有讲师编号", "a vacant post has no lecturer")
            raise PartWrong(why=why).at("lecturer")


@event("post.abolished", 1)
@frozen
class PostAbolished:
    """A post is no key post from this day on."""

    post: PostId
    day: date
    why: str | None = None


# 2. Facts.


@facts(key="day post", text="unit category rank domain", state="unit")
def posts_designated(e: PostDesignated) -> Iterator[Row]:
    """State what a post is."""
    yield e.day, e.post, e.unit, e.category, e.rank, e.domain


@facts(key="day post", text="status", state="status")
def post_status(e: PostDesignated | PostAbolished) -> Iterator[Row]:
    """State whether a post stands from a day on."""
    yield e.day, e.post, "abolished" if isinstance(e, PostAbolished) else "standing"


@facts(key="day post", text="holder lecturer", state="holder")
def post_holders(e: PostHolderChanged) -> Iterator[Row]:
    """State who holds a post from a day on, None where it is vacant."""
    yield e.day, e.post, e.holder, e.lecturer


@facts(key="day post", sums="risk links", state="risk")
def post_risks(e: PostDesignated | PostAssessed) -> Iterator[Row]:
    """State the risk of a post and its links, where one of them is known."""
    if e.risk is not None or e.links is not None:
        yield e.day, e.post, e.risk, e.links


@facts(key="day activity post", sums="minutes")
def post_presences(e: ActivityHeld) -> Iterator[Row]:
    """State which posts were present at an activity, and how long it was."""
    for post in e.posts:
        yield e.day, e.activity, post, e.minutes


@facts(key="day activity post topic")
def post_topics(e: ActivityHeld) -> Iterator[Row]:
    """State on which topics the posts that were present were taught."""
    for post in e.posts:
        for topic in e.topics:
            yield e.day, e.activity, post, topic


@facts(key="day series rank", text="norm", sums="hours years", state="norm")
def hour_norms(e: NormIssued) -> Iterator[Row]:
    """State how many hours, within how many years, a version of a rule asks of a rank."""
    for asked in e.hours:
        yield e.effective_on or e.day, e.series, asked.rank, e.norm, asked.hours, asked.years


# 3. What the indicators share: posts as they stand, and who holds them when.

NO_POSTS = Words("期间内没有在册岗位", "no post stands in the period")
Presence = tuple[str, int, int | None]  # day, position of the activity, its minutes


@frozen
class Post:
    """A post as far as it stands in the period: from `start` to before `end`, ISO days.

    `weight` is that part of the period, `came` at what it was present while it stood.
    """

    id: str
    unit: str
    category: str
    rank: str | None
    domain: str | None
    start: str
    end: str
    weight: Fraction
    came: tuple[Presence, ...]

    @property
    def subject(self) -> str:
        """Return the subject of its readings."""
        return f"post:{self.id}"


@frozen
class Tenure:
    """Who holds a post (None: vacant) from `start` to before `end`, cut to the days it stands.

    `taken` is the day on which they took it, `event` the position that says so.
    """

    post: str
    holder: str | None
    taken: str
    start: str
    end: str
    event: int


Lives = dict[str, tuple[str, str]]


def lives(q: Query) -> Lives:
    """Return from when to before when each post stands, to the period's end at most."""
    found: Lives = {}
    last = q.end
    sql = "SELECT post, day, status FROM post_status_to_date ORDER BY day, event"
    for post, day, status in q.rows(sql):
        if status == "standing":
            found[post] = day, last
        elif post in found:
            first, end = found[post]
            found[post] = first, min(end, day)
    return found


def presences(q: Query, since: str) -> dict[str, list[Presence]]:
    """Return when each post was present, from a day to the period's end, whether it stood or not."""
    found: dict[str, list[Presence]] = defaultdict(list)
    sql = "SELECT post, day, event, minutes FROM post_presences_to_date WHERE day >= ?"
    for post, day, position, minutes in q.rows(sql, [since]):
        found[post].append((day, position, minutes))
    return found


def standing(q: Query, alive: Lives | None = None) -> list[Post]:
    """Return the posts that stand at some time in the period."""
    first, made, alive = q.start, [], alive or lives(q)
    came = presences(q, first)
    sql = "SELECT post, unit, category, rank, domain FROM posts_designated_to_date ORDER BY post"
    for post, unit, category, rank, domain in q.rows(sql):
        start, end = max(alive[post][0], first), alive[post][1]
        if start < end:
            weight = Fraction(days_from(start, end), q.period.days)
            present = tuple(c for c in came.get(post, ()) if start <= c[0] < end)
            made.append(Post(post, unit, category, rank, domain, start, end, weight, present))
    return made


def tenures(q: Query, alive: Lives | None = None) -> list[Tenure]:
    """Return who held which post when, up to the period's end.

    Of two changes on one day the later recorded one counts. Who is recorded anew on the same post
    goes on holding it.
    """
    changes: dict[str, dict[str, tuple[str | None, int]]] = defaultdict(dict)
    sql = "SELECT post, day, holder, event FROM post_holders_to_date ORDER BY day, event"
    for post, day, holder, position in q.rows(sql):
        changes[post][day] = holder, position
    made, alive = [], alive or lives(q)
    for post, held in changes.items():
        first, last = alive.get(post, ("", ""))
        runs = [next(run) for _, run in groupby(held.items(), key=lambda change: change[1][0])]
        ends = [*(day for day, _ in runs[1:]), last]
        for (day, (holder, position)), end in zip(runs, ends, strict=True):
            start, stop = max(day, first), min(end, last)
            if start < stop:
                made.append(Tenure(post, holder, day, start, stop, position))
    return made


def by_category(posts: Iterable[Post]) -> Iterator[tuple[list[Post], dict[str, str]]]:
    """Yield all posts, and those of each category, with the dimensions of their reading."""
    posts = list(posts)
    yield posts, {}
    for category in sorted({p.category for p in posts}):
        yield [p for p in posts if p.category == category], {"category": category}


def share_of(
    q: Query,
    posts: Iterable[Post],
    met: Callable[[Post], bool],
    none: Words = NO_POSTS,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return the reading of all: the share of posts that are `met`, by the days they stand."""
    posts = list(posts)
    done = sum(p.weight for p in posts if met(p))
    return q.ratio(ALL, done, sum(p.weight for p in posts), none, **remarks)


def by_unit(q: Query, posts: Iterable[Post], amount: Callable[[Post], Fraction]) -> dict[str, Any]:
    """Return the sum of an amount of posts by unit; those of a unit that is gone go to its heirs."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for p in posts:
        found[p.unit] += amount(p)
    return dict(sorted(spread(q, found).items()))


# 4. Indicators: are they there, and how often.


@indicator(
    "keyposts.posts",
    of=(posts_designated, post_status),
    unit="posts",
    better="neither",
    per="unit",
    zh="期末在册关键岗位数，按类别",
    en="Key posts at the period's end, by category",
    formula="n(posts standing on the last day)",
)
def posts_standing(q: Query) -> Iterator[Reading]:
    """Count the posts that stand on the period's last day."""
    posts = [p for p in standing(q) if p.end == q.end]
    for group, dimensions in by_category(posts):
        yield q.reading(ALL, len(group), dimensions=dimensions)
    for unit, count in by_unit(q, posts, lambda _: Fraction(1)).items():
        yield q.reading(f"unit:{unit}", count)


def was_taught(post: Post) -> bool:
    """Tell whether a post was present at an activity."""
    return bool(post.came)


@indicator(
    "keyposts.coverage",
    of=(post_status, post_presences),
    unit="share",
    better="higher",
    per="post",
    zh="关键岗位受教育覆盖率：到场至少一次的岗位 ÷ 岗位，按在册天数加权",
    en="Key posts present at least once / key posts, by days standing",
    formula="sum w(posts present >= 1) / sum w(posts); w = days standing / days",
)
def coverage(q: Query) -> Iterator[Reading]:
    """Tell which part of the posts was taught at all, the 一把手 as a category of their own."""
    posts = standing(q)
    for group, dimensions in by_category(posts):
        yield share_of(q, group, was_taught, dimensions=dimensions)
    for p in posts:
        yield q.ratio(p.subject, int(was_taught(p)), 1, NO_POSTS)


@indicator(
    "keyposts.unit_coverage",
    of=(posts_designated, post_presences),
    unit="share",
    better="higher",
    per="unit",
    zh="本单位关键岗位受教育覆盖率",
    en="The same over a unit's own posts",
    formula="sum w(unit's posts present >= 1) / sum w(unit's posts)",
)
def unit_coverage(q: Query) -> Iterator[Reading]:
    """Tell the same of each unit that has posts."""
    posts = standing(q)
    yield share_of(q, posts, was_taught)
    taught = by_unit(q, filter(was_taught, posts), lambda p: p.weight)
    for unit, weight in by_unit(q, posts, lambda p: p.weight).items():
        yield q.ratio(f"unit:{unit}", taught.get(unit, 0), weight, NO_POSTS)


NO_HOLDER = Words("期间内没有任职者记录", "nobody is on record as a holder in the period")


def gap(days: Iterable[str], start: str, end: str) -> int:
    """Return the longest stretch without a day, from `start` to before `end`, all ISO days."""
    first, last = (date.fromisoformat(day).toordinal() for day in (start, end))
    return longest_gap((date.fromisoformat(day).toordinal() for day in days), first, last)


@indicator(
    "keyposts.max_gap",
    of=(post_presences, post_holders, post_status),
    unit="days",
    better="lower",
    per="post",
    zh="最长教育空档天数，含至期末的一段",
    en="Longest interval without education in days, open tail included",
    formula="max(d[i+1] - d[i]); d = start, days present, end",
)
def max_gap(q: Query) -> Iterator[Reading]:
    """Tell the longest gap of each post, the longest of all, and that of the holders by token.

    A holder's gap runs from the first day on a post to the last one; between two posts it goes on.
    """
    posts = standing(q)
    gaps = {p.id: gap((day for day, _, _ in p.came), p.start, p.end) for p in posts}
    for group, dimensions in by_category(posts):
        never = sum(not p.came for p in group)
        flags = counted(never, "个岗位一次未到场", "posts were never present")
        if group:
            longest = max(gaps[p.id] for p in group)
            yield q.reading(ALL, longest, dimensions=dimensions, flags=flags)
        else:
            yield q.none(ALL, NO_POSTS)
    for p in posts:
        yield q.reading(p.subject, gaps[p.id])
    found, held = [gap(*life) for life in lives_of_holders(q, posts)], {"held_by": "holder"}
    if found:
        yield q.reading(ALL, max(found), dimensions=held, denominator=len(found))
    elif posts:
        yield q.none(ALL, NO_HOLDER, dimensions=held)


def lives_of_holders(q: Query, posts: Iterable[Post]) -> Iterator[tuple[list[str], str, str]]:
    """Yield of each token the days on which its posts were present, its first day, and its end."""
    came, first = {p.id: p.came for p in posts}, q.start
    held: dict[str, list[Tenure]] = defaultdict(list)
    for t in tenures(q):
        if t.holder is not None and t.end > first:
            held[t.holder].append(t)
    for theirs in held.values():
        days = [day for t in theirs for day, _, _ in came[t.post] if t.start <= day < t.end]
        yield days, max(min(t.start for t in theirs), first), max(t.end for t in theirs)


# 5. Indicators: about what, how soon, and whether they stand in front themselves.

SYSTEMS = ("responsibility", "dem_centralism", "three_major")
LEADING = ("top_leader", "leader")
NO_LEADERS = Words("期间内没有领导岗位", "no leading post stands in the period")
NO_TOPICS = Words("所到场次均未注明专题", "of no activity attended is the topic known")


def topics_of(q: Query, posts: Iterable[Post]) -> dict[str, dict[int, set[str]]]:
    """Return, by post, the activities at which it was present, each with its topics."""
    said: dict[tuple[int, str], set[str]] = defaultdict(set)
    for position, post, topic in q.rows("SELECT event, post, topic FROM post_topics"):
        said[position, post].add(topic)
    return {p.id: {at: said.get((at, p.id), set()) for _, at, _ in p.came} for p in posts}


def unsaid(attended: Mapping[int, set[str]]) -> list[Words]:
    """Return a flag that says how many activities do not tell their topics."""
    blank = sum(not topics for topics in attended.values())
    return counted(blank, "场未注明专题", "activities do not say their topic")


def all_blank(attended: Mapping[int, set[str]]) -> bool:
    """Tell whether there were activities, and the topics of none are known."""
    return bool(attended) and not any(attended.values())


@indicator(
    "keyposts.topics",
    of=(post_topics, post_presences, post_status),
    unit="activities",
    better="neither",
    per="post",
    zh="岗位参加各专题教育的场次",
    en="Activities on each topic at which the post was present",
    formula="n(activities with the topic at which the post was present)",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count by topic; for all posts an activity counts once, however many posts were present."""
    posts = standing(q)
    attended = topics_of(q, posts)
    everything = {at: said for found in attended.values() for at, said in found.items()}
    rows = {ALL: everything} | {p.subject: attended[p.id] for p in posts}
    codes = {*installed()["topic"], *(code for said in everything.values() for code in said)}
    for subject, found in rows.items():
        if not posts or all_blank(found):
            yield q.none(subject, NO_TOPICS if posts else NO_POSTS, flags=unsaid(found))
            continue
        for code in codes:
            count = sum(code in said for said in found.values())
            yield q.reading(subject, count, dimensions={"topic": code}, flags=unsaid(found))


@indicator(
    "keyposts.topic_fill",
    of=(post_topics, post_presences, post_status),
    unit="share",
    better="higher",
    per="post",
    zh="三项制度教育到位率：领导岗位 × 三项制度已有教育的格 ÷ 全部格",
    en="Cells of leading post x three systems filled / all cells",
    formula="sum w(cells filled) / sum w(cells); cells = leading posts x 3",
)
def topic_fill(q: Query) -> Iterator[Reading]:
    """Tell how far leaders were taught the three systems (一把手 × 三项制度).

    A leader of whose activities no topic is known is left out; posts weigh by the days they stand.
    """
    leading = [p for p in standing(q) if p.category in LEADING]
    attended = topics_of(q, leading)
    taught = {post: set().union(*found.values()) for post, found in attended.items()}
    known = [p for p in leading if not all_blank(attended[p.id])]
    unknown = len(leading) - len(known)
    flags = counted(unknown, "个岗位所到场次均未注明专题", "posts of whose topics none is known")
    none = NO_TOPICS if leading else NO_LEADERS
    weight = sum(p.weight for p in known)
    filled = {s: sum(p.weight for p in known if s in taught[p.id]) for s in SYSTEMS}
    yield q.ratio(ALL, sum(filled.values()), len(SYSTEMS) * weight, none, flags=flags)
    for system, part in filled.items():
        yield q.ratio(ALL, part, weight, none, dimensions={"topic": system}, flags=flags)
    for p in leading:
        said = unsaid(attended[p.id])
        if p in known:
            cells = len(taught[p.id] & {*SYSTEMS})
            yield q.ratio(p.subject, cells, len(SYSTEMS), none, flags=said)
        else:
            yield q.none(p.subject, NO_TOPICS, flags=said)


NO_START = Words("期间内没有新任职", "nobody took a post in the period")


@indicator(
    "keyposts.induction_lag",
    of=(post_holders, post_presences),
    unit="days",
    better="lower",
    zh="任职到首次受教育的中位天数，未受教育者截尾",
    en="Median days from taking a post to the first education (Kaplan-Meier)",
    formula="min t: S(t) <= 1/2; S(t) = prod(1 - d/n)",
)
def induction_lag(q: Query) -> Iterator[Reading]:
    """Follow whoever took a post in the period, until they were taught, left, or the period ends."""
    posts = {p.id: p for p in standing(q)}
    spans: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for t in tenures(q):
        if t.holder is not None and t.taken >= q.start:
            post = posts[t.post]
            taught = [day for day, _, _ in post.came if t.start <= day < t.end]
            # Who is still waiting was last seen so on the day before the end.
            lag = days_from(t.start, min(taught)) if taught else days_from(t.start, t.end) - 1
            for category in ("", post.category):
                spans[category].append((lag, bool(taught)))
    yield survival(q, ALL, spans.pop("", []), NO_START)
    for category, found in sorted(spans.items()):
        yield survival(q, ALL, found, NO_START, dimensions={"category": category})


NO_LECTURER = Words("未登记讲师编号", "the holder's lecturer id is not known")
NO_TOP = Words("没有已登记讲师编号的一把手岗位", "of no top post is the lecturer id known")
UNKNOWN = "个岗位未登记讲师编号", "posts without a lecturer id"
TALKS = """
    SELECT lecturer, day, event FROM activity_lecturers
    WHERE lecturer IN (SELECT lecturer FROM post_holders_to_date)
"""


def talks(q: Query, alive: Lives) -> dict[str, set[int]]:
    """Return the activities at which the holders of each post spoke while they held it.

    Posts of whose holders none has a known lecturer id are missing.
    """
    ids, spoken = defaultdict(set), defaultdict(list)
    sql = "SELECT holder, lecturer FROM post_holders_to_date WHERE lecturer IS NOT NULL"
    for holder, lecturer in q.rows(sql):
        ids[holder].add(lecturer)
    for lecturer, day, position in q.rows(TALKS):
        spoken[lecturer].append((day, position))
    found: dict[str, set[int]] = {}
    for t in tenures(q, alive):
        if t.holder in ids and t.end > q.start:
            mine = [talk for lecturer in ids[t.holder] for talk in spoken[lecturer]]
            held = found.setdefault(t.post, set())
            held |= {position for day, position in mine if t.start <= day < t.end}
    return found


@indicator(
    "keyposts.led",
    of=(post_holders, activity_lecturers),
    unit="sessions",
    better="higher",
    per="post",
    zh="带头讲：任职者本人宣讲的场次",
    en="Sessions given by the holders themselves",
    formula="n(sessions given by a holder during the tenure)",
)
def led(q: Query) -> Iterator[Reading]:
    """Count what holders taught; for all posts a session counts once."""
    alive = lives(q)
    posts, given = standing(q, alive), talks(q, alive)
    for group, dimensions in by_category(posts):
        known = [given[p.id] for p in group if p.id in given]
        flags = counted(len(group) - len(known), *UNKNOWN)
        if known:
            sessions = len(set().union(*known))
            yield q.reading(ALL, sessions, dimensions=dimensions, flags=flags)
        else:
            none = NO_LECTURER if group else NO_POSTS
            yield q.none(ALL, none, dimensions=dimensions, flags=flags)
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
    zh="带头率：既讲又到的一把手岗位 ÷ 已登记讲师编号的一把手岗位",
    en="Top posts that both lectured and attended / those whose lecturer id is known",
    formula="sum w(top posts that taught and were present) / sum w(top posts with a lecturer id)",
)
def led_and_attended(q: Query) -> Iterator[Reading]:
    """Tell how many 一把手 go in front (以上率下): they teach, and they are there themselves."""
    alive = lives(q)
    given = talks(q, alive)
    tops = [p for p in standing(q, alive) if p.category == "top_leader"]
    known = [p for p in tops if p.id in given]
    flags = counted(len(tops) - len(known), *UNKNOWN)
    yield share_of(q, known, lambda p: bool(given[p.id] and p.came), NO_TOP, flags=flags)


# 6. Hours: what a norm asks of the holder's rank, and what of it is integrity education.

ONLY_PART = Words("仅为廉政学时，不能单独说明是否达标", "integrity hours are only part of it")
VACANT = Words("期末空缺", "vacant at the period's end")
NO_RANK = Words("未登记职级", "the rank is not known")
NO_NORM = Words("没有适用的学时规定", "no norm of hours applies")
NO_HOURS = Words("规定学时为零", "the norm asks for no hours")
BLANKS = "次到场时长空白", "presences without minutes"
BLANK = Words("时长全部空白", "the minutes of all are blank")
NOBODY = Words("没有可计算的任职者", "no holder for whom it can be computed")

Norm = tuple[str, int, int]  # norm, hours, years
NORMS = """
    SELECT v.series, v.norm, h.rank, h.hours, h.years FROM norm_versions_to_date v
    LEFT JOIN hour_norms_to_date h ON h.event = v.event ORDER BY v.day, v.event
"""


def norms(q: Query) -> dict[str, Norm]:
    """Return the hours asked of each rank: by the newest version in force that has hours for it.

    A version takes the place of the older ones of its series, for ranks that it leaves out as well.
    """
    in_force: dict[str, tuple[str, dict[str, Norm]]] = {}
    for series, norm, rank, hours, years in q.rows(NORMS):
        if in_force.get(series, ("", {}))[0] != norm:
            in_force.pop(series, None)  # so that the newest stands last
            in_force[series] = norm, {}
        if rank is not None:
            in_force[series][1][rank] = norm, hours, years
    return {rank: norm for _, asked in in_force.values() for rank, norm in asked.items()}


@frozen
class Account:
    """A holder's hours: minutes credited and asked, how many presences, and how many are blank."""

    credited: int
    asked: Fraction
    presences: int
    blank: int


def account(
    q: Query, theirs: Iterable[Tenure], came: Mapping[str, list[Presence]], norm: Norm
) -> Account:
    """Return the account of one token: on whatever post, in the years that the norm looks back.

    A token that is known for half of these years owes half of the hours.
    """
    theirs, (_, hours, years) = list(theirs), norm
    end = q.end
    opens = month_later(q.period.end, -12 * years).isoformat()
    minutes = {
        position: spent
        for t in theirs
        for day, position, spent in came.get(t.post, ())
        if max(t.start, opens) <= day < t.end
    }
    known = days_from(max(opens, min(t.start for t in theirs)), end)
    asked = Fraction(hours * 60 * known, days_from(opens, end))
    spent = [m for m in minutes.values() if m is not None]
    return Account(sum(spent), asked, len(minutes), len(minutes) - len(spent))


@indicator(
    "keyposts.hours",
    of=(post_presences, hour_norms, post_holders),
    unit="share",
    better="higher",
    per="post",
    zh="学时完成率：任职者累计学时 ÷ 按规定版本与职级应有学时",
    en="Hours credited to the holder / hours asked by the norm version and rank",
    formula="minutes credited / (60 hours * days known / days of the norm's years)",
)
def hours_done(q: Query) -> Iterator[Reading]:
    """Divide the minutes of each holder on the last day by what the norm of the rank asks so far.

    The norm's years end with the period, and hours go with the token: what was earned on another
    post counts. A holder of two posts counts once in the readings of all.
    """
    end, by_rank, alive, held = q.end, norms(q), lives(q), defaultdict(list)
    now: dict[str, str | None] = {}
    for t in tenures(q, alive):
        held[t.holder].append(t)
        now |= {t.post: t.holder} if t.end == end else {}
    longest = max((years for _, _, years in by_rank.values()), default=0)
    came = presences(q, month_later(q.period.end, -12 * longest).isoformat())
    judged: dict[tuple[str, str], dict[str, Account]] = defaultdict(dict)
    for p in [p for p in standing(q, alive) if p.end == end]:
        token, rank = now.get(p.id), p.rank
        if token is None:
            reason = VACANT if p.id in now else NO_HOLDER
            yield q.none(p.subject, reason, flags=[ONLY_PART])
        elif rank not in by_rank:
            yield q.none(p.subject, NO_NORM if rank else NO_RANK, flags=[ONLY_PART])
        else:
            norm = by_rank[rank]
            found = judged[rank, norm[0]][token] = account(q, held[token], came, norm)
            yield hours_of(q, p.subject, [found], {"norm": norm[0]})
    every = {(token, norm): a for (_, norm), who in judged.items() for token, a in who.items()}
    yield hours_of(q, ALL, every.values(), {})
    for (rank, norm_id), who in judged.items():
        yield hours_of(q, ALL, who.values(), {"rank": rank, "norm": norm_id})


def hours_of(
    q: Query, subject: str, accounts: Iterable[Account], dimensions: Mapping[str, str]
) -> Reading:
    """Return the reading of accounts; one whose minutes are all blank is left out."""
    accounts = list(accounts)
    known = [a for a in accounts if not a.blank or a.blank < a.presences]
    flags = [ONLY_PART, *counted(sum(a.blank for a in accounts), *BLANKS)]
    done, asked = sum(a.credited for a in known), sum(a.asked for a in known)
    none = NO_HOURS if known else BLANK if accounts else NOBODY
    return q.ratio(subject, done, asked, none, dimensions=dimensions, flags=flags)


# 7. Indicators: risk, what is done about it, and who answers for the plan.


def risks(q: Query) -> dict[str, tuple[int, int]]:
    """Return the latest risk of each post and its links (1 where nobody told them)."""
    risk: dict[str, int] = {}
    links: dict[str, int] = {}
    sql = "SELECT post, risk, links FROM post_risks_to_date ORDER BY day, event"
    for post, assessed, linked in q.rows(sql):
        risk |= {} if assessed is None else {post: assessed}
        links |= {} if linked is None else {post: linked}
    return {post: (level, links.get(post, 1)) for post, level in risk.items()}


def cases_by_domain(q: Query) -> dict[str, int]:
    """Return how many cases of each domain were decided in the period; none without such a family."""
    try:
        found = q.readings("cases.disposed")
    except UnknownIndicator:
        return {}
    of_domains = [r for r in found if r.subject == ALL and {*r.dimensions} == {"domain"}]
    return {r.dimensions["domain"]: int(r.value or 0) for r in of_domains}


@indicator(
    "keyposts.risk_match",
    of=(post_risks, post_presences),
    unit="ratio",
    better="higher",
    zh="风险与教育的匹配：岗位风险分与受教育时长的斯皮尔曼相关",
    en="Spearman correlation of posts' risk score and minutes of education",
    formula="rho(risk * links * max(1, cases of the domain), minutes)",
)
def risk_match(q: Query) -> Iterator[Reading]:
    """Tell whether those at risk are taught most: 1 where the order is the same, -1 the reverse.

    A domain without a case leaves its posts at level times links, where a product would make all 0.
    """
    level, cases = risks(q), cases_by_domain(q)
    posts = [p for p in standing(q) if p.id in level]
    scores, spent, blank = [], [], 0
    for p in posts:
        minutes = [m for _, _, m in p.came if m is not None]
        blank += len(p.came) - len(minutes)
        if minutes or not p.came:
            risk, links = level[p.id]
            scores.append(risk * links * max(1, cases.get(p.domain or "", 0)))
            spent.append(sum(minutes))
    left_out = len(posts) - len(scores)
    flags = counted(left_out, "个岗位时长全部空白", "posts with blank minutes alone")
    flags += counted(blank, *BLANKS)
    yield q.measured(ALL, lambda: spearman(scores, spent), denominator=len(scores), flags=flags)


HIGH = 2
NO_RISK = Words("期末没有较高风险岗位", "no post of risk 2 or 3 at the period's end")
VERIFIED = """
    SELECT a.target, r.rectification, r.status FROM rectification_status_to_date r
    JOIN rectification_assignments_to_date a ON a.rectification = r.rectification
    WHERE a.kind_of_target = 'post' AND r.status IN ('verified', 'returned') ORDER BY r.day, r.event
"""


@indicator(
    "keyposts.mitigated",
    of=(post_risks, rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    zh="岗位风险化解率：整改验收到位的较高风险岗位 ÷ 较高风险岗位",
    en="Posts of risk 2 or 3 with a verified rectification / such posts",
    formula="n(posts with risk >= 2 and a rectification met) / n(posts with risk >= 2)",
)
def mitigated(q: Query) -> Iterator[Reading]:
    """Tell of how many posts at risk a rectification is verified, by what was last found of it."""
    level, end = risks(q), q.end
    there = [p for p in standing(q) if p.end == end]
    posts = [p for p in there if p.id in level and level[p.id][0] >= HIGH]
    last = {rectification: (post, status) for post, rectification, status in q.rows(VERIFIED)}
    mended = {post for post, status in last.values() if status == "verified"}
    unknown = counted(sum(p.id not in level for p in there), "个岗位未评风险", "posts not assessed")
    done = sum(p.id in mended for p in posts)
    yield q.ratio(ALL, done, len(posts), NO_RISK, flags=unknown)
    for domain, count in sorted(Counter(p.domain for p in posts if p.domain).items()):
        done = sum(p.id in mended for p in posts if p.domain == domain)
        yield q.ratio(ALL, done, count, NO_RISK, dimensions={"domain": domain})


NO_ITEMS = Words("期间内没有计划事项", "no plan of the period has items")


@indicator(
    "keyposts.missing_owner",
    of=(plan_items, plans_adopted),
    unit="items",
    better="lower",
    per="unit",
    zh="未明确责任岗位的计划事项数",
    en="Plan items without an owner post",
    formula="n(items without an owner post)",
)
def missing_owner(q: Query) -> Iterator[Reading]:
    """Count the items of plans that run in the period for which no post answers, of all items."""
    first = q.start
    running = "SELECT plan FROM plans_adopted_to_date WHERE starts < ? AND ends >= ?"
    sql = f"SELECT unit, owner_post FROM plan_items_to_date WHERE plan IN ({running})"
    items = q.rows(sql, [q.end, first])
    missing = [unit for unit, owner in items if owner is None]
    flags = counted(sum(u is None for u, _ in items), "项未注明责任单位", "items of no known unit")
    if not items:
        yield q.none(ALL, NO_ITEMS)
        return
    yield q.reading(ALL, len(missing), numerator=len(missing), denominator=len(items), flags=flags)
    lacking = spread(q, Counter(unit for unit in missing if unit is not None))
    set_ = spread(q, Counter(unit for unit, _ in items if unit is not None))
    for unit, count in sorted(set_.items()):
        without = lacking.get(unit, Fraction(0))
        yield q.reading(f"unit:{unit}", without, numerator=without, denominator=count)


@indicator(
    "keyposts.contradictions",
    of=(post_presences, post_holders, post_status, post_risks),
    unit="events",
    better="lower",
    per="post",
    zh="岗位记录中的矛盾：不在册或空缺时到场、同日两次变动、一人两任一把手",
    en="Contradictions of posts: present while not standing or vacant, two changes in a day, one token in two top posts",
    formula="n(events that contradict another)",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what contradicts itself, changes of a post after its abolition too; reported all the same."""
    alive = lives(q)
    held = tenures(q, alive)
    found = chain(
        absent(q, alive, held), changes_in_a_day(q), after_abolition(q, alive), two_tops(q, held)
    )
    yield from listed(q, "post", found)


def absent(q: Query, alive: Lives, held: Iterable[Tenure]) -> Iterator[Finding]:
    """Find presences of posts that did not stand, or were vacant."""
    vacant = defaultdict(list)
    for t in held:
        if t.holder is None:
            vacant[t.post].append(t)
    for post, days in presences(q, q.start).items():
        first, end = alive.get(post, ("", ""))
        for day, position, _ in days:
            if not first <= day < end:
                why = Words(f"{day} 到场时不在册", f"present on {day}, not standing")
                yield post, position, why
            elif any(t.start <= day < t.end for t in vacant[post]):
                yield post, position, Words(f"{day} 到场时空缺", f"present on {day}, but vacant")


def changes_in_a_day(q: Query) -> Iterator[Finding]:
    """Find posts that two different tokens took on one day."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    sql = "SELECT post, day, holder, event FROM post_holders ORDER BY event"
    for post, day, holder, position in q.rows(sql):
        if holder is None:
            continue
        if taken[post, day] - {holder}:
            yield post, position, Words(f"{day} 两人同日任职", f"taken by two on {day}")
        taken[post, day].add(holder)


CHANGES = """
    SELECT post, event, day FROM post_holders WHERE holder IS NOT NULL
    UNION ALL SELECT post, event, day FROM post_risks
"""


def after_abolition(q: Query, alive: Lives) -> Iterator[Finding]:
    """Find posts that were taken or assessed when they were abolished already."""
    for post, position, day in q.rows(CHANGES):
        first, end = alive.get(post, (day, day))
        if first < day >= end:
            why = Words(f"{day} 变动时已撤销", f"changed on {day}, abolished by then")
            yield post, position, why


def two_tops(q: Query, held: Iterable[Tenure]) -> Iterator[Finding]:
    """Find tokens that hold two posts of top leaders at once, at the later one."""
    first = q.start
    tops = q.column("SELECT post FROM posts_designated_to_date WHERE category = 'top_leader'")
    theirs = [t for t in held if t.holder is not None and t.post in tops and t.end > first]
    for pair in combinations(theirs, 2):
        a, b = sorted(pair, key=lambda t: (t.start, t.event))
        if a.holder == b.holder and a.end > b.start:
            why = Words(f"{b.start} 起一人两任一把手", f"one token in two top posts from {b.start}")
            yield b.post, b.event, why


# 8. The family.


@hookimpl
def lianjian_family() -> Family:
    """Return the family of key posts."""
    return Family("keyposts", version=1, zh="关键少数", en="Key posts", **declared(__name__))
