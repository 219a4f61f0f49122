"""views.db: caught up, built anew, and never wrong in silence."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from lianjian.core import ALL, Family, Row, event, facts, frozen, indicator
from lianjian.core.errors import FamilyStopped, LogDamaged, ViewsDamaged
from lianjian.core.replay import catch_up, differences, open_views, replay
from lianjian.core.testing import Trial
from lianjian.core.verify import verify


@event("sum.stated", 1)
@frozen
class SumStated:
    day: date
    amount: int


def family(function=None, version=1, name="sums"):
    @facts(key="day", sums="amount")
    def amounts(e: SumStated) -> Iterator[Row]:
        yield from function(e) if function else [(e.day, e.amount)]

    @indicator(f"{name}.total", of=amounts, unit="events", better="higher", zh="和", en="Sum")
    def total(q):
        yield q.reading(ALL, q.one("SELECT coalesce(sum(amount), 0) FROM amounts"))

    return Family(
        name, version=version, zh="和", en="Sums", events=[SumStated], facts=[amounts],
        indicators=[total],
    )  # fmt: skip


DAY = date(2021, 5, 1)


def stated(*amounts):
    return [SumStated(DAY, n) for n in amounts]


def with_family(trial, new):
    """Return a trial's parts with another family in the place of the first one."""
    families = [f for f in trial.registry.families if f.name != new.name]
    return trial.records.views, trial.log.store, [*families, new]


def test_views_can_be_deleted_any_time(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2, 3))
        before = t.reading("sums.total", "2021")
        t.records.views.unlink()
        assert t.reading("sums.total", "2021") == before


def test_each_event_counts_once_however_often_we_catch_up(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        for n in range(5):
            t.record(*stated(n))
            assert t.reading("sums.total", "2021").value == sum(range(n + 1))


def test_a_new_version_is_built_anew_by_itself(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2))
        assert t.reading("sums.total", "2021").value == 3
        doubled = family(lambda e: [(e.day, 2 * e.amount)], version=2)
        views, store, families = with_family(t, doubled)
        assert catch_up(views, store, families) == {}
        with closing(sqlite3.connect(views)) as db:
            assert db.execute("SELECT sum(amount) FROM amounts").fetchone() == (6,)


def failing_at(bad):
    def function(e):
        yield e.day, e.amount
        if e.amount == bad:
            raise RuntimeError("cannot")

    return function


@pytest.mark.parametrize(
    "function",
    [
        failing_at(3),
        lambda e: [(e.day, 1, 1) if e.amount == 3 else (e.day, e.amount)],
        lambda e: [(e.day, "many") if e.amount == 3 else (e.day, e.amount)],
        lambda e: [(e.day, 2**63) if e.amount == 3 else (e.day, e.amount)],
        lambda e: [(None, 1) if e.amount == 3 else (e.day, e.amount)],
    ],
    ids=["raises", "too many columns", "text for a number", "too large", "no day"],
)
def test_a_family_that_cannot_take_an_event_stops_there_by_name(tmp_path, function):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2, 3, 4))
        assert t.reading("sums.total", "2021").value == 10
        t.records.views.unlink()
        views, store, families = with_family(t, family(function))
        stopped = catch_up(views, store, families)
        assert {(s.family, s.position) for s in stopped.values()} == {("sums", 2)}
        with closing(sqlite3.connect(views)) as db:
            # What it had so far stands, nothing of the event it stopped at; core went on.
            assert db.execute("SELECT amount FROM amounts").fetchall() == [(1,), (2,)]
            found = dict(db.execute("SELECT name, position FROM families").fetchall())
        assert found == {"core": 4, "sums": 2}


def test_a_stopped_family_goes_on_once_it_is_mended(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2, 3, 4))
        views, store, families = with_family(t, family(failing_at(3)))
        assert catch_up(views, store, families)
        assert t.reading("sums.total", "2021").value == 10


def test_a_stopped_family_gives_no_figures(tmp_path):
    with Trial(tmp_path, [family(failing_at(3))]) as t:
        t.record(*stated(1, 2, 3, 4))
        with pytest.raises(FamilyStopped) as caught:
            t.reading("sums.total", "2021")
        assert "position 2" in caught.value.message("en")
        assert t.reading("sums.total", "2021", at=2).value == 3


def test_replay_gives_what_stood(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        ids = t.record(*stated(1, 2, 3))
        t.correct(ids[0], SumStated(DAY, 10))
        t.void(ids[1])
        assert t.reading("sums.total", "2021").value == 13
        done = replay(t.records.views, t.log.store, t.registry.families)
        assert (done.events, done.differences, done.stopped) == (5, (), {})
        assert t.reading("sums.total", "2021").value == 13
        assert t.reading("sums.total", "2021", at=3).value == 6


def test_replay_tells_edited_views_and_mends_them(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2, 3))
        t.reading("sums.total", "2021")
        with closing(sqlite3.connect(t.records.views)) as db, db:
            db.execute("UPDATE amounts SET amount = 99 WHERE since = 1")
        assert [f.place.en for f in verify(t.records, t.registry.families).findings] == [
            "amounts position 1"
        ]
        done = replay(t.records.views, t.log.store, t.registry.families)
        assert [(d.table, d.position) for d in done.differences] == [("amounts", 1)]
        assert t.reading("sums.total", "2021").value == 6
        assert verify(t.records, t.registry.families).findings == ()


