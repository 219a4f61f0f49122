"""Content: what is taught, in which form, and to whom (内容单薄、同质化、一人讲大家听).

A family without events of its own: it reads what core keeps of activities, and states two things
more of them, their aims and their topics.

    activity_themes, activity_formats, activity_aims ──▶ mixes of minutes ──▶ how even, how alike
    activity_topics ──▶ what was spoken of         attendances × activity_themes ──▶ to whom what

Five decisions hold throughout.

**Minutes weigh, sessions do not.** A day's class is more than a quarter of an hour. Several themes
split an activity by their shares, several aims split it evenly, so nothing counts twice; only
topics and forms, which are counted in activities, count one under each that it has.

**The host's.** What a unit teaches is what it hosts: a co-host has no part in it, nor have those who
came. A unit that hosted nothing has no reading; that it did not is a finding of coverage.

**Blank is not zero.** An activity of unknown theme, form or length is left out of both sides of a
figure, and counted in its flags.

**Warning is not all.** Integrity education is more than 警示教育: its share is judged by a band, so
that neither none of it nor nothing else looks good. The bands and groups of forms below are ours.

**The tree.** Under the tree of now, minutes and activities of a unit that is gone are split among its
heirs by their shares; a median, an aim that was there, and a flag go whole to every heir. These are
sums, so no unit weighs by its days, but in the share of units with all three aims.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial

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
    frozen,
    hookimpl,
    indicator,
    resources_published,
)
from lianjian.core.activities import WHOLE
from lianjian.core.kit import counted, district_units, weighted_share
from lianjian.core.measures import (
    effective_number,
    median,
    normalised_mutual_information,
    pielou,
    similarity,
)
from lianjian.core.vocabulary import installed

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


# 2. What a host's activities are made of: amounts by code. A source says where they stand.

THREE_NOTS = ("dare_not", "cannot", "want_not")  # 三不: three by name, whatever a log adds
THEORY = ("lecture", "centre_group", "standing")  # our reading of 理论化
PRACTICE = ("practice", "handbook", "case_law", "case_discipline")  # our reading of 实践性
CATEGORIES = 3  # categories of people from which on an audience was not chosen; our threshold
NOUGHT = Fraction(0)

NO_ACTIVITIES = Words("期间内没有活动", "no activity in the period")
NO_THEMES = Words("没有已知主题与时长的活动", "no activity of known themes and length")
NO_FORMATS = Words("没有已知形式的活动", "no activity of known format")
NO_AIMS = Words("均未注明“三不”", "no activity states an aim")
NO_AIMED_MINUTES = Words("没有已知“三不”与时长的活动", "no activity of known aims and length")
NO_TOPICS = Words("均未注明专题", "no activity states a topic")
NO_AUDIENCE = Words("没有已知到场类别的活动", "no activity of known audience")


@frozen
class Source:
    """Which amounts are added: the `code` and `amount` of a `table`, or of a query like one.

    `amount` is divided by `parts`, a column, and by `per`. Where it is null the activity does not
    say it: `none` is why there is no figure if none says it, `lack` what to call those that do not.
    """

    table: str
    code: str
    amount: str
    none: Words
    lack: tuple[str, str]
    parts: str = "1"
    per: int = 1


THEMES = Source(
    "activity_themes",
    "theme",
    "minute_bp",
    NO_THEMES,
    ("场缺主题或时长", "activities lack themes or minutes"),
    per=WHOLE,
)
FORMATS = Source(
    "activity_formats", "format", "minutes", NO_FORMATS, ("场缺形式", "activities lack formats")
)
USES_OF_FORMATS = Source("activity_formats", "format", "1", NO_FORMATS, FORMATS.lack)
LECTURES = Source(  # whether an activity is nothing but a lecture
    "(SELECT event, sum(minutes) AS minutes, CASE WHEN count(*) = "
    "sum(CASE WHEN format = 'lecture' THEN 1 ELSE 0 END) THEN 'only' ELSE 'partly' END AS lecture "
    "FROM activity_formats GROUP BY event)",
    "lecture",
    "minutes",
    NO_FORMATS,
    FORMATS.lack,
)
AIMS = Source(
    "activity_aims",
    "aim",
    "minutes",
    NO_AIMED_MINUTES,
    ("场缺“三不”或时长", "activities lack aims or minutes"),
    parts="aims",
)
MENTIONS_OF_AIMS = Source(
    "activity_aims", "aim", "1", NO_AIMS, ("场未注明“三不”", "activities do not state an aim")
)
TOPICS = Source(
    "activity_topics", "topic", "1", NO_TOPICS, ("场未注明专题", "activities do not state a topic")
)
# A line without a number may have been somebody or nobody; where that decides, nothing is known.
AUDIENCES = Source(
    "(SELECT event, CASE WHEN "
    f"count(DISTINCT CASE WHEN attended > 0 THEN category END) >= {CATEGORIES} THEN 'many' "
    "WHEN count(DISTINCT CASE WHEN coalesce(attended, 1) > 0 THEN category END) "
    f"< {CATEGORIES} THEN 'few' END AS audience FROM attendances GROUP BY event)",
    "audience",
    "1",
    NO_AUDIENCE,
    ("场到场类别不详", "activities of unknown audience"),
)
PROVED = Source(
    "(SELECT event, CASE WHEN activity IN (SELECT target FROM evidence_to_date "
    "WHERE kind_of_target = 'activity') THEN 'yes' ELSE 'no' END AS proved FROM activities_held)",
    "proved",
    "1",
    NO_ACTIVITIES,
    ("", ""),  # each has evidence or has none
)


@frozen
class Made:
    """What a host's activities are made of: amounts by code, of the `known` ones; `silent` say none."""

    amounts: Mapping[str, Fraction]
    known: int
    silent: int

    def total(self, codes: Iterable[str] | None = None) -> Fraction:
        """Return the amounts of some codes together, or of all."""
        chosen = self.amounts if codes is None else codes
        return sum((self.amounts.get(code, NOUGHT) for code in chosen), NOUGHT)


