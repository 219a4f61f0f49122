"""Loop: what was planned, and whether it came full circle (规划—推进—监督—评估).

A family without events of its own: it reads the norms, plans, checks, rectifications and activities
that core keeps.

    plan_items × plans_adopted ──▶ items ─┬─ activities, evidence ──▶ advanced
                                          ├─ checks ────────────────▶ supervised
                                          └─ evaluations ───────────▶ evaluated; met = closed
    activity_hosts, activities_held ──▶ how regularly it is done
    norms, rectifications           ──▶ what it rests on, and whether what was found is mended

**Which items.** Those of plans whose days touch the period, as far as they were set by its end. A plan
across New Year belongs to both years. What counts is what is known by the period's end: an item that
is evaluated in January stands open in the year before; ask for a longer period to see it closed.

**Closed** is an item by its first evaluation `met`, by nothing else. One closed late is not overdue
any more, and yet was not on time. Every item that an activity serves is advanced by it.

**Whose items.** Those of the responsible unit, whole for each of its heirs: an item is a duty, not an
amount. An item without a unit counts for all alone. How regularly units host is asked of the units of
the district; co-hosts host.

**Blank is not zero.** What has no due day, no target or no minutes is left out of both sides, and
counted in the flags.

Sources: stage conversion, regularity and the four pillars are the mission's own; the band of the
elective share is our convention, which a method of evaluation replaces by its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from itertools import pairwise

from lianjian.core import (
    ALL,
    Family,
    Query,
    Reading,
    Words,
    activities_held,
    activity_hosts,
    check_plan_items,
    declared,
    frozen,
    hookimpl,
    indicator,
    norm_versions,
    norms_issued,
    plan_item_activities,
    plan_item_evaluations,
    plan_item_roles,
    plan_item_tags,
    plan_items,
    plans_adopted,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.activities import WHOLE
from lianjian.core.kit import (
    counted,
    days_from,
    district_units,
    heirs,
    listed,
    open_months,
    span,
    spread,
    survival,
    weight,
    weighted_share,
)
from lianjian.core.measures import burstiness, median, pielou
from lianjian.core.vocabulary import VocabularyTerm, installed, term

# 1. Items, and what is known of them by the period's end.

NO_ITEMS = Words("没有计划事项", "no item of a plan of the period")
NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")

ITEMS = """
    SELECT i.plan_item, i.obligation, i.pillar, i.unit, i.due_on, i.norm, i.owner_post, i.target_n,
        p.ends
    FROM plan_items_to_date i JOIN plans_adopted_to_date p ON p.plan = i.plan
    WHERE p.starts < ? AND p.ends >= ? ORDER BY i.plan_item
"""


@frozen
class Item:
    """One thing that a plan wants done; `ends` is the plan's last day."""

    id: str
    obligation: str
    pillar: str | None
    unit: str | None
    due_on: str | None
    norm: str | None
    owner_post: str | None
    target: int | None
    ends: str


def bounds(q: Query) -> tuple[str, str]:
    """Return the first day after the period, and its first day, as they stand in fact tables."""
    return q.end, q.start


def items(q: Query) -> list[Item]:
    """Return the items of the plans whose days touch the period."""
    return [Item(*row) for row in q.rows(ITEMS, bounds(q))]


def under(seen_as: Mapping[str, Sequence[tuple[str, int]]], unit: str) -> list[str]:
    """Return the units of the tree under which a unit counts."""
    return [target for target, _ in seen_as.get(unit, [(unit, WHOLE)])]


def of_each(q: Query) -> Iterator[tuple[str, list[Item], list[Words]]]:
    """Yield the items of all, with a flag for those without a unit, then those of each unit."""
    found, seen_as = items(q), heirs(q)
    of_unit: dict[str, list[Item]] = defaultdict(list)
    for item in found:
        for unit in under(seen_as, item.unit) if item.unit else ():
            of_unit[unit].append(item)
    nobody = sum(item.unit is None for item in found)
    yield ALL, found, counted(nobody, "项未定责任单位", "items without a responsible unit")
    for unit, own in of_unit.items():
        yield f"unit:{unit}", own, []


