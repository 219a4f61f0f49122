"""Lecturers: who speaks, how much, and on how few it rests (师资力量优化共享).

The roll is this family's own; the sessions are core's, one row for each speaker of an activity:

    LecturerEnrolled, … ── lecturer_terms ──▶ lecturer, team, status     ┐
    ActivityHeld ── activity_lecturers ──▶ lecturer, host, minutes, …    ┴─▶ Reading

**One person, one id.** `lecturer.enrolled` introduces an id, so it can be said once. A further
team, or a return after a release, is `lecturer.joined`: whoever comes back is not a new person.

**Given is counted whole, judged is one's own.** Sessions and minutes count whoever spoke, with
groups beside the total. Idle, overload, evenness and sharing judge the district's own lecturers; a
professor who comes once is neither idle nor a sign of uneven load. External lecturers have the same
figures apart, in the dimension `external`.

**In two teams, given for both.** A session counts for each team that the lecturer belonged to on
the day. Figures by tier add up to the total, those by team need not.

**Blank minutes are not zero.** A lecturer whose minutes are all blank is named and left out; where
some are blank the known ones count, and the flags say how many sessions are missing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from statistics import median
from typing import Annotated, Any

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
    activity_themes,
    declared,
    event,
    facts,
    field,
    frozen,
    headcount_declarations,
    hookimpl,
    indicator,
)
from lianjian.core.activities import WHOLE
from lianjian.core.indicator import Remarks, Rest
from lianjian.core.kit import DAY, Finding, counted, listed, named, odd
from lianjian.core.measures import effective_number, fewest_giving, gini
from lianjian.core.memberships import Memberships, follow

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


# 3. The roll: who was enrolled, and when.


@frozen
class Lecturer:
    """Somebody on the roll, and the terms that they served by the period's end."""

    tier: str
    unit: str | None
    external: bool
    capacity: int | None
    terms: Memberships


CHANGES = (
    "SELECT event, lecturer, team, day, CASE status WHEN 'enrolled' THEN 1 ELSE 0 END "
    "FROM lecturer_terms_to_date ORDER BY day, event"
)


def roll(q: Query) -> dict[str, Lecturer]:
    """Return everybody who was enrolled by the period's end."""
    terms, _ = follow(q.rows(CHANGES), q.end)
    return {
        id_: Lecturer(tier, unit, external == "yes", capacity, terms[id_])
        for id_, tier, unit, external, capacity in q.rows(
            "SELECT lecturer, tier, unit, external, capacity_minutes "
            "FROM lecturer_enrolments_to_date ORDER BY lecturer"
        )
    }


def sides(q: Query) -> Iterator[tuple[dict[str, str], dict[str, Lecturer]]]:
    """Yield the own lecturers on the roll at some time in the period; then any external ones."""
    active = {id_: who for id_, who in roll(q).items() if who.terms.days(q.period)}
    yield {}, {id_: who for id_, who in active.items() if not who.external}
    if external := {id_: who for id_, who in active.items() if who.external}:
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


def sessions_of(q: Query, lecturers: Collection[str]) -> list[tuple[Any, ...]]:
    """Return (position, lecturer, day, minutes) of every session of some lecturers."""
    marks = ", ".join("?" * len(lecturers)) or "NULL"
    sql = "SELECT event, lecturer, day, minutes FROM activity_lecturers WHERE lecturer IN "
    return q.rows(f"{sql} ({marks}) ORDER BY event", tuple(lecturers))


def given_by_team(
    q: Query, enrolled: Mapping[str, Lecturer], gave: Mapping[str, Given]
) -> dict[str, Given]:
    """Return what was given for each team, by the teams that the lecturer was in on the day.

    Only for lecturers who came or went between their sessions does the day have to be looked at.
    """
    parts = {i: g for i, g in gave.items() if i in enrolled}
    moved = [i for i, g in parts.items() if enrolled[i].terms.changed(g.first, g.last)]
    stretches = [(i, g.first, g) for i, g in parts.items() if i not in set(moved)]
    stretches += [
        (lecturer, day, Given(1, minutes or 0, int(minutes is None)))
        for _, lecturer, day, minutes in sessions_of(q, moved)
    ]
    spells = (spell for who in enrolled.values() for spell in who.terms.spells)
    served = {team for team, _, end in spells if team and end > q.start}
    teams = dict.fromkeys(served, NOTHING)
    for lecturer, day, part in stretches:
        for team in enrolled[lecturer].terms.on(day):
            if team is not None:
                teams[team] += part
    return teams


