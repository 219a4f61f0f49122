"""Who recorded what: one line for each recorder in a log, or for each type of one of them.

An auditor asks it before anything else: whose word is this log, since when, and how much of it was
taken back. `recorder` is what the program was told; it is no signature of a person.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lianjian.core.errors import UnknownRecorder
from lianjian.core.messages import Reader, columns
from lianjian.core.shapes import nearest
from lianjian.core.store import Store


class Share(NamedTuple):
    """What somebody recorded, or recorded of one type.

    `superseded` of the events were corrected or voided since; `first` and `last` are recording
    times, `position` is that of the last.
    """

    name: str
    events: int
    superseded: int
    first: str
    last: str
    position: int

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return self._asdict()


_SQL = """
SELECT {by}, count(*), count(s.replaces), min(e.recordedat), max(e.recordedat), max(e.position)
FROM entries e LEFT JOIN entries s ON s.replaces = e.position
WHERE ?1 = '' OR json_extract(CAST(e.entry AS TEXT), '$.recorder') = ?1
GROUP BY 1 ORDER BY 2 DESC, 1
"""
_RECORDER = "json_extract(CAST(e.entry AS TEXT), '$.recorder')"


def shares(store: Store, recorder: str = "") -> list[Share]:
    """Return what each recorder recorded; of one `recorder`, what they recorded of each type.

    Most events first. Raises UnknownRecorder with the nearest names.
    """
    sql = _SQL.format(by="e.type" if recorder else _RECORDER)
    found = [Share._make(row) for row in store.db.execute(sql, (recorder,))]
    if recorder and not found:
        names = [share.name for share in shares(store)]
        close = nearest(recorder, names) or names[:5]
        raise UnknownRecorder(name=recorder, close=", ".join(close) or "-")
    return found


def shares_text(found: Iterable[Share], recorder: str, reader: Reader) -> Iterator[str]:
    """Yield a table of shares; days are those of the recording times, UTC."""
    say = reader.say
    rows = [
        (
            say("类型", "type") if recorder else say("录入者", "recorder"),
            say("条数", "events"),
            say("已更正或作废", "superseded"),
            say("首次", "first"),
            say("最近", "last"),
            say("最近序号", "position"),
        )
    ]
    rows += [
        (s.name, str(s.events), str(s.superseded), s.first[:10], s.last[:10], str(s.position))
        for s in found
    ]
    yield from columns(rows, width=reader.width, right=frozenset({1, 2, 5}))
