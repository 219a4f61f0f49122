"""Every deliberate error, each with a hint, in zh and en.

An error is a class: its sentences are templates, its instances carry the details.

    class UnknownUnit(LianjianError):
        zh = "没有单位 {unit}"
        en = "there is no unit {unit}"
        hint_zh = "lianjian find {unit}"
        hint_en = "try `lianjian find {unit}`"

    raise UnknownUnit(unit="anting")

Nothing in core prints or exits: `cli.py` asks an error for `message(lang)` and `hint(lang)` and
turns `exit_code` into the process's. A `Fault` is an error about one value of one record; it knows
its `path` inside the record and its `place` in the file it came from, so that many of them can be
reported at once as `Refused`.
"""

from collections.abc import Iterable
from typing import ClassVar

from attrs import frozen


@frozen
class Words:
    """One text in both languages, for what people read.

    `zh` is Chinese, `en` English. Programs that compare or digest texts use `en`.
    """

    zh: str
    en: str

    def text(self, lang: str) -> str:
        """Return the text in `lang` ("zh" or "en")."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.en


class LianjianError(Exception):
    """A failure that we foresaw.

    Subclasses set `zh`, `en` and the hints as `str.format` templates; keyword arguments are the
    details they name (a detail may be `Words`). `exit_code` is 1 for errors, 2 for usage, 3 where
    verification failed.
    """

    zh: ClassVar[str] = "出错"
    en: ClassVar[str] = "failed"
    hint_zh: ClassVar[str] = ""
    hint_en: ClassVar[str] = ""
    exit_code: ClassVar[int] = 1

    def __init__(self, **details: object) -> None:
        super().__init__()
        self.details = details

    def _fill(self, template: str, lang: str) -> str:
        said = {k: v.text(lang) if isinstance(v, Words) else v for k, v in self.details.items()}
        return template.format(**said)

    def message(self, lang: str = "en") -> str:
        """Say what happened, in `lang` ("zh" or "en")."""
        return self._fill(self.zh if lang == "zh" else self.en, lang)

    def hint(self, lang: str = "en") -> str:
        """Say what to do next, in `lang`; empty where there is nothing to add."""
        return self._fill(self.hint_zh if lang == "zh" else self.hint_en, lang)

    def __str__(self) -> str:
        return self.message("en")


class Fault(LianjianError, ValueError):
    """One thing that is wrong with one value of one record.

    `path` leads to the value inside the record (`attendance.0.unit`); `place` says where the record
    stands (a row and column of a file, the number of an event in a batch), None where there is
    only one. It is a ValueError so that an attrs validator may raise it.
    """

    path: str = ""
    place: Words | None = None
    number: int | None = None  # of its record among those handed in together

    def at(self, path: str) -> "Fault":
        """Return this fault with `path` set; used while the walk goes down into a record."""
        self.path = path
        return self

    def line(self, lang: str = "en") -> str:
        """Return place, path and message as one line."""
        parts = [self.place.text(lang) if self.place else "", self.path, self.message(lang)]
        return ": ".join(p for p in parts if p)


class Refused(LianjianError):
    """Records that cannot be taken, with every fault found, not the first alone."""

    zh = "拒收：共 {count} 处错误，未写入任何内容"
    en = "refused: {count} fault(s), nothing was written"
    hint_zh = "改正以上各处后重试"
    hint_en = "correct the places above and try again"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(count=len(self.faults))

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f.line() for f in self.faults)])


# What can be wrong with one value of a record.


class MissingField(Fault):
    """A required field is not there."""

    zh = "缺少字段 {name}"
    en = "the field {name} is missing"


class UnknownField(Fault):
    """A field that the event type does not have, most often a misspelling."""

    zh = "没有字段 {name}；相近或可用：{close}"
    en = "there is no field {name}; near or possible: {close}"


class DuplicateKey(Fault):
    """JSON that states the same key twice."""

    zh = "键 {name} 出现两次"
    en = "the key {name} stands twice"


class WrongType(Fault):
    """A value of another type than the field's."""

    zh = "应为{expected}，得到 {value!r}"
    en = "expected {expected}, got {value!r}"


class NotADay(Fault):
    """A text that is no calendar day."""

    zh = "{value!r} 不是日期，应写作 YYYY-MM-DD，如 2021-05-01"
    en = "{value!r} is not a day; write YYYY-MM-DD, as in 2021-05-01"


class NotOneOf(Fault):
    """A text outside the few that the field allows."""

    zh = "{value!r} 不在可选值之内：{values}"
    en = "{value!r} is not one of {values}"


class OutOfBounds(Fault):
    """A number beyond a bound of its field."""

    zh = "{value} 超出范围，须 {comparison}"
    en = "{value} is out of bounds: it must be {comparison}"


class IntegerTooLarge(Fault):
    """A whole number beyond 64 bits."""

    zh = "整数 {value} 超出 64 位"
    en = "the whole number {value} does not fit in 64 bits"


class BadText(Fault):
    """A text that is not valid Unicode."""

    zh = "文字 {value} 不是合法的 Unicode"
    en = "the text {value} is not valid Unicode"


class BadId(Fault):
    """A text that cannot be an id."""

    zh = "{value!r} 不能作编号：不可为空，不可含空格或控制字符，最长 {longest} 字"
    en = "{value!r} cannot be an id: not empty, no spaces or control characters, at most {longest} characters"


class Invalid(Fault):
    """A value that its field's own validator refuses."""

    zh = "不合要求：{reason}"
    en = "not acceptable: {reason}"


class UnknownTerm(Fault):
    """A code that its vocabulary does not have."""

    zh = "词表 {scheme} 没有 {value!r}；相近或可用：{close}"
    en = "the vocabulary {scheme} has no {value!r}; near or possible: {close}"


class UnknownReference(Fault):
    """An id that nothing in the log has introduced."""

    zh = "未知的 {kind}：{value!r}{close}"
    en = "unknown {kind}: {value!r}{close}"


class AlreadyKnown(Fault):
    """An id that is introduced a second time, with other content."""

    zh = "{kind} {value!r} 已在第 {position} 条登记，内容不同"
    en = "{kind} {value!r} is already known from position {position}, with other content"


class StatedBefore(Fault):
    """An id that an earlier record of the same append introduces, with other content.

    `earlier` is that record's number among them, from 0; `first` says where it stands.
    """

    zh = "{kind} {value!r} 在{first}已有登记，内容不同；整批均未写入"
    en = "{kind} {value!r} stands at {first} already, with other content; none of it was written"


class AmbiguousName(Fault):
    """A name that several things have, where one is meant."""

    zh = "有多个 {kind} 名为 {value!r}：{ids}；请写编号"
    en = "several of kind {kind} are called {value!r}: {ids}; write the id"


