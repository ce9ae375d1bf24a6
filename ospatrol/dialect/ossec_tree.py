"""The tree of OSSEC and Wazuh rules: a rule is put below those that stand there when it is read.

A rule may stand at many places: below every place of every parent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.decoder import Semantics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ospatrol.dialect.ossec_parts import Complaints
    from ospatrol.dialect.ossec_written import Written

FIRST_ID = 10
"""Rules with a smaller id are roots."""

HIGHEST = 99
"""What level 0 counts as where levels are compared."""

MOST_PLACES = 200_000
"""In a tree; all of Wazuh's rules need 17,000."""

_LIST = re.compile(r"[0-9, ]*")
_LEVEL = re.compile(r"[0-9]{1,2}")


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule came to stand.

    Attributes:
        parents: The ids above it, each once, in the order in which it was put below them.
        places: How often it stands in the tree.
        rank: Its siblings are tried by falling rank.
    """

    parents: tuple[int, ...] = ()
    places: int = 1
    rank: int = 0


class _Node:
    """One place of a rule: below another place, or at the top."""

    __slots__ = ("above", "order", "rule")

    def __init__(self, rule: int, above: _Node | None, order: tuple[int, int]) -> None:
        self.rule = rule
        self.above = above
        self.order = order


class Tree:
    """Grows as rules are read."""

    def __init__(self, semantics: Semantics) -> None:
        self.semantics = semantics
        self._nodes: dict[int, list[_Node]] = {}
        self._levels: dict[int, int] = {}
        self._groups: dict[str, dict[int, None]] = {}
        self._roots: dict[str, int] = {}
        self._categories: dict[int, str] = {}
        self._count = 0

    def add(self, written: Written, complaints: Complaints) -> Branch | None:
        """Puts a rule where it belongs; None, and a complaint, if there is no such place."""
        rank = -1 if written.last else written.level or HIGHEST
        category = written.category or "syslog"
        if written.id < FIRST_ID:
            self._roots.setdefault(category, written.id)
            above: Iterable[_Node | None] = (None,)
        else:
            above = self._above(written, category, complaints)
        nodes = self._nodes[written.id] = []
        for node in above:
            nodes.append(_Node(written.id, node, (-rank, self._count)))
            self._count += 1
            if self._count > MOST_PLACES:
                complaints.refuse(written.place.line, f"the tree of rules would have more than {MOST_PLACES} places")
                break
        if not nodes or complaints.lost:
            del self._nodes[written.id]
            return None
        self._levels[written.id] = written.level or HIGHEST
        self._groups.setdefault(written.group, {})[written.id] = None
        last = nodes[-1].above
        if last is None:
            self._categories[written.id] = category
        parents = dict.fromkeys(node.above.rule for node in nodes if node.above is not None)
        parents.pop(written.id, None)
        return Branch(parents=tuple(parents), places=len(nodes), rank=rank)

    def regroup(self, rule: int, before: str, now: str) -> None:
        """A rule that stands in the tree belongs to other groups from now on."""
        self._groups[before].pop(rule, None)
        self._groups.setdefault(now, {})[rule] = None

    def _above(self, written: Written, category: str, complaints: Complaints) -> Iterable[_Node]:
        line = written.place.line
        if written.if_sid is not None:
            return self._by_ids(written.if_sid, line, complaints)
        if written.if_level is not None:
            if not _LEVEL.fullmatch(written.if_level):
                complaints.refuse(line, f"if_level: {written.if_level!r} is no level")
                return ()
            wanted = int(written.if_level)
            return self._places(rule for rule, level in self._levels.items() if level >= wanted)
        if written.if_group is not None:
            found = [
                rule for group in self._groups if has_word(written.if_group, group) for rule in self._groups[group]
            ]
            if not found:
                complaints.soft(line, f"no rule above belongs to the group {written.if_group!r}")
            return self._places(found)
        return self._by_category(category, line, complaints)

    def _places(self, rules: Iterable[int]) -> Iterable[_Node]:
        nodes = [node for rule in rules for node in self._nodes[rule]]
        return sorted(nodes, key=lambda node: node.order[1])

    def _by_category(self, category: str, line: int, complaints: Complaints) -> Iterable[_Node]:
        root = self._roots.get(category)
        if root is None:
            complaints.refuse(line, f"no rule above with an id below {FIRST_ID} is of the category {category!r}")
            return ()
        return self._nodes[root]

    def _by_ids(self, text: str, line: int, complaints: Complaints) -> Iterator[_Node]:
        """The places below which a rule is put, one after another; it may come below itself."""
        if not _LIST.fullmatch(text):
            complaints.soft(line, f"if_sid: {text!r} is no list of ids")
            return
        missing = []
        last = None
        for word in re.findall(r"[0-9]{1,9}", text):
            if not self._nodes.get(int(word)):
                missing.append(word)
                continue
            for node in [*self._reached(int(word))]:
                last = node
                yield node
        if missing or last is None:
            self._say_missing(missing, line, complaints, found=last is not None)
        if last is not None and text[-1] in ", ":
            yield from self._by_category(self._category(last), line, complaints)

    def _category(self, node: _Node) -> str:
        """The category that a place has of the root above it."""
        while node.above is not None:
            node = node.above
        return self._categories[node.rule]

    def _say_missing(self, missing: list[str], line: int, complaints: Complaints, *, found: bool) -> None:
        what = f"if_sid: no rule above has the id {', '.join(missing)}" if missing else "if_sid: no id is given"
        if found and self.semantics is Semantics.WAZUH:
            complaints.warn(line, f"{what}; {complaints.subject} is kept below the others")
        else:
            complaints.soft(line, what)

    def _reached(self, rule: int) -> list[_Node]:
        """The places of a rule that a search finds: it leaves a list of siblings at the first hit."""
        nodes = self._nodes[rule]
        if len(nodes) == 1:
            return nodes
        hits: dict[_Node | None, tuple[int, int]] = {}
        for node in nodes:
            hits[node.above] = min(node.order, hits.get(node.above, node.order))
        return [node for node in nodes if _is_reached(node, hits)]


def _is_reached(node: _Node, hits: dict[_Node | None, tuple[int, int]]) -> bool:
    """Whether no sibling of a place, or of one above it, ends the search before it."""
    step: _Node | None = node
    while step is not None:
        if hits.get(step.above, step.order) < step.order:
            return False
        step = step.above
    return True


def has_word(pattern: str, group: str) -> bool:
    """Whether a text of groups has one of the words joined by `|`, anywhere in it; `^` for its beginning."""
    lower = group.lower()
    return any(
        lower.startswith(word[1:]) if word.startswith("^") else word in lower for word in pattern.lower().split("|")
    )
