"""`ospatrol analyse`: logs at rest through the rule engine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ospatrol.cli.exit import ExitStatus, status_of
from ospatrol.cli.options import RULESETS, WORKERS

if TYPE_CHECKING:
    from ospatrol.patrol.analyse import Counts, Emit

_EPILOG = """\b
Examples:
  ospatrol analyse /var/log/auth.log
  ospatrol analyse --ruleset /srv/ossec -o jsonl /var/log/auth.log > alerts.jsonl
  zcat old.gz | ospatrol analyse --ruleset /srv/wazuh --workers 4 -

Lines are judged by the time that they bear: eight failures within two minutes are eight lines whose stamps lie within
two minutes. Lines that bear none get the time of their file. --clock received takes all lines for events of this
moment, as OSSEC and Wazuh do.

\b
Exit status:
  0 no alert   2 nothing was judged   3 alerts   4 a file breaks off   7 alerts, and that
"""


@click.command("analyse", epilog=_EPILOG, params=[*RULESETS, *WORKERS])
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-o",
    "--output",
    metavar="FORMAT[:FILE]",
    help="text, or jsonl: an alert a line. [default: text on a terminal, else jsonl]",
)
@click.option("--json", "as_json", is_flag=True, help="The same as -o jsonl.")
@click.option(
    "--level", type=click.IntRange(0, 16), metavar="N", help="No alerts below this level. [default: 1; Wazuh's: 3]"
)
@click.option("--host", default="", metavar="NAME", help="Whose logs these are. [default: this machine's name]")
@click.option(
    "--clock", type=click.Choice(["line", "received"]), default="line", show_default=True, help="Whose time counts."
)
@click.option("--state", metavar="FILE", help="Go on with what FILE remembers of earlier lines, and add to it.")
def COMMAND(
    files: tuple[str, ...],
    *,
    rulesets: tuple[str, ...],
    dialect: str | None,
    lenient: bool,
    verbose: int,
    workers: int,
    output: str | None,
    as_json: bool,
    level: int | None,
    host: str,
    clock: str,
    state: str | None,
) -> ExitStatus:
    """Judge the lines of FILEs (- for standard input, .gz is unpacked) by rules, and print an alert a line."""
    from ospatrol.cli.engine import open_engine
    from ospatrol.patrol.analysis import Analysis, run_analysis

    jsonl, path = _output(output, as_json=as_json)
    engine = open_engine(rulesets, dialect=dialect, lenient=lenient, verbose=verbose)
    order = Analysis(
        files=files,
        workers=workers,
        least=level,
        host=host or _this_machine(),
        own_clock=clock == "line",
        state=Path(state) if state else None,
    )
    if path is None:
        counts = run_analysis(engine, order, _emitter(sys.stdout.buffer, jsonl=jsonl, colours=sys.stdout.isatty()))
    else:
        with _created(path) as stream:
            counts = run_analysis(engine, order, _emitter(stream, jsonl=jsonl, colours=False))
    _say(counts)
    return status_of(findings=bool(counts.alerts), incomplete=bool(counts.unread))


def _output(given: str | None, *, as_json: bool) -> tuple[bool, Path | None]:
    """Whether JSON lines are wanted, and where; None for standard output."""
    from ospatrol.load.fields import did_you_mean
    from ospatrol.model.errors import UsageError

    if given is None:
        return as_json or not sys.stdout.isatty(), None
    name, _, path = given.partition(":")
    if name not in {"text", "jsonl"}:
        raise UsageError(f"-o {given}: no format {name!r}{did_you_mean(name, ['text', 'jsonl'])}; text or jsonl")
    return as_json or name == "jsonl", Path(path) if path else None


def _created(path: Path) -> BinaryIO:
    from ospatrol.model.errors import UsageError

    try:
        return path.open("wb")
    except OSError as error:
        raise UsageError(f"-o: {path} cannot be written: {error.strerror}") from error


def _this_machine() -> str:
    import socket

    return socket.gethostname()


def _emitter(stream: BinaryIO, *, jsonl: bool, colours: bool) -> Emit:
    if jsonl:
        return stream.write
    import msgspec

    from ospatrol.cli.table import level_code
    from ospatrol.report.log_alert import LogAlert, alert_text

    decoder = msgspec.json.Decoder(LogAlert)

    def emit(lines: bytes) -> None:
        for line in lines.splitlines():
            alert = decoder.decode(line)
            text = alert_text(alert).encode("utf-8", "backslashreplace")
            before, after = level_code(alert.level) if colours else (b"", b"")
            stream.write(b"%b%b%b\n" % (before, text, after))

    return emit


def _say(counts: Counts) -> None:
    for each in counts.unread:
        click.echo(f"ospatrol: {each}", err=True)
    cut = f", {counts.cut:,} of them cut at 65,536 characters" if counts.cut else ""
    lines = f"{counts.events:,} line{'' if counts.events == 1 else 's'}"
    alerts = f"{counts.alerts:,} alert{'' if counts.alerts == 1 else 's'}"
    click.echo(f"ospatrol: {lines} judged{cut}; {alerts}", err=True)
