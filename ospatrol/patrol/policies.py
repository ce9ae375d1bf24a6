"""Policies of files and folders: found by what a person calls them, read, and all that is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from ospatrol.collect.command_policy import Refused, allowed
from ospatrol.dialect.rcl import read_rcl
from ospatrol.dialect.rootkit import read_rootkit_files, read_trojans
from ospatrol.dialect.sca import read_sca
from ospatrol.dialect.sca_problem import Effect, PolicyProblem
from ospatrol.model.place import Place
from ospatrol.model.policy import Check, Policy, PolicyRule, Target

SUFFIXES = frozenset({".yml", ".yaml", ".txt"})
"""Of files that may hold policies."""

_LARGEST_BYTES = 32 << 20
_YAML = frozenset({".yml", ".yaml"})
_UNASSESSED = "what needs it is not assessed"


class Language(StrEnum):
    """What a policy file is written in."""

    SCA = "sca"
    RCL = "rcl"
    ROOTKIT_FILES = "rootkit files"
    TROJANS = "rootkit trojans"


class Weight(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """The policy cannot be used."""
    WARNING = "warning"
    """Some of it cannot."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with a policy file.

    Attributes:
        place: Where it stands.
        weight: How much it matters.
        problem: What is wrong, and what comes of it.
    """

    place: Place
    weight: Weight
    problem: str


class PolicyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what it holds.

    Attributes:
        path: As the person named it.
        id: The policy's; of a file without one, the file's name without its suffix.
        language: What it is written in.
        policy: None if it cannot be used, or is a list of rootkits.
        checks: How many there are; of a list of rootkits, its entries.
        rules: How many the checks have.
        problems: In the order of the places.
    """

    path: str
    id: str
    language: Language
    policy: Policy | None = None
    checks: int = 0
    rules: int = 0
    problems: tuple[Told, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether something of it can be used."""
        return all(each.weight is not Weight.ERROR for each in self.problems)

    @property
    def lists_rootkits(self) -> bool:
        """Whether it is a list of rootkits, which is no policy."""
        return self.language in {Language.ROOTKIT_FILES, Language.TROJANS}


def read_policy_file(path: Path, allow: Collection[str] = ()) -> PolicyFile:
    """A file, whatever it is written in; what cannot be read is a problem of it.

    Args:
        path: As the person named it.
        allow: Commands that the workspace allows.
    """
    shown = str(path)
    try:
        text = policy_text(path)
    except OSError as error:
        problem = Told(place=Place(shown), weight=Weight.ERROR, problem=f"cannot be read: {error.strerror or error}")
        return PolicyFile(path=shown, id=path.stem, language=Language.SCA, problems=(problem,))
    match language_of(path.name, text):
        case Language.SCA:
            sca = read_sca(text, shown)
            return _of_policy(path, Language.SCA, sca.policy, sca.problems, allow)
        case Language.RCL:
            rcl = read_rcl(text, shown)
            return _of_policy(path, Language.RCL, rcl.policy, rcl.problems, allow)
        case Language.ROOTKIT_FILES:
            files = read_rootkit_files(text, shown)
            return _of_list(path, Language.ROOTKIT_FILES, len(files.files), files.problems)
        case Language.TROJANS:
            trojans = read_trojans(text, shown)
            return _of_list(path, Language.TROJANS, len(trojans.trojans), trojans.problems)


def policy_text(path: Path) -> str:
    """The text of a file; bytes that are no UTF-8 are surrogates, as the readers of policies want them.

    Raises:
        OSError: it cannot be read, or is far too large for a policy.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise OSError(0, f"more than {_LARGEST_BYTES >> 20} MiB is no policy")
    return content.decode("utf-8", "surrogateescape")


def language_of(name: str, text: str) -> Language:
    """What a file is written in, by its name or else by its first line."""
    if name.lower().endswith((".yml", ".yaml")):
        return Language.SCA
    lines = (line.strip() for line in text.removeprefix("\ufeff").splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    if first.startswith(("[", "$")):
        return Language.RCL
    if re.match(r"\S+\s+!\s", first):
        return Language.ROOTKIT_FILES
    if re.match(r"[^!\s]+\s*!.+!", first):
        return Language.TROJANS
    return Language.RCL if name.lower().endswith(".txt") else Language.SCA


def rules_of(policy: Policy) -> Iterator[tuple[Check, PolicyRule]]:
    """Every rule with its check; the requirement's first."""
    for check in (*((policy.requirement,) if policy.requirement else ()), *policy.checks):
        for rule in check.rules:
            yield check, rule


def refused_commands(policy: Policy, allow: Collection[str] = ()) -> Iterator[tuple[Check, PolicyRule, str]]:
    """Every rule whose command is never sent, and why.

    Args:
        policy: Whose rules.
        allow: Commands that the workspace allows, exact or as globs.
    """
    for check, rule in rules_of(policy):
        if rule.target is Target.COMMAND and rule.terms:
            decision = allowed(rule.locations[0], allow)
            if isinstance(decision, Refused):
                yield check, rule, decision.reason


def files_below(path: Path) -> tuple[Path, ...]:
    """The file itself, or the files of a folder that may hold policies, by name."""
    if not path.is_dir():
        return (path,)
    return tuple(sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file()))


def _of_policy(
    path: Path,
    language: Language,
    policy: Policy | None,
    problems: Iterable[PolicyProblem],
    allow: Collection[str],
) -> PolicyFile:
    told = [_told(each, used=policy is not None) for each in problems]
    if policy is None:
        return PolicyFile(path=str(path), id=path.stem, language=language, problems=tuple(told))
    for _, rule, reason in refused_commands(policy, allow):
        problem = f"the command {rule.locations[0]!r} is never sent: {reason}; {_UNASSESSED}"
        told.append(Told(place=rule.place, weight=Weight.WARNING, problem=problem))
    return PolicyFile(
        path=str(path),
        id=policy.id,
        language=language,
        policy=policy,
        checks=len(policy.checks),
        rules=sum(len(check.rules) for check in policy.checks),
        problems=tuple(sorted(told, key=lambda each: each.place)),
    )


def _of_list(path: Path, language: Language, entries: int, problems: Iterable[PolicyProblem]) -> PolicyFile:
    told = [_told(each, used=True) for each in problems]
    if not entries:
        told.append(Told(place=Place(str(path), 1), weight=Weight.ERROR, problem="it holds no entry"))
    return PolicyFile(
        path=str(path), id=path.stem, language=language, checks=entries, rules=entries, problems=tuple(told)
    )


def _told(problem: PolicyProblem, *, used: bool) -> Told:
    error = problem.effect is Effect.POLICY_SKIPPED or not used
    return Told(
        place=problem.place,
        weight=Weight.ERROR if error else Weight.WARNING,
        problem=f"{problem.problem}; {problem.effect.value}",
    )
