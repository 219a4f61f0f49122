"""Ledgers: what each cell may say, what is told of a wrong one, and real tables there and back."""

import csv
import io
import json
import random
import re
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import pytest
from attrs import Factory, evolve, field, frozen
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    HeadcountDeclared,
    Speaker,
    TermDefined,
    UnitRegistered,
)
from lianjian.core.cells import assemble, draft_from_texts, find_cell, tidy
from lianjian.core.errors import (
    BadId,
    BlankKey,
    BrokenRow,
    CellWithoutHeader,
    DuplicateKey,
    LedgerUnreadable,
    MissingField,
    NoColumnFits,
    NoRows,
    NotADay,
    NotAText,
    NothingToDerive,
    NotOneOf,
    NotWhole,
    PartsWanted,
    Refused,
    RepeatedColumn,
    RepeatedKey,
    ResidentIdFound,
    SameDerivedId,
    SealedElsewhere,
    SpreadsheetGiven,
    UnknownColumn,
    UnknownField,
    UnknownReference,
    UnknownTerm,
    WrongType,
)
from lianjian.core.event import Draft, Unfit, event, event_type, open_disclosure
from lianjian.core.identifiers import resident_id_in
from lianjian.core.indicator import Family
from lianjian.core.ledger import import_csv, import_ndjson
from lianjian.core.quoting import shown
from lianjian.core.shapes import New, Ref, Sealed, Term, plain
from lianjian.core.sheets import derived_id
from lianjian.core.testing import Trial
from lianjian.core.textfiles import file_kind, read_file

CARPENTRIES = Path(__file__).parent / "data/carpentries/all_workshops_2018.csv"

# Made up: the region of Jiading, a birthday, and the check digit that GB 11643 asks for.
RESIDENT = "310114199003070019"
RESIDENT = next(
    n for n in (f"31011419900307{i:04d}" for i in range(1000, 1100)) if resident_id_in(n)
)


@frozen
class Band:
    name: str
    limits: tuple[int, ...] = ()


@event("every.shape", 1)
@frozen
class EveryShape:
    thing: Annotated[str, New("thing")]
    day: date
    count: int | None = None
    sure: bool | None = None
    words: str | None = None
    change: Literal["rename", "close"] | None = None
    theme: Annotated[str, Term("theme")] | None = None
    weekdays: tuple[int, ...] = ()
    flags: tuple[bool, ...] = ()
    shares: dict[Annotated[str, Term("theme")], int] = field(default=Factory(dict))
    attendance: tuple[Attendance, ...] = ()
    bands: tuple[Band, ...] = ()


@event("person.enrolled", 1)
@frozen
class PersonEnrolled:
    person: Annotated[str, New("person")]
    day: date
    name: Sealed | None = None
    unit: Annotated[str, Ref("unit")] | None = None
    age: int | None = None


EVERY, PERSON = event_type(EveryShape), event_type(PersonEnrolled)
ACTIVITY, UNIT = event_type(ActivityHeld), event_type(UnitRegistered)
HEADCOUNT, TERM = event_type(HeadcountDeclared), event_type(TermDefined)
TYPES = {t.name: t for t in (EVERY, PERSON, ACTIVITY, UNIT, HEADCOUNT, TERM)}
TOYS = Family("toys", version=1, zh="试", en="Toys", events=[EveryShape, PersonEnrolled])


def value(path, text):
    """The value that one text becomes; where it is refused, the one fault."""
    data, found = assemble(EVERY, [(path, text)])
    if found:
        assert len(found) == 1
        return found[0]
    for step in path.split("."):
        data = data[int(step) if step.isdigit() else step]
    return data


def write(folder, text, name="ledger.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def table(folder, text, type_=EVERY, maps=(), sets=(), key="", **more):
    return import_csv(write(folder, text), type_, maps, sets, key, "me", **more)


def told(ledger):
    """All faults that were found without the log, as lines."""
    return [f for d in ledger.drafts if isinstance(d, Unfit) for f in d.faults]


def only(ledger):
    [fault] = told(ledger)
    return fault


# Cells.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30", 30),
        ("0", 0),
        ("  30　", 30),
        ("\ufeff30", 30),
        ("３０", 30),
        ("-3", -3),
        ("－３", -3),
        ("007", 7),
        ("1,200", 1200),
        ("１，２００", 1200),
        ("1,234,567", 1_234_567),
        (str(2**63 - 1), 2**63 - 1),
    ],
)
def test_whole_numbers(text, expected):
    assert value("count", text) == expected
    assert type(value("count", text)) is int


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("12.0", "write 12"),
        ("12.00", "write 12"),
        ("30人", "write 30"),
        ("30 人次", "write 30"),
        ("90分钟", "write 90"),
        ("12.5", "no fractions"),
        ("50%", "5000"),
        ("12.5%", "1250"),
        ("约30人", "digits only"),
        ("3万", "digits only"),
        ("3小时", "digits only"),
        ("三十", "digits only"),
        ("１2,00", "digits only"),
        ("0,200", "digits only"),
        ("1,200,3", "digits only"),
        ("+3", "digits only"),
        ("1e3", "digits only"),
        ("①", "digits only"),
        ("3²", "digits only"),
        ("٣", "digits only"),
        ("1_000", "digits only"),
        ("/", "digits only"),
        ("无", "digits only"),
    ],
)
def test_what_is_no_whole_number(text, way):
    fault = value("count", text)
    assert isinstance(fault, NotWhole)
    assert way in fault.message("en")
    assert repr(text) in fault.message("zh")
    assert fault.path == "count"


def test_a_whole_number_beyond_64_bits():
    draft = draft_from_texts(
        EVERY, [("thing", "x"), ("day", "2021-05-01"), ("count", "9" * 19)], ""
    )
    assert [type(f).__name__ for f in draft.faults] == ["IntegerTooLarge"]
    assert type(value("count", "9" * 5000)).__name__ == "IntegerTooLarge"


