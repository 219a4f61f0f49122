"""Print the largest resident memory, in MB, of one pass over a log: a process of its own.

python bench_memory.py replay|verify|export|verify-export RECORDS EXPORT
"""

import resource
import sys
from pathlib import Path

from lianjian.core.export import export
from lianjian.core.exported import verify_export
from lianjian.core.records import Records
from lianjian.core.registry import load
from lianjian.core.replay import replay
from lianjian.core.store import Store
from lianjian.core.trusted import Trusted
from lianjian.core.verify import verify


def peak() -> float:
    """Return this process's peak. On Linux `ru_maxrss` would count the parent's, before exec, too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text("ascii").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


what, folder, out = sys.argv[1], *map(Path, sys.argv[2:])
records, families = Records.open(folder), load().families
if what == "verify":
    assert not verify(records, families).findings
elif what == "export":
    export(records, out)
elif what == "verify-export":
    assert not verify_export(out, records.verifier_key(), Trusted()).findings
else:
    with Store.open(records.log) as store:
        assert not replay(records.views, store, families).stopped
print(peak())  # noqa: T201
