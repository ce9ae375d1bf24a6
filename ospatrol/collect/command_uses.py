"""Programs that can be used without a trace, and how: whatever is not written here is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from ospatrol.collect.shell_words import UNKNOWN, Arg

HARMLESS = frozenset(
    (
        ":", "base64", "basename", "cat", "cksum", "cmp", "comm", "cut", "df", "diff", "dirname", "du", "echo",
        "egrep", "exit", "expand", "expr", "false", "fgrep", "findmnt", "fold", "getcap", "getenforce",
        "getfacl", "grep", "groups", "head", "hexdump", "id", "join", "last", "logname", "ls", "lsattr",
        "lsblk", "lscpu", "lsmod", "md5sum", "namei", "netstat", "nl", "nproc", "od", "paste", "pgrep", "pidof",
        "printenv", "ps", "pwd", "readlink", "realpath", "rev", "sestatus", "seq", "sha1sum", "sha256sum",
        "sha512sum", "stat", "strings", "tac", "tail", "tr", "true", "tty", "uname", "uptime", "wc", "which",
        "whoami",
    )
)  # fmt: skip
"""Programs that only read, whatever their arguments are: even ones that only the host knows."""

_WORD = r"[\w./:@%+,=*?~^ \[\]-]+"
_NAME = r"[\w.:@+*~-]+"
_PATH = rf"[\w./@%+,:=~*? {UNKNOWN}-]+"


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One way to use a program; each part is a regular expression for a whole argument.

    Attributes:
        first: What the first arguments must be, one each.
        flags: Options without a value, or with one in the same argument.
        valued: Options whose value is the next argument.
        operand: Everything else; empty if there must be nothing else.
        limit: How many operands there may be.
    """

    first: tuple[str, ...] = ()
    flags: str = ""
    valued: str = ""
    operand: str = ""
    limit: int = 1000

    def refuses(self, args: Sequence[Arg]) -> str:
        """The first argument that it does not allow, or that is missing; empty if it allows all."""
        if len(args) < len(self.first):
            return "(nothing)"
        for pattern, arg in zip(self.first, args, strict=False):
            if not arg.fixed or not re.fullmatch(pattern, arg.text):
                return shown(arg)
        return self._refuses_rest(args[len(self.first) :])

    def _refuses_rest(self, args: Sequence[Arg]) -> str:
        operands, rest = 0, iter(args)
        for arg in rest:
            if arg.wild or arg.text.startswith(UNKNOWN):
                return shown(arg)
            if self.valued and arg.fixed and re.fullmatch(self.valued, arg.text):
                value = next(rest, None)
                if value is None or value.wild:
                    return shown(arg)
            elif arg.text.startswith("-"):
                if not arg.fixed or not self.flags or not re.fullmatch(self.flags, arg.text):
                    return shown(arg)
            else:
                operands += 1
                if not self.operand or not re.fullmatch(self.operand, arg.text) or operands > self.limit:
                    return shown(arg)
        return ""


def shown(arg: Arg) -> str:
    """An argument for people."""
    return (arg.text or "(empty)").replace(UNKNOWN, "?")


_NOTHING = Use()
_UNITS = Use(
    first=(r"is-(active|enabled|failed)|show|status|cat|get-default|list-(units|unit-files|timers|sockets|dependencies|jobs)",),
    flags=r"--no-pager|--all|-a|-l|--full|-q|--quiet|--value|--plain|--no-legend|--user|--(type|state|property)=[\w,-]+",
    valued=r"-t|-p|--type|--state|--property",
    operand=_NAME,
)  # fmt: skip
_PACKETS = Use(
    first=(r"-L|-S|--list|--list-rules|-[nv]+L",),
    flags=r"-[nvx]+|--line-numbers|--numeric|--verbose|--exact|--state",
    valued=r"-t|--table",
    operand=r"\w[\w.-]*",
    limit=1,
)
_RPM = Use(
    first=(r"-q[aicldf]*|--query",),
    flags=r"-[aicldf]+|--all|--info|--list|--last|--changelog|--requires|--provides|--whatprovides|--file|"
    r"--(queryformat|qf)=.*",
    valued=r"--queryformat|--qf",
    operand=r"[\w.+*~^:@/?-]+",
)
_DPKG = Use(first=(r"-s|-l|-L|-S|--status|--list|--listfiles|--search|--get-selections|--print-architecture",),
            operand=_NAME + r"|/[\w./+-]+")  # fmt: skip
_DPKG_QUERY = Use(
    first=(r"-W|-s|-l|-L|-S|--show|--status|--list|--listfiles|--search",),
    flags=r"-f=.*|-f.+|--showformat=.*",
    valued=r"-f|--showformat",
    operand=_NAME + r"|/[\w./+-]+",
)
_FIND_FIRST_IP = r"a|addr|address|l|link|r|route|ru|rule|n|neigh|neighbor|maddr|maddress|mroute|tunnel"