@pytest.mark.parametrize(
    "text",
    [
        "2021-05-01",
        "2021-5-1",
        "2021/5/1",
        "2021/05/01",
        "2021.5.1",
        "2021年5月1日",
        "2021 年 5 月 1 日",
        "2021年5月1号",
        "20210501",
        "２０２１．５．１",
        " 2021-05-01 ",
        "2021/5/1 0:00",
        "2021-05-01 00:00:00",
        "2021-05-01T00:00:00",
    ],
)
def test_days(text):
    assert value("day", text) == "2021-05-01"


@pytest.mark.parametrize(
    "text",
    [
        "5/1/2021",
        "1.5.2021",
        "21-05-01",
        "2021-02-29",
        "2021-13-01",
        "20210532",
        "2021-5/1",
        "2021-05",
        "2021年5月",
        "5月1日",
        "44317",
        "2021-05-01 09:30",
        "昨天",
        "0000-01-01",
        "202155",
    ],
)
def test_what_is_no_day(text):
    fault = value("day", text)
    assert isinstance(fault, NotADay)
    assert text in fault.message("zh")
    assert "YYYY-MM-DD" in fault.message("en")


@pytest.mark.parametrize("text", ["true", "TRUE", "Yes", "是", "1", "１", " 是 "])
def test_yes(text):
    assert value("sure", text) is True


@pytest.mark.parametrize("text", ["false", "No", "否", "0"])
def test_no(text):
    assert value("sure", text) is False


@pytest.mark.parametrize("text", ["有", "2", "对", "y", "√"])
def test_neither_yes_nor_no(text):
    assert isinstance(value("sure", text), NotOneOf)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("warning", "warning"),
        ("警示教育", "warning"),
        ("Warning education", "warning"),
        ("WARNING EDUCATION", "warning"),
        ("　警示教育 ", "warning"),
        ("警示", "警示"),  # near, but not it: the door says so, and offers
        ("our_own", "our_own"),  # the log may have defined it
    ],
)
def test_terms(text, code):
    assert value("theme", text) == code


def test_terms_as_keys():
    data, found = assemble(EVERY, [("shares.警示教育", "6000"), ("shares.discipline", "4,000")])
    assert not found
    assert data == {"shares": {"warning": 6000, "discipline": 4000}}


@pytest.mark.parametrize("text", ["", "  ", "　", "\t", "\ufeff", "\u200b", "\xa0"])
def test_blank_is_absent_and_never_zero(text):
    pairs = [("count", text), ("words", text), ("weekdays", text), ("attendance.0.attended", text)]
    assert assemble(EVERY, pairs) == ({}, [])
    assert value("count", "0") == 0


def test_a_choice_and_a_text_are_taken_as_they_are():
    assert value("change", "rename") == "rename"
    assert value("words", " 关于“三重一大” 30人, ½ ") == "关于“三重一大” 30人, ½"
    assert value("thing", " 安亭_1 ") == "安亭_1"


@pytest.mark.parametrize("text", ["1,3,5", "1、3、5", "1;3；5", "1，3，5", "[1, 3, 5]", "1, 3 ,5,"])
def test_lists_in_one_cell(text):
    assert value("weekdays", text) == [1, 3, 5]


def test_lists_of_terms_repeated_and_by_number():
    pairs = [("aims", "不敢腐、cannot"), ("aims", "want_not")]
    assert assemble(ACTIVITY, pairs) == ({"aims": ["dare_not", "cannot", "want_not"]}, [])
    pairs = [("aims.1", "cannot"), ("aims.0", "不敢腐")]
    assert assemble(ACTIVITY, pairs) == ({"aims": ["dare_not", "cannot"]}, [])
    assert assemble(EVERY, [("flags", "是,否")]) == ({"flags": [True, False]}, [])


def test_a_wrong_item_of_a_list_is_named():
    _, found = assemble(EVERY, [("weekdays", "1,二,3"), ("weekdays", "四")])
    assert [f.path for f in found] == ["weekdays.1", "weekdays.3"]
    draft = draft_from_texts(
        EVERY, [("thing", "x"), ("day", "20210501"), ("weekdays", "1,二")], "me"
    )
    assert [f.path for f in draft.faults] == ["weekdays.1"]  # and not once more by its type


def test_a_list_by_number_closes_up_over_blanks():
    pairs = [
        ("attendance.0.unit", ""),
        ("attendance.2.attended", "x"),
        ("attendance.2.unit", "anting"),
        ("attendance.5.unit", "malu"),
    ]
    data, [fault] = assemble(EVERY, pairs)
    assert data == {"attendance": [{"attended": "x", "unit": "anting"}, {"unit": "malu"}]}
    assert fault.path == "attendance.0.attended"


def test_lists_in_lists():
    pairs = [("bands.3.name", "b"), ("bands.3.limits.2", "7"), ("bands.1.limits", "1,2")]
    assert assemble(EVERY, pairs)[0] == {
        "bands": [{"limits": [1, 2]}, {"name": "b", "limits": [7]}]
    }


def test_json_in_a_cell():
    text = '[{"unit": "anting", "category": "public", "attended": 3}]'
    assert value("attendance", text)[0]["attended"] == 3
    assert value("shares", '{"warning": 10000}') == {"warning": 10000}
    assert isinstance(value("shares", '{"warning": 1, "warning": 2}'), DuplicateKey)
    assert isinstance(value("shares", '{"warning": '), WrongType)
    draft = draft_from_texts(
        EVERY, [("thing", "x"), ("day", "20210501"), ("shares", '{"warning": 1.5}')], "me"
    )
    assert [(type(f), f.path) for f in draft.faults] == [(WrongType, "shares.warning")]


def test_what_has_parts_is_not_one_text():
    fault = value("attendance", "30")
    assert isinstance(fault, PartsWanted)
    assert "attendance.0.unit=…" in fault.message("en")
    assert "shares.…=值" in value("shares", "警示教育").message("zh")


@pytest.mark.parametrize(
    ("path", "close"),
    [
        ("attendence.0.unit", "attendance"),
        ("attendance.0.attend", "attended"),
        ("attendance.x.unit", "0, 1"),
        ("attendance.-1.unit", "0, 1"),
        ("day.month", "day"),
        ("weekdays.0.x", "weekdays.0"),
        ("", "thing"),
        ("zzz", "thing, day"),
    ],
)
def test_unknown_fields_offer_the_nearest(path, close):
    with pytest.raises(UnknownField) as caught:
        find_cell(EVERY, path)
    assert close in caught.value.message()
    assert assemble(EVERY, [(path, "1")])[1][0].message() == caught.value.message()


