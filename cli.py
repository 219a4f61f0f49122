"""The command line: parse, call core, print.

stdout is data: tables for people, `--json` and `--csv` for programs. Progress and messages go to
stderr. Errors are `error: …` and `hint: …`, in the user's language, and every one of them becomes
text in `main` and nowhere else. Exit codes: 0 fine, 1 error, 2 usage, 3 verification failed.

The language is `--lang`; else the locale's (zh*: Chinese, C or none: undecided, any other:
English); else that of the records folder; else Chinese. Texts stand in both languages side by
side, help texts joined by `both`, and the one that is wanted is picked when the command is built.

Whatever is heavy is imported by the command that needs it: `lianjian --help` loads none of it.
"""
# ruff: noqa: PLC0415  imports inside commands keep --help and --version quick

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from lianjian.core.errors import LianjianError, Words
    from lianjian.core.event import Draft, EventType, Unfit
    from lianjian.core.figures import Figures
    from lianjian.core.log import Appended, Log
    from lianjian.core.records import Records
    from lianjian.core.registry import Registry
    from lianjian.core.show import Reader, Seen
    from lianjian.core.store import Store

NAME = "lianjian"


# Languages.


@dataclass
class Session:
    """What the options before the command say."""

    lang: str = "zh"
    decided: bool = False  # False: the records folder may still decide
    explicit: bool = False  # --lang was given: programs get their texts in it, too
    debug: bool = False
    folder: Path | None = None


session = Session()


def say(zh: str, en: str) -> str:
    """Return the text in the user's language."""
    return zh if session.lang == "zh" else en


def both(zh: str, en: str) -> str:
    """Return a help text in both languages, to be picked from when the command is built."""
    return f"{zh}\f{en}"


def _pick(text: str | None) -> str | None:
    return say(*text.split("\f")) if text and "\f" in text else text


