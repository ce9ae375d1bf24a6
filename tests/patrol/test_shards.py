from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.memory import Memory, MemoryState
from ospatrol.engine.view import Matcher
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Rule, Source
from ospatrol.patrol import shards
from ospatrol.patrol.analyse import Counts, analyse
from ospatrol.patrol.analyse import Source as Log
from ospatrol.patrol.blocks import blocks
from ospatrol.patrol.lines import LineJudge, RawLine
from ospatrol.patrol.shards import WorkerLost, analyse_sharded

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from gates import AT, OWN, Gates, gates, traffic

pytestmark = pytest.mark.no_cover

LINES = 29_000
"""More than 3 MB, a dozen blocks."""


@pytest.fixture(scope="module")
def log() -> bytes:
    return b"\n".join(each + b" " + b"-" * 60 for each in traffic(7, LINES))


def run(ready: Gates, raw: bytes, workers: int, state: MemoryState | None = None) -> tuple[bytes, Counts, MemoryState]:
    """The alerts, the counts and what is remembered."""
    judge = ready.judge(state)
    out: list[bytes] = []
    sources = [Log(blocks(BytesIO(raw)), "/var/log/gate.log", "gate", AT)]
    if workers > 1:
        counts = analyse_sharded(judge, sources, out.append, workers)
    else:
        counts = analyse(judge, sources, out.append)
    return b"".join(out), counts, judge.memory.state()


def plain(state: MemoryState) -> object:
    """A state without the numbers of events, of which several processes count only those that matter."""
    found = msgspec.to_builtins(state)
    found["number"] = None
    found["histories"] = {
        name: [(at, mark, values, counted) for at, _, mark, values, counted in entries]
        for name, entries in found["histories"].items()
    }
    return found


@pytest.mark.parametrize("name", OWN)
def test_one_two_and_four_processes_say_the_same_in_the_same_order(log: bytes, name: str) -> None:
    assert len(log) > 3_000_000
    assert len(list(blocks(BytesIO(log)))) > 10

    alone = run(gates(name), log, 1)

    rules = Counter(msgspec.json.decode(each)["rule"] for each in alone[0].splitlines())
    # counted, silent for a while, changed, new, filled in
    assert {100101, 100103, 100104, 100105, 100106, 100107, 100108} <= rules.keys()
    assert min(rules.values()) > 4
    for workers in (2, 4):
        shared = run(gates(name), log, workers)
        assert shared[0] == alone[0]
        assert shared[1] == alone[1]
        assert plain(shared[2]) == plain(alone[2])


@pytest.mark.parametrize("name", OWN)
def test_what_is_remembered_goes_on_with_more_processes(name: str) -> None:
    lines = list(traffic(3, 6000))
    half = len(lines) // 2
    first, second = b"\n".join(lines[:half]), b"\n".join(lines[half:])

    before, _, state = run(gates(name), first, 1)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=MemoryState)
    alone = run(gates(name), second, 1, kept)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=MemoryState)
    shared = run(gates(name), second, 3, kept)

    assert before
    assert alone[0] == shared[0] != run(gates(name), second, 1)[0]


def test_hostile_bytes_go_through_pipes() -> None:
    lines = [
        b"Dec 10 06:55:46 gate doord[9]: badge 1 refused at " + bytes([code]) * 3 + b" from x"
        for code in range(256)
        if code not in b"\n"
    ]
    lines += [b"\0" * 70_000, b"{" * 70_000, b'{"door":' * 9000]

    for name in OWN:
        raw = b"\n".join(lines * 8)
        assert run(gates(name), raw, 1)[:2] == run(gates(name), raw, 3)[:2]


@pytest.mark.parametrize("place", ["/var/log/\udcff.log", "/var/log/журнал.log", "/var/log/\x1b[2J.log"])
def test_a_log_may_be_called_anything(place: str) -> None:
    first = b"Dec 10 06:55:46 gate doord[9]: badge 1 refused at cellar from 10.0.0.1"
    raw = first + b"\nDec 10 06:55:46 gate keyd: key of a at b"
    told = []
    for workers in (1, 2):
        out: list[bytes] = []
        judge = gates("wazuh").judge()
        sources = [Log(blocks(BytesIO(raw)), place, "grüße", AT)]
        if workers > 1:
            analyse_sharded(judge, sources, out.append, workers)
        else:
            analyse(judge, sources, out.append)
        msgspec.msgpack.encode(judge.memory.state())
        told.append(b"".join(out))

    alert = msgspec.json.decode(told[0].splitlines()[0])
    assert told[0] == told[1]
    assert alert["host"] == "grüße"
    assert alert["location"] == {"ж": place, "\udcff": "/var/log/\\xff.log"}.get(place[9], "/var/log/\\x1b[2J.log")


def _children() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid]


@pytest.mark.parametrize("after", [1, 300, 3000])
def test_a_killed_process_is_an_error_and_never_the_end_of_waiting(log: bytes, after: int) -> None:
    out: list[bytes] = []

    def emit(raw: bytes) -> None:
        out.append(raw)
        if len(out) == after:
            os.kill(_children()[0], signal.SIGKILL)

    with pytest.raises(WorkerLost, match="killed"):
        analyse_sharded(gates("wazuh").judge(), [Log(blocks(BytesIO(log)), "l", "h", AT)], emit, 3)
    assert _children() == []


