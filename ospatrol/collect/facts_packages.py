"""Many questions about Debian's packages, asked as two: dpkg reads the whole list of packages for each command.

What `dpkg-query -s a b c` says is taken apart into what `dpkg-query -s a`, `-s b` and `-s c` say. It is asked twice,
once for each stream, as the two are not written in order. Where anything does not fit, nothing is taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ospatrol.collect.facts_dialogue import Asked, Frame
from ospatrol.model.facts import Ask

_NAME = re.compile(rb"[a-z0-9][a-z0-9+.-]{0,100}")  # Debian Policy 5.6.7
_PROGRAMS = frozenset({b"dpkg", b"dpkg-query"})  # the first starts the second
_OPTIONS = frozenset({b"-s", b"--status"})
_FEW = 4
_MISSING = b"dpkg-query: package '%b' is not installed and no information is available\n"
_HINT = b"Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"


def packages_in(asked: Iterable[Asked]) -> dict[bytes, list[Asked]]:
    """What asks about one package, by its name; nothing where there is too little of it."""
    found: dict[bytes, list[Asked]] = {}
    for each in asked:
        if each.ask is Ask.COMMAND and len(each.words) == 3:
            program, option, name = each.words
            if program in _PROGRAMS and option in _OPTIONS and _NAME.fullmatch(name):
                found.setdefault(name, []).append(each)
    return found if len(found) >= _FEW else {}


def about_packages(names: Iterable[bytes]) -> tuple[Asked, Asked]:
    """The two questions about some packages: for what is there, and for what is said about the others."""
    query = b"dpkg-query -s " + b" ".join(names)
    said, complained = (
        Asked(ask=Ask.COMMAND, words=(b"sh", b"-c", query + redirection))
        for redirection in (b" 2>/dev/null", b" 2>&1 >/dev/null")
    )
    return said, complained


def told_apart(names: Sequence[bytes], said: Frame, complained: Frame) -> Mapping[bytes, Frame]:
    """What would have been said to a question about each package; nothing where it is not beyond doubt.

    Args:
        names: The packages, as they were asked for.
        said: What came to the first of `about_packages`.
        complained: What came to the second.
    """
    there = _stanzas(said.content)
    missing = [name for name, stanza in zip(names, there, strict=False) if not stanza]
    complaint = b"".join(_MISSING % name for name in missing) + (_HINT if missing else b"")
    fits = (
        len(there) == len(names)
        and all(not text or text.startswith(b"Package: %b\n" % name) for name, text in zip(names, there, strict=True))
        and complained.content == complaint
        and said.status == complained.status == (1 if missing else 0)
    )
    if not fits:
        return {}
    return {
        name: Frame(state=b"O", content=text or _MISSING % name + _HINT, status=0 if text else 1)
        for name, text in zip(names, there, strict=True)
    }


def _stanzas(content: bytes) -> list[bytes]:
    """What stands between empty lines, in which there is none; with the ends of its lines."""
    found = [b""]
    for line in content.splitlines(keepends=True):
        if line == b"\n":
            found.append(b"")
        else:
            found[-1] += line
    return found
