"""What a host's package database says, asked for rarely: when it changed, and for files that changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files as package_files

import msgspec

from ospatrol.collect.dialogue import Dialogue
from ospatrol.collect.package_places import Places, owned_in_scope, read_places, scope_match
from ospatrol.collect.package_records import Record, read_owned, read_records, read_sums, read_versions
from ospatrol.collect.scope import host_root
from ospatrol.model.command import Command, Script
from ospatrol.model.coverage import Reason
from ospatrol.model.errors import CommandFailed, CommandTimedOut, OutputTooLarge
from ospatrol.model.files import FileScope
from ospatrol.model.packages import PackagedFile, Packages, PackageSystem
from ospatrol.model.text import show_bytes
from ospatrol.transport.connection import Connection

PACKAGES_SCRIPT = Script(
    name="packages", text=(package_files("ospatrol.collect") / "packages.sh").read_text(encoding="utf-8")
)
_LIMIT_S = 300.0
_LIMIT_BYTES = 256 << 20


class _Database(msgspec.Struct, frozen=True, kw_only=True):
    system: PackageSystem
    places: Places


async def collect_packages(connection: Connection, scope: FileScope, signature: str) -> Packages:
    """The installed packages, and which of them own what lies in a scope's trees.

    Args:
        connection: To the host; its command policy must hold `PACKAGES_SCRIPT`.
        scope: Whose trees, and under which root.
        signature: What `collect_files` said of the database; kept with the answer.

    Raises:
        HostError: the host did not answer, or not in time.
    """
    async with _script(connection, scope) as talk:
        database = await _greeted(talk)
        if database.system is PackageSystem.NONE:
            return Packages(signature=signature)
        versions = read_versions(await talk.ask("versions", [b"all"]))
        match = scope_match(scope, database.places).encode("utf-8", "surrogateescape")
        owned = read_owned(await talk.ask("owners", [match]))
        owners = owned_in_scope(owned, scope, database.places)
        _complete(talk)
    return Packages(system=database.system, signature=signature, versions=versions, owners=owners)


async def collect_packaged_files(
    connection: Connection, scope: FileScope, paths: Sequence[bytes]
) -> tuple[PackagedFile, ...]:
    """What the database records of some paths and what their contents are now; paths that nobody owns are left out.

    Args:
        connection: To the host; its command policy must hold `PACKAGES_SCRIPT`.
        scope: Under which root the paths lie.
        paths: As the snapshot has them; thousands are fine.

    Raises:
        HostError: the host did not answer, or not in time.
    """
    root = host_root(scope).encode()
    asked = [path for path in paths if b"\n" not in path]  # no package owns such a name
    if not asked:
        return ()
    async with _script(connection, scope) as talk:
        database = await _greeted(talk)
        if database.system is PackageSystem.NONE:
            return ()
        names = sorted({name for path in asked for name in database.places.recorded_as(path)})
        records = read_records(await talk.ask("lookup", names), database.places)
        owned = {path: records[real] for path in asked if (real := database.places.canonical(path)) in records}
        sums = await _sums(talk, owned, root)
        _complete(talk)
    return tuple(_packaged(path, owned[path], sums) for path in asked if path in owned)


async def _sums(
    talk: Dialogue, owned: Mapping[bytes, Sequence[Record]], root: bytes
) -> Mapping[tuple[str, bytes], str]:
    """By algorithm and path, the digest of the file as it is."""
    found: dict[tuple[str, bytes], str] = {}
    for algorithm in sorted({record.algorithm for records in owned.values() for record in records}):
        paths = [
            root + path
            for path, records in owned.items()
            if any(record.algorithm == algorithm and record.digest for record in records)
        ]
        sums = read_sums(await talk.ask(algorithm, paths))
        found.update({(algorithm, path.removeprefix(root)): digest for path, digest in sums.items()})
    return found


def _packaged(path: bytes, records: Sequence[Record], sums: Mapping[tuple[str, bytes], str]) -> PackagedFile:
    """One owner's word: of several, the one whose digest the file has, else the first that records a digest."""

    def rank(record: Record) -> int:
        if not record.digest:
            return 2
        return 0 if sums.get((record.algorithm, path)) == record.digest else 1

    best = min(records, key=rank)
    return PackagedFile(
        path=path,
        package=best.package,
        algorithm=best.algorithm,
        recorded=best.digest,
        found=sums.get((best.algorithm, path), ""),
        config=best.config,
        mode=best.mode,
    )


@asynccontextmanager
async def _script(connection: Connection, scope: FileScope) -> AsyncIterator[Dialogue]:
    root = host_root(scope)
    command = Command(script=PACKAGES_SCRIPT, args=(f"root={root}",) if root else ())
    deadline = asyncio.get_running_loop().time() + _LIMIT_S
    async with connection.start(command, limit_s=_LIMIT_S + 30, limit_bytes=_LIMIT_BYTES) as channel:
        talk = Dialogue(channel, deadline)
        yield talk
        await talk.close()


async def _greeted(talk: Dialogue) -> _Database:
    greeting = await talk.hear(b"\0")
    _complete(talk)
    diversions = await talk.hear(b"\0")
    _complete(talk)
    system = greeting.partition(b"\n")[0].removeprefix(b"system=").decode(errors="replace")
    if system not in set(PackageSystem):
        raise CommandFailed(f"the script `packages` was answered with something else: {show_bytes(greeting, 200)}")
    if b"\nmissing=" in greeting:
        raise CommandFailed("the host has an rpm database and no rpm to read it with")
    return _Database(system=PackageSystem(system), places=read_places(greeting, diversions))


def _complete(talk: Dialogue) -> None:
    if talk.stopped is Reason.CUT:
        raise OutputTooLarge(f"the package database said more than {_LIMIT_BYTES} bytes")
    if talk.stopped is not None:
        raise CommandTimedOut(f"the package database was not read within {_LIMIT_S:g} s")