def _start_session(args: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Settle the language, and return the arguments with `--lang` moved to the front.

    So it may stand anywhere, and is known before Typer writes a word.
    """
    rest, lang = list(args), []
    end = rest.index("--") if "--" in rest else len(rest)
    for i, arg in enumerate(rest[:end]):
        if arg == "--lang" and i + 1 < end:
            lang = [arg, rest[i + 1]]
            del rest[i : i + 2]
            break
        if arg.startswith("--lang="):
            lang = [rest.pop(i)]
            break
    given = re.split("=", lang[0])[-1] if len(lang) == 1 else lang[-1] if lang else ""
    explicit = given in ("zh", "en")
    found = given if explicit else _language_of(environ)
    session.__init__(found or "zh", bool(found), explicit, "--debug" in rest[:end])  # type: ignore[misc]
    return [*lang, *rest]


def _language_of(environ: Mapping[str, str]) -> str:
    """Return the language of the locale, empty where it names none."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        code = re.split(r"[._@]", environ.get(name, "").lower())[0]
        if code:
            return "" if code in ("c", "posix") else "zh" if code == "zh" else "en"
    if sys.platform == "win32":
        import ctypes
        import locale

        code = locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
        return "zh" if code.startswith("zh") else "en" if code else ""
    return ""


_HEADINGS = (
    (r"^Usage: ", "用法："),
    (r"^Options:$", "选项："),
    (r"^Arguments:$", "参数："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示本说明"),
    (r"\[required\]", "[必填]"),
    (r"\[default: ", "[默认："),
    (r"\[env var: ", "[环境变量："),
    (r"; required\]", "；必填]"),
)


def _localised(text: str) -> str:
    """Return Typer's help with its own headings in the user's language."""
    if session.lang == "zh":
        for pattern, zh in _HEADINGS:
            text = re.sub(pattern, zh, text, flags=re.MULTILINE)
    return text


def _pick_all(command: Any) -> None:
    command.help = _pick(command.help)
    for param in command.params:
        param.help = _pick(getattr(param, "help", None))


class _Command(TyperCommand):
    """A command whose help is in the user's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _pick_all(self)

    def get_help(self, ctx: Any) -> str:
        return _localised(super().get_help(ctx))


class _Group(TyperGroup):
    """The commands together, likewise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _pick_all(self)

    def get_help(self, ctx: Any) -> str:
        return _localised(super().get_help(ctx))


# What goes out.


def out(text: str = "") -> None:
    """Print data."""
    sys.stdout.write(text + "\n")


def tell(text: str) -> None:
    """Print a message for people."""
    sys.stderr.write(text + "\n")


def warn(zh: str, en: str) -> None:
    """Print a warning."""
    tell(say(f"注意：{zh}", f"warning: {en}"))


def complain(error: "LianjianError") -> None:
    """Print an error with its faults and its hint."""
    from lianjian.core.errors import Refused

    tell(say("错误：", "error: ") + error.message(session.lang).rstrip())
    hints = [error.hint(session.lang)]
    if isinstance(error, Refused):
        for fault in error.faults:
            tell(f"  {fault.line(session.lang)}")
        hints = [*(f.hint(session.lang) for f in error.faults), *hints]
    for hint in dict.fromkeys(filter(None, hints)):
        tell(say("提示：", "hint: ") + hint)


def for_programs(text: str) -> None:
    """Print JSON or CSV: always UTF-8, unless somebody looks at it on a terminal."""
    if not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.flush()
        sys.stdout.reconfigure(encoding="utf-8")
    out(text)


def dump(value: Any) -> None:
    """Print a value as JSON."""
    import json

    for_programs(json.dumps(value, ensure_ascii=False, indent=1))


def program_lang() -> str:
    """Return the language of texts for programs: English, so that it is stable, unless asked."""
    return session.lang if session.explicit else "en"


@contextmanager
def progress(zh: str, en: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show progress on a terminal; yields what to call with the number done, or None."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say(zh, en), total=total)
        yield lambda done: bar.update(task, completed=done)


def reader(names: Mapping[str, str] | None = None) -> "Reader":
    """Return for whom tables are made: their language, and 80 columns where there is no terminal."""
    import shutil

    from lianjian.core.show import Reader

    width = max(shutil.get_terminal_size((80, 24)).columns, 40)
    return Reader(session.lang, width, names or {})


# What commands share.


def open_records() -> "Records":
    """Return the records folder: -C, then $LIANJIAN_RECORDS, then upward from here."""
    from lianjian.core.records import Records

    records = Records.find(session.folder)
    if not session.decided:
        session.lang = records.language
    return records


def load_registry() -> "Registry":
    """Load the families, and name on stderr the plugins that were left out."""
    from lianjian.core.registry import load

    registry = load()
    for broken in registry.broken:
        tell(say("注意：", "warning: ") + broken.message(session.lang))
    return registry


@contextmanager
def open_log() -> "Iterator[Log]":
    """Open the log for appending."""
    from lianjian.core.log import Log

    records = open_records()
    registry = load_registry()
    with Log.open(records, registry.types, registry.installed) as log:
        yield log


@contextmanager
def open_store() -> "Iterator[Store]":
    """Open the log for reading."""
    from lianjian.core.store import Store

    with Store.open(open_records().log) as store:
        yield store


def who(recorder: str) -> str:
    """Return who records: as given, or the login name."""
    from lianjian.core.errors import NoRecorder

    if recorder:
        return recorder
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise NoRecorder from None


def wrong(command: str, zh: str, en: str) -> "LianjianError":
    """Return a usage error of a command."""
    from lianjian.core.errors import Words, WrongUsage

    return WrongUsage(why=Words(zh, en), command=command)


def pairs(command: str, texts: Sequence[str]) -> dict[str, str]:
    """Return `name=value` texts as a mapping."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name or name in found:
            raise wrong(
                command, f"{text!r} 应写作 名称=值，且不重复", f"write {text!r} as name=value, once"
            )
        found[name] = value
    return found


def append(log: "Log", drafts: "Sequence[Draft | Unfit]") -> "Appended":
    """Append, and say on stderr what became of it."""
    done = log.append(drafts)
    old = len(done.positions) - done.added
    if done.guard_was_missing:
        warn(
            f"没有守护文件 {log.records.guard.path}，本次无从比对历史，已重新建立",
            f"there was no guard {log.records.guard.path}: history could not be compared this once",
        )
    for kind, id_ in sorted(done.unchecked):
        warn(f"{kind} {id_!r} 无已装指标族可核对", f"no installed family can check {kind} {id_!r}")
    if done.added:
        last = log.store.size() - 1
        tell(say(f"已录入 {done.added} 条，至第 {last} 条", f"recorded {done.added}, up to {last}"))
    if old:
        tell(say(f"{old} 条先前已有，未重复录入", f"{old} stood there already"))
        stale = sum(log.store.superseded_by(p) is not None for p in done.positions)
        if stale:
            warn(
                f"其中 {stale} 条先前已录入、后被作废或更正，不再计入；如须重录，请用新的编号",
                f"{stale} of them have been voided or corrected since and do not count; "
                "record them under new ids if they should",
            )
    return done


# Options that several commands have.

RecorderOption = Annotated[
    str,
    typer.Option(
        "--recorder",
        metavar="NAME",
        envvar="LIANJIAN_RECORDER",
        show_envvar=False,
        help=both("录入人或单位", "who says so (or LIANJIAN_RECORDER)"),
    ),
]
BatchOption = Annotated[
    str, typer.Option("--batch", metavar="BATCH", help=both("批次编号", "the id of the import"))
]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help=both("理由", "the reason"))]
PeriodOption = Annotated[
    str,
    typer.Option(
        "--period",
        metavar="PERIOD",
        help=both("期间：2021、2021Q3、2021-05、起..止", "2021, 2021Q3, 2021-05, DAY..DAY"),
    ),
]
AtOption = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="MOMENT",
        help=both("时点：条数、日期或时间", "the log as of a number of events, day or time"),
    ),
]
TreeOption = Annotated[
    Literal["then", "now"],
    typer.Option("--tree", help=both("按当时或现在的单位树", "units as they were then, or are now")),
]
JsonOption = Annotated[bool, typer.Option("--json", help=both("输出 JSON", "print JSON"))]
CsvOption = Annotated[bool, typer.Option("--csv", help=both("输出 CSV", "print CSV"))]
LimitOption = Annotated[
    int,
    typer.Option("--limit", metavar="N", help=both("最多条数，0 为全部", "how many; 0 for all")),
]

app = typer.Typer(
    name=NAME,
    cls=_Group,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=both(
        "廉鉴：廉政教育的档案与指标。\n\n只录入一次，不可悄悄更改；每个数字都可追溯到记录。",
        "Lianjian: the records of integrity education, and every figure about it.\n\n"
        "Recorded once, in a log that nobody can quietly change; "
        "each figure opens back to its records.",
    ),
)


def command(name: str, zh: str, en: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command with its help in both languages."""
    return app.command(name, cls=_Command, help=both(zh, en))


@app.callback()
def root(
    folder: Annotated[
        Path | None,
        typer.Option(
            "-C", metavar="DIR", help=both("档案夹（默认向上查找）", "the records folder")
        ),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option("--lang", help=both("语言", "the language, also of JSON and CSV")),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help=both("出错时显示细节", "show tracebacks"))
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=lambda v: _version(asked=v))
    ] = False,
) -> None:
    """Take the options that stand before the command; language and debug are known already."""
    session.folder = folder


def _version(*, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        out(f"{NAME} {version(NAME)}")
        raise typer.Exit


# Making a records folder, and filling it.


@command("init", "新建档案夹。", "Make a records folder.")
def init(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help=both("目录", "the folder"))
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            "--origin",
            metavar="URL",
            help=both("日志来源名，不带协议的网址", "the log's name: a URL without a scheme"),
        ),
    ] = "",
    cites: Annotated[
        Path | None,
        typer.Option(
            "--cites",
            metavar="FILE",
            help=both("旧日志的 guard 或检查点", "guard or checkpoint of a log that broke off"),
        ),
    ] = None,
    why: WhyOption = "",
    recorder: RecorderOption = "",
) -> None:
    """Make a records folder; with `--cites` its first event names the log that it goes on from."""
    from lianjian.core.records import Records

    cited = _cited(cites) if cites else None
    by = who(recorder) if cited else ""
    path = folder or session.folder or Path()
    records = Records.create(path, origin, session.lang)
    if cited:
        from lianjian.core.activities import LogCited
        from lianjian.core.event import Draft, today
        from lianjian.core.log import Log

        reason = why or say("接续旧日志", "goes on where the other log broke off")
        event = LogCited(**cited, day=today(), why=reason)
        registry = load_registry()
        with Log.open(records, registry.types, registry.installed) as log:
            append(log, [Draft(event=event, recorder=by)])
    tell(say(f"已建档案夹，来源 {records.origin}", f"made the records of {records.origin}"))
    tell(
        say(
            "请保管好 keys/log.key，并定期用 lianjian backup 备份",
            "keep keys/log.key safe, and make backups with `lianjian backup`",
        )
    )
    out(str(records.path))