class SameIdOtherContent(Fault):
    """An event id that the log already has, with other content."""

    zh = "事件编号 {id} 已在第 {position} 条，内容不同（{fields}）；更正请用 correct"
    en = "the event id {id} stands at position {position} with other content ({fields}); to change it use `correct`"


class ResidentIdFound(Fault):
    """A text that is plausibly a resident identity number (GB 11643), which never goes in."""

    zh = "疑似居民身份证号，任何字段都不得录入"
    en = "this looks like a resident identity number, which no field may hold"


class InTheFuture(Fault):
    """Something said to have happened that lies ahead."""

    zh = "{day} 尚未到来，不能记为已发生"
    en = "{day} has not come yet, so it cannot have happened"


class TimeDisagrees(Fault):
    """An envelope whose time is on another day, or another minute, than its data."""

    zh = "time 为 {time}，与数据中的 {stated} 不一致"
    en = "the time {time} disagrees with the data, which say {stated}"


class BadEnvelope(Fault):
    """An envelope attribute that is missing or not as CloudEvents asks."""

    zh = "信封属性 {name} 有误：{value!r}"
    en = "the envelope attribute {name} is not acceptable: {value!r}"


class UnknownEventType(Fault):
    """An event type that no installed family declares."""

    zh = "没有事件类型 {type!r}；相近或可用：{close}"
    en = "there is no event type {type!r}; near or possible: {close}"


class UnknownVersion(Fault):
    """A version of an event type that is newer than the installed one, or was never there."""

    zh = "事件类型 {type} 没有第 {version} 版（已装第 {installed} 版）"
    en = "the event type {type} has no version {version} (installed: {installed})"


class EntryTooLarge(Fault):
    """An entry beyond what a tile bundle can hold (65,535 bytes)."""

    zh = "该记录为 {size} 字节，超过 65,535 字节；较大的内容请只录入其摘要"
    en = "the entry has {size} bytes, more than 65,535; larger things go in by digest"


class NothingToReplace(Fault):
    """A correction or void of an event that the log does not have."""

    zh = "没有编号为 {id!r} 的事件可更正或作废"
    en = "there is no event {id!r} to correct or void"


class AlreadySuperseded(Fault):
    """A correction or void of an event that was superseded before."""

    zh = "事件 {id} 已被第 {by} 条取代；请对最新的一条更正"
    en = "the event {id} was superseded at position {by}; correct the newest one"


class OtherType(Fault):
    """A correction by an event of another type."""

    zh = "{id} 是 {old}，不能由 {new} 更正"
    en = "{id} is a {old}; a {new} cannot correct it"


class NotByHand(Fault):
    """An event that only a command of ours may record."""

    zh = "{type} 由 lianjian {command} 录入，不能另行录入"
    en = "a {type} is recorded by `lianjian {command}`, and by nothing else"


class NeverReplaced(Fault):
    """A correction or void of an event that says what was done to the log."""

    zh = "{id} 是 {type}，记的是对日志所做之事，不能更正或作废"
    en = "{id} is a {type}: it says what was done to the log, and can be neither corrected nor voided"


class StillReferred(Fault):
    """A void of something that live events refer to."""

    zh = "{kind} {value!r} 仍被 {count} 条有效记录引用（如第 {position} 条），不能撤去"
    en = "{kind} {value!r} is still referred to by {count} live event(s) (position {position}), so it cannot go"


# The records folder and the log.


class NoRecords(LianjianError):
    """No records folder where one was looked for."""

    zh = "{path} 及其上级目录中没有廉鉴档案夹"
    en = "there is no records folder in {path} or above it"
    hint_zh = "用 lianjian init 目录 新建，或用 -C 目录 指明"
    hint_en = "make one with `lianjian init DIR`, or name it with -C DIR"


class RecordsExist(LianjianError):
    """A folder that is in use already."""

    zh = "{path} 已存在且不是空目录"
    en = "{path} exists already and is not empty"
    hint_zh = "换一个目录"
    hint_en = "choose another folder"


class BadSettings(LianjianError):
    """A lianjian.toml that cannot be used."""

    zh = "设置文件 {path} 有误：{reason}"
    en = "the settings {path} cannot be used: {reason}"
    hint_zh = "对照 docs/reference/files.md 改正"
    hint_en = "compare with docs/reference/files.md"


class KeyUnsafe(LianjianError):
    """A signing key that others on this machine can read."""

    zh = "签名密钥 {path} 可被他人读取"
    en = "the signing key {path} can be read by others"
    hint_zh = (
        "chmod 600 {path}；若可能已泄露，另立新日志并载明本日志：lianjian init 新目录 --cites guard"
    )
    hint_en = (
        "run `chmod 600 {path}`; if it may have leaked, begin a new log that cites this one: "
        "`lianjian init DIR --cites guard`"
    )


class KeyMissing(LianjianError):
    """A records folder without its key."""

    zh = "没有密钥文件 {path}"
    en = "the key file {path} is missing"
    hint_zh = "从备份中恢复 keys 目录"
    hint_en = "restore the folder keys from a backup"


class LogMissing(LianjianError):
    """A log.db that is not there."""

    zh = "没有日志文件 {path}"
    en = "there is no log at {path}"
    hint_zh = "用 lianjian recover 从备份恢复"
    hint_en = "bring it back from a backup with `lianjian recover`"


class LogDamaged(LianjianError):
    """A log.db that cannot be read as one."""

    zh = "日志文件 {path} 有损：{reason}"
    en = "the log {path} is not sound: {reason}"
    hint_zh = "运行 lianjian verify 查看证据，用 lianjian recover 从备份恢复"
    hint_en = "run `lianjian verify` for evidence, and `lianjian recover` with a backup"
    exit_code = 3


class LogNewer(LianjianError):
    """A log.db of a later format."""

    zh = "日志文件 {path} 的格式版本 {version} 比本程序新"
    en = "the log {path} has the later format {version}"
    hint_zh = "升级 lianjian"
    hint_en = "upgrade lianjian"


class ClockBehind(LianjianError):
    """A clock well behind the last recording."""

    zh = "本机时钟 {now} 比最后一条记录 {last} 慢五分钟以上"
    en = "this machine's clock says {now}, more than five minutes before the last recording, {last}"
    hint_zh = "校准时钟后重试"
    hint_en = "set the clock and try again"


