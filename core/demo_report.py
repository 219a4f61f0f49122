"""What the report of 2021 says, for the demo: the inspection itself, and what it names. All of it real.

    关于开展廉政教育工作情况的调研报告, given on 26 August 2021 at the 51st session of the Standing Committee of
    the Sixth People's Congress of Jiading

    report_of_2021()     what was there: units, bases, teams, norms, the plan
                         then the check, what it found, what it recommends, and the deliberation

Nothing is added. What the report does not say is left blank, though it makes a figure say less: who
carried the check out (no unit of the records), when it was approved, which ten of the seventeen units
were heard beside the seven it names, how many members the team had. People are counted, not named.

The district itself, `jiading`, stands for its leading bodies (区委, 区人大常委会, 区监委), as in the lists.
安亭镇 and 嘉定工业区, which the report names as well, stand in the lists of divisions.
"""

from collections.abc import Iterator
from datetime import date

from lianjian.core.activities import WHOLE
from lianjian.core.demo_cast import Data, Told

# The report has no day on which a unit or team was founded, a base opened, or a norm issued. 今年5-8月 it
# inspected them, so they were there when it began: the earliest day that can be answered for.
KNOWN_FROM = date(2021, 5, 1)
GIVEN_ON = date(2021, 8, 26)

UNITS = (
    ("dept-organisation", "区组织人事部门", "organ"),
    ("dept-culture", "文化宣传部门", "organ"),
    ("bureau-education", "教育局", "organ"),
    ("bureau-justice", "司法局", "organ"),
    ("chengfa", "城发集团", "soe"),
)

# Of no base does it say how many people fit in, so utilisation has a reason and no figure. Only
# one is said to be the district's, by its name; for the other two the tier is left open.
BASES = (
    ("chenjiashan", "陈家山廉洁文化主题园", "themed_park", None),
    ("lianyuan", "廉园", "garden", None),
    ("district-base", "区党风廉政教育基地", "base", "district"),
)

# 各基层宣讲队伍 are mentioned without saying which, so none is formed here.
TEAMS = (
    ("team-integrity", "廉政教育讲师团", "integrity", None),
    ("team-warning", "警示教育讲师团", "warning", None),
    ("team-youth-story", "百名纪检青年故事团", "youth_story", 100),
)

# Of none does it say in which version it is meant. What the last two of them say is not told, so no
# method of evaluation is adopted here.
NORMS = (
    ("constitution", "中华人民共和国宪法", "central"),
    ("supervision-law", "中华人民共和国监察法", "central"),
    ("npc-procedure", "区人大常委会监督工作操作流程", "district"),
    ("culture-opinions", "嘉定区关于加强廉洁文化建设的意见", "district"),
    ("publicity-evaluation", "嘉定区党风廉政建设宣教工作综合评估办法", "district"),
)

PLAN, ITEM, INSPECTION = "npc-plan-2021", "npc-plan-2021-education", "npc-2021"


def report_of_2021() -> Iterator[Told]:
    """Tell what the report names, and the inspection that it reports."""
    yield from what_was_there()
    yield from the_plan()
    yield from the_inspection()


def what_was_there() -> Iterator[Told]:
    """Tell of the units, bases, teams and norms that the report names."""
    day = KNOWN_FROM.isoformat()
    for unit, name, kind in UNITS:
        data = {"unit": unit, "name": name, "kind": kind, "tier": "district", "parent": "jiading"}
        yield Told("unit.registered", {**data, "day": day}, f"report-2021-unit-{unit}")
    for base, name, kind, tier in BASES:
        place = {"base": base, "name": name, "kind": kind, "tier": tier, "day": day}
        yield Told("base.opened", place, f"report-2021-base-{base}")
    for team, name, kind, target in TEAMS:
        roll = {"team": team, "name": name, "kind": kind, "day": day, "target": target}
        yield Told("team.formed", roll, f"report-2021-{team}")
    for norm, name, issuer in NORMS:
        rule = {"norm": norm, "series": norm, "version": "undated", "name": name, "issuer": issuer}
        yield Told("norm.issued", {**rule, "day": day}, f"report-2021-norm-{norm}")


