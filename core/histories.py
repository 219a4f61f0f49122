"""Random histories for tests: valid events of any types, with corrections and voids among them.

`history(draw, types, …)` makes drafts that the log's door accepts: ids are introduced before they
are referred to, terms are of the vocabularies, numbers are small and often blank. What a class asks
beyond its types (shares that add to 10,000) is given by an `Example`, a function that draws the
fields it cares about; core's own are here, a family passes its own to `check_family`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from attrs import evolve, field, frozen, mutable
from hypothesis import strategies as st

from lianjian.core.activities import WHOLE, ActivityHeld, UnitReorganized
from lianjian.core.errors import Refused
from lianjian.core.event import Draft, EventType, event_type, read_data
from lianjian.core.methods import BonusGranted, CycleSealed, MethodAdopted, ScoreReviewed
from lianjian.core.names import introductions, references
from lianjian.core.notices import NOTICES, Voided
from lianjian.core.planning import NormIssued, PlanAdopted
from lianjian.core.posts import PostAssessed, PostDesignated, PostHolderChanged
from lianjian.core.resources import TARGETS as PROVEN
from lianjian.core.resources import EvidenceAttached
from lianjian.core.shapes import (
    Choice,
    Field,
    Leaf,
    Many,
    Mapped,
    Maybe,
    New,
    Record,
    Ref,
    Sealed,
    Shape,
    Term,
    mentions,
    record_of,
)
from lianjian.core.supervision import TARGETS as MENDED
from lianjian.core.supervision import CheckConducted, FindingRaised, RectificationAssigned
from lianjian.core.vocabulary import installed

FIRST, LAST = date(2020, 10, 1), date(2022, 3, 1)

Draw = Callable[[st.SearchStrategy[Any]], Any]
Example = Callable[["Maker"], dict[str, Any]]


@mutable
class Maker:
    """Draws values for the fields of events, remembering which ids are known.

    `known` are the live ids by kind, `names` the installed names that events may refer to.
    """

    draw: Draw
    names: Mapping[str, Sequence[str]]
    known: dict[str, list[str]] = field(factory=dict)
    made: int = 0

    def pick(self, kind: str) -> str | None:
        """Draw a known id of a kind, None where there is none."""
        ids = list(self.names.get(kind, ())) or self.known.get(kind, [])
        return self.draw(st.sampled_from(ids)) if ids else None

    def term(self, scheme: str) -> str:
        """Draw a code of a vocabulary."""
        return str(self.draw(st.sampled_from(list(installed()[scheme]))))

    def day(self) -> date:
        """Draw a day in or near 2021."""
        days = self.draw(st.integers(0, (LAST - FIRST).days - 1))
        return FIRST + timedelta(days=days)

    def shares(self, keys: Sequence[str], total: int = WHOLE) -> dict[str, int]:
        """Draw positive shares of `total` for some of the keys."""
        some = self.draw(st.lists(st.sampled_from(keys), unique=True, min_size=1, max_size=3))
        cuts = sorted(
            self.draw(
                st.lists(
                    st.integers(1, total - 1),
                    unique=True,
                    min_size=len(some) - 1,
                    max_size=len(some) - 1,
                )
            )
        )
        ends = [0, *cuts, total]
        return {k: b - a for k, (a, b) in zip(some, pairwise(ends), strict=True)}

    def value(self, shape: Shape) -> Any:
        """Draw JSON of a shape; LookupError where it needs an id and none is known."""
        match shape:
            case Maybe(of):
                try:
                    return self.value(of) if self.draw(st.booleans()) else None
                except LookupError:
                    return None
            case Leaf(kind, marks):
                return self._leaf(kind, marks)
            case Choice(values):
                return self.draw(st.sampled_from(values))
            case Many(of):
                return self._several(of)
            case Mapped(key, of):
                return {k: self.value(of) for k in self._several(key)}
            case Record(_, fields):
                drawn = {name: self.value(f.shape) for name, f in fields.items() if _wanted(f)}
                return {k: v for k, v in drawn.items() if v is not None}
        raise TypeError(shape)

    def _several(self, of: Shape) -> list[Any]:
        found: list[Any] = []
        try:
            for _ in range(self.draw(st.integers(0, 3))):
                item = self.value(of)
                if item not in found:
                    found.append(item)
        except LookupError:
            pass
        return found

    def _leaf(self, kind: Any, marks: tuple[Any, ...]) -> Any:
        for mark in marks:
            match mark:
                case Term(scheme):
                    return self.term(scheme)
                case New(of):
                    self.made += 1
                    return f"{of.split(':')[0]}-{self.made}"
                case Ref(of):
                    id_ = self.pick(of)
                    if id_ is None:
                        raise LookupError(of)
                    return id_
        if kind is date:
            return self.day().isoformat()
        if kind is bool:
            return self.draw(st.booleans())
        if kind is int:
            return self.draw(st.one_of(st.integers(1, 9), st.integers(0, 500)))
        if kind is Sealed:
            return f"讲师{self.draw(st.integers(1, 9))}"
        return self.draw(st.sampled_from(["甲", "乙", "b c", "ü", "2021"]))


def _wanted(f: Field) -> bool:
    """Leave out texts with a form of their own (codes), which an Example may give."""
    return f.required or f.validator is None or not isinstance(f.shape, Maybe)


def an_activity(m: Maker) -> dict[str, Any]:
    """Draw what an activity's invariants ask for."""
    minutes = m.draw(st.sampled_from([None, 30, 90, 120]))
    given: dict[str, Any] = {"minutes": minutes, "start": m.draw(st.sampled_from([None, "09:30"]))}
    if m.draw(st.booleans()):
        given["themes"] = m.shares(list(installed()["theme"]))
    if minutes:
        given["formats"] = m.shares(list(installed()["format"]), minutes)
    return given


