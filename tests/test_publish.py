"""Published figures: what is sealed, that it can be redone by hand, and that every way to differ is told."""

import ast
import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from base64 import b64encode
from contextlib import closing
from datetime import date
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lianjian import cli
from lianjian.core import (
    ALL,
    Family,
    Reading,
    UnitRegistered,
    Words,
    event,
    facts,
    frozen,
    indicator,
    publish,
    registry,
)
from lianjian.core.auditor import not_recomputed, recomputed, recomputed_export
from lianjian.core.errors import LogDamaged, NotPublished, Refused, UnknownIndicator
from lianjian.core.event import Draft, event_type
from lianjian.core.export import export
from lianjian.core.exported import bundles, verify_export
from lianjian.core.figures import Figures
from lianjian.core.histories import EXAMPLES, history
from lianjian.core.hookspecs import GROUP
from lianjian.core.indicator import CORE as CORE_FAMILY
from lianjian.core.indicator import Moment, Period
from lianjian.core.log import Log
from lianjian.core.methods import MethodAdopted
from lianjian.core.notices import Figure, FiguresPublished
from lianjian.core.registry import COMPUTING, Plugin, Registry, load
from lianjian.core.replay import catch_up
from lianjian.core.restore import restore
from lianjian.core.store import Store
from lianjian.core.terminal import Terminal
from lianjian.core.testing import Trial
from lianjian.core.tree import root
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify
from lianjian.core.vocabulary import VocabularyTerm
from lianjian.plugins import bases
from lianjian.plugins.bases import BaseOpened, VisitHeld

CORE = Path(registry.__file__).parent
DAY = date(2021, 5, 1)
YEAR = Period.year(2021)


# A family whose figures are easy to foresee.


@event("thing.done", 1)
@frozen
class ThingDone:
    day: date
    size: int = 1


@facts(key="day", sums="things size")
def things(e: ThingDone):
    yield e.day, 1, e.size


def named(name, function, per="thing"):
    return indicator(
        f"things.{name}", of=things, unit="events", better="higher", zh="事", en="Things", per=per
    )(function)


def count(q):
    yield q.reading(ALL, q.one("SELECT count(*) FROM things"))


def sizes(q):
    for i, size in enumerate(q.column("SELECT size FROM things ORDER BY event")):
        yield q.reading(f"thing:{i:05}", Fraction(size, 3), numerator=size, denominator=3)


def about_bases(q):
    yield q.reading(ALL, len(q.readings("bases.visits")))


def family(*, code="1" * 64, version=1, count=count, others=()):
    made = [named("count", count), named("sizes", sizes), named("bases", about_bases), *others]
    found = Family(
        "things", version=version, zh="事", en="Things", events=[ThingDone], facts=[things],
        indicators=made,
    )  # fmt: skip
    return Plugin(found, "trial 1", "things", code)


def registered(*plugins, bases_code="b" * 64):
    """Return a registry of given plugins beside core and bases."""
    core = load([]).plugins[0]
    return Registry(
        (core, Plugin(bases.lianjian_family(), "trial 1", "bases", bases_code), *plugins)
    )


class Published:
    """A trial over a registry, that publishes and verifies."""

    def __init__(self, path, found=None):
        path.mkdir(exist_ok=True)
        self.registry = found or registered(family())
        self.trial = Trial(path, self.registry.families)
        self.trial.registry = self.registry
        self.records = self.trial.records

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.trial.log.close()

    @property
    def log(self):
        return self.trial.log

    def drafts(self, name, period=YEAR, *, at=None, tree="then"):
        store = self.log.store
        catch_up(self.records.views, store, self.registry.families)
        position = store.size() if at is None else at
        moment = Moment(position, root(position, store))
        with Figures(self.records.views, self.registry.families, moment, tree) as figures:
            return publish.publications(figures, self.registry, name, period, "trial")

    def publish(self, name, period=YEAR, **more):
        return self.seal(*self.drafts(name, period, **more))

    def seal(self, *drafts):
        return self.log.append(drafts, command="publish").ids

    def forge(self, name, **changes):
        """Publish something else than what follows, through the log's own door."""
        (draft,) = self.drafts(name)
        return self.seal(evolve(draft, event=evolve(draft.event, **changes)))

    def said(self, id_):
        row = self.log.store.by_id(id_)
        return event_type(FiguresPublished).read(row.entry, row.version)

    def verify(self, found=None):
        found = found or self.registry
        report = verify(self.records, found.families)
        assert report.findings == ()
        return recomputed(Terminal("en"), self.records, found, report)


@pytest.fixture
def t(tmp_path):
    with Published(tmp_path / "p") as made:
        made.trial.record(*(ThingDone(DAY, size) for size in (1, 2, 5)))
        yield made


