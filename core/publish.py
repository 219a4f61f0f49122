"""Publishing: the readings of an indicator sealed into the log, with all that they follow from.

    drafts = publications(figures, registry, "bases", period, recorder)
    log.append(drafts, command="publish")

A publication (`figures.published`) binds one indicator's readings to the period, to the moment (how
many events were known, and the root over them), to the code of every family that they were computed
by, and to `parameters`: whatever else they depend on. `published.py` computes them again.

**The canonical bytes** of readings are one line for each, in their order (`all` first, then by
subject, then by dimensions). A line is a JSON object in UTF-8, without spaces, with these keys in
this order, and a line feed behind it; a key without a value is left out:

    subject dimensions value low high numerator denominator reason flags synthetic

    {"subject":"all","value":"0.25","numerator":"1","denominator":"4"}
    {"subject":"base:garden","reason":"no figure is known","flags":["blank: 2"]}

Dimensions are sorted by name. Numbers are decimal texts, rounded half-even to six places, without
trailing zeros, exponent or minus zero. Reason and flags are in English. `synthetic` is there where it
is true. The digest is the SHA-256 of these bytes, hex. The objects are those that stand under
`figures` in the entry, so that anybody can redo it:

    jq -c '.data.figures[]' | sha256sum

Where they would not fit into one entry they are left out, and their number and digest stand alone.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import msgspec
from attrs import frozen

from lianjian.core.errors import LianjianError, NotPublished, Words
from lianjian.core.event import Draft, event_type, read_envelope
from lianjian.core.figures import Figures
from lianjian.core.indicator import Number, Reading
from lianjian.core.notices import Code, Days, Figure, FiguresPublished, Known
from lianjian.core.period import Period
from lianjian.core.registry import Registry
from lianjian.core.shapes import plain
from lianjian.core.store import Store
from lianjian.core.vocabulary import installed

MOST_BYTES = 40_000
"""Of figures in one entry, which has 65,535 for all that is in it."""

MILLION = 10**6

# Readings as they are given out.


def decimal(value: Number) -> str:
    """Return a number as decimal text, rounded half-even to six places (GB/T 8170).

    ValueError or OverflowError where it is not finite.
    """
    millionths = round(Fraction(value) * MILLION)
    whole, part = divmod(abs(millionths), MILLION)
    sign = "-" if millionths < 0 else ""
    return f"{sign}{whole}.{part:06d}".rstrip("0").rstrip(".")


def figure(reading: Reading) -> Figure:
    """Return a reading as it is given out."""
    numbers = {
        name: decimal(value)
        for name in ("value", "low", "high", "numerator", "denominator")
        if (value := getattr(reading, name)) is not None
    }
    return Figure(
        reading.subject,
        dict(sorted(reading.dimensions.items())),
        reason=None if reading.reason is None else reading.reason.en,
        flags=tuple(flag.en for flag in reading.flags),
        synthetic=reading.synthetic,
        **numbers,
    )


def line(of: Figure) -> bytes:
    """Return the canonical bytes of one figure."""
    return msgspec.json.encode(plain(of)) + b"\n"


def digest(figures: Iterable[Figure]) -> str:
    """Return the SHA-256 of figures' canonical bytes, hex."""
    made = hashlib.sha256()
    for of in figures:
        made.update(line(of))
    return made.hexdigest()


# What they follow from.


def codes(registry: Registry, families: Iterable[str]) -> tuple[Code, ...]:
    """Return families as they are installed, sorted by name; those that are not are left out."""
    plugins = {p.family.name: p for p in registry.plugins}
    return tuple(
        Code(name, plugins[name].family.version, plugins[name].origin, plugins[name].code)
        for name in sorted(set(families) & plugins.keys())
    )


