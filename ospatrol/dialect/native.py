"""OSPatrol's own rules: YAML that holds decoders, lists, rules, the fields they may use, and their tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ospatrol.dialect.native_decoders import read_decoder
from ospatrol.dialect.native_rules import read_rule
from ospatrol.dialect.native_tests import LineTest, read_tests
from ospatrol.dialect.native_words import FIELD, all_texts, as_read, is_text, text_of, texts
from ospatrol.load.fields import unknown_keys
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.decoder import Decoder
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.rule import Rule, RuleTest

NAME = "native"

_KEYS = ("decoders", "fields", "lists", "rules")


class NativeRules(msgspec.Struct, frozen=True, kw_only=True):
    """What some files say, as far as they could be read.

    Attributes:
        rules: In the order of the files.
        tests: Likewise; events.
        log_tests: Likewise; log lines.
        decoders: Likewise.
        lists: Name of a list to its keys and their values.
        fields: Kind of event to every field that an event of this kind may have.
        problems: Every mistake of form.
        faulty: Rules with such mistakes, as far as they could be read: to be searched for more, not to be used.
        complete: Whether every file was read, so that what is not there does not exist.
    """

    rules: tuple[Rule, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    log_tests: tuple[LineTest, ...] = ()
    decoders: tuple[Decoder, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    problems: tuple[ConfigError, ...] = ()
    faulty: tuple[Rule, ...] = ()
    complete: bool = True


def read_native(files: Sequence[tuple[str, str]]) -> NativeRules:
    """All that some files say and all that is wrong with their form.

    What rules say of each other (doubled ids, parents, fields, patterns) is checked where all rules of all dialects
    are known: in `engine.check`. What decoders say of each other is checked by `native_decoder_check`.

    Args:
        files: Path as the person named it, and text.
    """
    reader = _Reader()
    complete = True
    for path, text in files:
        try:
            reader.file(read_yaml(text, path), Place(path, 1))
        except ConfigError as error:
            reader.problems.append(error)
            complete = False
    return NativeRules(
        rules=tuple(reader.rules),
        tests=tuple(reader.tests),
        log_tests=tuple(reader.log_tests),
        decoders=tuple(reader.decoders),
        lists=reader.lists,
        fields={kind: tuple(sorted(names)) for kind, names in reader.fields.items()},
        problems=tuple(reader.problems),
        faulty=tuple(reader.faulty),
        complete=complete,
    )


def read_rules(files: Sequence[tuple[str, str]]) -> tuple[Rule, ...]:
    """The rules of some files.

    Args:
        files: Path as the person named it, and text.

    Raises:
        ConfigErrors: every mistake of form in all of them.
    """
    native = read_native(files)
    if native.problems:
        raise ConfigErrors(native.problems)
    return native.rules


class _Reader:
    """Gathers what files say; a mistake ends nothing but the rule, decoder or list it stands in."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.tests: list[RuleTest] = []
        self.log_tests: list[LineTest] = []
        self.decoders: list[Decoder] = []
        self.lists: dict[str, Mapping[str, str]] = {}
        self.fields: dict[str, set[str]] = {}
        self.problems: list[ConfigError] = []
        self.faulty: list[Rule] = []
        self._listed_at: dict[str, Place] = {}

    def file(self, node: object, place: Place) -> None:
        if not isinstance(node, Lined):
            self._wrong(place, "expected a mapping with the key 'rules'")
            return
        unknown_keys(node, _KEYS, self.problems)
        if "fields" in node:
            self._declare(node["fields"], node.at("fields"))
        if "lists" in node:
            self._lists(node["lists"], node.at("lists"))
        if "decoders" in node:
            self._decoders(node["decoders"], node.at("decoders"))
        if "rules" in node or not any(key in node for key in _KEYS):
            self._rules(node.get("rules"), node.at("rules"))

    def _declare(self, node: object, place: Place) -> None:
        if not isinstance(node, Lined):
            self._wrong(place, "fields: expected a mapping of kinds of event to lists of fields")
            return
        for kind, names in node.items():
            known = self.fields.setdefault(kind, set())
            for name in texts(names):
                if FIELD.fullmatch(name) and name == name.lower():
                    known.add(name)
                else:
                    self._wrong(node.at(kind), f"{name!r} is no name of a field in lower case")
            if not isinstance(names, LinedList) or not all_texts(names):
                self._wrong(node.at(kind), f"fields: expected a list of names for {kind!r}")

    def _lists(self, node: object, place: Place) -> None:
        if not isinstance(node, Lined):
            self._wrong(place, "lists: expected a mapping of names to lists of keys, or to mappings of keys to values")
            return
        for name, written in node.items():
            at = node.at(name)
            if name in self._listed_at:
                self._wrong(at, f"the list {name!r} stands already at {self._listed_at[name]}")
            self._listed_at.setdefault(name, at)
            if isinstance(written, LinedList) and all_texts(written):
                self.lists.setdefault(name, _keyed((key, "") for key in texts(written)))
            elif isinstance(written, Lined) and all(is_text(value) or value is None for value in written.values()):
                self.lists.setdefault(name, _keyed((key, _value(value)) for key, value in written.items()))
            else:
                self._wrong(at, f"lists: expected a list of keys, or a mapping of keys to values, for {name!r}")

    def _decoders(self, node: object, place: Place) -> None:
        if not isinstance(node, LinedList):
            self._wrong(place, "expected the key 'decoders' with a list")
            return
        for index, written in enumerate(node):
            decoder = read_decoder(written, node.at(index), self.problems)
            if decoder is not None:
                self.decoders.append(decoder)

    def _rules(self, rules: object, place: Place) -> None:
        if not isinstance(rules, LinedList):
            self._wrong(place, "expected the key 'rules' with a list")
            return
        for index, written in enumerate(rules):
            if isinstance(written, Lined):
                self._rule(written)
            else:
                self._wrong(rules.at(index), "expected a mapping with id, level, description and match or parent")

    def _rule(self, node: Lined) -> None:
        before = len(self.problems)
        rule = read_rule(node, self.problems, made_up=-1 - len(self.faulty))
        tests = read_tests(node, rule, self.problems)
        if len(self.problems) > before:
            self.faulty.append(rule)
            return
        self.rules.append(rule)
        for test in tests:
            if isinstance(test, LineTest):
                self.log_tests.append(test)
            else:
                self.tests.append(test)

    def _wrong(self, place: Place, problem: str) -> None:
        self.problems.append(ConfigError(place, problem))


def _keyed(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """A list; what log lines have is compared byte by byte, and so each key stands for its bytes too."""
    return {key: as_read(value) for written, value in pairs for key in (written, as_read(written))}


def _value(value: object) -> str:
    return "" if value is None else text_of(value)
