"""An export as it was carried to the auditor: a folder, or a zip file of one.

    with opened(Path("handed-over.zip")) as carried:
        carried.content("checkpoint", 65_536)       bytes, None where there is no such file
        carried.files("tile")                       every file below

Both come from a stranger. Files are read up to the size that they may have, links are not followed,
nothing is unpacked to the disk, and an archive in which a name stands twice is refused: two programs
would read two different exports out of it. Whatever cannot be read raises OSError.
"""

import os
import stat
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


class Archive:
    """An export in a zip file: at its top, or in the one folder there."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, zipfile.ZipInfo] = {}
        for member in archive.infolist():
            if member.filename in self.members:
                why = Words(f"{member.filename} 出现两次", f"{member.filename} stands in it twice")
                raise BadArchive(path=path, why=why)
            self.members[member.filename] = member
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
