"""Sigma files as documents that know their lines, and documents as pySigma's rules."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import (
    SigmaDateError,
    SigmaError,
    SigmaIdentifierError,
    SigmaLevelError,
    SigmaLogsourceError,
    SigmaModifiedError,
    SigmaNameError,
    SigmaRelatedError,
    SigmaRuleLocation,
    SigmaStatusError,
    SigmaTagError,
    SigmaTitleError,
    SigmaValueError,
)
from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from ospatrol.load.yaml import Lined, LinedList, Node, read_yaml
from ospatrol.model.errors import ConfigError
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sigma.collection import NestedDict

AnyRule: TypeAlias = SigmaRule | SigmaCorrelationRule | SigmaFilter

_BETWEEN = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_KEYS: Mapping[type[SigmaError], str] = {
    SigmaDateError: "date",
    SigmaIdentifierError: "id",
    SigmaLevelError: "level",
    SigmaLogsourceError: "logsource",
    SigmaModifiedError: "modified",
    SigmaNameError: "name",
    SigmaRelatedError: "related",
    SigmaStatusError: "status",
    SigmaTagError: "tags",
    SigmaTitleError: "title",
}
TROUBLE = (SigmaError, TypeError, ValueError, AttributeError, KeyError, IndexError)
"""What pySigma raises for documents of a wrong shape; not all of it on purpose."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as pySigma reads it.

    Attributes:
        rule: The rule, correlation or filter.
        place: Where it begins.
        condition: Where its condition stands.
    """

    rule: AnyRule
    place: Place
    condition: Place


class FileReader:
    """Reads files one after another; a mistake ends nothing but the rule it stands in.

    Attributes:
        documents: Rules without mistakes, in their order.
        problems: All mistakes.
    """

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.problems: list[ConfigError] = []
        self._global: Lined | None = None
        self._before: Lined | None = None

    def read(self, path: str, text: str) -> None:
        """Read a file of one or more documents."""
        self._global = self._before = None
        for part, line in _parts(text):
            try:
                node = read_yaml("\n" * (line - 1) + part, path)
            except ConfigError as error:
                self.problems.append(error)
                continue
            if isinstance(node, Lined):
                self._document(node)
            elif node is not None:
                self._wrong(Place(path, line), "expected a Sigma rule, which is a mapping")

    def _document(self, node: Lined) -> None:
        action = node.get("action")
        if action == "global":
            self._global = self._before = _without_action(node)
        elif action == "reset":
            self._global = None
        elif action == "repeat" and self._before is not None:
            self._before = _merged(self._before, _without_action(node))
            self._rule(self._before, node)
        elif action is None:
            merged = node
            if self._global is not None and not {"correlation", "filter"} & node.keys():
                merged = _merged(self._global, node)
            self._before = merged
            self._rule(merged, node)
        else:
            self._wrong(node.at("action"), f"unknown action {action!r}, or nothing that it could repeat")

    def _rule(self, merged: Lined, node: Lined) -> None:
        if not isinstance(merged.get("id"), str | None):
            self._wrong(merged.at("id"), "Sigma rule identifier must be an UUID")
            return
        try:
            found = SigmaCollection.from_dicts(
                [cast("NestedDict", merged)],
                collect_errors=True,
                source=SigmaRuleLocation(PurePath(node.place.path)),  # type: ignore[arg-type]  # only shown
                collect_filters=True,
                resolve_references=False,
            )
        except TROUBLE as error:
            located = list(_in_detection(merged)) or [(_place_of(error, merged, node.place), error)]
            for place, trouble in located:
                self._wrong(place, said(trouble))
            return
        if found.errors:
            self._mistakes(found.errors, merged, node.place)
            return
        for rule in (*found.rules, *found.filters):
            if isinstance(rule, SigmaCorrelationRule) and not all(
                isinstance(r.reference, str) for r in rule.rules or ()
            ):
                self._wrong(merged.at("correlation"), "the rules that a correlation counts are named by texts")
                return
            if isinstance(rule, SigmaRule):
                _tell_lines(rule, merged)
            self.documents.append(Document(rule=rule, place=node.place, condition=_condition_place(merged)))

    def _mistakes(self, errors: Sequence[SigmaError], node: Lined, place: Place) -> None:
        """Tell each mistake; pySigma stops at the first in the searches, and does not know where it is."""
        located = list(_in_detection(node))
        for here, trouble in located:
            self._wrong(here, said(trouble))
        for error in errors:
            if not located or _key_of(error):
                self._wrong(_place_of(error, node, place), said(error))

    def _wrong(self, place: Place, problem: str) -> None:
        self.problems.append(ConfigError(place, problem))


def said(error: Exception) -> str:
    """What pySigma says of a mistake, without the place."""
    if isinstance(error, SigmaError):
        return str(error.args[0]) if error.args else type(error).__name__
    return f"pySigma cannot read it: {type(error).__name__}: {error}"


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """The documents of a file, each with its first line."""
    ends = [found.start() for found in _BETWEEN.finditer(text)]
    for begin, end in zip([0, *(end + 3 for end in ends)], [*ends, len(text)], strict=True):
        yield text[begin:end], text.count("\n", 0, begin) + 1


def _without_action(node: Lined) -> Lined:
    rest = Lined(node.place)
    for key, value in node.items():
        if key != "action":
            rest.put(key, value, node.at(key).line)
    return rest


def _merged(under: Lined, over: Lined) -> Lined:
    """Both, the second winning where both say something."""
    merged = Lined(over.place)
    for key, value in under.items():
        merged.put(key, value, under.at(key).line)
    for key, value in over.items():
        known = merged.get(key)
        both = isinstance(known, Lined) and isinstance(value, Lined)
        merged.put(key, _merged(cast("Lined", known), cast("Lined", value)) if both else value, over.at(key).line)
    return merged


def _place_of(error: Exception, node: Lined, place: Place) -> Place:
    """The line of what a mistake is about, as near as can be told."""
    source = getattr(error, "source", None)
    line = getattr(source, "line", None)
    if isinstance(line, int) and line:
        return Place(place.path, line)
    if not isinstance(error, SigmaError):
        return place
    known = [key for key in (_key_of(error), "correlation", "filter", "detection") if key in node]
    return node.at(known[0]) if known else place


def _key_of(error: SigmaError) -> str:
    """The key that a mistake is about, if pySigma's error tells; empty otherwise."""
    if type(error) is SigmaValueError and str(error).startswith("Sigma tag"):
        return "tags"
    return _KEYS.get(type(error), "")


