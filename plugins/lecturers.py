"""Lecturers: who speaks, how much, and on how few it rests (师资力量优化共享).

The roll is this family's own; the sessions are core's, one row for each speaker of an activity:

    LecturerEnrolled, … ── lecturer_terms ──▶ lecturer, team, status     ┐
    ActivityHeld ── activity_lecturers ──▶ lecturer, host, minutes, …    ┴─▶ Reading

**One person, one id.** `lecturer.enrolled` introduces an id, so it can be said once. A further
team, or a return after a release, is `lecturer.joined`: whoever comes back is not a new person.

**Given is counted whole, judged is one's own.** Sessions and minutes count whoever spoke, with
groups beside the total. The other figures judge the district's own lecturers; external ones have the same
apart. In two teams, given for both, those of the day: teams need not add up to the total.

**Blank minutes are not zero.** A lecturer whose minutes are all blank is named and left out; where
some are blank the known ones count, and the flags say how many sessions are missing.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated

from attrs.validators import ge, min_len, optional

from lianjian.core import (
    ALL,
    Family,
    New,
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
    speakers,
)
from lianjian.core.indicator import Remarks, Rest
from lianjian.core.kit import DAY, counted, listed, middle, named, persons_by_tier
from lianjian.core.measures import effective_number, fewest_giving, gini
from lianjian.core.memberships import Memberships, follow, misfits
from lianjian.core.speakers import NOTHING, Given

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
    external: str
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
        id_: Lecturer(tier, unit, external, capacity, terms[id_])
        for id_, tier, unit, external, capacity in q.rows(
            "SELECT lecturer, tier, unit, external, capacity_minutes "
            "FROM lecturer_enrolments_to_date ORDER BY lecturer"
        )
    }


def sides(q: Query) -> Iterator[tuple[dict[str, str], dict[str, Lecturer]]]:
    """Yield the own lecturers on the roll at some time in the period; then any external ones."""
    active = {id_: who for id_, who in roll(q).items() if who.terms.days(q.period)}
    yield {}, {id_: who for id_, who in active.items() if who.external == "no"}
    if external := {id_: who for id_, who in active.items() if who.external == "yes"}:
        yield {"external": "yes"}, external


# 4. What was given.


def breakdown(q: Query) -> Iterator[tuple[str, dict[str, str], Given]]:
    """Yield (subject, dimensions, what was given): by all, by each lecturer, by each group.

    Whoever is on the roll is there, with nothing. Sessions of somebody who was not enrolled by the
    period's end have a group of their own.
    """
    people, found = roll(q), defaultdict(lambda: NOTHING, {(ALL, "", ""): NOTHING})
    sql = "SELECT DISTINCT lecturer FROM lecturer_terms WHERE day > ?"
    parts = speakers.given_by_day(q, q.column(sql, (q.start,)))
    for id_, who in people.items():
        firsts = [max(start, q.start) for _, start, end in who.terms.spells if end > q.start]
        parts += [(id_, day, NOTHING) for day in firsts if who.terms.on(day)]
    for id_, day, part in parts:
        keys = [(ALL, "", ""), (f"lecturer:{id_}", "", "")]
        if one := people.get(id_):
            keys += [(ALL, "tier", one.tier), (ALL, "external", one.external)]
            keys += [(ALL, "team", team) for team in one.terms.on(day) if team]
        else:
            keys.append((ALL, "enrolled", "no"))
        for key in keys:
            found[key] += part
    for (subject, dimension, code), gave in found.items():
        yield subject, {dimension: code} if dimension else {}, gave


BLANK = Words("分钟数全部空白", "the minutes of all sessions are blank")
of_sessions = partial(indicator, of=activity_lecturers, better="higher", per="lecturer")
of_the_roll = partial(indicator, of=(activity_lecturers, lecturer_terms))


@of_sessions(
    "lecturers.sessions",
    unit="sessions",
    zh="宣讲场次：全部、按团队（一人多团各计）、按层级、按是否外请，以及每名讲师",
    en="Sessions given: in all, by team (for each team of the lecturer), tier, external, lecturer",
    formula="Σ s",
)
def sessions(q: Query) -> Iterator[Reading]:
    """Count sessions; a lecturer or team on the roll that gave none has 0."""
    for subject, dimensions, gave in breakdown(q):
        yield q.reading(subject, gave.sessions, dimensions=dimensions)


@of_sessions(
    "lecturers.minutes",
    unit="minutes",
    zh="宣讲分钟数：全部、按团队（一人多团各计）、按层级、按是否外请，以及每名讲师",
    en="Minutes given: in all, by team (for each team of the lecturer), tier, external, lecturer",
    formula="Σ m",
)
def minutes(q: Query) -> Iterator[Reading]:
    """Add the minutes that are known; sessions without minutes are counted in the flags."""
    for subject, dimensions, gave in breakdown(q):
        rest = Remarks(dimensions=dimensions, flags=gave.flags)
        known = gave.known
        yield q.reading(subject, gave.minutes, **rest) if known else q.none(subject, BLANK, **rest)


# 5. Who has too little to do, and who too much.

Judge = Callable[[str, Mapping[str, str], Lecturer, Given], Reading]


def verdicts(q: Query, judge: Judge) -> Iterator[Reading]:
    """Yield 1 or 0 for each lecturer, and how many have 1 of those that can be judged."""
    gave = speakers.given(q)
    for marks, people in sides(q):
        told = [judge(f"lecturer:{i}", marks, people[i], gave.get(i, NOTHING)) for i in people]
        yield from told
        judged = [int(r.value) for r in told if r.value is not None]
        flags = counted(len(told) - len(judged), "名无法判断", "lecturer(s) cannot be judged")
        whole = Rest(denominator=len(judged), dimensions=marks, flags=flags)
        yield q.reading(ALL, sum(judged), **whole) if judged else q.none(ALL, NOBODY, **whole)


NOBODY = Words("没有可判断的讲师", "there is no lecturer who can be judged")
LONG_ENOUGH = 90  # active days after which no session at all means idle
TOO_SHORT = Words(f"在册不足 {LONG_ENOUGH} 天", f"fewer than {LONG_ENOUGH} days on the roll")
NO_CAPACITY = Words("未登记可用分钟数", "no capacity is declared")
PARTLY_BLANK = Words("有场次分钟数空白", "some sessions are without minutes")


@of_the_roll(
    "lecturers.idle",
    unit="lecturers",
    better="lower",
    per="lecturer",
    zh="闲置讲师数：期间内在册天数 d 满 90 而宣讲场次 s 为零；外请讲师单列",
    en="Idle lecturers: no session s in at least 90 active days d; external lecturers apart",
    formula="#{s = 0, d ≥ 90}",
)
def idle(q: Query) -> Iterator[Reading]:
    """Count those who gave nothing; whoever was not there for long enough cannot be judged."""

    def judge(subject: str, marks: Mapping[str, str], who: Lecturer, gave: Given) -> Reading:
        days = who.terms.days(q.period)
        if days >= LONG_ENOUGH:
            return q.reading(subject, gave.sessions == 0, dimensions=marks)
        flags = counted(days, "天在册", "day(s) on the roll")
        return q.none(subject, TOO_SHORT, dimensions=marks, flags=flags)

    yield from verdicts(q, judge)


@of_the_roll(
    "lecturers.overloaded",
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

    def judge(subject: str, marks: Mapping[str, str], who: Lecturer, gave: Given) -> Reading:
        rest = Rest(numerator=gave.minutes, dimensions=marks)
        if who.capacity is None:
            return q.none(subject, NO_CAPACITY, **rest)
        rest["denominator"] = due = who.terms.pro_rata(who.capacity, q.period)
        over = gave.minutes > due
        if gave.blank and not over:
            return q.none(subject, PARTLY_BLANK, **rest)
        return q.reading(subject, over, **rest)

    yield from verdicts(q, judge)


# 6. How evenly, and how widely.


def over_minutes(q: Query, measure: Callable[[list[int]], float]) -> Iterator[Reading]:
    """Yield a measure of the minutes of each side's lecturers, the idle with 0 among them."""
    gave = speakers.given(q)
    for dimensions, lecturers in sides(q):
        parts = {id_: gave.get(id_, NOTHING) for id_ in lecturers}
        known = [part.minutes for part in parts.values() if part.known]
        flags = named(BLANK.zh, BLANK.en, [id_ for id_, part in parts.items() if not part.known])
        flags += sum(parts.values(), NOTHING).flags
        rest = Rest(denominator=len(known), dimensions=dimensions, flags=flags)
        yield q.measured(ALL, partial(measure, known), **rest)


