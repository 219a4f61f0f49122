"""The catalogue: every indicator of the installed families, with all that is declared of it.

    entries = catalogue(registry.families, "content")
    entries[0].indicator.name, entries[0].as_json()

It is what `lianjian catalogue` prints, and what docs/reference/indicators.md is made from.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from attrs import frozen

from lianjian.core.indicator import UNITS, Family, Indicator, canonical
from lianjian.core.messages import Reader

DIRECTIONS = {
    "higher": ("越高越好", "higher is better"),
    "lower": ("越低越好", "lower is better"),
    "neither": ("无优劣之分", "neither is better"),
}


@frozen
class Entry:
    """An indicator, and the family that it belongs to."""

    family: Family
    indicator: Indicator

    @property
    def subjects(self) -> str:
        """Return what it has readings about: `all`, or `all, unit:ID`."""
        return f"all, {self.indicator.per}:ID" if self.indicator.per else "all"

    @property
    def evidence(self) -> list[str]:
        """Return the names of the fact tables that are its evidence."""
        return [table.name for table in self.indicator.of]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, its definition in both languages."""
        i = self.indicator
        return {
            "name": i.name,
            "zh": i.zh,
            "en": i.en,
            "formula": i.formula,
            "unit": i.unit,
            "better": i.better,
            "per": i.per,
            "evidence": self.evidence,
            "family": self.family.name,
            "version": self.family.version,
        }


def catalogue(families: Sequence[Family], name: str = "") -> list[Entry]:
    """Return the indicators that a name stands for: one, those of a family, or all for "".

    Raises UnknownIndicator with the nearest names.
    """
    entries = [Entry(f, i) for f in families for i in f.indicators]
    name = canonical(families, name)
    return [e for e in entries if name in ("", e.family.name, e.indicator.name)]


def catalogue_text(entries: Sequence[Entry], reader: Reader) -> Iterator[str]:
    """Yield the entries by family: name, unit and direction, definition, formula, evidence."""
    for number, (family, own) in enumerate(groupby(entries, key=lambda e: e.family)):
        if number:
            yield ""
        version = reader.say(f"第 {family.version} 版", f"version {family.version}")
        yield reader.below(f"{family.name} {family.title.text(reader.lang)}  {version}", 0)
        for entry in own:
            yield from _entry_text(entry, reader)


def _entry_text(entry: Entry, reader: Reader) -> Iterator[str]:
    i, say = entry.indicator, reader.say
    unit = f"{i.unit} {UNITS[i.unit].zh}" if reader.lang == "zh" else i.unit
    direction = say(*DIRECTIONS.get(i.better, (f"宜在 {i.better}", f"best within {i.better}")))
    yield reader.below(f"{i.name}  {unit}  {direction}", 2)
    yield reader.below(i.definition.text(reader.lang))
    if i.formula:
        yield reader.below(say("公式：", "formula: ") + i.formula)
    yield reader.below(say("对象：", "about: ") + entry.subjects)
    yield reader.below(say("依据：", "evidence: ") + ", ".join(entry.evidence))