class RolledBack(LianjianError):
    """A log that lacks what was signed before: it is an older copy, or a copy went on elsewhere."""

    zh = (
        "日志只有 {size} 条，而已签署过 {signed} 条：log.db 是旧的副本，或本档案夹的副本在别处继续录入过；"
        "拒绝签署"
    )
    en = (
        "the log has {size} entries, but {signed} were signed already: this log.db is an older "
        "copy, or a copy of this folder went on elsewhere; nothing will be signed"
    )
    hint_zh = (
        "用 lianjian recover 备份 从最新的备份或副本恢复；若都没有，用 lianjian init 新目录 --cites {guard} "
        "另立新日志并载明旧日志"
    )
    hint_en = (
        "run `lianjian recover SOURCE` with the newest backup or copy; if there is none, begin a "
        "new log that cites this one: `lianjian init DIR --cites {guard}`"
    )
    exit_code = 3


class HistoryRewritten(LianjianError):
    """A log whose history differs from what was signed before."""

    zh = "日志前 {signed} 条与已签署的不符：历史被改写，拒绝签署"
    en = "the first {signed} entries are not those that were signed: history was rewritten, so nothing will be signed"
    hint_zh = "运行 lianjian verify 查看证据；用 lianjian recover 备份 恢复，或另立新日志：lianjian init 新目录 --cites {guard}"
    hint_en = (
        "run `lianjian verify` for evidence; then `lianjian recover BACKUP`, or begin a new log "
        "that cites this one: `lianjian init DIR --cites {guard}`"
    )
    exit_code = 3


class GuardDamaged(LianjianError):
    """A guard file of which neither slot can be read."""

    zh = "守护文件 {path} 两个槽位都无法读取，拒绝签署"
    en = "neither slot of the guard {path} can be read, so nothing will be signed"
    hint_zh = "用 lianjian verify --from 手头的检查点 核验；确认无误后删除该文件再试"
    hint_en = (
        "run `lianjian verify --from CHECKPOINT` with one that you hold; if all is well, delete "
        "the file and try again"
    )
    exit_code = 3


class GuardNotWritten(LianjianError):
    """A log that was written and signed, and a guard that could not be."""

    zh = "日志已写入并签署至 {size} 条，但守护文件 {path} 未能写入：{why}"
    en = (
        "the log is written and signed up to {size} entries, but its guard {path} could not be "
        "written: {why}"
    )
    hint_zh = "已录入的无须重录（用 lianjian log 核对）；排除故障后，下一次录入会更新守护文件"
    hint_en = (
        "what was recorded need not be recorded again (look with `lianjian log`); when the cause "
        "is gone, the next recording brings the guard up to date"
    )


class OtherLog(LianjianError):
    """A checkpoint, guard or backup of another log."""

    zh = "{path} 属于另一日志：{found}，而非 {expected}"
    en = "{path} belongs to another log: {found}, not {expected}"
    hint_zh = "检查路径"
    hint_en = "check the path"


class BackupTooOld(LianjianError):
    """A backup that lacks what was signed."""

    zh = "备份只有 {size} 条，而已签署过 {signed} 条"
    en = "the backup has {size} entries, but {signed} were signed"
    hint_zh = "找更新的备份；若没有，用 lianjian init 新目录 --cites {guard} 另立新日志并载明旧日志"
    hint_en = "find a newer one; if there is none, begin a new log with `lianjian init DIR --cites {guard}`"


class NoSuchEvent(LianjianError):
    """An id or position that the log does not have."""

    zh = "没有事件 {id!r}"
    en = "there is no event {id!r}"
    hint_zh = "用 lianjian log 或 lianjian find 查找"
    hint_en = "look it up with `lianjian log` or `lianjian find`"


class UnknownRecorder(LianjianError):
    """A recorder who recorded nothing."""

    zh = "{name!r} 没有录入过；相近或现有：{close}"
    en = "nothing was recorded by {name!r}; near or there are: {close}"
    hint_zh = "lianjian recorder 列出全部"
    hint_en = "`lianjian recorder` lists them all"


class NoSuchBatch(LianjianError):
    """An import of which nothing is left to void."""

    zh = "没有批次 {batch!r}，或其中已无有效记录"
    en = "there is no import {batch!r}, or nothing of it stands any more"
    hint_zh = "lianjian log --json 列出每条记录的 batch"
    hint_en = "`lianjian log --json` shows the batch of each event"


class BrokenTile(LianjianError):
    """A tile of the hash tree that has not as many hashes as the tree's size demands."""

    zh = "哈希块 {tile} 应有 {expected} 字节，实有 {found} 字节"
    en = "the tile {tile} should have {expected} bytes and has {found}"
    hint_zh = "该日志的哈希树已损坏或被改动：lianjian verify"
    hint_en = "the tree of this log is damaged or was changed: `lianjian verify`"
    exit_code = 3


class NoSuchPosition(LianjianError):
    """A position, or an older size, that a tree of this size does not reach."""

    zh = "共 {size} 条的日志中没有第 {position} 条"
    en = "a log of {size} entries does not reach {position}"
    hint_zh = "位置从 0 数起"
    hint_en = "positions are counted from 0"


class BadKey(LianjianError):
    """A key whose text, name or length is not acceptable. The text is never repeated."""

    zh = "密钥不可用：{why}"
    en = "the key cannot be used: {why}"
    hint_zh = "请核对密钥文本是否完整、首尾无空白"
    hint_en = "check that the key's text is complete and has no space around it"


class BadNote(LianjianError):
    """A signed note that is malformed, wrongly signed, or signed by nobody we know."""

    zh = "签名文本不可信：{why}"
    en = "the signed note cannot be trusted: {why}"
    hint_zh = (
        "请向日志保管单位重新索取，并核对验证公钥；密钥若已轮换，用 --rotation 给出轮换条目的证明"
    )
    hint_en = (
        "ask the log's keeper for it again, and compare the verifier key; where the key was rotated, "
        "give the proof of that with --rotation"
    )
    exit_code = 3


class BadCheckpoint(LianjianError):
    """A checkpoint whose lines are not origin, size and root, or that is another log's."""

    zh = "检查点有误：{why}"
    en = "the checkpoint is not acceptable: {why}"
    hint_zh = "检查点三行依次为：来源、条数、根（base64）"
    hint_en = "its three lines are origin, size and root (base64)"
    exit_code = 3


class BadRotation(LianjianError):
    """Rotations of a log's key that do not verify, or lead nowhere."""

    zh = "密钥轮换不可信：{why}"
    en = "the rotation of the key cannot be trusted: {why}"
    hint_zh = "请另经其他途径向日志保管单位核对其验证公钥"
    hint_en = "compare the log's verifier key with its keeper, by another way"
    exit_code = 3


