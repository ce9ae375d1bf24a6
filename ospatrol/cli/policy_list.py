"""`ospatrol policy list`: the policies that can be named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from ospatrol.patrol.policies import PolicyFile


@click.command("list", params=[*AS_JSON])
@click.argument("files", nargs=-1, metavar="[FILE]...")
def COMMAND(files: tuple[str, ...], *, as_json: bool) -> None:
    """List the policies that ship, those of the workspace's checks/, and those of FILEs or folders."""
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.policy_text import fit
    from ospatrol.cli.table import print_table
    from ospatrol.patrol.policies import files_below
    from ospatrol.patrol.policy_library import PolicyLibrary

    library = PolicyLibrary()
    origins = [(path, "shipped") for path in library.shipped] + [(path, "workspace") for path in library.own]
    origins += [(path, "named") for name in files for path in files_below(Path(name))]
    found = {path.resolve(): (library.file(path), origin) for path, origin in reversed(origins)}
    rows = [found[path] for path in dict.fromkeys(path.resolve() for path, _ in origins)]
    if as_json:
        print_json({"policies": [_view(each, origin) for each, origin in rows]})
        return
    cells = [
        (
            fit(each.id),
            each.language.value,
            origin,
            str(each.checks) if each.usable else "unusable",
            fit(each.policy.name if each.policy else ""),
            fit(each.path) if origin != "shipped" else "",
        )
        for each, origin in rows
    ]
    print_table(["id", "language", "origin", "checks", "name", "file"], cells)


def _view(file: PolicyFile, origin: str) -> Mapping[str, object]:
    from ospatrol.cli.policy_text import fit

    return {
        "id": fit(file.id),
        "name": fit(file.policy.name) if file.policy else "",
        "language": file.language,
        "origin": origin,
        "file": fit(file.path),
        "checks": file.checks,
        "platforms": file.policy.platforms if file.policy else (),
        "usable": file.usable,
        "problems": len(file.problems),
    }