# Under whom an activity counts: under all, and under its host, or what has become of it.
SUBJECTS = (
    "SELECT unit AS host, 'unit:' || seen_as AS subject, share_bp FROM projections "
    f"UNION ALL SELECT DISTINCT host, '{ALL}', {WHOLE} FROM activities_held"
)
AMOUNTS = (  # MATERIALIZED, or SQLite may work a query out for each activity
    "WITH t AS MATERIALIZED (SELECT event, {code} AS code, {amount} AS amount, {parts} AS parts "
    "FROM {table} z WHERE {code} IS NOT NULL AND {amount} IS NOT NULL) "
    "SELECT p.subject, t.code, t.parts, sum(t.amount * p.share_bp) "
    f"FROM activities_held a CROSS JOIN ({SUBJECTS}) p JOIN t ON t.event = a.event "
    "WHERE p.host = a.host GROUP BY p.subject, t.code, t.parts"
)
SAYING = (  # IN, for which SQLite makes an index, as it does not for a LEFT JOIN of a query
    "SELECT p.subject, count(*), sum(CASE WHEN a.event IN (SELECT event FROM {table} z "
    "WHERE {code} IS NOT NULL AND {amount} IS NOT NULL) THEN 1 ELSE 0 END) "
    f"FROM activities_held a CROSS JOIN ({SUBJECTS}) p WHERE p.host = a.host GROUP BY p.subject"
)


def made_of(q: Query, source: Source) -> dict[str, Made]:
    """Return what activities are made of: all of them first, then those of each unit that hosted."""
    amounts: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for subject, code, parts, amount in q.rows(AMOUNTS.format(**_named(source))):
        of = amounts[subject]
        of[code] = of.get(code, NOUGHT) + Fraction(amount, WHOLE * source.per * parts)
    said = {s: counts for s, *counts in q.rows(SAYING.format(**_named(source)))}
    found = {}
    for subject in (ALL, *(u.subject for u in district_units(q) if u.subject in said)):
        held, known = said.get(subject, (0, 0))
        found[subject] = Made(amounts.get(subject, {}), known, held - known)
    return found


def _named(source: Source) -> dict[str, str]:
    return {name: getattr(source, name) for name in ("table", "code", "amount", "parts")}


def flags_of(source: Source, made: Made) -> list[Words]:
    """Return the flag that counts the activities which do not say it."""
    return counted(made.silent, *source.lack)


def codes(q: Query, scheme: str, seen: Collection[str]) -> list[str]:
    """Return a scheme's codes: those of the package, then those that the log defined or uses."""
    sql = "SELECT code FROM term_definitions_to_date WHERE scheme = ? ORDER BY day, event"
    return list(dict.fromkeys([*installed()[scheme], *q.column(sql, (scheme,)), *sorted(seen)]))


