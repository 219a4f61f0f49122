"""Content: what is taught, in which form, and to whom (内容单薄、同质化、一人讲大家听).

A family without events of its own: it reads what core keeps of activities, and states two things
more of them, their aims and their topics.

    activity_themes, activity_formats, activity_aims ──▶ mixes of minutes ──▶ how even, how alike
    activity_topics ──▶ what was spoken of         attendances × activity_themes ──▶ to whom what

**Minutes weigh, sessions do not.** A day's class is more than a quarter of an hour. Several themes
split an activity by their shares, several aims split it evenly, so nothing counts twice; only
topics and forms, which are counted in activities, count one under each that it has.

**The host's.** What a unit teaches is what it hosts (core/mixes.py). A unit that hosted nothing has no
reading; that it did not is a finding of coverage. Amounts are split among the heirs of a unit that is
gone; a median, an aim that was there, and a flag go whole to every heir. These are sums, so no unit
weighs by its days, but in the share of units with all three aims.

**Blank is not zero.** An activity of unknown theme, form or length is left out of both sides of a
figure, and counted in its flags.

**Warning is not all.** Integrity education is more than 警示教育: its share is judged by a band, so
that neither none of it nor nothing else looks good. The bands and groups of forms below are ours.
"""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from attrs import evolve

from lianjian.core import (
    ALL,
    ActivityHeld,
    Family,
    Query,
    Reading,
    Row,
    Words,
    activities_held,
    activity_formats,
    activity_themes,
    attendances,
    declared,
    evidence,
    facts,
    hookimpl,
    indicator,
    resources_published,
)
from lianjian.core.activities import WHOLE
from lianjian.core.kit import by_unit, codes, counted, district_units, weighted_share
from lianjian.core.measures import (
    effective_number,
    median,
    normalised_mutual_information,
    pielou,
    similarity,
)
from lianjian.core.mixes import Source, by_code, measured, mixes, part

# 1. Facts: what core does not state of an activity. An activity that names none has no row.


@facts(key="day activity aim", text="host", sums="aims minutes")
def activity_aims(e: ActivityHeld) -> Iterator[Row]:
    """State each of the three nots (三不) that an activity aims at, and how many it has in all."""
    for aim in e.aims:
        yield e.day, e.activity, aim, e.host, len(e.aims), e.minutes


@facts(key="day activity topic", text="host", sums="minutes")
def activity_topics(e: ActivityHeld) -> Iterator[Row]:
    """State what an activity dealt with."""
    for topic in e.topics:
        yield e.day, e.activity, topic, e.host, e.minutes


# 2. What activities are made of: where it stands, and what is said where it does not.

NO_ACTIVITIES = Words("期间内没有活动", "no activity in the period")
NO_AIMS = Words("均未注明“三不”", "no activity states an aim")

