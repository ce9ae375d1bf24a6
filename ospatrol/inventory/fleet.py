"""Hosts and groups once all sources are read: who belongs to what, and in which order variables win."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ospatrol.inventory.draft import ALL, LOCAL_NAMES, UNGROUPED, Draft, GroupDraft
from ospatrol.inventory.written import Variables


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """One host.

    Attributes:
        name: In the inventory.
        groups: All that it belongs to, directly or not, without `all`; the later ones' variables win.
        variables: Its own, from the sources.
        source: The absolute path, or host list, that named it first.
        implicit: Whether it is this machine, which no source names.
    """

    name: str
    groups: tuple[str, ...]
    variables: Variables
    source: str
    implicit: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group.

    Attributes:
        name: In the inventory.
        hosts: Its own, without those of its children; in the order in which they were named.
        children: In the order in which they were named.
        depth: How far below `all`, by the longest way.
        priority: `ansible_group_priority`.
        variables: Its own, from the sources.
    """

    name: str
    hosts: tuple[str, ...]
    children: tuple[str, ...]
    depth: int
    priority: int
    variables: Variables


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """All hosts and groups, each in the order in which they were named.

    Attributes:
        hosts: By name.
        groups: By name.
        localhost: The first host that is named like this machine; empty where none is.
    """

    hosts: Mapping[str, Host]
    groups: Mapping[str, Group]
    localhost: str = ""

    def members(self, group: str) -> tuple[str, ...]:
        """All hosts of a group and of its children at any depth, each once: the group's own first."""
        found: dict[str, None] = {}
        for name in self._downwards(group):
            found.update(dict.fromkeys(self.groups[name].hosts))
        return tuple(found)

    def _downwards(self, group: str) -> Iterable[str]:
        """A group and its descendants, level by level."""
        seen = {group: None}
        level = [group]
        while level:
            following = [child for name in level for child in self.groups[name].children]
            level = [child for child in dict.fromkeys(following) if child not in seen]
            seen.update(dict.fromkeys(level))
        return seen


def settle(draft: Draft) -> Fleet:
    """The hosts and groups of a draft whose sources are all read."""
    _hang_below_all(draft)
    ancestors = {name: _ancestors(draft, group) for name, group in draft.groups.items()}
    belongs = _memberships(draft)
    _settle_ungrouped(draft, belongs, ancestors)
    depths = _depths(draft)
    order = {name: (depths[name], group.priority, name) for name, group in draft.groups.items()}
    sorted_groups: dict[tuple[str, ...], tuple[str, ...]] = {}
    hosts: dict[str, Host] = {}
    for name, host in draft.hosts.items():
        direct = tuple(belongs[name])
        groups = sorted_groups.get(direct)
        if groups is None:
            every = _closure(direct, ancestors) - {ALL}
            groups = sorted_groups[direct] = tuple(sorted(every, key=order.__getitem__))
        hosts[name] = Host(name=name, groups=groups, variables=host.variables, source=host.source)
    return Fleet(
        hosts=hosts,
        groups={name: _group(group, depths[name]) for name, group in draft.groups.items()},
        localhost=next((name for name in hosts if name in LOCAL_NAMES), ""),
    )


def _group(group: GroupDraft, depth: int) -> Group:
    return Group(
        name=group.name,
        hosts=tuple(group.hosts),
        children=tuple(group.children),
        depth=depth,
        priority=group.priority,
        variables=group.variables,
    )


def _hang_below_all(draft: Draft) -> None:
    for name, group in draft.groups.items():
        if name != ALL and not group.parents:
            group.parents[ALL] = None
            draft.groups[ALL].children[name] = None


def _ancestors(draft: Draft, group: GroupDraft) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(group.parents)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(draft.groups[name].parents)
    return frozenset(found)


def _memberships(draft: Draft) -> dict[str, dict[str, None]]:
    belongs: dict[str, dict[str, None]] = {name: {} for name in draft.hosts}
    for name, group in draft.groups.items():
        for host in group.hosts:
            belongs[host][name] = None
    return belongs


def _closure(direct: Iterable[str], ancestors: Mapping[str, frozenset[str]]) -> frozenset[str]:
    direct = frozenset(direct)
    return direct.union(*(ancestors[name] for name in direct))


def _settle_ungrouped(
    draft: Draft, belongs: dict[str, dict[str, None]], ancestors: Mapping[str, frozenset[str]]
) -> None:
    """`ungrouped` keeps exactly the hosts that are in no other group than `all`."""
    ungrouped = draft.groups[UNGROUPED]
    for name, direct in belongs.items():
        every = _closure(direct, ancestors)
        if UNGROUPED in every:
            if every - {ALL, UNGROUPED}:
                ungrouped.hosts.pop(name, None)
                direct.pop(UNGROUPED, None)
        elif not every - {ALL}:
            ungrouped.hosts[name] = None
            direct[UNGROUPED] = None


def _depths(draft: Draft) -> dict[str, int]:
    """The length of the longest way from `all` to each group."""
    depths = dict.fromkeys(draft.groups, 0)
    waiting = {name: len(group.parents) for name, group in draft.groups.items()}
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop()
        for child in draft.groups[name].children:
            depths[child] = max(depths[child], depths[name] + 1)
            waiting[child] -= 1
            if waiting[child] == 0:
                ready.append(child)
    return depths
