"""Decoders, rules and lists of OSSEC or Wazuh, read from the folders that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from ospatrol.dialect.ossec_decoders import read_decoders
from ospatrol.dialect.ossec_lists import read_list
from ospatrol.dialect.ossec_order import order_files
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.model.decoder import Decoder, Semantics
from ospatrol.model.errors import ConfigError, ConfigErrors, UsageError
from ospatrol.model.pattern import Expression
from ospatrol.model.place import Place
from ospatrol.model.problem import Problem
from ospatrol.model.rule import Rule
from ospatrol.patrol.rule_cache import keep, kept, key_of
from ospatrol.pattern.compiled import PatternRefused, compile_expression

_LISTS = "lists"


class LogRules(msgspec.Struct, frozen=True, kw_only=True):
    """What some folders say together.

    Attributes:
        semantics: Whose content it is.
        decoders: In the order in which the original loads them.
        rules: Likewise.
        lists: By each name that rules may use.
        problems: What the original would skip with a warning, or refuse.
    """

    semantics: Semantics
    decoders: tuple[Decoder, ...]
    rules: tuple[Rule, ...]
    lists: Mapping[str, Mapping[str, str]]
    problems: tuple[Problem, ...]


def semantics_of(folders: Sequence[Path]) -> Semantics:
    """Whose content some folders hold: OSSEC keeps all decoders in one file `decoder.xml`."""
    return Semantics.OSSEC if any((each / "decoder.xml").is_file() for each in folders) else Semantics.WAZUH


def read_folders(folders: Sequence[Path], semantics: Semantics, *, lenient: bool = False) -> LogRules:
    """All that some folders hold, loaded together as the original would.

    A folder has `rules/`, `decoders/` or `decoder.xml`, and perhaps `lists/`; or the files `*rules.xml` and
    `*decoders.xml` themselves.

    Args:
        folders: In any order; a folder named twice counts once.
        semantics: Whose they are.
        lenient: Whether what the original refuses is left out, not an error.

    Raises:
        UsageError: a folder is none, or none of them holds rules.
        ConfigErrors: every mistake for which the original would not start.
    """
    once: dict[Path, Path] = {}
    for given in folders:
        if not given.is_dir():
            raise UsageError(f"{given}: no such folder")
        once.setdefault(given.resolve(), given)
    found = _read(tuple(once.values()), semantics)
    fatal = [problem for problem in found.problems if problem.fatal]
    if fatal and not lenient:
        raise ConfigErrors([ConfigError(each.place, each.problem) for each in fatal])
    if not found.rules:
        raise UsageError(f"{', '.join(map(str, folders))}: no rules; expected rules/*.xml and decoders/*.xml in it")
    return found


def _read(folders: Sequence[Path], semantics: Semantics) -> LogRules:
    decoder_files = _texts([file for each in folders for file in _decoder_files(each)])
    rule_files = _texts([file for each in folders for file in _rule_files(each)])
    list_files = [(name, file, _text(file)) for each in folders for name, file in _lists(each)]
    counts = (str(len(decoder_files)), str(len(rule_files)))  # what is a decoder's file in one folder may be a rule's
    written = [semantics, *counts, *(part for pair in (*decoder_files.items(), *rule_files.items()) for part in pair)]
    key = key_of([*written, *(part for name, _, text in list_files for part in (name, text))])
    known = kept(key, LogRules)
    if known is not None:
        return known
    lists = {name: read_list(text, semantics) for name, _, text in list_files}
    decoders = read_decoders(_ordered(decoder_files, semantics), semantics, check_pattern=refusal)
    rules = read_rules(
        _ordered(rule_files, semantics),
        semantics,
        decoder_names=decoders.names,
        lists=frozenset(lists),
        check_pattern=refusal,
    )
    read = LogRules(
        semantics=semantics,
        decoders=decoders.decoders,
        rules=rules.rules,
        lists=lists,
        problems=(*decoders.problems, *rules.problems),
    )
    keep(key, read)
    return read


def refusal(expression: Expression) -> str | None:
    """Why a pattern cannot be used; None if it can."""
    try:
        compile_expression(expression)
    except PatternRefused as refused:
        return str(refused)
    return None


def _texts(files: Sequence[Path]) -> dict[str, str]:
    return {str(file): _text(file) for file in files}


def _ordered(texts: Mapping[str, str], semantics: Semantics) -> list[tuple[str, str]]:
    """Path and text of each file, in the order in which the original loads them."""
    return [(name, texts[name]) for name in order_files(texts, semantics, texts=texts)]


def _decoder_files(folder: Path) -> Iterable[Path]:
    single = [folder / name for name in ("decoder.xml", "local_decoder.xml") if (folder / name).is_file()]
    inner = folder / "decoders"
    return single + sorted(inner.glob("*.xml") if inner.is_dir() else folder.glob("*decoders.xml"))


def _rule_files(folder: Path) -> Iterable[Path]:
    inner = folder / "rules"
    return sorted(inner.glob("*.xml") if inner.is_dir() else folder.glob("*rules.xml"))


def _lists(folder: Path) -> Iterable[tuple[str, Path]]:
    """Each list with the names that rules may use: `etc/lists/NAME`, `lists/NAME` and `NAME`."""
    inner = folder / _LISTS
    for file in sorted(inner.rglob("*")) if inner.is_dir() else ():
        if file.is_file() and file.suffix in {"", ".txt", ".list"}:
            name = file.relative_to(inner).as_posix()
            yield from ((f"{prefix}{name}", file) for prefix in (f"etc/{_LISTS}/", f"{_LISTS}/", ""))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="latin-1")
    except OSError as error:
        raise ConfigErrors([ConfigError(Place(str(file)), f"cannot be read: {error}")]) from error
