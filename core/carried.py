"""An export as it was carried to the auditor: a folder, or a zip file of one.

    with opened(Path("handed-over.zip")) as carried:
        carried.content("checkpoint", 65_536)       bytes, None where there is no such file
        carried.files("tile")                       every file below

Both come from a stranger. Files are read up to the size that they may have, links are not followed,
nothing is unpacked to the disk, and an archive in which a name stands twice is refused: two programs
would read two different exports out of it. Whatever cannot be read raises OSError.
"""

import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from lianjian.core.errors import BadArchive, Words
from lianjian.core.files import read_plain
from lianjian.core.layout import CHECKPOINT

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises on damaged, encrypted or unsupported members."""


class Carried(Protocol):
    """The files of an export, by their names in it (`tile/0/000`)."""

    def has(self, name: str) -> bool:
        """Tell whether there is anything of that name, a folder included."""

    def content(self, name: str, most: int) -> bytes | None:
        """Return up to `most` + 1 bytes of a file; None where there is none, or a link or pipe."""

    def stream(self, name: str) -> BinaryIO | None:
        """Return an open file; None as in `content`. Reading on may raise DAMAGED."""

    def files(self, below: str) -> Iterator[str]:
        """Yield every name below one that is no folder, links included, in any order."""


@contextmanager
def opened(path: Path) -> Iterator[Carried]:
    """Open an export: a folder, or a zip file. Raises BadArchive, FileNotFoundError."""
    if not path.is_file():
        yield Folder(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED as error:
        raise BadArchive(path=path, why=Words("不是 zip 文件", "it is no zip file")) from error
    with archive:
        yield Archive(path, archive)


class Folder:
    """An export in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, name: str) -> bool:
        """Tell whether there is anything of that name."""
        return os.path.lexists(self.path / name)

    def content(self, name: str, most: int) -> bytes | None:
        """Return up to `most` + 1 bytes of a file."""
        return read_plain(self.path / name, most)

    def stream(self, name: str) -> BinaryIO | None:
        """Return an open file."""
        path = self.path / name
        with suppress(FileNotFoundError, NotADirectoryError):
            if stat.S_ISREG(path.lstat().st_mode):
                return path.open("rb")
        return None

    def files(self, below: str) -> Iterator[str]:
        """Yield every name below one."""
        waiting = [below]
        while waiting:
            name = waiting.pop()
            try:
                children = list((self.path / name).iterdir())
            except FileNotFoundError:
                return
            except OSError:
                yield name
                continue
            for child in children:
                path = f"{name}/{child.name}"
                if child.is_dir() and not child.is_symlink():
                    waiting.append(path)
                else:
                    yield path


def _is_plain(name: str) -> bool:
    """Tell whether every program takes a member's name for the same path."""
    parts = name.removesuffix("/").split("/")
    return not ({"", ".", ".."} & set(parts) or re.search(r"[\\:\x00-\x1f]", name))


class Archive:
    """An export in a zip file: at its top, or in the one folder there."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, zipfile.ZipInfo] = {}
        seen = set[str]()
        for member in archive.infolist():
            name = member.filename
            # Systems that take no notice of case, or of how a letter is composed, would mix them up.
            alike = unicodedata.normalize("NFC", name).casefold()
            if alike in seen:
                why = Words(f"{name} 出现两次", f"{name} stands in it twice")
                raise BadArchive(path=path, why=why)
            if not _is_plain(name):
                shown = name[:80].encode(errors="replace").decode()
                why = Words(f"名称 {shown!r} 有歧义", f"the name {shown!r} is ambiguous")
                raise BadArchive(path=path, why=why)
            # Of the others the standard library unpacks whole blocks, however large they become.
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                why = Words(f"{name} 的压缩方式不受支持", f"{name} is compressed in another way")
                raise BadArchive(path=path, why=why)
            seen.add(alike)
            self.members[name] = member
        tops = {name.partition("/")[0] for name in self.members}
        inside = len(tops) == 1 and CHECKPOINT not in self.members
        self.prefix = f"{tops.pop()}/" if inside else ""

    def has(self, name: str) -> bool:
        """Tell whether there is anything of that name."""
        full = self.prefix + name
        return any(n == full or n.startswith(f"{full}/") for n in self.members)

    def content(self, name: str, most: int) -> bytes | None:
        """Return up to `most` + 1 bytes of a member."""
        file = self.stream(name)
        if file is None:
            return None
        try:
            with file:
                return file.read(most + 1)
        except DAMAGED as error:
            raise OSError(str(error)) from error

    def stream(self, name: str) -> BinaryIO | None:
        """Return an open member."""
        member = self.members.get(self.prefix + name)
        if member is None or member.is_dir() or stat.S_ISLNK(member.external_attr >> 16):
            return None
        try:
            return cast(BinaryIO, self.archive.open(member))
        except DAMAGED as error:
            raise OSError(str(error)) from error

    def files(self, below: str) -> Iterator[str]:
        """Yield every name below one."""
        for name, member in self.members.items():
            if name.startswith(f"{self.prefix}{below}/") and not member.is_dir():
                yield name.removeprefix(self.prefix)