@pytest.mark.parametrize(
    "pairs",
    [
        [("day", "2021-05-01"), ("day", "2021-05-01")],
        [("shares.warning", "1"), ("shares.警示教育", "2")],
        [("attendance", "[]"), ("attendance.0.unit", "x")],
        [("attendance.0.unit", "x"), ("attendance", "[]")],
        [("weekdays", "1"), ("weekdays.0", "2")],
        [("weekdays.0", "1"), ("weekdays.0", "2")],
    ],
)
def test_a_place_is_stated_once(pairs):
    _, found = assemble(EVERY, pairs)
    assert [type(f) for f in found] == [DuplicateKey]


def test_odd_pairs_of_a_repeated_list_do_not_break():
    for first in ("{}", '{"a": 1, "a": 2}', RESIDENT, "[1]", "[["):
        for second in ("1", "[2]", "{}"):
            draft = draft_from_texts(
                EVERY,
                [("thing", "x"), ("day", "20210501"), ("weekdays", first), ("weekdays", second)],
                "me",
            )
            assert isinstance(draft, Draft | Unfit)


def test_all_faults_of_a_record_at_once_and_each_once():
    pairs = [("dya", "2021-05-01"), ("count", "30人"), ("sure", "?"), ("thing", "a b")]
    draft = draft_from_texts(EVERY, pairs, "me")
    assert isinstance(draft, Unfit)
    assert [(type(f), f.path) for f in draft.faults] == [
        (UnknownField, "dya"),
        (NotWhole, "count"),
        (NotOneOf, "sure"),
        (BadId, "thing"),
        (MissingField, "day"),
    ]


def test_a_resident_id_is_refused_everywhere_and_never_repeated():
    assert len(RESIDENT) == 18
    spaced = f"{RESIDENT[:6]} {RESIDENT[6:14]} {RESIDENT[14:]}"
    for text in (RESIDENT, f"张三 {spaced}", f"[{RESIDENT}]", f'{{"{RESIDENT}": 1}}'):
        for path in ("thing", "words", "count", "day", "sure", "theme", "weekdays", "shares"):
            draft = draft_from_texts(EVERY, [(path, text)], "me")
            said = "\n".join(f.line("zh") + f.line("en") for f in draft.faults)
            assert not resident_id_in(said)
            assert not resident_id_in(json.dumps(draft.data))
            assert [type(f) for f in draft.faults if f.path == path] == [ResidentIdFound]
    _, [fault] = assemble(EVERY, [(f"shares.{RESIDENT}", "1")])
    assert isinstance(fault, ResidentIdFound)


def test_shown_and_tidy():
    assert shown(f"x {RESIDENT}") == "***"
    assert len(shown("长" * 1000)) < 100
    assert tidy("\ufeff a b\u200b\xa0") == "a b"


# Ids.


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Space Telescope Science Institute", "space-telescope-science-institute"),
        ("  Anting  Town  ", "anting-town"),
        ("Ａnting Town（安亭镇）", "anting-town-安亭镇"),
        ("嘉定区 / 菊园新区", "嘉定区-菊园新区"),
        ("Universität_Zürich", "universität-zürich"),
        ("№ 3·第Ⅱ届", "no-3-第ii届"),
        ("!!!", ""),
    ],
)
def test_derived_ids(name, id_):
    assert derived_id(name) == id_


def test_names_that_derive_the_same_id(tmp_path):
    ledger = table(
        tmp_path,
        "名称,日\n安亭 镇,20210101\n安亭镇,20210101\n安亭-镇,20210101\n???,20210101\n",
        maps=[("thing", "id(名称)"), ("day", "日")],
    )
    one, none = told(ledger)
    assert isinstance(one, SameDerivedId)
    assert one.line() == (
        "row 4, column 名称: thing: '安亭-镇' and '安亭 镇' in row 2 would get the same id 安亭-镇; "
        "write them alike if they are the same, or keep ids in a column of their own"
    )
    assert isinstance(none, NothingToDerive)
    assert "'???'" in none.message()
    assert none.place.text("zh") == "第 5 行，名称 列"


def test_event_ids_follow_from_what_is_said(tmp_path):
    first = table(tmp_path, "thing,day,count\na,2021-05-01,30\na,2021/5/1,３０\nb,20210501,\n")
    ids = [d.id for d in first.drafts]
    assert len(set(ids)) == 3  # two alike are two events: the occurrence counts
    assert all(re.fullmatch("row-[0-9a-f]{24}", i) for i in ids)
    other = "名;日;数;备注\na;2021年5月1日;30;x\nb;2021.5.1;;y\na;20210501;30;z\n"
    maps = [("thing", "名"), ("day", "日"), ("count", "数")]
    again = table(tmp_path, other, maps=maps)
    assert [d.id for d in again.drafts] == [ids[0], ids[2], ids[1]]
    assert table(tmp_path, "thing,day,count\na,2021-05-01,31\n").drafts[0].id not in ids


def test_event_ids_are_the_same_tomorrow(tmp_path):
    # Written down: a change here makes every import of a ledger add it once more.
    row = "thing,day,count,shares.warning\na,2021-05-01,30,1\n"
    assert table(tmp_path, row).drafts[0].id == "row-b9e11064d236a3b084e767a2"
    assert table(tmp_path, row, key="thing").drafts[0].id == "key-1ff2f842e5cb5223ffb995a6"
    assert table(tmp_path, row).batch == "import-594a415bd29b"


def test_keys(tmp_path):
    text = "序号,thing,day\n1,a,2021-05-01\n２,a,2021-05-01\n1,b,2021-05-01\n,c,2021-05-01\n"
    ledger = table(tmp_path, text, key="序号")
    repeated, blank = told(ledger)
    assert isinstance(repeated, RepeatedKey)
    assert repeated.line() == "row 4, column 序号: the key '1' stands in row 2 already"
    assert isinstance(blank, BlankKey)
    ids = [d.id for d in ledger.drafts if isinstance(d, Draft)]
    assert len(set(ids)) == 2
    assert all(re.fullmatch("key-[0-9a-f]{24}", i) for i in ids)
    changed = table(tmp_path, "序号,thing,day\n1,a,2021-05-02\n", key="序号")
    assert changed.drafts[0].id == ids[0]
    with pytest.raises(Refused, match=r"--key 编号: there is no column '编号'"):
        table(tmp_path, text, key="编号")
    [fault] = told(table(tmp_path, f"k,thing,day\n{RESIDENT},a,20210501\n", key="k"))
    assert isinstance(fault, ResidentIdFound)
    assert "stands" not in fault.line()


