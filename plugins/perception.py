"""Perception: what people say and know, told by sums alone (入眼、入心、入脑).

    FeedbackCollected ──▶ surveys, survey_items, survey_needs ──▶ response, index, misconception …
    QuizScored        ──▶ quizzes                             ──▶ gain from before to after, mean
    attendances × surveys × quizzes                           ──▶ from those who came to those who know

Five rules hold throughout.

**Nobody's answers stand here.** A survey says how many answered an item and what their marks add up
to, a quiz how many took it, the sum of the marks and that of their squares.

**Fewer than five are withheld.** A reading that rests on fewer than 5 answers has no value, nor what
it would be divided from, also where several surveys or the shares of a split come to so few. What
may be taken from a total by subtraction is not hidden: show units only to those who may see them.

**Who answers is no random sample.** Where fewer than 30 % of those asked answered, it is flagged;
an interval speaks of chance alone, and not of those who stayed silent.

**What people feel is asked, not inferred.** Self-discipline is an item of a survey, and follows from
no attendance.

**The tree.** Answers of a unit that is gone count for its heirs by their shares; those of no unit
count for all alone. Answers have no days: nothing is weighed by how long a unit was open.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from functools import partial
from math import ceil
from typing import Annotated, Any, Literal, Unpack

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
from lianjian.core.activities import WHOLE, Category, Theme, UnitId
from lianjian.core.errors import OutOfBounds, PartWrong
from lianjian.core.indicator import Number, Remarks
from lianjian.core.kit import Finding, counted, district_units, heirs, listed
from lianjian.core.measures import Moments, similarity, standardised_gain, wilson
from lianjian.core.vocabulary import installed

# 1. Events.

YES_NO = frozenset({"misconception", "voluntary", "repeat"})  # the others are marked, from 1 up

ActivityId = Annotated[str, Ref("activity")]


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
    activity: ActivityId | None = None
    audience: Category | None = None
    scale: int = field(default=5, validator=ge(2))
    items: dict[Annotated[str, Term("survey_item")], Tally] = field(default=Factory(dict))
    needs: dict[Theme, int] = field(default=Factory(dict))

    @returned.validator
    def _were_asked(self, _: Any, returned: int) -> None:
        if returned > self.invited:
            raise OutOfBounds(value=returned, comparison=f"<= {self.invited}").at("returned")

    @items.validator
    def _fit(self, _: Any, items: dict[str, Tally]) -> None:
        for code, tally in items.items():
            if tally.n > self.returned:
                said = OutOfBounds(value=tally.n, comparison=f"<= {self.returned}")
                raise said.at(f"items.{code}.n")
            yes_no = code in YES_NO
            least, most = (0, tally.n) if yes_no else (tally.n, tally.n * self.scale)
            if not least <= tally.sum <= most:
                said = OutOfBounds(value=tally.sum, comparison=f"{least}..{most}")
                raise said.at(f"items.{code}.sum")

    @needs.validator
    def _answered(self, _: Any, needs: dict[str, int]) -> None:
        for theme, count in needs.items():
            if not 0 <= count <= self.returned:
                said = OutOfBounds(value=count, comparison=f"0..{self.returned}")
                raise said.at(f"needs.{theme}")


@event("quiz.scored", 1, happened=True)
@frozen
class QuizScored:
    """A quiz was taken, before or after education: how many took it, Σ marks and Σ marks².

    What was taken before and after is paired by `quiz` and unit.
    """

    quiz: str = field()
    phase: Literal["pre", "post"]
    day: date
    n: int = field(validator=ge(0))
    sum: int = field(validator=ge(0))
    sumsq: int = field(validator=ge(0))
    unit: UnitId | None = None
    activity: ActivityId | None = None

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
        least = ceil(Fraction(self.sum**2, self.n or 1))  # Cauchy and Schwarz: (Σ x)² ≤ n Σ x²
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


# 3. Sums by subject, and readings of them.

LEAST = 5  # answers, below which nothing is said
LOW = Fraction(3, 10)

NO_SURVEY = Words("期间内没有问卷", "no questionnaire in the period")
NOT_ASKED = Words("期间内没有问卷问到此项", "no questionnaire of the period asked it")
FEW = Words("答卷不足 5 份，不予公布", "fewer than 5 answers, withheld")
NO_QUIZ = Words("期间内没有教育后的测试", "no quiz after education in the period")
NO_PAIR = Words("没有前后测成对的测试", "no quiz was taken both before and after")
NO_COMMON = Words(
    "没有同时有到场与回收的活动",
    "no activity of which both those who came and the answers are known",
)
LOW_RESPONSE = Words(
    "回收率不足 30%，未答者可能另有看法", "response below 30%: the silent may differ"
)

Amounts = tuple[Fraction, ...]


def gathered(
    q: Query, rows: Iterable[tuple[str | None, str, tuple[Fraction | int, ...]]]
) -> dict[tuple[str, str], Amounts]:
    """Return sums by (subject, what) of rows (unit, what, amounts): for all, and for each unit.

    What a unit that is gone has goes to its heirs by their shares.
    """
    seen_as = heirs(q)
    found: dict[tuple[str, str], Amounts] = {}
    for unit, what, amounts in rows:
        shares = [(f"unit:{u}", share) for u, share in seen_as.get(unit or "", [])]
        for subject, share in [(ALL, WHOLE), *shares]:
            part = tuple(Fraction(amount) * share / WHOLE for amount in amounts)
            before = found.get((subject, what), (Fraction(0),) * len(part))
            found[subject, what] = tuple(a + b for a, b in zip(before, part, strict=True))
    return found


@frozen
class Answers:
    """What came back about an item: answers, their marks as parts of the scale; and of its surveys."""

    count: Fraction
    marks: Fraction
    invited: Fraction
    returned: Fraction

    @property
    def flags(self) -> list[Words]:
        """Return the flag that too few of those who were asked have answered."""
        return [LOW_RESPONSE] if self.returned < LOW * self.invited else []


ITEMS = """
    SELECT i.unit, i.item, i.audience, i.scale, sum(i.n_answers), sum(i.total), sum(s.invited),
        sum(s.returned)
    FROM survey_items i JOIN surveys s ON s.event = i.event
    GROUP BY i.unit, i.item, i.audience, i.scale
