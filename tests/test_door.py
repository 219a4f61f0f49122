"""The door: everything that is asked of an event, each fault with its path, all of them at once."""

import datetime as dt
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
import pytest
from attrs import Factory, field, frozen
from attrs.validators import ge, optional

from lianjian.core import Family, New, Ref, Sealed, Term, event
from lianjian.core.activities import ActivityHeld, Attendance, TermDefined, UnitRegistered
from lianjian.core.errors import (
    AlreadyKnown,
    BadEnvelope,
    BadId,
    BadText,
    EntryTooLarge,
    Fault,
    IntegerTooLarge,
    InTheFuture,
    Invalid,
    LogDamaged,
    MissingField,
    NotADay,
    NothingToReplace,
    OutOfBounds,
    Refused,
    RegisteredTwice,
    ResidentIdFound,
    SameIdOtherContent,
    StillReferred,
    TimeDisagrees,
    UnknownEventType,
    UnknownReference,
    UnknownTerm,
    UnknownVersion,
    WrongType,
)
from lianjian.core.event import (
    SHANGHAI,
    Draft,
    Unfit,
    draft_from_cloudevent,
    event_type,
    read_data,
    seal,
    today,
)
from lianjian.core.notices import Voided
from lianjian.core.testing import Trial
from lianjian.core.verify import verify
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened, VisitHeld

DAY = date(2021, 5, 1)
RESIDENT = "11010519491231002X"  # the example of GB 11643-1999
RESIDENT_DIGITS = "110105194912310011"  # the same person's neighbour, all digits


@frozen
class Line:
    """A record inside."""

    unit: Annotated[str, Ref("unit")]
    attended: int | None = field(default=None, validator=optional(ge(0)))


@event("note.made", 1)
@frozen
class NoteMade:
    """One field of every shape."""

    note: Annotated[str, New("note")]
    day: date
    text: str = ""
    amount: int | None = None
    sure: bool | None = None
    about: tuple[Annotated[str, Ref("note")], ...] = ()
    elsewhere: Annotated[str, Ref("far_away")] | None = None
    parts: dict[Annotated[str, Term("theme")], int] = field(default=Factory(dict))
    lines: tuple[Line, ...] = ()
    by: Sealed | None = None


@event("pair.made", 1)
@frozen
class PairMade:
    """It introduces several ids at once."""

    day: date
    notes: tuple[Annotated[str, New("note")], ...]


@event("wish.made", 1)
@frozen
class WishMade:
    """It happens on no day."""

    text: str


NOTES = Family("notes", version=1, zh="笔记", en="Notes", events=[NoteMade, PairMade, WishMade])


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path, [bases.lianjian_family(), NOTES]) as t:
        yield t
        assert verify(t.records, t.registry.families).findings == ()


def note(note_="n", **fields):
    return NoteMade(note=note_, day=DAY, **fields)


def unit(unit_="u", name="街道"):
    return UnitRegistered(unit=unit_, name=name, kind="town", tier="town", day=DAY)


def draft(event_, **attributes):
    return Draft(**{"event": event_, "recorder": "trial", **attributes})


def refused(trial, *events):
    """Return the faults of events that are refused, and see that nothing was written."""
    before = trial.size
    drafts = [e if isinstance(e, Draft | Unfit) else draft(e) for e in events]
    with pytest.raises(Refused) as info:
        trial.log.append(drafts)
    assert trial.size == before
    return info.value.faults


def told(faults):
    return {(f.path, type(f)) for f in faults}


def broken(cls, **fields):
    """Return an event object that its class would not have let anybody make."""
    made = object.__new__(cls)
    for name, shape in event_type(cls).shape.fields.items():
        object.__setattr__(
            made, name, fields.get(name, shape.default if not shape.required else None)
        )
    return made


# Every fault, with its path


