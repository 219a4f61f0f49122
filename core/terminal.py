"""Talking to people at a terminal: data on stdout, all else on stderr, in their language.

    t = Terminal("zh")
    t.out("v1")                                     data
    t.tell("已录入 1 条", "recorded 1 event")        a message
    t.complain(error)                               错误：… and 提示：…

Texts stand in both languages side by side. Nothing needs colour, and consoles may be GBK.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import mutable

from lianjian.core.errors import LianjianError, Refused
from lianjian.core.messages import Reader, clean


@mutable
class Terminal:
    """Whoever is at the terminal, and how far their language is settled."""

    lang: str = "zh"
    decided: bool = False  # where it is not, the records folder decides
    explicit: bool = False  # it was asked for by name, so that programs get their texts in it, too

    def say(self, zh: str, en: str) -> str:
        """Return the text in the user's language."""
        return zh if self.lang == "zh" else en

    # Data.

    def out(self, text: str = "") -> None:
        """Print data."""
        sys.stdout.write(text + "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Print data line by line."""
        for text in texts:
            self.out(text)

    def for_programs(self, text: str) -> None:
        """Print JSON or CSV: always UTF-8, unless somebody looks at it on a terminal."""
        if not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8")
        self.out(text)

    def dump(self, value: Any) -> None:
        """Print a value as JSON."""
        self.for_programs(json.dumps(value, ensure_ascii=False, indent=1))

    @property
    def program_lang(self) -> str:
        """Return the language of texts for programs: English, and so stable, unless asked."""
        return self.lang if self.explicit else "en"

    def reader(
        self, names: Mapping[str, str] | None = None, shapes: Mapping[str, Any] | None = None
    ) -> Reader:
        """Return for whom tables are made; without a terminal, for 80 columns or $COLUMNS."""
        width = max(shutil.get_terminal_size((80, 24)).columns, 40)
        return Reader(self.lang, width, {} if names is None else names, shapes or {})

    # Messages.

    def tell(self, zh: str, en: str) -> None:
        """Print a message."""
        sys.stderr.write(self.say(zh, en) + "\n")

    def warn(self, zh: str, en: str) -> None:
        """Print a warning."""
        self.tell(f"注意：{zh}", f"warning: {en}")

    def complain(self, error: LianjianError) -> None:
        """Print an error with its faults and its hints."""
        faults = error.faults if isinstance(error, Refused) else ()
        said = clean(error.message(self.lang)).rstrip()
        self.tell(f"错误：{said}", f"error: {said}")
        for fault in faults:
            line = clean(fault.line(self.lang))
            self.tell(f"  {line}", f"  {line}")
        hints = [*(f.hint(self.lang) for f in faults), error.hint(self.lang)]
        for hint in dict.fromkeys(map(clean, filter(None, hints))):
            self.tell(f"提示：{hint}", f"hint: {hint}")

    @contextmanager
    def progress(
        self, zh: str, en: str, total: int | None
    ) -> Iterator[Callable[[int], None] | None]:
        """Show progress where stderr is a terminal; yields what to call with the number done."""
        if not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console  # noqa: PLC0415  only somebody who waits needs it
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.say(zh, en), total=total)
            yield lambda done: bar.update(task, completed=done)