"""


def answers(q: Query, *, marked: bool, by_audience: bool = False) -> dict[tuple[str, str], Answers]:
    """Return the answers by (subject, item), or by (subject, "item audience") where that is known.

    Of a marked item each answer is worth (mark - 1) / (highest mark - 1); of the others 1 for a yes.
    """
    rows = []
    for unit, item, audience, scale, count, total, *asked in q.rows(ITEMS):
        if (scale is not None) == marked and (audience is not None or not by_audience):
            marks = Fraction(total - count, scale - 1) if marked else total
            what = f"{item} {audience}" if by_audience else item
            rows.append((unit, what, (count, marks, *asked)))
    return {key: Answers(*amounts) for key, amounts in gathered(q, rows).items()}


def subjects(q: Query) -> list[str]:
    """Return all, and the district's units: whom a figure of this family is about."""
    return [ALL, *(u.subject for u in district_units(q))]


def told(
    q: Query,
    subject: str,
    amount: Number,
    answered: Number | None,
    none: Words,
    **remarks: Unpack[Remarks],
) -> Reading:
    """Return an amount by the answer; `none` where nobody was asked, withheld where few answered."""
    if answered is None or answered < LEAST:
        reason = none if answered is None else FEW
        return q.none(subject, reason, dimensions=remarks.get("dimensions", {}))
    return q.ratio(subject, amount, answered, none, **remarks)


def index_of(q: Query, subject: str, found: Answers | None, **dimensions: str) -> Reading:
    """Return the reading of what marks come to by the answer."""
    if found is None:
        return told(q, subject, 0, None, NOT_ASKED, dimensions=dimensions)
    flags = found.flags
    return told(q, subject, found.marks, found.count, NOT_ASKED, dimensions=dimensions, flags=flags)


def share_of(q: Query, subject: str, found: Answers | None, **dimensions: str) -> Reading:
    """Return the reading of how many said yes, with Wilson's interval; withheld where few answered.

    Heirs' shares are rounded to whole answers, of which alone the interval can speak.
    """
    if found is None or found.count < LEAST:
        return q.none(subject, FEW if found else NOT_ASKED, dimensions=dimensions)
    yes, count = round(found.marks), round(found.count)
    return q.estimate(
        subject,
        Fraction(yes, count),
        *wilson(yes, count),
        numerator=yes,
        denominator=count,
        dimensions=dimensions,
        flags=found.flags,
    )


# 4. What people say.


@indicator(
    "perception.response",
    of=surveys,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ r / Σ i",
    zh="问卷回收率：回收 ÷ 发出",
    en="Response: returned / invited",
)
def response(q: Query) -> Iterator[Reading]:
    """Tell how many of those who were asked answered; below 30 % it is flagged."""
    rows = q.rows("SELECT unit, sum(invited), sum(returned) FROM surveys GROUP BY unit")
    found = gathered(q, [(unit, "", tuple(sums)) for unit, *sums in rows])
    for subject in subjects(q):
        invited, returned = found.get((subject, ""), (0, 0))
        if not invited:
            yield q.none(subject, NO_SURVEY)
        elif returned < LEAST:
            yield q.none(subject, FEW)
        else:
            flags = [LOW_RESPONSE] if returned < LOW * invited else []
            yield q.ratio(subject, returned, invited, NO_SURVEY, flags=flags)