def closings(q: Query) -> dict[str, str]:
    """Return when items were closed: the first day on which they were found to be met."""
    return dict(
        q.rows(
            "SELECT plan_item, min(day) FROM plan_item_evaluations_to_date "
            "WHERE outcome = 'met' GROUP BY plan_item"
        )
    )


def without_day(some: Iterable[Item]) -> list[Words]:
    """Return a flag that says how many items have no due day."""
    return counted(sum(i.due_on is None for i in some), "项未定期限", "items without a due day")


def lacking(zh: str, en: str, missing: Sequence[Words | VocabularyTerm]) -> list[Words]:
    """Return a flag that names what is missing, or none where nothing is."""
    names = "、".join(said.zh for said in missing), ", ".join(said.en for said in missing)
    return [Words(f"{zh}：{names[0]}", f"{en}: {names[1]}")] if missing else []


@indicator(
    "loop.items",
    of=(plan_items, plan_item_tags),
    unit="items",
    better="neither",
    per="unit",
    formula="n",
    zh="计划事项数，按责任单位、四方面、规定与自选、目标",
    en="Plan items, by responsible unit, pillar, obligation and goal",
)
def count(q: Query) -> Iterator[Reading]:
    """Count the items of all and of each unit; goals (三清) are counted, and never measured."""
    sql = "SELECT plan_item, code FROM plan_item_tags_to_date WHERE tag = 'goal'"
    goals = [(item, goal) for item, goal in q.rows(sql)]
    for subject, own, flags in of_each(q):
        yield q.reading(subject, len(own), flags=flags)
        if subject == ALL:
            ids = {item.id for item in own}
            by = {
                "pillar": Counter(item.pillar for item in own if item.pillar),
                "obligation": Counter(item.obligation for item in own),
                "goal": Counter(goal for item, goal in goals if item in ids),
            }
            for scheme, counts in by.items():
                for code in sorted({*installed()[scheme], *counts}):
                    yield q.reading(ALL, counts[code], dimensions={scheme: code})


NO_PILLAR = Words("事项均未注明四方面", "of no item is the pillar known")


@indicator(
    "loop.pillar_balance",
    of=plan_items,
    unit="ratio",
    better="higher",
    formula="J = H / ln 4, H = -Σ p ln p",
    zh="四方面均衡度：事项的香农熵 ÷ ln 4",
    en="Balance of the four pillars: Shannon entropy of items / ln 4",
)
def pillar_balance(q: Query) -> Iterator[Reading]:
    """Tell how evenly the items lie over the four pillars, by Pielou's evenness."""
    found = items(q)
    pillars = Counter(item.pillar for item in found if item.pillar)
    blank = len(found) - pillars.total()
    flags = counted(blank, "项未注明四方面", "items without a pillar")
    if not pillars:
        yield q.none(ALL, NO_PILLAR if found else NO_ITEMS, flags=flags)
        return
    evenness = partial(pielou, pillars.values(), len(installed()["pillar"]))
    yield q.measured(ALL, evenness, denominator=pillars.total(), flags=flags)


# 2. The four stages. Evidence that was attached to an item advances it, too, and yet is not named in
#    `of`: its table does not tell items from activities, and `why` would open all there is.

STAGES = {
    "advance": "SELECT plan_item FROM plan_item_activities_to_date UNION "
    "SELECT target FROM evidence_to_date WHERE kind_of_target = 'plan_item'",
    "supervise": "SELECT DISTINCT plan_item FROM check_plan_items_to_date",
    "evaluate": "SELECT DISTINCT plan_item FROM plan_item_evaluations_to_date",
}
STAGE_EVIDENCE = (plan_items, plan_item_activities, check_plan_items, plan_item_evaluations)


def reached(q: Query) -> dict[str, set[str]]:
    """Return, by stage, the items that reached it; each was planned."""
    ids = {item.id for item in items(q)}
    return {"plan": ids} | {stage: ids.intersection(q.column(sql)) for stage, sql in STAGES.items()}


