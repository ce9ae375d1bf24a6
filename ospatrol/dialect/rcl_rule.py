"""One rule of a rootcheck list: `f:$sshd_file -> !r:^# && r:Protocol;`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.sca_rule import AND, ARROW, RuleRefused
from ospatrol.model.policy import PolicyRule, Target, Term, TermKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.model.place import Place

_TARGETS = {"f": Target.FILE, "d": Target.DIRECTORY, "p": Target.PROCESS, "r": Target.REGISTRY}
_KINDS = {
    "r:": TermKind.REGEX,
    "=:": TermKind.LITERAL,
    "<:": TermKind.BEFORE,
    ">:": TermKind.BEHIND,
}


def unreadable_rule(line: str, place: Place) -> PolicyRule:
    """What stands for a line that is no rule: its entry is then found or not known, but never not found."""
    return PolicyRule(text=line, target=Target.COMMAND, locations=("",), place=place)


def read_rule(line: str, place: Place, variables: Mapping[str, str]) -> PolicyRule:
    """A rule; each character is one byte.

    Args:
        line: Without blanks in front.
        place: Where it stands.
        variables: Name, with its `$`, to value: looked up only where a location is one as a whole.

    Raises:
        RuleRefused: if it is none.
    """
    text = line.removeprefix("!")
    letter, colon, rest = text[:1], text[1:2], text[2:]
    if colon != ":" or letter not in _TARGETS:
        raise RuleRefused(f"expected f:, d:, p: or r: in {line[:80]!r}")
    value, semicolon, _ = rest.partition(";")
    if not semicolon:
        raise RuleRefused(f"no `;` ends the rule {line[:80]!r}")
    negate = value.startswith("!")
    target = _TARGETS[letter]
    where, *parts = value.removeprefix("!").split(ARROW)
    if where.startswith("$"):
        if where not in variables:
            raise RuleRefused(f"the variable {where!r} is not known")
        where = variables[where]
    name: Term | None = None
    if target is Target.PROCESS:
        parts = [ARROW.join([where, *parts])]
    elif target is not Target.FILE and parts:
        name = _name(parts.pop(0), target)
    if target is Target.DIRECTORY and name is None:
        raise RuleRefused(f"no ` -> ` and name of a file in the rule {line[:80]!r}")
    listed = target in {Target.FILE, Target.DIRECTORY}
    return PolicyRule(
        text=line,
        target=target,
        locations=tuple(map(_text, where.split(",") if listed else [where])),
        name=name,
        terms=_terms(ARROW.join(parts)) if parts else (),
        negate=negate,
        place=place,
    )


def _text(raw: str) -> str:
    """A location as text, of bytes."""
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError:
        return raw


def _name(text: str, target: Target) -> Term:
    """What a file's name must be; nothing turns it round, so that `!f:x` is a name like another."""
    if target is Target.DIRECTORY and text.startswith("r:"):
        return Term(kind=TermKind.REGEX, text=text[2:])
    return Term(kind=TermKind.LITERAL, text=text)


def _terms(text: str) -> tuple[Term, ...]:
    """The parts that ` && ` joins, as long as no other blank stands in front of it: such a one ends the joining."""
    found: list[Term] = []
    while True:
        space = text.find(" ")
        if space < 0 or not text.startswith(AND, space):
            return (*found, _term(text))
        found.append(_term(text[:space]))
        text = text[space + len(AND) :]


def _term(text: str) -> Term:
    negate = text.startswith("!")
    asked = text.removeprefix("!")
    kind = _KINDS.get(asked[:2])
    if kind is None:
        return Term(kind=TermKind.LITERAL, text=asked, negate=negate)
    return Term(kind=kind, text=asked[2:], negate=negate)
