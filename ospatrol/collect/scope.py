"""What a scope means to a host: its trees, its shell patterns, and the words in which the script is told."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from posixpath import normpath

from ospatrol.model.files import FileScope, FileType

_SPECIAL = re.compile(r"([*?\[\\])")
_ALL_TYPES = frozenset(FileType) - {FileType.UNKNOWN}
_SET = re.compile(r"\[([!^]?)(\]?+(?:\[:[a-z]+:\]|\\.|[^\]\\])*+)\]", re.DOTALL)
_MEMBER = re.compile(r"\[:([a-z]+):\]|(\\.|.)(?:-(\\.|.))?", re.DOTALL)
_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "digit": string.digits,
    "graph": "".join(map(chr, range(33, 127))),
    "lower": string.ascii_lowercase,
    "print": "".join(map(chr, range(32, 127))),
    "punct": string.punctuation,
    "space": string.whitespace,
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}


def trees(scope: FileScope) -> tuple[str, ...]:
    """The scope's absolute paths in normal form, without doubles and without what another tree holds anyway."""
    paths = dict.fromkeys(normpath("/" + path.lstrip("/")) for path in scope.paths if path.startswith("/"))
    if scope.depth is not None or scope.one_filesystem:
        return tuple(paths)
    return tuple(path for path in paths if not any(other != path and inside(path, other) for other in paths))


def inside(path: str, tree: str) -> bool:
    """Whether a path is a tree's top or lies below it."""
    return path == tree or path.startswith(tree.rstrip("/") + "/")


@lru_cache(maxsize=256)
def matcher(patterns: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """One expression for all of the patterns, to be matched in full; None where there are none."""
    if not patterns:
        return None
    return re.compile("|".join(_expression(_trimmed(pattern)) for pattern in patterns).encode(), re.DOTALL)


def words(scope: FileScope, *, known: str = "", style: str = "", listing: bool = True) -> tuple[str, ...]:
    """The script's arguments.

    Args:
        scope: What to list.
        known: The host's tools as it described them last time; `style` holds only as long as they are the same.
        style: How it lists.
        listing: Whether to list at all; the script answers requests in any case.
    """
    root = host_root(scope)
    prefix = _SPECIAL.sub(r"\\\1", root)
    shown = [f"known={known}", f"style={style}"] if known else []
    shown += [f"root={root}"] if root else []
    shown += ["sign"] if scope.packages else []
    if not listing:
        return tuple(shown)
    shown += [f"path={path}" for path in trees(scope)]
    shown += [] if scope.depth is None else [f"depth={scope.depth}"]
    shown += ["xdev"] if scope.one_filesystem else []
    shown += [f"skip={prefix}{_trimmed(pattern)}" for pattern in scope.ignore]
    if not _ALL_TYPES.issubset(scope.types):
        shown += [f"type={letter.value}" for letter in scope.types if letter in _ALL_TYPES]
    shown += [f"keep={prefix}{_trimmed(pattern)}" for pattern in scope.include]
    return (*shown, "list")


def host_root(scope: FileScope) -> str:
    """The directory on the host under which the trees live, without a slash at its end; empty for the host's own."""
    return normpath("/" + scope.root.lstrip("/")).rstrip("/")


def _trimmed(pattern: str) -> str:
    return pattern.rstrip("/") or pattern


def _expression(pattern: str) -> str:
    """A shell pattern as a regular expression over bytes (fnmatch(3) without flags, in the C locale)."""
    made, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        found = _SET.match(pattern, at) if char == "[" else None
        if found:
            made.append(_set_expression(found.group(1), found.group(2)))
            at = found.end()
            continue
        if char == "\\":
            at += 1
            char = pattern[at : at + 1]
            made.append(_bytes_expression(char) if char else "(?!)")
        else:
            made.append({"*": ".*", "?": "."}.get(char) or _bytes_expression(char))
        at += 1
    return "".join(made)


def _bytes_expression(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _set_expression(negation: str, inner: str) -> str:
    """A bracket expression as the bytes that it holds, one by one: ranges may be empty or upside down."""
    held: set[int] = set()
    for name, low, high in _MEMBER.findall(inner):
        if name:
            held.update(_CLASSES.get(name, "").encode())
            continue
        first, last = (end[-1].encode("utf-8", "surrogateescape") for end in (low, high or low))
        held.update(range(first[0], last[0] + 1) if high else first)
    if negation:
        held = set(range(256)) - held
    return "[" + "".join(f"\\x{byte:02x}" for byte in sorted(held)) + "]" if held else "(?!)"