def test_every_kind_of_fault_is_told_at_once(trial):
    faults = refused(
        trial,
        draft(
            note(
                "two words",
                about=("nobody", "nothing"),
                parts={"warming": 5, "warning": 6},
                lines=(Line("nowhere", 1), Line("nowhere", 2)),
            ),
            subject="a\x00b",
            id="i d",
            time="2021-05-02T00:00:00+08:00",
        ),
        VisitHeld(base="b", day=today() + timedelta(days=2)),
        draft(Voided(why="x"), replaces="unheard-of"),
    )
    assert {(f.number, f.path, type(f)) for f in faults} == {
        (0, "note", BadId),
        (0, "about.0", UnknownReference),
        (0, "about.1", UnknownReference),
        (0, "parts.warming", UnknownTerm),
        (0, "lines.0.unit", UnknownReference),
        (0, "lines.1.unit", UnknownReference),
        (0, "subject", BadEnvelope),
        (0, "id", BadEnvelope),
        (0, "time", TimeDisagrees),
        (1, "base", UnknownReference),
        (1, "day", InTheFuture),
        (2, "replaces", NothingToReplace),
    }
    assert faults[0].place.en == "event 1"


def test_faults_of_fields_come_with_those_of_terms_and_references(trial):
    found = refused(
        trial,
        broken(
            NoteMade, note="n", day="1 May", amount=1.5, about=("nobody",), parts={"warming": "x"}
        ),
    )
    assert told(found) == {
        ("day", NotADay),
        ("amount", WrongType),
        ("about.0", UnknownReference),
        ("parts.warming", WrongType),
    }


def test_what_could_not_become_an_event_is_reported_with_the_rest(trial):
    data = {"note": "n", "day": "soon", "about": ["nobody"]}
    type_ = event_type(NoteMade)
    with pytest.raises(Refused) as info:
        read_data(type_, data)
    faults = refused(trial, Unfit(type_, data, info.value.faults), note("m", about=("n", "ghost")))
    assert {(f.number, f.path, type(f)) for f in faults} == {
        (0, "day", NotADay),
        (0, "about.0", UnknownReference),
        (1, "about.1", UnknownReference),  # but not `n`, which the first would have introduced
    }


@pytest.mark.parametrize(
    "first",
    [
        note("n", parts={"warming": 1}),
        broken(NoteMade, note="n", day=DAY, amount=1.5),
        draft(note("n"), subject="\n"),
    ],
)
def test_a_refused_event_does_not_make_faults_of_those_behind_it(trial, first):
    assert {f.number for f in refused(trial, first, note("m", about=("n",)))} == {0}


def test_a_faulty_event_that_would_stand_already_is_no_way_round(trial):
    trial.record(draft(note(), id="a"))
    assert told(refused(trial, draft(note(), id="a", why="\x07"))) == {("why", BadEnvelope)}


# Types


def some(**fields):
    return broken(NoteMade, note="n", day=DAY, **fields)


class Name(str):
    __slots__ = ()


class Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    ("given", "path", "kind"),
    [
        (some(amount=1.0), "amount", WrongType),
        (some(amount=float("nan")), "amount", WrongType),
        (some(amount=True), "amount", WrongType),
        (some(sure=1), "sure", WrongType),
        (some(text=b"bytes"), "text", WrongType),
        (some(text=Name("n")), "text", WrongType),
        (some(text=None), "", Invalid),
        (some(text=date(2021, 5, 1)), "text", WrongType),
        (broken(NoteMade, note="n", day=dt.datetime(2021, 5, 1)), "day", NotADay),  # noqa: DTZ001
        (broken(NoteMade, note="n", day=None), "day", MissingField),
        (broken(NoteMade, note="n", day="2021-02-30"), "day", NotADay),
        (some(about={"n"}), "about", WrongType),
        (some(about="n"), "about", WrongType),
        (some(parts=[("warning", 1)]), "parts", WrongType),
        (some(parts={1: 1}), "parts.1", WrongType),
        (some(lines=("u",)), "lines.0", WrongType),
        (some(lines=(Line("u", None), 5)), "lines.1", WrongType),
        (some(lines=(broken(UnitRegistered, unit="u"),)), "lines.0.kind", Fault),
        (some(amount=2**63), "amount", IntegerTooLarge),
        (some(amount=-(2**63) - 1), "amount", IntegerTooLarge),
        (some(amount=10**40), "amount", IntegerTooLarge),
        (some(amount=-(10**40)), "amount", IntegerTooLarge),
        (some(parts={"warning": 2**64}), "parts.warning", IntegerTooLarge),
        (some(text="half \ud83d"), "text", BadText),
        (some(parts={"\udc00": 1}), "parts.\udc00", BadText),
        (some(by="plain"), "by", WrongType),
        (broken(VisitHeld, base="b", day=DAY, persons=-1), "persons", OutOfBounds),
    ],
    ids=lambda v: v if isinstance(v, str) and v.isascii() else "",
)
def test_what_is_not_of_its_type_is_refused(trial, given, path, kind):
    trial.record(unit(), BaseOpened(base="b", name="园", kind="garden", day=DAY))
    found = refused(trial, given)
    assert any(f.path == path and isinstance(f, kind) for f in found), told(found)


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 2**63 - 1},
        {"amount": -(2**63)},
        {"amount": 0, "sure": False},
        {"about": ["n0"]},
        {"text": 'He said "no"\n\t\\ \u2028 \x7f 🀄'},
        {"text": "9" * 30},
        {"parts": {"warning": 10_000}},
        {"text": Word.ONE},
    ],
)
def test_what_is_of_its_type_is_taken_and_read_back(trial, fields):
    trial.record(note("n0"))
    made = note("n1", **fields)
    trial.record(made)
    row = trial.log.store.row(1)
    again = event_type(NoteMade).read(row.entry, 1)
    for name, value in fields.items():
        assert (
            list(getattr(again, name)) == value
            if name == "about"
            else getattr(again, name) == value
        )