class BadPolicy(LianjianError):
    """A policy file that does not say whose signatures are wanted."""

    zh = "策略文件第 {line} 行有误：{why}"
    en = "line {line} of the policy is not acceptable: {why}"
    hint_zh = "各行为 log 公钥、witness 名称 公钥、group 名称 all|any|数目 成员……、quorum 名称|none"
    hint_en = (
        "lines are: log VKEY, witness NAME VKEY, group NAME all|any|K MEMBER…, quorum NAME|none"
    )


class NoLogInPolicy(LianjianError):
    """A policy without a log, where nothing else says which one is meant."""

    zh = "策略文件 {path} 没有 log 行"
    en = "the policy {path} has no line “log”"
    hint_zh = "请在其中写明日志的验证公钥，或用 --key 给出"
    hint_en = "write the log's verifier key into it, or give the key with --key"
    exit_code = 2


class PolicyNotMet(LianjianError):
    """A checkpoint that lacks the cosignatures which a policy asks for."""

    zh = "见证不足：策略要求 {wanted}，检查点有 {found}"
    en = "not witnessed as the policy asks: wanted {wanted}, found {found}"
    hint_zh = "请保管单位将检查点交见证人签署后重新提供"
    hint_en = "ask the log's keeper to have the checkpoint cosigned, and to hand it over again"
    exit_code = 3


class Undefined(LianjianError):
    """A measure of numbers that has no value, with the reason for an indicator to pass on."""

    zh = "无法计算：{why}"
    en = "there is no figure: {why}"

    def __init__(self, *, why: Words) -> None:
        super().__init__(why=why)
        self.why = why


class UnknownScheme(LianjianError):
    """A vocabulary that is not there."""

    zh = "没有词表 {scheme!r}"
    en = "there is no vocabulary {scheme!r}"
    hint_zh = "现有：{known}"
    hint_en = "there are: {known}"


class BadDivisionCode(Fault):
    """A text that is no division code (GB/T 2260, GB/T 10114)."""

    zh = "{value!r} 不是行政区划代码"
    en = "{value!r} is no division code"
    hint_zh = "应为6、9或12位数字，以省级代码开头，如 310114、310114103、310114103001"
    hint_en = "6, 9 or 12 digits that begin with a province: 310114, 310114103, 310114103001"


class BadUscc(Fault):
    """A text that is no unified social credit code (GB 32100-2015)."""

    zh = "{value!r} 不是有效的统一社会信用代码：{why}"
    en = "{value!r} is no valid unified social credit code: {why}"
    hint_zh = "对照登记证书核对"
    hint_en = "compare it with the certificate of registration"


class ViewsDamaged(LianjianError):
    """A views.db that cannot be read; it is derived, so nothing is lost."""

    zh = "{path} 无法读取：{reason}"
    en = "{path} cannot be read: {reason}"
    hint_zh = "它由日志推导而来：删除 {path} 即可，下次读取时自动重建"
    hint_en = "it is derived from the log: delete {path}, and the next command builds it anew"


# What can be wrong with the shared events.


class NotTenThousand(Fault):
    """Shares in basis points that are not the whole."""

    zh = "各项份额须为正数且合计 10,000（万分比），现合计 {total}"
    en = "shares must be positive and add to 10,000 basis points; they add to {total}"


class MinutesDoNotAdd(Fault):
    """Minutes by format that do not add to the minutes of the activity."""

    zh = "各形式分钟须为正数且合计等于总分钟：合计 {total}，总分钟 {minutes}"
    en = "minutes by format must be positive and add to the minutes: {total} against {minutes}"


class RegisteredTwice(Fault):
    """Something that stands twice where it may stand once."""

    zh = "{value} 重复出现"
    en = "{value} stands twice"


class BadTime(Fault):
    """A text that is no time of day."""

    zh = "{value!r} 不是时间，应写作 HH:MM，如 09:30"
    en = "{value!r} is not a time of day; write HH:MM, as in 09:30"


class BadFileDigest(Fault):
    """A text that is no SHA-256 of a file."""

    zh = "{value!r} 不是文件的 SHA-256：须为 64 位小写十六进制"
    en = "{value!r} is no SHA-256 of a file: 64 lower-case hex digits"
    hint_zh = "以 sha256sum 文件 算出（Windows：certutil -hashfile 文件 SHA256，改为小写）"
    hint_en = "sha256sum FILE gives it (Windows: certutil -hashfile FILE SHA256, in lower case)"


class PartWrong(Fault):
    """A part of an event that does not go with the rest of it."""

    zh = "{why}"
    en = "{why}"


# Figures.


class BadPeriod(LianjianError):
    """A text that names no period."""

    zh = "{text!r} 不是期间"
    en = "{text!r} is not a period"
    hint_zh = (
        "可写 2021年、2021年第三季度、2021年5月、2021年5月1日，或 2021、2021Q3、2021-05、"
        "2021-05-01、2021-05-01..2021-08-31（首尾两日都含）"
    )
    hint_en = (
        "write 2021, 2021Q3, 2021-05, 2021-05-01, or 2021-05-01..2021-08-31 (both days included)"
    )
    exit_code = 2


class BadMoment(LianjianError):
    """A text that names no moment of the log."""

    zh = "{text!r} 不是时点：日志现有 {size} 条"
    en = "{text!r} is not a moment: the log has {size} entries"
    hint_zh = "可写条数（0 至 {size}）或已过去的时间，如 2021-12-31T18:00+08:00"
    hint_en = "write a number of events from 0 to {size}, or a time in the past such as 2021-12-31T18:00+08:00"
    exit_code = 2


class UnknownIndicator(LianjianError):
    """A name that is neither a family nor an indicator."""

    zh = "没有指标或指标族 {name!r}；相近或可用：{close}"
    en = "there is no indicator or family {name!r}; near or possible: {close}"
    hint_zh = "lianjian plugins 列出全部"
    hint_en = "`lianjian plugins` lists them all"


class FamilyStopped(LianjianError):
    """A family that could not take an event, so that its figures would be wrong."""

    zh = "指标族 {family} 停在第 {position} 条：{why}"
    en = "the family {family} stopped at position {position}: {why}"
    hint_zh = "其他指标族不受影响；升级或修正该插件后会自动继续"
    hint_en = "the other families stand; upgrade or mend this plugin and it goes on by itself"


class IndicatorFailed(LianjianError):
    """An indicator that raised."""

    zh = "指标 {name} 计算失败：{why}"
    en = "the indicator {name} failed: {why}"
    hint_zh = "其他指标不受影响；请将此信息告知插件作者（--debug 显示细节）"
    hint_en = "the others stand; tell the plugin's author (--debug shows more)"


class IndicatorCircle(LianjianError):
    """Indicators that ask each other in a circle."""

    zh = "指标互相引用成环：{circle}"
    en = "indicators ask each other in a circle: {circle}"
    hint_zh = "请插件作者去掉其中一处引用"
    hint_en = "one of them must do without the other"


