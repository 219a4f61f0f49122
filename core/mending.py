"""Mending: how rectifications stand, and the problems that they are about.

    mendings(q)[("finding", "f-1")]     the rectifications of a finding, as they stand by the period's end
    mendings_by_kind(q)["finding"]      those of all findings; under "" those of whatever they are about
    mended(q, "post")                   the posts of which a rectification is closed
    problems_by_code(q)["P2"]           the problems of a code, each with what was done about it
    odd_rectifications(q)               what contradicts itself of them, for `kit.listed`

A rectification is closed by a verification whose outcome is `met`, on the first such day; another
outcome opens it again. What its unit says to have done closes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from attrs import frozen

from lianjian.core.errors import Words
from lianjian.core.indicator import Query
from lianjian.core.kit import Finding, terms


@frozen
class Mending:
    """A rectification by the period's end; `closed` is the day on which it was verified for good."""

    id: str
    unit: str
    day: str
    due_on: str | None
    status: str
    closed: str | None

    @property
    def state(self) -> str:
        """Return how it stands: a verification holds whatever is said to be done after it."""
        return "verified" if self.closed else self.status


def mendings(q: Query) -> dict[tuple[str, str], list[Mending]]:
    """Return the rectifications that were assigned by the period's end, by (kind, id) of target."""
    closed: dict[str, str | None] = {}
    status: dict[str, str] = {}
    sql = "SELECT rectification, status, day FROM rectification_status_to_date ORDER BY day, event"
    for id_, state, day in q.rows(sql):
        status[id_] = state
        if state == "verified":
            closed[id_] = closed.get(id_) or day
        elif state == "returned":
            closed[id_] = None
    found: dict[tuple[str, str], list[Mending]] = defaultdict(list)
    sql = """
        SELECT kind_of_target, target, rectification, unit, day, due_on
        FROM rectification_assignments_to_date ORDER BY event
    """
    for kind, target, id_, unit, day, due_on in q.rows(sql):
        made = Mending(id_, unit, day, due_on, status[id_], closed.get(id_))
        found[kind, target].append(made)
    return found


def mendings_by_kind(q: Query) -> dict[str, list[Mending]]:
    """Return the rectifications by the kind of what they are about, and all of them under ""."""
    found: dict[str, list[Mending]] = {"": []}
    for (kind, _), some in mendings(q).items():
        found[""] += some
        found.setdefault(kind, []).extend(some)
    return found


def mended(q: Query, kind: str) -> set[str]:
    """Return the ids of one kind of target of which a rectification is closed by the period's end."""
    found = mendings(q).items()
    return {id_ for (of, id_), made in found if of == kind and any(m.closed for m in made)}


@frozen
class Problem:
    """A problem that was found: its code, since when, how many rectifications, when it was closed."""

    id: str
    code: str | None
    day: str
    mendings: Sequence[Mending]

    @property
    def closed(self) -> str | None:
        """Return the day on which the last of its rectifications was verified, None while open."""
        days = [m.closed for m in self.mendings]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


def problems_by_code(q: Query) -> dict[str, list[Problem]]:
    """Return the problems raised by the period's end: all under "", and those of each code."""
    mended = mendings(q)
    found: dict[str, list[Problem]] = {"": [], **{code: [] for code in terms(q, "problem")}}
    sql = "SELECT finding, problem, day FROM findings_to_date WHERE kind = 'problem' ORDER BY event"
    for id_, code, day in q.rows(sql):
        problem = Problem(id_, code, day, mended.get(("finding", id_), []))
        found[""].append(problem)
        if code:
            found.setdefault(code, []).append(problem)
    return found


def odd_rectifications(q: Query) -> Iterator[Finding]:
    """Yield what contradicts itself of rectifications; it is told in the period that completes it."""
    start = q.start
    sql = "SELECT rectification, unit, day FROM rectification_assignments_to_date"
    asked = {id_: (unit, day) for id_, unit, day in q.rows(sql)}
    reported: dict[str, str] = {}  # when each was first said to be done
    sql = """
        SELECT rectification, status, verifier, day, event FROM rectification_status_to_date
        WHERE status <> 'assigned' ORDER BY day, event
    """
    steps = q.rows(sql)
    for id_, status, _, day, _ in steps:
        if status == "done":
            reported.setdefault(id_, day)
    for id_, status, verifier, day, position in steps:
        unit, assigned = asked.get(id_, (None, day))
        if status == "done":
            if day < assigned and assigned >= start:
                said = Words(f"整改 {id_} 先完成后交办", f"{id_} was done before it was assigned")
                yield "", position, said
            continue
        if verifier is not None and verifier == unit and day >= start:
            said = Words(
                f"整改 {id_} 由整改单位 {unit} 自行验收", f"{id_}: {unit} verified its own work"
            )
            yield "", position, said
        if day < reported.get(id_, day) and reported[id_] >= start:
            said = Words(f"整改 {id_} 先验收后完成", f"{id_} was verified before it was done")
            yield "", position, said
