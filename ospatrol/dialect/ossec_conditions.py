"""The tests inside an OSSEC or Wazuh rule, as conditions in the order in which they are tried."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.ossec_calendar import read_time, read_weekdays
from ospatrol.dialect.ossec_parts import yes_or_no
from ospatrol.model.decoder import Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Lookup, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.dialect.ossec_parts import Complaints, Parts
    from ospatrol.dialect.ossec_xml import Element

Slots = Mapping[str, tuple[Condition, ...]]
CheckPattern = Callable[[Expression], str | None]

_BOTH = {
    "program_name": "program_name",
    "id": "id",
    "match": "log",
    "regex": "log",
    "url": "url",
    "srcport": "srcport",
    "dstport": "dstport",
    "user": "dstuser|srcuser",
    "srcgeoip": "srcgeoip",
    "dstgeoip": "dstgeoip",
    "hostname": "hostname",
    "status": "status",
}
_WAZUH = {name: name for name in ("system_name", "protocol", "action", "location", "data", "extra_data")}
_OSSEC_PCRE2 = {"pcre2": "log"} | {
    f"{name}_pcre2": field for name, field in (_BOTH | {"extra_data": "data"}).items() if name != "regex"
}
PATTERNS: Mapping[Semantics, Mapping[str, str]] = {
    Semantics.OSSEC: _BOTH | {"extra_data": "data"} | _OSSEC_PCRE2,
    Semantics.WAZUH: _BOTH | _WAZUH,
}
"""Element to the field whose value must have the element's pattern."""

ORDER = (
    *("decoded_as", "program_name", "id", "system_name", "protocol", "match", "regex", "action", "url", "url_pcre2"),
    *("location", "field", "srcip", "dstip", "srcport", "dstport", "compiled_rule", "user", "srcgeoip", "dstgeoip"),
    *("maxsize", "time", "weekday", "data", "extra_data", "hostname", "status", "list"),
)
"""The order of the tests in a rule; each place but that of `url` also takes the `_pcre2` form of OSSEC."""

_AS_REGEX = frozenset({"regex", "field", "prematch"})
_TYPES = {"osmatch": Syntax.OSMATCH, "osregex": Syntax.OSREGEX, "pcre2": Syntax.PCRE2}
_STATIC = frozenset({
    *("srcip", "dstip", "srcgeoip", "dstgeoip", "srcport", "dstport", "user", "srcuser", "dstuser", "url", "id"),
    *("data", "extra_data", "status", "protocol", "system_name", "action"),
})  # fmt: skip
_LIST_FIELDS = frozenset({
    *("srcip", "srcport", "dstip", "dstport", "url", "id", "hostname", "program_name", "status", "action"),
})  # fmt: skip
_WAZUH_LIST_FIELDS = frozenset({"protocol", "system_name", "data", "extra_data"})
_SIMPLE_REQUEST = "is_simple_http_request"
_TESTS = frozenset({
    *("comp_srcuser_dstuser", "check_id_size", "comp_mswin_targetuser_calleruser_diff"),
    *(_SIMPLE_REQUEST, "is_valid_crawler"),
})  # fmt: skip
_LOOKUPS = {lookup.value: lookup for lookup in Lookup}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What rules and decoders may refer to.

    Attributes:
        semantics: OSSEC or Wazuh.
        check_pattern: Why a pattern cannot be used; None if it can.
        decoder_names: Of all decoders.
        lists: The configured lists.
    """

    semantics: Semantics
    check_pattern: CheckPattern
    decoder_names: Collection[str] = frozenset()
    lists: Collection[str] = frozenset()


def syntax_of(name: str, written: str | None, semantics: Semantics) -> Syntax | None:
    """The language of an element's pattern; None for a `type` that there is not."""
    if semantics is Semantics.WAZUH:
        if written is None:
            return Syntax.OSREGEX if name in _AS_REGEX else Syntax.OSMATCH
        return _TYPES.get(written.lower())
    if name.endswith("pcre2"):
        return Syntax.OSSEC_PCRE2
    return Syntax.OSSEC_REGEX if name in _AS_REGEX else Syntax.OSSEC_MATCH


