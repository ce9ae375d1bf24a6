"""The collector `esxi`: guests and everything else that an ESXi host is made of, asked over one channel."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import msgspec

from ospatrol.collect.collector import Collector
from ospatrol.collect.esxi_access import find_access
from ospatrol.collect.esxi_found import Found
from ospatrol.collect.esxi_guests import find_guests
from ospatrol.collect.esxi_host import find_host
from ospatrol.collect.esxi_questions import questions, then
from ospatrol.collect.facts import collect_facts
from ospatrol.collect.facts_dialogue import FACTS_SCRIPT, FactLimits
from ospatrol.model.coverage import Failure
from ospatrol.model.facts import Facts
from ospatrol.model.state import Item
from ospatrol.transport.connection import Connection

KINDS = (
    "acceptance_level", "account", "authorized_key", "certificate", "datastore", "dns", "firewall", "firewall_rule",
    "guest", "guest_configuration", "host", "interface", "kernel_setting", "lockdown", "ntp", "permission", "portgroup",
    "service", "setting", "snapshot", "syslog", "vib", "vswitch",
)  # fmt: skip
"""Every kind of item that it knows."""

_TOTAL_BYTES = 256 << 20
_ITEM_S = 60  # a list of packages takes a while
_ITEM_BYTES = 16 << 20  # the whole configuration of a large host, as vim-cmd prints it


class EsxiScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a host is looked at.

    Attributes:
        without: Kinds of items that are left out.
    """

    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no kind."""
        if unknown := sorted(set(self.without) - set(KINDS)):
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(KINDS)}")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that are looked at."""
        return tuple(kind for kind in KINDS if kind not in self.without)


class EsxiFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a host was found to be made of.

    Attributes:
        at: When: seconds since the epoch, UTC.
        items: Each thing.
        kinds: Those of which everything is known but for `missing`.
        missing: Kind and guest of what could not be read of single guests; of a guest as such its number.
        failures: What could not be read, and why.
    """

    at: float
    items: tuple[Item, ...]
    kinds: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    failures: tuple[Failure, ...]


COLLECTOR = Collector(name="esxi", scripts=(FACTS_SCRIPT,), arguments=EsxiScope)


async def collect_esxi(
    connection: Connection, scope: EsxiScope, *, total_s: float, clock: Callable[[], float] = time.time
) -> EsxiFound:
    """Ask an ESXi host.

    Args:
        connection: To the host; its command policy must hold the collector's scripts.
        scope: What is looked at.
        total_s: Seconds for all of it.
        clock: Seconds since the epoch, UTC.

    Raises:
        HostError: the host cannot be asked at all, or the connection was cut.
    """
    limits = FactLimits(item_bytes=_ITEM_BYTES, item_s=_ITEM_S, total_s=total_s, total_bytes=_TOTAL_BYTES)
    more = partial(then, without=scope.without)
    facts = await collect_facts(connection, questions(), follow_up=more, limits=limits, clock=clock)
    return found_in(facts, scope)


def found_in(facts: Facts, scope: EsxiScope) -> EsxiFound:
    """What a host's answers say."""
    found = Found(facts)
    find_guests(found)
    find_host(found)
    find_access(found)
    chosen = frozenset(scope.kinds)
    return EsxiFound(
        at=facts.at,
        items=tuple(item for item in found.items if item.kind in chosen),
        kinds=tuple(sorted(found.whole & chosen)),
        missing=tuple(each for each in found.missing if each[0] in chosen),
        failures=tuple(failure for failure in found.failures if failure.what in chosen),
    )
