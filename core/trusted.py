"""What an auditor held on to: an older checkpoint, or its short form on paper.

The short form fits on the last page of a report, and can be read over the telephone. It has the
size, the recording time of the last entry (to the second, UTC; `-` for an empty log) and the first
128 bits of the root:

    660 2021-05-02T01:02:03Z 3f2a 90c1 77de 0b4e 5a16 c2f8 9d03 e471

128 bits are enough against anybody who must match a short form that is written down already.
Whoever keeps a file keeps the whole checkpoint.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Self

from attrs import frozen

from lianjian.core.checkpoint import LARGEST, Checkpoint, checkpoint_in
from lianjian.core.errors import BadShortForm, LianjianError, Words
from lianjian.core.keys import KeyHistory

SHORT_ROOT = 16  # bytes
_FORM = re.compile(
    r"(0|[1-9][0-9]{0,18})([0-9]{4}-[0-9]{2}-[0-9]{2}t[0-9]{2}:[0-9]{2}:[0-9]{2}z|-)([0-9a-f]{32})"
)

Find = Callable[[Words, Words, object, object], None]


@frozen
class Short:
    """The short form of a checkpoint; `time` is empty where the log was."""

    size: int
    time: str
    root: bytes

    @classmethod
    def of(cls, checkpoint: Checkpoint, recordedat: str) -> Self:
        """Return the short form of a checkpoint whose last entry was recorded at `recordedat`."""
        return cls(checkpoint.size, to_the_second(recordedat), checkpoint.root[:SHORT_ROOT])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a short form as people type it: blanks, case and full-width characters are free."""
        plain = "".join(unicodedata.normalize("NFKC", text[:1000]).split()).lower()
        found = _FORM.fullmatch(plain)
        if found is None or int(found[1]) > LARGEST:
            raise BadShortForm(text=text[:100])
        time = "" if found[2] == "-" else found[2].upper()
        return cls(int(found[1]), time, bytes.fromhex(found[3]))

    def text(self) -> str:
        """Return it as it is printed."""
        return f"{self.size} {self.time or '-'} {self.root.hex(' ', 2)}"


def to_the_second(recordedat: str) -> str:
    """Return a recording time (UTC, microseconds) cut to the second; empty stays empty."""
    return f"{recordedat[:19]}Z" if recordedat else ""


@frozen
class Trusted:
    """What a history must extend: the note of an older checkpoint, a short form."""

    note: bytes | None = None
    short: Short | None = None

    @property
    def checkpoint(self) -> Checkpoint | None:
        """Return what the note claims; its signature is verified in `compare`."""
        return checkpoint_in(self.note) if self.note is not None else None

    @property
    def sizes(self) -> list[int]:
        """Return the sizes at which root and recording time are asked for."""
        return sorted({held.size for held in (self.checkpoint, self.short) if held})

    def compare(
        self,
        size: int,
        roots: Mapping[int, bytes],
        times: Mapping[int, str],
        keys: KeyHistory,
        find: Find,
    ) -> list[Words]:
        """Report where a log of `size` entries does not extend it, and return what was compared.

        `roots` and `times` are the log's own, by size; one that is not there could not be read.
        `keys` are the log's: an older checkpoint may be signed by an older key.
        """
        compared = []
        held = self._opened(keys, find)
        if held:
            n, root = held.size, held.root
            _compare(FROM, n, size, root.hex(), _hex(roots.get(n)), find)
            compared.append(Words(f"与所持 {n} 条的检查点相承", f"the checkpoint you hold ({n})"))
        if self.short:
            n = self.short.size
            known = roots.get(n)
            found = Short(n, to_the_second(times.get(n, "")), known[:SHORT_ROOT]) if known else None
            _compare(AGAINST, n, size, self.short.text(), found.text() if found else "", find)
            compared.append(Words(f"与所持 {n} 条的短式相符", f"the short form you hold ({n})"))
        return compared

    def _opened(self, keys: KeyHistory, find: Find) -> Checkpoint | None:
        """Return the checkpoint held, or report that no key of the log has signed it."""
        try:
            return keys.open(self.note) if self.note is not None else None
        except LianjianError as error:
            what = Words("签名无法核验", "its signature does not verify")
            find(FROM, what, keys.newest.name, error)
            return None


FROM = Words("所持检查点（--from）", "the checkpoint you hold (--from)")
AGAINST = Words("所持短式（--against）", "the short form you hold (--against)")


def _compare(place: Words, n: int, size: int, expected: str, found: str, find: Find) -> None:
    if n > size:
        what = Words("日志比所持的短", "the log is shorter than what you hold")
        find(place, what, n, size)
    elif not found:
        what = Words("无法比对", "it could not be compared")
        find(place, what, expected, "-")
    elif found != expected:
        what = Words(
            f"前 {n} 条不是当时的内容：历史被改写",
            f"the first {n} are not what they were: history was rewritten",
        )
        find(place, what, expected, found)


def _hex(root: bytes | None) -> str:
    return root.hex() if root else ""