def test_sealed_texts_leave_no_trace(tmp_path):
    text = "工号,姓名,日期\nL1,{},2021-01-01\nL2,李四,2021-01-01\n"
    maps = [("person", "工号"), ("name", "姓名"), ("day", "日期")]
    one, two = (table(tmp_path, text.format(n), PERSON, maps) for n in ("张三", "王五"))
    assert [d.id for d in one.drafts] == [d.id for d in two.drafts]
    assert one.batch == two.batch  # the digest of the file would tell who it is
    assert one.drafts[0].event.name != two.drafts[0].event.name
    assert open_disclosure(one.drafts[0].disclosures[0]) == ("name", "张三")
    for more, key in (
        ([("person", "id(姓名)"), ("name", "姓名"), ("day", "日期")], ""),
        ([*maps, ("unit", "姓名")], ""),
        (maps, "姓名"),
    ):
        with pytest.raises(Refused) as caught:
            table(tmp_path, text, PERSON, more, key=key)
        assert any(isinstance(f, SealedElsewhere) for f in caught.value.faults)


# Columns.


def test_columns_named_like_fields_fill_them(tmp_path):
    text = "thing,备注, day ,attendance.0.unit,attendance.0.attended,shares.警示教育,lenght\n"
    sets = [("sure", "是"), ("attendance.0.category", "社会公众")]
    ledger = table(tmp_path, text + "a,x,20210501,u,,10000,9\n", sets=sets)
    assert ledger.unused == ("备注", "lenght")
    assert plain(ledger.drafts[0].event) == {
        "thing": "a",
        "day": date(2021, 5, 1),
        "sure": True,
        "shares": {"warning": 10000},
        "attendance": [{"unit": "u", "category": "public"}],
    }


def test_columns_are_found_in_any_width_and_told_near(tmp_path):
    text = "名称（全）, 日期\nx,20210501\n"
    ledger = table(tmp_path, text, maps=[("thing", "名称(全)"), ("day", "日期 ")])
    assert ledger.drafts[0].event == EveryShape(thing="x", day=date(2021, 5, 1))
    with pytest.raises(Refused) as caught:
        table(tmp_path, text, maps=[("thign", "名称"), ("day", "日子"), ("words", "id(日其)")])
    unknown, *columns = caught.value.faults
    assert isinstance(unknown, UnknownField)
    assert "thing" in unknown.message()
    assert [type(f) for f in columns] == [UnknownColumn, UnknownColumn]
    assert columns[0].line().startswith("--map day=日子: there is no column '日子'")
    assert "日期" in columns[1].message("zh")


def test_a_column_may_really_be_called_like_a_derivation(tmp_path):
    ledger = table(
        tmp_path,
        "id(x),day\nA B,20210501\n",
        maps=[("words", "id(x)"), ("day", "day"), ("thing", "day")],
    )
    assert ledger.drafts[0].event.words == "A B"


def test_what_every_row_would_lack_is_told_once(tmp_path):
    with pytest.raises(Refused) as caught:
        table(tmp_path, "thing\na\nb\n")
    [fault] = caught.value.faults
    assert isinstance(fault, MissingField)
    assert fault.line("zh") == "列与字段的对应（--map、--set）: day: 缺少字段 day"
    with pytest.raises(Refused) as caught:
        table(tmp_path, "名称,日期\na,b\n")
    assert [type(f) for f in caught.value.faults] == [NoColumnFits]
    with pytest.raises(Refused) as caught:
        table(
            tmp_path, "thing,day\na,b\n", sets=[("day", "20210501"), ("count", "3人"), ("x", "1")]
        )
    assert [type(f) for f in caught.value.faults] == [NotWhole, UnknownField, DuplicateKey]
    assert caught.value.faults[0].line().startswith("--set count=3人: count: ")


def test_constants_of_a_list_item_go_with_its_columns(tmp_path):
    text = "a,d,u0,n0,u1,n1\nx,20210501,,,malu,3\ny,20210501,,,,\nz,20210501,anting,,malu,0\n"
    maps = [("thing", "a"), ("day", "d")]
    maps += [
        (f"attendance.{i}.{f}", f"{c}{i}")
        for i in (0, 1)
        for f, c in (("unit", "u"), ("attended", "n"))
    ]
    sets = [(f"attendance.{i}.category", "public") for i in (0, 1)]
    ledger = table(tmp_path, text, maps=maps, sets=sets)
    assert [d.event.attendance for d in ledger.drafts] == [
        (Attendance("malu", "public", attended=3),),
        (),
        (Attendance("anting", "public"), Attendance("malu", "public", attended=0)),
    ]


def test_a_fault_behind_a_gap_names_its_own_column(tmp_path):
    text = "thing,day,attendance.0.unit,attendance.1.unit,attendance.1.category,attendance.1.attended\n"
    ledger = table(tmp_path, text + "a,20210501,,malu,public,3人\nb,20210501,,malu,,3\n")
    wrong, missing = told(ledger)
    assert wrong.path == "attendance.0.attended"
    assert str(wrong.place) == "row 2, column attendance.1.attended"
    assert missing.path == "attendance.0.category"
    assert str(missing.place) == "row 3, column attendance.1.category"


def test_a_fault_of_several_columns_names_them_all(tmp_path):
    text = "activity,day,host,themes.警示教育,themes.discipline\na,20210501,h,6000,5000\n"
    fault = only(table(tmp_path, text, ACTIVITY))
    assert fault.path == "themes"
    assert str(fault.place) == "row 2, columns themes.警示教育, themes.discipline"


# Files.


