"""Lecturers: who speaks, how much, and on how few it rests (师资力量优化共享).

The roll is this family's own; the sessions are core's, one row for each speaker of an activity:

    LecturerEnrolled, … ── lecturer_terms ──▶ lecturer, team, status     ┐
    ActivityHeld ── activity_lecturers ──▶ lecturer, host, minutes, …    ┴─▶ Reading

Four things were decided, and every figure below keeps to them.

**One person, one id.** `lecturer.enrolled` introduces an id, so it can be said once. A further
team, or a return after a release, is `lecturer.joined`, as `base.reopened` goes with
`base.opened`: whoever comes back is not a new person with half a load.

**Given is counted whole, judged is one's own.** Sessions and minutes count whoever spoke, with
groups beside the total. Idle, overload, evenness and sharing judge the district's own lecturers:
a professor who comes once is neither idle nor a sign of uneven load. External lecturers have the
same figures apart, in the dimension `external`.

**In two teams, given for both.** A session does not say for which team it was, so it counts for
each team that the lecturer belonged to on the day. Figures by tier add up to the total, those by
team need not.

**Blank minutes are not zero.** A lecturer whose minutes are all blank is named and left out; where
some are blank the known ones count, and the flags say how many sessions are missing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Annotated

from attrs.validators import ge, min_len, optional

from lianjian.core import (
    ALL,
    Family,
    New,
    Period,
    Query,
    Reading,
    Ref,
    Row,
    Sealed,
    Term,
    Words,
    activities_held,
    activity_lecturers,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.measures import fewest_giving, gini
from lianjian.core.units import WHOLE, covered_days

# 1. Events: teams are formed, lecturers enrol, join and leave. Names are sealed: an entry holds
#    the digest of a name, and readings speak of ids only.

LecturerId = Annotated[str, Ref("lecturer")]
TeamId = Annotated[str, Ref("team")]
UnitId = Annotated[str, Ref("unit")]


@event("team.formed", 1)
@frozen
class TeamFormed:
    """A team of lecturers is formed; `target` is how many it is to have (百名: 100)."""

    team: Annotated[str, New("team")]
    kind: Annotated[str, Term("team_kind")]
    name: str = field(validator=min_len(1))
    day: date
    unit: UnitId | None = None
    target: int | None = field(default=None, validator=optional(ge(1)))


@event("lecturer.enrolled", 1)
@frozen
class LecturerEnrolled:
    """A lecturer comes onto the roll, in a team or in none.

    `unit` is the home unit, `capacity_minutes` what they can give in a year.
    """

    lecturer: Annotated[str, New("lecturer")]
    tier: Annotated[str, Term("tier")]
    external: bool
    day: date
    team: TeamId | None = None
    unit: UnitId | None = None
    capacity_minutes: int | None = field(default=None, validator=optional(ge(1)))
    name: Sealed | None = None


@event("lecturer.joined", 1)
@frozen
class LecturerJoined:
    """A lecturer who is known joins a further team, or comes back after a release."""

    lecturer: LecturerId
    day: date
    team: TeamId | None = None


@event("lecturer.released", 1)
@frozen
class LecturerReleased:
    """A lecturer belongs to a team no longer, from this day on; without a team, to none at all."""

    lecturer: LecturerId
    day: date
    team: TeamId | None = None


# 2. Facts.


@facts(key="day team", text="kind name unit", sums="target")
def team_formations(e: TeamFormed) -> Iterator[Row]:
    """State what a team is."""
    yield e.day, e.team, e.kind, e.name, e.unit, e.target


@facts(key="day lecturer", text="tier unit external", sums="capacity_minutes")
def lecturer_enrolments(e: LecturerEnrolled) -> Iterator[Row]:
    """State what a lecturer is."""
    yield e.day, e.lecturer, e.tier, e.unit, "yes" if e.external else "no", e.capacity_minutes


@facts(key="day lecturer team", text="status", state="status")
def lecturer_terms(e: LecturerEnrolled | LecturerJoined | LecturerReleased) -> Iterator[Row]:
    """State whether a lecturer belongs to a team from a day on; a release without one ends all."""
    yield e.day, e.lecturer, e.team, "released" if isinstance(e, LecturerReleased) else "enrolled"


# 3. The roll: who was enrolled, and when. A release without a team ends terms in all of them, so
#    terms are followed here, in Python; a district has some hundreds of lecturers.

Served = tuple[str | None, str, str]  # a team, the first day in it, the day after the last
Finding = tuple[str, int, Words]  # a lecturer, a position of the log, what is odd there


@frozen
class Lecturer:
    """Somebody on the roll, and the terms that they served by the period's end."""

    tier: str
    unit: str | None
    external: bool
    capacity: int | None
    terms: tuple[Served, ...]

    def teams_on(self, day: str) -> set[str | None]:
        """Return the teams belonged to on a day; None among them is enrolment without a team."""
        return {team for team, start, end in self.terms if start <= day < end}

    def changes(self, first: str, last: str) -> bool:
        """Tell whether a term begins or ends after `first` and by `last`."""
        return any(first < day <= last for _, *ends in self.terms for day in ends)

    def active_days(self, period: Period) -> int:
        """Return on how many days of a period they were enrolled, in one team or several."""
        first, last = period.start.isoformat(), period.end.isoformat()
        return covered_days([(max(start, first), min(end, last)) for _, start, end in self.terms])

    def capacity_in(self, period: Period) -> Fraction | None:
        """Return the capacity pro rata: capacity x active days / days of the year, year by year."""
        if self.capacity is None:
            return None
        parts = Fraction(0)
        for year in map(Period.year, range(period.start.year, period.end.year + 1)):
            part = Period(max(period.start, year.start), min(period.end, year.end))
            parts += Fraction(self.capacity * self.active_days(part), year.days)
        return parts


