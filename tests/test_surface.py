"""What people see and type: words for codes and ids, percentages, Chinese periods and names."""

import json
import re
import sqlite3

import pytest
from attrs import evolve

from lianjian import cli
from lianjian.core.demo import make
from lianjian.core.errors import BadPeriod, UnknownIndicator
from lianjian.core.figures import Figures
from lianjian.core.indicator import Family, Moment, Period, Reading, canonical
from lianjian.core.listing import events_text, newest
from lianjian.core.messages import Reader
from lianjian.core.names import Called, Names, near_subjects
from lianjian.core.overview import overview_text
from lianjian.core.registry import load
from lianjian.core.replay import catch_up
from lianjian.core.show import best, dimensions_words, remarks, value_text
from lianjian.core.store import Store
from lianjian.core.tree import root
from lianjian.core.vocabulary import installed
from lianjian.core.wording import dimensions, label, meaning, number, typed


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo: its store, the types, and all readings of the year that is made up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        registry = load()
        records = make(tmp_path_factory.mktemp("demo") / "d", registry)
        with Store.open(records.log) as store:
            catch_up(records.views, store, registry.families)
            moment = Moment(store.size(), root(store.size(), store))
            with Figures(records.views, registry.families, moment) as figures:
                yield records, store, registry, figures


def in_year(figures, name=""):
    period = Period.parse("2022")
    return {i: figures.readings(i.name, period) for i in figures.find(name)}


def zh_reader(store, registry):
    shapes = {name: t.shape for name, t in registry.types.items()}
    return Reader("zh", 80, Names(store, registry.types), shapes)


# Dimensions


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_dimension_and_code_of_the_demo_has_words(demo, lang):
    _, store, registry, figures = demo
    names = Names(store, registry.types, lang)
    plain = {"criterion", "kth", "month", "section"}  # a name, a number, a month: words already
    for readings in in_year(figures).values():
        for name, value in {p for r in readings for p in r.dimensions.items()}:
            assert name in dimensions(), name
            if name not in plain:
                said = meaning(name, value, names, lang)
                assert said != value or value.lower() in (said.lower(), "R1"), (name, value)
                if lang == "zh":
                    assert re.search("[\u4e00-\u9fff]", said), (name, value, said)


def test_labels_tell_dimensions_apart():
    for lang in ("zh", "en"):
        said = [label(name, lang) for name in dimensions()]
        assert len(said) == len(set(said))
    for name, of in dimensions().items():
        assert all(scheme in installed() for scheme in of.schemes), name


def test_dimensions_are_typed_in_words_or_codes():
    assert typed("主题", "警示教育") == typed("theme", "warning") == ("theme", "warning")
    assert typed("theme", "Warning education") == ("theme", "warning")
    assert typed("外请", "是") == ("external", "yes")
    assert typed("方法", "demo-method") == ("method", "demo-method")
    assert typed("mine", "x") == ("mine", "x")
    assert meaning("mine", "x", {}, "zh") == "x"


def test_dimensions_print_in_words_and_go_out_as_codes(demo):
    _, store, registry, figures = demo
    reader = zh_reader(store, registry)
    readings = figures.readings("lecturers.sessions", Period.parse("2022"))
    one = next(r for r in readings if r.dimensions.get("team") == "team-anting")
    assert dimensions_words(one, reader) == "团队=team-anting 安亭镇基层宣讲队（示例）"
    map_ = figures.readings("coverage.map", Period.parse("2022"))
    warning = next(r for r in map_ if r.dimensions.get("theme") == "warning")
    assert dimensions_words(warning, reader) == "主题=警示教育"
    assert dimensions_words(warning, evolve(reader, lang="en")) == "theme=Warning education"


def test_remarks_that_list_ids_have_their_names(demo):
    _, store, registry, figures = demo
    reader = zh_reader(store, registry)
    (gini,) = figures.readings("bases.gini", Period.parse("2022"))
    assert "注：参观人数全部空白：示例阵地（外冈镇） demo-base-waigang" in list(
        remarks(gini, reader)
    )
    english = list(remarks(gini, evolve(reader, lang="en")))
    assert any(t.endswith(": 示例阵地（外冈镇） demo-base-waigang") for t in english)
    names = {"unit:a": "甲", "base:a": "乙", "b": "丙"}
    assert Reader("zh", 80, names).listed("缺：a、b、c", "base") == "缺：乙 a、丙 b、c"
    assert Reader("zh", 80, names).listed("没有名单") == "没有名单"


