"""Memory of a sweep that hashes 20,000 files on every host: it must not grow with the number of hosts.

python tests/bench/fleet_memory.py [--hosts 50 100] [--files 20000]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fleet_scan import measure, say
from loopback import Fleet


def main() -> None:
    """Print the largest resident memory for each number of hosts."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hosts", type=int, nargs="+", default=[50, 100])
    options.add_argument("--files", type=int, default=20_000)
    given = options.parse_args()
    for hosts in given.hosts:
        with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name:
            folder = Path(name)
            with Fleet(folder, hosts, given.files, bytes_a_file=500) as fleet:
                play = f"- hosts: all\n  tasks:\n    - name: tree\n      files:\n        paths: [{fleet.tree}]\n"
                (folder / "play.yml").write_text(play)
                run = [sys.executable, "-m", "ospatrol.cli.main", "run", "play.yml", "-i", "hosts.ini", "-q"]
                say(f"{hosts} hosts x {given.files} files, first scan", measure(fleet, run, folder), hosts)
                say(f"{hosts} hosts x {given.files} files, nothing changed", measure(fleet, run, folder), hosts)


if __name__ == "__main__":
    main()
