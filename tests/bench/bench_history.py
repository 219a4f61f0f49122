"""A made-up history of a district, for the benchmark: the same every time, one year long.

The setting comes first: 300 units with headcounts, 24 bases, 120 lecturers in 4 teams, and a method
of evaluation. Then, mixed at random as ledgers come in:

    60 in 100    visit.held        3 of 4 with persons, 2 of 3 with a unit
    32           activity.held     1-2 themes, 1-2 forms, 1-2 lecturers, 1-4 lines of attendance,
                                   1 of 5 with a co-host: about 8 rows of facts
     4           headcount.declared
     2           score.reviewed
     1.5         a visit or an activity stated anew (`replaces`)
     0.5         voided

`MIX` and `VISITS` are the two histories that are measured; the second has visits alone.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from attrs import evolve

from lianjian.core.activities import (
    ActivityHeld,
    Attendance,
    HeadcountDeclared,
    Speaker,
    Successor,
    UnitRegistered,
    UnitReorganized,
)
from lianjian.core.event import Draft
from lianjian.core.methods import Band, Criterion, MethodAdopted, ScoreReviewed
from lianjian.core.notices import Voided
from lianjian.plugins.bases import BaseOpened, VisitHeld
from lianjian.plugins.lecturers import LecturerEnrolled, TeamFormed

YEAR = 2024
UNITS, BASES, LECTURERS = 300, 24, 120
KINDS = ("organ", "town", "village", "village", "village", "soe", "public_inst")
ENTRY = {
    "organ": "organ",
    "public_inst": "organ",
    "town": "town",
    "village": "village",
    "soe": "enterprise",
}
TIER = {"town": "town", "village": "village"}
CATEGORIES = ("top_leader", "leader", "key_post", "young", "general")
THEMES = ("party_spirit", "discipline", "exemplar", "warning", "clean_culture", "family")
FORMS = ("lecture", "seminar", "film", "visit", "story", "case_law")
CRITERIA = ("coverage.unit_reach", "coverage.grid_fill", "coverage.minutes_per_head")
TEAMS = ("integrity", "warning", "youth_story", "grassroots")

MIX = "mix"
VISITS = "visits only"
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    MIX: {
        "visit": 60,
        "activity": 32,
        "headcount": 4,
        "review": 2,
        "correction": 1.5,
        "void": 0.5,
    },
    VISITS: {"visit": 1},
}


class History:
    """Makes the drafts: `setting()` once, then as many `events(n)` as are wanted.

    `criteria` are the installed indicators that a method of evaluation may rest on.
    """

    def __init__(self, name: str, criteria: frozenset[str]) -> None:
        self.weights = WEIGHTS[name]
        self.criteria = [name for name in CRITERIA if name in criteria]
        self.random = random.Random(20210629)
        self.kinds = [KINDS[i % len(KINDS)] for i in range(UNITS)]
        self.count = 0
        self.standing: list[Draft] = []

    def setting(self) -> list[Draft]:
        """Return the events that everything else refers to."""
        founded = date(YEAR - 1, 6, 1)
        made: list[Any] = [
            UnitRegistered(
                unit=f"u{i}",
                name=f"单位{i}",
                kind=kind,
                tier=TIER.get(kind, "district"),
                day=founded,
                parent=f"u{self.kinds.index('town')}" if kind == "village" else None,
            )
            for i, kind in enumerate(sorted(self.kinds, key=lambda k: k != "town"))
        ]
        self.kinds = [unit.kind for unit in made]
        made += [
            HeadcountDeclared(unit=f"u{i}", category=c, persons=10 + i % 40, day=founded)
            for i in range(UNITS)
            for c in CATEGORIES
        ]
        made += [
            BaseOpened(
                base=f"b{i}",
                name=f"廉园{i}",
                kind="garden",
                day=founded,
                unit=f"u{i}",
                tier=TIER.get(self.kinds[i], "district"),
                capacity=40,
                slots=4,
                weekdays=(2, 3, 4, 5, 6, 7),
            )
            for i in range(BASES)
        ]
        made += [TeamFormed(team=k, kind=k, name=k, day=founded, target=100) for k in TEAMS]
        made += [
            LecturerEnrolled(
                lecturer=f"l{i}",
                tier="district",
                external=i % 20 == 0,
                day=founded,
                team=TEAMS[i % 4],
                unit=f"u{i}",
                capacity_minutes=6000,
            )
            for i in range(LECTURERS)
        ]
        made.append(
            UnitReorganized(
                change="merge",
                units=(f"u{UNITS - 1}",),
                day=date(YEAR, 7, 1),
                into=(Successor(unit=f"u{UNITS - 2}", share_bp=10_000),),
            )
        )
        made.append(self._method(founded))
        return [self._draft(e) for e in made]

    def _method(self, day: date) -> MethodAdopted:
        bands = (Band(from_=0, score=6000), Band(from_=5000, score=10_000))
        hard = [
            Criterion(f"c{i}", 2000, "renormalise", indicator=name, bands=bands)
            for i, name in enumerate(self.criteria)
        ]
        soft = Criterion("attitude", 10_000 - 2000 * len(hard), "zero")
        return MethodAdopted(method="m", name="办法", scheme="s", day=day, criteria=(*hard, soft))

    def events(self, n: int) -> Iterator[Draft]:
        """Yield `n` events of the mix."""
        makers: dict[str, Callable[[], Draft]] = {
            "visit": lambda: self._remember(self._draft(self.visit())),
            "activity": lambda: self._remember(self._draft(self.activity())),
            "headcount": lambda: self._draft(self._headcount()),
            "review": lambda: self._draft(self._review()),
            "correction": self._correction,
            "void": self._void,
        }
        names, weights = zip(*self.weights.items(), strict=True)
        for name in self.random.choices(names, weights, k=n):
            yield makers[name]()

    def _draft(self, event: Any) -> Draft:
        # Ids as the log makes them, but the same at every run.
        return Draft(event=event, recorder="xuanjiao", id=f"{self.random.getrandbits(96):024x}")

    def _remember(self, draft: Draft) -> Draft:
        if len(self.standing) < 10_000:
            self.standing.append(draft)
        return draft

    def day(self) -> date:
        """Return some day of the year."""
        return date(YEAR, 1, 1) + timedelta(self.random.randrange(366))

    def visit_fields(self) -> dict[str, Any]:
        """Return a visit as keyword arguments."""
        r = self.random
        return {
            "base": f"b{int(BASES * r.random() ** 2)}",  # uneven, as they are
            "day": self.day(),
            "unit": f"u{r.randrange(UNITS)}" if r.random() < 2 / 3 else None,
            "persons": r.randrange(5, 60) if r.random() < 3 / 4 else None,
            "guided": r.choice((True, False, None)),
        }

    def visit(self) -> VisitHeld:
        """Return a visit."""
        return VisitHeld(**self.visit_fields())

    def activity(self) -> ActivityHeld:
        """Return an activity, with everything that a good report has."""
        r = self.random
        self.count += 1
        host, minutes = r.randrange(UNITS), r.choice((45, 60, 90, 120))
        themes, forms = r.sample(THEMES, r.choice((1, 1, 2))), r.sample(FORMS, r.choice((1, 1, 2)))
        units = r.sample(range(UNITS), 4)
        return ActivityHeld(
            activity=f"a{self.count}",
            day=self.day(),
            host=f"u{host}",
            start="14:00",
            minutes=minutes,
            cohosts=(f"u{(host + 1) % UNITS}",) if r.random() < 0.2 else (),
            themes={themes[0]: 10_000} if len(themes) == 1 else dict.fromkeys(themes, 5000),
            formats={forms[0]: minutes - 15, forms[1]: 15}
            if len(forms) == 2
            else {forms[0]: minutes},
            channel="offline",
            entry=ENTRY[self.kinds[host]],
            lecturers=tuple(
                Speaker(f"l{x}", 30) for x in r.sample(range(LECTURERS), r.choice((1, 1, 2)))
            ),
            attendance=tuple(
                Attendance(f"u{units[i]}", r.choice(CATEGORIES), 30, r.choice((None, 12, 25, 28)))
                for i in range(r.randrange(1, 5))
            ),
        )

    def _headcount(self) -> HeadcountDeclared:
        r = self.random
        unit, category = f"u{r.randrange(UNITS)}", r.choice(CATEGORIES)
        return HeadcountDeclared(
            unit=unit, category=category, persons=r.randrange(5, 80), day=self.day()
        )

    def _review(self) -> ScoreReviewed:
        r = self.random
        return ScoreReviewed(
            unit=f"u{r.randrange(UNITS)}",
            method="m",
            criterion="attitude",
            period=str(YEAR),
            score=r.randrange(6000, 10_000),
            why="查阅台账",
        )

    def _taken_back(self) -> Draft | None:
        if not self.standing:
            return None
        chosen = self.random.randrange(len(self.standing))
        self.standing[chosen], self.standing[-1] = self.standing[-1], self.standing[chosen]
        return self.standing.pop()

    def _correction(self) -> Draft:
        old = self._taken_back()
        if old is None:
            return self._draft(self.visit())
        again = evolve(old.event, day=self.day())
        return self._remember(evolve(self._draft(again), replaces=old.id, why="日期有误"))

    def _void(self) -> Draft:
        old = self._taken_back()
        if old is None:
            return self._draft(self.visit())
        return evolve(self._draft(Voided(why="重复")), replaces=old.id)
