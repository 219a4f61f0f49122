"""Reports: what the inspection of 2021 says of itself, sentence by sentence, and how it is cited."""

import json
import re
from datetime import date

import pytest

from lianjian.cli import main
from lianjian.core import Family, Period
from lianjian.core.activities import UnitRegistered
from lianjian.core.errors import NothingToReport, UnknownReport, WrongUsage
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Report, Section, Sentence, words
from lianjian.core.planning import NormIssued
from lianjian.core.replay import catch_up
from lianjian.core.report import as_json, citation, draft, find, markdown
from lianjian.core.supervision import (
    CheckConducted,
    CheckSession,
    FindingRaised,
    RectificationAssigned,
    RectificationVerified,
    ReportDeliberated,
)
from lianjian.core.testing import Trial
from lianjian.core.told import FigureTest
from lianjian.core.tree import root
from lianjian.plugins import bases, coverage
from lianjian.plugins.bases import VisitHeld
from lianjian.plugins.oversight import RecommendationMade, lianjian_family

OVERSIGHT = lianjian_family()
FIRST, LAST = date(2021, 5, 1), date(2021, 8, 26)


@pytest.fixture
def t(tmp_path):
    families = [OVERSIGHT, bases.lianjian_family(), coverage.lianjian_family()]
    with Trial(tmp_path, families) as trial:
        yield trial


def unit(id_, name):
    return UnitRegistered(id_, name, "organ", "district", day=date(2020, 1, 1))


def found(id_, text, problem=None, kind="problem"):
    return FindingRaised(id_, kind, LAST, text, "npc-2021", problem)


def the_report(t):
    """Positions 0 to 14; units 0 to 2, the norm 3, the check 4."""
    t.record(
        unit("jiading", "嘉定区"),
        unit("justice", "司法局"),
        unit("education", "教育局"),
        NormIssued("law", "law", "1", "监察法", "central", date(2018, 3, 20)),
        CheckConducted(
            "npc-2021",
            "廉政教育专项监督",
            FIRST,
            "special",
            ends=LAST,
            units=("justice", "education"),
            units_total=17,
            sessions=(CheckSession("report", kickoff=True), *[CheckSession("field")] * 3),
            team={"deputy": 1, "head": 1},
            norms=("law",),
            delegated_by="jiading",
            approved_by="jiading",
        ),
        found("p4", "吸引力有待增强。", "P4"),
        found("p1", "资源整合有待提高", "P1"),
        found("good", "阵地渐成体系。", kind="achievement"),
        found("said", "多听基层", kind="opinion"),
        RectificationAssigned("r", "justice", date(2021, 9, 1), finding="p1"),
        RectificationVerified("r", date(2021, 10, 1), "met"),
        RecommendationMade("r3", "R3", LAST, "精准施教", "npc-2021"),
        RecommendationMade(
            "r1", "R1", LAST, "加强顶层设计", "npc-2021", (FigureTest("coverage.unit_reach", 5000),)
        ),
        ReportDeliberated("npc-2021", LAST, "jiading", "同意"),
        RecommendationMade("other", "R2", LAST, "与此无关"),
    )


def drafted(t, id_="npc-2021", year=2021, at=None):
    store = t.log.store
    catch_up(t.records.views, store, t.registry.families)
    position = store.size() if at is None else at
    moment = Moment(position, root(position, store))
    family, report = find(t.registry.families, "oversight.inspection")
    with Figures(t.records.views, t.registry.families, moment) as figures:
        return draft(figures, family, report, id_, Period.year(year))


def said(made, lang="zh"):
    return [[(s.text.text(lang), s.positions) for s in part.sentences] for part in made.sections]


def test_the_report_has_four_parts_and_each_sentence_its_positions(t):
    the_report(t)
    made = drafted(t)
    assert [part.heading.zh for part in made.sections] == [
        "基本情况", "工作成效", "存在的主要问题", "改进工作的建议举措",
    ]  # fmt: skip
    basics, achieved, problems, advice = said(made)
    assert basics == [
        ("廉政教育专项监督（专项监督调研），2021-05-01 至 2021-08-26。", (4,)),
        ("受嘉定区委托。", (4,)),
        ("经嘉定区同意。", (4,)),
        ("调研组：组长 1 人、副组长 1 人。", (4,)),
        ("场次：听取汇报 1 场、实地调研 3 场。", (4,)),
        ("受检单位 17 家，列名：司法局、教育局。", (4,)),
        ("依据：监察法（中央）。", (3, 4)),
        ("2021-08-26 嘉定区审议：同意。", (13,)),
    ]
    # Every figure is there, with its value or with why it has none.
    assert [text.split("：")[0] for text, _ in achieved] == [
        "阵地渐成体系。",
        "单位覆盖率",
        "人均受教育时长",
        "lecturers.sessions",
        "教育参观占比",
        "brands.presence",
        "cases.conversion",
    ]
    assert achieved[0][1] == (7,)
    assert achieved[1][0] == "单位覆盖率：0%。"
    assert achieved[3] == ("lecturers.sessions：无数值（没有安装这一指标）。", ())
    assert achieved[4][0].endswith("：无数值（期间内没有参观）。")
    assert problems == [
        ("P1 资源整合高效利用：资源整合有待提高（整改：r 已验收到位）。", (6, 9, 10)),
        ("P4 吸引力：吸引力有待增强（整改：未交办）。", (5,)),
    ]
    assert advice == [
        ("R1 标准化推进：加强顶层设计。", (12,)),
        ("R1 检验：单位覆盖率 ≥ 50%：0%，未达到。", (12,)),
        ("R3 精准化推进：精准施教。", (11,)),
        ("意见建议：多听基层。", (8,)),
    ]


