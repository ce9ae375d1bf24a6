"""Headers of syslog as devices really send it: RFC 3164, RFC 5424, ISO stamps, Cisco, AIX, Solaris, ESXi."""

from __future__ import annotations

import re

_MONTH = "(?i:Jan|Feb|Mar|M\xc3\xa4r|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = r"[0-2]?[0-9]:[0-5][0-9]:[0-6][0-9](?:[.,][0-9]++)?+"
_ISO = rf"[0-9]{{4}}-[0-1][0-9]-[0-3][0-9][T ]{_TIME}(?:Z|[ ]?+[+-][0-9]{{2}}:?+[0-9]{{2}}(?![0-9]))?+"
_BSD = rf"{_MONTH}[ ]++[0-3]?[0-9][ ]++(?:[12][0-9]{{3}}[ ]++)?+{_TIME}(?:[ ]20[0-9]{{2}}(?=[ :]))?+"
_SOPHOS = rf"[12][0-9]{{3}}:[0-1][0-9]:[0-3][0-9]-{_TIME}"
_ANY = rf"(?:{_BSD}|{_ISO}|[12][0-9]{{3}}[ ]{_MONTH}[ ]++[0-3]?[0-9][ ]++{_TIME}|{_SOPHOS})"
_PRI = r"(?:<[0-9]{1,3}>)?+"
_NAME = r"[A-Za-z0-9_]"

# what nearly all lines look like; whatever it refuses is read step by step
_COMMON = re.compile(
    rf"{_PRI}([A-Z][a-z][a-z][ ][ 0-3][0-9][ ][0-2][0-9]:[0-5][0-9]:[0-6][0-9]|{_ISO})[ ]"
    rf"(?![0-9]++[ ])([A-Za-z0-9][A-Za-z0-9.\-_]*+)[ ]([A-Za-z_][A-Za-z0-9()\-._/@+]*+)(?:\[[^\[\] ]*+\])?+:[ ]"
    rf"(?!\[ID[ ]|[*.]|{_MONTH}[ ])(.*)",
    re.DOTALL,
).match
_RFC5424 = re.compile(
    rf"(?:<[0-9]{{1,3}}>[1-9][0-9]?[ ](?:-|({_ISO}))|1[ ]({_ISO}))[ ]([^ ]++)[ ]([^ ]++)[ ][^ ]*+[ ][^ ]*+(?:[ ]|$)"
    r"(?:-(?:[ ]|$)|(?:\[[^\"\]]*+(?:\"(?:[^\"\\]|\\.)*+\"[^\"\]]*+)*+\])++(?:[ ]|$))?+(?:\xef\xbb\xbf)?+",
    re.DOTALL,
).match
_HEAD = re.compile(rf"({_PRI}(?:1[ ](?=[0-9]{{4}}-))?+)[ ]?+(?:({_ANY})(?=[ :]|$))?+").match

# `1234: router1: *Oct  6 12:00:01.123 UTC: %SYS-5-CONFIG_I: ...`, each part but the last left out at will
_CISCO = (
    rf"(?::[ ]++)?+(?:[0-9]++:[ ]++)?+(?:(?:({_NAME}[^ :\[]*+):[ ]++)?(?::[ ]++)?+[*.]?+({_ANY})[^:%]{{0,12}}:[ ]++)?+"
    r"(?=%[A-Z][^ :]{0,40}-[0-7]-)"
)
_BARE_CISCO = re.compile(rf"[ ]?+{_CISCO}").match
_HOSTED_CISCO = re.compile(rf"(?:[ ]++({_NAME}[^ :]*+(?::++[^ :]++)*+)(?=[ ]))?[ ]*+{_CISCO}").match

