"""The demo: real and made up kept apart, made alike each time, uneven as the report complains."""

import json
import re
from collections import Counter, defaultdict
from contextlib import contextmanager

import pytest
from attrs import evolve

from lianjian.core import demo
from lianjian.core.demo_cast import TOWNS, Told
from lianjian.core.demo_year import WITHOUT_VILLAGES, synthetic_year
from lianjian.core.divisions import CUTOFFS, changes, known_at
from lianjian.core.errors import RecordsExist
from lianjian.core.event import Draft, open_disclosure
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.log import Log
from lianjian.core.period import Period
from lianjian.core.published import recompute
from lianjian.core.registry import load
from lianjian.core.replay import catch_up
from lianjian.core.report import draft, find
from lianjian.core.store import Store
from lianjian.core.tree import root
from lianjian.core.verify import verify


class BrokenOff(Exception):
    """The demo was broken off."""


REAL = {"nbs-divisions", "report-2021"}


@pytest.fixture(scope="module")
def registry():
    return load()


@pytest.fixture(scope="module")
def made(registry, tmp_path_factory):
    """Two demos, made one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        folder = tmp_path_factory.mktemp("demos")
        told = []
        first = demo.make(folder / "first", registry, progress=told.append)
        second = demo.make(folder / "second", registry, language="en")
        assert told == sorted(told)
        assert told[-1] == len(entries(first))
        yield first, second


@pytest.fixture(scope="module")
def records(made):
    return made[0]


def entries(records):
    with Store.open(records.log) as store:
        rows = store.db.execute("SELECT entry FROM entries ORDER BY position")
        return [json.loads(entry) for (entry,) in rows]


def of_type(records, type_):
    return [e for e in entries(records) if e["type"] == type_]


@contextmanager
def figures(records, registry, *, at=None, tree="then"):
    with Store.open(records.log) as store:
        catch_up(records.views, store, registry.families)
        position = store.size() if at is None else at
        moment = Moment(position, root(position, store))
    with Figures(records.views, registry.families, moment, tree) as found:
        yield found


def readings(records, registry, period="2022", **how):
    """Return every reading of every family by indicator, subject and dimensions."""
    with figures(records, registry, **how) as f:
        return {
            (i.name, r.subject, tuple(sorted(r.dimensions.items()))): evolve(r, moment=None)
            for i in f.find()
            for r in f.readings(i.name, Period.parse(period))
        }


@pytest.fixture(scope="module")
def of_2022(records, registry):
    return readings(records, registry)


def value(found, name, subject="all", **dimensions):
    return found[name, subject, tuple(sorted(dimensions.items()))].value


# Made alike.


def opened(records):
    """Return what the entries say: without when and by whom they were signed, names unsealed."""
    said = entries(records)
    with Store.open(records.log) as store:
        for e in said:
            del e["recordedat"], e["source"]
            if "sealed" in (e["data"].get("name") or ()):
                e["data"]["name"] = open_disclosure(store.disclosure(e["data"]["name"]["sealed"]))
            if e["type"] == "figures.published":
                del e["data"]["moment"]["root"]  # over all the rest
    return said


def test_two_demos_say_the_same(made):
    first, second = made
    assert opened(first) == opened(second)
    assert (first.language, second.language) == ("zh", "en")
    assert first.origin != second.origin


def test_another_seed_is_another_year():
    def visits(seed):
        return [t for part in synthetic_year(seed) for t in part if t.type == "visit.held"]

    assert visits("a") == visits("a") != visits("b")


def test_its_size_and_kinds(records):
    said = entries(records)
    assert 2_500 <= len(said) <= 4_000
    assert len({e["id"] for e in said}) == len(said)
    of = Counter(e["type"] for e in said)
    assert of["activity.held"] > 500
    assert of["visit.held"] > 500
    assert of["score.reviewed"] > 50
    assert set(of) >= {"base.closed", "base.reopened", "lecturer.released", "method.adopted"}


def test_history_is_clean(records, registry):
    with figures(records, registry):
        pass  # the views are caught up, and verified as well
    report = verify(records, registry.families)
    assert not report.findings
    assert not report.notes
    assert report.size == len(entries(records))


def test_a_folder_that_is_taken_is_left_alone(tmp_path, registry):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(RecordsExist):
        demo.make(tmp_path, registry)
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


# What is real.


def test_real_and_made_up_are_told_apart(records):
    said = entries(records)
    assert {e["recorder"] for e in said} == REAL | {"synthetic"}
    real = [e for e in said if e["recorder"] in REAL]
    assert real == said[: len(real)], "what is real stands first, to be seen alone"
    assert {e["type"] for e in real} == {
        "unit.registered",
        "unit.reorganized",
        "base.opened",
        "team.formed",
        "norm.issued",
        "plan.adopted",
        "plan_item.set",
        "check.conducted",
        "finding.raised",
        "recommendation.made",
        "report.deliberated",
    }
    assert not [e for e in real if "示例" in json.dumps(e, ensure_ascii=False)]


def test_the_divisions_are_all_there(records):
    told = [e for e in entries(records) if e["recorder"] == "nbs-divisions"]
    steps = zip((None, *CUTOFFS), CUTOFFS, strict=False)
    assert len(told) == sum(len(changes(*step)) for step in steps)
    assert {e["data"]["day"] for e in told} == {d.isoformat() for d in CUTOFFS}
    registered = {e["data"]["unit"]: e["data"] for e in told if e["type"] == "unit.registered"}
    kinds = {u: registered[u]["kind"] for u in TOWNS}
    assert len(kinds) == 12
    assert Counter(kinds.values()) == {"town": 11, "zone": 1}
    assert kinds["industrial-zone"] == "zone"
    outside = {u for u, d in registered.items() if d["kind"] == "external"}
    assert {"kunshan", "taicang", "x320583100", "x320585100"} <= outside
    assert all(registered[u]["code"].startswith("3205") for u in outside)


def test_the_report_of_2021_is_there(records):
    told = [e for e in entries(records) if e["recorder"] == "report-2021"]
    there = [e for e in told if e["type"] in {"unit.registered", "base.opened", "team.formed"}]
    assert {e["data"]["day"] for e in there} == {"2021-05-01"}
    names = {e["data"]["name"]: e["data"] for e in there}
    towns = {u.name for u in known_at(CUTOFFS[1]).values() if u.parent == "jiading"}
    seven = {
        "区组织人事部门",
        "文化宣传部门",
        "教育局",
        "司法局",
        "安亭镇",
        "嘉定工业区",
        "城发集团",
    }
    assert seven <= names.keys() | towns
    assert not names.keys() & towns, "what stands in the lists is not registered twice"
    bases = {n: d["kind"] for n, d in names.items() if "base" in d}
    assert bases == {
        "陈家山廉洁文化主题园": "themed_park",
        "廉园": "garden",
        "区党风廉政教育基地": "base",
    }
    assert not [d for d in names.values() if "capacity" in d]
    teams = {n: (d["kind"], d.get("target")) for n, d in names.items() if "team" in d}
    assert teams == {
        "廉政教育讲师团": ("integrity", None),
        "警示教育讲师团": ("warning", None),
        "百名纪检青年故事团": ("youth_story", 100),
    }


def test_the_inspection_is_told_as_far_as_the_report_tells_it(records):
    told = [e for e in entries(records) if e["recorder"] == "report-2021"]
    of = defaultdict(list)
    for e in told:
        of[e["type"]].append(e["data"])
    [check], [plan], [item] = (of[t] for t in ("check.conducted", "plan.adopted", "plan_item.set"))
    assert (check["day"], check["ends"], check["kind"]) == ("2021-05-01", "2021-08-26", "special")
    assert (len(check["units"]), check["units_total"]) == (7, 17)
    sessions = Counter(s["method"] for s in check["sessions"])
    assert sessions == {"report": 1, "forum": 3, "field": 3, "tutorial": 1, "seminar": 1}
    [opening] = [s for s in check["sessions"] if s.get("kickoff")]
    assert opening["topics"] == ["mechanism", "base", "support"]
    assert check["team"] == {"head": 1, "deputy": 1}, "of members it gives no number"
    assert check["plan_items"] == [item["plan_item"]]
    assert item["plan"] == plan["plan"]
    # It does not say by which unit, on which day, and beside the opening on what.
    assert not check.keys() & {"checker", "approved_on"}
    assert not [s for s in check["sessions"] if "day" in s or (s != opening and "topics" in s)]
    norms = {n["norm"]: n["issuer"] for n in of["norm.issued"]}
    assert Counter(norms.values()) == {"central": 2, "district": 3}
    assert set(check["norms"]) < norms.keys()
    found = Counter(f.get("problem", f["kind"]) for f in of["finding.raised"])
    assert found == {"achievement": 4, "P1": 1, "P2": 1, "P3": 1, "P4": 1}
    assert [r["code"] for r in of["recommendation.made"]] == ["R1", "R2", "R3"]
    later = [*of["finding.raised"], *of["recommendation.made"], *of["report.deliberated"]]
    assert {d["day"] for d in later} == {"2021-08-26"}
    assert {d["inspection"] for d in later} == {check["inspection"]}


def test_its_recommendations_are_tested_by_what_they_say_themselves(records, of_2022):
    """The report sets no thresholds: a test is of all, or it is not there."""
    tests = {
        e["data"]["recommendation"]: e["data"]["tests"]
        for e in of_type(records, "recommendation.made")
        if e["recorder"] == "report-2021"
    }
    assert {t["at_least"] for asked in tests.values() for t in asked} == {10_000}
    assert not [t for asked in tests.values() for t in asked if "at_most" in t]
    for recommendation, asked in tests.items():
        r = of_2022["oversight.recommendations_met", f"recommendation:{recommendation}", ()]
        met = [t for t in asked if value(of_2022, t["figure"]) == 1]
        assert (r.numerator, r.denominator) == (len(met), len(asked))


def test_the_report_is_drafted_from_the_log(records, registry):
    family, report = find(registry.families, "oversight.inspection")
    with figures(records, registry) as f:
        made = draft(f, family, report, "inspection:npc-2021", Period.parse("2021"))
    assert [s.heading.zh for s in made.sections] == [
        "基本情况",
        "工作成效",
        "存在的主要问题",
        "改进工作的建议举措",
    ]
    check, achieved, problems, advice = (
        [t.text.zh for t in section.sentences if t.positions] for section in made.sections
    )
    assert "受检单位 17 家，列名：区组织人事部门、文化宣传部门、教育局" in "".join(check)
    assert "座谈交流 3 场、专题辅导 1 场、实地调研 3 场" in "".join(check)
    assert sum("：" in text for text in achieved[:4]) == 4
    assert [text[:2] for text in problems] == ["P1", "P2", "P3", "P4"]
    assert "冷热不均" in problems[0]
    assert [text[:2] for text in advice] == ["R1", "R1", "R2", "R2", "R3", "R3"]
    cited = {p for s in made.sections for t in s.sentences for p in t.positions}
    assert cited
    assert not cited & made.made_up


@pytest.mark.parametrize("period", ["2019", "2021", "2022", "2023-07-01"])
def test_every_town_is_in_the_tree(records, registry, period):
    with figures(records, registry) as f:
        q = f.query("coverage", Period.parse(period))
        assert set(
            q.column("SELECT unit FROM units WHERE parent = 'jiading' AND code <> ''")
        ) >= set(TOWNS)
        roots = q.column("SELECT unit FROM units WHERE parent IS NULL ORDER BY unit")
        assert roots == ["jiading", "kunshan", "taicang"]


# What is made up, and says so.


def test_all_of_the_year_is_labelled(of_2022):
    assert not [k for k, r in of_2022.items() if not r.synthetic]


@pytest.mark.parametrize("period", ["2018", "2019", "2020", "2021", "2021-05-01..2021-08-26"])
def test_nothing_before_it_is(records, registry, period):
    assert not [k for k, r in readings(records, registry, period).items() if r.synthetic]


def test_nothing_is_while_only_what_is_real_is_known(records, registry):
    real = sum(e["recorder"] in REAL for e in entries(records))
    assert not [k for k, r in readings(records, registry, at=real).items() if r.synthetic]
    # The first that is made up is the registration of an invented unit, which is no evidence yet.
    assert [k for k, r in readings(records, registry, at=real + 200).items() if r.synthetic]


@pytest.mark.parametrize("period", ["2021", "2022", "2023", "2022Q1", "2022-11"])
def test_a_label_means_that_evidence_is_made_up(records, registry, period):
    period = Period.parse(period)
    invented = {i for i, e in enumerate(entries(records)) if e["recorder"] == "synthetic"}
    with figures(records, registry) as f:
        for i in f.find():
            rests = bool(invented.intersection(f.evidence(i.name, period)))
            # The evaluation asks other families, whose figures may be made up where it is not.
            wrong = [r for r in f.readings(i.name, period) if r.synthetic != rests]
            assert not wrong or i.name.startswith(("evaluation.", "cycles.")), i.name


def test_what_is_invented_ends_with_the_year(records, registry):
    found = readings(records, registry, "2023")
    subjects = {subject for _, subject, _ in found}
    # A recommendation stands for good: only whether it is met changes.
    assert not {s for s in subjects if "demo" in s and not s.startswith("recommendation:")}
    bases = {s for s in subjects if s.startswith("base:")}
    assert bases == {"base:chenjiashan", "base:lianyuan", "base:district-base"}


def test_no_name_is_a_persons(records):
    with Store.open(records.log) as store:
        names = [
            open_disclosure(store.disclosure(e["data"]["name"]["sealed"]))[1]
            for e in of_type(records, "lecturer.enrolled")
        ]
    assert len(names) == len(set(names)) > 40
    plain = "讲师[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]|外请教授[甲乙]"
    assert all(re.fullmatch(plain, name) for name in names)
    stored = b"".join(p.read_bytes() for p in records.path.glob("*.db"))
    whole = stored.decode("utf-8", "ignore")
    for person in ("许谋赛", "张德祺"):  # whom the report names; there is no need to
        assert person not in whole


def test_invented_units_and_bases_say_so(records):
    told = [e for e in entries(records) if e["recorder"] == "synthetic"]
    for e in told:
        if e["type"] in ("unit.registered", "base.opened", "team.formed", "method.adopted"):
            assert "示例" in e["data"]["name"]
        if "why" in e or "why" in e["data"]:
            assert "示例" in e.get("why", e["data"].get("why"))


# Uneven, as the report complains (C01 to C14 of the inventory).


def test_bases_are_hot_and_cold(of_2022):
    assert value(of_2022, "bases.gini") > 0.4
    assert value(of_2022, "bases.persons", "base:demo-base-huating") == 0
    blank = of_2022["bases.persons", "base:demo-base-waigang", ()]
    assert blank.value is None
    assert blank.reason.en == "the figures of all visits are blank"
    for base in ("chenjiashan", "lianyuan", "district-base"):
        r = of_2022["bases.utilisation", f"base:{base}", ()]
        assert (r.value, r.reason.en) == (None, "capacity or slots not known")
    known = value(of_2022, "bases.utilisation", "base:demo-base-anting")
    assert known > 0.3 > value(of_2022, "bases.utilisation", "base:demo-base-malu")


def test_few_lecturers_carry_the_load(of_2022):
    assert 2 <= value(of_2022, "lecturers.half_load") <= 5
    assert value(of_2022, "lecturers.gini") > 0.6
    assert value(of_2022, "lecturers.idle") >= 5
    assert value(of_2022, "lecturers.overloaded") >= 2
    story = of_2022["lecturers.team_size", "team:team-youth-story", ()]
    assert story.denominator == 100
    assert story.value < 0.2


def test_villages_get_less(of_2022):
    assert value(of_2022, "coverage.tier_gap") < 0.2
    reached = of_2022["coverage.grid_fill", "all", (("entry", "village"),)]
    assert 0.2 < reached.value < 0.7
    villages = [v for v in known_at(CUTOFFS[3]).values() if v.parent in WITHOUT_VILLAGES]
    filled = {v.id: value(of_2022, "coverage.grid_fill", f"unit:{v.id}") for v in villages}
    assert len(filled) > 50
    assert set(filled.values()) == {0}


def test_most_of_it_is_warning_and_one_person_talking(records):
    warning, lecture, minutes = 0, 0, 0
    for e in of_type(records, "activity.held"):
        known = e["data"].get("minutes", 0)
        minutes += known
        warning += known * e["data"].get("themes", {}).get("warning", 0) / 10_000
        lecture += known if set(e["data"].get("formats", {})) == {"lecture"} else 0
    assert warning / minutes > 0.5
    assert lecture / minutes > 0.4


def test_half_of_it_is_left_to_the_end_of_the_year(records):
    months = Counter(e["data"]["day"][5:7] for e in of_type(records, "activity.held"))
    assert 0.4 < (months["11"] + months["12"]) / months.total() < 0.65
    assert len(months) == 12


def test_blanks_stay_blank(records):
    lines = [
        line for e in of_type(records, "activity.held") for line in e["data"].get("attendance", ())
    ]
    blank = sum("attended" not in line for line in lines)
    assert 0.05 < blank / len(lines) < 0.2
    assert any("minutes" not in e["data"] for e in of_type(records, "activity.held"))
    assert any("persons" not in e["data"] for e in of_type(records, "visit.held"))
    assert any("guided" not in e["data"] for e in of_type(records, "visit.held"))


def test_some_is_held_with_neighbours(records):
    cohosts = [
        unit
        for e in of_type(records, "activity.held")
        for unit in e["data"].get("cohosts", ())
        if unit.startswith(("kunshan", "taicang", "x3205"))
    ]
    assert {"kunshan", "taicang"} <= set(cohosts)
    assert len(cohosts) >= 20


def test_every_unit_that_is_scored_is(of_2022):
    scores = {
        subject: r.value
        for (name, subject, _), r in of_2022.items()
        if name == "evaluation.score" and r.value is not None
    }
    assert {f"unit:{town}" for town in TOWNS} <= scores.keys()
    assert max(scores.values()) - min(scores.values()) > 20
    assert value(of_2022, "evaluation.hardness", method="demo-method-2022") == 0.45


# What was wrong, and how it was mended.


def test_corrections_and_voids(records):
    said = entries(records)
    by_id = {e["id"]: e for e in said}
    kinds = defaultdict(set)
    for e in said:
        if "replaces" in e:
            kinds[e["type"]].add(by_id[e["replaces"]]["type"])
    assert kinds["voided"] == {"visit.held"}
    assert kinds.keys() >= {"activity.held", "visit.held", "headcount.declared", "voided"}
    batches = Counter(e["batch"] for e in said if "batch" in e)
    assert len(batches) == 2
    again = {e["id"] for e in said if e.get("batch", "").endswith("-again")}
    assert len(again) > 5
    assert again <= {e.get("replaces") for e in said}, "the import that came twice was taken back"


def test_the_cycle_is_sealed_by_what_was_published(records, registry, of_2022):
    """Published for real, and computed again; the correction that came later moves today's score."""
    [sealed], [scores] = of_type(records, "cycle.sealed"), of_type(records, "figures.published")
    assert sealed["data"]["published"] == scores["data"]["digest"]
    assert sealed["time"] > scores["time"]
    *_, again = entries(records)
    assert (again["type"], again["data"]["unit"]) == ("score.reviewed", "malu")
    then = readings(records, registry, at=scores["data"]["moment"]["position"])
    names = {
        kind: n
        for n, *_ in of_2022
        for kind in ("sealed_score", "sealed_change")
        if n.endswith(kind)
    }
    method, cycle = "demo-method-2022", "demo-cycle-2022"
    for town in TOWNS:
        about = f"unit:{town}"
        was = value(then, "evaluation.score", about, method=method)
        now = value(of_2022, "evaluation.score", about, method=method)
        assert value(of_2022, names["sealed_score"], about, cycle=cycle) == was
        change = value(of_2022, names["sealed_change"], about, cycle=cycle)
        assert change == pytest.approx(now - was)
        assert (change < -1) == (town == "malu")
        assert (change == 0) == (town != "malu")
    with Store.open(records.log) as store:
        report = recompute(verify(records, registry.families), store, registry)
    assert not report.findings
    assert "1 published figure recomputed" in [done.en for done in report.checked]


