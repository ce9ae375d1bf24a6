"""Why a host could not be assessed to its end, and what is said of it."""

from __future__ import annotations

import msgspec

from ospatrol.integrity.notices import host_key_changed, host_not_assessed
from ospatrol.model.errors import ConfigErrors, HostError, HostKeyChanged
from ospatrol.model.event import Event
from ospatrol.model.text import escape_controls

_PROBLEM_LIMIT = 500
_HOST_KEY = "host_key"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a host could not be assessed to its end.

    Attributes:
        step: At which it failed.
        problem: What happened, in a sentence fit to show.
        event: For the rules.
    """

    step: str
    problem: str
    event: Event

    def is_news(self, before: str | None) -> bool:
        """Whether it is to be told: another host key always, the rest once, not every night.

        Args:
            before: The step at which the host failed the last time; None if it did not.
        """
        return self.event.kind == _HOST_KEY or before != self.step


def trouble_of(error: Exception, host: str, at: float, *, said: str = "", step: str = "host") -> Trouble:
    """What an error on a host comes to.

    Args:
        error: What was raised.
        host: Its inventory name.
        at: When: seconds since the epoch.
        said: Instead of the error's own words.
        step: Where it happened, if the error does not say.
    """
    step = error.step if isinstance(error, HostError) else step
    problem = escape_controls((said or _words(error)).removeprefix(f"{host}: "), _PROBLEM_LIMIT)
    if isinstance(error, HostKeyChanged):
        event = host_key_changed(host=host, at=at, seen=error.seen, known=error.known, problem=problem)
    else:
        event = host_not_assessed(host=host, at=at, step=step, reason=problem)
    return Trouble(step=step, problem=problem, event=event)


def _words(error: Exception) -> str:
    return "; ".join(map(str, error.errors)) if isinstance(error, ConfigErrors) else str(error)
