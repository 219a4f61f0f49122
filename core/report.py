"""Reports: drafts in parts, every sentence with the positions of the log that it rests on.

    find(families, "oversight.inspection")     a family and its report
    made = draft(figures, family, report, "inspection:npc-2021", period)
    markdown(made, "zh")                        for people
    as_json(made, "zh")                         for programs

A family says which sentences there are (`Family.reports`); here they are cited and laid out. A draft
holds what the log says and nothing else: who signs a report reads it first, and the first line says
that nobody has.
"""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from attrs import frozen

from lianjian.core.errors import UnknownReport, Words, WrongUsage
from lianjian.core.figures import Figures
from lianjian.core.indicator import Family, Moment, Report, Section
from lianjian.core.messages import SYNTHETIC, clean
from lianjian.core.period import Period
from lianjian.core.shapes import nearest

RANGES = 8  # that a citation lists, before it says how many there are in all

DRAFT = Words(
    "本文为草稿，由日志自动生成：每句所引为记录序号，未经任何人审定",
    "This is a draft made from the log: each sentence cites positions of records; "
    "nobody has approved it",
)


@frozen
class Drafted:
    """A report about one subject, for a period, at a moment; `made_up` are positions of the log."""

    report: Report
    subject: str
    period: Period
    moment: Moment
    sections: tuple[Section, ...]
    made_up: frozenset[int]

    def label(self, positions: Collection[int], lang: str) -> str:
        """Return the label of what rests on made-up events, empty where it does not."""
        if not self.made_up.intersection(positions):
            return ""
        return SYNTHETIC.zh if lang == "zh" else f"{SYNTHETIC.en} "


def find(families: Iterable[Family], name: str) -> tuple[Family, Report]:
    """Return the report of a name and its family; UnknownIndicator with the nearest names."""
    known = {report.name: (family, report) for family in families for report in family.reports}
    if name not in known:
        close = nearest(name, known) or sorted(known)
        raise UnknownReport(name=name, close=", ".join(close))
    return known[name]


def draft(
    figures: Figures, family: Family, report: Report, subject: str, period: Period
) -> Drafted:
    """Return a report about a subject (KIND:ID, or the id alone).

    Raises WrongUsage for a subject of another kind, NothingToReport for an id that is not known.
    """
    kind, colon, id_ = subject.partition(":")
    if not colon:
        kind, id_ = report.per, subject
    if kind != report.per or not id_:
        why = Words(
            f"{report.name} 的对象应写作 {report.per}:编号，得到 {subject!r}",
            f"{report.name} is about {report.per}:ID, not {subject!r}",
        )
        raise WrongUsage(why=why, command="lianjian report")
    query = figures.query(family.name, period)
    sections = tuple(report.function(query, id_))
    made_up = frozenset(query.column("SELECT since FROM main.synthetic"))
    return Drafted(report, f"{kind}:{id_}", period, figures.moment, sections, made_up)


def ranges(positions: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending positions as runs (first, last)."""
    runs = groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0])
    found = [[position for _, position in run] for _, run in runs]
    return [(run[0], run[-1]) for run in found]


def citation(positions: Sequence[int], lang: str) -> str:
    """Return the mark that names positions: 〔第 12–14、57 条〕; of many runs the first, and how many.

    Empty where there are none.
    """
    if not positions:
        return ""
    runs = ranges(positions)
    shown = [f"{first}–{last}" if last > first else str(first) for first, last in runs[:RANGES]]
    count = len(positions) if len(runs) > RANGES else 0
    if lang == "zh":
        return f"〔第 {'、'.join(shown)} {f'等 {count} ' if count else ''}条〕"
    return f" [{', '.join(shown)}{f', … {count} in all' if count else ''}]"


def markdown(made: Drafted, lang: str) -> Iterator[str]:
    """Yield the lines of a report as Markdown."""
    moment, every = (
        made.moment,
        {p for s in made.sections for t in s.sentences for p in t.positions},
    )
    root = base64.b64encode(moment.root).decode()
    last = made.period.end - timedelta(days=1)
    yield f"> {made.label(every, lang)}{DRAFT.text(lang)}"
    yield ""
    yield f"# {_escaped(made.report.title.text(lang))}"
    yield ""
    about = Words(
        f"对象 {made.subject}；期间 {made.period}（{made.period.start} 至 {last}）；"
        f"时点 前 {moment.position} 条，根 {root}",
        f"subject {made.subject}; period {made.period} ({made.period.start} to {last}); "
        f"moment: the first {moment.position} events, root {root}",
    )
    yield _escaped(about.text(lang))
    for number, section in enumerate(made.sections, start=1):
        heading = f"{'一二三四五六七八九'[number - 1]}、" if lang == "zh" else f"{number}. "
        yield ""
        yield f"## {heading}{_escaped(section.heading.text(lang))}"
        for sentence in section.sentences:
            label = made.label(sentence.positions, lang)
            said = _escaped(sentence.text.text(lang))
            yield ""
            yield f"{label}{said}{citation(sentence.positions, lang)}"


_MARKUP = re.compile(r"[\\`*{}\[\]<>#|~&]|(?<!\w)_|_(?!\w)|^[-+=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")


def _escaped(text: str) -> str:
    """Return a text in which what somebody recorded cannot pass for Markdown or HTML."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", clean(text))


def as_json(made: Drafted, lang: str) -> dict[str, Any]:
    """Return a report for programs."""
    root = base64.b64encode(made.moment.root).decode()
    return {
        "report": made.report.name,
        "title": made.report.title.text(lang),
        "draft": True,
        "subject": made.subject,
        "period": {
            "start": made.period.start.isoformat(),
            "end": made.period.end.isoformat(),
        },
        "moment": {"position": made.moment.position, "root": root},
        "sections": [
            {
                "heading": section.heading.text(lang),
                "sentences": [
                    {
                        "text": sentence.text.text(lang),
                        "positions": list(sentence.positions),
                        "synthetic": bool(made.made_up.intersection(sentence.positions)),
                    }
                    for sentence in section.sentences
                ],
            }
            for section in made.sections
        ],
    }