def whats(report):
    return [f"{f.place.en}: {f.what.en}" for f in report.findings]


# The canonical bytes.


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (-0.0, "0"), (104.0, "104"), (100, "100"), (0.1, "0.1"), (-2.5, "-2.5"),
        (1 / 3, "0.333333"), (Fraction(2, 3), "0.666667"), (Fraction(25, 10**7), "0.000002"),
        (Fraction(35, 10**7), "0.000004"), (-1e-9, "0"), (Fraction(-1, 10**6), "-0.000001"),
        (10**20, "1" + "0" * 20), (1e16, "10000000000000000"), (12345678.123457, "12345678.123457"),
    ],
)  # fmt: skip
def test_numbers_are_decimal_texts(value, text):
    assert publish.decimal(value) == text


def test_the_digest_can_be_redone_by_hand():
    readings = [
        Reading(
            ALL, value=0.25, numerator=1, denominator=4, flags=(Words("缺一", "one, “blank”"),)
        ),
        Reading(
            "base:廉园", reason=Words("无", "no figure"), dimensions={"theme": "a", "kind": "b"}
        ),
        Reading("base:x", low=1.0, high=2.5, synthetic=True),
    ]
    figures = [publish.figure(r) for r in readings]
    by_hand = (
        '{"subject":"all","value":"0.25","numerator":"1","denominator":"4",'
        '"flags":["one, “blank”"]}\n'
        '{"subject":"base:廉园","dimensions":{"kind":"b","theme":"a"},"reason":"no figure"}\n'
        '{"subject":"base:x","low":"1","high":"2.5","synthetic":true}\n'
    ).encode()
    assert b"".join(map(publish.line, figures)) == by_hand
    # As `sha256sum` has it of these three lines, and of an empty file.
    assert publish.digest(figures) == (
        "d436c5c625d41b43f8f9ff49e993c690030a16952f680fd5ebc10c77114be31f"
    )
    assert publish.digest([]) == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.text(max_size=3)))
def test_any_json_library_writes_the_same_bytes(text, flags):
    flags = [f for f in flags if f.isprintable()]
    made = Figure("all", {"d": text}, reason=text, flags=tuple(flags))
    ours = json.loads(publish.line(made))
    again = json.dumps(ours, ensure_ascii=False, separators=(",", ":")) + "\n"
    assert publish.line(made) == again.encode()


def test_an_auditor_redoes_the_digest_from_the_stored_bytes(t):
    (id_,) = t.publish("things.sizes")
    data = json.loads(t.log.store.by_id(id_).entry)["data"]
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in data["figures"]]
    assert (
        lines[1] == '{"subject":"thing:00001","value":"0.666667","numerator":"2","denominator":"3"}'
    )
    found = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
    assert found == data["digest"]
    jq = shutil.which("jq")
    if jq:
        entry = t.log.store.by_id(id_).entry
        told = subprocess.run([jq, "-c", ".data.figures[]"], input=entry, stdout=-1, check=True)
        assert hashlib.sha256(told.stdout).hexdigest() == data["digest"]


# What is bound.


def test_a_publication_binds_all_that_its_figures_follow_from(t):
    (id_,) = t.publish("things.count")
    said = t.said(id_)
    assert (said.indicator, said.period.start, said.period.end) == (
        "things.count", date(2021, 1, 1), date(2022, 1, 1),
    )  # fmt: skip
    assert said.moment.position == 3
    assert said.moment.root == b64encode(root(3, t.log.store)).decode()
    assert [(c.family, c.version, c.sha256) for c in said.code] == [
        ("core", CORE_FAMILY.version, load([]).plugins[0].code), ("things", 1, "1" * 64),
    ]  # fmt: skip
    assert said.parameters.keys() == {"tree", "vocabularies"}
    assert said.figures == (Figure("all", value="3"),)
    assert said.count == 1


def test_a_publication_names_the_families_whose_readings_were_asked_for(t):
    (id_,) = t.publish("things.bases")
    assert [c.family for c in t.said(id_).code] == ["bases", "core", "things"]


def test_a_family_is_published_in_one_append_about_one_moment(t):
    ids = t.publish("things")
    said = [t.said(i) for i in ids]
    assert [s.indicator for s in said] == ["things.count", "things.sizes", "things.bases"]
    assert {s.moment.position for s in said} == {3}
    assert t.verify().findings == ()


