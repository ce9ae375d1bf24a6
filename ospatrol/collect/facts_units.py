"""Many questions about the units of systemd, asked as one: each start of systemctl costs more than its answer.

`systemctl is-active a b c` says a line for each, in their order. What it ends with by itself, for one that is not
active, differs between releases: one is asked about that no host has, and where that is not what all others end with,
nothing is taken apart. Of `systemctl is-enabled` no more than one can be asked: it ends at the first that is not there.

`sh -c "systemctl is-enabled a & systemctl is-active a"` runs both at once, and their lines come in any order. What is
recorded is one of these orders: the first command's output, then the second's, and how that ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ospatrol.collect.facts_beside import company_of
from ospatrol.collect.facts_bundle import Bundle
from ospatrol.collect.facts_dialogue import UNSURE, Asked, Frame
from ospatrol.model.facts import Ask

_FEW = 4
_IS_ACTIVE = (b"systemctl", b"is-active")
_NAME = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,200}")  # systemd.unit(5), without what systemctl would escape
_NONE_SUCH = b"ospatrol-none-such.service"
_NAMES = rb"(?: [A-Za-z0-9_.@-]{1,200}){1,20}"
_BOTH = re.compile(rb"(systemctl is-enabled%b) & (systemctl is-active%b)" % (_NAMES, _NAMES))
_ACTIVE = b"active"
_STATES = frozenset({_ACTIVE, b"inactive", b"failed", b"activating", b"deactivating"})
_NOT_RUNNING = 3  # LSB 5.0, 22.2: of `status`
_OF_A_SHELL = 3  # sh -c TEXT


def units_in(asked: Iterable[Asked]) -> Bundle | None:
    """Questions whether units are active, as one; None where there are too few."""
    singles: dict[Asked, tuple[bytes, ...]] = {}
    pairs: dict[Asked, tuple[Asked, Asked]] = {}
    for each in asked:
        if names := _names_of(each):
            singles[each] = names
        elif both := _both_of(each):
            pairs[each] = both
    active = singles | {second: names for _, second in pairs.values() if (names := _names_of(second))}
    every = tuple(dict.fromkeys(name for names in active.values() for name in names))
    if len(active) < _FEW:
        return None
    whole, none = _command((*_IS_ACTIVE, *every)), _command((*_IS_ACTIVE, _NONE_SUCH))
    rest = (half for both in pairs.values() for half in both if half not in active)

    def told(heard: Mapping[Asked, Frame]) -> Mapping[Asked, Frame]:
        found = dict(heard)
        if whole in heard and none in heard:
            found |= _told_apart(active, every, heard[whole], heard[none])
        joined = {each: _joined(*(found.get(half) for half in both)) for each, both in pairs.items()}
        return {each: frame for each in (*singles, *pairs) if (frame := joined.get(each) or found.get(each))}

    return Bundle(of=frozenset((*singles, *pairs)), instead=tuple(dict.fromkeys((whole, none, *rest))), told=told)


def _names_of(asked: Asked) -> tuple[bytes, ...]:
    """The units that it asks about, whether they are active; nothing for other questions."""
    names = asked.words[2:]
    about = asked.ask is Ask.COMMAND and asked.words[:2] == _IS_ACTIVE and all(map(_NAME.fullmatch, names))
    return names if about else ()


def _both_of(asked: Asked) -> tuple[Asked, Asked] | None:
    """The two commands that a shell is asked to run at once."""
    if asked.ask is not Ask.COMMAND or asked.words[:2] != (b"sh", b"-c") or len(asked.words) != _OF_A_SHELL:
        return None
    both = _BOTH.fullmatch(asked.words[2])
    return (_command(both[1].split()), _command(both[2].split())) if both else None


def _command(words: Sequence[bytes]) -> Asked:
    company = company_of(b" ".join(words).decode())
    return Asked(ask=Ask.COMMAND, words=tuple(words), alone=company.alone, shares=company.shares)


def _told_apart(
    active: Mapping[Asked, Sequence[bytes]], names: Sequence[bytes], whole: Frame, none: Frame
) -> Mapping[Asked, Frame]:
    """What was said of each; nothing where it is not beyond doubt."""
    alike = (whole.content, whole.status) == (none.content, none.status)
    if alike and whole.status not in UNSURE | {0} and (len(names) == 1 or none.content != b"inactive\n"):
        return dict.fromkeys(active, whole)  # it did not come to the names, such as where systemd does not run
    states = dict(zip(names, whole.content.splitlines(), strict=False))
    fits = (
        whole.content == b"".join(b"%b\n" % state for state in states.values())
        and len(states) == len(names)
        and _STATES.issuperset(states.values())
        and (none.content, none.status) == (b"inactive\n", _NOT_RUNNING)
        and whole.status == _status(states.values())
    )
    if not fits:
        return {}
    said = {each: [states[name] for name in of] for each, of in active.items()}
    return {each: Frame(state=b"O", content=b"\n".join((*of, b"")), status=_status(of)) for each, of in said.items()}


def _status(states: Iterable[bytes]) -> int:
    return 0 if _ACTIVE in states else _NOT_RUNNING


def _joined(first: Frame | None, second: Frame | None) -> Frame | None:
    """What both say, one after the other; None where a shell would have said something else."""
    if first is None or second is None or first.status in UNSURE or second.status in UNSURE:
        return None
    return Frame(state=b"O", content=first.content + second.content, status=second.status)
