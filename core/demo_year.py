"""One year of integrity education in Jiading that never was, for the demo. Nothing here happened.

    synthetic_year() ──▶ what is set up on 1 January, then month after month, then what was mended

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from attrs import evolve, frozen

from lianjian.core.divisions import CUTOFFS, known_at

MADE_UP = "synthetic"
YEAR = 2022
SEED = "lianjian-demo-1"

Data = dict[str, Any]


@frozen
class Told:
    """An event as somebody hands it in: its type, its data as JSON, and the envelope's attributes."""

    type: str
    data: Mapping[str, Any]
    id: str
    time: str = ""
    replaces: str = ""
    batch: str = ""
    why: str = ""

    @property
    def day(self) -> str:
        """Return when it happened, as far as its order is concerned."""
        return str(self.data.get("day", self.time))


def synthetic_year(seed: str = SEED) -> Iterator[list[Told]]:
    """Yield the year in the parts in which it is recorded; the same seed gives the same year."""
    heads = {(t.data["unit"], t.data["category"]): t.data["persons"] for t in headcounts(seed)}
    year = [
        *units(),
        *headcounts(seed),
        *teams_and_lecturers(seed),
        *bases(),
        *method(),
        *activities(seed, heads),
        *visits(seed),
    ]
    year += [visit_of(t, heads) for t in year if t.data.get("base") and "host" in t.data]
    by_month: dict[str, list[Told]] = defaultdict(list)
    for told in sorted(year, key=lambda t: t.day):  # stable: what is set up stands first
        by_month[told.day[:7]].append(told)
    yield from by_month.values()
    yield list(reviews(seed))
    yield list(mended(year))


def dice(seed: str, what: str) -> Random:
    """Return dice of their own for each subject, so that a change to one leaves the others alone."""
    return Random(f"{seed}/{what}")  # noqa: S311  it has to be repeatable, not secret


def one_of(rng: Random, weighted: Mapping[Any, int]) -> Any:
    """Return one of the keys, drawn by weight."""
    return rng.choices(list(weighted), list(weighted.values()))[0]


# The year: when things happen.

# By month, January first: quiet until summer, then the rush before the year's assessment.
RUSH = (2, 2, 4, 3, 3, 8, 6, 4, 5, 6, 19, 24)


def some_day(rng: Random, before: str = "") -> str:
    """Return a working day of the year, mostly late in it; earlier than `before` if that is given."""
    while True:
        month = one_of(rng, dict(enumerate(RUSH, start=1)))
        day = date(YEAR, month, 1) + timedelta(days=rng.randrange(28))
        day += timedelta(days=7 - day.weekday()) if day.weekday() > 4 else timedelta()
        if day.year == YEAR and (not before or day.isoformat() < before):
            return day.isoformat()


def on(month: int, day: int) -> str:
    """Return a day of the year."""
    return date(YEAR, month, day).isoformat()


# Who there is.

ORGANS = ("dept-organisation", "dept-culture", "bureau-education", "bureau-justice")
INVENTED = (
    ("demo-inst-1", "示例事业单位甲", "public_inst"),
    ("demo-inst-2", "示例事业单位乙", "public_inst"),
    ("demo-inst-3", "示例事业单位丙", "public_inst"),
    ("demo-soe-1", "示例国有企业甲", "soe"),
    ("demo-soe-2", "示例国有企业乙", "soe"),
    ("demo-social-1", "示例社会组织甲", "social"),
)
ENTRY = {"organ": "organ", "public_inst": "organ", "soe": "enterprise", "social": None}
# Which entry an activity of theirs is; of the invented units it follows from the kind.
OFFICES: dict[str, str | None] = {
    **dict.fromkeys(ORGANS, "organ"),
    "chengfa": "enterprise",
    **{unit: ENTRY[kind] for unit, _, kind in INVENTED},
}
# What the lists say of the year: who was there when it began, and who was gone by its end.
START, END = known_at(CUTOFFS[2]), known_at(CUTOFFS[3])
TOWNS = tuple(u.id for u in START.values() if u.parent == "jiading")
VILLAGES = {u.id: u.parent or "" for u in START.values() if u.level == "village"}
NEIGHBOURS = {
    city: tuple(u.id for u in START.values() if u.parent == city) for city in ("kunshan", "taicang")
}
BORDER_TOWNS = ("anting", "waigang", "huating", "xuhang")
WITHOUT_VILLAGES = ("zhenxin", "jiangqiao", "huating")  # no 进村居 at all