def test_the_report_in_english(t):
    the_report(t)
    basics, _, problems, advice = said(drafted(t), "en")
    assert basics[0][0] == "廉政教育专项监督 (Special inspection), 2021-05-01 to 2021-08-26."
    assert basics[-1][0] == "Deliberated on 2021-08-26 by 嘉定区: 同意."
    assert problems[0][0] == (
        "P1 Resource integration: 资源整合有待提高 (rectification: r verified)."
    )
    assert advice[1][0] == "R1 tests: Unit reach ≥ 50%: 0%, not met."


def test_figures_stand_in_sentences_as_people_write_them(t):
    the_report(t)
    guided = [VisitHeld("b", date(2021, 6, day), guided=day == 1) for day in (1, 2, 3)]
    t.record(
        bases.BaseOpened("b", "馆", "garden", date(2021, 1, 1)),
        *guided,
        RecommendationMade(
            "r4", "R1", LAST, "多讲解", "npc-2021",
            (FigureTest("bases.guided_share", 5000), FigureTest("bases.visits", 3, 9)),
        ),
    )  # fmt: skip
    made = drafted(t)
    assert said(made)[1][4] == ("教育参观占比：33.3%。", (16, 17, 18))
    assert said(made, "en")[1][4][0] == "Education visits: 33.3%."
    _, _, _, advice = said(made)
    assert (
        advice[3][0]
        == "R1 检验：教育参观占比 ≥ 50%：33.3%，未达到；阵地接待的参观批次 ≥ 3 ≤ 9：3，达到。"
    )
    # Nowhere a number that nobody can read aloud, nor the traces of a program.
    program = re.compile(r"\d\.\d{3}| 比例| share\b|None|Fraction|Words\(|\('|',\)|\[")
    told = [text for lang in ("zh", "en") for part in said(made, lang) for text, _ in part]
    told += [
        text
        for i in OVERSIGHT.indicators
        for r in t.readings(i.name, "2021")
        for flag in r.flags
        for text in (flag.zh, flag.en)
    ]
    assert [text for text in told if program.search(text)] == []


def test_a_void_finding_and_what_was_not_known_then_leave_the_report(t):
    the_report(t)
    assert said(drafted(t, at=10))[2][0][0].endswith("（整改：r 已交办）。")
    assert said(drafted(t, at=5))[2:] == [[("未记录。", ())], [("未记录。", ())]]
    t.void(next(row.id for row in t.log.store.rows(5, 6)))
    assert [text[:2] for text, _ in said(drafted(t))[2]] == ["P1"]
    # In 2021 the rectification stood as it did by the end of the year; before, nothing was found.
    with pytest.raises(NothingToReport):
        drafted(t, year=2020)


def test_what_is_not_recorded_of_a_check_is_not_made_up(t):
    t.record(
        CheckConducted("bare", "检查", FIRST, "routine"),
        CheckConducted("c", "检", FIRST, "routine"),
    )
    made = drafted(t, "inspection:bare")
    assert said(made)[0] == [("检查（日常监督），2021-05-01 起，结束日未登记。", (0,))]
    assert said(made)[3] == [("未记录。", ())]
    with pytest.raises(NothingToReport, match="bar") as error:
        drafted(t, "bar")
    assert "bare" in error.value.message("zh")
    with pytest.raises(WrongUsage):
        drafted(t, "unit:bare")
    with pytest.raises(WrongUsage):
        drafted(t, "inspection:")
    with pytest.raises(UnknownReport) as error:
        find(t.registry.families, "oversight.inspections")
    assert "oversight.inspection" in error.value.message("en")


