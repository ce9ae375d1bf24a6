"""Which tasks each host gets, decided whole before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.inventory.target import target_for
from ospatrol.load.play import has_template, read_arguments
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.host import Target
from ospatrol.model.place import Place
from ospatrol.model.play import Play, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ospatrol.collect.collector import Collector
    from ospatrol.inventory.inventory import Inventory
    from ospatrol.inventory.target import Overrides
    from ospatrol.model.value import Value


class TaskPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A task for one host, its arguments resolved and checked.

    Attributes:
        name: The task's name; baselines are kept under it.
        collector: Which collector does it.
        arguments: An instance of the collector's arguments type.
        place: Where it was written.
    """

    name: str
    collector: str
    arguments: msgspec.Struct
    place: Place = Place("")


class HostPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a run will do on one host."""

    target: Target
    tasks: tuple[TaskPlan, ...]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What of a playbook and an inventory a person chose.

    Attributes:
        limit: A host pattern that narrows every play; None for all its hosts.
        tags: Only tasks with one of these; empty for all.
        skip_tags: No task with one of these.
    """

    limit: str | None = None
    tags: frozenset[str] = frozenset()
    skip_tags: frozenset[str] = frozenset()

    def takes(self, task: Task) -> bool:
        """Whether a task is chosen; `always` and `never` mean what they mean in Ansible."""
        tags = set(task.tags)
        if tags & self.skip_tags:
            return False
        if "always" in tags or tags & self.tags:
            return True
        return "never" not in tags and (not self.tags or ("all" in self.tags))


def plan_hosts(
    inventory: Inventory,
    plays: Iterable[Play],
    choice: Choice,
    *,
    collectors: Mapping[str, Collector],
    overrides: Overrides,
    extra: Mapping[str, Value],
) -> tuple[HostPlan, ...]:
    """The plan of every chosen host, in inventory order.

    Args:
        inventory: Where the hosts are.
        plays: Which of them, and what.
        choice: What a person chose of both.
        collectors: By name.
        overrides: What the command line says of connections.
        extra: Variables that win over the plays' and the inventory's.

    Raises:
        ConfigErrors: every mistake of every chosen host and task.
        UsageError: no host or no task is left.
    """
    problems: list[ConfigError] = []
    planned: dict[str, list[TaskPlan]] = {}
    resolved: dict[int, TaskPlan] = {}
    plays = tuple(plays)
    for play in plays:
        tasks = [task for task in play.tasks if choice.takes(task)]
        if not tasks:
            continue
        for host in inventory.select(play.hosts, choice.limit):
            into = planned.setdefault(host, [])
            for task in tasks:
                step = resolved.get(id(task))
                if step is None:
                    step = _resolve(inventory, host, {**play.vars, **extra}, task, collectors[task.collector], problems)
                    if step is not None and not has_template(task.args):
                        resolved[id(task)] = step
                if step is not None:
                    into.append(step)
    targets = _targets(inventory, planned, overrides, extra, problems)
    if problems:
        raise ConfigErrors(_once(problems))
    if not planned:
        raise UsageError(_why_nothing(choice, plays))
    return tuple(HostPlan(target=targets[host], tasks=tuple(planned[host])) for host in inventory.order(planned))


def _resolve(
    inventory: Inventory,
    host: str,
    variables: Mapping[str, Value],
    task: Task,
    collector: Collector,
    problems: list[ConfigError],
) -> TaskPlan | None:
    try:
        args = inventory.resolve(host, task.args, variables, task.place) if has_template(task.args) else task.args
        arguments = read_arguments(task, args, collector.arguments)
    except ConfigErrors as errors:
        problems.extend(errors.errors)
    except ConfigError as error:
        problems.append(error)
    else:
        return TaskPlan(name=task.name, collector=task.collector, arguments=arguments, place=task.place)
    return None


def _targets(
    inventory: Inventory,
    hosts: Iterable[str],
    overrides: Overrides,
    extra: Mapping[str, Value],
    problems: list[ConfigError],
) -> dict[str, Target]:
    targets: dict[str, Target] = {}
    for host in hosts:
        try:
            targets[host] = target_for(host, inventory.scope(host, extra), overrides)
        except ConfigErrors as errors:
            problems.extend(errors.errors)
        except ConfigError as error:
            problems.append(error)
    return targets


def _once(problems: Sequence[ConfigError]) -> list[ConfigError]:
    return list({str(problem): problem for problem in problems}.values())


def _why_nothing(choice: Choice, plays: Iterable[Play]) -> str:
    if choice.tags or choice.skip_tags:
        return "no task is left: no host matches, or no task has the chosen tags; try --list-tasks"
    wanted = " or ".join(dict.fromkeys(repr(play.hosts) for play in plays))
    where = f" and -l {choice.limit!r}" if choice.limit else ""
    return f"no host of the inventory matches {wanted}{where}; `ospatrol inventory list` shows them"
