"""Speakers: what those who spoke at activities gave, on how many themes, and how far from home.

    given(q)["L1"]                      Given(sessions=12, minutes=600, blank=2)
    given_by_day(q, ["L1"])             the same, day by day for L1
    minutes_by_theme(q)                 minutes of each theme, for each speaker
    sessions_away(q, {"L1": "anting"})  sessions, and how many of them were not at home
    overlong(q), strangers(q, terms)    what cannot be right

An activity is a session of each of its speakers. For how long one spoke may be blank; which themes
an activity had, and how long it was, is told of the activity. Speakers are ids: whether somebody is
on a roll does not matter here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from functools import cache

from attrs import frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import Finding, counted, heirs, odd
from lianjian.core.memberships import Memberships


@frozen
class Given:
    """Sessions, the minutes known of them, and how many are without."""

    sessions: int = 0
    minutes: int = 0
    blank: int = 0

    @property
    def known(self) -> bool:
        """True unless all minutes are blank; no sessions are zero minutes."""
        return self.blank < self.sessions or not self.sessions

    @property
    def flags(self) -> list[Words]:
        """Return the flag that counts the sessions without minutes."""
        return counted(self.blank, "场分钟数空白", "session(s) without minutes")

    def __add__(self, other: "Given") -> "Given":
        """Return both together."""
        minutes, blank = self.minutes + other.minutes, self.blank + other.blank
        return Given(self.sessions + other.sessions, minutes, blank)


NOTHING = Given()


def given_by_day(q: Query, some: Collection[str]) -> list[tuple[str, str, Given]]:
    """Return (speaker, day, what was given): day by day for `some`, else all on the first day.

    For whom the day makes no difference the rows stay few.
    """
    rows = q.rows(
        "SELECT lecturer, day, sum(sessions), coalesce(sum(minutes), 0), count(*) - count(minutes) "
        f"FROM (SELECT lecturer, CASE WHEN lecturer IN ({', '.join('?' * len(some)) or 'NULL'}) "
        "THEN day ELSE ? END AS day, sessions, minutes FROM activity_lecturers) z "
        "GROUP BY lecturer, day",
        (*some, q.start),
    )
    return [(speaker, day, Given(*gave)) for speaker, day, *gave in rows]


def given(q: Query) -> dict[str, Given]:
    """Return what each speaker of the period gave."""
    return {speaker: gave for speaker, _, gave in given_by_day(q, ())}


THEMES = """
    SELECT l.lecturer, t.theme, sum(t.minute_bp), count(*) FROM activity_lecturers l
    LEFT JOIN activity_themes t ON t.event = l.event AND t.minute_bp IS NOT NULL
    GROUP BY l.lecturer, t.theme
"""


def minutes_by_theme(q: Query) -> tuple[dict[str, list[Fraction]], Counter[str]]:
    """Return, by speaker, the minutes of each theme, and the sessions that tell of none.

    The minutes are those of the activities, each divided among its themes by their shares. A
    session tells of none where the activity's themes or its length are not known.
    """
    themes: dict[str, list[Fraction]] = defaultdict(list)
    silent: Counter[str] = Counter()
    for speaker, theme, minute_bp, sessions in q.rows(THEMES):
        if theme is None:
            silent[speaker] = sessions
        else:
            themes[speaker].append(Fraction(minute_bp, WHOLE))
    return dict(themes), silent


def sessions_away(q: Query, homes: Mapping[str, str | None]) -> dict[str, tuple[int, Fraction]]:
    """Return the sessions of each speaker of `homes`, and those that their own unit did not host.

    What two units have in common under the tree is at home: both may count, in parts, for the same
    successor. Nobody is away from a home that is not known (None).
    """
    seen_as = heirs(q)

    @cache
    def apart(home: str, host: str) -> int:
        own = dict(seen_as.get(home, [(home, WHOLE)]))
        theirs = seen_as.get(host, [(host, WHOLE)])
        return WHOLE - sum(min(share, own.get(unit, 0)) for unit, share in theirs)

    held, away = dict.fromkeys(homes, 0), dict.fromkeys(homes, 0)
    sql = "SELECT lecturer, host, sum(sessions) FROM activity_lecturers GROUP BY lecturer, host"
    for speaker, host, count in q.rows(sql):
        if speaker in homes:
            home = homes[speaker]
            held[speaker] += count
            away[speaker] += count * apart(home, host) if home else 0
    return {speaker: (held[speaker], Fraction(away[speaker], WHOLE)) for speaker in homes}


# What does not fit together.

OVERLONG = """
    SELECT l.lecturer, t.event, t.spoken, a.minutes FROM (
        SELECT event, sum(minutes) AS spoken FROM activity_lecturers GROUP BY event
    ) t JOIN activities_held a ON a.event = t.event JOIN activity_lecturers l ON l.event = t.event
    WHERE t.spoken > a.minutes
"""


def overlong(q: Query) -> Iterator[Finding]:
    """Yield the speakers of activities in which more minutes were spoken than there were."""
    zh, en = "宣讲合计 {0} 分钟，活动仅 {1} 分钟", "{0} minutes spoken in an activity of {1}"
    return odd(q, OVERLONG, zh, en)


def strangers(q: Query, terms: Mapping[str, Memberships]) -> Iterator[Finding]:
    """Yield the sessions of those who on the day were not on a roll, by the `terms` of its members."""
    always = [speaker for speaker in terms if terms[speaker].days(q.period) == q.period.days]
    # Of whom was there throughout, mostly the many, no session has to be looked at.
    marks = ", ".join("?" * len(always)) or "''"
    sql = f"SELECT lecturer, event, day FROM activity_lecturers WHERE lecturer NOT IN ({marks})"
    for speaker, position, day in q.rows(sql, always):
        if speaker not in terms or not terms[speaker].on(day):
            yield speaker, position, Words(f"{day} 不在册", f"not enrolled on {day}")
