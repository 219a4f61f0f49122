"""What people read: failures of others in our own words, and texts laid out in cells.

    foreseen(error)          a sqlite3 or operating system error as a LianjianError, or None
    columns(rows, width=80)  rows as lines that align, on a terminal that shows 中文 two cells wide
    usage(text, lang)        what Typer says of a wrong command line, in the user's language
    Reader("zh", 80)         who reads: language, width, and what ids are called

Nothing here prints. Consoles may be GBK, and some draw its box characters two cells wide: tables
are letters and spaces.
"""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from lianjian.core.errors import (
    DatabaseBusy,
    DatabaseTrouble,
    DiskFailed,
    DiskFull,
    FileTrouble,
    LianjianError,
    ReadOnly,
    Words,
)

# Failures of the machine.

_OS_ERRORS = {
    errno.ENOENT: Words("没有此文件或目录", "no such file or folder"),
    errno.EACCES: Words("没有权限", "permission denied"),
    errno.EPERM: Words("没有权限", "not permitted"),
    errno.EEXIST: Words("已存在", "it exists already"),
    errno.EISDIR: Words("是目录，不是文件", "it is a folder, not a file"),
    errno.ENOTDIR: Words("其中一段不是目录", "a part of the path is no folder"),
    errno.EROFS: Words("磁盘只读", "the disk is read-only"),
    errno.ENAMETOOLONG: Words("名称过长", "the name is too long"),
    errno.EMFILE: Words("打开的文件过多", "too many open files"),
    errno.ENOSPC: Words("磁盘已满", "the disk is full"),
    errno.EDQUOT: Words("超出磁盘配额", "the disk quota is used up"),
    errno.EIO: Words("磁盘读写出错", "the disk failed"),
}


