"""What is known of a device's configuration before it is captured again, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ospatrol.integrity.config_diff import SectionChange, diff_configs
from ospatrol.integrity.config_normal import digest_of_text
from ospatrol.integrity.config_profile import ReadyProfile
from ospatrol.load.approvals import read_approvals
from ospatrol.model.approval import CONFIG, Approval
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.store.config_history import ConfigHistory
from ospatrol.store.config_states import ConfigState, ConfigStates

VOUCHED = CONFIG
"""What approvals of configurations say that they are of."""
RUNNING = "running"
"""The capture that baselines and approvals are about."""


class KnownConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The past of one task on one device.

    Attributes:
        state: Where it stands; None before its first capture.
        texts: The texts that were kept last, by the capture's name.
        approval: In force; None where nobody vouched.
        baseline: The running configuration that was approved, or the first one; None if it is not in the history.
        gone: Whether what was kept is not in the history any more.
    """

    state: ConfigState | None = None
    texts: Mapping[str, str] = msgspec.field(default_factory=dict)
    approval: Approval | None = None
    baseline: str | None = None
    gone: bool = False


def known_config(state: Path, baselines: Path, host: str, task: str, captures: tuple[str, ...]) -> KnownConfig:
    """Reads the history and the approvals; blocking.

    Args:
        state: The state folder.
        baselines: The folder of approvals.
        host: The inventory name.
        task: The task's name.
        captures: Whose texts are wanted.

    Raises:
        ConfigErrors: the approvals are broken.
        StoreError: the history cannot be read.
    """
    kept = ConfigStates(state).get(host, task)
    approval = read_approvals(baselines, host).latest(task, VOUCHED)
    history = ConfigHistory(state)
    texts = {name: text for name in captures if (text := history.text(host, name)) is not None}
    wanted = approval.result if approval else (kept.proposed if kept else "")
    return KnownConfig(
        state=kept,
        texts=texts,
        approval=approval,
        baseline=_text_of(history, host, wanted, texts) if wanted else None,
        gone=kept is not None and _is_gone(history, kept, texts),
    )


def _text_of(history: ConfigHistory, host: str, digest: str, texts: Mapping[str, str]) -> str | None:
    """The running configuration of a digest, checked against it."""
    newest = texts.get(RUNNING)
    if newest is not None and digest_of_text(newest) == digest:
        return newest
    for revision in history.revisions(host, RUNNING):
        if revision.note.digests.get(RUNNING) == digest:
            text = history.text(host, RUNNING, revision.id)
            if text is not None and digest_of_text(text) == digest:
                return text
    return None


def _is_gone(history: ConfigHistory, kept: ConfigState, texts: Mapping[str, str]) -> bool:
    digest = kept.captures.get(RUNNING)
    return bool(digest) and _text_of(history, kept.host, digest or "", texts) is None


class ConfigStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A task on a device between its baseline and its last capture, for people who review it.

    Attributes:
        state: As of the last capture.
        approval: In force; None where nobody vouched.
        text: The running configuration as it was last captured; empty if it is gone.
        pending: What differs from the baseline.
        lines: How many lines the running configuration has.
    """

    state: ConfigState
    approval: Approval | None
    text: str
    pending: tuple[SectionChange, ...]
    lines: int


def config_standing(state: Path, baselines: Path, kept: ConfigState, library: ProfileLibrary) -> ConfigStanding:
    """Where a task on a device stands; blocking.

    Raises:
        ConfigError, ConfigErrors, StoreError: the approvals, the profiles or the history cannot be read.
    """
    known = known_config(state, baselines, kept.host, kept.task, (RUNNING,))
    text = known.texts.get(RUNNING, "")
    pending = standing_changes(known, text, library.ready(kept.platform))
    return ConfigStanding(state=kept, approval=known.approval, text=text, pending=pending, lines=text.count("\n"))


def standing_changes(known: KnownConfig, text: str, ready: ReadyProfile) -> tuple[SectionChange, ...]:
    """What differs between the baseline and a running configuration; nothing where there is no baseline."""
    return diff_configs(known.baseline, text, ready) if known.baseline is not None else ()
