"""Ledgers: the tables (台账) that operators already keep, read as drafts for the log.

    ledger = import_csv(
        Path("visits.csv"), types["visit.held"], recorder="xuanjiao", key="",
        maps=[("base", "id(阵地)"), ("day", "日期"), ("persons", "人数")], sets=[("guided", "是")])
    try:
        log.append(ledger.drafts)
    except Refused as refused:
        raise ledger.told(refused) from None      # row 7, column 人数: persons: …

A file is a table in CSV (`sheets.py`), or CloudEvents as JSON, one a line or an array. Rows that
cannot become events are handed on as `Unfit`, so that the door of the log tells unknown units and
terms in the same breath as the bad cells; `told` then says for every fault which row and column it
is about.

Event ids follow from the row, so that the same file again adds nothing: from type and data, and the
occurrence number among rows alike, for two groups of thirty may visit on one day; or from
`key`, a column with a number of the ledger's own. Sealed texts are left out of both: the digest of
a name is no secret to somebody with a list of names to try. So is the file, where the batch is its
digest: with sealed texts in it, the batch follows from the ids instead.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from lianjian.core.cells import tidy, unfit
from lianjian.core.errors import Fault, NoRows, Refused, Words
from lianjian.core.event import (
    Draft,
    EventType,
    Unfit,
    draft_from_cloudevent,
    event_type,
    read_json,
    stated_time,
)
from lianjian.core.names import Called
from lianjian.core.quoting import Counted, discreet, place_of
from lianjian.core.shapes import plain
from lianjian.core.sheets import Pairs, read_sheet
from lianjian.core.textfiles import File, read_file
from lianjian.core.vocabulary import Vocabulary

ID_DIGITS = 24  # 96 bits, as many as the log's own random ids have
BATCH_DIGITS = 12


@frozen
class Ledger:
    """A file as drafts, and where each of them stands in it.

    `rows` are the numbers of the drafts' rows as a spreadsheet shows them (or lines, or items:
    `counted`). `skipped` counts rows without a single mapped cell, `unused` names the columns that
    nothing was taken from. `columns` are the headers over each place of a record, `constants` the
    places that are the same in every row, `moved` per draft the places that moved up in a list.
    """

    drafts: tuple[Draft | Unfit, ...]
    batch: str
    encoding: str
    counted: Counted
    rows: tuple[int, ...]
    skipped: int = 0
    unused: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(factory=dict)
    constants: frozenset[str] = frozenset()
    moved: Mapping[int, Mapping[str, str]] = field(factory=dict)

    def place(self, fault: Fault) -> Words | None:
        """Return where a fault of one of the drafts stands: its row and column, or its constant."""
        if fault.number is None:
            return None
        places = self._places(fault)
        headers = list(dict.fromkeys(h for p in places for h in self.columns.get(p, ())))
        if places and not headers:
            said = f"--set {', '.join(places)}"
            return Words(said, said)
        return place_of(self.rows[fault.number], *headers, counted=self.counted)

    def told(self, refused: Refused) -> Refused:
        """Return what the log's door refused with every place filled in, constants told once."""
        kept, seen = [], set()
        for fault in refused.faults:
            earlier = fault.details.get("earlier")
            if isinstance(earlier, int):
                fault.details["first"] = place_of(self.rows[earlier], counted=self.counted)
            if not self._knows(fault):
                fault.place = self.place(fault) or fault.place
            places = self._places(fault)
            if places and self.constants.issuperset(places):
                once = fault.path, fault.message()
                if once in seen:
                    continue
                seen.add(once)
            kept.append(fault)
        return Refused(kept)

    def _places(self, fault: Fault) -> list[str]:
        """Return the mapped places that a fault's path leads to: around it, or else inside it."""
        path = _moved_back(fault.path, self.moved.get(fault.number or 0, {}))
        known = [*self.columns, *self.constants]
        around = [p for p in known if path == p or path.startswith(p + ".")]
        return around or [p for p in known if path and p.startswith(path + ".")]

    def _knows(self, fault: Fault) -> bool:
        """Tell whether the fault was found here, and so was given its place already."""
        draft = None if fault.number is None else self.drafts[fault.number]
        return isinstance(draft, Unfit) and any(f is fault for f in draft.faults)


def _moved_back(path: str, moved: Mapping[str, str]) -> str:
    steps = path.split(".")
    for n in range(len(steps), 0, -1):
        own = moved.get(".".join(steps[:n]))
        if own:
            return ".".join([own, *steps[n:]])
    return path


def import_csv(
    path: Path,
    type_: EventType,
    maps: Pairs,
    sets: Pairs,
    key: str,
    recorder: str,
    batch: str = "",
    known: Vocabulary | None = None,
    called: Called | None = None,
) -> Ledger:
    """Read a table as events of one type.

    `maps` are (place, column or "id(column)"); without any, columns named like places fill them.
    `sets` are (place, text) for every row. `key` is a column that no two rows share, or empty.
    `batch` is derived from the file where it is empty. By `called`, names stand for ids.

    Raises Refused where the mapping or the header is wrong, since every row would be; what is wrong
    with rows stands in the ledger's drafts. Raises what `read_file` does, and NoRows.
    """
    file = read_file(path)
    sheet = read_sheet(file, type_, maps, sets, key, recorder, known, called)
    return _ledger(
        file,
        batch,
        "row",
        [(row.number, _keyed(row.draft, row.key)) for row in sheet.rows],
        skipped=sheet.skipped,
        unused=sheet.unused,
        columns=sheet.columns,
        constants=sheet.constants,
        moved={i: row.moved for i, row in enumerate(sheet.rows) if row.moved},
    )