def terms(q: Query) -> tuple[dict[str, list[Served]], list[Finding]]:
    """Return the terms that each lecturer served, and what of the period does not fit together."""
    served: dict[str, list[Served]] = defaultdict(list)
    running: dict[str, dict[str | None, str]] = defaultdict(dict)
    odd = []
    for position, lecturer, team, day, status in q.rows(
        "SELECT event, lecturer, team, day, status FROM lecturer_terms_to_date ORDER BY day, event"
    ):
        now = running[lecturer]
        ended = [t for t in now if team in (None, t)] if status == "released" else []
        served[lecturer] += [(t, now.pop(t), day) for t in ended]
        fits = bool(ended) if status == "released" else team not in now
        if status == "enrolled":
            now.setdefault(team, day)
        if not fits and day >= q.period.start.isoformat():
            odd.append((lecturer, position, TWICE if status == "enrolled" else NOT_IN))
    for lecturer, now in running.items():
        served[lecturer] += [(t, start, q.period.end.isoformat()) for t, start in now.items()]
    return served, odd


TWICE = Words("加入时已在该团队", "joins a team while in it already")
NOT_IN = Words("离开时不在该团队", "is released from a team while not in it")


def roll(q: Query) -> dict[str, Lecturer]:
    """Return everybody who was enrolled by the period's end."""
    served, _ = terms(q)
    return {
        id_: Lecturer(tier, unit, external == "yes", capacity, tuple(served[id_]))
        for id_, tier, unit, external, capacity in q.rows(
            "SELECT lecturer, tier, unit, external, capacity_minutes "
            "FROM lecturer_enrolments_to_date ORDER BY lecturer"
        )
    }


def sides(q: Query) -> Iterator[tuple[dict[str, str], dict[str, Lecturer]]]:
    """Yield the own lecturers on the roll at some time in the period; then any external ones."""
    active = {id_: who for id_, who in roll(q).items() if who.active_days(q.period)}
    yield {}, {id_: who for id_, who in active.items() if not who.external}
    external = {id_: who for id_, who in active.items() if who.external}
    if external:
        yield {"external": "yes"}, external


# 4. What was given.


@frozen
class Given:
    """Sessions, the minutes known of them, how many are without; the first and last day."""

    sessions: int = 0
    minutes: int = 0
    blank: int = 0
    first: str = ""
    last: str = ""

    @property
    def known(self) -> bool:
        """True unless all minutes are blank; no sessions are zero minutes."""
        return self.blank < self.sessions or not self.sessions

    def __add__(self, other: "Given") -> "Given":
        """Return both together, without the days."""
        return Given(
            self.sessions + other.sessions,
            self.minutes + other.minutes,
            self.blank + other.blank,
        )


NOTHING = Given()


def given(q: Query) -> dict[str, Given]:
    """Return what each lecturer who spoke in the period gave."""
    return {
        lecturer: Given(*row)
        for lecturer, *row in q.rows(
            "SELECT lecturer, sum(sessions), coalesce(sum(minutes), 0), "
            "count(*) - count(minutes), min(day), max(day) "
            "FROM activity_lecturers GROUP BY lecturer"
        )
    }


def sessions_of(q: Query, lecturers: Collection[str]) -> list[tuple[int, str, str, int | None]]:
    """Return (position, lecturer, day, minutes) of every session of some lecturers."""
    if not lecturers:
        return []
    marks = ", ".join("?" * len(lecturers))
    sql = f"SELECT event, lecturer, day, minutes FROM activity_lecturers WHERE lecturer IN ({marks})"
    return q.rows(f"{sql} ORDER BY event", tuple(lecturers))  # type: ignore[return-value]


def given_by_team(
    q: Query, enrolled: Mapping[str, Lecturer], gave: Mapping[str, Given]
) -> dict[str, Given]:
    """Return what was given for each team, by the teams that the lecturer was in on the day.

    Only for lecturers who came or went between their sessions does the day have to be looked at.
    """
    parts = {i: g for i, g in gave.items() if i in enrolled}
    moved = [i for i, g in parts.items() if enrolled[i].changes(g.first, g.last)]
    stretches = [(i, g.first, g) for i, g in parts.items() if i not in set(moved)]
    stretches += [
        (lecturer, day, Given(1, minutes or 0, int(minutes is None)))
        for _, lecturer, day, minutes in sessions_of(q, moved)
    ]
    teams = dict.fromkeys(q.column("SELECT team FROM team_formations_to_date"), NOTHING)
    for lecturer, day, part in stretches:
        for team in enrolled[lecturer].teams_on(day):
            if team is not None:
                teams[team] = teams.get(team, NOTHING) + part
    return teams


