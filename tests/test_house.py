"""The house: what the wheel holds, what imports what, and that names others rely on are there."""

import ast
import inspect
import io
import json
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
import zipfile
from pathlib import Path

import pytest

from lianjian.core import errors
from lianjian.core.registry import load
from lianjian.core.shapes import Choice, Leaf, Many, Mapped, Maybe, New, Record, Ref, Sealed, Term

ROOT = Path(__file__).parent.parent
MODULES = [*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/*.py"), ROOT / "cli.py"]


def test_the_top_level_is_what_it_should_be():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("not a git checkout")
    top = {name.split("/")[0] for name in listed}
    assert {n for n in top if not n.startswith(".")} <= {
        "core", "plugins", "cli.py", "pyproject.toml", "tests", "docs", "README.md",
        "README.zh.md", "CHANGELOG.md", "LICENSE", "Makefile", "py.typed",
    }  # fmt: skip


def test_the_wheel_holds_lianjian_and_nothing_else(tmp_path):
    # From a copy: setuptools builds in place, and would sweep up what an older build left there.
    left_out = shutil.ignore_patterns(".*", "build", "*.egg-info", "lianjian-demo", "__pycache__")
    shutil.copytree(ROOT, tmp_path / "source", ignore=left_out)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path),
         str(tmp_path / "source")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    ours = {n for n in names if not re.match(r"lianjian-[^/]+\.dist-info/", n)}
    data = [
        p
        for p in (ROOT / "core/data").iterdir()
        if p.suffix in (".csv", ".json") or p.name == "NOTICE"
    ]
    assert ours == {
        *(f"lianjian/{m.relative_to(ROOT).as_posix()}" for m in MODULES),
        *(f"lianjian/core/data/{p.name}" for p in data),
        "lianjian/py.typed",
    }
    assert not any("test" in n.split("/")[1] for n in ours if n != "lianjian/core/testing.py")


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_imports_us_by_our_name(module):
    text = module.read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from) (core|plugins|cli)\b", text, re.MULTILINE)
    assert not re.search(r"^\s*(import|from) click\b", text, re.MULTILINE)
    if module.parent.name == "plugins":
        assert not re.search(r"^from lianjian\.plugins", text, re.MULTILINE)


def test_every_public_thing_says_what_it_is():
    missing = []
    for module in MODULES:
        name = module.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        name = "lianjian." + name.removesuffix(".__init__")
        loaded = __import__(name, fromlist=["_"])
        if not loaded.__doc__:
            missing.append(name)
        for attribute, thing in vars(loaded).items():
            ours = getattr(thing, "__module__", "") == name
            public = ours and not attribute.startswith("_")
            code = inspect.isclass(thing) or inspect.isfunction(thing)
            if public and code and not thing.__doc__:
                missing.append(f"{name}.{attribute}")
    assert missing == []


def all_errors():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    return [c for c in classes if issubclass(c, errors.LianjianError)]


@pytest.mark.parametrize("error", all_errors(), ids=lambda c: c.__name__)
def test_every_error_speaks_both_languages_and_knows_a_way_out(error):
    if error is errors.LianjianError or error is errors.Fault:
        return
    names = {lang: set(re.findall(r"\{(\w+)", getattr(error, lang))) for lang in ("zh", "en")}
    assert names["zh"] == names["en"]
    assert re.search("[\u4e00-\u9fff]", error.zh) or error.zh == "{why}"
    assert error.__doc__
    if not issubclass(error, errors.Fault):
        if error is not errors.Undefined:
            assert error.hint_zh, "no hint"
            assert error.hint_en, "no hint"
        assert set(re.findall(r"\{(\w+)", error.hint_zh)) == set(
            re.findall(r"\{(\w+)", error.hint_en)
        )


# Names that scripts, ledgers and auditors rely on: the first contract's event types and indicators.

EVENTS = {
    "unit.registered": "unit name kind tier parent? code? uscc? day",
    "unit.reorganized": "change units into? name? code? parent? day",
    "headcount.declared": "unit category persons day",
    "term.defined": "scheme code zh en day",
    "activity.held": "activity day start? minutes? host cohosts? themes? formats? channel? "
    "lecturers? base? entry? aims? plan_items? cases? resources? attendance? posts? origin? topics?",
    "team.formed": "team kind name unit? target? day",
    "lecturer.enrolled": "lecturer team? unit? tier external capacity_minutes? name? day",
    "lecturer.released": "lecturer team? day",
    "base.opened": "base name kind unit? tier? capacity? slots? weekdays? day",
    "base.closed": "base day why?",
    "base.reopened": "base day why?",
    "visit.held": "visit? base day unit? persons? guided? activity?",
    "method.adopted": "method name scheme day criteria grades?",
    "score.reviewed": "unit method criterion period self_score? score why",
    "voided": "why",
}
INDICATORS = """
coverage.unit_reach coverage.persons coverage.map coverage.grid_fill coverage.minutes_per_head
coverage.tier_gap lecturers.sessions lecturers.minutes lecturers.idle lecturers.overloaded
lecturers.gini lecturers.half_load lecturers.sharing bases.visits bases.persons bases.utilisation
bases.gini bases.theil bases.theil_capacity bases.guided_share evaluation.score
evaluation.completeness evaluation.rank evaluation.hardness
"""


@pytest.mark.parametrize("name", EVENTS)
def test_event_types_have_the_fields_that_others_rely_on(name):
    type_ = load().types[name]
    fields = {n + ("" if f.required else "?") for n, f in type_.shape.fields.items()}
    assert fields == set(EVENTS[name].split())
    assert type_.version == 1


def test_indicators_have_the_names_that_others_rely_on():
    found = {i.name: i for f in load().families for i in f.indicators}
    assert set(INDICATORS.split()) <= found.keys()
    assert all(i.zh and i.en and re.search("[\u4e00-\u9fff]", i.zh) for i in found.values())
    assert all(i.of for i in found.values()), "an indicator has evidence"


def marks_of(shape):
    match shape:
        case Leaf(kind, marks):
            return {kind, *marks}
        case Maybe(of) | Many(of):
            return marks_of(of)
        case Mapped(key, of):
            return marks_of(key) | marks_of(of)
        case Record(_, fields):
            return set().union(*(marks_of(f.shape) for f in fields.values()))
        case Choice():
            return set()
    raise TypeError(shape)


def test_references_and_sealed_fields_are_marked():
    types = load().types
    assert Ref("base") in marks_of(types["visit.held"].shape)
    assert New("visit") in marks_of(types["visit.held"].shape)
    assert Sealed in marks_of(types["lecturer.enrolled"].shape)
    assert Ref("indicator") in marks_of(types["method.adopted"].shape)
    assert {Ref("unit"), Term("theme"), Term("post_category"), Ref("lecturer")} <= marks_of(
        types["activity.held"].shape
    )


def test_packages_are_declared_once():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    described = (ROOT / "docs/explanation/dependencies.md").read_text(encoding="utf-8")
    for group in (settings["project"]["dependencies"],
                  *settings["project"]["optional-dependencies"].values()):  # fmt: skip
        for requirement in group:
            name = re.match(r"[\w-]+", requirement)[0]
            assert name in described, f"{name} needs its reason"


def test_the_vocabularies_are_shipped():
    shipped = json.loads((ROOT / "core/data/vocabularies.json").read_text(encoding="utf-8"))
    assert {"theme", "format", "unit_kind", "tier", "entry", "post_category"} <= shipped.keys()
    assert len(shipped["theme"]) == 7


@pytest.mark.parametrize(
    "indicator", [i for f in load().families for i in f.indicators], ids=lambda i: i.name
)
def test_every_indicator_has_a_formula_that_any_console_can_show(indicator):
    assert indicator.formula
    words = {*re.findall(r"[A-Za-z]{4,}", indicator.formula)}
    assert words <= {"median", "rank"}, "a formula needs no language"
    for text in (indicator.formula, indicator.zh, indicator.en):
        text.encode("gbk")  # the least that a Chinese console has


def lines_of_code(path):
    """Return how many lines hold code: not blank, and neither comment nor docstring."""
    text = path.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    parsed = [n for n in ast.walk(ast.parse(text)) if isinstance(n, documented)]
    docs = [n.body[0] for n in parsed if ast.get_docstring(n, clean=False) is not None]
    passed = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    told = {n for d in docs for n in range(d.lineno, d.end_lineno + 1)}
    held = {
        n
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in passed and token.string
        for n in range(token.start[0], token.end[0] + 1)
    }
    return len(held - told)


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").glob("*.py")), ids=lambda p: p.stem)
def test_a_family_can_be_read_in_five_minutes(path):
    """A third of such a file are declarations; what grows beyond wants a room in core, or to be two."""
    assert lines_of_code(path) <= 450
    if path.stem != "bases":  # which explains the engine as well
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
