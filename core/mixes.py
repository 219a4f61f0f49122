"""Mixes: what the activities of a host are made of, in amounts by code.

    THEMES = Source("activity_themes", "theme", "minute_bp", per="10000", none=…, lack=…)

    mixes(q, THEMES)                   minutes by theme: of all, then of each unit that hosted
    part(q, THEMES, ["warning"])       which part of them is warning education
    by_code(q, mixes(q, THEMES))       a reading for each theme
    measured(q, mixes(q, THEMES), f)   a measure of the minutes

An activity counts under all and under its host, or what has become of it: its amounts are split
among the host's heirs by their shares, so that nothing counts twice. A co-host has no part in it. A
host from outside the district counts among all alone, as does one that is not yet registered.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial

from attrs import frozen

from lianjian.core.activities import WHOLE
from lianjian.core.errors import Words
from lianjian.core.indicator import ALL, Number, Query, Reading
from lianjian.core.kit import codes, counted, district_units

NOUGHT = Fraction(0)


@frozen(kw_only=True)
class Source:
    """Which amounts are added: the `code` and `amount` of a `table`, or of a query like one.

    A table has the activity's `event`. The amount is divided by `per`, a column or a whole number.
    Where code or amount is null the activity does not say it: `none` is why there is no figure if
    none says it, `lack` what to call those that do not, in Chinese and English, behind their number.
    """

    table: str
    code: str
    amount: str = "1"
    per: str = "1"
    none: Words
    lack: tuple[str, str] = ("", "")


@frozen
class Mix:
    """Amounts by code, of the `known` activities of a host; `silent` do not say it."""

    source: Source
    amounts: Mapping[str, Fraction]
    known: int
    silent: int

    @property
    def flags(self) -> list[Words]:
        """Return the flag that counts the activities which do not say it."""
        return counted(self.silent, *self.source.lack)

    @property
    def unknown(self) -> bool:
        """Return whether there are activities, and none says it."""
        return bool(self.silent and not self.known)

    def total(self, some: Iterable[str] | None = None) -> Fraction:
        """Return the amounts of some codes together, or of all."""
        chosen = self.amounts if some is None else some
        return sum((self.amounts.get(code, NOUGHT) for code in chosen), NOUGHT)


# Under whom an activity counts: under all, and under its host, or what has become of it.
_SUBJECTS = (
    "SELECT unit AS host, 'unit:' || seen_as AS subject, share_bp FROM projections "
    f"UNION ALL SELECT DISTINCT host, '{ALL}', {WHOLE} FROM activities_held"
)
_AMOUNTS = (  # MATERIALIZED, or SQLite may work a query out for each activity
    "WITH t AS MATERIALIZED (SELECT event, {code} AS code, {amount} AS amount, {per} AS per "
    "FROM {table} z WHERE {code} IS NOT NULL AND {amount} IS NOT NULL) "
    "SELECT p.subject, t.code, t.per, sum(t.amount * p.share_bp) "
    f"FROM activities_held a CROSS JOIN ({_SUBJECTS}) p JOIN t ON t.event = a.event "
    "WHERE p.host = a.host GROUP BY p.subject, t.code, t.per"
)
_SAYING = (  # IN, for which SQLite makes an index, as it does not for a LEFT JOIN of a query
    "SELECT p.subject, count(*), sum(CASE WHEN a.event IN (SELECT event FROM {table} z "
    "WHERE {code} IS NOT NULL AND {amount} IS NOT NULL) THEN 1 ELSE 0 END) "
    f"FROM activities_held a CROSS JOIN ({_SUBJECTS}) p WHERE p.host = a.host GROUP BY p.subject"
)


def mixes(q: Query, source: Source) -> dict[str, Mix]:
    """Return what activities are made of: all of them first, then those of each unit that hosted."""
    names = {name: getattr(source, name) for name in ("table", "code", "amount", "per")}
    amounts: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for subject, code, per, amount in q.rows(_AMOUNTS.format(**names)):
        of = amounts[subject]
        of[code] = of.get(code, NOUGHT) + Fraction(amount, WHOLE * per)
    said = {subject: (held, known) for subject, held, known in q.rows(_SAYING.format(**names))}
    found = {}
    for subject in (ALL, *(u.subject for u in district_units(q) if u.subject in said)):
        held, known = said.get(subject, (0, 0))
        found[subject] = Mix(source, amounts.get(subject, {}), known, held - known)
    return found


# What indicators do with them: amounts by code, a part of the whole, a measure.


def by_code(q: Query, found: Mapping[str, Mix]) -> Iterator[Reading]:
    """Yield each subject's amount of each code of the scheme that the source's `code` is.

    What activities are known not to have is 0; where none says anything there is no figure.
    """
    scheme = found[ALL].source.code
    listed = codes(q, scheme, *found[ALL].amounts)
    for subject, mix in found.items():
        for code in listed:
            marks = {scheme: code}
            if mix.unknown:
                yield q.none(subject, mix.source.none, dimensions=marks, flags=mix.flags)
            else:
                yield q.reading(subject, mix.total([code]), dimensions=marks, flags=mix.flags)


def part(q: Query, source: Source, chosen: Iterable[str]) -> Iterator[Reading]:
    """Yield which part some codes are of the whole, of all and of each host."""
    for subject, mix in mixes(q, source).items():
        yield q.ratio(subject, mix.total(chosen), mix.total(), source.none, flags=mix.flags)


def measured(
    q: Query, found: Mapping[str, Mix], measure: Callable[[Iterable[Fraction]], Number]
) -> Iterator[Reading]:
    """Yield a measure of the amounts of all and of each host."""
    for subject, mix in found.items():
        if mix.known:
            amounts = mix.amounts.values()
            yield q.measured(subject, partial(measure, amounts), flags=mix.flags)
        else:
            yield q.none(subject, mix.source.none, flags=mix.flags)
