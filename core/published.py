"""Published figures computed again, from the log alone.

    with Store.open(records.log) as store:
        report = recompute(report, store, registry)

Views are built anew in a temporary folder: the ones on disk may have been edited. For each
publication the report then says whether it follows, and if not, what differs:

    history      the root at its moment is another one
    code         a family that computed it, then and now
    parameters   what it depends on beside history and code
    arithmetic   the same code and the same parameters give other figures

What follows although code or parameters differ is fine, and noted. A publication that was withdrawn
is checked like any other: it was given out.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from attrs import evolve, field, frozen, mutable

from lianjian.core.audit import Evidence
from lianjian.core.errors import LianjianError, Words
from lianjian.core.figures import Figures
from lianjian.core.indicator import Moment, Tree
from lianjian.core.notices import Code, Figure, FiguresPublished
from lianjian.core.period import Period
from lianjian.core.publish import (
    Publication,
    codes,
    count_published,
    digest,
    figure,
    line,
    parameters,
    published,
)
from lianjian.core.registry import Registry
from lianjian.core.replay import catch_up
from lianjian.core.store import Store
from lianjian.core.tree import root
from lianjian.core.verify import Report

FEW = 3  # figures of one publication that are shown where they differ
NONE = "-"

Progress = Callable[[int], None]


def recompute(
    report: Report, store: Store, registry: Registry, progress: Progress | None = None
) -> Report:
    """Return a report with what came of computing every published figure again.

    Raises LogDamaged where the log's bytes are not what was recorded.
    """
    run = _Recomputation(store, registry)
    if count_published(store):
        with TemporaryDirectory(prefix="lianjian-") as folder:
            run.all(Path(folder) / "views.db", progress)
    return evolve(
        report,
        findings=(*report.findings, *run.evidence.findings),
        checked=(*report.checked, run.checked()),
        notes=(*report.notes, *run.notes()),
        published=0,
    )


@frozen
class _Difference:
    """Something that was otherwise when a figure was published."""

    what: Words
    then: str
    now: str


@mutable
class _Recomputation:
    """Publications under way: what was found of them so far."""

    store: Store
    registry: Registry
    evidence: Evidence = field(factory=Evidence)
    count: int = 0
    computed: int = 0
    withdrawn: int = 0
    following: Counter[Words] = field(factory=Counter)
    _stack: ExitStack = field(factory=ExitStack)
    _figures: tuple[object, Figures] | None = None

    def all(self, views: Path, progress: Progress | None) -> None:
        """Build views, and compute every publication of the log."""
        catch_up(views, self.store, self.registry.families)
        with self._stack:
            for publication in published(self.store):
                self.count += 1
                self.withdrawn += publication.withdrawn is not None
                self._one(views, publication)
                if progress:
                    progress(self.count)

    def checked(self) -> Words:
        """Say how many were computed, and how many could not be."""
        zh, en = f"重算 {self.count} 项公布的数字", f"{_figures(self.count)} recomputed"
        if self.computed < self.count:
            n = self.computed
            zh, en = f"{self.count} 项公布的数字，重算 {n} 项", f"{n} of {en}"
        if not self.withdrawn:
            return Words(zh, en)
        n = self.withdrawn
        return Words(f"{zh}，其中 {n} 项已撤回", f"{en}, {n} of them withdrawn")

    def notes(self) -> Iterator[Words]:
        """Yield what differs from when figures were published that follow all the same."""
        for what, count in self.following.items():
            follow = "follows" if count == 1 else "follow"
            yield Words(
                f"{count} 项公布的数字仍然成立，尽管{what.zh}",
                f"{_figures(count)} {follow} although {what.en}",
            )
        if self.evidence.more:
            n = self.evidence.more
            yield Words(f"另有 {n} 处未列出", f"{n} more not listed")

    def _one(self, views: Path, publication: Publication) -> None:
        said = publication.said
        if said is None:
            what = Words("公布的内容无法读取", "what was published cannot be read")
            self.evidence.find(_place(publication), what, found=publication.why)
            return
        place = _place(publication)
        self._agrees_with_itself(place, said)
        if self._same_history(place, publication.position, said) and self._installed(place, said):
            self._compare(place, said, views)

    def _agrees_with_itself(self, place: Words, said: FiguresPublished) -> None:
        """Check that the figures that were published have the digest beside them."""
        stated = _summary(said.count, said.digest)
        found = _summary(len(said.figures), digest(said.figures))
        if said.figures and stated != found:
            what = Words(
                "所载数字与其摘要不符", "the figures do not have the digest that stands beside them"
            )
            self.evidence.find(place, what, found, stated)

    def _same_history(self, place: Words, position: int, said: FiguresPublished) -> bool:
        """Check that the log began, at the moment, as it begins now; and that it was past."""
        known = said.moment
        if known.position > position:
            what = Words(
                "历史不同：时点晚于公布本身", "the history differs: the moment is after it"
            )
            self.evidence.find(place, what, f"<= {position}", known.position)
            return False
        found = b64encode(root(known.position, self.store)).decode()
        if found != known.root:
            what = Words(
                f"历史不同：前 {known.position} 条的树根不是所公布的",
                f"the history differs: the root over the first {known.position} is another one",
            )
            self.evidence.find(place, what, found, known.root)
        return found == known.root

    def _installed(self, place: Words, said: FiguresPublished) -> bool:
        """Check that there is still something to compute it with."""
        known = {i.name for f in self.registry.families for i in f.indicators}
        if said.indicator in known:
            return True
        family = said.indicator.partition(".")[0]
        then = next((c for c in said.code if c.family == family), None)
        what = Words(
            f"无法重算：指标 {said.indicator} 未安装",
            f"it cannot be recomputed: the indicator {said.indicator} is not installed",
        )
        now = next(iter(codes(self.registry, [family])), None)
        self.evidence.find(place, what, _code_text(then), _code_text(now))
        return False

    def _compare(self, place: Words, said: FiguresPublished, views: Path) -> None:
        tree = said.parameters.get("tree", "")
        if tree not in ("then", "now"):
            what = Words("参数不同：没有这样的单位树", "the parameters differ: no such unit tree")
            self.evidence.find(place, what, "then, now", tree)
            return
        period = Period(said.period.start, said.period.end)
        figures = self._at(views, said, cast("Tree", tree), period)
        try:
            ours = tuple(map(figure, figures.readings(said.indicator, period)))
            now = codes(self.registry, figures.computed_by(said.indicator, period))
        except (LianjianError, ValueError, OverflowError) as error:
            self._differ(place, list(self._differences(said, said.code, figures)))
            what = Words("无法重算", "it cannot be recomputed")
            self.evidence.find(place, what, found=error)
            return
        self.computed += 1
        differences = list(self._differences(said, now, figures))
        if (said.count, said.digest) != (len(ours), digest(ours)):
            self._differ(place, differences)
            self._unlike(place, said, ours, same=not differences)
        else:
            self.following.update(d.what for d in differences)

    def _at(self, views: Path, said: FiguresPublished, tree: Tree, period: Period) -> Figures:
        """Return the figures of a moment, kept as long as publications share it."""
        key = said.moment.position, tree, period
        if self._figures is None or self._figures[0] != key:
            self._stack.close()
            moment = Moment(said.moment.position, root(said.moment.position, self.store))
            figures = Figures(views, self.registry.families, moment, tree)
            self._figures = key, self._stack.enter_context(figures)
        return self._figures[1]

    # What differs.

    def _differences(
        self, said: FiguresPublished, computing: Sequence[Code], figures: Figures
    ) -> Iterator[_Difference]:
        """Yield what is not as it was in code and parameters, one family and name at a time."""
        then = {c.family: c for c in said.code}
        names = then.keys() | {c.family for c in computing}
        now = {c.family: c for c in codes(self.registry, names)}
        for name in sorted(names):
            a, b = then.get(name), now.get(name)
            if a is None or b is None or (a.version, a.sha256) != (b.version, b.sha256):
                what = Words(f"指标族 {name} 的代码不同", f"the code of the family {name} differs")
                yield _Difference(what, _code_text(a), _code_text(b))
        held = parameters(figures)
        for name in sorted(said.parameters.keys() | held.keys()):
            was, present = said.parameters.get(name, NONE), held.get(name, NONE)
            if was != present:
                what = Words(f"参数 {name} 不同", f"the parameter {name} differs")
                yield _Difference(what, was, present)

    def _differ(self, place: Words, differences: Sequence[_Difference]) -> None:
        for d in differences:
            what = Words(f"不能重现：{d.what.zh}", f"it does not follow: {d.what.en}")
            self.evidence.find(place, what, d.then, d.now)

    def _unlike(
        self, place: Words, said: FiguresPublished, ours: Sequence[Figure], *, same: bool
    ) -> None:
        """Show the first figures that differ; by digest alone where no more was published."""
        what = (
            Words(
                "算术不同：代码与参数均同，数字不同",
                "the arithmetic differs: same code, same parameters, another figure",
            )
            if same
            else Words("数字不同", "the figure differs")
        )
        expected, found = ({_key(f): f for f in of} for of in (ours, said.figures))
        unlike = [
            key
            for key in {**expected, **found}
            if said.figures and expected.get(key) != found.get(key)
        ]
        for key in unlike[:FEW]:
            where = Words(f"{place.zh}，{_key_text(key)}", f"{place.en}, {_key_text(key)}")
            self.evidence.find(where, what, *(_text(of.get(key)) for of in (expected, found)))
        more = len(unlike) - FEW
        if more > 0 or not unlike:
            if unlike:
                what = Words(f"另有 {more} 个数字不同", f"{more} more figures differ")
            stated = _summary(len(ours), digest(ours)), _summary(said.count, said.digest)
            self.evidence.find(place, what, *stated)


def _figures(count: int) -> str:
    return "1 published figure" if count == 1 else f"{count} published figures"


_Key = tuple[str, tuple[tuple[str, str], ...]]


def _key(of: Figure) -> _Key:
    return of.subject, tuple(sorted(of.dimensions.items()))


def _key_text(key: _Key) -> str:
    subject, dimensions = key
    return " ".join([subject, *(f"{name}={value}" for name, value in dimensions)])


def _text(of: Figure | None) -> str:
    return NONE if of is None else line(of).decode().rstrip("\n")


def _summary(count: int, sha256: str) -> str:
    return f"{count}, sha256 {sha256}"


def _code_text(code: Code | None) -> str:
    if code is None:
        return NONE
    return f"{code.family} {code.version} ({code.origin}), sha256 {code.sha256}"


def _place(publication: Publication) -> Words:
    """Return where a publication stands, and what it is about."""
    at, said = publication.position, publication.said
    zh, en = f"第 {at} 条", f"position {at}"
    if publication.withdrawn is not None:
        zh, en = f"{zh}（已撤回）", f"{en} (withdrawn)"
    if said is None:
        return Words(zh, en)
    period = Period(said.period.start, said.period.end)
    return Words(f"{zh}，{said.indicator}，{period}", f"{en}, {said.indicator}, {period}")
