"""Tables on a terminal, plain columns elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, colours: Sequence[str] = ()) -> None:
    """Print rows under a head: a rich table on a terminal, aligned columns in a pipe.

    Args:
        head: Column names.
        rows: Text that is fit to show (control characters escaped).
        colours: A rich style a row, in the order of the rows; on a terminal only.
    """
    kept = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(head, kept, colours)
        return
    widths = [max([len(name), *(len(row[column]) for row in kept)]) for column, name in enumerate(head)]
    for line in ([name.upper() for name in head], *kept):
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())


def _print_rich(head: Sequence[str], rows: Sequence[Sequence[str]], colours: Sequence[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, overflow="fold")
    for index, row in enumerate(rows):
        table.add_row(*(escape(cell) for cell in row), style=colours[index] if index < len(colours) else None)
    Console(highlight=False).print(table)


def level_colour(level: int) -> str:
    """How an alert of this level is shown."""
    if level >= 12:
        return "bold red"
    if level >= 7:
        return "yellow"
    return "" if level >= 3 else "dim"


def level_code(level: int) -> tuple[bytes, bytes]:
    """What a terminal is sent before and after a line of this level."""
    code = {"bold red": b"1;31", "yellow": b"33", "dim": b"2"}.get(level_colour(level))
    return (b"\x1b[%bm" % code, b"\x1b[0m") if code else (b"", b"")