class NotPublished(LianjianError):
    """Figures that cannot be given out, because one of them cannot be computed."""

    zh = "未公布 {name}，未录入任何内容：{why}"
    en = "{name} was not published, and nothing was recorded: {why}"
    hint_zh = "排除原因后再公布；lianjian show 可查看其余指标"
    hint_en = "mend that and publish again; `lianjian show` shows the figures that can be computed"


class NoSuchReading(LianjianError):
    """A subject that an indicator has no reading for."""

    zh = "指标 {name} 没有 {subject} 的读数；相近或可用：{close}"
    en = "the indicator {name} has no reading for {subject}; near or possible: {close}"
    hint_zh = "lianjian show {name} 列出全部读数"
    hint_en = "`lianjian show {name}` lists its readings"


class UnknownReport(LianjianError):
    """A name that is no report."""

    zh = "没有报告 {name!r}；相近或可用：{close}"
    en = "there is no report {name!r}; near or possible: {close}"
    hint_zh = "lianjian report oversight.inspection --subject inspection:编号"
    hint_en = "`lianjian report oversight.inspection --subject inspection:ID`"


class NothingToReport(LianjianError):
    """A subject that a report can say nothing about: by the period's end nothing is known of it."""

    zh = "报告 {name} 没有对象 {subject!r}：期末以前没有记录；相近或可用：{close}"
    en = "the report {name} knows no {subject!r} by the period's end; near or possible: {close}"
    hint_zh = "lianjian find 按名称或编号查找"
    hint_en = "`lianjian find` finds ids by name"


class PluginBroken(LianjianError):
    """A plugin that was left out."""

    zh = "插件 {plugin}（{module}）未载入：{why}"
    en = "the plugin {plugin} ({module}) was left out: {why}"
    hint_zh = "升级、修正或卸载它；其他插件不受影响"
    hint_en = "upgrade, mend or uninstall it; the others are not affected"


class NothingToRecover(LianjianError):
    """A log that is sound and has at least as much as the backup."""

    zh = "现有日志完好，有 {size} 条；备份只有 {offered} 条"
    en = "the log in place is sound and has {size} entries; the backup has {offered}"
    hint_zh = "无需恢复"
    hint_en = "there is nothing to recover"


class NotAPeriod(Fault):
    """A text that names no period, in a record."""

    zh = "{value!r} 不是期间，可写 2021、2021Q3、2021-05、2021-05-01..2021-08-31"
    en = "{value!r} is not a period; write 2021, 2021Q3, 2021-05 or 2021-05-01..2021-08-31"


# The command line and the machine it runs on.


class WrongUsage(LianjianError):
    """A command line that does not fit together."""

    zh = "{why}"
    en = "{why}"
    hint_zh = "用法见 {command} --help"
    hint_en = "see `{command} --help`"
    exit_code = 2


class Unexpected(LianjianError):
    """An error that nobody foresaw: a defect of the program."""

    zh = "程序意外出错：{what}"
    en = "something unexpected happened: {what}"
    hint_zh = "这是程序的缺陷；用 lianjian --debug …… 重试可见细节，请附上它报告给维护者"
    hint_en = "this is a defect; run it again as `lianjian --debug …` and report what that shows"


class NoRecorder(LianjianError):
    """A recording of which nobody says who makes it."""

    zh = "不知道是谁在录入"
    en = "nobody says who is recording"
    hint_zh = "用 --recorder 名称 或环境变量 LIANJIAN_RECORDER 指明"
    hint_en = "say so with --recorder NAME, or in LIANJIAN_RECORDER"


class NothingFound(LianjianError):
    """A search without a result."""

    zh = "没有与 {text!r} 相符的编号或名称{close}"
    en = "no id and no name has {text!r} in it{close}"
    hint_zh = "换一个更短的词；lianjian log 列出事件"
    hint_en = "try a shorter piece; `lianjian log` lists the events"


class NothingToChange(LianjianError):
    """A correction that says what the event says already."""

    zh = "事件 {id} 已经如此，无需更正"
    en = "the event {id} says so already; there is nothing to correct"
    hint_zh = "用 lianjian log 核对是否为这一条"
    hint_en = "check with `lianjian log` that it is the event you mean"


class FileTrouble(LianjianError):
    """A file or folder that the operating system does not let us use."""

    zh = "无法使用 {path}：{why}"
    en = "cannot use {path}: {why}"
    hint_zh = "检查路径与权限"
    hint_en = "check the path and its permissions"


class DiskFull(LianjianError):
    """A disk without space."""

    zh = "磁盘已满{where}"
    en = "the disk is full{where}"
    hint_zh = "腾出空间后重试；日志不会只写入一半"
    hint_en = "make room and try again; a log is never written in part"


class DiskFailed(LianjianError):
    """A disk, or a network folder, that fails amid reading or writing."""

    zh = "磁盘读写出错{where}"
    en = "the disk failed{where}"
    hint_zh = (
        "检查磁盘与网络连接；要录入的内容或已完整录入，或完全没有：重录前先用 lianjian log 核对"
    )
    hint_en = (
        "check the disk and its connection; what was to be recorded is in the log as a whole or "
        "not at all: look with `lianjian log` before you record it again"
    )


class DatabaseBusy(LianjianError):
    """A database that another program holds for too long."""

    zh = "数据库正被其他程序占用"
    en = "another program is using the database"
    hint_zh = "稍候重试；若一直如此，检查是否有未结束的 lianjian 进程"
    hint_en = "try again in a while; if it stays so, look for a lianjian that is still running"


class ReadOnly(LianjianError):
    """A database that may be read but not written."""

    zh = "档案夹不可写"
    en = "the records folder cannot be written"
    hint_zh = "检查文件夹与 log.db、views.db 的权限；只读介质上的档案夹请先复制到本机"
    hint_en = "check the permissions of the folder, log.db and views.db; copy a folder on a read-only medium first"


class DatabaseTrouble(LianjianError):
    """A failure of SQLite that none of the others describes."""

    zh = "数据库出错：{reason}"
    en = "the database failed: {reason}"
    hint_zh = "运行 lianjian verify 查看日志是否完好；views.db 可以删除，会自动重建"
    hint_en = "run `lianjian verify` to see whether the log is sound; views.db may be deleted, it is built anew"


class LawBroken(LianjianError):
    """A family that does not keep a law that every family keeps."""

    zh = "违反法则“{law}”：{why}"
    en = 'the law "{law}" is broken: {why}'
    hint_zh = "事实函数须是单个事件的纯函数；指标只经由视图读取"
    hint_en = (
        "a fact function is a pure function of one event; an indicator reads through the views"
    )