@indicator(
    "loop.stages",
    of=STAGE_EVIDENCE,
    unit="ratio",
    better="higher",
    per="plan_item",
    formula="s / 4",
    zh="事项所达环节：规划、推进、监督、评估 ÷ 4",
    en="Stages that an item reached: plan, advance, supervise, evaluate / 4",
)
def stages(q: Query) -> Iterator[Reading]:
    """Tell how far each item came, and name the stages that it did not reach."""
    by_stage = reached(q)
    found = sorted(by_stage["plan"])
    came = sum(map(len, by_stage.values()))
    yield q.ratio(ALL, came, len(by_stage) * len(found), NO_ITEMS)
    for item in found:
        missing = [term("stage", stage) for stage, ids in by_stage.items() if item not in ids]
        flags = lacking("未达环节", "not reached", missing)
        done = len(by_stage) - len(missing)
        yield q.ratio(f"plan_item:{item}", done, len(by_stage), NO_ITEMS, flags=flags)


@indicator(
    "loop.stage_conversion",
    of=STAGE_EVIDENCE,
    unit="share",
    better="higher",
    formula="n(s) / n",
    zh="各环节到达率：到达该环节的事项 ÷ 事项",
    en="Items that reached the stage / items",
)
def stage_conversion(q: Query) -> Iterator[Reading]:
    """Tell what share of the items reached each stage; all were planned."""
    by_stage = reached(q)
    for stage, ids in by_stage.items():
        dimensions = {"stage": stage}
        yield q.ratio(ALL, len(ids), len(by_stage["plan"]), NO_ITEMS, dimensions=dimensions)


# 3. What was due, and what was done of it.

NOT_DUE = Words("没有到期事项", "nothing was due")
NO_REQUIRED = Words("没有规定动作", "no required action")
NO_TARGET = Words("事项均未定场次目标", "no item has a target")


@indicator(
    "loop.on_time",
    of=(plan_items, plan_item_evaluations),
    unit="share",
    better="higher",
    per="unit",
    formula="n(t ≤ d) / n(start ≤ d < end)",
    zh="按期办结率：期限内评定到位的事项 ÷ 期间到期的事项",
    en="On time: items closed by their due date / items due in the period",
)
def on_time(q: Query) -> Iterator[Reading]:
    """Tell how many of the items due in the period were closed by their day; its last day counts."""
    end, start = bounds(q)
    closed = closings(q)
    for subject, own, flags in of_each(q):
        due = {i.id: i.due_on for i in own if i.due_on and start <= i.due_on < end}
        done = sum(item in closed and closed[item] <= day for item, day in due.items())
        none = NOT_DUE if own else NO_ITEMS
        yield q.ratio(subject, done, len(due), none, flags=[*flags, *without_day(own)])


@indicator(
    "loop.overdue",
    of=(plan_items, plan_item_evaluations),
    unit="items",
    better="lower",
    per="unit",
    formula="n(d < end ≤ t)",
    zh="逾期未办结事项数",
    en="Items past their due date and not closed",
)
def overdue(q: Query) -> Iterator[Reading]:
    """Count the items that are past their day when the period is over, and name them."""
    end, _ = bounds(q)
    closed = closings(q)
    for subject, own, flags in of_each(q):
        late = {
            i.id: days_from(i.due_on, end)
            for i in own
            if i.due_on and i.due_on < end and i.id not in closed
        }
        said = [
            Words(f"{item} 逾期 {days} 天", f"{item}: {days} days overdue")
            for item, days in late.items()
        ]
        yield q.reading(subject, len(late), flags=[*flags, *said])


