"""Supervision: checks, what they find, and whether it is mended.

    check.conducted          a check is over: who checked whom, how, on which days
    finding.raised           what it found
    report.deliberated       a body deliberated its report
    rectification.assigned   a unit is to mend something, by a day
    rectification.done       the unit says that it is mended
    rectification.verified   somebody looked: met, partly, or not

An inspection (检查) is recorded when it is over, with the days on which it was carried on. A
rectification is about one thing, a finding, a loophole, a post, a recommendation or a plan item. It
is closed by a verification whose outcome is `met`; any other outcome returns it, and it is open.

The people of a team are counted by role and never named. What contradicts itself across events
(verified before it was done, verified by the unit that had to mend) is taken as it is told, and is a
finding of the families that read these tables.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs import Factory, field, frozen
from attrs.validators import ge, min_len, optional

from lianjian.core.activities import UnitId, exactly_one, unique
from lianjian.core.errors import OutOfBounds, PartWrong, Words
from lianjian.core.event import event
from lianjian.core.facts import Row, facts, yes_or_no
from lianjian.core.shapes import New, Ref, Term

InspectionId = Annotated[str, Ref("inspection")]
RectificationId = Annotated[str, Ref("rectification")]
Outcome = Annotated[str, Term("outcome")]


# Checks.


@frozen
class CheckSession:
    """One occasion of a check: by which method, on which day, on what; `kickoff` opened it."""

    method: Annotated[str, Term("method")]
    day: date | None = None
    topics: tuple[Annotated[str, Term("check_topic")], ...] = field(default=(), validator=unique)
    kickoff: bool | None = None


@event("check.conducted", 1, happened=True)
@frozen
class CheckConducted:
    """A check was carried on from `day` to `ends`, both included.

    `units_total` is how many units were heard, where not all of `units` are named. `team` says how
    many persons had which role. `norms` and `plan_items` are what it checked against, `delegated_by`
    who asked for it, `approved_by` who agreed to it and when.
    """

    inspection: Annotated[str, New("inspection")]
    name: str = field(validator=min_len(1))
    day: date
    kind: Annotated[str, Term("check_kind")]
    ends: date | None = field(default=None)
    checker: UnitId | None = None
    units: tuple[UnitId, ...] = field(default=(), validator=unique)
    units_total: int | None = field(default=None, validator=optional(ge(0)))
    sessions: tuple[CheckSession, ...] = ()
    team: dict[Annotated[str, Term("team_role")], int] = field(default=Factory(dict))
    norms: tuple[Annotated[str, Ref("norm")], ...] = field(default=(), validator=unique)
    plan_items: tuple[Annotated[str, Ref("plan_item")], ...] = field(default=(), validator=unique)
    delegated_by: UnitId | None = None
    approved_by: UnitId | None = None
    approved_on: date | None = None

    @ends.validator
    def _not_before_day(self, _: Any, ends: date | None) -> None:
        if ends is not None and ends < self.day:
            raise PartWrong(why=Words("止日不得早于起日", "it ends before it starts")).at("ends")

    @team.validator
    def _somebody_each(self, _: Any, team: dict[str, int]) -> None:
        for role, persons in team.items():
            if persons < 1:
                raise OutOfBounds(value=persons, comparison=">= 1").at(f"team.{role}")


@event("finding.raised", 1)
@frozen
class FindingRaised:
    """A check, or anybody, found something; only a problem has one of the problems' codes."""

    finding: Annotated[str, New("finding")]
    kind: Annotated[str, Term("finding_kind")]
    day: date
    text: str = field(validator=min_len(1))
    inspection: InspectionId | None = None
    problem: Annotated[str, Term("problem")] | None = field(default=None)
    unit: UnitId | None = None

    @problem.validator
    def _of_a_problem(self, _: Any, problem: str | None) -> None:
        if problem is not None and self.kind != "problem":
            raise PartWrong(
                why=Words(
                    "只有问题不足（problem）才有 problem",
                    "only a finding of the kind problem has a problem",
                )
            ).at("problem")


@event("report.deliberated", 1, happened=True)
@frozen
class ReportDeliberated:
    """A body, such as a standing committee, deliberated the report of a check."""

    inspection: InspectionId
    day: date
    body: UnitId | None = None
    opinion: str | None = None


# Rectifications.

TARGETS = ("finding", "loophole", "post", "recommendation", "plan_item")


@event("rectification.assigned", 1)
@frozen
class RectificationAssigned:
    """A unit is to mend something by `due_on`: exactly one of TARGETS says what."""

    rectification: Annotated[str, New("rectification")]
    unit: UnitId
    day: date
    assigner: UnitId | None = None
    due_on: date | None = None
    finding: Annotated[str, Ref("finding")] | None = field(
        default=None, validator=exactly_one(*TARGETS)
    )
    loophole: Annotated[str, Ref("loophole")] | None = None
    post: Annotated[str, Ref("post")] | None = None
    recommendation: Annotated[str, Ref("recommendation")] | None = None
    plan_item: Annotated[str, Ref("plan_item")] | None = None
    what: str | None = None


