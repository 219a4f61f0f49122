"""Shapes: what the annotations of a record class say about its data.

An event is a frozen attrs class whose fields are annotated with ordinary types and with marks:

    @frozen
    class Line:
        unit: Annotated[str, Ref("unit")]
        attended: int | None = None

    shape_of(Line)      a tree: Record(unit=Leaf(str, Ref), attended=Maybe(Leaf(int)))

From that tree everything is derived that would otherwise be written once per class: `faults` finds
every fault in a piece of JSON, `mentions` the ids and terms that an object names, `plain` the
object as JSON with what is absent left out, `sealing` where the personal fields are.

The types that a record may use: str, int, bool, date, `X | None`, `tuple[X, ...]`, `dict[str, X]`,
`Literal` of strings, another attrs class, and `Sealed`. No floats: an event states integers.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs
import msgspec
from attrs import frozen

from lianjian.core.errors import (
    BadId,
    BadText,
    Fault,
    IntegerTooLarge,
    Invalid,
    MissingField,
    NotADay,
    NotOneOf,
    OutOfBounds,
    UnknownField,
    Words,
    WrongType,
)

LONGEST_ID = 120  # characters


@frozen
class Ref:
    """Mark: this text is the id of a `kind` that must be known already."""

    kind: str


@frozen
class New:
    """Mark: this text introduces an id of `kind`.

    A kind may name a text field beside it in braces: `New("term:{scheme}")`.
    """

    kind: str


@frozen
class Term:
    """Mark: this text is a code of the vocabulary `scheme`."""

    scheme: str


Mark = Ref | New | Term

F = TypeVar("F", bound=Callable[..., Any])


def once(function: F) -> F:
    """Compute once per argument, as `functools.cache`; typed, since mypy takes no class for hashable."""
    return cast(F, cache(function))


@frozen
class Sealed:
    """A personal text, kept in an entry as the digest of a salted disclosure (RFC 9901).

    `sealed` is the digest, base64url. A record that is handed in has the plain text in its place.
    """

    sealed: str


@frozen
class Leaf:
    """A single value of type `kind`, with the marks that stand on it."""

    kind: type
    marks: tuple[Mark, ...] = ()


@frozen
class Choice:
    """One of a few fixed texts."""

    values: tuple[str, ...]


@frozen
class Maybe:
    """A value that may be absent."""

    of: "Shape"


@frozen
class Many:
    """A sequence."""

    of: "Shape"


@frozen
class Mapped:
    """A mapping from texts."""

    key: "Shape"
    of: "Shape"


@frozen
class Field:
    """One field of a record: its shape, its annotation, its default and its validator."""

    shape: "Shape"
    annotation: Any
    default: Any
    validator: Callable[[Any, Any, Any], Any] | None
    attribute: Any

    @property
    def required(self) -> bool:
        """True where a record without this field is faulty."""
        return self.default is attrs.NOTHING


@frozen
class Record:
    """An attrs class, field by field."""

    cls: type
    fields: dict[str, Field]


Shape = Leaf | Choice | Maybe | Many | Mapped | Record

TEXTS = {
    Sealed: Words("封存的文字", "a text to be sealed"),
    str: Words("文字", "text"),
    int: Words("整数", "a whole number"),
    bool: Words("是或否 (true/false)", "true or false"),
    date: Words("日期 (YYYY-MM-DD)", "a day (YYYY-MM-DD)"),
    list: Words("列表", "a list"),
    dict: Words("对象", "an object"),
}


@once
def shape_of(annotation: Any) -> Shape:
    """Return the shape of a type annotation or attrs class; TypeError for an unsupported one."""
    marks: tuple[Mark, ...] = ()
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
        marks = tuple(x for x in extras if isinstance(x, Ref | New | Term))
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType) and len(args) == 2 and NoneType in args:
        inner = shape_of(next(a for a in args if a is not NoneType))
        return Maybe(_marked(inner, marks))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return Many(shape_of(args[0]))
    if origin is dict:
        return Mapped(shape_of(args[0]), shape_of(args[1]))
    if origin is Literal:
        return Choice(args)
    if annotation in (str, int, bool, date, Sealed):
        return Leaf(annotation, marks)
    if attrs.has(annotation):
        return record_of(annotation)
    message = f"an event cannot have a field of type {annotation!r}"
    raise TypeError(message)


def _marked(shape: Shape, marks: tuple[Mark, ...]) -> Shape:
    """Hand the marks of `Annotated[X | None, mark]` on to X."""
    return Leaf(shape.kind, shape.marks + marks) if marks and isinstance(shape, Leaf) else shape


@once
def record_of(cls: type) -> Record:
    """Return the shape of an attrs class."""
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for a in attrs.fields(cls):
        default = a.default.factory() if isinstance(a.default, attrs.Factory) else a.default  # type: ignore[arg-type]
        annotation = hints[a.name]
        found[a.name] = Field(shape_of(annotation), annotation, default, a.validator, a)
    return Record(cls, found)


def dotted(path: str, name: object) -> str:
    """Return the path of `name` below `path`: `attendance`, 0 → `attendance.0`."""
    return f"{path}.{name}" if path else str(name)


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return up to `most` of `names` that look like `name`, best first."""
    return difflib.get_close_matches(name, list(names), most, cutoff=0.5)


