"""The command line: parse, call core, print.

stdout is data: tables for people, `--json` and `--csv` for programs. Progress and messages go to
stderr. Errors are `error: …` and `hint: …`, and every one of them becomes text in `main` and
nowhere else. Exit codes: 0 fine, 1 error, 2 usage, 3 verification failed.

The language is `--lang`; else the locale's (zh*: Chinese, C or none: undecided, any other:
English); else that of the records folder; else Chinese. Texts stand in both languages side by
side; of help texts the one that is wanted is picked when Typer builds the command.

Whatever is heavy is imported by the command that needs it: `lianjian --help` loads none of it.
"""
# ruff: noqa: PLC0415  imports inside commands keep --help and --version quick

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from lianjian.core.errors import LianjianError
    from lianjian.core.event import Draft, Unfit
    from lianjian.core.figures import Figures
    from lianjian.core.indicator import Period
    from lianjian.core.ledger import Ledger
    from lianjian.core.log import Appended, Log
    from lianjian.core.messages import Reader
    from lianjian.core.records import Records
    from lianjian.core.registry import Registry
    from lianjian.core.store import Store

NAME = "lianjian"
Tree = Literal["then", "now"]


# Languages.


@dataclass
class Session:
    """What stands before the command, and how far it settles the language."""

    lang: str = "zh"
    decided: bool = False  # where it is not, the records folder decides
    explicit: bool = False  # --lang was given, so that programs get their texts in it, too
    debug: bool = False
    folder: Path | None = None


session = Session()


def say(zh: str, en: str) -> str:
    """Return the text in the user's language."""
    return zh if session.lang == "zh" else en


