"""One OSSEC or Wazuh rule as it is written, before it has its place in the tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.ossec_conditions import PATTERNS, ConditionReader, Slots
from ospatrol.dialect.ossec_history import EXACT, FILTERS, SOURCES, Filters, read_filters, read_history
from ospatrol.dialect.ossec_parts import Complaints, Parts, check_parts
from ospatrol.model.decoder import Semantics
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Operator, Option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ospatrol.dialect.ossec_xml import Element

_DIGITS = {"id": 6, "level": 4, "frequency": 4, "timeframe": 5, "ignore": 6, "maxsize": 4, "accuracy": 2}
_BOTH = {
    *("if_sid", "if_level", "if_group", "category", *SOURCES, "decoded_as", "action", "srcip", "dstip", "field"),
    *("compiled_rule", "time", "weekday", "check_diff", "if_fts", "list", "ignore", "check_if_ignored", "options"),
    *("description", "info", "cve", "group"),
}
_KNOWN = {
    Semantics.OSSEC: frozenset(_BOTH | set(PATTERNS[Semantics.OSSEC]) | FILTERS[Semantics.OSSEC]),
    Semantics.WAZUH: frozenset(_BOTH | {"mitre"} | set(PATTERNS[Semantics.WAZUH]) | FILTERS[Semantics.WAZUH]),
}
_OPTIONS = {
    Semantics.OSSEC: {option.value: option for option in Option if option.value not in {"no_full_log", "no_counter"}},
    Semantics.WAZUH: {option.value: option for option in Option},
}
CATEGORIES = ("syslog", "firewall", "ids", "web-log", "squid", "windows", "ossec")
_REMEMBERED = {
    "user": "dstuser",
    "srcip": "srcip",
    "dstip": "dstip",
    "id": "id",
    "location": "location",
    "data": "data",
    "name": "name",
}
_SEPARATORS = re.compile(r"[,\s]+")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as written.

    Attributes:
        id: Its number.
        level: 0 to 16.
        place: Where it begins.
        group: The file's group name and the rule's own, as one text.
        slots: Its tests by element.
        category: As written; empty if it is not.
        if_sid: As written, or what an `if_matched_sid` without company implies; None if absent.
        if_level: Likewise.
        if_group: Likewise.
        filters: What earlier events must have in common, also where none are asked for.
        history: What must have happened before.
        changed: Whether it has `check_diff`.
        first_time: Whether it has `if_fts`.
        silent: Whether it has `noalert`.
        last: Whether its siblings go first (accuracy 0).
        ignore_s: The attribute.
        remember: The element `ignore`.
        unless_remembered: The element `check_if_ignored`.
        description: Its texts as one.
        options: In the order written.
        info: Likewise.
        mitre: Likewise.
    """

    id: int
    level: int
    place: Place
    group: str
    slots: Slots
    category: str = ""
    if_sid: str | None = None
    if_level: str | None = None
    if_group: str | None = None
    filters: Filters = Filters()
    history: Correlation | None = None
    changed: bool = False
    first_time: bool = False
    silent: bool = False
    last: bool = False
    ignore_s: int = 0
    remember: tuple[str, ...] = ()
    unless_remembered: tuple[str, ...] = ()
    description: str = ""
    options: tuple[Option, ...] = ()
    info: tuple[str, ...] = ()
    mitre: tuple[str, ...] = ()


def read_written(element: Element, group: str, reader: ConditionReader) -> Written:
    """A rule as written; whether it can be used, the reader's complaints know.

    Args:
        element: The rule.
        group: The name of the group around it.
        reader: For its tests.
    """
    complaints, semantics = reader.complaints, reader.semantics
    wazuh = semantics is Semantics.WAZUH
    parts = Parts(element)
    check_parts(parts, _KNOWN[semantics], EXACT, complaints)
    numbers = _numbers(element, complaints)
    if wazuh and numbers["level"] > 16:
        complaints.refuse(element.line, f"a level is between 0 and 16, not {numbers['level']}")
    if wazuh and "description" not in parts:
        complaints.refuse(element.line, "a rule needs a <description>")
    filters = read_filters(parts, semantics)
    full_group = group + (parts.text("group") or "")
    if_sid, if_group = _implied(parts, overwrites=wazuh and overwrites(element))
    return Written(
        id=numbers["id"],
        level=numbers["level"],
        place=Place(complaints.path, element.line),
        group=full_group.replace("\n", "") if wazuh else full_group,
        slots={**reader.read(parts), **_size(numbers, complaints.path, element.line)},
        category=_category(parts, complaints),
        if_sid=if_sid,
        if_level=parts.text("if_level"),
        if_group=if_group,
        filters=filters,
        history=read_history(parts, reader, numbers, filters),
        changed="check_diff" in parts,
        first_time="if_fts" in parts,
        silent=element.attributes.get("noalert") == "1" if wazuh else "noalert" in element.attributes,
        last=numbers.get("accuracy") == 0,
        ignore_s=numbers.get("ignore", 0),
        remember=_remembered(parts, "ignore", complaints),
        unless_remembered=_remembered(parts, "check_if_ignored", complaints),
        description="".join(_descriptions(parts, wazuh=wazuh)),
        options=tuple(_options(parts, complaints)),
        info=tuple(child.text for child in parts.all("info", "cve")),
        mitre=_mitre(parts),
    )


