"""Cells: what people type, or keep in tables, read as the values of a record.

    assemble(event_type(ActivityHeld), [("activity", "a1"), ("day", "2021年5月1日"),
        ("themes.警示教育", "10000"), ("attendance.0.unit", "anting"), ("attendance.0.attended", "")])

    {"activity": "a1", "day": "2021-05-01", "themes": {"warning": 10000},
     "attendance": [{"unit": "anting"}]}

A path leads to a place in the record, the shape of that place (`shapes.py`) says how its text is
read. One rule stands above the others: **what could mean two things is refused**, with what to
write instead, since nobody looks at an import cell by cell afterwards.

- A blank is absent. It is never 0, and a list item whose cells are all blank is not there: those
  behind it move up.
- Whole numbers in ASCII or full-width digits. Commas may group thousands ("1,200", never "12,00"),
  for they cannot be decimal commas where no decimals exist. "12.0" and "30人" are refused.
- Days, year first: 2021-05-01, 2021/5/1, 2021.5.1, 2021年5月1日, 20210501; a midnight behind it,
  which spreadsheets add, is dropped. "5/1/2021" is two days, so it is none.
- true/false, yes/no, 是/否, 1/0.
- What is registered by its id, or by its registered name where nothing else of the kind has it.
- Terms by code, or by their exact Chinese or English name. Any other text passes as it is: the log
  may have defined it, which its door knows.
- Lists of texts or numbers in one cell: `dare_not,cannot`, with 、 or ; as well. Whatever has parts
  may be one cell of JSON, taken as it stands.
- A number that looks like a resident's is refused in any cell, and never repeated in a message.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from unicodedata import normalize

from attrs import frozen

from lianjian.core.errors import (
    AmbiguousName,
    DuplicateKey,
    Fault,
    IntegerTooLarge,
    NotADay,
    NotOneOf,
    NotWhole,
    PartsWanted,
    Refused,
    ResidentIdFound,
    UnknownField,
    UnknownScheme,
    Words,
)
from lianjian.core.event import Draft, EventType, Unfit, read_data, read_json
from lianjian.core.identifiers import resident_id_in
from lianjian.core.names import Called
from lianjian.core.quoting import MASK, discreet, masked, shown
from lianjian.core.shapes import (
    Choice,
    Leaf,
    Many,
    Mapped,
    Mark,
    Maybe,
    Record,
    Ref,
    Sealed,
    Shape,
    Term,
    dotted,
    nearest,
)
from lianjian.core.vocabulary import Vocabulary, find, installed


@frozen
class Cell:
    """A place in the records of a type that text can be written to.

    `path` is the place as it was named, `steps` as it stands in the record: field names, codes of
    terms, and for items of lists their numbers.
    """

    path: str
    steps: tuple[str | int, ...]
    shape: Shape

    @property
    def place(self) -> str:
        """Return the steps as a path."""
        return _joined(self.steps)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return the marks on this place; none where it has parts."""
        return self.shape.marks if isinstance(self.shape, Leaf) else ()

    @property
    def is_sealed(self) -> bool:
        """Tell whether personal text goes here."""
        return isinstance(self.shape, Leaf) and self.shape.kind is Sealed

    @property
    def is_list(self) -> bool:
        """Tell whether several values may stand in one cell here."""
        return isinstance(self.shape, Many) and isinstance(_bare(self.shape.of), Leaf | Choice)


@frozen
class Filled:
    """Texts put together: the record's JSON, what is wrong with the texts, and what moved up.

    `moved` leads from a list item in `data` back to where it stood before others were left out.
    """

    data: dict[str, Any]
    faults: list[Fault]
    moved: Mapping[str, str] = {}


