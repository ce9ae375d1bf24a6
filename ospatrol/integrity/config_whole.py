"""Whether the answer to a capture is whole: a half configuration is never taken for a configuration."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ospatrol.integrity.config_patterns import LinePattern
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.integrity.config_profile import ReadyProfile
    from ospatrol.model.device_profile import Capture, Written

_HEAD = 30
_TAIL = 3
_SHOWN = 200
_REFUSED_LINES = 3  # an error message is short; a configuration may hold such a line in a banner


def absent(answer: str, capture: Capture) -> bool:
    """Whether the device says that it has nothing of the kind, such as a startup configuration that was never saved."""
    if capture.absent is None:
        return False
    pattern = LinePattern(capture.absent)
    return any(pattern.matches(line) for line in _head(answer.split("\n")))


def not_whole(answer: str, capture: Capture, ready: ReadyProfile) -> Failure | None:
    """Why an answer cannot be taken for a whole capture; None if it can.

    Args:
        answer: What the device said.
        capture: Its marks.
        ready: The device's profile.
    """
    lines = answer.split("\n")
    head = _head(lines)
    if not head:
        return _failure(capture, Reason.ERROR, "the device said nothing")
    if len(head) <= _REFUSED_LINES:
        refusal = next((line for line in head if ready.refused.matches(line)), None)
        if refusal is not None:
            return _failure(capture, Reason.DENIED, f"the device refuses: {escape_controls(refusal, _SHOWN)}")
    if capture.begins and not _any(capture.begins, head):
        return _failure(capture, Reason.CUT, f"no line at its beginning matches {capture.begins.text!r}")
    if capture.ends and not _any(capture.ends, _said(reversed(lines), _TAIL)):
        return _failure(capture, Reason.CUT, f"no line at its end matches {capture.ends.text!r}")
    if capture.balanced and not _balanced(lines):
        return _failure(capture, Reason.CUT, "not every brace that opens is closed")
    return None


def _any(written: Written, lines: Iterable[str]) -> bool:
    pattern = LinePattern(written)
    return any(pattern.matches(line) for line in lines)


def _head(lines: list[str]) -> list[str]:
    return _said(lines, _HEAD)


def _said(lines: Iterable[str], most: int) -> list[str]:
    """The first lines that are not empty, without blanks around them."""
    return list(islice(filter(None, (line.strip("\r ") for line in lines)), most))


def _balanced(lines: Iterable[str]) -> bool:
    """Whether blocks that a line opens with `{` at its end are all closed by lines that begin with `}`."""
    depth = 0
    for line in lines:
        code = line.strip("\r ").partition("##")[0].rstrip()
        if code.endswith("{"):
            depth += 1
        if code.startswith("}"):
            depth -= 1
        if depth < 0:
            return False
    return depth == 0


def _failure(capture: Capture, reason: Reason, detail: str) -> Failure:
    return Failure(what=capture.name, reason=reason, detail=f"`{capture.command}`: {detail}")