def parameters(figures: Figures) -> dict[str, str]:
    """Return what figures depend on beside history and code.

    `tree` is the unit tree, "then" or "now". `vocabularies` is the SHA-256 of the installed terms,
    a line for each in their order: a JSON array of scheme, code, Chinese and English, as compact
    as figures are.
    """
    return {"tree": figures.tree, "vocabularies": vocabularies_digest()}


@cache
def vocabularies_digest() -> str:
    """Return the digest of the installed vocabularies (see `parameters`)."""
    made = hashlib.sha256()
    for scheme, terms in installed().items():
        for term in terms.values():
            made.update(msgspec.json.encode([scheme, term.code, term.zh, term.en]) + b"\n")
    return made.hexdigest()


# Into the log.


def publications(
    figures: Figures, registry: Registry, name: str, period: Period, recorder: str
) -> list[Draft]:
    """Return the drafts that publish what a name stands for: one for each indicator.

    Raises UnknownIndicator; NotPublished where any of them has no figures to give.
    """
    found = figures.find(name)
    if not found:
        raise NotPublished(name=name, why=Words("它没有指标", "it has no indicators"))
    return [
        Draft(event=_publication(figures, registry, i.name, period), recorder=recorder)
        for i in found
    ]


def _publication(
    figures: Figures, registry: Registry, name: str, period: Period
) -> FiguresPublished:
    try:
        made = tuple(map(figure, figures.readings(name, period)))
    except LianjianError as error:
        why = Words(error.message("zh"), error.message("en"))
        raise NotPublished(name=name, why=why) from error
    except (ValueError, OverflowError) as error:
        why = Words("有数值不是有限数", "a number is not finite")
        raise NotPublished(name=name, why=why) from error
    size = sum(len(line(of)) for of in made)
    return FiguresPublished(
        name,
        Days(period.start, period.end),
        Known(figures.moment.position, b64encode(figures.moment.root).decode()),
        codes(registry, figures.computed_by(name, period)),
        parameters(figures),
        len(made),
        digest(made),
        made if size <= MOST_BYTES else (),
    )


# Out of the log.

TYPE = event_type(FiguresPublished)


@frozen
class Publication:
    """A publication in the log; `withdrawn` is the position that took it back, or None.

    `said` is what it says, None where it cannot be read, and then `why`.
    """

    position: int
    id: str
    withdrawn: int | None
    time: str = ""
    recorder: str = ""
    said: FiguresPublished | None = None
    why: str = ""


def count_published(store: Store) -> int:
    """Return how many publications a log has."""
    sql = "SELECT count(*) FROM entries WHERE type = ?"
    return int(store.db.execute(sql, (TYPE.name,)).fetchone()[0])


def published(store: Store) -> Iterator[Publication]:
    """Yield the publications of a log, in order."""
    sql = "SELECT position FROM entries WHERE type = ? ORDER BY position"
    for (position,) in store.db.execute(sql, (TYPE.name,)):
        row = store.row(position)
        if row is None:
            continue
        withdrawn = store.superseded_by(position)
        try:
            envelope = read_envelope(row.entry)
            said = TYPE.read(row.entry, row.version)
        except (LianjianError, msgspec.MsgspecError, ValueError, TypeError) as error:
            yield Publication(position, row.id, withdrawn, why=str(error))
        else:
            yield Publication(position, row.id, withdrawn, envelope.time, envelope.recorder, said)


def as_json(publication: Publication) -> Mapping[str, Any]:
    """Return a publication for programs, without its figures."""
    found = {
        "position": publication.position,
        "id": publication.id,
        "time": publication.time,
        "recorder": publication.recorder,
        "withdrawn": publication.withdrawn,
    }
    said = publication.said
    if said is None:
        return {**found, "unreadable": publication.why}
    moment = {"position": said.moment.position, "root": said.moment.root}
    return {
        **found,
        "indicator": said.indicator,
        "period": {"start": str(said.period.start), "end": str(said.period.end)},
        "moment": moment,
        "parameters": said.parameters,
        "count": said.count,
        "digest": said.digest,
    }