# Ledgers: texts and tables that become records.


class NotWhole(Fault):
    """A text where a whole number is wanted."""

    zh = "{value!r} 不是整数；{way}"
    en = "{value!r} is not a whole number; {way}"


class PartsWanted(Fault):
    """One text for a field that has parts."""

    zh = "{name} 由多项组成，不能写成 {value!r}；一格内写 {whole}，或逐项写，如 {example}"
    en = (
        "{name} has parts, so it cannot be {value!r}; write {whole} in one cell, or each part, "
        "as in {example}"
    )


class UnknownColumn(Fault):
    """A column that the table does not have."""

    zh = "没有名为 {value!r} 的列；相近或现有：{close}（首行须为表头，其上的标题行请删去）"
    en = "there is no column {value!r}; near or present: {close} (the header is the first row: delete titles above it)"


class NoColumnFits(Fault):
    """A table none of whose columns is named like a field, with nothing said about which is which."""

    zh = "没有一列与 {type} 的字段同名；请用 --map 字段=列 逐一对应。列：{columns}；字段：{fields}"
    en = (
        "no column is named like a field of {type}; say which is which with --map FIELD=COLUMN. "
        "Columns: {columns}; fields: {fields}"
    )


class RepeatedColumn(Fault):
    """A header that stands over two columns."""

    zh = "表头 {value!r} 在第 {first} 列和第 {second} 列重复"
    en = "the header {value!r} stands over column {first} and column {second}"


class CellWithoutHeader(Fault):
    """A cell beyond the header, most often a delimiter too many in its row."""

    zh = "第 {column} 列的 {value!r} 没有表头；该行是否多了一个分隔符？"
    en = "{value!r} in column {column} has no header; is there a delimiter too many in this row?"


class BrokenRow(Fault):
    """A row that cannot be taken apart into cells, most often for a quotation mark."""

    zh = "从这一行起无法分列（{reason}）；检查双引号是否成对"
    en = "from this row on the cells cannot be told apart ({reason}); see whether its quotes are paired"


class NothingToDerive(Fault):
    """A name without a letter or digit, of which no id can be made."""

    zh = "{value!r} 中没有文字或数字，无法生成编号"
    en = "{value!r} has no letter or digit to make an id of"


class SameDerivedId(Fault):
    """Two names that would get the same id."""

    zh = "{value!r} 与第 {row} 行的 {other!r} 会得到同一编号 {id}；若是同一事物请统一写法，否则另设一列编号"
    en = (
        "{value!r} and {other!r} in row {row} would get the same id {id}; write them alike if they "
        "are the same, or keep ids in a column of their own"
    )


class BlankKey(Fault):
    """A row without the key that its event's id is made of."""

    zh = "键列为空，无法确定该行的事件编号"
    en = "the key is blank, so the row's event has no id"


class RepeatedKey(Fault):
    """A key that stands in two rows."""

    zh = "键 {value!r} 已在第 {row} 行出现"
    en = "the key {value!r} stands in row {row} already"


class SealedElsewhere(Fault):
    """A column of personal texts that would also be recorded, or hashed, where all can see it."""

    zh = "列 {value!r} 录入封存字段 {name}，不能再用于编号、键或其他字段，否则可被猜出"
    en = (
        "the column {value!r} fills the sealed field {name}; used for an id, a key or another "
        "field as well, what it says could be guessed"
    )


class LedgerUnreadable(LianjianError):
    """A file that cannot be opened."""

    zh = "无法读取 {path}：{reason}"
    en = "{path} cannot be read: {reason}"
    hint_zh = "检查路径和权限"
    hint_en = "check the path and your permissions"


class SpreadsheetGiven(LianjianError):
    """A workbook where a text file is wanted."""

    zh = "{path} 是电子表格文件（{kind}），不是 CSV"
    en = "{path} is a workbook ({kind}), not CSV"
    hint_zh = "在表格软件中另存为“CSV UTF-8（逗号分隔）”后再导入"
    hint_en = 'save it from the spreadsheet as "CSV UTF-8 (comma delimited)" and import that'


class NotAText(LianjianError):
    """A file whose bytes are no text in any encoding that ledgers come in."""

    zh = "{path} 不是文本文件：{why}"
    en = "{path} is not a text file: {why}"
    hint_zh = "请另存为 UTF-8 编码的 CSV 或 JSON"
    hint_en = "save it as CSV or JSON in UTF-8"


class NoRows(LianjianError):
    """A file with nothing to record in it."""

    zh = "{path} 中没有可录入的内容：{why}"
    en = "there is nothing to record in {path}: {why}"
    hint_zh = "CSV 首行为表头，其后每行一条；JSON 每行一个 CloudEvents 对象"
    hint_en = "CSV has a header and one record a row; JSON has one CloudEvents object a line"


# What auditors take home.


class GuardMissing(LianjianError):
    """A log without its guard, so that nobody knows what was signed last."""

    zh = "没有守护文件 {path}，不能给出检查点"
    en = "there is no guard {path}, so no checkpoint can be handed out"
    hint_zh = "先用 lianjian verify 核验；无误则下一次录入会重新建立它"
    hint_en = "run `lianjian verify`; if all is well, the next recording makes it anew"


class BadArchive(LianjianError):
    """A file that should hold an export and is no zip file, or one to be wary of."""

    zh = "{path} 无法作为导出读取：{why}"
    en = "{path} cannot be read as an export: {why}"
    hint_zh = "请给出导出目录，或由整个目录打成的 zip 文件"
    hint_en = "give the folder of an export, or a zip file of the whole folder"


class NotAnExport(LianjianError):
    """A folder that is no export, or one that is in use and no export of this log."""

    zh = "{path} 不是{whose}导出目录"
    en = "{path} is not an export{whose}"
    hint_zh = "换一个目录；核验档案夹本身用 lianjian -C 目录 verify"
    hint_en = "choose another folder; a records folder is verified with `lianjian -C DIR verify`"


class ExportDiffers(LianjianError):
    """A file of an earlier export that contradicts the log as it is now."""

    zh = "{path} 已存在，内容与日志不符：已导出的内容不会改变，其中之一被改动过"
    en = (
        "{path} exists already and is not what the log says: what was exported never changes, so "
        "one of the two was changed"
    )
    hint_zh = "勿覆盖：用 lianjian verify 核验两者，并导出到新的空目录"
    hint_en = "keep it: run `lianjian verify` on both, and export into a new folder"
    exit_code = 3


class KeyWanted(LianjianError):
    """An export without a key, and none given."""

    zh = "没有 {path}，不知用哪个公钥核验"
    en = "there is no {path}, so there is no key to verify with"
    hint_zh = "用 --key 给出验证公钥（文件或文本），应从日志保管单位以外的途径取得或核对"
    hint_en = "give the verifier key with --key, a file or its text, as you got it by another way"