def test_blank_rows_are_passed_over_and_counted(tmp_path):
    text = "\n\nthing,day,count,备注\n\na,20210501,1,\n , ,,合计\n,,,\nb,20210501\n\n\n"
    ledger = table(tmp_path, text)
    assert ledger.rows == (5, 8)
    assert ledger.skipped == 5
    assert ledger.unused == ("备注",)


def test_rows_are_counted_as_a_spreadsheet_does(tmp_path):
    text = 'thing,day,words\r\na,20210501,"two\r\nlines, ""quoted"""\r\nb,x,\r\n'
    ledger = table(tmp_path, text)
    assert ledger.drafts[0].event.words == 'two\r\nlines, "quoted"'
    assert str(only(ledger).place) == "row 3, column day"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_delimiters(tmp_path, mark):
    rows = [["thing", "day", "words"], ["a", "20210501", '"x,y;z\tw"']]
    text = "\n".join(mark.join(r) for r in rows)
    assert table(tmp_path, text).drafts[0].event.words == "x,y;z\tw"
    quoted = text.replace("words", '"words"').replace("thing", '"thing\n,;;,;,\t\t\t\t"')
    ledger = table(tmp_path, quoted, maps=[("thing", "words"), ("day", "day")])
    assert ledger.rows == (2,)


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("gbk", "GB18030"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
    ],
)
def test_encodings(tmp_path, codec, encoding):
    path = write(tmp_path, "编号,日期,说明\na,2021年5月1日,警示教育\n", encoding=codec)
    maps = [("thing", "编号"), ("day", "日期"), ("words", "说明")]
    ledger = import_csv(path, EVERY, maps, [], "", "me")
    assert ledger.encoding == encoding
    assert ledger.drafts[0].event.words == "警示教育"
    assert read_file(path).text.startswith("编号")


def test_letters_of_europe_are_utf_8(tmp_path):
    path = write(tmp_path, "thing,day\nZürich,20210501\n")
    assert import_csv(path, EVERY, [], [], "", "me").drafts[0].event.thing == "Zürich"
    path = write(tmp_path, "thing,day,words\nБ安亭,20210501,Ω\n")
    assert import_csv(path, EVERY, [], [], "", "me").encoding == "UTF-8"


def test_what_is_no_text_file(tmp_path):
    cases = [
        (b"PK\x03\x04rest", SpreadsheetGiven, "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", SpreadsheetGiven, "xls"),
        (b"thing,day\na\0,b\n", NotAText, "NUL"),
        ("thing".encode("utf-16-le"), NotAText, "NUL"),
        (b"caf\xff\xff", NotAText, "UTF-8/GB18030"),
        (b"\xff\xfea", NotAText, "UTF-16"),
        (b"\xef\xbb\xbf\xff", NotAText, "UTF-8"),
        ("thing,day\n亭,2021\n".encode("gbk"), NotAText, "either of UTF-8/GB18030"),
        (b"", NoRows, "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", NoRows, "empty"),
        (b",,\n", NoRows, "no header"),
        (b"thing,day\n", NoRows, "no rows"),
        (b"thing,day\n,\n\n", NoRows, "no rows"),
    ]
    for content, error, said in cases:
        with pytest.raises(error) as caught:
            import_csv(write(tmp_path, content), EVERY, [], [], "", "me")
        assert said in caught.value.message("en")
        assert caught.value.hint("zh")
    with pytest.raises(LedgerUnreadable):
        import_csv(tmp_path / "none.csv", EVERY, [], [], "", "me")
    with pytest.raises(LedgerUnreadable):
        import_csv(tmp_path, EVERY, [], [], "", "me")


def test_headers_that_stand_twice(tmp_path):
    with pytest.raises(Refused) as caught:
        table(tmp_path, "thing,day,thing,（,(\na,20210501,b,,\n")
    one, two = caught.value.faults
    assert isinstance(one, RepeatedColumn)
    assert one.line() == "row 1: the header 'thing' stands over column 1 and column 3"
    assert isinstance(two, RepeatedColumn)


def test_cells_without_a_header(tmp_path):
    ledger = table(tmp_path, "thing,day,,\na,20210501,,\nb,20210501,x,,y\nc\n")
    blank, beyond, missing = told(ledger)
    assert isinstance(blank, CellWithoutHeader)
    assert blank.line().startswith("row 3: 'x' in column 3 has no header")
    assert isinstance(beyond, CellWithoutHeader)
    assert isinstance(missing, MissingField)
    assert str(missing.place) == "row 4, column day"


@pytest.mark.parametrize("bad", ['b,"20210501\nc,20210501\n', 'b,"2021"0501\n'])
def test_quotes_out_of_order(tmp_path, bad):
    ledger = table(tmp_path, "thing,day\na,20210501\n" + bad)
    fault = only(ledger)
    assert isinstance(fault, BrokenRow)
    assert str(fault.place) == "row 3"
    with pytest.raises(Refused, match="row 1"):
        table(tmp_path, '"thing,day\na,20210501\n')


def test_batches(tmp_path):
    one, two = (table(tmp_path, f"thing,day\na,2021050{i}\n") for i in (1, 2))
    assert re.fullmatch("import-[0-9a-f]{12}", one.batch)
    assert one.batch != two.batch
    assert one.batch == table(tmp_path, "thing,day\na,20210501\n").batch
    assert {d.batch for d in one.drafts} == {one.batch}
    assert table(tmp_path, "thing,day\na,20210501\n", batch="mine").drafts[0].batch == "mine"


def test_faults_of_a_table_never_repeat_a_resident_id(tmp_path):
    text = f"thing,day,{RESIDENT}\n{RESIDENT},{RESIDENT},{RESIDENT}\n"
    ledger = table(
        tmp_path,
        text,
        key="thing",
        maps=[("thing", "id(thing)"), ("day", "day"), ("words", RESIDENT)],
    )
    said = "\n".join(f.line(lang) for f in told(ledger) for lang in ("zh", "en"))
    assert said
    assert not resident_id_in(said)
    assert not resident_id_in(json.dumps([d.data for d in ledger.drafts]))
    for maps, sets, key in (
        ([(RESIDENT, RESIDENT)], [(RESIDENT, RESIDENT)], RESIDENT[::-1]),
        ([("thing", f"x{RESIDENT} ")], [("words", RESIDENT), ("day", RESIDENT)], "day"),
    ):
        with pytest.raises(Refused) as caught:
            table(tmp_path, text, maps=maps, sets=sets, key=key)
        assert not resident_id_in(str(caught.value))
    assert not resident_id_in(
        " ".join(table(tmp_path, f"thing,day,{RESIDENT}\na,20210501,\n").unused)
    )


