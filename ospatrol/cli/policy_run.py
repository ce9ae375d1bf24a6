"""`ospatrol policy run`: hosts are asked, and judged by policies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.exit import ExitStatus, status_of
from ospatrol.cli.options import CONNECTION, EXTRA_VARS, INVENTORY, PACE, POLICIES, POLICY_OUTPUT, VERBOSE

if TYPE_CHECKING:
    from ospatrol.model.host import Target
    from ospatrol.model.run import HostResult
    from ospatrol.patrol.policy_library import Chosen

_EPILOG = """\b
Examples:
  ospatrol policy run web -i inventories/prod -b
  ospatrol policy run debian_12 ssh://root@192.0.2.7 --accept-new -o html:report.html
  ospatrol policy run --policy checks/ours.yml all -q -o junit:policy.xml

A word means a policy if there is one of that name, else hosts: a pattern of the inventory, ssh://[user@]host[:port], or
localhost. Without a policy, all that ship are meant, and each host is judged by those that apply to it.

\b
Exit status:
  0 clean   3 a check fails that no waiver covers   4 a host or a check was not assessed   7 both
"""


@click.command(
    "run",
    epilog=_EPILOG,
    params=[*INVENTORY, *EXTRA_VARS, *CONNECTION, *PACE, *POLICIES, *POLICY_OUTPUT, *VERBOSE],
)
@click.argument("words", nargs=-1, required=True, metavar="[POLICY]... HOST...")
def COMMAND(words: tuple[str, ...], *, policies: tuple[str, ...], waivers: str | None, **flags: object) -> int:
    """Ask HOSTs once for all POLICYs, judge what they say, and tell what fails and what was not assessed."""
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.policy_library import PolicyLibrary

    order = RunFlags.read(flags)
    chosen = PolicyLibrary().choose(words, policies)
    if not chosen.hosts:
        raise UsageError(f"{' '.join(words)}: policies, but no host; name hosts, such as `all` or localhost")
    return _carry_out(order, chosen, waivers)


def _carry_out(order: RunFlags, chosen: Chosen, waived: str | None) -> ExitStatus:
    from ospatrol.cli.policy_came import what_came
    from ospatrol.cli.policy_output import read_outputs, write_outputs
    from ospatrol.cli.policy_waivers import open_waivers
    from ospatrol.collect.policy import COLLECTOR, PolicyScope
    from ospatrol.patrol.order import Watcher
    from ospatrol.patrol.plan import HostPlan, TaskPlan
    from ospatrol.patrol.policy_judge import Assessment
    from ospatrol.patrol.rules import open_rulebook
    from ospatrol.patrol.run import run

    waivers = open_waivers(order, waived, chosen.policies)
    scope = PolicyScope(policies=tuple(policy.id for policy in chosen.policies))
    assessments = {scope: Assessment(policies=chosen.policies, auto=chosen.auto, waivers=waivers)}
    task = TaskPlan(name=COLLECTOR.name, collector=COLLECTOR.name, arguments=scope)
    plans = tuple(HostPlan(target=target, tasks=(task,)) for target in _targets(order, chosen.hosts))
    outputs = read_outputs(order.outputs, as_json=order.as_json, hosts=len(plans))
    ruleset = open_rulebook(order.settings.rules).ruleset
    run_order = order.run_order(plans, play=COLLECTOR.name, full=False, command_line=tuple(sys.argv[1:]))
    with _progress(len(plans)) as host_done:
        ran = run(run_order, ruleset, Watcher(begun=_begun, host_done=host_done), assessments)
    came = what_came(ran, plans, assessments.values(), waivers)
    status = status_of(
        findings=came.failing and not order.exit_zero,
        incomplete=came.incomplete,
        interrupted=ran.run.interrupted,
    )
    write_outputs(outputs, came.summary, quiet=order.quiet and status is ExitStatus.CLEAN)
    return status


def _targets(order: RunFlags, words: Sequence[str]) -> tuple[Target, ...]:
    """The hosts of some words; whoever mistyped a policy is told so."""
    from difflib import get_close_matches

    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.policy_library import PolicyLibrary

    try:
        return order.targets(words)
    except UsageError as error:
        library = PolicyLibrary()
        names = [path.stem for path in (*library.own, *library.shipped)]
        near = [each for word in words for each in get_close_matches(word, names, n=1)]
        hint = (
            f", and it names no policy; did you mean {near[0]!r}?" if near and "did you mean" not in str(error) else ""
        )
        raise UsageError(f"{error}{hint}") from error


def _begun(run_id: str, taken_over: str) -> None:
    if taken_over:
        click.echo(f"ospatrol: run {run_id} {taken_over}, which ended without finishing", err=True)


def _progress(total: int) -> AbstractContextManager[Callable[[HostResult], None]]:
    """A live bar on stderr where that is a terminal; else nothing."""
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    from ospatrol.cli.progress import Bar

    return Bar(total)
