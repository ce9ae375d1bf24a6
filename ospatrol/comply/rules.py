"""What a rule of an SCA policy comes to on a host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ospatrol.comply.lines import Text
from ospatrol.comply.match import UNKNOWN, Terms, Value, name_test, terms_of
from ospatrol.comply.outcome import Outcome, Result, any_of, turned
from ospatrol.model.facts import Answer, Ask, Facts, Question, State
from ospatrol.model.policy import Manner, PolicyRule, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ospatrol.model.pattern import Syntax

_PATTERN_REFUSED = "a pattern is beyond what can be matched in bounded time"
_KILLED = "the command did not end by itself"
_ESCAPE = re.compile(r"\\.|\[[^\]]*\]", re.DOTALL)
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{3,60}")
_COULD_NOT_RUN = 127  # what a shell ends with if there is no such program


class Host:
    """What a host said; the lines of each answer are cut once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._texts: dict[Question, Text] = {}

    def answer(self, ask: Ask, key: str = "") -> Answer:
        """The answer to a question; nothing has an empty name."""
        if not key and ask is not Ask.PROCESSES:
            return Answer(state=State.NOT_FOUND if ask is Ask.COMMAND else State.MISSING)
        return self._facts.answer(Question(ask, key))

    def was_asked(self, ask: Ask, key: str) -> bool:
        """Whether a question was to be asked, answered or not."""
        return Question(ask, key) in self._facts.answers

    def text(self, ask: Ask, key: str = "") -> Text:
        """The content of the answer to a question."""
        question = Question(ask, key)
        text = self._texts.get(question)
        if text is None:
            text = self._texts[question] = Text(self._facts.answer(question))
        return text


