"""What a captured configuration comes to: compared with the last one, the baseline, the startup and the golden one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from ospatrol.collect.config import ConfigFound
from ospatrol.integrity.config_diff import SectionChange, diff_configs, unsaved
from ospatrol.integrity.config_events import Told, digest_of_changes
from ospatrol.integrity.config_golden import Golden, GoldenDrift
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.integrity.notices import baseline_proposed, baseline_withdrawn, host_partly_assessed
from ospatrol.model.coverage import Failure, Reason
from ospatrol.model.device_profile import CaptureRole
from ospatrol.model.event import Event
from ospatrol.model.run import TaskResult
from ospatrol.patrol.config_known import RUNNING, KnownConfig, standing_changes
from ospatrol.patrol.work import Outcome
from ospatrol.store.config_history import ConfigHistory, Note
from ospatrol.store.config_states import ConfigState, ConfigStates

_NAMED = 5


class ConfigLook(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one look at a device brought together.

    Attributes:
        golden: What the running configuration is compared with; None if with nothing.
        compare_startup: Whether a startup configuration that differs is told.
        author: Who runs it.
        device: The inventory name of the device, where `host` names a virtual system in it.
        context: The virtual system; empty where the device has none.
    """

    host: str
    task: str
    at: float
    run: str
    author: str
    ready: ReadyProfile
    known: KnownConfig
    found: ConfigFound
    golden: Golden | None = None
    compare_startup: bool = True
    device: str = ""
    context: str = ""

    @property
    def told(self) -> Told:
        """Whom its events are about."""
        profile = self.ready.profile
        return Told(
            host=self.device or self.host,
            at=self.at,
            task=self.task,
            platform=profile.platform,
            context=self.context,
            called=profile.contexts.called if profile.contexts else "",
        )


class _Drift(msgspec.Struct, frozen=True, kw_only=True):
    """How the running configuration differs from others; None where that could not be told."""

    unsaved: tuple[SectionChange, ...] | None
    golden: tuple[GoldenDrift, ...] | None


def config_outcome(look: ConfigLook, history: ConfigHistory, states: ConfigStates) -> Outcome:
    """A look as what is reported, judged and kept; blocking work for the processor, and nothing is written yet."""
    changes = {name: _changed(look, name) for name in look.found.captures}
    running = look.found.captures.get(RUNNING)
    pending = _pending(look, changes)
    drift = _drifts(look)
    failures = (*look.found.failures, *_baseline_failure(look))
    state = _state(look, drift, failures)
    return Outcome(
        result=TaskResult(
            task=look.task,
            entries=running.text.count("\n") if running else 0,
            baseline="approved" if look.known.approval else "proposed" if running or look.known.state else "",
            pending=len(pending),
            failures=failures,
        ),
        events=(*_events(look, changes, drift), *_notices(look, failures)),
        notes=tuple(_notes(look)),
        keep=_keeper(look, changes, state, history, states) if running or look.known.state else None,
    )


def _pending(look: ConfigLook, changes: dict[str, tuple[SectionChange, ...]]) -> tuple[SectionChange, ...]:
    """What differs from the baseline; as long as that is what was captured last, it is compared once."""
    running = look.found.captures.get(RUNNING)
    if running is None:
        return ()
    if look.known.baseline is not None and look.known.baseline == look.known.texts.get(RUNNING):
        return changes[RUNNING]
    return standing_changes(look.known, running.text, look.ready)


def _changed(look: ConfigLook, name: str) -> tuple[SectionChange, ...]:
    before = look.known.texts.get(name)
    if before is None:
        return ()
    role = next(each.role for each in look.ready.profile.captures if each.name == name)
    after = look.found.captures[name].text
    return diff_configs(before, after, look.ready, plain=role is CaptureRole.INVENTORY)


def _drifts(look: ConfigLook) -> _Drift:
    running, startup = look.found.captures.get(RUNNING), look.found.captures.get("startup")
    differs: tuple[SectionChange, ...] | None = None
    if running and startup and look.compare_startup:
        differs = unsaved(startup.text, running.text, look.ready)
    return _Drift(unsaved=differs, golden=look.golden.drift(running.text) if look.golden and running else None)


def _events(look: ConfigLook, changes: dict[str, tuple[SectionChange, ...]], drift: _Drift) -> Iterator[Event]:
    told, state = look.told, look.known.state
    if look.known.gone and state is not None and not state.gone:
        yield told.history_gone(state.captures.get(RUNNING, ""))
    for name, found in changes.items():
        if name != "startup":  # what is saved was told when it began to run
            yield from told.changed(found, capture=name, by=look.found.captures[name].changed_by)
    before = state.unsaved if state else ""
    if drift.unsaved is not None and digest_of_changes(drift.unsaved) != before:
        yield told.unsaved(drift.unsaved) if drift.unsaved else told.saved()
    before = state.golden if state else ""
    if drift.golden is not None and digest_of_changes(drift.golden) != before:
        yield from told.golden(_new_drifts(look, drift.golden, before)) if drift.golden else [told.golden_met()]