def overwrites(element: Element) -> bool:
    """Whether a rule says that it replaces another of its id."""
    return element.attributes.get("overwrite", "").lower() == "yes"


def _numbers(element: Element, complaints: Complaints) -> Mapping[str, int]:
    numbers = {"id": 0, "level": 0}
    for name in ("id", "level"):
        if name not in element.attributes:
            complaints.refuse(element.line, f"a rule needs the attribute {name!r}")
    for name, text in element.attributes.items():
        if name in _DIGITS:
            if text.isascii() and text.isdigit() and len(text) <= _DIGITS[name]:
                numbers[name] = int(text)
            else:
                complaints.refuse(element.line, f"{name}={text!r} is no number of at most {_DIGITS[name]} digits")
        elif name == "overwrite":
            if text.lower() not in {"yes", "no"}:
                complaints.refuse(element.line, f"overwrite is 'yes' or 'no', not {text!r}")
        elif name != "noalert":
            complaints.refuse(element.line, f"a rule has no attribute {name!r}")
    return numbers


def _implied(parts: Parts, *, overwrites: bool) -> tuple[str | None, str | None]:
    """`if_sid` and `if_group`, which an `if_matched_*` stands in for where both are absent."""
    if_sid, if_group = parts.text("if_sid"), parts.text("if_group")
    if if_sid is None and if_group is None and not overwrites:
        if_sid = parts.text("if_matched_sid")
        if if_sid is None:
            if_group = parts.text("if_matched_group")
    return if_sid, if_group


def _size(numbers: Mapping[str, int], path: str, line: int) -> Slots:
    if not numbers.get("maxsize"):
        return {}
    at_least = (str(numbers["maxsize"]),)
    place = Place(path, line)
    return {
        "maxsize": (Condition(field="size", operator=Operator.AT_LEAST, operands=at_least, place=place, required=True),)
    }


def _category(parts: Parts, complaints: Complaints) -> str:
    category = parts.text("category")
    if category is not None and category not in CATEGORIES:
        complaints.refuse(parts.line("category"), f"there is no category {category!r}")
    return category or ""


def _words(text: str) -> Iterator[str]:
    return filter(None, _SEPARATORS.split(text))


def _remembered(parts: Parts, element: str, complaints: Complaints) -> tuple[str, ...]:
    text = parts.text(element)
    if text is None:
        return ()
    fields = []
    for word in _words(text):
        if word in _REMEMBERED:
            fields.append(_REMEMBERED[word])
        elif complaints.semantics is Semantics.WAZUH:
            fields.append(word.lower())
        else:
            complaints.refuse(parts.line(element), f"<{element}>: {word!r} is no field")
    return tuple(fields)


def _descriptions(parts: Parts, *, wazuh: bool) -> Iterator[str]:
    for element in parts.all("description"):
        yield element.text.replace("\n", " ", 1) if wazuh else element.text


def _options(parts: Parts, complaints: Complaints) -> Iterator[Option]:
    known = _OPTIONS[complaints.semantics]
    for element in parts.all("options"):
        for word in _words(element.text):
            if word in known:
                yield known[word]
            else:
                complaints.refuse(element.line, f"there is no option {word!r}")


def _mitre(parts: Parts) -> tuple[str, ...]:
    """ATT&CK ids: of `<id>`, or of `<techniqueID>` where a block is of the newer form."""
    ids: list[str] = []
    techniques: list[str] = []
    for block in parts.all("mitre"):
        ids.extend(child.text for child in block.children if child.name.lower() == "id")
        techniques.extend(child.text for child in block.children if child.name.lower() == "techniqueid")
    return tuple(techniques or ids)