def _cited(path: Path) -> dict[str, Any]:
    """Return what a guard or checkpoint file says of a log: origin, size and root."""
    import base64

    from lianjian.core.checkpoint import VerifierKey, open_checkpoint, parse_checkpoint
    from lianjian.core.guard import Guard

    held = Guard(path).read() if path.read_bytes().startswith(b"lianjian guard") else None
    note = held.note if held else path.read_text(encoding="utf-8", errors="replace")
    found = parse_checkpoint(note[: note.rfind("\n\n") + 1])
    vkey = path.with_name("keys") / "log.vkey"
    if vkey.is_file():
        open_checkpoint(note, found.origin, VerifierKey.parse(vkey.read_text("utf-8").strip()))
    else:
        warn(f"没有 {vkey}，未核对 {path} 的签名", f"there is no {vkey}: {path} is taken unverified")
    root_ = base64.b64encode(found.root).decode()
    return {"origin": found.origin, "size": found.size, "root": root_}


@command(
    "record",
    "录入一条或一批事件。\n\n例：lianjian record visit.held base=lianyuan day=2021-05-01 persons=30",
    "Record an event, or a file of them.\n\n"
    "lianjian record visit.held base=lianyuan day=2021-05-01 persons=30",
)
def record(
    type_: Annotated[
        str, typer.Argument(metavar="[TYPE]", help=both("事件类型", "type of the event"))
    ] = "",
    values: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help=both("字段，嵌套用点：themes.warning=10000", "fields; nested: themes.warning=10000"),
        ),
    ] = None,
    file: Annotated[
        str,
        typer.Option(
            "--file",
            metavar="FILE",
            help=both("JSON 或 NDJSON，- 为标准输入", "JSON or NDJSON, - for standard input"),
        ),
    ] = "",
    id_: Annotated[
        str, typer.Option("--id", metavar="ID", help=both("事件编号", "the event's id"))
    ] = "",
    batch: BatchOption = "",
    recorder: RecorderOption = "",
) -> None:
    """Record events, and print their ids."""
    from lianjian.core import ledger
    from lianjian.core.event import find_type

    if bool(file) == bool(values) or (values and not type_) or (file and id_):
        raise wrong(
            "record",
            "须写 类型 字段=值……，或 --file 文件（不与 --id 并用）",
            "write TYPE key=value…, or --file FILE (without --id)",
        )
    by = who(recorder)
    with open_log() as log:
        kind = find_type(log.types, type_) if type_ else None
        if file:
            with _as_path(file) as path:
                drafts = ledger.import_ndjson(path, log.types, kind, by, batch).drafts
        else:
            assert kind
            data = ledger.assemble(kind, pairs("record", values or ()))
            drafts = [_draft(kind, data, recorder=by, id=id_, batch=batch)]
        for event_id in append(log, drafts).ids:
            out(event_id)


