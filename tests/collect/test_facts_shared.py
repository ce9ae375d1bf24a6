"""Questions that share a limit are answered as each would be by itself, whatever shell the host has for that."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import msgspec
import pytest

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_answers import plan_questions, read_answer
from ospatrol.collect.facts_beside import Shares
from ospatrol.collect.facts_dialogue import Asked, FactLimits, Frame, open_facts
from ospatrol.model.facts import Answer, Ask, Question, State
from tests.collect.test_facts_shells import SHELLS, command, file

LIMITS = FactLimits(item_s=3, item_bytes=100_000, two=False)


@pytest.fixture(params=list(SHELLS)[:-1])
def connection(request, connect, tmp_path):
    """A host whose `sh` is one of the shells that are here."""
    shell = SHELLS[request.param]
    program = shutil.which(shell[0]) or pytest.skip(f"{shell[0]} is not installed")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").write_text(f'#!/bin/sh\nexec {program} {" ".join(shell[1:])} "$@"\n')
    (tools / "sh").chmod(0o755)
    host = connect(shell=("dash",))
    host.path = f"{tools}:{host.path}"
    return host


async def ask(connection, asked: Sequence[Asked], limits: FactLimits = LIMITS) -> dict[Asked, Frame]:
    frames: dict[Asked, Frame] = {}
    async with open_facts(connection, limits) as talk:
        await talk.ask(asked, frames.__setitem__)
    return frames


async def answers(connection, questions: Sequence[Question], *, shared: bool) -> list[Answer]:
    asked = list(plan_questions(questions).asked)
    if not shared:
        asked = [msgspec.structs.replace(each, shares=Shares.NOTHING) for each in asked]
    frames = await ask(connection, asked)
    assert shared or not any(each.state in {b"S", b"N"} for each in frames.values())
    return [read_answer(each, frames[each], LIMITS, b"0") for each in asked]


async def test_what_shares_is_answered_as_by_itself(connection, tmp_path):
    (tmp_path / "fake").write_bytes(b"a" * 32 + b":3:O\n\0" + b"=0\n:end:\n")
    (tmp_path / "all").write_bytes(bytes(range(256)))
    (tmp_path / "with\\n -n\\").write_bytes(b"odd\\n")
    (tmp_path / "a\nb").write_text("new line")
    questions = [
        *(file(tmp_path / name) for name in ("fake", "none", "all", "with\\n -n\\", "a\nb", "", "all/x")),
        command(f"stat -c %s {tmp_path}/all"),
        command(f"stat {tmp_path}/none"),
        command(f"cat {tmp_path}/fake"),
        command(f"cat {tmp_path}/all"),
        command(f'grep -c "*" {tmp_path}/all'),
        command('echo "-n" "a\\\\nb" "$HOME" "  "'),
        command("echo"),
        command('stat ""'),
        command("getcap"),
        command("sestatus"),
        command("nft list tables"),
        command("auditctl -l"),
        command('sh -c "echo out; echo err >&2; exit 3"'),
        command('sh -c "sestatus"'),
        command('sh -c "seq 100000 | tail -n 1 & exit 3"'),
        command("false"),
        command("cat"),
    ]

    together = await answers(connection, questions, shared=True)

    assert together == await answers(connection, questions, shared=False)


async def test_one_that_says_too_much_or_takes_too_long_takes_nothing_from_the_others(connection, tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 200_000)
    (tmp_path / "watched").touch()
    questions = [
        command("echo 1"), file(tmp_path / "large"), command("echo 2"), command(f"tail -f {tmp_path}/watched"),
        command("echo 3"), command(f"cat {tmp_path}/large"), command("echo 4"),
    ]  # fmt: skip

    one, large, two, stuck, three, cat, four = await answers(connection, questions, shared=True)

    assert [each.content for each in (one, two, three, four)] == ["1\n", "2\n", "3\n", "4\n"]
    assert (large, cat.state, len(cat.content)) == (Answer(state=State.CUT, content="x" * 100_000), State.CUT, 100_000)
    assert stuck == Answer(state=State.TIMEOUT)


async def test_who_shares_sees_neither_the_mark_nor_what_else_is_asked(connect):
    seen: list[bytes] = []
    host = connect(shell=("dash",), on_write=seen.append)
    look = command('sh -c "ls -l /proc/self/fd /proc/self/fd/; cat /proc/self/fd/[03-9]; cat /proc/[0-9]*/cmdline"')
    more = (command(each) for each in ("printenv", "ls -l /proc/self/fd", "cat", "echo last-word"))
    questions = [command("echo first-word"), look, *more]

    facts = await collect_facts(host, questions, limits=FactLimits(item_s=10))

    mark = seen[0].split(b" ")[1].decode()
    assert len(mark) == 32
    for each in questions:
        assert facts.answer(each).state is State.OK
        assert mark not in facts.answer(each).content
    shown = facts.answer(look).content
    assert "timeout" in shown
    assert "first-word" not in shown
    assert "last-word" not in shown


async def test_all_that_share_start_few_processes(connect, tmp_path):
    """What sharing is for: a program each, and nothing around it."""
    (tmp_path / "timeout").write_text(f'#!/bin/sh\necho >> {tmp_path}/log\nexec {shutil.which("timeout")} "$@"\n')
    (tmp_path / "timeout").chmod(0o755)
    host = connect(shell=("dash",))
    host.path = f"{tmp_path}:{host.path}"
    questions = [command(f"stat -c %a{number} /") for number in range(60)]

    facts = await collect_facts(host, questions, limits=FactLimits(two=False))

    assert {facts.answer(each).state for each in questions} == {State.OK}
    assert len((tmp_path / "log").read_text()) < 15


async def test_what_was_not_there_is_said_in_the_same_words(connect):
    asked = [Asked(ask=Ask.COMMAND, words=(b"none-such",), shares=each) for each in Shares]

    frames = await ask(connect(shell=("dash",)), asked)

    assert {(each.content, each.status) for each in frames.values()} == {(frames[asked[0]].content, 127)}
    assert frames[asked[0]].content


@pytest.mark.parametrize("two", [False, True])
async def test_no_length_of_a_file_takes_other_questions_along(connect, tmp_path, two):
    """A shared limit may cut a line of the answers anywhere, and who owns a file chooses where."""
    connection = connect(shell=("dash",))
    path, limits = tmp_path / "tuned", FactLimits(item_s=9, item_bytes=10_000, two=two)
    (tmp_path / "small").write_text("small")
    questions = [
        *(file(tmp_path / name) for name in ("small", "tuned", "none")),
        command("find /etc/hosts"),
        Question(Ask.DIRECTORY, str(tmp_path)),
        command("du /etc/hosts"),
    ]
    lost = []
    for size in range(9_900, 10_130, 3 if two else 2):
        path.write_bytes(b"x" * size)
        facts = await collect_facts(connection, questions, limits=limits)
        lost += [size for question in questions if facts.answer(question).state is State.NOT_ASKED]

    assert lost == []
