"""Scoring: what criteria give a unit, what they are together, and how firm a rank is.

    Rule      a criterion as it was adopted: its weight, its bands, what happens where it is missing
    Line      what one criterion gives one unit
    Sheet     the lines of one unit under one method

    score        = Σ w·s / Σ w     over the lines that count
    completeness = Σ w of those that count / Σ w of those that apply

Nothing here reads a log. Weights are basis points and scores hundredths of a point, so that all is
reckoned in whole numbers and fractions, and rounded once, as figures are given out. Ranks are by
what is given out, so that whoever reads the scores can check them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import evolve, frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import Words
from lianjian.core.indicator import Reading
from lianjian.core.measures import round_half_even

FULL = 10_000  # hundredths of a point
ENOUGH = 0.8  # below this completeness a unit is not ranked
TENTH = (Fraction(11, 10), Fraction(9, 10))

UNREAD = Words("指标没有该单位的读数", "the indicator has no reading for the unit")
UNREVIEWED = Words("本期未评分", "not reviewed for the period")
NONE_COUNTS = Words("没有一项标准有得分", "no criterion has a score")
SPANS = Words("区间跨越不止一档", "the interval reaches over more than one band")


@frozen
class Rule:
    """A criterion as it was adopted; `bands` are (from, score), ascending."""

    criterion: str
    bands: tuple[tuple[int, int], ...]
    indicator: str | None
    section: str | None
    missing: str
    weight: int
    cap: int | None


@frozen
class Line:
    """What one criterion gives one unit.

    `counts` and `applies` are its weight, or 0 where it is left out; `earned` is weight times score;
    `why` says that it is missing, `remarks` what else there is to say.
    """

    criterion: str
    counts: int
    applies: int
    earned: int
    why: Words | None = None
    section: str | None = None
    remarks: tuple[Words, ...] = ()

    @property
    def flags(self) -> list[Words]:
        """Return all that is said of it."""
        return [*([self.why] if self.why else []), *self.remarks]


@frozen
class Sheet:
    """The score sheet of one unit under one method: what its readings are about, and its lines."""

    subject: str
    about: dict[str, str]
    days: int
    lines: tuple[Line, ...]

    @property
    def counted(self) -> int:
        """Return the weight that counts."""
        return sum(line.counts for line in self.lines)

    @property
    def applies(self) -> int:
        """Return the weight that applies."""
        return sum(line.applies for line in self.lines)

    @property
    def score(self) -> float | None:
        """Return the score as it is given out, None where nothing counts."""
        return given_out(points(self.lines))

    @property
    def completeness(self) -> float:
        """Return its completeness as it is given out; 0 where nothing applies."""
        return round_half_even(Fraction(self.counted, self.applies)) if self.applies else 0.0

    @property
    def unranked(self) -> Words | None:
        """Return why it is not ranked: it has no score, or one that rests on too little."""
        if not self.counted:
            return NONE_COUNTS
        if self.completeness >= ENOUGH:
            return None
        said = f"{100 * self.completeness:g}%"
        return Words(
            f"不排名：完整度 {said}，不足 80%", f"not ranked: completeness {said}, below 80%"
        )


# One criterion of one unit.


def computed(rule: Rule, found: Reading | None) -> Line:
    """Score a reading by bands; an interval only where both ends lie in the same one."""
    if found is None:
        return missing(rule, UNREAD)
    low, high = (found.low, found.high) if found.value is None else (found.value, found.value)
    if low is None or high is None:
        return missing(rule, found.reason or UNREAD)
    fraction = found.indicator is not None and found.indicator.unit in ("share", "ratio")
    # Value and start are both the double nearest to a decimal, so 0.57 does reach 5,700 of 10,000.
    starts = [start / (WHOLE if fraction else 1) for start, _ in rule.bands]
    reached = bisect_right(starts, low)
    if reached != bisect_right(starts, high):
        return missing(rule, SPANS)
    return scored(rule, rule.bands[reached - 1][1] if reached else 0)


def scored(rule: Rule, score: int) -> Line:
    """Return the line of a criterion with a score, which the criterion may cap."""
    most = score if rule.cap is None else min(score, rule.cap)
    earned = rule.weight * most
    return Line(rule.criterion, rule.weight, rule.weight, earned, section=rule.section)


def missing(rule: Rule, why: Words) -> Line:
    """Return the line of a criterion without a score, by its policy."""
    counts, applies, policy = POLICIES[rule.missing]
    said = Words(
        f"{rule.criterion}：{policy.zh}（{why.zh}）", f"{rule.criterion}: {policy.en} ({why.en})"
    )
    weights = rule.weight * counts, rule.weight * applies
    return Line(rule.criterion, *weights, 0, said, rule.section)


POLICIES = {
    "renormalise": (0, 1, Words("缺失，其余按权重折算", "missing, the others take its weight")),
    "zero": (1, 1, Words("缺失，计 0 分", "missing, counted as 0")),
    "not_applicable": (0, 0, Words("不适用", "not applicable")),
}

Bonus = tuple[str | None, int]  # what it is given for, None where nobody says, and how much


def with_bonus(rule: Rule, line: Line, given: Sequence[Bonus]) -> Line:
    """Return a line with its bonuses: never above the criterion's cap, nor the full score.

    What is given twice for one and the same basis counts once, the larger of them. Where the
    criterion is missing there is nothing to add to.
    """
    if not given:
        return line
    if line.why:
        said = Words(
            f"{line.criterion}：缺失，加分不计",
            f"{line.criterion}: missing, its bonus counts nothing",
        )
        return evolve(line, remarks=(*line.remarks, said))
    best: dict[str, int] = {}
    loose = [points for basis, points in given if basis is None]
    for basis, points in given:
        if basis is not None:
            best[basis] = max(best.get(basis, 0), points)
    score = line.earned // rule.weight + sum(loose) + sum(best.values())
    # A criterion scores nothing above its cap, and a bonus takes nothing away.
    most = min(score, FULL if rule.cap is None else rule.cap)
    remarks = [*line.remarks]
    if loose:
        zh, en = f"{len(loose)} 笔加分无依据", f"bonuses without a basis: {len(loose)}"
        remarks.append(Words(f"{line.criterion}：{zh}", f"{line.criterion}: {en}"))
    return evolve(line, earned=rule.weight * most, remarks=tuple(remarks))


# All of them together.


def points(lines: Iterable[Line], weights: Mapping[str, Fraction] | None = None) -> Fraction | None:
    """Return the points of lines together, Σ w·s / Σ w over those that count; None where none does.

    `weights`, by criterion, take the place of those that were adopted.
    """
    earned = weight = Fraction(0)
    for line in lines:
        if line.counts:
            own = Fraction(line.counts) if weights is None else weights[line.criterion]
            earned += own * Fraction(line.earned, line.counts)
            weight += own
    return earned / weight / 100 if weight else None


def given_out(score: Fraction | None) -> float | None:
    """Return a score as a reading gives it."""
    return None if score is None else round_half_even(score)


def place_of(score: float, grades: Sequence[tuple[int, str]]) -> int:
    """Return which of the grades a score gets, 0 the first; how many there are where it gets none.

    `grades` are (score from which on it is given, grade), the best first.
    """
    # As with bands: both are the double nearest to a decimal.
    reached = (i for i, (at_least, _) in enumerate(grades) if score >= at_least / 100)
    return next(reached, len(grades))


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Return places by score, 1 the highest; equal scores share the smaller place."""
    ascending = sorted(scores.values())
    return {
        subject: 1 + len(ascending) - bisect_right(ascending, score)
        for subject, score in scores.items()
    }