THEMES = Source(
    table="activity_themes",
    code="theme",
    amount="minute_bp",
    per=str(WHOLE),
    none=Words("没有已知主题与时长的活动", "no activity of known themes and length"),
    lack=("场缺主题或时长", "activities lack themes or minutes"),
)
FORMATS = Source(
    table="activity_formats",
    code="format",
    amount="minutes",
    none=Words("没有已知形式的活动", "no activity of known format"),
    lack=("场缺形式", "activities lack formats"),
)
USES_OF_FORMATS = evolve(FORMATS, amount="1")
LECTURES = evolve(  # whether an activity is nothing but a lecture
    FORMATS,
    table="(SELECT event, sum(minutes) AS minutes, CASE WHEN count(*) = "
    "sum(CASE WHEN format = 'lecture' THEN 1 ELSE 0 END) THEN 'only' ELSE 'partly' END AS lecture "
    "FROM activity_formats GROUP BY event)",
    code="lecture",
)
AIMS = Source(
    table="activity_aims",
    code="aim",
    amount="minutes",
    per="aims",
    none=Words("没有已知“三不”与时长的活动", "no activity of known aims and length"),
    lack=("场缺“三不”或时长", "activities lack aims or minutes"),
)
MENTIONS_OF_AIMS = Source(
    table="activity_aims",
    code="aim",
    none=NO_AIMS,
    lack=("场未注明“三不”", "activities do not state an aim"),
)
TOPICS = Source(
    table="activity_topics",
    code="topic",
    none=Words("均未注明专题", "no activity states a topic"),
    lack=("场未注明专题", "activities do not state a topic"),
)
CATEGORIES = 3  # categories of people from which on an audience was not chosen; our threshold
# A line without a number may have been somebody or nobody; where that decides, nothing is known.
AUDIENCES = Source(
    table="(SELECT event, CASE WHEN "
    f"count(DISTINCT CASE WHEN attended > 0 THEN category END) >= {CATEGORIES} THEN 'many' "
    "WHEN count(DISTINCT CASE WHEN coalesce(attended, 1) > 0 THEN category END) "
    f"< {CATEGORIES} THEN 'few' END AS audience FROM attendances GROUP BY event)",
    code="audience",
    none=Words("没有已知到场类别的活动", "no activity of known audience"),
    lack=("场到场类别不详", "activities of unknown audience"),
)
PROVED = Source(  # each has evidence or has none
    table="(SELECT event, CASE WHEN activity IN (SELECT target FROM evidence_to_date "
    "WHERE kind_of_target = 'activity') THEN 'yes' ELSE 'no' END AS proved FROM activities_held)",
    code="proved",
    none=NO_ACTIVITIES,
)

# Most figures are shares of the amounts of each host.
share = partial(indicator, unit="share", per="unit")

# 3. Themes.


@indicator(
    "content.theme_minutes",
    of=(activity_themes, activities_held),
    unit="minutes",
    better="neither",
    per="unit",
    zh="各主题教育时长 m，多主题按比例 s 分摊，计入主办单位",
    en="Minutes m of each theme, split by shares s, counted at the host",
    formula="Σ m s",
)
def theme_minutes(q: Query) -> Iterator[Reading]:
    """Add each theme's minutes; a theme that is never taught has 0."""
    yield from by_code(q, mixes(q, THEMES))


@indicator(
    "content.theme_diversity",
    of=(activity_themes, activities_held),
    unit="ratio",
    better="higher",
    per="unit",
    zh="主题均衡度：主题时长的香农熵 ÷ ln 7，以七类主题为满",
    en="Theme evenness: Shannon entropy of theme minutes / ln 7, all seven themes counting",
    formula="J = H / ln 7, H = -Σ p ln p",
)
def theme_diversity(q: Query) -> Iterator[Reading]:
    """Measure Pielou's evenness of theme minutes over all themes there are, not those observed.

    Where a log defines further themes, these count beside the seven.
    """
    found = mixes(q, THEMES)
    kinds = len(codes(q, "theme", *found[ALL].amounts))
    yield from measured(q, found, partial(pielou, kinds=kinds))


@indicator(
    "content.effective_themes",
    of=(activity_themes, activities_held),
    unit="kinds",
    better="higher",
    per="unit",
    zh="有效主题数：e 的香农熵次方",
    en="Effective number of themes: e to the Shannon entropy",
    formula="e^H, H = -Σ p ln p",
)
def effective_themes(q: Query) -> Iterator[Reading]:
    """Say how many themes, equally strong, would be as diverse (Hill's number of order 1)."""
    yield from measured(q, mixes(q, THEMES), effective_number)


@share(
    "content.warning_share",
    of=(activity_themes, activities_held),
    better="0.14..0.43",
    zh="警示教育占比：警示教育时长 ÷ 有主题的时长；过高过低都不好",
    en="Warning education: its minutes / minutes with themes; neither too much nor too little",
    formula="w / m",
)
def warning_share(q: Query) -> Iterator[Reading]:
    """Compare warning education with all themes; the band is 1/7 to 3/7, by our convention.

    Less does not deter, more takes integrity education for warning education (等同于警示教育).
    """
    yield from part(q, THEMES, ["warning"])