@indicator(
    "perception.index",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ (s - n)/(h - 1) / Σ n",
    zh="认知指数：（均分 - 1）÷（满分 - 1），按题项",
    en="Index: (mean mark - 1) / (highest mark - 1), by item",
)
def perception_index(q: Query) -> Iterator[Reading]:
    """Tell what people mark each item with, 0 the lowest and 1 the highest; each answer counts once.

    All have every item of the vocabulary, and each audience that was asked; units what they asked.
    """
    found = answers(q, marked=True)
    asked = {item for _, item in found}
    for item in [*installed()["survey_item"], *asked - installed()["survey_item"].keys()]:
        if item not in YES_NO:
            yield index_of(q, ALL, found.get((ALL, item)), item=item)
    for (subject, what), some in answers(q, marked=True, by_audience=True).items():
        item, audience = what.split()
        if subject == ALL:
            yield index_of(q, ALL, some, item=item, audience=audience)
    own = set(subjects(q)[1:])
    for (subject, item), some in found.items():
        if subject in own:
            yield index_of(q, subject, some, item=item)


@indicator(
    "perception.identification",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula="Σ (s - n)/(h - 1) / Σ n",
    zh="情感认同度指数",
    en="Index of emotional identification",
)
def identification(q: Query) -> Iterator[Reading]:
    """Tell the index of one item by itself, so that a method of evaluation can use it."""
    found = answers(q, marked=True)
    for subject in subjects(q):
        yield index_of(q, subject, found.get((subject, "identification")))


@indicator(
    "perception.misconception",
    of=(survey_items, surveys),
    unit="share",
    better="lower",
    per="unit",
    formula="k / n, (k/n + z^2/2n ± z √(k(n-k)/n^3 + z^2/4n^2)) / (1 + z^2/n), z = 1.96",
    zh="认为“廉政教育等同警示教育”的比例及威尔逊区间",
    en="Share who equate integrity education with warning education, with Wilson interval",
)
def misconception(q: Query) -> Iterator[Reading]:
    """Tell how many take integrity education for warning education, and between what bounds."""
    found = answers(q, marked=False)
    for subject in subjects(q):
        yield share_of(q, subject, found.get((subject, "misconception")))


@indicator(
    "perception.willing",
    of=survey_items,
    unit="share",
    better="higher",
    per="unit",
    formula="k / n, (k/n + z^2/2n ± z √(k(n-k)/n^3 + z^2/4n^2)) / (1 + z^2/n), z = 1.96",
    zh="自愿参加、愿意再来的比例及威尔逊区间",
    en="Shares who came of their own will and would come again, with Wilson intervals",
)
def willing(q: Query) -> Iterator[Reading]:
    """Tell how many came of their own will, and how many would come again; of units, if asked."""
    found = answers(q, marked=False)
    for item in ("voluntary", "repeat"):
        for subject in subjects(q):
            if subject == ALL or (subject, item) in found:
                yield share_of(q, subject, found.get((subject, item)), item=item)


# 5. What people know.

BY_PHASE = """
    SELECT quiz, unit, phase, sum(n_takers), sum(total), sum(squares) FROM quizzes
    GROUP BY quiz, unit, phase
"""
NOUGHT: Moments = (0, 0, 0)