def test_only_the_declared_class_itself_is_taken(trial):
    @frozen
    class Longer(NoteMade):
        more: int = 5

    other = event("note.made", 1)(frozen(type("NoteMade", (), {"__annotations__": {"day": date}})))
    for event_ in (Longer(note="n", day=DAY), other(day=DAY)):
        assert told(refused(trial, event_)) == {("", UnknownEventType)}
    with pytest.raises(TypeError):
        trial.record("no event")


def test_an_entry_fits_into_a_tile_bundle(trial):
    room = 65_535 - len(
        trial.log._taken([draft(note("m"), id="x")], trial.log._now()).rows[0].entry
    )
    fitting = room - len(',"text":""')
    assert told(refused(trial, draft(note("m", text="x" * (fitting + 1)), id="x"))) == {
        ("", EntryTooLarge)
    }
    trial.record(draft(note("m", text="x" * fitting), id="x"))
    assert len(trial.log.store.row(0).entry) == 65_535


# Personal data


HIDDEN = [
    RESIDENT,
    RESIDENT_DIGITS,
    f"id {RESIDENT}.",
    f"one\n{RESIDENT}",
    f"a\t{RESIDENT}\tb",
    f'"{RESIDENT}"',
    f"\\{RESIDENT}",
    "110105\t19491231\t002X",
    "110105\n19491231\r002x",
    "1101 0519 4912 3100 2X",
    "110105-19491231-002X",
    "１１０１０５１９４９１２３１００２Ｘ",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_resident_id_is_refused_wherever_it_stands(trial, text):
    places = [
        (note(text=text), "text"),
        (some(parts={text: 1}), "parts.?"),
    ]
    for event_, path in places:
        assert (path, ResidentIdFound) in told(refused(trial, event_))
    for name in ("subject", "recorder", "why", "id", "batch"):
        found = refused(trial, draft(note(), **{name: text}))
        assert told(found) == {(name, ResidentIdFound)}
    sealed, disclosure = seal("by", text)
    found = refused(trial, draft(note(by=sealed), disclosures=(disclosure,)))
    assert told(found) == {("by", ResidentIdFound)}
    with pytest.raises(Refused):
        read_data(event_type(NoteMade), {"note": "n", "day": "2021-05-01", "by": text})


def test_a_resident_id_is_refused_as_an_id_as_a_reference_and_as_a_number(trial):
    assert ("note", ResidentIdFound) in told(refused(trial, note(RESIDENT)))
    assert ("elsewhere", ResidentIdFound) in told(refused(trial, note(elsewhere=RESIDENT)))
    assert ("amount", ResidentIdFound) in told(refused(trial, note(amount=int(RESIDENT_DIGITS))))


def test_a_resident_id_is_not_repeated_by_what_refuses_it(trial):
    for text in HIDDEN:
        wrong = (
            note(text, about=(text,), parts={text: 1}, lines=(Line(text),)),
            broken(NoteMade, note=text, day=text, amount=text, sure=text, parts={text: text}),
            draft(note(), **dict.fromkeys(("id", "subject", "recorder", "why", "replaces"), text)),
            Unfit(event_type(NoteMade), {"note": text, "parts": {text: 1}, "about": [text]}, ()),
        )
        for fault in refused(trial, *wrong):
            said = fault.line("zh") + fault.line("en") + repr(fault.details)
            assert text not in said
            assert repr(text)[1:-1] not in said


def test_ids_and_digests_that_we_made_are_not_taken_for_one(trial):
    sealed, disclosure = seal("by", "张三")
    trial.record(*(draft(note(f"n{i}", text=str(i)), batch="b") for i in range(300)))
    trial.record(draft(note(by=sealed), disclosures=(disclosure,)))


# Sealed fields


def sealed_note(text, note_="n", **attributes):
    sealed, disclosure = seal("by", text)
    return draft(note(note_, by=sealed), disclosures=(disclosure,), **attributes)


def test_a_sealed_field_comes_with_its_text(trial):
    sealed, disclosure = seal("by", "张三")
    assert told(refused(trial, note(by=sealed))) == {("by", Invalid)}
    other = seal("by", "张三")[1]
    assert told(refused(trial, draft(note(by=sealed), disclosures=(other,)))) == {("by", Invalid)}
    trial.record(draft(note(by=sealed), disclosures=(other, disclosure)))
    rows = trial.log.store.db.execute("SELECT digest, position FROM disclosures").fetchall()
    assert rows == [(sealed.sealed, 0)]


def test_sealed_texts_are_compared_not_their_digests(trial):
    first = sealed_note("张三", id="a")
    assert trial.log.append([first]).added == 1
    assert trial.log.append([sealed_note("张三", id="a")]).added == 0
    assert trial.log.append([sealed_note("张三")]).positions == (0,)  # introduced alike
    found = refused(trial, sealed_note("李四", id="a"))
    assert isinstance(found[0], SameIdOtherContent)
    assert found[0].details["fields"] == "by"
    assert told(refused(trial, sealed_note("李四"))) == {("note", AlreadyKnown)}
    assert told(refused(trial, draft(note(), id="a"))) == {("id", SameIdOtherContent)}


def test_an_erased_text_is_passed_over_and_does_not_come_back(trial):
    kept = sealed_note("张三", id="a")
    trial.log.append([kept])
    db = trial.log.store.db
    stored = db.execute("SELECT * FROM disclosures").fetchall()
    db.execute("DELETE FROM disclosures")
    assert trial.log.append([sealed_note("李四", id="a")]).added == 0
    assert db.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)
    # A correction of something else carries the digest over, and brings no text with it.
    trial.log.append([draft(note(text="x", by=kept.event.by), replaces="a")])
    assert db.execute("SELECT count(*) FROM disclosures").fetchone() == (0,)
    db.executemany("INSERT INTO disclosures VALUES (?, ?, ?)", stored)


