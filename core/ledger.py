"""Ledgers: the tables (台账) that operators already keep, read as drafts for the log.

    ledger = import_csv(
        Path("visits.csv"), types["visit.held"], recorder="xuanjiao", key="",
        maps=[("base", "id(阵地)"), ("day", "日期"), ("persons", "人数")], sets=[("guided", "是")])
    try:
        log.append(ledger.drafts)
    except Refused as refused:
        raise ledger.told(refused) from None      # row 7, column 人数: persons: …

A row is one event, a column fills one place in it (`cells.py` says how a text is read), a constant
fills a place in every row. Rows that cannot become events are handed on as `Unfit`, so that the door
of the log tells unknown units and terms in the same breath as the bad cells; `told` then says for
every fault which row and column it is about. A list item whose columns are all blank in a row is
not there, its constants included.

`id(COLUMN)` makes an id of a name: NFKC, small letters, "-" for whatever is neither letter nor
digit. It is for units and bases. Whoever knows the name knows the id, so a column of personal texts
(of a sealed field) may fill nothing else.

Event ids follow from the row, so that the same file again adds nothing: from type and data, and the
occurrence number among rows alike, for two groups of thirty may visit on one day; or from
`key`, a column with a number of the ledger's own. Sealed texts are left out of both: the digest of
a name is no secret to somebody with a list of names to try. So is the file, where the batch is its
digest: with sealed texts in it, the batch follows from the ids instead.

Files are CSV (comma, semicolon or tab; UTF-8, GB18030 or UTF-16), or CloudEvents as JSON, one a
line or an array.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from unicodedata import normalize

from attrs import evolve, field, frozen, mutable

from lianjian.core.cells import (
    Cell,
    clashes,
    discreet,
    draft_from_data,
    fill,
    find_cell,
    read,
    shown,
    tidy,
    unfit,
)
from lianjian.core.errors import (
    BlankKey,
    BrokenRow,
    CellWithoutHeader,
    Fault,
    LedgerUnreadable,
    MissingField,
    NoColumnFits,
    NoRows,
    NotAText,
    NothingToDerive,
    Refused,
    RepeatedColumn,
    RepeatedKey,
    ResidentIdFound,
    SameDerivedId,
    SealedElsewhere,
    SpreadsheetGiven,
    UnknownColumn,
    Words,
)
from lianjian.core.event import (
    Draft,
    EventType,
    Unfit,
    draft_from_cloudevent,
    event_type,
    read_json,
    stated_time,
)
from lianjian.core.identifiers import resident_id_in
from lianjian.core.shapes import New, Ref, nearest, plain
from lianjian.core.vocabulary import Vocabulary

ID_DIGITS = 24  # 96 bits, as many as the log's own random ids have
BATCH_DIGITS = 12

Pairs = Collection[tuple[str, str]]
Counted = Literal["row", "line", "item"]
_COUNTED: dict[Counted, Words] = {
    "row": Words("第 {} 行", "row {}"),
    "line": Words("第 {} 行", "line {}"),
    "item": Words("第 {} 项", "item {}"),
}


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


def place_of(row: int, *headers: str, counted: Counted = "row") -> Words:
    """Return the words for a row, and its columns where they are known."""
    zh, en = _COUNTED[counted].zh.format(row), _COUNTED[counted].en.format(row)
    if not headers:
        return Words(zh, en)
    named = [shown(h) for h in headers]
    many = "columns" if len(named) > 1 else "column"
    return Words(f"{zh}，{'、'.join(named)} 列", f"{en}, {many} {', '.join(named)}")


def _moved_back(path: str, moved: Mapping[str, str]) -> str:
    steps = path.split(".")
    for n in range(len(steps), 0, -1):
        own = moved.get(".".join(steps[:n]))
        if own:
            return ".".join([own, *steps[n:]])
    return path


# Ids.


def _digest(*parts: Any) -> str:
    canonical = json.dumps(
        parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


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


def derived_id(name: str) -> str:
    """Return the id that a name makes: `derived_id("Ａnting Town (安亭)")` is "anting-town-安亭"."""
    return re.sub(r"[\W_]+", "-", normalize("NFKC", name).lower()).strip("-")


@mutable
class _Gathered:
    """Drafts as they are found, each with its row; then the ledger."""

    counted: Counted
    drafts: list[Draft | Unfit] = field(factory=list)
    rows: list[int] = field(factory=list)
    moved: dict[int, Mapping[str, str]] = field(factory=dict)
    skipped: int = 0

    def add(self, row: int, draft: Draft | Unfit, moved: Mapping[str, str] | None = None) -> None:
        if moved:
            self.moved[len(self.drafts)] = moved
        self.drafts.append(draft)
        self.rows.append(row)

    def ledger(self, file: "File", batch: str, **rest: Any) -> Ledger:
        """Return the ledger: ids given to the drafts without one, then the batch."""
        if not self.drafts:
            raise NoRows(path=file.path, why=Words("没有数据行", "no rows with data"))
        alike: Counter[str] = Counter()
        for i, draft in enumerate(self.drafts):
            if isinstance(draft, Draft) and not draft.id:
                content = _content(draft)
                alike[content] += 1
                id_ = f"row-{_digest(content, alike[content])[:ID_DIGITS]}"
                self.drafts[i] = evolve(draft, id=id_)
        batch = batch or self._batch(file)
        ledger = Ledger(
            drafts=tuple(
                evolve(d, batch=batch) if isinstance(d, Draft) and not d.batch else d
                for d in self.drafts
            ),
            batch=batch,
            encoding=file.encoding,
            counted=self.counted,
            rows=tuple(self.rows),
            skipped=self.skipped,
            moved=self.moved,
            **rest,
        )
        for i, draft in enumerate(ledger.drafts):
            for fault in draft.faults if isinstance(draft, Unfit) else ():
                fault.number = i
                fault.place = fault.place or ledger.place(fault)
        return ledger

    def _batch(self, file: "File") -> str:
        if any(isinstance(d, Draft) and d.disclosures for d in self.drafts):
            digest = _digest(*(d.id for d in self.drafts if isinstance(d, Draft)))
        else:
            digest = hashlib.sha256(file.content).hexdigest()
        return f"import-{digest[:BATCH_DIGITS]}"


# Files.


@frozen
class File:
    """A text file: its bytes, and the text that they are in the encoding that was found."""

    path: Path
    content: bytes
    text: str
    encoding: str


def read_file(path: Path) -> File:
    """Return a file as text, whichever of the usual encodings it is in.

    Raises LedgerUnreadable, SpreadsheetGiven for a workbook, NotAText, NoRows where it is empty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LedgerUnreadable(path=path, reason=error.strerror or error) from error
    if content.startswith(b"PK\x03\x04"):
        raise SpreadsheetGiven(path=path, kind="xlsx")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise SpreadsheetGiven(path=path, kind="xls")
    text, encoding = _decoded(path, content)
    if "\0" in text:
        raise NotAText(path=path, why=Words("含有空字符（NUL）", "it has NUL characters"))
    if not tidy(text):
        raise NoRows(path=path, why=Words("文件是空的", "the file is empty"))
    return File(path, content, text, encoding)


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    elif content.startswith(b"\xef\xbb\xbf"):
        tries = [("utf-8-sig", "UTF-8")]
    else:
        tries = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    found = {}
    for codec, name in tries:
        try:
            found[name] = content.decode(codec)
        except UnicodeDecodeError:
            continue
    names = "/".join(name for _, name in tries)
    if not found:
        raise NotAText(path=path, why=Words(f"不是 {names} 编码", f"it is not in {names}"))
    if len(found) > 1 and _only_rare_letters(found["UTF-8"]):
        why = Words(f"无法分辨是 {names} 中的哪一种", f"it could be in either of {names}")
        raise NotAText(path=path, why=why)
    encoding = next(iter(found))
    return found[encoding], encoding


