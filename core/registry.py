"""Finding plugins, and refusing clashes.

Our own families come in through the entry points that a stranger's plugin uses. A plugin that
cannot be imported, that implements a hook we do not have, or that claims a name which is taken, is
left out and named, with the way out; it never takes the others down.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import get_data
from types import ModuleType

import pluggy
from attrs import field, frozen

from lianjian.core import hookspecs
from lianjian.core.errors import PluginBroken
from lianjian.core.event import EventType, event_type
from lianjian.core.hookspecs import GROUP
from lianjian.core.indicator import CORE, Family
from lianjian.core.shapes import New, mentions

COMPUTING = (
    "activities",
    "casework",
    "checking",
    "decoding",
    "errors",
    "event",
    "facts",
    "figures",
    "holdings",
    "hours",
    "identifiers",
    "indicator",
    "kit",
    "measures",
    "memberships",
    "mending",
    "methods",
    "mixes",
    "notices",
    "pairing",
    "participation",
    "period",
    "planned",
    "planning",
    "posts",
    "publish",
    "regularity",
    "replay",
    "resources",
    "score_sheets",
    "scoring",
    "shapes",
    "signs",
    "speakers",
    "store",
    "supervision",
    "survival",
    "tenures",
    "told",
    "tree",
    "units",
    "vocabulary",
    "withholding",
    "wording",
)
"""Core's modules that figures depend on: all that is between an entry's bytes and a reading."""


@frozen
class Plugin:
    """A loaded family and where it comes from.

    `origin` is the distribution and its version, `code` the SHA-256 of its module's source, hex.
    Of a package it is that of the list which `sha256sum` prints for its modules, sorted by name, and
    of core that of the list for COMPUTING. Line ends are LF, whatever the machine.
    """

    family: Family
    origin: str
    module: str
    code: str


@frozen
class Registry:
    """All loaded families, core first, and the plugins that were left out."""

    plugins: tuple[Plugin, ...]
    broken: tuple[PluginBroken, ...] = ()
    families: tuple[Family, ...] = field(init=False)
    types: Mapping[str, EventType] = field(init=False)

    @families.default
    def _families(self) -> tuple[Family, ...]:
        return tuple(p.family for p in self.plugins)

    @types.default
    def _types(self) -> dict[str, EventType]:
        return {t.name: t for f in self.families for t in map(event_type, f.events)}

    @property
    def installed(self) -> dict[str, frozenset[str]]:
        """Return the names that are installed, not recorded, which events may refer to.

        `indicator` are those that give readings for units, as the criteria of a method need;
        `figure` are all.
        """
        found = [i for f in self.families for i in f.indicators]
        return {
            "indicator": frozenset(i.name for i in found if i.per == "unit"),
            "figure": frozenset(i.name for i in found),
        }


def load(groups: Iterable[EntryPoint] | None = None) -> Registry:
    """Load core and every plugin of the entry-point group, in order of name."""
    found = entry_points(group=GROUP) if groups is None else groups
    plugins = [Plugin(CORE, _origin_of("lianjian"), "lianjian.core", _core_digest())]
    broken = []
    for entry in sorted(found, key=lambda e: e.name):
        try:
            plugin = _load_one(entry)
            _refuse_clashes(entry, plugin.family, plugins)
        except PluginBroken as error:
            broken.append(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001  it may fail in any way
            why = f"{type(error).__name__}: {error}"
            broken.append(PluginBroken(plugin=entry.name, module=entry.value, why=why))
        else:
            plugins.append(plugin)
    return Registry(tuple(plugins), tuple(broken))


def _load_one(entry: EntryPoint) -> Plugin:
    module = entry.load()
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    manager.register(module, entry.name)
    manager.check_pending()
    families = manager.hook.lianjian_family()
    if len(families) != 1 or not isinstance(families[0], Family):
        why = "lianjian_family() gives no Family (is @hookimpl missing?)"
        raise PluginBroken(plugin=entry.name, module=entry.value, why=why)
    origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else _origin_of(entry.module)
    return Plugin(families[0], origin, entry.module, _digest_of(module))


def _refuse_clashes(entry: EntryPoint, family: Family, loaded: Iterable[Plugin]) -> None:
    """Raise PluginBroken where a name of the family is taken, or is not one of its own."""

    def refuse(why: str) -> PluginBroken:
        return PluginBroken(plugin=entry.name, module=entry.value, why=why)

    names: Mapping[str, Callable[[Family], Iterable[str]]] = {
        "family": lambda f: [f.name],
        "event type": lambda f: [event_type(e).name for e in f.events],
        "fact table": lambda f: [t.name for t in f.facts],
        "indicator": lambda f: [i.name for i in f.indicators],
        "kind of id": _kinds,
    }
    for what, of in names.items():
        own = list(of(family))
        twice = {n for n in own if own.count(n) > 1} if what != "kind of id" else set()
        for plugin in loaded:
            twice |= set(own) & set(of(plugin.family))
        if twice:
            raise refuse(f"{what} {', '.join(sorted(twice))} is taken already")
    for indicator in family.indicators:
        if not indicator.name.startswith(f"{family.name}."):
            raise refuse(f"indicator {indicator.name} does not begin with {family.name}.")
        for table in indicator.of:
            if table not in (*CORE.facts, *family.facts):
                raise refuse(f"indicator {indicator.name}: {table.name} is another family's table")
    known = {event_type(e) for e in (*CORE.events, *family.events)}
    for table in family.facts:
        if not set(table.events) <= known:
            raise refuse(f"fact table {table.name}: it states another family's events")


def _kinds(family: Family) -> set[str]:
    marks = (mark for e in family.events for mark, _ in mentions(e))
    return {m.kind for m in marks if isinstance(m, New)}


def _origin_of(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  rarely needed

    try:
        return f"{distribution} {version(distribution)}"
    except PackageNotFoundError:
        return distribution


def _digest_of(module: ModuleType) -> str:
    """Return the digest of a plugin's module, or of all modules where it is a package."""
    if not hasattr(module, "__path__"):
        return _sha256(inspect.getsource(module))
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for folder in map(Path, module.__path__)
        for path in folder.rglob("*.py")
    }
    return _digest_of_all(found)


def _core_digest() -> str:
    """Return the digest of core's modules that figures depend on, imported or not."""
    return _digest_of_all({f"{name}.py": _source(f"{name}.py") for name in COMPUTING})


def _source(file: str) -> str:
    """Return the source of one of core's modules, from a zipped installation as well."""
    found = get_data("lianjian.core", file)
    if found is None:
        raise FileNotFoundError(file)
    return found.decode().replace("\r\n", "\n")


def _digest_of_all(sources: Mapping[str, str]) -> str:
    lines = (f"{_sha256(source)}  {name}\n" for name, source in sorted(sources.items()))
    return _sha256("".join(lines))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
