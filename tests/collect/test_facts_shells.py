"""The facts script in every shell and userland that is here, against hostile files, names and output."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT, FactLimits
from ospatrol.model.facts import Answer, Ask, Facts, Question, State

SHELLS = {
    "dash": ("dash",),
    "bash": ("bash",),
    "bash as sh": ("bash", "--posix"),
    "ksh": ("ksh",),
    "mksh": ("mksh",),
    "zsh": ("zsh", "--emulate", "sh"),
    "busybox with GNU tools": ("busybox", "sh"),
    "busybox": ("busybox", "sh"),
}
ANYTHING = ("*",)


@pytest.fixture(params=list(SHELLS))
def connection(request, connect):
    path = {"path": request.getfixturevalue("busybox")} if request.param == "busybox" else {}
    return connect(shell=SHELLS[request.param], **path)


def file(path: object) -> Question:
    return Question(Ask.FILE, str(path))


def folder(path: object) -> Question:
    return Question(Ask.DIRECTORY, str(path))


def command(text: str) -> Question:
    return Question(Ask.COMMAND, text)


async def ask(connection, *questions: Question, **more) -> list[Answer]:
    facts = await collect_facts(connection, questions, **more)
    return [facts.answer(question) for question in questions]


async def test_files_of_every_sort(connection, tmp_path):
    (tmp_path / "plain").write_bytes(bytes(range(256)) * 3)
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("plain")
    (tmp_path / "folder link").symlink_to(".")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    names = [
        "plain",
        "empty",
        "link",
        "folder link",
        "dangling",
        "loop",
        "fifo",
        "socket",
        "none",
        "none/none",
        "plain/x",
    ]

    answers = dict(zip(names, await ask(connection, *(file(tmp_path / name) for name in names)), strict=True))

    content = (bytes(range(256)) * 3).decode("latin-1")
    assert answers.pop("plain") == answers.pop("link") == Answer(state=State.OK, content=content)
    assert answers.pop("empty") == Answer(state=State.OK)
    for name in ("folder link", "fifo", "socket"):
        assert answers.pop(name) == Answer(state=State.OTHER_KIND)
    assert set(answers.values()) == {Answer(state=State.MISSING)}


async def test_paths_with_anything_in_their_names(connection, tmp_path):
    names = [
        "a b",
        " a ",
        "-n",
        "a\nb",
        "\n",
        "a\\nb",
        "\\",
        "a\\\nb",
        "$(touch injected)",
        "`id`;",
        "'\"",
        "*",
        "=C",
        "grün",
    ]
    for name in names:
        (tmp_path / name).write_text(f"<{name}>")

    answers = await ask(connection, *(file(tmp_path / name) for name in names))

    assert [answer.content.encode("latin-1").decode() for answer in answers] == [f"<{name}>" for name in names]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(names)


async def test_a_directory_gives_what_is_below_it_and_what_is_asked_then(connection, odd_tree):
    (odd_tree / "sub.conf").write_text("sub")

    def of_names(facts: Facts) -> list[Question]:
        return [file(entry) for entry in facts.answer(folder(odd_tree)).entries]

    facts = await collect_facts(connection, [folder(odd_tree)], follow_up=of_names)

    listed = facts.answer(folder(odd_tree))
    assert listed.state is State.OK
    assert [entry.encode("latin-1") for entry in listed.entries] == sorted(contents(odd_tree))
    for path, content in contents(odd_tree).items():
        answer = facts.answer(file(path.decode("latin-1")))
        if content is None:
            assert answer.state is not State.OK
        else:
            assert answer == Answer(state=State.OK, content=content.decode("latin-1"))
    assert len(connection.commands) == 1


def contents(top: Path) -> dict[bytes, bytes | None]:
    """Every path below that is no directory, with its content if it is a file; links are followed."""
    found: dict[bytes, bytes | None] = {}
    for each in top.rglob("*"):
        if each.is_symlink() or not each.is_dir():
            readable = each.is_file() and os.access(each, os.R_OK)
            found[os.fsencode(each)] = each.read_bytes() if readable else None
    return found


async def test_directories_of_every_sort(connection, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("full")
    (tmp_path / "file").touch()
    names = ["full", "full/", "link", "empty", "file", "none"]

    answers = await ask(connection, *(folder(f"{tmp_path}/{name}") for name in names), folder("/etc/*"), folder("etc"))

    entries = [f"{tmp_path}/full/x"]
    assert [(answer.state, list(answer.entries)) for answer in answers] == [
        (State.OK, entries),
        (State.OK, entries),
        (State.OK, [f"{tmp_path}/link/x"]),
        (State.OK, []),
        (State.OTHER_KIND, []),
        *[(State.MISSING, [])] * 3,
    ]


async def test_commands_with_their_output_and_status(connection, tmp_path):
    texts = {
        'sh -c "echo out; echo err >&2; exit 3"': (State.OK, "out\nerr\n", 3),
        "echo a  b": (State.OK, "a b\n", 0),
        'echo "a  b" \\"c\\" $HOME * \\\\ ;': (State.OK, 'a  b "c" $HOME * \\ ;\n', 0),
        'echo ""': (State.OK, "\n", 0),
        "cat": (State.OK, "", 0),
        "true": (State.OK, "", 0),
        "false": (State.OK, "", 1),
        'sh -c "printf a"': (State.OK, "a", 0),
        f"ls {tmp_path}": (State.OK, "", 0),
    }

    answers = await ask(connection, *map(command, texts))

    found = {text: (each.state, each.content, each.status) for text, each in zip(texts, answers, strict=True)}
    assert found == texts


async def test_a_program_that_is_not_there_and_one_that_is_not_allowed(connection, tmp_path):
    missing, nested, refused = await ask(
        connection, command("sestatus-none"), command('sh -c "sestatus-none"'), command(f"touch {tmp_path}/x"),
        extra=("*sestatus-none*",),
    )  # fmt: skip

    assert (missing.state, nested.state) == (State.NOT_FOUND, State.NOT_FOUND)
    assert refused == Answer(state=State.NOT_ALLOWED, content="`touch` is not known to only read")
    assert not (tmp_path / "x").exists()


async def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(connection, tmp_path):
    started, tag = time.monotonic(), 40 + os.getpid() / 10**8
    stuck, after = await ask(
        connection,
        command(f'sh -c "echo begun; sleep {tag} | sleep {tag}; echo done"'),
        command("echo next"),
        extra=ANYTHING,
        limits=FactLimits(item_s=1),
    )

    assert (stuck.state, stuck.status, stuck.content.splitlines()[0]) == (State.TIMEOUT, None, "begun")
    assert after == Answer(state=State.OK, content="next\n", status=0)
    assert time.monotonic() - started < 20
    assert not any(str(tag).encode() in each for each in commands_of_all())


def commands_of_all() -> list[bytes]:
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(each.read_bytes())
        except OSError:
            continue
    return found


async def test_what_is_too_long_is_cut_and_said_to_be(connection, tmp_path):
    (tmp_path / "long").write_bytes(b"x" * 5000)
    (tmp_path / "exact").write_bytes(b"x" * 1000)
    (tmp_path / "many").mkdir()
    for number in range(30):
        (tmp_path / "many" / f"{number:02}").touch()

    long, exact, endless, many, after = await ask(
        connection,
        file(tmp_path / "long"),
        file(tmp_path / "exact"),
        command('sh -c "while :; do echo yyyyyyyyy; done"'),
        folder(tmp_path / "many"),
        command("echo next"),
        limits=FactLimits(item_bytes=1000, entries=5),
    )

    assert long == Answer(state=State.CUT, content="x" * 1000)
    assert exact == Answer(state=State.OK, content="x" * 1000)
    assert (endless.state, endless.status, len(endless.content)) == (State.CUT, None, 1000)
    assert (many.state, len(many.entries)) == (State.CUT, 5)
    assert after.content == "next\n"


async def test_processes_are_told_by_their_command_lines(connection):
    (answer,) = await ask(connection, Question(Ask.PROCESSES))

    assert answer.state is State.OK
    assert any("pytest" in line for line in answer.content.splitlines())


async def test_output_of_what_a_command_leaves_behind_stays_with_it(connection):
    left, after = await ask(
        connection, command('sh -c "sleep 0.3 && echo late & echo early"'), command("echo next"), extra=ANYTHING
    )

    assert (left.state, left.content, left.status) == (State.OK, "early\nlate\n", 0)
    assert after.content == "next\n"


async def test_a_user_who_may_not_look_is_told_so(connect, nobody, open_path):
    if not nobody:
        pytest.skip("only root can become somebody else")
    (open_path / "closed").mkdir()
    (open_path / "closed" / "file").write_text("secret")
    (open_path / "file").write_text("secret")
    (open_path / "open").mkdir()
    (open_path / "open" / "closed").mkdir()
    (open_path / "link").symlink_to("closed/file")
    for name in ("closed", "file", "open/closed"):
        (open_path / name).chmod(0)
    shell = connect(shell=("dash",), prefix=nobody)

    answers = await ask(
        shell,
        *(file(open_path / name) for name in ("closed/file", "closed/none/none", "file", "link", "none")),
        *(folder(open_path / name) for name in ("closed", "closed/x", "open")),
        command(f"cat {open_path}/file"),
        command(f'sh -c "cat {open_path}/file | wc -l"'),
        command("dmesg -C"),
        command('sh -c "echo you must be root; false"'),
        command("passwd -S root"),
        command(f"grep -s secret {open_path}/file"),
        command(f"grep -s none {open_path}/link"),
        command("grep -s secret /etc/hostname"),
    )

    assert [answer.state for answer in answers[:5]] == [State.NO_PERMISSION] * 4 + [State.MISSING]
    assert {answer.state for answer in answers[5:10]} == {State.NO_PERMISSION}
    assert answers[10].state is State.NOT_ALLOWED
    assert [answer.state for answer in answers[11:]] == [State.NO_PERMISSION] * 4 + [State.OK]


@pytest.fixture
def hiding() -> tuple[str, ...]:
    """A prefix that runs a command where everybody sees only processes of his own."""
    prefix = ("unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh")
    if not shutil.which(prefix[0]) or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root can hide processes")
    return prefix


async def test_processes_that_the_system_hides_are_not_missing(connect, nobody, hiding):
    everybody = Question(Ask.PROCESSES)

    (shown,) = await ask(connect(shell=("dash",), prefix=nobody), everybody)
    (hidden,) = await ask(connect(shell=("dash",), prefix=(*hiding, *nobody)), everybody)
    (all_of_them,) = await ask(connect(shell=("dash",), prefix=hiding), everybody)

    assert shown.state is all_of_them.state is State.OK
    assert hidden.state is State.NO_PERMISSION


TOOLS = tuple("sh cat ls find dd sleep ps uname id readlink echo true head timeout setsid env".split(" "))  # noqa: SIM905


@pytest.mark.parametrize("missing", ["timeout", "timeout setsid", "head", "head timeout"])
@pytest.mark.parametrize("shell", ["dash", "bash", "ksh"])
async def test_hosts_that_lack_a_tool(connect, tmp_path, monkeypatch, shell, missing):
    """What has no timeout(1) or no head(1) is macOS or an old Unix."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        if name not in missing.split():
            (tools / name).symlink_to(shutil.which(name))
    (tmp_path / "file").write_bytes(b"x" * 70_000)
    tag = 40 + os.getpid() / 10**8
    connection = connect(shell=(shell,), path=str(tools))
    script = FACTS_SCRIPT.text.replace("PATH=$PATH:", f"PATH={tools} #")
    monkeypatch.setattr("ospatrol.collect.facts_dialogue.FACTS_SCRIPT", type(FACTS_SCRIPT)(name="facts", text=script))

    whole, stuck, both, cut = await ask(
        connection,
        file(tmp_path / "file"),
        command(f'sh -c "echo begun; sleep {tag} | sleep {tag}"'),
        command('sh -c "echo out; echo err >&2; exit 3"'),
        command('sh -c "while :; do echo yyyyyyyyy; done"'),
        extra=ANYTHING,
        limits=FactLimits(item_s=1, item_bytes=100_000),
    )

    assert whole == Answer(state=State.OK, content="x" * 70_000)
    assert (stuck.state, stuck.content.splitlines()[0]) == (State.TIMEOUT, "begun")
    assert both == Answer(state=State.OK, content="out\nerr\n", status=3)
    assert cut.state is State.CUT
    assert not any(str(tag).encode() in each for each in commands_of_all())