def test_too_many_readings_are_sealed_by_their_digest(t):
    t.trial.record(*(ThingDone(DAY, n) for n in range(900)))
    (id_,) = t.publish("things.sizes")
    said = t.said(id_)
    assert (said.count, said.figures) == (903, ())
    assert len(t.log.store.by_id(id_).entry) < 2000
    assert t.verify().findings == ()
    t.forge("things.sizes", digest="0" * 64)
    (finding,) = t.verify().findings
    assert "the arithmetic differs" in finding.what.en
    assert (finding.expected, finding.found) == (
        f"903, sha256 {said.digest}", f"903, sha256 {'0' * 64}",
    )  # fmt: skip


def test_as_many_as_fit_are_sealed_whole(t):
    t.trial.record(*(ThingDone(DAY, n) for n in range(400)))
    (id_,) = t.publish("things.sizes")
    assert len(t.said(id_).figures) == 403
    assert 30_000 < len(t.log.store.by_id(id_).entry) < 45_000
    assert t.verify().findings == ()


# What cannot be published.


def test_one_indicator_that_fails_refuses_the_whole(tmp_path):
    def broken(q):
        yield q.reading(ALL, 1 / 0)

    found = registered(family(others=[named("broken", broken)]))
    with Published(tmp_path / "p", found) as t:
        t.trial.record(ThingDone(DAY))
        with pytest.raises(NotPublished) as caught:
            t.publish("things")
        assert "ZeroDivisionError" in caught.value.message("en")
        assert "未录入任何内容" in caught.value.message("zh")
        assert t.trial.size == 1


def test_a_number_that_is_not_finite_is_refused(tmp_path):
    def infinite(_):
        yield Reading(ALL, value=float("inf"))

    found = registered(family(others=[named("odd", infinite)]))
    with Published(tmp_path / "p", found) as t, pytest.raises(NotPublished, match="not finite"):
        t.publish("things.odd")


def test_a_family_that_stopped_is_not_published(tmp_path):
    @facts(key="day", sums="part")
    def halves(e: ThingDone):
        yield e.day, 1 // (e.size - 2)

    stuck = Family(
        "halves", version=1, zh="半", en="Halves", facts=[halves],
        indicators=[
            indicator("halves.sum", of=halves, unit="events", better="higher", zh="和", en="Sum")(
                lambda q: [q.reading(ALL, q.one("SELECT count(*) FROM halves"))]
            )
        ],
    )  # fmt: skip
    with Published(tmp_path / "p", registered(family(), Plugin(stuck, "x", "x", "x"))) as t:
        t.trial.record(*(ThingDone(DAY, size) for size in (1, 2)))
        with pytest.raises(NotPublished, match="stopped at position 1"):
            t.publish("halves")
        assert t.trial.size == 2
        t.publish("halves", at=1)  # before it stopped there is nothing wrong
        assert t.verify().findings == ()


def test_what_is_not_there_cannot_be_published(t):
    with pytest.raises(UnknownIndicator):
        t.publish("things.nothing")
    with pytest.raises(NotPublished, match="no indicators"):
        t.publish("core")


def test_only_publish_records_publications(t):
    (draft,) = t.drafts("things.count")
    with pytest.raises(Refused, match="by `lianjian publish`"):
        t.log.append([draft])
    (id_,) = t.publish("things.count")
    with pytest.raises(Refused, match="by `lianjian publish`"):
        t.log.append([evolve(draft, replaces=id_)])


# Verifying.


def test_figures_follow_whatever_is_recorded_later(t):
    first = t.log.store.row(0).id
    t.publish("things")
    t.trial.correct(first, ThingDone(DAY, 100))
    t.trial.void(t.log.store.row(1).id)
    t.publish("things")
    t.publish("things", at=3)
    t.publish("things", Period.parse("2021-05"))
    report = t.verify()
    assert report.findings == ()
    assert report.checked[-1] == Words("重算 12 项公布的数字", "12 published figures recomputed")


def test_the_tree_as_it_is_now_is_a_parameter(t):
    t.trial.record(
        UnitRegistered(unit="u", name="街道", kind="town", tier="town", day=DAY),
        BaseOpened(base="b", name="园", kind="garden", unit="u", day=DAY),
    )
    ids = t.publish("bases", tree="now")
    assert {t.said(i).parameters["tree"] for i in ids} == {"now"}
    assert t.verify().findings == ()
    t.forge("things.count", parameters={"tree": "sideways"})
    (finding,) = t.verify().findings
    assert "no such unit tree" in finding.what.en


def test_a_log_without_publications_says_so(t):
    report = t.verify()
    assert report.checked[-1].en == "0 published figures recomputed"
    assert not_recomputed(verify(t.records, t.registry.families)).notes == report.notes


def test_without_recomputing_it_is_said_how_many_were_not(t):
    t.publish("things")
    report = not_recomputed(verify(t.records, t.registry.families))
    assert report.notes[-1].en.startswith("not recomputed: 3 published figure(s)")
    assert t.verify().notes == ()


