"""A log line becomes a verdict: header, decoders, rules, and what came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ospatrol.decode.accumulate import Accumulator
from ospatrol.decode.decode import Decoded
from ospatrol.decode.decoders import Decoders
from ospatrol.decode.header import read_header
from ospatrol.decode.novelty import novelty_of
from ospatrol.decode.stamp import seconds
from ospatrol.engine.compile import Ruleset
from ospatrol.engine.field import LOG_KIND
from ospatrol.engine.judge import Verdict, correlate, raises
from ospatrol.engine.match import Decision, Held
from ospatrol.engine.memory import Memory
from ospatrol.engine.view import Matcher
from ospatrol.model.decoder import Semantics
from ospatrol.model.event import Event
from ospatrol.model.rule import Rule

LINE_LIMIT = 65_536
"""Characters of a line that are looked at; the rest is cut, and counted (OSSEC's own limit)."""

_CONTROLS = dict.fromkeys((*range(32), 127))
_NO_NAMES: Mapping[str, str] = {}


class RawLine(msgspec.Struct, frozen=True):
    """A line as it came.

    Attributes:
        text: Each character is one byte.
        at: When it came: seconds since the epoch.
        host: Who sent it.
        location: The file or socket.
    """

    text: str
    at: float
    host: str
    location: str


class LineReader:
    """Makes events of lines; the stateless half but for what decoders accumulate.

    Attributes:
        in_order: Whether lines come in their order, so that what they say may be accumulated.
    """

    def __init__(self, decoders: Decoders, semantics: Semantics, *, own_clock: bool) -> None:
        """A reader.

        Args:
            decoders: That know the lines.
            semantics: Whose idea of a header is meant.
            own_clock: Whether events bear the time that their header says, not that at which they came.
        """
        self._decoders = decoders
        self._semantics = semantics
        self._own_clock = own_clock
        self._accumulator = Accumulator()
        self.in_order = True

    def event(self, line: RawLine) -> tuple[Event, Decoded]:
        """The event that a line is."""
        text = line.text
        if self._semantics is Semantics.OSSEC and not text.isprintable():
            text = text.translate(_CONTROLS)
        log, hostname, program, stamp = read_header(text, self._semantics)
        decoded = self._decoders.decode(log, program)
        at = (seconds(stamp, line.at) or line.at) if self._own_clock and stamp else line.at
        identity = decoded.identity
        decoder, novelty = None, ""
        hostname, location = hostname or line.host, line.location
        if decoded.location:  # of an alert that another server forwarded
            hostname = location = f"{location}|{decoded.location}"
        if identity is not None:
            decoder = identity.name
            written = identity.decoder
            if written.accumulate and self.in_order:
                self._accumulator.fill(decoded, hostname, at)
            if written.first_time:
                novelty = novelty_of(written, decoder, decoded.fields, line.location)
        event = Event(
            at=at,
            host=line.host,
            kind=LOG_KIND,
            location=location,
            text=text,
            fields=decoded.fields,
            log=log if decoded.log is None else decoded.log,
            hostname=hostname,
            program=program,
            decoder=decoder,
            category=decoded.category,
            novelty=novelty,
            names=decoded.names or _NO_NAMES,
        )
        return event, decoded


class LineJudge:
    """Judges lines one after another."""

    def __init__(self, reader: LineReader, matcher: Matcher, memory: Memory, least: int = 1) -> None:
        """A judge.

        Args:
            reader: Makes events of lines.
            matcher: Knows the rules.
            memory: Made for them.
            least: The level from which rules raise alerts.
        """
        self.reader = reader
        self.memory = memory
        self.least = least
        self.ruleset: Ruleset = matcher.ruleset
        self._matcher = matcher

    def decide(self, line: RawLine) -> tuple[Event, Sequence[Decision]]:
        """What the line alone decides: the half that can be done anywhere."""
        return self._decided(*self.reader.event(line))

    def decide_alone(self, line: RawLine) -> tuple[Event, Sequence[Decision]] | None:
        """Likewise, anywhere; None for a line whose fields earlier lines fill in, which must be read in order."""
        self.reader.in_order = False
        event, decoded = self.reader.event(line)
        self.reader.in_order = True
        if decoded.identity is not None and decoded.identity.decoder.accumulate:
            return None
        return self._decided(event, decoded)

    def speaking(self, decisions: Sequence[Decision]) -> Iterator[Rule]:
        """The rules that raise alerts, of decisions that no earlier event has a say in."""
        for each in decisions:
            if isinstance(each, Held) and raises(each.node.rule, self.least):
                yield each.node.rule

    def judge(self, line: RawLine) -> tuple[Event, Sequence[Verdict]]:
        """What becomes of a line after those before it: the tree's word first, then those of rules beside it."""
        event, decisions = self.decide(line)
        return event, correlate(decisions, event, self.memory, self.least)

    def _decided(self, event: Event, decoded: Decoded) -> tuple[Event, Sequence[Decision]]:
        if decoded.verdict is not None:
            return event, (self._elsewhere(decoded.verdict),)
        return event, self._matcher.decide(event, made=decoded.made)

    def _elsewhere(self, identity: int) -> Decision:
        """The word of a manager that judged the line already; nothing if we do not know its rule."""
        rule = self.ruleset.rules.get(identity)
        return Held(self.ruleset.node(rule.id), (), 0, None) if rule else None
