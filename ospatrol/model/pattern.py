"""Patterns as people write them, in the languages that rules and checks use."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Syntax(StrEnum):
    """The languages of patterns; those of OSSEC and Wazuh share names but not behaviour."""

    RE2 = "re2"
    """Native rules: what RE2 accepts, found anywhere, case matters."""
    OSMATCH = "osmatch"
    """Wazuh: literals joined by `|`, each with optional `^` and `$`; a leading `!` turns all round; no case."""
    OSREGEX = "osregex"
    """Wazuh: `\\d+`, `\\S+`, groups; run by its own automaton, whose idea of where a match ends is part of it."""
    PCRE2 = "pcre2"
    """Wazuh: case matters."""
    OSSEC_MATCH = "ossec_match"
    """OSSEC: as `OSMATCH`, but `^`, `$` and `|` mean what they mean in a regular expression."""
    OSSEC_REGEX = "ossec_regex"
    """OSSEC: the syntax of `OSREGEX`, translated to PCRE2."""
    OSSEC_PCRE2 = "ossec_pcre2"
    """OSSEC: no case; groups that took no part are left out of the captures."""


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern with its language.

    Attributes:
        text: As written.
        syntax: The language.
        negate: Whether it holds where the pattern is not found.
    """

    text: str
    syntax: Syntax = Syntax.RE2
    negate: bool = False