def _only_rare_letters(text: str) -> bool:
    """Tell whether UTF-8 is doubtful: letters beyond the Latin ones, but none that takes 3 bytes.

    A short text in GBK may happen to be UTF-8 as well: 亭 reads as U+0364, a combining letter.
    """
    return "\u0180" <= max(text, default="") <= "\u07ff"


def file_kind(path: Path) -> Literal["csv", "cloudevents"]:
    """Tell what a file holds, by its extension, or by how it begins where that says nothing."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix in (".ndjson", ".jsonl", ".json"):
        return "cloudevents"
    return "cloudevents" if tidy(read_file(path).text).startswith(("{", "[")) else "csv"


# CSV.


@frozen
class _Source:
    """A column, and the place of a record that it fills."""

    cell: Cell
    column: int
    header: str
    derived: bool


@frozen
class _Plan:
    """What a ledger's columns and constants have to do with a type of event."""

    type: EventType
    sources: tuple[_Source, ...]
    constants: tuple[tuple[Cell, str], ...]
    key: int | None
    headers: tuple[str, ...]
    unused: tuple[str, ...]
    needs: tuple[tuple[tuple[int, ...], ...], ...]  # per constant: its items' columns


def import_csv(
    path: Path,
    type_: EventType,
    maps: Pairs,
    sets: Pairs,
    key: str,
    recorder: str,
    batch: str = "",
    known: Vocabulary | None = None,
) -> Ledger:
    """Read a table as events of one type.

    `maps` are (place, column or "id(column)"); without any, columns named like places fill them.
    `sets` are (place, text) for every row. `key` is a column that no two rows share, or empty.
    `batch` is derived from the file where it is empty.

    Raises Refused where the mapping or the header is wrong, since every row would be; what is wrong
    with rows stands in the ledger's drafts. Raises what `read_file` does, and NoRows.
    """
    file = read_file(path)
    rows = _rows(file.text)
    header = next(((n, r) for n, r in rows if isinstance(r, Fault) or any(map(tidy, r))), None)
    if header is None:
        raise NoRows(path=path, why=Words("没有表头", "no header"))
    number, names = header
    if isinstance(names, Fault):
        raise Refused([names])
    plan = _planned(type_, names, number, maps, sets, key, known)
    gathered = _Gathered("row")
    reader = _RowReader(plan, recorder, known)
    for number, row in rows:
        if isinstance(row, Fault):
            gathered.add(number, Unfit(type_, None, (row,)))
        elif not any(tidy(c) for i, c in enumerate(row) if i in reader.mapped):
            gathered.skipped += 1
        else:
            gathered.add(number, *reader.read(number, [tidy(c) for c in row]))
    columns: dict[str, tuple[str, ...]] = {}
    for source in plan.sources:
        columns[source.cell.place] = (*columns.get(source.cell.place, ()), source.header)
    constants = frozenset(cell.place for cell, _ in plan.constants)
    return gathered.ledger(file, batch, unused=plan.unused, columns=columns, constants=constants)