def added(one: Moments, other: Moments) -> Moments:
    """Return the moments of two groups of marks taken together."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def part_of(moments: Moments, share_bp: int) -> Moments:
    """Return the moments of a part of the takers, in whole takers, with the same mean and spread."""
    count, total, squares = moments
    some = round(Fraction(count * share_bp, WHOLE))
    part = Fraction(some, count) if count else Fraction(0)
    return some, total * part, squares * part


def taken(q: Query) -> dict[str, dict[tuple[str, ...], dict[str, Moments]]]:
    """Return by subject, quiz and unit what was scored in each phase.

    A quiz is one, before and after, where its unit counts for the same units of the tree.
    """
    seen_as = heirs(q)
    found: dict[str, dict[tuple[str, ...], dict[str, Moments]]] = defaultdict(dict)
    for quiz, unit, phase, *sums in q.rows(BY_PHASE):
        whole: Moments = (sums[0], sums[1], sums[2])
        heirs_ = seen_as.get(unit or "", [])
        parts = [(f"unit:{u}", (quiz, u), part_of(whole, share)) for u, share in heirs_]
        for subject, key, moments in [(ALL, (quiz, *(u for u, _ in heirs_)), whole), *parts]:
            phases = found[subject].setdefault(key, {})
            phases[phase] = added(phases.get(phase, NOUGHT), moments)
    return found


@indicator(
    "perception.quiz_gain",
    of=quizzes,
    unit="ratio",
    better="higher",
    per="unit",
    formula="d = (m2 - m1) / √(((n1 - 1) s1^2 + (n2 - 1) s2^2) / (n1 + n2 - 2))",
    zh="前后测提升：均分之差 ÷ 合并标准差",
    en="Gain from pre to post quiz: difference of means / pooled standard deviation",
)
def quiz_gain(q: Query) -> Iterator[Reading]:
    """Compare marks before and after, all pairs of the period pooled; the unpaired are flagged."""
    found = taken(q)
    for subject in subjects(q):
        own = found.get(subject, {}).values()
        pairs = [phases for phases in own if len(phases) == 2]
        flags = counted(len(own) - len(pairs), "个测试缺前测或后测", "quizzes lack pre or post")
        before, after = NOUGHT, NOUGHT
        for phases in pairs:
            before, after = added(before, phases["pre"]), added(after, phases["post"])
        if not pairs:
            yield q.none(subject, NO_PAIR, flags=flags)
        elif min(before[0], after[0]) < LEAST:
            yield q.none(subject, FEW, flags=flags)
        else:
            gain = partial(standardised_gain, before, after)
            yield q.measured(subject, gain, denominator=after[0], flags=flags)


@indicator(
    "perception.pass_mean",
    of=quizzes,
    unit="points",
    better="higher",
    per="unit",
    formula="Σ s / Σ n",
    zh="教育后测试的平均分",
    en="Mean mark of quizzes after education",
)
def pass_mean(q: Query) -> Iterator[Reading]:
    """Tell the mean mark of those who took a quiz after education, paired or not."""
    sql = "SELECT unit, sum(n_takers), sum(total) FROM quizzes WHERE phase = 'post' GROUP BY unit"
    found = gathered(q, [(unit, "", tuple(sums)) for unit, *sums in q.rows(sql)])
    for subject in subjects(q):
        count, total = found.get((subject, ""), (None, 0))
        yield told(q, subject, total, count, NO_QUIZ)


# 6. From those who came to those who know, and from what people need to what they get.

CAME = (
    "SELECT activity, sum(attended) FROM attendances GROUP BY activity "
    "HAVING count(attended) = count(*)"
)
SAID = "SELECT activity, sum(returned) FROM surveys WHERE activity IS NOT NULL GROUP BY activity"
KNEW = (
    "SELECT activity, sum(n_takers) FROM quizzes "
    "WHERE phase = 'post' AND activity IS NOT NULL GROUP BY activity"
)


@indicator(
    "perception.funnel",
    of=(attendances, surveys, quizzes),
    unit="share",
    better="higher",
    formula="Σ r / Σ a, Σ n / Σ r",
    zh="入眼、入心、入脑：到场→反馈→测试的比率",
    en="Funnel: attended to feedback to quiz",
)
def funnel(q: Query) -> Iterator[Reading]:
    """Tell how many of those who came answered, and how many of these took a quiz after it.

    Each step is over the period's activities of which both are known; attendance is, where no line
    of the sheet is blank. A later step is withheld with what it would tell of an earlier one.
    """
    came, said, knew = (dict(q.rows(sql)) for sql in (CAME, SAID, KNEW))
    answered = {"feedback": (said,), "quiz": (knew, said)}
    for name, above, below in (("feedback", said, came), ("quiz", knew, said)):
        both, dimensions = above.keys() & below.keys(), {"step": name}
        flags = counted(
            len(above.keys() ^ below.keys()),
            "场活动两者只知其一",
            "activities of which only one of the two is known",
        )
        up, down = (sum(some[a] for a in both) for some in (above, below))
        if both and any(sum(some[a] for a in both) < LEAST for some in answered[name]):
            yield q.none(ALL, FEW, dimensions=dimensions, flags=flags)
        else:
            yield q.ratio(ALL, up, down, NO_COMMON, dimensions=dimensions, flags=flags)


def needed(q: Query) -> tuple[dict[str, int], int | None]:
    """Return how many named each theme as a need, and how many answered; None where none asked."""
    found = dict.fromkeys(installed()["theme"], 0)
    found |= dict(q.rows("SELECT theme, sum(named) FROM survey_needs GROUP BY theme"))
    sql = "SELECT sum(returned) FROM surveys WHERE event IN (SELECT event FROM survey_needs)"
    return found, q.one(sql)


@indicator(
    "perception.needs",
    of=survey_needs,
    unit="share",
    better="neither",
    formula="k / r",
    zh="教育需求：需要各主题的人 ÷ 回收问卷",
    en="Needs: who asked for each theme / questionnaires returned",
)
def needs(q: Query) -> Iterator[Reading]:
    """Tell, of each theme, how many named it, of those who answered a survey that asks for needs."""
    found, returned = needed(q)
    for theme, count in found.items():
        yield told(q, ALL, count, returned, NOT_ASKED, dimensions={"theme": theme})


@indicator(
    "perception.needs_match",
    of=survey_needs,
    unit="ratio",
    better="higher",
    formula="S = 1 - D, D = (Σ p ln(p/m) + Σ q ln(q/m)) / (2 ln 2), m = (p + q)/2",
    zh="供需契合：需求构成与主题时长构成的相似度",
    en="Similarity of needs and of theme minutes",
)
def needs_match(q: Query) -> Iterator[Reading]:
    """Compare what people need with what they get, by Jensen and Shannon: 1 the same, 0 all else."""
    found, returned = needed(q)
    given = [r for r in q.readings("content.theme_minutes") if r.subject == ALL]
    minutes = {r.dimensions["theme"]: r.value for r in given if set(r.dimensions) == {"theme"}}
    if returned is None or returned < LEAST:
        yield q.none(ALL, NOT_ASKED if returned is None else FEW)
        return
    mixes: list[dict[str, float]] = [{**found}, {t: value or 0 for t, value in minutes.items()}]
    flags = list(dict.fromkeys(flag for r in given for flag in r.flags))
    yield q.measured(ALL, lambda: similarity(mixes), flags=flags)


MORE_THAN_CAME = """
    WITH sheets AS MATERIALIZED (  -- or they would be added up for each survey
        SELECT activity, sum(attended) AS came FROM attendances_to_date GROUP BY activity
        HAVING count(attended) = count(*)
    )
    SELECT s.unit, s.event, s.returned, a.came FROM surveys s JOIN sheets a
    ON a.activity = s.activity WHERE s.returned > a.came