def test_another_history_is_told(t):
    wrong = evolve(t.drafts("things.count")[0].event.moment, root=b64encode(b"x" * 32).decode())
    t.forge("things.count", moment=wrong)
    (finding,) = t.verify().findings
    assert finding.what.en == "the history differs: the root over the first 3 is another one"
    assert finding.place.en == "position 3, things.count, 2021"
    assert finding.expected == b64encode(root(3, t.log.store)).decode()
    assert finding.found == wrong.root
    t.publish("things")
    assert t.verify().checked[-1].en == "3 of 4 published figures recomputed"
    assert t.verify().checked[-1].zh == "4 项公布的数字，重算 3 项"


def test_a_moment_after_the_publication_is_told(t):
    known = t.drafts("things.count")[0].event.moment
    t.forge("things.count", moment=evolve(known, position=4))
    t.forge("things.count", moment=evolve(known, position=10**9))
    assert [f.what.en for f in t.verify().findings] == [
        "the history differs: the moment is after it"
    ] * 2


def test_an_edited_plugin_is_told(t):
    def more(q):
        yield q.reading(ALL, q.one("SELECT count(*) + 1 FROM things"))

    t.publish("things")
    edited = registered(family(code="2" * 64, version=2, count=more))
    report = t.verify(edited)
    code, figure = report.findings
    assert code.what.en == "it does not follow: the code of the family things differs"
    assert code.place.en == "position 3, things.count, 2021"
    assert code.expected == f"things 1 (trial 1), sha256 {'1' * 64}"
    assert code.found == f"things 2 (trial 1), sha256 {'2' * 64}"
    assert figure.what.en == "the figure differs"
    assert figure.place.en == "position 3, things.count, 2021, all"
    assert (figure.expected, figure.found) == (
        '{"subject":"all","value":"4"}', '{"subject":"all","value":"3"}',
    )  # fmt: skip
    assert [n.en for n in report.notes] == [
        "2 published figures follow although the code of the family things differs"
    ]


