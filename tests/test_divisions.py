"""The lists of the statistical bureau against what the package says of them."""

import csv
import io
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from lianjian.core.data import read
from lianjian.core.divisions import CUTOFFS, Change, applied, changes, known_at, units_at

HERE = Path(__file__).parent / "data" / "divisions"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "divisions"
STEPS = list(zip((None, *CUTOFFS), CUTOFFS, strict=False))
MOVES = list(pairwise(CUTOFFS))


def listed(cutoff):
    """Return {(code, name, parent)} as the original files have it, with an independent reader."""
    found = []
    for kind in ("streets", "villages"):
        lines = (HERE / f"jiading_{kind}_{cutoff}.csv").read_text("utf-8").splitlines()
        found += [tuple(line.split(",")) for line in lines[1:]]
    return found


def derived(before, after, *kinds):
    rows = csv.DictReader((HERE / "jiading_changes_DERIVED.csv").read_text("utf-8").splitlines())
    span = {"from": str(before), "to": str(after)}
    return [r for r in rows if r["kind"] in kinds and r.items() >= span.items()]


def packaged():
    """Rebuild the packaged file: every (code, name) with the first and last cut-off listing it."""
    seen = {}
    for cutoff in CUTOFFS:
        for code, name, _ in listed(cutoff):
            seen.setdefault((code, name), []).append(cutoff)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["first", "last", "code", "name"])
    for (code, name), days in sorted(seen.items(), key=lambda i: (len(i[0][0]), i[0][0], i[1])):
        gapless = CUTOFFS[CUTOFFS.index(days[0]) : CUTOFFS.index(days[-1]) + 1]
        assert tuple(days) == gapless, (code, name)
        writer.writerow([days[0], days[-1], code, name])
    return out.getvalue().encode()


def ids(before, after, kind, level=None):
    wanted = (c for c in changes(before, after) if c.kind == kind)
    return {c.unit for c in wanted if level in (None, c.level)}


def test_the_packaged_file_is_made_of_the_lists():
    assert read("jiading_divisions.csv") == packaged()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the original files are not on this machine")
def test_the_copies_are_the_originals():
    originals = sorted(SHARED.glob("*.csv"))
    assert len(originals) == 11
    for path in originals:
        assert (HERE / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=str)
def test_a_list_is_returned_exactly(cutoff):
    units = units_at(cutoff)
    below = [(u.code, u.name, u.parent) for u in units if u.level != "district"]
    assert sorted(below) == sorted(listed(cutoff))
    assert len(below) == len(set(below))
    assert [u.code for u in units if u.parent is None] == ["310114", "320583", "320585"]


@pytest.mark.parametrize(("before", "after"), STEPS, ids=str)
def test_changes_applied_to_one_list_give_the_next(before, after):
    old = known_at(before) if before else {}
    new = applied(old, changes(before, after))
    rows = [(u.code, u.name, new[u.parent].code) for u in new.values() if u.parent]
    assert sorted(rows) == sorted(listed(after))
    assert new == known_at(after)


def test_steps_add_up():
    state = {}
    for before, after in STEPS:
        state = applied(state, changes(before, after))
    whole = applied(known_at(CUTOFFS[0]), changes(CUTOFFS[0], CUTOFFS[-1]))
    assert state == whole == applied({}, changes(None, CUTOFFS[-1])) == known_at(CUTOFFS[-1])


@pytest.mark.parametrize(("before", "after"), STEPS, ids=str)
def test_every_change_can_be_recorded_where_it_stands(before, after):
    state = dict(known_at(before)) if before else {}
    for change in changes(before, after):
        if change.kind == "registered":
            assert change.unit not in state
        if change.kind == "close":
            assert all(u.parent != change.unit for u in state.values())
        assert change.parent is None or change.parent in state
        state = applied(state, [change])


def test_an_id_is_never_used_again():
    gone = set()
    for before, after in MOVES:
        assert not gone & ids(before, after, "registered")
        gone |= ids(before, after, "close")


def test_towns_have_names_for_ids():
    first = known_at(CUTOFFS[0])
    towns = {u.id: u.name for u in first.values() if u.parent == "jiading"}
    assert towns == {
        "xincheng": "新成路街道",
        "zhenxin": "真新街道",
        "juyuan": "菊园新区管委会",
        "jiadingzhen": "嘉定镇街道",
        "nanxiang": "南翔镇",
        "anting": "安亭镇",
        "malu": "马陆镇",
        "xuhang": "徐行镇",
        "huating": "华亭镇",
        "waigang": "外冈镇",
        "jiangqiao": "江桥镇",
        "industrial-zone": "嘉定工业区",
    }
    assert first["jiading"].name == "嘉定区"
    assert first["x320583100"].parent == "kunshan"
    assert first["x320585100"].parent == "taicang"
    assert first["v310114001001"].parent == "xincheng"