def foreseen(error: BaseException) -> LianjianError | None:
    """Return an error in our own words, None where it is one that nobody foresaw."""
    match error:
        case LianjianError():
            return error
        case sqlite3.DatabaseError():
            return _of_database(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return DiskFull(where=_at(error.filename))
        case OSError(errno=errno.EIO):
            return DiskFailed(where=_at(error.filename))
        case OSError(errno=number) if number is not None:
            return FileTrouble(path=error.filename or "-", why=why(error))
    return None


def why(error: OSError) -> Words:
    """Return what an error of the operating system says, without the file's name."""
    said = error.strerror or str(error)
    return _OS_ERRORS.get(error.errno or 0, Words(said, said))


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let an error in a block say which file it is about: Python names it on opening only."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def _at(path: object) -> Words:
    return Words(f"：{path}", f": {path}") if path else Words("", "")


def _of_database(error: sqlite3.DatabaseError) -> LianjianError:
    said = str(error)
    if "locked" in said:
        return DatabaseBusy()
    if "readonly" in said:
        return ReadOnly()
    if "full" in said:
        return DiskFull(where=_at(None))
    if "I/O error" in said:
        return DiskFailed(where=_at(None))
    if "unable to open" in said:
        cannot = Words(
            "无法打开数据库文件，或无法在其旁建立文件",
            "the file cannot be opened, or none can be made beside it",
        )
        return DatabaseTrouble(reason=cannot)
    return DatabaseTrouble(reason=said)


# Cells.


def clean(text: str) -> str:
    """Return a text without the control characters that could steer a terminal."""
    return _CONTROLS.sub(" ", text)


_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


SHORT = 200  # characters; longer texts are measured anew, and not kept


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return _cells(text) if len(text) <= SHORT else sum(map(_cells, text))


@lru_cache(maxsize=4096)
def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415  only tables need it

    return cell_len(text)


_PIECES = re.compile(
    # A closing mark stays with the character before it; other Chinese may break anywhere.
    r"\s+|[\u2e80-\uffef][，。、；：！？）】》”]?|[^\s,\u2e80-\uffef]+[,，。、；：！？）】》”]*|,+"
)


def fold(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` cells: at spaces, and anywhere in Chinese."""
    lines = [""]
    for piece in _pieces(clean(text), max(width, 2)):
        if cells(lines[-1]) + cells(piece) <= width:
            lines[-1] += piece if lines[-1] else piece.lstrip()
        else:
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines]


def _pieces(text: str, width: int) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if cells(piece) <= width:
            yield piece
            continue
        part, used = "", 0
        for character in piece:
            wide = cells(character)
            if used + wide > width:
                yield part
                part, used = "", 0
            part, used = part + character, used + wide
        yield part


def shorten(text: str, width: int) -> str:
    """Return a text of at most `width` cells, cut with three dots where it is longer."""
    if cells(text) <= width:
        return text
    text = text[:width]  # however long it is
    while cells(text) > width - 3:
        text = text[:-1]
    return text.rstrip() + "..."


def columns(
    rows: Sequence[Sequence[str]],
    *,
    width: int = 80,
    indent: int = 0,
    right: AbstractSet[int] = frozenset(),
    keep: AbstractSet[int] = frozenset(),
) -> list[str]:
    """Lay rows out in columns two cells apart; each row becomes one text, of one or more lines.

    Columns in `right` are flush right. Where the whole is wider than `width` the widest columns
    are folded, those in `keep` (ids, which people copy) last.
    """
    rows = [[clean(cell) for cell in row] for row in rows]
    count = max(map(len, rows), default=0)
    widths = [max((cells(r[i]) for r in rows if i < len(r)), default=0) for i in range(count)]
    room = width - indent - 2 * (count - 1)
    widths = [min(w, max(room, 4)) for w in widths]  # one that is far too wide is folded anyway
    while sum(widths) > room:
        foldable = [i for i in range(count) if i not in keep and widths[i] > 8] or list(
            range(count)
        )
        widest = max(foldable, key=lambda i: widths[i])
        if widths[widest] <= 4:
            break
        widths[widest] -= 1
    return ["\n".join(_row(row, widths, indent, right)) for row in rows]


def _row(
    row: Sequence[str], widths: Sequence[int], indent: int, right: AbstractSet[int]
) -> Iterator[str]:
    folded = [fold(cell, widths[i]) for i, cell in enumerate(row)]
    for n in range(max(map(len, folded), default=0)):
        line = " " * indent
        for i, lines in enumerate(folded):
            text = lines[n] if n < len(lines) else ""
            space = " " * (widths[i] - cells(text))
            line += (space + text if i in right else text + space) + "  "
        yield line.rstrip()


SYNTHETIC = Words("【合成数据】", "[synthetic]")


@frozen
class Reader:
    """Who reads: the language, the width of the terminal, and what is called how.

    `names` are those of ids, by subject; `shapes` are those of event types (core/shapes.py), by
    name, from which it follows what in an event is an id or a code.
    """

    lang: str = "en"
    width: int = 80
    names: Mapping[str, str] = field(factory=dict)
    shapes: Mapping[str, Any] = field(factory=dict)

    def say(self, zh: str, en: str) -> str:
        """Return the text in the reader's language."""
        return zh if self.lang == "zh" else en

    def subject(self, subject: str) -> str:
        """Return a subject with its name: `unit:anting 安亭镇`."""
        if subject == "all":
            return self.say("all 全部", "all")
        name = self.names.get(subject, "")
        return f"{subject} {name}" if name else subject

    def listed(self, text: str, kind: str = "") -> str:
        """Return a remark that lists ids, `why: a, b`, with their names: `why: 安亭镇 a, b`.

        Where an id is known under several kinds it is one of `kind`, if of any.
        """
        head, colon, rest = text.partition(self.say("：", ": "))
        comma = self.say("、", ", ")
        found = []
        for item in rest.split(comma):
            name = self.names.get(f"{kind}:{item}", "") or self.names.get(item, "")
            found.append(f"{name} {item}" if name and item else item)
        return head + colon + comma.join(found)

    def below(self, text: str, indent: int = 4) -> str:
        """Return a text folded to stand below something, each line indented."""
        return "\n".join(" " * indent + line for line in fold(text, self.width - indent))


# Typer's own sentences. It has no catalogue to translate; what it says otherwise stays English.

_USAGE = (
    (r"No such command ('.*?')\.?(?: Did you mean (.*)\?)?", "没有命令 {0}", "；是否想用 {1}"),
    (r"No such option: (\S+?)\.?(?: Did you mean (.*)\?)?", "没有选项 {0}", "；是否想用 {1}"),
    (r"No such option: (\S+) \(Possible options: (.*)\)", "没有选项 {0}", "；相近的有 {1}"),
    (r"Missing argument '(.*?)'\.?.*", "缺少参数 {0}", ""),
    (r"Missing option (.*?)\.?", "缺少选项 {0}", ""),
    (r"Missing command\.?", "缺少命令", ""),
    (r"Option (\S+) requires an argument\.?", "选项 {0} 后须有值", ""),
    (r"Option (\S+) does not take a value\.?", "选项 {0} 后不应有值", ""),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", "多余的参数：{0}", ""),
    (
        r"Invalid value for (.*?): (\S+) is not one of (.*?)\.?",
        "{0} 的值 {1} 不在可选值之内：{2}",
        "",
    ),
    (
        r"Invalid value for (.*?): (\S+) is not a valid int(?:eger)?\.?",
        "{0} 应为整数，得到 {1}",
        "",
    ),
    (
        r"Invalid value for (.*?): (\S+) is not in the range (.*?)\.?",
        "{0} 超出范围：{1}，须 {2}",
        "",
    ),
    (r"Invalid value for (.*?): (.*)", "{0} 的值有误：{1}", ""),
)


def usage(text: str, lang: str) -> str:
    """Return a usage error of Typer in `lang`."""
    text = text.strip()
    if lang != "zh":
        return text[:1].lower() + text[1:].removesuffix(".")
    for pattern, said, more in _USAGE:
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            parts = [g or "" for g in found.groups()]
            last = more if more and parts[-1] else ""
            return (said + last).format(*parts)
    return text