@contextmanager
def _as_path(file: str) -> Iterator[Path]:
    """Yield the path of a file; standard input is written to one."""
    if file != "-":
        yield Path(file)
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


def _draft(type_: "EventType", data: Any, **attributes: str) -> "Draft | Unfit":
    """Return JSON data as a draft; where they do not fit, as what the log reports in full."""
    from lianjian.core.errors import Refused
    from lianjian.core.event import Draft, Unfit, read_data

    try:
        event, disclosures = read_data(type_, data)
    except Refused as refused:
        return Unfit(type_, data, refused.faults)
    return Draft(event=event, disclosures=disclosures, **attributes)  # type: ignore[arg-type]


@command(
    "import",
    "导入台账（CSV）。",
    "Import a ledger (CSV).",
)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=both("CSV 文件", "the CSV file"))],
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help=both("事件类型", "type of the events"))
    ],
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help=both("字段取自哪一列，可多次", "which column a field is in; repeatable"),
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help=both("各行相同的字段，可多次", "a field that is the same in each row; repeatable"),
        ),
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="COLUMN",
            help=both("以该列作为编号", "the column that tells rows apart"),
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=both("只检查，不录入", "check, and record nothing"))
    ] = False,
    batch: BatchOption = "",
    recorder: RecorderOption = "",
) -> None:
    """Import a ledger: all of it or nothing, and print the batch by which it can be voided."""
    from lianjian.core import ledger
    from lianjian.core.event import find_type

    by = who(recorder)
    maps, sets = pairs("import", map_ or ()), pairs("import", set_ or ())
    batch = batch or _batch_of(file)
    with open_log() as log:
        kind = find_type(log.types, type_)
        read = ledger.import_csv(file, kind, maps, sets, key, by, batch)
        if dry_run:
            count = log.check(read.drafts)
            tell(
                say(
                    f"检查通过：{len(read.drafts)} 行，将录入 {count} 条；未写入任何内容",
                    f"{len(read.drafts)} rows are fine, {count} would be recorded; "
                    "nothing was written",
                )
            )
            return
        done = append(log, read.drafts)
    if done.added:
        tell(say(f"批次 {batch}，可用 void --batch 整批作废", f"void --batch {batch} takes it back"))
        out(batch)