def the_plan() -> Iterator[Told]:
    """Tell of the plan for the year; the day of its adoption is not said: its first stands for it."""
    # 根据区人大常委会2021年度监督工作计划安排，…… 在市人大、市监委的统一要求和部署下: so it was asked for.
    of, day = {"plan": PLAN, "unit": "jiading"}, "2021-01-01"
    days = {"starts": day, "ends": "2021-12-31", "day": day}
    yield Told("plan.adopted", {**of, "name": "区人大常委会2021年度监督工作计划", **days}, PLAN)
    item = {"plan_item": ITEM, "plan": PLAN, "name": "区监委开展廉政教育工作情况专项监督调研"}
    yield Told("plan_item.set", {**item, "obligation": "required", "day": day}, ITEM)


# The inspection.

# 分别听取了……等17家单位、部门的工作汇报
HEARD = (
    *("dept-organisation", "dept-culture", "bureau-education", "bureau-justice"),
    *("anting", "industrial-zone", "chengfa"),
)
SESSIONS: tuple[Data, ...] = (
    # 召开调研启动会，专题听取区监委关于机制落实、阵地建设、保障体系等方面工作情况汇报
    {"method": "report", "kickoff": True, "topics": ["mechanism", "base", "support"]},
    *({"method": "forum"} for _ in range(3)),  # 先后组织3次座谈调研
    *({"method": "field"} for _ in range(3)),  # 组织实地调研3次
    {"method": "tutorial"},  # 邀请了市委党校教授就如何开展廉政教育工作进行专题辅导
    {"method": "seminar"},  # 组织部分区人大代表、专家学者进行专题研讨
)

# Part two, 二、本区开展廉政教育的工作情况: each heading, and what stands under it in brief, in its words.
ACHIEVED = (
    "高点站位，统筹谋划，坚决将中央、市委和区委要求落到实处：坚持党委领导，坚持高位谋划",
    "完善制度，构建体系，逐渐形成廉政教育有效机制：注重制度建设，注重工作闭环",
    "突出重点，分类实施，不断提高廉政教育质量效益：突出工作重点，聚焦“三不”一体；突出以人为本，聚焦分层分类",
    "形式多元，搭建平台，持续推进廉政教育取得实效：教育渠道不断现代化，教育文化日趋品牌化，教育队伍更加专业化",
)

# Part three, 三、存在的不足与问题, whole.
PROBLEMS = {
    "P1": "资源整合高效利用有待进一步提高。廉政教育阵地使用存在“冷热不均”的现象，部分阵地参加教育的人流量偏少，"
    "吸引力、影响力还有待进一步提升；区级层面教育资源相对丰富，基层单位资源参差不齐，需要将区内的教育阵地有效连接、"
    "有机整合，形成点线相连态势，更好地发挥整体作用。部分基层廉洁文化品牌在本区域内影响力突出，在全区范围内有待复制推广。",
    "P2": "基层一线教育力度还需进一步强化。少数单位对廉政教育认识不够，在抓日常、抓长效上还不够到位。"
    "基层教育资源相对较少，教育力度和成效相对较弱。一些单位教育内容较为单薄，偏于形式，"
    "在有效推动公职人员筑牢思想防线、做到廉洁自律上还要进一步下功夫。",
    "P3": "廉政教育思想认识仍需进一步提升。廉政教育工作存在软性指标多、硬性指标少的特点，在评估标准硬化、细化上较有难度，"
    "针对性和可操作性较难把握。部分公职人员将廉政教育一定程度上等同于警示教育，在情感认同度上还存在一定的偏差。"
    "这些对廉政教育不正确的认识，一定程度上影响了实际效果。",
    "P4": "廉政教育吸引力有待进一步增强。从目前廉政教育开展情况看，对不同条线、不同岗位特点和各层级人员特征的考虑还不够细致，"
    "存在教育内容偏同质化、理论化的情况。形式上虽有创新，但采用“一人讲大家听”的情况仍相对较多，"
    "吸引力、感染力还有待进一步加强，教育效果还需进一步提升。",
}

