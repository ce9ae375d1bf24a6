"""Which commands of policies may be sent to a host: those that are known to only read, and no others."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeAlias

import msgspec

from ospatrol.collect.command_find import SPECIAL
from ospatrol.collect.command_uses import HARMLESS, USES, shown
from ospatrol.collect.command_uses_esxi import ESXI_USES
from ospatrol.collect.command_uses_unix import UNIX_USES
from ospatrol.collect.command_words import split_command
from ospatrol.collect.shell_text import Simple, read_shell
from ospatrol.collect.shell_words import Arg, NotUnderstoodError

_SHELLS = frozenset({"sh", "bash", "dash", "ksh"})
_FOLDERS = re.compile(
    r"^(?:/(?:usr/|usr/local/)?s?bin/(?=[^/]+$)|/usr/libexec/ApplicationFirewall/(?=socketfilterfw$)|/usr/xpg4/bin/(?=[^/]+$))"
)
_VARIABLE = re.compile(r"[a-z_][a-z0-9_]*(?<!path)(?<!proxy)|DIR_NAME|DIR|FILE|FILES|NAME|LINE|VALUE|RESULT|OUTPUT")
_LOCALE = re.compile(r"(?:LC_[A-Z]+|LANG)=[A-Za-z.@0-9_-]*")
_LONGEST = 8192
_DEEPEST = 3


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """A command may be sent.

    Attributes:
        words: What is executed.
    """

    words: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A command is never sent.

    Attributes:
        reason: Why, for a person.
    """

    reason: str


Decision: TypeAlias = Allowed | Refused


def allowed(command: str, extra: Collection[str] = ()) -> Decision:
    """Whether a command is known to only read: to write, signal, send and load nothing by itself.

    Args:
        command: As a policy writes it.
        extra: What a person allows beside that: commands as written, or globs of them in which `*` is any text.
    """
    if any(command == each or fnmatchcase(command, each) for each in extra):
        words = split_command(command)
        if words and "\0" not in command:
            return Allowed(words=words)
    return _judge(command)


@lru_cache(maxsize=16384)
def _judge(command: str) -> Decision:
    if len(command) > _LONGEST or "\0" in command:
        return Refused(reason="it is too long, or holds a NUL")
    words = split_command(command)
    reason = _refuses([Arg(text=word, quoted=True) for word in words], 0)
    return Refused(reason=reason) if reason else Allowed(words=words)


def _refuses(args: Sequence[Arg], depth: int) -> str:
    """Why a simple command is refused; empty if it is not."""
    if not args or not args[0].text:
        return "there is no program"
    if not args[0].fixed:
        return "the program is not known in advance"
    name = _FOLDERS.sub("", args[0].text, count=1)
    if name in _SHELLS:
        return _shell_refuses(args[1:], depth)
    if name in SPECIAL:
        return SPECIAL[name](args[1:])
    return "" if name in HARMLESS else _use_refuses(name, args[1:])


def _use_refuses(name: str, args: Sequence[Arg]) -> str:
    """Why a program that has harmless uses is not used in one of them."""
    uses = USES.get(name) or UNIX_USES.get(name) or ESXI_USES.get(name)
    if uses is None:
        return f"`{name}` is not known to only read"
    if any(not use.refuses(args) for use in uses):
        return ""
    return f"`{name}` with {' '.join(shown(arg) for arg in args[:3]) or 'nothing'!r} is not known to only read"


def _shell_refuses(args: Sequence[Arg], depth: int) -> str:
    """Why `sh -c TEXT` is refused."""
    if len(args) != 2 or args[0].text != "-c" or not args[1].fixed:
        return "a shell is started in another way than `sh -c TEXT`"
    if depth >= _DEEPEST:
        return "too many shells within shells"
    try:
        commands = read_shell(args[1].text)
    except NotUnderstoodError as problem:
        return f"shell text with {problem}"
    return next((reason for each in commands if (reason := _simple_refuses(each, depth))), "")


def _simple_refuses(command: Simple, depth: int) -> str:
    if command.sets:
        return _name_refuses(command.sets)
    args = list(command.args)
    assigned: list[Arg] = []
    while args and args[0].assigns:
        assigned.append(args.pop(0))
    if not args:
        return next((no for each in assigned if (no := _name_refuses(each.text.partition("=")[0]))), "")
    if not all(_LOCALE.fullmatch(each.text) for each in assigned):
        return f"a command with `{shown(assigned[0])}` before it"
    if args[0].fixed and args[0].text == "read":
        return _read_refuses(args[1:])
    if args[0].fixed and args[0].text == "command":
        plain = len(args) == 3 and args[1].text == "-v" and args[2].fixed and not args[2].text.startswith("-")
        return "" if plain else "`command` other than `command -v NAME`"
    return _refuses(args, depth + 1)


def _read_refuses(args: Sequence[Arg]) -> str:
    names = [arg for arg in args if arg.text != "-r"]
    if not all(arg.fixed for arg in names):
        return "`read` with names that are not known in advance"
    return next((no for arg in names if (no := _name_refuses(arg.text))), "")


def _name_refuses(name: str) -> str:
    return "" if _VARIABLE.fullmatch(name) else f"setting the variable {name!r}"
