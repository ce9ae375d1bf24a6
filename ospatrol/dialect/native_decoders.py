"""Decoders of native files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.native_words import as_read, field_names, mapping, one_of, read_pattern, syntax_of
from ospatrol.load.fields import read_struct, unknown_keys
from ospatrol.load.yaml import Lined
from ospatrol.model.decoder import Decoder, JsonArrays, Offset, Plugin
from ospatrol.model.errors import ConfigError
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.pattern.compiled import PatternRefused, compile_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

_AFTER: Mapping[str, Offset] = {
    "parent": Offset.AFTER_PARENT,
    "prematch": Offset.AFTER_PREMATCH,
    "regex": Offset.AFTER_REGEX,
}
_OF_CHOSEN = ("category", "first_time", "accumulate", "own_name")
"""Keys of the decoder that a line is said to come from."""
_PLUGINS = tuple(plugin.value for plugin in Plugin if plugin is not Plugin.JSON)
_PART = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|[^\]\\]|\\.)*\]|\((\?P?<([A-Za-z_]\w*)>|(?![?*]))?",
    re.DOTALL,
)
_GROUPED = frozenset({Syntax.RE2, Syntax.PCRE2, Syntax.OSSEC_PCRE2})
"""Languages whose groups are counted from the left, whatever stands around them, and can have names."""


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """A decoder as its keys stand in the file."""

    name: str
    place: Place
    syntax: str = Syntax.RE2.value
    parent: str = ""
    program: str | dict[str, object] | None = None
    prematch: str | dict[str, object] | None = None
    regex: str | dict[str, object] | None = None
    fields: tuple[str, ...] = ()
    json: bool | dict[str, object] = False
    plugin: str = ""
    category: str = "syslog"
    first_time: str | tuple[str, ...] = ()
    accumulate: bool = False
    own_name: bool = False


def read_decoder(node: object, place: Place, problems: list[ConfigError]) -> Decoder | None:
    """The decoder that a mapping describes; None if there is a mistake in it.

    Args:
        node: As written.
        place: Where it stands.
        problems: Gets every mistake.
    """
    before = len(problems)
    written = read_struct(node, _Written, place, problems)
    if written is None or not isinstance(node, Lined):
        return None
    decoder = _Reader(written, node, problems).decoder()
    return decoder if len(problems) == before else None


class _Reader:
    """Makes a decoder of its keys, which have the right types."""

    def __init__(self, written: _Written, node: Lined, problems: list[ConfigError]) -> None:
        self._written = written
        self._node = node
        self._problems = problems
        self._syntax = syntax_of(written.syntax, node.at("syntax"), problems)

    def decoder(self) -> Decoder:
        self._check()
        written = self._written
        regex = self._pattern("regex", after=True)
        plugin, plugin_offset, nulls, arrays = self._plugin()
        return Decoder(
            name=written.name,
            place=written.place,
            parent=written.parent,
            program=self._pattern("program"),
            prematch=self._pattern("prematch", after=True),
            prematch_offset=self._offset("prematch", ("parent",)),
            regex=regex,
            regex_offset=self._offset("regex", tuple(_AFTER)),
            plugin=plugin,
            plugin_offset=plugin_offset,
            order=self._order(regex),
            category=written.category,
            first_time=field_names(written.first_time, self._node.at("first_time"), self._problems),
            accumulate=written.accumulate,
            own_name=written.own_name,
            json_nulls=nulls,
            json_arrays=arrays,
        )

    def _check(self) -> None:
        written = self._written
        for key, text in (("name", written.name), ("category", written.category)):
            if not text.strip() or not text.isprintable():
                self._wrong(key, f"the {key} must be one line of text")
        if written.parent and written.program is not None:
            self._wrong("program", "program is asked of roots, and this decoder has a parent")
        finders = self._finders()
        self._check_choice(finders)
        if len(finders) > 1:
            told = " and ".join(map(repr, finders))
            self._wrong(finders[1], f"{told} cannot stand in one decoder; write two of the same name and parent")
        if written.fields and written.regex is None:
            self._wrong("fields", "'fields' names what the groups of 'regex' find, and there is none")

    def _check_choice(self, finders: list[str]) -> None:
        """That there is something by which the decoder is chosen, or something that it does for its root."""
        written = self._written
        if not written.parent:
            if written.program is None and written.prematch is None:
                problem = "a decoder without 'parent' needs 'program' or 'prematch', or it would take every line"
                self._wrong("name", problem)
        elif written.prematch is None:
            if not finders:
                self._wrong("name", "a decoder with 'parent' needs one of 'prematch', 'regex', 'json' and 'plugin'")
            for key in _OF_CHOSEN:
                if key in self._node:
                    self._wrong(key, f"{key} belongs to the root, or to a child with 'prematch', which is then chosen")

    def _finders(self) -> list[str]:
        """The keys that say how fields are found."""
        written = self._written
        asked = {"regex": written.regex is not None, "json": written.json is not False, "plugin": bool(written.plugin)}
        return [key for key, is_asked in asked.items() if is_asked]

    def _pattern(self, key: str, *, after: bool = False) -> Expression | None:
        """A pattern that is known to be valid; those of logs in the bytes of UTF-8, as logs are read."""
        if self._node.get(key) is None:
            return None
        place, before = self._node.at(key), len(self._problems)
        beside = ("after",) if after else ()
        found = read_pattern(self._node[key], key, place, self._problems, syntax=self._syntax, beside=beside)
        if found is None or len(self._problems) > before:
            return None
        found = msgspec.structs.replace(found, text=as_read(found.text))
        try:
            compile_expression(found)
        except PatternRefused as error:
            self._wrong(key, f"{key}: {error}")
            return None
        return found

    def _offset(self, key: str, known: tuple[str, ...]) -> Offset:
        """Where a pattern or a plugin begins."""
        node = mapping(self._node, key)
        if "after" not in node:
            return Offset.START
        word = node["after"] if isinstance(node["after"], str) else ""
        if not one_of(word, known, "after", node.at("after"), self._problems):
            return Offset.START
        if word == "parent" and not self._written.parent:
            self._problems.append(ConfigError(node.at("after"), "after: this decoder has no parent"))
        return _AFTER[word]

    def _plugin(self) -> tuple[Plugin | None, Offset, bool, JsonArrays]:
        """The code that finds fields, where it begins, and what it makes of JSON's nulls and arrays."""
        written, nulls, arrays = self._written, True, JsonArrays.ARRAY
        if written.plugin:
            known = one_of(written.plugin, _PLUGINS, "plugin", self._node.at("plugin"), self._problems)
            return (Plugin(written.plugin) if known else None), Offset.START, nulls, arrays
        if written.json is False:
            return None, Offset.START, nulls, arrays
        node = mapping(self._node, "json")
        unknown_keys(node, ("after", "nulls", "arrays"), self._problems)
        if written.parent and written.prematch is None and ("nulls" in node or "arrays" in node):
            self._wrong("json", "json: a child with 'nulls' or 'arrays' needs 'prematch', or its root's are taken")
        said = node.get("nulls", True)
        if not isinstance(said, bool):
            self._problems.append(ConfigError(node.at("nulls"), "nulls is true or false"))
        form = node.get("arrays", arrays.value)
        word = form if isinstance(form, str) else ""
        if one_of(word, tuple(each.value for each in JsonArrays), "arrays", node.at("arrays"), self._problems):
            arrays = JsonArrays(word)
        return Plugin.JSON, self._offset("json", ("parent", "prematch")), said is not False, arrays

    def _order(self, regex: Expression | None) -> tuple[str, ...]:
        """The fields that the groups of the regex fill: as `fields` says, or else by the groups' own names."""
        if regex is None:
            return ()
        fields = self._written.fields
        names = groups_of(regex)
        if names is None:
            if not fields:
                self._wrong("regex", "regex: 'fields' is missing, which names what each group finds")
        elif not names:
            self._wrong("regex", "regex: it has no group, so it finds no field")
        elif not fields and None in names:
            self._wrong("regex", "regex: name every group, as in (?P<srcip>...), or say '(?:' where nothing is meant")
        elif fields and len(fields) != len(names):
            self._wrong("fields", f"fields: {len(fields)} names for the {len(names)} groups of 'regex'")
        said = fields or tuple(filter(None, names or ()))
        # as written: events know fields by lower case, and alerts show how they were spelt
        field_names(said, self._node.at("fields"), self._problems)
        return said

    def _wrong(self, key: str, problem: str) -> None:
        self._problems.append(ConfigError(self._node.at(key), problem))


def groups_of(regex: Expression) -> tuple[str | None, ...] | None:
    """The names of the groups that capture, from the left, None for one without; None if they cannot be told."""
    if regex.syntax not in _GROUPED:
        return None
    found = (part for part in _PART.finditer(regex.text) if part[0].startswith("(") and part[1] is not None)
    return tuple(part[2] for part in found)
