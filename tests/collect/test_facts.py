"""Which questions reach a host, and what becomes of hosts that answer badly."""

from __future__ import annotations

import pytest

from ospatrol.collect.facts import collect_facts, shown
from ospatrol.collect.facts_dialogue import FactLimits
from ospatrol.model.errors import CommandFailed, ConnectionCut
from ospatrol.model.facts import Answer, Ask, Question, State
from ospatrol.transport.replay import Recording, ReplayConnection

NAMES = Question(Ask.FILE, "/etc/passwd")


async def test_nothing_is_sent_where_nothing_may_be_asked():
    connection = ReplayConnection({})
    questions = [Question(Ask.COMMAND, "reboot"), Question(Ask.FILE, "relative"), Question(Ask.FILE, "/a\0b")]

    facts = await collect_facts(connection, questions, clock=lambda: 7.0)

    assert [facts.answer(each).state for each in questions] == [State.NOT_ALLOWED, State.MISSING, State.MISSING]
    assert (facts.host, facts.at, connection.sent) == ("replayed", 7.0, [])


@pytest.mark.parametrize("recording", [Recording(hangs=True), Recording(pieces=(b"x" * 3000,), hangs=True)])
async def test_a_host_that_does_not_answer_was_not_asked(recording):
    connection = ReplayConnection({"facts": recording})

    facts = await collect_facts(connection, [NAMES], limits=FactLimits(total_bytes=1000))

    assert facts.answers == {NAMES: Answer(state=State.NOT_ASKED)}


async def test_a_host_that_is_too_slow_was_asked_as_far_as_it_came(connect):
    first, slow, last = (Question(Ask.COMMAND, text) for text in ("echo first", 'sh -c "sleep 30"', "echo last"))

    facts = await collect_facts(
        connect(shell=("sh",)), [first, slow, last], limits=FactLimits(total_s=1.5), extra=("sh *",)
    )

    assert [facts.answer(each).state for each in (first, slow, last)] == [State.OK, State.NOT_ASKED, State.NOT_ASKED]


async def test_a_host_that_says_too_much_was_asked_as_far_as_it_came(connect, tmp_path):
    questions = []
    for number in range(10):
        (tmp_path / str(number)).write_bytes(b"x" * 10_000)
        questions.append(Question(Ask.FILE, f"{tmp_path}/{number}"))

    facts = await collect_facts(connect(shell=("sh",)), questions, limits=FactLimits(total_bytes=70_000))

    assert {facts.answer(each).state for each in questions} == {State.OK, State.NOT_ASKED}


@pytest.mark.parametrize("said", [b"", b"sh: not found\n"])
async def test_a_script_that_ends_early_is_an_error_of_the_host(said):
    connection = ReplayConnection({"facts": Recording(pieces=(said,), status=1, complaints=b"no such shell")})

    with pytest.raises(CommandFailed, match=r"ended early with status 1: no such shell"):
        await collect_facts(connection, [NAMES])


async def test_a_connection_that_is_cut_is_an_error_of_the_host():
    connection = ReplayConnection({"facts": Recording(error=ConnectionCut("cut"))})

    with pytest.raises(ConnectionCut):
        await collect_facts(connection, [NAMES])


async def test_what_is_asked_twice_is_asked_once_and_over_one_channel(connect):
    questions = [Question(Ask.COMMAND, text) for text in ("echo x", " echo x", "echo  x")]
    sent = []
    shell = connect(shell=("sh",), on_write=sent.append)
    rounds = []

    def again(facts):
        rounds.append(facts)
        return [*questions, NAMES] if len(rounds) < 3 else []

    facts = await collect_facts(shell, [*questions, *questions], follow_up=again)

    assert [facts.answer(each).content for each in questions] == ["x\n"] * 3
    assert facts.answer(NAMES).state is State.OK
    assert b"".join(sent).count(b".echo\n") == 1
    assert (len(shell.commands), len(sent), len(rounds)) == (1, 2, 2)


async def test_questions_about_answers_come_to_an_end(connect):
    numbers = iter(range(1000))

    facts = await collect_facts(
        connect(shell=("sh",)),
        [],
        follow_up=lambda _: [Question(Ask.COMMAND, f"echo {next(numbers)}")],
        limits=FactLimits(rounds=3),
    )

    assert [answer.content for answer in facts.answers.values()] == ["0\n", "1\n", "2\n"]


def test_what_would_be_sent_can_be_read_before():
    questions = [NAMES, Question(Ask.COMMAND, "lsmod"), Question(Ask.PROCESSES), Question(Ask.COMMAND, "reboot"), NAMES]

    assert shown(questions) == (
        "file /etc/passwd",
        "command lsmod",
        "processes",
        "never sent: reboot (`reboot` is not known to only read)",
    )