def assemble(
    type_: EventType, pairs: Iterable[tuple[str, str]], known: Vocabulary | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """Return (data, faults) of the records that (path, text) pairs make up.

    The data are JSON for `read_data`. A text that cannot be read stands in them as it is, so that
    nothing is said to be missing which was only wrong; one that must not be repeated is masked.
    `known` are vocabularies in the place of the installed ones.
    """
    cells: list[Cell] = []
    texts: list[str] = []
    found: list[Fault] = []
    for path, text in pairs:
        try:
            cells.append(find_cell(type_, path, known))
            texts.append(text)
        except Fault as fault:
            found.append(fault)
    clashing = dict(clashes(cells))
    found += clashing.values()
    kept = [(c, t) for i, (c, t) in enumerate(zip(cells, texts, strict=True)) if i not in clashing]
    filled = fill(kept, known)
    return filled.data, found + filled.faults


def draft_from_texts(
    type_: EventType,
    pairs: Iterable[tuple[str, str]],
    recorder: str,
    known: Vocabulary | None = None,
    called: Called | None = None,
) -> Draft | Unfit:
    """Return the draft that (path, text) pairs make up, as `lianjian record` is given them."""
    data, found = assemble(type_, pairs, known)
    return draft_from_data(type_, data, found, recorder, called)


def draft_from_data(
    type_: EventType,
    data: dict[str, Any],
    found: Sequence[Fault],
    recorder: str,
    called: Called | None = None,
) -> Draft | Unfit:
    """Return the draft that data make up, or an Unfit with the faults found before and now.

    By `called`, what is referred to by its name gets its id, where one alone has that name.
    """
    if called:
        wrong: list[Fault] = []
        data = _identified(type_.shape, data, called, wrong)
        found = [*found, *wrong]
    try:
        made, disclosures = read_data(type_, data)
    except Refused as refused:
        # A text that could not be read still stands in its place, and has been told.
        told = {f.path for f in found}
        return unfit(type_, data, [*found, *(f for f in refused.faults if f.path not in told)])
    if found:
        return unfit(type_, data, found)
    return Draft(event=made, recorder=recorder, disclosures=disclosures)


def _identified(
    shape: Shape, value: Any, called: Called, wrong: list[Fault], path: str = ""
) -> Any:
    """Return JSON with ids in the place of names; a name of several is noted as `wrong`."""
    shape = _bare(shape)
    match shape, value:
        case Leaf(_, marks), str():
            for kind in (mark.kind for mark in marks if isinstance(mark, Ref)):
                ids = called.ids(kind, value)
                if len(ids) > 1:
                    said = ", ".join(ids)
                    wrong.append(AmbiguousName(kind=kind, value=shown(value), ids=said).at(path))
                return ids[0] if len(ids) == 1 else value
        case Many(of), list():
            return [_identified(of, v, called, wrong, dotted(path, i)) for i, v in enumerate(value)]
        case Mapped(_, of), dict():
            return {n: _identified(of, v, called, wrong, dotted(path, n)) for n, v in value.items()}
        case Record(_, fields), dict():
            return {
                n: _identified(fields[n].shape, v, called, wrong, dotted(path, n))
                if n in fields
                else v
                for n, v in value.items()
            }
    return value


def unfit(type_: EventType | None, data: Any, found: Iterable[Fault]) -> Unfit:
    """Return an Unfit that repeats no resident's number, nor lets the log's door repeat it."""
    faults = [discreet(f) for f in found]
    told = {f.path for f in faults if isinstance(f, ResidentIdFound)}
    faults = [f for f in faults if f.path not in told or isinstance(f, ResidentIdFound)]
    return Unfit(type_, masked(data) if told else data, tuple(faults))


def find_cell(type_: EventType, path: str, known: Vocabulary | None = None) -> Cell:
    """Return the place that a dotted path leads to; raise UnknownField with the nearest names."""
    path = path.strip()
    if resident_id_in(path):
        raise ResidentIdFound
    shape: Shape = type_.shape
    steps: list[str | int] = []
    for part in path.split("."):
        match shape:
            case Record(_, fields):
                if part not in fields:
                    raise _no_field(part, nearest(part, fields) or fields, path)
                steps.append(part)
                shape = _bare(fields[part].shape)
            case Many(of):
                if not re.fullmatch("[0-9]{1,4}", part):
                    raise _no_field(part, ("0", "1", "2 …"), path)
                steps.append(int(part))
                shape = _bare(of)
            case Mapped(key, of):
                step = term_code(key, part, known) if part else ""
                if not step:
                    raise _no_field(part, ("?",), path)
                steps.append(step)
                shape = _bare(of)
            case _:
                raise _no_field(part, (_joined(steps),), path)
    return Cell(path, tuple(steps), shape)


def _no_field(name: str, close: Iterable[str], path: str) -> Fault:
    return UnknownField(name=name, close=", ".join(close)).at(path)


def _bare(shape: Shape) -> Shape:
    return shape.of if isinstance(shape, Maybe) else shape


def clashes(cells: Sequence[Cell]) -> Iterable[tuple[int, Fault]]:
    """Yield (number, fault) for each cell whose place, or one around or inside it, stands earlier.

    A list may be named repeatedly: each text adds to it.
    """
    for i, cell in enumerate(cells):
        for other in cells[:i]:
            common = min(len(cell.steps), len(other.steps))
            alike = cell.steps[:common] == other.steps[:common]
            if alike and not (cell.steps == other.steps and cell.is_list):
                yield i, DuplicateKey(name=cell.place).at(cell.place)
                break


def fill(pairs: Iterable[tuple[Cell, str]], known: Vocabulary | None = None) -> Filled:
    """Return the record that texts in their cells make up; cells that clash are not expected."""
    given = [(cell, text) for cell, raw in pairs if (text := tidy(raw))]
    ranks = _ranks([cell.steps for cell, _ in given])
    data: dict[str, Any] = {}
    found: list[Fault] = []
    moved: dict[str, str] = {}
    for cell, text in given:
        steps = _closed_up(cell.steps, ranks)
        for i, step in enumerate(steps, 1):
            if isinstance(step, int) and steps[:i] != cell.steps[:i]:
                moved[_joined(steps[:i])] = _joined(cell.steps[:i])
        value, wrong = read(cell, text, known)
        before = _put(data, steps, value)
        for number, fault in wrong:
            more = () if number is None else (number + before,)
            found.append(fault.at(_joined((*steps, *more))))
    return Filled(data, found, moved)


def _joined(steps: Iterable[str | int]) -> str:
    return ".".join(map(str, steps))


Ranks = dict[tuple[str | int, ...], dict[int, int]]


def _ranks(stepped: Iterable[tuple[str | int, ...]]) -> Ranks:
    """Return for each list the numbers of its items that are there, each with its rank."""
    used: dict[tuple[str | int, ...], set[int]] = defaultdict(set)
    for steps in stepped:
        for i, step in enumerate(steps):
            if isinstance(step, int):
                used[steps[:i]].add(step)
    return {at: {n: rank for rank, n in enumerate(sorted(found))} for at, found in used.items()}


def _closed_up(steps: tuple[str | int, ...], ranks: Ranks) -> tuple[str | int, ...]:
    return tuple(ranks[steps[:i]][s] if isinstance(s, int) else s for i, s in enumerate(steps))


def _put(data: dict[str, Any], steps: tuple[str | int, ...], value: Any) -> int:
    """Put a value into nested JSON; return how many values its list had before."""
    node: Any = data
    for step, below in pairwise(steps):
        fresh: Any = [] if isinstance(below, int) else {}
        node = _slot(node, step, fresh)
    last = steps[-1]
    there = _slot(node, last, None)
    if isinstance(value, list) and isinstance(there, list):
        before = len(there)
        node[last] = [*there, *value]
        return before
    node[last] = value
    return 0


def _slot(node: Any, step: str | int, fresh: Any) -> Any:
    """Return what stands at a step, making it first where there is nothing yet."""
    if isinstance(step, str):
        return node.setdefault(step, fresh)
    node.extend(None for _ in range(len(node), step + 1))  # cells come in any order
    if node[step] is None:
        node[step] = fresh
    return node[step]


# One text.

Wrong = list[tuple[int | None, Fault]]
"""Faults of one cell, each with the number of the list item that it is about."""


def read(cell: Cell, text: str, known: Vocabulary | None = None) -> tuple[Any, Wrong]:
    """Return (value, faults) of a text that is not blank."""
    if resident_id_in(text):
        return MASK, [(None, ResidentIdFound())]
    shape = cell.shape
    try:
        if isinstance(shape, Leaf | Choice):
            return read_single(shape, text, known), []
        if text.startswith(("{", "[")):
            return read_json(text), []
    except Fault as fault:
        return text, [(None, fault)]
    if isinstance(shape, Many) and cell.is_list:
        return _read_list(_bare(shape.of), text, known)
    example = Words(_example(cell, "值"), _example(cell, "…"))
    whole = json.dumps(_sample(shape, known), ensure_ascii=False)
    return text, [
        (None, PartsWanted(name=cell.place, value=shown(text), example=example, whole=whole))
    ]


def _read_list(of: Shape, text: str, known: Vocabulary | None) -> tuple[list[Any], Wrong]:
    whole = term_code(of, text, known)  # a name with a comma in it
    parts = [whole] if whole != text else re.split("[,，、;；]", text)
    values: list[Any] = []
    found: Wrong = []
    for part in filter(None, map(tidy, parts)):
        try:
            values.append(read_single(of, part, known))
        except Fault as fault:
            found.append((len(values), fault))
            values.append(part)
    return values, found


def read_single(shape: Shape, text: str, known: Vocabulary | None = None) -> Any:
    """Return the value of one text by the rules of this module; raise a Fault."""
    kind = shape.kind if isinstance(shape, Leaf) else str
    if kind is int:
        return whole_number(text)
    if kind is date:
        return day(text)
    if kind is bool:
        return yes_or_no(text)
    return term_code(shape, text, known)


def term_code(shape: Shape, text: str, known: Vocabulary | None = None) -> str:
    """Return the code that a text means where a term is wanted, the text itself otherwise."""
    for mark in shape.marks if isinstance(shape, Leaf) else ():
        if isinstance(mark, Term):
            try:
                return find(mark.scheme, text, known) or text
            except UnknownScheme:
                return text  # a family may define all of its terms in the log
    return text


def whole_number(text: str) -> int:
    """Return the whole number that a text states, or raise NotWhole with what to write."""
    digits = text.translate(_HALF_WIDTH)
    if not _WHOLE.fullmatch(digits):
        raise NotWhole(value=shown(text), way=_way(digits))
    if len(digits) > 40:
        raise IntegerTooLarge(value=shown(text))
    return int(digits.replace(",", ""))


_HALF_WIDTH = str.maketrans("０１２３４５６７８９，－．／％−", "0123456789,-./%-")
_WHOLE = re.compile("-?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)")


def _way(digits: str) -> Words:
    """Say what to write where no whole number stands."""
    plain = re.fullmatch(r"([0-9]+)(?:\.0+|\s*(?:人次|人|名|位|个|场|分钟))", digits)
    if plain:
        return Words(f"请写 {plain[1]}", f"write {plain[1]}")
    share = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)%", digits)
    if share:
        points = int(Decimal(share[1]) * 100)
        return Words(f"份额按万分比写 {points}", f"write shares in basis points: {points}")
    if re.fullmatch(r"-?[0-9]*\.[0-9]+", digits):
        return Words(
            "不记小数：人次、分钟取整，份额用万分比",
            "there are no fractions: whole persons and minutes, shares in basis points",
        )
    return Words("只写数字；不详则留空", "write digits only, or leave it blank where nobody knows")


