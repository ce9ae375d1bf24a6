"""The same for programs of macOS, the BSDs, Solaris, HP-UX and of applications."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ospatrol.collect.command_uses import Use

_NOTHING = Use()
_NAME = r"[\w.:@+*~/-]+"
_PROPERTY = r"[\w ./-]+"
_VARIABLE = r"[A-Za-z_]\w*"
_SETTING = r"\$\.NSUserDefaults\.alloc\.initWithSuiteName\('[\w.-]+'\)\.objectForKey\('[\w. -]+'\)(\.js)?"

UNIX_USES: Mapping[str, tuple[Use, ...]] = MappingProxyType(
    {
        "apachectl": (Use(first=("-v|-V|-M|-S|-t",)),),
        "auditconfig": (Use(first=("-get[a-z]+",), operand=_NAME),),
        "bdf": (Use(),),
        "consadm": (Use(first=("-p",)),),
        "coreadm": (_NOTHING,),
        "csrutil": (Use(first=("status",)), Use(first=("authenticated-root", "status"))),
        "cupsctl": (_NOTHING,),
        "defaults": (
            Use(first=("read|read-type",), operand=_PROPERTY),
            Use(first=("-currentHost", "read|read-type"), operand=_PROPERTY),
            Use(first=("read", "-app"), operand=_PROPERTY),
        ),
        "dscl": (Use(first=(r"\.", "-read|-list|-readall"), operand=_PROPERTY),),
        "elfsign": (Use(first=("verify",), valued="-e", operand=_NAME),),
        "doas": (Use(first=("-C", r"/[\w./-]+")),),
        "fdesetup": (Use(first=("status|isactive|list",)),),
        "freebsd-version": (Use(flags="-[kru]+"),),
        "getconf": (Use(operand=r"\w+", limit=1), Use(first=("-a",))),
        "gpart": (Use(first=("show|list|status",), flags="-[lpr]+", operand=_NAME),),
        "httpd": (Use(first=("-v|-V|-M|-S|-t|-l",)),),
        "ifconfig": (_NOTHING, Use(first=("-a|-l",)), Use(operand=r"[a-z]+[0-9]*", limit=1)),
        "inetadm": (Use(first=("-p",)), Use(first=("-l",), operand=_NAME), _NOTHING),
        "ipadm": (Use(first=("show-prop|show-addr|show-if",), flags="-c", valued="-p|-o|-co", operand=_NAME),),
        "ipfstat": (Use(flags="-[io]+"),),
        "jls": (Use(flags="-[dhNnqsv]+", operand=r"\w+(\.\w+)*"),),
        "kctune": (_NOTHING,),
        "kldstat": (Use(flags="-[hqv]+", valued="-[im]|-n", operand=""),),
        "launchctl": (Use(first=("list|print|print-disabled",), operand=_NAME),),
        "logins": (Use(flags="-[dpaxsu]+"),),
        "ndd": (Use(first=("-get", r"/dev/\w+", r"\w+")),),
        "nfsd": (Use(first=("status",)),),
        "nvram": (Use(first=("-p",)),),
        "osascript": (Use(first=("-l", "JavaScript", "-e", _SETTING)),),
        "pfctl": (Use(first=(r"-s(?:[a-zA-Z]+)?",), flags="-v+", operand="[a-zA-Z]+", limit=1),),
        "pkg_info": (Use(flags="-[aAmtqIv]+|-e", operand=r"[\w.<>=*+-]+"),),
        "pmset": (Use(first=("-g",), operand="custom|cap|sched|live|assertions", limit=1), Use(first=("-b", "-g"))),
        "postconf": (Use(flags="-n|-h|-d", operand=r"\w+"),),
        "profiles": (Use(first=("-P", "-o", "stdout")), Use(first=("status|list|show",))),
        "psrinfo": (Use(flags="-[pvt]+"),),
        "pw": (Use(first=("(?:user|group)show",), flags="-[aP]+", operand=_NAME, limit=1),),
        "pwpolicy": (
            Use(first=("-getaccountpolicies|-getglobalpolicy",)),
            Use(first=("-n", "/Local/Default", "-getglobalpolicy|-getaccountpolicies")),
        ),
        "rcctl": (
            Use(first=("get|getdef",), operand=r"[\w-]+", limit=2),
            Use(first=("ls", "all|failed|off|on|rogue|started|stopped")),
            Use(first=("check", r"[\w-]+")),
        ),
        "routeadm": (Use(first=("-p",), operand=_NAME), _NOTHING),
        "security": (Use(first=("authorizationdb", "read"), operand=_NAME),),
        "service": (Use(first=("-[elrv]+",)), Use(first=(r"[\w.-]+", "status|onestatus|rcvar|enabled"))),
        "socketfilterfw": (Use(first=("--get[a-z]+|--listapps",)),),
        "sockstat": (Use(flags="-[46CcIiLlnqSsUuvw]+", valued="-[jPp]"),),
        "spctl": (Use(first=("--status",)),),
        "svcprop": (Use(valued="-p", operand=_NAME),),
        "svcs": (Use(flags="-[aHvxlp]+", valued="-H?o", operand=_NAME),),
        "sw_vers": (Use(flags="-[A-Za-z]+"),),
        "swlist": (Use(flags="-l", operand=_NAME),),
        "swapctl": (Use(first=("-[lsk]+",)),),
        "swapinfo": (Use(flags="-[ghkm]+"),),
        "sxadm": (Use(first=("status",), valued="-p?o", operand=_NAME),),
        "syspatch": (Use(first=("-l",)),),
        "sysrc": (
            # a name with `=` sets; -a and -A list; -c only compares
            Use(flags="-[neiqvN]+|-[aAdD]|-c", valued="-f", operand=_VARIABLE),
        ),
        "sysadminctl": (Use(first=("-[A-Za-z]+", "status")),),
        "system_profiler": (Use(first=(r"SP\w+DataType",)),),
        "systemsetup": (Use(first=("-get[a-z]+",)),),
        "userattr": (Use(first=(r"\w+", r"\w+")),),
        "xprotect": (Use(first=("status",)),),
        "zfs": (Use(first=("get|list",), flags="-[Hp]+", valued="-o|-t", operand=_NAME),),
        "zpool": (Use(first=("list|status",), operand=_NAME),),
    }
)
"""For programs that can do more than read: the uses that only read."""
