"""One year of integrity education in Jiading that never was, for the demo. Nothing here happened.

    synthetic_year() ──▶ what is set up on 1 January, then month after month, then what was mended,
                         then the end of all that was invented

It is generated from a seed, uneven in the ways that the report of 2021 complains of: a few lecturers
carry most of the minutes, bases are hot and cold (冷热不均), villages get less than the district
(基层力度较弱), most of it is warning education, one person talking and all listening (一人讲大家听),
and half of it falls into November and December. Sheets have blanks, and blanks stay blank; some
towns bring nothing into their villages; some things were reported wrongly and mended later.

Names are sexagenary (讲师甲子) or say that they are examples (示例…), so that nobody is meant. The
towns and villages are real and what is told of them is not: figures that rest on it are labelled,
because all of it is recorded by `synthetic`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

from attrs import evolve, frozen

from lianjian.core.demo_cast import (
    END,
    INVENTED,
    LEAVING,
    NEIGHBOURS,
    OFFICE_HEADS,
    OFFICES,
    START,
    TOWN_HEADS,
    TOWNS,
    VILLAGES,
    YEAR,
    Data,
    Heads,
    Lecturer,
    Told,
    dice,
    headcounts,
    on,
    one_of,
    roster,
    some_day,
    teams_and_lecturers,
    units,
)
from lianjian.core.demo_matter import LINKS as OF_FAMILIES
from lianjian.core.demo_matter import of_families
from lianjian.core.demo_work import LINKS, evidence, linked, planning, resources, supervision
from lianjian.core.divisions import CUTOFFS

MADE_UP = "synthetic"  # the recorder; whatever rests on what it recorded is labelled
SEED = "lianjian-demo-1"


def synthetic_year(seed: str = SEED) -> Iterator[list[Told]]:
    """Yield the year in the parts in which it is recorded; the same seed gives the same year."""
    heads = {(t.data["unit"], t.data["category"]): t.data["persons"] for t in headcounts(seed)}
    held = list(linked(activities(seed, heads), seed, {**LINKS, **OF_FAMILIES}))
    year = [
        *units(),
        *headcounts(seed),
        *teams_and_lecturers(seed),
        *bases(),
        *method(),
        *planning(),
        *resources(seed),
        *of_families(seed),
        *held,
        *visits(seed),
        *supervision(),
        *evidence(seed, held),
    ]
    year += [visit_of(t) for t in held if t.data.get("base")]
    parts: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for told in sorted(year, key=lambda t: t.day):  # stable: what is set up stands first
        # Month by month, but an import comes as a whole, when its quarter is over.
        parts[(IMPORTED, told.batch) if told.batch else (told.day[:7], "")].append(told)
    yield from (parts[key] for key in sorted(parts))
    yield list(reviews(seed))
    yield list(mended(year))
    yield list(ended(seed))


# Activities. Mostly warning, mostly a lecture.

THEMES: dict[tuple[tuple[str, int], ...], int] = {
    (("warning", 10_000),): 56,
    (("warning", 6_000), ("discipline", 4_000)): 14,
    (("discipline", 10_000),): 8,
    (("party_spirit", 10_000),): 7,
    (("clean_culture", 10_000),): 4,
    (("clean_culture", 5_000), ("family", 5_000)): 3,
    (("exemplar", 10_000),): 2,
    (("tradition", 10_000),): 1,
    (): 5,
}
FORMS: dict[tuple[str, ...], int] = {
    ("lecture",): 58,
    ("lecture", "film"): 12,
    ("film",): 7,
    ("case_discipline", "lecture"): 6,
    ("seminar",): 3,
    ("story",): 3,
    ("quiz", "lecture"): 2,
    ("practice",): 1,
    ("visit",): 5,
    (): 3,
}
CHANNELS = {"offline": 80, "blended": 7, "online_live": 7, "online_async": 2, None: 4}
AIMS: dict[tuple[str, ...], int] = {
    ("dare_not",): 60,
    ("dare_not", "cannot"): 15,
    ("want_not",): 12,
    ("dare_not", "cannot", "want_not"): 5,
    (): 8,
}
HOURS = {"09:00": 4, "09:30": 5, "13:30": 3, "14:00": 6, "14:30": 3, None: 4}
SPOKEN = {"lecture", "case_discipline", "story"}

BORDER_TOWNS = ("anting", "waigang", "huating", "xuhang")
WITHOUT_VILLAGES = ("zhenxin", "jiangqiao", "huating")  # no 进村居 at all

# Sheets on which somebody wrote ten times as many. The first is found and corrected, the second is
# not: more came than there are, which is a finding and no reason to refuse what was reported.
SLIPS = (62, 131)


@frozen
class Occasion:
    """What is decided of an activity before its particulars are drawn."""

    host: str
    entry: str | None
    lengths: tuple[int, ...]
    invited: tuple[tuple[str, str], ...]
    turnout: float
    origin: str | None = "local"
    cohosts: tuple[str, ...] = ()
    themes: tuple[tuple[str, int], ...] | None = None
    forms: tuple[str, ...] | None = None
    day: str = ""


def activities(seed: str, heads: Heads) -> Iterator[Told]:
    """Tell what took place, and of each sheet what it says."""
    rng, lecturers = dice(seed, "activities"), roster(seed)
    for number, occasion in enumerate(occasions(rng, heads), start=1):
        id_ = f"a{YEAR}-{number:04}"
        data = {"activity": id_, **_particulars(rng, occasion, heads, lecturers)}
        if number in SLIPS:
            data["attendance"] = _times_ten(data["attendance"])
        yield Told("activity.held", data, f"demo-{id_}")


def _times_ten(sheet: Sequence[Data]) -> list[Data]:
    return [
        {**line, "attended": 10 * line["attended"] if line["attended"] else None} for line in sheet
    ]


def occasions(rng: Random, heads: Heads) -> Iterator[Occasion]:
    """Yield who holds how much: the district, its offices, the towns, some villages, neighbours."""
    yield from _of_the_district(rng, heads)
    yield from _of_offices(rng, heads)
    for town in TOWNS:
        yield from _of_a_town(rng, town, heads)
    for village, town in VILLAGES.items():
        if town not in WITHOUT_VILLAGES and rng.random() < 0.55:
            last = "" if village in END else CUTOFFS[3].isoformat()  # closed by then
            for _ in range(one_of(rng, {1: 6, 2: 3, 3: 1})):
                public = ((village, "public"),) if rng.random() < 0.2 else ()
                invited = ((village, "general"), *public)
                day = some_day(rng, before=last)
                yield Occasion(village, "village", (30, 40, 45, 60), invited, 0.6, day=day)
    yield from _with_neighbours(rng)


def _of_the_district(rng: Random, heads: Heads) -> Iterator[Occasion]:
    sessions = {"centre_group": 8, "standing": 6, "class": 6, "special": 8}
    for form, count in sessions.items():
        for _ in range(count):
            some = rng.sample([*OFFICES, *TOWNS], 12)
            leaders = [(u, c) for u in some for c in ("top_leader", "leader") if (u, c) in heads]
            invited = (("jiading", "leader"), ("jiading", "top_leader"), *leaders)
            yield Occasion(
                "jiading", "organ", (90, 120, 150), invited, 0.85, "district", forms=(form,)
            )


def _of_offices(rng: Random, heads: Heads) -> Iterator[Occasion]:
    for office, entry in OFFICES.items():
        for _ in range(rng.randint(4, 9)):
            own = [
                (office, c) for c in OFFICE_HEADS if rng.random() < 0.75 and (office, c) in heads
            ]
            yield Occasion(office, entry, (60, 90, 90, 120), tuple(own), 0.8)


def _of_a_town(rng: Random, town: str, heads: Heads) -> Iterator[Occasion]:
    villages = [v for v, parent in VILLAGES.items() if parent == town and v in END]
    for _ in range(rng.choice((9, 14, 18, 26, 40))):
        if town not in WITHOUT_VILLAGES and rng.random() < 0.15:  # 送教下基层
            invited = tuple((v, "general") for v in rng.sample(villages, min(3, len(villages))))
            yield Occasion(town, "village", (40, 45, 60), invited, 0.5)
        else:
            own = tuple((town, c) for c in TOWN_HEADS if rng.random() < 0.5 and (town, c) in heads)
            origin = one_of(rng, {"local": 6, "district": 3, None: 1})
            yield Occasion(town, "town", (60, 60, 90), own or ((town, "general"),), 0.7, origin)


def _with_neighbours(rng: Random) -> Iterator[Occasion]:
    """Yield what is held together with Kunshan and Taicang (嘉昆太)."""
    for i in range(10):
        city = ("kunshan", "taicang")[i % 2]
        host = "jiading" if i < 4 else rng.choice(BORDER_TOWNS)
        guest = rng.choice([t for t in NEIGHBOURS[city] if t in END])
        invited = ((host, "leader"), (guest, "general"))
        themes = rng.choice(
            ((("clean_culture", 10_000),), (("clean_culture", 5_000), ("tradition", 5_000)))
        )
        yield Occasion(
            host, "town", (120,), invited, 0.8, "district", (city, guest), themes, ("seminar",)
        )


def _particulars(rng: Random, of: Occasion, heads: Heads, lecturers: Sequence[Lecturer]) -> Data:
    minutes = rng.choice(of.lengths) if rng.random() > 0.03 else None
    themes = one_of(rng, THEMES) if of.themes is None else of.themes
    forms = one_of(rng, FORMS) if of.forms is None else of.forms
    day = of.day or some_day(rng)
    return {
        "day": day,
        "start": one_of(rng, HOURS),
        "minutes": minutes,
        "host": of.host,
        "cohosts": of.cohosts,
        "themes": dict(themes),
        "formats": _shared_out(forms, minutes),
        "channel": one_of(rng, CHANNELS),
        "entry": of.entry,
        "aims": one_of(rng, AIMS),
        "origin": of.origin,
        "lecturers": _speakers(rng, of, forms, minutes, day, lecturers),
        "base": one_of(rng, dict.fromkeys(HOT, 1)) if "visit" in forms else None,
        "attendance": [_line(rng, of, unit, category, heads) for unit, category in of.invited],
    }


def _shared_out(forms: Sequence[str], minutes: int | None) -> dict[str, int]:
    """Return minutes by form, the first of two having the larger part."""
    if minutes is None or not forms:
        return {}
    if len(forms) == 1:
        return {forms[0]: minutes}
    return {forms[0]: minutes - minutes // 3, forms[1]: minutes // 3}


def _speakers(
    rng: Random,
    of: Occasion,
    forms: Sequence[str],
    minutes: int | None,
    day: str,
    lecturers: Sequence[Lecturer],
) -> list[Data]:
    """Return who spoke: villages mostly have a film or their own secretary, and so nobody."""
    by_chance = rng.random()
    if "special" in forms and by_chance < 0.5:
        who = rng.choice([x for x in lecturers if x.external])
    elif (SPOKEN | {"class", "special"}) & set(forms) and by_chance < (
        0.25 if of.entry == "village" else 0.9
    ):
        who = one_of(rng, {x: _asked(x, of.host, day) for x in lecturers})
    else:
        return []
    known = minutes is not None and rng.random() > 0.06
    return [{"lecturer": who.id, "minutes": minutes if known else None}]


def _asked(who: Lecturer, host: str, day: str) -> int:
    """Return how likely a host asks a lecturer: its own first, and only its own grassroots team."""
    if who.id in LEAVING and day >= LEAVING[who.id]:
        return 0
    at_home = who.unit in (host, VILLAGES.get(host))
    if who.tier == "town":
        return 20 * who.weight if at_home else 0
    return who.weight * (6 if at_home else 1)


def _line(rng: Random, of: Occasion, unit: str, category: str, heads: Heads) -> Data:
    """Return a line of the sign-in sheet; one in eight lacks the number of those who came."""
    count = heads.get((unit, category))
    expected = rng.randint(15, 45) if count is None else max(1, round(count * rng.uniform(0.4, 1)))
    attended = round(expected * min(1, rng.uniform(of.turnout - 0.25, of.turnout + 0.15)))
    return {
        "unit": unit,
        "category": category,
        "expected": expected if rng.random() > 0.1 else None,
        "attended": attended if rng.random() > 0.12 else None,
    }


# Bases.

HOT = ("district-base", "chenjiashan")
TOWN_BASES = (
    ("anting", 40, 1),
    ("nanxiang", 30, 1),
    ("malu", 20, 1),
    ("waigang", 20, 1),
    ("huating", 15, 1),
    ("xuhang", 30, 1),
)
# Visits in the year, and persons from and to. Nobody comes to 华亭; 外冈 never writes numbers down.
DEMAND: dict[str, tuple[int, tuple[int, int]]] = {
    "district-base": (250, (20, 60)),
    "chenjiashan": (160, (15, 45)),
    "lianyuan": (24, (6, 25)),
    "demo-base-anting": (150, (15, 40)),
    "demo-base-nanxiang": (44, (10, 30)),
    "demo-base-malu": (9, (6, 20)),
    "demo-base-waigang": (5, (0, 0)),
    "demo-base-xuhang": (11, (8, 20)),
}
IMPORT, IMPORTED_AGAIN = f"demo-import-{YEAR}Q3", f"demo-import-{YEAR}Q3-again"
IMPORTED = f"{YEAR}-10"
CLOSED = on(4, 1), on(6, 1)  # 南翔, for repairs


def bases() -> Iterator[Told]:
    """Tell of six invented bases with a capacity; the real ones of the report have none."""
    for town, capacity, slots in TOWN_BASES:
        data = {
            "base": f"demo-base-{town}",
            "name": f"示例阵地（{START[town].name}）",
            "kind": "other",
            "unit": town,
            "tier": "town",
            "capacity": capacity,
            "slots": slots,
            "weekdays": [1, 2, 3, 4, 5],
            "day": on(1, 1),
        }
        yield Told("base.opened", data, f"demo-base-{town}-opened")
    base = {"base": "demo-base-nanxiang"}
    yield Told("base.closed", {**base, "day": CLOSED[0], "why": "示例：修缮"}, "demo-base-closed")
    yield Told("base.reopened", {**base, "day": CLOSED[1]}, "demo-base-reopened")


def visits(seed: str) -> Iterator[Told]:
    """Tell who came to the bases; the busiest hands its third quarter in as one import, twice."""
    rng, number = dice(seed, "visits"), 0
    comers = [*TOWNS, *OFFICES, *rng.sample(sorted(VILLAGES.keys() & END.keys()), 40)]
    for base, (count, (least, most)) in DEMAND.items():
        days = [_open_day(rng, base) for _ in range(count)]
        if base == "demo-base-nanxiang":
            days[0] = on(4, 12)  # while it was closed: somebody reported it all the same
        for day in days:
            number += 1
            id_ = f"v{YEAR}-{number:04}"
            blank = most == 0 or rng.random() < 0.09
            data = {
                "visit": id_,
                "base": base,
                "day": day,
                "unit": rng.choice(comers) if rng.random() > 0.1 else None,
                "persons": None if blank else rng.randint(least, most),
                "guided": one_of(rng, {True: 45, False: 40, None: 15}),
            }
            imported = base == HOT[0] and on(7, 1) <= day <= on(9, 30)
            told = Told("visit.held", data, f"demo-{id_}", batch=IMPORT if imported else "")
            yield told
            if imported and day <= on(7, 20):
                again = {**data, "visit": f"{id_}-again"}
                yield Told("visit.held", again, f"demo-{id_}-again", batch=IMPORTED_AGAIN)


def _open_day(rng: Random, base: str) -> str:
    while True:
        day = some_day(rng)
        if base != "demo-base-nanxiang" or not CLOSED[0] <= day < CLOSED[1]:
            return day


def visit_of(activity: Told) -> Told:
    """Return the visit that an activity at a base was."""
    a = activity.data
    came = [line["attended"] for line in a["attendance"]]
    data = {
        "visit": f"v-{a['activity']}",
        "base": a["base"],
        "day": a["day"],
        "unit": a["host"],
        "persons": sum(came) if came and None not in came else None,
        "guided": True,
        "activity": a["activity"],
    }
    return Told("visit.held", data, f"demo-v-{a['activity']}")


# The evaluation. 《嘉定区党风廉政建设宣教工作综合评估办法》 exists, but the report does not say what is
# in it, so this one bears another name. More than half of its weight is soft (软性指标多).

METHOD = f"demo-method-{YEAR}"
ZERO, LEFT_OUT, NOT_FOR_ALL = "zero", "renormalise", "not_applicable"
CRITERIA: tuple[Data, ...] = (
    {
        "criterion": "四进到位",
        "indicator": "coverage.grid_fill",
        "group": "覆盖",
        "weight_bp": 1_500,
        "bands": [{"from": 10_000, "score": 10_000}],
        "missing": NOT_FOR_ALL,
    },
    {
        "criterion": "人均时长",
        "indicator": "coverage.minutes_per_head",
        "group": "覆盖",
        "weight_bp": 2_000,
        "bands": [
            {"from": 1, "score": 3_000},
            {"from": 30, "score": 6_000},
            {"from": 120, "score": 8_500},
            {"from": 300, "score": 10_000},
        ],
        "missing": LEFT_OUT,
    },
    {
        "criterion": "人员覆盖率",
        "indicator": "coverage.person_share",
        "group": "覆盖",
        "weight_bp": 1_000,
        "bands": [{"from": 1, "score": 4_000}, {"from": 5_000, "score": 10_000}],
        "missing": LEFT_OUT,
    },
    {"criterion": "组织领导", "group": "机制", "weight_bp": 2_000, "missing": ZERO},
    {"criterion": "品牌特色", "group": "文化", "weight_bp": 1_500, "missing": NOT_FOR_ALL},
    {"criterion": "思想认识", "group": "成效", "weight_bp": 2_000, "missing": LEFT_OUT},
)
GRADES: tuple[Data, ...] = (
    {"grade": "excellent", "at_least": 9_000},
    {"grade": "good", "at_least": 7_500},
    {"grade": "passed", "at_least": 6_000},
    {"grade": "failed", "at_least": 0},
)
SOFT = tuple(c["criterion"] for c in CRITERIA if "indicator" not in c)


def method() -> Iterator[Told]:
    """Tell which method of evaluation was adopted."""
    data = {"method": METHOD, "name": f"示例评估办法（{YEAR}）", "scheme": "demo-evaluation"}
    made = {**data, "day": on(1, 10), "criteria": CRITERIA, "grades": GRADES}
    yield Told("method.adopted", made, METHOD)


def reviews(seed: str) -> Iterator[Told]:
    """Tell what reviewers gave for the soft criteria: less than units gave themselves."""
    rng = dice(seed, "reviews")
    for unit in (*OFFICES, *TOWNS):
        for criterion in SOFT:
            score, over = 100 * rng.randint(62, 95), 100 * rng.randint(0, 12)
            if unit == "demo-social-1" or (criterion == "品牌特色" and rng.random() < 0.3):
                continue
            data = {
                "unit": unit,
                "method": METHOD,
                "criterion": criterion,
                "period": str(YEAR),
                "self_score": min(10_000, score + over),
                "score": score,
                "why": "示例：依据现场查看与座谈评定",
            }
            id_ = f"demo-review-{unit}-{SOFT.index(criterion) + 1}"
            yield Told("score.reviewed", data, id_, time=f"{YEAR + 1}-01-12T10:00:00+08:00")


# What was wrong and was mended: recorded again, the first telling stays in the log.


MISCOUNTED = "demo-heads-malu-general"


def mended(year: Iterable[Told]) -> Iterator[Told]:
    """Tell the corrections, the visit that never was, and the import that came twice."""
    told = list(year)
    again = [t for t in told if t.batch == IMPORTED_AGAIN]
    counted = [t for t in told if t.data.get("persons") and "visit" in t.data and t not in again]
    for t in counted[40:200:40]:
        yield _corrected(t, "示例：签到表为准", persons=t.data["persons"] - 3)
    slip = next(t for t in told if t.data.get("activity") == f"a{YEAR}-{SLIPS[0]:04}")
    held = [t for t in told if t.data.get("minutes") == 90 and t != slip]
    for t in held[5:50:15]:
        yield _corrected(
            t,
            "示例：实际时长两小时",
            minutes=120,
            formats=_shared_out(tuple(t.data["formats"]), 120),
        )
    sheet = [
        {**line, "attended": line["attended"] // 10 if line["attended"] else None}
        for line in slip.data["attendance"]
    ]
    yield _corrected(slip, "示例：多写一个零", attendance=sheet)
    heads = next(t for t in told if t.id == MISCOUNTED)
    yield _corrected(heads, "示例：误报", persons=heads.data["persons"] + 12)
    yield _void(counted[-1], "示例：参观未成行")
    # The last first, as `lianjian void --batch` does it.
    for t in reversed(again):
        yield _void(t, "示例：重复导入")


def ended(seed: str) -> Iterator[Told]:
    """Tell that all that is invented ends with the year: none of it stands among later years' units."""
    day = f"{YEAR + 1}-01-01"
    for town, *_ in TOWN_BASES:
        base = {"base": f"demo-base-{town}", "day": day, "why": "示例结束"}
        yield Told("base.closed", base, f"demo-base-{town}-ended")
    for who in roster(seed):
        if who.id not in LEAVING:
            gone = {"lecturer": who.id, "day": day}
            yield Told("lecturer.released", gone, f"demo-released-{who.id}")
    closed = {"change": "close", "units": [unit for unit, *_ in INVENTED], "day": day}
    yield Told("unit.reorganized", closed, "demo-units-ended")


def _corrected(t: Told, why: str, **new: Any) -> Told:
    return evolve(
        t, id=f"{t.id}-corrected", replaces=t.id, why=why, batch="", data={**t.data, **new}
    )


def _void(t: Told, why: str) -> Told:
    time = f"{YEAR + 1}-01-16T09:00:00+08:00"
    return Told("voided", {"why": why}, f"{t.id}-voided", time=time, replaces=t.id)
