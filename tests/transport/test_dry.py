"""What would be sent, without sending it."""

from __future__ import annotations

import re

import pytest

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import CommandNotAllowed
from ospatrol.model.host import Become, Target
from ospatrol.model.secret import Secret
from ospatrol.transport.dry import describe
from ospatrol.transport.policy import CommandPolicy

SCRIPT = Script(name="test", text="echo in")
COMMAND = Command(script=SCRIPT, args=("a b",))


def target(become=None):
    return Target(host="web1", address="10.0.0.5", user="deploy", become=become)


def test_the_request_is_shown_with_a_word_for_the_nonce():
    sent = describe(CommandPolicy.of([SCRIPT]), target(Become(password=Secret("geheim"))), COMMAND)

    assert sent.exec_line.startswith("exec sudo -S -p '[<nonce>] password:' -u root -- sh -c ")
    assert (sent.host, sent.script, sent.digest, sent.args) == ("web1", "test", SCRIPT.digest, ("a b",))
    assert "geheim" not in str(sent)


async def test_it_is_what_a_real_host_gets(sshd, talk):
    said = await talk(sshd.target(), SCRIPT.text, "a b")
    described = describe(CommandPolicy.of([SCRIPT]), sshd.target(), COMMAND)

    def plain(line):
        lengths = re.sub(r"(-c |count=)\d+", r"\1N", line)
        return re.sub(r'[0-9a-f]{8}""[0-9a-f]{8}', "<nonce>", lengths)

    assert plain(described.exec_line) == plain(said.sent[0].exec_line)


def test_what_is_not_declared_is_not_shown_as_if_it_were():
    with pytest.raises(CommandNotAllowed):
        describe(CommandPolicy(), target(), COMMAND)
