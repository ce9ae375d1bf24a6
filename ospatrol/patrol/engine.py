"""Everything that judges log lines, read and compiled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ospatrol.decode.decoders import Decoders
from ospatrol.dialect.ossec_xml import Problem
from ospatrol.engine.compile import Ruleset, compile_rules
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.patrol.log_rules import read_folders, semantics_of


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """Decoders and rules, ready.

    Attributes:
        semantics: Whose idea of a header is meant.
        decoders: Ready.
        matcher: Knows the rules, and what it found out about lines of each shape.
        problems: What the original would skip with a warning, and what was left out because it was asked to be.
    """

    semantics: Semantics
    decoders: Decoders
    matcher: Matcher
    problems: tuple[Problem, ...] = ()

    @property
    def ruleset(self) -> Ruleset:
        """The rules."""
        return self.matcher.ruleset


def open_folders(folders: Sequence[Path], semantics: Semantics | None = None, *, lenient: bool = False) -> Engine:
    """What some folders of OSSEC or Wazuh content hold; see `log_rules.read_folders`.

    Raises:
        UsageError: see there.
        ConfigErrors: see there.
    """
    whose = semantics or semantics_of(folders)
    read = read_folders(folders, whose, lenient=lenient)
    return Engine(
        semantics=whose,
        decoders=Decoders(read.decoders),
        matcher=Matcher(compile_rules(read.rules, lists=read.lists)),
        problems=read.problems,
    )
