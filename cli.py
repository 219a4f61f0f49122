"""The command line: parse, call core, print.

stdout is data: tables for people, `--json` and `--csv` for programs. Progress and messages go to
stderr. Errors are `error: …` and `hint: …`, and every one of them becomes text in `main` and
nowhere else. Exit codes: 0 fine, 1 error, 2 usage, 3 verification failed.

The language is `--lang`; else the locale's (zh*: Chinese, C or none: undecided, any other:
English); else that of the records folder; else Chinese. Texts stand in both languages side by
side; of help texts the one that is wanted is picked when Typer builds the command.

Whatever is heavy is imported by the command that needs it: `lianjian --help` loads none of core.
"""
# ruff: noqa: PLC0415  imports inside commands keep --help and --version quick

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from lianjian.core.errors import LianjianError
    from lianjian.core.records import Records
    from lianjian.core.terminal import Terminal
    from lianjian.core.witness import Witness

NAME = "lianjian"
Tree = Literal["then", "now"]


# What stands before the command, and the language that it settles.


@dataclass
class Begun:
    """A command line that was begun: its language, as far as it is settled, and its folder."""

    lang: str = "zh"
    decided: bool = False
    explicit: bool = False
    debug: bool = False
    folder: Path | None = None
    terminal: "Terminal | None" = None


begun = Begun()


def terminal() -> "Terminal":
    """Return whom we talk to."""
    from lianjian.core.terminal import Terminal

    if begun.terminal is None:
        begun.terminal = Terminal(begun.lang, decided=begun.decided, explicit=begun.explicit)
    return begun.terminal


def records() -> "Records":
    """Return the records folder that a command is about."""
    from lianjian.core import session

    return session.open_records(terminal(), begun.folder)


def _begin(args: Sequence[str], environ: Mapping[str, str]) -> tuple[Begun, list[str]]:
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
    explicit = named in ("zh", "en")
    found = named if explicit else _language_of(environ)
    debug = "--debug" in args[:end]
    return Begun(found or "zh", bool(found), explicit, debug), [*given, *rest]


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
    return text.split("\f")[begun.lang == "en"] if text and "\f" in text else text


