"""Where results go: `-o FORMAT[:FILE]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import click
import msgspec

from ospatrol.load.fields import did_you_mean
from ospatrol.model.alert import Alert
from ospatrol.model.errors import UsageError
from ospatrol.model.run import RunResult
from ospatrol.report.report import Report

TABLE = "table"


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """One place that results go to.

    Attributes:
        format: A report's name, or `table`.
        path: None for standard output.
    """

    format: str
    path: Path | None = None


def reports() -> Mapping[str, Report]:
    """Every report format by name: each is a file in the report room."""
    import pkgutil
    from importlib import import_module

    from ospatrol import report

    modules = (import_module(f"{report.__name__}.{each.name}") for each in pkgutil.iter_modules(report.__path__))
    found = [module.REPORT for module in modules if hasattr(module, "REPORT")]
    return {each.name: each for each in found}


def read_outputs(given: Sequence[str], *, as_json: bool) -> tuple[Output, ...]:
    """What `-o` and `--json` ask for; without either, a table on a terminal and text elsewhere.

    Raises:
        UsageError: a format is unknown, or two go to standard output.
    """
    known = [*reports(), TABLE]
    outputs = []
    for each in [*given, *(["json"] if as_json else [])]:
        name, _, path = each.partition(":")
        if name not in known:
            raise UsageError(f"-o {each}: no format {name!r}{did_you_mean(name, known)}")
        if path and (Path(path).is_dir() or not os.access(Path(path).parent, os.W_OK)):
            raise UsageError(f"-o {each}: cannot be written there")
        outputs.append(Output(format=name, path=Path(path) if path else None))
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("only one -o can go to standard output; give the others a file: -o json:FILE")
    return tuple(outputs) or (Output(format=TABLE if sys.stdout.isatty() else "text"),)


def write_outputs(
    outputs: Iterable[Output], result: RunResult, alerts: Callable[[], Iterable[Alert]], *, quiet: bool
) -> None:
    """Write a finished run everywhere it is to go.

    Args:
        outputs: Where.
        result: The run.
        alerts: Gives its alerts, highest level first; called once an output.
        quiet: Whether standard output stays empty.

    A file that cannot be written after all is told on stderr, and the report goes to standard output as text.
    """
    formats = reports()
    for output in outputs:
        if output.path is None:
            if not quiet:
                _to_stdout(output, formats, result, alerts)
            continue
        report = formats[output.format if output.format != TABLE else "text"]
        half = output.path.with_name(output.path.name + ".new")
        try:
            with half.open("w", encoding="utf-8") as file:
                report.write(result, alerts(), file)
            half.replace(output.path)
        except OSError as error:
            # the run took place and is stored: whoever reads this must still get the report
            click.echo(f"ospatrol: -o {output.format}:{output.path}: {error.strerror}; the report follows", err=True)
            formats["text"].write(result, alerts(), sys.stdout)


def _to_stdout(
    output: Output, formats: Mapping[str, Report], result: RunResult, alerts: Callable[[], Iterable[Alert]]
) -> None:
    if output.format != TABLE:
        formats[output.format].write(result, alerts(), sys.stdout)
        return
    from ospatrol.report.text import closing_lines

    print_alerts(alerts())
    for line in closing_lines(result):
        click.echo(line)


def print_alerts(alerts: Iterable[Alert]) -> None:
    """Alerts as a table, the loudest in red on a terminal."""
    from ospatrol.cli.table import level_colour, print_table
    from ospatrol.report.view import iso_time

    kept = list(alerts)
    if not kept:
        return
    rows = [
        (
            str(alert.level),
            alert.event.host,
            str(alert.rule),
            alert.id[:8],
            iso_time(alert.event.at)[:19] + "Z",
            alert.description,
        )
        for alert in kept
    ]
    head = ["level", "host", "rule", "id", "at", "what"]
    print_table(head, rows, colours=[level_colour(alert.level) for alert in kept])