def test_events_say_terms_and_names(demo):
    _, store, registry, _ = demo
    reader = zh_reader(store, registry)
    said = "".join("".join(events_text(list(newest(store, 40, "activity.held")), reader)).split())
    assert re.search("themes.(警示教育|纪律教育)=", said)
    assert re.search("host=demo-inst-2示例事业单位乙|host=[a-z0-9-]+[\u4e00-\u9fff]", said)
    assert "themes.warning" not in said


def test_names_are_looked_up_as_they_are_asked_for(demo):
    _, store, registry, _ = demo
    names = Names(store, registry.types)
    assert (len(names), names["unit:anting"], names["anting"]) == (0, "安亭镇", "安亭镇")
    assert sorted(names) == ["anting", "unit:anting"]
    for wrong in ("unit:nobody", "nobody", "kind:anting", "term:theme:none"):
        assert names.get(wrong, "") == ""


# Values


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.765, "share", "76.5%"),
        (1, "share", "100%"),
        (0, "share", "0%"),
        (0.99999, "share", "99.999%"),
        (0.00001, "share", "0.001%"),
        (0.651069, "ratio", "0.651"),
        (135.394847, "minutes", "135.395"),
        (18825, "persons", "18825"),
        (-0.0000123, "nats", "-0.000012"),
        (100, "points", "100"),
        (-0.0, "ratio", "0"),
    ],
)
def test_numbers_are_written_for_people(value, unit, text):
    assert number(value, unit) == text


def test_bands_and_intervals_are_in_the_indicator_s_unit(demo):
    figures = demo[3]
    assert (best("1..1", "ratio"), best("0.3..0.85", "share")) == ("1", "30%..85%")
    period = Period.parse("2022")
    (share, *_) = figures.readings("coverage.person_share", period)
    assert re.fullmatch(r"[\d.]+%\.\.[\d.]+%", value_text(share))
    assert share.low == round(share.low, 6) != round(share.low, 3)
    assert value_text(Reading("all", 0.5)) == "0.5"


def test_the_overview_keeps_the_total_apart_from_the_range(demo):
    _, store, registry, figures = demo
    made = in_year(figures, "bases")
    lines = list(overview_text(figures, Period.parse("2022"), made, zh_reader(store, registry)))
    visits = next(line for line in lines if line.startswith("  visits "))
    found = figures.readings("bases.visits", Period.parse("2022"))
    units = [r.value for r in found if r.subject != "all"]
    total = next(r.value for r in found if r.subject == "all")
    said = re.search(r"visits +(\S+) +批次 +(\S+)\.\.(\S+)（(\d+)）", visits).groups()
    assert said == tuple(f"{n:g}" for n in (total, min(units), max(units), len(units)))
    assert max(units) < total
    shares = next(line for line in lines if line.startswith("  guided_share "))
    assert shares.count("%") >= 3


# Periods


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2022年", "2022"),
        ("2022年第三季度", "2022Q3"),
        ("2022年3季度", "2022Q3"),
        ("2022年第3季度", "2022Q3"),
        ("2022年5月", "2022-05"),
        ("2022年12月", "2022-12"),
        ("2022年5月7日", "2022-05-07"),
        ("2022-Q3", "2022Q3"),
        ("2022年5月7日..2022年5月9日", "2022-05-07..2022-05-09"),
    ],
)
def test_periods_are_taken_in_chinese(text, same):
    assert Period.parse(text) == Period.parse(same)
    assert str(Period.parse(text)) == same


@pytest.mark.parametrize(
    "text", ["2022年五月", "2022年13月", "2022年第5季度", "2022年5", "2022年..2022年", "2022-Q5"]
)
def test_a_wrong_period_lists_the_forms(text):
    with pytest.raises(BadPeriod) as error:
        Period.parse(text)
    assert "2022年第三季度".replace("2022", "2021") in error.value.hint("zh")
    assert "2021Q3" in error.value.hint("en")


