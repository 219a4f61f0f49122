"""Who there is in the demo's year, and how its dice are thrown: units, headcounts, lecturers.

The towns and villages are those of the lists of divisions, the offices those of the report of 2021,
and a few more are invented, so that every kind of unit occurs. Names of people are sexagenary
(讲师甲子), so that nobody is meant.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from attrs import frozen

from lianjian.core.divisions import CUTOFFS, known_at

YEAR = 2022

Data = dict[str, Any]
Heads = Mapping[tuple[str, str], int]  # persons by unit and category


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
LEAVING = {"L12": on(6, 30), "L33": on(9, 1)}
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
        said: Data = {
            "lecturer": who.id,
            "team": who.team,
            "unit": who.unit,
            "tier": who.tier,
            "external": who.external,
            "capacity_minutes": who.capacity,
            "name": who.name,
            "day": on(1, 1),
        }
        yield Told("lecturer.enrolled", said, f"demo-lecturer-{who.id}")
    for id_, day in LEAVING.items():
        data = {"lecturer": id_, "day": day}
        yield Told("lecturer.released", data, f"demo-released-{id_}")