def a_reorganisation(m: Maker) -> dict[str, Any]:
    """Draw a change of the unit tree with the parts that it needs."""
    units = m.known.get("unit", [])
    if len(units) < 2:
        raise LookupError("unit")
    one, other, third = (m.draw(st.sampled_from(units)) for _ in range(3))
    changes: dict[str, dict[str, Any]] = {
        "rename": {"units": [one], "name": f"{one}改"},
        "recode": {"units": [one], "code": "310114401"},
        "reparent": {"units": [one], "parent": other},
        "close": {"units": [one]},
        "merge": {"units": [one], "into": [{"unit": other, "share_bp": WHOLE}]},
        "split": {
            "units": [one],
            "into": [{"unit": u, "share_bp": s} for u, s in m.shares([one, other, third]).items()],
        },
    }
    change = m.draw(st.sampled_from(sorted(changes)))
    return {"change": change, "name": None, "code": None, "parent": None, "into": []} | changes[
        change
    ]


def a_norm(m: Maker) -> dict[str, Any]:
    """Draw hours and limits, each rank and duty once."""
    ranks = m.draw(st.lists(st.sampled_from(list(installed()["rank"])), unique=True, max_size=2))
    duties = m.draw(st.lists(st.sampled_from(list(installed()["duty"])), unique=True, max_size=2))
    hours = m.draw(st.integers(0, 600))
    months = m.draw(st.integers(1, 6))
    extended = m.draw(st.sampled_from([None, months, months + 5]))
    return {
        "hours": [{"rank": rank, "hours": hours, "years": 5} for rank in ranks],
        "limits": [{"duty": duty, "months": months, "extended": extended} for duty in duties],
    }


def a_plan(m: Maker) -> dict[str, Any]:
    """Draw the first and the last day of a plan, in order."""
    starts, ends = sorted((m.day(), m.day()))
    return {"starts": starts.isoformat(), "ends": ends.isoformat()}


def a_check(m: Maker) -> dict[str, Any]:
    """Draw the first and the last day of a check, in order, and a team of somebody."""
    day, ends = sorted((m.day(), m.day()))
    last = m.draw(st.sampled_from([None, ends.isoformat()]))
    roles = m.draw(st.lists(st.sampled_from(list(installed()["team_role"])), unique=True))
    return {"day": day.isoformat(), "ends": last, "team": dict.fromkeys(roles, 2)}


def a_finding(m: Maker) -> dict[str, Any]:
    """Draw a finding, of which only a problem has a problem's code."""
    kind = m.term("finding_kind")
    return {"kind": kind, "problem": m.term("problem") if kind == "problem" else None}