def faults(shape: Shape, value: Any, path: str = "") -> Iterator[Fault]:
    """Yield every fault of `value` (decoded JSON) against `shape`, each with its path."""
    match shape:
        case Maybe(of):
            if value is not None:
                yield from faults(of, value, path)
        case Leaf(kind, marks):
            yield from _leaf_faults(kind, marks, value, path)
        case Choice(values):
            if value not in values:
                yield NotOneOf(value=value, values=", ".join(values)).at(path)
        case Many(of):
            if isinstance(value, list | tuple):
                for i, item in enumerate(value):
                    yield from faults(of, item, dotted(path, i))
            else:
                yield WrongType(expected=TEXTS[list], value=value).at(path)
        case Mapped(key, of):
            if isinstance(value, dict):
                for name, item in value.items():
                    yield from faults(key, name, dotted(path, name))
                    yield from faults(of, item, dotted(path, name))
            else:
                yield WrongType(expected=TEXTS[dict], value=value).at(path)
        case Record():
            yield from _record_faults(shape, value, path)


def _leaf_faults(kind: Any, marks: tuple[Mark, ...], value: Any, path: str) -> Iterator[Fault]:
    if kind is Sealed:
        if not isinstance(value, dict) or set(value) != {"sealed"}:
            found = list(_text_faults(value, (), path)) if isinstance(value, str) else []
            yield from found or [WrongType(expected=TEXTS[Sealed], value=value).at(path)]
            return
        kind, value = str, value["sealed"]
    if kind is date:
        if type(value) is date:
            return
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            yield NotADay(value=value).at(path)
            return
        try:
            date.fromisoformat(value)
        except ValueError:
            yield NotADay(value=value).at(path)
    elif type(value) is not kind:
        yield WrongType(expected=TEXTS[kind], value=value).at(path)
    elif kind is int and not -(2**63) <= value < 2**63:
        yield IntegerTooLarge(value=value).at(path)
    elif kind is str:
        yield from _text_faults(value, marks, path)


def _text_faults(value: str, marks: tuple[Mark, ...], path: str) -> Iterator[Fault]:
    if any("\ud800" <= c <= "\udfff" for c in value):
        yield BadText(value=ascii(value)).at(path)
    elif any(isinstance(m, Ref | New) for m in marks) and not is_id(value):
        yield BadId(value=value, longest=LONGEST_ID).at(path)


def is_id(value: str) -> bool:
    """Tell whether `value` can be an id: short, not empty, no white space or control characters."""
    return 0 < len(value) <= LONGEST_ID and value.isprintable() and not re.search(r"\s", value)


