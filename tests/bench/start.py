"""How fast the command line answers: `--help`, and `--list-hosts` of 1,000 hosts, as whole processes.

The ratio to a bare `python -c pass` says more than milliseconds do on a shared machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ROUNDS = 9
_PLAY = "- hosts: all\n  tasks:\n    - files: {paths: [/etc]}\n"


def wall_ms(command: list[str], cwd: Path) -> float:
    """The median of several rounds."""
    rounds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
        rounds.append((time.perf_counter() - started) * 1000)
    return statistics.median(rounds)


def main() -> None:
    """Print each figure."""
    with tempfile.TemporaryDirectory(prefix="ospatrol-bench-") as name:
        folder = Path(name)
        (folder / "play.yml").write_text(_PLAY)
        (folder / "hosts.ini").write_text("".join(f"h{number:04d} ansible_port=22\n" for number in range(1000)))
        ospatrol = [sys.executable, "-m", "ospatrol.cli.main"]
        bare = wall_ms([sys.executable, "-c", "pass"], folder)
        print(f"python -c pass                    {bare:6.0f} ms")
        for what, words in (
            ("ospatrol --help", ["--help"]),
            ("--list-hosts of 1,000 hosts", ["run", "play.yml", "-i", "hosts.ini", "--list-hosts"]),
        ):
            took = wall_ms([*ospatrol, *words], folder)
            print(f"{what:<33} {took:6.0f} ms  {took / bare:4.1f}x")


if __name__ == "__main__":
    main()
