"""One rule of a native policy about the configuration of a device: a mapping such as `has: '^aaa new-model$'`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.native_words import all_texts, as_read, is_text, texts
from ospatrol.dialect.sca_config_words import VERSION_CASE, read_bounds, read_meaning, read_version_bound
from ospatrol.load.fields import did_you_mean, unknown_keys
from ospatrol.load.yaml import Lined
from ospatrol.model.assertion import ANY_DEPTH, Assertion, Meaning, VersionCase
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.policy import PolicyRule, Target
from ospatrol.pattern.compiled import Pattern, PatternRefused, compile_expression

if TYPE_CHECKING:
    from collections.abc import Callable

    from ospatrol.model.assertion import Bound
    from ospatrol.model.errors import ConfigError
    from ospatrol.model.place import Place

_PATTERNS = ("when", "when_no", "except", "unless", "has", "lacks", "is", "is_not", "beside", "not_beside", "undecided")
_FIELDS = {"except": "besides", "is": "itself", "is_not": "itself_not"}
_PATHS = ("each", "within")
_KEYS = ("source", *_PATTERNS, *_PATHS, "at_least", "anywhere", "number", "absent", "none")
_ASSERTS = ("has", "lacks", "is", "is_not", "beside", "not_beside")
_FOR_EACH = ("except", "unless", "is", "is_not", "beside", "not_beside", "undecided")
_FILLED_IN = frozenset({"unless", "has", "lacks", "beside", "not_beside"})
_GROUP = re.compile(r"%([1-9])", re.ASCII)
_DEEPEST_PATH = 8
_MOST_LINES = 1000
_LONGEST_TEXT = 400


class ConfigRuleReader:
    """Reads rules and tells what is wrong with them.

    Args:
        source: The command whose output rules are about that do not say otherwise; empty if they must.
        version: A pattern that finds the version; empty for none.
        wrong: Is told every mistake, with its place.
    """

    def __init__(self, source: str, version: str, wrong: Callable[[Place, str], None]) -> None:
        self._source = source
        self._version = version
        self._wrong = wrong
        self._mistakes = 0

    def read(self, node: Lined, syntax: Syntax) -> PolicyRule | None:
        """A rule; None if something is wrong with it."""
        self._mistakes = 0
        problems: list[ConfigError] = []
        unknown_keys(node, _KEYS, problems)
        for problem in problems:
            self._mistake(problem.place, problem.problem)
        said = self._patterns(node, syntax)
        number = self._number(node, said, syntax)
        absent, cases = self._absent(node, number)
        none = self._meaning(node, "none") if "none" in node else None
        at_least, anywhere = self._at_least(node), self._truth(node, "anywhere")
        source = self._text(node, "source") or self._source
        if not source:
            self._mistake(
                node.place, "say `source:`, the command whose output is meant, here or as `config:` of the policy"
            )
        self._fits(node)
        if self._mistakes:
            return None
        assertion = Assertion(
            source=source,
            syntax=syntax,
            version=self._version,
            each=self._path(node, "each"),
            within=self._path(node, "within"),
            at_least=at_least,
            anywhere=anywhere,
            number=number,
            absent=absent,
            absent_by_version=cases,
            none=none,
        )
        assertion = msgspec.structs.replace(assertion, **{_FIELDS.get(key, key): text for key, text in said.items()})
        return PolicyRule(
            text=_shown(node), target=Target.CONFIG, locations=(source,), place=node.place, assertion=assertion
        )

    def _mistake(self, place: Place, problem: str) -> None:
        self._mistakes += 1
        self._wrong(place, problem)

    def _text(self, node: Lined, key: str) -> str:
        value = node.get(key)
        if value is None and key not in node:
            return ""
        if isinstance(value, str) and value:
            return as_read(value)
        self._mistake(node.at(key), f"{key}: expected a text")
        return ""

    def _path(self, node: Lined, key: str) -> tuple[str, ...]:
        return tuple(map(as_read, texts(node[key]))) if key in node else ()

    def _patterns(self, node: Lined, syntax: Syntax) -> dict[str, str]:
        """The patterns by their keys; each is looked at."""
        last: Pattern | None = None
        for key in _PATHS:
            if key not in node:
                continue
            if not all_texts(node[key]) or not 0 < len(self._path(node, key)) <= _DEEPEST_PATH:
                self._mistake(
                    node.at(key), f"{key}: expected a pattern, or a list of 1 to {_DEEPEST_PATH} from outside in"
                )
                continue
            path = self._path(node, key)
            if path[-1] == ANY_DEPTH or path.count(ANY_DEPTH) > 1:
                self._mistake(node.at(key), f"{key}: `{ANY_DEPTH}` stands once, and not at the end")
            for text in path:
                if text == ANY_DEPTH:
                    continue
                found = self._compiled(node.at(key), text, syntax)
                last = found if key == "each" else last
        said = {key: self._text(node, key) for key in _PATTERNS}
        for key, text in said.items():
            if text:
                self._compiled(node.at(key), self._filled_in(node, key, text, last), syntax)
        return said

    def _filled_in(self, node: Lined, key: str, text: str, last: Pattern | None) -> str:
        """A pattern with a word for each `%1`, so that it can be looked at."""
        if key not in _FILLED_IN or "each" not in node:
            return text
        groups = last.groups if last is not None else 9
        for number in {int(found) for found in _GROUP.findall(text)}:
            if number > groups:
                self._mistake(node.at(key), f"{key}: `%{number}`, but the last pattern of `each` has {groups} groups")
        return _GROUP.sub("x", text)

    def _compiled(self, place: Place, text: str, syntax: Syntax) -> Pattern | None:
        try:
            return compile_expression(Expression(text=text, syntax=syntax))
        except PatternRefused as error:
            self._mistake(place, f"the pattern `{text}`: {error}")
            return None

    def _number(self, node: Lined, said: dict[str, str], syntax: Syntax) -> tuple[Bound, ...]:
        if "number" not in node:
            return ()
        bounds = read_bounds(node["number"])
        if bounds is None:
            self._mistake(node.at("number"), "number: expected such as '<= 10', '>= 14' or '1..10'")
            return ()
        text = _GROUP.sub("x", said["has"] or said["is"])
        try:
            groups = compile_expression(Expression(text=text, syntax=syntax)).groups if text else 0
        except PatternRefused:
            return ()  # said already
        if not groups:
            self._mistake(node.at("number"), "number: needs `has` or `is` with a group that finds it, such as `(\\d+)`")
        return bounds

    def _absent(self, node: Lined, number: tuple[Bound, ...]) -> tuple[Meaning | int, tuple[VersionCase, ...]]:
        written = node.get("absent", Meaning.FAIL.value)
        if isinstance(written, int) and not isinstance(written, bool):
            if not number:
                self._mistake(node.at("absent"), "absent: a number needs `number`, with which it is compared")
            return written, ()
        if not isinstance(written, Lined):
            return self._meaning(node, "absent"), ()
        if not self._version:
            self._mistake(node.at("absent"), "absent: versions need `version:` of the policy, which finds them")
        cases: list[VersionCase] = []
        for key in written:
            bound = read_version_bound(key)
            if bound is None:
                self._mistake(written.at(key), f"absent: expected {VERSION_CASE}, not {key!r}")
            else:
                cases.append(VersionCase(bound=bound, meaning=self._meaning(written, key)))
        return Meaning.FAIL, tuple(cases)

    def _meaning(self, node: Lined, key: str) -> Meaning:
        written = node.get(key, Meaning.FAIL.value)
        found = read_meaning(written)
        if found is None:
            self._mistake(
                node.at(key), f"{key}: unknown word {str(written)!r}{did_you_mean(str(written), map(str, Meaning))}"
            )
        return found or Meaning.FAIL

    def _at_least(self, node: Lined) -> int:
        written = node.get("at_least", 1)
        if isinstance(written, int) and not isinstance(written, bool) and 0 < written <= _MOST_LINES:
            return written
        self._mistake(node.at("at_least"), f"at_least: expected a number from 1 to {_MOST_LINES}")
        return 1

    def _truth(self, node: Lined, key: str) -> bool:
        written = node.get(key, False)
        if not isinstance(written, bool):
            self._mistake(node.at(key), f"{key}: expected true or false")
        return written is True

    def _fits(self, node: Lined) -> None:
        """Notes keys that mean nothing without others."""
        if not any(key in node for key in _ASSERTS):
            self._mistake(node.place, f"a rule about a configuration says one of {', '.join(_ASSERTS)}")
        if "each" in node and "within" in node:
            self._mistake(node.at("within"), "within: not beside `each`; write one path")
        if "each" not in node:
            for key in _FOR_EACH:
                if key in node:
                    self._mistake(node.at(key), f"{key}: only beside `each`")
        if "none" in node and not any(key in node for key in _PATHS):
            self._mistake(node.at("none"), "none: only beside `each` or `within`")
        if "has" not in node:
            for key in ("at_least", "absent"):
                if key in node:
                    self._mistake(node.at(key), f"{key}: only beside `has`")


def _shown(node: Lined) -> str:
    """A rule in one line, as it was written."""
    parts = [f"{key}: {' > '.join(texts(node[key])) if all_texts(node[key]) else _cases(node[key])}" for key in node]
    text = "; ".join(parts)
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 3]}..."


def _cases(value: object) -> str:
    """What absence means, version by version."""
    cases = value.items() if isinstance(value, Lined) else ()
    return ", ".join(f"{key}: {item}" for key, item in cases if is_text(item))