class BadProof(LianjianError):
    """A proof that is malformed, or does not prove what it should."""

    zh = "证明不成立：{why}"
    en = "the proof does not hold: {why}"
    hint_zh = "请向日志保管单位重新索取，并核对条目、检查点与验证公钥"
    hint_en = "ask the log's keeper for it again, and compare entry, checkpoint and verifier key"
    exit_code = 3


class MomentNotSigned(LianjianError):
    """A moment beyond the newest checkpoint that may be handed out."""

    zh = "检查点只到 {size} 条，尚未及前 {position} 条这一时点"
    en = "the newest checkpoint has {size} events and does not reach the moment {position}"
    hint_zh = "用 --at {size}；或再录入一条，检查点随之更新"
    hint_en = "use --at {size}, or record one more event: the checkpoint moves on with it"


class TooManyEvents(LianjianError):
    """A reading with more events behind it than one file may hold."""

    zh = "依据有 {count} 条记录，文件将超过 {most} 字节"
    en = "the reading has {count} events behind it: the file would be larger than {most} bytes"
    hint_zh = "缩短期间，或用 --subject 选一个对象；也可用 lianjian export 导出整个日志"
    hint_en = "take a shorter period or a --subject; or `lianjian export` the whole log"


class BadShortForm(LianjianError):
    """A text that is no short form of a checkpoint."""

    zh = "{text!r} 不是检查点的短式"
    en = "{text!r} is not the short form of a checkpoint"
    hint_zh = "写法：条数 时间 八组四位十六进制数，如 lianjian checkpoint --short 所示"
    hint_en = "it is size, time and eight groups of four hex digits, as `lianjian checkpoint --short` prints it"
    exit_code = 2


# Erasing.


class NotSealed(LianjianError):
    """A field that is not sealed, where one is to be erased."""

    zh = "第 {position} 条没有封存字段 {path!r}：{has}"
    en = "position {position} has no sealed field {path!r}: {has}"
    hint_zh = "lianjian log --json 列出每条事件的内容；只有封存字段的原文可以删除"
    hint_en = "`lianjian log --json` shows what events hold; only sealed texts can be erased"


class TextGone(LianjianError):
    """A sealed field whose text is missing, though nobody erased it."""

    zh = "第 {position} 条 {path} 的原文缺失，却从未依规删除"
    en = "the text behind {path} of position {position} is missing, but was never erased"
    hint_zh = "运行 lianjian verify 查看证据；用 lianjian recover 从备份恢复后再删除"
    hint_en = (
        "run `lianjian verify` for evidence; bring it back with `lianjian recover`, then erase it"
    )
    exit_code = 3


class TextInGrounds(LianjianError):
    """A reason for an erasure that holds the very text, and would keep it for ever."""

    zh = "{where} 中有要删除的原文，录入后将永远保存；未录入，也未删除"
    en = "{where} holds the very text that is to be erased, and would keep it for ever; nothing was done"
    hint_zh = "换一种写法，不要写出原文"
    hint_en = "say it without that text"


class BytesInWal(LianjianError):
    """An erasure that is recorded, while the write-ahead log could not be cut."""

    zh = "删除已录入第 {position} 条，但原文的字节可能仍在 log.db-wal 中：{why}"
    en = (
        "the erasure is recorded at position {position}, but the text's bytes may still lie in "
        "log.db-wal: {why}"
    )
    hint_zh = "待其他程序结束、磁盘有空间后，再次运行同一命令"
    hint_en = "when other programs have ended, and the disk has room, run the same command again"


class BytesLeft(LianjianError):
    """Files that still have what was erased, or that cannot be looked into."""

    zh = "删除已录入，但这些文件仍有原文的字节，或无法打开查看：{files}"
    en = "the erasure is recorded, but these files still have the text's bytes, or cannot be opened: {files}"
    hint_zh = "删除这些文件（数据库连同其 -wal、-shm；导出目录可重新导出），再次运行同一命令"
    hint_en = (
        "delete them (a database with its -wal and -shm; an export can be made anew), and run the "
        "same command again"
    )


# Witnesses.


class NoWitness(LianjianError):
    """A folder that is not a witness's, or has lost its key."""

    zh = "{path} 不是见证人目录：没有 witness.key"
    en = "{path} is not the folder of a witness: it has no witness.key"
    hint_zh = "用 -w 目录 指明，或用 lianjian witness init 目录 --name 名称 新建"
    hint_en = "name it with -w DIR, or make one with `lianjian witness init DIR --name NAME`"


class BadWitnessName(LianjianError):
    """A name that no witness can have, since it would not come apart again in a note."""

    zh = "{name!r} 不能作见证人的名称"
    en = "{name!r} cannot be the name of a witness"
    hint_zh = "用不带协议的网址，如 example.org/witness；不含空白、加号、引号，不超过 200 字"
    hint_en = (
        "use a URL without a scheme, such as example.org/witness; no spaces, plus or quotes, and "
        "at most 200 characters"
    )
    exit_code = 2


class WitnessKeyUnsafe(LianjianError):
    """A witness's key that others on this machine can read."""

    zh = "见证密钥 {path} 可被他人读取"
    en = "the witness key {path} can be read by others"
    hint_zh = "chmod 600 {path}；若可能已泄露，用 lianjian witness init 另立见证人并告知各方"
    hint_en = (
        "run `chmod 600 {path}`; if it may have leaked, make a new witness with `lianjian witness "
        "init`, and tell everybody who trusts this one"
    )


class WitnessDamaged(LianjianError):
    """A witness's memory that is not as it left it: it must not be taken for a new one."""

    zh = "见证人的记录 {path} 不可用：{why}；拒绝联署"
    en = "the witness's memory {path} cannot be used: {why}; nothing will be cosigned"
    hint_zh = "忘了曾为何物联署的见证人不能再用原来的密钥，旧的副本也不行；用 lianjian witness init 另立，并告知各方"
    hint_en = (
        "a witness that forgot what it cosigned cannot go on under its key, nor from an older "
        "copy: make a new one with `lianjian witness init`, and tell everybody who trusts this one"
    )
    exit_code = 3


class UnknownLog(LianjianError):
    """A log that a witness sees for the first time, and no key for it."""

    zh = "尚不认识日志 {origin}"
    en = "the log {origin} is not known to this witness"
    hint_zh = "第一次须用 --key 给出其验证公钥，应另经其他途径取得；此后即以它为准"
    hint_en = (
        "the first time give its verifier key with --key, as you got it by another way; from then "
        "on that key is the log's"
    )


