"""Print the largest resident memory, in MB, of one replay or verification: a process of its own."""

import resource
import sys
from pathlib import Path

from lianjian.core.records import Records
from lianjian.core.registry import load
from lianjian.core.replay import replay
from lianjian.core.store import Store
from lianjian.core.verify import verify


def peak() -> float:
    """Return this process's peak. On Linux `ru_maxrss` would count the parent's, before exec, too."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text("ascii").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


records, families = Records.open(Path(sys.argv[2])), load().families
if sys.argv[1] == "verify":
    assert not verify(records, families).findings
else:
    with Store.open(records.log) as store:
        assert not replay(records.views, store, families).stopped
print(peak())  # noqa: T201