def test_an_edited_file_is_another_code(tmp_path, monkeypatch):
    source = (
        "from datetime import date\n"
        "from lianjian.core import ALL, Family, event, facts, frozen, hookimpl, indicator\n"
        "@event('odd.done', 1)\n@frozen\nclass Done:\n    day: date\n"
        "@facts(key='day')\ndef odds(e: Done):\n    yield (e.day,)\n"
        "@indicator('odd.count', of=odds, unit='events', better='higher', zh='x', en='x')\n"
        "def count(q):\n    yield q.reading(ALL, q.one('SELECT count(*) FROM odds'))\n"
        "@hookimpl\ndef lianjian_family():\n    return Family('odd', version=1, zh='', en='',\n"
        "        events=[Done], facts=[odds], indicators=[count])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for old, text in (("", source), ("count(*)", source.replace("count(*)", "7 + count(*)"))):
        (tmp_path / "an_odd_plugin.py").write_text(text)
        sys.modules.pop("an_odd_plugin", None)
        found = load([EntryPoint("odd", "an_odd_plugin", GROUP)])
        assert found.broken == ()
        assert found.plugins[1].code == hashlib.sha256(text.encode()).hexdigest()
        if not old:
            t = Published(tmp_path / "p", found)
            t.publish("odd.count")
            assert t.verify().findings == ()
    report = t.verify(found)
    t.log.close()
    sys.modules.pop("an_odd_plugin")
    assert [f.what.en for f in report.findings] == [
        "it does not follow: the code of the family odd differs", "the figure differs",
    ]  # fmt: skip


def test_a_changed_parameter_is_told(t, monkeypatch):
    def kinds(q):
        yield q.reading(ALL, len(publish.installed()["base_kind"]))

    found = registered(family(others=[named("kinds", kinds)]))
    with Published(t.trial.records.path.parent / "q", found) as own:
        own.publish("things")
        known = publish.installed()
        more = {**known["base_kind"], "cave": VocabularyTerm("cave", "洞", "Cave")}
        monkeypatch.setattr(publish, "installed", lambda: {**known, "base_kind": more})
        publish.vocabularies_digest.cache_clear()
        report = own.verify()
        monkeypatch.undo()
        publish.vocabularies_digest.cache_clear()
    parameter, figure = report.findings
    assert parameter.place.en == "position 3, things.kinds, 2021"
    assert parameter.what.en == "it does not follow: the parameter vocabularies differs"
    assert parameter.expected == publish.vocabularies_digest() != parameter.found
    assert figure.what.en == "the figure differs"
    assert [n.en for n in report.notes] == [
        "3 published figures follow although the parameter vocabularies differs"
    ]


def test_another_arithmetic_is_told_with_the_first_that_differ(t):
    t.trial.record(*(ThingDone(DAY, n) for n in range(3)))
    (draft,) = t.drafts("things.sizes")
    changed = tuple(evolve(f, value="9") for f in draft.event.figures[:5])
    changed = (*changed, Figure("thing:invented", value="1"))
    t.forge("things.sizes", figures=changed, digest=publish.digest(changed))
    found = t.verify().findings
    assert [f.place.en.rpartition(", ")[2] for f in found[:3]] == [
        "thing:00000", "thing:00001", "thing:00002",
    ]  # fmt: skip
    assert {f.what.en for f in found[:3]} == {
        "the arithmetic differs: same code, same parameters, another figure"
    }
    assert found[0].expected == (
        '{"subject":"thing:00000","value":"0.333333","numerator":"1","denominator":"3"}'
    )
    assert '"value":"9"' in found[0].found
    assert found[3].what.en == "4 more figures differ"
    assert len(found) == 4


def test_a_reading_too_many_and_one_too_few_are_told(t):
    (draft,) = t.drafts("things.sizes")
    changed = (*draft.event.figures[1:], Figure("thing:invented", value="1"))
    t.forge("things.sizes", figures=changed, digest=publish.digest(changed), count=3)
    one, two = t.verify().findings
    assert (one.found, two.expected) == ("-", "-")
    assert two.found == '{"subject":"thing:invented","value":"1"}'


def test_figures_that_are_not_those_of_their_digest_are_told(t):
    right = t.drafts("things.count")[0].event
    t.forge("things.count", figures=(Figure("all", value="4"),))
    (finding,) = t.verify().findings
    assert finding.what.en == "the figures do not have the digest that stands beside them"
    assert finding.found == f"1, sha256 {right.digest}"


def test_what_is_not_installed_any_more_is_told(t):
    t.publish("things")
    report = t.verify(registered())
    assert [f.what.en for f in report.findings] == [
        f"it cannot be recomputed: the indicator things.{name} is not installed"
        for name in ("count", "sizes", "bases")
    ]
    assert report.findings[0].expected == f"things 1 (trial 1), sha256 {'1' * 64}"
    assert report.findings[0].found == "-"


def test_another_family_that_is_gone_is_told(t):
    t.publish("things.bases")
    core = load([]).plugins[0]
    one, two = t.verify(Registry((core, family()))).findings
    assert one.what.en == "it does not follow: the code of the family bases differs"
    assert one.found == "-"
    assert two.what.en == "it cannot be recomputed"
    assert "bases.visits" in two.found


def test_a_withdrawn_publication_is_still_checked(t):
    (good,) = t.publish("things.count")
    (bad,) = t.forge("things.count", digest="0" * 64, figures=())
    t.trial.void(good, bad)
    report = t.verify()
    assert [f.place.en for f in report.findings] == ["position 4 (withdrawn), things.count, 2021"]
    assert report.checked[-1].en == "2 published figures recomputed, 2 of them withdrawn"
    assert report.checked[-1].zh == "重算 2 项公布的数字，其中 2 项已撤回"
    found = list(publish.published(t.log.store))
    assert [(p.position, p.withdrawn) for p in found] == [(3, 5), (4, 6)]


def test_changed_views_do_not_fool_the_recomputation(t):
    t.publish("things")
    with closing(sqlite3.connect(t.records.views)) as db, db:
        db.execute("UPDATE things SET size = 70")
    ids = t.publish("things.sizes")  # out of the views that were edited
    assert t.said(ids[0]).figures[0].numerator == "70"
    report = verify(t.records, t.registry.families)
    assert report.findings
    report = recomputed(Terminal("en"), t.records, t.registry, evolve(report, findings=()))
    assert {f.place.en.split(",")[0] for f in report.findings} == {"position 6"}
    assert "the arithmetic differs" in report.findings[0].what.en


def test_a_log_whose_bytes_were_changed_is_a_finding(t):
    t.publish("things.count")
    report = verify(t.records, t.registry.families)
    with closing(sqlite3.connect(t.records.log)) as db, db:
        db.execute("DROP TRIGGER entries_no_update")
        db.execute("UPDATE entries SET entry = CAST(replace(entry, '2021', '2020') AS BLOB)")
    (finding,) = recomputed(Terminal("en"), t.records, t.registry, report).findings
    assert finding.what.en == "the published figures cannot be recomputed"
    assert "position 0 is not what was recorded" in finding.found


def test_what_cannot_be_read_is_told(t, monkeypatch):
    t.publish("things.count")
    monkeypatch.setattr(publish, "TYPE", evolve(publish.TYPE, version=2, upcast=None))
    (finding,) = t.verify().findings
    assert finding.what.en == "what was published cannot be read"
    assert finding.found


# An export.


def test_an_export_gives_what_the_folder_gives(t, tmp_path):
    t.trial.record(*(ThingDone(DAY, n) for n in range(600)))
    t.publish("things")
    t.trial.correct(t.log.store.row(2).id, ThingDone(DAY, 100))
    t.forge("things.count", digest="0" * 64, figures=())
    t.trial.void(t.log.store.row(10).id)
    t.publish("things", at=500)
    own = t.verify()
    assert len(own.findings) == 1
    out = tmp_path / "out"
    export(t.records, out)
    report = verify_export(out, t.records.verifier_key(), Trusted())
    assert report.findings == ()
    assert report.published == 7
    there = recomputed(Terminal("en"), t.records, t.registry, report)
    again = with_registry(t.registry, out, report)
    assert again.findings == there.findings == own.findings
    assert again.checked[-1] == own.checked[-1]


def with_registry(found, folder, report):
    """Recompute an export as the command does, but with a registry of our own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lianjian.core.auditor.load_registry", lambda _: found)
        return recomputed_export(Terminal("en"), folder, report)


def test_a_log_is_restored_from_the_bytes_of_its_entries(t, tmp_path):
    t.trial.record(*(ThingDone(DAY, n) for n in range(300)), batch="b")
    t.trial.correct(t.log.store.row(5).id, ThingDone(DAY, 100))
    t.trial.void(t.log.store.row(7).id)
    export(t.records, tmp_path / "out")
    with Store.create(tmp_path / "again.db") as store:
        restore(store, bundles(tmp_path / "out", t.trial.size), tmp_path / "out")
        for sql in ("SELECT * FROM entries", "SELECT * FROM tiles ORDER BY level, tile"):
            assert store.db.execute(sql).fetchall() == t.log.store.db.execute(sql).fetchall()


def entry(number, **more):
    said = {
        "specversion": "1.0", "id": f"e{number}", "source": "x", "type": "thing.done",
        "time": "2021-05-01T00:00:00+08:00", "data": {"day": "2021-05-01"}, "dataversion": 1,
        "recordedat": "2021-05-01T00:00:00.000000Z", "recorder": "x", **more,
    }  # fmt: skip
    return msgspec.json.encode(said)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (b"no json", LogDamaged),
        (entry(1, replaces="e9"), LogDamaged),
        (entry(0), sqlite3.DatabaseError),
        (entry(1, dataversion=2**63), LogDamaged),
        (entry(1).replace(b'"e1"', b'"\\ud800"'), LogDamaged),
    ],
)
def test_what_is_no_log_is_not_restored(tmp_path, bad, error):
    with Store.create(tmp_path / "log.db") as store:
        with pytest.raises(error):
            restore(store, [[entry(0)], [bad]], tmp_path)
        assert store.size() == 0


def test_an_export_with_bundles_missing_is_a_finding(t, tmp_path):
    t.publish("things.count")
    out = tmp_path / "out"
    export(t.records, out)
    report = verify_export(out, t.records.verifier_key(), Trusted())
    shutil.rmtree(out / "tile/entries")
    (finding,) = with_registry(t.registry, out, report).findings
    assert finding.what.en == "the published figures cannot be recomputed"


def test_whatever_byte_of_a_bundle_was_changed_nothing_is_raised(t, tmp_path):
    """The bundle's two publications, above all: whatever they say, it is a finding or it follows."""
    t.publish("things.count")
    t.publish("things.sizes")
    out = tmp_path / "out"
    export(t.records, out)
    (bundle,) = (out / "tile/entries").rglob("5")
    whole, chance = bundle.read_bytes(), random.Random(7)
    for _ in range(60):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= chance.choice((1, 2, 4, 8, 16, 64, 128))
        bundle.write_bytes(changed)
        report = verify_export(out, t.records.verifier_key(), Trusted())
        assert report.findings
        assert with_registry(t.registry, out, report).findings[: len(report.findings)] == (
            report.findings
        )


# Digests of code.


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lianjian.core"):
            parts = node.module.split(".")[2:]
            yield from parts[:1] or [alias.name for alias in node.names]


# What finds families, and what drafts texts of figures, is not between an entry and a reading.
BESIDE = {"four_parts", "hookspecs", "registry"}


def test_the_digest_of_core_covers_all_that_figures_depend_on():
    """It is the closure of imports from what computes a reading, and from what families import."""
    families = (CORE.parent / "plugins").glob("*.py")
    found = set()
    waiting = ["figures", "vocabulary", *(name for path in families for name in imported(path))]
    while waiting:
        name = waiting.pop()
        if name not in found | BESIDE and (CORE / f"{name}.py").exists():
            found.add(name)
            waiting += imported(CORE / f"{name}.py")
    assert found == set(COMPUTING)


def test_the_digest_of_core_can_be_redone_by_hand(tmp_path):
    listed = "".join(
        f"{hashlib.sha256((CORE / f'{n}.py').read_bytes()).hexdigest()}  {n}.py\n"
        for n in sorted(COMPUTING)
    )
    expected = hashlib.sha256(listed.encode()).hexdigest()
    assert load([]).plugins[0].code == expected
    for modules in ("lianjian.core.registry", "lianjian.plugins.bases, lianjian.core.units"):
        program = f"import {modules}; from lianjian.core.registry import load; print(load([]).plugins[0].code)"
        told = subprocess.run([sys.executable, "-c", program], stdout=-1, text=True, check=True)
        assert told.stdout.strip() == expected


def test_all_modules_of_a_package_count(tmp_path, monkeypatch):
    package = tmp_path / "a_package_plugin"
    (package / "inner").mkdir(parents=True)
    files = {"__init__.py": "from .family import lianjian_family\n", "inner/sums.py": "X = 1\n",
             "family.py": "from lianjian.core import Family, hookimpl\n@hookimpl\n"
             "def lianjian_family():\n    return Family('pack', version=1, zh='', en='')\n"}  # fmt: skip
    for name, text in files.items():
        (package / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    codes = []
    for changed in ("", "X = 2\n"):
        (package / "inner/sums.py").write_text(changed or files["inner/sums.py"])
        found = load([EntryPoint("pack", "a_package_plugin", GROUP)])
        codes.append(found.plugins[1].code)
    for name in [n for n in sys.modules if n.startswith("a_package_plugin")]:
        del sys.modules[name]
    listed = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in sorted(files.items())
    )
    assert codes[0] == hashlib.sha256(listed.encode()).hexdigest() != codes[1]


# Whatever the history.

INSTALLED = load()
HARD = sorted(
    n for n in INSTALLED.installed["indicator"] if not n.startswith(("evaluation.", "cycles."))
)


def a_method(m):
    """Draw a method whose hard criteria ask other families for their readings."""
    criteria = []
    for name, weight in m.shares(["x", "y", "z"]).items():
        found = {"criterion": name, "weight_bp": weight, "missing": "zero"}
        if m.draw(st.booleans()):
            found["indicator"] = m.draw(st.sampled_from(HARD))
            found["bands"] = [{"from": 0, "score": 1}, {"from": 9, "score": 2}]
        criteria.append(found)
    return {"criteria": criteria, "day": "2021-01-01"}


@settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_whatever_was_published_follows_from_whatever_comes_after(data):
    types = [event_type(e) for f in INSTALLED.families for e in f.events]
    own = [event_type(e) for e in (MethodAdopted, VisitHeld)]
    names = {kind: sorted(found) for kind, found in INSTALLED.installed.items()}
    drafts = history(data.draw, types, own, names, {**EXAMPLES, MethodAdopted: a_method}, 50)
    cut = data.draw(st.integers(1, len(drafts)))
    with tempfile.TemporaryDirectory() as folder, Published(Path(folder), INSTALLED) as t:
        t.trial.record(*drafts[:cut])
        first = t.publish("", Period.parse("2021"))
        assert len(first) == len(t.trial.indicators())
        t.trial.record(*drafts[cut:])
        at = data.draw(st.integers(0, t.trial.size))
        t.publish("", Period.parse("2021Q2"), at=at, tree="now")
        t.publish("evaluation", Period.parse("2021"))
        t.trial.void(*first[::5])
        report = t.verify()
        assert report.findings == ()
        assert report.notes == ()
        export(t.records, Path(folder) / "out")
        other = verify_export(Path(folder) / "out", t.records.verifier_key(), Trusted())
        assert other.published == len(first) * 2 + len(t.drafts("evaluation"))
        again = with_registry(INSTALLED, Path(folder) / "out", other)
        assert again.findings == ()
        assert again.checked[-1] == report.checked[-1]


# The commands.


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LIANJIAN_RECORDS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args, lang="en"):
        capsys.readouterr()
        code = cli.main(["--lang", lang, *map(str, args)])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    run("init", "r")
    monkeypatch.setenv("LIANJIAN_RECORDS", str(tmp_path / "r"))
    run("record", "base.opened", "base=b", "name=园", "kind=garden", "day=2021-01-01")
    run("record", "visit.held", "base=b", "day=2021-05-01", "persons=30")
    return run