def places(sheets: Iterable[Sheet]) -> dict[str, int]:
    """Return the places of those sheets of one method that are ranked, by subject."""
    return ranks({s.subject: s.score for s in sheets if not s.unranked and s.score is not None})


def moved(weights: Mapping[str, int], criterion: str, factor: Fraction) -> dict[str, Fraction]:
    """Return weights of which one is multiplied by a factor, and the others take up the rest.

    Among themselves the others weigh what they did. The one that is moved leaves them a basis point
    at least, the least that a criterion weighs; where there are no others nothing moves.
    """
    whole = sum(weights.values())
    own = weights[criterion]
    if own == whole:
        return {name: Fraction(weight) for name, weight in weights.items()}
    most = min(own * factor, Fraction(whole - 1))
    others = (whole - most) / (whole - own)
    return {
        name: most if name == criterion else weight * others for name, weight in weights.items()
    }


def rank_range(
    sheets: Sequence[Sheet], weights: Mapping[str, int]
) -> dict[str, tuple[int, int, int]]:
    """Return place, best and worst place of the ranked sheets of one method, by subject.

    Best and worst are over the weights as they were adopted, and over each of them alone a tenth
    more and a tenth less. Who is ranked stays the same.
    """
    ranked = [s for s in sheets if not s.unranked]
    found = {subject: [place] for subject, place in places(ranked).items()}
    for of in _moves(weights):
        scores = {s.subject: given_out(points(s.lines, of)) for s in ranked}
        for subject, place in ranks({s: v for s, v in scores.items() if v is not None}).items():
            found[subject].append(place)
    return {subject: (each[0], min(each), max(each)) for subject, each in found.items()}


def _moves(weights: Mapping[str, int]) -> Iterator[dict[str, Fraction]]:
    for criterion in weights:
        for factor in TENTH:
            yield moved(weights, criterion, factor)