def _batch_of(path: Path) -> str:
    """Return an id for the import of a file: the same file, the same id."""
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    stem = re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", "-", path.stem)
    return f"{stem}-{digest}"


@command("correct", "更正一条事件。", "Correct an event: what is not given stays as it was.")
def correct(
    id_: Annotated[
        str, typer.Argument(metavar="ID", help=both("事件编号或序号", "the event's id or position"))
    ],
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE...", help=both("改正的字段，空值为删去", "new values; empty: unknown")
        ),
    ],
    why: WhyOption,
    recorder: RecorderOption = "",
) -> None:
    """Record an event in the place of another, and print its id."""
    from lianjian.core import ledger
    from lianjian.core.errors import NothingToChange, UnknownEventType
    from lianjian.core.event import read_envelope
    from lianjian.core.log import find_event
    from lianjian.core.shapes import plain

    by, changes = who(recorder), pairs("correct", values)
    with open_log() as log:
        row = find_event(log.store, id_)
        if row.type not in log.types:
            raise UnknownEventType(type=row.type, close="-")
        kind = log.types[row.type]
        old = plain(kind.read(row.entry, row.version))
        data = ledger.assemble(kind, changes, old)
        if data == old:
            raise NothingToChange(id=row.id)
        envelope = read_envelope(row.entry)
        attributes = {"subject": envelope.subject, "replaces": row.id, "why": why}
        if "day" not in kind.shape.fields:
            attributes["time"] = envelope.time
        done = append(log, [_draft(kind, data, recorder=by, **attributes)])
        out(done.ids[0])


@command("void", "作废一条事件或一个批次。", "Take back an event, or an import.")
def void(
    why: WhyOption,
    id_: Annotated[
        str,
        typer.Argument(metavar="[ID]", help=both("事件编号或序号", "the event's id or position")),
    ] = "",
    batch: BatchOption = "",
    recorder: RecorderOption = "",
) -> None:
    """Record that events are taken back, and print the ids of what says so."""
    from lianjian.core.log import voids

    if bool(id_) == bool(batch):
        raise wrong("void", "须写事件编号，或 --batch 批次", "write an id, or --batch BATCH")
    by = who(recorder)
    with open_log() as log:
        for event_id in append(log, voids(log.store, by, why, id_=id_, batch=batch)).ids:
            out(event_id)


# Looking at the log.


@command("log", "列出事件，最新的在最后。", "List events, the newest last.")
def log_(
    limit: LimitOption = -1,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help=both("只列该类型", "of one type"))
    ] = "",
    batch: BatchOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help=both("每行一个 JSON 对象", "one JSON object a line"))
    ] = False,
) -> None:
    """List the newest events: 20 for people, all for programs, unless a limit is given."""
    from lianjian.core import show

    with open_store() as store:
        most = limit if limit >= 0 else 0 if as_json else 20
        for events in show.newest(store, most, type_, batch):
            pass
        found = list(show.newest(store, most, type_, batch))
        if as_json:
            for event in found:
                for_programs(event.as_json())
            return
        _print_events(found)
        size = store.size()
    if not found:
        tell(say("没有相符的事件", "there are no such events"))
    elif len(found) == most:
        tell(say(f"以上为最后 {most} 条；共 {size} 条，--limit 0 列出全部", f"the last {most}; the log has {size}, --limit 0 lists all"))
