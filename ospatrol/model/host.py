"""Hosts, and how each is reached."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from ospatrol.model.secret import Secret


class TransportKind(StrEnum):
    """How a host is spoken to; the names are Ansible's `ansible_connection` values."""

    SSH = "ssh"
    LOCAL = "local"
    NETWORK = "network_cli"


class NetworkOs(StrEnum):
    """What a network device runs; `Target.platform` of a device is one of these."""

    IOS = "ios"
    IOS_XE = "iosxe"
    IOS_XR = "iosxr"
    NXOS = "nxos"
    ASA = "asa"
    FWSM = "fwsm"
    PIX = "pix"
    JUNOS = "junos"
    SCREENOS = "screenos"
    GAIA = "gaia"
    GAIA_EXPERT = "gaia_expert"
    FORTIOS = "fortios"
    PANOS = "panos"
    EOS = "eos"
    PROCURVE = "procurve"
    AOSCX = "aoscx"
    ROUTEROS = "routeros"
    VYOS = "vyos"
    FRR = "frr"


class BecomeMethod(StrEnum):
    """How to become another user on the host."""

    SUDO = "sudo"
    SU = "su"
    DOAS = "doas"


class Become(msgspec.Struct, frozen=True, kw_only=True):
    """The elevation that a host needs before anything is collected.

    Attributes:
        method: The program that elevates.
        user: The account to become.
        password: Given through standard input or a terminal, never as an argument.
        program: The program's path where it is not on the login's PATH (`ansible_become_exe`).
    """

    method: BecomeMethod = BecomeMethod.SUDO
    user: str = "root"
    password: Secret | None = None
    program: str | None = None


class Enable(msgspec.Struct, frozen=True, kw_only=True):
    """The privileged mode that a device needs before it shows its configuration.

    Attributes:
        secret: What is typed where the device asks for a password; None where it asks for none.
    """

    secret: Secret | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One host and how it is reached: all that a transport needs to know.

    Attributes:
        host: The inventory name; findings carry it.
        address: Name or address to connect to.
        port: None where the SSH configuration decides.
        user: None where the SSH configuration, or the local account, decides.
        password: For password and keyboard-interactive logins.
        key_files: Private keys to offer, before the agent's and the default ones.
        key_passphrase: Opens those keys.
        ssh_options: `-o` options and what `-J`, `-F`, `-i`, `-p`, `-l` mean, from `ansible_ssh_common_args` and
            `ansible_ssh_extra_args`; OpenSSH names in lower case (`proxyjump`, `userknownhostsfile`,
            `kexalgorithms`, `ciphers`, ...), the first value of each name as in ssh_config(5).
        become: None where the login's own rights are enough; always None for a device.
        enable: Of a device; None where its privileged mode is not asked for.
        platform: `ansible_network_os`, a `NetworkOs` for a device; or `posix`.
    """

    host: str
    address: str
    transport: TransportKind = TransportKind.SSH
    port: int | None = None
    user: str | None = None
    password: Secret | None = None
    key_files: tuple[str, ...] = ()
    key_passphrase: Secret | None = None
    ssh_options: Mapping[str, str] = msgspec.field(default_factory=dict)
    become: Become | None = None
    enable: Enable | None = None
    platform: str = "posix"
