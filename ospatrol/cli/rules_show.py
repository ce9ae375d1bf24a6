"""`ospatrol rules show`: all that is known of one rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON, RULESETS

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset
    from ospatrol.model.place import Place
    from ospatrol.model.rule import Condition, Rule

_CHILDREN = 20
_SOURCE_LIMIT = 60


@click.command("show", params=[*RULESETS, *AS_JSON])
@click.argument("rule_id", type=int, metavar="ID")
def COMMAND(
    rule_id: int, *, rulesets: tuple[str, ...], dialect: str | None, lenient: bool, verbose: int, as_json: bool
) -> None:
    """Show one rule: what it asks, what stands above and below it, where it is written, and its source."""
    from ospatrol.cli.engine import open_rules, print_json, printable
    from ospatrol.model.errors import UsageError

    ruleset = open_rules(rulesets, dialect=dialect, lenient=lenient, verbose=verbose)
    rule = ruleset.rules.get(rule_id)
    if rule is None:
        raise UsageError(f"no rule has the id {rule_id}; `ospatrol rules list` shows them")
    if as_json:
        print_json(rule)
        return
    for name, value in _told(rule, ruleset).items():
        if value:
            click.echo(f"{name:<12}{printable(value)}")
    for text in _source(rule.place):
        click.echo(f"  {printable(text)}")


def _told(rule: Rule, ruleset: Ruleset) -> Mapping[str, str]:
    from ospatrol.engine.explain import history_of

    below = [str(node.rule.id) for node in ruleset.node(rule.id).below]
    more = f" and {len(below) - _CHILDREN} more" if len(below) > _CHILDREN else ""
    return {
        "id": str(rule.id),
        "level": str(rule.level),
        "description": rule.description,
        "parents": ", ".join(map(str, rule.parents)),
        "children": ", ".join(below[:_CHILDREN]) + more,
        "conditions": "; ".join(_condition(each) for each in rule.conditions),
        "earlier": history_of(rule),
        "silent for": f"{rule.ignore_s} s after it fired" if rule.ignore_s else "",
        "remembers": ", ".join(rule.remember),
        "not if": f"remembered: {', '.join(rule.unless_remembered)}" if rule.unless_remembered else "",
        "options": ", ".join(rule.options),
        "groups": ", ".join(rule.groups),
        "ATT&CK": ", ".join(rule.mitre),
        "compliance": "; ".join(f"{name} {', '.join(ids)}" for name, ids in rule.compliance.items()),
        "written at": str(rule.place),
    }


def _condition(condition: Condition) -> str:
    from ospatrol.engine.explain import wanted_of

    if condition.parts:
        return f"{wanted_of(condition)} ({'; '.join(_condition(each) for each in condition.parts)})"
    return wanted_of(condition)


def _source(place: Place) -> Iterator[str]:
    """The lines in which a rule is written; none if its file cannot be read any more."""
    try:
        lines = Path(place.path).read_text("latin-1").splitlines()[max(0, place.line - 1) :]
    except OSError:
        return
    if not place.line or not lines:
        return
    indent = len(lines[0]) - len(lines[0].lstrip())
    xml = lines[0].lstrip().startswith("<")
    for number, line in enumerate(lines[:_SOURCE_LIMIT]):
        own = len(line) - len(line.lstrip())
        if number and not xml and line.strip() and own <= indent:
            return  # the next entry of a list in YAML
        yield line.expandtabs(4)
        if xml and "</rule" in line:
            return