# 3. What indicators do with it: amounts by code, a part of the whole, a measure of the mix.


def by_code(
    q: Query, source: Source, listed: Collection[str], subject: str, made: Made
) -> Iterator[Reading]:
    """Yield a subject's amount of each code; those that activities are known not to have are 0."""
    for code in listed:
        marks, flags = {source.code: code}, flags_of(source, made)
        if made.silent and not made.known:
            yield q.none(subject, source.none, dimensions=marks, flags=flags)
        else:
            yield q.reading(subject, made.total([code]), dimensions=marks, flags=flags)


def part(q: Query, source: Source, chosen: Collection[str]) -> Iterator[Reading]:
    """Yield which part some codes are of the whole, of all and of each host."""
    for subject, made in made_of(q, source).items():
        flags = flags_of(source, made)
        yield q.ratio(subject, made.total(chosen), made.total(), source.none, flags=flags)


def measured(
    q: Query, found: Mapping[str, Made], measure: Callable[[Iterable[Fraction]], float]
) -> Iterator[Reading]:
    """Yield a measure of the theme minutes of all and of each host."""
    for subject, made in found.items():
        flags = flags_of(THEMES, made)
        if made.known:
            mix = made.amounts.values()
            yield q.measured(subject, partial(measure, mix), flags=flags)
        else:
            yield q.none(subject, NO_THEMES, flags=flags)


# 4. Themes.


@indicator(
    "content.theme_minutes",
    of=(activity_themes, activities_held),
    unit="minutes",
    better="neither",
    per="unit",
    zh="各主题教育时长，多主题按比例分摊，计入主办单位",
    en="Minutes of each theme, split by shares, counted at the host",
    formula="Σ minutes × share of the theme",
)
def theme_minutes(q: Query) -> Iterator[Reading]:
    """Add each theme's minutes; a theme that is never taught has 0."""
    found = made_of(q, THEMES)
    listed = codes(q, "theme", found[ALL].amounts)
    for subject, made in found.items():
        yield from by_code(q, THEMES, listed, subject, made)


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
    found = made_of(q, THEMES)
    kinds = len(codes(q, "theme", found[ALL].amounts))
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
    yield from measured(q, made_of(q, THEMES), effective_number)


@indicator(
    "content.warning_share",
    of=(activity_themes, activities_held),
    unit="share",
    better="0.14..0.43",
    per="unit",
    zh="警示教育占比：警示教育时长 ÷ 有主题的时长；过高过低都不好",
    en="Warning education: its minutes / minutes with themes; neither too much nor too little",
    formula="Σ minutes × share of warning / Σ minutes × share",
)
def warning_share(q: Query) -> Iterator[Reading]:
    """Compare warning education with all themes; the band is 1/7 to 3/7, by our convention.

    Less does not deter, more takes integrity education for warning education (等同于警示教育).
    """
    yield from part(q, THEMES, ["warning"])


# 5. Forms.


@indicator(
    "content.lecture_only",
    of=(activity_formats, activities_held),
    unit="share",
    better="lower",
    per="unit",
    zh="“一人讲大家听”占比：全程讲授的活动时长 ÷ 已知形式的时长",
    en="Lecture-only: minutes of activities that are nothing but a lecture / minutes of known format",
    formula="Σ minutes of activities all lecture / Σ minutes of known format",
)
def lecture_only(q: Query) -> Iterator[Reading]:
    """Tell how much of the time one person talks and all listen, from beginning to end."""
    yield from part(q, LECTURES, ["only"])


@indicator(
    "content.theory_share",
    of=(activity_formats, activities_held),
    unit="share",
    better="lower",
    per="unit",
    zh="理论化占比：讲授、中心组、常委会学习时长 ÷ 已知形式的时长",
    en="Theory: minutes of lecture, centre group and standing committee / minutes of known format",
    formula="Σ minutes of lecture, centre_group, standing / Σ minutes of known format",
)
def theory_share(q: Query) -> Iterator[Reading]:
    """Tell how much of the time is theory; which forms are theory is our convention."""
    yield from part(q, FORMATS, THEORY)


@indicator(
    "content.practice_share",
    of=(activity_formats, activities_held),
    unit="share",
    better="higher",
    per="unit",
    zh="实践性占比：情景实训、手册解读、以案说法说纪时长 ÷ 已知形式的时长",
    en="Practice: minutes of scenario, handbook and case explanation / minutes of known format",
    formula="Σ minutes of practice, handbook, case_law, case_discipline / Σ minutes of known format",
)
def practice_share(q: Query) -> Iterator[Reading]:
    """Tell how much of the time can be put to use; which forms can is our convention."""
    yield from part(q, FORMATS, PRACTICE)