# With the log.


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path / "trial", [TOYS]) as t:
        yield t


def test_all_that_is_wrong_at_once_cells_units_and_terms(trial, tmp_path):
    trial.record(UnitRegistered("anting", "安亭镇", "town", "town", date(2020, 1, 1)))
    text = (
        "unit,category,人数,day\n"
        "anting,社会公众,30人,2021-05-01\n"  # a cell
        "antign,public,,5/1/2021\n"  # two cells and a unit
        "anting,群众,5,2021-05-01\n"  # a term alone
        "malu,public,5,2021-05-01\n"  # a unit alone
        "anting,一把手,1,2021-05-01\n"
    )
    maps = [("unit", "unit"), ("category", "category"), ("persons", "人数"), ("day", "day")]
    ledger = table(tmp_path, text, HEADCOUNT, maps)
    size = trial.size
    with pytest.raises(Refused) as caught:
        trial.log.append(ledger.drafts)
    assert trial.size == size
    refused = ledger.told(caught.value)
    assert [(type(f), str(f.place)) for f in refused.faults] == [
        (NotWhole, "row 2, column 人数"),
        (NotADay, "row 3, column day"),
        (MissingField, "row 3, column 人数"),
        (UnknownReference, "row 3, column unit"),
        (UnknownTerm, "row 4, column category"),
        (UnknownReference, "row 5, column unit"),
    ]
    lines = [f.line("zh") for f in refused.faults]
    assert lines[0] == "第 2 行，人数 列: persons: '30人' 不是整数；请写 30"
    assert "anting" in lines[3]
    for fault in refused.faults[-2:]:
        assert ledger.place(fault) == fault.place
    assert "refused: 6 fault(s)" in str(refused)


def test_a_wrong_constant_is_told_once(trial, tmp_path):
    text = "unit,name\n" + "".join(f"u{i},x\n" for i in range(50)) + "u 1,x\n"
    sets = [("kind", "organ"), ("tier", "distrct"), ("day", "20210101")]
    ledger = table(tmp_path, text, UNIT, sets=sets)
    with pytest.raises(Refused) as caught:
        trial.log.append(ledger.drafts)
    assert len(caught.value.faults) == 52
    tier, unit = ledger.told(caught.value).faults
    assert isinstance(tier, UnknownTerm)
    assert str(tier.place) == "--set tier"
    assert isinstance(unit, BadId)
    assert str(unit.place) == "row 52, column unit"


def test_a_term_of_the_log_passes(trial, tmp_path):
    trial.record(TermDefined("post_category", "villager", "村民", "Villagers", date(2020, 1, 1)))
    trial.record(UnitRegistered("anting", "安亭镇", "town", "town", date(2020, 1, 1)))
    text = "unit,category,persons,day\nanting,villager,5,20210501\n"
    assert trial.log.append(table(tmp_path, text, HEADCOUNT).drafts).added == 1


def test_what_a_refused_row_introduces_is_not_unknown_to_the_next(trial, tmp_path):
    lines = [
        {
            "type": "unit.registered",
            "data": {"unit": "a", "name": "甲", "kind": "x", "tier": "town", "day": "2020-01-01"},
        },
        {
            "type": "headcount.declared",
            "data": {"unit": "a", "category": "public", "persons": 5, "day": "2020-01-01"},
        },
    ]
    text = "\n".join(json.dumps({"specversion": "1.0", **line}) for line in lines)
    ledger = import_ndjson(write(tmp_path, text, "x.ndjson"), trial.registry.types, "me")
    with pytest.raises(Refused) as caught:
        trial.log.append(ledger.drafts)
    [fault] = ledger.told(caught.value).faults
    assert isinstance(fault, UnknownTerm)
    assert str(fault.place) == "line 1"


def test_a_resident_id_is_no_number_either(trial):
    pairs = [("person", "p"), ("day", "2021-01-01")]
    good = draft_from_texts(PERSON, pairs, "me")
    trial.log.append([good])
    with pytest.raises(Refused, match="resident"):
        trial.record(EveryShape(thing="x", day=date(2021, 1, 1), count=int(RESIDENT)))
    # Any other number of that length may stand.
    trial.record(EveryShape(thing="x", day=date(2021, 1, 1), count=int(RESIDENT) + 1))


def test_the_same_ledger_again_adds_nothing(trial, tmp_path):
    text = "工号,姓名,日期\nL1,张三,2021-01-01\nL1,张三,2021-01-01\nL2,李四,2021-01-01\n"
    maps = [("person", "工号"), ("name", "姓名"), ("day", "日期")]
    assert trial.log.append(table(tmp_path, text, PERSON, maps).drafts).added == 2
    again = table(tmp_path, text, PERSON, maps)
    assert trial.log.append(again.drafts).added == 0
    text = "thing,day,count\n" + "a,20210501,3\n"
    keyed = table(tmp_path, text, key="thing")
    assert trial.log.append(keyed.drafts).added == 1
    assert trial.log.append(table(tmp_path, text, key="thing").drafts).added == 0
    other = table(tmp_path, text.replace(",3", ",4"), key="thing")
    with pytest.raises(Refused, match="other content"):
        trial.log.append(other.drafts)
    assert trial.size == 3


# The Carpentries' workshops: a real ledger, with blanks that are not zero.

UNITS = {
    "maps": [("unit", "id(host_name)"), ("name", "host_name")],
    "sets": [("kind", "external"), ("tier", "district"), ("day", "2012-01-01")],
}
WORKSHOPS = {
    "maps": [
        ("activity", "slug"),
        ("day", "start_date"),
        ("host", "id(host_name)"),
        ("attendance.0.unit", "id(host_name)"),
        ("attendance.0.attended", "attendance"),
    ],
    "sets": [("attendance.0.category", "public")],
}


