"""`ospatrol transcript`: what a run sent, word for word."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from ospatrol.cli.options import AS_JSON
from ospatrol.model.errors import UsageError

_EPILOG = """\b
Examples:
  ospatrol transcript --runs             the last runs
  ospatrol transcript                    what the last run sent
  ospatrol transcript 20261121T2357 --scripts
"""


@click.command("transcript", epilog=_EPILOG, params=[*AS_JSON])
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--host", metavar="NAME", help="Only what this host was sent.")
@click.option("--scripts", is_flag=True, help="Print each script's text as well.")
@click.option("--runs", "list_runs", is_flag=True, help="List runs instead.")
def COMMAND(run: str | None, *, host: str | None, scripts: bool, list_runs: bool, as_json: bool) -> None:
    """Show every command that a run sent to hosts; RUN is an id or its beginning, by default the last."""
    import msgspec

    from ospatrol.cli.table import print_table
    from ospatrol.cli.workspace import current_settings
    from ospatrol.report.view import iso_time
    from ospatrol.store.store import Store

    with Store.open(Path(current_settings().state), read_only=True) as store:
        runs = store.runs(100 if list_runs or run else 1)
        if list_runs:
            if as_json:
                click.echo(msgspec.json.encode(runs))
                return
            rows = [
                (each.id, each.play, each.owner, each.state, f"{each.assessed}", f"{each.partly + each.failed}")
                for each in runs
            ]
            print_table(["run", "play", "by", "state", "assessed", "not or partly"], rows)
            return
        if not runs:
            raise UsageError("nothing is remembered yet; run `ospatrol run` or `ospatrol scan` first")
        chosen = [each for each in runs if run is None or each.id.startswith(run)]
        if len(chosen) != 1:
            raise UsageError(f"{run or 'runs'}: {len(chosen)} runs begin so; `ospatrol transcript --runs` lists them")
        texts: set[str] = set()
        for sent in store.transcript(chosen[0].id):
            if host is not None and sent.host != host:
                continue
            if as_json:
                click.echo(msgspec.json.encode(sent))
                continue
            if scripts and sent.digest and sent.digest not in texts:
                texts.add(sent.digest)
                click.echo(f"# script {sent.script} ({sent.digest})\n{store.script(sent.digest)}")
            line = (
                f"{iso_time(sent.at)} {sent.host}: {sent.exec_line} <<{f'{sent.script} {sent.digest[:12]}'.strip()}>>"
            )
            click.echo(f"{line} {shlex.join(sent.args)}".rstrip())