@indicator(
    "content.formats",
    of=activity_formats,
    unit="activities",
    better="neither",
    zh="采用各形式的活动场次",
    en="Activities in which each format was used",
    formula="n(activities with the format)",
)
def formats(q: Query) -> Iterator[Reading]:
    """Count activities by form, in each of its forms; without a form, those with any.

    A form that nobody uses has 0.
    """
    made = made_of(q, USES_OF_FORMATS)[ALL]
    flags = flags_of(FORMATS, made)
    if made.silent and not made.known:
        yield q.none(ALL, NO_FORMATS, flags=flags)
    else:
        yield q.reading(ALL, made.known, flags=flags)
    yield from by_code(q, USES_OF_FORMATS, codes(q, "format", made.amounts), ALL, made)


# 6. Topics and aims.


@indicator(
    "content.topics",
    of=activity_topics,
    unit="activities",
    better="neither",
    per="unit",
    zh="涉及各专题的活动场次",
    en="Activities on each topic",
    formula="n(activities on the topic)",
)
def topics(q: Query) -> Iterator[Reading]:
    """Count activities by topic, in each of their topics; a topic of which nobody spoke has 0."""
    found = made_of(q, TOPICS)
    listed = codes(q, "topic", found[ALL].amounts)
    for subject, made in found.items():
        yield from by_code(q, TOPICS, listed, subject, made)


@indicator(
    "content.aim_balance",
    of=activity_aims,
    unit="ratio",
    better="higher",
    per="unit",
    zh="“三不”均衡度：占比最小者 × 3，1 为三者相等",
    en="Balance of the three nots: the smallest share x 3, 1 where equal",
    formula="3 × min share, minutes of an activity with k aims counting 1/k to each",
)
def aim_balance(q: Query) -> Iterator[Reading]:
    """Tell how far the weakest of the three nots is from a third of the minutes."""
    for subject, made in made_of(q, AIMS).items():
        least = min(made.total([aim]) for aim in THREE_NOTS)
        flags = flags_of(AIMS, made)
        yield q.ratio(subject, 3 * least, made.total(), NO_AIMED_MINUTES, flags=flags)


@indicator(
    "content.aims_together",
    of=activity_aims,
    unit="share",
    better="higher",
    per="unit",
    zh="“三不”一体：主办活动三者俱全的单位 ÷ 注明“三不”的单位",
    en="Three nots as one: units whose activities have all three aims / units that state aims",
    formula="units with all 3 aims / units with any, by days open; a unit: aims / 3",
)
def aims_together(q: Query) -> Iterator[Reading]:
    """Tell which units aim at all three nots, in one activity or in several; of each, how many."""
    found = made_of(q, MENTIONS_OF_AIMS)
    aims = {subject: made.amounts.keys() & {*THREE_NOTS} for subject, made in found.items()}
    stating = [u for u in district_units(q) if aims.get(u.subject)]
    complete = {u.id for u in stating if len(aims[u.subject]) == len(THREE_NOTS)}
    flags = flags_of(MENTIONS_OF_AIMS, found.pop(ALL))
    yield weighted_share(q, stating, complete, NO_AIMS, flags=flags)
    for subject, made in found.items():
        flags = flags_of(MENTIONS_OF_AIMS, made)
        if made.known:
            yield q.ratio(subject, len(aims[subject]), len(THREE_NOTS), NO_AIMS, flags=flags)
        else:
            yield q.none(subject, NO_AIMS, flags=flags)


# 7. To whom: whether different people are taught different things, and by different hosts.

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
    zh="针对性：受众类别与主题的互信息 ÷ 两者熵之较小者，0 为千篇一律",
    en="Tailoring: mutual information of audience and theme / the smaller entropy; 0 is one talk for all",
    formula="NMI = I(audience; theme) / min(H(audience), H(theme))",
)
def tailoring(q: Query) -> Iterator[Reading]:
    """Measure how far the audience tells the theme; few activities come out too high by chance.

    Each activity weighs 1, spread evenly over the categories that came and by share over its
    themes, so that one mass meeting does not decide.
    """
    cells: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for category, theme, kinds, share in q.rows(PAIRS):
        cells[category, theme] += Fraction(share, WHOLE * kinds)
    known = sum(cells.values(), NOUGHT)  # each activity's cells add up to 1
    held = q.one("SELECT count(*) FROM activities_held")
    flags = counted(held - int(known), "场缺主题或到场人数", "activities lack themes or attendance")
    if known < ENOUGH:
        yield q.none(ALL, FEW, denominator=known, flags=flags)
    else:
        told = partial(normalised_mutual_information, cells)
        yield q.measured(ALL, told, denominator=known, flags=flags)


