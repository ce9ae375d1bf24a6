"""One check of an SCA policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ospatrol.dialect.native_words import as_read, is_text, text_of
from ospatrol.dialect.sca_config import ConfigRuleReader
from ospatrol.dialect.sca_problem import Effect, PolicyProblem
from ospatrol.dialect.sca_rule import RuleRefused, read_rule
from ospatrol.dialect.sca_strict import strict_problems, strict_rule_problems
from ospatrol.load.fields import did_you_mean
from ospatrol.load.yaml import Lined, LinedList
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.policy import Check, Condition, PolicyRule, Severity, Target, Term, TermKind
from ospatrol.pattern.compiled import PatternRefused, compile_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ospatrol.model.place import Place

NATIVE_KEYS = frozenset({"severity", "snippet", "platforms"})
"""Keys of a check that only native files have."""

_KEYS = (
    *("id", "title", "description", "rationale", "impact", "remediation", "compliance", "references", "condition"),
    *("rules", "regex_type", "severity", "snippet", "platforms"),
)
_REQUIREMENT_KEYS = ("title", "description", "condition", "rules", "regex_type")
_SYNTAXES = {"osregex": Syntax.OSREGEX, "pcre2": Syntax.PCRE2, "osmatch": Syntax.OSMATCH}
_CONDITIONS = {each.value: each for each in Condition} | {"any required": Condition.ANY, "all required": Condition.ALL}
_MOST_RULES = 255


class CheckReader:
    """Reads checks and gathers what is wrong with them.

    Attributes:
        native: Whether unknown keys and patterns that are not valid are mistakes, and ids may be texts.
        variables: Name to value.
        problems: All mistakes so far.
        source: The command whose output rules about a configuration are about that do not say otherwise.
        version: The pattern that finds a configuration's version; empty for none.
    """

    def __init__(self, *, native: bool, in_bytes: bool) -> None:
        self.native = native
        self.variables: Mapping[str, str] = {}
        self.problems: list[PolicyProblem] = []
        self.source = ""
        self.version = ""
        self._in_bytes = in_bytes
        self._ids: dict[str, Place] = {}

    def wrong(self, place: Place, problem: str, effect: Effect) -> None:
        """Notes a mistake; one of a native file always costs all of it."""
        effect = Effect.POLICY_SKIPPED if self.native else effect
        self.problems.append(PolicyProblem(place=place, problem=problem, effect=effect))

    def syntax(self, node: Lined, otherwise: Syntax) -> Syntax:
        """What `regex_type` says."""
        written = node.get("regex_type")
        if written is None:
            return otherwise
        found = _SYNTAXES.get(written) if isinstance(written, str) else None
        if found is None:
            problem = f"regex_type: unknown word {written!r}{did_you_mean(str(written), _SYNTAXES)}"
            self.wrong(node.at("regex_type"), problem, Effect.IGNORED)
        return found or otherwise

    def requirement(self, node: Lined, syntax: Syntax) -> Check | None:
        """The section that says whom a policy is for; every mistake in it costs the policy."""
        for key in ("title", "description", "condition"):
            if not node.get(key) and (self.native or key != "description" or key not in node):
                self.wrong(node.at(key), f"requirements: the key {key!r} is missing", Effect.POLICY_SKIPPED)
        if self.native:
            self._strict(node, _REQUIREMENT_KEYS)
        condition = self._condition(node, Effect.POLICY_SKIPPED)
        syntax = self.syntax(node, syntax)
        rules = self._rules(node, syntax)
        if condition is None or not rules:
            return None
        return Check(
            id="requirements",
            title=_text(node, "title"),
            description=_text(node, "description"),
            condition=condition,
            rules=rules,
            place=node.place,
            syntax=syntax,
        )

    def check(self, node: object, place: Place, syntax: Syntax) -> Check | None:
        """A check; None if it is skipped."""
        if not isinstance(node, Lined):
            self.wrong(place, "expected a check: a mapping with id, title, condition and rules", Effect.POLICY_SKIPPED)
            return None
        name = self._id(node)
        syntax = self.syntax(node, syntax)
        rules = self._rules(node, syntax)
        title = _text(node, "title")
        if not title:
            self.wrong(node.place, f"the check {name} has no title", Effect.CHECK_SKIPPED)
        condition = self._condition(node, Effect.CHECK_SKIPPED)
        severity = self._severity(node)
        if self.native:
            self._strict(node, _KEYS)
        if not name or not title or condition is None or not rules:
            return None
        return Check(
            id=name,
            title=title,
            condition=condition,
            rules=rules,
            place=node.place,
            description=_text(node, "description"),
            rationale=_text(node, "rationale"),
            remediation=_text(node, "remediation"),
            impact=_text(node, "impact"),
            snippet=_text(node, "snippet"),
            references=texts_of(node.get("references")),
            compliance=_compliance(node.get("compliance")),
            severity=severity,
            syntax=syntax,
            platforms=words(node.get("platforms")),
        )

    def _id(self, node: Lined) -> str:
        written = node.get("id")
        name = text_of(written) if is_text(written) and not isinstance(written, bool) else ""
        if not name or not (self.native or (name.isascii() and name.removeprefix("-").isdecimal())):
            kind = "id" if self.native else "id that is a number"
            self.wrong(node.at("id"), f"a check has no {kind}", Effect.POLICY_SKIPPED)
            return name
        if name in self._ids:
            problem = f"the check id {name} stands already at {self._ids[name]}"
            self.wrong(node.at("id"), problem, Effect.POLICY_SKIPPED)
        self._ids.setdefault(name, node.at("id"))
        return name

    def _condition(self, node: Lined, effect: Effect) -> Condition | None:
        written = node.get("condition")
        found = _CONDITIONS.get(written) if isinstance(written, str) else None
        if found is None:
            word = "" if written is None else str(written)
            self.wrong(
                node.at("condition"),
                f"condition: unknown word {word!r}{did_you_mean(word, map(str, Condition))}",
                effect,
            )
        return found

    def _severity(self, node: Lined) -> Severity:
        written = node.get("severity", Severity.MEDIUM.value)
        word = written if isinstance(written, str) else str(written)
        if word in set(Severity):
            return Severity(word)
        problem = f"severity: unknown word {word!r}{did_you_mean(word, map(str, Severity))}"
        self.wrong(node.at("severity"), problem, Effect.IGNORED)
        return Severity.MEDIUM

    def _rules(self, node: Lined, syntax: Syntax) -> tuple[PolicyRule, ...]:
        written = node.get("rules")
        if not isinstance(written, LinedList) or not 0 < len(written) <= _MOST_RULES:
            self.wrong(node.at("rules"), f"rules: expected a list of 1 to {_MOST_RULES} rules", Effect.POLICY_SKIPPED)
            return ()
        found: list[PolicyRule] = []
        about = ConfigRuleReader(
            self.source, self.version, lambda place, problem: self.wrong(place, problem, Effect.POLICY_SKIPPED)
        )
        for index, text in enumerate(written):
            place = written.at(index)
            if self.native and isinstance(text, Lined):
                asserted = about.read(text, syntax)
                found.extend(() if asserted is None else (asserted,))
                continue
            if not isinstance(text, str):
                self.wrong(place, "rules: a rule is one text", Effect.POLICY_SKIPPED)
                continue
            try:
                rule = read_rule(text, place, self.variables, in_bytes=self._in_bytes)
            except RuleRefused as error:
                self.wrong(place, str(error), Effect.POLICY_SKIPPED)
                continue
            if self.native:
                for problem in strict_rule_problems(rule):
                    self.wrong(place, problem, Effect.POLICY_SKIPPED)
            self._look_at(rule, syntax)
            found.append(rule)
        return tuple(found)

    def _look_at(self, rule: PolicyRule, syntax: Syntax) -> None:
        """Notes what cannot work: patterns that are not valid, comparisons and arrows that are none."""
        if rule.target is not Target.PROCESS and not rule.terms and "->" in ",".join(rule.locations):
            problem = f"the rule {rule.text!r}: `->` without a blank on both sides is a part of what is asked for"
            self.wrong(rule.place, problem, Effect.RULE_DEAD)
        if rule.name is not None and rule.name.kind is TermKind.REGEX and rule.target is Target.DIRECTORY:
            self._compile(rule.name, Syntax.OSREGEX, rule.place)
        for term in rule.terms:
            if term.kind is TermKind.NUMBER and (term.operator is None or term.number is None):
                problem = f"`n:{term.text}`: no comparison, such as ` compare <= 4`"
                self.wrong(rule.place, problem, Effect.RULE_DEAD)
            if term.kind is not TermKind.LITERAL:
                self._compile(term, syntax, rule.place)

    def _compile(self, term: Term, syntax: Syntax, place: Place) -> None:
        try:
            compile_expression(Expression(text=term.text, syntax=syntax))
        except PatternRefused as error:
            self.wrong(place, f"the pattern `{term.text}`: {error}", Effect.RULE_DEAD)

    def _strict(self, node: Lined, known: tuple[str, ...]) -> None:
        """Notes what only a native file is not forgiven."""
        for problem in strict_problems(node, known):
            self.wrong(problem.place, problem.problem, Effect.POLICY_SKIPPED)


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a text or of a list of them; numbers as YAML writes them."""
    items = value if isinstance(value, LinedList) else [value]
    return tuple(text_of(item) if is_text(item) else str(item) for item in items if isinstance(item, str | int | float))


def words(value: object) -> tuple[str, ...]:
    """Words in lower case, of a list or of a text with commas."""
    return tuple(word.strip().lower() for text in texts_of(value) for word in as_read(text).split(",") if word.strip())


def _text(node: Lined, key: str) -> str:
    value = node.get(key)
    if isinstance(value, float):
        return str(value)
    return text_of(value).strip() if is_text(value) else ""


def _compliance(node: object) -> dict[str, tuple[str, ...]]:
    """Standard to requirement numbers, of a mapping or of a list of mappings."""
    found: dict[str, tuple[str, ...]] = {}
    for part in node if isinstance(node, LinedList) else [node]:
        if isinstance(part, Lined):
            for standard, numbers in part.items():
                found[standard] = (*found.get(standard, ()), *texts_of(numbers))
    return found
