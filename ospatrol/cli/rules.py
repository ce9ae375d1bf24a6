"""`ospatrol rules`: what is judged, how, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON
from ospatrol.model.errors import UsageError

if TYPE_CHECKING:
    from ospatrol.engine.rulebook import Rulebook
    from ospatrol.model.rule import Rule

_EPILOG = """\b
Examples:
  ospatrol rules list --group integrity
  ospatrol rules show 910100
  ospatrol rules check rules/ours.yml
  ospatrol rules test
  ospatrol rules explain 3f2a       why an alert has the rule and level it has
"""


@click.group("rules", epilog=_EPILOG)
def COMMAND() -> None:
    """List, show, check, test and explain rules: those that ship, and your own under rules/."""


@COMMAND.command("list", params=[*AS_JSON])
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only of this group; repeatable.")
@click.option("--level", type=click.IntRange(0, 15), default=0, help="Not below this level.")
def list_rules(*, groups: tuple[str, ...], level: int, as_json: bool) -> None:
    """List rules by id."""
    from ospatrol.cli.table import level_colour, print_table

    rules = [
        rule
        for _, rule in sorted(_rulebook().ruleset.rules.items())
        if rule.level >= level and (not groups or set(groups) & set(rule.groups))
    ]
    if as_json:
        _print_json(rules)
        return
    rows = [(str(rule.id), str(rule.level), rule.description, ", ".join(rule.groups)) for rule in rules]
    print_table(["id", "level", "description", "groups"], rows, colours=[level_colour(rule.level) for rule in rules])


@COMMAND.command("show", params=[*AS_JSON])
@click.argument("rule_id", type=int, metavar="ID")
def show(rule_id: int, *, as_json: bool) -> None:
    """Show one rule and where it is written."""
    rule = _rulebook().ruleset.rules.get(rule_id)
    if rule is None:
        raise UsageError(f"no rule has the id {rule_id}; `ospatrol rules list` shows them")
    if as_json:
        _print_json(rule)
        return
    for name, value in _told(rule).items():
        if value:
            click.echo(f"{name:<12}{value}")


@COMMAND.command("check")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def check(files: tuple[str, ...]) -> None:
    """Read all rules, FILEs among them, and name every mistake with its line; ends with 2 if there is one."""
    rulebook = _rulebook(files)
    click.echo(f"{len(rulebook.ruleset.rules):,} rules, {len(rulebook.tests):,} tests, no mistake")


@COMMAND.command("test")
@click.argument("files", nargs=-1, metavar="[FILE]...")
def test(files: tuple[str, ...]) -> ExitStatus:
    """Run the tests that stand beside the rules; ends with 3 if one fails."""
    from ospatrol.engine.selftest import run_tests, untested
    from ospatrol.patrol.rules import open_rulebook

    rulebook, shipped = _rulebook(files), open_rulebook(())
    own = [each for each in rulebook.tests if each.rule not in shipped.ruleset.rules]
    # shipped rules are tested by themselves: a rule of yours may well refine one of them
    outcomes = (*run_tests(shipped.ruleset, shipped.tests), *run_tests(rulebook.ruleset, own))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        click.echo(str(outcome))
    bare = untested(rulebook.ruleset, rulebook.tests)
    if bare:
        click.echo(f"without an event that fires them and one that does not: {', '.join(map(str, bare))}")
    click.echo(f"{len(outcomes) - len(failed):,} passed, {len(failed):,} failed")
    return ExitStatus.FINDINGS if failed else ExitStatus.CLEAN


@COMMAND.command("explain")
@click.argument("alert_id", metavar="ALERT")
def explain(alert_id: str) -> None:
    """Judge an alert's event again with the rules of now, and show every rule tried and what it failed at."""
    from ospatrol.cli.workspace import current_settings
    from ospatrol.engine.explain import trace, trace_lines
    from ospatrol.store.store import Store

    with Store.open(Path(current_settings().state), read_only=True) as store:
        event = store.alert(alert_id).event
    traced = trace(_rulebook().ruleset, event)
    click.echo(f"event {event.kind} of {event.host}: {event.text}")
    for line in trace_lines(traced, event):
        click.echo(line)
    if traced.match is None:
        click.echo("no rule matches")
    else:
        rule = traced.match.rule
        click.echo(f"rule {rule.id}, level {rule.level}, at {rule.place}")


def _told(rule: Rule) -> dict[str, str]:
    conditions = "; ".join(
        f"{each.field} {'not ' if each.negate else ''}{each.operator} {' | '.join(each.operands)}".rstrip()
        for each in rule.conditions
    )
    return {
        "id": str(rule.id),
        "level": str(rule.level),
        "description": rule.description,
        "parents": ", ".join(map(str, rule.parents)),
        "conditions": conditions,
        "groups": ", ".join(rule.groups),
        "ATT&CK": ", ".join(rule.mitre),
        "compliance": "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.compliance.items()),
        "written at": str(rule.place),
    }


def _rulebook(files: tuple[str, ...] = ()) -> Rulebook:
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.rules import open_rulebook

    missing = [file for file in files if not Path(file).exists()]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no such file")
    return open_rulebook((*current_settings().rules, *files))


def _print_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
