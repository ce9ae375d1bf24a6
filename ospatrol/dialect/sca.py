"""Security Configuration Assessment policies: Wazuh's YAML, and OSPatrol's own, which has some more keys."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from ospatrol.dialect.sca_check import NATIVE_KEYS, CheckReader, texts_of, words
from ospatrol.dialect.sca_problem import Effect, PolicyProblem
from ospatrol.load.fields import unknown_keys
from ospatrol.load.yaml import Flavour, Lined, LinedList, read_yaml
from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.policy import Check, Manner, Policy, Target
from ospatrol.pattern.compiled import PatternRefused, compile_expression

NAME = "sca"

_UTF_16 = ("\udcff\udcfe", "\udcfe\udcff")
_FILE_KEYS = ("policy", "requirements", "variables", "checks")
_POLICY_KEYS = ("id", "file", "name", "description", "references", "regex_type", "platforms", "config", "version")


class ScaFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy file says.

    Attributes:
        policy: None if all of it is skipped.
        problems: What is wrong with it, in the order of the places.
    """

    policy: Policy | None
    problems: tuple[PolicyProblem, ...] = ()


def read_sca(text: str, path: str, *, manner: Manner | None = None, syntax: Syntax = Syntax.OSREGEX) -> ScaFile:
    """A policy, as far as it can be used, and everything that is wrong with it.

    Of a file of Wazuh's is skipped what Wazuh skips, and keys that are not known are nobody's business. A native file
    is used whole or not at all.

    Args:
        text: The file, decoded as UTF-8 with `surrogateescape`: what is not UTF-8 is then taken as Latin-1.
        path: As the person named it.
        manner: SCA or NATIVE; None to tell by the keys: a file is native if its policy names `platforms`, or one of its
            checks has a `severity`, a `snippet` or `platforms`.
        syntax: Of regular expressions where neither check nor policy says a `regex_type`; `OSSEC_PCRE2` reads them as
            Wazuh 5 does, `OSREGEX` as Wazuh 4.
    """
    shown, in_bytes = _decoded(text)
    forgiven: ConfigError | None = None
    try:
        try:
            node: object = read_yaml(shown, path)
        except ConfigError as error:
            node, forgiven = read_yaml(shown, path, flavour=Flavour.FORGIVING), error
    except ConfigError as error:
        problem = PolicyProblem(place=error.place, problem=error.problem, effect=Effect.POLICY_SKIPPED)
        return ScaFile(policy=None, problems=(problem,))
    if not isinstance(node, Lined):
        problem = PolicyProblem(
            place=Place(path, 1), problem="expected a mapping with policy and checks", effect=Effect.POLICY_SKIPPED
        )
        return ScaFile(policy=None, problems=(problem,))
    native = _is_native(node) if manner is None else manner is Manner.NATIVE
    checks = CheckReader(native=native, in_bytes=in_bytes)
    if forgiven is not None:
        checks.wrong(forgiven.place, forgiven.problem, Effect.IGNORED)
    return _Reader(node, checks, syntax).read()


def _decoded(text: str) -> tuple[str, bool]:
    """The text, and whether each of its characters is one byte because it was no UTF-8."""
    if text.startswith(_UTF_16):
        with suppress(UnicodeEncodeError):
            text = text.encode("utf-8", "surrogateescape").decode("utf-16", "replace")
    text = text.removeprefix("\ufeff")
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return text.encode("utf-8", "surrogateescape").decode("latin-1"), True
        except UnicodeEncodeError:
            return text.encode("utf-8", "replace").decode(), False
    return text, False


def _is_native(node: Lined) -> bool:
    policy, checks = node.get("policy"), node.get("checks")
    if isinstance(policy, Lined) and "platforms" in policy:
        return True
    return isinstance(checks, LinedList) and any(
        isinstance(check, Lined) and not NATIVE_KEYS.isdisjoint(check) for check in checks
    )


