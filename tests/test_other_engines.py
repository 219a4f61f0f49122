"""Indicator SQL on other engines: DuckDB and PostgreSQL give every reading that SQLite gives.

A demo's fact rows are loaded as they stand into another engine. There the views are made from the very
SQL that SQLite is given (core/facts.py), units, headcounts and projections by the very function
(core/units.py), and every indicator of every family is computed over them. Translated is what is no part
of an indicator's SQL: how a fact table is declared, where temporary tables stand, and how a parameter is
marked.
"""

import csv
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest

from lianjian.core import demo
from lianjian.core.facts import views
from lianjian.core.figures import Figures
from lianjian.core.indicator import CORE, Moment
from lianjian.core.period import Period
from lianjian.core.registry import load
from lianjian.core.replay import catch_up
from lianjian.core.store import Store, connect
from lianjian.core.units import PREPARED, prepare

FAMILIES = load().families
TABLES = {t.name: t for f in (CORE, *FAMILIES) for t in f.facts}
NAMES = sorted(i.name for f in FAMILIES for i in f.indicators)
PERIOD = Period.parse("2022")


class Connection:
    """As much of a SQLite connection as a query and `units.prepare` use, over another engine's."""

    def __init__(self, db, translated):
        self.db = db
        self.translated = translated

    def execute(self, sql, parameters=()):
        """Run one statement; what it returns is plain."""
        done = self.db.execute(self.translated(sql), list(parameters))
        return Rows([tuple(map(plain, row)) for row in done.fetchall()] if done.description else [])

    def executemany(self, sql, rows):
        """Run a statement for each row."""
        for row in rows:
            self.execute(sql, row)

    def executescript(self, script):
        """Run statements, one after the other. A count of persons may be a fraction."""
        for sql in filter(str.strip, script.replace("persons,", "persons FLOAT8,").split(";")):
            self.execute(sql)

    def set_authorizer(self, _):
        """Leave it: which views a statement reads is no matter here."""

    def close(self):
        """Close it."""
        self.db.close()


class Rows(list):
    """Rows that were fetched, as a cursor gives them out."""

    def fetchall(self):
        """Return all of them."""
        return list(self)

    def fetchone(self):
        """Return the first, None where there is none."""
        return self[0] if self else None


def plain(value):
    """Return a number that the engine has as a decimal as SQLite has it."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


class Elsewhere(Figures):
    """Figures of another engine, to which `opened` gives a connection.

    `like` are SQLite's of the same moment: it alone tells which views an indicator read, and by that what
    of its evidence may be made up.
    """

    def __init__(self, opened, like):
        super().__init__(like.path, list(like.families.values()), like.moment, like.tree)
        self.opened, self.like = opened, like

    def _connect(self, family, period):
        db = self.opened()
        db.execute('CREATE TEMP TABLE _q (position BIGINT, start TEXT, "end" TEXT)')
        bounds = self.moment.position, period.start.isoformat(), period.end.isoformat()
        db.execute("INSERT INTO temp._q VALUES (?, ?, ?)", bounds)
        for table in {*CORE.facts, *family.facts}:
            for name, sql in views(table).items():
                db.execute(f"CREATE TEMP VIEW {name} AS {sql}")
        prepare(db, period.end, now=self.tree == "now")
        self._allow[family.name, period] = None
        return db

    def _evidence_view(self, table, indicator, period):
        self.like.readings(indicator.name, period)
        return self.like._evidence_view(table, indicator, period)

    def _known(self, name, period, position, tree):
        self.like._known(name, period, position, tree)
        earlier = self.like._earlier[position, tree]
        self._earlier.setdefault((position, tree), Elsewhere(self.opened, earlier))
        return super()._known(name, period, position, tree)


# The same rows in each engine.


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A demo's views, caught up, and the moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        records = demo.make(tmp_path_factory.mktemp("demos") / "demo", load())
    with Store.open(records.log) as store:
        catch_up(records.views, store, FAMILIES)
        return records.views, Moment(store.size(), b"")


@pytest.fixture(scope="module")
def expected(here):
    """What SQLite gives, under either tree."""
    path, moment = here
    trees = {tree: Figures(path, FAMILIES, moment, tree) for tree in ("then", "now")}
    yield trees
    for figures in trees.values():
        figures.close()


def declared(table, rows):
    """Return the columns of a table with their types; a key's by what it holds."""
    at = {name: number for number, name in enumerate(table.columns, start=2)}
    whole = {k for k in table.keys if any(isinstance(row[at[k]], int) for row in rows)}
    types = {name: "BIGINT" if name in {*whole, *table.sums} else "TEXT" for name in table.columns}
    named = ", ".join(f"{name} {type_}" for name, type_ in types.items())
    return f"since BIGINT, n BIGINT, {named}, until BIGINT"


