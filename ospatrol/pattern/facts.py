"""What can be told of a pattern without compiling it: enough to decide whether it has to be tried at all."""

from __future__ import annotations

import msgspec

from ospatrol.model.pattern import Expression, Syntax
from ospatrol.pattern.atoms import SHORTEST, atoms_of, exact_of, shortest_only
from ospatrol.pattern.literal import Literal, Literals, ascii_lower, read_osmatch
from ospatrol.pattern.osregex import Alternative, plain_text, read_alternative, split_alternatives
from ospatrol.pattern.osregex_tree import wide_tree
from ospatrol.pattern.ossec import read_ossec_match, read_ossec_pcre, read_ossec_regex
from ospatrol.pattern.pcre import read_pcre
from ospatrol.pattern.search import groups_of, is_caseless, refuse_what_could_take_long
from ospatrol.pattern.tree import (
    Choice,
    Node,
    PatternBeyondLimits,
    Place,
    Sequence,
    Where,
    choice,
    sequence,
)

LONGEST = 32768
"""So long may a pattern be; OSSEC's and Wazuh's own limits lie below."""


class PatternFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a pattern.

    Attributes:
        groups: How many texts it can capture.
        atoms: Of these lower-case ASCII texts every subject that has a match contains one, in lower case; None if
            that cannot be promised of any.
        literal: Whether that is all: the pattern is found where one of the atoms is.
        prefixes: If it is found exactly where the subject, in lower case, begins with one of these.
        equals: If it is found exactly where the subject, in lower case, is one of these.
        literals: All of it, if it is but texts.
        caseless: Whether its test may be given the subject in lower case.
    """

    groups: int = 0
    atoms: frozenset[str] | None = None
    literal: bool = False
    prefixes: frozenset[str] | None = None
    equals: frozenset[str] | None = None
    literals: Literals | None = None
    caseless: bool = False


def pattern_facts(expression: Expression) -> PatternFacts:
    """What is known of a pattern.

    Raises:
        PatternRefused: if it is not valid in its language.
    """
    text = expression.text
    if len(text) > LONGEST:
        raise PatternBeyondLimits(f"it is longer than {LONGEST} characters")
    if not text.isascii() and max(text) > "\xff":
        raise PatternBeyondLimits("it has characters that are not single bytes; decode its file as Latin-1")
    match expression.syntax:
        case Syntax.OSMATCH:
            return _of_literals(read_osmatch(text))
        case Syntax.OSREGEX:
            return _of_osregex(text)
        case _:
            return _of_tree(read_tree(expression))


def read_tree(expression: Expression) -> Node:
    """The tree of a pattern in any language but Wazuh's own two.

    Raises:
        PatternRefused: if it is not valid.
    """
    match expression.syntax:
        case Syntax.OSSEC_MATCH:
            return read_ossec_match(expression.text)
        case Syntax.OSSEC_REGEX:
            return read_ossec_regex(expression.text)
        case Syntax.OSSEC_PCRE2:
            return read_ossec_pcre(expression.text)
        case _:
            return read_pcre(expression.text, caseless=False)


def _of_literals(literals: Literals) -> PatternFacts:
    inside = literals.only(begins=False, ends=False)
    atoms: frozenset[str] | None = None
    if not literals.negate:
        atoms = _useful(frozenset(one.text for one in literals.alternatives))
    return PatternFacts(
        atoms=atoms,
        literal=atoms is not None and inside is not None,
        prefixes=literals.only(begins=True, ends=False),
        equals=literals.only(begins=True, ends=True),
        literals=literals,
        caseless=literals.foldable,
    )


def _useful(texts: frozenset[str]) -> frozenset[str] | None:
    if not all(len(text) >= SHORTEST and text.isascii() for text in texts):
        return None
    return shortest_only(texts)


def _of_osregex(text: str) -> PatternFacts:
    parts = split_alternatives(text)
    plain = [plain_text(part) for part in parts]
    literals = [Literal(ascii_lower(one[0]), one[1], one[2]) for one in plain if one is not None]
    if len(literals) == len(parts):
        return _of_literals(Literals(tuple(literals)))
    alternatives = [read_alternative(part) for part in parts]
    tree = choice([wide_tree(alternative) for alternative in alternatives])
    return PatternFacts(
        groups=max(alternative.groups for alternative in alternatives),
        atoms=atoms_of(tree),
        caseless=all(_is_caseless(alternative) for alternative in alternatives),
    )


def _is_caseless(alternative: Alternative) -> bool:
    return is_caseless(sequence([wide_tree(alternative)]))


def _of_tree(node: Node) -> PatternFacts:
    refuse_what_could_take_long(node)
    caseless = is_caseless(node)
    groups = groups_of(node)
    literals = _as_literals(node) if caseless else None
    if literals is None:
        return PatternFacts(groups=groups, atoms=atoms_of(node), caseless=caseless)
    return msgspec.structs.replace(_of_literals(literals), groups=groups)


def _as_literals(node: Node) -> Literals | None:
    found: list[Literal] = []
    for branch in node.branches if isinstance(node, Choice) else (node,):
        parts: list[Node] = list(branch.parts) if isinstance(branch, Sequence) else [branch]
        begins = bool(parts) and parts[0] == Place(Where.START)
        parts = parts[begins:]
        ends = bool(parts) and parts[-1] == Place(Where.END)
        texts = exact_of(sequence(parts[: len(parts) - ends]))
        if texts is None:
            return None
        found.extend(Literal(text, begins, ends) for text in sorted(texts))
    return Literals(tuple(found))
