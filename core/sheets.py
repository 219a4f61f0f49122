"""Sheets: tables in CSV, whose rows become events of one type.

    sheet = read_sheet(read_file(Path("visits.csv")), types["visit.held"],
        maps=[("base", "id(阵地)"), ("day", "日期"), ("persons", "人数")], sets=[("guided", "是")],
        key="", recorder="xuanjiao")
    sheet.rows[0].draft                     the draft of row 2, or an Unfit that says what is wrong

A column fills one place of each row's event (`cells.py` says how a text is read), a constant fills
a place in every row. A list item whose columns are all blank in a row is not there, its constants
included.

`id(COLUMN)` makes an id of a name: NFKC, small letters, "-" for whatever is neither letter nor
digit. It is for units and bases. Whoever knows the name knows the id, so a column of personal texts
(of a sealed field) may fill nothing else.

The columns and constants are planned first, against the header: what is wrong there would be wrong
in every row, and is refused at once. Then one row after another is read by the plan. Cells are
parted by comma, semicolon or tab, whichever the header has most of.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from unicodedata import normalize

from attrs import evolve, frozen

from lianjian.core.cells import Cell, clashes, draft_from_data, fill, find_cell, read, tidy
from lianjian.core.errors import (
    BlankKey,
    BrokenRow,
    CellWithoutHeader,
    Fault,
    MissingField,
    NoColumnFits,
    NoRows,
    NothingToDerive,
    Refused,
    RepeatedColumn,
    RepeatedKey,
    ResidentIdFound,
    SameDerivedId,
    SealedElsewhere,
    UnknownColumn,
    Words,
)
from lianjian.core.event import Draft, EventType, Unfit
from lianjian.core.identifiers import resident_id_in
from lianjian.core.names import Called
from lianjian.core.quoting import discreet, place_of, shown
from lianjian.core.shapes import New, Ref, nearest
from lianjian.core.textfiles import File
from lianjian.core.vocabulary import Vocabulary

Pairs = Collection[tuple[str, str]]


@frozen
class SheetRow:
    """A row as a draft: its number as a spreadsheet shows it, and its key where there is one.

    `moved` leads from places that moved up in a list back to where they stood.
    """

    number: int
    draft: Draft | Unfit
    key: str = ""
    moved: Mapping[str, str] = {}


@frozen
class Sheet:
    """The rows of a table that say anything, and what its columns were taken for.

    `skipped` counts rows without a single mapped cell, `unused` names the columns that nothing was
    taken from. `columns` are the headers over each place of a record, `constants` the places that
    are the same in every row.
    """

    rows: tuple[SheetRow, ...]
    skipped: int
    unused: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    constants: frozenset[str]


@frozen
class _Source:
    """A column, and the place of a record that it fills."""

    cell: Cell
    column: int
    header: str
    derived: bool


@frozen
class _Constant:
    """A text for a place in every row; `needs` are the columns of each list item around it."""

    cell: Cell
    text: str
    needs: tuple[tuple[int, ...], ...]


@frozen
class _Plan:
    """What a sheet's columns and constants have to do with a type of event."""

    type: EventType
    headers: tuple[str, ...]
    sources: tuple[_Source, ...]
    constants: tuple[_Constant, ...]
    key: int | None


def read_sheet(
    file: File,
    type_: EventType,
    maps: Pairs,
    sets: Pairs,
    key: str,
    recorder: str,
    known: Vocabulary | None = None,
    called: Called | None = None,
) -> Sheet:
    """Read a table as events of one type; parameters are those of `import_csv`.

    Raises Refused where the mapping or the header is wrong, NoRows where there is no header.
    """
    lines = _lines(file.text)
    header = next(((n, r) for n, r in lines if isinstance(r, Fault) or any(map(tidy, r))), None)
    if header is None:
        raise NoRows(path=file.path, why=Words("没有表头", "no header"))
    number, names = header
    if isinstance(names, Fault):
        raise Refused([names])
    plan = _planned(type_, names, number, maps, sets, key, known)
    reader = _RowReader(plan, recorder, known, called)
    mapped = {s.column for s in plan.sources}
    rows: list[SheetRow] = []
    skipped = 0
    for number, line in lines:
        if isinstance(line, Fault):
            rows.append(SheetRow(number, Unfit(type_, None, (line,))))
        elif not any(tidy(text) for i, text in enumerate(line) if i in mapped):
            skipped += 1
        else:
            rows.append(reader.read(number, [tidy(text) for text in line]))
    columns: dict[str, tuple[str, ...]] = {}
    for source in plan.sources:
        columns[source.cell.place] = (*columns.get(source.cell.place, ()), source.header)
    used = {plan.key, *mapped}
    return Sheet(
        rows=tuple(rows),
        skipped=skipped,
        unused=tuple(shown(h) for i, h in enumerate(plan.headers) if h and i not in used),
        columns=columns,
        constants=frozenset(constant.cell.place for constant in plan.constants),
    )


