"""The virtual systems of a device, walked through in one login: found, entered, proved, and left again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from ospatrol.collect.config import Ask
from ospatrol.integrity.config_patterns import LinePattern
from ospatrol.integrity.config_profile import ReadyProfile, about
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import CONTEXT_NAME, MOST_CONTEXTS, NAMED, Contexts, Step, Written
from ospatrol.model.errors import CommandNotAllowed, HostError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from ospatrol.transport.device import MovingConnection

_REFUSED_LINES = 3
_SHOWN = 80
_MAY_NOT = re.compile(r"(?i)authoriz|permi|denied|privilege|not allowed")


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What a device says of its virtual systems.

    Attributes:
        several: Whether it has any.
        landed: The one in which the login landed, or the name of where they are listed; empty if that is not known.
        names: Of all that can be entered.
        failures: Why some, or all, are not known.
    """

    several: bool = False
    landed: str = ""
    names: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


class Walk:
    """A walk through the virtual systems of one device; a session that goes astray is ended at once.

    Args:
        device: A login on it, where it landed.
        contexts: How they are found, entered and left.
        ready: The device's profile.
        ask: Asks the device.
        move_s: Seconds for each move.
    """

    def __init__(
        self, device: MovingConnection, contexts: Contexts, ready: ReadyProfile, ask: Ask, *, move_s: float
    ) -> None:
        self._device = device
        self._contexts = contexts
        self._ready = ready
        self._ask = ask
        self._move_s = move_s
        self._landing = self._home = device.where
        self._landed = contexts.home  # as long as nothing says otherwise
        self._moves = 0
        self._words = ""
        # otherwise the prompt says nothing, and the device's own statements count alone
        self._pinned = [step.prompt for step in contexts.enter if step.prompt and NAMED in step.prompt.text]

    async def places(self) -> Places:
        """Which there are; the session is where they are entered from then, unless nothing is to be entered.

        Raises:
            HostError: the device did not answer as it should; the session is over.
        """
        contexts = self._contexts
        if contexts.probe and contexts.several:
            said = await self._asked(contexts.probe)
            if self._refuses(said) or not _finds(contexts.several, "", said.split("\n")):
                return self._none(contexts.probe, said)
        problem = await self._reached()
        if problem:
            return Places(several=True, failures=(self._failure(Reason.DENIED, problem),))
        said = await self._asked(contexts.list, contexts.list_otherwise)
        if self._refuses(said):
            if not contexts.probe:
                return self._none(contexts.list, said)
            detail = f"`{contexts.list}`: the device refuses"
            return Places(several=True, landed=self._find_landing(()), failures=(self._failure(Reason.DENIED, detail),))
        names, failures = await asyncio.to_thread(self._names, said)
        return Places(
            several=bool(contexts.probe or names or failures),
            landed=self._find_landing(names),
            names=names,
            failures=failures,
        )

    def _none(self, command: str, said: str) -> Places:
        """That there are none, unless the login may not ask."""
        if not (self._refuses(said) and _MAY_NOT.search(said)):
            return Places()
        return Places(failures=(self._failure(Reason.DENIED, f"`{command}`: the login may not ask"),))

    async def _reached(self) -> str:
        """Go where they are listed; why that failed, and then the session is where it landed, or over."""
        asked = self._contexts.at_home
        if asked is not None and await self._step(asked, ""):
            self._landed = ""
        # a device that said so is there already
        problem = "" if asked is not None and self._landed else await self._done(self._contexts.reach, "")
        stays = self._device.where == self._landing and bool(self._words or not self._moves)
        if not problem and asked is not None and not self._landed:
            problem, stays = await self._step(asked, ""), False
        if problem and not stays:
            self._device.abandon(problem)
        elif problem:
            self._landed = self._contexts.home  # there is nothing to go back from
        self._home = self._device.where
        return problem

    async def enter(self, name: str) -> str:
        """Go from where they are listed into one; why that failed, and then the session is where it was, or over.

        Raises:
            HostError: the device did not answer as it should; the session is over.
        """
        moves = self._moves
        problem = await self._done(self._contexts.enter, name)
        if self._moves == moves:
            return problem
        if not problem and self._pinned and self._device.where == self._home:
            problem = f"the prompt is still {_shown(self._home)}"
        if problem and self._contexts.leave_ends and self._device.where == self._home:
            if not self._words:  # nothing was said, and the prompt is the same: who knows where the session is
                self._device.abandon(f"it is not known whether a {self._contexts.called} was entered: {problem}")
        elif problem:
            await self.leave()
        return problem

    async def leave(self) -> None:
        """Go back; the session is ended where that cannot be proved.

        Raises:
            HostError: the device did not answer as it should; the session is over.
        """
        problem = await self._done(self._contexts.leave, "")
        if not problem and self._device.where != self._home:
            problem = f"the prompt is {_shown(self._device.where)}, not {_shown(self._home)}"
        if problem:
            self._device.abandon(f"a {self._contexts.called} cannot be left: {problem}")

    async def back(self) -> None:
        """Go where the login landed; the session is ended where that cannot be proved.

        Raises:
            HostError: the device did not answer as it should; the session is over.
        """
        problem = ""
        if self._landed != self._contexts.home:
            problem = await self._done(self._contexts.enter, self._landed) if self._landed else "where is not known"
        if not problem and self._device.where != self._landing:
            problem = f"the prompt is {_shown(self._device.where)}"
        if problem:
            self._device.abandon(f"the session cannot go back to {_shown(self._landing)}: {problem}")
        else:
            self._device.returned()

    def _find_landing(self, names: Iterable[str]) -> str:
        """In which of these the login landed, as its prompt says; where they are listed if that is where it is."""
        if not self._landed and self._landing != self._home:
            found = [name for name in names if any(_finds(each, name, [self._landing]) for each in self._pinned)]
            self._landed = found[0] if len(found) == 1 else ""
        return self._landed

    def _names(self, said: str) -> tuple[tuple[str, ...], tuple[Failure, ...]]:
        """The names of a list, and why others cannot be used."""
        said = _up_to(self._contexts.until, said)
        listed = dict.fromkeys(name for each in self._contexts.names for name in _read(each, said))
        unusable = [name for name in listed if not CONTEXT_NAME.fullmatch(name)]
        failures = [self._misnamed(name) for name in unusable[:MOST_CONTEXTS]]
        names = [name for name in listed if CONTEXT_NAME.fullmatch(name)]
        if unusable[MOST_CONTEXTS:]:
            failures.append(self._failure(Reason.LIMIT, f"{len(unusable)} unusable names"))
        if len(names) > MOST_CONTEXTS:
            detail = f"the device lists {len(names)}; the first {MOST_CONTEXTS} are looked at"
            failures.append(self._failure(Reason.LIMIT, detail))
        counted = list(_read(self._contexts.total, said)) if self._contexts.total else []
        if counted and counted[-1] != str(len(listed)):
            detail = f"the device counts {_shown(counted[-1])}, and {len(listed)} names can be read"
            failures.append(self._failure(Reason.UNDECIDED, detail))
        chosen = names[:MOST_CONTEXTS]
        return tuple(name for name in chosen if name != self._contexts.home), tuple(failures)

    def _misnamed(self, name: str) -> Failure:
        detail = f"the device lists one with the name {_shown(name)}, which is not sent back to it"
        return self._failure(Reason.NAME, detail)

    async def _done(self, steps: Iterable[Step], name: str) -> str:
        """Do steps; why one was not done, and then the later ones were not tried."""
        for step in steps:
            problem = await self._step(step, name)
            if problem:
                return problem
        return ""

    async def _step(self, step: Step, name: str) -> str:
        before = self._device.where
        if step.ask:
            command, said = step.ask, await self._asked(step.ask)
        else:
            command = step.send.replace(NAMED, name)
            try:
                said = (await self._device.move(command, limit_s=self._move_s)).said
                self._moves += 1
                self._words = _last(said, command, self._device.where)
            except CommandNotAllowed as error:
                return str(error)
        now = self._device.where
        if step.prompt is None and now != before:
            return f"after `{command}` the prompt is {_shown(now)}, no longer {_shown(before)}"
        if step.prompt is not None and not _finds(step.prompt, name, [now]):
            return f"after `{command}` the prompt is {_shown(now)}; the device says {_shown(self._words)}"
        if step.said is not None and not _finds(step.said, name, said.split("\n")):
            return f"`{command}` says {_shown(_last(said, command, now))}"
        return ""

    async def _asked(self, command: str, otherwise: str = "") -> str:
        try:
            said = await self._ask(command)
        except CommandNotAllowed:
            return await self._asked(otherwise) if otherwise else ""
        return await self._asked(otherwise) if otherwise and self._refuses(said) else said

    def _refuses(self, said: str) -> bool:
        lines = [line for line in said.split("\n") if line.strip()]
        return len(lines) <= _REFUSED_LINES and any(self._ready.refused.matches(line) for line in lines)

    def _failure(self, reason: Reason, detail: str) -> Failure:
        return Failure(what=f"{self._contexts.called}s", reason=reason, detail=detail)


