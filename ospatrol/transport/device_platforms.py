"""What is known of each network platform's command line: how a session is made ready, what a question looks like."""

from __future__ import annotations

import msgspec

from ospatrol.model.errors import ShellUnusable
from ospatrol.model.host import NetworkOs


class DevicePlatform(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's command line.

    Attributes:
        os: Which.
        driver: netmiko's `device_type`, whose driver enters the privileged mode; empty where there is no such mode.
        elevate: The command that enters it.
        elevated: What the prompt ends with then.
        prepare: Commands that turn paging off for this session, and for it alone; a device that refuses them is paged.
        logout: What ends the session.
        questions: What a command that reads may begin with, up to a word's end.
        last_words: Where commands are paths that end in a verb: those that read; besides `questions`.
        at_login: Questions that may come before the first prompt, in lower case, each with its answer.
        unix_shell: The end of a prompt that is a Unix shell's, and what leads from there to the device's command line.
        enter: What ends a line.
        pagers: Lines with which a pager waits, besides those that name themselves.
        user_suffix: Added to the user's name, as console parameters.
        moves: What leads into its virtual systems and out of them, and changes nothing; `{name}` stands for a name.
    """

    os: NetworkOs
    driver: str = ""
    elevate: str = "enable"
    elevated: str = "#"
    prepare: tuple[str, ...] = ()
    logout: str = "exit"
    questions: tuple[str, ...] = ("show",)
    last_words: tuple[str, ...] = ()
    at_login: tuple[tuple[str, str], ...] = ()
    unix_shell: tuple[str, str] | None = None
    enter: str = "\n"
    pagers: tuple[str, ...] = ()
    user_suffix: str = ""
    moves: tuple[str, ...] = ()


_CISCO = ("show", "dir", "more nvram:", "more system:")
_ANY_KEY = (("press any key to continue", "\n"),)
_CONTEXTS = ("changeto context {name}", "changeto system")


def _firewall(os: NetworkOs) -> DevicePlatform:
    return DevicePlatform(os=os, driver="cisco_asa", prepare=("terminal pager 0",), questions=_CISCO, moves=_CONTEXTS)


PLATFORMS = {
    platform.os: platform
    for platform in (
        DevicePlatform(os=NetworkOs.IOS, driver="cisco_ios", prepare=("terminal length 0",), questions=_CISCO),
        DevicePlatform(os=NetworkOs.IOS_XE, driver="cisco_xe", prepare=("terminal length 0",), questions=_CISCO),
        DevicePlatform(os=NetworkOs.IOS_XR, prepare=("terminal length 0",)),
        DevicePlatform(
            os=NetworkOs.NXOS,
            driver="cisco_nxos",
            prepare=("terminal length 0",),
            questions=("show", "dir"),
            moves=("switchto vdc {name}", "switchback"),
        ),
        _firewall(NetworkOs.ASA),
        _firewall(NetworkOs.FWSM),
        # PIX 6 turns paging off in its configuration only: it is paged
        _firewall(NetworkOs.PIX),
        DevicePlatform(
            os=NetworkOs.JUNOS,
            prepare=("set cli screen-length 0", "set cli screen-width 0"),
            unix_shell=("%", "cli"),
            moves=("set cli logical-system {name}", "clear cli logical-system"),
        ),
        # `set console page 0` would change the configuration
        DevicePlatform(
            os=NetworkOs.SCREENOS,
            questions=("get",),
            at_login=(("accept this agreement", "y"),),
            moves=("enter vsys {name}", "exit"),
        ),
        DevicePlatform(
            os=NetworkOs.GAIA,
            prepare=("set clienv rows 0",),
            questions=("show",),
            moves=("set virtual-system {name}", "set virtual-system 0"),
        ),
        DevicePlatform(
            os=NetworkOs.GAIA_EXPERT,
            driver="checkpoint_gaia",
            elevate="expert",
            questions=("cat /etc/", 'clish -c "show', "cpstat", "fw stat", "fw ver", "ifconfig -a", "netstat -rn"),
        ),
        # `config system console` would change the configuration
        DevicePlatform(
            os=NetworkOs.FORTIOS,
            questions=("get", "show"),
            at_login=(("to accept", "a\r"),),
            moves=("config vdom", "edit {name}", "end"),
        ),
        DevicePlatform(
            os=NetworkOs.PANOS,
            prepare=("set cli pager off", "set cli terminal width 500"),
            moves=("set system setting target-vsys {name}", "set system setting target-vsys none"),
        ),
        DevicePlatform(
            os=NetworkOs.EOS, driver="arista_eos", prepare=("terminal length 0",), questions=("show", "dir")
        ),
        DevicePlatform(os=NetworkOs.PROCURVE, driver="hp_procurve", prepare=("no page",), at_login=_ANY_KEY),
        DevicePlatform(os=NetworkOs.AOSCX, prepare=("no page",), enter="\r"),
        DevicePlatform(
            os=NetworkOs.ROUTEROS,
            logout="quit",
            questions=(),
            last_words=("export", "print"),
            at_login=(("do you want to see the software license", "n"), ('please press "enter" to continue', "\r\n")),
            enter="\r\n",
            # no colours, a dumb terminal, 511 columns, 4098 rows: help.mikrotik.com, "Console login options"
            user_suffix="+cet511w4098h",
        ),
        DevicePlatform(os=NetworkOs.VYOS, prepare=("set terminal length 0", "set terminal width 511"), pagers=(":",)),
        DevicePlatform(os=NetworkOs.FRR, prepare=("terminal length 0",)),
    )
}


def platform_named(name: str, host: str) -> DevicePlatform:
    """The platform of a device.

    Args:
        name: `Target.platform`.
        host: For the message.

    Raises:
        ShellUnusable: nothing is known of it; nothing was sent.
    """
    if name not in set(NetworkOs):
        raise ShellUnusable(f"{host}: {name!r} is no network platform; set ansible_network_os")
    return PLATFORMS[NetworkOs(name)]