MARKS = st.sampled_from([":", "=", "0", "1", "O", "M", "\n", ":1:O\n", "=0\n", "\0", "a" * 32, ":2:", "\0\0\0E", "x"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(MARKS, st.binary(max_size=20).map(lambda raw: raw.decode("latin-1"))), max_size=30))
async def test_content_and_output_cannot_fake_a_frame_or_a_state(connect, tmp_path, pieces):
    text = "".join(pieces)
    (tmp_path / "file").write_bytes(text.encode("latin-1"))

    one, two, three, none = await ask(
        connect(shell=("dash",)),
        file(tmp_path / "file"),
        command(f"cat {tmp_path}/file"),
        command(f'sh -c "cat {tmp_path}/file; false"'),
        file(tmp_path / "none"),
    )

    assert one == Answer(state=State.OK, content=text)
    assert two == Answer(state=State.OK, content=text, status=0)
    assert three == Answer(state=State.OK, content=text, status=1)
    assert none.state is State.MISSING


async def test_the_mark_is_on_no_command_line_and_in_no_environment(connect, tmp_path):
    """A program that is asked for sees nothing by which it could end its own frame."""
    seen: list[bytes] = []
    shell = connect(shell=("dash",), on_write=seen.append)

    (answer,) = await ask(
        shell,
        command('sh -c "ls -l /proc/self/fd; cat /proc/self/fd/[3-9]; env; cat /proc/[0-9]*/cmdline"'),
        extra=ANYTHING,
    )

    mark = seen[0].split(b" ")[1].decode()
    assert len(mark) == 32
    assert mark not in answer.content
    assert "pipe" in answer.content
