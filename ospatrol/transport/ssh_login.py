"""One login: from settings to a connection that is proved on both sides."""

from __future__ import annotations

import asyncio
import socket
import warnings
from typing import TYPE_CHECKING

import asyncssh
import msgspec
from cryptography.utils import CryptographyDeprecationWarning

from ospatrol.model.text import escape_controls
from ospatrol.transport.algorithms import legacy_notes
from ospatrol.transport.corked import CorkedNetwork
from ospatrol.transport.host_connection import Login
from ospatrol.transport.offer import Offer, offer_for
from ospatrol.transport.ssh_client import Credentials, LoginClient, agreed_with
from ospatrol.transport.ssh_errors import Attempt, Stage, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncssh import SSHClientConnection, SSHKey

    from ospatrol.model.errors import HostError
    from ospatrol.model.host import Target
    from ospatrol.transport.host_keys import HostKeyLedger, Known
    from ospatrol.transport.identities import Keyring
    from ospatrol.transport.limits import Limits
    from ospatrol.transport.rate import HandshakeRate
    from ospatrol.transport.ssh_settings import SshSettings


# such a key exchange is used where a host asks for it or has nothing else; a warning on the screen helps nobody
warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields", CryptographyDeprecationWarning)

_FAMILIES = {"": socket.AF_UNSPEC, "inet": socket.AF_INET, "inet6": socket.AF_INET6}


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A login that stands.

    Attributes:
        connection: Whoever asked for it closes it.
        attempt: What the messages of its errors say.
        login: What is known of it.
        notes: What the reader of a report should know.
    """

    connection: SSHClientConnection
    attempt: Attempt
    login: Login
    notes: tuple[str, ...]


class Logins:
    """Logs in; what is read from files is read once."""

    def __init__(self, limits: Limits, *, ledger: HostKeyLedger, keyring: Keyring, rate: HandshakeRate) -> None:
        self._limits = limits
        self._ledger = ledger
        self._keyring = keyring
        self._rate = rate

    async def log_in(self, target: Target, settings: SshSettings, tunnel: SSHClientConnection | None) -> LoggedIn:
        """One try to log in.

        Args:
            target: The host.
            settings: How to reach it.
            tunnel: A login on the last jump host; None for the network as it is.

        Raises:
            HostError: the step that failed.
        """
        where = f"{settings.user}@{settings.address}:{settings.port}"
        attempt = Attempt(host=target.host, where=where, user=settings.user)
        known = await self._ledger.known(settings.key_name, settings.known_hosts)
        offer = offer_for(settings.algorithms, known)
        attempt.our_host_keys = offer.host_keys
        credentials = Credentials(self._keyring, settings, target.password)
        await credentials.read(target.key_passphrase)
        await self._rate.wait()
        try:
            async with asyncio.timeout(settings.connect_s or self._limits.connect_s) as clock:

                def client() -> LoginClient:
                    return LoginClient(
                        attempt,
                        credentials,
                        judge=self._judge_of(target, settings, known),
                        key_name=settings.key_name,
                        connected=lambda: _give(clock, self._limits.login_s),
                    )

                connection = await self._connect(settings, tunnel, offer, known, client)
        except (asyncssh.Error, OSError, ValueError, TimeoutError) as error:
            cause = attempt.clarified(error)
            raise translated(cause, attempt) from cause
        attempt.stage = Stage.OPEN
        agreed = agreed_with(connection, offer.key_exchanges, offer.host_keys)
        return LoggedIn(
            connection=connection,
            attempt=attempt,
            login=_login(connection, settings),
            notes=settings.notes + legacy_notes(agreed),
        )

    def _judge_of(self, target: Target, settings: SshSettings, known: Known) -> Callable[[SSHKey], HostError | None]:
        def judge(key: SSHKey) -> HostError | None:
            return self._ledger.judge(
                key, known, name=settings.key_name, host=target.host, accept_new=settings.accept_new
            )

        return judge

    async def _connect(
        self,
        settings: SshSettings,
        tunnel: SSHClientConnection | None,
        offer: Offer,
        known: Known,
        client: Callable[[], LoginClient],
    ) -> SSHClientConnection:
        proxy = ["/bin/sh", "-c", f"exec {settings.proxy_command}"] if settings.proxy_command else None
        return await asyncssh.connect(
            settings.address,
            settings.port,
            config=None,
            tunnel=tunnel or (None if proxy else _network(settings)),
            proxy_command=None if tunnel else proxy,
            username=settings.user,
            client_factory=client,
            # no key is trusted without `judge`: it also says what was expected, which asyncssh would not
            known_hosts=([], list(known.authorities), list(known.revoked) if known.authorities else []),
            host_key_alias=settings.principal,
            x509_trusted_certs=None,
            # keys come from `client`, in our order and read once
            client_keys=None,
            preferred_auth=list(settings.methods),
            gss_host=None,
            gss_kex=False,
            gss_auth=False,
            kex_algs=list(offer.key_exchanges),
            server_host_key_algs=list(offer.host_keys),
            encryption_algs=list(offer.ciphers),
            mac_algs=list(offer.macs),
            signature_algs=list(offer.signatures),
            compression_algs=None,
            login_timeout=0,
            keepalive_interval=self._limits.keepalive_s,
            keepalive_count_max=self._limits.keepalive_count,
        )


def _give(clock: asyncio.Timeout, seconds: float) -> None:
    """Seconds from now for what runs under a timeout."""
    clock.reschedule(asyncio.get_running_loop().time() + seconds)


def _login(connection: SSHClientConnection, settings: SshSettings) -> Login:
    key = connection.get_server_host_key()
    return Login(
        address=f"{settings.address}:{settings.port}",
        server=escape_controls(str(connection.get_extra_info("server_version", "")), 100),
        host_key=f"{key.get_algorithm()} {key.get_fingerprint()}" if key else "",
        user=settings.user,
    )


def _network(settings: SshSettings) -> CorkedNetwork:
    local_addr = (settings.bind_address, 0) if settings.bind_address else None
    return CorkedNetwork(_FAMILIES[settings.family], local_addr)
