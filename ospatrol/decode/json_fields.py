"""The fields of a JSON text, as Wazuh's JSON_Decoder finds them."""

from __future__ import annotations

import re
from json import JSONDecoder
from typing import NamedTuple, NoReturn

from ospatrol.decode.json_text import Json, csv_of, number_text, text_of
from ospatrol.model.decoder import JsonArrays

MOST_FIELDS = 256
DEEPEST = 400
"""Objects and arrays inside each other; cJSON's own limit is 1000, this one fits Python's stack."""

_STATIC = {
    "srcip": "srcip",
    "dstip": "dstip",
    "srcport": "srcport",
    "dstport": "dstport",
    "protocol": "protocol",
    "action": "action",
    "srcuser": "srcuser",
    "dstuser": "dstuser",
    "id": "id",
    "status": "status",
    "url": "url",
    "data": "data",
    "extra_data": "extra_data",
    "systemname": "system_name",
    "user": "dstuser",
}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_ESCAPE = re.compile(
    r"\\(?:u(0000)(?:[^\"\\]++|\\.)*+|u([0-9A-Fa-f]{4})(?:(?<=[dD][89abAB]..)\\u([dD][c-fC-F][0-9A-Fa-f]{2}))?|.)",
    re.DOTALL,
)
_BLANK = re.compile(r"(?:\xef\xbb\xbf)?[\x01- ]*+").match


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_raw_decode = JSONDecoder(object_pairs_hook=tuple, parse_constant=_refuse, strict=False).raw_decode


class JsonFields(NamedTuple):
    """What a JSON text tells.

    Attributes:
        fields: By dotted name in lower case; the first of a name counts, of a static field the last.
        names: To how a name was written, where that has capitals.
    """

    fields: dict[str, str]
    names: dict[str, str]


def json_fields(text: str, *, nulls: bool, arrays: JsonArrays, dstuser: bool = False) -> JsonFields | None:
    """The fields of the JSON value that a text starts with; None if it starts with none.

    What follows the value is ignored, as cJSON does. Values nested deeper than `DEEPEST` are no JSON.

    Args:
        text: A character stands for one byte of UTF-8; so it does in the fields.
        nulls: Whether a null becomes the text `null`; it is left out otherwise.
        arrays: How an array is written.
        dstuser: Whether an earlier decoder found a user, so that `user` is a field like any other.
    """
    try:
        value = read_json(text)
        if not isinstance(value, tuple):
            return JsonFields({}, {})
        walk = _Walk(nulls=nulls, csv=arrays is JsonArrays.CSV, dstuser=dstuser)
        walk.visit(value, "", 1)
    except (ValueError, RecursionError):  # the stack may be deep already where the line is judged
        return None
    return JsonFields(walk.fields, walk.names)


def read_json(text: str) -> Json:
    """The JSON value that a text starts with.

    Raises:
        ValueError: It starts with none, or with one that is nested too deep to read.
    """
    blank = _BLANK(text)
    try:
        value: Json = _raw_decode(_spelt_out(text) if "\\u" in text else text, blank.end() if blank else 0)[0]
    except RecursionError as error:
        raise ValueError(text[:1]) from error
    return value


class _Walk:
    """One way through a document, depth first, in its order."""

    __slots__ = ("_csv", "_dstuser", "_dynamic", "_nulls", "fields", "names")

    def __init__(self, *, nulls: bool, csv: bool, dstuser: bool) -> None:
        self.fields: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._nulls = nulls
        self._csv = csv
        self._dstuser = dstuser
        self._dynamic = 0

    def visit(self, value: tuple[tuple[str, Json], ...], prefix: str, depth: int) -> None:
        """Keep what an object holds.

        Raises:
            ValueError: It is nested too deep.
        """
        if depth > DEEPEST:
            raise ValueError(depth)
        fields, names = self.fields, self.names
        for key, item in value:
            if type(item) is str:
                shown = item
            elif type(item) is tuple:
                self.visit(item, f"{prefix}{key}.", depth + 1)
                continue
            else:
                other = self._scalar(item, depth)
                if other is None:
                    continue
                shown = other
            if not prefix and key in _STATIC and self._static(key, shown):
                continue
            if self._dynamic == MOST_FIELDS:
                continue
            self._dynamic += 1
            name = prefix + key
            lower = name.lower() if name.isascii() else name.translate(_LOWER)
            if lower not in fields:
                fields[lower] = shown
                if lower != name:
                    names[lower] = name

    def _static(self, key: str, shown: str) -> bool:
        if key != "user":
            self.fields[_STATIC[key]] = shown
            self.names.pop(key, None)
        elif self._dstuser or "dstuser" in self.fields:
            return False
        else:
            self.fields["dstuser"] = shown
        return True

    def _scalar(self, item: Json, depth: int) -> str | None:
        if item is None:
            return "null" if self._nulls else None
        if isinstance(item, list):
            if self._csv:
                return csv_of(item) or None
            return text_of(item, DEEPEST - depth)
        if isinstance(item, bool):
            return "true" if item else "false"
        return number_text(item) if isinstance(item, (int, float)) else None


def _spelt_out(text: str) -> str:
    r"""Escapes of more than a byte as their UTF-8; a string ends at an escaped NUL, as a C string does."""
    return _ESCAPE.sub(_utf8, text)


def _utf8(found: re.Match[str]) -> str:
    if found[1]:
        return ""
    if not found[2]:
        return found[0]
    code = int(found[2], 16)
    if code < 0x80:
        return found[0]
    if found[3]:
        code = 0x10000 + ((code - 0xD800) << 10) + (int(found[3], 16) - 0xDC00)
    if 0xD800 <= code <= 0xDFFF:
        return r"\x"  # half of a pair: no JSON
    return chr(code).encode().decode("latin-1")
