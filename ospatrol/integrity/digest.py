"""An upgrade of many packages said in one line."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.change import Change, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable


class PackageStep(StrEnum):
    """What happened to a package."""

    INSTALLED = "installed"
    UPGRADED = "upgraded"
    REMOVED = "removed"


class PackageChange(msgspec.Struct, frozen=True, kw_only=True):
    """One package whose change explains files.

    Attributes:
        name: As the package database names it.
        was: Its version at the baseline; empty where it was not installed.
        version: Its version now; empty where it is gone.
        files: How many changes it explains.
    """

    name: str
    was: str = ""
    version: str = ""
    files: int = 0

    @property
    def step(self) -> PackageStep:
        """What happened to it; a downgrade is an upgrade here."""
        if not self.was:
            return PackageStep.INSTALLED
        return PackageStep.UPGRADED if self.version else PackageStep.REMOVED


class PackageDigest(msgspec.Struct, frozen=True, kw_only=True):
    """All explained changes of one scan.

    Attributes:
        packages: By name.
        files: How many changes they explain together.
    """

    packages: tuple[PackageChange, ...] = ()
    files: int = 0

    def counted(self, step: PackageStep) -> int:
        """How many packages went that way."""
        return sum(package.step is step for package in self.packages)


def summarise(changes: Iterable[Change]) -> tuple[tuple[Change, ...], PackageDigest]:
    """The changes that someone must see, in their order, and the explained rest as a digest."""
    loud: list[Change] = []
    counts: dict[tuple[str, str, str], int] = {}
    for change in changes:
        why = change.explanation
        if why.verdict is Verdict.EXPLAINED:
            key = (why.package, why.was_version, why.version)
            counts[key] = counts.get(key, 0) + 1
        else:
            loud.append(change)
    packages = tuple(
        PackageChange(name=name, was=was, version=version, files=files)
        for (name, was, version), files in sorted(counts.items())
    )
    return tuple(loud), PackageDigest(packages=packages, files=sum(counts.values()))
