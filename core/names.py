"""What events name: the ids that they introduce and refer to, and what these are called.

    introductions(BaseOpened(base="lianyuan", …))    [("base", "lianyuan")]
    references(VisitHeld(base="lianyuan", …))        ("base", "lianyuan")
    known_names(store, types, "base")                ("base", "lianyuan", "廉园"), …
    Names(store, types)["base:lianyuan"]             廉园

A code of a vocabulary is an id as well, of the kind `term:SCHEME`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from lianjian.core.errors import Words
from lianjian.core.event import EventType
from lianjian.core.shapes import Mark, New, Ref, Term, kind_of, mentions, nearest, once
from lianjian.core.store import Store
from lianjian.core.vocabulary import FEW

TERM_KIND = "term:"
NEAR = 5  # subjects that are offered

Key = tuple[str, str]
"""(kind, id) of something that an event introduces or refers to."""


def read_entry(type_: EventType | None, entry: bytes, version: int) -> Any:
    """Return the object in an entry, None where no installed type can read it."""
    try:
        return type_.read(entry, version) if type_ else None
    except Exception:  # noqa: BLE001  an upcast is a plugin's, and may fail in any way
        return None


@once
def news(cls: type) -> tuple[tuple[New, Callable[[Any], Iterable[str]]], ...]:
    """Return those of a class's marks that introduce ids."""
    return tuple((mark, texts) for mark, texts in mentions(cls) if isinstance(mark, New))


def introductions(event: Any) -> list[Key]:
    """Return the (kind, id) pairs that an event introduces."""
    return [(kind_of(mark, event), t) for mark, texts in news(type(event)) for t in texts(event)]


def references(event: Any) -> Iterator[Key]:
    """Yield the (kind, id) pairs that an event refers to, terms included."""
    for mark, texts in mentions(type(event)):
        for kind in refers(mark):
            for text in texts(event):
                yield kind, text


def refers(mark: Mark) -> set[str]:
    """Return the kinds of ids that a mark refers to."""
    if isinstance(mark, Ref):
        return {mark.kind}
    return {TERM_KIND + mark.scheme} if isinstance(mark, Term) else set()


def name_of(event: Any, lang: str = "zh") -> str:
    """Return what an event calls what it is about; "" where it has no name for it."""
    name = getattr(event, "name", None) or getattr(event, lang, None)
    return name if isinstance(name, str) else ""


