"""Write the reference pages that follow from the code: events, indicators, errors, terms, commands.

    python docs/generate.py            write them
    python docs/generate.py --check    tell whether they are up to date; exit code 1 if not

What a page says is taken from the declarations, so that it cannot rot.
"""

import csv
import inspect
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from lianjian.core import errors, hookspecs
from lianjian.core.catalogue import catalogue
from lianjian.core.event import event_type
from lianjian.core.indicator import UNITS
from lianjian.core.registry import load
from lianjian.core.shapes import (
    Choice,
    Leaf,
    Many,
    Mapped,
    Maybe,
    New,
    Record,
    Ref,
    Sealed,
    Shape,
    Term,
)
from lianjian.core.vocabulary import installed

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Made by docs/generate.py; change the code, then run it. -->\n"


def first_line(text: str | None) -> str:
    """Return the first sentence of a docstring."""
    return inspect.cleandoc(text or "").split("\n\n")[0].replace("\n", " ")


def type_text(shape: Shape) -> str:
    """Return a field's type as a reader of data would write it."""
    match shape:
        case Maybe(of):
            return type_text(of)
        case Leaf(kind, marks):
            names = {
                str: "text",
                int: "integer",
                bool: "true/false",
                date: "day",
                Sealed: "sealed text",
            }
            said = [names[kind]]
            for mark in marks:
                match mark:
                    case Ref(of):
                        said = [f"ref {of}"]
                    case New(of):
                        said = [f"new {of}"]
                    case Term(of):
                        said = [f"term {of}"]
            return said[0]
        case Choice(values):
            return " / ".join(values)
        case Many(of):
            return f"[{type_text(of)}]"
        case Mapped(key, of):
            return f"{{{type_text(key)}: {type_text(of)}}}"
        case Record(_, fields):
            inner = (
                f"{n}{'' if f.required else '?'}: {type_text(f.shape)}" for n, f in fields.items()
            )
            return f"{{{', '.join(inner)}}}"
    raise TypeError(shape)


def events() -> Iterator[str]:
    """Yield the page of event types."""
    yield "# Events\n"
    yield (
        "Every event type of the installed families. `?` marks a field that may be left out: what "
        "is left out is unknown, never zero. `ref` must be known already, `new` makes an id known, "
        "`term` is a code of a [vocabulary](terms.md). Days are Shanghai dates.\n"
    )
    yield (
        "An entry on disk is one CloudEvents 1.0 object: `specversion`, `id`, `source`, `type`, "
        "`subject`?, `time`, `datacontenttype`?, `data`, and the extensions `dataversion`, "
        "`recordedat`, `recorder`, `replaces`?, `batch`? and `why`? (the reason given with a "
        'correction). A sealed text stands there as `{"sealed": "<digest>"}`.\n'
    )
    for family in load().families:
        if not family.events:
            continue
        yield f"## {family.en} ({family.zh})\n"
        for cls in family.events:
            type_ = event_type(cls)
            yield f"### `{type_.name}`, version {type_.version}\n"
            yield inspect.cleandoc(cls.__doc__ or "") + "\n"
            if type_.happened:
                yield "Its day cannot lie in the future.\n"
            if type_.command:
                yield f"Recorded by `lianjian {type_.command}` alone.\n"
            if type_.final:
                yield "Can be neither corrected nor voided.\n"
            yield "| field | type |\n|---|---|"
            for name, field in type_.shape.fields.items():
                optional = "" if field.required else "?"
                yield f"| `{name}`{optional} | {type_text(field.shape)} |".replace(" / ", ", ")
            yield ""


def indicators() -> Iterator[str]:
    """Yield the page of indicators."""
    yield "# Indicators\n"
    yield (
        "Every indicator of the installed families, with its definition in both languages, its "
        "formula, its unit, which way is better (or the band), what it has readings for beside `all`, "
        "and the fact tables that are its evidence (`lianjian why` opens them). `lianjian catalogue "
        "--json` has the same for programs.\n"
    )
    for family, own in groupby(catalogue(load().families), key=lambda e: e.family):
        yield f"## {family.en} ({family.zh}), version {family.version}\n"
        for entry in own:
            i = entry.indicator
            yield f"### `{i.name}`\n"
            yield f"{i.zh}  \n{i.en}\n"
            if i.formula:
                yield f"- formula: {i.formula}"
            yield f"- unit: {i.unit} ({UNITS[i.unit].zh})"
            yield f"- better: {i.better}"
            yield f"- readings: {entry.subjects}"
            yield f"- evidence: {', '.join(f'`{name}`' for name in entry.evidence)}"
            yield f"- {first_line(i.function.__doc__)}\n"


