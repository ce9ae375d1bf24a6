"""What judges log lines, as `--ruleset` and its companions choose it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ospatrol.engine.compile import Ruleset
    from ospatrol.engine.rulebook import Rulebook
    from ospatrol.model.decoder import Semantics
    from ospatrol.model.problem import Problem
    from ospatrol.patrol.engine import Engine


def open_engine(
    rulesets: Sequence[str], *, dialect: str | None = None, lenient: bool = False, verbose: int = 0
) -> Engine:
    """The rulesets of some folders, or OSPatrol's own rules and the workspace's where none is named.

    What the original would warn of is told on stderr: how much, or with `verbose` each with its place.

    Raises:
        UsageError: a folder is none, or holds no rules.
        ConfigErrors: every mistake.
    """
    from ospatrol.patrol.engine import open_folders

    if not rulesets:
        return own_engine(own_rulebook())
    engine = open_folders([Path(each) for each in rulesets], semantics(dialect), lenient=lenient)
    say_problems(engine.problems, verbose=verbose)
    return engine


def open_rules(
    rulesets: Sequence[str], *, dialect: str | None = None, lenient: bool = False, verbose: int = 0
) -> Ruleset:
    """The rules alone; see `open_engine`."""
    return open_engine(rulesets, dialect=dialect, lenient=lenient, verbose=verbose).ruleset


def own_engine(rulebook: Rulebook) -> Engine:
    """OSPatrol's own rules, ready for log lines."""
    from ospatrol.patrol.engine import engine_of

    return engine_of(rulebook)


def own_rulebook(files: Sequence[str] = ()) -> Rulebook:
    """The shipped rules, the workspace's, and those of some files.

    Raises:
        UsageError: a file does not exist.
        ConfigErrors: every mistake.
    """
    from ospatrol.cli.workspace import current_settings
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.rules import open_rulebook

    missing = [file for file in files if not Path(file).exists()]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no such file")
    return open_rulebook((*current_settings().rules, *files))


def semantics(dialect: str | None) -> Semantics | None:
    """What `--dialect` says; None if it says nothing."""
    from ospatrol.model.decoder import Semantics

    return Semantics(dialect) if dialect else None


def say_problems(problems: Iterable[Problem], *, verbose: int) -> None:
    """Tell on stderr what was left out because the original refuses it, and how much it would warn of."""
    found = list(problems)
    if not found:
        return
    fatal = sum(each.fatal for each in found)
    for each in found:
        if verbose or each.fatal:
            click.echo(f"{each.place}: {printable(each.problem)}", err=True)
    said = [f"{fatal:,} that the original refuses, left out"] if fatal else []
    if len(found) > fatal:
        more = "" if verbose else " (--verbose lists them)"
        said.append(f"{len(found) - fatal:,} that the original warns of{more}")
    click.echo(f"ospatrol: {len(found):,} problems in the ruleset: {', '.join(said)}", err=True)


def printable(text: str) -> str:
    """A text whose characters may be bytes of a file, fit for a terminal."""
    from ospatrol.report.log_alert import readable

    return readable(text)


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