def _condition_place(node: Lined) -> Place:
    written = node.get("detection")
    return written.at("condition") if isinstance(written, Lined) else node.place


def _in_detection(node: Lined) -> Iterator[tuple[Place, Exception]]:
    """Every mistake in the searches of a rule, each with its line."""
    detection = node.get("detection")
    if isinstance(detection, Lined):
        for name, search in detection.items():
            if name != "condition":
                yield from _in_search(search, detection.at(name))


def _in_search(search: Node, place: Place) -> Iterator[tuple[Place, Exception]]:
    if isinstance(search, LinedList) and any(isinstance(item, Lined | LinedList) for item in search):
        for index, item in enumerate(search):
            yield from _in_search(item, search.at(index))
    elif isinstance(search, Lined) and search:
        for key, value in search.items():
            try:
                SigmaDetectionItem.from_mapping(key, cast("str", value))
            except TROUBLE as error:
                yield search.at(key), error
    else:
        try:
            SigmaDetection.from_definition(cast("str", search))
        except TROUBLE as error:
            yield place, error


def _tell_lines(rule: SigmaRule, node: Lined) -> None:
    """Give each part of the searches its line, which pySigma passes on to its conditions."""
    rule.detection.source = None  # or it would take the place of those of the parts
    for condition in rule.detection.parsed_condition:
        condition.source = None
    written = node.get("detection")
    if isinstance(written, Lined):
        for name, search in rule.detection.detections.items():
            if name in written:
                _tell_search(search, written[name], written.at(name).line)


def _tell_search(search: SigmaDetection | SigmaDetectionItem, written: Node, line: int) -> None:
    if isinstance(search, SigmaDetectionItem):
        search.source = SigmaRuleLocation(PurePath(), line)  # type: ignore[arg-type]  # only the line is asked
        return
    search.source = None
    lines = [line] * len(search.detection_items)
    inner: list[Node] = [None] * len(search.detection_items)
    if isinstance(written, Lined) and len(written) == len(lines):
        lines = [written.at(key).line for key in written]
    elif isinstance(written, LinedList) and len(written) == len(lines):
        lines = [written.at(index).line for index in range(len(written))]
        inner = list(written)
    for item, part, here in zip(search.detection_items, inner, lines, strict=True):
        _tell_search(item, part, here)
