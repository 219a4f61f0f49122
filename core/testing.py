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

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from itertools import pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from attrs import frozen

from lianjian.core.errors import LawBroken, NoSuchReading, Refused
from lianjian.core.event import Draft, event_type
from lianjian.core.facts import Row
from lianjian.core.figures import Figures, as_json
from lianjian.core.indicator import CORE, Family, Indicator, Moment, Reading, Tree
from lianjian.core.log import Log, voids
from lianjian.core.notices import NOTICES
from lianjian.core.period import Period
from lianjian.core.records import Records
from lianjian.core.registry import Plugin, Registry, load
from lianjian.core.replay import (
    advance,
    catch_up,
    close,
    make_tables,
    note,
    open_views,
    state,
    write,
)
from lianjian.core.store import Store, connect, transaction
from lianjian.core.tree import root

if TYPE_CHECKING:
    from lianjian.core.histories import Example

RECORDER = "trial"


def registry_of(families: Sequence[Family]) -> Registry:
    """Return a registry of given families beside core, as if they were installed."""
    named = [CORE, *(f for f in families if f.name != CORE.name)]
    return Registry(tuple(Plugin(f, "trial", f.name, "") for f in named))


class Trial:
    """A records folder in `path`, with given families beside core, or all that are installed."""

    def __init__(self, path: Path, families: Sequence[Family] | None = None) -> None:
        self.registry = load() if families is None else registry_of(families)
        self.records = Records.create(path / "records", "example.org/trial", state=path / "state")
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


# The laws.


@frozen
class World:
    """A generated history in a log, and the families whose laws are checked over it."""

    trial: Trial
    family: Family
    families: tuple[Family, ...]
    folder: Path

    @property
    def store(self) -> Store:
        """Return the log's store."""
        return self.trial.log.store

    def build(self, name: str, *steps: int) -> Path:
        """Return views built by catching up to each of the sizes in turn."""
        path = self.folder / f"{name}.db"
        with closing(open_views(path)) as db:
            for start, stop in pairwise((0, *steps)):
                with transaction(db):
                    if start == 0:
                        for family in self.families:
                            make_tables(db, family)
                    stopped = advance(db, self.store, self.families, start, stop)
                    if stopped:
                        raise LawBroken(law="rows", why=str(next(iter(stopped.values()))))
                    note(db, self.store, self.families, stop, stopped)
        return path

    def rows(self, path: Path, at: int | None = None) -> dict[str, list[Row]]:
        """Return every row of the family, or those that stand at a moment, by table."""
        stands = "" if at is None else f"WHERE since < {at} AND (until IS NULL OR until >= {at})"
        with closing(connect(path, read_only=True)) as db:
            return {
                table.name: db.execute(
                    f"SELECT * FROM {table.name} {stands} ORDER BY since, n"
                ).fetchall()
                for table in self.family.facts
            }

    def facts_at(self, path: Path, at: int) -> dict[str, list[Row]]:
        """Return what the rows that stand at a moment say, without when they will end."""
        return {t: [r[:-1] for r in rows] for t, rows in self.rows(path, at).items()}

    def figures(self, path: Path, at: int, period: str) -> list[Any]:
        """Return every reading of the family at a moment, as JSON."""
        moment = Moment(at, root(at, self.store))
        with Figures(path, self.families, moment) as figures:
            return [
                as_json(r)
                for i in self.family.indicators
                for r in figures.readings(i.name, Period.parse(period))
            ]


def check_family(
    family: Family,
    *others: Family,
    examples: "Mapping[type, Example] | None" = None,
    size: int = 40,
    histories: int = 15,
    laws: "Sequence[Law] | None" = None,
) -> None:
    """Check every law of a family over generated histories with corrections and voids.

    `others` are families whose events or indicators it refers to. `examples` give, by event class,
    a function that draws the fields which must fit together (see `histories.py`). `size` is the
    length of a history in events, `histories` how many, `laws` which of them (all). Raises LawBroken with the law and what
    differed. Needs the package `hypothesis`.

    The laws: the same history gives the same rows; catching up in any steps gives what one replay
    gives; parts stated apart are together the whole; an event and its void leave nothing; a figure
    at N is what stood at N; rows hold whole numbers, text and None, and nothing else.
    """
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415  a test's need
    from hypothesis import strategies as st  # noqa: PLC0415
    from hypothesis.errors import FlakyFailure  # noqa: PLC0415

    from lianjian.core.histories import EXAMPLES, history  # noqa: PLC0415

    families = [family, *others]
    registry = registry_of(families)
    types = [event_type(e) for f in registry.families for e in f.events]
    own = [event_type(e) for e in family.events if e not in NOTICES]
    names = {kind: sorted(found) for kind, found in registry.installed.items()}

    @settings(
        max_examples=histories,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        drafts = history(data.draw, types, own, names, EXAMPLES | dict(examples or {}), size)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(drafts)), max_size=4)))
        with TemporaryDirectory() as folder, Trial(Path(folder), families) as trial:
            trial.record(*drafts)
            world = World(trial, family, trial.registry.families, Path(folder))
            for law in laws or LAWS:
                law(world, cuts)

    try:
        run()
    except FlakyFailure as flaky:
        # A function that remembers what it saw may keep the law when the history is run again.
        for broken in flaky.exceptions:
            if isinstance(broken, LawBroken):
                raise broken from flaky
        raise