_LEVEL = re.compile(
    r"(?:trivia|verbose|debug|info|notice|warning|warn|err|error|crit|critical|alert|emerg|panic|[A-Z][a-z]\([0-9]++\))"
    r"[ ]++(?=[^ :\[]++(?:\[|:[ ]))"
).match
_FORWARDED = re.compile(r"Message forwarded from ([^ ]+?):?[ ]++").match
_AIX = re.compile(r"[a-z][A-Za-z0-9]*+\|[a-z][A-Za-z0-9]*+:[a-z]++[ ]++").match
_HOST = re.compile(rf"(?!(?:cpu)?+[0-9]++[ :]){_NAME}[^ ]*+[ ]++").match
_TAG = re.compile(r"(?!(?:CEF|LEEF):)([^ :\[=\"]++)(?:\[[^\]]*+\])?+(?:(:)[ ]?+|[ ]|$)").match
_SURE_TAG = re.compile(r"(?!(?:CEF|LEEF):)[^ :\[=\"]++(?:\[[^\] ]*+\])?+:(?:[ ]|$)").match
_REPEATED = "last message repeated "
_ENDS = "\r\n\0"


def read_native(line: str) -> tuple[str, str | None, str | None, str]:
    """The header of a syslog message, sent or from a file: log, host, program, stamp.

    What stands at the end of a record (line ends, NUL) is cut. A line without stamp and without priority is all log.
    A Cisco mnemonic such as `%ASA-4-106023:` stays in the log; sequence numbers and the device's own stamp do not.
    """
    if line.endswith(("\n", "\0", "\r")):
        line = line.rstrip(_ENDS)
    if found := _COMMON(line):
        return found.group(4, 2, 3, 1)  # type: ignore[return-value]  # four groups that always take part
    if found := _RFC5424(line):
        return line[found.end() :], _unless_nil(found[3]), _unless_nil(found[4]), found[1] or found[2] or ""
    found = _HEAD(line)
    if not found or not found[2]:
        return _read_unstamped(line, found.end(1) if found else 0)
    stamp: str = found[2]
    end = found.end()
    if cisco := _HOSTED_CISCO(line, end):
        return line[cisco.end() :], cisco[1] or cisco[2], None, stamp
    start, hostname, program = _read_names(line, end)
    return line[start:], hostname, program, stamp


def _read_unstamped(line: str, start: int) -> tuple[str, str | None, str | None, str]:
    if cisco := _BARE_CISCO(line, start):
        return line[cisco.end() :], cisco[1], None, cisco[2] or ""
    if start and _SURE_TAG(line, start):
        start, program = _read_tag(line, start)
        return line[start:], None, program, ""
    return line[start:], None, None, ""


def _read_names(line: str, start: int) -> tuple[int, str | None, str | None]:
    """Where the log starts, the host's name, the program's name."""
    if line.startswith(":", start):
        start += 1
    start = _skip_blanks(line, start)
    if line.startswith(_REPEATED, start):
        return start, None, None
    hostname: str | None = None
    if found := _FORWARDED(line, start):
        hostname, start = found[1], found.end()
    elif not (_LEVEL(line, start) or _AIX(line, start) or _SURE_TAG(line, start)):
        found = _HOST(line, start)
        if not found:
            return start, None, None
        hostname, start = found[0].rstrip(" "), found.end()
    if line.startswith(_REPEATED, start):
        return start, hostname, None
    if line.startswith(": ", start):
        return start + 2, hostname, None
    if found := _AIX(line, start) or _LEVEL(line, start):
        start = found.end()
    start, program = _read_tag(line, start)
    return start, hostname, program


def _read_tag(line: str, start: int) -> tuple[int, str | None]:
    """Where the log starts, and the program."""
    found = _TAG(line, start)
    if not found:
        return start, None
    end = found.end()
    if line.startswith("[ID ", end):
        closed = line.find("] ", end)
        end = end if closed < 0 else closed + 2
    return end, found[1]


def _skip_blanks(line: str, start: int) -> int:
    while line.startswith(" ", start):
        start += 1
    return start


def _unless_nil(name: str) -> str | None:
    return None if name == "-" else name