def test_the_carpentries(trial):
    units = import_csv(CARPENTRIES, UNIT, **UNITS, key="", recorder="me")
    workshops = import_csv(CARPENTRIES, ACTIVITY, **WORKSHOPS, key="", recorder="me")
    assert len(units.drafts) == len(workshops.drafts) == 1983
    assert units.rows == tuple(range(2, 1985))
    assert not told(units)
    assert not told(workshops)
    assert units.encoding == "UTF-8"
    assert "country" in units.unused
    assert trial.log.append(units.drafts).added == 505
    assert trial.log.append(workshops.drafts).added == 1983
    assert trial.size == 2488
    lines = [d.event.attendance for d in workshops.drafts]
    assert all(len(line) == 1 for line in lines)
    came = [line[0].attended for line in lines]
    assert came.count(None) == 225
    assert came.count(0) == 50
    with CARPENTRIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [("" if n is None else str(n)) for n in came] == [r["attendance"] for r in rows]
    assert all(
        d.event.minutes is None and d.event.themes == {} and d.event.formats == {}
        for d in workshops.drafts
    )
    for again, more in ((UNITS, UNIT), (WORKSHOPS, ACTIVITY)):
        drafts = import_csv(CARPENTRIES, more, **again, key="", recorder="somebody else").drafts
        assert trial.log.append(drafts).added == 0
    assert trial.size == 2488


def test_the_carpentries_in_another_order_add_nothing(trial, tmp_path):
    rows = CARPENTRIES.read_text(encoding="utf-8").splitlines()[:200]
    shuffled = rows[1:]
    random.Random(1).shuffle(shuffled)
    for text in ("\n".join(rows), "\n".join([rows[0], *shuffled])):
        path = write(tmp_path, text)
        for options, type_ in ((UNITS, UNIT), (WORKSHOPS, ACTIVITY)):
            trial.log.append(import_csv(path, type_, **options, key="", recorder="me").drafts)
    assert trial.size == 199 + len({r["host_name"] for r in csv.DictReader(rows)})


# CloudEvents.

VISIT = {
    "specversion": "1.0",
    "type": "every.shape",
    "data": {"thing": "a", "day": "2021-05-01", "count": 30},
}


def events(folder, text, name="x.ndjson", **more):
    return import_ndjson(write(folder, text, name), TYPES, "me", **more)


def test_cloudevents_one_a_line(tmp_path):
    given_id = {**VISIT, "id": "mine", "recorder": "you", "batch": "b"}
    text = (
        "\ufeff" + json.dumps(VISIT) + "\r\n\n" + json.dumps(given_id, ensure_ascii=False) + "\n\n"
    )
    ledger = events(tmp_path, text)
    assert ledger.rows == (1, 3)
    one, two = ledger.drafts
    assert (two.id, two.recorder, two.batch) == ("mine", "you", "b")
    assert (one.recorder, one.batch) == ("me", ledger.batch)
    # What is said is what counts, not the form in which it comes.
    row = table(tmp_path, "thing,day,count\na,20210501,30\n").drafts[0]
    assert one.id == row.id
    assert events(tmp_path, text, batch="z").drafts[0].batch == "z"


def test_cloudevents_as_an_array_and_alone(tmp_path):
    two = [VISIT, {**VISIT, "data": {"thing": "b", "day": 1}}]
    ledger = events(tmp_path, json.dumps(two, indent=2), "x.json")
    assert isinstance(ledger.drafts[0], Draft)
    assert only(ledger).line().startswith("item 2: day: ")
    assert only(ledger).place.text("zh") == "第 2 项"
    for text in (json.dumps(VISIT, indent=2), json.dumps(VISIT)):
        assert len(events(tmp_path, text, "x.json").drafts) == 1
    for text, error in (("[]", NoRows), ("", NoRows), ("[1", Refused)):
        with pytest.raises(error):
            events(tmp_path, text, "x.json")


def test_plain_data_of_a_type(tmp_path):
    text = json.dumps(VISIT["data"]) + "\n" + json.dumps(VISIT)
    path = write(tmp_path, text, "x.ndjson")
    one, two = import_ndjson(path, TYPES, "me", data_of=EVERY).drafts
    assert one.event == two.event
    assert one.id != two.id
    assert told(import_ndjson(path, TYPES, "me"))


def test_a_separator_within_a_text_does_not_end_a_line(tmp_path):
    text = json.dumps(
        {**VISIT, "data": {**VISIT["data"], "words": "a\u2028b\x85c"}}, ensure_ascii=False
    )
    assert events(tmp_path, text).drafts[0].event.words == "a\u2028b\x85c"


def test_faults_of_cloudevents_by_line(trial, tmp_path):
    bad = [
        "{not json",
        "17",
        json.dumps(
            {**VISIT, "data": {"thing": "a", "day": "2021-05-01", "count": 1.5, "cuont": 1}}
        ),
        json.dumps({**VISIT, "type": "every.shap"}),
        json.dumps({**VISIT, "dataversion": 7}),
        json.dumps({**VISIT, "id": 5}),
        '{"specversion":"1.0","specversion":"1.0"}',
        json.dumps(
            {
                **VISIT,
                "data": {"thing": "t", "day": RESIDENT, "words": RESIDENT},
                "subject": RESIDENT,
            }
        ),
        json.dumps(
            {
                **VISIT,
                "data": {"thing": "t", "day": "2021-05-01", "theme": "nonsense", "count": "1"},
            }
        ),
    ]
    ledger = events(tmp_path, "\n".join(bad))
    with pytest.raises(Refused) as caught:
        trial.log.append(ledger.drafts)
    refused = ledger.told(caught.value)
    assert [(str(f.place), type(f).__name__, f.path) for f in refused.faults] == [
        ("line 1", "WrongType", ""),
        ("line 2", "WrongType", ""),
        ("line 3", "UnknownField", "cuont"),
        ("line 3", "WrongType", "count"),
        ("line 4", "UnknownEventType", "type"),
        ("line 5", "UnknownVersion", "dataversion"),
        ("line 6", "BadEnvelope", "id"),
        ("line 7", "DuplicateKey", "specversion"),
        ("line 8", "ResidentIdFound", "subject"),
        ("line 8", "ResidentIdFound", "day"),
        ("line 8", "ResidentIdFound", "words"),
        ("line 9", "WrongType", "count"),
        ("line 9", "UnknownTerm", "theme"),
    ]
    assert not resident_id_in("\n".join(f.line("zh") + f.line() for f in refused.faults))


