"""Variables of a host -> how it is reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from ospatrol.inventory.resolve import Scope
from ospatrol.inventory.ssh_arguments import SshArguments, read_ssh_arguments
from ospatrol.inventory.target_device import ENABLE_METHODS, ENABLE_PASSWORD, network_os
from ospatrol.load.fields import did_you_mean
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.host import Become, BecomeMethod, Enable, Target, TransportKind
from ospatrol.model.place import Place
from ospatrol.model.secret import Secret

T = TypeVar("T")
V = TypeVar("V")

# the first name that has a value wins, as in ansible-core's ssh and become plugins
HOST = ("ansible_ssh_host", "ansible_host")
PORT = ("ansible_ssh_port", "ansible_port")
USER = ("ansible_ssh_user", "ansible_user")
PASSWORD = ("ansible_ssh_password", "ansible_ssh_pass", "ansible_password")
KEY_FILE = ("ansible_ssh_private_key_file", "ansible_private_key_file")
KEY_PASSPHRASE = ("ansible_ssh_private_key_passphrase", "ansible_private_key_passphrase")
CONNECTION = ("ansible_connection",)
SSH_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
BECOME = ("ansible_become",)
BECOME_METHOD = ("ansible_become_method",)
BECOME_USER = ("ansible_{}_user", "ansible_become_user")
BECOME_PASSWORD = ("ansible_{}_pass", "ansible_become_pass", "ansible_become_password")
BECOME_PROGRAM = ("ansible_{}_exe", "ansible_become_exe")
PLATFORM = ("ansible_network_os",)

_CONNECTIONS = {
    "local": TransportKind.LOCAL,
    "network_cli": TransportKind.NETWORK,
    "paramiko": TransportKind.SSH,
    "paramiko_ssh": TransportKind.SSH,
    "smart": TransportKind.SSH,
    "ssh": TransportKind.SSH,
}
_COLLECTIONS = ("ansible.builtin.", "ansible.legacy.", "ansible.netcommon.")
_YES = frozenset({"1", "on", "t", "true", "y", "yes"})
_NO = frozenset({"", "0", "f", "false", "n", "no", "off"})


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of every host; it wins over the inventory. None and empty leave the inventory's.

    Attributes:
        connection: How hosts are spoken to.
        user: The login.
        port: The SSH port.
        password: For password and keyboard-interactive logins.
        key_files: Private keys; the inventory's are not offered then.
        key_passphrase: Opens those keys.
        ssh_arguments: Options of `ssh` that come before the inventory's.
        become: Whether to elevate.
        become_method: How.
        become_user: To whom.
        become_password: With what.
    """

    connection: TransportKind | None = None
    user: str | None = None
    port: int | None = None
    password: Secret | None = None
    key_files: tuple[str, ...] = ()
    key_passphrase: Secret | None = None
    ssh_arguments: str = ""
    become: bool | None = None
    become_method: BecomeMethod | None = None
    become_user: str | None = None
    become_password: Secret | None = None


NO_OVERRIDES = Overrides()


def target_for(host: str, scope: Scope, overrides: Overrides = NO_OVERRIDES) -> Target:
    """How a host is reached.

    Args:
        host: Its inventory name.
        scope: Its variables.
        overrides: What the command line says.

    Raises:
        ConfigErrors: every connection variable of the host that is wrong.
    """
    reader = _Reader(scope, host)
    target = reader.target(host, overrides)
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return target


