"""The kit that plugin authors test with: a trial log, and the laws that every family keeps.

    def test_a_visit_counts(tmp_path):
        with Trial(tmp_path) as t:
            t.record(BaseOpened(base="b", name="园", kind="garden", day=date(2021, 1, 1)))
            t.record(VisitHeld(base="b", day=date(2021, 5, 1), persons=30))
            assert t.reading("bases.persons", "2021", "base:b").value == 30

    def test_laws():
        check_family(lianjian_family())

A trial is the real thing, on real files: nothing in it is mocked.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from lianjian.core.errors import NoSuchReading
from lianjian.core.event import Draft
from lianjian.core.figures import Figures
from lianjian.core.indicator import CORE, Family, Indicator, Moment, Period, Reading, Tree
from lianjian.core.log import Log, voids
from lianjian.core.records import Records
from lianjian.core.registry import Plugin, Registry, load
from lianjian.core.replay import catch_up
from lianjian.core.tree import root

RECORDER = "trial"


class Trial:
    """A records folder in `path`, with given families beside core, or all that are installed."""

    def __init__(self, path: Path, families: Sequence[Family] | None = None) -> None:
        if families is None:
            self.registry = load()
        else:
            named = [CORE, *(f for f in families if f.name != CORE.name)]
            self.registry = Registry(tuple(Plugin(f, "trial", f.name, "") for f in named))
        self.records = Records.create(path / "records", "example.org/trial")
        self.log = Log.open(self.records, self.registry.types, self.registry.installed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.close()

    def record(self, *events: Any, recorder: str = RECORDER, batch: str = "") -> tuple[str, ...]:
        """Append event objects, all or none, and return their ids."""
        drafts = [
            e if isinstance(e, Draft) else Draft(event=e, recorder=recorder, batch=batch)
            for e in events
        ]
        return self.log.append(drafts).ids

    def correct(self, id_: str, event: Any) -> str:
        """Append an event that supersedes another, and return its id."""
        return self.record(Draft(event=event, recorder=RECORDER, replaces=id_))[0]

    def void(self, *ids: str) -> None:
        """Take events back, all in one append."""
        self.record(*(voids(self.log.store, RECORDER, "trial", id_=i)[0] for i in ids))

    @property
    def size(self) -> int:
        """Return how many events the log has."""
        return self.log.store.size()

    def readings(
        self, name: str, period: str, *, at: int | None = None, tree: Tree = "then"
    ) -> list[Reading]:
        """Return an indicator's readings for a period, at a moment (a number of events)."""
        store = self.log.store
        catch_up(self.records.views, store, self.registry.families)
        position = store.size() if at is None else at
        moment = Moment(position, root(position, store))
        with Figures(self.records.views, self.registry.families, moment, tree) as figures:
            return list(figures.readings(name, Period.parse(period)))

    def reading(
        self,
        name: str,
        period: str,
        subject: str = "all",
        *,
        at: int | None = None,
        tree: Tree = "then",
        **dimensions: str,
    ) -> Reading:
        """Return the one reading of a subject and dimensions; NoSuchReading where there is none."""
        found = self.readings(name, period, at=at, tree=tree)
        for r in found:
            if r.subject == subject and dict(r.dimensions) == dimensions:
                return r
        close = ", ".join(f"{r.subject} {dict(r.dimensions) or ''}" for r in found)
        raise NoSuchReading(name=name, subject=f"{subject} {dimensions or ''}", close=close)

    def indicators(self) -> list[Indicator]:
        """Return every indicator of the trial's families."""
        return [i for f in self.registry.families for i in f.indicators]