@indicator(
    "loop.required_completion",
    of=(plan_items, plan_item_evaluations),
    unit="share",
    better="higher",
    per="unit",
    formula="n(t < end) / n(d < end)",
    zh="规定动作完成率：已办结 ÷ 截至期末到期的规定动作",
    en="Required actions closed / required actions due by the period's end",
)
def required_completion(q: Query) -> Iterator[Reading]:
    """Tell how many required actions that are due were closed; without a day, the plan's last is it."""
    end, _ = bounds(q)
    closed = closings(q)
    for subject, own, flags in of_each(q):
        required = [i for i in own if i.obligation == "required"]
        due = [i for i in required if (i.due_on or i.ends) < end]
        done = sum(i.id in closed for i in due)
        none = NOT_DUE if required else NO_REQUIRED if own else NO_ITEMS
        yield q.ratio(subject, done, len(due), none, flags=[*flags, *without_day(required)])


@indicator(
    "loop.elective_share",
    of=plan_items,
    unit="share",
    better="0.2..0.6",
    per="unit",
    formula="e / n",
    zh="自选动作占比：自选动作 ÷ 全部事项",
    en="Elective actions / all items",
)
def elective_share(q: Query) -> Iterator[Reading]:
    """Tell what share of the items a unit chose itself; the band is our convention."""
    for subject, own, flags in of_each(q):
        chosen = sum(item.obligation == "elective" for item in own)
        yield q.ratio(subject, chosen, len(own), NO_ITEMS, flags=flags)


@indicator(
    "loop.target_reached",
    of=(plan_items, plan_item_activities),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ min(a, g) / Σ g",
    zh="场次目标达成率：已办场次（以目标为限）÷ 目标场次",
    en="Activities held, up to the target / activities planned",
)
def target_reached(q: Query) -> Iterator[Reading]:
    """Compare activities with targets; what one item has too many does not make up for another."""
    sql = (
        "SELECT plan_item, count(DISTINCT activity) FROM plan_item_activities_to_date "
        "GROUP BY plan_item"
    )
    held = dict(q.rows(sql))
    for subject, own, flags in of_each(q):
        targets = {item.id: item.target for item in own if item.target}
        done = sum(min(held.get(item, 0), target) for item, target in targets.items())
        blank = counted(len(own) - len(targets), "项未定场次目标", "items without a target")
        none = NO_TARGET if own else NO_ITEMS
        yield q.ratio(subject, done, sum(targets.values()), none, flags=[*flags, *blank])


# 4. Who, by what rule, and how early.


@indicator(
    "loop.missing_roles",
    of=plan_item_roles,
    unit="roles",
    better="lower",
    per="plan_item",
    formula="Σ (5 - r)",
    zh="五方职责缺口：无单位承担的职责数",
    en="Roles of the five that no unit has",
)
def missing_roles(q: Query) -> Iterator[Reading]:
    """Count the roles of the five that nobody has, of each item, and name them."""
    taken: dict[str, set[str]] = defaultdict(set)
    for item, role in q.rows("SELECT DISTINCT plan_item, role FROM plan_item_roles_to_date"):
        taken[item].add(role)
    roles = list(installed()["role"])
    open_ = {i.id: [role for role in roles if role not in taken[i.id]] for i in items(q)}
    if not open_:
        yield q.none(ALL, NO_ITEMS)
        return
    total = sum(map(len, open_.values()))
    yield q.reading(ALL, total, numerator=total, denominator=len(roles) * len(open_))
    for item, missing in open_.items():
        flags = lacking("无人承担", "nobody has", [term("role", role) for role in missing])
        parts = len(missing), len(roles)
        subject = f"plan_item:{item}"
        yield q.reading(subject, parts[0], numerator=parts[0], denominator=parts[1], flags=flags)


@indicator(
    "loop.norm_based",
    of=plan_items,
    unit="share",
    better="higher",
    formula="k / n",
    zh="有据率：注明制度依据的事项 ÷ 事项",
    en="Items that cite a norm / items",
)
def norm_based(q: Query) -> Iterator[Reading]:
    """Tell how many items say on which norm they rest."""
    found = items(q)
    yield q.ratio(ALL, sum(item.norm is not None for item in found), len(found), NO_ITEMS)


