"""The rules that can matter for lines of one decoder, narrowed down for each line to those whose literals it has.

Thousands of rules hang below the root of a category; a line can fire few. What a decoder's name, its category and the
program's name say is asked once for each of them, and makes a view of the tree. What is left is narrowed down by one
scan of the line for the literals of all patterns in the view; the outcome is kept by what the scan found, so that
lines of one shape cost one look-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ospatrol.engine.compile import Node, Ruleset, every_node
from ospatrol.engine.condition import Check, Sees, Test
from ospatrol.engine.field import LOG_KIND
from ospatrol.engine.match import Decision, walk
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Rule
from ospatrol.pattern.scan import Scanner

_KNOWN = frozenset({"kind", "decoder", "category", "program_name"})
"""What is the same for all lines of a view."""

_VIEWS = 4096
_SHAPES = 8192
_WEIGHT = 262_144  # literals in all shapes of a view; lines of one kind have a few each
_LONG_PROGRAM = 256  # characters; a longer name is nobody's, and not worth a place

Hits: TypeAlias = frozenset[str]


class Branch:
    """A rule as a view has it: without the conditions that hold for every line of the view.

    Attributes:
        node: In the tree.
        checks: Those that must be asked of each line.
        below: Its children in the view, once somebody asked; see `children_of`.
    """

    __slots__ = ("always", "by_atom", "checks", "node", "sown")

    def __init__(self, node: Node, checks: tuple[Check, ...]) -> None:
        self.node = node
        self.checks = checks
        self.sown: tuple[Branch, ...] | None = None
        self.always: list[int] = []
        self.by_atom: dict[str, list[int]] = {}


class Sprig:
    """A rule as lines of one shape have it: only with conditions that the scan left open.

    Attributes:
        rule: As written.
        tests: Those that must be asked.
        stateful: Whether what happened before decides too.
    """

    __slots__ = ("_branch", "_children", "_hits", "_view", "rule", "stateful", "tests")

    def __init__(self, branch: Branch, view: View, hits: tuple[Hits, Hits]) -> None:
        self.rule: Rule = branch.node.rule
        self.stateful = branch.node.stateful
        self.tests: tuple[Test, ...] = tuple(each.test for each in branch.checks if not _sure(each, hits[0]))
        self._branch = branch
        self._view = view
        self._hits = hits
        self._children: tuple[Sprig, ...] | None = None

    def children(self) -> Sequence[Sprig]:
        """The rules to try when this one holds."""
        if self._children is None:
            self._children = self._view.narrowed(self._branch, self._hits)
        return self._children

    def failing(self, event: Event) -> Condition | None:
        """The first condition that the event does not meet; None if it meets all."""
        return self._branch.node.failing(event)


class View:
    """The rules for the lines of one decoder, category and program.

    Attributes:
        roots: Of the tree.
    """

    def __init__(self, roots: Iterable[Node], like: Event, *, made: bool) -> None:
        """The view for lines like one.

        Args:
            roots: To try, in order.
            like: An event whose decoder, category and program are those of all lines of the view.
            made: Whether their fields may be something that does not stand in the log as it is.
        """
        self._like = like
        self._trunk = _trunk(roots)
        logs, values = self._atoms()
        self._apart = made and bool(values)
        self._log_scan = Scanner(sorted(logs if made else logs | values))
        self._value_scan = Scanner(sorted(values) if self._apart else ())
        self._shapes: dict[Hits | tuple[Hits, Hits], Sequence[Sprig]] = {}
        self._weight = 0

    def candidates(self, event: Event) -> Sequence[Sprig]:
        """The roots that may hold for an event, in order."""
        found = self._log_scan.texts(event.log.lower())
        if not self._apart:
            return self._shapes.get(found) or self._keep(found, (found, found))
        both = (found, self._value_scan.texts("\n".join(event.fields.values()).lower()))
        return self._shapes.get(both) or self._keep(both, both)

    def _keep(self, key: Hits | tuple[Hits, Hits], hits: tuple[Hits, Hits]) -> Sequence[Sprig]:
        self._weight += sum(map(len, hits))
        if len(self._shapes) >= _SHAPES or self._weight > _WEIGHT:
            self._shapes.clear()  # somebody sends lines of ever new shapes
            self._weight = 0
        shape = self._shapes[key] = self.narrowed(self._trunk, hits)
        return shape

    def narrowed(self, branch: Branch, hits: tuple[Hits, Hits]) -> tuple[Sprig, ...]:
        """The children of a branch that lines with these literals can fire, in order."""
        children = self._children(branch)
        chosen = set(branch.always)
        for found in hits if hits[0] is not hits[1] else hits[:1]:
            for atom in found:
                chosen.update(branch.by_atom.get(atom, ()))
        return tuple(
            Sprig(children[index], self, hits)
            for index in sorted(chosen)
            if not any(_impossible(check, hits) for check in children[index].checks)
        )

    def _children(self, branch: Branch) -> tuple[Branch, ...]:
        if branch.sown is None:
            branch.sown = tuple(
                Branch(node, tuple(check for check in node.checks if not _is_known(check)))
                for node in branch.node.below
                if all(check.test(self._like) for check in node.checks if _is_known(check))
            )
            for index, child in enumerate(branch.sown):
                gate = _best_gate(child.checks)
                if gate is None:
                    branch.always.append(index)
                for atom in gate or ():
                    branch.by_atom.setdefault(atom, []).append(index)
        return branch.sown

    def _atoms(self) -> tuple[set[str], set[str]]:
        """The literals of all patterns in the view: those asked of the log, those asked of fields."""
        logs: set[str] = set()
        values: set[str] = set()
        seen: set[int] = set()
        waiting = list(self._children(self._trunk))
        while waiting:
            branch = waiting.pop()
            if branch.node.rule.id in seen:
                continue
            seen.add(branch.node.rule.id)
            for check in branch.checks:
                gate = check.gate
                if gate.atoms is not None and gate.sees is not Sees.ELSEWHERE:
                    (logs if gate.sees is Sees.LOG else values).update(gate.atoms)
            waiting.extend(self._children(branch))
        return logs, values


def _trunk(roots: Iterable[Node]) -> Branch:
    """What the roots hang below, so that they are narrowed down as all others are."""
    trunk = Node(Rule(id=0, level=0, description="", place=Place("")), ())
    trunk.below = tuple(roots)
    return Branch(trunk, ())


_Key: TypeAlias = tuple[str | None, str, str | None, bool]
"""Decoder, category, program, and whether fields may be something that does not stand in the log."""
_Views: TypeAlias = tuple[View, View | None]
"""On the tree, and on the rules beside it."""


class Matcher:
    """Judges log lines by the views that they need; holds no more than caches.

    Attributes:
        ruleset: The rules.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._roots = ruleset.roots(LOG_KIND)
        self._beside = ruleset.beside
        self._programs = _program_checks(ruleset)
        self._views: dict[_Key, _Views] = {}
        self._alike: dict[object, _Views] = {}

    def decide(self, event: Event, *, made: bool) -> tuple[Decision, ...]:
        """What the tree says of a log line, as far as it alone decides, and then each rule beside it that may fire.

        Args:
            event: The line, decoded.
            made: Whether its fields may be something that does not stand in the log as it is.
        """
        key = (event.decoder, event.category, event.program, made)
        view = self._views.get(key)
        if view is None:
            view = self._view(key, event)
        tree, beside = view
        decision = walk(tree.candidates(event), event)
        if beside is None:
            return (decision,)
        return (decision, *(walk((each,), event) for each in beside.candidates(event)))

    def _view(self, key: _Key, event: Event) -> _Views:
        """The view for a line; programs that no rule tells apart share one."""
        signature = (key[0], key[1], tuple(check.test(event) for check in self._programs), key[3])
        view = self._alike.get(signature)
        if view is None:
            if len(self._alike) >= _VIEWS:
                self._alike.clear()
            beside = View(self._beside, event, made=key[3]) if self._beside else None
            view = self._alike[signature] = View(self._roots, event, made=key[3]), beside
        if len(self._views) >= _VIEWS:
            self._views.clear()
        if event.program is None or len(event.program) <= _LONG_PROGRAM:
            self._views[key] = view
        return view


