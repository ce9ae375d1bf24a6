"""OSSEC and Wazuh rule files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.ossec_conditions import CheckPattern, ConditionReader, Surroundings, in_order
from ospatrol.dialect.ossec_overwrite import overwritten
from ospatrol.dialect.ossec_parts import Complaints
from ospatrol.dialect.ossec_tree import FIRST_ID, Branch, Tree
from ospatrol.dialect.ossec_written import Written, overwrites, read_written
from ospatrol.dialect.ossec_xml import Element, read_xml
from ospatrol.model.problem import Problem
from ospatrol.model.rule import Condition, Operator, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ospatrol.model.decoder import Semantics

_STANDARD = re.compile(r"(pci_dss|cis|gdpr|gpg13|hipaa|nist_800_53|tsc)_(.+)")


class OssecRules(msgspec.Struct, frozen=True, kw_only=True):
    """What rule files say.

    Attributes:
        rules: In the order in which they were read.
        problems: In the order of the files.
    """

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_rules(
    files: Sequence[tuple[str, str]],
    semantics: Semantics,
    *,
    decoder_names: Collection[str],
    lists: Collection[str] = (),
    check_pattern: CheckPattern = lambda _: None,
) -> OssecRules:
    """The rules of some files, each below those that it builds on.

    A rule with a mistake is left out, and reading goes on: every mistake of every file is found at once.

    Args:
        files: Path as the person named it, and its bytes as latin-1; in the order in which they are to be read.
        semantics: OSSEC or Wazuh.
        decoder_names: What `decoded_as` may name.
        lists: What `list` may name.
        check_pattern: Why a pattern cannot be used; None if it can.
    """
    around = Surroundings(
        semantics=semantics, check_pattern=check_pattern, decoder_names=frozenset(decoder_names), lists=frozenset(lists)
    )
    reader = _Reader(around)
    for path, text in files:
        reader.file(path, text)
    return OssecRules(rules=reader.finished(), problems=tuple(reader.problems))


class _Reader:
    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.tree = Tree(around.semantics)
        self.written: dict[int, Written] = {}
        self.branches: dict[int, Branch] = {}
        self.problems: list[Problem] = []

    def file(self, path: str, text: str) -> None:
        document = read_xml(text, path, self.around.semantics)
        complaints = Complaints(path, self.around.semantics)
        conditions = ConditionReader(self.around, complaints)
        for root in document.roots:
            complaints.about("the element")
            if root.name.lower() != "group":
                complaints.refuse(root.line, f"rules stand in a <group>, not in <{root.name}>")
                continue
            if list(root.attributes) != ["name"] or root.problem:
                complaints.refuse(root.line, root.problem or "<group> has one attribute, its name")
                continue
            for element in root.children:
                self._rule(element, root.attributes["name"], conditions)
        self.problems.extend(complaints.problems)
        self.problems.extend(document.problems)

    def _rule(self, element: Element, group: str, conditions: ConditionReader) -> None:
        complaints = conditions.complaints
        complaints.about(f"rule {element.attributes.get('id', '')}")
        if element.name.lower() != "rule":
            complaints.refuse(element.line, f"a <group> holds rules, not <{element.name}>")
            return
        written = read_written(element, group, conditions)
        if complaints.lost:
            return
        old = self.written.get(written.id)
        if old is None:
            if overwrites(element):
                complaints.warn(element.line, f"there is no rule {written.id} to overwrite; it is taken as a new one")
            branch = self.tree.add(written, complaints)
            if branch is not None:
                self.written[written.id] = written
                self.branches[written.id] = branch
        elif overwrites(element):
            new = overwritten(old, written, complaints)
            self.tree.regroup(written.id, old.group, new.group)
            self.written[written.id] = new
        else:
            complaints.soft(element.line, f"the id {written.id} is already that of {old.place}")

    def finished(self) -> tuple[Rule, ...]:
        semantics = self.around.semantics
        return tuple(
            _rule(written, self.branches[written.id], loaded, semantics)
            for loaded, written in enumerate(self.written.values())
        )


def _rule(written: Written, branch: Branch, loaded: int, semantics: Semantics) -> Rule:
    groups = tuple(filter(None, written.group.split(",")))
    return Rule(
        id=written.id,
        level=written.level,
        description=written.description,
        place=written.place,
        parents=branch.parents,
        conditions=_root(written) + in_order(written.slots),
        groups=groups,
        mitre=written.mitre,
        compliance=_compliance(groups),
        semantics=semantics,
        rank=branch.rank,
        loaded=loaded,
        places=branch.places,
        correlation=written.history,
        first_time=written.first_time,
        changed=written.changed,
        ignore_s=written.ignore_s,
        remember=written.remember,
        unless_remembered=written.unless_remembered,
        silent=written.silent,
        options=written.options,
        info=written.info,
    )


def _root(written: Written) -> tuple[Condition, ...]:
    """What a root of the tree asks: a log, decoded as its category."""
    if written.id >= FIRST_ID:
        return ()
    return tuple(
        Condition(field=field, operator=Operator.EQUALS, operands=(value,), place=written.place, required=True)
        for field, value in (("kind", "log"), ("category", written.category or "syslog"))
    )


def _compliance(groups: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Standard to requirements, of groups such as `pci_dss_10.2.5`."""
    found: dict[str, list[str]] = {}
    for group in groups:
        named = _STANDARD.fullmatch(group)
        if named is not None:
            found.setdefault(named[1], []).append(named[2])
    return {standard: tuple(numbers) for standard, numbers in found.items()}
