"""Corrections: an event's data with some places changed, as a draft that supersedes it.

    correction(log.types, row, [("persons", "40"), ("unit", "")], recorder, why)

Places are named as in `record`: `attendance.1.attended=12`. A blank takes a place out: it is then
unknown, which is not zero. What is not named stays as it was, sealed texts included.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import evolve

from lianjian.core.cells import Cell, draft_from_data, find_cell, read, tidy
from lianjian.core.errors import (
    DuplicateKey,
    Fault,
    MissingField,
    NothingToChange,
    Refused,
    UnknownEventType,
)
from lianjian.core.event import Draft, EventType, Unfit, read_envelope
from lianjian.core.shapes import plain
from lianjian.core.store import EntryRow


def correction(
    types: Mapping[str, EventType],
    row: EntryRow,
    pairs: Iterable[tuple[str, str]],
    recorder: str,
    why: str,
) -> Draft | Unfit:
    """Return the draft that says what an entry says but for the (path, text) pairs.

    What is wrong with it stands in an Unfit. Raises NothingToChange where nothing is changed, and
    Refused where no installed family knows the entry's type.
    """
    if row.type not in types:
        raise Refused([UnknownEventType(type=row.type, close=", ".join(sorted(types))).at("type")])
    type_ = types[row.type]
    before = msgspec.to_builtins(plain(type_.read(row.entry, row.version)))
    data, found = changed(type_, before, pairs)
    if data == before and not found:
        raise NothingToChange(id=row.id)
    draft = draft_from_data(type_, data, found, recorder)
    if isinstance(draft, Unfit):
        return draft
    envelope = read_envelope(row.entry)
    time = "" if "day" in type_.shape.fields else envelope.time
    return evolve(draft, time=time, subject=envelope.subject, replaces=row.id, why=why)


def changed(
    type_: EventType, data: Any, pairs: Iterable[tuple[str, str]]
) -> tuple[Any, list[Fault]]:
    """Return (data with the pairs put in, what is wrong with them); `data` stays as it is."""
    data = msgspec.json.decode(msgspec.json.encode(data))
    found: list[Fault] = []
    gone: list[Cell] = []
    named: list[Cell] = []
    for path, text in pairs:
        try:
            cell = find_cell(type_, path)
            if any(_overlap(cell, other) for other in named):
                raise DuplicateKey(name=cell.place).at(cell.place)
            named.append(cell)
            if not tidy(text):
                gone.append(cell)
                continue
            value, wrong = read(cell, tidy(text))
            found += [f.at(cell.place if n is None else f"{cell.place}.{n}") for n, f in wrong]
            _put(data, cell, value)
        except Fault as fault:
            found.append(fault.at(fault.path or path))
    # From the end of a list, so that what goes does not move what is still to go.
    for cell in sorted(gone, key=lambda c: [(isinstance(s, int), s) for s in c.steps])[::-1]:
        _take_out(data, cell.steps)
    return data, found


def _overlap(one: Cell, other: Cell) -> bool:
    """Tell whether two cells are the same place, or one is inside the other."""
    common = min(len(one.steps), len(other.steps))
    return one.steps[:common] == other.steps[:common]


def _put(data: Any, cell: Cell, value: Any) -> None:
    node = data
    for step, below in zip(cell.steps, cell.steps[1:], strict=False):
        fresh: Any = [] if isinstance(below, int) else {}
        node = _at(node, step, fresh, cell)
    _at(node, cell.steps[-1], value, cell)
    node[cell.steps[-1]] = value


def _at(node: Any, step: str | int, fresh: Any, cell: Cell) -> Any:
    """Return what stands at a step; it is made where it is the next item, or a field."""
    if isinstance(step, str):
        return node.setdefault(step, fresh)
    if step > len(node):
        raise MissingField(name=len(node)).at(cell.place)
    if step == len(node):
        node.append(fresh)
    return node[step]


def _take_out(data: Any, steps: tuple[str | int, ...]) -> None:
    node = data
    for step in steps[:-1]:
        try:
            node = node[step]
        except (KeyError, IndexError):
            return
    last = steps[-1]
    if isinstance(last, str):
        node.pop(last, None)
    elif last < len(node):
        del node[last]
