"""A device with several virtual systems: which are captured, what is made of each, and what is said of the others."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from ospatrol.collect.config import Ask, ConfigFound, ConfigScope, collect_config
from ospatrol.collect.config_contexts import Places, Walk, failed
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import Capture, Contexts
from ospatrol.model.errors import HostError
from ospatrol.model.run import TaskResult
from ospatrol.model.text import escape_controls
from ospatrol.patrol.config_known import KnownConfig, known_config
from ospatrol.patrol.config_outcome import ConfigLook
from ospatrol.patrol.work import Outcome
from ospatrol.store.config_states import ConfigStates, subject_of
from ospatrol.transport.connection import Connection
from ospatrol.transport.device import DeviceConnection, MovingConnection

_MOVE_S = 30.0
_MOST_CHARS = 64 << 20  # of all virtual systems together, which are held until the last one is captured
_NAMED = 20
_DETAIL = 300


class Tour(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a device.

    Attributes:
        scope: The task's arguments.
        key: Keys the masks of secrets.
        before: The virtual system whose configuration is kept as the device's own; empty if none or not known.
        ends: When no further one is entered, by the event loop's clock: what was captured is not to be lost.
    """

    scope: ConfigScope
    key: bytes
    before: str = ""
    ends: float = math.inf


class Toured(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said, virtual system by virtual system.

    Attributes:
        own: What is kept as the device's own: of the virtual system in which its first login landed.
        context: Which that is; empty if the device has none, or it is not known.
        inner: Of the others that are wanted, by their names.
        failures: What is not known of its virtual systems.
        notes: For whoever reads the report.
        names: Of all that can be entered; empty if they are not known.
    """

    own: ConfigFound
    context: str = ""
    inner: Mapping[str, ConfigFound] = msgspec.field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


async def tour(
    connection: Connection | DeviceConnection,
    ask: Ask,
    captures: tuple[Capture, ...],
    ready: ReadyProfile,
    wanted: Tour,
) -> Toured:
    """Capture what the login sees where it lands, then look for virtual systems, and capture those that are wanted.

    Raises:
        HostError: nothing at all could be asked.
    """
    contexts = ready.profile.contexts
    if contexts is None or not isinstance(connection, MovingConnection):
        found = await collect_config(ask, captures, ready, wanted.key)
        return Toured(own=found, failures=_none_there(ready, wanted.scope))
    heard: dict[str, str] = {}
    kept = {contexts.list, contexts.list_otherwise}

    async def asked(command: str) -> str:
        """The same, but a list that was captured already is not asked for again."""
        if command in heard:
            return heard.pop(command)
        said = await ask(command)
        if command in kept:
            heard[command] = said
        return said

    found = await collect_config(asked, captures, ready, wanted.key)
    walk = Walk(connection, contexts, ready, asked, move_s=min(_MOVE_S, wanted.scope.command_s))
    try:
        places = await walk.places()
    except HostError as error:
        detail = escape_controls(str(error), _DETAIL)
        places = Places(failures=(Failure(what=f"{contexts.called}s", reason=Reason.CUT, detail=detail),))
    heard.clear()
    kept.clear()  # what proves a move is asked at that moment
    return await _Visit(walk, contexts, captures, ready, wanted).made(ask, places, found)


class _Visit:
    """Captures the virtual systems that are wanted, once it is known which there are."""

    def __init__(
        self, walk: Walk, contexts: Contexts, captures: tuple[Capture, ...], ready: ReadyProfile, wanted: Tour
    ) -> None:
        self._walk = walk
        self._contexts = contexts
        self._captures = captures
        self._ready = ready
        self._wanted = wanted
        self._room = _MOST_CHARS

    async def made(self, ask: Ask, places: Places, found: ConfigFound) -> Toured:
        landed = places.landed if places.several else ""
        own = (self._wanted.before or landed) if places.several or places.failures else ""
        names = [name for name in (self._contexts.home, *places.names) if name != landed and self._is_wanted(name, own)]
        inner = {landed: found} if landed != own and places.several else {}
        if self._wanted.scope.wanted_contexts and landed:
            for name in names:
                inner[name] = await self._visited(ask, name)
        with suppress(HostError):  # all is captured, and the session over
            await self._walk.back()
        if landed != own:
            found = inner.pop(own) if own in inner else ConfigFound(failures=(self._elsewhere(landed, own),))
            inner = inner if self._wanted.scope.wanted_contexts else {}
        return Toured(
            own=found,
            context=own if places.several else "",
            inner=inner,
            failures=tuple(self._failures(places)),
            notes=tuple(self._notes(places, own)),
            names=places.names,
        )

    def _is_wanted(self, name: str, own: str) -> bool:
        return name == own or any(fnmatchcase(name, each) for each in self._wanted.scope.wanted_contexts)

    async def _visited(self, ask: Ask, name: str) -> ConfigFound:
        inside = name != self._contexts.home
        if asyncio.get_running_loop().time() > self._wanted.ends:
            late = failed(name, self._contexts.called, "the time for the device is spent", Reason.BUDGET)
            return ConfigFound(failures=(late,))
        if self._room <= 0:
            full = failed(name, self._contexts.called, "the others said too much", Reason.LIMIT)
            return ConfigFound(failures=(full,))
        try:
            problem = await self._walk.enter(name) if inside else ""
            if problem:
                return ConfigFound(failures=(failed(name, self._contexts.called, problem),))
            captures = self._contexts.captures if inside and self._contexts.captures else self._captures
            found = await collect_config(ask, captures, self._ready, self._wanted.key)
            self._room -= sum(len(each.text) for each in found.captures.values())
        except HostError as error:
            return ConfigFound(failures=(failed(name, self._contexts.called, error),))
        if inside:
            with suppress(HostError):  # this one is whole; the session is over, and the next one says so
                await self._walk.leave()
        return found

    def _elsewhere(self, landed: str, own: str) -> Failure:
        called = self._contexts.called
        where = f"lands in the {called} {landed}" if landed else f"does not say in which {called} it landed"
        detail = f"the login {where}, and what is kept is of {own}; `contexts: all` captures each under its name"
        return Failure(what="running", reason=Reason.UNDECIDED, detail=detail)

    def _failures(self, places: Places) -> Iterator[Failure]:
        patterns = self._wanted.scope.wanted_contexts
        if patterns:
            yield from places.failures
        else:  # that the session is over is no matter of virtual systems alone
            yield from (each for each in places.failures if each.reason is Reason.CUT)
        if patterns and places.several and not places.landed and not places.failures:
            detail = "the prompt does not say where the login landed, so none was entered"
            yield Failure(what=f"{self._contexts.called}s", reason=Reason.UNDECIDED, detail=detail)
        known = (self._contexts.home, *places.names)
        for pattern in patterns if not places.failures else ():
            if pattern != "*" and not any(fnmatchcase(name, pattern) for name in known):
                detail = f"the device has none: it has {_listed(places.names) or 'no others at all'}"
                what = f"{self._contexts.called} {escape_controls(pattern, _DETAIL)}"
                yield Failure(what=what, reason=Reason.VANISHED, detail=detail)

    def _notes(self, places: Places, own: str) -> Iterator[str]:
        if self._wanted.scope.wanted_contexts:
            return
        called = self._contexts.called
        others = [name for name in (*([self._contexts.home] if own else []), *places.names) if name != own]
        if places.names and self._contexts.holds_all and own == self._contexts.home:
            listed = _listed(places.names)
            yield f"it has several {called}s, captured as one; `contexts: all` captures each for itself too: {listed}"
        elif places.names:
            here = f"only {own} is captured, where the login lands" if own else "only that where it lands is captured"
            yield f"it has several {called}s, and {here}; `contexts: all` captures the others: {_listed(others)}"
        has = "it has" if places.several else "it is not known whether it has"
        for failure in places.failures:
            if failure.reason is not Reason.CUT:
                yield f"{has} several {called}s, and not all can be named: {failure.detail}"


def inner_looks(look: ConfigLook, toured: Toured, state: Path, baselines: Path) -> Iterator[ConfigLook]:
    """What is known of each virtual system besides the device's own, and what was found there; blocking.

    Raises:
        ConfigErrors, StoreError: as `known_config` does.
    """
    names = tuple(capture.name for capture in look.ready.profile.captures)
    for context, found in toured.inner.items():
        subject = subject_of(look.host, context)
        inner = msgspec.structs.replace(look, host=subject, device=look.host, context=context, found=found, golden=None)
        known = known_config(state, baselines, subject, look.task, names)
        if known.state is None or known.state.device == look.host:
            yield msgspec.structs.replace(inner, known=known)
            continue
        detail = f"another host of the inventory has the name {subject}"
        taken = ConfigFound(failures=(Failure(what="running", reason=Reason.NAME, detail=detail),))
        yield msgspec.structs.replace(inner, known=KnownConfig(), found=taken)


def together(
    outcomes: Sequence[Outcome], looks: Sequence[ConfigLook], toured: Toured, notes: Iterable[str] = ()
) -> Outcome:
    """What a device and its virtual systems come to, as one task's."""
    results = [each.result for each in outcomes]
    failures = [
        msgspec.structs.replace(failure, what=f"{failure.what}@{look.context}") if look.device else failure
        for result, look in zip(results, looks, strict=True)
        for failure in result.failures
    ]
    keeps = [each.keep for each in outcomes if each.keep]
    stands = [result.baseline for result in results if result.baseline]

    def keep() -> None:
        for each in keeps:
            each()

    return Outcome(
        result=TaskResult(
            task=results[0].task,
            entries=sum(result.entries for result in results),
            baseline="proposed" if "proposed" in stands else "".join(stands[:1]),
            pending=sum(result.pending for result in results),
            failures=(*failures, *toured.failures),
        ),
        events=tuple(event for each in outcomes for event in each.events),
        notes=tuple(dict.fromkeys((*(note for each in outcomes for note in each.notes), *toured.notes, *notes))),
        keep=keep if keeps else None,
    )


def gone_contexts(states: ConfigStates, look: ConfigLook, toured: Toured) -> Iterator[str]:
    """Notes on virtual systems whose configurations are kept, and that the device has no more."""
    contexts = look.ready.profile.contexts
    if not toured.names or contexts is None:
        return
    known = {contexts.home, toured.context, *toured.names}
    for state in states.all():
        of_it = state.device == look.host and state.task == look.task
        if of_it and state.context not in known:
            yield f"{state.context} is not on it any more; its configuration is kept as {state.host}"


def _none_there(ready: ReadyProfile, scope: ConfigScope) -> tuple[Failure, ...]:
    if not scope.wanted_contexts:
        return ()
    detail = f"nothing is known of virtual systems of {ready.profile.platform}; leave `contexts` out"
    return (Failure(what="contexts", reason=Reason.NO_TOOL, detail=detail),)


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