# Names of families, subjects and units


def test_a_family_is_asked_for_by_its_title(demo):
    registry, figures = demo[2:]
    assert canonical(registry.families, "阵地") == "bases"
    assert canonical(registry.families, "阵地.gini") == "bases.gini"
    assert canonical(registry.families, "Lecturers") == "lecturers"
    assert [i.name for i in figures.find("讲师")] == [i.name for i in figures.find("lecturers")]
    with pytest.raises(UnknownIndicator) as error:
        canonical(registry.families, "阵的")
    assert "bases（阵地）" in error.value.message("zh")
    twins = [Family(name, version=1, zh="同名", en=name) for name in ("one", "two")]
    with pytest.raises(UnknownIndicator) as error:
        canonical(twins, "同名")
    assert "one（同名）、two（同名）" in error.value.message("zh")


def test_subjects_are_offered_by_name():
    names = {"unit:anting": "安亭镇", "unit:malu": "马陆镇"}
    assert near_subjects("unit:安亭", names, names)[0] == "unit:anting 安亭镇"
    assert near_subjects("unit:antin", names, {})[0] == "unit:anting"
    assert near_subjects("unit:zzzz", names, names) == ["unit:anting 安亭镇", "unit:malu 马陆镇"]


def test_called_finds_one_or_several(demo):
    _, store, registry, _ = demo
    called = Called(store, registry.types)
    assert called.ids("unit", "安亭镇") == called.ids("unit", "anting") == ["anting"]
    assert called.ids("unit", "没有") == called.ids("unit", "") == []


# Commands


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LIANJIAN_RECORDER", "x")
    monkeypatch.setenv("LIANJIAN_RECORDS", str(tmp_path / "r"))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*args, lang="zh"):
        capsys.readouterr()
        code = cli.main(["--lang", lang, *map(str, args)])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    run("init", tmp_path / "r", "--origin", "example.org/r")
    for unit, name in (("anting", "安亭镇"), ("n1", "新村"), ("n2", "新村")):
        fields = f"unit={unit} name={name} kind=town tier=town day=2021-01-01"
        assert run("record", "unit.registered", *fields.split())[0] == 0
    return run


def imported(run, tmp_path, text, type_="activity.held"):
    path = tmp_path / "l.csv"
    path.write_text(text, encoding="utf-8")
    return run("import", path, "--type", type_)


def test_a_ledger_names_units(run, tmp_path):
    head = "activity,host,day\n"
    code, _, err = imported(run, tmp_path, head + "a1,安亭镇,2021-05-01\na2,新村,2021-05-01\n")
    assert code == 1
    assert "第 3 行，host 列: host: 有多个 unit 名为 '新村'：n1, n2" in err
    assert imported(run, tmp_path, head + "a1,安亭镇,2021-05-01\n")[0] == 0
    # The id follows from what was meant, so that the same row by its id adds nothing.
    assert "先前已有" in imported(run, tmp_path, head + "a1,anting,2021-05-01\n")[2]
    event = json.loads(run("log", "--json")[1].splitlines()[-1])["event"]
    assert event["data"]["host"] == "anting"
    assert run("record", "activity.held", "activity=b", "host=安亭镇", "day=2021-05-02")[0] == 0


def test_all_faults_of_a_ledger_are_told_at_once(run, tmp_path):
    rows = (
        "a1,nobody,2999-05-01,1\n"  # an unknown host, a day to come
        "a2,anting,2021-05-01,x\n"  # no number
        "a2,n1,2021-05-01,60\n"  # another a2
        "a3,n1,2021-05-01,60\n"
        "a3,n1,2021-05-01,x\n"  # may be the same, once mended
        "a3,n2,2021-05-01,60\n"  # another a3
    )
    code, _, err = imported(run, tmp_path, "activity,host,day,minutes\n" + rows)
    said = err.splitlines()
    assert code == 1
    for line in ("第 2 行，day 列", "第 2 行，host 列", "第 3 行，minutes 列"):
        assert any(line in text for text in said), line
    assert any("第 4 行" in t and "'a2' 在第 3 行已有登记" in t for t in said)
    assert any("第 7 行" in t and "'a3' 在第 5 行已有登记" in t for t in said)
    assert not any("第 6 行" in t and "登记" in t for t in said)
    assert "第 5 条" not in err


