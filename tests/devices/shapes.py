"""How the command line of each platform behaves, as far as somebody who reads configurations sees it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

_IOS_ERROR = "                ^\n% Invalid input detected at '^' marker.\n"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One platform; `{h}` is the host's name."""

    user_prompt: str = "{h}>"
    prompt: str = "{h}#"
    before_prompt: str = ""
    enable: str = ""
    password_prompt: str = "Password: "
    password_tries: int = 3
    bad_secret: str = ""
    still_bad: str = "% Bad secrets\n\n"
    pager: str = " --More-- "
    wipe: str = "\b" * 9 + " " * 8 + "\b" * 9
    paging_off: tuple[str, ...] = ()
    quietly: tuple[str, ...] = ()
    shows: tuple[str, ...] = ("show running-config", "show startup-config")
    unknown: str = _IOS_ERROR
    newline: str = "\r\n"
    rows: int = 24
    at_login: tuple[tuple[str, str], ...] = ()
    noise: str = ""
    version: str = "show version"
    config_modes: tuple[str, ...] = ("configure terminal", "conf t", "configure", "config")
    more: dict[str, str] = field(default_factory=dict)


_IOS = Shape(enable="enable", paging_off=("terminal length 0",))
_ASA = Shape(
    user_prompt="{h}> ",
    prompt="{h}# ",
    enable="enable",
    bad_secret="Invalid password\n",
    still_bad="Access denied.\n",
    pager="<--- More --->",
    wipe="\r              \r",
    paging_off=("terminal pager 0",),
    unknown="ERROR: % Invalid input detected at '^' marker.\n",
)

SHAPES: dict[str, Shape] = {
    "ios": _IOS,
    "iosxe": _IOS,
    "iosxr": replace(_IOS, enable="", prompt="RP/0/RSP0/CPU0:{h}#"),
    "nxos": replace(_IOS, enable="", pager="--More--", wipe="\r        \r", newline="\r\r\n"),
    "asa": _ASA,
    "fwsm": _ASA,
    "pix": replace(_ASA, paging_off=()),
    "junos": Shape(
        prompt="oper@{h}> ",
        before_prompt="\n{master:0}\n",
        pager="---(more)---",
        wipe="\r\x1b[K",
        paging_off=("set cli screen-length 0",),
        quietly=("set cli screen-width 0",),
        shows=("show configuration", "show configuration | display set"),
        unknown="           ^\nunknown command.\n",
    ),
    "screenos": Shape(
        prompt="{h}-> ",
        pager="--- more ---",
        wipe="\r              \r",
        shows=("get config",),
        version="get system",
        unknown="                ^---------unknown keyword\n",
        config_modes=(),
    ),
    "gaia": Shape(
        prompt="{h}> ",
        pager="-- More --",
        wipe="\r          \r",
        paging_off=("set clienv rows 0",),
        shows=("show configuration",),
        unknown="CLINFR0329  Invalid command.\n",
    ),
    "gaia_expert": Shape(
        user_prompt="{h}> ",
        prompt="[Expert@{h}:0]# ",
        enable="expert",
        password_prompt="Enter expert password:",
        password_tries=1,
        still_bad="Wrong password, try #1.\n",
        pager="",
        shows=('clish -c "show configuration"',),
        version="fw ver",
        unknown="bash: command not found\n",
    ),
    "fortios": Shape(
        prompt="{h} # ",
        pager="--More-- ",
        wipe="\r         \r",
        shows=("show full-configuration", "show"),
        version="get system status",
        unknown="command parse error before 'x'\nCommand fail. Return code -61\n",
        newline="\r\n",
        config_modes=("config global", "config system console"),
    ),
    "panos": Shape(
        prompt="oper@{h}> ",
        pager="lines 1-23 ",
        wipe="\r\x1b[K",
        paging_off=("set cli pager off",),
        quietly=("set cli terminal width 500",),
        shows=("show config running",),
        version="show system info",
        unknown="Invalid syntax.\n",
        noise="\x1b[?1h\x1b=\r\x1b[K",
    ),
    "eos": replace(_IOS, unknown="% Invalid input\n", noise="\x1b[5n"),
    "procurve": Shape(
        user_prompt="{h}> ",
        prompt="{h}# ",
        enable="enable",
        password_tries=1,
        still_bad="Invalid password\n",
        pager="-- MORE --, next page: Space, next line: Enter, quit: Control-C",
        wipe="\r\x1b[K",
        paging_off=("no page",),
        at_login=(("Press any key to continue", ""),),
        noise="\x1b[1;24r\x1b[24;1H\x1b[?25h",
        unknown="Invalid input: x\n",
    ),
    "aoscx": Shape(prompt="{h}# ", paging_off=("no page",), unknown="Invalid input: x\n"),
    "routeros": Shape(
        prompt="[oper@{h}] > ",
        pager="-- [Q quit|D dump|down]",
        wipe="\r\x1b[K",
        shows=("/export",),
        version="/system resource print",
        unknown="bad command name x (line 1 column 1)\n",
        config_modes=(),
    ),
    "vyos": Shape(
        prompt="oper@{h}:~$ ",
        pager=":",
        wipe="\r\x1b[K",
        paging_off=("set terminal length 0",),
        quietly=("set terminal width 511",),
        shows=("show configuration commands",),
        noise="\x1b[?2004l\r",
        unknown="\n  Invalid command: [x]\n\n",
    ),
    "frr": replace(_IOS, enable="", unknown="% Unknown command: x\n"),
}
