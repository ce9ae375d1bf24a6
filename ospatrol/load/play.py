"""Playbooks: Ansible-like YAML, read into plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from ospatrol.load.fields import did_you_mean, plain, read_struct, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.play import Play, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.load.yaml import Node
    from ospatrol.model.value import Value

_TASK_WORDS = frozenset({"name", "tags"})
_PLAY_WORDS = frozenset({"name", "hosts", "vars", "tasks", "tags"})


def read_playbook(text: str, path: str, arguments: Mapping[str, type[msgspec.Struct]]) -> tuple[Play, ...]:
    """The plays of one playbook.

    Args:
        text: The whole file.
        path: As the person named it.
        arguments: Every collector's name, and what its arguments are read into.

    Raises:
        ConfigErrors: every mistake of the file, each with its line.
    """
    try:
        node = read_yaml(text, path)
    except ConfigError as error:
        raise ConfigErrors([error]) from error
    problems: list[ConfigError] = []
    plays = _plays(node, Place(path), arguments, problems)
    if not problems and not plays:
        problems.append(ConfigError(Place(path), "no play in it"))
    _unique_names(plays, problems)
    if problems:
        raise ConfigErrors(problems)
    return plays


def read_arguments(task: Task, node: object, type_: type[msgspec.Struct]) -> msgspec.Struct:
    """A task's arguments once every template in them is resolved.

    Raises:
        ConfigErrors: every mistake, at its line where the value was written as it stands, else at the task's.
    """
    problems: list[ConfigError] = []
    value = read_struct(_lined(node, task.place), type_, task.place, problems)
    if value is None:
        raise ConfigErrors(problems)
    return value


def has_template(value: object) -> bool:
    """Whether any text inside a value holds a template."""
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    if isinstance(value, dict):
        return any(has_template(item) for item in value.values())
    return isinstance(value, list) and any(has_template(item) for item in value)


def _plays(
    node: Node, place: Place, arguments: Mapping[str, type[msgspec.Struct]], problems: list[ConfigError]
) -> tuple[Play, ...]:
    if not isinstance(node, LinedList):
        problems.append(ConfigError(place, "a playbook is a list of plays: `- hosts: all` and `  tasks: [...]`"))
        return ()
    plays = [_play(item, node.at(index), arguments, problems) for index, item in enumerate(node)]
    return tuple(play for play in plays if play is not None)


def _play(
    node: Node, place: Place, arguments: Mapping[str, type[msgspec.Struct]], problems: list[ConfigError]
) -> Play | None:
    if not isinstance(node, Lined):
        problems.append(ConfigError(place, "a play is a mapping with `hosts` and `tasks`"))
        return None
    before = len(problems)
    unknown_keys(node, _PLAY_WORDS, problems)
    hosts, variables, tasks = node.get("hosts"), node.get("vars") or Lined(place), node.get("tasks")
    if isinstance(hosts, LinedList) and all(isinstance(host, str) for host in hosts):
        hosts = ",".join(str(host) for host in hosts)
    if not isinstance(hosts, str) or not hosts:
        problems.append(ConfigError(node.at("hosts"), "`hosts` is an inventory pattern, such as `web:&prod:!db1`"))
    if not isinstance(variables, Lined):
        problems.append(ConfigError(node.at("vars"), "`vars` is a mapping"))
    tags = _tags(node, problems)
    if not isinstance(tasks, LinedList) or not tasks:
        problems.append(ConfigError(node.at("tasks"), "`tasks` is a list with at least one task"))
        return None
    read = [_task(item, tasks.at(index), tags, arguments, problems) for index, item in enumerate(tasks)]
    if len(problems) > before:
        return None
    return Play(
        name=str(node.get("name") or hosts),
        hosts=str(hosts),
        vars=cast("Mapping[str, Value]", plain(variables)),
        tasks=tuple(task for task in read if task is not None),
        place=node.place,
    )


def _task(
    node: Node,
    place: Place,
    play_tags: tuple[str, ...],
    arguments: Mapping[str, type[msgspec.Struct]],
    problems: list[ConfigError],
) -> Task | None:
    if not isinstance(node, Lined):
        problems.append(ConfigError(place, "a task is a mapping with a name and one collector"))
        return None
    names = [key for key in node if key in arguments]
    unknown = [key for key in node if key not in arguments and key not in _TASK_WORDS]
    known = [*arguments, *_TASK_WORDS]
    problems.extend(
        ConfigError(node.at(key), f"unknown key {key!r} in a task{did_you_mean(key, known)}") for key in unknown
    )
    if len(names) != 1:
        if not unknown:
            problems.append(ConfigError(place, f"a task has exactly one collector of {', '.join(sorted(arguments))}"))
        return None
    collector = names[0]
    args = Lined(node.at(collector)) if node[collector] is None else node[collector]
    if not has_template(args):
        read_struct(args, arguments[collector], node.at(collector), problems)
    elif isinstance(args, Lined):
        unknown_keys(args, [field.encode_name for field in msgspec.structs.fields(arguments[collector])], problems)
    return Task(
        name=str(node.get("name") or collector),
        collector=collector,
        args=cast("Mapping[str, Value]", args if isinstance(args, Lined) else {}),
        tags=(*play_tags, *_tags(node, problems)),
        place=node.place,
    )


def _tags(node: Lined, problems: list[ConfigError]) -> tuple[str, ...]:
    tags = node.get("tags")
    if tags is None:
        return ()
    if isinstance(tags, str):
        return tuple(tag.strip() for tag in tags.split(","))
    if isinstance(tags, LinedList) and all(isinstance(tag, str) for tag in tags):
        return tuple(str(tag) for tag in tags)
    problems.append(ConfigError(node.at("tags"), "`tags` is a list of words"))
    return ()


def _unique_names(plays: tuple[Play, ...], problems: list[ConfigError]) -> None:
    seen: dict[str, Place] = {}
    for task in (task for play in plays for task in play.tasks):
        first = seen.setdefault(task.name, task.place)
        if first is not task.place:
            problems.append(
                ConfigError(
                    task.place,
                    f"the task name {task.name!r} is taken at line {first.line}; baselines are kept under it",
                )
            )


def _lined(node: object, place: Place) -> object:
    """Plain containers as if each had been written at one place."""
    if isinstance(node, dict) and not isinstance(node, Lined):
        lined = Lined(place)
        for key, value in node.items():
            lined.put(str(key), cast("Node", _lined(value, place)), place.line)
        return lined
    if isinstance(node, list | tuple) and not isinstance(node, LinedList):
        items = LinedList(place)
        for value in node:
            items.put(cast("Node", _lined(value, place)), place.line)
        return items
    return node