def test_a_correction_carries_a_sealed_field_over(trial):
    kept = sealed_note("张三", id="a")
    trial.log.append([kept])
    trial.log.append([draft(note(text="x", by=kept.event.by), id="b", replaces="a")])
    again = draft(note(text="y", by=kept.event.by), replaces="b", disclosures=kept.disclosures)
    trial.log.append([again])
    assert trial.log.store.db.execute("SELECT position FROM disclosures").fetchall() == [(0,)]


def test_half_a_character_is_no_secret(trial):
    with pytest.raises(Refused) as info:
        read_data(event_type(NoteMade), {"note": "n", "day": "2021-05-01", "by": "\ud800"})
    assert told(info.value.faults) == {("by", BadText)}


@pytest.mark.parametrize("disclosure", ["", "x", "WzFd", "bnVsbA", "NQ", "WyJzIiwgImJ5IiwgNV0"])
def test_a_disclosure_that_is_none_is_refused(trial, disclosure):
    from lianjian.core.event import disclosure_digest

    made = note(by=Sealed(disclosure_digest(disclosure)))
    assert told(refused(trial, draft(made, disclosures=(disclosure,)))) == {("by", Invalid)}


# The envelope


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recorder", ""),
        ("recorder", "a\nb"),
        ("recorder", None),
        ("subject", "a\x7f"),
        ("subject", "a\u2028b"),
        ("subject", "\ud800"),
        ("why", "\x1b[31m"),
        ("batch", "two words"),
        ("batch", 5),
        ("id", "a b"),
        ("id", "a\x85"),
        ("id", 7),
        ("time", 5),
        ("time", "noon"),
        ("time", "2021-05-01"),
        ("time", "2021-05-01T00:00:00"),
        ("time", "9999-12-31T23:59:59-12:00"),
        ("time", "0001-01-01T00:00:00+12:00"),
    ],
)
def test_envelope_attributes(trial, name, value):
    assert told(refused(trial, draft(note(), **{name: value}))) == {(name, BadEnvelope)}
    assert told(refused(trial, draft(WishMade("x"), **{name: value}))) == {(name, BadEnvelope)}