class OtherKeyPinned(LianjianError):
    """A key for a log of which a witness knows another one."""

    zh = "日志 {origin} 的公钥早已确定为 {pinned}，与所给的不同"
    en = "the key of {origin} has been {pinned} since this witness first saw it, not the one given"
    hint_zh = "先弄清是谁的公钥；密钥若已轮换，去掉 --key，用 --rotation 给出轮换条目的证明"
    hint_en = (
        "find out whose key that is; where the log's key was rotated, leave --key out, and give the "
        "proof of that with --rotation"
    )
    exit_code = 3


class StaleProof(LianjianError):
    """A request that does not start from what a witness cosigned last."""

    zh = "它从 {old} 条起证，而本见证人上次为 {last} 条联署；未联署"
    en = "it proves from {old} entries, and this witness last cosigned {last}; nothing was cosigned"
    hint_zh = "请日志一方从 {last} 条的检查点起证：lianjian prove --from 该检查点（witness status --note {origin} 可取得它）"
    hint_en = (
        "have the log prove from the checkpoint of {last}: `lianjian prove --from CHECKPOINT` "
        "(`witness status --note {origin}` prints it)"
    )


class CheckpointBehind(LianjianError):
    """A checkpoint that is smaller than one a witness cosigned already."""

    zh = "该检查点只有 {size} 条，而已为 {last} 条联署过：是旧的，或日志被退回；未联署"
    en = (
        "the checkpoint has {size} entries, and {last} were cosigned already: it is an old one, or "
        "the log was rolled back; nothing was cosigned"
    )
    hint_zh = "请日志一方给出最新的检查点；若它只有这么多，即已丢失记录，请保留此文件"
    hint_en = (
        "ask for the newest checkpoint; if the log has no more, it lost entries: keep this file"
    )
    exit_code = 3


class TwoHistories(LianjianError):
    """A log that signed two histories: the proof is in the two checkpoints."""

    zh = (
        "日志 {origin} 出示了两个不同的历史：前 {size} 条曾联署的树根为 {held}，如今为 {found}，两者均有日志的"
        "签名；未联署"
    )
    en = (
        "{origin} has shown two histories: the root of its first {size} entries was {held} when it "
        "was cosigned, and is {found} now, both signed by the log; nothing was cosigned"
    )
    hint_zh = "两份检查点即是证据，已存于 {kept}；请连同收到的文件一并保留，并告知各方"
    hint_en = (
        "the two checkpoints are the evidence, kept in {kept}: keep them and what you were given, "
        "and tell everybody who relies on this log"
    )
    exit_code = 3


class DoesNotExtend(LianjianError):
    """A signed checkpoint whose proof does not lead from what a witness cosigned last."""

    zh = "证明不成立：{origin} 的 {size} 条并非由曾联署的 {last} 条延续而来；未联署"
    en = (
        "the proof is wrong: the {size} entries of {origin} do not follow from the {last} that "
        "were cosigned; nothing was cosigned"
    )
    hint_zh = (
        "请重新索取证明；若仍如此，历史已被改写。两份检查点均有日志的签名，已存于 {kept}，请保留"
    )
    hint_en = (
        "ask for the proof once more; if it stays so, history was rewritten. Both checkpoints are "
        "signed by the log and kept in {kept}: keep them"
    )
    exit_code = 3


class TilesDisagree(LianjianError):
    """An export whose tiles do not come to the root in its checkpoint."""

    zh = "{path} 的瓦片得不出其检查点所载的树根；未联署"
    en = "the tiles of {path} do not come to the root in its checkpoint; nothing was cosigned"
    hint_zh = "导出不完整或被改动：lianjian verify {path} --key 公钥"
    hint_en = "it is not complete, or was changed: `lianjian verify {path} --key KEY`"
    exit_code = 3


class NotCosigned(LianjianError):
    """A log of which no checkpoint with cosignatures is at hand."""

    zh = "尚无经联署的检查点：没有 {path}"
    en = "no cosigned checkpoint is at hand: there is no {path}"
    hint_zh = "请见证人联署（lianjian witness cosign），再用 lianjian checkpoint --add 文件 收回"
    hint_en = (
        "have a witness cosign one (`lianjian witness cosign`), and take it back with `lianjian "
        "checkpoint --add FILE`"
    )


class BeyondCosigned(LianjianError):
    """Something that the cosigned checkpoint does not reach yet."""

    zh = "经联署的检查点只有 {size} 条，所求的要到 {reach} 条"
    en = "the cosigned checkpoint has {size} entries, and what was asked for takes {reach}"
    hint_zh = "去掉 --cosigned，或先请见证人为最新的检查点联署"
    hint_en = "leave --cosigned out, or have a witness cosign the newest checkpoint first"


class CosignedDamaged(LianjianError):
    """The kept checkpoint with cosignatures, not as it was kept."""

    zh = "经联署的检查点 {path} 不可用：{why}"
    en = "the cosigned checkpoint {path} cannot be used: {why}"
    hint_zh = "将它移开，再用 lianjian checkpoint --add 收回见证人给出的文件"
    hint_en = "move it away, and add what the witnesses gave with `lianjian checkpoint --add`"
    exit_code = 3


class CosignedBehind(LianjianError):
    """Cosignatures for a smaller checkpoint than the cosigned one that is kept."""

    zh = "它联署的是 {size} 条，而已存有 {kept} 条的经联署检查点；未收下"
    en = (
        "it cosigns {size} entries, and a cosigned checkpoint of {kept} is kept already; it was "
        "not taken"
    )
    hint_zh = "请该见证人为 {kept} 条的联署：把 lianjian checkpoint --cosigned 的输出带去"
    hint_en = (
        "have that witness cosign the one of {kept}: take it what `lianjian checkpoint --cosigned` "
        "prints"
    )


class NoCosignature(LianjianError):
    """A file from which no cosignature can be taken."""

    zh = "{path} 中没有可收的联署：{why}"
    en = "there is no cosignature to take from {path}: {why}"
    hint_zh = "收 lianjian witness cosign --out 写出的整份，或其签名行（须加 --witness 公钥）"
    hint_en = (
        "add the whole note that `lianjian witness cosign --out` writes, or its signature lines "
        "together with --witness KEY"
    )


class ExportAhead(LianjianError):
    """An export that reaches further than the checkpoint that it should have now."""

    zh = "{path} 已导出至 {found} 条，而这次要导出的检查点只有 {size} 条"
    en = "{path} goes up to {found} entries already, and the checkpoint to export has {size}"
    hint_zh = "导出到新的空目录，或去掉 --cosigned"
    hint_en = "export into a new folder, or leave --cosigned out"