_HEADINGS = (
    (r"^Usage: ", "用法："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"^Options:$", "选项："),
    (r"^Arguments:$", "参数："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示本说明"),
    (r"\[required\]", "[必填]"),
    (r"\[default: ", "[默认："),
)


_METAVARS = re.findall(
    r"(\w+):(\w+)",
    "BATCH:批次 CHECKPOINT:检查点 COLUMN:列 DIR:目录 FAMILY:指标族 FIELD:字段 FILE:文件 ID:编号 "
    "INDICATOR:指标 KEY:字段 MOMENT:时点 N:条数 NAME:名称 ORIGIN:日志 PERIOD:期间 PROOF:证明 "
    "REPORT:报告 SHORTFORM:短式 SOURCE:来源 SUBJECT:对象 TEXT:文字 TYPE:类型 VALUE:值 VKEY:公钥",
)


def _localise(command: Any) -> None:
    """Put a command's help into the user's language, with the headings that are Typer's own."""
    command.help = _pick(command.help)
    for below in getattr(command, "commands", {}).values():
        _localise(below)
    for param in command.params:
        param.help = _pick(getattr(param, "help", None))
        if begun.lang == "zh" and param.metavar:
            for word, zh in _METAVARS:
                param.metavar = re.sub(rf"\b{word}\b", zh, param.metavar)
    plain = command.get_help

    def get_help(context: Any) -> str:
        text = plain(context)
        for pattern, zh in _HEADINGS if begun.lang == "zh" else ():
            text = re.sub(pattern, zh, text, flags=re.MULTILINE)
        return str(text)

    command.get_help = get_help


app = typer.Typer(
    name=NAME,
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


def command(
    name: str, zh: str, en: str, of: typer.Typer = app
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a command with its help in both languages, of a group if one is named."""
    return of.command(name, help=_both(zh, en))


def group(name: str, zh: str, en: str) -> typer.Typer:
    """Declare a group of commands with its help in both languages."""
    made = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    app.add_typer(made, name=name, help=_both(zh, en))
    return made


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
        "如 2021年、2021年第三季度、2021-05、起日..止日",
        "2021, 2021Q3, 2021-05 or DAY..DAY",
    ),
]
Dimensions = Annotated[
    list[str] | None,
    option("--dimension", "NAME=VALUE", "维度，如 主题=警示教育", "as theme=warning"),
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
PolicyFile = Annotated[
    Path | None,
    option(
        "--policy", "FILE", "策略文件：需要谁的签名", "whose signatures are wanted (tlog-policy)"
    ),
]
RotationProofs = Annotated[
    list[Path] | None,
    option(
        "--rotation",
        "PROOF",
        "密钥轮换条目的证明，可多次",
        "the proof of a rotation of the key; may stand several times",
    ),
]
OldCheckpoint = Annotated[
    Path | None, option("--from", "CHECKPOINT", "所持的旧检查点文件", "the checkpoint you hold")
]

AsCosigned = Annotated[
    bool,
    option("--cosigned", None, "以经联署的检查点为准", "as of the checkpoint that is cosigned"),
]
WitnessFolder = Annotated[
    Path | None,
    option("-w", "DIR", "见证人目录，默认当前目录", "the witness's folder; default: here"),
]


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
    begun.folder = folder


def show_version() -> None:
    """Print the version, and end."""
    from importlib.metadata import version

    sys.stdout.write(f"{NAME} {version(NAME)}\n")
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
    from lianjian.core import session
    from lianjian.core.event import Draft, today
    from lianjian.core.notices import LogCited
    from lianjian.core.records import Records

    t = terminal()
    old = session.cited(t, cites) if cites else {}
    by = session.who(recorder) if old else ""
    made = Records.create(folder or begun.folder or Path(), origin, t.lang)
    if old:
        reason = why or t.say("接续旧日志", "goes on where the other log broke off")
        with session.open_log(t, made) as log:
            session.append(
                t, log, [Draft(event=LogCited(**old, day=today(), why=reason), recorder=by)]
            )
    t.tell(f"已建档案夹，日志名称 {made.origin}", f"made the log {made.origin}")
    t.warn(
        "请保管好 keys/log.key，并定期用 lianjian backup 备份",
        "keep keys/log.key safe, and make backups with `lianjian backup`",
    )
    t.out(str(made.path))


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

    from lianjian.core import session
    from lianjian.core.cells import draft_from_texts
    from lianjian.core.event import Draft, find_type
    from lianjian.core.ledger import import_ndjson

    if bool(file) == bool(values) or (values and not type_) or (file and id_):
        raise session.wrong(
            "record",
            "请写 类型 字段=值……，或 --file 文件（不与 --id 并用）",
            "write TYPE KEY=VALUE…, or --file FILE (and then no --id)",
        )
    t, by, given = terminal(), session.who(recorder), session.pairs("record", values)
    with session.open_log(t, records()) as log:
        kind = find_type(log.types, type_) if type_ else None
        if kind and given:
            draft = draft_from_texts(kind, given, by, called=session.called(log))
            if isinstance(draft, Draft):
                draft = evolve(draft, id=id_, batch=batch)
            done = session.append(t, log, [draft])
        else:
            with session.as_path(file) as path:
                read = import_ndjson(path, log.types, by, batch, data_of=kind)
            done = session.append_ledger(t, log, read)
    t.lines(done.ids)


@command(
    "import",
    "导入台账（CSV），或 CloudEvents 事件（NDJSON、JSON）。",
    "Import a ledger (CSV), or CloudEvents (NDJSON, JSON).",
)
def import_(
    file: Annotated[Path, argument("FILE", "CSV、NDJSON 或 JSON 文件", "CSV, NDJSON or JSON")],
    type_: Annotated[
        str, option("--type", "TYPE", "CSV 的事件类型", "type of the events in a CSV file")
    ] = "",
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
    again: Annotated[
        bool,
        option("--again", None, "作废过的行另编号重录", "record voided rows anew, with new ids"),
    ] = False,
    batch: Batch = "",
    recorder: Recorder = "",
) -> None:
    """Import a file: all of it or nothing. Prints the batch by which it can be voided."""
    from lianjian.core import session
    from lianjian.core.event import find_type
    from lianjian.core.ledger import import_csv, import_ndjson
    from lianjian.core.textfiles import file_kind

    t, by, mapped, fixed = (
        terminal(),
        session.who(recorder),
        session.pairs("import", maps),
        session.pairs("import", sets),
    )
    is_table = file_kind(file) == "csv"
    if is_table and not type_:
        raise session.wrong(
            "import", "CSV 须用 --type 指明事件类型", "a CSV file needs --type TYPE"
        )
    if not is_table and (type_ or maps or sets or key):
        raise session.wrong(
            "import",
            "--type、--map、--set、--key 只用于 CSV；CloudEvents 自带类型与字段",
            "--type, --map, --set and --key are for CSV; CloudEvents say what they are",
        )
    with session.open_log(t, records()) as log:
        if is_table:
            kind = find_type(log.types, type_)
            read = import_csv(file, kind, mapped, fixed, key, by, batch, called=session.called(log))
        else:
            read = import_ndjson(file, log.types, by, batch)
        session.tell_ledger(t, file, read)
        if again:
            read = session.once_more(log, read)
        if dry_run:
            would = session.check_ledger(log, read)
            t.tell(
                f"检查通过，将录入 {would} 条；未写入任何内容",
                f"all is well, {would} would be recorded; nothing was written",
            )
        elif session.append_ledger(t, log, read).added:
            for name in session.batches(read):
                t.tell(
                    f"整批作废：lianjian void --batch {name} --why 理由",
                    f"to take it back: lianjian void --batch {name} --why TEXT",
                )
                t.out(name)


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
    from lianjian.core import session
    from lianjian.core.correct import correction
    from lianjian.core.log import find_event

    t, by, changes = terminal(), session.who(recorder), session.pairs("correct", values)
    reason = session.reason("correct", why)
    with session.open_log(t, records()) as log:
        row = find_event(log.store, id_)
        t.lines(session.append(t, log, [correction(log.types, row, changes, by, reason)]).ids)


@command("void", "作废一条事件或一个批次。", "Take back an event, or an import.")
def void(
    why: Why,
    id_: Annotated[str, argument("[ID]", "事件编号或序号", "the event's id or position")] = "",
    batch: Batch = "",
    recorder: Recorder = "",
) -> None:
    """Record that events are taken back, and print the ids of what says so."""
    from lianjian.core import session
    from lianjian.core.log import voids

    if bool(id_) == bool(batch):
        raise session.wrong(
            "void", "请写事件编号，或 --batch 批次", "write an ID, or --batch BATCH"
        )
    t, by, reason = terminal(), session.who(recorder), session.reason("void", why)
    with session.open_log(t, records()) as log:
        t.lines(session.append(t, log, voids(log.store, by, reason, id_=id_, batch=batch)).ids)


@command(
    "erase",
    "依规删除封存字段的原文，并录入删除事件。",
    "Erase the text behind a sealed field, and record that it was.",
)
def erase(
    id_: Annotated[str, IdArgument],
    field: Annotated[
        str, argument("FIELD", "封存字段，如 name、people.0.name", "as name, people.0.name")
    ],
    basis: Annotated[str, option("--basis", "TEXT", "依据的规定", "the rule that asks for it")],
    authority: Annotated[str, option("--authority", "TEXT", "由谁决定", "who decided")],
    recorder: Recorder = "",
) -> None:
    """Destroy salt and text, print the id of the event that says so, and look for what is left."""
    from lianjian.core import session
    from lianjian.core.erase import cleanse
    from lianjian.core.erase import erase as destroy

    t, by = terminal(), session.who(recorder)
    session.reason("erase", basis, "--basis")
    session.reason("erase", authority, "--authority")
    with session.open_log(t, records()) as log:
        done = destroy(log, id_, field, basis=basis, authority=authority, recorder=by)
        session.tell_erasure(t, log, done)
        t.out(done.event.id)
        cleanse(log, done)
    t.warn(
        "备份、先前的导出与原始台账仍可能有该原文，请一并处理",
        "backups, earlier exports and ledgers may still hold the text: see to them, too",
    )


# Looking at the log.


@command("log", "列出事件，最新的在最后。", "List events, the newest last.")
def log_(
    limit: Limit = None,
    type_: Annotated[str, option("--type", "TYPE", "只列此类型", "only of this type")] = "",
    batch: Batch = "",
    as_json: Json = False,
) -> None:
    """List the newest events: 20 for people, all for programs, unless a limit is given."""
    from lianjian.core import session
    from lianjian.core.event import unknown_type
    from lianjian.core.listing import events_text, newest
    from lianjian.core.store import Store

    t, most = terminal(), limit if limit is not None else 0 if as_json else 20
    with Store.open(records().log) as store:
        if type_ and not store.has_type(type_):
            raise unknown_type(session.load_registry(t).types, type_)
        found = newest(store, most, type_, batch)
        if as_json:
            for event in found:
                t.for_programs(event.as_json())
            return
        events, size = list(found), store.size()
        reads = session.knowing(t, store, session.load_registry(t)) if events else t.reader()
        t.lines(events_text(events, reads) if events else ())
    if len(events) < size:
        t.tell(
            f"列出 {len(events)} 条，日志共 {size} 条（--limit 0 不限条数）",
            f"{len(events)} of the log's {size} events (--limit 0 lifts the limit)",
        )


@command("find", "按名称或编号查找编号。", "Find ids by name, or by a part of either.")
def find(
    text: Annotated[str, argument("TEXT", "名称或编号的一部分", "a part of a name or id")],
    as_json: Json = False,
) -> None:
    """Find ids by name."""
    from lianjian.core import session
    from lianjian.core.listing import named
    from lianjian.core.messages import columns
    from lianjian.core.store import Store

    t = terminal()
    with Store.open(records().log) as store:
        found = named(store, session.load_registry(t).types, text)
    if as_json:
        t.dump([{"kind": kind, "id": id_, "names": names} for kind, id_, names in found])
    else:
        rows = [(kind, id_, " / ".join(names)) for kind, id_, names in found]
        t.lines(columns(rows, width=t.reader().width))


# Figures.


@command(
    "show",
    "计算并显示指标。不核验日志是否被改动：那是 verify 的事。",
    "Compute indicators, and show them. Whether the log was tampered with is for `verify` to say.",
)
def show(
    name: Annotated[
        str, argument("[FAMILY|INDICATOR]", "指标族或指标，默认全部", "which; all if left out")
    ] = "",
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    as_json: Json = False,
    as_csv: Annotated[
        bool, option("--csv", None, "输出 CSV，字段名同 JSON", "print CSV, with the names of JSON")
    ] = False,
) -> None:
    """Show readings: of one indicator all; of a family the extremes; of all, a line each."""
    from lianjian.core import session
    from lianjian.core.show import readings_csv, readings_json

    if as_json and as_csv:
        raise session.wrong("show", "--json 与 --csv 只能选一", "choose either --json or --csv")
    t = terminal()
    with session.open_figures(t, records(), at, tree) as opened:
        name, days = opened.named(name), opened.period(period)
        write = readings_json if as_json else readings_csv if as_csv else None
        fine = session.print_figures(t, opened, name, days, write)
    if not fine:
        raise typer.Exit(1)


@command("why", "展开一个数字背后的记录。", "Open a figure to the events behind it.")
def why_(
    name: Annotated[str, argument("INDICATOR", "指标", "the indicator")],
    subject: Annotated[
        str, option("--subject", "SUBJECT", "对象，如 unit:anting", "as unit:anting")
    ] = "all",
    dimensions: Dimensions = None,
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    limit: Limit = 50,
    as_json: Json = False,
    bundle: Annotated[
        str,
        option(
            "--bundle",
            "FILE",
            "将数字及其记录与证明写入一个文件；- 为标准输出",
            "write figure, events and proofs to a file, for `check`; - for stdout",
        ),
    ] = "",
    disclose: Annotated[
        bool,
        option(
            "--disclose",
            None,
            "文件中附上封存字段的原文（个人信息）",
            "with the texts of sealed fields, which are personal data",
        ),
    ] = False,
) -> None:
    """Show a reading, what it means, and the events that it was computed from."""
    from lianjian.core import session
    from lianjian.core.listing import seen
    from lianjian.core.show import pick, why_json

    if disclose and not bundle:
        raise session.wrong("why", "--disclose 只与 --bundle 同用", "--disclose goes with --bundle")
    if as_json and bundle:
        raise session.wrong("why", "--json 与 --bundle 只能选一", "choose --json or --bundle")
    t, own, asked = terminal(), records(), session.dimensions("why", dimensions)
    with session.open_figures(t, own, at, tree) as opened:
        figures, store, days = opened.figures, opened.store, opened.period(period)
        name, reads = opened.named(name), session.knowing(t, store, opened.registry)
        reading = pick(figures, name, days, subject, asked, reads.names)
        positions = figures.evidence(name, days, reading.subject, asked)
        if bundle:
            from lianjian.core import claims

            claim = claims.make(own, store, reading, positions, tree, disclose=disclose)
            claims.hand_out(t, claim, bundle)
        elif as_json:
            events = [event.as_json() for event in seen(store, positions)]
            t.dump(why_json(reading, events, t.program_lang))
        else:
            session.print_reading(t, opened, reading, positions, limit)


@command(
    "report",
    "起草报告：每句注明所据记录的序号。",
    "Draft a report, each sentence with the positions that it rests on.",
)
def report_(
    name: Annotated[str, argument("REPORT", "报告，如 oversight.inspection", "which report")],
    subject: Annotated[
        str, option("--subject", "SUBJECT", "对象，如 inspection:编号", "as inspection:ID")
    ],
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    as_json: Json = False,
) -> None:
    """Print a draft as Markdown."""
    from lianjian.core import report, session

    t = terminal()
    with session.open_figures(t, records(), at, tree) as opened:
        family, wanted = report.find(opened.registry.families, name)
        days = opened.period(period)
        made = report.draft(opened.figures, family, wanted, subject, days)
    if as_json:
        t.dump(report.as_json(made, t.program_lang))
    else:
        t.lines(report.markdown(made, t.lang))


@command(
    "publish",
    "公布指标：把读数封存进日志，以后可用 verify --figures 重算。",
    "Seal readings into the log; `verify --figures` computes them again.",
)
def publish(
    name: Annotated[
        str, argument("[INDICATOR|FAMILY]", "指标或指标族", "an indicator, or all of a family")
    ] = "",
    period: PeriodText = "",
    at: At = "",
    tree: TreeOption = "then",
    listed: Annotated[
        bool, option("--list", None, "列出已公布的", "list what was published")
    ] = False,
    as_json: Json = False,
    recorder: Recorder = "",
) -> None:
    """Publish figures, all that are asked for or none, and print the events' ids."""
    from lianjian.core import session
    from lianjian.core.listing import published_text
    from lianjian.core.period import Period
    from lianjian.core.publish import as_json as publication_json
    from lianjian.core.publish import published
    from lianjian.core.store import Store

    t = terminal()
    if listed:
        if name or period or at:
            raise session.wrong("publish", "--list 列出全部", "--list lists all of it")
        with Store.open(records().log) as store:
            found = list(published(store))
        if as_json:
            t.dump([publication_json(p) for p in found])
        else:
            t.lines(published_text(found, t.reader()))
        return
    if not (name and period) or as_json:
        raise session.wrong(
            "publish",
            "请写指标或指标族与 --period；--json 只与 --list 并用",
            "write an indicator or a family, and --period; --json goes with --list",
        )
    days, by = Period.parse(period), session.who(recorder)
    t.lines(session.publish(t, records(), name, days, by, at, tree))


@command(
    "compare",
    "比较一个指标的两个时点或期间，并列出其间使其变动的记录。\n\n"
    "如 lianjian compare bases.persons 2021@800 2021",
    "Compare an indicator at two moments or over two periods, with the events that moved it.\n\n"
    "As in: lianjian compare bases.persons 2021@800 2021",
)
def compare(
    name: Annotated[str, argument("INDICATOR", "指标", "the indicator")],
    first: Annotated[
        str, argument("P1@N1", "之前：期间@时点；时点默认现在", "before: PERIOD@MOMENT, or now")
    ],
    second: Annotated[str, argument("P2@N2", "之后，写法相同", "after, likewise")],
    subject: Annotated[
        str, option("--subject", "SUBJECT", "对象，默认全部", "as unit:anting; default: every one")
    ] = "",
    dimensions: Dimensions = None,
    tree: TreeOption = "then",
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Show the readings that differ, before and after, and the events between them."""
    from lianjian.core import session
    from lianjian.core.compare import Wanted
    from lianjian.core.compared import compared_json, compared_text, comparison

    t, asked = terminal(), session.dimensions("compare", dimensions)
    with session.open_figures(t, records(), "", tree) as opened:
        reads = session.knowing(t, opened.store, opened.registry)
        name, wanted = opened.named(name), Wanted(subject, asked, reads.names)
        with comparison(opened.figures, opened.store, name, (first, second), wanted) as found:
            if as_json:
                t.dump(compared_json(found, t.program_lang))
            else:
                t.lines(compared_text(found, reads, limit))


# Checking.


@command("replay", "从日志重建视图并比对。", "Rebuild the views from the log, and compare.")
def replay(
    families: Annotated[
        list[str] | None, argument("[FAMILY]...", "指标族，默认全部", "which; all if left out")
    ] = None,
    as_json: Json = False,
) -> None:
    """Rebuild families from the first event; a difference from what stood is an error."""
    from lianjian.core import session
    from lianjian.core.errors import UnknownIndicator
    from lianjian.core.listing import replayed_json, replayed_text
    from lianjian.core.replay import replay as rebuild
    from lianjian.core.store import Store

    t, folder = terminal(), records()
    known = {f.name: f for f in session.load_registry(t).families}
    for name in families or ():
        if name not in known:
            raise UnknownIndicator(name=name, close=", ".join(known))
    chosen = [known[name] for name in dict.fromkeys(families or known)]
    with Store.open(folder.log) as store, t.progress("重建", "replaying", store.size()) as tick:
        done = rebuild(folder.views, store, chosen, tick)
    if as_json:
        t.dump(replayed_json(done, chosen))
    else:
        t.lines(replayed_text(done, chosen, t.reader()))
    session.complain_of(t, done.stopped)
    if done.differences:
        t.tell(
            "错误：视图与日志不符：曾被改动，或某个事实函数不纯\n提示：视图已按日志重建",
            "error: the views did not follow from the log: they were edited, or a fact "
            "function is not pure\nhint: they have been rebuilt and follow from it now",
        )
        raise typer.Exit(3)
    if done.stopped:
        raise typer.Exit(1)


@command(
    "verify",
    "核验日志、签名与视图；指明目录或 zip 时核验导出的日志。",
    "Verify the log, its signatures and the views; with DIR or ZIP, an exported log.",
)
def verify(
    folder: Annotated[
        Path | None,
        argument("[DIR|ZIP]", "导出目录或其 zip，默认本档案夹", "an export; default: the records"),
    ] = None,
    key: Annotated[
        str,
        option(
            "--key",
            "FILE|VKEY",
            "验证公钥，默认取目录内的（仅导出目录）",
            "the verifier key; default: the export's own",
        ),
    ] = "",
    policy: PolicyFile = None,
    old: OldCheckpoint = None,
    against: Annotated[
        str, option("--against", "SHORTFORM", "所持检查点的短式", "the short form that you hold")
    ] = "",
    figures: Annotated[
        bool,
        option("--figures", None, "重算公布过的数字", "compute every published figure again"),
    ] = False,
    as_json: Json = False,
) -> None:
    """Re-derive everything, and print what was checked and what does not follow."""
    from lianjian.core import auditor, session

    t, held = terminal(), auditor.trusted(old, against)
    if folder:
        by = auditor.believed(key, policy) if key or policy else None
        sound = auditor.print_export(t, folder, by, held, figures=figures, as_json=as_json)
    else:
        if key or policy:
            raise session.wrong(
                "verify",
                "--key 与 --policy 只用于导出目录",
                "--key and --policy go with the DIR of an export",
            )
        own, registry = records(), session.load_registry(t)
        report = session.verified(t, own, registry)
        report = auditor.compared(own, held, report) if old or against else report
        report = (
            auditor.recomputed(t, own, registry, report)
            if figures
            else auditor.not_recomputed(report)
        )
        sound = session.print_report(t, own.origin, report, as_json=as_json)
    if not sound:
        raise typer.Exit(3)


@command("plugins", "列出指标族、事件类型与指标。", "List families, event types and indicators.")
def plugins(as_json: Json = False) -> None:
    """List what is installed. A plugin that was left out makes the exit code 1."""
    from lianjian.core.listing import plugins_json, plugins_text
    from lianjian.core.registry import load

    t, registry = terminal(), load()
    if as_json:
        t.dump(plugins_json(registry.plugins))
    else:
        t.lines(plugins_text(registry.plugins, t.reader()))
    for broken in registry.broken:
        t.complain(broken)
    if registry.broken:
        raise typer.Exit(1)


@command(
    "catalogue",
    "列出每个指标的定义、公式、单位、方向与依据。",
    "List each indicator's definition, formula, unit, direction and evidence.",
)
def catalogue_(
    name: Annotated[
        str, argument("[INDICATOR|FAMILY]", "默认全部", "an indicator, a family; default: all")
    ] = "",
    as_json: Json = False,
) -> None:
    """Print what is declared of indicators; JSON has the definitions in both languages."""
    from lianjian.core import session
    from lianjian.core.catalogue import catalogue, catalogue_text

    t = terminal()
    entries = catalogue(session.load_registry(t).families, name)
    if as_json:
        t.dump([entry.as_json() for entry in entries])
    else:
        t.lines(catalogue_text(entries, t.reader()))


# For auditors.


@command("export", "导出日志，供任何人核验。", "Export the log, for anybody to verify.")
def export(
    folder: Annotated[
        Path, argument("DIR", "新目录、空目录或先前的导出", "new, empty or an earlier export")
    ],
    cosigned: AsCosigned = False,
) -> None:
    """Write the log as static files; into an earlier export, what is new since."""
    from lianjian.core.export import export as write
    from lianjian.core.store import Store

    t, own = terminal(), records()
    with Store.open(own.log) as store:
        size = store.size()
    with t.progress("导出", "exporting", 2 * size) as tick:
        done = write(own, folder, tick, cosigned=cosigned)
    t.tell(
        f"已导出 {done.size} 条，新增 {done.written} 个文件",
        f"exported {done.size} events; {done.written} new tiles and bundles",
    )
    for name in done.replaced:
        t.warn(
            f"{name} 只联署过目录中较早的检查点；下次请先用 lianjian checkpoint --add 收回",
            f"{name} had cosigned the older checkpoint of the folder alone; the next time take that "
            "back first, with `lianjian checkpoint --add`",
        )
    if done.disclosures:
        t.warn(
            "disclosures.jsonl 含封存字段的原文（个人信息），对外提供前可移除此文件",
            "disclosures.jsonl holds the texts of sealed fields, personal data: "
            "it may be left out when the folder is passed on",
        )
    t.out(str(folder))


@command(
    "checkpoint",
    "显示最新的已签名检查点，或收回见证人的联署。",
    "Print the newest signed checkpoint, or take back what witnesses cosigned.",
)
def checkpoint(
    short: Annotated[
        bool, option("--short", None, "可印刷或口述的短式", "a form to print or to read out")
    ] = False,
    cosigned: AsCosigned = False,
    add: Annotated[
        Path | None, option("--add", "FILE", "收回联署", "keep the cosignatures in FILE")
    ] = None,
    witnesses: Annotated[
        list[str] | None,
        option(
            "--witness",
            "FILE|VKEY",
            "与 --add 同用：须有此见证人的联署",
            "with --add: this witness must have cosigned",
        ),
    ] = None,
) -> None:
    """Print the note, byte for byte, or the short form that `verify --against` takes."""
    from lianjian.core import auditor, handout, session
    from lianjian.core.store import Store

    if (add and (short or cosigned)) or (witnesses and not add):
        raise session.wrong(
            "checkpoint",
            "--add 不与 --short、--cosigned 并用；--witness 只与 --add 同用",
            "--add goes with neither --short nor --cosigned, and --witness only with --add",
        )
    t, own = terminal(), records()
    if add is None:
        t.for_programs(auditor.newest_checkpoint(own, short=short, witnessed=cosigned))
        return
    keys = [auditor.key_of(key) for key in witnesses or ()]
    with Store.open(own.log) as store:
        done = handout.add_cosignatures(own, store, add, keys)
    size = done.held.checkpoint.size
    t.tell(f"已存有 {size} 条的经联署检查点", f"kept: a cosigned checkpoint of {size} entries")
    for signature in done.verified:
        t.tell(f"已核验 {signature.key.name} 的联署", f"verified: cosigned by {signature.key.name}")
    for name in done.unverified:
        t.warn(
            f"{name} 的联署未核验，照原样保存；核验须加 --witness 公钥",
            f"the cosignature of {name} was not verified and is kept as it is; to verify it, add "
            "--witness KEY",
        )
    for name in done.lost:
        t.warn(
            f"{name} 只联署过较早的检查点，其联署不再保存",
            f"{name} cosigned only the older checkpoint, which is no longer kept",
        )
    t.out(str(own.path / handout.COSIGNED))


@command(
    "prove",
    "证明一条事件在日志中，或日志自旧检查点延续而来。",
    "Prove that an event is in the log, or that the log goes on from an old checkpoint.",
)
def prove(
    id_: Annotated[str, argument("[ID]", "事件编号或序号", "the event's id or position")] = "",
    old: OldCheckpoint = None,
    out: Annotated[
        str,
        option(
            "--out",
            "FILE",
            "写入何处；- 为标准输出；默认 编号.tlog-proof",
            "where to; - for stdout; default: ID.tlog-proof",
        ),
    ] = "",
    cosigned: AsCosigned = False,
) -> None:
    """Write a proof, and print where it is."""
    from lianjian.core import auditor, handout, session
    from lianjian.core.log import find_event
    from lianjian.core.store import Store

    if bool(id_) == bool(old):
        raise session.wrong(
            "prove", "请写事件编号，或 --from 检查点", "write an ID, or --from CHECKPOINT"
        )
    t, own = terminal(), records()
    with Store.open(own.log) as store:
        if old:
            trusted = own.keys(store).open(auditor.note_in(old))
            held = handout.reaching(own, store, trusted.size, witnessed=cosigned)
            text = handout.consistency(store, held, trusted, old).text()
            name = f"{trusted.size}-{held.checkpoint.size}.add-checkpoint"
        else:
            row = find_event(store, id_)
            held = handout.reaching(own, store, row.position + 1, witnessed=cosigned)
            text = handout.inclusion(store, held, row.position).text()
            name = f"{auditor.file_name(row.id)}.tlog-proof"
    if out == "-":
        t.for_programs(text.removesuffix("\n"))
    else:
        Path(out or name).write_bytes(text.encode())
        t.out(out or name)


@command(
    "check",
    "核验一个证明文件：一条事件、一个数字，或日志的延续。",
    "Verify a proof: that of an event, of a figure, or that a log goes on from an old checkpoint.",
)
def check(
    file: Annotated[
        Path, argument("FILE", "prove 或 why --bundle 写出的文件", "what `prove` or `why` wrote")
    ],
    key: Annotated[
        str,
        option(
            "--key",
            "FILE|VKEY",
            "日志的验证公钥；只有核验数字时可省略",
            "the log's verifier key; for a figure alone it may be left out",
        ),
    ] = "",
    policy: PolicyFile = None,
    entry: Annotated[
        Path | None,
        option("--entry", "FILE", "条目字节，默认用证明所附的", "the event; default: the proof's"),
    ] = None,
    old: OldCheckpoint = None,
    rotation: RotationProofs = None,
    as_json: Json = False,
) -> None:
    """Verify a proof by itself, with no records folder, and print what it shows."""
    from lianjian.core import auditor, session
    from lianjian.core.claims import OWN_KEY, claim_json, claim_text

    t = terminal()
    by = auditor.believed(key, policy) if key or policy else None
    figure = auditor.check_figure(file, by, rotation or ())
    if figure:
        if entry or old:
            raise session.wrong(
                "check",
                "--entry、--from 不用于 why --bundle 写出的文件",
                "--entry and --from do not go with what `why --bundle` wrote",
            )
        if as_json:
            t.dump(claim_json(figure, t.program_lang))
        else:
            t.lines(claim_text(figure, t.reader()))
        if figure.own:
            t.warn(OWN_KEY.zh, OWN_KEY.en)
        return
    if by is None:
        raise session.wrong("check", "请用 --key 或 --policy", "give --key or --policy")
    proved = auditor.check_proof(file, by, entry, old, rotation or ())
    if as_json:
        t.dump(proved.as_json())
    else:
        t.lines(proved.lines(t))


key_ = group("key", "日志的签名密钥。", "The key that the log's checkpoints are signed with.")


@command(
    "rotate",
    "换用新密钥，由新旧两钥共同签署。",
    "Put a new key in the old one's place, signed by both.",
    key_,
)
def key_rotate(recorder: Recorder = "") -> None:
    """Record the rotation, and print the new verifier key."""
    from lianjian.core import session

    t, by = terminal(), session.who(recorder)
    with session.open_log(t, records()) as log:
        done = log.rotate(by)
        vkey = log.records.verifier_key().to_text()
    t.tell(
        f"第 {done.positions[0]} 条起改用新密钥；旧私钥已删除",
        f"a new key signs from position {done.positions[0]} on; the old signing key is gone",
    )
    t.warn(
        "请另经其他途径告知审计方新公钥，重新备份，并销毁旧备份中的私钥",
        "tell auditors the new verifier key by another way, make a new backup, and destroy the "
        "old signing key in older ones",
    )
    t.out(vkey)


@command("list", "列出历任密钥。", "List the keys that the log has had.", key_)
def key_list(as_json: Json = False) -> None:
    """Print the verifier keys, oldest first, and from which position on each signs."""
    from lianjian.core.store import Store

    t, own = terminal(), records()
    with Store.open(own.log) as store:
        keys = own.keys(store)
    since = (0, *keys.since)
    if as_json:
        found = zip(since, keys.keys, strict=True)
        t.dump([{"since": n, "vkey": key.to_text()} for n, key in found])
    else:
        for n, key in zip(since, keys.keys, strict=True):
            t.out(f"{n}  {key.to_text()}")


@command("recorder", "列出谁录入了什么。", "List who recorded what.")
def recorder_(
    name: Annotated[
        str, argument("[NAME]", "录入者；按类型列出", "a recorder: what they recorded, by type")
    ] = "",
    as_json: Json = False,
) -> None:
    """Print how many events, how many of them superseded since, and from when to when."""
    from lianjian.core.recorders import shares, shares_text
    from lianjian.core.store import Store

    t, own = terminal(), records()
    with Store.open(own.log) as store:
        found = shares(store, name)
    if as_json:
        t.dump([share.as_json() for share in found])
    else:
        t.lines(shares_text(found, name, t.reader()))


# Witnesses: auditors who remember.


witness = group(
    "witness",
    "做见证人：只为自所见历史延续而来的检查点联署。",
    "Be a witness: cosign only what goes on from all that was seen.",
)


@command("init", "新建见证人。", "Make a witness, with a key of its own.", witness)
def witness_init(
    folder: Annotated[Path, argument("DIR", "新目录或空目录", "a new or empty folder")],
    name: Annotated[
        str, option("--name", "NAME", "见证人名称：不带协议的网址", "a URL without a scheme")
    ],
) -> None:
    """Make a witness's folder, and print the key by which others know it."""
    from lianjian.core.witness import KEY, Witness

    t, made = terminal(), Witness.create(folder, name)
    t.tell(f"已建见证人 {name}，公钥为", f"made the witness {name}; its verifier key is")
    t.out(made.verifier.to_text())
    t.warn(
        f"{folder / KEY} 是密钥；本目录只可有一份，不可从旧副本恢复",
        f"{folder / KEY} is a secret; of this folder there may be only one, and no older copy of "
        "it may be put back",
    )


@command(
    "cosign",
    "为检查点联署：它须自上次联署的历史延续而来。",
    "Cosign a checkpoint, if it goes on from the last one that was cosigned.",
    witness,
)
def witness_cosign(
    source: Annotated[
        Path,
        argument(
            "FILE|DIR",
            "prove --from 写出的请求、检查点，或导出目录",
            "what `prove --from` wrote, a checkpoint, or an export",
        ),
    ],
    folder: WitnessFolder = None,
    key: Annotated[
        str,
        option(
            "--key", "FILE|VKEY", "日志的验证公钥，首次必填", "the log's; needed the first time"
        ),
    ] = "",
    rotation: RotationProofs = None,
    out: Annotated[
        str,
        option("--out", "FILE", "写入整份检查点；- 为标准输出", "write the whole note; -: stdout"),
    ] = "",
) -> None:
    """Remember the checkpoint, then print the cosignature or put it where it belongs."""
    from lianjian.core import auditor
    from lianjian.core.files import write_whole
    from lianjian.core.layout import CHECKPOINT
    from lianjian.core.requests import read_request

    t, given = terminal(), auditor.key_of(key) if key else None
    request = read_request(source)
    rotations = auditor.rotations_in(rotation or ())
    if source.is_dir() and not rotations:
        rotations = auditor.rotations_of(source)
    done = witness_in(folder).cosign(request, given, int(time.time()), rotations)
    origin, size = done.checkpoint.origin, done.checkpoint.size
    t.tell(f"已为 {origin} 的 {size} 条联署", f"cosigned {size} entries of {origin}")
    if done.first:
        t.tell(
            f"此后即以 {done.key.to_text()} 为该日志的公钥",
            f"from now on the key of this log is {done.key.to_text()}",
        )
    target = out or (str(source / CHECKPOINT) if source.is_dir() else "")
    if not target:
        t.for_programs(done.line.removesuffix("\n"))
    elif target == "-":
        t.for_programs(request.with_line(done.line).removesuffix("\n"))
    else:
        write_whole(Path(target), request.with_line(done.line).encode())
        t.out(target)


@command("status", "见证人所知的日志。", "What a witness knows of logs, and its own key.", witness)
def witness_status(
    folder: WitnessFolder = None,
    note: Annotated[
        str,
        option(
            "--note",
            "ORIGIN",
            "只显示为该日志最后联署的检查点",
            "print the checkpoint of this log that was cosigned last",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Print the witness's name and key, and of each log what it saw last."""
    from lianjian.core.errors import UnknownLog
    from lianjian.core.witness import status_text

    t, known = terminal(), witness_in(folder)
    logs = known.logs()
    if note:
        if note not in logs:
            raise UnknownLog(origin=note)
        t.for_programs(logs[note].note.removesuffix("\n"))
    elif as_json:
        t.dump(known.as_json(logs))
    else:
        t.lines(status_text(known, logs, t.lang))


def witness_in(folder: Path | None) -> "Witness":
    """Return the witness that a command is about: of -w, else -C, else of the present folder."""
    from lianjian.core.witness import Witness

    return Witness.open(folder or begun.folder or Path())


# Keeping.


@command("backup", "备份档案夹。", "Make a backup of the records folder.")
def backup(
    folder: Annotated[Path, argument("DIR", "新目录或空目录", "a new or empty folder")],
) -> None:
    """Copy the folder as it is at one moment, while others may write."""
    from lianjian.core.recover import backup as copy

    t = terminal()
    t.out(str(copy(records(), folder)))
    t.warn("备份中有签名密钥，请妥善保管", "the backup holds the signing key: keep it safe")


@command("recover", "从备份恢复日志。", "Put the log of a backup in the place of this one.")
def recover(
    source: Annotated[Path, argument("SOURCE", "备份目录或 log.db", "a backup, or its log.db")],
) -> None:
    """Recover, if the backup has everything that was ever signed."""
    from lianjian.core.recover import recover as put_back

    t, done = terminal(), put_back(records(), source)
    t.tell(f"已恢复，共 {done.size} 条", f"recovered: {done.size} events")
    if done.kept:
        t.tell(f"原来的日志保留为 {done.kept}", f"what stood there is kept as {done.kept}")
    if done.left:
        files = ", ".join(map(str, (*done.left.holding, *done.left.unread)))
        t.warn(
            f"这些文件可能仍有已依规删除的原文，不再需要时请删除：{files}",
            f"these files may still hold texts that were erased; delete them when you can: {files}",
        )


@command(
    "demo",
    "演示：新建档案夹，显示各类指标并核验。再次运行则再次显示。",
    "Make a records folder to try things with, show its figures and verify it; "
    "run again, show it again.",
)
def demo(
    folder: Annotated[Path, argument("[DIR]", "目录", "the folder")] = Path("lianjian-demo"),
) -> None:
    """Make a folder of public facts, and of a year that is made up and labelled so; show it all."""
    from lianjian.core import auditor, session
    from lianjian.core.demo import make, next_steps
    from lianjian.core.demo_cast import YEAR
    from lianjian.core.period import Period

    t = terminal()
    with t.progress("生成演示数据", "making the demo", None) as tick:
        made = make(folder, session.load_registry(t), t.lang, tick)
    if not t.decided:
        t.lang = made.language
    with session.open_figures(t, made) as opened:
        fine = not opened.stopped
        fine = session.print_figures(t, opened, "", Period.year(YEAR)) and fine
        t.out()
    report = auditor.not_recomputed(session.verified(t, made, opened.registry))
    sound = session.print_report(t, made.origin, report)
    t.tell(next_steps(folder, "zh"), next_steps(folder, "en"))
    if not (fine and sound):
        raise typer.Exit(1 if sound else 3)


# Running.


def main(args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: the one place that turns errors into text."""
    global begun
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    begun, given = _begin(sys.argv[1:] if args is None else args, os.environ)
    try:
        top: Any = typer.main.get_command(app)
        _localise(top)
        code = top.main(given, NAME, standalone_mode=False)
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
    if begun.debug:
        import traceback

        traceback.print_exc()
    known: LianjianError = foreseen(error) or Unexpected(what=f"{type(error).__name__}: {error}")
    terminal().complain(known)
    return known.exit_code


def _misused(error: Any) -> int:
    """Say what is wrong with a command line."""
    from lianjian.core import session
    from lianjian.core.messages import usage

    text = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        terminal().tell(text, text)
    else:
        context = getattr(error, "ctx", None)
        of = context.command_path.removeprefix(NAME).strip() if context else ""
        terminal().complain(session.wrong(of, usage(text, "zh"), usage(text, "en")))
    return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