@pytest.mark.parametrize(
    ("positions", "zh", "en"),
    [
        ((), "", ""),
        ((7,), "〔第 7 条〕", " [7]"),
        ((12, 13, 14, 57), "〔第 12–14、57 条〕", " [12–14, 57]"),
        (range(100), "〔第 0–99 条〕", " [0–99]"),
        (
            range(0, 16, 2),
            "〔第 0、2、4、6、8、10、12、14 条〕",
            " [0, 2, 4, 6, 8, 10, 12, 14]",
        ),
        (
            (0, 1, *range(3, 20, 2)),
            "〔第 0–1、3、5、7、9、11、13、15 等 11 条〕",
            " [0–1, 3, 5, 7, 9, 11, 13, 15, … 11 in all]",
        ),
    ],
)
def test_citations_are_ranges_and_at_most_eight(positions, zh, en):
    assert (citation(tuple(positions), "zh"), citation(tuple(positions), "en")) == (zh, en)


def told(text):
    """A family whose report says one text of anything."""

    def function(q, id_):
        yield Section(words("h"), (Sentence(words(text), (0, 0)),))

    return Family(
        "told",
        version=1,
        zh="",
        en="",
        reports=[Report("told.all", "unit", function, "报", "Report")],
    )


@pytest.mark.parametrize(
    ("text", "laid"),
    [
        ("plain_name ≥ 0.5: 1-2", "plain_name ≥ 0.5: 1-2"),
        ("<script> _a_ *b* `c` [d](e)", "\\<script\\> \\_a\\_ \\*b\\* \\`c\\` \\[d\\](e)"),
        ("- a", "\\- a"),
        ("1. a", "1\\. a"),
        ("12) a", "12\\) a"),
        ("# a\n\n## b", "\\# a \\#\\# b"),
        ("~~~ &lt;", "\\~\\~\\~ \\&lt;"),
    ],
)
def test_what_somebody_recorded_cannot_pass_for_markdown(tmp_path, text, laid):
    family = told(text)
    with Trial(tmp_path, [family]) as t:
        t.record(unit("u", "区"))
        catch_up(t.records.views, t.log.store, t.registry.families)
        moment = Moment(1, root(1, t.log.store))
        with Figures(t.records.views, t.registry.families, moment) as figures:
            made = draft(figures, family, family.reports[0], "u", Period.year(2021))
    *_, last = markdown(made, "zh")
    assert last == f"{laid}〔第 0 条〕"


def test_what_rests_on_made_up_events_is_labelled(t):
    the_report(t)
    assert "合成" not in "\n".join(markdown(drafted(t), "zh"))
    t.record(
        FindingRaised("made", "problem", LAST, "示例", "npc-2021", "P2"), recorder="synthetic-1"
    )
    lines = list(markdown(drafted(t), "zh"))
    assert lines[0].startswith("> 【合成数据】本文为草稿")
    labelled = [line for line in lines if line.startswith("【合成数据】")]
    assert labelled == ["【合成数据】P2 基层一线教育力度：示例（整改：未交办）。〔第 15 条〕"]
    marked = [
        s["positions"]
        for part in as_json(drafted(t), "en")["sections"]
        for s in part["sentences"]
        if s["synthetic"]
    ]
    assert marked == [[15]]


def test_the_first_line_says_that_it_is_a_draft_and_the_third_what_it_is(t):
    the_report(t)
    made = drafted(t)
    lines = list(markdown(made, "zh"))
    assert lines[0] == "> 本文为草稿，由日志自动生成：每句所引为记录序号，未经任何人审定"
    assert lines[2] == "# 监督调研报告"
    about = "对象 inspection:npc-2021；期间 2021（2021-01-01 至 2021-12-31）；时点 前 15 条，根 "
    assert lines[4].startswith(about)
    assert [line for line in lines if line.startswith("## ")] == [
        "## 一、基本情况", "## 二、工作成效", "## 三、存在的主要问题", "## 四、改进工作的建议举措",
    ]  # fmt: skip
    english = list(markdown(made, "en"))
    assert english[0].startswith("> This is a draft")
    assert "## 1. The check" in english


def test_the_command(t, capsys):
    the_report(t)
    folder = str(t.records.path)
    asked = ["report", "oversight.inspection", "--subject", "npc-2021", "--period", "2021"]
    assert main(["-C", folder, "--lang", "zh", *asked]) == 0
    out = capsys.readouterr().out
    # Of all that is installed, lecturers, too: nobody has lectured.
    assert "宣讲场次：0 场。" in out
    assert "〔第 6、9–10 条〕" in out
    assert main(["-C", folder, "--lang", "en", *asked, "--json", "--at", "10"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["draft"] is True
    assert made["moment"]["position"] == 10
    assert made["period"] == {"start": "2021-01-01", "end": "2022-01-01"}
    assert made["sections"][2]["sentences"][0] == {
        "text": "P1 Resource integration: 资源整合有待提高 (rectification: r assigned).",
        "positions": [6, 9],
        "synthetic": False,
    }
    assert main(["-C", folder, "--lang", "en", *asked[:2], "--subject", "nobody"]) == 1
    assert "knows no 'nobody'" in capsys.readouterr().err
    assert main(["-C", folder, "--lang", "zh", "report", "x", "--subject", "y"]) == 1
    assert "没有报告 'x'" in capsys.readouterr().err