def _one_target(m: Maker, kinds: Sequence[str]) -> dict[str, Any]:
    """Draw an id of one of the kinds, and none of the others; LookupError where none is known."""
    known = [kind for kind in kinds if m.known.get(kind)]
    if not known:
        raise LookupError(kinds)
    chosen = m.draw(st.sampled_from(known))
    return dict.fromkeys(kinds) | {chosen: m.pick(chosen)}


def a_rectification(m: Maker) -> dict[str, Any]:
    """Draw the one thing that is to be mended."""
    return _one_target(m, MENDED)


def a_risk(m: Maker) -> dict[str, Any]:
    """Draw the risk of a post, which a designation may leave out, and its links."""
    return {"risk": m.draw(st.integers(1, 3)), "links": m.draw(st.sampled_from([None, 1, 5]))}


def a_designation(m: Maker) -> dict[str, Any]:
    """Draw whether the risk of a new post is known."""
    return a_risk(m) if m.draw(st.booleans()) else {"risk": None, "links": None}


def a_holder(m: Maker) -> dict[str, Any]:
    """Draw a token out of few, or none, and the lecturer that only somebody can be."""
    holder = m.draw(st.sampled_from([None, "T1", "T2", "T3"]))
    return {"holder": holder, "lecturer": m.pick("lecturer") if holder else None}


def a_piece_of_evidence(m: Maker) -> dict[str, Any]:
    """Draw the digest of a file, some of them twice, and the one thing that it proves."""
    digest = m.draw(st.sampled_from("0123456789abcdef")) * 64
    return {"digest": digest} | _one_target(m, PROVEN)


def a_method(m: Maker) -> dict[str, Any]:
    """Draw soft criteria with their weights, and grades from the best one down."""
    criteria = [
        {"criterion": name, "weight_bp": weight, "missing": "zero"}
        for name, weight in m.shares(["x", "y", "z"]).items()
    ]
    grades = [{"grade": "good", "at_least": 7000}, {"grade": "failed", "at_least": 0}]
    return {"criteria": criteria, "grades": m.draw(st.sampled_from([[], grades]))}


def _judged(m: Maker) -> dict[str, Any]:
    period = m.draw(st.sampled_from(["2021", "2021Q2", "2021-06"]))
    return {"criterion": m.draw(st.sampled_from("xyz")), "period": period}


def a_review(m: Maker) -> dict[str, Any]:
    """Draw a review by a criterion that methods may have."""
    return _judged(m) | {"score": m.draw(st.integers(0, 10_000)), "self_score": None}


def a_bonus(m: Maker) -> dict[str, Any]:
    """Draw a bonus on a criterion that methods may have, with one basis at most."""
    return _judged(m) | {"points": m.draw(st.integers(1, 3000)), "resource": None}


def a_cycle(m: Maker) -> dict[str, Any]:
    """Draw a sealed cycle; its digest is of nothing that was published."""
    return {"period": _judged(m)["period"], "published": "0" * 64, "results": []}


EXAMPLES: dict[type, Example] = {
    ActivityHeld: an_activity,
    BonusGranted: a_bonus,
    CheckConducted: a_check,
    CycleSealed: a_cycle,
    EvidenceAttached: a_piece_of_evidence,
    FindingRaised: a_finding,
    MethodAdopted: a_method,
    NormIssued: a_norm,
    PlanAdopted: a_plan,
    PostAssessed: a_risk,
    PostDesignated: a_designation,
    PostHolderChanged: a_holder,
    RectificationAssigned: a_rectification,
    ScoreReviewed: a_review,
    UnitReorganized: a_reorganisation,
}


@frozen
class _Live:
    """A draft of the history that nothing has superseded."""

    draft: Draft
    introduces: tuple[tuple[str, str], ...]
    refers: frozenset[tuple[str, str]]


def history(
    draw: Draw,
    types: Sequence[EventType],
    own: Sequence[EventType],
    names: Mapping[str, Sequence[str]],
    examples: Mapping[type, Example],
    size: int,
) -> list[Draft]:
    """Draw about `size` drafts: mostly new events, about one in four a correction or a void.

    Half of the new ones are of the types that are a family's `own`.
    """
    maker = Maker(draw, names)
    live: list[_Live] = []
    drafts: list[Draft] = []
    others = [t for t in types if t.cls not in NOTICES and t not in own]
    # Whatever the family's events refer to is introduced first, twice, so that later ones find it.
    opening = [t for t in _opening(others, own) for _ in range(2)]
    for i in range(size):
        number = f"e{i}"
        among = own if own and draw(st.booleans()) else others or own
        type_ = opening[i] if i < len(opening) else draw(st.sampled_from(among))
        action = draw(st.integers(0, 7)) if i >= len(opening) and live else 7
        made = None
        if action == 0:
            made = _void(draw, live, number)
        elif action == 1:
            made = _correction(maker, live, examples, number)
        made = made or _new(maker, type_, examples, number)
        if made:
            drafts.append(made)
            _stand(maker, live, made)
    return drafts


