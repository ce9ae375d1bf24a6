"""Vouching for a device's configuration: from what was captured last to an approval in git."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ospatrol.integrity.config_diff import SectionChange
from ospatrol.model.approval import Approval, ApprovedChange
from ospatrol.model.errors import UsageError
from ospatrol.patrol.approve import Approved, Signature, append, listing
from ospatrol.patrol.config_known import RUNNING, VOUCHED, config_standing
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.store.config_states import ConfigState, ConfigStates


def approve_config(
    state: Path, baselines: Path, kept: ConfigState, library: ProfileLibrary, signature: Signature
) -> Approved | None:
    """Vouch for the running configuration of a device as it was last captured; None if nothing is left to vouch for.

    The approval names the digest of the normalised text, in which secrets are masked with the workspace's key.
    The approval file is written first, then where the task stands.

    Raises:
        ConfigErrors, StoreError: the past cannot be read, or the approval not be written.
        UsageError: nothing was captured, or what was is not in the history.
    """
    standing = config_standing(state, baselines, kept, library)
    digest = kept.captures.get(RUNNING, "")
    if not digest or not standing.text:
        raise UsageError(f"{kept.host}: {kept.task!r} has no configuration in the history; run it first")
    before = standing.approval.result if standing.approval else ""
    if before == digest:
        return None
    if kept.approved != before:
        raise UsageError(f"{kept.host}: the approvals of {kept.task!r} changed since its last run; run it again first")
    approval = Approval(
        task=kept.task,
        of=VOUCHED,
        by=signature.by,
        at=signature.moment,
        why=signature.why,
        scope="all",
        previous=before,
        result=digest,
        entries=standing.lines,
    )
    path = append(baselines, kept.host, listing(approval, [_listed(change) for change in standing.pending]))
    ConfigStates(state).put(msgspec.structs.replace(kept, approved=digest))
    return Approved(
        host=kept.host,
        task=kept.task,
        accepted=len(standing.pending),
        left=0,
        entries=standing.lines,
        path=path,
    )


def _listed(change: SectionChange) -> ApprovedChange:
    """What was accepted, as the file lists it; the lines themselves are in the history."""
    counts = (("added", change.added), ("removed", change.removed), ("moved", change.moved))
    said = ",".join(f"{name} {len(lines)}" for name, lines in counts if lines)
    return ApprovedChange(path=" / ".join(change.section) or change.topic, change="modified", aspects=said)
