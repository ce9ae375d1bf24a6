from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.integrity.config_normal import digest_of_text, normalise
from ospatrol.integrity.config_patterns import LinePattern, refused
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.integrity.config_secrets import SecretFound
from ospatrol.integrity.config_whole import absent, not_whole
from ospatrol.model.coverage import Reason
from ospatrol.model.device_profile import Capture, DeviceProfile, Written
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place
from tests.integrity.config_ready import KEY, corpus, need_corpus, platforms, ready

IOS = """\r
Building configuration...\r
\r
Current configuration : 1234 bytes\r
!\r
! Last configuration change at 19:51:30 UTC Tue Nov 13 2025 by ann\r
! NVRAM config last updated at 19:48:47 UTC Tue Nov 13 2025 by ann\r
!\r
version 15.2\r
hostname r1   \r
ntp clock-period 17179869\r
banner motd ^C tab\there ^C\r
end\r
\r
"""


def test_what_says_nothing_is_left_out_and_lines_are_as_people_see_them() -> None:
    found = normalise(IOS, ready("ios"), KEY)

    assert found.text == "!\n!\nversion 15.2\nhostname r1\nbanner motd ^C tab      here ^C\nend\n"
    assert found.changed_by == "ann"
    assert found.dropped == 5
    assert found.digest == digest_of_text(found.text)


def test_two_shows_of_the_same_configuration_are_the_same_text() -> None:
    later = IOS.replace("19:51:30", "20:00:00").replace("17179869", "17179870").replace("1234 bytes", "1235 bytes")

    assert normalise(IOS, ready("ios"), KEY).text == normalise(later, ready("ios"), KEY).text


def test_what_a_device_may_send_to_a_terminal_is_shown_escaped_and_bounded() -> None:
    found = normalise("description \x1b[2J\u202e" + "x" * 40_000 + "\n", ready("ios"), KEY)

    assert found.text.isascii()
    assert "\\x1b[2J\\u202e" in found.text
    assert len(found.text) < 20_000


def test_lines_that_go_on_are_joined_before_secrets_are_looked_for() -> None:
    text = (
        '/interface wireless\nset wlan1 wpa2-pre-shared-key="half of it \\\n    and the rest"\n'
        "add x=1 \\\n    y=2\nadd z=3\\"
    )

    found = normalise(text, ready("routeros"), KEY).text

    assert "half" not in found
    assert "rest" not in found
    assert "add x=1 y=2\n" in found
    assert found.endswith("add z=3\n")


def test_nothing_gives_nothing() -> None:
    assert normalise("\r\n\n  \n", ready("ios"), KEY).text == ""


@given(st.text(max_size=400), st.sampled_from(platforms()))
@settings(max_examples=150, deadline=None)
def test_any_text_becomes_printable_lines_and_stays_as_it_is_from_then_on(text: str, platform: str) -> None:
    once = normalise(text, ready(platform), KEY).text

    assert all(line.isprintable() for line in once.splitlines())
    assert once == "" or once.endswith("\n")


def test_every_configuration_of_the_corpus_is_stable() -> None:
    need_corpus()
    moved = []
    for platform, path, text in corpus():
        once = normalise(text, ready(platform), KEY).text
        if normalise(once, ready(platform), KEY).text != once:
            moved.append(path)

    assert moved == []


IOS_CAPTURE = Capture(
    name="running", command="show running-config", ends=Written("^end$"), absent=Written("not present")
)


def test_a_capture_is_whole_with_its_marks_and_only_then() -> None:
    ios = ready("ios")

    assert not_whole(IOS, IOS_CAPTURE, ios) is None
    assert not_whole(IOS.replace("end\r\n", ""), IOS_CAPTURE, ios).reason is Reason.CUT
    assert not_whole(IOS + "r1#\n", IOS_CAPTURE, ios) is None
    assert not_whole(IOS + "more\nand more\nand more\n", IOS_CAPTURE, ios).reason is Reason.CUT
    assert not_whole("\r\n \n", IOS_CAPTURE, ios).detail == "`show running-config`: the device said nothing"


def test_an_error_message_is_no_configuration() -> None:
    for said in (
        "      ^\n% Invalid input detected at '^' marker.\n",
        "% Authorization failed.\n",
        "Permission denied\n",
    ):
        failure = not_whole(said, IOS_CAPTURE, ready("ios"))

        assert failure is not None
        assert failure.reason is Reason.DENIED
        assert "the device refuses" in failure.detail


def test_a_beginning_that_must_be_there_is_looked_for() -> None:
    capture = Capture(name="running", command="show running-config", begins=Written("^version "))

    assert not_whole("\nversion 9\nhostname x\n", capture, ready("nxos")) is None
    assert not_whole("hostname x\n" * 40 + "version 9\n", capture, ready("nxos")).reason is Reason.CUT


def test_braces_must_be_closed() -> None:
    capture = ready("junos").profile.captures[0]
    text = "system {\n    host-name x;\n    login {\n    }\n}\n"

    assert not_whole(text, capture, ready("junos")) is None
    assert not_whole(text[:-2], capture, ready("junos")).detail.endswith("not every brace that opens is closed")
    assert not_whole(text + "}\n", capture, ready("junos")) is not None


def test_what_is_not_there_is_no_failure() -> None:
    assert absent("startup-config is not present\n", IOS_CAPTURE)
    assert not absent(IOS, IOS_CAPTURE)
    assert not absent("x", Capture(name="running", command="show x"))


def test_patterns_that_cannot_be_used_are_told_at_their_lines() -> None:
    bad = Written("(", Place("p.yml", 3))
    general = DeviceProfile(platform="generic", captures=())

    assert [str(error)[:8] for error in refused([bad, Written("fine", Place("p.yml", 4))])] == ["p.yml:3:"]
    with pytest.raises(ConfigErrors) as caught:
        ReadyProfile(DeviceProfile(platform="x", captures=(), volatile=(bad,)), general)
    assert caught.value.errors[0].place == Place("p.yml", 3)


def test_a_pattern_finds_all_its_groups_and_the_whole_where_it_has_none() -> None:
    assert LinePattern(Written("a(b)")).groups("ab ab") == [(1, 2), (4, 5)]
    assert LinePattern(Written("b")).groups("abab") == [(1, 2), (3, 4)]
    assert LinePattern(Written("^a(b)")).groups("abab") == [(1, 2)]
    assert LinePattern(Written("x*")).groups("ab") == []
    assert LinePattern(Written("a")).end("xx") is None
    assert LinePattern(Written("a")).begin("xa") == 1


def test_a_secret_that_is_found_holds_no_secret() -> None:
    found = normalise("username a password 0 hunter2\n", ready("ios"), KEY).secrets[0]

    assert isinstance(found, SecretFound)
    assert "hunter2" not in repr(found)


def test_a_profile_without_patterns_matches_nothing() -> None:
    empty = DeviceProfile(platform="x", captures=())
    ready_one = ReadyProfile(empty, empty)

    assert normalise("anything\n", ready_one, KEY).text == "anything\n"
    assert ready_one.topic("interface x") == "other"
