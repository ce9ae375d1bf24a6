"""Programs that run other programs or take a small language: find, xargs, test, awk and sed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ospatrol.collect.command_filters import awk_refuses, sed_refuses
from ospatrol.collect.command_uses import HARMLESS, shown
from ospatrol.collect.shell_words import UNKNOWN, Arg

_FIND_ALONE = re.compile(
    r"-(?:a|and|o|or|not|true|false|print|print0|ls|prune|depth|d|xdev|mount|x|follow|daystart|nouser|nogroup|empty|"
    r"readable|writable|executable|local|xattr|acl|noleaf|warn|nowarn|quit|ignore_readdir_race)|[!(),]"
)
_FIND_VALUED = re.compile(
    r"-(?:name|iname|path|ipath|wholename|iwholename|regex|iregex|regextype|type|xtype|perm|user|group|uid|gid|size|mtime|"
    r"mmin|ctime|cmin|atime|amin|newer|anewer|cnewer|links|inum|maxdepth|mindepth|fstype|lname|ilname|samefile|printf|"
    r"flags|context)"
)
_XARGS_ALONE = re.compile(r"-(?:0|r|t|x|null|-null|-no-run-if-empty|[nLP][0-9]+|I.+|d.+|[0rtx]+)")
_XARGS_VALUED = re.compile(r"-[nLPIds]")
_UNARY = re.compile(r"-[bcdefghknprstuwxzLOSG]")
_BINARY = re.compile(r"=|==|!=|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)")
_AWK_VALUED = re.compile(r"-[Fv]")
_SED_FLAGS = re.compile(r"-[nErsuz]+|--(?:quiet|silent|posix|regexp-extended)")


def find_refuses(args: Sequence[Arg]) -> str:
    """What an invocation of find does besides looking; empty if nothing."""
    rest = list(args)
    while rest and rest[0].text in {"-H", "-L", "-P"}:
        del rest[0]
    while rest and not rest[0].text.startswith(("-", "!", "(", UNKNOWN)) and not rest[0].wild:
        del rest[0]
    while rest:
        arg = rest.pop(0)
        if not arg.fixed:
            return f"find with {shown(arg)!r}"
        if _FIND_VALUED.fullmatch(arg.text):
            if not rest or rest[0].wild:
                return f"find with {arg.text} and what is not known in advance"
            del rest[0]
        elif arg.text == "-exec":
            end = next((at for at, each in enumerate(rest) if each.text in {";", "+"}), None)
            if end is None or (refused := _runs(rest[:end], "find -exec")):
                return refused if end is not None else "find -exec without an end"
            del rest[: end + 1]
        elif not _FIND_ALONE.fullmatch(arg.text):
            return f"find with {arg.text!r}"
    return ""


def xargs_refuses(args: Sequence[Arg]) -> str:
    """Why xargs may do more than read; its command gets arguments that only the host knows."""
    rest = list(args)
    while rest and rest[0].text.startswith("-"):
        arg = rest.pop(0)
        if not arg.fixed:
            return f"xargs with {shown(arg)!r}"
        if _XARGS_VALUED.fullmatch(arg.text) and rest:
            del rest[0]
        elif not _XARGS_ALONE.fullmatch(arg.text):
            return f"xargs with {arg.text!r}"
    return _runs(rest, "xargs") if rest else ""


def _runs(words: Sequence[Arg], what: str) -> str:
    if not words or not words[0].fixed or words[0].text not in HARMLESS - {"exit", ":"}:
        return f"{what} with `{shown(words[0]) if words else ''}`, whose arguments are not known in advance"
    return ""


def test_refuses(args: Sequence[Arg]) -> str:
    """Why `test` may do more than compare: bash evaluates what stands behind -v, wherever that comes from."""
    words = list(args)
    while words and words[0].text == "!" and words[0].fixed:
        del words[0]
    if any(arg.wild for arg in words):
        return "a test of what may be several words"
    match words:
        case [] | [_]:
            return ""
        case [operator, _] if operator.fixed and _UNARY.fullmatch(operator.text):
            return ""
        case [_, operator, _] if operator.fixed and _BINARY.fullmatch(operator.text):
            return ""
    return "a test of a form that is not known"


def _bracket_refuses(args: Sequence[Arg]) -> str:
    closed = args and args[-1].fixed and args[-1].text == "]"
    return test_refuses(args[:-1]) if closed else "a test that is not closed"


def awk_command_refuses(args: Sequence[Arg]) -> str:
    """What an invocation of awk does besides reading and printing; empty if nothing."""
    rest = list(args)
    while rest and rest[0].text.startswith("-"):
        arg = rest.pop(0)
        if _AWK_VALUED.fullmatch(arg.text) and rest and not rest[0].wild:
            del rest[0]
        elif arg.wild or not re.match(r"-F.|-v.", arg.text):
            return f"awk with {shown(arg)!r}"
    if not rest or not rest[0].fixed:
        return "awk with a program that is not known in advance"
    if any(arg.wild or arg.text.startswith((UNKNOWN, "-", "/inet")) for arg in rest[1:]):
        return "awk with files that are not known in advance"
    return awk_refuses(rest[0].text)


def sed_command_refuses(args: Sequence[Arg]) -> str:
    """What an invocation of sed does besides printing; empty if nothing."""
    scripts: list[Arg] = []
    operands: list[Arg] = []
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if arg.wild or arg.text.startswith(UNKNOWN):
            return "sed with what is not known in advance"
        if arg.text in {"-e", "-ne", "-nEe", "-nre"} and rest:
            scripts.append(rest.pop(0))
        elif not arg.text.startswith("-"):
            operands.append(arg)
        elif not arg.fixed or not _SED_FLAGS.fullmatch(arg.text):
            return f"sed with {shown(arg)!r}"
    if not scripts and operands:
        scripts.append(operands[0])
    if not scripts or not all(script.fixed for script in scripts):
        return "sed with a script that is not known in advance"
    return next((refused for script in scripts if (refused := sed_refuses(script.text))), "")


SPECIAL: dict[str, Callable[[Sequence[Arg]], str]] = {
    "[": _bracket_refuses,
    "awk": awk_command_refuses,
    "find": find_refuses,
    "gawk": awk_command_refuses,
    "mawk": awk_command_refuses,
    "nawk": awk_command_refuses,
    "sed": sed_command_refuses,
    "test": test_refuses,
    "xargs": xargs_refuses,
}
"""Programs whose arguments are a language of their own."""