NO_PLAN = Words("期间内没有通过计划", "no plan that starts in the period was adopted")


@indicator(
    "loop.adoption_lag",
    of=plans_adopted,
    unit="days",
    better="lower",
    per="unit",
    formula="median(a - s)",
    zh="部署滞后：计划通过日距计划起始日的天数",
    en="Days from a plan's first day to its adoption",
)
def adoption_lag(q: Query) -> Iterator[Reading]:
    """Tell how long after its first day a plan was adopted; below 0 where ahead of it.

    Of the plans that start in the period and were adopted by its end; of several, the median.
    """
    lags: dict[str, list[int]] = defaultdict(list)
    seen_as = heirs(q)
    sql = "SELECT unit, starts, day FROM plans_adopted_to_date WHERE starts < ? AND starts >= ?"
    for unit, starts, day in q.rows(sql, bounds(q)):
        for subject in (ALL, *(f"unit:{target}" for target in under(seen_as, unit))):
            lags[subject].append(days_from(starts, day))
    if not lags:
        yield q.none(ALL, NO_PLAN)
    for subject, days in lags.items():
        yield q.reading(subject, median(days), denominator=len(days))


# 5. How regularly: by the activities' own days, hosts and co-hosts alike.


def hosting_days(q: Query) -> dict[str, set[str]]:
    """Return the days on which each unit of the tree hosted."""
    found: dict[str, set[str]] = defaultdict(set)
    seen_as = heirs(q)
    for unit, day in q.rows("SELECT DISTINCT unit, day FROM activity_hosts"):
        for target in under(seen_as, unit):
            found[target].add(day)
    return found


@indicator(
    "loop.active_months",
    of=activity_hosts,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ m / Σ M",
    zh="常态化：主办活动的月份 ÷ 在册月份",
    en="Months with an activity hosted / months open",
)
def active_months(q: Query) -> Iterator[Reading]:
    """Tell in how many of the months in which it was open a unit hosted; a part of a month is one."""
    hosted, there = hosting_days(q), open_months(q)
    found = {}
    for u in district_units(q):
        months = there[u.id]
        found[u.subject] = len(months & {day[:7] for day in hosted.get(u.id, ())}), len(months)
    active, of = map(sum, zip((0, 0), *found.values(), strict=True))
    for subject, parts in {ALL: (active, of), **found}.items():
        yield q.ratio(subject, *parts, NO_UNITS)


FEW_GAPS = Words("没有单位的活动间隔达到 3 个", "no unit has three gaps between activity days")


@indicator(
    "loop.burstiness",
    of=activity_hosts,
    unit="ratio",
    better="lower",
    per="unit",
    formula="B = (σ - μ) / (σ + μ)",
    zh="突击性：活动间隔的（σ-μ）÷（σ+μ），1 为突击，-1 为均匀",
    en="Burstiness of the gaps between activity days: (s-m)/(s+m), 1 bursty, -1 regular",
)
def bursts(q: Query) -> Iterator[Reading]:
    """Tell how bursty each unit's days are (Goh and Barabási 2008); of all, the units' median."""
    hosted = hosting_days(q)
    made = []
    for u in district_units(q):
        if u.id in hosted:
            days = sorted(date.fromisoformat(day).toordinal() for day in hosted[u.id])
            gaps = [later - day for day, later in pairwise(days)]
            measure = partial(burstiness, gaps)
            made.append(q.measured(u.subject, measure, denominator=len(gaps)))
    yield from made
    values = [r.value for r in made if r.value is not None]
    flags = counted(len(made) - len(values), "家活动间隔不足 3 个", "units with too few gaps")
    if values:
        yield q.reading(ALL, median(values), denominator=len(values), flags=flags)
    else:
        yield q.none(ALL, FEW_GAPS, flags=flags)


NO_YEAR = Words("期间不含完整年度", "the period holds no whole calendar year")
NO_MINUTES = Words("没有已知的活动时长", "no minutes are known")
MINUTES = """
    SELECT host, coalesce(sum(minutes), 0),
        coalesce(sum(CASE WHEN substr(day, 6, 2) IN ('11', '12') THEN minutes END), 0),
        count(*) - count(minutes)
    FROM activities_held WHERE day BETWEEN ? AND ? GROUP BY host
"""


