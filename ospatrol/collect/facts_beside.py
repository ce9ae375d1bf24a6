"""Which commands may run while others do, and still say what they say alone."""

from __future__ import annotations

from collections.abc import Sequence

from ospatrol.collect.command_find import SPECIAL
from ospatrol.collect.command_policy import Allowed, allowed
from ospatrol.collect.command_uses import HARMLESS
from ospatrol.collect.shell_text import read_shell

# not those that may hold a lock while they look, such as iptables, ufw, zypper, semanage and the tools of LVM
_BESIDE = (
    HARMLESS
    | SPECIAL.keys()
    | frozenset(
        (
            "chkconfig", "dpkg", "dpkg-query", "getent", "mount", "rpm", "sort", "ss", "sshd", "sysctl", "systemctl",
            "timedatectl", "uniq", "useradd",
        )
    )
)  # fmt: skip


def runs_beside(command: str) -> bool:
    """Whether a command gives the same answer while others run, one that a workspace allows by itself never.

    Args:
        command: As a policy writes it.
    """
    decision = allowed(command)
    return isinstance(decision, Allowed) and all(name in _BESIDE for name in _programs(decision.words))


def _programs(words: Sequence[str]) -> tuple[str, ...]:
    """What an allowed command runs, which is written in it; a shell in a shell is a program like another."""
    if words[0] != "sh":
        return (words[0],)
    return tuple(each.args[0].text for each in read_shell(words[2]) if not each.sets)
