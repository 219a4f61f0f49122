"""Decoding: classes that history is read into without asking anew whether it was right to take it.

    msgspec.json.Decoder(as_recorded(VisitHeld)).decode(data)     a VisitHeld, its validators not run

An event was held against its class's validators when it was taken in. msgspec runs them at every
reading, where they cost more than all else (for an activity with its attendance, 12 of 15 µs), and
where one that became stricter since would make history unreadable. So each class has a subclass,
made once, with the same fields, methods and slots, of which msgspec is told no validators.
"""

from functools import reduce
from operator import or_
from types import UnionType
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

from lianjian.core.shapes import once

C = TypeVar("C", bound=type)


@once
def as_recorded(cls: C) -> C:
    """Return the class that records of an attrs class are decoded into, those inside them as well.

    It is for those who only look into an object: like any two classes of attrs it equals none of
    `cls` itself, and the door takes none of it.
    """
    hints = {
        name: _unasked(hint) for name, hint in get_type_hints(cls, include_extras=True).items()
    }
    fields = tuple(a.evolve(validator=None) for a in attrs.fields(cls))

    body = {"__annotations__": hints, "__attrs_attrs__": fields, "__module__": cls.__module__}
    return cast(C, type(cls.__name__, (cls,), {**body, "__doc__": cls.__doc__, "__slots__": ()}))


def _unasked(hint: Any) -> Any:
    """Return an annotation with every attrs class in it as it is recorded."""
    if isinstance(hint, type) and attrs.has(hint):
        return as_recorded(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if not parts or origin is Literal:
        return hint
    if origin is Annotated:
        return Annotated[(_unasked(parts[0]), *hint.__metadata__)]
    made = tuple(map(_unasked, parts))
    return reduce(or_, made) if origin in (Union, UnionType) else origin[made]
