"""Tenures: which posts stand, who holds them when, and at what they were present meanwhile.

    standing(q)      the posts that stand at some time in the period, cut to it
    tenures(q)       who held which post from when to when, up to the period's end
    by_holder(…)     the same by token: a transfer gives a post a new holder, a holder a new post
    talks(q)         at what the holders of a post spoke, if it is known which lecturers they are
    odd_posts(q)     what contradicts itself of posts, for `kit.listed`

A post stands from its designation to its abolition; whoever holds it is taken to hold it while it
stands. Of two changes of a holder on one day the later recorded one counts, and who is recorded
anew on the same post goes on holding it. Presence while a post does not stand is a contradiction,
and none of the post's.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import chain
from typing import NamedTuple

from attrs import frozen

from lianjian.core.indicator import Query
from lianjian.core.kit import Finding, days_from, odd
from lianjian.core.measures import longest_gap

ROLL = """
    WITH period AS (SELECT ? AS start, ? AS "end"),
    abolished AS MATERIALIZED (
        SELECT post, day, event FROM post_status_to_date WHERE status = 'abolished'
    ),
    lives AS MATERIALIZED (  -- from when to before when a post stands
        SELECT d.post, d.day AS start, coalesce(min(s.day), max(p."end")) AS "end"
        FROM posts_designated_to_date d CROSS JOIN period p
        LEFT JOIN abolished s ON s.post = d.post
            AND (s.day > d.day OR (s.day = d.day AND s.event > d.event))
        GROUP BY d.post, d.day
    ),
    changes AS (  -- the last recorded of each day
        SELECT post, day, holder, event FROM (
            SELECT post, day, holder, event,
                row_number() OVER (PARTITION BY post, day ORDER BY event DESC) AS nth
            FROM post_holders_to_date
        ) z WHERE nth = 1
    ),
    takings AS MATERIALIZED (  -- no token is ' ', so that the first change differs from what was before
        SELECT post, day, holder, event, lead(day) OVER (PARTITION BY post ORDER BY day) AS next
        FROM (
            SELECT post, day, holder, event,
                lag(coalesce(holder, ''), 1, ' ') OVER (PARTITION BY post ORDER BY day) AS before
            FROM changes
        ) z WHERE before <> coalesce(holder, '')
    ),
    tenures AS MATERIALIZED (
        SELECT t.post, t.holder, t.day AS taken, t.event,
            CASE WHEN t.day > l.start THEN t.day ELSE l.start END AS start,
            CASE WHEN t.next < l."end" THEN t.next ELSE l."end" END AS "end"
        FROM takings t JOIN lives l ON l.post = t.post
        WHERE t.day < l."end" AND l.start < l."end" AND (t.next IS NULL OR t.next > l.start)
    )
"""
"""What a query over lives and tenures opens with; its parameters are the period's start and end."""


class Presence(NamedTuple):
    """That a post was present at an activity: the day, the activity's position, its minutes."""

    day: str
    event: int
    minutes: int | None


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

    @property
    def absence(self) -> int:
        """Return the longest stretch in days without a presence, the open tail included."""
        return longest_absence(self.came, self.start, self.end)


@frozen
class Tenure:
    """Who holds a post (None: vacant) from `start` to before `end`, cut to the days it stands.

    `taken` is the day on which they took it, `came` at what the post was present meanwhile.
    """

    post: str
    holder: str | None
    taken: str
    start: str
    end: str
    came: tuple[Presence, ...]

    @property
    def lag(self) -> tuple[int, bool]:
        """Return how many days it took until the first presence, and that there was one.

        Who is still waiting was last seen so on the day before the end.
        """
        if not self.came:
            return days_from(self.start, self.end) - 1, False
        return days_from(self.start, min(c.day for c in self.came)), True


