"""`ospatrol device learn`: what two captures, one right after the other, tell of a platform."""

from __future__ import annotations

from pathlib import Path

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.options import CONNECTION, EXTRA_VARS, INVENTORY, PACE, VERBOSE


@click.command("learn", params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *PACE, *VERBOSE])
@click.argument("names", nargs=-1, required=True, metavar="HOST | FILE FILE")
@click.option("--platform", metavar="NAME", help="The profile to begin with. [default: the host's]")
def COMMAND(names: tuple[str, ...], *, platform: str | None, **flags: object) -> None:
    """Fetch the running configuration of HOST twice, and propose what its profile lacks.

    What differs though nothing was changed is volatile: lines to drop, secrets that are encrypted anew at each show.
    Look at each line of the proposal before you put it into playbooks/devices/PLATFORM.yml. Two FILEs may stand in
    for the device, if --platform says which they are of.
    """
    from ospatrol.integrity.config_learn import learn
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.config_learn import fetched_twice
    from ospatrol.patrol.config_profiles import ProfileLibrary
    from ospatrol.patrol.key import scrub_key
    from ospatrol.store.folder import prepare

    order = RunFlags.read(flags)
    run = order.run_order((), play="device", full=False, command_line=())
    library = ProfileLibrary()
    prepare(run.state)
    if len(names) == 2 and platform and all(Path(name).is_file() for name in names):
        first, second = (Path(name).read_text(encoding="utf-8", errors="replace") for name in names)
        ready = library.ready(platform)
    elif len(names) == 1:
        target, *more = order.targets(names)
        if more:
            raise UsageError(f"{names[0]} is more than one host; learn from one")
        ready = library.ready(platform or target.platform)
        first, second = fetched_twice(target, ready, run)
    else:
        raise UsageError("name one host, or --platform and two files")
    click.echo(learn(first, second, ready, scrub_key(run.state)).as_yaml(), nl=False)
