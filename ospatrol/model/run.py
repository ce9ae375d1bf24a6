"""What one run of a play found."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from ospatrol.model.coverage import Failure


class HostStatus(StrEnum):
    """How far a host was assessed."""

    ASSESSED = "assessed"
    PARTLY = "partly assessed"
    FAILED = "not assessed"


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one task found on one host.

    Attributes:
        task: The task's name in the play.
        entries: How many things were looked at.
        hashed: How many files' contents were read and hashed.
        reused: How many digests were carried over from the last scan.
        baseline: `approved`, `proposed` (nobody vouched for it yet) or empty.
        pending: How many differences from the approved baseline stand, reported now or earlier.
        explained: How many new changes the package database explains; they raise no alert.
        digest: What is to be said beside alerts, such as what the package manager did, in as few lines as possible.
        failures: What was not assessed, and why.
    """

    task: str
    entries: int = 0
    hashed: int = 0
    reused: int = 0
    baseline: str = ""
    pending: int = 0
    explained: int = 0
    digest: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


class HostResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found on one host.

    Attributes:
        host: The inventory name.
        status: How far it was assessed.
        step: Where it failed, as `ospatrol doctor` names steps; empty if it did not.
        problem: A sentence; control characters escaped.
        notes: What the reader should know though nothing failed, such as legacy algorithms in use.
        tasks: One result a task that was tried.
        alerts: How many new alerts are stored.
        worst: The highest level among them; -1 without any.
        seconds: Wall time spent on the host.
    """

    host: str
    status: HostStatus
    step: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()
    tasks: tuple[TaskResult, ...] = ()
    alerts: int = 0
    worst: int = -1
    seconds: float = 0.0


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        id: `YYYYMMDDThhmmssZ-xxxx`; sorts by time.
        play: The playbook's path or `scan`.
        started: Seconds since the epoch, UTC.
        finished: Likewise; 0 while it runs.
        planned: How many hosts it was to assess.
        interrupted: Whether a person or a signal ended it early.
        hosts: In inventory order.
    """

    id: str
    play: str
    started: float
    finished: float = 0.0
    planned: int = 0
    interrupted: bool = False
    hosts: tuple[HostResult, ...] = ()
