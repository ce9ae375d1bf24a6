"""What a run came to, put together for a report: its alerts with waivers laid over them, and its policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ospatrol.store.records import AlertQuery

if TYPE_CHECKING:
    from ospatrol.comply.waive_alerts import WaivedAlerts
    from ospatrol.model.alert import Alert
    from ospatrol.model.policy import Waiver
    from ospatrol.model.run import RunResult
    from ospatrol.patrol.policy_judge import Waivers
    from ospatrol.report.compliance import ComplianceReport
    from ospatrol.report.report import RunReport
    from ospatrol.store.store import Store

_EARLIER_S = 30 * 86400
_EARLIER = 100_000


def run_report(
    store: Store,
    result: RunResult,
    waivers: Waivers,
    *,
    fail_on: int,
    policies: ComplianceReport | None = None,
    alerts: Iterable[Alert] | None = None,
) -> RunReport:
    """The report of a run that is stored.

    Args:
        store: Holds its alerts, which stay as they are.
        result: The run.
        waivers: What is lived with.
        fail_on: The lowest level of an alert that is a finding.
        policies: What its policy tasks came to; None if it had none.
        alerts: Which are told, oldest first; None for those of the run.
    """
    from ospatrol import __version__
    from ospatrol.report.report import RunReport

    if alerts is None:
        alerts = store.alerts(AlertQuery(run=result.id, oldest_first=True))
    laid = laid_over(waivers, alerts)
    unused = _unused(store, result, waivers, laid)
    used = _once(laid.used, policies.used if policies else ())
    known = {waiver.id for waiver in used}
    return RunReport(
        result=result,
        alerts=tuple(sorted(laid.alerts, key=lambda alert: (-alert.level, alert.event.host))),
        used=used,
        unused=tuple(each for each in _once(unused, policies.unused if policies else ()) if each.id not in known),
        expired=laid.expired,
        policies=policies,
        fail_on=fail_on,
        version=__version__,
    )


def laid_over(waivers: Waivers, alerts: Iterable[Alert]) -> WaivedAlerts:
    """Alerts with a workspace's waivers laid over them."""
    from ospatrol.comply.waive_alerts import waive_alerts

    return waive_alerts(alerts, waivers.waivers, waivers.today, waivers.matches_host)


def _unused(store: Store, result: RunResult, waivers: Waivers, laid: WaivedAlerts) -> tuple[Waiver, ...]:
    """Waivers about the run's hosts that cover no alert of it, nor any of the month before."""
    from ospatrol.comply.waive_alerts import idle

    if not laid.unused:
        return ()
    earlier = store.alerts(AlertQuery(since=result.started - _EARLIER_S, limit=_EARLIER))
    return idle(laid.unused, [host.host for host in result.hosts], earlier, waivers.matches_host)


def _once(waivers: Iterable[Waiver], more: Sequence[Waiver]) -> tuple[Waiver, ...]:
    return tuple({waiver.id: waiver for waiver in (*waivers, *more)}.values())
