"""The same for ESXi: what only looks among the many things that esxcli and vim-cmd can do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ospatrol.collect.command_uses import Use, shown
from ospatrol.collect.shell_words import Arg

_GLOBAL = re.compile(r"--formatter=(?:csv|json|keyvalue|xml)|--format-param=\S{1,200}")
_NAMESPACE = re.compile(r"[a-z][A-Za-z0-9]*")
_LOOKS = frozenset({"get", "list"})
_SWITCH = re.compile(r"-[A-Za-z]|--[a-z][a-z0-9-]*")
# these fetch from whatever address they are given
_FETCHES = (("software", "sources"),)
_GUEST_LOOKS = re.compile(
    r"vmsvc/(?:get\.(?:capability|config|connection|datastores|disabledmethods|environment|filelayout|filelayoutex|guest|"
    r"guestheartbeatStatus|managedentitystatus|networks|runtime|snapshotinfo|spaceneededforconsolidation|summary|tasklist)|"
    r"power\.getstate|snapshot\.get|device\.getdevices)"
)
_HOST_LOOKS = re.compile(
    r"vmsvc/getallvms|hostsvc/(?:hostconfig|hosthardware|hostsummary|runtimeinfo|advopt/(?:options|settings|view)|"
    r"datastore/(?:info|listsummary)|net/(?:info|vswitch_info)|storage/info|autostartmanager/get_(?:autostartseq|defaults))|"
    r"vimsvc/auth/(?:lockdown_is_enabled|lockdown_exceptions|permissions|roles)|vimsvc/task_list|"
    r"proxysvc/(?:port_info|service_list)"
)
_VALUE = re.compile(r"(?!-)[\w.:/@+ -]{1,200}")


class EsxcliUse(Use, frozen=True, kw_only=True):
    """`esxcli [--formatter=F] NAMESPACE... get|list [OPTIONS]`, and no address of another host."""

    def refuses(self, args: Sequence[Arg]) -> str:
        """The first argument that it does not allow, or that is missing; empty if it allows all."""
        odd = next((arg for arg in args if not arg.fixed), None)
        if odd is not None:
            return shown(odd)
        words = [arg.text for arg in args]
        while words and _GLOBAL.fullmatch(words[0]):
            del words[0]
        path: list[str] = []
        while words and _NAMESPACE.fullmatch(words[0]):
            path.append(words.pop(0))
        if len(path) < 2 or path[-1] not in _LOOKS or path[-1] in path[:-1]:
            return " ".join(path) or "(nothing)"
        if any(tuple(path[: len(each)]) == each for each in _FETCHES):
            return " ".join(path)
        return _options_refused(words)


def _options_refused(words: Sequence[str]) -> str:
    """Each option stands alone, with its value behind `=`, or with one word that is its value."""
    for at, word in enumerate(words):
        if word.startswith("-"):
            if not _SWITCH.fullmatch(word.partition("=")[0]):
                return word
        elif at == 0 or not words[at - 1].startswith("-") or "=" in words[at - 1]:
            return word
    return ""


class VimCmdUse(Use, frozen=True, kw_only=True):
    """`vim-cmd [-U dcui] COMMAND [ARGUMENT]`, of commands that only tell."""

    def refuses(self, args: Sequence[Arg]) -> str:
        """The first argument that it does not allow, or that is missing; empty if it allows all."""
        odd = next((arg for arg in args if not arg.fixed), None)
        if odd is not None:
            return shown(odd)
        words = [arg.text for arg in args]
        if words[:2] == ["-U", "dcui"]:
            del words[:2]
        if not words:
            return "(nothing)"
        if _GUEST_LOOKS.fullmatch(words[0]):
            number = len(words) == 2 and re.fullmatch(r"[0-9]{1,9}", words[1])
            return "" if number else words[0]
        if not _HOST_LOOKS.fullmatch(words[0]):
            return words[0]
        fits = len(words) == 1 or (len(words) == 2 and _VALUE.fullmatch(words[1]))
        return "" if fits else words[1]


ESXI_USES: Mapping[str, tuple[Use, ...]] = MappingProxyType(
    {
        "/usr/lib/vmware/openssh/bin/sshd": (Use(first=("-T",)),),
        "/usr/lib/vmware/secureboot/bin/secureBoot.py": (Use(first=("-s|-c",)),),
        "esxcli": (EsxcliUse(),),
        "vim-cmd": (VimCmdUse(),),
        "vmware": (Use(first=("-v|-l|-vl",)),),
    }
)
"""For programs that can do more than read: the uses that only read."""
