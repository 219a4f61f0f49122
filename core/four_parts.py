"""The report of a check in four parts, drafted from the log.

The check (基本情况), what was achieved (工作成效), the problems (存在的主要问题) and what is recommended
(改进工作的建议举措): the form in which a district's congress is told of a check. `four_parts` drafts it
from the tables of core and of the family oversight; each sentence names the positions that it rests
on, and one that says that something is not on record names none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from lianjian.core.errors import NothingToReport, Words
from lianjian.core.indicator import Query, Section, Sentence, words
from lianjian.core.kit import terms
from lianjian.core.mending import problems_by_code
from lianjian.core.shapes import nearest
from lianjian.core.told import told

FIGURES = (
    "coverage.unit_reach",
    "coverage.minutes_per_head",
    "lecturers.sessions",
    "bases.guided_share",
    "brands.presence",
    "cases.conversion",
)
NOTHING = Sentence(Words("未记录。", "Nothing is on record."))
STATUS = {
    "assigned": Words("已交办", "assigned"),
    "done": Words("已整改，待验收", "done, not yet verified"),
    "returned": Words("验收未到位，已退回", "returned"),
    "verified": Words("已验收到位", "verified"),
}
UNCODED = Words("未归类", "no code")
UNASKED = Words("未交办", "nobody was asked")


def sentence(zh: str, en: str, *positions: int) -> Sentence:
    """Return a sentence with its full stop, which what was recorded may have already."""
    return Sentence(Words(f"{zh.rstrip('。.')}。", f"{en.rstrip('。.')}."), positions)


def joined(said: Iterable[Words]) -> Words:
    """Return texts as a list in a sentence."""
    said = list(said)
    return Words("、".join(w.zh for w in said), ", ".join(w.en for w in said))


def called(named: Mapping[str, Words], code: str | None) -> Words:
    """Return what a code or an id is called; itself where nobody said."""
    return named.get(code or "", words(code or ""))


def the_check(q: Query, id_: str) -> Iterator[Sentence]:
    """Yield what a check was: its days, who asked for it, its team, sessions, units and norms."""
    sql = """
        SELECT event, name, kind, day, ends, checker, delegated_by, approved_by, approved_on,
        units_total FROM checks_to_date WHERE inspection = ?
    """
    ((at, name, kind, day, ends, checker, asked, agreed, agreed_on, total),) = q.rows(sql, (id_,))
    names = q.rows("SELECT unit, name FROM unit_names_to_date ORDER BY day, event")
    units = {unit: words(name) for unit, name in names}
    of_kind = called(terms(q, "check_kind"), kind)
    first = f"{name}（{of_kind.zh}）", f"{name} ({of_kind.en})"
    if ends:
        yield sentence(f"{first[0]}，{day} 至 {ends}", f"{first[1]}, {day} to {ends}", at)
    else:
        yield sentence(
            f"{first[0]}，{day} 起，结束日未登记", f"{first[1]}, from {day}, end unknown", at
        )
    if checker:
        by = called(units, checker)
        yield sentence(f"检查单位：{by.zh}", f"Checked by: {by.en}", at)
    if asked:
        by = called(units, asked)
        yield sentence(f"受{by.zh}委托", f"Delegated by: {by.en}", at)
    if agreed:
        by, on = called(units, agreed), agreed_on or ""
        yield sentence(f"{on}经{by.zh}同意", f"Approved by: {by.en} {on}".rstrip(), at)
    for zh, en, scheme, counter, sql in (
        ("调研组", "Team", "team_role", "人", "SELECT role, sum(persons) FROM check_team_to_date"),
        (
            "场次",
            "Sessions",
            "method",
            "场",
            "SELECT method, sum(sessions) FROM check_sessions_to_date",
        ),
    ):
        amounts = dict(q.rows(f"{sql} WHERE inspection = ? GROUP BY 1 ORDER BY 1", (id_,)))
        known = terms(q, scheme)
        codes = [code for code in {**known, **amounts} if code in amounts]
        said = joined(
            Words(
                f"{called(known, c).zh} {amounts[c]} {counter}",
                f"{called(known, c).en} {amounts[c]}",
            )
            for c in codes
        )
        if codes:
            yield sentence(f"{zh}：{said.zh}", f"{en}: {said.en}", at)
    heard = q.column("SELECT unit FROM check_units_to_date WHERE inspection = ?", (id_,))
    if heard or total is not None:
        count, said = max(total or 0, len(heard)), joined(called(units, unit) for unit in heard)
        zh, en = (f"，列名：{said.zh}", f"; named: {said.en}") if heard else ("", "")
        yield sentence(f"受检单位 {count} 家{zh}", f"Units heard: {count}{en}", at)
    sql = """
        SELECT i.name, i.issuer, i.event FROM check_norms_to_date c
        JOIN norms_issued_to_date i ON i.norm = c.norm WHERE c.inspection = ? ORDER BY i.event
    """
    norms, issuers = q.rows(sql, (id_,)), terms(q, "issuer")
    said = joined(
        Words(f"{norm}（{called(issuers, by).zh}）", f"{norm} ({called(issuers, by).en})")
        for norm, by, _ in norms
    )
    if norms:
        yield sentence(f"依据：{said.zh}", f"By: {said.en}", at, *(event for *_, event in norms))
    sql = """
        SELECT day, body, opinion, event FROM deliberations_to_date
        WHERE inspection = ? ORDER BY day, event
    """
    for day, body, opinion, event in q.rows(sql, (id_,)):
        by = called(units, body)
        zh, en = f"{day} {by.zh}审议", f"Deliberated on {day}" + (f" by {by.en}" if body else "")
        more = (f"：{opinion}", f": {opinion}") if opinion else ("", "")
        yield sentence(zh + more[0], en + more[1], event)


def figure_said(q: Query, figure: str) -> Sentence:
    """Return what a figure is in the period, or why it has no value."""
    found = told(q, figure)
    zh = f"{found.title.zh}：{found.amount.zh}"
    en = f"{found.title.en}: {found.amount.en}"
    return sentence(zh, en, *(q.evidence(figure) if found.unit else ()))


def problems_said(q: Query, of_check: Mapping[str, tuple[int, str]]) -> Iterator[Sentence]:
    """Yield the problems of a check in the order of their codes, each with how it is mended."""
    known = terms(q, "problem")
    order = {code: place for place, code in enumerate(known)}
    steps: dict[str, list[int]] = defaultdict(list)
    for id_, position in q.rows("SELECT rectification, event FROM rectification_status_to_date"):
        steps[id_].append(position)
    found = [p for p in problems_by_code(q)[""] if p.id in of_check]
    for p in sorted(found, key=lambda p: order.get(p.code or "", len(order))):
        position, said = of_check[p.id][0], of_check[p.id][1].rstrip("。.")
        code = called(known, p.code) if p.code else UNCODED
        states = [(m.id, STATUS[m.state]) for m in p.mendings]
        state = joined(Words(f"{id_} {w.zh}", f"{id_} {w.en}") for id_, w in states)
        how = state if states else UNASKED
        yield sentence(
            f"{p.code or ''} {code.zh}：{said}（整改：{how.zh}）".lstrip(),
            f"{p.code or ''} {code.en}: {said} (rectification: {how.en})".lstrip(),
            position,
            *(step for m in p.mendings for step in steps[m.id]),
        )


def recommended(q: Query, id_: str) -> Iterator[Sentence]:
    """Yield what a check recommended, by code, and what the tests of it show in the period."""
    figure, known = "oversight.recommendations_met", terms(q, "recommendation")
    tests = {r.subject: r.flags for r in q.readings(figure)}
    sql = """
        SELECT recommendation, code, said, event FROM recommendations_to_date
        WHERE inspection = ? ORDER BY code, event
    """
    for recommendation, code, text, position in q.rows(sql, (id_,)):
        of, subject = called(known, code), f"recommendation:{recommendation}"
        yield sentence(f"{code} {of.zh}：{text}", f"{code} {of.en}: {text}", position)
        shown = tests[subject]
        if shown:
            zh, en = "；".join(w.zh for w in shown), "; ".join(w.en for w in shown)
            evidence = q.evidence(figure, subject)
            yield sentence(f"{code} 检验：{zh}", f"{code} tests: {en}", *evidence)


def four_parts(q: Query, id_: str) -> Iterator[Section]:
    """Yield the report of a check: what it was, what was achieved, the problems, what to do."""
    known = q.column("SELECT inspection FROM checks_to_date ORDER BY inspection")
    if id_ not in known:
        close = ", ".join(nearest(id_, known) or known[:5]) or "-"
        raise NothingToReport(name="oversight.inspection", subject=id_, close=close)
    sql = """
        SELECT f.finding, f.kind, t.event, t.said FROM findings_to_date f
        JOIN finding_texts_to_date t ON t.event = f.event WHERE f.inspection = ? ORDER BY t.event
    """
    good, bad, others = list[Sentence](), dict[str, tuple[int, str]](), list[Sentence]()
    kinds = terms(q, "finding_kind")
    for finding, kind, event, said in q.rows(sql, (id_,)):
        if kind == "achievement":
            good.append(sentence(said, said, event))
        elif kind == "problem":
            bad[finding] = event, said
        else:
            of = called(kinds, kind)
            others.append(sentence(f"{of.zh}：{said}", f"{of.en}: {said}", event))
    for heading, sentences in (
        (Words("基本情况", "The check"), the_check(q, id_)),
        (Words("工作成效", "What was achieved"), [*good, *(figure_said(q, f) for f in FIGURES)]),
        (Words("存在的主要问题", "The main problems"), problems_said(q, bad)),
        (Words("改进工作的建议举措", "What is recommended"), [*recommended(q, id_), *others]),
    ):
        yield Section(heading, tuple(sentences) or (NOTHING,))
