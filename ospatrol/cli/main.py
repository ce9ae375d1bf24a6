"""The `ospatrol` command: finds the sub-command, runs it, and turns errors into an exit status."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import click

from ospatrol import __version__
from ospatrol.cli.exit import ExitStatus
from ospatrol.cli.verbs import Lazy
from ospatrol.model.errors import ConfigErrors, HostError, OSPatrolError

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = {
    "run": "Run the tasks of a playbook on the hosts of an inventory.",
    "scan": "Check the files of hosts without a playbook.",
    "policy": "Assess hosts by policies: list, show, check, plan, run and evaluate.",
    "report": "Report what is stored, in any format; no host is contacted.",
    "alerts": "List and show alerts.",
    "baseline": "Show, compare, approve, export and import baselines.",
    "state": "Show facts of hosts, and what changed since the state before.",
    "config": "Show, compare and blame configurations of devices, and look for secrets in them.",
    "device": "List, check and learn device profiles.",
    "inventory": "List, graph, show and check inventories.",
    "doctor": "Try every step to a host and name the one that fails.",
    "analyse": "Judge log files by rules.",
    "replay": "Judge logs by two rulesets, and say what differs.",
    "rules": "List, show, check, test and explain rules.",
    "transcript": "Show every command that a run sent.",
    "store": "Statistics, clean-up and verification of what is remembered.",
    "completion": "Print the completion script of a shell.",
}


class _Commands(Lazy):
    """Tells what each command does without importing it."""

    names = tuple(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


_EPILOG = """\b
Examples:
  ospatrol scan localhost --path /etc          look at this machine's /etc
  ospatrol run nightly.yml -i inventories/prod  the scheduled scan
  ospatrol baseline diff web1                  what differs from what was approved
  ospatrol alerts list --since 2d --level 7    what was raised

\b
Exit status:
  0 clean   1 internal error   2 usage or configuration, nothing was assessed
  3 findings   4 incomplete   7 findings and incomplete   130 interrupted
"""


@click.group(
    cls=_Commands,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, "-V", "--version", prog_name="ospatrol", message="%(prog)s %(version)s")
def cli() -> None:
    """Patrol a fleet over SSH: integrity, compliance and configurations, with nothing installed on the hosts."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status, as the table in `ospatrol --help` says.

    Args:
        args: Without the program's name; the process's own where None.
    """
    gc.disable()  # a tenth of the time to start; a run, which may be long, sets its own threshold
    try:
        outcome = cli.main(args=None if args is None else list(args), prog_name="ospatrol", standalone_mode=False)
    except Exception as error:
        if os.environ.get("OSPATROL_TRACEBACK"):
            raise
        return _refused(error)
    except KeyboardInterrupt:
        return _refused(click.Abort())
    except SystemExit:  # what click makes of a reader that went away
        return _refused(BrokenPipeError())
    return outcome if isinstance(outcome, int) else ExitStatus.CLEAN


def _refused(error: Exception) -> int:
    """Say what went wrong on stderr; the exit status for it."""
    status = ExitStatus.USAGE
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            _complain("interrupted")
            status = ExitStatus.INTERRUPTED
        case click.ClickException():
            error.show()
        case BrokenPipeError():
            # the reader went away, as `| head` does; Python must not complain when it flushes at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = ExitStatus.CLEAN
        case ConfigErrors():
            for each in error.errors:
                _complain(str(each))
        case HostError():
            _complain(str(error))
            status = ExitStatus.INCOMPLETE
        case OSPatrolError():
            _complain(str(error))
        case _:
            _complain(f"internal error: {type(error).__name__}: {error}; OSPATROL_TRACEBACK=1 shows where")
            status = ExitStatus.INTERNAL
    return status


def _complain(text: str) -> None:
    click.echo(f"ospatrol: {text}", err=True)


if __name__ == "__main__":
    sys.exit(main())
