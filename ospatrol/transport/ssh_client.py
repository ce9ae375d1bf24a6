"""The callbacks of a login: is this the host's key, and what is there to prove who we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh

from ospatrol.transport.algorithms import Agreed, first_common, name_lists
from ospatrol.transport.host_keys import authority_error
from ospatrol.transport.identities import pairs_of
from ospatrol.transport.ssh_errors import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asyncssh import SSHClientConnection, SSHKey, SSHKeyPair

    from ospatrol.model.errors import HostError
    from ospatrol.model.secret import Secret
    from ospatrol.transport.identities import Identity, Keyring
    from ospatrol.transport.ssh_errors import Attempt
    from ospatrol.transport.ssh_settings import SshSettings


class Credentials:
    """What can be offered to one host, each thing once: key files, then the agent's keys, then the password."""

    def __init__(self, keyring: Keyring, settings: SshSettings, password: Secret | None) -> None:
        self._keyring = keyring
        self._settings = settings
        self._password = password
        self._identities: Sequence[Identity] = ()
        self._batches = 0

    async def read(self, passphrase: Secret | None) -> None:
        """Read the key files."""
        if "publickey" in self._settings.methods:
            self._identities = await self._keyring.identities(self._settings, passphrase)

    async def next_pairs(self, tried: list[str]) -> list[SSHKeyPair]:
        """The next keys to offer; none when all were."""
        self._batches += 1
        if self._batches == 1:
            tried.extend(each.problem or f"key {each.path}" for each in self._identities)
            pairs = [pair for each in self._identities for pair in pairs_of(each)]
            if pairs:
                return pairs
            self._batches += 1
        if self._batches > 2:
            return []
        pairs = await self._keyring.agent_pairs(self._settings, self._identities)
        if pairs:
            tried.append(f"{len(pairs)} keys of the agent")
        return pairs

    def has_password(self) -> bool:
        """Whether there is a password that was not sent yet."""
        return self._password is not None

    def take_password(self, tried: list[str], method: str) -> str | None:
        """The password, the first time; a second try with the same one only brings a lock-out nearer."""
        if self._password is None:
            return None
        password, self._password = self._password, None
        tried.append(f"the password ({method})")
        return password.reveal


class LoginClient(asyncssh.SSHClient):
    """One login, from the first packet to its end.

    Args:
        attempt: Is told how far it has come.
        credentials: What to offer.
        judge: What is wrong with the key that the host shows; None if nothing is.
        key_name: The name of the host's key, for messages.
        connected: Called when the host answers.
    """

    def __init__(
        self,
        attempt: Attempt,
        credentials: Credentials,
        *,
        judge: Callable[[SSHKey], HostError | None],
        key_name: str,
        connected: Callable[[], None],
    ) -> None:
        self._attempt = attempt
        self._credentials = credentials
        self._judge = judge
        self._key_name = key_name
        self._connected = connected
        self._connection: SSHClientConnection | None = None

    def connection_made(self, conn: SSHClientConnection) -> None:
        """The host answers."""
        self._connection = conn
        self._attempt.stage = Stage.LOGIN
        self._connected()

    def connection_lost(self, exc: Exception | None) -> None:
        """The host is gone; it may have found no host key algorithm among ours, and says so only in its own log."""
        del exc
        if self._connection is not None and self._attempt.stage is Stage.LOGIN:
            self._attempt.their_host_keys = _their_lists(self._connection)[1]
        self._connection = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: SSHKey) -> bool:
        """Whether the host is who it should be."""
        del host, addr, port
        self._attempt.refusal = self._judge(key)
        return self._attempt.refusal is None

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: SSHKey) -> bool:
        """Called for an authority that no line names."""
        del host, addr, port
        self._attempt.refusal = authority_error(key, host=self._attempt.host, name=self._key_name)
        return False

    async def public_key_auth_requested(self) -> list[SSHKeyPair] | None:
        """The next keys to offer."""
        return await self._credentials.next_pairs(self._attempt.tried) or None

    def password_auth_requested(self) -> str | None:
        """The password."""
        return self._credentials.take_password(self._attempt.tried, "password")

    def kbdint_auth_requested(self) -> str | None:
        """Whether questions can be answered; the host chooses which."""
        return "" if self._credentials.has_password() else None

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """The password for the one question whose answer is not echoed, in whatever language it is asked."""
        del name, instructions, lang
        if not prompts:
            return []
        if len(prompts) != 1 or prompts[0][1]:
            return None
        password = self._credentials.take_password(self._attempt.tried, "keyboard-interactive")
        return None if password is None else [password]


def agreed_with(connection: SSHClientConnection, key_exchanges: Sequence[str], host_keys: Sequence[str]) -> Agreed:
    """What was negotiated, from what was offered and what the host offered.

    Args:
        connection: After its first key exchange.
        key_exchanges: As they were offered, in order.
        host_keys: Likewise.
    """
    theirs = _their_lists(connection)
    return Agreed(
        key_exchange=first_common(key_exchanges, theirs[0]),
        host_key=first_common(host_keys, theirs[1]),
        cipher=str(connection.get_extra_info("recv_cipher", "")),
        mac=str(connection.get_extra_info("recv_mac", "")),
    )


def _their_lists(connection: SSHClientConnection) -> tuple[tuple[str, ...], ...]:
    """The host's key exchanges and host key algorithms; empty where asyncssh, which keeps them to itself, has none."""
    kexinit = getattr(connection, "_server_kexinit", b"")
    return name_lists(kexinit) if kexinit else ((), ())
