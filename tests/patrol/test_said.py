"""What one process says of lines, another understands: both halves in one process here, so that each step shows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from ospatrol.engine.judge import correlate
from ospatrol.engine.match import Decision
from ospatrol.model.event import Event
from ospatrol.patrol import said as wire
from ospatrol.patrol.alone import Lines, Task, work_alone
from ospatrol.patrol.analyse import told
from ospatrol.patrol.blocks import Block
from ospatrol.patrol.said import Listener, Said, Speaker

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from gates import AT, OWN, gates, traffic


@pytest.mark.parametrize("name", OWN)
def test_a_line_that_was_sent_is_settled_as_one_that_was_not(name: str) -> None:
    ready = gates(name)
    sent, here = ready.judge(), ready.judge()
    task = Task(Block(b"\n".join(traffic(11, 3000))), "/var/log/gate.log", "gate", AT)
    speaker, listener, lines, kinds = Speaker(sent), Listener(sent), Lines(task), set()

    def say(number: int, event: Event, decisions: Sequence[Decision]) -> Said | int:
        said = speaker.said(number, event, decisions)
        return number if said is None else said

    for item in work_alone(sent, task, say).items:
        kinds.add(type(item))
        if isinstance(item, int):
            verdicts, expected = sent.judge(lines[item])[1], here.judge(lines[item])[1]
            assert [each.speaks for each in verdicts] == [each.speaks for each in expected]
        elif isinstance(item, Said):
            again = msgspec.msgpack.decode(msgspec.msgpack.encode(item), type=Said)
            decisions, usual = listener.heard(again)
            event, expected = here.judge(lines[item.line])
            stub = Event(at=again.at, host="", kind="log", location="", text="")
            verdicts = correlate(decisions, stub, sent.memory, sent.least, again.values)
            assert [each.speaks for each in verdicts] == [each.speaks for each in expected]
            for verdict, rule, alert in zip(verdicts, usual, again.alerts, strict=True):
                if rule is not None and verdict.speaks is rule:
                    assert alert == told(rule, event)

    assert kinds == {bytes, int, Said}


def test_what_is_kept_decoded_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_KEPT", 1)
    judge = gates("ossec").judge()
    task = Task(Block(b"\n".join(traffic(11, 400))), "l", "gate", AT)
    speaker, listener = Speaker(judge), Listener(judge)

    def say(number: int, event: Event, decisions: Sequence[Decision]) -> Said | int:
        said = speaker.said(number, event, decisions)
        return number if said is None else said

    found = [each for each in work_alone(judge, task, say).items if isinstance(each, Said)]

    assert len({each.ways for each in found}) > 1
    assert all(len(listener.heard(each)[0]) == len(each.alerts) for each in found)
    assert len(listener._heard) == len(speaker._plans) == 1