def test_an_attribute_that_passed_once_does_not_vouch_for_the_next(trial):
    good, bad = draft(note("a"), subject="x"), draft(note("b"), subject="x", why="\x00")
    assert {(f.number, f.path) for f in refused(trial, good, bad, good)} == {(1, "why")}
    again = draft(note("c"), subject="x", why="\x00")
    assert {(f.number, f.path) for f in refused(trial, bad, again)} == {(0, "why"), (1, "why")}


def test_the_time_agrees_with_day_and_start(trial):
    trial.record(unit())
    held = ActivityHeld(activity="a", day=DAY, host="u", start="14:30", minutes=60)
    for time in ("2021-05-01T14:31:00+08:00", "2021-05-02T14:30:00+08:00", "2021-05-01T14:30:00Z"):
        assert told(refused(trial, draft(held, time=time))) == {("time", TimeDisagrees)}
    trial.record(draft(held, time="2021-05-01T06:30:00Z"), note())
    times = [msgspec.json.decode(r.entry)["time"] for r in trial.log.store.rows(1, 3)]
    assert times == ["2021-05-01T14:30:00+08:00", "2021-05-01T00:00:00+08:00"]


def test_what_happens_on_no_day_has_the_time_of_its_recording(trial):
    trial.record(draft(WishMade("x"), id="w"))
    trial.record(draft(WishMade("y"), id="v", time="2020-02-29T23:00:00Z"))
    first, second = (msgspec.json.decode(r.entry)["time"] for r in trial.log.store.rows(0, 2))
    assert abs(datetime.fromisoformat(first) - datetime.now(SHANGHAI)) < timedelta(minutes=1)
    assert second == "2020-03-01T07:00:00+08:00"
    assert trial.log.append([draft(WishMade("x"), id="w")]).added == 0
    assert (
        trial.log.append([draft(WishMade("y"), id="v", time="2020-03-01T07:00+08:00")]).added == 0
    )
    found = refused(trial, draft(WishMade("y"), id="v", time="2020-03-01T08:00:00+08:00"))
    assert found[0].details["fields"] == "time"


def test_what_has_happened_does_not_lie_ahead(trial):
    trial.record(BaseOpened(base="b", name="园", kind="garden", day=today() + timedelta(days=30)))
    trial.record(VisitHeld(base="b", day=today()))
    ahead = VisitHeld(base="b", day=today() + timedelta(days=1))
    assert told(refused(trial, ahead)) == {("day", InTheFuture)}


def test_a_cloudevent_from_elsewhere(trial):
    given = {
        "specversion": "1.0",
        "id": "x1",
        "source": "elsewhere",
        "type": "note.made",
        "time": "2021-05-01T00:00:00+08:00",
        "data": {"note": "n", "day": "2021-05-01", "by": "张三"},
        "dataversion": 1,
        "recordedat": "2001-01-01T00:00:00.000000Z",
    }
    trial.log.append([draft_from_cloudevent(trial.registry.types, given, "me")])
    row = msgspec.json.decode(trial.log.store.row(0).entry)
    assert (row["id"], row["recorder"], row["source"]) == ("x1", "me", "example.org/trial")
    assert "张三" not in str(row)
    worse = given | {"time": "noon", "id": RESIDENT, "colour": "red", "specversion": "0.3"}
    with pytest.raises(Refused) as info:
        draft_from_cloudevent(trial.registry.types, worse | {"data": {"day": 5}}, "me")
    assert {f.path for f in info.value.faults} >= {"specversion", "colour", "id", "data.note"}
    with pytest.raises(Refused) as info:
        draft_from_cloudevent(trial.registry.types, given | {"dataversion": 2}, "me")
    assert isinstance(info.value.faults[0], UnknownVersion)


# References


