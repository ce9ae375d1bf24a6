"""What a host's package manager says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class PackageSystem(StrEnum):
    """Which package database the host has."""

    DPKG = "dpkg"
    RPM = "rpm"
    NONE = "none"


class Packages(msgspec.Struct, frozen=True, kw_only=True):
    """The installed packages of a host at one moment, and who owns the watched paths.

    Attributes:
        system: Which database was read.
        signature: Changes whenever the database does; cheap for the host to tell.
        versions: Package name (with its architecture where the system says it) to version.
        owners: Path to package name, for paths inside the watched trees.
    """

    system: PackageSystem = PackageSystem.NONE
    signature: str = ""
    versions: Mapping[str, str] = msgspec.field(default_factory=dict)
    owners: Mapping[bytes, str] = msgspec.field(default_factory=dict)


class PackagedFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the package database, now, says of one path, and what the file's digest is in the database's algorithm.

    Attributes:
        path: Raw bytes.
        package: The owner's name.
        algorithm: `md5` (dpkg) or `sha256` (rpm), of both digests.
        recorded: The package's own digest of the file; empty where it records none.
        found: The digest of the file as it is; empty where it was not readable.
        config: Whether the package calls it a configuration file.
        mode: The package's own permission bits; None where the database records none (dpkg).
    """

    path: bytes
    package: str
    algorithm: str
    recorded: str = ""
    found: str = ""
    config: bool = False
    mode: int | None = None
