"""`ospatrol policy check`: what is wrong with policies, before they judge anything."""

from __future__ import annotations

from pathlib import Path

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON

_EPILOG = """\b
Examples:
  ospatrol policy check checks/ours.yml
  ospatrol policy check /srv/wazuh/ruleset/sca -o json

A warning is about what cannot work as written or is never sent to a host: it is not assessed, and never passes.

\b
Exit status: 0 every policy can be used, 2 one cannot.
"""


@click.command("check", epilog=_EPILOG, params=[*AS_JSON])
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def COMMAND(files: tuple[str, ...], *, as_json: bool) -> ExitStatus:
    """Read policy FILEs, or folders of them, and name every mistake and every warning with its line."""
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.policy_text import fit
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.policies import Weight, files_below, read_policy_file
    from ospatrol.patrol.policy_library import PolicyLibrary

    allow = current_settings().allow_commands
    library = PolicyLibrary(allow=allow)
    found = []
    for name in files:
        shipped = () if Path(name).exists() else library.find(name)
        found += list(shipped) or [read_policy_file(path, allow) for path in files_below(Path(name))]
    if as_json:
        policies = [
            {
                "file": fit(each.path),
                "id": fit(each.id),
                "language": each.language,
                "checks": each.checks,
                "rules": each.rules,
                "usable": each.usable,
                "problems": [
                    {"place": fit(str(told.place)), "kind": told.weight, "problem": fit(told.problem)}
                    for told in each.problems
                ],
            }
            for each in found
        ]
        print_json({"policies": policies})
    else:
        for each in found:
            for told in each.problems:
                kind = "warning: " if told.weight is Weight.WARNING else ""
                click.echo(f"{fit(str(told.place))}: {kind}{fit(told.problem)}")
            state = f"{each.checks:,} checks, {each.rules:,} rules" if each.usable else "cannot be used"
            warned = sum(told.weight is Weight.WARNING for told in each.problems)
            click.echo(f"{fit(each.path)}: {fit(each.id)}: {state}" + (f", {warned:,} warnings" if warned else ""))
    return ExitStatus.CLEAN if found and all(each.usable for each in found) else ExitStatus.USAGE