def _new_drifts(look: ConfigLook, drifts: tuple[GoldenDrift, ...], before: str) -> list[GoldenDrift]:
    """Those that the last look did not tell, if it went by the same golden configuration."""
    last = look.known.texts.get(RUNNING)
    earlier = look.golden.drift(last) if look.golden is not None and last is not None else ()
    return [each for each in drifts if each not in earlier or digest_of_changes(earlier) != before]


def _notices(look: ConfigLook, failures: tuple[Failure, ...]) -> Iterator[Event]:
    """What is said once, when it begins: a proposed baseline, one that is gone, gaps."""
    before, where, host = look.known.state, look.told.location, look.told.host
    inside = f"@{look.context}" if look.device else ""
    task = f"{look.task}{inside}"
    running = look.found.captures.get(RUNNING)
    first = running is not None and (before is None or not before.proposed)
    if first and running and look.known.approval is None:
        entries = running.text.count("\n")
        yield baseline_proposed(host=host, at=look.at, location=where, task=task, entries=entries)
    if before is not None and before.approved and look.known.approval is None:
        yield baseline_withdrawn(host=host, at=look.at, location=where, task=task)
    if failures and (before is None or _what(before.failures) != _what(failures)):
        named = [f"{failure.what}{inside}" for failure in failures[:_NAMED]]
        yield host_partly_assessed(host=host, at=look.at, location=where, what=named, missed=len(failures))


def _what(failures: tuple[Failure, ...]) -> list[tuple[str, Reason]]:
    return [(failure.what, failure.reason) for failure in failures]


def _baseline_failure(look: ConfigLook) -> Iterator[Failure]:
    approval = look.known.approval
    running = look.found.captures.get(RUNNING)
    if approval and running and look.known.baseline is None and running.digest != approval.result:
        detail = f"the approved configuration {approval.result[:12]} is not in the history; approve what is there now"
        yield Failure(what="baseline", reason=Reason.ERROR, detail=detail)


def _notes(look: ConfigLook) -> Iterator[str]:
    flapping = sum(found.flapping for name, found in look.found.captures.items() if name == RUNNING)
    if flapping:
        said = f"{flapping} secret{'' if flapping == 1 else 's'} of its configuration"
        yield f"{said} cannot be compared: the platform encrypts them anew at each show"


def _state(look: ConfigLook, drift: _Drift, failures: tuple[Failure, ...]) -> ConfigState:
    before, found = look.known.state, look.found.captures
    running = found.get(RUNNING)
    captures = {**(before.captures if before else {}), **{name: each.digest for name, each in found.items()}}
    proposed = before.proposed if before and not look.known.gone else ""
    golden_before, unsaved_before = (before.golden, before.unsaved) if before else ("", "")
    return ConfigState(
        host=look.host,
        task=look.task,
        platform=look.ready.profile.platform,
        captured_at=look.at if running else (before.captured_at if before else 0.0),
        captures=captures,
        proposed=proposed or (running.digest if running else ""),
        approved=look.known.approval.result if look.known.approval else "",
        unsaved=unsaved_before if drift.unsaved is None else digest_of_changes(drift.unsaved),
        golden=golden_before if drift.golden is None else digest_of_changes(drift.golden),
        gone=look.known.gone and running is None,
        failures=failures,
        device=look.device,
        context=look.context or (before.context if before else ""),
    )


def _keeper(
    look: ConfigLook,
    changes: dict[str, tuple[SectionChange, ...]],
    state: ConfigState,
    history: ConfigHistory,
    states: ConfigStates,
) -> Callable[[], None]:
    """Keeps what is new: the history first, so that where the device stands never names what is not in it."""
    found = look.found.captures
    texts = {name: each.text for name, each in found.items() if look.known.texts.get(name) != each.text}
    running = found.get(RUNNING)

    def keep() -> None:
        if texts:
            note = Note(
                host=look.host,
                at=look.at,
                run=look.run,
                task=look.task,
                author=look.author,
                subject=_subject(look, changes, texts),
                changed_by=running.changed_by if running else "",
                digests={name: found[name].digest for name in texts},
            )
            history.append(note, texts)
        states.put(state)

    return keep


def _subject(look: ConfigLook, changes: dict[str, tuple[SectionChange, ...]], texts: dict[str, str]) -> str:
    said = []
    for name in sorted(texts):
        if name not in look.known.texts:
            said.append(f"{name} captured for the first time")
            continue
        found = changes[name]
        added, removed = sum(len(each.added) for each in found), sum(len(each.removed) for each in found)
        said.append(f"{name} +{added} -{removed} lines in {len(found)} section{'' if len(found) == 1 else 's'}")
    return ", ".join(said)
