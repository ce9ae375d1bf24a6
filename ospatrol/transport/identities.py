"""Keys to log in with: read once a run, offered anew to each host."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asyncssh import SSHAgentClient, SSHCertificate, SSHKey, SSHKeyPair

    from ospatrol.model.secret import Secret
    from ospatrol.transport.ssh_settings import SshSettings

log = logging.getLogger(__name__)

# the order of ssh_config(5) IdentityFile
_DEFAULT_KEYS = ("~/.ssh/id_rsa", "~/.ssh/id_ecdsa", "~/.ssh/id_ecdsa_sk", "~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a key file gave.

    Attributes:
        path: As it was named.
        key: The private key; None where it could not be read.
        public: The public half where only that could be read: it chooses among the agent's keys.
        certificates: From `KEY-cert.pub`.
        problem: Why there is no private key, for the message of a login that fails.
    """

    path: str
    key: SSHKey | None = None
    public: SSHKey | None = None
    certificates: tuple[SSHCertificate, ...] = ()
    problem: str = ""


class Keyring:
    """Every key that a run has read, and its connections to agents."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, Secret | None], asyncio.Task[Identity]] = {}
        self._agents: dict[str, SSHAgentClient] = {}

    async def identities(self, settings: SshSettings, passphrase: Secret | None) -> tuple[Identity, ...]:
        """The key files of a host, in the order in which they are offered; the default ones where none is named."""
        named = settings.key_files
        found = [await self._identity(path, passphrase) for path in named or _DEFAULT_KEYS]
        if not named:
            found = [each for each in found if each.key]
        extra = [await asyncio.to_thread(_certificates, path) for path in settings.certificates]
        certificates = tuple(certificate for several in extra for certificate in several)
        return tuple(msgspec.structs.replace(each, certificates=each.certificates + certificates) for each in found)

    async def _identity(self, path: str, passphrase: Secret | None) -> Identity:
        wanted = (path, passphrase)
        if wanted not in self._read:
            self._read[wanted] = asyncio.create_task(asyncio.to_thread(_read_identity, path, passphrase))
        return await asyncio.shield(self._read[wanted])

    async def agent_pairs(self, settings: SshSettings, identities: Sequence[Identity]) -> list[SSHKeyPair]:
        """The agent's keys, new objects for each login (a login sets the signature algorithm in them)."""
        path = _agent_path(settings.agent)
        if not path:
            return []
        try:
            if path not in self._agents:
                self._agents[path] = await asyncssh.connect_agent(path)
            pairs = list(await self._agents[path].get_keys())
        except (OSError, ValueError, asyncssh.Error):
            log.warning("ssh-agent does not answer", extra={"path": path})
            self._agents.pop(path, None)
            return []
        if not settings.only_these_keys:
            return pairs
        wanted = {half.public_data for each in identities if (half := each.key or each.public)}
        return [pair for pair in pairs if pair.key_public_data in wanted]

    async def close(self) -> None:
        """Let go of the agents."""
        for agent in self._agents.values():
            agent.close()
            await agent.wait_closed()
        self._agents.clear()


def pairs_of(identity: Identity) -> list[SSHKeyPair]:
    """The identity as a login offers it, with each of its certificates first; new objects for each login."""
    if identity.key is None:
        return []
    own = [each for each in identity.certificates if each.key.public_data == identity.key.public_data]
    certified = [pair for each in own for pair in asyncssh.load_keypairs([(identity.key, each)])[:1]]
    return certified + list(asyncssh.load_keypairs([identity.key]))


def _agent_path(agent: str) -> str:
    path = os.environ.get("SSH_AUTH_SOCK", "") if agent == "SSH_AUTH_SOCK" else agent
    return str(Path(path).expanduser()) if path else ""


def _read_identity(path: str, passphrase: Secret | None) -> Identity:
    file = Path(path).expanduser()
    try:
        text = file.read_bytes()
    except OSError as error:
        return Identity(path=path, problem=f"{path}: {error.strerror}")
    certificates = _certificates(f"{file}-cert.pub")
    public = _public(text) or _public(_bytes_of(f"{file}.pub"))
    try:
        key = asyncssh.import_private_key(text, passphrase.reveal if passphrase else None)
    except asyncssh.KeyEncryptionError:
        return Identity(path=path, public=public, problem=f"{path}: the passphrase does not open it")
    except asyncssh.KeyImportError as error:
        locked = "passphrase" in str(error).lower()
        problem = f"{path}: a passphrase is needed" if locked else f"{path}: {error}"
        return Identity(path=path, public=public, problem=problem)
    return Identity(path=path, key=key, certificates=certificates)


def _public(text: bytes) -> SSHKey | None:
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError:
        return None


def _certificates(path: str) -> tuple[SSHCertificate, ...]:
    text = _bytes_of(path)
    try:
        return (asyncssh.import_certificate(text),) if text else ()
    except asyncssh.KeyImportError:
        log.warning("certificate cannot be read", extra={"path": path})
        return ()


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError:
        return b""