def test_an_unknown_reference_offers_the_nearest_ids_and_names(trial):
    trial.record(
        BaseOpened(base="lianyuan", name="嘉定廉园", kind="garden", day=DAY),
        BaseOpened(base="gucheng", name="古城廉政馆", kind="garden", day=DAY),
    )
    for wrong in ("lianyuna", "嘉定廉苑", "廉园"):
        (fault,) = refused(trial, VisitHeld(base=wrong, day=DAY))
        assert "lianyuan (嘉定廉园)" in fault.message("zh")
        assert "lianyuan (嘉定廉园)" in fault.message("en")
    (fault,) = refused(
        trial,
        BaseOpened(base="fu", name="府", kind="garden", day=DAY),
        VisitHeld(base="fuu", day=DAY),
    )
    assert "fu (府)" in fault.message("en")
    (fault,) = refused(trial, BaseOpened(base="x", name="园", kind="gaden", day=DAY))
    assert "garden" in fault.message("en")


def test_a_kind_that_no_installed_family_introduces_is_taken_and_flagged(trial):
    done = trial.log.append([draft(note("a", elsewhere="there")), draft(note("b", elsewhere="so"))])
    assert done.unchecked == {("far_away", "there"), ("far_away", "so")}
    assert trial.log.append([draft(note("c"))]).unchecked == frozenset()
    assert told(refused(trial, note("d", elsewhere="no id"))) == {("elsewhere", BadId)}


def test_drafts_may_refer_to_earlier_ones_but_not_to_later_ones(trial):
    trial.record(note("a"), note("b", about=("a",)))
    assert told(refused(trial, note("d", about=("c",)), note("c"))) == {
        ("about.0", UnknownReference)
    }
    trial.record(note("e", about=("e",)))  # of itself it may speak


def test_installed_names_are_checked_against_what_the_caller_handed_in(trial):
    from lianjian.core.log import Log

    installed = {"far_away": frozenset({"here", "there"})}
    with Log.open(trial.records, trial.registry.types, installed) as log:
        assert log.append([draft(note("a", elsewhere="here"))]).unchecked == frozenset()
        with pytest.raises(Refused) as info:
            log.append([draft(note("b", elsewhere="ther"))])
        assert "there" in info.value.faults[0].message("en")


# Introducing


def test_an_introduction_stated_twice_alike_is_one_event(trial):
    first = trial.log.append([draft(note("a", text="x")), draft(note("a", text="x"))])
    assert (first.positions, first.added) == ((0, 0), 1)
    assert trial.log.append([draft(note("a", text="x"), id="another")]).positions == (0,)
    (fault,) = refused(trial, note("a", text="y"))
    assert (fault.path, type(fault), fault.details["position"]) == ("note", AlreadyKnown, 0)
    assert told(refused(trial, draft(note("a", text="x"), subject="s"))) == {("note", AlreadyKnown)}
    assert [f.number for f in refused(trial, note("c"), note("c", text="z"))] == [1]


def test_one_event_introduces_an_id_once(trial):
    assert RegisteredTwice in {type(f) for f in refused(trial, PairMade(DAY, ("a", "b", "a")))}
    trial.record(PairMade(DAY, ("a", "b")))
    assert trial.log.append([draft(PairMade(DAY, ("a", "b")))]).added == 0
    assert told(refused(trial, PairMade(DAY, ("b", "c")))) == {("notes.0", AlreadyKnown)}


def test_what_live_events_refer_to_cannot_be_taken_away(trial):
    made = trial.record(note("a"))[0]
    about = trial.record(note("b", about=("a",)))[0]
    (fault,) = refused(trial, draft(Voided(why="x"), replaces=made))
    assert (type(fault), fault.details["position"]) == (StillReferred, 1)
    (fault,) = refused(trial, draft(note("z"), replaces=made))
    assert isinstance(fault, StillReferred)
    trial.correct(made, note("a", text="the same id"))
    now = trial.log.store.row(2).id
    for order in ([now, about], [about, now]):
        assert trial.log.check([draft(Voided(why="x"), replaces=i) for i in order]) == 2
    trial.void(now, about)
    assert told(refused(trial, note("c", about=("a",)))) == {("about.0", UnknownReference)}
    trial.record(note("a"), note("c", about=("a",)))


def test_what_goes_and_comes_back_in_one_append_was_never_away(trial):
    made = trial.record(note("a"))[0]
    trial.record(note("b", about=("a",)))
    trial.record(draft(Voided(why="x"), replaces=made), note("a", text="anew"))
    assert trial.log.store.known("note", "a") == 3


