"""What the tools of a host complain about while they list, as failures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from ospatrol.collect.tools import Style
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.text import show_bytes

_REASONS = {
    b"Permission denied": Reason.DENIED,
    b"Operation not permitted": Reason.DENIED,
    b"No such file or directory": Reason.VANISHED,
}  # strerror(3) in the C locale; the same words on Linux, the BSDs and macOS
_QUOTED = re.compile(rb"find: '(/.*)': ([^:']+)")
_PLAIN = re.compile(rb"(?:find|stat): (?:can't stat |cannot stat |cannot statx )?('?)(/.*?)\1(?:: l?stat)?: ([^:]+)")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """One line that a tool wrote to standard error.

    Attributes:
        text: The line.
        path: The host path that it is about; empty where it names none.
        reason: Why.
    """

    text: bytes
    path: bytes = b""
    reason: Reason = Reason.ERROR


class Complaints(msgspec.Struct, frozen=True, kw_only=True):
    """All that was complained about.

    Attributes:
        each: The first 500.
        more: How many more there were.
        status: What find exited with; None where it did not come to its end.
    """

    each: tuple[Complaint, ...] = ()
    more: int = 0
    status: int | None = None


def read_complaints(raw: bytes, style: Style, odd: Sequence[bytes] = ()) -> Complaints:
    """What was heard of standard error while the host listed; the last line is find's exit status.

    Args:
        raw: All of it.
        style: How the host lists; GNU find quotes names, the others write them as they are.
        odd: Listed paths with a newline in them, which could look like lines of their own.
    """
    found: list[Complaint] = []
    for path in odd if style is not Style.PRINTF else ():
        for match in re.finditer(rb"find: %b: ([^:\n]+)\n" % re.escape(path), raw):
            found.append(Complaint(text=match[0], path=path, reason=_REASONS.get(match[1], Reason.ERROR)))
            raw = raw.replace(match[0], b"", 1)
    lines = raw.removesuffix(b"\n").split(b"\n") if raw else []
    status, more = None, 0
    if lines and re.fullmatch(rb"status [0-9]{1,3}", lines[-1]):
        status = int(lines.pop()[7:])
    if lines and re.fullmatch(rb"more [0-9]{1,12}", lines[-1]):
        more = int(lines.pop()[5:])
    found += [_complaint(line, style) for line in lines]
    return Complaints(each=tuple(found), more=more, status=status)


def _complaint(line: bytes, style: Style) -> Complaint:
    if style is Style.PRINTF and (match := _QUOTED.fullmatch(line)):
        path, because = _ESCAPE.sub(_unescape, match[1]), match[2]
    elif style is not Style.PRINTF and (match := _PLAIN.fullmatch(line)):
        path, because = match[2], match[3]
    else:
        return Complaint(text=line)
    return Complaint(text=line, path=path, reason=_REASONS.get(because.strip(), Reason.ERROR))


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 255]) if len(code) == 3 else _ESCAPED.get(code, code)


class BlindSpot(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be listed.

    Attributes:
        failure: The same for people.
        hides: The path below which nothing was seen; empty for everywhere, None for nowhere.
    """

    failure: Failure
    hides: bytes | None = None


def blind_spots(complaints: Complaints, paths: Sequence[bytes], root: bytes, tops: Iterable[str]) -> list[BlindSpot]:
    """What could not be listed, as far as the host complained.

    A directory that was denied is missing with all below it, unless something below it was listed: so a name that
    fakes a line of a tool that does not quote names hides nothing that was seen. What vanished hides nothing.

    Args:
        complaints: As the host made them.
        paths: Of all entries that were listed, as they are reported.
        root: The prefix that paths on the host have.
        tops: The trees' own paths, as they are reported.
    """
    if not complaints.each and not complaints.more:
        return []
    above = {path.rpartition(b"/")[0] for path in paths}
    places = {top.encode() for top in tops}
    spots = [_spot(each, each.path.removeprefix(root), above, places) for each in complaints.each]
    if complaints.more:
        failure = Failure(what="*", reason=Reason.ERROR, detail=f"{complaints.more} more complaints", subtree=True)
        spots.append(BlindSpot(failure=failure, hides=b""))
    return spots


def _spot(complaint: Complaint, path: bytes, above: set[bytes], tops: set[bytes]) -> BlindSpot:
    what = show_bytes(path) if path else "*"
    subtree = path in tops if complaint.reason is Reason.VANISHED else path not in above
    if complaint.reason is Reason.ERROR:
        subtree = True  # nobody can tell how much of a directory was read before the error
    detail = show_bytes(complaint.text.strip(), 300)
    failure = Failure(what=what, reason=complaint.reason, detail=detail, subtree=subtree)
    return BlindSpot(failure=failure, hides=path if subtree and complaint.reason is not Reason.VANISHED else None)
