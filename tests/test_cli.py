"""The command line: what it prints where, in which language, and with which exit code."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from lianjian import cli
from lianjian.core import listing
from lianjian.core.errors import Words
from lianjian.core.messages import Reader, cells, columns, fold, usage
from lianjian.core.records import Records
from lianjian.core.registry import load
from lianjian.core.store import Store
from lianjian.core.verify import Finding, Report


def words(line):
    return line.split()


COMMANDS = words(
    "init record import correct void erase log find show why compare replay verify plugins catalogue export checkpoint prove "
    "check witness backup recover demo"
)
KEYS = [
    "indicator",
    "subject",
    "dimensions",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "unit",
    "better",
    "reason",
    "flags",
    "period",
    "moment",
    "synthetic",
]
UNIT = words("record unit.registered unit=anting name=安亭镇 kind=town tier=town day=2021-01-01")
BASE = words(
    "record base.opened base=lianyuan name=廉园 kind=themed_park unit=anting day=2021-01-01 "
    "capacity=30 slots=2"
)
VISIT = words("record visit.held base=lianyuan day=2021-05-01 persons=30 --id v1")


@pytest.fixture(autouse=True)
def env(monkeypatch, tmp_path):
    """A machine of its own: no language, no records, a recorder, a state folder."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LIANJIAN_RECORDS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LIANJIAN_RECORDER", "xuanjiao")
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys):
    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main([*(["--lang", lang] if lang else []), *map(str, args)])
        seen = capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    return run


@pytest.fixture
def records(run, tmp_path, monkeypatch):
    """A folder with a unit, a base and one visit."""
    path = tmp_path / "records"
    assert run("init", path, "--origin", "example.org/log").code == 0
    monkeypatch.setenv("LIANJIAN_RECORDS", str(path))
    for line in (UNIT, BASE, VISIT):
        assert run(*line).code == 0
    return path


def process(*args, stdin=None, **env):
    """Run the installed program as people do."""
    return subprocess.run(
        [Path(sys.executable).with_name("lianjian"), *map(str, args)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **env},
        timeout=60,
        check=False,
    )


def size(path):
    with Store.open(path / "log.db") as store:
        return store.size()


def wide(text):
    return [line for line in text.splitlines() if cells(line) > 80]


# Help and languages.


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_is_in_the_users_language_and_fits(run, lang):
    own = re.compile("[\u4e00-\u9fff]")
    seen = run("--help", lang=lang)
    assert seen.code == 0
    assert not seen.err
    assert ("用法：" if lang == "zh" else "Usage: ") in seen.out
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", seen.out, re.MULTILINE)
        page = run(name, "--help", lang=lang)
        assert page.code == 0
        assert bool(own.search(page.out)) == (lang == "zh")
        assert not wide(page.out)
    assert bool(own.search(seen.out)) == (lang == "zh")
    assert not wide(seen.out)


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, ""),
        ({"LC_ALL": "POSIX", "LANG": "en_US"}, ""),
        ({}, ""),
    ],
)
def test_the_locale_names_the_language(environ, lang):
    assert cli._language_of(environ) == lang


def test_without_a_locale_the_records_decide(run, tmp_path, monkeypatch):
    Records.create(tmp_path / "english", language="en")
    Records.create(tmp_path / "chinese", language="zh")
    assert (
        "there is no"
        in run("-C", tmp_path / "english", "correct", "x", "a=b", "--why", "y", lang="").err
    )
    assert (
        "没有事件"
        in run("-C", tmp_path / "chinese", "correct", "x", "a=b", "--why", "y", lang="").err
    )
    assert "没有廉鉴档案夹" in run("-C", tmp_path / "none", "log", lang="").err
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert (
        "there is no"
        in run("-C", tmp_path / "chinese", "correct", "x", "a=b", "--why", "y", lang="").err
    )


def test_lang_may_stand_anywhere(run, records):
    for args in (["find", "zzz", "--lang", "zh"], ["find", "--lang=zh", "zzz"]):
        assert "错误：" in run(*args, lang="").err
    assert run("log", "--lang", "fr", lang="").code == 2
    assert run("log", "--lang", lang="").code == 2


def test_version(run):
    assert re.fullmatch(r"lianjian \d+\.\d+\.\d+\n", run("--version").out)


# Making and filling a records folder.


def test_init_makes_a_folder_of_the_users_language(run, tmp_path):
    seen = run("init", tmp_path / "a", lang="zh")
    assert (seen.code, seen.out) == (0, f"{tmp_path / 'a'}\n")
    assert "keys/log.key" in seen.err
    assert Records.open(tmp_path / "a").language == "zh"
    again = run("init", tmp_path / "a")
    assert again.code == 1
    assert again.err.startswith("error: ")
    assert "\nhint: " in again.err


def test_init_makes_the_present_folder_by_default(run):
    assert run("init").code == 0
    assert Path("lianjian.toml").is_file()


