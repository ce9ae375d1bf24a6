"""Which commands may run while others do, and still say what they say alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum, auto
from functools import lru_cache

import msgspec

from ospatrol.collect.command_find import SPECIAL
from ospatrol.collect.command_policy import Allowed, allowed
from ospatrol.collect.command_uses import HARMLESS
from ospatrol.collect.shell_text import read_shell


class Shares(StrEnum):
    """What a question may have in common with others that are asked with it."""

    NOTHING = auto()
    LIMITS = auto()  # the limits of time and size
    ALL = auto()  # the pipe too, as nobody writes to it any more once the program has ended


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """How a command may meet others.

    Attributes:
        alone: Whether it must not run while another such does.
        shares: What it may have in common with those before and behind it.
    """

    alone: bool = False
    shares: Shares = Shares.NOTHING


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
# these wait for whom they start, and who writes for them has done so when they end
_ENDS_WHOLE = frozenset(
    (
        "auditctl", "chage", "dpkg", "dpkg-query", "findmnt", "getent", "grep", "ip6tables", "iptables", "ls", "lsmod",
        "nft", "passwd", "readlink", "ss", "sshd", "stat", "sudo", "sysctl", "systemctl", "uname", "useradd",
    )
)  # fmt: skip
_MAY_BE_LONG = re.compile(r"\bfind\b|\bls\b.* -\w*R|\blist-unit|\bdu\b|\brpm\b|\bdpkg\b.* (?:-V|--verify)")


@lru_cache(maxsize=4096)  # commands of policies are the same for a whole fleet
def company_of(command: str) -> Company:
    """In which company a command says what it says alone; one that a workspace allows by itself in none.

    Args:
        command: As a policy writes it.
    """
    decision = allowed(command)
    if not isinstance(decision, Allowed):
        return Company(alone=True)
    words = decision.words
    shares = (
        Shares.NOTHING if _MAY_BE_LONG.search(command) else Shares.ALL if words[0] in _ENDS_WHOLE else Shares.LIMITS
    )
    return Company(alone=any(name not in _BESIDE for name in _programs(words)), shares=shares)


def _programs(words: Sequence[str]) -> tuple[str, ...]:
    """What an allowed command runs, which is written in it; a shell in a shell is a program like another."""
    if words[0] != "sh":
        return (words[0],)
    return tuple(each.args[0].text for each in read_shell(words[2]) if not each.sets)