Law = Callable[[World, Sequence[int]], None]


def law_plain_rows(world: World, _: Sequence[int]) -> None:
    """Check that fact functions yield the declared columns, of whole numbers, text, days and None."""
    by_type = {
        t: [f for f in world.family.facts if t in f.events]
        for f in world.family.facts
        for t in f.events
    }
    types = world.trial.registry.types
    for entry in world.store.rows(0, world.trial.size):
        type_ = types[entry.type]
        for table in by_type.get(type_, []):
            for row in table(type_.read(entry.entry, entry.version)):
                good = len(row) == len(table.columns) and type(row[0]) is date
                if not good or any(type(v) not in _PLAIN for v in row):
                    raise LawBroken(law="rows are plain", why=f"{table.name}: {row}")


_PLAIN = (int, str, date, type(None))


def law_same_rows(world: World, _: Sequence[int]) -> None:
    """Check that the same history gives the same rows."""
    size = world.trial.size
    one, two = world.build("one", size), world.build("two", size)
    _same("same history, same rows", world.rows(one), world.rows(two))


def law_any_steps(world: World, cuts: Sequence[int]) -> None:
    """Check that catching up in any steps gives what one replay gives."""
    size = world.trial.size
    steps = world.build("steps", *sorted({*cuts, size}))
    _same("any steps", world.rows(world.build("whole", size)), world.rows(steps))


def law_parts(world: World, cuts: Sequence[int]) -> None:
    """Check that parts stated apart, in whatever order, are together the whole."""
    size = world.trial.size
    path = world.folder / "parts.db"
    edges = list(pairwise(sorted({0, size // 3, *cuts, size})))
    chunks = [state(world.store, world.families, a, b) for a, b in reversed(edges)]
    with closing(open_views(path)) as db, transaction(db):
        for family in world.families:
            make_tables(db, family)
        for chunk in chunks:
            write(db, world.families, chunk)
        close(db, world.families, [r for chunk in chunks for r in chunk.replaced])
    _same("parts are the whole", world.rows(world.build("undivided", size)), world.rows(path))


def law_void(world: World, _: Sequence[int]) -> None:
    """Check that an event and its void together leave nothing."""
    size = world.trial.size
    live = [
        row
        for row in world.store.rows(0, size)
        if row.replaces is None and world.store.superseded_by(row.position) is None
    ]
    before = world.facts_at(world.build("before", size), size)
    for row in live[-5:]:
        try:
            world.trial.void(row.id)
        except Refused:
            continue  # something refers to it
        end = world.trial.size
        after = world.facts_at(world.build(f"voided{end}", end), end)
        left = {t: [r for r in rows if r[0] != row.position] for t, rows in before.items()}
        _same("a void leaves nothing", left, after)
        before = left


def law_as_of(world: World, cuts: Sequence[int]) -> None:
    """Check that rows and figures at N are what stood when the log had N events."""
    size = world.trial.size
    whole = world.build("today", size)
    for n in sorted({*cuts, size // 2, size}):
        then = world.build(f"then{n}", n)
        _same("as of N: rows", world.facts_at(then, n), world.facts_at(whole, n))
        for period in ("2021", "2021Q2"):
            _same(
                "as of N: figures",
                world.figures(then, n, period),
                world.figures(whole, n, period),
            )


LAWS: tuple[Law, ...] = (
    law_plain_rows,
    law_same_rows,
    law_any_steps,
    law_parts,
    law_as_of,
    law_void,
)


def _same(law: str, expected: Any, found: Any) -> None:
    if expected == found:
        return
    if isinstance(expected, dict):
        for table in expected:
            _same(f"{law}: {table}", expected[table], found[table])
    for i, (a, b) in enumerate(zip_longest(expected, found)):
        if a != b:
            raise LawBroken(law=law, why=f"{i}: {a} / {b}")
