"""Real divisions over time: Jiading, its streets and its villages at five cut-off days.

A statistical list says which codes there are on a day, and nothing of what became of a unit. The
same unit returns under another name (嘉筱社区居委会（筹） becomes 嘉筱社区居委会), another code
(菊园新区 was 310114003 and is 310114401) or another parent (娄塘村 went from 徐行镇 to 嘉定工业区). Here
each unit gets an id that stays, and what happened between two lists is told as changes:

    for change in changes(None, CUTOFFS[0]):            registered jiading, xincheng, …
    for change in changes(CUTOFFS[0], CUTOFFS[1]):      rename juyuan 菊园新区, recode juyuan 310114401, …

    applied(known_at(a), changes(a, b)) == known_at(b)

A list does not say why. What is closed here may in truth have merged into another unit, or have
been renamed and recoded so that nothing shows the link (梧桐坊社区居委会 310114109401, then
梧桐社区居委会 310114109008). The day of a change is unknown as well: it lies between the cut-offs.

Source and licence of the lists: data/NOTICE.
"""

import csv
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple
from unicodedata import normalize

from attrs import evolve, frozen

from lianjian.core.data import read

CUTOFFS = (
    date(2018, 10, 31),
    date(2020, 6, 30),
    date(2021, 10, 31),
    date(2022, 10, 31),
    date(2023, 6, 30),
)

Level = Literal["district", "town", "village"]
"""How deep a division lies, in codes of the vocabulary `tier`."""

# GB/T 2260 and GB/T 10114: 6 digits to the county, 3 more to the street or town, 3 to the village.
_LEVELS: dict[int, Level] = {6: "district", 9: "town", 12: "village"}

# The lists begin below the counties, so these names are ours (GB/T 2260).
_ROOTS = {"310114": "嘉定区", "320583": "昆山市", "320585": "太仓市"}

_IDS = {
    "310114": "jiading",
    "310114001": "xincheng",
    "310114002": "zhenxin",
    "310114003": "juyuan",
    "310114004": "jiadingzhen",
    "310114102": "nanxiang",
    "310114103": "anting",
    "310114106": "malu",
    "310114109": "xuhang",
    "310114111": "huating",
    "310114114": "waigang",
    "310114118": "jiangqiao",
    "310114501": "industrial-zone",
    "320583": "kunshan",
    "320585": "taicang",
}


class Division(NamedTuple):
    """One line of a list: what a code stands for on a cut-off day; `parent` is a code."""

    code: str
    name: str
    parent: str | None
    level: Level


@frozen
class Unit:
    """A division that we know again from one list to the next; `parent` is a unit's id."""

    id: str
    level: Level
    code: str
    name: str
    parent: str | None


@frozen
class Change:
    """One thing that befell one unit.

    `registered` gives all three attributes, `rename`, `recode` and `reparent` the new one, `close`
    none. A unit that was renamed and recoded has two changes.
    """

    kind: Literal["registered", "rename", "recode", "reparent", "close"]
    unit: str
    level: Level
    name: str | None = None
    code: str | None = None
    parent: str | None = None


@cache
def units_at(cutoff: date) -> tuple[Division, ...]:
    """Return the list as of a cut-off day, in order of code, districts before towns before villages.

    Of Kunshan and Taicang only the towns are listed, of Jiading the villages too.
    """
    CUTOFFS.index(cutoff)  # ValueError: between two lists nobody knows what was the case
    day = cutoff.isoformat()
    rows = csv.DictReader(read("jiading_divisions.csv").decode().splitlines())
    listed = [(r["code"], r["name"]) for r in rows if r["first"] <= day <= r["last"]]
    every = sorted([*_ROOTS.items(), *listed], key=lambda row: (len(row[0]), row[0]))
    # A code contains its parent's (a test holds the lists to it), so the file need not repeat it.
    return tuple(Division(c, n, c[:-3] if len(c) > 6 else None, _LEVELS[len(c)]) for c, n in every)


