"""Everything that judges log lines, read and compiled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from ospatrol.decode.decoders import Decoders
from ospatrol.engine.compile import Ruleset
from ospatrol.engine.rulebook import Rulebook
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import UsageError
from ospatrol.model.problem import Problem
from ospatrol.patrol.rules import find_sources, open_rulebook, read_sources


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


def engine_of(rulebook: Rulebook, problems: Iterable[Problem] = ()) -> Engine:
    """What judges log lines by a rulebook."""
    return Engine(
        semantics=rulebook.semantics,
        decoders=Decoders(rulebook.decoders),
        matcher=Matcher(rulebook.ruleset),
        problems=tuple(problems),
    )


def open_folders(folders: Sequence[Path], semantics: Semantics | None = None, *, lenient: bool = False) -> Engine:
    """What some folders and files hold, loaded together: OSSEC or Wazuh content, native rules, Sigma rules.

    Where there are no decoders among them, as with Sigma rules alone, the shipped ones are used.

    Raises:
        UsageError: a folder or file does not exist, or none of them holds rules.
        ConfigErrors: every mistake.
    """
    for each in folders:
        if not each.exists():
            raise UsageError(f"{each}: no such folder")
    sources = find_sources(folders)
    if not sources.folders and not sources.native and not sources.sigma:
        raise UsageError(f"{', '.join(map(str, folders))}: no rules; expected rules/*.xml and decoders/*.xml, or *.yml")
    rulebook, problems = read_sources(sources, semantics, lenient=lenient)
    if not rulebook.decoders:
        rulebook = msgspec.structs.replace(rulebook, decoders=open_rulebook(()).decoders)
    return engine_of(rulebook, problems)