class _Reader:
    """Reads one file; each mistake is noted with what comes of it."""

    def __init__(self, node: Lined, checks: CheckReader, syntax: Syntax) -> None:
        self._node = node
        self._checks = checks
        self._syntax = syntax

    def read(self) -> ScaFile:
        node, reader = self._node, self._checks
        head = node.get("policy")
        if not isinstance(head, Lined):
            reader.wrong(node.at("policy"), "the key 'policy' with a mapping is missing", Effect.POLICY_SKIPPED)
            head = Lined(node.at("policy"))
        reader.variables = self._variables(node.get("variables"), node.at("variables"))
        syntax = reader.syntax(head, self._syntax)
        self._about_configurations(head, syntax)
        file = head.get("file", node.place.path.rpartition("/")[2]) if reader.native else head.get("file")
        said = {key: self._said(head, key, file if key == "file" else head.get(key)) for key in _POLICY_KEYS[:4]}
        requirement = self._requirement(syntax)
        checks = self._all_checks(syntax)
        if reader.native:
            self._unknown(node, _FILE_KEYS)
            self._unknown(head, _POLICY_KEYS)
        self._of_one_sort(checks if requirement is None else (requirement, *checks))
        problems = tuple(sorted(reader.problems, key=lambda problem: problem.place))
        if any(problem.effect is Effect.POLICY_SKIPPED for problem in problems) or (reader.native and problems):
            return ScaFile(policy=None, problems=problems)
        policy = Policy(
            id=said["id"],
            name=said["name"],
            file=said["file"],
            description=said["description"],
            manner=Manner.NATIVE if reader.native else Manner.SCA,
            checks=checks,
            place=head.place,
            requirement=requirement,
            references=texts_of(head.get("references")),
            platforms=words(head.get("platforms")),
        )
        return ScaFile(policy=policy, problems=problems)

    def _said(self, head: Lined, key: str, value: object) -> str:
        if isinstance(value, str) and value:
            return value
        if key == "description" and key in head and (value is None or value == "") and not self._checks.native:
            return ""
        self._checks.wrong(head.at(key), f"policy: the key {key!r} with a text is missing", Effect.POLICY_SKIPPED)
        return ""

    def _about_configurations(self, head: Lined, syntax: Syntax) -> None:
        """What rules about configurations need to know of the policy; only a native file has such rules."""
        reader = self._checks
        if not reader.native:
            return
        for key in ("config", "version"):
            value = head.get(key, "")
            if not isinstance(value, str) or (key in head and not value):
                reader.wrong(head.at(key), f"{key}: expected a text", Effect.POLICY_SKIPPED)
            elif key == "config":
                reader.source = value
            elif value:
                reader.version = self._version(head, value, syntax)

    def _version(self, head: Lined, text: str, syntax: Syntax) -> str:
        try:
            groups = compile_expression(Expression(text=text, syntax=syntax)).groups
        except PatternRefused as error:
            self._checks.wrong(head.at("version"), f"the pattern `{text}`: {error}", Effect.POLICY_SKIPPED)
            return ""
        if not groups:
            problem = "version: needs a group that finds the version, such as `^version (\\S+)`"
            self._checks.wrong(head.at("version"), problem, Effect.POLICY_SKIPPED)
        return text

    def _of_one_sort(self, checks: tuple[Check, ...]) -> None:
        """A device has no files and a host no configuration: a policy is for the one or for the other."""
        rules = [rule for check in checks for rule in check.rules]
        about = [rule.target is Target.CONFIG for rule in rules]
        if any(about) and not all(about):
            odd = rules[about.index(not about[0])]
            problem = "a policy whose rules are about the configuration of a device has no other rules"
            self._checks.wrong(odd.place, problem, Effect.POLICY_SKIPPED)

    def _variables(self, node: object, place: Place) -> dict[str, str]:
        found: dict[str, str] = {}
        if node is None:
            return found
        if not isinstance(node, Lined):
            self._checks.wrong(place, "variables: expected a mapping of names to values", Effect.POLICY_SKIPPED)
            return found
        for name, value in node.items():
            if not name.startswith("$") or len(name) == 1:
                self._checks.wrong(node.at(name), f"the variable {name!r} must begin with $", Effect.POLICY_SKIPPED)
            elif value is None or isinstance(value, str | int | float):
                found[name] = "" if value is None else str(value)
            else:
                self._checks.wrong(node.at(name), f"the variable {name!r} needs a text", Effect.POLICY_SKIPPED)
        return found

    def _requirement(self, syntax: Syntax) -> Check | None:
        node = self._node.get("requirements")
        if "requirements" not in self._node:
            return None
        if not isinstance(node, Lined):
            place = self._node.at("requirements")
            self._checks.wrong(place, "requirements: expected a mapping with rules", Effect.POLICY_SKIPPED)
            return None
        return self._checks.requirement(node, syntax)

    def _all_checks(self, syntax: Syntax) -> tuple[Check, ...]:
        node = self._node.get("checks")
        if not isinstance(node, LinedList) or not node:
            self._checks.wrong(
                self._node.at("checks"), "the key 'checks' with a list is missing", Effect.POLICY_SKIPPED
            )
            return ()
        found: list[Check] = []
        for index, written in enumerate(node):
            check = self._checks.check(written, node.at(index), syntax)
            if check is not None:
                found.append(check)
        return tuple(found)

    def _unknown(self, node: Lined, known: tuple[str, ...]) -> None:
        problems: list[ConfigError] = []
        unknown_keys(node, known, problems)
        for problem in problems:
            self._checks.wrong(problem.place, problem.problem, Effect.POLICY_SKIPPED)
