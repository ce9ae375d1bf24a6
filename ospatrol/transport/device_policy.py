"""What may be sent to a network device: nothing, except questions that profiles declare and a session's own needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.device_profile import CONTEXT_NAME, NAMED
from ospatrol.model.errors import CommandNotAllowed
from ospatrol.model.text import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ospatrol.transport.device_platforms import DevicePlatform

_MOST = 400
# a question mark asks for help, where it stands; the others write files or begin another command
_REFUSED = frozenset("?>;`&$\\{}")
_FILTERS = frozenset(
    {
        "begin", "compare", "count", "display", "exclude", "except", "find", "formal", "grep", "hold", "include",
        "json", "last", "match", "no-more", "section", "sort", "trim", "uniq", "wc", "xml",
    }
)  # fmt: skip
_CHANGING = frozenset(
    {
        "activate", "add", "backup", "beep", "clear-history", "copy-to", "debug", "delay", "disable", "edit", "eject",
        "enable", "error", "execute", "fetch", "flush", "follow", "format-drive", "generate", "import", "info",
        "install", "load", "mac-telnet", "monitor", "move", "ping", "put", "quit", "reboot", "redo", "release",
        "remove", "renew", "repartition", "reset", "reset-configuration", "reset-counters", "reset-mac-address",
        "restore", "revoke", "run", "save", "scan", "send", "set", "shutdown", "sign", "special-login", "ssh",
        "sup-output", "telnet", "undo", "unset", "upgrade", "warning", "wol",
    }
)  # fmt: skip
_WRITERS = re.compile(r"(?i)(?:^|[\s|])(?:append|file=\S*|redirect|save|tee)(?:\s|$)")


class DevicePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The read-only command policy of one platform: default-deny, by the whole text of each command.

    Attributes:
        platform: A `NetworkOs`.
        commands: What may be asked; and what may be sent to change virtual systems, `{name}` standing for names.
    """

    platform: str
    commands: frozenset[str] = frozenset()

    @classmethod
    def of(cls, platform: str, commands: Iterable[str]) -> DevicePolicy:
        """The policy that lets through these commands, and no other text."""
        return cls(platform=platform, commands=frozenset(commands))

    def admit(self, command: str, platform: DevicePlatform, host: str) -> None:
        """Return if the command may be sent to the device.

        Raises:
            CommandNotAllowed: it is none of the declared ones, or none that only reads.
        """
        problem = refusal(command, platform)
        if not problem and command not in self.commands:
            problem = "no profile declares it"
        if problem:
            shown = escape_controls(command, 100)
            raise CommandNotAllowed(f"{host}: the command {shown!r} is not allowed: {problem}; nothing was sent")

    def admit_move(self, command: str, platform: DevicePlatform, host: str) -> None:
        """Return if the command may be sent to lead the session from one virtual system to another.

        Raises:
            CommandNotAllowed: it is none of the declared ones, or none of the platform's; nothing was sent.
        """
        known = {each for each in (*platform.moves, *platform.prepare) if _is_move(command, each)}
        if not known:
            problem = "it leads to no virtual system"
        elif not known & self.commands:
            problem = "no profile declares it"
        else:
            return
        shown = escape_controls(command, 100)
        raise CommandNotAllowed(f"{host}: the command {shown!r} is not allowed: {problem}; nothing was sent")


def _is_move(command: str, template: str) -> bool:
    before, named, after = template.partition(NAMED)
    if not named:
        return command == template
    fits = command.startswith(before) and command.endswith(after)
    return fits and CONTEXT_NAME.fullmatch(command[len(before) : len(command) - len(after)]) is not None


def policy_of(platform: str, policies: Iterable[DevicePolicy]) -> DevicePolicy:
    """The policy of a platform, of all that are given for it; one that lets nothing through where there is none."""
    declared = (each.commands for each in policies if each.platform == platform)
    return DevicePolicy(platform=platform, commands=frozenset[str]().union(*declared))


def refusal(command: str, platform: DevicePlatform) -> str:
    """Why a command is none that only reads, on whatever device of the platform; empty if it is one.

    Args:
        command: As a profile declares it.
        platform: Where it would be sent.
    """
    if not command.isascii() or not command.isprintable() or command != command.strip() or len(command) > _MOST:
        return f"it must be one line of at most {_MOST} printable ASCII characters, without spaces around it"
    if refused := _REFUSED & set(command):
        return f"it holds {min(refused)!r}"
    question, *filters = [part.strip() for part in command.split("|")]
    if _WRITERS.search(command):
        return "it writes a file"
    if unknown := [part for part in filters if part.partition(" ")[0] not in _FILTERS]:
        return f"{unknown[0].partition(' ')[0]!r} is no filter that only reads"
    if not _reads(question, platform):
        return f"it begins with none of {', '.join(platform.questions or platform.last_words)}"
    return ""


def _reads(question: str, platform: DevicePlatform) -> bool:
    if platform.last_words:
        return _is_path_that_reads(question, platform.last_words)
    ends = (each if each.endswith(("/", ":")) else f"{each} " for each in platform.questions)
    return question in platform.questions or question.startswith(tuple(ends))


def _is_path_that_reads(question: str, verbs: tuple[str, ...]) -> bool:
    """`/ip address print detail`: words and hyphens up to the verb, and after it nothing but words."""
    words = question.removeprefix("/").split(" ")
    if not all(re.fullmatch(r"[a-z0-9-]+", word) for word in words):
        return False
    return bool(set(words) & set(verbs)) and not set(words) & _CHANGING
