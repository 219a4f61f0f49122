"""Controlled terms: a short code, what it is called in Chinese, what in English.

A record says `warning`, a ledger says 警示教育, a report says whichever its reader reads. A scheme
is one closed list of such terms (`theme`, `format`, `unit_kind`, …), in the order in which people
are used to see them.

    find("theme", "警示教育")          "warning"
    term("theme", "warning").en       "Warning education"
    nearest("theme", "警示")           the terms to offer to someone who wrote that

`installed()` is what the package brings. A log may define more (`term.defined`); who knows of them
passes the whole as `known`. Codes are what is stored and never change their meaning; the words
beside them are for people.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TypeAlias
from unicodedata import normalize

import msgspec
from attrs import frozen

from lianjian.core.data import read
from lianjian.core.errors import UnknownScheme, UnknownTerm, Words

FEW = 8  # terms, of which all are offered: the nearest would hide the right one


@frozen
class VocabularyTerm:
    """One term of a scheme."""

    code: str
    zh: str
    en: str

    def text(self, lang: str) -> str:
        """Return what the term is called in `lang` ("zh" or "en")."""
        return self.zh if lang == "zh" else self.en


Vocabulary: TypeAlias = Mapping[str, Mapping[str, VocabularyTerm]]
"""Scheme, then code, in the scheme's own order."""


@cache
def installed() -> Vocabulary:
    """Return the vocabularies that the package brings, read once."""
    listed = msgspec.json.decode(
        read("vocabularies.json"), type=dict[str, list[tuple[str, str, str]]]
    )
    schemes = {
        scheme: MappingProxyType({row[0]: VocabularyTerm(*row) for row in rows})
        for scheme, rows in listed.items()
    }
    return MappingProxyType(schemes)


def term(scheme: str, code: str, known: Vocabulary | None = None) -> VocabularyTerm:
    """Return the term with this code, or raise `UnknownTerm` with the nearest ones in its hint."""
    found = _terms(scheme, known).get(code)
    if found is None:
        raise UnknownTerm(scheme=scheme, value=code, close=_offer(scheme, code, known))
    return found


def find(scheme: str, text: str, known: Vocabulary | None = None) -> str | None:
    """Return the code that `text` means: a code, or a term's exact Chinese or English name.

    Full-width and half-width forms, capitals and surrounding spaces make no difference; anything
    beyond that is a guess, and guesses are left to `nearest` and the person who is asked.
    """
    terms = _terms(scheme, known)
    if text in terms:
        return text
    key = _key(text)
    return next((t.code for t in terms.values() if key in _keys(t)), None)


def nearest(
    scheme: str, text: str, n: int = 3, known: Vocabulary | None = None
) -> tuple[VocabularyTerm, ...]:
    """Return up to `n` terms whose code or names look most like `text`, the likest first."""
    # Imported here: only somebody who mistyped needs it.
    from difflib import SequenceMatcher  # noqa: PLC0415

    key = _key(text)

    def likeness(t: VocabularyTerm) -> float:
        return max(SequenceMatcher(None, key, k, autojunk=False).ratio() for k in _keys(t))

    # Half alike is what it takes for 警示 to find 警示教育, and for 廉政 not to find everything.
    scored = ((likeness(t), t) for t in _terms(scheme, known).values())
    close = sorted((s for s in scored if s[0] >= 0.5), key=lambda s: -s[0])
    return tuple(t for _, t in close[:n])


def _terms(scheme: str, known: Vocabulary | None) -> Mapping[str, VocabularyTerm]:
    vocabulary = installed() if known is None else known
    if scheme not in vocabulary:
        raise UnknownScheme(scheme=scheme, known=", ".join(vocabulary))
    return vocabulary[scheme]


def _offer(scheme: str, text: str, known: Vocabulary | None) -> Words:
    """Name the nearest terms, or all of a short scheme, or where none is near."""
    every = tuple(_terms(scheme, known).values())
    terms = every if len(every) <= FEW else nearest(scheme, text, known=known) or every
    return Words(
        zh="、".join(f"{t.code}（{t.zh}）" for t in terms),
        en=", ".join(f"{t.code} ({t.en})" for t in terms),
    )


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    """Fold what people cannot see or do not mean: width, capitals, spaces around."""
    return normalize("NFKC", text).casefold().strip()


def _keys(t: VocabularyTerm) -> tuple[str, str, str]:
    return _key(t.code), _key(t.zh), _key(t.en)