@cache
def known_at(cutoff: date) -> Mapping[str, Unit]:
    """Return the units listed as of a cut-off day under their lasting ids, parents first."""
    nth = CUTOFFS.index(cutoff)
    before = known_at(CUTOFFS[nth - 1]) if nth else {}
    units: dict[str, Unit] = {}  # by code, which is how the lists name a parent
    for level in _LEVELS.values():
        new = [
            Unit("", level, d.code, d.name, units[d.parent].id if d.parent else None)
            for d in units_at(cutoff)
            if d.level == level
        ]
        old = [u for u in before.values() if u.level == level]
        units |= {u.code: u for u in _recognised(old, new)}
    return MappingProxyType({u.id: u for u in units.values()})


def changes(before: date | None, after: date) -> tuple[Change, ...]:
    """Return what happened between two cut-off days, or all registrations where `before` is None.

    In an order in which it can be recorded: a parent is registered before anything is put under it,
    and closed only when nothing is left under it.
    """
    old = known_at(before) if before else {}
    new = known_at(after)
    registered = [_registered(u) for u in new.values() if u.id not in old]
    altered = [c for u in new.values() if u.id in old for c in _altered(old[u.id], u)]
    closed = [Change("close", u.id, u.level) for u in old.values() if u.id not in new]
    return (*registered, *altered, *reversed(closed))


def applied(units: Mapping[str, Unit], happened: Iterable[Change]) -> dict[str, Unit]:
    """Return the units as they are after these changes."""
    state = dict(units)
    for c in happened:
        if c.kind == "registered":
            state[c.unit] = Unit(c.unit, c.level, c.code or "", c.name or "", c.parent)
        elif c.kind == "close":
            del state[c.unit]
        else:
            old = state[c.unit]
            state[c.unit] = evolve(
                old, name=c.name or old.name, code=c.code or old.code, parent=c.parent or old.parent
            )
    return state


def _registered(u: Unit) -> Change:
    return Change("registered", u.id, u.level, name=u.name, code=u.code, parent=u.parent)


def _altered(old: Unit, new: Unit) -> list[Change]:
    found = []
    if new.name != old.name:
        found.append(Change("rename", new.id, new.level, name=new.name))
    if new.code != old.code:
        found.append(Change("recode", new.id, new.level, code=new.code))
    if new.parent != old.parent:
        found.append(Change("reparent", new.id, new.level, parent=new.parent))
    return found


# How a unit is known again, the surest sign first. The third is for 管委会 and 居委会 coming and
# going with the fashion, and for （筹）, the mark of a committee in preparation. The last takes an
# exact name only: two villages of two towns may well share the plain one.
_SIGNS: tuple[Callable[[Unit], Hashable], ...] = (
    lambda u: u.code,
    lambda u: (u.parent, u.name),
    lambda u: (u.parent, _plain(u.name)),
    lambda u: u.name,
)

_STYLE = re.compile(r"(?:管委会|社区居委会|居委会)?(?:\(筹\))?$")


def _plain(name: str) -> str:
    """Drop what is style in a name; 村委会 stays, because a village is no residents' committee."""
    return _STYLE.sub("", normalize("NFKC", name), count=1)


def _recognised(old: Iterable[Unit], new: Collection[Unit]) -> list[Unit]:
    """Return the new units, each under the id of the old one that it is, or under its own."""
    lost = {u.id: u for u in old}
    found = {u.code: u for u in new}
    ids: dict[str, str] = {}  # new code: id
    for sign in _SIGNS:
        was, now = _alone(lost.values(), sign), _alone(found.values(), sign)
        for key in was.keys() & now.keys():
            ids[found.pop(now[key].code).code] = lost.pop(was[key].id).id
    return [evolve(u, id=ids.get(u.code) or _first_id(u)) for u in new]


def _alone(units: Iterable[Unit], sign: Callable[[Unit], Hashable]) -> dict[Hashable, Unit]:
    """Return the units whose sign nobody shares: of two that look alike, neither is recognised."""
    bearers: dict[Hashable, list[Unit]] = {}
    for u in units:
        bearers.setdefault(sign(u), []).append(u)
    return {key: alike[0] for key, alike in bearers.items() if len(alike) == 1}


def _first_id(u: Unit) -> str:
    """Name a unit on its first appearance: pinyin in Jiading, else x (outside) or v and its code."""
    return _IDS.get(u.code) or ("v" if u.level == "village" else "x") + u.code
