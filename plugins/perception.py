"""Perception: what people say and know, told by sums alone (入眼、入心、入脑).

    FeedbackCollected ──▶ surveys, survey_items, survey_needs ──▶ response, index, misconception …
    QuizScored        ──▶ quizzes                             ──▶ gain from before to after, mean
    attendances × surveys × quizzes                           ──▶ from those who came to those who know

**Nobody's answers stand here.** A survey says how many answered an item and what their marks add up
to, a quiz how many took it, the sum of the marks and that of their squares. What rests on fewer than
five answers is withheld (core/withholding.py): show units only to those who may see them.

**Who answers is no random sample.** Where fewer than 30 % of those asked answered, it is flagged.

**What people feel is asked, not inferred.** Self-discipline is an item of a survey.

**The tree.** Answers of a unit that is gone are its heirs', by shares; those of no unit all's alone.
"""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated, Any, Literal

from attrs import Factory
from attrs.validators import ge

from lianjian.core import (
    ALL,
    Family,
    New,
    Query,
    Reading,
    Ref,
    Row,
    Term,
    Words,
    attendances,
    declared,
    event,
    facts,
    field,
    frozen,
    hookimpl,
    indicator,
)
from lianjian.core.activities import Category, Theme, UnitId
from lianjian.core.errors import OutOfBounds, PartWrong
from lianjian.core.kit import by_subject, codes, counted, listed, odd, subjects
from lianjian.core.measures import similarity, standardised_gain
from lianjian.core.pairing import Pairs, paired
from lianjian.core.withholding import FEW, LEAST, low_response, mean, proportion, withheld

# 1. Events.

YES_NO = frozenset({"misconception", "voluntary", "repeat"})  # the others are marked, from 1 up


def within(value: int, least: int, most: int, path: str, said: str = "") -> None:
    """Refuse a number beyond its bounds, at its path; `said` is how the bounds are told."""
    if not least <= value <= most:
        raise OutOfBounds(value=value, comparison=said or f"{least}..{most}").at(path)


@frozen
class Tally:
    """How many answered an item, and the sum of their marks; of a yes/no item, how many said yes."""

    n: int = field(validator=ge(0))
    sum: int = field(validator=ge(0))


@event("feedback.collected", 1, happened=True)
@frozen
class FeedbackCollected:
    """A survey came back: how many were asked, how many answered, and the sums of their answers.

    `scale` is the highest mark of the marked items, the lowest being 1. `needs` tells how many named
    a theme as what they need.
    """

    survey: Annotated[str, New("survey")]
    day: date
    invited: int = field(validator=ge(0))
    returned: int = field(validator=ge(0))
    unit: UnitId | None = None
    activity: Annotated[str, Ref("activity")] | None = None
    audience: Category | None = None
    scale: int = field(default=5, validator=ge(2))
    items: dict[Annotated[str, Term("survey_item")], Tally] = field(default=Factory(dict))
    needs: dict[Theme, int] = field(default=Factory(dict))

    @returned.validator
    def _were_asked(self, _: Any, returned: int) -> None:
        within(returned, 0, self.invited, "returned", f"<= {self.invited}")

    @items.validator
    def _fit(self, _: Any, items: dict[str, Tally]) -> None:
        for code, tally in items.items():
            least, most = (0, 1) if code in YES_NO else (1, self.scale)
            within(tally.n, 0, self.returned, f"items.{code}.n", f"<= {self.returned}")
            within(tally.sum, least * tally.n, most * tally.n, f"items.{code}.sum")

    @needs.validator
    def _answered(self, _: Any, needs: dict[str, int]) -> None:
        for theme, count in needs.items():
            within(count, 0, self.returned, f"needs.{theme}")