def breakdown(q: Query) -> Iterator[tuple[str, dict[str, str], Given]]:
    """Yield (subject, dimensions, what was given): by all, by each group, by each lecturer.

    Sessions of somebody who was not enrolled by the period's end have a group of their own.
    """
    enrolled, gave = roll(q), given(q)
    active = {i for i, who in enrolled.items() if who.active_days(q.period)}
    groups = {("team", t): part for t, part in given_by_team(q, enrolled, gave).items()}
    for id_ in sorted({*gave, *active}):
        part, who = gave.get(id_, NOTHING), enrolled.get(id_)
        yield f"lecturer:{id_}", {}, part
        outside = "yes" if who and who.external else "no"
        for key in (("tier", who.tier), ("external", outside)) if who else (("enrolled", "no"),):
            groups[key] = groups.get(key, NOTHING) + part
    yield ALL, {}, sum(gave.values(), NOTHING)
    for (dimension, code), part in groups.items():
        yield ALL, {dimension: code}, part


def _blank(count: int) -> list[Words]:
    said = Words(f"{count} 场分钟数空白", f"{count} session(s) without minutes")
    return [said] if count else []


BLANK = Words("分钟数全部空白", "the minutes of all sessions are blank")


@indicator(
    "lecturers.sessions",
    of=activity_lecturers,
    unit="sessions",
    better="higher",
    per="lecturer",
    zh="宣讲场次：全部、按团队（一人多团各计）、按层级、按区内外，以及每名讲师",
    en="Sessions given: in all, by team (for each team of the lecturer), tier, external, lecturer",
)
def sessions(q: Query) -> Iterator[Reading]:
    """Count sessions; a lecturer or team on the roll that gave none has 0."""
    for subject, dimensions, gave in breakdown(q):
        yield q.reading(subject, gave.sessions, dimensions=dimensions)


@indicator(
    "lecturers.minutes",
    of=activity_lecturers,
    unit="minutes",
    better="higher",
    per="lecturer",
    zh="宣讲分钟数：全部、按团队（一人多团各计）、按层级、按区内外，以及每名讲师",
    en="Minutes given: in all, by team (for each team of the lecturer), tier, external, lecturer",
)
def minutes(q: Query) -> Iterator[Reading]:
    """Add the minutes that are known; sessions without minutes are counted in the flags."""
    for subject, dimensions, gave in breakdown(q):
        flags = _blank(gave.blank)
        if gave.known:
            yield q.reading(subject, gave.minutes, dimensions=dimensions, flags=flags)
        else:
            yield q.none(subject, BLANK, dimensions=dimensions, flags=flags)


# 5. Who has too little, and who too much.


def counted(
    q: Query, dimensions: Mapping[str, str], verdicts: Iterable[Reading], none: Words
) -> Iterator[Reading]:
    """Yield each lecturer's verdict, 1 or 0, and how many are 1 of those who can be judged."""
    made = list(verdicts)
    judged = [r.value for r in made if r.value is not None]
    left = len(made) - len(judged)
    said = Words(f"{left} 名无法判断", f"{left} lecturer(s) cannot be judged")
    total = partial(q.reading, ALL, sum(judged)) if judged else partial(q.none, ALL, none)
    yield total(denominator=len(judged), dimensions=dimensions, flags=[said] if left else [])
    yield from made


LONG_ENOUGH = 90  # active days after which no session at all means idle
TOO_SHORT = Words(
    f"在册不足 {LONG_ENOUGH} 天", f"on the roll for fewer than {LONG_ENOUGH} days of the period"
)


@indicator(
    "lecturers.idle",
    of=(activity_lecturers, lecturer_terms),
    unit="lecturers",
    better="lower",
    per="lecturer",
    zh="闲置讲师数：期间内在册满 90 天而没有一场宣讲；区外讲师单列",
    en="Idle lecturers: no session in at least 90 active days; external lecturers apart",
)
def idle(q: Query) -> Iterator[Reading]:
    """Name those who gave nothing; whoever came too late to be judged is left out."""
    gave = given(q)
    for dimensions, lecturers in sides(q):
        verdicts = []
        for id_, who in lecturers.items():
            subject, count = f"lecturer:{id_}", gave.get(id_, NOTHING).sessions
            given_, days = {"numerator": count, "dimensions": dimensions}, who.active_days(q.period)
            if days < LONG_ENOUGH:
                verdicts.append(q.none(subject, TOO_SHORT, denominator=days, **given_))
            else:
                verdicts.append(q.reading(subject, count == 0, denominator=days, **given_))
        yield from counted(q, dimensions, verdicts, TOO_SHORT)