@indicator(
    "loop.year_end_share",
    of=activities_held,
    unit="share",
    better="lower",
    per="unit",
    formula="(x11 + x12) / Σ x",
    zh="年底突击：11、12 月时长 ÷ 全部时长",
    en="Year-end rush: minutes in November and December / minutes",
)
def year_end_share(q: Query) -> Iterator[Reading]:
    """Tell what part of the minutes falls into November and December; evenly, it would be 2/12.

    Only over the whole calendar years of the period: of parts of a year 2/12 would not be even.
    """
    first, end = q.period.start, q.period.end
    years = [
        year
        for year in range(first.year, end.year + 1)
        if first <= date(year, 1, 1) and date(year, 12, 31) < end
    ]
    if not years:
        yield q.none(ALL, NO_YEAR)
        return
    rows = q.rows(MINUTES, (f"{years[0]}-01-01", f"{years[-1]}-12-31"))
    minutes, late, blank = ({row[0]: row[i] for row in rows} for i in (1, 2, 3))
    blanks, seen_as = Counter({ALL: sum(blank.values())}), heirs(q)
    for host, activities in blank.items():
        blanks.update({f"unit:{unit}": activities for unit in under(seen_as, host)})
    found = {ALL: (sum(late.values()), sum(minutes.values()))}
    shares, late_shares = spread(q, minutes), spread(q, late)
    found |= {f"unit:{unit}": (late_shares[unit], shares[unit]) for unit in shares}
    for subject, parts in found.items():
        flags = counted(blanks[subject], "场时长空白", "activities without minutes")
        yield q.ratio(subject, *parts, NO_MINUTES, flags=flags)


# 6. Norms: how soon they are followed, and who has one.

NO_NORM = Words("期间内没有制度印发", "no norm was issued in the period")
NOT_YET = Words("截至期末尚未开展", "nothing had been held by the period's end")


@indicator(
    "loop.norm_lag",
    of=(norms_issued, plan_items, plan_item_activities),
    unit="days",
    better="lower",
    per="norm",
    formula="min t: S(t) ≤ 1/2, S(t) = Π (1 - d / n)",
    zh="落实滞后：制度印发到首场依据它的活动的天数（中位数，未开展者截尾）",
    en="Days from a norm's issue to the first activity that serves it (Kaplan-Meier median)",
)
def norm_lag(q: Query) -> Iterator[Reading]:
    """Tell how long a norm issued in the period waited for the first activity on or after its issue.

    An activity serves a norm where an item that it serves cites that very version.
    """
    days: dict[str, list[str]] = defaultdict(list)
    for norm, day in q.rows(
        "SELECT DISTINCT i.norm, a.day FROM plan_items_to_date i "
        "JOIN plan_item_activities_to_date a ON a.plan_item = i.plan_item WHERE i.norm IS NOT NULL"
    ):
        days[norm].append(day)
    spans: dict[str | None, list[tuple[int, bool]]] = defaultdict(list)
    for norm, issuer, issued in q.rows("SELECT norm, issuer, day FROM norms_issued ORDER BY norm"):
        first = min((day for day in days[norm] if day >= issued), default=None)
        waited, seen = span(q, issued, first)
        spans[None].append((waited, seen))
        spans[issuer].append((waited, seen))
        subject = f"norm:{norm}"
        yield q.reading(subject, waited) if seen else q.none(subject, NOT_YET)
    yield survival(q, ALL, spans.pop(None, []), NO_NORM)
    for issuer, of_issuer in spans.items():
        yield survival(q, ALL, of_issuer, NO_NORM, dimensions={"issuer": str(issuer)})


