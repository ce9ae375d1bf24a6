"""OSPatrol's own rules: YAML that holds rules, the fields they may use, and their tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.load.fields import did_you_mean, read_struct, unknown_keys
from ospatrol.load.yaml import Lined, LinedList, read_yaml
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.event import Event
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Operator, Rule, RuleTest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NAME = "native"

_LEVELS = range(16)
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,127}")
_OF_EVENT = frozenset({"kind", "host", "location", "text"})


class NativeRules(msgspec.Struct, frozen=True, kw_only=True):
    """What some files say, as far as they could be read.

    Attributes:
        rules: In the order of the files.
        tests: Likewise.
        fields: Kind of event to every field that an event of this kind may have.
        problems: Every mistake of form.
        faulty: Rules with such mistakes, as far as they could be read: to be searched for more, not to be used.
        complete: Whether every file was read, so that what is not there does not exist.
    """

    rules: tuple[Rule, ...] = ()
    tests: tuple[RuleTest, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    problems: tuple[ConfigError, ...] = ()
    faulty: tuple[Rule, ...] = ()
    complete: bool = True


def read_native(files: Sequence[tuple[str, str]]) -> NativeRules:
    """All that some files say and all that is wrong with their form.

    What rules say of each other (doubled ids, parents, fields, patterns) is checked where all rules of all dialects
    are known: in `engine.check`.

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


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as its keys stand in the file."""

    id: int
    level: int
    description: str
    place: Place
    parent: int | tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    match: dict[str, object] = msgspec.field(default_factory=dict)
    mitre: tuple[str, ...] = ()
    compliance: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    tests: dict[str, tuple[dict[str, object], ...]] = msgspec.field(default_factory=dict)


class _Reader:
    """Gathers what files say; a mistake ends nothing but the rule it stands in."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.tests: list[RuleTest] = []
        self.fields: dict[str, set[str]] = {}
        self.problems: list[ConfigError] = []
        self.faulty: list[Rule] = []

    def file(self, node: object, place: Place) -> None:
        if not isinstance(node, Lined):
            self._wrong(place, "expected a mapping with the key 'rules'")
            return
        unknown_keys(node, ("rules", "fields"), self.problems)
        if "fields" in node:
            self._declare(node["fields"], node.at("fields"))
        rules = node.get("rules")
        if not isinstance(rules, LinedList):
            self._wrong(node.at("rules"), "expected the key 'rules' with a list")
            return
        for index, written in enumerate(rules):
            self._rule(written, rules.at(index))

    def _declare(self, node: object, place: Place) -> None:
        if not isinstance(node, Lined):
            self._wrong(place, "fields: expected a mapping of kinds of event to lists of fields")
            return
        for kind, names in node.items():
            known = self.fields.setdefault(kind, set())
            for name in _texts(names):
                if _FIELD.fullmatch(name):
                    known.add(name)
                else:
                    self._wrong(node.at(kind), f"{name!r} is no name of a field")
            if not isinstance(names, LinedList) or not _all_texts(names):
                self._wrong(node.at(kind), f"fields: expected a list of names for {kind!r}")

    def _rule(self, node: object, place: Place) -> None:
        before = len(self.problems)
        written = read_struct(node, _Written, place, self.problems)
        if not isinstance(node, Lined):
            return
        conditions = tuple(self._conditions(_mapping(node, "match")))
        tests = tuple(self._tests(node))
        if written is not None:
            self._check(written, node)
        rule = _rule(written, conditions) if written else self._remains(node, conditions)
        if len(self.problems) > before:
            self.faulty.append(rule)
        else:
            self.rules.append(rule)
            self.tests.extend(tests)

    def _check(self, written: _Written, node: Lined) -> None:
        if not 0 < written.id < 10**9:
            self._wrong(node.at("id"), f"the id {written.id} is not between 1 and 999999999")
        if written.level not in _LEVELS:
            self._wrong(node.at("level"), f"the level {written.level} is not between 0 and 15")
        if not written.description.strip() or not written.description.isprintable():
            self._wrong(node.at("description"), "the description must be one line of text")
        if not written.match and written.parent == ():
            self._wrong(node.place, "a rule needs 'match' or 'parent', or it would judge everything")
        for technique in written.mitre:
            if not _TECHNIQUE.fullmatch(technique):
                self._wrong(node.at("mitre"), f"{technique!r} is no ATT&CK technique such as T1554 or T1053.003")

    def _conditions(self, match: Lined) -> Iterator[Condition]:
        for name, wanted in match.items():
            place = match.at(name)
            if not _FIELD.fullmatch(name):
                self._wrong(place, f"{name!r} is no name of a field")
            elif isinstance(wanted, Lined):
                if not wanted:
                    self._wrong(place, f"{name}: an operator is missing{did_you_mean('', _OPERATORS)}")
                for word, operands in wanted.items():
                    yield from self._condition(name, word, operands, wanted.at(word))
            else:
                yield from self._condition(name, "equals", wanted, place)

    def _condition(self, field: str, word: str, wanted: object, place: Place) -> Iterator[Condition]:
        if word not in _OPERATORS:
            self._wrong(place, f"{field}: unknown operator {word!r}{did_you_mean(word, _OPERATORS)}")
            return
        operator, negate = _OPERATORS[word]
        if operator is Operator.EXISTS:
            if not isinstance(wanted, bool):
                self._wrong(place, f"{field}: {word} is true or false")
                return
            yield Condition(field=field, operator=operator, negate=negate is wanted, place=place)
            return
        operands = tuple(_texts(wanted))
        if not operands or None in operands or not _all_texts(wanted):
            self._wrong(place, f"{field}: expected a text or a list of texts; a number with a point needs quotes")
        elif operator in {Operator.AT_LEAST, Operator.AT_MOST} and not all(map(_NUMBER.fullmatch, operands)):
            self._wrong(place, f"{field}: {word} compares numbers")
        else:
            yield Condition(field=field, operator=operator, operands=operands, negate=negate, place=place)

    def _tests(self, node: Lined) -> Iterator[RuleTest]:
        tests = _mapping(node, "tests")
        unknown_keys(tests, ("fires", "silent"), self.problems)
        for key in ("fires", "silent"):
            events = tests.get(key)
            if not isinstance(events, LinedList):
                continue
            for index, fields in enumerate(events):
                place = events.at(index)
                if isinstance(fields, Lined) and all(map(_is_text, fields.values())):
                    said = {name: _text(value) for name, value in fields.items()}
                    yield RuleTest(rule=_id(node), fires=key == "fires", event=_event(said), place=place)
                elif isinstance(fields, Lined):
                    self._wrong(place, "tests: the value of each field is one text")

    def _remains(self, node: Lined, conditions: tuple[Condition, ...]) -> Rule:
        """What can be said of a rule whose keys are wrong; a made-up id where its own cannot be read."""
        identity = _id(node) or -1 - len(self.faulty)
        return Rule(id=identity, level=0, description="", place=node.place, conditions=conditions)

    def _wrong(self, place: Place, problem: str) -> None:
        self.problems.append(ConfigError(place, problem))


