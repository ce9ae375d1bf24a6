"""The `.ini` files with which OSSEC and Wazuh test their rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigError, ConfigErrors
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, LogTest, Operator, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SECTION = re.compile(r"\[(.+)\]")
_DELIMITER = re.compile(r"[:=]")
_EXPECTATIONS = ("rule", "alert", "decoder")
_WINDOWS = 60000


class _Option(msgspec.Struct):
    """A key of a section, with the lines of its value."""

    key: str
    line: int
    values: list[str]
    replaced: bool = False


def read_log_tests(text: str, path: str, semantics: Semantics) -> tuple[LogTest, ...]:
    """The cases of a file.

    Wazuh's are read as its runner does: sections of one title are one section, and values of one key follow each
    other, so that two logs under one key are two events of one case.

    OSSEC's runner reads its files otherwise than they are meant: it cuts a log at the first ` ;`, leaves `%%` doubled,
    and of two logs under one key runs the second only. Here each log is a case, whole, with `%` for `%%`; what is
    expected of it is what stands last under `rule`, `alert` and `decoder`.

    Args:
        text: The file's bytes as latin-1.
        path: As the person named it.
        semantics: OSSEC or Wazuh.

    Raises:
        ConfigErrors: Lines that are no section, key, log or comment; keys outside a section.
    """
    reader = _Lines(path, semantics)
    for number, line in enumerate(text.split("\n"), start=1):
        reader.line(line.removesuffix("\r"), number)
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return tuple(case for title, options in reader.sections.items() for case in _cases(title, options, reader))


class _Lines:
    """Reads a file line by line into sections, as Python's `configparser` does."""

    def __init__(self, path: str, semantics: Semantics) -> None:
        self.path = path
        self.wazuh = semantics is Semantics.WAZUH
        self.sections: dict[str, list[_Option]] = {}
        self.problems: list[ConfigError] = []
        self.section: list[_Option] | None = None
        self.option: _Option | None = None
        self.indent: float = 0

    def line(self, line: str, number: int) -> None:
        bare = line.strip()
        if bare.startswith((";", "#")) and (self.wazuh or not line[0].isspace()):
            return
        if not bare:
            if self.wazuh and self.option is not None:
                self.option.values.append("")
            return
        indent = len(line) - len(line.lstrip())
        if self.option is not None and indent > (self.indent if self.wazuh else 0):
            self.option.values.append(bare)
            return
        self.indent = indent
        self._begin(bare, number)

    def _begin(self, bare: str, number: int) -> None:
        """Takes the first line of a section or of a key."""
        title = _SECTION.match(bare)
        if title is not None:
            self.section = self.sections.setdefault(title[1], [])
            self.option = None
            return
        key, *value = _DELIMITER.split(bare, maxsplit=1)
        if self.section is None:
            self._wrong(number, "a test stands below a title in square brackets")
        elif not value or not key:
            self._wrong(number, f"{bare[:40]!r} is no 'key = value'")
        else:
            self._add(self.section, key.strip().lower(), value[0].strip(), number)

    def _add(self, section: list[_Option], key: str, value: str, number: int) -> None:
        earlier = next((option for option in section if option.key == key and not option.replaced), None)
        if earlier is not None and self.wazuh:
            earlier.values.append(value)
            self.option = earlier
            return
        if earlier is not None:
            earlier.replaced = True
        self.option = _Option(key, number, [value])
        section.append(self.option)

    def _wrong(self, number: int, problem: str) -> None:
        self.option = None
        self.problems.append(ConfigError(Place(self.path, number), problem))


def _cases(title: str, options: list[_Option], reader: _Lines) -> Iterator[LogTest]:
    expected = {option.key: "\n".join(option.values).rstrip() for option in options if option.key in _EXPECTATIONS}
    for option in options:
        if not option.key.startswith("log"):
            continue
        lines = tuple(filter(None, option.values))
        yield LogTest(
            file=reader.path,
            section=title,
            key=option.key,
            lines=lines if reader.wazuh else tuple(line.replace("%%", "%") for line in lines),
            rule=expected.get("rule", ""),
            level=expected.get("alert", ""),
            decoder=expected.get("decoder", ""),
            passes=not option.key.endswith("fail"),
            place=Place(reader.path, option.line),
        )


def for_log_tests(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Wazuh's rules as its tests need them: rule 60000 takes Windows events from the decoder of JSON logs.

    In service these come through a channel of their own; in the tests they are lines of a log.
    """
    every = tuple(rules)
    root = next((rule.id for rule in every if not rule.parents and _is_syslog(rule)), None)
    return tuple(_as_log(rule, root) if rule.id == _WINDOWS and root is not None else rule for rule in every)


def _is_syslog(rule: Rule) -> bool:
    return any(condition.field == "category" and condition.operands == ("syslog",) for condition in rule.conditions)


def _as_log(rule: Rule, root: int) -> Rule:
    rest = tuple(condition for condition in rule.conditions if condition.field != "decoder")
    decoder = Condition(field="decoder", operator=Operator.EQUALS, operands=("json",), place=rule.place, required=True)
    return msgspec.structs.replace(rule, parents=(root,), places=1, conditions=(decoder, *rest))