def standing(q: Query) -> list[Post]:
    """Return the posts that stand at some time in the period, by id."""
    came = _presences(q, q.start)
    sql = """
        SELECT d.post, d.unit, d.category, d.rank, d.domain,
            CASE WHEN l.start > p.start THEN l.start ELSE p.start END, l."end"
        FROM posts_designated_to_date d JOIN lives l ON l.post = d.post CROSS JOIN period p
        WHERE l.start < l."end" AND p.start < l."end" ORDER BY d.post
    """
    return [
        Post(
            post,
            unit,
            category,
            rank,
            domain,
            start,
            end,
            weight=Fraction(days_from(start, end), q.period.days),
            came=_during(came[post], start, end),
        )
        for post, unit, category, rank, domain, start, end in q.rows(ROLL + sql, [q.start, q.end])
    ]


def standing_last(q: Query) -> list[Post]:
    """Return the posts that stand on the period's last day, by id."""
    return [p for p in standing(q) if p.end == q.end]


def tenures(q: Query, since: str | None = None) -> list[Tenure]:
    """Return who held which post when, up to the period's end.

    Presences are those from the day `since` on, or from the period's start.
    """
    came = _presences(q, q.start if since is None else since)
    sql = 'SELECT post, holder, taken, start, "end" FROM tenures ORDER BY post, start'
    return [
        Tenure(post, holder, taken, start, end, _during(came[post], start, end))
        for post, holder, taken, start, end in q.rows(ROLL + sql, [q.start, q.end])
    ]


def by_holder(held: Iterable[Tenure]) -> dict[str, list[Tenure]]:
    """Return tenures by token; a vacant post is nobody's."""
    found: dict[str, list[Tenure]] = defaultdict(list)
    for t in held:
        if t.holder is not None:
            found[t.holder].append(t)
    return dict(found)


def minutes_of(came: Iterable[Presence]) -> tuple[int | None, int]:
    """Return how many minutes presences came to, None where all are blank, and how many are blank."""
    told = [c.minutes for c in came]
    known = [m for m in told if m is not None]
    return None if told and not known else sum(known), len(told) - len(known)


def longest_absence(came: Iterable[Presence], start: str, end: str) -> int:
    """Return the longest stretch in days without a presence, from `start` to before `end`."""
    days = [date.fromisoformat(day).toordinal() for day in (start, end, *(c.day for c in came))]
    return longest_gap(days[2:], *days[:2])


def absences_of_holders(q: Query) -> list[int]:
    """Return the longest absence in the period of each token that held a post in it.

    It runs from the token's first day on a post to the last one; between two posts it goes on.
    """
    found = []
    for theirs in by_holder(t for t in tenures(q) if t.end > q.start).values():
        came = [c for t in theirs for c in t.came]
        first, end = max(min(t.start for t in theirs), q.start), max(t.end for t in theirs)
        found.append(longest_absence(came, first, end))
    return found


def topics_at(q: Query, posts: Iterable[Post]) -> dict[str, dict[int, set[str]]]:
    """Return, by post, the activities at which it was present, each with its topics."""
    said: dict[tuple[int, str], set[str]] = defaultdict(set)
    for position, post, topic in q.rows("SELECT event, post, topic FROM post_topics"):
        said[position, post].add(topic)
    return {p.id: {c.event: said.get((c.event, p.id), set()) for c in p.came} for p in posts}


def talks(q: Query) -> dict[str, set[int]]:
    """Return the activities at which the holders of each post spoke while they held it.

    Posts of whose holders in the period none has a known lecturer id are missing.
    """
    sql = """
        , known AS (
            SELECT DISTINCT holder, lecturer FROM post_holders_to_date WHERE lecturer IS NOT NULL
        ), talks AS MATERIALIZED (  -- few lecturers hold a post: the others' rows are not looked at
            SELECT lecturer, day, event FROM activity_lecturers
            WHERE lecturer IN (SELECT lecturer FROM known)
        )
        SELECT t.post, s.event FROM tenures t
        JOIN known k ON k.holder = t.holder CROSS JOIN period p
        LEFT JOIN talks s ON s.lecturer = k.lecturer AND t.start <= s.day AND s.day < t."end"
        WHERE t."end" > p.start
    """
    found: dict[str, set[int]] = defaultdict(set)
    for post, position in q.rows(ROLL + sql, [q.start, q.end]):
        found[post] |= set() if position is None else {position}
    return dict(found)