def _rows(text: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Yield (row number, cells); at the end a fault where the cells cannot be told apart.

    Strict, for otherwise one quotation mark too many would swallow the rest of the file unseen.
    """
    unquoted = re.sub('"[^"]*"', "", text[:65_536]).lstrip("\r\n ")
    delimiter = max(",\t;", key=re.split("[\r\n]", unquoted)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            yield number, row
    except csv.Error as error:
        fault = BrokenRow(reason=str(error))
        fault.place = place_of(number + 1)
        yield number + 1, fault


def _name(header: str) -> str:
    return tidy(normalize("NFKC", header))


def _planned(
    type_: EventType,
    header: Sequence[str],
    row: int,
    maps: Pairs,
    sets: Pairs,
    key: str,
    known: Vocabulary | None,
) -> _Plan:
    """Match columns and constants with places; raise Refused with all that does not match."""
    headers = tuple(map(_name, header))
    numbers: dict[str, int] = {}  # the column under each header
    for i, name in enumerate(headers):
        numbers.setdefault(name, i)
    numbers.pop("", None)
    found: list[Fault] = [
        _placed(RepeatedColumn(value=shown(name), first=numbers[name] + 1, second=i + 1), row)
        for i, name in enumerate(headers)
        if name and numbers[name] != i
    ]
    sources = [] if maps else list(_same_named(type_, numbers, known))
    if not maps and not sources:
        named, fields = ", ".join(map(shown, numbers)), ", ".join(type_.shape.fields)
        found.append(_placed(NoColumnFits(type=type_.name, columns=named, fields=fields), row))
    for place, column in maps:
        try:
            sources.append(_source(type_, place, column, numbers, known))
        except Fault as fault:
            found.append(_of_option(fault, "map", place, column))
    constants = []
    for place, text in sets:
        try:
            constants.append(_constant(type_, place, text, known))
        except Fault as fault:
            found.append(_of_option(fault, "set", place, text))
    key_column = None
    try:
        key_column = _column(numbers, key) if key else None
    except Fault as fault:
        found.append(_of_option(fault, "key", key))
    found += _plan_faults(type_, sources, constants, key_column, complete=not found)
    if found:
        raise Refused(found)
    used = {key_column, *(s.column for s in sources)}
    return _Plan(
        type=type_,
        sources=tuple(sources),
        constants=tuple(constants),
        key=key_column,
        headers=headers,
        unused=tuple(shown(name) for i, name in enumerate(headers) if name and i not in used),
        needs=tuple(_needs(cell, sources) for cell, _ in constants),
    )


def _of_option(fault: Fault, option: str, *given: str) -> Fault:
    said = f"--{option} {shown('='.join(given))}"
    fault.place = Words(said, said)
    return discreet(fault)


def _placed(fault: Fault, row: int, *headers: str) -> Fault:
    fault.place = place_of(row, *headers)
    return fault


def _column(numbers: Mapping[str, int], column: str) -> int:
    name = _name(column)
    if name not in numbers:
        close = nearest(name, numbers) or list(numbers)
        raise UnknownColumn(value=shown(name), close=", ".join(map(shown, close)))
    return numbers[name]


def _source(
    type_: EventType,
    place: str,
    column: str,
    numbers: Mapping[str, int],
    known: Vocabulary | None,
) -> _Source:
    cell = find_cell(type_, place, known)
    derives = re.fullmatch(r"id\((.*)\)", _name(column))
    derived = derives is not None and _name(column) not in numbers
    number = _column(numbers, derives[1] if derives and derived else column)
    header = next(name for name, i in numbers.items() if i == number)
    return _Source(cell, number, header, derived)


def _same_named(
    type_: EventType, numbers: Mapping[str, int], known: Vocabulary | None
) -> Iterator[_Source]:
    for name, i in numbers.items():
        try:
            yield _Source(find_cell(type_, name, known), i, name, derived=False)
        except Fault:
            continue  # reported as unused


def _constant(
    type_: EventType, place: str, text: str, known: Vocabulary | None
) -> tuple[Cell, str]:
    cell = find_cell(type_, place, known)
    if tidy(text):
        for _, fault in read(cell, tidy(text), known)[1]:
            raise fault.at(cell.place)
    return cell, text


def _plan_faults(
    type_: EventType,
    sources: Sequence[_Source],
    constants: Sequence[tuple[Cell, str]],
    key: int | None,
    *,
    complete: bool,
) -> Iterator[Fault]:
    cells = [*(s.cell for s in sources), *(cell for cell, _ in constants)]
    for _, fault in clashes(cells):
        yield _of_mapping(fault)
    for sealed in (s for s in sources if s.cell.is_sealed):
        if key == sealed.column or any(
            s.column == sealed.column and s is not sealed for s in sources
        ):
            name = sealed.cell.place
            yield _of_mapping(SealedElsewhere(value=shown(sealed.header), name=name).at(name))
    if complete:  # else what is missing is most likely what was misspelt
        stated = {cell.steps[0] for cell in cells}
        for name, known in type_.shape.fields.items():
            if known.required and name not in stated:
                yield _of_mapping(MissingField(name=name).at(name))


def _of_mapping(fault: Fault) -> Fault:
    fault.place = Words("列与字段的对应（--map、--set）", "the mapping (--map, --set)")
    return fault


def _needs(cell: Cell, sources: Sequence[_Source]) -> tuple[tuple[int, ...], ...]:
    """Return, for each list item that a constant is part of, the columns that fill the item."""
    prefixes = [cell.steps[: i + 1] for i, step in enumerate(cell.steps) if isinstance(step, int)]
    filling = (
        tuple(s.column for s in sources if s.cell.steps[: len(prefix)] == prefix)
        for prefix in prefixes
    )
    return tuple(columns for columns in filling if columns)


class _RowReader:
    """Reads one row after another, and remembers the keys and derived ids of those before."""

    def __init__(self, plan: _Plan, recorder: str, known: Vocabulary | None) -> None:
        self.plan = plan
        self.recorder = recorder
        self.known = known
        self.mapped = {s.column for s in plan.sources}
        self._keys: dict[str, int] = {}
        self._derived: dict[tuple[str, str], tuple[str, int]] = {}

    def read(self, number: int, row: list[str]) -> tuple[Draft | Unfit, Mapping[str, str]]:
        """Return the draft that a row makes, and what moved up in it."""
        plan = self.plan
        headless = list(_headless(plan, row, number))
        row += [""] * (len(plan.headers) - len(row))
        found: list[Fault] = []
        given = []
        for source in plan.sources:
            text = row[source.column]
            if source.derived and text:
                text = self._derive(source, text, number, found)
            given.append((source.cell, text))
        for (cell, text), needs in zip(plan.constants, plan.needs, strict=True):
            if all(any(row[c] for c in columns) for columns in needs):
                given.append((cell, text))
        filled = fill(given, self.known)
        found += filled.faults + headless
        id_ = self._key(row, number, found)
        draft = draft_from_data(plan.type, filled.data, found, self.recorder)
        return (evolve(draft, id=id_) if isinstance(draft, Draft) else draft), filled.moved

    def _derive(self, source: _Source, name: str, number: int, found: list[Fault]) -> str:
        """Return the id that a name makes; where it cannot, note why and return the name."""
        if resident_id_in(name):
            return name  # the cell's reader refuses it
        id_ = derived_id(name)
        fault: Fault | None = None
        if not id_:
            fault = NothingToDerive(value=shown(name))
        else:
            kind = next((m.kind for m in source.cell.marks if isinstance(m, Ref | New)), "")
            other, row = self._derived.setdefault((kind, id_), (name, number))
            if other != name:
                fault = SameDerivedId(value=shown(name), other=shown(other), row=row, id=id_)
        if fault:
            found.append(_placed(fault.at(source.cell.place), number, source.header))
        return id_ or name

    def _key(self, row: Sequence[str], number: int, found: list[Fault]) -> str:
        if self.plan.key is None:
            return ""
        text, header = row[self.plan.key], self.plan.headers[self.plan.key]
        fault: Fault | None = None
        if not text:
            fault = BlankKey()
        elif resident_id_in(text):
            fault = ResidentIdFound()
        elif self._keys.setdefault(text, number) != number:
            fault = RepeatedKey(value=shown(text), row=self._keys[text])
        if fault:
            found.append(_placed(fault, number, header))
        return f"key-{_digest(self.plan.type.name, text)[:ID_DIGITS]}"


def _headless(plan: _Plan, row: Sequence[str], number: int) -> Iterator[Fault]:
    for i, text in enumerate(row):
        if text and (i >= len(plan.headers) or not plan.headers[i]):
            yield _placed(CellWithoutHeader(value=shown(text), column=i + 1), number)


# CloudEvents.


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
    gathered = _Gathered(counted)
    for number, item in items:
        if data_of and isinstance(item, dict) and "specversion" not in item:
            given = {"specversion": "1.0", "type": data_of.name, "data": item}
        else:
            given = item
        gathered.add(number, _from_cloudevent(types, given, recorder))
    return gathered.ledger(file, batch)


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