def units() -> Iterator[Told]:
    """Tell of a few units that are invented, so that every kind of unit occurs."""
    for unit, name, kind in INVENTED:
        data = {"unit": unit, "name": name, "kind": kind, "tier": "district", "parent": "jiading"}
        yield Told("unit.registered", {**data, "day": on(1, 1)}, f"{unit}-registered")


# Persons by category, from and to; of the villages only the many are counted.
TOWN_HEADS = {
    "top_leader": (2, 2),
    "leader": (8, 14),
    "key_post": (20, 45),
    "young": (10, 30),
    "general": (80, 220),
}
OFFICE_HEADS = {
    "top_leader": (1, 1),
    "leader": (3, 7),
    "key_post": (6, 20),
    "young": (5, 15),
    "general": (20, 90),
}
DISTRICT_HEADS = {"top_leader": (4, 4), "leader": (28, 28)}


def headcounts(seed: str) -> Iterator[Told]:
    """Tell how many people there are; one village in fifteen has not said."""
    rng = dice(seed, "headcounts")
    sizes: dict[str, dict[str, tuple[int, int]]] = {
        "jiading": DISTRICT_HEADS,
        **dict.fromkeys(OFFICES, OFFICE_HEADS),
        **dict.fromkeys(TOWNS, TOWN_HEADS),
        **{v: {"general": (8, 24)} for v in VILLAGES},
    }
    for unit, categories in sizes.items():
        for category, (least, most) in categories.items():
            persons, said = rng.randint(least, most), rng.random()
            if unit in VILLAGES and said < 1 / 15:
                continue
            data = {"unit": unit, "category": category, "persons": persons, "day": on(1, 1)}
            yield Told("headcount.declared", data, f"demo-heads-{unit}-{category}")


# Lecturers.

STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
GRASSROOTS_TEAMS = ("anting", "nanxiang", "malu")


@frozen
class Lecturer:
    """A lecturer; `weight` is how often they are asked, 0 for those who never are."""

    id: str
    name: str
    team: str | None
    unit: str | None
    tier: str
    external: bool = False
    capacity: int | None = None
    weight: int = 0


def roster(seed: str) -> list[Lecturer]:
    """Return the lecturers: five are asked all the time, a quarter never."""
    rng = dice(seed, "lecturers")
    size = {"team-integrity": 16, "team-warning": 9, "team-youth-story": 14}
    places = [(team, unit_, "district") for team, n in size.items() for unit_ in _homes(rng, n)]
    places += [(f"team-{t}", t, "town") for t in GRASSROOTS_TEAMS for _ in range(4)]
    made = []
    for i, (team, unit, tier) in enumerate(places):
        heavy = {1: 60, 4: 34, 17: 52, 19: 26, 26: 20}.get(i)
        weight = heavy or one_of(rng, {0: 5, 1: 6, 2: 5, 4: 3, 7: 1})
        capacity = one_of(rng, {None: 2, 600: 3, 1200: 4, 2400: 2})
        name = f"讲师{STEMS[i % 10]}{BRANCHES[i % 12]}"
        made.append(Lecturer(f"L{i + 1:02}", name, team, unit, tier, False, capacity, weight))
    # 市委党校教授 come from outside: no team, no home unit, no capacity that the district could ask.
    return [
        *made,
        Lecturer("X01", "外请教授甲", None, None, "municipal", external=True),
        Lecturer("X02", "外请教授乙", None, None, "municipal", external=True),
    ]


def _homes(rng: Random, count: int) -> list[str]:
    return [rng.choice([*ORGANS, "jiading", *TOWNS]) for _ in range(count)]


