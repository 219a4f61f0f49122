"""The laws hold for the families that have no odder events, and each kills a mutant made for it."""

from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest

from lianjian.core import ALL, Family, Reading, Row, event, facts, frozen, indicator, testing
from lianjian.core.errors import LawBroken
from lianjian.core.event import event_type
from lianjian.core.indicator import CORE
from lianjian.core.notices import NOTICES, Voided
from lianjian.core.testing import check_family
from lianjian.plugins import bases


@event("note.made", 1)
@frozen
class NoteMade:
    day: date
    size: int = 0


def family(*tables, indicators=()):
    return Family(
        "mutant",
        version=1,
        zh="变",
        en="Mutant",
        events=[NoteMade],
        facts=tables,
        indicators=indicators,
    )


def broken(mutant, said, law=None):
    with pytest.raises(LawBroken) as caught:
        check_family(mutant, size=12, histories=10, laws=law and [law])
    assert said in str(caught.value)


@facts(key="day", sums="notes size")
def notes(e: NoteMade) -> Iterator[Row]:
    yield e.day, 1, e.size


def test_a_family_that_keeps_the_laws():
    @indicator("mutant.size", of=notes, unit="events", better="higher", zh="数", en="Notes")
    def total(q):
        yield q.reading(ALL, q.one("SELECT coalesce(sum(notes), 0) FROM notes"))

    check_family(family(notes, indicators=[total]), size=12, histories=5)


def test_core_keeps_the_laws():
    check_family(CORE)


def test_core_keeps_the_laws_in_long_histories():
    check_family(CORE, size=200, histories=2)


def test_histories_have_every_event_of_core_in_them():
    seen = set()

    def note_types(world, _):
        seen.update(e.type for e in world.store.rows(0, world.trial.size))

    check_family(CORE, size=120, histories=4, laws=[note_types])
    assert seen >= {event_type(e).name for e in CORE.events if e not in NOTICES}


def test_bases_keep_the_laws():
    check_family(bases.lianjian_family())


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (testing.law_same_rows, "same history, same rows"),
        (testing.law_any_steps, "any steps"),
        (testing.law_parts, "parts are the whole"),
        (testing.law_as_of, "as of N: rows"),
    ],
)
def test_a_fact_function_that_counts_its_calls_is_caught(law, said):
    calls = count()

    @facts(key="day", sums="n_calls")
    def counted(e: NoteMade) -> Iterator[Row]:
        yield e.day, next(calls)

    broken(family(counted), said, law)


def test_a_fact_function_that_remembers_the_event_before_is_caught():
    seen = {"last": date.min}

    @facts(key="day", sums="later")
    def remembering(e: NoteMade) -> Iterator[Row]:
        later = int(e.day > seen["last"])
        seen["last"] = e.day
        yield e.day, later

    # In order it gives the same rows again and again; only parts apart give it away.
    broken(family(remembering), "parts are the whole", testing.law_parts)


def test_a_float_in_a_row_is_caught():
    @facts(key="day amount")
    def amounts(e: NoteMade) -> Iterator[Row]:
        yield e.day, e.size / 2

    broken(family(amounts), "rows are plain")


def test_a_bool_in_a_row_is_caught():
    @facts(key="day", sums="big")
    def flags(e: NoteMade) -> Iterator[Row]:
        yield e.day, e.size > 3

    broken(family(flags), "rows are plain")


def test_facts_of_a_void_are_caught():
    @facts(key="day", text="why")
    def regrets(e: Voided) -> Iterator[Row]:
        yield date(2021, 1, 1), e.why

    broken(family(regrets, notes), "a void leaves nothing")


def test_an_indicator_that_remembers_is_caught():
    calls = count()

    @indicator("mutant.past", of=notes, unit="events", better="higher", zh="数", en="Notes")
    def past(q) -> Iterator[Reading]:
        yield q.reading(ALL, next(calls))

    broken(family(notes, indicators=[past]), "as of N: figures")
