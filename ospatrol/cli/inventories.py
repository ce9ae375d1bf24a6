"""Opening the inventory that options and settings name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from ospatrol.cli.workspace import inventory_sources
from ospatrol.inventory.inventory import Inventory, load_inventory
from ospatrol.load.vault import read_keys
from ospatrol.model.settings import Settings


def open_inventory(
    settings: Settings,
    sources: Sequence[str],
    *,
    vault_password_file: str | None,
    vault_ids: Sequence[str],
    playbook_dir: Path | None,
) -> Inventory:
    """The inventory, its vault passwords asked for where a person said `prompt`; warnings go to stderr.

    Raises:
        ConfigErrors: every mistake in it.
        UsageError: it does not exist, or a vault password source gives none.
    """
    password_file = vault_password_file or settings.vault_password_file
    keys = read_keys(password_files=[password_file] if password_file else [], vault_ids=vault_ids, ask=_ask)
    beside = Path(settings.playbook_vars) if settings.playbook_vars else playbook_dir
    inventory = load_inventory(inventory_sources(settings, sources), playbook_dir=beside, vault=keys)
    warn(inventory.warnings)
    return inventory


def warn(warnings: Iterable[str]) -> None:
    """Tell what is no mistake and should be known, on stderr."""
    for warning in warnings:
        click.echo(f"ospatrol: warning: {warning}", err=True)


def _ask(question: str) -> str:
    return str(click.prompt(question, hide_input=True, err=True))