@of_the_roll(
    "lecturers.gini",
    unit="ratio",
    better="lower",
    zh="讲师宣讲分钟数的基尼系数，含闲置者（0 为各人相同）；外请讲师单列",
    en="Gini coefficient of lecturers' minutes, the idle included (0: all alike); external apart",
    formula="G = Σ (2i - n - 1) x_i / (n Σ x_i), x_1 ≤ … ≤ x_n",
)
def uneven_load(q: Query) -> Iterator[Reading]:
    """Measure inequality over the lecturers on the roll whose minutes are known."""
    yield from over_minutes(q, gini)


@of_the_roll(
    "lecturers.half_load",
    unit="lecturers",
    better="higher",
    zh="承担一半宣讲分钟数的最少讲师人数；外请讲师单列",
    en="Fewest lecturers who together give half of the minutes; external lecturers apart",
    formula="min k: x_1 + … + x_k ≥ Σ x_i / 2, x_1 ≥ … ≥ x_n",
)
def half_load(q: Query) -> Iterator[Reading]:
    """Tell on how few lecturers the work rests."""
    yield from over_minutes(q, fewest_giving)


NO_HOME = Words("未登记所属单位", "no home unit is known")
NO_SESSIONS = Words("期间内没有宣讲", "no sessions in the period")


