"""The rule engine on logs: events per CPU-second by corpus, by number of rules, and by number of processes.

Needs the shared corpus for rules and for the templates of the lines. Each line of the output has a calibration beside
it, the CPU time of a fixed loop in the same run, so that figures of different days compare.

    python tests/bench/log_engine.py [LINES]
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import msgspec
from log_corpora import SHARED, lines_of

from ospatrol.decode.decoders import Decoders
from ospatrol.engine.compile import compile_rules
from ospatrol.engine.memory import Memory
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.model.rule import Condition, Rule
from ospatrol.patrol.analyse import Counts, Source, analyse
from ospatrol.patrol.blocks import blocks
from ospatrol.patrol.lines import LineJudge, LineReader
from ospatrol.patrol.log_rules import LogRules, read_folders
from ospatrol.patrol.shards import analyse_sharded

GOALS = {
    ("ossec", "mixed"): 60_000,
    ("ossec", "sshd"): 40_000,
    ("ossec", "linux"): 26_000,
    ("ossec", "mac"): 0,
    ("ossec", "asa"): 45_000,
    ("ossec", "apache"): 45_000,
    ("wazuh", "short"): 25_000,
    ("wazuh", "sshd"): 0,
    ("wazuh", "json"): 8_000,
}
"""Events per CPU-second that the engine must reach; 0 for none. OSSEC's daemon: 24,000 to 31,000 on `mixed`."""


def calibration() -> float:
    """CPU seconds of a fixed loop."""
    began = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number * number % 7
    return time.process_time() - began


def raw_log(name: str, count: int) -> bytes:
    return "".join(f"{line}\n" for line in lines_of(name, count)).encode("utf-8", "surrogateescape")


def judge_of(rules: Iterable[Rule], read: LogRules) -> LineJudge:
    ruleset = compile_rules(list(rules), lists=read.lists)
    reader = LineReader(Decoders(read.decoders), read.semantics, own_clock=True)
    return LineJudge(reader, Matcher(ruleset), Memory(ruleset))


def measured(judge: LineJudge, raw: bytes, workers: int = 1) -> tuple[Counts, float, float]:
    """Counts, CPU seconds of all processes, wall seconds."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    source = [Source(blocks(BytesIO(raw)), "bench", "localhost", 1.7e9)]
    before, began = _cpu(), time.perf_counter()
    if workers == 1:
        counts = analyse(judge, source, lambda _: None)
    else:
        counts = analyse_sharded(judge, source, lambda _: None, workers)
    return counts, _cpu() - before, time.perf_counter() - began


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def by_corpus(read: dict[str, LogRules], count: int) -> None:
    for (dialect, name), goal in GOALS.items():
        size = count // 5 if name == "json" else count
        counts, cpu, _ = measured(judge_of(read[dialect].rules, read[dialect]), raw_log(name, size))
        rate = counts.events / cpu
        print(
            f"{dialect:6} {name:7} {rate:9,.0f} events/CPU-s  goal {goal or '-':>6}"
            f"  {cpu / counts.events * 1e6:5.1f} µs"
            f"  {counts.alerts:7,} alerts  calibration {calibration():.3f} s"
        )


def by_number_of_rules(read: LogRules, count: int) -> None:
    raw = raw_log("short", count)
    for number in (100, 1_000, 4_500, 20_000):
        judge = judge_of(so_many(read.rules, number), read)
        measured(judge, raw)  # views and shapes are made once
        counts, cpu, _ = measured(judge, raw)
        print(f"{len(judge.ruleset.rules):7,} rules {cpu / counts.events * 1e6:6.1f} µs an event")


def so_many(rules: Sequence[Rule], number: int) -> list[Rule]:
    """The first so many rules that hang together; more than there are come as copies that look for other words."""
    chosen: dict[int, Rule] = {}
    for rule in rules:
        if len(chosen) < number and all(parent in chosen for parent in rule.parents):
            chosen[rule.id] = rule
    copy = 0
    while len(chosen) < number:
        copy += 1
        for rule in rules:
            if len(chosen) >= number:
                break
            if rule.parents and rule.conditions and rule.correlation is None:
                identity = rule.id + copy * 10_000_000
                chosen[identity] = msgspec.structs.replace(
                    rule, id=identity, conditions=tuple(_other(each, copy) for each in rule.conditions)
                )
    return list(chosen.values())


def _other(condition: Condition, copy: int) -> Condition:
    if condition.operator.value != "regex" or condition.negate:
        return condition
    return msgspec.structs.replace(condition, operands=tuple(f"{each}{copy}q" for each in condition.operands))


def by_processes(read: LogRules, count: int) -> None:
    for name in ("sshd", "mixed"):
        raw = raw_log(name, count)
        alone = 0.0
        for workers in (1, 2):
            _, cpu, wall = measured(judge_of(read.rules, read), raw, workers)
            alone = alone or wall
            print(
                f"{name:7} {workers} processes {wall:6.2f} s wall {cpu:6.2f} s CPU  {alone / wall:4.2f} times as fast"
            )


def loading() -> None:
    for dialect in ("ossec", "wazuh"):
        began = time.process_time()
        read = read_folders([SHARED / dialect], Semantics(dialect))
        between = time.process_time()
        judge_of(read.rules, read)
        print(f"{dialect:6} read {between - began:.2f} s, made ready {time.process_time() - between:.2f} s CPU")


def main() -> None:
    """Print all figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    loading()
    read = {each: read_folders([SHARED / each], Semantics(each)) for each in ("ossec", "wazuh")}
    by_corpus(read, count)
    by_number_of_rules(read["wazuh"], count // 5)
    by_processes(read["ossec"], 2 * count)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB of memory at most, lines included")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