def _opening(others: Sequence[EventType], own: Sequence[EventType]) -> list[EventType]:
    """Return the types of `own` that introduce ids, behind those that introduce what they refer to.

    Of a family without events of its own nothing says what it reads, so all that introduce are in.
    """
    needed = list(own or others)
    for type_ in needed:  # grows as it goes: what is needed needs something itself
        wanted = _kinds(type_, Ref)
        needed += [t for t in others if t not in needed and _kinds(t, New) & wanted]
    return [t for t in (*others, *own) if t in needed and _introduces(t)]


def _kinds(type_: EventType, of: type[Ref | New]) -> set[str]:
    marks = (mark for mark, _ in mentions(type_.cls))
    return {mark.kind for mark in marks if isinstance(mark, of)}


def _introduces(type_: EventType) -> bool:
    return any(
        any(isinstance(m, New) for m in f.shape.marks)
        for f in record_of(type_.cls).fields.values()
        if isinstance(f.shape, Leaf)
    )


def _new(
    maker: Maker, type_: EventType, examples: Mapping[type, Example], number: str
) -> Draft | None:
    """Draw an event; where its class refuses, without the optional fields that it refuses."""
    try:
        data = maker.value(type_.shape)
        example = examples.get(type_.cls)
        data |= example(maker) if example else {}
    except LookupError:
        return None
    for _ in range(3):
        try:
            made, disclosures = read_data(type_, data)
        except Refused as refused:
            for fault in refused.faults:
                data.pop(fault.path.split(".")[0], None)
        else:
            return Draft(event=made, recorder="trial", id=number, disclosures=disclosures)
    return None


def _unreferred(live: Sequence[_Live]) -> list[_Live]:
    referred = frozenset[tuple[str, str]]().union(*(x.refers for x in live))
    return [x for x in live if not set(x.introduces) & referred]


def _void(draw: Draw, live: list[_Live], number: str) -> Draft | None:
    free = [x for x in _unreferred(live) if not isinstance(x.draft.event, Voided)]
    if not free:
        return None
    target = draw(st.sampled_from(free))
    return Draft(event=Voided(why="trial"), recorder="trial", id=number, replaces=target.draft.id)


def _correction(
    maker: Maker, live: list[_Live], examples: Mapping[type, Example], number: str
) -> Draft | None:
    """Draw an event of the same type that introduces the same ids, in another's place."""
    free = [x for x in live if not isinstance(x.draft.event, Voided)]
    if not free:
        return None
    target = maker.draw(st.sampled_from(free))
    type_ = event_type(target.draft.event)
    made = _new(maker, type_, examples, number)
    if made is None:
        return None
    own = {
        name: getattr(target.draft.event, name)
        for name, f in type_.shape.fields.items()
        if _introducing(f.shape)
    }
    event = evolve(made.event, **own)
    if set(references(event)) & set(introductions(event)):
        return None
    return evolve(made, event=event, replaces=target.draft.id)


def _introducing(shape: Shape) -> bool:
    match shape:
        case Leaf(_, marks):
            return any(isinstance(m, New) for m in marks)
        case Maybe(of):
            return _introducing(of)
    return False


def _stand(maker: Maker, live: list[_Live], made: Draft) -> None:
    """Note what stands after a draft: the live events and the known ids."""
    for old in [x for x in live if x.draft.id == made.replaces]:
        live.remove(old)
        for kind, id_ in old.introduces:
            maker.known[kind].remove(id_)
    if isinstance(made.event, Voided):
        return
    introduces = tuple(introductions(made.event))
    for kind, id_ in introduces:
        maker.known.setdefault(kind, []).append(id_)
    live.append(_Live(made, introduces, frozenset(references(made.event))))
