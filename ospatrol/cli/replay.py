"""`ospatrol replay`: what other rules would have said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.exit import ExitStatus, status_of

if TYPE_CHECKING:
    from ospatrol.patrol.engine import Engine
    from ospatrol.patrol.replay import Comparison, Kind, Word

_EPILOG = """\b
Examples:
  ospatrol replay --rules new/ --against old/ /var/log/auth.log
  ospatrol replay --rules wazuh-4.15/ --against wazuh-4.14/ -o json *.log > difference.json
  ospatrol replay --rules new/ --against old/ -o jsonl auth.log | jq -r 'select(.change == "lost").log'

A ruleset is a folder of OSSEC's or Wazuh's, or a folder or file of OSPatrol's own YAML rules.

\b
Exit status:
  0 the same alerts   2 nothing was judged   3 they differ   4 a file breaks off   7 they differ, and that
"""


@click.command("replay", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--rules", "new", required=True, multiple=True, metavar="DIR", help="The new rules; repeatable.")
@click.option("--against", "old", required=True, multiple=True, metavar="DIR", help="The old ones; repeatable.")
@click.option("--dialect", type=click.Choice(["ossec", "wazuh"]), help="Whose both are. [default: guessed for each]")
@click.option("--lenient", is_flag=True, help="Leave out what the original refuses to start with.")
@click.option(
    "--level", type=click.IntRange(0, 16), metavar="N", help="No alerts below this level. [default: as analyse]"
)
@click.option(
    "--clock", type=click.Choice(["line", "received"]), default="line", show_default=True, help="Whose time counts."
)
@click.option(
    "--examples", type=click.IntRange(0, 1000), default=3, show_default=True, metavar="N", help="Lines of each kind."
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    show_default=True,
    help="jsonl: a difference a line, as they are found.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as -o json.")
def COMMAND(
    files: tuple[str, ...],
    *,
    new: tuple[str, ...],
    old: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    level: int | None,
    clock: str,
    examples: int,
    output: str,
    as_json: bool,
) -> ExitStatus:
    """Judge FILEs (- for standard input) by two rulesets: which alerts are gained, lost, of another level or rule."""
    import msgspec

    from ospatrol.patrol.analysis import must_exist
    from ospatrol.patrol.replay import Replay, replay

    must_exist(files)
    order = Replay(files=files, least=level, own_clock=clock == "line", examples=examples)
    coming, known = (_engine(each, dialect, lenient=lenient) for each in (new, old))
    if output == "jsonl" and not as_json:
        found = replay(coming, known, order, told=lambda each: click.echo(msgspec.json.encode(each)))
    else:
        found = replay(coming, known, order)
    if as_json or output == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    elif output == "text":
        for line in _told(found):
            click.echo(line)
    for each in found.unread:
        click.echo(f"ospatrol: {each}", err=True)
    return status_of(findings=found.differ, incomplete=bool(found.unread))


def _engine(paths: tuple[str, ...], dialect: str | None, *, lenient: bool) -> Engine:
    from ospatrol.cli.engine import open_engine, own_engine
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.rules import open_rulebook

    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no such folder")
    if all(_is_native(Path(path)) for path in paths):
        return own_engine(open_rulebook(paths))
    return open_engine(paths, dialect=dialect, lenient=lenient)


def _is_native(path: Path) -> bool:
    if path.is_file():
        return path.suffix in {".yml", ".yaml"}
    return not any(path.rglob("*.xml")) and any(each.suffix in {".yml", ".yaml"} for each in path.rglob("*"))


def _told(found: Comparison) -> Iterator[str]:
    for kind in found.kinds:
        yield _kind(kind)
        for each in kind.examples:
            yield f"    {each.file}:{each.line}: {each.log}"
    other = f"{found.level:,} of another level, {found.rule:,} of another rule"
    counts = f"{found.same:,} alerts the same, {found.gained:,} gained, {found.lost:,} lost, {other}"
    yield f"{found.lines:,} lines: {counts}"


def _kind(kind: Kind) -> str:
    return f"{kind.count:,} {kind.change}: {_word(kind.before)} -> {_word(kind.after)}"


def _word(word: Word | None) -> str:
    return f"rule {word.rule} level {word.level} ({word.description})" if word else "no alert"
