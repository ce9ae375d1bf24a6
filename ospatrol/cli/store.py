"""`ospatrol store`: what is remembered, how much room it takes, and whether it is sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON
from ospatrol.cli.verbs import Whole
from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from ospatrol.store.upkeep import Problem, Retention

_EPILOG = """\b
Examples:
  ospatrol store stats                     how much is remembered, and since when
  ospatrol store gc --dry-run              what a clean-up would remove
  ospatrol store gc --runs-days 30         forget runs after a month
  ospatrol store verify                    read everything; status 3 if anything is wrong
"""
_DIGEST = re.compile(rb"\b[0-9a-f]{64}\b")
_STATE = click.option(
    "--state", type=click.Path(path_type=Path), metavar="PATH", help="State folder. [default: .ospatrol]"
)


@click.group("store", cls=Whole, epilog=_EPILOG)
def COMMAND() -> None:
    """Statistics, clean-up and verification of what is remembered."""


@COMMAND.command("stats", params=[*AS_JSON])
@_STATE
def stats(state: Path | None, *, as_json: bool) -> None:
    """How much is remembered, and since when."""
    from ospatrol.cli.store_text import said_of_stats
    from ospatrol.store.store import Store

    with Store.open(_folder(state), read_only=True) as store:
        found = store.stats(_policy())
    _print(found, said_of_stats(found), as_json=as_json)


@COMMAND.command("gc", params=[*AS_JSON])
@_STATE
@click.option("--alerts-days", type=click.FloatRange(0), help="Keep alerts for so many days. [default: 400]")
@click.option("--runs-days", type=click.FloatRange(0), help="Keep runs and transcripts so long. [default: 90]")
@click.option("--snapshots", type=click.IntRange(0), help="Older snapshots to keep of a host and task. [default: 30]")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def gc(
    state: Path | None,
    alerts_days: float | None,
    runs_days: float | None,
    snapshots: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove what is past its time, and contents that nothing refers to.

    What an approved or proposed baseline needs is never removed, whatever its age.
    """
    import time

    from ospatrol.cli.store_text import said_of_gc
    from ospatrol.store.lock import RunLock
    from ospatrol.store.store import Store

    folder = _folder(state)
    Store.open(folder, read_only=True).close()  # says so where there is nothing, before a folder is made for the lock
    with RunLock(folder, "ospatrol store gc"), Store.open(folder) as store:
        policy = _policy(alerts_days, runs_days, snapshots)
        report = store.gc(policy, time.time(), keep=_approved(), dry_run=dry_run)
    _print(report, said_of_gc(report), as_json=as_json)


@COMMAND.command("verify", params=[*AS_JSON])
@_STATE
def verify(state: Path | None, *, as_json: bool) -> int:
    """Read everything, and compare it with what was written; status 3 if anything is wrong."""
    from ospatrol.cli.store_text import said_of_problems

    problems = _problems(_folder(state))
    _print(problems, said_of_problems(problems), as_json=as_json)
    return ExitStatus.FINDINGS if problems else ExitStatus.CLEAN


@COMMAND.command("unpin")
@click.argument("host", metavar="HOST")
@_STATE
def unpin(host: str, state: Path | None) -> None:
    """Forget the pinned host keys of HOST, as it was installed anew; the next run pins with --accept-new."""
    from ospatrol.store.registry import FILE, Registry

    registry = _folder(state) / FILE
    if not registry.exists():
        raise UsageError(f"{registry}: nothing is remembered yet; run `ospatrol run` or `ospatrol scan` first")
    count = Registry.open(registry.parent).unpin(host)
    if not count:
        raise UsageError(f"{host}: no key of such a host is pinned; `{registry}` names them")
    click.echo(f"{host}: {count} key{'' if count == 1 else 's'} forgotten")


def _problems(folder: Path) -> tuple[Problem, ...]:
    from ospatrol.model.errors import StoreError
    from ospatrol.store.database import FILE
    from ospatrol.store.registry import Registry
    from ospatrol.store.store import Store
    from ospatrol.store.upkeep import Problem, ProblemKind

    try:
        with Store.open(folder, read_only=True) as store:
            problems = store.verify()
    except StoreError as error:
        if not (folder / FILE).exists():
            raise
        problems = (Problem(kind=ProblemKind.DATABASE, what=FILE, detail=str(error)),)
    try:
        Registry.open(folder)
    except StoreError as error:
        problems += (Problem(kind=ProblemKind.REGISTRY, what=str(folder), detail=str(error)),)
    return problems


def _folder(state: Path | None) -> Path:
    from ospatrol.cli.workspace import current_settings

    return state or Path(current_settings().state)


def _policy(
    alerts_days: float | None = None, runs_days: float | None = None, snapshots: int | None = None
) -> Retention:
    """What the flags say, and else the settings."""
    from ospatrol.cli.workspace import current_settings
    from ospatrol.store.upkeep import Retention

    settings = current_settings()
    return Retention(
        alerts_days=settings.keep_alerts_days if alerts_days is None else alerts_days,
        runs_days=settings.keep_runs_days if runs_days is None else runs_days,
        snapshots=settings.keep_snapshots if snapshots is None else snapshots,
    )


def _approved() -> frozenset[str]:
    """Every digest that stands anywhere in the approvals, even in a file that is broken."""
    from ospatrol.cli.workspace import current_settings
    from ospatrol.model.errors import UsageError

    found: set[str] = set()
    for path in sorted(Path(current_settings().baselines).rglob("*")):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError as error:
            raise UsageError(f"{path}: cannot be read, so it is not known what it needs: {error.strerror}") from error
        found.update(digest.decode() for digest in _DIGEST.findall(content))
    return frozenset(found)


def _print(found: object, text: str, *, as_json: bool) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2) if as_json else text)