def test_a_ledger_is_told_what_the_log_has_in_the_same_round(run, tmp_path):
    assert imported(run, tmp_path, "activity,host,day\na1,anting,2021-05-01\n")[0] == 0
    text = "activity,host,day,minutes\na1,n1,2021-05-01,x\na1,anting,2021-05-01,x\n"
    err = imported(run, tmp_path, text)[2]
    assert "第 2 行，activity 列: activity: activity 'a1' 已在第 3 条登记" in err
    assert not re.search("第 3 行.*登记", err)


def test_the_example_for_a_cell_with_parts_works_there(run, tmp_path):
    head = "activity,host,day,themes\n"
    err = imported(run, tmp_path, head + "a1,anting,2021-05-01,警示\n")[2]
    example = re.search(r"一格内写 (\{.*?\})", err)[1]
    cell = example.replace('"', '""')
    assert imported(run, tmp_path, f'{head}a1,anting,2021-05-01,"{cell}"\n')[0] == 0


def test_short_vocabularies_are_offered_whole(run):
    err = run("record", "activity.held", "activity=a", "host=anting", "day=2021-05-01",
              "channel=offlin")[2]  # fmt: skip
    assert all(code in err for code in installed()["channel"])


def test_verify_says_which_checks_found_something(run, tmp_path):
    assert "已核：" in run("verify")[1]
    assert "无误" not in run("verify")[1]
    assert run("show", "coverage")[0] == 0  # makes the views
    with sqlite3.connect(tmp_path / "r" / "log.db") as db:
        db.execute("DROP TRIGGER entries_no_update")
        db.execute("UPDATE entries SET batch = 'x' WHERE position = 1")
    with sqlite3.connect(tmp_path / "r" / "views.db") as db:
        db.execute("UPDATE unit_registrations SET kind = 'zone' WHERE since = 0")
    code, out, _ = run("verify")
    said = "".join(out.split())
    assert code == 3
    assert "已核，2处不符：3条记录的字节与各列" in said
    assert "已核，无误：哈希树的全部瓦片与树根" in said
    assert "已核，1处不符：" in said
    assert "应为与本程序所建一致实为缺失" in said
    assert "kindtown" in said
    assert not re.search(r"CREATE|None|\('|\[1\]", out)
    found = json.loads(run("verify", "--json", lang="en")[1])["findings"]
    assert {"expected": "as this program makes it", "found": "missing"}.items() <= found[0].items()


def test_commands_take_chinese_names(run):
    assert run("record", "activity.held", "activity=a", "host=anting", "day=2021-05-01")[0] == 0
    assert "coverage.unit_reach" in run("show", "覆盖", "--period", "2021年")[1]
    code, _, err = run("why", "覆盖.unit_reach", "--subject", "安亭")
    assert (code, "unit:anting 安亭镇" in err) == (1, True)
    code, out, err = run("log", "--type", "activity.hold")
    assert (code, out, "activity.held" in err) == (1, "", True)
    assert run("log", "--type", "activity.held")[0] == 0
    shown = run("why", "coverage.map", "--subject", "anting", "--dimension", "四进=进街镇")
    assert "四进=进街镇" in shown[1]


def test_publications_have_the_zone_of_their_times(run):
    assert run("record", "activity.held", "activity=a", "host=anting", "day=2021-05-01")[0] == 0
    assert run("publish", "coverage.unit_reach", "--period", "2021年")[0] == 0
    assert "时间（+08:00）" in run("publish", "--list")[1]


def test_help_is_chinese_to_the_last_word(run):
    for command in ("show", "why", "import", "record", "verify", "publish", "log"):
        out = run(command, "--help")[1]
        assert not re.search(r"\b(PERIOD|NAME|FILE|TYPE|TEXT|SUBJECT|OPTIONS)\b", out)
    assert "--period 期间" in run("show", "--help")[1]
    assert "--period PERIOD" in run("show", "--help", lang="en")[1]
    assert "verify" in run("show", "--help")[1]