def test_what_came_and_went_in_one_append_refers_to_nothing(trial):
    trial.record(
        draft(note("a"), id="1"),
        draft(note("b", about=("a",)), id="2"),
        draft(Voided(why="x"), replaces="2"),
        draft(Voided(why="x"), replaces="1"),
    )
    assert trial.log.store.introductions("note") == []


def test_a_reference_to_what_this_append_takes_away_is_unknown(trial):
    made = trial.record(note("a"))[0]
    void = draft(Voided(why="x"), replaces=made)
    assert told(refused(trial, void, note("b", about=("a",)))) == {("about.0", UnknownReference)}
    assert told(refused(trial, note("b", about=("a",)), void)) == {("replaces", StillReferred)}


def test_an_event_whose_type_is_no_longer_installed_can_be_voided(trial, tmp_path):
    from lianjian.core.log import Log

    made = trial.record(note("a"), note("b"))[0]
    types = {n: t for n, t in trial.registry.types.items() if n != "note.made"}
    with Log.open(trial.records, types) as log:
        log.append([draft(Voided(why="x"), replaces=made)])
    trial.record(note("c", about=("b",)))
    assert told(refused(trial, note("d", about=("a",)))) == {("about.0", UnknownReference)}


def test_an_entry_that_is_no_entry_is_told_not_raised(trial):
    trial.record(draft(note("a"), id="a"))
    db = trial.log.store.db
    kept = db.execute("SELECT entry FROM entries").fetchone()[0]
    (trigger,) = db.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'entries_no_update'"
    ).fetchone()
    db.execute("DROP TRIGGER entries_no_update")
    db.execute("UPDATE entries SET entry = x'7b'")
    with pytest.raises(LogDamaged):
        trial.record(draft(note("b"), id="a"))
    with pytest.raises(LogDamaged):
        trial.record(draft(Voided(why="x"), replaces="a"))
    db.execute("UPDATE entries SET entry = ?", (kept,))
    db.execute(trigger)


# Terms


def term(code, zh="新题", scheme="theme"):
    return TermDefined(scheme=scheme, code=code, zh=zh, en=zh, day=DAY)


def test_a_defined_term_can_be_used_and_its_code_never_means_another_thing(trial):
    assert told(refused(trial, note("a", parts={"drones": 1}))) == {("parts.drones", UnknownTerm)}
    defined = trial.record(term("drones"), note("a", parts={"drones": 1}))[0]
    trial.record(note("b", parts={"drones": 2}))
    assert told(refused(trial, term("drones", "另一题"))) == {("code", AlreadyKnown)}
    assert told(refused(trial, term("warning"))) == {("code", AlreadyKnown)}
    assert told(refused(trial, draft(Voided(why="x"), replaces=defined))) == {
        ("replaces", StillReferred)
    }
    trial.record(term("drones", scheme="entry"))  # in another vocabulary it is another code
    (fault,) = refused(trial, note("c", parts={"dronse": 1}))
    assert "drones" in fault.message("zh")


def test_a_code_that_was_taken_back_is_not_used_again(trial):
    first, second = trial.record(term("x1"), term("x2"))
    trial.void(first)
    assert told(refused(trial, term("x1"))) == {("code", AlreadyKnown)}
    assert told(refused(trial, draft(term("x1"), replaces=second))) == {("code", AlreadyKnown)}
    third = term("x3")
    void = draft(Voided(why="x"), replaces="t")
    assert told(refused(trial, draft(third, id="t"), void, term("x3", "别的"))) == {
        ("code", AlreadyKnown)
    }
    corrected = trial.correct(second, term("x9", "改码"))
    trial.correct(corrected, term("x2", "改回"))  # its own code it may take again


# Attendance: the same text in many places


def test_each_place_of_the_same_unknown_id_is_told(trial):
    trial.record(unit())
    lines = tuple(
        Attendance(unit=u, category=c)
        for u in ("ghost", "u")
        for c in ("leading_cadre", "civil_servant")
    )
    held = ActivityHeld(activity="a", day=DAY, host="ghost", attendance=lines)
    paths = {f.path for f in refused(trial, held) if isinstance(f, UnknownReference)}
    assert paths == {"host", "attendance.0.unit", "attendance.1.unit"}
