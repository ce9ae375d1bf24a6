"""`ospatrol config approve`: vouching for what a device's configuration is."""

from __future__ import annotations

import click

from ospatrol.cli.options import AS_JSON


@click.command("approve", params=[*AS_JSON])
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for whoever reviews it.")
@click.option("--by", envvar="OSPATROL_APPROVER", metavar="NAME", help="Who vouches. [default: you, as git knows you]")
@click.option("--task", "tasks", multiple=True, metavar="NAME", help="Only this task; repeatable.")
def COMMAND(hosts: tuple[str, ...], *, why: str, by: str | None, tasks: tuple[str, ...], as_json: bool) -> None:
    """Vouch for the running configuration of HOSTs as it was last captured.

    HOST is an inventory name, a shell pattern, or `all`. The approval is written below baselines/, to be reviewed and
    committed like code.
    """
    import time
    from pathlib import Path

    import msgspec

    from ospatrol.cli.baseline import _myself
    from ospatrol.cli.config_choice import state_folder, states_of
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.workspace import current_settings
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.approve import Signature
    from ospatrol.patrol.config_approve import approve_config
    from ospatrol.patrol.config_profiles import ProfileLibrary
    from ospatrol.store.lock import RunLock

    if not why.strip():
        raise UsageError("--why needs a reason; whoever reviews the approval will ask")
    signature = Signature(by=by or _myself(), at=time.time(), why=why)
    folder, baselines, library = state_folder(), Path(current_settings().baselines), ProfileLibrary()
    chosen = states_of(hosts, tasks)
    with RunLock(folder, "config approve"):
        tried = [approve_config(folder, baselines, state, library, signature) for state in chosen]
    done = [each for each in tried if each is not None]
    if as_json:
        print_json(msgspec.to_builtins(done, enc_hook=str))
        return
    for each in done:
        click.echo(f"{each.host}: {each.task}: approved {each.entries:,} lines ({each.accepted:,} sections differed)")
    if done:
        click.echo(f"review and commit: {', '.join(sorted({str(each.path) for each in done}))}")
    else:
        click.echo("nothing awaits approval")
