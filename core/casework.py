"""Casework: cases from the decision to the lesson and the mended loophole, as they are recorded.

    case.disposed            a case was decided, in one of the four forms
    case.announced           the decision was announced
    case.check_done          one of the three checks of it was made
    case.lesson_published    there is something to teach from
    loophole.identified      it showed a loophole, which a rectification mends

Activities say which cases they were about, and rectifications which loophole they mend. **Nobody is
named**: ids are opaque and no field holds a person, the text of a decision or a place. The unit may
be left out. The recorder is the discipline office.

What contradicts itself across events (announced before it was decided) is taken as it is told, and
is a finding of the families that read these tables.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from attrs import Attribute, field, frozen
from attrs.validators import min_len

from lianjian.core.activities import ActivityHeld, UnitId
from lianjian.core.errors import PartWrong, Words
from lianjian.core.event import event
from lianjian.core.facts import Row, facts, yes_or_no
from lianjian.core.planning import NormIssued
from lianjian.core.shapes import New, Ref, Term

# Events.

CaseId = Annotated[str, Ref("case")]
OPAQUE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def opaque(_: Any, attribute: "Attribute[Any]", value: str) -> None:
    """Validate that an id cannot be a Chinese name: ASCII letters, digits, dots, _ and - alone."""
    if not OPAQUE.fullmatch(value):
        why = Words(
            "案件编号只能用英文字母、数字和 . _ -，最长 64 位，不得含姓名",
            "a case's id has letters a-z, digits, . _ and - only, at most 64, and no name",
        )
        raise PartWrong(why=why).at(attribute.name)


@event("case.disposed", 1, happened=True)
@frozen
class CaseDisposed:
    """A case was decided, in one of the four forms (四种形态).

    `usable` tells whether it is fit to be taught from; left out, nobody has said.
    """

    case: Annotated[str, New("case")] = field(validator=opaque)
    form: Annotated[str, Term("form")]
    day: date
    unit: UnitId | None = None
    domain: Annotated[str, Term("domain")] | None = None
    usable: bool | None = None


@event("case.announced", 1, happened=True)
@frozen
class CaseAnnounced:
    """The decision was announced; `extended` where a longer time had been approved."""

    case: CaseId
    day: date
    extended: bool | None = None


@event("case.check_done", 1, happened=True)
@frozen
class CaseCheckDone:
    """One of the three checks of a case was made (一案三查)."""

    case: CaseId
    slot: Annotated[str, Term("check_slot")]
    day: date
    why: str | None = None


@event("case.lesson_published", 1)
@frozen
class CaseLessonPublished:
    """There is something to teach from: a case, or a positive exemplar, which has none.

    `local` tells whether it is of people and things near by (身边人身边事).
    """

    lesson: Annotated[str, New("lesson")]
    polarity: Annotated[str, Term("polarity")]
    day: date
    case: CaseId | None = None
    local: bool | None = None
    resource: Annotated[str, Ref("resource")] | None = None
    unit: UnitId | None = None


@event("loophole.identified", 1)
@frozen
class LoopholeIdentified:
    """A case showed a loophole, at a `step` of some process; `unit` must mend it.

    The mending is a rectification of the loophole.
    """

    loophole: Annotated[str, New("loophole")]
    case: CaseId
    step: str = field(validator=min_len(1))
    day: date
    unit: UnitId | None = None


# What they state.


@facts(key="day case_id", text="form domain unit usable")
def cases_disposed(e: CaseDisposed) -> Iterator[Row]:
    """State one decided case."""
    yield e.day, e.case, e.form, e.domain, e.unit, yes_or_no(e.usable)


@facts(key="day case_id", text="extended")
def case_announcements(e: CaseAnnounced) -> Iterator[Row]:
    """State that a decision was announced."""
    yield e.day, e.case, yes_or_no(e.extended)


@facts(key="day case_id slot")
def case_checks(e: CaseCheckDone) -> Iterator[Row]:
    """State that one of the three checks was made."""
    yield e.day, e.case, e.slot


@facts(key="day lesson", text="case_id polarity local resource")
def case_lessons(e: CaseLessonPublished) -> Iterator[Row]:
    """State one lesson."""
    yield e.day, e.lesson, e.case, e.polarity, yes_or_no(e.local), e.resource


@facts(key="day loophole", text="case_id step unit")
def loopholes(e: LoopholeIdentified) -> Iterator[Row]:
    """State one loophole."""
    yield e.day, e.loophole, e.case, e.step, e.unit


EXPLAINING = {"case_law", "case_discipline"}  # 以案说法、以案说纪


@facts(key="day activity case_id", text="host", sums="minutes warning_bp explains")
def case_activities(e: ActivityHeld) -> Iterator[Row]:
    """State which cases an activity was about.

    `warning_bp` is the share of warning education, `explains` 1 where it explained law or
    discipline by the case and 0 where not; both are None where themes, or forms, are blank.
    """
    if not e.cases:
        return
    warning = e.themes.get("warning", 0) if e.themes else None
    explains = int(bool(EXPLAINING & e.formats.keys())) if e.formats else None
    for case in e.cases:
        yield e.day, e.activity, case, e.host, e.minutes, warning, explains


@facts(key="day series", text="norm", sums="months extended", state="norm")
def announcement_limits(e: NormIssued) -> Iterator[Row]:
    """State within how many months a norm wants a decision announced, from the day of its force."""
    for limit in e.limits:
        if limit.duty == "announce":
            yield e.effective_on or e.day, e.series, e.norm, limit.months, limit.extended


EVENTS = (CaseDisposed, CaseAnnounced, CaseCheckDone, CaseLessonPublished, LoopholeIdentified)
FACTS = (
    cases_disposed,
    case_announcements,
    case_checks,
    case_lessons,
    loopholes,
    case_activities,
    announcement_limits,
)
