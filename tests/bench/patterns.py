"""What Wazuh's patterns cost on its test logs: to load, to scan for and to try; CPU time, best of five.

    python tests/bench/patterns.py

Patterns and logs come from ../shared/corpus beside the project; without it there is nothing to measure.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "pattern"))

from shipped_patterns import CORPUS, expressions, logs

from ospatrol.pattern.compiled import Pattern, compile_expression
from ospatrol.pattern.scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 5


def _best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        begin = process_time()
        work()
        best = min(best, process_time() - begin)
    return best


def _try_all(pairs: list[tuple[Pattern, str]]) -> int:
    return sum([pattern.test(log) for pattern, log in pairs])


def main() -> int:
    """Measures and prints."""
    if not CORPUS.is_dir():
        print("no corpus")
        return 0
    written = expressions("wazuh")
    print(f"load {len(written)} patterns: {_best(lambda: [compile_expression(one) for one in written]):.2f} s")
    patterns = [compile_expression(one) for one in written]
    by_atom: defaultdict[str, list[Pattern]] = defaultdict(list)
    for pattern in patterns:
        for atom in pattern.atoms or ():
            by_atom[atom].append(pattern)
    scanner = Scanner(sorted(by_atom))
    for name, lines in (
        ("short", [log for log in logs() if len(log) < 300]),
        ("long", [log for log in logs() if len(log) >= 300]),
    ):
        lower = [line.lower() for line in lines]
        size = sum(map(len, lines)) / len(lines)
        for what, scan in (("hits", scanner.hits), ("texts", scanner.texts)):
            each = _best(lambda scan=scan, lower=lower: [scan(line) for line in lower]) / len(lines)
            print(f"{name} ({size:.0f} B): scan for {len(by_atom)} atoms, {what}: {each * 1e6:.2f} us")
        pairs = [
            (pattern, line)
            for line in lines
            for pattern in {id(one): one for atom in scanner.texts(line.lower()) for one in by_atom[atom]}.values()
            if not pattern.literal and pattern.prefixes is None and pattern.equals is None
        ]
        found = _try_all(pairs)
        each = _best(lambda pairs=pairs: _try_all(pairs)) / len(pairs)
        print(f"{name}: {len(pairs)} tries of regular expressions, {found} found: {each * 1e6:.2f} us each")
        slowest = sorted(
            ((_best(lambda pair=pair: pair[0].test(pair[1])), pair[0]) for pair in pairs[::7]), key=lambda one: -one[0]
        )
        for took, pattern in slowest[:5]:
            print(f"    {took * 1e6:.0f} us {pattern.expression.text[:100]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