def _lines(text: str) -> Iterator[tuple[int, list[str] | Fault]]:
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


# The plan.


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
            constants.append(_constant(type_, place, text, sources, known))
        except Fault as fault:
            found.append(_of_option(fault, "set", place, text))
    key_column = None
    try:
        key_column = _column(numbers, key) if key else None
    except Fault as fault:
        found.append(_of_option(fault, "key", key))
    plan = _Plan(type_, headers, tuple(sources), tuple(constants), key_column)
    found += _plan_faults(plan, complete=not found)
    if found:
        raise Refused(found)
    return plan


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
    type_: EventType,
    place: str,
    text: str,
    sources: Sequence[_Source],
    known: Vocabulary | None,
) -> _Constant:
    cell = find_cell(type_, place, known)
    if tidy(text):
        for _, fault in read(cell, tidy(text), known)[1]:
            raise fault.at(cell.place)
    items = [cell.steps[: i + 1] for i, step in enumerate(cell.steps) if isinstance(step, int)]
    filling = (
        tuple(s.column for s in sources if s.cell.steps[: len(item)] == item) for item in items
    )
    return _Constant(cell, text, tuple(columns for columns in filling if columns))


def _plan_faults(plan: _Plan, *, complete: bool) -> Iterator[Fault]:
    cells = [*(s.cell for s in plan.sources), *(c.cell for c in plan.constants)]
    for _, fault in clashes(cells):
        yield _of_mapping(fault)
    for sealed in (s for s in plan.sources if s.cell.is_sealed):
        others = (s.column for s in plan.sources if s is not sealed)
        if sealed.column in (plan.key, *others):
            name = sealed.cell.place
            yield _of_mapping(SealedElsewhere(value=shown(sealed.header), name=name).at(name))
    if complete:  # else what is missing is most likely what was misspelt
        stated = {cell.steps[0] for cell in cells}
        for name, known in plan.type.shape.fields.items():
            if known.required and name not in stated:
                yield _of_mapping(MissingField(name=name).at(name))


def _of_mapping(fault: Fault) -> Fault:
    fault.place = Words("列与字段的对应（--map、--set）", "the mapping (--map, --set)")
    return fault


# The rows.


class _RowReader:
    """Reads one row after another, and remembers the keys and derived ids of those before."""

    def __init__(
        self, plan: _Plan, recorder: str, known: Vocabulary | None, called: Called | None
    ) -> None:
        self.called = called
        self.plan = plan
        self.recorder = recorder
        self.known = known
        self._keys: dict[str, int] = {}
        self._derived: dict[tuple[str, str], tuple[str, int]] = {}

    def read(self, number: int, row: list[str]) -> SheetRow:
        """Return a row as a draft; what is wrong with it is placed where it stands."""
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
        given += [
            (constant.cell, constant.text)
            for constant in plan.constants
            if all(any(row[c] for c in columns) for columns in constant.needs)
        ]
        filled = fill(given, self.known)
        found += filled.faults + headless
        key = self._key(row, number, found)
        draft = draft_from_data(plan.type, filled.data, found, self.recorder, self.called)
        if isinstance(draft, Unfit):
            draft = evolve(draft, fresh=True)
        return SheetRow(number, draft, key, filled.moved)

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
        return text


def _headless(plan: _Plan, row: Sequence[str], number: int) -> Iterator[Fault]:
    for i, text in enumerate(row):
        if text and (i >= len(plan.headers) or not plan.headers[i]):
            yield _placed(CellWithoutHeader(value=shown(text), column=i + 1), number)


def derived_id(name: str) -> str:
    """Return the id that a name makes: `derived_id("Ａnting Town (安亭)")` is "anting-town-安亭"."""
    return re.sub(r"[\W_]+", "-", normalize("NFKC", name).lower()).strip("-")