# 4. Forms.

THEORY = ("lecture", "centre_group", "standing")  # our reading of 理论化
PRACTICE = ("practice", "handbook", "case_law", "case_discipline")  # our reading of 实践性


@share(
    "content.lecture_only",
    of=(activity_formats, activities_held),
    better="lower",
    zh="“一人讲大家听”占比：全程讲授的活动时长 ÷ 已知形式的时长",
    en="Lecture-only: minutes of activities that are nothing but a lecture / minutes of known format",
    formula="l / m",
)
def lecture_only(q: Query) -> Iterator[Reading]:
    """Tell how much of the time one person talks and all listen, from beginning to end."""
    yield from part(q, LECTURES, ["only"])


@share(
    "content.theory_share",
    of=(activity_formats, activities_held),
    better="lower",
    zh="理论化占比：讲授、中心组、常委会学习时长 ÷ 已知形式的时长",
    en="Theory: minutes of lecture, centre group and standing committee / minutes of known format",
    formula="t / m",
)
def theory_share(q: Query) -> Iterator[Reading]:
    """Tell how much of the time is theory; which forms are theory is our convention."""
    yield from part(q, FORMATS, THEORY)


@share(
    "content.practice_share",
    of=(activity_formats, activities_held),
    better="higher",
    zh="实践性占比：情景实训、手册解读、以案说法说纪时长 ÷ 已知形式的时长",
    en="Practice: minutes of scenario, handbook and case explanation / minutes of known format",
    formula="p / m",
)
def practice_share(q: Query) -> Iterator[Reading]:
    """Tell how much of the time can be put to use; which forms can is our convention."""
    yield from part(q, FORMATS, PRACTICE)


@indicator(
    "content.formats",
    of=activity_formats,
    unit="activities",
    better="neither",
    zh="采用各形式 f 的活动场次",
    en="Activities in which each format f was used",
    formula="n(f)",
)
def formats(q: Query) -> Iterator[Reading]:
    """Count activities by form, in each of its forms; without a form, those with any.

    A form that nobody uses has 0.
    """
    made = mixes(q, USES_OF_FORMATS)[ALL]
    if made.unknown:
        yield q.none(ALL, FORMATS.none, flags=made.flags)
    else:
        yield q.reading(ALL, made.known, flags=made.flags)
    yield from by_code(q, {ALL: made})


# 5. Topics and aims.

THREE_NOTS = ("dare_not", "cannot", "want_not")  # 三不: three by name, whatever a log adds