def test_init_cites_an_old_log_by_its_guard_or_its_checkpoint(run, records, tmp_path):
    for name in ("guard", "checkpoint"):
        seen = run("init", tmp_path / name, "--cites", records / name)
        assert seen.code == 0, seen.err
        events = run("-C", tmp_path / name, "log", "--json").out.splitlines()
        data = json.loads(events[0])["event"]["data"]
        assert (data["origin"], data["size"]) == ("example.org/log", 3)
    nothing = run("init", tmp_path / "none", "--cites", tmp_path / "missing")
    assert nothing.code == 1
    assert not (tmp_path / "none").exists()
    forged = tmp_path / "forged"
    forged.write_text((records / "checkpoint").read_text().replace("\n3\n", "\n9\n"))
    assert run("init", tmp_path / "unsigned", "--cites", forged).code == 0
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/log.vkey").write_text((records / "keys/log.vkey").read_text())
    assert run("init", tmp_path / "never", "--cites", forged).code == 3
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_record_prints_the_id_and_nothing_else(run, records, lang):
    seen = run("record", "visit.held", "base=lianyuan", "day=2021-05-02", "--id", "v2", lang=lang)
    assert (seen.code, seen.out) == (0, "v2\n")
    assert ("已录入 1 条" if lang == "zh" else "recorded 1 event") in seen.err
    again = run("record", "visit.held", "base=lianyuan", "day=2021-05-02", "--id", "v2", lang=lang)
    assert (again.code, again.out) == (0, "v2\n")
    assert ("先前已有" if lang == "zh" else "stood there already") in again.err
    assert size(records) == 4


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_fault_is_told_and_nothing_is_written(run, records, lang):
    seen = run(
        *words("record base.opened base=B2 nam=x kind=nope unit=antign day=2021-13-01"), lang=lang
    )
    assert (seen.code, seen.out) == (1, "")
    told = [line for line in seen.err.splitlines() if line.startswith("  ")]
    assert {line.split(":")[0].strip() for line in told} == {"nam", "name", "kind", "unit", "day"}
    assert "anting" in seen.err
    assert "Traceback" not in seen.err
    assert seen.err.startswith("错误：" if lang == "zh" else "error: ")
    assert size(records) == 3