def test_kinds_of_files(tmp_path):
    for name, text, kind in (
        ("a.csv", "{", "csv"),
        ("a.TSV", "x", "csv"),
        ("a.ndjson", "x", "cloudevents"),
        ("a.jsonl", "x", "cloudevents"),
        ("a.json", "x", "cloudevents"),
        ("a.txt", "\ufeff {", "cloudevents"),
        ("a", "[", "cloudevents"),
        ("a.dat", "thing,day", "csv"),
    ):
        assert file_kind(write(tmp_path, text, name)) == kind


# There and back.


def flat(data, path=""):
    """(path, text) of every value, as a table would keep it."""
    if isinstance(data, dict | list):
        for name, item in data.items() if isinstance(data, dict) else enumerate(data):
            yield from flat(item, f"{path}.{name}" if path else str(name))
    else:
        yield path, str(data).lower() if isinstance(data, bool) else str(data)


def is_utf_8(text, codec):
    try:
        return text.encode(codec).decode() is not None
    except UnicodeDecodeError:
        return False


def as_table(objects, delimiter):
    rows = [dict(flat(plain(o))) for o in objects]
    columns = sorted({c for r in rows for c in r})
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


themes = st.sampled_from(["warning", "discipline", "exemplar", "family"])
ids = st.text("abc安亭0-_.,;", min_size=1, max_size=8)
texts = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
    .map(tidy)
    .filter(lambda t: t and not resident_id_in(t))
)
numbers = st.integers(-(2**63), 2**63 - 1).filter(lambda n: not resident_id_in(str(n)))
lines = st.builds(Attendance, ids, st.just("public"), *[st.none() | st.integers(0, 10**6)] * 2)
attendance = st.lists(lines, max_size=4, unique_by=lambda a: a.unit).map(tuple)
everything = st.builds(
    EveryShape,
    thing=ids,
    day=st.dates(),
    count=st.none() | numbers,
    sure=st.none() | st.booleans(),
    words=st.none() | texts,
    change=st.none() | st.sampled_from(["rename", "close"]),
    theme=st.none() | themes,
    weekdays=st.lists(numbers, max_size=4).map(tuple),
    flags=st.lists(st.booleans(), max_size=4).map(tuple),
    shares=st.dictionaries(themes, numbers),
    attendance=attendance,
    bands=st.lists(
        st.builds(Band, texts, st.lists(numbers, max_size=3).map(tuple)), max_size=12
    ).map(tuple),
)
activities = st.builds(
    ActivityHeld,
    activity=ids,
    day=st.dates(),
    host=ids,
    start=st.none() | st.times().map(lambda t: t.isoformat("minutes")[:5]),
    minutes=st.none() | st.integers(1, 10_000),
    themes=st.sampled_from([{}, {"warning": 10_000}, {"warning": 1, "family": 9_999}]),
    channel=st.none() | st.just("offline"),
    lecturers=st.lists(
        st.builds(Speaker, ids, st.none() | st.integers(0, 600)),
        max_size=3,
        unique_by=lambda s: s.lecturer,
    ).map(tuple),
    aims=st.lists(st.sampled_from(["dare_not", "cannot", "want_not"]), unique=True).map(tuple),
    attendance=attendance,
).map(lambda a: evolve(a, formats={"lecture": a.minutes}) if a.minutes else a)


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(everything, min_size=1, max_size=5) | st.lists(activities, min_size=1, max_size=5),
    st.sampled_from(",\t;"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_any_records_there_and_back(tmp_path, objects, delimiter, codec):
    type_ = event_type(objects[0])
    text = as_table(objects, delimiter)
    # Some short texts in GB18030 are UTF-8 as well; those are refused, or read as that.
    assume(not codec.startswith("gb") or text.isascii() or not is_utf_8(text, codec))
    # And Cyrillic alone, say, without a mark could be either.
    assume(codec != "utf-8" or not "\u0180" <= max(text) <= "\u07ff")
    path = write(tmp_path, text, encoding=codec)
    ledger = import_csv(path, type_, [], [], "", "me")
    assert not told(ledger), [f.line() for f in told(ledger)]
    assert [d.event for d in ledger.drafts] == objects
    assert len({d.id for d in ledger.drafts}) == len(objects)
    if codec.startswith("utf"):
        lines = [
            json.dumps({**VISIT, "type": type_.name, "data": plain(o)}, default=str)
            for o in objects
        ]
        back = import_ndjson(write(tmp_path, "\n".join(lines), "x.ndjson"), TYPES, "me")
        assert [(d.id, d.event) for d in back.drafts] == [(d.id, d.event) for d in ledger.drafts]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "thing",
                    "day",
                    "count",
                    "weekdays",
                    "shares",
                    "shares.warning",
                    "bands",
                    "bands.1.limits",
                    "x",
                    "attendance.0",
                ]
            ),
            st.text(max_size=12) | st.sampled_from(["[", "{}", "[[1]]", "1,2", "²", "null", "NaN"]),
        ),
        max_size=6,
    )
)
def test_no_text_is_too_strange(pairs):
    draft = draft_from_texts(EVERY, pairs, "me")
    assert isinstance(draft, Draft | Unfit)
    for fault in draft.faults if isinstance(draft, Unfit) else ():
        assert fault.line("zh")
        assert fault.line("en")


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200) | st.text(',;\t\n"ab安1\ufeff', max_size=60).map(str.encode))
def test_no_file_is_too_strange(tmp_path, content):
    path = write(tmp_path, content, "x.csv")
    for read in (
        lambda: import_csv(path, EVERY, [], [], "", "me"),
        lambda: import_csv(path, EVERY, [("thing", "a")], [("day", "20210101")], "b", "me"),
        lambda: import_ndjson(path, TYPES, "me"),
    ):
        with suppress(Refused, NoRows, NotAText, SpreadsheetGiven):
            assert read().drafts