def breakdown(q: Query) -> Iterator[tuple[str, dict[str, str], Given]]:
    """Yield (subject, dimensions, what was given): by all, by each group, by each lecturer.

    Sessions of somebody who was not enrolled by the period's end have a group of their own.
    """
    enrolled, gave = roll(q), given(q)
    active = {i for i, who in enrolled.items() if who.terms.days(q.period)}
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
    return counted(count, "场分钟数空白", "session(s) without minutes")


BLANK = Words("分钟数全部空白", "the minutes of all sessions are blank")


@indicator(
    "lecturers.sessions",
    of=activity_lecturers,
    unit="sessions",
    better="higher",
    per="lecturer",
    zh="宣讲场次：全部、按团队（一人多团各计）、按层级、按是否外请，以及每名讲师",
    en="Sessions given: in all, by team (for each team of the lecturer), tier, external, lecturer",
    formula="Σ s",
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
    zh="宣讲分钟数：全部、按团队（一人多团各计）、按层级、按是否外请，以及每名讲师",
    en="Minutes given: in all, by team (for each team of the lecturer), tier, external, lecturer",
    formula="Σ m",
)
def minutes(q: Query) -> Iterator[Reading]:
    """Add the minutes that are known; sessions without minutes are counted in the flags."""
    for subject, dimensions, gave in breakdown(q):
        flags = _blank(gave.blank)
        if gave.known:
            yield q.reading(subject, gave.minutes, dimensions=dimensions, flags=flags)
        else:
            yield q.none(subject, BLANK, dimensions=dimensions, flags=flags)


# 5. Who has too little to do, and who too much.

# Yes, no, or why nobody can tell; and what belongs to that.
Verdict = tuple[bool | Words, Rest]


def verdicts(q: Query, judge: Callable[[Lecturer, Given], Verdict]) -> Iterator[Reading]:
    """Yield 1 or 0 for each lecturer, and how many have 1 of those that can be judged."""
    gave = given(q)
    for dimensions, lecturers in sides(q):
        told = {id_: judge(who, gave.get(id_, NOTHING)) for id_, who in lecturers.items()}
        for id_, (verdict, rest) in told.items():
            subject, rest["dimensions"] = f"lecturer:{id_}", dimensions
            if isinstance(verdict, Words):
                yield q.none(subject, verdict, **rest)
            else:
                yield q.reading(subject, int(verdict), **rest)
        judged = [verdict for verdict, _ in told.values() if not isinstance(verdict, Words)]
        flags = counted(len(told) - len(judged), "名无法判断", "lecturer(s) cannot be judged")
        whole = Rest(denominator=len(judged), dimensions=dimensions, flags=flags)
        yield q.reading(ALL, sum(judged), **whole) if judged else q.none(ALL, NOBODY, **whole)


NOBODY = Words("没有可判断的讲师", "there is no lecturer who can be judged")
LONG_ENOUGH = 90  # active days after which no session at all means idle
TOO_SHORT = Words(f"在册不足 {LONG_ENOUGH} 天", f"fewer than {LONG_ENOUGH} days on the roll")
NO_CAPACITY = Words("未登记可用分钟数", "no capacity is declared")
PARTLY_BLANK = Words("有场次分钟数空白", "some sessions are without minutes")


@indicator(
    "lecturers.idle",
    of=(activity_lecturers, lecturer_terms),
    unit="lecturers",
    better="lower",
    per="lecturer",
    zh="闲置讲师数：期间内在册天数 d 满 90 而宣讲场次 s 为零；外请讲师单列",
    en="Idle lecturers: no session s in at least 90 active days d; external lecturers apart",
    formula="#{s = 0, d ≥ 90}",
)
def idle(q: Query) -> Iterator[Reading]:
    """Count those who gave nothing; whoever was not there for long enough cannot be judged."""

    def judge(who: Lecturer, gave: Given) -> Verdict:
        days = who.terms.days(q.period)
        if days >= LONG_ENOUGH:
            return gave.sessions == 0, Rest()
        return TOO_SHORT, Rest(flags=counted(days, "天在册", "day(s) on the roll"))

    yield from verdicts(q, judge)


