"""Facts over real logins: OpenSSH and GNU, dropbear and busybox, a user who is not root, and a terminal."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager

import pytest

from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT
from ospatrol.model.facts import Ask, Question, State
from ospatrol.model.host import Become, BecomeMethod, Target
from ospatrol.model.secret import Secret
from ospatrol.transport.host_connection import Rules
from ospatrol.transport.host_keys import HostKeys
from ospatrol.transport.policy import CommandPolicy
from ospatrol.transport.ssh import SshTransport

QUESTIONS = (
    Question(Ask.FILE, "/etc/passwd"),
    Question(Ask.FILE, "/etc/none"),
    Question(Ask.FILE, "/etc"),
    Question(Ask.FILE, "/dev/null"),
    Question(Ask.DIRECTORY, "/etc"),
    Question(Ask.COMMAND, 'sh -c "echo out; echo err >&2"'),
    Question(Ask.COMMAND, "stat -c %u /etc/passwd"),
    Question(Ask.COMMAND, "sestatus"),
    Question(Ask.COMMAND, "reboot"),
    Question(Ask.PROCESSES),
)


@asynccontextmanager
async def log_in(target: Target):
    transport = SshTransport(Rules(policies=(CommandPolicy.of((FACTS_SCRIPT,)),)), HostKeys())
    try:
        async with transport.open(target) as connection:
            yield connection
    finally:
        await transport.close()


async def ask(target: Target, *more: Question):
    async with log_in(target) as connection:
        facts = await collect_facts(connection, [*QUESTIONS, *more])
    return {question.key or "processes": facts.answer(question) for question in (*QUESTIONS, *more)}


def check(answers) -> None:
    assert answers["/etc/passwd"].content.startswith("root:x:0:0:")
    assert answers["/etc/none"].state is State.MISSING
    assert answers["/dev/null"].state is State.OTHER_KIND
    assert answers['sh -c "echo out; echo err >&2"'].content == "out\nerr\n"
    assert answers["stat -c %u /etc/passwd"].content == "0\n"
    assert answers["sestatus"].state is State.NOT_FOUND
    assert answers["reboot"].state is State.NOT_ALLOWED
    assert "sh" in answers["processes"].content


async def test_a_debian_host_over_openssh(sshd):
    answers = await ask(sshd.target())

    check(answers)


async def test_a_busybox_host_over_dropbear(busybox_host):
    answers = await ask(busybox_host.target())

    del answers["processes"]  # /proc is empty there
    check({**answers, "processes": answers["/etc/passwd"]})


async def test_a_user_who_is_not_root(start_sshd, add_user):
    sshd = start_sshd(user=add_user())
    shadow, rules = Question(Ask.FILE, "/etc/shadow"), Question(Ask.DIRECTORY, "/root/x")

    commands = ("grep root /etc/shadow", "sshd -T", "sshd -T -C user=root", 'sh -c "sshd -T | grep -i permitroot"')

    answers = await ask(sshd.target(), shadow, rules, *(Question(Ask.COMMAND, each) for each in commands))

    check(answers)
    assert answers["/etc/shadow"].state is State.NO_PERMISSION
    assert answers["/root/x"].state is State.NO_PERMISSION
    assert {answers[each].state for each in commands} == {State.NO_PERMISSION}


@pytest.mark.parametrize("method", [BecomeMethod.SUDO, BecomeMethod.SU])
async def test_another_user_and_a_terminal_in_between(start_sshd, add_user, method):
    if not shutil.which(method):
        pytest.skip(f"{method} is not installed")
    other = add_user(password="secret")
    user = add_user(password="secret", sudoers="ALL=(ALL) ALL")
    sshd = start_sshd(user=user)

    answers = await ask(sshd.target(become=Become(method=method, user=other, password=Secret("secret"))))

    check(answers)