# Part four, 四、深入推进廉政教育的相关建议: each heading, and clauses under it. The report sets no thresholds. A
# test stands only where a sentence itself says "every" or "all", so that the bound is the report's; which
# figure reads the sentence is ours to choose.
RECOMMENDED = {
    "R1": "加强顶层设计，坚持标准化推进：形成推进、监督、评估工作闭环；完善形成监察部门主导、各责任单位共同参与的工作机制；"
    "注重标准规范，推动指标量化；让干部群众一次参观就是一次教育",
    "R2": "强化整体联动，坚持一体化推进：进一步明确和细化各单位在廉政教育工作上的责任分工；"
    "使教育贯穿全过程、体现全领域、实现全覆盖",
    "R3": "注重分层分类，坚持精准化推进：抓关键少数，把对“一把手”廉政教育作为重中之重；抓重点领域和关键岗位，"
    "从源头上杜绝岗位廉政风险；抓基层大多数，抓早抓小，精准施教",
}
TESTS = {
    "R1": (
        "linkage.participation",  # 各责任单位共同参与
        "bases.guided_share",  # 一次参观就是一次教育
    ),
    "R2": (
        "linkage.duty_matrix",  # 明确和细化各单位……的责任分工
        "coverage.unit_reach",  # 实现全覆盖
    ),
    "R3": ("keyposts.mitigated",),  # 从源头上杜绝岗位廉政风险
}


def the_inspection() -> Iterator[Told]:
    """Tell of the check, what it found good and bad, what it recommends, and the deliberation."""
    check: Data = {
        "inspection": INSPECTION,
        "name": "区监委开展廉政教育工作情况专项监督调研",
        "kind": "special",
        # 今年5-8月: of its first and last day the month alone is said, and by the report's it was over.
        "day": KNOWN_FROM.isoformat(),
        "ends": GIVEN_ON.isoformat(),
        "units": HEARD,
        "units_total": 17,
        "sessions": SESSIONS,
        "team": {"head": 1, "deputy": 1},  # 主任任组长，副主任任副组长; of members no number
        # 根据《宪法》《监察法》相关规定 …… 根据区人大常委会监督工作操作流程的规定
        "norms": ["constitution", "supervision-law", "npc-procedure"],
        "plan_items": [ITEM],
        "delegated_by": "jiading",  # 监司委受区人大常委会委托
        "approved_by": "jiading",  # 经区委同意, on which day is not said
    }
    yield Told("check.conducted", check, f"report-2021-{INSPECTION}")
    day = {"inspection": INSPECTION, "day": GIVEN_ON.isoformat()}
    for number, text in enumerate(ACHIEVED, start=1):
        good = {"finding": f"{INSPECTION}-a{number}", "kind": "achievement", "text": text}
        yield Told("finding.raised", {**good, **day}, f"report-2021-achievement-{number}")
    for code, text in PROBLEMS.items():
        found = {"finding": f"{INSPECTION}-{code.lower()}", "kind": "problem", "problem": code}
        yield Told("finding.raised", {**found, "text": text, **day}, f"report-2021-problem-{code}")
    for code, text in RECOMMENDED.items():
        asked = [{"figure": figure, "at_least": WHOLE} for figure in TESTS[code]]
        said = {"recommendation": f"{INSPECTION}-{code.lower()}", "code": code, "text": text}
        yield Told("recommendation.made", {**said, "tests": asked, **day}, f"report-2021-{code}")
    # 2021年8月26日在……常务委员会第五十一次会议上 …… 供常委会会议审议时参考; what was said then is not told.
    yield Told("report.deliberated", {**day, "body": "jiading"}, "report-2021-deliberated")