def day(text: str) -> str:
    """Return the day that a text states as YYYY-MM-DD, or raise NotADay."""
    match = _DAY.fullmatch(text.translate(_HALF_WIDTH))
    if not match:
        raise NotADay(value=shown(text))
    year, *parts = (int(g) for i, g in enumerate(match.groups()) if g and i != 1)
    try:
        return date(year, *parts).isoformat()
    except ValueError:
        raise NotADay(value=shown(text)) from None


_DAY = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{2})([0-9]{2})"
    r"|\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号])(?:[ T]0{1,2}:00(?::00)?)?"
)


def yes_or_no(text: str) -> bool:
    """Return the answer that a text states, or raise NotOneOf."""
    answer = _ANSWERS.get(normalize("NFKC", text).casefold())
    if answer is None:
        raise NotOneOf(value=shown(text), values="是/否, yes/no, true/false, 1/0")
    return answer


_ANSWERS = dict.fromkeys(("true", "yes", "是", "1"), True) | dict.fromkeys(
    ("false", "no", "否", "0"), False
)


def _example(cell: Cell, value: str) -> str:
    """Return how one part of a place that has parts is written."""
    path, shape = cell.place, cell.shape
    while not isinstance(shape, Leaf | Choice):
        match shape:
            case Many(of):
                path, shape = dotted(path, 0), _bare(of)
            case Mapped(_, of):
                path, shape = dotted(path, "…"), _bare(of)
            case Record(_, fields):
                name = next(iter(fields))
                path, shape = dotted(path, name), _bare(fields[name].shape)
            case Maybe(of):
                shape = of
    return f"{path}={value}"


def _sample(shape: Shape, known: Vocabulary | None) -> Any:
    """Return JSON that a place with parts takes, as an example: the first term, all of the whole."""
    match _bare(shape):
        case Leaf(kind, marks):
            scheme = next((m.scheme for m in marks if isinstance(m, Term)), "")
            codes = (installed() if known is None else known).get(scheme, {})
            return 10_000 if kind is int else True if kind is bool else next(iter(codes), "…")
        case Choice(values):
            return values[0]
        case Many(of):
            return [_sample(of, known)]
        case Mapped(key, of):
            return {_sample(key, known): _sample(of, known)}
        case Record(_, fields):
            wanted = {n: f for n, f in fields.items() if f.required}
            return {n: _sample(f.shape, known) for n, f in (wanted or fields).items()}
    return None


def tidy(text: str) -> str:
    """Return a text without the blanks around it, those that cannot be seen included."""
    return text.strip().strip("\ufeff\u200b").strip()
