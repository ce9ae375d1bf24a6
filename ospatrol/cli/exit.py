"""Exit statuses; public, and the same for every command."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """What a process says of its run when it ends."""

    CLEAN = 0
    INTERNAL = 1
    USAGE = 2
    FINDINGS = 3
    INCOMPLETE = 4
    FINDINGS_AND_INCOMPLETE = 7
    INTERRUPTED = 130


def status_of(*, findings: bool, incomplete: bool, interrupted: bool = False) -> ExitStatus:
    """The status of a run; incomplete never looks clean."""
    if interrupted:
        return ExitStatus.INTERRUPTED
    if findings and incomplete:
        return ExitStatus.FINDINGS_AND_INCOMPLETE
    if findings:
        return ExitStatus.FINDINGS
    return ExitStatus.INCOMPLETE if incomplete else ExitStatus.CLEAN
