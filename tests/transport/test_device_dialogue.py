"""Prompts, pagers and the end of an answer, without a device."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.model.errors import CommandFailed, OutputTooLarge
from ospatrol.model.host import NetworkOs
from ospatrol.transport.device_dialogue import Answer, Greeting, Prompt, looks_like_prompt
from ospatrol.transport.device_platforms import PLATFORMS

_PROMPT = Prompt(text="r1#")


def answer(prompt=_PROMPT, command="show run", platform=NetworkOs.IOS, limit_bytes=10_000):
    return Answer(prompt, command, host="r1", limit_bytes=limit_bytes, platform=PLATFORMS[platform])


@pytest.mark.parametrize(
    "line",
    ["r1#", "r1>", "fw1 (global) #", "[admin@MikroTik] >", "user@mx>", "[Expert@gw:0]#", "vyos@r1:~$", "RP/0/0/CPU0:x#",
     ">"],
)  # fmt: skip
def test_prompts_look_like_prompts(line):
    assert looks_like_prompt(line)


@pytest.mark.parametrize("line", ["", "interface Vlan1", " r1#", "x" * 200 + "#", "Password:", "end"])
def test_other_lines_do_not(line):
    assert not looks_like_prompt(line)


def test_a_prompt_is_proved_when_it_comes_again_in_reply_to_an_empty_line():
    greeting = Greeting(PLATFORMS[NetworkOs.IOS])
    greeting.hear(b"Welcome\r\nr1#", 1000)
    greeting.silent()
    greeting.hear(b"\r\nr1#", 1000)

    assert greeting.settle() == Prompt(text="r1#")


def test_lines_that_come_with_every_prompt_belong_to_it():
    greeting = Greeting(PLATFORMS[NetworkOs.JUNOS])
    for said in (b"--- JUNOS ---\r\n{master:0}\r\nu@mx> ", b"\r\n\r\n{master:0}\r\nu@mx> "):
        greeting.hear(said, 1000)
        assert greeting.settle() is None
        greeting.silent()
    greeting.hear(b"\r\n\r\n{master:0}\r\nu@mx> ", 1000)

    assert greeting.settle() == Prompt(text="u@mx>", before=("{master:0}",))


def test_a_question_is_answered_twice_at_most():
    greeting = Greeting(PLATFORMS[NetworkOs.SCREENOS])

    assert [greeting.hear(b"Accept this Agreement y/[n] ", 1000) for _ in range(3)] == ["y", "y", ""]


def test_an_answer_is_over_when_the_prompt_came_twice():
    its = answer()

    assert its.hear(b"show run\r\nhostname r1\r\n") == ""
    assert its.hear(b"end\r\n\r\nr1#") == "\n"
    assert not its.over
    assert its.hear(b"\r\nr1#") == ""
    assert its.over
    assert its.text == "hostname r1\nend\n"
    assert not its.large


def test_a_line_that_looks_like_the_prompt_is_part_of_the_answer():
    its = answer()

    assert its.hear(b"show run\r\nbanner motd ^C\r\nr1#") == "\n"
    assert its.hear(b"\r\n^C\r\nend\r\nr1#") == ""
    assert not its.over
    its.hear(b"\r\nr1#")

    assert its.over
    assert its.text == "banner motd ^C\nr1#\n^C\nend\n"


@given(st.lists(st.integers(1, 40), max_size=40), st.sampled_from(["\r\n", "\n", "\r\r\n"]))
def test_it_does_not_matter_how_an_answer_is_cut(cuts, newline):
    said = "show run\nhostname r1\n!\nbanner ^C\nr1#\n^C\n --More--ish\nend\n\nr1#".replace("\n", newline).encode()
    its, sent, at = answer(), "", 0
    for cut in cuts:
        sent += its.hear(said[at : at + cut]) if said[at : at + cut] else ""
        at += cut
    sent += its.hear(said[at:]) if said[at:] else ""
    its.hear(f"{newline}r1#".encode())

    assert sent.strip(" ") == "\n"
    assert its.over
    assert its.text == "hostname r1\n!\nbanner ^C\nr1#\n^C\n --More--ish\nend\n"


@pytest.mark.parametrize(
    ("pager", "key"),
    [
        (" --More-- ", " "), ("--More--", " "), ("<--- More --->", " "), ("---(more)---", " "),
        ("---(more 12%)---", " "),
        ("--- more ---", " "), ("-- More --", " "), ("lines 1-23", " "), ("lines 24-46/99 (END)", "q"), ("(END)", "q"),
        ("-- MORE --, next page: Space, next line: Enter, quit: Control-C", " "), ("-- [Q quit|D dump|down]", " "),
    ],
)  # fmt: skip
def test_pagers_are_answered(pager, key):
    its = answer()

    assert its.hear(f"show run\r\nline\r\n{pager}".encode()) == key
    its.hear(b"\r" + b" " * 80 + b"\rmore\r\nr1#")
    its.hear(b"\r\nr1#")

    assert its.text.replace(pager, "").split() == ["line", "more"]


def test_a_line_with_a_colon_is_a_pager_only_where_less_is_one():
    assert answer().hear(b"show run\r\n:") == ""
    assert answer(platform=NetworkOs.VYOS).hear(b"show run\r\n:") == " "


def test_a_pager_that_comes_again_and_again_is_an_error():
    its = answer()
    its.hear(b"show run\r\nline\r\n--More--")

    for _ in range(2):
        assert its.hear(b"\r        \r--More--") == " "

    with pytest.raises(CommandFailed, match="the pager '--More--' does not go on"):
        its.hear(b"\r        \r--More--")


def test_too_much_is_too_much():
    with pytest.raises(OutputTooLarge, match="'show run' printed more than 100 bytes"):
        answer(limit_bytes=100).hear(b"x" * 101)
    with pytest.raises(OutputTooLarge):
        Greeting(PLATFORMS[NetworkOs.IOS]).hear(b"x" * 101, 100)


def test_another_prompt_is_doubted_once_and_then_an_error():
    its = answer()
    its.hear(b"show run\r\nr2(config)#")

    assert its.silent() == "\n"
    its.hear(b"\r\nr2(config)#")
    with pytest.raises(CommandFailed, match=r"the prompt is 'r2\(config\)#', no longer 'r1#'"):
        its.silent()


def test_silence_in_the_middle_says_nothing():
    its = answer()
    its.hear(b"show run\r\nBuilding configuration...\r\n")

    assert its.silent() == ""


def test_an_answer_that_is_empty_is_empty():
    its = answer()
    its.hear(b"show run\r\nr1#")
    its.hear(b"\r\nr1#")

    assert its.text == ""


def test_what_a_device_cuts_of_a_long_echo_is_no_answer():
    command = "show system | exclude " + "x" * 80
    its = answer(command=command)
    its.hear(command[:60].encode() + b"\r$" + command[30:].encode() + b"\r\nbody\r\nr1#")
    its.hear(b"\r\nr1#")

    assert its.text == "body\n"