def _begin(args: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Settle the language, and return the arguments with `--lang` moved to the front.

    So it may stand anywhere, and is known before Typer writes a word.
    """
    rest, given = list(args), []
    end = rest.index("--") if "--" in rest else len(rest)
    for i, arg in enumerate(rest[:end]):
        if re.fullmatch("--lang(=.*)?", arg):
            given = rest[i : i + 1] if "=" in arg else rest[i : i + 2]
            del rest[i : i + len(given)]
            break
    named = given[-1].removeprefix("--lang=") if given else ""
    session.explicit = named in ("zh", "en")
    found = named if session.explicit else _language_of(environ)
    session.lang, session.decided = found or "zh", bool(found)
    session.debug, session.folder = "--debug" in args[:end], None
    return [*given, *rest]


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


def _both(zh: str, en: str) -> str:
    return f"{zh}\f{en}"


def _pick(text: str | None) -> str | None:
    return say(*text.split("\f")) if text and "\f" in text else text


_HEADINGS = (
    (r"^Usage: ", "用法："),
    (r"^Options:$", "选项："),
    (r"^Arguments:$", "参数："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示本说明"),
    (r"\[required\]", "[必填]"),
    (r"\[default: ", "[默认："),
)


def _localised(text: str) -> str:
    """Return Typer's help with its own headings in the user's language."""
    for pattern, zh in _HEADINGS if session.lang == "zh" else ():
        text = re.sub(pattern, zh, text, flags=re.MULTILINE)
    return text


def _localise(command: Any) -> None:
    command.help = _pick(command.help)
    for param in command.params:
        param.help = _pick(getattr(param, "help", None))


class _Command(TyperCommand):
    """A command whose help is in the user's language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _localise(self)

    def get_help(self, ctx: Any) -> str:
        return _localised(super().get_help(ctx))


class _Group(TyperGroup):
    """The commands together, likewise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _localise(self)

    def get_help(self, ctx: Any) -> str:
        return _localised(super().get_help(ctx))


app = typer.Typer(
    name=NAME,
    cls=_Group,
    # Plain help: a third of the time, and no box characters, which consoles disagree about.
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_both(
        "廉鉴：廉政教育的档案与指标。\n\n一次录入，不可悄悄更改；每个数字都可追溯到记录。",
        "Lianjian: the records of integrity education, and every figure about it.\n\n"
        "Recorded once, in a log that nobody can quietly change; "
        "each figure opens back to its records.",
    ),
)


def command(name: str, zh: str, en: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command with its help in both languages."""
    return app.command(name, cls=_Command, help=_both(zh, en))


def option(flag: str, metavar: str | None, zh: str, en: str, **more: Any) -> Any:
    """Declare an option with its help in both languages."""
    return typer.Option(flag, metavar=metavar, help=_both(zh, en), **more)


def argument(metavar: str, zh: str, en: str) -> Any:
    """Declare an argument with its help in both languages."""
    return typer.Argument(metavar=metavar, help=_both(zh, en))


Recorder = Annotated[
    str,
    option(
        "--recorder",
        "NAME",
        "录入者（或 LIANJIAN_RECORDER）",
        "who says so (or LIANJIAN_RECORDER)",
        envvar="LIANJIAN_RECORDER",
        show_envvar=False,
    ),
]
Batch = Annotated[str, option("--batch", "BATCH", "批次编号", "id of the import")]
Why = Annotated[str, option("--why", "TEXT", "理由", "the reason")]
PeriodText = Annotated[
    str,
    option(
        "--period",
        "PERIOD",
        "2021、2021Q3、2021-05 或 起日..止日",
        "2021, 2021Q3, 2021-05 or DAY..DAY",
    ),
]
At = Annotated[
    str, option("--at", "MOMENT", "当时所知：条数、日期或时间", "as known at a size, day or time")
]
TreeOption = Annotated[
    Tree, option("--tree", None, "按当时或现在的单位树", "units as they were, or as they are now")
]
Json = Annotated[bool, option("--json", None, "输出 JSON", "print JSON")]
Limit = Annotated[
    int | None, option("--limit", "N", "最多几条，0 为不限", "how many at most; 0: all", min=0)
]
IdArgument = argument("ID", "事件编号或序号", "the event's id or position")


# What goes out.


def out(text: str = "") -> None:
    """Print data."""
    sys.stdout.write(text + "\n")


def tell(zh: str, en: str) -> None:
    """Print a message for people."""
    sys.stderr.write(say(zh, en) + "\n")


def warn(zh: str, en: str) -> None:
    """Print a warning."""
    tell(f"注意：{zh}", f"warning: {en}")


def complain(error: "LianjianError") -> None:
    """Print an error with its faults and its hint."""
    from lianjian.core.errors import Refused
    from lianjian.core.messages import clean

    faults = error.faults if isinstance(error, Refused) else ()
    said = clean(error.message(session.lang)).rstrip()
    tell(f"错误：{said}", f"error: {said}")
    for fault in faults:
        line = clean(fault.line(session.lang))
        tell(f"  {line}", f"  {line}")
    hints = [*(f.hint(session.lang) for f in faults), error.hint(session.lang)]
    for hint in dict.fromkeys(map(clean, filter(None, hints))):
        tell(f"提示：{hint}", f"hint: {hint}")


def for_programs(text: str) -> None:
    """Print JSON or CSV: always UTF-8, unless somebody looks at it on a terminal."""
    if not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    out(text)


def dump(value: Any) -> None:
    """Print a value as JSON."""
    import json

    for_programs(json.dumps(value, ensure_ascii=False, indent=1))


def program_lang() -> str:
    """Return the language of texts for programs: English, so that it is stable, unless asked."""
    return session.lang if session.explicit else "en"


def reader(names: Mapping[str, str] | None = None) -> "Reader":
    """Return for whom tables are made; where there is no terminal, for 80 columns or $COLUMNS."""
    import shutil

    from lianjian.core.messages import Reader

    width = max(shutil.get_terminal_size((80, 24)).columns, 40)
    return Reader(session.lang, width, names or {})


@contextmanager
def progress(zh: str, en: str, total: int | None) -> Iterator[Callable[[int], None] | None]:
    """Show progress where stderr is a terminal; yields what to call with the number done."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(say(zh, en), total=total)
        yield lambda done: bar.update(task, completed=done)


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
        warn(broken.message("zh"), broken.message("en"))
    return registry


@contextmanager
def open_log(records: "Records | None" = None) -> "Iterator[Log]":
    """Open the log for appending."""
    from lianjian.core.log import Log

    records, registry = records or open_records(), load_registry()
    with Log.open(records, registry.types, registry.installed) as log:
        yield log


def who(recorder: str) -> str:
    """Return who records: as given, or the login name."""
    import getpass

    from lianjian.core.errors import NoRecorder

    try:
        return recorder or getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise NoRecorder from None


def wrong(of: str, zh: str, en: str) -> "LianjianError":
    """Return a usage error of a command."""
    from lianjian.core.errors import Words, WrongUsage

    return WrongUsage(why=Words(zh, en), command=f"{NAME} {of}".strip())


def pairs(of: str, texts: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return the `name=value` texts of a command as pairs."""
    from lianjian.core.quoting import shown

    split = [text.partition("=") for text in texts or ()]
    for name, equals, value in split:
        if not equals or not name.strip():
            text = shown(name + equals + value)  # it might be a resident's number
            raise wrong(of, f"{text!r} 应写作 名称=值", f"{text!r} should read NAME=VALUE")
    return [(name.strip(), value) for name, _, value in split]


def append(log: "Log", drafts: "Sequence[Draft | Unfit]") -> "Appended":
    """Append, and say on stderr what became of it."""
    done = log.append(drafts)
    if done.guard_was_missing:
        path = log.records.guard.path
        warn(
            f"没有守护文件 {path}，这一次无从比对历史；现已重新建立",
            f"there was no guard {path}, so history could not be compared this once",
        )
    for kind, id_ in sorted(done.unchecked):
        warn(f"没有指标族可核对 {kind} {id_!r}", f"no installed family can check {kind} {id_!r}")
    if done.added:
        last = log.store.size() - 1
        tell(
            f"已录入 {done.added} 条，至第 {last} 条",
            f"recorded {done.added} event(s), up to position {last}",
        )
    old = len(done.positions) - done.added
    if old:
        tell(f"{old} 条先前已有，未再录入", f"{old} stood there already")
        gone = sum(log.store.superseded_by(p) is not None for p in done.positions)
        if gone:
            warn(
                f"其中 {gone} 条已被作废或更正，不再计入；确须重录请另给编号",
                f"{gone} of them have since been voided or corrected and do not count; "
                "to record them anew, give them other ids",
            )
    return done


@app.callback()
def root(
    folder: Annotated[
        Path | None, option("-C", "DIR", "档案夹，默认由此向上找", "the records folder")
    ] = None,
    _lang: Annotated[
        Literal["zh", "en"] | None, option("--lang", None, "语言", "language, of JSON and CSV too")
    ] = None,
    _debug: Annotated[bool, option("--debug", None, "出错时显示细节", "show tracebacks")] = False,
    _version: Annotated[
        bool,
        option(
            "--version",
            None,
            "显示版本",
            "show the version",
            is_eager=True,
            callback=lambda asked: asked and show_version(),
        ),
    ] = False,
) -> None:
    """Take the options that stand before the command; language and debug are known already."""
    session.folder = folder


def show_version() -> None:
    """Print the version, and end."""
    from importlib.metadata import version

    out(f"{NAME} {version(NAME)}")
    raise typer.Exit


# Making a records folder, and filling it.


@command("init", "新建档案夹。", "Make a records folder.")
def init(
    folder: Annotated[Path | None, argument("[DIR]", "目录，默认当前目录", "default: here")] = None,
    origin: Annotated[
        str, option("--origin", "NAME", "日志名称：不带协议的网址", "a URL without a scheme")
    ] = "",
    cites: Annotated[
        Path | None,
        option("--cites", "FILE", "旧日志的 guard 或检查点", "guard or checkpoint of an old log"),
    ] = None,
    why: Why = "",
    recorder: Recorder = "",
) -> None:
    """Make a records folder; with `--cites` its first event names the log that it goes on from."""
    from lianjian.core.records import Records

    cited = _cited(cites) if cites else {}
    by = who(recorder) if cited else ""
    records = Records.create(folder or session.folder or Path(), origin, session.lang)
    if cited:
        from lianjian.core.activities import LogCited
        from lianjian.core.event import Draft, today

        reason = why or say("接续旧日志", "goes on where the other log broke off")
        with open_log(records) as log:
            event = LogCited(**cited, day=today(), why=reason)
            append(log, [Draft(event=event, recorder=by)])
    tell(f"已建档案夹，日志名称 {records.origin}", f"made the log {records.origin}")
    warn(
        "请保管好 keys/log.key，并定期用 lianjian backup 备份",
        "keep keys/log.key safe, and make backups with `lianjian backup`",
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
        warn(f"没有 {vkey}，未核对 {path} 的签名", f"{path} is not verified: there is no {vkey}")
    encoded = base64.b64encode(found.root).decode()
    return {"origin": found.origin, "size": found.size, "root": encoded}


@command(
    "record",
    "录入一条事件，或一个文件中的事件。\n\n"
    "如 lianjian record visit.held base=lianyuan day=2021-05-01 persons=30",
    "Record an event, or a file of them.\n\n"
    "As in: lianjian record visit.held base=lianyuan day=2021-05-01 persons=30",
)
def record(
    type_: Annotated[str, argument("[TYPE]", "事件类型", "type of the event")] = "",
    values: Annotated[
        list[str] | None,
        argument(
            "[KEY=VALUE]...", "字段；内层用点：themes.warning=10000", "as themes.warning=10000"
        ),
    ] = None,
    file: Annotated[
        str, option("--file", "FILE", "JSON 或 NDJSON；- 为标准输入", "JSON or NDJSON; - for stdin")
    ] = "",
    id_: Annotated[str, option("--id", "ID", "事件编号", "the event's id")] = "",
    batch: Batch = "",
    recorder: Recorder = "",
) -> None:
    """Record events, and print their ids."""
    from attrs import evolve

    from lianjian.core import cells, ledger
    from lianjian.core.event import Draft, find_type

    if bool(file) == bool(values) or (values and not type_) or (file and id_):
        raise wrong(
            "record",
            "请写 类型 字段=值……，或 --file 文件（不与 --id 并用）",
            "write TYPE KEY=VALUE…, or --file FILE (and then no --id)",
        )
    by, given = who(recorder), pairs("record", values)
    with open_log() as log:
        kind = find_type(log.types, type_) if type_ else None
        if kind and given:
            draft = cells.draft_from_texts(kind, given, by)
            if isinstance(draft, Draft):
                draft = evolve(draft, id=id_, batch=batch)
            done = append(log, [draft])
        else:
            with _as_path(file) as path:
                read = ledger.import_ndjson(path, log.types, by, batch, data_of=kind)
            done = _append_all(log, read)
        for event_id in done.ids:
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


def _append_all(log: "Log", ledger: "Ledger", *, dry_run: bool = False) -> "Appended | Any":
    """Append what a file holds, or only check it; faults are told with their row and column."""
    from lianjian.core.errors import Refused

    try:
        return log.check(ledger.drafts) if dry_run else append(log, ledger.drafts)
    except Refused as refused:
        raise ledger.told(refused) from None


@command("import", "导入台账（CSV）。", "Import a ledger (CSV).")
def import_(
    file: Annotated[Path, argument("FILE", "CSV 文件", "the CSV file")],
    type_: Annotated[str, option("--type", "TYPE", "事件类型", "type of the events")],
    maps: Annotated[
        list[str] | None,
        option("--map", "FIELD=COLUMN", "字段取自哪一列", "which column fills a field"),
    ] = None,
    sets: Annotated[
        list[str] | None,
        option("--set", "FIELD=VALUE", "各行相同的字段", "what is the same in each row"),
    ] = None,
    key: Annotated[
        str, option("--key", "COLUMN", "台账自有编号的列", "column with the ledger's own numbers")
    ] = "",
    dry_run: Annotated[
        bool, option("--dry-run", None, "只检查，不录入", "check, and record nothing")
    ] = False,
    batch: Batch = "",
    recorder: Recorder = "",
) -> None:
    """Import a ledger: all of it or nothing. Prints the batch by which it can be voided."""
    from lianjian.core.event import find_type
    from lianjian.core.ledger import import_csv

    by, mapped, fixed = who(recorder), pairs("import", maps), pairs("import", sets)
    with open_log() as log:
        kind = find_type(log.types, type_)
        read = import_csv(file, kind, mapped, fixed, key, by, batch)
        count = len(read.drafts)
        tell(
            f"{file}：{count} 行，{read.encoding}；空行 {read.skipped}",
            f"{file}: {count} rows, {read.encoding}; {read.skipped} blank",
        )
        if read.unused:
            warn(
                f"未用的列：{'、'.join(read.unused)}", f"columns not used: {', '.join(read.unused)}"
            )
        done = _append_all(log, read, dry_run=dry_run)
    if dry_run:
        tell(
            f"检查通过，将录入 {done} 条；未写入任何内容",
            f"all is well, {done} would be recorded; nothing was written",
        )
    elif done.added:
        tell(
            f"整批作废：lianjian void --batch {read.batch} --why 理由",
            f"to take it back: lianjian void --batch {read.batch} --why TEXT",
        )
        out(read.batch)


@command("correct", "更正一条事件。", "Correct an event: what is not named stays as it was.")
def correct(
    id_: Annotated[str, IdArgument],
    values: Annotated[
        list[str], argument("KEY=VALUE...", "改正的字段，空值为未知", "new values; empty: unknown")
    ],
    why: Why,
    recorder: Recorder = "",
) -> None:
    """Record an event in the place of another, and print its id."""
    from lianjian.core.correct import correction
    from lianjian.core.log import find_event

    by, changes = who(recorder), pairs("correct", values)
    with open_log() as log:
        row = find_event(log.store, id_)
        out(append(log, [correction(log.types, row, changes, by, why)]).ids[0])


@command("void", "作废一条事件或一个批次。", "Take back an event, or an import.")
def void(
    why: Why,
    id_: Annotated[str, argument("[ID]", "事件编号或序号", "the event's id or position")] = "",
    batch: Batch = "",
    recorder: Recorder = "",
) -> None:
    """Record that events are taken back, and print the ids of what says so."""
    from lianjian.core.log import voids

    if bool(id_) == bool(batch):
        raise wrong("void", "请写事件编号，或 --batch 批次", "write an ID, or --batch BATCH")
    by = who(recorder)
    with open_log() as log:
        for event_id in append(log, voids(log.store, by, why, id_=id_, batch=batch)).ids:
            out(event_id)


# Looking at the log.


@command("log", "列出事件，最新的在最后。", "List events, the newest last.")
def log_(
    limit: Limit = None,
    type_: Annotated[str, option("--type", "TYPE", "只列此类型", "only of this type")] = "",
    batch: Batch = "",
    as_json: Annotated[
        bool, option("--json", None, "每行一个 JSON 对象", "a JSON object on each line")
    ] = False,
) -> None:
    """List the newest events: 20 for people, all for programs, unless a limit is given."""
    from lianjian.core.listing import events_text, newest
    from lianjian.core.store import Store

    most = limit if limit is not None else 0 if as_json else 20
    with Store.open(open_records().log) as store:
        found = newest(store, most, type_, batch)
        if as_json:
            for event in found:
                for_programs(event.as_json())
            return
        events, size = list(found), store.size()
    for line in events_text(events, reader()) if events else ():
        out(line)
    if len(events) < size:
        tell(
            f"列出 {len(events)} 条，日志共 {size} 条（--limit 0 不限条数）",
            f"{len(events)} of the log's {size} events (--limit 0 lifts the limit)",
        )


@command("find", "按名称或编号查找编号。", "Find ids by name, or by a part of either.")
def find(
    text: Annotated[str, argument("TEXT", "名称或编号的一部分", "a part of a name or id")],
    as_json: Json = False,
) -> None:
    """Find ids by name."""
    from lianjian.core.listing import named
    from lianjian.core.messages import columns
    from lianjian.core.store import Store

    with Store.open(open_records().log) as store:
        found = named(store, load_registry().types, text)
    if as_json:
        dump([{"kind": kind, "id": id_, "names": names} for kind, id_, names in found])
        return
    for line in columns([(k, i, " / ".join(n)) for k, i, n in found], width=reader().width):
        out(line)


# Figures.


@contextmanager
def open_figures(at: str, tree: Tree) -> "Iterator[tuple[Figures, Store, Registry]]":
    """Catch up, name the families that stopped, and open the figures of a moment."""
    from lianjian.core.errors import FamilyStopped
    from lianjian.core.figures import Figures
    from lianjian.core.replay import catch_up
    from lianjian.core.show import moment
    from lianjian.core.store import Store

    records, registry = open_records(), load_registry()
    with Store.open(records.log) as store:
        asked = moment(store, at)
        with progress("更新视图", "catching up", store.size()) as tick:
            stopped = catch_up(records.views, store, registry.families, tick)
        for s in stopped.values():
            complain(FamilyStopped(family=s.family, position=s.position, why=s.why))
        with Figures(records.views, registry.families, asked, tree) as figures:
            yield figures, store, registry
    if stopped:
        raise typer.Exit(1)


def period_of(text: str, figures: "Figures") -> "Period":
    """Return the period that is asked for, or the one that people mean."""
    from lianjian.core.indicator import Period
    from lianjian.core.show import usual_period

    families = list(figures.families.values())
    position = figures.moment.position
    return Period.parse(text) if text else usual_period(figures.path, families, position)


@command("show", "计算并显示指标。", "Compute indicators, and show them.")
def show(
    name: Annotated[
        str, argument("[FAMILY|INDICATOR]", "指标族或指标，默认全部", "which; all if left out")
    ] = "",
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    as_json: Json = False,
    as_csv: Annotated[bool, option("--csv", None, "输出 CSV", "print CSV")] = False,
) -> None:
    """Show readings: all of one indicator; of more, those of `all` and the extremes."""
    from lianjian.core.errors import FamilyStopped, LianjianError
    from lianjian.core.figures import iterate
    from lianjian.core.listing import names
    from lianjian.core.show import figures_text, readings_csv, readings_json

    if as_json and as_csv:
        raise wrong("show", "--json 与 --csv 只能选一", "choose either --json or --csv")
    with open_figures(at, tree) as (figures, store, registry):
        figures.find(name)
        days = period_of(period, figures)
        found = list(iterate(figures, name, days))
        failed = [r for _, r in found if isinstance(r, LianjianError)]
        made = {i: r for i, r in found if not isinstance(r, LianjianError)}
        readings = [r for rs in made.values() for r in rs]
        if as_json or as_csv:
            write = readings_json if as_json else readings_csv
            for_programs(write(readings, program_lang()))
        else:
            called = names(store, registry.types, {r.subject for r in readings})
            for line in figures_text(figures, days, made, reader(called), whole=name):
                out(line)
        for error in failed:
            if not isinstance(error, FamilyStopped):  # those have been named
                complain(error)
        if failed:
            raise typer.Exit(1)


@command("why", "展开一个数字背后的记录。", "Open a figure to the events behind it.")
def why_(
    name: Annotated[str, argument("INDICATOR", "指标", "the indicator")],
    subject: Annotated[
        str, option("--subject", "SUBJECT", "对象，如 unit:anting", "as unit:anting")
    ] = "all",
    dimensions: Annotated[
        list[str] | None,
        option("--dimension", "NAME=VALUE", "维度，如 theme=warning", "as theme=warning"),
    ] = None,
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """Show a reading, what it means, and the events that it was computed from."""
    from lianjian.core.listing import evidence_text, names, seen
    from lianjian.core.show import figures_text, pick, why_json

    asked = dict(pairs("why", dimensions))
    with open_figures(at, tree) as (figures, store, registry):
        days = period_of(period, figures)
        reading = pick(figures, name, days, subject, asked)
        positions = figures.evidence(name, days, reading.subject, asked)
        if as_json:
            events = [event.as_json() for event in seen(store, positions)]
            dump(why_json(reading, events, program_lang()))
            return
        reads = reader(names(store, registry.types, [reading.subject]))
        made = {figures.indicators[name][1]: (reading,)}
        for line in figures_text(figures, days, made, reads, whole=name):
            out(line)
        shown = positions[-limit:] if limit else positions
        out()
        out(say(f"依据 {len(positions)} 条记录：", f"{len(positions)} events behind it:"))
        for line in evidence_text(list(seen(store, shown)), reads):
            out(line)
        if len(shown) < len(positions):
            tell(
                f"列出最后 {len(shown)} 条（--limit 0 不限条数）",
                f"the last {len(shown)} are listed (--limit 0 lifts the limit)",
            )


# Checking.


@command("replay", "从日志重建视图并比对。", "Rebuild the views from the log, and compare.")
def replay(
    families: Annotated[
        list[str] | None, argument("[FAMILY]...", "指标族，默认全部", "which; all if left out")
    ] = None,
) -> None:
    """Rebuild families from the first event; a difference from what stood is an error."""
    from lianjian.core.errors import FamilyStopped, UnknownIndicator
    from lianjian.core.listing import replayed_text
    from lianjian.core.replay import replay as rebuild
    from lianjian.core.store import Store

    records = open_records()
    known = {f.name: f for f in load_registry().families}
    for name in families or ():
        if name not in known:
            raise UnknownIndicator(name=name, close=", ".join(known))
    chosen = [known[name] for name in dict.fromkeys(families or known)]
    with Store.open(records.log) as store, progress("重建", "replaying", store.size()) as tick:
        done = rebuild(records.views, store, chosen, tick)
    for line in replayed_text(done, chosen, reader()):
        out(line)
    for s in done.stopped.values():
        complain(FamilyStopped(family=s.family, position=s.position, why=s.why))
    if done.differences:
        tell(
            "错误：视图与日志不符：曾被改动，或某个事实函数不纯\n提示：视图已按日志重建",
            "error: the views did not follow from the log: they were edited, or a fact "
            "function is not pure\nhint: they have been rebuilt and follow from it now",
        )
        raise typer.Exit(3)
    if done.stopped:
        raise typer.Exit(1)


@command("verify", "核验日志、签名与视图。", "Verify the log, its signatures and the views.")
def verify(as_json: Json = False) -> None:
    """Re-derive everything, and print what was checked and what does not follow."""
    from lianjian.core.errors import LianjianError
    from lianjian.core.listing import report_json, report_text
    from lianjian.core.store import Store
    from lianjian.core.verify import verify as audit

    records, registry = open_records(), load_registry()
    size = None
    with suppress(LianjianError), Store.open(records.log) as store:
        size = store.size()
    with progress("核验", "verifying", size) as tick:
        report = audit(records, registry.families, progress=tick)
    if as_json:
        dump(report_json(report, records.origin, program_lang()))
    else:
        for line in report_text(report, records.origin, reader()):
            out(line)
    if report.findings:
        raise typer.Exit(3)


@command("plugins", "列出指标族、事件类型与指标。", "List families, event types and indicators.")
def plugins(as_json: Json = False) -> None:
    """List what is installed. A plugin that was left out makes the exit code 1."""
    from lianjian.core.listing import plugins_json, plugins_text
    from lianjian.core.registry import load

    registry = load()
    if as_json:
        dump(plugins_json(registry.plugins))
    else:
        for line in plugins_text(registry.plugins, reader()):
            out(line)
    for broken in registry.broken:
        complain(broken)
    if registry.broken:
        raise typer.Exit(1)


# Keeping.


@command("backup", "备份档案夹。", "Make a backup of the records folder.")
def backup(
    folder: Annotated[Path, argument("DIR", "新目录或空目录", "a new or empty folder")],
) -> None:
    """Copy the folder as it is at one moment, while others may write."""
    from lianjian.core.recover import backup as copy

    out(str(copy(open_records(), folder)))
    warn("备份中有签名密钥，请妥善保管", "the backup holds the signing key: keep it safe")


@command("recover", "从备份恢复日志。", "Put the log of a backup in the place of this one.")
def recover(
    source: Annotated[Path, argument("SOURCE", "备份目录或 log.db", "a backup, or its log.db")],
) -> None:
    """Recover, if the backup has everything that was ever signed."""
    from lianjian.core.recover import recover as put_back

    done = put_back(open_records(), source)
    tell(f"已恢复，共 {done.size} 条", f"recovered: {done.size} events")
    if done.kept:
        tell(f"原来的日志保留为 {done.kept}", f"what stood there is kept as {done.kept}")


@command("demo", "新建演示档案夹。", "Make a records folder to try things with.")
def demo(
    folder: Annotated[Path, argument("[DIR]", "目录", "the folder")] = Path("lianjian-demo"),
) -> None:
    """Make a records folder of public facts, and of a year that is made up and labelled so."""
    from lianjian.core.demo import make

    registry = load_registry()
    with progress("生成演示数据", "making the demo", None) as tick:
        records = make(folder, registry, session.lang, tick)
    tell(f"接下来：lianjian -C {folder} show", f"next: lianjian -C {folder} show")
    out(str(records.path))


# Running.


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: the one place that turns errors into text."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    given = _begin(sys.argv[1:] if args is None else args, os.environ)
    try:
        code = typer.main.get_command(app).main(given, NAME, standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:  # how Typer ends when the reader of a pipe has gone
        return stop.code if isinstance(stop.code, int) else 1
    except BrokenPipeError:
        # What is still buffered would raise once more when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  here every error becomes text
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    """Say what went wrong, and return the exit code."""
    if hasattr(error, "format_message"):  # Typer's own; where its class stands differs by version
        return _misused(error)
    from lianjian.core.errors import Unexpected
    from lianjian.core.messages import foreseen

    with suppress(OSError):
        sys.stdout.flush()  # what was shown stands before what went wrong
    if session.debug:
        import traceback

        traceback.print_exc()
    known = foreseen(error)
    if known:
        complain(known)
        return known.exit_code
    complain(Unexpected(what=f"{type(error).__name__}: {error}"))
    return 1


def _misused(error: Any) -> int:
    """Say what is wrong with a command line."""
    from lianjian.core.messages import usage

    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        tell(text, text)
    else:
        context = getattr(error, "ctx", None)
        of = context.command_path.removeprefix(NAME).strip() if context else ""
        complain(wrong(of, usage(text, "zh"), usage(text, "en")))
    return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