@pytest.mark.parametrize(
    "args",
    [
        ["record"],
        ["record", "visit.held"],
        ["record", "visit.held", "base"],
        ["record", "visit.held", "base=a", "--file", "x"],
        ["record", "--file", "x", "--id", "y"],
        ["void", "--why", "x"],
        ["void", "v1", "--batch", "b", "--why", "x"],
        ["void", "v1"],
        ["void", "v1", "--why", ""],
        ["void", "v1", "--why", " \u3000"],
        ["correct", "v1", "--why", "x"],
        ["correct", "v1", "persons=31", "--why", ""],
        ["correct", "v1", "persons=31", "--why", " "],
        ["show", "--json", "--csv"],
        ["show", "--tree", "old"],
        ["show", "--period", "2021Q9"],
        ["show", "--at", "99"],
        ["show", "--at", "2999-01-01"],
        ["show", "--at", "x"],
        ["show", "--at", "20210101"],
        ["log", "--limit", "x"],
        ["log", "--limit", "-1"],
        ["log", "--nope"],
        ["nope"],
        ["import"],
        ["import", "x.csv", "--type", "visit.held", "--map", "x"],
        ["import", "x.csv"],
        ["import", "x.ndjson", "--type", "visit.held"],
        ["import", "x.json", "--map", "base=a"],
        ["import", "x.jsonl", "--set", "base=a"],
        ["import", "x.ndjson", "--key", "a"],
        [],
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_wrong_command_line_is_exit_2_with_a_hint(run, records, args, lang):
    seen = run(*args, lang=lang)
    assert (seen.code, seen.out) == (2, "")
    if args:
        assert seen.err.startswith("错误：" if lang == "zh" else "error: ")
        assert ("\n提示：" if lang == "zh" else "\nhint: ") in seen.err
    if lang == "zh":
        assert re.search("[\u4e00-\u9fff]", seen.err.splitlines()[0].removeprefix("错误："))
    assert size(records) == 3


def test_record_takes_files_of_cloudevents_and_of_data(run, records, tmp_path):
    data = [{"base": "lianyuan", "day": "2021-06-01", "persons": n} for n in (1, 2)]
    events = [{"specversion": "1.0", "type": "visit.held", "data": d} for d in data]
    (tmp_path / "events.ndjson").write_text("\n".join(map(json.dumps, events)))
    (tmp_path / "data.json").write_text(json.dumps(data))
    seen = run("record", "--file", tmp_path / "events.ndjson")
    assert seen.code == 0, seen.err
    assert len(seen.out.split()) == 2
    same = run("record", "visit.held", "--file", tmp_path / "data.json")
    assert same.out == seen.out
    assert size(records) == 5
    wrong = run("record", "--file", tmp_path / "data.json")
    assert wrong.code == 1
    assert "specversion" in wrong.err


def test_record_reads_standard_input(records):
    data = json.dumps({"base": "lianyuan", "day": "2021-06-01"}).encode()
    seen = process("record", "visit.held", "--file", "-", stdin=data)
    assert seen.returncode == 0, seen.stderr
    assert size(records) == 4


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "台账.csv"
    path.write_bytes(
        "阵地,日期,人数,备注\nlianyuan,2021/6/1,12,\nlianyuan,2021/6/2,,雨\n".encode("gbk")
    )
    return path


MAPPED = words("--type visit.held --map base=阵地 --map day=日期 --map persons=人数")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_import_checks_records_and_prints_its_batch(run, records, ledger, lang):
    dry = run("import", ledger, *MAPPED, "--dry-run", lang=lang)
    assert (dry.code, dry.out, size(records)) == (0, "", 3)
    done = run("import", ledger, *MAPPED, lang=lang)
    assert (done.code, size(records)) == (0, 5)
    batch = done.out.strip()
    assert "备注" in done.err
    again = run("import", ledger, *MAPPED, lang=lang)
    assert (again.code, again.out, size(records)) == (0, "", 5)
    assert run("void", "--batch", batch, "--why", "错", lang=lang).code == 0
    assert size(records) == 7
    stale = run("import", ledger, *MAPPED, lang=lang)
    assert ("作废" if lang == "zh" else "voided") in stale.err


def test_import_again_takes_voided_rows_in_once_more(run, records, ledger):
    batch = run("import", ledger, *MAPPED).out.strip()
    first = [json.loads(e)["event"]["id"] for e in run("log", "--json").out.splitlines()[3:]]
    for n in (2, 3):
        assert run("void", "--batch", batch, "--why", "错").code == 0
        before = size(records)
        assert "--again" in run("import", ledger, *MAPPED).err
        dry = run("import", ledger, *MAPPED, "--again", "--dry-run")
        assert ("2 would be recorded" in dry.err, size(records)) == (True, before)
        done = run("import", ledger, *MAPPED, "--again")
        assert (done.code, done.out, size(records)) == (0, f"{batch}\n", before + 2)
        events = [json.loads(e) for e in run("log", "--json").out.splitlines()[before:]]
        assert [e["event"]["id"] for e in events] == [f"{id_}.{n}" for id_ in first]
        same = run("import", ledger, *MAPPED, "--again")
        assert (same.code, same.out, size(records)) == (0, "", before + 2)
        assert "2 stood there already" in same.err
        assert "warning" not in same.err.replace("warning: columns", "")
    assert json.loads(run("show", "bases.persons", "--json").out)[0]["value"] == 42


def test_import_again_leaves_what_was_corrected_and_ids_that_the_file_has(run, records, tmp_path):
    visit = {"specversion": "1.0", "type": "visit.held"}
    rows = [
        {**visit, "id": id_, "data": {"base": "lianyuan", "day": f"2021-06-0{day}"}}
        for day, id_ in enumerate(("a", "a.2", "b"), 1)
    ]
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert run("import", path, "--again").code == 0
    assert run("void", "a", "--why", "x").code == 0
    assert run("correct", "b", "persons=7", "--why", "x").code == 0
    before = size(records)
    for _ in range(2):
        seen = run("import", path, "--again")
        assert (seen.code, size(records)) == (0, before + 1), seen.err
    assert json.loads(run("log", "--json").out.splitlines()[-1])["event"]["id"] == "a.3"


def test_import_tells_row_and_column_of_every_fault(run, records, ledger):
    text = ledger.read_bytes().decode("gbk")
    ledger.write_text(text.replace("lianyuan,2021/6/2,", "廉园区,6/2/2021,"))
    seen = run("import", ledger, *MAPPED)
    assert (seen.code, size(records)) == (1, 3)
    assert "row 3, column 日期: day: " in seen.err
    assert "row 3, column 阵地: base: " in seen.err
    assert "lianyuan (廉园)" in seen.err
    missing = run("import", "nothing.csv", *MAPPED)
    assert missing.code == 1
    assert "nothing.csv" in missing.err


@pytest.fixture
def events(tmp_path):
    """CloudEvents one a line, under a name that does not say so."""
    path = tmp_path / "events"

    def write(*lines, **more):
        known = {"specversion": "1.0", "type": "visit.held", **more}
        texts = [
            line if isinstance(line, str) else json.dumps({**known, "data": line}) for line in lines
        ]
        path.write_text("\n".join(texts))
        return path

    return write


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_import_takes_cloudevents(run, records, events, lang):
    path = events(
        {"base": "lianyuan", "day": "2021-06-01"}, {"base": "lianyuan", "day": "2021-06-02"}
    )
    dry = run("import", path, "--dry-run", lang=lang)
    assert (dry.code, dry.out, size(records)) == (0, "", 3)
    done = run("import", path, "--batch", "june", lang=lang)
    assert (done.code, done.out, size(records)) == (0, "june\n", 5)
    again = run("import", path, lang=lang)
    assert (again.code, again.out, size(records)) == (0, "", 5)
    assert run("void", "--batch", "june", "--why", "x", lang=lang).code == 0
    stale = run("import", path, lang=lang)
    assert ("作废" if lang == "zh" else "voided") in stale.err
    of_csv = run("import", path, "--type", "visit.held", lang=lang)
    assert of_csv.code == 2


def test_import_names_the_batches_that_events_have(run, records, events):
    path = events({"base": "lianyuan", "day": "2021-06-01"}, batch="spring")
    assert run("import", path, "--batch", "june").out == "spring\n"


def test_import_tells_the_line_of_every_fault(run, records, events):
    visit = {"base": "lianyuan", "day": "2021-06-01"}
    path = events(visit, {**visit, "base": "lianyaun"}, "{", "", {**visit, "persons": "x"})
    seen = run("import", path)
    assert (seen.code, seen.out, size(records)) == (1, "", 3)
    told = [line for line in seen.err.splitlines() if line.startswith("  ")]
    assert [re.match(r"  line (\d)", line)[1] for line in told] == ["2", "3", "5"]
    assert "lianyuan (廉园)" in seen.err


def test_correct_changes_what_is_named(run, records):
    seen = run("correct", "v1", "persons=40", "--why", "漏记")
    assert seen.code == 0
    event = json.loads(run("log", "--json").out.splitlines()[-1])["event"]
    assert event["id"] == seen.out.strip()
    assert (event["replaces"], event["why"]) == ("v1", "漏记")
    assert event["data"] == {"base": "lianyuan", "day": "2021-05-01", "persons": 40}
    newest = str(size(records) - 1)
    assert run("correct", newest, "persons=40", "--why", "x").code == 1
    assert run("correct", "v1", "persons=41", "--why", "x").code == 1
    assert run("correct", newest, "persons=4x", "--why", "x").code == 1
    assert size(records) == 4
    assert run("correct", newest, "persons=", "day=2021-05-03", "--why", "x").code == 0
    event = json.loads(run("log", "--json").out.splitlines()[-1])["event"]
    assert event["data"] == {"base": "lianyuan", "day": "2021-05-03"}
    assert event["time"].startswith("2021-05-03")


def test_correct_refuses_a_place_that_is_named_twice(run, records):
    seen = run("correct", "v1", "persons=31", "persons=32", "--why", "x")
    assert (seen.code, size(records)) == (1, 3)
    assert "the key persons stands twice" in seen.err
    assert run("correct", "v1", "persons=", "persons=32", "--why", "x").code == 1


def test_correct_reaches_into_lists(run, records):
    made = run(
        *words("record activity.held activity=a1 day=2021-05-01 host=anting --id a"),
        *words("attendance.0.unit=anting attendance.0.category=leader attendance.0.attended=3"),
        *words("attendance.1.unit=anting attendance.1.category=general attendance.1.attended=9"),
    )
    assert made.code == 0, made.err
    assert run("correct", "a", "attendance.1.attended=8", "attendance.0=", "--why", "x").code == 0
    event = json.loads(run("log", "--json").out.splitlines()[-1])["event"]
    (line,) = event["data"]["attendance"]
    assert line["attended"] == 8
    far = run("correct", str(size(records) - 1), "attendance.7.attended=8", "--why", "x")
    assert far.code == 1
    assert "attendance.7" in far.err


def test_void_takes_back(run, records):
    seen = run("void", "v1", "--why", "重复")
    assert seen.code == 0
    assert "replaced by 3" in run("log").out
    assert run("void", "v1", "--why", "x").code == 1
    assert run("void", "nothing", "--why", "x").code == 1
    still = run("void", "0", "--why", "x")
    assert still.code == 1
    assert "referred to" in still.err


# Looking.


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_log_lists_the_newest_last(run, records, lang):
    seen = run("log", "--limit", "2", lang=lang)
    lines = seen.out.splitlines()
    assert lines[0].split()[0] == ("序号" if lang == "zh" else "position")
    assert [line.split()[0] for line in lines if line.split()[0].isdigit()] == ["1", "2"]
    assert "3" in seen.err
    assert not wide(seen.out)
    assert "visit.held" not in run("log", "--type", "base.opened").out


def test_log_json_has_the_stored_bytes(run, records):
    lines = run("log", "--json").out.splitlines()
    assert [json.loads(line)["position"] for line in lines] == [0, 1, 2]
    with Store.open(records / "log.db") as store:
        assert lines[2].encode().endswith(b'"event":' + store.row(2).entry + b"}")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_find_by_name_and_id(run, records, lang):
    assert run("find", "安亭", lang=lang).out.split() == ["unit", "anting", "安亭镇"]
    assert run("find", "LIAN", lang=lang).out.split()[:2] == ["base", "lianyuan"]
    assert json.loads(run("find", "廉", "--json").out) == [
        {"kind": "base", "id": "lianyuan", "names": ["廉园"]}
    ]
    near = run("find", "安亭鎮", lang=lang)
    assert (near.code, near.out) == (1, "")
    assert "安亭镇" in near.err


def test_show_json_is_stable(run, records):
    seen = run("show", "bases.persons", "--json", lang="")
    assert seen.code == 0
    readings = json.loads(seen.out)
    assert [list(r) for r in readings] == [KEYS, KEYS]
    assert [r["subject"] for r in readings] == ["all", "base:lianyuan"]
    assert readings[1]["value"] == 30
    assert readings[1]["period"] == {"start": "2021-01-01", "end": "2022-01-01"}
    assert readings[1]["moment"]["position"] == 3
    blank = json.loads(run("show", "bases.gini", "--json", lang="").out)
    assert blank[0]["value"] is None
    assert blank[0]["reason"].isascii()
    chinese = json.loads(run("show", "bases.gini", "--json", lang="zh").out)
    assert not chinese[0]["reason"].isascii()
    assert run("show", "bases.persons", "--json", lang="").out == seen.out


def test_whole_numbers_are_integers_for_programs(run, records):
    assert '"value": 30, "low": null' in run("show", "bases.persons", "--json").out
    assert '"value": 30,' in run("why", "bases.persons", "--json").out
    rate = json.loads(run("show", "bases.utilisation", "--json").out)[0]["value"]
    assert isinstance(rate, float)


def test_show_csv_has_the_keys_of_json(run, records):
    rows = list(csv.DictReader(io.StringIO(run("show", "bases", "--csv", lang="").out)))
    assert list(rows[0]) == KEYS
    persons = [r for r in rows if r["indicator"] == "bases.persons" and r["subject"] != "all"]
    assert persons[0]["value"] == "30"
    assert persons[0]["period"] == "2021-01-01/2022-01-01"
    parts = {r["dimensions"] for r in rows if r["indicator"] == "bases.theil"}
    assert parts <= {"", "part=between_tiers", "part=within_tiers"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_show_says_what_it_is_about(run, records, lang):
    seen = run("show", "bases", lang=lang)
    assert seen.code == 0
    heading = " ".join(seen.out.split())
    assert ("期间 2021（2021-01-01 至 2021-12-31）" if lang == "zh" else "period 2021") in heading
    assert ("阵地接待人次" if lang == "zh" else "Persons received") in seen.out
    assert "base:lianyuan 廉园" in seen.out
    assert not wide(seen.out)
    assert "[" not in seen.out.replace("[synthetic]", "")


def test_show_at_a_moment(run, records):
    run("correct", "v1", "persons=40", "--why", "x")
    value = lambda *args: json.loads(run("show", "bases.persons", "--json", *args).out)[0]["value"]  # noqa: E731
    assert [value(), value("--at", "4"), value("--at", "3"), value("--at", "2")] == [40, 40, 30, 0]
    assert value("--at", "2020-12-31", "--period", "2021") == 0
    assert value("--at", "2020-12-31T18:00", "--period", "2021") == 0
    assert run("show", "--at", "2020-02-30").code == 2


def test_show_names_unknown_indicators(run, records):
    seen = run("show", "bases.person")
    assert (seen.code, seen.out) == (1, "")
    assert "bases.persons" in seen.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_why_opens_a_figure_to_its_events(run, records, lang):
    seen = run("why", "bases.persons", "--subject", "lianyuan", "--period", "2021", lang=lang)
    assert seen.code == 0
    assert re.search(r"^ +2  2021-05-01  visit\.held  xuanjiao  v1$", seen.out, re.MULTILINE)
    assert not wide(seen.out)
    made = json.loads(run("why", "bases.persons", "--json").out)
    assert [e["event"]["id"] for e in made["evidence"]] == ["v1"]
    assert made["reading"]["value"] == 30
    nothing = run("why", "bases.persons", "--subject", "base:lian", lang=lang)
    assert (nothing.code, nothing.out) == (1, "")
    assert "base:lianyuan" in nothing.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_why_tells_a_family_from_a_typing_error(run, records, lang):
    seen = run("why", "bases", lang=lang)
    assert (seen.code, seen.out) == (2, "")
    assert ("bases 是指标族" if lang == "zh" else "bases is a family") in seen.err
    assert "bases.persons" in seen.err
    assert "bases.gini" in seen.err
    assert run("why", "basis", lang=lang).code == 1


# Checking and keeping.


def edit(path, sql):
    import sqlite3

    db = sqlite3.connect(path)
    db.execute(sql)
    db.commit()
    db.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_replay_finds_edited_views_with_evidence(run, records, lang):
    assert run("replay", lang=lang).code == 0
    edit(records / "views.db", "UPDATE base_visits SET persons = 99")
    seen = run("replay", lang=lang)
    assert seen.code == 3
    assert "base_visits" in seen.out
    assert "99" in seen.out
    assert "30" in seen.out
    assert run("replay", "bases", lang=lang).code == 0
    assert run("replay", "nope", lang=lang).code == 1


def test_replay_json(run, records):
    run("replay")
    edit(records / "views.db", "UPDATE base_visits SET persons = 99")
    seen = run("replay", "bases", "--json")
    assert seen.code == 3
    found = json.loads(seen.out)
    assert (found["events"], found["families"], found["stopped"]) == (3, ["bases"], [])
    (row,) = found["differences"]
    assert (row["table"], row["position"]) == ("base_visits", 2)
    assert [a for a, b in zip(row["found"], row["expected"], strict=True) if a != b] == [99]
    assert json.loads(run("replay", "bases", "--json").out)["differences"] == []


def test_replaying_one_family_does_not_vouch_for_the_others(run, records, tmp_path, monkeypatch):
    """After another log came into the folder, families that were not replayed are built anew."""
    run("show", "--json")
    with Store.open(records / "log.db") as store:
        before = store.size()
    other = tmp_path / "other"
    run("init", other)
    monkeypatch.setenv("LIANJIAN_RECORDS", str(other))
    for line in (UNIT, BASE, [*VISIT[:-3], "persons=7"], [*VISIT[:-3], "persons=8"]):
        assert run(*line).code == 0
    assert size(other) > before
    (other / "views.db").write_bytes((records / "views.db").read_bytes())
    assert run("replay", "coverage").code == 0
    assert json.loads(run("show", "bases.persons", "--json").out)[0]["value"] == 15


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_verify_prints_evidence_and_exits_3(run, records, lang):
    fine = run("verify", lang=lang)
    assert (fine.code, fine.err) == (0, "")
    edit(records / "log.db", "DROP TRIGGER entries_no_update")
    edit(
        records / "log.db",
        "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), ':30', ':31') AS BLOB) "
        "WHERE position = 2",
    )
    bad = run("verify", lang=lang)
    assert bad.code == 3
    assert ("应为" if lang == "zh" else "expected") in bad.out
    assert not wide(bad.out)
    assert not json.loads(run("verify", "--json").out)["sound"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_verify_prints_twenty_findings_and_counts_the_others(run, lang):
    words_ = Words("x", "x")
    for count, more in ((20, 0), (21, 1), (45, 25)):
        found = tuple(Finding(words_, words_, "a", "b") for _ in range(count))
        report = Report(3, bytes(32), found, (), ())
        text = "\n".join(listing.report_text(report, "example.org", Reader(lang, 80, {})))
        assert text.count("应为" if lang == "zh" else "expected") == 20
        said = f"另有 {more} 处：verify --json" if lang == "zh" else f"… {more} more: verify --json"
        assert (said in text) == (more > 0)
        assert str(count) in text
        assert len(listing.report_json(report, "example.org", lang)["findings"]) == count


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_plugins_lists_families_and_indicators(run, lang):
    seen = run("plugins", lang=lang)
    assert "bases.persons" in seen.out
    assert ("阵地" if lang == "zh" else "Bases") in seen.out
    assert not wide(seen.out)
    listed = json.loads(run("plugins", "--json").out)
    assert {"core", "bases"} <= {p["family"] for p in listed}
    assert all(len(p["code"]) == 64 for p in listed)


def plugin(folder, name, text):
    """Install a plugin in a folder of its own."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[lianjian]\n{name} = {name}_plugin\n")
    (folder / f"{name}_plugin.py").write_text(text)


def test_a_broken_plugin_is_named_and_takes_nobody_down(records, tmp_path):
    plugin(tmp_path / "site", "broken", "raise RuntimeError('no luck')")
    path = str(tmp_path / "site")
    seen = process("--lang", "en", "plugins", PYTHONPATH=path)
    assert seen.returncode == 1
    assert b"no luck" in seen.stderr
    assert b"bases.persons" in seen.stdout
    shown = process("--lang", "en", "show", "bases", "--json", PYTHONPATH=path)
    assert shown.returncode == 0
    assert b"warning: " in shown.stderr
    assert json.loads(shown.stdout)


FRAIL = """
from lianjian.core import ALL, ActivityHeld, Family, UnitRegistered, facts, hookimpl, indicator

@facts(key="day unit")
def frail_units(e: UnitRegistered):
    raise RuntimeError("too frail")
    yield

@indicator("frail.count", of=frail_units, unit="events", better="neither", zh="数", en="count")
def count(q):
    yield q.reading(ALL, 1)

@hookimpl
def lianjian_family():
    return Family("frail", version=1, zh="弱", en="Frail", facts=[frail_units], indicators=[count])
"""


def test_a_stopped_family_is_named_once_and_the_others_are_shown(records, tmp_path):
    plugin(tmp_path / "site", "frail", FRAIL)
    seen = process("--lang", "en", "show", "--json", PYTHONPATH=str(tmp_path / "site"))
    assert seen.returncode == 1
    assert seen.stderr.decode().count("too frail") == 1
    names = {r["indicator"] for r in json.loads(seen.stdout)}
    assert "bases.persons" in names
    assert "frail.count" not in names


@pytest.mark.parametrize("args", [["show", "bases"], ["why", "bases.persons"]])
def test_what_a_stopped_family_has_no_part_in_is_fine(records, tmp_path, args):
    plugin(tmp_path / "site", "frail", FRAIL)
    seen = process("--lang", "en", *args, PYTHONPATH=str(tmp_path / "site"))
    assert seen.returncode == 0
    assert seen.stderr.decode().startswith("warning: the family frail stopped at position 0")


@pytest.mark.parametrize(
    "args", [["show", "frail"], ["show", "frail.count"], ["why", "frail.count"]]
)
def test_what_a_stopped_family_was_asked_for_is_an_error(records, tmp_path, args):
    plugin(tmp_path / "site", "frail", FRAIL)
    seen = process("--lang", "en", *args, PYTHONPATH=str(tmp_path / "site"))
    assert seen.returncode == 1
    assert seen.stderr.decode().startswith("error: the family frail stopped at position 0")
    assert seen.stderr.decode().count("too frail") == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_backup_and_recover(run, records, tmp_path, lang):
    seen = run("backup", tmp_path / "backup", lang=lang)
    assert (seen.code, seen.out) == (0, f"{tmp_path / 'backup'}\n")
    assert run("backup", tmp_path / "backup", lang=lang).code == 1
    assert run("recover", tmp_path / "backup", lang=lang).code == 1
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (records / name).unlink(missing_ok=True)
    assert run("log", lang=lang).code == 1
    assert run("recover", tmp_path / "backup", lang=lang).code == 0
    assert run("verify", lang=lang).code == 0
    assert size(records) == 3


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """What `lianjian demo` says in both languages, of one and the same folder."""
    folder = tmp_path_factory.mktemp("demo")
    environ = {"XDG_STATE_HOME": str(folder), "COLUMNS": "80", "LIANJIAN_RECORDS": "elsewhere"}
    made = {lang: process("--lang", lang, "demo", folder / "d", **environ) for lang in ("zh", "en")}
    return folder / "d", made


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_demo_shows_all_families_and_verifies(run, demos, lang):
    path, made = demos
    seen, out, err = made[lang], made[lang].stdout.decode(), made[lang].stderr.decode()
    assert seen.returncode == 0
    whole = run("-C", path, "show", lang=lang).out
    verdict = run("-C", path, "verify", lang=lang).out
    assert out == f"{whole}\n{verdict}"
    for family in (f for f in load().families if f.indicators):
        assert f"({family.name})" in whole
        for indicator in family.indicators:
            assert f"  {indicator.name.partition('.')[2]} " in whole
    assert out.startswith("【合成数据】" if lang == "zh" else "[synthetic]")
    assert not wide(out)
    assert len(out.splitlines()) < 250
    hints = [line.split()[1:] for line in err.splitlines() if line.startswith("  lianjian ")]
    assert len(hints) == err.count("  # ") > 5
    for hint in hints:
        seen = run(*hint, lang=lang)
        assert (seen.code, bool(seen.out)) == (0, True), hint
        assert "report" in hint or not wide(seen.out), hint
    [real] = [hint for hint in hints if "--at" in hint]
    assert not any(r["synthetic"] for r in json.loads(run(*real, "--json").out))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_made_up_is_labelled(run, demos, lang):
    path, _ = demos
    label = "【合成数据】" if lang == "zh" else "[synthetic]"
    whole = run("-C", path, "show", "coverage.grid_fill", lang=lang).out
    assert f"coverage.grid_fill {label}" in whole
    assert whole.count("unit:") > 400
    assert not wide(whole)
    for args in (["log", "--limit", "3"], ["why", "bases.persons", "--limit", "9"]):
        listed = run("-C", path, *args, lang=lang).out
        assert label in listed
        assert not wide(listed)


def test_a_demo_is_finished_and_a_stranger_s_folder_left_alone(run, records, tmp_path, monkeypatch):
    from lianjian.core import demo

    whole = demo.batches
    with monkeypatch.context() as broken_off:
        broken_off.setattr(demo, "batches", lambda *args: islice(whole(*args), 2))
        demo.make(tmp_path / "demo", demo_registry())
    assert size(tmp_path / "demo") < 600
    assert run("demo", tmp_path / "demo").code == 0
    assert size(tmp_path / "demo") > 2000
    for taken in (records, tmp_path):
        seen = run("demo", taken)
        assert (seen.code, seen.out) == (1, "")
    assert size(records) == 3


def demo_registry():
    from lianjian.core.registry import load

    return load()


# Streams, folders, machines.


def test_records_are_found_like_git_finds_a_repository(run, records, monkeypatch, tmp_path):
    monkeypatch.delenv("LIANJIAN_RECORDS")
    assert run("log").code == 1
    assert run("-C", records, "log").code == 0
    (records / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(records / "deep/er")
    assert run("log").code == 0
    monkeypatch.setenv("LIANJIAN_RECORDS", str(tmp_path / "elsewhere"))
    assert run("log").code == 1
    assert run("-C", records, "log").code == 0


def test_the_recorder_is_named_or_the_one_who_is_logged_in(run, records, monkeypatch):
    run(*words("record visit.held base=lianyuan day=2021-05-02 --recorder 纪委"))
    monkeypatch.delenv("LIANJIAN_RECORDER")
    monkeypatch.setenv("LOGNAME", "somebody")
    run(*words("record visit.held base=lianyuan day=2021-05-03"))
    events = [json.loads(line)["event"] for line in run("log", "--json").out.splitlines()]
    assert [e["recorder"] for e in events[-3:]] == ["xuanjiao", "纪委", "somebody"]


def test_a_pipe_that_closes_early_is_no_error(run, records, tmp_path):
    data = [{"base": "lianyuan", "day": "2021-06-01", "persons": n} for n in range(3000)]
    (tmp_path / "many.json").write_text(json.dumps(data))
    assert run("record", "visit.held", "--file", tmp_path / "many.json").code == 0
    program = Path(sys.executable).with_name("lianjian")
    for args in ("log --json", "log --limit 0", "show bases --json"):
        seen = subprocess.run(
            f"{program} {args} | head -1", shell=True, capture_output=True, timeout=60, check=False
        )
        assert seen.stdout
        assert seen.stderr == b""


@pytest.mark.parametrize("args", [["show", "bases"], ["log"], ["find", "廉"], ["--help"]])
def test_a_gbk_console_gets_gbk(records, args):
    seen = process("--lang", "zh", *args, PYTHONIOENCODING="gbk")
    assert seen.returncode == 0
    assert "?" not in seen.stdout.decode("gbk")
    assert "\x1b" not in seen.stdout.decode("gbk")


def test_json_is_utf_8_everywhere(records):
    seen = process("--lang", "zh", "find", "廉", "--json", PYTHONIOENCODING="gbk")
    assert json.loads(seen.stdout.decode("utf-8"))[0]["names"] == ["廉园"]


def test_what_a_console_lacks_is_replaced(records):
    seen = process("find", "廉", PYTHONIOENCODING="ascii", LANG="zh_CN.UTF-8")
    assert (seen.returncode, seen.stdout.split()[:2]) == (0, [b"base", b"lianyuan"])


def test_columns_is_obeyed(records):
    seen = process("--lang", "zh", "show", "bases", COLUMNS="50")
    assert max(map(cells, seen.stdout.decode().splitlines())) <= 50


def test_an_interrupt_is_130(run, records, monkeypatch):
    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("lianjian.core.session.verify", interrupted)
    assert run("verify").code == 130


def test_what_nobody_foresaw_is_told_without_a_traceback(run, records, monkeypatch):
    def fails(*_args, **_more):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("lianjian.core.session.verify", fails)
    seen = run("verify")
    assert seen.code == 1
    assert "ZeroDivisionError: oops" in seen.err
    assert "Traceback" not in seen.err
    assert "--debug" in seen.err
    assert "Traceback" in run("--debug", "verify").err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("database is locked", "another program"),
        ("attempt to write a readonly database", "cannot be written"),
        ("database or disk is full", "disk is full"),
        ("no such table: x", "no such table"),
    ],
)
def test_what_the_database_says_is_put_in_our_words(run, records, monkeypatch, error, said):
    import sqlite3

    def fails(*_args, **_more):
        raise sqlite3.OperationalError(error)

    monkeypatch.setattr("lianjian.core.session.verify", fails)
    seen = run("verify")
    assert seen.code == 1
    assert said in seen.err
    assert "\nhint: " in seen.err


def test_a_file_that_cannot_be_read_is_named(run, records, tmp_path):
    (tmp_path / "folder").mkdir()
    for seen in (
        run("import", tmp_path / "folder", *MAPPED),
        run("record", "--file", tmp_path / "folder"),
        run("init", tmp_path / "new", "--cites", tmp_path / "folder"),
    ):
        assert seen.code == 1
        assert "folder" in seen.err
        assert "unexpected" not in seen.err


def test_a_missing_guard_is_told_loudly(run, records):
    (records / "guard").unlink()
    seen = run(*words("record visit.held base=lianyuan day=2021-05-02"))
    assert seen.code == 0
    assert "warning: there was no guard" in seen.err


def test_damaged_views_say_how_to_go_on(run, records):
    run("show", "--json")
    (records / "views.db").write_bytes(b"not a database at all" * 1000)
    for name in ("views.db-wal", "views.db-shm"):
        (records / name).unlink(missing_ok=True)
    seen = run("show", "bases")
    assert seen.code == 1
    assert "delete" in seen.err


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from lianjian import cli; cli.main(['--help']); "
        "print([m for m in ('attrs', 'msgspec', 'sqlite3', 'cryptography', 'rich', "
        "'lianjian.core') if m in sys.modules], file=sys.stderr)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert seen.stderr.strip() == b"[]"


# Cells.


def test_columns_align_in_cells():
    laid = columns([("安亭镇", "1"), ("a", "200")], right={1})
    assert laid == ["安亭镇    1", "a       200"]
    narrow = columns([("id-1", "一二三四五六七八九十"), ("id-2", "x")], width=18, keep={0})
    assert narrow == ["id-1  一二三四五六\n      七八九十", "id-2  x"]


def test_fold_keeps_words_and_closing_marks_together():
    assert fold("one two three", 8) == ["one two", "three"]
    assert fold("一二三，四", 6) == ["一二", "三，四"]
    assert fold("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert fold("a\x1b[31mb\nc", 80) == ["a [31mb c"]
    assert fold("", 10) == [""]


def test_usage_passes_on_what_it_does_not_know():
    assert usage("Some new sentence.", "zh") == "Some new sentence."
    assert usage("Missing command.", "zh") == "缺少命令"


def test_who_recorded_what(run, records):
    late = words("record visit.held base=lianyuan day=2021-05-02 --id late --recorder other")
    assert run(*late).code == 0
    assert run("void", "late", "--why", "regret", "--recorder", "third").code == 0
    found = {f["name"]: f for f in json.loads(run("recorder", "--json").out)}
    assert [(f["events"], f["superseded"]) for f in map(found.get, ("other", "third"))] == [
        (1, 1),
        (1, 0),
    ]
    assert sum(f["events"] for f in found.values()) == 5
    (one,) = json.loads(run("recorder", "third", "--json").out)
    assert (one["name"], one["position"]) == ("voided", 4)
    assert "已更正或作废" in run("recorder", lang="zh").out
    missed = run("recorder", "oter")
    assert missed.code == 1
    assert "other" in missed.err


def test_the_catalogue_says_what_is_declared(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    found = json.loads(run("catalogue", "--json").out)
    declared = [i.name for f in load().families for i in f.indicators]
    assert [entry["name"] for entry in found] == declared
    (one,) = json.loads(run("catalogue", "bases.gini", "--json").out)
    assert one["evidence"][0] == "base_visits"
    assert (one["unit"], one["better"], one["family"]) == ("ratio", "lower", "bases")
    assert "基尼系数" in run("catalogue", "bases", lang="zh").out
    seen = run("catalogue", "bases").out
    assert "lower is better" in seen
    assert max(map(len, seen.splitlines())) <= 80
    missed = run("catalogue", "bases.gin")
    assert (missed.code, "bases.gini" in missed.err) == (1, True)