def test_the_commands_publish_list_withdraw_and_verify(run, tmp_path):
    code, said, err = run("publish", "bases", "--period", "2021")
    ids, count = said.split(), len(bases.lianjian_family().indicators)
    assert code == 0
    assert len(ids) == count
    assert f"recorded {count} event(s)" in err
    assert "warning" not in err
    code, said, _ = run("publish", "--list")
    assert said.splitlines()[1].split() == ["2", *said.splitlines()[1].split()[1:3],
                                            "bases.visits", "2021", "2", "stands"]  # fmt: skip
    assert run("void", ids[1], "--why", "wrong")[0] == 0
    code, said, _ = run("publish", "--list", lang="zh")
    assert f"已撤回（{count + 2}）" in said.splitlines()[2]
    found = json.loads(run("publish", "--list", "--json")[1])
    assert found[1]["withdrawn"] == count + 2
    assert found[0] | {"time": "", "moment": "", "parameters": "", "digest": ""} == {
        "position": 2, "id": ids[0], "time": "", "recorder": found[0]["recorder"],
        "withdrawn": None, "indicator": "bases.visits", "moment": "", "parameters": "",
        "period": {"start": "2021-01-01", "end": "2022-01-01"}, "count": 2, "digest": "",
    }  # fmt: skip
    code, said, _ = run("verify")
    assert code == 0
    assert f"not recomputed: {count} published figure(s)" in " ".join(said.split())
    code, said, _ = run("verify", "--figures")
    assert code == 0
    assert f"{count} published figures recomputed, 1 of them withdrawn" in said
    assert run("export", "out")[0] == 0
    code, said, _ = run("verify", "out", lang="zh")
    assert f"{count} 项公布的数字未重算" in said
    code, said, _ = run("verify", "out", "--figures", lang="zh")
    assert code == 0
    assert f"已核：重算 {count} 项公布的数字，其中 1 项已撤回" in said


