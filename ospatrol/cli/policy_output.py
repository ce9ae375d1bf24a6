"""Where the results of policies go: `-o FORMAT[:FILE]`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click
import msgspec

from ospatrol.cli.output import TABLE, Output, parse_outputs
from ospatrol.cli.policy_text import PolicySummary, print_summary
from ospatrol.cli.writing import written
from ospatrol.report.compliance import ComplianceFormat, ComplianceReport, findings_of, for_host
from ospatrol.report.compliance_text import readable
from ospatrol.report.view import iso_time


def formats() -> Mapping[str, ComplianceFormat]:
    """Every format of compliance reports by name: each is a file in the report room."""
    import pkgutil
    from importlib import import_module

    from ospatrol import report

    names = [each.name for each in pkgutil.iter_modules(report.__path__) if each.name.startswith("compliance")]
    modules = (import_module(f"{report.__name__}.{name}") for name in names)
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {each.name: each for each in (_JSONL, *found)}


def read_outputs(given: Sequence[str], *, as_json: bool, hosts: int) -> tuple[Output, ...]:
    """What `-o` and `--json` ask for; a table without either.

    Args:
        given: As written.
        as_json: The same as `-o json`.
        hosts: How many hosts there are.

    Raises:
        UsageError: a format is unknown, cannot be written where it should be, or two go to standard output.
    """
    known = formats()
    single = {name for name, each in known.items() if each.per_host and hosts > 1}
    return parse_outputs(given, as_json=as_json, known=known, single=single) or (Output(format=TABLE),)


def write_outputs(outputs: Iterable[Output], summary: PolicySummary, *, quiet: bool) -> None:
    """Write a report everywhere it is to go.

    A file that cannot be written after all is told on stderr, and the summary goes to standard output.
    """
    known = formats()
    for output in outputs:
        if output.path is None:
            if not quiet and output.format == TABLE:
                print_summary(summary)
            elif not quiet:
                known[output.format].write(summary.report, sys.stdout)
            continue
        try:
            for path, part in _files(output, known, summary.report):
                with written(path) as file:
                    if output.format == TABLE:
                        print_summary(msgspec.structs.replace(summary, report=part), file)
                    else:
                        known[output.format].write(part, file)
        except OSError as error:
            # the hosts were asked: whoever reads this must still get the result
            click.echo(f"ospatrol: -o {output.format}:{output.path}: {error.strerror}; the summary follows", err=True)
            print_summary(summary)


def _files(
    output: Output, known: Mapping[str, ComplianceFormat], report: ComplianceReport
) -> Iterator[tuple[Path, ComplianceReport]]:
    path = output.path or Path()
    hosts = list(dict.fromkeys(verdict.host for verdict in report.verdicts))
    if output.format == TABLE or not known[output.format].per_host:
        yield path, report
    elif len(hosts) == 1:
        yield path, for_host(report, hosts[0])
    else:
        from ospatrol.store.facts import folder_name

        for host in hosts:
            yield path.with_name(f"{path.stem}-{folder_name(host)}{path.suffix}"), for_host(report, host)
        if not hosts:
            click.echo(f"ospatrol: -o {output.format}:{path}: no host was assessed; nothing is written", err=True)


def _write_jsonl(report: ComplianceReport, out: TextIO) -> None:
    report = readable(report)
    at = iso_time(report.at)
    lines = [{"at": at, **msgspec.to_builtins(finding)} for finding in findings_of(report.verdicts)]
    for host in report.unreachable:
        reason = f"{host.step}: {host.reason}"
        lines.append({"at": at, "host": host.host, "status": "not assessed", "reason": reason})
    out.writelines(f"{msgspec.json.encode(line).decode()}\n" for line in lines)


_JSONL = ComplianceFormat(name="jsonl", suffix=".jsonl", write=_write_jsonl)
