"""Loop: what was planned, and whether it came full circle (规划—推进—监督—评估).

A family without events of its own: it reads what core keeps and what its rooms make of it.

    plan_items × plans_adopted ──▶ items ─┬─ activities, evidence ──▶ advanced
    (core/planned.py)                     ├─ checks ────────────────▶ supervised
                                          └─ evaluations ───────────▶ evaluated; met = closed
    activity_hosts, activities_held ──▶ how regularly it is done (core/regularity.py)
    norms, rectifications ──▶ what it rests on, whether what was found is mended (core/mending.py)

**Which items.** Those of plans whose days touch the period. **Closed** is an item by its first
evaluation `met`, by nothing else. One closed late is not overdue any more, and yet was not on time.

**Days.** What is due on the period's last day is due, and is overdue from the day after it.

**Whose.** An item without a unit counts for all alone. Hosts are those of the district, and co-hosts.

**Blank is not zero.** What has no due day, no target or no minutes is left out of both sides, and
counted in the flags.

Stage conversion, regularity and the four pillars are the mission's own.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

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
    hookimpl,
    indicator,
    norm_versions,
    norms_issued,
    plan_item_activities,
    plan_item_evaluations,
    plan_item_roles,
    plan_item_tags,
    plan_items,
    planned,
    plans_adopted,
    rectification_assignments,
    rectification_status,
)
from lianjian.core.kit import (
    by_code,
    by_unit,
    counted,
    days_from,
    district_units,
    lacking,
    listed,
    middle,
    span,
    survivals,
    terms,
    weight,
    weighted_share,
)
from lianjian.core.measures import burstiness, pielou
from lianjian.core.mending import mendings_by_kind
from lianjian.core.regularity import gaps, months_hosted, year_end_minutes
from lianjian.core.vocabulary import installed

# Most figures here are shares of which more is better.
share = partial(indicator, unit="share", better="higher")

# 1. Items, and the four stages.

NO_ITEMS = Words("没有计划事项", "no item of a plan of the period")
NO_UNITS = Words("期间内没有在册单位", "no unit was active in the period")
NO_PILLAR = Words("事项均未注明四方面", "of no item is the pillar known")


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
    each = list(planned.of_each(q))
    for subject, own, flags in each:
        yield q.reading(subject, len(own), flags=flags)
    found = {item.id: item for item in each[0][1]}  # all come first
    sql = "SELECT plan_item, code FROM plan_item_tags_to_date WHERE tag = 'goal'"
    yield from by_code(q, "pillar", Counter(item.pillar for item in found.values()))
    yield from by_code(q, "obligation", Counter(item.obligation for item in found.values()))
    yield from by_code(q, "goal", Counter(goal for item, goal in q.rows(sql) if item in found))


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
    found = planned.items(q)
    pillars = Counter(item.pillar for item in found)
    flags = counted(pillars.pop(None, 0), "项未注明四方面", "items without a pillar")
    if pillars:
        evenness = partial(pielou, pillars.values(), len(installed()["pillar"]))
        yield q.measured(ALL, evenness, denominator=pillars.total(), flags=flags)
    else:
        yield q.none(ALL, NO_PILLAR if found else NO_ITEMS, flags=flags)


# Evidence that was attached to an item advances it, too, and yet is not named in `of`: its table does
# not tell items from activities, and `why` would open all there is.
STAGE_EVIDENCE = (plan_items, plan_item_activities, check_plan_items, plan_item_evaluations)


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
    by_stage, names = planned.reached(q), terms(q, "stage")
    every = len(by_stage)
    yield q.ratio(ALL, sum(map(len, by_stage.values())), every * len(by_stage["plan"]), NO_ITEMS)
    for item in by_stage["plan"]:
        missing = [names[stage] for stage, ids in by_stage.items() if item not in ids]
        flags = lacking("未达环节", "not reached", missing)
        yield q.ratio(f"plan_item:{item}", every - len(missing), every, NO_ITEMS, flags=flags)


@share(
    "loop.stage_conversion",
    of=STAGE_EVIDENCE,
    formula="n(s) / n",
    zh="各环节到达率：到达该环节的事项 ÷ 事项",
    en="Items that reached the stage / items",
)
def stage_conversion(q: Query) -> Iterator[Reading]:
    """Tell what share of the items reached each stage; all were planned."""
    by_stage = planned.reached(q)
    for stage, ids in by_stage.items():
        marks = {"stage": stage}
        yield q.ratio(ALL, len(ids), len(by_stage["plan"]), NO_ITEMS, dimensions=marks)


# 2. What was due, and what was done of it.

NOT_DUE = Words("没有到期事项", "nothing was due")
NO_REQUIRED = Words("没有规定动作", "no required action")
NO_TARGET = Words("事项均未定场次目标", "no item has a target")


@share(
    "loop.on_time",
    of=(plan_items, plan_item_evaluations),
    per="unit",
    formula="n(t ≤ d) / n(a ≤ d ≤ e)",
    zh="按期办结率：期限 d 之内（t ≤ d）评定到位的事项 ÷ 期间（a 至 e）到期的事项",
    en="On time: items closed (t) by their due date d / items due in the period, from a to e",
)
def on_time(q: Query) -> Iterator[Reading]:
    """Tell how many of the items due in the period were closed by their day; its last day counts."""
    for subject, own, flags in planned.of_each(q):
        due = [i for i in own if i.due_on and q.start <= i.due_on < q.end]
        none, said = NOT_DUE if own else NO_ITEMS, [*flags, *planned.without_day(own)]
        yield q.ratio(subject, sum(i.in_time for i in due), len(due), none, flags=said)


@indicator(
    "loop.overdue",
    of=(plan_items, plan_item_evaluations),
    unit="items",
    better="lower",
    per="unit",
    formula="n(d < e < t)",
    zh="逾期未办结事项数：期限 d 早于期间末日 e，至末日未办结（t 为办结日）",
    en="Items due (d) before the period's last day e, and not closed (t) by it",
)
def overdue(q: Query) -> Iterator[Reading]:
    """Count the items that are past their day on the period's last day, and name them."""
    for subject, own, flags in planned.of_each(q):
        late = {i.id: days for i in own if (days := i.days_late(q))}
        said = [Words(f"{i} 逾期 {n} 天", f"{i}: {n} days overdue") for i, n in late.items()]
        yield q.reading(subject, len(late), flags=[*flags, *said])


