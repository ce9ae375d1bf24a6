"""What every report format is made from, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

import msgspec

from ospatrol.model.alert import Alert
from ospatrol.model.run import RunResult


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One format; its file in this room holds one under the name REPORT.

    Attributes:
        name: As in `-o NAME`.
        write: Writes a finished run; alerts come highest level first, then oldest, and are read once.
    """

    name: str
    write: Callable[[RunResult, Iterable[Alert], TextIO], None]
