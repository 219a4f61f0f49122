"""What commands share: opening a folder, its log and its figures, and telling what became of it.

    records = open_records(terminal, folder)
    with open_log(terminal, records) as log:
        append(terminal, log, drafts)              已录入 2 条，至第 5 条
    with open_figures(terminal, records) as opened:
        made, failed = opened.compute("bases", opened.period())

Errors are raised, and become text in `cli.py`. What is told here is what went on beside them.
"""

import base64
import getpass
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import evolve, field, frozen

from lianjian.core.cells import tidy
from lianjian.core.checkpoint import VerifierKey, open_checkpoint, parse_checkpoint
from lianjian.core.erase import Erasure
from lianjian.core.errors import (
    FamilyStopped,
    LianjianError,
    NoRecorder,
    Refused,
    Words,
    WrongUsage,
)
from lianjian.core.event import Draft, Unfit, today
from lianjian.core.figures import Figures, iterate
from lianjian.core.guard import Guard
from lianjian.core.indicator import Indicator, Reading, Tree, canonical
from lianjian.core.ledger import Ledger
from lianjian.core.listing import evidence_text, report_json, report_text, seen
from lianjian.core.log import Appended, Log, again
from lianjian.core.messages import Reader, clean
from lianjian.core.names import Called, Names
from lianjian.core.overview import overview_text
from lianjian.core.period import Period
from lianjian.core.publish import publications
from lianjian.core.quoting import shown
from lianjian.core.records import Records
from lianjian.core.registry import Registry, load
from lianjian.core.replay import Stopped, catch_up
from lianjian.core.show import figures_text, moment, usual_period
from lianjian.core.store import UNREADABLE, Store
from lianjian.core.terminal import Terminal
from lianjian.core.verify import Report, verify
from lianjian.core.wording import typed

# What was typed.


def wrong(of: str, zh: str, en: str) -> LianjianError:
    """Return a usage error of a command."""
    return WrongUsage(why=Words(zh, en), command=f"lianjian {of}".strip())


