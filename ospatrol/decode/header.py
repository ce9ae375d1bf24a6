"""What stands before a log line's own text: when it was written, on which host, by which program.

The headers of OSSEC 4.3 and Wazuh 4.14 are positional: single characters at fixed places, nothing else is verified.
The patterns below spell the positions out; `(?=...)` behind a form is the length that the form asks for.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from ospatrol.decode.native_header import read_native
from ospatrol.model.decoder import Semantics

Header: TypeAlias = tuple[str, str | None, str | None, str]
"""The log behind the header, the host name and the program that the header claims, and the stamp as written."""

_N = r"[A-Za-z0-9()\-./@_]"
_DAY = "....-..-.."
_TIME = "..:..:.."

# what nearly all lines look like; whatever these refuse is read step by step
_COMMON = rf"(.(?!\xc3\xa4)..[ ]..[ ]{_TIME})[ ][ ]?+({_N}++)[ ]({_N}++)%s(?!\[ID[ ])(.*)"
_COMMON_OSSEC = re.compile(_COMMON % r"(?::|\[[0-9]++\]:?+)[ ]", re.DOTALL).match
_COMMON_WAZUH = re.compile(_COMMON % r"(?::[ ]?+|\[[0-9]++\](?::[ ]?+|[ ]))", re.DOTALL).match

_OSSEC = Semantics.OSSEC
_WAZUH = Semantics.WAZUH

_STAMP_OSSEC = re.compile(
    rf"""
      ...[ ]..[ ]{_TIME}[ ](?=.)                     # Dec 29 10:00:01
    | {_DAY}[ ]{_TIME},...(?=.)                      # 2015-04-16 21:51:02,805
    | {_DAY}T{_TIME}...:..[ ](?=.{{7}})              # 2007-06-14T15:48:55-04:00
    | {_DAY}T{_TIME}(?=.{{14}})[.,]....(?:.{{0,5}}?):..  # 2007-06-14T15:48:55.214994-07:00
    | [0-9]...[ ]...[ ]..[ ]{_TIME}[ ]               # 2015 Dec 29 10:00:01
    | [0-9]...:..:..-{_TIME}.                        # 2019:11:06-00:08:03
    """,
    re.DOTALL | re.VERBOSE,
).match
_STAMP_WAZUH = re.compile(
    rf"""
      ...[ ]..[ ]{_TIME}[ ](?=.)
    | {_DAY}[ ]{_TIME},....
    | {_DAY}T{_TIME}...:..[ ](?=.{{7}})
    | {_DAY}T{_TIME}(?=.{{14}})[.](?:.{{6}}:...|.{{9}}:...|.{{12}})
    | [0-9]...[ ]...[ ]..[ ]{_TIME}[ ]
    | [0-9]...-..-..[ ]{_TIME}[.].{{6}}[+-]....[ ](?=.)  # 2021-04-21 10:16:09.404756-0700
    """,
    re.DOTALL | re.VERBOSE,
).match
_OTHER = re.compile(
    rf"""
      (?P<xferlog>...[ ]...[ ]..[ ]{_TIME}[ ]....[ ].[ ](?=.))     # Mon Apr 17 18:27:14 2006 1
    | (?P<snort>../..-{_TIME}[.].{{6}}[ ](?=..))                   # 01/28-09:13:16.240702  [**]
    | (?P<suricata>../../....-{_TIME}[.].{{6}}[ ])                 # 01/28/1979-09:13:16.240702
    | (?P<apache>\[...[ ]...[ ]..[ ]{_TIME}[ ]....\](?=.))         # [Fri Feb 11 18:06:35 2004]
    | (?P<asl>\[T...[ ]....[.]..[.]..[ ]..:.{{6}})                 # [Time 2006.12.28 15:53:55 UTC]
    | (?P<squid>1[0-9]{{3}}.{{6}}[.]..[0-9](?=[ ].{{6,7}}[ ])(?=.{{18}})[ ]*+)  # 1140804070.368  11623
    """,
    re.DOTALL | re.VERBOSE,
).match
_SKIPS = {"snort": 23, "suricata": 28, "apache": 27, "asl": 25}

_RUN = re.compile(rf"{_N}*").match
_PROGRAM_OSSEC = re.compile(rf"({_N}*+)(?::|\[[0-9]++\]:?+)[ ]").match
_PROGRAM_WAZUH = re.compile(rf"({_N}*+)(?::[ ]?+|\[[0-9]++\](?::[ ]?+|[ ]))").match
_AIX = re.compile(
    rf"{_N}*+\|[a-z][A-Za-z0-9]*+:[A-Za-z0-9]*+[ ]({_N}*+)(?:(?P<plain>:[ ])|\[(?P<pid>[0-9]++)(?P<end>\]:[ ])?+)?+"
).match


def read_header(line: str, semantics: Semantics) -> Header:
    """What the header of a line says, and the rest of the line.

    The time it takes grows with the length of the line and no faster; nothing is ever refused.

    Args:
        line: One line; a character stands for one byte.
        semantics: Whose idea of a header it is.
    """
    if semantics is _WAZUH:
        return read_wazuh(line)
    return read_ossec(line) if semantics is _OSSEC else read_native(line)


def read_ossec(line: str) -> Header:
    """The header as OSSEC 4.3 reads it."""
    if found := _COMMON_OSSEC(line):
        return found.group(4, 2, 3, 1)  # type: ignore[return-value]  # four groups that always take part
    return _read_stepwise(line, wazuh=False)


def read_wazuh(line: str) -> Header:
    """The header as Wazuh 4.14 reads it; the stamp is what its `timestamp` shows."""
    if found := _COMMON_WAZUH(line):
        return found.group(4, 2, 3, 1)  # type: ignore[return-value]  # four groups that always take part
    return _read_stepwise(line, wazuh=True)


def _read_stepwise(line: str, *, wazuh: bool) -> Header:
    # `M\xc3\xa4r` is one byte longer than `Mar`: looked at from its second byte on, the colons are in place again
    start = 1 if line.startswith("\xc3\xa4", 1) else 0
    found = (_STAMP_WAZUH if wazuh else _STAMP_OSSEC)(line, start)
    if not found:
        return _read_other(line, start, wazuh=wazuh)
    skip = found.end() - start
    stamp = line[: skip - 1] if wazuh else line[:skip].rstrip(" ")
    if line.startswith(" ", skip):
        skip += 1
    log, hostname, program = _read_names(line, skip, wazuh=wazuh)
    return line[log:], hostname, program, stamp


def _read_names(line: str, start: int, *, wazuh: bool) -> tuple[int, str | None, str | None]:
    """Where the log starts, the host's name, the program's name."""
    end = _end_of_run(line, start)
    if line.startswith(": ", end):  # Solaris
        return _behind_id(line, end + 2, wazuh=wazuh), None, line[start:end]
    if not line.startswith(" ", end):
        return start, None, None
    hostname = line[start:end]
    start = end + 1
    if found := (_PROGRAM_WAZUH if wazuh else _PROGRAM_OSSEC)(line, start):
        return _behind_id(line, found.end(), wazuh=wazuh), hostname, found[1]
    if not (found := _AIX(line, start)):
        return start, hostname, None
    if found["plain"] or found["end"]:
        return _behind_id(line, found.end(), wazuh=wazuh), hostname, found[1]
    return start, hostname, found[1] if found["pid"] else line[found.start(1) :]


def _end_of_run(line: str, start: int) -> int:
    found = _RUN(line, start)
    return found.end() if found else start


def _behind_id(line: str, start: int, *, wazuh: bool) -> int:
    """Where the log starts when a Solaris message id is left out."""
    if not line.startswith("[ID ", start):
        return start
    end = line.find("]" if wazuh else "] ", start)
    return start if end < 0 else end + 2


def _read_other(line: str, start: int, *, wazuh: bool) -> Header:
    """The headers that name neither host nor program, but for OS X's."""
    found = _OTHER(line, start)
    form = found.lastgroup if found else None
    if not found or not form or (wazuh and form == "suricata" and found.end() == len(line)):
        return line, None, None, ""
    if form == "asl":
        return _read_asl(line)
    skip = found.end() - start if form == "squid" else _SKIPS.get(form, 25 if wazuh else 24)
    return line[skip:], None, None, line[: skip - 1] if wazuh else line[:skip].rstrip(" ")


def _read_asl(line: str) -> Header:
    """OS X's `[Time ...] [Sender ...] [Message ...] [Host ...]`."""
    log, hostname, program, stamp = line[25:], None, None, line[:25]
    told = False
    at = line.find("[", 25)
    while at >= 0:
        end = line.find("]", at)
        if end < 0:
            break
        if line.startswith("Sender ", at + 1) and program is None:
            program = line[at + 8 : end]
        elif line.startswith("Message ", at + 1) and not told:
            log, told = line[at + 9 : end], True
        elif line.startswith("Host ", at + 1):
            hostname = line[at + 6 : end]
            break
        at = line.find("[", end)
    return log, hostname, program, stamp
