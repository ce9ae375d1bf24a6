"""Times of day and days of the week as OSSEC and Wazuh rules write them."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?\s*([ap]m)?\s*", re.IGNORECASE | re.ASCII)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = tuple(day[:3] for day in _DAYS)
_SEPARATORS = re.compile(r"[,\s]+")


def read_time(text: str) -> str | None:
    """A span of the day as `HH:MM-HH:MM`, or `!HH:MM-HH:MM` for the rest of it; None if it is none.

    A span over midnight is the rest of the swapped span, so its own first and last minutes are not in it; an
    exclamation mark in front of such a span changes nothing.
    """
    negate = text.lstrip().startswith("!")
    first, dash, last = text.lstrip().removeprefix("!").partition("-")
    begin, end = _clock(first), _clock(last)
    if not dash or begin is None or end is None:
        return None
    if end < begin:
        return f"!{end}-{begin}"
    return f"{'!' if negate else ''}{begin}-{end}"


def _clock(text: str) -> str | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        return None
    return f"{hour:02}:{minute:02}"


def read_weekdays(text: str) -> tuple[str, ...]:
    """The days as `mon` to `sun`, in the order of the week; empty if a word is no day."""
    days: set[str] = set()
    for word in filter(None, _SEPARATORS.split(text.lower())):
        if word == "weekdays":
            days.update(_SHORT[:5])
        elif word == "weekends":
            days.update(_SHORT[5:])
        elif word in _DAYS or word in _SHORT:
            days.add(word[:3])
        else:
            return ()
    return tuple(day for day in _SHORT if day in days)