USES: Mapping[str, tuple[Use, ...]] = MappingProxyType(
    {
        "aa-enabled": (_NOTHING,),
        "aa-status": (_NOTHING,),
        "apparmor_status": (_NOTHING,),
        "auditctl": (Use(first=("-l|-s|-v",), valued="-k"),),
        "authselect": (Use(first=("list|current|check|show|list-features",), operand=_NAME),),
        "chkconfig": (Use(first=("--list",), operand=_NAME),),
        "chage": (Use(first=("-l|--list",), operand=_NAME, limit=1),),
        "crontab": (Use(first=("-l",), valued="-u"), Use(first=("-u", _NAME, "-l"))),
        "date": (Use(flags="-u|-R|-I", operand=r"\+.*"),),
        "dmesg": (Use(flags="-[TtxkuLPr]+|--ctime|--notime|--kernel|--userspace|--decode|--color=never|--nopager"),),
        "dpkg": (_DPKG,),
        "dpkg-query": (_DPKG_QUERY,),
        "file": (Use(flags="-[bLhik]+", operand=_PATH),),
        "firewall-cmd": (
            Use(
                first=("--state|--get-[a-z-]+|--list-[a-z-]+|--query-[a-z-]+(=[\\w./-]+)?",),
                flags=r"--permanent|--zone=[\w-]+|--list-all",
            ),
        ),
        "fips-mode-setup": (Use(first=("--check|--is-enabled",)),),
        "getent": (
            Use(first=("passwd|shadow|group|gshadow|initgroups|services|protocols|networks|rpc",), operand=_NAME),
        ),
        "grubby": (Use(first=(r"--info=[\w./-]+|--default-kernel|--default-index|--default-title",)),),
        "hostname": (Use(flags="-[fsdiIA]|--fqdn"),),
        "ip": (
            Use(first=(_FIND_FIRST_IP,)),
            Use(first=(_FIND_FIRST_IP, "show|list|ls|sh"), operand=_WORD),
            Use(first=("-[46sdo]|-br|-brief|-details|-oneline|-json", _FIND_FIRST_IP)),
            Use(first=("-[46sdo]|-br|-brief|-details|-oneline|-json", _FIND_FIRST_IP, "show|list|ls"), operand=_WORD),
        ),
        "ip6tables": (_PACKETS,),
        "iptables": (_PACKETS,),
        "journalctl": (
            Use(
                flags=r"-[bkqxlare]+|--no-pager|--quiet|--utc|--verify|--disk-usage|--list-boots|--(unit|since|until|"
                r"priority|output|lines)=.+",
                valued="-u|-n|-o|-p|-t|-S|-U|--unit|--since|--until|--lines|--output",
            ),
        ),
        "loginctl": (Use(first=("list-sessions|list-users|list-seats",)),),
        "modinfo": (Use(flags="-[adlpn0]+", valued="-F|-k", operand=_NAME),),
        "modprobe": (
            Use(
                first=("-n|-nv|-vn|--dry-run|--show-depends|-D",),
                flags="-[nv]+|--verbose|--dry-run|--show-depends",
                operand=r"[\w-]+",
            ),
            Use(first=("-v|--verbose", "-n|--dry-run"), operand=r"[\w-]+"),
            Use(first=("-c|--showconfig",)),
        ),
        "mount": (_NOTHING, Use(first=("-l",))),
        "my_print_defaults": (Use(operand=_NAME),),
        "nft": (
            Use(first=("list", r"[\w]+"), operand=r"[\w.-]+"),
            Use(first=("-[ansy]+", "list", r"\w+"), operand=r"[\w.-]+"),
        ),
        "nginx": (Use(first=("-v|-V",)),),
        "nmcli": (
            Use(first=("radio|nm", "all|wifi|wwan|status")),
            Use(first=("general", "status|hostname|permissions")),
            Use(first=("radio",)),
            Use(first=("device|dev|d", "status|show")),
            Use(first=("connection|con|c", "show")),
        ),
        "passwd": (Use(first=("-S|--status",), flags="-a|--all", operand=_NAME, limit=1),),
        "printf": (Use(first=("[^-].*|",), operand=_PATH),),
        "quotaon": (Use(first=("-p|-[augv]*p[augv]*",), flags="-[augv]+", operand=_PATH),),
        "rpm": (_RPM,),
        "sort": (Use(flags="-[bdfghiMnrRsuVz]+|-[kt].+", valued="-k|-t", operand=_PATH),),
        "ss": (Use(flags="-[natuplxewomisZ460rH]+|--(listening|all|numeric|tcp|udp|processes)", operand=_NAME),),
        "sshd": (Use(first=("-T|-t|-V|-G",), valued="-C"),),
        "sudo": (Use(first=("-V|--version",)),),
        "sysctl": (Use(flags="-[naNe]+|--all|--values|--names|--ignore", operand=r"[\w./*-]+"),),
        "systemctl": (_UNITS,),
        "timedatectl": (_NOTHING, Use(first=("status|show|show-timesync|timesync-status|list-timezones",))),
        "ufw": (Use(first=("status|version|--version",), operand="verbose|numbered", limit=1),),
        "uniq": (Use(flags="-[cdiuDz]+"),),
        "update-crypto-policies": (Use(first=("--show|--is-applied",)),),
        "useradd": (Use(first=("-D|--defaults",)),),
    }
)
"""For programs that can do more than read: the uses that only read."""
