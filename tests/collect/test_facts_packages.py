"""Answers about packages that were asked for together are those that each command gives by itself."""

from __future__ import annotations

import shutil

import msgspec
import pytest

from ospatrol.collect.command_policy import Allowed, allowed
from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import Asked, FactLimits, Frame
from ospatrol.collect.facts_packages import about_packages, by_package, told_apart
from ospatrol.model.facts import Ask, Question, State

HINT = b"Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"
NAMES = [b"aide", b"bash", b"cups", b"dash"]
SAID = Frame(state=b"O", content=b"\nPackage: bash\nVersion: 5\n\n\nPackage: dash\nVersion: 1\n", status=1)
COMPLAINED = Frame(
    state=b"O",
    content=b"".join(
        b"dpkg-query: package '%b' is not installed and no information is available\n" % name
        for name in (b"aide", b"cups")
    )
    + HINT,
    status=1,
)


def query(*words: bytes) -> Asked:
    return Asked(ask=Ask.COMMAND, words=words)


async def test_a_real_host_says_the_same_alone_and_together(connect):
    if shutil.which("dpkg-query") is None:
        pytest.skip("this is not Debian")
    names = ["bash", "none-such", "dpkg", "libc6", "zzz+1", "coreutils", "a.b"]
    questions = [Question(Ask.COMMAND, f"{program} -s {name}") for program in ("dpkg", "dpkg-query") for name in names]
    sent: list[bytes] = []

    facts = await collect_facts(connect(on_write=sent.append), questions)

    for question in questions:
        alone = await collect_facts(connect(), [question])
        assert alone.answer(question) == facts.answer(question)
        assert facts.answer(question).state is State.OK
    assert (b"".join(sent).count(b".sh\n"), b".-s\n" in b"".join(sent)) == (2, False)


@pytest.mark.parametrize("first", ["none-a none-b", "bash dpkg", "bash none-a"])
async def test_several_in_a_command_are_said_as_the_first_of_such_commands_is(connect, first):
    if shutil.which("dpkg-query") is None:
        pytest.skip("this is not Debian")
    names = [first, "none-c none-d none-a", "none-a dpkg", "dpkg bash coreutils", "none-x none-y"]
    questions = [Question(Ask.COMMAND, f"dpkg-query -s {name}") for name in (*"abcd", *names)]
    sent: list[bytes] = []

    facts = await collect_facts(connect(on_write=sent.append), questions)

    for question in questions:
        alone = await collect_facts(connect(), [question])
        assert alone.answer(question) == facts.answer(question)
    by_itself = {"none-a none-b": 3, "bash dpkg": 4, "bash none-a": 5}[first]
    assert b"".join(sent).count(b".dpkg-query\n") == by_itself


@pytest.mark.parametrize("fake", ["exit 2", "echo broken", "echo; echo; echo; echo", "yes"])
async def test_what_does_not_fit_is_asked_one_by_one(connect, tmp_path, fake):
    (tmp_path / "dpkg-query").write_text(f'#!/bin/sh\n[ $# -gt 2 ] || {{ echo "$2 alone"; exit 0; }}\n{fake}\n')
    (tmp_path / "dpkg-query").chmod(0o755)
    questions = [Question(Ask.COMMAND, f"dpkg-query -s {name}") for name in "abcde"]
    shell = connect()
    shell.path = f"{tmp_path}:{shell.path}"

    facts = await collect_facts(shell, questions, limits=FactLimits(item_s=2))

    assert [facts.answer(each).content for each in questions] == [f"{name} alone\n" for name in "abcde"]


def test_only_questions_about_one_package_are_asked_together_and_only_many():
    asked = [query(b"dpkg-query", b"-s", name) for name in NAMES]
    others = [
        query(b"dpkg-query", b"-s", b"a", b"b"),
        query(b"dpkg-query", b"-l", b"ftp"),
        query(b"dpkg-query", b"-s", b"$(x)"),
        query(b"dpkg-query", b"-s", b"-x"),
        query(b"rpm", b"-s", b"x"),
        Asked(ask=Ask.FILE, words=(b"dpkg", b"-s", b"x")),
    ]
    twice = query(b"dpkg", b"--status", b"aide")

    assert by_package([*others, *asked, twice]) == {b"aide": [asked[0], twice], **{n: [a] for n, a in zip(NAMES[1:], asked[1:], strict=True)}}  # fmt: skip  # noqa: E501
    assert by_package([*others, *asked[:3], twice]) == {}


def test_what_is_asked_instead_is_known_to_only_read():
    for each in about_packages(NAMES):
        shell, option, text = (word.decode() for word in each.words)
        assert isinstance(allowed(f'{shell} {option} "{text}"'), Allowed)
        assert not each.alone


def test_each_package_gets_what_was_said_of_it():
    told = told_apart(NAMES, SAID, COMPLAINED)

    assert told[b"bash"] == Frame(state=b"O", content=b"Package: bash\nVersion: 5\n", status=0)
    assert told[b"cups"].content.startswith(b"dpkg-query: package 'cups' is not installed")
    assert told[b"cups"].content.endswith(HINT)
    assert told[b"cups"].status == 1
    assert set(told) == set(NAMES)


@pytest.mark.parametrize(
    ("said", "complained"),
    [
        ({"content": SAID.content.replace(b"Package: bash", b"Package: bish")}, {}),
        ({"content": SAID.content.replace(b"\nVersion: 5", b"\n\nVersion: 5")}, {}),
        ({"content": SAID.content[1:]}, {}),
        ({"content": b""}, {}),
        ({"status": 0}, {}),
        ({"status": None}, {}),
        ({}, {"status": 2}),
        ({}, {"content": b"dpkg-query: warning: parsing file\n" + COMPLAINED.content}),
        ({}, {"content": COMPLAINED.content.replace(b"aide", b"bash")}),
        ({}, {"content": b""}),
    ],
)
def test_a_doubt_about_one_is_a_doubt_about_all(said, complained):
    assert told_apart(NAMES, msgspec.structs.replace(SAID, **said), msgspec.structs.replace(COMPLAINED, **complained)) == {}  # fmt: skip  # noqa: E501
