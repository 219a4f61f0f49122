"""Text files: the bytes that operators' programs save, as text.

    file = read_file(Path("visits.csv"))
    file.text, file.encoding                "日期,人数 …", "GB18030"

Spreadsheets in China save CSV in GBK, or in UTF-8, with a mark in front or without, or in UTF-16.
A mark decides; without one a text is UTF-8 if it can be, else GB18030, which GBK is a part of. What
could be either is refused, and so is a workbook, which is no text.
"""

from pathlib import Path
from typing import Literal

from attrs import frozen

from lianjian.core import messages
from lianjian.core.cells import tidy
from lianjian.core.errors import LedgerUnreadable, NoRows, NotAText, SpreadsheetGiven, Words


@frozen
class File:
    """A text file: its bytes, and the text that they are in the encoding that was found."""

    path: Path
    content: bytes
    text: str
    encoding: str


def read_file(path: Path) -> File:
    """Return a file as text, whichever of the usual encodings it is in.

    Raises LedgerUnreadable, SpreadsheetGiven for a workbook, NotAText, NoRows where it is empty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LedgerUnreadable(path=path, reason=messages.why(error)) from error
    if content.startswith(b"PK\x03\x04"):
        raise SpreadsheetGiven(path=path, kind="xlsx")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise SpreadsheetGiven(path=path, kind="xls")
    text, encoding = _decoded(path, content)
    if "\0" in text:
        raise NotAText(path=path, why=Words("含有空字符（NUL）", "it has NUL characters"))
    if not tidy(text):
        raise NoRows(path=path, why=Words("文件是空的", "the file is empty"))
    return File(path, content, text, encoding)


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = [("utf-16", "UTF-16")]
    elif content.startswith(b"\xef\xbb\xbf"):
        tries = [("utf-8-sig", "UTF-8")]
    else:
        tries = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    found = {}
    for codec, name in tries:
        try:
            found[name] = content.decode(codec)
        except UnicodeDecodeError:
            continue
    names = "/".join(name for _, name in tries)
    if not found:
        raise NotAText(path=path, why=Words(f"不是 {names} 编码", f"it is not in {names}"))
    if len(found) > 1 and _only_rare_letters(found["UTF-8"]):
        why = Words(f"无法分辨是 {names} 中的哪一种", f"it could be in either of {names}")
        raise NotAText(path=path, why=why)
    encoding = next(iter(found))
    return found[encoding], encoding


def _only_rare_letters(text: str) -> bool:
    """Tell whether UTF-8 is doubtful: letters beyond the Latin ones, but none that takes 3 bytes.

    A short text in GBK may happen to be UTF-8 as well: 亭 reads as U+0364, a combining letter.
    """
    return "\u0180" <= max(text, default="") <= "\u07ff"


def file_kind(path: Path) -> Literal["csv", "cloudevents"]:
    """Tell what a file holds, by its extension, or by how it begins where that says nothing."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix in (".ndjson", ".jsonl", ".json"):
        return "cloudevents"
    return "cloudevents" if tidy(read_file(path).text).startswith(("{", "[")) else "csv"