def _program_checks(ruleset: Ruleset) -> tuple[Check, ...]:
    nodes = every_node(ruleset.roots(LOG_KIND))
    checks = [check for node in nodes for check in node.checks if check.condition.field == "program_name"]
    once = {(c.condition.operands, c.condition.operator, c.condition.syntax, c.condition.negate): c for c in checks}
    return tuple(once.values())


def _is_known(check: Check) -> bool:
    return check.condition.field in _KNOWN and not check.condition.captured


def _best_gate(checks: Iterable[Check]) -> frozenset[str] | None:
    """Literals of which a line must have one: those of the condition with the fewest; None if there is none."""
    gates = [gate.atoms for gate in (check.gate for check in checks) if gate.sees is not Sees.ELSEWHERE]
    return min((atoms for atoms in gates if atoms is not None), key=len, default=None)


def _impossible(check: Check, hits: tuple[Hits, Hits]) -> bool:
    gate = check.gate
    if gate.atoms is None or gate.sees is Sees.ELSEWHERE:
        return False
    return gate.atoms.isdisjoint(hits[0] if gate.sees is Sees.LOG else hits[1])


def _sure(check: Check, log_hits: Hits) -> bool:
    gate = check.gate
    return gate.exact and gate.atoms is not None and gate.sees is Sees.LOG and not gate.atoms.isdisjoint(log_hits)