def known_names(
    store: Store, types: Mapping[str, EventType], kind: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, name) of every id that stands, of one kind or of all; later names too.

    A rename states a `name` and refers to what it is the name of.
    """
    for row in store.introductions(kind):
        entry = store.row(row.position)
        type_ = types.get(entry.type) if entry else None
        if entry and type_:
            yield row.kind, row.id, name_of(read_entry(type_, entry.entry, entry.version))
    for (ref_kind, id_), name in _renamed(store, types):
        if kind in (None, ref_kind):
            yield ref_kind, id_, name


def _renamed(store: Store, types: Mapping[str, EventType]) -> Iterator[tuple[Key, str]]:
    """Yield every later name, with the (kind, id) that it was given to, the latest last."""
    for name, type_ in types.items():
        if "name" not in type_.shape.fields or news(type_.cls):
            continue
        sql = (
            "SELECT version, entry FROM entries WHERE type = ? AND position NOT IN "
            "(SELECT replaces FROM entries WHERE replaces IS NOT NULL) ORDER BY position"
        )
        for version, entry_bytes in store.db.execute(sql, (name,)):
            event = read_entry(type_, entry_bytes, version)
            if name_of(event):
                yield from ((key, name_of(event)) for key in references(event))


class Names(Mapping[str, str]):
    """What ids are called, by KIND:ID, looked up as they are asked for; the latest name counts.

    An ID alone is found where everything that is called by it has one name. A term is
    `term:SCHEME:CODE`, in the reader's language.
    """

    def __init__(self, store: Store, types: Mapping[str, EventType], lang: str = "zh") -> None:
        self.store = store
        self.types = types
        self.lang = lang
        self.kinds = {mark.kind for t in types.values() for mark, _ in news(t.cls)}
        self.found: dict[str, str] = {}

    @cached_property
    def _later(self) -> dict[Key, str]:
        return dict(_renamed(self.store, self.types))

    def __getitem__(self, subject: str) -> str:
        """Return what an id is called; KeyError where nobody said."""
        if subject not in self.found:
            self.found[subject] = self._look_up(subject)
        if not self.found[subject]:
            raise KeyError(subject)
        return self.found[subject]

    def _look_up(self, subject: str) -> str:
        kind, colon, id_ = subject.partition(":")
        if not colon:
            called = {self._named(kind, subject) for kind in self.kinds} - {""}
            return called.pop() if len(called) == 1 else ""
        if subject.startswith(TERM_KIND):
            scheme, _, id_ = id_.partition(":")
            kind = TERM_KIND + scheme
        return self._named(kind, id_)

    def _named(self, kind: str, id_: str) -> str:
        position = self.store.known(kind, id_)
        entry = None if position is None else self.store.row(position)
        if entry is None:
            return ""
        stated = read_entry(self.types.get(entry.type), entry.entry, entry.version)
        return self._later.get((kind, id_)) or name_of(stated, self.lang)

    def __iter__(self) -> Iterator[str]:
        """Yield what was asked for, and is called something."""
        return (subject for subject, name in self.found.items() if name)

    def __len__(self) -> int:
        """Return how many these are."""
        return sum(map(bool, self.found.values()))


class Called:
    """Ids by what they are called, for people who write 安亭镇 where `anting` is meant."""

    def __init__(self, store: Store, types: Mapping[str, EventType]) -> None:
        self.store = store
        self.types = types
        self.known: dict[str, dict[str, list[str]]] = {}

    def ids(self, kind: str, text: str) -> list[str]:
        """Return the text where it is an id of the kind, else the ids whose latest name it is."""
        if self.store.known(kind, text) is not None:
            return [text]
        if kind not in self.known:
            latest = {id_: name for _, id_, name in known_names(self.store, self.types, kind)}
            self.known[kind] = {}
            for id_, name in latest.items():
                self.known[kind].setdefault(name, []).append(id_)
        return self.known[kind].get(text, []) if text else []


def near_subjects(subject: str, known: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Return the subjects that come nearest to one, by id or by name, each with its name.

    A part of a name does. Where none is near they are the first there are.
    """
    text = subject.partition(":")[2] or subject
    subjects = list(dict.fromkeys(known))
    called = {s: names.get(s, "") for s in subjects}
    close = [s for s, name in called.items() if text and name and text in name][:NEAR]
    by_name = {name: s for s, name in called.items() if name}
    by_id = {s.partition(":")[2] or s: s for s in subjects}
    for known_as in (by_id, by_name):
        close += [known_as[near] for near in nearest(text, known_as)]
    found = list(dict.fromkeys(close))[:NEAR] or subjects[:NEAR]
    return [f"{s} {called[s]}".rstrip() for s in found]


def offer(text: str, known: Mapping[str, str], *, all_of: bool = False) -> Any:
    """Return "; did you mean …" with the ids and names nearest to a text, in both languages."""
    by_name = {name: id_ for id_, name in known.items() if name}
    close = list(dict.fromkeys(by_name.get(n, n) for n in nearest(text, [*known, *by_name])))
    close += [i for n, i in by_name.items() if len(text) > 1 and text in n and i not in close][:3]
    if all_of and (not close or len(known) <= FEW):
        close = list(known)
    shown = ", ".join(f"{i} ({known[i]})" if known.get(i) else i for i in close[:8])
    if all_of:
        return shown
    return Words(f"；相近的有：{shown}", f"; near ones: {shown}") if shown else ""