@event("quiz.scored", 1, happened=True)
@frozen
class QuizScored:
    """A quiz (paired by `quiz` and unit) was taken: how many took it, Σ marks and Σ marks²."""

    quiz: str = field()
    phase: Literal["pre", "post"]
    day: date
    n: int = field(validator=ge(0))
    sum: int = field(validator=ge(0))
    sumsq: int = field(validator=ge(0))
    unit: UnitId | None = None
    activity: Annotated[str, Ref("activity")] | None = None

    @quiz.validator
    def _is_token(self, _: Any, quiz: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", quiz):
            said = Words(
                "测试编号须为 1 至 64 位字母、数字或 . _ -",
                "a quiz is 1 to 64 of A-Z a-z 0-9 . _ -",
            )
            raise PartWrong(why=said).at("quiz")

    @sumsq.validator
    def _can_be(self, _: Any, sumsq: int) -> None:
        if not self.n and (self.sum or sumsq):
            raise OutOfBounds(value=0, comparison=">= 1").at("n")
        least = -(-(self.sum**2) // (self.n or 1))  # Cauchy and Schwarz: (Σ x)² ≤ n Σ x²
        if sumsq < least:
            raise OutOfBounds(value=sumsq, comparison=f">= {least}").at("sumsq")


# 2. Facts.


@facts(key="day survey", text="unit activity audience", sums="invited returned")
def surveys(e: FeedbackCollected) -> Iterator[Row]:
    """State that a survey came back."""
    yield e.day, e.survey, e.unit, e.activity, e.audience, e.invited, e.returned


@facts(key="day survey item", text="unit audience", sums="n_answers total scale")
def survey_items(e: FeedbackCollected) -> Iterator[Row]:
    """State the sums of each item; only a marked one has a scale."""
    for item, tally in e.items.items():
        scale = None if item in YES_NO else e.scale
        yield e.day, e.survey, item, e.unit, e.audience, tally.n, tally.sum, scale


@facts(key="day survey theme", text="unit", sums="named returned")
def survey_needs(e: FeedbackCollected) -> Iterator[Row]:
    """State how many of those who answered named a theme as what they need."""
    for theme, count in e.needs.items():
        yield e.day, e.survey, theme, e.unit, count, e.returned


@facts(key="day quiz phase", text="unit activity", sums="n_takers total squares")
def quizzes(e: QuizScored) -> Iterator[Row]:
    """State the sums of a quiz, before or after."""
    yield e.day, e.quiz, e.phase, e.unit, e.activity, e.n, e.sum, e.sumsq


# 3. What people say.

NO_SURVEY = Words("期间内没有问卷", "no questionnaire in the period")
NOT_ASKED = Words("期间内没有问卷问到此项", "no questionnaire of the period asked it")


@indicator(
    "perception.response",
    of=surveys,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ r / Σ i",
    zh="问卷回收率：回收（r）÷ 发出（i）",
    en="Response: returned (r) / invited (i)",
)
def response(q: Query) -> Iterator[Reading]:
    """Tell how many of those who were asked answered; below 30 % it is flagged."""
    rows = q.rows("SELECT unit, sum(invited), sum(returned) FROM surveys GROUP BY unit")
    found = by_subject(q, [(unit, "", sums) for unit, *sums in rows])
    for subject in subjects(q):
        invited, returned = found.get((subject, ""), (0, 0))
        why = withheld(returned if invited else None, NO_SURVEY)
        ratio = q.ratio(
            subject, returned, invited, NO_SURVEY, flags=low_response(invited, returned)
        )
        yield q.none(subject, why) if why else ratio


Items = dict[tuple[str, tuple[str, str]], tuple[Fraction, ...]]
ITEMS = """
    SELECT i.unit, i.item, i.audience, i.scale, sum(i.n_answers), sum(i.total),
    sum(s.invited), sum(s.returned) FROM survey_items i JOIN surveys s ON s.event = i.event
    GROUP BY i.unit, i.item, i.audience, i.scale
"""


def answers(q: Query) -> Items:
    """Return by subject, and item and audience ("" for all), what came back and of what surveys.

    How many answers, what they are worth, how many were asked, how many answered anything. Of a
    marked item an answer is worth (mark - 1) / (highest mark - 1); of the others 1 for a yes.
    """
    rows = []
    for unit, item, audience, scale, count, total, *asked in q.rows(ITEMS):
        worth = total if scale is None else Fraction(total - count, scale - 1)
        rows.append((unit, (item, ""), (count, worth, *asked)))
        if audience is not None:
            rows.append((None, (item, audience), (count, worth, *asked)))
    return by_subject(q, rows)


def item_reading(
    q: Query, found: Items, subject: str, item: str, audience: str = "", /, **dimensions: str
) -> Reading:
    """Return what answers to an item are worth; of a yes/no item with Wilson's interval."""
    count, worth, *asked = found.get((subject, (item, audience)), (None, 0, 0, 0))
    said, flags = proportion if item in YES_NO else mean, low_response(*asked)
    return said(q, subject, worth, count, NOT_ASKED, dimensions=dimensions, flags=flags)


@indicator(
    "perception.index",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ (s - n)/(h - 1) / Σ n",
    zh="认知指数：（均分 - 1）÷（满分 h - 1），按题项（n 份答卷，总分 s）",
    en="Index: (mean mark - 1) / (highest mark h - 1), by item (n answers, sum of marks s)",
)
def perception_index(q: Query) -> Iterator[Reading]:
    """Tell what people mark each item with, 0 the lowest and 1 the highest; each answer counts once.

    All have every item of the vocabulary, and each audience that was asked; units what they asked.
    """
    found = answers(q)
    for item in codes(q, "survey_item", *(item for _, (item, _) in found)):
        if item not in YES_NO:
            yield item_reading(q, found, ALL, item, item=item)
    own = set(subjects(q)[1:])
    for subject, (item, audience) in found:
        if item not in YES_NO and audience:
            yield item_reading(q, found, ALL, item, audience, item=item, audience=audience)
        elif item not in YES_NO and subject in own:
            yield item_reading(q, found, subject, item, item=item)


@indicator(
    "perception.identification",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ (s - n)/(h - 1) / Σ n",
    zh="情感认同度指数（n 份答卷，总分 s，满分 h）",
    en="Index of emotional identification (n answers, sum of marks s, highest mark h)",
)
def identification(q: Query) -> Iterator[Reading]:
    """Tell the index of one item by itself, so that a method of evaluation can use it."""
    found = answers(q)
    yield from (item_reading(q, found, subject, "identification") for subject in subjects(q))


WILSON = "k / n, (k/n + z^2/2n ± z √(k(n-k)/n^3 + z^2/4n^2)) / (1 + z^2/n), z = 1.96"


@indicator(
    "perception.misconception",
    of=(survey_items, surveys),
    unit="share",
    better="lower",
    per="unit",
    formula=WILSON,
    zh="认为“廉政教育等同警示教育”的比例（n 人中 k 人）及 95% 威尔逊区间",
    en="Share (k of n) who equate integrity education with warning education, 95% Wilson interval",
)
def misconception(q: Query) -> Iterator[Reading]:
    """Tell how many take integrity education for warning education, and between what bounds."""
    found = answers(q)
    yield from (item_reading(q, found, subject, "misconception") for subject in subjects(q))


@indicator(
    "perception.willing",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula=WILSON,
    zh="自愿参加、愿意再来的比例（n 人中 k 人）及 95% 威尔逊区间",
    en="Shares (k of n) who came of their own will and would come again, 95% Wilson intervals",
)
def willing(q: Query) -> Iterator[Reading]:
    """Tell how many came of their own will, and how many would come again; of units, if asked."""
    found = answers(q)
    for item in ("voluntary", "repeat"):
        for subject in subjects(q):
            if subject == ALL or (subject, (item, "")) in found:
                yield item_reading(q, found, subject, item, item=item)


# 4. What people know.

NO_QUIZ = Words("期间内没有教育后的测试", "no quiz after education in the period")
NO_PAIR = Words("没有前后测成对的测试", "no quiz was taken both before and after")
UNPAIRED = "个测试缺前测或后测", "quizzes lack pre or post"
BY_PHASE = """
    SELECT quiz, unit, phase, sum(n_takers), sum(total), sum(squares) FROM quizzes
    GROUP BY quiz, unit, phase
"""


@indicator(
    "perception.quiz_gain",
    of=quizzes,
    unit="ratio",
    better="higher",
    per="unit",
    formula="d = (m2 - m1) / √(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2))",
    zh="前后测提升：均分（m）之差 ÷ 合并标准差（s），n 为人数，1 为前、2 为后",
    en="Gain from pre (1) to post quiz (2): difference of means (m) / pooled deviation (s, of n)",
)
def quiz_gain(q: Query) -> Iterator[Reading]:
    """Compare marks before and after, all pairs of the period pooled; the unpaired are flagged."""
    found = paired(q, q.rows(BY_PHASE))
    for subject in subjects(q):
        own = found.get(subject, Pairs())
        flags = counted(own.unpaired, *UNPAIRED)
        why = withheld(min(own.before[0], own.after[0]) if own.pairs else None, NO_PAIR)
        gain = partial(standardised_gain, own.before, own.after)
        measured = partial(q.measured, subject, gain, denominator=own.after[0], flags=flags)
        yield q.none(subject, why, flags=flags) if why else measured()


@indicator(
    "perception.pass_mean",
    of=quizzes,
    unit="points",
    better="higher",
    per="unit",
    formula="Σ s / Σ n",
    zh="教育后测试的平均分（n 人，总分 s）",
    en="Mean mark of quizzes after education (n takers, sum of marks s)",
)
def pass_mean(q: Query) -> Iterator[Reading]:
    """Tell the mean mark of those who took a quiz after education, paired or not."""
    sql = "SELECT unit, sum(n_takers), sum(total) FROM quizzes WHERE phase = 'post' GROUP BY unit"
    found = by_subject(q, [(unit, "", sums) for unit, *sums in q.rows(sql)])
    for subject in subjects(q):
        count, total = found.get((subject, ""), (None, 0))
        yield mean(q, subject, total, count, NO_QUIZ)


# 5. From those who came to those who know, and from what people need to what they get.

NO_COMMON = Words("没有同时有到场与回收的活动", "no activity of which both are known")
HALF_KNOWN = "场活动两者只知其一", "activities of which only one of the two is known"
BY_ACTIVITY = """
    SELECT activity, sum({0}) FROM {1} WHERE activity IS NOT NULL GROUP BY activity
    HAVING count({0}) = count(*)
"""
KNOWN = {
    "attended": "attendances",
    "returned": "surveys",
    "n_takers": "(SELECT activity, n_takers FROM quizzes WHERE phase = 'post') z",
}


@indicator(
    "perception.funnel",
    of=(attendances, surveys, quizzes),
    unit="share",
    better="higher",
    formula="Σ r / Σ a, Σ n / Σ r",
    zh="入眼、入心、入脑：到场（a）→反馈（r）→测试（n）的比率",
    en="Funnel: attended (a) to feedback (r) to quiz (n)",
)
def funnel(q: Query) -> Iterator[Reading]:
    """Tell how many of those who came answered, and how many of these took a quiz after it.

    Each step is over the period's activities of which both are known; attendance is, where no line
    of the sheet is blank. A later step is withheld with what it would tell of an earlier one.
    """
    came, said, knew = (dict(q.rows(BY_ACTIVITY.format(*of))) for of in KNOWN.items())
    steps = {"feedback": (said, came, [said]), "quiz": (knew, said, [knew, said])}
    for name, (above, below, answered) in steps.items():
        both, step = above.keys() & below.keys(), {"step": name}
        flags = counted(len(above.keys() ^ below.keys()), *HALF_KNOWN)
        up, down = (sum(some[a] for a in both) for some in (above, below))
        if both and any(sum(some[a] for a in both) < LEAST for some in answered):
            yield q.none(ALL, FEW, dimensions=step, flags=flags)
        else:
            yield q.ratio(ALL, up, down, NO_COMMON, dimensions=step, flags=flags)


def needed(q: Query) -> tuple[dict[str, int], int | None]:
    """Return how many named each theme as a need, and how many answered; None where none asked."""
    found = dict(q.rows("SELECT theme, sum(named) FROM survey_needs GROUP BY theme"))
    sql = "SELECT sum(returned) FROM surveys WHERE event IN (SELECT event FROM survey_needs)"
    return {theme: found.get(theme, 0) for theme in codes(q, "theme", *found)}, q.one(sql)


@indicator(
    "perception.needs",
    of=survey_needs,
    unit="share",
    better="neither",
    formula="k / r",
    zh="教育需求：需要各主题的人（k）÷ 问及需求的问卷回收数（r）",
    en="Needs: who asked for each theme (k) / returned questionnaires that ask for needs (r)",
)
def needs(q: Query) -> Iterator[Reading]:
    """Tell, of each theme, how many named it, of those who answered a survey that asks for needs."""
    found, returned = needed(q)
    for theme, count in found.items():
        yield mean(q, ALL, count, returned, NOT_ASKED, dimensions={"theme": theme})


@indicator(
    "perception.needs_match",
    of=survey_needs,
    unit="ratio",
    better="higher",
    formula="S = 1 - D, D = (Σ p ln(p/m) + Σ q ln(q/m)) / (2 ln 2), m = (p + q)/2",
    zh="供需契合：需求构成（p）与主题时长构成（q）的相似度",
    en="Similarity of needs (p) and of theme minutes (q)",
)
def needs_match(q: Query) -> Iterator[Reading]:
    """Compare what people need with what they get, by Jensen and Shannon: 1 the same, 0 all else."""
    found, returned = needed(q)
    given = [r for r in q.readings("content.theme_minutes") if r.subject == ALL]
    minutes = {r.dimensions["theme"]: r.value or 0 for r in given if set(r.dimensions) == {"theme"}}
    flags = list(dict.fromkeys(flag for r in given for flag in r.flags))
    why = withheld(returned, NOT_ASKED)
    match = partial(q.measured, ALL, lambda: similarity([found, minutes]), flags=flags)
    yield q.none(ALL, why) if why else match()


MORE_THAN_CAME = """
    WITH sheets AS MATERIALIZED (  -- or they would be added up for each survey
        SELECT activity, sum(attended) AS came FROM attendances_to_date GROUP BY activity
        HAVING count(attended) = count(*)
    ) SELECT s.unit, s.event, s.returned, a.came FROM surveys s JOIN sheets a
    ON a.activity = s.activity WHERE s.returned > a.came AND s.returned
"""
BEFORE_IT_WAS_HELD = """
    WITH answered AS MATERIALIZED (  -- or they would be looked for with each activity
        SELECT unit, event, day, activity FROM surveys_to_date WHERE activity IS NOT NULL
    ) SELECT s.unit, s.event, s.day, a.day FROM activities_held a JOIN answered s
    ON s.activity = a.activity WHERE s.day < a.day
"""
POST = """
    SELECT q.unit, q.event, q.quiz FROM quizzes q LEFT JOIN (
        SELECT quiz, coalesce(unit, '') AS unit, min(day) AS day FROM quizzes_to_date
        WHERE phase = 'pre' GROUP BY quiz, coalesce(unit, '')
    ) p ON p.quiz = q.quiz AND p.unit = coalesce(q.unit, '') WHERE q.phase = 'post' AND
"""
ODD = (
    (MORE_THAN_CAME + f" >= {LEAST}", "回收 {0} 份，到场 {1} 人", "{0} back, {1} came"),
    (MORE_THAN_CAME + f" < {LEAST}", "回收多于到场", "more back than came"),
    (BEFORE_IT_WAS_HELD, "{0} 答卷，{1} 才开展", "answered {0}, held {1}"),
    (POST + " p.day IS NULL", "测试 {0} 只有后测", "quiz {0} has no pre"),
    (POST + " q.day < p.day", "测试 {0} 后测早于前测", "quiz {0}: its post is before its pre"),
)


@indicator(
    "perception.contradictions",
    of=(surveys, quizzes, attendances),
    unit="events",
    better="lower",
    per="unit",
    formula="n",
    zh="问卷与测试中的矛盾（n）：回收多于到场、只有后测、后测早于前测、答卷早于活动",
    en="Contradictions (n): more answers than came, or before it; post quiz without or before pre",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be, or says nothing: reported all the same."""
    yield from listed(q, "unit", [f for sql, zh, en in ODD for f in odd(q, sql, zh, en)])


@hookimpl
def lianjian_family() -> Family:
    """Return the family of perception."""
    return Family("perception", version=1, zh="认知", en="Perception", **declared(__name__))