_OPERATORS: Mapping[str, tuple[Operator, bool]] = {
    **{operator.value: (operator, False) for operator in Operator},
    **{f"not_{operator.value}": (operator, True) for operator in Operator},
    "not": (Operator.EQUALS, True),
}


def _rule(written: _Written, conditions: tuple[Condition, ...]) -> Rule:
    return Rule(
        id=written.id,
        level=written.level,
        description=written.description,
        place=written.place,
        parents=(written.parent,) if isinstance(written.parent, int) else written.parent,
        conditions=conditions,
        groups=written.groups,
        mitre=written.mitre,
        compliance=written.compliance,
    )


def _id(node: Lined) -> int:
    identity = node.get("id")
    return identity if isinstance(identity, int) else 0


def _mapping(node: Lined, key: str) -> Lined:
    """What stands under a key if it is a mapping; that it must be one is said elsewhere."""
    value = node.get(key)
    return value if isinstance(value, Lined) else Lined(node.place)


def _event(said: Mapping[str, str]) -> Event:
    fields = {key: text for key, text in said.items() if key not in _OF_EVENT}
    return Event(
        at=0.0,
        host=said.get("host", "web1"),
        kind=said.get("kind", ""),
        location=said.get("location", "test"),
        text=said.get("text", ""),
        fields=fields,
    )


def _texts(value: object) -> Iterable[str]:
    """The texts of a text or of a list of them, whole numbers and truth values as YAML writes them."""
    items = value if isinstance(value, LinedList) else [value]
    return [_text(item) for item in items if _is_text(item)]


def _all_texts(value: object) -> bool:
    return all(map(_is_text, value)) if isinstance(value, LinedList) else _is_text(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str | int)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