@indicator(
    "lecturers.overloaded",
    of=(activity_lecturers, lecturer_terms),
    unit="lecturers",
    better="lower",
    per="lecturer",
    zh="超负荷讲师数：宣讲分钟数 m 多于按在册天数 d 折算的年度可用分钟数 c（y 为全年天数）；外请讲师单列",
    en="Overloaded lecturers: more minutes m than their capacity c a year, pro rata for the days d "
    "on the roll of the year's y; external lecturers apart",
    formula="#{m > Σ c × d / y}",
)
def overloaded(q: Query) -> Iterator[Reading]:
    """Count those above their capacity; with blank minutes only what is known can be above it."""

    def judge(who: Lecturer, gave: Given) -> Verdict:
        if who.capacity is None:
            return NO_CAPACITY, Rest(numerator=gave.minutes)
        due = who.terms.pro_rata(who.capacity, q.period)
        over = gave.minutes > due
        told = PARTLY_BLANK if gave.blank and not over else over
        return told, Rest(numerator=gave.minutes, denominator=due)

    yield from verdicts(q, judge)


# 6. How evenly, and how widely.


def over_minutes(q: Query, measure: Callable[[list[int]], float]) -> Iterator[Reading]:
    """Yield a measure of the minutes of each side's lecturers, the idle with 0 among them."""
    gave = given(q)
    for dimensions, lecturers in sides(q):
        parts = {id_: gave.get(id_, NOTHING) for id_ in lecturers}
        known = [part.minutes for part in parts.values() if part.known]
        blank = [id_ for id_, part in parts.items() if not part.known]
        flags = named(BLANK.zh, BLANK.en, blank)
        flags += _blank(sum(part.blank for part in parts.values()))
        rest = Rest(denominator=len(known), dimensions=dimensions, flags=flags)
        yield q.measured(ALL, partial(measure, known), **rest)


@indicator(
    "lecturers.gini",
    of=(activity_lecturers, lecturer_terms),
    unit="ratio",
    better="lower",
    zh="讲师宣讲分钟数的基尼系数，含闲置者（0 为各人相同）；外请讲师单列",
    en="Gini coefficient of lecturers' minutes, the idle included (0: all alike); external apart",
    formula="G = Σ (2i - n - 1) x_i / (n Σ x_i), x_1 ≤ … ≤ x_n",
)
def uneven_load(q: Query) -> Iterator[Reading]:
    """Measure inequality over the lecturers on the roll whose minutes are known."""
    yield from over_minutes(q, gini)


@indicator(
    "lecturers.half_load",
    of=(activity_lecturers, lecturer_terms),
    unit="lecturers",
    better="higher",
    zh="承担一半宣讲分钟数的最少讲师人数；外请讲师单列",
    en="Fewest lecturers who together give half of the minutes; external lecturers apart",
    formula="min k: x_1 + … + x_k ≥ Σ x_i / 2, x_1 ≥ … ≥ x_n",
)
def half_load(q: Query) -> Iterator[Reading]:
    """Tell on how few lecturers the work rests."""
    yield from over_minutes(q, fewest_giving)


# What two units have in common under the tree: both may count, in parts, for the same successor.
COMMON = (
    "SELECT a.unit AS home, b.unit AS host, sum(CASE WHEN a.share_bp < b.share_bp "
    "THEN a.share_bp ELSE b.share_bp END) AS share_bp FROM projections a JOIN projections b "
    "ON b.seen_as = a.seen_as WHERE a.unit <> b.unit GROUP BY a.unit, b.unit"
)
NO_HOME = Words("未登记所属单位", "no home unit is known")
NO_SESSIONS = Words("期间内没有宣讲", "no sessions in the period")


@indicator(
    "lecturers.sharing",
    of=activity_lecturers,
    unit="share",
    better="higher",
    per="lecturer",
    zh="师资共享率：在所属单位 u 以外主办（h）的场次 ÷ 所属单位已知的场次 n；外请讲师单列",
    en="Sharing: sessions of which the host h is not the lecturer's home unit u / sessions n with a "
    "home unit known; external lecturers apart",
    formula="#{h ≠ u} / n",
)
def sharing(q: Query) -> Iterator[Reading]:
    """Tell how much of the work is done for others; a unit merged with one's own is none of them."""
    # MATERIALIZED, or SQLite reads the small views again for every session (17 s, not 0.2 s).
    held = {
        id_: (count, Fraction(at_home, WHOLE))
        for id_, count, at_home in q.rows(
            "WITH homes AS MATERIALIZED (SELECT lecturer, unit FROM lecturer_enrolments_to_date), "
            f"common AS MATERIALIZED ({COMMON}) SELECT l.lecturer, sum(l.sessions), "
            f"sum(l.sessions * CASE WHEN l.host = h.unit THEN {WHOLE} ELSE coalesce(c.share_bp, 0) "
            "END) FROM activity_lecturers l JOIN homes h ON h.lecturer = l.lecturer LEFT JOIN "
            "common c ON c.home = h.unit AND c.host = l.host GROUP BY l.lecturer"
        )
    }
    for dimensions, lecturers in sides(q):
        away, known, homeless = Fraction(0), 0, 0
        for id_, who in lecturers.items():
            count, at_home = held.get(id_, (0, Fraction(0)))
            if who.unit is None:
                homeless += count
                yield q.none(f"lecturer:{id_}", NO_HOME, dimensions=dimensions)
                continue
            away, known = away + count - at_home, known + count
            yield q.ratio(
                f"lecturer:{id_}", count - at_home, count, NO_SESSIONS, dimensions=dimensions
            )
        reason = NO_HOME if homeless else NO_SESSIONS
        flags = counted(homeless, "场所属单位未知", "session(s) without a home unit")
        yield q.ratio(ALL, away, known, reason, dimensions=dimensions, flags=flags)