def own_norms(q: Query) -> set[str]:
    """Return the units that have a norm of their own in force at the period's end."""
    latest = q.rows(
        "SELECT v.series, n.unit FROM norm_versions_to_date v "
        "JOIN norms_issued_to_date n ON n.event = v.event ORDER BY v.day, v.event"
    )
    return {unit for unit in dict(latest).values() if unit}


MECHANISMS = {
    "norm": Words("制度", "a norm"),
    "owner": Words("责任人", "an owner"),
    "plan": Words("计划", "a plan"),
    "evaluation": Words("评估", "an evaluation"),
}
PLANNING = "SELECT DISTINCT unit FROM plans_adopted_to_date WHERE starts < ? AND ends >= ?"
EVALUATED = """
    SELECT DISTINCT i.unit FROM plan_item_evaluations e
    JOIN plan_items_to_date i ON i.plan_item = e.plan_item WHERE i.unit IS NOT NULL
"""


def mechanisms_of(q: Query) -> dict[str, set[str]]:
    """Return the units of the tree that have each of the four mechanisms."""
    owned = set(q.column("SELECT plan_item FROM plan_item_roles_to_date WHERE role = 'own'"))
    having = {
        "norm": own_norms(q),
        "owner": {i.unit for i in items(q) if i.unit and (i.owner_post or i.id in owned)},
        "plan": set(q.column(PLANNING, bounds(q))),
        "evaluation": set(q.column(EVALUATED)),
    }
    seen_as = heirs(q)
    return {
        what: {heir for unit in units for heir in under(seen_as, unit)}
        for what, units in having.items()
    }


@indicator(
    "loop.mechanisms",
    of=(norms_issued, norm_versions, plans_adopted, plan_items, plan_item_evaluations),
    unit="ratio",
    better="higher",
    per="unit",
    formula="k / 4; Σ w k / 4 / Σ w",
    zh="机制四有：有制度、有责任人、有计划、有评估 ÷ 4",
    en="Mechanisms of a unit: a norm, an owner, a plan, an evaluation / 4",
)
def mechanisms(q: Query) -> Iterator[Reading]:
    """Tell which of four mechanisms each unit has, and name the missing; the mean is by days open."""
    having, units = mechanisms_of(q), district_units(q)
    done = Fraction(0)
    for u in units:
        missing = [MECHANISMS[what] for what, those in having.items() if u.id not in those]
        count = len(having) - len(missing)
        done += u.weight * Fraction(count, len(having))
        yield q.ratio(
            u.subject, count, len(having), NO_UNITS, flags=lacking("缺", "lacks", missing)
        )
    yield q.ratio(ALL, done, weight(units), NO_UNITS)


@indicator(
    "loop.own_norm",
    of=(norm_versions, norms_issued),
    unit="share",
    better="higher",
    per="unit",
    formula="Σ w x / Σ w",
    zh="建制率：有本单位现行制度的单位 ÷ 单位，按在册天数加权",
    en="Units with a norm of their own in force / units, by days open",
)
def own_norm(q: Query) -> Iterator[Reading]:
    """Tell which units have a norm of their own in force when the period is over."""
    seen_as, units = heirs(q), district_units(q)
    having = {heir for unit in own_norms(q) for heir in under(seen_as, unit)}
    yield weighted_share(q, units, having, NO_UNITS)
    for u in units:
        yield q.reading(u.subject, int(u.id in having))


# 7. Whether what was found is mended, and what contradicts itself.


