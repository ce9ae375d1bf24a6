"""`ospatrol config leak-check`: secrets in configuration files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ospatrol.integrity.config_leaks import Leak

_LARGEST_BYTES = 64 << 20


@click.command("leak-check", params=[*AS_JSON])
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--platform", default="ios", show_default=True, metavar="NAME", help="Whose configurations they are.")
@click.option("--weak", is_flag=True, help="Only secrets that protect little, or are used in more than one file.")
def COMMAND(files: tuple[str, ...], *, platform: str, weak: bool, as_json: bool) -> ExitStatus:
    """List the lines of FILEs that hold secrets nobody masked, without the secrets; ends with 3 if there are any.

    Weak are those in plain text, those that are only encoded (type 7, $9$), and those that everybody knows. A secret
    that stands in more than one file has the same mask in each.
    """
    import msgspec

    from ospatrol.cli.config_choice import state_folder
    from ospatrol.cli.engine import print_json
    from ospatrol.integrity.config_leaks import leaks_of, reused
    from ospatrol.patrol.config_profiles import ProfileLibrary
    from ospatrol.patrol.key import scrub_key
    from ospatrol.store.folder import prepare

    ready = ProfileLibrary().ready(platform)
    folder = state_folder()
    prepare(folder)
    key = scrub_key(folder)
    leaks = [leak for path in files for leak in leaks_of(_text(path), path, ready, key)]
    again = reused(leaks)
    chosen = [leak for leak in leaks if not weak or leak.weak or leak.mask in again]
    if as_json:
        print_json([{**msgspec.to_builtins(leak), "files": _files(again, leak)} for leak in chosen])
    else:
        _print(chosen, again)
    return ExitStatus.FINDINGS if chosen else ExitStatus.CLEAN


def _text(path: str) -> str:
    from ospatrol.model.errors import UsageError

    try:
        if Path(path).stat().st_size > _LARGEST_BYTES:
            raise UsageError(f"{path}: has more than {_LARGEST_BYTES} bytes")
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def _files(again: Mapping[str, Sequence[Leak]], leak: Leak) -> int:
    return len({each.path for each in again.get(leak.mask, (leak,))})


def _print(leaks: Sequence[Leak], again: Mapping[str, Sequence[Leak]]) -> None:
    from ospatrol.cli.table import print_table
    from ospatrol.model.text import escape_controls

    rows = []
    for leak in leaks:
        files = _files(again, leak)
        said = ", ".join(filter(None, [leak.weak, f"used in {files} files" if files > 1 else ""]))
        line = escape_controls(leak.shown, 200)
        rows.append((f"{escape_controls(leak.path)}:{leak.line}", leak.name, leak.form.value, said or "-", line))
    if rows:
        print_table(["where", "secret", "written", "against it", "line"], rows)