@event("rectification.done", 1, happened=True)
@frozen
class RectificationDone:
    """The unit that was to mend something says that it is mended."""

    rectification: RectificationId
    day: date
    what: str | None = None


@event("rectification.verified", 1, happened=True)
@frozen
class RectificationVerified:
    """Somebody looked whether it is mended; only the outcome `met` closes it."""

    rectification: RectificationId
    day: date
    outcome: Outcome
    verifier: UnitId | None = None
    why: str | None = None


# What they state.


@facts(
    key="day inspection",
    text="name kind ends checker delegated_by approved_by approved_on",
    sums="units_total",
)
def checks(e: CheckConducted) -> Iterator[Row]:
    """State one check, on its first day."""
    yield (
        e.day,
        e.inspection,
        e.name,
        e.kind,
        e.ends,
        e.checker,
        e.delegated_by,
        e.approved_by,
        e.approved_on,
        e.units_total,
    )


@facts(key="day inspection unit")
def check_units(e: CheckConducted) -> Iterator[Row]:
    """State which units were checked, as far as they are named."""
    for unit in e.units:
        yield e.day, e.inspection, unit


@facts(key="day inspection method", text="held_on kickoff", sums="sessions topics")
def check_sessions(e: CheckConducted) -> Iterator[Row]:
    """State each session of a check, and on how many topics it was."""
    for s in e.sessions:
        yield e.day, e.inspection, s.method, s.day, yes_or_no(s.kickoff), 1, len(s.topics)


@facts(key="day inspection topic", sums="sessions")
def check_topics(e: CheckConducted) -> Iterator[Row]:
    """State on what each session was; one on two topics counts for both."""
    for session in e.sessions:
        for topic in session.topics:
            yield e.day, e.inspection, topic, 1


@facts(key="day inspection role", sums="persons")
def check_team(e: CheckConducted) -> Iterator[Row]:
    """State how many had which role in the team."""
    for role, persons in e.team.items():
        yield e.day, e.inspection, role, persons


@facts(key="day inspection norm")
def check_norms(e: CheckConducted) -> Iterator[Row]:
    """State by which norms a check went."""
    for norm in e.norms:
        yield e.day, e.inspection, norm


@facts(key="day inspection plan_item")
def check_plan_items(e: CheckConducted) -> Iterator[Row]:
    """State which plan items a check looked at."""
    for item in e.plan_items:
        yield e.day, e.inspection, item


@facts(key="day finding", text="kind problem unit inspection")
def findings(e: FindingRaised) -> Iterator[Row]:
    """State what was found."""
    yield e.day, e.finding, e.kind, e.problem, e.unit, e.inspection


@facts(key="day finding", text="problem said", state="said")
def finding_texts(e: FindingRaised) -> Iterator[Row]:
    """State what a finding says."""
    yield e.day, e.finding, e.problem, e.text


@facts(key="day inspection", text="body opinion")
def deliberations(e: ReportDeliberated) -> Iterator[Row]:
    """State that the report of a check was deliberated."""
    yield e.day, e.inspection, e.body, e.opinion


@facts(key="day rectification", text="unit assigner due_on target kind_of_target")
def rectification_assignments(e: RectificationAssigned) -> Iterator[Row]:
    """State who is to mend what: `target` is the id of the `kind_of_target`."""
    kind = next(name for name in TARGETS if getattr(e, name) is not None)
    yield e.day, e.rectification, e.unit, e.assigner, e.due_on, getattr(e, kind), kind


@facts(key="day rectification", text="status verifier", state="status")
def rectification_status(
    e: RectificationAssigned | RectificationDone | RectificationVerified,
) -> Iterator[Row]:
    """State how a rectification stands from a day on: assigned, done, verified or returned."""
    if isinstance(e, RectificationAssigned):
        yield e.day, e.rectification, "assigned", None
    elif isinstance(e, RectificationDone):
        yield e.day, e.rectification, "done", None
    else:
        status = "verified" if e.outcome == "met" else "returned"
        yield e.day, e.rectification, status, e.verifier


EVENTS = (
    CheckConducted,
    FindingRaised,
    ReportDeliberated,
    RectificationAssigned,
    RectificationDone,
    RectificationVerified,
)
FACTS = (
    checks,
    check_units,
    check_sessions,
    check_topics,
    check_team,
    check_norms,
    check_plan_items,
    findings,
    finding_texts,
    deliberations,
    rectification_assignments,
    rectification_status,
)
