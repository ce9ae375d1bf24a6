"""What a person wrote of tasks, looked at as far as that can be done before a host is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ospatrol.collect.config import ConfigScope, chosen_captures
from ospatrol.collect.policy import PolicyScope
from ospatrol.collect.rootkit import RootkitScope
from ospatrol.integrity.config_golden import Golden
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.host import TransportKind
from ospatrol.patrol.config_profiles import ProfileLibrary
from ospatrol.patrol.config_work import golden_text
from ospatrol.patrol.plan import HostPlan, TaskPlan
from ospatrol.patrol.policy_library import PolicyLibrary
from ospatrol.patrol.rootkit_signatures import load_signatures

_ON_UNIX = "frr"
_ANY_KEY = bytes(32)


def check_tasks(plans: Iterable[HostPlan]) -> None:
    """Look for policies, profiles, captures and files that tasks name.

    Raises:
        ConfigErrors: every mistake, at the task's line unless it stands in another file.
    """
    policies, profiles = PolicyLibrary(), ProfileLibrary()
    seen: set[tuple[str, str]] = set()
    problems: dict[str, ConfigError] = {}
    for plan in plans:
        platform = plan.target.platform if plan.target.transport is TransportKind.NETWORK else _ON_UNIX
        problems |= {str(each): each for each in _second_histories(plan)}
        for task in plan.tasks:
            key = repr(task.arguments), platform
            if key in seen:
                continue
            seen.add(key)
            problems |= {str(each): each for each in _mistakes(task, platform, policies, profiles)}
    if problems:
        raise ConfigErrors(list(problems.values()))


def _second_histories(plan: HostPlan) -> Iterator[ConfigError]:
    """The history of a configuration is kept by host."""
    tasks = [task for task in plan.tasks if isinstance(task.arguments, ConfigScope)]
    for task in tasks[1:]:
        where = (
            f"the task {tasks[0].name!r} at {tasks[0].place} captures the configuration of {plan.target.host} already"
        )
        yield ConfigError(task.place, f"{where}; give one of them other hosts")


def _mistakes(
    task: TaskPlan, platform: str, policies: PolicyLibrary, profiles: ProfileLibrary
) -> Iterator[ConfigError]:
    try:
        match task.arguments:
            case PolicyScope(policies=names):
                policies.choose((), names)
            case RootkitScope() as scope:
                load_signatures(scope)
            case ConfigScope() as scope:
                yield from _of_config(scope, task, platform, profiles)
            case _:  # the others were read whole with the playbook
                pass
    except ConfigErrors as errors:
        yield from errors.errors
    except ConfigError as error:
        yield error
    except UsageError as error:
        yield ConfigError(task.place, str(error))


def _of_config(scope: ConfigScope, task: TaskPlan, platform: str, profiles: ProfileLibrary) -> Iterator[ConfigError]:
    try:
        ready = profiles.ready(scope.profile or platform)
        chosen_captures(scope, ready)
    except ConfigError as error:  # what is wrong is what the task names, not the place that lacks it
        yield ConfigError(task.place, error.problem)
        return
    if scope.golden:
        Golden(golden_text(scope.golden), scope.golden, ready, _ANY_KEY)