# Minutes times the share of each theme, of the activities at which somebody spoke.
THEME_MINUTES = (
    "SELECT l.lecturer, sum(t.minute_bp) FROM activity_lecturers l "
    "JOIN activity_themes t ON t.event = l.event WHERE t.minute_bp IS NOT NULL "
    "GROUP BY l.lecturer, t.theme"
)
THEMED = (
    "SELECT l.lecturer, sum(l.sessions) FROM activity_lecturers l JOIN (SELECT DISTINCT event FROM "
    "activity_themes WHERE minute_bp IS NOT NULL) t ON t.event = l.event GROUP BY l.lecturer"
)
NO_THEMES = Words("各场主题或时长均未登记", "theme or length is not known of any session")


@indicator(
    "lecturers.breadth",
    of=(activity_lecturers, activity_themes),
    unit="kinds",
    better="higher",
    per="lecturer",
    zh="宣讲主题广度：有效主题数，p 为各主题所占分钟",
    en="Effective number of themes a lecturer speaks on, p the share of minutes of each",
    formula="e^H, H = -Σ p ln p",
)
def breadth(q: Query) -> Iterator[Reading]:
    """Weigh themes by the minutes of the activities spoken at, split by share; of all, the median."""
    themes: dict[str, list[int]] = defaultdict(list)
    for id_, minute_bp in q.rows(THEME_MINUTES):
        themes[id_].append(minute_bp)
    themed, gave = dict(q.rows(THEMED)), given(q)
    for dimensions, lecturers in sides(q):
        values = []
        for id_ in lecturers:
            subject, sessions = f"lecturer:{id_}", gave.get(id_, NOTHING).sessions
            unknown = sessions - themed.get(id_, 0)
            flags = counted(unknown, "场主题或时长未登记", "session(s) without theme or length")
            rest = Remarks(dimensions=dimensions, flags=flags)
            if id_ in themes:
                made = q.measured(subject, partial(effective_number, themes[id_]), **rest)
            else:
                made = q.none(subject, NO_THEMES if sessions else NO_SESSIONS, **rest)
            yield made
            values += [] if made.value is None else [made.value]
        whole = Rest(denominator=len(values), dimensions=dimensions)
        yield (
            q.reading(ALL, median(values), **whole) if values else q.none(ALL, NO_BREADTH, **whole)
        )


NO_BREADTH = Words("没有已知主题的讲师", "of no lecturer are the themes known")


@indicator(
    "lecturers.per_thousand",
    of=(lecturer_enrolments, lecturer_terms, headcount_declarations),
    unit="ratio",
    better="higher",
    zh="每千人讲师数 n ÷（h ÷ 1000），按层级；h 为申报人数",
    en="Lecturers n per 1,000 persons of the headcount h, by tier",
    formula="n / (h / 1000)",
)
def per_thousand(q: Query) -> Iterator[Reading]:
    """Divide own lecturers on the roll on the last day by the persons of their tier's units.

    Persons are those that units of the district declared by the period's end, without the public,
    of whom nobody declares how many they are.
    """
    last = (q.period.end - DAY).isoformat()
    own = [who for who in roll(q).values() if not who.external and who.terms.on(last)]
    lecturers = Counter({"": len(own)}) + Counter(who.tier for who in own)
    heads, missing = defaultdict[str, Fraction](Fraction), Counter[str]()
    for tier, persons in q.rows(HEADS):
        for part in ("", tier):  # "" is all tiers
            heads[part] += Fraction(persons or 0)
            missing[part] += persons is None
    for tier in sorted({"", *lecturers, *heads}):
        flags = counted(missing[tier], "家单位未申报人数", "unit(s) without a headcount")
        marks = {"tier": tier} if tier else {}
        persons = heads[tier] / 1000
        yield q.ratio(ALL, lecturers[tier], persons, NO_HEADS, dimensions=marks, flags=flags)


