"""The collector `state`: accounts, keys, jobs, units, ports, packages and the like, over one channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT, FactLimits
from ospatrol.collect.state_accounts import ACCOUNTS, GROUPS, PASSWORDS
from ospatrol.collect.state_cron import CRON_JOBS
from ospatrol.collect.state_keys import AUTHORIZED_KEYS
from ospatrol.collect.state_mounts import MOUNT_POINTS
from ospatrol.collect.state_packages import PACKAGES
from ospatrol.collect.state_ports import PORTS
from ospatrol.collect.state_reading import Kind, Reading, Source
from ospatrol.collect.state_small import HOST_ENTRIES, KERNEL_MODULES, PRELOADS, SHELLS
from ospatrol.collect.state_special import CAPABILITY_FILES, SUID_FILES
from ospatrol.collect.state_sudo import SUDO_RULES
from ospatrol.collect.state_units import UNITS
from ospatrol.model.coverage import Failure
from ospatrol.model.facts import Ask, Facts, Question
from ospatrol.model.state import HostState, Item, host_state
from ospatrol.transport.connection import Connection

_ITEM_BYTES = 8 << 20
_ITEM_S = 120
_ROUNDS = 6

SOURCES: Mapping[Kind, Source] = MappingProxyType(
    {
        Kind.ACCOUNT: ACCOUNTS,
        Kind.PASSWORD: PASSWORDS,
        Kind.GROUP: GROUPS,
        Kind.AUTHORIZED_KEY: AUTHORIZED_KEYS,
        Kind.SUDO_RULE: SUDO_RULES,
        Kind.CRON_JOB: CRON_JOBS,
        Kind.UNIT: UNITS,
        Kind.PORT: PORTS,
        Kind.KERNEL_MODULE: KERNEL_MODULES,
        Kind.PACKAGE: PACKAGES,
        Kind.SUID_FILE: SUID_FILES,
        Kind.CAPABILITY_FILE: CAPABILITY_FILES,
        Kind.MOUNT: MOUNT_POINTS,
        Kind.PRELOAD: PRELOADS,
        Kind.SHELL: SHELLS,
        Kind.HOST_ENTRY: HOST_ENTRIES,
    }
)
"""How each kind is collected."""


class StateScope(msgspec.Struct, frozen=True, kw_only=True):
    """What a state task looks at.

    Attributes:
        kinds: Which kinds of items.
        without: Which of them not.
        ignore: Kind to shell patterns of the names of items that are left out; `*` crosses `/`.
    """

    kinds: tuple[Kind, ...] = tuple(Kind)
    without: tuple[Kind, ...] = ()
    ignore: Mapping[Kind, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a task that looks at nothing."""
        if not self.chosen:
            raise ValueError("no kind is left to look at")

    @property
    def chosen(self) -> tuple[Kind, ...]:
        """The kinds that are looked at."""
        return tuple(kind for kind in Kind if kind in self.kinds and kind not in self.without)

    def takes(self, item: Item) -> bool:
        """Whether an item is not left out."""
        return not any(fnmatchcase(item.key, pattern) for pattern in self.ignore.get(Kind(item.kind), ()))


COLLECTOR = Collector(name="state", scripts=(FACTS_SCRIPT,), arguments=StateScope)


async def collect_state(
    connection: Connection, scope: StateScope, *, key: bytes, total_s: float, clock: Callable[[], float]
) -> HostState:
    """Ask a host what it is made of.

    Args:
        connection: To the host; its command policy must hold `COLLECTOR.scripts`.
        scope: What to look at.
        key: Keys the placeholders of secrets.
        total_s: Seconds for everything.
        clock: Seconds since the epoch, UTC.

    Raises:
        HostError: the host cannot be asked at all, or the connection was cut.
    """
    limits = FactLimits(
        item_bytes=_ITEM_BYTES, item_s=max(1, min(_ITEM_S, int(total_s))), total_s=total_s, rounds=_ROUNDS
    )

    sent: set[str] = set()

    def asks(facts: Facts) -> list[Question]:
        questions = list(dict.fromkeys(each for kind in scope.chosen for each in SOURCES[kind].asks(facts)))
        # every command is one of this room's own; what a host says becomes part of none but as a plain path
        sent.update(each.key for each in questions if each.ask is Ask.COMMAND)
        return questions

    nothing = Facts(host=connection.target.host, at=0.0, answers={})
    facts = await collect_facts(connection, asks(nothing), follow_up=asks, limits=limits, extra=sent, clock=clock)
    return await asyncio.to_thread(read_state, facts, scope, key=key)


def read_state(facts: Facts, scope: StateScope, *, key: bytes) -> HostState:
    """What a host is made of, of what it said.

    Args:
        facts: What it said.
        scope: What was asked.
        key: Keys the placeholders of secrets.
    """
    items: list[Item] = []
    failures: list[Failure] = []
    whole: list[str] = []
    for kind in scope.chosen:
        reading = Reading(facts, kind, key)
        SOURCES[kind].reads(reading)
        if reading.failures:
            failures.extend(reading.failures)
        else:
            whole.append(kind.value)
            items.extend(item for item in reading.items if scope.takes(item))
    return host_state(facts.host, facts.at, items, whole, failures)
