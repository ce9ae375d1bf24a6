"""How long it takes to compare two snapshots of 2,000 files with 30 changes: best of 50.

    python tests/bench/diff_2000.py [FILES] [CHANGES]

The calibration is a fixed loop of the interpreter, so that figures of different machines and days compare.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from time import perf_counter

from ospatrol.integrity.diff import diff
from ospatrol.integrity.snapshot import built
from ospatrol.model.files import FileScope, Snapshot

_ROUNDS = 50


def snapshot(files: int, changed: int) -> Snapshot:
    """A tree whose first files have other content, mtime and ctime than in an unchanged one."""
    return built(_entry(number, 1 if number < changed else 0) for number in range(files))


def _entry(number: int, generation: int) -> tuple[bytes, bytes, bytes]:
    stamp = 1_700_000_000 + number + generation
    path = f"/usr/share/package-{number % 50}/directory-{number % 7}/file-{number}.conf"
    head = f"f 644 0 0 {1000 + number} {stamp}.1234567890 {stamp}.1234567890 {number} 1 2049 {path}".encode()
    return head, b"", sha256(f"{number} {generation}".encode()).hexdigest().encode()


def best_ms(act: Callable[[], object]) -> float:
    """The fastest of many rounds, in milliseconds."""
    times = []
    for _ in range(_ROUNDS):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return round(min(times) * 1000, 3)


def main() -> None:
    """Print the figures as one line of JSON."""
    files, changes = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (2000, 30)
    before, after, scope = snapshot(files, 0), snapshot(files, changes), FileScope(paths=("/usr",))
    same = Snapshot(listing=bytes(bytearray(before.listing)), extras=bytes(bytearray(before.extras)))
    assert len(diff(before, after, scope).changes) == changes
    print(
        json.dumps(
            {
                "files": files,
                "changes": changes,
                "diff_ms": best_ms(lambda: diff(before, after, scope)),
                "unchanged_ms": best_ms(lambda: diff(before, same, scope)),
                "calibration_ms": best_ms(lambda: sum(number * number for number in range(100_000))),
            }
        )
    )


if __name__ == "__main__":
    main()