def pairs(of: str, texts: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return the `name=value` texts of a command as pairs."""
    split = [text.partition("=") for text in texts or ()]
    for name, equals, value in split:
        if not equals or not name.strip():
            text = shown(name + equals + value)  # it might be a resident's number
            raise wrong(of, f"{text!r} 应写作 名称=值", f"{text!r} should read NAME=VALUE")
    return [(name.strip(), value) for name, _, value in split]


def dimensions(of: str, texts: Sequence[str] | None) -> dict[str, str]:
    """Return the dimensions that a command is given, by name and code, whatever they were called."""
    return dict(typed(name, value) for name, value in pairs(of, texts))


def reason(of: str, why: str, option: str = "--why") -> str:
    """Return why something is corrected, voided or erased, which must not be blank."""
    if not tidy(why):
        raise wrong(of, f"{option} 不能为空，请写明理由", f"{option} is blank: say the reason")
    return why


def who(recorder: str) -> str:
    """Return who records: as given, or the login name."""
    try:
        return recorder or getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise NoRecorder from None


@contextmanager
def as_path(file: str) -> Iterator[Path]:
    """Yield the path of a file; standard input (-) is written to one."""
    if file != "-":
        yield Path(file)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


# The folder and its log.


def open_records(terminal: Terminal, folder: Path | None) -> Records:
    """Return the records folder: -C, then $LIANJIAN_RECORDS, then upward from here."""
    records = Records.find(folder)
    if not terminal.decided:
        terminal.lang = records.language
    return records


def load_registry(terminal: Terminal) -> Registry:
    """Load the families, and name the plugins that were left out."""
    registry = load()
    for broken in registry.broken:
        terminal.warn(broken.message("zh"), broken.message("en"))
    return registry


@contextmanager
def open_log(terminal: Terminal, records: Records) -> Iterator[Log]:
    """Open the log for appending."""
    registry = load_registry(terminal)
    with Log.open(records, registry.types, registry.installed) as log:
        yield log


def called(log: Log) -> Called:
    """Return the ids of a log by their names, for what people type and keep in tables."""
    return Called(log.store, log.types)


def append(
    terminal: Terminal, log: Log, drafts: Sequence[Draft | Unfit], *, command: str = ""
) -> Appended:
    """Append, and tell what became of it; `command` is for what one command alone may record."""
    return tell_appended(terminal, log, log.append(drafts, command=command))


def tell_appended(terminal: Terminal, log: Log, done: Appended) -> Appended:
    """Tell what became of an append, and return it."""
    if done.guard_was_missing:
        path = log.records.guard.path
        terminal.warn(
            f"没有守护文件 {path}，这一次无从比对历史；现已重新建立",
            f"there was no guard {path}, so history could not be compared this once",
        )
    for kind, id_ in sorted(done.unchecked):
        terminal.warn(
            f"没有指标族可核对 {kind} {id_!r}", f"no installed family can check {kind} {id_!r}"
        )
    if done.added:
        last = log.store.size() - 1
        terminal.tell(
            f"已录入 {done.added} 条，至第 {last} 条",
            f"recorded {done.added} event(s), up to position {last}",
        )
    old = len(done.positions) - done.added
    if old:
        terminal.tell(f"{old} 条先前已有，未再录入", f"{old} stood there already")
        gone = sum(log.store.superseded_by(p) is not None for p in done.positions)
        if gone:
            terminal.warn(
                f"其中 {gone} 条已被作废或更正，不再计入；"
                "确须重录作废的，导入时加 --again，单条录入时另给编号",
                f"{gone} of them have since been voided or corrected and do not count; to record "
                "voided ones anew, import with --again, or record with another id",
            )
    return done


def tell_erasure(terminal: Terminal, log: Log, done: Erasure) -> None:
    """Tell what was erased, and where the field has another text that was not."""
    at, path, event = done.position, done.path, done.event
    if done.appended:
        tell_appended(terminal, log, done.appended)
        terminal.tell(f"已删除第 {at} 条 {path} 的原文", f"erased: {path} of position {at}")
    else:
        terminal.tell(
            f"第 {at} 条 {path} 的原文先前已删除：第 {event.position} 条，{event.recordedat}；未再录入",
            f"{path} of position {at} was erased before: position {event.position}, "
            f"{event.recordedat}; nothing was recorded",
        )
    if done.also:
        others = ", ".join(map(str, done.also))
        terminal.tell(
            f"同一封存字段亦见于第 {others} 条，其原文随之删除",
            f"the same sealed field stands at position {others}, and its text is gone there, too",
        )
    for position in done.anew:
        terminal.warn(
            f"第 {position} 条（更正前后）另有封存的 {path}，其原文仍在：lianjian erase {position} {path}",
            f"a correction sealed {path} anew at position {position}, and that text stands: "
            f"`lianjian erase {position} {path}`",
        )


def tell_ledger(terminal: Terminal, file: Path, ledger: Ledger) -> None:
    """Tell how much was read from a file, and how."""
    count, blank = len(ledger.drafts), ledger.skipped
    terminal.tell(
        f"{file}：{count} 条，{ledger.encoding}" + (f"；空行 {blank}" if blank else ""),
        f"{file}: {count} event(s), {ledger.encoding}"
        + (f"; {blank} blank row(s)" if blank else ""),
    )
    if ledger.unused:
        terminal.warn(
            f"未用的列：{'、'.join(ledger.unused)}", f"columns not used: {', '.join(ledger.unused)}"
        )


def once_more(log: Log, ledger: Ledger) -> Ledger:
    """Return a ledger whose voided rows are recorded anew (`import --again`)."""
    return evolve(ledger, drafts=tuple(again(log.store, ledger.drafts)))


def append_ledger(terminal: Terminal, log: Log, ledger: Ledger) -> Appended:
    """Append what a file holds; faults are told with their row and column, or line."""
    try:
        return append(terminal, log, ledger.drafts)
    except Refused as refused:
        raise ledger.told(refused) from None


def batches(ledger: Ledger) -> list[str]:
    """Return the imports that a file's events belong to: its own, or those that they name."""
    return list(dict.fromkeys(d.batch for d in ledger.drafts if isinstance(d, Draft)))


def check_ledger(log: Log, ledger: Ledger) -> int:
    """Check what a file holds, likewise, and return how many events would be added."""
    try:
        return log.check(ledger.drafts)
    except Refused as refused:
        raise ledger.told(refused) from None


def cited(terminal: Terminal, path: Path) -> dict[str, Any]:
    """Return what a guard or checkpoint file says of a log: origin, size and root."""
    held = Guard(path).read() if path.read_bytes().startswith(b"lianjian guard") else None
    note = held.note if held else path.read_text(encoding="utf-8", errors="replace")
    found = parse_checkpoint(note[: note.rfind("\n\n") + 1])
    vkey = path.with_name("keys") / "log.vkey"
    if vkey.is_file():
        open_checkpoint(note, found.origin, VerifierKey.parse(vkey.read_text("utf-8").strip()))
    else:
        terminal.warn(
            f"没有 {vkey}，未核对 {path} 的签名", f"{path} is not verified: there is no {vkey}"
        )
    encoded = base64.b64encode(found.root).decode()
    return {"origin": found.origin, "size": found.size, "root": encoded}


# Figures.


@frozen
class Opened:
    """Figures of a moment, with what they are made from.

    `stopped` families have none from where they stopped; `told` are those that were named.
    """

    figures: Figures
    store: Store
    registry: Registry
    stopped: Mapping[str, Stopped]
    told: set[str] = field(factory=set)

    def named(self, name: str) -> str:
        """Return the family or indicator that is meant; UnknownIndicator with the nearest."""
        return canonical(self.figures.families.values(), name)

    def period(self, text: str = "") -> Period:
        """Return the period that is asked for, or the one that people mean."""
        if text:
            return Period.parse(text)
        figures = self.figures
        return usual_period(figures.path, [*figures.families.values()], figures.moment.position)

    def compute(
        self, name: str, period: Period
    ) -> tuple[dict[Indicator, tuple[Reading, ...]], list[LianjianError]]:
        """Return the readings that a name stands for by indicator, and the errors of the others."""
        found = list(iterate(self.figures, name, period))
        failed = [r for _, r in found if isinstance(r, LianjianError)]
        return {i: r for i, r in found if not isinstance(r, LianjianError)}, failed


@contextmanager
def open_figures(
    terminal: Terminal,
    records: Records,
    at: str = "",
    tree: Tree = "then",
    views: Path | None = None,
) -> Iterator[Opened]:
    """Catch up, and open the figures of a moment; from `views` where they are not the folder's.

    Afterwards warns of the families that stopped and that no error was about: nobody asked them.
    """
    registry = load_registry(terminal)
    views = views or records.views
    with Store.open(records.log) as store:
        asked = moment(store, at)
        with terminal.progress("更新视图", "catching up", store.size()) as tick:
            stopped = catch_up(views, store, registry.families, tick)
        with Figures(views, registry.families, asked, tree) as figures:
            opened = Opened(figures, store, registry, stopped)
            yield opened
    for error in (_stopped(s) for s in stopped.values() if s.family not in opened.told):
        terminal.warn(clean(error.message("zh")), clean(error.message("en")))


def knowing(terminal: Terminal, store: Store, registry: Registry) -> Reader:
    """Return the reader to whom ids and codes are told by their names; the log must stay open."""
    names = Names(store, registry.types, terminal.lang)
    return terminal.reader(names, {name: t.shape for name, t in registry.types.items()})


def print_figures(
    terminal: Terminal,
    opened: Opened,
    name: str,
    period: Period,
    write: Callable[[Sequence[Reading], str], str] | None = None,
) -> bool:
    """Print the readings that a name stands for, as tables or as `write` does; of none, all at a glance.

    Tells whether all could be computed; a family that stopped is named once.
    """
    made, failed = opened.compute(name, period)
    readings = [r for found in made.values() for r in found]
    if write:
        terminal.for_programs(write(readings, terminal.program_lang))
    else:
        reader = knowing(terminal, opened.store, opened.registry)
        if name:
            terminal.lines(figures_text(opened.figures, period, made, reader, whole=name))
        else:
            terminal.lines(overview_text(opened.figures, period, made, reader))
    for error in failed:
        family = error.details["family"] if isinstance(error, FamilyStopped) else None
        if family is None or family not in opened.told:
            terminal.complain(error)
        if family is not None:
            opened.told.add(str(family))
    return not failed


def print_reading(
    terminal: Terminal,
    opened: Opened,
    reading: Reading,
    positions: Sequence[int],
    limit: int | None,
) -> None:
    """Print one reading with the last of the events at the positions that it rests on."""
    if reading.indicator is None or reading.period is None:
        return
    reader = knowing(terminal, opened.store, opened.registry)
    made, name = {reading.indicator: (reading,)}, reading.indicator.name
    terminal.lines(figures_text(opened.figures, reading.period, made, reader, whole=name))
    shown = positions[-limit:] if limit else positions
    terminal.lines(evidence_text(list(seen(opened.store, shown)), len(positions), reader))
    if len(shown) < len(positions):
        terminal.tell(
            f"列出最后 {len(shown)} 条（--limit 0 不限条数）",
            f"the last {len(shown)} are listed (--limit 0 lifts the limit)",
        )


def publish(
    terminal: Terminal,
    records: Records,
    name: str,
    period: Period,
    recorder: str,
    at: str = "",
    tree: Tree = "then",
) -> tuple[str, ...]:
    """Publish what a name stands for, all of it or nothing, and return the events' ids.

    What is sealed for good is computed from the log itself, in views made anew: those of the folder
    may have been edited. Warns where the period is not over, and of made-up figures.
    """
    with (
        TemporaryDirectory(prefix="lianjian-") as fresh,
        open_figures(terminal, records, at, tree, Path(fresh) / "views.db") as opened,
    ):
        drafts = publications(opened.figures, opened.registry, name, period, recorder)
        if period.end > today():
            terminal.warn(
                f"期间 {period} 尚未结束，数字还会变", f"the period {period} is not over yet"
            )
        readings = (r for d in drafts for r in opened.figures.readings(d.event.indicator, period))
        if any(r.synthetic for r in readings):
            terminal.warn(
                "所公布的数字含合成数据，并已标明", "made-up figures are published, labelled so"
            )
        for event in (d.event for d in drafts if d.event.count and not d.event.figures):
            terminal.tell(
                f"{event.indicator} 有 {event.count} 个读数，一条记录放不下，只封存其摘要",
                f"{event.indicator}: {event.count} readings are too many for one entry, and are "
                "sealed by their digest alone",
            )
        with Log.open(records, opened.registry.types, opened.registry.installed) as log:
            return append(terminal, log, drafts, command="publish").ids


def verified(terminal: Terminal, records: Records, registry: Registry) -> Report:
    """Verify a records folder, showing how far it has come."""
    size = None
    with suppress(LianjianError, *UNREADABLE), Store.open(records.log) as store:
        size = store.size()
    with terminal.progress("核验", "verifying", size) as tick:
        return verify(records, registry.families, progress=tick)


def print_report(terminal: Terminal, origin: str, report: Report, *, as_json: bool = False) -> bool:
    """Print what a verification saw; tells whether everything follows."""
    if as_json:
        terminal.dump(report_json(report, origin, terminal.program_lang))
    else:
        terminal.lines(report_text(report, origin, terminal.reader()))
    return not report.findings


def complain_of(terminal: Terminal, stopped: Mapping[str, Stopped]) -> None:
    """Name the families that cannot take an event, and where they stopped."""
    for s in stopped.values():
        terminal.complain(_stopped(s))


def _stopped(s: Stopped) -> FamilyStopped:
    return FamilyStopped(family=s.family, position=s.position, why=s.why)