def test_a_demo_that_was_broken_off_is_finished(tmp_path, monkeypatch, registry, made):
    """Wherever that was: after any of the first appends, and between publishing and sealing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    whole = len(entries(made[0]))

    def size():
        with Store.open(tmp_path / "demo" / "log.db") as store:
            return store.size()

    for stop in (600, whole - 2, whole - 1):

        def progress(_, stop=stop):
            if size() >= stop:
                raise BrokenOff

        with pytest.raises(BrokenOff):
            demo.make(tmp_path / "demo", registry, progress=progress)
    records = demo.make(tmp_path / "demo", registry)
    assert opened(records) == opened(made[0])


def test_contradictions_are_found_not_refused(of_2022):
    [base] = [r for (n, s, _), r in of_2022.items() if n == "bases.contradictions" and s != "all"]
    assert base.subject == "base:demo-base-nanxiang"
    assert value(of_2022, "coverage.contradictions") == 1


def test_a_correction_moves_the_figures_that_rest_on_it_and_no_others(made, registry):
    records = made[1]
    before = readings(records, registry)
    with Log.open(records, registry.types, registry.installed) as log:
        row = next(
            row
            for e in of_type(records, "visit.held")
            if e["data"]["base"] == "lianyuan" and e["data"].get("persons", 0) > 10
            for row in [log.store.by_id(e["id"])]
        )
        held = registry.types["visit.held"].read(row.entry, row.version)
        better = evolve(held, persons=held.persons + 87)
        log.append([Draft(event=better, recorder="xuanjiao", replaces=row.id)])
    after = readings(records, registry)
    assert before.keys() == after.keys()
    moved = {key for key in before if before[key] != after[key]}
    compared = {k for k, r in before.items() if k[0] == "bases.relative_use" and not r.reason}
    assert moved == {
        ("bases.persons", "all", ()),
        ("bases.persons", "base:lianyuan", ()),
        ("bases.gini", "all", ()),
        ("bases.theil", "all", ()),
        *compared,  # each base with the mean of all, which has moved
    }
    for key in (k for k in moved if k[0] == "bases.persons"):
        assert after[key].value - before[key].value == 87
    report = verify(records, registry.families)
    assert not report.findings
    # As it was known before, nothing has changed.
    assert readings(records, registry, at=len(entries(records)) - 1) == before


def test_it_is_told_as_json_would_be(records):
    """What is handed in is plain data, so that nothing of it needs a class of ours."""
    for recorder, told in demo.chapters():
        for t in told:
            assert isinstance(t, Told)
            assert recorder
            json.dumps(dict(t.data), ensure_ascii=False)
