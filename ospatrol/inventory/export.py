"""An inventory as `ansible-inventory` prints it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ospatrol.inventory.draft import ALL
from ospatrol.inventory.fleet import Fleet, Group
from ospatrol.inventory.magic import INTERNAL
from ospatrol.inventory.written import VAULT_TAGS, Variable, Variables, Written
from ospatrol.load.yaml import Tagged
from ospatrol.model.value import Value

MASK = "********"

_PROFILE = "inventory_legacy"


def listed(fleet: Fleet, hosts: Collection[str], variables: Mapping[str, Variables], *, reveal: bool) -> Value:
    """What `ansible-inventory --list` prints, as a value.

    Args:
        fleet: Hosts and groups.
        hosts: Which hosts to list.
        variables: Theirs, by host.
        reveal: Whether to show what comes from encrypted files, as Ansible does; a mask else.
    """
    document: dict[str, Value] = {}
    chosen = frozenset(hosts)
    for group in fleet.groups.values():
        members = [host for host in group.hosts if host in chosen] if group.name != ALL else []
        parts: dict[str, Value] = {"hosts": members, "children": list(group.children)}
        kept: dict[str, Value] = {name: part for name, part in parts.items() if part}
        if kept:
            document[group.name] = kept
    all_shown = {host: _shown_variables(variables[host], reveal=reveal) for host in hosts}
    hostvars: dict[str, Value] = {host: own for host, own in all_shown.items() if own}
    document["_meta"] = {"hostvars": hostvars, "profile": _PROFILE}
    return document


def graphed(fleet: Fleet, group: Group, depth: int = 0) -> Iterator[str]:
    """The lines that `ansible-inventory --graph` prints for a group."""
    yield _graph_line(f"@{group.name}:", depth)
    for child in group.children:
        yield from graphed(fleet, fleet.groups[child], depth + 1)
    if group.name != ALL:
        for host in group.hosts:
            yield _graph_line(host, depth + 1)


def _graph_line(text: str, depth: int) -> str:
    return f"{'  |' * depth}--{text}" if depth else text


def _shown_variables(variables: Variables, *, reveal: bool) -> dict[str, Value]:
    return {name: shown(variable, reveal=reveal) for name, variable in variables.items() if name not in INTERNAL}


def shown(variable: Variable, *, reveal: bool) -> Value:
    """A variable as it was written, vault texts and unsafe texts as Ansible's JSON has them."""
    return MASK if variable.secret and not reveal else _shown(variable.value)


def _shown(value: Written) -> Value:
    match value:
        case Tagged():
            return {"__ansible_vault" if value.tag in VAULT_TAGS else "__ansible_unsafe": value.text}
        case Mapping():
            return {key: _shown(item) for key, item in value.items()}
        case None | bool() | int() | float() | str():
            return value
        case _:
            return [_shown(item) for item in value]
