"""`ospatrol policy show`: all that is known of a policy or of a check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ospatrol.cli.options import AS_JSON

if TYPE_CHECKING:
    from ospatrol.model.policy import Check, Policy

_INDENT = 14


@click.command("show", params=[*AS_JSON])
@click.argument("name", metavar="POLICY|CHECK")
@click.argument("check_id", required=False, metavar="[CHECK]")
def COMMAND(name: str, check_id: str | None, *, as_json: bool) -> None:
    """Show one policy, or one check in full: its rules, why it matters and how to set it right."""
    from ospatrol.cli.engine import print_json
    from ospatrol.cli.policy_text import fit
    from ospatrol.model.errors import UsageError
    from ospatrol.patrol.policy_library import PolicyLibrary, usable

    library = PolicyLibrary()
    policies = usable(library.find(name))
    if not policies and check_id is None:
        name, check_id = "", name
        policies = tuple(each.policy for each in library.everything() if each.policy)
    found = [(policy, check) for policy in policies for check in policy.checks if check.id == check_id]
    if not policies or (check_id is not None and not found):
        missing = f"no check {check_id!r}{f' in {name}' if name else ' and no policy of that name'}"
        raise UsageError(f"{missing if policies else f'no policy {name!r}'}; `ospatrol policy list` shows them")
    if as_json:
        print_json([check for _, check in found] or list(policies))
        return
    texts = [_check(policy, check) for policy, check in found] or [_policy(policy) for policy in policies]
    for number, text in enumerate(texts):
        click.echo("\n" if number else "", nl=False)
        for key, value in text:
            for line_number, line in enumerate(value.strip().splitlines()):
                click.echo(f"{'' if line_number else key:<{_INDENT}}{fit(line)}".rstrip())


def _policy(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "policy", policy.id
    yield "name", policy.name
    yield "description", policy.description
    yield "platforms", ", ".join(policy.platforms)
    if policy.requirement:
        yield "applies if", policy.requirement.title
        yield "", _rules(policy.requirement)
    yield "references", "\n".join(policy.references)
    yield "written at", str(policy.place)
    yield (
        f"{len(policy.checks)} checks",
        "\n".join(f"{check.id:<8} {check.severity.value:<9}{check.title}" for check in policy.checks),
    )


def _check(policy: Policy, check: Check) -> Iterator[tuple[str, str]]:
    from ospatrol.cli.workspace import current_settings
    from ospatrol.patrol.policies import refused_commands

    allow = current_settings().allow_commands
    yield "check", check.id
    yield "policy", policy.id
    yield "title", check.title
    yield "severity", check.severity.value
    yield "description", check.description
    yield "rationale", check.rationale
    yield "rules", _rules(check)
    refused = [f"{rule.locations[0]}: {why}" for own, rule, why in refused_commands(policy, allow) if own is check]
    yield "never sent", "\n".join(refused)
    yield "remediation", check.remediation
    yield "snippet", check.snippet
    yield "impact", check.impact
    yield "compliance", "\n".join(f"{name}: {', '.join(ids)}" for name, ids in check.compliance.items())
    yield "references", "\n".join(check.references)
    yield "written at", str(check.place)


def _rules(check: Check) -> str:
    means = "fails if found" if check.found_is_bad else "passes if"
    return "\n".join([f"{means} {check.condition.value} of:", *(f"  {rule.text}" for rule in check.rules)])