@indicator(
    "content.untargeted",
    of=activities_held,
    unit="share",
    better="lower",
    per="unit",
    zh="未分类施教占比：到场类别达三类的活动 ÷ 有到场记录的活动",
    en="Untargeted: activities with three or more categories of audience / activities with attendance",
    formula="n(activities with 3 or more categories) / n(activities with attendance)",
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
    formula="mean over pairs of 1 - JS(p, q) / ln 2",
)
def homogeneity(q: Query) -> Iterator[Reading]:
    """Compare the theme mixes of hosts with each other; units with few activities are left out."""
    found = made_of(q, THEMES)
    everything = found.pop(ALL)
    mixes = [made.amounts for made in found.values() if made.known >= SIMILAR]
    few = counted(
        len(found) - len(mixes),
        f"家主办单位可计算的活动不足 {SIMILAR} 场，未计入",
        f"hosts with fewer than {SIMILAR} activities of known themes, left out",
    )
    flags = [*few, *flags_of(THEMES, everything)]
    yield q.measured(ALL, lambda: similarity(mixes), denominator=len(mixes), flags=flags)


# 8. Substance: how long, whether proved, whether anything is new.

NO_MINUTES = Words("时长全部空白", "the length of every activity is blank")
LENGTHS = (
    f"SELECT p.subject, a.minutes, count(*) FROM activities_held a CROSS JOIN ({SUBJECTS}) p "
    "WHERE p.host = a.host GROUP BY p.subject, a.minutes"
)


@indicator(
    "content.median_minutes",
    of=activities_held,
    unit="minutes",
    better="higher",
    per="unit",
    zh="单场时长中位数",
    en="Median length of an activity",
    formula="median of minutes",
)
def median_minutes(q: Query) -> Iterator[Reading]:
    """Give the middle length of activities: a few long ones do not hide that most are short."""
    lengths: dict[str, list[int]] = defaultdict(list)
    blank: dict[str, int] = {}
    for subject, minutes, times in q.rows(LENGTHS):
        if minutes is None:
            blank[subject] = times
        else:
            lengths[subject] += [minutes] * times
    hosts = [u.subject for u in district_units(q) if u.subject in lengths or u.subject in blank]
    for subject in (ALL, *hosts):
        flags = counted(blank.get(subject, 0), "场缺时长", "activities lack minutes")
        if subject in lengths:
            yield q.reading(subject, median(lengths[subject]), flags=flags)
        else:
            yield q.none(subject, NO_MINUTES if flags else NO_ACTIVITIES, flags=flags)


@indicator(
    "content.evidenced",
    of=(activities_held, evidence),
    unit="share",
    better="higher",
    per="unit",
    zh="佐证率：附有佐证的活动 ÷ 活动",
    en="Evidenced: activities with evidence attached / activities",
    formula="n(activities with evidence by the end) / n(activities)",
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
    unit="resources",
    better="higher",
    zh="更新：期间发布的资源数与首次采用的形式数",
    en="Renewal: resources published and formats used for the first time",
    formula="n(resources published); n(formats used now and never before)",
)
def renewal(q: Query) -> Iterator[Reading]:
    """Count what is new: resources of the period, and forms in which nothing was held before it."""
    published = q.one("SELECT count(*) FROM resources_published")
    yield q.reading(ALL, published, dimensions={"what": "resources"})
    made = made_of(q, USES_OF_FORMATS)[ALL]
    before = set(q.column(EARLIER_FORMATS, (q.start,)))
    new, marks = made.amounts.keys() - before, {"what": "formats"}
    flags = flags_of(FORMATS, made)
    if made.silent and not made.known:
        yield q.none(ALL, NO_FORMATS, dimensions=marks, flags=flags)
    else:
        flags += [ALL_NEW] if new and not before else []
        yield q.reading(ALL, len(new), dimensions=marks, flags=flags)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of content."""
    return Family("content", version=1, zh="内容形式", en="Content", **declared(__name__))