class ConditionReader:
    """Reads the tests of one rule after another."""

    def __init__(self, surroundings: Surroundings, complaints: Complaints) -> None:
        self.semantics = surroundings.semantics
        self.around = surroundings
        self.complaints = complaints

    def read(self, parts: Parts) -> dict[str, tuple[Condition, ...]]:
        """Conditions by the element that asks for them."""
        slots: dict[str, tuple[Condition, ...]] = {}
        for name in parts.names():
            field = PATTERNS[self.semantics].get(name)
            if name == "action" and (parts.attribute(name, "type") is None or self.semantics is Semantics.OSSEC):
                slots[name] = (self._action(parts),)
            elif field is not None:
                slots[name] = (self._pattern(parts, name, field),)
            elif name in self._READERS:
                slots[name] = tuple(self._READERS[name](self, parts))
        return slots

    def expression(self, text: str, syntax: Syntax, line: int, *, negate: bool = False) -> Expression:
        """A pattern, refused at its line if it cannot be used."""
        expression = Expression(text=text, syntax=syntax, negate=negate)
        reason = self.around.check_pattern(expression)
        if reason is not None:
            self.complaints.refuse(line, reason)
        return expression

    def _negated(self, element: str, attributes: Mapping[str, str], line: int) -> bool:
        if self.semantics is Semantics.OSSEC:
            return False
        return yes_or_no(attributes.get("negate"), line, f"negate of <{element}>", self.complaints)

    def _syntax(self, element: str, attributes: Mapping[str, str], line: int) -> Syntax:
        syntax = syntax_of(element, attributes.get("type"), self.semantics)
        if syntax is None:
            self.complaints.warn(line, f"<{element}>: {attributes['type']!r} is no type of pattern; it is ignored")
            return syntax_of(element, None, self.semantics) or Syntax.OSMATCH
        return syntax

    def _condition(self, field: str, operator: Operator, operands: tuple[str, ...], line: int) -> Condition:
        place = Place(self.complaints.path, line)
        return Condition(field=field, operator=operator, operands=operands, place=place, required=True)

    def _tested(self, field: str, text: str, element: Element, line: int) -> Condition:
        name = element.name.lower()
        syntax = self._syntax(name, element.attributes, element.line)
        negate = self._negated(name, element.attributes, element.line)
        self.expression(text, syntax, line, negate=negate)
        return Condition(
            field=field,
            operator=Operator.REGEX,
            operands=(text,),
            negate=negate,
            place=Place(self.complaints.path, line),
            syntax=syntax,
            required=True,
        )

    def _pattern(self, parts: Parts, name: str, field: str) -> Condition:
        *_, last = parts.all(name)
        return self._tested(field, parts.text(name) or "", last, parts.line(name))

    def _action(self, parts: Parts) -> Condition:
        *_, last = parts.all("action")
        negate = self._negated("action", last.attributes, last.line)
        exact = self._condition("action", Operator.EQUALS, (parts.text("action") or "",), parts.line("action"))
        return msgspec.structs.replace(exact, negate=negate)

    def _decoder(self, parts: Parts) -> Iterator[Condition]:
        name = parts.text("decoded_as") or ""
        if name not in self.around.decoder_names:
            self.complaints.refuse(parts.line("decoded_as"), f"there is no decoder {name!r}")
        yield self._condition("decoder", Operator.EQUALS, (name,), parts.line("decoded_as"))

    def _fields(self, parts: Parts) -> Iterator[Condition]:
        for element in parts.all("field"):
            name = element.attributes.get("name", "").lower()
            if not name:
                self.complaints.refuse(element.line, "<field> needs a name")
            elif name in _STATIC and self.semantics is Semantics.WAZUH:
                self.complaints.refuse(element.line, f"<field name={name!r}> is written <{name}>")
            condition = self._tested(name, element.text, element, element.line)
            yield msgspec.structs.replace(condition, captured=True)

    def _addresses(self, parts: Parts, name: str) -> Iterator[Condition]:
        networks = []
        negate = False
        for element in parts.all(name):
            written = element.text
            bare = written.removeprefix("!")
            if not _is_network(bare):
                self.complaints.refuse(element.line, f"<{name}>: {written!r} is no address or network")
            networks.append(bare if self.semantics is Semantics.WAZUH else written)
            negate = self._negated(name, element.attributes, element.line)
        condition = self._condition(name, Operator.NETWORK, tuple(networks), parts.line(name))
        yield msgspec.structs.replace(condition, negate=negate)

    def _time(self, parts: Parts) -> Iterator[Condition]:
        text = parts.text("time") or ""
        span = read_time(text)
        if span is None:
            self.complaints.refuse(parts.line("time"), f"{text!r} is no time such as '6 pm - 8:30 am'")
            return
        yield self._condition("log", Operator.TIME, (span,), parts.line("time"))

    def _weekday(self, parts: Parts) -> Iterator[Condition]:
        text = parts.text("weekday") or ""
        days = read_weekdays(text)
        if not days:
            self.complaints.refuse(parts.line("weekday"), f"{text!r} are no days such as 'monday, tue' or 'weekends'")
        yield self._condition("log", Operator.WEEKDAY, days, parts.line("weekday"))

    def _test(self, parts: Parts) -> Iterator[Condition]:
        name = parts.text("compiled_rule") or ""
        if name not in _TESTS:
            self.complaints.refuse(parts.line("compiled_rule"), f"there is no compiled rule {name!r}")
        yield self._condition("log", Operator.TEST, (name,), parts.line("compiled_rule"))
        if name == _SIMPLE_REQUEST and self.semantics is Semantics.OSSEC:  # since 4.3; Wazuh asks only for the URL
            post = self._condition("action", Operator.EQUALS, ("POST",), parts.line("compiled_rule"))
            yield msgspec.structs.replace(post, negate=True, required=False)

    def _lists(self, parts: Parts) -> Iterator[Condition]:
        written = [self._listed(element) for element in parts.all("list")]
        return iter(written[-2:] if len(written) > 2 else written)

    def _listed(self, element: Element) -> Condition:
        name = element.attributes.get("field", "")
        field, captured = self._list_field(name)
        if not field:
            self.complaints.refuse(element.line, f"<list>: {name!r} is no field to look up")
        written = element.attributes.get("lookup", Lookup.KEY.value)
        lookup = _LOOKUPS.get(written)
        if lookup is None:
            self.complaints.refuse(element.line, f"<list>: {written!r} is no way to look up")
        text = element.attributes.get("check_value")
        if lookup in {Lookup.KEY_VALUE, Lookup.ADDRESS_VALUE} and text is None:
            self.complaints.refuse(element.line, f"<list>: {written} needs check_value")
        if element.text not in self.around.lists:
            problem = f"the list {element.text!r} is not configured"
            if self.semantics is Semantics.WAZUH:
                self.complaints.skip(element.line, problem)
            else:
                self.complaints.warn(element.line, f"{problem}; nothing is found in it")
        syntax = syntax_of("list", None, self.semantics) or Syntax.OSMATCH
        value = None if text is None else self.expression(text, syntax, element.line)
        return Condition(
            field=field,
            operator=Operator.LISTED,
            operands=(element.text,),
            place=Place(self.complaints.path, element.line),
            required=True,
            captured=captured,
            lookup=lookup or Lookup.KEY,
            value=value,
        )

    def _list_field(self, name: str) -> tuple[str, bool]:
        """The field that a list is asked for, and whether it is one that decoders name freely."""
        if name == "user":
            return "srcuser|dstuser", False
        if name in _LIST_FIELDS or (name in _WAZUH_LIST_FIELDS and self.semantics is Semantics.WAZUH):
            return name, False
        return (name.lower(), True) if self.semantics is Semantics.WAZUH else ("", False)

    _READERS: Mapping[str, Callable[[ConditionReader, Parts], Iterator[Condition]]] = {
        "decoded_as": _decoder,
        "field": _fields,
        "srcip": lambda self, parts: self._addresses(parts, "srcip"),
        "dstip": lambda self, parts: self._addresses(parts, "dstip"),
        "time": _time,
        "weekday": _weekday,
        "compiled_rule": _test,
        "list": _lists,
    }


def in_order(slots: Slots) -> tuple[Condition, ...]:
    """The conditions of a rule as they are tried; an OSSEC pattern of its own language goes before the PCRE2 form."""
    return tuple(condition for name in ORDER for condition in slots.get(name) or slots.get(_pcre2_form(name), ()))


def _pcre2_form(name: str) -> str:
    """The name of the element that is used where the other is not there; none for `url`, where both count."""
    if name in {"url", "url_pcre2"}:
        return ""
    return "pcre2" if name == "regex" else f"{name}_pcre2"


def _is_network(text: str) -> bool:
    if text == "any":
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