def tables() -> Iterator[str]:
    """Yield the page of fact tables."""
    yield "# Fact tables\n"
    yield (
        "What events state, as rows of views.db. In a query `NAME` has the rows of the period, "
        "`NAME_to_date` those up to its end, and a state table also `NAME_spells(start, end, …)`; "
        "each has the column `event`, the position that stated the row. In views.db itself a row "
        "also has `since`, `n` and `until`.\n"
    )
    for family in load().families:
        yield f"## {family.en} ({family.zh})\n"
        yield "| table | keys | texts | sums | state | stated by |\n|---|---|---|---|---|---|"
        for t in family.facts:
            cells = [", ".join(c) for c in (t.keys, t.texts, t.sums)]
            by = ", ".join(f"`{e.name}`" for e in t.events)
            yield f"| `{t.name}` | {' | '.join(cells)} | {t.state} | {by} |"
        yield ""


def error_page() -> Iterator[str]:
    """Yield the page of errors."""
    yield "# Errors\n"
    yield "Every deliberate error, in both languages; `{…}` stands for the details.\n"
    yield "Exit codes: 0 fine, 1 error, 2 usage, 3 verification failed.\n"
    for name, cls in sorted(inspect.getmembers(errors, inspect.isclass)):
        if not issubclass(cls, errors.LianjianError) or cls in (errors.LianjianError, errors.Fault):
            continue
        code = (
            "a fault of a record" if issubclass(cls, errors.Fault) else f"exit code {cls.exit_code}"
        )
        yield f"## {name}\n"
        yield f"{first_line(cls.__doc__)} ({code})\n"
        yield f"- {cls.zh}\n- {cls.en}"
        if cls.hint_en:
            yield f"- 提示：{cls.hint_zh}\n- hint: {cls.hint_en}"
        yield ""


def terms() -> Iterator[str]:
    """Yield the page of vocabularies."""
    yield "# Vocabularies\n"
    yield "The installed terms; a `term.defined` event adds to them, and a code is never used again.\n"
    for scheme, found in sorted(installed().items()):
        yield f"## {scheme}\n"
        yield "| code | 中文 | English |\n|---|---|---|"
        yield from (f"| `{t.code}` | {t.zh} | {t.en} |" for t in found.values())
        yield ""


def commands() -> Iterator[str]:
    """Yield the page of commands: what `--help` says, at 80 columns."""
    yield "# Commands\n"
    yield "What `lianjian --help` says. `lianjian --lang zh COMMAND --help` says it in Chinese.\n"
    top = help_of()
    yield f"```text\n{top}\n```\n"
    for name in _command_names(top):
        text = help_of(name)
        yield f"## {name}\n"
        yield f"```text\n{text}\n```\n"
        for below in _command_names(text):
            yield f"### {name} {below}\n"
            yield f"```text\n{help_of(name, below)}\n```\n"


def _command_names(text: str) -> list[str]:
    """Return the names in a help's list of commands; none where it has no such list."""
    lines = [line.strip(" |│") for line in text.splitlines()]
    heads = [i for i, line in enumerate(lines) if line.strip("-─ ╭╮+").startswith("Commands:")]
    begin = heads[0] + 1 if heads else len(lines)
    known = [line.split()[0] for line in lines[begin:] if line and line[0].isalpha()]
    return [name for name in known if name.islower()]


def help_of(*command: str) -> str:
    """Return a command's help text."""
    import os  # noqa: PLC0415

    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C"}
    called = [sys.executable, "-m", "lianjian.cli", "--lang", "en", *command, "--help"]
    done = subprocess.run(called, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def mission() -> Iterator[str]:
    """Yield the page of the mission: the 107 things that the report of 2021 names."""
    yield "# The mission\n"
    yield (
        "The report of a district People's Congress of 2021 names 107 things. Each of them is held by an "
        "event, computed by an indicator, or stands here with the reason why no software should. A "
        "phrase is quoted as it stands there; `;;` joins parts of one thing. Definitions: "
        "[indicators](indicators.md), fields: [events](events.md).\n"
    )
    yield "| | 报告所言 | events | indicators | note |\n|---|---|---|---|---|"
    with (REFERENCE / "mission.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            cells = [
                ", ".join(f"`{name.strip()}`" for name in row[column].split(",") if name.strip())
                for column in ("events", "indicators")
            ]
            phrase = row["phrase"].replace("|", "\\|")
            yield f"| {row['id']} | {phrase} | {' | '.join(cells)} | {row['note'] or ''} |"
    yield ""


def hooks() -> Iterator[str]:
    """Yield the page of plugin hooks."""
    yield "# Hooks\n"
    yield inspect.cleandoc(hookspecs.__doc__ or "") + "\n"
    for name, function in inspect.getmembers(hookspecs, inspect.isfunction):
        if name.startswith("lianjian_"):
            yield f"## `{name}()`\n"
            yield inspect.cleandoc(function.__doc__ or "") + "\n"


PAGES: dict[str, Any] = {
    "commands.md": commands,
    "errors.md": error_page,
    "events.md": events,
    "hooks.md": hooks,
    "indicators.md": indicators,
    "mission.md": mission,
    "tables.md": tables,
    "terms.md": terms,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check tell which are out of date."""
    REFERENCE.mkdir(exist_ok=True)
    stale = []
    for name, page in PAGES.items():
        text = NOTE + "\n".join(page()).rstrip() + "\n"
        path = REFERENCE / name
        if "--check" in arguments:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stderr.write(f"docs/reference/{name} is out of date: run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
