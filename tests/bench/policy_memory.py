"""Memory of `ospatrol policy run` on fleets of loopback hosts, by how many hosts there are: it should hardly grow.

    python tests/bench/policy_memory.py POLICY.yml [--hosts 10 40] [--together 10]

What grows is what a report needs of each host: its findings. What hosts said is on disk once it is judged.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Fleet


def peak_mib(folder: Path, policy: Path, together: int) -> tuple[int, float]:
    """How a run ends, and the most memory that it took, in MiB."""
    words = ("policy", "run", str(policy), "all", "-i", str(folder / "hosts.ini"), "-f", str(together), "-q")
    state = {"OSPATROL_STATE": str(folder / "state")}
    command = [sys.executable, "-m", "ospatrol.cli.main", *words, "-o", f"json:{folder / 'out.json'}"]
    run = subprocess.Popen(command, env={**os.environ, **state}, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, used.ru_maxrss / 1024


def main() -> None:
    """Measure each size of fleet."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("policy", type=Path)
    options.add_argument("--hosts", type=int, nargs="+", default=[10, 40])
    options.add_argument("--together", type=int, default=10)
    given = options.parse_args()
    for hosts in given.hosts:
        with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name, Fleet(Path(name), hosts, 1):
            status, peak = peak_mib(Path(name), given.policy.resolve(), given.together)
            print(f"{hosts} hosts, {given.together} at once: {peak:.0f} MiB, exit status {status}", flush=True)


if __name__ == "__main__":
    main()
