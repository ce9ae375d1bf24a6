"""Every figure of docs/performance.md, one script after the other: `make bench`. Best on a quiet machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_SCRIPTS = (
    ("start.py",),
    ("inventory_50000.py",),
    ("diff_2000.py",),
    ("store_million.py",),
    ("ssh_sessions_500.py",),
    ("fleet_scan.py",),
    ("fleet_memory.py",),
    ("patterns.py",),
    ("log_engine.py",),
)


def main() -> int:
    """Run them all; the worst exit status."""
    worst = 0
    for name, *arguments in _SCRIPTS:
        print(f"\n== {name} {' '.join(arguments)}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, str(_HERE / name), *arguments], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
