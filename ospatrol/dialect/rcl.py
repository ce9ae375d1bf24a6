"""OSSEC's rootcheck lists: `[name] [condition] [reference]`, and below it what is looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.rcl_rule import read_rule, unreadable_rule
from ospatrol.dialect.sca_problem import Effect, PolicyProblem
from ospatrol.dialect.sca_rule import RuleRefused
from ospatrol.model.pattern import Syntax
from ospatrol.model.place import Place
from ospatrol.model.policy import Check, Condition, Manner, Policy, PolicyRule

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "rcl"

_HEADER = re.compile(r"\[(.*?)\]\s*\[([^\]]*)\]\s*\[(.*)\]\s*")
_MARK = re.compile(r"\{([A-Za-z0-9_.-]+):\s*([^{}]*)\}")
_CONDITIONS = {
    "any": (Condition.ANY, False),
    "all": (Condition.ALL, False),
    "none": (Condition.NONE, False),
    "any required": (Condition.ANY, True),
    "all required": (Condition.ALL, True),
}
_KINDS = (
    ("win_malware", "Windows Malware"),
    ("win_applications", "Application Found"),
    ("win", "Windows Audit"),
)


class RclFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a rootcheck list says.

    Attributes:
        policy: None if it holds no entry.
        problems: What is wrong with it, in the order of the places.
    """

    policy: Policy | None
    problems: tuple[PolicyProblem, ...] = ()


def read_rcl(text: str, path: str) -> RclFile:
    """A rootcheck list as a policy.

    A check fails where what it looks for is found. An entry that is `required` is none that fails: found it passes, and
    not found it ends the file. Ids are made of the names, which RCL has instead.

    Args:
        text: The file, decoded as UTF-8 with `surrogateescape`; what is not UTF-8 is then taken as Latin-1.
        path: As the person named it; its base name is the policy's id.
    """
    reader = _Reader(path)
    raw = text.removeprefix("\ufeff").encode("utf-8", "surrogateescape" if _escaped(text) else "replace")
    for number, line in enumerate(raw.decode("latin-1").split("\n"), 1):
        reader.line(line.strip(" \t\r\v\f"), Place(path, number))
    return reader.ended()


def _escaped(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


class _Entry:
    """An entry on its way."""

    def __init__(self, name: str, written: str, reference: str, place: Place) -> None:
        self.name = name
        self.written = written
        self.reference = reference
        self.place = place
        self.rules: list[PolicyRule] = []


class _Reader:
    """Reads a list line by line; each character is one byte."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = path.replace("\\", "/").rpartition("/")[2]
        self._variables: dict[str, str] = {}
        self._entry: _Entry | None = None
        self._begun = False
        self._checks: list[Check] = []
        self._ids: dict[str, int] = {}
        self._problems: list[PolicyProblem] = []

    def line(self, line: str, place: Place) -> None:
        if not line or line.startswith("#"):
            return
        if line.startswith("["):
            self._close()
            self._begun = True
            self._open(line, place)
        elif line.startswith("$") and not self._begun:
            self._variable(line, place)
        else:
            self._rule(line, place)

    def ended(self) -> RclFile:
        self._close()
        problems = tuple(self._problems)
        if not any(check.rules for check in self._checks):
            problem = PolicyProblem(place=Place(self._path, 1), problem="no entry", effect=Effect.POLICY_SKIPPED)
            return RclFile(policy=None, problems=(*problems, problem))
        name = self._file.removesuffix(".txt")
        policy = Policy(
            id=name,
            name=name,
            file=self._file,
            description=_kind(name),
            manner=Manner.RCL,
            checks=tuple(self._checks),
            place=Place(self._path, 1),
        )
        return RclFile(policy=policy, problems=problems)

    def _open(self, line: str, place: Place) -> None:
        found = _HEADER.fullmatch(line)
        if found is None:
            self._wrong(place, "expected `[name] [condition] [reference]`", Effect.CHECK_SKIPPED)
            self._entry = None
        elif found[2].strip() not in _CONDITIONS:
            self._wrong(place, f"unknown condition {found[2]!r}", Effect.CHECK_SKIPPED)
            self._entry = None
        else:
            self._entry = _Entry(found[1].strip(), found[2].strip(), found[3].strip(), place)

    def _variable(self, line: str, place: Place) -> None:
        name, equals, rest = line.partition("=")
        value, semicolon, _ = rest.partition(";")
        if not equals or not semicolon:
            self._wrong(place, "expected `$name=value;`", Effect.IGNORED)
            return
        self._variables[name.strip()] = value

    def _rule(self, line: str, place: Place) -> None:
        if self._entry is None:
            if not self._begun:
                self._wrong(place, "a rule stands in front of the first entry", Effect.IGNORED)
            return
        try:
            self._entry.rules.append(read_rule(line, place, self._variables))
        except RuleRefused as error:
            self._wrong(place, str(error), Effect.RULE_DEAD)
            self._entry.rules.append(unreadable_rule(line, place))

    def _close(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        if not entry.rules:
            self._wrong(entry.place, f"the entry {_text(entry.name)!r} has no rules", Effect.NEVER_APPLIES)
        condition, required = _CONDITIONS[entry.written]
        reference = _text(entry.reference)
        self._checks.append(
            Check(
                id=self._id(_text(entry.name)),
                title=_text(entry.name),
                condition=condition,
                rules=tuple(entry.rules),
                place=entry.place,
                description=_kind(self._file),
                references=(reference,) if reference else (),
                compliance=_compliance(_text(entry.name)),
                syntax=Syntax.OSSEC_REGEX,
                found_is_bad=not required,
                ends_file=required,
            )
        )

    def _id(self, name: str) -> str:
        words = "-".join(re.findall(r"[a-z0-9.]+", _MARK.sub("", name).lower())) or "entry"
        self._ids[words] = count = self._ids.get(words, 0) + 1
        return words if count == 1 else f"{words}-{count}"

    def _wrong(self, place: Place, problem: str, effect: Effect) -> None:
        self._problems.append(PolicyProblem(place=place, problem=problem, effect=effect))


def _text(raw: str) -> str:
    """Text for people, of bytes."""
    try:
        return raw.encode("latin-1").decode()
    except UnicodeError:
        return raw


def _kind(name: str) -> str:
    """With what words OSSEC reports what a list finds."""
    return next((kind for prefix, kind in _KINDS if name.startswith(prefix) or f"_{prefix}" in name), "System Audit")


def _compliance(name: str) -> Mapping[str, tuple[str, ...]]:
    """The marks in a name, such as `{PCI_DSS: 2.2.4}`."""
    found: dict[str, tuple[str, ...]] = {}
    for standard, numbers in _MARK.findall(name):
        wanted = tuple(number.strip() for number in numbers.split(",") if number.strip())
        found[standard.lower()] = (*found.get(standard.lower(), ()), *wanted)
    return found