@share(
    "loop.required_completion",
    of=(plan_items, plan_item_evaluations),
    per="unit",
    formula="n(t ≤ e) / n(d ≤ e)",
    zh="规定动作完成率：已办结（t）÷ 截至期间末日 e 到期（d）的规定动作",
    en="Required actions closed (t) / required actions due (d) by the period's last day e",
)
def required_completion(q: Query) -> Iterator[Reading]:
    """Tell how many required actions that are due were closed; without a day, the plan's last is it."""
    for subject, own, flags in planned.of_each(q):
        required = [i for i in own if i.obligation == "required"]
        due = [i for i in required if (i.due_on or i.ends) < q.end]
        none = NOT_DUE if required else NO_REQUIRED if own else NO_ITEMS
        said = [*flags, *planned.without_day(required)]
        yield q.ratio(subject, sum(bool(i.closed) for i in due), len(due), none, flags=said)


@indicator(
    "loop.elective_share",
    of=plan_items,
    unit="share",
    better="0.2..0.6",
    per="unit",
    formula="k / n",
    zh="自选动作占比：自选动作 ÷ 全部事项",
    en="Elective actions / all items",
)
def elective_share(q: Query) -> Iterator[Reading]:
    """Tell what share of the items a unit chose itself; the band is our convention."""
    for subject, own, flags in planned.of_each(q):
        chosen = sum(item.obligation == "elective" for item in own)
        yield q.ratio(subject, chosen, len(own), NO_ITEMS, flags=flags)


@share(
    "loop.target_reached",
    of=(plan_items, plan_item_activities),
    per="unit",
    formula="Σ min(a, g) / Σ g",
    zh="场次目标达成率：已办场次 a（以目标 g 为限）÷ 目标场次",
    en="Activities held (a), up to the target g / activities planned",
)
def target_reached(q: Query) -> Iterator[Reading]:
    """Compare activities with targets; what one item has too many does not make up for another."""
    held = planned.activities_held(q)
    for subject, own, flags in planned.of_each(q):
        targets = {item.id: item.target for item in own if item.target}
        done = sum(min(held.get(item, 0), target) for item, target in targets.items())
        blank = counted(len(own) - len(targets), "项未定场次目标", "items without a target")
        none = NO_TARGET if own else NO_ITEMS
        yield q.ratio(subject, done, sum(targets.values()), none, flags=[*flags, *blank])


# 3. Who, by what rule, and how early.

NO_PLAN = Words("期间内没有通过计划", "no plan that starts in the period was adopted")


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
    roles, missing = len(installed()["role"]), planned.open_roles(q)
    if not missing:
        yield q.none(ALL, NO_ITEMS)
        return
    total = sum(map(len, missing.values()))
    yield q.reading(ALL, total, numerator=total, denominator=roles * len(missing))
    for item, open_ in missing.items():
        flags, number = lacking("无人承担", "nobody has", open_), len(open_)
        subject = f"plan_item:{item}"
        yield q.reading(subject, number, numerator=number, denominator=roles, flags=flags)


@share(
    "loop.norm_based",
    of=plan_items,
    formula="k / n",
    zh="有据率：注明制度依据的事项 ÷ 事项",
    en="Items that cite a norm / items",
)
def norm_based(q: Query) -> Iterator[Reading]:
    """Tell how many items say on which norm they rest."""
    found = planned.items(q)
    yield q.ratio(ALL, sum(item.norm is not None for item in found), len(found), NO_ITEMS)


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
    sql = "SELECT unit, starts, day FROM plans_adopted_to_date WHERE starts >= ? AND starts < ?"
    lags = [(unit, days_from(*days)) for unit, *days in q.rows(sql, (q.start, q.end))]
    for subject, days in by_unit(q, lags).items():
        yield middle(q, subject, days, NO_PLAN)