HEADS = """
    SELECT u.tier, h.persons FROM units u
    LEFT JOIN headcounts h ON h.unit = u.unit AND h.category <> 'public'
    WHERE u.kind <> 'external' ORDER BY u.unit, h.category
"""
NO_HEADS = Words("未申报人数", "no headcount was declared")


@indicator(
    "lecturers.team_size",
    of=(team_formations, lecturer_terms),
    unit="share",
    better="higher",
    per="team",
    zh="团队组建进度：期末成员数 n ÷ 目标人数 t（如“百名”为 100）",
    en="Team size: members n at the period's end / the number t the team is to have",
    formula="n / t",
)
def team_size(q: Query) -> Iterator[Reading]:
    """Compare members with the target of each team; of all, places filled with places planned.

    A team of which no member was ever recorded is not known to be empty.
    """
    last = (q.period.end - DAY).isoformat()
    everybody = [who.terms for who in roll(q).values()]
    recorded = {team for terms in everybody for team, *_ in terms.spells}
    members = Counter(team for terms in everybody for team in terms.on(last))
    filled, planned = 0, 0
    for team, target in q.rows("SELECT team, target FROM team_formations_to_date ORDER BY team"):
        if team not in recorded:
            yield q.none(f"team:{team}", NO_MEMBERS, denominator=target)
        elif target is None:
            yield q.none(f"team:{team}", NO_TARGET, numerator=members[team])
        else:
            filled, planned = filled + members[team], planned + target
            yield q.ratio(f"team:{team}", members[team], target, NO_TARGET)
    yield q.ratio(ALL, filled, planned, NO_PAIR)


NO_TARGET = Words("未登记目标人数", "no target is declared")
NO_MEMBERS = Words("未登记任何成员", "no member was ever recorded")
NO_PAIR = Words("没有目标与成员都已登记的团队", "no team has both a target and recorded members")


# 7. What does not fit together. It was reported all the same, so it is listed, not refused.


def strangers(q: Query) -> Iterator[Finding]:
    """Yield the sessions given by somebody who was not enrolled on the day."""
    terms, suspects = {id_: who.terms for id_, who in roll(q).items()}, []
    for id_, part in given(q).items():
        span = Period(date.fromisoformat(part.first), date.fromisoformat(part.last) + DAY)
        if terms.get(id_, NEVER).days(span) < span.days:
            suspects.append(id_)
    for position, id_, day, _ in sessions_of(q, suspects):
        if not terms.get(id_, NEVER).on(day):
            yield id_, position, Words(f"{day} 不在册", f"not enrolled on {day}")


NEVER = Memberships()
TWICE = Words("加入时已在该团队", "joins a team while in it already")
NOT_IN = Words("离开时不在该团队", "is released from a team while not in it")
OVERLONG = """
    SELECT l.lecturer, t.event, t.spoken, a.minutes FROM (
        SELECT event, sum(minutes) AS spoken FROM activity_lecturers GROUP BY event
    ) t JOIN activities_held a ON a.event = t.event JOIN activity_lecturers l ON l.event = t.event
    WHERE t.spoken > a.minutes
"""


@indicator(
    "lecturers.contradictions",
    of=(activity_lecturers, activities_held, lecturer_terms),
    unit="events",
    better="lower",
    per="lecturer",
    zh="讲师记录中的矛盾：不在册而宣讲、宣讲分钟数超过活动时长、进出团队前后不符",
    en="Contradictions in the records of lecturers: sessions while not enrolled, more minutes "
    "spoken than the activity had, teams joined twice or left without being in them",
    formula="#E",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List the events that cannot all be right, with position and reason."""
    zh, en = "宣讲合计 {0} 分钟，活动仅 {1} 分钟", "{0} minutes spoken in an activity of {1}"
    moves = [
        (id_, position, TWICE if joined else NOT_IN)
        for position, id_, _, day, joined in follow(q.rows(CHANGES), q.end)[1]
        if day >= q.start
    ]
    yield from listed(q, "lecturer", [*strangers(q), *odd(q, OVERLONG, zh, en), *moves])


@hookimpl
def lianjian_family() -> Family:
    """Return the family of lecturers."""
    return Family("lecturers", version=1, zh="讲师", en="Lecturers", **declared(__name__))
