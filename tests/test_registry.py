"""Plugins: found through entry points; broken and clashing ones are named, the others stand."""

import sys
from datetime import date
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from lianjian.core import ALL, Family, declared, event, facts, frozen, hookimpl, indicator
from lianjian.core.activities import attendances
from lianjian.core.hookspecs import GROUP
from lianjian.core.registry import load
from lianjian.plugins import bases

BASES = EntryPoint("bases", "lianjian.plugins.bases", GROUP)


@event("x.done", 1)
@frozen
class XDone:
    day: date


def hook(family):
    @hookimpl
    def lianjian_family():
        return family

    return lianjian_family


@pytest.fixture
def plugin(monkeypatch):
    """Install a module as a plugin and load it beside bases."""

    def install(source="", **names):
        module = ModuleType("a_strangers_plugin")
        for name, value in names.items():
            setattr(module, name, value)
        monkeypatch.setitem(sys.modules, "a_strangers_plugin", module)
        monkeypatch.setattr("inspect.getsource", lambda m: m.__name__)
        return load([EntryPoint("strange", "a_strangers_plugin", GROUP), BASES])

    return install


def family(name="strange", **parts):
    return Family(name, version=1, zh="", en="", **parts)


def test_a_module_declares_what_is_its_own_in_its_own_order():
    """What it imports is another's, and a helper that is no event is nobody's."""
    source = """
from attrs import frozen
from lianjian.core import attendances, declared, event, facts, indicator
from lianjian.core.activities import ActivityHeld

@event("z.done", 1)
@frozen
class Done:
    day: date

@frozen
class Helper:
    day: date

@facts(key="day")
def done(e: Done):
    yield (e.day,)

made = {}
for n in "ba":
    made[n] = indicator(f"z.{n}", of=done, unit="events", better="neither", zh="", en="")(print)
later, sooner = made["b"], made["a"]
"""
    module = ModuleType("declaring")
    sys.modules["declaring"] = module
    print_ = lambda q: iter(())  # noqa: E731
    print_.__module__ = "declaring"
    module.__dict__.update(date=date, print=print_)
    exec(source, module.__dict__)
    found = declared("declaring")
    del sys.modules["declaring"]
    assert found["events"] == [module.Done]
    assert found["facts"] == [module.done]
    assert [i.name for i in found["indicators"]] == ["z.b", "z.a"]


def test_our_own_families_come_in_through_the_entry_points():
    found = load()
    assert found.broken == ()
    assert [f.name for f in found.families] == [
        "core", "bases", "brands", "cases", "channels", "content", "coverage", "cycles",
        "evaluation", "keyposts", "lecturers", "linkage", "loop", "oversight", "perception",
    ]  # fmt: skip
    assert {"visit.held", "activity.held"} <= found.types.keys()
    assert all(len(p.code) == 64 and p.origin.startswith("lianjian") for p in found.plugins)


def test_a_strangers_family_is_loaded(plugin):
    found = plugin(lianjian_family=hook(family(events=[XDone])))
    assert found.broken == ()
    assert "x.done" in found.types


def gini_again(q):
    yield q.none(ALL, "no")


@facts(key="day")
def base_visits(e: XDone):
    yield (e.day,)


@facts(key="day")
def strange_visits(e: bases.VisitHeld):
    yield (e.day,)


def named(name, of):
    return indicator(name, of=of, unit="events", better="lower", zh="", en="")(gini_again)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"name": "core"}, "family core is taken"),
        ({"events": [bases.VisitHeld]}, "event type visit.held is taken"),
        ({"events": [XDone], "facts": [base_visits]}, "fact table base_visits is taken"),
        ({"facts": [strange_visits]}, "another family's events"),
        ({"indicators": [named("bases.x", attendances)]}, "does not begin with strange."),
        ({"indicators": [named("strange.x", bases.base_visits)]}, "another family's table"),
    ],
)
def test_a_clash_is_refused_with_the_plugins_name(plugin, parts, why):
    found = plugin(lianjian_family=hook(family(**{"name": "strange"} | parts)))
    (error,) = found.broken
    assert why in error.message("en")
    assert error.details["plugin"] in {"strange", "core"}
    assert [f.name for f in found.families] == ["core", "bases"]


def test_an_unknown_hook_is_refused(plugin):
    @hookimpl
    def lianjian_report():
        return None

    found = plugin(lianjian_family=hook(family()), lianjian_report=lianjian_report)
    assert [f.name for f in found.families] == ["core", "bases"]
    assert "lianjian_report" in found.broken[0].message("zh")


@pytest.mark.parametrize("names", [{}, {"lianjian_family": lambda: None}])
def test_a_module_without_a_family_is_named(plugin, names):
    found = plugin(**names)
    assert "hookimpl" in found.broken[0].message("en")
    assert "strange" in found.broken[0].message("en")


def test_a_module_that_cannot_be_imported_is_named():
    found = load([EntryPoint("gone", "no.such.module", GROUP), BASES])
    assert [f.name for f in found.families] == ["core", "bases"]
    assert "gone" in found.broken[0].message("en")
    assert found.broken[0].hint("zh")


def test_a_plugin_that_raises_does_not_take_the_rest_down(plugin):
    @hookimpl
    def lianjian_family():
        raise RuntimeError("boom")

    found = plugin(lianjian_family=lianjian_family)
    assert "boom" in found.broken[0].message("en")
    assert [f.name for f in found.families] == ["core", "bases"]
