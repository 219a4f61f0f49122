"""Controlled terms: every way people write one leads to its code, and to no other."""

import json
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianjian.core.data import read
from lianjian.core.errors import Fault, UnknownScheme, UnknownTerm
from lianjian.core.vocabulary import VocabularyTerm, find, installed, nearest, term

MISSION = Path(__file__).parents[2] / "shared" / "mission" / "vocabularies.json"
TERMS = [(scheme, t) for scheme, terms in installed().items() for t in terms.values()]


def wide(text):
    """Write ASCII full-width, as a Chinese input method does."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.skipif(not MISSION.is_file(), reason="the mission is not on this machine")
def test_the_package_brings_the_terms_of_the_mission():
    ours = json.loads(read("vocabularies.json"))
    for scheme, rows in json.loads(MISSION.read_bytes()).items():
        assert ours[scheme][: len(rows)] == rows  # those that we added stand behind them


def test_known_answers():
    assert len(installed()) == 39
    assert list(installed()["entry"]) == ["organ", "town", "village", "enterprise"]
    assert term("theme", "warning") == VocabularyTerm("warning", "警示教育", "Warning education")
    assert term("unit_kind", "village").text("zh") == "村居"
    assert term("unit_kind", "village").text("en") == "Village or residents' committee"
    assert find("theme", "警示教育") == "warning"
    assert find("theme", " WARNING Education ") == "warning"
    assert find("form", "第一种形态") == "1"
    assert find("format", "专题培训／辅导") == "special"
    assert find("theme", "警示") is None
    assert find("tier", "警示教育") is None
    assert list(installed()["outcome"]) == ["met", "partly", "unmet"]
    assert find("resource_kind", "警示案例通报") == "case_notice"
    assert find("retention", "30 years") == "30y"
    assert term("duty", "announce").text("zh") == "处分决定宣布"


def test_sizes_are_those_the_formulas_use():
    assert {s: len(t) for s, t in installed().items() if s in {"theme", "format", "role"}} == {
        "theme": 7,  # evenness is entropy / ln 7
        "format": 17,
        "role": 5,
    }


def test_no_two_terms_of_a_scheme_read_alike():
    for scheme, terms in installed().items():
        texts = [{x.casefold() for x in (t.code, t.zh, t.en)} for t in terms.values()]
        assert len(set(chain.from_iterable(texts))) == sum(map(len, texts)), scheme


@given(st.sampled_from(TERMS), st.sampled_from([str, str.upper, str.lower, wide, "  {} ".format]))
def test_every_name_of_a_term_leads_to_it(pair, write):
    scheme, t = pair
    assert {find(scheme, write(x)) for x in (t.code, t.zh, t.en)} == {t.code}


@given(st.sampled_from(TERMS), st.data())
def test_find_never_guesses(pair, data):
    scheme, t = pair
    name = data.draw(st.sampled_from([t.code, t.zh, t.en]))
    cut = data.draw(st.integers(0, len(name) - 1))
    shorter = name[:cut] + name[cut + 1 :]
    code = find(scheme, shorter)
    if code is not None:  # "P11" without a digit would be "P1", rightly so
        found = installed()[scheme][code]
        assert shorter.strip().casefold() in {x.casefold() for x in (code, found.zh, found.en)}


def test_nearest_terms():
    assert [t.code for t in nearest("theme", "警示")] == ["warning"]
    assert nearest("theme", "廉洁文化教育")[0].code == "clean_culture"
    assert nearest("format", "lectrue")[0].code == "lecture"
    assert len(nearest("theme", "教育", n=2)) == 2
    assert nearest("theme", "xyzzy") == ()


def test_an_unknown_term_names_the_near_ones_in_both_languages():
    with pytest.raises(UnknownTerm) as caught:
        term("theme", "warnin")
    assert isinstance(caught.value, Fault)
    assert "warning（警示教育）" in caught.value.message("zh")
    assert "warning (Warning education)" in caught.value.message("en")


def test_where_none_is_near_all_are_named():
    with pytest.raises(UnknownTerm, match=r"organ .*, town .*, village .*, enterprise "):
        term("entry", "xyzzy")


@pytest.mark.parametrize("ask", [term, find, nearest])
def test_an_unknown_scheme_is_refused(ask):
    with pytest.raises(UnknownScheme) as caught:
        ask("themes", "warning")
    assert "theme, topic" in caught.value.hint("zh")


def test_terms_that_a_log_defines_count_where_they_are_known():
    opera = VocabularyTerm("opera", "廉政戏曲", "Integrity opera")
    known = {**installed(), "format": {**installed()["format"], "opera": opera}}
    assert find("format", "廉政戏曲", known) == "opera"
    assert find("format", "廉政戏曲") is None
    assert term("format", "opera", known) == opera
    assert nearest("format", "戏曲", known=known) == (opera,)


def test_nobody_can_change_what_is_installed():
    with pytest.raises(TypeError):
        installed()["theme"] = {}
    with pytest.raises(TypeError):
        installed()["theme"]["warning"] = None