@indicator(
    "loop.closed_chain",
    of=(rectification_assignments, rectification_status),
    unit="share",
    better="higher",
    formula="n(v < end) / n(d < end)",
    zh="整改闭环率：验收到位的整改 ÷ 到期的整改",
    en="Rectifications verified as met / rectifications due",
)
def closed_chain(q: Query) -> Iterator[Reading]:
    """Tell how many rectifications due by the period's end were found to be mended, late or not.

    The last verification counts: one that was returned after all is open again.
    """
    end, _ = bounds(q)
    looked = "SELECT rectification, status FROM rectification_status_to_date WHERE status IN "
    verified = dict(q.rows(f"{looked} ('verified', 'returned') ORDER BY day, event"))
    given: dict[str | None, list[tuple[str, str | None]]] = defaultdict(list)
    for id_, due, kind in q.rows(
        "SELECT rectification, due_on, kind_of_target FROM rectification_assignments_to_date"
    ):
        given[None].append((id_, due))
        given[kind].append((id_, due))
    for kind, those in {None: [], **given}.items():
        due = [id_ for id_, day in those if day and day < end]
        done = sum(verified.get(id_) == "verified" for id_ in due)
        blank = counted(
            sum(not day for _, day in those), "项整改未定期限", "rectifications without a due day"
        )
        dimensions = {"kind_of_target": kind} if kind else {}
        yield q.ratio(ALL, done, len(due), NOT_DUE, dimensions=dimensions, flags=blank)


DUE_OUTSIDE = """
    SELECT i.plan_item, i.event, i.due_on FROM plan_items i
    JOIN plans_adopted_to_date p ON p.plan = i.plan
    WHERE i.due_on < p.starts OR i.due_on > p.ends
"""
# What was set after the period's end is not there at all.
EVALUATED_BEFORE_SET = """
    SELECT e.plan_item, e.event, e.day FROM plan_item_evaluations e
    LEFT JOIN plan_items_to_date i ON i.plan_item = e.plan_item WHERE i.day IS NULL OR i.day > e.day
"""
# That nothing was done is no contradiction where that is what was found.
EVALUATED_UNADVANCED = """
    WITH advanced AS MATERIALIZED (
        SELECT plan_item, min(day) AS first FROM (
            SELECT plan_item, day FROM plan_item_activities_to_date UNION ALL
            SELECT target, day FROM evidence_to_date WHERE kind_of_target = 'plan_item'
        ) z GROUP BY plan_item
    )
    SELECT e.plan_item, e.event, e.day FROM plan_item_evaluations e
    LEFT JOIN advanced a ON a.plan_item = e.plan_item
    WHERE e.outcome <> 'unmet' AND (a.first IS NULL OR a.first > e.day)
"""
SAME_DAY = """
    SELECT '', v.event, v.series FROM norm_versions v WHERE EXISTS (
        SELECT 1 FROM norm_versions w
        WHERE w.series = v.series AND w.day = v.day AND w.event < v.event
    )
"""
OUTSIDE_ITS_PLAN = """
    SELECT '', p.event, p.plan FROM plans_adopted p JOIN plans_adopted_to_date w ON w.plan = p.within
    WHERE p.starts < w.starts OR p.ends > w.ends
"""
ODD = (
    (DUE_OUTSIDE, "期限 {} 在计划起止之外", "due on {}, outside the plan"),
    (EVALUATED_BEFORE_SET, "{} 评估时尚未设立", "evaluated on {}, before it was set"),
    (EVALUATED_UNADVANCED, "{} 未推进即评估", "evaluated on {}, before it was advanced"),
    (SAME_DAY, "{} 同日有另一版生效", "{} has another version in force from the same day"),
    (OUTSIDE_ITS_PLAN, "计划 {} 超出上位计划起止", "plan {} reaches beyond the plan it is within"),
)


@indicator(
    "loop.contradictions",
    of=(plan_items, plan_item_evaluations, norm_versions, plans_adopted),
    unit="events",
    better="lower",
    per="plan_item",
    formula="n",
    zh="计划记录中的矛盾：期限在计划之外、设立之前或未推进即评估、同日两版制度",
    en="Contradictions of plans: due outside the plan, evaluated before set or advanced, "
    "two versions from one day",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be so, of items under these, of norms and plans under all."""
    found = [
        (item, position, Words(zh.format(what), en.format(what)))
        for sql, zh, en in ODD
        for item, position, what in q.rows(sql)
    ]
    yield from listed(q, "plan_item", found)


@hookimpl
def lianjian_family() -> Family:
    """Return the family of the loop."""
    return Family("loop", version=1, zh="闭环", en="Loop", **declared(__name__))