@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM amounts WHERE since = 0",
        "INSERT INTO amounts VALUES (1, 7, '2021-05-01', 5, NULL)",
        "INSERT INTO amounts VALUES (70, 0, '2021-05-01', 5, NULL)",
        "UPDATE amounts SET until = NULL WHERE since = 0",
        "UPDATE amounts SET until = 2 WHERE since = 1",
        "UPDATE amounts SET day = '2021-05-02' WHERE since = 3",
    ],
)
def test_any_edit_of_a_fact_row_is_found(tmp_path, edit):
    with Trial(tmp_path, [family()]) as t:
        first, *_ = t.record(*stated(1, 2, 3))
        t.correct(first, SumStated(DAY, 4))
        t.reading("sums.total", "2021")
        with closing(sqlite3.connect(t.records.views)) as db:
            assert list(differences(db, t.log.store, t.registry.families)) == []
            with db:
                db.execute(edit)
            found = list(differences(db, t.log.store, t.registry.families))
        assert [d.table for d in found] == ["amounts"]
        assert replay(t.records.views, t.log.store, t.registry.families).differences


@pytest.mark.parametrize("edit", ["DELETE FROM synthetic", "INSERT INTO synthetic VALUES (0)"])
def test_a_label_of_made_up_events_that_was_edited_is_found(tmp_path, edit):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1))
        t.record(*stated(2), recorder="synthetic")
        assert t.reading("sums.total", "2021").synthetic
        assert verify(t.records, t.registry.families).findings == ()
        with closing(sqlite3.connect(t.records.views)) as db, db:
            db.execute(edit)
        (finding,) = verify(t.records, t.registry.families).findings
        assert finding.place.en.startswith("synthetic position")


def test_verify_names_a_family_that_stopped(tmp_path):
    with Trial(tmp_path, [family(failing_at(3))]) as t:
        t.record(*stated(1, 2, 3, 4))
        catch_up(t.records.views, t.log.store, t.registry.families)
        report = verify(t.records, t.registry.families)
        assert report.findings == ()
        assert any("sums stopped at position 2" in n.en for n in report.notes)
        assert any("of 1 families" in c.en for c in report.checked)


def test_verify_names_a_family_that_cannot_take_what_it_took(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2, 3, 4))
        t.reading("sums.total", "2021")
        *_, families = with_family(t, family(failing_at(3)))
        (finding,) = verify(t.records, families).findings
        assert "sums stopped at position 2" in finding.what.en


def test_an_impure_fact_function_is_found_by_replay(tmp_path):
    calls = iter(range(1000))
    with Trial(tmp_path, [family(lambda e: [(e.day, next(calls))])]) as t:
        t.record(*stated(1, 2))
        t.reading("sums.total", "2021")
        assert replay(t.records.views, t.log.store, t.registry.families).differences


def test_an_interrupted_replay_leaves_the_views_as_they_were(tmp_path):
    class Interrupted(Exception):
        pass

    def stop(_):
        raise Interrupted

    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2))
        assert t.reading("sums.total", "2021").value == 3
        with pytest.raises(Interrupted):
            replay(t.records.views, t.log.store, t.registry.families, stop)
        assert t.reading("sums.total", "2021").value == 3
        assert replay(t.records.views, t.log.store, t.registry.families).differences == ()


def test_views_of_another_log_are_built_anew(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with Trial(tmp_path / "a", [family()]) as a, Trial(tmp_path / "b", [family()]) as b:
        a.record(*stated(1, 2))
        b.record(*stated(5, 6))
        a.reading("sums.total", "2021")
        b.records.views.write_bytes(a.records.views.read_bytes())
        assert b.reading("sums.total", "2021").value == 11


def test_no_figure_is_made_of_bytes_that_were_changed(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(*range(300)))
        assert t.reading("sums.total", "2021").value == sum(range(300))
        t.log.store.db.executescript(
            "DROP TRIGGER entries_no_update; UPDATE entries SET entry = "
            "CAST(replace(CAST(entry AS TEXT), '280', '820') AS BLOB) WHERE position = 280"
        )
        t.records.views.unlink()
        with pytest.raises(LogDamaged) as caught:
            t.reading("sums.total", "2021")
        assert "position 280 is not what was recorded" in caught.value.message("en")


def test_views_that_are_no_database_say_that_nothing_is_lost(tmp_path):
    path = tmp_path / "views.db"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(ViewsDamaged) as caught:
        open_views(path)
    assert "delete" in caught.value.hint("en")


def test_readers_keep_their_snapshot_while_views_are_swapped(tmp_path):
    with Trial(tmp_path, [family()]) as t:
        t.record(*stated(1, 2))
        t.reading("sums.total", "2021")
        with closing(sqlite3.connect(t.records.views, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            assert reader.execute("SELECT sum(amount) FROM amounts").fetchone() == (3,)
            t.record(*stated(10))
            replay(t.records.views, t.log.store, t.registry.families)
            assert reader.execute("SELECT sum(amount) FROM amounts").fetchone() == (3,)
            reader.execute("COMMIT")
            assert reader.execute("SELECT sum(amount) FROM amounts").fetchone() == (13,)
