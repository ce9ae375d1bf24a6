"""`ospatrol policy evaluate`: what hosts said is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ospatrol.cli.arguments import RunFlags
from ospatrol.cli.exit import ExitStatus, status_of
from ospatrol.cli.options import INVENTORY, POLICIES, POLICY_OUTPUT, VERBOSE
from ospatrol.cli.policy_config import CONFIGS, config_facts

if TYPE_CHECKING:
    from ospatrol.model.facts import Facts
    from ospatrol.patrol.policy_judge import Assessment, Judged

_LAST = "LAST"
_EPILOG = """\b
Examples:
  ospatrol policy evaluate                            all hosts, as they were when they were last asked
  ospatrol policy evaluate checks/draft.yml --host 'web*'
  ospatrol policy evaluate debian_12 --facts 3f2a9c
  ospatrol policy evaluate cisco_ios --config router.cfg

No host is contacted and nothing is stored. What a policy needs and a host was not asked for is not assessed: run the
policy to ask for it. Exit status: as `ospatrol policy run`.
"""


@click.command("evaluate", epilog=_EPILOG, params=[*INVENTORY, *POLICIES, *CONFIGS, *POLICY_OUTPUT, *VERBOSE])
@click.argument("words", nargs=-1, metavar="[POLICY]...")
@click.option(
    "--facts",
    "which",
    multiple=True,
    metavar="LAST|DIGEST|FILE",
    help="Kept facts, by the beginning of their digest, or a file of them; repeatable. [default: LAST of each host]",
)
@click.option("--host", "pattern", default="*", metavar="GLOB", help="Only hosts whose name matches.")
def COMMAND(
    words: tuple[str, ...],
    *,
    which: tuple[str, ...],
    pattern: str,
    policies: tuple[str, ...],
    waivers: str | None,
    configs: tuple[str, ...],
    platform: str | None,
    **flags: object,
) -> int:
    """Judge again, by POLICYs, what hosts said when they were asked."""
    from ospatrol.cli.policy_output import read_outputs, write_outputs
    from ospatrol.cli.policy_text import PolicySummary
    from ospatrol.cli.policy_waivers import open_waivers
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.policy_judge import Assessment, is_failing, is_incomplete, left_out_of, unjudged_of
    from ospatrol.patrol.policy_library import PolicyLibrary

    order = RunFlags.read(flags)
    chosen = PolicyLibrary().choose((), (*words, *policies))
    assessment = Assessment(
        policies=chosen.policies, auto=chosen.auto, waivers=open_waivers(order, waivers, chosen.policies)
    )
    state = Path(order.settings.state)
    read_outputs(order.outputs, as_json=order.as_json, hosts=0)  # a mistake is told before the work
    facts = config_facts(configs, platform, chosen.policies) if configs else _facts(state, which or (_LAST,))
    judged = _judged(assessment, state, facts, pattern)
    if not judged:
        raise UsageError("no facts are kept of such a host; `ospatrol policy run` asks hosts")
    outputs = read_outputs(order.outputs, as_json=order.as_json, hosts=len(judged))
    report = assessment.report(judged, at=max(each.at for each in judged))
    unjudged = unjudged_of(judged)
    status = status_of(
        findings=is_failing(report.verdicts) and not order.exit_zero,
        incomplete=is_incomplete(report.verdicts) or bool(unjudged),
    )
    summary = PolicySummary(report=report, unjudged=unjudged, left_out=left_out_of(judged))
    write_outputs(outputs, summary, quiet=order.quiet and status is ExitStatus.CLEAN)
    return status


def _judged(assessment: Assessment, state: Path, facts: Iterable[Facts], pattern: str) -> list[Judged]:
    """What becomes of each host that is meant; of several facts of one the last count."""
    from ospatrol.store.facts import facts_digest
    from ospatrol.store.facts_verdicts import VerdictStore

    past = VerdictStore(state)
    found = {
        each.host: assessment.judged(each, past.get(each.host), digest=facts_digest(each))
        for each in facts
        if fnmatchcase(each.host, pattern)
    }
    return list(found.values())


def _facts(state: Path, which: tuple[str, ...]) -> Iterator[Facts]:
    """The facts that were named, read as they are asked for."""
    from ospatrol.store.facts import FactsStore, read_facts

    store = FactsStore(state)
    for name in which:
        if name == _LAST:
            yield from store.last()
        else:
            yield read_facts(Path(name)) if Path(name).is_file() else store.get(name)
