"""Where results go: `-o FORMAT[:FILE]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from ospatrol.cli.writing import written
from ospatrol.load.fields import did_you_mean
from ospatrol.model.alert import Alert
from ospatrol.model.errors import UsageError
from ospatrol.report.report import Report, RunReport

if TYPE_CHECKING:
    from ospatrol.cli.policy_text import PolicySummary

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


def read_outputs(given: Sequence[str], *, as_json: bool, hosts: int) -> tuple[Output, ...]:
    """What `-o` and `--json` ask for; without either, a table on a terminal and text elsewhere.

    Args:
        given: As written.
        as_json: The same as `-o json`.
        hosts: How many hosts there are.

    Raises:
        UsageError: a format is unknown, cannot be written where it should be, or two go to standard output.
    """
    from ospatrol.cli.policy_output import formats

    theirs = formats()
    single = {name for name, each in theirs.items() if each.per_host and hosts > 1}
    found = parse_outputs(given, as_json=as_json, known=[*reports(), *theirs], single=single)
    return found or (Output(format=TABLE if sys.stdout.isatty() else "text"),)


def parse_outputs(
    given: Sequence[str], *, as_json: bool, known: Iterable[str], single: Collection[str]
) -> tuple[Output, ...]:
    """What `-o` and `--json` ask for, in their order.

    Args:
        given: As written.
        as_json: The same as `-o json`.
        known: The formats there are besides `table`.
        single: Of them, those of which a file would hold one host of several.

    Raises:
        UsageError: a format is unknown, cannot be written where it should be, or two go to standard output.
    """
    names = list(dict.fromkeys([*known, TABLE]))
    outputs = []
    for each in [*given, *(["json"] if as_json else [])]:
        name, _, path = each.partition(":")
        if name not in names:
            raise UsageError(f"-o {each}: no format {name!r}{did_you_mean(name, names)}")
        if path and (Path(path).is_dir() or not os.access(Path(path).parent, os.W_OK)):
            raise UsageError(f"-o {each}: cannot be written there")
        if not path and name in single:
            raise UsageError(
                f"-o {each}: a file holds one host; give it a name, and each host gets its own: {each}:FILE"
            )
        outputs.append(Output(format=name, path=Path(path) if path else None))
    files = [
        output.path.resolve() for output in outputs if output.path is not None and not output.path.is_char_device()
    ]
    twice = next((path for path in files if files.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"two -o go to {twice.name}; give each a file of its own")
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError("only one -o can go to standard output; give the others a file: -o json:FILE")
    return tuple(outputs)


def write_outputs(
    outputs: Iterable[Output], report: RunReport, policies: PolicySummary | None = None, *, quiet: bool
) -> None:
    """Write a finished run everywhere it is to go.

    Args:
        outputs: Where.
        report: The run.
        policies: What its policy tasks came to, for the table; None if it had none.
        quiet: Whether standard output stays empty.

    A file that cannot be written after all is told on stderr, and the report goes to standard output as text.
    """
    formats = reports()
    for output in outputs:
        if output.format not in {*formats, TABLE}:
            _as_compliance(output, report, quiet=quiet)
            continue
        if output.path is None:
            if not quiet:
                _to_stdout(output, formats, report, policies)
            continue
        try:
            with written(output.path) as file:
                formats[output.format if output.format != TABLE else "text"].write(report, file)
        except OSError as error:
            # the run took place and is stored: whoever reads this must still get the report
            click.echo(f"ospatrol: -o {output.format}:{output.path}: {error.strerror}; the report follows", err=True)
            formats["text"].write(report, sys.stdout)


def _as_compliance(output: Output, report: RunReport, *, quiet: bool) -> None:
    """Write a run in a format of compliance reports."""
    from ospatrol.cli.policy_output import write_outputs as write_summary
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.report.run_compliance import compliance_of

    write_summary([output], PolicySummary(report=compliance_of(report)), quiet=quiet)


def _to_stdout(
    output: Output, formats: Mapping[str, Report], report: RunReport, policies: PolicySummary | None
) -> None:
    if output.format != TABLE:
        formats[output.format].write(report, sys.stdout)
        return
    from ospatrol.cli.policy_text import print_summary
    from ospatrol.report.text import closing_lines

    print_alerts(report.alerts)
    if policies is not None:
        # the run's closing lines tell of waivers
        told = msgspec.structs.replace(policies.report, unused=(), expired=())
        print_summary(msgspec.structs.replace(policies, report=told))
    for line in closing_lines(report):
        click.echo(line)


def print_alerts(alerts: Iterable[Alert]) -> None:
    """Alerts as a table, the loudest in red on a terminal, with a column of waivers if there is one."""
    from ospatrol.cli.table import level_colour, print_table
    from ospatrol.report.compliance_text import in_a_line, plain
    from ospatrol.report.view import iso_time

    kept = list(alerts)
    if not kept:
        return
    waived = any(alert.waiver for alert in kept)
    rows = [
        (
            str(alert.level),
            alert.event.host,
            str(alert.rule),
            alert.id[:8],
            iso_time(alert.event.at)[:19] + "Z",
            *([in_a_line(plain(alert.waiver))] if waived else []),
            alert.description,
        )
        for alert in kept
    ]
    head = ["level", "host", "rule", "id", "at", *(["waiver"] if waived else []), "what"]
    print_table(head, rows, colours=["" if alert.waiver else level_colour(alert.level) for alert in kept])