def test_a_process_that_is_gone_before_it_gets_its_block_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_work", lambda *_: os._exit(9))

    with pytest.raises(WorkerLost):
        run(gates("wazuh"), b"\n".join(traffic(1, 60_000)), 2)


def test_a_process_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    parent = os.getpid()
    really = shards.work_alone

    def worked(*given: object) -> object:
        if os.getpid() != parent:
            raise MemoryError
        return really(*given)

    monkeypatch.setattr(shards, "work_alone", worked)

    with pytest.raises(WorkerLost):
        run(gates("wazuh"), b"\n".join(traffic(1, 60_000)), 2)


def test_the_command_says_that_a_process_was_killed(tmp_path: Path, log: bytes) -> None:
    from gates import Semantics, write

    folder = write(tmp_path / "rules", Semantics.WAZUH)
    (tmp_path / "gate.log").write_bytes(log)
    killer = (
        "import os, signal, sys\n"
        "from ospatrol.patrol import shards\n"
        "shards._work = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from ospatrol.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["analyse", "--ruleset", str(folder), "--workers", "3", "-o", "jsonl", str(tmp_path / "gate.log")]
    told = subprocess.run(
        [sys.executable, "-c", killer, *words],
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
    )

    assert told.returncode not in {0, 3}, told.stdout[:200]
    assert b"killed" in told.stderr


def test_who_presses_ctrl_c_sees_no_more_than_that_it_ended(tmp_path: Path, log: bytes) -> None:
    from gates import Semantics, write

    folder = write(tmp_path / "rules", Semantics.WAZUH)
    main = (
        "import signal, sys; from ospatrol.cli.main import main;"
        "signal.signal(signal.SIGINT, signal.default_int_handler);"  # a job in the background ignores it
        "sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", main, "analyse", "--ruleset", str(folder), "--workers", "2", "-"]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that all of it is interrupted, as by a terminal
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
    ) as running:
        assert running.stdin is not None
        running.stdin.write(log)  # comes back when all but a little of it was taken in
        running.stdin.flush()
        os.killpg(running.pid, signal.SIGINT)
        _, told = running.communicate(timeout=60)

    assert running.returncode == 130
    assert told == b"\nospatrol: interrupted\n"  # the first ends the line of ^C


def test_blocks_that_wait_for_a_slow_one_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = os.getpid()
    really, taken, most = shards.work_alone, 0, 0
    gate = multiprocessing.get_context("fork").Event()

    def worked(judge: LineJudge, task: shards.Task, keep: object) -> shards.Done:
        if os.getpid() != parent and task.block.raw.startswith(b"slow"):
            assert gate.wait(60)
        return really(judge, task, keep)

    def parts():
        nonlocal taken
        yield shards.Block(b"slow")
        for _ in range(300):
            taken += 1
            if taken > shards._UNFINISHED + 8:
                gate.set()
            yield shards.Block(b"quick")

    really_wait = shards.wait

    def wait(pipes: object, timeout: float | None) -> object:
        nonlocal most
        most = max(most, taken)
        if timeout is None and taken > shards._UNFINISHED:
            gate.set()  # it waits, and takes no more
        return really_wait(pipes, timeout)

    monkeypatch.setattr(shards, "work_alone", worked)
    monkeypatch.setattr(shards, "wait", wait)
    released_at: list[int] = []
    really_set = gate.set
    monkeypatch.setattr(gate, "set", lambda: (released_at.append(taken), really_set()))

    counts = analyse_sharded(gates("wazuh").judge(), [Log(parts(), "l", "h", AT)], lambda _: None, 2)

    assert counts.events == 301
    assert released_at[0] <= shards._UNFINISHED + 8


def many_questions(count: int, *, silent: bool) -> Ruleset:
    """A ruleset in which one line asks many rules about earlier ones."""
    root = Rule(
        id=1,
        level=3,
        description="d",
        place=Place("r", 1),
        conditions=(Condition(field="kind", operator=Operator.EQUALS, operands=("log",)),),
    )
    asking = [
        Rule(
            id=number,
            level=5 + (number == 9),
            description="d",
            place=Place("r", number),
            parents=(1,),
            silent=silent and number != 9,
            correlation=Correlation(source=Source.RULE, rules=(1,), earlier=3, timeframe_s=60),
        )
        for number in range(2, count + 2)
    ]
    return compile_rules([root, *asking])


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("count", [20, 3000])
def test_many_rules_may_ask_about_one_line(count: int, silent: bool) -> None:
    ruleset = many_questions(count, silent=silent)
    told = []
    for workers in (1, 2):
        judge = LineJudge(gates("wazuh").judge().reader, Matcher(ruleset), Memory(ruleset), 1)
        out: list[bytes] = []
        source = [Log([shards.Block(b"Dec 10 06:55:46 gate x: y\n" * 5)] * 2, "l", "h", AT)]
        if workers > 1:
            analyse_sharded(judge, source, out.append, workers)
        else:
            analyse(judge, source, out.append)
        told.append([msgspec.json.decode(each)["rule"] for part in out for each in part.splitlines()])

    assert told[0] == told[1]
    assert told[0][:4] == [1, 1, 1, 9]
    assert len(told[0]) == 10


def test_an_event_comes_back_from_a_process_as_it_went() -> None:
    event, _ = gates("wazuh").judge().reader.event(RawLine('{"door": {"Name": "\xff"}, "srcip": "\x9b"}', AT, "h", "l"))

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event
