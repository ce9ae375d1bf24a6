"""`ospatrol baseline`: what hosts may look like, and who says so."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON
from ospatrol.cli.verbs import Whole
from ospatrol.model.errors import UsageError
from ospatrol.store.config_states import ConfigState
from ospatrol.store.records import ScanState

if TYPE_CHECKING:
    from ospatrol.cli.baseline_choice import Watched
    from ospatrol.patrol.approve import Approved, Signature, Wanted
    from ospatrol.patrol.standing import Standing
    from ospatrol.store.store import Store


_EPILOG = """\b
Examples:
  ospatrol baseline show                               every host and task
  ospatrol baseline diff web1                          what awaits approval
  ospatrol baseline approve web1 --why "new release"   everything on web1
  ospatrol baseline approve 'web*' --package openssl --why "security update"
  ospatrol baseline approve all --path '/etc/motd*' --why "new banner"
  ospatrol baseline approve web1 --item account:ann --why "joined the team"
  ospatrol baseline export web1 -o web1.baseline
"""


@click.group("baseline", cls=Whole, epilog=_EPILOG)
def COMMAND() -> None:
    """Show, compare, approve, export and import baselines.

    HOST is an inventory name as it was scanned, a shell pattern of such names, or `all`.

    The first scan of a host is only proposed as its baseline. An approval is written to a YAML file under baselines/,
    to be reviewed and committed like code.
    """


@COMMAND.command("show", params=[*AS_JSON])
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
def show(hosts: tuple[str, ...], *, as_json: bool) -> None:
    """Show who approved which baseline, and how much awaits approval."""
    from ospatrol.cli.table import print_table
    from ospatrol.report.view import iso_time

    standings = list(_standings(hosts or ("all",)))
    if as_json:
        _print_json([standing.view() for standing in standings])
        return
    rows = [
        (
            standing.host,
            standing.task,
            f"approved by {standing.approval.by} at {standing.approval.at}"
            if standing.approval
            else "PROPOSED, not approved",
            f"{standing.entries:,}",
            f"{len(standing.pending):,}",
            iso_time(standing.scanned_at)[:19] + "Z" if standing.scanned_at else "never",
        )
        for standing in standings
    ]
    print_table(["host", "task", "baseline", "entries", "pending", "last scan"], rows)


@COMMAND.command("diff", params=[*AS_JSON])
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
def diff(hosts: tuple[str, ...], *, as_json: bool) -> ExitStatus:
    """Show what differs from the baseline; ends with 3 if anything does."""
    from ospatrol.cli.table import print_table

    standings = list(_standings(hosts))
    if as_json:
        _print_json([standing.view(changes=True) for standing in standings])
    else:
        rows = [
            (standing.host, standing.task, change.change, change.what, change.differs, change.says)
            for standing in standings
            for change in standing.pending
        ]
        if rows:
            print_table(["host", "task", "change", "what", "what differs", "package says"], rows)
    return ExitStatus.FINDINGS if any(standing.pending for standing in standings) else ExitStatus.CLEAN


@COMMAND.command("approve", params=[*AS_JSON])
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for whoever reviews it.")
@click.option("--by", envvar="OSPATROL_APPROVER", metavar="NAME", help="Who vouches. [default: you, as git knows you]")
@click.option("--task", "tasks", multiple=True, metavar="NAME", help="Only this task; repeatable.")
@click.option("--path", "paths", multiple=True, metavar="GLOB", help="Only these paths; * crosses /; repeatable.")
@click.option("--item", "items", multiple=True, metavar="KIND:GLOB", help="Only these items of a state; repeatable.")
@click.option("--package", "packages", multiple=True, metavar="NAME", help="Only what this package explains.")
@click.option("--explained", is_flag=True, help="Only what packages explain.")
def approve(
    hosts: tuple[str, ...],
    *,
    why: str,
    by: str | None,
    tasks: tuple[str, ...],
    paths: tuple[str, ...],
    items: tuple[str, ...],
    packages: tuple[str, ...],
    explained: bool,
    as_json: bool,
) -> None:
    """Vouch for what hosts look like, as they were last seen."""
    import msgspec

    from ospatrol.patrol.approve import Signature, Wanted

    if not why.strip():
        raise UsageError("--why needs a reason; whoever reviews the approval will ask")
    wanted = Wanted(paths=paths, items=items, packages=packages, explained=explained)
    done = _vouched(hosts, tasks, wanted, Signature(by=by or _myself(), at=time.time(), why=why))
    if as_json:
        _print_json(msgspec.to_builtins(done, enc_hook=str))
    else:
        _print_approved(done)


@COMMAND.command("export")
@click.argument("host", metavar="HOST")
@click.option("-o", "--output", "path", required=True, metavar="FILE", help="Where to; never overwritten.")
def export(host: str, *, path: str) -> None:
    """Write the baselines of HOST, contents and approvals, to a file for another workspace."""
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.exchange import export_baselines
    from ospatrol.store.store import Store

    settings = current_settings()
    with Store.open(Path(settings.state), read_only=True) as store:
        count = export_baselines(store, Path(settings.baselines), host, Path(path))
    click.echo(f"{path}: {count} baseline{'' if count == 1 else 's'} of {host}")


@COMMAND.command("import")
@click.argument("path", metavar="FILE")
def import_(path: str) -> None:
    """Read what `export` wrote; every content is checked against its digest."""
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.exchange import import_baselines
    from ospatrol.store.lock import RunLock
    from ospatrol.store.store import Store

    settings = current_settings()
    folder = Path(settings.state)
    with RunLock(folder, "baseline import"), Store.open(folder) as store:
        host, count = import_baselines(store, Path(settings.baselines), Path(path))
    click.echo(f"{host}: {count} baseline{'' if count == 1 else 's'} imported")


def _vouched(hosts: Sequence[str], tasks: Sequence[str], wanted: Wanted, signature: Signature) -> list[Approved]:
    """Every task that was vouched for.

    Raises:
        UsageError: something awaits approval, and nothing of it is wanted.
    """
    from ospatrol.cli.baseline_choice import refuse_parts_of_proposed, refuse_unknown_kinds
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.approve import approve
    from ospatrol.patrol.config_approve import approve_config
    from ospatrol.patrol.config_profiles import ProfileLibrary
    from ospatrol.patrol.state_approve import approve_state
    from ospatrol.store.lock import RunLock
    from ospatrol.store.state import StateStore
    from ospatrol.store.store import Store

    settings = current_settings()
    folder, baselines = Path(settings.state), Path(settings.baselines)
    states, profiles = StateStore(folder, keep=settings.keep_snapshots), ProfileLibrary()
    Store.open(folder, read_only=True).close()  # says so where there is nothing, before a folder is made for the lock
    with RunLock(folder, "baseline approve"), Store.open(folder) as store:
        chosen = _chosen(store, hosts, tasks)
        refuse_unknown_kinds(wanted, chosen)
        refuse_parts_of_proposed(store, chosen, wanted)
        done: list[Approved | None] = []
        for state in chosen:
            if isinstance(state, ScanState):
                done.append(approve(store, baselines, state, wanted, signature))
            elif isinstance(state, ConfigState):  # it is vouched for as a whole
                done.append(approve_config(folder, baselines, state, profiles, signature) if wanted.all else None)
            else:
                done.append(approve_state(states, baselines, state, wanted, signature))
    if not any(done):
        refuse_parts_of_proposed(None, chosen, wanted)
    if not any(done) and not wanted.all and any(getattr(state, "pending", ()) for state in chosen):
        raise UsageError(f"nothing that awaits approval is `{wanted}`; `ospatrol baseline diff` shows what does")
    return [approved for approved in done if approved]


def _print_approved(done: Sequence[Approved]) -> None:
    for each in done:
        left = f"; {each.left:,} still await approval" if each.left else ""
        accepted = f"{each.accepted:,} difference{'' if each.accepted == 1 else 's'}"
        click.echo(f"{each.host}: {each.task}: approved {each.entries:,} entries ({accepted}){left}")
    if done:
        files = sorted({str(each.path) for each in done})
        click.echo(f"review and commit: {', '.join(files[:5])}{' ...' if len(files) > 5 else ''}")
    else:
        click.echo("nothing awaits approval")


def _standings(hosts: Sequence[str]) -> Iterator[Standing]:
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.config_profiles import ProfileLibrary
    from ospatrol.patrol.config_standing import standing_of_config
    from ospatrol.patrol.standing import standing_of, standing_of_state
    from ospatrol.store.store import Store

    settings = current_settings()
    baselines, profiles = Path(settings.baselines), ProfileLibrary()
    with Store.open(Path(settings.state), read_only=True) as store:
        for state in _chosen(store, hosts, ()):
            if isinstance(state, ScanState):
                yield standing_of(store, baselines, state)
            elif isinstance(state, ConfigState):
                yield standing_of_config(Path(settings.state), baselines, state, profiles)
            else:
                yield standing_of_state(baselines, state)


def _chosen(store: Store, hosts: Sequence[str], tasks: Sequence[str]) -> list[Watched]:
    """Where the hosts of patterns stand, by host and task.

    Raises:
        UsageError: a pattern matches no host that was ever scanned, or no such task was done on any of these.
    """
    from ospatrol.cli.baseline_choice import chosen_of
    from ospatrol.store.config_states import ConfigStates
    from ospatrol.store.state import StateStore

    states: list[Watched] = [*store.scan_states(), *StateStore(store.folder).records()]
    states += ConfigStates(store.folder).all()
    return chosen_of(states, hosts, tasks)


def _myself() -> str:
    """Who git says you are, else who the system says."""
    import getpass
    import subprocess

    for key in ("user.email", "user.name"):
        try:
            said = subprocess.run(["git", "config", "--get", key], capture_output=True, text=True, check=False)  # noqa: S607  # whichever git the person uses
        except OSError:
            break
        if said.stdout.strip():
            return said.stdout.strip()
    return getpass.getuser()


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
