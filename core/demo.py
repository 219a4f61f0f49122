"""The demo: a records folder with what is really known of Jiading, and a year that is made up.

    records = make(Path("demo"), registry.load())

Real, under two recorders:

    nbs-divisions   the towns and villages at five cut-off days, and what changed between them
    report-2021     the inspection of 2021, and what its report names (`demo_report.py`)

Made up, under the recorder `synthetic`, so that every figure which rests on it says so: one year of
activities, visits, lecturers, headcounts, an evaluation (`demo_cast.py`, `demo_year.py`), and what is
planned, checked and proved (`demo_work.py`, `demo_matter.py`).

All of it is handed in as JSON, as a stranger would hand it in, and goes through the log's own door:
the demo knows no event class, only the contract. When the year is told its scores are published, the
cycle is sealed by their digest, and a correction that comes later moves them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile
from pathlib import Path
from shlex import quote

from attrs import evolve

from lianjian.core.demo_cast import YEAR, Told
from lianjian.core.demo_matter import reviewed_again, sealed
from lianjian.core.demo_report import INSPECTION, KNOWN_FROM, report_of_2021
from lianjian.core.demo_year import MADE_UP, SEED, reviews, synthetic_year
from lianjian.core.divisions import CUTOFFS, Change, changes
from lianjian.core.errors import Words
from lianjian.core.event import Draft, EventType, find_type, read_data
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment
from lianjian.core.log import Log
from lianjian.core.period import Period
from lianjian.core.publish import publications, published
from lianjian.core.records import SETTINGS, Records
from lianjian.core.registry import Registry
from lianjian.core.replay import catch_up
from lianjian.core.store import Store
from lianjian.core.tree import root

DIVISIONS = "nbs-divisions"
REPORT = "report-2021"
PUBLISHED, PUBLISHED_AT = f"demo-published-{YEAR}", f"{YEAR + 1}-01-18T10:00:00+08:00"

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
        for made, command in batches(log, registry):
            size += log.append(made, command=command).added
            if progress:
                progress(size)
    return records


def batches(log: Log, registry: Registry) -> Iterator[tuple[list[Draft], str]]:
    """Yield what is appended at once, and by which command: the chapters, then how the cycle was sealed.

    What is sealed was really published: the year's scores, as the log then gives them.
    """
    for recorder, told in chapters():
        yield drafts(registry.types, recorder, told), ""
    if log.store.by_id(PUBLISHED) is None:
        yield scores_published(log, registry), "publish"
    digest = next(p.said.digest for p in published(log.store) if p.id == PUBLISHED and p.said)
    for later in (sealed(digest), reviewed_again(reviews(SEED))):
        yield drafts(registry.types, MADE_UP, [later]), ""


def scores_published(log: Log, registry: Registry) -> list[Draft]:
    """Return the publication of the year's scores, as `lianjian publish` makes it."""
    views, size = log.records.views, log.store.size()
    catch_up(views, log.store, registry.families)
    moment, year = Moment(size, root(size, log.store)), Period.year(YEAR)
    with Figures(views, registry.families, moment) as figures:
        (draft,) = publications(figures, registry, "evaluation.score", year, MADE_UP)
    return [evolve(draft, id=PUBLISHED, time=PUBLISHED_AT)]


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
    last = reviewed_again(reviews(SEED))
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
        f"演示档案夹：{path}\n区划与 2021 年的调研报告是真实的，{YEAR} 年的活动是合成的。接下来：",
        f"The demo is in {path}\nIts divisions and the report of 2021 are real; {YEAR} is made up. What to type next:",
    )
    with Store.open(Records.open(path).log) as store:
        sealed_at = next(p.position for p in published(store) if p.id == PUBLISHED)
    inspected = f"--subject inspection:{INSPECTION} --period {KNOWN_FROM.year}"
    steps = {
        "show bases": Words("一个指标族的定义与读数", "a family: definitions and readings"),
        "show coverage.grid_fill": Words("一项指标的全部读数", "all readings of an indicator"),
        "why bases.persons --subject lianyuan": Words("数字背后的记录", "the events behind it"),
        f"show --at {real_events()} --period {KNOWN_FROM.year}": Words(
            "只看真实的部分", "only what is real"
        ),
        f"report oversight.inspection {inspected}": Words(
            "由日志起草 2021 年的调研报告", "the report of 2021, drafted from the log"
        ),
        f"show oversight.recommendations_met --period {YEAR}": Words(
            f"2021 年的建议，按 {YEAR} 年的数字看是否做到",
            f"are its recommendations met, by the figures of {YEAR}?",
        ),
        f"compare evaluation.score {YEAR}@{sealed_at} {YEAR} --subject unit:malu": Words(
            "得分公布并封存以后，何以变动", "what moved a score after it was published and sealed"
        ),
        "verify --figures": Words(
            "再次核验，并重算公布过的数字", "verify it again, and compute what was published"
        ),
        "log": Words("最近的记录", "the newest events"),
    }
    lines = (f"  # {said.text(lang)}\n  {call} {typed}" for typed, said in steps.items())
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