"""
BEFORE_IT_WAS_HELD = """
    WITH answered AS MATERIALIZED (  -- or they would be looked for with each activity
        SELECT unit, event, day, activity FROM surveys_to_date WHERE activity IS NOT NULL
    )
    SELECT s.unit, s.event, s.day, a.day FROM activities_held a JOIN answered s
    ON s.activity = a.activity WHERE s.day < a.day
"""


@indicator(
    "perception.contradictions",
    of=(surveys, quizzes, attendances),
    unit="events",
    better="lower",
    per="unit",
    formula="n",
    zh="问卷与测试中的矛盾：回收多于到场、只有后测、答卷早于活动",
    en="Contradictions: more answers than came, post quiz without pre, answers before the activity",
)
def contradictions(q: Query) -> Iterator[Reading]:
    """List what cannot be, or says nothing: reported all the same."""
    found: list[Finding] = [
        (
            unit or "",
            position,
            Words(f"回收 {back} 份，到场 {came} 人", f"{back} back, {came} came"),
        )
        for unit, position, back, came in q.rows(MORE_THAN_CAME)
    ]
    found += [
        (unit or "", position, Words(f"{day} 答卷，{held} 才开展", f"answered {day}, held {held}"))
        for unit, position, day, held in q.rows(BEFORE_IT_WAS_HELD)
    ]
    yield from listed(q, "unit", [*found, *lone_quizzes(q)])


def lone_quizzes(q: Query) -> Iterator[Finding]:
    """Yield the quizzes after education of which there is none before it, or only a later one."""
    first = {
        (quiz, unit): day
        for quiz, unit, day in q.rows(
            "SELECT quiz, unit, min(day) FROM quizzes_to_date WHERE phase = 'pre' "
            "GROUP BY quiz, unit"
        )
    }
    for quiz, unit, day, position in q.rows(
        "SELECT quiz, unit, day, event FROM quizzes WHERE phase = 'post'"
    ):
        before = first.get((quiz, unit))
        if before is None:
            yield unit or "", position, Words(f"测试 {quiz} 只有后测", f"quiz {quiz} has no pre")
        elif day < before:
            said = Words(f"测试 {quiz} 后测早于前测", f"quiz {quiz}: its post is before its pre")
            yield unit or "", position, said


@hookimpl
def lianjian_family() -> Family:
    """Return the family of perception."""
    return Family("perception", version=1, zh="认知", en="Perception", **declared(__name__))
