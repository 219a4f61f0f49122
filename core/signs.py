"""Signs of gaming: what in the records of a unit asks for a second look (防注水).

    duplicates     同日重复   activities of one host and day alike in minutes, themes and attendance
    round          人数取整   most of the headcounts are multiples of ten
    same_evidence  佐证雷同   one file proves an activity and something else
    november       年末突击   November has three times the minutes of the months before it
    padding        讲授拉长   more than three hours of nothing but a lecture

A sign is a question and no verdict: each has an innocent reading, and none takes a point away. The
thresholds are conventions of this engine; no rule sets them. Hosts are looked at for what they
held, and units, for `round`, for what is said of their own people. What a unit did that is gone
stands under each of its heirs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import heirs, open_months
from lianjian.core.period import Period

ENOUGH_LINES, ROUND_FROM = 10, 10  # lines of attendance, and from how many persons one is looked at
BURST, BURST_ACTIVITIES = 3, 3
PADDED = 180  # minutes

SIGNS = {
    "duplicates": Words("同日重复", "same-day duplicates"),
    "round": Words("人数取整", "round headcounts"),
    "same_evidence": Words("佐证雷同", "identical evidence"),
    "november": Words("年末突击", "November burst"),
    "padding": Words("讲授拉长", "padded lectures"),
}
NOT_A_YEAR = Words("期间不是完整的日历年", "the period is not a whole calendar year")


@frozen
class Sign:
    """A sign at a unit: which, how often, and what there is to see."""

    unit: str
    sign: str
    count: int
    said: Words


def signs(q: Query) -> list[Sign]:
    """Return all signs of the period, by sign and unit."""
    return [*duplicates(q), *round_numbers(q), *same_evidence(q), *november(q), *padding(q)]


def _sign(unit: str, sign: str, count: int, zh: str, en: str) -> Sign:
    name = SIGNS[sign]
    return Sign(unit, sign, count, Words(f"{name.zh}：{zh}", f"{name.en}: {en}"))


def duplicates(q: Query) -> Iterator[Sign]:
    """Yield hosts with activities that differ in nothing: one counts, the others are duplicates.

    Alike are minutes, themes and the sum of those who came; where any is blank nothing is alike.
    """
    alike = (
        "SELECT a.event FROM activities_held a JOIN (SELECT host, day, minutes FROM activities_held "
        "WHERE minutes IS NOT NULL GROUP BY host, day, minutes HAVING count(*) > 1) d "
        "ON d.host = a.host AND d.day = a.day AND d.minutes = a.minutes"
    )
    themes: dict[int, set[tuple[str, int]]] = defaultdict(set)
    of_themes = f"SELECT event, theme, share_bp FROM activity_themes WHERE event IN ({alike})"
    for event, theme, share in q.rows(of_themes):
        themes[event].add((theme, share))
    came = {
        event: persons
        for event, persons, lines, known in q.rows(
            "SELECT event, sum(attended), count(*), count(attended) FROM attendances "
            f"WHERE event IN ({alike}) GROUP BY event"
        )
        if lines == known
    }
    found: Counter[tuple[object, ...]] = Counter()
    for event, host, day, minutes in q.rows(
        f"SELECT event, host, day, minutes FROM activities_held WHERE event IN ({alike})"
    ):
        if event in came and event in themes:
            found[host, day, minutes, frozenset(themes[event]), came[event]] += 1
    beyond: Counter[str] = Counter()
    seen_as = heirs(q)
    for (host, *_), count in found.items():
        for target, _ in seen_as.get(str(host), ()):
            beyond[target] += count - 1
    for unit, count in sorted(beyond.items()):
        if count:
            yield _sign(unit, "duplicates", count, f"{count} 场", f"{count} activities")


def round_numbers(q: Query) -> Iterator[Sign]:
    """Yield units of whose headcounts from ten persons on more than half are multiples of ten."""
    for unit, lines, tens in q.rows(
        "SELECT p.seen_as, count(*), sum(CASE WHEN a.attended % 10 = 0 THEN 1 ELSE 0 END) "
        "FROM attendances a JOIN projections p ON p.unit = a.unit WHERE a.attended >= ? "
        "GROUP BY p.seen_as HAVING count(*) >= ? ORDER BY p.seen_as",
        [ROUND_FROM, ENOUGH_LINES],
    ):
        if 2 * tens > lines:
            zh, en = (
                f"{lines} 行中 {tens} 行为整十",
                f"{tens} of {lines} lines are multiples of ten",
            )
            yield _sign(unit, "round", tens, zh, en)


def same_evidence(q: Query) -> Iterator[Sign]:
    """Yield hosts of activities in the period that share the file that proves them."""
    for unit, digests in q.rows(
        "WITH shared AS MATERIALIZED (SELECT digest FROM evidence_to_date GROUP BY digest "
        "HAVING count(DISTINCT kind_of_target || ':' || target) > 1) "
        "SELECT p.seen_as, count(DISTINCT e.digest) FROM evidence_to_date e "
        "JOIN shared s ON s.digest = e.digest "
        "JOIN activities_held a ON e.kind_of_target = 'activity' AND a.activity = e.target "
        "JOIN projections p ON p.unit = a.host GROUP BY p.seen_as ORDER BY p.seen_as"
    ):
        yield _sign(unit, "same_evidence", digests, f"{digests} 个文件", f"{digests} files")


def is_year(period: Period) -> bool:
    """Tell whether a period is a whole calendar year."""
    return str(period) == f"{period.start.year:04}"


def november(q: Query) -> Iterator[Sign]:
    """Yield hosts whose November has three times the minutes of the mean of January to October.

    It is asked of whole calendar years alone, and of three activities in November or more. Months
    in which a unit was not open are none of the mean's.
    """
    if not is_year(q.period):
        return
    first, last = f"{q.period.start.year:04}-11", f"{q.period.start.year:04}-12"
    open_in = open_months(q)
    for unit, activities, minutes, before in q.rows(
        "SELECT p.seen_as, sum(CASE WHEN a.day >= ? THEN 1 ELSE 0 END), "
        "sum(CASE WHEN a.day >= ? THEN coalesce(a.minutes, 0) ELSE 0 END), "
        "sum(CASE WHEN a.day < ? THEN coalesce(a.minutes, 0) ELSE 0 END) "
        "FROM activities_held a JOIN projections p ON p.unit = a.host "
        "WHERE a.day < ? GROUP BY p.seen_as ORDER BY p.seen_as",
        [*[f"{first}-01"] * 3, f"{last}-01"],
    ):
        months = sum(month < first for month in open_in.get(unit, ()))
        burst = months and minutes and months * minutes >= BURST * before
        if burst and activities >= BURST_ACTIVITIES:
            zh = f"11 月 {minutes} 分钟，此前 {months} 个月共 {before} 分钟"
            en = f"{minutes} minutes in November, {before} in the {months} months before"
            yield _sign(unit, "november", 1, zh, en)


def padding(q: Query) -> Iterator[Sign]:
    """Yield hosts of activities that were nothing but a lecture, for more than three hours."""
    for unit, count in q.rows(
        "SELECT p.seen_as, count(DISTINCT a.event) FROM activities_held a "
        "JOIN activity_formats f ON f.event = a.event AND f.format = 'lecture' "
        "AND f.minutes = a.minutes JOIN projections p ON p.unit = a.host "
        "WHERE a.minutes > ? GROUP BY p.seen_as ORDER BY p.seen_as",
        [PADDED],
    ):
        yield _sign(unit, "padding", count, f"{count} 场", f"{count} activities")