@of_sessions(
    "lecturers.sharing",
    unit="share",
    zh="师资共享率：在所属单位 u 以外主办（h）的场次 ÷ 所属单位已知的场次 n；外请讲师单列",
    en="Sharing: sessions of which the host h is not the lecturer's home unit u / sessions n with a "
    "home unit known; external lecturers apart",
    formula="#{h ≠ u} / n",
)
def sharing(q: Query) -> Iterator[Reading]:
    """Tell how much of the work is done for others; a unit merged with one's own is none of them."""
    for dimensions, lecturers in sides(q):
        held = speakers.sessions_away(q, {id_: who.unit for id_, who in lecturers.items()})
        for id_, (count, away) in held.items():
            subject = f"lecturer:{id_}"
            if lecturers[id_].unit is None:
                yield q.none(subject, NO_HOME, dimensions=dimensions)
            else:
                yield q.ratio(subject, away, count, NO_SESSIONS, dimensions=dimensions)
        homeless = sum(held[id_][0] for id_, who in lecturers.items() if who.unit is None)
        known = sum(count for count, _ in held.values()) - homeless
        all_away = sum(away for _, away in held.values())
        none = NO_HOME if homeless else NO_SESSIONS
        flags = counted(homeless, "场所属单位未知", "session(s) without a home unit")
        yield q.ratio(ALL, all_away, known, none, dimensions=dimensions, flags=flags)


NO_THEMES = Words("各场主题或时长均未登记", "theme or length is not known of any session")
NO_BREADTH = Words("没有已知主题的讲师", "of no lecturer are the themes known")


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
    themes, unknown = speakers.minutes_by_theme(q)
    for dimensions, lecturers in sides(q):
        made = []
        for id_ in lecturers:
            silent = unknown[id_]
            flags = counted(silent, "场主题或时长未登记", "session(s) without theme or length")
            rest, subject = Remarks(dimensions=dimensions, flags=flags), f"lecturer:{id_}"
            if id_ in themes:
                made.append(q.measured(subject, partial(effective_number, themes[id_]), **rest))
            else:
                made.append(q.none(subject, NO_THEMES if silent else NO_SESSIONS, **rest))
        yield from made
        values = [r.value for r in made if r.value is not None]
        yield middle(q, ALL, values, NO_BREADTH, dimensions=dimensions)


NO_HEADS = Words("未申报人数", "no headcount was declared")


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
    """Divide own lecturers on the roll on the last day by the persons of their tier's units."""
    last = (q.period.end - DAY).isoformat()
    own = [w.tier for w in roll(q).values() if w.external == "no" and w.terms.on(last)]
    lecturers, heads = Counter([*own, *("" for _ in own)]), persons_by_tier(q)  # "" is all tiers
    for tier in sorted({"", *lecturers, *heads}):
        persons, missing = heads.get(tier, (Fraction(0), 0))
        flags = counted(missing, "家单位未申报人数", "unit(s) without a headcount")
        marks = {"tier": tier} if tier else {}
        count, thousands = lecturers[tier], persons / 1000
        yield q.ratio(ALL, count, thousands, NO_HEADS, dimensions=marks, flags=flags)


NO_TARGET = Words("未登记目标人数", "no target is declared")
NO_MEMBERS = Words("未登记任何成员", "no member was ever recorded")
NO_PAIR = Words("没有目标与成员都已登记的团队", "no team has both a target and recorded members")


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


# 7. What does not fit together. It was reported all the same, so it is listed, not refused.


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
    terms = {id_: who.terms for id_, who in roll(q).items()}
    moves = misfits(follow(q.rows(CHANGES), q.end)[1], q.start)
    yield from listed(q, "lecturer", [*speakers.strangers(q, terms), *speakers.overlong(q), *moves])


@hookimpl
def lianjian_family() -> Family:
    """Return the family of lecturers."""
    return Family("lecturers", version=1, zh="讲师", en="Lecturers", **declared(__name__))
