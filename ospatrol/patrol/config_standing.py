"""Where a configuration task stands, as `ospatrol baseline` shows all tasks."""

from __future__ import annotations

from pathlib import Path

from ospatrol.integrity.config_diff import SectionChange
from ospatrol.integrity.config_events import Told
from ospatrol.patrol.config_known import config_standing
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.standing import Pending, Standing
from ospatrol.store.config_states import ConfigState

OF = "config"


def standing_of_config(state: Path, baselines: Path, kept: ConfigState, library: ProfileLibrary) -> Standing:
    """Where a task on a device stands; blocking.

    Args:
        state: The state folder.
        baselines: The folder of approvals.
        kept: As of the last capture.
        library: The device profiles.

    Raises:
        ConfigError, ConfigErrors, StoreError: the approvals, the profiles or the history cannot be read.
    """
    found = config_standing(state, baselines, kept, library)
    told = Told(host=kept.host, at=kept.captured_at, task=kept.task, platform=kept.platform)
    return Standing(
        host=kept.host,
        task=kept.task,
        of=OF,
        approval=found.approval,
        entries=found.lines,
        scanned_at=kept.captured_at,
        pending=tuple(_pending(change, told) for change in found.pending),
    )


def _pending(change: SectionChange, told: Told) -> Pending:
    counts = ((f"+{len(change.added)}", change.added), (f"-{len(change.removed)}", change.removed))
    moved = ((f"{len(change.moved)} moved", change.moved),)
    (event,) = told.changed((change,), capture="running")
    return Pending(
        change="modified",
        what=" / ".join(change.section) or change.topic,
        differs=" ".join(said for said, lines in (*counts, *moved) if lines),
        says=change.topic,
        fields=event.fields,
    )
