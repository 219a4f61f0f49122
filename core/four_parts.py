"""The report of a check in four parts, drafted from the log.

The check (基本情况), what was achieved (工作成效), the problems (存在的主要问题) and what is recommended
(改进工作的建议举措): the form in which a district's congress is told of a check. `four_parts` drafts it
from the tables of core and of the family oversight; each sentence names the positions that it rests
on, and one that says that something is not on record names none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lianjian.core.errors import NothingToReport, Words
from lianjian.core.indicator import UNITS, Query, Section, Sentence
from lianjian.core.kit import NO_FIGURE, about_all, plain, terms
from lianjian.core.mending import problems_by_code
from lianjian.core.shapes import nearest

FIGURES = (
    "coverage.unit_reach",
    "coverage.minutes_per_head",
    "lecturers.sessions",
    "bases.guided_share",
    "brands.presence",
    "cases.conversion",
)
NOTHING = Words("未记录。", "Nothing is on record.")
NO_TESTS = Words("未写明检验", "no test is named")
STATUS = {
    "assigned": Words("已交办", "assigned"),
    "done": Words("已整改，待验收", "done, not yet verified"),
    "returned": Words("验收未到位，已退回", "returned"),
    "verified": Words("已验收到位", "verified"),
}


def joined(said: Sequence[Words]) -> Words:
    """Return texts one after the other."""
    return Words("、".join(w.zh for w in said), ", ".join(w.en for w in said))


def line(zh: str, en: str, said: Sequence[Words], positions: Iterable[int]) -> Iterator[Sentence]:
    """Yield the sentence "zh：…。", or nothing where nothing was said."""
    if said:
        all_ = joined(said)
        yield Sentence(Words(f"{zh}：{all_.zh}。", f"{en}: {all_.en}."), positions)


def basics(q: Query, id_: str, position: int, check: Sequence[Any]) -> Iterator[Sentence]:
    """Yield what a check was: its days, who asked for it, its team, sessions, units and norms."""
    name, kind, day, ends, checker, asked_by, agreed_by, agreed_on, total = check
    called = dict(q.rows("SELECT unit, name FROM unit_names_to_date ORDER BY day, event"))
    of_kind = terms(q, "check_kind").get(kind, Words(kind, kind))
    until = (
        Words(f"至 {ends}", f" to {ends}") if ends else Words("起，结束日未登记", ", end unknown")
    )
    about = Words(
        f"{name}（{of_kind.zh}），{day} {until.zh}。", f"{name} ({of_kind.en}), {day}{until.en}."
    )
    yield Sentence(about, (position,))
    for zh, en, unit in (
        ("检查单位", "Checked by", checker),
        ("委托单位", "Delegated by", asked_by),
        ("同意单位", "Approved by", agreed_by),
    ):
        said = [Words(*[called.get(unit, unit)] * 2)] if unit else []
        yield from line(zh, en, said, (position,))
    yield from line(
        "同意日期", "Approved on", [Words(*[agreed_on] * 2)] * bool(agreed_on), (position,)
    )
    for zh, en, scheme, table, column, unit_ in (
        ("调研组", "Team", "team_role", "check_team", "role, sum(persons)", ("人", "")),
        ("场次", "Sessions", "method", "check_sessions", "method, sum(sessions)", ("场", "")),
    ):
        sql = f"SELECT {column} FROM {table}_to_date WHERE inspection = ? GROUP BY 1 ORDER BY 1"
        words = terms(q, scheme)
        said = [
            Words(f"{words[c].zh} {n} {unit_[0]}", f"{words[c].en} {n}")
            for c, n in q.rows(sql, (id_,))
        ]
        yield from line(zh, en, said, (position,))
    sql = "SELECT unit FROM check_units_to_date WHERE inspection = ?"
    units = [called.get(u, u) for u in q.column(sql, (id_,))]
    if units or total is not None:
        heard_ = max(total or 0, len(units))
        listed_ = joined([Words(u, u) for u in units])
        zh, en = f"受检单位 {heard_} 家", f"Units heard: {heard_}"
        zh, en = (f"{zh}，列名：{listed_.zh}", f"{en}; named: {listed_.en}") if units else (zh, en)
        yield Sentence(Words(f"{zh}。", f"{en}."), (position,))
    sql = """
        SELECT i.name, i.issuer, i.event FROM check_norms_to_date c
        JOIN norms_issued_to_date i ON i.norm = c.norm WHERE c.inspection = ? ORDER BY i.event
    """
    norms, words = q.rows(sql, (id_,)), terms(q, "issuer")
    said = [Words(f"{n}（{words[i].zh}）", f"{n} ({words[i].en})") for n, i, _ in norms]
    yield from line("依据", "By", said, [position, *(event_ for *_, event_ in norms)])
    sql = "SELECT day, body, opinion, event FROM deliberations_to_date WHERE inspection = ? ORDER BY day"
    for on, body, opinion, event_ in q.rows(sql, (id_,)):
        by = called.get(body, body) if body else ""
        zh, en = f"{on} {by}审议" + (f"：{opinion}" if opinion else ""), f"Deliberated on {on}"
        en += (f" by {by}" if by else "") + (f": {opinion}" if opinion else "")
        yield Sentence(Words(f"{zh}。", f"{en}."), (event_,))


def figure_said(q: Query, figure: str) -> Sentence:
    """Return what a figure is in the period, or why it has no value."""
    found = about_all(q, figure)
    if isinstance(found, Words) or found.indicator is None:
        why = found if isinstance(found, Words) else NO_FIGURE
        return Sentence(Words(f"{figure}：无数值（{why.zh}）。", f"{figure}: no value ({why.en})."))
    of, unit = found.indicator.definition, UNITS[found.indicator.unit]
    if found.value is not None:
        value = plain(found.value)
    elif found.low is not None and found.high is not None:
        value = f"{plain(found.low)}..{plain(found.high)}"
    else:
        why, value = found.reason or NO_FIGURE, ""
    if value:
        said = Words(f"{of.zh}：{value} {unit.zh}。", f"{of.en}: {value} {unit.en}.")
    else:
        said = Words(f"{of.zh}：无数值（{why.zh}）。", f"{of.en}: no value ({why.en}).")
    return Sentence(said, q.evidence(figure))


def problems_said(q: Query, of_check: Mapping[str, tuple[int, str]]) -> Iterator[Sentence]:
    """Yield the problems of a check in the order of their codes, each with how it is mended."""
    words = terms(q, "problem")
    order = {code: place for place, code in enumerate(words)}
    found = [p for p in problems_by_code(q)[""] if p.id in of_check]
    steps: dict[str, list[int]] = defaultdict(list)
    for id_, position in q.rows("SELECT rectification, event FROM rectification_status_to_date"):
        steps[id_].append(position)
    for p in sorted(found, key=lambda p: order.get(p.code or "", len(order))):
        position, said = of_check[p.id]
        code = words.get(p.code or "", Words("未归类", "no code"))
        state = (
            joined(
                [
                    Words(f"{m.id} {STATUS[m.state].zh}", f"{m.id} {STATUS[m.state].en}")
                    for m in p.mendings
                ]
            )
            if p.mendings
            else Words("未交办", "nobody was asked")
        )
        text = Words(
            f"{p.code or ''} {code.zh}：{said}（整改：{state.zh}）。".lstrip(),
            f"{p.code or ''} {code.en}: {said} (rectification: {state.en}).".lstrip(),
        )
        yield Sentence(text, [position, *(e for m in p.mendings for e in steps[m.id])])


def recommended(q: Query, id_: str) -> Iterator[Sentence]:
    """Yield what a check recommended, by code, and what the tests show in the period."""
    tests = {r.subject: r.flags for r in q.readings("oversight.recommendations_met")}
    words = terms(q, "recommendation")
    sql = """
        SELECT recommendation, code, said, event FROM recommendations_to_date
        WHERE inspection = ? ORDER BY code, event
    """
    for recommendation, code, text, position in q.rows(sql, (id_,)):
        of = words.get(code, Words(code, code))
        shown = tests[f"recommendation:{recommendation}"] or [NO_TESTS]
        zh, en = "；".join(w.zh for w in shown), "; ".join(w.en for w in shown)
        said = Words(
            f"{code} {of.zh}：{text}（检验：{zh}）。", f"{code} {of.en}: {text} (tests: {en})."
        )
        yield Sentence(said, (position,))


def four_parts(q: Query, id_: str) -> Iterator[Section]:
    """Yield the report of a check: what it was, what was achieved, the problems, what to do."""
    sql = """
        SELECT inspection, event, name, kind, day, ends, checker, delegated_by, approved_by,
        approved_on, units_total FROM checks_to_date ORDER BY inspection
    """
    known = {inspection: rest for inspection, *rest in q.rows(sql)}
    if id_ not in known:
        close = ", ".join(nearest(id_, known) or list(known)[:5]) or "-"
        raise NothingToReport(name="oversight.inspection", subject=id_, close=close)
    position, *check = known[id_]
    sql = """
        SELECT f.finding, f.kind, t.event, t.said FROM findings_to_date f
        JOIN finding_texts_to_date t ON t.event = f.event WHERE f.inspection = ? ORDER BY t.event
    """
    found = q.rows(sql, (id_,))
    kinds = terms(q, "finding_kind")
    good = [
        Sentence(Words(f"{said}。", f"{said}."), (e,))
        for _, kind, e, said in found
        if kind == "achievement"
    ]
    bad = {finding: (e, said) for finding, kind, e, said in found if kind == "problem"}
    opinions = [
        Sentence(Words(f"{kinds[kind].zh}：{said}。", f"{kinds[kind].en}: {said}."), (e,))
        for _, kind, e, said in found
        if kind not in ("achievement", "problem")
    ]
    parts = (
        (Words("基本情况", "The check"), basics(q, id_, position, check)),
        (Words("工作成效", "What was achieved"), [*good, *(figure_said(q, f) for f in FIGURES)]),
        (Words("存在的主要问题", "The main problems"), problems_said(q, bad)),
        (Words("改进工作的建议举措", "What is recommended"), [*recommended(q, id_), *opinions]),
    )
    for heading, sentences in parts:
        yield Section(heading, tuple(sentences) or (Sentence(NOTHING),))
