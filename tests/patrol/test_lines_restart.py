"""A log that is judged in two goes gives the alerts of one."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.engine.memory import MemoryState
from ospatrol.patrol.analyse import told
from ospatrol.patrol.lines import LineJudge

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from gates import OWN, gates, line, traffic


def alerts(judge: LineJudge, lines: list[bytes]) -> list[bytes]:
    found = []
    for raw in lines:
        event, verdicts = judge.judge(line(raw.decode("latin-1")))
        found += [told(each.speaks, event) for each in verdicts if each.speaks is not None]
    return found


@pytest.mark.parametrize("name", OWN)
@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 700), max_size=4))
def test_the_alerts_are_the_same_wherever_a_log_is_split(name: str, seed: int, cuts: list[int]) -> None:
    # an accumulating decoder keeps what it fills in for two minutes, and not over a restart
    lines = [each for each in traffic(seed, 700) if b"mailer" not in each]
    whole = alerts(gates(name).judge(), lines)

    parts: list[bytes] = []
    state = None
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(lines)], strict=True):
        judge = gates(name).judge(state)
        parts += alerts(judge, lines[first:last])
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(judge.memory.state()), type=MemoryState)

    assert parts == whole
    assert whole


@pytest.mark.parametrize("name", OWN)
def test_a_state_that_was_kept_twice_is_the_same(name: str) -> None:
    judge = gates(name).judge()
    alerts(judge, list(traffic(5, 3000)))
    raw = msgspec.msgpack.encode(judge.memory.state())

    again = gates(name).judge(msgspec.msgpack.decode(raw, type=MemoryState)).memory.state()

    assert msgspec.msgpack.encode(again) == raw


def test_a_state_of_another_rule_set_is_forgotten_not_mixed_in() -> None:
    judge = gates("wazuh").judge()
    lines = list(traffic(5, 3000))
    alerts(judge, lines)
    state = judge.memory.state()

    strange = gates("native").judge(state)

    assert alerts(strange, lines)
    assert set(strange.memory.state().histories) <= set(gates("native").ruleset.contexts.needs)
