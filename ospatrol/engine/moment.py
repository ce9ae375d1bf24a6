"""Times of day and days of the week, in the local time of the machine that judges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def within_hours(operands: tuple[str, ...]) -> Callable[[float], bool]:
    """A test whether a time, in seconds since the epoch, lies in a part of the day.

    Args:
        operands: One of `HH:MM-HH:MM`, both minutes included, or `!HH:MM-HH:MM` for the rest of the day.
    """
    inside = not operands[0].startswith("!")
    first, _, last = operands[0].removeprefix("!").partition("-")
    return lambda at: (first <= f"{_local(at):%H:%M}" <= last) is inside


def within_week(operands: tuple[str, ...]) -> Callable[[float], bool]:
    """A test whether a time, in seconds since the epoch, lies on one of some days: `mon` to `sun`."""
    days = frozenset(_DAYS.index(each) for each in operands)
    return lambda at: _local(at).weekday() in days


def _local(at: float) -> datetime:
    """The time on the wall; a line may bear one that no calendar reaches, which counts as the calendar's end."""
    try:
        return datetime.fromtimestamp(at)  # noqa: DTZ006  # rules speak of the clock on the wall
    except (ValueError, OverflowError, OSError):
        return datetime.min if at < 0 else datetime.max  # noqa: DTZ901  # likewise
