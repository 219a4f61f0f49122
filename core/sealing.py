"""Sealed fields at the log's door: what they were sealed from, and whether two of them say the same.

An entry holds the digest of a salted disclosure, `{"sealed": "…"}`; the same text is never sealed
to the same digest twice. So records are compared by what their digests open to, and where one has
been erased nothing is compared: it is passed over, and does not come back.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from lianjian.core.errors import Fault, Invalid, ResidentIdFound
from lianjian.core.event import open_disclosure, read_envelope
from lianjian.core.identifiers import resident_id_in
from lianjian.core.shapes import digests, dotted

ERASED = {"erased": ""}


def sealed_places(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (digest, path) of every sealed place of a record's plain form."""
    if isinstance(data, dict) and set(data) == {"sealed"}:
        yield from ((digest, path) for digest in digests(data))
        return
    items = enumerate(data) if isinstance(data, list) else ()
    for name, item in data.items() if isinstance(data, dict) else items:
        yield from sealed_places(item, dotted(path, name))


def sealed_in(entry: bytes) -> list[tuple[str, str]]:
    """Return (path, digest) of each sealed place of an entry, judged from its bytes alone.

    Raises what msgspec does where it is no CloudEvents object.
    """
    if b'"sealed"' not in entry:  # parsing what has none would double the time of a verification
        return []
    data = msgspec.json.decode(read_envelope(entry).data)
    return [(path, digest) for digest, path in sealed_places(data)]


def disclosure_faults(disclosure: str) -> Iterator[Fault]:
    """Yield what is wrong with the text behind a digest."""
    try:
        if resident_id_in(_text_of(disclosure)):
            yield ResidentIdFound()
    except (ValueError, TypeError) as error:
        yield Invalid(reason=error)


def _text_of(disclosure: str) -> str:
    return open_disclosure(disclosure)[1]


def opened(data: Any, disclosure_of: Callable[[str], str | None]) -> Any:
    """Return a record's plain form with the text, or ERASED, in the place of each digest."""
    if isinstance(data, dict):
        digest = data.get("sealed")
        if set(data) == {"sealed"} and isinstance(digest, str):
            disclosure = disclosure_of(digest)
            return {"opened": _text_of(disclosure)} if disclosure else ERASED
        return {k: opened(v, disclosure_of) for k, v in data.items()}
    return [opened(v, disclosure_of) for v in data] if isinstance(data, list) else data


def without_erased(before: Any, data: Any) -> tuple[Any, Any]:
    """Take out of two opened records the places where either has been erased."""
    if isinstance(before, dict) and isinstance(data, dict):
        if ERASED in (before, data):
            return None, None
        pairs = {k: without_erased(before.get(k), data.get(k)) for k in before.keys() | data.keys()}
        return {k: p[0] for k, p in pairs.items()}, {k: p[1] for k, p in pairs.items()}
    if isinstance(before, list) and isinstance(data, list) and len(before) == len(data):
        pairs_ = [without_erased(a, b) for a, b in zip(before, data, strict=True)]
        return [p[0] for p in pairs_], [p[1] for p in pairs_]
    return before, data
