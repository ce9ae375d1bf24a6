"""Which policies a person means: by id, by file, or all that ship and fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from ospatrol.dialect.sca_problem import doubled_ids
from ospatrol.load.fields import did_you_mean
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.policy import Policy
from ospatrol.patrol.content import content_folder
from ospatrol.patrol.policies import (
    SUFFIXES,
    PolicyFile,
    Weight,
    files_below,
    policy_text,
    read_policy_file,
)
from ospatrol.report.compliance_text import plain

AUTO = "auto"
"""Stands for all policies that ship; those whose requirement a host does not meet are left out."""

_NAME = re.compile(r"[\w.+-]+", re.ASCII)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What the words of a command line mean.

    Attributes:
        policies: Each once, in the order of the words.
        hosts: Words that mean hosts.
        auto: Whether nobody named a policy, so that they choose themselves.
    """

    policies: tuple[Policy, ...]
    hosts: tuple[str, ...]
    auto: bool = False


class PolicyLibrary:
    """The policies that ship, and those of a workspace.

    Args:
        own: The workspace's folder of policies; it need not exist.
        allow: Commands that the workspace allows.
    """

    def __init__(self, own: Path = Path("checks"), allow: Collection[str] = ()) -> None:
        self._own = own
        self._allow = allow
        self._read: dict[Path, PolicyFile] = {}

    @cached_property
    def shipped(self) -> tuple[Path, ...]:
        """The files that ship."""
        return tuple(path for path in files_below(content_folder("checks")) if path.suffix in SUFFIXES)

    @cached_property
    def own(self) -> tuple[Path, ...]:
        """The workspace's files, but for those that ship."""
        if not self._own.is_dir():
            return ()
        shipped = {path.resolve() for path in self.shipped}
        return tuple(path for path in files_below(self._own) if path.resolve() not in shipped)

    def file(self, path: Path) -> PolicyFile:
        """A file, read once."""
        key = path.resolve()
        if key not in self._read:
            self._read[key] = _as_it_is(path, tuple(self._allow))
        return self._read[key]

    def everything(self) -> tuple[PolicyFile, ...]:
        """All that ships, then all of the workspace."""
        return tuple(self.file(path) for path in (*self.shipped, *self.own))

    def find(self, word: str) -> tuple[PolicyFile, ...]:
        """The files that a word means: a path, a file's name with or without its suffix, or a policy's id; or none.

        Of a folder, lists of rootkits are no policies.
        """
        if word == AUTO:
            return tuple(self.file(path) for path in self.shipped)
        path = Path(word)
        if path.is_file():
            return (self.file(path),)
        if path.is_dir():
            return tuple(each for each in map(self.file, files_below(path)) if not each.lists_rootkits)
        if not _NAME.fullmatch(word):
            return ()
        known = (*self.own, *self.shipped)
        named = [each for each in known if word in {each.stem, each.name}]
        if named:
            return (self.file(named[0]),)
        mention = re.compile(rf"\bid\s*:\s*[\"']?{re.escape(word)}\b")
        return tuple(each for each in map(self.file, _mentioning(known, mention)) if each.id == word)[:1]

    def choose(self, words: Iterable[str], policies: Sequence[str] = ()) -> Chosen:
        """Policies and hosts of a command line.

        Args:
            words: Each means a policy if there is one of that name, else hosts.
            policies: What was named as a policy.

        Raises:
            ConfigErrors: a policy cannot be used, or two have the same id.
            UsageError: there is no such policy, or it is a list of rootkits.
        """
        files: dict[str, PolicyFile] = {}
        hosts: list[str] = []
        for word in words:
            found = self.find(word)
            if not found and Path(word).suffix in SUFFIXES:
                raise UsageError(f"{word}: no such policy; `ospatrol policy list` shows them")
            files |= {each.path: each for each in found}
            hosts += [] if found else [word]
        for word in policies:
            found = self.find(word)
            if not found:
                near = did_you_mean(word, [path.stem for path in (*self.own, *self.shipped)])
                hint = near if "did you mean" in near else "; `ospatrol policy list` shows them"
                raise UsageError(f"no policy {word!r}{hint}")
            files |= {each.path: each for each in found}
        auto = not files or (AUTO in {*words, *policies} and len(files) == len(self.find(AUTO)))
        return Chosen(policies=usable(files.values() or self.find(AUTO)), hosts=tuple(hosts), auto=auto)


def _as_it_is(path: Path, allow: tuple[str, ...]) -> PolicyFile:
    """A file; one that did not change since this process read it is not read again."""
    try:
        now = path.stat()
    except OSError:
        return read_policy_file(path, allow)
    return _read(path, allow, (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size))


@lru_cache(maxsize=256)
def _read(path: Path, allow: tuple[str, ...], _stamp: tuple[int, ...]) -> PolicyFile:
    return read_policy_file(path, allow)


def usable(files: Iterable[PolicyFile]) -> tuple[Policy, ...]:
    """The policies of some files.

    Raises:
        ConfigErrors: one cannot be used, or two have the same id.
        UsageError: one is a list of rootkits.
    """
    policies: list[Policy] = []
    problems: list[ConfigError] = []
    for each in files:
        problems += [
            ConfigError(told.place, plain(told.problem)) for told in each.problems if told.weight is Weight.ERROR
        ]
        if each.policy is not None:
            policies.append(each.policy)
        elif each.lists_rootkits:
            raise UsageError(f"{each.path}: a list of rootkits is no policy; `ospatrol policy check` reads it")
    problems += [each.error() for each in doubled_ids(policies) if each.place in {one.place for one in policies}]
    if problems:
        raise ConfigErrors(problems)
    return tuple(policies)


def _mentioning(paths: Iterable[Path], mention: re.Pattern[str]) -> list[Path]:
    found = []
    for path in paths:
        try:
            text = policy_text(path)
        except OSError:
            continue
        if mention.search(text):
            found.append(path)
    return found
