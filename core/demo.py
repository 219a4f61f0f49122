"""The demo: a records folder with what is really known of Jiading, and a year that is made up.

    records = make(Path("demo"), registry.load())

Real, under two recorders:

    nbs-divisions   the towns and villages at five cut-off days, and what changed between them
    report-2021     what the inspection report of 2021 names: units, bases, teams of lecturers

Made up, under the recorder `synthetic`, so that every figure which rests on it says so: one year of
activities, visits, lecturers, headcounts, an evaluation (`demo_cast.py`, `demo_year.py`), and what is
planned, checked and proved (`demo_work.py`, `demo_matter.py`).

All of it is handed in as JSON, as a stranger would hand it in, and goes through the log's own door:
the demo knows no event class, only the contract.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile
from pathlib import Path
from shlex import quote

from lianjian.core.demo_cast import YEAR, Told
from lianjian.core.demo_year import MADE_UP, synthetic_year
from lianjian.core.divisions import CUTOFFS, Change, changes
from lianjian.core.errors import Words
from lianjian.core.event import Draft, EventType, find_type, read_data
from lianjian.core.log import Log
from lianjian.core.records import SETTINGS, Records
from lianjian.core.registry import Registry
from lianjian.core.store import Store

DIVISIONS = "nbs-divisions"
REPORT = "report-2021"

Progress = Callable[[int], None]


def make(
    path: Path, registry: Registry, language: str = "zh", progress: Progress | None = None
) -> Records:
    """Make a records folder at `path`, fill it and return it; one that stands there is returned.

    A demo that was broken off is finished. `progress` is told how many events there are, after
    every append. Two demos differ in their origin and keys, in when things were recorded and in
    the salts of sealed names, and in nothing else.
    Raises RecordsExist where `path` is taken by anything but a demo.
    """
    records = standing(path)
    if records and is_whole(records):
        return records
    records = records or Records.create(path, language=language)
    size = 0
    with Log.open(records, registry.types, registry.installed) as log:
        for recorder, told in chapters():
            size += log.append(drafts(registry.types, recorder, told)).added
            if progress:
                progress(size)
    return records


def standing(path: Path) -> Records | None:
    """Return the demo at `path`: a folder whose log begins as a demo's does. None if it is not."""
    if not (path / SETTINGS).is_file():
        return None
    first = next(divisions(None, CUTOFFS[0])).id
    records = Records.open(path)
    with Store.open(records.log) as store:
        row = store.row(0)
    return records if row and row.id == first else None


def is_whole(records: Records) -> bool:
    """Tell whether a demo was made to its end."""
    *_, (_, told) = chapters()
    *_, last = told
    with Store.open(records.log) as store:
        return store.by_id(last.id) is not None


def real_events() -> int:
    """Return how many of a demo's first events are real."""
    real = takewhile(lambda chapter: chapter[0] != MADE_UP, chapters())
    return sum(1 for _, told in real for _ in told)


def next_steps(path: Path, lang: str) -> str:
    """Return what to type next, for people who have just seen a demo."""
    call = f"lianjian -C {quote(str(path))}"
    made = Words(
        f"演示档案夹：{path}\n区划与 2021 年报告所列的阵地、团队是真实的，{YEAR} 年的活动是合成的。接下来：",
        f"The demo is in {path}\nIts divisions, and bases and teams of the report of 2021, are real; {YEAR} is made up. "
        "What to type next:",
    )
    steps = {
        "show bases": Words("一个指标族的定义与读数", "a family: definitions and readings"),
        "show coverage.grid_fill": Words("一项指标的全部读数", "all readings of an indicator"),
        "why bases.persons --subject lianyuan": Words("数字背后的记录", "the events behind it"),
        f"show --at {real_events()}": Words("只看真实的部分", "only what is real"),
        "verify": Words("再次核验", "verify it again"),
        "log": Words("最近的记录", "the newest events"),
    }
    lines = (f"  {call} {typed}  # {said.text(lang)}" for typed, said in steps.items())
    return "\n".join(["", made.text(lang), *lines])


def chapters() -> Iterator[tuple[str, Iterable[Told]]]:
    """Yield (recorder, events) for each append: what is real first, so that it can be seen alone."""
    before: date | None = None
    for cutoff in CUTOFFS:
        if before and before < KNOWN_FROM < cutoff:
            yield REPORT, report_of_2021()
        yield DIVISIONS, divisions(before, cutoff)
        before = cutoff
    for part in synthetic_year():
        yield MADE_UP, part


def drafts(types: Mapping[str, EventType], recorder: str, told: Iterable[Told]) -> list[Draft]:
    """Return events that were told as JSON as drafts for the log."""
    made = []
    for t in told:
        event, disclosures = read_data(find_type(types, t.type), t.data)
        made.append(
            Draft(
                event=event,
                recorder=recorder,
                id=t.id,
                time=t.time,
                replaces=t.replaces,
                batch=t.batch,
                why=t.why,
                disclosures=disclosures,
            )
        )
    return made


# What the lists of divisions say.


def divisions(before: date | None, cutoff: date) -> Iterator[Told]:
    """Tell what happened to the divisions between two cut-off days.

    A change is dated on the later cut-off day, the first on which it is known to have happened; the
    day itself lies somewhere after `before`.
    """
    for change in changes(before, cutoff):
        type_ = "unit.registered" if change.kind == "registered" else "unit.reorganized"
        data = _registration(change) if change.kind == "registered" else _change(change)
        id_ = f"nbs-{cutoff}-{change.kind}-{change.unit}"
        yield Told(type_, {**data, "day": cutoff.isoformat()}, id_)


def _registration(change: Change) -> dict[str, str | None]:
    return {
        "unit": change.unit,
        "name": change.name,
        "kind": _kind(change),
        "tier": change.level,
        "parent": change.parent,
        "code": change.code,
    }


def _kind(change: Change) -> str:
    """Return a division's kind; one of Jiading has a code that begins with Jiading's."""
    if not (change.code or "").startswith("310114"):
        return "external"
    if change.unit == "industrial-zone":  # 嘉定工业区 has the rank of a town, and is none
        return "zone"
    # The district itself stands for its leading bodies: 区委理论中心组学习 has it as its host.
    return {"district": "organ", "town": "town", "village": "village"}[change.level]


def _change(change: Change) -> dict[str, object]:
    given = {"name": change.name, "code": change.code, "parent": change.parent}
    return {"change": change.kind, "units": [change.unit], **{k: v for k, v in given.items() if v}}


# What the report of 2021 says. 安亭镇 and 嘉定工业区, which it names as well, stand in the lists.

# The report has no day on which a unit or team was founded or a base opened. It inspected them from
# May to August 2021, so they were there when it began: the earliest day that can be answered for.
KNOWN_FROM = date(2021, 5, 1)

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


def report_of_2021() -> Iterator[Told]:
    """Tell what the report names. The inspection itself belongs to a family of its own."""
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
