"""`ospatrol rules check`: what is wrong with rules, before they judge anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON, RULESETS

if TYPE_CHECKING:
    from ospatrol.patrol.rule_check import Checked

_EPILOG = """\b
Examples:
  ospatrol rules check
  ospatrol rules check rules/ours.yml
  ospatrol rules check --ruleset /srv/wazuh
  ospatrol rules check --ruleset /srv/wazuh /srv/wazuh/rules/local_rules.xml

With --ruleset, FILEs choose whose mistakes are told; the whole ruleset is read all the same.

\b
Exit status: 0 no mistake, 2 a mistake, 3 only warnings and --strict.
"""


@click.command("check", epilog=_EPILOG, params=[*RULESETS, *AS_JSON])
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--strict", is_flag=True, help="End with 3 if there are warnings.")
def COMMAND(
    files: tuple[str, ...],
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,  # noqa: ARG001  # all is told anyhow
    strict: bool,
    as_json: bool,
) -> ExitStatus:
    """Read all rules, and name every mistake and every warning with its line."""
    from ospatrol.cli.engine import print_json, printable

    found = _of_rulesets(rulesets, files, dialect) if rulesets else _own(files)
    if as_json:
        print_json(found)
    else:
        for each in found.findings:
            click.echo(f"{printable(str(each.place))}: {'' if each.fatal else 'warning: '}{printable(each.problem)}")
        wrong = f"{found.mistakes:,} mistakes, {found.warnings:,} warnings" if found.findings else "no mistake"
        click.echo(f"{found.decoders:,} decoders, {found.rules:,} rules, {found.tests:,} tests, {wrong}")
    if found.mistakes and not lenient:
        return ExitStatus.USAGE
    return ExitStatus.FINDINGS if strict and found.findings else ExitStatus.CLEAN


def _of_rulesets(rulesets: Sequence[str], files: Sequence[str], dialect: str | None) -> Checked:
    from ospatrol.cli.engine import semantics
    from ospatrol.patrol.rule_check import check_folders

    return check_folders([Path(each) for each in rulesets], semantics(dialect), [Path(each) for each in files])


def _own(files: Sequence[str]) -> Checked:
    from ospatrol.cli.engine import own_rulebook
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.rule_check import check_rulebook

    for each in files:
        if each.endswith((".xml", ".ini")):
            raise UsageError(f"{each}: is no file of OSPatrol's own rules; name its ruleset: --ruleset DIR {each}")
    return check_rulebook(own_rulebook(files))
