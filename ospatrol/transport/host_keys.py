"""Host keys that people or earlier runs vouched for, and what the key that a host shows is to them."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from asyncssh import KeyImportError, SSHKnownHosts, import_public_key

from ospatrol.model.errors import ConnectFailed, HostError, HostKeyChanged, HostKeyUnknown, UsageError
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncssh import SSHKey

log = logging.getLogger(__name__)


class PinnedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A host key that was accepted when it was first seen.

    Attributes:
        name: The name under which keys are looked up, as in known_hosts(5): `host`, `[host]:port` or an alias.
        key: `ssh-ed25519 AAAA...`, as in a public key file, without a comment.
        host: The inventory name, for people.
    """

    name: str
    key: str
    host: str = ""


class HostKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows of host keys besides the known_hosts files.

    Attributes:
        pinned: Keys that earlier runs accepted; they count beside those of the files.
        accept_new: Whether to pin the key of a host of which no key is known.
    """

    pinned: tuple[PinnedKey, ...] = ()
    accept_new: bool = False


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record for one host.

    Attributes:
        keys: Any of these proves it.
        stray: Keys of the same name without the port; they prove it too, but another key is then unknown, not changed.
        authorities: Keys that may certify it.
        revoked: Keys that it must not show.
    """

    keys: tuple[SSHKey, ...] = ()
    stray: tuple[SSHKey, ...] = ()
    authorities: tuple[SSHKey, ...] = ()
    revoked: tuple[SSHKey, ...] = ()

    @property
    def types(self) -> frozenset[str]:
        """The types of the keys that prove it."""
        return frozenset(key.get_algorithm() for key in self.keys + self.stray)


class HostKeyLedger:
    """Finds what is known of a host; reads each file once a run, and knows what it accepted from then on.

    Args:
        host_keys: What is known besides the files.
        devices: Whether the hosts are network devices, which keep their keys in no file that a person could read.
    """

    def __init__(self, host_keys: HostKeys, *, devices: bool = False) -> None:
        self._devices = devices
        self._accept_new = host_keys.accept_new
        self._pinned: dict[str, list[SSHKey]] = {}
        self._accepted: list[PinnedKey] = []
        self._files: dict[str, asyncio.Task[SSHKnownHosts]] = {}
        for pin in host_keys.pinned:
            self._pinned.setdefault(pin.name, []).append(_read_pin(pin))

    @property
    def accepted(self) -> tuple[PinnedKey, ...]:
        """Keys that were pinned in this run, in the order in which they were seen."""
        return tuple(self._accepted)

    async def known(self, name: str, files: Sequence[str]) -> Known:
        """What is on record under a name, in these files and among the pinned keys."""
        keys = list(self._pinned.get(name, ()))
        bare = name[1:].partition("]:")[0] if name.startswith("[") else name
        stray: list[SSHKey] = []
        authorities: list[SSHKey] = []
        revoked: list[SSHKey] = []
        for path in files:
            recorded = await self._file(path)
            for looked_up, found in ((name, keys), (bare, stray)):
                proving, certifying, refused = recorded.match(looked_up, "", None)[:3]
                found.extend(proving)
                authorities.extend(certifying)
                revoked.extend(refused)
                if bare == name:
                    break
        return Known(keys=tuple(keys), stray=tuple(stray), authorities=tuple(authorities), revoked=tuple(revoked))

    async def _file(self, path: str) -> SSHKnownHosts:
        if path not in self._files:
            self._files[path] = asyncio.create_task(asyncio.to_thread(_read, path))
        return await asyncio.shield(self._files[path])

    def judge(self, key: SSHKey, known: Known, *, name: str, host: str, accept_new: bool) -> HostError | None:
        """What is wrong with the key that a host shows; None if it may be trusted, an accepted one being pinned.

        Args:
            key: What it shows.
            known: What is on record.
            name: The name under which that was looked up.
            host: The inventory name.
            accept_new: Whether the host's own options let a new key in.
        """
        seen = key.get_fingerprint()
        kind = key.get_algorithm()
        if key in known.revoked:
            return HostKeyChanged(f"{host}: {name} shows the key {seen} ({kind}), which is marked @revoked", seen=seen)
        # a key that a connection of this run accepted a moment ago counts like one of the files
        keys = known.keys + tuple(self._pinned.get(name, ()))
        if key in keys or key in known.stray:
            return None
        if keys:
            return _changed(host, name, f"{seen} ({kind})", seen, keys)
        if not (accept_new or self._accept_new):
            return _unknown(host, name, f"{seen} ({kind})", device=self._devices)
        self._pinned.setdefault(name, []).append(key)
        text = key.export_public_key("openssh").decode("ascii", "replace").split()
        self._accepted.append(PinnedKey(name=name, key=" ".join(text[:2]), host=host))
        log.warning("host key accepted unseen", extra={"host": host, "name_": name, "fingerprint": seen})
        return None


def _changed(host: str, name: str, shown: str, seen: str, keys: Sequence[SSHKey]) -> HostKeyChanged:
    known = tuple(dict.fromkeys(key.get_fingerprint() for key in keys))
    return HostKeyChanged(
        f"{host}: {name} shows the key {shown}, but {', '.join(known)} is on record. Either somebody is between, or "
        f"the host was installed anew. If you know that it was: `ssh-keygen -R '{name}'` or `ospatrol store unpin`",
        seen=seen,
        known=known,
    )


def _unknown(host: str, name: str, shown: str, *, device: bool) -> HostKeyUnknown:
    address, _, port = name.strip("[").partition("]:")
    scan = f"ssh-keyscan -p {port or 22} {address} >> ~/.ssh/known_hosts"
    there = "`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub` prints on the host"
    return HostKeyUnknown(
        f"{host}: nobody has vouched for the key {shown} of {name}. Compare it with what "
        f"{'the device shows at its console' if device else there}; then `{scan}`, or run with --accept-new"
    )


def authority_error(key: SSHKey, *, host: str, name: str) -> HostError:
    """The error for a certificate whose authority nobody named."""
    seen = key.get_fingerprint()
    return HostKeyUnknown(f"{host}: the certificate of {name} is signed by {seen}, which no @cert-authority line names")


def _read_pin(pin: PinnedKey) -> SSHKey:
    try:
        return import_public_key(pin.key)
    except KeyImportError as error:  # without it the next key that is shown would be a new one
        raise UsageError(f"the pinned host key of {pin.name!r} cannot be read: {error}; remove that pin") from error


def _read(path: str) -> SSHKnownHosts:
    known = SSHKnownHosts()
    try:
        text = Path(path).expanduser().read_text("utf-8", "replace")
    except FileNotFoundError:
        return known
    except OSError as error:
        raise ConnectFailed(f"known hosts cannot be read: {error}") from error
    for line in text.splitlines():
        try:
            known.load(line)
        except ValueError:  # OpenSSH passes over a line that it cannot read, too
            log.warning("known_hosts line passed over", extra={"path": path, "line": escape_controls(line, 120)})
    return known
