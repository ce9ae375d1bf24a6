"""The rules that judge: those that ship, and those of folders and files in any dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ospatrol.engine.rulebook import Foreign, Rulebook, read_rulebook
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.problem import Problem
from ospatrol.patrol.content import content_folder

_SIGMA = re.compile(r"^(?:detection|correlation|filter):", re.MULTILINE)
_NATIVE = re.compile(r"^(?:rules|decoders|fields|lists):", re.MULTILINE)
_YAML = frozenset({".yml", ".yaml"})


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Rule files by dialect.

    Attributes:
        folders: With OSSEC or Wazuh content.
        native: Path as the person named it, and text.
        sigma: Likewise.
    """

    folders: tuple[Path, ...] = ()
    native: tuple[tuple[str, str], ...] = ()
    sigma: tuple[tuple[str, str], ...] = ()


def open_rulebook(own: Iterable[str]) -> Rulebook:
    """The shipped rules, then those of a workspace's files and folders.

    Args:
        own: Paths; one that does not exist is passed over, as the default `rules/` may.

    Raises:
        ConfigErrors: every mistake in them.
        UsageError: Sigma rules are among them, and pySigma is not installed.
    """
    return read_sources(find_sources([content_folder("rules"), *(Path(each) for each in own)]))[0]


def find_sources(paths: Iterable[Path]) -> Sources:
    """The rule files of some files and folders, by dialect; what does not exist is passed over.

    A folder with `decoder.xml`, `decoders/*.xml`, `rules/*.xml`, `*rules.xml` or `*decoders.xml` is one of OSSEC or
    Wazuh; so are those right below one that is not. YAML is Sigma where it has a detection or a correlation.
    """
    folders: dict[Path, Path] = {}
    native: dict[Path, tuple[str, str]] = {}
    sigma: dict[Path, tuple[str, str]] = {}
    for path in paths:
        folders |= {folder.resolve(): folder for folder in _xml_folders(path)}
        for file in _yaml_files(path):
            text = _text(file)
            chosen = sigma if _SIGMA.search(text) and not _NATIVE.search(text) else native
            chosen[file.resolve()] = str(file), text  # a file may be named beside the folder that holds it
    return Sources(folders=tuple(folders.values()), native=tuple(native.values()), sigma=tuple(sigma.values()))


def read_sources(
    sources: Sources, semantics: Semantics | None = None, *, lenient: bool = False
) -> tuple[Rulebook, tuple[Problem, ...]]:
    """All of some files together, and what of them was left out.

    Args:
        sources: See `find_sources`.
        semantics: Whose content the folders hold; None to find out.
        lenient: Whether what the originals would refuse is left out, not an error.

    Raises:
        ConfigErrors: every mistake.
        UsageError: Sigma rules are among them, and pySigma is not installed.
    """
    told: list[Problem] = []
    foreign = Foreign()
    if sources.folders:
        from ospatrol.patrol.log_rules import read_folders, semantics_of  # noqa: PLC0415 - a scan needs no XML

        read = read_folders(sources.folders, semantics or semantics_of(sources.folders), lenient=lenient)
        told += read.problems
        foreign = Foreign(rules=read.rules, decoders=read.decoders, lists=read.lists, semantics=read.semantics)
    if sources.sigma:
        foreign = _with_sigma(foreign, sources.sigma, told, lenient=lenient)
    return read_rulebook(sources.native, foreign), tuple(told)


def _with_sigma(foreign: Foreign, files: Sequence[tuple[str, str]], told: list[Problem], *, lenient: bool) -> Foreign:
    from ospatrol.dialect.sigma import read_sigma  # noqa: PLC0415 - an optional extra

    read = read_sigma(files)
    if read.problems and not lenient:
        raise ConfigErrors(read.problems)
    told += [Problem(place=each.place, problem=each.problem) for each in read.problems]
    told += [
        Problem(place=each.place, problem=f"{each.title}: not loaded: {each.reason}", fatal=False)
        for each in read.skipped
    ]
    return msgspec.structs.replace(foreign, rules=(*foreign.rules, *read.rules))


def _xml_folders(path: Path) -> list[Path]:
    if not path.is_dir():
        return []
    return [path] if _has_xml(path) else sorted(each for each in path.iterdir() if each.is_dir() and _has_xml(each))


def _has_xml(folder: Path) -> bool:
    patterns = ("decoder.xml", "decoders/*.xml", "rules/*.xml", "*rules.xml", "*decoders.xml")
    return any(any(folder.glob(pattern)) for pattern in patterns)


def _yaml_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    rulesets = _xml_folders(path)
    return sorted(
        each for each in path.rglob("*") if each.suffix in _YAML and each.is_file() and not _is_beside(each, rulesets)
    )


def _is_beside(file: Path, rulesets: Iterable[Path]) -> bool:
    """Whether a file lies deep in a ruleset of XML, where YAML is no rules: policies, say."""
    return any(ruleset in file.parents and file.parent not in {ruleset, ruleset / "rules"} for ruleset in rulesets)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigErrors([ConfigError(Place(str(file)), f"cannot be read: {error}")]) from error