# 4. How regularly: by the activities' own days, hosts and co-hosts alike (core/regularity.py).

FEW_GAPS = Words("没有单位的活动间隔达到 3 个", "no unit has three gaps between activity days")
NO_YEAR = Words("期间不含完整年度", "the period holds no whole calendar year")
NO_MINUTES = Words("没有已知的活动时长", "no minutes are known")


@share(
    "loop.active_months",
    of=activity_hosts,
    per="unit",
    formula="Σ m / Σ M",
    zh="常态化：主办活动的月份 ÷ 在册月份",
    en="Months with an activity hosted / months open",
)
def active_months(q: Query) -> Iterator[Reading]:
    """Tell in how many of the months in which it was open a unit hosted; a part of a month is one."""
    for subject, parts in months_hosted(q).items():
        yield q.ratio(subject, *parts, NO_UNITS)


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
    of_units = gaps(q).items()
    made = [q.measured(u, partial(burstiness, own), denominator=len(own)) for u, own in of_units]
    yield from made
    values = [r.value for r in made if r.value is not None]
    flags = counted(len(made) - len(values), "家活动间隔不足 3 个", "units with too few gaps")
    yield middle(q, ALL, values, FEW_GAPS, flags)


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
    found = year_end_minutes(q)
    if not found:
        yield q.none(ALL, NO_YEAR)
    for subject, its in found.items():
        flags = counted(its.blank, "场时长空白", "activities without minutes")
        yield q.ratio(subject, its.late, its.minutes, NO_MINUTES, flags=flags)


# 5. Norms: how soon they are followed, and who has one.

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
    spans: dict[str, list[tuple[int, bool]]] = {}
    for norm, issuer, issued, first in planned.norms_followed(q):
        waited, seen = span(q, issued, first)
        spans.setdefault(issuer, []).append((waited, seen))
        subject = f"norm:{norm}"
        yield q.reading(subject, waited) if seen else q.none(subject, NOT_YET)
    yield from survivals(q, spans, NO_NORM, "issuer")


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
    having, units = planned.mechanisms(q), district_units(q)
    done = Fraction(0)
    for u in units:
        missing = [what for what, those in having.items() if u.id not in those]
        number, flags = len(having) - len(missing), lacking("缺", "lacks", missing)
        done += u.weight * Fraction(number, len(having))
        yield q.ratio(u.subject, number, len(having), NO_UNITS, flags=flags)
    yield q.ratio(ALL, done, weight(units), NO_UNITS)


@share(
    "loop.own_norm",
    of=(norm_versions, norms_issued),
    per="unit",
    formula="Σ w x / Σ w",
    zh="建制率：有本单位现行制度的单位 ÷ 单位，按在册天数加权",
    en="Units with a norm of their own in force / units, by days open",
)
def own_norm(q: Query) -> Iterator[Reading]:
    """Tell which units have a norm of their own in force when the period is over."""
    having, units = planned.own_norms(q), district_units(q)
    yield weighted_share(q, units, having, NO_UNITS)
    for u in units:
        yield q.reading(u.subject, int(u.id in having))


# 6. Whether what was found is mended, and what contradicts itself.


@share(
    "loop.closed_chain",
    of=(rectification_assignments, rectification_status),
    formula="n(v ≤ e) / n(d ≤ e)",
    zh="整改闭环率：验收到位（v）的整改 ÷ 截至期间末日 e 到期（d）的整改",
    en="Rectifications verified as met (v) / rectifications due (d) by the period's last day e",
)
def closed_chain(q: Query) -> Iterator[Reading]:
    """Tell how many rectifications due by the period's end were found to be mended, late or not.

    The last verification counts: one that was returned after all is open again.
    """
    for kind, some in mendings_by_kind(q).items():
        due = [m for m in some if m.due_on and m.due_on < q.end]
        blank = sum(m.due_on is None for m in some)
        flags = counted(blank, "项整改未定期限", "rectifications without a due day")
        marks = {"kind_of_target": kind} if kind else {}
        done = sum(bool(m.closed) for m in due)
        yield q.ratio(ALL, done, len(due), NOT_DUE, dimensions=marks, flags=flags)


@indicator(
    "loop.contradictions",
    of=(plan_items, plan_item_evaluations, norm_versions, plans_adopted),
    unit="events",
    better="lower",
    per="plan_item",
    formula="n",
    zh="计划记录中的矛盾：期限在计划之外、设立之前或未推进即评估、同日两版制度",
    en="Contradictions: due outside the plan, evaluated before set or advanced, two versions of a day",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be so, of items under these, of norms and plans under all."""
    yield from listed(q, "plan_item", planned.odd_plans(q))


@hookimpl
def lianjian_family() -> Family:
    """Return the family of the loop."""
    return Family("loop", version=1, zh="闭环", en="Loop", **declared(__name__))
