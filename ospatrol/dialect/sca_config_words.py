"""The words of rules about configurations: numbers, versions, and what it means that nothing is there."""

from __future__ import annotations

import re

from ospatrol.dialect.native_words import is_text, text_of
from ospatrol.model.assertion import Bound, Meaning, Operator

VERSION_CASE = "a comparison of versions such as '>= 15.2'"

_SIGNS = {"==": Operator.EQUAL, "!=": Operator.NOT_EQUAL, "<=": Operator.LESS_OR_EQUAL, ">=": Operator.GREATER_OR_EQUAL}
_SIGNS |= {"<": Operator.LESS, ">": Operator.GREATER}
_COMPARED = re.compile(r"(==|!=|<=|>=|<|>) ?(\d{1,18})", re.ASCII)
_SPAN = re.compile(r"(\d{1,18}) ?\.\. ?(\d{1,18})", re.ASCII)
_VERSION = re.compile(r"(==|!=|<=|>=|<|>) ?(\d{1,9}(?:\.\d{1,9}){0,7})", re.ASCII)


def read_bounds(written: object) -> tuple[Bound, ...] | None:
    """What a number must be: `<= 10`, `1..10` or a number; None if that is something else."""
    if not is_text(written) or isinstance(written, bool):
        return None
    text = text_of(written).strip()
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return (Bound(operator=Operator.EQUAL, number=(int(text),)),)
    span = _SPAN.fullmatch(text)
    if span:
        return (
            Bound(operator=Operator.GREATER_OR_EQUAL, number=(int(span[1]),)),
            Bound(operator=Operator.LESS_OR_EQUAL, number=(int(span[2]),)),
        )
    found = _COMPARED.fullmatch(text)
    return (Bound(operator=_SIGNS[found[1]], number=(int(found[2]),)),) if found else None


def read_version_bound(written: str) -> Bound | None:
    """Which versions: `>= 15.2`; None if that is something else."""
    found = _VERSION.fullmatch(written.strip())
    return Bound(operator=_SIGNS[found[1]], number=tuple(map(int, found[2].split(".")))) if found else None


def read_meaning(written: object) -> Meaning | None:
    """A word of `Meaning`; None if it is another."""
    try:
        return Meaning(written) if isinstance(written, str) else None
    except ValueError:
        return None
