"""Measure lianjian beside raw SQLite, openssl and the PyPI package eventsourcing.

    python tests/bench/run.py [--events N] [--rounds N] [--json] [JOB …]

Ratios bind, absolute figures inform. How it is measured, and what came out, is told in
`docs/explanation/performance.md`.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from attrs import asdict
from bench_jobs import JOBS, Bench, Row
from rich.console import Console
from rich.table import Table


def main() -> None:
    """Run the jobs that are named, or all, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(JOBS)}")
    parser.add_argument("--events", type=int, default=300_000, help="in the longest log")
    parser.add_argument("--rounds", type=int, default=5, help="of which the medians are taken")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    if unknown := set(given.jobs) - JOBS.keys():
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="lianjian-bench-") as folder:
        # Guards have a copy in the state folder; those of the benchmark go with it.
        os.environ["XDG_STATE_HOME"] = os.environ["LOCALAPPDATA"] = folder
        bench = Bench(Path(folder), given.events, given.rounds)
        rows = []
        for name in given.jobs or JOBS:
            sys.stderr.write(f"{name} …\n")
            rows += JOBS[name](bench)
    if given.json:
        json.dump([asdict(r) | {"met": r.met} for r in rows], sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table(rows))


def table(rows: list[Row]) -> Table:
    """Return the rows as a table for people."""
    made = Table()
    for title in ("job", "ours", "beside", "its figure", "ratio", "required", "met"):
        made.add_column(
            title, justify="right" if title in ("ours", "its figure", "ratio") else "left"
        )
    for r in rows:
        met = {None: "", True: "yes", False: "NO"}[r.met]
        job = f"{r.job} ({r.note})" if r.note else r.job
        ratio = "" if r.ratio is None else f"{r.ratio:.2f}"
        made.add_row(
            job, _figure(r.ours, r.unit), r.beside, _figure(r.other, r.unit), ratio, r.required, met
        )
    return made


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


if __name__ == "__main__":
    main()
