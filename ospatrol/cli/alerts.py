"""`ospatrol alerts`: what was raised."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON
from ospatrol.cli.verbs import Whole
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.model.alert import Alert
    from ospatrol.store.store import Store

_AGE = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_EPILOG = """\b
Examples:
  ospatrol alerts list --since 2d --level 7
  ospatrol alerts list --host 'web*' --json | jq -r '.[].description'
  ospatrol alerts show 3f2a
  ospatrol alerts show --worst
"""


@click.group("alerts", cls=Whole, epilog=_EPILOG)
def COMMAND() -> None:
    """List and show alerts."""


@COMMAND.command("list", params=[*AS_JSON])
@click.option("--since", metavar="TIME", help="Not older than 30m, 12h, 2d, 1w, or an ISO 8601 time (UTC).")
@click.option("--until", metavar="TIME", help="Older than that.")
@click.option("--host", "host", default="*", metavar="PATTERN", help="Shell pattern of inventory names.")
@click.option("--level", type=click.IntRange(0, 15), default=0, help="Not below this level.")
@click.option("--rule", "rules", type=int, multiple=True, metavar="ID", help="Only of this rule; repeatable.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only of this rule group; repeatable.")
@click.option("--run", metavar="ID", help="Only of this run.")
@click.option("-n", "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many.")
@click.option("--oldest-first", is_flag=True, help="Newest first otherwise.")
def list_alerts(
    *,
    since: str | None,
    until: str | None,
    host: str,
    level: int,
    rules: tuple[int, ...],
    groups: tuple[str, ...],
    run: str | None,
    limit: int,
    oldest_first: bool,
    as_json: bool,
) -> None:
    """List alerts, newest first."""
    from ospatrol.cli.output import print_alerts
    from ospatrol.store.records import AlertQuery

    query = AlertQuery(
        since=moment(since),
        until=moment(until),
        host=host,
        min_level=level,
        rules=rules,
        groups=groups,
        run=run,
        limit=limit,
        oldest_first=oldest_first,
    )
    with _store() as store:
        alerts = _with_waivers(store.alerts(query))
    if as_json:
        _print_json(alerts)
    else:
        print_alerts(alerts)


@COMMAND.command("show", params=[*AS_JSON])
@click.argument("alert_id", metavar="ID", required=False)
@click.option("--worst", is_flag=True, help="The loudest alert of the last run that raised any.")
def show_alert(alert_id: str | None, *, worst: bool, as_json: bool) -> None:
    """Show everything that is known of one alert; the beginning of its ID is enough."""
    from ospatrol.store.records import AlertQuery

    with _store() as store:
        if alert_id and not worst:
            alert = store.alert(alert_id)
        elif worst and not alert_id:
            runs = (list(store.alerts(AlertQuery(run=run.id))) for run in store.runs(1000))
            raised = next((alerts for alerts in runs if alerts), [])
            if not raised:
                raise UsageError("no alert was raised yet")
            alert = max(raised, key=lambda each: (each.level, each.event.host))
        else:
            raise UsageError("name an alert by its ID, or say --worst")
    shown = _with_waivers([alert])
    if as_json:
        _print_json(shown)
    else:
        _print_alert(*shown)


def _print_alert(alert: Alert) -> None:
    from ospatrol.integrity.events import unfold
    from ospatrol.report.view import iso_time

    lines = {
        "alert": alert.id,
        "level": str(alert.level),
        "at": iso_time(alert.event.at),
        "host": alert.event.host,
        "rule": f"{alert.rule}: {alert.description}",
        "groups": ", ".join(alert.groups),
        "ATT&CK": ", ".join(alert.mitre),
        "compliance": "; ".join(f"{name} {', '.join(ids)}" for name, ids in alert.compliance.items()),
        "waiver": escape_controls(alert.waiver),
        "location": alert.event.location,
        "event": alert.event.text,
        **{name: value for name, value in alert.event.fields.items() if name != "diff"},
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        if value:
            click.echo(f"{name:<{width}}  {value}")
    if "diff" in alert.event.fields:
        click.echo(unfold(alert.event.fields["diff"]))


def _with_waivers(alerts: Iterable[Alert]) -> list[Alert]:
    """Alerts with today's waivers laid over them; if those cannot be read, that is told, and alerts are shown still."""
    from ospatrol.cli.arguments import RunFlags
    from ospatrol.cli.policy_waivers import FILE, open_waivers
    from ospatrol.cli.run_report import laid_over

    if not Path(FILE).exists():
        return list(alerts)
    try:
        return list(laid_over(open_waivers(RunFlags.read({}), None, tell=False), alerts).alerts)
    except ConfigErrors as errors:
        for each in errors.errors:
            click.echo(f"ospatrol: {each}", err=True)
        click.echo("ospatrol: alerts are shown without waivers", err=True)
        return list(alerts)


def _print_json(alerts: list[Alert]) -> None:
    import msgspec

    from ospatrol.report.view import alert_view

    click.echo(msgspec.json.format(msgspec.json.encode([alert_view(alert) for alert in alerts]), indent=2).decode())


def _store() -> Store:
    from ospatrol.cli.workspace import current_settings
    from ospatrol.store.store import Store

    return Store.open(Path(current_settings().state), read_only=True)


def moment(text: str | None) -> float | None:
    """An age such as `2d`, or an ISO 8601 time, as seconds since the epoch.

    Raises:
        UsageError: it is neither.
    """
    if text is None:
        return None
    age = _AGE.fullmatch(text.strip())
    if age:
        return time.time() - int(age[1]) * _SECONDS[age[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is neither an age such as 2d or 12h nor an ISO 8601 time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