def import_ndjson(
    path: Path,
    types: Mapping[str, EventType],
    recorder: str,
    batch: str = "",
    *,
    data_of: EventType | None = None,
) -> Ledger:
    """Read CloudEvents, one JSON object a line, or one JSON array of them.

    `recorder` and `batch` are used where an object has none of its own; ids are given to those
    without one. With `data_of` an object that is no CloudEvent is the data of that type. Raises
    what `read_file` does, and NoRows.
    """
    file = read_file(path)
    counted, items = _items(file.text)
    numbered = []
    for number, item in items:
        if data_of and isinstance(item, dict) and "specversion" not in item:
            given = {"specversion": "1.0", "type": data_of.name, "data": item}
        else:
            given = item
        numbered.append((number, _from_cloudevent(types, given, recorder)))
    return _ledger(file, batch, counted, numbered)


def _items(text: str) -> tuple[Counted, Iterator[tuple[int, Any]]]:
    """Return whether lines or items are counted, and (number, object or fault) of each."""
    if tidy(text).startswith("["):
        try:
            return "item", iter(enumerate(read_json(tidy(text)), 1))
        except Fault as fault:
            raise Refused([discreet(fault)]) from None
    # Not splitlines: a JSON text may hold U+2028 as it is.
    lines = [(n, tidy(line)) for n, line in enumerate(text.split("\n"), 1) if tidy(line)]
    if lines[0][1] == "{":  # one object, written over several lines
        lines = [(lines[0][0], tidy(text))]
    return "line", ((n, _object(line)) for n, line in lines)


def _object(line: str) -> Any:
    try:
        return read_json(line)
    except Fault as fault:
        return fault


def _from_cloudevent(types: Mapping[str, EventType], given: Any, recorder: str) -> Draft | Unfit:
    if isinstance(given, Fault):
        return unfit(None, None, [given])
    try:
        return draft_from_cloudevent(types, given, recorder)
    except Refused as refused:
        found = refused.faults
    name = given.get("type") if isinstance(given, dict) else None
    type_ = types.get(name) if isinstance(name, str) else None
    data = (
        given.get("data")
        if type_ and given.get("dataversion", type_.version) == type_.version
        else None
    )
    for fault in found:  # as the door names them: from the data on
        fault.path = fault.path.removeprefix("data.")
    return unfit(type_, data, found)


def _ledger(
    file: File,
    batch: str,
    counted: Counted,
    numbered: Sequence[tuple[int, Draft | Unfit]],
    **rest: Any,
) -> Ledger:
    """Return the ledger: ids given to the drafts without one, then the batch, and faults placed."""
    if not numbered:
        raise NoRows(path=file.path, why=Words("没有数据行", "no rows with data"))
    drafts = list(_identified(draft for _, draft in numbered))
    batch = batch or _batch(file, drafts)
    ledger = Ledger(
        drafts=tuple(
            evolve(d, batch=batch) if isinstance(d, Draft) and not d.batch else d for d in drafts
        ),
        batch=batch,
        encoding=file.encoding,
        counted=counted,
        rows=tuple(number for number, _ in numbered),
        **rest,
    )
    for i, draft in enumerate(ledger.drafts):
        for fault in draft.faults if isinstance(draft, Unfit) else ():
            fault.number = i
            fault.place = fault.place or ledger.place(fault)
    return ledger


# Ids.


def _keyed(draft: Draft | Unfit, key: str) -> Draft | Unfit:
    if isinstance(draft, Unfit) or not key:
        return draft
    return evolve(draft, id=f"key-{_digest(event_type(draft.event).name, key)[:ID_DIGITS]}")


def _identified(drafts: Iterable[Draft | Unfit]) -> Iterator[Draft | Unfit]:
    """Give ids that follow from the content to the drafts without one."""
    alike: Counter[str] = Counter()
    for draft in drafts:
        if isinstance(draft, Unfit) or draft.id:
            yield draft
            continue
        content = _content(draft)
        alike[content] += 1
        yield evolve(draft, id=f"row-{_digest(content, alike[content])[:ID_DIGITS]}")


def _batch(file: File, drafts: Iterable[Draft | Unfit]) -> str:
    made = [d for d in drafts if isinstance(d, Draft)]
    if any(d.disclosures for d in made):
        digest = _digest(*(d.id for d in made))
    else:
        digest = hashlib.sha256(file.content).hexdigest()
    return f"import-{digest[:BATCH_DIGITS]}"


def _content(draft: Draft) -> str:
    """Return a digest of what a draft says, sealed texts left out."""
    extras = {n: getattr(draft, n) for n in ("subject", "replaces") if getattr(draft, n)}
    if draft.time and not stated_time(draft.event):
        extras["time"] = draft.time
    data = _without_sealed(plain(draft.event))
    return _digest(event_type(draft.event).name, data, *([extras] if extras else []))


def _without_sealed(data: Any) -> Any:
    if isinstance(data, dict):
        return {k: _without_sealed(v) for k, v in data.items() if not _is_sealed(v)}
    return [_without_sealed(v) for v in data] if isinstance(data, list) else data


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"sealed"}


def _digest(*parts: Any) -> str:
    canonical = json.dumps(
        parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
