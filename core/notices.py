"""Notices: what the log records about itself, as events among the others.

    voided              an event is taken back
    log.cited           the log goes on where another broke off
    key.rotated         another key signs from here on
    erased              the text behind a sealed field was destroyed
    figures.published   figures as they were given out

The last three say that something was done to the log by a command of ours, and so that command
alone may record them. Whoever could write them by hand could announce a key that signs nothing, or
excuse a text that somebody took away.
"""

from datetime import date
from typing import Annotated, Any

from attrs import Factory, field, frozen
from attrs.validators import ge, min_len

from lianjian.core.errors import PartWrong, Words
from lianjian.core.event import event, event_type
from lianjian.core.shapes import New

ERASURE = "erasure"
"""The kind that `erased` introduces; the ids are the digests of sealed fields."""


@event("voided", 1)
@frozen
class Voided:
    """The event that the envelope's `replaces` names is taken back and replaced by nothing."""

    why: str = field(validator=min_len(1))


@event("log.cited", 1)
@frozen
class LogCited:
    """The log goes on where another broke off: the last checkpoint that is held of that one."""

    origin: str
    size: int = field(validator=ge(0))
    root: str
    day: date
    why: str = field(validator=min_len(1))


@event("key.rotated", 1, command="key rotate", final=True)
@frozen
class KeyRotated:
    """From this entry on another key signs the log's checkpoints.

    `key` is the new key's id (8 hex digits). `statement` is a signed note, by the old key and the
    new one: which log, which position, and both keys (see `core/keys.py`).
    """

    key: Annotated[str, New("log_key")]
    statement: str = field(validator=min_len(1))


@event("erased", 1, command="erase", final=True)
@frozen
class Erased:
    """The salt and the text behind a sealed field were destroyed.

    `position` and `path` say where the field stands. `basis` is the rule that asks for it,
    `authority` who decided. `digest` is what stays of the text, wherever it stands; it is
    introduced, so that nothing is erased twice, and whether it was is a look into the register.
    """

    position: int = field(validator=ge(0))
    path: str = field(validator=min_len(1))
    basis: str = field(validator=min_len(1))
    authority: str = field(validator=min_len(1))
    digest: Annotated[str, New(ERASURE)]


@frozen
class Days:
    """A period, half-open: `start` ≤ day < `end`."""

    start: date
    end: date = field()

    @end.validator
    def _after_start(self, _: Any, end: date) -> None:
        if end <= self.start:
            raise PartWrong(why=Words("止日须在起日之后", "it ends before it begins")).at("end")


@frozen
class Known:
    """How much of the log was known: `position` events, and the root over them in base64."""

    position: int = field(validator=ge(0))
    root: str


@frozen
class Code:
    """A family as it was installed: its version, its distribution, the SHA-256 of its source."""

    family: str
    version: int
    origin: str
    sha256: str


@frozen
class Figure:
    """One reading as it was given out; numbers are decimal texts."""

    subject: str
    dimensions: dict[str, str] = field(default=Factory(dict))
    value: str | None = None
    low: str | None = None
    high: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    reason: str | None = None
    flags: tuple[str, ...] = ()
    synthetic: bool = False


@event("figures.published", 1, command="publish")
@frozen
class FiguresPublished:
    """The readings of one indicator as they were given out, and all they follow from.

    `code` are the families that they were computed by, core among them; `parameters` what else they
    depend on. `digest` is the SHA-256 of all `count` readings (see `core/publish.py`); `figures`
    are left out where they are too many for one entry.
    """

    indicator: str = field(validator=min_len(1))
    period: Days
    moment: Known
    code: tuple[Code, ...]
    parameters: dict[str, str]
    count: int = field(validator=ge(0))
    digest: str = field(validator=min_len(1))
    figures: tuple[Figure, ...] = ()


NOTICES = (Voided, LogCited, KeyRotated, Erased, FiguresPublished)
ERASED = event_type(Erased).name
NEVER_REPLACED = frozenset(
    event_type(n).name for n in NOTICES if n is Voided or event_type(n).final
)
