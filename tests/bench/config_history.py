"""History, diff and blame of one device among many: `python tests/bench/config_history.py [--devices N --revisions N]`.

The history is written as runs write it (one commit a device and change, in the order of runs), but in one stream.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ospatrol.integrity.config_diff import diff_configs
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.load.device_profile import read_device_profile
from ospatrol.store.config_history import FOLDER, ConfigHistory, Note, _branch

PROFILES = Path(__file__).resolve().parents[2] / "playbooks" / "devices"
LIMIT_S = 1.0


def main() -> int:
    """Build, measure, print; 1 if a figure is over the limit."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--devices", type=int, default=1000)
    reader.add_argument("--revisions", type=int, default=100)
    reader.add_argument("--lines", type=int, default=300)
    wanted = reader.parse_args()
    with tempfile.TemporaryDirectory(prefix="ospatrol-history-") as folder:
        history = ConfigHistory(Path(folder))
        first = time.perf_counter()
        _build(history, Path(folder) / FOLDER, wanted)
        print(f"built {wanted.devices:,} x {wanted.revisions} in {time.perf_counter() - first:.0f} s")
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        print(f"size {size / 1e6:.0f} MB")
        return max(_measure(history, f"r{wanted.devices // 2}", wanted.revisions))


def _measure(history: ConfigHistory, host: str, revisions: int) -> Iterator[int]:
    found = history.revisions(host, "running")
    assert len(found) == revisions, len(found)
    ready = _ready()

    def diff() -> object:
        listed = history.revisions(host, "running")
        before, after = (history.text(host, "running", each.id) for each in (listed[-1], listed[0]))
        assert before
        assert after
        return diff_configs(before, after, ready)

    yield _timed("history", lambda: history.revisions(host, "running"))
    yield _timed("show", lambda: history.text(host, "running"))
    yield _timed("diff of the first and the last", diff)
    yield _timed("blame", lambda: history.blame(host, "running"))
    append = Note(host=host, at=time.time(), run="bench", task="config", author="bench", subject="changed")
    yield _timed("append", lambda: history.append(append, {"running": f"hostname {random.random()}\n"}))


def _timed(name: str, work: Callable[[], object]) -> int:
    took = []
    for _ in range(5):
        first = time.perf_counter()
        work()
        took.append(time.perf_counter() - first)
    worst = max(took)
    print(f"{name:32} median {sorted(took)[2] * 1000:7.1f} ms   worst {worst * 1000:7.1f} ms")
    return int(worst > LIMIT_S)


def _ready() -> ReadyProfile:
    ios, general = (
        read_device_profile((PROFILES / f"{name}.yml").read_text(), name) for name in ("cisco_ios", "generic")
    )
    return ReadyProfile(ios, general)


def _build(history: ConfigHistory, repository: Path, wanted: argparse.Namespace) -> None:
    seed = Note(host="seed", at=1_700_000_000, run="run", task="config", author="bench", subject="first")
    history.append(seed, {"running": "hostname seed\n"})
    with subprocess.Popen(
        ["git", f"--git-dir={repository}", "fast-import", "--quiet", "--done", "--date-format=raw"],
        stdin=subprocess.PIPE,
    ) as git:
        assert git.stdin
        for piece in _stream(wanted.devices, wanted.revisions, wanted.lines):
            git.stdin.write(piece)
        git.stdin.close()
        assert git.wait() == 0
    history._tidy()


def _stream(devices: int, revisions: int, lines: int) -> Iterator[bytes]:
    chance = random.Random(1)
    configs = {
        device: [
            f"interface Gi{line // 24}/{line % 24}\n description port {line} of r{device}\n"
            for line in range(lines // 2)
        ]
        for device in range(devices)
    }
    at = 1_700_000_001
    begun: dict[bytes, bytes] = {b"refs/heads/main": b"from refs/heads/main^0\n"}
    for revision in range(revisions):
        for device, config in configs.items():
            if revision:
                config[chance.randrange(len(config))] = (
                    f"interface Te{revision}/{device}\n description {chance.random()}\n"
                )
            body = "".join(config).encode()
            message = f"r{device}: changed\n\nRun: run{revision}\nTask: config\nDigest-running: {'0' * 64}\n".encode()
            at += 1
            own = _branch(f"r{device}").encode()
            for branch, path in ((own, b"running.cfg"), (b"refs/heads/main", b"r%d/running.cfg" % device)):
                yield b"commit %s\nauthor b <b@x> %d +0000\ncommitter b <b@x> %d +0000\n" % (branch, at, at)
                yield b"data %d\n%s\n" % (len(message), message) + begun.pop(branch, b"")
                yield b"M 100644 inline %s\ndata %d\n%s\n" % (path, len(body), body)
    yield b"done\n"


if __name__ == "__main__":
    sys.exit(main())
