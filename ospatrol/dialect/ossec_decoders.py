"""OSSEC and Wazuh decoder files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ospatrol.dialect.ossec_conditions import CheckPattern, Surroundings
from ospatrol.dialect.ossec_decoder import DecoderReader
from ospatrol.dialect.ossec_parts import Complaints
from ospatrol.dialect.ossec_xml import Element, read_xml
from ospatrol.model.decoder import Decoder, Offset, Semantics
from ospatrol.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERNAL_BOTH = (
    *("rootcheck", "syscheck_integrity_changed", "syscheck_new_entry", "syscheck_deleted"),
    *("hostinfo_new", "hostinfo_modified"),
)
INTERNAL = {
    Semantics.OSSEC: frozenset(
        {*_INTERNAL_BOTH, "syscheck_integrity_changed_2nd", "syscheck_integrity_changed_3rd"},
    ),
    Semantics.WAZUH: frozenset({
        *(*_INTERNAL_BOTH, "syscollector", "ciscat", "windows_eventchannel", "sca"),
        *(f"syscheck_registry_{what}" for what in ("key_added", "key_modified", "key_deleted")),
        *(f"syscheck_registry_{what}" for what in ("value_added", "value_modified", "value_deleted")),
    }),
}  # fmt: skip
"""Decoders that are in no file, because what they decode is no text of a log."""


class OssecDecoders(msgspec.Struct, frozen=True, kw_only=True):
    """What decoder files say.

    Attributes:
        decoders: In the order in which they were read.
        names: All that a rule's `decoded_as` may name.
        problems: In the order of the files.
    """

    decoders: tuple[Decoder, ...] = ()
    names: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def read_decoders(
    files: Sequence[tuple[str, str]], semantics: Semantics, *, check_pattern: CheckPattern = lambda _: None
) -> OssecDecoders:
    """The decoders of some files; one with a mistake is left out, and reading goes on.

    Args:
        files: Path as the person named it, and its bytes as latin-1; in the order in which they are to be read.
        semantics: OSSEC or Wazuh.
        check_pattern: Why a pattern cannot be used; None if it can.
    """
    reader = _Reader(Surroundings(semantics=semantics, check_pattern=check_pattern))
    for path, text in files:
        reader.file(path, text)
    names = frozenset(decoder.name for decoder in reader.decoders) | INTERNAL.get(semantics, frozenset())
    return OssecDecoders(decoders=tuple(reader.decoders), names=names, problems=tuple(reader.problems))


class _Reader:
    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.decoders: list[Decoder] = []
        self.names: set[str] = set()
        self.children: dict[tuple[str, str], list[Decoder]] = {}
        self.problems: list[Problem] = []

    def file(self, path: str, text: str) -> None:
        document = read_xml(text, path, self.around.semantics)
        complaints = Complaints(path, self.around.semantics)
        reader = DecoderReader(self.around, complaints)
        for root in document.roots:
            self._root(root, reader, complaints)
        self.problems.extend(complaints.problems)
        self.problems.extend(document.problems)

    def _root(self, element: Element, reader: DecoderReader, complaints: Complaints) -> None:
        complaints.about("the element")
        if element.name.lower() != "decoder":
            complaints.refuse(element.line, f"a file of decoders holds <decoder>, not <{element.name}>")
            return
        name = element.attributes.get("name", "")
        if not name or next(iter(element.attributes)) != "name":
            complaints.refuse(element.line, "the first attribute of a decoder is its name")
            return
        complaints.about(f"decoder {name!r}")
        decoder = reader.read(element)
        self._join(decoder, element.line, complaints)
        if not complaints.lost:
            self.decoders.append(decoder)
            self.names.add(decoder.name)
            if decoder.parent:
                self.children.setdefault((decoder.parent, decoder.name), []).append(decoder)

    def _join(self, decoder: Decoder, line: int, complaints: Complaints) -> None:
        """Whether a decoder fits those that are there: its parent, and siblings of its name that it continues."""
        earlier = self.children.get((decoder.parent, decoder.name), [])
        if decoder.parent and decoder.parent not in self.names:
            complaints.refuse(line, f"no decoder above has the name of its parent, {decoder.parent!r}")
        if decoder.regex_offset is Offset.AFTER_REGEX and not any(
            member.prematch or member.regex for member in earlier
        ):
            complaints.refuse(line, "offset='after_regex' needs an earlier decoder of this name and parent")
        if not earlier:
            return
        if decoder.prematch is not None or decoder.first_time:
            complaints.refuse(line, "a decoder that continues another of its name has no prematch and no fts")
        if not all(self._extracts(member) for member in (*earlier, decoder)):
            complaints.refuse(line, "decoders of one name and parent each need a regex")

    def _extracts(self, decoder: Decoder) -> bool:
        wazuh = self.around.semantics is Semantics.WAZUH
        return decoder.regex is not None or (wazuh and decoder.plugin is not None)