class _Reader:
    """Reads connection variables; keeps going after a mistake."""

    def __init__(self, scope: Scope, host: str) -> None:
        self._scope = scope
        self._host = host
        self.problems: list[ConfigError] = []

    def target(self, host: str, overrides: Overrides) -> Target:
        arguments = self._ssh_arguments(overrides.ssh_arguments)
        key_file = self._text(KEY_FILE)
        key_files = overrides.key_files or ((key_file,) if key_file else ())
        transport = overrides.connection or self._read(CONNECTION, _transport) or TransportKind.SSH
        device = transport is TransportKind.NETWORK
        return Target(
            host=host,
            address=self._text(HOST) or host,
            transport=transport,
            port=overrides.port or self._read(PORT, _port) or self._argument_port(arguments),
            user=overrides.user or self._text(USER) or arguments.user,
            password=overrides.password or self._read(PASSWORD, _secret),
            key_files=tuple(str(Path(path).expanduser()) for path in (*key_files, *arguments.identity_files)),
            key_passphrase=overrides.key_passphrase or self._read(KEY_PASSPHRASE, _secret),
            ssh_options=arguments.options,
            become=None if device else self._become(overrides),
            enable=self._enable(overrides) if device else None,
            platform=self._platform() if device else self._text(PLATFORM) or "posix",
        )

    def _platform(self) -> str:
        platform = self._read(PLATFORM, _network_os)
        if platform is None and not self.problems:
            where = self._scope.place(CONNECTION[0]) if CONNECTION[0] in self._scope else Place("command line")
            problem = f"host {self._host!r} is a network device; set ansible_network_os, for instance to cisco.ios.ios"
            self.problems.append(ConfigError(where, problem))
        return platform or ""

    def _enable(self, overrides: Overrides) -> Enable | None:
        """What a device needs; a method that the command line gives is one of Unix hosts, and does not count here."""
        wanted = overrides.become if overrides.become is not None else self._read(BECOME, _truth)
        self._read(BECOME_METHOD, _enable_method)
        if not wanted:
            return None
        return Enable(secret=overrides.become_password or self._read(ENABLE_PASSWORD, _secret))

    def _become(self, overrides: Overrides) -> Become | None:
        wanted = overrides.become if overrides.become is not None else self._read(BECOME, _truth)
        if not wanted:
            return None
        method = overrides.become_method or self._read(BECOME_METHOD, _method) or BecomeMethod.SUDO
        return Become(
            method=method,
            user=overrides.become_user or self._text(BECOME_USER, method) or "root",
            password=overrides.become_password or self._read(BECOME_PASSWORD, _secret, method),
            program=self._text(BECOME_PROGRAM, method),
        )

    def _ssh_arguments(self, first: str) -> SshArguments:
        texts = [first]
        for name in SSH_ARGUMENTS:
            text = self._text((name,))
            if text:
                self._checked(read_ssh_arguments, text, name)
                texts.append(text)
        try:
            return read_ssh_arguments(" ".join(texts))
        except ValueError as error:
            if not self.problems:
                self.problems.append(ConfigError(Place("command line"), f"SSH arguments: {error}"))
            return SshArguments(options={})

    def _argument_port(self, arguments: SshArguments) -> int | None:
        if arguments.port is None:
            return None
        try:
            return _port(arguments.port)
        except ValueError as error:
            self.problems.append(ConfigError(Place(self._host), f"SSH arguments: {error}"))
            return None

    def _text(self, names: tuple[str, ...], method: str = "") -> str | None:
        return self._read(names, _text, method)

    def _read(self, names: tuple[str, ...], convert: Callable[[object], T], method: str = "") -> T | None:
        """The first of some variables that has a value."""
        for pattern in names:
            name = pattern.format(method)
            if name in self._scope:
                try:
                    value = self._scope.value(name)
                except ConfigError as error:
                    self.problems.append(error)
                    return None
                if value is not None:
                    return self._checked(convert, value, name)
        return None

    def _checked(self, convert: Callable[[V], T], value: V, name: str) -> T | None:
        try:
            return convert(value)
        except ValueError as error:
            self.problems.append(ConfigError(self._scope.place(name), f"{name} of host {self._host!r}: {error}"))
            return None


def _text(value: object) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError("it must be text")


def _secret(value: object) -> Secret:
    return Secret(_text(value))


def _port(value: object) -> int:
    text = _text(value).strip()
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{text!r} is no port; it must be a number from 1 to 65535")
    return int(text)


def _truth(value: object) -> bool:
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise ValueError("it must be true or false")
    return word in _YES


def _transport(value: object) -> TransportKind:
    name = _text(value)
    kind = _CONNECTIONS.get(name.rpartition(".")[2] if name.startswith(_COLLECTIONS) else name)
    if kind is None:
        raise ValueError(f"connection {name!r} is not supported{did_you_mean(name, _CONNECTIONS)}")
    return kind


def _network_os(value: object) -> str:
    return network_os(_text(value)).value


def _enable_method(value: object) -> str:
    name = _text(value)
    if name not in ENABLE_METHODS:
        raise ValueError(f"become method {name!r} is not one of network devices; it must be enable")
    return name


def _method(value: object) -> BecomeMethod:
    name = _text(value)
    if name in ENABLE_METHODS:
        raise ValueError(f"become method {name!r} is one of network devices: set ansible_connection to network_cli")
    try:
        return BecomeMethod(name.rpartition(".")[2])
    except ValueError as error:
        known = [method.value for method in BecomeMethod]
        raise ValueError(f"become method {name!r} is not supported{did_you_mean(name, known)}") from error
