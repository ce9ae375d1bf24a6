"""Many questions about Debian's packages, asked as two: dpkg reads the whole list of packages for each command.

What `dpkg-query -s a b c` says is taken apart into what `dpkg-query -s a`, `-s b` and `-s c` say. It is asked twice,
once for each stream, as the two are not written in order. Where anything does not fit, nothing is taken apart. Of the
commands that ask about several packages one is run, and shows how the others are put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ospatrol.collect.facts_bundle import Bundle
from ospatrol.collect.facts_dialogue import Asked, Frame
from ospatrol.model.facts import Ask

_NAME = re.compile(rb"[a-z0-9][a-z0-9+.-]{0,100}")  # Debian Policy 5.6.7
_PROGRAMS = frozenset({b"dpkg", b"dpkg-query"})  # the first starts the second
_OPTIONS = frozenset({b"-s", b"--status"})
_FEW = 4
_MISSING = b"dpkg-query: package '%b' is not installed and no information is available\n"
_HINT = b"Use dpkg --info (= dpkg-deb --info) to examine archive files.\n"


def packages_in(asked: Sequence[Asked]) -> Bundle | None:
    """Questions about packages, as two and one that shows how several in a command are said; None if there are few."""
    single, several = by_package(asked), _with_several(asked)
    if not single:
        return None
    names = tuple(dict.fromkeys((*single, *(name for of in several.values() for name in of))))
    said, complained = about_packages(names)
    first = next(iter(several), None)

    def told(heard: Mapping[Asked, Frame]) -> Mapping[Asked, Frame]:
        if said not in heard or complained not in heard:
            return {}
        apart = told_apart(names, heard[said], heard[complained])
        found = {each: frame for name, frame in apart.items() for each in single.get(name, ())}
        if first is not None and first in heard:
            found[first] = heard[first]
            found |= _like_the_first(several, apart, heard[first])
        return found

    return Bundle(
        of=frozenset((*(each for same in single.values() for each in same), *several)),
        instead=(said, complained) if first is None else (said, complained, first),
        told=told,
    )


def _with_several(asked: Iterable[Asked]) -> dict[Asked, tuple[bytes, ...]]:
    """What asks about several packages in one command."""
    return {each: each.words[2:] for each in asked if len(each.words) > 3 and _is_query(each)}


def _is_query(asked: Asked) -> bool:
    if asked.ask is not Ask.COMMAND or len(asked.words) < 3:
        return False
    program, option, *names = asked.words
    return program in _PROGRAMS and option in _OPTIONS and all(map(_NAME.fullmatch, names))


def _like_the_first(
    several: Mapping[Asked, Sequence[bytes]], apart: Mapping[bytes, Frame], heard: Frame
) -> Mapping[Asked, Frame]:
    """What would have been said to each command, where its like is what the first really said."""
    frames = {each: _together([apart[name] for name in names]) for each, names in several.items() if apart}
    expected = next(iter(frames.values()), None)
    if expected is None or (expected.content, expected.status) != (heard.content, heard.status):
        return {}
    return {each: frame for each, frame in frames.items() if frame is not None and frame.status == expected.status}


def _together(frames: Sequence[Frame]) -> Frame | None:
    """What is said of several packages; None where some are there and some are not, as these are said in no order."""
    if all(frame.status == 0 for frame in frames):
        return Frame(state=b"O", content=b"\n".join(frame.content for frame in frames), status=0)
    if any(frame.status == 0 for frame in frames):
        return None
    complaints = b"".join(frame.content.removesuffix(_HINT) for frame in frames)
    return Frame(state=b"O", content=complaints + b"\n" * (len(frames) - 1) + _HINT, status=1)


def by_package(asked: Iterable[Asked]) -> dict[bytes, list[Asked]]:
    """What asks about one package, by its name; nothing where there is too little of it."""
    found: dict[bytes, list[Asked]] = {}
    for each in asked:
        if len(each.words) == 3 and _is_query(each):
            found.setdefault(each.words[2], []).append(each)
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