def _record_faults(shape: Record, value: Any, path: str) -> Iterator[Fault]:
    if attrs.has(type(value)):
        value = plain(value)
    if not isinstance(value, dict):
        yield WrongType(expected=TEXTS[dict], value=value).at(path)
        return
    broken = set()
    for name in value.keys() - shape.fields.keys():
        close = nearest(str(name), shape.fields)
        yield UnknownField(name=name, close=", ".join(close or shape.fields)).at(dotted(path, name))
    for name, field in shape.fields.items():
        if name not in value or (value[name] is None and not isinstance(field.shape, Maybe)):
            found: list[Fault] = [MissingField(name=name)] if field.required else []
        else:
            found = list(faults(field.shape, value[name], dotted(path, name)))
        for fault in found:
            broken.add(name)
            yield fault.at(fault.path or dotted(path, name))
    yield from _validator_faults(shape, value, path, broken)


def _validator_faults(
    shape: Record, value: dict[str, Any], path: str, broken: set[str]
) -> Iterator[Fault]:
    """Run each field's validator by itself, where attrs would stop at the first that objects."""
    made: Any = object.__new__(shape.cls)
    for name, field in shape.fields.items():
        given = value.get(name)
        usable = given is not None and name not in broken
        default = None if field.required else field.default
        item = msgspec.convert(given, field.annotation) if usable else default
        object.__setattr__(made, name, item)
    for name, field in shape.fields.items():
        if field.validator is None or name in broken:
            continue
        for place, validator, item in _parts(name, field.validator, getattr(made, name)):
            try:
                validator(made, field.attribute, item)
            except Fault as fault:
                # What is wrong with a sibling has been said of the sibling.
                if (fault.path or name).split(".")[0] not in broken:
                    yield fault.at(dotted(path, fault.path or place))
            except (ValueError, TypeError, AttributeError) as error:
                said = _in_our_words(error, validator, item)
                # A validator that looks at a broken sibling fails for that one's fault.
                if isinstance(said, OutOfBounds) or not broken:
                    yield said.at(dotted(path, place))


def _parts(name: str, validator: Any, value: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, validator, value) of what is to be validated: each member of a sequence apart."""
    member = getattr(validator, "member_validator", None)
    if member is None:
        yield name, validator, value
    else:
        yield from ((dotted(name, i), member, item) for i, item in enumerate(value))


def _in_our_words(error: Exception, validator: Any, value: Any) -> Fault:
    """Say in both languages what attrs' own `ge`, `le`, `gt`, `lt` say in English."""
    inner = getattr(validator, "validator", validator)
    bounds = [v for v in getattr(inner, "_validators", (inner,)) if hasattr(v, "compare_op")]
    if bounds:
        comparison = ", ".join(f"{v.compare_op} {v.bound}" for v in bounds)
        return OutOfBounds(value=value, comparison=comparison)
    return Invalid(reason=error.args[0] if error.args else error)


@once
def mentions(cls: type) -> tuple[tuple[Mark, Callable[[Any], Iterable[str]]], ...]:
    """Return, for each mark in `cls`, a function from an object to the texts that stand under it.

    Computed once per class, since the log's door asks it of every event.
    """
    shape = record_of(cls)
    return tuple(
        (mark, _from_field(name, getter))
        for name, field in shape.fields.items()
        for mark, getter in _getters(field.shape)
    )


Getter = Callable[[Any], Iterable[str]]


def _getters(shape: Shape) -> Iterator[tuple[Mark, Getter]]:
    match shape:
        case Leaf(_, marks):
            for mark in marks:
                yield mark, lambda value: (value,)
        case Maybe(of):
            yield from _getters(of)
        case Many(of):
            for mark, inner in _getters(of):
                yield mark, _from_each(inner)
        case Mapped(key, of):
            for mark, inner in _getters(key):
                yield mark, _from_each(inner)
            for mark, inner in _getters(of):
                yield mark, _from_values(inner)
        case Record(cls, _):
            yield from mentions(cls)


def _from_field(name: str, inner: Getter) -> Getter:
    def get(obj: Any) -> Iterable[str]:
        value = getattr(obj, name)
        return () if value is None else inner(value)

    return get


def _from_each(inner: Getter) -> Getter:
    return lambda values: [text for value in values for text in inner(value)]