@indicator(
    "content.topics",
    of=activity_topics,
    unit="activities",
    better="neither",
    per="unit",
    zh="涉及各专题 t 的活动场次",
    en="Activities on each topic t",
    formula="n(t)",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count activities by topic, in each of their topics; a topic of which nobody spoke has 0."""
    yield from by_code(q, mixes(q, TOPICS))


@indicator(
    "content.aim_balance",
    of=activity_aims,
    unit="ratio",
    better="higher",
    per="unit",
    zh="“三不”均衡度：占比 p 最小者 × 3，1 为三者相等",
    en="Balance of the three nots: the smallest share p x 3, 1 where equal",
    formula="3 min p",
)
def aim_balance(q: Query) -> Iterator[Reading]:
    """Tell how far the weakest of the three nots is from a third of the minutes."""
    for subject, made in mixes(q, AIMS).items():
        least = min(made.total([aim]) for aim in THREE_NOTS)
        yield q.ratio(subject, 3 * least, made.total(), AIMS.none, flags=made.flags)


@share(
    "content.aims_together",
    of=activity_aims,
    better="higher",
    zh="“三不”一体：三者俱全（k = 3）的单位 ÷ 注明“三不”的单位，按在册天数 w",
    en="Three nots as one: units with all three aims (k = 3) / units that state any, by days open w",
    formula="Σ w(k = 3) / Σ w(k > 0); k / 3",
)
def aims_together(q: Query) -> Iterator[Reading]:
    """Tell which units aim at all three nots, in one activity or in several; of each, how many."""
    found = mixes(q, MENTIONS_OF_AIMS)
    aims = {subject: made.amounts.keys() & {*THREE_NOTS} for subject, made in found.items()}
    stating = [u for u in district_units(q) if aims.get(u.subject)]
    complete = {u.id for u in stating if len(aims[u.subject]) == len(THREE_NOTS)}
    yield weighted_share(q, stating, complete, NO_AIMS, flags=found.pop(ALL).flags)
    for subject, made in found.items():
        if made.known:
            yield q.ratio(subject, len(aims[subject]), len(THREE_NOTS), NO_AIMS, flags=made.flags)
        else:
            yield q.none(subject, NO_AIMS, flags=made.flags)


# 6. To whom: whether different people are taught different things, and by different hosts.

ENOUGH = 30  # activities below which mutual information is mostly chance; our threshold
FEW = Words(f"可计算的活动不足 {ENOUGH} 场", f"fewer than {ENOUGH} activities")
PAIRS = """
    WITH came AS MATERIALIZED (SELECT DISTINCT event, category FROM attendances WHERE attended > 0)
    SELECT c.category, t.theme, k.kinds, sum(t.share_bp) FROM came c
    JOIN (SELECT event, count(*) AS kinds FROM came GROUP BY event) k ON k.event = c.event
    JOIN activity_themes t ON t.event = c.event GROUP BY c.category, t.theme, k.kinds
"""


@indicator(
    "content.tailoring",
    of=(attendances, activity_themes),
    unit="ratio",
    better="higher",
    zh="针对性：受众类别 a 与主题 t 的互信息 ÷ 两者熵之较小者，0 为千篇一律",
    en="Tailoring: mutual information of audience a and theme t / the smaller entropy; 0: one talk for all",
    formula="I(a, t) / min(H(a), H(t))",
)
def tailoring(q: Query) -> Iterator[Reading]:
    """Measure how far the audience tells the theme; few activities come out too high by chance.

    Each activity weighs 1, spread evenly over the categories that came and by share over its
    themes, so that one mass meeting does not decide.
    """
    cells: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for category, theme, kinds, part_bp in q.rows(PAIRS):
        cells[category, theme] += Fraction(part_bp, WHOLE * kinds)
    known = sum(cells.values(), Fraction(0))  # each activity's cells add up to 1
    held = q.one("SELECT count(*) FROM activities_held")
    flags = counted(held - int(known), "场缺主题或到场人数", "activities lack themes or attendance")
    if known < ENOUGH:
        yield q.none(ALL, FEW, denominator=known, flags=flags)
    else:
        told = partial(normalised_mutual_information, cells)
        yield q.measured(ALL, told, denominator=known, flags=flags)


@share(
    "content.untargeted",
    of=activities_held,
    better="lower",
    zh="未分类施教占比：到场类别 c 达三类的活动 ÷ 有到场记录的活动",
    en="Untargeted: activities with three categories c of audience or more / with known audience",
    formula="n(c ≥ 3) / n",
)
def untargeted(q: Query) -> Iterator[Reading]:
    """Tell how many activities were for everybody at once; three categories are our threshold."""
    yield from part(q, AUDIENCES, ["many"])


SIMILAR = 3  # activities from which on a unit's mix of themes is compared; our threshold


@indicator(
    "content.homogeneity",
    of=(activity_themes, activities_held),
    unit="ratio",
    better="lower",
    zh="同质化：主办单位两两之间主题构成的平均相似度（詹森-香农）",
    en="Homogeneity: mean pairwise Jensen-Shannon similarity of hosts' theme mix",
    formula="Σ (1 - JS(p, q) / ln 2) / (n (n - 1) / 2)",
)
def homogeneity(q: Query) -> Iterator[Reading]:
    """Compare the theme mixes of hosts with each other; units with few activities are left out."""
    found = mixes(q, THEMES)
    everything = found.pop(ALL)
    alike = [made.amounts for made in found.values() if made.known >= SIMILAR]
    few = counted(
        len(found) - len(alike),
        f"家主办单位可计算的活动不足 {SIMILAR} 场，未计入",
        f"hosts with fewer than {SIMILAR} activities of known themes, left out",
    )
    flags = [*few, *everything.flags]
    yield q.measured(ALL, lambda: similarity(alike), denominator=len(alike), flags=flags)


# 7. Substance: how long, whether proved, whether anything is new.

NO_MINUTES = Words("时长全部空白", "the length of every activity is blank")


@indicator(
    "content.median_minutes",
    of=activities_held,
    unit="minutes",
    better="higher",
    per="unit",
    zh="单场时长中位数",
    en="Median length of an activity",
    formula="median(m)",
)
def median_minutes(q: Query) -> Iterator[Reading]:
    """Give the middle length of activities: a few long ones do not hide that most are short."""
    sql = "SELECT host, minutes, count(*) FROM activities_held GROUP BY host, minutes"
    held = by_unit(q, [(host, (minutes, times)) for host, minutes, times in q.rows(sql)])
    for subject in (ALL, *(u.subject for u in district_units(q) if u.subject in held)):
        blank = sum(times for minutes, times in held[subject] if minutes is None)
        flags = counted(blank, "场缺时长", "activities lack minutes")
        known = [m for m, times in held[subject] if m is not None for _ in range(times)]
        if known:
            yield q.reading(subject, median(known), flags=flags)
        else:
            yield q.none(subject, NO_MINUTES if blank else NO_ACTIVITIES, flags=flags)


@share(
    "content.evidenced",
    of=(activities_held, evidence),
    better="higher",
    zh="佐证率：附有佐证的活动 ÷ 活动",
    en="Evidenced: activities with evidence attached / activities",
    formula="n(e) / n",
)
def evidenced(q: Query) -> Iterator[Reading]:
    """Tell of how many activities a file was attached by the period's end; of all, each counts."""
    yield from part(q, PROVED, ["yes"])


EARLIER_FORMATS = "SELECT DISTINCT format FROM activity_formats_to_date WHERE day < ?"
ALL_NEW = Words(
    "期间之前没有已知形式的活动，均计为首次", "no earlier format is known: all count as new"
)


@indicator(
    "content.renewal",
    of=(resources_published, activity_formats),
    unit="items",
    better="higher",
    zh="更新：期间发布的资源 r 与首次采用的形式 f，均按项计",
    en="Renewal: resources r published and formats f used for the first time, in items of either",
    formula="n(r), n(f)",
)
def renewal(q: Query) -> Iterator[Reading]:
    """Count what is new: resources of the period, and forms in which nothing was held before it."""
    published = q.one("SELECT count(*) FROM resources_published")
    yield q.reading(ALL, published, dimensions={"what": "resources"})
    made, marks = mixes(q, USES_OF_FORMATS)[ALL], {"what": "formats"}
    before = set(q.column(EARLIER_FORMATS, (q.start,)))
    new = made.amounts.keys() - before
    if made.unknown:
        yield q.none(ALL, FORMATS.none, dimensions=marks, flags=made.flags)
    else:
        flags = [*made.flags, ALL_NEW] if new and not before else made.flags
        yield q.reading(ALL, len(new), dimensions=marks, flags=flags)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of content."""
    return Family("content", version=1, zh="内容形式", en="Content", **declared(__name__))
