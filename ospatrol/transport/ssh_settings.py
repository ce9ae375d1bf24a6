"""A target and `~/.ssh/config` -> how to connect; ssh_config(5), as far as a transport needs it."""

from __future__ import annotations

import asyncio
import getpass
import shlex
import socket
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from asyncssh.config import ConfigParseError, SSHClientConfig

from ospatrol.model.errors import ConnectFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ospatrol.model.host import Target

_DEFAULT_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
_DEFAULT_GLOBAL_KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
_TRUSTING = frozenset({"no", "off", "false"})


class SshSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How one host is reached and proved; what ssh_config(5) says of each is what it means here.

    Attributes:
        address: Name or address to connect to.
        port: TCP port.
        user: Whom to log in as.
        key_name: The name under which host keys are looked up: `HostKeyAlias`, or the address with its port.
        principal: The name that a host certificate must hold: `HostKeyAlias`, or the address.
        known_hosts: Files, the user's first; those that do not exist are skipped.
        accept_new: Whether `StrictHostKeyChecking` lets an unknown key in, to be pinned.
        key_files: Private keys in the order in which they are offered; none for the default ones.
        certificates: Certificate files besides `KEY-cert.pub`.
        only_these_keys: Whether the agent may offer nothing else.
        agent: Socket of the agent, or `SSH_AUTH_SOCK` for the one that the environment names; empty for none.
        jumps: `[user@]host[:port]`, first hop first.
        proxy_command: A shell command whose input and output are the connection; empty for none.
        algorithms: `kexalgorithms`, `hostkeyalgorithms`, `ciphers`, `macs`, `pubkeyacceptedalgorithms` as written.
        methods: Ways to log in, in the order of preference.
        bind_address: Local address; empty for any.
        family: Of addresses: `inet`, `inet6`, or empty for any.
        connect_s: Seconds until the host must answer; None where the run decides.
        notes: What the reader of a report should know.
    """

    address: str
    port: int
    user: str
    key_name: str
    principal: str
    known_hosts: tuple[str, ...]
    accept_new: bool = False
    key_files: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    only_these_keys: bool = False
    agent: str = "SSH_AUTH_SOCK"
    jumps: tuple[str, ...] = ()
    proxy_command: str = ""
    algorithms: Mapping[str, str] = msgspec.field(default_factory=dict)
    methods: tuple[str, ...] = ("publickey", "keyboard-interactive", "password")
    bind_address: str = ""
    family: str = ""
    connect_s: float | None = None
    notes: tuple[str, ...] = ()


class _Options:
    """The target's options before those of the configuration files, by OpenSSH's names."""

    def __init__(self, given: Mapping[str, str], config: SSHClientConfig | None) -> None:
        self._given = given
        self._config = config

    def text(self, name: str, default: str = "") -> str:
        """One value; `none` is no value."""
        value = self._given.get(name.lower())
        if value is None and self._config is not None:
            configured = self._config.get(name, default)
            return "" if configured is None else str(configured)  # asyncssh reads `none` as None
        return default if value is None else "" if value.lower() == "none" else value

    def words(self, name: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of words; the one word `none` is an empty list."""
        value = self._given.get(name.lower())
        if value is not None:
            return () if value.lower() == "none" else _split(value)
        configured = self._config.get(name) if self._config is not None else None
        return tuple(str(word) for word in configured) if isinstance(configured, list) else tuple(default)

    def all_words(self, name: str) -> tuple[str, ...]:
        """A list that options and configuration add to."""
        configured = self._config.get(name, []) if self._config is not None else []
        words = configured if isinstance(configured, list) else []
        return self.words(name) + tuple(str(word) for word in words if name.lower() in self._given)

    def seconds(self, name: str) -> float | None:
        """A number of seconds; None where there is none."""
        value = self.text(name)
        return float(value) if value.isdecimal() and int(value) else None

    def family(self) -> str:
        """`inet`, `inet6`, or empty for any; asyncssh has read the configuration's into a number."""
        value = self.text("AddressFamily").lower()
        return {str(int(socket.AF_INET)): "inet", str(int(socket.AF_INET6)): "inet6"}.get(
            value, value if value in {"inet", "inet6"} else ""
        )

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean."""
        return self.text(name, str(default)).lower() in {"yes", "true"}


@lru_cache(maxsize=256)
def _split(value: str) -> tuple[str, ...]:
    """What a shell makes of a line; most hosts of a run have the same."""
    return tuple(shlex.split(value))


class SettingsReader:
    """Finds out how to connect to targets, without a look at the disk where no configuration file counts."""

    def __init__(self) -> None:
        self._usual: tuple[str, ...] | None = None

    async def read(self, target: Target) -> SshSettings:
        """How to connect to a target.

        Raises:
            ConnectFailed: a configuration file is wrong or unreadable.
        """
        files = named_config(target.ssh_options)
        if files is None:
            if self._usual is None:
                self._usual = await asyncio.to_thread(usual_config)
            files = self._usual
        if not files:
            return settings_of(target, ())
        return await asyncio.to_thread(settings_of, target, files)


def named_config(given: Mapping[str, str]) -> tuple[str, ...] | None:
    """The configuration file of `-F`, which counts alone; None where there is no `-F`.

    Args:
        given: `Target.ssh_options`; `-F` is called `configfile`.
    """
    named = given.get("configfile")
    return None if named is None else () if named.lower() == "none" else (named,)


def usual_config() -> tuple[str, ...]:
    """The user's and the system's configuration files, as far as they exist."""
    usual = (Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config"))
    return tuple(str(path) for path in usual if path.is_file())


def settings_of(target: Target, files: Sequence[str]) -> SshSettings:
    """How to connect to a target; reads the configuration files, so call it in a thread.

    Args:
        target: The host; what it says wins over the files.
        files: Configuration files, the first value of each option counts.

    Raises:
        ConnectFailed: a configuration file is wrong or unreadable.
    """
    given = target.ssh_options
    options = _Options(given, _read_config(target, files))
    address = options.text("Hostname", target.address)
    port = target.port or int(options.text("Port") or 22)
    user = target.user or options.text("User") or getpass.getuser()
    alias = options.text("HostKeyAlias")
    strictness = options.text("StrictHostKeyChecking").lower()
    proxy = options.text("ProxyCommand")
    if "proxycommand" in given:
        proxy = _expand(proxy, target.address, address, port, user)
    jumps = options.text("ProxyJump")
    return SshSettings(
        address=address,
        port=port,
        user=user,
        key_name=alias or (address if port == 22 else f"[{address}]:{port}"),
        principal=alias or address,
        known_hosts=options.words("UserKnownHostsFile", _DEFAULT_KNOWN_HOSTS)
        + options.words("GlobalKnownHostsFile", _DEFAULT_GLOBAL_KNOWN_HOSTS),
        accept_new=strictness == "accept-new" or strictness in _TRUSTING,
        key_files=target.key_files + options.all_words("IdentityFile"),
        certificates=options.all_words("CertificateFile"),
        only_these_keys=options.flag("IdentitiesOnly", default=False),
        agent=options.text("IdentityAgent", "SSH_AUTH_SOCK"),
        jumps=tuple(hop.strip() for hop in jumps.split(",") if hop.strip()),
        proxy_command="" if "proxyjump" in given and jumps else proxy,
        algorithms=_algorithms(options),
        methods=_methods(options),
        bind_address=options.text("BindAddress"),
        family=options.family(),
        connect_s=options.seconds("ConnectTimeout"),
        notes=("StrictHostKeyChecking=no is read as accept-new: a changed key is still refused",)
        if strictness in _TRUSTING
        else (),
    )


def _read_config(target: Target, files: Sequence[str]) -> SSHClientConfig | None:
    if not files:
        return None
    user, port, host = target.user or target.ssh_options.get("user") or (), target.port or (), target.address

    def load(*, final: bool) -> SSHClientConfig:
        paths = [Path(path).expanduser() for path in files]
        loaded = SSHClientConfig.load(None, paths, False, False, final, getpass.getuser(), user, host, port)  # noqa: FBT003  # asyncssh's own signature
        if not isinstance(loaded, SSHClientConfig):
            raise TypeError(loaded)
        return loaded

    try:
        config = load(final=False)
        return load(final=True) if config.has_match_final() else config
    except (ConfigParseError, OSError, UnicodeDecodeError) as error:
        raise ConnectFailed(f"{target.host}: SSH configuration: {error}") from error


def _algorithms(options: _Options) -> Mapping[str, str]:
    names = ("KexAlgorithms", "HostKeyAlgorithms", "Ciphers", "MACs", "PubkeyAcceptedAlgorithms")
    wanted = {name.lower(): options.text(name) for name in names}
    wanted["pubkeyacceptedalgorithms"] = wanted["pubkeyacceptedalgorithms"] or options.text("PubkeyAcceptedKeyTypes")
    return wanted


def _methods(options: _Options) -> tuple[str, ...]:
    allowed = {
        "publickey": options.flag("PubkeyAuthentication", default=True),
        "keyboard-interactive": options.flag("KbdInteractiveAuthentication", default=True),
        "password": options.flag("PasswordAuthentication", default=True),
    }
    preferred = options.text("PreferredAuthentications", ",".join(allowed)).split(",")
    return tuple(method for method in preferred if allowed.get(method.strip()))


def _expand(command: str, original: str, address: str, port: int, user: str) -> str:
    """A ProxyCommand with its tokens filled in; ssh_config(5) TOKENS."""
    filled = {"%%": "%", "%h": address, "%n": original, "%p": str(port), "%r": user}
    out, rest = "", command
    while rest:
        step = 2 if rest[:2] in filled else 1
        out += filled.get(rest[:2], rest[0]) if step == 2 else rest[0]
        rest = rest[step:]
    return out
