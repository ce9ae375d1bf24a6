"""What a scope means to a host: its trees, its shell patterns, and the words in which the script is told."""

from __future__ import annotations

import re
from posixpath import normpath

from ospatrol.model.files import FileScope, FileType

_SPECIAL = re.compile(r"([*?\[\\])")
_ALL_TYPES = frozenset(FileType) - {FileType.UNKNOWN}


def trees(scope: FileScope) -> tuple[str, ...]:
    """The scope's absolute paths in normal form, without doubles and without what another tree holds anyway."""
    paths = dict.fromkeys(normpath("/" + path.lstrip("/")) for path in scope.paths if path.startswith("/"))
    if scope.depth is not None or scope.one_filesystem:
        return tuple(paths)
    return tuple(path for path in paths if not any(other != path and inside(path, other) for other in paths))


def inside(path: str, tree: str) -> bool:
    """Whether a path is a tree's top or lies below it."""
    return path == tree or path.startswith(tree.rstrip("/") + "/")


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
