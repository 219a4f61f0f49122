"""The mission: each of the 107 things that the report of 2021 names is answered, or says why not."""

import csv
import re
from pathlib import Path

import pytest

from lianjian.core.event import event_type
from lianjian.core.registry import load

HERE = Path(__file__).parent


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


INVENTORY = rows(HERE / "data/inventory.tsv")
MISSION = rows(HERE.parent / "docs/reference/mission.tsv")
FAMILIES = load().families
EVENTS = {event_type(cls).name for f in FAMILIES for cls in f.events}
INDICATORS = {i.name for f in FAMILIES for i in f.indicators}
COMMANDS = re.compile(r"lianjian ([a-z]+)")


def names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def test_all_107_stand_there_in_order_and_to_the_letter():
    assert len(INVENTORY) == 107
    found = [(row["id"], row["phrase"]) for row in MISSION]
    assert found == [(row["id"], row["quotes_verbatim"]) for row in INVENTORY]


@pytest.mark.parametrize("row", MISSION, ids=lambda row: row["id"])
def test_each_is_answered_by_what_there_is(row):
    events, indicators = names(row["events"]), names(row["indicators"])
    assert events or indicators or row["note"]
    assert set(events) <= EVENTS
    assert set(indicators) <= INDICATORS
    assert len(set(events)) == len(events)
    assert len(set(indicators)) == len(indicators)


def test_what_has_no_indicator_is_rare_and_says_why():
    without = [row for row in MISSION if not names(row["indicators"])]
    assert {row["id"] for row in without} <= {"A07", "D23"}
    assert all(row["note"] for row in without)


def test_every_family_answers_something():
    answering = {name.partition(".")[0] for row in MISSION for name in names(row["indicators"])}
    assert answering == {f.name for f in FAMILIES if f.indicators}
