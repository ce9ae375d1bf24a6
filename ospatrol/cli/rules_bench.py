"""`ospatrol rules bench`: how fast rules judge a log."""

from __future__ import annotations

import click

from ospatrol.cli.options import AS_JSON, RULESETS, WORKERS

_EPILOG = """\b
Examples:
  ospatrol rules bench --ruleset /srv/wazuh /var/log/auth.log
  ospatrol rules bench --ruleset /srv/ossec --workers 4 --profile -o json big.log

All lines are judged once; alerts are formed and encoded, and go nowhere. With --repeat, the last time counts.
"""


@click.command("bench", epilog=_EPILOG, params=[*RULESETS, *WORKERS, *AS_JSON])
@click.argument("file", metavar="FILE")
@click.option(
    "--repeat", type=click.IntRange(1, 1000), default=1, show_default=True, metavar="N", help="Judge FILE N times."
)
@click.option("--profile", is_flag=True, help="Tell each stage's share of the CPU time, measured afterwards.")
def COMMAND(
    file: str,
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,
    workers: int,
    repeat: int,
    profile: bool,
    as_json: bool,
) -> None:
    """Judge the lines of FILE by rules, and say how long that took."""
    import msgspec

    from ospatrol.cli.engine import open_engine
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.bench import measure

    if file == "-" and (repeat > 1 or profile):
        raise UsageError("standard input can be read but once; name a file for --repeat and --profile")
    found = measure(
        lambda: open_engine(rulesets, dialect=dialect, lenient=lenient, verbose=verbose),
        file,
        workers=workers,
        repeat=repeat,
        profiled=profile,
    )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    click.echo(f"{found.events:,} lines, {found.alerts:,} alerts")
    click.echo(f"{found.events_per_cpu_second:,.0f} lines a CPU second")
    click.echo(f"{found.cpu_seconds:.2f} s of CPU time, {found.wall_seconds:.2f} s by the clock, {workers} processes")
    click.echo(f"{found.load_seconds:.2f} s to load the rules, {found.max_rss_bytes / 2**20:,.0f} MiB")
    click.echo(f"{found.calibration_seconds:.3f} s for the yardstick: 2,000,000 rounds of a loop")
    for stage, share in found.profile.items():
        click.echo(f"{stage:<10}{share:>6.1%}")