def teams_and_lecturers(seed: str) -> Iterator[Told]:
    """Tell who is on the roll; two leave in the course of the year."""
    for town in GRASSROOTS_TEAMS:
        name = f"{START[town].name}基层宣讲队（示例）"
        data = {"team": f"team-{town}", "kind": "grassroots", "name": name, "unit": town}
        yield Told("team.formed", {**data, "day": on(1, 1)}, f"demo-team-{town}")
    for who in roster(seed):
        data = {
            "lecturer": who.id,
            "team": who.team,
            "unit": who.unit,
            "tier": who.tier,
            "external": who.external,
            "capacity_minutes": who.capacity,
            "name": who.name,
            "day": on(1, 1),
        }
        yield Told("lecturer.enrolled", data, f"demo-lecturer-{who.id}")
    for id_, day in (("L12", on(6, 30)), ("L33", on(9, 1))):
        data = {"lecturer": id_, "day": day}
        yield Told("lecturer.released", data, f"demo-released-{id_}")


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

Heads = Mapping[tuple[str, str], int]


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
        yield Told("activity.held", data, f"demo-{id_}")


def occasions(rng: Random, heads: Heads) -> Iterator[Occasion]:
    """Yield who holds how much: the district, its offices, the towns, some villages, neighbours."""
    yield from _of_the_district(rng, heads)
    yield from _of_offices(rng, heads)
    for town in TOWNS:
        yield from _of_a_town(rng, town, heads)
    for village, town in VILLAGES.items():
        if town not in WITHOUT_VILLAGES and rng.random() < 0.4:
            last = "" if village in END else CUTOFFS[3].isoformat()  # closed by then
            for _ in range(one_of(rng, {1: 6, 2: 3, 3: 1})):
                invited = ((village, "general"), *[(village, "public")] * (rng.random() < 0.2))
                day = some_day(rng, before=last)
                yield Occasion(village, "village", (30, 30, 40, 45), invited, 0.55, day=day)
    yield from _with_neighbours(rng, heads)


def _of_the_district(rng: Random, heads: Heads) -> Iterator[Occasion]:
    sessions = {"centre_group": 8, "standing": 6, "class": 6, "special": 8}
    for form, count in sessions.items():
        for _ in range(count):
            some = rng.sample([*OFFICES, *TOWNS], 12)
            leaders = [(u, c) for u in some for c in ("top_leader", "leader") if (u, c) in heads]
            invited = (("jiading", "leader"), ("jiading", "top_leader"), *leaders)
            yield Occasion("jiading", "organ", (90, 120, 150), invited, 0.85, "district", forms=(form,))


def _of_offices(rng: Random, heads: Heads) -> Iterator[Occasion]:
    for office, entry in OFFICES.items():
        for _ in range(rng.randint(7, 16)):
            own = [(office, c) for c in OFFICE_HEADS if rng.random() < 0.75 and (office, c) in heads]
            yield Occasion(office, entry, (60, 90, 90, 120), tuple(own), 0.8)


def _of_a_town(rng: Random, town: str, heads: Heads) -> Iterator[Occasion]:
    villages = [v for v, parent in VILLAGES.items() if parent == town and v in END]
    for _ in range(rng.choice((12, 18, 22, 30, 46))):
        if town not in WITHOUT_VILLAGES and rng.random() < 0.15:  # 送教下基层
            invited = tuple((v, "general") for v in rng.sample(villages, min(3, len(villages))))
            yield Occasion(town, "village", (40, 45, 60), invited, 0.5)
        else:
            own = tuple((town, c) for c in TOWN_HEADS if rng.random() < 0.5 and (town, c) in heads)
            origin = one_of(rng, {"local": 6, "district": 3, None: 1})
            yield Occasion(town, "town", (60, 60, 90), own or ((town, "general"),), 0.7, origin)


def _with_neighbours(rng: Random, heads: Heads) -> Iterator[Occasion]:
    """Yield what is held together with Kunshan and Taicang (嘉昆太)."""
    for i in range(10):
        city = ("kunshan", "taicang")[i % 2]
        host = "jiading" if i < 4 else rng.choice(BORDER_TOWNS)
        guest = rng.choice([t for t in NEIGHBOURS[city] if t in END])
        invited = ((host, "leader"), (guest, "general"))
        themes = rng.choice(((("clean_culture", 10_000),), (("clean_culture", 5_000), ("tradition", 5_000))))
        yield Occasion(
            host, "town", (120,), invited, 0.8, "district", (city, guest), themes, ("seminar",)
        )