def test_verify_figures_exits_with_3(run, tmp_path):
    assert run("publish", "bases.visits", "--period", "2021")[0] == 0
    with Log.open(cli_records(tmp_path), INSTALLED.types, INSTALLED.installed) as log:
        (said,) = (p.said for p in publish.published(log.store))
        wrong = tuple(evolve(f, value="9") for f in said.figures)
        wrong = evolve(said, figures=wrong, digest=publish.digest(wrong))
        log.append([Draft(event=wrong, recorder="x")], command="publish")
    assert run("verify")[0] == 0
    code, said, _ = run("verify", "--figures", lang="zh")
    assert code == 3
    assert "算术不同" in said
    assert "第 3 条，bases.visits，2021，all" in said
    code, said, _ = run("verify", "--figures", "--json")
    assert code == 3
    assert json.loads(said)["findings"][0]["place"] == "position 3, bases.visits, 2021, all"
    run("export", "out")
    assert run("verify", "out", "--figures")[0] == 3


def test_what_is_published_is_computed_from_the_log(run, tmp_path):
    assert run("show", "bases.persons", "--period", "2021")[0] == 0
    with closing(sqlite3.connect(tmp_path / "r/views.db")) as db, db:
        assert db.execute("UPDATE base_visits SET persons = 70").rowcount == 1
    assert "70" in run("show", "bases.persons", "--period", "2021")[1]
    assert run("publish", "bases.persons", "--period", "2021")[0] == 0
    with Store.open(tmp_path / "r/log.db") as store:
        (found,) = publish.published(store)
    assert found.said.figures[0].value == "30"


