"""Two at once answer what one after the other answers, in every shell that is here, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT, Asked, FactLimits, _lines
from ospatrol.model.facts import Answer, Ask, Question, State
from tests.collect.test_facts_shells import ANYTHING, SHELLS, command, commands_of_all, file, folder


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which there are two processors."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nproc").write_text("#!/bin/sh\necho 2\n")
    (tmp_path / "bin" / "nproc").chmod(0o755)
    return f"{tmp_path}/bin:{os.environ['PATH']}"


@pytest.fixture(params=list(SHELLS))
def connection(request, connect, path):
    tools = f"{path.split(':')[0]}:{request.getfixturevalue('busybox')}" if request.param == "busybox" else path
    return connect(shell=SHELLS[request.param], path=tools)


async def ask(connection, questions: Sequence[Question], **limits) -> list[Answer]:
    facts = await collect_facts(connection, questions, extra=ANYTHING, limits=FactLimits(**limits))
    return [facts.answer(each) for each in questions]


def tag_of(number: int) -> str:
    """Seconds that no other test sleeps."""
    return str(40 + number + os.getpid() / 10**8)


async def test_two_at_once_say_what_one_after_the_other_says(connection, tmp_path):
    (tmp_path / "fake").write_bytes(b"a" * 32 + b":3:O\n\0" + b"=0\n:end:\n")
    (tmp_path / "large").write_bytes(b"x" * 200_000)
    (tmp_path / "a\nb").write_text("odd")
    questions = [
        *(command(f"echo {number}") for number in range(12)),
        file(tmp_path / "fake"),
        file(tmp_path / "none"),
        file(tmp_path / "a\nb"),
        file(tmp_path),
        folder(tmp_path),
        command(f"cat {tmp_path}/fake"),
        command(f"ls -d {tmp_path} /none"),
        command('sh -c "echo out; echo err >&2; exit 3"'),
        command("none-such"),
        command(f"cat {tmp_path}/large"),
        command("cat"),
        file(tmp_path / "large"),
    ]

    two = await ask(connection, questions, item_bytes=100_000)

    assert two == await ask(connection, questions, item_bytes=100_000, two=False)
    assert [each.content for each in two[:12]] == [f"{number}\n" for number in range(12)]
    assert State.NOT_ASKED not in {each.state for each in two}
    assert two[-1].state is State.CUT


async def test_what_hangs_among_quick_ones_is_ended_and_holds_up_nothing_else(connection, tmp_path):
    (tmp_path / tag_of(0)).touch()
    quick = [command(f"echo {number}") for number in range(12)]
    stuck = command(f"tail -f {tmp_path}/{tag_of(0)}")
    both = command(f'sh -c "tail -f {tmp_path}/{tag_of(0)} & tail -f {tmp_path}/{tag_of(0)}"')

    answers = await ask(connection, [*quick[:2], stuck, *quick[2:11], both, quick[11]], item_s=1)

    states = [each.state for each in answers]
    assert (states.pop(12), states.pop(2)) == (State.TIMEOUT, State.TIMEOUT)
    assert set(states) == {State.OK}
    assert not any(tag_of(0).encode() in each for each in commands_of_all())


async def test_there_really_are_two(connect, path, tmp_path):
    (tmp_path / "watched").touch()
    seen = command("sh -c \"until pgrep -f '[t]ail -f .*/watched'; do :; done\"")
    waits = command(f"tail -f {tmp_path}/watched")
    questions = [seen, *(command(f"echo {number}") for number in range(8)), waits]

    two = await ask(connect(shell=("dash",), path=path), questions, item_s=4)
    one = await ask(connect(shell=("dash",), path=path), questions, item_s=1, two=False)

    assert (two[0].state, two[-1].state) == (State.OK, State.TIMEOUT)
    assert (one[0].state, one[-1].state) == (State.TIMEOUT, State.TIMEOUT)


@pytest.mark.parametrize("said", ["echo 1", "echo nonsense", "exit 1"])
async def test_one_processor_gets_one(connect, path, tmp_path, said):
    (tmp_path / "bin" / "nproc").write_text(f"#!/bin/sh\n{said}\n")
    (tmp_path / "bin" / "getconf").symlink_to("nproc")
    (tmp_path / "watched").touch()
    seen = command("sh -c \"until pgrep -f '[t]ail -f .*/watched'; do :; done\"")
    questions = [seen, *(command(f"echo {number}") for number in range(8)), command(f"tail -f {tmp_path}/watched")]

    answers = await ask(connect(shell=("dash",), path=path), questions, item_s=1)

    assert [each.state for each in answers] == [State.TIMEOUT, *[State.OK] * 8, State.TIMEOUT]


async def test_commands_that_may_hold_locks_never_meet(connection, tmp_path):
    lock = f"{tmp_path}/lock"
    alone = [
        command(f'sh -c "mkdir {lock} || echo met; sleep 0.05; rmdir {lock}; echo {number}"') for number in range(10)
    ]

    answers = await ask(connection, [*alone, *(command(f"echo {number}") for number in range(10))])

    assert [each.content for each in answers] == [*(f"{number}\n" for number in range(10))] * 2


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox with GNU tools"])
async def test_who_has_much_to_say_runs_out_of_no_time_while_another_is_slow(connect, path, tmp_path, shell):
    """A pipe holds 64 KiB: without a place for its answers, the helper would wait, and its programs be ended."""
    (tmp_path / "large").write_bytes(b"x" * 150_000)
    slow = [command(f"sleep 1.{number}") for number in (3, 4)]
    large = [command(f"cat {'/' * number}{tmp_path}/large") for number in range(8)]

    answers = await ask(connect(shell=SHELLS[shell], path=path), [*slow, *large], item_s=2)

    assert [each.state for each in answers] == [State.OK] * 10
    assert {len(each.content) for each in answers[2:]} == {150_000}


@pytest.mark.parametrize("shell", list(SHELLS)[:-1])
def test_nothing_goes_on_once_nobody_listens(path, tmp_path, shell):
    if shutil.which(SHELLS[shell][0]) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / tag_of(1)).touch()
    tail = Asked(ask=Ask.COMMAND, words=(b"tail", b"-f", f"{tmp_path}/{tag_of(1)}".encode()))
    alone = Asked(ask=Ask.COMMAND, words=(b"sleep", b"1"), alone=True)
    batch = b"".join(map(_lines, [alone, *[tail] * 60]))
    script = subprocess.Popen(
        [*SHELLS[shell], "-c", FACTS_SCRIPT.text],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": path}, start_new_session=True,
    )  # fmt: skip
    with script:
        script.stdin.write(b"%d mark 1 1000 2\n" % len(batch) + batch)
        script.stdin.flush()
        assert script.stdout.readline().startswith(b"mark:0:")

        script.stdout.close()
        script.stdin.close()
        script.wait(timeout=30)
        script.stderr.read()  # its end comes when no part of the script is left

    assert not any(tag_of(1).encode() in each for each in commands_of_all())
