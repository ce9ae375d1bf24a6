"""What is stored of hosts, as one run: for reports that contact nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from ospatrol.model.policy import Policy, Verdict
from ospatrol.model.run import HostResult, HostStatus, RunResult
from ospatrol.patrol.policy_judge import Judged
from ospatrol.patrol.policy_library import PolicyLibrary
from ospatrol.report.compliance import Unreachable
from ospatrol.store.facts_verdicts import PastVerdict, VerdictStore
from ospatrol.store.store import Store

_RUNS = 10_000
_WORSE = (HostStatus.ASSESSED, HostStatus.PARTLY, HostStatus.FAILED)


def last_result(store: Store, since: float | None, wanted: Callable[[str], bool]) -> RunResult | None:
    """What became of hosts in the last run; or in the last run of each play that began since a time.

    Args:
        store: Holds the runs.
        since: Seconds since the epoch, UTC; None for the last run alone.
        wanted: Whether a host is meant.

    Returns:
        One result for all; None if there was no such run.
    """
    summaries = store.runs(1 if since is None else _RUNS)
    ids: dict[str, str] = {}
    for run in summaries:  # newest first
        if since is None or run.started >= since:
            ids.setdefault(run.play, run.id)
    if not ids:
        return None
    runs = [store.run(each) for each in ids.values()]
    hosts: dict[str, HostResult] = {}
    for host in (host for run in runs for host in run.hosts if wanted(host.host)):
        hosts[host.host] = _together(hosts[host.host], host) if host.host in hosts else host
    left_out = sum(max(run.planned - len(run.hosts), 0) for run in runs)
    return RunResult(
        id=runs[0].id,
        play=", ".join(run.play for run in runs),
        started=min(run.started for run in runs),
        finished=max(run.finished for run in runs),
        planned=len(hosts) + left_out,
        interrupted=any(run.interrupted for run in runs),
        hosts=tuple(hosts.values()),
    )


def last_verdicts(
    state: Path, since: float | None, wanted: Callable[[str], bool]
) -> tuple[list[Judged], list[Unreachable]]:
    """The last verdicts on hosts, without waivers, and hosts whose last verdicts are too old to count.

    Args:
        state: The state folder.
        since: Seconds since the epoch, UTC; what is older is not told. None for no limit.
        wanted: Whether a host is meant.

    Raises:
        StoreError: they cannot be read.
    """
    judged: list[Judged] = []
    old: list[Unreachable] = []
    for kept in VerdictStore(state).last():
        host = kept[0].verdict.host
        fresh = [each for each in kept if since is None or each.at >= since]
        if not wanted(host):
            continue
        if fresh:
            judged.append(_judged(host, fresh))
        else:
            day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(each.at for each in kept)))
            old.append(Unreachable(host=host, reason=f"it was last judged at {day}", step="report"))
    return judged, old


def policies_of(judged: Iterable[Judged], library: PolicyLibrary) -> Iterator[Policy]:
    """The policies of verdicts, as far as they are still there."""
    ids = dict.fromkeys(verdict.policy for host in judged for verdict in host.verdicts)
    for each in ids:
        yield from (file.policy for file in library.find(each) if file.policy is not None and file.policy.id == each)


def _judged(host: str, kept: Iterable[PastVerdict]) -> Judged:
    kept = tuple(kept)
    return Judged(
        host=host,
        at=max(each.at for each in kept),
        facts=kept[-1].facts,
        verdicts=tuple(_bare(each.verdict) for each in kept),
        before=tuple(
            PastVerdict(at=each.before_at or 0.0, run="", facts="", verdict=each.before)
            for each in kept
            if each.before is not None
        ),
    )


def _bare(verdict: Verdict) -> Verdict:
    """A verdict without the waivers of its day."""
    findings = (msgspec.structs.replace(each, waiver="") if each.waiver else each for each in verdict.findings)
    return msgspec.structs.replace(verdict, findings=tuple(findings))


def _together(later: HostResult, earlier: HostResult) -> HostResult:
    """What became of a host in runs of two plays; the later one's trouble is told first."""
    worse = max(later, earlier, key=lambda each: _WORSE.index(each.status))
    return msgspec.structs.replace(
        worse,
        notes=tuple(dict.fromkeys((*later.notes, *earlier.notes))),
        tasks=(*later.tasks, *earlier.tasks),
        alerts=later.alerts + earlier.alerts,
        worst=max(later.worst, earlier.worst),
        seconds=later.seconds + earlier.seconds,
    )
