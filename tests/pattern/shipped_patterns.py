"""The patterns and the logs of the corpora beside the project."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ospatrol.dialect.ossec_xml import Element, read_xml
from ospatrol.model.decoder import Semantics
from ospatrol.model.pattern import Expression, Syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"

_MATCH = frozenset(
    [
        "match",
        "id",
        "url",
        "status",
        "hostname",
        "program_name",
        "extra_data",
        "user",
        "srcport",
        "dstport",
        "srcgeoip",
        "dstgeoip",
        "data",
        "location",
        "protocol",
        "system_name",
        "if_matched_group",
    ]
)
_REGEX = frozenset({"regex", "field", "if_matched_regex", "prematch"})


@cache
def expressions(whose: str) -> tuple[Expression, ...]:
    """All distinct patterns of `ossec` or `wazuh`."""
    files = sorted([*(CORPUS / whose).glob("rules/*.xml"), *(CORPUS / whose).glob("decoder*/*.xml")])
    files += sorted((CORPUS / whose).glob("decoder.xml"))
    found: dict[Expression, None] = {}
    for file in files:
        document = read_xml(file.read_bytes().decode("latin-1"), file.name, Semantics(whose))
        for root in document.roots:
            found.update(dict.fromkeys(_of(root, whose)))
    return tuple(found)


def _of(element: Element, whose: str) -> Iterator[Expression]:
    if element.name.lower() in {"rule", "decoder"}:
        joined: dict[str, tuple[str, Syntax]] = {}
        for number, child in enumerate(element.children):
            name = child.name.lower()
            syntax = _syntax(name, child.attributes.get("type", ""), whose)
            if syntax is not None:
                key = f"{name} {number}" if name == "field" else name
                joined[key] = (joined.get(key, ("", syntax))[0] + child.text, syntax)
        yield from (Expression(text=text, syntax=syntax) for text, syntax in joined.values())
    for child in element.children:
        yield from _of(child, whose)


def _syntax(name: str, said: str, whose: str) -> Syntax | None:
    if whose == "ossec":
        if name.endswith("pcre2"):
            return Syntax.OSSEC_PCRE2
        return Syntax.OSSEC_REGEX if name in _REGEX else Syntax.OSSEC_MATCH if name in _MATCH else None
    usual = Syntax.OSREGEX if name in _REGEX else Syntax.OSMATCH if name in _MATCH else None
    return Syntax(said) if usual and said in {"osregex", "osmatch", "pcre2"} else usual


@cache
def logs() -> tuple[str, ...]:
    """All distinct logs of Wazuh's tests, as bytes in Latin-1."""
    cases = json.loads((CORPUS / "wazuh" / "expected.json").read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(log.encode().decode("latin-1") for case in cases for log in case["logs"]))
