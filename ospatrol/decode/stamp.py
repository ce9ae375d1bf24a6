"""The time that a header's stamp means."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import lru_cache

_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)} | {"m\xc3\xa4r".lower(): 3}
_SECONDS = {f"{second:02}": float(second) for second in range(61)}  # 60 is a leap second

_SCALES = tuple(10.0**digits for digits in range(10))

_CLOCK = r"(?P<hour>[0-2]?[0-9]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)(?:[.,](?P<fraction>[0-9]{1,12}))?+"
_ZONE = r"(?:[ ]?+(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?+[0-9]{2}))?+"
_MONTH = r"(?P<name>[A-Za-z]{3}|M\xc3\xa4r)"
# Dec 29 10:00:01, Dec 29 2015 10:00:01, Dec 29 10:00:01 2015, and with the day that Apache and xferlog put before it
_BSD = (
    rf"(?:\[?[A-Za-z]{{3}}[ ]++)??[*.]?+{_MONTH}[ ]++(?P<day>[0-9]{{1,2}})[ ]++(?:(?P<year>[0-9]{{4}})[ ]++)?+"
    rf"{_CLOCK}(?:[ ](?P<late>[0-9]{{4}})(?![0-9]))?+{_ZONE}"
)
# 2015-04-16 21:51:02,805, 2007-06-14T15:48:55-04:00, 2019:11:06-00:08:03, [Time 2006.12.28 15:53:55 UTC]
_ISO = rf"(?:\[Time )?+(?P<year>[0-9]{{4}})[-:.](?P<month>[0-9]{{2}})[-:.](?P<day>[0-9]{{2}})[T \-]{_CLOCK}{_ZONE}"
# 2015 Dec 29 10:00:01
_YEAR_FIRST = rf"(?P<year>[0-9]{{4}})[ ]{_MONTH}[ ]++(?P<day>[0-9]{{1,2}})[ ]++{_CLOCK}{_ZONE}"
# 01/28-09:13:16.240702, 01/28/1979-09:13:16.240702
_SNORT = rf"(?P<month>[0-9]{{2}})/(?P<day>[0-9]{{2}})(?:/(?P<year>[0-9]{{4}}))?+-{_CLOCK}"
_FORMS = tuple(re.compile(form).match for form in (_BSD, _ISO, _YEAR_FIRST, _SNORT))
_SQUID = re.compile(r"([0-9]{9,11}[.][0-9]{1,6})(?![0-9])").match


def seconds(stamp: str, near: float) -> float | None:
    """The time as seconds since the epoch; None if the stamp means none.

    A stamp without a zone is taken for UTC. One without a year is of the latest year in which it lies no more than a
    day after `near`.

    Args:
        stamp: As the header has it.
        near: A time close to it, such as that of receiving it; seconds since the epoch.
    """
    try:
        if len(stamp) == 15:
            minute = _minute(stamp[:13], int(near // _DAY_S))
            second = _SECONDS.get(stamp[13:])
            if minute is not None and second is not None and minute + second - near <= _DAY_S:
                return minute + second
        elif stamp[13:14] == ":":
            zulu = stamp[-1] == "Z"
            whole = _iso_second(stamp[:19], "Z" if zulu else stamp[-6:])
            if whole is not None:
                fraction = stamp[20:-1] if zulu else stamp[20:-6]
                if not fraction:
                    return whole
                if len(fraction) < 10 and fraction.isdigit() and fraction.isascii() and stamp[19] in ".,":
                    return whole + int(fraction) / _SCALES[len(fraction)]
        return _read(stamp, near)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=256)
def _minute(prefix: str, near_day: int) -> float | None:
    """Where the minute of `Dec 29 10:00:` begins, were it asked at the end of a day."""
    return _read(f"{prefix}00", (near_day + 1) * _DAY_S - 1)


@lru_cache(maxsize=256)
def _iso_second(prefix: str, zone: str) -> float | None:
    """What `2007-06-14T15:48:55` means, behind which a fraction and `-04:00` or `Z` come; None for other ends."""
    return _read(prefix + zone, 0.0) if zone == "Z" or (zone[-3] == ":" and zone[0] in "+-") else None


def _read(stamp: str, near: float) -> float | None:
    """The time by the first form that fits.

    Raises:
        ValueError: No calendar has that day.
        OverflowError: `near` is out of reach.
    """
    for form in _FORMS:
        if found := form(stamp):
            parts = found.groupdict()
            month = int(parts["month"]) if parts.get("month") else _MONTHS.get((parts.get("name") or "").lower())
            hour = int(parts["hour"])
            if month is None or hour > 23:
                return None
            clock = hour * 3600.0 + int(parts["minute"]) * 60 + int(parts["second"])
            clock += float(f"0.{parts['fraction'] or 0}") - _offset_s(parts.get("zone"))
            year = parts.get("year") or parts.get("late")
            if year:
                return _day(int(year), month, int(parts["day"])) + clock
            return _nearest(month, int(parts["day"]), clock, near)
    squid = _SQUID(stamp)
    return float(squid[1]) if squid else None


def _day(year: int, month: int, day: int) -> float:
    return float((date(year, month, day).toordinal() - _EPOCH) * _DAY_S)


def _nearest(month: int, day: int, clock: float, near: float) -> float:
    latest = near + _DAY_S
    year = date.fromordinal(_EPOCH + int(latest // _DAY_S)).year + 1
    at = math.inf
    while at > latest:  # from one 29 February to the one before it are at most eight years
        year -= 1
        if month != 2 or day != 29 or _is_leap(year):
            at = _day(year, month, day) + clock
    return at


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _offset_s(zone: str | None) -> int:
    if zone is None or zone[0] not in "+-":
        return 0
    offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -offset if zone[0] == "-" else offset
