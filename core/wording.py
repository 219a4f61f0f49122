"""Words for dimensions, and numbers as people write them.

    label("theme", "zh")                                 主题
    meaning("theme", "warning", {}, "zh")                警示教育
    meaning("team", "team-anting", names, "zh")          team-anting 安亭宣讲团
    typed("主题", "警示教育", {})                         ("theme", "warning")
    number(0.764706, "share")                            76.5%

Programs get names and codes. For people `data/dimensions.json` says of each dimension what it is
called and what its values are: codes of vocabularies (`schemes`), ids of a kind (`ids`), or words of
its own (`words`). One that is not listed there keeps its name, and its values are looked up in the
vocabulary of that name. `names` are what ids are called, by KIND:ID; what a log defined as a term is
there as `term:SCHEME:CODE`.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import msgspec
from attrs import field, frozen

from lianjian.core.data import read
from lianjian.core.vocabulary import find, installed


@frozen
class Dimension:
    """What a dimension is called, and where the words for its values stand."""

    zh: str
    en: str
    schemes: tuple[str, ...] = ()
    ids: str = ""
    words: Mapping[str, tuple[str, str]] = field(factory=dict)


@cache
def dimensions() -> Mapping[str, Dimension]:
    """Return every dimension with words of its own, by name."""
    return msgspec.json.decode(read("dimensions.json"), type=dict[str, Dimension])


def _of(name: str) -> Dimension:
    return dimensions().get(name) or Dimension(name, name, (name,))


def label(name: str, lang: str) -> str:
    """Return what a dimension is called."""
    found = _of(name)
    return found.zh if lang == "zh" else found.en


def meaning(name: str, value: str, names: Mapping[str, str], lang: str) -> str:
    """Return what a value is called: a word, a term, or an id with its name; else the value."""
    of = _of(name)
    called = names.get(f"{of.ids}:{value}", "") if of.ids else ""
    if called:
        return f"{value} {called}"
    if value in of.words:
        return of.words[value][lang != "zh"]
    found = (code_text(scheme, value, names, lang) for scheme in of.schemes)
    return next(filter(None, found), value)


def code_text(scheme: str, code: str, names: Mapping[str, str], lang: str) -> str:
    """Return what a code is called, also one that the log defined; "" where nobody said."""
    term = installed().get(scheme, {}).get(code)
    return term.text(lang) if term else names.get(f"term:{scheme}:{code}", "")


def typed(name: str, value: str) -> tuple[str, str]:
    """Return the dimension and the value that people mean: each by its name, or in words."""
    name = name.strip()
    by_label = {text: known for known, d in dimensions().items() for text in (d.zh, d.en)}
    name = name if name in dimensions() else by_label.get(name, name)
    of, value = _of(name), value.strip()
    codes = {text: code for code, both in of.words.items() for text in both}
    for scheme in (s for s in of.schemes if s in installed()):
        codes.setdefault(value, find(scheme, value) or value)
    return name, codes.get(value, value)


# Numbers.


def number(value: float, unit: str = "") -> str:
    """Return a number as people write it: a share as 76.5%, any other with three decimals at most.

    A small one keeps its first digits, and what is not quite all does not read 100%.
    """
    if unit != "share":
        return _rounded(value, 3)
    nearly = 0.9995 <= abs(value) < 1
    return f"{_rounded(100 * value, 3 if nearly else 1)}%"


def _rounded(value: float, decimals: int) -> str:
    """Return a number without trailing zeros; one that would round away has two digits left."""
    text = f"{value:.{decimals}f}"
    if value and not float(text):
        text = f"{Decimal(f'{value:.1e}'):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