def sca_result(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    """What a rule comes to as Wazuh reads it, but that what the host did not say is not known."""
    found = _found(rule, syntax, host)
    return turned(found) if rule.negate else found


def _found(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    match rule.target:
        case Target.FILE:
            return any_of(_file(rule, syntax, host, path) for path in rule.locations)
        case Target.DIRECTORY:
            return any_of(_directory(rule, syntax, host, path) for path in rule.locations)
        case Target.COMMAND:
            return _command(rule, syntax, host)
        case Target.PROCESS:
            return process_result(rule, syntax, host)
        case Target.REGISTRY | Target.CONFIG:
            return unknown(State.NOT_ASKED, rule.locations[0])


def unknown(state: State, where: str) -> Result:
    """That the host did not say, and why."""
    return Result(Outcome.UNKNOWN, f"{state.value}: {where}", state.value)


def _file(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Result:
    answer = host.answer(Ask.FILE, path)
    if not rule.terms:
        return _there(answer.state, path)
    match answer.state:
        case State.OK | State.CUT:
            return in_file(host.text(Ask.FILE, path), terms_of(rule.terms, syntax), path)
        case State.MISSING | State.OTHER_KIND:
            return _invalid(answer.state, path)
        case _:
            return unknown(answer.state, path)


def _there(state: State, path: str) -> Result:
    match state:
        case State.OK | State.CUT:
            return Result(Outcome.FOUND, f"is there: {path}")
        case State.MISSING:
            return Result(Outcome.NOT_FOUND, f"{state.value}: {path}")
        case State.OTHER_KIND:
            return _invalid(state, path)
        case _:
            return unknown(state, path)


def _invalid(state: State, path: str) -> Result:
    shown = f"{state.value}: {path}"
    return Result(Outcome.INVALID, shown, shown)


def in_file(text: Text, terms: Terms, path: str) -> Result:
    """What the lines of a file come to: the first that is not nothing decides."""
    unsure = False
    if text.lines and not terms.hopeless(text.lower):
        for line in text.lines:
            value = terms.value(line)
            if not value:
                continue
            if value == UNKNOWN:
                unsure = True
            elif value == 1:
                return _refused(path) if unsure and terms.numbers else _line(Outcome.FOUND, line, text)
            else:
                return _refused(path) if unsure else _ended(value, line, text, path)
    if unsure:
        return _refused(path)
    return nothing_in(text, path)


def _ended(value: Value, line: str, text: Text, path: str) -> Result:
    """A line that is neither found nor nothing; a turned invalid one ends the file and leaves no trace."""
    if value == 2:
        return Result(Outcome.INVALID, line, f"a number cannot be compared: {path}", text.private)
    return Result(Outcome.NOT_FOUND, f"no line meets it: {path}")


def nothing_in(text: Text, where: str) -> Result:
    """That no line was found, if all of them were seen."""
    if not text.whole:
        return unknown(State.CUT, where)
    return Result(Outcome.NOT_FOUND, f"no line meets it: {where}")


def _line(outcome: Outcome, line: str, text: Text) -> Result:
    return Result(outcome, line, private=text.private)


def _refused(where: str) -> Result:
    return Result(Outcome.UNKNOWN, f"{_PATTERN_REFUSED}: {where}", _PATTERN_REFUSED)


def _directory(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Result:
    answer = host.answer(Ask.DIRECTORY, path)
    if rule.name is None:
        return _there(State.OK if answer.entries else answer.state, path)
    if answer.state in {State.MISSING, State.OTHER_KIND}:
        return _invalid(answer.state, path)
    return any_of(_entries(rule, syntax, host, path), f"no file has such a name: {path}")


def _entries(rule: PolicyRule, syntax: Syntax, host: Host, path: str) -> Iterator[Result]:
    """What each file of the name comes to, as far as the host told of them."""
    answer = host.answer(Ask.DIRECTORY, path)
    asked = bool(rule.terms)
    for entry in named_entries(rule, answer, Manner.SCA):
        if entry is None:
            yield _refused(path)
        elif asked or host.was_asked(Ask.FILE, entry):
            asked = True
            yield _file(rule, syntax, host, entry)
        else:
            yield Result(Outcome.FOUND, f"is there: {entry}")
    if answer.state is not State.OK:
        yield unknown(answer.state, path)


def named_entries(rule: PolicyRule, answer: Answer, manner: Manner) -> Iterator[str | None]:
    """The files below a directory whose base names a rule wants; None for one of which that cannot be told."""
    if rule.name is None:
        return
    wanted = name_test(rule.name, manner)
    for entry in answer.entries:
        value = wanted(entry.rpartition("/")[2])
        if value:
            yield entry if value > 0 else None


def _command(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    command = rule.locations[0]
    if not rule.terms:
        return Result(Outcome.FOUND, "found without being run")
    answer = host.answer(Ask.COMMAND, command)
    if answer.state not in {State.OK, State.CUT}:
        return unknown(answer.state, command)
    if answer.status == _COULD_NOT_RUN:
        return unknown(State.NOT_FOUND, command)
    found = _in_output(host.text(Ask.COMMAND, command), rule, syntax)
    if found.outcome in {Outcome.NOT_FOUND, Outcome.INVALID} and answer.state is State.OK and answer.status is None:
        return Result(Outcome.UNKNOWN, f"{_KILLED}: {command}", _KILLED)
    return found


def _in_output(text: Text, rule: PolicyRule, syntax: Syntax) -> Result:
    """What the lines of an output come to: found if one is, else what the last one says."""
    terms, command = terms_of(rule.terms, syntax), rule.locations[0]
    value, unsure = 0, False
    if not terms.hopeless(text.lower):
        for piece in text.pieces:
            value = terms.value(piece)
            if value == 1:
                return _line(Outcome.FOUND, piece, text)
            unsure = unsure or value == UNKNOWN
    if unsure:
        return _refused(command)
    if not text.whole:
        return unknown(State.CUT, command)
    if value == 2:
        return Result(Outcome.INVALID, text.pieces[-1], f"a number cannot be compared: {command}", text.private)
    return Result(Outcome.NOT_FOUND, _nearest(text, rule), private=text.private)


def _nearest(text: Text, rule: PolicyRule) -> str:
    """What to show of an output in which nothing was found: a line with a word of the rule, else the first."""
    words = (word.lower() for term in rule.terms for word in _WORD.findall(_ESCAPE.sub(" ", term.text)))
    word = next((word for word in words if word in text.lower), None)
    near = next((piece for piece in text.pieces if word in piece.lower()), None) if word else None
    if near is not None:
        return f"it says: {near}"
    first = next((piece for piece in text.pieces if piece.strip()), "")
    return f"no line of its output meets it, such as: {first}" if first else "its output is empty"


def process_result(rule: PolicyRule, syntax: Syntax, host: Host) -> Result:
    """Whether a process runs; one whose path cannot be compared counts as found."""
    answer = host.answer(Ask.PROCESSES)
    if answer.state not in {State.OK, State.CUT}:
        return unknown(answer.state, "processes")
    text, terms = host.text(Ask.PROCESSES), terms_of(rule.terms, syntax)
    unsure = False
    for path in text.paths:
        value: Value = terms.value(path)
        if value > 0:
            return Result(Outcome.FOUND, path)
        unsure = unsure or value == UNKNOWN
    if unsure:
        return _refused("processes")
    return nothing_in(text, "processes")