def stored(path):
    """Yield (name, declaration of columns, rows) of every table."""
    with closing(connect(path, read_only=True)) as db:
        for name, table in TABLES.items():
            named = ", ".join(("since", "n", *table.columns, "until"))
            rows = db.execute(f"SELECT {named} FROM {name}").fetchall()
            yield name, declared(table, rows), rows
        yield "synthetic", "since BIGINT", db.execute("SELECT since FROM synthetic").fetchall()


@contextmanager
def on_duckdb(path):
    """Give a function that opens a connection to DuckDB, in memory, with all rows."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as whole:
        whole.execute("CREATE SCHEMA stored")
        for name, columns, rows in stored(path):
            whole.execute(f"CREATE TABLE stored.{name} ({columns})")
            file = Path(folder) / f"{name}.csv"
            with file.open("w", newline="", encoding="utf-8") as f:
                marked = (["\\N" if v is None else v for v in row] for row in rows)
                csv.writer(f).writerows(marked)
            if rows:
                whole.execute(
                    f"COPY stored.{name} FROM '{file}' "
                    "(FORMAT csv, HEADER false, NULL '\\N', AUTO_DETECT false, QUOTE '\"', ESCAPE '\"')"
                )
        yield lambda: Connection(whole.cursor(), for_duckdb)


def for_duckdb(sql):
    """Return SQL with the tables in a schema of their own: `main` has the temporary views, too."""
    return re.sub(r"\bmain\.", "stored.", sql)


def for_postgresql(sql):
    """Return SQL with PostgreSQL's names of temporary tables, and psycopg's mark of a parameter."""
    return re.sub(r"\btemp\.", "pg_temp.", sql).replace("%", "%%").replace("?", "%s")


def programs():
    """Return the folder of PostgreSQL's programs, None where they are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def on_postgresql(path):
    """Give a function that opens a connection to a server of our own, in a temporary folder."""
    bin_ = programs()
    if bin_ is None:
        pytest.skip("PostgreSQL is not installed: there is no initdb")
    root = os.geteuid() == 0 if hasattr(os, "geteuid") else False
    if root and not shutil.which("runuser"):
        pytest.skip("root may not run PostgreSQL, and there is no runuser")
    with tempfile.TemporaryDirectory() as folder:
        if root:
            shutil.chown(folder, "nobody")

        def run(program, *args):
            command = [*(("runuser", "-u", "nobody", "--") if root else ()), bin_ / program, *args]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

        data = f"{folder}/data"
        run("initdb", "-D", data, "-U", "u", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=400"
        run("pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:

            def opened():
                return psycopg.connect(
                    host=folder,
                    user="u",
                    dbname="postgres",
                    autocommit=True,
                    prepare_threshold=None,
                )

            with closing(opened()) as whole:
                whole.execute("CREATE SCHEMA main")
                for name, columns, rows in stored(path):
                    whole.execute(f"CREATE TABLE main.{name} ({columns})")
                    with whole.cursor() as c, c.copy(f"COPY main.{name} FROM STDIN") as copied:
                        for row in rows:
                            copied.write_row(row)
                whole.execute("ANALYZE")
            yield lambda: Connection(opened(), for_postgresql)
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


ENGINES = {"duckdb": on_duckdb, "postgresql": on_postgresql}


@pytest.fixture(scope="module", params=ENGINES)
def there(request, here, expected):
    """What another engine gives, under either tree."""
    path, _ = here
    with ENGINES[request.param](path) as opened:
        trees = {tree: Elsewhere(opened, figures) for tree, figures in expected.items()}
        try:
            yield request.param, trees
        finally:
            for figures in trees.values():
                figures.close()


@pytest.mark.parametrize("name", NAMES)
def test_an_indicator_reads_the_same(there, expected, name):
    _, trees = there
    made = trees["then"].readings(name, PERIOD)
    assert made == expected["then"].readings(name, PERIOD)


@pytest.mark.parametrize("tree", ["then", "now"])
def test_units_are_the_same_under_either_tree(there, expected, tree):
    _, trees = there
    for table in PREPARED:
        sql = f"SELECT * FROM {table} ORDER BY 1, 2"
        here, elsewhere = (
            f.query("coverage", PERIOD).rows(sql) for f in (expected[tree], trees[tree])
        )
        assert here
        assert elsewhere == here
