"""The benchmark runs: each job at a tiny size, so that it cannot rot. Nothing is timed here."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "bench/run.py"
JOBS = (
    "rebuild",
    "families",
    "append",
    "append-one",
    "verify",
    "verify-export",
    "figures",
    "memory",
    "start",
)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_runs(job):
    command = [sys.executable, RUN, job, "--events", "40", "--rounds", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    measured = [r for r in rows if r["ours"]]
    assert measured or job == "start", rows
    beside = [r for r in measured if r["beside"] and r["ratio"] is None]
    assert not beside or importlib.util.find_spec("eventsourcing") is None


def test_every_job_is_run_here():
    wide = {**os.environ, "COLUMNS": "200"}  # where nothing is broken at a hyphen
    done = subprocess.run(
        [sys.executable, RUN, "--help"], capture_output=True, text=True, check=True, env=wide
    )
    assert ", ".join(JOBS) in " ".join(done.stdout.split())


def test_the_table_is_for_people():
    command = [sys.executable, RUN, "append-one", "--events", "5", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "append one visit" in done.stdout
    assert "raw SQLite" in done.stdout