def risks(q: Query) -> dict[str, tuple[int, int]]:
    """Return the latest risk of each post by the period's end, and its links (1 where not told)."""
    rows = q.rows("SELECT post, risk, links FROM post_risks_to_date ORDER BY day, event")
    links = {post: told for post, _, told in rows if told is not None}
    return {post: (risk, links.get(post, 1)) for post, risk, _ in rows if risk is not None}


def _presences(q: Query, since: str) -> dict[str, list[Presence]]:
    """Return when each post was present from a day on, in order, whether it stood or not."""
    found: dict[str, list[Presence]] = defaultdict(list)
    sql = "SELECT post, day, event, minutes FROM post_presences_to_date WHERE day >= ?"
    for post, day, position, minutes in q.rows(sql, [since]):
        found[post].append(Presence(day, position, minutes))
    for came in found.values():
        came.sort()
    return found


def _during(came: list[Presence], start: str, end: str) -> tuple[Presence, ...]:
    """Return the presences from a day to before another, of presences in order."""
    return tuple(came[bisect_left(came, (start,)) : bisect_left(came, (end,))])


NOT_STANDING = """
    SELECT p.post, p.event, p.day FROM post_presences p LEFT JOIN lives l
    ON l.post = p.post AND l.start <= p.day AND p.day < l."end" WHERE l.post IS NULL
"""
VACANT = """
    SELECT p.post, p.event, p.day FROM post_presences p JOIN tenures t
    ON t.post = p.post AND t.start <= p.day AND p.day < t."end" WHERE t.holder IS NULL
"""
TAKEN_TWICE = """
    SELECT DISTINCT b.post, b.event, b.day FROM post_holders a JOIN post_holders b
    ON b.post = a.post AND b.day = a.day AND b.event > a.event AND b.holder <> a.holder
"""
AFTER_ABOLITION = """
    SELECT c.post, c.event, c.day FROM (
        SELECT post, event, day FROM post_holders WHERE holder IS NOT NULL
        UNION ALL SELECT post, event, day FROM post_risks
    ) c JOIN lives l ON l.post = c.post WHERE l.start < c.day AND c.day >= l."end"
"""
TWO_TOPS = """
    , tops AS MATERIALIZED (
        SELECT t.post, t.holder, t.event, t.start, t."end"
        FROM tenures t JOIN posts_designated_to_date d ON d.post = t.post CROSS JOIN period p
        WHERE d.category = 'top_leader' AND t.holder IS NOT NULL AND t."end" > p.start
    )
    SELECT b.post, b.event, b.start FROM tops a JOIN tops b ON b.holder = a.holder
    WHERE a."end" > b.start AND (a.start < b.start OR (a.start = b.start AND a.event < b.event))
"""
CONTRADICTIONS = (
    (NOT_STANDING, "{0} 到场时不在册", "present on {0}, not standing"),
    (VACANT, "{0} 到场时空缺", "present on {0}, but vacant"),
    (TAKEN_TWICE, "{0} 两人同日任职", "taken by two on {0}"),
    (AFTER_ABOLITION, "{0} 变动时已撤销", "changed on {0}, abolished by then"),
    (TWO_TOPS, "{0} 起一人两任一把手", "one token in two top posts from {0}"),
)


def odd_posts(q: Query) -> Iterator[Finding]:
    """Yield what contradicts itself of posts; a token in two posts at once stands at the later."""
    days = [q.start, q.end]
    return chain.from_iterable(odd(q, ROLL + sql, zh, en, days) for sql, zh, en in CONTRADICTIONS)
