"""How lines are judged, step by step, on the way that production takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ospatrol.decode.decode import Plan, decode
from ospatrol.decode.header import read_header
from ospatrol.decode.tree import DecoderTree
from ospatrol.engine.alert import described
from ospatrol.engine.explain import history_of, path_to, said_of, trace
from ospatrol.engine.judge import Verdict, correlate, raises
from ospatrol.engine.match import Step
from ospatrol.engine.memory import Memory
from ospatrol.model.event import Event
from ospatrol.model.rule import Option, Rule
from ospatrol.patrol.analysis import least_of
from ospatrol.patrol.engine import Engine
from ospatrol.patrol.lines import LINE_LIMIT, LineJudge, LineReader, RawLine
from ospatrol.report.log_alert import readable


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before a line's own text; empty where it says nothing."""

    stamp: str
    hostname: str
    program: str
    log: str


class DecoderTry(msgspec.Struct, frozen=True, kw_only=True):
    """A decoder that was tried.

    Attributes:
        name: As written.
        place: Where it is written.
        depth: 0 for a root, 1 for one below it.
        matched: Whether it took the line.
    """

    name: str
    place: str
    depth: int
    matched: bool


class RuleTry(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that was tried.

    Attributes:
        rule: Its id.
        level: Its level.
        depth: How many rules above it hold.
        failed: The first condition that does not hold, and what is there instead; empty if all hold.
        field: What that condition asks of.
        history: What it asks of earlier events; empty if nothing.
        found: How many of these there are, at most as many as it needs; None if it counts none.
        needed: How many it needs.
    """

    rule: int
    level: int
    depth: int
    failed: str = ""
    field: str = ""
    history: str = ""
    found: int | None = None
    needed: int | None = None

    @property
    def holds(self) -> bool:
        """Whether all that it asks of the event holds."""
        return not self.failed


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a line.

    Attributes:
        rule: The rule that has the last word; None for none.
        level: Its level; None for none.
        via: Ids from the root to it.
        alert: Whether there is an alert.
        speaks: The rule that raises it, which is one above where the rule itself is silent for a while; None for none.
        description: Of the alert, with the line's values.
        why: Why there is none; empty if there is one.
    """

    rule: int | None = None
    level: int | None = None
    via: tuple[int, ...] = ()
    alert: bool = False
    speaks: int | None = None
    description: str = ""
    why: str = ""


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule did not fire.

    Attributes:
        rule: Which.
        path: From a root to it, by the parents below which the line comes furthest.
        answer: A sentence.
    """

    rule: int
    path: tuple[RuleTry, ...]
    answer: str


class LineTrace(msgspec.Struct, frozen=True, kw_only=True):
    """How a line was judged; every text is fit for a terminal.

    Attributes:
        line: As it came.
        header: What was read off it.
        decoders: Those that were tried, in order.
        decoder: The one that the line is said to come from; None for none.
        category: Which tree of rules judges it.
        fields: What was found.
        rules: Those that were tried, in order.
        outcomes: The tree's word, then that of each rule beside it that holds.
        why_not: The answer for the rule that was asked for; None if none was.
    """

    line: str
    header: Header
    decoders: tuple[DecoderTry, ...]
    decoder: str | None
    category: str
    fields: dict[str, str]
    rules: tuple[RuleTry, ...]
    outcomes: tuple[Outcome, ...]
    why_not: WhyNot | None = None


class Explainer:
    """Judges lines in order, in one memory, and tells how."""

    def __init__(self, engine: Engine, *, at: float, least: int | None = None, host: str = "localhost") -> None:
        """An explainer that remembers nothing yet.

        Args:
            engine: Decoders and rules.
            at: The time of lines that bear none: seconds since the epoch.
            least: The level from which rules raise alerts; None for the rules' own custom.
            host: Whose lines these are.
        """
        self._engine = engine
        self._at = at
        self._host = host
        reader = LineReader(engine.decoders, engine.semantics, own_clock=True)
        least = least_of(engine.semantics) if least is None else least
        self._judge = LineJudge(reader, engine.matcher, Memory(engine.ruleset), least)

    def explain(self, text: str, why_not: int | None = None) -> LineTrace:
        """How a line is judged after those before it.

        Args:
            text: Each character is one byte.
            why_not: A rule; why it does not fire is answered too.
        """
        judge, engine = self._judge, self._engine
        event, decisions = judge.decide(RawLine(text[:LINE_LIMIT], self._at, self._host, "stdin"))
        steps = trace(engine.ruleset, event).steps
        rules = tuple(_tried(step, event, judge.memory) for step in steps)
        path = path_to(engine.ruleset, event, why_not) if why_not is not None else ()
        ways = tuple(
            _tried(Step(rule=e.rule, failed=e.failed, depth=i), event, judge.memory) for i, e in enumerate(path)
        )
        verdicts = correlate(decisions, event, judge.memory, judge.least)
        outcomes = tuple(_outcome(each, event, judge.least) for each in verdicts)
        log, hostname, program, stamp = read_header(event.text, engine.semantics)
        names = event.names
        return LineTrace(
            line=readable(text),
            header=Header(
                stamp=readable(stamp),
                hostname=readable(hostname or ""),
                program=readable(program or ""),
                log=readable(log),
            ),
            decoders=tuple(_decoders(engine.decoders.tree, log, program)),
            decoder=None if event.decoder is None else readable(event.decoder),
            category=event.category,
            fields={readable(names.get(name, name)): readable(value) for name, value in event.fields.items()},
            rules=rules,
            outcomes=outcomes,
            why_not=None if why_not is None else WhyNot(rule=why_not, path=ways, answer=_answer(ways, rules, outcomes)),
        )


def _decoders(tree: DecoderTree, log: str, program: str | None) -> Iterator[DecoderTry]:
    for root in tree.candidates(program):
        taken = decode((Plan(root),), log).identity is not None
        yield DecoderTry(name=readable(root.decoder.name), place=str(root.decoder.place), depth=0, matched=taken)
        if not taken:
            continue
        for head in root.heads:
            below = decode((Plan(root, (head,)),), log)
            chosen = head.prematch is None or below.identity is not root.identity
            for link in head.chain if chosen else (head,):
                yield DecoderTry(
                    name=readable(link.decoder.name), place=str(link.decoder.place), depth=1, matched=chosen
                )
            if chosen:
                return
        return


def _tried(step: Step, event: Event, memory: Memory) -> RuleTry:
    rule = step.rule
    if step.failed is not None:
        said = said_of(step.failed, event)
        return RuleTry(rule=rule.id, level=rule.level, depth=step.depth, failed=said, field=step.failed.field)
    counts = memory.counted(rule, event) if rule.correlation else (None, None)
    return RuleTry(
        rule=rule.id, level=rule.level, depth=step.depth, history=history_of(rule), found=counts[0], needed=counts[1]
    )


def _outcome(verdict: Verdict, event: Event, least: int) -> Outcome:
    found = verdict.match
    if found is None:
        return Outcome(why="no rule holds")
    rule = verdict.speaks or found.rule
    return Outcome(
        rule=found.rule.id,
        level=found.rule.level,
        via=found.via,
        alert=verdict.speaks is not None,
        speaks=verdict.speaks.id if verdict.speaks else None,
        description=readable(described(rule, event)),
        why="" if verdict.speaks else _silence(found.rule, least),
    )


def _silence(rule: Rule, least: int) -> str:
    if not rule.level:
        return f"rule {rule.id} is of level 0, which raises no alert"
    if Option.NO_LOG in rule.options:
        return f"rule {rule.id} says {Option.NO_LOG.value}"
    if not raises(rule, least):
        return f"the level of rule {rule.id} is below {least}"
    if rule.ignore_s:
        return f"rule {rule.id} fired less than {rule.ignore_s} s ago, and is silent for so long"
    return f"rule {rule.id} is silenced by what another rule wrote down"


def _answer(path: Sequence[RuleTry], tried: Iterable[RuleTry], outcomes: Sequence[Outcome]) -> str:
    asked = path[-1].rule
    for outcome in outcomes:
        if outcome.rule == asked:
            return f"it has the last word{_end(outcome)}"
    last = next((outcome for outcome in outcomes if outcome.rule is not None), Outcome())
    if asked in last.via:
        return f"it holds, but rule {last.rule} below it holds too and has the last word"
    for step in path:
        if not step.holds:
            way = "" if step.rule == asked else ", which stands above it,"
            return f"rule {step.rule}{way} fails: {step.failed}"
    reached = {each.rule for each in tried}
    for index, step in enumerate(path):
        if step.rule not in reached:
            other = last.via[index] if index < len(last.via) else last.rule
            return f"rule {other} is tried before rule {step.rule} and holds, so that rule {step.rule} is not tried"
        if step.history and step.rule not in last.via:
            way = "" if step.rule == asked else ", which stands above it,"
            return f"rule {step.rule}{way} asks for {step.history}{_progress(step)}"
    return f"rule {last.rule} has the last word"


def _end(outcome: Outcome) -> str:
    if outcome.why:
        return f", and raises no alert: {outcome.why}"
    if outcome.speaks != outcome.rule:
        return f", but fired a moment ago: rule {outcome.speaks} above it raises the alert instead"
    return ": it fired"


def _progress(step: RuleTry) -> str:
    return "" if step.found is None else f": there are {step.found} of {step.needed}"
