"""What history is read into: the same objects, whose validators are not asked again."""

from datetime import date
from typing import Annotated

import attrs
import msgspec
import pytest
from attrs import field, frozen
from attrs.validators import ge, min_len

from lianjian.core import Ref
from lianjian.core.decoding import as_recorded
from lianjian.core.event import event, event_type
from lianjian.core.registry import load


@frozen
class Part:
    unit: Annotated[str, Ref("unit")]
    persons: int | None = field(default=None, validator=attrs.validators.optional(ge(1)))


@event("whole.noted", 1)
@frozen
class Whole:
    name: str = field(validator=min_len(1))
    day: date
    parts: tuple[Part, ...] = ()
    best: Part | None = None
    by: dict[str, Part] = attrs.Factory(dict)

    @property
    def persons(self):
        return sum(part.persons for part in self.parts)


REFUSED = b'{"name":"","day":"2021-05-01","parts":[{"unit":"a","persons":0}],"best":{"unit":"b","persons":-1},"by":{"k":{"unit":"c","persons":-2}}}'


def test_validators_are_not_asked_at_any_depth():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(REFUSED, type=Whole)
    read = msgspec.json.decode(REFUSED, type=as_recorded(Whole))
    assert isinstance(read, Whole)
    assert (read.name, read.day, read.persons) == ("", date(2021, 5, 1), 0)
    assert (read.best.persons, read.by["k"].persons) == (-1, -2)
    assert event_type(read) is event_type(Whole)


def test_what_is_no_value_of_its_type_is_refused_all_the_same():
    for wrong in (b'{"name":1,"day":"2021-05-01"}', b'{"name":"a"}', b'{"name":"a","day":"x"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=as_recorded(Whole))


def test_the_class_itself_keeps_its_validators():
    as_recorded(Whole)
    with pytest.raises(ValueError, match="name"):
        Whole("", date(2021, 5, 1))


TYPES = load().types


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_installed_class_has_one_with_its_fields_and_no_validator(name):
    cls = TYPES[name].cls
    recorded = as_recorded(cls)
    assert issubclass(recorded, cls)
    assert [a.name for a in recorded.__attrs_attrs__] == [a.name for a in attrs.fields(cls)]
    assert not any(a.validator for a in recorded.__attrs_attrs__)
    msgspec.json.Decoder(recorded)
