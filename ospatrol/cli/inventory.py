"""`ospatrol inventory`: list, graph, show and check inventories."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ospatrol.cli.options import INVENTORY
from ospatrol.cli.verbs import Whole
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.inventory.inventory import Inventory

_PLAYBOOK_DIR = click.Option(
    ["--playbook-dir"],
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Whose group_vars/ and host_vars/ count too. [default: the current folder]",
)
_LIMITED = (*INVENTORY, _PLAYBOOK_DIR)
_WHOLE = tuple(option for option in _LIMITED if option.name != "limit")

# what JSON lets stand as it is and a terminal would obey, or could not print
_CONTROL = re.compile(r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_EPILOG = """\b
Examples:
  ospatrol inventory list 'web:&prod:!web3'
  ospatrol inventory list -i inventories/prod --json   what `ansible-inventory --list` prints
  ospatrol inventory graph -i hosts.ini
  ospatrol inventory host web1 --vault-password-file ~/.vault
  ospatrol inventory check                             every mistake with file:line
"""


@click.group("inventory", cls=Whole, epilog=_EPILOG)
def COMMAND() -> None:
    """List, graph, show and check inventories: Ansible's own formats, unmodified."""


@COMMAND.command("list", params=[*_LIMITED])
@click.argument("pattern", default="all")
@click.option("--json", "as_json", is_flag=True, help="Print what `ansible-inventory --list` prints.")
@click.option("--reveal", is_flag=True, help="With --json: show what comes from encrypted files, as Ansible does.")
def list_hosts(*, pattern: str, as_json: bool, reveal: bool, limit: str | None, **sources: object) -> None:
    """List the hosts of PATTERN with their groups."""
    from ospatrol.cli.table import print_table

    inventory, said = _open(sources)
    if as_json:
        document = inventory.listed(pattern, limit, reveal=reveal)
        _warn(inventory.warnings[said:])
        _print_json(document)
        return
    hosts = inventory.select(pattern, limit)
    _warn(inventory.warnings[said:])
    if not hosts:
        raise UsageError(f"no host matches {pattern!r}" + (f" and {limit!r}" if limit else ""))
    print_table(["host", "groups"], [_row(inventory, host) for host in hosts])


@COMMAND.command("graph", params=[*_WHOLE])
@click.argument("group", default="all")
def graph(*, group: str, **sources: object) -> None:
    """Draw GROUP with its children and hosts, as `ansible-inventory --graph` does."""
    inventory, said = _open(sources)
    lines = inventory.graphed(group)
    _warn(inventory.warnings[said:])
    for line in lines:
        click.echo(escape_controls(line))


@COMMAND.command("host", params=[*_WHOLE])
@click.argument("name")
def host(*, name: str, **sources: object) -> None:
    """Show the variables of host NAME as JSON: templates resolved, secrets masked.

    What cannot be resolved stays as it was written, and is named on stderr.
    """
    from ospatrol.inventory.show import shown_variables

    inventory, said = _open(sources)
    variables, problems = shown_variables(inventory, name)
    _warn(inventory.warnings[said:])
    _warn(str(problem) for problem in problems)
    _print_json(variables)


@COMMAND.command("check", params=[*_LIMITED])
@click.argument("pattern", default="all")
def check(*, pattern: str, limit: str | None, **sources: object) -> None:
    """Name every mistake with its file and line; the exit status is 2 if there is one."""
    from ospatrol.inventory.check import mistakes

    inventory, said = _open(sources)
    hosts = inventory.select(pattern, limit)
    found = mistakes(inventory, hosts)
    _warn(inventory.warnings[said:])
    if found:
        raise ConfigErrors(found)
    click.echo(f"{len(hosts)} hosts, {len(inventory.groups)} groups: no mistake")


class _Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The options that name an inventory, as click gives them."""

    sources: tuple[str, ...] = ()
    vault_password_file: str | None = None
    vault_ids: tuple[str, ...] = ()
    playbook_dir: Path | None = None


def _open(given: dict[str, object]) -> tuple[Inventory, int]:
    """The inventory, and how many of its warnings were said already."""
    from ospatrol.cli.inventories import open_inventory
    from ospatrol.cli.workspace import current_settings

    named = msgspec.convert(given, _Sources)
    inventory = open_inventory(
        current_settings(),
        named.sources,
        vault_password_file=named.vault_password_file,
        vault_ids=named.vault_ids,
        playbook_dir=named.playbook_dir or Path(),
    )
    return inventory, len(inventory.warnings)


def _row(inventory: Inventory, name: str) -> tuple[str, str]:
    return escape_controls(name), escape_controls(", ".join(inventory.host(name).groups))


def _print_json(value: object) -> None:
    text = json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False)
    click.echo(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"ospatrol: warning: {escape_controls(warning)}", err=True)