def _particulars(
    rng: Random, of: Occasion, heads: Heads, lecturers: Sequence[Lecturer]
) -> Data:
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
    elif (SPOKEN | {"class", "special"}) & set(forms) and by_chance < (0.25 if of.entry == "village" else 0.9):
        # L12 and L33 leave in summer; from then on nobody asks them.
        asked = {x: x.weight for x in lecturers if day < on(6, 30) or x.id not in ("L12", "L33")}
        who = one_of(rng, asked)
    else:
        return []
    known = minutes is not None and rng.random() > 0.06
    return [{"lecturer": who.id, "minutes": minutes if known else None}]


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
    ("anting", 40, 4),
    ("nanxiang", 60, 4),
    ("malu", 30, 2),
    ("waigang", 30, 2),
    ("huating", 30, 2),
    ("xuhang", 50, 2),
)
# Visits in the year, and persons from and to. Nobody comes to 华亭; 外冈 never writes numbers down.
DEMAND: dict[str, tuple[int, tuple[int, int]]] = {
    "district-base": (250, (20, 60)),
    "chenjiashan": (160, (15, 45)),
    "lianyuan": (24, (6, 25)),
    "demo-base-anting": (70, (10, 35)),
    "demo-base-nanxiang": (34, (10, 40)),
    "demo-base-malu": (9, (6, 20)),
    "demo-base-waigang": (5, (0, 0)),
    "demo-base-xuhang": (11, (8, 20)),
}
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


IMPORT, IMPORTED_AGAIN = f"demo-import-{YEAR}Q3", f"demo-import-{YEAR}-07-again"


def _open_day(rng: Random, base: str) -> str:
    while True:
        day = some_day(rng)
        if base != "demo-base-nanxiang" or not CLOSED[0] <= day < CLOSED[1]:
            return day


def visit_of(activity: Told, heads: Heads) -> Told:
    """Return the visit that an activity at a base was."""
    a = activity.data
    came = [line["attended"] for line in a["attendance"]]
    data = {
        "visit": f"v-{a['activity']}",
        "base": a["base"],
        "day": a["day"],
        "unit": a["host"],
        "persons": None if None in came else sum(came),
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
SOFT = tuple(c["criterion"] for c in CRITERIA if "indicator" not in c)


def method() -> Iterator[Told]:
    """Tell which method of evaluation was adopted."""
    data = {"method": METHOD, "name": f"示例评估办法（{YEAR}）", "scheme": "demo-evaluation"}
    yield Told("method.adopted", {**data, "day": on(1, 10), "criteria": CRITERIA}, METHOD)


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


def mended(year: Iterable[Told]) -> Iterator[Told]:
    """Tell the corrections, the visit that never was, and the import that came twice."""
    told = list(year)
    counted = [t for t in told if t.type == "visit.held" and t.data["persons"]]
    for t in counted[40:200:40]:
        yield _corrected(t, "示例：签到表为准", persons=t.data["persons"] - 3)
    held = [t for t in told if t.type == "activity.held" and t.data["minutes"] == 90]
    for t in held[5:50:15]:
        yield _corrected(
            t,
            "示例：实际时长两小时",
            minutes=120,
            formats=_shared_out(tuple(t.data["formats"]), 120),
        )
    heads = next(t for t in told if t.id == "demo-heads-malu-general")
    yield _corrected(heads, "示例：误报", persons=heads.data["persons"] + 12)
    yield _void(counted[-1], "示例：参观未成行")
    # The last first, as `lianjian void --batch` does it.
    for t in reversed([t for t in told if t.batch == IMPORTED_AGAIN]):
        yield _void(t, "示例：重复导入")


def _corrected(t: Told, why: str, **new: Any) -> Told:
    return evolve(t, id=f"{t.id}-corrected", replaces=t.id, why=why, batch="", data={**t.data, **new})


def _void(t: Told, why: str) -> Told:
    time = f"{YEAR + 1}-01-16T09:00:00+08:00"
    return Told("voided", {"why": why}, f"{t.id}-voided", time=time, replaces=t.id)
