"""Waivers that can cover nothing, whatever is found: they name a host, a policy, a check or a rule there is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

import click

from ospatrol.load.fields import did_you_mean
from ospatrol.model.errors import ConfigErrors, UsageError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from datetime import date

    from ospatrol.inventory.inventory import Inventory
    from ospatrol.model.policy import Policy, Waiver


class Vain:
    """Says of waivers why they can cover nothing, or less than they say.

    Args:
        inventory: Reads it; raises `UsageError` where there is none.
        rules: The ids of all rules; raises `ConfigErrors` or `UsageError` where they cannot be read.
        policies: Of the run; those that ship and those of the workspace are read only if these are not enough.
    """

    def __init__(
        self,
        inventory: Callable[[], Inventory],
        rules: Callable[[], Collection[int]],
        policies: Iterable[Policy],
    ) -> None:
        self._inventory = inventory
        self._read_rules = rules
        self._given = {policy.id: _checks(policy) for policy in policies}

    @cached_property
    def _rules(self) -> Collection[int]:
        return self._read_rules()

    @cached_property
    def _policies(self) -> dict[str, frozenset[str]]:
        """The ids of the checks of every policy that is known."""
        from ospatrol.patrol.policy_library import PolicyLibrary

        files = PolicyLibrary().everything()
        return {each.policy.id: _checks(each.policy) for each in files if each.policy is not None} | self._given

    def of(self, waiver: Waiver) -> Iterator[str]:
        """Every reason, in a sentence that begins in lower case."""
        yield from self._hosts(waiver.hosts)
        if waiver.rules:
            yield from self._alerts(waiver)
        if not self._meets(self._given, waiver):
            unknown = [glob for glob in waiver.policies if not _any([glob], self._policies)]
            for glob in unknown:
                told = f"no policy that ships or lies under checks/ has the id {glob!r}"
                yield f"{_weight(unknown, waiver.policies)}{told}{did_you_mean(glob, self._policies)}"
            about = [checks for id_, checks in self._policies.items() if _any(waiver.policies or ["*"], [id_])]
            known = frozenset[str]().union(*about)
            unknown = [glob for glob in waiver.checks if about and not _any([glob], known)]
            for glob in unknown:
                yield f"{_weight(unknown, waiver.checks)}no policy that it is about has a check {glob!r}"

    def _meets(self, policies: dict[str, frozenset[str]], waiver: Waiver) -> bool:
        """Whether everything that it names is in some policies."""
        about = [checks for id_, checks in policies.items() if _any(waiver.policies or ["*"], [id_])]
        known = frozenset[str]().union(*about)
        return all(_any([glob], policies) for glob in waiver.policies) and all(
            _any([glob], known) for glob in waiver.checks
        )

    def _alerts(self, waiver: Waiver) -> Iterator[str]:
        try:
            known = self._rules
        except (ConfigErrors, UsageError):  # it is told elsewhere what is wrong with them
            return
        unknown = [rule for rule in waiver.rules if rule not in known]
        for rule in unknown:
            yield f"{_weight(unknown, waiver.rules)}no rule has the id {rule}"

    def _hosts(self, pattern: str) -> Iterator[str]:
        from ospatrol.patrol.adhoc import adhoc_target

        if pattern in {"all", "*"}:
            return
        try:
            if adhoc_target(pattern) is not None:
                return
            inventory = self._inventory()
            if inventory.select(pattern):
                return
        except (ConfigErrors, UsageError):  # there is none, or it is told elsewhere what is wrong with it
            return
        near = get_close_matches(pattern, [*inventory.hosts], n=1)
        yield f"covers nothing: {pattern!r} matches no host of the inventory{_meant(near)}"


def tell_vain(waivers: Iterable[Waiver], today: date, vain: Vain) -> None:
    """Tell on stderr of every waiver that has not ended why it can cover nothing."""
    from ospatrol.comply.waive import has_expired

    for waiver in waivers:
        if not has_expired(waiver, today):
            for reason in vain.of(waiver):
                click.echo(f"ospatrol: waiver {escape_controls(waiver.id)} ({waiver.place}) {reason}", err=True)


def _weight(unknown: Sequence[object], named: Sequence[object]) -> str:
    return "covers nothing: " if len(unknown) == len(named) else "covers less than it says: "


def _meant(near: Sequence[str]) -> str:
    return f"; did you mean {near[0]!r}?" if near else ""


def _checks(policy: Policy) -> frozenset[str]:
    return frozenset(check.id for check in policy.checks)


def _any(globs: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of some globs means one of some names."""
    names = tuple(names)
    return any(fnmatchcase(name, glob) for glob in globs for name in names)
