"""The headers' patterns against the rules of positions, written down one by one."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ospatrol.decode.header import read_header
from ospatrol.model.decoder import Semantics

pytestmark = pytest.mark.no_cover

DIGITS = "0123456789"
NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789()-./@_"


class Positional:
    """The rules as they are told: a length, and characters at places."""

    def __init__(self, line, wazuh):
        self.line = line
        self.wazuh = wazuh
        self.umlaut = line[1:3] == "\xc3\xa4"
        self.tested = line[1:] if self.umlaut else line

    def at(self, place):
        return self.tested[place : place + 1]

    def has(self, char, *places):
        return all(self.at(place) == char for place in places)

    def longer(self, length):
        return len(self.tested) + 1 > length

    def stamp_skip(self):  # noqa: PLR0911  # as many ways out as rules
        if self.longer(17) and self.has(" ", 3, 6, 15) and self.has(":", 9, 12):
            return 16
        dashed = self.has("-", 4, 7)
        if self.longer(24) and dashed and self.has(" ", 10) and self.has(":", 13, 16) and self.has(",", 19):
            return 24 if self.wazuh else 23
        if self.longer(33) and dashed and self.has("T", 10) and self.has(":", 13, 16):
            if self.has(":", 22) and self.has(" ", 25):
                return 26
            skip = self.fraction_skip()
            if skip:
                return skip
        digit = self.at(0) != "" and self.at(0) in DIGITS
        if self.longer(21) and digit and self.has(" ", 4, 8, 11, 20) and self.has(":", 14, 17):
            return 21
        if not self.wazuh and self.longer(20) and digit and self.has(":", 4, 7, 13, 16) and self.has("-", 10):
            return 20
        if (
            self.wazuh
            and self.longer(33)
            and digit
            and dashed
            and self.has(" ", 10, 31)
            and self.has(":", 13, 16)
            and self.has(".", 19)
            and self.at(26) in ("+", "-")
        ):
            return 32
        return 0

    def fraction_skip(self):
        if self.wazuh:
            if not self.has(".", 19):
                return 0
            if self.has(":", 26):
                return 30
            return 33 if self.has(":", 29) else 32
        if self.at(19) not in (".", ","):
            return 0
        return next((place + 3 for place in range(24, 30) if self.has(":", place)), 0)

    def other(self):  # noqa: PLR0911  # as many ways out as rules
        line, none = self.line, (None, None)
        times = self.has(":", 13, 16)
        if self.longer(28) and self.has(" ", 3, 7, 10, 19, 24, 26) and times:
            return (line[25 if self.wazuh else 24 :], *none)
        if (
            self.longer(24)
            and self.has("/", 2)
            and self.has("-", 5)
            and self.has(":", 8, 11)
            and self.has(".", 14)
            and self.has(" ", 21)
        ):
            return (line[23:], *none)
        long = self.longer(28 if self.wazuh else 26)
        if long and self.has("/", 2, 5) and self.has("-", 10) and times and self.has(".", 19) and self.has(" ", 26):
            return (line[28:], *none)
        if (
            self.longer(27)
            and self.has("[", 0)
            and self.has(" ", 4, 8, 11, 20)
            and self.has(":", 14, 17)
            and self.has("]", 25)
        ):
            return (line[27:], *none)
        if (
            self.longer(26)
            and self.has("[", 0)
            and self.has("T", 1)
            and self.has(" ", 5, 16)
            and self.has(".", 10, 13)
            and self.has(":", 19)
        ):
            return self.asl()
        digits = all(self.at(place) != "" and self.at(place) in DIGITS for place in (1, 2, 3, 13))
        if (
            self.longer(32)
            and self.has("1", 0)
            and digits
            and self.has(".", 10)
            and self.has(" ", 14)
            and (self.has(" ", 21) or self.has(" ", 22))
        ):
            skip = 14
            while line[skip : skip + 1] == " ":
                skip += 1
            return (line[skip:], *none)
        return (line, *none)

    def asl(self):
        log, hostname, program, told = self.line[25:], None, None, False
        rest = log
        while "[" in rest and "]" in rest[rest.index("[") :]:
            rest = rest[rest.index("[") + 1 :]
            group, rest = rest[: rest.index("]")], rest[rest.index("]") :]
            if group.startswith("Sender ") and program is None:
                program = group[7:]
            elif group.startswith("Message ") and not told:
                log, told = group[8:], True
            elif group.startswith("Host "):
                hostname = group[5:]
                break
        return log, hostname, program

    def run(self, start):
        end = start
        while end < len(self.line) and self.line[end] in NAME:
            end += 1
        return end

    def digits(self, start, allowed=DIGITS):
        while start < len(self.line) and self.line[start] in allowed:
            start += 1
        return start

    def names(self, start):  # noqa: PLR0911  # as many ways out as rules
        line = self.line
        end = self.run(start)
        if line[end : end + 2] == ": ":
            return self.without_id(end + 2), None, line[start:end]
        if line[end : end + 1] != " ":
            return line[start:], None, None
        hostname, begin = line[start:end], end + 1
        unset = line[begin:], hostname, None
        end = self.run(begin)
        program = line[begin:end]
        if line[end : end + 1] == ":":
            behind = end + 1
        elif line[end : end + 1] == "[" and line[end + 1 : end + 2] and line[end + 1] in DIGITS:
            closed = self.digits(end + 1)
            if line[closed : closed + 2] == "] ":
                return self.without_id(closed + 2), hostname, program
            if line[closed : closed + 2] != "]:":
                return unset
            behind = closed + 2
        elif line[end : end + 1] == "|" and line[end + 1 : end + 2].isascii() and line[end + 1 : end + 2].islower():
            return self.aix(begin, end + 1, hostname)
        else:
            return unset
        if line[behind : behind + 1] == " ":
            return self.without_id(behind + 1), hostname, program
        return (self.without_id(behind), hostname, program) if self.wazuh else unset

    def aix(self, begin, at, hostname):
        line, letters = self.line, NAME.translate(str.maketrans("", "", "()-./@_"))
        unset = line[begin:], hostname, None
        at = self.digits(at, letters)
        if line[at : at + 1] != ":":
            return unset
        at = self.digits(at + 1, letters)
        if line[at : at + 1] != " ":
            return unset
        start = at + 1
        end = self.run(start)
        if line[end : end + 2] == ": ":
            return self.without_id(end + 2), hostname, line[start:end]
        if line[end : end + 1] == "[" and line[end + 1 : end + 2] and line[end + 1] in DIGITS:
            closed = self.digits(end + 1)
            if line[closed : closed + 3] == "]: ":
                return self.without_id(closed + 3), hostname, line[start:end]
            return line[begin:], hostname, line[start:end]
        return line[begin:], hostname, line[start:]

    def without_id(self, start):
        log = self.line[start:]
        end = "]" if self.wazuh else "] "
        return log[log.index(end) + 2 :] if log.startswith("[ID ") and end in log else log

    def read(self):
        skip = self.stamp_skip()
        if not skip:
            return self.other()
        return self.names(skip + 1 if self.line[skip : skip + 1] == " " else skip)


HEADS = (
    "Dec 29 10:00:01 ",
    "M\xc3\xa4r 29 10:00:01 ",
    "Dec 29 10:00:01",
    "2015-04-16 21:51:02,805 ",
    "2007-06-14T15:48:55-04:00 ",
    "2009-05-22T09:36:46.214994-07:00 ",
    "2009-05-22T09:36:46,21-07:00 ",
    "2021-01-01T00:00:00.123456Z ",
    "2021-01-01T00:00:00.123Z ",
    "2015 Dec 29 10:00:01 ",
    "2019:11:06-00:08:03 ",
    "2021-04-21 10:16:09.404756-0700 ",
    "Mon Apr 17 18:27:14 2006 1 ",
    "01/28-09:13:16.240702  ",
    "01/28/1979-09:13:16.240702  ",
    "[Fri Feb 11 18:06:35 2004] ",
    "[Time 2006.12.28 15:53:55 UTC] ",
    "1140804070.368  11623 ",
    "",
)
PIECES = (
    *" :[]|0(%\x00\xe4",
    "host ",
    "a.b-c@d ",
    "sshd[12]: ",
    "sshd[12] ",
    "sshd[12]:",
    "su: ",
    "su:",
    ": ",
    "auth|security:info ",
    "[ID 12 auth.info] ",
    "[ID ",
    "[Sender x] ",
    "[Message hello] ",
    "[Host h] ",
    "some text of a log",
)
LINES = st.builds(
    lambda head, pieces, cut: (head + "".join(pieces))[: cut or None],
    st.sampled_from(HEADS),
    st.lists(st.sampled_from(PIECES), max_size=7),
    st.integers(0, 60),
)
MUTATED = st.builds(
    lambda line, place, char: line[:place] + char + line[place + 1 :],
    LINES,
    st.integers(0, 40),
    st.sampled_from(" :-.,T/[]01\xc3\xa4\x00+\n"),
)


@pytest.mark.parametrize("semantics", [Semantics.OSSEC, Semantics.WAZUH])
@settings(max_examples=4000, deadline=None, derandomize=True)
@given(line=LINES | MUTATED | st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
@example(line="Dec 29 10:00:01 host a|b:c prog")
@example(line="Dec 29 10:00:01 host a|b:c prog[1] x")
@example(line="01/28/1979-09:13:16.240702 ")
@example(line="01/28/1979-09:13:16.240702 x")
def test_a_header_is_read_by_its_positions(line, semantics):
    log, hostname, program, _ = read_header(line, semantics)

    assert (log, hostname, program) == Positional(line, semantics is Semantics.WAZUH).read()
