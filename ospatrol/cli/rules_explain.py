"""`ospatrol rules explain`: why a line, or an alert, is judged as it is."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.options import AS_JSON, RULESETS

if TYPE_CHECKING:
    from ospatrol.patrol.explain import LineTrace, Outcome, RuleTry

_ALERT = re.compile(r"[0-9a-f]{4,16}")
_ALIKE = 3  # rules that fail for one reason and are shown each
_EPILOG = """\b
Examples:
  ospatrol rules explain --ruleset /srv/ossec 'Dec 10 06:55:46 web1 sshd[2]: Invalid user bob from 192.0.2.7'
  ospatrol rules explain --ruleset /srv/ossec --rule 5712 - < tail-of-auth.log
  ospatrol rules explain 3f2a

Several lines are judged in their order in one memory, so that rules that count see those before. A word of
hexadecimal digits is taken for an alert of this workspace.
"""


@click.command("explain", epilog=_EPILOG, params=[*RULESETS, *AS_JSON])
@click.argument("lines", nargs=-1, required=True, metavar="LINE|ALERT...")
@click.option("--rule", "rule", type=int, metavar="ID", help="Say why this rule does, or does not, fire.")
@click.option(
    "--level", type=click.IntRange(0, 16), metavar="N", help="No alerts below this level. [default: as analyse]"
)
def COMMAND(
    lines: tuple[str, ...],
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,
    rule: int | None,
    level: int | None,
    as_json: bool,
) -> ExitStatus | None:
    """Show how LINEs (- for those of standard input) are judged: header, decoder, each rule tried, counts, alert."""
    from ospatrol.cli.engine import open_engine
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.explain import Explainer

    if not rulesets and len(lines) == 1 and _ALERT.fullmatch(lines[0]):
        _explain_alert(lines[0])
        return None
    engine = open_engine(rulesets, dialect=dialect, lenient=lenient, verbose=0)
    if rule is not None and rule not in engine.ruleset.rules:
        raise UsageError(f"no rule has the id {rule}; `ospatrol rules list` shows them")
    explainer = Explainer(engine, at=time.time(), least=level)
    traces = [explainer.explain(text, rule) for text in _texts(lines)]
    if as_json:
        _print_json(traces)
        return None
    for number, traced in enumerate(traces):
        for text in ("" if number else None, *_told(traced, every=bool(verbose))):
            if text is not None:
                click.echo(text)
    return None


def _texts(given: Sequence[str]) -> Iterator[str]:
    """The lines, each character one byte."""
    for each in given:
        raw = sys.stdin.buffer.read() if each == "-" else os.fsencode(each)
        yield from (line.removesuffix("\r") for line in raw.decode("latin-1").split("\n") if line.strip("\r"))


def _told(traced: LineTrace, *, every: bool) -> Iterator[str]:
    header = traced.header
    yield f"line      {traced.line}"
    yield from (
        f"  {name:<8}{value}"
        for name, value in (("stamp", header.stamp), ("host", header.hostname), ("program", header.program))
        if value
    )
    if header.log != traced.line:
        yield f"  log     {header.log}"
    yield f"decoder   {traced.decoder or 'none knows the line'}"
    yield from _decoders(traced, every=every)
    yield from (f"  {name} = {value}" for name, value in traced.fields.items())
    yield "rules"
    yield from _rules(traced.rules, every=every)
    for outcome in traced.outcomes:
        if outcome.rule is not None or len(traced.outcomes) == 1:
            yield from _outcome(outcome)
    if traced.why_not:
        yield f"rule {traced.why_not.rule}"
        yield from (f"  {'  ' * each.depth}{_tried(each)}" for each in traced.why_not.path)
        yield f"  {traced.why_not.answer}"


def _decoders(traced: LineTrace, *, every: bool) -> Iterator[str]:
    tried = [each for each in traced.decoders if not each.matched]
    if every:
        yield from (
            f"  {'  ' * each.depth}{each.name}: {'takes it' if each.matched else 'does not fit'} ({each.place})"
            for each in traced.decoders
        )
        return
    if tried:
        yield f"  {len(tried):,} tried that do not fit"
    yield from (f"  {'  ' * each.depth}{each.name} ({each.place})" for each in traced.decoders if each.matched)


def _rules(tried: Sequence[RuleTry], *, every: bool) -> Iterator[str]:
    """The rules tried; many in a row that fail for what they ask of the decoder or the like are one line."""
    index = 0
    while index < len(tried):
        end = index
        while end < len(tried) and not every and _alike(tried[index], tried[end]):
            end += 1
        first = tried[index]
        if end - index > _ALIKE:
            ids = ", ".join(str(each.rule) for each in tried[index : index + 5])
            yield f"  {'  ' * first.depth}{end - index} rules fail at {first.field}: {ids}, ..."
            index = end
            continue
        yield f"  {'  ' * first.depth}{_tried(first)}"
        index += 1


def _alike(one: RuleTry, other: RuleTry) -> bool:
    return not one.holds and (one.depth, one.field) == (other.depth, other.field) and not other.holds


def _tried(each: RuleTry) -> str:
    said = f"{each.rule} level {each.level}: "
    if not each.holds:
        return f"{said}fails: {each.failed}"
    if not each.history:
        return f"{said}holds"
    there = "" if each.found is None else f": there are {each.found} of {each.needed}"
    return (
        f"{said}holds, if there are {each.history}{there}"
        if each.found is not None
        else (f"{said}holds, if this is {each.history}")
    )


def _outcome(outcome: Outcome) -> Iterable[str]:
    if not outcome.alert:
        return (f"no alert  {outcome.why}",)
    if outcome.speaks == outcome.rule:
        return (f"alert     rule {outcome.rule}, level {outcome.level}: {outcome.description}",)
    instead = f"for rule {outcome.rule}, which fired a moment ago"
    return (f"alert     rule {outcome.speaks}, {instead}: {outcome.description}",)


def _print_json(traces: Sequence[LineTrace]) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(traces), indent=2).decode())


def _explain_alert(alert_id: str) -> None:
    """Judge an alert's event again with the rules of now."""
    from ospatrol.cli.engine import own_rulebook
    from ospatrol.cli.workspace import current_settings
    from ospatrol.engine.explain import trace, trace_lines
    from ospatrol.engine.match import match
    from ospatrol.store.store import Store

    with Store.open(Path(current_settings().state), read_only=True) as store:
        event = store.alert(alert_id).event
    ruleset = own_rulebook().ruleset
    click.echo(f"event {event.kind} of {event.host}: {event.text}")
    for line in trace_lines(trace(ruleset, event), event):
        click.echo(line)
    found = match(ruleset, event)
    if found is None:
        click.echo("no rule matches")
    else:
        click.echo(f"rule {found.rule.id}, level {found.rule.level}, at {found.rule.place}")
