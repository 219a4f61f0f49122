"""Docs that cannot rot: generated pages are up to date, links lead somewhere, console blocks run.

A block of ```console is run line by line (`$ COMMAND`) in one folder a page; what stands below a
command must be what it prints, `…` standing for anything. `# exit 3` after a command is the exit
code that it must have.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def name(path):
    return path.relative_to(ROOT).as_posix()


def test_reference_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/generate.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_speaks_of_the_project_alone(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"/(root|home|tmp|work|usr)/", text)


def commands(text):
    """Yield (command, expected exit code, expected output) of a page's console blocks."""
    for block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found = re.search(r"\s+# exit (\d)$", command)
            code = int(found[1]) if found else 0
            yield command[: found.start()] if found else command, code, output.rstrip()


def matches(expected, found):
    pattern = ".*?".join(re.escape(p) for p in expected.split("…"))
    return re.fullmatch(pattern, found, re.DOTALL)


RUN = [p for p in PAGES if BLOCK.search(p.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", RUN, ids=name)
def test_console_blocks_do_what_they_say(page, tmp_path):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "LC_ALL": "zh_CN.UTF-8" if page.name.endswith(".zh.md") else "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "COLUMNS": "80",
    }
    (tmp_path / "here").mkdir()
    for command, code, expected in commands(page.read_text(encoding="utf-8")):
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path / "here", env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120,
        )  # fmt: skip
        found = "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())
        assert done.returncode == code, f"$ {command}\n{found}"
        if expected:
            assert matches(expected, found), f"$ {command}\n{found}"
