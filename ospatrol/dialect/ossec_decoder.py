"""One OSSEC or Wazuh decoder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.ossec_conditions import Surroundings, syntax_of
from ospatrol.dialect.ossec_parts import Complaints, Parts, check_parts
from ospatrol.dialect.ossec_written import CATEGORIES
from ospatrol.model.decoder import Decoder, JsonArrays, Offset, Plugin, Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place

if TYPE_CHECKING:
    from ospatrol.dialect.ossec_xml import Element

MOST_FIELDS = 256
_MOST_FIRST_TIME = 8

_BOTH = {
    *("parent", "program_name", "prematch", "regex", "order", "type", "fts", "ftscomment", "accumulate"),
    *("use_own_name", "plugin_decoder"),
}
_KNOWN = {
    Semantics.OSSEC: frozenset(_BOTH | {"pcre2", "prematch_pcre2", "program_name_pcre2"}),
    Semantics.WAZUH: frozenset(_BOTH | {"json_null_field", "json_array_structure"}),
}
_EXACT = frozenset({"type", "order", "fts"})
_CATEGORIES = frozenset({*CATEGORIES, "host-information"})
_PLUGINS = {
    "PF_Decoder": Plugin.PF,
    "SonicWall_Decoder": Plugin.SONICWALL,
    "SymantecWS_Decoder": Plugin.SYMANTEC_WS,
    "OSSECAlert_Decoder": Plugin.OSSEC_ALERT,
}
_PLUGINS_WAZUH = _PLUGINS | {"JSON_Decoder": Plugin.JSON}
_OFFSETS = {offset.value: offset for offset in Offset if offset is not Offset.START}
_FIRST_TIME = {
    "user": "dstuser",
    "dstuser": "dstuser",
    "srcuser": "srcuser",
    "srcip": "srcip",
    "dstip": "dstip",
    "id": "id",
    "location": "location",
    "data": "data",
    "extra_data": "data",
    "system_name": "system_name",
    "name": "name",
}
_FIRST_TIME_OSSEC = ("user", "srcip", "dstip", "id", "location", "data", "system_name", "name")
_GROUP = re.compile(r"(?:[^\\(]|\\.)*\(", re.DOTALL)


class DecoderReader:
    """Reads the decoders of one file; how they hang together is judged elsewhere."""

    def __init__(self, around: Surroundings, complaints: Complaints) -> None:
        self.around = around
        self.semantics = around.semantics
        self.complaints = complaints

    def read(self, element: Element) -> Decoder:
        """A decoder as far as it can be read; whether it can be used, the complaints know."""
        parts = Parts(element)
        check_parts(parts, _KNOWN[self.semantics], _EXACT, self.complaints)
        prematch, prematch_offset = self._pattern(parts, "prematch", "prematch_pcre2")
        regex, regex_offset = self._pattern(parts, "regex", "pcre2")
        program, _ = self._pattern(parts, "program_name", "program_name_pcre2")
        order = self._order(parts)
        decoder = Decoder(
            name=element.attributes["name"],
            place=Place(self.complaints.path, element.line),
            semantics=self.semantics,
            parent=parts.text("parent") or "",
            program=program,
            prematch=prematch,
            prematch_offset=prematch_offset,
            regex=regex,
            regex_offset=regex_offset,
            plugin=self._plugin(parts),
            plugin_offset=self._offset(parts, "plugin_decoder"),
            order=order,
            category=self._category(parts),
            first_time=self._first_time(parts, order),
            accumulate="accumulate" in parts,
            own_name=(parts.text("use_own_name") or "").lower() == "true",
            json_nulls=self._word(parts, "json_null_field", ("string", "discard", "empty")) != "discard",
            json_arrays=JsonArrays(self._word(parts, "json_array_structure", ("array", "csv"))),
        )
        return self._checked(decoder, parts)

    def _pattern(self, parts: Parts, native: str, pcre2: str) -> tuple[Expression | None, Offset]:
        """The pattern of an element or, where OSSEC has only that, of its PCRE2 form."""
        name = native if native in parts else pcre2
        text = parts.text(name)
        if text is None:
            return None, Offset.START
        line = parts.line(name)
        syntax = self._syntax(native, name, parts, line)
        expression = Expression(text=text, syntax=syntax)
        reason = self.around.check_pattern(expression)
        if reason is not None:
            self.complaints.refuse(line, reason)
        elif native == "regex" and syntax in {Syntax.OSREGEX, Syntax.OSSEC_REGEX} and not _GROUP.match(text):
            self.complaints.refuse(line, "a <regex> needs a group in parentheses")
        return expression, self._offset(parts, name)

    def _syntax(self, native: str, name: str, parts: Parts, line: int) -> Syntax:
        default = syntax_of(name, None, self.semantics) or Syntax.OSMATCH
        written = parts.attribute(name, "type")
        if written is None or self.semantics is Semantics.OSSEC:
            return default
        syntax = syntax_of(name, written, self.semantics)
        if syntax is None or (syntax is Syntax.OSMATCH and native != "program_name"):
            self.complaints.warn(line, f"<{name}>: {written!r} is no type of pattern here; it is ignored")
            return default
        return syntax

    def _offset(self, parts: Parts, name: str) -> Offset:
        offset = Offset.START
        for number, element in enumerate(parts.all(name)):
            written = element.attributes.get("offset")
            if written is None:
                continue
            if written not in _OFFSETS:
                self.complaints.refuse(element.line, f"<{name}>: there is no offset {written!r}")
            elif number:
                self.complaints.refuse(element.line, f"only the first <{name}> has an offset")
            else:
                offset = _OFFSETS[written]
        return offset

    def _order(self, parts: Parts) -> tuple[str, ...]:
        elements = [*parts.all("order")]
        if not elements:
            return ()
        # of a name of several words only the first counts, as `origin 1` shows, which Wazuh reports as `origin`
        words = [word.strip(" ").partition(" ")[0] for word in elements[-1].text.split(",")]
        if len(words) > MOST_FIELDS:
            self.complaints.refuse(elements[-1].line, f"<order> has more than {MOST_FIELDS} fields")
        return tuple(map(self._field, words))

    def _field(self, word: str) -> str:
        if word == "user":
            return "dstuser"
        if self.semantics is Semantics.OSSEC:
            if word == "extra_data":
                return "data"
            if "filename" in word:
                return "filename"
        return word

    def _plugin(self, parts: Parts) -> Plugin | None:
        name = parts.text("plugin_decoder")
        if name is None:
            return None
        plugin = (_PLUGINS_WAZUH if self.semantics is Semantics.WAZUH else _PLUGINS).get(name)
        if plugin is None:
            self.complaints.refuse(parts.line("plugin_decoder"), f"there is no plugin {name!r}")
        return plugin

    def _category(self, parts: Parts) -> str:
        category = parts.text("type")
        if category is not None and category not in _CATEGORIES:
            self.complaints.refuse(parts.line("type"), f"there is no type {category!r}")
        return category or "syslog"

    def _first_time(self, parts: Parts, order: tuple[str, ...]) -> tuple[str, ...]:
        text = parts.text("fts")
        if text is None:
            return ()
        words = [word.strip() for word in text.split(",")]
        if self.semantics is Semantics.OSSEC:
            words = [next((known for known in _FIRST_TIME_OSSEC if known in word), word) for word in words]
            if len(words) > _MOST_FIRST_TIME:
                self.complaints.refuse(parts.line("fts"), f"<fts> has more than {_MOST_FIRST_TIME} fields")
        fields = []
        for word in words:
            if word not in _FIRST_TIME and (self.semantics is Semantics.OSSEC or word not in order):
                self.complaints.refuse(parts.line("fts"), f"<fts>: {word!r} is no field")
            fields.append(_FIRST_TIME.get(word, word))
        return tuple(dict.fromkeys(fields))

    def _word(self, parts: Parts, name: str, known: tuple[str, ...]) -> str:
        """The word of an element; the first of those that there are where it is missing or wrong."""
        text = parts.text(name)
        if text is not None and text not in known:
            self.complaints.refuse(parts.line(name), f"<{name}> is one of {', '.join(known)}, not {text!r}")
            return known[0]
        return text or known[0]

    def _checked(self, decoder: Decoder, parts: Parts) -> Decoder:
        """A decoder whose parts fit together; on a root, `after_prematch` is `after_parent`."""
        for problem in _misfits(decoder, parts):
            self.complaints.refuse(decoder.place.line, problem)
        if not decoder.parent and decoder.regex_offset is Offset.AFTER_PREMATCH:
            return msgspec.structs.replace(decoder, regex_offset=Offset.AFTER_PARENT)
        return decoder


def _misfits(decoder: Decoder, parts: Parts) -> list[str]:
    """What is missing in a decoder or too much in it."""
    root = not decoder.parent
    offset = decoder.regex_offset
    wrong = {
        "a decoder needs a prematch, a parent or a program_name": (
            root and decoder.prematch is None and decoder.program is None
        ),
        "regex and order come together": (decoder.regex is None) != ("order" not in parts),
        "fts needs a regex": bool(decoder.first_time) and decoder.regex is None,
        "a plugin stands without regex and order": (
            decoder.plugin is not None and (decoder.regex is not None or "order" in parts)
        ),
        "offset='after_parent' needs a parent": root and Offset.AFTER_PARENT in {offset, decoder.prematch_offset},
        "offset='after_prematch' needs a prematch": (
            not root and offset is Offset.AFTER_PREMATCH and decoder.prematch is None
        ),
        "offset='after_regex' needs a parent": offset is Offset.AFTER_REGEX and root,
        "the offset of a prematch is 'after_parent'": (
            decoder.prematch_offset not in {Offset.START, Offset.AFTER_PARENT}
        ),
    }
    return [problem for problem, holds in wrong.items() if holds]