def _from_values(inner: Getter) -> Getter:
    return lambda values: [text for value in values.values() for text in inner(value)]


def kind_of(mark: Ref | New, obj: Any) -> str:
    """Return the mark's kind for this object or JSON: `term:{scheme}` takes its own scheme."""
    return mark.kind.format_map(_Fields(obj)) if "{" in mark.kind else mark.kind


class _Fields(dict[str, Any]):
    def __init__(self, obj: Any) -> None:
        super().__init__()
        self.obj = obj

    def __missing__(self, name: str) -> Any:
        return self.obj.get(name) if isinstance(self.obj, dict) else getattr(self.obj, name)


def marked(shape: Shape, value: Any, path: str = "") -> Iterator[tuple[Mark, str, str]]:
    """Yield (mark, text, path) for every marked text in `value` (JSON, faulty or not)."""
    match shape:
        case Leaf(_, marks) if isinstance(value, str):
            yield from ((mark, value, path) for mark in marks)
        case Maybe(of) if value is not None:
            yield from marked(of, value, path)
        case Many(of) if isinstance(value, list | tuple):
            for i, item in enumerate(value):
                yield from marked(of, item, dotted(path, i))
        case Mapped(key, of) if isinstance(value, dict):
            for name, item in value.items():
                yield from marked(key, name, dotted(path, name))
                yield from marked(of, item, dotted(path, name))
        case Record(_, fields) if isinstance(value, dict):
            for name, item in value.items():
                if name in fields:
                    yield from marked(fields[name].shape, item, dotted(path, name))


def plain(obj: Any) -> dict[str, Any]:
    """Return a record as a mapping for JSON; fields that have their default are left out."""
    return {
        name: _plain_value(value)
        for name, default in _defaults(type(obj))
        if (value := getattr(obj, name)) != default
    }


@once
def _defaults(cls: type) -> tuple[tuple[str, Any], ...]:
    shape = record_of(cls)
    return tuple((name, field.default) for name, field in shape.fields.items())


def _plain_value(value: Any) -> Any:
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, tuple | list):
        return [_plain_value(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain_value(v) for k, v in value.items()}
    # What is none of these has no business in a record; `faults` says so.
    return plain(value) if attrs.has(type(value)) else value


_ATOMS = (str, int, date)


def replace_sealed(
    shape: Shape, value: Any, seal: Callable[[str, str], Any], name: str = ""
) -> Any:
    """Return JSON `value` with `seal(field name, text)` in the place of each sealed plain text.

    Values that do not fit the shape are passed on as they are; `faults` reports them.
    """
    match shape:
        case Leaf(kind, _):
            return seal(name, value) if kind is Sealed and isinstance(value, str) else value
        case Maybe(of):
            return replace_sealed(of, value, seal, name)
        case Many(of) if isinstance(value, list | tuple):
            return [replace_sealed(of, v, seal, name) for v in value]
        case Mapped(_, of) if isinstance(value, dict):
            return {k: replace_sealed(of, v, seal, k) for k, v in value.items()}
        case Record(_, fields) if isinstance(value, dict):
            return {
                k: replace_sealed(fields[k].shape, v, seal, k) if k in fields else v
                for k, v in value.items()
            }
    return value


@once
def sealed_fields(cls: type) -> bool:
    """Tell whether records of `cls` have a sealed field anywhere."""
    found = []

    def note(shape: Shape) -> None:
        match shape:
            case Leaf(kind, _):
                found.append(kind is Sealed)
            case Maybe(of) | Many(of) | Mapped(_, of):
                note(of)
            case Record(_, fields):
                for field in fields.values():
                    note(field.shape)

    note(shape_of(cls))
    return any(found)


def digests(value: Any) -> Iterator[str]:
    """Yield the digest of every sealed place of a record's plain form."""
    if isinstance(value, dict):
        if set(value) == {"sealed"} and isinstance(value["sealed"], str):
            yield value["sealed"]
        else:
            for item in value.values():
                yield from digests(item)
    elif isinstance(value, list):
        for item in value:
            yield from digests(item)