def failed(name: str, called: str, why: str | HostError, reason: Reason = Reason.ERROR) -> Failure:
    """That the running configuration of a virtual system was not captured."""
    detail = escape_controls(f"the {called} {name} cannot be entered: {why}", 3 * _SHOWN)
    return Failure(what="running", reason=reason, detail=detail)


def _finds(written: Written, name: str, lines: Iterable[str]) -> bool:
    pattern = LinePattern(about(written, name))
    return any(pattern.matches(line.strip()) for line in lines)


def _up_to(pattern: Written | None, said: str) -> str:
    """What stands before the first line that matches."""
    if pattern is None:
        return said
    ends = LinePattern(pattern)
    return "\n".join(takewhile(lambda line: not ends.matches(line), said.split("\n")))


def _read(written: Written, said: str) -> Iterator[str]:
    """What the first group matches, line by line."""
    pattern = LinePattern(written)
    for line in said.split("\n"):
        yield from (pattern.texts(line) or ())[:1]


def _last(said: str, command: str, prompt: str) -> str:
    """What a device said last, besides the command's echo and its prompt; empty if nothing."""
    lines = [line.strip() for line in said.split("\n")]
    return next((line for line in reversed(lines) if line and line != prompt and not line.endswith(command)), "")


def _shown(text: str) -> str:
    return repr(escape_controls(text, _SHOWN))
