"""Norms, plans and plan items: what is to be done, by whom, by when, and whether it was.

    norm.issued            a version of a rule: who issued it, from when it is in force
    plan.adopted           a plan for some days, perhaps within a longer one
    plan_item.set          one thing that a plan wants done
    plan_item.evaluated    how far it was done

Each version of a norm is an id of its own, and the versions of one rule share `series`, so that what
rests on an older version goes on saying so. A plan item says which of the five roles (牵头、协同 …)
which unit has, and which activities serve it is said by the activities. An item is closed by an
evaluation whose outcome is `met`, by nothing else. A change of an item is a correction of it.

What contradicts itself across events (evaluated before it was set, two versions in force from one
day) is taken as it is told, and is a finding of the families that read these tables.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs import field, frozen
from attrs.validators import and_, ge, le, min_len, optional

from lianjian.core.activities import ActivityHeld, Category, Theme, Topic, UnitId, each_once, unique
from lianjian.core.errors import PartWrong, Words
from lianjian.core.event import event
from lianjian.core.facts import Row, facts
from lianjian.core.shapes import New, Ref, Term

NormId = Annotated[str, Ref("norm")]
PlanItemId = Annotated[str, Ref("plan_item")]


# Norms.


@frozen
class Hours:
    """How many hours of training a rank is asked for, within how many years."""

    rank: Annotated[str, Term("rank")]
    hours: int = field(validator=ge(0))
    years: int = field(validator=and_(ge(1), le(10)))


@frozen
class Limit:
    """Within how many months a duty is to be done, and within how many where that is extended."""

    duty: Annotated[str, Term("duty")]
    months: int = field(validator=ge(1))
    extended: int | None = field(default=None)

    @extended.validator
    def _not_shorter(self, _: Any, extended: int | None) -> None:
        if extended is not None and extended < self.months:
            raise PartWrong(
                why=Words(
                    "延长后的月数不得少于原月数", "the extended limit is shorter than the limit"
                )
            ).at("extended")


@event("norm.issued", 1)
@frozen
class NormIssued:
    """A version of a rule is issued; it is in force from `effective_on`, or else from its day.

    `unit` is the unit of the district that issued it, where it is one's own norm.
    """

    norm: Annotated[str, New("norm")]
    series: str = field(validator=min_len(1))
    version: str = field(validator=min_len(1))
    name: str = field(validator=min_len(1))
    issuer: Annotated[str, Term("issuer")]
    day: date
    effective_on: date | None = None
    unit: UnitId | None = None
    hours: tuple[Hours, ...] = field(default=(), validator=each_once("rank"))
    limits: tuple[Limit, ...] = field(default=(), validator=each_once("duty"))


# Plans.


@event("plan.adopted", 1)
@frozen
class PlanAdopted:
    """A unit adopts a plan for the days from `starts` to `ends`, both included."""

    plan: Annotated[str, New("plan")]
    name: str = field(validator=min_len(1))
    unit: UnitId
    starts: date
    ends: date = field()
    day: date
    within: Annotated[str, Ref("plan")] | None = field(default=None)
    norm_ref: NormId | None = None

    @ends.validator
    def _not_before_start(self, _: Any, ends: date) -> None:
        if ends < self.starts:
            raise PartWrong(why=Words("止日不得早于起日", "it ends before it starts")).at("ends")

    @within.validator
    def _not_itself(self, _: Any, within: str | None) -> None:
        if within is not None and within == self.plan:
            raise PartWrong(why=Words("上位计划不能是本计划", "a plan cannot be within itself")).at(
                "within"
            )


@frozen
class RoleOf:
    """Which of the five roles a unit has."""

    unit: UnitId
    role: Annotated[str, Term("role")]


@event("plan_item.set", 1)
@frozen
class PlanItemSet:
    """A plan wants something done: by `unit`, until `due_on`, in `target_n` activities.

    What it is about and whom it is for is told by the same terms as an activity's.
    """

    plan_item: Annotated[str, New("plan_item")]
    plan: Annotated[str, Ref("plan")]
    name: str = field(validator=min_len(1))
    obligation: Annotated[str, Term("obligation")]
    day: date
    unit: UnitId | None = None
    due_on: date | None = None
    pillar: Annotated[str, Term("pillar")] | None = None
    themes: tuple[Theme, ...] = field(default=(), validator=unique)
    topics: tuple[Topic, ...] = field(default=(), validator=unique)
    audience: tuple[Category, ...] = field(default=(), validator=unique)
    goals: tuple[Annotated[str, Term("goal")], ...] = field(default=(), validator=unique)
    target_n: int | None = field(default=None, validator=optional(ge(1)))
    roles: tuple[RoleOf, ...] = field(default=(), validator=each_once("unit role"))
    norm_ref: NormId | None = None
    owner_post: Annotated[str, Ref("post")] | None = None


@event("plan_item.evaluated", 1, happened=True)
@frozen
class PlanItemEvaluated:
    """Somebody looked how far an item was done; only the outcome `met` closes it."""

    plan_item: PlanItemId
    outcome: Annotated[str, Term("outcome")]
    day: date
    evaluator: UnitId | None = None
    why: str | None = None


# What they state.


@facts(key="day norm", text="series version name issuer unit")
def norms_issued(e: NormIssued) -> Iterator[Row]:
    """State that a version of a rule was issued."""
    yield e.day, e.norm, e.series, e.version, e.name, e.issuer, e.unit


@facts(key="day series", text="norm", state="norm")
def norm_versions(e: NormIssued) -> Iterator[Row]:
    """State which version of a rule is in force from a day on."""
    yield e.effective_on or e.day, e.series, e.norm


@facts(key="day series rank", text="norm", sums="hours years", state="norm")
def hour_norms(e: NormIssued) -> Iterator[Row]:
    """State how many hours, within how many years, a version of a rule asks of a rank."""
    for asked in e.hours:
        yield e.effective_on or e.day, e.series, asked.rank, e.norm, asked.hours, asked.years


@facts(key="day plan", text="name unit starts ends within norm")
def plans_adopted(e: PlanAdopted) -> Iterator[Row]:
    """State one plan; its last day is `ends`."""
    yield e.day, e.plan, e.name, e.unit, e.starts, e.ends, e.within, e.norm_ref


@facts(
    key="day plan_item",
    text="plan name obligation pillar unit due_on norm owner_post",
    sums="target_n",
)
def plan_items(e: PlanItemSet) -> Iterator[Row]:
    """State one thing that a plan wants done."""
    yield (
        e.day,
        e.plan_item,
        e.plan,
        e.name,
        e.obligation,
        e.pillar,
        e.unit,
        e.due_on,
        e.norm_ref,
        e.owner_post,
        e.target_n,
    )


@facts(key="day plan_item role unit")
def plan_item_roles(e: PlanItemSet) -> Iterator[Row]:
    """State which unit has which of the five roles."""
    for given in e.roles:
        yield e.day, e.plan_item, given.role, given.unit


@facts(key="day plan_item tag code")
def plan_item_tags(e: PlanItemSet) -> Iterator[Row]:
    """State what an item is about and for: `tag` is theme, topic, audience or goal."""
    tags = {"theme": e.themes, "topic": e.topics, "audience": e.audience, "goal": e.goals}
    for tag, codes in tags.items():
        for code in codes:
            yield e.day, e.plan_item, tag, code


@facts(key="day plan_item", text="outcome evaluator")
def plan_item_evaluations(e: PlanItemEvaluated) -> Iterator[Row]:
    """State how far an item was found to be done."""
    yield e.day, e.plan_item, e.outcome, e.evaluator


@facts(key="day plan_item activity", text="host", sums="minutes")
def plan_item_activities(e: ActivityHeld) -> Iterator[Row]:
    """State which items an activity serves; its minutes stand with each of them."""
    for item in e.plan_items:
        yield e.day, item, e.activity, e.host, e.minutes


EVENTS = (NormIssued, PlanAdopted, PlanItemSet, PlanItemEvaluated)
FACTS = (
    norms_issued,
    norm_versions,
    hour_norms,
    plans_adopted,
    plan_items,
    plan_item_roles,
    plan_item_tags,
    plan_item_evaluations,
    plan_item_activities,
)
