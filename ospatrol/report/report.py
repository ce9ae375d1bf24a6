"""What every report format is made from, and what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.policy import Waiver
from ospatrol.model.run import RunResult
from ospatrol.report.compliance import ComplianceReport


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run found.

    Attributes:
        result: The run.
        alerts: Highest level first, then oldest; waivers laid over them.
        used: Waivers that cover something of the run.
        unused: Waivers about the run's hosts that are in force and cover nothing.
        expired: Waivers whose day has passed.
        policies: What its policy tasks came to; None if it had none.
        fail_on: The lowest level of an alert that is a finding.
        version: Of OSPatrol.
    """

    result: RunResult
    alerts: tuple[Alert, ...] = ()
    used: tuple[Waiver, ...] = ()
    unused: tuple[Waiver, ...] = ()
    expired: tuple[Waiver, ...] = ()
    policies: ComplianceReport | None = None
    fail_on: int = 0
    version: str = ""

    @property
    def worst(self) -> int:
        """The highest level of an alert that no waiver covers; -1 without any."""
        return max((alert.level for alert in self.alerts if not alert.waiver), default=-1)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One format; its file in this room holds one under the name REPORT.

    Attributes:
        name: As in `-o NAME`.
        write: Writes a finished run.
    """

    name: str
    write: Callable[[RunReport, TextIO], None]
