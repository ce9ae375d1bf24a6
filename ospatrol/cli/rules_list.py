"""`ospatrol rules list`: the rules that judge, by id."""

from __future__ import annotations

import click

from ospatrol.cli.options import AS_JSON, RULESETS


@click.command("list", params=[*RULESETS, *AS_JSON])
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only of this group; repeatable.")
@click.option("--level", type=click.IntRange(0, 16), default=0, metavar="N", help="Not below this level.")
@click.option("--decoder", "decoders", multiple=True, metavar="NAME", help="Only those that ask for it; repeatable.")
@click.option("--below", type=int, metavar="ID", help="Only those below this rule.")
def COMMAND(
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,
    groups: tuple[str, ...],
    level: int,
    decoders: tuple[str, ...],
    below: int | None,
    as_json: bool,
) -> None:
    """List rules by id."""
    from ospatrol.cli.engine import open_rules, print_json, printable
    from ospatrol.cli.table import level_colour, print_table
    from ospatrol.engine.explain import ancestors, asks_decoder

    known = open_rules(rulesets, dialect=dialect, lenient=lenient, verbose=verbose).rules
    rules = [
        rule
        for _, rule in sorted(known.items())
        if rule.level >= level
        and (not groups or set(groups) & set(rule.groups))
        and (not decoders or any(asks_decoder(known, rule.id, name) for name in decoders))
        and (below is None or below in ancestors(known, rule.id))
    ]
    if as_json:
        print_json(rules)
        return
    rows = [
        (str(rule.id), str(rule.level), printable(rule.description), printable(", ".join(rule.groups)))
        for rule in rules
    ]
    print_table(["id", "level", "description", "groups"], rows, colours=[level_colour(rule.level) for rule in rules])
