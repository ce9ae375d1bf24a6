"""Nothing leaves that was not declared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.model.command import Command, Script
from ospatrol.model.errors import CommandNotAllowed
from ospatrol.transport.bootstrap import launch
from ospatrol.transport.policy import CommandPolicy, policy_for

DECLARED = Script(name="files", text="find / -xdev\nexit 0\n")
POLICY = CommandPolicy.of([DECLARED])


def ready(script, *args, policy=POLICY):
    return launch(policy, Command(script=script, args=args), host="web1", become=None, nonce="0123abcd")


@given(st.text(min_size=1), st.integers(0, len(DECLARED.text)), st.integers(0, len(DECLARED.text)))
def test_no_altered_text_gets_through(inserted, start, end):
    text = DECLARED.text[:start] + inserted + DECLARED.text[end:]
    altered = Script(name="files", text=text)

    if text == DECLARED.text:
        assert ready(altered).script
        return
    with pytest.raises(CommandNotAllowed):
        ready(altered)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))
def test_an_argument_cannot_change_what_runs(arg):
    script = ready(DECLARED, arg).script.decode()

    assert script.endswith(f"\n{DECLARED.text}\n#0123abcd")


def test_the_name_of_a_script_allows_nothing():
    with pytest.raises(CommandNotAllowed, match="'files'"):
        ready(Script(name="files", text="reboot"))


def test_an_argument_with_a_nul_does_not_leave():
    with pytest.raises(CommandNotAllowed, match="NUL"):
        ready(DECLARED, "a\0b")


def test_a_platform_without_a_policy_gets_nothing():
    assert policy_for("posix", [POLICY]) is POLICY
    with pytest.raises(CommandNotAllowed, match="platform 'ios'"):
        ready(DECLARED, policy=policy_for("ios", [POLICY]))