def test_the_towns_of_jiading_live_through_all_five():
    for cutoff in CUTOFFS:
        towns = {u.id for u in known_at(cutoff).values() if u.parent == "jiading"}
        assert len(towns) == 12
        assert towns == {u.id for u in known_at(CUTOFFS[0]).values() if u.parent == "jiading"}


def test_juyuan_keeps_its_identity_and_its_committees():
    happened = changes(CUTOFFS[0], CUTOFFS[1])
    assert [c for c in happened if c.unit == "juyuan"] == [
        Change("rename", "juyuan", "town", name="菊园新区"),
        Change("recode", "juyuan", "town", code="310114401"),
    ]
    assert [c for c in happened if c.unit == "v310114003001"] == [
        Change("recode", "v310114003001", "village", code="310114401001")
    ]
    assert not [c for c in happened if c.kind == "reparent"]


def test_a_committee_in_preparation_is_the_committee_it_becomes():
    happened = [c for c in changes(CUTOFFS[0], CUTOFFS[1]) if c.unit == "v310114003017"]
    assert happened == [
        Change("rename", "v310114003017", "village", name="嘉筱社区居委会"),
        Change("recode", "v310114003017", "village", code="310114401017"),
    ]
    # Recoded in the next step again, and still the same.
    assert known_at(CUTOFFS[-1])["v310114003018"].code == "310114401020"
    assert known_at(CUTOFFS[-1])["v310114003018"].name == "嘉莱社区居委会"


def test_villages_move_where_the_derived_file_says_so_and_nowhere_else():
    towns = {}
    for before, after in MOVES:
        old, new = known_at(before), known_at(after)
        code = {u.code: u.id for u in old.values()}
        said = {code[r["old_code"]]: r["new_code"] for r in derived(before, after, "reparented")}
        # A parent that was only recoded is the same parent.
        truly = {unit for unit, to in said.items() if old[unit].parent != new[unit].parent}
        assert ids(before, after, "reparent") == truly
        assert {unit: new[unit].code for unit in said} == said
        towns |= {new[unit].parent: old[unit].parent for unit in truly}
    assert towns == {"industrial-zone": "xuhang"}


def test_every_pair_of_the_derived_file_is_one_unit():
    for before, after in MOVES:
        code = {u.code: u.id for u in known_at(before).values()}
        for row in derived(before, after, "renamed", "recoded", "reparented"):
            unit = known_at(after)[code[row["old_code"]]]
            assert (unit.code, unit.name) == (row["new_code"], row["new_name"])


def test_what_else_is_recognised_is_known_by_name_and_preparation():
    """The derived file shows these as removed and added; look at each before adding one."""
    found = []
    for before, after in MOVES:
        removed = {r["old_code"] for r in derived(before, after, "removed")}
        old, new = known_at(before), known_at(after)
        found += [(u.name, new[i].name) for i, u in old.items() if i in new and u.code in removed]
    assert found == [
        ("菊园新区管委会", "菊园新区"),
        ("丰庄社区居委会（筹）", "丰庄社区居委会"),
        ("金栅桥社区居委会（筹）", "金栅桥社区居委会"),
        ("嘉筱社区居委会（筹）", "嘉筱社区居委会"),
        ("嘉莱社区居委会（筹）", "嘉莱社区居委会"),
        ("嘉绣社区居委会（筹）", "嘉绣社区居委会"),
        ("海上荟社区居委会（筹）", "海上荟社区居委会"),
        ("惠民家园社区居委会（筹）", "惠民家园社区居委会"),
        ("香溢澜庭社区居委会（筹）", "香溢澜庭社区居委会"),
        ("嘉宝梦之缘社区居委会（筹）", "嘉宝梦之缘社区居委会"),
        ("唐家苑社区居委会（筹）", "唐家苑社区居委会"),
    ]


def test_streets_outside_close_and_open():
    assert ids(CUTOFFS[1], CUTOFFS[2], "close", "town") == {
        "x320583105",
        "x320583107",
        "x320583109",
    }
    assert ids(CUTOFFS[1], CUTOFFS[2], "registered", "town") == {"x320583401"}
    assert known_at(CUTOFFS[2])["x320583400"].name == "昆山开发区"


def test_between_two_lists_nothing_is_known():
    with pytest.raises(ValueError, match="not in tuple"):
        units_at(date(2019, 1, 1))