def cli_records(path):
    from lianjian.core.records import Records

    return Records.open(path / "r")


@pytest.mark.parametrize(
    ("args", "code", "zh", "en"),
    [
        (["bases"], 2, "--period", "--period"),
        ([], 2, "指标", "indicator"),
        (["bases", "--period", "soon"], 2, "soon", "soon"),
        (["bases", "--period", "2021", "--json"], 2, "--list", "--list"),
        (["bases", "--list"], 2, "--list", "--list"),
        (["bass", "--period", "2021"], 1, "bases", "bases"),
        (["core", "--period", "2021"], 1, "未公布 core", "core was not published"),
        (["bases", "--period", "2021", "--at", "9"], 2, "9", "9"),
    ],
)
def test_wrong_commands_are_told(run, args, code, zh, en):
    for lang, told in (("zh", zh), ("en", en)):
        found, said, err = run("publish", *args, lang=lang)
        assert (found, said) == (code, "")
        assert told in err
    assert json.loads(run("publish", "--list", "--json")[1]) == []
    assert run("publish", "--list")[1] == ""


def test_what_deserves_a_warning_is_told(run):
    _, _, err = run("publish", "bases.visits", "--period", "9000")
    assert "warning: the period 9000 is not over yet" in err
    run("record", "visit.held", "base=b", "day=2021-05-02", "--recorder", "synthetic")
    _, _, err = run("publish", "bases.visits", "--period", "2021", lang="zh")
    assert "含合成数据" in err
    assert run("verify", "--figures")[0] == 0
