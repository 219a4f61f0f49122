"""A log.db made again from nothing but the bytes of its entries.

    with Store.create(path) as store:
        restore(store, bundles, folder)

Every column is what the bytes say, every tile is hashed anew. That is all that replay and figures
read of a log; ids are not registered, nothing is signed, and no text behind a sealed field is
there, so that nobody could append to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from lianjian.core.errors import LogDamaged, Words
from lianjian.core.event import read_envelope
from lianjian.core.store import EntryRow, Store, transaction
from lianjian.core.tree import Frontier, extend, leaf_hash


def restore(
    store: Store,
    bundles: Iterable[Sequence[bytes]],
    source: Path,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Fill an empty store with entries, which come in runs from `source`; all of them or none.

    Raises LogDamaged, which names the source, where an entry is no CloudEvents object or replaces
    an id that no earlier one has; sqlite3.DatabaseError where two have the same id or replace the
    same entry.
    """
    size, frontier = 0, Frontier()
    with transaction(store.db):
        for entries in bundles:
            tiles, frontier = extend(size, frontier, [leaf_hash(entry) for entry in entries])
            rows = _rows(store, size, entries, source)
            try:
                store.insert(rows, (), (), tiles)
            except (ValueError, OverflowError) as error:  # half a character, a number too long
                _refuse(source, size, error)
            size += len(entries)
            if progress:
                progress(size)


def _rows(store: Store, first: int, entries: Sequence[bytes], source: Path) -> list[EntryRow]:
    rows: list[EntryRow] = []
    positions: dict[str, int] = {}
    for position, entry in enumerate(entries, start=first):
        try:
            envelope = read_envelope(entry)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            _refuse(source, position, error)
        replaced = None
        if envelope.replaces:
            replaced = _position(store, positions, envelope.replaces)
            if replaced is None:
                _refuse(source, position, f"replaces {envelope.replaces}")
        positions[envelope.id] = position
        rows.append(
            EntryRow(
                position,
                envelope.id,
                envelope.type,
                envelope.dataversion,
                envelope.recordedat,
                replaced,
                envelope.batch or None,
                entry,
            )
        )
    return rows


def _position(store: Store, positions: Mapping[str, int], id_: str) -> int | None:
    if id_ in positions:
        return positions[id_]
    sql = "SELECT position FROM entries WHERE id = ?"
    found = store.db.execute(sql, (id_,)).fetchone()
    return int(found[0]) if found else None


def _refuse(source: Path, position: int, why: object) -> NoReturn:
    reason = Words(f"第 {position} 条起：{why}", f"from position {position} on: {why}")
    raise LogDamaged(path=source, reason=reason)
